//! Deleting documents, and the traces that leaves.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::answer::Shape;
use super::super::cell::{Cell, Doc};
use super::super::errors::Refusal;
use super::super::site::{Outcome, Right};
use super::super::store::Leftover;

/// How long after a deletion the site's worker has cleared away what was said about the document.
const CLEARED_AFTER: TimeDelta = TimeDelta::milliseconds(500);

impl ErpnextWorld {
    /// Deletes a document as `DELETE` does.
    pub(crate) fn delete(&mut self, doctype: &str, name: &str) -> Outcome<()> {
        self.doctype(doctype)?;
        let Some(mut doc) = self.store.get(doctype, name).cloned() else {
            self.demand(doctype, Right::Write, false)?;
            return Err(Box::new(Refusal::not_found()));
        };
        self.demand(doctype, Right::Write, false)?;
        if doc.docstatus() == 1 {
            let text = self.release().wording.submitted(doctype, doc.name());
            return Err(Box::new(Refusal::validation(text)));
        }
        if doc.doctype == "Customer" {
            for field in ["customer_primary_contact", "customer_primary_address"] {
                doc.set(field, Cell::Null);
            }
            self.store.put(doc.clone());
            self.remove_contacts_of(doc.name())?;
        }
        self.check_not_linked(&doc)?;
        if doc.doctype == "Custom Field" {
            self.drop_custom_field(&doc);
        }
        if doc.doctype == "Property Setter" {
            self.drop_property_setter(&doc);
        }
        self.erase(&doc);
        self.give_number_back(doc.name());
        Ok(())
    }

    /// Takes a document away and writes the `Deleted Document` and `Comment` rows.
    pub(crate) fn erase(&mut self, doc: &Doc) {
        let data = sorted_pretty(&self.doc_json(
            doc,
            Shape {
                nulls: true,
                unsaved: false,
            },
        ));
        self.store.remove(doc.doctype, doc.name());
        self.store.leave(Leftover {
            due: self.now + CLEARED_AFTER,
            doctype: doc.doctype,
            name: doc.name().into(),
        });
        let mut trace = self.trace("Deleted Document");
        trace.set("deleted_doctype", doc.doctype);
        trace.set("deleted_name", doc.name());
        trace.set("data", data);
        self.store.put(trace);
        let mut comment = self.trace("Comment");
        comment.set("comment_type", "Deleted");
        comment.set("reference_doctype", doc.doctype);
        comment.set("subject", format!("{} {}", doc.doctype, doc.name()));
        self.store.put(comment);
    }

    /// Clears away what was said about documents that are gone, which the site's worker does a moment
    /// after their deletion: their versions, the comments on them and what is to be done about them (recording 29#19).
    pub(crate) fn clear_leftovers(&mut self) {
        for leftover in self.store.due_leftovers(self.now) {
            let Leftover { doctype, name, .. } = leftover;
            for (of, kind, target) in [
                ("Version", "ref_doctype", "docname"),
                ("Comment", "reference_doctype", "reference_name"),
                ("ToDo", "reference_type", "reference_name"),
            ] {
                self.store
                    .clear_away(of, target, &name, |doc| doc.text(kind) == doctype);
            }
        }
    }

    /// A new row written by the server itself.
    pub(crate) fn trace(&mut self, doctype: &'static str) -> Doc {
        let mut doc = Doc::new(doctype);
        let (name, stamp) = (self.new_hash(), self.tick());
        doc.set("name", name);
        doc.set("owner", self.user.as_str());
        doc.set("modified_by", self.user.as_str());
        doc.set("creation", stamp.as_str());
        doc.set("modified", stamp);
        doc
    }

    /// Contacts and addresses of a customer alone go first, unless something else points at them.
    fn remove_contacts_of(&mut self, customer: &str) -> Outcome<()> {
        for doctype in ["Contact", "Address"] {
            let linked: Vec<Doc> = self
                .store
                .shelf(doctype)
                .and_then(|shelf| shelf.with_value("links", "link_name", customer))
                .unwrap_or_default()
                .into_iter()
                .cloned()
                .collect();
            for mut doc in linked {
                if doc.rows("links").len() == 1 {
                    self.check_not_linked(&doc)
                        .map_err(|refusal| Box::new(refusal.in_erpnext()))?;
                    self.erase(&doc);
                } else {
                    doc.rows_mut("links")
                        .retain(|row| row.text("link_name") != customer);
                    self.store.put(doc);
                }
            }
        }
        Ok(())
    }

    /// `Customer <a href=…>Name</a>`, as messages point at documents.
    pub(crate) fn linked(&self, doctype: &str, name: &str) -> String {
        let slug = doctype.to_lowercase().replace(' ', "-");
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes())
            .collect::<String>()
            .replace('+', "%20");
        format!(
            "{doctype} <a href=\"{}/{slug}/{encoded}\">{name}</a>",
            self.desk()
        )
    }
}

/// JSON with its keys sorted.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            keys.into_iter()
                .map(|key| (key.clone(), sorted(&map[key])))
                .collect()
        }
        Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// JSON as `frappe.as_json` writes it: keys sorted, one blank of indent.
fn sorted_pretty(value: &Value) -> String {
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, format);
    if serde::Serialize::serialize(&sorted(value), &mut serializer).is_err() {
        return json!({}).to_string();
    }
    String::from_utf8(out).unwrap_or_default()
}
