//! What an answer, or a record found in its place, says about a write.

use ledger::agreement::{
    Counterparts, contact_differences, content_differences, invoice_differences, same_content,
};
use ledger::contact::folded_name;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Record, RemoteId, Side};

use crate::books::{Change, Prepared, Pulled};

/// What the remote system made of a write, against what was intended.
pub(in crate::run) fn differences(
    change: &Change,
    target: Side,
    pulled: &Pulled,
) -> Vec<Difference> {
    let (Some(meant), Ok(got)) = (change.meant(), &pulled.record) else {
        return Vec::new();
    };
    against(target, got, meant)
}

/// What differs between the target's record and what was meant, each in its own column.
fn against(target: Side, got: &Record, meant: &Record) -> Vec<Difference> {
    match target {
        Side::Xero => Record::differences(got, meant),
        Side::Erpnext => Record::differences(meant, got),
    }
}

/// The cause where the remote system says that a record exists which is not ours.
pub(in crate::run) fn taken(side: Side, change: &Change) -> Cause {
    match change.meant() {
        Some(Record::Contact(contact)) => Cause::NameTaken {
            side,
            name: contact.name.clone(),
            by: None,
        },
        Some(Record::Invoice(invoice)) if matches!(change, Change::Create { .. }) => {
            Cause::NumberTaken {
                side,
                number: invoice.number.clone().unwrap_or_default(),
                by: None,
            }
        }
        _ => Cause::refused(side, "another record already carries this identity"),
    }
}

/// Whether a document stands earlier than it was meant to: a draft that was to be approved.
fn behind(got: &Record, meant: &Record) -> bool {
    let draft = |record: &Record| {
        record
            .as_invoice()
            .is_some_and(|invoice| invoice.state == DocumentState::Draft)
    };
    draft(got) && !draft(meant)
}

/// Whether a record found on the target is what an unfinished create or replacement left behind: a
/// draft with our marker, where an approved document was meant.
pub(in crate::run) fn under_way(prepared: &Prepared, found: &Pulled) -> bool {
    match (&prepared.write.change, &found.record) {
        (Change::Create { record, source, .. }, Ok(got)) => {
            found.marker.as_ref() == Some(source) && behind(got, record)
        }
        (Change::Update { id, to, source, .. }, Ok(got)) => {
            found.id != *id && found.marker.as_ref() == Some(source) && behind(got, to)
        }
        _ => false,
    }
}

/// What a record found on the target says about a write whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Verdict {
    /// It was carried out, and the record says what was meant, in full.
    Done,
    /// The record is the one that was created, and says something else by now, or the site words it
    /// otherwise: the two belong together and are not agreed.
    DoneOtherwise,
    /// Nothing shows that it was carried out: the next plan compares, against the base as it was.
    NotSeen,
}

/// Whether a record found on the target shows that this write was carried out.
pub(in crate::run) fn judge(prepared: &Prepared, target: Side, found: &Pulled) -> Verdict {
    let Ok(got) = &found.record else {
        return Verdict::NotSeen;
    };
    let done = |done: bool| {
        if done {
            Verdict::Done
        } else {
            Verdict::NotSeen
        }
    };
    match (&prepared.write.change, target) {
        (Change::Mark { source, .. }, _) => done(found.marker.as_ref() == Some(source)),
        (Change::End { .. }, _) => done(got.ended()),
        (Change::Create { record, source, .. }, _) if created(target, record, source, found) => {
            if says(target, got, record) {
                Verdict::Done
            } else {
                Verdict::DoneOtherwise
            }
        }
        (Change::Create { .. }, _) => Verdict::NotSeen,
        // A person's edit in its place is no sign of it, nor is a record that stands as it stood.
        (Change::Update { from, to, .. }, _) => done(says(target, got, to) && !same(got, from)),
    }
}

/// Whether a record found is the one that a create made.
fn created(target: Side, meant: &Record, source: &RemoteId, found: &Pulled) -> bool {
    let Ok(got) = &found.record else {
        return false;
    };
    match (target, meant, got) {
        // A draft where an approved invoice was meant is under way: written, but not yet seen to be
        // right.
        (Side::Erpnext, _, _) => found.marker.as_ref() == Some(source) && !behind(got, meant),
        // Xero keeps our marker where a contact has no number of its own; and an active contact's
        // name is unique there.
        (Side::Xero, Record::Contact(meant), Record::Contact(contact)) => {
            found.marker.as_ref().is_none_or(|marker| marker == source)
                && !contact.archived
                && folded_name(&contact.name) == folded_name(&meant.name)
                && contact_differences(contact, meant).is_empty()
        }
        (Side::Xero, Record::Invoice(meant), Record::Invoice(invoice)) => {
            invoice.number == meant.number
                && invoice.contact == meant.contact
                && invoice_differences(invoice, meant).is_empty()
        }
        (Side::Xero, _, _) => false,
    }
}

/// Whether a record says what was meant, in full.
fn says(target: Side, got: &Record, meant: &Record) -> bool {
    against(target, got, meant).is_empty()
        && match (got, meant) {
            (Record::Invoice(got), Record::Invoice(meant)) => {
                got.contact == meant.contact
                    && content_differences(got, meant, &Counterparts::SAME).is_empty()
            }
            (Record::Contact(_), Record::Contact(_)) => true,
            _ => false,
        }
}

/// Whether a record stands as it stood before.
fn same(got: &Record, from: &Record) -> bool {
    match (got, from) {
        (Record::Invoice(got), Record::Invoice(from)) => same_content(got, from),
        (Record::Contact(got), Record::Contact(from)) => contact_differences(got, from).is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
