//! `/api/method/…`: the remote procedures clients use.

mod desk;
mod mappers;
mod naming;
mod reconciliation;

use http::Method;
use serde_json::{Map, Value, json};

use super::ErpnextWorld;
use super::answer::{Shape, cell_json, standard_kind};
use super::documents::Body;
use super::errors::{Message, Refusal};
use super::lists::{json_argument, query_from};
use super::request::Args;
use super::routes::Answer;
use super::site::{Outcome, Right};

/// The largest number of documents one `insert_many` takes.
const INSERTS: usize = 200;

pub(crate) const NULLS: Shape = Shape {
    nulls: true,
    unsaved: false,
};

/// Functions of the site that no client may call.
const PRIVATE: [&str; 1] = ["frappe.model.rename_doc.rename_doc"];

fn flag(args: &Args, key: &str) -> bool {
    match args.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::String(flag)) => matches!(flag.as_str(), "1" | "true"),
        _ => false,
    }
}

fn text<'a>(args: &'a Args, key: &str) -> &'a str {
    args.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl ErpnextWorld {
    /// Calls a remote procedure.
    pub(crate) fn method(&mut self, name: &str, method: &Method, args: &Args) -> Outcome<Answer> {
        if name == "ping" {
            return Ok(Answer::message(json!("pong")));
        }
        if let Some(value) = self.realtime_method(name, args)? {
            return Ok(Answer::message(value));
        }
        if PRIVATE.contains(&name) {
            return Err(Box::new(Refusal::not_whitelisted(name)));
        }
        let known = matches!(
            name,
            "frappe.auth.get_logged_user"
                | "frappe.utils.change_log.get_versions"
                | "frappe.client.get_list"
                | "frappe.client.get_count"
                | "frappe.client.get"
                | "frappe.client.get_value"
                | "frappe.client.get_single_value"
                | "frappe.client.has_permission"
                | "frappe.client.insert"
                | "frappe.client.insert_many"
                | "frappe.client.save"
                | "frappe.client.set_value"
                | "frappe.client.bulk_update"
                | "frappe.client.submit"
                | "frappe.client.cancel"
                | "frappe.client.delete"
                | "frappe.client.rename_doc"
                | "frappe.rename_doc"
                | "frappe.model.rename_doc.update_document_title"
        ) || desk::METHODS.contains(&name);
        if !known {
            let why = match name.rsplit_once('.') {
                Some((module, _)) => format!("No module named '{module}'"),
                None => format!("'{name}'"),
            };
            return Err(Box::new(Refusal::validation(format!(
                "Failed to get method for command {name} with {why}"
            ))));
        }
        let guest_may = matches!(
            name,
            "frappe.client.get_list" | "frappe.client.get" | "frappe.client.get_value"
        );
        if self.user == "Guest" && !guest_may {
            return Err(Box::new(Refusal::not_whitelisted(name)));
        }
        let writes = matches!(
            name.rsplit('.').next().unwrap_or_default(),
            "insert"
                | "insert_many"
                | "save"
                | "set_value"
                | "bulk_update"
                | "submit"
                | "cancel"
                | "delete"
                | "rename_doc"
                | "update_document_title"
                | "run_doc_method"
                | "savedocs"
                | "submit_cancel_or_update_docs"
                | "delete_items"
                | "generate_keys"
                | "restore"
                | "bulk_restore"
        );
        if writes {
            if *method == Method::GET {
                return Err(Box::new(Refusal::forbidden_silently()));
            }
            if self.read_only {
                return Err(Box::new(Refusal::read_only()));
            }
        }
        if desk::METHODS.contains(&name) {
            return self.desk_method(name, args);
        }
        let value = match name {
            "frappe.auth.get_logged_user" => json!(self.user),
            "frappe.utils.change_log.get_versions" => {
                // Frappe and ERPNext of one release go together.
                let frappe = if self.claimed.is_some() {
                    format!("{}.0.0", self.major())
                } else {
                    self.release().frappe.to_owned()
                };
                json!({
                    "frappe": {"title": "Frappe Framework", "description": "Full stack web framework with Python, Javascript, MariaDB, Redis, Node", "branch": "", "version": frappe},
                    "erpnext": {"title": "ERPNext", "description": "ERP made simple", "branch": "", "version": self.said_version()},
                })
            }
            "frappe.client.get_list" => {
                let query = query_from(text(args, "doctype"), args)?;
                return Ok(Answer::listed("message", self.list_text(&query)?));
            }
            "frappe.client.get_count" => {
                let filters = json_argument(args.get("filters"))?;
                json!(self.count(text(args, "doctype"), &filters)?)
            }
            "frappe.client.get" => self.client_get(args)?,
            "frappe.client.get_value" => self.client_get_value(args)?,
            "frappe.client.get_single_value" => {
                let doctype = text(args, "doctype");
                self.demand(doctype, Right::Read, false)?;
                let field = text(args, "field");
                let kind = self
                    .doctype(doctype)?
                    .field(field)
                    .map_or(super::meta::Kind::Data, |field| field.kind);
                cell_json(self.setting(doctype, field), kind)
            }
            "frappe.client.has_permission" => {
                let right = match text(args, "perm_type") {
                    "" | "read" | "select" | "print" | "export" | "report" => Right::Read,
                    _ => Right::Write,
                };
                json!({ "has_permission": self.may(text(args, "doctype"), right) })
            }
            "frappe.client.insert" => {
                let doc = document_argument(args.get("doc"))?;
                let doc = self.insert(text(&doc, "doctype"), &doc, None)?;
                self.doc_json(
                    &doc,
                    Shape {
                        nulls: true,
                        unsaved: true,
                    },
                )
            }
            "frappe.client.insert_many" => self.insert_many(args)?,
            "frappe.client.save" => {
                let doc = document_argument(args.get("doc"))?;
                self.save_whole(&doc, None)?
            }
            "frappe.client.submit" => {
                let doc = document_argument(args.get("doc"))?;
                self.save_whole(&doc, Some(1))?
            }
            "frappe.client.cancel" => {
                let body = docstatus(2);
                let doc = self.update(text(args, "doctype"), text(args, "name"), &body)?;
                self.doc_json(&doc, NULLS)
            }
            "frappe.client.set_value" => self.set_value(args)?,
            "frappe.client.bulk_update" => self.bulk_update(args)?,
            "frappe.client.delete" => {
                self.delete(text(args, "doctype"), text(args, "name"))?;
                Value::Null
            }
            "frappe.client.rename_doc" => json!(self.rename(
                text(args, "doctype"),
                text(args, "old_name"),
                text(args, "new_name"),
                flag(args, "merge"),
            )?),
            "frappe.rename_doc" => json!(self.rename(
                text(args, "doctype"),
                text(args, "old"),
                text(args, "new"),
                flag(args, "merge"),
            )?),
            _ => {
                let new = match text(args, "name") {
                    "" => text(args, "title"),
                    name => name,
                };
                let merge = flag(args, "merge");
                let name = self.rename(text(args, "doctype"), text(args, "docname"), new, merge)?;
                if !text(args, "title").is_empty() {
                    self.messages
                        .push(Message::plain("Saved").coloured("green").alert());
                }
                json!(name)
            }
        };
        Ok(Answer::message(value))
    }

    fn client_get(&self, args: &Args) -> Outcome<Value> {
        let doctype = text(args, "doctype");
        self.doctype(doctype)?;
        self.demand(doctype, Right::Read, false)?;
        let name = match text(args, "name") {
            "" => self.first_match(doctype, &json_argument(args.get("filters"))?)?,
            name => Some(name.to_owned()),
        };
        let name = name.unwrap_or_else(|| "None".to_owned());
        Ok(self.doc_json(self.fetch(doctype, &name)?, NULLS))
    }

    fn first_match(&self, doctype: &str, filters: &Value) -> Outcome<Option<String>> {
        let mut args = Args::new();
        args.insert("filters".into(), filters.clone());
        args.insert("limit".into(), json!("1"));
        let rows = self.list(&query_from(doctype, &args)?)?;
        Ok(rows
            .first()
            .and_then(|row| row.get("name"))
            .and_then(Value::as_str)
            .map(str::to_owned))
    }

    fn client_get_value(&self, args: &Args) -> Outcome<Value> {
        let doctype = text(args, "doctype");
        let fields: Vec<String> = match json_argument(args.get("fieldname"))? {
            Value::Array(list) => list
                .iter()
                .filter_map(|field| field.as_str().map(str::to_owned))
                .collect(),
            Value::String(field) => vec![field],
            _ => vec!["name".to_owned()],
        };
        let meta = self.doctype(doctype)?;
        if meta.is_single {
            self.demand(doctype, Right::Read, false)?;
            // A settings document answers its fields in alphabetical order.
            let mut sorted = fields.clone();
            sorted.sort();
            let mut map = Map::new();
            for name in sorted {
                let kind = meta
                    .field(&name)
                    .map_or(super::meta::Kind::Data, |field| field.kind);
                // Settings are stored as text, numbers too.
                let value = match cell_json(self.setting(doctype, &name), kind) {
                    Value::Number(number) => json!(number.to_string()),
                    other => other,
                };
                map.insert(name.clone(), value);
            }
            return Ok(Value::Object(map));
        }
        self.demand(doctype, Right::Read, true)?;
        let filters = json_argument(args.get("filters"))?;
        let Some(name) = self.first_match(doctype, &filters)? else {
            return Ok(json!({}));
        };
        let doc = self.fetch(doctype, &name)?;
        let mut map = Map::new();
        for name in fields {
            let column = self.column(doctype, &name)?;
            let kind = standard_kind(&name).unwrap_or(column.kind);
            map.insert(name.clone(), cell_json(doc.row.get(&name), kind));
        }
        Ok(Value::Object(map))
    }

    fn insert_many(&mut self, args: &Args) -> Outcome<Value> {
        let docs = match json_argument(args.get("docs"))? {
            Value::Array(docs) => docs,
            _ => Vec::new(),
        };
        if docs.len() > INSERTS {
            return Err(Box::new(Refusal::validation(format!(
                "Only {INSERTS} inserts allowed in one request"
            ))));
        }
        let mut names = Vec::with_capacity(docs.len());
        for doc in &docs {
            let body = document_argument(Some(doc))?;
            let doc = self.insert(text(&body, "doctype"), &body, None)?;
            names.push(json!(doc.name()));
        }
        Ok(Value::Array(names))
    }

    /// Saves a document sent whole: without its current `modified` it counts as stale. One that the
    /// window made and that is not stored yet (`__islocal`) is created, under a name of the site's.
    pub(super) fn save_whole(&mut self, body: &Body, status: Option<i64>) -> Outcome<Value> {
        let (doctype, name) = (
            text(body, "doctype").to_owned(),
            text(body, "name").to_owned(),
        );
        if flag(body, "__islocal") {
            let mut body = body.clone();
            body.shift_remove("name");
            body.insert("docstatus".into(), json!(status.unwrap_or_default()));
            let doc = self.insert(&doctype, &body, None)?;
            return Ok(self.doc_json(&doc, NULLS));
        }
        let stored = self.fetch(&doctype, &name)?.text("modified").to_owned();
        if text(body, "modified") != stored {
            let stamp = self.tick();
            return Err(Box::new(Refusal::stale(
                &self
                    .release()
                    .wording
                    .stale(&doctype, &name, &stored, &stamp),
            )));
        }
        let mut body = body.clone();
        if let Some(status) = status {
            body.insert("docstatus".into(), json!(status));
        }
        let doc = self.update(&doctype, &name, &body)?;
        Ok(self.doc_json(&doc, NULLS))
    }

    fn set_value(&mut self, args: &Args) -> Outcome<Value> {
        let mut body = Body::new();
        match json_argument(args.get("fieldname"))? {
            Value::Object(map) => body = map,
            Value::String(field) => {
                body.insert(field, args.get("value").cloned().unwrap_or(Value::Null));
            }
            _ => {}
        }
        let (doctype, name) = (text(args, "doctype"), text(args, "name"));
        let doc = self.update(doctype, name, &body)?;
        Ok(self.doc_json(&doc, NULLS))
    }

    /// Not one transaction: what fails is listed, the rest is saved.
    fn bulk_update(&mut self, args: &Args) -> Outcome<Value> {
        let docs = match json_argument(args.get("docs"))? {
            Value::Array(docs) => docs,
            _ => Vec::new(),
        };
        let mut failed = Vec::new();
        for doc in docs {
            let mut body = document_argument(Some(&doc))?;
            let (doctype, name) = (
                text(&body, "doctype").to_owned(),
                text(&body, "docname").to_owned(),
            );
            body.shift_remove("doctype");
            body.shift_remove("docname");
            let savepoint = self.store.savepoint();
            let row = self
                .meta
                .get(doctype.as_str())
                .is_some_and(|meta| meta.is_table);
            let saved = if row {
                self.update_row(&doctype, &name, &body)
            } else {
                self.update(&doctype, &name, &body).map(|_| ())
            };
            if let Err(refusal) = saved {
                self.store.roll_back(savepoint);
                let exc = format!(
                    "Traceback (most recent call last):\n  File \"apps/frappe/frappe/client.py\", line 271, in bulk_update\n{}\n",
                    refusal.exception.clone().unwrap_or_else(|| format!(
                        "frappe.exceptions.{}: {}",
                        refusal.exc_type,
                        refusal.text()
                    ))
                );
                self.messages.extend(refusal.messages.iter().cloned());
                failed.push(json!({ "doc": doc, "exc": exc }));
            }
        }
        Ok(json!({ "failed_docs": failed }))
    }
}

fn docstatus(status: i64) -> Body {
    let mut body = Body::new();
    body.insert("docstatus".into(), json!(status));
    body
}

fn document_argument(value: Option<&Value>) -> Outcome<Body> {
    match json_argument(value)? {
        Value::Object(map) => Ok(map),
        _ => Err(Box::new(Refusal::crash(
            "",
            "AttributeError",
            "'NoneType' object has no attribute 'get'",
        ))),
    }
}
