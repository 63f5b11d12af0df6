//! SQLite: schema, migrations, queries.
//!
//! One file in WAL mode with `synchronous=FULL`, one writer, read-only connections for queries so
//! that the window never waits for a run. Every call is synchronous and short; async callers use
//! `spawn_blocking`. No call here reads the clock or makes a random number: both are handed in.
//! Secrets are never stored here.
//!
//! What an engine writes after a remote answer goes through [`Store::settle`], one transaction.

pub mod apart;
mod codes;
pub mod connections;
pub mod credits;
mod db;
mod error;
pub mod exceptions;
pub mod journal;
pub mod links;
pub mod lock;
pub mod log;
pub mod mappings;
mod migrations;
mod open;
pub mod owed;
mod packed;
pub mod pairings;
pub mod records;
pub mod rules;
pub mod runs;
pub mod settings;
pub mod settle;
pub mod setup_writes;
pub mod shown;
pub mod sign_offs;
mod sql;
mod statements;
pub mod summary;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use apart::{KeepApart, KeptApart};
pub use connections::{Connection, ConnectionId};
pub use credits::{CREDITS, CreditsRead};
pub use error::StoreError;
pub use exceptions::{
    Decision, Exception, ExceptionId, ExceptionQuery, ExceptionStatus, ExceptionWrite, Standing,
};
pub use journal::{Deed, Intent, IntentResult, IntentState, IntentWrite, Writes};
pub use links::{Link, LinkId, LinkState, LinkWrite};
pub use lock::{FolderBusy, FolderLock, LockError};
pub use log::{LogId, LogLine, LogOutcome, LogQuery, LogWrite};
pub use mappings::{MappingSource, SavedMapping};
pub use open::Store;
pub use owed::{OwedDocument, Owing};
pub use pairings::{NewPairing, Pairing, PairingId};
pub use records::{
    Counterpart, Departure, Found, Known, Look, Place, RecordKey, RecordQuery, RecordRow,
    RecordStanding, Scope, StoredPage, StoredRecord, UnreadableRow,
};
pub use rules::{Direction, LeftAlone, Rule, Voids};
pub use runs::{Run, RunCounts, RunId, RunOutcome, Trigger};
pub use settle::Settlement;
pub use setup_writes::{SetupWrite, SetupWriteId, SetupWriteState};
pub use shown::{Shown, ShownItem};
pub use sign_offs::{NewSignOff, SignOff, SignOffId, SignedEntry, SignedFigure};
pub use sql::fingerprint;
