//! Keeps calls within the limits the remote system has told us about.
//!
//! One governor for each organisation, shared by everything that calls it. Before a call a
//! [`Permit`] is asked for; after it the permit is given the answer, from which the governor learns
//! what is really left (`X-MinLimit-Remaining`, `X-DayLimit-Remaining`, and on a 429
//! `X-Rate-Limit-Problem` and `Retry-After`; Xero developer docs, "API limits"). Whoever is more
//! urgent goes first, and a reserve is kept for a person's clicks.
//!
//! It waits on the injected [`Clock`] only, and can be cancelled while it waits.

mod budget;
mod remaining;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use budget::Spent;
use budget::{Admitted, Budget, Verdict};

use crate::Clock;

/// What the remote system allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Calls in progress at once.
    pub concurrent: usize,
    /// Calls in a minute; `None` where the remote system sets no limit.
    pub per_minute: Option<u32>,
    /// Calls in a day; `None` where the remote system sets no limit. Corrected by what the remote
    /// system's answers say.
    pub per_day: Option<u32>,
}

impl Limits {
    /// Xero's limits for one app and one organisation. The day's is that of the free tier; on the
    /// others the first answer's `X-DayLimit-Remaining` corrects it.
    pub const XERO: Limits = Limits {
        concurrent: 5,
        per_minute: Some(60),
        per_day: Some(1000),
    };
    /// ERPNext sets no limit by default; a small site has two to four workers.
    pub const ERPNEXT: Limits = Limits {
        concurrent: 3,
        per_minute: None,
        per_day: None,
    };
}

/// How urgent a call is. The first is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits for it.
    Interactive,
    /// Follows an event as it happens.
    RealTime,
    /// A scheduled run.
    Scheduled,
    /// The first read of old records, full compares.
    History,
}

/// Why calls wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The minute's calls are used up.
    Minute,
    /// The calls of all organisations of this app in this minute are used up.
    AppMinute,
    /// The remote system said that too many calls were in progress.
    Concurrent,
    /// The remote system asked to wait without saying why.
    Asked,
}

/// How things stand, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernorState {
    /// Calls made today by this governor.
    pub used_today: u32,
    /// Calls left today, where there is a limit.
    pub left_today: Option<u32>,
    /// Calls left in this minute, where there is a limit.
    pub left_this_minute: Option<u32>,
    /// Calls in progress.
    pub in_progress: usize,
    /// Until when the next call waits, UTC; `None` where nothing waits for time to pass.
    pub waiting_until: Option<DateTime<Utc>>,
    /// Why it waits.
    pub reason: Option<WaitReason>,
    /// The limit of calls in a minute, where there is one.
    pub per_minute: Option<u32>,
    /// Of the day's calls, those that scheduled work leaves for a person's clicks.
    #[serde(default)]
    pub reserved_today: u32,
    /// Of a minute's calls, those that scheduled work leaves for a person's clicks.
    #[serde(default)]
    pub reserved_this_minute: u32,
}

impl GovernorState {
    /// What to tell a person while calls wait: "Xero allows 60 calls a minute; continuing in 14 s".
    pub fn sentence(&self, service: &str, now: DateTime<Utc>) -> Option<String> {
        let seconds = (self.waiting_until? - now).num_seconds().max(1);
        let why = match (self.reason?, self.per_minute) {
            (WaitReason::Minute, Some(limit)) => format!("allows {limit} calls a minute"),
            (WaitReason::Minute, None) => "limits the calls in a minute".to_owned(),
            (WaitReason::AppMinute, _) => "limits the calls of all your organisations".to_owned(),
            (WaitReason::Concurrent, _) => "is busy with other calls".to_owned(),
            (WaitReason::Asked, _) => "asked us to wait".to_owned(),
        };
        Some(format!("{service} {why}; continuing in {seconds} s"))
    }
}

/// No permit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The day's calls for this priority are used up.
    #[error("the day's calls are used up until {until}")]
    DayOver {
        /// When calls are allowed again, UTC.
        until: DateTime<Utc>,
    },
    /// A person stopped the work.
    #[error("stopped")]
    Cancelled,
}

struct Shared {
    budget: Mutex<Budget>,
    changed: Notify,
    state: watch::Sender<GovernorState>,
    clock: Arc<dyn Clock>,
    app: AppWide,
}

/// What the governors of one app's organisations know in common: Xero limits the calls of all of
/// them together (Xero developer docs, "API limits"). Clones share it.
#[derive(Debug, Clone, Default)]
pub struct AppWide(Arc<Mutex<Option<DateTime<Utc>>>>);

impl AppWide {
    fn until(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, until: DateTime<Utc>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (*held).max(Some(until));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: GovernorState) {
        self.state.send_if_modified(|shown| {
            let differs = *shown != state;
            *shown = state;
            differs
        });
    }
}

/// Admits calls within the limits. Clones share one budget.
#[derive(Clone)]
pub struct Governor(Arc<Shared>);

impl Governor {
    /// A governor that goes on from what was spent before, where that is known.
    pub fn new(limits: Limits, clock: Arc<dyn Clock>, before: Option<Spent>) -> Self {
        Self::of_app(limits, clock, before, AppWide::default())
    }

    /// As [`Governor::new`], for one of several organisations that an app calls.
    pub fn of_app(
        limits: Limits,
        clock: Arc<dyn Clock>,
        before: Option<Spent>,
        app: AppWide,
    ) -> Self {
        let budget = Budget::new(limits, before);
        let state = watch::Sender::new(budget.state(clock.now()));
        Self(Arc::new(Shared {
            budget: Mutex::new(budget),
            changed: Notify::new(),
            state,
            clock,
            app,
        }))
    }

    /// Waits for leave to make one call.
    ///
    /// # Errors
    /// [`Refusal::DayOver`] at once, rather than waiting for hours; [`Refusal::Cancelled`].
    pub async fn admit(
        &self,
        priority: Priority,
        cancel: &CancellationToken,
    ) -> Result<Permit, Refusal> {
        let shared = &*self.0;
        let ticket = Ticket {
            shared,
            number: shared.lock().enter(priority),
            priority,
        };
        loop {
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that no change between looking and waiting is missed.
            changed.as_mut().enable();
            if cancel.is_cancelled() {
                return Err(Refusal::Cancelled);
            }
            let now = shared.clock.now();
            let verdict = {
                let mut budget = shared.lock();
                if let Some(until) = shared.app.until() {
                    budget.wait_for_app(until, now);
                }
                let verdict = budget.ask(priority, ticket.number, now);
                shared.publish(budget.state(now));
                verdict
            };
            match verdict {
                Verdict::Go(admitted) => {
                    drop(ticket);
                    return Ok(Permit {
                        governor: self.clone(),
                        admitted,
                        open: true,
                    });
                }
                Verdict::DayOver(until) => return Err(Refusal::DayOver { until }),
                Verdict::Later => {
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return Err(Refusal::Cancelled),
                        () = &mut changed => {}
                    }
                }
                Verdict::At(until) => {
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return Err(Refusal::Cancelled),
                        () = &mut changed => {}
                        () = shared.clock.sleep_until(until) => {}
                    }
                }
            }
        }
    }

    /// How things stand, now and whenever it changes.
    pub fn watch(&self) -> watch::Receiver<GovernorState> {
        self.0.state.subscribe()
    }

    /// What has been spent, to be stored and given to [`Governor::new`] after a restart.
    pub fn spent(&self) -> Spent {
        self.0.lock().spent(self.0.clock.now())
    }

    /// The clock calls wait on.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
}

struct Ticket<'a> {
    shared: &'a Shared,
    number: u64,
    priority: Priority,
}

impl Drop for Ticket<'_> {
    /// Also runs when the waiting future is dropped, so that nobody waits behind someone who left.
    fn drop(&mut self) {
        let mut budget = self.shared.lock();
        budget.leave(self.priority, self.number);
        let state = budget.state(self.shared.clock.now());
        drop(budget);
        self.shared.publish(state);
        self.shared.changed.notify_waiters();
    }
}

/// Leave for one call. Dropping it frees its place.
pub struct Permit {
    governor: Governor,
    admitted: Admitted,
    open: bool,
}

impl Permit {
    /// Learns from the call's answer.
    pub fn answered(mut self, status: StatusCode, headers: &HeaderMap) {
        self.close(Some((status, headers)));
    }

    fn close(&mut self, answer: Option<(StatusCode, &HeaderMap)>) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let shared = &*self.governor.0;
        let now = shared.clock.now();
        let mut budget = shared.lock();
        budget.ended(self.admitted, answer, now);
        if let Some((status, headers)) = answer {
            budget.learn(status, headers, now);
            if let Some(until) = budget.app_pause() {
                shared.app.tell(until);
            }
        }
        let state = budget.state(now);
        drop(budget);
        shared.publish(state);
        shared.changed.notify_waiters();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.close(None);
    }
}

#[cfg(test)]
mod tests;
