//! Call counting per app and organisation: fixed minute and day windows (Xero developer docs,
//! "OAuth 2.0 API limits").

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use uuid::Uuid;

use super::config::Limits;
use super::http::{respond, set_header};

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    number: i64,
    used: u32,
}

impl Window {
    fn used_in(&self, number: i64) -> u32 {
        if self.number == number { self.used } else { 0 }
    }

    fn count(&mut self, number: i64) {
        self.used = self.used_in(number) + 1;
        self.number = number;
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    minute: Window,
    day: Window,
}

const DAY: i64 = 86_400;

/// Calls counted so far, per app and organisation, and per app.
#[derive(Debug, Default)]
pub struct Usages {
    organisations: HashMap<(String, Uuid), Usage>,
    apps: HashMap<String, Window>,
}

impl Usages {
    /// Counts one call, or gives the 429 that refuses it. Refused calls are not counted.
    pub fn refuse(
        &mut self,
        app: &str,
        tenant: Uuid,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> Option<http::Response<Bytes>> {
        let (minute, day) = windows(now);
        let usage = self
            .organisations
            .entry((app.to_owned(), tenant))
            .or_default();
        let all = self.apps.entry(app.to_owned()).or_default();
        let problem = if usage.day.used_in(day) >= limits.per_day {
            Some(("day", Some(DAY - now.timestamp().rem_euclid(DAY))))
        } else if usage.minute.used_in(minute) >= limits.per_minute {
            Some(("minute", Some(60 - now.timestamp().rem_euclid(60))))
        } else if all.used_in(minute) >= limits.app_per_minute {
            Some(("appminute", Some(60 - now.timestamp().rem_euclid(60))))
        } else {
            None
        };
        if let Some((word, retry_after)) = problem {
            let mut response = refusal(word, retry_after);
            self.stamp(&mut response, app, tenant, limits, now);
            return Some(response);
        }
        usage.minute.count(minute);
        usage.day.count(day);
        all.count(minute);
        None
    }

    /// Sets the three remaining-calls headers.
    pub fn stamp(
        &self,
        response: &mut http::Response<Bytes>,
        app: &str,
        tenant: Uuid,
        limits: Limits,
        now: DateTime<Utc>,
    ) {
        let (minute, day) = windows(now);
        let usage = self
            .organisations
            .get(&(app.to_owned(), tenant))
            .copied()
            .unwrap_or_default();
        let all = self.apps.get(app).copied().unwrap_or_default();
        let left = |limit: u32, used: u32| limit.saturating_sub(used).to_string();
        set_header(
            response,
            "x-daylimit-remaining",
            &left(limits.per_day, usage.day.used_in(day)),
        );
        set_header(
            response,
            "x-minlimit-remaining",
            &left(limits.per_minute, usage.minute.used_in(minute)),
        );
        set_header(
            response,
            "x-appminlimit-remaining",
            &left(limits.app_per_minute, all.used_in(minute)),
        );
    }

    /// Forgets all counted calls.
    pub fn reset(&mut self) {
        self.organisations.clear();
        self.apps.clear();
    }
}

fn windows(now: DateTime<Utc>) -> (i64, i64) {
    let seconds = now.timestamp();
    (seconds.div_euclid(60), seconds.div_euclid(DAY))
}

/// A 429: `Retry-After` on the minute and day limits, none on the concurrent one.
pub fn refusal(word: &'static str, retry_after: Option<i64>) -> http::Response<Bytes> {
    let mut response = respond(StatusCode::TOO_MANY_REQUESTS, "text/plain", "");
    set_header(&mut response, "x-rate-limit-problem", word);
    if let Some(seconds) = retry_after {
        set_header(&mut response, "retry-after", &seconds.to_string());
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn header<'a>(response: &'a http::Response<Bytes>, name: &str) -> Option<&'a str> {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    #[test]
    fn the_minute_and_the_day_are_counted_in_fixed_windows() {
        let limits = Limits {
            per_minute: 2,
            per_day: 3,
            app_per_minute: 100,
            concurrent: 5,
        };
        let mut usages = Usages::default();
        let t = at("2026-11-22T10:00:50Z");
        assert!(usages.refuse("app", ONE, limits, t).is_none());
        assert!(usages.refuse("app", ONE, limits, t).is_none());
        let refused = usages.refuse("app", ONE, limits, t).unwrap();
        assert_eq!(refused.status(), 429);
        assert_eq!(header(&refused, "x-rate-limit-problem"), Some("minute"));
        assert_eq!(header(&refused, "retry-after"), Some("10"));
        assert_eq!(header(&refused, "x-minlimit-remaining"), Some("0"));
        assert_eq!(header(&refused, "x-daylimit-remaining"), Some("1"));
        // Another app has its own allowance.
        assert!(usages.refuse("other", ONE, limits, t).is_none());
        let next = at("2026-11-22T10:01:00Z");
        assert!(usages.refuse("app", ONE, limits, next).is_none());
        let day = usages.refuse("app", ONE, limits, next).unwrap();
        assert_eq!(header(&day, "x-rate-limit-problem"), Some("day"));
        assert_eq!(header(&day, "retry-after"), Some("50340"));
        assert_eq!(header(&day, "x-minlimit-remaining"), Some("1"));
        assert!(
            usages
                .refuse("app", ONE, limits, at("2026-11-23T00:00:00Z"))
                .is_none()
        );
        assert_eq!(header(&refusal("concurrent", None), "retry-after"), None);
    }

    #[test]
    fn organisations_count_apart_and_the_app_over_all_of_them() {
        let limits = Limits {
            per_minute: 2,
            per_day: 100,
            app_per_minute: 3,
            concurrent: 5,
        };
        let other = Uuid::from_u128(2);
        let mut usages = Usages::default();
        let t = at("2026-11-22T10:00:50Z");
        assert!(usages.refuse("app", ONE, limits, t).is_none());
        assert!(usages.refuse("app", ONE, limits, t).is_none());
        let refused = usages.refuse("app", ONE, limits, t).unwrap();
        assert_eq!(header(&refused, "x-rate-limit-problem"), Some("minute"));
        assert_eq!(header(&refused, "x-appminlimit-remaining"), Some("1"));
        assert!(usages.refuse("app", other, limits, t).is_none());
        let refused = usages.refuse("app", other, limits, t).unwrap();
        assert_eq!(header(&refused, "x-rate-limit-problem"), Some("appminute"));
        assert_eq!(header(&refused, "x-minlimit-remaining"), Some("1"));
        assert_eq!(header(&refused, "x-appminlimit-remaining"), Some("0"));
        assert_eq!(header(&refused, "retry-after"), Some("10"));
    }
}
