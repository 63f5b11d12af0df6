//! Everything the planner may know.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::problem::Difference;
use ledger::tracking::Tracked;
use ledger::{Cause, Currency, Kind, Mappings, Record, RemoteId, Side, Version};
use serde::{Deserialize, Serialize};
use store::Voids;

use super::OpenDocument;
use crate::books::Opening;

/// A value for each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerSide<T> {
    /// Xero's.
    pub xero: T,
    /// ERPNext's.
    pub erpnext: T,
}

impl<T> PerSide<T> {
    /// The value of one side.
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }

    /// The value of one side, to change.
    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Xero => &mut self.xero,
            Side::Erpnext => &mut self.erpnext,
        }
    }
}

/// What both sides hold, and what they last agreed on. Records that are linked, unchanged and in
/// agreement need not be in it.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// Records that are linked.
    pub pairs: Vec<LinkedPair>,
    /// Records of each side without a link.
    pub unlinked: PerSide<Vec<SideRecord>>,
    /// Rows that could not be read.
    pub unreadable: Vec<UnreadableRow>,
    /// The counterparts of linked contacts, of either side: of all that a document in the situation
    /// names, or named when both sides last agreed.
    pub contacts: BTreeMap<(Side, RemoteId), ContactLink>,
    /// The documents that payments and credit notes in the situation are for, and their counterparts, by
    /// side: all but those that this plan decides about.
    pub open: BTreeMap<(Side, RemoteId), OpenDocument>,
    /// The money on account that payments in the situation pay back, and its counterparts, by side, where it
    /// is linked. What is open of it is what is for nothing yet.
    pub money: BTreeMap<(Side, RemoteId), OpenDocument>,
    /// Folded names and numbers of linked, live records that a new record could collide with, and the
    /// record that has each.
    pub taken: BTreeMap<(Side, Kind, String), RemoteId>,
    /// Folded numbers of linked Xero documents that ended, which a new one could collide with.
    pub ended: BTreeSet<(Kind, String)>,
    /// ERPNext drafts that an unfinished replacement of ours left behind: the invoice they were to
    /// take the place of is live.
    pub leftovers: BTreeSet<RemoteId>,
    /// ERPNext's payments that are for their documents for good.
    pub for_good: BTreeSet<RemoteId>,
    /// Writes that were refused and that nobody asked to try again, by source record.
    pub refused: BTreeMap<(Kind, Side, RemoteId), Refusal>,
    /// Xero contacts that were merged into another.
    pub merged: BTreeMap<RemoteId, RemoteId>,
    /// Customers that were merged into another in ERPNext, and are gone; their documents are the other's.
    pub merged_customers: BTreeMap<RemoteId, RemoteId>,
    /// What a person decided about records that could be one.
    pub choices: Vec<Choice>,
    /// Xero's records that we made of linked ones in ERPNext which name others as their counterparts.
    pub made_here: BTreeSet<RemoteId>,
}

/// Two records that are one.
#[derive(Debug, Clone)]
pub struct LinkedPair {
    /// The link's identity in the store.
    pub link: i64,
    /// Xero's record; `None` where it was looked for and is gone.
    pub xero: Option<SideRecord>,
    /// ERPNext's record; `None` where it was looked for and is gone.
    pub erpnext: Option<SideRecord>,
    /// What they last agreed on; `None` where they were linked but have not agreed yet.
    pub base: Option<Base>,
}

impl LinkedPair {
    /// The kind of both records; `None` where both are gone.
    pub fn kind(&self) -> Option<Kind> {
        self.xero
            .as_ref()
            .or(self.erpnext.as_ref())
            .map(|record| record.record.kind())
    }
}

/// What two records last agreed on, each in its own side's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Xero's record then.
    pub xero: Record,
    /// ERPNext's record then.
    pub erpnext: Record,
}

impl Base {
    /// One side's record then.
    pub const fn get(&self, side: Side) -> &Record {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }
}

/// A record as one side holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideRecord {
    /// Its identity there.
    pub id: RemoteId,
    /// How it stood when it was read.
    pub version: Version,
    /// The counterpart's identity, where our marker is on the record.
    pub marker: Option<RemoteId>,
    /// The record.
    pub record: Record,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// Its side.
    pub side: Side,
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: RemoteId,
    /// What a person can call it.
    pub title: String,
    /// What could not be read.
    pub why: String,
}

/// The counterpart of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactLink {
    /// Its identity on the other side.
    pub other: RemoteId,
    /// Whether the counterpart is archived there.
    pub other_archived: bool,
}

/// A write that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The digest of the write.
    pub fingerprint: String,
    /// Why it was refused.
    pub cause: Cause,
}

/// What a person decided about records that could be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// These two are one.
    Same {
        /// Their kind.
        kind: Kind,
        /// Xero's.
        xero: RemoteId,
        /// ERPNext's.
        erpnext: RemoteId,
    },
    /// This record has no counterpart: carry it over as a new one.
    New {
        /// Its kind.
        kind: Kind,
        /// Its side.
        side: Side,
        /// Its identity there.
        id: RemoteId,
    },
    /// Where this record and its counterpart differ, one side's values win.
    Keep {
        /// The kind.
        kind: Kind,
        /// The side the record is on.
        side: Side,
        /// Its identity there.
        id: RemoteId,
        /// The side that wins.
        winner: Side,
        /// What the person was shown: the choice is about that and nothing else.
        shown: Vec<Difference>,
    },
}

/// In which direction a rule carries a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Both ways.
    #[default]
    Both,
    /// From ERPNext to Xero only.
    ToXero,
    /// From Xero to ERPNext only.
    ToErpnext,
    /// Not at all.
    Off,
}

impl Direction {
    /// Whether records travel one way alone.
    pub const fn is_one_way(self) -> bool {
        matches!(self, Direction::ToXero | Direction::ToErpnext)
    }

    /// Whether records may be written to this side.
    pub const fn allows(self, target: Side) -> bool {
        matches!(
            (self, target),
            (Direction::Both, _)
                | (Direction::ToXero, Side::Xero)
                | (Direction::ToErpnext, Side::Erpnext)
        )
    }
}

/// The rules of a pairing, and what the two sides allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Direction of contacts.
    pub contacts: Direction,
    /// Direction of invoices.
    pub invoices: Direction,
    /// Direction of credit notes, and of what they are used for.
    pub credit_notes: Direction,
    /// Direction of payments.
    pub payments: Direction,
    /// Documents dated before this day are linked where both sides have them, never created.
    pub start_date: Option<NaiveDate>,
    /// Documents dated on or before this day are written on neither side, whatever the sides allow.
    pub closed_until: Option<NaiveDate>,
    /// The last day for which tax is filed: what is made, changed or ended there waits for a yes.
    pub tax_filed: Option<NaiveDate>,
    /// Whether drafts are carried.
    pub drafts: bool,
    /// Whether a contact is carried only once a document or payment that is carried names it.
    pub contacts_with_documents: bool,
    /// Which side holds, by kind, where both changed a field to something else; of others a person is asked.
    pub conflicts: BTreeMap<Kind, Side>,
    /// Accounts, tax rates and bank accounts.
    pub mappings: Mappings,
    /// What lines are filed under, and what stands for it.
    #[serde(default)]
    pub tracked: Tracked,
    /// What each side allows.
    pub sides: PerSide<SideFacts>,
    /// What becomes of the counterpart of a record that ended, by kind; of others it is ended too.
    pub voids: BTreeMap<Kind, Voids>,
    /// From how many voids in one run on a person is asked.
    pub ask_from_voids: u32,
    /// From how many changed records in one run on a person is asked.
    pub ask_from_updates: u32,
}

/// What one side allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFacts {
    /// Documents dated on or before this day cannot be written.
    pub locked_until: Option<NaiveDate>,
    /// The currencies that may be used; empty where any may.
    pub currencies: Vec<Currency>,
    /// The account for lines that name none.
    pub default_account: Option<String>,
    /// The accounts that payments may come to and that are no bank accounts.
    #[serde(default)]
    pub no_banks: BTreeSet<String>,
    /// What customers owed when the books began.
    pub opening: Opening,
}

impl Policy {
    /// What becomes of the counterpart of a record of a kind that ended.
    pub fn voids(&self, kind: Kind) -> Voids {
        self.voids.get(&kind).copied().unwrap_or(Voids::Void)
    }

    /// Why a side's books take nothing of this day; `None` where they do.
    pub fn closed(&self, side: Side, day: NaiveDate) -> Option<Cause> {
        let closed = |until: &NaiveDate| day <= *until;
        if let Some(until) = self.sides.get(side).locked_until.filter(closed) {
            return Some(Cause::PeriodLocked { side, until });
        }
        let until = self.closed_until.filter(closed)?;
        Some(Cause::ClosedByRules { side, until })
    }

    /// The direction of a kind.
    pub const fn direction(&self, kind: Kind) -> Direction {
        match kind {
            Kind::Contact => self.contacts,
            Kind::Invoice => self.invoices,
            Kind::CreditNote => self.credit_notes,
            Kind::Payment => self.payments,
        }
    }
}

impl Situation {
    /// Every record in the situation: kind, side, identity.
    pub fn every_record(&self) -> impl Iterator<Item = (Kind, Side, &RemoteId)> {
        let linked = self.pairs.iter().flat_map(|pair| {
            [(Side::Xero, &pair.xero), (Side::Erpnext, &pair.erpnext)]
                .into_iter()
                .filter_map(|(side, record)| {
                    record
                        .as_ref()
                        .map(|record| (record.record.kind(), side, &record.id))
                })
        });
        let unlinked = Side::BOTH.into_iter().flat_map(|side| {
            self.unlinked
                .get(side)
                .iter()
                .map(move |record| (record.record.kind(), side, &record.id))
        });
        let unreadable = self
            .unreadable
            .iter()
            .map(|row| (row.kind, row.side, &row.id));
        linked.chain(unlinked).chain(unreadable)
    }

    /// The records of one kind and side without a link.
    pub fn unlinked_of(&self, kind: Kind, side: Side) -> impl Iterator<Item = &SideRecord> {
        self.unlinked
            .get(side)
            .iter()
            .filter(move |record| record.record.kind() == kind)
    }

    /// The side a person said wins between two records, where they were shown what is asked now: an
    /// edit since then is asked about anew.
    pub fn kept(
        &self,
        xero: &RemoteId,
        erpnext: &RemoteId,
        differences: &[Difference],
    ) -> Option<Side> {
        self.choices.iter().find_map(|choice| {
            let Choice::Keep {
                side,
                id,
                winner,
                shown,
                ..
            } = choice
            else {
                return None;
            };
            let of = match side {
                Side::Xero => xero,
                Side::Erpnext => erpnext,
            };
            (id == of && shown == differences && !shown.is_empty()).then_some(*winner)
        })
    }

    /// Whether a person said that a record has no counterpart.
    pub fn is_new(&self, kind: Kind, side: Side, id: &RemoteId) -> bool {
        self.choices.iter().any(|choice| {
            matches!(choice, Choice::New { kind: k, side: s, id: i }
                if *k == kind && *s == side && i == id)
        })
    }
}
