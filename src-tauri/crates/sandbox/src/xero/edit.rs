//! What a person does inside Xero, past the API but by the same rules.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::Books;
use super::contacts::{ContactMatch, Detail, fold};
use super::errors::Faults;
use super::invoices::{InvoiceMatch, Shown, Writing};
use super::json::{filled, given, money, put};
use super::settings::{Account, Currency};
use super::{batch, dates};

impl Books {
    /// Carries out one edit as a whole, or none of it. See [`super::XeroWorld::edit`].
    pub fn edit(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        self.begin();
        let result = self.carry_out(op, now);
        if result.is_ok() {
            self.commit();
        } else {
            self.roll_back();
        }
        result
    }

    fn carry_out(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let name = filled(op, "op").ok_or("an edit needs its \"op\"")?;
        let mut fields = op.clone();
        if let Value::Object(map) = &mut fields {
            map.shift_remove("op");
        }
        match name.as_str() {
            "create_contact" => self.save_contact(&fields, ContactMatch::Create, now),
            "edit_contact" => {
                let id = self.named_contact(op)?;
                self.save_contact(&fields, ContactMatch::Exactly(id), now)
            }
            "archive_contact" => {
                let id = self.named_contact(op)?;
                self.save_contact(
                    &json!({"ContactStatus": "ARCHIVED"}),
                    ContactMatch::Exactly(id),
                    now,
                )
            }
            "merge_contact" => {
                let loser = self.named_contact(op)?;
                let winner = filled(op, "MergedToContactID")
                    .and_then(|id| id.parse().ok())
                    .ok_or("merge_contact needs MergedToContactID")?;
                self.merge_contact(loser, winner, now)?;
                self.contact_json(loser, Detail::Full).ok_or_else(gone)
            }
            "create_invoice" => {
                if given(&fields, "Type").is_none() {
                    put(&mut fields, "Type", "ACCREC");
                }
                self.save_invoice(&fields, InvoiceMatch::Create, now)
            }
            "edit_invoice" => {
                let id = self.named_invoice(op)?;
                self.save_invoice(&fields, InvoiceMatch::Exactly(id), now)
            }
            "approve_invoice" => self.set_status(op, "AUTHORISED", now),
            "void_invoice" => self.set_status(op, "VOIDED", now),
            "delete_invoice" => self.set_status(op, "DELETED", now),
            "pay_invoice" => self.pay(op, fields, now),
            "delete_payment" => {
                let id = filled(op, "PaymentID")
                    .and_then(|id| id.parse().ok())
                    .ok_or("delete_payment needs PaymentID")?;
                self.delete_payment(id, now)
                    .map_err(|faults| faults.text())?;
                self.payment_json(id).ok_or_else(gone)
            }
            "rename_account" | "archive_account" => {
                self.edit_account(op, name == "archive_account", now)
            }
            "open_bank_account" => self.open_bank_account(op, now),
            "enable_payments" => {
                let index = self.account_named(op)?;
                let account = &mut self.accounts[index];
                account.payments = true;
                account.updated = dates::to_millis(now);
                Ok(account.to_json())
            }
            "add_tracking" | "rename_option" | "archive_option" => {
                self.edit_tracking(&name, op, now)
            }
            "set_lock_date" => self.set_lock_date(op),
            "repeat_invoice" => {
                let id = self.named_contact(op)?;
                let contact = self.contact_json(id, Detail::Full).ok_or_else(gone)?;
                let total = given(op, "Total").cloned().unwrap_or(json!(0));
                let next = filled(op, "NextScheduledDate").ok_or("when is the next one?")?;
                let next = dates::parse_day(&next).ok_or("NextScheduledDate is no date")?;
                let template = json!({
                    "Type": "ACCREC", "Status": "AUTHORISED", "RepeatingInvoiceID": id, "ID": id,
                    "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
                    "Schedule": {"Period": 1, "Unit": "MONTHLY", "NextScheduledDate": dates::day(next)},
                    "Total": total, "CurrencyCode": self.organisation.base_currency(),
                });
                self.repeating.push(template.clone());
                Ok(template)
            }
            "forbid" => {
                let action = filled(op, "Action").ok_or("forbid needs the Action")?;
                self.organisation.not_allowed.insert(action);
                Ok(self.organisation.to_json())
            }
            "subscribe_currency" => self.subscribe_at(op),
            other => self
                .edit_credit(other, op, fields.clone(), now)
                .or_else(|| self.edit_batch_payment(other, op, fields, now))
                .unwrap_or_else(|| Err(format!("unknown edit \"{other}\""))),
        }
    }

    fn named_contact(&self, op: &Value) -> Result<Uuid, String> {
        filled(op, "ContactID")
            .and_then(|id| self.contact_at(&id))
            .or_else(|| self.contact_at(&filled(op, "ContactNumber")?))
            .or_else(|| {
                self.contacts
                    .with_key("name", &fold(&filled(op, "Name")?))
                    .next()
            })
            .ok_or_else(|| {
                "no such contact: name it by ContactID, ContactNumber or Name".to_owned()
            })
    }

    /// The invoice an edit names.
    pub fn named_invoice(&self, op: &Value) -> Result<Uuid, String> {
        filled(op, "InvoiceID")
            .and_then(|id| self.invoice_at(&id))
            .or_else(|| self.invoice_at(&filled(op, "InvoiceNumber")?))
            .ok_or_else(|| "no such invoice: name it by InvoiceID or InvoiceNumber".to_owned())
    }

    fn save_contact(
        &mut self,
        fields: &Value,
        matching: ContactMatch,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let id = self
            .write_contact(fields, matching, now)
            .map_err(|faults| faults.text())?;
        self.contact_json(id, Detail::Full).ok_or_else(gone)
    }

    fn save_invoice(
        &mut self,
        fields: &Value,
        matching: InvoiceMatch,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let writing = Writing {
            now,
            unit_decimals: 4,
            app: None,
        };
        let id = self
            .write_invoice(fields, matching, writing)
            .map_err(|faults: Faults| faults.text())?;
        self.invoice_json(id, Shown::whole(4)).ok_or_else(gone)
    }

    fn set_status(
        &mut self,
        op: &Value,
        status: &str,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let id = self.named_invoice(op)?;
        self.save_invoice(&json!({"Status": status}), InvoiceMatch::Exactly(id), now)
    }

    fn pay(&mut self, op: &Value, mut fields: Value, now: DateTime<Utc>) -> Result<Value, String> {
        let id = self.named_invoice(op)?;
        let due = self
            .invoices
            .get(id)
            .map(super::invoices::Invoice::amount_due)
            .ok_or_else(gone)?;
        put(&mut fields, "Invoice", json!({"InvoiceID": id.to_string()}));
        if given(&fields, "Amount").is_none() {
            put(&mut fields, "Amount", money(due));
        }
        if given(&fields, "Account").is_none() {
            put(&mut fields, "Account", json!({"Code": "090"}));
        }
        let payment = self
            .create_payment(&fields, now)
            .map_err(|faults| faults.text())?;
        self.payment_json(payment).ok_or_else(gone)
    }

    /// Where the account stands that an edit names.
    fn account_named(&self, op: &Value) -> Result<usize, String> {
        let (id, code) = (filled(op, "AccountID"), filled(op, "Code"));
        self.accounts
            .iter()
            .position(|account| match &id {
                Some(id) => id.parse() == Ok(account.id),
                None => code.as_ref() == Some(&account.code),
            })
            .ok_or_else(|| "no such account: name it by AccountID or Code".to_owned())
    }

    /// A bank account, in a currency that the organisation has.
    fn open_bank_account(&mut self, op: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let needed = |name: &str| filled(op, name).ok_or(format!("open_bank_account needs {name}"));
        let (code, name) = (needed("Code")?, needed("Name")?);
        let currency =
            filled(op, "CurrencyCode").unwrap_or_else(|| self.organisation.base_currency().into());
        if code.len() > 10 || self.accounts.iter().any(|it| it.code == code) {
            return Err("Please enter a unique Code.".to_owned());
        }
        if self.accounts.iter().any(|account| account.name == name) {
            return Err("Please enter a unique Name.".to_owned());
        }
        if !self.currencies.iter().any(|known| known.code == currency) {
            return Err(format!(
                "{currency} is not one of the organisation's currencies"
            ));
        }
        let account = Account {
            id: self.new_id(),
            code,
            name,
            kind: "BANK",
            tax_type: "NONE",
            archived: false,
            payments: false,
            system: "",
            currency: Some(currency),
            updated: dates::to_millis(now),
        };
        let shown = account.to_json();
        self.accounts.push(account);
        Ok(shown)
    }

    fn edit_account(
        &mut self,
        op: &Value,
        archive: bool,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let index = self.account_named(op)?;
        let (name, new_code) = (filled(op, "Name"), filled(op, "NewCode"));
        let taken = |test: &dyn Fn(&super::settings::Account) -> bool| {
            self.accounts
                .iter()
                .enumerate()
                .any(|(other, account)| other != index && test(account))
        };
        if name
            .as_ref()
            .is_some_and(|name| taken(&|account| account.name == *name))
        {
            return Err("Please enter a unique Name.".to_owned());
        }
        if new_code
            .as_ref()
            .is_some_and(|code| code.len() > 10 || taken(&|account| account.code == *code))
        {
            return Err("Please enter a unique Code.".to_owned());
        }
        let old = self.accounts[index].code.clone();
        let account = &mut self.accounts[index];
        if archive {
            if !account.system.is_empty() {
                return Err("You cannot archive a system account.".to_owned());
            }
            account.archived = true;
        }
        if let Some(name) = name.filter(|_| !archive) {
            account.name = name;
        }
        account.updated = dates::to_millis(now);
        if let Some(code) = new_code.filter(|_| !archive) {
            account.code.clone_from(&code);
            self.rename_code_on_lines(&old, &code);
        }
        Ok(self.accounts[index].to_json())
    }

    /// Lines hold the account, and show its code of the day; documents are not bumped.
    fn rename_code_on_lines(&mut self, old: &str, new: &str) {
        let touched: Vec<Uuid> = self
            .invoices
            .iter()
            .filter(|invoice| {
                invoice
                    .lines
                    .iter()
                    .any(|line| line.account_code.as_deref() == Some(old))
            })
            .map(|invoice| invoice.id)
            .collect();
        for id in touched {
            if let Some(mut invoice) = self.invoices.get(id).cloned() {
                for line in &mut invoice.lines {
                    if line.account_code.as_deref() == Some(old) {
                        line.account_code = Some(new.to_owned());
                    }
                }
                self.invoices.put(invoice);
            }
        }
        let credits: Vec<Uuid> = self
            .credits
            .iter()
            .map(|credit| credit.document.id)
            .collect();
        for id in credits {
            if let Some(mut credit) = self.credits.get(id).cloned() {
                for line in &mut credit.document.lines {
                    if line.account_code.as_deref() == Some(old) {
                        line.account_code = Some(new.to_owned());
                    }
                }
                self.credits.put(credit);
            }
        }
    }

    fn set_lock_date(&mut self, op: &Value) -> Result<Value, String> {
        let read = |name: &str| match op.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => dates::parse_day(text)
                .map(|date| Some(Some(date)))
                .ok_or_else(|| format!("{name} is no date")),
            Some(_) => Err(format!("{name} is no date")),
        };
        let (period, year) = (read("PeriodLockDate")?, read("EndOfYearLockDate")?);
        if let Some(date) = period {
            self.organisation.period_lock = date;
        }
        if let Some(date) = year {
            self.organisation.year_lock = date;
        }
        Ok(self.organisation.to_json())
    }

    fn subscribe_at(&mut self, op: &Value) -> Result<Value, String> {
        let code = filled(op, "Code").ok_or("subscribe_currency needs Code")?;
        if !self.currencies.iter().any(|known| known.code == code) {
            self.currencies.push(Currency {
                name: filled(op, "Description").unwrap_or_else(|| code.clone()),
                rate: given(op, "Rate")
                    .and_then(super::json::decimal)
                    .unwrap_or(rust_decimal::Decimal::ONE),
                code: code.clone(),
            });
        }
        Ok(json!({"Code": code}))
    }

    /// Every record, under the API's own names, prices at four decimals.
    pub fn state(&self) -> Value {
        let shown = Shown::whole(4);
        let mut state = json!({
            "Organisation": self.organisation.to_json(),
            "Accounts": self.accounts.iter().map(super::settings::Account::to_json).collect::<Vec<_>>(),
            "TaxRates": self.tax_rates.iter().map(super::settings::TaxRate::to_json).collect::<Vec<_>>(),
            "Currencies": self.currencies.iter().map(Currency::to_json).collect::<Vec<_>>(),
            batch::CONTACTS.plural: self.contacts.iter()
                .filter_map(|contact| self.contact_json(contact.id, Detail::Full))
                .collect::<Vec<_>>(),
            batch::INVOICES.plural: self.invoices.iter()
                .filter_map(|invoice| self.invoice_json(invoice.id, Shown { contact: false, ..shown }))
                .collect::<Vec<_>>(),
            batch::PAYMENTS.plural: self.payments.iter()
                .filter_map(|payment| self.payment_held(payment.id))
                .collect::<Vec<_>>(),
        });
        self.credit_state(&mut state);
        state
    }
}

fn gone() -> String {
    "the record is gone".to_owned()
}
