//! Where a request that changes something is written down before it is sent.

use http::Method;
use serde_json::Value;

/// A request that changes something, as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// Path and query below the site's address.
    pub path: &'a str,
    /// The body; null where none is sent (DELETE).
    pub body: &'a Value,
}

/// The request could not be written down, so it was not sent. Whoever keeps the journal knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request could not be written into the journal")]
pub struct NotWrittenDown;

/// Whoever keeps what is sent and answered.
pub trait Journal: Send + Sync {
    /// Writes down, durably, that exactly this request goes out next.
    ///
    /// # Errors
    /// [`NotWrittenDown`]: it is not sent then.
    fn sending(&self, request: &Request<'_>) -> Result<(), NotWrittenDown>;

    /// Takes note of how it was answered, where it was carried out: the status and the body.
    fn answered(&self, request: &Request<'_>, status: u16, body: &Value);
}

/// Keeps nothing. What a person asks for outside the program's own books (a test, a tool) is nobody's
/// record.
impl Journal for () {
    fn sending(&self, _: &Request<'_>) -> Result<(), NotWrittenDown> {
        Ok(())
    }

    fn answered(&self, _: &Request<'_>, _: u16, _: &Value) {}
}
