#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{NaiveDate, TimeDelta};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

fn small() -> DemoConfig {
    DemoConfig {
        size: DemoSize {
            contacts: 3,
            invoices: 5,
        },
        ..DemoConfig::default()
    }
}

fn port(url: &str) -> u16 {
    url.strip_prefix("http://localhost:")
        .unwrap()
        .parse()
        .unwrap()
}

/// Sends one request on a connection of its own and reads until the server closes it.
async fn exchange(url: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port(url))).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the last byte is how a broken connection may look.
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8(answer).unwrap()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn both_servers_answer_until_they_are_stopped() {
    let running = serve(small()).await.unwrap();
    let (xero, erpnext) = (
        running.ready.xero.api_url.clone(),
        running.ready.erpnext.url.clone(),
    );
    let ping = exchange(&erpnext, "GET", "/api/method/ping", "").await;
    assert!(ping.starts_with("HTTP/1.1 200 OK\r\n"), "{ping}");
    let advanced = exchange(
        &xero,
        "POST",
        "/__sandbox/clock",
        r#"{"advance_to":"2099-01-01T00:00:00Z"}"#,
    )
    .await;
    assert!(
        body(&advanced).starts_with(r#"{"now":"2099-01-01T"#),
        "{advanced}"
    );
    // Answers are dated by the clock that the records are stamped with.
    let ping = exchange(&erpnext, "GET", "/api/method/ping", "").await;
    assert!(ping.contains("\r\ndate: Thu, 01 Jan 2099 00:00:"), "{ping}");
    let other = exchange(&erpnext, "GET", "/__sandbox/clock", "").await;
    assert!(
        body(&other).starts_with(r#"{"now":"2099-01-01T"#),
        "{other}"
    );
    for (url, title) in [
        (&xero, "<h1>Maple Florist</h1>"),
        (&erpnext, "<h1>Maple Florist Ltd</h1>"),
    ] {
        let page = exchange(url, "GET", "/", "").await;
        assert!(
            page.contains("content-type: text/html; charset=utf-8"),
            "{page}"
        );
        assert!(page.contains(title), "{page}");
    }
    running.shutdown().await.unwrap();
    assert!(
        TcpStream::connect(("127.0.0.1", port(&xero)))
            .await
            .is_err()
    );
    assert!(
        TcpStream::connect(("127.0.0.1", port(&erpnext)))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_lost_answer_is_a_connection_closed_without_a_byte() {
    let running = serve(small()).await.unwrap();
    let url = running.ready.erpnext.url.clone();
    for effect in ["drop_after_commit", "drop_before", "offline"] {
        let rules = format!(r#"{{"rules":[{{"path":"ping","effect":"{effect}"}}]}}"#);
        let set = exchange(&url, "POST", "/__sandbox/faults", &rules).await;
        assert!(set.starts_with("HTTP/1.1 200"), "{set}");
        assert_eq!(
            exchange(&url, "GET", "/api/method/ping", "").await,
            "",
            "{effect}"
        );
    }
    exchange(&url, "DELETE", "/__sandbox/faults", "").await;
    let ping = exchange(&url, "GET", "/api/method/ping", "").await;
    assert!(ping.starts_with("HTTP/1.1 200"), "{ping}");
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_cut_off_body_is_shorter_than_it_says() {
    let running = serve(small()).await.unwrap();
    let url = running.ready.erpnext.url.clone();
    let whole = exchange(&url, "GET", "/api/method/ping", "").await;
    let rules = r#"{"rules":[{"path":"ping","effect":"cut_off"}]}"#;
    exchange(&url, "POST", "/__sandbox/faults", rules).await;
    let cut = exchange(&url, "GET", "/api/method/ping", "").await;
    let length = body(&whole).len();
    assert!(length > 1);
    assert!(
        cut.contains(&format!("content-length: {length}\r\n")),
        "{cut}"
    );
    assert_eq!(body(&cut), &body(&whole)[..length / 2]);
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let running = serve(small()).await.unwrap();
    let port = port(&running.ready.xero.api_url);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = format!(
        "PUT /api.xro/2.0/Invoices HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        BODY_LIMIT + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b' '; 1024 * 1024];
    for _ in 0..=BODY_LIMIT / chunk.len() {
        // The server may answer and close before it has read everything.
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn only_loopback_addresses_are_served() {
    let config = DemoConfig {
        erpnext_addr: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..small()
    };
    let error = serve(config).await.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[tokio::test]
async fn books_lead_up_to_the_day_that_is_asked_for() {
    let today = NaiveDate::from_ymd_opt(2025, 3, 4).unwrap();
    let on = |today: NaiveDate| DemoConfig {
        today: Some(today),
        ..small()
    };
    let mut dates: Vec<Vec<NaiveDate>> = Vec::new();
    for day in [today, today + TimeDelta::days(10)] {
        let running = serve(on(day)).await.unwrap();
        dates.push(running.with_books(|books| {
            let invoices = books.data.invoices.iter();
            invoices.map(|invoice| invoice.date).collect()
        }));
        running.shutdown().await.unwrap();
    }
    assert!(dates[0].iter().all(|date| *date <= today), "{dates:?}");
    let later = dates[0].iter().map(|date| *date + TimeDelta::days(10));
    assert_eq!(dates[1], later.collect::<Vec<_>>());
    let error = serve(on(NaiveDate::MAX)).await.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("still to come"), "{error}");
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let running = serve(small()).await.unwrap();
    let taken = SocketAddr::from(([127, 0, 0, 1], port(&running.ready.xero.api_url)));
    let error = serve(DemoConfig {
        xero_addr: taken,
        ..small()
    })
    .await
    .err()
    .unwrap();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_ready_line_has_what_a_client_needs_to_connect() {
    let running = serve(small()).await.unwrap();
    let line = serde_json::to_value(&running.ready).unwrap();
    let keys =
        |side: &str| -> Vec<String> { line[side].as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        keys("xero"),
        [
            "api_url",
            "identity_url",
            "client_id",
            "client_secret",
            "custom_client_id",
            "custom_client_secret",
            "webhook_key",
            "tenant_id"
        ]
    );
    assert_eq!(
        keys("erpnext"),
        ["url", "socketio_url", "key", "secret", "company"]
    );
    assert_eq!(line["erpnext"]["company"], "Maple Florist Ltd");
    assert_eq!(line["xero"]["api_url"], line["xero"]["identity_url"]);
    running.shutdown().await.unwrap();
}

#[test]
fn a_caller_who_hangs_up_is_no_call_in_progress_any_more() {
    let all = std::sync::Arc::default();
    let (first, crowd) = super::InProgress::begin(&all);
    assert_eq!(crowd, 1);
    let (_second, crowd) = super::InProgress::begin(&all);
    assert_eq!(crowd, 2);
    drop(first);
    let (_third, crowd) = super::InProgress::begin(&all);
    assert_eq!(crowd, 2);
}
