#![allow(clippy::unwrap_used)]
use super::*;
use chrono::Duration;
use net::{JumpClock, SystemClock};
use secrecy::ExposeSecret;
use tokio::io::AsyncReadExt;

async fn get(address: SocketAddr, port: u16, target: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: */*\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn free() -> Listener {
    Listener::bind("Books", &[0]).await.unwrap()
}

fn later() -> (Arc<dyn Clock>, DateTime<Utc>) {
    (Arc::new(SystemClock), Utc::now() + Duration::minutes(5))
}

#[tokio::test]
async fn hears_the_code_after_ignoring_everything_else() {
    let listener = free().await;
    let port = listener.port;
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (clock, deadline) = later();
    let cancel = CancellationToken::new();
    let visits = async {
        // A connection the browser opens and never uses must not block the others.
        let _idle = TcpStream::connect(v4).await.unwrap();
        assert!(
            get(v4, port, "/favicon.ico")
                .await
                .starts_with("HTTP/1.1 404")
        );
        assert!(
            get(v4, port, "/callback?code=evil&state=other")
                .await
                .starts_with("HTTP/1.1 400")
        );
        get(v4, port, "/callback?code=abc%2Bd&state=s-1&scope=openid").await
    };
    let (code, page) = tokio::join!(listener.wait("s-1", clock, deadline, &cancel), visits);
    assert_eq!(code.unwrap().expose_secret(), "abc+d");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("Books is connected"));
    assert!(page.contains("You can close this window"));
    assert!(!page.contains("<script"));
    assert!(!page.contains("abc"));
}

#[tokio::test]
async fn hears_it_on_ipv6_too() {
    let listener = free().await;
    if listener.sockets.len() < 2 {
        return;
    }
    let port = listener.port;
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let (clock, deadline) = later();
    let cancel = CancellationToken::new();
    let (code, _) = tokio::join!(
        listener.wait("s", clock, deadline, &cancel),
        get(v6, port, "/callback?state=s&code=c")
    );
    assert_eq!(code.unwrap().expose_secret(), "c");
}

#[tokio::test]
async fn declining_is_told_from_other_errors() {
    for (query, declined) in [("access_denied", true), ("invalid_scope", false)] {
        let listener = free().await;
        let port = listener.port;
        let (clock, deadline) = later();
        let cancel = CancellationToken::new();
        let target = format!("/callback?error={query}&state=s");
        let (code, page) = tokio::join!(
            listener.wait("s", clock, deadline, &cancel),
            get((Ipv4Addr::LOCALHOST, port).into(), port, &target)
        );
        let error = code.unwrap_err();
        assert_eq!(matches!(error, AuthError::Declined), declined, "{error}");
        assert_eq!(page.contains("Access was declined"), declined);
    }
}

#[tokio::test]
async fn a_decline_without_the_state_counts_only_where_the_provider_sends_such() {
    let bare = "/callback?error=access_denied";
    let listener = free().await.taking_bare_declines(true);
    let port = listener.port;
    let (clock, deadline) = later();
    let cancel = CancellationToken::new();
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (code, page) = tokio::join!(
        listener.wait("s", clock, deadline, &cancel),
        get(v4, port, bare)
    );
    assert!(matches!(code, Err(AuthError::Declined)), "{code:?}");
    assert!(page.contains("Access was declined"), "{page}");

    // Elsewhere it is somebody else's, and so is every bare code anywhere.
    for (takes, foreign) in [
        (false, bare),
        (true, "/callback?code=evil"),
        (true, "/callback?error=server_error"),
        (true, "/callback?error=access_denied&code=evil"),
    ] {
        let listener = free().await.taking_bare_declines(takes);
        let port = listener.port;
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (clock, deadline) = later();
        let visits = async {
            let page = get(v4, port, foreign).await;
            assert!(page.starts_with("HTTP/1.1 400"), "{foreign}: {page}");
            get(v4, port, "/callback?state=s&code=ours").await
        };
        let (code, _) = tokio::join!(listener.wait("s", clock, deadline, &cancel), visits);
        assert_eq!(code.unwrap().expose_secret(), "ours", "{foreign}");
    }
}

#[tokio::test]
async fn gives_up_in_time_and_when_cancelled() {
    let cancel = CancellationToken::new();
    let now = Utc::now();
    let clock = Arc::new(JumpClock::at(now));
    let late = now + Duration::minutes(5);
    let error = free()
        .await
        .wait("s", clock.clone(), late, &cancel)
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::TimedOut), "{error}");
    assert_eq!(clock.now(), late);

    cancel.cancel();
    let (clock, deadline) = later();
    let error = free()
        .await
        .wait("s", clock, deadline, &cancel)
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::Cancelled), "{error}");
}

#[tokio::test]
async fn a_busy_port_is_passed_over() {
    let busy = free().await;
    let other = Listener::bind("Books", &[busy.port, 0]).await.unwrap();
    assert_ne!(other.port, busy.port);
    assert_eq!(
        other.redirect_uri(),
        format!("http://localhost:{}/callback", other.port)
    );
    let error = Listener::bind("Books", &[busy.port]).await.err().unwrap();
    assert!(
        error.to_string().contains(&busy.port.to_string()),
        "{error}"
    );
}

#[test]
fn requests_are_read_strictly() {
    let parse = |head: &str| request::parse(head.as_bytes(), 49210);
    let ours = "Host: localhost:49210\r\n\r\n";
    assert_eq!(
        parse(&format!("GET /callback?code=a&state=b HTTP/1.1\r\n{ours}")),
        Arrival::Return {
            code: Some("a".into()),
            state: Some("b".into()),
            error: None
        }
    );
    for (head, expected) in [
        (
            format!("GET /callback/x HTTP/1.1\r\n{ours}"),
            Arrival::Elsewhere,
        ),
        (
            format!("POST /callback HTTP/1.1\r\n{ours}"),
            Arrival::Malformed,
        ),
        (
            format!("GET http://x/ HTTP/1.1\r\n{ours}"),
            Arrival::Malformed,
        ),
        (format!("nonsense\r\n{ours}"), Arrival::Malformed),
        (
            "GET /callback?code=a HTTP/1.1\r\nHost: rebound.example:49210\r\n\r\n".into(),
            Arrival::Malformed,
        ),
        (
            "GET /callback?code=a HTTP/1.1\r\nHost: localhost:1\r\n\r\n".into(),
            Arrival::Malformed,
        ),
        (
            "GET /callback?code=a HTTP/1.1\r\n\r\n".into(),
            Arrival::Malformed,
        ),
    ] {
        assert_eq!(parse(&head), expected, "{head}");
    }
}
