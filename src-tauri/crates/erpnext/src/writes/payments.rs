//! Payment Entries.

use ledger::{Cause, DocumentState, Payment, Side};
use serde_json::json;

use super::{Made, WriteError, create, set_docstatus};
use crate::chart::Chart;
use crate::client::Client;
use crate::marker_fields::{self, Mark, Marked, Note, mark_many};
use crate::records::payments_marked;
use crate::translate::payment_out::{self, Identities};
use crate::wire::PaymentRow;

/// Creates a payment and submits it in the same request, unless it is a draft. `party_account` is the
/// receivable account of the documents it pays; `None` takes the company's for the currency.
///
/// # Errors
/// See [`WriteError`]; [`Cause::Invalid`] where it carries no identity at all, since a lost answer
/// could then not be settled.
pub async fn create_payment(
    client: &Client,
    chart: &Chart,
    payment: &Payment,
    identities: Identities<'_>,
    party_account: Option<&str>,
    people: &Note<'_>,
) -> Result<Made, WriteError> {
    let known: Vec<&str> = identities
        .whole
        .into_iter()
        .chain(identities.allocations.iter().copied().flatten())
        .collect();
    if known.is_empty() {
        return Err(WriteError::Cause(Cause::Invalid {
            side: Side::Erpnext,
            field: "payment".to_owned(),
            why: "It carries no identity of Xero, so it could not be found again".to_owned(),
        }));
    }
    let mut body = payment_out::create_body(payment, identities, party_account, chart)?;
    people.put(&mut body, &chart.time_zone);
    if payment.state == DocumentState::Approved {
        body["docstatus"] = json!(1);
    }
    create(client, chart, "Payment Entry", &body, || async {
        let found = payments_marked(client, chart, &known).await?;
        Ok(match found.as_slice() {
            [only] => Some(only.clone()),
            // Parts of it stand on different documents: that is not this payment.
            _ => None,
        })
    })
    .await
}

/// What becomes of the identities on a payment that is cancelled. A cancelled document can never be
/// written again and keeps them for ever (observed on ERPNext 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// They stay: the payments are gone in Xero too.
    Keep,
    /// They are moved aside first, because another document is about to carry them.
    Move,
}

/// Cancels a submitted payment, if it is still the one that was read. What it paid is owed again.
///
/// # Errors
/// See [`WriteError`]; [`Cause::CannotVoid`] where it is matched with a bank statement.
pub async fn cancel_payment(
    client: &Client,
    row: &PaymentRow,
    release: Release,
) -> Result<(), WriteError> {
    if row.cleared.is_some() {
        return Err(WriteError::Cause(Cause::CannotVoid {
            side: Side::Erpnext,
            why: "It is matched with a bank statement in ERPNext. Undo that there first".to_owned(),
        }));
    }
    if row.docstatus == 2 {
        return Ok(());
    }
    let mut modified = row.modified.clone();
    if release == Release::Move {
        // Rows first: they leave the document's `modified` alone, so it is still held to it.
        let moved = move_aside(client, row).await?;
        if moved {
            match client.document("Payment Entry", &row.name).await? {
                Some(document) => {
                    document["modified"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut modified);
                }
                None => return Err(WriteError::Stale),
            }
        }
    }
    set_docstatus(client, "Payment Entry", &row.name, Some(&modified), 2).await
}

/// Moves every identity aside; answers whether that moved the document's own `modified`.
async fn move_aside(client: &Client, row: &PaymentRow) -> Result<bool, WriteError> {
    let aside = |identity: &str| {
        let revision = crate::translate::amendments(&row.name, None);
        json!({marker_fields::PAYMENT: marker_fields::replaced(
            marker_fields::identity(identity).0, revision)})
    };
    let mut marks: Vec<Mark> = Vec::new();
    if let Some(identity) = &row.marker {
        marks.push(Mark {
            doctype: "Payment Entry",
            name: row.name.clone(),
            modified: Some(row.modified.clone()),
            fields: aside(identity),
        });
    }
    for reference in &row.references {
        if let Some(identity) = &reference.marker {
            marks.push(Mark {
                doctype: "Payment Entry Reference",
                name: reference.name.clone(),
                modified: None,
                fields: aside(identity),
            });
        }
    }
    for marked in mark_many(client, &(), &marks).await? {
        match marked {
            Marked::Done => {}
            Marked::Stale | Marked::Missing => return Err(WriteError::Stale),
            Marked::NotUnique => {
                return Err(WriteError::Cause(Cause::refused(
                    Side::Erpnext,
                    "the identity was moved aside before",
                )));
            }
            Marked::Refused(message) => {
                return Err(WriteError::Cause(Cause::refused(Side::Erpnext, message)));
            }
        }
    }
    Ok(row.marker.is_some())
}
