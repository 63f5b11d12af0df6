//! Submitting: the ledger entry, what is owed, the status.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::errors::Refusal;
use super::super::site::{Outcome, PERSON, shown_date};
use super::receivable;
use super::terms::credits_original;

impl ErpnextWorld {
    /// Posts the invoice. In a one-request submit the answer keeps what it had before
    /// (status Draft, nothing owed); what is stored is right, except where no ledger entry touches
    /// the receivable: then Draft is stored for good.
    pub(crate) fn submit_sales_invoice(
        &mut self,
        doc: &mut Doc,
        in_one_request: bool,
    ) -> Outcome<()> {
        self.check_closed_year(doc)?;
        self.check_frozen(doc)?;
        self.check_accounts_open(doc)?;
        let owed = receivable(doc);
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
        }
        Ok(())
    }

    /// Refuses a posting into the frozen part of the books.
    pub(crate) fn check_frozen(&self, doc: &Doc) -> Outcome<()> {
        let (upto, modifier) = if self.release().frozen_by_company {
            let company = doc.text("company");
            let of = |field: &str| self.value("Company", company, field);
            (
                of("accounts_frozen_till_date"),
                of("role_allowed_for_frozen_entries"),
            )
        } else {
            let of = |field: &str| self.setting("Accounts Settings", field).clone();
            (of("acc_frozen_upto"), of("frozen_accounts_modifier"))
        };
        let (upto, modifier) = (upto.as_text(), modifier.as_text());
        if upto.is_empty() || doc.text("posting_date") > upto {
            return Ok(());
        }
        let allowed = self.user == PERSON
            || self.store.get("User", &self.user).is_some_and(|user| {
                !modifier.is_empty()
                    && user
                        .rows("roles")
                        .iter()
                        .any(|row| row.text("role") == modifier)
            });
        if allowed && self.user != PERSON {
            return Ok(());
        }
        Err(Box::new(Refusal::business(format!(
            "You are not authorized to add or update entries before {}",
            shown_date(upto)
        ))))
    }

    fn check_accounts_open(&self, doc: &Doc) -> Outcome<()> {
        let mut accounts = vec![doc.text("debit_to")];
        accounts.extend(
            doc.rows("items")
                .iter()
                .map(|row| row.text("income_account")),
        );
        accounts.extend(doc.rows("taxes").iter().map(|row| row.text("account_head")));
        for account in accounts {
            let Some(ledger) = self.store.get("Account", account) else {
                continue;
            };
            if ledger.int("disabled") == 1 {
                return Err(Box::new(Refusal::business_class(
                    "erpnext.accounts.doctype.journal_entry.journal_entry",
                    "DisabledAccountError",
                    &format!(
                        "Cannot create accounting entries against disabled accounts: <strong>{account}</strong>"
                    ),
                    "Disabled Account Selected",
                )));
            }
            if ledger.int("is_group") == 1 {
                return Err(Box::new(Refusal::business(format!(
                    "Sales Invoice {}: Account {account} is a Group Account and group accounts cannot be used in transactions",
                    doc.name()
                ))));
            }
        }
        Ok(())
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
