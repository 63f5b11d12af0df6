//! How a site names its own invoices and credit notes: by which series, and how far each has come.
//!
//! A series counts by itself and never looks whether a name is in use. Where it comes to one that is, the site
//! refuses the document as existing (409 `DuplicateEntryError`) and gives the number back, so it comes to the same
//! name with every further attempt: it is stopped until somebody moves its counter (seen on 15.75 and 16.9, of
//! series and of Document Naming Rules). How far a series has come is in no list; the form Document Naming
//! Settings, which a System Manager may open, tells it, and what a pattern makes of today.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::{Error, RefusalKind};
use crate::obstacles::Seen;

/// The form that tells of series.
pub const FORM: &str = "Document Naming Settings";

const RUN: &str = "run_doc_method";

/// Digits of a pattern that states none.
const DIGITS: usize = 5;

/// The most names that are looked at ahead of one series.
pub const MOST_AHEAD: usize = 1_000;

/// A series by which the site names invoices and credit notes that people enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// As it is set up: `INV-.####`, or the prefix of a Document Naming Rule.
    pub pattern: String,
    /// What stands before the number, in names of today.
    pub before: String,
    /// What stands behind it.
    pub behind: String,
    /// How many digits the number has at least.
    pub digits: usize,
    /// The number it gave last; 0 where it has given none.
    pub current: u64,
    /// Whether it is a Document Naming Rule's.
    pub by_rule: bool,
}

impl Series {
    /// The name that the series gives with a number.
    pub fn name(&self, number: u64) -> String {
        let Self {
            before,
            behind,
            digits,
            ..
        } = self;
        format!("{before}{number:0digits$}{behind}")
    }

    /// How many digits its numbers have where it stands.
    fn digits_now(&self) -> usize {
        let current = self.current.checked_ilog10().unwrap_or_default() + 1;
        self.digits
            .max(usize::try_from(current).unwrap_or(self.digits))
    }

    /// The number with which the series will come to a name; `None` where it never will, or is past it. Names
    /// are the same in capitals and small letters.
    pub fn ahead(&self, name: &str) -> Option<u64> {
        let name = name.trim();
        let middle = self.before.len()..name.len().checked_sub(self.behind.len())?;
        let number: u64 = name.get(middle)?.parse().ok()?;
        let comes_to = self.name(number).eq_ignore_ascii_case(name);
        (comes_to && number > self.current).then_some(number)
    }
}

/// The series of a site, as of today.
///
/// # Errors
/// See [`Error`]; that the user may not look at them is none.
pub async fn series(client: &Client) -> Result<Seen<Series>, Error> {
    match all(client).await {
        Ok(series) => Ok(Seen::All(series)),
        Err(Error::NotAllowed(_) | Error::Refused(_)) => Ok(Seen::Hidden),
        Err(error) => Err(error),
    }
}

async fn all(client: &Client) -> Result<Vec<Series>, Error> {
    let Some(form) = client.document(FORM, FORM).await? else {
        return Ok(Vec::new());
    };
    let nothing = json!({});
    let options = told(client, &form, "get_options", &nothing);
    let (options, rules) = futures::try_join!(options, rules(client))?;
    let mut found = Vec::new();
    for pattern in options.as_str().unwrap_or_default().lines() {
        let pattern = pattern.trim();
        if pattern.is_empty() {
            continue;
        }
        let tried = json!({"try_naming_series": pattern});
        let tried = told(client, &form, "preview_series", &tried).await?;
        // A pattern that the site itself cannot make a name of gives none.
        let Some((before, behind, digits)) = tried.as_str().and_then(|names| parts(pattern, names))
        else {
            continue;
        };
        let current = told(client, &form, "get_current", &json!({"prefix": before})).await?;
        found.push(Series {
            pattern: pattern.to_owned(),
            before,
            behind,
            digits,
            current: current.as_u64().unwrap_or_default(),
            by_rule: false,
        });
    }
    for rule in rules {
        let text = |field: &str| rule[field].as_str().unwrap_or_default();
        let number = |field: &str| rule[field].as_u64().unwrap_or_default();
        let digits = usize::try_from(number("prefix_digits")).unwrap_or(DIGITS);
        let pattern = format!("{}.{}", text("prefix"), "#".repeat(digits.max(1)));
        let tried = json!({"try_naming_series": pattern});
        let tried = told(client, &form, "preview_series", &tried).await?;
        let Some((before, behind, digits)) =
            tried.as_str().and_then(|names| parts(&pattern, names))
        else {
            continue;
        };
        found.push(Series {
            pattern: text("prefix").to_owned(),
            before,
            behind,
            digits,
            current: number("counter"),
            by_rule: true,
        });
    }
    Ok(found)
}

/// What the form says when one of its methods is called, with these of its fields filled in. It changes nothing.
async fn told(client: &Client, form: &Value, method: &str, fields: &Value) -> Result<Value, Error> {
    let mut filled = form.clone();
    filled["transaction_type"] = json!("Sales Invoice");
    for (field, value) in fields.as_object().into_iter().flatten() {
        filled[field] = value.clone();
    }
    // Without the form's own `modified` it counts as changed since it was opened.
    let arguments = json!({"docs": filled.to_string(), "method": method});
    client.ask(RUN, &arguments).await
}

async fn rules(client: &Client) -> Result<Vec<Value>, Error> {
    let list = List {
        doctype: "Document Naming Rule",
        parent: None,
        fields: vec!["name", "prefix", "prefix_digits", "counter"],
        filters: vec![
            json!(["document_type", "=", "Sales Invoice"]),
            json!(["disabled", "=", 0]),
        ],
        order_by: "priority desc",
        limit: 0,
    };
    match client.list(&list).await {
        Ok(rows) => Ok(rows.to_values()),
        Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What stands before and behind the number in the names of a pattern, and its digits, from the first two names
/// that the site makes of it; `None` where it makes none.
fn parts(pattern: &str, names: &str) -> Option<(String, String, usize)> {
    let hashes = pattern.split('.').find(|part| part.starts_with('#'));
    let digits = hashes.map_or(DIGITS, str::len);
    let mut names = names.lines();
    let (first, second) = (names.next()?, names.next()?);
    let mut both = first.bytes().zip(second.bytes());
    let last = both.position(|(one, other)| one != other)?;
    let start = (last + 1).checked_sub(digits)?;
    let number: u64 = first.get(start..=last)?.parse().ok()?;
    let behind = first.get(last + 1..)?;
    (number == 1).then(|| (first[..start].to_owned(), behind.to_owned(), digits))
}

/// The names of documents on the site that a series has not come to yet, at most [`MOST_AHEAD`] of as many digits as
/// it has now and as many of one digit more, which as texts stand before these.
///
/// # Errors
/// See [`Error`].
pub async fn ahead(client: &Client, series: &Series) -> Result<Vec<String>, Error> {
    let Series { before, behind, .. } = series;
    let list = |filters| List {
        doctype: "Sales Invoice",
        parent: None,
        fields: vec!["name"],
        filters,
        order_by: "name asc",
        limit: MOST_AHEAD,
    };
    let now = list(vec![
        json!(["name", "like", format!("{before}%")]),
        json!(["name", ">", series.name(series.current)]),
    ]);
    let longer = "_".repeat(series.digits_now() + 1);
    let longer = list(vec![json!([
        "name",
        "like",
        format!("{before}{longer}{behind}")
    ])]);
    let (now, longer) = futures::try_join!(client.list(&now), client.list(&longer))?;
    let names: BTreeSet<String> = (now.iter().chain(longer.iter()))
        .filter_map(|row| Some(row.str("name")?.to_owned()))
        .filter(|name| series.ahead(name).is_some())
        .collect();
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn series(pattern: &str, names: &str, current: u64) -> Series {
        let (before, behind, digits) = parts(pattern, names).unwrap();
        Series {
            pattern: pattern.to_owned(),
            before,
            behind,
            digits,
            current,
            by_rule: false,
        }
    }

    #[test]
    fn a_pattern_is_told_by_the_names_that_the_site_makes_of_it() {
        let table = [
            ("INV-.####", "INV-0001\nINV-0002\nINV-0003", ("INV-", "", 4)),
            (
                "ACC-SINV-.YYYY.-",
                "ACC-SINV-2026-00001\nACC-SINV-2026-00002\nACC-SINV-2026-00003",
                ("ACC-SINV-2026-", "", 5),
            ),
            (".###.-.YY.", "001-26\n002-26\n003-26", ("", "-26", 3)),
            ("2000.##", "200001\n200002\n200003", ("2000", "", 2)),
        ];
        for (pattern, names, (before, behind, digits)) in table {
            let told = parts(pattern, names).unwrap();
            assert_eq!(
                told,
                (before.to_owned(), behind.to_owned(), digits),
                "{pattern}"
            );
        }
        for names in [
            "",
            "INV-0001",
            "Failed to generate names from the series\n'NoneType'",
            "same\nsame",
        ] {
            assert_eq!(parts("INV-.####", names), None, "{names}");
        }
    }

    #[test]
    fn names_that_a_series_will_come_to_are_those_it_would_give_itself() {
        let inv = series("INV-.####", "INV-0001\nINV-0002\nINV-0003", 120);
        assert_eq!(inv.name(121), "INV-0121");
        assert_eq!(inv.ahead("INV-0121"), Some(121));
        assert_eq!(inv.ahead(" inv-0500 "), Some(500));
        assert_eq!(inv.ahead("INV-12000"), Some(12_000));
        for never in [
            "INV-0120",
            "INV-121",
            "INV-00121",
            "INV-0121-1",
            "INV-0121 (2)",
            "INV-",
            "IN",
            "ÎNV-0121",
            "SINV-0121",
            "INV-+121",
        ] {
            assert_eq!(inv.ahead(never), None, "{never}");
        }
        let behind = series(".###.-.YY.", "001-26\n002-26", 0);
        assert_eq!(behind.ahead("007-26"), Some(7));
        assert_eq!(behind.ahead("007-27"), None);
    }

    #[test]
    fn a_series_has_more_digits_than_its_pattern_once_it_is_there() {
        for (current, digits) in [(0, 4), (120, 4), (9_999, 4), (10_000, 5)] {
            let inv = series("INV-.####", "INV-0001\nINV-0002", current);
            assert_eq!(inv.digits_now(), digits, "{current}");
        }
    }
}
