//! What follows from an answer, as one settlement for the store.

use ledger::agreement::{
    amount_due_difference, contact_differences, invoice_differences, same_content,
};
use ledger::contact::folded_name;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Money, Record, RemoteId, Side, Version};
use rust_decimal::Decimal;
use serde_json::json;
use store::{
    ExceptionWrite, IntentResult, IntentState, IntentWrite, LinkId, LinkState, LinkWrite,
    LogOutcome, LogWrite, RecordKey, RecordRow, RunCounts, Settlement,
};

use super::rows::stored;
use crate::books::{Change, Prepared, Pulled};
use crate::plan::{Entry, PlannedWrite, SideRecord, Subject};

/// A write on its way, with what its settlement needs.
pub(super) struct Ticket {
    /// The job it belongs to.
    pub job: usize,
    /// What a person calls the record.
    pub subject: Subject,
    /// The source's record.
    pub source: Option<SideRecord>,
    /// The target's identity, where it exists.
    pub target_id: Option<RemoteId>,
    /// The link, where there is one: an amended ERPNext document has a new name, and the link
    /// follows it.
    pub link: Option<LinkId>,
    /// The write.
    pub write: PlannedWrite,
    /// Whether no write of the same entry is planned after it.
    pub last: bool,
    /// Whether the link's base moves on when this succeeds.
    pub last_content: bool,
    /// The target's record as the plan saw it.
    pub target_record: Option<SideRecord>,
    /// Whether an earlier write of the same entry was not kept as asked.
    pub differs: bool,
}

impl Ticket {
    fn source_side(&self) -> Side {
        self.write.target.other()
    }

    /// The record an exception of this write is shown for: the source's, else the target's.
    fn key(&self) -> RecordKey {
        RecordKey {
            side: self.source_side(),
            kind: self.write.change.kind(),
            id: self
                .source
                .as_ref()
                .map_or_else(|| self.subject.id.clone(), |it| it.id.clone()),
        }
    }
}

/// The subject to show for a write: the source's record where there is one.
pub(super) fn subject_of(entry: &Entry, source: Side) -> Subject {
    entry.subject(source).map_or_else(
        || Subject {
            id: RemoteId::new(""),
            title: String::new(),
            contact: String::new(),
            money: None,
        },
        |(_, subject)| subject.clone(),
    )
}

/// The journal's entry for a prepared write.
pub(super) fn intent(ticket: &Ticket, prepared: &Prepared) -> IntentWrite {
    let change = &prepared.write.change;
    IntentWrite {
        key: prepared.write.key.clone(),
        side: ticket.write.target,
        kind: change.kind(),
        change: change.word().to_owned(),
        source: ticket.source.as_ref().map(|source| source.id.clone()),
        target: ticket.target_id.clone(),
        // Plain data: it always serialises.
        prepared: serde_json::to_value(prepared).unwrap_or_default(),
    }
}

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
        intent: Some(IntentResult {
            key: prepared.write.key.clone(),
            state: IntentState::Confirmed,
            target: Some(pulled.id.clone()),
            answer: None,
        }),
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
    let keeps_base = matches!(change, Change::Mark { .. })
        || (kind == ledger::Kind::Contact && !differences.is_empty())
        || !ticket.last_content
        || ticket.differs;
    settlement.link = link(ticket, pulled, keeps_base);
    if differences.is_empty() {
        if ticket.last_content && !ticket.differs {
            settlement.resolve = vec![ticket.key(), target_key];
        }
        // Payments are not carried: a document that is paid on one side only is shown, not hidden
        // by having been written well.
        settlement.raise.extend(paid_on_one_side(ticket, pulled));
    } else {
        settlement.raise.push(exception(
            ticket,
            Cause::TotalsDiffer {
                differences: differences.clone(),
            },
            // Sending the same again would end the same way.
            if kind == ledger::Kind::Contact {
                &ticket.write.fingerprint
            } else {
                ""
            },
        ));
    }
    let needs_mark = target == Side::Xero && change.word() == "create";
    if ticket.last_content && !needs_mark && differences.is_empty() {
        settlement.dealt_with.push(ticket.key());
    }
    let (outcome, message) = told(change, target);
    let detail = json!({ "steps": prepared.steps, "differences": differences });
    settlement.log.push(LogWrite {
        to: Some(target),
        ..ticket_line_for(ticket, Some(&pulled.id), outcome, message, Some(detail))
    });
    Done {
        settlement,
        differs: !differences.is_empty(),
    }
}

/// Whether a record says something else than before, although only our marker was written.
fn edited_meanwhile(ticket: &Ticket, pulled: &Pulled) -> bool {
    let (Change::Mark { .. }, Some(before), Ok(now)) =
        (&ticket.write.change, &ticket.target_record, &pulled.record)
    else {
        return false;
    };
    match (&before.record, now) {
        (Record::Invoice(before), Record::Invoice(now)) => {
            !same_content(before, now) || before.amount_due != now.amount_due
        }
        (before, now) => before != now,
    }
}

/// The exception of a document whose amount due is not the same on both sides after a write.
fn paid_on_one_side(ticket: &Ticket, pulled: &Pulled) -> Option<ExceptionWrite> {
    let source = ticket.source.as_ref()?;
    let ours = source.record.as_invoice()?;
    let theirs = pulled.record.as_ref().ok()?.as_invoice()?;
    let (difference, xero) = match ticket.write.target {
        Side::Xero => (amount_due_difference(theirs, ours)?, &pulled.id),
        Side::Erpnext => (amount_due_difference(ours, theirs)?, &source.id),
    };
    let cause = Cause::AmountDueDiffers {
        differences: vec![difference],
    };
    let record = RecordKey {
        side: Side::Xero,
        kind: ledger::Kind::Invoice,
        id: xero.clone(),
    };
    Some(ExceptionWrite {
        record,
        tried: false,
        ..exception(ticket, cause, "")
    })
}

/// The document that a write replaced by another (ERPNext: cancelled and amended), as it now stands:
/// until it is read anew, nothing may take it for a live one.
fn replaced(change: &Change, pulled: &Pulled) -> Option<RecordRow> {
    let Change::UpdateInvoice {
        id, version, from, ..
    } = change
    else {
        return None;
    };
    let mut cancelled = from.clone();
    cancelled.state = DocumentState::Voided;
    cancelled.amount_due = Decimal::ZERO;
    (*id != pulled.id).then(|| RecordRow {
        id: id.clone(),
        version: version.clone(),
        marker: None,
        record: Ok(Record::Invoice(cancelled)),
        merged_into: None,
    })
}

fn link(ticket: &Ticket, pulled: &Pulled, keeps_base: bool) -> Option<LinkWrite> {
    let source = ticket.source.as_ref()?;
    let written = pulled.record.as_ref().ok()?;
    let (xero, erpnext) = match ticket.write.target {
        Side::Xero => ((&pulled.id, &pulled.version, written), side(source)),
        Side::Erpnext => (side(source), (&pulled.id, &pulled.version, written)),
    };
    let base = |record: &Record| (!keeps_base).then(|| record.clone());
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

/// What the remote system made of a write, against what was intended.
fn differences(change: &Change, target: Side, pulled: &Pulled) -> Vec<Difference> {
    let Ok(got) = &pulled.record else {
        return Vec::new();
    };
    match (change, got) {
        (
            Change::CreateContact { contact: to, .. } | Change::UpdateContact { to, .. },
            Record::Contact(got),
        ) => match target {
            Side::Xero => contact_differences(got, to),
            Side::Erpnext => contact_differences(to, got),
        },
        (
            Change::CreateInvoice { invoice: to, .. } | Change::UpdateInvoice { to, .. },
            Record::Invoice(got),
        ) => match target {
            Side::Xero => invoice_differences(got, to),
            Side::Erpnext => invoice_differences(to, got),
        },
        _ => Vec::new(),
    }
}

/// Everything that follows from a write that was refused, by the remote system or before it was
/// sent.
pub(super) fn refused(
    ticket: &Ticket,
    prepared: Option<&Prepared>,
    cause: Cause,
    answer: Option<&str>,
) -> Settlement {
    let detail = prepared.map(|prepared| json!({ "steps": prepared.steps, "answer": answer }));
    let message = format!("{} {}", cause.sentence(), cause.next_step());
    Settlement {
        intent: prepared.map(|prepared| IntentResult {
            key: prepared.write.key.clone(),
            state: IntentState::Refused,
            target: None,
            answer: answer.map(|answer| answer.to_owned().into()),
        }),
        log: vec![LogWrite {
            to: Some(ticket.write.target),
            ..ticket_line(ticket, LogOutcome::Exception, message, detail)
        }],
        raise: vec![exception(ticket, cause, &ticket.write.fingerprint)],
        ..Settlement::default()
    }
}

fn exception(ticket: &Ticket, cause: Cause, fingerprint: &str) -> ExceptionWrite {
    ExceptionWrite {
        record: ticket.key(),
        title: ticket.subject.title.clone(),
        contact_name: ticket.subject.contact.clone(),
        total: ticket
            .subject
            .money
            .map(|Money { amount, currency }| (amount, currency)),
        cause,
        fingerprint: fingerprint.to_owned(),
        tried: true,
    }
}

/// The cause where the remote system says that a record exists which is not ours.
pub(super) fn taken(side: Side, change: &Change) -> Cause {
    match change {
        Change::CreateInvoice { invoice, .. } => Cause::NumberTaken {
            side,
            number: invoice.number.clone().unwrap_or_default(),
        },
        Change::CreateContact { contact, .. } | Change::UpdateContact { to: contact, .. } => {
            Cause::NameTaken {
                side,
                name: contact.name.clone(),
            }
        }
        Change::UpdateInvoice { .. } | Change::VoidInvoice { .. } | Change::Mark { .. } => {
            Cause::Refused {
                side,
                message: "another record already carries this identity".to_owned(),
                field: None,
            }
        }
    }
}

/// Whether a record found on the target shows that this write was carried out.
pub(super) fn judge(prepared: &Prepared, target: Side, found: &Pulled) -> bool {
    let Ok(record) = &found.record else {
        return false;
    };
    match (&prepared.write.change, record) {
        (Change::Mark { source, .. }, _) => found.marker.as_ref() == Some(source),
        (Change::VoidInvoice { .. }, record) => record.ended(),
        (
            Change::CreateContact {
                contact, source, ..
            },
            Record::Contact(got),
        ) => match target {
            Side::Erpnext => found.marker.as_ref() == Some(source),
            // Xero keeps our marker where a contact has no number of its own; and an active
            // contact's name is unique there.
            Side::Xero => {
                found.marker.as_ref().is_none_or(|marker| marker == source)
                    && !got.archived
                    && folded_name(&got.name) == folded_name(&contact.name)
                    && contact_differences(got, contact).is_empty()
            }
        },
        (
            Change::CreateInvoice {
                invoice, source, ..
            },
            Record::Invoice(got),
        ) => match target {
            Side::Erpnext => found.marker.as_ref() == Some(source),
            Side::Xero => {
                got.number == invoice.number
                    && got.contact == invoice.contact
                    && invoice_differences(got, invoice).is_empty()
            }
        },
        (Change::UpdateContact { to, .. }, Record::Contact(got)) => {
            contact_differences(got, to).is_empty()
        }
        (Change::UpdateInvoice { to, from, .. }, Record::Invoice(got)) => {
            invoice_differences(got, to).is_empty() && !same_content(got, from)
        }
        _ => false,
    }
}

/// The counts of a write that was carried out.
pub(super) fn count(counts: &mut RunCounts, change: &Change, differs: bool) {
    match change {
        Change::CreateContact { .. } | Change::CreateInvoice { .. } => {
            counts.created += 1;
            counts.linked += 1;
        }
        Change::UpdateContact { .. } | Change::UpdateInvoice { .. } => counts.updated += 1,
        Change::VoidInvoice { .. } => counts.voided += 1,
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

fn told(change: &Change, target: Side) -> (LogOutcome, String) {
    match change {
        Change::CreateContact { .. } | Change::CreateInvoice { .. } => {
            (LogOutcome::Created, format!("Created in {target}"))
        }
        Change::UpdateContact { .. } | Change::UpdateInvoice { .. } => {
            (LogOutcome::Updated, format!("Changed in {target}"))
        }
        Change::VoidInvoice { .. } => (LogOutcome::Voided, format!("Voided in {target}")),
        Change::Mark { .. } => (LogOutcome::Marked, format!("Marked as linked in {target}")),
    }
}

/// The record of a ticket, as the subject of a sentence.
pub(super) fn sentence(ticket: &Ticket) -> String {
    if ticket.subject.title.is_empty() {
        "A record".to_owned()
    } else {
        ticket.subject.title.clone()
    }
}

/// A line about a ticket.
pub(super) fn ticket_line(
    ticket: &Ticket,
    outcome: LogOutcome,
    message: String,
    detail: Option<serde_json::Value>,
) -> LogWrite {
    ticket_line_for(ticket, ticket.target_id.as_ref(), outcome, message, detail)
}

fn ticket_line_for(
    ticket: &Ticket,
    target: Option<&RemoteId>,
    outcome: LogOutcome,
    message: String,
    detail: Option<serde_json::Value>,
) -> LogWrite {
    let source = ticket.source.as_ref().map(|source| source.id.clone());
    let target = target.cloned();
    let (xero_id, erpnext_id) = match ticket.write.target {
        Side::Xero => (target, source),
        Side::Erpnext => (source, target),
    };
    LogWrite {
        kind: Some(ticket.write.change.kind()),
        to: None,
        xero_id,
        erpnext_id,
        title: ticket.subject.title.clone(),
        contact_name: ticket.subject.contact.clone(),
        total: ticket
            .subject
            .money
            .map(|Money { amount, currency }| (amount, currency)),
        outcome,
        message,
        detail,
    }
}

/// A line about an entry.
pub(super) fn line(
    entry: &Entry,
    outcome: LogOutcome,
    to: Option<Side>,
    message: String,
) -> LogWrite {
    let subject = entry.subject(Side::Xero).map(|(_, subject)| subject);
    LogWrite {
        kind: Some(entry.kind),
        to,
        xero_id: entry.xero.as_ref().map(|subject| subject.id.clone()),
        erpnext_id: entry.erpnext.as_ref().map(|subject| subject.id.clone()),
        title: subject
            .map(|subject| subject.title.clone())
            .unwrap_or_default(),
        contact_name: subject
            .map(|subject| subject.contact.clone())
            .unwrap_or_default(),
        total: subject
            .and_then(|subject| subject.money)
            .map(|Money { amount, currency }| (amount, currency)),
        outcome,
        message,
        detail: None,
    }
}

/// Puts the contact's identity on the target into a document that is about to be written.
pub(super) fn set_contact(change: &mut Change, contact: &RemoteId) {
    match change {
        Change::CreateInvoice { invoice, .. } => invoice.contact = contact.clone(),
        Change::UpdateInvoice { to, .. } => to.contact = contact.clone(),
        Change::CreateContact { .. }
        | Change::UpdateContact { .. }
        | Change::VoidInvoice { .. }
        | Change::Mark { .. } => {}
    }
}

/// Puts the version the target has by now into a write that follows another of ours.
pub(super) fn set_version(change: &mut Change, now: &Version) {
    match change {
        Change::UpdateContact { version, .. }
        | Change::UpdateInvoice { version, .. }
        | Change::VoidInvoice { version, .. }
        | Change::Mark { version, .. } => version.clone_from(now),
        Change::CreateContact { .. } | Change::CreateInvoice { .. } => {}
    }
}
