//! What a run is given, and what comes of it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ledger::Side;
use store::{Pairing, RunCounts, RunId, RunOutcome, Store, Trigger};

use super::scope::{Scope, Waits};
use crate::books::{Books, BooksError};
use crate::plan::Guard;
use crate::progress::{Control, Reporter};

/// Tells the time. Injected, so that tests and the simulation decide it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Returns once [`Clock::now`] has reached this instant; the clock is not moved for it. Where nothing waits it
    /// never comes.
    async fn sleep_until(&self, _at: DateTime<Utc>) {
        std::future::pending::<()>().await;
    }
}

/// Makes unique keys for intents. Injected, so that the simulation can repeat a run exactly.
pub trait Keys: Send + Sync {
    /// A key that was never given out before.
    fn next(&self) -> String;
}

/// Everything a run needs.
#[derive(Clone)]
pub struct Session {
    /// The database.
    pub store: Store,
    /// The pairing that is synced.
    pub pairing: Pairing,
    /// Both remote systems.
    pub books: PerBooks,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Keys for intents.
    pub keys: Arc<dyn Keys>,
    /// Which installation this is: made once, kept with its data.
    pub installation: String,
    /// Pause and stop.
    pub control: Control,
    /// Where progress is reported.
    pub reporter: Reporter,
    /// How many documents are decided about at once, and how many entries of a side are under way at
    /// once: what a run holds grows with it, and not with the books.
    pub at_once: usize,
}

/// What [`Session::at_once`] is where people work: some batches of the largest kind.
pub const AT_ONCE: usize = 1_000;

/// The books of both sides.
#[derive(Clone)]
pub struct PerBooks {
    /// Xero's.
    pub xero: Arc<dyn Books>,
    /// ERPNext's.
    pub erpnext: Arc<dyn Books>,
}

impl PerBooks {
    /// The books of one side.
    pub fn get(&self, side: Side) -> &dyn Books {
        self.shared(side).as_ref()
    }

    /// The same for what outlives a call.
    pub fn shared(&self, side: Side) -> &Arc<dyn Books> {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }
}

/// What a run is asked to do.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of a person, and any mix of them occurs"
)]
#[derive(Debug, Clone)]
pub struct Request {
    /// Why it is started.
    pub trigger: Trigger,
    /// What it is about.
    pub scope: Scope,
    /// Whether a person has approved what the guards would ask about.
    pub approve: bool,
    /// Whether all identities of both sides are compared now.
    pub full: bool,
    /// Whether a person said that ERPNext was put back to an earlier state, and that it is to be taken
    /// as it is: what it lacks was not ended, and all identities are compared.
    pub restored: bool,
    /// Whether a person said to go on where another installation syncs.
    pub take_over: bool,
    /// Who asks: the account and machine of a person, or what started it there.
    pub who: Option<String>,
}

impl Request {
    /// A run over everything.
    pub fn everything(trigger: Trigger) -> Self {
        Self {
            trigger,
            scope: Scope::default(),
            approve: false,
            full: false,
            restored: false,
            take_over: false,
            who: None,
        }
    }
}

/// What a run did.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The run in the store.
    pub run: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What it did.
    pub counts: RunCounts,
    /// What a person is asked before anything is written.
    pub guards: Vec<Guard>,
    /// Connections that failed on the way.
    pub failures: Vec<BooksError>,
    /// Whether it was about everything.
    pub whole: bool,
    /// What it was about, in words, where that is not everything.
    pub about: Option<String>,
}

/// What a run would ask, and what would wait.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What would be asked before it is carried out.
    pub guards: Vec<Guard>,
    /// What was asked for and would wait all the same: what a person held back, and what needs it.
    pub held: Vec<Waits>,
}
