//! What follows from a write that undoes what a run did.

use ledger::{Record, Said};
use serde_json::json;
use store::{KeepApart, LogOutcome, LogWrite, RecordKey, RunId, Settlement};

use super::lines::{ticket_line_for, told};
use super::{Ticket, audit, confirmed, differences, link, replaced, stored};
use crate::books::{Prepared, Pulled};

/// Everything that follows from a write that undid a part of a run. Both records are kept apart from the first
/// write on, so that nobody carries anything between them; what has come to its end belongs to nothing any more,
/// and what was set back agrees with nothing.
pub(in crate::run) fn undone(
    ticket: &Ticket,
    prepared: &Prepared,
    pulled: &Pulled,
    of: RunId,
) -> Settlement {
    let change = &prepared.write.change;
    let (target, kind) = (ticket.write.target, change.kind());
    let key = RecordKey {
        side: target,
        kind,
        id: pulled.id.clone(),
    };
    let other = ticket.source.as_ref().map(|it| RecordKey {
        side: target.other(),
        kind,
        id: it.id.clone(),
    });
    let keep = |record: &RecordKey, other: Option<&RecordKey>| KeepApart {
        record: record.clone(),
        other: other.map(|it| it.id.clone()),
        who: None,
        reason: format!("run {of} was undone"),
        undone: Some(of),
    };
    let mut apart = vec![keep(&key, other.as_ref())];
    apart.extend(other.iter().map(|it| keep(it, Some(&key))));
    let ended = pulled.record.as_ref().is_ok_and(Record::ended);
    let mut records = vec![(target, kind, stored(pulled))];
    records.extend(replaced(change, pulled).map(|row| (target, kind, row)));
    let mut resolve = vec![key.clone()];
    resolve.extend(other);
    Settlement {
        intent: Some(confirmed(prepared, pulled)),
        records,
        // It goes on under its new name.
        link: (!ended && ticket.target_id.as_ref() != Some(&pulled.id))
            .then(|| link(ticket, pulled, false))
            .flatten(),
        unlink: ticket.link.filter(|_| ended),
        unagreed: ticket.link.filter(|_| !ended),
        apart,
        resolve,
        log: vec![line(ticket, prepared, pulled, of)],
        ..Settlement::default()
    }
}

fn line(ticket: &Ticket, prepared: &Prepared, pulled: &Pulled, of: RunId) -> LogWrite {
    let (change, target) = (&prepared.write.change, ticket.write.target);
    let (outcome, said) = told(change, target, &ticket.subject.title);
    let differences = differences(change, target, pulled);
    let (outcome, said) = if differences.is_empty() {
        (outcome, said)
    } else {
        let fields = differences.iter().map(|it| it.field.clone()).collect();
        let what = Box::new(said);
        (LogOutcome::Exception, Said::NotAsMeant { what, fields })
    };
    let said = Said::UndoOf {
        run: of.0,
        what: Box::new(said),
    };
    let mut detail = audit::requests(ticket, prepared);
    detail["differences"] = json!(differences);
    audit::add(&mut detail, change, target, pulled);
    LogWrite {
        to: Some(target),
        ..ticket_line_for(ticket, Some(&pulled.id), outcome, said, Some(detail))
    }
}
