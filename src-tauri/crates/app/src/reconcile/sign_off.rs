//! What was owed on a day as people see it: with the reasons why the two sides differ, signed, and what changed it
//! since.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ledger::{Currency, Said, Side};
use rust_decimal::Decimal;
use store::{
    LogOutcome, LogWrite, NewSignOff, Pairing, PairingId, RecordKey, SignOff, SignOffId,
    SignedFigure, Store, StoreError,
};

use super::as_of::{Apart, Balance, Entry, balances, entries, whose};
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
            let new = NewSignOff {
                pairing: id,
                day,
                who: who::person(),
                note,
                figures: figures(store, id, day)?,
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

type Balances = BTreeMap<(RecordKey, Currency), Balance>;

fn figures(
    store: &Store,
    pairing: PairingId,
    day: NaiveDate,
) -> Result<Vec<SignedFigure>, StoreError> {
    let entries = entries(store, pairing)?;
    let whose = whose(store, pairing, &entries)?;
    let balances = balances(&entries, &whose, day);
    let owing = balances.into_iter().filter(|(_, it)| owes(it));
    owing
        .map(|((contact, currency), balance)| {
            Ok(SignedFigure {
                name: name(store, pairing, &contact)?,
                contact,
                currency,
                xero: balance.owed[0],
                erpnext: balance.owed[1],
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

/// What changed of a signed day: contacts whose figures are others now, and what was read anew of them.
fn since(store: &Store, pairing: PairingId, signed: &SignOff) -> Result<SinceSignOff, StoreError> {
    let entries = entries(store, pairing)?;
    let whose = whose(store, pairing, &entries)?;
    let now = balances(&entries, &whose, signed.signed.day);
    let mut changed = Vec::new();
    for (contact, currency, then, owed) in moved(&signed.signed.figures, &now) {
        let value = |value: Decimal| amount(value, currency).value;
        let of_contact = |entry: &&Entry| {
            let whose = whose.get(&(entry.side, entry.contact.clone()));
            whose == Some(&contact)
                && entry.day <= signed.signed.day
                && newer(entry, signed.signed_at)
                && (entry.currency == currency
                    || entry.effects.iter().any(|(of, _)| *of == currency))
        };
        changed.push(ChangedSince {
            contact: name(store, pairing, &contact)?,
            name: name_of(&contact),
            currency: currency.code().to_owned(),
            signed_xero: value(then[0]),
            signed_erpnext: value(then[1]),
            xero: value(owed[0]),
            erpnext: value(owed[1]),
            entries: entries
                .iter()
                .filter(of_contact)
                .map(|entry| OwedEntry {
                    what: entry.what.to_owned(),
                    title: entry.title.clone(),
                    xero_day: (entry.side == Side::Xero).then(|| entry.day.to_string()),
                    erpnext_day: (entry.side == Side::Erpnext).then(|| entry.day.to_string()),
                    xero: value(counted(entry, Side::Xero, currency)),
                    erpnext: value(counted(entry, Side::Erpnext, currency)),
                    why: if entry.effects.is_empty() {
                        "voided or deleted since".to_owned()
                    } else {
                        "entered or changed since".to_owned()
                    },
                })
                .collect(),
        });
    }
    Ok(SinceSignOff {
        sign_off: shown(signed),
        changed,
    })
}

fn newer(entry: &Entry, than: DateTime<Utc>) -> bool {
    entry.read_at.is_some_and(|at| at > than)
}

fn counted(entry: &Entry, side: Side, currency: Currency) -> Decimal {
    if entry.side != side {
        return Decimal::ZERO;
    }
    let of = entry.effects.iter().filter(|(of, _)| *of == currency);
    of.map(|(_, effect)| *effect).sum()
}

/// Whose figures are others now: the contact, the currency, what was signed, and what is.
fn moved(
    signed: &[SignedFigure],
    now: &Balances,
) -> Vec<(RecordKey, Currency, [Decimal; 2], [Decimal; 2])> {
    let mut both: BTreeMap<(RecordKey, Currency), [[Decimal; 2]; 2]> = BTreeMap::new();
    for figure in signed {
        let key = (figure.contact.clone(), figure.currency);
        both.entry(key).or_default()[0] = [figure.xero, figure.erpnext];
    }
    for (key, balance) in now {
        both.entry(key.clone()).or_default()[1] = balance.owed;
    }
    both.into_iter()
        .filter(|(_, [then, now])| then != now)
        .map(|((contact, currency), [then, now])| (contact, currency, then, now))
        .collect()
}

fn parsed(day: &str) -> Result<NaiveDate, AppError> {
    NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| {
        AppError::usage(
            format!("\"{day}\" is no day."),
            "Write it as year, month, day: 2026-10-31.",
        )
    })
}
