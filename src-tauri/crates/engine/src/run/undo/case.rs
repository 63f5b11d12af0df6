//! What a run did, from the journal and the log, and how it stands, from the store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, Record, Reference, RemoteId, Side, Version};
use serde_json::Value;
use store::{PairingId, RecordKey, RunId, Scope as Read, Store, StoreError};

use super::super::Session;
use super::super::rows::side_record;
use super::super::settle::{CONTENT, WAS};
use super::scope_of;
use crate::plan::PerSide;
use crate::run::scope::Scope;
use crate::undo::{Case, Deed, Did, Left, Other};

/// What a run did to one record, as it was written down.
#[derive(Debug, Clone)]
struct Wrote {
    side: Side,
    kind: Kind,
    /// As the run left it.
    id: RemoteId,
    source: Option<RemoteId>,
    did: Did,
    left: Option<Left>,
}

/// What a run wrote, record by record.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    wrote: Vec<Wrote>,
    /// Of these, those that are kept apart since the run was undone.
    undone: BTreeSet<RecordKey>,
}

/// One write of a run.
struct Write {
    number: i64,
    change: String,
    target: RemoteId,
    source: Option<RemoteId>,
    left: Option<Left>,
    was: Option<Box<Record>>,
}

impl Write {
    fn of(deed: store::Deed) -> Self {
        let detail = deed.detail.as_ref();
        let read_back = detail.and_then(|it| it.get("read_back"));
        let text = |of: Option<&Value>, key: &str| {
            of.and_then(|it| it.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let version = text(read_back, "version");
        let content = text(read_back, CONTENT);
        let was = detail.and_then(|it| it.get(WAS));
        Self {
            number: deed.number,
            change: deed.change,
            target: deed.target,
            source: deed.source,
            left: version.zip(content).map(|(version, content)| Left {
                version: Version::new(version),
                content,
            }),
            was: was.and_then(|was| serde_json::from_value(was.clone()).ok()),
        }
    }
}

impl Recorded {
    pub(super) fn of(session: &Session, run: RunId) -> Result<Self, StoreError> {
        let (store, pairing) = (&session.store, session.pairing.id);
        let mut writes: BTreeMap<(Side, Kind), Vec<Write>> = BTreeMap::new();
        store.deeds_each(run, |deed| {
            let of = writes.entry((deed.side, deed.kind)).or_default();
            of.push(Write::of(deed));
        })?;
        let mut recorded = Self::default();
        for ((side, kind), mut writes) in writes {
            writes.sort_by_key(|write| write.number);
            recorded.wrote.extend(together(side, kind, writes));
        }
        let kept = store.kept_apart(pairing)?.into_iter();
        let kept = kept.filter(|it| it.keep.undone == Some(run));
        recorded.undone = kept.map(|it| it.keep.record).collect();
        Ok(recorded)
    }

    /// Whether a record was undone before: it is kept apart for that, and so is what it was made from where it came to
    /// its end.
    fn is_undone(&self, wrote: &Wrote) -> bool {
        self.undone.contains(&key(wrote))
    }

    /// What was not undone yet.
    pub(super) fn scope(&self) -> Scope {
        let open = self.wrote.iter().filter(|it| !self.is_undone(it));
        scope_of(open.map(key))
    }

    /// The sides that the run wrote to.
    pub(super) fn sides(&self) -> BTreeSet<Side> {
        self.wrote.iter().map(|it| it.side).collect()
    }

    /// The records of a kind that were not undone yet, by side.
    pub(super) fn ids(&self, kind: Kind) -> BTreeMap<Side, BTreeSet<RemoteId>> {
        let mut ids: BTreeMap<Side, BTreeSet<RemoteId>> = BTreeMap::new();
        let of_kind = self.wrote.iter().filter(|it| it.kind == kind);
        for wrote in of_kind.filter(|it| !self.is_undone(it)) {
            ids.entry(wrote.side).or_default().insert(wrote.id.clone());
        }
        ids
    }

    /// What undoing it depends on, as the store holds it.
    pub(super) fn case(
        &self,
        session: &Session,
        run: RunId,
        (locked, begun): (PerSide<Option<NaiveDate>>, &BTreeSet<RecordKey>),
    ) -> Result<Case, StoreError> {
        let (store, pairing) = (&session.store, session.pairing.id);
        let kept = store.kept_apart(pairing)?.into_iter();
        let kept = kept.filter(|it| it.keep.undone == Some(run));
        let undone: BTreeSet<RecordKey> = kept.map(|it| it.keep.record).collect();
        let mut deeds = Vec::with_capacity(self.wrote.len());
        for wrote in &self.wrote {
            deeds.push(deed(store, pairing, wrote, (&undone, begun))?);
        }
        let others = others(store, pairing, &deeds)?;
        Ok(Case {
            deeds,
            others,
            locked,
            goes_on: !self.undone.is_empty(),
        })
    }
}

fn key(wrote: &Wrote) -> RecordKey {
    RecordKey {
        side: wrote.side,
        kind: wrote.kind,
        id: wrote.id.clone(),
    }
}

/// The writes of a side and kind, record by record. A document that was replaced goes on under its new name.
fn together(side: Side, kind: Kind, writes: Vec<Write>) -> Vec<Wrote> {
    let mut all: Vec<Wrote> = Vec::new();
    let mut by_target: BTreeMap<RemoteId, usize> = BTreeMap::new();
    let mut by_source: BTreeMap<RemoteId, usize> = BTreeMap::new();
    for write in writes {
        let creates = write.change == "create";
        let of_source = write
            .source
            .as_ref()
            .and_then(|it| by_source.get(it))
            .copied();
        let replaced = (write.change == "replace").then_some(of_source).flatten();
        let known = by_target.get(&write.target).copied().or(replaced);
        let place = match known.filter(|_| !creates) {
            Some(place) => place,
            // Our marker changes nothing that a person sees.
            None if write.change == "mark" => continue,
            None => {
                let before = of_source.and_then(|place| all.get(place));
                let anew = before.is_some_and(|it| matches!(it.did, Did::Ended));
                let did = match (write.change.as_str(), &write.was) {
                    ("create", _) if anew => Did::CreatedAnew,
                    ("create", _) => Did::Created,
                    (_, Some(was)) => Did::Changed(Some(was.clone())),
                    ("void" | "withdraw", None) => Did::Ended,
                    (_, None) => Did::Changed(None),
                };
                all.push(Wrote {
                    side,
                    kind,
                    id: write.target.clone(),
                    source: write.source.clone(),
                    did,
                    left: None,
                });
                all.len() - 1
            }
        };
        by_target.insert(write.target.clone(), place);
        if let Some(source) = &write.source {
            by_source.insert(source.clone(), place);
        }
        if let Some(wrote) = all.get_mut(place) {
            let ends = matches!(write.change.as_str(), "void" | "withdraw") && write.was.is_none();
            if ends && matches!(wrote.did, Did::Changed(_)) {
                wrote.did = Did::Ended;
            }
            wrote.id = write.target;
            wrote.left = write.left;
        }
    }
    all
}

fn deed(
    store: &Store,
    pairing: PairingId,
    wrote: &Wrote,
    (undone, begun): (&BTreeSet<RecordKey>, &BTreeSet<RecordKey>),
) -> Result<Deed, StoreError> {
    let (side, kind) = (wrote.side, wrote.kind);
    let record = key(wrote);
    let stored = store.record(pairing, &record)?;
    let there = stored.as_ref().filter(|it| it.gone.is_none());
    let link = store.link_of(pairing, kind, side, &wrote.id)?;
    let of_source = match (&link, &wrote.source) {
        (None, Some(source)) => store.link_of(pairing, kind, side.other(), source)?,
        _ => None,
    };
    let other = link.as_ref().map(|it| it.on(side.other()).clone());
    // What a credit is used for is taken back before it ends.
    let ends = matches!(wrote.did, Did::Created);
    let lives = there.is_some_and(|it| it.row.record.as_ref().is_ok_and(|it| !it.ended()));
    let over = !(ends && lives);
    Ok(Deed {
        side,
        kind,
        id: wrote.id.clone(),
        other: other.or_else(|| wrote.source.clone()),
        did: wrote.did.clone(),
        left: wrote.left.clone(),
        now: there.and_then(side_record),
        agreed: link.as_ref().and_then(|it| it.base(side).cloned()),
        in_its_place: of_source.map(|it| it.on(side).clone()),
        begun: undone.contains(&record) || begun.contains(&record),
        undone: undone.contains(&record) && over,
    })
}

/// The live records that the run did not create and that refer to one that it created.
fn others(store: &Store, pairing: PairingId, deeds: &[Deed]) -> Result<Vec<Other>, StoreError> {
    let created = deeds.iter().filter(|it| matches!(it.did, Did::Created));
    let created: BTreeSet<(Side, Kind, &RemoteId)> =
        created.map(|it| (it.side, it.kind, &it.id)).collect();
    let written: BTreeSet<(Side, Kind, &RemoteId)> =
        deeds.iter().map(|it| (it.side, it.kind, &it.id)).collect();
    let sides: BTreeSet<Side> = created.iter().map(|(side, ..)| *side).collect();
    let mut others = Vec::new();
    for side in sides {
        for kind in Kind::ALL
            .into_iter()
            .filter(|kind| !kind.parents().is_empty())
        {
            store.records_of_side(pairing, side, kind, Read::All, |stored| {
                let Ok(record) = &stored.row.record else {
                    return;
                };
                if stored.gone.is_some()
                    || record.ended()
                    || written.contains(&(side, kind, &stored.row.id))
                {
                    return;
                }
                let references = record.references().into_iter();
                let refers: Vec<Reference> = references
                    .filter(|it| created.contains(&(side, it.kind, &it.id)))
                    .collect();
                if !refers.is_empty() {
                    others.push(Other {
                        side,
                        named: crate::undo::named(record),
                        refers,
                    });
                }
            })?;
        }
    }
    Ok(others)
}
