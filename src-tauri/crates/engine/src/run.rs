//! One run of a pairing, from reading both sides to settled links.
//!
//! The order of things, and what each leaves behind if the process dies there:
//! 1. writes in doubt are looked up and settled ([`doubt`]);
//! 2. both sides are read, each page stored in one transaction with its cursor ([`pull`]);
//! 3. the situation is loaded and planned, without any I/O between ([`situation`], [`crate::plan`]);
//! 4. guards ask a person where the plan is out of the ordinary;
//! 5. writes are journalled, sent, and settled answer by answer ([`apply`]);
//! 6. what customers have open beside invoices is read ([`credits`]), and the situation is planned
//!    once more: what is left over is the list of exceptions ([`conclude`]).

mod agreed;
mod apply;
mod conclude;
pub mod credits;
mod doubt;
mod ends;
mod lease;
mod lost;
mod named;
pub mod names;
mod planned;
pub mod poll;
mod pull;
mod recognise;
mod relink;
mod rows;
pub mod scope;
mod session;
mod settings;
mod settle;
pub mod situation;
pub mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use ledger::{Kind, Said, Side};
use store::{LogOutcome, LogWrite, RecordKey, RunCounts, RunId, RunOutcome, StoreError, Trigger};

use self::lease::{Asking, Lease};
pub use self::recognise::recognise;
use self::scope::{About, Scope, Waiting, Waits};
pub use self::session::{AT_ONCE, Clock, Keys, PerBooks, Preview, Request, Session, Summary};
use self::settings::Settings;
use crate::books::{Books, BooksError, Cursor, Profile};
use crate::plan::{Entry, Guard, Incomplete, PerSide};
use crate::progress::Progress;

/// Why a run could not go on. What was settled before stays settled.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A connection failed before anything could be planned.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The planner is at fault.
    #[error(transparent)]
    Plan(#[from] Incomplete),
}

/// How often a run reads and plans again because records changed under its hands.
const ROUNDS: u32 = 4;

/// Runs a sync.
///
/// # Errors
/// [`RunError`] where the database fails or no side could be read at all. The run is closed in the
/// store with what was done, and everything that was settled stays.
pub async fn sync(session: &Session, request: &Request) -> Result<Summary, RunError> {
    let now = session.clock.now();
    session.store.close_dead_runs(now)?;
    let run = session
        .store
        .start_run(session.pairing.id, request.trigger, now)?;
    if let Some(who) = &request.who {
        session.store.set_run_who(run, who)?;
    }
    let about = request.scope.words();
    if let Some(about) = &about {
        session.store.set_run_about(run, about)?;
    }
    let mut work = Work::new(session, Some(run), &request.scope);
    work.restored = request.restored;
    work.asking = Asking {
        by: request.who.clone().unwrap_or_default(),
        take_over: request.take_over,
    };
    let lease = work.lease.clone();
    let result = lease.around(session, carry_out(&mut work, request)).await;
    work.note_taken_over();
    let (outcome, guards, error) = match result {
        Ok(Ended::Asked(guards)) => (RunOutcome::NeedsApproval, guards, None),
        Ok(Ended::Done) => (work.outcome(), Vec::new(), None),
        Err(RunError::Books(error)) => {
            work.failures.push(error);
            (work.outcome(), Vec::new(), None)
        }
        Err(error) => (RunOutcome::Failed, Vec::new(), Some(error)),
    };
    let message = match (&error, work.failures.first()) {
        (Some(error), _) => Some(error.to_string()),
        (None, Some(failure)) => Some(failure.to_string()),
        (None, None) => None,
    };
    let counts = work.counts;
    // By now it is known what the records are called.
    let about = work.about()?.or(about);
    if let Some(about) = &about {
        session.store.set_run_about(run, about)?;
    }
    session.store.end_run(
        run,
        outcome,
        message.as_deref(),
        &counts,
        session.clock.now(),
    )?;
    match error {
        Some(error) => Err(error),
        None => Ok(Summary {
            run,
            outcome,
            counts,
            guards,
            failures: work.failures,
            whole: request.scope.is_everything(),
            about,
        }),
    }
}

/// Reads both sides and says what a sync would do: hands each entry of the plan to `each`, in its order.
/// Writes nothing to either remote system.
///
/// # Errors
/// [`RunError`] where a side cannot be read or the database fails.
pub async fn preview(
    session: &Session,
    each: impl FnMut(&Entry) + Send,
) -> Result<Preview, RunError> {
    preview_of(session, &Scope::default(), each).await
}

/// [`preview`] of a sync with a scope.
///
/// # Errors
/// As [`preview`].
pub async fn preview_of(
    session: &Session,
    scope: &Scope,
    mut each: impl FnMut(&Entry) + Send,
) -> Result<Preview, RunError> {
    let mut work = Work::new(session, None, scope);
    let mut settings = Settings::known(&work).await?;
    work.recognise(&settings.profiles)?;
    let mut guards = ends::went_back(&work).await?;
    if guards.is_empty() {
        doubt::settle_doubts(&mut work).await?;
        guards.extend(work.read(Some(false)).await?);
        if let Some(failure) = work.failures.pop() {
            return Err(failure.into());
        }
    }
    let shown = Some(&mut each as &mut (dyn FnMut(&Entry) + Send));
    let planned = settings::plan(&mut work, &mut settings, Trigger::Manual, shown).await?;
    guards.extend(planned.guards(work.ended_lately()?));
    guards.extend(planned.filed());
    work.note_shown(planned.shown(), &guards)?;
    let Waiting {
        held, dependent, ..
    } = work.waiting;
    let held = held.into_iter().chain(dependent).collect();
    Ok(Preview { guards, held })
}

enum Ended {
    Done,
    Asked(Vec<Guard>),
}

async fn carry_out(work: &mut Work<'_>, request: &Request) -> Result<Ended, RunError> {
    let mut settings = Settings::known(work).await?;
    work.recognise(&settings.profiles)?;
    for side in Side::BOTH {
        work.books(side).ready()?;
    }
    let back = ends::went_back(work).await?;
    if !back.is_empty() {
        return Ok(Ended::Asked(back));
    }
    doubt::settle_doubts(work).await?;
    let approved = work.approved(request)?;
    // As the run begins: what it does itself was looked at as one plan.
    let lately = work.ended_lately()?;
    let (mut known, mut held, mut again) = (None, 0, None);
    // What lands in a period for which tax is filed waits by itself.
    let mut filed = None;
    let kinds = request.scope.written();
    for round in 0..ROUNDS {
        let began = work.books(Side::Erpnext).moment();
        let full = request.full || request.restored;
        work.settled_alone = again.as_ref().and_then(apply::Again::kinds);
        let empty = work.read((round == 0).then_some(full)).await?;
        if !work.failures.is_empty() {
            // A side that was read in part looks as if it had lost records or never had them:
            // nothing is matched, written or concluded from that.
            return Ok(Ended::Done);
        }
        if !approves(approved.as_ref(), &empty) {
            work.note_shown(Vec::new(), &empty)?;
            return Ok(Ended::Asked(empty));
        }
        let mut planned = settings::plan(work, &mut settings, request.trigger, None).await?;
        let (changed, missed) = ends::sources(work, &planned).await?;
        if changed {
            planned = work.plan(&settings.profiles, &mut |_| {})?;
        }
        planned.leave(&missed);
        let mut reasons = planned.guards(lately);
        // What was held back once stays held back, also where less than a mass of it is left.
        if !reasons.is_empty() || held > 0 {
            let Some(approved) = &approved else {
                reasons.extend(planned.filed());
                work.note_shown(planned.shown(), &reasons)?;
                credits::read(work, request).await?;
                conclude::conclude(work, &settings.profiles, &kinds, Some(planned))?;
                return Ok(Ended::Asked(reasons));
            };
            held = planned.hold(approved);
            if held > 0 {
                // The next yes is for these.
                work.note_shown(planned.shown(), &[])?;
            }
        }
        if held == 0 {
            filed = planned.hold_filed(approved.as_ref());
            if filed.is_some() {
                work.note_shown(planned.shown(), &[])?;
            }
        }
        work.last_round = round + 1 == ROUNDS;
        if planned.writes(&kinds) > 0 && work.take_lease(began).await? && !work.last_round {
            // Another installation was at it while this one read: what it made is read first.
            again = Some(apply::Again::Changed);
            continue;
        }
        work.begun.extend(planned.begins().cloned());
        again = apply::apply(work, &mut planned, &kinds).await?;
        let waits = held > 0 || filed.is_some();
        known = (!waits && !planned.asks_for(&kinds)).then_some(planned);
        if again.is_none() || !work.failures.is_empty() || work.last_round {
            break;
        }
        doubt::settle_doubts(work).await?;
    }
    if work.failures.is_empty() {
        credits::read(work, request).await?;
    }
    conclude::conclude(work, &settings.profiles, &kinds, known)?;
    work.say_what_waits()?;
    if approved.is_some() {
        // What was carried out with a yes was looked at: the day's sum begins anew.
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.note_approved(pairing, work.now())?;
    }
    if held > 0 && work.failures.is_empty() {
        return Ok(Ended::Asked(vec![Guard::NotShown { count: held }]));
    }
    if let Some(filed) = filed.filter(|_| work.failures.is_empty()) {
        return Ok(Ended::Asked(vec![filed]));
    }
    Ok(Ended::Done)
}

/// Whether a yes was said to all these reasons.
fn approves(approved: Option<&BTreeSet<String>>, reasons: &[Guard]) -> bool {
    let mut digests = reasons.iter().map(Guard::digest);
    digests.all(|digest| {
        let known = |digest| approved.is_some_and(|approved| approved.contains(&digest));
        digest.is_some_and(known)
    })
}

/// A run under way.
struct Work<'a> {
    session: &'a Session,
    /// The run as the store knows it; a preview is none.
    run: Option<RunId>,
    counts: RunCounts,
    failures: Vec<BooksError>,
    /// Records of the kinds asked for that a further run has to look at.
    left: u64,
    /// Where both sides are read once more only for what our own settling of documents made of them: the kinds
    /// that this can have changed. What people changed meanwhile the next run reads.
    settled_alone: Option<BTreeSet<Kind>>,
    /// Whether reading and planning again is no longer an option.
    last_round: bool,
    /// When it began: what was read since is of this run.
    began: DateTime<Utc>,
    /// What was read from the beginning in this run.
    read_from_start: BTreeSet<(Side, Kind)>,
    /// Whether a side was put back to an earlier state, and a person said to take it as it is.
    restored: bool,
    /// Whether another installation syncs.
    lease: Arc<Lease>,
    /// How that is asked.
    asking: Asking,
    /// What it is about.
    scope: &'a Scope,
    /// The records that it is about, where it is not about all of a kind.
    named: BTreeSet<RecordKey>,
    /// Where reading each list began.
    read_from: BTreeMap<(Side, Kind), String>,
    /// Lists that were read to tell whether a record is there already, though no cursor moved.
    looked_through: BTreeSet<(Side, Kind)>,
    /// What of the last plan was asked for and waits all the same.
    waiting: Waiting,
    /// Documents that were freed of what settles them in this run, to be edited.
    begun: BTreeSet<RecordKey>,
    /// What settles documents that ended and was read for that in this run.
    read_once_more: BTreeSet<RecordKey>,
}

impl<'a> Work<'a> {
    fn new(session: &'a Session, run: Option<RunId>, scope: &'a Scope) -> Self {
        Self {
            session,
            run,
            lease: Arc::new(Lease::of(&session.pairing)),
            asking: Asking::default(),
            scope,
            named: scope.named(),
            read_from: BTreeMap::new(),
            looked_through: BTreeSet::new(),
            waiting: Waiting::default(),
            begun: BTreeSet::new(),
            read_once_more: BTreeSet::new(),
            counts: RunCounts::default(),
            failures: Vec::new(),
            left: 0,
            settled_alone: None,
            last_round: false,
            began: session.clock.now(),
            read_from_start: BTreeSet::new(),
            restored: false,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.clock.now()
    }

    fn books(&self, side: Side) -> &'a dyn Books {
        self.session.books.get(side)
    }

    fn report(&self, change: impl FnOnce(&mut Progress)) {
        self.session.reporter.update(change);
    }

    /// Makes sure that the books that answer are the ones that were paired, and remembers what they
    /// say of themselves for the first time.
    fn recognise(&self, profiles: &PerSide<Profile>) -> Result<(), RunError> {
        let (store, pairing) = (&self.session.store, &self.session.pairing);
        for side in Side::BOTH {
            recognise(store, pairing, side, profiles.get(side), self.now())?;
        }
        Ok(())
    }

    /// Whether the run is about a record.
    fn is_about(&self, record: &RecordKey) -> bool {
        self.scope.is_about(record, &self.named)
    }

    /// Reads what the run is about: lists, or the records that were named. With `Some`, ends are looked
    /// for, and with `Some(true)` all identities are compared.
    async fn read(&mut self, ends: Option<bool>) -> Result<Vec<Guard>, RunError> {
        if matches!(self.scope.about, About::Records(_)) {
            named::read(self).await?;
            return Ok(Vec::new());
        }
        let mut guards = pull::pull(self).await?;
        let below_others = matches!(self.scope.about, About::Slice(_));
        if let Some(full) = ends
            && self.failures.is_empty()
            && !below_others
        {
            guards.extend(ends::look(self, full).await?);
        }
        Ok(guards)
    }

    /// Reads once more what was read in this run. No cursor moves.
    async fn read_again(&mut self) -> Result<(), RunError> {
        if matches!(self.scope.about, About::Records(_)) {
            return named::read(self).await;
        }
        for ((side, kind), from) in std::mem::take(&mut self.read_from) {
            named::read_list(self, side, kind, Cursor(from)).await?;
        }
        Ok(())
    }

    /// What the records that were asked for are called.
    fn about(&self) -> Result<Option<String>, StoreError> {
        const NAMED: usize = 3;
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        let mut titles = BTreeSet::new();
        for key in self.scope.named() {
            let record = store.record(pairing, &key)?;
            titles.extend(record.map(|it| it.title().to_owned()));
        }
        let all = titles.len();
        let mut words: Vec<String> = titles.into_iter().take(NAMED).collect();
        if all > NAMED {
            words.push(format!("{} more", all - NAMED));
        }
        Ok((!words.is_empty()).then(|| words.join(", ")))
    }

    /// Says of what a person held back, and of what needs it, that it waits.
    fn say_what_waits(&mut self) -> Result<(), StoreError> {
        let Waiting {
            held, dependent, ..
        } = &self.waiting;
        let line = |waits: &Waits, message: Said| -> LogWrite {
            settle::line(&waits.entry, LogOutcome::Blocked, None, message)
        };
        let held_lines = held.iter().map(|waits| line(waits, Said::HeldBack));
        let needs = dependent
            .iter()
            .map(|waits| line(waits, Said::OutsideOfRun));
        let lines: Vec<LogWrite> = held_lines.chain(needs).collect();
        self.counts.later = self.waiting.later;
        self.counts.held = (held.len() + dependent.len()) as u64;
        if lines.is_empty() {
            return Ok(());
        }
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        store.append_log(pairing, self.run, &lines, self.now())
    }

    /// What a person has said yes to: what was shown last. `None` where nobody has said anything.
    fn approved(&self, request: &Request) -> Result<Option<BTreeSet<String>>, StoreError> {
        if !request.approve {
            return Ok(None);
        }
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        let shown = store.shown(pairing)?;
        if shown.at.is_none() {
            // Nothing was shown yet: it is shown now.
            return Ok(None);
        }
        store.note_approved(pairing, self.now())?;
        Ok(Some(shown.entries.into_iter().collect()))
    }

    /// Takes note of what a person is shown, so that a yes is a yes to that.
    fn note_shown(&self, mut entries: Vec<String>, guards: &[Guard]) -> Result<(), StoreError> {
        entries.extend(guards.iter().filter_map(Guard::digest));
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        store.note_shown(pairing, &entries, self.now())
    }

    /// How many records were ended in the last day, since a person last said yes.
    fn ended_lately(&self) -> Result<u32, StoreError> {
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        let day_ago = self.now() - Duration::hours(24);
        let since = store.shown(pairing)?.approved_at.unwrap_or(day_ago);
        let ended = store.ended_since(pairing, since.max(day_ago))?;
        Ok(u32::try_from(ended).unwrap_or(u32::MAX))
    }

    /// Where another installation took over from this run, that is why it ended.
    fn note_taken_over(&mut self) {
        if let Some(by) = self.lease.lost_to() {
            self.failures.insert(0, BooksError::TakenOver { by });
        }
    }

    fn outcome(&self) -> RunOutcome {
        let elsewhere = |failure: &BooksError| {
            matches!(
                failure,
                BooksError::SyncedElsewhere { .. } | BooksError::TakenOver { .. }
            )
        };
        if self.failures.iter().any(elsewhere) {
            RunOutcome::Elsewhere
        } else if self
            .failures
            .iter()
            .any(|failure| matches!(failure, BooksError::Stopped))
        {
            RunOutcome::Stopped
        } else if !self.failures.is_empty() {
            RunOutcome::ConnectionFailed
        } else if self.counts.exceptions > 0
            || self.left + self.waiting.later + self.counts.held > 0
        {
            RunOutcome::Exceptions
        } else {
            RunOutcome::Agreed
        }
    }
}
