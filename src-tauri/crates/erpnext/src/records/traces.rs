//! What the lists of documents do not show: deletions, renames and merges (erpnext/FACTS §9).
//!
//! A deleted document is in no list; a renamed Customer keeps its invoices' `modified`; neither sends
//! an event that could be missed or not. Both leave a row behind: a Deleted Document, and a Comment.

use serde_json::json;

use super::changes::Place;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{Row, Rows};

/// How many traces to read at once.
const PAGE: usize = 500;

/// A document that was deleted, or merged into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The DocType.
    pub doctype: String,
    /// The name it had. The next new document may get it again, so that it was deleted does not say
    /// that there is none of that name.
    pub name: String,
    /// When, in the site's local time, as sent.
    pub at: String,
    /// Whether it was restored since.
    pub restored: bool,
    /// The name of the row that says so.
    pub trace: String,
}

/// A document that was given another name, or merged into the one that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The DocType.
    pub doctype: String,
    /// The name it had.
    pub from: String,
    /// The name it has had since, or the document it was merged into.
    pub to: String,
    /// When, in the site's local time, as sent.
    pub at: String,
}

/// Traces, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces<T> {
    /// What was found, oldest first.
    pub found: Vec<T>,
    /// Where to go on.
    pub next: Place,
    /// Whether there may be more now.
    pub more: bool,
}

/// The deletions of these DocTypes after a place, oldest first. Rows turn up late as they do
/// everywhere ([`super::changes`]), so a new pass should begin with [`Place::back`].
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn deletions(
    client: &Client,
    doctypes: &[&str],
    from: &Place,
) -> Result<Traces<Deletion>, Error> {
    let mut filters = vec![json!(["deleted_doctype", "in", doctypes])];
    if !from.modified.is_empty() {
        filters.push(json!(["creation", ">=", from.modified]));
    }
    let rows = client
        .list(&List {
            doctype: "Deleted Document",
            parent: None,
            fields: vec![
                "name",
                "creation",
                "deleted_doctype",
                "deleted_name",
                "restored",
            ],
            filters,
            order_by: "creation asc, name asc",
            limit: PAGE,
        })
        .await?;
    Ok(traces(&rows, from, |row| {
        Some(Deletion {
            doctype: row.text("deleted_doctype").ok()??,
            name: row.name("deleted_name").ok()?,
            at: row.text("creation").ok()??,
            restored: row.flag("restored").unwrap_or_default(),
            trace: row.name("name").ok()?,
        })
    }))
}

/// The renames and merges of documents of these DocTypes after a place, oldest first: the only trace is
/// a Comment on the new name. Its words are in the language of whoever renamed it ("renamed from A to
/// B", "merged A into B"), so it goes by what is emphasised; a merge leaves a [`Deletion`] of the old
/// name as well (observed on 15 and 16).
///
/// # Errors
/// See [`Error`].
pub async fn renames(
    client: &Client,
    doctypes: &[&str],
    from: &Place,
) -> Result<Traces<Rename>, Error> {
    let mut filters = vec![
        json!(["comment_type", "=", "Edit"]),
        json!(["reference_doctype", "in", doctypes]),
        json!(["content", "like", "%<strong>%<strong>%"]),
    ];
    if !from.modified.is_empty() {
        filters.push(json!(["creation", ">=", from.modified]));
    }
    let rows = client
        .list(&List {
            doctype: "Comment",
            parent: None,
            fields: vec![
                "name",
                "creation",
                "reference_doctype",
                "reference_name",
                "content",
            ],
            filters,
            order_by: "creation asc, name asc",
            limit: PAGE,
        })
        .await?;
    Ok(traces(&rows, from, |row| {
        let content = row.text("content").ok()??;
        let to = row.name("reference_name").ok()?;
        let from = renamed(&content, &to)?;
        Some(Rename {
            doctype: row.text("reference_doctype").ok()??,
            from,
            to,
            at: row.text("creation").ok()??,
        })
    }))
}

fn traces<T>(rows: &Rows, from: &Place, read: impl Fn(Row<'_>) -> Option<T>) -> Traces<T> {
    let mut next = from.clone();
    if let Some(last) = rows.last() {
        let text = |field: &str| last.str(field).unwrap_or_default().to_owned();
        next = Place {
            modified: text("creation"),
            name: text("name"),
        };
    }
    Traces {
        found: rows.iter().filter_map(read).collect(),
        // A full page that does not move on would be read for ever.
        more: rows.len() >= PAGE && next.modified > from.modified,
        next,
    }
}

/// The other of two emphasised names, one of which is the one the document has now.
fn renamed(content: &str, now: &str) -> Option<String> {
    let inner = |text: &str| -> Option<(String, usize)> {
        let start = text.find("<strong>")? + "<strong>".len();
        let end = start + text.get(start..)?.find("</strong>")?;
        // A name may hold several blanks in a row (observed on 15 and 16).
        Some((crate::error::without_entities(text.get(start..end)?), end))
    };
    let (first, end) = inner(content)?;
    let (second, _) = inner(content.get(end..)?)?;
    match (first == now, second == now) {
        (true, true) => None,
        (true, false) => Some(second),
        // Or neither: it was renamed again since, and its comments went along.
        (false, _) => Some(first),
    }
}

/// What deleted documents said that nothing else tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// The Customers that deleted Addresses and Contacts belonged to: what a Customer says has changed then,
    /// and neither it nor any list says so.
    pub owners: Vec<String>,
    /// Deleted Customers that carried our marker, by name, with the identity in it. One that was renamed is
    /// deleted under a name that nobody may have read, and the comment about the rename goes with it.
    pub markers: Vec<(String, String)>,
    /// The rows of deleted documents that each may have been a payment of its own.
    pub rows: Vec<DeletedRow>,
}

/// A row of a document that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRow {
    /// The document's type.
    pub doctype: &'static str,
    /// The document's name.
    pub document: String,
    /// The row's name; `None` for the document as a whole.
    pub row: Option<String>,
}

/// Reads what is left of deleted documents. `traces` are [`Deletion::trace`].
///
/// # Errors
/// See [`Error`].
pub async fn remains(client: &Client, traces: &[&str]) -> Result<Remains, Error> {
    let mut remains = Remains::default();
    for some in traces.chunks(PAGE) {
        let rows = client
            .list(&List {
                doctype: "Deleted Document",
                parent: None,
                fields: vec!["name", "deleted_doctype", "deleted_name", "data"],
                filters: vec![json!(["name", "in", some])],
                order_by: "name asc",
                limit: 0,
            })
            .await?;
        for row in rows.iter() {
            let data = row.str("data").unwrap_or_default();
            let document = serde_json::from_str(data).unwrap_or_default();
            let name = row.str("deleted_name").map(str::to_owned);
            match (row.str("deleted_doctype"), name) {
                (Some("Customer"), name) => {
                    remains.markers.extend(name.zip(marker_of(&document)));
                }
                (Some(doctype), Some(name)) if let Some(table) = paying_rows(doctype) => {
                    remains.rows.extend(rows_of(&document, table, &name));
                }
                _ => remains.owners.extend(customers_of(&document)),
            }
        }
    }
    remains.owners.sort();
    remains.owners.dedup();
    Ok(remains)
}

/// The document types that are read as several payments: the type, and the table of its rows.
const PAYING: [(&str, &str); 3] = [
    ("Payment Entry", "deductions"),
    ("Journal Entry", "accounts"),
    ("Sales Invoice", "payments"),
];

fn paying_rows(doctype: &str) -> Option<(&'static str, &'static str)> {
    PAYING.into_iter().find(|(of, _)| *of == doctype)
}

/// The rows of a document that each may have been a payment. A Journal Entry of ours is one as a whole.
fn rows_of<'a>(
    document: &'a serde_json::Value,
    (doctype, table): (&'static str, &str),
    name: &'a str,
) -> impl Iterator<Item = DeletedRow> + use<'a> {
    let rows = document[table].as_array().into_iter().flatten();
    let named = rows.filter_map(|row| Some(row["name"].as_str()?.to_owned()));
    let whole = (doctype == "Journal Entry").then_some(None);
    named.map(Some).chain(whole).map(move |row| DeletedRow {
        doctype,
        document: name.to_owned(),
        row,
    })
}

/// The identity that a Customer carried.
fn marker_of(customer: &serde_json::Value) -> Option<String> {
    let stored = customer[marker_fields::CONTACT].as_str()?;
    let (identity, _) = marker_fields::identity(stored);
    (!identity.is_empty()).then(|| identity.to_owned())
}

/// The Customers in the links of a document.
fn customers_of(document: &serde_json::Value) -> Vec<String> {
    document["links"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|link| link["link_doctype"] == "Customer")
        .filter_map(|link| link["link_name"].as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_before_a_rename_or_a_merge_in_any_language() {
        for (content, now, before) in [
            (
                "renamed from <strong>A &amp; B</strong> to <strong>C</strong>",
                "C",
                Some("A & B"),
            ),
            (
                "merged <strong>A</strong> into <strong>C</strong>",
                "C",
                Some("A"),
            ),
            (
                "<strong>C</strong> hiess <strong>A</strong>",
                "C",
                Some("A"),
            ),
            (
                "renamed from <strong>A</strong> to <strong>B</strong>",
                "C",
                Some("A"),
            ),
            (
                "renamed from <strong>Peat  moss</strong> to <strong>Zoe's  &amp; Co</strong>",
                "Zoe's  & Co",
                Some("Peat  moss"),
            ),
            ("renamed from A to B", "B", None),
            ("<strong>C</strong> <strong>C</strong>", "C", None),
        ] {
            assert_eq!(renamed(content, now).as_deref(), before, "{content}");
        }
    }

    #[test]
    fn whose_address_it_was() {
        let links = json!({"links":[{"link_doctype":"Customer","link_name":"A"},
            {"link_doctype":"Supplier","link_name":"S"}]});
        assert_eq!(customers_of(&links), ["A"]);
        assert!(customers_of(&json!(null)).is_empty());
    }

    #[test]
    fn which_rows_of_a_deleted_document_may_have_been_payments() {
        let rows = |doctype: &str, document: serde_json::Value| -> Vec<Option<String>> {
            let table = paying_rows(doctype);
            let found = table.map(|table| rows_of(&document, table, "D").collect::<Vec<_>>());
            let found = found.into_iter().flatten();
            found.map(|it| it.row).collect()
        };
        let two = json!([{"name": "a"}, {"name": "b"}]);
        let named = || vec![Some("a".to_owned()), Some("b".to_owned())];
        assert_eq!(rows("Payment Entry", json!({"deductions": two})), named());
        assert_eq!(rows("Sales Invoice", json!({"payments": two})), named());
        let whole = [named(), vec![None]].concat();
        assert_eq!(rows("Journal Entry", json!({"accounts": two})), whole);
        assert_eq!(rows("Sales Invoice", json!({"items": two})), []);
        assert_eq!(paying_rows("Address"), None);
    }

    #[test]
    fn which_contact_a_deleted_customer_was() {
        let marked = |stored: &str| marker_of(&json!({"xero_contact_id": stored}));
        assert_eq!(marked("c-1").as_deref(), Some("c-1"));
        assert_eq!(marked("c-1#2").as_deref(), Some("c-1"));
        assert_eq!(marked(""), None);
        assert_eq!(marker_of(&json!(null)), None);
    }
}
