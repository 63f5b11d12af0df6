//! Xero's webhooks on arrival: whether they are Xero's, and what they say.
//!
//! Xero developer docs, "Webhooks overview" (xero/FACTS §10): a POST whose `x-xero-signature` is
//! base64 of the HMAC-SHA256 of the raw body, with the app's webhook key as the text it is. It has
//! to be answered within five seconds, with 200 and an empty body where the signature is right and
//! 401 where it is not; Xero tries that out when an address is entered, with some signatures wrong
//! on purpose ("intent to receive"). What fails is repeated at once, then every 15 minutes for a
//! day. Deliveries come at least once, and in no order.
//!
//! There are none for payments, accounts, items or tax rates; a payment changes its invoice, which
//! is told. So an event says that there is something to read, never what it is now.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use uuid::Uuid;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-xero-signature";

/// The largest body taken, in bytes. A delivery has 100 events at most by what is known of them,
/// of some 500 bytes each.
pub const LARGEST: usize = 1024 * 1024;

/// The status to answer a delivery with; the body stays empty, and no cookie is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200: it is Xero's.
    Taken,
    /// 401: it is not.
    NotXeros,
    /// 413: it is too large to be Xero's.
    TooLarge,
}

impl Answer {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Answer::Taken => 200,
            Answer::NotXeros => 401,
            Answer::TooLarge => 413,
        }
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// A contact.
    Contact,
    /// An invoice or a bill: which of them the event does not say.
    Invoice,
    /// A credit note.
    CreditNote,
    /// An overpayment.
    Overpayment,
    /// A prepayment.
    Prepayment,
}

impl Category {
    /// By Xero's word, in any case; its samples have several.
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "CONTACT" => Category::Contact,
            "INVOICE" => Category::Invoice,
            "CREDITNOTE" => Category::CreditNote,
            "OVERPAYMENT" => Category::Overpayment,
            "PREPAYMENT" => Category::Prepayment,
            _ => return None,
        })
    }
}

/// A record that was created or changed; archiving, voiding and deleting are changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The organisation.
    pub tenant: Uuid,
    /// What kind of record.
    pub category: Category,
    /// The record.
    pub id: Uuid,
    /// When, UTC; none where it cannot be read.
    pub at: Option<NaiveDateTime>,
}

/// What a delivery says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Its first event's number, counted per app over all its organisations; 0 where it has none.
    pub first: u64,
    /// Its last event's number.
    pub last: u64,
    /// The records to read.
    pub hints: Vec<Hint>,
    /// Events of categories that nothing is done about.
    pub others: usize,
}

/// A delivery signed by Xero cannot be read: more than hints is lost only if nothing is read soon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the delivery cannot be read: {0}")]
pub struct Malformed(String);

/// Checks a delivery's signature on its raw body, by constant-time comparison, and gives the answer
/// that Xero waits for. Works out intent to receive as well: that is such a delivery without events.
pub fn check(key: &SecretString, signature: Option<&str>, body: &[u8]) -> Answer {
    if body.len() > LARGEST {
        return Answer::TooLarge;
    }
    let right = || {
        let signature = STANDARD.decode(signature?.trim()).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).ok()?;
        mac.update(body);
        mac.verify_slice(&signature).ok()
    };
    match right() {
        Some(()) => Answer::Taken,
        None => Answer::NotXeros,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDelivery {
    events: Vec<WireEvent>,
    #[serde(default)]
    first_event_sequence: u64,
    #[serde(default)]
    last_event_sequence: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent {
    #[serde(default)]
    resource_id: String,
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    event_category: String,
    #[serde(default)]
    event_date_utc: String,
}

/// Reads a delivery that [`check`] took. An event of an unknown kind is counted, not an error: Xero
/// adds categories.
///
/// # Errors
/// [`Malformed`] where it is not a delivery at all, or an event of a known kind names no record.
pub fn read(body: &[u8]) -> Result<Delivery, Malformed> {
    let wire: WireDelivery =
        serde_json::from_slice(body).map_err(|error| Malformed(error.to_string()))?;
    let mut delivery = Delivery {
        first: wire.first_event_sequence,
        last: wire.last_event_sequence,
        ..Delivery::default()
    };
    for event in wire.events {
        let Some(category) = Category::of(&event.event_category) else {
            delivery.others += 1;
            continue;
        };
        let uuid = |text: &str| {
            Uuid::try_parse(text)
                .map_err(|_| Malformed("an event names no record or no organisation".to_owned()))
        };
        delivery.hints.push(Hint {
            tenant: uuid(&event.tenant_id)?,
            category,
            id: uuid(&event.resource_id)?,
            at: event
                .event_date_utc
                .trim_end_matches('Z')
                .parse::<NaiveDateTime>()
                .ok(),
        });
    }
    Ok(delivery)
}

/// What a delivery is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Its events are all new, and follow upon what was seen, or fill a gap.
    New,
    /// Its events were all seen.
    Repeated,
    /// It came before others that were sent earlier: events are missing, for now or for good. What
    /// is missing cannot be known from here; reading from the cursor finds it.
    Ahead {
        /// How many events are missing before it.
        missing: u64,
    },
}

/// Which events were seen, as ranges of their numbers. Numbers count per app, so one of these serves
/// all organisations of an app. Holds a bounded number of gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Ranges by their first number, to their last; apart from each other.
    ranges: BTreeMap<u64, u64>,
}

/// The most gaps remembered; the oldest are taken for filled.
const GAPS: usize = 1000;

impl Seen {
    /// What was seen before a restart: everything up to a number.
    pub fn up_to(last: u64) -> Self {
        Self {
            ranges: if last == 0 {
                BTreeMap::new()
            } else {
                BTreeMap::from([(1, last)])
            },
        }
    }

    /// The highest number seen; 0 before the first.
    pub fn last(&self) -> u64 {
        self.ranges.values().next_back().copied().unwrap_or(0)
    }

    /// Takes in a delivery's numbers and says what it is. Without numbers, or with ones that cannot
    /// be, it counts as new: reading twice costs a call, missing a change costs more.
    pub fn note(&mut self, first: u64, last: u64) -> Place {
        if first == 0 || last < first {
            return Place::New;
        }
        let begun = !self.ranges.is_empty();
        let before = self.ranges.range(..=first).next_back();
        if before.is_some_and(|(_, end)| *end >= last) {
            return Place::Repeated;
        }
        let highest = self.last();
        let missing = if begun && first > highest {
            first - highest - 1
        } else {
            0
        };
        self.insert(first, last);
        if missing > 0 {
            Place::Ahead { missing }
        } else {
            Place::New
        }
    }

    fn insert(&mut self, mut first: u64, mut last: u64) {
        // Every range that overlaps or touches becomes part of the new one.
        let touching: Vec<(u64, u64)> = self
            .ranges
            .range(..=last.saturating_add(1))
            .filter(|(_, end)| end.saturating_add(1) >= first)
            .map(|(start, end)| (*start, *end))
            .collect();
        for (start, end) in touching {
            self.ranges.remove(&start);
            first = first.min(start);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
        while self.ranges.len() > GAPS {
            let Some((start, _)) = self.ranges.pop_first() else {
                return;
            };
            if let Some((_, end)) = self.ranges.pop_first() {
                self.ranges.insert(start, end);
            }
        }
    }
}

#[cfg(test)]
mod tests;
