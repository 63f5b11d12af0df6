//! Values as the views carry them.

use chrono::{DateTime, SecondsFormat, Utc};
use ledger::{Currency, Money};
use rust_decimal::Decimal;

use crate::views::Amount;

/// An instant, RFC 3339 in UTC.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An instant typed or sent back by a view.
pub(crate) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.to_utc())
}

/// A count; one beyond four thousand million is shown as that.
pub(crate) fn count(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

/// A row's number.
pub(crate) fn number(id: i64) -> u32 {
    u32::try_from(id).unwrap_or_default()
}

/// An amount with its currency.
pub(crate) fn amount(amount: Decimal, currency: Currency) -> Amount {
    Money { amount, currency }.into()
}

/// A document's total.
pub(crate) fn total(total: Option<(Decimal, Currency)>) -> Option<Amount> {
    total.map(|(value, currency)| amount(value, currency))
}

/// A text, or nothing where it is empty.
pub(crate) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
