//! The operator's rate limit: so many seconds of the server's time in each window, after which
//! everything is answered with 429 until the window ends (recording 16#1-4). Off by default.

use chrono::{DateTime, Utc};
use http::{HeaderValue, Response};

use super::ErpnextWorld;
use super::errors::Refusal;

/// How much of the server's time a client may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Microseconds of the server's time in one window.
    pub allowance: u64,
    /// Seconds a window lasts; windows begin at multiples of it.
    pub window: u32,
    /// Microseconds each request is taken to need.
    pub cost: u64,
}

/// What has been used of the current window.
#[derive(Debug)]
pub(crate) struct Used {
    limit: RateLimit,
    window: i64,
    microseconds: u64,
}

impl Used {
    fn roll(&mut self, now: DateTime<Utc>) {
        let window = now
            .timestamp()
            .div_euclid(i64::from(self.limit.window.max(1)));
        if window != self.window {
            self.window = window;
            self.microseconds = 0;
        }
    }

    /// Whole seconds until the next window, as `Retry-After` has them.
    fn left(&self, now: DateTime<Utc>) -> i64 {
        let length = i64::from(self.limit.window.max(1));
        length - now.timestamp().rem_euclid(length)
    }
}

impl ErpnextWorld {
    /// Sets or lifts the operator's rate limit.
    pub fn set_rate_limit(&mut self, limit: Option<RateLimit>) {
        self.rate = limit.map(|limit| Used {
            limit,
            window: i64::MIN,
            microseconds: 0,
        });
    }

    /// Refuses a request beyond the allowance.
    pub(crate) fn check_rate(&mut self) -> Result<(), Box<Refusal>> {
        let now = self.now;
        let Some(used) = &mut self.rate else {
            return Ok(());
        };
        used.roll(now);
        if used.microseconds >= used.limit.allowance {
            return Err(Box::new(Refusal::too_many()));
        }
        Ok(())
    }

    /// Counts a request and writes the headers every answer has while the limit is on.
    pub(crate) fn count_rate(&mut self, response: &mut Response<bytes::Bytes>) {
        let now = self.now;
        let Some(used) = &mut self.rate else {
            return;
        };
        let refused = response.status() == http::StatusCode::TOO_MANY_REQUESTS;
        let remaining = used.limit.allowance.saturating_sub(used.microseconds);
        if !refused {
            used.microseconds += used.limit.cost;
        }
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(used.limit.allowance));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(used.left(now)));
        if refused {
            headers.insert(http::header::RETRY_AFTER, HeaderValue::from(used.left(now)));
        }
    }
}
