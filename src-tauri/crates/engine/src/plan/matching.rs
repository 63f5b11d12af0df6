//! Which records without a link are one.
//!
//! Tiers of keys, strongest first. In each tier records of both sides are grouped by key: one on
//! each side are one; several on either side are for a person to decide. Nothing is guessed, and a
//! record that could be one of several is never created a second time.

use std::collections::{BTreeMap, BTreeSet};

use ledger::agreement::folded_tax_number;
use ledger::contact::folded_name;
use ledger::{Kind, Record, RemoteId, Side};
use serde::{Deserialize, Serialize};

use super::{Choice, PerSide, SideRecord, Situation};

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

/// The key of a record in a tier; `None` where the record takes no part.
type Key<'a> = Box<dyn Fn(Side, &SideRecord) -> Option<String> + 'a>;

/// Matches the unlinked records of a kind. `contact_of` gives a comparable identity of a
/// document's contact: the Xero identity of the contact on either side, where it is known.
pub fn match_records(
    kind: Kind,
    situation: &Situation,
    xero: &[&SideRecord],
    erpnext: &[&SideRecord],
    contact_of: &dyn Fn(Side, &RemoteId) -> Option<RemoteId>,
) -> Matches {
    let mut state = State {
        xero,
        erpnext,
        open: PerSide {
            xero: (0..xero.len()).collect(),
            erpnext: (0..erpnext.len()).collect(),
        },
        matches: Matches::default(),
    };
    state.by_person(kind, situation);
    state.by_marker();
    for side in Side::BOTH {
        state.leave_new(kind, side, situation);
    }
    for (reason, key) in tiers(kind, contact_of) {
        state.by_key(reason, &key);
    }
    state.matches.pairs.sort_unstable();
    state.matches
}

fn tiers(
    kind: Kind,
    contact_of: &dyn Fn(Side, &RemoteId) -> Option<RemoteId>,
) -> Vec<(MatchReason, Key<'_>)> {
    match kind {
        Kind::Contact => vec![
            (
                MatchReason::TaxNumber,
                live_contact_key(|contact| {
                    contact
                        .tax_number
                        .as_deref()
                        .map(folded_tax_number)
                        .filter(|key| key.len() >= 5)
                }),
            ),
            (
                MatchReason::EmailAndName,
                live_contact_key(|contact| {
                    let email = contact.email.as_deref()?.to_lowercase();
                    Some(format!("{email}\n{}", folded_name(&contact.name)))
                }),
            ),
            (
                MatchReason::Name,
                live_contact_key(|contact| {
                    Some(folded_name(&contact.name)).filter(|name| !name.is_empty())
                }),
            ),
        ],
        Kind::Invoice => vec![
            (
                MatchReason::Number,
                Box::new(|_, record: &SideRecord| {
                    let invoice = live_invoice(record)?;
                    invoice
                        .number
                        .as_deref()
                        .map(|number| number.trim().to_lowercase())
                }),
            ),
            (
                MatchReason::Lookalike,
                Box::new(move |side, record: &SideRecord| {
                    let invoice = live_invoice(record)?;
                    let contact = contact_of(side, &invoice.contact)?;
                    let total = invoice.total.normalize();
                    Some(format!(
                        "{contact}\n{}\n{total}\n{}",
                        invoice.date, invoice.currency
                    ))
                }),
            ),
        ],
    }
}

fn live_contact_key<'a>(key: impl Fn(&ledger::Contact) -> Option<String> + 'a) -> Key<'a> {
    Box::new(move |_, record| {
        record
            .record
            .as_contact()
            .filter(|contact| !contact.archived)
            .and_then(&key)
    })
}

fn live_invoice(record: &SideRecord) -> Option<&ledger::Invoice> {
    match &record.record {
        Record::Invoice(invoice) if !record.record.ended() => Some(invoice),
        Record::Invoice(_) | Record::Contact(_) => None,
    }
}

struct State<'a> {
    xero: &'a [&'a SideRecord],
    erpnext: &'a [&'a SideRecord],
    open: PerSide<BTreeSet<usize>>,
    matches: Matches,
}

impl State<'_> {
    fn pair(&mut self, xero: usize, erpnext: usize, reason: MatchReason) {
        self.open.xero.remove(&xero);
        self.open.erpnext.remove(&erpnext);
        self.matches.pairs.push((xero, erpnext, reason));
    }

    fn by_person(&mut self, kind: Kind, situation: &Situation) {
        for choice in &situation.choices {
            let Choice::Same {
                kind: of,
                xero,
                erpnext,
            } = choice
            else {
                continue;
            };
            if *of != kind {
                continue;
            }
            let left = self
                .open
                .xero
                .iter()
                .copied()
                .find(|i| self.xero[*i].id == *xero);
            let right = self
                .open
                .erpnext
                .iter()
                .copied()
                .find(|i| self.erpnext[*i].id == *erpnext);
            if let (Some(left), Some(right)) = (left, right) {
                self.pair(left, right, MatchReason::Person);
            }
        }
    }

    /// ERPNext's marker decides; Xero's (a number or a link that people can edit) only helps where
    /// ERPNext's record carries none.
    fn by_marker(&mut self) {
        let by_id: BTreeMap<&RemoteId, usize> = self
            .open
            .xero
            .iter()
            .map(|index| (&self.xero[*index].id, *index))
            .collect();
        let found: Vec<(usize, usize)> = self
            .open
            .erpnext
            .iter()
            .filter_map(|index| {
                let marker = self.erpnext[*index].marker.as_ref()?;
                by_id.get(marker).map(|xero| (*xero, *index))
            })
            .collect();
        // A cancelled document keeps its marker; the live one that took its place goes first.
        let mut found = found;
        found.sort_by_key(|(_, erpnext)| self.erpnext[*erpnext].record.ended());
        for (xero, erpnext) in found {
            if self.open.xero.contains(&xero) {
                self.pair(xero, erpnext, MatchReason::Marker);
            }
        }
        let by_id: BTreeMap<&RemoteId, usize> = self
            .open
            .erpnext
            .iter()
            .filter(|index| self.erpnext[**index].marker.is_none())
            .map(|index| (&self.erpnext[*index].id, *index))
            .collect();
        let found: Vec<(usize, usize)> = self
            .open
            .xero
            .iter()
            .filter_map(|index| {
                let record = self.xero[*index];
                // A voided invoice stands for nothing: one that was taken back must not claim the
                // document that it was made from.
                if matches!(record.record, Record::Invoice(_)) && record.record.ended() {
                    return None;
                }
                let marker = record.marker.as_ref()?;
                by_id.get(marker).map(|erpnext| (*index, *erpnext))
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
    fn leave_new(&mut self, kind: Kind, side: Side, situation: &Situation) {
        let records = match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        };
        self.open.get_mut(side).retain(|index| {
            let record = records[*index];
            let orphan = side == Side::Erpnext && record.marker.is_some();
            !orphan && !situation.is_new(kind, side, &record.id)
        });
    }

    fn by_key(&mut self, reason: MatchReason, key: &Key<'_>) {
        let mut groups: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for index in &self.open.xero {
            if let Some(key) = key(Side::Xero, self.xero[*index]) {
                groups.entry(key).or_default().0.push(*index);
            }
        }
        for index in &self.open.erpnext {
            if let Some(key) = key(Side::Erpnext, self.erpnext[*index]) {
                groups.entry(key).or_default().1.push(*index);
            }
        }
        for (_, (xero, erpnext)) in groups {
            match (xero.as_slice(), erpnext.as_slice()) {
                ([], _) | (_, []) => {}
                ([left], [right]) if reason != MatchReason::Lookalike => {
                    self.pair(*left, *right, reason);
                }
                _ => {
                    for index in &xero {
                        self.open.xero.remove(index);
                    }
                    for index in &erpnext {
                        self.open.erpnext.remove(index);
                    }
                    self.matches.ambiguous.push(Ambiguous {
                        xero,
                        erpnext,
                        reason,
                    });
                }
            }
        }
    }
}
