//! The `Idempotency-Key` cache: six minutes, errors included, bound to method, URL and body.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::errors::Refusal;
use super::http::Incoming;

const LIFETIME: TimeDelta = TimeDelta::minutes(6);

struct Kept {
    fingerprint: [u8; 32],
    response: http::Response<Bytes>,
    at: DateTime<Utc>,
}

/// Answers kept for repeats, per app and key.
#[derive(Default)]
pub struct KeptAnswers {
    answers: HashMap<(String, String), Kept>,
}

impl KeptAnswers {
    /// The kept answer for this key, or a refusal when the key was used for another request.
    pub fn replay(
        &mut self,
        app: &str,
        key: &str,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<http::Response<Bytes>>, Refusal> {
        self.answers.retain(|_, kept| now - kept.at < LIFETIME);
        match self.answers.get(&(app.to_owned(), key.to_owned())) {
            None => Ok(None),
            Some(kept) if kept.fingerprint == fingerprint(request) => {
                Ok(Some(kept.response.clone()))
            }
            Some(_) => Err(Refusal::validation(&format!(
                "Idempotency Key: {key} is used with a different request."
            ))),
        }
    }

    /// Keeps an answer.
    pub fn keep(
        &mut self,
        app: &str,
        key: &str,
        request: &Incoming<'_>,
        response: &http::Response<Bytes>,
        now: DateTime<Utc>,
    ) {
        self.answers.insert(
            (app.to_owned(), key.to_owned()),
            Kept {
                fingerprint: fingerprint(request),
                response: response.clone(),
                at: now,
            },
        );
    }
}

fn fingerprint(request: &Incoming<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(request.line());
    digest.update(b"\n");
    digest.update(request.body());
    digest.finalize().into()
}
