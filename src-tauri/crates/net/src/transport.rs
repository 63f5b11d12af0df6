//! One request in, one response out.

use async_trait::async_trait;
use bytes::Bytes;

/// A request or response body, whole.
pub type Body = Bytes;
/// A request with an absolute URL.
pub type Request = http::Request<Body>;
/// A response with its whole body.
pub type Response = http::Response<Body>;

/// Sends requests. Implementations neither retry nor wait for rate limits: that is the callers'
/// decision, because only they know what may be repeated.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`NetError`], which says whether the request can have reached the server.
    async fn send(&self, request: Request) -> Result<Response, NetError>;
}

/// No whole answer came back.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NetError {
    /// The request was not sent: no name, no route, connection refused, TLS failed. Safe to repeat.
    #[error("{host} could not be reached: {why}")]
    NotSent {
        /// The host asked for.
        host: String,
        /// The operating system's or TLS library's reason.
        why: String,
        /// Whether the server's certificate was the trouble.
        certificate: bool,
    },
    /// The request may have been received and carried out; the answer was lost.
    #[error("{host} did not answer: {why}")]
    AnswerLost {
        /// The host asked for.
        host: String,
        /// Time-out, connection reset, body cut off.
        why: String,
    },
    /// The answer is larger than we accept.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// The host asked for.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl NetError {
    /// Whether a write may have been carried out although no answer came.
    pub const fn may_have_been_done(&self) -> bool {
        match self {
            NetError::NotSent { .. } => false,
            NetError::AnswerLost { .. } | NetError::TooLarge { .. } => true,
        }
    }
}
