//! What an answer, or a record found in its place, says about a write.

use ledger::agreement::same_content;
use ledger::contact::folded_name;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Record, Side};

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
        },
        Some(Record::Invoice(invoice)) if matches!(change, Change::Create { .. }) => {
            Cause::NumberTaken {
                side,
                number: invoice.number.clone().unwrap_or_default(),
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

/// Whether a record found on the target is what an unfinished create left behind: a draft with our
/// marker, where an approved document was meant.
pub(in crate::run) fn under_way(prepared: &Prepared, found: &Pulled) -> bool {
    match (&prepared.write.change, &found.record) {
        (Change::Create { record, source, .. }, Ok(got)) => {
            found.marker.as_ref() == Some(source) && behind(got, record)
        }
        _ => false,
    }
}

/// Whether a record found on the target shows that this write was carried out.
pub(in crate::run) fn judge(prepared: &Prepared, target: Side, found: &Pulled) -> bool {
    let Ok(got) = &found.record else {
        return false;
    };
    match (&prepared.write.change, target) {
        (Change::Mark { source, .. }, _) => found.marker.as_ref() == Some(source),
        (Change::End { .. }, _) => got.ended(),
        // A draft where an approved invoice was meant is under way: written, but not yet seen to be
        // right.
        (Change::Create { record, source, .. }, Side::Erpnext) => {
            found.marker.as_ref() == Some(source) && !behind(got, record)
        }
        (Change::Create { record, source, .. }, Side::Xero) => match (record, got) {
            // Xero keeps our marker where a contact has no number of its own; and an active
            // contact's name is unique there.
            (Record::Contact(meant), Record::Contact(contact)) => {
                found.marker.as_ref().is_none_or(|marker| marker == source)
                    && !contact.archived
                    && folded_name(&contact.name) == folded_name(&meant.name)
                    && against(target, got, record).is_empty()
            }
            (Record::Invoice(meant), Record::Invoice(invoice)) => {
                invoice.number == meant.number
                    && invoice.contact == meant.contact
                    && against(target, got, record).is_empty()
            }
            _ => false,
        },
        (Change::Update { from, to, .. }, _) => {
            got.kind() == to.kind()
                && against(target, got, to).is_empty()
                && match (got, from) {
                    (Record::Invoice(got), Record::Invoice(from)) => !same_content(got, from),
                    _ => true,
                }
        }
    }
}
