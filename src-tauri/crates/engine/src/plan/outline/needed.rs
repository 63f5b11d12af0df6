//! Which contacts travel where the rules carry only those that a document names.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ledger::{DocumentState, Kind, RemoteId, Side};

use crate::plan::{Documents, Policy, Situation};

/// The contacts that documents and payments without a link name, as far as the rules carry these.
pub(super) fn needed(
    situation: &Situation,
    documents: &Documents,
    policy: &Policy,
) -> BTreeSet<(Side, RemoteId)> {
    let carried = |kind: Kind, side: Side, state: DocumentState, date: NaiveDate| {
        let stands = match state {
            DocumentState::Voided => false,
            DocumentState::Draft => policy.drafts,
            DocumentState::Approved => true,
        };
        let early = policy.start_date.is_some_and(|start| date < start);
        stands && !early && policy.direction(kind).allows(side.other())
    };
    let mut needed = BTreeSet::new();
    for side in Side::BOTH {
        let invoices = documents.unlinked.get(side).iter();
        let invoices = invoices.filter(|it| carried(Kind::Invoice, side, it.state, it.date));
        needed.extend(invoices.map(|card| (side, card.contact.clone())));
        for other in situation.unlinked.get(side) {
            let record = &other.record;
            if let (Some(state), Some(date)) = (record.state(), record.day())
                && carried(record.kind(), side, state, date)
            {
                let contacts = record.refers_to(Kind::Contact);
                needed.extend(contacts.map(|contact| (side, contact.clone())));
            }
        }
    }
    needed
}
