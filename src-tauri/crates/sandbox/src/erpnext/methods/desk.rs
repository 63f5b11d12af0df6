//! The remote procedures of ERPNext's own window that clients use too: whole-document saves, bulk
//! actions, counts, new API keys, mappers and Payment Reconciliation.

use serde_json::{Map, Value, json};

use super::super::ErpnextWorld;
use super::super::answer::Shape;
use super::super::errors::Refusal;
use super::super::lists::{json_argument, query_from};
use super::super::request::Args;
use super::super::routes::Answer;
use super::super::site::{Outcome, Right};
use super::{naming, text};

/// The names.
pub(super) const METHODS: [&str; 13] = [
    "run_doc_method",
    "frappe.desk.form.save.savedocs",
    "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
    "frappe.desk.reportview.delete_items",
    "frappe.desk.reportview.get",
    "frappe.desk.reportview.get_count",
    "frappe.desk.form.linked_with.get_submitted_linked_docs",
    "frappe.core.doctype.user.user.generate_keys",
    "frappe.core.doctype.deleted_document.deleted_document.restore",
    "frappe.core.doctype.deleted_document.deleted_document.bulk_restore",
    "erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry",
    "erpnext.accounts.doctype.sales_invoice.sales_invoice.make_sales_return",
    "erpnext.accounts.party.get_party_account",
];

impl ErpnextWorld {
    pub(super) fn desk_method(&mut self, name: &str, args: &Args) -> Outcome<Answer> {
        let value = match name.rsplit('.').next().unwrap_or_default() {
            "run_doc_method" => return self.run_doc_method(args),
            "savedocs" => {
                let Value::Object(doc) = json_argument(args.get("doc"))? else {
                    return Err(Box::new(Refusal::validation("doc is mandatory")));
                };
                let status = match text(args, "action") {
                    "Submit" => Some(1),
                    "Cancel" => Some(2),
                    _ => None,
                };
                let saved = self.save_whole(&doc, status)?;
                return Ok(Answer::under("docs", json!([saved])));
            }
            "submit_cancel_or_update_docs" => self.bulk_action(args)?,
            "delete_items" => {
                // The newest first, each on its own: what may not be deleted is only mentioned.
                let mut items = names(args.get("items"))?;
                items.sort();
                for name in items.iter().rev() {
                    let savepoint = self.store.savepoint();
                    if let Err(refusal) = self.delete(text(args, "doctype"), name) {
                        self.store.roll_back(savepoint);
                        self.messages.extend(refusal.messages);
                    }
                }
                Value::Null
            }
            "get" => self.report_view(args)?,
            "get_count" => {
                let filters = json_argument(args.get("filters"))?;
                json!(self.count(text(args, "doctype"), &filters)?)
            }
            "get_submitted_linked_docs" => self.submitted_links(args)?,
            "restore" => {
                self.restore(text(args, "name"), true)?;
                Value::Null
            }
            "bulk_restore" => {
                let names = names(args.get("docnames"))?;
                self.restore_each(&names)
            }
            "generate_keys" => self.generate_keys(text(args, "user"))?,
            "get_party_account" => {
                let customer = self.fetch("Customer", text(args, "party"))?;
                json!(self.party_account(customer, text(args, "company")))
            }
            "get_payment_entry" => self.payment_for(text(args, "dt"), text(args, "dn"))?,
            _ => self.return_of(text(args, "source_name"))?,
        };
        Ok(Answer::message(value))
    }

    fn run_doc_method(&mut self, args: &Args) -> Outcome<Answer> {
        let method = text(args, "method").to_owned();
        if let Value::Object(doc) = json_argument(args.get("docs"))? {
            match text(&doc, "doctype") {
                "Payment Reconciliation" => {
                    return self.reconciliation(&method, doc, &json_argument(args.get("args"))?);
                }
                naming::FORM => return self.naming_settings(&method, doc),
                _ => {}
            }
        }
        let (doctype, name) = (text(args, "dt").to_owned(), text(args, "dn").to_owned());
        let answer = self.run_method(&doctype, &name, &method, Shape::default())?;
        let doc = answer.body.get("data").cloned().unwrap_or_default();
        let mut answer = Answer::under("docs", json!([doc]));
        answer.body.insert("message".into(), doc);
        Ok(answer)
    }

    fn bulk_action(&mut self, args: &Args) -> Outcome<Value> {
        let doctype = text(args, "doctype").to_owned();
        let method = text(args, "action").to_owned();
        let mut failed = Vec::new();
        let data = match json_argument(args.get("data"))? {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        for name in names(args.get("docnames"))? {
            let status = self.fetch(&doctype, &name)?.docstatus();
            let savepoint = self.store.savepoint();
            let done = match (method.as_str(), status) {
                ("submit", 0) | ("cancel", 1) => self
                    .run_method(&doctype, &name, &method, Shape::default())
                    .map(|_| ()),
                ("update", 0 | 1) => self.update(&doctype, &name, &data).map(|_| ()),
                _ => {
                    failed.push(json!(name));
                    continue;
                }
            };
            if done.is_err() {
                self.store.roll_back(savepoint);
                failed.push(json!(name));
            }
        }
        Ok(Value::Array(failed))
    }

    /// A list as `keys` and `values`.
    fn report_view(&self, args: &Args) -> Outcome<Value> {
        let doctype = text(args, "doctype");
        let mut query = query_from(doctype, args)?;
        let bare = |field: &str| field.trim_matches('`').to_owned();
        let keys: Vec<String> = query
            .fields
            .iter()
            .map(|field| bare(field.rsplit('.').next().unwrap_or(field)))
            .collect();
        query.arrays = true;
        let rows = self.list(&query)?;
        if rows.is_empty() {
            return Ok(json!([]));
        }
        Ok(json!({"keys": keys, "values": rows, "user_info": {}}))
    }

    /// Submitted payments against a document, which cancelling it would touch.
    fn submitted_links(&self, args: &Args) -> Outcome<Value> {
        let name = text(args, "name");
        self.fetch(text(args, "doctype"), name)?;
        let docs: Vec<Value> = self
            .store
            .shelf("Payment Entry")
            .and_then(|shelf| shelf.with_value("references", "reference_name", name))
            .unwrap_or_default()
            .into_iter()
            .filter(|payment| payment.docstatus() == 1)
            .map(|payment| {
                json!({"doctype": payment.doctype, "name": payment.name(), "docstatus": 1})
            })
            .collect();
        Ok(json!({"docs": docs, "count": docs.len()}))
    }

    /// A new secret for a user's API key; the old one is worth nothing from now on.
    fn generate_keys(&mut self, user: &str) -> Outcome<Value> {
        let roles = self.store.get("User", &self.user);
        let manager = roles.is_some_and(|own| {
            own.rows("roles")
                .iter()
                .any(|row| row.text("role") == "System Manager")
        });
        if !manager {
            return Err(Box::new(Refusal::forbidden_silently()));
        }
        self.demand("User", Right::Write, false)?;
        let mut doc = self.fetch("User", user)?.clone();
        let secret = self.new_hash();
        let secret = format!("{}{secret}", &secret[..5]);
        if doc.text("api_key").is_empty() {
            let key = self.new_hash();
            doc.set("api_key", key);
        }
        doc.set("api_secret", secret.as_str());
        let stamp = self.tick();
        doc.set("modified", stamp);
        self.store.put(doc);
        Ok(json!({"api_secret": secret}))
    }
}

fn names(value: Option<&Value>) -> Outcome<Vec<String>> {
    Ok(match json_argument(value)? {
        Value::Array(list) => list
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        Value::String(name) => vec![name],
        _ => Vec::new(),
    })
}

/// Takes keys out of an answer.
pub(super) fn without(map: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        map.shift_remove(*key);
    }
}
