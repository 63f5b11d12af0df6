//! How the tables that grow hold what each of their rows repeats, and each of their indices once more: sides,
//! kinds, states and days as small numbers, identities in as few bytes as they need.
//!
//! SQLite keeps 0 and 1 in no byte and a word of seven letters in seven, so this is a third of a file. Tables of
//! what a person sets up keep the words. A number is never given to anything else, for files hold it.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use ledger::{Kind, RemoteId, Side};
use rusqlite::ToSql;
use rusqlite::types::{FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use uuid::Uuid;

/// Bytes of a GUID.
const GUID: usize = 16;

/// What is kept as a number.
pub(crate) trait Numbered: Copy + 'static {
    /// What stands for 0, 1 and so on.
    const IN_ORDER: &'static [Self];

    /// Its number.
    fn number(self) -> i64;

    /// What a number stands for.
    fn of_number(number: i64) -> Option<Self> {
        let at = usize::try_from(number).ok()?;
        Self::IN_ORDER.get(at).copied()
    }
}

impl Numbered for Side {
    // As their words are ordered: ERPNext's rows come first, as they always did.
    const IN_ORDER: &'static [Side] = &[Side::Erpnext, Side::Xero];

    fn number(self) -> i64 {
        match self {
            Side::Erpnext => 0,
            Side::Xero => 1,
        }
    }
}

impl Numbered for Kind {
    const IN_ORDER: &'static [Kind] = &[
        Kind::Contact,
        Kind::Invoice,
        Kind::CreditNote,
        Kind::Payment,
    ];

    fn number(self) -> i64 {
        match self {
            Kind::Contact => 0,
            Kind::Invoice => 1,
            Kind::CreditNote => 2,
            Kind::Payment => 3,
        }
    }
}

/// The words of what a write does that have a number, in the order of these. Another word is kept as it is.
const CHANGES: [&str; 7] = [
    "create", "mark", "update", "void", "allocate", "replace", "withdraw",
];

/// What a write does, as a column holds it.
pub(crate) fn change(word: &str) -> Value {
    let number = CHANGES.iter().position(|known| *known == word);
    match number.and_then(|number| i64::try_from(number).ok()) {
        Some(number) => Value::Integer(number),
        None => Value::Text(word.to_owned()),
    }
}

/// Reads [`change`] back.
pub(crate) fn change_of(value: ValueRef<'_>) -> FromSqlResult<String> {
    let ValueRef::Integer(number) = value else {
        return Ok(value.as_str()?.to_owned());
    };
    let known = usize::try_from(number)
        .ok()
        .and_then(|at| CHANGES.get(at))
        .ok_or(FromSqlError::OutOfRange(number))?;
    Ok((*known).to_owned())
}

/// A day as a column holds it: days since 1970-01-01.
pub(crate) fn day(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - NaiveDate::default().num_days_from_ce())
}

/// Reads [`day`] back.
pub(crate) fn date_of(day: i64) -> Option<NaiveDate> {
    let day = i32::try_from(day).ok()?;
    NaiveDate::from_num_days_from_ce_opt(day.checked_add(NaiveDate::default().num_days_from_ce())?)
}

/// A moment as ERPNext writes it (`2026-11-30 15:23:07.736554`) as the number of its microseconds since
/// 1970-01-01, another text as it is. Versions are such moments, and what a record keeps for life.
pub(crate) fn moment(text: &str) -> Value {
    match micros_of(text) {
        Some(number) => Value::Integer(number),
        None => Value::Text(text.to_owned()),
    }
}

/// Only what is written with all digits: any other way to write a moment would be read back as this one.
fn micros_of(text: &str) -> Option<i64> {
    fn digits(bytes: &[u8]) -> Option<u32> {
        bytes.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u32::from(byte - b'0'))
        })
    }
    let bytes = text.as_bytes();
    let signs = [
        (4, b'-'),
        (7, b'-'),
        (10, b' '),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
    ];
    if bytes.len() != 26 || signs.iter().any(|(at, sign)| bytes[*at] != *sign) {
        return None;
    }
    let part = |from: usize, to: usize| digits(&bytes[from..to]);
    let year = i32::try_from(part(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, part(5, 7)?, part(8, 10)?)?;
    let moment =
        day.and_hms_micro_opt(part(11, 13)?, part(14, 16)?, part(17, 19)?, part(20, 26)?)?;
    Some(moment.and_utc().timestamp_micros())
}

/// Reads [`moment`] back.
pub(crate) fn moment_of(value: ValueRef<'_>) -> FromSqlResult<String> {
    match value {
        ValueRef::Integer(number) => moment_text(number).ok_or(FromSqlError::OutOfRange(number)),
        text => Ok(text.as_str()?.to_owned()),
    }
}

fn moment_text(number: i64) -> Option<String> {
    let at = DateTime::from_timestamp_micros(number)?;
    let (year, month, day) = (at.year(), at.month(), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let micros = at.timestamp_subsec_micros();
    Some(format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}"
    ))
}

/// An identity on its way into a column: a lower-case GUID as its 16 bytes, one behind a word and a colon
/// (`batch:…`) as these and the word, anything else as its text. Each has one form, so equal ones are equal
/// there. What is no text comes after all that is, GUIDs among themselves as their texts do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coded<'i>(&'i str);

/// An identity as a column holds it.
pub(crate) fn coded(id: &RemoteId) -> Coded<'_> {
    Coded(id.as_str())
}

/// The same of a key of ours, which nearly always is a GUID too.
pub(crate) const fn coded_key(key: &str) -> Coded<'_> {
    Coded(key)
}

impl Coded<'_> {
    /// The value itself.
    pub(crate) fn value(self) -> Value {
        match bytes_of(self.0) {
            Some(bytes) => Value::Blob(bytes),
            None => Value::Text(self.0.to_owned()),
        }
    }
}

impl ToSql for Coded<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match bytes_of(self.0) {
            Some(bytes) => ToSqlOutput::Owned(Value::Blob(bytes)),
            None => self.0.into(),
        })
    }
}

fn bytes_of(id: &str) -> Option<Vec<u8>> {
    let (word, guid) = match id.rsplit_once(':') {
        // Without a word it would be read back as the GUID alone.
        Some(("", _)) => return None,
        Some((word, guid)) => (word, guid),
        None => ("", id),
    };
    let parsed = Uuid::try_parse(guid).ok()?;
    // Other ways to write one would be read back as this one.
    let mut text = Uuid::encode_buffer();
    (parsed.hyphenated().encode_lower(&mut text) == guid)
        .then(|| [parsed.as_bytes().as_slice(), word.as_bytes()].concat())
}

/// Reads [`Coded`] back.
pub(crate) fn decoded(value: ValueRef<'_>) -> FromSqlResult<String> {
    let ValueRef::Blob(bytes) = value else {
        return Ok(value.as_str()?.to_owned());
    };
    let damaged = || FromSqlError::Other(format!("no identity: {} bytes", bytes.len()).into());
    let (guid, word) = bytes.split_at_checked(GUID).ok_or_else(damaged)?;
    let guid = Uuid::from_slice(guid).map_err(|_| damaged())?.hyphenated();
    let mut text = Uuid::encode_buffer();
    let guid = guid.encode_lower(&mut text);
    match std::str::from_utf8(word).map_err(|_| damaged())? {
        "" => Ok(guid.to_owned()),
        word => Ok(format!("{word}:{guid}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::records::RecordState;
    use crate::statements::number;
    use crate::{IntentState, LinkState, LogOutcome};

    fn there_and_back(id: &str) -> (Value, String) {
        let value = Coded(id).value();
        let back = decoded(ValueRef::from(&value)).unwrap();
        (value, back)
    }

    proptest! {
        #[test]
        fn every_identity_comes_back(id in "\\PC{0,60}") {
            prop_assert_eq!(there_and_back(&id).1, id);
        }

        #[test]
        fn guids_are_short_alone_and_behind_a_word(bytes in any::<[u8; 16]>(), word in "[a-zä: ]{0,12}") {
            let guid = Uuid::from_bytes(bytes).to_string();
            let (value, back) = there_and_back(&guid);
            prop_assert_eq!(value, Value::Blob(bytes.to_vec()));
            prop_assert_eq!(back, guid.clone());
            let behind = format!("{word}:{guid}");
            let (value, back) = there_and_back(&behind);
            let short = matches!(value, Value::Blob(bytes) if bytes.len() == GUID + word.len());
            prop_assert_eq!(short, !word.is_empty());
            prop_assert_eq!(back, behind);
        }

        #[test]
        fn every_moment_comes_back(micros in 0_i64..4_102_444_800_000_000, text in "[-0-9 :.]{26}") {
            let written = moment_text(micros).unwrap();
            prop_assert_eq!(moment(&written), Value::Integer(micros));
            let value = moment(&text);
            prop_assert_eq!(moment_of(ValueRef::from(&value)).unwrap(), text);
        }

        #[test]
        fn guids_come_in_the_order_of_their_texts(one in any::<[u8; 16]>(), other in any::<[u8; 16]>()) {
            let texts = Uuid::from_bytes(one).to_string().cmp(&Uuid::from_bytes(other).to_string());
            prop_assert_eq!(texts, one.cmp(&other));
        }
    }

    #[test]
    fn what_is_no_canonical_guid_stays_text() {
        let guid = "0004becd-d504-4c8c-b41e-75d92a303b17";
        for id in [
            "",
            "INV-0001",
            "0004BECD-D504-4C8C-B41E-75D92A303B17",
            "0004becdd5044c8cb41e75d92a303b17",
            "{0004becd-d504-4c8c-b41e-75d92a303b17}",
            "urn:uuid:0004becdd5044c8cb41e75d92a303b17",
            &format!(":{guid}"),
            &format!("{guid} "),
            &format!("batch:{guid}:1"),
        ] {
            assert_eq!(
                there_and_back(id),
                (Value::Text(id.to_owned()), id.to_owned())
            );
        }
    }

    #[test]
    fn a_damaged_identity_is_told() {
        for damaged in [
            ValueRef::Null,
            ValueRef::Integer(1),
            ValueRef::Blob(&[7; 15]),
            ValueRef::Blob(&[0xff; 17]),
        ] {
            assert!(decoded(damaged).is_err(), "{damaged:?}");
        }
    }

    #[test]
    fn a_change_comes_back_with_a_number_or_without() {
        for word in CHANGES.into_iter().chain(["split"]) {
            let value = change(word);
            assert_eq!(change_of(ValueRef::from(&value)).unwrap(), word);
        }
        assert!(change_of(ValueRef::Integer(99)).is_err());
    }

    #[test]
    fn a_moment_of_erpnext_is_a_number_and_any_other_text_stays_one() {
        let there_and_back = |text: &str| {
            let value = moment(text);
            assert_eq!(moment_of(ValueRef::from(&value)).unwrap(), text);
            matches!(value, Value::Integer(_))
        };
        for text in [
            "2026-11-30 15:23:07.736554",
            "1969-12-31 23:59:59.999999",
            "1970-01-01 00:00:00.000000",
        ] {
            assert!(there_and_back(text), "{text}");
        }
        for text in [
            "",
            "1796052187204",
            "1796052187204 due 2026-03-31",
            "2026-11-30 15:23:07",
            "2026-11-30 15:23:07.7365",
            "2026-11-30T15:23:07.736554",
            "2026-11-30 15:23:60.736554",
            "2026-11-31 15:23:07.736554",
            " 2026-11-30 15:23:07.736554",
            "2026-11-30 15:23:07.736554 ",
            "2026-11-30  15:23:07.73655",
            "2026-11-30 24:23:07.736554",
            "+026-11-30 15:23:07.736554",
            "2026-11-3ä 15:23:07.73655",
            "{\"customer\":\"2026-11-30 15:23:03.975316\"}",
        ] {
            assert!(!there_and_back(text), "{text}");
        }
        assert!(moment_of(ValueRef::Integer(i64::MAX)).is_err());
    }

    #[test]
    fn days_come_back_and_are_ordered() {
        let days: Vec<NaiveDate> = ["0001-01-01", "1969-12-31", "1970-01-01", "2026-11-30"]
            .map(|day| day.parse().unwrap())
            .into();
        let numbers: Vec<i64> = days.iter().copied().map(day).collect();
        assert_eq!(numbers, [-719_162, -1, 0, 20_787]);
        let back: Vec<NaiveDate> = numbers.into_iter().filter_map(date_of).collect();
        assert_eq!(back, days);
        assert_eq!(date_of(i64::MAX), None);
    }

    /// Files out there hold these.
    #[test]
    fn no_number_is_altered_and_statements_say_the_same_ones() {
        fn numbers<T: Numbered + std::fmt::Debug>() -> String {
            let numbered = T::IN_ORDER.iter().enumerate().map(|(at, it)| {
                assert_eq!(i64::try_from(at).unwrap(), it.number(), "{it:?}");
                format!("{it:?}")
            });
            numbered.collect::<Vec<_>>().join(" ")
        }
        assert_eq!(numbers::<Side>(), "Erpnext Xero");
        assert_eq!(numbers::<Kind>(), "Contact Invoice CreditNote Payment");
        assert_eq!(Kind::IN_ORDER.len(), Kind::ALL.len());
        assert_eq!(
            numbers::<RecordState>(),
            "Draft Approved Voided Active Archived Unreadable"
        );
        assert_eq!(numbers::<LinkState>(), "Active Ended");
        assert_eq!(
            numbers::<IntentState>(),
            "Intended Sent Confirmed Refused InDoubt Abandoned"
        );
        assert_eq!(
            numbers::<LogOutcome>(),
            "Created Updated Voided Marked Linked Exception Conflict Blocked InDoubt Resolved Decided \
             NothingNew Stopped Note Failed"
        );
        let said = [
            (number!(erpnext), Side::Erpnext.number()),
            (number!(xero), Side::Xero.number()),
            (number!(credit_note), Kind::CreditNote.number()),
            (number!(payment), Kind::Payment.number()),
            (number!(approved), RecordState::Approved.number()),
            (number!(voided), RecordState::Voided.number()),
            (number!(archived), RecordState::Archived.number()),
            (number!(link_ended), LinkState::Ended.number()),
            (number!(intended), IntentState::Intended.number()),
            (number!(sent), IntentState::Sent.number()),
            (number!(confirmed), IntentState::Confirmed.number()),
            (number!(in_doubt), IntentState::InDoubt.number()),
            (number!(linked), LogOutcome::Linked.number()),
        ];
        for (text, number) in said {
            assert_eq!(text, number.to_string());
        }
        for (text, word) in [
            (number!(to_mark), "mark"),
            (number!(to_void), "void"),
            (number!(to_replace), "replace"),
        ] {
            assert_eq!(Value::Integer(text.parse().unwrap()), change(word));
        }
        let distinct: BTreeSet<&str> = CHANGES.into_iter().collect();
        assert_eq!(distinct.len(), CHANGES.len());
    }
}
