//! Writes: sent in batches, and what became of each.

mod answers;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use engine::books::{Answer, BooksError, Change, Prepared, Pulled, Step, Wire};
use ledger::{Cause, Kind, Record, RemoteId, Side};
use serde_json::Value;
use sha2::{Digest, Sha256};
use xero::XeroError;
use xero::wire::batch::{BATCH, Element, Target};

pub(super) use self::answers::{Failed, failed, redacted, refused};
use self::answers::{answer, code_taken};
use super::payments::{self, Banks};
use super::uses::{self, Turn};
use super::{XeroBooks, failure, wording};

/// One call, or the calls of one write: how they are made, and which writes of the batch are in it.
struct Group {
    way: Way,
    members: Vec<usize>,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Of several elements, by a method.
    Together(Target, &'static str),
    /// One record's own request: payments and money on account are deleted so.
    Alone(Target),
    /// One record's own requests, one after another: credit is used for invoices so.
    InTurn,
}

/// The calls in the order in which they are made: contacts before invoices before credit notes before
/// payments, creations before changes.
const WAYS: [Way; 13] = [
    Way::Together(Target::Contacts, "PUT"),
    Way::Together(Target::Contacts, "POST"),
    Way::Together(Target::Invoices, "PUT"),
    Way::Together(Target::Invoices, "POST"),
    Way::Together(Target::CreditNotes, "PUT"),
    Way::Together(Target::CreditNotes, "POST"),
    Way::InTurn,
    Way::Together(Target::Payments, "PUT"),
    Way::Together(Target::BatchPayments, "PUT"),
    Way::Together(Target::BankTransactions, "PUT"),
    Way::Alone(Target::Payments),
    Way::Alone(Target::BatchPayments),
    Way::Alone(Target::BankTransactions),
];

/// How a request goes out; `None` for one that is none of ours.
fn way(step: &Step) -> Option<Way> {
    let path = step.path.strip_prefix(wording::ROOT)?;
    if uses::is_about_uses(path) {
        return Some(Way::InTurn);
    }
    let end = path.find(['?', '/']).unwrap_or(path.len());
    let name = path.get(..end)?;
    WAYS.into_iter().find(|way| match *way {
        Way::Together(target, method) => target.key() == name && method == step.method,
        Way::Alone(target) => target.key() == name && step.method == "POST",
        Way::InTurn => false,
    })
}

/// What is known of the writes of a batch so far.
struct Told {
    answers: Vec<Option<Answer>>,
    /// The credits that have to be read because no answer says how they stand: by the write's place, with
    /// what it comes to where the credit stands as before.
    to_read: Vec<(usize, Option<Answer>)>,
}

impl Told {
    fn set(&mut self, index: usize, answer: Answer) {
        if let Some(place) = self.answers.get_mut(index) {
            *place = Some(answer);
        }
    }
}

/// Sends a batch and says what became of each write.
pub(super) async fn send(books: &XeroBooks, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer> {
    let mut told = Told {
        answers: vec![None; batch.len()],
        to_read: Vec::new(),
    };
    if batch
        .iter()
        .any(|it| payments::is_on_account(&it.write.change))
    {
        books.forget_what_was_read();
    }
    let mut broken = look_before(books, batch, &mut told.answers).await.err();
    let mut worded = batch.to_vec();
    if broken.is_none() {
        let deletions = books.word_deletions(&mut worded, &mut told.answers).await;
        broken = deletions.err().map(|error| failure(&error));
    }
    let batch = &*worded;
    let mut calls: VecDeque<Group> = groups(batch, &told.answers).into();
    while broken.is_none()
        && let Some(group) = calls.pop_front()
    {
        broken = call((books, wire), batch, group, &mut calls, &mut told).await;
    }
    // Also where the connection broke: what was carried out before was.
    let to_read = std::mem::take(&mut told.to_read);
    let places: Vec<usize> = to_read.iter().map(|(index, _)| *index).collect();
    let to_read = to_read
        .into_iter()
        .filter_map(|(index, otherwise)| Some((batch.get(index)?, otherwise)));
    let read = books.as_used(to_read.collect()).await;
    for (index, answer) in places.into_iter().zip(read) {
        told.set(index, answer);
    }
    told.answers
        .into_iter()
        .map(|answer| {
            answer.unwrap_or_else(|| Answer::NotSent(broken.clone().unwrap_or(BooksError::Stopped)))
        })
        .collect()
}

/// Reads the records that are to be changed, and answers for those that are gone, are not what the
/// plan was made from, or need no request.
async fn look_before(
    books: &XeroBooks,
    batch: &[Prepared],
    answers: &mut [Option<Answer>],
) -> Result<(), BooksError> {
    for kind in Kind::ALL {
        let of_kind: Vec<(usize, &RemoteId, &Prepared)> = batch
            .iter()
            .enumerate()
            .filter(|(_, prepared)| prepared.write.change.kind() == kind)
            .filter_map(|(index, prepared)| {
                Some((index, prepared.write.change.target()?, prepared))
            })
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let ids: Vec<&str> = of_kind.iter().map(|(_, id, _)| id.as_str()).collect();
        let found = match kind {
            // Which account it came to changes nothing here.
            Kind::Payment => books.payments_by_ids(&ids, Banks::Remembered).await,
            _ => books.by_ids(kind, &ids).await,
        };
        let found: BTreeMap<RemoteId, _> = found
            .map_err(|error| failure(&error))?
            .into_iter()
            .map(|pulled| (pulled.id.clone(), pulled))
            .collect();
        for (index, id, prepared) in of_kind {
            let answer = match found.get(id) {
                None => Some(Answer::Refused {
                    cause: Cause::Vanished { side: Side::Xero },
                    answer: "Xero does not list this record any more".to_owned(),
                }),
                Some(now) if needs_nothing(prepared, now) => {
                    Some(Answer::Done(Box::new(now.clone())))
                }
                Some(now)
                    if prepared.write.change.version() != Some(&now.version)
                        || uses::used_otherwise(&prepared.write.change, now) =>
                {
                    Some(Answer::Stale)
                }
                Some(now) => payments::cannot_end(&prepared.write.change, now).map(|cause| {
                    let answer = "Xero says that it is reconciled".to_owned();
                    Answer::Refused { cause, answer }
                }),
            };
            if let Some(place) = answers.get_mut(index) {
                *place = answer;
            }
        }
    }
    Ok(())
}

/// Whether a record stands already as the write would have it: nothing of it is kept there, or it is a
/// payment that was deleted meanwhile.
fn needs_nothing(prepared: &Prepared, now: &Pulled) -> bool {
    let change = &prepared.write.change;
    let ended = now.record.as_ref().is_ok_and(Record::ended);
    let ends = matches!(change, Change::End { .. }) && change.kind() == Kind::Payment;
    prepared.steps.is_empty() || ends && ended
}

/// The calls of a batch.
fn groups(batch: &[Prepared], answers: &[Option<Answer>]) -> Vec<Group> {
    let mut groups = Vec::new();
    for way_of_call in WAYS {
        let members: Vec<usize> = batch
            .iter()
            .zip(answers)
            .enumerate()
            .filter(|(_, (prepared, answer))| {
                let step = prepared.steps.first();
                answer.is_none() && step.and_then(way) == Some(way_of_call)
            })
            .map(|(index, _)| index)
            .collect();
        let most = match way_of_call {
            Way::Together(..) => BATCH,
            Way::Alone(Target::BatchPayments) => {
                groups.extend(of_one_batch(batch, &members));
                continue;
            }
            Way::Alone(_) | Way::InTurn => 1,
        };
        groups.extend(members.chunks(most).map(|members| Group {
            way: way_of_call,
            members: members.to_vec(),
        }));
    }
    groups
}

/// The deletions of batches: what several customers paid by one goes by one call.
fn of_one_batch(batch: &[Prepared], members: &[usize]) -> Vec<Group> {
    let step = |index: &usize| batch.get(*index).and_then(|it| it.steps.first());
    let mut groups: Vec<Group> = Vec::new();
    for index in members {
        let same = groups.iter_mut().find(|group| {
            let first = group.members.first().and_then(step);
            first
                .zip(step(index))
                .is_some_and(|(a, b)| a.body == b.body)
        });
        match same {
            Some(group) => group.members.push(*index),
            None => groups.push(Group {
                way: Way::Alone(Target::BatchPayments),
                members: vec![*index],
            }),
        }
    }
    groups
}

/// Makes one call. Returns why nothing more can be sent, where the connection is broken.
async fn call(
    (books, wire): (&XeroBooks, &dyn Wire),
    batch: &[Prepared],
    group: Group,
    calls: &mut VecDeque<Group>,
    told: &mut Told,
) -> Option<BooksError> {
    let members: Vec<(usize, &Prepared)> = group
        .members
        .iter()
        .filter_map(|index| Some((*index, batch.get(*index)?)))
        .collect();
    if group.way == Way::InTurn {
        let (index, prepared) = *members.first()?;
        let (turn, broken) = uses::in_turn(books, wire, prepared).await;
        match turn {
            Turn::Known(answer) => told.set(index, answer),
            Turn::Read { otherwise } => told.to_read.push((index, otherwise)),
        }
        return broken;
    }
    let key = key(&members);
    let requests: Vec<(&str, Step)> = members
        .iter()
        .filter_map(|(_, prepared)| {
            Some((prepared.write.key.as_str(), prepared.steps.first()?.clone()))
        })
        .collect();
    if wire.sending(&requests).is_err() {
        return Some(BooksError::Stopped);
    }
    let error = match exchange(books, group.way, &members, &key).await {
        Ok((status, outcomes)) => {
            take(
                (books, wire),
                status,
                members.into_iter().zip(outcomes),
                told,
            )
            .await;
            return None;
        }
        Err(error) => error,
    };
    let [(first, prepared), others @ ..] = members.as_slice() else {
        return None;
    };
    match failed(prepared, &error) {
        Failed::NotSent(broken) => Some(broken),
        Failed::InDoubt(answer, broken) if others.is_empty() => {
            told.set(*first, answer);
            broken
        }
        Failed::Refused(answer) if others.is_empty() => {
            told.set(*first, answer);
            None
        }
        Failed::InDoubt(..) if error.may_have_been_done() => {
            for (index, _) in members {
                told.set(index, Answer::InDoubt(error.to_string()));
            }
            Some(failure(&error))
        }
        // Refused as a whole: only by sending them apart is it known which one is to blame.
        Failed::InDoubt(..) | Failed::Refused(..) => {
            let (first, second) = group.members.split_at(group.members.len() / 2);
            for half in [second, first] {
                calls.push_front(Group {
                    members: half.to_vec(),
                    ..group
                });
            }
            None
        }
    }
}

/// Takes the answer to a call: what became of each write in it.
async fn take(
    (books, wire): (&XeroBooks, &dyn Wire),
    status: u16,
    outcomes: impl Iterator<Item = ((usize, &Prepared), Element)>,
    told: &mut Told,
) {
    let rates = books.facts().rates.unwrap_or_default();
    let mut unsaid: (Vec<usize>, Vec<_>) = Default::default();
    for ((index, prepared), outcome) in outcomes {
        if let Element::Written(value) = &outcome {
            wire.answered(&prepared.write.key, status, redacted(value));
        }
        if let Some(of) = payments::to_read(books, prepared, &outcome) {
            unsaid.0.push(index);
            unsaid.1.push(of);
            continue;
        }
        let answer = if code_taken(prepared, &outcome) {
            books.code_of_another(prepared).await
        } else {
            answer(prepared, outcome, &rates)
        };
        if uses::says_less(&prepared.write.change, &answer) {
            told.to_read.push((index, None));
        } else {
            told.set(index, answer);
        }
    }
    let read = books.read_back(&unsaid.1).await;
    for (index, answer) in unsaid.0.into_iter().zip(read) {
        told.set(index, answer);
    }
}

/// Sends the requests of these writes in one call: the HTTP status, and what became of each.
async fn exchange(
    books: &XeroBooks,
    way: Way,
    members: &[(usize, &Prepared)],
    key: &str,
) -> Result<(u16, Vec<Element>), XeroError> {
    let steps: Vec<&Step> = members
        .iter()
        .filter_map(|(_, prepared)| prepared.steps.first())
        .collect();
    match way {
        Way::Together(target, method) => {
            let elements: Vec<Value> = steps.iter().map(|step| step.body.clone()).collect();
            books
                .client
                .write_told(target, method, &elements, key)
                .await
        }
        Way::Alone(target) => {
            let Some(step) = steps.first() else {
                return Ok((0, Vec::new()));
            };
            let path = step.path.strip_prefix(wording::ROOT).unwrap_or(&step.path);
            let (status, outcome) = books
                .client
                .write_one(target, path, &step.body, key)
                .await?;
            Ok((status, vec![outcome; members.len()]))
        }
        Way::InTurn => Ok((0, Vec::new())),
    }
}

/// The idempotency key of a call: the write's own, or one made of all the writes' in it.
pub(super) fn key(members: &[(usize, &Prepared)]) -> String {
    if let [(_, only)] = members {
        return only.write.key.chars().take(128).collect();
    }
    let keys: Vec<&str> = members
        .iter()
        .map(|(_, prepared)| prepared.write.key.as_str())
        .collect();
    digest(&keys)
}

/// A digest of some texts, which is an idempotency key.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
