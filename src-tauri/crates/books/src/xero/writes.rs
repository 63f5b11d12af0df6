//! Writes: sent in batches, and what became of each.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use engine::books::{Answer, BooksError, Change, Prepared, Pulled, Step, Wire};
use ledger::contact::folded_name;
use ledger::{Cause, Kind, Record, RemoteId, Side};
use serde_json::Value;
use sha2::{Digest, Sha256};
use xero::XeroError;
use xero::error::catalogue::{self, About, Meaning};
use xero::translate::document::TaxRates;
use xero::wire::batch::{BATCH, Element, Target};

use super::{XeroBooks, creates, failure, payments, rows, wording};

/// How much of a refusal is kept for the log.
const KEPT: usize = 4000;

/// One call: where it goes, and which writes of the batch are in it.
struct Group {
    way: Way,
    members: Vec<usize>,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Of several elements, by a method.
    Together(Target, &'static str),
    /// One record's own request: payments are deleted so.
    Alone(Target),
}

/// The calls in the order in which they are made: contacts before invoices before payments, creations
/// before changes.
const WAYS: [Way; 8] = [
    Way::Together(Target::Contacts, "PUT"),
    Way::Together(Target::Contacts, "POST"),
    Way::Together(Target::Invoices, "PUT"),
    Way::Together(Target::Invoices, "POST"),
    Way::Together(Target::Payments, "PUT"),
    Way::Together(Target::BatchPayments, "PUT"),
    Way::Alone(Target::Payments),
    Way::Alone(Target::BatchPayments),
];

/// How a request goes out; `None` for one that is none of ours.
fn way(step: &Step) -> Option<Way> {
    let path = step.path.strip_prefix(wording::ROOT)?;
    let end = path.find(['?', '/']).unwrap_or(path.len());
    let name = path.get(..end)?;
    WAYS.into_iter().find(|way| match *way {
        Way::Together(target, method) => target.key() == name && method == step.method,
        Way::Alone(target) => target.key() == name && step.method == "POST",
    })
}

/// Sends a batch and says what became of each write.
pub(super) async fn send(books: &XeroBooks, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = vec![None; batch.len()];
    let mut broken = look_before(books, batch, &mut answers).await.err();
    let mut calls: VecDeque<Group> = groups(batch, &answers).into();
    while broken.is_none()
        && let Some(group) = calls.pop_front()
    {
        broken = call((books, wire), batch, group, &mut calls, &mut answers).await;
    }
    answers
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
        let found: BTreeMap<RemoteId, _> = books
            .by_ids(kind, &ids)
            .await
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
                Some(now) if prepared.write.change.version() != Some(&now.version) => {
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
            Way::Alone(_) => 1,
        };
        groups.extend(members.chunks(most).map(|members| Group {
            way: way_of_call,
            members: members.to_vec(),
        }));
    }
    groups
}

/// Makes one call. Returns why nothing more can be sent, where the connection is broken.
async fn call(
    (books, wire): (&XeroBooks, &dyn Wire),
    batch: &[Prepared],
    group: Group,
    calls: &mut VecDeque<Group>,
    answers: &mut [Option<Answer>],
) -> Option<BooksError> {
    let members: Vec<(usize, &Prepared)> = group
        .members
        .iter()
        .filter_map(|index| Some((*index, batch.get(*index)?)))
        .collect();
    let mut set = |index: usize, answer: Answer| {
        if let Some(place) = answers.get_mut(index) {
            *place = Some(answer);
        }
    };
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
    let written = exchange(books, group.way, &members, &key).await;
    let error = match written {
        Ok((status, outcomes)) => {
            let rates = books.facts().rates.unwrap_or_default();
            let mut unsaid: (Vec<usize>, Vec<_>) = Default::default();
            for ((index, prepared), outcome) in members.iter().zip(outcomes) {
                if let Element::Written(value) = &outcome {
                    let mut body = value.clone();
                    net::redact::json(&mut body);
                    wire.answered(&prepared.write.key, status, body);
                }
                if let Some(of) = payments::to_read(prepared, &outcome) {
                    unsaid.0.push(*index);
                    unsaid.1.push(of);
                    continue;
                }
                let answer = if code_taken(prepared, &outcome) {
                    books.code_of_another(prepared).await
                } else {
                    answer(prepared, outcome, &rates)
                };
                set(*index, answer);
            }
            for (index, answer) in unsaid.0.into_iter().zip(books.read_back(&unsaid.1).await) {
                set(index, answer);
            }
            return None;
        }
        Err(error) => error,
    };
    if error.may_have_been_done() {
        for (index, _) in &members {
            set(*index, Answer::InDoubt(error.to_string()));
        }
        // A server that fails at one write sent alone says nothing about the others.
        let its_own = members.len() == 1 && matches!(error, XeroError::Unavailable { .. });
        return (!its_own).then(|| failure(&error));
    }
    let refused = matches!(
        error,
        XeroError::Validation { .. }
            | XeroError::Refused { .. }
            | XeroError::RequestTooLarge
            | XeroError::NotFound
    );
    if !refused {
        return Some(failure(&error));
    }
    match members.as_slice() {
        // Refused as a whole: only by sending them apart is it known which one is to blame.
        [_, _, ..] => {
            let (first, second) = group.members.split_at(group.members.len() / 2);
            for half in [second, first] {
                calls.push_front(Group {
                    members: half.to_vec(),
                    ..group
                });
            }
        }
        [(index, prepared)] => {
            let messages = match &error {
                XeroError::Validation {
                    number: Some(10),
                    message,
                    ..
                } => vec![message.clone()],
                error => vec![error.to_string()],
            };
            if let Some(why) = fault(&messages) {
                set(*index, Answer::InDoubt(why.to_owned()));
                return None;
            }
            set(
                *index,
                Answer::Refused {
                    cause: match error {
                        XeroError::NotFound => Cause::Vanished { side: Side::Xero },
                        _ => cause(prepared, &messages),
                    },
                    answer: messages.join(" "),
                },
            );
        }
        [] => {}
    }
    None
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
            Ok((status, vec![outcome]))
        }
    }
}

/// The idempotency key of a call: the write's own, or one made of all the writes' in it.
pub(super) fn key(members: &[(usize, &Prepared)]) -> String {
    if let [(_, only)] = members {
        return only.write.key.chars().take(128).collect();
    }
    let mut digest = Sha256::new();
    for (_, prepared) in members {
        digest.update(prepared.write.key.as_bytes());
        digest.update([0]);
    }
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn answer(prepared: &Prepared, outcome: Element, rates: &TaxRates) -> Answer {
    match outcome {
        Element::Written(value) => Answer::Done(Box::new(match prepared.write.change.kind() {
            Kind::Contact => rows::contact_from_value(value),
            Kind::Invoice => rows::invoice_from_value(value, rates),
            Kind::CreditNote => {
                return Answer::InDoubt("credit notes are not read yet".to_owned());
            }
            Kind::Payment => match rows::payment_from_value(value) {
                Some(payment) => payment,
                None => {
                    return Answer::InDoubt("Xero's answer is no customer's payment".to_owned());
                }
            },
        })),
        Element::Refused { messages, .. } if fault(&messages).is_some() => {
            Answer::InDoubt(fault(&messages).unwrap_or_default().to_owned())
        }
        Element::Refused { messages, answer } => {
            let taken = messages.iter().any(|message| {
                matches!(
                    catalogue::meaning(message),
                    Some(Meaning::NameTaken | Meaning::ContactNumberTaken | Meaning::NumberTaken)
                )
            });
            if taken && creates(&prepared.write.change) {
                return Answer::Exists;
            }
            let mut shown = answer;
            net::redact::json(&mut shown);
            Answer::Refused {
                cause: cause(prepared, &messages),
                answer: net::redact::shorten(&shown.to_string(), KEPT),
            }
        }
        Element::Unmentioned => {
            Answer::InDoubt("Xero's answer does not mention this record".to_owned())
        }
    }
}

/// What Xero says of a failure of its own that it words as a fault of the data.
fn fault(messages: &[String]) -> Option<&str> {
    messages
        .iter()
        .find(|message| catalogue::meaning(message) == Some(Meaning::Fault))
        .map(String::as_str)
}

/// Whether a new contact was refused for its contact code alone, which is our marker.
fn code_taken(prepared: &Prepared, outcome: &Element) -> bool {
    let Element::Refused { messages, .. } = outcome else {
        return false;
    };
    prepared.write.change.kind() == Kind::Contact
        && creates(&prepared.write.change)
        && !messages.is_empty()
        && messages
            .iter()
            .all(|message| catalogue::meaning(message) == Some(Meaning::ContactNumberTaken))
}

impl XeroBooks {
    /// What follows where the contact code of a new contact is taken: by ourselves, in a request whose
    /// answer was lost, or by a stranger that somebody gave this code by hand. Then the contact is
    /// made without one; its identity stands on the ERPNext record.
    async fn code_of_another(&self, prepared: &Prepared) -> Answer {
        let (Some(meant), Some(source)) = (
            prepared.write.change.meant(),
            prepared.write.change.source(),
        ) else {
            return Answer::Exists;
        };
        let found = match self
            .client
            .contacts_by("ContactNumber", &[source.as_str()])
            .await
        {
            Ok(found) => found,
            Err(error) => return Answer::InDoubt(error.to_string()),
        };
        let name = folded_name(meant.title());
        let ours = found.into_iter().map(rows::contact).any(|found| {
            found
                .record
                .is_ok_and(|record| folded_name(record.title()) == name)
        });
        if ours {
            return Answer::Exists;
        }
        self.change_codes(|codes| codes.insert(source.clone()));
        Answer::PrepareAgain(format!(
            "another contact in Xero has the contact code {source}"
        ))
    }
}

fn cause(prepared: &Prepared, messages: &[String]) -> Cause {
    let record = match &prepared.write.change {
        Change::Create { record, .. }
        | Change::Update { to: record, .. }
        | Change::Allocate { to: record, .. } => Some(record),
        Change::End { from, .. } => Some(from),
        Change::Mark { .. } => None,
    };
    let (title, currency) = match record {
        Some(Record::Contact(contact)) => (Some(contact.name.as_str()), None),
        Some(Record::Invoice(invoice) | Record::CreditNote(invoice)) => {
            (invoice.number.as_deref(), Some(invoice.currency.code()))
        }
        Some(Record::Payment(payment)) => (Some(payment.title()), Some(payment.currency.code())),
        None => (None, None),
    };
    let cause = catalogue::cause(
        messages,
        About {
            title: title.unwrap_or_default(),
            currency,
        },
    );
    match (&prepared.write.change, cause) {
        (Change::End { .. }, Cause::CannotEdit { side, why }) => Cause::CannotVoid { side, why },
        (_, cause) => cause,
    }
}
