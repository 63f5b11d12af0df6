//! Submitting: the ledger entry, what is owed, the status.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::errors::Refusal;
use super::super::site::{Outcome, PERSON, shown_date};
use super::receivable;
use super::terms::credits_original;
use super::till::settled;

impl ErpnextWorld {
    /// Posts the invoice. In a one-request submit the answer keeps what it had before
    /// (status Draft, nothing owed); what is stored is right, except where no ledger entry touches
    /// the receivable: then Draft is stored for good.
    pub(crate) fn submit_sales_invoice(
        &mut self,
        doc: &mut Doc,
        in_one_request: bool,
    ) -> Outcome<()> {
        self.check_signs(doc)?;
        self.check_ledger(doc)?;
        if doc.int("is_return") == 0 {
            self.check_credit_limit(doc)?;
        }
        let owed = receivable(doc) - settled(doc);
        let against = doc.text("return_against").to_owned();
        let for_original = credits_original(doc);
        if for_original {
            self.refresh_outstanding(&against);
        }
        let own = if for_original { Decimal::ZERO } else { owed };
        if in_one_request && own.is_zero() {
            return Ok(());
        }
        let mut stored = doc.clone();
        stored.set("outstanding_amount", own);
        let status = self.invoice_status(&stored);
        stored.set("status", status);
        if in_one_request {
            let stamp = self.tick();
            stored.set("modified", stamp);
            self.store.put(stored);
        } else {
            self.store.put(stored.clone());
            *doc = stored;
            self.settle_early_returns(doc);
        }
        Ok(())
    }

    /// Returns that were submitted against the draft count from its first posting on. The answer is
    /// older.
    fn settle_early_returns(&mut self, doc: &Doc) {
        let open = self.open_amount(doc.doctype, doc.name());
        if open == doc.number("outstanding_amount") {
            return;
        }
        let mut stored = doc.clone();
        stored.set("outstanding_amount", open);
        let status = self.invoice_status(&stored);
        stored.set("status", status);
        self.store.put(stored);
    }

    /// Refuses a posting into the frozen part of the books.
    pub(crate) fn check_frozen(&self, doc: &Doc) -> Outcome<()> {
        let upto = if self.release().frozen_by_company {
            self.value("Company", doc.text("company"), "accounts_frozen_till_date")
        } else {
            self.setting("Accounts Settings", "acc_frozen_upto").clone()
        };
        let upto = upto.as_text();
        if upto.is_empty() || doc.text("posting_date") > upto {
            return Ok(());
        }
        // The books are frozen for the site's first user whatever the role.
        if self.may_post_frozen(doc.text("company")) && self.user != PERSON {
            return Ok(());
        }
        Err(Box::new(Refusal::business(format!(
            "You are not authorized to add or update entries before {}",
            shown_date(upto)
        ))))
    }

    /// Whether the session's user may post what is frozen for others: a part of the books, a customer.
    pub(crate) fn may_post_frozen(&self, company: &str) -> bool {
        let role = if self.release().frozen_by_company {
            self.value("Company", company, "role_allowed_for_frozen_entries")
        } else {
            self.setting("Accounts Settings", "frozen_accounts_modifier")
                .clone()
        };
        !role.is_unset() && self.has_role(role.as_text())
    }

    /// The status of a submitted invoice.
    pub(crate) fn invoice_status(&self, doc: &Doc) -> &'static str {
        let owed = doc.number("outstanding_amount");
        let total = status_total(doc);
        let today = self.today();
        let zero = Decimal::ZERO;
        let schedule = doc.rows("payment_schedule");
        let overdue = if schedule.is_empty() {
            doc.text("due_date") < today.as_str()
        } else {
            let due: Decimal = schedule
                .iter()
                .filter(|row| row.text("due_date") < today.as_str())
                .map(|row| {
                    if doc.text("party_account_currency") == doc.text("currency") {
                        row.number("payment_amount")
                    } else {
                        row.number("base_payment_amount")
                    }
                })
                .sum();
            total - owed < due
        };
        if owed > zero && overdue {
            "Overdue"
        } else if owed > zero && owed < total {
            "Partly Paid"
        } else if owed > zero {
            "Unpaid"
        } else if doc.int("is_return") == 1 {
            "Return"
        } else if self.credited(doc.name()) {
            "Credit Note Issued"
        } else {
            "Paid"
        }
    }

    fn credited(&self, invoice: &str) -> bool {
        self.store
            .shelf("Sales Invoice")
            .and_then(|shelf| shelf.with_value("", "return_against", invoice))
            .is_some_and(|found| found.iter().any(|doc| doc.docstatus() == 1))
    }

    /// The nightly job: invoices past their due date become Overdue, with `modified` unchanged.
    pub(crate) fn mark_overdue(&mut self) {
        let due: Vec<Doc> = self
            .store
            .shelf("Sales Invoice")
            .map(|shelf| {
                shelf
                    .by_name()
                    .filter(|doc| {
                        doc.docstatus() == 1
                            && matches!(doc.text("status"), "Unpaid" | "Partly Paid")
                            && self.invoice_status(doc) == "Overdue"
                    })
                    .cloned()
                    .collect()
            })
            .unwrap_or_default();
        for mut doc in due {
            doc.set("status", "Overdue");
            self.store.put(doc);
        }
    }
}

/// The total a status is judged by: the rounded one wherever rounding is on, even where it is 0.
fn status_total(doc: &Doc) -> Decimal {
    let home = doc.text("party_account_currency") != doc.text("currency");
    doc.number(match (doc.int("disable_rounded_total") == 1, home) {
        (true, false) => "grand_total",
        (true, true) => "base_grand_total",
        (false, false) => "rounded_total",
        (false, true) => "base_rounded_total",
    })
}
