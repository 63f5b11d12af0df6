//! One side's part of a wave: prepared, journalled, sent, and turned into settlements answer by
//! answer.

use std::collections::{BTreeMap, VecDeque};

use ledger::{Cause, Said, Side};
use store::{IntentResult, IntentState, IntentWrite, RunCounts, Settlement};

use super::super::settle::{self, Purpose, Ticket, Verdict, judge, under_way};
use super::super::{RunError, Work};
use super::Receipt;
use super::journalled::Journalled;
use crate::books::{Answer, Books, BooksError, Change, Prepared, Pulled, Wire, Write};
use crate::plan::{PlannedWrite, SideRecord};

/// What one side's part of a wave came to.
#[derive(Default)]
pub(super) struct Sent {
    pub receipts: Vec<(usize, Receipt)>,
    pub counts: RunCounts,
    pub failure: Option<BooksError>,
    pub again: bool,
}

pub(super) async fn send(
    work: &Work<'_>,
    side: Side,
    tickets: Vec<Ticket>,
) -> Result<Sent, RunError> {
    let mut sent = Sent::default();
    let Some(first) = tickets.first() else {
        return Ok(sent);
    };
    let size = work
        .books(side)
        .batch_size(first.write.change.kind())
        .max(1);
    // What a system failed at before is sent last and alone: in one call with others it would keep
    // failing for all of them.
    let lost = work.session.store.lost_writes(work.session.pairing.id)?;
    let failed_before = |ticket: &Ticket| lost.contains_key(&ticket.write.fingerprint);
    let (suspects, tickets): (Vec<Ticket>, Vec<Ticket>) =
        tickets.into_iter().partition(failed_before);
    let mut tickets: VecDeque<Ticket> = tickets.into_iter().chain(suspects).collect();
    while !tickets.is_empty() {
        if let Err(stop) = work.session.control.checkpoint().await {
            sent.failure = Some(stop);
            return Ok(sent);
        }
        let together = tickets
            .iter()
            .take(size)
            .take_while(|it| !failed_before(it));
        let together = together.count().max(1);
        let batch: Vec<Ticket> = tickets.drain(..together).collect();
        let reworded = send_batch(work, side, batch, &mut sent).await?;
        if sent.failure.is_some() {
            return Ok(sent);
        }
        for ticket in reworded.into_iter().rev() {
            tickets.push_front(ticket);
        }
    }
    Ok(sent)
}

/// Sends one batch. Returns the writes to be worded anew.
async fn send_batch(
    work: &Work<'_>,
    side: Side,
    batch: Vec<Ticket>,
    sent: &mut Sent,
) -> Result<Vec<Ticket>, RunError> {
    let (store, pairing, run) = (&work.session.store, work.session.pairing.id, work.run);
    let written_before = sent.counts.records_written();
    let answered_before = sent.receipts.len();
    let last: BTreeMap<usize, bool> = batch.iter().map(|it| (it.job, it.last)).collect();
    let mut settlements = Vec::new();
    let mut ready: Vec<(Ticket, Prepared)> = Vec::new();
    let mut resolved = Vec::with_capacity(batch.len());
    for mut ticket in batch {
        match refer(work, side, &mut ticket)? {
            Ok(()) => resolved.push(ticket),
            Err(cause) => {
                sent.counts.exceptions += 1;
                settlements.push(settle::refused(&ticket, None, cause, None));
                sent.receipts.push((ticket.job, Receipt::Failed));
            }
        }
    }
    let changes: Vec<&Change> = resolved.iter().map(|it| &it.write.change).collect();
    let held = match work.books(side).hold(&changes).await {
        Ok(held) => held,
        Err(failure) => {
            // What waits for something that did not come about is an exception all the same.
            store.settle(pairing, run, &settlements, None, work.now())?;
            sent.failure = Some(failure);
            return Ok(Vec::new());
        }
    };
    for (mut ticket, held) in resolved.into_iter().zip(held) {
        match prepare(work, side, &mut ticket, held) {
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
    let wire = Journalled::new(store, &requests).until_stopped(&work.session.control);
    let mut answers = if requests.is_empty() {
        Vec::new()
    } else {
        work.books(side).send(&requests, &wire).await
    };
    // What was not written down was not sent; the next start looks up the rest.
    if let Some(failure) = wire.failure() {
        return Err(failure.into());
    }
    // Fewer answers than writes would be a fault of the books; what has no answer is in doubt.
    answers.resize_with(ready.len(), || {
        Answer::InDoubt("no answer was given for it".to_owned())
    });
    let mut reworded = Vec::new();
    for ((mut ticket, prepared), answer) in ready.into_iter().zip(answers) {
        ticket.exchanges = wire.exchanges(&prepared.write.key);
        if let (Answer::PrepareAgain(answer), 0) = (&answer, ticket.refused_wordings) {
            settlements.push(settle::reworded(&ticket, &prepared, answer));
            ticket.refused_wordings += 1;
            reworded.push(ticket);
            continue;
        }
        let answer = match answer {
            Answer::Exists | Answer::InDoubt(_) => {
                let looked = look(
                    work.books(side),
                    &prepared,
                    &wire,
                    answer,
                    &mut ticket.differs,
                );
                let looked = looked.await;
                if let Some(failure) = wire.failure() {
                    return Err(failure.into());
                }
                ticket.exchanges.extend(wire.exchanges(&prepared.write.key));
                match looked {
                    // Another installation made it of what is linked here to something else.
                    Answer::Done(found) if is_linked_elsewhere(work, &ticket, &found)? => {
                        Answer::Stale
                    }
                    answer => answer,
                }
            }
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
            Receipt::TakeBack { .. } => false,
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
    Ok(reworded)
}

/// Puts the target's identities of what a write waits for in their place: they are known by now.
fn refer(
    work: &Work<'_>,
    target: Side,
    ticket: &mut Ticket,
) -> Result<Result<(), Cause>, RunError> {
    let source = target.other();
    for reference in &ticket.write.waits_for {
        let (store, pairing) = (&work.session.store, work.session.pairing.id);
        let Some(link) = store.link_of(pairing, reference.kind, source, &reference.id)? else {
            return Ok(Err(Cause::waits_for(source, reference)));
        };
        if let Some(meant) = ticket.write.change.meant_mut() {
            meant.refer(reference, link.on(target));
        }
    }
    Ok(Ok(()))
}

/// Turns a ticket into the exact requests: a link back to the source, a fresh key.
fn prepare(
    work: &Work<'_>,
    target: Side,
    ticket: &mut Ticket,
    held: Option<serde_json::Value>,
) -> Result<Prepared, Cause> {
    let source = target.other();
    let link = |kind, id: &_| work.books(source).link(kind, id);
    ticket.write.change.set_source_link(link);
    let write = Write {
        key: work.session.keys.next(),
        change: ticket.write.change.clone(),
        held,
    };
    work.books(target).prepare(&write)
}

/// Looks a write up whose answer was lost, or that the remote system says exists already. What is
/// found may say something else than was meant: then it differs.
async fn look(
    books: &dyn Books,
    prepared: &Prepared,
    wire: &dyn Wire,
    answer: Answer,
    differs: &mut bool,
) -> Answer {
    match books
        .find(prepared.write.change.kind(), &prepared.find)
        .await
    {
        Ok(found) => {
            // Gone on with by the next plan, which compares it first.
            let half_done = found.iter().any(|found| under_way(prepared, found));
            let verdict = |found: Pulled| {
                let verdict = judge(prepared, books.side(), &found);
                (verdict != Verdict::NotSeen).then_some((found, verdict))
            };
            match found.into_iter().find_map(verdict) {
                Some((found, verdict)) => {
                    *differs |= verdict == Verdict::DoneOtherwise;
                    match books.finish(prepared, found, Some(wire)).await {
                        Ok(Some(finished)) => Answer::Done(Box::new(finished)),
                        Ok(None) => answer,
                        Err(failure) => Answer::InDoubt(failure.to_string()),
                    }
                }
                None if half_done => Answer::Stale,
                None => answer,
            }
        }
        // It stays in doubt until the connection is back; nothing is done with it before.
        Err(_) if matches!(answer, Answer::Exists) => {
            Answer::InDoubt("it exists, but could not be looked up".to_owned())
        }
        Err(_) => answer,
    }
}

/// Whether a record that was found has a link, and not the one that is written for.
fn is_linked_elsewhere(work: &Work<'_>, ticket: &Ticket, found: &Pulled) -> Result<bool, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let (kind, side) = (ticket.write.change.kind(), ticket.write.target);
    let link = store.link_of(pairing, kind, side, &found.id)?;
    Ok(link.is_some_and(|link| Some(link.id) != ticket.link))
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
    let note = |settlements: &mut Vec<Settlement>, state, outcome, message: Said| {
        settlements.push(Settlement {
            intent: Some(result(state)),
            log: vec![settle::ticket_line(ticket, outcome, message, None)],
            ..Settlement::default()
        });
    };
    match answer {
        Answer::Done(pulled) if ticket.purpose == Purpose::TakeBack => {
            sent.counts.voided += 1;
            settlements.push(settle::taken_back(ticket, prepared, &pulled));
            // Its entry is an exception and stays one.
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::Done(pulled) if let Purpose::Undo(of) = ticket.purpose => {
            let differs = !settle::differences(&prepared.write.change, side, &pulled).is_empty();
            settle::count(&mut sent.counts, &prepared.write.change, differs);
            settlements.push(settle::undone(ticket, prepared, &pulled, of));
            sent.receipts
                .push((ticket.job, done(side, &pulled, differs)));
        }
        Answer::Done(pulled) if let Some(end) = ending(side, prepared, &pulled) => {
            sent.counts.created += 1;
            sent.counts.exceptions += 1;
            settlements.push(settle::to_take_back(ticket, prepared, &pulled));
            sent.receipts.push((ticket.job, end));
        }
        Answer::Done(pulled) => {
            let done = settle::done(ticket, prepared, &pulled);
            let differs = done.differs || ticket.differs;
            settle::count(&mut sent.counts, &prepared.write.change, done.differs);
            let mark = follow_up(side, ticket, &pulled);
            settlements.push(done.settlement);
            let record = pulled.record.as_ref().ok().map(|record| {
                Box::new(SideRecord {
                    id: pulled.id.clone(),
                    version: pulled.version.clone(),
                    marker: pulled.marker.clone(),
                    record: record.clone(),
                })
            });
            let content = prepared.write.change.is_content();
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
        // Twice: then it is the content after all.
        Answer::PrepareAgain(answer) => {
            sent.counts.exceptions += 1;
            let cause = Cause::Refused {
                side,
                message: answer.clone(),
                kind: None,
            };
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
            let cause = Cause::refused(side, message);
            let mut settlement = settle::refused(ticket, Some(prepared), cause, None);
            // Not the write's fault: the next run tries again.
            for exception in &mut settlement.raise {
                exception.fingerprint = None;
            }
            settlements.push(settlement);
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::Stale => {
            sent.again = true;
            note(
                settlements,
                IntentState::Abandoned,
                store::LogOutcome::Note,
                Said::ChangedMeanwhile { side },
            );
            sent.receipts.push((ticket.job, Receipt::Failed));
        }
        Answer::InDoubt(why) => {
            sent.again = true;
            sent.counts.in_doubt += 1;
            let message = Said::AnswerLost {
                side,
                why: why.clone(),
            };
            settlements.push(Settlement {
                intent: Some(IntentResult {
                    answer: Some(why.into()),
                    ..result(IntentState::InDoubt)
                }),
                log: vec![settle::ticket_line(
                    ticket,
                    store::LogOutcome::InDoubt,
                    message,
                    None,
                )],
                ..Settlement::default()
            });
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

/// What a job learns of a write that was carried out and that nothing of ours follows.
fn done(side: Side, pulled: &Pulled, differs: bool) -> Receipt {
    let record = pulled.record.as_ref().ok().map(|record| {
        Box::new(SideRecord {
            id: pulled.id.clone(),
            version: pulled.version.clone(),
            marker: pulled.marker.clone(),
            record: record.clone(),
        })
    });
    Receipt::Done {
        side,
        record,
        content: true,
        mark: None,
        differs,
    }
}

/// How a document is ended that Xero made something else of than was meant. Xero has no way to try
/// one first, so it is judged by its answer; ERPNext's are proven before they count.
fn ending(side: Side, prepared: &Prepared, pulled: &Pulled) -> Option<Receipt> {
    let (Side::Xero, Change::Create { .. }, Ok(got)) =
        (side, &prepared.write.change, &pulled.record)
    else {
        return None;
    };
    // A contact that differs is changed, not ended.
    if !got.kind().is_document()
        || settle::differences(&prepared.write.change, side, pulled).is_empty()
    {
        return None;
    }
    let change = Change::End {
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        from: got.clone(),
    };
    Some(Receipt::TakeBack {
        record: Box::new(SideRecord {
            id: pulled.id.clone(),
            version: pulled.version.clone(),
            marker: pulled.marker.clone(),
            record: got.clone(),
        }),
        end: Box::new(following(side, change)),
    })
}

/// A record created in Xero from one in ERPNext: the ERPNext record gets our marker next.
fn follow_up(side: Side, ticket: &Ticket, pulled: &Pulled) -> Option<Box<PlannedWrite>> {
    let created = matches!(ticket.write.change, Change::Create { .. });
    let source = ticket.source.as_ref()?;
    (side == Side::Xero && created).then(|| {
        let change = Change::Mark {
            kind: source.record.kind(),
            id: source.id.clone(),
            version: source.version.clone(),
            source: pulled.id.clone(),
            source_link: None,
        };
        Box::new(following(Side::Erpnext, change))
    })
}

/// A write that follows from another one's answer.
fn following(target: Side, change: Change) -> PlannedWrite {
    PlannedWrite {
        target,
        fingerprint: crate::digest::fingerprint(&change, None),
        change,
        waits_for: Vec::new(),
        uses_follow: false,
        leaves_edits: false,
        decided: Vec::new(),
    }
}
