//! The fields on ERPNext's own records that hold their Xero counterpart's identity.
//!
//! They are the truth about which record belongs to which; they survive the loss of our own data,
//! renames and merges, and being unique they let the site's database refuse a second copy.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::site;

/// The field on Customer.
pub const CONTACT: &str = "xero_contact_id";
/// The field on Sales Invoice.
pub const INVOICE: &str = "xero_invoice_id";

/// One marker field: where it is and what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerField {
    /// The DocType it is on.
    pub doctype: &'static str,
    /// Its name.
    pub fieldname: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What the person looking at it reads below it.
    pub description: &'static str,
    /// The field it stands behind.
    pub insert_after: &'static str,
}

/// All marker fields.
pub const ALL: [MarkerField; 2] = [
    MarkerField {
        doctype: "Customer",
        fieldname: CONTACT,
        label: "Xero Contact ID",
        description: "The contact in Xero that Counterfoil keeps in agreement with this customer.",
        insert_after: "tax_id",
    },
    MarkerField {
        doctype: "Sales Invoice",
        fieldname: INVOICE,
        label: "Xero Invoice ID",
        description: "The invoice in Xero that Counterfoil keeps in agreement with this one.",
        insert_after: "po_no",
    },
];

/// How a marker field stands on a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Installed,
    /// Not there.
    Missing,
    /// There, but not with the properties that make it safe (unique, not copied).
    Damaged,
}

/// What a field must be: unique, so that the database refuses a second copy; not copied when a
/// person duplicates or amends a document; read-only for people; writable by us after submission.
const PROPERTIES: [(&str, i64); 4] = [
    ("unique", 1),
    ("no_copy", 1),
    ("read_only", 1),
    ("allow_on_submit", 1),
];

/// How each marker field stands, in the order of [`ALL`].
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn states(client: &Client) -> Result<[State; 2], Error> {
    let names: Vec<String> = ALL.iter().map(MarkerField::docname).collect();
    let rows = client
        .list(&List {
            doctype: "Custom Field",
            parent: None,
            fields: vec![
                "name",
                "fieldtype",
                "unique",
                "no_copy",
                "read_only",
                "allow_on_submit",
            ],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(ALL.map(|field| {
        let docname = field.docname();
        let Some(row) = rows.iter().find(|row| row["name"] == docname) else {
            return State::Missing;
        };
        let sound = row["fieldtype"] == "Data"
            && PROPERTIES
                .iter()
                .all(|(property, value)| number(&row[property]) == Some(*value));
        if sound {
            State::Installed
        } else {
            State::Damaged
        }
    }))
}

/// Installs the fields that are missing and puts right those that are damaged. Does nothing to
/// sound ones.
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn install(client: &Client) -> Result<(), Error> {
    for (field, state) in ALL.iter().zip(states(client).await?) {
        match state {
            State::Installed => {}
            State::Missing => {
                let path = site::doctype("Custom Field");
                match client.write(Method::POST, &path, &field.body()).await {
                    Ok(_) => {}
                    // Someone else was faster.
                    Err(Error::Refused(refusal)) if refusal.message.contains("already exists") => {}
                    Err(error) => return Err(error),
                }
            }
            State::Damaged => {
                let path = site::document("Custom Field", &field.docname());
                client.write(Method::PUT, &path, &field.body()).await?;
            }
        }
    }
    Ok(())
}

/// Removes the fields and with them all markers.
///
/// # Errors
/// See [`Error`].
pub async fn remove(client: &Client) -> Result<(), Error> {
    for (field, state) in ALL.iter().zip(states(client).await?) {
        if state != State::Missing {
            let path = site::document("Custom Field", &field.docname());
            client.write(Method::DELETE, &path, &Value::Null).await?;
        }
    }
    Ok(())
}

impl MarkerField {
    /// The Custom Field's document name, which ERPNext makes of DocType and field name.
    pub fn docname(&self) -> String {
        format!("{}-{}", self.doctype, self.fieldname)
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "dt": self.doctype,
            "fieldname": self.fieldname,
            "label": self.label,
            "fieldtype": "Data",
            "description": self.description,
            "insert_after": self.insert_after,
        });
        for (property, value) in PROPERTIES {
            body[property] = json!(value);
        }
        body
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_bool().map(i64::from))
}

/// Every text under which a marker may be stored: the identity itself, the revisions that an
/// amended document carries because its cancelled original keeps the identity for ever
/// (`<id>#1` …), and the ones that documents replaced by us were moved to (`<id>#r0` …).
pub fn spellings(id: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(id.to_owned())
        .chain((1..=REVISIONS).map(move |n| format!("{id}#{n}")))
        .chain((0..=REVISIONS).map(move |n| format!("{id}#r{n}")))
}

/// How many revisions of one identity are looked for.
pub const REVISIONS: u32 = 9;

/// The identity in a stored marker, and whether it was moved there because the document is to be
/// replaced.
pub fn identity(stored: &str) -> (&str, bool) {
    match stored.split_once('#') {
        Some((id, revision)) => (id, revision.starts_with('r')),
        None => (stored, false),
    }
}

/// Where the marker of a document goes that is cancelled to be replaced: a cancelled document can
/// never be written again and keeps its unique value, so it has to be moved before.
pub fn replaced(id: &str, amendments: u32) -> String {
    format!("{id}#r{}", amendments.min(REVISIONS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read_back_from_all_spellings() {
        let spellings: Vec<String> = spellings("guid").collect();
        assert_eq!(spellings.len(), 20);
        assert!(spellings.contains(&"guid#1".to_owned()));
        assert!(spellings.contains(&replaced("guid", 0)));
        assert!(spellings.iter().all(|text| identity(text).0 == "guid"));
        assert_eq!(identity("guid#2"), ("guid", false));
        assert_eq!(identity("guid#r2"), ("guid", true));
        assert_eq!(identity("guid"), ("guid", false));
    }
}
