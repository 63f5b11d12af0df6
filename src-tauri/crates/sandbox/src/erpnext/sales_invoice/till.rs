//! What is paid inside an invoice at the till (`is_pos`).

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row};
use super::super::errors::Refusal;
use super::super::site::Outcome;
use super::terms::receivable;

/// The payments that are booked with an invoice.
pub(crate) fn booked(doc: &Doc) -> impl Iterator<Item = &Row> {
    let rows = doc.rows("payments").iter();
    rows.filter(|row| doc.int("is_pos") == 1 && !row.number("base_amount").is_zero())
}

/// What these settle of the invoice, in its currency: less the change.
pub(crate) fn settled(doc: &Doc) -> Decimal {
    let paid: Decimal = booked(doc).map(|row| row.number("amount")).sum();
    if paid.is_zero() {
        return paid;
    }
    paid - doc.number("change_amount")
}

impl ErpnextWorld {
    /// Where the money of each payment goes, what all of them come to, and the change. What arrives submitted is
    /// not booked where the site computes nothing of such a document (observed on 15).
    pub(super) fn fill_payments(&self, doc: &mut Doc, arrives: bool) -> Outcome<()> {
        if doc.int("is_pos") == 0 {
            return Ok(());
        }
        if doc.rows("payments").is_empty() {
            return Err(Box::new(Refusal::business(
                "At least one mode of payment is required for POS invoice.",
            )));
        }
        let company = doc.text("company").to_owned();
        let rate = doc.number("conversion_rate");
        let books = !arrives || self.release().owed_at_once;
        let mut rows = std::mem::take(doc.rows_mut("payments"));
        let (mut paid, mut cash) = (Decimal::ZERO, false);
        for row in &mut rows {
            let mode = row.text("mode_of_payment").to_owned();
            row.set("type", self.value("Mode of Payment", &mode, "type"));
            cash |= row.text("type") == "Cash";
            if row.text("account").is_empty() {
                let of = self.store.get("Mode of Payment", &mode);
                let own = of.and_then(|it| {
                    let mut accounts = it.rows("accounts").iter();
                    accounts.find(|row| row.text("company") == company)
                });
                let account = own.map_or(Cell::Null, |it| it.get("default_account").clone());
                row.set("account", account);
            }
            let amount = row.number("amount");
            paid += amount;
            if books {
                row.set("base_amount", self.round(amount * rate, 2));
            }
        }
        *doc.rows_mut("payments") = rows;
        doc.set("paid_amount", paid);
        doc.set("base_paid_amount", self.round(paid * rate, 2));
        // Change is given in cash alone.
        let change = if cash {
            (paid - receivable(doc)).max(Decimal::ZERO)
        } else {
            Decimal::ZERO
        };
        doc.set("change_amount", change);
        doc.set("base_change_amount", self.round(change * rate, 2));
        if doc.text("account_for_change_amount").is_empty() {
            let account = self.value("Company", &company, "default_cash_account");
            doc.set("account_for_change_amount", account);
        }
        Ok(())
    }
}
