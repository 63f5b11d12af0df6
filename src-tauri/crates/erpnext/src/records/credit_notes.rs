//! Returns, with what they have been used for.

use std::collections::{BTreeSet, HashMap};

use futures::try_join;
use serde_json::{Value, json};

use super::changes::Documents;
use super::invoices::{Holder, holders_in, parents};
use super::{Fetched, by, child, children, fetched};
use crate::chart::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields;
use crate::wire::{BadField, InvoiceRow, ItemRow, Row, Rows, SettlementRow, TaxRow};

/// A return and every ledger row of the vouchers that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNoteRows {
    /// The document, with ERPNext's signs.
    pub row: InvoiceRow,
    /// The rows of the Journal Entries and Payment Entries that settle it, those against other
    /// documents and on account included, in the order of the vouchers. Of a return that lowers its
    /// original by itself, the rows of those that take out of the original what it was credited with
    /// beyond what it owed. Of a cancelled one, the rows of the Journal Entries of ours that used it and
    /// still stand.
    pub settlements: Vec<SettlementRow>,
    /// The rows against these vouchers themselves, of whichever voucher: what of them is still on
    /// account. Empty where none has anything there.
    pub on_account: Vec<SettlementRow>,
    /// All rows against the original, oldest first, where this return lowers that by itself; else
    /// none.
    pub original: Vec<SettlementRow>,
}

/// Reads the returns that match, with their item and tax rows and what they have been used for, in
/// five calls however many they are; one more where some of them lower their originals by themselves,
/// one where what uses them has something on account, and one where some that we know are cancelled. Only the company's own: the filters are
/// added here.
///
/// # Errors
/// See [`Error`].
pub async fn credit_notes(
    client: &Client,
    chart: &Chart,
    mut filters: Vec<Value>,
    order_by: &str,
    limit: usize,
) -> Result<Vec<Fetched<CreditNoteRows>>, Error> {
    filters.extend(credit_note_scope(chart));
    let (rows, names) = parents(client, chart, filters, order_by, limit).await?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let item_list = child(
        "Sales Invoice",
        "Sales Invoice Item",
        &ItemRow::FIELDS,
        &names,
    );
    let tax_list = child(
        "Sales Invoice",
        "Sales Taxes and Charges",
        &TaxRow::FIELDS,
        &names,
    );
    let uses = settlements(vec![
        json!(["against_voucher_no", "in", names]),
        json!(["voucher_type", "in", VOUCHERS]),
    ]);
    let originals: BTreeSet<&str> = rows.iter().filter_map(lowered).collect();
    let originals = against(client, &originals);
    let left = left_behind(client, chart, &rows);
    let (items, taxes, uses, originals, left) = try_join!(
        client.list(&item_list),
        client.list(&tax_list),
        client.list(&uses),
        originals,
        left,
    )?;
    let vouchers: BTreeSet<&str> = uses
        .iter()
        .chain(originals.iter().filter(|row| takes_out(*row)))
        .filter_map(|row| row.str("voucher_no"))
        .chain(left.iter().map(|(_, entry)| entry.as_str()))
        .collect();
    let entries = if vouchers.is_empty() {
        Rows::default()
    } else {
        client
            .list(&settlements(vec![json!(["voucher_no", "in", vouchers])]))
            .await?
    };
    let leaving: BTreeSet<&str> = entries
        .iter()
        .filter(|row| row.str("voucher_no") == row.str("against_voucher_no"))
        .filter_map(|row| row.str("voucher_no"))
        .collect();
    let on_account = against(client, &leaving).await?;
    let (items, taxes, uses, originals, entries, on_account) = (
        by(&items, "parent"),
        by(&taxes, "parent"),
        by(&uses, "against_voucher_no"),
        by(&originals, "against_voucher_no"),
        by(&entries, "voucher_no"),
        by(&on_account, "against_voucher_no"),
    );
    Ok(rows
        .iter()
        .map(|row| {
            let name = row.str("name").unwrap_or_default();
            let original = lowered(row).map_or(&[][..], |original| children(&originals, original));
            let mut vouchers: Vec<&str> = children(&uses, name)
                .iter()
                .chain(original.iter().filter(|row| takes_out(**row)))
                .filter_map(|used| used.str("voucher_no"))
                .collect();
            if let Some(identity) = ended(row) {
                let own = left.iter().filter(|(of, _)| of == identity);
                vouchers.extend(own.map(|(_, entry)| entry.as_str()));
            }
            vouchers.sort_unstable();
            vouchers.dedup();
            let settling = of_all(&entries, &vouchers);
            let left = of_all(&on_account, &vouchers);
            let own = [
                children(&items, name),
                children(&taxes, name),
                settling.as_slice(),
                left.as_slice(),
                original,
            ];
            fetched(row, "name", whole(row, own), &own)
        })
        .collect())
}

/// The rows of these vouchers, one voucher after another.
fn of_all<'a>(rows: &HashMap<&str, Vec<Row<'a>>>, vouchers: &[&str]) -> Vec<Row<'a>> {
    let of = |voucher: &&str| children(rows, voucher).iter().copied();
    vouchers.iter().flat_map(of).collect()
}

/// Our identity on a return that is cancelled.
fn ended(row: Row<'_>) -> Option<&str> {
    let marker = row.str(marker_fields::CREDIT_NOTE);
    let marker = marker.filter(|marker| row.int("docstatus") == Some(2) && !marker.is_empty())?;
    Some(marker_fields::identity(marker).0)
}

/// The Journal Entries of ours that used cancelled ones of these returns and still stand, each with the
/// identity of its credit note. Cancelling a return takes it out of the entries that name it and leaves them
/// behind: they still settle their invoices (observed on ERPNext 15 and 16). All of them are asked for, since
/// there is hardly ever one.
async fn left_behind(
    client: &Client,
    chart: &Chart,
    rows: &Rows,
) -> Result<Vec<(String, String)>, Error> {
    if !chart.markers.allocation || !rows.iter().any(|row| ended(row).is_some()) {
        return Ok(Vec::new());
    }
    let found = client
        .list(&List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["name", marker_fields::ALLOCATION],
            filters: vec![
                json!(["company", "=", chart.company]),
                json!(["docstatus", "=", 1]),
                json!([marker_fields::ALLOCATION, "is", "set"]),
                json!(["Journal Entry Account", "party_type", "=", "Customer"]),
                json!(["Journal Entry Account", "reference_name", "is", "not set"]),
            ],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    let entry = |row: Row<'_>| {
        let (of, _) = row.str(marker_fields::ALLOCATION)?.rsplit_once('/')?;
        Some((of.to_owned(), row.str("name")?.to_owned()))
    };
    let found: BTreeSet<(String, String)> = found.iter().filter_map(entry).collect();
    Ok(found.into_iter().collect())
}

/// What uses returns, apart from returns themselves.
const VOUCHERS: [&str; 2] = ["Journal Entry", "Payment Entry"];

/// The original that a submitted return lowers by itself, as far as the document says.
fn lowered(row: Row<'_>) -> Option<&str> {
    let own = row.number(InvoiceRow::OWN_BALANCE);
    let lowers =
        row.int("docstatus") == Some(1) && own.is_ok_and(|own| own.is_none_or(|it| it.is_zero()));
    row.str("return_against")
        .filter(|original| lowers && !original.is_empty())
}

/// Whether a row against an invoice raises what is owed on it, and is no invoice's own.
fn takes_out(row: Row<'_>) -> bool {
    let amount = row.amount("amount_in_account_currency");
    row.str("voucher_type")
        .is_some_and(|of| VOUCHERS.contains(&of))
        && amount.is_ok_and(|amount| amount > rust_decimal::Decimal::ZERO)
}

/// All rows against these documents, oldest first.
pub(super) async fn against(client: &Client, documents: &BTreeSet<&str>) -> Result<Rows, Error> {
    if documents.is_empty() {
        return Ok(Rows::default());
    }
    let mut list = settlements(vec![json!(["against_voucher_no", "in", documents])]);
    list.order_by = "posting_date asc, creation asc, name asc";
    client.list(&list).await
}

fn whole(
    row: Row<'_>,
    [items, taxes, settling, left, original]: [&[Row<'_>]; 5],
) -> Result<CreditNoteRows, BadField> {
    let read = |rows: &[Row<'_>]| {
        rows.iter()
            .filter(|row| !is_other(**row))
            .map(|row| SettlementRow::read(*row))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(CreditNoteRows {
        row: InvoiceRow::read(row, items, taxes)?,
        settlements: read(settling)?,
        on_account: read(left)?,
        original: read(original)?,
    })
}

/// Rows against nothing settle no document.
fn is_other(row: Row<'_>) -> bool {
    row.text("against_voucher_no")
        .is_ok_and(|document| document.is_none())
}

/// Rows of the Payment Ledger that count: of submitted vouchers, and not taken back.
pub(super) fn settlements(mut filters: Vec<Value>) -> List<'static> {
    filters.push(json!(["docstatus", "=", 1]));
    filters.push(json!(["delinked", "=", 0]));
    List {
        doctype: "Payment Ledger Entry",
        parent: None,
        fields: SettlementRow::FIELDS.to_vec(),
        filters,
        order_by: "voucher_no asc, name asc",
        limit: 0,
    }
}

/// The Journal Entries and Payment Entries that use each of these returns, return and voucher, in one
/// call.
///
/// # Errors
/// See [`Error`].
pub async fn used_by(client: &Client, names: &[&str]) -> Result<Vec<SettlementRow>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .list(&settlements(vec![
            json!(["against_voucher_no", "in", names]),
            json!(["voucher_type", "in", VOUCHERS]),
        ]))
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| SettlementRow::read(row).ok())
        .filter(|row| names.contains(&row.document.as_str()))
        .collect())
}

/// The company's returns that carry one of these identities, in one call.
///
/// # Errors
/// See [`Error`].
pub async fn credit_note_holders(
    client: &Client,
    chart: &Chart,
    identities: &[&str],
) -> Result<Vec<Holder>, Error> {
    if !chart.markers.credit_note {
        return Ok(Vec::new());
    }
    let place = ("Sales Invoice", marker_fields::CREDIT_NOTE);
    holders_in(client, place, credit_note_scope(chart), identities).await
}

/// The filters every look at credit notes carries.
pub fn credit_note_scope(chart: &Chart) -> Vec<Value> {
    vec![
        json!(["company", "=", chart.company]),
        json!(["is_return", "=", 1]),
    ]
}

/// Returns.
#[derive(Debug, Clone, Copy)]
pub struct CreditNotes;

impl Documents for CreditNotes {
    type Record = CreditNoteRows;
    const DOCTYPE: &'static str = "Sales Invoice";

    fn scope(chart: &Chart) -> Vec<Value> {
        credit_note_scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<CreditNoteRows>>, Error> {
        credit_notes(client, chart, filters, order_by, limit).await
    }
}
