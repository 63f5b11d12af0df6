//! Settles writes whose answer was lost, by looking the records up: after a crash, a time-out, or
//! a connection that broke at the wrong moment.
//!
//! A write that was never sent is dropped. One of several requests that broke off between them is finished
//! ([`crate::books::Books::finish`]), where what is left does not show on the record, so that no plan
//! would bring it. One that may have been carried out is looked up by its
//! marker or number; found, it is settled as if its answer had come; not found, it is dropped and
//! planned anew. Should the server still carry it out after that, the second attempt is refused by
//! the remote system's own uniqueness (ERPNext's marker, Xero's name or number) and looked up in
//! turn.

use std::collections::BTreeMap;

use ledger::allocation::{AllocationSteps, brought_to};
use ledger::{Kind, Record, RemoteId, Said, Side};
use rust_decimal::Decimal;
use store::{Intent, IntentResult, IntentState, Link, LogOutcome, RecordKey, Settlement};

use super::apply::Journalled;
use super::rows::{side_record, stored};
use super::settle::{self, Purpose, Ticket, Verdict};
use super::{RunError, Work, lost};
use crate::books::{Change, Lookup, Prepared, Pulled, Wire};
use crate::plan::{PlannedWrite, Subject, subject};

/// How many records to look up at once.
const LOOKUP: usize = 50;

pub(super) async fn settle_doubts(work: &mut Work<'_>) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut groups: BTreeMap<(Side, Kind), Vec<(Intent, Prepared)>> = BTreeMap::new();
    let mut settlements = Vec::new();
    for intent in store.unsettled(pairing)? {
        let prepared = serde_json::from_value::<Prepared>(intent.write.prepared.clone());
        match (intent.state, prepared) {
            (IntentState::Intended, _) => settlements.push(dropped(&intent, None)),
            (_, Ok(prepared)) => {
                let group = groups
                    .entry((intent.write.side, intent.write.kind))
                    .or_default();
                group.push((intent, prepared));
            }
            // Written by a version that worded it differently: the next plan finds what became of
            // it by matching, as for a lost database.
            (_, Err(why)) => {
                tracing::warn!(key = intent.write.key, %why, "a journalled write cannot be read");
                settlements.push(dropped(&intent, None));
            }
        }
    }
    if !groups.is_empty() {
        // What is left of one may be sent. What is written from is read after this.
        work.take_lease(None).await?;
    }
    for ((side, kind), group) in groups {
        for chunk in group.chunks(LOOKUP) {
            work.session.control.checkpoint().await?;
            let mut found = Vec::new();
            for lookup in lookups(chunk) {
                found.extend(work.books(side).find(kind, &lookup).await?);
            }
            for (intent, prepared) in chunk {
                if finish(work, intent, prepared, &mut found).await? {
                    settlements.push(settle_one(work, intent, prepared, &found)?);
                }
            }
        }
    }
    store.settle(pairing, work.run, &settlements, None, work.now())?;
    Ok(())
}

/// Has a write that broke off on the way finished, where its record was found. `false` where something
/// is left of it and only looking is asked for: then it stays in doubt.
async fn finish(
    work: &Work<'_>,
    intent: &Intent,
    prepared: &Prepared,
    found: &mut [Pulled],
) -> Result<bool, RunError> {
    let Some(target) = &intent.write.target else {
        return Ok(true);
    };
    let Some(record) = found.iter_mut().find(|found| found.id == *target) else {
        return Ok(true);
    };
    let wire = Journalled::new(&work.session.store, std::slice::from_ref(prepared));
    // A preview writes nothing.
    let by = work.run.map(|_| &wire as &dyn Wire);
    let books = work.books(intent.write.side);
    let finished = books.finish(prepared, record.clone(), by).await;
    if let Some(failure) = wire.failure() {
        return Err(failure.into());
    }
    let Some(finished) = finished? else {
        return Ok(false);
    };
    *record = finished;
    Ok(true)
}

/// The lookups of a chunk, merged into one of each sort.
fn lookups(chunk: &[(Intent, Prepared)]) -> Vec<Lookup> {
    let (mut ids, mut markers, mut titles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut settling, mut on_account) = (Vec::new(), Vec::new());
    for (_, prepared) in chunk {
        match &prepared.find {
            Lookup::Ids(more) => ids.extend_from_slice(more),
            Lookup::Markers(more) => markers.extend_from_slice(more),
            Lookup::Titles(more) => titles.extend_from_slice(more),
            Lookup::Settling(more) => settling.extend_from_slice(more),
            Lookup::OnAccount(more) => on_account.extend_from_slice(more),
        }
    }
    let mut lookups = Vec::new();
    if !ids.is_empty() {
        lookups.push(Lookup::Ids(ids));
    }
    if !markers.is_empty() {
        lookups.push(Lookup::Markers(markers));
    }
    if !titles.is_empty() {
        lookups.push(Lookup::Titles(titles));
    }
    if !settling.is_empty() {
        lookups.push(Lookup::Settling(settling));
    }
    if !on_account.is_empty() {
        lookups.push(Lookup::OnAccount(on_account));
    }
    lookups
}

fn settle_one(
    work: &Work<'_>,
    intent: &Intent,
    prepared: &Prepared,
    found: &[Pulled],
) -> Result<Settlement, RunError> {
    let side = intent.write.side;
    let (target, source) = (intent.write.target.as_ref(), intent.write.source.as_ref());
    // An amended ERPNext document has another name than the one that was to be changed; there the
    // marker says that it is the one.
    let ours = found.iter().find_map(|found| {
        let named = target.is_none_or(|id| *id == found.id);
        let marked = source.is_some() && found.marker.as_ref() == source;
        let verdict = settle::judge(prepared, side, found);
        ((named || marked) && verdict != Verdict::NotSeen).then_some((found, verdict))
    });
    let Some((pulled, verdict)) = ours else {
        let half_done = found
            .iter()
            .find(|found| settle::under_way(prepared, found));
        let message = if half_done.is_some() {
            Said::DraftOfLostWrite { side }
        } else {
            Said::NotCarriedOut { side }
        };
        let settlement = Settlement {
            // Whatever the next reading brings, the plan knows of it.
            records: half_done
                .map(|draft| (side, intent.write.kind, stored(draft)))
                .into_iter()
                .collect(),
            ..dropped(intent, Some(message))
        };
        if half_done.is_some() {
            return Ok(settlement);
        }
        return lost::not_carried_out(work, intent, settlement);
    };
    let ticket = Ticket {
        differs: verdict == Verdict::DoneOtherwise,
        ..ticket(work, intent, prepared, pulled)?
    };
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    if let Purpose::Undo(of) = ticket.purpose {
        let mut settlement = settle::undone(&ticket, prepared, pulled, of);
        had_been_lost(&mut settlement);
        return Ok(settlement);
    }
    let held = store.link_of(pairing, intent.write.kind, side, &pulled.id)?;
    if (held.as_ref()).is_some_and(|link| Some(link.id) != ticket.link) {
        // Another installation made it of a record that is linked here to something else: what is one is
        // for the next plan to find.
        return Ok(dropped(intent, None));
    }
    let mut settlement = settle::done(&ticket, prepared, pulled).settlement;
    let agreed = (settlement.link.as_ref()).is_some_and(|link| link.base_xero.is_some());
    if !agreed {
        // The next plan compares what both say by now. Nothing else would, where the source has been
        // dealt with.
        settlement.to_do.push(RecordKey {
            side,
            kind: intent.write.kind,
            id: pulled.id.clone(),
        });
    }
    if let (Some(write), Some(held)) = (&mut settlement.link, &held)
        && let Some((xero, erpnext)) = used_since(held, &prepared.write.change, side)
    {
        (write.base_xero, write.base_erpnext) = (Some(xero), Some(erpnext));
    }
    had_been_lost(&mut settlement);
    Ok(settlement)
}

/// Says of a write that its answer had been lost.
fn had_been_lost(settlement: &mut Settlement) {
    for line in &mut settlement.log {
        line.message = Said::AnswerHadBeenLost {
            what: Box::new(line.message.clone()),
        };
    }
}

/// What was agreed of a credit, Xero's first, where its uses were changed on a side by ourselves: what that side
/// has or lacks for that is no change of a person's. All else stays as it was agreed.
fn used_since(link: &Link, change: &Change, side: Side) -> Option<(Record, Record)> {
    let (mut xero, mut erpnext) = (link.base_xero.clone()?, link.base_erpnext.clone()?);
    let steps = change.allocation_steps();
    if steps == AllocationSteps::default() {
        return None;
    }
    let base = match side {
        Side::Xero => &mut xero,
        Side::Erpnext => &mut erpnext,
    };
    let uses = base.uses();
    let mut amounts: BTreeMap<RemoteId, Decimal> = BTreeMap::new();
    let signed = (steps
        .release
        .iter()
        .map(|used| (used, Decimal::NEGATIVE_ONE)))
    .chain(steps.allocate.iter().map(|used| (used, Decimal::ONE)));
    for (used, sign) in signed {
        let now = || -> Decimal {
            let of = uses.iter().filter(|it| it.invoice == used.invoice);
            of.map(|it| it.amount).sum()
        };
        *amounts.entry(used.invoice.clone()).or_insert_with(now) += used.amount * sign;
    }
    *base = base.used_for(brought_to(&uses, &amounts, None));
    Some((xero, erpnext))
}

/// The write as it was, with the source's record as the store holds it: doubts are settled before
/// anything is read anew, so that is the record the write was made from.
fn ticket(
    work: &Work<'_>,
    intent: &Intent,
    prepared: &Prepared,
    pulled: &Pulled,
) -> Result<Ticket, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let undoes = match intent.run {
        Some(run) => store.run(run)?.and_then(|run| run.undoes),
        None => None,
    };
    let link = match (&intent.write.source, &intent.write.target) {
        // What is undone has its link by itself, whatever became of its counterpart.
        (_, Some(id)) if undoes.is_some() => {
            store.link_of(pairing, intent.write.kind, intent.write.side, id)?
        }
        (Some(id), _) => {
            store.link_of(pairing, intent.write.kind, intent.write.side.other(), id)?
        }
        (None, _) => None,
    };
    let source = match &intent.write.source {
        Some(id) => {
            let key = RecordKey {
                side: intent.write.side.other(),
                kind: intent.write.kind,
                id: id.clone(),
            };
            store.record(pairing, &key)?.as_ref().and_then(side_record)
        }
        None => None,
    };
    let subject = match &source {
        Some(source) => subject(source),
        None => Subject::of(&pulled.id, pulled.record.as_ref().ok()),
    };
    let change = prepared.write.change.clone();
    // An update may be one of two, where both sides changed something: the base stays, and the next plan
    // finds that both say the same, or what is left to carry.
    let last_content = matches!(change.word(), "create" | "void");
    Ok(Ticket {
        job: 0,
        subject,
        source,
        target_id: Some(pulled.id.clone()),
        link: link.map(|link| link.id),
        write: PlannedWrite {
            target: intent.write.side,
            fingerprint: crate::digest::fingerprint(&change, None),
            change,
            waits_for: Vec::new(),
            uses_follow: false,
            leaves_edits: false,
            decided: Vec::new(),
        },
        // A marker may still have to follow: the next plan sees to it.
        last: false,
        last_content,
        target_record: None,
        differs: false,
        purpose: undoes.map_or(Purpose::Carry, Purpose::Undo),
        refused_wordings: 0,
        exchanges: Vec::new(),
    })
}

fn dropped(intent: &Intent, message: Option<Said>) -> Settlement {
    Settlement {
        intent: Some(IntentResult {
            key: intent.write.key.clone(),
            state: IntentState::Abandoned,
            target: None,
            answer: None,
        }),
        log: message
            .map(|message| store::LogWrite::note(LogOutcome::Note, message))
            .into_iter()
            .collect(),
        ..Settlement::default()
    }
}
