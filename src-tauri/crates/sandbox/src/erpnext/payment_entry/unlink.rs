//! Taking invoices off what settles them.

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc};
use super::super::errors::{Message, Refusal};
use super::super::site::Outcome;
use super::references::received_against_credit;
use super::{UNLINKED, refuse};

/// What an Unreconcile Payment may be about.
pub(crate) fn check_unlinking(doc: &Doc) -> Outcome<()> {
    if matches!(doc.text("voucher_type"), "Payment Entry" | "Journal Entry") {
        return Ok(());
    }
    refuse("Only 'Payment Entry' and 'Journal Entry' are supported")
}

impl ErpnextWorld {
    /// Takes a voucher off the invoices that an Unreconcile Payment names, each whole.
    pub(crate) fn submit_unlinking(&mut self, doc: &mut Doc) -> Outcome<()> {
        let voucher = doc.text("voucher_no").to_owned();
        let named: Vec<(String, String)> = doc
            .rows("allocations")
            .iter()
            .map(|row| {
                let text = |field: &str| row.text(field).to_owned();
                (text("reference_doctype"), text("reference_name"))
            })
            .collect();
        for (doctype, name) in named {
            let invoice = self.fetch(&doctype, &name)?.clone();
            self.unlink_from(&invoice, Some(&voucher))?;
            self.cancel_gains(&doctype, &name, Some(&voucher))?;
            self.refresh_outstanding(&name);
        }
        for row in doc.rows_mut("allocations") {
            row.set("unlinked", Cell::Int(1));
        }
        self.store.put(doc.clone());
        Ok(())
    }

    /// Takes an invoice off every payment and journal entry that settles it; they stay, on account.
    pub(crate) fn unlink(&mut self, invoice: &Doc) -> Outcome<()> {
        self.unlink_from(invoice, None)
    }

    /// Takes an invoice off one voucher, or off every one.
    fn unlink_from(&mut self, invoice: &Doc, only: Option<&str>) -> Outcome<()> {
        self.unlink_journals(invoice, only);
        let payments: Vec<Doc> = self
            .store
            .shelf("Payment Entry")
            .and_then(|shelf| shelf.with_value("references", "reference_name", invoice.name()))
            .unwrap_or_default()
            .into_iter()
            .filter(|payment| payment.docstatus() < 2)
            .filter(|payment| only.is_none_or(|only| payment.name() == only))
            .cloned()
            .collect();
        let mut unlinked = Vec::new();
        for mut payment in payments {
            let mut freed = Vec::new();
            payment.rows_mut("references").retain(|row| {
                let ours = row.text("reference_doctype") == invoice.doctype
                    && row.text("reference_name") == invoice.name();
                if ours {
                    freed.push(row.clone());
                }
                !ours
            });
            let was = payment.clone();
            self.payment_amounts(&mut payment);
            if let Err(why) = received_against_credit(&payment) {
                return Err(Box::new(unlinking_failed(payment.name(), *why)));
            }
            // Only these three are written.
            let mut stored = was;
            for field in [
                "total_allocated_amount",
                "base_total_allocated_amount",
                "unallocated_amount",
            ] {
                stored.set(field, payment.row.get(field).clone());
            }
            if stored.docstatus() == 1 {
                stored.rows_mut(UNLINKED).extend(freed);
            }
            let stamp = self.tick();
            stored.set("modified", stamp);
            stored.set("modified_by", self.user.as_str());
            unlinked.push(stored.name().to_owned());
            self.store.put(stored);
        }
        if !unlinked.is_empty() {
            self.messages.push(Message::plain(format!(
                "Payment Entries {} are un-linked",
                unlinked.join("\n")
            )));
        }
        Ok(())
    }

    fn unlink_journals(&mut self, invoice: &Doc, only: Option<&str>) {
        let entries: Vec<Doc> = self
            .store
            .shelf("Journal Entry")
            .and_then(|shelf| shelf.with_value("accounts", "reference_name", invoice.name()))
            .unwrap_or_default()
            .into_iter()
            .filter(|entry| entry.docstatus() < 2)
            .filter(|entry| only.is_none_or(|only| entry.name() == only))
            .cloned()
            .collect();
        // The list has one name for each row, so an entry may stand in it twice.
        let mut unlinked = Vec::new();
        for mut entry in entries {
            let name = entry.name().to_owned();
            for row in entry.rows_mut("accounts") {
                if row.text("reference_type") == invoice.doctype
                    && row.text("reference_name") == invoice.name()
                {
                    row.set("reference_type", Cell::Null);
                    row.set("reference_name", Cell::Null);
                    unlinked.push(name.clone());
                }
            }
            self.store.put(entry);
        }
        if !unlinked.is_empty() {
            self.messages.push(Message::plain(format!(
                "Journal Entries {} are un-linked",
                unlinked.join("\n")
            )));
        }
    }
}

/// What a site says where it cannot take a document off a payment: why, and what to do (seen on 15 and 16).
fn unlinking_failed(payment: &str, why: Refusal) -> Refusal {
    let mut refusal = Refusal::business_class(
        "erpnext.accounts.utils",
        "PaymentEntryUnlinkError",
        &format!(
            "There were issues unlinking payment entry {payment}.<br>Please cancel payment entry manually first"
        ),
        "Payment Unlink Error",
    );
    refusal.messages.splice(0..0, why.messages);
    refusal
}
