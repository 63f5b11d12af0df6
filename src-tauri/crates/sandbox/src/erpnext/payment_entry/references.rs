//! The documents a payment settles: what they say of themselves, and what may be settled.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Doc, Row};
use super::super::errors::Refusal;
use super::super::sales_invoice::receivable;
use super::super::site::Outcome;
use super::{party_side, refuse};

impl ErpnextWorld {
    /// What each settled document says of itself.
    pub(super) fn fill_references(&self, doc: &mut Doc) -> Outcome<()> {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let account = doc.text(party_side(doc)).to_owned();
        let held = self.value("Account", &account, "account_currency");
        let party = doc.text("party").to_owned();
        let mut rows = std::mem::take(doc.rows_mut("references"));
        for row in &mut rows {
            if row.number("allocated_amount").is_zero() {
                continue;
            }
            self.fill_reference(row, held.as_text() == own.as_text(), &party)?;
        }
        *doc.rows_mut("references") = rows;
        Ok(())
    }

    /// One row: due date, total, what is owed, exchange rate, account.
    pub(crate) fn fill_reference(&self, row: &mut Row, home: bool, party: &str) -> Outcome<()> {
        let name = row.text("reference_name").to_owned();
        match row.text("reference_doctype") {
            "Sales Invoice" => {
                let invoice = self.fetch("Sales Invoice", &name)?;
                row.set("due_date", invoice.row.get("due_date").clone());
                row.set("total_amount", receivable(invoice));
                row.set("outstanding_amount", invoice.number("outstanding_amount"));
                let rate = if home {
                    Decimal::ONE
                } else {
                    invoice.number("conversion_rate")
                };
                row.set("exchange_rate", rate);
                row.set("account", invoice.row.get("debit_to").clone());
            }
            "Journal Entry" => {
                let entry = self.fetch("Journal Entry", &name)?;
                let owed: Decimal = entry
                    .rows("accounts")
                    .iter()
                    .filter(|row| row.text("party") == party)
                    .map(|row| {
                        row.number("debit_in_account_currency")
                            - row.number("credit_in_account_currency")
                    })
                    .sum();
                row.set("total_amount", owed);
                row.set(
                    "outstanding_amount",
                    self.open_amount("Journal Entry", &name),
                );
                row.set("exchange_rate", Decimal::ONE);
            }
            // Whatever the currency (seen on 15 and 16).
            "Payment Entry" => row.set("exchange_rate", Decimal::ONE),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn check_references(&self, doc: &Doc) -> Outcome<()> {
        let party = doc.text("party");
        let account = doc.text(party_side(doc));
        for (at, row) in doc.rows("references").iter().enumerate() {
            if row.number("allocated_amount").is_zero() {
                continue;
            }
            let (kind, name) = (row.text("reference_doctype"), row.text("reference_name"));
            let other = self.fetch(kind, name)?;
            if kind == "Journal Entry" {
                check_journal_reference(doc, other, at + 1)?;
            } else if kind == "Payment Entry" {
                // It is asked for a customer, which it calls its party: only Payment Reconciliation puts
                // one payment to another (seen on 15 and 16).
                return refuse(&format!(
                    "{kind} {name} is not associated with Customer {party}"
                ));
            } else if kind == "Sales Invoice" {
                if other.text("customer") != party {
                    return refuse(&format!(
                        "{kind} {name} is not associated with Customer {party}"
                    ));
                }
                if other.text("debit_to") != account {
                    return refuse(&format!(
                        "{kind} {name} is associated with {}, but Party Account is {account}",
                        other.text("debit_to")
                    ));
                }
            }
            if other.docstatus() != 1 {
                return refuse(&format!("{kind} {name} must be submitted"));
            }
        }
        Ok(())
    }

    /// Nothing twice, nothing negative against what asks for money, nothing above what is owed.
    pub(super) fn check_allocations(&self, doc: &Doc) -> Outcome<()> {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (at, row) in doc.rows("references").iter().enumerate() {
            let key = (row.text("reference_doctype"), row.text("reference_name"));
            if seen.contains(&key) {
                return refuse(&format!(
                    "Row #{}: Duplicate entry in References {} {}",
                    at + 1,
                    key.0,
                    key.1
                ));
            }
            seen.push(key);
        }
        received_against_credit(doc)?;
        for (at, row) in doc.rows("references").iter().enumerate() {
            let (kind, name) = (row.text("reference_doctype"), row.text("reference_name"));
            let owed = match kind {
                "Sales Invoice" => self.value(kind, name, "outstanding_amount").as_number(),
                _ => self.open_amount(kind, name),
            };
            if owed.is_zero() {
                return refuse(&format!("{kind} {name} has already been fully paid."));
            }
            let amount = row.number("allocated_amount");
            if (amount > Decimal::ZERO && amount > owed)
                || (amount < Decimal::ZERO && amount < owed)
            {
                return refuse(&format!(
                    "Row #{}: Allocated Amount cannot be greater than outstanding amount.",
                    at + 1
                ));
            }
        }
        Ok(())
    }
}

/// Money is not received where more credit is used than invoices are paid.
pub(super) fn received_against_credit(doc: &Doc) -> Outcome<()> {
    let rows = doc.rows("references").iter();
    let total: Decimal = rows.map(|row| row.number("allocated_amount")).sum();
    if total < Decimal::ZERO && doc.text("payment_type") == "Receive" {
        return Err(Box::new(
            Refusal::thrown(
                "ValidationError",
                "Cannot receive from customer against negative outstanding",
                "Incorrect Payment Type",
            )
            .in_erpnext(),
        ));
    }
    Ok(())
}

/// A journal entry may be settled where it has an entry of the party without a reference.
fn check_journal_reference(doc: &Doc, entry: &Doc, idx: usize) -> Outcome<()> {
    let account = doc.text(party_side(doc));
    let rows: Vec<&Row> = entry
        .rows("accounts")
        .iter()
        .filter(|row| {
            row.text("account") == account
                && row.text("party") == doc.text("party")
                && row.text("reference_type").is_empty()
        })
        .collect();
    let name = entry.name();
    if rows.is_empty() || entry.docstatus() != 1 {
        return refuse(&format!(
            "Row #{idx}: Journal Entry {name} does not have account {account} or already matched against another voucher"
        ));
    }
    let side = if doc.text("payment_type") == "Receive" {
        "debit"
    } else {
        "credit"
    };
    if !rows.iter().any(|row| row.number(side) > Decimal::ZERO) {
        return refuse(&format!(
            "Against Journal Entry {name} does not have any unmatched {side} entry"
        ));
    }
    Ok(())
}
