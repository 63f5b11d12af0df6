//! Carries prepared writes out and reads back what ERPNext made of them.

mod ahead;
mod allocations;
mod on_account;
mod order;
mod payments;
mod shared;

use std::collections::HashMap;
use std::ops::Deref;

use ::erpnext::journal::{Journal, NotWrittenDown, Request};
use ::erpnext::pace::{self, Work};
use ::erpnext::translate::contact::{PersonChange, person_body};
use ::erpnext::{Error, Refusal, client, site};
use engine::books::{Answer, BooksError, Change, Lookup, Prepared, Pulled, Step, Wire};
use futures::stream::{FuturesUnordered, StreamExt};
use http::Method;
use ledger::{Cause, Contact, DocumentState, Kind, Record, RemoteId, Side, Version};
use serde_json::{Value, json};

pub(super) use self::order::in_order;
use super::part;
use super::prepare::{NAME, segment_of};
use super::proof::{Shape, differences, meant};
use super::submit::{Draft, awaits_proof, submits_at_once};
use super::{ErpnextBooks, failure, is_marked};

/// Without our marker fields nothing may be written.
pub(super) fn markers_missing() -> BooksError {
    BooksError::NotAllowed {
        side: Side::Erpnext,
        why: "the fields that hold the Xero identities are not installed. Install them with the check of this pairing".to_owned(),
    }
}

/// Whether a request makes the Journal Entry that a payment becomes.
pub(super) fn makes_entry(change: &Change, step: &Step) -> bool {
    let payment = matches!(
        change,
        Change::Create {
            record: Record::Payment(_),
            ..
        }
    );
    payment && step.path.ends_with(&site::segment("Journal Entry"))
}

/// How far one write has come.
pub(super) enum Sent {
    /// Carried out; the document to read back.
    Written(RemoteId),
    /// A draft stands, to be seen before it is submitted.
    Drafted(Draft),
    /// Settled without reading anything back.
    Answered(Answer),
}

/// Writes that go one after the other.
enum Job {
    /// Each by requests of its own.
    Apart(Vec<usize>),
    /// Several by a request.
    Shared(Vec<Vec<usize>>),
}

/// The books while a batch is sent, with the journal of what goes out.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) books: &'a ErpnextBooks,
    pub(super) wire: &'a dyn Wire,
}

impl Deref for Sender<'_> {
    type Target = ErpnextBooks;

    fn deref(&self) -> &ErpnextBooks {
        self.books
    }
}

/// The journal of the requests that are for one write.
struct OfOne<'a> {
    wire: &'a dyn Wire,
    key: &'a str,
}

impl Journal for OfOne<'_> {
    fn sending(&self, request: &Request<'_>) -> Result<(), NotWrittenDown> {
        self.wire
            .sending(&[(self.key, as_step(request, request.body.clone()))])
            .map_err(|_| NotWrittenDown)
    }

    fn answered(&self, _: &Request<'_>, status: u16, body: &Value) {
        self.wire.answered(self.key, status, body.clone());
    }
}

/// A request as the journal has it; the body, or the part of it that is for one write.
pub(super) fn as_step(request: &Request<'_>, body: Value) -> Step {
    Step {
        method: request.method.to_string(),
        path: request.path.to_owned(),
        body,
    }
}

impl Sender<'_> {
    /// Sends one request of a write, which is written down before.
    pub(super) async fn write(
        &self,
        prepared: &Prepared,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let journal = OfOne {
            wire: self.wire,
            key: &prepared.write.key,
        };
        let work = self.work_of(prepared, path, body);
        self.client
            .write_journalled_as(work, &journal, method, path, body)
            .await
    }

    /// What kind of work a request of a write is, with what only the write tells.
    fn work_of(&self, prepared: &Prepared, path: &str, body: &Value) -> Work {
        match client::work_of(path, body) {
            Work::Book if self.counts_this_month(&prepared.write.change) => Work::Month,
            work => work,
        }
    }

    /// Whether it is about a document that counts for the company's sales of the present month.
    fn counts_this_month(&self, change: &Change) -> bool {
        let Some(chart) = self.known_chart() else {
            return false;
        };
        let now = self.client.now();
        [change.meant(), change.from()]
            .into_iter()
            .flatten()
            .filter_map(Record::document)
            .any(|document| pace::is_this_month(document.date, &chart.time_zone, now))
    }

    pub(super) async fn send_all(&self, batch: &[Prepared]) -> Vec<Answer> {
        let chart = match self.chart().await {
            Ok(chart) => chart,
            Err(failure) => return vec![Answer::NotSent(failure); batch.len()],
        };
        let missing = batch
            .iter()
            .any(|prepared| !is_marked(&chart, prepared.write.change.kind()));
        if missing {
            // An unknown field is dropped without a word, and with it the guard against doubles.
            let failure = markers_missing();
            return vec![Answer::NotSent(failure); batch.len()];
        }
        self.in_turn(batch).await
    }

    /// Sends writes together, and reads together what became of them.
    async fn together(&self, batch: &[Prepared]) -> Vec<Answer> {
        let sent = self.carry_out_all(batch).await;
        let sent = self.submit_proven(batch, sent).await;
        let answers = self.read_back(batch, sent).await;
        self.learn(batch, &answers);
        answers
    }

    /// Takes note of how submitted documents came out.
    fn learn(&self, batch: &[Prepared], answers: &[Answer]) {
        for (prepared, answer) in batch.iter().zip(answers) {
            if let (Change::Create { record, .. }, Answer::Done(pulled), Some(step)) =
                (&prepared.write.change, answer, prepared.steps.first())
                && let Record::Invoice(invoice) = record
                && invoice.state == DocumentState::Approved
            {
                let as_meant = differences(invoice, pulled).is_empty();
                self.proofs().note(Shape::of(&step.body), as_meant);
            }
        }
    }

    /// Carries all out, up to the point where drafts stand.
    async fn carry_out_all(&self, batch: &[Prepared]) -> Vec<Sent> {
        let (mut sent, stopped) = self.mark_together(batch).await;
        let open = sent.iter().enumerate().filter(|(_, it)| it.is_none());
        let groups = in_order(batch, open.map(|(index, _)| index));
        let mut apart = groups.clone();
        let shared = shared::requests(batch, &mut apart);
        let first = (!shared.is_empty()).then_some(Job::Shared(shared));
        // What has to go alone would keep a connection waiting beside the others.
        apart.sort_by_key(|group| {
            group
                .iter()
                .any(|index| self.counts_this_month(&batch[*index].write.change))
        });
        let jobs = (first.into_iter().chain(apart.into_iter().map(Job::Apart)))
            .take_while(|_| !self.wire.is_stopping())
            .map(|job| async move {
                match job {
                    Job::Shared(requests) => self.share(batch, requests).await,
                    Job::Apart(group) => self.one_by_one(batch, group).await,
                }
            });
        let (done, stopped) = self.at_pace(jobs, stopped).await;
        let stopped = stopped.or_else(|| self.wire.is_stopping().then_some(BooksError::Stopped));
        for (index, result) in done {
            sent[index] = Some(result);
        }
        if stopped.is_none() {
            // What waits behind one that is in doubt.
            for index in groups.into_iter().flatten() {
                sent[index].get_or_insert(Sent::Answered(Answer::Stale));
            }
        }
        let failure = stopped.unwrap_or(BooksError::Stopped);
        sent.into_iter()
            .map(|sent| sent.unwrap_or_else(|| Sent::Answered(Answer::NotSent(failure.clone()))))
            .collect()
    }

    /// Runs as many jobs at once as the site copes with, each of one write or of some that go one after
    /// the other. A connection that fails stops the rest; it is the second part of what is returned.
    pub(super) async fn at_pace<F>(
        &self,
        mut jobs: impl Iterator<Item = F>,
        mut stopped: Option<BooksError>,
    ) -> (Vec<(usize, Sent)>, Option<BooksError>)
    where
        F: Future<Output = Vec<(usize, Sent)>>,
    {
        let mut done = Vec::new();
        let mut running = FuturesUnordered::new();
        loop {
            while stopped.is_none() && running.len() < self.client.pace().limit() {
                let Some(job) = jobs.next() else {
                    break;
                };
                running.push(job);
            }
            let Some(results) = running.next().await else {
                return (done, stopped);
            };
            for (index, result) in results {
                if let Sent::Answered(Answer::NotSent(failure)) = &result {
                    stopped = Some(failure.clone());
                }
                done.push((index, result));
            }
        }
    }

    async fn carry_out(&self, prepared: &Prepared) -> Sent {
        match &prepared.write.change {
            Change::Update { from, .. }
                if from.kind().is_document()
                    && from.state() != Some(DocumentState::Draft)
                    && awaits_proof(prepared) =>
            {
                self.draft_replacement(prepared).await
            }
            _ if awaits_proof(prepared) => self.draft(prepared).await,
            _ if submits_at_once(prepared) => self.submit_at_once(prepared).await,
            Change::Update {
                id,
                version,
                from: Record::Contact(_),
                ..
            } if prepared.steps.len() > 1 => self.update_contact(prepared, id, version).await,
            Change::End { id, version, from }
                if from.kind().is_document() && from.state() == Some(DocumentState::Draft) =>
            {
                self.delete_draft(prepared, id, version, from).await
            }
            Change::Allocate {
                id,
                version,
                from: Record::Payment(_),
                ..
            } => self.use_money(prepared, id, version).await,
            Change::Allocate { id, version, .. } => self.allocate(prepared, id, version).await,
            Change::End {
                id,
                from: Record::Payment(from),
                ..
            } if !from.with.is_empty() => Box::pin(self.end_with(prepared, id)).await,
            Change::Mark { kind, id, .. } => self.mark(prepared, *kind, id).await,
            Change::Create {
                record: Record::Contact(contact),
                source,
                ..
            } => Box::pin(self.create_contact(prepared, contact, source)).await,
            Change::Create {
                record: Record::Payment(payment),
                source,
                ..
            } => Box::pin(self.create_payment(prepared, payment, source)).await,
            _ => self.steps(prepared, &prepared.steps).await,
        }
    }

    /// Creates a customer. Where its name is another's, the site names it.
    async fn create_contact(
        &self,
        prepared: &Prepared,
        contact: &Contact,
        source: &RemoteId,
    ) -> Sent {
        let sent = self.steps(prepared, &prepared.steps).await;
        let chosen = prepared.steps.iter().any(|it| it.body["name"].is_string());
        if !chosen || !matches!(sent, Sent::Answered(Answer::Exists)) {
            return sent;
        }
        // It may be our own, from a request whose answer was lost.
        let ours = Lookup::Markers(vec![source.clone()]);
        match engine::books::Books::find(self.books, Kind::Contact, &ours).await {
            Ok(found) if found.is_empty() => {
                let name = contact.name.trim().to_owned();
                let why = format!("another customer is called \"{name}\"");
                self.names_taken().insert(name);
                Sent::Answered(Answer::PrepareAgain(why))
            }
            Ok(_) | Err(_) => sent,
        }
    }

    /// The steps one after the other.
    pub(super) async fn steps(&self, prepared: &Prepared, steps: &[Step]) -> Sent {
        let change = &prepared.write.change;
        let mut name = change.target().cloned();
        let mut answered = String::new();
        for (index, step) in steps.iter().enumerate() {
            let creates = step.method == "POST";
            match self.step(prepared, step, &answered).await {
                Ok(answer) => {
                    if creates && let Some(made) = answer["data"]["name"].as_str() {
                        made.clone_into(&mut answered);
                        // An Address made on the way is not what is read back.
                        if step.path.ends_with(&segment_of(change.kind())) {
                            name = Some(RemoteId::new(made));
                        } else if makes_entry(change, step) {
                            name = Some(part::of_journal(None, made));
                        }
                    }
                }
                Err(error) => match self.address_after(prepared, step, error, index > 0).await {
                    Ok(made) => answered = made,
                    Err(answer) => return Sent::Answered(answer),
                },
            }
        }
        match name {
            Some(name) => Sent::Written(name),
            None => Sent::Answered(Answer::InDoubt(
                "ERPNext did not say what it created".to_owned(),
            )),
        }
    }

    /// One step, with what earlier answers tell put in.
    pub(super) async fn step(
        &self,
        prepared: &Prepared,
        step: &Step,
        answered: &str,
    ) -> Result<Value, Error> {
        let change = &prepared.write.change;
        let method = match step.method.as_str() {
            "POST" => Method::POST,
            "DELETE" => Method::DELETE,
            _ => Method::PUT,
        };
        let path = step.path.replace(NAME, &site::segment(answered));
        let mut body = step.body.clone();
        if body["customer_primary_address"] == NAME {
            body["customer_primary_address"] = json!(answered);
        }
        if let Change::Update {
            from: Record::Contact(from),
            to: Record::Contact(to),
            ..
        } = change
            && path.starts_with("/api/resource/Contact/")
        {
            // A child table replaces the whole table: the rows beside the primary one go along.
            let document = self.client.get(&path).await?;
            let changed =
                |from: &Option<String>, to: &Option<String>| (from != to).then(|| to.clone());
            let change = PersonChange {
                email: changed(&from.email, &to.email),
                phone: changed(&from.phone, &to.phone),
            };
            let modified = body.get("modified").cloned();
            body = person_body(&document["data"], &change);
            if let Some(modified) = modified {
                body["modified"] = modified;
            }
        }
        let result = self.write(prepared, method.clone(), &path, &body).await;
        if let Err(Error::Refused(refusal)) = &result
            && let Some(account) = self.receivable_account(change, refusal)
        {
            // A customer without entries takes the currency of its receivable account; the company
            // has one in the document's currency.
            body["debit_to"] = json!(account);
            return self.write(prepared, method, &path, &body).await;
        }
        result
    }

    fn receivable_account(&self, change: &Change, refusal: &Refusal) -> Option<String> {
        let document = meant(change)?;
        let about_currency =
            matches!(refusal.cause(), Cause::Invalid { field, .. } if field == "currency");
        let chart = self.known_chart()?;
        (about_currency && document.currency != chart.currency)
            .then(|| chart.receivable_in(document.currency).map(str::to_owned))
            .flatten()
    }

    /// Changes several documents of one contact, if none of them has changed since the plan was
    /// made: only the first request can carry its version along.
    async fn update_contact(&self, prepared: &Prepared, id: &RemoteId, version: &Version) -> Sent {
        let now = Lookup::Ids(vec![id.clone()]);
        match engine::books::Books::find(self.books, Kind::Contact, &now).await {
            Ok(found) if found.first().is_some_and(|found| found.version == *version) => {
                self.steps(prepared, &prepared.steps).await
            }
            Ok(_) => Sent::Answered(Answer::Stale),
            Err(failure) => Sent::Answered(Answer::NotSent(failure)),
        }
    }

    /// Deletes a draft, if it is still the one the plan was made from. A deletion cannot carry the
    /// version along, so it is looked at right before.
    async fn delete_draft(
        &self,
        prepared: &Prepared,
        id: &RemoteId,
        version: &Version,
        from: &Record,
    ) -> Sent {
        let gone = |id| {
            let mut gone = from.clone();
            gone.end();
            Sent::Answered(Answer::Done(Box::new(Pulled {
                id,
                version: version.clone(),
                marker: None,
                record: Ok(gone),
                merged_into: None,
                replaces: None,
                born: None,
            })))
        };
        match self.client.document("Sales Invoice", id.as_str()).await {
            Ok(Some(document)) if document["modified"] == version.as_str() => {}
            Ok(Some(_)) => return Sent::Answered(Answer::Stale),
            // As it should be.
            Ok(None) => return gone(id.clone()),
            Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
        }
        match self.steps(prepared, &prepared.steps).await {
            Sent::Written(id) => gone(id),
            other => other,
        }
    }

    /// Reads all that was written back, in as few calls as for one: the answer of a request that
    /// creates and submits is not the state it leaves.
    async fn read_back(&self, batch: &[Prepared], sent: Vec<Sent>) -> Vec<Answer> {
        let mut wanted: HashMap<Kind, Vec<RemoteId>> = HashMap::new();
        for (prepared, sent) in batch.iter().zip(&sent) {
            if let Sent::Written(id) = sent {
                wanted
                    .entry(prepared.write.change.kind())
                    .or_default()
                    .push(id.clone());
            }
        }
        let mut read: HashMap<(Kind, RemoteId), Pulled> = HashMap::new();
        let mut lost = None;
        for kind in Kind::ALL {
            let Some(ids) = wanted.remove(&kind) else {
                continue;
            };
            match engine::books::Books::find(self.books, kind, &Lookup::Ids(ids)).await {
                Ok(found) => {
                    read.extend(
                        found
                            .into_iter()
                            .map(|pulled| ((kind, pulled.id.clone()), pulled)),
                    );
                }
                Err(failure) => lost = Some(failure),
            }
        }
        batch
            .iter()
            .zip(sent)
            .map(|(prepared, sent)| match sent {
                Sent::Answered(answer) => answer,
                Sent::Drafted(_) => {
                    Answer::InDoubt("a draft of it was left, and not submitted".to_owned())
                }
                Sent::Written(id) => match read.get(&(prepared.write.change.kind(), id)) {
                    Some(pulled) => Answer::Done(Box::new(pulled.clone())),
                    None => Answer::InDoubt(lost.as_ref().map_or_else(
                        || "it was written but cannot be found".to_owned(),
                        |failure| format!("it was written but could not be read back: {failure}"),
                    )),
                },
            })
            .collect()
    }
}
