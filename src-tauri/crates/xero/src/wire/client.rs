//! One call: leave from the governor, a token, the request, and what its answer means.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::StatusCode;
use net::governor::Refusal;
use net::retry::Backoff;
use net::{Governor, NetError, Priority, Request, Response};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::position::QUIET;
use crate::auth::{AuthError, Session, scopes};
use crate::error::{self, XeroError};

/// A client of one organisation's accounting API.
pub struct Client {
    session: Arc<Session>,
    governor: Governor,
    tenant: String,
    priority: Priority,
    cancel: CancellationToken,
    backoff: Backoff,
    rng: Mutex<Box<dyn RngCore + Send>>,
    wrote: Mutex<Wrote>,
}

/// What this client has written.
#[derive(Debug, Clone, Copy, Default)]
struct Wrote {
    calls: u32,
    last: Option<DateTime<Utc>>,
}

/// So many calls that write may make more records than a page of a list holds.
const MANY_WRITES: u32 = 20;

/// How long after its first attempt a write is repeated that may have been carried out. Xero knows its
/// idempotency key for six minutes; a repetition that comes later is carried out once more.
const REPEATED_FOR: Duration = Duration::minutes(5);

/// One call to make.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// GET, PUT, POST, DELETE.
    pub method: &'static str,
    /// Below `api.xro/2.0/`.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(&'static str, String)>,
    /// The `If-Modified-Since` header.
    pub modified_since: Option<String>,
    /// The body of a write.
    pub body: Option<Value>,
    /// The idempotency key of a write. Xero answers a repetition within six minutes from memory.
    pub key: Option<String>,
}

impl Call {
    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            ..Self::default()
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Whether doing it twice is the same as doing it once: a read, and a removal, whose second
    /// answer is that it is gone.
    fn is_safe_to_repeat(&self) -> bool {
        matches!(self.method, "GET" | "DELETE")
    }
}

/// What to do about an answer.
enum Next {
    Return(Response),
    Fail(XeroError),
    /// Ask the governor again: it has learnt how long to wait.
    AgainWhenAllowed,
    AgainWithNewToken,
    AgainAfterBackoff(XeroError),
}

impl Client {
    /// A client for one organisation. `rng` draws the jitter of repetitions.
    pub fn new(
        session: Arc<Session>,
        governor: Governor,
        tenant: impl Into<String>,
        priority: Priority,
        cancel: CancellationToken,
        rng: Box<dyn RngCore + Send>,
    ) -> Self {
        Self {
            session,
            governor,
            tenant: tenant.into(),
            priority,
            cancel,
            backoff: Backoff::default(),
            rng: Mutex::new(rng),
            wrote: Mutex::default(),
        }
    }

    /// The organisation's id.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The access token that the next call is made with, renewed where it has to be.
    ///
    /// # Errors
    /// [`XeroError::Auth`].
    pub async fn token(&self) -> Result<SecretString, XeroError> {
        Ok(self.session.access().await?)
    }

    /// Where Xero is.
    pub fn endpoints(&self) -> &crate::Endpoints {
        self.session.endpoints()
    }

    /// The governor of this organisation's calls.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// Makes a call and returns its JSON answer.
    ///
    /// Reads and removals are repeated after failures that may pass. Other writes are repeated only where the request
    /// was certainly not carried out, or under their idempotency key.
    ///
    /// # Errors
    /// [`XeroError`]; [`XeroError::may_have_been_done`] tells whether a write is in doubt.
    pub async fn call(&self, call: &Call) -> Result<Value, XeroError> {
        error::json(&self.exchange(call).await?)
    }

    /// Makes a call and returns its answer, which is a success; see [`Client::call`].
    pub(super) async fn exchange(&self, call: &Call) -> Result<Response, XeroError> {
        const MOST_REFUSALS: u32 = 10;
        let mut failures = 0;
        let mut refusals = 0;
        let mut renewed = false;
        // A write whose answer was lost once stays in doubt, whatever stops us afterwards.
        let mut doubt: Option<XeroError> = None;
        let mut first_sent: Option<DateTime<Utc>> = None;
        let settle = |doubt: Option<XeroError>, error: XeroError| doubt.unwrap_or(error);
        loop {
            let permit = match self.governor.admit(self.priority, &self.cancel).await {
                Ok(permit) => permit,
                Err(Refusal::DayOver { until }) => {
                    return Err(settle(doubt, XeroError::DayOver { until }));
                }
                Err(Refusal::Cancelled) => return Err(settle(doubt, XeroError::Stopped)),
            };
            let token = match self.session.access().await {
                Ok(token) => token,
                Err(error) => return Err(settle(doubt, error.into())),
            };
            // Looked at here, because leave and token may have taken minutes.
            let now = self.governor.clock().now();
            let forgotten = now - *first_sent.get_or_insert(now) >= REPEATED_FOR;
            if let Some(lost) = doubt.take_if(|_| forgotten && call.key.is_some()) {
                return Err(lost);
            }
            let next = match self
                .session
                .transport()
                .send(self.request(call, &token)?)
                .await
            {
                Ok(answer) => {
                    permit.answered(answer.status(), answer.headers());
                    judge(call, answer, renewed)
                }
                Err(error) => {
                    drop(permit);
                    let repeatable = match &error {
                        NetError::NotSent { .. } => failures < 2,
                        NetError::AnswerLost { .. } => {
                            call.is_safe_to_repeat() || call.key.is_some()
                        }
                        NetError::TooLarge { .. } => false,
                    };
                    if repeatable {
                        Next::AgainAfterBackoff(error.into())
                    } else {
                        Next::Fail(error.into())
                    }
                }
            };
            match next {
                Next::Return(answer) => {
                    self.note(call);
                    return Ok(answer);
                }
                // What was removed by the call whose answer was lost is not found by the next.
                Next::Fail(XeroError::NotFound) if call.method == "DELETE" => {
                    return Err(XeroError::NotFound);
                }
                Next::Fail(error) => return Err(settle(doubt, error)),
                Next::AgainWhenAllowed => {
                    refusals += 1;
                    if refusals > MOST_REFUSALS {
                        return Err(settle(doubt, XeroError::Busy));
                    }
                }
                Next::AgainWithNewToken => {
                    renewed = true;
                    if let Err(error) = self.session.access_after(&token).await {
                        return Err(settle(doubt, error.into()));
                    }
                }
                Next::AgainAfterBackoff(error) => {
                    if !self.wait(failures).await {
                        let stopped = self.cancel.is_cancelled() && !error.may_have_been_done();
                        let error = if stopped { XeroError::Stopped } else { error };
                        return Err(settle(doubt, error));
                    }
                    failures += 1;
                    if call.method != "GET" && error.may_have_been_done() {
                        doubt.get_or_insert(error);
                    }
                }
            }
        }
    }

    /// Takes note of a call that was carried out.
    fn note(&self, call: &Call) {
        if call.method != "GET" {
            let mut wrote = self.wrote.lock().unwrap_or_else(PoisonError::into_inner);
            wrote.calls += 1;
            wrote.last = Some(self.governor.clock().now());
        }
    }

    /// Waits until what was just written is no longer new, where it was much: a list of several pages that is
    /// begun at once has the last of it on its last page, which then looks as if records had moved
    /// meanwhile, and every page is read once more (see [`super::position`]). Some seconds cost less than
    /// these calls.
    ///
    /// # Errors
    /// [`XeroError::Stopped`].
    pub(super) async fn let_settle(&self) -> Result<(), XeroError> {
        let wrote = *self.wrote.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = wrote.last.filter(|_| wrote.calls >= MANY_WRITES) else {
            return Ok(());
        };
        let (clock, until) = (self.governor.clock(), last + QUIET);
        if clock.now() >= until {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(XeroError::Stopped),
            () = clock.sleep_until(until) => Ok(()),
        }
    }

    /// Waits before a repetition; false where there is to be none.
    async fn wait(&self, attempt: u32) -> bool {
        let wait = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            self.backoff.wait(attempt, &mut **rng)
        };
        let Some(wait) = wait else {
            return false;
        };
        let clock = self.governor.clock();
        let until = clock.now() + chrono::Duration::from_std(wait).unwrap_or_default();
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            () = clock.sleep_until(until) => true,
        }
    }

    fn request(&self, call: &Call, token: &SecretString) -> Result<Request, XeroError> {
        let bad = |why: String| XeroError::Garbage(why);
        let mut url = self
            .session
            .endpoints()
            .api
            .join("api.xro/2.0/")
            .and_then(|root| root.join(&call.path))
            .map_err(|error| bad(error.to_string()))?;
        if !call.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &call.query {
                pairs.append_pair(name, value);
            }
        }
        let mut builder = http::Request::builder()
            .method(call.method)
            .uri(url.as_str())
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", token.expose_secret()));
        if self.session.names_organisation() {
            builder = builder.header("xero-tenant-id", &self.tenant);
        }
        if let Some(since) = &call.modified_since {
            builder = builder.header("if-modified-since", since);
        }
        if let Some(key) = &call.key {
            builder = builder.header("idempotency-key", key);
        }
        let body = match &call.body {
            Some(body) => {
                builder = builder.header("content-type", "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        builder.body(body).map_err(|error| bad(error.to_string()))
    }
}

fn judge(call: &Call, answer: Response, renewed: bool) -> Next {
    let status = answer.status();
    if status.is_success() {
        return Next::Return(answer);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Next::AgainWhenAllowed;
    }
    let error = error::classify(&answer);
    match &error {
        XeroError::TokenExpired if !renewed => Next::AgainWithNewToken,
        XeroError::TokenExpired => Next::Fail(XeroError::Auth(AuthError::SignInNeeded(
            "Xero calls even a new sign-in token expired; check this computer's clock".to_owned(),
        ))),
        XeroError::Unavailable { may_be_done, .. } if call.is_safe_to_repeat() || !may_be_done => {
            Next::AgainAfterBackoff(error)
        }
        XeroError::MissingScope(_) => Next::Fail(XeroError::MissingScope(
            scopes::needed(call.method, &call.path).to_owned(),
        )),
        // Maintenance too: it lasts, so asking again within seconds is no use.
        _ => Next::Fail(error),
    }
}
