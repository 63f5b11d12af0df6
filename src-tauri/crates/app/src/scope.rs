//! What a sync is about, as a person says it: kinds, records, a time, and entries of the last preview
//! that are to wait.

mod find;
mod name;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::run::scope::{Scope, Slice};
use ledger::Kind;
use store::{Pairing, RecordKey};

use crate::app::App;
use crate::error::AppError;

/// Documents of a slice that are carried in one run.
const SLICE: usize = 500;

/// What a sync is about, as a person says it. With nothing said it is about everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Only these kinds.
    pub kinds: Vec<Kind>,
    /// Only these records: a number or name, an identity on either side, a link to one that was copied
    /// from the browser, or in full `SIDE:KIND:IDENTITY`.
    pub records: Vec<String>,
    /// Only documents dated from the first to the second of these days.
    pub dated: Option<(NaiveDate, NaiveDate)>,
    /// Numbers in the last preview of what is to wait.
    pub hold: Vec<u32>,
}

/// A record as it is named exactly: `SIDE:KIND:IDENTITY`.
pub(crate) fn name_of(record: &RecordKey) -> String {
    name::written(record.side, record.kind, &record.id)
}

impl App {
    /// Finds out what a person means. Asks the two systems only for records that are not known here.
    ///
    /// # Errors
    /// A usage error that lists what could be meant; [`AppError::NotFound`] for what is nowhere.
    pub async fn scope(&self, asked: &Asked) -> Result<Scope, AppError> {
        let mut scope = match (&asked.records[..], &asked.kinds[..], asked.dated) {
            ([], [], None) => Scope::default(),
            ([], kinds, None) => Scope::kinds(kinds.iter().copied()),
            ([], [], Some((from, until))) if from <= until => Scope::slice(Slice {
                from,
                until,
                most: SLICE,
            }),
            ([], [], Some((from, until))) => {
                return Err(AppError::usage(
                    format!("{from} is after {until}."),
                    "Give the earlier day first.",
                ));
            }
            (records, [], None) => Scope::records(self.named(records).await?),
            _ => {
                return Err(AppError::usage(
                    "Kinds, records and dates were asked for at once.",
                    "Ask for one of the three.",
                ));
            }
        };
        scope.held = self.held_back(&asked.hold).await?;
        Ok(scope)
    }

    /// The record that a text names, with its counterpart where both are called so.
    ///
    /// # Errors
    /// A usage error that lists what could be meant; [`AppError::NoRecord`] for what is nowhere.
    pub(crate) async fn records_named(
        &self,
        pairing: &Pairing,
        text: &str,
    ) -> Result<Vec<RecordKey>, AppError> {
        self.find_named(pairing, text).await
    }

    /// The records that are meant.
    async fn named(&self, records: &[String]) -> Result<BTreeSet<RecordKey>, AppError> {
        let pairing = self.pairing().await?;
        let mut named = BTreeSet::new();
        for text in records {
            named.extend(self.find_named(&pairing, text).await?);
        }
        Ok(named)
    }

    /// The records of these entries of the last preview.
    async fn held_back(&self, numbers: &[u32]) -> Result<BTreeSet<RecordKey>, AppError> {
        let mut held = BTreeSet::new();
        if numbers.is_empty() {
            return Ok(held);
        }
        let id = self.pairing().await?.id;
        let items = self.db(move |store| store.shown_items(id)).await?;
        for number in numbers {
            let at = usize::try_from(*number)
                .ok()
                .and_then(|it| it.checked_sub(1));
            let Some(item) = at.and_then(|at| items.get(at)) else {
                let message = match items.len() {
                    0 => {
                        "No preview was shown yet that something could be held back of.".to_owned()
                    }
                    many => {
                        format!("The last preview has no number {number}; it ends with {many}.")
                    }
                };
                return Err(AppError::usage(
                    message,
                    "Look at a preview first, and take its numbers.",
                ));
            };
            held.extend(item.records.iter().cloned());
        }
        Ok(held)
    }
}
