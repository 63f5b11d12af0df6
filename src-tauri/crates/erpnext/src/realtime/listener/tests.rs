#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::sync::Mutex;

use chrono::TimeZone;
use net::EventClock;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const OPEN: &str = r#"0{"sid":"a","pingInterval":25000,"pingTimeout":20000}"#;
const JOINED: &str = r#"40/acme,{"sid":"b"}"#;

fn at(second: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap() + TimeDelta::seconds(second)
}

/// What a connection does: messages with the second each comes at, then how it ends.
struct Script {
    messages: Vec<(i64, String)>,
    /// Closed at this second; silent for ever where absent.
    closed: Option<i64>,
}

/// A server that follows one script per connection, then refuses.
struct Scripts {
    clock: Arc<EventClock>,
    to_play: Mutex<VecDeque<Script>>,
    opened: Mutex<Vec<(DateTime<Utc>, String, HeaderMap)>>,
    sent: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl WebSocketOpener for Scripts {
    async fn open(
        &self,
        address: &str,
        headers: HeaderMap,
    ) -> Result<Box<dyn WebSocket>, OpenError> {
        let now = self.clock.now();
        self.opened
            .lock()
            .unwrap()
            .push((now, address.to_owned(), headers));
        match self.to_play.lock().unwrap().pop_front() {
            Some(script) => Ok(Box::new(Played {
                clock: Arc::clone(&self.clock),
                messages: script.messages.into(),
                closed: script.closed,
                sent: Arc::clone(&self.sent),
            })),
            None => Err(OpenError::NotAWebSocket {
                host: "acme.test".to_owned(),
                status: 502,
            }),
        }
    }
}

struct Played {
    clock: Arc<EventClock>,
    messages: VecDeque<(i64, String)>,
    closed: Option<i64>,
    sent: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl WebSocket for Played {
    async fn receive(&mut self) -> Result<Option<String>, NetError> {
        let next = self.messages.front().map(|(second, _)| *second);
        match next.or(self.closed) {
            Some(second) => self.clock.sleep_until(at(second)).await,
            None => std::future::pending().await,
        }
        Ok(self.messages.pop_front().map(|(_, text)| text))
    }

    async fn send(&mut self, text: String) -> Result<(), NetError> {
        self.sent.lock().unwrap().push(text);
        Ok(())
    }
}

struct Heard {
    /// Each signal with the second it came at.
    signals: Vec<(i64, Signal)>,
    opened: Vec<(DateTime<Utc>, String, HeaderMap)>,
    sent: Vec<String>,
}

/// Plays the scripts to a listener until it has said `wanted` signals.
fn play(scripts: Vec<Script>, capacity: usize, begin: i64, wanted: usize) -> Heard {
    let clock = Arc::new(EventClock::at(at(0)));
    let opener = Arc::new(Scripts {
        clock: Arc::clone(&clock),
        to_play: Mutex::new(scripts.into()),
        opened: Mutex::default(),
        sent: Arc::default(),
    });
    let listener = Listener {
        opener: Arc::clone(&opener) as Arc<dyn WebSocketOpener>,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        random: Box::new(StdRng::seed_from_u64(7)),
        backoff: PATIENT,
        site: SiteUrl::parse("https://acme.test").unwrap(),
        address: Address {
            url: "https://acme.test".to_owned(),
            site: "acme".to_owned(),
            named: true,
        },
        authorization: Arc::new(ApiKey::new("key", "secret")),
        doctypes: vec!["Customer".to_owned()],
    };
    let (sender, mut receiver) = mpsc::channel(capacity);
    let signals = clock
        .run(async {
            let hear = async {
                clock.sleep_until(at(begin)).await;
                let mut heard = Vec::new();
                while heard.len() < wanted {
                    let signal = receiver.recv().await.unwrap();
                    heard.push(((clock.now() - at(0)).num_seconds(), signal));
                }
                drop(receiver);
                heard
            };
            futures::join!(listener.run(sender), hear).1
        })
        .expect("the listener waits for nothing that never comes");
    Heard {
        signals,
        opened: std::mem::take(&mut opener.opened.lock().unwrap()),
        sent: std::mem::take(&mut opener.sent.lock().unwrap()),
    }
}

fn update(name: &str) -> String {
    format!(r#"42/acme,["list_update",{{"doctype":"Customer","name":"{name}","user":"u"}}]"#)
}

fn changed(name: &str) -> Signal {
    Signal::Changed(Hint {
        doctype: "Customer".to_owned(),
        name: name.to_owned(),
        user: Some("u".to_owned()),
    })
}

fn joining(from: i64) -> Vec<(i64, String)> {
    vec![(from, OPEN.to_owned()), (from + 1, JOINED.to_owned())]
}

#[test]
fn it_subscribes_hears_and_answers_pings() {
    let mut messages = joining(0);
    messages.push((5, update("One")));
    messages.push((20, "2".to_owned()));
    messages.push((21, update("Two")));
    let heard = play(
        vec![Script {
            messages,
            closed: None,
        }],
        8,
        0,
        4,
    );
    assert_eq!(
        heard.signals,
        [
            (1, Signal::CatchUp),
            (5, changed("One")),
            (11, Signal::CatchUp),
            (21, changed("Two")),
        ]
    );
    assert_eq!(
        heard.sent,
        [
            "40/acme,",
            r#"42/acme,["doctype_subscribe","Customer"]"#,
            "3"
        ]
    );
    let (_, address, headers) = &heard.opened[0];
    assert_eq!(
        address,
        "https://acme.test/socket.io/?EIO=4&transport=websocket"
    );
    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("authorization"), "token key:secret");
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(header("origin"), "https://acme.test");
    assert_eq!(header("x-frappe-site-name"), "acme");
    assert!(!header("cookie").is_empty());
}

#[test]
fn after_a_break_it_connects_again_and_says_to_catch_up() {
    let first = Script {
        messages: joining(0),
        closed: Some(3),
    };
    let mut messages = joining(4);
    messages.push((6, update("Later")));
    let second = Script {
        messages,
        closed: None,
    };
    let heard = play(vec![first, second], 8, 0, 4);
    let Signal::Away {
        why: Why::Closed,
        again_at,
    } = heard.signals[1].1
    else {
        panic!("{:?}", heard.signals);
    };
    assert!(again_at >= at(3) && again_at <= at(4), "{again_at}");
    assert_eq!(heard.opened[1].0, again_at);
    assert_eq!(
        heard.signals[2..],
        [(5, Signal::CatchUp), (6, changed("Later"))]
    );
}

#[test]
fn a_connection_that_falls_silent_is_given_up() {
    let silent = Script {
        messages: joining(0),
        closed: None,
    };
    let never_let_in = Script {
        messages: vec![(0, OPEN.to_owned())],
        closed: None,
    };
    let heard = play(vec![silent, never_let_in], 8, 0, 4);
    let away = |index: usize| match &heard.signals[index] {
        (second, Signal::Away { why, .. }) => (*second, why.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        away(2),
        (46, Why::Silent),
        "25 + 20 seconds after the last word"
    );
    let again = (heard.opened[1].0 - at(0)).num_milliseconds();
    assert_eq!(away(3), ((again + 30_000) / 1000, Why::Silent));
}

#[test]
fn attempts_become_rarer_and_never_end() {
    let heard = play(Vec::new(), 64, 0, 40);
    let mut before = at(0);
    for (index, (_, signal)) in heard.signals.iter().enumerate() {
        let Signal::Away { why, again_at } = signal else {
            panic!("{signal:?}");
        };
        assert_eq!(
            why.to_string(),
            "acme.test answered 502 where a real-time connection was asked for"
        );
        let longest = PATIENT.ceiling(u32::try_from(index).unwrap()).unwrap();
        let wait = (*again_at - before).to_std().unwrap();
        assert!(wait <= longest, "{index}: {wait:?}");
        before = *again_at;
    }
    assert!(before > at(600), "it did slow down: {before}");
}

#[test]
fn a_connection_that_held_makes_the_next_trouble_a_new_one() {
    let mut scripts = Vec::new();
    for _ in 0..6 {
        scripts.push(Script {
            messages: vec![(0, "<html>".to_owned())],
            closed: None,
        });
    }
    // What is past by the time the connection opens comes at once.
    let mut messages = joining(0);
    messages.extend((1..40).map(|ping| (ping * 20, "2".to_owned())));
    scripts.push(Script {
        messages,
        closed: Some(800),
    });
    let heard = play(scripts, 64, 0, 9);
    let (second, Signal::Away { again_at, .. }) = &heard.signals[8] else {
        panic!("{:?}", heard.signals);
    };
    assert_eq!(*second, 800);
    assert!(*again_at <= at(801), "within the first wait: {again_at}");
}

#[test]
fn what_nobody_takes_becomes_one_catch_up() {
    let mut messages = joining(0);
    messages.extend((0..500).map(|number| (2, update(&format!("C {number}")))));
    messages.push((30, "2".to_owned()));
    messages.push((60, "2".to_owned()));
    messages.push((90, update("After")));
    let heard = play(
        vec![Script {
            messages,
            closed: None,
        }],
        3,
        80,
        5,
    );
    let signals: Vec<Signal> = heard
        .signals
        .into_iter()
        .map(|(_, signal)| signal)
        .collect();
    assert_eq!(
        signals,
        [
            Signal::CatchUp,
            changed("C 0"),
            changed("C 1"),
            Signal::CatchUp,
            changed("After")
        ]
    );
    assert_eq!(
        heard.sent.iter().filter(|text| *text == "3").count(),
        2,
        "pings were answered meanwhile"
    );
}
