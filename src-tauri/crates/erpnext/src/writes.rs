//! Documents created, submitted and cancelled, each so that a second attempt does no harm.
//!
//! An answer may be lost after the site has done its work (erpnext/FACTS §13), and a repeated create
//! is refused for many reasons: its name or identity is taken, or what it uses up is used up already, by
//! the first attempt. So whenever a create does not plainly succeed the identity is looked up, and what
//! carries it is the document.

mod allocations;
mod credit_notes;

use http::Method;
use ledger::Cause;
use serde_json::{Value, json};

pub use allocations::{allocate, cancel_allocation};
pub use credit_notes::{cancel_credit_note, create_credit_note, update_credit_note};

use crate::chart::Chart;
use crate::client::Client;
use crate::error::{Error, RefusalKind};
use crate::site;

/// Why something was not written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// It would be refused, or was; a person is told this.
    #[error("{0:?}")]
    Cause(Cause),
    /// The document is not the one the plan was made from.
    #[error("the document was changed since it was read")]
    Stale,
    /// The call failed; [`Error::may_have_been_done`] says whether the write is in doubt.
    #[error(transparent)]
    Call(Error),
}

impl From<Cause> for WriteError {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => match refusal.kind() {
                RefusalKind::Stale => Self::Stale,
                RefusalKind::Deadlock | RefusalKind::Locked => Self::Call(Error::Refused(refusal)),
                _ => Self::Cause(refusal.cause()),
            },
            other => Self::Call(other),
        }
    }
}

/// A document that carries the identity now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// Whether it was there before: an earlier attempt's, whose answer was lost, or another
    /// machine's.
    pub existed: bool,
}

/// The version of the API whose create honours a chosen name came with version 15.
const CHOSEN_NAMES_SINCE: u32 = 15;

/// Creates a document. Where that does not plainly succeed, `find` looks for the one that carries the
/// identity.
async fn create<F>(
    client: &Client,
    chart: &Chart,
    doctype: &str,
    body: &Value,
    find: impl FnOnce() -> F,
) -> Result<Made, WriteError>
where
    F: Future<Output = Result<Option<String>, Error>>,
{
    let chosen = chart.version >= CHOSEN_NAMES_SINCE && body["name"].is_string();
    let path = if chosen {
        site::doctype_v2(doctype)
    } else {
        site::doctype(doctype)
    };
    let failed = match client.write(Method::POST, &path, body).await {
        Ok(answer) => match answer["data"]["name"].as_str() {
            Some(name) => {
                return Ok(Made {
                    name: name.to_owned(),
                    existed: false,
                });
            }
            None => Error::Garbage {
                status: 200,
                why: "it does not say what was created".to_owned(),
            },
        },
        Err(error) => error,
    };
    // A key that is not valid, or a site that is away, created nothing.
    let worth_looking = failed.may_have_been_done() || failed.refusal().is_some();
    if worth_looking {
        match find().await {
            Ok(Some(name)) => {
                return Ok(Made {
                    name,
                    existed: true,
                });
            }
            // Not seen is not yet not there: a request whose answer was lost may still be running.
            Ok(None) => {}
            Err(_) if failed.may_have_been_done() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(failed.into())
}

/// Submits a draft or cancels a submitted document, if it is still the one that was read.
async fn set_docstatus(
    client: &Client,
    doctype: &str,
    name: &str,
    modified: Option<&str>,
    docstatus: u8,
) -> Result<(), WriteError> {
    let mut body = json!({"docstatus": docstatus});
    if let Some(modified) = modified {
        body["modified"] = json!(modified);
    }
    let path = site::document(doctype, name);
    client.write(Method::PUT, &path, &body).await?;
    Ok(())
}
