//! Where a request that changes something is written down before it is sent.

use http::Method;
use serde_json::Value;

use crate::client::{Client, work_of};
use crate::error::Error;
use crate::pace::Work;

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

impl Client {
    /// [`Client::write`] with the request written down before it is sent, and what it was answered
    /// with after.
    ///
    /// # Errors
    /// As there; [`net::NetError::NotSent`] where it could not be written down.
    pub async fn write_journalled(
        &self,
        journal: &dyn Journal,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let work = work_of(path, body);
        self.write_journalled_as(work, journal, method, path, body)
            .await
    }

    /// [`Client::write_journalled`], for whoever knows more about what kind of work it is than path and
    /// body tell.
    ///
    /// # Errors
    /// As there.
    pub async fn write_journalled_as(
        &self,
        work: Work,
        journal: &dyn Journal,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let sent = if method == Method::DELETE {
            &Value::Null
        } else {
            body
        };
        let asked = method.clone();
        let request = Request {
            method: &asked,
            path,
            body: sent,
        };
        journal.sending(&request).map_err(|why| {
            Error::Net(net::NetError::NotSent {
                host: self.site().host(),
                why: why.to_string(),
                certificate: false,
            })
        })?;
        let (status, answer) = self.write_once(work, method, path, body).await?;
        let mut shown = answer.clone();
        net::redact::json(&mut shown);
        journal.answered(&request, status.as_u16(), &shown);
        Ok(answer)
    }
}
