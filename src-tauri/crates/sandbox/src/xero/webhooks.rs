//! Webhooks (Xero developer docs, "Webhooks overview"): a queue of signed deliveries.
//!
//! Nothing is sent here. Whoever serves the world asks for what is due, sends it, and tells what was
//! answered. A new address first has to prove that it checks signatures (intent to receive). A
//! delivery that fails is repeated at once, then every 15 minutes, and after 24 hours the
//! subscription is disabled. Events may come twice and out of order, as
//! [`WebhookConfig`] chooses.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::json::to_wire;

const RETRY_EVERY: TimeDelta = TimeDelta::minutes(15);
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// Where webhooks go and how badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The address.
    pub url: String,
    /// The key they are signed with, used as the text it is.
    pub key: String,
    /// Every delivery is made twice.
    pub duplicates: bool,
    /// Later deliveries overtake earlier ones that wait.
    pub reversed: bool,
}

/// One POST to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Number to tell the answer with.
    pub id: u64,
    /// The address.
    pub url: String,
    /// The body, to be sent byte for byte.
    pub body: Bytes,
    /// Value of `x-xero-signature`.
    pub signature: String,
}

/// What a subscription is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStatus {
    /// The address has yet to prove itself.
    IntentToReceive,
    /// Events are sent.
    Ok,
    /// The address answered wrongly, or not for a day.
    Disabled,
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// INVOICE, CONTACT, CREDITNOTE, OVERPAYMENT or PREPAYMENT.
    pub category: &'static str,
    /// The endpoint of the record.
    pub endpoint: &'static str,
    /// The record.
    pub resource: Uuid,
    /// New instead of changed.
    pub created: bool,
    /// `data`, where the category has it.
    pub data: Option<Value>,
}

struct Waiting {
    delivery: Delivery,
    /// The status that proves the address right; a signature that is wrong must be told off.
    wanted: u16,
    intent: bool,
    due: DateTime<Utc>,
    first_try: Option<DateTime<Utc>>,
    tries: u32,
    under_way: bool,
}

/// The subscription of the one app.
pub struct Webhooks {
    config: WebhookConfig,
    status: WebhookStatus,
    waiting: Vec<Waiting>,
    kept: Vec<Vec<Value>>,
    next_id: u64,
    sequence: u64,
}

impl Webhooks {
    /// Subscribes an address: its intent to receive is asked for at once.
    pub fn new(config: WebhookConfig, now: DateTime<Utc>) -> Self {
        let mut webhooks = Webhooks {
            config,
            status: WebhookStatus::IntentToReceive,
            waiting: Vec::new(),
            kept: Vec::new(),
            next_id: 1,
            sequence: 0,
        };
        for right in [true, false, true, false] {
            let mut delivery = webhooks.delivery(&[], 0, 0);
            if !right {
                delivery.signature = STANDARD.encode([0; 32]);
            }
            webhooks.waiting.push(Waiting {
                delivery,
                wanted: if right { 200 } else { 401 },
                intent: true,
                due: now,
                first_try: None,
                tries: 0,
                under_way: false,
            });
        }
        webhooks
    }

    /// What the subscription is at.
    pub fn status(&self) -> WebhookStatus {
        self.status
    }

    /// Takes in what one call or edit changed: one delivery.
    pub fn publish(&mut self, events: &[Event], tenant: Uuid, now: DateTime<Utc>) {
        if events.is_empty() || self.status == WebhookStatus::Disabled {
            return;
        }
        let events: Vec<Value> = events
            .iter()
            .map(|event| {
                let mut value = json!({
                    "resourceUrl": format!("https://api.xero.com/api.xro/2.0/{}/{}", event.endpoint, event.resource),
                    "resourceId": event.resource.to_string(),
                    "eventDateUtc": now.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
                    "eventType": if event.created { "CREATE" } else { "UPDATE" },
                    "eventCategory": event.category,
                    "tenantId": tenant.to_string(),
                    "tenantType": "ORGANISATION",
                });
                if let Some(data) = &event.data {
                    super::json::put(&mut value, "data", data.clone());
                }
                value
            })
            .collect();
        if self.status == WebhookStatus::IntentToReceive {
            // Kept until the address has proved itself.
            self.kept.push(events);
        } else {
            self.enqueue(&events, now);
        }
    }

    fn enqueue(&mut self, events: &[Value], now: DateTime<Utc>) {
        let first = self.sequence + 1;
        self.sequence += u64::try_from(events.len()).unwrap_or(1);
        for _ in 0..=u8::from(self.config.duplicates) {
            let delivery = self.delivery(events, first, self.sequence);
            self.waiting.push(Waiting {
                delivery,
                wanted: 200,
                intent: false,
                due: now,
                first_try: None,
                tries: 0,
                under_way: false,
            });
        }
    }

    fn delivery(&mut self, events: &[Value], first: u64, last: u64) -> Delivery {
        let id = self.next_id;
        self.next_id += 1;
        let body = to_wire(&json!({
            "events": events,
            "firstEventSequence": first,
            "lastEventSequence": last,
            "entropy": STANDARD.encode(id.to_be_bytes()),
        }));
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.config.key.as_bytes());
        Delivery {
            id,
            url: self.config.url.clone(),
            signature: STANDARD.encode(hmac::sign(&key, &body)),
            body: body.into(),
        }
    }

    /// What is to be sent now. Each delivery is given once until its answer is told.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Delivery> {
        let mut due: Vec<Delivery> = self
            .waiting
            .iter_mut()
            .filter(|waiting| !waiting.under_way && waiting.due <= now)
            .map(|waiting| {
                waiting.under_way = true;
                waiting.tries += 1;
                waiting.first_try.get_or_insert(now);
                waiting.delivery.clone()
            })
            .collect();
        if self.config.reversed {
            due.reverse();
        }
        due
    }

    /// When the next delivery is due; none where none waits or all are under way.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.waiting
            .iter()
            .filter(|waiting| !waiting.under_way)
            .map(|waiting| waiting.due)
            .min()
    }

    /// Tells what a delivery was answered with; none for no answer within five seconds.
    pub fn answered(&mut self, id: u64, status: Option<u16>, now: DateTime<Utc>) {
        let Some(index) = self
            .waiting
            .iter()
            .position(|waiting| waiting.delivery.id == id)
        else {
            return;
        };
        let waiting = &mut self.waiting[index];
        if status == Some(waiting.wanted) {
            let intent = waiting.intent;
            self.waiting.remove(index);
            if intent && !self.waiting.iter().any(|waiting| waiting.intent) {
                self.status = WebhookStatus::Ok;
                for events in std::mem::take(&mut self.kept) {
                    self.enqueue(&events, now);
                }
            }
            return;
        }
        let first_try = waiting.first_try.unwrap_or(now);
        if waiting.intent || now - first_try >= GIVE_UP_AFTER {
            self.status = WebhookStatus::Disabled;
            self.waiting.clear();
            return;
        }
        waiting.under_way = false;
        waiting.due = if waiting.tries == 1 {
            now
        } else {
            now + RETRY_EVERY
        };
    }
}
