//! What lands in a period for which tax is filed: it waits for a yes, and so does what needs it. The rest of a plan
//! is carried out, since one late invoice must not hold up a day's work.

use std::collections::BTreeSet;

use store::RecordKey;

use super::Planned;
use crate::plan::{Entry, Filed, Guard};
use crate::run::scope::keys;

/// An entry that needs documents to be carried before it.
#[derive(Debug)]
pub(super) struct Needing {
    place: usize,
    needs: Vec<RecordKey>,
    records: Vec<RecordKey>,
}

impl Needing {
    pub(super) fn of(place: usize, entry: &Entry) -> Option<Self> {
        let writes = entry.writes().iter();
        let needs: Vec<RecordKey> = writes
            .flat_map(|write| write.waits_for.iter().map(|it| (write.target.other(), it)))
            .filter(|(_, it)| it.kind.is_document())
            .map(|(side, it)| RecordKey {
                side,
                kind: it.kind,
                id: it.id.clone(),
            })
            .collect();
        (!needs.is_empty()).then(|| Self {
            place,
            needs,
            records: keys(entry),
        })
    }
}

impl Planned {
    /// Why a person is asked about what lands in a period for which tax is filed.
    pub(in crate::run) fn filed(&self) -> Option<Guard> {
        let mut all = Filed::default();
        let filed = self.weighing().filter_map(|it| it.filed.as_ref());
        filed.for_each(|it| all.join(it));
        all.guard(self.policy.tax_filed)
    }

    /// Leaves entries alone that land there and that nobody said yes to, and what needs them. Why a person is
    /// asked about them.
    pub(in crate::run) fn hold_filed(
        &mut self,
        approved: Option<&BTreeSet<String>>,
    ) -> Option<Guard> {
        let (mut all, mut held, mut records) = (Filed::default(), BTreeSet::new(), BTreeSet::new());
        for it in self.weighing() {
            let yes = approved.is_some_and(|approved| approved.contains(&it.digest));
            let (Some(filed), false) = (&it.filed, yes) else {
                continue;
            };
            all.join(filed);
            held.insert(it.place);
            records.extend(it.records.iter().cloned());
        }
        loop {
            let waits = |it: &&Needing| {
                !held.contains(&it.place) && it.needs.iter().any(|key| records.contains(key))
            };
            let waiting: Vec<&Needing> = self.survey.needing.iter().filter(waits).collect();
            if waiting.is_empty() {
                break;
            }
            for it in waiting {
                held.insert(it.place);
                records.extend(it.records.iter().cloned());
            }
        }
        self.survey.held.extend(held);
        all.guard(self.policy.tax_filed)
    }
}
