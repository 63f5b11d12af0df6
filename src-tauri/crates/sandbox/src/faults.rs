//! Faults to inject: rules that decide, request by request, what goes wrong.
//!
//! A rule matches requests by method, path, count and chance, and has one [`Effect`]. The first
//! rule that strikes decides. Chance comes from a seeded generator, so a run with the same seed and
//! the same requests meets the same faults.

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::erpnext::Trouble;

/// When a rule strikes and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Only requests with this method, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose decoded path and query contain this text, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only the matching requests with these numbers, counted from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
    /// At most this many times; unlimited where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// With this chance in percent; always where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// What goes wrong.
    pub effect: Effect,
}

impl Rule {
    /// A rule that strikes at every request.
    pub const fn always(effect: Effect) -> Self {
        Self {
            method: None,
            path: None,
            nth: Vec::new(),
            times: None,
            percent: None,
            effect,
        }
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing is done; this answer is sent.
    Refuse(Refusal),
    /// It is done, and the answer is lost.
    DropAfterCommit,
    /// Nothing is done, and no answer comes. Over HTTP the connection is closed; in process the
    /// request counts as not sent.
    DropBefore,
    /// Nothing is done; 429.
    TooManyRequests(TooMany),
    /// Nothing is done; this 5xx status with a plain-text body.
    ServerError(u16),
    /// It is done, and a proxy's HTML page comes instead of the answer, with status 200.
    Html,
    /// It is done, and half of the answer's body comes.
    CutOff,
    /// Every access token issued so far expires, then the request is handled.
    ExpireTokens,
    /// The server is away: like [`Effect::DropBefore`], named for rules without a count.
    Offline,
    /// The request is handled, and the answer comes this many milliseconds later.
    Delay(u64),
    /// A trouble of an ERPNext site; Xero answers 503.
    Site(Trouble),
    /// One of the others, by the seed: mostly lost answers, 5xx and 429.
    Any,
}

/// An answer to refuse with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The body: text is sent as it is, anything else as JSON.
    #[serde(default)]
    pub body: Value,
}

/// How to say that there were too many requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TooMany {
    /// Seconds for `Retry-After`; no such header where absent (as Xero does for `concurrent`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Xero's `X-Rate-Limit-Problem`: minute, day, concurrent, appminute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The rules of one system and what they have done so far.
#[derive(Debug, Clone)]
pub struct Faults {
    rules: Vec<Counted>,
    seed: u64,
    rng: StdRng,
}

#[derive(Debug, Clone)]
struct Counted {
    rule: Rule,
    matched: u64,
    struck: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self::new(0, Vec::new())
    }
}

impl Faults {
    /// Rules, and the seed for those with a chance.
    pub fn new(seed: u64, rules: Vec<Rule>) -> Self {
        Self {
            rules: rules
                .into_iter()
                .map(|rule| Counted {
                    rule,
                    matched: 0,
                    struck: 0,
                })
                .collect(),
            seed,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// What goes wrong with this request, if anything. Counts it.
    pub fn strike(&mut self, request: &http::Request<Bytes>) -> Option<Effect> {
        for index in 0..self.rules.len() {
            let counted = &mut self.rules[index];
            if !counted.rule.matches(request) {
                continue;
            }
            counted.matched += 1;
            let rule = &counted.rule;
            if !rule.nth.is_empty() && !rule.nth.contains(&counted.matched) {
                continue;
            }
            if rule.times.is_some_and(|times| counted.struck >= times) {
                continue;
            }
            if rule
                .percent
                .is_some_and(|percent| self.rng.random_range(0..100) >= percent)
            {
                continue;
            }
            counted.struck += 1;
            return Some(match counted.rule.effect.clone() {
                Effect::Any => any(&mut self.rng),
                effect => effect,
            });
        }
        None
    }

    /// The rules with how many requests matched each and how often it struck.
    pub fn report(&self) -> Value {
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|counted| {
                serde_json::json!({
                    "rule": counted.rule,
                    "matched": counted.matched,
                    "struck": counted.struck,
                })
            })
            .collect();
        serde_json::json!({ "seed": self.seed, "rules": rules })
    }
}

impl Rule {
    fn matches(&self, request: &http::Request<Bytes>) -> bool {
        let method = self
            .method
            .as_deref()
            .is_none_or(|method| request.method().as_str().eq_ignore_ascii_case(method));
        method
            && self.path.as_deref().is_none_or(|part| {
                let target = request
                    .uri()
                    .path_and_query()
                    .map_or("", http::uri::PathAndQuery::as_str);
                crate::control::decoded(target)
                    .to_lowercase()
                    .contains(&part.to_lowercase())
            })
    }
}

fn any(rng: &mut StdRng) -> Effect {
    match rng.random_range(0..10) {
        0..3 => Effect::DropAfterCommit,
        3 => Effect::DropBefore,
        4 | 5 => Effect::ServerError(503),
        6 => Effect::TooManyRequests(TooMany {
            retry_after: Some(rng.random_range(1..5)),
            problem: Some("minute".to_owned()),
        }),
        7 => Effect::CutOff,
        8 => Effect::Html,
        _ => Effect::ExpireTokens,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(method: &str, uri: &str) -> http::Request<Bytes> {
        http::Request::builder()
            .method(method)
            .uri(uri)
            .body(Bytes::new())
            .unwrap()
    }

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_rule_strikes_the_requests_it_names() {
        /// A rule, the requests made, and whether each is struck.
        type Case = (
            &'static str,
            &'static [(&'static str, &'static str)],
            &'static [bool],
        );
        let cases: &[Case] = &[
            (
                r#"{"effect":"html"}"#,
                &[("GET", "/"), ("PUT", "/x")],
                &[true, true],
            ),
            (
                r#"{"method":"put","effect":"offline"}"#,
                &[("GET", "/"), ("PUT", "/")],
                &[false, true],
            ),
            (
                r#"{"path":"sales invoice/inv","effect":"cut_off"}"#,
                &[
                    (
                        "GET",
                        "http://localhost:1/api/resource/Sales%20Invoice/INV-1",
                    ),
                    ("GET", "/api/resource/Customer"),
                ],
                &[true, false],
            ),
            (
                r#"{"path":"/b","nth":[2,4],"effect":"drop_before"}"#,
                &[
                    ("GET", "/b"),
                    ("GET", "/a"),
                    ("GET", "/b"),
                    ("GET", "/b"),
                    ("GET", "/b"),
                ],
                &[false, false, true, false, true],
            ),
            (
                r#"{"times":1,"effect":{"server_error":503}}"#,
                &[("GET", "/"), ("GET", "/")],
                &[true, false],
            ),
            (
                r#"{"percent":0,"effect":"html"}"#,
                &[("GET", "/")],
                &[false],
            ),
            (
                r#"{"percent":100,"effect":"html"}"#,
                &[("GET", "/")],
                &[true],
            ),
        ];
        for (json, requests, expected) in cases {
            let mut faults = Faults::new(1, vec![rule(json)]);
            let struck: Vec<bool> = requests
                .iter()
                .map(|(method, uri)| faults.strike(&request(method, uri)).is_some())
                .collect();
            assert_eq!(&struck, expected, "{json}");
        }
    }

    #[test]
    fn the_seed_decides_chance() {
        let strikes = |seed| {
            let mut faults = Faults::new(seed, vec![rule(r#"{"percent":30,"effect":"any"}"#)]);
            (0..200)
                .map(|_| faults.strike(&request("GET", "/")))
                .collect::<Vec<_>>()
        };
        assert_eq!(strikes(7), strikes(7));
        assert_ne!(strikes(7), strikes(8));
        let struck = strikes(7).iter().flatten().count();
        assert!((40..80).contains(&struck), "{struck}");
    }

    #[test]
    fn the_first_rule_that_strikes_decides_and_is_counted() {
        let mut faults = Faults::new(
            1,
            vec![
                rule(r#"{"nth":[2],"effect":"drop_after_commit"}"#),
                rule(r#"{"effect":{"too_many_requests":{"retry_after":3,"problem":"minute"}}}"#),
            ],
        );
        let first = faults.strike(&request("GET", "/"));
        let second = faults.strike(&request("GET", "/"));
        assert_eq!(
            first,
            Some(Effect::TooManyRequests(TooMany {
                retry_after: Some(3),
                problem: Some("minute".to_owned())
            }))
        );
        assert_eq!(second, Some(Effect::DropAfterCommit));
        assert_eq!(faults.report()["rules"][0]["matched"], 2);
        assert_eq!(faults.report()["rules"][0]["struck"], 1);
        assert_eq!(faults.report()["rules"][1]["struck"], 1);
    }

    #[test]
    fn unknown_words_are_refused() {
        for json in [
            r#"{"effect":"explode"}"#,
            r#"{"paht":"x","effect":"html"}"#,
            r#"{"effect":{"refuse":{"code":400}}}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(json).is_err(), "{json}");
        }
    }
}
