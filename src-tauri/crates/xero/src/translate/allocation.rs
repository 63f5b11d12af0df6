//! Credit used for invoices: what has to be added and removed.

use chrono::NaiveDate;
use ledger::{Allocation, RemoteId};
use rust_decimal::Decimal;

use crate::wire::document as wire;

/// Reads an allocation.
///
/// # Errors
/// Which field is missing.
pub fn from_wire(allocation: &wire::Allocation) -> Result<Allocation, String> {
    let invoice = &allocation.invoice.invoice_id;
    if invoice.is_empty() {
        return Err("an allocation names no invoice".to_owned());
    }
    Ok(Allocation {
        id: allocation
            .allocation_id
            .as_ref()
            .map(|id| id.to_lowercase()),
        invoice: RemoteId::new(invoice.to_lowercase()),
        date: allocation.date.map(|day| day.0),
        amount: allocation.amount.ok_or("an allocation has no amount")?,
    })
}

/// What makes one set of allocations into another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// AllocationIDs to remove, first: what they free may be used by those to add.
    pub remove: Vec<String>,
    /// To add. Xero adds whatever is sent to what there is, so only new ones may be sent.
    pub add: Vec<Added>,
}

/// An allocation to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The invoice, on Xero's side.
    pub invoice: RemoteId,
    /// How much, in the credit's currency.
    pub amount: Decimal,
    /// The day it counts from.
    pub date: NaiveDate,
}

/// What makes the allocations there are (`now`, as Xero lists them) into those wanted (invoices in
/// Xero's terms). Allocations cannot be edited, so one with another amount is removed and added
/// anew. Dates are not compared: Xero sets them itself. `date` is used where none is stated.
pub fn changes(now: &[Allocation], wanted: &[Allocation], date: NaiveDate) -> Changes {
    let mut left: Vec<&Allocation> = now.iter().collect();
    let mut changes = Changes::default();
    for one in wanted {
        let same = left
            .iter()
            .position(|held| held.invoice == one.invoice && held.amount == one.amount);
        if let Some(at) = same {
            left.remove(at);
        } else {
            changes.add.push(Added {
                invoice: one.invoice.clone(),
                amount: one.amount,
                date: one.date.unwrap_or(date),
            });
        }
    }
    changes.remove = left
        .into_iter()
        .filter_map(|held| held.id.clone())
        .collect();
    changes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn one(id: Option<u32>, invoice: u8, cents: i64) -> Allocation {
        Allocation {
            id: id.map(|id| format!("a{id}")),
            invoice: RemoteId::new(format!("i{invoice}")),
            date: None,
            amount: Decimal::new(cents, 2),
        }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    #[test]
    fn only_what_differs_is_removed_and_added() {
        let now = [one(Some(1), 1, 5000), one(Some(2), 2, 700)];
        let wanted = [one(None, 2, 800), one(None, 1, 5000)];
        assert_eq!(
            changes(&now, &wanted, day()),
            Changes {
                remove: vec!["a2".into()],
                add: vec![Added {
                    invoice: RemoteId::new("i2"),
                    amount: Decimal::new(800, 2),
                    date: day()
                }]
            }
        );
        assert_eq!(changes(&now, &now, day()), Changes::default());
    }

    proptest! {
        /// Doing what is said gives what is wanted, and no more than is needed.
        #[test]
        fn the_changes_lead_to_what_is_wanted(
            now in prop::collection::vec((1_u8..4, 1_i64..4), 0..6),
            wanted in prop::collection::vec((1_u8..4, 1_i64..4), 0..6),
        ) {
            let now: Vec<Allocation> = (1_u32..).zip(now)
                .map(|(id, (invoice, cents))| one(Some(id), invoice, cents)).collect();
            let wanted: Vec<Allocation> = wanted.into_iter()
                .map(|(invoice, cents)| one(None, invoice, cents)).collect();
            let changes = changes(&now, &wanted, day());
            let mut after: Vec<(RemoteId, Decimal)> = now.iter()
                .filter(|held| !changes.remove.contains(held.id.as_ref().unwrap()))
                .map(|held| (held.invoice.clone(), held.amount))
                .chain(changes.add.iter().map(|add| (add.invoice.clone(), add.amount)))
                .collect();
            let mut goal: Vec<(RemoteId, Decimal)> = wanted.iter()
                .map(|one| (one.invoice.clone(), one.amount)).collect();
            after.sort();
            goal.sort();
            prop_assert_eq!(after, goal);
            // Nothing is both removed and added again as it was.
            for add in &changes.add {
                prop_assert!(!now.iter().any(|held| changes.remove.contains(held.id.as_ref().unwrap())
                    && held.invoice == add.invoice && held.amount == add.amount));
            }
        }
    }
}
