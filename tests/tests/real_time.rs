//! What both systems tell by themselves, over real connections: the demo books in a process of their
//! own, a receiver and a listener in this one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use erpnext::realtime::listener::{PATIENT, signals};
use erpnext::realtime::{Hint, Listener, Signal, find};
use erpnext::webhooks::{self, Receiver};
use erpnext::{ApiKey, Client, SiteUrl};
use net::{HttpTransport, SystemClock};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;
use serde_json::{Value, json};
use tests::{Books, System};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use xero::webhook::{self, Answer, Category, Place, Seen};

/// Longer than anything takes that works.
const LIMIT: Duration = Duration::from_mins(2);

/// One POST that arrived and what it was answered with.
#[derive(Debug)]
struct Arrived {
    body: Bytes,
    status: u16,
}

#[derive(Clone)]
struct Desk {
    xero_key: SecretString,
    erpnext_secret: SecretString,
    /// Statuses to answer with instead of the right one.
    troubles: Arc<Mutex<VecDeque<u16>>>,
    arrived: mpsc::UnboundedSender<Arrived>,
}

/// A receiver of both systems' webhooks.
struct Inbox {
    url: String,
    troubles: Arc<Mutex<VecDeque<u16>>>,
    arrived: mpsc::UnboundedReceiver<Arrived>,
}

const ERPNEXT_SECRET: &str = "a secret of ours";

impl Inbox {
    async fn open(books: &Books) -> Inbox {
        let (sender, arrived) = mpsc::unbounded_channel();
        let troubles = Arc::<Mutex<VecDeque<u16>>>::default();
        let desk = Desk {
            xero_key: SecretString::from(books.ready.xero.webhook_key.clone()),
            erpnext_secret: SecretString::from(ERPNEXT_SECRET.to_owned()),
            troubles: Arc::clone(&troubles),
            arrived: sender,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(desk);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Inbox {
            url,
            troubles,
            arrived,
        }
    }

    async fn next(&mut self) -> Arrived {
        timeout(LIMIT, self.arrived.recv())
            .await
            .expect("a webhook arrives")
            .expect("the receiver runs")
    }

    /// Enters the address in Xero and lives through the proof that signatures are checked.
    async fn subscribe_to_xero(&mut self, books: &Books, more: &Value) {
        let mut operation = json!({"op": "set_webhook", "Url": format!("{}/xero", self.url)});
        for (key, value) in more.as_object().unwrap() {
            operation[key] = value.clone();
        }
        books.edit(System::Xero, &operation).await;
        let mut statuses = Vec::new();
        for _ in 0..4 {
            let arrived = self.next().await;
            if arrived.status == 200 {
                let delivery = webhook::read(&arrived.body).unwrap();
                assert_eq!(delivery, webhook::Delivery::default());
            }
            statuses.push(arrived.status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 401, 401]);
    }
}

async fn take(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let right = if uri.path() == "/xero" {
        let signature = header(webhook::SIGNATURE_HEADER);
        webhook::check(&desk.xero_key, signature, &body) == Answer::Taken
    } else {
        let signature = header(webhooks::SIGNATURE_HEADER);
        webhooks::verify(&desk.erpnext_secret, signature, &body).is_ok()
    };
    let trouble = desk.troubles.lock().unwrap().pop_front();
    let status = trouble.unwrap_or(if right { 200 } else { 401 });
    desk.arrived.send(Arrived { body, status }).ok();
    StatusCode::from_u16(status).unwrap()
}

async fn contact(books: &Books, name: &str) -> String {
    let made = books
        .edit(System::Xero, &json!({"op": "create_contact", "Name": name}))
        .await;
    made["ContactID"].as_str().unwrap().to_owned()
}

/// The contacts a delivery of Xero's tells of.
fn contacts(books: &Books, body: &[u8]) -> Vec<String> {
    webhook::read(body)
        .unwrap()
        .hints
        .into_iter()
        .map(|hint| {
            assert_eq!(hint.tenant.to_string(), books.ready.xero.tenant_id);
            assert_eq!(hint.category, Category::Contact);
            hint.id.to_string()
        })
        .collect()
}

fn place(seen: &mut Seen, body: &[u8]) -> Place {
    let delivery = webhook::read(body).unwrap();
    seen.note(delivery.first, delivery.last)
}

#[tokio::test]
async fn xero_proves_an_address_tells_of_edits_and_repeats_what_was_not_taken() {
    let books = Books::small(31).await;
    let mut inbox = Inbox::open(&books).await;
    inbox.subscribe_to_xero(&books, &json!({})).await;
    let mut seen = Seen::default();

    let first = contact(&books, "Heard Ltd").await;
    let arrived = inbox.next().await;
    assert_eq!(arrived.status, 200);
    assert_eq!(contacts(&books, &arrived.body), [first]);
    assert_eq!(place(&mut seen, &arrived.body), Place::New);

    // The receiver is in trouble: again at once, then a quarter of an hour later.
    inbox.troubles.lock().unwrap().extend([500, 503]);
    let second = contact(&books, "Late Ltd").await;
    let statuses = [inbox.next().await.status, inbox.next().await.status];
    assert_eq!(statuses, [500, 503]);
    books.advance(10 * 60).await;
    let third = contact(&books, "Meanwhile Ltd").await;
    let arrived = inbox.next().await;
    assert_eq!(
        contacts(&books, &arrived.body),
        [third],
        "the other one still waits"
    );
    assert_eq!(place(&mut seen, &arrived.body), Place::Ahead { missing: 1 });
    books.advance(15 * 60).await;
    let arrived = inbox.next().await;
    assert_eq!(contacts(&books, &arrived.body), [second]);
    assert_eq!(
        place(&mut seen, &arrived.body),
        Place::New,
        "the gap is filled"
    );

    // The answer is lost on the way: the same comes again.
    books
        .faults(
            System::Xero,
            &[json!({"path": "/xero", "times": 1, "effect": "drop_after_commit"})],
        )
        .await;
    let fourth = contact(&books, "Twice Ltd").await;
    for expected in [Place::New, Place::Repeated] {
        let arrived = inbox.next().await;
        assert_eq!(arrived.status, 200);
        assert_eq!(
            contacts(&books, &arrived.body),
            std::slice::from_ref(&fourth)
        );
        assert_eq!(place(&mut seen, &arrived.body), expected);
    }
}

#[tokio::test]
async fn xero_may_tell_everything_twice() {
    let books = Books::small(32).await;
    let mut inbox = Inbox::open(&books).await;
    inbox
        .subscribe_to_xero(&books, &json!({"Duplicates": true, "Reversed": true}))
        .await;
    let mut seen = Seen::default();
    let made = contact(&books, "Doubled Ltd").await;
    for expected in [Place::New, Place::Repeated] {
        let arrived = inbox.next().await;
        assert_eq!(contacts(&books, &arrived.body), std::slice::from_ref(&made));
        assert_eq!(place(&mut seen, &arrived.body), expected);
    }
}

#[tokio::test]
async fn an_edit_in_erpnext_is_heard_by_listener_and_webhook() {
    let books = Books::small(33).await;
    let ready = &books.ready.erpnext;
    let transport = Arc::new(HttpTransport::new().unwrap());
    let site = SiteUrl::parse(&ready.url).unwrap();
    let key = ApiKey::new(&ready.key, &ready.secret);
    let client = Client::new(
        transport.clone(),
        Arc::new(SystemClock),
        site.clone(),
        key.clone(),
    );
    let mut inbox = Inbox::open(&books).await;
    let receiver = Receiver::new(
        &format!("{}/erpnext", inbox.url),
        SecretString::from(ERPNEXT_SECRET.to_owned()),
        "one",
        &ready.company,
    )
    .unwrap();
    webhooks::install(&client, &receiver, true).await.unwrap();

    let address = find(&*transport, &site).await.unwrap();
    assert_eq!(address.url, ready.socketio_url);
    let (sender, mut heard) = signals();
    let listener = Listener {
        opener: transport,
        clock: Arc::new(SystemClock),
        random: Box::new(StdRng::seed_from_u64(1)),
        backoff: PATIENT,
        site,
        address,
        authorization: Arc::new(key),
        doctypes: vec!["Customer".to_owned()],
    };
    tokio::spawn(listener.run(sender));
    assert_eq!(
        timeout(LIMIT, heard.recv()).await.unwrap(),
        Some(Signal::CatchUp)
    );
    books.subscribed("Customer").await;

    let operation = json!({"op": "create", "doctype": "Customer",
        "fields": {"customer_name": "Told Ltd", "customer_type": "Company"}});
    books.edit(System::Erpnext, &operation).await;
    let hint = Hint {
        doctype: "Customer".to_owned(),
        name: "Told Ltd".to_owned(),
        user: Some("Administrator".to_owned()),
    };
    let signal = timeout(LIMIT, heard.recv()).await.unwrap();
    assert_eq!(signal, Some(Signal::Changed(hint)));
    let arrived = inbox.next().await;
    assert_eq!(arrived.status, 200);
    let delivery = webhooks::read(&arrived.body).unwrap();
    assert_eq!(
        (delivery.doctype, delivery.name, delivery.event),
        (
            "Customer".to_owned(),
            "Told Ltd".to_owned(),
            // A new document is saved, too: from 16 on no other event of it is asked for.
            "on_update".to_owned()
        )
    );

    assert_eq!(webhooks::remove(&client, "one").await.unwrap(), 11);
}
