//! Writing records as read, and what became of them.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use ledger::contact::folded_name;
use ledger::{Document, DocumentState, Kind, Payment, Record, RemoteId, Side};
use rusqlite::{OptionalExtension, params};
use rust_decimal::Decimal;

use super::{RecordKey, RecordRow, UnreadableRow, place};
use crate::PairingId;
use crate::codes::{Numbered, coded, day, moment};
use crate::db::Writing;
use crate::packed::{Like, Packed, pack};
use crate::sql::{Columns, amount, as_number, json, millis};
use crate::statements::records as sql;

/// Clears the changed flag.
pub(crate) fn dealt_with(
    writing: Writing<'_>,
    pairing: PairingId,
    key: &RecordKey,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::DEALT_WITH,
        params![
            pairing,
            key.side.number(),
            key.kind.number(),
            coded(&key.id)
        ],
    )?;
    Ok(())
}

/// Sets the changed flag of a record as it is stored; nothing happens where none is.
pub(crate) fn to_do_again(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    kind: Kind,
    id: &RemoteId,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::TO_DO_AGAIN,
        params![pairing, side.number(), kind.number(), coded(id)],
    )?;
    Ok(())
}

/// How a stored row's changed flag is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Set where the row is new or its content differs; otherwise left as it is.
    IfDifferent,
    /// Cleared: this is what our own write left behind, or what a run has just dealt with.
    DealtWith,
}

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    New,
    Changed,
    Same,
}

/// How a record stands: the column from which lists and sums choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordState {
    Draft,
    Approved,
    Voided,
    Active,
    Archived,
    Unreadable,
}

impl Numbered for RecordState {
    const IN_ORDER: &'static [RecordState] = &[
        RecordState::Draft,
        RecordState::Approved,
        RecordState::Voided,
        RecordState::Active,
        RecordState::Archived,
        RecordState::Unreadable,
    ];

    fn number(self) -> i64 {
        self as i64
    }
}
as_number!(RecordState);

impl RecordState {
    /// Whether it is that of a record that has come to its end, as [`Record::ended`] says.
    pub(super) const fn has_ended(self) -> bool {
        matches!(self, RecordState::Voided | RecordState::Archived)
    }
}

/// How a row stands.
pub(super) fn state(record: &Result<Record, UnreadableRow>) -> RecordState {
    match record {
        Err(_) => RecordState::Unreadable,
        Ok(Record::Contact(contact)) if contact.archived => RecordState::Archived,
        Ok(Record::Contact(_)) => RecordState::Active,
        Ok(
            Record::Invoice(Document { state, .. })
            | Record::CreditNote(Document { state, .. })
            | Record::Payment(Payment { state, .. }),
        ) => match state {
            DocumentState::Draft => RecordState::Draft,
            DocumentState::Approved => RecordState::Approved,
            DocumentState::Voided => RecordState::Voided,
        },
    }
}

/// Whose a document or payment is, by the contact's identity on the record's own side; `None` of a
/// contact.
pub(crate) fn contact_of(record: &Record) -> Option<&RemoteId> {
    record.refers_to(Kind::Contact).next()
}

/// The content of a record as it is stored, where it is and could be read.
pub(crate) fn content_of(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    kind: Kind,
    id: &RemoteId,
) -> rusqlite::Result<Option<String>> {
    let content = writing
        .query_row(
            &sql::STORED,
            params![pairing, side.number(), kind.number(), coded(id)],
            |stored| Ok(stored.text_or_none(0)?.map(Cow::into_owned)),
        )
        .optional()?;
    Ok(content.flatten())
}

/// A row with its long texts as columns hold them. To make one takes as long as to store it, and needs
/// no transaction: pages of both sides are made ready at the same time, and only storing waits its turn.
pub(crate) struct Ready<'r> {
    row: &'r RecordRow,
    content: Option<String>,
    packed: Option<Packed>,
    packed_raw: Option<Packed>,
}

impl<'r> Ready<'r> {
    /// Makes a row ready.
    pub(crate) fn of(row: &'r RecordRow) -> rusqlite::Result<Self> {
        let content = row.record.as_ref().ok().map(json).transpose()?;
        let raw = row.record.as_ref().err().map(|it| it.raw.as_str());
        let packed = |text: &str| pack(Like::Record, text);
        Ok(Self {
            packed: content.as_deref().map(packed),
            packed_raw: raw.map(packed),
            row,
            content,
        })
    }
}

/// Writes one row. Only content, marker and merge count as a difference: a new version with the
/// same content is not a change.
pub(crate) fn put(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    kind: Kind,
    ready: &Ready<'_>,
    at: DateTime<Utc>,
    mark: Mark,
) -> rusqlite::Result<Put> {
    let Ready { row, content, .. } = ready;
    let unreadable = row.record.as_ref().err();
    let raw = unreadable.map(|unreadable| unreadable.raw.as_str());
    let record = row.record.as_ref().ok();
    let document = record.and_then(Record::document);
    let title = match &row.record {
        Ok(record) => record.title(),
        Err(unreadable) => unreadable.title.as_str(),
    };
    let folded = folded_name(title);
    let date = document.map(|document| day(document.date));
    let due_date = document.and_then(|document| document.due_date.map(day));
    // Sums are of what a document adds to what customers owe: a credit note takes off.
    let sign = |amount: Decimal| match record {
        Some(Record::CreditNote(_)) => -amount,
        _ => amount,
    };
    let total = document.map(|document| amount(sign(document.total)));
    let amount_due = record.and_then(Record::owed).map(amount);
    let changed = match mark {
        Mark::DealtWith => false,
        Mark::IfDifferent => true,
    };
    let unnumbered = place::unnumbered(side, kind, record);
    let sum = record.and_then(Record::total);
    let sum = sum.map(|(total, _)| place::sum(total));
    // A record that is seen again as it was, as most are, has its words already.
    let texts = || place::texts(side, &row.id, &row.record).map(place::words);
    let whole = params![
        pairing,
        side.number(),
        kind.number(),
        coded(&row.id),
        moment(row.version.as_str()),
        row.marker.as_ref().map(coded),
        row.merged_into.as_ref().map(coded),
        title,
        folded,
        date,
        due_date,
        document.map(|document| document.currency.code()),
        total,
        amount_due,
        state(&row.record),
        ready.packed,
        unreadable.map(|unreadable| &unreadable.why),
        ready.packed_raw,
        changed,
        millis(at),
        row.born.as_deref().map(moment),
        row.record.as_ref().ok().and_then(contact_of).map(coded),
        unnumbered,
        sum,
    ];
    if writing.execute(&sql::ADD, whole)? == 1 {
        let number = writing.query_row(&sql::PLACE_GIVEN, [], |row| row.get(0))?;
        add_texts(writing, place::numbered(unnumbered, number), &texts())?;
        return Ok(Put::New);
    }
    let (same, place, texts_before) = writing.query_row(
        &sql::STORED,
        params![pairing, side.number(), kind.number(), coded(&row.id)],
        |stored| {
            let same = stored.text_or_none(0)? == content.as_deref().map(Cow::from)
                && stored.text_or_none(1)? == raw.map(Cow::from)
                && stored.remote_id_or_none(2)? == row.marker
                && stored.remote_id_or_none(3)? == row.merged_into
                // One that is there again is news, whatever it says.
                && stored.get::<_, Option<i64>>(4)?.is_none();
            let place: i64 = stored.get(5)?;
            if same {
                return Ok((true, place, None));
            }
            let before = stored.text_or_none(0)?;
            // What this version cannot read has its words anew.
            let before = before.and_then(|text| serde_json::from_str::<Record>(&text).ok());
            let before =
                before.map(|record| place::texts(side, &row.id, &Ok(record)).map(place::words));
            Ok((false, place, before))
        },
    )?;
    if !same {
        writing.execute(&sql::REPLACE, whole)?;
        let (place_now, texts) = (
            place::numbered(unnumbered, place::number_of(place)),
            texts(),
        );
        if place_now != place || texts_before.as_ref() != Some(&texts) {
            writing.execute(&sql::REMOVE_TEXT, [place])?;
            add_texts(writing, place_now, &texts)?;
        }
        return Ok(Put::Changed);
    }
    writing.execute(
        &sql::SEEN,
        params![
            pairing,
            side.number(),
            kind.number(),
            coded(&row.id),
            moment(row.version.as_str()),
            unreadable.map(|unreadable| &unreadable.why),
            millis(at),
            row.born.as_deref().map(moment),
        ],
    )?;
    if mark == Mark::DealtWith {
        let key = RecordKey {
            side,
            kind,
            id: row.id.clone(),
        };
        dealt_with(writing, pairing, &key)?;
    }
    Ok(Put::Same)
}

/// The words that the record of a place is found by.
fn add_texts(writing: Writing<'_>, place: i64, texts: &[String; 4]) -> rusqlite::Result<()> {
    let [title, contact, name, reference] = texts;
    writing.execute(
        &sql::ADD_TEXT,
        params![place, title, contact, name, reference],
    )?;
    Ok(())
}

pub(crate) fn set_cursor(
    writing: Writing<'_>,
    pairing: PairingId,
    side: Side,
    kind: Kind,
    cursor: &str,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    writing.execute(
        &sql::SET_CURSOR,
        params![pairing, side.word(), kind.word(), cursor, millis(at)],
    )?;
    Ok(())
}
