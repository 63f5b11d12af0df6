//! What is owed, by contact, on both sides, with every cent of difference named. All of it is read from the
//! store: no call is made.

mod as_of;
mod credits;
mod customers;
mod documents;
mod movements;
mod reason;
mod sign_off;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use engine::run::credits::unread;
use ledger::{Currency, Kind, Side};
use rust_decimal::Decimal;
use store::{LeftAlone, Pairing, PairingId, RecordKey, RunOutcome, Store, StoreError};

use self::customers::{Customer, place};
use self::documents::{Desk, Document, Form};
use self::reason::{Reason, What, Why, added_up, rule};
use crate::app::App;
use crate::error::AppError;
use crate::scope::name_of;
use crate::show::{amount, count, instant};
use crate::views::{
    AsOfView, ContactOwesView, LeftAloneView, MovementView, OwedDocumentView, OwedLine, OwedTotal,
    ReconcileFilter, ReconcileView, UnreadView,
};

impl App {
    /// What every contact owes on both sides.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn reconcile(&self, filter: ReconcileFilter) -> Result<ReconcileView, AppError> {
        let pairing = self.pairing().await?;
        self.db(move |store| reconciled(store, &pairing, filter))
            .await
    }

    /// What one contact owes on both sides, document by document.
    ///
    /// # Errors
    /// A usage error that lists what could be meant; [`AppError::NoRecord`]; [`AppError::NotPaired`],
    /// [`AppError::Store`]. Costs no call.
    pub async fn reconcile_contact(
        &self,
        contact: &str,
        filter: ReconcileFilter,
    ) -> Result<ContactOwesView, AppError> {
        let pairing = self.pairing().await?;
        let named = self.contact_named(&pairing, contact).await?;
        self.db(move |store| contact_owes(store, &pairing, &named, filter))
            .await
    }
}

/// A contact in one currency.
struct Line {
    contact: RecordKey,
    currency: Currency,
    owed: [Decimal; 2],
    outside: [Decimal; 2],
    why: Vec<Why>,
}

impl Line {
    fn difference(&self) -> Decimal {
        self.owed[0] - self.owed[1]
    }

    fn differs(&self) -> bool {
        !self.why.is_empty()
    }
}

/// What rules leave alone, and what is owed by it.
type LeftOut = BTreeMap<(LeftAlone, Side, What, Currency), (Records, Decimal)>;

/// What is counted. Part of a payment or credit note may be under several documents.
#[derive(Default)]
struct Records {
    known: BTreeSet<RecordKey>,
    /// Money on account, each under itself.
    others: usize,
}

fn leave_out(documents: &[Document], left_out: &mut LeftOut) {
    for document in documents {
        for why in &document.why {
            if let Reason::LeftAlone {
                side,
                what,
                why: by,
            } = why.reason
            {
                let sum = left_out
                    .entry((by, side, what, document.currency))
                    .or_default();
                match why.of.as_ref().or(document.key.as_ref()) {
                    Some(key) => {
                        sum.0.known.insert(key.clone());
                    }
                    None => sum.0.others += 1,
                }
                sum.1 += customers::signed(side, why.amount);
            }
        }
    }
}

/// A customer's lines, from its documents where they were looked at.
fn lines(contact: &RecordKey, customer: &Customer, documents: &[Document]) -> Vec<Line> {
    let line = |(currency, sums): (&Currency, &[Decimal; 2])| {
        let mut line = Line {
            contact: contact.clone(),
            currency: *currency,
            owed: *sums,
            outside: [Decimal::ZERO; 2],
            why: Vec::new(),
        };
        for document in documents.iter().filter(|it| it.currency == *currency) {
            let outside = document.outside();
            for side in Side::BOTH.map(place) {
                line.outside[side] += outside[side];
                line.owed[side] -= outside[side];
            }
            let inside = document.why.iter().filter(|why| !why.is_outside());
            line.why.extend(inside.cloned());
        }
        line
    };
    customer.sums.iter().map(line).collect()
}

fn reconciled(
    store: &Store,
    pairing: &Pairing,
    filter: ReconcileFilter,
) -> Result<ReconcileView, StoreError> {
    let id = pairing.id;
    let desk = Desk::new(store, id)?;
    let all = customers::all(store, id)?;
    let mut left_out = LeftOut::new();
    let mut totals: BTreeMap<Currency, ([Decimal; 2], [Decimal; 2])> = BTreeMap::new();
    let mut kept: Vec<Line> = Vec::new();
    let mut differing: BTreeSet<RecordKey> = BTreeSet::new();
    let mut unsettled = false;
    for (contact, customer) in &all {
        let documents = if customer.in_question() || desk.has_credits_apart(contact) {
            desk.documents(contact, customer, false)?
        } else {
            Vec::new()
        };
        leave_out(&documents, &mut left_out);
        for line in lines(contact, customer, &documents) {
            let (owed, outside) = totals.entry(line.currency).or_default();
            for side in Side::BOTH.map(place) {
                owed[side] += line.owed[side];
                outside[side] += line.outside[side];
            }
            if line.differs() {
                differing.insert(contact.clone());
                unsettled |= !line.why.iter().all(Why::is_settled);
            }
            let nothing = line.owed.iter().all(Decimal::is_zero);
            if line.differs() || (filter.all && !nothing) {
                kept.push(line);
            }
        }
    }
    // The base currency first, and in each the largest difference; then who owes most.
    kept.sort_by_key(|line| {
        let [xero, _] = line.owed;
        (
            !line.differs(),
            line.currency != pairing.base_currency,
            line.currency,
            std::cmp::Reverse((line.difference().abs(), xero.abs())),
        )
    });
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = kept.len().saturating_sub(limit);
    kept.truncate(limit);
    let unread = not_read(store, id)?;
    Ok(ReconcileView {
        as_of: as_of(store, id)?,
        differs: unsettled || !unread.is_empty(),
        contacts: count(all.len()),
        differing: count(differing.len()),
        lines: kept
            .iter()
            .map(|line| shown_line(store, id, line))
            .collect::<Result<_, _>>()?,
        more: count(more),
        totals: shown_totals(totals, pairing.base_currency),
        left_alone: shown_left_out(left_out),
        unread,
    })
}

fn contact_owes(
    store: &Store,
    pairing: &Pairing,
    named: &[RecordKey],
    filter: ReconcileFilter,
) -> Result<ContactOwesView, StoreError> {
    let id = pairing.id;
    let desk = Desk::new(store, id)?;
    let mut all = customers::all(store, id)?;
    let who = named.iter().map(|key| (key.side, key.id.clone()));
    let known = engine::run::credits::customers(store, id, &who.collect())?;
    let contacts: BTreeSet<RecordKey> = known.into_values().map(|it| it.contact).collect();
    let mut shown = Vec::new();
    let mut documents = Vec::new();
    for contact in contacts {
        let Some(customer) = all.remove(&contact) else {
            continue;
        };
        let found = desk.documents(&contact, &customer, filter.all)?;
        for line in lines(&contact, &customer, &found) {
            let nothing = line.owed.iter().chain(&line.outside).all(Decimal::is_zero);
            if line.differs() || !nothing {
                shown.push(line);
            }
        }
        documents.extend(found);
    }
    for why in documents.iter_mut().flat_map(|it| &mut it.why) {
        desk.sign(why)?;
    }
    let unread = not_read(store, id)?;
    let settled = shown.iter().flat_map(|line| &line.why).all(Why::is_settled);
    let (outside, inside): (Vec<_>, Vec<_>) = documents.into_iter().partition(Document::is_outside);
    let (mut differing, agreeing): (Vec<_>, Vec<_>) =
        inside.into_iter().partition(|it| !it.why.is_empty());
    differing.sort_by_key(|it| {
        (
            it.currency != pairing.base_currency,
            it.currency,
            std::cmp::Reverse(it.difference().abs()),
        )
    });
    let left = if filter.all { 0 } else { agreeing.len() };
    if filter.all {
        differing.extend(agreeing);
    }
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = differing.len().saturating_sub(limit);
    differing.truncate(limit);
    Ok(ContactOwesView {
        as_of: as_of(store, id)?,
        differs: !settled || !unread.is_empty(),
        lines: shown
            .iter()
            .map(|line| shown_line(store, id, line))
            .collect::<Result<_, _>>()?,
        documents: differing.iter().map(shown_document).collect(),
        more: count(more),
        agreeing: count(left),
        left_alone: outside.iter().map(shown_document).collect(),
        unread,
    })
}

/// As of when the two sides are told.
fn as_of(store: &Store, pairing: PairingId) -> Result<AsOfView, StoreError> {
    // What was read longest ago of what a side is told of.
    let read = |side| -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut oldest = None;
        for kind in [Kind::Invoice, Kind::CreditNote, Kind::Payment] {
            let at = store.read_at(pairing, side, kind)?;
            oldest = match (oldest, at) {
                (Some(oldest), Some(at)) => Some(std::cmp::min(oldest, at)),
                (one, other) => one.or(other),
            };
        }
        Ok(oldest)
    };
    let newest = store.runs(Some(pairing), None, 1)?;
    Ok(AsOfView {
        xero: read(Side::Xero)?.map(instant),
        erpnext: read(Side::Erpnext)?.map(instant),
        being_changed: newest.iter().any(|run| run.outcome == RunOutcome::Running),
    })
}

fn not_read(store: &Store, pairing: PairingId) -> Result<Vec<UnreadView>, StoreError> {
    let mut found = Vec::new();
    for side in Side::BOTH {
        let why = unread(store, pairing, side)?;
        found.extend(why.map(|why| UnreadView {
            side: side.into(),
            why,
        }));
    }
    Ok(found)
}

fn shown_line(store: &Store, pairing: PairingId, line: &Line) -> Result<OwedLine, StoreError> {
    let known = store.record(pairing, &line.contact)?;
    let value = |value: Decimal| amount(value, line.currency).value;
    Ok(OwedLine {
        contact: known.map_or_else(
            || line.contact.id.0.clone(),
            |record| record.title().to_owned(),
        ),
        name: name_of(&line.contact),
        currency: line.currency.code().to_owned(),
        xero: value(line.owed[0]),
        erpnext: value(line.owed[1]),
        difference: value(line.difference()),
        why: added_up(line.why.iter(), line.currency),
    })
}

fn shown_totals(
    totals: BTreeMap<Currency, ([Decimal; 2], [Decimal; 2])>,
    base: Currency,
) -> Vec<OwedTotal> {
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(currency, _)| *currency != base);
    let total = |(currency, (owed, outside)): (Currency, ([Decimal; 2], [Decimal; 2]))| {
        let value = |value: Decimal| amount(value, currency).value;
        OwedTotal {
            currency: currency.code().to_owned(),
            xero: value(owed[0]),
            erpnext: value(owed[1]),
            difference: value(owed[0] - owed[1]),
            xero_left_alone: value(outside[0]),
            erpnext_left_alone: value(outside[1]),
            xero_report: value(owed[0] + outside[0]),
            erpnext_report: value(owed[1] + outside[1]),
        }
    };
    totals.into_iter().map(total).collect()
}

fn shown_left_out(left_out: LeftOut) -> Vec<LeftAloneView> {
    left_out
        .into_iter()
        .map(
            |((why, side, what, currency), (documents, owed))| LeftAloneView {
                side: side.into(),
                what: what.word().to_owned(),
                documents: count(documents.known.len() + documents.others),
                amount: amount(owed, currency),
                rule: rule(side, what, why),
            },
        )
        .collect()
}

fn shown_document(document: &Document) -> OwedDocumentView {
    let value = |value: Decimal| amount(value, document.currency).value;
    let [xero, erpnext] = document.due.map(|due| due.map(value));
    OwedDocumentView {
        form: match document.form {
            Form::Document(kind) => kind.word().to_owned(),
            Form::Credit(form) => form.word().to_owned(),
            Form::OnAccount => "on_account".to_owned(),
        },
        number: document.number.clone(),
        date: document.date.map(|date| date.to_string()),
        currency: document.currency.code().to_owned(),
        xero,
        erpnext,
        difference: value(document.difference()),
        why: document
            .why
            .iter()
            .map(|why| why.view(document.currency))
            .collect(),
        payments: document
            .payments
            .iter()
            .map(|payment| {
                let [xero, erpnext] = payment.titles.clone();
                // Of a credit note what is used or paid back, not what that adds to what is owed.
                let note = document.form == Form::Document(Kind::CreditNote);
                let shown = |amount: Decimal| value(if note { -amount } else { amount });
                let [xero_amount, erpnext_amount] = payment.amounts.map(|it| it.map(shown));
                MovementView {
                    what: payment.what.word().to_owned(),
                    date: payment.date.to_string(),
                    xero,
                    erpnext,
                    xero_amount,
                    erpnext_amount,
                }
            })
            .collect(),
    }
}
