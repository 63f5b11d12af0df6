//! Carries a plan out: journalled, batched, both sides at once, one bad record never stopping the
//! others.
//!
//! The writes of an entry go one after the other (a contact's values before our marker); the
//! entries go together, wave by wave, in batches as large as each side takes. Each batch is
//! journalled before it is sent, and every answer is settled with everything that follows from it
//! in one transaction.

use std::collections::{BTreeMap, VecDeque};

use ledger::{Cause, Kind, RemoteId, Side};
use store::{IntentResult, IntentState, IntentWrite, LinkState, LinkWrite, RunCounts, Settlement};

use super::settle::{self, Ticket, judge, sentence};
use super::situation::Loaded;
use super::{RunError, Work};
use crate::books::{Answer, Books, BooksError, Change, Prepared, Pulled, Write};
use crate::plan::{Entry, Outcome, PerSide, Plan, PlannedWrite, SideRecord};
use crate::progress::Stage;

/// How many settlements without a write go into one transaction.
const SETTLE_AT_ONCE: usize = 500;

/// Carries the plan out for these kinds. Returns whether records changed under our hands, so that
/// reading and planning again is worth while.
pub(super) async fn apply(
    work: &mut Work<'_>,
    plan: &Plan,
    loaded: &Loaded,
    kinds: &[Kind],
) -> Result<bool, RunError> {
    work.report(|progress| {
        progress.begin(Stage::Writing);
        let records = plan
            .entries
            .iter()
            .filter(|entry| kinds.contains(&entry.kind) && !entry.writes().is_empty())
            .count();
        progress.total = Some(records as u64);
    });
    let mut again = false;
    for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
        work.report(|progress| progress.kind = Some(kind));
        let mut jobs: Vec<Job<'_>> = plan
            .entries
            .iter()
            .filter(|entry| entry.kind == kind)
            .filter_map(|entry| Job::new(entry, loaded))
            .collect();
        settle_links(work, &jobs)?;
        loop {
            let wave = next_wave(work, &mut jobs);
            if wave.xero.is_empty() && wave.erpnext.is_empty() {
                break;
            }
            let (xero, erpnext) = {
                let work = &*work;
                futures::join!(
                    send(work, Side::Xero, wave.xero),
                    send(work, Side::Erpnext, wave.erpnext)
                )
            };
            for sent in [xero?, erpnext?] {
                settle::add(&mut work.counts, &sent.counts);
                again |= sent.again;
                work.failures.extend(sent.failure);
                for (job, receipt) in sent.receipts {
                    jobs[job].take(receipt);
                }
            }
            work.session.store.set_counts(work.run, &work.counts)?;
        }
    }
    Ok(again)
}

/// An entry under way.
struct Job<'a> {
    entry: &'a Entry,
    /// Both records as they are now known.
    records: PerSide<Option<SideRecord>>,
    queue: VecDeque<PlannedWrite>,
    /// Writes of content (not markers) still to succeed before the link's base may move on.
    content_left: usize,
    failed: bool,
    /// Whether a side did not keep a write as asked: then nothing is agreed yet.
    differs: bool,
}

/// What a job learns from an answer.
enum Receipt {
    Done {
        side: Side,
        record: Option<Box<SideRecord>>,
        content: bool,
        mark: Option<Box<PlannedWrite>>,
        differs: bool,
    },
    Failed,
}

impl<'a> Job<'a> {
    fn new(entry: &'a Entry, loaded: &Loaded) -> Option<Self> {
        match &entry.outcome {
            Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => {}
            Outcome::Agrees | Outcome::OutOfScope(_) | Outcome::Problem { .. } => return None,
        }
        let queue: VecDeque<PlannedWrite> = entry.writes().iter().cloned().collect();
        let content_left = queue
            .iter()
            .filter(|write| is_content(&write.change))
            .count();
        let find = |side: Side| {
            let subject = match side {
                Side::Xero => entry.xero.as_ref(),
                Side::Erpnext => entry.erpnext.as_ref(),
            }?;
            loaded.record(side, entry.kind, &subject.id)
        };
        let records = PerSide {
            xero: find(Side::Xero),
            erpnext: find(Side::Erpnext),
        };
        Some(Self {
            entry,
            records,
            queue,
            content_left,
            failed: false,
            differs: false,
        })
    }

    fn take(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Done {
                side,
                record,
                content,
                mark,
                differs,
            } => {
                self.differs |= differs;
                if record.is_some() {
                    *self.records.get_mut(side) = record.map(|record| *record);
                }
                if content {
                    self.content_left = self.content_left.saturating_sub(1);
                }
                self.queue.extend(mark.map(|mark| *mark));
            }
            Receipt::Failed => {
                self.failed = true;
                self.queue.clear();
            }
        }
    }

    /// The next write, with what its settlement needs, in the version the target has by now.
    fn ticket(&mut self, job: usize) -> Option<Ticket> {
        let mut write = self.queue.pop_front()?;
        if let Some(record) = self.records.get(write.target) {
            settle::set_version(&mut write.change, &record.version);
        }
        let target_record = self.records.get(write.target).clone();
        let last_content = is_content(&write.change) && self.content_left == 1;
        Some(Ticket {
            job,
            subject: settle::subject_of(self.entry, write.target.other()),
            source: self.records.get(write.target.other()).clone(),
            target_id: write.change.target().cloned(),
            link: self.entry.link.map(store::LinkId),
            last: self.queue.is_empty(),
            write,
            last_content,
            target_record,
            differs: self.differs,
        })
    }
}

fn is_content(change: &Change) -> bool {
    !matches!(change, Change::Mark { .. })
}

/// Links and bases that need no write, or come before one.
fn settle_links(work: &mut Work<'_>, jobs: &[Job<'_>]) -> Result<(), RunError> {
    let mut settlements = Vec::new();
    for job in jobs {
        let linked = match &job.entry.outcome {
            Outcome::Link { reason, .. } => Some(*reason),
            Outcome::Rebase => None,
            _ => continue,
        };
        let (Some(xero), Some(erpnext)) = (&job.records.xero, &job.records.erpnext) else {
            continue;
        };
        // What is still to be written is not agreed on yet.
        let agreed = job.content_left == 0;
        let mut settlement = Settlement {
            link: Some(LinkWrite {
                id: job.entry.link.map(store::LinkId),
                kind: job.entry.kind,
                xero_id: xero.id.clone(),
                erpnext_id: erpnext.id.clone(),
                base_xero: agreed.then(|| xero.record.clone()),
                base_erpnext: agreed.then(|| erpnext.record.clone()),
                xero_version: Some(xero.version.clone()),
                erpnext_version: Some(erpnext.version.clone()),
                state: if xero.record.ended() && erpnext.record.ended() {
                    LinkState::Ended
                } else {
                    LinkState::Active
                },
            }),
            ..Settlement::default()
        };
        if let Some(reason) = linked {
            work.counts.linked += 1;
            let message = format!("Found on both sides ({}) and linked", reason.words());
            settlement.log.push(settle::line(
                job.entry,
                store::LogOutcome::Linked,
                None,
                message,
            ));
        }
        // The records stay to do: the end of the run compares what is linked now, amounts due
        // included, and only then are they dealt with.
        settlements.push(settlement);
    }
    for batch in settlements.chunks(SETTLE_AT_ONCE) {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        store.settle(pairing, work.run_id(), batch, None, work.now())?;
    }
    let found = work.counts.found();
    work.report(|progress| progress.linked = found);
    Ok(())
}

/// One write of every entry that has one left, for sides that are still reachable.
fn next_wave(work: &Work<'_>, jobs: &mut [Job<'_>]) -> PerSide<Vec<Ticket>> {
    let mut wave = PerSide {
        xero: Vec::new(),
        erpnext: Vec::new(),
    };
    let stopped = work.failures.contains(&BooksError::Stopped);
    for (index, job) in jobs.iter_mut().enumerate() {
        let Some(target) = job.queue.front().map(|write| write.target) else {
            continue;
        };
        let down = work
            .failures
            .iter()
            .any(|failure| failure.side() == Some(target));
        if job.failed || stopped || down {
            job.queue.clear();
            continue;
        }
        wave.get_mut(target).extend(job.ticket(index));
    }
    wave
}

/// What one side's part of a wave came to.
#[derive(Default)]
struct Sent {
    receipts: Vec<(usize, Receipt)>,
    counts: RunCounts,
    failure: Option<BooksError>,
    again: bool,
}

async fn send(work: &Work<'_>, side: Side, tickets: Vec<Ticket>) -> Result<Sent, RunError> {
    let mut sent = Sent::default();
    let Some(first) = tickets.first() else {
        return Ok(sent);
    };
    let size = work
        .books(side)
        .batch_size(first.write.change.kind())
        .max(1);
    let mut tickets = VecDeque::from(tickets);
    while !tickets.is_empty() {
        if let Err(stop) = work.session.control.checkpoint().await {
            sent.failure = Some(stop);
            return Ok(sent);
        }
        let batch: Vec<Ticket> = tickets.drain(..size.min(tickets.len())).collect();
        send_batch(work, side, batch, &mut sent).await?;
        if sent.failure.is_some() {
            return Ok(sent);
        }
    }
    Ok(sent)
}

async fn send_batch(
    work: &Work<'_>,
    side: Side,
    batch: Vec<Ticket>,
    sent: &mut Sent,
) -> Result<(), RunError> {
    let (store, pairing, run) = (&work.session.store, work.session.pairing.id, work.run_id());
    let written_before = sent.counts.records_written();
    let answered_before = sent.receipts.len();
    let last: BTreeMap<usize, bool> = batch.iter().map(|it| (it.job, it.last)).collect();
    let mut settlements = Vec::new();
    let mut ready: Vec<(Ticket, Prepared)> = Vec::new();
    for mut ticket in batch {
        match prepare(work, side, &mut ticket)? {
            Ok(prepared) => ready.push((ticket, prepared)),
            Err(cause) => {
                sent.counts.exceptions += 1;
                settlements.push(settle::refused(&ticket, None, cause, None));
                sent.receipts.push((ticket.job, Receipt::Failed));
            }
        }
    }
    let intents: Vec<IntentWrite> = ready
        .iter()
        .map(|(ticket, prepared)| settle::intent(ticket, prepared))
        .collect();
    store.journal_intended(pairing, run, &intents, work.now())?;
    let keys: Vec<&str> = intents.iter().map(|intent| intent.key.as_str()).collect();
    store.journal_sent(&keys, work.now())?;
    let requests: Vec<Prepared> = ready.iter().map(|(_, prepared)| prepared.clone()).collect();
    let mut answers = if requests.is_empty() {
        Vec::new()
    } else {
        work.books(side).send(&requests).await
    };
    // Fewer answers than writes would be a fault of the books; what has no answer is in doubt.
    answers.resize_with(ready.len(), || {
        Answer::InDoubt("no answer was given for it".to_owned())
    });
    for ((ticket, prepared), answer) in ready.into_iter().zip(answers) {
        let answer = match answer {
            Answer::Exists | Answer::InDoubt(_) => look(work.books(side), &prepared, answer).await,
            answer => answer,
        };
        take(
            (side, work.last_round),
            &ticket,
            &prepared,
            answer,
            &mut settlements,
            sent,
        );
    }
    store.settle(pairing, run, &settlements, None, work.now())?;
    let exceptions = sent.counts.exceptions;
    let written = sent.counts.records_written() - written_before;
    let done = sent
        .receipts
        .iter()
        .skip(answered_before)
        .filter(|(job, receipt)| match receipt {
            Receipt::Failed => true,
            // A marker that follows is written before the record is done.
            Receipt::Done { mark, .. } => mark.is_none() && last.get(job) == Some(&true),
        })
        .count() as u64;
    work.report(|progress| {
        progress.done += done;
        progress.side = Some(side);
        progress.exceptions = progress.exceptions.max(exceptions);
        match side {
            Side::Xero => progress.to_xero += written,
            Side::Erpnext => progress.to_erpnext += written,
        }
    });
    Ok(())
}

/// Turns a ticket into the exact requests: the contact's identity on the target, a link back to the
/// source, a fresh key.
fn prepare(
    work: &Work<'_>,
    target: Side,
    ticket: &mut Ticket,
) -> Result<Result<Prepared, Cause>, RunError> {
    let source = target.other();
    if let Some(contact) = &ticket.write.contact {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        let Some(link) = store.link_of(pairing, Kind::Contact, source, contact)? else {
            let contact = contact.clone();
            return Ok(Err(Cause::WaitsForContact {
                side: source,
                contact,
            }));
        };
        settle::set_contact(&mut ticket.write.change, link.on(target));
    }
    let link = |id: &RemoteId, kind: Kind| work.books(source).link(kind, id);
    match &mut ticket.write.change {
        Change::CreateContact {
            source,
            source_link,
            ..
        } => {
            *source_link = link(source, Kind::Contact);
        }
        Change::CreateInvoice {
            source,
            source_link,
            ..
        }
        | Change::UpdateInvoice {
            source,
            source_link,
            ..
        } => {
            *source_link = link(source, Kind::Invoice);
        }
        Change::Mark {
            kind,
            source,
            source_link,
            ..
        } => {
            *source_link = link(source, *kind);
        }
        _ => {}
    }
    let write = Write {
        key: work.session.keys.next(),
        change: ticket.write.change.clone(),
    };
    Ok(work.books(target).prepare(&write))
}

/// Looks a write up whose answer was lost, or that the remote system says exists already.
async fn look(books: &dyn Books, prepared: &Prepared, answer: Answer) -> Answer {
    match books
        .find(prepared.write.change.kind(), &prepared.find)
        .await
    {
        Ok(found) => match found
            .into_iter()
            .find(|found| judge(prepared, books.side(), found))
        {
            Some(found) => Answer::Done(Box::new(found)),
            None => answer,
        },
        // It stays in doubt until the connection is back; nothing is done with it before.
        Err(_) if matches!(answer, Answer::Exists) => {
            Answer::InDoubt("it exists, but could not be looked up".to_owned())
        }
        Err(_) => answer,
    }
}

fn take(
    (side, last_round): (Side, bool),
    ticket: &Ticket,
    prepared: &Prepared,
    answer: Answer,
    settlements: &mut Vec<Settlement>,
    sent: &mut Sent,
) {
    let result = |state: IntentState| IntentResult {
        key: prepared.write.key.clone(),
        state,
        target: None,
        answer: None,
    };
    let note = |settlements: &mut Vec<Settlement>, state, outcome, message: String| {
        settlements.push(Settlement {
            intent: Some(result(state)),
            log: vec![settle::ticket_line(ticket, outcome, message, None)],
            ..Settlement::default()
        });
    };
    match answer {
        Answer::Done(pulled) => {
            let done = settle::done(ticket, prepared, &pulled);
            let differs = done.differs;
            settle::count(&mut sent.counts, &prepared.write.change, done.differs);
            let mark = follow_up(side, ticket, &pulled);
            settlements.push(done.settlement);
            let record = pulled.record.as_ref().ok().map(|record| {
                Box::new(SideRecord {
                    half_replaced: false,
                    id: pulled.id.clone(),
                    version: pulled.version.clone(),
                    marker: pulled.marker.clone(),
                    record: record.clone(),
                })
            });
            let content = is_content(&prepared.write.change);
            sent.receipts.push((
                ticket.job,
                Receipt::Done {
                    side,
                    record,
                    content,
                    mark,
                    differs,
                },
            ));
        }
        Answer::Refused { cause, answer } => {
            sent.counts.exceptions += 1;
            settlements.push(settle::refused(
                ticket,
                Some(prepared),
                cause,
                Some(&answer),
            ));
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::Exists => {
            sent.counts.exceptions += 1;
            let cause = settle::taken(side, &prepared.write.change);
            settlements.push(settle::refused(ticket, Some(prepared), cause, None));
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::Stale if last_round => {
            sent.counts.exceptions += 1;
            let message = "it kept changing while it was being written";
            let cause = Cause::Refused {
                side,
                message: message.to_owned(),
                field: None,
            };
            let mut settlement = settle::refused(ticket, Some(prepared), cause, None);
            // Not the write's fault: the next run tries again.
            for exception in &mut settlement.raise {
                exception.fingerprint.clear();
            }
            settlements.push(settlement);
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::Stale => {
            sent.again = true;
            let message = format!(
                "{} changed in {side} meanwhile; looked at again",
                sentence(ticket)
            );
            note(
                settlements,
                IntentState::Abandoned,
                store::LogOutcome::Note,
                message,
            );
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::InDoubt(why) => {
            sent.again = true;
            sent.counts.in_doubt += 1;
            let message = format!("The answer of {side} was lost ({why}); it is looked up again");
            note(
                settlements,
                IntentState::InDoubt,
                store::LogOutcome::InDoubt,
                message,
            );
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::NotSent(failure) => {
            settlements.push(Settlement {
                intent: Some(result(IntentState::Abandoned)),
                ..Settlement::default()
            });
            sent.failure = Some(failure);
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
    }
}

/// A record created in Xero from one in ERPNext: the ERPNext record gets our marker next.
fn follow_up(side: Side, ticket: &Ticket, pulled: &Pulled) -> Option<Box<PlannedWrite>> {
    let created = matches!(
        ticket.write.change,
        Change::CreateContact { .. } | Change::CreateInvoice { .. }
    );
    let source = ticket.source.as_ref()?;
    (side == Side::Xero && created).then(|| {
        let change = Change::Mark {
            kind: source.record.kind(),
            id: source.id.clone(),
            version: source.version.clone(),
            source: pulled.id.clone(),
            source_link: None,
        };
        Box::new(PlannedWrite {
            target: Side::Erpnext,
            fingerprint: crate::digest::fingerprint(&change, None),
            change,
            contact: None,
        })
    })
}
