//! Credit put against invoices, and taken back.

use http::Method;
use ledger::{Cause, Side};
use serde_json::{Value, json};

use super::{Made, WriteError, create, set_docstatus};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields::{self, Mark, Marked, mark_many};
use crate::translate::allocation::{Use, journal_body, reconcile_body};

/// Puts credit against an invoice; answers with the voucher that does it: a Journal Entry for a
/// return, the Payment Entry itself for money on account. Both carry the identity afterwards.
///
/// # Errors
/// See [`WriteError`].
pub async fn allocate(
    client: &Client,
    chart: &Chart,
    used: &Use,
    identity: &str,
) -> Result<Made, WriteError> {
    if used.credit.doctype == "Sales Invoice" && used.at_one_rate() {
        let body = journal_body(used, Some(identity), chart)?;
        return create(client, chart, "Journal Entry", &body, || {
            carrier(client, identity)
        })
        .await;
    }
    if let Some(name) = already(client, used, identity).await? {
        return Ok(Made {
            name,
            existed: true,
        });
    }
    let body = reconcile_body(used, chart)?;
    client
        .write(Method::POST, "/api/method/run_doc_method", &body)
        .await?;
    let (mark, name) = unmarked(client, used, identity).await?.ok_or_else(|| {
        WriteError::Call(Error::Garbage {
            status: 200,
            why: "it does not show what was reconciled".to_owned(),
        })
    })?;
    match mark_many(client, &(), &[mark]).await?.pop() {
        Some(Marked::Done) => Ok(Made {
            name,
            existed: false,
        }),
        other => Err(WriteError::Cause(Cause::refused(
            Side::Erpnext,
            format!("the allocation was made but could not be marked: {other:?}"),
        ))),
    }
}

/// The Journal Entry that carries an identity and stands.
async fn carrier(client: &Client, identity: &str) -> Result<Option<String>, Error> {
    let rows = client
        .list(&List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["name"],
            filters: vec![
                json!([marker_fields::ALLOCATION, "=", identity]),
                json!(["docstatus", "=", 1]),
            ],
            order_by: "creation desc",
            limit: 1,
        })
        .await?;
    Ok(rows
        .first()
        .and_then(|row| row["name"].as_str().map(str::to_owned)))
}

/// The voucher of an earlier attempt.
async fn already(
    client: &Client,
    used: &Use,
    identity: &str,
) -> Result<Option<String>, WriteError> {
    if used.credit.doctype == "Sales Invoice" {
        return Ok(carrier(client, identity).await?);
    }
    let rows = reference_rows(client, used).await?;
    Ok(rows
        .iter()
        .any(|row| row[marker_fields::PAYMENT] == identity)
        .then(|| used.credit.name.clone()))
}

async fn reference_rows(client: &Client, used: &Use) -> Result<Vec<Value>, Error> {
    client
        .list(&List {
            doctype: "Payment Entry Reference",
            parent: Some("Payment Entry"),
            fields: vec!["name", "allocated_amount", marker_fields::PAYMENT],
            filters: vec![
                json!(["parent", "=", used.credit.name]),
                json!(["reference_name", "=", used.invoice.name]),
            ],
            order_by: "idx desc",
            limit: 0,
        })
        .await
}

/// What was just made and carries no identity yet: the mark for it, and the voucher's name.
async fn unmarked(
    client: &Client,
    used: &Use,
    identity: &str,
) -> Result<Option<(Mark, String)>, WriteError> {
    if used.credit.doctype != "Sales Invoice" {
        let rows = reference_rows(client, used).await?;
        let row = rows.iter().find(|row| {
            row[marker_fields::PAYMENT]
                .as_str()
                .is_none_or(str::is_empty)
                && crate::wire::row::exact(&row["allocated_amount"].to_string())
                    == Some(used.amount.normalize())
        });
        return Ok(row.and_then(|row| {
            Some((
                Mark {
                    doctype: "Payment Entry Reference",
                    name: row["name"].as_str()?.to_owned(),
                    modified: None,
                    fields: json!({marker_fields::PAYMENT: identity}),
                },
                used.credit.name.clone(),
            ))
        }));
    }
    let rows = client
        .list(&List {
            doctype: "Journal Entry Account",
            parent: Some("Journal Entry"),
            fields: vec!["parent"],
            filters: vec![
                json!(["reference_name", "=", used.credit.name]),
                json!(["docstatus", "=", 1]),
            ],
            order_by: "creation desc",
            limit: 0,
        })
        .await?;
    let names: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["parent"].as_str())
        .collect();
    let entries = client
        .list(&List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["name", "creation"],
            filters: vec![
                json!(["name", "in", names]),
                json!(["voucher_type", "=", "Credit Note"]),
                json!([marker_fields::ALLOCATION, "is", "not set"]),
            ],
            order_by: "creation desc",
            limit: 1,
        })
        .await?;
    Ok(entries.first().and_then(|row| {
        let name = row["name"].as_str()?.to_owned();
        Some((
            Mark {
                doctype: "Journal Entry",
                name: name.clone(),
                modified: None,
                fields: json!({marker_fields::ALLOCATION: identity}),
            },
            name,
        ))
    }))
}

/// Takes a return's credit back from the invoice it was used for, by cancelling the Journal Entry.
///
/// # Errors
/// See [`WriteError`].
pub async fn cancel_allocation(client: &Client, journal_entry: &str) -> Result<(), WriteError> {
    match client.document("Journal Entry", journal_entry).await? {
        Some(document) if document["docstatus"] == 1 => {
            set_docstatus(
                client,
                "Journal Entry",
                journal_entry,
                document["modified"].as_str(),
                2,
            )
            .await
        }
        Some(_) => Ok(()),
        None => Err(WriteError::Stale),
    }
}
