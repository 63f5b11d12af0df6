//! Undoes a run: what [`crate::undo::judge`] says goes the way of any other write, so a crash in the middle is
//! settled as any other. What was undone is kept apart in the transaction of its answer.
//!
//! What hangs on others goes first, kind by kind, and each kind is read and judged anew before it is written: what
//! could not go keeps what it is for from going. An undo that was stopped is gone on with by another: what was undone
//! before is known by its being kept apart.

mod case;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, Money, Side};
use store::{LogOutcome, LogQuery, RecordKey, RunCounts, RunId, RunOutcome, Trigger};

use self::case::Recorded;
use super::apply::{self, Undoing};
use super::lease::Asking;
use super::scope::Scope;
use super::settings::Settings;
use super::{RunError, Session, Work, doubt, ends, named};
use crate::books::BooksError;
use crate::plan::{Filed, Guard, PerSide};
use crate::progress::Stage;
use crate::undo::{Action, Case, Deed, Nothing, Stays, Verdict, judge};

/// What becomes of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The record, on the side that it was written to.
    pub record: RecordKey,
    /// The contact's name or the document's number; its identity where it is not there any more.
    pub title: String,
    /// The contact's name.
    pub contact: String,
    /// The document's total.
    pub money: Option<Money>,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// It is to be undone.
    ToDo(Action),
    /// It was undone.
    Done(Action),
    /// It was to be undone, and its side did not do it: why, in words.
    Failed(Action, String),
    /// It stays.
    Stays(Stays),
    /// There is nothing to do.
    Nothing(Nothing),
}

/// What undoing a run would do.
#[derive(Debug, Clone, Default)]
pub struct Foreseen {
    /// What becomes of each record, in the order of kinds, titles and sides.
    pub items: Vec<Item>,
    /// What a person is asked before that can be told.
    pub guards: Vec<Guard>,
    /// What lands in a period for which tax is filed. Whoever undoes a run was shown this, and is not asked again.
    pub filed: Option<Guard>,
}

/// What undoing a run came to.
#[derive(Debug, Clone)]
pub struct Undone {
    /// The run that undid it.
    pub run: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What it did.
    pub counts: RunCounts,
    /// What becomes of each record, in the order of kinds, titles and sides.
    pub items: Vec<Item>,
    /// What a person is asked before anything is written.
    pub guards: Vec<Guard>,
    /// Connections that failed on the way.
    pub failures: Vec<BooksError>,
}

/// Says what undoing a run would do, or what a person is asked before that can be told. Reads both sides, and writes
/// nothing to either.
///
/// # Errors
/// [`RunError`] where a side cannot be read or the database fails.
pub async fn preview(session: &Session, of: RunId) -> Result<Foreseen, RunError> {
    let recorded = Recorded::of(session, of)?;
    let scope = recorded.scope();
    let mut work = Work::new(session, None, &scope);
    let mut begun = Begun::new(of, recorded);
    let guards = begun.read(&mut work).await?;
    if !guards.is_empty() {
        return Ok(Foreseen {
            guards,
            ..Foreseen::default()
        });
    }
    let case = begun.case(&work)?;
    let verdicts = judge(&case);
    let rules = session.store.rules(session.pairing.id)?;
    let until = rules.iter().find_map(store::Rule::tax_filed);
    let mut filed = Filed::default();
    for verdict in &verdicts {
        if let Verdict::Undo(_, changes) = verdict
            && let Some(of_one) = Filed::of_changes(changes, until)
        {
            filed.join(&of_one);
        }
    }
    Ok(Foreseen {
        items: items(&case, verdicts, &BTreeMap::new()),
        guards,
        filed: filed.guard(until),
    })
}

/// Undoes a run. `who` asks for it.
///
/// # Errors
/// [`RunError`] where the database fails or no side could be read at all. The run is closed in the store with what
/// was done, and everything that was settled stays.
pub async fn undo(session: &Session, of: RunId, who: Option<&str>) -> Result<Undone, RunError> {
    let (store, now) = (&session.store, session.clock.now());
    store.close_dead_runs(now)?;
    let recorded = Recorded::of(session, of)?;
    let run = store.start_run(session.pairing.id, Trigger::Manual, now)?;
    store.set_run_undoes(run, of)?;
    store.set_run_about(run, &format!("undo of run {of}"))?;
    if let Some(who) = who {
        store.set_run_who(run, who)?;
    }
    let scope = recorded.scope();
    let mut work = Work::new(session, Some(run), &scope);
    work.asking = Asking {
        by: who.unwrap_or_default().to_owned(),
        take_over: false,
    };
    let lease = work.lease.clone();
    let begun = Begun::new(of, recorded);
    let result = lease.around(session, carry_out(&mut work, begun)).await;
    work.note_taken_over();
    let (items, guards, error) = match result {
        Ok((items, guards)) => (items, guards, None),
        Err(RunError::Books(failure)) => {
            work.failures.push(failure);
            (Vec::new(), Vec::new(), None)
        }
        Err(error) => (Vec::new(), Vec::new(), Some(error)),
    };
    let left = items.iter().filter(|item| {
        matches!(
            item.becomes,
            Becomes::Stays(_) | Becomes::Failed(..) | Becomes::ToDo(_)
        )
    });
    work.left = left.count() as u64;
    let outcome = match &error {
        Some(_) => RunOutcome::Failed,
        None if !guards.is_empty() => RunOutcome::NeedsApproval,
        None => work.outcome(),
    };
    let message = match (&error, work.failures.first()) {
        (Some(error), _) => Some(error.to_string()),
        (None, failure) => failure.map(ToString::to_string),
    };
    let counts = work.counts;
    store.end_run(
        run,
        outcome,
        message.as_deref(),
        &counts,
        session.clock.now(),
    )?;
    match error {
        Some(error) => Err(error),
        None => Ok(Undone {
            run,
            outcome,
            counts,
            items,
            guards,
            failures: work.failures,
        }),
    }
}

async fn carry_out(
    work: &mut Work<'_>,
    mut begun: Begun,
) -> Result<(Vec<Item>, Vec<Guard>), RunError> {
    for side in Side::BOTH {
        work.books(side).ready()?;
    }
    let began = work.books(Side::Erpnext).moment();
    let mut guards = begun.read(work).await?;
    if guards.is_empty() && begun.has_work(work)? && work.take_lease(began).await? {
        guards = begun.read(work).await?;
    }
    if !guards.is_empty() {
        return Ok((Vec::new(), guards));
    }
    work.report(|progress| progress.begin(Stage::Writing));
    let mut done = BTreeMap::new();
    for (at, kind) in Kind::ALL.into_iter().rev().enumerate() {
        if at > 0 && !done.is_empty() {
            // What was ended changes what it was for, and with it the version that a write is held to.
            begun.read_kind(work, kind).await?;
        }
        let case = begun.case(work)?;
        let verdicts = judge(&case);
        if at == 0 {
            begun.begin(&case, &verdicts);
        }
        let undoings = undoings(&case, verdicts, kind);
        if undoings.is_empty() {
            continue;
        }
        work.report(|progress| {
            progress.kind = Some(kind);
            progress.total = Some(progress.total.unwrap_or_default() + undoings.len() as u64);
        });
        let at_once = work.session.at_once.max(1);
        for slice in undoings.chunks(at_once) {
            for (undoing, carried) in slice.iter().zip(apply::undo(work, begun.run, slice).await?) {
                done.insert(undoing.record.clone(), (undoing.action, carried));
            }
            if !work.failures.is_empty() {
                break;
            }
        }
        if !work.failures.is_empty() {
            break;
        }
    }
    if !done.is_empty() {
        // It was shown before and said yes to: the day's sum of what ended begins anew.
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.note_approved(pairing, work.now())?;
    }
    let case = begun.case(work)?;
    let mut words = BTreeMap::new();
    for (record, (action, carried)) in done {
        let why = if carried {
            None
        } else {
            Some(refusal(work, &record)?)
        };
        words.insert(record, (action, why));
    }
    let verdicts = judge(&case);
    Ok((items(&case, verdicts, &words), Vec::new()))
}

/// What the log says of a record that could not be undone in this run.
fn refusal(work: &Work<'_>, record: &RecordKey) -> Result<String, RunError> {
    let query = LogQuery {
        run: work.run,
        record: Some(record.id.clone()),
        outcomes: vec![LogOutcome::Exception, LogOutcome::InDoubt, LogOutcome::Note],
        limit: 1,
        ..LogQuery::default()
    };
    let lines = work.session.store.log(&query)?;
    let line = lines.first().map(|line| line.write.message.sentence());
    Ok(line.unwrap_or_else(|| "it was not sent".to_owned()))
}

/// The records of a kind that are to be undone.
fn undoings(case: &Case, verdicts: Vec<Verdict>, kind: Kind) -> Vec<Undoing> {
    let both = case.deeds.iter().zip(verdicts);
    both.filter(|(deed, _)| deed.kind == kind)
        .filter_map(|(deed, verdict)| {
            let Verdict::Undo(action, changes) = verdict else {
                return None;
            };
            Some(Undoing {
                record: key(deed),
                action,
                other: deed.other.clone(),
                now: deed.now.clone()?,
                changes,
            })
        })
        .collect()
}

/// What was done about a record, and why that was in vain where it was.
type Words = BTreeMap<RecordKey, (Action, Option<String>)>;

fn items(case: &Case, verdicts: Vec<Verdict>, done: &Words) -> Vec<Item> {
    let both = case.deeds.iter().zip(verdicts);
    let mut items: Vec<Item> = both
        .map(|(deed, verdict)| {
            let record = key(deed);
            let becomes = match (done.get(&record), verdict) {
                (Some((action, None)), _) => Becomes::Done(*action),
                (Some((action, Some(why))), _) => Becomes::Failed(*action, why.clone()),
                (None, Verdict::Undo(action, _)) => Becomes::ToDo(action),
                (None, Verdict::Stays(why)) => Becomes::Stays(why),
                (None, Verdict::Nothing(why)) => Becomes::Nothing(why),
            };
            let now = deed.now.as_ref().map(|it| &it.record);
            Item {
                title: now.map_or_else(|| deed.id.to_string(), |it| it.title().to_owned()),
                contact: now
                    .map(|it| it.contact_name().to_owned())
                    .unwrap_or_default(),
                money: now.and_then(|it| {
                    it.total()
                        .map(|(amount, currency)| Money { amount, currency })
                }),
                record,
                becomes,
            }
        })
        .collect();
    items.sort_by(|one, other| {
        let name = |it: &Item| (it.record.kind, it.title.clone(), it.record.clone());
        name(one).cmp(&name(other))
    });
    items
}

fn key(deed: &Deed) -> RecordKey {
    RecordKey {
        side: deed.side,
        kind: deed.kind,
        id: deed.id.clone(),
    }
}

/// An undo under way.
struct Begun {
    run: RunId,
    recorded: Recorded,
    locked: PerSide<Option<NaiveDate>>,
    /// What was to be undone when it was judged first.
    to_do: BTreeSet<RecordKey>,
}

impl Begun {
    fn new(run: RunId, recorded: Recorded) -> Self {
        Self {
            run,
            recorded,
            locked: PerSide::default(),
            to_do: BTreeSet::new(),
        }
    }

    /// Reads what the run wrote and what hangs on it. What a person is asked first.
    async fn read(&mut self, work: &mut Work<'_>) -> Result<Vec<Guard>, RunError> {
        let settings = Settings::anew(work).await?;
        work.recognise(&settings.profiles)?;
        for side in Side::BOTH {
            *self.locked.get_mut(side) = settings.profiles.get(side).locked_until;
        }
        let back = ends::went_back(work).await?;
        if !back.is_empty() {
            return Ok(back);
        }
        doubt::settle_doubts(work).await?;
        named::read(work).await?;
        for side in self.recorded.sides() {
            for kind in Kind::ALL
                .into_iter()
                .filter(|kind| !kind.parents().is_empty())
            {
                named::look_through(work, side, kind).await?;
            }
        }
        // A doubt that was settled, and what was just read, may have given a record another name.
        self.recorded = Recorded::of(work.session, self.run)?;
        Ok(Vec::new())
    }

    /// Reads the records of a kind that are still to be undone.
    async fn read_kind(&self, work: &mut Work<'_>, kind: Kind) -> Result<(), RunError> {
        for (side, ids) in self.recorded.ids(kind) {
            ends::read_named(work, side, kind, &ids).await?;
        }
        Ok(())
    }

    /// Whether anything is to be undone.
    fn has_work(&self, work: &Work<'_>) -> Result<bool, RunError> {
        let verdicts = judge(&self.case(work)?);
        let mut verdicts = verdicts.iter();
        Ok(verdicts.any(|verdict| matches!(verdict, Verdict::Undo(..))))
    }

    /// What is to be undone is not asked a second time what it is for: that is less with each write.
    fn begin(&mut self, case: &Case, verdicts: &[Verdict]) {
        let both = case.deeds.iter().zip(verdicts);
        let to_do = both.filter(|(_, verdict)| matches!(verdict, Verdict::Undo(..)));
        self.to_do = to_do.map(|(deed, _)| key(deed)).collect();
    }

    fn case(&self, work: &Work<'_>) -> Result<Case, RunError> {
        let beside = (self.locked.clone(), &self.to_do);
        Ok(self.recorded.case(work.session, self.run, beside)?)
    }
}

/// A scope of some records, by side and kind.
fn scope_of(records: impl IntoIterator<Item = RecordKey>) -> Scope {
    Scope::records(records)
}
