//! Several documents made by one request.
//!
//! `frappe.client.insert_many` inserts one after the other in one transaction, with `docstatus` 1
//! submitted, and answers with their names in that order. One that is refused undoes them all, and the
//! answer does not say which it was. The site names them: a name that is sent along is dropped, whatever
//! the document, unless its type asks people for the name (`frappe.model.naming.set_new_name`; observed
//! on 15 and 16). No other method of either makes several documents under names of ours.
//!
//! What it saves is what a site does anew for each request (metadata, settings, compiled templates): on 15
//! half of what an invoice costs, on 16 a sixth.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, member};
use crate::error::Error;
use crate::journal::Journal;

/// The method, as a path. Its body has one member, `docs`: a list.
pub const METHOD: &str = "/api/method/frappe.client.insert_many";

/// How many documents go into one call. A site takes up to 200; it gives a request up after two minutes,
/// and what a call has written is locked until its end.
pub const AT_ONCE: usize = 10;

/// Makes documents, each with its `doctype`, all or none of them. Returns their names in the order given.
///
/// # Errors
/// See [`Error`]; a refusal of one is a refusal of all.
pub async fn insert_many(
    client: &Client,
    journal: &dyn Journal,
    documents: &[Value],
) -> Result<Vec<String>, Error> {
    let body = json!({ "docs": documents });
    let answer = client
        .write_journalled(journal, Method::POST, METHOD, &body)
        .await?;
    let names: Option<Vec<String>> = serde_json::from_value(member(answer, "message")).ok();
    names
        .filter(|names| names.len() == documents.len())
        .ok_or_else(|| Error::Garbage {
            status: 200,
            why: "it did not say what it created".to_owned(),
        })
}
