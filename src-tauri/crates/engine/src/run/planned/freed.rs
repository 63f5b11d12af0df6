//! Documents that are freed of what settles them, to be edited, and what settles those that ended.

use std::collections::BTreeSet;

use ledger::{Kind, Record, RemoteId, Side};
use store::{RecordKey, StoredRecord};

use super::{Decided, Planned, Survey, Weighing};
use crate::digest;
use crate::plan::{Entry, Tally};
use crate::run::scope::keys;
use crate::run::{RunError, situation};

/// A document whose edit waits for what settles it to be taken off.
#[derive(Debug)]
pub(super) struct WaitsToBeFree {
    place: usize,
    /// The side on which it is edited then, and its identity there.
    document: (Side, RemoteId),
    /// What both sides call it.
    keys: Vec<RecordKey>,
    digest: String,
}

impl WaitsToBeFree {
    pub(super) fn of(place: usize, entry: &Entry) -> Option<Self> {
        let (side, there) = entry.waits_to_be_free()?;
        Some(Self {
            place,
            document: (side, there.id.clone()),
            keys: keys(entry),
            digest: digest::entry(entry),
        })
    }
}

impl Planned {
    /// Counts the documents that are freed: what they become is asked about before anything of it is begun.
    pub(super) fn weigh_freed(&self, survey: &mut Survey) {
        for waits in &survey.waiting {
            let (side, id) = &waits.document;
            if self.outline.is_freed(*side, id) {
                let mut tally = Tally::default();
                tally.add_freed(*side);
                survey.weighing.push(Weighing {
                    place: waits.place,
                    tally,
                    digest: waits.digest.clone(),
                    filed: None,
                    records: Vec::new(),
                });
            }
        }
    }

    /// Finds out which of the documents whose edit waits for it can be freed of what settles them. That need
    /// not have changed itself, so it is loaded where the situation lacks it. `known` are those looked at before;
    /// `for_good` says which of ERPNext's payments are taken off nothing.
    pub(super) fn free(
        &mut self,
        known: &mut BTreeSet<(Side, RemoteId)>,
        for_good: &dyn Fn(&RemoteId) -> bool,
    ) -> Result<(), RunError> {
        let mut waiting = self.outline.to_free();
        waiting.retain(|document| known.insert(document.clone()));
        let (store, situation) = (&self.store, &self.situation);
        let mut found = situation::settling(store, self.pairing, situation, &waiting)?;
        self.renaming.rename(&mut found.pairs, &mut found.unlinked);
        self.outline.learn(&found);
        self.situation.pairs.extend(found.pairs);
        self.situation.contacts.extend(found.contacts);
        self.situation.money.extend(found.money);
        let payments = self.situation.pairs.iter();
        let payments = payments.filter(|pair| pair.kind() == Some(Kind::Payment));
        let ids = payments.filter_map(|pair| Some(&pair.erpnext.as_ref()?.id));
        self.situation.for_good = ids.filter(|id| for_good(id)).cloned().collect();
        self.outline.free(&self.situation, &self.policy);
        Ok(())
    }

    /// The documents that are freed of what settles them, to be edited behind that in the same run.
    pub(in crate::run) fn begins(&self) -> impl Iterator<Item = &RecordKey> {
        let waiting = self.survey.waiting.iter();
        let freed = waiting.filter(|it| {
            let (side, id) = &it.document;
            self.outline.is_freed(*side, id) && !self.is_left(it.place)
        });
        freed.flat_map(|it| &it.keys)
    }

    /// What is stored as settling documents that ended: their end takes them off it, and need not show in any list
    /// of changes. It is looked for from both ends: what settles a document whose end this plan is about need not
    /// have changed, and the end of a document may have been settled before what settled it was seen to change.
    pub(in crate::run) fn settling_ended(&self) -> Result<BTreeSet<RecordKey>, RunError> {
        let (store, ended) = (&self.store, &self.survey.ended);
        let settling = situation::settled_by(store, self.pairing, ended)?;
        let mut found: BTreeSet<RecordKey> = settling.iter().map(StoredRecord::key).collect();
        for (kind, decided) in &self.settling {
            for side in Side::BOTH {
                let standing = decided.records.get(side).iter();
                let standing = standing.filter(|it| !it.record.ended());
                found.extend(
                    standing
                        .filter(|it| self.names_ended(side, &it.record))
                        .map(|record| RecordKey {
                            side,
                            kind: *kind,
                            id: record.id.clone(),
                        }),
                );
            }
        }
        Ok(found)
    }

    /// Whether a record is for a document that is stored as ended on its own side.
    fn names_ended(&self, side: Side, record: &Record) -> bool {
        let documents = Kind::ALL.into_iter().filter(|kind| kind.is_document());
        let mut named = documents.flat_map(|kind| record.refers_to(kind));
        named.any(|id| {
            let document = self.situation.open.get(&(side, id.clone()));
            document.is_some_and(|it| it.ended)
        })
    }
}

/// The linked documents of an entry that ended, on the sides where they did.
pub(super) fn ended(entry: &Entry, decided: &Decided) -> Vec<(Side, RemoteId)> {
    let mut found = Vec::new();
    if !entry.kind.is_document() || entry.link.is_none() {
        return found;
    }
    for (side, subject) in [(Side::Xero, &entry.xero), (Side::Erpnext, &entry.erpnext)] {
        let key = subject.as_ref().map(|subject| RecordKey {
            side,
            kind: entry.kind,
            id: subject.id.clone(),
        });
        let record = key.as_ref().and_then(|key| decided.record(key));
        if record.is_some_and(|it| it.record.ended()) {
            found.extend(key.map(|key| (side, key.id)));
        }
    }
    found
}
