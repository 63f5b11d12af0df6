//! Payments that were written: what Xero's answer leaves unsaid is read, so that the record is the one
//! that the list says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use engine::books::{Answer, Change, Prepared, Pulled};
use ledger::{Cause, PaidDocument, Payment, Record, RemoteId, Side};
use serde_json::Value;
use xero::XeroError;
use xero::translate::payment_write;
use xero::wire::batch::Element;
use xero::wire::lookup::MOST_GUIDS;
use xero::wire::payment::Payment as Listed;
use xero::wire::position::Position;
use xero::wire::{Row, dates, usable_id};

use super::{Named, batch_id, named};
use crate::xero::{XeroBooks, rows};

/// The most pages of changes that are read to find what was just written, before it is asked for by id.
const PAGES: usize = 3;

/// By how much earlier than Xero says it was written a payment is looked for: whether
/// `If-Modified-Since` includes its own second is not documented, and servers' clocks disagree.
const BEFORE: Duration = Duration::seconds(2);

/// Where a payment is deleted, below `api.xro/2.0/`, and by which body.
///
/// # Errors
/// [`Cause::CannotVoid`].
pub(in crate::xero) fn deletion(
    id: &RemoteId,
    payment: &Payment,
) -> Result<(String, Value), Cause> {
    if payment.reconciled {
        return Err(reconciled());
    }
    match named(id.as_str()) {
        Named::Payment(id) => Ok(payment_write::delete(id)),
        Named::Batch(id) => Ok(payment_write::delete_batch(id)),
        Named::PartOfBatch(_) => Err(Cause::CannotVoid {
            side: Side::Xero,
            why: "it came in one batch with payments of other customers, and Xero deletes a batch as a \
                  whole"
                .to_owned(),
        }),
    }
}

fn reconciled() -> Cause {
    Cause::CannotVoid {
        side: Side::Xero,
        why: "it is matched with a line of the bank statement, and that has to be undone first"
            .to_owned(),
    }
}

/// Why a payment is not deleted although it stands as planned: matching it with the bank need not show
/// in its version.
pub(in crate::xero) fn cannot_end(change: &Change, now: &Pulled) -> Option<Cause> {
    let payment = now.record.as_ref().ok()?.as_payment()?;
    (matches!(change, Change::End { .. }) && payment.reconciled).then(reconciled)
}

/// A payment that was written and has to be read.
#[derive(Debug)]
pub(in crate::xero) struct Unsaid {
    id: RemoteId,
    /// The payments that it is, where known.
    parts: Vec<String>,
    /// The invoices that it is for.
    invoices: Vec<String>,
    /// When it was written.
    at: Option<DateTime<Utc>>,
}

/// What has to be read of a payment because the answer to its write does not say it: of a batch Xero
/// tells neither customer nor rate.
pub(in crate::xero) fn to_read(prepared: &Prepared, outcome: &Element) -> Option<Unsaid> {
    let Element::Written(value) = outcome else {
        return None;
    };
    let record = match &prepared.write.change {
        Change::Create { record, .. } => record,
        Change::End { from, .. } => from,
        Change::Update { .. } | Change::Mark { .. } => return None,
    };
    let payment = record.as_payment()?;
    let id = |value: &Value, key: &str| value.get(key)?.as_str().and_then(usable_id);
    let updated = value.get("UpdatedDateUTC").and_then(Value::as_str);
    let mut unsaid = Unsaid {
        id: batch_id(&id(value, "BatchPaymentID").unwrap_or_default(), None),
        parts: Vec::new(),
        invoices: payment
            .allocations
            .iter()
            .map(|part| match &part.document {
                PaidDocument::Invoice(id) | PaidDocument::CreditNote(id) => id.to_string(),
            })
            .collect(),
        at: updated.and_then(dates::parse),
    };
    if let Some(own) = id(value, "PaymentID") {
        let said = rows::payment_from_value(value.clone());
        if said.is_some_and(|said| says_all(&said)) {
            return None;
        }
        unsaid.id = RemoteId::new(own.clone());
        unsaid.parts = vec![own];
        return Some(unsaid);
    }
    let parts = value.get("Payments").and_then(Value::as_array);
    let told: Option<Vec<String>> = parts
        .into_iter()
        .flatten()
        .map(|part| id(part, "PaymentID"))
        .collect();
    // One that was deleted is answered without its payments, which the record from before has.
    let before = || payment.allocations.iter().map(|part| part.id.clone());
    let told = told.filter(|told| !told.is_empty());
    unsaid.parts = told.or_else(|| before().collect()).unwrap_or_default();
    Some(unsaid)
}

/// Whether an answer says what the list would.
fn says_all(said: &Pulled) -> bool {
    let payment = said.record.as_ref().ok().and_then(Record::as_payment);
    !said.version.as_str().is_empty() && payment.is_some_and(|it| it.bank_account.is_some())
}

impl XeroBooks {
    /// Reads what was written. One answer for each, in the order given.
    pub(in crate::xero) async fn read_back(&self, unsaid: &[Unsaid]) -> Vec<Answer> {
        if unsaid.is_empty() {
            return Vec::new();
        }
        let doubt = |why: &str| Answer::InDoubt(why.to_owned());
        let found = match self.listed(unsaid).await {
            Ok(found) => found,
            Err(error) => {
                let why = error.to_string();
                return unsaid.iter().map(|_| doubt(&why)).collect();
            }
        };
        let mut found: BTreeMap<RemoteId, Pulled> =
            found.into_iter().map(|row| (row.id.clone(), row)).collect();
        unsaid
            .iter()
            .map(|asked| match found.remove(&asked.id) {
                Some(row) => Answer::Done(Box::new(row)),
                None => doubt("Xero says that it was written, and does not list it"),
            })
            .collect()
    }

    /// The records of what was written: from the newest changes where that is fewer calls than by id.
    async fn listed(&self, unsaid: &[Unsaid]) -> Result<Vec<Pulled>, XeroError> {
        let mut rows: BTreeMap<String, Row<Listed>> = BTreeMap::new();
        let mut keep = |found: Vec<Row<Listed>>| {
            for row in found {
                let id = match &row {
                    Row::Read { row, .. } => usable_id(&row.payment_id),
                    Row::Unreadable { id, .. } => id.as_deref().and_then(usable_id),
                };
                if let Some(id) = id {
                    rows.insert(id, row);
                }
            }
        };
        let mut lacking: BTreeSet<&str> = BTreeSet::new();
        lacking.extend(unsaid.iter().flat_map(|it| &it.parts).map(String::as_str));
        let since = unsaid.iter().filter_map(|it| it.at).min();
        if let (Some(since), true) = (since, lacking.len() > MOST_GUIDS) {
            let mut position = Position {
                since: Some(since - BEFORE),
                ..Position::default()
            };
            for _ in 0..PAGES {
                let page = self.client.page::<Listed>(&position).await?;
                for row in &page.rows {
                    if let Row::Read { row, .. } = row {
                        lacking.remove(row.payment_id.to_lowercase().as_str());
                    }
                }
                keep(page.rows);
                position = page.next;
                if lacking.is_empty() || !page.more {
                    break;
                }
            }
        }
        let ids: Vec<&str> = lacking.into_iter().collect();
        keep(self.client.payments_by_ids(&ids).await?);
        let unknown = unsaid.iter().filter(|it| it.parts.is_empty());
        let invoices: Vec<&str> = unknown
            .flat_map(|it| &it.invoices)
            .map(String::as_str)
            .collect();
        keep(self.client.payments_of(&invoices).await?);
        let asked: BTreeSet<&RemoteId> = unsaid.iter().map(|it| &it.id).collect();
        let mut found = self.payments(rows.into_values().collect()).await?;
        found.retain(|row| asked.contains(&row.id));
        Ok(found)
    }
}
