//! Records that a person wants left alone: they are in no other part of a plan, and so is nothing that needs them.

use std::collections::BTreeSet;

use ledger::{Kind, RemoteId, Side};
use store::RecordKey;

use super::{
    Card, Documents, Entry, LinkedPair, Outcome, PerSide, Scope, SideRecord, Situation, Subject,
};

/// What was taken out of a situation.
#[derive(Debug, Default)]
pub struct Apart {
    /// An entry for each record, or for two that are linked.
    pub entries: Vec<Entry>,
    /// Names and numbers of live records among these that have no link: they are taken on their side.
    pub(crate) names: Vec<((Side, Kind, String), RemoteId)>,
}

/// Takes out of what a plan is made from what is kept apart. A record without a link that refers to one of these waits
/// with it where it is `needed`, and so does one whose marker names it; of linked ones what settles documents goes with
/// these documents.
pub fn take_out(
    situation: &mut Situation,
    documents: &mut Documents,
    (kept, needed): (BTreeSet<RecordKey>, BTreeSet<RecordKey>),
) -> Apart {
    let mut apart = Apart::default();
    if kept.is_empty() {
        return apart;
    }
    let mut all = All { kept, needed };
    for kind in Kind::ALL {
        let pairs = situation
            .pairs
            .extract_if(.., |pair| all.has_pair(kind, pair));
        apart
            .entries
            .extend(pairs.map(|pair| pair_entry(kind, &pair)));
        for side in Side::BOTH {
            let records = situation.unlinked.get_mut(side);
            let taken: Vec<SideRecord> = records
                .extract_if(.., |record| all.has_record(kind, side, record))
                .collect();
            for record in taken {
                all.add(side, kind, &record.id);
                if !record.record.ended() {
                    let key = (side, kind, record.record.title_key());
                    apart.names.push((key, record.id.clone()));
                }
                apart
                    .entries
                    .push(single(side, kind, super::subject(&record)));
            }
        }
        let unreadable = situation.unreadable.extract_if(.., |row| {
            row.kind == kind && all.has(row.side, kind, &row.id)
        });
        apart.entries.extend(unreadable.map(|row| {
            let subject = Subject {
                title: row.title,
                ..Subject::of(&row.id, None)
            };
            single(row.side, kind, subject)
        }));
        // The documents that are told by their cards are of one kind.
        if kind.is_document() && !kind.ends_first() {
            cards(documents, kind, &mut all, &mut apart);
        }
    }
    apart
}

fn cards(documents: &mut Documents, kind: Kind, all: &mut All, apart: &mut Apart) {
    let linked = documents.linked.extract_if(.., |card| {
        [(Side::Xero, &card.xero), (Side::Erpnext, &card.erpnext)]
            .into_iter()
            .any(|(side, id)| id.as_ref().is_some_and(|id| all.has(side, kind, id)))
    });
    apart.entries.extend(linked.map(|card| {
        let subject = |id: RemoteId| Subject {
            title: card.title.clone(),
            ..Subject::of(&id, None)
        };
        Entry {
            kind,
            link: Some(card.link),
            xero: card.xero.map(subject),
            erpnext: card.erpnext.map(subject),
            outcome: Outcome::OutOfScope(Scope::KeptApart),
        }
    }));
    for side in Side::BOTH {
        let cards = documents.unlinked.get_mut(side);
        let taken: Vec<Card> = cards
            .extract_if(.., |card| {
                let mut refers = kind.parents().iter();
                all.has(side, kind, &card.id)
                    || all.names(side, kind, card.marker.as_ref())
                    || refers.any(|parent| all.keeps(side, *parent, &card.contact))
            })
            .collect();
        for card in taken {
            all.add(side, kind, &card.id);
            let number = card.number.clone();
            if let Some(number) = number.as_deref().filter(|_| card.is_live()) {
                let key = (side, kind, number.trim().to_lowercase());
                apart.names.push((key, card.id.clone()));
            }
            let (amount, currency) = (card.total, card.currency);
            let subject = Subject {
                title: number.unwrap_or_else(|| "(no number)".to_owned()),
                money: Some(ledger::Money { amount, currency }),
                ..Subject::of(&card.id, None)
            };
            apart.entries.push(single(side, kind, subject));
        }
    }
}

/// All that is kept apart, and what waits with it.
struct All {
    kept: BTreeSet<RecordKey>,
    /// Of these, what others need that refer to them.
    needed: BTreeSet<RecordKey>,
}

impl All {
    fn add(&mut self, side: Side, kind: Kind, id: &RemoteId) {
        let id = id.clone();
        let key = RecordKey { side, kind, id };
        self.needed.insert(key.clone());
        self.kept.insert(key);
    }

    /// Whether what refers to a record waits with it.
    fn keeps(&self, side: Side, kind: Kind, id: &RemoteId) -> bool {
        let id = id.clone();
        self.needed.contains(&RecordKey { side, kind, id })
    }

    fn has(&self, side: Side, kind: Kind, id: &RemoteId) -> bool {
        let id = id.clone();
        self.kept.contains(&RecordKey { side, kind, id })
    }

    /// Whether ERPNext's marker names a record of Xero that is kept apart.
    fn names(&self, side: Side, kind: Kind, marker: Option<&RemoteId>) -> bool {
        side == Side::Erpnext && marker.is_some_and(|marker| self.has(Side::Xero, kind, marker))
    }

    fn has_record(&self, kind: Kind, side: Side, record: &SideRecord) -> bool {
        let references = || record.record.references().into_iter();
        record.record.kind() == kind
            && (self.has(side, kind, &record.id)
                || self.names(side, kind, record.marker.as_ref())
                || references().any(|it| self.keeps(side, it.kind, &it.id)))
    }

    fn has_pair(&self, kind: Kind, pair: &LinkedPair) -> bool {
        pair.kind() == Some(kind)
            && [(Side::Xero, &pair.xero), (Side::Erpnext, &pair.erpnext)]
                .into_iter()
                .filter_map(|(side, record)| Some((side, record.as_ref()?)))
                .any(|(side, record)| {
                    let references = record.record.references().into_iter();
                    let mut settled = references.filter(|it| !it.kind.parents().is_empty());
                    self.has(side, kind, &record.id)
                        || settled.any(|it| self.keeps(side, it.kind, &it.id))
                })
    }
}

fn single(side: Side, kind: Kind, subject: Subject) -> Entry {
    let (xero, erpnext) = side.ordered(Some(subject), None);
    Entry {
        kind,
        link: None,
        xero,
        erpnext,
        outcome: Outcome::OutOfScope(Scope::KeptApart),
    }
}

fn pair_entry(kind: Kind, pair: &LinkedPair) -> Entry {
    let subjects = PerSide {
        xero: pair.xero.as_ref().map(super::subject),
        erpnext: pair.erpnext.as_ref().map(super::subject),
    };
    Entry {
        kind,
        link: Some(pair.link),
        xero: subjects.xero,
        erpnext: subjects.erpnext,
        outcome: Outcome::OutOfScope(Scope::KeptApart),
    }
}
