//! Payments on their way out: those that touch one invoice one after the other, and what a refusal about
//! the amount means.

use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::error::catalogue::OWED;
use engine::books::{Answer, Books, Change, Lookup, Prepared};
use ledger::{Cause, Kind, Payment, Record, RemoteId};

use super::super::hold::documents;
use super::super::prepare::payment::{parts, too_much};
use super::{Sender, Sent};

/// The payment that a write is about, where it moves what is owed on documents.
fn moves(change: &Change) -> Option<&Payment> {
    match change {
        Change::Create {
            record: Record::Payment(payment),
            ..
        }
        | Change::End {
            from: Record::Payment(payment),
            ..
        } => Some(payment),
        _ => None,
    }
}

/// The writes of a batch in groups, each in the order of the batch: two of one group touch the same
/// document, directly or through others of the group, and are sent one after the other. Two that are
/// submitted at once each work out what is owed without the other, or the database gives one of them up.
pub(super) fn in_order(batch: &[Prepared], open: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: BTreeMap<&str, usize> = BTreeMap::new();
    for index in open {
        let payment = batch.get(index).and_then(|it| moves(&it.write.change));
        let touched: BTreeSet<&str> = payment.into_iter().flat_map(documents).collect();
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

    /// Creates a payment. A site looks at what is owed before it looks at identities: a payment that
    /// stands already, from a request whose answer was lost, is refused for paying too much.
    pub(super) async fn create_payment(
        &self,
        prepared: &Prepared,
        payment: &Payment,
        source: &RemoteId,
    ) -> Sent {
        let sent = self.steps(prepared, &prepared.steps).await;
        let Sent::Answered(Answer::Refused { cause, answer }) = sent else {
            return sent;
        };
        if !matches!(&cause, Cause::Invalid { field, .. } if field == OWED) {
            return Sent::Answered(Answer::Refused { cause, answer });
        }
        let ours = Lookup::Markers(vec![source.clone()]);
        match self.books.find(Kind::Payment, &ours).await {
            Ok(found) if !found.is_empty() => return Sent::Answered(Answer::Exists),
            // Nothing was written, and whether it was there before is not known.
            Err(failure) => return Sent::Answered(Answer::NotSent(failure)),
            Ok(_) => {}
        }
        let parts = parts(payment);
        let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
        let owed = self.books.owed_on(&names).await.unwrap_or_default();
        let more = parts.iter().find_map(|(name, amount)| {
            let invoice = owed.get(*name)?;
            (*amount > invoice.open).then(|| too_much(*amount, invoice, payment))
        });
        Sent::Answered(Answer::Refused {
            // What a site says has no figures.
            cause: more.unwrap_or(cause),
            answer,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::NaiveDate;
    use engine::books::Write;
    use ledger::{
        Currency, DocumentState, PaidDocument, PaymentAllocation, PaymentDirection, Version,
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
        // What is settled already is not sent again.
        assert_eq!(in_order(&twice, [0, 1].into_iter()), [[0], [1]]);
    }
}
