//! One connection's conversation, as a pure value: what came in, what goes out, and until when
//! something must be heard.

use chrono::{DateTime, TimeDelta, Utc};

use super::listener::Why;
use super::packet::{Frame, PONG, Packet, event, join, read};

/// How long opening and joining may take together. The server asks the site who we are before it
/// lets us in, and hangs where it cannot reach it.
const JOIN_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// The longest document name, in characters; Frappe's names have 140.
const LONGEST_NAME: usize = 255;

/// A document that was created, changed, submitted, cancelled or deleted. It says that there is
/// something to read, not what: the reading decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hint {
    /// The DocType, one of those subscribed to.
    pub doctype: String,
    /// The document's name.
    pub name: String,
    /// The user who did it; none where the site does not say.
    pub user: Option<String>,
}

/// What is to be done after something was received.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Send this.
    Send(String),
    /// The subscriptions are on their way.
    Joined,
    /// A document changed.
    Changed(Hint),
    /// The conversation is over.
    Over(Why),
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Session {
    namespace: String,
    doctypes: Vec<String>,
    joined: bool,
    patience: TimeDelta,
    deadline: DateTime<Utc>,
}

impl Session {
    pub(super) fn new(namespace: &str, doctypes: &[String], now: DateTime<Utc>) -> Self {
        Self {
            namespace: namespace.to_owned(),
            doctypes: doctypes.to_vec(),
            joined: false,
            patience: JOIN_WITHIN,
            deadline: now + JOIN_WITHIN,
        }
    }

    /// When the connection counts as dead, unless something is heard before.
    pub(super) fn deadline(&self) -> DateTime<Utc> {
        self.deadline
    }

    /// Takes in one message.
    pub(super) fn receive(&mut self, text: &str, now: DateTime<Utc>) -> Vec<Step> {
        let frame = match read(text, &self.namespace) {
            Ok(frame) => frame,
            Err(malformed) => return vec![Step::Over(Why::Garbage(malformed.to_string()))],
        };
        if self.joined {
            self.deadline = now + self.patience;
        }
        match frame {
            Frame::Open {
                ping_interval,
                ping_timeout,
            } => {
                self.patience =
                    TimeDelta::from_std(ping_interval + ping_timeout).unwrap_or(JOIN_WITHIN);
                vec![Step::Send(join(&self.namespace))]
            }
            Frame::Ping => vec![Step::Send(PONG.to_owned())],
            Frame::Close | Frame::Packet(Packet::Left) => vec![Step::Over(Why::Closed)],
            Frame::Packet(Packet::Refused(words)) => vec![Step::Over(Why::refused(words))],
            Frame::Packet(Packet::Joined) if !self.joined => {
                self.joined = true;
                self.deadline = now + self.patience;
                self.doctypes
                    .iter()
                    .map(|doctype| Step::Send(event(&self.namespace, "doctype_subscribe", doctype)))
                    .chain([Step::Joined])
                    .collect()
            }
            Frame::Packet(Packet::Event { name, arguments }) => self
                .hint(&name, &arguments)
                .map(Step::Changed)
                .into_iter()
                .collect(),
            Frame::Packet(Packet::Joined) | Frame::Other => Vec::new(),
        }
    }

    /// Reads a list update; anything else, and what was not subscribed to, is none.
    fn hint(&self, name: &str, arguments: &[serde_json::Value]) -> Option<Hint> {
        if name != "list_update" {
            return None;
        }
        let update = arguments.first()?;
        let text = |field: &str| update.get(field)?.as_str();
        let (doctype, name) = (text("doctype")?, text("name")?);
        let expected = self.doctypes.iter().any(|ours| ours == doctype);
        let named = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
        (expected && named).then(|| Hint {
            doctype: doctype.to_owned(),
            name: name.to_owned(),
            user: text("user").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::TimeZone;

    fn at(second: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap() + TimeDelta::seconds(second)
    }

    fn joined() -> Session {
        let doctypes = ["Customer".to_owned(), "Sales Invoice".to_owned()];
        let mut session = Session::new("site", &doctypes, at(0));
        assert_eq!(session.deadline(), at(30));
        let opened = session.receive(r#"0{"pingInterval":25000,"pingTimeout":20000}"#, at(1));
        assert_eq!(opened, [Step::Send("40/site,".to_owned())]);
        assert_eq!(
            session.deadline(),
            at(30),
            "being let in has a time of its own"
        );
        let steps = session.receive(r#"40/site,{"sid":"x"}"#, at(2));
        let send = |text: &str| Step::Send(text.to_owned());
        assert_eq!(
            steps,
            [
                send(r#"42/site,["doctype_subscribe","Customer"]"#),
                send(r#"42/site,["doctype_subscribe","Sales Invoice"]"#),
                Step::Joined
            ]
        );
        session
    }

    #[test]
    fn whatever_is_heard_keeps_the_connection_alive() {
        let mut session = joined();
        assert_eq!(session.deadline(), at(47));
        assert_eq!(session.receive("2", at(26)), [Step::Send("3".to_owned())]);
        assert_eq!(session.deadline(), at(71));
        assert_eq!(session.receive(r#"42/site,["all",1]"#, at(50)), []);
        assert_eq!(session.deadline(), at(95));
    }

    #[test]
    fn only_list_updates_of_what_was_subscribed_to_are_hints() {
        let mut session = joined();
        let hint = |doctype: &str, name: &str, user: Option<&str>| {
            vec![Step::Changed(Hint {
                doctype: doctype.to_owned(),
                name: name.to_owned(),
                user: user.map(str::to_owned),
            })]
        };
        let long = "n".repeat(256);
        for (event, steps) in [
            (
                r#"["list_update",{"doctype":"Customer","name":"A/B","user":"a@b"}]"#.to_owned(),
                hint("Customer", "A/B", Some("a@b")),
            ),
            (
                r#"["list_update",{"doctype":"Sales Invoice","name":"S-1"},{"more":1}]"#.to_owned(),
                hint("Sales Invoice", "S-1", None),
            ),
            (
                r#"["list_update",{"doctype":"GL Entry","name":"x"}]"#.to_owned(),
                Vec::new(),
            ),
            (
                r#"["doc_update",{"doctype":"Customer","name":"x"}]"#.to_owned(),
                Vec::new(),
            ),
            (r#"["list_update"]"#.to_owned(), Vec::new()),
            (r#"["list_update","Customer"]"#.to_owned(), Vec::new()),
            (
                r#"["list_update",{"doctype":"Customer","name":7}]"#.to_owned(),
                Vec::new(),
            ),
            (
                r#"["list_update",{"doctype":"Customer","name":""}]"#.to_owned(),
                Vec::new(),
            ),
            (
                format!(r#"["list_update",{{"doctype":"Customer","name":"{long}"}}]"#),
                Vec::new(),
            ),
        ] {
            assert_eq!(
                session.receive(&format!("42/site,{event}"), at(3)),
                steps,
                "{event}"
            );
        }
    }

    #[test]
    fn the_end_is_told_with_its_reason() {
        for (text, why) in [
            ("1", Why::Closed),
            ("41/site,", Why::Closed),
            (r#"44/site,{"message":"Invalid namespace"}"#, Why::WrongSite),
            (r#"44/site,{"message":"Invalid origin"}"#, Why::WrongOrigin),
            (
                r#"44/site,{"message":"Unauthorized: Error: Unauthorized"}"#,
                Why::SignIn,
            ),
            (
                r#"44/site,{"message":"No cookie transmitted."}"#,
                Why::Refused("No cookie transmitted.".to_owned()),
            ),
            (
                "<html>",
                Why::Garbage("an unknown frame: <html>".to_owned()),
            ),
        ] {
            assert_eq!(joined().receive(text, at(3)), [Step::Over(why)], "{text}");
        }
    }
}
