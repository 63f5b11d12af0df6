//! Drafts seen before they count: made, read together, submitted where they are what was meant, and
//! removed where they are not.
//!
//! A draft that carries our marker is under way. Whatever ends this process in between, the draft is
//! found by its marker and gone on with ([`engine::books::Change::Update`], `under_way`).

use std::collections::{BTreeMap, HashMap};

use ::erpnext::error::RefusalKind;
use ::erpnext::{Error, site};
use engine::books::{Answer, Books, BooksError, Change, Lookup, Prepared, Pulled, Step};
use http::Method;
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Kind, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::failure;
use super::hold::Held;
use super::prepare::{MODIFIED, held};
use super::proof::{Shape, differences, meant};
use super::send::{Sender, Sent, in_order};

/// A draft that stands, or may stand.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    name: RemoteId,
    /// Why it is not known to stand: the answer of the request that makes it was lost.
    lost: Option<String>,
}

/// Whether the last step submits a draft, once it was seen.
pub(super) fn awaits_proof(prepared: &Prepared) -> bool {
    prepared.write.change.kind().is_document()
        && prepared
            .steps
            .last()
            .is_some_and(|step| step.method == "PUT" && step.body["docstatus"] == 1)
}

/// Whether the invoice is submitted by the request that creates it.
pub(super) fn submits_at_once(prepared: &Prepared) -> bool {
    prepared.write.change.kind() == Kind::Invoice
        && matches!(prepared.write.change, Change::Create { .. })
        && prepared
            .steps
            .first()
            .is_some_and(|step| step.body["docstatus"] == 1)
}

impl Sender<'_> {
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
            Sent::Answered(Answer::InDoubt(why)) => match chosen_name(&prepared.steps) {
                Some(name) => Sent::Drafted(Draft {
                    name,
                    lost: Some(why),
                }),
                None => Sent::Answered(Answer::InDoubt(why)),
            },
            other => other,
        }
    }

    /// Makes the draft that is to take a document's place, beside it.
    pub(super) async fn draft_replacement(&self, prepared: &Prepared) -> Sent {
        // It was read after it was planned.
        let read = held::<Held>(&prepared.write).map(|held| held.document);
        let version = prepared.write.change.version().map(Version::as_str);
        if read.is_some_and(|document| document["modified"].as_str() != version) {
            return Sent::Answered(Answer::Stale);
        }
        for step in &prepared.steps {
            match step.method.as_str() {
                "DELETE" => match self.step(prepared, step, "").await {
                    Ok(_) => {}
                    Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => {}
                    Err(error) => {
                        return Sent::Answered(failure::of_a_write(error, false, false));
                    }
                },
                _ => return self.create_draft(prepared, step).await,
            }
        }
        Sent::Answered(Answer::Stale)
    }

    async fn create_draft(&self, prepared: &Prepared, step: &Step) -> Sent {
        let error = match self.step(prepared, step, "").await {
            Ok(answer) => return drafted(RemoteId::new(text(&answer["data"]["name"]))),
            Err(error) => error,
        };
        match (
            failure::of_a_write(error, true, false),
            chosen_name(&prepared.steps),
        ) {
            (Answer::InDoubt(why), Some(name)) => Sent::Drafted(Draft {
                name,
                lost: Some(why),
            }),
            // Name and marker were free a moment ago: somebody else replaces it, too.
            (Answer::Exists, _) => Sent::Answered(Answer::Stale),
            (answer, _) => Sent::Answered(answer),
        }
    }

    /// Reads all drafts of a batch together and submits those that are what was meant.
    pub(super) async fn submit_proven(&self, batch: &[Prepared], sent: Vec<Sent>) -> Vec<Sent> {
        let mut seen: HashMap<RemoteId, Pulled> = HashMap::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_document()) {
            let of_kind = batch.iter().map(|it| it.write.change.kind() == kind);
            let names: Vec<RemoteId> = sent
                .iter()
                .zip(of_kind)
                .filter_map(|(sent, of_kind)| match sent {
                    Sent::Drafted(draft) => of_kind.then(|| draft.name.clone()),
                    Sent::Written(_) | Sent::Answered(_) => None,
                })
                .collect();
            if names.is_empty() {
                continue;
            }
            match self.books.find(kind, &Lookup::Ids(names)).await {
                Ok(found) => {
                    seen.extend(found.into_iter().map(|it| (it.id.clone(), it)));
                }
                Err(failure) => return sent.into_iter().map(|it| left(it, &failure)).collect(),
            }
        }
        let mut settled: Vec<Option<Sent>> = Vec::with_capacity(sent.len());
        let mut drafts = BTreeMap::new();
        for (index, sent) in sent.into_iter().enumerate() {
            settled.push(match sent {
                Sent::Drafted(draft) => {
                    drafts.insert(index, draft);
                    None
                }
                other => Some(other),
            });
        }
        let (seen, drafts) = (&seen, &drafts);
        let groups = in_order(batch, drafts.keys().copied());
        // Returns that lower one invoice are not submitted at once.
        let jobs = groups.into_iter().map(|group| async move {
            let mut done = Vec::with_capacity(group.len());
            for index in group {
                let Some(draft) = drafts.get(&index) else {
                    continue;
                };
                let found = seen.get(&draft.name);
                done.push((
                    index,
                    self.submit(&batch[index], draft.clone(), found).await,
                ));
            }
            done
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
            Ok(record) => match record.document() {
                Some(document) => document.state,
                None => return Sent::Answered(Answer::Stale),
            },
            Err(unreadable) => {
                let refused = Answer::Refused {
                    cause: Cause::Unreadable {
                        side: Side::Erpnext,
                        why: unreadable.why.clone(),
                    },
                    answer: unreadable.why.clone(),
                };
                return self
                    .withdraw(prepared, &draft, refused, &seen.version)
                    .await;
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
            return self
                .withdraw(prepared, &draft, refused, &seen.version)
                .await;
        }
        if let Some(cancel) = ending(&prepared.steps)
            && let Err(error) = self.step(prepared, cancel, "").await
        {
            // The document is as it was, or nobody knows.
            let answer = failure::of_a_write(error, false, true);
            if !matches!(answer, Answer::InDoubt(_)) && self.is_cancelled(change).await {
                return Sent::Answered(Answer::Stale);
            }
            return self.withdraw(prepared, &draft, answer, &seen.version).await;
        }
        let step = at_version(step, seen.version.as_str());
        match self.step(prepared, &step, draft.name.as_str()).await {
            Ok(_) => Sent::Written(draft.name),
            Err(error) => match failure::of_a_write(error, false, true) {
                answer @ Answer::Refused { .. } if prepared.otherwise.is_some() => {
                    self.put_back(prepared, &draft, answer, &seen.version).await
                }
                answer @ Answer::Refused { .. } => {
                    self.withdraw(prepared, &draft, answer, &seen.version).await
                }
                answer => Sent::Answered(answer),
            },
        }
    }

    /// Whether the document that is to be replaced was cancelled by somebody else, or may have been: another
    /// installation that replaces it too. The draft beside it is then all there is of it, whosever it is,
    /// and is gone on with when it is planned again.
    async fn is_cancelled(&self, change: &Change) -> bool {
        let Some(id) = change.target() else {
            return false;
        };
        let by = Lookup::Ids(vec![id.clone()]);
        match self.books.find(change.kind(), &by).await {
            Ok(found) => found.iter().any(|found| match &found.record {
                Ok(record) => record.ended_for_good(),
                Err(_) => true,
            }),
            Err(_) => true,
        }
    }

    /// Takes a draft of our own back. Where the document it is to take the place of is cancelled
    /// already, that is put back instead.
    async fn withdraw(
        &self,
        prepared: &Prepared,
        draft: &Draft,
        answer: Answer,
        version: &Version,
    ) -> Sent {
        if matches!(answer, Answer::InDoubt(_)) {
            return Sent::Answered(answer);
        }
        let replaces = matches!(prepared.find, Lookup::Markers(_));
        let ours = match &prepared.write.change {
            Change::Update { under_way, .. } => *under_way || replaces,
            _ => true,
        };
        if prepared.otherwise.is_some() && !replaces {
            return match answer {
                answer @ Answer::Refused { .. } => {
                    self.put_back(prepared, draft, answer, version).await
                }
                answer => Sent::Answered(answer),
            };
        }
        if ours && let Err(error) = self.remove(prepared, &draft.name).await {
            // It carries our marker: the next run finds it.
            tracing::warn!(name = draft.name.as_str(), %error, "a draft could not be removed");
        }
        Sent::Answered(answer)
    }

    /// Puts what a cancelled document said back, as its amendment. The refusal stays what it was; where
    /// the site refuses this as well, nothing lives, and that is said.
    async fn put_back(
        &self,
        prepared: &Prepared,
        draft: &Draft,
        refused: Answer,
        version: &Version,
    ) -> Sent {
        let Some(step) = &prepared.otherwise else {
            return Sent::Answered(refused);
        };
        let step = at_version(step, version.as_str());
        let failure = match self.step(prepared, &step, draft.name.as_str()).await {
            Ok(_) => return Sent::Answered(refused),
            // Somebody else took the draft away, and makes another: what stands is looked at again.
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => {
                return Sent::Answered(Answer::Stale);
            }
            Err(error) => failure::of_a_write(error, false, true),
        };
        match (failure, refused) {
            (Answer::Refused { answer: why, .. }, Answer::Refused { cause, answer }) => {
                let message = format!(
                    "{} It was cancelled to be replaced and could not be put back ({why}), so nothing of it is live in ERPNext: the draft {} stands for it.",
                    cause.sentence(),
                    draft.name
                );
                Sent::Answered(Answer::Refused {
                    cause: Cause::refused(Side::Erpnext, message),
                    answer: format!("{answer}; putting it back: {why}"),
                })
            }
            (other, _) => Sent::Answered(other),
        }
    }

    async fn remove(&self, prepared: &Prepared, name: &RemoteId) -> Result<(), Error> {
        let path = site::document("Sales Invoice", name.as_str());
        match self
            .write(prepared, Method::DELETE, &path, &Value::Null)
            .await
        {
            Ok(_) => Ok(()),
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn drafted(name: RemoteId) -> Sent {
    Sent::Drafted(Draft { name, lost: None })
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

/// The name that is asked for where a document is created, if the site honours it.
fn chosen_name(steps: &[Step]) -> Option<RemoteId> {
    let step = steps.iter().find(|step| step.method == "POST")?;
    let honoured = step.path == site::doctype_v2("Sales Invoice");
    let name = step.body["name"].as_str().filter(|_| honoured)?;
    Some(RemoteId::new(name))
}

/// The step that cancels the document which a draft takes the place of.
fn ending(steps: &[Step]) -> Option<&Step> {
    steps
        .iter()
        .find(|step| step.method == "PUT" && step.body["docstatus"] == 2)
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
