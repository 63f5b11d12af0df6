//! What a side tells of deletions, merges and renames.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Side};
use store::Look;

use crate::books::{Cursor, Trace};
use crate::run::{RunError, Work};

/// The look that follows the traces.
const TRACES: &str = "traces";

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    deleted: BTreeSet<(Kind, RemoteId)>,
    merged: BTreeMap<(Kind, RemoteId), RemoteId>,
    renamed: BTreeMap<(Kind, RemoteId), RemoteId>,
    changed: BTreeSet<(Kind, RemoteId)>,
    /// What these carried when they were deleted.
    carried: Vec<(Kind, RemoteId, RemoteId)>,
    /// Whether deletions may not be read.
    pub hidden: bool,
}

impl Told {
    fn add(&mut self, trace: Trace) {
        match trace {
            Trace::Deleted { kind, id } => {
                self.deleted.insert((kind, id));
            }
            Trace::Carried { kind, id, marker } => self.carried.push((kind, id, marker)),
            Trace::Renamed { kind, from, to } => {
                self.renamed.insert((kind, from), to);
            }
            Trace::Merged { kind, from, into } => {
                self.merged.insert((kind, from), into);
            }
            Trace::Changed { kind, id } => {
                self.changed.insert((kind, id));
            }
        }
    }

    /// The records to look at.
    pub(super) fn suspects(&self) -> BTreeMap<Kind, BTreeSet<RemoteId>> {
        let mut suspects: BTreeMap<Kind, BTreeSet<RemoteId>> = BTreeMap::new();
        let named = self
            .deleted
            .iter()
            .chain(self.merged.keys())
            .chain(self.renamed.keys())
            .chain(&self.changed);
        for (kind, id) in named {
            suspects.entry(*kind).or_default().insert(id.clone());
        }
        suspects
    }

    /// Whether this record was told to be gone, under whatever name it had in the end.
    pub(super) fn gone(&self, kind: Kind, id: &RemoteId) -> bool {
        self.names_of(kind, id)
            .iter()
            .any(|key| self.deleted.contains(key) || self.merged.contains_key(key))
    }

    /// The names that a record went by, one rename after another.
    fn names_of(&self, kind: Kind, id: &RemoteId) -> Vec<(Kind, RemoteId)> {
        let mut names = vec![(kind, id.clone())];
        // Names go round in circles where people take back what they did.
        while let Some(next) = names.last().and_then(|last| self.renamed.get(last))
            && !names.iter().any(|(_, name)| name == next)
        {
            names.push((kind, next.clone()));
        }
        names
    }

    /// Whether anything was told of this record's identity.
    pub(super) fn names(&self, kind: Kind, id: &RemoteId) -> bool {
        self.gone(kind, id) || self.renamed.contains_key(&(kind, id.clone()))
    }

    /// The record that this one was merged into, through all that happened to that one since.
    pub(super) fn merged_into(&self, kind: Kind, id: &RemoteId) -> Option<RemoteId> {
        let names = self.names_of(kind, id);
        let mut into = names.iter().find_map(|key| self.merged.get(key))?;
        // Names go round in circles where people take back what they did.
        for _ in 0..self.merged.len() + self.renamed.len() {
            let key = (kind, into.clone());
            match self.merged.get(&key).or(self.renamed.get(&key)) {
                Some(next) => into = next,
                None => break,
            }
        }
        (into != id).then(|| into.clone())
    }
}

/// What was told since it was last read, and where to go on.
pub(super) async fn since(work: &Work<'_>, side: Side) -> Result<(Told, Cursor), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut cursor = Cursor(store.look(pairing, side, TRACES)?.cursor);
    let mut told = Told::default();
    loop {
        work.session.control.checkpoint().await?;
        let traces = work.books(side).traces(&cursor).await?;
        told.hidden |= traces.hidden;
        for trace in traces.found {
            told.add(trace);
        }
        cursor = traces.next;
        if !traces.more {
            break;
        }
    }
    // What was deleted under a name that nobody here has read is the record whose counterpart it named.
    for (kind, id, marker) in std::mem::take(&mut told.carried) {
        let link = store.link_of(pairing, kind, side.other(), &marker)?;
        let known = link.map(|link| link.on(side).clone());
        if let Some(known) = known.filter(|known| *known != id) {
            told.renamed.entry((kind, known)).or_insert(id);
        }
    }
    Ok((told, cursor))
}

/// Takes note that all that was told up to there has been followed.
pub(super) fn read(work: &Work<'_>, side: Side, next: Cursor) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let look = Look {
        cursor: next.0,
        began: None,
        ended: Some(work.now()),
    };
    store.set_look(pairing, side, TRACES, &look)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_is_followed_to_where_it_ended() {
        let id = |name: &str| RemoteId::new(name);
        let mut told = Told::default();
        for (from, into) in [("A", "B"), ("B", "C")] {
            told.add(Trace::Merged {
                kind: Kind::Contact,
                from: id(from),
                into: id(into),
            });
        }
        told.add(Trace::Renamed {
            kind: Kind::Contact,
            from: id("C"),
            to: id("D"),
        });
        assert_eq!(told.merged_into(Kind::Contact, &id("A")), Some(id("D")));
        assert_eq!(told.merged_into(Kind::Contact, &id("C")), None);
        assert!(told.gone(Kind::Contact, &id("B")));
        assert!(!told.gone(Kind::Contact, &id("C")) && told.names(Kind::Contact, &id("C")));
        // One that was renamed first is followed from the name that is known.
        told.add(Trace::Renamed {
            kind: Kind::Contact,
            from: id("Old"),
            to: id("A"),
        });
        assert!(told.gone(Kind::Contact, &id("Old")));
        assert_eq!(told.merged_into(Kind::Contact, &id("Old")), Some(id("D")));
        // In a circle it ends somewhere.
        told.add(Trace::Renamed {
            kind: Kind::Contact,
            from: id("D"),
            to: id("C"),
        });
        assert!(told.merged_into(Kind::Contact, &id("A")).is_some());
    }
}
