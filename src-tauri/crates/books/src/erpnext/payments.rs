//! Payments, page by page: Payment Entries, behind them what Journal Entries settle, and then what Sales Invoices
//! that were paid at the till hold.

use std::collections::BTreeSet;

use ::erpnext::Chart;
use ::erpnext::records::changes::{Reading, changed};
use ::erpnext::records::{
    Fetched, Journals, PAGE, Payments, Tills, journals, paid_back_to, payments_with_deductions,
    tills,
};
use ::erpnext::wire::PaymentRow;
use engine::books::{BooksError, Cursor, Page, Pulled, Seen, SeenPage};
use futures::future::BoxFuture;
use ledger::{PaymentDirection, RemoteId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::look::pulled_journals;
use super::{ErpnextBooks, failure, pull};

/// How far all have been read. A cursor of an earlier version knows Payment Entries alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct AllRead {
    /// Payment Entries.
    #[serde(flatten)]
    entries: Reading,
    /// Journal Entries.
    journals: Reading,
    /// Sales Invoices that were paid at the till.
    tills: Reading,
    /// Which is read next in this pass.
    next: List,
}

/// One of the lists that payments are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    #[default]
    Entries,
    Journals,
    Tills,
}

/// What the place in a list of all identities begins with, once that of Payment Entries has ended. No document
/// has such a name: a site takes none with a control character.
const JOURNALS: &str = "\u{1}";

/// The same, once that of Journal Entries has ended.
const TILLS: &str = "\u{2}";

impl ErpnextBooks {
    /// The next page of all. What is left of one list goes with the first page of the next.
    pub(super) fn payments_page<'a>(
        &'a self,
        chart: &'a Chart,
        cursor: &'a Cursor,
    ) -> BoxFuture<'a, Result<Page, BooksError>> {
        Box::pin(async move {
            let failed = failure::of_the_connection;
            let mut read: AllRead = serde_json::from_str(&cursor.0).unwrap_or_default();
            let (mut rows, mut total) = (Vec::new(), None);
            if read.next == List::Entries {
                let changes = changed::<Payments>(&self.client, chart, read.entries).await;
                let changes = changes.map_err(failed)?;
                total = changes.total;
                let mut found = changes.rows;
                found.extend(self.paid_back_of(chart, &found).await?);
                rows = self.pulled_payments(chart, found).await?;
                if changes.next.ended {
                    read.next = List::Journals;
                }
                read.entries = changes.next;
            }
            if read.next == List::Journals {
                let changes = changed::<Journals>(&self.client, chart, read.journals).await;
                let changes = changes.map_err(failed)?;
                rows.extend(pulled_journals(chart, changes.rows));
                if changes.next.ended {
                    read.next = List::Tills;
                }
                read.journals = changes.next;
            }
            let mut more = true;
            if read.next == List::Tills {
                let changes = changed::<Tills>(&self.client, chart, read.tills).await;
                let changes = changes.map_err(failed)?;
                rows.extend(changes.rows.into_iter().flat_map(pull::till));
                more = !changes.next.ended;
                if !more {
                    read.next = List::Entries;
                }
                read.tills = changes.next;
            }
            Ok(Page {
                rows,
                more,
                next: Cursor(serde_json::to_string(&read).unwrap_or_default()),
                total,
            })
        })
    }

    /// The money paid back to the Customers whose money is among these and changed: what was paid back of it is
    /// said there, and moves no stamp of the payment that paid it back (observed on 15 and 16).
    async fn paid_back_of(
        &self,
        chart: &Chart,
        changed: &[Fetched<PaymentRow>],
    ) -> Result<Vec<Fetched<PaymentRow>>, BooksError> {
        let read = changed.iter().filter_map(|row| row.record.as_ref().ok());
        let received = read.filter(|row| row.direction == PaymentDirection::Received);
        let customers: BTreeSet<&str> = received.map(|row| row.party.as_str()).collect();
        let mut found = paid_back_to(&self.client, chart, &customers)
            .await
            .map_err(failure::of_the_connection)?;
        found.retain(|row| !changed.iter().any(|it| it.name == row.name));
        Ok(found)
    }

    /// The identities of a list of Payment Entries, each with those of what was deducted of it.
    pub(super) async fn with_parts(
        &self,
        chart: &Chart,
        mut seen: Vec<Seen>,
    ) -> Result<Vec<Seen>, BooksError> {
        let names: Vec<&str> = seen.iter().map(|it| it.id.as_str()).collect();
        let divided = payments_with_deductions(&self.client, &names)
            .await
            .map_err(failure::of_the_connection)?;
        let divided: Vec<RemoteId> = divided.into_iter().map(RemoteId::new).collect();
        if divided.is_empty() {
            return Ok(seen);
        }
        seen.retain(|it| !divided.contains(&it.id));
        let parts = self.payments_of(chart, &divided).await?;
        seen.extend(parts.into_iter().map(as_seen));
        Ok(seen)
    }

    /// The identities of payments in the Journal Entries behind a place, then of those in Sales Invoices; and
    /// whether there may be more.
    pub(super) async fn others_after(
        &self,
        chart: &Chart,
        cursor: &Cursor,
    ) -> Result<SeenPage, BooksError> {
        let failed = failure::of_the_connection;
        let (list, name) = match cursor.0.strip_prefix(TILLS) {
            Some(name) => (List::Tills, name),
            None => (
                List::Journals,
                cursor.0.strip_prefix(JOURNALS).unwrap_or_default(),
            ),
        };
        let mut filters = Vec::new();
        if !name.is_empty() {
            filters.push(json!(["name", ">", name]));
        }
        let (order, limit) = ("name asc", PAGE);
        let (last, full, parts): (_, _, Vec<Pulled>) = if list == List::Tills {
            let found = tills(&self.client, chart, filters, order, limit).await;
            let found = found.map_err(failed)?;
            let (last, full) = (found.last().map(|it| it.name.clone()), found.len() >= limit);
            (last, full, found.into_iter().flat_map(pull::till).collect())
        } else {
            let found = journals(&self.client, chart, filters, order, limit).await;
            let found = found.map_err(failed)?;
            let (last, full) = (found.last().map(|it| it.name.clone()), found.len() >= limit);
            (last, full, pulled_journals(chart, found))
        };
        let prefix = if list == List::Tills { TILLS } else { JOURNALS };
        let more = full && last.is_some();
        let next = match last {
            Some(last) if more => Cursor(format!("{prefix}{last}")),
            // Behind the last Journal Entry the invoices begin.
            _ if list == List::Journals => Cursor(TILLS.to_owned()),
            _ => cursor.clone(),
        };
        Ok(SeenPage {
            seen: parts.into_iter().map(as_seen).collect(),
            more: more || list == List::Journals,
            next,
        })
    }

    /// How these payments stand, each by its identity.
    pub(super) async fn payments_seen(
        &self,
        chart: &Chart,
        ids: &[RemoteId],
    ) -> Result<Vec<Seen>, BooksError> {
        let found = self.payments_of(chart, ids).await?;
        let found = found.into_iter().filter(|it| ids.contains(&it.id));
        Ok(found.map(as_seen).collect())
    }

    /// Whether a payment is there: its document, with the row that it is.
    pub(super) async fn payment_is_there(&self, id: &RemoteId) -> Result<bool, BooksError> {
        let chart = self.chart().await?;
        let found = self.payments_seen(&chart, std::slice::from_ref(id)).await?;
        Ok(!found.is_empty())
    }
}

/// A payment as a list of identities says it stands.
pub(super) fn as_seen(part: Pulled) -> Seen {
    Seen {
        id: part.id,
        version: part.version,
        born: part.born,
    }
}

/// The place in a list of all identities where that of Payment Entries has ended.
pub(super) fn behind_entries() -> Cursor {
    Cursor(JOURNALS.to_owned())
}

/// Whether a list of all identities is behind its Payment Entries.
pub(super) fn is_behind_entries(cursor: &Cursor) -> bool {
    cursor.0.starts_with(JOURNALS) || cursor.0.starts_with(TILLS)
}

/// How far Payment Entries were read, Journal Entries, and Sales Invoices that were paid at the till.
pub(super) fn all_read(cursor: &Cursor) -> [Reading; 3] {
    let read: AllRead = serde_json::from_str(&cursor.0).unwrap_or_default();
    [read.entries, read.journals, read.tills]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_payment_entries_alone_goes_on_there_and_begins_the_other_lists() {
        let old = Reading {
            ended: true,
            ..Reading::default()
        };
        let text = serde_json::to_string(&old).unwrap();
        let [entries, journals, tills] = all_read(&Cursor(text));
        assert!(entries.ended);
        assert_eq!([journals, tills], [Reading::default(), Reading::default()]);
        let read = AllRead {
            entries: old,
            next: List::Tills,
            ..AllRead::default()
        };
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<AllRead>(&text).unwrap(), read);
    }
}
