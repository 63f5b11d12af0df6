//! Reading whole lists, a page at a time, in bounded memory.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use net::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Row;
use super::client::{Call, Client};
use super::dates::{self, Day, Instant};
use super::position::{PageFacts, Position};
use super::read::{LARGEST_PAGE, rows};
use crate::error::{self, XeroError};

/// A kind of record that Xero lists in pages.
pub trait Listed: DeserializeOwned {
    /// Below `api.xro/2.0/`, and the name of the array in the answer.
    const NAME: &'static str;
    /// The member that holds its id.
    const ID: &'static str;
    /// The member that holds what a person calls it.
    const TITLE: &'static str;
    /// What is asked for besides the page, so that nothing is left out.
    const QUERY: &'static [(&'static str, &'static str)];
    /// Whether the list can be asked for without lines (specification, `summaryOnly`).
    const SUMMARY: bool = false;

    /// When it last changed.
    fn updated(&self) -> Option<Instant>;
}

/// One page, and where to go on.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows in Xero's order. Rows may repeat between pages.
    pub rows: Vec<Row<T>>,
    /// Where to go on, now or at the next pass.
    pub next: Position,
    /// Whether to go on at once.
    pub more: bool,
    /// How many rows this pass has in all, where Xero says.
    pub total: Option<u64>,
}

impl Client {
    /// One page of a list, the largest Xero gives, oldest change first.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn page<T: Listed>(&self, position: &Position) -> Result<Page<T>, XeroError> {
        if position.is_beginning() {
            self.let_settle().await?;
        }
        self.page_now(position).await
    }

    /// [`Client::page`] without waiting, for somebody who does not read the whole list.
    ///
    /// # Errors
    /// [`XeroError`].
    pub(super) async fn page_now<T: Listed>(
        &self,
        position: &Position,
    ) -> Result<Page<T>, XeroError> {
        let call = paged(listing::<T>(), position.since, position.page);
        let answer = self.exchange(&call).await?;
        let members = Members::of(&answer)?;
        let pagination = members.value("pagination");
        let number = |key: &str| pagination.get(key).and_then(Value::as_u64);
        let (total, pages) = (number("itemCount"), number("pageCount"));
        let size = number("pageSize")
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(LARGEST_PAGE);
        let answered = members.value("DateTimeUTC").as_str().and_then(dates::parse);
        let rows = members.rows::<T>(answer.body())?;
        let last = rows.is_empty()
            || pages.map_or(rows.len() < size, |pages| {
                u64::try_from(position.page).is_ok_and(|page| page >= pages)
            });
        let changes = rows.iter().filter_map(changed).collect();
        let (next, more) = position.after(&PageFacts {
            changes,
            last,
            total,
            answered,
        });
        Ok(Page {
            rows,
            next,
            more,
            total: position.total.or(total),
        })
    }
}

/// A record as a list of identities says it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id, in lower case.
    pub id: String,
    /// When it last changed.
    pub updated: Option<Instant>,
    /// When it is due, of a document that is.
    pub due: Option<Day>,
}

/// One page of a list of identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingPage {
    /// The records in the order of their ids.
    pub rows: Vec<Standing>,
    /// Whether there are pages after it.
    pub more: bool,
    /// How many there are in all, where Xero says.
    pub total: Option<u64>,
}

impl Client {
    /// One page, from 1, of all records of a kind by identity: a thousand in a call. In the order of
    /// their ids, which never change, and nothing leaves a list of Xero's: what is created meanwhile
    /// shifts records to a later page, so one may come twice and none is left out.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn standing<T: Listed>(&self, page: usize) -> Result<StandingPage, XeroError> {
        let mut call = paged(listing::<T>(), None, page);
        call.query.retain(|(name, _)| *name != "order");
        call = call.with("order", format!("{} ASC", T::ID));
        if T::SUMMARY {
            call = call.with("summaryOnly", "true");
        }
        let answer = self.exchange(&call).await?;
        let members = Members::of(&answer)?;
        let pagination = members.value("pagination");
        let number = |key: &str| pagination.get(key).and_then(Value::as_u64);
        let missing = || XeroError::Garbage(format!("{} is missing", T::NAME));
        let rows: Vec<Value> = members
            .0
            .get(T::NAME)
            .and_then(|list| serde_json::from_str(list.get()).ok())
            .ok_or_else(missing)?;
        let full = rows.len() >= LARGEST_PAGE;
        let more = number("pageCount").map_or(full, |pages| {
            u64::try_from(page).is_ok_and(|page| page < pages)
        });
        Ok(StandingPage {
            more: more && !rows.is_empty(),
            total: number("itemCount"),
            rows: rows
                .iter()
                .filter_map(|row| {
                    Some(Standing {
                        id: row.get(T::ID)?.as_str()?.to_lowercase(),
                        updated: row
                            .get("UpdatedDateUTC")
                            .and_then(Value::as_str)
                            .and_then(dates::parse)
                            .map(Instant),
                        due: ["DueDateString", "DueDate"]
                            .into_iter()
                            .find_map(|key| row.get(key)?.as_str())
                            .and_then(dates::parse)
                            .map(|at| Day(at.date_naive())),
                    })
                })
                .collect(),
        })
    }
}

/// The members of a list answer, whose rows are read one by one from their own text: a page of a
/// thousand invoices is never held as a tree of values.
#[derive(Default)]
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    fn of(answer: &'a Response) -> Result<Self, XeroError> {
        match serde_json::from_slice(answer.body()) {
            Ok(members) => Ok(Self(members)),
            // No object: it has no members, or is no JSON at all.
            Err(_) => error::json(answer).map(|_| Self::default()),
        }
    }

    /// A small member; null where there is none.
    fn value(&self, name: &str) -> Value {
        self.0
            .get(name)
            .and_then(|text| serde_json::from_str(text.get()).ok())
            .unwrap_or_default()
    }

    fn rows<T: Listed>(&self, body: &Bytes) -> Result<Vec<Row<T>>, XeroError> {
        let missing = || XeroError::Garbage(format!("{} is missing", T::NAME));
        let list = self.0.get(T::NAME).ok_or_else(missing)?;
        let rows: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| missing())?;
        rows.into_iter()
            .map(|text| {
                Row::from_page(body, text, T::ID, T::TITLE)
                    .map_err(|error| XeroError::Garbage(format!("{}: {error}", T::NAME)))
            })
            .collect()
    }
}

/// The call that lists a kind, without a page.
pub(super) fn listing<T: Listed>() -> Call {
    T::QUERY
        .iter()
        .fold(Call::get(T::NAME), |call, (name, value)| {
            call.with(name, *value)
        })
}

/// The rows of a list answer, each read by itself.
pub(super) fn read_rows<T: Listed>(value: Value) -> Result<Vec<Row<T>>, XeroError> {
    Ok(rows(value, T::NAME)?
        .into_iter()
        .map(|row| Row::from_value(row, T::ID, T::TITLE))
        .collect())
}

/// Asks for the largest page, oldest change first.
pub(super) fn paged(call: Call, since: Option<DateTime<Utc>>, page: usize) -> Call {
    let mut call = call
        .with("page", page.to_string())
        .with("pageSize", LARGEST_PAGE.to_string())
        .with("order", "UpdatedDateUTC ASC");
    call.modified_since = since.map(dates::modified_since);
    call
}

fn changed<T: Listed>(row: &Row<T>) -> Option<DateTime<Utc>> {
    match row {
        Row::Read { row, .. } => row.updated().map(|at| at.0),
        Row::Unreadable { raw, .. } => {
            // It still tells when it changed, or its place in the order would be unknown.
            let value: Value = serde_json::from_str(raw).ok()?;
            dates::parse(value.get("UpdatedDateUTC")?.as_str()?)
        }
    }
}
