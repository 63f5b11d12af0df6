//! What was paid of a document on both sides.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::{DocumentState, Kind, PaidDocument, PaymentDirection, Record, Side};
use rust_decimal::Decimal;
use store::{LinkId, RecordKey, StoreError, StoredRecord};

use super::customers::{Customer, place};
use super::documents::Desk;
use super::reason::{Reason, What, Why};

/// A payment's part of a document, on either side.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub date: NaiveDate,
    pub titles: [Option<String>; 2],
    /// What it takes off the amount due.
    pub amounts: [Option<Decimal>; 2],
}

/// One side's payment of one document.
#[derive(Debug, Clone)]
pub(super) struct Part {
    key: RecordKey,
    link: Option<LinkId>,
    title: String,
    date: NaiveDate,
    amount: Decimal,
}

/// Parts of payments by the document that they are for.
pub(super) type Paid = BTreeMap<RecordKey, Vec<Part>>;

impl Desk<'_> {
    /// What a customer's contacts paid, by document.
    pub(super) fn paid(&self, customer: &Customer) -> Result<Paid, StoreError> {
        let mut paid = Paid::new();
        for side in Side::BOTH {
            for contact in &customer.ids[place(side)] {
                for stored in self.store.paid_by(self.pairing, side, contact)? {
                    parts(&stored, &mut paid);
                }
            }
        }
        Ok(paid)
    }

    /// What is paid of one document on both sides, side by side, and what that makes differ.
    pub(super) fn movements(&self, [xero, erpnext]: [&[Part]; 2]) -> (Vec<Movement>, Vec<Why>) {
        let mut pairs: Vec<[Option<&Part>; 2]> = Vec::new();
        let mut taken = vec![false; erpnext.len()];
        for part in xero {
            let other = erpnext
                .iter()
                .enumerate()
                .find(|(at, it)| !taken[*at] && it.link.is_some() && it.link == part.link);
            if let Some((at, _)) = other {
                taken[at] = true;
            }
            pairs.push([Some(part), other.map(|(_, it)| it)]);
        }
        let rest = erpnext.iter().zip(&taken).filter(|(_, taken)| !**taken);
        pairs.extend(rest.map(|(part, _)| [None, Some(part)]));
        let mut movements = Vec::new();
        let mut reasons = Vec::new();
        for pair in pairs {
            let [paid_in_xero, paid_in_erpnext] =
                pair.map(|it| it.map(|it| it.amount).unwrap_or_default());
            // What is paid lowers what is due.
            let apart = paid_in_erpnext - paid_in_xero;
            if let Some(first) = pair.iter().flatten().next()
                && !apart.is_zero()
            {
                reasons.push(self.why_paid(first, pair, apart));
            }
            if let Some(date) = pair.iter().flatten().map(|it| it.date).min() {
                movements.push(Movement {
                    date,
                    titles: pair.map(|it| it.map(|it| it.title.clone())),
                    amounts: pair.map(|it| it.map(|it| it.amount)),
                });
            }
        }
        movements.sort_by_key(|it| it.date);
        (movements, reasons)
    }

    fn why_paid(&self, first: &Part, pair: [Option<&Part>; 2], apart: Decimal) -> Why {
        let side = first.key.side;
        let exception = || {
            let mut parts = pair.iter().flatten();
            parts.find_map(|part| self.exception(&part.key))
        };
        let one_side = first.link.is_none();
        let left_alone = one_side
            .then(|| self.left_alone(Kind::Payment, side, Some(first.date)))
            .flatten();
        let reason = match left_alone {
            Some(why) => Reason::LeftAlone {
                side,
                what: What::Payment,
                why,
            },
            None => exception().unwrap_or(if one_side {
                Reason::OneSide {
                    side,
                    what: What::Payment,
                }
            } else {
                Reason::Unexplained
            }),
        };
        Why {
            reason,
            amount: apart,
            by: None,
            about: Some(format!(
                "payment {} of {}",
                first.title,
                first.date.format("%-d %b %Y")
            )),
        }
    }
}

/// What a stored payment pays, where it counts.
fn parts(stored: &StoredRecord, paid: &mut Paid) {
    let Ok(Record::Payment(payment)) = &stored.row.record else {
        return;
    };
    if payment.state != DocumentState::Approved || stored.gone.is_some() {
        return;
    }
    for allocation in &payment.allocations {
        let PaidDocument::Invoice(id) = &allocation.document else {
            continue;
        };
        let document = RecordKey {
            side: stored.side,
            kind: Kind::Invoice,
            id: id.clone(),
        };
        let of_document = paid.entry(document).or_default();
        let amount = match payment.direction {
            PaymentDirection::Received => allocation.amount,
            PaymentDirection::Refunded => -allocation.amount,
        };
        // One payment may name a document twice.
        match of_document.iter_mut().find(|it| it.key == stored.key()) {
            Some(part) => part.amount += amount,
            None => of_document.push(Part {
                key: stored.key(),
                link: stored.link,
                title: payment.title().to_owned(),
                date: payment.date,
                amount,
            }),
        }
    }
}
