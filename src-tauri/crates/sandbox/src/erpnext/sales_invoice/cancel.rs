//! Cancelling an invoice, and what that does to payments and credit notes against it.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::errors::{Message, Refusal};
use super::super::site::Outcome;
use super::receivable;

impl ErpnextWorld {
    pub(crate) fn before_cancel_sales_invoice(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        let credit = self
            .store
            .shelf("Sales Invoice")
            .and_then(|shelf| shelf.with_value("", "return_against", doc.name()))
            .and_then(|found| found.into_iter().find(|other| other.docstatus() == 1))
            .map(|other| other.name().to_owned());
        if let Some(credit) = credit {
            return Err(Box::new(self.still_linked(
                doc,
                "Sales Invoice",
                &credit,
                " ",
            )));
        }
        let payments: Vec<Doc> = self
            .store
            .shelf("Payment Entry")
            .and_then(|shelf| shelf.with_value("references", "reference_name", doc.name()))
            .unwrap_or_default()
            .into_iter()
            .filter(|payment| payment.docstatus() == 1)
            .cloned()
            .collect();
        let unlink = self
            .setting(
                "Accounts Settings",
                "unlink_payment_on_cancellation_of_invoice",
            )
            .as_int()
            == 1;
        let mut unlinked = Vec::new();
        for mut payment in payments {
            if !unlink {
                let name = payment.name().to_owned();
                return Err(Box::new(self.still_linked(
                    doc,
                    "Payment Entry",
                    &name,
                    " at Row: 1",
                )));
            }
            // The payment stays, on account.
            let mut freed = Decimal::ZERO;
            payment.rows_mut("references").retain(|row| {
                let ours = row.text("reference_doctype") == "Sales Invoice"
                    && row.text("reference_name") == doc.name();
                if ours {
                    freed += row.number("allocated_amount");
                }
                !ours
            });
            let allocated = payment.number("total_allocated_amount") - freed;
            payment.set("total_allocated_amount", allocated);
            payment.set(
                "base_total_allocated_amount",
                allocated * payment.number("source_exchange_rate"),
            );
            let free = payment.number("unallocated_amount") + freed;
            payment.set("unallocated_amount", free);
            let stamp = self.tick();
            payment.set("modified", stamp);
            unlinked.push(payment.name().to_owned());
            self.store.put(payment);
        }
        if !unlinked.is_empty() {
            self.messages.push(Message::plain(format!(
                "Payment Entries {} are un-linked",
                unlinked.join("\n")
            )));
        }
        if doc.int("is_return") == 1 && doc.int("update_outstanding_for_self") == 0 {
            let (against, owed) = (doc.text("return_against").to_owned(), receivable(doc));
            if !against.is_empty() {
                self.change_outstanding(&against, -owed);
            }
        }
        doc.set("status", "Cancelled");
        let stamp = self.tick();
        doc.set("modified", stamp);
        Ok(())
    }

    fn still_linked(&self, doc: &Doc, doctype: &str, name: &str, row: &str) -> Refusal {
        Refusal::thrown(
            "LinkExistsError",
            &format!(
                "Cannot delete or cancel because {} is linked with {}{row}",
                self.linked(doc.doctype, doc.name()),
                self.linked(doctype, name)
            ),
            "Message",
        )
    }
}
