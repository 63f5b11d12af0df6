//! What a record says, without what moves by itself.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{Document, PaidDocument, Payment, Record};

impl Record {
    /// The record with nothing in it that changes although nobody edits it: what is still open, what it is for
    /// ([`Record::settles`]), names that are spelt for people, the identities of rows, and how many digits an amount is
    /// written with. Two records of one side of which this is the same say the same.
    #[must_use]
    pub fn as_said(&self) -> Record {
        let mut said = self.clone();
        said.forget_rows();
        match &mut said {
            Record::Contact(_) => {}
            Record::Invoice(document) | Record::CreditNote(document) => as_said(document),
            Record::Payment(payment) => as_paid(payment),
        }
        said
    }

    /// What it is for or used for, and how much of each, in the order of these documents.
    pub fn settles(&self) -> Vec<(PaidDocument, Decimal)> {
        let mut settles: BTreeMap<PaidDocument, Decimal> = BTreeMap::new();
        match self {
            Record::Payment(payment) => {
                for part in &payment.allocations {
                    *settles.entry(part.document.clone()).or_default() += part.amount;
                }
            }
            Record::Contact(_) | Record::Invoice(_) | Record::CreditNote(_) => {
                for used in self.uses() {
                    let document = PaidDocument::Invoice(used.invoice);
                    *settles.entry(document).or_default() += used.amount;
                }
            }
        }
        let plain = |(document, amount): (PaidDocument, Decimal)| (document, amount.normalize());
        settles.into_iter().map(plain).collect()
    }
}

fn as_said(document: &mut Document) {
    document.contact_name.clear();
    document.amount_due = Decimal::ZERO;
    document.allocations.clear();
    for amount in [
        &mut document.net_total,
        &mut document.tax_total,
        &mut document.total,
    ] {
        plain(amount);
    }
    document.exchange_rate.iter_mut().for_each(plain);
    for line in &mut document.lines {
        for amount in [&mut line.quantity, &mut line.unit_price, &mut line.amount] {
            plain(amount);
        }
        let some = [
            &mut line.discount_percent,
            &mut line.tax_rate,
            &mut line.tax_amount,
        ];
        some.into_iter().flatten().for_each(plain);
        // What was read before lines told it is what it is now.
        line.tracking = None;
    }
}

/// Neither system lets a payment be edited, but for what it is for: what one way of reading tells of its bank and
/// another does not is no edit, and neither is matching it with the bank.
fn as_paid(payment: &mut Payment) {
    payment.contact_name.clear();
    payment.reconciled = false;
    payment.allocations.clear();
    payment.unallocated = Decimal::ZERO;
    plain(&mut payment.amount);
    (payment.bank_account, payment.bank_amount) = (None, None);
    (payment.bank_currency, payment.exchange_rate) = (None, None);
    payment.mode = None;
    for deduction in &mut payment.deductions {
        plain(&mut deduction.base_amount);
    }
    payment.with.sort();
    payment.credits.clear();
}

fn plain(amount: &mut Decimal) {
    *amount = amount.normalize();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::merge::samples;
    use crate::{Allocation, Record, RemoteId, Side};

    #[test]
    fn what_is_paid_and_how_it_is_written_is_no_edit_and_all_else_is() {
        let invoice = samples::invoice(Side::Xero, &[("Roses", "100.00")]);
        let said = |change: &dyn Fn(&mut crate::Document)| {
            let mut document = invoice.clone();
            change(&mut document);
            Record::Invoice(document).as_said() == Record::Invoice(invoice.clone()).as_said()
        };
        assert!(said(&|it| it.amount_due = rust_decimal::Decimal::ZERO));
        assert!(said(&|it| it.contact_name = "spelt otherwise".to_owned()));
        assert!(said(&|it| it.total.rescale(6)));
        assert!(said(&|it| it.lines[0].id = Some("row".to_owned())));
        assert!(said(
            &|it| it.lines[0].tracking = Some(vec!["Region: North".to_owned()])
        ));
        assert!(!said(&|it| it.due_date = None));
        assert!(!said(&|it| it.reference = Some("PO-9".to_owned())));
        assert!(!said(&|it| it.lines[0].description.push('!')));
        let used = |amount: i64| Allocation {
            id: None,
            invoice: RemoteId::new("i"),
            date: None,
            amount: amount.into(),
        };
        assert!(said(&|it| it.allocations = vec![used(1)]));
        let note = |uses: &[i64]| {
            let mut note = invoice.clone();
            note.allocations = uses.iter().map(|amount| used(*amount)).collect();
            Record::CreditNote(note).settles()
        };
        assert_eq!(note(&[3]), note(&[1, 2]));
        assert_ne!(note(&[3]), note(&[1]));
    }
}
