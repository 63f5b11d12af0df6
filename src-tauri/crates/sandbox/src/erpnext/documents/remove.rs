//! Deleting documents, and the traces that leaves.

use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::answer::Shape;
use super::super::cell::Doc;
use super::super::errors::{Message, Refusal};
use super::super::site::{Outcome, Right};

impl ErpnextWorld {
    /// Deletes a document as `DELETE` does.
    pub(crate) fn delete(&mut self, doctype: &str, name: &str) -> Outcome<()> {
        self.doctype(doctype)?;
        let Some(doc) = self.store.get(doctype, name).cloned() else {
            self.demand(doctype, Right::Write, false)?;
            return Err(Box::new(Refusal::not_found()));
        };
        self.demand(doctype, Right::Write, false)?;
        if doc.docstatus() == 1 {
            let text = self.release().wording.submitted(doctype, doc.name());
            return Err(Box::new(Refusal::validation(text)));
        }
        self.check_not_linked(&doc)?;
        if doc.doctype == "Customer" {
            self.remove_contacts_of(doc.name());
        }
        if doc.doctype == "Custom Field" {
            self.drop_custom_field(&doc);
        }
        if doc.doctype == "Property Setter" {
            self.drop_property_setter(&doc);
        }
        self.erase(&doc);
        if doc.docstatus() == 0 {
            self.give_number_back(doc.name());
        }
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

    fn remove_contacts_of(&mut self, customer: &str) {
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
                    self.erase(&doc);
                } else {
                    doc.rows_mut("links")
                        .retain(|row| row.text("link_name") != customer);
                    self.store.put(doc);
                }
            }
        }
    }

    fn check_not_linked(&self, doc: &Doc) -> Outcome<()> {
        let name = doc.name();
        let (linked_type, linked_name, row) = match doc.doctype {
            "Sales Invoice" | "Payment Entry" | "Journal Entry" if doc.docstatus() == 2 => {
                let free = self
                    .setting("Accounts Settings", "delete_linked_ledger_entries")
                    .as_int()
                    == 1;
                if free {
                    return Ok(());
                }
                ("GL Entry", "0c8dc9bbce".to_owned(), "")
            }
            "Customer" => {
                let invoice = self
                    .store
                    .shelf("Sales Invoice")
                    .and_then(|shelf| shelf.each_with("customer", name).next())
                    .map(|doc| doc.name().to_owned());
                match invoice {
                    Some(invoice) => ("Sales Invoice", invoice, ""),
                    None => return Ok(()),
                }
            }
            "Account" | "Item" | "UOM" | "Currency" | "Company" => {
                let field = match doc.doctype {
                    "Account" => "income_account",
                    "Item" => "item_code",
                    "UOM" => "uom",
                    other => {
                        if other == "Company" {
                            "company"
                        } else {
                            "currency"
                        }
                    }
                };
                let holder = self.store.shelf("Sales Invoice").and_then(|shelf| {
                    shelf.by_name().find(|invoice| {
                        invoice.text(field) == name
                            || invoice
                                .rows("items")
                                .iter()
                                .any(|row| row.text(field) == name)
                    })
                });
                match holder {
                    Some(invoice) => ("Sales Invoice", invoice.name().to_owned(), " at Row: 1"),
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        let text = format!(
            "Cannot delete or cancel because {} is linked with {} {row}",
            self.linked(doc.doctype, name),
            self.linked(linked_type, &linked_name),
        );
        let text = text.trim_end_matches(' ').to_owned() + if row.is_empty() { " " } else { "" };
        let mut refusal = Refusal::thrown("LinkExistsError", &text, "Message");
        if matches!(doc.doctype, "Customer" | "Item") {
            let advice = format!(
                "You can disable this {} instead of deleting it.",
                doc.doctype
            );
            refusal.exception = Some(format!("frappe.exceptions.LinkExistsError: {advice}"));
            refusal.messages.push(Message::raised(&advice, "Message"));
        }
        Err(Box::new(refusal))
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
