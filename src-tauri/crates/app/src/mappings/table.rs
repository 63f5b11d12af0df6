//! Mappings as rows: each value that has a way, once.

use std::collections::{BTreeMap, BTreeSet};

use ledger::mapping::{Choice, Directory, Suggestion, suggest};
use ledger::tracking::Tracked;
use ledger::{MappingKind, Mappings, Side};
use store::{MappingSource, SavedMapping};

use super::Profiles;
use crate::views::{ChoiceView, MappingRow, MappingState, MappingTable};

/// How many records wait for a value.
pub(super) type Waiting = BTreeMap<(MappingKind, Side, String), u32>;

/// Everything that a table is made from.
pub(super) struct Tables<'a> {
    pub profiles: &'a Profiles,
    pub directory: &'a Directory,
    pub saved: &'a [SavedMapping],
    /// What follows from those saved.
    pub now: &'a Mappings,
    pub waiting: &'a Waiting,
}

/// What a side offers, with what stands for each value now.
fn offered(profiles: &Profiles, now: &Mappings, kind: MappingKind, side: Side) -> Vec<ChoiceView> {
    offered_for(profiles, now, kind, side, None)
}

/// What a side offers for a value of the other one: for a bank or cash account nothing that is none.
pub(crate) fn offered_for(
    profiles: &Profiles,
    now: &Mappings,
    kind: MappingKind,
    side: Side,
    value: Option<&Choice>,
) -> Vec<ChoiceView> {
    let bank = value.is_some_and(|it| !it.no_bank);
    profiles
        .choices(kind, side)
        .iter()
        .filter(|choice| !(bank && choice.no_bank))
        .map(|choice| view(profiles, now, kind, side, choice))
        .collect()
}

fn view(
    profiles: &Profiles,
    now: &Mappings,
    kind: MappingKind,
    side: Side,
    choice: &Choice,
) -> ChoiceView {
    let to = now.translate(kind, side, &choice.key);
    ChoiceView {
        counterpart: to.map(|to| profiles.offered_as(kind, side.other(), to).to_owned()),
        ..ChoiceView::from(choice.clone())
    }
}

/// Whether anything of a kind is mapped.
pub(super) fn is_mapped(mappings: &Mappings, kind: MappingKind) -> bool {
    let mut sides = Side::BOTH.into_iter();
    sides.any(|side| mappings.ways(kind, side).next().is_some())
}

/// What stands for a value.
struct Found {
    counterpart: Option<String>,
    state: MappingState,
    reason: Option<String>,
}

impl Tables<'_> {
    pub fn table(&self, kind: MappingKind) -> MappingTable {
        let of = |side| self.profiles.choices(kind, side);
        let suggestions = suggest(kind, of(Side::Xero), of(Side::Erpnext), self.now);
        let tracked = Tracked::of(self.now, []);
        let optional = |side: Side, choice: &Choice| {
            kind == MappingKind::Tracking
                && (choice.default || !tracked.is_carried(side, &choice.key))
        };
        let mut rows = Vec::new();
        // ERPNext's values that a row of Xero's shows, both ways.
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        let mut named: BTreeSet<(Side, &str)> = BTreeSet::new();
        for side in Side::BOTH {
            for choice in of(side) {
                named.insert((side, &choice.key));
                named.extend(choice.also.as_deref().map(|also| (side, also)));
                if side == Side::Erpnext && shown.contains(choice.key.as_str()) {
                    continue;
                }
                let found = self.found(kind, side, choice, &suggestions);
                let other = found.counterpart.as_ref().and_then(|key| {
                    let mut offered = of(side.other()).iter();
                    offered.find(|other| other.key == *key)
                });
                let back = other
                    .map(|other| self.found(kind, side.other(), other, &suggestions))
                    .filter(|back| back.counterpart.as_ref() == Some(&choice.key));
                // A row is both ways where both came about alike.
                let both_ways = back.is_some_and(|back| back.state == found.state);
                if both_ways && side == Side::Xero {
                    shown.extend(other.map(|other| other.key.as_str()));
                }
                let waiting = self.waits(kind, side, choice, both_ways.then_some(other).flatten());
                let open = matches!(
                    found.state,
                    MappingState::Unmatched | MappingState::Suggested
                );
                // An account for fees and write-offs needs no counterpart until something comes to it.
                if choice.no_bank && open && waiting == 0 {
                    continue;
                }
                rows.push(MappingRow {
                    side: side.into(),
                    value: view(self.profiles, self.now, kind, side, choice),
                    counterpart: found.counterpart,
                    both_ways,
                    state: found.state,
                    reason: found.reason,
                    waiting,
                    optional: waiting == 0 && optional(side, choice),
                });
            }
        }
        rows.extend(self.not_offered(kind, &named));
        let rank = |state: MappingState| match state {
            MappingState::Unmatched | MappingState::Gone => 0,
            MappingState::Suggested => 1,
            MappingState::Mapped => 2,
        };
        let rank = |row: &MappingRow| {
            let open = row.state == MappingState::Unmatched;
            if open && row.optional {
                3
            } else {
                rank(row.state)
            }
        };
        // Those that records wait for come first.
        rows.sort_by_key(|row| (rank(row), std::cmp::Reverse(row.waiting)));
        MappingTable {
            kind: kind.into(),
            carried: MappingKind::NEEDED.contains(&kind) || is_mapped(self.now, kind),
            rows,
            xero: offered(self.profiles, self.now, kind, Side::Xero),
            erpnext: offered(self.profiles, self.now, kind, Side::Erpnext),
        }
    }

    fn found(
        &self,
        kind: MappingKind,
        side: Side,
        choice: &Choice,
        suggestions: &[Suggestion],
    ) -> Found {
        if let Some(to) = self.now.translate(kind, side, &choice.key) {
            let to = self.profiles.offered_as(kind, side.other(), to);
            let mut offered = self.profiles.choices(kind, side.other()).iter();
            let gone = offered.all(|other| other.key != to);
            return Found {
                counterpart: Some(to.to_owned()),
                state: if gone {
                    MappingState::Gone
                } else {
                    MappingState::Mapped
                },
                reason: if gone {
                    Some(self.gone(kind, side.other(), to))
                } else {
                    self.reason(kind, side, choice)
                },
            };
        }
        let of_value = |it: &&Suggestion| it.mapping.from == side && it.mapping.key == choice.key;
        match suggestions.iter().find(of_value) {
            Some(suggestion) => Found {
                counterpart: Some(suggestion.mapping.to.clone()),
                state: MappingState::Suggested,
                reason: Some(suggestion.reason.clone()),
            },
            None => Found {
                counterpart: None,
                state: MappingState::Unmatched,
                reason: None,
            },
        }
    }

    /// Why a value is mapped, where a person did not say so.
    fn reason(&self, kind: MappingKind, side: Side, choice: &Choice) -> Option<String> {
        let of = |key: &str| {
            let mut saved = self.saved.iter();
            saved.find(|saved| {
                let mapping = &saved.mapping;
                (mapping.kind, mapping.from, mapping.key.as_str()) == (kind, side, key)
            })
        };
        match of(&choice.key) {
            Some(saved) => match &saved.source {
                MappingSource::Person => None,
                MappingSource::Suggested(reason) => Some(reason.clone()),
            },
            None => choice
                .also
                .as_ref()
                .map(|also| format!("the same rate as {also}")),
        }
    }

    /// What happened to a counterpart that is not offered any more, as far as it can be told.
    fn gone(&self, kind: MappingKind, side: Side, key: &str) -> String {
        let what = kind.noun();
        let id = self.directory.id_of(kind, side, key);
        let name = match self.directory.name_of(kind, side, id) {
            Some(name) if name != key && !key.starts_with(name) => format!(" {name}"),
            _ => String::new(),
        };
        format!(
            "{side} no longer offers the {what} \"{key}{name}\": archived, deleted, or renamed so that it cannot be told which one it is now"
        )
    }

    fn waits(&self, kind: MappingKind, side: Side, choice: &Choice, other: Option<&Choice>) -> u32 {
        let of = |side: Side, choice: &Choice| -> u32 {
            [Some(&choice.key), choice.also.as_ref()]
                .into_iter()
                .flatten()
                .filter_map(|key| self.waiting.get(&(kind, side, key.clone())))
                .sum()
        };
        of(side, choice) + other.map_or(0, |other| of(side.other(), other))
    }

    /// Values that records name but the side does not offer (archived accounts).
    fn not_offered(&self, kind: MappingKind, named: &BTreeSet<(Side, &str)>) -> Vec<MappingRow> {
        self.waiting
            .iter()
            .filter(|((of, side, key), _)| *of == kind && !named.contains(&(*side, key)))
            .map(|((_, side, key), count)| {
                let id = self.directory.id_of(kind, *side, key);
                let name = self.directory.name_of(kind, *side, id).unwrap_or(key);
                MappingRow {
                    side: (*side).into(),
                    value: ChoiceView {
                        key: key.clone(),
                        code: None,
                        name: name.to_owned(),
                        rate: None,
                        counterpart: None,
                    },
                    counterpart: None,
                    both_ways: false,
                    state: MappingState::Unmatched,
                    reason: None,
                    waiting: *count,
                    optional: false,
                }
            })
            .collect()
    }
}
