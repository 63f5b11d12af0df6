//! Lets the application see every call: to count it, to log it, to show it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Clock, NetError, Request, Response, Transport, redact};

/// One call that was made, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was sent, UTC.
    pub at: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The address, with secrets hidden.
    pub url: String,
    /// The answer's HTTP status; `None` where none came.
    pub status: Option<u16>,
    /// Why no answer came.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: i64,
    /// Size of the request's body in bytes.
    pub sent: usize,
    /// Size of the answer's body in bytes.
    pub received: usize,
}

/// Told of every call after it ended.
pub trait CallObserver: Send + Sync {
    /// One call ended. Must not block.
    fn called(&self, call: &Call);
}

/// A transport that tells an observer of every call.
pub struct Observed<T> {
    inner: T,
    observer: Arc<dyn CallObserver>,
    clock: Arc<dyn Clock>,
}

impl<T: Transport> Observed<T> {
    /// Wraps a transport.
    pub fn new(inner: T, observer: Arc<dyn CallObserver>, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            observer,
            clock,
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Observed<T> {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let at = self.clock.now();
        let method = request.method().to_string();
        let url = redact::url(&request.uri().to_string());
        let sent = request.body().len();
        let result = self.inner.send(request).await;
        let call = Call {
            at,
            method,
            url,
            status: result.as_ref().ok().map(|answer| answer.status().as_u16()),
            error: result.as_ref().err().map(ToString::to_string),
            millis: (self.clock.now() - at).num_milliseconds(),
            sent,
            received: result.as_ref().map_or(0, |answer| answer.body().len()),
        };
        tracing::debug!(
            method = call.method,
            url = call.url,
            status = call.status,
            millis = call.millis,
            "call"
        );
        self.observer.called(&call);
        result
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        (**self).send(request).await
    }
}
