//! Money received and paid back, and what else settles invoices: journal entries, and the till.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::Payment;
use super::super::value::{amount, day, filled, flag, list, text};
use super::credit::Credit;
use super::{in_own_currency, open_of_payments};

/// The field that holds a payment's identity in Xero, on a document or a row.
const MARKER: &str = "xero_payment_id";

/// Money received, and paid back on returns.
pub(super) fn payments(
    state: &Value,
    company: &str,
    credit: &Credit,
) -> Result<Vec<Payment>, String> {
    let invoices = list(state, "Sales Invoice")?;
    let invoices: BTreeMap<String, &Value> =
        invoices.iter().map(|it| (text(it, "name"), it)).collect();
    let mut found = Vec::new();
    let (paid_back, open) = (paid_back(state)?, open_of_payments(state)?);
    for row in list(state, "Payment Entry").unwrap_or_default() {
        let customers = text(row, "party_type") == "Customer";
        if text(row, "company") != company || !customers || flag(row, "docstatus") == 0 {
            continue;
        }
        let refund = text(row, "payment_type") == "Pay";
        let mut parts: BTreeMap<String, Decimal> = BTreeMap::new();
        let kept_in = text(
            row,
            if refund {
                "paid_to_account_currency"
            } else {
                "paid_from_account_currency"
            },
        );
        let mut currency = kept_in.clone();
        for reference in list(row, "references").unwrap_or_default() {
            let name = text(reference, "reference_name");
            let is_return = i64::from(refund);
            let Some(invoice) = invoices
                .get(&name)
                .filter(|it| flag(it, "is_return") == is_return)
            else {
                continue;
            };
            currency = text(invoice, "currency");
            let part = in_own_currency(invoice, amount(reference, "allocated_amount")?)?;
            *parts.entry(name).or_default() += if refund { -part } else { part };
        }
        // What returns in it settle is no money.
        for (name, kept) in credit.within(&text(row, "name")).filter(|_| !refund) {
            if let (Some(invoice), Some(part)) = (invoices.get(name), parts.get_mut(name)) {
                *part -= in_own_currency(invoice, *kept)?;
            }
        }
        parts.retain(|_, part| !part.is_zero());
        let back = paid_back.get(&text(row, "name"));
        for (money, part) in back.into_iter().flatten() {
            *parts.entry(money.clone()).or_default() += *part;
        }
        // In another currency than the documents' it is not compared with what Xero says.
        let left = match open.get(&text(row, "name")) {
            _ if currency != kept_in => Decimal::ZERO,
            Some(left) if refund => -*left,
            Some(left) => *left,
            // A cancelled one says what it was.
            None if flag(row, "docstatus") == 2 => amount(row, "unallocated_amount")?,
            None => Decimal::ZERO,
        };
        if !parts.is_empty() || !left.is_zero() {
            found.push(Payment {
                left,
                refund,
                id: text(row, "name"),
                marker: filled(row, MARKER),
                of_rows: markers(row, "deductions"),
                contact: text(row, "party"),
                date: day(row, "posting_date"),
                currency,
                parts,
                ended: flag(row, "docstatus") == 2,
            });
        }
    }
    for row in list(state, "Journal Entry").unwrap_or_default() {
        if text(row, "company") == company {
            found.extend(journal(row, &invoices)?);
        }
    }
    for row in invoices.values() {
        if text(row, "company") == company {
            found.extend(till(row)?);
        }
    }
    Ok(found)
}

/// A journal entry that settles invoices: whole, whatever accounts it went to. One that takes from somebody's
/// balance is none.
fn journal(row: &Value, invoices: &BTreeMap<String, &Value>) -> Result<Option<Payment>, String> {
    let by_itself = ["Exchange Gain Or Loss", "Exchange Rate Revaluation"];
    if flag(row, "docstatus") == 0 || by_itself.contains(&text(row, "voucher_type").as_str()) {
        return Ok(None);
    }
    let mut parts: BTreeMap<String, Decimal> = BTreeMap::new();
    let (mut contact, mut currency) = (String::new(), String::new());
    for entry in list(row, "accounts")? {
        if text(entry, "party_type") != "Customer" {
            continue;
        }
        if amount(entry, "debit_in_account_currency")? > Decimal::ZERO {
            return Ok(None);
        }
        let name = text(entry, "reference_name");
        if let Some(invoice) = invoices.get(&name).filter(|it| flag(it, "is_return") == 0) {
            contact = text(entry, "party");
            currency = text(invoice, "currency");
            let part = in_own_currency(invoice, amount(entry, "credit_in_account_currency")?)?;
            *parts.entry(name).or_default() += part;
        }
    }
    // One of ours carries its payment's identity where uses of credit notes carry theirs.
    let ours = filled(row, "xero_allocation_id").filter(|it| !it.contains('/'));
    Ok((!parts.is_empty()).then(|| Payment {
        left: Decimal::ZERO,
        refund: false,
        id: text(row, "name"),
        marker: ours,
        of_rows: markers(row, "accounts"),
        contact,
        date: day(row, "posting_date"),
        currency,
        parts,
        ended: flag(row, "docstatus") == 2,
    }))
}

/// What was paid inside an invoice at the till, less the change.
fn till(row: &Value) -> Result<Option<Payment>, String> {
    if flag(row, "docstatus") == 0 || flag(row, "is_pos") == 0 || flag(row, "is_return") == 1 {
        return Ok(None);
    }
    let mut paid = -amount(row, "change_amount")?;
    for payment in list(row, "payments").unwrap_or_default() {
        if !amount(payment, "base_amount")?.is_zero() {
            paid += amount(payment, "amount")?;
        }
    }
    let name = text(row, "name");
    Ok((paid > Decimal::ZERO).then(|| Payment {
        left: Decimal::ZERO,
        refund: false,
        marker: None,
        of_rows: markers(row, "payments"),
        contact: text(row, "customer"),
        date: day(row, "posting_date"),
        currency: text(row, "currency"),
        parts: BTreeMap::from([(name.clone(), paid)]),
        ended: flag(row, "docstatus") == 2,
        id: name,
    }))
}

/// The identities in Xero that the rows of a table carry.
fn markers(row: &Value, table: &str) -> Vec<String> {
    let rows = list(row, table).unwrap_or_default().iter();
    rows.filter_map(|it| filled(it, MARKER)).collect()
}

/// What money paid back was paid back of, by its name: the payments that name it, which it does not name.
fn paid_back(state: &Value) -> Result<BTreeMap<String, Vec<(String, Decimal)>>, String> {
    let mut found: BTreeMap<String, Vec<(String, Decimal)>> = BTreeMap::new();
    for row in list(state, "Payment Entry").unwrap_or_default() {
        for reference in list(row, "references").unwrap_or_default() {
            let of_money = text(reference, "reference_doctype") == "Payment Entry";
            if of_money && flag(row, "docstatus") == 1 {
                let part = (text(row, "name"), amount(reference, "allocated_amount")?);
                let name = text(reference, "reference_name");
                found.entry(name).or_default().push(part);
            }
        }
    }
    Ok(found)
}
