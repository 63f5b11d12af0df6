//! A batch as far as it is known: its own words, and rows of the list of payments.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::books::{Pulled, Unreadable};
use ledger::Record;
use rust_decimal::Decimal;
use serde_json::Value;
use xero::translate::payment::from_batch;
use xero::wire::payment::{AccountReference, BatchPayment, Payment, is_suppliers};
use xero::wire::{Raw, Row, usable_id};

use super::batch_id;
use crate::xero::rows::version;

/// By how much Xero's stamps of a batch and of its payments differ that were deleted in one.
pub(super) const NEAR: Duration = Duration::seconds(10);

/// A deleted payment that names no batch: one on its own, or of a batch that was deleted with it. Which,
/// only the batch tells, and not by name.
#[derive(Debug, Clone)]
pub(super) struct Orphan {
    /// When it was deleted.
    pub(super) deleted: Option<DateTime<Utc>>,
    row: Box<Payment>,
    raw: Raw,
}

impl Orphan {
    /// A row as one.
    pub(super) fn of(row: &Row<Payment>) -> Option<Self> {
        match row {
            Row::Read { row, raw }
                if row.status == "DELETED" && !row.is_suppliers() && row.batch().is_none() =>
            {
                Some(Self {
                    deleted: row.updated.map(|at| at.0),
                    row: row.clone(),
                    raw: raw.clone(),
                })
            }
            _ => None,
        }
    }

    /// Whether it may have been part of a batch: of its day and account, and deleted with it.
    fn may_be_of(&self, batch: &BatchPayment) -> bool {
        let account = |of: &Option<AccountReference>| {
            let id = of.as_ref().and_then(|it| it.account_id.as_deref());
            id.and_then(usable_id)
        };
        let accounts = (account(&self.row.account), account(&batch.account));
        let apart = self.deleted.zip(batch.updated);
        batch.date == self.row.date
            && matches!(accounts, (Some(own), Some(batch)) if own == batch)
            && apart.is_some_and(|(own, batch)| (own - batch.0).abs() <= NEAR)
    }
}

/// Which of some payments, in the order in which they were deleted, come to this total together: of several
/// such runs the one nearest to a moment.
fn run_of(orphans: &[Orphan], total: Decimal, at: DateTime<Utc>) -> Option<RangeInclusive<usize>> {
    let apart = |orphan: &Orphan| orphan.deleted.map(|it| (it - at).abs());
    let mut best: Option<(Option<Duration>, RangeInclusive<usize>)> = None;
    for first in 0..orphans.len() {
        let mut sum = Decimal::ZERO;
        for (last, orphan) in orphans.iter().enumerate().skip(first) {
            sum += orphan.row.bank_amount.unwrap_or_default();
            if sum > total {
                break;
            }
            let ends = [orphans.get(first).and_then(apart), apart(orphan)];
            let far = ends.into_iter().max().flatten();
            if sum == total && best.as_ref().is_none_or(|(held, _)| far < *held) {
                best = Some((far, first..=last));
            }
        }
    }
    best.map(|(_, run)| run)
}

/// The id of a row of the list of payments.
pub(super) fn row_id(row: &Row<Payment>) -> Option<String> {
    match row {
        Row::Read { row, .. } => usable_id(&row.payment_id),
        Row::Unreadable { id, .. } => id.as_deref().and_then(usable_id),
    }
}

/// A batch that is being put together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Its own words, where any were read.
    words: Option<BatchPayment>,
    /// Its payments by their ids, so that they are in one order whatever brought them.
    parts: BTreeMap<String, (Box<Payment>, Raw)>,
    /// What of it could not be read, and as received.
    unread: Option<(String, String)>,
}

/// The batch that a row of the list of payments belongs to.
pub(super) fn batch_of(row: &Row<Payment>) -> Option<String> {
    match row {
        Row::Read { row, .. } => row.batch().filter(|_| !row.is_suppliers()),
        Row::Unreadable { raw, .. } => {
            let raw: Value = serde_json::from_str(raw).ok()?;
            let suppliers = raw.get("PaymentType").and_then(Value::as_str);
            let id = raw.get("BatchPaymentID").and_then(Value::as_str)?;
            usable_id(id).filter(|_| !suppliers.is_some_and(is_suppliers))
        }
    }
}

impl Batch {
    /// Takes a row of its payments.
    pub(super) fn take(&mut self, row: Row<Payment>) {
        match row {
            Row::Unreadable { why, raw, .. } => self.unread = Some((why, raw)),
            Row::Read { row, raw } => match usable_id(&row.payment_id) {
                None => {
                    let why = "a payment of the batch has no PaymentID".to_owned();
                    self.unread = Some((why, raw.text()));
                }
                Some(id) => {
                    if self.words.is_none() {
                        self.words = row.batch_payment.as_deref().cloned();
                    }
                    self.parts.insert(id, (row, raw));
                }
            },
        }
    }

    /// Takes what Xero says of the batch itself.
    pub(super) fn describe(&mut self, row: Row<BatchPayment>) {
        match row {
            Row::Read { row, .. } => self.words = Some(*row),
            Row::Unreadable { why, raw, .. } => self.unread = Some((why, raw)),
        }
    }

    /// Takes its parts out of deleted payments that name no batch: those that went at one time with it and
    /// are all that came by it. Whether any of them may be, so that it is worth asking for the others.
    pub(super) fn adopt(&mut self, orphans: &mut Vec<Orphan>) -> bool {
        let Some(words) = self.words.as_ref().filter(|_| self.is_deleted()) else {
            return false;
        };
        let mut near: Vec<Orphan> = orphans
            .iter()
            .filter(|it| it.may_be_of(words))
            .cloned()
            .collect();
        let any = !near.is_empty();
        near.sort_by(|a, b| (a.deleted, &a.row.payment_id).cmp(&(b.deleted, &b.row.payment_id)));
        let chosen = words.updated.and_then(|at| {
            let total = words.total_amount?;
            run_of(&near, total, at.0).and_then(|run| near.get(run))
        });
        for orphan in chosen.into_iter().flatten() {
            if let Some(id) = usable_id(&orphan.row.payment_id) {
                orphans.retain(|it| it.row.payment_id != orphan.row.payment_id);
                self.parts
                    .insert(id, (orphan.row.clone(), orphan.raw.clone()));
            }
        }
        any
    }

    /// Whether a payment is one of its parts.
    pub(super) fn has(&self, orphan: &Orphan) -> bool {
        usable_id(&orphan.row.payment_id).is_some_and(|id| self.parts.contains_key(&id))
    }

    /// The ids of its payments, as far as they are known.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// Whether its own words have to be asked for.
    pub(super) fn is_unsaid(&self) -> bool {
        !self.is_deleted()
    }

    /// Whether more has to be asked for: its own words, or parts of it.
    pub(super) fn is_open(&self) -> bool {
        self.unread.is_none() && !self.is_whole()
    }

    /// Whether what came to the bank by the parts is all that came by the batch.
    fn is_whole(&self) -> bool {
        let total = self.words.as_ref().and_then(|words| words.total_amount);
        let parts = self.parts.values().map(|(part, _)| part.bank_amount);
        let known: Option<Decimal> = parts.sum();
        !self.parts.is_empty() && total.is_some() && total == known
    }

    /// Which of its payments are not known; `None` where it does not say which it has.
    pub(super) fn lacks(&self) -> Option<Vec<String>> {
        let told = &self.words.as_ref()?.payments;
        let ids: Option<Vec<String>> = told.iter().map(|it| usable_id(&it.payment_id)).collect();
        let mut ids = ids.filter(|ids| !ids.is_empty())?;
        ids.retain(|id| !self.parts.contains_key(id));
        Some(ids)
    }

    /// The day on which its payments are.
    pub(super) fn day(&self) -> Option<NaiveDate> {
        Some(self.words.as_ref()?.date?.0)
    }

    fn is_deleted(&self) -> bool {
        self.words.as_ref().is_some_and(|it| it.status == "DELETED")
    }

    /// Why it cannot be taken for what it is, where it cannot.
    fn fault(&self) -> Option<String> {
        if let Some((why, _)) = &self.unread {
            return Some(why.clone());
        }
        if self.words.is_none() {
            return Some("Xero does not know this batch".to_owned());
        }
        if self.parts.is_empty() && self.is_deleted() {
            return Some("it was deleted, and Xero does not say which payments it had".to_owned());
        }
        if self.parts.is_empty() {
            return Some("Xero lists no payment of this batch".to_owned());
        }
        let lacking = self.lacks().map_or(0, |ids| ids.len());
        // What names a deleted batch is of it, and that it ended is all that counts.
        let unsure = !self.is_whole() && self.lacks().is_none() && !self.is_deleted();
        if lacking > 0 || unsure {
            let (known, all) = (self.parts.len(), self.parts.len() + lacking);
            return Some(if lacking > 0 {
                format!("Xero lists {known} of the {all} payments of this batch")
            } else {
                "Xero does not list all payments of this batch".to_owned()
            });
        }
        None
    }

    /// The records that the batch is: one, or one for each customer. None for a supplier's, and where
    /// there is no such batch.
    pub(super) fn records(self, id: &str) -> Vec<Pulled> {
        if self.words.is_none() && self.parts.is_empty() && self.unread.is_none() {
            return Vec::new();
        }
        let is_suppliers = self.words.as_ref().is_some_and(|it| it.kind == "PAYBATCH");
        if is_suppliers && self.parts.is_empty() {
            return Vec::new();
        }
        let changed = self.parts.values().filter_map(|(part, _)| part.updated);
        let version = version(changed.max());
        let pulled = |id, record| Pulled {
            id,
            version: version.clone(),
            marker: None,
            merged_into: None,
            replaces: None,
            born: None,
            record,
        };
        let fault = self.fault();
        let words = self.words.unwrap_or_default();
        let (parts, raws): (Vec<Payment>, Vec<String>) = self
            .parts
            .into_values()
            .map(|(part, raw)| (*part, raw.text()))
            .unzip();
        let read = match fault {
            Some(why) => Err(why),
            None => from_batch(&words, &parts),
        };
        match read {
            Err(why) => {
                let unread = self.unread.map(|(_, raw)| raw);
                let reference = words.reference.filter(|it| !it.is_empty());
                let unreadable = Unreadable {
                    title: reference.unwrap_or_else(|| format!("batch {id}")),
                    why,
                    raw: format!(
                        "[{}]",
                        raws.into_iter().chain(unread).collect::<Vec<_>>().join(",")
                    ),
                };
                vec![pulled(batch_id(id, None), Err(unreadable))]
            }
            Ok(payments) => {
                let several = payments.len() > 1;
                let all: Vec<_> = (payments.iter())
                    .map(|it| batch_id(id, Some(&it.contact)))
                    .collect();
                let payments = payments.into_iter();
                payments
                    .map(|mut payment| {
                        // It is deleted whole, whoever paid it.
                        let own = batch_id(id, Some(&payment.contact));
                        let others = all.iter().filter(|it| several && **it != own);
                        payment.with = others.cloned().collect();
                        let contact = several.then_some(&payment.contact);
                        pulled(batch_id(id, contact), Ok(Record::Payment(payment)))
                    })
                    .collect()
            }
        }
    }
}
