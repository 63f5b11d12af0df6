//! Needs attention: exceptions grouped by cause, each with the control that mends it.

use std::collections::BTreeMap;

use ledger::{Cause, Currency, MappingKind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{
    Exception, ExceptionId, ExceptionQuery, ExceptionStatus, LogOutcome, LogQuery, LogWrite,
    Pairing, RecordKey, StoredRecord,
};

use crate::activity::differences_of;
use crate::app::App;
use crate::error::AppError;
use crate::mappings::{Profiles, needs};
use crate::show::{amount, count, instant, number, some};
use crate::views::{
    AttentionGroup, AttentionView, CandidateView, ChoiceView, DifferenceView, ExceptionView,
    IgnoredView, MappingChange, RecordLinks, Remedy, RetryWhat, RunView, Severity,
};
use crate::words;

/// Records listed in a group.
const LISTED: usize = 200;

/// Which group an exception is in: the cause's word and what it is about. Two records with the same
/// remedy are in the same group.
pub(crate) fn group_id(cause: &Cause) -> String {
    let about = match cause {
        Cause::NoAccountMapping { side, account: key } | Cause::NoTaxMapping { side, tax: key } => {
            format!(":{}:{key}", side.word())
        }
        Cause::CurrencyNotUsed { side, currency } => format!(":{}:{currency}", side.word()),
        Cause::PeriodLocked { side, until } => format!(":{}:{until}", side.word()),
        Cause::NoAccount { side, .. }
        | Cause::SeveralCandidates { side, .. }
        | Cause::ContactArchived { side }
        | Cause::NameTaken { side, .. }
        | Cause::NumberTaken { side, .. }
        | Cause::CannotEdit { side, .. }
        | Cause::CannotVoid { side, .. }
        | Cause::Unreadable { side, .. }
        | Cause::Vanished { side }
        | Cause::InDoubt { side, .. } => format!(":{}", side.word()),
        Cause::Invalid { side, field, .. } => format!(":{}:{field}", side.word()),
        Cause::Refused { side, message, .. } => {
            format!(":{}:{}", side.word(), store::fingerprint(&[message]))
        }
        Cause::DifferOnBothSides { .. }
        | Cause::BothChanged { .. }
        | Cause::TotalsDiffer { .. }
        | Cause::AmountDueDiffers { .. }
        | Cause::WaitsForContact { .. } => String::new(),
    };
    format!("{}{about}", cause.word())
}

/// The control that mends a cause, before its choices are filled in.
pub(crate) fn remedy_of(cause: &Cause) -> Remedy {
    match cause {
        Cause::NoAccountMapping { side, account: key } | Cause::NoTaxMapping { side, tax: key } => {
            Remedy::ChooseMapping {
                kind: match cause {
                    Cause::NoTaxMapping { .. } => crate::views::MappingKind::Tax,
                    _ => crate::views::MappingKind::Account,
                },
                side: (*side).into(),
                key: key.clone(),
                name: key.clone(),
                choices: Vec::new(),
                suggested: None,
                reason: None,
            }
        }
        Cause::SeveralCandidates { .. } => Remedy::PickCandidate,
        Cause::DifferOnBothSides { .. }
        | Cause::BothChanged { .. }
        | Cause::TotalsDiffer { .. } => Remedy::KeepOne,
        Cause::NoAccount { side, .. }
        | Cause::ContactArchived { side }
        | Cause::NameTaken { side, .. }
        | Cause::NumberTaken { side, .. }
        | Cause::PeriodLocked { side, .. }
        | Cause::CurrencyNotUsed { side, .. }
        | Cause::CannotEdit { side, .. }
        | Cause::CannotVoid { side, .. }
        | Cause::Unreadable { side, .. }
        | Cause::Vanished { side } => Remedy::MendRecord {
            side: (*side).into(),
        },
        // What the target would not take is corrected where it comes from.
        Cause::Invalid { side, .. } | Cause::Refused { side, .. } => Remedy::MendRecord {
            side: side.other().into(),
        },
        Cause::AmountDueDiffers { .. } | Cause::WaitsForContact { .. } | Cause::InDoubt { .. } => {
            Remedy::Retry
        }
    }
}

impl App {
    /// Exceptions grouped by cause.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn attention(&self) -> Result<AttentionView, AppError> {
        let pairing = self.pairing().await?;
        let id = pairing.id;
        let (open, ignored) = self
            .db(move |store| {
                let of = |status| {
                    store.exceptions(&ExceptionQuery {
                        pairing: Some(id),
                        status: Some(status),
                        ..ExceptionQuery::default()
                    })
                };
                Ok((of(ExceptionStatus::Open)?, of(ExceptionStatus::Ignored)?))
            })
            .await?;
        let profiles = self.known_profiles(&pairing).await?;
        let taken = self.db(move |store| store.mappings(id)).await?;
        let mut groups: BTreeMap<String, Vec<&Exception>> = BTreeMap::new();
        for exception in &open {
            groups
                .entry(group_id(&exception.cause))
                .or_default()
                .push(exception);
        }
        let mut views = Vec::new();
        for (id, members) in groups {
            let Some(first) = members.first() else {
                continue;
            };
            let mut records = Vec::new();
            for exception in members.iter().take(LISTED) {
                records.push(self.exception_view(&pairing, exception).await?);
            }
            views.push(AttentionGroup {
                id,
                cause: first.cause.word().to_owned(),
                badge: words::badge(&first.cause).to_owned(),
                severity: words::severity(&first.cause),
                title: words::group_title(&first.cause, members.len()),
                explanation: first.cause.next_step(),
                count: count(members.len()),
                waiting: waiting(&members),
                since: members
                    .iter()
                    .map(|it| it.first_seen)
                    .min()
                    .map(instant)
                    .unwrap_or_default(),
                remedy: remedy(&first.cause, profiles.as_ref(), &taken.0),
                records,
            });
        }
        // Those that hold up most first; those that only wait for others last.
        views.sort_by_key(|group| {
            (
                group.cause == "waits_for_contact",
                group.severity == Severity::Warning && group.cause == "amount_due_differs",
                std::cmp::Reverse(group.count),
                group.id.clone(),
            )
        });
        let mut ignored_views = Vec::new();
        for exception in &ignored {
            ignored_views.push(IgnoredView {
                reason: exception.reason.clone().unwrap_or_default(),
                at: instant(exception.last_seen),
                exception: self.exception_view(&pairing, exception).await?,
            });
        }
        Ok(AttentionView {
            total: count(open.len()),
            groups: views,
            ignored: ignored_views,
        })
    }

    /// Tries exceptions again; answers when that run has ended.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where none of them is open, and as [`App::sync`].
    pub async fn retry(&self, what: RetryWhat) -> Result<RunView, AppError> {
        let id = self.pairing().await?.id;
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
        self.retry_marked().await
    }

    /// Saves a mapping and tries the group again that waited for it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where the other side does not offer the value, and as [`App::sync`].
    pub async fn fix_mapping(
        &self,
        change: MappingChange,
        group: String,
    ) -> Result<RunView, AppError> {
        self.save_mappings(&[change]).await?;
        match self.retry(RetryWhat::Group(group)).await {
            // Settled in the meantime: the mapping is saved, and a plain sync shows it.
            Err(AppError::NotFound(_)) => self.retry_marked().await,
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
        let is_candidate = match &known.cause {
            Cause::SeveralCandidates { candidates, .. } => {
                candidate == engine::run::situation::chosen::NEW
                    || candidates.iter().any(|id| id.as_str() == candidate)
            }
            _ => false,
        };
        if !is_candidate {
            return Err(AppError::NotFound(format!(
                "candidate \"{candidate}\" for {}",
                known.title
            )));
        }
        self.decide(&known, candidate.clone(), format!("You chose {candidate}"))
            .await
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
        if !matches!(remedy_of(&known.cause), Remedy::KeepOne) {
            return Err(AppError::usage(
                format!("{} is not a choice between two sides.", known.title),
                known.cause.next_step(),
            ));
        }
        let side = Side::from(side);
        let choice = match side {
            Side::Xero => engine::run::situation::chosen::KEEP_XERO,
            Side::Erpnext => engine::run::situation::chosen::KEEP_ERPNEXT,
        };
        self.decide(
            &known,
            choice.to_owned(),
            format!("You chose {side}'s values"),
        )
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
                decision(&known, format!("You set it aside: {reason}")),
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
        self.db(move |store| store.unignore_exception(id)).await?;
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
        choice: String,
        message: String,
    ) -> Result<RunView, AppError> {
        let (id, pairing, now) = (known.id, known.pairing, self.0.clock.now());
        let line = decision(known, message);
        self.db(move |store| {
            store.choose_candidate(id, &RemoteId(choice))?;
            store.append_log(pairing, None, &[line], now)
        })
        .await?;
        self.retry_marked().await
    }

    async fn exception_view(
        &self,
        pairing: &Pairing,
        exception: &Exception,
    ) -> Result<ExceptionView, AppError> {
        let (key, id) = (exception.record.clone(), pairing.id);
        let candidates = match &exception.cause {
            Cause::SeveralCandidates { side, candidates } => {
                self.candidates(pairing, *side, exception.record.kind, candidates)
                    .await?
            }
            _ => Vec::new(),
        };
        let (stored, counterpart, line) = self
            .db(move |store| {
                let stored = store.record(id, &key)?;
                let counterpart = store
                    .link_of(id, key.kind, key.side, &key.id)?
                    .map(|link| link.on(key.side.other()).clone());
                let newest = LogQuery {
                    pairing: Some(id),
                    kind: Some(key.kind),
                    record: Some(key.id.clone()),
                    limit: 1,
                    ..LogQuery::default()
                };
                Ok((stored, counterpart, store.log(&newest)?))
            })
            .await?;
        let record = stored.as_ref().and_then(|it| it.row.record.as_ref().ok());
        let date = record
            .and_then(Record::as_invoice)
            .map(|invoice| invoice.date.to_string());
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
            title: exception.title.clone(),
            contact: some(&exception.contact_name)
                .filter(|_| exception.record.kind != ledger::Kind::Contact),
            date,
            amount: exception
                .amount
                .zip(exception.currency)
                .map(|(value, currency)| amount(value, currency)),
            message: exception.cause.sentence(),
            since: instant(exception.first_seen),
            attempts: exception.tries,
            differences: differences_of(&exception.cause)
                .unwrap_or_default()
                .iter()
                .cloned()
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
            .db(move |store| store.records_by_ids(id, side, kind, &wanted))
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
                title: known.map_or_else(|| id.as_str().to_owned(), |it| it.title().to_owned()),
                detail: known.map(detail).unwrap_or_default(),
                link: links,
            });
        }
        Ok(views)
    }
}

/// What tells a candidate apart.
fn detail(stored: &StoredRecord) -> String {
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
        Ok(Record::Invoice(invoice)) => vec![
            invoice.contact_name.clone(),
            invoice.date.format("%-d %b %Y").to_string(),
            ledger::Money {
                amount: invoice.total,
                currency: invoice.currency,
            }
            .to_string(),
        ],
        Err(unreadable) => vec![unreadable.why.clone()],
    };
    parts.join(", ")
}

fn waiting(members: &[&Exception]) -> Vec<crate::views::Amount> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for exception in members {
        if let (Some(value), Some(currency)) = (exception.amount, exception.currency) {
            *sums.entry(currency).or_default() += value;
        }
    }
    sums.into_iter()
        .map(|(currency, sum)| amount(sum, currency))
        .collect()
}

/// The control with its choices.
fn remedy(
    cause: &Cause,
    profiles: Option<&Profiles>,
    taken: &[ledger::mapping::Mapping],
) -> Remedy {
    let plain = remedy_of(cause);
    let (Some((kind, side, key)), Some(profiles)) = (needs(cause), profiles) else {
        return plain;
    };
    let suggestion = profiles
        .suggestions(kind, taken)
        .into_iter()
        .find(|suggestion| suggestion.mapping.key(side) == key);
    let name = profiles
        .choices(kind, side)
        .iter()
        .find(|choice| choice.key == key)
        .map_or_else(|| key.to_owned(), |choice| named(kind, choice));
    Remedy::ChooseMapping {
        kind: kind.into(),
        side: side.into(),
        key: key.to_owned(),
        name,
        choices: profiles
            .choices(kind, side.other())
            .iter()
            .cloned()
            .map(ChoiceView::from)
            .collect(),
        suggested: suggestion
            .as_ref()
            .map(|suggestion| suggestion.mapping.key(side.other()).to_owned()),
        reason: suggestion.map(|suggestion| suggestion.reason),
    }
}

fn named(kind: MappingKind, choice: &ledger::mapping::Choice) -> String {
    match (kind, &choice.code) {
        (MappingKind::Account, Some(code)) => format!("{code} {}", choice.name),
        _ => choice.name.clone(),
    }
}

/// A line about what a person decided for a record.
fn decision(known: &Exception, message: String) -> LogWrite {
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
