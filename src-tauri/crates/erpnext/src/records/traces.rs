//! What the lists of documents do not show: deletions, renames and merges (erpnext/FACTS §9).
//!
//! A deleted document is in no list; a renamed Customer keeps its invoices' `modified`; neither sends
//! an event that could be missed or not. Both leave a row behind: a Deleted Document, and a Comment.

use serde_json::json;

use super::changes::Place;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::Row;

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
}

/// A document that was given another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The DocType.
    pub doctype: String,
    /// The name it had.
    pub from: String,
    /// The name it has had since.
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
        })
    }))
}

/// The renames of documents of these DocTypes after a place, oldest first: the only trace is a
/// Comment on the new name.
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
        json!(["content", "like", "renamed from%"]),
    ];
    if !from.modified.is_empty() {
        filters.push(json!(["creation", ">=", from.modified]));
    }
    let rows = client
        .list(&List {
            doctype: "Comment",
            parent: None,
            fields: vec!["name", "creation", "reference_doctype", "content"],
            filters,
            order_by: "creation asc, name asc",
            limit: PAGE,
        })
        .await?;
    Ok(traces(&rows, from, |row| {
        let content = row.text("content").ok()??;
        let (from, to) = renamed(&content)?;
        Some(Rename {
            doctype: row.text("reference_doctype").ok()??,
            from,
            to,
            at: row.text("creation").ok()??,
        })
    }))
}

fn traces<T>(
    rows: &[serde_json::Value],
    from: &Place,
    read: impl Fn(Row<'_>) -> Option<T>,
) -> Traces<T> {
    let mut next = from.clone();
    if let Some(last) = rows.last() {
        let text = |field: &str| last[field].as_str().unwrap_or_default().to_owned();
        next = Place {
            modified: text("creation"),
            name: text("name"),
        };
    }
    Traces {
        found: rows
            .iter()
            .filter_map(|row| read(Row::new(row).ok()?))
            .collect(),
        // A full page that does not move on would be read for ever.
        more: rows.len() >= PAGE && next.modified > from.modified,
        next,
    }
}

/// The names in `renamed from <strong>A</strong> to <strong>B</strong>`.
fn renamed(content: &str) -> Option<(String, String)> {
    let inner = |text: &str| -> Option<(String, usize)> {
        let start = text.find("<strong>")? + "<strong>".len();
        let end = start + text.get(start..)?.find("</strong>")?;
        Some((crate::error::plain_text(text.get(start..end)?), end))
    };
    let (from, end) = inner(content)?;
    let (to, _) = inner(content.get(end..)?)?;
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_rename() {
        assert_eq!(
            renamed("renamed from <strong>A &amp; B</strong> to <strong>C</strong>"),
            Some(("A & B".to_owned(), "C".to_owned()))
        );
        assert_eq!(renamed("renamed from A to B"), None);
    }
}
