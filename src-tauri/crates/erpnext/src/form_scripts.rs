//! The scripts in ERPNext's own forms that let people amend a document of ours.
//!
//! When a person presses *Amend*, the form copies every field of the cancelled document, those too that
//! are never to be copied (`frappe.model.copy_doc` with `from_amend`, 15 and 16). The copy would carry our
//! unique identities, which the cancelled document keeps for ever, so it could not be saved: 417
//! `UniqueValidationError`. No property of a field changes that, and what a site could do about it itself
//! (a Server Script) is switched off on most. So each document type that can be amended gets a Client
//! Script that empties our fields on a new amendment: before the form is shown, and once more before it is
//! saved. A document that is not new, or amends nothing, is left alone.
//!
//! A script is ours by its name and by its first line, which holds a digest of the rest. One that nobody
//! changed is brought up to date; one that a person changed or switched off stays as it is and is said.

use std::fmt::Write as _;

use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::client::{Client, List};
use crate::error::{Error, RefusalKind};
use crate::journal::Journal;
use crate::marker_fields;
use crate::site;

/// The document type of the scripts.
pub const DOCTYPE: &str = "Client Script";

/// What is written into a script; goes up with every change of the text.
const EDITION: u32 = 1;

const TEXT: &str = include_str!("form_scripts/amend.js");

/// How a script's first line begins.
const OPENING: &str = "/* Counterfoil form script";

/// How many document types can be amended that carry our fields.
pub const COUNT: usize = 3;

/// A script in the form of one document type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormScript {
    /// The document type.
    pub doctype: &'static str,
    /// Its child tables with fields of ours: the table's field and its document type.
    rows: &'static [(&'static str, &'static str)],
}

/// All of them.
pub const ALL: [FormScript; COUNT] = [
    FormScript {
        doctype: "Sales Invoice",
        rows: &[("payments", "Sales Invoice Payment")],
    },
    FormScript {
        doctype: "Payment Entry",
        rows: &[
            ("references", "Payment Entry Reference"),
            ("deductions", "Payment Entry Deduction"),
        ],
    },
    FormScript {
        doctype: "Journal Entry",
        rows: &[("accounts", "Journal Entry Account")],
    },
];

/// How a script stands on a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be, or of a later edition.
    Installed,
    /// Not there.
    Missing,
    /// Ours, of an earlier edition.
    Outdated,
    /// Somebody changed it.
    Changed,
    /// Somebody switched it off.
    Disabled,
}

impl State {
    /// Whether [`install`] does something about it.
    pub const fn to_install(self) -> bool {
        matches!(self, State::Missing | State::Outdated)
    }
}

impl FormScript {
    /// The document's name on the site.
    pub fn docname(&self) -> String {
        format!("Counterfoil: Amend {}", self.doctype)
    }

    /// The script, as it is installed. White space in it may change without changing what it does, so
    /// that it can be copied from a page by hand.
    pub fn text(&self) -> String {
        let rest = self.code();
        format!(
            "{OPENING} {EDITION} {}: an amendment does not take the cancelled document's identity in \
             Xero along. */\n{rest}",
            digest(&rest)
        )
    }

    fn code(&self) -> String {
        let rows: serde_json::Map<String, Value> = self
            .rows
            .iter()
            .map(|(table, doctype)| ((*table).to_owned(), json!(fields_of(doctype))))
            .collect();
        TEXT.replace("{doctype}", self.doctype)
            .replace("{own}", &json!(fields_of(self.doctype)).to_string())
            .replace("{rows}", &Value::Object(rows).to_string())
    }

    /// The document that installs it.
    fn body(&self) -> Value {
        json!({
            "name": self.docname(),
            "dt": self.doctype,
            "view": "Form",
            "enabled": 1,
            "script": self.text(),
        })
    }

    fn state(&self, row: Option<&Value>) -> State {
        let Some(row) = row else {
            return State::Missing;
        };
        let Some(edition) = self.edition(row) else {
            return State::Changed;
        };
        if row["enabled"] != 1 {
            State::Disabled
        } else if edition < EDITION {
            State::Outdated
        } else {
            State::Installed
        }
    }

    /// The edition of a script on the site; `None` where it is not as we wrote it.
    fn edition(&self, row: &Value) -> Option<u32> {
        if row["dt"] != self.doctype || row["view"] != "Form" {
            return None;
        }
        let (first, rest) = row["script"].as_str()?.trim().split_once("*/")?;
        let mut words = first.strip_prefix(OPENING)?.split_whitespace();
        let edition = words.next()?.parse().ok()?;
        let stated = words.next()?.trim_end_matches(':');
        (stated == digest(rest)).then_some(edition)
    }
}

/// Our fields of a document type.
fn fields_of(doctype: &str) -> Vec<&'static str> {
    marker_fields::ALL
        .iter()
        .filter(|field| field.doctype == doctype)
        .map(|field| field.fieldname)
        .collect()
}

/// What tells whether anybody changed a script; white space does not count.
fn digest(code: &str) -> String {
    let words: Vec<&str> = code.split_whitespace().collect();
    let mut text = String::new();
    for byte in Sha256::digest(words.join(" ").as_bytes()).iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// How each script stands, in the order of [`ALL`].
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn states(client: &Client) -> Result<[State; COUNT], Error> {
    let names: Vec<String> = ALL.iter().map(FormScript::docname).collect();
    let rows = client
        .list(&List {
            doctype: DOCTYPE,
            parent: None,
            fields: vec!["name", "dt", "view", "enabled", "script"],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?
        .to_values();
    Ok(ALL.map(|script| {
        let name = script.docname();
        script.state(rows.iter().find(|row| row["name"] == name))
    }))
}

/// Installs the scripts that are missing and brings up to date those that nobody changed. Does nothing to
/// others. Each request is written into the journal first.
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn install(client: &Client, journal: &dyn Journal) -> Result<(), Error> {
    for (script, state) in ALL.iter().zip(states(client).await?) {
        match state {
            State::Installed | State::Changed | State::Disabled => {}
            State::Missing => {
                let path = site::doctype(DOCTYPE);
                let body = script.body();
                match client
                    .write_journalled(journal, Method::POST, &path, &body)
                    .await
                {
                    Ok(_) => {}
                    // Someone else was faster.
                    Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::NameTaken => {}
                    Err(error) => return Err(error),
                }
            }
            State::Outdated => {
                let path = site::document(DOCTYPE, &script.docname());
                let body = json!({"script": script.text()});
                client
                    .write_journalled(journal, Method::PUT, &path, &body)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Removes the scripts, those too that somebody changed.
///
/// # Errors
/// See [`Error`].
pub async fn remove(client: &Client, journal: &dyn Journal) -> Result<(), Error> {
    for (script, state) in ALL.iter().zip(states(client).await?) {
        if state != State::Missing {
            let path = site::document(DOCTYPE, &script.docname());
            client
                .write_journalled(journal, Method::DELETE, &path, &Value::Null)
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(script: &FormScript) -> Value {
        script.body()
    }

    #[test]
    fn every_field_of_ours_on_what_can_be_amended_is_emptied() {
        let named: Vec<(&str, &str)> = ALL
            .iter()
            .flat_map(|script| {
                std::iter::once(script.doctype).chain(script.rows.iter().map(|(_, rows)| *rows))
            })
            .flat_map(|doctype| fields_of(doctype).into_iter().map(move |it| (doctype, it)))
            .collect();
        let all: Vec<(&str, &str)> = marker_fields::ALL
            .iter()
            .filter(|field| field.doctype != "Customer")
            .map(|field| (field.doctype, field.fieldname))
            .collect();
        for field in &all {
            assert!(named.contains(field), "{field:?}");
        }
        assert_eq!(named.len(), all.len());
        for script in ALL {
            let text = script.text();
            assert!(!text.contains(['{', '}']) || !text.contains("{own}"));
            assert!(text.contains(&format!("on(\"{}\"", script.doctype)));
            for (table, doctype) in script.rows {
                assert!(text.contains(&format!("\"{table}\":[\"{}\"", fields_of(doctype)[0])));
            }
        }
    }

    #[test]
    fn a_script_that_nobody_changed_is_told_from_one_that_somebody_did() {
        let script = ALL[0];
        let with = |field: &str, value: Value| {
            let mut row = row(&script);
            row[field] = value;
            script.state(Some(&row))
        };
        assert_eq!(script.state(None), State::Missing);
        assert_eq!(script.state(Some(&row(&script))), State::Installed);
        // Copied from a page by hand, or stored with other line ends.
        let words: Vec<String> = script
            .text()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(with("script", json!(words.join(" "))), State::Installed);
        let returns = script.text().replace('\n', "\r\n");
        assert_eq!(with("script", json!(returns)), State::Installed);
        assert_eq!(with("enabled", json!(0)), State::Disabled);
        let changed = script.text().replace("validate", "after_save");
        assert_eq!(with("script", json!(changed)), State::Changed);
        assert_eq!(with("script", json!("")), State::Changed);
        assert_eq!(with("script", Value::Null), State::Changed);
        assert_eq!(with("dt", json!("Journal Entry")), State::Changed);
        assert_eq!(with("view", json!("List")), State::Changed);
    }

    #[test]
    fn an_earlier_edition_is_brought_up_to_date_and_a_later_one_stays() {
        let script = ALL[0];
        let edition = |edition: u32| {
            let code = "frappe.ui.form.on(\"Sales Invoice\", {});";
            let mut row = row(&script);
            row["script"] = json!(format!(
                "{OPENING} {edition} {}: x */\n{code}",
                digest(code)
            ));
            script.state(Some(&row))
        };
        assert_eq!(edition(EDITION - 1), State::Outdated);
        assert_eq!(edition(EDITION + 1), State::Installed);
    }
}
