//! Drafts seen before they count: made, read together, submitted where they are what was meant, and
//! removed where they are not.
//!
//! A draft that carries our marker is under way. Whatever ends this process in between, the draft is
//! found by its marker and gone on with ([`engine::books::Change::Update`], `under_way`).

use std::collections::HashMap;

use ::erpnext::error::RefusalKind;
use ::erpnext::{Error, marker_fields, site};
use engine::books::{Answer, Books, BooksError, Change, Lookup, Prepared, Pulled, Step};
use http::Method;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Kind, Record, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::prepare::MODIFIED;
use super::proof::{Shape, differences, meant};
use super::send::Sent;
use super::{ErpnextBooks, failure};

/// A draft that stands, or may stand.
#[derive(Debug)]
pub(super) struct Draft {
    name: RemoteId,
    /// Why it is not known to stand: the answer of the request that makes it was lost.
    lost: Option<String>,
    /// The document it takes the place of.
    original: Option<Original>,
}

/// A submitted document that is to be replaced.
#[derive(Debug)]
struct Original {
    name: RemoteId,
    /// How it stands since its marker was moved out of the way; `None` where an earlier attempt
    /// cancelled it.
    modified: Option<String>,
}

/// Whether the last step submits a draft, once it was seen.
pub(super) fn awaits_proof(prepared: &Prepared) -> bool {
    prepared.write.change.kind() == Kind::Invoice
        && prepared
            .steps
            .last()
            .is_some_and(|step| step.method == "PUT" && step.body["docstatus"] == 1)
}

/// Whether the document is submitted by the request that creates it.
pub(super) fn submits_at_once(prepared: &Prepared) -> bool {
    matches!(prepared.write.change, Change::Create { .. })
        && prepared
            .steps
            .first()
            .is_some_and(|step| step.body["docstatus"] == 1)
}

impl ErpnextBooks {
    /// Creates and submits in one request, a document of a shape that was proven. Where the site
    /// holds the total against the one meant and refuses, the proof has ended.
    pub(super) async fn submit_at_once(&self, prepared: &Prepared) -> Sent {
        let sent = self.steps(prepared, &prepared.steps).await;
        match sent {
            Sent::Answered(Answer::Refused { answer, .. }) if names_schedule(&answer) => {
                let shape = Shape::of(&prepared.steps[0].body);
                self.proofs().note(shape, false);
                Sent::Answered(Answer::PrepareAgain(answer))
            }
            other => other,
        }
    }

    /// Makes the draft that the last step submits.
    pub(super) async fn draft(&self, prepared: &Prepared) -> Sent {
        let last = prepared.steps.len() - 1;
        if let Change::Update { id, .. } = &prepared.write.change
            && last == 0
        {
            return drafted(id.clone());
        }
        match self.steps(prepared, &prepared.steps[..last]).await {
            Sent::Written(name) => drafted(name),
            // It is looked for together with the others.
            Sent::Answered(Answer::InDoubt(why)) => match chosen_name(&prepared.steps[0]) {
                Some(name) => Sent::Drafted(Draft {
                    name,
                    lost: Some(why),
                    original: None,
                }),
                None => Sent::Answered(Answer::InDoubt(why)),
            },
            other => other,
        }
    }

    /// Moves the marker of a submitted document out of the way and makes the draft that is to take
    /// its place; goes on where an earlier attempt was cut off.
    pub(super) async fn draft_replacement(
        &self,
        prepared: &Prepared,
        id: &RemoteId,
        version: &Version,
    ) -> Sent {
        let document = match self.client.document("Sales Invoice", id.as_str()).await {
            Ok(Some(document)) => document,
            Ok(None) => return Sent::Answered(Answer::Stale),
            Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
        };
        if document["modified"] != version.as_str() {
            return Sent::Answered(Answer::Stale);
        }
        let [move_marker, create, ..] = prepared.steps.as_slice() else {
            return Sent::Answered(Answer::Stale);
        };
        let moved = document[marker_fields::INVOICE]
            .as_str()
            .is_some_and(|stored| marker_fields::identity(stored).1);
        let modified = match document["docstatus"].as_u64() {
            Some(2) if moved => None,
            // A person cancelled it.
            Some(2) => return Sent::Answered(Answer::Stale),
            _ => match self.step(&prepared.write.change, move_marker, "").await {
                Ok(answer) => Some(text(&answer["data"]["modified"])),
                Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
            },
        };
        let original = Original {
            name: id.clone(),
            modified,
        };
        match self.create_afresh(prepared, create).await {
            Ok(name) => Sent::Drafted(Draft {
                name,
                lost: None,
                original: Some(original),
            }),
            Err(answer @ Answer::InDoubt(_)) => Sent::Answered(answer),
            Err(answer) => {
                self.keep_original(prepared, &original).await;
                Sent::Answered(answer)
            }
        }
    }

    /// Creates the draft of a replacement; one that an earlier attempt left is removed first.
    async fn create_afresh(&self, prepared: &Prepared, step: &Step) -> Result<RemoteId, Answer> {
        let change = &prepared.write.change;
        let refused = match self.step(change, step, "").await {
            Ok(answer) => return Ok(RemoteId::new(text(&answer["data"]["name"]))),
            Err(error) => error,
        };
        let taken = matches!(&refused, Error::Refused(refusal)
            if matches!(refusal.kind(), RefusalKind::NameTaken | RefusalKind::NotUnique));
        let (true, Some(name), Some(source)) = (taken, chosen_name(step), change.source()) else {
            return Err(failure::of_a_write(refused, true, false));
        };
        let begun = |error| failure::of_a_write(error, true, true);
        let standing = self
            .client
            .document("Sales Invoice", name.as_str())
            .await
            .map_err(begun)?;
        let ours = standing.is_some_and(|document| {
            document["docstatus"] == 0 && document[marker_fields::INVOICE] == source.as_str()
        });
        if !ours {
            return Err(failure::of_a_write(refused, true, false));
        }
        self.remove(&name).await.map_err(begun)?;
        match self.step(change, step, "").await {
            Ok(answer) => Ok(RemoteId::new(text(&answer["data"]["name"]))),
            Err(error) => Err(failure::of_a_write(error, true, false)),
        }
    }

    /// Reads all drafts of a batch together and submits those that are what was meant.
    pub(super) async fn submit_proven(&self, batch: &[Prepared], sent: Vec<Sent>) -> Vec<Sent> {
        let names: Vec<RemoteId> = sent
            .iter()
            .filter_map(|sent| match sent {
                Sent::Drafted(draft) => Some(draft.name.clone()),
                Sent::Written(_) | Sent::Answered(_) => None,
            })
            .collect();
        if names.is_empty() {
            return sent;
        }
        let seen: HashMap<RemoteId, Pulled> =
            match self.find(Kind::Invoice, &Lookup::Ids(names)).await {
                Ok(found) => found
                    .into_iter()
                    .map(|pulled| (pulled.id.clone(), pulled))
                    .collect(),
                Err(failure) => return sent.into_iter().map(|it| left(it, &failure)).collect(),
            };
        let mut settled: Vec<Option<Sent>> = Vec::with_capacity(sent.len());
        let mut drafts = Vec::new();
        for (index, sent) in sent.into_iter().enumerate() {
            settled.push(match sent {
                Sent::Drafted(draft) => {
                    drafts.push((index, draft));
                    None
                }
                other => Some(other),
            });
        }
        let seen = &seen;
        let jobs = drafts.into_iter().map(|(index, draft)| async move {
            let found = seen.get(&draft.name);
            (index, self.submit(&batch[index], draft, found).await)
        });
        let (done, stopped) = self.at_pace(jobs, None).await;
        for (index, sent) in done {
            settled[index] = Some(sent);
        }
        let failure = stopped.unwrap_or(BooksError::Stopped);
        settled
            .into_iter()
            // A draft of it stands.
            .map(|sent| sent.unwrap_or_else(|| in_doubt(&failure)))
            .collect()
    }

    /// Submits one draft, if it is what was meant.
    async fn submit(&self, prepared: &Prepared, draft: Draft, seen: Option<&Pulled>) -> Sent {
        let change = &prepared.write.change;
        let (Some(meant), Some(step)) = (meant(change), prepared.steps.last()) else {
            return Sent::Written(draft.name);
        };
        let Some(seen) = seen else {
            let why = draft.lost;
            return Sent::Answered(Answer::InDoubt(
                why.unwrap_or_else(|| "the draft of it cannot be found".to_owned()),
            ));
        };
        if draft.lost.is_some() && seen.marker.as_ref() != change.source() {
            return Sent::Answered(Answer::Exists);
        }
        let state = match &seen.record {
            Ok(Record::Invoice(invoice)) => invoice.state,
            Ok(Record::Contact(_)) => return Sent::Answered(Answer::Stale),
            Err(unreadable) => {
                let refused = Answer::Refused {
                    cause: Cause::Unreadable {
                        side: Side::Erpnext,
                        why: unreadable.why.clone(),
                    },
                    answer: unreadable.why.clone(),
                };
                return self.withdraw(prepared, &draft, refused).await;
            }
        };
        match state {
            DocumentState::Draft => {}
            // Another machine went on with it; it is read back like our own.
            DocumentState::Approved => return Sent::Written(draft.name),
            DocumentState::Voided => return Sent::Answered(Answer::Stale),
        }
        if let Change::Update { version, .. } = change
            && prepared.steps.len() == 1
            && seen.version != *version
        {
            return Sent::Answered(Answer::Stale);
        }
        let found = differences(meant, seen);
        if !found.is_empty() {
            let refused = Answer::Refused {
                answer: told(&found),
                cause: Cause::WouldDiffer {
                    side: Side::Erpnext,
                    differences: found,
                },
            };
            return self.withdraw(prepared, &draft, refused).await;
        }
        if let Some(original) = &draft.original
            && let Err(answer) = self.end_original(prepared, original).await
        {
            return self.withdraw(prepared, &draft, answer).await;
        }
        let step = at_version(step, seen.version.as_str());
        match self.step(change, &step, draft.name.as_str()).await {
            Ok(_) => Sent::Written(draft.name),
            Err(error) => match failure::of_a_write(error, false, true) {
                answer @ Answer::Refused { .. } if draft.original.is_some() => {
                    // Nothing is live now: the draft stays, and is gone on with.
                    Sent::Answered(answer)
                }
                answer @ Answer::Refused { .. } => self.withdraw(prepared, &draft, answer).await,
                answer => Sent::Answered(answer),
            },
        }
    }

    /// Cancels the document that a draft takes the place of, if it is as it was when its marker was
    /// moved.
    async fn end_original(&self, prepared: &Prepared, original: &Original) -> Result<(), Answer> {
        let Some(modified) = &original.modified else {
            return Ok(());
        };
        let Some(step) = prepared.steps.get(2) else {
            return Ok(());
        };
        let step = at_version(step, modified);
        match self.step(&prepared.write.change, &step, "").await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure::of_a_write(error, false, true)),
        }
    }

    /// Takes a draft of our own back, and gives the document it was to replace its marker again.
    async fn withdraw(&self, prepared: &Prepared, draft: &Draft, answer: Answer) -> Sent {
        if matches!(answer, Answer::InDoubt(_)) {
            return Sent::Answered(answer);
        }
        let ours = match &prepared.write.change {
            Change::Update { under_way, .. } => *under_way || draft.original.is_some(),
            _ => true,
        };
        if ours && let Err(error) = self.remove(&draft.name).await {
            // It carries our marker: the next run finds it.
            tracing::warn!(name = draft.name.as_str(), %error, "a draft could not be removed");
        }
        if let Some(original) = &draft.original {
            self.keep_original(prepared, original).await;
        }
        Sent::Answered(answer)
    }

    /// Gives a document that is not replaced after all its marker again. Where that fails it is told
    /// by the moved one, as before.
    async fn keep_original(&self, prepared: &Prepared, original: &Original) {
        let (Some(modified), Some(source)) = (&original.modified, prepared.write.change.source())
        else {
            return;
        };
        let path = site::document("Sales Invoice", original.name.as_str());
        let body = json!({marker_fields::INVOICE: source.as_str(), "modified": modified});
        if let Err(error) = self.client.write(Method::PUT, &path, &body).await {
            tracing::warn!(name = original.name.as_str(), %error, "a marker was not put back");
        }
    }

    async fn remove(&self, name: &RemoteId) -> Result<(), Error> {
        let path = site::document("Sales Invoice", name.as_str());
        match self.client.write(Method::DELETE, &path, &Value::Null).await {
            Ok(_) => Ok(()),
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn drafted(name: RemoteId) -> Sent {
    Sent::Drafted(Draft {
        name,
        lost: None,
        original: None,
    })
}

/// A draft that could not be looked at.
fn left(sent: Sent, failure: &BooksError) -> Sent {
    match sent {
        Sent::Drafted(_) => in_doubt(failure),
        other => other,
    }
}

fn in_doubt(failure: &BooksError) -> Sent {
    Sent::Answered(Answer::InDoubt(format!(
        "a draft of it was left, and not submitted: {failure}"
    )))
}

/// The name that a request asks for, where the site honours it.
fn chosen_name(step: &Step) -> Option<RemoteId> {
    let honoured = step.path == site::doctype_v2("Sales Invoice");
    let name = step.body["name"].as_str().filter(|_| honoured)?;
    Some(RemoteId::new(name))
}

/// The step with the version it is held to.
fn at_version(step: &Step, modified: &str) -> Step {
    let mut step = step.clone();
    if step.body["modified"] == MODIFIED {
        step.body["modified"] = json!(modified);
    }
    step
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether a refusal says that the schedule does not come to the total (the words of ERPNext 15 and
/// 16, `validate_payment_schedule_amount`).
fn names_schedule(answer: &str) -> bool {
    answer.contains("Payment Schedule")
}

/// What a draft came to, for the log.
fn told(differences: &[Difference]) -> String {
    let shown: Vec<String> = differences
        .iter()
        .map(|it| {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            format!(
                "{}: {} instead of {}",
                it.field,
                value(&it.erpnext),
                value(&it.xero)
            )
        })
        .collect();
    format!("as a draft, {}", shown.join("; "))
}
