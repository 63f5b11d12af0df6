//! How a credit is used for invoices.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::RemoteId;

/// A part of a credit used for an invoice, on the side it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allocation {
    /// The allocation's identity, where the side has one: Xero AllocationID, the voucher in ERPNext. A
    /// return that lowers its original by itself (`update_outstanding_for_self` 0) has none.
    pub id: Option<String>,
    /// The invoice it settles; of money that is paid back, the money.
    pub invoice: RemoteId,
    /// The day it counts from.
    pub date: Option<NaiveDate>,
    /// How much of the invoice it settles, in the credit's currency; positive.
    pub amount: Decimal,
}

/// What brings the uses of a credit from what they are to what is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllocationSteps {
    /// What is taken back, first.
    pub release: Vec<Allocation>,
    /// What is made.
    pub allocate: Vec<Allocation>,
}

/// How much of each invoice is settled.
pub fn by_invoice(allocations: &[Allocation]) -> BTreeMap<&RemoteId, Decimal> {
    let mut amounts = BTreeMap::new();
    for used in allocations {
        *amounts.entry(&used.invoice).or_default() += used.amount;
    }
    amounts
}

/// What leads from the uses there are to those that are meant. One that stands in both, word for word,
/// stays.
pub fn allocation_steps(now: &[Allocation], meant: &[Allocation]) -> AllocationSteps {
    let mut allocate = meant.to_vec();
    let release = now.iter().filter(|used| {
        let place = allocate.iter().position(|other| other == *used);
        place.map(|place| allocate.remove(place)).is_none()
    });
    AllocationSteps {
        release: release.cloned().collect(),
        allocate,
    }
}

/// The uses that settle this much of each invoice and leave all others as they are. What is more than
/// there is comes as a new use of this day; of what is too much the last ones go, and come back in part
/// where all of one would be too much.
pub fn brought_to(
    now: &[Allocation],
    amounts: &BTreeMap<RemoteId, Decimal>,
    date: Option<NaiveDate>,
) -> Vec<Allocation> {
    let mut uses = now.to_vec();
    for (invoice, meant) in amounts {
        let (mut more, mut date) = (*meant - settled(&uses, invoice), date);
        while more < Decimal::ZERO {
            let Some(last) = uses.iter().rposition(|used| used.invoice == *invoice) else {
                break;
            };
            let gone = uses.remove(last);
            more += gone.amount;
            // What comes back of it is of its own day.
            date = gone.date;
        }
        if more > Decimal::ZERO {
            uses.push(Allocation {
                id: None,
                invoice: invoice.clone(),
                date,
                amount: more,
            });
        }
    }
    uses
}

fn settled(uses: &[Allocation], invoice: &RemoteId) -> Decimal {
    let of_invoice = uses.iter().filter(|used| used.invoice == *invoice);
    of_invoice.map(|used| used.amount).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(id: &str, invoice: &str, amount: i64) -> Allocation {
        Allocation {
            id: (!id.is_empty()).then(|| id.to_owned()),
            invoice: RemoteId::new(invoice),
            date: None,
            amount: Decimal::from(amount),
        }
    }

    fn steps(now: &[Allocation], amounts: &[(&str, i64)]) -> AllocationSteps {
        let amounts = amounts
            .iter()
            .map(|(invoice, amount)| (RemoteId::new(*invoice), Decimal::from(*amount)));
        allocation_steps(now, &brought_to(now, &amounts.collect(), None))
    }

    /// R14: of a credit that is used once more only the new use is made.
    #[test]
    fn what_is_there_stays() {
        let now = [used("a", "INV-1", 40)];
        let more = steps(&now, &[("INV-1", 40), ("INV-2", 60)]);
        assert_eq!(more.release, []);
        assert_eq!(more.allocate, [used("", "INV-2", 60)]);
        let same_invoice = steps(&now, &[("INV-1", 100)]);
        assert_eq!(same_invoice.release, []);
        assert_eq!(same_invoice.allocate, [used("", "INV-1", 60)]);
        assert_eq!(steps(&now, &[("INV-1", 40)]), AllocationSteps::default());
    }

    #[test]
    fn what_is_too_much_goes_from_the_end() {
        let now = [
            used("a", "INV-1", 40),
            used("b", "INV-1", 10),
            used("c", "INV-2", 5),
        ];
        let less = steps(&now, &[("INV-1", 40)]);
        assert_eq!(less.release, [used("b", "INV-1", 10)]);
        assert_eq!(less.allocate, []);
        let in_part = steps(&now, &[("INV-1", 45)]);
        assert_eq!(in_part.release, [used("b", "INV-1", 10)]);
        assert_eq!(in_part.allocate, [used("", "INV-1", 5)]);
        let none = steps(&now, &[("INV-1", 0), ("INV-2", 0)]);
        assert_eq!(none.release, now);
        assert_eq!(none.allocate, []);
    }

    #[test]
    fn two_of_the_same_are_two() {
        // A return lowers its original by itself: such a use has no identity.
        let own = used("", "INV-1", 20);
        let twice = [own.clone(), own.clone()];
        assert_eq!(
            allocation_steps(std::slice::from_ref(&own), &twice).allocate,
            [own]
        );
        assert_eq!(
            by_invoice(&twice).into_values().collect::<Vec<_>>(),
            [Decimal::from(40)]
        );
    }
}
