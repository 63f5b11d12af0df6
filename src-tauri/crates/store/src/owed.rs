//! What customers owe, customer by customer and document by document, from the records as last read.
//!
//! A customer may owe tens of thousands of documents and there may be as many customers, so sums are
//! made while the index is read, and documents are told of one customer at a time.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use ledger::{Currency, RemoteId, Side};
use rusqlite::params;
use rusqlite::types::{Value, ValueRef};
use rust_decimal::Decimal;

use crate::codes::{Numbered, coded};
use crate::sql::Columns;
use crate::statements::summary as sql;
use crate::{LinkId, PairingId, RecordKey, Store, StoreError};

/// What one contact of a side owes by documents, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owing {
    /// The side.
    pub side: Side,
    /// The contact's identity there.
    pub contact: RemoteId,
    /// The currency.
    pub currency: Currency,
    /// The sum of the amounts due.
    pub due: Decimal,
    /// How many documents that is.
    pub documents: u64,
    /// How many of these have no link.
    pub alone: u64,
    /// A digest of which links have which amounts due: where both sides of a contact have the same, the
    /// same is due of each of its linked documents.
    pub digest: u64,
}

/// One document that something is due of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedDocument {
    /// The document.
    pub key: RecordKey,
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// The currency.
    pub currency: Currency,
    /// What is due; below zero of a credit note.
    pub due: Decimal,
    /// The link, where it has one.
    pub link: Option<LinkId>,
}

/// Of one amount under one link. It is compared within a process and kept nowhere.
fn digest(link: i64, due: Decimal) -> u64 {
    let mut hasher = DefaultHasher::new();
    (link, due).hash(&mut hasher);
    hasher.finish()
}

impl Store {
    /// Hands `each` what every contact owes by documents, in the order of sides, identities and
    /// currencies; ERPNext's come first.
    pub fn owed_each(
        &self,
        pairing: PairingId,
        mut each: impl FnMut(Owing),
    ) -> Result<(), StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::OWED)?;
            let mut rows = query.query([pairing])?;
            // Half a million rows: nothing is copied of one that goes on where the last one was.
            let mut last: [Value; 3] = [Value::Null, Value::Null, Value::Null];
            let mut open: Option<Owing> = None;
            while let Some(row) = rows.next()? {
                let mut same = open.is_some();
                for (at, last) in last.iter_mut().enumerate() {
                    let now = row.get_ref(at)?;
                    if now != ValueRef::from(&*last) {
                        *last = now.try_into()?;
                        same = false;
                    }
                }
                if !same {
                    if let Some(done) = open.take() {
                        each(done);
                    }
                    let Some(currency) = row.currency_or_none(2)? else {
                        // No document is without one.
                        continue;
                    };
                    open = Some(Owing {
                        side: row.side(0)?,
                        contact: row.remote_id_or_none(1)?.unwrap_or(RemoteId::new("")),
                        currency,
                        due: Decimal::ZERO,
                        documents: 0,
                        alone: 0,
                        digest: 0,
                    });
                }
                if let (Some(owing), Some(due)) = (open.as_mut(), row.decimal_or_none(3)?) {
                    owing.due += due;
                    owing.documents += 1;
                    match row.get::<_, Option<i64>>(4)? {
                        Some(link) => {
                            // In any order, because each side has its own.
                            let one = digest(link, due);
                            owing.digest = owing.digest.wrapping_add(one);
                        }
                        None => owing.alone += 1,
                    }
                }
            }
            open.into_iter().for_each(each);
            Ok(())
        })
    }

    /// The documents of a contact of a side that something is due of.
    pub fn owed_by(
        &self,
        pairing: PairingId,
        side: Side,
        contact: &RemoteId,
    ) -> Result<Vec<OwedDocument>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::OWED_BY)?;
            let mut rows = query.query(params![pairing, side.number(), coded(contact)])?;
            let mut owed = Vec::new();
            while let Some(row) = rows.next()? {
                if let (Some(currency), Some(due)) =
                    (row.currency_or_none(4)?, row.decimal_or_none(5)?)
                {
                    owed.push(OwedDocument {
                        key: RecordKey {
                            side,
                            kind: row.kind(0)?,
                            id: row.remote_id(1)?,
                        },
                        number: row.get(2)?,
                        date: row.date_or_none(3)?,
                        currency,
                        due,
                        link: row.get(6)?,
                    });
                }
            }
            Ok(owed)
        })
    }
}
