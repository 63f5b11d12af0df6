//! Where a record stands among all of them, newest first, and the words that it is found by.
//!
//! A place is one number: the record's day, then a number that no other record has, then its kind and side. So
//! places are in the order of days, days are bounds of places, and what a place is about is known without a look
//! at its record. It is the record's number in the text search too, which hands out what it finds in that order.

use chrono::NaiveDate;
use ledger::contact::folded_name;
use ledger::{Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::UnreadableRow;
use crate::codes::{Numbered, day};

/// Bits below the day.
const BELOW_DAY: u32 = 40;
/// Bits of kind and side.
const BELOW_NUMBER: u32 = 4;
/// The day of what has none: after all days, so that contacts come before their documents.
const NO_DAY: i64 = 1 << 21;
/// What stands for a document that has no number; nobody looks for it.
const NO_NUMBER: &str = "(no number)";

/// A place but for its number, which [`numbered`] adds.
pub(crate) fn unnumbered(side: Side, kind: Kind, record: Option<&Record>) -> i64 {
    let day = record.and_then(Record::day).map_or(NO_DAY, day);
    (day << BELOW_DAY) | (kind.number() << 1) | side.number()
}

/// The place of this number.
pub(crate) const fn numbered(unnumbered: i64, number: i64) -> i64 {
    unnumbered + (number << BELOW_NUMBER)
}

/// The number of a place.
pub(crate) const fn number_of(place: i64) -> i64 {
    (place & ((1 << BELOW_DAY) - 1)) >> BELOW_NUMBER
}

/// On which side the record of a place is, and what it is; `None` of a place that no version made.
pub(crate) fn about(place: i64) -> Option<(Side, Kind)> {
    let side = Side::of_number(place & 1)?;
    let kind = Kind::of_number((place >> 1) & 0b111)?;
    Some((side, kind))
}

/// The first place of a day.
pub(crate) fn first_of(date: NaiveDate) -> i64 {
    day(date) << BELOW_DAY
}

/// The first place of what has no day.
pub(crate) const fn first_undated() -> i64 {
    NO_DAY << BELOW_DAY
}

/// An amount as it is looked up by: in ten-thousandths, the nearest below; as far as a column reaches.
pub(crate) fn sum(amount: Decimal) -> i64 {
    let whole = amount
        .checked_mul(Decimal::from(10_000))
        .map(|it| it.floor());
    let most = if amount.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    };
    whole.and_then(|it| it.to_i64()).unwrap_or(most)
}

/// The words of a text, each as it is compared, with one space between.
pub(crate) fn words(text: &str) -> String {
    let folded = folded_name(text);
    let mut words = String::with_capacity(folded.len());
    // Signs that tell names apart part words here: "AT&T" is found by "at".
    for word in folded.split(|letter: char| !letter.is_alphanumeric()) {
        if !word.is_empty() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    words
}

/// What a record is found by: number or name, contact, name in ERPNext where that is another, reference.
pub(crate) fn texts<'r>(
    side: Side,
    id: &'r RemoteId,
    record: &'r Result<Record, UnreadableRow>,
) -> [&'r str; 4] {
    let (title, contact, reference) = match record {
        Err(unreadable) => (unreadable.title.as_str(), "", None),
        Ok(record) => {
            let reference = match record {
                Record::Contact(_) => None,
                Record::Invoice(document) | Record::CreditNote(document) => {
                    document.reference.as_deref()
                }
                Record::Payment(payment) => payment.reference.as_deref(),
            };
            let contact = if record.kind() == Kind::Contact {
                ""
            } else {
                record.contact_name()
            };
            (record.title(), contact, reference)
        }
    };
    let title = if title == NO_NUMBER { "" } else { title };
    let other = |text: &'r str| if text == title { "" } else { text };
    let name = match side {
        Side::Erpnext => other(id.as_str()),
        // A GUID is looked up as what it is.
        Side::Xero => "",
    };
    [title, contact, name, other(reference.unwrap_or_default())]
}

/// What a person typed: words, each of one or several parts ("INV-0042"). All have to be found, the last part
/// of each by its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed(Vec<String>);

impl Typed {
    /// Reads what was typed.
    pub(super) fn read(text: &str) -> Self {
        let all = text.split_whitespace().map(words);
        Self(all.filter(|word| !word.is_empty()).collect())
    }

    /// Whether nothing was typed that could be found.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the text search takes it.
    pub(super) fn as_match(&self) -> String {
        let all: Vec<String> = self.0.iter().map(|word| format!("\"{word}\" *")).collect();
        all.join(" AND ")
    }

    /// Whether a record with these texts is one.
    pub(super) fn is_in(&self, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| words(text)).collect();
        self.0
            .iter()
            .all(|word| texts.iter().any(|text| has(text, word)))
    }
}

/// Whether some words stand in a text from the beginning of one of its words on.
fn has(text: &str, word: &str) -> bool {
    let after_spaces = text.match_indices(' ').map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(after_spaces)
        .any(|start| text[start..].starts_with(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_whole_or_by_their_beginning_and_never_from_within() {
        for (typed, text, found) in [
            ("14", "14", true),
            ("14", "1814", false),
            ("14", "1414", true),
            ("14", "141", true),
            ("14", "INV-14", true),
            ("14", "INV-1814", false),
            ("INV-14", "INV-1400", true),
            ("inv14", "INV-14", false),
            ("INV-14", "INV-0014", false),
            ("0014", "INV-0014", true),
            ("inv-0014", "INV-0014", true),
            ("fern hill", "Hill & Fern Ltd", true),
            ("fern-hill", "Hill & Fern Ltd", false),
            ("fern-hill", "Fern Hill Ltd", true),
            ("bohm", "Böhm & Söhne", true),
            ("Söhne", "Böhm & Sohne", true),
            ("obrien", "O'Brien", true),
            ("AT&T", "AT&T Inc", true),
            ("t", "AT&T Inc", true),
            ("a-a-b", "Xa a a-b", true),
            ("ill", "Fern Hill", false),
            ("株式", "株式会社", true),
        ] {
            assert_eq!(
                Typed::read(typed).is_in(&[text]),
                found,
                "{typed} in {text}"
            );
        }
        assert!(Typed::read(" - & ").is_empty());
        // Each word somewhere.
        assert!(Typed::read("14 fern").is_in(&["INV-14", "Fern Hill"]));
        assert!(!Typed::read("14 fern").is_in(&["INV-14", "Hill"]));
    }

    #[test]
    fn places_are_in_the_order_of_days_and_say_what_they_are_about() {
        let day = |text: &str| first_of(text.parse().unwrap());
        let days = ["1961-05-01", "1970-01-01", "2026-01-31", "2026-02-01"].map(day);
        assert!(days.is_sorted());
        assert!(days[3] < first_undated());
        for start in days.into_iter().chain([first_undated()]) {
            for kind in Kind::ALL {
                for side in Side::BOTH {
                    let place = start | (kind.number() << 1) | side.number();
                    let place = numbered(place, 1 << 35);
                    assert_eq!(about(place), Some((side, kind)));
                    assert_eq!(number_of(place), 1 << 35);
                    assert!(place > start && place < start + (1 << BELOW_DAY));
                }
            }
        }
    }

    #[test]
    fn amounts_are_looked_up_in_ten_thousandths() {
        let of = |text: &str| sum(text.parse().unwrap());
        assert_eq!(of("1440"), 14_400_000);
        assert_eq!(of("0.00015"), 1);
        assert_eq!(of("-0.02"), -200);
        assert_eq!(of("-0.00015"), -2);
        assert_eq!(of("99999999999999999999"), i64::MAX);
        assert_eq!(of("-99999999999999999999"), i64::MIN);
    }
}
