//! Documents by name alone: whether they are there, and how they stand. One call for thousands, where
//! whole documents take four for each thousand.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::changes::{FORM, Reading};
use super::credit_notes::credit_note_scope;
use super::invoices::invoice_scope;
use super::journals::journal_scope;
use super::payments::payment_scope;
use super::tills::till_scope;
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::Row;

/// How many names to list at once: some two hundred kilobytes.
pub const NAMES: usize = 2_000;

/// How long a job may take between stamping a document and storing it. Frappe ends its longest
/// ordinary jobs after 25 minutes (queue "long").
pub const LONGEST_JOB: Duration = Duration::minutes(30);

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Customers.
    Customers,
    /// The company's Sales Invoices that are no returns.
    Invoices,
    /// The company's Sales Invoices that are returns.
    CreditNotes,
    /// The company's Payment Entries of Customers.
    Payments,
    /// The company's Journal Entries that name Customers.
    Journals,
    /// The company's Sales Invoices that were paid at the till.
    Tills,
}

impl Listed {
    /// The DocType.
    pub const fn doctype(self) -> &'static str {
        match self {
            Listed::Customers => "Customer",
            Listed::Invoices | Listed::CreditNotes | Listed::Tills => "Sales Invoice",
            Listed::Payments => "Payment Entry",
            Listed::Journals => "Journal Entry",
        }
    }

    /// Whether a document of the DocType is one of these. Invoices and returns are of one DocType, and the
    /// name that one of them had may be the other's.
    pub fn is_one(self, document: &Value) -> bool {
        match self {
            Listed::Customers | Listed::Payments | Listed::Journals => true,
            Listed::Invoices => document["is_return"] != 1,
            Listed::Tills => document["is_pos"] == 1 && document["is_return"] != 1,
            Listed::CreditNotes => document["is_return"] == 1,
        }
    }

    fn scope(self, chart: &Chart) -> Vec<Value> {
        match self {
            Listed::Customers => Vec::new(),
            Listed::Invoices => invoice_scope(chart),
            Listed::CreditNotes => credit_note_scope(chart),
            Listed::Payments => payment_scope(chart),
            Listed::Journals => journal_scope(chart),
            Listed::Tills => till_scope(chart),
        }
    }
}

/// A document as a list of names says it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// When it was last saved, as sent.
    pub modified: String,
    /// When it was made, as sent.
    pub created: String,
}

/// How these documents stand; those that are not there, or not to be seen, are not in the answer.
///
/// # Errors
/// See [`Error`].
pub async fn by_name(
    client: &Client,
    chart: &Chart,
    what: Listed,
    names: &[&str],
) -> Result<Vec<Standing>, Error> {
    let mut found = Vec::new();
    for some in names.chunks(NAMES) {
        let filter = json!(["name", "in", some]);
        let rows = list(client, chart, what, vec![filter], "name asc", 0).await?;
        // The database compares names without case and accents; identities are exact.
        found.extend(rows.into_iter().filter(|row| some.contains(&&*row.name)));
    }
    Ok(found)
}

/// The next documents after a name, in the order of the site's database; all of them have been listed
/// where fewer come than [`NAMES`].
///
/// # Errors
/// See [`Error`].
pub async fn after(
    client: &Client,
    chart: &Chart,
    what: Listed,
    name: &str,
) -> Result<Vec<Standing>, Error> {
    let mut filters = Vec::new();
    if !name.is_empty() {
        filters.push(json!(["name", ">", name]));
    }
    list(client, chart, what, filters, "name asc", NAMES).await
}

/// The documents that were saved recently enough for a job to have stored them only after a pass
/// went by: from [`LONGEST_JOB`] before the pass before this one began. Empty where it is not known
/// when that was: everything has just been read then, or nothing can be said.
///
/// # Errors
/// See [`Error`].
pub async fn recent(
    client: &Client,
    chart: &Chart,
    what: Listed,
    read: &Reading,
) -> Result<Vec<Standing>, Error> {
    let Some(mut from) = read.since.and_then(|since| local(since, &chart.time_zone)) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<Standing> = Vec::new();
    loop {
        let filters = vec![json!(["modified", ">=", from])];
        let rows = list(
            client,
            chart,
            what,
            filters,
            "modified asc, name asc",
            NAMES,
        )
        .await?;
        let full = rows.len() >= NAMES;
        let last = rows.last().map(|row| row.modified.clone());
        found.extend(rows);
        match last {
            Some(last) if full && last > from => from = last,
            // A whole page of one moment is a bulk update: the comparison of all names finds it.
            _ => return Ok(found),
        }
    }
}

/// From when on what is recent is looked for, in the site's local time.
fn local(since: DateTime<Utc>, time_zone: &str) -> Option<String> {
    let zone = time_zone.parse::<chrono_tz::Tz>().ok()?;
    let from = (since - LONGEST_JOB).with_timezone(&zone);
    Some(from.format(FORM).to_string())
}

async fn list(
    client: &Client,
    chart: &Chart,
    what: Listed,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Standing>, Error> {
    filters.extend(what.scope(chart));
    let rows = client
        .list(&List {
            doctype: what.doctype(),
            parent: None,
            fields: vec!["name", "modified", "creation"],
            filters,
            order_by,
            limit,
        })
        .await?;
    let text = |row: Row<'_>, field: &str| row.str(field).unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .map(|row| Standing {
            name: text(row, "name"),
            modified: text(row, "modified"),
            created: text(row, "creation"),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recent_begins_a_long_job_before_the_last_pass_did() {
        let since = "2026-06-22T10:00:00Z".parse().unwrap_or_default();
        assert_eq!(
            local(since, "Europe/London").as_deref(),
            Some("2026-06-22 10:30:00.000000")
        );
        assert_eq!(local(since, "nowhere"), None);
    }
}
