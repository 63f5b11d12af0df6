//! Which documents a payment would pay, and which invoices a credit note or money on account would be used for: the plan knows them
//! by their identities, people by their numbers.

use std::collections::{BTreeMap, BTreeSet};

use engine::books::Change;
use engine::plan::PlannedWrite;
use ledger::allocation::by_invoice;
use ledger::problem::Difference;
use ledger::{Kind, Money, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;

use crate::payments::{self, Numbers};
use crate::views::{DifferenceView, PreviewItem};

/// A document that a payment would pay, or an invoice that a credit note would be used for or taken back from.
pub(super) struct Paid {
    /// What it is.
    pub kind: Kind,
    /// The side that knows it by its identity here.
    pub side: Side,
    pub id: RemoteId,
    /// Whether what is there already, a credit note or money on account, is used for it.
    used: bool,
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
            used: matches!(write.change, Change::Allocate { .. }),
            before,
            after,
        }
    };
    let [before, after] = match &write.change {
        Change::Create {
            record: record @ Record::Payment(_),
            ..
        } => [BTreeMap::new(), settled(record)],
        Change::Allocate { from, to, .. } => [from, to].map(settled),
        _ => return Vec::new(),
    };
    let all: BTreeSet<&Reference> = before.keys().chain(after.keys()).collect();
    let amounts = |of: &Reference| [&before, &after].map(|it| it.get(of).copied());
    all.into_iter()
        .map(|document| (document, amounts(document)))
        .filter(|(_, [before, after])| before != after)
        .map(|(document, amounts)| of(document.clone(), amounts))
        .collect()
}

/// How much of which document a record settles, in the document's currency.
fn settled(record: &Record) -> BTreeMap<Reference, Money> {
    let mut settled = BTreeMap::new();
    match record {
        Record::Payment(payment) => {
            for part in &payment.allocations {
                let (kind, id) = part.document.named();
                let id = id.clone();
                let part = part.settles(payment.currency);
                let none = Money {
                    amount: Decimal::ZERO,
                    ..part
                };
                let sum = settled.entry(Reference { kind, id }).or_insert(none);
                sum.amount += part.amount.abs();
            }
        }
        Record::CreditNote(note) => {
            for (invoice, amount) in by_invoice(&note.allocations) {
                let document = Reference {
                    kind: Kind::Invoice,
                    id: invoice.clone(),
                };
                let currency = note.currency;
                settled.insert(document, Money { amount, currency });
            }
        }
        Record::Contact(_) | Record::Invoice(_) => {}
    }
    settled
}

/// Says in an item what it would settle, by the numbers.
pub(super) fn say(item: &mut PreviewItem, pays: &[Paid], numbers: &Numbers) {
    let number = |paid: &Paid| payments::number(numbers, paid.side, paid.kind, &paid.id);
    let target = item.towards.map(Side::from);
    let said = pays.iter().map(|paid| {
        let what = match paid.kind {
            Kind::CreditNote | Kind::Payment => "pays back",
            _ if paid.used => "used for",
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
    use ledger::{
        Allocation, Currency, Document, DocumentState, PaidDocument, Payment, PaymentAllocation,
        PaymentDirection, PriceMode, Version,
    };

    use super::*;
    use crate::views::{self, PlannedChange};

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

    /// Money on account that is used for these invoices.
    fn money(used: &[(&str, i64)]) -> Record {
        let parts = used.iter().map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: Decimal::from(*amount),
            in_document: None,
            leaves: None,
        });
        Record::Payment(Payment {
            number: None,
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new("c"),
            contact_name: "Acme".into(),
            date: NaiveDate::from_ymd_opt(2026, 11, 4).unwrap(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: Decimal::from(100),
            bank_account: None,
            bank_amount: None,
            bank_currency: None,
            mode: None,
            reference: None,
            allocations: parts.collect(),
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: false,
            on_account: true,
            with: Vec::new(),
            credits: Vec::new(),
        })
    }

    fn said(target: Side, from: &[(&str, i64)], to: &[(&str, i64)]) -> Vec<String> {
        said_of(target, note(from), note(to))
    }

    fn said_of(target: Side, from: Record, to: Record) -> Vec<String> {
        let write = PlannedWrite {
            target,
            change: Change::Allocate {
                id: RemoteId::new("n"),
                version: Version::new("1"),
                from,
                to,
                source: RemoteId::new("m"),
            },
            waits_for: vec![Reference {
                kind: Kind::Invoice,
                id: RemoteId::new("new"),
            }],
            fingerprint: String::new(),
            uses_follow: false,
            leaves_edits: false,
            decided: Vec::new(),
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
    fn the_uses_of_money_on_account_are_told_alike() {
        assert_eq!(
            said_of(
                Side::Xero,
                money(&[("1", 40)]),
                money(&[("1", 15), ("2", 60)])
            ),
            [
                "Use, from INV-1 and INV-2",
                "used for INV-1: 40.00 GBP | 15.00 GBP",
                "used for INV-2: - | 60.00 GBP"
            ]
        );
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
