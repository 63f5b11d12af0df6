//! What may still be edited (Xero developer docs, "Invoices: editing").

use chrono::NaiveDate;

use super::super::books::Books;
use super::super::dates::lock_date_text;
use super::super::errors::Faults;
use super::{Invoice, InvoiceStatus, Line};

/// Whether anything differs that a part-paid or paid sales invoice no longer lets change. Reference,
/// due date, number, branding theme, link and contact may change; of lines the description, account
/// and tracking.
pub fn touches_fixed_parts(before: &Invoice, after: &Invoice) -> bool {
    let mut same = after.clone();
    same.reference.clone_from(&before.reference);
    same.due_date = before.due_date;
    same.number.clone_from(&before.number);
    same.branding_theme.clone_from(&before.branding_theme);
    same.url.clone_from(&before.url);
    same.contact = before.contact;
    same.sent = before.sent;
    same.expected_payment = before.expected_payment;
    same.updated = before.updated;
    same.totals.discount = before.totals.discount;
    same.lines.sort_by_key(|line| line.id);
    let mut old = before.clone();
    old.lines.sort_by_key(|line| line.id);
    if same.lines.len() != old.lines.len() {
        return true;
    }
    for (line, old) in same.lines.iter_mut().zip(&old.lines) {
        free_line_parts(line, old);
    }
    same != old
}

fn free_line_parts(line: &mut Line, old: &Line) {
    line.description.clone_from(&old.description);
    line.account_code.clone_from(&old.account_code);
    line.tracking.clone_from(&old.tracking);
}

/// Whether the change leaves `UpdatedDateUTC` alone: due date or sent mark of a part-paid document,
/// which `If-Modified-Since` therefore misses.
pub fn goes_unnoticed(before: &Invoice, after: &Invoice) -> bool {
    let mut same = after.clone();
    same.due_date = before.due_date;
    same.sent = before.sent;
    !before.payments.is_empty() && after != before && same == *before
}

impl Books {
    /// Refuses documents dated on or before a lock date. Drafts and submitted ones pass.
    pub fn check_locks(&self, status: InvoiceStatus, date: NaiveDate, faults: &mut Faults) {
        if matches!(
            status,
            InvoiceStatus::Draft | InvoiceStatus::Submitted | InvoiceStatus::Deleted
        ) {
            return;
        }
        for (lock, words) in [
            (self.organisation.year_lock, "end of year lock date"),
            (self.organisation.period_lock, "period lock date"),
        ] {
            if let Some(lock) = lock
                && date <= lock
            {
                faults.add(format!(
                    "The document date cannot be before the {words}, currently set at {}",
                    lock_date_text(lock)
                ));
            }
        }
    }
}
