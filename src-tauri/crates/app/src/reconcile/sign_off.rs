//! What was owed on a day as people see it: with the reasons why the two sides differ, signed, and what changed it
//! since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Currency, Said, Side};
use rust_decimal::Decimal;
use store::{
    LogOutcome, LogWrite, NewSignOff, Pairing, PairingId, RecordKey, SignOff, SignOffId,
    SignedEntry, SignedFigure, Store, StoreError,
};

use super::as_of::{Apart, Balance, Entry, Whose, balances, entries, whose};
use super::{as_of as read_as_of, not_read};
use crate::app::App;
use crate::error::AppError;
use crate::scope::name_of;
use crate::show::{amount, count, instant, number};
use crate::views::{
    ChangedSince, OwedEntry, OwedOnDay, OwedOnDayLine, OwedTotalOnDay, SignOffView, SignOffsView,
    SinceSignOff,
};
use crate::who;

impl App {
    /// What every contact owed at the end of a day, on both sides, by the days of documents and payments.
    ///
    /// # Errors
    /// A usage error for what is no day; [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn owed_on(&self, day: &str, all: bool, limit: u32) -> Result<OwedOnDay, AppError> {
        let pairing = self.pairing().await?;
        let day = parsed(day)?;
        self.db(move |store| owed_on(store, &pairing, day, (all, limit)))
            .await
    }

    /// Signs what every contact owed at the end of a day: who, when, and the figures are kept for good.
    ///
    /// # Errors
    /// A usage error for a day that is not over where the books are, and while a sync is under way; as
    /// [`App::owed_on`].
    pub async fn sign_off(&self, day: &str, note: String) -> Result<SignOffView, AppError> {
        let pairing = self.pairing().await?;
        let (day, now, id) = (parsed(day)?, self.0.clock.now(), pairing.id);
        if day >= now.date_naive() {
            return Err(AppError::usage(
                format!("{day} is not over yet."),
                "Sign a day that is over, mostly the last one of a month.",
            ));
        }
        let busy = self.db(move |store| read_as_of(store, id)).await?;
        if busy.being_changed {
            return Err(AppError::usage(
                "A sync is under way, or one was broken off: the figures may be of two moments.",
                "Sign once a sync has come to its end.",
            ));
        }
        let said = Said::SignedOff {
            day: day.to_string(),
        };
        let line = who::signed(LogWrite::note(LogOutcome::Decided, said));
        self.db(move |store| {
            let (figures, entries) = counted_by(store, id, day)?;
            let new = NewSignOff {
                pairing: id,
                day,
                who: who::person(),
                note,
                figures,
                entries,
            };
            let signed = store.sign_off(&new, now)?;
            store.append_log(id, None, &[line], now)?;
            Ok(shown(&SignOff {
                id: signed,
                signed_at: now,
                signed: new,
            }))
        })
        .await
    }

    /// What was signed so far, newest first.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn sign_offs(&self) -> Result<SignOffsView, AppError> {
        let id = self.pairing().await?.id;
        let all = self.db(move |store| store.sign_offs(id)).await?;
        Ok(SignOffsView {
            sign_offs: all.iter().map(shown).collect(),
        })
    }

    /// What changed, since it was signed, of what was owed on the day of a sign-off: documents and payments that
    /// were entered, edited or voided later with a day of then.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn since_sign_off(&self, of: u32) -> Result<SinceSignOff, AppError> {
        let id = self.pairing().await?.id;
        let wanted = SignOffId(i64::from(of));
        let since = self
            .db(move |store| {
                let all = store.sign_offs(id)?;
                let signed = all.into_iter().find(|it| it.id == wanted);
                signed.map(|signed| since(store, id, &signed)).transpose()
            })
            .await?;
        since.ok_or_else(|| AppError::NotFound(format!("sign-off {of}")))
    }
}

/// The figures of a day, and what they are made of.
fn counted_by(
    store: &Store,
    pairing: PairingId,
    day: NaiveDate,
) -> Result<(Vec<SignedFigure>, Vec<SignedEntry>), StoreError> {
    let entries = entries(store, pairing)?;
    let whose = whose(store, pairing, &entries)?;
    let balances = balances(&entries, &whose, day);
    let owing = balances.into_iter().filter(|(_, it)| owes(it));
    let figures = owing
        .map(|((contact, currency), balance)| {
            Ok(SignedFigure {
                name: name(store, pairing, &contact)?,
                contact,
                currency,
                xero: balance.owed[0],
                erpnext: balance.owed[1],
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok((figures, signed_entries(entries, &whose, day)))
}

/// What counts by a day, as it is signed. Journal entries are no records.
fn signed_entries(entries: Vec<Entry>, whose: &Whose, day: NaiveDate) -> Vec<SignedEntry> {
    let counts = entries
        .into_iter()
        .filter(|entry| entry.day <= day && !entry.effects.is_empty());
    counts
        .filter_map(|entry| {
            Some(SignedEntry {
                contact: whose.get(&(entry.side, entry.contact.clone()))?.clone(),
                record: entry.key?,
                title: entry.title,
                what: entry.what.to_owned(),
                effects: entry.effects,
            })
        })
        .collect()
}

fn owes(balance: &Balance) -> bool {
    !balance.owed.iter().all(Decimal::is_zero)
}

fn name(store: &Store, pairing: PairingId, contact: &RecordKey) -> Result<String, StoreError> {
    let known = store.record(pairing, contact)?;
    Ok(known.map_or_else(|| contact.id.0.clone(), |it| it.title().to_owned()))
}

fn owed_on(
    store: &Store,
    pairing: &Pairing,
    day: NaiveDate,
    (all, limit): (bool, u32),
) -> Result<OwedOnDay, StoreError> {
    let id = pairing.id;
    let entries = entries(store, id)?;
    let whose = whose(store, id, &entries)?;
    let found = balances(&entries, &whose, day);
    let mut totals: BTreeMap<Currency, [Decimal; 2]> = BTreeMap::new();
    for ((_, currency), balance) in &found {
        let total = totals.entry(*currency).or_default();
        total[0] += balance.owed[0];
        total[1] += balance.owed[1];
    }
    let differing = found.values().filter(|it| it.owed[0] != it.owed[1]).count();
    let contacts = found.values().filter(|it| owes(it)).count();
    let mut kept: Vec<_> = (found.iter())
        .filter(|(_, it)| it.owed[0] != it.owed[1] || all && owes(it))
        .collect();
    kept.sort_by_key(|((_, currency), it)| {
        let apart = (it.owed[0] - it.owed[1]).abs();
        (
            *currency != pairing.base_currency,
            *currency,
            std::cmp::Reverse((apart, it.owed[0].abs())),
        )
    });
    let more = kept
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
    kept.truncate(kept.len() - more);
    totals.retain(|_, owed| !owed.iter().all(Decimal::is_zero));
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(currency, _)| *currency != pairing.base_currency);
    Ok(OwedOnDay {
        day: day.to_string(),
        as_of: read_as_of(store, id)?,
        contacts: count(contacts),
        differing: count(differing),
        lines: kept
            .into_iter()
            .map(|(key, balance)| line(store, id, key, balance, day))
            .collect::<Result<_, _>>()?,
        more: count(more),
        totals: totals
            .into_iter()
            .map(|(currency, owed)| OwedTotalOnDay {
                currency: currency.code().to_owned(),
                xero: amount(owed[0], currency).value,
                erpnext: amount(owed[1], currency).value,
                difference: amount(owed[0] - owed[1], currency).value,
            })
            .collect(),
        unread: not_read(store, id)?,
    })
}

fn line(
    store: &Store,
    pairing: PairingId,
    (contact, currency): &(RecordKey, Currency),
    balance: &Balance,
    day: NaiveDate,
) -> Result<OwedOnDayLine, StoreError> {
    let value = |value: Decimal| amount(value, *currency).value;
    let mut apart: Vec<&Apart> = balance.apart.iter().collect();
    apart.sort_by_key(|it| std::cmp::Reverse((it.counts[0] - it.counts[1]).abs()));
    Ok(OwedOnDayLine {
        contact: name(store, pairing, contact)?,
        name: name_of(contact),
        currency: currency.code().to_owned(),
        xero: value(balance.owed[0]),
        erpnext: value(balance.owed[1]),
        difference: value(balance.owed[0] - balance.owed[1]),
        entries: apart
            .into_iter()
            .map(|it| entry(it, *currency, day))
            .collect(),
    })
}

fn entry(apart: &Apart, currency: Currency, day: NaiveDate) -> OwedEntry {
    let of = |side: Side| match side {
        Side::Xero => apart.xero.as_ref(),
        Side::Erpnext => apart.erpnext.as_ref(),
    };
    let either = of(Side::Xero).or(of(Side::Erpnext));
    let later = |side: Side| of(side).filter(|it| it.day > day);
    let alone = |side: Side| of(side).is_some() && of(side.other()).is_none();
    let why = Side::BOTH
        .into_iter()
        .find_map(|side| {
            later(side)
                .map(|it| format!("dated {} in {side}", it.day))
                .or_else(|| alone(side).then(|| format!("only in {side}")))
        })
        .unwrap_or_else(|| "another amount on the two sides".to_owned());
    let value = |value: Decimal| amount(value, currency).value;
    OwedEntry {
        what: either.map_or("", |it| it.what).to_owned(),
        title: either.map(|it| it.title.clone()).unwrap_or_default(),
        xero_day: of(Side::Xero).map(|it| it.day.to_string()),
        erpnext_day: of(Side::Erpnext).map(|it| it.day.to_string()),
        xero: value(apart.counts[0]),
        erpnext: value(apart.counts[1]),
        why,
    }
}

fn shown(signed: &SignOff) -> SignOffView {
    let of = &signed.signed;
    let mut totals: BTreeMap<Currency, [Decimal; 2]> = BTreeMap::new();
    for figure in &of.figures {
        let total = totals.entry(figure.currency).or_default();
        total[0] += figure.xero;
        total[1] += figure.erpnext;
    }
    SignOffView {
        id: number(signed.id.0),
        day: of.day.to_string(),
        signed_at: instant(signed.signed_at),
        who: of.who.clone(),
        note: of.note.clone(),
        contacts: count(of.figures.len()),
        totals: totals
            .into_iter()
            .map(|(currency, owed)| OwedTotalOnDay {
                currency: currency.code().to_owned(),
                xero: amount(owed[0], currency).value,
                erpnext: amount(owed[1], currency).value,
                difference: amount(owed[0] - owed[1], currency).value,
            })
            .collect(),
    }
}

/// What changed of a signed day: whose documents and payments of then count otherwise now.
fn since(store: &Store, pairing: PairingId, signed: &SignOff) -> Result<SinceSignOff, StoreError> {
    let day = signed.signed.day;
    let entries = entries(store, pairing)?;
    let whose = whose(store, pairing, &entries)?;
    let now = balances(&entries, &whose, day);
    let then: BTreeMap<(RecordKey, Currency), [Decimal; 2]> = (signed.signed.figures.iter())
        .map(|it| ((it.contact.clone(), it.currency), [it.xero, it.erpnext]))
        .collect();
    let others = others(
        &signed.signed.entries,
        &signed_entries(entries, &whose, day),
    );
    let mut whose_changed: BTreeSet<(RecordKey, Currency)> = others.keys().cloned().collect();
    let figure = |key: &(RecordKey, Currency)| {
        let owed = now.get(key).map(|it| it.owed);
        (
            then.get(key).copied().unwrap_or_default(),
            owed.unwrap_or_default(),
        )
    };
    // What journal entries made of it is in no record.
    let all = then.keys().chain(now.keys());
    whose_changed.extend(
        all.filter(|key| {
            let (then, now) = figure(key);
            then != now
        })
        .cloned(),
    );
    let mut changed = Vec::new();
    for key in whose_changed {
        let (signed, owed) = figure(&key);
        let (contact, currency) = &key;
        let value = |value: Decimal| amount(value, *currency).value;
        changed.push(ChangedSince {
            contact: name(store, pairing, contact)?,
            name: name_of(contact),
            currency: currency.code().to_owned(),
            signed_xero: value(signed[0]),
            signed_erpnext: value(signed[1]),
            xero: value(owed[0]),
            erpnext: value(owed[1]),
            entries: others
                .get(&key)
                .into_iter()
                .flatten()
                .map(|it| shown_other(it, *currency))
                .collect(),
        });
    }
    Ok(SinceSignOff {
        sign_off: shown(signed),
        changed,
    })
}

/// A record of which not the same counts as when a day was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Other {
    record: RecordKey,
    title: String,
    what: String,
    then: Option<Decimal>,
    now: Option<Decimal>,
}

fn shown_other(other: &Other, currency: Currency) -> OwedEntry {
    let why = match (other.then, other.now) {
        (None, _) => "entered since, or dated into it",
        (_, None) => "voided or deleted since, or dated out of it",
        _ => "another amount since",
    };
    let on = |side: Side| {
        let counts = other.now.filter(|_| other.record.side == side);
        amount(counts.unwrap_or_default(), currency).value
    };
    OwedEntry {
        what: other.what.clone(),
        title: other.title.clone(),
        xero_day: None,
        erpnext_day: None,
        xero: on(Side::Xero),
        erpnext: on(Side::Erpnext),
        why: format!("{}: {why}", other.record.side),
    }
}

/// Of which records not the same counts as was signed, by whose they are and their currency.
fn others(
    signed: &[SignedEntry],
    now: &[SignedEntry],
) -> BTreeMap<(RecordKey, Currency), Vec<Other>> {
    let mut both: BTreeMap<(RecordKey, Currency, RecordKey), Other> = BTreeMap::new();
    for (of_now, entry) in
        (signed.iter().map(|it| (false, it))).chain(now.iter().map(|it| (true, it)))
    {
        for (currency, effect) in &entry.effects {
            let key = (entry.contact.clone(), *currency, entry.record.clone());
            let other = both.entry(key).or_insert_with(|| Other {
                record: entry.record.clone(),
                title: entry.title.clone(),
                what: entry.what.clone(),
                then: None,
                now: None,
            });
            if of_now {
                other.now = Some(*effect);
            } else {
                other.then = Some(*effect);
            }
        }
    }
    let mut found: BTreeMap<(RecordKey, Currency), Vec<Other>> = BTreeMap::new();
    for ((contact, currency, _), other) in both {
        if other.then != other.now {
            found.entry((contact, currency)).or_default().push(other);
        }
    }
    found
}

fn parsed(day: &str) -> Result<NaiveDate, AppError> {
    NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| {
        AppError::usage(
            format!("\"{day}\" is no day."),
            "Write it as year, month, day: 2026-10-31.",
        )
    })
}
