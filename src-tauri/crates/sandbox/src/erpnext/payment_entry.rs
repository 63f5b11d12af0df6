//! Payments: what ERPNext fills in, computes and refuses before one is stored. What submitting and
//! cancelling one does is in `settle`.

mod references;
mod settle;
pub(crate) mod unlink;

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row, float_text};
use super::documents::Action;
use super::errors::Refusal;
use super::release::Wording;
use super::site::Outcome;

/// References taken off a payment when their invoice was cancelled: no field of the document type,
/// but the ledger keeps them apart from what was on account before (recording 21#49).
pub(crate) const UNLINKED: &str = "__unlinked";

/// What was on account when the payment was posted: no field of the document type either.
pub(crate) const ON_ACCOUNT: &str = "__on_account";

fn refuse<T>(text: &str) -> Outcome<T> {
    Err(Box::new(Refusal::business(text)))
}

/// Which side of a payment is the party's: the account field.
pub(crate) fn party_side(doc: &Doc) -> &'static str {
    if doc.text("payment_type") == "Pay" {
        "paid_to"
    } else {
        "paid_from"
    }
}

/// The exchange rate field of the party's side.
pub(crate) fn party_rate(doc: &Doc) -> &'static str {
    if doc.text("payment_type") == "Pay" {
        "target_exchange_rate"
    } else {
        "source_exchange_rate"
    }
}

impl ErpnextWorld {
    pub(crate) fn validate_payment(&mut self, doc: &mut Doc, action: Action) -> Outcome<()> {
        if doc.text("company").is_empty() {
            let company = self.setting("Global Defaults", "default_company").clone();
            doc.set("company", company);
        }
        if doc.text("posting_date").is_empty() {
            doc.set("posting_date", self.today());
        }
        self.fill_payment(doc)?;
        let before = self.store.get(doc.doctype, doc.name()).cloned();
        self.fill_letter_head(doc, before.as_ref());
        self.fill_references(doc)?;
        if !matches!(
            doc.text("payment_type"),
            "Receive" | "Pay" | "Internal Transfer"
        ) {
            return refuse("Payment Type must be one of Receive, Pay and Internal Transfer");
        }
        self.fill_rates(doc);
        for (field, label) in [
            ("paid_amount", "Paid Amount"),
            ("received_amount", "Received Amount"),
            ("source_exchange_rate", "Source Exchange Rate"),
            ("target_exchange_rate", "Target Exchange Rate"),
        ] {
            if doc.number(field).is_zero() {
                return refuse(&format!("{label} is mandatory"));
            }
        }
        self.check_references(doc)?;
        self.payment_amounts(doc);
        doc.rows_mut("references")
            .retain(|row| !row.number("allocated_amount").is_zero());
        let money = if doc.text("payment_type") == "Pay" {
            "paid_from"
        } else {
            "paid_to"
        };
        if self
            .value("Account", doc.text(money), "account_type")
            .as_text()
            == "Bank"
            && (doc.text("reference_no").is_empty() || doc.text("reference_date").is_empty())
        {
            return refuse("Reference No and Reference Date is mandatory for Bank transaction");
        }
        let title = doc.row.get("party").clone();
        doc.set("title", title);
        if doc.int("custom_remarks") == 0 {
            let own = self.value("Company", doc.text("company"), "default_currency");
            let remarks = remarks(doc, own.as_text(), self.release().wording);
            doc.set("remarks", remarks);
        }
        self.check_allocations(doc)?;
        self.check_closed_period(doc)?;
        // Some of that is written at once, which moves `modified` of a new draft.
        if !self.exists("Payment Entry", doc.name()) {
            let stamp = self.tick();
            doc.set("modified", stamp);
        }
        let submitted = action == Action::Submit;
        doc.set("status", if submitted { "Submitted" } else { "Draft" });
        Ok(())
    }

    /// The party, its account, and what the accounts say of themselves.
    fn fill_payment(&self, doc: &mut Doc) -> Outcome<()> {
        if doc.text("payment_type") == "Internal Transfer" {
            doc.rows_mut("references").clear();
        } else {
            for (field, label) in [("party_type", "Party Type"), ("party", "Party")] {
                if doc.text(field).is_empty() {
                    return refuse(&format!("{label} is mandatory"));
                }
            }
            let name = self.value("Customer", doc.text("party"), "customer_name");
            doc.set("party_name", name);
            let side = party_side(doc);
            if doc.text(side).is_empty()
                && let Some(customer) = self.store.get("Customer", doc.text("party"))
            {
                let account = self.party_account(customer, doc.text("company"));
                doc.set(side, account);
            }
        }
        for side in ["paid_from", "paid_to"] {
            let name = doc.text(side).to_owned();
            for (field, suffix) in [("account_type", "type"), ("account_currency", "currency")] {
                let value = self.value("Account", &name, field);
                doc.set(format!("{side}_account_{suffix}"), value);
            }
        }
        Ok(())
    }

    fn fill_rates(&mut self, doc: &mut Doc) {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let own = own.as_text();
        let day = doc.text("posting_date").to_owned();
        let (from, to) = (
            doc.text("paid_from_account_currency").to_owned(),
            doc.text("paid_to_account_currency").to_owned(),
        );
        if !doc.text("paid_from").is_empty() {
            if from == own {
                doc.set("source_exchange_rate", Decimal::ONE);
            } else if doc.number("source_exchange_rate").is_zero()
                && let Some(rate) = self.rate_to(&from, own, &day)
            {
                doc.set("source_exchange_rate", rate);
            }
        }
        if from == to {
            let rate = doc.number("source_exchange_rate");
            doc.set("target_exchange_rate", rate);
        } else if !doc.text("paid_to").is_empty()
            && doc.number("target_exchange_rate").is_zero()
            && let Some(rate) = self.rate_to(&to, own, &day)
        {
            doc.set("target_exchange_rate", rate);
        }
    }

    /// Everything a payment's amounts say, in its own and in the company's currency.
    pub(crate) fn payment_amounts(&mut self, doc: &mut Doc) {
        let receiving = doc.text("payment_type") == "Receive";
        let paying = doc.text("payment_type") == "Pay";
        let same = doc.text("paid_from_account_currency") == doc.text("paid_to_account_currency");
        if same && (receiving || paying) {
            let paid = doc.number("paid_amount");
            doc.set("received_amount", paid);
        }
        let (paid, received) = (doc.number("paid_amount"), doc.number("received_amount"));
        let (source, target) = (
            doc.number("source_exchange_rate"),
            doc.number("target_exchange_rate"),
        );
        let base_paid = self.round(paid * source, 2);
        let base_received = self.round(received * target, 2);
        let rate = doc.number(party_rate(doc));
        let (mut allocated, mut base_allocated) = (Decimal::ZERO, Decimal::ZERO);
        let mut rows = std::mem::take(doc.rows_mut("references"));
        for row in &mut rows {
            let amount = row.number("allocated_amount");
            if amount.is_zero() {
                continue;
            }
            let base = self.round(amount * rate, 2);
            let booked = self.round(amount * row.number("exchange_rate"), 2);
            row.set("exchange_gain_loss", base - booked);
            allocated += amount;
            base_allocated += base;
        }
        *doc.rows_mut("references") = rows;
        // What was paid on account is never negative, whichever way the money went.
        let (allocated, base_allocated) = (allocated.abs(), base_allocated.abs());
        let deductions: Decimal = doc
            .rows("deductions")
            .iter()
            .filter(|row| row.int("is_exchange_gain_loss") == 0)
            .map(|row| row.number("amount"))
            .sum();
        let available = if receiving {
            base_paid + deductions
        } else {
            base_received - deductions
        };
        let left = if (receiving || paying) && base_allocated < available && !rate.is_zero() {
            (available - base_allocated) / rate
        } else {
            Decimal::ZERO
        };
        self.book_difference(doc, base_paid - base_received);
        let party_amount = base_allocated + left * rate;
        let difference = if receiving {
            party_amount - base_received
        } else if paying {
            base_paid - party_amount
        } else {
            base_paid - base_received
        };
        let all: Decimal = doc
            .rows("deductions")
            .iter()
            .map(|row| row.number("amount"))
            .sum();
        let values = [
            ("paid_amount_after_tax", paid),
            ("base_paid_amount", base_paid),
            ("base_paid_amount_after_tax", base_paid),
            ("received_amount_after_tax", received),
            ("base_received_amount", base_received),
            ("base_received_amount_after_tax", base_received),
            ("total_allocated_amount", allocated),
            ("base_total_allocated_amount", base_allocated),
            // Columns are decimal(21,9).
            ("unallocated_amount", left.round_dp(9)),
            ("difference_amount", self.round(difference - all, 2)),
        ];
        for (field, value) in values {
            doc.set(field, value);
        }
    }

    /// A difference between what was paid and what was received is an exchange gain or loss: one
    /// row of its own among the deductions.
    fn book_difference(&mut self, doc: &mut Doc, difference: Decimal) {
        let mut rows = std::mem::take(doc.rows_mut("deductions"));
        let mut own = rows
            .iter()
            .position(|row| row.int("is_exchange_gain_loss") == 1)
            .map(|at| rows.remove(at));
        rows.retain(|row| row.int("is_exchange_gain_loss") == 0);
        if !difference.is_zero() {
            let row = own.get_or_insert_with(|| {
                let company = doc.text("company");
                let mut row = Row::default();
                row.set("name", self.new_hash());
                row.set(
                    "account",
                    self.value("Company", company, "exchange_gain_loss_account"),
                );
                row.set("cost_center", self.value("Company", company, "cost_center"));
                row.set("is_exchange_gain_loss", Cell::Int(1));
                row
            });
            row.set("amount", difference);
            rows.extend(own);
        }
        *doc.rows_mut("deductions") = rows;
    }
}

/// What the payment says of itself, line by line.
fn remarks(doc: &Doc, own: &str, wording: Wording) -> String {
    let side = party_side(doc);
    let currency = doc.text(&format!("{side}_account_currency")).to_owned();
    // What came in is told in the currency of where it went, in one version.
    let money = if wording == Wording::Of16 && side == "paid_from" {
        doc.text("paid_to_account_currency")
    } else if wording == Wording::Of16 {
        doc.text("paid_from_account_currency")
    } else {
        &currency
    };
    let receiving = side == "paid_from";
    let amount = doc.number(if receiving {
        "paid_amount"
    } else {
        "received_amount"
    });
    let how = match (receiving, wording) {
        (true, _) => "received from",
        (false, Wording::Of15) => "to",
        (false, Wording::Of16) => "paid to",
    };
    let mut lines = vec![format!(
        "Amount {money} {} {how} {}",
        as_sent(amount),
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
            as_sent(row.number("allocated_amount")),
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
                as_sent(row.number("amount"))
            },
            row.text("account")
        ));
    }
    lines.join("\n")
}

/// An amount as Python prints it: a whole number the client sent without a point has none, and
/// every number read back from the database has one.
fn as_sent(amount: Decimal) -> String {
    if amount.scale() == 0 {
        amount.to_string()
    } else {
        float_text(amount)
    }
}
