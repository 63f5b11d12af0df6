//! What a person decides about an exception, and how a row holds it.

use ledger::{RemoteId, Side};
use rusqlite::Row;
use rusqlite::types::Type;
use serde::{Deserialize, Serialize};

use crate::sql::Columns;

/// What a person decided about an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// This record of the other side is the counterpart.
    Same(RemoteId),
    /// The record has no counterpart.
    New,
    /// Where it and its counterpart differ, this side's values win.
    Keep(Side),
}

impl Decision {
    /// What a row holds of it beside the record.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Decision::Same(_) => "same",
            Decision::New => "new",
            Decision::Keep(Side::Xero) => "keep_xero",
            Decision::Keep(Side::Erpnext) => "keep_erpnext",
        }
    }

    /// The record that was chosen.
    pub(super) const fn record(&self) -> Option<&RemoteId> {
        match self {
            Decision::Same(record) => Some(record),
            Decision::New | Decision::Keep(_) => None,
        }
    }

    /// From the column with the word and the one after it, which has the record.
    pub(super) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Self>> {
        let word: Option<String> = row.get(column)?;
        Ok(Some(match word.as_deref() {
            None => return Ok(None),
            Some("same") => Decision::Same(row.remote_id(column + 1)?),
            Some("new") => Decision::New,
            Some("keep_xero") => Decision::Keep(Side::Xero),
            Some("keep_erpnext") => Decision::Keep(Side::Erpnext),
            Some(other) => {
                let why = format!("\"{other}\" is no decision");
                return Err(rusqlite::Error::FromSqlConversionFailure(
                    column,
                    Type::Text,
                    why.into(),
                ));
            }
        }))
    }
}
