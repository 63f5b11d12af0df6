//! Documents that are freed of what settles them, to be edited, and what settles those that ended.

use std::collections::BTreeSet;

use ledger::{Kind, RemoteId, Side};
use store::RecordKey;

use super::{Planned, Survey, Weighing};
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
    /// of changes.
    pub(in crate::run) fn settling_ended(&self) -> Result<BTreeSet<RecordKey>, RunError> {
        let (store, ended) = (&self.store, &self.survey.ended);
        Ok(situation::settled_by(store, self.pairing, ended)?
            .into_iter()
            .map(|record| record.key())
            .collect())
    }
}
