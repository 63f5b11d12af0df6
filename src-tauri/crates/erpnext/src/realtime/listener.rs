//! Listening for as long as somebody wants to hear: connects, connects again, and says what was
//! missed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header};
use net::retry::Backoff;
use net::{Clock, NetError, OpenError, WebSocket, WebSocketOpener};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::address::Address;
use super::session::{Hint, Session, Step};
use crate::client::{ApiKey, Credentials};
use crate::site::SiteUrl;

/// How long after joining the site is read once more. A subscription is not acknowledged, and takes
/// effect only after the server has asked the site for our permission (some 20 ms, measured): what
/// is committed between the first reading and that moment is told to nobody.
const SETTLED_AFTER: TimeDelta = TimeDelta::seconds(10);

/// A connection that held this long was a good one: the next trouble is a new one.
const HELD: TimeDelta = TimeDelta::seconds(60);

/// The waits between attempts: up to a second at first, up to two minutes in the end, for ever.
pub const PATIENT: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_mins(2),
    retries: u32::MAX,
};

/// How many signals wait for a reader at most, in [`signals`].
const WAITING: usize = 1024;

/// What a listener has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// Listening, and changes may have gone unheard before: read from the cursor. Comes after
    /// every (re)connection, once more when the subscriptions certainly hold, and instead of hints
    /// that nobody took in time.
    CatchUp,
    /// A document changed.
    Changed(Hint),
    /// Not listening: nothing will be heard before the next [`Signal::CatchUp`].
    Away {
        /// Why.
        why: Why,
        /// When the next attempt is made.
        again_at: DateTime<Utc>,
    },
}

/// Why nothing is heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The real-time server could not be reached, or is none.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke or was closed.
    #[error("ERPNext's real-time server closed the connection")]
    Closed,
    /// Nothing was heard for too long.
    #[error("ERPNext's real-time server fell silent")]
    Silent,
    /// The server serves another site.
    #[error("ERPNext's real-time server does not know this site by the name we gave")]
    WrongSite,
    /// The server takes the address for another one's.
    #[error("ERPNext's real-time server does not accept this site's address as its own")]
    WrongOrigin,
    /// The key is not accepted (any more).
    #[error("ERPNext's real-time server does not accept the sign-in")]
    SignIn,
    /// Refused for another reason.
    #[error("ERPNext's real-time server refused: {0}")]
    Refused(String),
    /// What came is not socket.io.
    #[error("ERPNext's real-time server sent {0}")]
    Garbage(String),
}

impl Why {
    /// A refusal by the server's own words (Frappe's `realtime/middlewares/authenticate.js`).
    pub(super) fn refused(words: String) -> Self {
        match words.as_str() {
            "Invalid namespace" => Why::WrongSite,
            "Invalid origin" => Why::WrongOrigin,
            words if words.starts_with("Unauthorized") => Why::SignIn,
            _ => Why::Refused(words),
        }
    }
}

impl From<OpenError> for Why {
    fn from(error: OpenError) -> Self {
        Why::Unreachable(error.to_string())
    }
}

/// Gives the value of the `Authorization` header for each connection.
#[async_trait]
pub trait Authorization: Send + Sync {
    /// The header's value, as of now.
    ///
    /// # Errors
    /// Why there is none, in words.
    async fn authorization(&self) -> Result<SecretString, String>;
}

#[async_trait]
impl Authorization for ApiKey {
    async fn authorization(&self) -> Result<SecretString, String> {
        Ok(self.header())
    }
}

#[async_trait]
impl Authorization for Credentials {
    async fn authorization(&self) -> Result<SecretString, String> {
        self.header().await.map_err(|error| error.to_string())
    }
}

/// Listens to one site.
pub struct Listener {
    /// Opens connections.
    pub opener: Arc<dyn WebSocketOpener>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws the waits between attempts.
    pub random: Box<dyn rand::RngCore + Send + Sync>,
    /// How long those waits are; [`PATIENT`].
    pub backoff: Backoff,
    /// The site.
    pub site: SiteUrl,
    /// Its real-time server.
    pub address: Address,
    /// Who we are.
    pub authorization: Arc<dyn Authorization>,
    /// The DocTypes to hear of.
    pub doctypes: Vec<String>,
}

/// A channel of the length that a listener needs.
pub fn signals() -> (mpsc::Sender<Signal>, mpsc::Receiver<Signal>) {
    mpsc::channel(WAITING)
}

/// How a conversation ended.
enum End {
    /// Nobody listens to us any more.
    Unwanted,
    /// The connection is gone.
    Lost {
        why: Why,
        /// Since when we had been in.
        joined: Option<DateTime<Utc>>,
    },
}

impl Listener {
    /// Listens until the receiver of the signals is dropped. Never waits for the receiver: pings
    /// are answered however slow it is.
    pub async fn run(mut self, signals: mpsc::Sender<Signal>) {
        let mut attempt = 0;
        let mut outlet = Outlet {
            signals,
            behind: false,
        };
        loop {
            let (why, joined) = match self.talk(&mut outlet).await {
                End::Unwanted => return,
                End::Lost { why, joined } => (why, joined),
            };
            let now = self.clock.now();
            if joined.is_some_and(|since| now - since >= HELD) {
                attempt = 0;
            }
            let wait = self
                .backoff
                .wait(attempt, &mut *self.random)
                .unwrap_or(self.backoff.longest);
            attempt = attempt.saturating_add(1);
            let again_at = now + TimeDelta::from_std(wait).unwrap_or(HELD);
            // The next connection says to catch up, whatever was not taken before.
            outlet.behind = false;
            tracing::info!(site = %self.site, %why, %again_at, "real time is away");
            outlet.inform(Signal::Away { why, again_at });
            tokio::select! {
                () = self.clock.sleep_until(again_at) => {}
                () = outlet.signals.closed() => return,
            }
        }
    }

    async fn talk(&self, outlet: &mut Outlet) -> End {
        let lost = |why| End::Lost { why, joined: None };
        let mut session = Session::new(&self.address.site, &self.doctypes, self.clock.now());
        let opening = async {
            let headers = self.headers().await?;
            let address = format!("{}/socket.io/?EIO=4&transport=websocket", self.address.url);
            Ok(self.opener.open(&address, headers).await?)
        };
        let mut socket = tokio::select! {
            opened = opening => match opened {
                Ok(socket) => socket,
                Err(why) => return lost(why),
            },
            () = self.clock.sleep_until(session.deadline()) => return lost(Why::Silent),
            () = outlet.signals.closed() => return End::Unwanted,
        };
        let mut joined = None;
        let mut settled_at = None;
        loop {
            let wake = settled_at.map_or(session.deadline(), |at| session.deadline().min(at));
            let received = tokio::select! {
                received = socket.receive() => received,
                () = self.clock.sleep_until(wake) => {
                    if self.clock.now() >= session.deadline() {
                        return End::Lost { why: Why::Silent, joined };
                    }
                    settled_at = None;
                    outlet.say(Signal::CatchUp);
                    continue;
                }
                () = outlet.room() => {
                    outlet.behind = false;
                    continue;
                }
                () = outlet.signals.closed() => return End::Unwanted,
            };
            let text = match received {
                Ok(Some(text)) => text,
                Ok(None) => {
                    let why = Why::Closed;
                    return End::Lost { why, joined };
                }
                Err(error) => {
                    let why = Why::Unreachable(error.to_string());
                    return End::Lost { why, joined };
                }
            };
            let now = self.clock.now();
            for step in session.receive(&text, now) {
                match step {
                    Step::Send(text) => {
                        if let Err(why) = send(&mut *socket, text).await {
                            return End::Lost { why, joined };
                        }
                    }
                    Step::Joined => {
                        joined = Some(now);
                        settled_at = Some(now + SETTLED_AFTER);
                        tracing::info!(site = %self.site, "real time listens");
                        outlet.say(Signal::CatchUp);
                    }
                    Step::Changed(hint) => outlet.say(Signal::Changed(hint)),
                    Step::Over(why) => return End::Lost { why, joined },
                }
            }
        }
    }

    async fn headers(&self) -> Result<HeaderMap, Why> {
        let authorization = self.authorization.authorization().await;
        let authorization = authorization.map_err(Why::Unreachable)?;
        let mut authorization =
            HeaderValue::from_str(authorization.expose_secret()).map_err(|_| Why::SignIn)?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization);
        // Without a cookie the server refuses before it looks at the token; any will do.
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("client=counterfoil"),
        );
        // The server asks this address who we are, and refuses one of another host.
        let origin = HeaderValue::from_str(self.site.as_str()).map_err(|_| Why::WrongOrigin)?;
        headers.insert(header::ORIGIN, origin);
        if self.address.named {
            // A proxy sets this one itself; without a proxy it names the site.
            let site = HeaderValue::from_str(&self.address.site).map_err(|_| Why::WrongSite)?;
            headers.insert("x-frappe-site-name", site);
        }
        Ok(headers)
    }
}

async fn send(socket: &mut dyn WebSocket, text: String) -> Result<(), Why> {
    socket
        .send(text)
        .await
        .map_err(|error: NetError| Why::Unreachable(error.to_string()))
}

/// Where signals go, without ever waiting.
struct Outlet {
    signals: mpsc::Sender<Signal>,
    /// Something could not be said: the reader must catch up once it reads again.
    behind: bool,
}

impl Outlet {
    fn say(&mut self, signal: Signal) {
        if self.behind {
            return;
        }
        if let Err(TrySendError::Full(_)) = self.signals.try_send(signal) {
            self.behind = true;
        }
    }

    /// Says what is worth nothing later.
    fn inform(&self, signal: Signal) {
        self.signals.try_send(signal).ok();
    }

    /// Returns once what could not be said has been said in short; never, where there is nothing.
    async fn room(&self) {
        if !self.behind {
            return std::future::pending().await;
        }
        if let Ok(permit) = self.signals.reserve().await {
            permit.send(Signal::CatchUp);
        } else {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests;
