//! What customers owed when one side's books began, where an entry brought it in without naming documents.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Document, RemoteId};

/// An entry that brought in what a customer owed on its day, or had with us, as one amount (ERPNext: a
/// Journal Entry that is an opening entry).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningEntry {
    /// Its identity.
    pub id: RemoteId,
    /// The customer's identity on its side.
    pub contact: RemoteId,
    /// Its day.
    pub date: NaiveDate,
}

impl OpeningEntry {
    /// Whether a document of this customer can be a part of it: what was owed on its day was asked for on
    /// that day or before.
    pub fn can_hold(&self, document: &Document) -> bool {
        self.contact == document.contact && document.date <= self.date
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Side;
    use crate::merge::samples::invoice;

    #[test]
    fn an_opening_entry_holds_what_was_owed_on_its_day() {
        let document = invoice(Side::Xero, &[("Work", "100")]);
        let on = |date: NaiveDate, contact: &str| {
            let (id, contact) = (RemoteId::new("JV-1"), RemoteId::new(contact));
            OpeningEntry { id, contact, date }.can_hold(&document)
        };
        let (day, customer) = (document.date, document.contact.as_str());
        assert!(on(day, customer));
        assert!(on(day.succ_opt().unwrap(), customer));
        assert!(!on(day.pred_opt().unwrap(), customer), "it came later");
        assert!(!on(day, "another customer"));
    }
}
