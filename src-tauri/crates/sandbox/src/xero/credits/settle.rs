//! Documents brought up to date with what is paid and allocated.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;

impl Books {
    /// Brings an invoice up to date with its payments and the credit allocated to it. The invoice
    /// gets the payment's `UpdatedDateUTC`.
    pub fn settle_invoice(&mut self, id: Uuid, now: DateTime<Utc>) {
        let Some(mut invoice) = self.invoices.get(id).cloned() else {
            return;
        };
        let (paid, last_payment) = self.sum_of_payments(&invoice.payments);
        let mut last = last_payment;
        let mut credited = Decimal::ZERO;
        for credit in self.credits_of_invoice(id) {
            for allocation in credit.allocations.iter().filter(|each| each.invoice == id) {
                credited += allocation.amount;
                last = last.max(Some(allocation.date));
            }
        }
        invoice.amount_paid = paid;
        invoice.amount_credited = credited;
        invoice.settle(last);
        invoice.updated = dates::to_millis(now);
        self.invoices.put(invoice);
    }

    /// Brings a credit note, an overpayment or a prepayment up to date with its refunds and
    /// allocations.
    pub fn settle_credit(&mut self, id: Uuid, now: DateTime<Utc>) {
        let Some(mut credit) = self.credits.get(id).cloned() else {
            return;
        };
        let (refunded, last_refund) = self.sum_of_payments(&credit.document.payments);
        credit.document.amount_paid = refunded;
        credit.document.amount_credited = credit.allocations.iter().map(|each| each.amount).sum();
        let last = last_refund.max(credit.allocations.iter().map(|each| each.date).max());
        credit.document.settle(last);
        credit.document.updated = dates::to_millis(now);
        self.credits.put(credit);
    }

    fn sum_of_payments(&self, ids: &[Uuid]) -> (Decimal, Option<NaiveDate>) {
        let standing = ids.iter().filter_map(|id| self.payments.get(*id));
        standing.fold((Decimal::ZERO, None), |(sum, last), payment| {
            (sum + payment.amount, last.max(Some(payment.date)))
        })
    }

    /// Credit that has something allocated to an invoice.
    pub fn credits_of_invoice(&self, invoice: Uuid) -> impl Iterator<Item = &super::Credit> {
        self.credits
            .with_key("invoice", &invoice.to_string())
            .filter_map(|id| self.credits.get(id))
    }
}
