//! What a new record is called on a side where its own name or number is in use.
//!
//! Two customers of one name are two customers, and both are carried. ERPNext takes a customer name
//! twice (its documents' names are made distinct there), Xero takes a name once among its active
//! contacts, so the second is called there as ERPNext itself tells the two apart. The preview and the
//! log say so; the two belong together by our marker, and each keeps its own wording.

use std::collections::{BTreeMap, BTreeSet};

use ledger::contact::folded_name;
use ledger::{Cause, Contact, DocumentState, Kind, RemoteId, Side};

use super::matching::number_key;
use super::{Card, Documents, PerSide, SideRecord, Situation};

/// Who has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// A contact whose counterpart is known, or that a person called a new one.
    Another,
    /// One of which nobody can tell yet whether it is the very contact that is to be carried.
    Unsettled(RemoteId),
}

/// The names in use on both sides.
pub(super) struct Names(BTreeMap<(Side, String), Holder>);

/// How many numbered names are looked at before a person is asked.
const NUMBERED: std::ops::RangeInclusive<u32> = 2..=9;

/// A name or number with a number behind it, where the plain one is in use.
fn numbered(text: &str, number: u32) -> String {
    format!("{} ({number})", text.trim())
}

/// The numbered names or numbers that are tried for a text, in their order.
pub fn all_numbered(text: &str) -> impl Iterator<Item = String> {
    NUMBERED.map(move |number| numbered(text, number))
}

impl Names {
    /// The names of linked contacts that a new one could collide with, and of all that have no link;
    /// `paired` are the positions of those that this plan links.
    pub(super) fn of(
        situation: &Situation,
        (xero, erpnext): (&[&SideRecord], &[&SideRecord]),
        paired: &[(usize, usize, super::MatchReason)],
    ) -> Self {
        let mut names = Self(BTreeMap::new());
        let (left, right): (BTreeSet<usize>, BTreeSet<usize>) = paired
            .iter()
            .map(|(left, right, _)| (*left, *right))
            .unzip();
        for (side, records) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
            for (index, record) in records.iter().enumerate() {
                if record.record.ended() {
                    continue;
                }
                let paired = match side {
                    Side::Xero => &left,
                    Side::Erpnext => &right,
                };
                let settled =
                    paired.contains(&index) || situation.is_new(Kind::Contact, side, &record.id);
                let holder = if settled {
                    Holder::Another
                } else {
                    Holder::Unsettled(record.id.clone())
                };
                let name = folded_name(record.record.title());
                let known = names.0.entry((side, name)).or_insert(Holder::Another);
                if holder != Holder::Another {
                    *known = holder;
                }
            }
        }
        for (side, kind, name) in situation.taken.keys() {
            if *kind == Kind::Contact {
                let name = (*side, name.clone());
                names.0.entry(name).or_insert(Holder::Another);
            }
        }
        names
    }

    /// What a new contact is called on a side, which is then in use.
    ///
    /// # Errors
    /// The contact there that has the name and may be the same one.
    pub(super) fn free_on(
        &mut self,
        target: Side,
        source: &SideRecord,
        contact: &Contact,
        situation: &Situation,
    ) -> Result<String, RemoteId> {
        let name = contact.name.clone();
        let folded = folded_name(&name);
        let new = situation.is_new(Kind::Contact, target.other(), &source.id);
        match self.0.get(&(target, folded.clone())) {
            None => {
                self.0.insert((target, folded), Holder::Another);
                return Ok(name);
            }
            Some(_) if folded.is_empty() => return Ok(name),
            Some(Holder::Unsettled(by)) if !new => return Err(by.clone()),
            Some(_) => {}
        }
        if target == Side::Erpnext {
            return Ok(name);
        }
        let id = source.id.as_str();
        let told_apart = if id.len() > name.len() && id.starts_with(name.trim()) {
            // ERPNext calls the second one "Priya Shah - 1".
            Some(id.to_owned())
        } else {
            (folded_name(id) != folded).then(|| format!("{} ({id})", name.trim()))
        };
        let free = told_apart
            .into_iter()
            .chain(all_numbered(&name))
            .find(|name| !self.0.contains_key(&(target, folded_name(name))));
        // Xero says so where even the last one is in use.
        let free = free.unwrap_or(name);
        self.0.insert((target, folded_name(&free)), Holder::Another);
        Ok(free)
    }
}

/// The document numbers in use on both sides, with the document that has each, where it is known.
pub(super) struct Numbers {
    kind: Kind,
    numbers: BTreeMap<(Side, String), Option<RemoteId>>,
}

/// The kinds whose documents have numbers of one list on a side: in ERPNext a return is a Sales Invoice.
pub(crate) const fn numbered_with(side: Side, kind: Kind) -> &'static [Kind] {
    match (side, kind) {
        (Side::Erpnext, Kind::Invoice | Kind::CreditNote) => &[Kind::Invoice, Kind::CreditNote],
        (Side::Xero, Kind::Invoice) => &[Kind::Invoice],
        (Side::Xero, Kind::CreditNote) => &[Kind::CreditNote],
        (_, Kind::Contact) => &[Kind::Contact],
        (_, Kind::Payment) => &[Kind::Payment],
    }
}

/// The number of a new document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    /// Its own.
    Own,
    /// One behind its own, because a person said that it and the document that has its number are two, or
    /// because that one was voided.
    Behind(String),
    /// None: it is taken.
    Taken(Box<Cause>),
}

impl Numbers {
    /// The numbers of linked documents that a new one could collide with, and of all without a link.
    pub(super) fn of(of: Kind, situation: &Situation, unlinked: &PerSide<&[&Card]>) -> Self {
        let mut numbers = Self {
            kind: of,
            numbers: BTreeMap::new(),
        };
        for ((side, kind, number), by) in &situation.taken {
            if numbered_with(*side, of).contains(kind) {
                let number = (*side, number.clone());
                numbers.numbers.insert(number, Some(by.clone()));
            }
        }
        for side in Side::BOTH {
            numbers.add(side, unlinked.get(side).iter().copied());
        }
        numbers
    }

    /// The numbers of documents without a link.
    pub(super) fn given(of: Kind, documents: &Documents) -> Self {
        let mut numbers = Self {
            kind: of,
            numbers: BTreeMap::new(),
        };
        for side in Side::BOTH {
            numbers.add(side, documents.unlinked.get(side));
        }
        numbers
    }

    fn add<'c>(&mut self, side: Side, cards: impl IntoIterator<Item = &'c Card>) {
        for card in cards {
            // In Xero the number of a voided document is free again; in ERPNext it is the name of a
            // document that stays.
            if side == Side::Xero && card.state == DocumentState::Voided {
                continue;
            }
            if let Some(number) = &card.number {
                let number = (side, number_key(number));
                self.numbers.insert(number, Some(card.id.clone()));
            }
        }
    }

    /// Numbers that documents of another kind have, where those are of the same list.
    pub(super) fn and(mut self, other: &Self) -> Self {
        let shared = other
            .numbers
            .iter()
            .filter(|((side, _), _)| numbered_with(*side, self.kind).contains(&other.kind));
        for (number, by) in shared {
            self.numbers
                .entry(number.clone())
                .or_insert_with(|| by.clone());
        }
        self
    }

    /// The number of a new document on a side, which is then in use.
    pub(super) fn free_on(&mut self, target: Side, source: &Card, situation: &Situation) -> Number {
        let Some(number) = &source.number else {
            return Number::Own;
        };
        let kind = self.kind;
        // Whether Xero gives the number of a voided document again is not known.
        let ended = |number: &str| {
            target == Side::Xero && situation.ended.contains(&(kind, number_key(number)))
        };
        let free = |numbers: &BTreeMap<(Side, String), Option<RemoteId>>| {
            all_numbered(number)
                .find(|it| !ended(it) && !numbers.contains_key(&(target, number_key(it))))
        };
        let Some(by) = self.numbers.get(&(target, number_key(number))).cloned() else {
            // ERPNext gave the name of one that was deleted again: nobody has to say that these are two.
            // What has a name of its own gets that.
            let again = ended(number) && ended(source.id.as_str());
            let behind = again.then(|| free(&self.numbers)).flatten();
            let taken = behind.as_ref().unwrap_or(number);
            self.numbers.insert((target, number_key(taken)), None);
            return behind.map_or(Number::Own, Number::Behind);
        };
        let new = |side: Side, id: &RemoteId| situation.is_new(kind, side, id);
        let two = new(target.other(), &source.id) || by.as_ref().is_some_and(|it| new(target, it));
        let free = two.then(|| free(&self.numbers)).flatten();
        let Some(free) = free else {
            return Number::Taken(Box::new(Cause::NumberTaken {
                side: target,
                number: number.clone(),
                by,
            }));
        };
        self.numbers.insert((target, number_key(&free)), None);
        Number::Behind(free)
    }
}
