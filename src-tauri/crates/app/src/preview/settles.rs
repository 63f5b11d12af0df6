//! Which documents a payment would pay, and which invoices a credit note would be used for: the plan knows them
//! by their identities, people by their numbers.

use std::collections::{BTreeMap, BTreeSet};

use engine::books::Change;
use engine::plan::PlannedWrite;
use ledger::allocation::by_invoice;
use ledger::problem::Difference;
use ledger::{Kind, Money, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;

use crate::payments::{self, Numbers};
use crate::views::{self, DifferenceView, PreviewItem};

/// A document that a payment would pay, or an invoice that a credit note would be used for or taken back from.
pub(super) struct Paid {
    /// What it is.
    pub kind: Kind,
    /// The side that knows it by its identity here.
    pub side: Side,
    pub id: RemoteId,
    /// How much of it is settled by that now; of a new payment nothing.
    before: Option<Money>,
    /// How much would be.
    after: Option<Money>,
}

/// What a write would pay, or use a credit note for.
pub(super) fn pays_for(write: &PlannedWrite) -> Vec<Paid> {
    let of = |document: Reference, settled: [Option<Money>; 2]| {
        let [before, after] = settled;
        // What is created earlier in the same run is still named as its source names it.
        let side = if write.waits_for.contains(&document) {
            write.target.other()
        } else {
            write.target
        };
        Paid {
            kind: document.kind,
            side,
            id: document.id,
            before,
            after,
        }
    };
    match &write.change {
        Change::Create {
            record: record @ Record::Payment(payment),
            ..
        } => {
            let amount = |amount: Decimal| Money {
                amount,
                currency: payment.currency,
            };
            let parts = payments::takes_off(record).into_iter();
            parts
                .map(|(document, part)| of(document, [None, Some(amount(part.abs()))]))
                .collect()
        }
        Change::Allocate {
            from: Record::CreditNote(from),
            to: Record::CreditNote(to),
            ..
        } => {
            let settled = [&from.allocations, &to.allocations].map(|it| by_invoice(it));
            let all: BTreeSet<&RemoteId> =
                settled.iter().flat_map(BTreeMap::keys).copied().collect();
            let uses = all.into_iter().map(|id| {
                let amounts = settled.each_ref().map(|it| it.get(id).copied());
                (id, amounts)
            });
            uses.filter(|(_, [before, after])| before != after)
                .map(|(id, amounts)| {
                    let document = Reference {
                        kind: Kind::Invoice,
                        id: id.clone(),
                    };
                    let currency = to.currency;
                    of(
                        document,
                        amounts.map(|it| it.map(|amount| Money { amount, currency })),
                    )
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Says in an item what it would settle, by the numbers.
pub(super) fn say(item: &mut PreviewItem, pays: &[Paid], numbers: &Numbers) {
    let number = |paid: &Paid| payments::number(numbers, paid.side, paid.kind, &paid.id);
    let target = item.towards.map(Side::from);
    let said = pays.iter().map(|paid| {
        let what = match (item.kind, paid.kind) {
            (views::Kind::CreditNote, _) => "used for",
            (_, Kind::CreditNote) => "pays back",
            _ => "pays",
        };
        let field = format!("{what} {}", number(paid));
        let [before, after] =
            [&paid.before, &paid.after].map(|it| it.as_ref().map(ToString::to_string));
        // What would be said stands under the side that says it now.
        DifferenceView::from(match target {
            Some(Side::Xero) => Difference::new(&field, before, after),
            _ => Difference::new(&field, after, before),
        })
    });
    item.differences.extend(said.collect::<Vec<_>>());
    if pays.is_empty() {
        return;
    }
    let of: Vec<String> = pays.iter().map(number).collect();
    let amount = |of: &Option<Money>| of.as_ref().map_or(Decimal::ZERO, |it| it.amount);
    let back = pays
        .iter()
        .any(|paid| amount(&paid.after) < amount(&paid.before));
    let word = if back { "from" } else { "for" };
    item.text = format!("{}, {word} {}", item.text, payments::several(&of));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::NaiveDate;
    use ledger::{Allocation, Currency, Document, DocumentState, PriceMode, Version};

    use super::*;
    use crate::views::PlannedChange;

    fn note(used: &[(&str, i64)]) -> Record {
        let date = NaiveDate::from_ymd_opt(2026, 11, 4).unwrap();
        let uses = used.iter().map(|(invoice, amount)| Allocation {
            id: None,
            invoice: RemoteId::new(*invoice),
            date: None,
            amount: Decimal::from(*amount),
        });
        Record::CreditNote(Document {
            number: Some("CN-1".into()),
            contact: RemoteId::new("c"),
            contact_name: "Acme".into(),
            state: DocumentState::Approved,
            date,
            due_date: None,
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: Vec::new(),
            net_total: Decimal::from(100),
            tax_total: Decimal::ZERO,
            total: Decimal::from(100),
            amount_due: Decimal::ZERO,
            opening: false,
            against: None,
            allocations: uses.collect(),
        })
    }

    fn said(target: Side, from: &[(&str, i64)], to: &[(&str, i64)]) -> Vec<String> {
        let write = PlannedWrite {
            target,
            change: Change::Allocate {
                id: RemoteId::new("n"),
                version: Version::new("1"),
                from: note(from),
                to: note(to),
                source: RemoteId::new("m"),
            },
            waits_for: vec![Reference {
                kind: Kind::Invoice,
                id: RemoteId::new("new"),
            }],
            fingerprint: String::new(),
            uses_follow: false,
        };
        let pays = pays_for(&write);
        let known = [
            ("1", target, "INV-1"),
            ("2", target, "INV-2"),
            ("new", target.other(), "INV-9"),
        ];
        let numbers = known
            .into_iter()
            .map(|(id, side, number)| ((side, Kind::Invoice, RemoteId::new(id)), number.to_owned()))
            .collect();
        let mut item = PreviewItem {
            id: String::new(),
            number: 0,
            kind: views::Kind::CreditNote,
            title: String::new(),
            contact: None,
            amount: None,
            change: PlannedChange::Update,
            towards: Some(target.into()),
            text: "Use".to_owned(),
            differences: Vec::new(),
        };
        say(&mut item, &pays, &numbers);
        let mut told = vec![item.text];
        told.extend(item.differences.into_iter().map(|it| {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            format!("{}: {} | {}", it.field, shown(it.xero), shown(it.erpnext))
        }));
        told
    }

    #[test]
    fn the_uses_of_a_credit_note_are_told_by_the_numbers_of_its_invoices() {
        // What is there already stays, and is not told of. What would be said stands under the other side.
        assert_eq!(
            said(
                Side::Xero,
                &[("1", 40)],
                &[("1", 40), ("2", 60), ("new", 5)]
            ),
            [
                "Use, for INV-2 and INV-9",
                "used for INV-2: - | 60.00 GBP",
                "used for INV-9: - | 5.00 GBP",
            ]
        );
        assert_eq!(
            said(Side::Erpnext, &[("1", 40), ("2", 10)], &[("1", 15)]),
            [
                "Use, from INV-1 and INV-2",
                "used for INV-1: 15.00 GBP | 40.00 GBP",
                "used for INV-2: - | 10.00 GBP",
            ]
        );
        // A use beside another of the same invoice makes it one of more.
        assert_eq!(
            said(Side::Xero, &[("1", 40)], &[("1", 40), ("1", 2)]),
            ["Use, for INV-1", "used for INV-1: 40.00 GBP | 42.00 GBP"]
        );
    }
}
