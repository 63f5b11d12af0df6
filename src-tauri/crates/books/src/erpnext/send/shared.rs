//! Payments that share a request.

use ::erpnext::insert_many::{AT_ONCE, insert_many};
use ::erpnext::journal::{Journal, NotWrittenDown, Request};
use ::erpnext::site;
use engine::books::{Answer, Change, Prepared, Step, Wire};
use ledger::{Record, RemoteId};
use serde_json::{Value, json};

use super::super::failure;
use super::{Sender, Sent, as_step};

/// Whether a write makes a payment by one request that leaves its name to the site. Only such can share
/// a request: the method that takes several keeps no name.
fn may_share(prepared: &Prepared) -> bool {
    let Change::Create {
        record: Record::Payment(_),
        ..
    } = prepared.write.change
    else {
        return false;
    };
    match prepared.steps.as_slice() {
        [step] => step.method == "POST" && step.path == site::doctype("Payment Entry"),
        _ => false,
    }
}

/// Takes the groups that hold nothing but such payments out, and puts them together as requests. A
/// group stays whole: what touches one invoice is never sent at once.
pub(super) fn requests(batch: &[Prepared], groups: &mut Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let shares = |index: &usize| batch.get(*index).is_some_and(may_share);
    let mut requests: Vec<Vec<usize>> = Vec::new();
    for group in groups.extract_if(.., |group| group.iter().all(shares)) {
        match requests.last_mut() {
            Some(request) if request.len() + group.len() <= AT_ONCE => request.extend(group),
            _ => requests.push(group),
        }
    }
    requests
}

/// The journal of a request that makes several documents: each write has its own.
struct OfEach<'a> {
    wire: &'a dyn Wire,
    /// The keys of the writes, in the order of the documents.
    keys: Vec<&'a str>,
}

impl Journal for OfEach<'_> {
    fn sending(&self, request: &Request<'_>) -> Result<(), NotWrittenDown> {
        let documents = request.body["docs"].as_array();
        let documents = documents.into_iter().flatten();
        let parts: Vec<(&str, Step)> = (self.keys.iter().copied().zip(documents))
            .map(|(key, document)| (key, as_step(request, document.clone())))
            .collect();
        self.wire.sending(&parts).map_err(|_| NotWrittenDown)
    }

    fn answered(&self, _: &Request<'_>, status: u16, body: &Value) {
        let names = body["message"].as_array().into_iter().flatten();
        for (key, name) in self.keys.iter().zip(names) {
            self.wire.answered(key, status, json!({"message": [name]}));
        }
    }
}

impl Sender<'_> {
    /// Makes payments request by request, one after the other: the site names them, so they would wait for
    /// each other on the row of their series.
    pub(super) async fn share(
        &self,
        batch: &[Prepared],
        requests: Vec<Vec<usize>>,
    ) -> Vec<(usize, Sent)> {
        let mut done = Vec::new();
        for request in requests {
            let sent = self.share_one(batch, request).await;
            let stopped =
                |(_, sent): &(usize, Sent)| matches!(sent, Sent::Answered(Answer::NotSent(_)));
            let stop = sent.iter().any(stopped);
            done.extend(sent);
            if stop {
                break;
            }
        }
        done
    }

    /// Makes the payments of one request. Where the site refuses one of them it makes none and does not say
    /// which: then each goes by itself.
    async fn share_one(&self, batch: &[Prepared], request: Vec<usize>) -> Vec<(usize, Sent)> {
        let writes = || request.iter().filter_map(|index| batch.get(*index));
        let documents: Vec<Value> = writes()
            .filter_map(|prepared| Some(prepared.steps.first()?.body.clone()))
            .collect();
        if documents.len() < 2 {
            return self.one_by_one(batch, request).await;
        }
        let journal = OfEach {
            wire: self.wire,
            keys: writes().map(|it| it.write.key.as_str()).collect(),
        };
        let answer = match insert_many(&self.client, &journal, &documents).await {
            Ok(names) => {
                let made = names.into_iter().map(|it| Sent::Written(RemoteId::new(it)));
                return request.into_iter().zip(made).collect();
            }
            Err(error) => failure::of_a_write(error, true, false),
        };
        match answer {
            // All of them were made, or none.
            Answer::InDoubt(_) | Answer::NotSent(_) => {
                let each = |index| (index, Sent::Answered(answer.clone()));
                request.into_iter().map(each).collect()
            }
            _ => self.one_by_one(batch, request).await,
        }
    }
}
