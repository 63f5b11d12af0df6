//! What a record refers to, and what refers to it, as both sides say.

use std::collections::BTreeMap;

use ledger::{Kind, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;
use store::{LinkId, PairingId, RecordKey, Store, StoreError, StoredRecord};

use super::title;
use crate::payments::takes_off;
use crate::scope::name_of;
use crate::show::amount;
use crate::views::RelatedView;

/// Records that refer to one are listed up to here.
const LISTED: usize = 100;

/// What stands in relation to a record.
pub(super) struct Related {
    pub refers_to: Vec<RelatedView>,
    pub referred_by: Vec<RelatedView>,
    pub more: bool,
}

/// One that is on both sides is one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    Linked(LinkId),
    Alone(RecordKey),
}

/// Of both sides.
pub(super) fn of(
    store: &Store,
    pairing: PairingId,
    xero: Option<&StoredRecord>,
    erpnext: Option<&StoredRecord>,
) -> Result<Related, StoreError> {
    let (mut to, mut by) = (Listing::default(), Listing::default());
    let desk = Desk { store, pairing };
    for stored in [xero, erpnext].into_iter().flatten() {
        let Ok(record) = &stored.row.record else {
            continue;
        };
        desk.refers_to(stored.side, record, &mut to)?;
        desk.referred_by(stored, record, &mut by)?;
    }
    let referred_by = by.in_order();
    Ok(Related {
        refers_to: to.in_order(),
        more: referred_by.len() > LISTED,
        referred_by: referred_by.into_iter().take(LISTED).collect(),
    })
}

/// What is listed, in the order of kinds and days.
#[derive(Default)]
struct Listing(BTreeMap<Which, (Kind, RelatedView)>);

impl Listing {
    fn in_order(self) -> Vec<RelatedView> {
        let mut all: Vec<(Kind, RelatedView)> = self.0.into_values().collect();
        all.sort_by(|(kind, one), (other_kind, other)| {
            (kind, &other.date, &one.title).cmp(&(other_kind, &one.date, &other.title))
        });
        all.into_iter().map(|(_, view)| view).collect()
    }
}

struct Desk<'s> {
    store: &'s Store,
    pairing: PairingId,
}

impl Desk<'_> {
    fn refers_to(
        &self,
        side: Side,
        record: &Record,
        listing: &mut Listing,
    ) -> Result<(), StoreError> {
        let parts = takes_off(record);
        for reference in record.references() {
            let key = RecordKey {
                side,
                kind: reference.kind,
                id: reference.id.clone(),
            };
            if let Some(stored) = self.store.record(self.pairing, &key)? {
                self.list(&stored, part(&parts, &reference), listing)?;
            }
        }
        Ok(())
    }

    fn referred_by(
        &self,
        stored: &StoredRecord,
        record: &Record,
        listing: &mut Listing,
    ) -> Result<(), StoreError> {
        let own = Reference {
            kind: stored.kind,
            id: stored.row.id.clone(),
        };
        if stored.kind == Kind::Contact {
            // All that a contact ever had is a list of its own: what is open is told here.
            let open = self.store.owed_by(self.pairing, stored.side, &own.id)?;
            for owed in open.into_iter().take(LISTED + 1) {
                if let Some(document) = self.store.record(self.pairing, &owed.key)? {
                    self.list(&document, Some(owed.due), listing)?;
                }
            }
            return Ok(());
        }
        let contact: Option<&RemoteId> = record.refers_to(Kind::Contact).next();
        let Some(contact) = contact else {
            return Ok(());
        };
        for other in self.store.settling(self.pairing, stored.side, contact)? {
            let Ok(settling) = &other.row.record else {
                continue;
            };
            if settling.references().contains(&own) {
                self.list(&other, part(&takes_off(settling), &own), listing)?;
            }
        }
        Ok(())
    }

    fn list(
        &self,
        stored: &StoredRecord,
        of_it: Option<Decimal>,
        listing: &mut Listing,
    ) -> Result<(), StoreError> {
        let which = stored
            .link
            .map_or_else(|| Which::Alone(stored.key()), Which::Linked);
        let record = stored.row.record.as_ref().ok();
        let total = record.and_then(Record::total);
        let title = title(self.store, self.pairing, stored)?;
        let (_, view) = listing.0.entry(which).or_insert_with(|| {
            let view = RelatedView {
                record: name_of(&stored.key()),
                kind: stored.kind.into(),
                title,
                date: record.and_then(Record::day).map(|day| day.to_string()),
                amount: total.map(|(total, currency)| amount(of_it.unwrap_or(total), currency)),
                xero: false,
                erpnext: false,
            };
            (stored.kind, view)
        });
        match stored.side {
            Side::Xero => view.xero = true,
            Side::Erpnext => view.erpnext = true,
        }
        Ok(())
    }
}

/// What is for one of several.
fn part(parts: &[(Reference, Decimal)], of: &Reference) -> Option<Decimal> {
    let own = parts.iter().filter(|(reference, _)| reference == of);
    let amounts: Vec<Decimal> = own.map(|(_, amount)| *amount).collect();
    (!amounts.is_empty()).then(|| amounts.iter().sum())
}
