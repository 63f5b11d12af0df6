//! Journal entries: enough of them that credit is set against invoices and exchange differences
//! are booked as ERPNext does.

use rust_decimal::Decimal;

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row};
use super::documents::Body;
use super::errors::Refusal;
use super::site::Outcome;

impl ErpnextWorld {
    pub(crate) fn validate_journal(&mut self, doc: &mut Doc) -> Outcome<()> {
        if doc.text("company").is_empty() {
            let company = self.setting("Global Defaults", "default_company").clone();
            doc.set("company", company);
        }
        if doc.text("posting_date").is_empty() {
            doc.set("posting_date", self.today());
        }
        if doc.rows("accounts").is_empty() {
            return Err(Box::new(Refusal::business(
                "Accounts table cannot be blank.",
            )));
        }
        let mut rows = std::mem::take(doc.rows_mut("accounts"));
        let (mut debit, mut credit) = (Decimal::ZERO, Decimal::ZERO);
        for row in &mut rows {
            self.complete_row(row);
            debit += row.number("debit");
            credit += row.number("credit");
        }
        *doc.rows_mut("accounts") = rows;
        doc.set("total_debit", debit);
        doc.set("total_credit", credit);
        doc.set("difference", debit - credit);
        if debit != credit {
            return Err(Box::new(Refusal::business(format!(
                "Total Debit must be equal to Total Credit. The difference is {}",
                debit - credit
            ))));
        }
        let company = doc.text("company").to_owned();
        let currency = self.value("Company", &company, "default_currency");
        let party = doc
            .rows("accounts")
            .iter()
            .map(|row| row.text("party"))
            .find(|party| !party.is_empty())
            .map(str::to_owned);
        let remarks: Vec<String> = doc
            .rows("accounts")
            .iter()
            .filter(|row| {
                row.text("reference_type") == "Sales Invoice"
                    && row.number("credit") > Decimal::ZERO
            })
            .map(|row| {
                let mark = match currency.as_text() {
                    "GBP" => "£",
                    "EUR" => "€",
                    _ => "$",
                };
                format!(
                    "{mark} {:.2} against Sales Invoice {}",
                    row.number("credit"),
                    row.text("reference_name")
                )
            })
            .collect();
        if !remarks.is_empty() && doc.int("is_system_generated") == 0 {
            doc.set("remark", remarks.join("\n"));
        }
        if let Some(party) = party {
            let name = self.value("Customer", &party, "customer_name");
            doc.set("pay_to_recd_from", name);
            doc.set("title", party);
            doc.set("total_amount", debit + credit);
            doc.set("total_amount_currency", currency);
        } else {
            let first = doc.rows("accounts").first().map(|row| row.text("account"));
            let title = first.unwrap_or_default().to_owned();
            doc.row.set_missing("title", title);
        }
        Ok(())
    }

    fn complete_row(&self, row: &mut Row) {
        let account = row.text("account").to_owned();
        for (field, from) in [
            ("account_type", "account_type"),
            ("account_currency", "account_currency"),
        ] {
            let value = self.value("Account", &account, from);
            row.set(field, value);
        }
        row.set_missing("exchange_rate", Decimal::ONE);
        let rate = row.number("exchange_rate");
        for (own, held) in [
            ("debit", "debit_in_account_currency"),
            ("credit", "credit_in_account_currency"),
        ] {
            let amount = self.round(row.number(held) * rate, 2);
            if !amount.is_zero() || !row.has(own) {
                row.set(own, amount);
            }
        }
    }

    pub(crate) fn submit_journal(&mut self, doc: &Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        self.settle_by_journal(doc, Decimal::ONE);
        Ok(())
    }

    pub(crate) fn cancel_journal(&mut self, doc: &Doc) -> Outcome<()> {
        self.check_frozen(doc)?;
        self.settle_by_journal(doc, -Decimal::ONE);
        Ok(())
    }

    fn settle_by_journal(&mut self, doc: &Doc, sign: Decimal) {
        let moves: Vec<(String, Decimal)> = doc
            .rows("accounts")
            .iter()
            .filter(|row| row.text("reference_type") == "Sales Invoice")
            .map(|row| {
                let amount = row.number("debit_in_account_currency")
                    - row.number("credit_in_account_currency");
                (row.text("reference_name").to_owned(), amount * sign)
            })
            .collect();
        for (invoice, amount) in moves {
            if !amount.is_zero() {
                self.change_outstanding(&invoice, amount);
            }
        }
    }

    /// A submitted entry the server makes by itself.
    pub(crate) fn post_journal(
        &mut self,
        voucher_type: &str,
        rows: Vec<Row>,
        generated: bool,
    ) -> Outcome<String> {
        let mut doc = self.draft("Journal Entry", &Body::new())?;
        doc.set("voucher_type", voucher_type);
        doc.set("is_system_generated", Cell::Int(i64::from(generated)));
        let (user, stamp) = (self.user.clone(), self.tick());
        doc.set("owner", user.as_str());
        doc.set("modified_by", user.as_str());
        doc.set("creation", stamp.as_str());
        doc.set("modified", stamp);
        *doc.rows_mut("accounts") = rows;
        self.name_document(&mut doc, None)?;
        self.validate_journal(&mut doc)?;
        if !generated {
            doc.set("remark", Cell::Null);
        }
        doc.set("docstatus", Cell::Int(1));
        let name = doc.name().to_owned();
        self.store.put(doc.clone());
        self.submit_journal(&doc)?;
        Ok(name)
    }
}
