//! What goes over the wire for a write.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Step;

/// The journal, as those who send see it.
pub trait Wire: Send + Sync {
    /// Writes down, durably, that exactly these requests go out next, each for the write of its key; of a
    /// call that carries several writes, each one's part. What is in the journal already is not written
    /// again.
    ///
    /// # Errors
    /// [`NotWrittenDown`]: nothing of it may be sent then.
    fn sending(&self, requests: &[(&str, Step)]) -> Result<(), NotWrittenDown>;

    /// Takes note of what the last request of a write was answered with, where it was carried out: the
    /// status, and the part of the body that is about this record. Redacted.
    fn answered(&self, key: &str, status: u16, body: Value);

    /// Whether the run was asked to stop: a write that was not begun yet is to be given back with
    /// [`super::BooksError::Stopped`], and what was begun is finished.
    fn is_stopping(&self) -> bool {
        false
    }
}

/// A request could not be written down. The journal knows why, and the run ends with that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request could not be written into the journal")]
pub struct NotWrittenDown;

/// A request as it was sent, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request, exactly.
    pub request: Step,
    /// The answer, where it was carried out and one came.
    pub answer: Option<RawAnswer>,
}

/// What a remote system answered a request with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The part of the body that is about the record.
    pub body: Value,
}

/// The exchanges of a batch, by the key of their write, in memory alone.
#[derive(Debug, Default)]
pub struct Exchanges(Mutex<BTreeMap<String, Vec<Exchange>>>);

impl Exchanges {
    /// Those of one write, in order.
    pub fn take(&self, key: &str) -> Vec<Exchange> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key).unwrap_or_default()
    }
}

impl Wire for Exchanges {
    fn sending(&self, requests: &[(&str, Step)]) -> Result<(), NotWrittenDown> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, request) in requests {
            let exchanges = all.entry((*key).to_owned()).or_default();
            exchanges.push(Exchange {
                request: request.clone(),
                answer: None,
            });
        }
        Ok(())
    }

    fn answered(&self, key: &str, status: u16, body: Value) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exchange) = all.get_mut(key).and_then(|exchanges| exchanges.last_mut()) {
            exchange.answer = Some(RawAnswer { status, body });
        }
    }
}
