//! Engine.IO 4 frames and Socket.IO 5 packets as text, which is all that Frappe sends.
//!
//! A frame's first digit is Engine.IO's kind; a message's second one is Socket.IO's. Between it and
//! the JSON stand, each optional, the number of binary parts and a dash, the namespace and a comma,
//! and the number of an acknowledgement (socket.io-protocol, revision 5).

use std::time::Duration;

use serde_json::Value;

/// One frame from the server.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    /// The connection is open.
    Open {
        /// How often the server sends a ping.
        ping_interval: Duration,
        /// How late a ping may be.
        ping_timeout: Duration,
    },
    /// The server closes the connection.
    Close,
    /// To be answered with [`PONG`].
    Ping,
    /// A packet of our namespace.
    Packet(Packet),
    /// Nothing of interest: a pong, a packet of another namespace, an acknowledgement.
    Other,
}

/// One packet in our namespace.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Packet {
    /// We are in.
    Joined,
    /// The namespace was refused, with the server's words.
    Refused(String),
    /// The server took us out of the namespace.
    Left,
    /// Something happened.
    Event {
        /// The event's name.
        name: String,
        /// What came with it.
        arguments: Vec<Value>,
    },
}

/// What the server sent is not of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

/// The answer to a ping.
pub(super) const PONG: &str = "3";

/// Intervals beyond these are not believed: a server could make us wait for ever, or never.
const INTERVALS: std::ops::RangeInclusive<u64> = 1_000..=300_000;

/// Asks to be let into a namespace.
pub(super) fn join(namespace: &str) -> String {
    format!("40/{namespace},")
}

/// Sends an event.
pub(super) fn event(namespace: &str, name: &str, argument: &str) -> String {
    let content = Value::from(vec![name, argument]);
    format!("42/{namespace},{content}")
}

/// Reads a frame.
pub(super) fn read(text: &str, namespace: &str) -> Result<Frame, Malformed> {
    let mut letters = text.chars();
    match letters.next() {
        Some('0') => open(letters.as_str()),
        Some('1') => Ok(Frame::Close),
        Some('2') => Ok(Frame::Ping),
        Some('4') => packet(letters.as_str(), namespace),
        Some('3' | '5' | '6') => Ok(Frame::Other),
        _ => Err(malformed("an unknown frame", text)),
    }
}

fn malformed(what: &str, text: &str) -> Malformed {
    Malformed(format!(
        "{what}: {}",
        net::redact::shorten(&net::redact::plain(text), 80)
    ))
}

fn open(text: &str) -> Result<Frame, Malformed> {
    let bad = || malformed("an unreadable handshake", text);
    let value: Value = serde_json::from_str(text).map_err(|_| bad())?;
    let interval = |name: &str| {
        let millis = value.get(name)?.as_u64()?;
        Some(Duration::from_millis(
            millis.clamp(*INTERVALS.start(), *INTERVALS.end()),
        ))
    };
    Ok(Frame::Open {
        ping_interval: interval("pingInterval").ok_or_else(bad)?,
        ping_timeout: interval("pingTimeout").ok_or_else(bad)?,
    })
}

fn packet(text: &str, namespace: &str) -> Result<Frame, Malformed> {
    let bad = || malformed("an unreadable packet", text);
    let mut letters = text.chars();
    let kind = letters.next().ok_or_else(bad)?;
    let mut rest = letters.as_str();
    if !matches!(kind, '0'..='6') {
        return Err(bad());
    }
    if matches!(kind, '5' | '6') {
        // Binary parts follow in frames of their own; Frappe sends none.
        return Ok(Frame::Other);
    }
    let of = if let Some(after) = rest.strip_prefix('/') {
        let (of, after) = after.split_once(',').unwrap_or((after, ""));
        rest = after;
        // A query may stand behind the name.
        of.split_once('?').map_or(of, |(of, _)| of)
    } else {
        ""
    };
    // The number of an acknowledgement wanted of us: nobody waits for it.
    let content = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if of != namespace {
        // A refusal may come without the namespace it is about; nothing else was asked for.
        let about_us = kind == '4' && of.is_empty();
        if !about_us {
            return Ok(Frame::Other);
        }
    }
    let packet = match kind {
        '0' => Packet::Joined,
        '1' => Packet::Left,
        '2' => {
            let Ok(Value::Array(mut content)) = serde_json::from_str(content) else {
                return Err(bad());
            };
            if content.is_empty() {
                return Err(bad());
            }
            let Value::String(name) = content.remove(0) else {
                return Err(bad());
            };
            Packet::Event {
                name,
                arguments: content,
            }
        }
        '3' => return Ok(Frame::Other),
        '4' => {
            let value: Value = serde_json::from_str(content).map_err(|_| bad())?;
            let words = value.get("message").unwrap_or(&value);
            let words = words
                .as_str()
                .map_or_else(|| words.to_string(), str::to_owned);
            Packet::Refused(net::redact::shorten(&net::redact::plain(&words), 200))
        }
        _ => return Err(bad()),
    };
    Ok(Frame::Packet(packet))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const SITE: &str = "erp.localhost";

    fn event_of(name: &str, arguments: Vec<Value>) -> Frame {
        Frame::Packet(Packet::Event {
            name: name.to_owned(),
            arguments,
        })
    }

    #[test]
    fn frames_as_the_server_sends_them() {
        let refused = |words: &str| Frame::Packet(Packet::Refused(words.to_owned()));
        for (text, frame) in [
            (
                r#"0{"sid":"CQp","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#,
                Frame::Open {
                    ping_interval: Duration::from_secs(25),
                    ping_timeout: Duration::from_secs(20),
                },
            ),
            (
                r#"0{"pingInterval":0,"pingTimeout":18446744073709551615}"#,
                Frame::Open {
                    ping_interval: Duration::from_secs(1),
                    ping_timeout: Duration::from_mins(5),
                },
            ),
            ("1", Frame::Close),
            ("2", Frame::Ping),
            ("2probe", Frame::Ping),
            ("3", Frame::Other),
            ("6", Frame::Other),
            (
                r#"40/erp.localhost,{"sid":"x"}"#,
                Frame::Packet(Packet::Joined),
            ),
            ("40/erp.localhost", Frame::Packet(Packet::Joined)),
            (r#"40{"sid":"x"}"#, Frame::Other),
            ("41/erp.localhost,", Frame::Packet(Packet::Left)),
            (
                r#"42/erp.localhost,["list_update",{"doctype":"Customer","name":"A, B [1]","user":"u"}]"#,
                event_of(
                    "list_update",
                    vec![json!({"doctype": "Customer", "name": "A, B [1]", "user": "u"})],
                ),
            ),
            (
                r#"42/erp.localhost,7["pong"]"#,
                event_of("pong", Vec::new()),
            ),
            (r#"42/other.site,["list_update",{}]"#, Frame::Other),
            ("43/erp.localhost,1[]", Frame::Other),
            (
                r#"451-/erp.localhost,["x",{"_placeholder":true}]"#,
                Frame::Other,
            ),
            (
                r#"44/erp.localhost,{"message":"Invalid namespace"}"#,
                refused("Invalid namespace"),
            ),
            (r#"44{"message":"Unauthorized"}"#, refused("Unauthorized")),
            (r#"44/erp.localhost,"no""#, refused("no")),
        ] {
            assert_eq!(read(text, SITE), Ok(frame), "{text}");
        }
    }

    #[test]
    fn what_is_not_of_the_protocol_is_said_so() {
        for text in [
            "",
            "9",
            "hello",
            "é",
            "0",
            "0{}",
            r#"0{"pingInterval":-1,"pingTimeout":2}"#,
            r#"0{"pingInterval":"25000","pingTimeout":20000}"#,
            "4",
            "4x",
            "42/erp.localhost,",
            "42/erp.localhost,[]",
            "42/erp.localhost,[1]",
            "42/erp.localhost,{}",
            r#"42/erp.localhost,["cut off"#,
            "44/erp.localhost,",
            "49/erp.localhost,",
        ] {
            assert!(read(text, SITE).is_err(), "{text}");
        }
        let deep = format!("42/{SITE},{}", "[".repeat(100_000));
        assert!(read(&deep, SITE).is_err());
        let Err(Malformed(words)) = read(&"x".repeat(10_000), SITE) else {
            panic!("it was taken");
        };
        assert!(words.len() < 200, "{}", words.len());
    }

    #[test]
    fn what_we_send() {
        assert_eq!(join(SITE), "40/erp.localhost,");
        assert_eq!(
            event(SITE, "doctype_subscribe", "Sales Invoice"),
            r#"42/erp.localhost,["doctype_subscribe","Sales Invoice"]"#
        );
    }
}
