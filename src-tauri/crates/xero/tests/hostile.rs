//! What goes wrong between Xero and us, one row each: what the client makes of it, and how often it
//! asked.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::{Setting, Stage, noon, stage};
use net::{JumpClock, NetError, Response};
use serde_json::json;
use xero::XeroError;
use xero::wire::batch::Target;
use xero::wire::document::Invoice;
use xero::wire::position::Position;

fn organisation() -> Stage {
    stage(Setting::free(Arc::new(JumpClock::at(noon()))))
}

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Response {
    http::Response::builder()
        .status(status)
        .header("content-type", kind)
        .body(body.into())
        .unwrap()
}

fn problem(status: u16, detail: &str) -> String {
    json!({"Type": null, "Title": "x", "Status": status, "Detail": detail}).to_string()
}

const TEXT: &str = "text/plain";
const JSON: &str = "application/json";
const HTML: &str = "text/html";

/// Status, content type, body; the words of the error, and how many calls a read makes.
fn failures() -> Vec<(u16, &'static str, String, &'static str, usize)> {
    let page = "<!DOCTYPE html><html><body>Please sign in to the guest network</body></html>";
    vec![
        (
            503,
            TEXT,
            "The Xero API is currently offline for maintenance".into(),
            "offline for maintenance",
            1,
        ),
        (
            503,
            TEXT,
            "The Organisation is offline".into(),
            "organisation is offline",
            1,
        ),
        (
            503,
            TEXT,
            "The Xero API is temporarily unavailable".into(),
            "HTTP 503",
            5,
        ),
        (500, TEXT, String::new(), "HTTP 500", 5),
        (502, HTML, page.into(), "HTTP 502", 5),
        (501, TEXT, "Not implemented".into(), "Not implemented", 1),
        (
            401,
            JSON,
            problem(401, "TokenExpired: token expired at 04/09/2023 05:16:59"),
            "check this computer's clock",
            2,
        ),
        (
            401,
            JSON,
            problem(401, "AuthorizationUnsuccessful"),
            "reading invoices and credit notes",
            1,
        ),
        (
            403,
            JSON,
            problem(403, "AuthenticationUnsuccessful"),
            "no longer gives access",
            1,
        ),
        (403, HTML, page.into(), "guest network", 1),
        (
            404,
            TEXT,
            "The resource you're looking for cannot be found".into(),
            "does not know this record",
            1,
        ),
        (412, TEXT, "Precondition failed".into(), "HTTP 412", 1),
        (413, TEXT, String::new(), "larger than Xero accepts", 1),
        (302, HTML, String::new(), "does not redirect", 1),
        (400, HTML, page.into(), "guest network", 1),
        (
            400,
            JSON,
            r#"{"ErrorNumber":16,"Type":"QueryParseException","Message":"Expression expected"}"#
                .into(),
            "Expression expected",
            1,
        ),
        (
            400,
            JSON,
            r#"{"ErrorNumber":51,"Type":"HighVolumeException","Message":"many"}"#.into(),
            "too many records",
            1,
        ),
        // Good by its status, and yet not what Xero sends.
        (200, HTML, page.into(), "not JSON", 1),
        (
            200,
            JSON,
            r#"{"Invoices":[{"InvoiceID":"a"#.into(),
            "cut off",
            1,
        ),
        (200, JSON, String::new(), "Invoices is missing", 1),
        (
            200,
            JSON,
            r#"{"Invoices":7}"#.into(),
            "Invoices is missing",
            1,
        ),
        (200, "application/xml", "<Response/>".into(), "not JSON", 1),
        // JSON all the same: what it is called does not matter.
        (200, TEXT, r#"{"Invoices":[]}"#.into(), "", 1),
    ]
}

#[tokio::test]
async fn each_failure_of_a_read_is_understood() {
    for (status, kind, body, words, calls) in failures() {
        let stage = organisation();
        let shown = format!("{status} {body}");
        stage.intercept(move |_, _| Some(Ok(answer(status, kind, body.clone()))));
        let read = stage.client.page::<Invoice>(&Position::default()).await;
        match read {
            Ok(page) => assert!(words.is_empty() && page.rows.is_empty(), "{shown}"),
            Err(error) => assert!(
                !words.is_empty() && error.to_string().contains(words),
                "{shown}: {error}"
            ),
        }
        assert_eq!(stage.calls(), calls, "{shown}");
    }
}

#[tokio::test]
async fn an_answer_of_absurd_size_is_given_up() {
    let stage = organisation();
    stage.intercept(|_, _| {
        Some(Err(NetError::TooLarge {
            host: "api.xero.com".into(),
            limit: 64,
        }))
    });
    let error = stage
        .client
        .page::<Invoice>(&Position::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("more than 64 bytes"), "{error}");
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_renewed_unseen() {
    let stage = organisation();
    let wire = stage.wire.clone();
    let now = wire.clock.now();
    wire.world.lock().unwrap().expire_tokens(now);
    let page = stage.client.page::<Invoice>(&Position::default()).await;
    assert!(page.unwrap().rows.is_empty());
    assert_eq!(stage.calls(), 2);
}

#[tokio::test]
async fn a_write_is_repeated_only_where_that_is_safe() {
    for (status, body, calls, doubt) in [
        (503, "The Xero API is temporarily unavailable", 5, false),
        (
            503,
            "The Xero API is currently offline for maintenance",
            1,
            false,
        ),
        (500, "", 1, true),
        (200, "<html>", 1, true),
        (400, "{}", 1, false),
    ] {
        let stage = organisation();
        stage.intercept(move |_, _| Some(Ok(answer(status, TEXT, body))));
        let error = stage
            .write(Target::Contacts, "PUT", json!({"Name": "Ann"}), "k")
            .await
            .unwrap_err();
        assert_eq!(
            error.may_have_been_done(),
            doubt,
            "{status} {body}: {error:?}"
        );
        assert_eq!(stage.calls(), calls, "{status} {body}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let stage = organisation();
    let wire = stage.wire.clone();
    stage.intercept(move |request, before| {
        (before == 0).then(|| {
            use sandbox::RemoteSystem as _;
            let now = wire.clock.now();
            let mut world = wire.world.lock().unwrap();
            let carried_out = world.handle(request, now);
            assert_eq!(carried_out.status(), 200);
            Err(NetError::AnswerLost {
                host: "api.xero.com".into(),
                why: "reset".into(),
            })
        })
    });
    stage.create(Target::Contacts, json!({"Name": "Ann"})).await;
    assert_eq!(stage.calls(), 2);
    let contacts = stage.wire.world.lock().unwrap().state()["Contacts"].clone();
    assert_eq!(contacts.as_array().unwrap().len(), 1);
}

/// R25: Xero knows a key for six minutes, and a repetition after that would be carried out a second time. A
/// call may take so long by its own slowness, or by minutes that Xero has no calls left in.
#[tokio::test]
async fn a_write_in_doubt_is_not_repeated_when_its_key_may_be_forgotten() {
    let slow = Setting {
        latency: chrono::Duration::seconds(100),
        ..Setting::free(Arc::new(JumpClock::at(noon())))
    };
    let out_of_calls = Setting::free(Arc::new(JumpClock::at(noon())));
    for (setting, then_refused, calls) in [(slow, false, 3), (out_of_calls, true, 6)] {
        let stage = stage(setting);
        stage.intercept(move |_, before| {
            if before > 0 && then_refused {
                let refused = http::Response::builder()
                    .status(429)
                    .header("retry-after", "60")
                    .header("x-rate-limit-problem", "minute");
                return Some(Ok(refused.body(Bytes::new()).unwrap()));
            }
            Some(Err(NetError::AnswerLost {
                host: "api.xero.com".into(),
                why: "reset".into(),
            }))
        });
        let error = stage
            .write(Target::Contacts, "PUT", json!({"Name": "Ann"}), "k")
            .await
            .unwrap_err();
        // What it may have done is looked up.
        assert!(error.may_have_been_done(), "{error:?}");
        let took = stage.wire.clock.now() - noon();
        assert_eq!(stage.calls(), calls, "after {took}");
    }
}

#[tokio::test]
async fn a_bad_element_fails_alone_and_keeps_words_nobody_knows() {
    let stage = organisation();
    let body = json!({"Contacts": [
        {"ContactID": "00000000-0000-0000-0000-000000000000", "Name": "Ann", "HasErrors": true,
         "StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "Something new."}]},
    ]})
    .to_string();
    stage.intercept(move |_, _| Some(Ok(answer(200, JSON, body.clone()))));
    let written = stage
        .write(Target::Contacts, "PUT", json!({"Name": "Ann"}), "k")
        .await;
    let shown = format!("{written:?}");
    assert!(
        shown.contains("Refused") && shown.contains("Something new."),
        "{shown}"
    );
}

#[tokio::test]
async fn refusing_for_ever_ends() {
    let stage = organisation();
    stage.intercept(|_, _| Some(Ok(answer(429, TEXT, ""))));
    let error = stage.client.organisation().await.unwrap_err();
    assert!(matches!(error, XeroError::Busy), "{error:?}");
    assert_eq!(stage.calls(), 11);
}
