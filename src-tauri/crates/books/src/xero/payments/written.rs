//! Payments that were written: what Xero's answer leaves unsaid is read, so that the record is the one
//! that the list says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use engine::books::{Answer, Change, Prepared, Pulled};
use ledger::{Cause, Payment, Record, RemoteId, Side};
use serde_json::Value;
use xero::XeroError;
use xero::translate::payment_write;
use xero::wire::batch::Element;
use xero::wire::lookup::MOST_GUIDS;
use xero::wire::payment::Payment as Listed;
use xero::wire::position::Position;
use xero::wire::{Row, dates, usable_id};

use super::batch::{Batch, row_id};
use super::{Banks, Named, advances, batch_id, filled, named};
use crate::xero::{XeroBooks, rows};

/// Rows of the list of payments by their ids.
type Rows = BTreeMap<String, Row<Listed>>;

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
        // What other customers paid by it goes with it, which is known when it is planned.
        Named::Batch(id) | Named::PartOfBatch(id) => Ok(payment_write::delete_batch(id)),
        Named::Advance(..) => advances::deletion(id, payment),
    }
}

pub(super) fn reconciled() -> Cause {
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
    what: What,
    /// What was written, and the answer.
    change: Change,
    answer: Value,
    /// The payments that it is, where known.
    parts: Vec<String>,
    /// When it was written.
    at: Option<DateTime<Utc>>,
}

/// What a payment that was written is in Xero.
#[derive(Debug)]
enum What {
    /// A payment by itself.
    Payment(RemoteId),
    /// A batch, and its own id.
    Batch(RemoteId, String),
    /// Money on account, which was entered or deleted as a bank transaction.
    OnAccount(RemoteId),
    /// The answer names nothing that there is (no id, or one of zeros): it stays in doubt.
    Unnamed,
}

/// What has to be read of a payment because the answer to its write does not say it: of a batch Xero
/// tells neither customer nor rate.
pub(in crate::xero) fn to_read(
    books: &XeroBooks,
    prepared: &Prepared,
    outcome: &Element,
) -> Option<Unsaid> {
    let Element::Written(value) = outcome else {
        return None;
    };
    let record = match &prepared.write.change {
        Change::Create { record, .. } => record,
        Change::End { from, .. } => from,
        Change::Update { .. } | Change::Allocate { .. } | Change::Mark { .. } => return None,
    };
    let payment = record.as_payment()?;
    let id = |value: &Value, key: &str| value.get(key)?.as_str().and_then(usable_id);
    let updated = value.get("UpdatedDateUTC").and_then(Value::as_str);
    let unsaid = |what: What, parts: Vec<String>| Unsaid {
        what,
        change: prepared.write.change.clone(),
        answer: value.clone(),
        parts,
        at: updated.and_then(dates::parse),
    };
    if advances::is_entry(value) {
        let own = books.entered(&prepared.write.change, value);
        return Some(unsaid(
            own.map_or(What::Unnamed, What::OnAccount),
            Vec::new(),
        ));
    }
    if let Some(own) = id(value, "PaymentID") {
        let said = rows::payment_from_value(value.clone());
        if said.is_some_and(|said| says_all(&said)) {
            return None;
        }
        let what = What::Payment(RemoteId::new(own.clone()));
        return Some(unsaid(what, vec![own]));
    }
    let Some(batch) = id(value, "BatchPaymentID") else {
        return Some(unsaid(What::Unnamed, Vec::new()));
    };
    let parts = value.get("Payments").and_then(Value::as_array);
    let told: Option<Vec<String>> = parts
        .into_iter()
        .flatten()
        .map(|part| id(part, "PaymentID"))
        .collect();
    // One that was deleted is answered without its payments, which the record from before has.
    let before = || payment.allocations.iter().map(|part| part.id.clone());
    let told = told.filter(|told| !told.is_empty());
    let parts = told.or_else(|| before().collect()).unwrap_or_default();
    let part = (prepared.write.change.target()).filter(|id| is_part(id));
    let own = part.cloned().unwrap_or_else(|| batch_id(&batch, None));
    Some(unsaid(What::Batch(own, batch), parts))
}

/// Whether an identity names what one of several customers paid by a batch.
fn is_part(id: &RemoteId) -> bool {
    matches!(named(id.as_str()), Named::PartOfBatch(_))
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
        // Written is written, whatever keeps it from being read.
        let found = self.listed(unsaid).await.unwrap_or_default();
        let on_account = unsaid.iter().filter_map(|it| match &it.what {
            What::OnAccount(id) => Some(id.as_str()),
            What::Payment(_) | What::Batch(..) | What::Unnamed => None,
        });
        let ids: Vec<&str> = on_account.collect();
        let mut advances = if ids.is_empty() {
            Vec::new()
        } else {
            let read = self.payments_by_ids(&ids, Banks::WhereUnknown).await;
            read.unwrap_or_default()
        };
        unsaid
            .iter()
            .map(|asked| {
                let read = match &asked.what {
                    What::OnAccount(id) => {
                        let place = advances.iter().position(|it| it.id == *id);
                        place.map(|place| advances.swap_remove(place))
                    }
                    What::Payment(_) | What::Batch(..) | What::Unnamed => asked.record(&found),
                };
                let read = read.filter(|it| it.record.is_ok());
                let known = read.or_else(|| asked.as_answered());
                match known {
                    Some(record) => Answer::Done(Box::new(record)),
                    None => {
                        Answer::InDoubt("Xero's answer does not say what was written".to_owned())
                    }
                }
            })
            .collect()
    }

    /// The rows of what was written, by their ids: from the newest changes where that is fewer calls.
    async fn listed(&self, unsaid: &[Unsaid]) -> Result<Rows, XeroError> {
        let mut rows = Rows::new();
        let mut keep = |found: Vec<Row<Listed>>| {
            for row in found {
                if let Some(id) = row_id(&row) {
                    rows.insert(id, row);
                }
            }
        };
        let mut lacking: BTreeSet<&str> = BTreeSet::new();
        lacking.extend(unsaid.iter().flat_map(|it| &it.parts).map(String::as_str));
        let payments = unsaid.iter().filter(|it| !it.parts.is_empty());
        let since = payments.filter_map(|it| it.at).min();
        if let (Some(since), true) = (since, lacking.len() > MOST_GUIDS) {
            let mut position = Position {
                since: Some(since - BEFORE),
                ..Position::default()
            };
            for _ in 0..PAGES {
                let page = self.client.page::<Listed>(&position).await?;
                for id in page.rows.iter().filter_map(row_id) {
                    lacking.remove(id.as_str());
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
        Ok(rows)
    }
}

impl Unsaid {
    /// What was written by the answer to it alone.
    fn as_answered(&self) -> Option<Pulled> {
        match &self.what {
            What::Payment(id) | What::Batch(id, _) => {
                filled::record(id, &self.change, &self.answer)
            }
            What::OnAccount(id) => advances::as_answered(id, &self.change, &self.answer),
            What::Unnamed => None,
        }
    }

    /// The record that was written, of the rows that were read.
    fn record(&self, rows: &Rows) -> Option<Pulled> {
        let mut own = self.parts.iter().filter_map(|id| rows.get(id)).cloned();
        let What::Batch(own_id, batch) = &self.what else {
            return own.find_map(rows::payment);
        };
        let mut read = Batch::default();
        let words = self.answer.clone();
        read.describe(Row::from_value(words, "BatchPaymentID", "Reference"));
        own.for_each(|row| read.take(row));
        let mut records = read.records(batch).into_iter();
        records.find(|record| record.id == *own_id)
    }
}
