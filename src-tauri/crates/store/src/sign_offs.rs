//! What people said was owed on a day.

use chrono::{DateTime, NaiveDate, Utc};
use ledger::Currency;
use rusqlite::{Row, params};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::packed::{Like, pack};
use crate::sql::{Columns, json, millis, row_id};
use crate::statements::sign_offs as sql;
use crate::{PairingId, RecordKey, Store, StoreError};

row_id! {
    /// Names a sign-off.
    pub struct SignOffId;
}

/// What a contact owed in a currency, as both sides said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedFigure {
    /// The contact: Xero's where it is linked.
    pub contact: RecordKey,
    /// Its name then.
    pub name: String,
    /// The currency.
    pub currency: Currency,
    /// Xero's figure.
    pub xero: Decimal,
    /// ERPNext's figure.
    pub erpnext: Decimal,
}

/// A document or payment that counted when a day was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEntry {
    /// The record.
    pub record: RecordKey,
    /// What people called it.
    pub title: String,
    /// What it was, in a word.
    pub what: String,
    /// Whose it was: as in [`SignedFigure`].
    pub contact: RecordKey,
    /// What counted of it, by currency.
    pub effects: Vec<(Currency, Decimal)>,
}

/// What a person signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignOff {
    /// The pairing.
    pub pairing: PairingId,
    /// The day: what is dated later is no part of it.
    pub day: NaiveDate,
    /// Who: account and machine.
    pub who: String,
    /// What they said to it; may be empty.
    pub note: String,
    /// The figures that were shown: of every contact that owed something.
    pub figures: Vec<SignedFigure>,
    /// What they are made of.
    pub entries: Vec<SignedEntry>,
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    figures: Vec<SignedFigure>,
    entries: Vec<SignedEntry>,
}

/// A sign-off, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Its number.
    pub id: SignOffId,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// What was signed.
    pub signed: NewSignOff,
}

fn read(row: &Row<'_>) -> rusqlite::Result<SignOff> {
    let kept: Kept = row.json(6)?;
    Ok(SignOff {
        id: row.get(0)?,
        signed_at: row.instant(3)?,
        signed: NewSignOff {
            pairing: row.get(1)?,
            day: row.get::<_, String>(2)?.parse().map_err(|why| {
                rusqlite::Error::FromSqlConversionFailure(
                    2,
                    rusqlite::types::Type::Text,
                    Box::new(why),
                )
            })?,
            who: row.get(4)?,
            note: row.get(5)?,
            figures: kept.figures,
            entries: kept.entries,
        },
    })
}

impl Store {
    /// Keeps what a person signed, and returns its number. It is never changed.
    pub fn sign_off(&self, new: &NewSignOff, at: DateTime<Utc>) -> Result<SignOffId, StoreError> {
        let kept = Kept {
            figures: new.figures.clone(),
            entries: new.entries.clone(),
        };
        self.write_sql(|writing| {
            writing.execute(
                &sql::ADD,
                params![
                    new.pairing,
                    new.day.to_string(),
                    millis(at),
                    new.who,
                    new.note,
                    pack(Like::Detail, &json(&kept)?),
                ],
            )?;
            Ok(SignOffId(writing.last_id()))
        })
    }

    /// The sign-offs of a pairing, newest first.
    pub fn sign_offs(&self, pairing: PairingId) -> Result<Vec<SignOff>, StoreError> {
        self.read(|reading| {
            reading
                .prepare(&sql::ALL)?
                .query_map([pairing], read)?
                .collect()
        })
    }
}
