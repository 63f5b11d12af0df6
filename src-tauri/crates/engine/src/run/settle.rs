//! What follows from an answer, as one settlement for the store.

mod audit;
mod judge;
mod lines;
mod ticket;
mod undone;

use ledger::problem::Difference;
use ledger::{Cause, Money, Record, RemoteId, Said, Side, Version};
use serde_json::json;
use store::{
    ExceptionWrite, IntentResult, IntentState, LinkState, LinkWrite, LogOutcome, LogWrite,
    RecordKey, RecordRow, RunCounts, Settlement,
};

pub(super) use self::audit::{CONTENT, WAS};
pub(super) use self::judge::differences;
pub(super) use self::judge::{Verdict, judge, taken, under_way};
pub(super) use self::lines::{line, ticket_line};
use self::lines::{ticket_line_for, told};
pub(super) use self::ticket::{Purpose, Ticket, intent, subject_of};
pub(super) use self::undone::undone;
use super::agreed::{Seen, base_moves};
use super::rows::stored;
use crate::books::{Change, Prepared, Pulled};
use crate::plan::SideRecord;

/// A settlement, and whether the remote system made something else of the write than intended.
pub(super) struct Done {
    pub settlement: Settlement,
    pub differs: bool,
}

/// Everything that follows from a write that was carried out.
pub(super) fn done(ticket: &Ticket, prepared: &Prepared, pulled: &Pulled) -> Done {
    let change = &prepared.write.change;
    let target = ticket.write.target;
    let kind = change.kind();
    let target_key = RecordKey {
        side: target,
        kind,
        id: pulled.id.clone(),
    };
    let differences = differences(change, target, pulled);
    let mut settlement = Settlement {
        intent: Some(confirmed(prepared, pulled)),
        ..Settlement::default()
    };
    // A person's edit that came in between our marker and its read-back is left for the next
    // reading to find.
    if !edited_meanwhile(ticket, pulled) {
        settlement.records.push((target, kind, stored(pulled)));
    }
    settlement
        .records
        .extend(replaced(change, pulled).map(|row| (target, kind, row)));
    // A contact that the target did not keep as asked stays changed against the base, so that the
    // difference is not forgotten.
    let agreed = base_moves(Seen {
        content_left: !ticket.last_content,
        differs: ticket.differs || (!kind.is_document() && !differences.is_empty()),
        edited: edited_meanwhile(ticket, pulled),
    });
    settlement.link = link(ticket, pulled, agreed);
    if differences.is_empty() {
        if ticket.last_content && !ticket.differs {
            settlement.resolve = vec![ticket.key(), target_key.clone()];
            // What stood in its place before is nobody's concern any more.
            if let Some(before) = &ticket.target_record
                && before.id != pulled.id
            {
                settlement.resolve.push(RecordKey {
                    id: before.id.clone(),
                    ..target_key
                });
            }
        }
        // Of a document that is owed differently on the two sides the plan says why, once its payments
        // are carried: it is not hidden by having been written well, or by our marker.
        if (ticket.last_content || ticket.last) && owed_differently(ticket, pulled) {
            settlement.to_do.push(target_key);
        }
    } else {
        settlement.raise.push(exception(
            ticket,
            Cause::TotalsDiffer {
                differences: differences.clone(),
                offered: Side::BOTH.to_vec(),
            },
            // Sending the same again would end the same way.
            (!kind.is_document()).then_some(&ticket.write.fingerprint),
        ));
    }
    // What we ended on one side alone is made anew there.
    let anew = agreed && !kind.is_document() && ended_alone(ticket, change);
    if anew {
        settlement.to_do.push(ticket.key());
    }
    // With a marker still to come nothing is dealt with: should it be lost, the next plan sets it.
    let needs_mark = target == Side::Xero && change.word() == "create";
    if needs_mark {
        // One that a rule had left alone was dealt with before: nothing else would look at it again.
        settlement.to_do.push(ticket.key());
    }
    if ticket.last && !needs_mark && agreed && !anew && differences.is_empty() {
        settlement.dealt_with.push(ticket.key());
    }
    settlement
        .log
        .push(written_line(ticket, prepared, pulled, &differences));
    Done {
        settlement,
        differs: !differences.is_empty(),
    }
}

/// What the log says of a write that was carried out: never that it agrees where it does not.
fn written_line(
    ticket: &Ticket,
    prepared: &Prepared,
    pulled: &Pulled,
    differences: &[Difference],
) -> LogWrite {
    let target = ticket.write.target;
    let (outcome, said) = told(&prepared.write.change, target, &ticket.subject.title);
    let decided = &ticket.write.decided;
    let said = if decided.is_empty() {
        said
    } else {
        Said::HeldByRule {
            what: Box::new(said),
            side: target.other(),
            fields: decided.iter().map(|it| it.field.clone()).collect(),
        }
    };
    let (outcome, said) = if differences.is_empty() {
        (outcome, said)
    } else {
        let said = Said::NotAsMeant {
            what: Box::new(said),
            fields: differences.iter().map(|it| it.field.clone()).collect(),
        };
        (LogOutcome::Exception, said)
    };
    let mut detail = audit::requests(ticket, prepared);
    detail["differences"] = json!(differences);
    if !decided.is_empty() {
        detail["gave_way"] = json!(decided);
    }
    audit::add(&mut detail, &prepared.write.change, target, pulled);
    LogWrite {
        to: Some(target),
        ..ticket_line_for(ticket, Some(&pulled.id), outcome, said, Some(detail))
    }
}

/// What follows from a document that Xero made something else of than was meant: it is not linked,
/// both figures are shown, and it is voided next.
pub(super) fn to_take_back(ticket: &Ticket, prepared: &Prepared, pulled: &Pulled) -> Settlement {
    let change = &prepared.write.change;
    let differences = differences(change, ticket.write.target, pulled);
    Settlement {
        intent: Some(confirmed(prepared, pulled)),
        records: vec![(ticket.write.target, change.kind(), stored(pulled))],
        log: vec![written_line(ticket, prepared, pulled, &differences)],
        // The same content would end the same way.
        raise: vec![exception(
            ticket,
            Cause::WouldDiffer {
                side: ticket.write.target,
                differences,
            },
            Some(&ticket.write.fingerprint),
        )],
        ..Settlement::default()
    }
}

/// What follows from the void of such a document: the source stays without a counterpart.
pub(super) fn taken_back(ticket: &Ticket, prepared: &Prepared, pulled: &Pulled) -> Settlement {
    let change = &prepared.write.change;
    let target = ticket.write.target;
    let mut detail = audit::requests(ticket, prepared);
    audit::add(&mut detail, change, target, pulled);
    Settlement {
        intent: Some(confirmed(prepared, pulled)),
        records: vec![(target, change.kind(), stored(pulled))],
        log: vec![LogWrite {
            to: Some(target),
            ..ticket_line_for(
                ticket,
                Some(&pulled.id),
                LogOutcome::Voided,
                Said::TakenBack { side: target },
                Some(detail),
            )
        }],
        ..Settlement::default()
    }
}

fn confirmed(prepared: &Prepared, pulled: &Pulled) -> IntentResult {
    IntentResult {
        key: prepared.write.key.clone(),
        state: IntentState::Confirmed,
        target: Some(pulled.id.clone()),
        answer: None,
    }
}

/// Whether a record says something else than before, although only our marker was written. Where the
/// answer was lost, what it said then is not known, and it may have been edited since.
fn edited_meanwhile(ticket: &Ticket, pulled: &Pulled) -> bool {
    let (Change::Mark { .. }, Ok(now)) = (&ticket.write.change, &pulled.record) else {
        return false;
    };
    (ticket.target_record.as_ref()).is_none_or(|before| !now.stands_as(&before.record))
}

/// Whether a write ended a record whose counterpart stands.
fn ended_alone(ticket: &Ticket, change: &Change) -> bool {
    let source = ticket.source.as_ref();
    matches!(change, Change::End { .. }) && source.is_some_and(|it| !it.record.ended())
}

/// Whether not the same is owed of a document on both sides after a write.
fn owed_differently(ticket: &Ticket, pulled: &Pulled) -> bool {
    let (Some(source), Ok(theirs)) = (&ticket.source, &pulled.record) else {
        return false;
    };
    let (xero, erpnext) = ticket.write.target.ordered(theirs, &source.record);
    Record::due_difference(xero, erpnext).is_some()
}

/// The document that a write replaced by another (ERPNext: cancelled and amended), as it now stands:
/// until it is read anew, nothing may take it for a live one.
fn replaced(change: &Change, pulled: &Pulled) -> Option<RecordRow> {
    let Change::Update {
        id, version, from, ..
    } = change
    else {
        return None;
    };
    (*id != pulled.id).then(|| {
        let mut cancelled = from.clone();
        cancelled.end();
        RecordRow {
            id: id.clone(),
            version: version.clone(),
            marker: None,
            record: Ok(cancelled),
            merged_into: None,
            born: None,
        }
    })
}

fn link(ticket: &Ticket, pulled: &Pulled, agreed: bool) -> Option<LinkWrite> {
    let source = ticket.source.as_ref()?;
    let written = pulled.record.as_ref().ok()?;
    let (xero, erpnext) = match ticket.write.target {
        Side::Xero => ((&pulled.id, &pulled.version, written), side(source)),
        Side::Erpnext => (side(source), (&pulled.id, &pulled.version, written)),
    };
    let base = |record: &Record| agreed.then(|| record.clone());
    Some(LinkWrite {
        id: ticket.link,
        kind: written.kind(),
        xero_id: xero.0.clone(),
        erpnext_id: erpnext.0.clone(),
        base_xero: base(xero.2),
        base_erpnext: base(erpnext.2),
        xero_version: Some(xero.1.clone()),
        erpnext_version: Some(erpnext.1.clone()),
        state: if xero.2.ended() && erpnext.2.ended() {
            LinkState::Ended
        } else {
            LinkState::Active
        },
    })
}

const fn side(record: &SideRecord) -> (&RemoteId, &Version, &Record) {
    (&record.id, &record.version, &record.record)
}

/// Everything that follows from a write that was refused, by the remote system or before it was
/// sent.
pub(super) fn refused(
    ticket: &Ticket,
    prepared: Option<&Prepared>,
    cause: Cause,
    answer: Option<&str>,
) -> Settlement {
    let detail = prepared.map(|prepared| {
        let mut detail = audit::requests(ticket, prepared);
        detail["answer"] = json!(answer);
        detail
    });
    let said = Said::NeedsAttention(cause.clone());
    Settlement {
        intent: prepared.map(|prepared| IntentResult {
            key: prepared.write.key.clone(),
            state: IntentState::Refused,
            target: None,
            answer: answer.map(|answer| answer.to_owned().into()),
        }),
        log: vec![LogWrite {
            to: Some(ticket.write.target),
            ..ticket_line(ticket, LogOutcome::Exception, said, detail)
        }],
        // What could not be taken back is an exception already, with both figures.
        raise: (ticket.purpose == Purpose::Carry)
            .then(|| exception(ticket, cause, Some(&ticket.write.fingerprint)))
            .into_iter()
            .collect(),
        ..Settlement::default()
    }
}

/// What follows from a wording that was refused: the write goes on in another.
pub(super) fn reworded(ticket: &Ticket, prepared: &Prepared, answer: &str) -> Settlement {
    let side = ticket.write.target;
    let mut detail = audit::requests(ticket, prepared);
    detail["answer"] = json!(answer);
    Settlement {
        intent: Some(IntentResult {
            key: prepared.write.key.clone(),
            state: IntentState::Refused,
            target: None,
            answer: Some(answer.to_owned().into()),
        }),
        log: vec![ticket_line(
            ticket,
            LogOutcome::Note,
            Said::WordedAnew { side },
            Some(detail),
        )],
        ..Settlement::default()
    }
}

fn exception(ticket: &Ticket, cause: Cause, fingerprint: Option<&String>) -> ExceptionWrite {
    ExceptionWrite {
        record: ticket.key(),
        title: ticket.subject.title.clone(),
        contact_name: ticket.subject.contact.clone(),
        total: ticket
            .subject
            .money
            .map(|Money { amount, currency }| (amount, currency)),
        cause,
        fingerprint: fingerprint.cloned(),
        tried: true,
    }
}

/// The counts of a write that was carried out.
pub(super) fn count(counts: &mut RunCounts, change: &Change, differs: bool) {
    match change {
        Change::Create { .. } => {
            counts.created += 1;
            counts.linked += 1;
        }
        Change::Update { .. } | Change::Allocate { .. } => counts.updated += 1,
        Change::End { .. } => counts.voided += 1,
        Change::Mark { .. } => counts.marked += 1,
    }
    counts.exceptions += u64::from(differs);
}

/// Adds the counts of a part of the run.
pub(super) fn add(to: &mut RunCounts, part: &RunCounts) {
    to.created += part.created;
    to.updated += part.updated;
    to.voided += part.voided;
    to.marked += part.marked;
    to.linked += part.linked;
    to.exceptions += part.exceptions;
    to.in_doubt += part.in_doubt;
}
