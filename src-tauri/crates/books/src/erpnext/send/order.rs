//! What may not be sent at once: writes that touch one invoice, one credit note or one payment.

use std::collections::{BTreeMap, BTreeSet};

use engine::books::{Answer, Change, Prepared};
use ledger::{Record, RemoteId};

use super::super::hold::documents;
use super::super::part::Named;
use super::{Sender, Sent};

/// The documents on which a write moves what is owed.
fn moves(change: &Change) -> BTreeSet<&str> {
    let records = match change {
        Change::Create { record, .. } => [Some(record), None],
        Change::Update { from, to, .. } | Change::Allocate { from, to, .. } => {
            [Some(from), Some(to)]
        }
        Change::End { from, .. } => [Some(from), None],
        Change::Mark { .. } => [None, None],
    };
    let mut moved = BTreeSet::new();
    for record in records.into_iter().flatten() {
        match record {
            Record::Payment(payment) => {
                moved.extend(
                    change
                        .target()
                        .map(|id| Named::of(id.as_str()).document().1),
                );
                moved.extend(documents(payment));
                moved.extend(payment.credits.iter().map(RemoteId::as_str));
            }
            Record::CreditNote(note) => {
                moved.extend(change.target().map(RemoteId::as_str));
                moved.extend(note.against.as_ref().map(RemoteId::as_str));
                moved.extend(note.allocations.iter().map(|used| used.invoice.as_str()));
            }
            Record::Contact(_) | Record::Invoice(_) => {}
        }
    }
    moved
}

/// The writes of a batch in groups, each in the order of the batch: two of one group touch the same
/// document, directly or through others of the group, and are sent one after the other. Two that are
/// submitted at once each work out what is owed without the other, or the database gives one of them up.
pub(in crate::erpnext) fn in_order(
    batch: &[Prepared],
    open: impl Iterator<Item = usize>,
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: BTreeMap<&str, usize> = BTreeMap::new();
    for index in open {
        let touched = batch.get(index).map(|it| moves(&it.write.change));
        let touched = touched.unwrap_or_default();
        let joined: BTreeSet<usize> = touched
            .iter()
            .filter_map(|document| group_of.get(document).copied())
            .collect();
        let mut members: Vec<usize> = joined
            .iter()
            .flat_map(|group| std::mem::take(&mut groups[*group]))
            .collect();
        members.push(index);
        members.sort_unstable();
        for group in group_of.values_mut().filter(|it| joined.contains(it)) {
            *group = groups.len();
        }
        group_of.extend(touched.into_iter().map(|it| (it, groups.len())));
        groups.push(members);
    }
    groups.retain(|members| !members.is_empty());
    groups
}

impl Sender<'_> {
    /// The writes of one group. Where it is not known what became of one, those behind it wait for the
    /// next plan: it may still be running.
    pub(super) async fn one_by_one(
        &self,
        batch: &[Prepared],
        group: Vec<usize>,
    ) -> Vec<(usize, Sent)> {
        let mut done: Vec<(usize, Sent)> = Vec::with_capacity(group.len());
        for index in group {
            let sent = match done.last() {
                Some((_, Sent::Answered(Answer::InDoubt(_) | Answer::NotSent(_)))) => break,
                _ => self.carry_out(&batch[index]).await,
            };
            done.push((index, sent));
        }
        done
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::NaiveDate;
    use engine::books::{Lookup, Write};
    use ledger::{
        Allocation, Currency, Document, DocumentState, Kind, PaidDocument, Payment,
        PaymentAllocation, PaymentDirection, PriceMode, Version,
    };
    use rust_decimal::Decimal;

    use super::*;

    fn payment(invoices: &[&str]) -> Payment {
        let allocations: Vec<PaymentAllocation> = invoices
            .iter()
            .map(|invoice| PaymentAllocation {
                id: None,
                document: PaidDocument::Invoice(RemoteId::new(*invoice)),
                amount: Decimal::TEN,
                in_document: None,
                leaves: None,
            })
            .collect();
        Payment {
            number: None,
            direction: PaymentDirection::Received,
            state: DocumentState::Approved,
            contact: RemoteId::new("Acme"),
            contact_name: String::new(),
            date: NaiveDate::default(),
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            amount: allocations.iter().map(|part| part.amount).sum(),
            bank_account: None,
            bank_amount: None,
            mode: None,
            reference: None,
            allocations,
            unallocated: Decimal::ZERO,
            deductions: vec![],
            reconciled: false,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: None,
        }
    }

    fn write(change: Change) -> Prepared {
        Prepared {
            write: Write {
                key: "key".into(),
                change,
                held: None,
            },
            steps: vec![],
            otherwise: None,
            find: Lookup::Ids(vec![]),
        }
    }

    fn made(invoices: &[&str]) -> Prepared {
        write(Change::Create {
            record: Record::Payment(payment(invoices)),
            source: RemoteId::new("x"),
            source_link: None,
        })
    }

    fn ended(invoices: &[&str]) -> Prepared {
        write(Change::End {
            id: RemoteId::new("PAY"),
            version: Version::new("v"),
            from: Record::Payment(payment(invoices)),
        })
    }

    fn marked() -> Prepared {
        write(Change::Mark {
            kind: Kind::Payment,
            id: RemoteId::new("PAY"),
            version: Version::new("v"),
            source: RemoteId::new("x"),
            source_link: None,
        })
    }

    #[test]
    fn what_touches_one_invoice_goes_one_after_the_other() {
        let groups = |batch: &[Prepared]| in_order(batch, 0..batch.len());
        let apart = [
            made(&["A"]),
            made(&["B"]),
            ended(&["C"]),
            marked(),
            marked(),
        ];
        assert_eq!(groups(&apart), [[0], [1], [2], [3], [4]]);
        let twice = [made(&["A"]), made(&["B"]), ended(&["A"])];
        assert_eq!(groups(&twice), [vec![1], vec![0, 2]]);
        // One that is for two invoices holds both of their payments.
        let joined = [made(&["A"]), made(&["B"]), made(&["B", "A"]), made(&["B"])];
        assert_eq!(groups(&joined), [[0, 1, 2, 3]]);
        // It brings all along that waited with what it joins.
        let along = [made(&["A", "C"]), made(&["A", "B"]), made(&["C"])];
        assert_eq!(groups(&along), [[0, 1, 2]]);
        // Money on account that is used, and ended, is one payment.
        let (used, free) = (payment(&["A"]), payment(&[]));
        let using = write(Change::Allocate {
            id: RemoteId::new("PAY"),
            version: Version::new("v"),
            from: Record::Payment(free),
            to: Record::Payment(used),
            source: RemoteId::new("x"),
        });
        let of_one = [using.clone(), made(&["B"]), ended(&[]), made(&["A"])];
        assert_eq!(groups(&of_one), [vec![1], vec![0, 2, 3]]);
        // What is settled already is not sent again.
        assert_eq!(in_order(&twice, [0, 1].into_iter()), [[0], [1]]);
    }

    fn note(against: Option<&str>, invoices: &[&str]) -> Record {
        Record::CreditNote(Document {
            number: None,
            contact: RemoteId::new("Acme"),
            contact_name: String::new(),
            state: DocumentState::Approved,
            date: NaiveDate::default(),
            due_date: None,
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: vec![],
            net_total: Decimal::TEN,
            tax_total: Decimal::ZERO,
            total: Decimal::TEN,
            amount_due: Decimal::ZERO,
            opening: false,
            against: against.map(RemoteId::new),
            allocations: invoices
                .iter()
                .map(|invoice| Allocation {
                    id: None,
                    invoice: RemoteId::new(*invoice),
                    date: None,
                    amount: Decimal::ONE,
                })
                .collect(),
        })
    }

    #[test]
    fn what_uses_one_credit_note_or_invoice_goes_one_after_the_other() {
        let (id, version) = (RemoteId::new("CN"), Version::new("v"));
        let allocate = |id: &str, from: &[&str], to: &[&str]| {
            write(Change::Allocate {
                id: RemoteId::new(id),
                version: version.clone(),
                from: note(None, from),
                to: note(None, to),
                source: RemoteId::new("x"),
            })
        };
        let end = |against: Option<&str>| {
            let (id, version) = (id.clone(), version.clone());
            let from = note(against, &[]);
            write(Change::End { id, version, from })
        };
        let groups = |batch: &[Prepared]| in_order(batch, 0..batch.len());
        let apart = [allocate("C1", &[], &["A"]), allocate("C2", &["B"], &[])];
        assert_eq!(groups(&apart), [[0], [1]]);
        // A use made and one taken back; a payment; the same credit note; an original.
        for (one, other) in [
            (allocate("C1", &[], &["A"]), allocate("C2", &["A"], &[])),
            (allocate("C1", &[], &["A"]), made(&["A"])),
            (allocate("CN", &[], &["A"]), end(None)),
            (allocate("C1", &[], &["A"]), end(Some("A"))),
        ] {
            assert_eq!(groups(&[one, other]), [[0, 1]]);
        }
    }
}
