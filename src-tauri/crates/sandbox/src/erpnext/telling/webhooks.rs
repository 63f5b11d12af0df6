//! Webhook documents at work: which events fire, and one worker that sends, tries again and gives
//! up (Frappe `integrations/doctype/webhook`; erpnext/FACTS §10, recording 11).

use std::collections::VecDeque;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::super::ErpnextWorld;
use super::super::store::Change;
use super::template;

/// How often one is tried in all.
const TRIES: u32 = 3;

/// The events of a change, in the order in which their webhooks are queued [11#17-41].
/// `on_update_after_submit` never fires, and a rename fires nothing.
pub(super) fn event_names(change: &Change) -> &'static [&'static str] {
    match (&change.before, &change.after) {
        (None, Some(after)) if after.docstatus() == 1 => {
            &["after_insert", "on_update", "on_change", "on_submit"]
        }
        (None, Some(_)) => &["after_insert", "on_update"],
        (Some(before), Some(after)) => match (before.docstatus(), after.docstatus()) {
            (0, 1) => &["on_update", "on_submit", "on_change"],
            (1, 2) => &["on_cancel", "on_change"],
            (0, _) => &["on_update", "on_change"],
            _ => &["on_change"],
        },
        (Some(_), None) => &["on_trash", "on_change"],
        (None, None) => &[],
    }
}

/// One request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookDelivery {
    /// Number to tell the answer with.
    pub id: u64,
    /// POST, PUT or DELETE.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers; there is no `Content-Type` unless the webhook has one [11#47].
    pub headers: Vec<(String, String)>,
    /// The body, to be sent byte for byte.
    pub body: Bytes,
    /// How long the receiver has.
    pub timeout: Duration,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookAnswer {
    /// An answer with its status and text.
    Status(u16, String),
    /// None in time.
    TimedOut,
    /// Nobody there.
    Unreachable,
}

#[derive(Debug)]
struct Job {
    id: u64,
    hook: String,
    document: String,
    content: Value,
    url: String,
    due: DateTime<Utc>,
    tries: u32,
    under_way: bool,
}

/// The worker's queue.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    waiting: VecDeque<Job>,
    /// The worker sleeps after its last try too.
    busy_until: Option<DateTime<Utc>>,
    last_id: u64,
}

impl Jobs {
    pub(super) fn push(
        &mut self,
        hook: String,
        document: &str,
        content: Value,
        now: DateTime<Utc>,
    ) {
        self.last_id += 1;
        self.waiting.push_back(Job {
            id: self.last_id,
            hook,
            document: document.to_owned(),
            content,
            url: String::new(),
            due: now,
            tries: 0,
            under_way: false,
        });
    }

    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        let job = self.waiting.front().filter(|job| !job.under_way)?;
        Some(self.busy_until.map_or(job.due, |until| until.max(job.due)))
    }

    /// Begins the first job, if it is due.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) -> Option<(u64, String, Value)> {
        if self.next()? > now {
            return None;
        }
        let job = self.waiting.front_mut()?;
        job.under_way = true;
        job.tries += 1;
        Some((job.id, job.hook.clone(), job.content.clone()))
    }

    pub(super) fn sent_to(&mut self, id: u64, url: &str) {
        if let Some(job) = self.waiting.iter_mut().find(|job| job.id == id) {
            url.clone_into(&mut job.url);
        }
    }

    pub(super) fn forget(&mut self, id: u64) {
        self.waiting.retain(|job| job.id != id);
    }

    /// Takes in an answer; gives the webhook, the document and the address, for the log.
    pub(super) fn answered(
        &mut self,
        id: u64,
        answer: &HookAnswer,
        now: DateTime<Utc>,
    ) -> Option<(String, String, String)> {
        let index = self.waiting.iter().position(|job| job.id == id)?;
        let job = &mut self.waiting[index];
        let log = (job.hook.clone(), job.document.clone(), job.url.clone());
        let failed_tries = i64::from(job.tries) - 1;
        let pause = match answer {
            HookAnswer::Status(status, _) if (200..400).contains(status) => {
                self.waiting.remove(index);
                return Some(log);
            }
            // A receiver that is too slow is asked again at once; other failures after 1 and 4
            // seconds, and after 7 the next job gets its turn [11#42,#43].
            HookAnswer::TimedOut => TimeDelta::zero(),
            _ => TimeDelta::seconds(3 * failed_tries + 1),
        };
        if job.tries >= TRIES {
            self.waiting.remove(index);
            self.busy_until = Some(now + pause);
        } else {
            job.under_way = false;
            job.due = now + pause;
        }
        Some(log)
    }
}

impl ErpnextWorld {
    /// The request of a job; none where the webhook is gone or its template does not render.
    pub(super) fn delivery(
        &mut self,
        id: u64,
        hook: &str,
        content: &Value,
    ) -> Option<HookDelivery> {
        let hook = self.store.get("Webhook", hook)?;
        let data = if hook.rows("webhook_data").is_empty() {
            match hook.text("webhook_json") {
                "" => Value::Object(Map::new()),
                text => serde_json::from_str(&template::render(text, content)?).ok()?,
            }
        } else {
            hook.rows("webhook_data")
                .iter()
                .map(|row| {
                    let value = content.get(row.text("fieldname")).cloned();
                    (row.text("key").to_owned(), value.unwrap_or(Value::Null))
                })
                .collect()
        };
        let body = template::python_json(&data);
        let mut url = hook.text("request_url").to_owned();
        if hook.int("is_dynamic_url") == 1 {
            url = template::render(&url, content)?;
        }
        let mut headers = vec![("User-Agent".to_owned(), "python-requests/2.32.5".to_owned())];
        if hook.int("enable_security") == 1 {
            let key = hmac::Key::new(hmac::HMAC_SHA256, hook.text("webhook_secret").as_bytes());
            let signature = STANDARD.encode(hmac::sign(&key, body.as_bytes()));
            headers.push(("X-Frappe-Webhook-Signature".to_owned(), signature));
        }
        for row in hook.rows("webhook_headers") {
            let (key, value) = (row.text("key"), row.text("value"));
            if !key.is_empty() && !value.is_empty() {
                headers.push((key.to_owned(), value.to_owned()));
            }
        }
        let timeout = match hook.int("timeout") {
            0 => 5,
            seconds => u64::try_from(seconds).unwrap_or(5),
        };
        let delivery = HookDelivery {
            id,
            method: hook.text("request_method").to_owned(),
            url,
            headers,
            body: body.into(),
            timeout: Duration::from_secs(timeout),
        };
        self.telling.jobs.sent_to(id, &delivery.url);
        Some(delivery)
    }
}
