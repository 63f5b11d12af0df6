#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::books::{Outcome, Reply};
use crate::generator::{Country, DemoSize, GeneratorConfig};

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn books() -> DemoBooks {
    let config = GeneratorConfig {
        size: DemoSize {
            contacts: 12,
            invoices: 16,
        },
        seed: 1,
        country: Country::Gb,
        today: now().date_naive(),
    };
    DemoBooks::open(config, now()).unwrap()
}

fn request(method: &str, path: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn door(
    books: &mut DemoBooks,
    system: System,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, Value) {
    match books
        .handle(system, &request(method, path, body), now())
        .reply
    {
        Reply::Response(response) => (
            response.status().as_u16(),
            serde_json::from_slice(response.body()).unwrap(),
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn faults_are_set_counted_and_removed() {
    let mut books = books();
    let rules = r#"{"seed":3,"rules":[{"method":"GET","path":"/api/method/ping","effect":"drop_after_commit"}]}"#;
    let (status, set) = door(
        &mut books,
        System::Erpnext,
        "POST",
        "/__sandbox/faults",
        rules,
    );
    assert_eq!((status, set["rules"][0]["struck"].clone()), (200, json!(0)));
    let ping = request("GET", "/api/method/ping", "");
    let lost = |books: &mut DemoBooks, system| {
        matches!(
            books.handle(system, &ping, now()),
            Outcome {
                reply: Reply::AnswerLost,
                ..
            }
        )
    };
    assert!(lost(&mut books, System::Erpnext));
    assert!(
        !lost(&mut books, System::Xero),
        "each system has its own rules"
    );
    let (_, report) = door(&mut books, System::Erpnext, "GET", "/__sandbox/faults", "");
    assert_eq!(report["rules"][0]["struck"], 1);
    assert_eq!(report["seed"], 3);
    let (_, cleared) = door(
        &mut books,
        System::Erpnext,
        "DELETE",
        "/__sandbox/faults",
        "",
    );
    assert_eq!(cleared["rules"], json!([]));
    assert!(!lost(&mut books, System::Erpnext));
}

#[test]
fn each_effect_shows_as_it_should() {
    let mut books = books();
    let ping = request("GET", "/api/method/ping", "");
    let mut with = |effect: &str| {
        let rules = format!(r#"{{"rules":[{{"effect":{effect}}}]}}"#);
        let (status, _) = door(
            &mut books,
            System::Erpnext,
            "POST",
            "/__sandbox/faults",
            &rules,
        );
        assert_eq!(status, 200, "{effect}");
        books.handle(System::Erpnext, &ping, now())
    };
    let whole = |outcome: Outcome| match outcome.reply {
        Reply::Response(response) => response,
        other => panic!("{other:?}"),
    };
    let refused = whole(with(
        r#"{"refuse":{"status":417,"body":{"exc_type":"ValidationError"}}}"#,
    ));
    assert_eq!(refused.status(), 417);
    assert_eq!(&refused.body()[..], br#"{"exc_type":"ValidationError"}"#);
    let limited = whole(with(
        r#"{"too_many_requests":{"retry_after":7,"problem":"day"}}"#,
    ));
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "7");
    assert_eq!(limited.headers()["x-rate-limit-problem"], "day");
    assert_eq!(whole(with(r#"{"server_error":502}"#)).status(), 502);
    assert!(
        whole(with(r#""html""#))
            .body()
            .starts_with(b"<!DOCTYPE html>")
    );
    assert!(matches!(with(r#""offline""#).reply, Reply::NotSent));
    assert!(matches!(with(r#""drop_before""#).reply, Reply::NotSent));
    let late = with(r#"{"delay":250}"#);
    assert_eq!(late.delay.as_millis(), 250);
    assert_eq!(whole(late).status(), 200);
    match with(r#""cut_off""#).reply {
        Reply::CutOff { response, whole } => assert_eq!(response.body().len(), whole / 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_clock_goes_forward_for_both_systems() {
    let mut books = books();
    let (_, before) = door(&mut books, System::Xero, "GET", "/__sandbox/clock", "");
    assert_eq!(before, json!({"now": "2026-11-22T12:00:00.000Z"}));
    let (status, after) = door(
        &mut books,
        System::Xero,
        "POST",
        "/__sandbox/clock",
        r#"{"advance_seconds":90}"#,
    );
    assert_eq!(
        (status, after),
        (200, json!({"now": "2026-11-22T12:01:30.000Z"}))
    );
    let (_, other) = door(
        &mut books,
        System::Erpnext,
        "POST",
        "/__sandbox/clock",
        r#"{"advance_to":"2026-11-23T00:00:00Z"}"#,
    );
    assert_eq!(other, json!({"now": "2026-11-23T00:00:00.000Z"}));
}

#[test]
fn refusals_say_what_was_wrong() {
    let mut books = books();
    let cases = [
        (
            "POST",
            "/__sandbox/clock",
            r#"{"advance_seconds":-1}"#,
            400,
            "forward only",
        ),
        ("POST", "/__sandbox/clock", "{}", 400, "advance_seconds"),
        (
            "POST",
            "/__sandbox/clock",
            r#"{"advance_seconds":9e99}"#,
            400,
            "the body",
        ),
        (
            "POST",
            "/__sandbox/faults",
            r#"{"rules":[{"effect":"melt"}]}"#,
            400,
            "melt",
        ),
        ("POST", "/__sandbox/faults", "not json", 400, "the body"),
        ("POST", "/__sandbox/records", "7", 400, "JSON object"),
        (
            "POST",
            "/__sandbox/records",
            r#"[{"nonsense":1}]"#,
            400,
            "edit 0",
        ),
        ("DELETE", "/__sandbox/state", "", 405, "DELETE"),
        ("GET", "/__sandbox/elsewhere", "", 404, "faults"),
        ("GET", "/__sandbox", "", 404, "there is no"),
    ];
    for system in [System::Xero, System::Erpnext] {
        for (method, path, body, expected, words) in cases {
            let (status, answer) = door(&mut books, system, method, path, body);
            let error = answer["error"].as_str().unwrap();
            assert_eq!(status, expected, "{method} {path}: {error}");
            assert!(error.contains(words), "{method} {path}: {error}");
        }
    }
}

#[test]
fn the_expected_exceptions_can_be_read() {
    let mut books = books();
    let (_, expected) = door(&mut books, System::Xero, "GET", "/__sandbox/expected", "");
    assert_eq!(expected[0]["cause"], "several_candidates");
    assert_eq!(expected.as_array().unwrap().len(), 3);
}

#[test]
fn an_edit_changes_the_record_and_its_page_shows_it() {
    let mut books = books();
    let created = r#"[{"op":"create_contact","Name":"Thorn & Vine <Ltd"},{"op":"create_contact","Name":"Thorn & Vine"}]"#;
    let (status, refused) = door(
        &mut books,
        System::Xero,
        "POST",
        "/__sandbox/records",
        created,
    );
    assert_eq!(status, 400, "{refused}");
    let created = r#"{"op":"create_contact","Name":"Thorn & Vine"}"#;
    let (status, contact) = door(
        &mut books,
        System::Xero,
        "POST",
        "/__sandbox/records",
        created,
    );
    assert_eq!((status, &contact["Name"]), (200, &json!("Thorn & Vine")));
    let id = contact["ContactID"].as_str().unwrap();
    let (_, state) = door(&mut books, System::Xero, "GET", "/__sandbox/state", "");
    let held = state["Contacts"].as_array().unwrap();
    assert!(held.iter().any(|held| held["ContactID"] == id));
    let page = page(&mut books, System::Xero, &format!("/Contacts/View/{id}"));
    assert!(page.contains("<h1>Thorn &amp; Vine</h1>"), "{page}");

    let customer = r#"{"op":"create","doctype":"Customer","fields":{"customer_name":"Thé & Co"}}"#;
    let (status, _) = door(
        &mut books,
        System::Erpnext,
        "POST",
        "/__sandbox/records",
        customer,
    );
    assert_eq!(status, 200);
    let page = self::page(
        &mut books,
        System::Erpnext,
        "/app/customer/Th%C3%A9%20%26%20Co",
    );
    assert!(page.contains("<h1>Thé &amp; Co</h1>"), "{page}");
    let missing = request("GET", "/app/customer/Nobody", "");
    match books.handle(System::Erpnext, &missing, now()).reply {
        Reply::Response(response) => assert_eq!(response.status(), 404),
        other => panic!("{other:?}"),
    }
}

fn page(books: &mut DemoBooks, system: System, path: &str) -> String {
    match books.handle(system, &request("GET", path, ""), now()).reply {
        Reply::Response(response) => String::from_utf8(response.body().to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_call_is_listed() {
    let mut books = books();
    for system in [System::Xero, System::Erpnext] {
        books.handle(system, &request("GET", "/api/method/ping", ""), now());
        let (_, calls) = door(&mut books, system, "GET", "/__sandbox/calls", "");
        let calls = calls.as_array().unwrap();
        assert_eq!(
            calls.len(),
            1,
            "{system}: the generated records cost no calls"
        );
        assert_eq!(calls[0]["path"], "/api/method/ping");
    }
}

#[test]
fn percent_escapes_are_decoded() {
    for (text, expected) in [
        ("a%20b", "a b"),
        ("Caf%C3%A9", "Café"),
        ("100%", "100%"),
        ("%zz%2", "%zz%2"),
        ("", ""),
    ] {
        assert_eq!(decoded(text), expected);
    }
}
