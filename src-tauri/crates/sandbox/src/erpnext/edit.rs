//! A person's edits, made inside ERPNext: the same rules as over the API, another user.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::ErpnextWorld;
use super::answer::{STANDARD, Shape};
use super::cell::Cell;
use super::documents::Body;
use super::errors::Refusal;
use super::meta::DocType;
use super::site::{Outcome, PERSON};

fn text<'a>(operation: &'a Value, key: &str) -> &'a str {
    operation
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The amount that an edit states.
fn amount(operation: &Value) -> Option<String> {
    match operation.get("amount")? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

impl ErpnextWorld {
    /// Makes one edit as a person would, under ERPNext's own rules. All or nothing.
    ///
    /// `op` is one of:
    /// - `create`: `doctype`, `fields` (ERPNext's field names, child tables as lists), and where
    ///   wanted `name` and `"submit": true` (saved, then submitted, as a person does);
    /// - `update`: `doctype`, `name`, `fields`;
    /// - `submit`, `cancel`, `delete`, `disable`, `enable`: `doctype`, `name`;
    /// - `restore`: `doctype`, `name` of a deleted document;
    /// - `amend`: `name` of a cancelled document, its `doctype` where it is no invoice, and `fields` to
    ///   change; the copy, which the form makes of every field that no Client Script empties, is submitted
    ///   unless `"submit": false`;
    /// - `rename`: `doctype`, `name`, `new_name`, and `"merge": true` to merge;
    /// - `pay`: `name` of an invoice, and where wanted `amount` (default: all that is owed),
    ///   `date` and `account` (default: the company's cash account);
    /// - `reconcile`: `name` of a credit note and the `invoice` that it is set against in the Payment
    ///   Reconciliation form, and where wanted `amount` (default: as much as fits);
    /// - `claim_version`: `version`, the ERPNext that the site says it is from now on.
    ///
    /// Answers the document afterwards (`null` after a deletion).
    ///
    /// # Errors
    /// The message ERPNext would have shown.
    pub fn edit(&mut self, operation: &Value, now: DateTime<Utc>) -> Result<Value, String> {
        let Some((doctype, name)) = self.enter(operation, now)? else {
            return Ok(Value::Null);
        };
        let doc = self
            .fetch(&doctype, &name)
            .map_err(|refusal| refusal.text())?;
        Ok(self.doc_json(doc, Shape::default()))
    }

    /// [`ErpnextWorld::edit`] for somebody who does not look at the document afterwards: its type
    /// and name, where there is one.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn enter(
        &mut self,
        operation: &Value,
        now: DateTime<Utc>,
    ) -> Result<Option<(String, String)>, String> {
        self.now = now;
        if text(operation, "op") == "claim_version" {
            self.claim_version(text(operation, "version"));
            return Ok(None);
        }
        PERSON.clone_into(&mut self.user);
        self.messages.clear();
        self.clear_leftovers();
        let savepoint = self.store.savepoint();
        match self.make_edit(operation) {
            Ok(edited) => {
                self.store.commit();
                // A webhook that fails takes no answer with it here.
                let _ = self.tell();
                Ok(edited)
            }
            Err(refusal) => {
                self.store.roll_back(savepoint);
                Err(refusal.text())
            }
        }
    }

    fn make_edit(&mut self, operation: &Value) -> Outcome<Option<(String, String)>> {
        let (op, doctype, name) = (
            text(operation, "op"),
            text(operation, "doctype"),
            text(operation, "name"),
        );
        let fields = match operation.get("fields") {
            Some(Value::Object(map)) => map.clone(),
            _ => Map::new(),
        };
        let submit = operation.get("submit").and_then(Value::as_bool);
        let (doctype, name) = match op {
            "create" => {
                let chosen = (!name.is_empty()).then_some(name);
                let doc = self.insert(doctype, &fields, chosen)?;
                let name = doc.name().to_owned();
                if submit == Some(true) && doc.docstatus() == 0 {
                    self.update(doctype, &name, &status(1))?;
                }
                (doctype, name)
            }
            "update" => {
                self.update(doctype, name, &fields)?;
                (doctype, name.to_owned())
            }
            "submit" => {
                self.update(doctype, name, &status(1))?;
                (doctype, name.to_owned())
            }
            "cancel" => {
                self.update(doctype, name, &status(2))?;
                (doctype, name.to_owned())
            }
            "disable" | "enable" => {
                let mut body = Body::new();
                body.insert("disabled".into(), json!(i32::from(op == "disable")));
                self.update(doctype, name, &body)?;
                (doctype, name.to_owned())
            }
            "delete" => {
                self.delete(doctype, name)?;
                return Ok(None);
            }
            "restore" => {
                let Some(copy) = self.deleted_copy(doctype, name) else {
                    return Err(Box::new(Refusal::missing(&format!(
                        "Deleted Document of {doctype} {name} not found"
                    ))));
                };
                let (doctype, name) = self.restore(&copy, true)?;
                return Ok(Some((doctype, name)));
            }
            "rename" => {
                let merge = operation.get("merge").and_then(Value::as_bool) == Some(true);
                let new = self.rename(doctype, name, text(operation, "new_name"), merge)?;
                (doctype, new)
            }
            "amend" => {
                let doctype = if doctype.is_empty() {
                    "Sales Invoice"
                } else {
                    doctype
                };
                let name = self.amend((doctype, name), &fields)?;
                if submit != Some(false) {
                    self.update(doctype, &name, &status(1))?;
                }
                (doctype, name)
            }
            "pay" => ("Payment Entry", self.pay(operation)?),
            "reconcile" => {
                let amount = amount(operation).map(|text| Cell::text(&text).as_number());
                let doctype = if doctype.is_empty() {
                    "Sales Invoice"
                } else {
                    doctype
                };
                let invoice = text(operation, "invoice");
                self.set_credit_against((doctype, name), invoice, amount)?;
                (doctype, name.to_owned())
            }
            other => {
                return Err(Box::new(Refusal::validation(format!(
                    "Unknown edit \"{other}\""
                ))));
            }
        };
        Ok(Some((doctype.to_owned(), name)))
    }

    /// Copies a cancelled document into a new draft, as the form's Amend does: every field, those too
    /// that are never to be copied. What a Client Script of the form then empties is left out, of rows too.
    fn amend(&mut self, (doctype, name): (&str, &str), fields: &Body) -> Outcome<String> {
        let doc = self.fetch(doctype, name)?;
        let Value::Object(mut body) = self.doc_json(doc, Shape::default()) else {
            return Ok(String::new());
        };
        for field in STANDARD {
            body.shift_remove(field);
        }
        let scripts = self.form_scripts(doctype);
        let emptied = |of: &str| -> Vec<String> {
            // Nobody has added a field to a table that is not known here.
            let fields = self.doctype(of).into_iter().flat_map(DocType::fields);
            let custom = fields.filter(|it| it.custom);
            let named = custom.filter(|field| {
                let quoted = format!("\"{}\"", field.name);
                scripts.iter().any(|it| it.contains(&quoted))
            });
            named.map(|it| it.name.to_string()).collect()
        };
        for field in emptied(doctype) {
            body.shift_remove(&field);
        }
        for field in ["payment_schedule", "outstanding_amount", "status"] {
            body.shift_remove(field);
        }
        for (table, rows_of) in self.doctype(doctype)?.tables() {
            let emptied = emptied(rows_of);
            let rows = body.get_mut(table).and_then(Value::as_array_mut);
            for row in rows.into_iter().flatten() {
                if let Some(row) = row.as_object_mut() {
                    row.shift_remove("name");
                    for field in &emptied {
                        row.shift_remove(field);
                    }
                }
            }
        }
        body.insert("amended_from".into(), json!(name));
        if doctype == "Sales Invoice" {
            // A person keeps the date; the form sends it explicitly.
            body.insert("set_posting_time".into(), json!(1));
        }
        for (field, value) in fields {
            body.insert(field.clone(), value.clone());
        }
        Ok(self.insert(doctype, &body, None)?.name().to_owned())
    }

    /// The scripts that run in the form of a document type. Nothing here runs JavaScript: a script is
    /// taken to empty those fields of an amendment that it names in double quotes.
    fn form_scripts(&self, doctype: &str) -> Vec<String> {
        self.store
            .shelf("Client Script")
            .into_iter()
            .flat_map(super::store::Shelf::by_name)
            .filter(|it| {
                it.text("dt") == doctype && it.text("view") == "Form" && it.int("enabled") == 1
            })
            .map(|it| it.text("script").to_owned())
            .collect()
    }

    /// Receives money for an invoice.
    fn pay(&mut self, operation: &Value) -> Outcome<String> {
        let invoice = self.fetch("Sales Invoice", text(operation, "name"))?;
        let owed = || invoice.number("outstanding_amount").to_string();
        let amount = amount(operation).unwrap_or_else(owed);
        let company = invoice.text("company");
        let account = match text(operation, "account") {
            "" => self
                .value("Company", company, "default_cash_account")
                .as_text()
                .to_owned(),
            account => account.to_owned(),
        };
        let day = match text(operation, "date") {
            "" => self.today(),
            day => day.to_owned(),
        };
        let body = json!({
            "payment_type": "Receive",
            "company": company,
            "posting_date": day,
            "party_type": "Customer",
            "party": invoice.text("customer"),
            "paid_from": invoice.text("debit_to"),
            "paid_to": account,
            "paid_amount": amount,
            "received_amount": amount,
            "reference_no": "Received",
            "reference_date": day,
            "references": [{
                "reference_doctype": "Sales Invoice",
                "reference_name": invoice.name(),
                "allocated_amount": amount,
            }],
        });
        let Value::Object(body) = body else {
            return Ok(String::new());
        };
        let name = self.insert("Payment Entry", &body, None)?.name().to_owned();
        self.update("Payment Entry", &name, &status(1))?;
        Ok(name)
    }
}

fn status(status: i64) -> Body {
    let mut body = Body::new();
    body.insert("docstatus".into(), json!(status));
    body
}
