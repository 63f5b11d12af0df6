//! What the engine asks of either remote system.

mod change;
pub mod claims;
mod credits;
mod failure;
mod origin;
mod standing;
mod wire;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger::mapping::Choice;
use ledger::{Cause, Currency, Kind, MappingKind, OpeningEntry, Record, RemoteId, Side, Version};
use serde::{Deserialize, Serialize};

pub use self::change::Change;
pub use self::claims::{Claim, Claims};
pub use self::credits::{CreditsPage, CreditsPass};
pub use self::failure::BooksError;
pub use self::origin::{Kinship, Origin};
pub use standing::{Seen, SeenPage, Trace, Traces};
pub use wire::{Exchange, Exchanges, NotWrittenDown, RawAnswer, Wire};

/// One organisation or company, as the engine sees it.
#[async_trait]
pub trait Books: Send + Sync {
    /// Which side these books are.
    fn side(&self) -> Side;

    /// Reads what the engine needs to know about the books. Never served from an earlier run: that is
    /// [`Books::known_profile`].
    async fn profile(&self) -> Result<Profile, BooksError>;

    /// What the last profile said, where it need not be read again for a while: it costs calls, and a
    /// run that finds nothing new does nothing with it. `None` where it has to be read.
    fn known_profile(&self) -> Option<Profile> {
        None
    }

    /// Whether [`Books::known_profile`] was read no longer ago than this.
    fn knows_since(&self, within: TimeDelta) -> bool {
        let _ = within;
        false
    }

    /// Whether these books can be written to at all, as of the last profile. Asked before anything
    /// is written to either side, so that a run never stops half-way for a reason known before.
    ///
    /// # Errors
    /// What is missing, as [`BooksError::NotAllowed`].
    fn ready(&self) -> Result<(), BooksError> {
        Ok(())
    }

    /// Reads the next page of changed records of a kind, oldest change first, children included.
    /// An empty cursor reads from the beginning. Rows may repeat between pages and between calls;
    /// none may be missed.
    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError>;

    /// Looks records up. Absent ones are simply not in the answer. Voided and archived records are.
    async fn find(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError>;

    /// Whether a payment there is a part of a document that settles what it settles for good: it is taken off
    /// nothing as it stands.
    fn is_for_good(&self, _payment: &RemoteId) -> bool {
        false
    }

    /// Whether people can delete records there. Where they cannot, every end comes up in the lists as
    /// a change, and nothing below but [`Books::all`] has anything to say.
    fn deletes(&self) -> bool;

    /// What deletions, renames and merges have left behind since, oldest first. An empty cursor reads
    /// from the beginning. May repeat what was told before.
    async fn traces(&self, cursor: &Cursor) -> Result<Traces, BooksError>;

    /// Records that could have been stored behind [`Books::page`]'s back, by a job that took long:
    /// those changed shortly before the pass that ended with this cursor began, and since.
    async fn recent(&self, kind: Kind, cursor: &Cursor) -> Result<Vec<Seen>, BooksError>;

    /// The next part of the list of all identities. An empty cursor begins.
    async fn all(&self, kind: Kind, cursor: &Cursor) -> Result<SeenPage, BooksError>;

    /// How these records stand. Those that are not there are not in the answer, and perhaps some that
    /// are: only [`Books::exists`] says that one is gone.
    async fn seen(&self, kind: Kind, ids: &[RemoteId]) -> Result<Vec<Seen>, BooksError>;

    /// Whether there is a record of this identity. One that we may not see exists; only a clear "not
    /// found" for the identity itself says that it does not.
    async fn exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError>;

    /// Whether there is the document that a record is a part of, whether or not it still says what the record
    /// was; where a record is a document of its own, whether it exists.
    async fn document_exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        self.exists(kind, id).await
    }

    /// Whether a record that was read at this version stands as it is seen now.
    fn is_as_read(&self, kind: Kind, seen: &Seen, version: &Version) -> bool;

    /// How many calls of a day may go into comparing all identities; `None` where calls cost nothing.
    fn calls_for_comparing(&self) -> Option<u32>;

    /// Reads what customers have open beside invoices: the first part of a pass that begins so, or,
    /// with `None`, what follows after the cursor. An empty cursor has read nothing yet.
    async fn credits(
        &self,
        cursor: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError>;

    /// Reads what the wording of changes needs of the target beyond the records: documents in full,
    /// since what is not changed stays as it is. One answer for each, in the order given, for
    /// [`Write::held`]; `None` where nothing is needed, or the record is no more.
    async fn hold(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<serde_json::Value>>, BooksError> {
        Ok(vec![None; changes.len()])
    }

    /// Turns an intended write into the exact requests that will be sent. Pure.
    ///
    /// # Errors
    /// The [`Cause`] for which the remote system would refuse it, where that can be told now.
    fn prepare(&self, write: &Write) -> Result<Prepared, Cause>;

    /// Sends prepared writes, in as few calls as the remote system allows, and reads back what it
    /// made of them. One answer for each, in the order given. One bad write never stops the others. Each
    /// request that changes something is handed to the journal before it goes out, exactly as it does.
    async fn send(&self, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer>;

    /// Finishes a write of several requests that broke off on the way, where the record does not show
    /// that something is left. `found` is the record as it was just looked up. Returns it as it stands
    /// then; `None` where something is left and there is no `wire` to send it by.
    ///
    /// # Errors
    /// A connection that failed: something may still be left. What the remote system refuses is left out.
    async fn finish(
        &self,
        _prepared: &Prepared,
        found: Pulled,
        _wire: Option<&dyn Wire>,
    ) -> Result<Option<Pulled>, BooksError> {
        Ok(Some(found))
    }

    /// This moment by these books' own clock, as of their last answer: never later than it is there. `None` where
    /// they have not told it.
    fn moment(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// What installations say about syncing a pairing (its `key`) now. `None` where these books keep no such notes,
    /// or the user may not see them.
    ///
    /// # Errors
    /// A connection that fails.
    async fn claims(&self, _key: &str) -> Result<Option<Claims>, BooksError> {
        Ok(None)
    }

    /// Writes down what this installation says. No part of anybody's books, and so not in the journal: what was
    /// said before is simply said anew. `about` is what the pairing is called. Returns when it was written, by these
    /// books' clock; `None` as for [`Books::claims`].
    ///
    /// # Errors
    /// A connection that fails.
    async fn claim(
        &self,
        _key: &str,
        _about: &str,
        _claim: &Claim,
    ) -> Result<Option<DateTime<Utc>>, BooksError> {
        Ok(None)
    }

    /// How many writes of a kind to journal and send together.
    fn batch_size(&self, kind: Kind) -> usize;

    /// Where a person opens the record in a browser.
    fn link(&self, kind: Kind, id: &RemoteId) -> Option<String>;
}

/// What the engine needs to know about one side before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What these books were asked for by: Xero tenant id, ERPNext company name.
    pub identity: String,
    /// What they say of themselves.
    #[serde(default)]
    pub origin: Origin,
    /// Its name, for people.
    pub name: String,
    /// The base currency.
    pub base_currency: Currency,
    /// The home country, as an English name, where known.
    pub country: Option<String>,
    /// The currencies that may be used, base included; empty where any may.
    pub currencies: Vec<Currency>,
    /// Documents dated on or before this day cannot be written.
    pub locked_until: Option<NaiveDate>,
    /// The accounts that invoice lines may be booked to.
    pub accounts: Vec<Choice>,
    /// The tax rates that invoice lines may carry.
    pub taxes: Vec<Choice>,
    /// The bank and cash accounts that payments may come to.
    #[serde(default)]
    pub bank_accounts: Vec<Choice>,
    /// What lines may be filed under; the default is what they are filed under where nothing is said.
    #[serde(default)]
    pub tracking: Vec<Choice>,
    /// The accounts that money received in advance may be booked to, where these books take one for it.
    #[serde(default)]
    pub advance_accounts: Vec<Choice>,
    /// What customers owed when these books began.
    #[serde(default)]
    pub opening: Opening,
    /// The IANA or vendor name of the time zone.
    pub time_zone: String,
}

impl Profile {
    /// The values of a kind that records may carry.
    pub fn offered(&self, kind: MappingKind) -> &[Choice] {
        match kind {
            MappingKind::Account => &self.accounts,
            MappingKind::Tax => &self.taxes,
            MappingKind::Bank => &self.bank_accounts,
            MappingKind::Tracking => &self.tracking,
        }
    }
}

/// How books hold what customers owed when they began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The account that it is booked to instead of income, where the books have one and say so by it alone.
    pub account: Option<String>,
    /// Entries that brought it in without naming documents.
    pub entries: Vec<OpeningEntry>,
}

/// How far a kind has been read: opaque to the engine, written by [`Books::page`], stored in the
/// transaction that stores the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of changed records.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, in the order the remote system gave them.
    pub rows: Vec<Pulled>,
    /// Where to go on, now or at the next run.
    pub next: Cursor,
    /// Whether another page should be asked for at once.
    pub more: bool,
    /// How many records there are in all, where the remote system says (for progress).
    pub total: Option<u64>,
}

/// A record as read from a remote system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// Its identity there.
    pub id: RemoteId,
    /// How it stood.
    pub version: Version,
    /// The counterpart's identity, where our marker is on the record.
    pub marker: Option<RemoteId>,
    /// The record, or why it could not be read.
    pub record: Result<Record, Unreadable>,
    /// The record this one was merged into (Xero `MergedToContactID`).
    pub merged_into: Option<RemoteId>,
    /// The document that this one was amended from (ERPNext `amended_from`).
    pub replaces: Option<RemoteId>,
    /// What tells it from any other record that has or had its identity; `None` where identities are
    /// never given out twice.
    pub born: Option<String>,
}

/// A row that could not be read. It is kept, shown and read again, never skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// What a person can call it: name or number where that much could be read, else the id.
    pub title: String,
    /// Which field could not be read, and why.
    pub why: String,
    /// The raw body as received.
    pub raw: String,
}

/// How to look records up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// By their own identities.
    Ids(Vec<RemoteId>),
    /// By the counterpart's identities, which our markers hold.
    Markers(Vec<RemoteId>),
    /// Documents by number; contacts by exact name.
    Titles(Vec<String>),
    /// Payments by the documents that they are for: some have neither number nor marker.
    Settling(Vec<RemoteId>),
    /// Money on account by the contacts whose it is, for it may be for no document.
    OnAccount(Vec<RemoteId>),
}

/// A write the engine intends, in the target's own terms (accounts, tax rates and contact already
/// translated).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Unique to this intent; sent as the idempotency key where the remote system takes one.
    pub key: String,
    /// What to do.
    pub change: Change,
    /// What [`Books::hold`] read for it. Not journalled: the requests made of it are.
    #[serde(skip)]
    pub held: Option<serde_json::Value>,
}

/// A write as it will be sent: stored in the journal before, shown to people after (it holds no
/// secret).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The intent this is the wording of.
    pub write: Write,
    /// The requests, in order. Writes of one batch may share one call where the steps allow it. In the
    /// journal those follow that could be worded in full only when they were sent, each as it was sent.
    pub steps: Vec<Step>,
    /// What is sent where the target refuses the last of them, so that what they ended is put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Step>,
    /// How to find out whether it was carried out when the answer was lost.
    pub find: Lookup,
}

impl Prepared {
    /// Whether it says this request, word for word.
    pub fn says(&self, request: &Step) -> bool {
        self.steps
            .iter()
            .chain(&self.otherwise)
            .any(|it| it == request)
    }
}

/// One request of a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The HTTP method.
    pub method: String,
    /// The path and query below the API's root.
    pub path: String,
    /// The body; for a batched call, this record's element.
    pub body: serde_json::Value,
}

/// What became of one write.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It was carried out; the record as the remote system now holds it.
    Done(Box<Pulled>),
    /// The remote system refused; nothing was written.
    Refused {
        /// Why.
        cause: Cause,
        /// The remote system's answer, redacted, for the log.
        answer: String,
    },
    /// The remote system refused the wording, not the content; nothing was written. Prepared once
    /// more it is worded differently.
    PrepareAgain(String),
    /// The record on the target is not the one the plan was made from: plan again.
    Stale,
    /// The remote system says that this record exists already (a retry of a write whose answer was
    /// lost, or someone else's): look it up.
    Exists,
    /// The answer was lost: it may or may not have been carried out.
    InDoubt(String),
    /// It was not sent, and nothing of this batch that follows was either.
    NotSent(BooksError),
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
