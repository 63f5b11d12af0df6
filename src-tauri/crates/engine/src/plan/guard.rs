//! What a plan must be confirmed for by a person before anything is written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::{Currency, Document, DocumentState, Money, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Entry, PlannedWrite, Policy};
use crate::books::Change;
use crate::digest;

/// A reason to ask before writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Many records would be voided, cancelled, archived, or replaced by others.
    ManyVoids {
        /// How many.
        count: u32,
        /// How many were in the last 24 hours, or since a person last said yes.
        lately: u32,
        /// The rule's threshold for both together.
        threshold: u32,
    },
    /// Many records would be changed.
    ManyUpdates {
        /// How many.
        count: u32,
        /// The rule's threshold.
        threshold: u32,
    },
    /// A person said yes to what was shown, and there is more by now. What was shown is carried out.
    NotShown {
        /// How many records wait.
        count: u32,
    },
    /// Documents would be made, changed or ended of a period for which tax is filed. The rest is carried out
    /// without a yes.
    TaxFiled {
        /// The last day of the period.
        until: NaiveDate,
        /// How many records of the plan do so.
        count: u32,
        /// By how much tax, by currency: what is made and what ends alike, so none makes up for another.
        taxes: Vec<Money>,
    },
    /// A side that held records came back empty.
    EmptySide {
        /// The side.
        side: Side,
        /// How many linked records it held.
        linked: u32,
    },
    /// Records that we wrote last are gone from a side without a trace, as after a backup was restored.
    WentBack {
        /// The side.
        side: Side,
        /// How many of the last records that we wrote.
        count: u32,
        /// What some of them were called.
        titles: Vec<String>,
    },
}

impl Guard {
    /// What a yes to this reason is remembered by; `None` where a yes is for the plan's entries, or there
    /// is none.
    pub fn digest(&self) -> Option<String> {
        match self {
            Guard::EmptySide { side, .. } => Some(store::fingerprint(&["empty side", side.word()])),
            Guard::ManyVoids { .. }
            | Guard::ManyUpdates { .. }
            | Guard::NotShown { .. }
            | Guard::TaxFiled { .. }
            | Guard::WentBack { .. } => None,
        }
    }
}

/// What a write does to a record that people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Creates or marks one, or has to do with one that we left behind ourselves.
    None,
    /// Changes it in its place.
    Changes,
    /// Ends it: voids, cancels, archives, or puts another in its place.
    Ends,
}

fn weight(entry: &Entry, write: &PlannedWrite) -> Weight {
    match &write.change {
        // A draft that we left behind ourselves was never anybody's.
        Change::End { .. } if entry.link.is_none() => Weight::None,
        Change::Update {
            under_way: true, ..
        }
        | Change::Create { .. }
        | Change::Mark { .. } => Weight::None,
        Change::End { .. } => Weight::Ends,
        // Archiving a contact ends it just as a void ends a document.
        Change::Update { from, to, .. } if to.ended() && !from.ended() => Weight::Ends,
        change if change.replaces(write.target) => Weight::Ends,
        Change::Allocate { .. } if !write.change.takes_back() => Weight::None,
        Change::Update { .. } | Change::Allocate { .. } => Weight::Changes,
    }
}

fn weighs(entry: &Entry) -> bool {
    let mut writes = entry.writes().iter();
    writes.any(|write| weight(entry, write) != Weight::None)
}

/// How many records a plan ends or changes that people know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    ends: u32,
    changes: u32,
}

impl Tally {
    /// Counts an entry of the plan.
    pub fn add(&mut self, entry: &Entry) {
        for write in entry.writes() {
            match weight(entry, write) {
                Weight::None => {}
                Weight::Changes => self.changes += 1,
                Weight::Ends => self.ends += 1,
            }
        }
    }

    /// Counts a document that is freed of what settles it, to be edited on a side next: nothing of that is begun
    /// without the yes that the edit needs.
    pub const fn add_freed(&mut self, side: Side) {
        match side {
            Side::Xero => self.changes += 1,
            Side::Erpnext => self.ends += 1,
        }
    }

    /// Counts what another has counted.
    pub const fn join(&mut self, other: Self) {
        self.ends += other.ends;
        self.changes += other.changes;
    }

    /// The reasons to ask before the plan is carried out. `lately` is how many records were ended in the
    /// last day without a person having said yes: many small plans are a large one.
    pub fn guards(self, policy: &Policy, lately: u32) -> Vec<Guard> {
        let mut reasons = Vec::new();
        if self.ends > 0 && self.ends.saturating_add(lately) >= policy.ask_from_voids {
            reasons.push(Guard::ManyVoids {
                count: self.ends,
                lately,
                threshold: policy.ask_from_voids,
            });
        }
        if self.changes >= policy.ask_from_updates {
            reasons.push(Guard::ManyUpdates {
                count: self.changes,
                threshold: policy.ask_from_updates,
            });
        }
        reasons
    }
}

/// What lands in a period for which tax is filed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filed {
    count: u32,
    taxes: BTreeMap<Currency, Decimal>,
}

impl Filed {
    /// What an entry of the plan does there; `None` where it does nothing there. Payments are left out: they state
    /// no tax.
    pub fn of(entry: &Entry, until: Option<NaiveDate>) -> Option<Self> {
        let until = until?;
        let writes = entry.writes().iter();
        // Both sides of one document are one document.
        let moved = writes.filter_map(|write| moved(&write.change, until)).max();
        Some(Self::one(moved?))
    }

    /// What the changes of one record do there.
    pub fn of_changes(changes: &[Change], until: Option<NaiveDate>) -> Option<Self> {
        let until = until?;
        let moved = changes.iter().filter_map(|change| moved(change, until));
        Some(Self::one(moved.max()?))
    }

    fn one((tax, currency): (Decimal, Currency)) -> Self {
        Self {
            count: 1,
            taxes: [(currency, tax)].into(),
        }
    }

    /// Adds what another has.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        for (currency, tax) in &other.taxes {
            *self.taxes.entry(*currency).or_default() += tax;
        }
    }

    /// The reason to ask, where there is something.
    pub fn guard(&self, until: Option<NaiveDate>) -> Option<Guard> {
        let taxes = self.taxes.iter();
        let money = |(currency, amount): (&Currency, &Decimal)| Money {
            amount: *amount,
            currency: *currency,
        };
        (self.count > 0).then_some(Guard::TaxFiled {
            until: until?,
            count: self.count,
            taxes: taxes.map(money).collect(),
        })
    }
}

/// Whether a document is in the return of a period: drafts are in none.
fn lands(document: &Document, until: NaiveDate) -> bool {
    document.state == DocumentState::Approved && document.date <= until
}

/// The tax by which a change moves what a period holds; `None` where it moves nothing there.
fn moved(change: &Change, until: NaiveDate) -> Option<(Decimal, Currency)> {
    let tax = |document: &Document| (document.tax_total.abs(), document.currency);
    match change {
        Change::Create { record, .. } => {
            let made = record.document()?;
            lands(made, until).then(|| tax(made))
        }
        Change::End { from, .. } => {
            let ended = from.document()?;
            lands(ended, until).then(|| tax(ended))
        }
        Change::Update { from, to, .. } => {
            let (from, to) = (from.document()?, to.document()?);
            match (lands(from, until), lands(to, until)) {
                (false, false) => None,
                (true, false) => Some(tax(from)),
                (false, true) => Some(tax(to)),
                (true, true) if states_alike(from, to) => None,
                (true, true) => Some(((to.tax_total - from.tax_total).abs(), to.currency)),
            }
        }
        Change::Allocate { .. } | Change::Mark { .. } => None,
    }
}

/// Whether a return says the same of both: figures, rates and day.
fn states_alike(one: &Document, other: &Document) -> bool {
    let said = |it: &Document| {
        (
            (it.net_total, it.tax_total, it.total),
            (it.currency, it.exchange_rate, it.date),
        )
    };
    let rates = |it: &Document| -> Vec<(Decimal, Option<String>)> {
        let lines = it.lines.iter();
        lines.map(|line| (line.amount, line.tax.clone())).collect()
    };
    said(one) == said(other) && rates(one) == rates(other)
}

/// What a yes to an entry is remembered by, where it ends or changes a record which people know, or lands in a
/// period for which tax is filed. A yes to a plan is a yes to these.
pub fn shown(entry: &Entry, filed: bool) -> Option<String> {
    (filed || weighs(entry)).then(|| digest::entry(entry))
}
