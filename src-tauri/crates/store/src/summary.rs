//! Sums and counts for the overview, from the records as last read.
//!
//! Amounts are added here in decimals, not by SQLite, which would use floats.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ledger::{Currency, Kind, RemoteId, Side};
use rusqlite::params;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::{Numbered, day};
use crate::sql::{Columns, millis, words};
use crate::statements::summary as sql;
use crate::{PairingId, Store, StoreError};

words! {
    /// How long past its due date an amount is.
    pub enum Age {
        /// Not due yet, or without a due date.
        NotDue = "not_due",
        /// 1 to 30 days past due.
        Days30 = "1_30",
        /// 31 to 60 days past due.
        Days60 = "31_60",
        /// 61 to 90 days past due.
        Days90 = "61_90",
        /// More than 90 days past due.
        Older = "over_90",
    }
}

impl Age {
    /// The age of an amount on a day.
    pub fn of(due: Option<NaiveDate>, today: NaiveDate) -> Age {
        match due.map_or(0, |due| (today - due).num_days()) {
            ..=0 => Age::NotDue,
            1..=30 => Age::Days30,
            31..=60 => Age::Days60,
            61..=90 => Age::Days90,
            91.. => Age::Older,
        }
    }
}

/// What customers owe, on one side, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receivables {
    /// The side.
    pub side: Side,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The sum of the amounts due of approved invoices, less what is left of approved credit notes.
    pub total: Decimal,
    /// How many invoices have an amount due.
    pub invoices: u64,
    /// How many credit notes have credit left.
    pub credit_notes: u64,
    /// The sum by age; every age is there, in order. A credit note is as old as its date.
    pub by_age: Vec<(Age, Decimal)>,
}

/// What was invoiced in a month, on one side, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoiced {
    /// The side.
    pub side: Side,
    /// The first day of the month.
    pub month: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// The sum of the totals of approved invoices, less those of approved credit notes.
    pub total: Decimal,
}

/// One open invoice or credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The side.
    pub side: Side,
    /// What it is.
    pub kind: Kind,
    /// Its identity there.
    pub id: RemoteId,
    /// Its currency.
    pub currency: Currency,
    /// What is owed; below zero of a credit note.
    pub due: Decimal,
    /// The link, where it has one.
    pub link: Option<i64>,
    /// Its date.
    pub date: Option<NaiveDate>,
}

impl Store {
    /// Receivables of both sides by currency and age; Xero first, currencies by code.
    pub fn receivables(
        &self,
        pairing: PairingId,
        today: NaiveDate,
    ) -> Result<Vec<Receivables>, StoreError> {
        let mut sums: BTreeMap<(Side, Currency), Receivables> = BTreeMap::new();
        self.read(|reading| {
            let mut query = reading.prepare(&sql::DUE)?;
            let mut rows = query.query([pairing])?;
            while let Some(row) = rows.next()? {
                let side = row.side(0)?;
                let (Some(currency), Some(due)) =
                    (row.currency_or_none(1)?, row.decimal_or_none(3)?)
                else {
                    continue;
                };
                let sum = sums.entry((side, currency)).or_insert_with(|| Receivables {
                    side,
                    currency,
                    total: Decimal::ZERO,
                    invoices: 0,
                    credit_notes: 0,
                    by_age: Age::ALL.iter().map(|age| (*age, Decimal::ZERO)).collect(),
                });
                sum.total += due;
                match row.kind(4)? {
                    Kind::CreditNote => sum.credit_notes += 1,
                    _ => sum.invoices += 1,
                }
                let age = Age::of(row.date_or_none(2)?, today);
                if let Some((_, total)) = sum.by_age.iter_mut().find(|(of, _)| *of == age) {
                    *total += due;
                }
            }
            Ok(())
        })?;
        Ok(sums.into_values().collect())
    }

    /// Every open invoice and credit note of both sides: what [`Store::receivables`] is the sum of.
    pub fn due_each(&self, pairing: PairingId) -> Result<Vec<Due>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::DUE_EACH)?;
            let mut rows = query.query([pairing])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                if let (Some(currency), Some(amount)) =
                    (row.currency_or_none(2)?, row.decimal_or_none(3)?)
                {
                    due.push(Due {
                        side: row.side(0)?,
                        kind: row.kind(6)?,
                        id: row.remote_id(1)?,
                        currency,
                        due: amount,
                        link: row.get(4)?,
                        date: row.date_or_none(5)?,
                    });
                }
            }
            Ok(due)
        })
    }

    /// Records that were found on both sides and linked since an instant, by kind.
    pub fn linked_since(
        &self,
        pairing: PairingId,
        since: DateTime<Utc>,
    ) -> Result<BTreeMap<Kind, u64>, StoreError> {
        self.read(|reading| {
            let mut query = reading.prepare(&sql::LINKED_SINCE)?;
            let mut linked = BTreeMap::new();
            for kind in Kind::ALL {
                let values = params![pairing, kind.number(), millis(since)];
                let count = query.query_row(values, |row| row.count(0))?;
                if count > 0 {
                    linked.insert(kind, count);
                }
            }
            Ok(linked)
        })
    }

    /// Invoiced totals of both sides by month and currency, from the month of a day on.
    pub fn invoiced(
        &self,
        pairing: PairingId,
        since: NaiveDate,
    ) -> Result<Vec<Invoiced>, StoreError> {
        let since = since.with_day(1).unwrap_or(since);
        let mut sums: BTreeMap<(Side, NaiveDate, Currency), Decimal> = BTreeMap::new();
        self.read(|reading| {
            let mut query = reading.prepare(&sql::INVOICED)?;
            for side in Side::BOTH {
                let mut rows = query.query(params![pairing, side.number(), day(since)])?;
                while let Some(row) = rows.next()? {
                    let (Some(date), Some(currency), Some(total)) = (
                        row.date_or_none(1)?,
                        row.currency_or_none(2)?,
                        row.decimal_or_none(3)?,
                    ) else {
                        continue;
                    };
                    let month = date.with_day(1).unwrap_or(date);
                    *sums.entry((side, month, currency)).or_default() += total;
                }
            }
            Ok(())
        })?;
        Ok(sums
            .into_iter()
            .map(|((side, month, currency), total)| Invoiced {
                side,
                month,
                currency,
                total,
            })
            .collect())
    }
}
