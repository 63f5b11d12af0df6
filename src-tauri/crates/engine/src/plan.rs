//! What a sync would do, as a pure function.
//!
//! [`plan`] takes a [`Situation`] (what both sides hold and last agreed on) and a [`Policy`] (rules,
//! mappings, lock dates) and returns a [`Plan`]. It knows no clock, no randomness and no hash
//! order: the same input gives the same plan, byte for byte. Every input lands in exactly one
//! [`Entry`]; [`Plan::prove_complete`] checks that, so nothing can be forgotten silently.

pub(crate) mod apart;
mod card;
mod contacts;
mod documents;
mod freeing;
mod guard;
mod matching;
mod names;
mod open_documents;
mod outline;
mod payments;
mod situation;
#[cfg(test)]
mod tests;
pub mod translate;
mod uses;

use std::collections::BTreeMap;

use ledger::problem::Difference;
use ledger::{Cause, Kind, Record, Reference, RemoteId, Side};
use serde::{Deserialize, Serialize};

use crate::books::Change;
pub use card::{Card, Documents, LinkedCard};
pub use guard::{Filed, Guard, Tally, shown};
pub use matching::MatchReason;
pub(crate) use names::{all_numbered, numbered_with};
pub use open_documents::{Expected, OpenDocument, Outlook};
pub use outline::{Contents, Item, Outline, decide, decide_credit_notes, decide_payments, outline};
pub use situation::{
    Base, Choice, ContactLink, Direction, LinkedPair, PerSide, Policy, Refusal, SideFacts,
    SideRecord, Situation, UnreadableRow,
};

/// What a sync would do: one entry for every record it looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The entries, kind by kind in the order of work, each kind in the order of its titles.
    pub entries: Vec<Entry>,
}

/// One decision: about one record, or about two that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The kind of the record.
    pub kind: Kind,
    /// The link, where the record has one.
    pub link: Option<i64>,
    /// Xero's record, where there is one.
    pub xero: Option<Subject>,
    /// ERPNext's record, where there is one.
    pub erpnext: Option<Subject>,
    /// The decision.
    pub outcome: Outcome,
}

/// Which record an entry is about, with what a person needs to recognise it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The record's identity on its side.
    pub id: RemoteId,
    /// The contact's name or the document's number.
    pub title: String,
    /// The contact's name.
    pub contact: String,
    /// The document's total.
    pub money: Option<ledger::Money>,
}

/// What to do about a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both sides agree; nothing to do.
    Agrees,
    /// The rules leave this record alone.
    OutOfScope(Scope),
    /// Two records are one: link them, and write what the link needs (our marker, values that one
    /// side lacks).
    Link {
        /// How they were recognised.
        reason: MatchReason,
        /// In what they differ although they are one: then they are linked and not agreed, until a
        /// person says which side holds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differences: Vec<Difference>,
        /// What to write, if anything.
        writes: Vec<PlannedWrite>,
    },
    /// Both sides changed to the same: remember that, write nothing.
    Rebase,
    /// Write.
    Write(Vec<PlannedWrite>),
    /// A person is needed.
    Problem {
        /// The side whose record is shown for it.
        side: Side,
        /// Why.
        cause: Cause,
    },
}

/// Why the rules leave a record alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// A draft, and the rule does not carry drafts.
    Draft,
    /// It ended (voided, archived) before it was ever linked.
    Ended,
    /// Dated before the rule's start date.
    BeforeStart,
    /// The rule does not carry this kind in this direction.
    Direction,
    /// A contact that is only bought from.
    Supplier,
    /// A contact without a document that is carried, and the rule carries those alone that have one.
    NoDocuments,
    /// A payment for no invoice yet: what is open beside invoices is compared by contact.
    OnAccount,
    /// A payment of an invoice of which both sides owe the same: the other side has something else in its
    /// place, and nothing has to be carried. It is looked at again with every plan.
    Settled,
    /// A payment of an invoice that is left alone.
    Document,
    /// A person keeps it apart, or something that it needs.
    KeptApart,
}

/// A write the plan asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedWrite {
    /// The side written to.
    pub target: Side,
    /// What to write, in the target's terms, but for what [`PlannedWrite::waits_for`] names.
    pub change: Change,
    /// Records of the source side that this write refers to by their identities there: they are
    /// created earlier in the same run, and the target's identities take their place when the write is
    /// prepared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<Reference>,
    /// A digest of the change: a refused write is not sent again while it stays the same.
    pub fingerprint: String,
    /// Whether another write follows in the same run, once this one is read back: what a credit is made from
    /// was used for invoices already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uses_follow: bool,
    /// Whether both sides differ on purpose once this is carried out, because the rules carry nothing of what
    /// the target's side says back: then what they agreed on stays as it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_edits: bool,
    /// What both sides had changed to something else, where the rules say which side holds: the values of both,
    /// so that those which gave way can be found again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<Difference>,
}

impl Entry {
    /// The record shown for this entry: of the side asked for, else the other's.
    pub fn subject(&self, prefer: Side) -> Option<(Side, &Subject)> {
        let side = |side: Side| match side {
            Side::Xero => self.xero.as_ref().map(|subject| (Side::Xero, subject)),
            Side::Erpnext => self
                .erpnext
                .as_ref()
                .map(|subject| (Side::Erpnext, subject)),
        };
        side(prefer).or_else(|| side(prefer.other()))
    }

    /// Whether there is something to do about it.
    pub const fn asks(&self) -> bool {
        match &self.outcome {
            Outcome::Link { .. } | Outcome::Rebase | Outcome::Write(_) => true,
            Outcome::Agrees | Outcome::OutOfScope(_) | Outcome::Problem { .. } => false,
        }
    }

    /// The document whose edit waits for what settles it to be taken off, and its side.
    pub fn waits_to_be_free(&self) -> Option<(Side, &Subject)> {
        match &self.outcome {
            Outcome::Problem {
                cause:
                    Cause::CannotEdit {
                        side,
                        settled: Some(_),
                        ..
                    },
                ..
            } => self.subject(*side).filter(|(of, _)| of == side),
            _ => None,
        }
    }

    /// The writes of this entry.
    pub fn writes(&self) -> &[PlannedWrite] {
        match &self.outcome {
            Outcome::Link { writes, .. } | Outcome::Write(writes) => writes,
            Outcome::Agrees
            | Outcome::OutOfScope(_)
            | Outcome::Rebase
            | Outcome::Problem { .. } => &[],
        }
    }
}

/// The planner forgot a record or decided about it twice: a bug, reported instead of written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan holds {kind} {} of {side} {times} times instead of once", named(.id.as_ref()))]
pub struct Incomplete {
    kind: Kind,
    side: Side,
    /// Which one, where it can be said.
    id: Option<RemoteId>,
    times: u32,
}

fn named(id: Option<&RemoteId>) -> &str {
    id.map_or("(one without an identity)", RemoteId::as_str)
}

impl Plan {
    /// Checks that every record of the situation is in exactly one entry.
    ///
    /// # Errors
    /// [`Incomplete`], naming the first record that is not.
    pub fn prove_complete(&self, situation: &Situation) -> Result<(), Incomplete> {
        let mut seen: BTreeMap<(Kind, Side, &RemoteId), u32> = BTreeMap::new();
        for (kind, side, id) in situation.every_record() {
            seen.insert((kind, side, id), 0);
        }
        for entry in &self.entries {
            for (side, subject) in [(Side::Xero, &entry.xero), (Side::Erpnext, &entry.erpnext)] {
                if let Some(subject) = subject
                    && let Some(times) = seen.get_mut(&(entry.kind, side, &subject.id))
                {
                    *times += 1;
                }
            }
        }
        match seen.into_iter().find(|(_, times)| *times != 1) {
            Some(((kind, side, id), times)) => Err(Incomplete {
                kind,
                side,
                id: Some(id.clone()),
                times,
            }),
            None => Ok(()),
        }
    }

    /// All writes, in the order of the entries.
    pub fn writes(&self) -> impl Iterator<Item = (&Entry, &PlannedWrite)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.writes().iter().map(move |write| (entry, write)))
    }
}

/// Plans a sync whose records are all at hand.
///
/// # Errors
/// [`Incomplete`] where the planner itself is at fault; nothing may be written then.
pub fn plan(situation: &Situation, policy: &Policy) -> Result<Plan, Incomplete> {
    let documents = Documents::of(Kind::Invoice, situation);
    let (mut entries, mut outline) = outline(situation, documents, policy)?;
    let nothing = BTreeMap::new();
    let contents = Contents::of(&situation.pairs, &situation.unlinked, &nothing);
    let items = outline.items();
    let decided = decide(&outline, items, &contents, situation, policy)?;
    outline.decided(&decided);
    outline.free(situation, policy);
    entries.extend(decided);
    let credit_notes = decide_credit_notes(&outline, situation, policy)?;
    outline.decided(&credit_notes);
    outline.free(situation, policy);
    entries.extend(credit_notes);
    entries.extend(decide_payments(&outline, situation, policy)?);
    let plan = Plan { entries };
    plan.prove_complete(situation)?;
    Ok(plan)
}

fn sort_key(entry: &Entry) -> (Kind, &str, Option<&RemoteId>, Option<&RemoteId>) {
    let title = entry
        .subject(Side::Xero)
        .map_or("", |(_, subject)| subject.title.as_str());
    (
        entry.kind,
        title,
        entry.xero.as_ref().map(|subject| &subject.id),
        entry.erpnext.as_ref().map(|subject| &subject.id),
    )
}

/// The entries of the rows of a kind that could not be read.
fn unreadable(situation: &Situation, kind: Kind, entries: &mut Vec<Entry>) {
    let rows = situation.unreadable.iter().filter(|row| row.kind == kind);
    entries.extend(rows.map(unreadable_row));
}

/// The entry of a row that could not be read.
fn unreadable_row(row: &UnreadableRow) -> Entry {
    let subject = Subject {
        id: row.id.clone(),
        title: row.title.clone(),
        contact: String::new(),
        money: None,
    };
    let (xero, erpnext) = match row.side {
        Side::Xero => (Some(subject), None),
        Side::Erpnext => (None, Some(subject)),
    };
    let cause = Cause::Unreadable {
        side: row.side,
        why: row.why.clone(),
    };
    Entry {
        kind: row.kind,
        link: None,
        xero,
        erpnext,
        outcome: Outcome::Problem {
            side: row.side,
            cause,
        },
    }
}

/// What a person recognises a record by.
pub fn subject(record: &SideRecord) -> Subject {
    Subject::of(&record.id, Some(&record.record))
}

impl Subject {
    /// What a person recognises a record by, which may not be readable.
    pub fn of(id: &RemoteId, record: Option<&Record>) -> Self {
        Self {
            id: id.clone(),
            title: record.map(|it| it.title().to_owned()).unwrap_or_default(),
            contact: record
                .map(|it| it.contact_name().to_owned())
                .unwrap_or_default(),
            money: record
                .and_then(Record::total)
                .map(|(amount, currency)| ledger::Money { amount, currency }),
        }
    }
}

/// An entry about one record.
fn single(side: Side, record: &SideRecord, outcome: Outcome) -> Entry {
    let subject = Some(subject(record));
    let (xero, erpnext) = match side {
        Side::Xero => (subject, None),
        Side::Erpnext => (None, subject),
    };
    Entry {
        kind: record.record.kind(),
        link: None,
        xero,
        erpnext,
        outcome,
    }
}

/// An entry about one record that needs a person.
fn problem(side: Side, record: &SideRecord, cause: Cause) -> Entry {
    single(side, record, Outcome::Problem { side, cause })
}

/// An entry about two records that belong together.
fn double(link: Option<i64>, xero: &SideRecord, erpnext: &SideRecord, outcome: Outcome) -> Entry {
    Entry {
        kind: xero.record.kind(),
        link,
        xero: Some(subject(xero)),
        erpnext: Some(subject(erpnext)),
        outcome,
    }
}

/// A planned write with its fingerprint; `source` is the record it is made from.
fn planned(target: Side, change: Change, source: &SideRecord) -> PlannedWrite {
    let uses_follow = matches!(change, Change::Create { .. })
        && (change.meant()).is_some_and(|meant| meant.uses().is_empty())
        && !source.record.uses().is_empty();
    PlannedWrite {
        target,
        uses_follow,
        fingerprint: crate::digest::fingerprint(&change, Some(&source.record)),
        change,
        waits_for: Vec::new(),
        leaves_edits: false,
        decided: Vec::new(),
    }
}

/// A write, unless the target refused this very write before and nobody asked to try again: then
/// the refusal stands, without spending a call.
fn unless_refused(
    situation: &Situation,
    kind: Kind,
    side: Side,
    id: &RemoteId,
    writes: Vec<PlannedWrite>,
) -> Outcome {
    if let Some(refusal) = situation.refused.get(&(kind, side, id.clone()))
        && writes
            .iter()
            .any(|write| write.fingerprint == refusal.fingerprint)
    {
        return Outcome::Problem {
            side,
            cause: refusal.cause.clone(),
        };
    }
    Outcome::Write(writes)
}

/// Our marker, where ERPNext's record does not carry it yet. Identity lives on the ERPNext record:
/// its database refuses a second one with the same marker.
fn mark(xero: &SideRecord, erpnext: &SideRecord) -> Option<PlannedWrite> {
    let marked = erpnext.marker.as_ref() == Some(&xero.id);
    // A cancelled document can never be written again (erpnext/FACTS §4).
    let writable = !erpnext.record.ended_for_good();
    (!marked && writable).then(|| {
        let change = Change::Mark {
            kind: erpnext.record.kind(),
            id: erpnext.id.clone(),
            version: erpnext.version.clone(),
            source: xero.id.clone(),
            source_link: None,
        };
        planned(Side::Erpnext, change, xero)
    })
}
