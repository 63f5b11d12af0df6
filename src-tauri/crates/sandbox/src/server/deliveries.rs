//! Webhooks on their way: the worlds queue them, this sends them and tells what was answered.
//!
//! Receivers are on this computer, as everything about the demo books is. The rules of
//! [`crate::faults`] apply to what is sent as they do to what is received, by the path of the
//! receiver: an answer lost after it was given makes Xero and ERPNext send the same again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::{HeaderName, HeaderValue, Method, Request, header};
use tokio::sync::{Notify, watch};

use super::Outlets;
use crate::books::DemoBooks;
use crate::erpnext::HookAnswer;
use crate::{Effect, System};

/// How long a receiver of Xero's has (Xero developer docs, "Webhooks overview").
const XERO_WAITS: Duration = Duration::from_secs(5);

/// The most of an answer that is kept for the log, in bytes.
const ANSWER_KEPT: usize = 64 * 1024;

/// Sends one system's webhooks.
pub(super) struct Sender {
    pub(super) books: Arc<Mutex<DemoBooks>>,
    pub(super) outlets: Outlets,
    /// Something may be due.
    pub(super) wake: Arc<Notify>,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) client: reqwest::Client,
}

/// A client that sends what it is given and nothing of its own.
pub(super) fn client() -> std::io::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(std::io::Error::other)
}

/// What came back.
enum Came {
    Answer {
        status: u16,
        /// No text and no cookies.
        bare: bool,
        text: String,
    },
    TooLate,
    Nothing,
}

impl Sender {
    /// Sends Xero's until the servers stop.
    pub(super) async fn send_xeros(mut self) {
        loop {
            let (due, wait) = self.with_books(|books| {
                let now = books.now(Utc::now());
                let due = books.xero.due_webhooks(now);
                let wait = books.xero.next_webhook().map(|next| next - now);
                (due, wait)
            });
            if due.is_empty() {
                if !self.rest(wait).await {
                    return;
                }
                continue;
            }
            for delivery in due {
                let request = Request::builder()
                    .method(Method::POST)
                    .uri(&delivery.url)
                    .header(header::CONTENT_TYPE, "application/json")
                    .header("x-xero-signature", &delivery.signature)
                    .body(delivery.body);
                let came = match request {
                    Ok(request) => self.send(System::Xero, request, XERO_WAITS).await,
                    Err(_) => Came::Nothing,
                };
                let status = match came {
                    // An answer with a body or cookies is no answer, Xero says.
                    Came::Answer { status, bare, .. } => bare.then_some(status),
                    Came::TooLate | Came::Nothing => None,
                };
                self.with_books(|books| {
                    let now = books.now(Utc::now());
                    books.xero.webhook_answered(delivery.id, status, now);
                });
            }
        }
    }

    /// Sends ERPNext's, one after the other, until the servers stop.
    pub(super) async fn send_erpnexts(mut self) {
        loop {
            let (due, wait) = self.with_books(|books| {
                let now = books.now(Utc::now());
                let due = books.erpnext.due_webhook(now);
                let wait = books.erpnext.next_webhook().map(|next| next - now);
                (due, wait)
            });
            let Some(delivery) = due else {
                if !self.rest(wait).await {
                    return;
                }
                continue;
            };
            let mut request = Request::builder()
                .method(delivery.method.as_str())
                .uri(&delivery.url);
            for (name, value) in &delivery.headers {
                if let (Ok(name), Ok(value)) = (
                    HeaderName::try_from(name.as_str()),
                    HeaderValue::try_from(value.as_str()),
                ) {
                    request = request.header(name, value);
                }
            }
            let came = match request.body(delivery.body) {
                Ok(request) => self.send(System::Erpnext, request, delivery.timeout).await,
                Err(_) => Came::Nothing,
            };
            let answer = match came {
                Came::Answer { status, text, .. } => HookAnswer::Status(status, text),
                Came::TooLate => HookAnswer::TimedOut,
                Came::Nothing => HookAnswer::Unreachable,
            };
            self.with_books(|books| {
                let now = books.now(Utc::now());
                books.erpnext.webhook_answered(delivery.id, &answer, now);
            });
        }
    }

    fn with_books<T>(&self, act: impl FnOnce(&mut DemoBooks) -> T) -> T {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut books);
        self.outlets.flush(&mut books);
        done
    }

    /// Waits until something may be due; `false` once the servers stop.
    async fn rest(&mut self, wait: Option<chrono::TimeDelta>) -> bool {
        let timer = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait.to_std().unwrap_or_default()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.wake.notified() => true,
            () = timer => true,
            // An error means that nobody can stop the servers any more: they are gone.
            _ = self.stopped.wait_for(|stop| *stop) => false,
        }
    }

    async fn send(&mut self, system: System, request: Request<Bytes>, within: Duration) -> Came {
        if !is_loopback(&request) {
            tracing::warn!(url = %request.uri(), "a webhook to another computer is not sent");
            return Came::Nothing;
        }
        let effect = self.with_books(|books| books.faults_mut(system).strike(&request));
        let lost = matches!(effect, Some(Effect::DropAfterCommit));
        match effect {
            None | Some(Effect::DropAfterCommit) => {}
            Some(Effect::Delay(milliseconds)) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            Some(_) => return Came::Nothing,
        }
        let (head, body) = request.into_parts();
        let exchange = async {
            let answer = self
                .client
                .request(head.method, head.uri.to_string())
                .headers(head.headers)
                .body(body)
                .send()
                .await?;
            let status = answer.status().as_u16();
            let cookies = answer.headers().contains_key(header::SET_COOKIE);
            let body = answer.bytes().await?;
            let text = String::from_utf8_lossy(&body[..body.len().min(ANSWER_KEPT)]).into_owned();
            Ok::<_, reqwest::Error>(Came::Answer {
                status,
                bare: body.is_empty() && !cookies,
                text,
            })
        };
        let came = tokio::select! {
            came = tokio::time::timeout(within, exchange) => came,
            _ = self.stopped.wait_for(|stop| *stop) => return Came::Nothing,
        };
        match came {
            Ok(Ok(_)) if lost => Came::Nothing,
            Ok(Ok(came)) => came,
            Ok(Err(_)) => Came::Nothing,
            Err(_) => Came::TooLate,
        }
    }
}

/// Whether a request stays on this computer.
fn is_loopback(request: &Request<Bytes>) -> bool {
    let host = request.uri().host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
