//! What credit is used for: credit notes, overpayments and prepayments. Xero takes a use back in a request of
//! its own, and all new uses of one credit in one (xero/FACTS §7); so a change of them is several requests,
//! one after another. Their answers do not say how the credit stands, so those of a batch are read together
//! afterwards.

use std::collections::BTreeMap;

use engine::books::{Answer, BooksError, Change, Prepared, Pulled, Step, Wire};
use ledger::allocation::AllocationSteps;
use ledger::{Cause, Kind, Record, RemoteId, Side, Version};
use serde_json::Value;
use xero::XeroError;
use xero::translate::allocation;
use xero::wire::batch::Element;
use xero::wire::credit::{CreditKind, allocation_path, allocations_path};

use crate::xero::payments::Banks;
use crate::xero::wording::ROOT;
use crate::xero::writes::{Failed, digest, failed, redacted, refused};
use crate::xero::{XeroBooks, payments, rows};

/// The requests that take back what is to be taken back, and then make what is new.
///
/// # Errors
/// [`Cause::CannotEdit`] where Xero does not say which use is to be taken back, or where it is a payment,
/// which is no credit.
pub(super) fn steps(
    id: &RemoteId,
    credit: &Record,
    uses: &AllocationSteps,
) -> Result<Vec<Step>, Cause> {
    let mut steps = Vec::new();
    let (kind, id) = match credit.kind() {
        Kind::Payment => payments::advance_of(id).ok_or_else(|| Cause::CannotEdit {
            side: Side::Xero,
            why: "in Xero a payment is for its invoice for good, and only an overpayment or a prepayment \
                  is used for others"
                .to_owned(),
            settled: None,
        })?,
        _ => (CreditKind::CreditNote, id.as_str()),
    };
    let step = |method: &str, path: String, body| Step {
        method: method.to_owned(),
        path: format!("{ROOT}{path}"),
        body,
    };
    for used in &uses.release {
        let own = used.id.as_deref().filter(rows::is_guid);
        let own = own.ok_or_else(|| Cause::CannotEdit {
            side: Side::Xero,
            why: "Xero does not say by which allocation it is used for an invoice; remove that one in \
                  Xero"
                .to_owned(),
            settled: None,
        })?;
        let path = allocation_path(kind, id, own);
        steps.push(step("DELETE", path, Value::Null));
    }
    if !uses.allocate.is_empty() {
        let path = allocations_path(kind, id);
        let body = allocation::body(&uses.allocate, credit.day().unwrap_or_default());
        steps.push(step("PUT", path, body));
    }
    Ok(steps)
}

/// Whether a request, below [`ROOT`], is one about what credit is used for.
pub(super) fn is_about_uses(path: &str) -> bool {
    let mut parts = path.split(['/', '?']);
    let of_credit = |list: &str| CreditKind::ALL.iter().any(|kind| kind.path() == list);
    parts.next().is_some_and(of_credit) && parts.nth(1) == Some("Allocations")
}

/// What became of the requests of one write.
#[derive(Debug)]
pub(super) enum Turn {
    /// It is known.
    Known(Answer),
    /// Something of it was carried out, or may have been: the credit says what.
    Read {
        /// What it comes to where the credit stands as before all the same.
        otherwise: Option<Answer>,
    },
}

/// Sends the requests of one write, each once the one before was answered, and none after one that was
/// refused. Also why nothing more can be sent, where the connection is broken.
pub(super) async fn in_turn(
    books: &XeroBooks,
    wire: &dyn Wire,
    prepared: &Prepared,
) -> (Turn, Option<BooksError>) {
    let key = &prepared.write.key;
    let mut carried = false;
    for step in &prepared.steps {
        if wire.sending(&[(key, step.clone())]).is_err() {
            let stopped = BooksError::Stopped;
            return (Turn::Known(Answer::NotSent(stopped.clone())), Some(stopped));
        }
        let shared = shared_key(books, &prepared.write.change, step);
        let answered = match exchange(books, step, &shared).await {
            Ok(answered) => answered,
            Err(error) => return unanswered(prepared, step, &error, carried),
        };
        if !answered.is_refused() {
            wire.answered(key, answered.status, redacted(&answered.body));
        }
        carried |= !answered.is_refused();
        if let Some(otherwise) = answered.refusal(prepared) {
            return if carried {
                let otherwise = Some(otherwise);
                (Turn::Read { otherwise }, None)
            } else {
                (Turn::Known(otherwise), None)
            };
        }
    }
    (Turn::Read { otherwise: None }, None)
}

/// The answer to one request.
struct Answered {
    status: u16,
    body: Value,
    /// What became of each new use; none of a use that was taken back.
    outcomes: Vec<Element>,
}

impl Answered {
    /// Whether all that was asked for was refused.
    fn is_refused(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        !self.outcomes.is_empty() && outcomes.all(|it| matches!(it, Element::Refused { .. }))
    }

    /// What the write comes to where nothing shows that it was carried out; `None` where nothing of this
    /// request was refused. Xero need not name what it made: then only the credit tells.
    fn refusal(&self, prepared: &Prepared) -> Option<Answer> {
        let mut told: Option<Vec<String>> = None;
        for outcome in &self.outcomes {
            if let Element::Refused { messages, .. } = outcome {
                let told = told.get_or_insert_default();
                for message in messages {
                    if !told.contains(message) {
                        told.push(message.clone());
                    }
                }
            }
        }
        told.map(|told| refused(prepared, &told, &self.body))
    }
}

/// The idempotency key of new uses: of what is asked for, how the credit stood, and the minute. Xero refuses no
/// second use of a part, so where two installations carry the same at once, their requests have to be one. It keeps
/// refusals as well: what a person has put right since is asked for anew in the next minute.
pub(super) fn shared_key(books: &XeroBooks, change: &Change, step: &Step) -> String {
    let minute = books.client.governor().clock().now().timestamp() / 60;
    let version = change.version().map(Version::as_str).unwrap_or_default();
    let stood: Vec<String> = match change {
        Change::Allocate { from, .. } => from.uses().into_iter().filter_map(|it| it.id).collect(),
        _ => Vec::new(),
    };
    digest(&[
        &step.path,
        &step.body.to_string(),
        version,
        &stood.join(" "),
        &minute.to_string(),
    ])
}

async fn exchange(books: &XeroBooks, step: &Step, key: &str) -> Result<Answered, XeroError> {
    let path = step.path.strip_prefix(ROOT).unwrap_or(&step.path);
    if step.method == "DELETE" {
        let (status, body) = books.client.remove_by(path).await?;
        let outcomes = Vec::new();
        return Ok(Answered {
            status,
            body,
            outcomes,
        });
    }
    let allocated = books.client.allocate_by(path, &step.body, key).await?;
    Ok(Answered {
        status: allocated.status,
        body: allocated.answer,
        outcomes: allocated.outcomes,
    })
}

/// What a request that failed as a whole means, after others that were or were not carried out.
fn unanswered(
    prepared: &Prepared,
    step: &Step,
    error: &XeroError,
    carried: bool,
) -> (Turn, Option<BooksError>) {
    match failed(prepared, error) {
        Failed::InDoubt(answer, broken) => (Turn::Known(answer), broken),
        Failed::Refused(answer) => {
            // Whether a call of several that is refused as a whole leaves none of them is not documented.
            let uses = step.body.get(allocation::ALLOCATIONS);
            let several = uses
                .and_then(Value::as_array)
                .is_some_and(|it| it.len() > 1);
            if carried || several {
                let otherwise = Some(answer);
                (Turn::Read { otherwise }, None)
            } else {
                (Turn::Known(answer), None)
            }
        }
        Failed::NotSent(broken) => {
            let answer = if carried {
                // Only the credit says how far it came.
                Answer::InDoubt(broken.to_string())
            } else {
                Answer::NotSent(broken.clone())
            };
            (Turn::Known(answer), Some(broken))
        }
    }
}

/// Whether credit is not used as it was when the change of its uses was planned. Not told by its version
/// alone: that an allocation moves `UpdatedDateUTC` is not documented (xero/FACTS §11).
pub(super) fn used_otherwise(change: &Change, now: &Pulled) -> bool {
    let before = match change {
        Change::Allocate { from, .. } | Change::End { from, .. } => from,
        Change::Create { .. } | Change::Update { .. } | Change::Mark { .. } => return false,
    };
    now.record
        .as_ref()
        .is_ok_and(|now| !Record::use_differences(now, before).is_empty())
}

/// Whether an answer does not say what credit is used for although it is: it is read instead.
pub(super) fn says_less(change: &Change, answer: &Answer) -> bool {
    let (Change::Update { from, .. }, Answer::Done(now)) = (change, answer) else {
        return false;
    };
    now.record
        .as_ref()
        .is_ok_and(|now| !Record::use_differences(now, from).is_empty())
}

impl XeroBooks {
    /// Reads the credits that writes were about, each with what its write comes to where the credit stands
    /// as before. One answer for each, in the order given.
    pub(super) async fn as_used(&self, writes: Vec<(&Prepared, Option<Answer>)>) -> Vec<Answer> {
        if writes.is_empty() {
            return Vec::new();
        }
        let mut found: BTreeMap<(Kind, RemoteId), Pulled> = BTreeMap::new();
        let mut unread: BTreeMap<Kind, String> = BTreeMap::new();
        for kind in [Kind::CreditNote, Kind::Payment] {
            let changes = writes.iter().map(|(write, _)| &write.write.change);
            let of_kind = changes.filter(|change| change.kind() == kind);
            let ids: Vec<&str> = of_kind
                .filter_map(Change::target)
                .map(RemoteId::as_str)
                .collect();
            if ids.is_empty() {
                continue;
            }
            let read = match kind {
                Kind::Payment => self.payments_by_ids(&ids, Banks::WhereUnknown).await,
                _ => self.by_ids(kind, &ids).await,
            };
            match read {
                Ok(rows) => found.extend(rows.into_iter().map(|it| ((kind, it.id.clone()), it))),
                Err(error) => {
                    unread.insert(kind, error.to_string());
                }
            }
        }
        let answer = |(prepared, otherwise): (&Prepared, Option<Answer>)| {
            let change = &prepared.write.change;
            let doubt = |why: &str| Answer::InDoubt(why.to_owned());
            let changes_uses = matches!(change, Change::Allocate { .. });
            let kind = change.kind();
            if let Some(why) = unread.get(&kind) {
                return doubt(why);
            }
            let now = |id: &RemoteId| found.remove(&(kind, id.clone()));
            match change.target().and_then(now) {
                None => doubt(&format!("Xero does not list the {} any more", kind.noun())),
                // What was refused on the way left something behind: the note says what.
                Some(now) if !changes_uses || used_otherwise(change, &now) => {
                    Answer::Done(Box::new(now))
                }
                Some(_) => {
                    otherwise.unwrap_or_else(|| doubt("Xero does not show what it has carried out"))
                }
            }
        };
        writes.into_iter().map(answer).collect()
    }
}
