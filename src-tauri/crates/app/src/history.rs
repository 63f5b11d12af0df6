//! The import of old documents: those before the start date, newest first, part by part, below what is new.
//!
//! What was asked for is kept, so it is gone on with after any end of a program. A part is a sync of a slice
//! ([`engine::run::scope::Slice`]), and what of it was written is linked: nothing else has to be remembered.

mod job;

use chrono::NaiveDate;
use engine::run::scope::{Scope, Slice};
use ledger::{Kind, Said};
use store::{LogOutcome, LogWrite, Pairing, PairingId, Store, StoreError, Trigger};

use self::job::Job;
use crate::app::App;
use crate::error::AppError;
use crate::sync::{Acceptance, SyncRequest};
use crate::views::{
    ErrorView, HistoryState, HistoryView, PreviewView, RuleChange, RuleSetting, RunOutcome, RunView,
};
use crate::who;

/// Documents and payments of one part: few enough that what is new waits for some minutes at most.
const PART: usize = 2_000;

fn key(pairing: PairingId) -> String {
    format!("history/{pairing}")
}

fn kept(store: &Store, pairing: PairingId) -> Result<Option<Job>, StoreError> {
    store.setting(&key(pairing))
}

impl App {
    /// The import of old documents as it stands.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn history(&self) -> Result<HistoryView, AppError> {
        let id = self.pairing().await?.id;
        let (job, start) = self
            .db(move |store| Ok((kept(store, id)?, start_date(store, id)?)))
            .await?;
        Ok(HistoryView {
            job: job.map(|job| job.shown()),
            start_date: start.map(|day| day.to_string()),
        })
    }

    /// Asks for the documents from one day to another, by default to the day before the start date. They are
    /// carried by [`App::history_part`], which the window, `counterfoil serve` and `counterfoil import` call.
    ///
    /// # Errors
    /// A usage error for what is no day, where documents of any date are carried already, and where another
    /// import is under way; [`AppError::NoPreview`] before the first sync; as [`App::history`].
    pub async fn ask_history(
        &self,
        from: String,
        until: Option<String>,
    ) -> Result<HistoryView, AppError> {
        let pairing = self.pairing().await?;
        if pairing.first_preview_accepted_at.is_none() {
            return Err(AppError::NoPreview);
        }
        let (id, now) = (pairing.id, self.0.clock.now());
        let (job, start) = self
            .db(move |store| Ok((kept(store, id)?, start_date(store, id)?)))
            .await?;
        let (from, until) = (day(&from)?, until.as_deref().map(day).transpose()?);
        if let Some(job) = job.filter(|it| it.state != HistoryState::Ended)
            && (job.from, Some(job.until)) != (from, until.or(Some(job.until)))
        {
            return Err(AppError::usage(
                format!(
                    "The documents dated from {} to {} are being imported.",
                    job.from, job.until
                ),
                "Let that end first, or end it: counterfoil import cancel",
            ));
        }
        let Some(start) = start else {
            return Err(AppError::usage(
                "Documents of any date are carried by every sync: there is no start date before which some \
                 would be left.",
                "To carry old documents part by part, set a start date first: counterfoil rules set all start=DATE",
            ));
        };
        let until = until.or_else(|| start.pred_opt()).unwrap_or(start);
        if from > until {
            return Err(AppError::usage(
                format!(
                    "{from} is after {until}; documents from {start} on are carried by every sync."
                ),
                "Give an earlier day.",
            ));
        }
        let said = Said::HistoryAsked {
            from: from.to_string(),
            until: until.to_string(),
        };
        let job = Job::new(from, until, now);
        self.keep_history(&pairing, &job, Some(said)).await?;
        self.history().await
    }

    /// What an import of these documents would do, all of it; writes nothing.
    ///
    /// # Errors
    /// A usage error for what is no day; as [`App::preview`].
    pub async fn preview_history(
        &self,
        from: String,
        until: Option<String>,
    ) -> Result<PreviewView, AppError> {
        let id = self.pairing().await?.id;
        let start = self.db(move |store| start_date(store, id)).await?;
        let until = until.as_deref().map(day).transpose()?;
        let until = until.or_else(|| start?.pred_opt());
        let scope = Scope::slice(Slice {
            from: day(&from)?,
            until: until.unwrap_or(NaiveDate::MAX),
            most: usize::MAX,
        });
        self.preview_of(&scope).await
    }

    /// Lets the import wait, or go on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where none is under way; as [`App::history`].
    pub async fn hold_history(&self, wait: bool) -> Result<HistoryView, AppError> {
        let (pairing, mut job) = self.history_under_way().await?;
        job.state = if wait {
            HistoryState::Waits
        } else {
            HistoryState::UnderWay
        };
        job.error = None;
        let what = if wait { "wait" } else { "go on" }.to_owned();
        self.keep_history(&pairing, &job, Some(Said::HistoryHeld { what }))
            .await?;
        if wait {
            self.stop_history_part();
        }
        self.history().await
    }

    /// Ends the import where it is: what was carried stays, the rest is left alone as before.
    ///
    /// # Errors
    /// As [`App::hold_history`].
    pub async fn cancel_history(&self) -> Result<HistoryView, AppError> {
        let (pairing, mut job) = self.history_under_way().await?;
        job.state = HistoryState::Ended;
        job.error = None;
        job.ended_at = Some(self.0.clock.now());
        let what = "end".to_owned();
        self.keep_history(&pairing, &job, Some(Said::HistoryHeld { what }))
            .await?;
        self.stop_history_part();
        self.history().await
    }

    /// Carries the next part, after what is new; `None` where nothing is asked for, or a person let it wait.
    ///
    /// # Errors
    /// What keeps the part from being carried, where that may pass by itself: it is tried again. As
    /// [`App::sync_with`].
    pub async fn history_part(&self, approve: bool) -> Result<Option<RunView>, ErrorView> {
        let pairing = self.pairing().await?;
        let id = pairing.id;
        let may_run = |job: &Job| {
            job.state == HistoryState::UnderWay || approve && job.state == HistoryState::Held
        };
        let job = self.db(move |store| kept(store, id)).await?;
        let Some(job) = job.filter(may_run) else {
            return Ok(None);
        };
        // What is new never waits for what is old.
        let asked = self.ask_before_sync().await?;
        if asked.changed || asked.due.is_some() {
            let run = self
                .sync_with(request(Trigger::Schedule, Scope::default(), false))
                .await?;
            if let Some(error) = failed(&run) {
                return Err(error);
            }
        }
        let scope = Scope::slice(Slice {
            from: job.from,
            until: job.until,
            most: PART,
        });
        let began = self.0.clock.now();
        let run = self
            .sync_with(request(Trigger::History, scope, approve))
            .await?;
        let now = self.0.clock.now();
        let took = (now - began).num_milliseconds();
        // A person may have said something of it meanwhile: that holds.
        let job = self.db(move |store| kept(store, id)).await?.unwrap_or(job);
        let held = job.state != HistoryState::UnderWay && job.state != HistoryState::Held;
        let mut after = job.after(&run, took, now);
        if held && after.state != HistoryState::Ended {
            after.state = job.state;
        } else if after.state == HistoryState::Held && run.outcome != RunOutcome::NeedsApproval {
            after.state = HistoryState::UnderWay;
        }
        let ended = after.state == HistoryState::Ended && job.state != HistoryState::Ended;
        let said = ended.then(|| Said::HistoryEnded {
            from: after.from.to_string(),
            until: after.until.to_string(),
            written: after.written,
            linked: after.linked,
        });
        self.keep_history(&pairing, &after, said).await?;
        if ended {
            self.carry_from(after.from, after.until).await?;
        }
        if let Some(error) = failed(&run) {
            return Err(error);
        }
        Ok(Some(run))
    }

    /// Documents from this day on are carried by every sync from now on, where those up to the start date were
    /// imported: nobody need ask for a late one among them again.
    async fn carry_from(&self, from: NaiveDate, until: NaiveDate) -> Result<(), AppError> {
        let id = self.pairing().await?.id;
        let start = self.db(move |store| start_date(store, id)).await?;
        let reaches = |start: NaiveDate| from < start && start.pred_opt() <= Some(until);
        if start.is_some_and(reaches) {
            let set = RuleSetting::StartDate(Some(from.to_string()));
            let change = RuleChange { kind: None, set };
            self.change_rules(vec![change], true).await?;
        }
        Ok(())
    }

    async fn history_under_way(&self) -> Result<(Pairing, Job), AppError> {
        let pairing = self.pairing().await?;
        let id = pairing.id;
        let job = self.db(move |store| kept(store, id)).await?;
        let job = job.filter(|it| it.state != HistoryState::Ended);
        job.map(|job| (pairing, job))
            .ok_or_else(|| AppError::NotFound("import of history under way".to_owned()))
    }

    async fn keep_history(
        &self,
        pairing: &Pairing,
        job: &Job,
        said: Option<Said>,
    ) -> Result<(), AppError> {
        let (id, job, now) = (pairing.id, job.clone(), self.0.clock.now());
        let line = said.map(|said| {
            let by_itself = matches!(said, Said::HistoryEnded { .. });
            let outcome = if by_itself {
                LogOutcome::Note
            } else {
                LogOutcome::Decided
            };
            let line = LogWrite::note(outcome, said);
            if by_itself { line } else { who::signed(line) }
        });
        self.db(move |store| {
            store.set_setting(&key(id), &job)?;
            store.append_log(id, None, line.as_slice(), now)
        })
        .await?;
        self.0.schedules_changed.notify_waiters();
        Ok(())
    }

    /// Whether a part of an import is to be carried by whoever starts syncs by themselves.
    pub(crate) async fn history_is_due(&self, pairing: &Pairing) -> Result<bool, AppError> {
        let id = pairing.id;
        let job = self.db(move |store| kept(store, id)).await?;
        Ok(job.is_some_and(|it| it.state == HistoryState::UnderWay))
    }
}

fn start_date(store: &Store, pairing: PairingId) -> Result<Option<NaiveDate>, StoreError> {
    let rules = store.rules(pairing)?;
    let mut invoices = rules.iter().filter(|rule| rule.kind == Kind::Invoice);
    Ok(invoices.next().and_then(|rule| rule.start_date))
}

fn request(trigger: Trigger, scope: Scope, approve: bool) -> SyncRequest {
    SyncRequest {
        trigger,
        scope,
        approve,
        acceptance: Acceptance::Before,
        ..SyncRequest::default()
    }
}

/// What a run broke off for.
fn failed(run: &RunView) -> Option<ErrorView> {
    let failed = matches!(run.outcome, RunOutcome::Failed | RunOutcome::Elsewhere);
    run.error.clone().filter(|_| failed)
}

fn day(text: &str) -> Result<NaiveDate, AppError> {
    let read = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let read = read.filter(|it| (1990..2200).contains(&chrono::Datelike::year(it)));
    read.ok_or_else(|| {
        AppError::usage(
            format!("\"{text}\" is no day."),
            "Write it as year, month, day: 2024-01-01.",
        )
    })
}
