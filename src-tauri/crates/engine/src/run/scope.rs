//! What a run is about: what it reads, and what of a plan may go.
//!
//! The planner knows nothing of it. What may be done about one record depends on others (their names,
//! their numbers, who could be whose counterpart), so a plan is made from all that is to do, whatever
//! was asked for. [`narrow`] then says what of it, and of the exceptions that go with it, the run is
//! not about: that is neither written nor raised nor settled, and stays to do in the store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, Side};
use store::RecordKey;

use super::planned::Decided;
use crate::books::Change;
use crate::digest;
use crate::plan::SideRecord;
use crate::plan::{Entry, Outcome};

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

/// Documents of a time, a part of them in one run, so that what is new never waits for long; and older ones that
/// were not settled when that time began, with all that settles them, so that what is owed then is whole.
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

    /// Whether a part of what is to do may be left alone.
    pub(super) fn is_narrow(&self) -> bool {
        !self.is_everything() || !self.held.is_empty()
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

/// An entry that was asked for and waits all the same.
#[derive(Debug, Clone)]
pub struct Waits {
    /// The entry, without what would be written.
    pub entry: Entry,
    /// The digest of the whole entry.
    pub digest: String,
}

impl Waits {
    /// What is kept of an entry that waits.
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            entry: Entry {
                kind: entry.kind,
                link: entry.link,
                xero: entry.xero.clone(),
                erpnext: entry.erpnext.clone(),
                outcome: Outcome::Write(Vec::new()),
            },
            digest: digest::entry(entry),
        }
    }
}

/// What of a plan waits although it was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// What a person held back.
    pub held: Vec<Waits>,
    /// What needs a record that is held back, or that the run is not about.
    pub dependent: Vec<Waits>,
    /// How many documents of a slice are left for the next run.
    pub later: u64,
}

/// What tells of an entry whether a run is about it.
#[derive(Debug)]
pub(super) struct Gist {
    /// The entry's place in the plan.
    place: usize,
    kind: Kind,
    keys: Vec<RecordKey>,
    linked: bool,
    /// Whether something is done about its records when it is carried out.
    asks: bool,
    /// The records that its writes wait for.
    needs: Vec<RecordKey>,
    /// What its records refer to.
    parents: Vec<RecordKey>,
    /// The day that its document is dated.
    day: Option<NaiveDate>,
    /// Whether something of its document is still open.
    open: bool,
    /// The sides on which it creates a record.
    creates: Vec<Side>,
}

impl Gist {
    /// The gist of an entry; the records it is about are at hand.
    pub(super) fn of(place: usize, entry: &Entry, decided: &Decided) -> Self {
        let keys = keys(entry);
        let parents = keys.iter().filter_map(|key| {
            let references = decided.record(key)?.record.references();
            let side = key.side;
            Some(references.into_iter().map(move |it| RecordKey {
                side,
                kind: it.kind,
                id: it.id,
            }))
        });
        let needs = entry.writes().iter().flat_map(|write| {
            write.waits_for.iter().map(|it| RecordKey {
                side: write.target.other(),
                kind: it.kind,
                id: it.id.clone(),
            })
        });
        let creates = entry.writes().iter().filter_map(|write| {
            matches!(write.change, Change::Create { .. }).then_some(write.target)
        });
        Self {
            place,
            kind: entry.kind,
            linked: entry.link.is_some(),
            asks: entry.asks(),
            needs: needs.collect(),
            parents: parents.flatten().collect(),
            day: keys
                .iter()
                .find_map(|key| decided.record(key)?.record.day()),
            open: keys.iter().any(|key| decided.record(key).is_some_and(open)),
            creates: creates.collect(),
            keys,
        }
    }
}

/// What a run leaves alone of a plan, as places.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    /// What it is not about.
    pub outside: BTreeSet<usize>,
    /// What a person held back.
    pub held: BTreeSet<usize>,
    /// What needs a record that is held back, or that the run is not about.
    pub dependent: BTreeSet<usize>,
    /// How many documents of a slice are left for the next run.
    pub later: u64,
    /// The lists in which it would create a record.
    pub creates: BTreeSet<(Side, Kind)>,
    /// The records of which nothing is done although something is to do.
    pub left: BTreeSet<RecordKey>,
}

/// Says what of a plan, whose gists stand in its order, a run leaves alone. `named` are the records that
/// it is about, where it is not about all of a kind: those that were asked for, and by and by their
/// counterparts and what they cannot be carried without. `freed` are documents that are freed of what settles
/// them.
pub(super) fn narrow(
    scope: &Scope,
    named: &mut BTreeSet<RecordKey>,
    (gists, freed): (&[Gist], &BTreeSet<RecordKey>),
) -> Narrowed {
    if let About::Slice(slice) = &scope.about
        && named.is_empty()
    {
        *named = dated(slice, gists);
    }
    if matches!(scope.about, About::Records(_) | About::Slice(_)) {
        complete(named, gists);
        if let About::Slice(slice) = &scope.about {
            settled_at_another_time(slice, named, gists);
        }
        // What settles a document that is freed to be edited is taken off it and put back with it.
        for gist in gists.iter().filter(|gist| gist.asks) {
            let frees = |key: &RecordKey| freed.contains(key) && named.contains(key);
            if gist.kind.ends_first() && gist.parents.iter().any(frees) {
                named.extend(gist.keys.iter().cloned());
            }
        }
    }
    let mut narrowed = Narrowed::default();
    // Parents come before what needs them.
    for gist in gists {
        let (place, keys) = (gist.place, gist.keys.iter());
        if !keys.clone().any(|key| scope.is_about(key, named)) {
            narrowed.later += u64::from(gist.asks && is_of(&scope.about, gist));
            narrowed.outside.insert(place);
            narrowed.left.extend(keys.filter(|_| gist.asks).cloned());
        } else if gist.asks && keys.clone().any(|key| scope.held.contains(key)) {
            narrowed.held.insert(place);
            narrowed.left.extend(keys.cloned());
        } else if gist.needs.iter().any(|key| narrowed.left.contains(key)) {
            narrowed.dependent.insert(place);
            narrowed.left.extend(keys.cloned());
        } else {
            let creates = gist.creates.iter().map(|side| (*side, gist.kind));
            narrowed.creates.extend(creates);
        }
    }
    narrowed
}

impl Scope {
    /// Whether a record is one that the run is about; `named` are those, where it is not about all of a
    /// kind.
    pub(super) fn is_about(&self, key: &RecordKey, named: &BTreeSet<RecordKey>) -> bool {
        match &self.about {
            About::Everything => true,
            About::Kinds(kinds) => kinds.contains(&key.kind),
            About::Records(_) | About::Slice(_) => named.contains(key),
        }
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

/// Adds the counterparts of the named records, and what these cannot be carried without: records they
/// refer to that have no link yet. One that is linked is a matter of its own.
fn complete(named: &mut BTreeSet<RecordKey>, gists: &[Gist]) {
    let mut unlinked: BTreeMap<&RecordKey, &[RecordKey]> = BTreeMap::new();
    for gist in gists.iter().filter(|gist| !gist.linked) {
        unlinked.extend(gist.keys.iter().map(|key| (key, gist.keys.as_slice())));
    }
    // What refers to others comes before these.
    for kind in Kind::ALL.into_iter().rev() {
        for gist in gists.iter().filter(|gist| gist.kind == kind) {
            if !gist.keys.iter().any(|key| named.contains(key)) {
                continue;
            }
            for parent in &gist.parents {
                if let Some(both) = unlinked.get(parent) {
                    named.extend(both.iter().cloned());
                }
            }
            named.extend(gist.keys.iter().cloned());
        }
    }
}

/// Whether an entry is about a document of the time of a slice.
fn is_of(about: &About, gist: &Gist) -> bool {
    match about {
        About::Slice(slice) => slice.holds(gist),
        About::Everything | About::Kinds(_) | About::Records(_) => false,
    }
}

impl Slice {
    /// Whether a document is of that time, or older and still open.
    fn holds(&self, gist: &Gist) -> bool {
        gist.day
            .is_some_and(|day| day <= self.until && (self.from <= day || gist.open))
    }
}

/// Whether something of a document, or of money on account, is open.
fn open(record: &SideRecord) -> bool {
    let record = &record.record;
    let due = record.document().is_some_and(|it| !it.amount_due.is_zero());
    !record.ended() && (due || !record.unused().is_zero())
}

/// Adds what settled a document of a slice at another time: without it more would be owed of it than is.
fn settled_at_another_time(slice: &Slice, named: &mut BTreeSet<RecordKey>, gists: &[Gist]) {
    let outside = |day: NaiveDate| day < slice.from || slice.until < day;
    let early = gists
        .iter()
        .filter(|gist| gist.kind.ends_first() && gist.day.is_some_and(outside) && !gist.linked);
    let settling: Vec<RecordKey> = early
        .filter(|gist| {
            gist.parents
                .iter()
                .any(|it| it.kind.is_document() && named.contains(it))
        })
        .flat_map(|gist| gist.keys.iter().cloned())
        .collect();
    named.extend(settling);
    complete(named, gists);
}

/// The documents of a slice: all of whom nothing is to be done, and some of the others.
fn dated(slice: &Slice, gists: &[Gist]) -> BTreeSet<RecordKey> {
    let of_the_time =
        (gists.iter().filter(|gist| slice.holds(gist))).filter_map(|gist| Some((gist.day?, gist)));
    let (mut asking, others): (Vec<_>, Vec<_>) = of_the_time.partition(|(_, gist)| gist.asks);
    asking.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    asking
        .into_iter()
        .take(slice.most)
        .chain(others)
        .flat_map(|(_, gist)| gist.keys.iter().cloned())
        .collect()
}
