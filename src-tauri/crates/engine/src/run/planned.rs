//! A plan that is decided slice by slice, so that what a run holds does not grow with the books: of
//! each document it keeps what tells which are one, and a word of what is to do about it.
//!
//! An entry goes by its place in the plan. The contacts come first and are held whole; the contents of
//! documents are loaded when they are decided about, as often as that is.

mod filed;
mod freed;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use ledger::{Kind, RemoteId, Side};
use store::{PairingId, RecordKey, Standing, Store, StoreError};

use self::filed::Needing;
use self::freed::WaitsToBeFree;
use super::names::Renaming;
use super::scope::{About, Gist, Narrowed, Waiting, Waits, keys, narrow};
use super::situation::{self, Loaded, Slice, Wanted, finished};
use super::{RunError, Work, ends};
use crate::books::{Change, Profile};
use crate::plan::{
    Contents, Entry, Filed, Guard, Item, Outline, PerSide, Policy, SideRecord, Situation, Tally,
    decide, decide_credit_notes, decide_payments, outline, shown,
};
use crate::progress::Stage;

/// A plan.
pub(super) struct Planned {
    store: Store,
    pairing: PairingId,
    at_once: usize,
    policy: Policy,
    renaming: Renaming,
    /// What the planner saw, without the records.
    pub situation: Situation,
    /// The unresolved exceptions it was made with.
    pub standing: BTreeMap<RecordKey, Standing>,
    contacts: Arc<Decided>,
    outline: Outline,
    survey: Survey,
    /// What the run is not about, or what waits.
    narrowed: Narrowed,
    /// The documents at some places, which were read while others were decided about.
    ahead: Option<(Vec<usize>, Slice)>,
    /// The documents, where there are so few that all of them are held.
    documents: Option<Arc<Decided>>,
    /// Credit notes and payments, which are decided about once the documents are that they are for.
    settling: Vec<(Kind, Arc<Decided>)>,
}

/// What looking through all entries brought.
#[derive(Debug, Default)]
struct Survey {
    /// The entries that end or change a record that people know.
    weighing: Vec<Weighing>,
    /// The records, not read in this run, that entries would create or end others from.
    sources: Vec<(usize, RecordKey)>,
    /// What there is to do about each entry.
    asks: Vec<Asks>,
    /// The documents whose edit waits for what settles them to be taken off.
    waiting: Vec<WaitsToBeFree>,
    /// Linked documents that ended, on the sides where they did.
    ended: Vec<(Side, RemoteId)>,
    /// Entries that would make something of a record that was not found.
    missed: BTreeSet<usize>,
    /// Entries that wait for a yes.
    held: BTreeSet<usize>,
    /// Where some may wait by themselves: those that need documents of the plan.
    needing: Vec<Needing>,
}

/// An entry that ends or changes a record that people know.
#[derive(Debug)]
struct Weighing {
    place: usize,
    tally: Tally,
    /// What a yes to it is remembered by.
    digest: String,
    /// What of it lands in a period for which tax is filed.
    filed: Option<Filed>,
    /// The records that it is about, where something of it does.
    records: Vec<RecordKey>,
}

/// What there is to do about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Nothing.
    Nothing,
    /// Something that needs no write.
    Settling,
    /// A write, to this side first.
    Writing(Side),
    /// The same, behind the others of its kind, since it needs one of them.
    Following(Side),
    /// The end of a record, on this side, or what a credit note is used for taken back.
    Ending(Side),
}

/// In which order a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// What refers to documents is ended before these are.
    End,
    /// What is referred to is written before what refers to it.
    Write,
}

impl Asks {
    fn of(entry: &Entry) -> Self {
        match (entry.asks(), entry.writes().first()) {
            (false, _) => Asks::Nothing,
            (true, None) => Asks::Settling,
            (true, Some(first)) if frees(&first.change) => Asks::Ending(first.target),
            (true, Some(first)) if first.waits_for.iter().any(|it| it.kind == entry.kind) => {
                Asks::Following(first.target)
            }
            (true, Some(first)) => Asks::Writing(first.target),
        }
    }
}

/// Whether a write frees documents that could not end before.
fn frees(change: &Change) -> bool {
    matches!(change, Change::End { .. }) || change.takes_back()
}

/// Some entries of a plan, with their places and the records that they are about.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub entries: Vec<(usize, Entry)>,
    records: PerSide<Vec<SideRecord>>,
}

impl Decided {
    fn of(entries: Vec<(usize, Entry)>, slice: Slice) -> Self {
        let mut records = slice.unlinked;
        for pair in slice.pairs {
            records.xero.extend(pair.xero);
            records.erpnext.extend(pair.erpnext);
        }
        for side in Side::BOTH {
            let records = records.get_mut(side);
            records.sort_by(|left, right| name(left).cmp(&name(right)));
        }
        Self { entries, records }
    }

    /// A record that one of the entries is about.
    pub(super) fn record(&self, key: &RecordKey) -> Option<&SideRecord> {
        let records = self.records.get(key.side);
        let sought = (key.kind, &key.id);
        let place = records.binary_search_by(|record| name(record).cmp(&sought));
        records.get(place.ok()?)
    }
}

/// What tells a record from all others of its side.
const fn name(record: &SideRecord) -> (Kind, &RemoteId) {
    (record.record.kind(), &record.id)
}

impl Work<'_> {
    /// Plans from what the store holds now, and hands each entry to `each`, in the order of the plan,
    /// those included that the run is not about.
    pub(super) fn plan(
        &mut self,
        profiles: &PerSide<Profile>,
        each: &mut dyn FnMut(&Entry),
    ) -> Result<Planned, RunError> {
        self.report(|progress| progress.begin(Stage::Planning));
        let mut policy = situation::policy(self.session, profiles)?;
        if matches!(self.scope.about, About::Slice(_)) {
            // Whoever asks for old documents by their dates means them; the scope says which.
            policy.start_date = None;
        }
        let (store, pairing) = (self.session.store.clone(), self.session.pairing.id);
        let loaded = situation::load(&store, pairing, self.now())?;
        let Loaded {
            mut situation,
            documents,
            standing,
            apart,
        } = loaded;
        let renaming = Renaming::of(&store, pairing, profiles)?;
        renaming.rename(&mut situation.pairs, &mut situation.unlinked);
        let (mut contacts, outline) = outline(&situation, documents, &policy)?;
        // Of whatever kind they are, nothing is done about them.
        contacts.extend(apart);
        let of_contacts = taken_out(&mut situation, |kind| !kind.ends_first());
        let mut planned = Planned {
            renaming,
            store,
            pairing,
            at_once: self.session.at_once.max(1),
            policy,
            situation,
            standing,
            contacts: Arc::new(Decided::of(
                contacts.into_iter().enumerate().collect(),
                of_contacts,
            )),
            outline,
            survey: Survey::default(),
            narrowed: Narrowed::default(),
            ahead: None,
            documents: None,
            settling: Vec::new(),
        };
        let (mut survey, mut gists) = (Survey::default(), Vec::new());
        let slices = planned.slices();
        for (at, slice) in slices.iter().enumerate() {
            let next = slices.get(at + 1);
            let ahead = next.map(|next| (next.clone(), planned.wanted(next)));
            let store = planned.store.clone();
            planned.ahead = thread::scope(|scope| {
                let reading = ahead.map(|(places, wanted)| {
                    let read = scope.spawn(move || wanted.read(&store, pairing));
                    (places, read)
                });
                self.look_through(&mut planned, slice.clone(), (&mut survey, &mut gists), each)?;
                let read = reading.map(|(places, read)| Ok((places, finished(read)?)));
                read.transpose()
                    .map_err(|why: StoreError| RunError::from(why))
            })?;
        }
        let mut freed = BTreeSet::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.ends_first()) {
            let books = self.books(Side::Erpnext);
            planned.free(&mut freed, &|payment| books.is_for_good(payment))?;
            planned.decide_settling(kind)?;
            let places: Vec<usize> = planned.places(kind).collect();
            if !places.is_empty() {
                self.look_through(&mut planned, places, (&mut survey, &mut gists), each)?;
            }
        }
        planned.weigh_freed(&mut survey);
        planned.survey = survey;
        self.waiting = Waiting::default();
        if self.scope.is_narrow() {
            let freed = planned.begins().cloned().collect();
            planned.narrowed = narrow(self.scope, &mut self.named, (&gists, &freed));
            let (scope, named, left) = (self.scope, &self.named, &planned.narrowed.left);
            planned
                .standing
                .retain(|key, _| scope.is_about(key, named) && !left.contains(key));
            self.waiting = planned.waiting()?;
        }
        Ok(planned)
    }

    /// Looks through a slice of a plan that is being made.
    fn look_through(
        &self,
        planned: &mut Planned,
        slice: Vec<usize>,
        (survey, gists): (&mut Survey, &mut Vec<Gist>),
        each: &mut dyn FnMut(&Entry),
    ) -> Result<(), RunError> {
        let decided = planned.decided(slice)?;
        for (place, entry) in &decided.entries {
            planned.outline.decided(std::slice::from_ref(entry));
            survey.asks.push(Asks::of(entry));
            survey.waiting.extend(WaitsToBeFree::of(*place, entry));
            survey.ended.extend(freed::ended(entry, &decided));
            // What was begun is gone on with: whoever was asked was asked about all of it.
            let begun = keys(entry).iter().any(|key| self.begun.contains(key));
            let filed = Filed::of(entry, planned.policy.tax_filed);
            if planned.policy.tax_filed.is_some() {
                survey.needing.extend(Needing::of(*place, entry));
            }
            let digest = shown(entry, filed.is_some()).filter(|_| !begun);
            survey.weighing.extend(digest.map(|digest| {
                let (place, mut tally) = (*place, Tally::default());
                tally.add(entry);
                let records = filed.as_ref().map(|_| keys(entry)).unwrap_or_default();
                Weighing {
                    place,
                    tally,
                    digest,
                    filed,
                    records,
                }
            }));
            if self.scope.is_narrow() {
                gists.push(Gist::of(*place, entry, &decided));
            }
            each(entry);
        }
        let sources = ends::unread_sources(self, &decided.entries)?;
        survey.sources.extend(sources);
        Ok(())
    }
}

impl Planned {
    /// The places of all entries, slice by slice.
    pub(super) fn slices(&self) -> Vec<Vec<usize>> {
        let documents: Vec<usize> = self.documents().collect();
        let all = documents.chunks(self.at_once).map(<[usize]>::to_vec);
        let settling = self.settling.iter();
        let settling = settling.map(|(kind, _)| self.places(*kind).collect());
        std::iter::once(self.contacts().collect())
            .chain(all)
            .chain(settling.filter(|places: &Vec<usize>| !places.is_empty()))
            .collect()
    }

    fn contacts(&self) -> Range<usize> {
        0..self.contacts.entries.len()
    }

    fn documents(&self) -> Range<usize> {
        let first = self.contacts.entries.len();
        first..first + self.outline.items().len()
    }

    /// Where the entries of credit notes and payments are, kind by kind.
    fn sections(&self) -> impl Iterator<Item = (Kind, Range<usize>, &Arc<Decided>)> {
        let mut first = self.documents().end;
        self.settling.iter().map(move |(kind, decided)| {
            let places = first..first + decided.entries.len();
            first = places.end;
            (*kind, places, decided)
        })
    }

    /// Decides about credit notes or payments: what becomes of the documents that they are for is known.
    fn decide_settling(&mut self, kind: Kind) -> Result<(), RunError> {
        let (outline, situation, policy) = (&self.outline, &self.situation, &self.policy);
        let entries = if kind.is_document() {
            decide_credit_notes(outline, situation, policy)?
        } else {
            decide_payments(outline, situation, policy)?
        };
        let sections = self.sections().last();
        let first = sections.map_or(self.documents().end, |(_, places, _)| places.end);
        let slice = taken_out(&mut self.situation, |of| of == kind);
        let decided = Decided::of((first..).zip(entries).collect(), slice);
        self.settling.push((kind, Arc::new(decided)));
        Ok(())
    }

    /// The entries at these places, which are of contacts or of documents: decided about now, where they
    /// are not held. There may be others among them.
    pub(super) fn decided(&mut self, mut places: Vec<usize>) -> Result<Arc<Decided>, RunError> {
        let documents = self.documents();
        if let Some(first) = places.first()
            && let Some((_, _, decided)) = self.sections().find(|(_, of, _)| of.contains(first))
        {
            return Ok(Arc::clone(decided));
        }
        if places
            .first()
            .is_none_or(|first| !documents.contains(first))
        {
            return Ok(Arc::clone(&self.contacts));
        }
        if let Some(held) = &self.documents {
            return Ok(Arc::clone(held));
        }
        let few = documents.len() <= self.at_once;
        if few {
            places = documents.clone().collect();
        }
        let (store, pairing) = (self.store.clone(), self.pairing);
        let mut slice = match self.ahead.take() {
            Some((of, slice)) if of == places => slice,
            _ => self.wanted(&places).read(&store, pairing)?,
        };
        let items: Vec<&Item> = self.items(&places).collect();
        let situation = &self.situation;
        slice.contacts = situation::contacts_of(&slice, &store, pairing, situation)?;
        self.renaming.rename(&mut slice.pairs, &mut slice.unlinked);
        let contents = Contents::of(&slice.pairs, &slice.unlinked, &slice.contacts);
        let entries = decide(&self.outline, items, &contents, situation, &self.policy)?;
        let entries = places.into_iter().zip(entries).collect();
        let decided = Arc::new(Decided::of(entries, slice));
        if few {
            self.documents = Some(Arc::clone(&decided));
        }
        Ok(decided)
    }

    /// The documents at these places, of which some may be contacts'.
    fn wanted(&self, places: &[usize]) -> Wanted {
        Wanted::of(self.items(places))
    }

    fn items(&self, places: &[usize]) -> impl Iterator<Item = &Item> {
        let first = self.documents().start;
        let items = self.outline.items();
        places
            .iter()
            .filter_map(move |place| items.get(place.checked_sub(first)?))
    }

    /// Hands each entry that is not left alone to `each`, in the order of the plan.
    pub(super) fn each(&mut self, each: &mut dyn FnMut(&Entry)) -> Result<(), RunError> {
        self.some(
            &|planned, place| !planned.is_left(place),
            &mut |_, entry| {
                each(entry);
            },
        )
    }

    /// What was asked for and waits.
    fn waiting(&mut self) -> Result<Waiting, RunError> {
        let mut waiting = Waiting {
            later: self.narrowed.later,
            ..Waiting::default()
        };
        let of = |planned: &Self, place: usize| {
            let Narrowed {
                held, dependent, ..
            } = &planned.narrowed;
            held.contains(&place) || dependent.contains(&place)
        };
        let held = self.narrowed.held.clone();
        self.some(&of, &mut |place, entry| {
            let list = if held.contains(&place) {
                &mut waiting.held
            } else {
                &mut waiting.dependent
            };
            list.push(Waits::of(entry));
        })?;
        Ok(waiting)
    }

    /// Decides about the slices with entries that are wanted, and hands these over.
    fn some(
        &mut self,
        wanted: &dyn Fn(&Self, usize) -> bool,
        each: &mut dyn FnMut(usize, &Entry),
    ) -> Result<(), RunError> {
        for slice in self.slices() {
            if !slice.iter().any(|place| wanted(self, *place)) {
                continue;
            }
            let decided = self.decided(slice)?;
            for (place, entry) in &decided.entries {
                if wanted(self, *place) {
                    each(*place, entry);
                }
            }
        }
        Ok(())
    }

    /// The lists in which a record is created.
    pub(super) fn creates(&self) -> BTreeSet<(Side, Kind)> {
        self.narrowed.creates.clone()
    }

    /// Why a person is asked before it is carried out.
    pub(super) fn guards(&self, lately: u32) -> Vec<Guard> {
        let mut tally = Tally::default();
        self.weighing().for_each(|it| tally.join(it.tally));
        tally.guards(&self.policy, lately)
    }

    /// What a yes to the plan is remembered by.
    pub(super) fn shown(&self) -> Vec<String> {
        self.weighing().map(|it| it.digest.clone()).collect()
    }

    fn weighing(&self) -> impl Iterator<Item = &Weighing> {
        let weighing = self.survey.weighing.iter();
        weighing.filter(|it| !self.is_out(it.place))
    }

    /// Leaves entries alone that end or change a record, and that were not shown; how many.
    pub(super) fn hold(&mut self, approved: &BTreeSet<String>) -> u32 {
        let waits = self.weighing().filter(|it| !approved.contains(&it.digest));
        self.survey.held = waits.map(|it| it.place).collect();
        u32::try_from(self.survey.held.len()).unwrap_or(u32::MAX)
    }

    /// The records, not read in this run, that entries would create or end others from.
    pub(super) fn sources(&self) -> impl Iterator<Item = &RecordKey> {
        let sources = self.survey.sources.iter();
        sources.filter_map(|(place, key)| (!self.is_out(*place)).then_some(key))
    }

    /// Leaves the entries alone that would make something of these records.
    pub(super) fn leave(&mut self, missed: &BTreeSet<RecordKey>) {
        let sources = self.survey.sources.iter();
        let of_missed = sources.filter(|(_, key)| missed.contains(key));
        self.survey.missed = of_missed.map(|(place, _)| *place).collect();
    }

    /// Whether an entry is left alone.
    pub(super) fn is_left(&self, place: usize) -> bool {
        self.is_out(place) || self.survey.held.contains(&place)
    }

    /// Whether nobody needs to say yes to an entry, because it is no part of the run.
    fn is_out(&self, place: usize) -> bool {
        let Narrowed {
            outside,
            held,
            dependent,
            ..
        } = &self.narrowed;
        let narrowed = [outside, held, dependent];
        self.survey.missed.contains(&place) || narrowed.iter().any(|it| it.contains(&place))
    }

    fn places(&self, kind: Kind) -> Range<usize> {
        let section = self.sections().find(|(of, ..)| *of == kind);
        match section {
            Some((_, places, _)) => places,
            // Not decided about yet.
            None if kind.ends_first() => 0..0,
            None if kind.is_document() => self.documents(),
            None => self.contacts(),
        }
    }

    fn asks(&self, kind: Kind) -> impl Iterator<Item = (usize, Asks)> {
        let asked = self.places(kind).filter(|place| !self.is_left(*place));
        asked.filter_map(|place| Some((place, *self.survey.asks.get(place)?)))
    }

    /// Whether there is something to do about a record of one of these kinds.
    pub(super) fn asks_for(&self, kinds: &[Kind]) -> bool {
        let mut asked = kinds.iter().flat_map(|kind| self.asks(*kind));
        asked.any(|(_, asks)| asks != Asks::Nothing)
    }

    /// How many records of these kinds are written.
    pub(super) fn writes(&self, kinds: &[Kind]) -> u64 {
        let asked = kinds.iter().flat_map(|kind| self.asks(*kind));
        asked
            .filter(|(_, asks)| !matches!(asks, Asks::Nothing | Asks::Settling))
            .count() as u64
    }

    /// The places of the entries of a kind with something to do, slice by slice, so that what is under
    /// way stays small however much there is to do.
    pub(super) fn to_do(&self, kind: Kind, phase: Phase) -> Vec<Vec<usize>> {
        let of_phase = |asks: Asks| match phase {
            Phase::End => kind.ends_first() && matches!(asks, Asks::Ending(_)),
            Phase::Write => !(kind.ends_first() && matches!(asks, Asks::Ending(_))),
        };
        let asks = self.asks(kind).filter(|(_, asks)| of_phase(*asks));
        let (following, first): (Vec<_>, Vec<_>) =
            asks.partition(|(_, asks)| matches!(asks, Asks::Following(_)));
        let mut slices = to_do(first.into_iter(), self.at_once);
        slices.extend(to_do(following.into_iter(), self.at_once));
        slices
    }
}

/// The records of some kinds, which the situation does not hold any longer.
fn taken_out(situation: &mut Situation, wanted: impl Fn(Kind) -> bool) -> Slice {
    let mut slice = Slice {
        pairs: taken(&mut situation.pairs, |pair| {
            pair.kind().is_some_and(&wanted)
        }),
        ..Slice::default()
    };
    for side in Side::BOTH {
        let records = situation.unlinked.get_mut(side);
        *slice.unlinked.get_mut(side) = taken(records, |it| wanted(it.record.kind()));
    }
    slice
}

/// Takes some out of a list. A list of which all are wanted is handed over as it stands: the last kind is that
/// of which there is most, and a copy beside it would be most of what a plan needs.
fn taken<T>(from: &mut Vec<T>, wanted: impl Fn(&T) -> bool) -> Vec<T> {
    if from.iter().all(&wanted) {
        return std::mem::take(from);
    }
    let taken = from.extract_if(.., |it| wanted(it)).collect();
    from.shrink_to_fit();
    taken
}

/// Each slice has work for both sides while there is any.
fn to_do(asks: impl Iterator<Item = (usize, Asks)>, at_once: usize) -> Vec<Vec<usize>> {
    let mut waiting: PerSide<VecDeque<usize>> = PerSide::default();
    for (place, asks) in asks {
        match asks {
            Asks::Nothing => {}
            // What needs no write goes along with either.
            Asks::Settling => waiting.xero.push_back(place),
            Asks::Writing(side) | Asks::Following(side) | Asks::Ending(side) => {
                waiting.get_mut(side).push_back(place);
            }
        }
    }
    let mut slices = Vec::new();
    while !(waiting.xero.is_empty() && waiting.erpnext.is_empty()) {
        let mut slice = Vec::new();
        for side in Side::BOTH {
            let waiting = waiting.get_mut(side);
            slice.extend(waiting.drain(..at_once.min(waiting.len())));
        }
        slices.push(slice);
    }
    slices
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
