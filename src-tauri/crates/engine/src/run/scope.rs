//! What a run is about: what it reads, and what of a plan may go.
//!
//! The planner knows nothing of it. What may be done about one record depends on others (their names,
//! their numbers, who could be whose counterpart), so a plan is made from all that is to do, whatever
//! was asked for. [`narrow`] then takes out of it, and of the exceptions that go with it, what the run
//! is not about: that is neither written nor raised nor settled, and stays to do in the store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, Side};
use store::RecordKey;

use super::situation::Loaded;
use crate::plan::{Entry, Outcome, Plan};

/// What a run is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Which records.
    pub about: About,
    /// Records that a person held back when they were shown what would be done: nothing is written of
    /// these, whatever it would be by now, nor of what needs them.
    pub held: BTreeSet<RecordKey>,
}

/// Which records a run is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum About {
    /// All of them.
    #[default]
    Everything,
    /// Those of some kinds. The lists of what these refer to are read too.
    Kinds(BTreeSet<Kind>),
    /// These, and what they cannot be carried without. They are read by their identities, and no list
    /// counts as read.
    Records(BTreeSet<RecordKey>),
    /// Some old documents, below all others.
    Slice(Slice),
}

/// Documents of a time, a part of them in one run, so that what is new never waits for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Dated on this day or later.
    pub from: NaiveDate,
    /// Dated on this day or earlier.
    pub until: NaiveDate,
    /// Of how many something is done at most, the newest first.
    pub most: usize,
}

impl Scope {
    /// Only records of these kinds.
    pub fn kinds(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self::of(About::Kinds(kinds.into_iter().collect()))
    }

    /// Only these records, and what they cannot be carried without.
    pub fn records(records: impl IntoIterator<Item = RecordKey>) -> Self {
        Self::of(About::Records(records.into_iter().collect()))
    }

    /// Only documents of a time.
    pub fn slice(slice: Slice) -> Self {
        Self::of(About::Slice(slice))
    }

    fn of(about: About) -> Self {
        Self {
            about,
            held: BTreeSet::new(),
        }
    }

    /// Whether all records are meant, so that a run can say that both sides agree.
    pub fn is_everything(&self) -> bool {
        self.about == About::Everything
    }

    /// The kinds that are written.
    pub(super) fn written(&self) -> Vec<Kind> {
        let asked = |kind: &Kind| match &self.about {
            About::Kinds(kinds) => kinds.contains(kind),
            About::Everything | About::Records(_) | About::Slice(_) => true,
        };
        Kind::ALL.into_iter().filter(asked).collect()
    }

    /// The kinds whose lists are read: of those that are written, and what they refer to.
    pub(super) fn listed(&self) -> Vec<Kind> {
        if matches!(self.about, About::Records(_)) {
            return Vec::new();
        }
        let written = self.written();
        let needed = |kind: &Kind| {
            written
                .iter()
                .any(|it| it == kind || it.parents().contains(kind))
        };
        Kind::ALL.into_iter().filter(needed).collect()
    }

    /// The records that are named.
    pub(super) fn named(&self) -> BTreeSet<RecordKey> {
        match &self.about {
            About::Records(records) => records.clone(),
            About::Everything | About::Kinds(_) | About::Slice(_) => BTreeSet::new(),
        }
    }

    /// In words, for people; `None` where all records are meant.
    pub fn words(&self) -> Option<String> {
        let words = match &self.about {
            About::Everything => return None,
            About::Kinds(kinds) => {
                let words: Vec<String> = kinds.iter().map(|kind| format!("{kind}s")).collect();
                format!("only {}", words.join(" and "))
            }
            About::Records(records) => match records.len() {
                1 => "one record".to_owned(),
                many => format!("{many} records"),
            },
            About::Slice(slice) => {
                format!("documents dated {} to {}", slice.from, slice.until)
            }
        };
        Some(words)
    }
}

/// What of a plan waits although it was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// What a person held back.
    pub held: Vec<Entry>,
    /// What needs a record that is held back, or that the run is not about.
    pub dependent: Vec<Entry>,
    /// How many documents of a slice are left for the next run.
    pub later: u64,
}

/// Takes out of a plan, and of the exceptions it was made with, what the run is not about. `named` are
/// the records that it is about, where it is not about all of a kind: those that were asked for, and by
/// and by their counterparts and what they cannot be carried without.
pub(super) fn narrow(
    scope: &Scope,
    named: &mut BTreeSet<RecordKey>,
    plan: &mut Plan,
    loaded: &mut Loaded,
) -> Waiting {
    if scope.is_everything() && scope.held.is_empty() {
        return Waiting::default();
    }
    if let About::Slice(slice) = &scope.about
        && named.is_empty()
    {
        *named = dated(slice, plan, loaded);
    }
    if matches!(scope.about, About::Records(_) | About::Slice(_)) {
        complete(named, plan, loaded);
    }
    let is_about = |key: &RecordKey| match &scope.about {
        About::Everything => true,
        About::Kinds(kinds) => kinds.contains(&key.kind),
        About::Records(_) | About::Slice(_) => named.contains(key),
    };
    let mut waiting = Waiting::default();
    // The records of whose entries nothing is done.
    let mut left: BTreeSet<RecordKey> = BTreeSet::new();
    let mut kept = Vec::with_capacity(plan.entries.len());
    // Parents come before what needs them.
    for entry in plan.entries.drain(..) {
        let keys = keys(&entry);
        if !keys.iter().any(&is_about) {
            waiting.later += u64::from(asks(&entry) && is_of(&scope.about, &keys, loaded));
            left.extend(keys.into_iter().filter(|_| asks(&entry)));
        } else if asks(&entry) && keys.iter().any(|key| scope.held.contains(key)) {
            left.extend(keys);
            waiting.held.push(entry);
        } else if needs_one_of(&left, &entry) {
            left.extend(keys);
            waiting.dependent.push(entry);
        } else {
            kept.push(entry);
        }
    }
    plan.entries = kept;
    loaded
        .standing
        .retain(|key, _| is_about(key) && !left.contains(key));
    waiting
}

/// Whether something is done about an entry's records when it is carried out.
fn asks(entry: &Entry) -> bool {
    match entry.outcome {
        Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => true,
        Outcome::Agrees | Outcome::OutOfScope(_) | Outcome::Problem { .. } => false,
    }
}

/// The records of an entry.
pub fn keys(entry: &Entry) -> Vec<RecordKey> {
    [(Side::Xero, &entry.xero), (Side::Erpnext, &entry.erpnext)]
        .into_iter()
        .filter_map(|(side, subject)| {
            Some(RecordKey {
                side,
                kind: entry.kind,
                id: subject.as_ref()?.id.clone(),
            })
        })
        .collect()
}

/// Whether a write of the entry refers to one of these.
fn needs_one_of(left: &BTreeSet<RecordKey>, entry: &Entry) -> bool {
    entry.writes().iter().any(|write| {
        write.waits_for.iter().any(|reference| {
            left.contains(&RecordKey {
                side: write.target.other(),
                kind: reference.kind,
                id: reference.id.clone(),
            })
        })
    })
}

/// Adds the counterparts of the named records, and what these cannot be carried without: records they
/// refer to that have no link yet. One that is linked is a matter of its own.
fn complete(named: &mut BTreeSet<RecordKey>, plan: &Plan, loaded: &Loaded) {
    let mut unlinked: BTreeMap<RecordKey, Vec<RecordKey>> = BTreeMap::new();
    for entry in plan.entries.iter().filter(|entry| entry.link.is_none()) {
        let both = keys(entry);
        for key in &both {
            unlinked.insert(key.clone(), both.clone());
        }
    }
    // What refers to others comes before these.
    for kind in Kind::ALL.into_iter().rev() {
        for entry in plan.entries.iter().filter(|entry| entry.kind == kind) {
            let both = keys(entry);
            if !both.iter().any(|key| named.contains(key)) {
                continue;
            }
            for key in &both {
                let references = loaded.record(key).map(|it| it.record.references());
                for reference in references.unwrap_or_default() {
                    let parent = RecordKey {
                        side: key.side,
                        kind: reference.kind,
                        id: reference.id,
                    };
                    if let Some(both) = unlinked.get(&parent) {
                        named.extend(both.iter().cloned());
                    }
                }
            }
            named.extend(both);
        }
    }
}

/// The day that a document of these records is dated.
fn day(keys: &[RecordKey], loaded: &Loaded) -> Option<NaiveDate> {
    let mut days = keys
        .iter()
        .filter_map(|key| loaded.record(key)?.record.day());
    days.next()
}

/// Whether a document of these records is of the time of a slice.
fn is_of(about: &About, keys: &[RecordKey], loaded: &Loaded) -> bool {
    let About::Slice(slice) = about else {
        return false;
    };
    day(keys, loaded).is_some_and(|day| slice.from <= day && day <= slice.until)
}

/// The documents of a slice: all of whom nothing is to be done, and some of the others.
fn dated(slice: &Slice, plan: &Plan, loaded: &Loaded) -> BTreeSet<RecordKey> {
    let of_the_time = plan.entries.iter().filter_map(|entry| {
        let day = day(&keys(entry), loaded)?;
        (slice.from <= day && day <= slice.until).then_some((day, entry))
    });
    let (mut asking, others): (Vec<_>, Vec<_>) = of_the_time.partition(|(_, entry)| asks(entry));
    asking.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    asking
        .into_iter()
        .take(slice.most)
        .chain(others)
        .flat_map(|(_, entry)| keys(entry))
        .collect()
}
