//! Creating, saving and answering documents, under the rules all document types share. What one
//! type adds of its own is in `customer`, `sales_invoice`, `payment_entry` and `customize`.

pub(crate) mod checks;
mod links;
pub(crate) mod naming;
pub(crate) mod remove;
pub(crate) mod rename;
mod restore;
mod rules;

use serde_json::{Map, Value};

use super::ErpnextWorld;
use super::cell::{Cell, Doc, Row, number_from};
use super::errors::Refusal;
use super::meta::{DocType, Kind};
use super::site::{Outcome, Right};

/// Values as a client sent them.
pub(crate) type Body = Map<String, Value>;

/// What is happening to the document being saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Save,
    Submit,
    UpdateAfterSubmit,
    Cancel,
}

/// Marks a child row the current request added; never stored.
pub(crate) const UNSAVED: &str = "__unsaved";

/// Keys of a body that never set a field.
const NOT_FIELDS: [&str; 8] = [
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
    "doctype",
];

/// A value a client sent, as its field stores it.
pub(crate) fn cell_from(kind: Kind, value: &Value) -> Cell {
    let number = |value: &Value| match value {
        Value::Number(number) => number_from(&number.to_string()),
        Value::String(text) => number_from(text),
        Value::Bool(true) => Some(1.into()),
        _ => None,
    };
    if kind.is_whole() {
        return Cell::Int(Cell::Number(number(value).unwrap_or_default()).as_int());
    }
    if kind.is_decimal() {
        // Columns are decimal(21,9).
        return Cell::Number(number(value).unwrap_or_default().round_dp(9));
    }
    match value {
        Value::Null => Cell::Null,
        Value::String(text) if text.is_empty() && matches!(kind, Kind::Date | Kind::Datetime) => {
            Cell::Null
        }
        Value::String(text) => Cell::Text(
            text.replace("<script>", "&lt;script&gt;")
                .replace("</script>", "&lt;/script&gt;")
                .into_boxed_str(),
        ),
        Value::Bool(flag) => Cell::text(if *flag { "1" } else { "0" }),
        Value::Number(number) => Cell::from(number.to_string()),
        other => Cell::from(other.to_string()),
    }
}

fn docstatus_of(body: &Body) -> Option<i64> {
    match body.get("docstatus")? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

impl ErpnextWorld {
    /// Writes a body over a document; unknown fields are dropped without a word.
    pub(crate) fn fill(&mut self, doc: &mut Doc, body: &Body) -> Outcome<()> {
        let doctype = doc.doctype;
        for (key, value) in body {
            if NOT_FIELDS.contains(&key.as_str()) {
                continue;
            }
            let Some(field) = self.doctype(doctype)?.field(key) else {
                continue;
            };
            let (name, kind, child) = (field.name.clone(), field.kind, field.options.clone());
            let unique = field.unique;
            if kind == Kind::Table {
                let given = match value {
                    Value::Array(list) => list.as_slice(),
                    _ => &[],
                };
                let mut rows = Vec::with_capacity(given.len());
                for value in given {
                    rows.push(self.child_row(&child, value));
                }
                // A list sent replaces the whole table.
                *doc.rows_mut(&name) = rows;
            } else {
                // An empty text in a unique column is stored as NULL.
                let empty = unique && value.as_str().is_some_and(str::is_empty);
                doc.set(
                    name,
                    if empty {
                        Cell::Null
                    } else {
                        self.cell_sent(kind, value)
                    },
                );
            }
        }
        Ok(())
    }

    fn child_row(&mut self, child: &str, value: &Value) -> Row {
        let mut row = Row::default();
        let given = value.as_object().cloned().unwrap_or_default();
        let name = given.get("name").and_then(Value::as_str).map(str::to_owned);
        if let Some(meta) = self.meta.get(child) {
            if name.is_none() {
                set_defaults(meta, &mut row);
            }
            for (key, value) in &given {
                if !NOT_FIELDS.contains(&key.as_str())
                    && let Some(field) = meta.field(key)
                {
                    row.set(field.name.clone(), self.cell_sent(field.kind, value));
                }
            }
        }
        if name.is_none() {
            row.set(UNSAVED, Cell::Int(1));
        }
        let name = name.unwrap_or_else(|| self.new_hash());
        row.set("name", name);
        row
    }

    /// A new document with its defaults and the body's values, not yet named or stored.
    pub(crate) fn draft(&mut self, doctype: &str, body: &Body) -> Outcome<Doc> {
        let meta = self.doctype(doctype)?;
        let mut doc = Doc::new(meta.name);
        set_defaults(meta, &mut doc.row);
        self.fill(&mut doc, body)?;
        Ok(doc)
    }

    /// Creates a document. `name` is a name the client may choose (API v2). Answers the document
    /// as Frappe does, which for a submit in the same request is older than what is stored.
    pub(crate) fn insert(
        &mut self,
        doctype: &str,
        body: &Body,
        name: Option<&str>,
    ) -> Outcome<Doc> {
        self.doctype(doctype)?;
        self.demand(doctype, Right::Write, false)?;
        let mut doc = self.draft(doctype, body)?;
        let docstatus = docstatus_of(body).unwrap_or(0);
        if docstatus == 2 {
            return Err(Box::new(Refusal::silent(
                "DocstatusTransitionError",
                "Cannot change docstatus from 0 (Draft) to 2 (Cancelled)",
            )));
        }
        let submit = docstatus == 1 && self.doctype(doctype)?.is_submittable;
        doc.set("docstatus", Cell::Int(i64::from(submit)));
        let user = self.user.clone();
        doc.set("owner", user.as_str());
        doc.set("modified_by", user.as_str());
        let stamp = self.tick();
        doc.set("creation", stamp.as_str());
        doc.set("modified", stamp);
        self.check_links(&doc)?;
        if doc.doctype == "Customer" && self.release().customer_names_tidied {
            tidy_name(&mut doc)?;
        }
        self.name_document(&mut doc, name)?;
        self.validate(
            &mut doc,
            None,
            if submit { Action::Submit } else { Action::Save },
        )?;
        self.check_fields(&doc)?;
        if doc.doctype == "Webhook Request Log" && self.exists(doc.doctype, doc.name()) {
            // Its names are "hash": a taken one is given up for another, chosen or not (seen on 15 and 16).
            let other = self.new_hash();
            doc.set("name", other);
        }
        if self.exists(doc.doctype, doc.name()) {
            return Err(Box::new(Refusal::duplicate(doc.doctype, doc.name())));
        }
        self.check_unique(&doc)?;
        self.store.put(doc.clone());
        self.after_save(&mut doc, None, body)?;
        if submit {
            self.on_submit(&mut doc, true)?;
            // Under a name the client chose, `modified` stays at the creation (recording 09#24).
            if name.is_some()
                && let Some(mut stored) = self.store.get(doc.doctype, doc.name()).cloned()
            {
                stored.set("modified", stored.row.get("creation").clone());
                doc.set("modified", stored.row.get("creation").clone());
                self.store.put(stored);
            }
        }
        self.keep_version(&doc, None);
        Ok(doc)
    }

    /// Saves changes to a document, submits or cancels it (`docstatus` in the body).
    pub(crate) fn update(&mut self, doctype: &str, name: &str, body: &Body) -> Outcome<Doc> {
        self.doctype(doctype)?;
        let before = match self.fetch(doctype, name) {
            Ok(doc) => doc.clone(),
            Err(refusal) => {
                self.demand(doctype, Right::Write, false)?;
                return Err(refusal);
            }
        };
        self.demand(doctype, Right::Write, false)?;
        if let Some(Value::String(other)) = body.get("name")
            && other != before.name()
        {
            return Err(Box::new(Refusal::missing(&format!(
                "{doctype} {other} not found"
            ))));
        }
        let mut doc = self.loaded(&before);
        self.fill(&mut doc, body)?;
        let stamp = self.tick();
        // Anything sent that is not the stored stamp is an older one, nothing included.
        if let Some(given) = body.get("modified")
            && given.as_str() != Some(before.text("modified"))
        {
            return Err(Box::new(Refusal::stale(&self.release().wording.stale(
                before.doctype,
                before.name(),
                before.text("modified"),
                &stamp,
            ))));
        }
        let wanted = docstatus_of(body).unwrap_or(before.docstatus());
        let action = self.transition(&before, wanted)?;
        doc.set("docstatus", Cell::Int(wanted));
        doc.set("modified", stamp);
        doc.set("modified_by", self.user.as_str());
        if action != Action::Cancel {
            self.check_links(&doc)?;
            if action == Action::UpdateAfterSubmit {
                self.check_constants(&doc, &before)?;
                self.check_fields(&doc)?;
                self.check_after_submit(&doc, &before)?;
            } else {
                self.validate(&mut doc, Some(&before), action)?;
                self.check_fields(&doc)?;
                self.check_constants(&doc, &before)?;
            }
            self.check_unique(&doc)?;
        }
        if action == Action::Cancel {
            self.before_cancel(&mut doc)?;
        }
        self.store.put(doc.clone());
        self.after_save(&mut doc, Some(&before), body)?;
        match action {
            Action::Submit => self.on_submit(&mut doc, false)?,
            Action::Cancel => self.on_cancel(&mut doc)?,
            Action::Save | Action::UpdateAfterSubmit => {}
        }
        self.keep_version(&doc, Some(&before));
        Ok(doc)
    }

    /// A stored document as a save begins with it. A number that is not stored is 0: its column holds
    /// nothing else. Only what a client sends anew can lack a number.
    fn loaded(&self, stored: &Doc) -> Doc {
        let mut doc = stored.clone();
        let Some(meta) = self.meta.get(stored.doctype) else {
            return doc;
        };
        fill_numbers(meta, &mut doc.row);
        for (table, child) in meta.tables() {
            let Some(child) = self.meta.get(child) else {
                continue;
            };
            if !doc.rows(table).is_empty() {
                for row in doc.rows_mut(table) {
                    fill_numbers(child, row);
                }
            }
        }
        doc
    }

    /// A value a client sent, without what the site does not let in.
    fn cell_sent(&self, kind: Kind, value: &Value) -> Cell {
        match value.as_str() {
            Some(text) if self.release().scripts_cut && text.contains("<script") => {
                cell_from(kind, &Value::String(without_scripts(text)))
            }
            _ => cell_from(kind, value),
        }
    }

    fn transition(&self, before: &Doc, wanted: i64) -> Outcome<Action> {
        let names = ["Draft", "Submitted", "Cancelled"];
        let from = before.docstatus();
        match (from, wanted) {
            (0, 1) if self.doctype(before.doctype)?.is_submittable => Ok(Action::Submit),
            (0, 0 | 1) => Ok(Action::Save),
            (1, 1) => Ok(Action::UpdateAfterSubmit),
            (1, 2) => Ok(Action::Cancel),
            (2, _) => Err(Box::new(Refusal::silent(
                "ValidationError",
                "Cannot edit cancelled document",
            ))),
            _ => {
                let name = |status: i64| {
                    usize::try_from(status)
                        .ok()
                        .and_then(|at| names.get(at))
                        .copied()
                        .unwrap_or("?")
                };
                Err(Box::new(Refusal::silent(
                    "DocstatusTransitionError",
                    &format!(
                        "Cannot change docstatus from {from} ({}) to {wanted} ({})",
                        name(from),
                        name(wanted)
                    ),
                )))
            }
        }
    }
}

/// A customer's name without blanks around it; there must be one.
fn tidy_name(doc: &mut Doc) -> Outcome<()> {
    let Cell::Text(name) = doc.row.get("customer_name") else {
        let text = "'NoneType' object has no attribute 'strip'";
        let refusal = Refusal::crash("", "AttributeError", text);
        return Err(Box::new(refusal.in_erpnext()));
    };
    let name = name.trim().to_owned();
    doc.set("customer_name", name);
    Ok(())
}

/// A text without its scripts.
fn without_scripts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, script)) = rest.split_once("<script") {
        out.push_str(before);
        rest = script
            .split_once("</script>")
            .map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Gives a stored row the numbers that must be there and are 0.
fn fill_numbers(meta: &DocType, row: &mut Row) {
    for field in meta.fields().filter(|field| field.required) {
        if (field.kind.is_decimal() || field.kind.is_whole()) && !row.has(&field.name) {
            row.set(field.name.clone(), Cell::Number(0.into()));
        }
    }
}

/// Gives a new row its fields' defaults.
pub(crate) fn set_defaults(meta: &DocType, row: &mut Row) {
    for field in meta.fields() {
        if let Some(cell) = field.default_cell() {
            row.set(field.name.clone(), cell);
        }
    }
}
