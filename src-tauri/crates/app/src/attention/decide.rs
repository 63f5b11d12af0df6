//! What a person decides about exceptions: try again, map, choose, keep, set aside.

use std::collections::BTreeSet;

use engine::run::scope::Scope;
use ledger::{Cause, RemoteId, Said, Side};
use store::{
    Decision, Exception, ExceptionId, ExceptionQuery, ExceptionStatus, LogOutcome, LogWrite,
    RecordKey,
};

use super::{group_id, remedy_of};
use crate::app::App;
use crate::error::AppError;
use crate::views::{AttentionView, MappingChange, Remedy, RetryWhat, RunView};
use crate::who;

/// What is said in place of a candidate where there is none.
const NEW: &str = "new";

impl App {
    /// Tries exceptions again; answers when that run has ended.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where none of them is open, and as [`App::sync`].
    pub async fn retry(&self, what: RetryWhat) -> Result<RunView, AppError> {
        let id = self.pairing().await?.id;
        let mut scope = Scope::default();
        let marked = match what {
            RetryWhat::All => {
                self.db(move |store| store.request_retry_all(id, None))
                    .await?
            }
            RetryWhat::Some(ids) => {
                let ids: Vec<ExceptionId> = ids
                    .into_iter()
                    .map(|id| ExceptionId(i64::from(id)))
                    .collect();
                scope = self.scope_of(&ids).await?;
                self.db(move |store| store.request_retry(&ids)).await?
            }
            RetryWhat::Group(group) => {
                self.db(move |store| {
                    let open = store.exceptions(&ExceptionQuery {
                        pairing: Some(id),
                        ..ExceptionQuery::default()
                    })?;
                    let ids: Vec<ExceptionId> = open
                        .iter()
                        .filter(|it| group_id(&it.cause) == group || it.cause.word() == group)
                        .map(|it| it.id)
                        .collect();
                    store.request_retry(&ids)
                })
                .await?
            }
        };
        if marked == 0 {
            return Err(AppError::NotFound("open record like that".into()));
        }
        self.retry_marked(scope).await
    }

    /// The records of these exceptions, those that are shown beside them, and those of every exception that
    /// is about one of these too (the other one that could be the same, what waits for it): what ends one
    /// may end the other. Nothing else is read.
    async fn scope_of(&self, exceptions: &[ExceptionId]) -> Result<Scope, AppError> {
        let (ids, pairing) = (exceptions.to_vec(), self.pairing().await?.id);
        let open = self
            .db(move |store| {
                store.exceptions(&ExceptionQuery {
                    pairing: Some(pairing),
                    ..ExceptionQuery::default()
                })
            })
            .await?;
        // What is open beside invoices belongs to no record: only a run about everything reads it.
        let credits = |it: &Exception| {
            ids.contains(&it.id) && matches!(it.cause, Cause::CreditsDiffer { .. })
        };
        if open.iter().any(credits) {
            return Ok(Scope::default());
        }
        let about: Vec<(ExceptionId, BTreeSet<RecordKey>)> = open
            .into_iter()
            .map(|it| {
                let mut records = named_by(&it);
                records.insert(it.record);
                (it.id, records)
            })
            .collect();
        let (mut left, mut records) = (about, BTreeSet::new());
        let mut grown = true;
        while std::mem::take(&mut grown) {
            left.retain(|(id, of_it)| {
                let belongs = ids.contains(id) || !records.is_disjoint(of_it);
                if belongs {
                    records.extend(of_it.iter().cloned());
                    grown = true;
                }
                !belongs
            });
        }
        Ok(Scope::records(records))
    }

    /// Saves a mapping and tries the group again that waited for it.
    ///
    /// # Errors
    /// A usage error where the other side does not offer the value, and as [`App::sync`].
    pub async fn fix_mapping(
        &self,
        change: MappingChange,
        group: String,
    ) -> Result<RunView, AppError> {
        self.save_mappings(&[change]).await?;
        match self.retry(RetryWhat::Group(group)).await {
            // Settled in the meantime: the mapping is saved, and a plain sync shows it.
            Err(AppError::NotFound(_)) => self.retry_marked(Scope::default()).await,
            other => other,
        }
    }

    /// Says which record is the counterpart, or `new` that there is none, and tries again.
    ///
    /// # Errors
    /// [`AppError::NotFound`], and as [`App::sync`].
    pub async fn pick_candidate(
        &self,
        exception: u32,
        candidate: String,
    ) -> Result<RunView, AppError> {
        let known = self.open_one(exception).await?;
        let beside = known.cause.beside().map(|(_, ids)| ids);
        let named = beside.is_some_and(|ids| ids.iter().any(|id| id.as_str() == candidate));
        let decision = match remedy_of(&known.cause) {
            // What is to be told apart is shown, and is no choice.
            Remedy::PickCandidate if named => Some(Decision::Same(RemoteId::new(&*candidate))),
            Remedy::PickCandidate | Remedy::KeepApart | Remedy::AsNew if candidate == NEW => {
                Some(Decision::New)
            }
            _ => None,
        };
        let Some(decision) = decision else {
            return Err(AppError::NotFound(format!(
                "candidate \"{candidate}\" for {}",
                known.title
            )));
        };
        let said = match &decision {
            Decision::Same(record) => Said::Chose { id: record.clone() },
            Decision::New | Decision::Keep(_) => Said::ChoseNew,
        };
        self.decide(&known, decision, said).await
    }

    /// Says which side's values to keep, and tries again.
    ///
    /// # Errors
    /// [`AppError::NotFound`], and as [`App::sync`].
    pub async fn keep(
        &self,
        exception: u32,
        side: crate::views::Side,
    ) -> Result<RunView, AppError> {
        let known = self.open_one(exception).await?;
        let side = Side::from(side);
        let Some((_, offered)) = known.cause.choice() else {
            return Err(AppError::usage(
                format!("{} is not a choice between two sides.", known.title),
                known.cause.next_step(),
            ));
        };
        if !offered.contains(&side) {
            return Err(AppError::usage(
                format!(
                    "{side}'s values cannot be carried over for {}.",
                    known.title
                ),
                known.cause.next_step(),
            ));
        }
        self.decide(&known, Decision::Keep(side), Said::Kept { side })
            .await
    }

    /// Sets exceptions aside, with a reason.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where one is not open; those before it are set aside then.
    pub async fn ignore(
        &self,
        exceptions: Vec<u32>,
        reason: String,
    ) -> Result<AttentionView, AppError> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(AppError::usage(
                "A reason is missing.",
                "Say why, for whoever reads it later.",
            ));
        }
        for id in exceptions {
            let known = self.open_one(id).await?;
            let (line, pairing, now) = (
                who::signed(decision(
                    &known,
                    Said::SetAside {
                        reason: reason.clone(),
                    },
                )),
                known.pairing,
                self.0.clock.now(),
            );
            let reason = reason.clone();
            self.db(move |store| {
                store.ignore_exception(known.id, &reason)?;
                store.append_log(pairing, None, &[line], now)
            })
            .await?;
        }
        self.attention().await
    }

    /// Takes an exception back into the list.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is not set aside.
    pub async fn undo_ignore(&self, exception: u32) -> Result<AttentionView, AppError> {
        let id = ExceptionId(i64::from(exception));
        let now = self.0.clock.now();
        self.db(move |store| {
            let known = store.exception(id)?;
            store.unignore_exception(id)?;
            let Some(known) = known else {
                return Ok(());
            };
            let reason = known.reason.clone().unwrap_or_default();
            let line = who::signed(decision(&known, Said::TakenUpAgain { reason }));
            store.append_log(known.pairing, None, &[line], now)
        })
        .await?;
        self.attention().await
    }

    async fn open_one(&self, id: u32) -> Result<Exception, AppError> {
        let known = self
            .db(move |store| store.exception(ExceptionId(i64::from(id))))
            .await?;
        known
            .filter(|it| it.status == ExceptionStatus::Open)
            .ok_or_else(|| AppError::NotFound(format!("open record with the number {id}")))
    }

    async fn decide(
        &self,
        known: &Exception,
        made: Decision,
        message: Said,
    ) -> Result<RunView, AppError> {
        let (id, pairing, now) = (known.id, known.pairing, self.0.clock.now());
        let line = who::signed(decision(known, message));
        self.db(move |store| {
            store.decide(id, &made)?;
            store.append_log(pairing, None, &[line], now)
        })
        .await?;
        let scope = self.scope_of(&[id]).await?;
        self.retry_marked(scope).await
    }
}

/// The records that an exception is about beside its own.
fn named_by(known: &Exception) -> BTreeSet<RecordKey> {
    let named = known.cause.named().into_iter();
    named
        .map(|(side, kind, id)| RecordKey {
            side,
            kind: kind.unwrap_or(known.record.kind),
            id,
        })
        .collect()
}

/// A line about what a person decided for a record.
fn decision(known: &Exception, message: Said) -> LogWrite {
    let RecordKey { side, kind, id } = known.record.clone();
    let (xero_id, erpnext_id) = match side {
        Side::Xero => (Some(id), None),
        Side::Erpnext => (None, Some(id)),
    };
    LogWrite {
        kind: Some(kind),
        xero_id,
        erpnext_id,
        title: known.title.clone(),
        contact_name: known.contact_name.clone(),
        total: known.amount.zip(known.currency),
        ..LogWrite::note(LogOutcome::Decided, message)
    }
}
