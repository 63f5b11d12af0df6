#![allow(clippy::unwrap_used)]
use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeZone, Utc};
use net::{JumpClock, NetError, Request, Response};

use super::*;
use crate::StoreError;
use crate::stand_in::StandIn;

/// Answers each request with the next of a list, and remembers what was asked.
#[derive(Default)]
struct Script {
    answers: StdMutex<VecDeque<(u16, String)>>,
    asked: StdMutex<Vec<String>>,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let auth = request
            .headers()
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        self.asked.lock().unwrap().push(format!(
            "{auth}|{}",
            String::from_utf8_lossy(request.body())
        ));
        let next = self.answers.lock().unwrap().pop_front();
        match next {
            Some((status, body)) => Ok(http::Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Bytes::from(body))
                .unwrap()),
            None => Err(NetError::AnswerLost {
                host: "identity".into(),
                why: "reset".into(),
            }),
        }
    }
}

#[derive(Default)]
struct Shelf {
    kept: StdMutex<Option<Tokens>>,
    /// What another process saves while we talk to the provider.
    appears_on_second_load: StdMutex<Option<Tokens>>,
    fails: StdMutex<bool>,
}

#[async_trait]
impl TokenStore for Shelf {
    async fn load(&self) -> Result<Option<Tokens>, StoreError> {
        let answer = self.kept.lock().unwrap().clone();
        if let Some(newer) = self.appears_on_second_load.lock().unwrap().take() {
            *self.kept.lock().unwrap() = Some(newer);
        }
        Ok(answer)
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), StoreError> {
        if *self.fails.lock().unwrap() {
            return Err(StoreError("the keyring is locked".into()));
        }
        *self.kept.lock().unwrap() = Some(tokens.clone());
        Ok(())
    }
}

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn tokens(access: &str, refresh: &str, minutes: i64) -> Tokens {
    Tokens {
        access: access.into(),
        refresh: Some(refresh.into()),
        expires_at: noon() + Duration::minutes(minutes),
        scopes: vec!["openid".into()],
    }
}

fn pair(access: &str, refresh: &str) -> (u16, String) {
    (
        200,
        format!(
            r#"{{"id_token":"x","access_token":"{access}","expires_in":1800,"token_type":"Bearer","refresh_token":"{refresh}","scope":"openid offline_access"}}"#
        ),
    )
}

fn refused(word: &str) -> (u16, String) {
    (400, format!(r#"{{"error":"{word}"}}"#))
}

struct Stage {
    session: Session<StandIn>,
    script: Arc<Script>,
    shelf: Arc<Shelf>,
}

fn stage(kept: Option<Tokens>, answers: Vec<(u16, String)>) -> Stage {
    stage_at(StandIn::new(), kept, answers)
}

fn stage_at(provider: StandIn, kept: Option<Tokens>, answers: Vec<(u16, String)>) -> Stage {
    let script = Arc::new(Script {
        answers: StdMutex::new(answers.into()),
        ..Script::default()
    });
    let shelf = Arc::new(Shelf {
        kept: StdMutex::new(kept),
        ..Shelf::default()
    });
    let app = App {
        client_id: "CID".into(),
        client_secret: None,
        grant: Grant::Code,
    };
    let session = Session::new(
        app,
        provider,
        script.clone(),
        shelf.clone(),
        Arc::new(JumpClock::at(noon())),
    );
    Stage {
        session,
        script,
        shelf,
    }
}

#[tokio::test]
async fn a_good_token_is_used_as_it_is() {
    let stage = stage(Some(tokens("a1", "r1", 30)), vec![]);
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a1");
    assert!(stage.script.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_old_token_is_renewed_once_for_everyone_and_kept_first() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![pair("a2", "r2")]);
    let (one, two) = tokio::join!(stage.session.access(), stage.session.access());
    assert_eq!(one.unwrap().expose_secret(), "a2");
    assert_eq!(two.unwrap().expose_secret(), "a2");
    assert_eq!(
        *stage.script.asked.lock().unwrap(),
        ["|grant_type=refresh_token&refresh_token=r1&client_id=CID"]
    );
    let kept = stage.shelf.kept.lock().unwrap().clone().unwrap();
    assert_eq!(kept.refresh.unwrap().expose_secret(), "r2");
    assert_eq!(kept.expires_at, noon() + Duration::minutes(30));
}

#[tokio::test]
async fn a_token_called_expired_is_renewed() {
    let stage = stage(Some(tokens("a1", "r1", 30)), vec![pair("a2", "r2")]);
    let token = stage.session.access().await.unwrap();
    assert_eq!(
        stage
            .session
            .access_after(&token)
            .await
            .unwrap()
            .expose_secret(),
        "a2"
    );
    // Somebody who still holds the old one gets the new one without another exchange.
    assert_eq!(
        stage
            .session
            .access_after(&token)
            .await
            .unwrap()
            .expose_secret(),
        "a2"
    );
}

#[tokio::test]
async fn another_process_that_renewed_first_is_followed() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![refused("invalid_grant")]);
    *stage.shelf.appears_on_second_load.lock().unwrap() = Some(tokens("a9", "r9", 30));
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a9");
}

#[tokio::test]
async fn a_refused_sign_in_needs_a_person() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![refused("invalid_grant")]);
    let error = stage.session.access().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInNeeded(_)), "{error:?}");
    assert_eq!(stage.script.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![]);
    let error = stage.session.access().await.unwrap_err();
    assert!(
        matches!(error, AuthError::Net(NetError::AnswerLost { .. })),
        "{error:?}"
    );
    assert_eq!(stage.script.asked.lock().unwrap().len(), 2);
    stage
        .script
        .answers
        .lock()
        .unwrap()
        .push_back(pair("a2", "r2"));
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a2");
}

#[tokio::test]
async fn new_tokens_that_could_not_be_kept_are_not_lost() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![pair("a2", "r2")]);
    *stage.shelf.fails.lock().unwrap() = true;
    let error = stage.session.access().await.unwrap_err();
    assert!(error.to_string().contains("keyring is locked"), "{error}");
    *stage.shelf.fails.lock().unwrap() = false;
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a2");
    assert_eq!(stage.script.asked.lock().unwrap().len(), 1);
    let kept = stage.shelf.kept.lock().unwrap().clone().unwrap();
    assert_eq!(kept.refresh.unwrap().expose_secret(), "r2");
}

#[tokio::test]
async fn errors_say_what_is_wrong() {
    for (answer, expected) in [
        (refused("invalid_client"), "is not accepted"),
        (refused("unauthorized_client"), "is not accepted"),
        (refused("invalid_scope"), "are not granted"),
        (
            (200, "<html>proxy</html>".to_owned()),
            "something other than the sign-in service",
        ),
        (
            (403, "nope".to_owned()),
            "something other than the sign-in service",
        ),
    ] {
        let stage = stage(Some(tokens("a1", "r1", 0)), vec![answer]);
        let error = stage.session.access().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let stage = stage(
        Some(tokens("a1", "r1", 0)),
        vec![(503, String::new()), (503, String::new())],
    );
    assert!(matches!(
        stage.session.access().await.unwrap_err(),
        AuthError::Unavailable(503)
    ));
}

#[tokio::test]
async fn a_token_that_would_stay_good_is_revoked_once_its_successor_is_kept() {
    let provider = StandIn::hoarding();
    let revoked = (200, "{}".to_owned());
    let stage = stage_at(
        provider,
        Some(tokens("a1", "r1", 0)),
        vec![pair("a2", "r2"), revoked],
    );
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a2");
    assert_eq!(
        *stage.script.asked.lock().unwrap(),
        [
            "|grant_type=refresh_token&refresh_token=r1&client_id=CID",
            "|token=r1&token_type_hint=refresh_token&client_id=CID",
        ]
    );
    // A new pair that could not be kept must not cost the one that is.
    let revoked = (200, "{}".to_owned());
    let provider = StandIn::hoarding();
    let stage = stage_at(
        provider,
        Some(tokens("a1", "r1", 0)),
        vec![pair("a2", "r2"), revoked],
    );
    *stage.shelf.fails.lock().unwrap() = true;
    stage.session.access().await.unwrap_err();
    assert_eq!(stage.script.asked.lock().unwrap().len(), 1);
    *stage.shelf.fails.lock().unwrap() = false;
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a2");
}

#[tokio::test]
async fn that_the_replaced_token_could_not_be_revoked_is_no_failure() {
    let provider = StandIn::hoarding();
    let stage = stage_at(
        provider,
        Some(tokens("a1", "r1", 0)),
        vec![pair("a2", "r2"), (500, String::new())],
    );
    assert_eq!(stage.session.access().await.unwrap().expose_secret(), "a2");
    assert_eq!(stage.script.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_in_the_providers_own_shape_is_read_by_it() {
    let stage = stage(Some(tokens("a1", "r1", 0)), vec![(403, "gone".to_owned())]);
    let error = stage.session.access().await.unwrap_err();
    assert!(
        matches!(&error, AuthError::SignInNeeded(why) if why == "it is gone"),
        "{error:?}"
    );
    assert_eq!(stage.script.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn revoking_says_which_kind_of_token_it_is() {
    let stage = stage(Some(tokens("a1", "r1", 30)), vec![(200, "{}".to_owned())]);
    stage.session.revoke().await.unwrap();
    assert_eq!(
        *stage.script.asked.lock().unwrap(),
        ["|token=r1&token_type_hint=refresh_token&client_id=CID"]
    );
}
