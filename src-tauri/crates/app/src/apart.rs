//! Records that a person wants left alone.

use std::collections::BTreeSet;

use ledger::{Money, RemoteId, Said};
use store::{KeepApart, KeptApart, LogOutcome, LogWrite, PairingId, RecordKey, Store, StoreError};

use crate::app::App;
use crate::error::AppError;
use crate::scope::name_of;
use crate::show::{instant, number, some};
use crate::views::{KeptApartListView, KeptApartView};
use crate::who;

impl App {
    /// All that is kept apart. Costs no call.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn apart(&self) -> Result<KeptApartListView, AppError> {
        let pairing = self.pairing().await?.id;
        self.db(move |store| listed(store, pairing)).await
    }

    /// Keeps a record apart, and its counterpart with it: nothing is made from them, written to them, or matched with
    /// them, until a person takes them up again.
    ///
    /// # Errors
    /// Where the text names nothing or several records; a usage error without a reason; as [`App::apart`].
    pub async fn keep_apart(
        &self,
        record: &str,
        reason: &str,
    ) -> Result<KeptApartListView, AppError> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(AppError::usage(
                "Nobody will know why it is kept apart.",
                "Say so with --reason TEXT.",
            ));
        }
        let pairing = self.pairing().await?;
        let named = self.records_named(&pairing, record).await?;
        let (id, now, by) = (pairing.id, self.0.clock.now(), who::person());
        self.db(move |store| {
            let both = with_counterparts(store, id, &named)?;
            let keep: Vec<KeepApart> = both
                .iter()
                .map(|(record, other)| KeepApart {
                    record: record.clone(),
                    other: other.clone(),
                    who: Some(by.clone()),
                    reason: reason.clone(),
                    undone: None,
                })
                .collect();
            store.keep_apart(id, &keep, now)?;
            let said = Said::KeptApart {
                reason: reason.clone(),
            };
            let line = decided(store, id, &named, said)?;
            store.append_log(id, None, &[line], now)?;
            listed(store, id)
        })
        .await
    }

    /// Takes a record up again that was kept apart, and its counterpart with it: the next sync plans them again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is not kept apart; as [`App::keep_apart`].
    pub async fn end_apart(&self, record: &str) -> Result<KeptApartListView, AppError> {
        let pairing = self.pairing().await?;
        let named = self.records_named(&pairing, record).await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        let ended = self
            .db(move |store| {
                let mut keys: BTreeSet<RecordKey> = named.iter().cloned().collect();
                let mut reason = None;
                for key in &named {
                    let Some(kept) = store.apart_since(id, key)? else {
                        continue;
                    };
                    reason.get_or_insert(kept.keep.reason);
                    keys.extend(kept.keep.other.map(|other| counterpart(key, other)));
                }
                let Some(reason) = reason else {
                    return Ok(None);
                };
                let keys: Vec<RecordKey> = keys.into_iter().collect();
                store.end_apart(id, &keys)?;
                let line = decided(store, id, &named, Said::ApartNoMore { reason })?;
                store.append_log(id, None, &[line], now)?;
                listed(store, id).map(Some)
            })
            .await?;
        ended.ok_or_else(|| AppError::NotFound(format!("record {record} that is kept apart")))
    }
}

fn counterpart(of: &RecordKey, id: RemoteId) -> RecordKey {
    RecordKey {
        side: of.side.other(),
        kind: of.kind,
        id,
    }
}

/// These records and their counterparts, each with the other one.
fn with_counterparts(
    store: &Store,
    pairing: PairingId,
    named: &[RecordKey],
) -> Result<Vec<(RecordKey, Option<RemoteId>)>, StoreError> {
    let mut both: Vec<(RecordKey, Option<RemoteId>)> = Vec::new();
    for key in named {
        let side = key.side.other();
        let link = store.link_of(pairing, key.kind, key.side, &key.id)?;
        // Two without a link that are called the same are meant together.
        let beside = named
            .iter()
            .find(|it| it.side == side && it.kind == key.kind);
        let other = link.map(|link| link.on(side).clone());
        let other = other.or_else(|| beside.map(|it| it.id.clone()));
        if let Some(other) = &other {
            both.push((counterpart(key, other.clone()), Some(key.id.clone())));
        }
        both.push((key.clone(), other));
    }
    both.sort();
    both.dedup();
    Ok(both)
}

/// A line of the log about what a person decided of these.
fn decided(
    store: &Store,
    pairing: PairingId,
    named: &[RecordKey],
    said: Said,
) -> Result<LogWrite, StoreError> {
    let mut line = LogWrite::note(LogOutcome::Decided, said);
    for key in named {
        line.kind = Some(key.kind);
        let id = Some(key.id.clone());
        match key.side {
            ledger::Side::Xero => line.xero_id = id,
            ledger::Side::Erpnext => line.erpnext_id = id,
        }
        let stored = store.record(pairing, key)?;
        if let Some(record) = stored.as_ref().and_then(|it| it.row.record.as_ref().ok()) {
            line.title = record.title().to_owned();
            line.contact_name = record.contact_name().to_owned();
            line.total = record.total();
        }
    }
    Ok(who::signed(line))
}

fn listed(store: &Store, pairing: PairingId) -> Result<KeptApartListView, StoreError> {
    let kept = store.kept_apart(pairing)?;
    let names: BTreeSet<RecordKey> = kept.iter().map(|it| it.keep.record.clone()).collect();
    let mut records = Vec::new();
    for it in &kept {
        let of = &it.keep;
        let other = of.other.clone().map(|id| counterpart(&of.record, id));
        // Of two, the one in Xero stands for both.
        let second = of.record.side == ledger::Side::Erpnext
            && other.as_ref().is_some_and(|it| names.contains(it));
        if !second {
            records.push(shown(store, pairing, it, other.as_ref())?);
        }
    }
    records.sort_by(|one, other| {
        let name = |it: &KeptApartView| (ledger::Kind::from(it.kind), it.title.clone());
        name(one).cmp(&name(other))
    });
    Ok(KeptApartListView { records })
}

fn shown(
    store: &Store,
    pairing: PairingId,
    kept: &KeptApart,
    other: Option<&RecordKey>,
) -> Result<KeptApartView, StoreError> {
    let of = &kept.keep;
    let stored = store.record(pairing, &of.record)?;
    let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
    let title = record.map_or_else(|| of.record.id.to_string(), |it| it.title().to_owned());
    Ok(KeptApartView {
        record: name_of(&of.record),
        other: other.map(name_of),
        side: of.record.side.into(),
        kind: of.record.kind.into(),
        contact: record
            .and_then(|it| some(it.contact_name()))
            .filter(|it| *it != title),
        title,
        amount: record.and_then(|it| {
            let total = it.total();
            total.map(|(amount, currency)| Money { amount, currency }.into())
        }),
        since: instant(kept.at),
        who: of.who.clone(),
        reason: of.reason.clone(),
        undone_run: of.undone.map(|run| number(run.0)),
    })
}
