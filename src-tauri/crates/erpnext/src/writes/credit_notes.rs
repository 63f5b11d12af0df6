//! Returns.

use http::Method;
use ledger::{Cause, Document, DocumentState, Side};
use serde_json::json;

use super::{Made, WriteError, create, set_docstatus};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields::{self, Note};
use crate::site;
use crate::translate::credit_note::{self, Balance};

/// Creates a return, as a draft or submitted as [`Document::state`] says.
///
/// # Errors
/// See [`WriteError`].
pub async fn create_credit_note(
    client: &Client,
    chart: &Chart,
    note: &Document,
    identity: &str,
    balance: Balance,
    people: &Note<'_>,
) -> Result<Made, WriteError> {
    let mut body = credit_note::create_body(note, identity, balance, chart)?;
    people.put(&mut body, &chart.time_zone);
    let approved = note.state == DocumentState::Approved;
    // Submitted in the request that creates it, one that owes nothing of its own keeps the status
    // Draft for good (erpnext/FACTS §5).
    let at_once = approved && balance == Balance::Own && !note.total.is_zero();
    if at_once {
        body["docstatus"] = json!(1);
    }
    let made = create(client, chart, "Sales Invoice", &body, || {
        carrier(client, identity)
    })
    .await?;
    if approved && (!at_once || made.existed) {
        submit_if_draft(client, &made.name).await?;
    }
    Ok(made)
}

/// The return that carries an identity and has not been moved away from it.
async fn carrier(client: &Client, identity: &str) -> Result<Option<String>, Error> {
    let stored: Vec<String> = marker_fields::spellings(identity).collect();
    let rows = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec!["name", marker_fields::CREDIT_NOTE],
            filters: vec![json!([marker_fields::CREDIT_NOTE, "in", stored])],
            order_by: "creation desc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter(|row| {
            row[marker_fields::CREDIT_NOTE]
                .as_str()
                .is_some_and(|stored| !marker_fields::identity(stored).1)
        })
        .find_map(|row| row["name"].as_str().map(str::to_owned)))
}

/// The second step, unless an earlier attempt got so far.
async fn submit_if_draft(client: &Client, name: &str) -> Result<(), WriteError> {
    let Some(document) = client.document("Sales Invoice", name).await? else {
        return Err(WriteError::Stale);
    };
    if document["docstatus"] != 0 {
        return Ok(());
    }
    set_docstatus(
        client,
        "Sales Invoice",
        name,
        document["modified"].as_str(),
        1,
    )
    .await
}

/// Changes a draft, and submits it where `to` is approved.
///
/// # Errors
/// See [`WriteError`]; [`Cause::CannotEdit`] for one that is submitted.
pub async fn update_credit_note(
    client: &Client,
    chart: &Chart,
    name: &str,
    modified: &str,
    from: &Document,
    to: &Document,
    people: &Note<'_>,
) -> Result<(), WriteError> {
    if from.state != DocumentState::Draft {
        return Err(WriteError::Cause(Cause::CannotEdit {
            side: Side::Erpnext,
            why: "It is submitted in ERPNext. Cancel it there and create it anew".to_owned(),
        }));
    }
    let mut body = credit_note::update_body(from, to, chart)?;
    people.put(&mut body, &chart.time_zone);
    body["modified"] = json!(modified);
    if to.state == DocumentState::Approved {
        body["docstatus"] = json!(1);
    }
    let path = site::document("Sales Invoice", name);
    client.write(Method::PUT, &path, &body).await?;
    Ok(())
}

/// Cancels a return, or deletes a draft of one. Refused where its credit has been used: ERPNext
/// would take it out of what it settles without a word.
///
/// # Errors
/// See [`WriteError`].
pub async fn cancel_credit_note(
    client: &Client,
    name: &str,
    modified: &str,
    note: &Document,
) -> Result<(), WriteError> {
    match note.state {
        DocumentState::Voided => Ok(()),
        DocumentState::Draft => {
            // A deletion cannot carry the version along, so it is looked at right before.
            match client.document("Sales Invoice", name).await? {
                None => return Ok(()),
                Some(document) if document["modified"] != modified => {
                    return Err(WriteError::Stale);
                }
                Some(_) => {}
            }
            let path = site::document("Sales Invoice", name);
            client
                .write(Method::DELETE, &path, &serde_json::Value::Null)
                .await?;
            Ok(())
        }
        DocumentState::Approved => {
            credit_note::may_be_cancelled(note)?;
            set_docstatus(client, "Sales Invoice", name, Some(modified), 2).await
        }
    }
}
