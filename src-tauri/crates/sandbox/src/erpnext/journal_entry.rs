//! Journal entries: against invoices, on account, as write-offs, and those the server makes by
//! itself for credit set against invoices and for exchange differences (recordings 07, 08, 24).

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row};
use super::documents::{Action, Body};
use super::errors::{Message, Refusal};
use super::site::Outcome;
use super::versions::symbol;

/// A gain on a foreign account moves it in company currency only.
const GAIN: &str = "Exchange Gain Or Loss";

fn refuse<T>(text: &str) -> Outcome<T> {
    Err(Box::new(Refusal::business(text)))
}

fn by_the_server(doc: &Doc) -> bool {
    doc.text("voucher_type") == GAIN && doc.int("multi_currency") == 1
}

impl ErpnextWorld {
    pub(crate) fn validate_journal(&mut self, doc: &mut Doc, action: Action) -> Outcome<()> {
        if doc.text("company").is_empty() {
            let company = self.setting("Global Defaults", "default_company").clone();
            doc.set("company", company);
        }
        let before = self.store.get(doc.doctype, doc.name()).cloned();
        self.fill_letter_head(doc, before.as_ref());
        if doc.rows("accounts").is_empty() {
            // With no rows to look at, every stock account counts as touched.
            let stock = format!("Stock In Hand - {}", self.abbreviation(doc.text("company")));
            return Err(Box::new(Refusal::business_class(
                "erpnext.accounts.doctype.journal_entry.journal_entry",
                "StockAccountInvalidTransaction",
                &format!("Account: {stock} can only be updated via Stock Transactions"),
                "Message",
            )));
        }
        self.complete_rows(doc)?;
        self.check_rows(doc)?;
        self.check_invoices(doc)?;
        if action == Action::Save {
            set_against(doc);
        }
        self.describe(doc);
        self.check_closed_period(doc)?;
        if action == Action::Submit && !by_the_server(doc) {
            let difference = doc.row.get("difference").clone();
            if !difference.as_number().is_zero() {
                return refuse(&format!(
                    "Total Debit must be equal to Total Credit. The difference is {}",
                    difference.shown()
                ));
            }
        }
        Ok(())
    }

    /// What the accounts say of themselves, amounts in company currency, totals.
    fn complete_rows(&mut self, doc: &mut Doc) -> Outcome<()> {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let center = self.value("Company", doc.text("company"), "cost_center");
        let computed = !by_the_server(doc);
        let mut rows = std::mem::take(doc.rows_mut("accounts"));
        for (at, row) in rows.iter_mut().enumerate() {
            let account = row.text("account").to_owned();
            for field in ["account_type", "account_currency"] {
                let value = self.value("Account", &account, field);
                row.set(field, value);
            }
            if row.text("cost_center").is_empty() {
                row.set("cost_center", center.clone());
            }
            if matches!(row.text("account_type"), "Receivable" | "Payable")
                && row.text("party").is_empty()
            {
                return refuse(&format!(
                    "Row {}: Party Type and Party is required for Receivable / Payable account {account}",
                    at + 1
                ));
            }
            let advance = row.text("reference_type").is_empty()
                && row.text("party_type") == "Customer"
                && row.number("credit_in_account_currency") > Decimal::ZERO;
            if advance && row.text("is_advance") == "No" && computed {
                // The amount in company currency is not known yet on the first save.
                let known = row.number("credit") > Decimal::ZERO;
                if known {
                    self.messages.push(
                        Message::plain(format!(
                            "Row {}: Please check 'Is Advance' against Account {account} if this is an advance entry.",
                            at + 1
                        ))
                        .alert(),
                    );
                }
            }
            if row.text("account_currency") == own.as_text() {
                row.set("exchange_rate", Decimal::ONE);
            } else if doc.int("multi_currency") == 0 && !row.text("account_currency").is_empty() {
                return refuse(
                    "Please check Multi Currency option to allow accounts with other currency",
                );
            }
            row.set_missing("exchange_rate", Decimal::ONE);
            let rate = row.number("exchange_rate");
            for (own, held) in [
                ("debit", "debit_in_account_currency"),
                ("credit", "credit_in_account_currency"),
            ] {
                if computed {
                    let amount = self.round(row.number(held), 2);
                    row.set(held, amount);
                    row.set(own, self.round(amount * rate, 2));
                }
            }
        }
        *doc.rows_mut("accounts") = rows;
        Ok(())
    }

    fn check_rows(&self, doc: &mut Doc) -> Outcome<()> {
        let (mut debit, mut credit) = (Decimal::ZERO, Decimal::ZERO);
        let amounts: Vec<(Decimal, Decimal)> = doc
            .rows("accounts")
            .iter()
            .map(|row| (row.number("debit"), row.number("credit")))
            .collect();
        if !by_the_server(doc) {
            for (at, (debit, credit)) in amounts.iter().enumerate() {
                if debit.is_zero() && credit.is_zero() {
                    return refuse(&format!(
                        "Row {}: Both Debit and Credit values cannot be zero",
                        at + 1
                    ));
                }
            }
        }
        for (own, other) in &amounts {
            if !own.is_zero() && !other.is_zero() {
                return refuse("You cannot credit and debit same account at the same time");
            }
            debit += own;
            credit += other;
        }
        doc.set("total_debit", debit);
        doc.set("total_credit", credit);
        doc.set("difference", self.round(debit - credit, 2));
        Ok(())
    }

    /// Every invoice a row names is this party's, submitted, and owes as much.
    fn check_invoices(&self, doc: &Doc) -> Outcome<()> {
        let mut totals: Vec<(&str, Decimal)> = Vec::new();
        for (at, row) in doc.rows("accounts").iter().enumerate() {
            if row.text("reference_type") != "Sales Invoice" {
                continue;
            }
            let name = row.text("reference_name");
            let invoice = self.fetch("Sales Invoice", name)?;
            let credit = row.number("credit_in_account_currency");
            match totals.iter_mut().find(|(known, _)| *known == name) {
                Some((_, total)) => *total += credit,
                None => totals.push((name, credit)),
            }
            let fits = invoice.text("customer") == row.text("party")
                && invoice.text("debit_to") == row.text("account");
            if !fits && doc.text("voucher_type") != GAIN {
                return refuse(&format!(
                    "Row {}: Party / Account does not match with Customer / Debit To in Sales Invoice {name}",
                    at + 1
                ));
            }
        }
        if matches!(doc.text("voucher_type"), "Debit Note" | "Credit Note") {
            return Ok(());
        }
        for (name, total) in totals {
            let invoice = self.fetch("Sales Invoice", name)?;
            if invoice.docstatus() != 1 {
                return refuse(&format!("Sales Invoice {name} is not submitted"));
            }
            let owed = invoice.number("outstanding_amount");
            if !total.is_zero() && owed < total {
                return refuse(&format!(
                    "Payment against Sales Invoice {name} cannot be greater than Outstanding Amount {}",
                    Cell::Number(owed).shown()
                ));
            }
        }
        Ok(())
    }

    /// Remark, title, whom it pays and how much.
    fn describe(&self, doc: &mut Doc) {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let mut remarks = Vec::new();
        if !doc.text("user_remark").is_empty() {
            remarks.push(format!("Note: {}", doc.text("user_remark")));
        }
        if !doc.text("cheque_no").is_empty() {
            remarks.push(format!(
                "Reference #{} dated {}",
                doc.text("cheque_no"),
                super::site::shown_date(doc.text("cheque_date"))
            ));
        }
        for row in doc.rows("accounts") {
            let credit = row.number("credit");
            if row.text("reference_type") == "Sales Invoice" && !credit.is_zero() {
                remarks.push(format!(
                    "{} {} against Sales Invoice {}",
                    symbol(own.as_text()),
                    super::versions::grouped(credit, 2),
                    row.text("reference_name")
                ));
            }
        }
        if !remarks.is_empty() && doc.int("is_system_generated") == 0 {
            doc.set("remark", remarks.join("\n"));
        }
        let party = doc
            .rows("accounts")
            .iter()
            .map(|row| row.text("party"))
            .find(|party| !party.is_empty())
            .map(str::to_owned);
        let (mut bank, mut paid) = (Decimal::ZERO, Decimal::ZERO);
        let (mut bank_currency, mut paid_currency) = (Cell::Null, Cell::Null);
        for row in doc.rows("accounts") {
            let debit = row.number("debit_in_account_currency");
            let amount = if debit.is_zero() {
                row.number("credit_in_account_currency")
            } else {
                debit
            };
            if !row.text("party").is_empty() {
                if Some(row.text("party")) == party.as_deref() {
                    paid += amount;
                    paid_currency = row.get("account_currency").clone();
                }
            } else if matches!(row.text("account_type"), "Bank" | "Cash") {
                bank += amount;
                bank_currency = row.get("account_currency").clone();
            }
        }
        let (total, currency) = match &party {
            Some(_) if bank.is_zero() => (paid, paid_currency),
            Some(_) => (bank, bank_currency),
            None => (Decimal::ZERO, Cell::Null),
        };
        doc.set("total_amount", total);
        doc.set("total_amount_currency", currency);
        let first = doc.rows("accounts").first().map(|row| row.text("account"));
        let mut title = first.unwrap_or_default().to_owned();
        if let Some(party) = party {
            let name = self.value("Customer", &party, "customer_name");
            name.as_text().clone_into(&mut title);
            doc.set("pay_to_recd_from", name);
        }
        doc.row.set_missing("title", title);
    }

    pub(crate) fn submit_journal(&mut self, doc: &Doc) -> Outcome<()> {
        if doc.text("voucher_type") == "Bank Entry"
            && (doc.text("cheque_no").is_empty() || doc.text("cheque_date").is_empty())
        {
            let text = "Reference No & Reference Date is required for Bank Entry";
            return Err(Box::new(Refusal::business(text)));
        }
        self.check_ledger(doc)?;
        self.refresh_referenced(doc);
        Ok(())
    }

    pub(crate) fn cancel_journal(&mut self, doc: &mut Doc) -> Outcome<()> {
        self.check_closed_year(doc)?;
        self.check_frozen(doc)?;
        self.cancel_gains_about("Journal Entry", doc.name())?;
        self.refresh_referenced(doc);
        Ok(())
    }

    /// What is owed on every invoice a journal entry names.
    fn refresh_referenced(&mut self, doc: &Doc) {
        let mut names: Vec<String> = Vec::new();
        for row in doc.rows("accounts") {
            let moves = !row.number("debit_in_account_currency").is_zero()
                || !row.number("credit_in_account_currency").is_zero();
            let name = row.text("reference_name").to_owned();
            if row.text("reference_type") == "Sales Invoice" && moves && !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            self.refresh_outstanding(&name);
        }
    }

    /// A submitted entry the server makes by itself.
    pub(crate) fn post_journal(
        &mut self,
        company: &str,
        voucher_type: &str,
        rows: Vec<Row>,
        foreign: bool,
    ) -> Outcome<String> {
        let mut doc = self.draft("Journal Entry", &Body::new())?;
        doc.set("voucher_type", voucher_type);
        doc.set("company", company);
        doc.set("posting_date", self.today());
        doc.set("is_system_generated", Cell::Int(1));
        doc.set("multi_currency", Cell::Int(i64::from(foreign)));
        let (user, stamp) = (self.user.clone(), self.tick());
        doc.set("owner", user.as_str());
        doc.set("modified_by", user.as_str());
        doc.set("creation", stamp.as_str());
        doc.set("modified", stamp);
        *doc.rows_mut("accounts") = rows;
        for row in doc.rows_mut("accounts") {
            row.set_missing("is_advance", "No");
        }
        self.name_document(&mut doc, None)?;
        self.validate_journal(&mut doc, Action::Submit)?;
        if voucher_type == GAIN {
            // Saved first, then submitted.
            let stamp = self.tick();
            doc.set("modified", stamp);
        }
        doc.set("docstatus", Cell::Int(1));
        let name = doc.name().to_owned();
        self.store.put(doc.clone());
        self.submit_journal(&doc)?;
        Ok(name)
    }
}

/// Whom each row stands against: the parties or accounts of the other side.
fn set_against(doc: &mut Doc) {
    let side = |field: &str| {
        let mut names: Vec<String> = Vec::new();
        for row in doc.rows("accounts") {
            let name = match row.text("party") {
                "" => row.text("account"),
                party => party,
            };
            if row.number(field) > Decimal::ZERO && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names.join(", ")
    };
    let (debited, credited) = (side("debit"), side("credit"));
    for row in doc.rows_mut("accounts") {
        if row.number("debit") > Decimal::ZERO {
            row.set("against_account", credited.as_str());
        }
        if row.number("credit") > Decimal::ZERO {
            row.set("against_account", debited.as_str());
        }
    }
}
