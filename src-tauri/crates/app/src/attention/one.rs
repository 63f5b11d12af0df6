//! One exception as it is shown, with its candidates.

use std::collections::BTreeMap;

use ledger::{Record, RemoteId, Side};
use store::{Exception, LogQuery, Pairing, StoredRecord};

use crate::app::App;
use crate::error::AppError;
use crate::payments;
use crate::show::{amount, instant, number, some};
use crate::views::{CandidateView, DifferenceView, ExceptionView, RecordLinks};

impl App {
    pub(crate) async fn exception_view(
        &self,
        pairing: &Pairing,
        exception: &Exception,
    ) -> Result<ExceptionView, AppError> {
        let (key, id) = (exception.record.clone(), pairing.id);
        let candidates = match exception.cause.beside() {
            Some((side, ids)) => {
                self.candidates(pairing, side, exception.record.kind, &ids)
                    .await?
            }
            None => Vec::new(),
        };
        let stands = exception.cause.stands();
        let (stored, pays, counterpart, line) = self
            .db(move |store| {
                let stored = store.record(id, &key)?;
                let counterpart = store
                    .link_of(id, key.kind, key.side, &key.id)?
                    .map(|link| link.on(key.side.other()).clone())
                    .or(stands);
                let newest = LogQuery {
                    pairing: Some(id),
                    kind: Some(key.kind),
                    record: Some(key.id.clone()),
                    limit: 1,
                    ..LogQuery::default()
                };
                let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
                let pays = match record {
                    Some(record) => payments::paid_by(store, id, key.side, record)?,
                    None => Vec::new(),
                };
                Ok((stored, pays, counterpart, store.log(&newest)?))
            })
            .await?;
        let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
        let date = record.and_then(Record::day).map(|day| day.to_string());
        let (xero, erpnext) = match exception.record.side {
            Side::Xero => (Some(&exception.record.id), counterpart.as_ref()),
            Side::Erpnext => (counterpart.as_ref(), Some(&exception.record.id)),
        };
        let links: RecordLinks = self
            .record_links(Some(exception.record.kind), xero, erpnext)
            .await;
        Ok(ExceptionView {
            id: number(exception.id.0),
            kind: exception.record.kind.into(),
            side: exception.record.side.into(),
            remote_id: exception.record.id.as_str().to_owned(),
            record: crate::scope::name_of(&exception.record),
            other_id: counterpart.as_ref().map(|id| id.as_str().to_owned()),
            title: payments::called(exception.record.kind, &exception.title, &pays),
            contact: some(&exception.contact_name)
                .filter(|_| exception.record.kind != ledger::Kind::Contact),
            date,
            amount: exception
                .amount
                .zip(exception.currency)
                .map(|(value, currency)| amount(value, currency)),
            pays,
            message: exception.cause.sentence(),
            since: instant(exception.first_seen),
            attempts: exception.tries,
            differences: exception
                .cause
                .differences()
                .into_iter()
                .map(DifferenceView::from)
                .collect(),
            candidates,
            links,
            log_line: line.first().map(|line| number(line.id.0)),
        })
    }

    async fn candidates(
        &self,
        pairing: &Pairing,
        side: Side,
        kind: ledger::Kind,
        ids: &[RemoteId],
    ) -> Result<Vec<CandidateView>, AppError> {
        let (id, wanted) = (pairing.id, ids.to_vec());
        let stored = self
            .db(move |store| {
                let found = store.records_by_ids(id, side, kind, &wanted)?;
                let mut known = BTreeMap::new();
                for (id_there, stored) in found {
                    let pays = match &stored.row.record {
                        Ok(record) => payments::paid_by(store, id, side, record)?,
                        Err(_) => Vec::new(),
                    };
                    known.insert(id_there, (stored, pays));
                }
                Ok(known)
            })
            .await?;
        let mut views = Vec::new();
        for id in ids {
            let links = match side {
                Side::Xero => self.record_links(Some(kind), Some(id), None).await.xero,
                Side::Erpnext => self.record_links(Some(kind), None, Some(id)).await.erpnext,
            };
            let known = stored.get(id);
            views.push(CandidateView {
                id: id.as_str().to_owned(),
                title: known.map_or_else(
                    || id.as_str().to_owned(),
                    |(it, pays)| payments::called(kind, it.title(), pays),
                ),
                detail: known.map(|(it, pays)| detail(it, pays)).unwrap_or_default(),
                link: links,
            });
        }
        Ok(views)
    }
}

/// What tells a candidate apart.
fn detail(stored: &StoredRecord, pays: &[String]) -> String {
    let parts: Vec<String> = match &stored.row.record {
        Ok(Record::Contact(contact)) => [
            contact.email.clone(),
            contact.tax_number.clone(),
            contact
                .address
                .as_ref()
                .and_then(|address| address.city.clone()),
            contact.archived.then(|| "archived".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Ok(Record::Invoice(invoice) | Record::CreditNote(invoice)) => vec![
            invoice.contact_name.clone(),
            invoice.date.format("%-d %b %Y").to_string(),
            ledger::Money {
                amount: invoice.total,
                currency: invoice.currency,
            }
            .to_string(),
        ],
        Ok(Record::Payment(payment)) => vec![
            payment.contact_name.clone(),
            payment.date.format("%-d %b %Y").to_string(),
            ledger::Money {
                amount: payment.amount,
                currency: payment.currency,
            }
            .to_string(),
            format!("for {}", payments::several(pays)),
        ],
        Err(unreadable) => vec![unreadable.why.clone()],
    };
    parts.join(", ")
}
