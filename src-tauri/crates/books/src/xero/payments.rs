//! Payments. Xero keeps one for each document; those of a batch came in as one line of the bank's
//! statement and are one record, whichever of them a list brings. Money for no document is an overpayment or
//! a prepayment, in a list of each.

mod advances;
mod batch;
mod filled;
mod lists;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use engine::books::{Change, Pulled};
use ledger::{PaidDocument, RemoteId};
use xero::XeroError;
use xero::wire::Row;
use xero::wire::credit::CreditKind;
use xero::wire::payment::Payment;
use xero::wire::usable_id;

pub(super) use self::advances::{Banks, Known, is_unread_suppliers};
use self::batch::{Batch, NEAR, Orphan, batch_of, row_id};
pub(super) use self::lists::AtHand;
pub(super) use self::written::{cannot_end, deletion, to_read};
use super::{XeroBooks, rows};

/// What the identity of a batch begins with. Only this module reads these beginnings.
const BATCH: &str = "batch:";

/// What the identity of an overpayment begins with.
const OVERPAYMENT: &str = "overpayment:";

/// What the identity of a prepayment begins with.
const PREPAYMENT: &str = "prepayment:";

/// What an identity of ours names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named<'a> {
    /// A payment by its PaymentID.
    Payment(&'a str),
    /// A batch by its BatchPaymentID.
    Batch(&'a str),
    /// What a batch brought from one of its customers: of several only a contact tells which.
    PartOfBatch(&'a str),
    /// Money on account, by its OverpaymentID or PrepaymentID.
    Advance(CreditKind, &'a str),
}

/// Whether a change is one of money on account.
pub(super) fn is_on_account(change: &Change) -> bool {
    match change {
        Change::Create { record, .. } => {
            let payment = record.as_payment();
            payment.is_some_and(|it| it.allocations.is_empty())
        }
        _ => (change.target()).is_some_and(|id| matches!(named(id.as_str()), Named::Advance(..))),
    }
}

fn named(id: &str) -> Named<'_> {
    if let Some(id) = id.strip_prefix(OVERPAYMENT) {
        return Named::Advance(CreditKind::Overpayment, id);
    }
    if let Some(id) = id.strip_prefix(PREPAYMENT) {
        return Named::Advance(CreditKind::Prepayment, id);
    }
    match id.strip_prefix(BATCH) {
        None => Named::Payment(id),
        Some(rest) => match rest.split_once(':') {
            None => Named::Batch(rest),
            Some((batch, _)) => Named::PartOfBatch(batch),
        },
    }
}

/// The identity of a batch, or of what one of its several customers paid.
fn batch_id(batch: &str, contact: Option<&RemoteId>) -> RemoteId {
    RemoteId::new(match contact {
        None => format!("{BATCH}{batch}"),
        Some(contact) => format!("{BATCH}{batch}:{contact}"),
    })
}

/// The identity of an overpayment or prepayment, by its GUID in lower case.
pub(super) fn advance_id(kind: CreditKind, id: &str) -> RemoteId {
    let prefix = match kind {
        CreditKind::Overpayment => OVERPAYMENT,
        CreditKind::Prepayment => PREPAYMENT,
        // A record of its own.
        CreditKind::CreditNote => "",
    };
    RemoteId::new(format!("{prefix}{id}"))
}

/// Lets a payment that pays money on account back name it as its record is named.
pub(super) fn refund_of(payment: &mut ledger::Payment, kind: CreditKind, of: &RemoteId) {
    if kind == CreditKind::CreditNote {
        return;
    }
    for part in &mut payment.allocations {
        part.document = PaidDocument::Money(advance_id(kind, of.as_str()));
    }
}

/// Which credit an identity names, where it is money on account.
pub(super) fn advance_of(id: &RemoteId) -> Option<(CreditKind, &str)> {
    match named(id.as_str()) {
        Named::Advance(kind, id) => Some((kind, id)),
        Named::Payment(_) | Named::Batch(_) | Named::PartOfBatch(_) => None,
    }
}

/// The batches of which more has to be asked for, and of these the ones that are chosen.
fn open(batches: &BTreeMap<String, Batch>, chosen: impl Fn(&Batch) -> bool) -> Vec<String> {
    let open = batches.iter().filter(|(_, batch)| batch.is_open());
    open.filter(|(_, batch)| chosen(batch))
        .map(|(id, _)| id.clone())
        .collect()
}

fn records_of(batches: BTreeMap<String, Batch>) -> impl Iterator<Item = Pulled> {
    batches
        .into_iter()
        .flat_map(|(id, batch)| batch.records(&id))
}

impl XeroBooks {
    /// The records of some rows of the list of payments, suppliers' left out.
    async fn payments(&self, rows: Vec<Row<Payment>>) -> Result<Vec<Pulled>, XeroError> {
        let (mut alone, mut orphans) = (Vec::new(), Vec::new());
        let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
        for row in rows {
            match (batch_of(&row), Orphan::of(&row)) {
                (Some(id), _) => batches.entry(id).or_default().take(row),
                (None, None) => alone.push(row),
                (None, Some(orphan)) => {
                    orphans.push(orphan);
                    alone.push(row);
                }
            }
        }
        self.deleted(orphans, &mut batches).await?;
        self.complete(&mut batches).await?;
        let parts: BTreeSet<&str> = batches.values().flat_map(Batch::parts).collect();
        alone.retain(|row| row_id(row).is_none_or(|id| !parts.contains(id.as_str())));
        let mut records: Vec<Pulled> = alone.into_iter().filter_map(rows::payment).collect();
        records.extend(records_of(batches));
        Ok(records)
    }

    /// The batches that deleted payments were part of, which these do not say any more.
    async fn deleted(
        &self,
        mut orphans: Vec<Orphan>,
        batches: &mut BTreeMap<String, Batch>,
    ) -> Result<(), XeroError> {
        let Some(first) = orphans.iter().filter_map(|it| it.deleted).min() else {
            return Ok(());
        };
        for row in self.client.deleted_batches(first - NEAR).await? {
            let id = match &row {
                Row::Read { row, .. } => usable_id(&row.batch_payment_id),
                Row::Unreadable { id, .. } => id.as_deref().and_then(usable_id),
            };
            let mut batch = Batch::default();
            batch.describe(row);
            if let Some(id) = id
                && batch.adopt(&mut orphans)
            {
                batches.entry(id).or_insert(batch);
            }
        }
        Ok(())
    }

    /// Asks for what is not known of batches.
    async fn complete(&self, batches: &mut BTreeMap<String, Batch>) -> Result<(), XeroError> {
        let unknown: Vec<String> = open(batches, Batch::is_unsaid);
        let asked: Vec<&str> = unknown
            .iter()
            .map(String::as_str)
            .filter(rows::is_guid)
            .collect();
        if !asked.is_empty() {
            for row in self.client.batch_payments_by_ids(&asked).await? {
                let id = match &row {
                    Row::Read { row, .. } => usable_id(&row.batch_payment_id),
                    Row::Unreadable { id, .. } => id.as_deref().and_then(usable_id),
                };
                if let Some(batch) = id.and_then(|id| batches.get_mut(&id)) {
                    batch.describe(row);
                }
            }
        }
        let (mut of, mut days) = (BTreeMap::new(), BTreeSet::new());
        for id in open(batches, |_| true) {
            let Some(batch) = batches.get(&id) else {
                continue;
            };
            match batch.lacks() {
                Some(lacking) => of.extend(lacking.into_iter().map(|part| (part, id.clone()))),
                None => days.extend(batch.day()),
            }
        }
        let ids: Vec<&str> = of
            .keys()
            .map(String::as_str)
            .filter(rows::is_guid)
            .collect();
        let mut rows = self.client.payments_by_ids(&ids).await?;
        for day in days {
            rows.extend(self.client.payments_on(day).await?);
        }
        let mut orphans: Vec<Orphan> = rows.iter().filter_map(Orphan::of).collect();
        orphans.retain(|it| !batches.values().any(|batch| batch.has(it)));
        for row in rows {
            // What the batch says of its payments counts: a deleted one does not name the batch.
            let part = row_id(&row).and_then(|id| of.get(&id).cloned());
            let batch = batch_of(&row).or(part).and_then(|id| batches.get_mut(&id));
            if let Some(batch) = batch {
                batch.take(row);
            }
        }
        for batch in batches.values_mut().filter(|batch| batch.is_open()) {
            batch.adopt(&mut orphans);
        }
        Ok(())
    }

    /// Payments, batches and money on account by their identities.
    pub(super) async fn payments_by_ids(
        &self,
        ids: &[&str],
        banks: Banks,
    ) -> Result<Vec<Pulled>, XeroError> {
        let (mut alone, mut over, mut pre) = (Vec::new(), Vec::new(), Vec::new());
        let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
        for id in ids {
            match named(id) {
                Named::Payment(id) => alone.push(id),
                Named::Advance(CreditKind::Prepayment, id) => pre.push(id),
                Named::Advance(_, id) => over.push(id),
                Named::Batch(id) | Named::PartOfBatch(id) => {
                    batches.entry(id.to_owned()).or_default();
                }
            }
        }
        alone.retain(rows::is_guid);
        let rows = self.client.payments_by_ids(&alone).await?;
        let rows = rows.into_iter().filter(|row| batch_of(row).is_none());
        let mut found: Vec<Pulled> = rows.filter_map(rows::payment).collect();
        self.complete(&mut batches).await?;
        found.extend(records_of(batches));
        for (kind, ids) in [
            (CreditKind::Overpayment, over),
            (CreditKind::Prepayment, pre),
        ] {
            found.extend(self.advances_by_ids(kind, &ids, banks).await?);
        }
        found.retain(|row| ids.contains(&row.id.as_str()));
        Ok(found)
    }

    /// The payments of invoices, and of what was paid back; deleted ones included.
    pub(super) async fn payments_settling(
        &self,
        invoices: &[&str],
    ) -> Result<Vec<Pulled>, XeroError> {
        // What pays money on account back names that where others name an invoice.
        let documents = invoices.iter().map(|id| match named(id) {
            Named::Advance(_, id) => id,
            _ => *id,
        });
        let documents: Vec<&str> = documents.filter(rows::is_guid).collect();
        let rows = self.client.payments_of(&documents).await?;
        self.payments(rows).await
    }
}
