//! Submitting and cancelling payments.

use rust_decimal::Decimal;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row};
use super::super::errors::Message;
use super::super::site::Outcome;
use super::{ON_ACCOUNT, party_side, refuse};

impl ErpnextWorld {
    pub(crate) fn submit_payment(&mut self, doc: &mut Doc) -> Outcome<()> {
        if !doc.number("difference_amount").is_zero() {
            return refuse("Difference Amount must be zero");
        }
        let on_account = doc.number("unallocated_amount");
        doc.set(ON_ACCOUNT, on_account);
        self.store.put(doc.clone());
        self.check_ledger(doc)?;
        self.refresh_settled(doc);
        self.refresh_references(doc);
        self.book_gains(doc, None)?;
        let stamp = self.tick();
        doc.set("modified", stamp);
        self.store.put(doc.clone());
        Ok(())
    }

    pub(crate) fn cancel_payment(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_closed_year(doc)?;
        self.check_frozen(doc)?;
        self.cancel_gains_about(doc.doctype, doc.name())?;
        if doc.text("payment_type") == "Pay" {
            // The money that it was paid back of is on account again (seen on 15 and 16).
            self.unlink(doc)?;
        }
        self.refresh_settled(doc);
        self.refresh_references(doc);
        self.store.put(doc.clone());
        Ok(())
    }

    /// What is owed on everything a payment settles, after it is posted or cancelled.
    pub(crate) fn refresh_settled(&mut self, doc: &Doc) {
        let names: Vec<String> = doc
            .rows("references")
            .iter()
            .filter(|row| row.text("reference_doctype") == "Sales Invoice")
            .map(|row| row.text("reference_name").to_owned())
            .collect();
        for name in names {
            self.refresh_outstanding(&name);
        }
    }

    /// What is left to pay on each invoice, after the ledger has moved.
    fn refresh_references(&self, doc: &mut Doc) {
        for row in doc.rows_mut("references") {
            if row.number("exchange_gain_loss").is_zero() {
                let name = row.text("reference_name").to_owned();
                let owed = match row.text("reference_doctype") {
                    "Sales Invoice" => self
                        .value("Sales Invoice", &name, "outstanding_amount")
                        .as_number(),
                    kind => self.open_amount(kind, &name),
                };
                row.set("outstanding_amount", owed);
            }
        }
    }

    /// Gains against the invoice's own rate become a journal entry of the server's own, one for
    /// each reference (of `only`, where given).
    pub(crate) fn book_gains(&mut self, doc: &Doc, only: Option<&str>) -> Outcome<()> {
        for (at, reference) in doc.rows("references").iter().enumerate() {
            let gain = reference.number("exchange_gain_loss");
            if gain.is_zero() || only.is_some_and(|only| reference.text("name") != only) {
                continue;
            }
            let against = (
                reference.text("reference_doctype"),
                reference.text("reference_name"),
            );
            let account = doc.text(party_side(doc)).to_owned();
            let name = self.post_gain(
                doc,
                (&account, doc.text("party")),
                gain,
                against,
                (doc.doctype, doc.name()),
                Some(at + 1),
            )?;
            self.note_gain(&name);
        }
        Ok(())
    }

    pub(crate) fn note_gain(&mut self, journal: &str) {
        let text = format!(
            "Exchange Gain/Loss amount has been booked through <a href=\"{}/journal-entry/{journal}\">{journal}</a>",
            self.desk()
        );
        self.messages.push(Message::plain(text));
    }

    /// The journal entry that books a gain (a loss where negative) on the party's account.
    pub(crate) fn post_gain(
        &mut self,
        about: &Doc,
        (account, party): (&str, &str),
        gain: Decimal,
        against: (&str, &str),
        voucher: (&str, &str),
        row: Option<usize>,
    ) -> Outcome<String> {
        let company = about.text("company").to_owned();
        let result_account = self.value("Company", &company, "exchange_gain_loss_account");
        let center = self.value("Company", &company, "cost_center");
        let (own, other) = if gain > Decimal::ZERO {
            ("debit", "credit")
        } else {
            ("credit", "debit")
        };
        let rate = self
            .value(against.0, against.1, "conversion_rate")
            .as_number();
        let mut line = Row::default();
        line.set("name", self.new_hash());
        line.set("account", account);
        line.set("party_type", "Customer");
        line.set("party", party);
        line.set("cost_center", center.clone());
        line.set("reference_type", against.0);
        line.set("reference_name", against.1);
        line.set("exchange_rate", rate);
        line.set("against_account", result_account.clone());
        line.set(own, gain.abs());
        let mut result = Row::default();
        result.set("name", self.new_hash());
        result.set("account", result_account);
        result.set("cost_center", center);
        result.set("reference_type", voucher.0);
        result.set("reference_name", voucher.1);
        result.set("against_account", party);
        result.set(other, gain.abs());
        if let Some(row) = row {
            line.set("reference_detail_no", row.to_string());
            result.set("reference_detail_no", row.to_string());
        }
        self.post_journal(&company, "Exchange Gain Or Loss", vec![line, result], true)
    }

    /// Cancels the journal entries of gains about a document.
    pub(crate) fn cancel_gains_about(&mut self, doctype: &str, name: &str) -> Outcome<()> {
        self.cancel_gains(doctype, name, None)
    }

    /// Those that are about another document as well, where one is named.
    pub(crate) fn cancel_gains(
        &mut self,
        doctype: &str,
        name: &str,
        other: Option<&str>,
    ) -> Outcome<()> {
        let entries: Vec<Doc> = self
            .store
            .shelf("Journal Entry")
            .and_then(|shelf| shelf.with_value("accounts", "reference_name", name))
            .unwrap_or_default()
            .into_iter()
            .filter(|entry| {
                entry.docstatus() == 1
                    && entry.int("is_system_generated") == 1
                    && entry.text("voucher_type") == "Exchange Gain Or Loss"
                    && entry
                        .rows("accounts")
                        .iter()
                        .any(|row| row.text("reference_type") == doctype)
                    && other.is_none_or(|other| {
                        let mut rows = entry.rows("accounts").iter();
                        rows.any(|row| row.text("reference_name") == other)
                    })
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
}
