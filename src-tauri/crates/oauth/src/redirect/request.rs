//! Reads just enough of HTTP/1.1 to hear one return.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use url::{Host, Url};

use super::PATH;

/// No browser sends a longer head; whoever does is not one.
const LONGEST_HEAD: usize = 16 * 1024;

/// What a request was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The browser came back.
    Return {
        code: Option<String>,
        state: Option<String>,
        error: Option<String>,
    },
    /// Some other address: a favicon, a probe.
    Elsewhere,
    /// Not a request we answer.
    Malformed,
}

/// Reads one request's head; `None` where the connection was closed before it was whole.
pub(super) async fn read_arrival(socket: &mut TcpStream, port: u16) -> Option<Arrival> {
    let mut head = Vec::with_capacity(2048);
    loop {
        if head.windows(4).any(|window| window == b"\r\n\r\n") {
            return Some(parse(&head, port));
        }
        if head.len() > LONGEST_HEAD {
            return Some(Arrival::Malformed);
        }
        let mut piece = [0; 2048];
        match socket.read(&mut piece).await {
            Ok(count) if count > 0 => head.extend_from_slice(piece.get(..count)?),
            _ => return None,
        }
    }
}

pub(super) fn parse(head: &[u8], port: u16) -> Arrival {
    let Ok(head) = std::str::from_utf8(head) else {
        return Arrival::Malformed;
    };
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some("GET"), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Arrival::Malformed;
    };
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return Arrival::Malformed;
    }
    let host = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim());
    // A page elsewhere whose name was pointed at 127.0.0.1 sends its own name here.
    if !host.is_some_and(|host| is_ours(host, port)) {
        return Arrival::Malformed;
    }
    let Ok(url) = Url::parse(&format!("http://localhost{target}")) else {
        return Arrival::Malformed;
    };
    if url.path() != PATH {
        return Arrival::Elsewhere;
    }
    let value = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    };
    Arrival::Return {
        code: value("code"),
        state: value("state"),
        error: value("error"),
    }
}

fn is_ours(host: &str, port: u16) -> bool {
    Url::parse(&format!("http://{host}/")).is_ok_and(|url| {
        let name = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        name && url.port_or_known_default() == Some(port)
    })
}
