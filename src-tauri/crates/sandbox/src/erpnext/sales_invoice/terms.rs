//! What is owed and when: due date, payment schedule, the receivable amount.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Doc, Row};
use super::super::documents::UNSAVED;
use super::super::errors::Refusal;
use super::super::release::Wording;
use super::super::site::{Outcome, date};

/// The due date: of the schedule, as given, or the posting date; never before it.
pub(super) fn fill_due_date(doc: &mut Doc, wording: Wording) -> Outcome<()> {
    // Dates of the schedule win over the invoice's own.
    if let Some(last) = doc
        .rows("payment_schedule")
        .iter()
        .map(|row| row.text("due_date"))
        .max()
        .filter(|due| !due.is_empty())
        .map(str::to_owned)
    {
        doc.set("due_date", last);
    }
    if doc.text("due_date").is_empty() {
        let posting = doc.text("posting_date").to_owned();
        doc.set("due_date", posting);
    }
    let (due, posting) = (date(doc.text("due_date")), date(doc.text("posting_date")));
    if let (Some(due), Some(posting)) = (due, posting)
        && due < posting
    {
        return Err(Box::new(Refusal::business(wording.due_too_early())));
    }
    Ok(())
}

/// Whether the credit note reduces its invoice instead of standing for itself.
pub(crate) fn credits_original(doc: &Doc) -> bool {
    doc.int("is_return") == 1
        && doc.int("update_outstanding_for_self") == 0
        && !doc.text("return_against").is_empty()
}

/// What the customer owes, in the currency of the receivable account.
pub(crate) fn receivable(doc: &Doc) -> Decimal {
    if doc.text("party_account_currency") == doc.text("currency") {
        return due_total(doc);
    }
    owed_at_home(doc)
}

/// What the customer owes, in the company's currency.
pub(super) fn owed_at_home(doc: &Doc) -> Decimal {
    let base = doc.number("base_rounded_total");
    // An adjustment too small to show in the company's currency is not booked.
    if base.is_zero() || doc.number("base_rounding_adjustment").is_zero() {
        doc.number("base_grand_total")
    } else {
        base
    }
}

/// The rounded total where there is one, else the grand total.
fn due_total(doc: &Doc) -> Decimal {
    let rounded = doc.number("rounded_total");
    if rounded.is_zero() {
        doc.number("grand_total")
    } else {
        rounded
    }
}

impl ErpnextWorld {
    /// An invoice asks for money. What a return comes to nobody looks at.
    pub(super) fn check_totals(&self, doc: &Doc) -> Outcome<()> {
        if doc.int("is_return") == 1 || doc.number("base_grand_total") >= Decimal::ZERO {
            return Ok(());
        }
        let label = self
            .doctype("Sales Invoice")?
            .field("base_grand_total")
            .map_or("", |field| field.label.as_ref());
        Err(Box::new(Refusal::business(format!(
            "Incorrect value:{label} must be >= 0.0"
        ))))
    }

    /// One row over the whole amount unless the client sent its own.
    pub(super) fn fill_payment_schedule(&mut self, doc: &mut Doc, new: bool) -> Outcome<()> {
        // What is paid at the till is due at once.
        if doc.int("is_return") == 1 || doc.int("is_pos") == 1 {
            doc.rows_mut("payment_schedule").clear();
            return Ok(());
        }
        let total = due_total(doc);
        let exchange = doc.number("conversion_rate");
        if doc.rows("payment_schedule").is_empty() {
            let mut row = Row::default();
            row.set("name", self.new_hash());
            row.set("due_date", doc.text("due_date"));
            row.set("invoice_portion", Decimal::ONE_HUNDRED);
            *doc.rows_mut("payment_schedule") = vec![row];
        } else if new {
            let sent = |row: &&mut Row| row.int(UNSAVED) == 1;
            for row in doc.rows_mut("payment_schedule").iter_mut().filter(sent) {
                row.set_missing("discount_type", "Percentage");
            }
        }
        let mut sum = Decimal::ZERO;
        let mut rows = std::mem::take(doc.rows_mut("payment_schedule"));
        for row in &mut rows {
            let portion = row.number("invoice_portion");
            if !portion.is_zero() {
                let amount = self.round(total * portion / Decimal::ONE_HUNDRED, 2);
                row.set("payment_amount", amount);
                row.set("outstanding", amount);
            }
            let amount = row.number("payment_amount");
            sum += amount;
            let base = self.round(amount * exchange, 2);
            row.set("base_payment_amount", base);
            row.set("base_outstanding", base);
        }
        *doc.rows_mut("payment_schedule") = rows;
        // Where default terms are ignored nothing is held against anything (observed on 15 and 16).
        let held = doc.int("ignore_default_payment_terms_template") == 0;
        if held && (sum - total).abs() > Decimal::new(1, 1) {
            return Err(Box::new(Refusal::business(
                "Total Payment Amount in Payment Schedule must be equal to Grand / Rounded Total",
            )));
        }
        Ok(())
    }
}
