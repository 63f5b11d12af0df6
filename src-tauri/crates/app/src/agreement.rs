//! Whether the two sides agree: nobody has to decide anything, nothing is left to do, and customers owe
//! the same. What a person has set aside is counted beside it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::run::credits::{Compared, compared, unread};
use ledger::agreement::amount_due_difference;
use ledger::{Currency, DocumentState, Kind, Side};
use rust_decimal::Decimal;
use store::summary::{Due, Receivables};
use store::{
    Exception, ExceptionQuery, ExceptionStatus, LeftAlone, PairingId, RecordKey, Rule, Run,
    RunOutcome, Store, StoreError,
};

use crate::payments;
use crate::views::{Agreement, OutsideWhat};

/// What customers owe on the two sides in a currency, as far as nothing explains the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    pub currency: Currency,
    /// Xero less ERPNext.
    pub difference: Decimal,
}

/// Documents on one side only that a rule leaves alone, and what is open of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub why: LeftAlone,
    pub side: Side,
    pub currency: Currency,
    pub what: OutsideWhat,
}

/// How what customers owe compares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Owed {
    /// What nothing explains.
    pub apart: Vec<Apart>,
    /// What a rule leaves alone: how many documents, and what is open of them.
    pub left_alone: BTreeMap<LeftOut, (u64, Decimal)>,
    /// Why it is not known what is open beside invoices, by side.
    pub unread: Vec<(Side, String)>,
    /// What is open beside invoices, customer by customer.
    pub credits: Compared,
}

impl Owed {
    fn leave_alone(&mut self, what: LeftOut, open: Decimal) {
        let (count, sum) = self.left_alone.entry(what).or_default();
        *count += 1;
        *sum += open;
    }
}

/// The answer, from the last run that was finished, the open exceptions, and what is apart.
pub(crate) fn agreement(finished: Option<&Run>, open: &[Exception], owed: &Owed) -> Agreement {
    let Some(run) = finished else {
        return Agreement::NotSynced;
    };
    match run.outcome {
        RunOutcome::ConnectionFailed => Agreement::Unreachable,
        _ if !open.is_empty() => Agreement::NeedsAttention,
        // Nobody has to decide anything, and still it was not all done.
        RunOutcome::Exceptions if run.counts.exceptions == 0 => Agreement::Unfinished,
        _ if !owed.apart.is_empty() || !owed.unread.is_empty() => Agreement::Apart,
        _ => Agreement::Agrees,
    }
}

/// Where customers owe differently on the two sides: by invoices and credit notes, and by what they have
/// open beside them. What is only rounded differently and what a person has set aside is no part of it, and what a
/// rule leaves alone is told by that rule.
pub(crate) fn owed(
    store: &Store,
    pairing: PairingId,
    receivables: &[Receivables],
    ignored: &[Exception],
) -> Result<Owed, StoreError> {
    let mut owed = Owed {
        credits: compared(store, pairing)?,
        ..Owed::default()
    };
    documents(store, pairing, receivables, ignored, &mut owed)?;
    for customer in &owed.credits.apart {
        // Set aside, and still the same.
        let aside = ignored
            .iter()
            .any(|it| it.record == customer.contact && it.cause == customer.cause());
        if !aside {
            // What is open there lowers what is owed.
            owed.apart.extend(customer.apart.iter().map(|it| Apart {
                currency: it.currency,
                difference: -it.difference,
            }));
        }
    }
    for (why, side, credit) in owed.credits.left_alone.clone() {
        let what = LeftOut {
            why,
            side,
            currency: credit.currency,
            what: OutsideWhat::OnAccount,
        };
        owed.leave_alone(what, credit.open);
    }
    for side in Side::BOTH {
        let why = unread(store, pairing, side)?;
        owed.unread.extend(why.map(|why| (side, why)));
    }
    Ok(owed)
}

fn documents(
    store: &Store,
    pairing: PairingId,
    receivables: &[Receivables],
    ignored: &[Exception],
    owed: &mut Owed,
) -> Result<(), StoreError> {
    let mut totals: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for it in receivables {
        *totals.entry(it.currency).or_default() += signed(it.side, it.total);
    }
    if totals.values().all(Decimal::is_zero) {
        return Ok(());
    }
    let rules = store.rules(pairing)?;
    let rule = |kind| rules.iter().find(|rule| rule.kind == kind);
    let (kept, needed) = (store.apart(pairing)?, store.apart_for_others(pairing)?);
    let of_ignored = ignored.iter().map(|it| &it.record);
    let settled = settled_by(store, pairing, of_ignored.chain(&kept))?;
    let aside: BTreeSet<&RecordKey> = ignored
        .iter()
        .map(|it| &it.record)
        .chain(&settled)
        .collect();
    let mut linked: BTreeMap<i64, Vec<Due>> = BTreeMap::new();
    let mut differences: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for due in store.due_each(pairing)? {
        if let Some(link) = due.link {
            linked.entry(link).or_default().push(due);
        } else if let Some(why) =
            left_alone(store, pairing, rule(due.kind), (&kept, &needed), &due)?
        {
            owed.leave_alone(left_out(why, &due), due.due);
        } else if !aside.contains(&key(&due)) {
            *differences.entry(due.currency).or_default() += signed(due.side, due.due);
        }
    }
    for sides in linked.values() {
        let Some(first) = sides.first() else {
            continue;
        };
        let difference: Decimal = sides.iter().map(|it| signed(it.side, it.due)).sum();
        if !difference.is_zero() && is_kept_apart(store, pairing, &kept, first)? {
            for due in sides {
                owed.leave_alone(left_out(LeftAlone::KeptApart, due), due.due);
            }
            continue;
        }
        if !difference.is_zero() && !explained(store, pairing, first, &aside)? {
            *differences.entry(first.currency).or_default() += difference;
        }
    }
    differences.retain(|_, difference| !difference.is_zero());
    owed.apart
        .extend(differences.into_iter().map(|(currency, difference)| Apart {
            currency,
            difference,
        }));
    Ok(())
}

fn left_out(why: LeftAlone, due: &Due) -> LeftOut {
    LeftOut {
        why,
        side: due.side,
        currency: due.currency,
        what: match due.kind {
            Kind::CreditNote => OutsideWhat::CreditNote,
            _ => OutsideWhat::Invoice,
        },
    }
}

/// Why a document without a link is left alone: by a rule, or because a person keeps it or its contact apart.
fn left_alone(
    store: &Store,
    pairing: PairingId,
    rule: Option<&Rule>,
    (kept, needed): (&BTreeSet<RecordKey>, &BTreeSet<RecordKey>),
    due: &Due,
) -> Result<Option<LeftAlone>, StoreError> {
    if kept.contains(&key(due)) {
        return Ok(Some(LeftAlone::KeptApart));
    }
    if !needed.is_empty() {
        let stored = store.record(pairing, &key(due))?;
        let record = stored.and_then(|it| it.row.record.ok());
        let contacts = record.iter().flat_map(|it| it.refers_to(Kind::Contact));
        let side = due.side;
        let mut contacts = contacts.map(|id| RecordKey::new(side, Kind::Contact, id.as_str()));
        if contacts.any(|contact| needed.contains(&contact)) {
            return Ok(Some(LeftAlone::KeptApart));
        }
    }
    Ok(rule.and_then(|rule| rule.leaves_alone(due.side, due.date)))
}

/// Whether a person keeps one of two linked documents apart.
fn is_kept_apart(
    store: &Store,
    pairing: PairingId,
    kept: &BTreeSet<RecordKey>,
    due: &Due,
) -> Result<bool, StoreError> {
    if kept.is_empty() {
        return Ok(false);
    }
    let link = store.link_of(pairing, due.kind, due.side, &due.id)?;
    Ok(link.is_some_and(|link| {
        Side::BOTH.into_iter().any(|side| {
            kept.contains(&RecordKey {
                side,
                kind: due.kind,
                id: link.on(side).clone(),
            })
        })
    }))
}

/// The documents that payments among these settle, and the invoices that credit notes among them are used
/// for: what is owed differently of them goes with the payment or credit note.
fn settled_by<'r>(
    store: &Store,
    pairing: PairingId,
    records: impl Iterator<Item = &'r RecordKey>,
) -> Result<Vec<RecordKey>, StoreError> {
    let mut settled = Vec::new();
    for record in records {
        let parts = parts_of(store, pairing, record)?;
        settled.extend(parts.into_iter().map(|(document, _)| document));
    }
    Ok(settled)
}

/// What a record, and its counterpart where it has one, takes off what is owed of which documents.
fn parts_of(
    store: &Store,
    pairing: PairingId,
    key: &RecordKey,
) -> Result<Vec<(RecordKey, Decimal)>, StoreError> {
    if !key.kind.ends_first() {
        return Ok(Vec::new());
    }
    let mut keys = vec![key.clone()];
    if let Some(link) = store.link_of(pairing, key.kind, key.side, &key.id)? {
        let side = key.side.other();
        keys.push(RecordKey {
            side,
            kind: key.kind,
            id: link.on(side).clone(),
        });
    }
    let mut parts = Vec::new();
    for key in keys {
        let record = store.record(pairing, &key)?;
        let of = record.and_then(|it| it.row.record.ok());
        let of = of.map(|record| payments::takes_off(&record));
        parts.extend(of.into_iter().flatten().map(|(document, amount)| {
            let document = RecordKey {
                side: key.side,
                kind: document.kind,
                id: document.id,
            };
            (document, amount)
        }));
    }
    Ok(parts)
}

/// What a payment, or the use of a credit note, makes customers owe differently, Xero less ERPNext: what it
/// takes off documents that are owed more of on the other side. `None` where that is nothing.
pub(crate) fn paid_differently(
    store: &Store,
    pairing: PairingId,
    key: &RecordKey,
) -> Result<Option<(Decimal, Currency)>, StoreError> {
    // Of one document on both sides together.
    let mut taken: BTreeMap<RecordKey, Decimal> = BTreeMap::new();
    for (document, amount) in parts_of(store, pairing, key)? {
        let (side, kind) = (document.side, document.kind);
        let link = store.link_of(pairing, kind, side, &document.id)?;
        let named = link.map_or(document, |link| RecordKey {
            side: Side::Xero,
            kind,
            id: link.on(Side::Xero).clone(),
        });
        *taken.entry(named).or_default() -= signed(side, amount);
    }
    let (mut difference, mut currency) = (Decimal::ZERO, None);
    for (document, more) in taken {
        let Some((owed, of)) = owed_differently(store, pairing, &document)? else {
            continue;
        };
        if !more.is_zero() && owed.is_sign_negative() == more.is_sign_negative() {
            difference += more;
            currency = Some(of);
        }
    }
    Ok(currency.map(|currency| (difference, currency)))
}

/// What a credit note makes customers owe differently, Xero less ERPNext: what is left of it, and what it is
/// used for. `None` where that is nothing.
pub(crate) fn credited_differently(
    store: &Store,
    pairing: PairingId,
    key: &RecordKey,
) -> Result<Option<(Decimal, Currency)>, StoreError> {
    let parts = [
        owed_differently(store, pairing, key)?,
        paid_differently(store, pairing, key)?,
    ];
    let sum: Decimal = parts.iter().flatten().map(|(part, _)| part).sum();
    let currency = parts.iter().flatten().map(|(_, currency)| *currency).next();
    Ok(currency
        .filter(|_| !sum.is_zero())
        .map(|currency| (sum, currency)))
}

/// [`owed`], as the store holds it now.
pub(crate) fn stored(
    store: &Store,
    pairing: PairingId,
    today: NaiveDate,
) -> Result<Owed, StoreError> {
    let set_aside = ExceptionQuery {
        pairing: Some(pairing),
        status: Some(ExceptionStatus::Ignored),
        ..ExceptionQuery::default()
    };
    let ignored = store.exceptions(&set_aside)?;
    owed(
        store,
        pairing,
        &store.receivables(pairing, today)?,
        &ignored,
    )
}

/// What is owed differently of one document: Xero less ERPNext, where it has a counterpart, else all that
/// is owed of it; what is left of a credit note is less than nothing. `None` where nothing is.
pub(crate) fn owed_differently(
    store: &Store,
    pairing: PairingId,
    key: &RecordKey,
) -> Result<Option<(Decimal, Currency)>, StoreError> {
    let link = store.link_of(pairing, key.kind, key.side, &key.id)?;
    let mut difference = Decimal::ZERO;
    let mut currency = None;
    for side in Side::BOTH {
        let id = match &link {
            Some(link) => link.on(side).clone(),
            None if side == key.side => key.id.clone(),
            None => continue,
        };
        let key = RecordKey {
            side,
            kind: key.kind,
            id,
        };
        let row = store.record(pairing, &key)?;
        let record = row.and_then(|row| row.row.record.ok());
        if let Some(record) = record
            && let Some((document, owed)) = record.document().zip(record.owed())
            && document.state == DocumentState::Approved
        {
            difference += signed(side, owed);
            currency = Some(document.currency);
        }
    }
    Ok(currency
        .filter(|_| !difference.is_zero())
        .map(|currency| (difference, currency)))
}

fn signed(side: Side, amount: Decimal) -> Decimal {
    match side {
        Side::Xero => amount,
        Side::Erpnext => -amount,
    }
}

fn key(due: &Due) -> RecordKey {
    RecordKey {
        side: due.side,
        kind: due.kind,
        id: due.id.clone(),
    }
}

/// Whether two linked documents that are owed differently are set aside, or differ by rounding alone.
fn explained(
    store: &Store,
    pairing: PairingId,
    due: &Due,
    aside: &BTreeSet<&RecordKey>,
) -> Result<bool, StoreError> {
    let Some(link) = store.link_of(pairing, due.kind, due.side, &due.id)? else {
        return Ok(false);
    };
    let of = |side: Side| RecordKey {
        side,
        kind: due.kind,
        id: link.on(side).clone(),
    };
    if Side::BOTH.into_iter().any(|side| aside.contains(&of(side))) {
        return Ok(true);
    }
    let (Some(xero), Some(erpnext)) = (
        store.record(pairing, &of(Side::Xero))?,
        store.record(pairing, &of(Side::Erpnext))?,
    ) else {
        return Ok(false);
    };
    let (Ok(xero), Ok(erpnext)) = (&xero.row.record, &erpnext.row.record) else {
        return Ok(false);
    };
    let both = xero.document().zip(erpnext.document());
    Ok(both.is_some_and(|(xero, erpnext)| amount_due_difference(xero, erpnext).is_none()))
}

#[cfg(test)]
mod tests;
