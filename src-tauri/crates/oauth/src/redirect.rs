//! Hears the browser come back from a consent page.
//!
//! Xero compares redirect addresses exactly, port included, refuses `127.0.0.1` and allows plain
//! HTTP for the literal `localhost` only (Xero developer docs, "Redirect URIs"); Frappe compares
//! them exactly too (erpnext/FACTS, "OAuth2 provider"). So a few fixed ports are registered with
//! the app, and the first free one is listened on, on 127.0.0.1 and on ::1, because browsers differ
//! in what `localhost` means to them. Nothing else can reach it.

mod page;
mod request;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::stream::{FuturesUnordered, StreamExt};
use net::Clock;
use secrecy::SecretString;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::AuthError;
use page::Page;
use request::{Arrival, read_arrival};

/// The ports to register with the app, as `http://localhost:PORT/callback`.
pub const PORTS: [u16; 3] = [49210, 49211, 49212];

/// The path the browser comes back to.
pub const PATH: &str = "/callback";

/// Listens on this machine for the browser's return.
pub struct Listener {
    whose: &'static str,
    bare_declines: bool,
    port: u16,
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// Listens on the first of the ports that is free, for a sign-in to the system of that name.
    ///
    /// # Errors
    /// [`AuthError::NoPort`] where none is.
    pub async fn bind(whose: &'static str, ports: &[u16]) -> Result<Self, AuthError> {
        for &port in ports {
            if let Some(listener) = Self::bind_one(whose, port).await {
                return Ok(listener);
            }
        }
        let shown: Vec<_> = ports.iter().map(ToString::to_string).collect();
        Err(AuthError::NoPort(shown.join(", ")))
    }

    async fn bind_one(whose: &'static str, port: u16) -> Option<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.ok()?;
        let port = v4.local_addr().ok()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(v6) => Some(Self {
                whose,
                bare_declines: false,
                port,
                sockets: vec![v4, v6],
            }),
            // Somebody else would receive the code of a browser that prefers ::1.
            Err(error) if error.kind() == ErrorKind::AddrInUse => None,
            // No IPv6 on this machine: no browser can prefer it either.
            Err(_) => Some(Self {
                whose,
                bare_declines: false,
                port,
                sockets: vec![v4],
            }),
        }
    }

    /// Also takes a "declined" that brings no state. Anybody who can make the person's browser open
    /// a page could then end the sign-in, and nothing more.
    #[must_use]
    pub fn taking_bare_declines(mut self, take: bool) -> Self {
        self.bare_declines = take;
        self
    }

    /// The address to give the provider.
    pub fn redirect_uri(&self) -> String {
        format!("http://localhost:{}{PATH}", self.port)
    }

    /// Waits until the browser brings the code, and answers it with a page that says how it went.
    ///
    /// Requests that are not the return (a favicon, another state) are answered and ignored.
    ///
    /// # Errors
    /// [`AuthError::Declined`], [`AuthError::Refused`], [`AuthError::TimedOut`] after `deadline`,
    /// [`AuthError::Cancelled`].
    pub async fn wait(
        self,
        state: &str,
        clock: Arc<dyn Clock>,
        deadline: DateTime<Utc>,
        cancel: &CancellationToken,
    ) -> Result<SecretString, AuthError> {
        let late = clock.sleep_until(deadline);
        tokio::pin!(late);
        // Browsers open connections they may never use, so each is served beside the others.
        let mut visitors = FuturesUnordered::new();
        let [first, rest @ ..] = self.sockets.as_slice() else {
            return Err(AuthError::NoPort(self.port.to_string()));
        };
        let second = rest.first();
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(AuthError::Cancelled),
                Some(outcome) = visitors.next(), if !visitors.is_empty() => {
                    if let Some(outcome) = outcome {
                        return outcome;
                    }
                }
                arrived = first.accept() => visitors.extend(taken(arrived).map(|socket| self.serve(socket, state))),
                arrived = accept(second) => visitors.extend(taken(arrived).map(|socket| self.serve(socket, state))),
                () = &mut late => return Err(AuthError::TimedOut),
            }
        }
    }

    /// Serves one connection; `Some` where it decided the sign-in.
    async fn serve(
        &self,
        mut socket: TcpStream,
        state: &str,
    ) -> Option<Result<SecretString, AuthError>> {
        let arrival = read_arrival(&mut socket, self.port).await?;
        let (page, outcome) = decide(arrival, state, self.bare_declines);
        // The person has consented or declined; whether the browser shows our page changes nothing.
        let _ = socket.write_all(page.http(self.whose).as_bytes()).await;
        let _ = socket.shutdown().await;
        outcome
    }
}

/// The error that a declined consent comes back with (RFC 6749, section 4.1.2.1).
const DECLINED: &str = "access_denied";

fn decide(
    arrival: Arrival,
    expected_state: &str,
    bare_declines: bool,
) -> (Page, Option<Result<SecretString, AuthError>>) {
    let (code, state, error) = match arrival {
        Arrival::Elsewhere => return (Page::NotFound, None),
        Arrival::Malformed => return (Page::BadRequest, None),
        Arrival::Return { code, state, error } => (code, state, error),
    };
    if bare_declines && state.is_none() && code.is_none() && error.as_deref() == Some(DECLINED) {
        return (Page::Declined, Some(Err(AuthError::Declined)));
    }
    // Someone else's consent, or an old tab: say so, and go on waiting for ours.
    if state.as_deref() != Some(expected_state) {
        return (Page::OtherSignIn, None);
    }
    match (code, error) {
        (Some(code), None) => (Page::Done, Some(Ok(code.into()))),
        (_, Some(error)) if error == DECLINED => (Page::Declined, Some(Err(AuthError::Declined))),
        (_, Some(error)) => (Page::Refused, Some(Err(AuthError::Refused(error)))),
        (None, None) => (Page::BadRequest, None),
    }
}

fn taken(arrived: std::io::Result<(TcpStream, SocketAddr)>) -> Option<TcpStream> {
    arrived.ok().map(|(socket, _)| socket)
}

async fn accept(socket: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match socket {
        Some(socket) => socket.accept().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
