//! What the simulated Xero holds.

use rust_decimal::Decimal;
use serde_json::Value;

use super::value::{amount, day, filled, list, text};
use std::collections::BTreeMap;

use super::{Contact, CreditNote, Held, Invoice, Payment, Stage};

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
            unit: Decimal::ZERO,
            stage: stage(row)?,
        });
    }
    Ok(Held {
        contacts,
        invoices,
        credit_notes: credit_notes(state)?,
        payments: payments(state)?,
        on_account: on_account(state)?,
        receivables: receivables(state)?,
    })
}

fn stage(row: &Value) -> Result<Stage, String> {
    match filled(row, "Status").as_deref() {
        Some("DRAFT" | "SUBMITTED") => Ok(Stage::Draft),
        Some("AUTHORISED" | "PAID") => Ok(Stage::Approved),
        Some("VOIDED" | "DELETED") => Ok(Stage::Ended),
        other => Err(format!("a document has the status {other:?}")),
    }
}

/// Credit notes to customers, with what they are allocated to.
fn credit_notes(state: &Value) -> Result<Vec<CreditNote>, String> {
    let mut notes = Vec::new();
    for row in list(state, "CreditNotes").unwrap_or_default() {
        if text(row, "Type") != "ACCRECCREDIT" {
            continue;
        }
        let contact = row.get("Contact").unwrap_or(&Value::Null);
        let mut uses: BTreeMap<String, Decimal> = BTreeMap::new();
        for allocation in list(row, "Allocations").unwrap_or_default() {
            let invoice = allocation.get("Invoice").unwrap_or(&Value::Null);
            let id = text(invoice, "InvoiceID").to_lowercase();
            *uses.entry(id).or_default() += amount(allocation, "Amount")?;
        }
        notes.push(CreditNote {
            id: text(row, "CreditNoteID").to_lowercase(),
            marker: None,
            number: text(row, "CreditNoteNumber"),
            contact: text(contact, "ContactID").to_lowercase(),
            contact_name: text(contact, "Name"),
            reference: text(row, "Reference"),
            texts: texts(row)?,
            date: day(row, "DateString").or_else(|| day(row, "Date")),
            currency: text(row, "CurrencyCode"),
            net: amount(row, "SubTotal")?,
            tax: amount(row, "TotalTax")?,
            total: amount(row, "Total")?,
            remaining: amount(row, "RemainingCredit")?,
            uses,
            stage: stage(row)?,
        });
    }
    Ok(notes)
}

/// Money received, and paid back on credit notes. The payments of one batch are one for each customer.
fn payments(state: &Value) -> Result<Vec<Payment>, String> {
    let mut found: BTreeMap<(String, String), Payment> = BTreeMap::new();
    for row in list(state, "Payments").unwrap_or_default() {
        let refund = match text(row, "PaymentType").as_str() {
            "ACCRECPAYMENT" => false,
            // Of an overpayment or a prepayment it names that.
            "ARCREDITPAYMENT" | "AROVERPAYMENTPAYMENT" | "ARPREPAYMENTPAYMENT" => true,
            _ => continue,
        };
        let invoice = row.get("Invoice").unwrap_or(&Value::Null);
        let contact = invoice.get("Contact").unwrap_or(&Value::Null);
        let contact = text(contact, "ContactID").to_lowercase();
        let id = filled(row, "BatchPaymentID").unwrap_or_else(|| text(row, "PaymentID"));
        let id = id.to_lowercase();
        let payment = found
            .entry((id.clone(), contact.clone()))
            .or_insert_with(|| Payment {
                id,
                marker: None,
                of_rows: Vec::new(),
                contact,
                date: day(row, "Date"),
                currency: text(invoice, "CurrencyCode"),
                parts: BTreeMap::new(),
                left: Decimal::ZERO,
                refund,
                ended: text(row, "Status") == "DELETED",
            });
        *payment
            .parts
            .entry(text(invoice, "InvoiceID").to_lowercase())
            .or_default() += amount(row, "Amount")?;
    }
    let mut found: Vec<Payment> = found.into_values().collect();
    for (kind, id) in [
        ("Overpayments", "OverpaymentID"),
        ("Prepayments", "PrepaymentID"),
    ] {
        for row in list(state, kind).unwrap_or_default() {
            let of = text(row, "Type");
            if of.starts_with("RECEIVE-") || of.starts_with("AR") {
                found.push(kept(row, id)?);
            }
        }
    }
    Ok(found)
}

/// Money on account, with what it is used for.
fn kept(row: &Value, id: &str) -> Result<Payment, String> {
    let (contact, currency) = whose(row);
    let mut parts: BTreeMap<String, Decimal> = BTreeMap::new();
    for allocation in list(row, "Allocations").unwrap_or_default() {
        let invoice = allocation.get("Invoice").unwrap_or(&Value::Null);
        let id = text(invoice, "InvoiceID").to_lowercase();
        *parts.entry(id).or_default() += amount(allocation, "Amount")?;
    }
    Ok(Payment {
        id: text(row, id).to_lowercase(),
        marker: None,
        of_rows: Vec::new(),
        contact,
        date: day(row, "DateString").or_else(|| day(row, "Date")),
        currency,
        parts,
        left: amount(row, "RemainingCredit")?,
        refund: false,
        ended: text(row, "Status") == "VOIDED",
    })
}

/// What is left of overpayments and prepayments of customers.
fn on_account(state: &Value) -> Result<Vec<(String, String, Decimal)>, String> {
    credits(state, &["Overpayments", "Prepayments"])
}

/// What is left of credits of customers.
fn credits(state: &Value, kinds: &[&str]) -> Result<Vec<(String, String, Decimal)>, String> {
    let mut found = Vec::new();
    for kind in kinds {
        for row in list(state, kind).unwrap_or_default() {
            let of = text(row, "Type");
            let customers =
                of == "ACCRECCREDIT" || of.starts_with("RECEIVE-") || of.starts_with("AR");
            if customers && text(row, "Status") == "AUTHORISED" {
                let (contact, currency) = whose(row);
                found.push((contact, currency, amount(row, "RemainingCredit")?));
            }
        }
    }
    Ok(found)
}

/// What customers owe, by Xero's own figures.
fn receivables(state: &Value) -> Result<BTreeMap<(String, String), Decimal>, String> {
    let mut owed: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for row in list(state, "Invoices")? {
        if text(row, "Type") == "ACCREC" && text(row, "Status") == "AUTHORISED" {
            *owed.entry(whose(row)).or_default() += amount(row, "AmountDue")?;
        }
    }
    let all = ["CreditNotes", "Overpayments", "Prepayments"];
    for (contact, currency, left) in credits(state, &all)? {
        *owed.entry((contact, currency)).or_default() -= left;
    }
    Ok(owed)
}

/// The contact and the currency of a document.
fn whose(row: &Value) -> (String, String) {
    let contact = row.get("Contact").unwrap_or(&Value::Null);
    let contact = text(contact, "ContactID").to_lowercase();
    (contact, text(row, "CurrencyCode"))
}
