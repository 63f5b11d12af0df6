//! Payment Reconciliation: a form that exists only while somebody uses it. It finds what a party
//! has paid on account or been credited, and sets it against open invoices (recordings 07, 23).

mod open;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::ErpnextWorld;
use super::super::answer::float_json;
use super::super::cell::{Cell, Row};
use super::super::errors::{Message, Refusal};
use super::super::ledger::LATER;
use super::super::routes::Answer;
use super::super::site::{Outcome, Right};
use super::super::versions::{grouped, symbol};
use super::text;

/// The form as it travels.
type Form = Map<String, Value>;

fn number(value: &Value) -> Decimal {
    Cell::text(&value.to_string().replace('"', "")).as_number()
}

fn refuse<T>(text: &str) -> Outcome<T> {
    Err(Box::new(Refusal::business(text)))
}

/// A row of one of the form's tables.
fn row(table: &str, doctype: &str, at: usize, own: &Value) -> Value {
    let mut row = json!({"docstatus": 0, "idx": at + 1});
    for (key, value) in own.as_object().into_iter().flatten() {
        if !value.is_null() {
            row[key] = value.clone();
        }
    }
    row["parentfield"] = json!(table);
    row["parenttype"] = json!("Payment Reconciliation");
    row["doctype"] = json!(doctype);
    row["__islocal"] = json!(1);
    row
}

impl ErpnextWorld {
    /// `run_doc_method` of the form: finds, allocates or reconciles.
    pub(super) fn reconciliation(
        &mut self,
        method: &str,
        mut form: Form,
        args: &Value,
    ) -> Outcome<Answer> {
        self.demand("Payment Reconciliation", Right::Read, false)?;
        match method {
            "allocate_entries" => {
                self.allocate(&mut form, args)?;
            }
            "reconcile" => {
                check_allocation(&form)?;
                self.reconcile(&form)?;
                self.messages
                    .push(Message::plain("Successfully Reconciled"));
                self.find_open(&mut form)?;
            }
            _ => self.find_open(&mut form)?,
        }
        Ok(Answer::under("docs", json!([form])))
    }

    /// What a person does in the form to set a credit note, or a payment, against an invoice: as much as
    /// fits, or `amount` of it.
    pub(crate) fn set_credit_against(
        &mut self,
        (doctype, note): (&str, &str),
        invoice: &str,
        amount: Option<Decimal>,
    ) -> Outcome<()> {
        let credit = self.fetch(doctype, note)?;
        let (party, account) = match doctype {
            "Payment Entry" => ("party", "paid_from"),
            _ => ("customer", "debit_to"),
        };
        let mut form = Form::new();
        for (field, value) in [
            ("doctype", "Payment Reconciliation"),
            ("company", credit.text("company")),
            ("party_type", "Customer"),
            ("party", credit.text(party)),
            ("receivable_payable_account", credit.text(account)),
        ] {
            form.insert(field.to_owned(), json!(value));
        }
        let chosen = |form: &Form, table: &str, field: &str, name: &str| -> Vec<Value> {
            let rows = form.get(table).and_then(Value::as_array);
            let rows = rows.into_iter().flatten();
            rows.filter(|row| row[field] == name).cloned().collect()
        };
        self.find_open(&mut form)?;
        let args = json!({
            "payments": chosen(&form, "payments", "reference_name", note),
            "invoices": chosen(&form, "invoices", "invoice_number", invoice),
        });
        self.allocate(&mut form, &args)?;
        let rows = form.get_mut("allocation").and_then(Value::as_array_mut);
        if let (Some(amount), Some(row)) = (amount, rows.and_then(|rows| rows.first_mut())) {
            row["allocated_amount"] = float_json(amount);
        }
        self.reconciliation("reconcile", form, &Value::Null)?;
        Ok(())
    }

    /// The rate a document was booked at; 1 for what is no invoice.
    fn rate_of(&self, doctype: &str, name: &str, fallback: Decimal) -> Decimal {
        if doctype == "Sales Invoice" {
            self.value(doctype, name, "conversion_rate").as_number()
        } else {
            fallback
        }
    }

    /// Which credit goes against which invoice, first come first served.
    fn allocate(&self, form: &mut Form, args: &Value) -> Outcome<()> {
        for (table, label) in [("invoices", "Invoices"), ("payments", "Payments")] {
            if form
                .get(table)
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
            {
                return refuse(&format!("No records found in the {label} table"));
            }
        }
        let company = text(form, "company");
        let account = text(form, "receivable_payable_account");
        let own = self.value("Company", company, "default_currency");
        let foreign = self.value("Account", account, "account_currency").as_text() != own.as_text();
        let difference_account = self.value("Company", company, "exchange_gain_loss_account");
        let mut invoices: Vec<(&Value, Decimal)> = args["invoices"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| (row, number(&row["outstanding_amount"])))
            .collect();
        let mut rows: Vec<Value> = Vec::new();
        for payment in args["payments"].as_array().into_iter().flatten() {
            let whole = number(&payment["amount"]);
            let mut left = whole;
            for (invoice, open) in &mut invoices {
                let part = left.min(*open);
                if part <= Decimal::ZERO {
                    continue;
                }
                let name =
                    |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
                let booked = self.rate_of(
                    &name(invoice, "invoice_type"),
                    &name(invoice, "invoice_number"),
                    Decimal::ONE,
                );
                let paid = self.rate_of(
                    &name(payment, "reference_type"),
                    &name(payment, "reference_name"),
                    number(&payment["exchange_rate"]),
                );
                // Only an invoice is looked up for its rate.
                let difference = if foreign && invoice["invoice_type"] == "Sales Invoice" {
                    self.round(part * paid - part * booked, 9)
                } else {
                    Decimal::ZERO
                };
                left -= part;
                *open -= part;
                let own = json!({
                    "reference_type": payment["reference_type"],
                    "reference_name": payment["reference_name"],
                    "reference_row": payment["reference_row"],
                    "invoice_type": invoice["invoice_type"],
                    "invoice_number": invoice["invoice_number"],
                    "allocated_amount": float_json(part),
                    "unreconciled_amount": float_json(whole),
                    "amount": float_json(left + part),
                    "difference_amount": float_json(difference),
                    "gain_loss_posting_date": payment["posting_date"],
                    "difference_account": difference_account.as_text(),
                    "exchange_rate": float_json(booked), "currency": invoice["currency"],
                    "cost_center": payment["cost_center"],
                });
                rows.push(row(
                    "allocation",
                    "Payment Reconciliation Allocation",
                    rows.len(),
                    &own,
                ));
            }
        }
        form.insert("allocation".into(), Value::Array(rows));
        Ok(())
    }

    fn reconcile(&mut self, form: &Form) -> Outcome<()> {
        let rows: Vec<Value> = form
            .get("allocation")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut vouchers: Vec<(String, String)> = Vec::new();
        for row in &rows {
            let key = (
                row["reference_type"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                row["reference_name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            );
            if !vouchers.contains(&key) {
                vouchers.push(key);
            }
        }
        let of = |key: &(String, String)| -> Vec<Value> {
            rows.iter()
                .filter(|row| {
                    row["reference_type"] == key.0.as_str()
                        && row["reference_name"] == key.1.as_str()
                })
                .cloned()
                .collect()
        };
        for key in vouchers.iter().filter(|key| key.0 != "Sales Invoice") {
            if key.0 == "Payment Entry" {
                self.reconcile_payment(form, &key.1, &of(key))?;
            } else {
                self.reconcile_journal(form, &key.1, &of(key))?;
            }
        }
        for key in vouchers.iter().filter(|key| key.0 == "Sales Invoice") {
            for row in of(key) {
                self.reconcile_note(form, &row)?;
            }
        }
        Ok(())
    }

    /// New references on a payment on account.
    fn reconcile_payment(&mut self, form: &Form, name: &str, rows: &[Value]) -> Outcome<()> {
        let mut payment = self.fetch("Payment Entry", name)?.clone();
        let before = payment.clone();
        for row in rows {
            if payment.docstatus() != 1
                || payment.number("unallocated_amount") != number(&row["unreconciled_amount"])
            {
                return refuse(
                    "Payment Entry has been modified after you pulled it. Please pull it again.",
                );
            }
        }
        let account = text(form, "receivable_payable_account");
        let own = self.value("Company", text(form, "company"), "default_currency");
        let home = self.value("Account", account, "account_currency").as_text() == own.as_text();
        for row in rows {
            let mut line = Row::default();
            let hash = self.new_hash();
            line.set("name", hash.as_str());
            line.set(
                "reference_doctype",
                row["invoice_type"].as_str().unwrap_or_default(),
            );
            line.set(
                "reference_name",
                row["invoice_number"].as_str().unwrap_or_default(),
            );
            let amount = number(&row["allocated_amount"]);
            line.set("allocated_amount", amount);
            line.set(LATER, Cell::Int(1));
            let gain = number(&row["difference_amount"]);
            if gain.is_zero() {
                self.fill_reference(&mut line, home, text(form, "party"))?;
                let owed = line.number("outstanding_amount") - amount;
                line.set("outstanding_amount", owed);
            } else {
                line.set("exchange_rate", number(&row["exchange_rate"]));
                line.set("account", account);
            }
            payment.rows_mut("references").push(line);
            self.payment_amounts(&mut payment);
            self.store.put(payment.clone());
            self.book_gains(&payment, Some(&hash))?;
        }
        let stamp = self.tick();
        payment.set("modified", stamp);
        payment.set("modified_by", self.user.as_str());
        self.store.put(payment.clone());
        self.keep_version(&payment, Some(&before));
        self.refresh_all(rows);
        Ok(())
    }

    /// A journal entry's row on account becomes one against the invoice, split where only a part is.
    fn reconcile_journal(&mut self, form: &Form, name: &str, rows: &[Value]) -> Outcome<()> {
        for row in rows {
            let mut entry = self.fetch("Journal Entry", name)?.clone();
            let before = entry.clone();
            let wanted = row["reference_row"].as_str().unwrap_or_default();
            let at = entry.rows("accounts").iter().position(|line| {
                line.text("name") == wanted
                    && line.text("reference_type").is_empty()
                    && line.number("credit_in_account_currency") == number(&row["amount"])
            });
            let (Some(at), 1) = (at, entry.docstatus()) else {
                return refuse(
                    "Payment Entry has been modified after you pulled it. Please pull it again.",
                );
            };
            let amount = number(&row["allocated_amount"]);
            let left = number(&row["amount"]) - amount;
            let old = entry.rows("accounts")[at].clone();
            let rate = old.number("exchange_rate");
            let mut fresh = old.clone();
            fresh.set("name", self.new_hash());
            fresh.set("against_account", old.text("against_account"));
            fresh.set(LATER, Cell::Int(1));
            fresh.set("credit_in_account_currency", amount);
            fresh.set("credit", self.round(amount * rate, 2));
            fresh.set(
                "reference_type",
                row["invoice_type"].as_str().unwrap_or_default(),
            );
            fresh.set(
                "reference_name",
                row["invoice_number"].as_str().unwrap_or_default(),
            );
            let reduced = self.round(left * rate, 2);
            let lines = entry.rows_mut("accounts");
            if left.is_zero() {
                lines.remove(at);
            } else {
                lines[at].set("credit_in_account_currency", left);
                lines[at].set("credit", reduced);
            }
            lines.push(fresh);
            let stamp = self.tick();
            entry.set("modified", stamp);
            entry.set("modified_by", self.user.as_str());
            self.store.put(entry.clone());
            self.keep_version(&entry, Some(&before));
            let gain = number(&row["difference_amount"]);
            if !gain.is_zero() {
                self.gain_of(form, row, gain, ("Journal Entry", name))?;
            }
        }
        self.refresh_all(rows);
        Ok(())
    }

    /// A credit note is set against an invoice by a journal entry.
    fn reconcile_note(&mut self, form: &Form, row: &Value) -> Outcome<()> {
        let amount = number(&row["allocated_amount"]);
        let company = text(form, "company");
        let own = self.value("Company", company, "default_currency");
        let center = self.value("Company", company, "cost_center");
        let name = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let shown = format!("{} {}", symbol(own.as_text()), grouped(amount, 2));
        let mut lines = Vec::new();
        for (side, kind, about, word) in [
            (
                "credit_in_account_currency",
                "invoice_type",
                "invoice_number",
                "against",
            ),
            (
                "debit_in_account_currency",
                "reference_type",
                "reference_name",
                "from",
            ),
        ] {
            let mut line = Row::default();
            line.set("name", self.new_hash());
            line.set("account", text(form, "receivable_payable_account"));
            line.set("party_type", "Customer");
            line.set("party", text(form, "party"));
            line.set("cost_center", center.clone());
            line.set("reference_type", name(kind));
            line.set("reference_name", name(about));
            line.set("exchange_rate", number(&row["exchange_rate"]));
            line.set("user_remark", format!("{shown} {word} {}", name(about)));
            line.set("is_advance", "No");
            line.set(side, amount);
            lines.push(line);
        }
        // The tool asks a currency it was not told, so the entry always counts as foreign.
        self.post_journal(company, "Credit Note", lines, true)?;
        let gain = number(&row["difference_amount"]);
        if !gain.is_zero() {
            let note = (name("reference_type"), name("reference_name"));
            self.gain_of(form, row, gain, (&note.0, &note.1))?;
        }
        Ok(())
    }

    fn gain_of(
        &mut self,
        form: &Form,
        row: &Value,
        gain: Decimal,
        voucher: (&str, &str),
    ) -> Outcome<()> {
        let about = self.fetch(voucher.0, voucher.1)?.clone();
        let kind = row["invoice_type"].as_str().unwrap_or_default().to_owned();
        let name = row["invoice_number"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let account = text(form, "receivable_payable_account").to_owned();
        let party = text(form, "party").to_owned();
        self.post_gain(
            &about,
            (&account, &party),
            self.round(gain, 2),
            voucher,
            (&kind, &name),
            None,
        )?;
        Ok(())
    }

    fn refresh_all(&mut self, rows: &[Value]) {
        for row in rows {
            if row["invoice_type"] == "Sales Invoice" {
                let name = row["invoice_number"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                self.refresh_outstanding(&name);
            }
        }
    }
}

/// Nothing allocated beyond what was paid or is owed.
fn check_allocation(form: &Form) -> Outcome<()> {
    let rows = |table: &str| -> Vec<Value> {
        form.get(table)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (allocation, invoices) = (rows("allocation"), rows("invoices"));
    if allocation.is_empty() {
        return refuse("No records found in Allocation table");
    }
    for (at, row) in allocation.iter().enumerate() {
        let amount = number(&row["allocated_amount"]);
        let shown = |value: &Value| value.to_string();
        if amount > number(&row["amount"]) {
            return refuse(&format!(
                "Row {}: Allocated amount {} must be less than or equal to remaining payment amount {}",
                at + 1,
                shown(&row["allocated_amount"]),
                shown(&row["amount"]),
            ));
        }
        let owed = invoices
            .iter()
            .find(|invoice| invoice["invoice_number"] == row["invoice_number"])
            .map(|invoice| number(&invoice["outstanding_amount"]))
            .unwrap_or_default();
        if amount - owed > Decimal::new(9, 3) {
            return refuse(&format!(
                "Row {}: Allocated amount {} must be less than or equal to invoice outstanding amount {}",
                at + 1,
                shown(&row["allocated_amount"]),
                float_json(owed),
            ));
        }
    }
    Ok(())
}
