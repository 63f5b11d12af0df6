//! One call to a site: headers, limits, what may be repeated, and reading the answer.

mod credentials;
mod list;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode, header};
use net::retry::Backoff;
use net::{Clock, Transport};
use oauth::AuthError;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::error::{self, Error, RefusalKind};
use crate::pace::{Health, Pace, Work};
use crate::site::SiteUrl;

use credentials::bearer;
pub use credentials::{ApiKey, Credentials};
pub use list::List;

/// A site and what it is called with. Cheap to clone; clones share the pace.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    site: SiteUrl,
    credentials: Credentials,
    pace: Pace,
    /// Draws the pauses of those that lost against another writer.
    random: Mutex<Box<dyn RngCore + Send>>,
    /// Fields this site's version does not have, as `DocType.field`.
    absent: Mutex<BTreeSet<String>>,
    /// `DocTypes` whose lists lack a field that was asked for, so that they are asked for as objects.
    narrower: Mutex<BTreeSet<String>>,
    /// What the site's own clock said with the last answer.
    site_time: Mutex<Option<DateTime<Utc>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.0.site)
    }
}

/// A request that the database gave up for somebody else's and rolled back as a whole is repeated
/// after these pauses. Nothing of it is stored, so a repetition is safe; a pause is short, because the
/// one it lost against has won already, and drawn, because both may have been given up for a third.
/// Twenty take about nine seconds on average: time enough for a person who saves by hand in between,
/// and for another program that writes as busily as we do.
const AFTER_A_COLLISION: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(1),
    retries: 20,
};
/// How often a write is repeated that waited for a lock in vain (50 seconds each by MariaDB's
/// default), or that the site would not begin and said when to come back.
const WRITE_RETRIES: u32 = 4;
/// How often a read is repeated after the connection failed or the site asked for fewer calls.
const READ_RETRIES: u32 = 3;
/// The longest wait the site may ask for within a call; longer ones are given back to the caller.
const LONGEST_WAIT: u64 = 90;

impl Client {
    /// A client for a site. Nothing is sent yet. `transport` should wait longer than 50 seconds for
    /// an answer: MariaDB lets a write wait that long for a lock before it gives up. The pauses of
    /// writers that met are drawn from the clock's present instant; see [`Client::with_random`].
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        site: SiteUrl,
        credentials: impl Into<Credentials>,
    ) -> Self {
        let seed = clock.now().timestamp_micros().unsigned_abs();
        let random = Box::new(StdRng::seed_from_u64(seed));
        Self::with_random(transport, clock, site, credentials, random)
    }

    /// As [`Client::new`], with the source that pauses are drawn from.
    pub fn with_random(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        site: SiteUrl,
        credentials: impl Into<Credentials>,
        random: Box<dyn RngCore + Send>,
    ) -> Self {
        Self(Arc::new(Shared {
            transport,
            clock,
            site,
            credentials: credentials.into(),
            pace: Pace::default(),
            random: Mutex::new(random),
            absent: Mutex::default(),
            narrower: Mutex::default(),
            site_time: Mutex::default(),
        }))
    }

    /// What the site is called with.
    pub fn credentials(&self) -> Credentials {
        self.0.credentials.clone()
    }

    /// The site.
    pub fn site(&self) -> &SiteUrl {
        &self.0.site
    }

    /// This moment, by the clock the client was given; UTC.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// The site's own time as of its last answer, to the second: earlier than now by as long as that
    /// is ago. `None` before the first answer, and where something on the way takes the time out.
    pub fn site_time(&self) -> Option<DateTime<Utc>> {
        *self
            .0
            .site_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls there may be at once: every call of this client and its clones waits for its
    /// turn.
    pub fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// Reads. Repeated where that helps, since a read changes nothing.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get(&self, path: &str) -> Result<Value, Error> {
        self.read(Method::GET, path, None).await
    }

    /// Calls a method that reads, by POST: query strings over 4 kB are refused by the application
    /// server, and query parameters beside a JSON body are ignored.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn ask(&self, method: &str, arguments: &Value) -> Result<Value, Error> {
        let path = format!("/api/method/{method}");
        let answer = self.read(Method::POST, &path, Some(arguments)).await?;
        Ok(member(answer, "message"))
    }

    /// Reads one document; `None` where there is none of that name.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn document(&self, doctype: &str, name: &str) -> Result<Option<Value>, Error> {
        match self.get(&crate::site::document(doctype, name)).await {
            Ok(answer) => Ok(Some(member(answer, "data"))),
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes once. Only what certainly was not carried out is repeated: a request that the
    /// database rolled back as a whole, or one that was refused before it began. Documents under
    /// names of our own do not wait for each other; those that are submitted or cancelled wait for
    /// as many turns as the site allows (see [`crate::pace`]).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::may_have_been_done`] says whether the write is in doubt.
    pub async fn write(&self, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
        let work = work_of(path, body);
        let (_, answer) = self.write_once(work, method, path, body).await?;
        Ok(answer)
    }

    pub(crate) async fn write_once(
        &self,
        work: Work,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), Error> {
        let body = (method != Method::DELETE).then_some(body);
        let mut attempt = 0;
        loop {
            let failure = match self.paced(work, &method, path, body).await {
                Ok((status, text)) => return Ok((status, object(&text)?)),
                Err(failure) => failure,
            };
            let pause = match &failure.error {
                Error::Refused(refusal) => match refusal.kind() {
                    RefusalKind::Deadlock => self.pause(attempt),
                    RefusalKind::Locked if attempt < WRITE_RETRIES => self.pause(attempt),
                    _ => None,
                },
                Error::Unavailable(_) if attempt < WRITE_RETRIES => failure.asked(),
                _ => None,
            };
            let Some(pause) = pause else {
                return Err(failure.error);
            };
            self.sleep(pause).await;
            attempt += 1;
        }
    }

    async fn read(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        object(&self.read_text(method, path, body).await?)
    }

    /// Reads, and leaves what the answer holds to the caller.
    async fn read_text(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<String, Error> {
        let mut attempt = 0;
        loop {
            let failure = match self.paced(Work::Read, &method, path, body).await {
                Ok((_, text)) => return Ok(text),
                Err(failure) => failure,
            };
            let pause = match &failure.error {
                _ if attempt >= READ_RETRIES => None,
                // As long as the site asked for, else a little longer each time.
                Error::Net(net::NetError::AnswerLost { .. }) | Error::Unfinished { .. } => failure
                    .asked()
                    .or_else(|| Some(Duration::from_millis(250 << attempt.min(5)))),
                Error::Refused(refusal) => match refusal.kind() {
                    RefusalKind::Deadlock | RefusalKind::Locked => self.pause(attempt),
                    _ => None,
                },
                Error::Unavailable(_) => failure.asked(),
                _ => None,
            };
            let Some(pause) = pause else {
                return Err(failure.error);
            };
            self.sleep(pause).await;
            attempt += 1;
        }
    }

    /// How long to wait before the `attempt`-th repetition of a request that lost against another;
    /// `None` where there is to be none.
    fn pause(&self, attempt: u32) -> Option<Duration> {
        let mut random = self.0.random.lock().unwrap_or_else(PoisonError::into_inner);
        AFTER_A_COLLISION.wait(attempt, &mut **random)
    }

    /// Takes note that a part of a call lost against another writer, and waits before its
    /// `attempt`-th repetition, counted from 0; `false` where there is to be none.
    pub(crate) async fn rest_after_collision(&self, attempt: u32) -> bool {
        let now = self.0.clock.now();
        self.0.pace.note(Work::Write, now, now, Health::Collided);
        let Some(pause) = self.pause(attempt) else {
            return false;
        };
        self.sleep(pause).await;
        true
    }

    async fn sleep(&self, pause: Duration) {
        let pause = chrono::Duration::from_std(pause).unwrap_or(chrono::Duration::MAX);
        self.0.clock.sleep_until(self.0.clock.now() + pause).await;
    }

    /// Sends a request when it is its turn, and takes note of how the site coped with it.
    async fn paced(
        &self,
        work: Work,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String), Failure> {
        let _turn = self.0.pace.turn(work).await;
        let sent = self.0.clock.now();
        let result = self.once(method, path, body).await;
        let health = result.as_ref().map_or_else(health, |_| Health::Answered);
        self.0.pace.note(work, sent, self.0.clock.now(), health);
        result
    }

    /// Sends a request. One whose token was called expired is sent once more with a new one: it was
    /// refused before it began (401, erpnext/FACTS §1).
    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String), Failure> {
        let session = match &self.0.credentials {
            Credentials::Key(key) => {
                return self.once_as(&key.header(), method, path, body).await;
            }
            Credentials::SignedIn(session) => session,
        };
        let token = session.access().await.map_err(not_signed_in)?;
        let first = self.once_as(&bearer(&token), method, path, body).await;
        let Err(Failure {
            error: Error::SignIn,
            ..
        }) = first
        else {
            return first;
        };
        let token = session.access_after(&token).await.map_err(not_signed_in)?;
        self.once_as(&bearer(&token), method, path, body).await
    }

    async fn once_as(
        &self,
        authorization: &SecretString,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String), Failure> {
        let unusable = |why: String| Failure::from(Error::Garbage { status: 0, why });
        let url = self
            .0
            .site
            .join(path)
            .map_err(|error| unusable(error.to_string()))?;
        let mut token = header::HeaderValue::from_str(authorization.expose_secret())
            .map_err(|_| Failure::from(Error::SignIn))?;
        token.set_sensitive(true);
        let request = http::Request::builder()
            .method(method.clone())
            .uri(url.as_str())
            // Without it a 401 is an HTML page.
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, token)
            // Frappe refuses a POST with "Expect" handling by proxies; an empty one is a plain body.
            .header(header::CONTENT_TYPE, "application/json")
            .body(match body {
                Some(body) => Bytes::from(body.to_string()),
                None => Bytes::new(),
            })
            .map_err(|error| unusable(error.to_string()))?;
        let response = self
            .0
            .transport
            .send(request)
            .await
            .map_err(|error| Failure::from(Error::Net(error)))?;
        let status = response.status();
        let told = response
            .headers()
            .get(header::DATE)
            .and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok());
        if let Some(told) = told {
            *self
                .0
                .site_time
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(told.to_utc());
        }
        // A read-only proxy, maintenance or the rate limit may say when to come back.
        let wait = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok())
            .filter(|seconds| *seconds <= LONGEST_WAIT);
        let text = String::from_utf8_lossy(response.body());
        if status.is_success() {
            return Ok((status, text.into_owned()));
        }
        if status.is_redirection() {
            let to = response
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("elsewhere");
            return Err(Failure::from(Error::Garbage {
                status: status.as_u16(),
                why: format!("the address redirects to {}", net::redact::url(to)),
            }));
        }
        let json = object(&text).ok();
        let mut error = error::read(status.as_u16(), json.as_ref(), &text);
        if let Error::Refused(refusal) = &mut error {
            refusal.was_asked(path, body);
        }
        Err(Failure { error, wait })
    }
}

/// What kind of work a write is: `docstatus` 1 submits, 2 cancels, and the methods that submit,
/// reconcile or take several documents say so in their names. Which month a document counts for is known
/// to whoever sends it ([`Client::write_journalled_as`]).
pub fn work_of(path: &str, body: &Value) -> Work {
    if path == crate::insert_many::METHOD {
        return Work::Many;
    }
    let stated = body.get("docstatus").and_then(Value::as_u64);
    let method = path.rsplit(['/', '.', '=']).next().unwrap_or_default();
    let books = matches!(stated, Some(1 | 2))
        || matches!(method, "submit" | "cancel" | "reconcile" | "run_doc_method");
    if books { Work::Book } else { Work::Write }
}

struct Failure {
    error: Error,
    /// Seconds the site asked to wait.
    wait: Option<u64>,
}

impl Failure {
    /// The pause the site asked for.
    fn asked(&self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }
}

/// What a failure tells about the site.
fn health(failure: &Failure) -> Health {
    match &failure.error {
        Error::Net(error) if !error.may_have_been_done() => Health::Unknown,
        Error::Net(_) | Error::Unfinished { .. } | Error::Unavailable(_) => Health::Failed,
        Error::Refused(refusal) => match refusal.kind() {
            RefusalKind::Deadlock => Health::Collided,
            RefusalKind::Locked => Health::Failed,
            // Bad input is answered with 500 as well (erpnext/FACTS §5).
            _ => Health::Answered,
        },
        Error::SignIn | Error::NotAllowed(_) | Error::Garbage { .. } => Health::Answered,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, wait: None }
    }
}

/// A call that was not made because there was no token for it.
fn not_signed_in(error: AuthError) -> Failure {
    Failure::from(match error {
        AuthError::Net(error) => Error::Net(error),
        AuthError::Unavailable(status) => {
            Error::Unavailable(format!("ERPNext's sign-in does not answer now ({status})"))
        }
        // The sign-in is good; only this computer cannot keep what renewing it brings.
        AuthError::Store(why) => Error::Unavailable(why.to_string()),
        AuthError::Garbage(why) => Error::Garbage { status: 0, why },
        AuthError::SignInNeeded(_)
        | AuthError::WrongApp(_)
        | AuthError::ScopeRefused(_)
        | AuthError::Declined
        | AuthError::Refused(_)
        | AuthError::TimedOut
        | AuthError::Cancelled
        | AuthError::NoPort(_)
        | AuthError::NotLoopback(_) => Error::SignIn,
    })
}

/// What a site answers with: an object.
fn object(text: &str) -> Result<Value, Error> {
    let json = serde_json::from_str(text).ok();
    json.filter(Value::is_object).ok_or_else(|| {
        let plain = net::redact::plain(&error::plain_text(text));
        Error::Garbage {
            status: 0,
            why: net::redact::shorten(&plain, 300),
        }
    })
}

/// One member of an answer's object; null where it is missing.
pub fn member(mut answer: Value, name: &str) -> Value {
    answer
        .as_object_mut()
        .and_then(|object| object.shift_remove(name))
        .unwrap_or(Value::Null)
}
