//! What undoing a run would do, as a pure function of what the run did and how it stands now.
//!
//! What the run created is ended (voided, cancelled, archived, deleted), what it changed is set back to what was
//! there before, and what it used of credits is taken back. What somebody touched since stays, and with it what
//! hangs on it: [`judge`] says so of each, with the reason.

mod judge;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use ledger::problem::Difference;
use ledger::{Kind, Money, Record, Reference, RemoteId, Side, Version};
use serde::{Deserialize, Serialize};

pub use self::judge::judge;
pub(crate) use self::judge::named;
use crate::books::Change;
use crate::plan::{PerSide, SideRecord};

/// What a run did to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    /// Created it.
    Created,
    /// Created it where it had ended another that stood for the same.
    CreatedAnew,
    /// Changed it, or what it is used for; as it was before, where that was kept.
    Changed(Option<Box<Record>>),
    /// Ended it.
    Ended,
}

/// How the run's last write left a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its version then.
    pub version: Version,
    /// The digest of what it said ([`crate::digest::content`]).
    pub content: String,
}

/// What a run did to one record, and how that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The side it is on.
    pub side: Side,
    /// Its kind.
    pub kind: Kind,
    /// Its identity.
    pub id: RemoteId,
    /// The record on the other side that it stands for.
    pub other: Option<RemoteId>,
    /// What was done.
    pub did: Did,
    /// How it was left; `None` where that was not kept.
    pub left: Option<Left>,
    /// The record as it is; `None` where it is not there.
    pub now: Option<SideRecord>,
    /// What both sides agreed on last of it, on its side: names what was changed since.
    pub agreed: Option<Record>,
    /// The document that stands in its place by now.
    pub in_its_place: Option<RemoteId>,
    /// Whether undoing it was begun: what it is for may be less by now.
    pub begun: bool,
    /// Whether it was undone before.
    pub undone: bool,
}

/// A live record that the run did not create, and what it refers to on its side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The side it is on.
    pub side: Side,
    /// What a person calls it, with its kind.
    pub named: String,
    /// What it refers to.
    pub refers: Vec<Reference>,
}

/// All that undoing a run depends on.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// What the run did, in the order of the identities.
    pub deeds: Vec<Deed>,
    /// What others have made of it since.
    pub others: Vec<Other>,
    /// Days up to which a side's books are closed.
    pub locked: PerSide<Option<NaiveDate>>,
    /// Whether a part of it was undone before: what settled a record may have gone with that.
    pub goes_on: bool,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is undone, by these writes, one after the other.
    Undo(Action, Vec<Change>),
    /// It stays as it is.
    Stays(Stays),
    /// There is nothing to do.
    Nothing(Nothing),
}

/// How something is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A document or payment is voided or cancelled, and its name or number stays taken by it.
    Void,
    /// It is deleted: drafts, and what its side deletes instead of cancelling it.
    Delete,
    /// A contact is archived.
    Archive,
    /// The values from before are put back.
    SetBack,
    /// What a credit is used for becomes what it was.
    TakeBack,
}

/// Why there is nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// It was undone before.
    Undone,
    /// It has ended since.
    Ended,
    /// It is not there any more.
    Gone,
    /// It says what it said before.
    AsBefore,
}

/// Why a record stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stays {
    /// It was changed since, in these fields; none where it was saved and what is carried stayed the same.
    Touched(Vec<Difference>),
    /// It was replaced by another document since.
    Replaced(RemoteId),
    /// Others hang on it.
    Hangs(Vec<String>),
    /// What is not known settles it by so much.
    Settled(Money),
    /// It is matched with the bank.
    Reconciled,
    /// The books are closed up to this day.
    Locked(NaiveDate),
    /// What it is for, or came with, stays.
    StaysWith(String),
    /// The run ended it, and nothing that ended is brought back.
    CannotReturn,
    /// It took the place of another that the run ended.
    CreatedAnew,
    /// It was approved, and is no draft any more.
    Approved,
    /// What was there before, or how it was left, was not kept.
    NotKept,
}

impl Stays {
    /// The stable word.
    pub const fn word(&self) -> &'static str {
        match self {
            Stays::Touched(_) => "touched",
            Stays::Replaced(_) => "replaced",
            Stays::Hangs(_) => "used",
            Stays::Settled(_) => "settled",
            Stays::Reconciled => "reconciled",
            Stays::Locked(_) => "locked",
            Stays::StaysWith(_) => "stays_with",
            Stays::CannotReturn => "cannot_return",
            Stays::CreatedAnew => "created_anew",
            Stays::Approved => "approved",
            Stays::NotKept => "not_kept",
        }
    }
}

/// Names that are listed one by one.
const LISTED: usize = 3;

/// The first of some names, and how many more there are.
fn listed(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
    let more = names.len().saturating_sub(LISTED);
    if more == 0 {
        first.join(", ")
    } else {
        format!("{} and {more} more", first.join(", "))
    }
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stays::Touched(fields) if fields.is_empty() => {
                f.write_str("it was changed since, in what is not carried or by a later sync")
            }
            Stays::Touched(fields) => {
                let said =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                let fields: Vec<String> = fields
                    .iter()
                    .map(|it| format!("{} {} → {}", it.field, said(&it.xero), said(&it.erpnext)))
                    .collect();
                write!(f, "it was changed since: {}", listed(&fields))
            }
            Stays::Replaced(by) => write!(f, "{by} stands in its place since"),
            Stays::Hangs(names) => write!(f, "used since by {}", listed(names)),
            Stays::Settled(amount) => {
                write!(f, "{amount} of it is paid or credited by something else")
            }
            Stays::Reconciled => f.write_str("it is matched with a bank statement"),
            Stays::Locked(until) => write!(
                f,
                "the books are closed up to {}",
                until.format("%-d %b %Y")
            ),
            Stays::StaysWith(what) => write!(f, "it belongs to {what}, which stays"),
            Stays::CannotReturn => {
                f.write_str("the sync ended it, and what has ended cannot be brought back")
            }
            Stays::CreatedAnew => f.write_str(
                "it took the place of one that the sync ended, which cannot be brought back",
            ),
            Stays::Approved => {
                f.write_str("the sync approved it, and it cannot become a draft again")
            }
            Stays::NotKept => f.write_str("what was there before is not known any more"),
        }
    }
}
