//! Changed returns. What is left of a return that lowers its original by itself depends on what else
//! happens to that, which moves the original's `modified` alone: so these are followed too.

use serde_json::json;

use super::{Changes, Documents, Moment, Place, Reading, page, since};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::records::invoices::invoice_scope;
use crate::records::{CreditNoteRows, CreditNotes, Fetched, PAGE, credit_notes};

/// The next page of changed returns, and with the last one those whose originals have changed since the
/// pass before began.
///
/// # Errors
/// See [`Error`].
pub async fn changed_credit_notes(
    client: &Client,
    chart: &Chart,
    from: Reading,
) -> Result<Changes<CreditNoteRows>, Error> {
    let first = from == Reading::default();
    let mut reading = from.begin(&chart.time_zone, Moment::now(client));
    let total = if first {
        let scope = CreditNotes::scope(chart);
        Some(client.count(CreditNotes::DOCTYPE, &scope).await?)
    } else {
        None
    };
    let (mut rows, full) = page::<CreditNotes>(client, chart, &mut reading.documents).await?;
    reading.ended = !full;
    let followed = |place: &&Place| reading.ended && !place.modified.is_empty();
    if let Some(place) = reading.originals.as_ref().filter(followed) {
        let read = of_originals(client, chart, place).await?;
        rows.retain(|row| !read.iter().any(|again| again.name == row.name));
        rows.extend(read);
    } else if rows.iter().any(lowers) {
        // Those of this pass are read as they stand; the next one begins where this one did.
        reading.originals.get_or_insert_default();
    }
    Ok(Changes {
        rows,
        next: reading,
        total,
    })
}

/// Whether it is a return that lowers its original by itself.
fn lowers(fetched: &Fetched<CreditNoteRows>) -> bool {
    let row = fetched.record.as_ref().map(|rows| &rows.row);
    row.is_ok_and(|row| row.return_against.is_some() && !row.keeps_own_balance)
}

/// The submitted returns of invoices that were saved since.
async fn of_originals(
    client: &Client,
    chart: &Chart,
    place: &Place,
) -> Result<Vec<Fetched<CreditNoteRows>>, Error> {
    let changed = client
        .list(&List {
            doctype: "Sales Invoice",
            parent: None,
            fields: vec!["name"],
            filters: [invoice_scope(chart), since(place)].concat(),
            order_by: "modified asc, name asc",
            limit: 0,
        })
        .await?;
    let names: Vec<&str> = changed.iter().filter_map(|row| row.str("name")).collect();
    let mut found = Vec::new();
    for some in names.chunks(PAGE) {
        let filters = vec![
            json!(["return_against", "in", some]),
            json!(["docstatus", "=", 1]),
        ];
        found.extend(credit_notes(client, chart, filters, "modified asc, name asc", 0).await?);
    }
    Ok(found)
}
