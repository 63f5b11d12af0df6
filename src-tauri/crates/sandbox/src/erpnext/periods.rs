//! Closed parts of the books: accounting periods and closed years. The frozen part is a setting,
//! looked at where entries are posted (recording 26).

use super::ErpnextWorld;
use super::cell::Doc;
use super::errors::Refusal;
use super::site::{Outcome, shown_date};

/// The module of accounting periods, for its own classes of refusals.
const MODULE: &str = "erpnext.accounts.doctype.accounting_period.accounting_period";

impl ErpnextWorld {
    /// Refuses a voucher of a type whose accounting period is closed, drafts included.
    pub(crate) fn check_closed_period(&self, doc: &Doc) -> Outcome<()> {
        let (day, company) = (doc.text("posting_date"), doc.text("company"));
        let closed = self.store.shelf("Accounting Period").and_then(|shelf| {
            shelf.by_name().find(|period| {
                period.text("company") == company
                    && period.text("start_date") <= day
                    && day <= period.text("end_date")
                    && period.rows("closed_documents").iter().any(|row| {
                        row.text("document_type") == doc.doctype && row.int("closed") == 1
                    })
            })
        });
        match closed {
            Some(period) => Err(Box::new(Refusal::business_class(
                MODULE,
                "ClosedAccountingPeriod",
                &format!(
                    "You cannot create a {} within the closed Accounting Period <strong>{}</strong>",
                    doc.doctype,
                    period.name()
                ),
                "Message",
            ))),
            None => Ok(()),
        }
    }

    /// Refuses entries in a year that a Period Closing Voucher has closed.
    pub(crate) fn check_closed_year(&self, doc: &Doc) -> Outcome<()> {
        let (day, company) = (doc.text("posting_date"), doc.text("company"));
        let last = self
            .store
            .shelf("Period Closing Voucher")
            .and_then(|shelf| {
                shelf
                    .by_name()
                    .filter(|voucher| {
                        voucher.docstatus() == 1 && voucher.text("company") == company
                    })
                    .map(|voucher| voucher.text("period_end_date").to_owned())
                    .max()
            });
        match last {
            Some(last) if !last.is_empty() && day <= last.as_str() => {
                let text = format!(
                    "Books have been closed till the period ending on {}</br >You cannot create/amend any accounting entries till this date.",
                    shown_date(&last)
                );
                let refusal = Refusal::thrown("ValidationError", &text, "Period Closed");
                Err(Box::new(refusal.in_erpnext()))
            }
            _ => Ok(()),
        }
    }

    /// An accounting period overlaps no other of its company.
    pub(crate) fn validate_period(&self, doc: &mut Doc) -> Outcome<()> {
        let name = doc.name().to_owned();
        doc.set("period_name", name.as_str());
        let (from, to) = (doc.text("start_date"), doc.text("end_date"));
        let other = self.store.shelf("Accounting Period").and_then(|shelf| {
            shelf.by_name().find(|period| {
                period.name() != name
                    && period.text("company") == doc.text("company")
                    && period.text("start_date") <= to
                    && from <= period.text("end_date")
            })
        });
        match other {
            Some(other) => Err(Box::new(Refusal::business_class(
                MODULE,
                "OverlapError",
                &format!("Accounting Period overlaps with {}", other.name()),
                "Message",
            ))),
            None => Ok(()),
        }
    }
}
