//! Records looked up, and what was fetched of them as the engine takes it.

use std::collections::{BTreeSet, HashSet};

use ::erpnext::records::{
    CreditNoteRows, Fetched, Holder, credit_note_holders, credit_notes, customers, holders,
    invoices, journals, payment_holders, payments, tills,
};
use ::erpnext::wire::{InvoiceRow, JournalRow, PaymentRow};
use ::erpnext::{Chart, marker_fields};
use engine::books::{BooksError, Lookup, Pulled};
use futures::future::BoxFuture;
use ledger::{Kind, RemoteId};
use serde_json::{Value, json};

use super::part::Named;
use super::{ErpnextBooks, NAMES_AT_ONCE, failure, pull};

/// How many markers to look up at once; each is looked for under all its spellings.
const MARKERS_AT_ONCE: usize = 100;

impl ErpnextBooks {
    /// See [`engine::books::Books::find`].
    pub(super) async fn look_up(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        let chart = self.chart().await?;
        if kind == Kind::Payment {
            return self.look_payments_up(&chart, by).await;
        }
        let mut found = Vec::new();
        match (kind, by) {
            (_, Lookup::Ids(ids)) => {
                for chunk in ids.chunks(NAMES_AT_ONCE) {
                    let filter = json!(["name", "in", chunk]);
                    let rows = self.rows_where(&chart, kind, filter).await?;
                    // The database compares names without case and accents; identities are exact.
                    found.extend(rows.into_iter().filter(|row| chunk.contains(&row.id)));
                }
            }
            (_, Lookup::Markers(markers)) => {
                let (field, installed) = match kind {
                    Kind::Contact => (marker_fields::CONTACT, chart.markers.customer),
                    Kind::Invoice => (marker_fields::INVOICE, chart.markers.invoice),
                    Kind::CreditNote => (marker_fields::CREDIT_NOTE, chart.markers.credit_note),
                    Kind::Payment => return Ok(found),
                };
                if !installed {
                    return Ok(found);
                }
                for chunk in markers.chunks(MARKERS_AT_ONCE) {
                    let stored: Vec<String> = chunk
                        .iter()
                        .flat_map(|marker| marker_fields::spellings(marker.as_str()))
                        .collect();
                    let filter = json!([field, "in", stored]);
                    let rows = self.rows_where(&chart, kind, filter).await?;
                    // What has been replaced no longer counts as marked.
                    found.extend(rows.into_iter().filter(|row| row.marker.is_some()));
                }
            }
            (_, Lookup::Settling(_) | Lookup::OnAccount(_)) | (Kind::Payment, _) => {}
            (Kind::Contact, Lookup::Titles(names)) => {
                for chunk in names.chunks(NAMES_AT_ONCE) {
                    let filter = json!(["customer_name", "in", chunk]);
                    found.extend(self.rows_where(&chart, kind, filter).await?);
                }
            }
            (Kind::Invoice | Kind::CreditNote, Lookup::Titles(numbers)) => {
                for chunk in numbers.chunks(NAMES_AT_ONCE) {
                    let filter = json!(["name", "in", chunk]);
                    let mut rows = self.rows_where(&chart, kind, filter).await?;
                    // Amended documents keep their number and have another name.
                    let mut originals: Vec<RemoteId> =
                        rows.iter().map(|row| row.id.clone()).collect();
                    while !originals.is_empty() {
                        let filter = json!(["amended_from", "in", originals]);
                        let amended = self.rows_where(&chart, kind, filter).await?;
                        originals = amended.iter().map(|row| row.id.clone()).collect();
                        rows.extend(amended);
                    }
                    found.extend(rows);
                }
            }
        }
        Ok(found)
    }

    /// The records of a kind that match. Apart from what waits for it, as all of these: it would be as large as all
    /// of them together.
    pub(super) fn rows_where<'a>(
        &'a self,
        chart: &'a Chart,
        kind: Kind,
        filter: Value,
    ) -> BoxFuture<'a, Result<Vec<Pulled>, BooksError>> {
        Box::pin(async move {
            let (client, filters, order) = (&self.client, vec![filter], "name asc");
            let failed = failure::of_the_connection;
            match kind {
                Kind::Contact => {
                    let found = customers(client, chart, filters, order, 0).await;
                    let found = found.map_err(failed)?.into_iter();
                    Ok(found.map(|fetched| pull::contact(fetched, chart)).collect())
                }
                Kind::Invoice => {
                    let found = invoices(client, chart, filters, order, 0).await;
                    self.pulled_invoices(chart, found.map_err(failed)?).await
                }
                Kind::CreditNote => {
                    let found = credit_notes(client, chart, filters, order, 0).await;
                    let found = found.map_err(failed)?;
                    self.pulled_credit_notes(chart, found).await
                }
                Kind::Payment => {
                    let found = payments(client, chart, filters, order, 0).await;
                    self.pulled_payments(chart, found.map_err(failed)?).await
                }
            }
        })
    }

    /// The payments in Journal Entries that match.
    pub(super) fn journals_where<'a>(
        &'a self,
        chart: &'a Chart,
        filter: Value,
    ) -> BoxFuture<'a, Result<Vec<Pulled>, BooksError>> {
        Box::pin(async move {
            let found = journals(&self.client, chart, vec![filter], "name asc", 0)
                .await
                .map_err(failure::of_the_connection)?;
            Ok(pulled_journals(chart, found))
        })
    }

    fn look_payments_up<'a>(
        &'a self,
        chart: &'a Chart,
        by: &'a Lookup,
    ) -> BoxFuture<'a, Result<Vec<Pulled>, BooksError>> {
        Box::pin(async move {
            let kind = Kind::Payment;
            let mut found = Vec::new();
            match by {
                Lookup::Ids(ids) => {
                    found = self.payments_of(chart, ids).await?;
                    // The database compares names without case and accents; identities are exact.
                    found.retain(|row| ids.contains(&row.id));
                }
                Lookup::Markers(markers) => {
                    for chunk in markers.chunks(MARKERS_AT_ONCE) {
                        let stored: Vec<String> = chunk
                            .iter()
                            .flat_map(|marker| marker_fields::spellings(marker.as_str()))
                            .collect();
                        let field = marker_fields::PAYMENT;
                        if chart.markers.payment {
                            let filter = json!([field, "in", stored]);
                            found.extend(self.rows_where(chart, kind, filter).await?);
                        }
                        if chart.markers.deduction {
                            let filter = json!(["Payment Entry Deduction", field, "in", stored]);
                            found.extend(self.rows_where(chart, kind, filter).await?);
                        }
                        if chart.markers.journal_row {
                            let filter = json!(["Journal Entry Account", field, "in", stored]);
                            found.extend(self.journals_where(chart, filter).await?);
                        }
                        if chart.markers.till_row {
                            let filter = json!(["Sales Invoice Payment", field, "in", stored]);
                            found.extend(self.tills_where(chart, filter).await?);
                        }
                        if chart.markers.allocation {
                            let filter = json!([marker_fields::ALLOCATION, "in", stored]);
                            found.extend(self.journals_where(chart, filter).await?);
                        }
                        // What has been replaced no longer counts as marked; what stands in one document with
                        // what was asked for was not.
                        found.retain(|row| {
                            row.marker.as_ref().is_some_and(|it| markers.contains(it))
                        });
                    }
                }
                // A payment is called by its document name.
                Lookup::Titles(names) => {
                    for chunk in names.chunks(NAMES_AT_ONCE) {
                        let filter = json!(["name", "in", chunk]);
                        found.extend(self.rows_where(chart, kind, filter.clone()).await?);
                        found.extend(self.journals_where(chart, filter.clone()).await?);
                        found.extend(self.tills_where(chart, filter).await?);
                    }
                }
                Lookup::Settling(invoices) => {
                    for chunk in invoices.chunks(NAMES_AT_ONCE) {
                        let named = |rows: &str| json!([rows, "reference_name", "in", chunk]);
                        let filter = named("Payment Entry Reference");
                        found.extend(self.rows_where(chart, kind, filter).await?);
                        let filter = named("Journal Entry Account");
                        found.extend(self.journals_where(chart, filter).await?);
                        let filter = json!(["name", "in", chunk]);
                        found.extend(self.tills_where(chart, filter).await?);
                    }
                }
                Lookup::OnAccount(_) => {}
            }
            let mut seen = HashSet::new();
            found.retain(|row| seen.insert(row.id.clone()));
            Ok(found)
        })
    }

    /// All payments of the documents that these identities name.
    pub(super) fn payments_of<'a>(
        &'a self,
        chart: &'a Chart,
        ids: &'a [RemoteId],
    ) -> BoxFuture<'a, Result<Vec<Pulled>, BooksError>> {
        Box::pin(async move {
            let (mut entries, mut journals, mut tills) =
                (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for id in ids {
                match Named::of(id.as_str()) {
                    Named::Entry(name) | Named::Deduction { entry: name, .. } => {
                        entries.insert(name)
                    }
                    Named::Journal { entry: name, .. } => journals.insert(name),
                    Named::Till { invoice: name, .. } => tills.insert(name),
                };
            }
            let mut found = Vec::new();
            let [entries, journals, tills] =
                [entries, journals, tills].map(|names| names.into_iter().collect::<Vec<&str>>());
            for chunk in entries.chunks(NAMES_AT_ONCE) {
                let filter = json!(["name", "in", chunk]);
                found.extend(self.rows_where(chart, Kind::Payment, filter).await?);
            }
            for chunk in journals.chunks(NAMES_AT_ONCE) {
                let filter = json!(["name", "in", chunk]);
                found.extend(self.journals_where(chart, filter).await?);
            }
            for chunk in tills.chunks(NAMES_AT_ONCE) {
                let filter = json!(["name", "in", chunk]);
                found.extend(self.tills_where(chart, filter).await?);
            }
            Ok(found)
        })
    }

    /// The payments in Sales Invoices that match.
    fn tills_where<'a>(
        &'a self,
        chart: &'a Chart,
        filter: Value,
    ) -> BoxFuture<'a, Result<Vec<Pulled>, BooksError>> {
        Box::pin(async move {
            let found = tills(&self.client, chart, vec![filter], "name asc", 0)
                .await
                .map_err(failure::of_the_connection)?;
            Ok(found.into_iter().flat_map(pull::till).collect())
        })
    }

    pub(super) async fn pulled_invoices(
        &self,
        chart: &Chart,
        fetched: Vec<Fetched<InvoiceRow>>,
    ) -> Result<Vec<Pulled>, BooksError> {
        let cancelled = cancelled(&fetched, |row| (row.docstatus, row.marker.as_deref()));
        let superseded = self.superseded(chart, Kind::Invoice, cancelled).await?;
        Ok(fetched
            .into_iter()
            .map(|fetched| {
                let superseded = superseded.contains(&fetched.name);
                pull::invoice(fetched, chart, superseded)
            })
            .collect())
    }

    pub(super) async fn pulled_credit_notes(
        &self,
        chart: &Chart,
        fetched: Vec<Fetched<CreditNoteRows>>,
    ) -> Result<Vec<Pulled>, BooksError> {
        let cancelled = cancelled(&fetched, |rows| {
            (rows.row.docstatus, rows.row.marker.as_deref())
        });
        let superseded = self.superseded(chart, Kind::CreditNote, cancelled).await?;
        Ok(fetched
            .into_iter()
            .map(|fetched| {
                let superseded = superseded.contains(&fetched.name);
                pull::credit_note(fetched, chart, superseded)
            })
            .collect())
    }

    pub(super) async fn pulled_payments(
        &self,
        chart: &Chart,
        fetched: Vec<Fetched<PaymentRow>>,
    ) -> Result<Vec<Pulled>, BooksError> {
        let cancelled = cancelled(&fetched, |row| (row.docstatus, row.marker.as_deref()));
        let superseded = self.superseded(chart, Kind::Payment, cancelled).await?;
        Ok(fetched
            .into_iter()
            .flat_map(|fetched| {
                let superseded = superseded.contains(&fetched.name);
                pull::payment(fetched, chart, superseded)
            })
            .collect())
    }

    /// Of the documents that carry these identities, the cancelled ones in whose place another stands. Such
    /// a one says nothing of the identity any more: it would be taken for the cancellation of what lives
    /// on.
    async fn superseded(
        &self,
        chart: &Chart,
        kind: Kind,
        identities: Vec<String>,
    ) -> Result<HashSet<String>, BooksError> {
        let mut holding: Vec<Holder> = Vec::new();
        for chunk in identities.chunks(MARKERS_AT_ONCE) {
            let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
            let found = match kind {
                Kind::Contact => Ok(Vec::new()),
                Kind::Invoice => holders(&self.client, chart, &chunk).await,
                Kind::CreditNote => credit_note_holders(&self.client, chart, &chunk).await,
                Kind::Payment => payment_holders(&self.client, chart, &chunk).await,
            };
            holding.extend(found.map_err(failure::of_the_connection)?);
        }
        Ok(holding
            .iter()
            .filter(|holder| holder.is_superseded(&holding))
            .map(|holder| holder.name.clone())
            .collect())
    }
}

/// The payments of Journal Entries.
pub(super) fn pulled_journals(chart: &Chart, fetched: Vec<Fetched<JournalRow>>) -> Vec<Pulled> {
    fetched
        .into_iter()
        .flat_map(|fetched| pull::journal(fetched, chart))
        .collect()
}

/// The identities that cancelled documents carry, each once; `of` tells a document's state and marker.
fn cancelled<T>(fetched: &[Fetched<T>], of: impl Fn(&T) -> (u8, Option<&str>)) -> Vec<String> {
    let found: BTreeSet<&str> = fetched
        .iter()
        .filter_map(|fetched| {
            let (docstatus, marker) = of(fetched.record.as_ref().ok()?);
            Some(marker_fields::identity(marker.filter(|_| docstatus == 2)?).0)
        })
        .collect();
    found.into_iter().map(str::to_owned).collect()
}
