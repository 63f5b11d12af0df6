//! The tables: what each export holds, column by column. Columns are only ever added, at the end.

use chrono::{DateTime, Utc};
use ledger::{Currency, Kind, Record, Side};
use rust_decimal::Decimal;
use store::{
    Exception, ExceptionQuery, ExceptionStatus, Found, LogId, PairingId, Store, StoreError,
    StoredRecord,
};

use super::table::{Cell, Column, Holds, Sheet, column};
use super::{Exporting, Table};
use crate::app::App;
use crate::error::AppError;
use crate::line::log_line;
use crate::payments;
use crate::preview::EVERY_ITEM;
use crate::records;
use crate::show::read_instant;
use crate::views::{
    Amount, DifferenceView, LogFilter, OwedDocumentView, OwedLine, PreviewItem, ReconcileFilter,
    RecordFilter, WhyView,
};

const LOG: &[Column] = &[
    column("time", "time (UTC)", Holds::Instant),
    column("run", "run", Holds::Whole),
    column("kind", "kind", Holds::Text),
    column("title", "title", Holds::Text),
    column("contact", "contact", Holds::Text),
    column("amount", "amount", Holds::Amount),
    column("currency", "currency", Holds::Currency),
    column("written_to", "written to", Holds::Text),
    column("outcome", "outcome", Holds::Text),
    column("message", "message", Holds::Text),
    column("line", "line", Holds::Whole),
];

const EXCEPTIONS: &[Column] = &[
    column("what", "what", Holds::Text),
    column("record", "record", Holds::Text),
    column("kind", "kind", Holds::Text),
    column("contact", "contact", Holds::Text),
    column("date", "date", Holds::Day),
    column("amount", "amount", Holds::Amount),
    column("currency", "currency", Holds::Currency),
    column("message", "message", Holds::Text),
    column("side", "read from", Holds::Text),
    column("identity", "identity", Holds::Text),
    column("since", "since (UTC)", Holds::Instant),
    column("attempts", "attempts", Holds::Whole),
    column("set_aside", "set aside because", Holds::Text),
    column("cause", "cause", Holds::Text),
    column("number", "number", Holds::Whole),
];

const OWED: &[Column] = &[
    column("contact", "contact", Holds::Text),
    column("currency", "currency", Holds::Currency),
    column("xero", "owed in Xero", Holds::Amount),
    column("erpnext", "owed in ERPNext", Holds::Amount),
    column("difference", "difference", Holds::Amount),
    column("why", "why", Holds::Text),
    column("name", "named", Holds::Text),
];

const OWED_DOCUMENTS: &[Column] = &[
    column("number", "number", Holds::Text),
    column("form", "what", Holds::Text),
    column("date", "date", Holds::Day),
    column("currency", "currency", Holds::Currency),
    column("xero", "due in Xero", Holds::Amount),
    column("erpnext", "due in ERPNext", Holds::Amount),
    column("difference", "difference", Holds::Amount),
    column("why", "why", Holds::Text),
];

const PREVIEW: &[Column] = &[
    column("record", "record", Holds::Text),
    column("kind", "kind", Holds::Text),
    column("contact", "contact", Holds::Text),
    column("amount", "amount", Holds::Amount),
    column("currency", "currency", Holds::Currency),
    column("change", "change", Holds::Text),
    column("written_to", "written to", Holds::Text),
    column("what", "what", Holds::Text),
    column("values", "values", Holds::Text),
    column("number", "number", Holds::Whole),
];

const RECORDS: &[Column] = &[
    column("record", "record", Holds::Text),
    column("kind", "kind", Holds::Text),
    column("contact", "contact", Holds::Text),
    column("date", "date", Holds::Day),
    column("due_date", "due date", Holds::Day),
    column("currency", "currency", Holds::Currency),
    column("xero", "amount in Xero", Holds::Amount),
    column("erpnext", "amount in ERPNext", Holds::Amount),
    column("xero_open", "open in Xero", Holds::Amount),
    column("erpnext_open", "open in ERPNext", Holds::Amount),
    column("reference", "reference", Holds::Text),
    column("state", "state", Holds::Text),
    column("standing", "stands", Holds::Text),
    column("xero_id", "identity in Xero", Holds::Text),
    column("erpnext_id", "name in ERPNext", Holds::Text),
];

impl App {
    /// What is to be exported, ready to be written.
    pub(super) async fn table(&self, what: Exporting) -> Result<Table, AppError> {
        match what {
            Exporting::Log(filter) => self.log_table(filter).await,
            Exporting::Exceptions => self.exceptions_table().await,
            Exporting::Reconcile(contact) => self.owed_table(contact).await,
            Exporting::Preview(scope) => {
                let view = self.preview_listing(&scope, EVERY_ITEM).await?;
                let rows = view.items.iter().map(preview_row).collect();
                Ok(ready(PREVIEW, rows))
            }
            Exporting::Records(filter) => self.records_table(filter).await,
        }
    }

    async fn log_table(&self, filter: LogFilter) -> Result<Table, AppError> {
        let mut query = self.log_query(filter).await?;
        query.after = Some(LogId(0));
        Ok(Table {
            columns: LOG,
            rows: Box::new(move |store, sheet| {
                store.log_each(&query, |line| sheet.row(&log_row(line)))
            }),
        })
    }

    async fn exceptions_table(&self) -> Result<Table, AppError> {
        let pairing = self.pairing().await?.id;
        Ok(Table {
            columns: EXCEPTIONS,
            rows: Box::new(move |store, sheet| {
                for status in [ExceptionStatus::Open, ExceptionStatus::Ignored] {
                    let query = ExceptionQuery {
                        pairing: Some(pairing),
                        status: Some(status),
                        ..ExceptionQuery::default()
                    };
                    for exception in store.exceptions(&query)? {
                        sheet.row(&exception_row(store, pairing, &exception)?);
                    }
                }
                Ok(())
            }),
        })
    }

    /// All of it, so that the columns come to what both sides are owed.
    async fn owed_table(&self, contact: Option<String>) -> Result<Table, AppError> {
        let all = ReconcileFilter {
            all: true,
            limit: u32::MAX,
        };
        Ok(match contact {
            None => {
                let view = self.reconcile(all).await?;
                ready(OWED, view.lines.iter().map(owed_row).collect())
            }
            Some(contact) => {
                let view = self.reconcile_contact(&contact, all).await?;
                let rows = view.documents.iter().map(owed_document_row).collect();
                ready(OWED_DOCUMENTS, rows)
            }
        })
    }

    async fn records_table(&self, filter: RecordFilter) -> Result<Table, AppError> {
        let pairing = self.pairing().await?.id;
        let query = self.record_query(filter).await?;
        Ok(Table {
            columns: RECORDS,
            rows: Box::new(move |store, sheet| {
                let Some(query) = query else {
                    return Ok(());
                };
                let mut failed = None;
                store.find_records_each(pairing, &query, |found| {
                    match record_row(store, pairing, &found) {
                        Ok(row) => sheet.row(&row),
                        Err(why) => failed = failed.take().or(Some(why)),
                    }
                })?;
                failed.map_or(Ok(()), Err)
            }),
        })
    }
}

/// A table of rows that are there already.
fn ready(columns: &'static [Column], rows: Vec<Vec<Cell>>) -> Table {
    Table {
        columns,
        rows: Box::new(move |_, sheet: &mut Sheet<'_>| {
            for row in &rows {
                sheet.row(row);
            }
            Ok(())
        }),
    }
}

/// Money of a view, whose amounts are decimal text.
fn shown(amount: Option<&Amount>) -> (Cell, Cell) {
    let Some(amount) = amount else {
        return (Cell::Nothing, Cell::Nothing);
    };
    let currency = Currency::new(&amount.currency).ok();
    let value: Option<Decimal> = amount.value.parse().ok();
    (Cell::money(value, currency), Cell::text(&amount.currency))
}

fn figure(text: Option<&str>, currency: &str) -> Cell {
    let value: Option<Decimal> = text.and_then(|text| text.parse().ok());
    Cell::money(value, Currency::new(currency).ok())
}

fn at(instant: Option<DateTime<Utc>>) -> Cell {
    instant.map_or(Cell::Nothing, Cell::Instant)
}

/// A view's word for one of a few.
fn word(value: &impl serde::Serialize) -> Cell {
    let value = serde_json::to_value(value).unwrap_or_default();
    Cell::text(value.as_str().unwrap_or_default())
}

fn log_row(line: &store::LogLine) -> Vec<Cell> {
    let view = log_line(line);
    let (amount, currency) = shown(view.amount.as_ref());
    vec![
        at(read_instant(&view.at)),
        view.run
            .map_or(Cell::Nothing, |run| Cell::Whole(run.into())),
        Cell::maybe(view.kind.map(|kind| Kind::from(kind).word())),
        Cell::text(view.title),
        Cell::maybe(view.contact),
        amount,
        currency,
        Cell::maybe(view.towards.map(|side| Side::from(side).word())),
        word(&view.outcome),
        Cell::text(view.message),
        Cell::Whole(view.id.into()),
    ]
}

fn exception_row(
    store: &Store,
    pairing: PairingId,
    exception: &Exception,
) -> Result<Vec<Cell>, StoreError> {
    let key = &exception.record;
    let stored = store.record(pairing, key)?;
    let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
    let pays = match record {
        Some(record) => payments::paid_by(store, pairing, key.side, record)?,
        None => Vec::new(),
    };
    let contact = Some(exception.contact_name.as_str()).filter(|_| key.kind != Kind::Contact);
    let set_aside = exception.reason.as_deref();
    Ok(vec![
        Cell::text(exception.cause.meaning().badge),
        Cell::text(payments::called(key.kind, &exception.title, &pays)),
        Cell::text(key.kind.word()),
        Cell::maybe(contact),
        Cell::day(record.and_then(Record::day)),
        Cell::money(exception.amount, exception.currency),
        Cell::maybe(exception.currency.map(|it| it.code().to_owned())),
        Cell::text(exception.cause.sentence()),
        Cell::text(key.side.word()),
        Cell::text(key.id.as_str()),
        Cell::Instant(exception.first_seen),
        Cell::Whole(exception.tries.into()),
        Cell::maybe(set_aside.filter(|_| exception.status == ExceptionStatus::Ignored)),
        Cell::text(exception.cause.word()),
        Cell::Whole(exception.id.0),
    ])
}

fn why(reasons: &[WhyView], currency: &str) -> Cell {
    let all: Vec<String> = reasons
        .iter()
        .map(|it| format!("{} {currency}: {}", it.amount, it.text))
        .collect();
    Cell::text(all.join("; "))
}

fn owed_row(line: &OwedLine) -> Vec<Cell> {
    let figure = |text: &str| figure(Some(text), &line.currency);
    vec![
        Cell::text(&line.contact),
        Cell::text(&line.currency),
        figure(&line.xero),
        figure(&line.erpnext),
        figure(&line.difference),
        why(&line.why, &line.currency),
        Cell::text(&line.name),
    ]
}

fn owed_document_row(document: &OwedDocumentView) -> Vec<Cell> {
    let figure = |text: Option<&str>| figure(text, &document.currency);
    let date = document.date.as_deref().and_then(|date| date.parse().ok());
    vec![
        Cell::text(&document.number),
        Cell::text(&document.form),
        Cell::day(date),
        Cell::text(&document.currency),
        figure(document.xero.as_deref()),
        figure(document.erpnext.as_deref()),
        figure(Some(&document.difference)),
        why(&document.why, &document.currency),
    ]
}

fn preview_row(item: &PreviewItem) -> Vec<Cell> {
    let (amount, currency) = shown(item.amount.as_ref());
    let values: Vec<String> = item.differences.iter().map(values).collect();
    vec![
        Cell::text(&item.title),
        Cell::text(Kind::from(item.kind).word()),
        Cell::maybe(item.contact.as_deref()),
        amount,
        currency,
        word(&item.change),
        Cell::maybe(item.towards.map(|side| Side::from(side).word())),
        Cell::text(&item.text),
        Cell::text(values.join("; ")),
        Cell::Whole(item.number.into()),
    ]
}

/// A field with what both sides say, Xero first.
fn values(difference: &DifferenceView) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let (xero, erpnext) = (value(&difference.xero), value(&difference.erpnext));
    format!("{}: Xero {xero}, ERPNext {erpnext}", difference.field)
}

fn record_row(store: &Store, pairing: PairingId, found: &Found) -> Result<Vec<Cell>, StoreError> {
    let stored = &found.record;
    let on = |side: Side| {
        let other = found.other.as_ref();
        let both = [Some(stored), other].into_iter().flatten();
        both.into_iter().find(|it| it.side == side)
    };
    let read = |side: Side| on(side).and_then(|it| it.row.record.as_ref().ok());
    let record = stored.row.record.as_ref().ok();
    let total = |side: Side| {
        let (amount, currency) = read(side).and_then(Record::total).unzip();
        Cell::money(amount, currency)
    };
    let open = |side: Side| {
        let (_, currency) = read(side).and_then(Record::total).unzip();
        let open = read(side).and_then(|record| match record {
            Record::Contact(_) => None,
            Record::Invoice(document) | Record::CreditNote(document) => Some(document.amount_due),
            Record::Payment(payment) => Some(payment.unallocated),
        });
        Cell::money(open, currency)
    };
    let reference = record.and_then(|record| match record {
        Record::Contact(_) => None,
        Record::Invoice(document) | Record::CreditNote(document) => document.reference.as_deref(),
        Record::Payment(payment) => payment.reference.as_deref(),
    });
    let state = record.map(|record| match record {
        Record::Contact(contact) if contact.archived => "archived",
        Record::Contact(_) => "active",
        record => records::state_word(record.state()),
    });
    let id = |side: Side| Cell::maybe(on(side).map(|it: &StoredRecord| it.row.id.as_str()));
    let contact = record.filter(|it| it.kind() != Kind::Contact);
    let currency = record.and_then(Record::total).map(|(_, currency)| currency);
    Ok(vec![
        Cell::text(records::title(store, pairing, stored)?),
        Cell::text(stored.kind.word()),
        Cell::maybe(contact.map(Record::contact_name)),
        Cell::day(record.and_then(Record::day)),
        Cell::day(record.and_then(Record::document).and_then(|it| it.due_date)),
        Cell::maybe(currency.map(|it| it.code().to_owned())),
        total(Side::Xero),
        total(Side::Erpnext),
        open(Side::Xero),
        open(Side::Erpnext),
        Cell::maybe(reference),
        Cell::text(state.unwrap_or("unreadable")),
        Cell::text(found.standing.word()),
        id(Side::Xero),
        id(Side::Erpnext),
    ])
}
