//! Keeps two installations from syncing one pairing at once.
//!
//! Taken before the first write of a run: it says so where others see it ([`crate::books::claims`]), and then looks
//! whether another says the same. Of two at the same moment each sees the other, so that never both go on; one that
//! begins alone goes on alone. A run that finds nothing to write says nothing. What is right does not depend on it:
//! every write is held to the version that the plan was made from, and what is created is refused the second time.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use ledger::{Said, Side};
use store::{LogOutcome, LogWrite, Pairing};
use tokio_util::sync::CancellationToken;

use super::{RunError, Session, Work};
use crate::books::{Books, BooksError, Claim};

/// How often a run renews its claim: a third of the time that one lasts.
const RENEWED_EVERY: TimeDelta = TimeDelta::seconds(100);

/// What a run has said, and whether it still counts.
pub(super) struct Lease {
    /// Names the pairing wherever it is synced.
    key: String,
    /// What people call it.
    about: String,
    state: Mutex<State>,
}

enum State {
    /// Nothing was said.
    Open,
    /// It cannot be said: the run goes on without.
    Without,
    /// This run syncs; written last at this moment by the books' clock.
    Held(Claim, DateTime<Utc>),
    /// Another took over.
    Lost(Claim, String),
}

/// How a run is asked to take it.
#[derive(Debug, Clone, Default)]
pub(super) struct Asking {
    /// Who syncs, for people.
    pub by: String,
    /// Whether a person said to take over from another installation.
    pub take_over: bool,
}

impl Lease {
    pub(super) fn of(pairing: &Pairing) -> Self {
        let parts = [
            pairing.xero_tenant.as_str(),
            pairing.erpnext_company.as_str(),
        ];
        Self {
            key: store::fingerprint(&parts),
            about: format!("{} and {}", pairing.erpnext_company, pairing.xero_name),
            state: Mutex::new(State::Open),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who took over from this run.
    pub(super) fn lost_to(&self) -> Option<String> {
        match &*self.state() {
            State::Lost(_, by) => Some(by.clone()),
            _ => None,
        }
    }

    /// Carries a run out: renews what it has claimed while it lasts, and lets go when it has ended, however it did.
    pub(super) async fn around<T>(&self, session: &Session, run: impl Future<Output = T>) -> T {
        let over = CancellationToken::new();
        let renewing = async {
            loop {
                let next = session.clock.now() + RENEWED_EVERY;
                tokio::select! {
                    () = over.cancelled() => return,
                    () = session.clock.sleep_until(next) => {}
                }
                // Not cut off by the end of the run: it would be written after that said that nobody syncs.
                self.renew(session).await;
            }
        };
        // A run is one large state machine; what waits beside it should not have to hold it.
        let run = Box::pin(run);
        let running = async {
            let result = run.await;
            over.cancel();
            result
        };
        let (result, ()) = futures::join!(running, renewing);
        self.let_go(session).await;
        result
    }

    async fn renew(&self, session: &Session) {
        let held = match &*self.state() {
            State::Held(claim, at) => Some((claim.clone(), *at)),
            _ => None,
        };
        let Some((claim, before)) = held else {
            return;
        };
        let books = books(session);
        // Where it cannot be said now it is said the next time; without a connection nothing else is written either.
        let Ok(Some(renewed)) = books.claim(&self.key, &self.about, &claim).await else {
            return;
        };
        let Ok(Some(claims)) = books.claims(&self.key).await else {
            return;
        };
        let taken = claims.taken_over(&claim, before, renewed);
        *self.state() = match taken {
            Some(by) => State::Lost(claim, by.claim.by.clone()),
            None => State::Held(claim, renewed),
        };
        if taken.is_some() {
            session.control.stop();
        }
    }

    async fn let_go(&self, session: &Session) {
        let claimed = match &*self.state() {
            State::Held(claim, _) | State::Lost(claim, _) => Some(claim.clone()),
            State::Open | State::Without => None,
        };
        let Some(claim) = claimed else {
            return;
        };
        let free = Claim {
            hold: None,
            since: None,
            ..claim
        };
        if let Err(why) = books(session).claim(&self.key, &self.about, &free).await {
            tracing::warn!(
                "others could not be told that this sync has ended; they wait for some minutes: {why}"
            );
        }
    }
}

/// The books that keep it.
fn books(session: &Session) -> &dyn Books {
    session.books.get(Side::Erpnext)
}

impl Work<'_> {
    /// Makes sure that nobody else syncs, before the first write. `began` is when the run began to read what it will
    /// write from, by ERPNext's clock. Whether another installation may have written since: then what was read may
    /// be of before that.
    ///
    /// # Errors
    /// [`BooksError::SyncedElsewhere`]; a connection that fails.
    pub(super) async fn take_lease(&self, began: Option<DateTime<Utc>>) -> Result<bool, RunError> {
        let (lease, session) = (&self.lease, self.session);
        // A preview writes nothing.
        if self.run.is_none() || !matches!(*lease.state(), State::Open) {
            return Ok(false);
        }
        let books = books(session);
        // Where two begin at the same moment, the first by name tries once more.
        for again in [true, false] {
            let Some(claims) = books.claims(&lease.key).await? else {
                *lease.state() = State::Without;
                return Ok(false);
            };
            let me = session.installation.as_str();
            let holder = claims.holder(me);
            let taking_over = holder.filter(|_| self.asking.take_over);
            if let (Some(holder), None) = (holder, taking_over) {
                return Err(elsewhere(&holder.claim));
            }
            let claim = Claim {
                installation: me.to_owned(),
                by: self.asking.by.clone(),
                hold: Some(session.keys.next()),
                since: books.moment(),
                broke: match taking_over {
                    Some(_) => claims.to_break(me),
                    None => claims.broken_before(me),
                },
            };
            let Some(at) = books.claim(&lease.key, &lease.about, &claim).await? else {
                *lease.state() = State::Without;
                return Ok(false);
            };
            *lease.state() = State::Held(claim, at);
            let Some(claims) = books.claims(&lease.key).await? else {
                return Ok(false);
            };
            let Some(holder) = claims.holder(me) else {
                if let Some(from) = taking_over {
                    self.say_taken_over(&from.claim.by)?;
                }
                return Ok(began.is_none_or(|began| claims.moved_since(me, began)));
            };
            lease.let_go(session).await;
            *lease.state() = State::Open;
            if !again || me > holder.claim.installation.as_str() {
                return Err(elsewhere(&holder.claim));
            }
        }
        Ok(false)
    }

    fn say_taken_over(&self, from: &str) -> Result<(), RunError> {
        let said = Said::TookOver {
            from: from.to_owned(),
        };
        let line = LogWrite {
            detail: Some(serde_json::json!({ "who": self.asking.by })),
            ..LogWrite::note(LogOutcome::Decided, said)
        };
        let (store, pairing) = (&self.session.store, self.session.pairing.id);
        Ok(store.append_log(pairing, self.run, &[line], self.now())?)
    }
}

fn elsewhere(claim: &Claim) -> RunError {
    RunError::Books(BooksError::SyncedElsewhere {
        by: claim.by.clone(),
        since: claim.since,
    })
}
