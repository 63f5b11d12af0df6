//! Words and figures that several pages share.

use serde::{Deserialize, Serialize};
use specta::Type;

/// One of the two remote systems. Wherever they stand next to each other, Xero comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// A Xero organisation.
    Xero,
    /// An ERPNext company.
    Erpnext,
}

impl From<ledger::Side> for Side {
    fn from(side: ledger::Side) -> Self {
        match side {
            ledger::Side::Xero => Side::Xero,
            ledger::Side::Erpnext => Side::Erpnext,
        }
    }
}

impl From<Side> for ledger::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Xero => ledger::Side::Xero,
            Side::Erpnext => ledger::Side::Erpnext,
        }
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A customer.
    Contact,
    /// A sales invoice.
    Invoice,
    /// A sales credit note.
    CreditNote,
    /// Money that a customer paid.
    Payment,
}

impl From<ledger::Kind> for Kind {
    fn from(kind: ledger::Kind) -> Self {
        match kind {
            ledger::Kind::Contact => Kind::Contact,
            ledger::Kind::Invoice => Kind::Invoice,
            ledger::Kind::CreditNote => Kind::CreditNote,
            ledger::Kind::Payment => Kind::Payment,
        }
    }
}

impl From<Kind> for ledger::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Contact => ledger::Kind::Contact,
            Kind::Invoice => ledger::Kind::Invoice,
            Kind::CreditNote => ledger::Kind::CreditNote,
            Kind::Payment => ledger::Kind::Payment,
        }
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Amount {
    /// Decimal text with the currency's decimals, or more where it has more: `"1440.00"`, `"-60.50"`.
    pub value: String,
    /// ISO 4217 code.
    pub currency: String,
}

impl From<ledger::Money> for Amount {
    fn from(money: ledger::Money) -> Self {
        let digits = money.currency.minor_digits();
        // ERPNext keeps the site's decimals whatever the currency: yen have two there.
        let mut value = money.amount.normalize();
        if value.scale() < digits {
            value.rescale(digits);
        }
        Amount {
            value: value.to_string(),
            currency: money.currency.code().to_owned(),
        }
    }
}

/// One field in which two records differ, formatted for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// The field in the accountant's words: "total", "due date".
    pub field: String,
    /// Xero's value; `None` where it has none.
    pub xero: Option<String>,
    /// ERPNext's value; `None` where it has none.
    pub erpnext: Option<String>,
    /// What both sides last agreed on, where they ever did.
    pub before: Option<String>,
}

impl From<ledger::problem::Difference> for DifferenceView {
    fn from(difference: ledger::problem::Difference) -> Self {
        DifferenceView {
            field: difference.field,
            xero: difference.xero,
            erpnext: difference.erpnext,
            before: None,
        }
    }
}

/// Where a person opens the record in a browser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordLinks {
    /// The record in Xero, where it is there.
    pub xero: Option<String>,
    /// The record in ERPNext, where it is there.
    pub erpnext: Option<String>,
}

/// Calls that a remote system counts against a daily limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CallsView {
    /// Calls used in the running day.
    pub used: u32,
    /// Calls allowed a day, where the remote system has told us.
    pub allowed: Option<u32>,
    /// When the count starts again (UTC instant).
    pub resets_at: Option<String>,
    /// Calls left in the running day, where the remote system has told us.
    pub left: Option<u32>,
    /// Of those, the ones that scheduled runs leave for a person's clicks.
    pub reserved: u32,
    /// Calls allowed a minute, where there is a limit.
    pub per_minute: Option<u32>,
    /// Calls left in the running minute.
    pub left_this_minute: Option<u32>,
    /// While calls wait, what for, as one sentence: "Xero allows 60 calls a minute; continuing in
    /// 14 s".
    pub waiting: Option<String>,
}

/// What became of a record in a run, as one badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Written and read back: both sides agree.
    Agrees,
    /// Found on both sides and linked; nothing had to be written but markers.
    Linked,
    /// Voided, cancelled or archived on the other side too.
    Voided,
    /// Could not be written; the message says why.
    Refused,
    /// The sides contradict each other and a person has to choose.
    Conflict,
    /// Waits for another record, a mapping or an open period.
    Waiting,
    /// A write whose answer was lost; it will be looked up.
    InDoubt,
    /// A run that found nothing to do.
    NothingNew,
    /// A run that a person stopped.
    Stopped,
    /// A run that a dead connection ended.
    Failed,
    /// A remark: a run's start, a person's decision.
    Note,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_all_the_decimals_they_have() {
        let shown = |amount: &str, currency: &str| {
            let amount = amount.parse().unwrap();
            let currency = ledger::Currency::new(currency).unwrap();
            Amount::from(ledger::Money { amount, currency }).value
        };
        assert_eq!(shown("1153.45", "JPY"), "1153.45");
        assert_eq!(shown("1153.00", "JPY"), "1153");
        assert_eq!(shown("-60.5", "GBP"), "-60.50");
        assert_eq!(shown("0", "GBP"), "0.00");
        assert_eq!(shown("12.3456", "KWD"), "12.3456");
    }
}
