//! What choosing a mapping changes, in words and for how many records.

use std::collections::BTreeSet;

use ledger::mapping::{Directory, Mapping};
use ledger::said::Mapped;
use ledger::{DocumentState, Kind, MappingKind, Mappings, PriceMode, Record, Side};
use store::{Exception, PairingId, RecordKey, Scope, Store, StoreError};

use super::ways::Way;
use super::{Profiles, needs};
use crate::show::count;
use crate::views::{MappingEffect, MappingPreview};

/// Everything a preview is made from.
pub(super) struct Known<'a> {
    pub pairing: PairingId,
    pub profiles: &'a Profiles,
    pub directory: &'a Directory,
    pub said: &'a Mappings,
}

impl Known<'_> {
    /// What a person calls a value: "200 Sales".
    pub fn name(&self, kind: MappingKind, side: Side, key: &str) -> String {
        let choices = self.profiles.choices(kind, side);
        let offered = choices
            .iter()
            .find(|choice| choice.key == key)
            .map(|choice| super::named(kind, choice));
        offered.unwrap_or_else(|| {
            let id = self.directory.id_of(kind, side, key);
            match self.directory.name_of(kind, side, id) {
                Some(name) if name != key && !key.starts_with(name) => format!("{key} {name}"),
                _ => key.to_owned(),
            }
        })
    }

    /// What the mappings would be.
    fn after(&self, ways: &[Way]) -> Mappings {
        let mut after = self.said.clone();
        for way in ways.iter().filter(|way| way.changes()) {
            let (kind, from) = (way.kind, way.from);
            let id = self.directory.id_of(kind, from, &way.key);
            let mut keys = self.directory.keys_of(kind, from, id);
            keys.push(&way.key);
            for key in keys {
                match &way.after {
                    Some(to) => after.set(Mapping {
                        kind,
                        from,
                        key: key.to_owned(),
                        to: to.clone(),
                    }),
                    None => after.remove(kind, from, key),
                }
            }
        }
        after
    }

    /// What these ways change, and for how many records. Reads every document of a side.
    pub fn preview(
        &self,
        store: &Store,
        open: &[Exception],
        ways: &[Way],
    ) -> Result<MappingPreview, StoreError> {
        let before = self.profiles.completed(self.said.clone(), self.directory);
        let after = self.profiles.completed(self.after(ways), self.directory);
        let mut effects = Vec::new();
        for way in ways {
            let mut touched = Touched::default();
            if way.changes() {
                let other = |key: &str| {
                    before.translate(way.kind, way.from, key)
                        != after.translate(way.kind, way.from, key)
                };
                touched = self.touched(store, open, way, other)?;
            }
            effects.push(self.effect(way, touched));
        }
        Ok(MappingPreview { effects })
    }

    fn touched(
        &self,
        store: &Store,
        open: &[Exception],
        way: &Way,
        other: impl Fn(&str) -> bool,
    ) -> Result<Touched, StoreError> {
        let waiting: BTreeSet<&RecordKey> = open
            .iter()
            .filter(|exception| {
                needs(&exception.cause).is_some_and(|(kind, side, key)| {
                    (kind, side) == (way.kind, way.from) && other(&key)
                })
            })
            .map(|exception| &exception.record)
            .collect();
        let mut touched = Touched {
            waiting: waiting.len(),
            ..Touched::default()
        };
        for kind in Kind::ALL {
            store.records_of_side(self.pairing, way.from, kind, Scope::All, |record| {
                let Ok(content) = &record.row.record else {
                    return;
                };
                let carries = !content.ended()
                    && keys(content, way.kind).into_iter().any(&other)
                    && !waiting.contains(&record.key());
                if carries && record.link.is_some() {
                    touched.linked += 1;
                } else if carries && content.state() == Some(DocumentState::Approved) {
                    touched.new += 1;
                }
            })?;
        }
        Ok(touched)
    }

    fn effect(&self, way: &Way, touched: Touched) -> MappingEffect {
        let Touched {
            waiting,
            new,
            linked,
        } = touched;
        MappingEffect {
            side: way.from.into(),
            key: way.key.clone(),
            before: way.before.clone(),
            after: way.after.clone(),
            asked: way.asked,
            waiting: count(waiting),
            not_carried: count(new),
            linked: count(linked),
            sentence: self.sentence(way, touched),
        }
    }

    /// What was chosen, as people call it.
    pub fn mapped(&self, way: &Way) -> Mapped {
        let there = |key: &String| self.name(way.kind, way.from.other(), key);
        Mapped {
            asked: way.asked,
            what: way.kind,
            side: way.from,
            value: self.name(way.kind, way.from, &way.key),
            before: way.before.as_ref().map(there),
            after: way.after.as_ref().map(there),
        }
    }

    fn sentence(&self, way: &Way, touched: Touched) -> String {
        let (from, to) = (way.from, way.from.other());
        let mut said = vec![format!(
            "From {from} to {to}: {}.",
            self.mapped(way).clause()
        )];
        let records = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 record {one}"),
            _ => format!("{count} records {many}"),
        };
        if touched.waiting > 0 {
            said.push(match way.after {
                Some(_) => records(
                    touched.waiting,
                    "that waits for it is sent.",
                    "that wait for it are sent.",
                ),
                None => records(touched.waiting, "waits for it.", "wait for it."),
            });
        }
        if touched.new > 0 {
            let (one, many) = match way.after {
                Some(_) => (
                    "that is not carried over yet follows it.",
                    "that are not carried over yet follow it.",
                ),
                None => (
                    "that is not carried over yet will wait.",
                    "that are not carried over yet will wait.",
                ),
            };
            said.push(records(touched.new, one, many));
        }
        if touched.linked > 0 {
            let (one, many) = (
                "that was carried over stays as it is",
                "that were carried over stay as they are",
            );
            let kept = records(touched.linked, one, many);
            let later = match way.after {
                Some(_) => "are booked anew",
                None => "wait then",
            };
            said.push(format!("{kept}; lines edited in {from} later {later}."));
        }
        said.join(" ")
    }
}

/// How many records carry a value whose counterpart changes.
#[derive(Debug, Clone, Copy, Default)]
struct Touched {
    waiting: usize,
    new: usize,
    linked: usize,
}

/// The keys that a record carries: those of a document's lines, a payment's bank account.
fn keys(record: &Record, kind: MappingKind) -> Vec<&str> {
    let lines = record.document().into_iter().flat_map(|it| &it.lines);
    let untaxed = || {
        let document = record.document();
        document.is_some_and(|it| it.price_mode == PriceMode::NoTax)
    };
    match kind {
        MappingKind::Account => lines.filter_map(|line| line.account.as_deref()).collect(),
        MappingKind::Tax if untaxed() => Vec::new(),
        MappingKind::Tax => lines.filter_map(|line| line.tax.as_deref()).collect(),
        MappingKind::Bank => {
            let payment = record.as_payment();
            let account = payment.and_then(|it| it.bank_account.as_deref());
            account.into_iter().collect()
        }
        MappingKind::Tracking => {
            let keys = lines.filter_map(|line| line.tracking.as_ref()).flatten();
            keys.map(String::as_str).collect()
        }
    }
}
