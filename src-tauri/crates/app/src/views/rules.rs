//! Rules.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Kind;

/// What becomes of the counterpart of a record that was voided, cancelled or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Voids {
    /// It is ended too.
    Void,
    /// A person is asked.
    Ask,
    /// It stands, and the difference is shown.
    Never,
}

impl From<store::Voids> for Voids {
    fn from(voids: store::Voids) -> Self {
        match voids {
            store::Voids::Void => Voids::Void,
            store::Voids::Ask => Voids::Ask,
            store::Voids::Never => Voids::Never,
        }
    }
}

impl From<Voids> for store::Voids {
    fn from(voids: Voids) -> Self {
        match voids {
            Voids::Void => store::Voids::Void,
            Voids::Ask => store::Voids::Ask,
            Voids::Never => store::Voids::Never,
        }
    }
}

/// The rule of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RuleView {
    /// The kind.
    pub kind: Kind,
    /// Which way its records travel: `both`, `to_xero`, `to_erpnext`, `off`.
    pub direction: String,
    /// Documents dated before this day are left alone.
    pub start_date: Option<String>,
    /// What becomes of counterparts of what ended; `None` of contacts.
    pub voids: Option<Voids>,
    /// Of payments: the code of the account in Xero to which money for no invoice yet is booked, as a prepayment;
    /// `None` where it is an overpayment.
    pub prepayments: Option<String>,
}

/// The rules of a pairing, kind by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RulesView {
    /// One for each kind.
    pub rules: Vec<RuleView>,
}
