//! Looking up what a write created whose answer was lost (xero/FACTS §2: the idempotency key lives
//! for six minutes only).
//!
//! Each kind is found by what it offers: contacts by ContactNumber or Name, invoices and credit
//! notes by number (these in [`super::read`]), payments by the document they are for, money on
//! account by the contact, allocations by reading their credit. Texts that people enter, such as
//! references, are compared here and not in Xero's filter, which cannot write a quotation mark.

use std::ops::RangeInclusive;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::Row;
use super::client::{Call, Client};
use super::credit::CreditKind;
use super::dates;
use super::document::CreditNote;
use super::list::{Listed, listing, paged, read_rows};
use super::payment::{BankTransaction, BatchPayment, IN_ADVANCE, Payment};
use super::position::Position;
use super::read::{MOST_NAMES, rows};
use crate::error::XeroError;

/// The most ids in one filter, because they travel in the address.
pub const MOST_GUIDS: usize = 20;

/// So many calls by filter are as good as one for what changed lately, which may have none of them.
const FEW_CALLS: usize = 2;

/// How far back what changed lately goes: longer than it takes to use the credit notes of a large history, at
/// 60 calls a minute.
const LATELY: Duration = Duration::minutes(60);

/// Below `api.xro/2.0/`, and the name of the array in the answer.
const BATCHES: &str = "BatchPayments";

impl Client {
    /// Sales credit notes by number, with their lines and allocations; voided and deleted ones
    /// included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn credit_notes_by_numbers(
        &self,
        numbers: &[&str],
    ) -> Result<Vec<Row<CreditNote>>, XeroError> {
        let mut found = Vec::new();
        let (quoted, plain): (Vec<&str>, Vec<&str>) =
            numbers.iter().partition(|number| number.contains('"'));
        for some in plain.chunks(MOST_NAMES) {
            found.extend(
                self.filtered(&super::read::any_of("CreditNoteNumber", some))
                    .await?,
            );
        }
        // The number of one that no filter can hold still fits an address.
        for number in quoted {
            let segment = encoded(number);
            match self.one_credit(CreditKind::CreditNote, &segment).await {
                Ok(row) => found.push(Row::from_value(row, CreditNote::ID, CreditNote::TITLE)),
                Err(XeroError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        found.retain(
            |row: &Row<CreditNote>| !matches!(row, Row::Read { row, .. } if row.0.kind != "ACCRECCREDIT"),
        );
        Ok(found)
    }

    /// Sales credit notes by id, with their lines and allocations. Xero takes no list of their ids, and few fit a
    /// filter; many that are asked for at once were mostly written just before, so a page of what
    /// changed lately has most of them.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn credit_notes_by_ids(
        &self,
        ids: &[&str],
    ) -> Result<Vec<Row<CreditNote>>, XeroError> {
        let mut found = Vec::new();
        let mut ids: Vec<&str> = ids.to_vec();
        if ids.len() > FEW_CALLS * MOST_GUIDS {
            let position = Position {
                since: Some(self.governor().clock().now() - LATELY),
                ..Position::default()
            };
            let mut lately = self.page_now::<CreditNote>(&position).await?.rows;
            lately.retain(|row| id_of(row).is_some_and(|id| has(&ids, id)));
            let known: Vec<&str> = lately.iter().filter_map(id_of).collect();
            ids.retain(|id| !has(&known, id));
            found = lately;
        }
        for some in ids.chunks(MOST_GUIDS) {
            found.extend(self.filtered(&any_id("CreditNoteID", some)).await?);
        }
        Ok(found)
    }

    /// The payments of invoices and the refunds of credit, by the ids of these; deleted ones
    /// included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn payments_of(&self, documents: &[&str]) -> Result<Vec<Row<Payment>>, XeroError> {
        let mut found = Vec::new();
        for some in documents.chunks(MOST_GUIDS) {
            found.extend(self.filtered(&any_id("Invoice.InvoiceID", some)).await?);
        }
        Ok(found)
    }

    /// Payments by their ids; deleted ones included. Xero takes no list of their ids but in a filter.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn payments_by_ids(&self, ids: &[&str]) -> Result<Vec<Row<Payment>>, XeroError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_GUIDS) {
            found.extend(self.filtered(&any_id("PaymentID", some)).await?);
        }
        Ok(found)
    }

    /// The payments of a day; deleted ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn payments_on(&self, day: NaiveDate) -> Result<Vec<Row<Payment>>, XeroError> {
        self.filtered(&day.format("Date==DateTime(%Y,%m,%d)").to_string())
            .await
    }

    /// Batches by their ids, deleted ones included: the list is not paged, and one of all batches has no
    /// bound.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn batch_payments_by_ids(
        &self,
        ids: &[&str],
    ) -> Result<Vec<Row<BatchPayment>>, XeroError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_GUIDS) {
            let call = Call::get(BATCHES).with("where", any_id("BatchPaymentID", some));
            found.extend(self.batches(&call).await?);
        }
        Ok(found)
    }

    /// The batches of customers' payments that were deleted since, by Xero's own clock.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn deleted_batches(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<Row<BatchPayment>>, XeroError> {
        let filter = r#"Type=="RECBATCH" AND Status=="DELETED""#;
        let mut call = Call::get(BATCHES).with("where", filter);
        call.modified_since = Some(dates::modified_since(since));
        self.batches(&call).await
    }

    async fn batches(&self, call: &Call) -> Result<Vec<Row<BatchPayment>>, XeroError> {
        let listed = rows(self.call(call).await?, BATCHES)?.into_iter();
        let read = listed.map(|row| Row::from_value(row, "BatchPaymentID", "Reference"));
        Ok(read.collect())
    }

    /// Money on account that was received from contacts, by the ids of these; deleted included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn advances_of(
        &self,
        contacts: &[&str],
    ) -> Result<Vec<Row<BankTransaction>>, XeroError> {
        let mut found = Vec::new();
        for some in contacts.chunks(MOST_GUIDS) {
            let filter = format!("({}) AND ({IN_ADVANCE})", any_id("Contact.ContactID", some));
            found.extend(self.filtered(&filter).await?);
        }
        Ok(found)
    }

    /// Money on account that was received on these days, deleted included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn advances_between(
        &self,
        days: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<Row<BankTransaction>>, XeroError> {
        let day = |day: &NaiveDate| day.format("DateTime(%Y,%m,%d)").to_string();
        let (first, last) = (day(days.start()), day(days.end()));
        let filter = format!("Date>={first} AND Date<={last} AND ({IN_ADVANCE})");
        self.filtered(&filter).await
    }

    /// Overpayments, or prepayments, by their ids; voided ones included. Xero takes no list of their ids but
    /// in a filter.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn advances_by_ids<T: Listed>(&self, ids: &[&str]) -> Result<Vec<Row<T>>, XeroError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_GUIDS) {
            found.extend(self.filtered(&any_id(T::ID, some)).await?);
        }
        Ok(found)
    }

    /// The overpayments, or prepayments, of contacts, by the ids of these; voided ones included.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn advances_from<T: Listed>(
        &self,
        contacts: &[&str],
    ) -> Result<Vec<Row<T>>, XeroError> {
        let mut found = Vec::new();
        for some in contacts.chunks(MOST_GUIDS) {
            found.extend(self.filtered(&any_id("Contact.ContactID", some)).await?);
        }
        Ok(found)
    }

    /// Every row that a filter lets through, page after page.
    async fn filtered<T: Listed>(&self, filter: &str) -> Result<Vec<Row<T>>, XeroError> {
        let mut call = listing::<T>();
        call.query.retain(|(name, _)| *name != "where");
        call = call.with("where", filter);
        let mut found = Vec::new();
        for page in 1.. {
            let mut value = self.call(&paged(call.clone(), None, page)).await?;
            let pages = value
                .get("pagination")
                .and_then(|of| of.get("pageCount")?.as_u64())
                .unwrap_or(1);
            found.extend(read_rows::<T>(value.take())?);
            if u64::try_from(page).is_ok_and(|page| page >= pages) {
                break;
            }
        }
        Ok(found)
    }
}

fn id_of(row: &Row<CreditNote>) -> Option<&str> {
    match row {
        Row::Read { row, .. } => Some(&row.0.id),
        Row::Unreadable { id, .. } => id.as_deref(),
    }
}

fn has(ids: &[&str], id: &str) -> bool {
    ids.iter().any(|it| it.eq_ignore_ascii_case(id))
}

fn any_id(field: &str, ids: &[&str]) -> String {
    ids.iter()
        .map(|id| format!("{field}==guid(\"{id}\")"))
        .collect::<Vec<_>>()
        .join(" OR ")
}

fn encoded(segment: &str) -> String {
    // The form encoder encodes everything a path cannot hold; only its spaces are another.
    url::form_urlencoded::byte_serialize(segment.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
