//! What the simulated Xero holds.

use rust_decimal::Decimal;
use serde_json::Value;

use super::value::{amount, day, filled, list, text};
use super::{Contact, Held, Invoice, Stage};

/// The lines' texts, where no line takes something off.
fn texts(invoice: &Value) -> Result<Option<Vec<String>>, String> {
    let mut texts = Vec::new();
    for line in list(invoice, "LineItems")? {
        let amount = amount(line, "LineAmount")?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Ok(None);
        }
        if !amount.is_zero() {
            texts.push(text(line, "Description"));
        }
    }
    Ok(Some(texts))
}

pub(super) fn read(state: &Value) -> Result<Held, String> {
    let contacts = list(state, "Contacts")?
        .iter()
        .map(|row| Contact {
            id: text(row, "ContactID").to_lowercase(),
            marker: None,
            name: text(row, "Name"),
            email: text(row, "EmailAddress"),
            tax_number: text(row, "TaxNumber"),
            archived: text(row, "ContactStatus") != "ACTIVE",
        })
        .collect();
    let mut invoices = Vec::new();
    for row in list(state, "Invoices")? {
        if text(row, "Type") != "ACCREC" {
            continue;
        }
        let contact = row.get("Contact").unwrap_or(&Value::Null);
        invoices.push(Invoice {
            id: text(row, "InvoiceID").to_lowercase(),
            marker: None,
            number: text(row, "InvoiceNumber"),
            contact: text(contact, "ContactID").to_lowercase(),
            contact_name: text(contact, "Name"),
            reference: text(row, "Reference"),
            texts: texts(row)?,
            date: day(row, "DateString").or_else(|| day(row, "Date")),
            due: day(row, "DueDateString").or_else(|| day(row, "DueDate")),
            currency: text(row, "CurrencyCode"),
            total: amount(row, "Total")?,
            tax: amount(row, "TotalTax")?,
            amount_due: amount(row, "AmountDue")?,
            stage: match filled(row, "Status").as_deref() {
                Some("DRAFT" | "SUBMITTED") => Stage::Draft,
                Some("AUTHORISED" | "PAID") => Stage::Approved,
                Some("VOIDED" | "DELETED") => Stage::Ended,
                other => return Err(format!("an invoice has the status {other:?}")),
            },
        });
    }
    Ok(Held {
        contacts,
        invoices,
        on_account: on_account(state)?,
    })
}

/// What is left of credit notes, overpayments and prepayments of customers.
fn on_account(state: &Value) -> Result<Vec<(String, String, Decimal)>, String> {
    let mut found = Vec::new();
    for kind in ["CreditNotes", "Overpayments", "Prepayments"] {
        for row in list(state, kind).unwrap_or_default() {
            let of = text(row, "Type");
            let customers =
                of == "ACCRECCREDIT" || of.starts_with("RECEIVE-") || of.starts_with("AR");
            if !customers || text(row, "Status") != "AUTHORISED" {
                continue;
            }
            let contact = row.get("Contact").unwrap_or(&Value::Null);
            let left = amount(row, "RemainingCredit")?;
            found.push((
                text(contact, "ContactID").to_lowercase(),
                text(row, "CurrencyCode"),
                left,
            ));
        }
    }
    Ok(found)
}
