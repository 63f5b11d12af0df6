//! What the log says about a write or an entry.

use ledger::{Money, RemoteId, Said, Side};
use store::{LogOutcome, LogWrite};

use super::Ticket;
use crate::books::Change;
use crate::plan::Entry;

pub(super) fn told(change: &Change, side: Side, subject: &str) -> (LogOutcome, Said) {
    match change {
        Change::Create { record, .. } => {
            // Where its own name or number was another's.
            let title = record.title();
            let other = !subject.is_empty() && !title.is_empty() && title != subject;
            let said = if other {
                Said::CreatedAs {
                    side,
                    title: title.to_owned(),
                    taken: subject.to_owned(),
                }
            } else {
                Said::Created { side }
            };
            (LogOutcome::Created, said)
        }
        Change::Update { .. } => (LogOutcome::Updated, Said::Changed { side }),
        Change::End { .. } => (LogOutcome::Voided, Said::Voided { side }),
        Change::Allocate { .. } if change.takes_back() => {
            (LogOutcome::Updated, Said::CreditTakenBack { side })
        }
        Change::Allocate { .. } => (LogOutcome::Updated, Said::CreditUsed { side }),
        Change::Mark { .. } => (LogOutcome::Marked, Said::Marked { side }),
    }
}

/// A line about a ticket.
pub(in crate::run) fn ticket_line(
    ticket: &Ticket,
    outcome: LogOutcome,
    message: Said,
    detail: Option<serde_json::Value>,
) -> LogWrite {
    ticket_line_for(ticket, ticket.target_id.as_ref(), outcome, message, detail)
}

pub(super) fn ticket_line_for(
    ticket: &Ticket,
    target: Option<&RemoteId>,
    outcome: LogOutcome,
    message: Said,
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
pub(in crate::run) fn line(
    entry: &Entry,
    outcome: LogOutcome,
    to: Option<Side>,
    message: Said,
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
