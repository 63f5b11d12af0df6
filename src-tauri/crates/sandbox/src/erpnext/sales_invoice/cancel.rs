//! Cancelling an invoice, and what that does to payments and credit notes against it.

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::errors::Refusal;
use super::super::site::Outcome;
use super::terms::credits_original;

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
        doc.set("status", "Cancelled");
        let stamp = self.tick();
        doc.set("modified", stamp);
        Ok(())
    }

    /// A cancelled invoice lets go of what settled it, and a credit note gives back what it took.
    pub(crate) fn cancel_sales_invoice(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.cancel_gains_about("Sales Invoice", doc.name())?;
        self.unlink(doc);
        if credits_original(doc) {
            let against = doc.text("return_against").to_owned();
            self.refresh_outstanding(&against);
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
