//! Payments: enough of them that what is owed on an invoice moves as it does in ERPNext.

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::documents::Action;
use super::errors::Refusal;
use super::sales_invoice::receivable;
use super::site::Outcome;

impl ErpnextWorld {
    pub(crate) fn validate_payment(&mut self, doc: &mut Doc, action: Action) -> Outcome<()> {
        let refuse = |text: &str| Err(Box::new(Refusal::business(text)));
        if doc.text("company").is_empty() {
            let company = self.setting("Global Defaults", "default_company").clone();
            doc.set("company", company);
        }
        if doc.text("posting_date").is_empty() {
            doc.set("posting_date", self.today());
        }
        let receiving = doc.text("payment_type") != "Pay";
        let company = doc.text("company").to_owned();
        let side = if receiving { "paid_from" } else { "paid_to" };
        if doc.text(side).is_empty() {
            let account = self.value("Company", &company, "default_receivable_account");
            doc.set(side, account);
        }
        if doc.text("paid_to").is_empty() {
            return refuse("Target Exchange Rate is mandatory");
        }
        if doc.number("paid_amount").is_zero() {
            return refuse("Paid Amount is mandatory");
        }
        if doc.number("received_amount").is_zero() {
            return refuse("Received Amount is mandatory");
        }
        for (account, prefix) in [("paid_from", "paid_from"), ("paid_to", "paid_to")] {
            let name = doc.text(account).to_owned();
            for (field, suffix) in [("account_type", "type"), ("account_currency", "currency")] {
                let value = self.value("Account", &name, field);
                doc.set(format!("{prefix}_account_{suffix}"), value);
            }
        }
        let money = if receiving { "paid_to" } else { "paid_from" };
        if doc.text(&format!("{money}_account_type")) == "Bank"
            && (doc.text("reference_no").is_empty() || doc.text("reference_date").is_empty())
        {
            return refuse("Reference No and Reference Date is mandatory for Bank transaction");
        }
        doc.row.set_missing("source_exchange_rate", Decimal::ONE);
        doc.row.set_missing("target_exchange_rate", Decimal::ONE);
        let party = doc.text("party").to_owned();
        let mut allocated = Decimal::ZERO;
        let mut rows = std::mem::take(doc.rows_mut("references"));
        for (at, row) in rows.iter_mut().enumerate() {
            let name = row.text("reference_name").to_owned();
            if row.text("reference_doctype") != "Sales Invoice" {
                continue;
            }
            let invoice = self.fetch("Sales Invoice", &name)?;
            let owed = invoice.number("outstanding_amount");
            let amount = row.number("allocated_amount");
            if invoice.text("customer") != party {
                return refuse(&format!(
                    "Sales Invoice {name} is not associated with Customer {party}"
                ));
            }
            if invoice.docstatus() != 1 {
                return refuse(&format!("Sales Invoice {name} must be submitted"));
            }
            if owed.is_zero() {
                return refuse(&format!(
                    "Sales Invoice {name} has already been fully paid."
                ));
            }
            if (owed > Decimal::ZERO && amount > owed) || (owed < Decimal::ZERO && amount < owed) {
                return refuse(&format!(
                    "Row #{}: Allocated Amount cannot be greater than outstanding amount.",
                    at + 1
                ));
            }
            row.set("due_date", invoice.row.get("due_date").clone());
            let total = receivable(invoice);
            row.set("total_amount", total);
            row.set("outstanding_amount", owed);
            row.set("exchange_rate", Decimal::ONE);
            row.set("account", invoice.row.get("debit_to").clone());
            allocated += amount;
        }
        *doc.rows_mut("references") = rows;
        let (paid, received) = (doc.number("paid_amount"), doc.number("received_amount"));
        let (source, target) = (
            doc.number("source_exchange_rate"),
            doc.number("target_exchange_rate"),
        );
        let deductions: Decimal = doc
            .rows("deductions")
            .iter()
            .map(|row| row.number("amount"))
            .sum();
        // Deductions are in company currency, allocations in that of the party's account.
        let own = if receiving { paid } else { received };
        let extra = if source.is_zero() {
            Decimal::ZERO
        } else {
            deductions / source
        };
        let left = (own + if receiving { extra } else { -extra } - allocated).max(Decimal::ZERO);
        let values = [
            ("paid_amount_after_tax", paid),
            ("base_paid_amount", self.round(paid * source, 2)),
            ("base_paid_amount_after_tax", self.round(paid * source, 2)),
            ("received_amount_after_tax", received),
            ("base_received_amount", self.round(received * target, 2)),
            (
                "base_received_amount_after_tax",
                self.round(received * target, 2),
            ),
            ("total_allocated_amount", allocated),
            (
                "base_total_allocated_amount",
                self.round(allocated * source, 2),
            ),
            ("unallocated_amount", left),
            ("difference_amount", Decimal::ZERO),
        ];
        for (field, value) in values {
            doc.set(field, value);
        }
        let title = self.value("Customer", &party, "customer_name");
        doc.set("party_name", title.clone());
        doc.set("title", title);
        let submitted = action == Action::Submit;
        doc.set("status", if submitted { "Submitted" } else { "Draft" });
        Ok(())
    }

    pub(crate) fn submit_payment(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        self.settle(doc, -Decimal::ONE);
        for row in doc.rows_mut("references") {
            let left = row.number("outstanding_amount") - row.number("allocated_amount");
            row.set("outstanding_amount", left);
        }
        let stamp = self.tick();
        doc.set("modified", stamp);
        self.store.put(doc.clone());
        Ok(())
    }

    pub(crate) fn cancel_payment(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        self.settle(doc, Decimal::ONE);
        Ok(())
    }

    fn settle(&mut self, doc: &Doc, sign: Decimal) {
        let moves: Vec<(String, Decimal)> = doc
            .rows("references")
            .iter()
            .filter(|row| row.text("reference_doctype") == "Sales Invoice")
            .map(|row| {
                let amount = match row.get("allocated_amount") {
                    Cell::Number(amount) => *amount,
                    other => other.as_number(),
                };
                (row.text("reference_name").to_owned(), amount * sign)
            })
            .collect();
        for (invoice, amount) in moves {
            self.change_outstanding(&invoice, amount);
        }
    }
}
