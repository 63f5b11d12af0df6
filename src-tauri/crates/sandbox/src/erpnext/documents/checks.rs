//! The checks every document passes before it is stored: links, mandatory values, choices,
//! lengths, unique values, and what a submitted document refuses.

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row};
use super::super::errors::{Message, Refusal};
use super::super::meta::{DocType, Field, Kind};
use super::super::site::{Outcome, date};

const DATA_LENGTH: usize = 140;

/// One row of a document with its type: the document itself, then its child rows.
struct Part<'a> {
    meta: &'a DocType,
    row: &'a Row,
    /// Position in its table from 1; 0 for the document itself.
    idx: usize,
}

impl ErpnextWorld {
    fn parts<'a>(&'a self, doc: &'a Doc) -> Vec<Part<'a>> {
        let Some(meta) = self.meta.get(doc.doctype) else {
            return Vec::new();
        };
        let mut parts = vec![Part {
            meta,
            row: &doc.row,
            idx: 0,
        }];
        for (table, child) in meta.tables() {
            if let Some(meta) = self.meta.get(child) {
                parts.extend(doc.rows(table).iter().enumerate().map(|(at, row)| Part {
                    meta,
                    row,
                    idx: at + 1,
                }));
            }
        }
        parts
    }

    /// Every link names an existing document, and on a document that is submitted one day no
    /// cancelled one.
    pub(crate) fn check_links(&self, doc: &Doc) -> Outcome<()> {
        let submittable = self.doctype(doc.doctype)?.is_submittable;
        let (mut missing, mut cancelled) = (Vec::new(), Vec::new());
        for Part { meta, row, idx } in self.parts(doc) {
            for field in meta.fields() {
                let Cell::Text(value) = row.get(&field.name) else {
                    continue;
                };
                let target = match field.kind {
                    Kind::Link => field.options.as_ref(),
                    Kind::DynamicLink => row.text(&field.options),
                    _ => continue,
                };
                if value.is_empty() || target == "DocType" {
                    continue;
                }
                // Types this site does not model have no documents to point at.
                let found = self.store.get(target, value);
                let place = if idx == 0 {
                    format!("{}: {value}", field.label)
                } else {
                    format!("Row #{idx}: {}: {value}", field.label)
                };
                match found {
                    None if field.fetched && !self.release().fetched_links_missed => {}
                    None => missing.push(place),
                    Some(found) => {
                        let gone = found.docstatus() == 2 && field.name != "amended_from";
                        if submittable && gone {
                            cancelled.push(place);
                        }
                    }
                }
            }
        }
        let (class, text) = if !missing.is_empty() {
            (
                "LinkValidationError",
                format!("Could not find {}", missing.join(", ")),
            )
        } else if !cancelled.is_empty() {
            (
                "CancelledLinkError",
                format!("Cannot link cancelled document: {}", cancelled.join(", ")),
            )
        } else {
            return Ok(());
        };
        Err(Box::new(Refusal::thrown(class, &text, "Message")))
    }

    /// Mandatory values, choices, dates and lengths.
    pub(crate) fn check_fields(&self, doc: &Doc) -> Outcome<()> {
        let parts = self.parts(doc);
        let mut missing = Vec::new();
        let mut messages = Vec::new();
        for Part { meta, row, idx } in &parts {
            for field in meta.fields().filter(|field| field.required) {
                if field.kind == Kind::Table {
                    if doc.rows(&field.name).is_empty() {
                        missing.push(field.name.to_string());
                        let text = self.release().wording.no_rows(&field.label);
                        messages.push(Message::plain(text));
                    }
                    continue;
                }
                let cell = row.get(&field.name);
                // A number typed as 0 is a value, one never given is not.
                let absent = match cell {
                    Cell::Null => true,
                    Cell::Text(text) => text.trim().is_empty(),
                    Cell::Int(_) | Cell::Number(_) => false,
                };
                if !absent {
                    continue;
                }
                missing.push(field.name.to_string());
                messages.push(Message::plain(if *idx == 0 {
                    format!("Error: Value missing for {}: {}", meta.name, field.label)
                } else {
                    format!(
                        "Error: <strong>{}</strong> Row #{idx}: Value missing for: {}",
                        meta.name, field.label
                    )
                }));
            }
        }
        if !missing.is_empty() {
            let mut refusal = Refusal::silent(
                "MandatoryError",
                &format!("[{}, {}]: {}", doc.doctype, doc.name(), missing.join(", ")),
            );
            refusal.messages = messages;
            return Err(Box::new(refusal));
        }
        for part in &parts {
            self.check_values(doc, part)?;
        }
        Ok(())
    }

    /// No other document holds one of this document's unique values.
    pub(crate) fn check_unique(&self, doc: &Doc) -> Outcome<()> {
        let (Some(meta), Some(shelf)) = (self.meta.get(doc.doctype), self.store.shelf(doc.doctype))
        else {
            return Ok(());
        };
        for field in meta.fields().filter(|field| field.unique) {
            let value = doc.text(&field.name);
            if !value.is_empty() && shelf.holder(&field.name, value, doc.name()).is_some() {
                return Err(Box::new(Refusal::not_unique(
                    doc.doctype,
                    doc.name(),
                    &field.name,
                    &field.label,
                    value,
                )));
            }
        }
        self.check_unique_rows(doc)
    }

    /// Fields set once keep their value.
    pub(crate) fn check_constants(&self, doc: &Doc, before: &Doc) -> Outcome<()> {
        for field in self.doctype(doc.doctype)?.fields() {
            if field.constant && doc.row.get(&field.name) != before.row.get(&field.name) {
                return Err(Box::new(Refusal::thrown(
                    "CannotChangeConstantError",
                    &format!(
                        "Value cannot be changed for <strong>{}</strong>",
                        field.label
                    ),
                    "Message",
                )));
            }
        }
        Ok(())
    }

    /// A submitted document keeps every field that is not open after submission.
    pub(crate) fn check_after_submit(&self, doc: &Doc, before: &Doc) -> Outcome<()> {
        let meta = self.doctype(doc.doctype)?;
        let mut repost = changed_after_submit(meta, doc, before)?;
        for (table, child) in meta.tables() {
            let Some(child) = self.meta.get(child) else {
                continue;
            };
            let open = meta.field(table).is_some_and(|field| field.allow_on_submit);
            let then = before.rows(table);
            for (at, row) in doc.rows(table).iter().enumerate() {
                let old = then.iter().find(|old| old.get("name") == row.get("name"));
                match old {
                    Some(old) => repost |= changed_row(child, row, old, at + 1)?,
                    None if open => {}
                    // As many rows as before, but another one: looked up, and not found.
                    None => return Err(Box::new(Refusal::no_row(child.name))),
                }
            }
        }
        if repost {
            return Err(Box::new(Refusal::business(format!(
                "<strong>{}</strong> is not allowed to be reposted. Modify <strong><a href=\"{}/repost-accounting-ledger-settings/Repost%20Accounting%20Ledger%20Settings\">Repost Accounting Ledger Settings</a></strong> to enable reposting.",
                doc.doctype,
                self.desk()
            ))));
        }
        Ok(())
    }
}

/// Refuses a change to a closed field of a document or to the number of rows in a closed table;
/// tells whether an open one asks for a ledger repost.
fn changed_after_submit(meta: &DocType, now: &Doc, then: &Doc) -> Outcome<bool> {
    let mut repost = false;
    for field in meta.fields() {
        if field.kind == Kind::Table {
            let (new, old) = (now.rows(&field.name).len(), then.rows(&field.name).len());
            if new != old && !field.allow_on_submit {
                let (old, new) = (old.to_string(), new.to_string());
                return Err(Box::new(not_allowed("", &field.label, &old, &new)));
            }
            continue;
        }
        repost |= changed_field(field, &now.row, &then.row, 0)?;
    }
    Ok(repost)
}

/// The same for a row, counted from 1.
fn changed_row(meta: &DocType, now: &Row, then: &Row, idx: usize) -> Outcome<bool> {
    let mut repost = false;
    for field in meta.fields() {
        repost |= changed_field(field, now, then, idx)?;
    }
    Ok(repost)
}

fn changed_field(field: &Field, now: &Row, then: &Row, idx: usize) -> Outcome<bool> {
    let (new, old) = (now.get(&field.name), then.get(&field.name));
    let same = if field.kind.is_decimal() || field.kind.is_whole() {
        new.as_number() == old.as_number()
    } else {
        new.as_text() == old.as_text()
    };
    if same {
        return Ok(false);
    }
    if field.allow_on_submit {
        return Ok(field.needs_repost);
    }
    let prefix = if idx == 0 {
        String::new()
    } else {
        format!("Row #{idx}:")
    };
    // A link that is taken away is an empty text by then.
    let emptied = Cell::text("");
    let new = match (new, field.kind) {
        (Cell::Null, Kind::Link | Kind::DynamicLink) => &emptied,
        (cell, _) => cell,
    };
    let shown = |cell: &Cell| {
        if field.kind.is_decimal() {
            Cell::Number(cell.as_number()).shown()
        } else if field.kind.is_whole() {
            Cell::Int(cell.as_int()).shown()
        } else {
            cell.shown()
        }
    };
    Err(Box::new(not_allowed(
        &prefix,
        &field.label,
        &shown(old),
        &shown(new),
    )))
}

fn not_allowed(prefix: &str, label: &str, old: &str, new: &str) -> Refusal {
    Refusal::thrown(
        "UpdateAfterSubmitError",
        &format!(
            "{prefix} Not allowed to change <strong>{label}</strong> after submission from <strong>{old}</strong> to <strong>{new}</strong>"
        ),
        "Cannot Update After Submit",
    )
}

impl ErpnextWorld {
    fn check_values(&self, doc: &Doc, part: &Part<'_>) -> Outcome<()> {
        let Part { meta, row, idx } = part;
        for field in meta.fields() {
            let Cell::Text(value) = row.get(&field.name) else {
                continue;
            };
            if value.is_empty() {
                continue;
            }
            match field.kind {
                Kind::Select
                    if field.name != "naming_series"
                        && !field.options.is_empty()
                        && !field
                            .options
                            .split(';')
                            .any(|choice| choice == value.as_ref()) =>
                {
                    let prefix = if *idx == 0 {
                        String::new()
                    } else {
                        format!("Row #{idx}:")
                    };
                    let choices: Vec<String> = field
                        .options
                        .split(';')
                        .filter(|choice| !choice.is_empty())
                        .map(|choice| format!("\"{choice}\""))
                        .collect();
                    return Err(Box::new(Refusal::validation(format!(
                        "{prefix} {} cannot be \"{value}\". It should be one of {}",
                        field.label,
                        choices.join(", ")
                    ))));
                }
                Kind::Date if !value.contains(|c: char| c.is_ascii_digit()) => {
                    return Err(Box::new(Refusal::validation(format!(
                        "{value} is not a valid date string."
                    ))));
                }
                Kind::Date if date(value).is_none() => {
                    return Err(Box::new(Refusal::crash(
                        self.release().database,
                        "OperationalError",
                        &format!(
                            "(1292, \"Incorrect date value: '{value}' for column `erp`.`tab{}`.`{}` at row 1\")",
                            meta.name, field.name
                        ),
                    )));
                }
                Kind::Data | Kind::Link | Kind::DynamicLink | Kind::Select
                    if value.chars().count() > DATA_LENGTH =>
                {
                    let place = if *idx == 0 {
                        format!("{} {}", doc.doctype, doc.name())
                    } else {
                        format!("{} {}, Row {idx}", doc.doctype, doc.name())
                    };
                    return Err(Box::new(Refusal::thrown(
                        "CharacterLengthExceededError",
                        &format!(
                            "{place}: '<strong>{}</strong>' ({value}) will get truncated, as max characters allowed is {DATA_LENGTH}",
                            field.label
                        ),
                        "Value too big",
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
