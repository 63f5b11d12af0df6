//! Documents that are freed of what settles them, edited, and settled again, in one run.
//!
//! Neither side takes every edit of a document that is paid or credited: Xero refuses new figures, and ERPNext
//! puts another document in its place, which nothing would settle. So what settles it is taken off first, and put
//! to what it became afterwards. Nothing of that is begun where a part of it cannot be taken off and put back:
//! then the edit waits, and a person is told.
//!
//! - **Credit notes** go first, because whether a person used one is known only when it is to be taken back; then
//!   money.
//! - **Money in ERPNext** stays what it is: it is for nothing in between, and its bank statement does not know.
//! - **A payment in Xero** is for its document for good, so it is ended and made anew.
//!
//! In between, the two sides are agreed on what one of them alone is used for: that is new on the other, and is
//! carried there like any other use.

use std::collections::BTreeMap;

use ledger::{RemoteId, Side};
use rust_decimal::Decimal;

use super::open_documents::OpenDocuments;

/// What is taken off a document in this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// The uses of credit notes.
    CreditNotes,
    /// Payments, and the uses of money on account.
    Money,
}

/// How much of documents can be taken off them and put back, by side.
pub(super) type Removable = BTreeMap<(Side, RemoteId), Decimal>;

/// The documents that are freed in a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Freed(BTreeMap<(Side, RemoteId), Off>);

impl Freed {
    /// Those of the documents waiting for it of which all can be taken off that settles them.
    pub(super) fn of(documents: &OpenDocuments, notes: &Removable, money: &Removable) -> Self {
        let of = |removable: &Removable, key: &(Side, RemoteId)| {
            removable.get(key).copied().unwrap_or_default()
        };
        let freed = documents.to_free().filter_map(|(key, settled)| {
            let (noted, paid) = (of(notes, key), of(money, key));
            let off = if noted.is_zero() {
                Off::Money
            } else {
                Off::CreditNotes
            };
            (noted + paid == settled).then(|| (key.clone(), off))
        });
        Self(freed.collect())
    }

    /// Both, where documents of several kinds were looked at.
    pub(super) fn and(&mut self, more: Self) {
        for (key, off) in more.0 {
            self.0.entry(key).or_insert(off);
        }
    }

    /// Whether a document is freed, or is about to be.
    pub(super) fn holds(&self, side: Side, document: &RemoteId) -> bool {
        self.0.contains_key(&(side, document.clone()))
    }

    /// Whether this is taken off a document now.
    pub(super) fn takes(&self, off: Off, side: Side, document: &RemoteId) -> bool {
        self.0.get(&(side, document.clone())) == Some(&off)
    }
}
