//! Payments: enough of them that what is owed on an invoice moves as it does in ERPNext.

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row, float_text};
use super::documents::Action;
use super::errors::{Message, Refusal};
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
        let company_currency = self.value("Company", &company_of(doc), "default_currency");
        let mut allocated = Decimal::ZERO;
        let party_rate = doc.number(if receiving {
            "source_exchange_rate"
        } else {
            "target_exchange_rate"
        });
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
            if (amount > Decimal::ZERO && amount > owed)
                || (amount < Decimal::ZERO && amount < owed)
            {
                return refuse(&format!(
                    "Row #{}: Allocated Amount cannot be greater than outstanding amount.",
                    at + 1
                ));
            }
            row.set("due_date", invoice.row.get("due_date").clone());
            let total = receivable(invoice);
            row.set("total_amount", total);
            row.set("outstanding_amount", owed);
            // Booked at the invoice's own rate where its account is in a foreign currency.
            let foreign = invoice.text("party_account_currency") != company_currency.as_text();
            let rate = if foreign {
                invoice.number("conversion_rate")
            } else {
                Decimal::ONE
            };
            row.set("exchange_rate", rate);
            let gain = self.round(amount * (party_rate - rate), 2);
            if foreign && !gain.is_zero() {
                row.set("exchange_gain_loss", gain);
            }
            row.set("account", invoice.row.get("debit_to").clone());
            allocated += amount;
        }
        *doc.rows_mut("references") = rows;
        let (paid, received) = (doc.number("paid_amount"), doc.number("received_amount"));
        let (source, target) = (
            doc.number("source_exchange_rate"),
            doc.number("target_exchange_rate"),
        );
        // What was paid on account is never negative, whichever way the money went.
        let allocated = allocated.abs();
        self.book_difference(doc);
        let deductions: Decimal = doc
            .rows("deductions")
            .iter()
            .map(|row| row.number("amount"))
            .sum();
        // Deductions are in company currency, allocations in that of the party's account.
        let own = if receiving { paid } else { received };
        let own_rate = if receiving { source } else { target };
        let extra = if own_rate.is_zero() {
            Decimal::ZERO
        } else {
            deductions / own_rate
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
                self.round(allocated * own_rate, 2),
            ),
            ("unallocated_amount", left),
            ("difference_amount", Decimal::ZERO),
        ];
        for (field, value) in values {
            doc.set(field, value);
        }
        if doc.int("custom_remarks") == 0 {
            let remarks = remarks(doc, company_currency.as_text());
            doc.set("remarks", remarks);
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
        self.refresh_references(doc);
        self.book_gains(doc)?;
        let stamp = self.tick();
        doc.set("modified", stamp);
        self.store.put(doc.clone());
        Ok(())
    }

    pub(crate) fn cancel_payment(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        self.settle(doc, Decimal::ONE);
        self.refresh_references(doc);
        self.store.put(doc.clone());
        Ok(())
    }

    /// What is left to pay on each invoice, after the ledger has moved.
    fn refresh_references(&self, doc: &mut Doc) {
        for row in doc.rows_mut("references") {
            if row.number("exchange_gain_loss").is_zero() {
                let name = row.text("reference_name").to_owned();
                let owed = self.value("Sales Invoice", &name, "outstanding_amount");
                row.set("outstanding_amount", owed);
            }
        }
    }

    /// A difference between what was paid and what was received is an exchange gain or loss.
    fn book_difference(&mut self, doc: &mut Doc) {
        let paid = doc.number("paid_amount") * doc.number("source_exchange_rate");
        let received = doc.number("received_amount") * doc.number("target_exchange_rate");
        let booked: Decimal = doc
            .rows("deductions")
            .iter()
            .map(|row| row.number("amount"))
            .sum();
        let same = doc.text("paid_from_account_currency") == doc.text("paid_to_account_currency");
        let difference = self.round(paid - received - booked, 2);
        if same || difference.is_zero() || !booked.is_zero() {
            return;
        }
        let company = company_of(doc);
        let mut row = Row::default();
        row.set("name", self.new_hash());
        let account = self.value("Company", &company, "exchange_gain_loss_account");
        row.set("account", account);
        row.set(
            "cost_center",
            self.value("Company", &company, "cost_center"),
        );
        row.set("amount", difference);
        row.set("is_exchange_gain_loss", Cell::Int(1));
        doc.rows_mut("deductions").push(row);
    }

    /// Gains against the invoice's own rate become a journal entry of the server's own.
    fn book_gains(&mut self, doc: &Doc) -> Outcome<()> {
        let company = company_of(doc);
        let account = self.value("Company", &company, "exchange_gain_loss_account");
        let center = self.value("Company", &company, "cost_center");
        for reference in doc.rows("references") {
            let gain = reference.number("exchange_gain_loss");
            if gain.is_zero() {
                continue;
            }
            let (own, other) = if gain > Decimal::ZERO {
                ("debit", "credit")
            } else {
                ("credit", "debit")
            };
            let mut party = Row::default();
            party.set("name", self.new_hash());
            party.set("account", reference.get("account").clone());
            party.set("party_type", "Customer");
            party.set("party", doc.row.get("party").clone());
            party.set("reference_type", reference.get("reference_doctype").clone());
            party.set("reference_name", reference.get("reference_name").clone());
            party.set(own, gain.abs());
            let mut result = Row::default();
            result.set("name", self.new_hash());
            result.set("account", account.clone());
            result.set("cost_center", center.clone());
            result.set(other, gain.abs());
            let name = self.post_journal("Exchange Gain Or Loss", vec![party, result], true)?;
            let text = format!(
                "Exchange Gain/Loss amount has been booked through <a href=\"{}/app/journal-entry/{name}\">{name}</a>",
                self.url()
            );
            self.messages.push(Message::plain(text));
        }
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

fn company_of(doc: &Doc) -> String {
    doc.text("company").to_owned()
}

/// What the payment says of itself, line by line.
fn remarks(doc: &Doc, own: &str) -> String {
    let receiving = doc.text("payment_type") != "Pay";
    let side = if receiving { "paid_from" } else { "paid_to" };
    let currency = doc.text(&format!("{side}_account_currency")).to_owned();
    let amount = doc.number(if receiving {
        "paid_amount"
    } else {
        "received_amount"
    });
    let how = if receiving { "received from" } else { "to" };
    let mut lines = vec![format!(
        "Amount {currency} {} {how} {}",
        amount.normalize(),
        doc.text("party")
    )];
    if !doc.text("reference_no").is_empty() {
        lines.push(format!(
            "Transaction reference no {} dated {}",
            doc.text("reference_no"),
            doc.text("reference_date")
        ));
    }
    for row in doc.rows("references") {
        lines.push(format!(
            "Amount {currency} {} against {} {}",
            row.number("allocated_amount").normalize(),
            row.text("reference_doctype"),
            row.text("reference_name")
        ));
    }
    for row in doc.rows("deductions") {
        lines.push(format!(
            "Amount {own} {} deducted against {}",
            if row.int("is_exchange_gain_loss") == 1 {
                float_text(row.number("amount"))
            } else {
                row.number("amount").normalize().to_string()
            },
            row.text("account")
        ));
    }
    lines.join("\n")
}
