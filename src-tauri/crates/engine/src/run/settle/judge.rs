//! What an answer, or a record found in its place, says about a write.

use ledger::agreement::{contact_differences, invoice_differences, same_content};
use ledger::contact::folded_name;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Invoice, Record, Side};

use crate::books::{Change, Prepared, Pulled};

/// What the remote system made of a write, against what was intended.
pub(in crate::run) fn differences(
    change: &Change,
    target: Side,
    pulled: &Pulled,
) -> Vec<Difference> {
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

/// The cause where the remote system says that a record exists which is not ours.
pub(in crate::run) fn taken(side: Side, change: &Change) -> Cause {
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
            Cause::refused(side, "another record already carries this identity")
        }
    }
}

/// Whether a document stands earlier than it was meant to: a draft that was to be approved.
fn behind(got: &Invoice, meant: &Invoice) -> bool {
    got.state == DocumentState::Draft && meant.state != DocumentState::Draft
}

/// Whether a record found on the target is what an unfinished create left behind: a draft with our
/// marker, where an approved document was meant.
pub(in crate::run) fn under_way(prepared: &Prepared, found: &Pulled) -> bool {
    match (&prepared.write.change, &found.record) {
        (
            Change::CreateInvoice {
                invoice, source, ..
            },
            Ok(Record::Invoice(got)),
        ) => found.marker.as_ref() == Some(source) && behind(got, invoice),
        _ => false,
    }
}

/// Whether a record found on the target shows that this write was carried out.
pub(in crate::run) fn judge(prepared: &Prepared, target: Side, found: &Pulled) -> bool {
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
            // A draft where an approved invoice was meant is under way: written, but not yet seen
            // to be right.
            Side::Erpnext => found.marker.as_ref() == Some(source) && !behind(got, invoice),
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
