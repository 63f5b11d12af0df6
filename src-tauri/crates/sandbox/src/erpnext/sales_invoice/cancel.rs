//! Cancelling an invoice, and what that does to payments and credit notes against it.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc};
use super::super::errors::Refusal;
use super::super::site::Outcome;
use super::terms::credits_original;

/// What is owed after the journal entries about the invoice were cancelled, on its way from before
/// the invoice is stored as cancelled to afterwards.
const OWED: &str = "__owed";

impl ErpnextWorld {
    pub(crate) fn before_cancel_sales_invoice(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_named_beside_others(doc)?;
        self.cancel_credit_notes_about(doc.name())?;
        // Stored, but the answer is older.
        let owed = self.value(doc.doctype, doc.name(), "outstanding_amount");
        doc.set(OWED, owed);
        doc.set("status", "Cancelled");
        let stamp = self.tick();
        doc.set("modified", stamp);
        Ok(())
    }

    /// A cancelled invoice lets go of what settled it, and a credit note gives back what it took.
    pub(crate) fn cancel_sales_invoice(&mut self, doc: &mut Doc) -> Outcome<()> {
        let mut stored = doc.clone();
        stored.set("outstanding_amount", doc.number(OWED));
        stored.set(OWED, Cell::Null);
        doc.set(OWED, Cell::Null);
        self.store.put(stored);
        self.cancel_gains_about("Sales Invoice", doc.name())?;
        if self
            .setting(
                "Accounts Settings",
                "unlink_payment_on_cancellation_of_invoice",
            )
            .as_int()
            == 1
        {
            self.unlink(doc)?;
        }
        self.check_closed_year(doc)?;
        self.check_frozen(doc)?;
        if credits_original(doc) {
            let against = doc.text("return_against").to_owned();
            self.refresh_outstanding(&against);
        }
        self.check_still_linked(doc)
    }

    /// Refuses while a payment uses it up beside other documents, which would be for more than it moved then. Of a
    /// return that names its original only that is looked at (seen on 15 and 16).
    fn check_named_beside_others(&self, doc: &Doc) -> Outcome<()> {
        let unlinks = self.setting(
            "Accounts Settings",
            "unlink_payment_on_cancellation_of_invoice",
        );
        if unlinks.as_int() != 1 {
            return Ok(());
        }
        let original = doc.text("return_against");
        let name = if doc.int("is_return") == 1 && !original.is_empty() {
            original
        } else {
            doc.name()
        };
        let payments = self
            .store
            .shelf("Payment Entry")
            .and_then(|shelf| shelf.with_value("references", "reference_name", name));
        let uses = |payment: &&Doc| {
            let rows = payment.rows("references");
            let own = rows.iter().filter(|row| row.text("reference_name") == name);
            let uses = own.filter(|row| row.number("allocated_amount") < Decimal::ZERO);
            payment.docstatus() == 1 && rows.len() > 1 && uses.count() > 0
        };
        let links: Vec<String> = (payments.unwrap_or_default().into_iter())
            .filter(uses)
            .map(|payment| {
                let name = payment.name();
                format!(
                    "<a href=\"{}/payment-entry/{name}\">{name}</a>",
                    self.desk()
                )
            })
            .collect();
        if links.is_empty() {
            return Ok(());
        }
        Err(Box::new(Refusal::business(format!(
            "Please cancel and amend the Payment Entry {} to unallocate the amount of this Return Invoice before cancelling it.",
            links.join(", ")
        ))))
    }

    /// Journal entries by which the server set a credit note against an invoice go with either.
    fn cancel_credit_notes_about(&mut self, name: &str) -> Outcome<()> {
        let entries: Vec<Doc> = self
            .store
            .shelf("Journal Entry")
            .and_then(|shelf| shelf.with_value("accounts", "reference_name", name))
            .unwrap_or_default()
            .into_iter()
            .filter(|entry| {
                entry.docstatus() == 1
                    && entry.int("is_system_generated") == 1
                    && entry.text("voucher_type") == "Credit Note"
            })
            .cloned()
            .collect();
        for mut entry in entries {
            let stamp = self.tick();
            entry.set("docstatus", Cell::Int(2));
            entry.set("modified", stamp);
            entry.set("modified_by", self.user.as_str());
            self.store.put(entry.clone());
            self.cancel_journal(&mut entry)?;
        }
        Ok(())
    }

    /// Refuses while a return stands against the invoice, or, where the site keeps the links of
    /// payments, while something settles it.
    fn check_still_linked(&self, doc: &Doc) -> Outcome<()> {
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
        let unlink = self
            .setting(
                "Accounts Settings",
                "unlink_payment_on_cancellation_of_invoice",
            )
            .as_int()
            == 1;
        if !unlink && let Some((kind, name)) = self.settled_by(doc.name()) {
            return Err(Box::new(self.still_linked(doc, kind, &name, " at Row: 1")));
        }
        Ok(())
    }

    /// A submitted payment or journal entry against an invoice.
    fn settled_by(&self, name: &str) -> Option<(&'static str, String)> {
        [
            ("Payment Entry", "references"),
            ("Journal Entry", "accounts"),
        ]
        .into_iter()
        .find_map(|(kind, table)| {
            let found = self
                .store
                .shelf(kind)?
                .with_value(table, "reference_name", name)?;
            let doc = found.into_iter().find(|doc| doc.docstatus() == 1)?;
            Some((kind, doc.name().to_owned()))
        })
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
