//! Which records without a link are one.
//!
//! What a person said comes first, then our marker on the ERPNext record, then what the records say
//! themselves ([`contacts`], [`documents`]): one on each side whose keys agree are one; where keys
//! contradict each other, or several fit, a person decides. Nothing is guessed, and a record that could
//! be one of several is never created a second time.

mod contacts;
mod documents;

use std::collections::{BTreeMap, BTreeSet};

pub(in crate::plan) use documents::number_key;

use ledger::{Kind, RemoteId, Side};
use serde::{Deserialize, Serialize};

use super::{Choice, PerSide, Situation};

/// How two records were recognised as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchReason {
    /// A person said so.
    Person,
    /// Our marker on one of them names the other.
    Marker,
    /// Same document number.
    Number,
    /// Same tax registration number.
    TaxNumber,
    /// Same e-mail address and name.
    EmailAndName,
    /// Same name.
    Name,
    /// Same number and customer, and the same amount still owed: one side's books were opened with what
    /// was left of it.
    StillOwed,
    /// Payments for the same invoices, of the same day and amounts.
    SamePayment,
    /// Payments for the same invoices, of the same amounts on different days, while both sides owe the
    /// same: each stays as it is.
    SameMoney,
    /// Different numbers, but same contact, date, total and currency: only ever a candidate.
    Lookalike,
}

impl MatchReason {
    /// The reason in words for a person.
    pub const fn words(self) -> &'static str {
        match self {
            MatchReason::Person => "chosen by a person",
            MatchReason::Marker => "linked before",
            MatchReason::Number => "same number",
            MatchReason::TaxNumber => "same tax number",
            MatchReason::EmailAndName => "same e-mail and name",
            MatchReason::Name => "same name",
            MatchReason::StillOwed => {
                "same number and customer, and the same amount still owed; nothing was changed"
            }
            MatchReason::SamePayment => "same invoices, day and amount",
            MatchReason::SameMoney => {
                "same invoices and amount, and both sides owe the same; nothing was changed"
            }
            MatchReason::Lookalike => "same contact, date and total",
        }
    }
}

/// What matching found, as positions in the two lists it was given.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Records that are one: Xero's position, ERPNext's position, why.
    pub pairs: Vec<(usize, usize, MatchReason)>,
    /// Records that could be one of several, with all candidates of the group.
    pub ambiguous: Vec<Ambiguous>,
    /// Documents of one number that are not one: Xero's position, ERPNext's.
    pub clashes: Vec<(usize, usize)>,
    /// Documents of one number of which nobody can tell before their contacts are settled.
    pub waiting: Vec<(usize, usize)>,
}

/// Records that could be one, but several fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// Positions in Xero's list.
    pub xero: Vec<usize>,
    /// Positions in ERPNext's list.
    pub erpnext: Vec<usize>,
    /// What they share.
    pub reason: MatchReason,
}

/// Whether a Xero contact and an ERPNext customer are one; `None` where that is not settled yet.
pub type SameContact<'a> = &'a dyn Fn(&RemoteId, &RemoteId) -> Option<bool>;

/// What matching sees of a record: of a contact all of it, of a document its [`super::Card`].
pub(super) trait Seen: Sized {
    /// The record's identity.
    fn id(&self) -> &RemoteId;
    /// The counterpart's identity, where our marker is on the record.
    fn marker(&self) -> Option<&RemoteId>;
    /// Whether the record has come to its end.
    fn ended(&self) -> bool;
    /// Whether what an ended record says of its counterpart still counts: a voided document stands
    /// for nothing, and one that was taken back must not claim what it was made from.
    const ENDED_MAY_HINT: bool;
    /// Whether what Xero's record says of its counterpart agrees with what the two say themselves.
    fn hint_is_right(&self, erpnext: &Self, same_contact: SameContact<'_>) -> bool;
    /// Recognises the records that are still open by what they say themselves.
    fn resolve(state: &mut State<'_, Self>, same_contact: SameContact<'_>);
}

/// Matches the unlinked records of one kind. `same_contact` is asked of the contacts of documents.
pub(super) fn match_records<T: Seen>(
    kind: Kind,
    situation: &Situation,
    (xero, erpnext): (&[&T], &[&T]),
    same_contact: SameContact<'_>,
) -> Matches {
    let mut state = State {
        kind,
        xero,
        erpnext,
        open: PerSide {
            xero: (0..xero.len()).collect(),
            erpnext: (0..erpnext.len()).collect(),
        },
        matches: Matches::default(),
    };
    state.by_person(situation);
    state.by_marker(same_contact);
    for side in Side::BOTH {
        state.leave_new(side, situation);
    }
    T::resolve(&mut state, same_contact);
    state.matches.pairs.sort_unstable();
    state.matches
}

/// Records that are being matched.
pub(super) struct State<'a, T> {
    kind: Kind,
    xero: &'a [&'a T],
    erpnext: &'a [&'a T],
    open: PerSide<BTreeSet<usize>>,
    matches: Matches,
}

impl<T: Seen> State<'_, T> {
    fn pair(&mut self, xero: usize, erpnext: usize, reason: MatchReason) {
        self.open.xero.remove(&xero);
        self.open.erpnext.remove(&erpnext);
        self.matches.pairs.push((xero, erpnext, reason));
    }

    fn by_person(&mut self, situation: &Situation) {
        for choice in &situation.choices {
            let Choice::Same {
                kind: of,
                xero,
                erpnext,
            } = choice
            else {
                continue;
            };
            if *of != self.kind {
                continue;
            }
            let left = self
                .open
                .xero
                .iter()
                .copied()
                .find(|i| self.xero[*i].id() == xero);
            let right = self
                .open
                .erpnext
                .iter()
                .copied()
                .find(|i| self.erpnext[*i].id() == erpnext);
            if let (Some(left), Some(right)) = (left, right) {
                self.pair(left, right, MatchReason::Person);
            }
        }
    }

    /// Leaves records to a person.
    fn ask(&mut self, group: Ambiguous) {
        for index in &group.xero {
            self.open.xero.remove(index);
        }
        for index in &group.erpnext {
            self.open.erpnext.remove(index);
        }
        self.matches.ambiguous.push(group);
    }

    /// ERPNext's marker decides; Xero's (a number or a link that people can edit, and that may come
    /// from another site) only helps where ERPNext's record carries none, and what the two records say
    /// themselves agrees with it.
    fn by_marker(&mut self, same_contact: SameContact<'_>) {
        let by_id: BTreeMap<&RemoteId, usize> = self
            .open
            .xero
            .iter()
            .map(|index| (self.xero[*index].id(), *index))
            .collect();
        let found: Vec<(usize, usize)> = self
            .open
            .erpnext
            .iter()
            .filter_map(|index| {
                let marker = self.erpnext[*index].marker()?;
                by_id.get(marker).map(|xero| (*xero, *index))
            })
            .collect();
        // A cancelled document keeps its marker; the live one that took its place goes first.
        let mut found = found;
        found.sort_by_key(|(_, erpnext)| self.erpnext[*erpnext].ended());
        for (xero, erpnext) in found {
            if self.open.xero.contains(&xero) {
                self.pair(xero, erpnext, MatchReason::Marker);
            }
        }
        let by_id: BTreeMap<&RemoteId, usize> = self
            .open
            .erpnext
            .iter()
            .filter(|index| self.erpnext[**index].marker().is_none())
            .map(|index| (self.erpnext[*index].id(), *index))
            .collect();
        let found: Vec<(usize, usize)> = self
            .open
            .xero
            .iter()
            .filter_map(|index| {
                let record = self.xero[*index];
                if record.ended() && !T::ENDED_MAY_HINT {
                    return None;
                }
                let erpnext = *by_id.get(record.marker()?)?;
                let agrees = record.hint_is_right(self.erpnext[erpnext], same_contact);
                agrees.then_some((*index, erpnext))
            })
            .collect();
        for (xero, erpnext) in found {
            if self.open.erpnext.contains(&erpnext) {
                self.pair(xero, erpnext, MatchReason::Marker);
            }
        }
    }

    /// Records of which a person said that they are new, and ERPNext records whose marker names a
    /// Xero record that is not here, take no further part.
    fn leave_new(&mut self, side: Side, situation: &Situation) {
        let records = match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        };
        let kind = self.kind;
        self.open.get_mut(side).retain(|index| {
            let record = records[*index];
            let orphan = side == Side::Erpnext && record.marker().is_some();
            !orphan && !situation.is_new(kind, side, record.id())
        });
    }
}
