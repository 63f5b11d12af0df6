//! What goes wrong on a real site now and then, to be asked for through the control door:
//! `{"effect":{"site":"deadlock"}}` (bodies as recorded, erpnext/FACTS §8 and §12b).

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::ErpnextWorld;
use super::errors::Refusal;
use crate::RemoteSystem as _;

/// A trouble of an ERPNext site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Two requests waited for each other; this one was undone: 500 `QueryDeadlockError`.
    Deadlock,
    /// Somebody else changed a row after this request had read it; nothing of it is stored: 500
    /// `QueryDeadlockError` as well. Happens where the database isolates snapshots (MariaDB 11.6.2
    /// and later by default).
    Overtaken,
    /// Somebody else held a row for 50 seconds; nothing is done: 500 `QueryTimeoutError`, as late.
    LockTimeout,
    /// The site is down for maintenance: 503 `SessionStopped`.
    Maintenance,
    /// The site is updated: reads answer, writes get 503 `InReadOnlyMode`.
    ReadOnly,
    /// The database server is stopped: 500 with an HTML page.
    DatabaseDown,
}

/// How long MariaDB waits for a lock before it gives up.
const LOCK_WAIT: Duration = Duration::from_secs(50);

impl Trouble {
    /// How much later than usual the answer comes.
    pub fn delay(self) -> Duration {
        match self {
            Self::LockTimeout => LOCK_WAIT,
            _ => Duration::ZERO,
        }
    }
}

impl ErpnextWorld {
    /// Answers a request that meets a trouble.
    pub fn troubled(
        &mut self,
        trouble: Trouble,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        let (class, text) = match trouble {
            Trouble::Deadlock => (
                "QueryDeadlockError",
                "(1213, 'Deadlock found when trying to get lock; try restarting transaction')",
            ),
            Trouble::Overtaken => (
                "QueryDeadlockError",
                "(1020, \"Record has changed since last read in table 'tabCompany'; try restarting transaction\")",
            ),
            Trouble::LockTimeout => (
                "QueryTimeoutError",
                "(1205, 'Lock wait timeout exceeded; try restarting transaction')",
            ),
            Trouble::Maintenance | Trouble::ReadOnly | Trouble::DatabaseDown => {
                let before = (self.maintenance, self.read_only, self.database_down);
                self.maintenance |= trouble == Trouble::Maintenance;
                self.read_only |= trouble == Trouble::ReadOnly;
                self.database_down |= trouble == Trouble::DatabaseDown;
                let response = self.handle(request, now);
                (self.maintenance, self.read_only, self.database_down) = before;
                return response;
            }
        };
        let refusal = Refusal::crash("frappe.exceptions", class, text);
        let body = if request.uri().path().starts_with("/api/v2/") {
            refusal.v2(self.release())
        } else {
            refusal.v1(&[], self.release())
        };
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::super::{Country, ErpnextConfig, ErpnextVersion};
    use super::*;

    #[test]
    fn each_trouble_answers_as_recorded() {
        let config = ErpnextConfig {
            version: ErpnextVersion::V15,
            site: "demo.localhost".into(),
            company: "Acme Ltd".into(),
            abbr: "ACM".into(),
            country: Country::GB,
            currency: "GBP".into(),
            time_zone: "Europe/London".parse().unwrap(),
            api_key: "key".into(),
            api_secret: "secret".into(),
            seed: 1,
        };
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut world = ErpnextWorld::new(config, now);
        let request = |method: &str, path: &str| {
            Request::builder()
                .method(method)
                .uri(path)
                .header("Authorization", "token key:secret")
                .body(Bytes::from_static(b"{\"description\":\"x\"}"))
                .unwrap()
        };
        let cases = [
            (
                Trouble::Deadlock,
                "POST",
                "/api/resource/ToDo",
                500,
                "QueryDeadlockError",
            ),
            (
                Trouble::Overtaken,
                "POST",
                "/api/v2/document/ToDo",
                500,
                "QueryDeadlockError",
            ),
            (
                Trouble::LockTimeout,
                "POST",
                "/api/resource/ToDo",
                500,
                "QueryTimeoutError",
            ),
            (
                Trouble::Maintenance,
                "GET",
                "/api/method/ping",
                503,
                "SessionStopped",
            ),
            (
                Trouble::ReadOnly,
                "POST",
                "/api/resource/ToDo",
                503,
                "InReadOnlyMode",
            ),
            (Trouble::ReadOnly, "GET", "/api/resource/ToDo", 200, ""),
            (
                Trouble::DatabaseDown,
                "GET",
                "/api/resource/ToDo",
                500,
                "<html>",
            ),
        ];
        for (trouble, method, path, status, said) in cases {
            let response = world.troubled(trouble, &request(method, path), now);
            assert_eq!(response.status().as_u16(), status, "{trouble:?} {path}");
            let text = String::from_utf8_lossy(response.body()).into_owned();
            let kind = serde_json::from_str::<Value>(&text).map_or(text, |body| {
                // API v2 lists what went wrong.
                let kind = match &body["errors"][0]["type"] {
                    Value::Null => &body["exc_type"],
                    kind => kind,
                };
                kind.as_str().unwrap_or_default().into()
            });
            assert!(kind.starts_with(said), "{trouble:?}: {kind}");
        }
        assert_eq!(world.count_of("ToDo"), 0, "nothing was done");
        let after = world.handle(&request("POST", "/api/resource/ToDo"), now);
        assert_eq!(after.status().as_u16(), 200, "and it is over");
        assert_eq!(Trouble::LockTimeout.delay(), LOCK_WAIT);
    }
}
