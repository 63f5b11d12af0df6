//! Staying signed in against the simulated Xero: two processes, crashes and lost answers never ask
//! a person to sign in again, within what Xero promises.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::Duration;
use common::{Kept, Setting, Wire, noon, stage};
use net::{Clock, JumpClock, NetError, Request, Response, Transport};
use secrecy::ExposeSecret;
use xero::auth::{
    App, AuthError, Endpoints, Grant, Session, StoreError, TokenStore, Tokens, connections,
};

/// The way to the identity server, which can lose an answer that Xero has sent.
struct Identity {
    wire: Arc<Wire>,
    exchanges: AtomicUsize,
    lose_answers: AtomicUsize,
}

#[async_trait]
impl Transport for Identity {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let renews = String::from_utf8_lossy(request.body()).contains("refresh_token");
        let answer = self.wire.send(request).await;
        if renews {
            self.exchanges.fetch_add(1, Ordering::Relaxed);
            let left = self.lose_answers.load(Ordering::Relaxed);
            if left > 0 {
                self.lose_answers.store(left - 1, Ordering::Relaxed);
                return Err(NetError::AnswerLost {
                    host: "identity.xero.com".into(),
                    why: "reset".into(),
                });
            }
        }
        answer
    }
}

/// A store that may stop keeping, as where the process dies before it has written.
#[derive(Default)]
struct Shelf {
    kept: Kept,
    broken: AtomicBool,
}

#[async_trait]
impl TokenStore for Shelf {
    async fn load(&self) -> Result<Option<Tokens>, StoreError> {
        self.kept.load().await
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), StoreError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(StoreError("the process died".into()));
        }
        self.kept.save(tokens).await
    }
}

struct World {
    clock: Arc<JumpClock>,
    identity: Arc<Identity>,
    shelf: Arc<Shelf>,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(JumpClock::at(noon()));
        let stage = stage(Setting::free(clock.clone()));
        let tokens = stage.session.kept().await.unwrap();
        Self {
            clock,
            identity: Arc::new(Identity {
                wire: stage.wire.clone(),
                exchanges: AtomicUsize::new(0),
                lose_answers: AtomicUsize::new(0),
            }),
            shelf: Arc::new(Shelf {
                kept: Kept(Mutex::new(tokens)),
                broken: AtomicBool::new(false),
            }),
        }
    }

    /// Another process on the same kept tokens.
    fn process(&self) -> Session {
        Session::new(
            App {
                client_id: "COUNTERFOIL-DEMO-PKCE".into(),
                client_secret: None,
                grant: Grant::Code,
            },
            endpoints(),
            self.identity.clone(),
            self.shelf.clone(),
            self.clock.clone(),
        )
    }

    /// Whether Xero takes a process's token.
    async fn works(&self, session: &Session) -> bool {
        let Ok(access) = session.access().await else {
            return false;
        };
        connections::list(&endpoints(), &*self.identity, &access, None)
            .await
            .is_ok()
    }

    fn exchanges(&self) -> usize {
        self.identity.exchanges.load(Ordering::Relaxed)
    }
}

fn endpoints() -> Endpoints {
    Endpoints::new(Some("http://localhost:1"), Some("http://localhost:1")).unwrap()
}

#[tokio::test]
async fn two_processes_share_one_renewal() {
    let world = World::new().await;
    let (one, other) = (world.process(), world.process());
    for _ in 0..5 {
        world
            .clock
            .advance(Duration::minutes(29) + Duration::seconds(30));
        assert!(world.works(&one).await);
        assert!(world.works(&other).await);
        world.clock.advance(Duration::minutes(1));
        assert!(world.works(&other).await);
        assert!(world.works(&one).await);
    }
    assert_eq!(world.exchanges(), 5);
}

#[tokio::test]
async fn two_processes_that_renew_at_the_same_moment_both_stay_signed_in() {
    let world = World::new().await;
    let (one, other) = (world.process(), world.process());
    assert!(world.works(&one).await && world.works(&other).await);
    // Both looked at the store before either had kept anything: the second exchange is made with a
    // token that the first has replaced already, and what it keeps replaces what the first kept.
    world.clock.advance(Duration::minutes(40));
    let before = world.shelf.load().await.unwrap();
    assert!(world.works(&one).await);
    let first = world.shelf.load().await.unwrap().unwrap();
    *world.shelf.kept.0.lock().unwrap() = before;
    assert!(world.works(&other).await);
    let second = world.shelf.load().await.unwrap().unwrap();
    assert_eq!(world.exchanges(), 2);
    let refresh = |tokens: &Tokens| tokens.refresh.clone().unwrap().expose_secret().to_owned();
    assert_ne!(refresh(&first), refresh(&second));
    for _ in 0..3 {
        world.clock.advance(Duration::hours(2));
        assert!(world.works(&one).await);
        assert!(world.works(&other).await);
    }
}

#[tokio::test]
async fn a_crash_between_renewing_and_keeping_is_mended_within_thirty_minutes() {
    for (minutes, signed_in) in [(0, true), (29, true), (31, false)] {
        let world = World::new().await;
        world.clock.advance(Duration::minutes(40));
        world.shelf.broken.store(true, Ordering::Relaxed);
        let dying = world.process();
        let error = dying.access().await.unwrap_err();
        assert!(matches!(error, AuthError::Store(_)), "{error:?}");
        drop(dying);
        world.shelf.broken.store(false, Ordering::Relaxed);
        world.clock.advance(Duration::minutes(minutes));
        let next = world.process();
        match next.access().await {
            Ok(_) => assert!(signed_in && world.works(&next).await, "{minutes}"),
            Err(error) => {
                assert!(!signed_in, "{minutes}: {error:?}");
                assert!(matches!(error, AuthError::SignInNeeded(_)), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_at_once_and_later() {
    for lost in [1, 2, 3] {
        let world = World::new().await;
        world.clock.advance(Duration::minutes(40));
        world.identity.lose_answers.store(lost, Ordering::Relaxed);
        let session = world.process();
        // Twice in one attempt; a third loss needs another.
        for attempt in 0..lost.div_ceil(2) {
            let got = session.access().await;
            let last = attempt + 1 == lost.div_ceil(2) && lost % 2 == 1;
            assert_eq!(got.is_ok(), last, "{lost} {attempt}: {got:?}");
            world.clock.advance(Duration::minutes(5));
        }
        assert!(world.works(&session).await, "{lost}");
    }
}

#[tokio::test]
async fn sixty_days_unused_end_it_and_each_use_begins_them_anew() {
    let world = World::new().await;
    let session = world.process();
    for _ in 0..4 {
        world.clock.advance(Duration::days(49));
        let expiry = session.expiry().await.unwrap().unwrap();
        assert!(!expiry.warn && expiry.days_left >= 10, "{expiry:?}");
        world.clock.advance(Duration::days(3));
        let expiry = session.expiry().await.unwrap().unwrap();
        assert!(expiry.warn, "{expiry:?}");
        assert!(expiry.sentence().unwrap().contains("ends in"));
        assert!(world.works(&session).await);
        assert!(!session.expiry().await.unwrap().unwrap().warn);
    }
    world.clock.advance(Duration::days(61));
    let error = session.access().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInNeeded(_)), "{error:?}");
    let now = world.clock.now();
    let expiry = session.expiry().await.unwrap().unwrap();
    assert!(expiry.at < now && expiry.days_left == 0);
}
