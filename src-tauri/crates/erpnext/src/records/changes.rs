//! What has changed since the last look, page by page.
//!
//! `modified` is the only order ERPNext offers, and it has traps (observed on ERPNext 15): it is
//! taken during a request but seen only at its end, so rows turn up some seconds *behind* rows seen
//! before; it is local time without a zone, so an hour repeats when the clocks go back; editing an
//! Address or a Contact need not touch its Customer. Hence: every pass starts a little before the
//! moment when the last one began, and Customers are found through their Addresses and Contacts as
//! well. Rows repeat; none is missed. What a long job saves is seen by names alone
//! ([`super::standing::recent`]).

mod contacts;
mod credit_notes;

use std::future::Future;

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::invoices::Invoices;
use super::{Fetched, PAGE};
use crate::chart::Chart;
use crate::client::Client;
use crate::error::Error;
use crate::wire::InvoiceRow;

pub use contacts::changed_customers;
pub use credit_notes::changed_credit_notes;

/// How far a list has been read: the last row's `modified` and name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The last row's `modified`; empty before the first.
    pub modified: String,
    /// Its name.
    pub name: String,
}

impl Place {
    /// The place to begin a new pass at: a little back, more than an hour where the clocks have just
    /// gone back. `time_zone` is the site's.
    #[must_use]
    pub fn back(&self, time_zone: &str) -> Self {
        Self {
            modified: stepped_back(&self.modified, time_zone),
            name: String::new(),
        }
    }
}

/// How far the changes of a kind have been read. Opaque to everybody else, stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The documents themselves.
    pub documents: Place,
    /// Addresses (contacts only).
    pub addresses: Place,
    /// Contacts (contacts only).
    pub contacts: Place,
    /// The invoices that returns lower by themselves (credit notes only); none where there are no such
    /// returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originals: Option<Place>,
    /// Which of the lists is being read.
    pub list: Feed,
    /// Whether the last pass came to its end.
    pub ended: bool,
    /// When this pass began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Moment>,
    /// From when on changes were looked for in this pass, by the site's clock: everything that was
    /// saved before, and seen by then, has been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// One moment by two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// By the site's.
    pub site: DateTime<Utc>,
    /// By this computer's.
    pub ours: DateTime<Utc>,
}

impl Moment {
    /// Now, where the site says what time it is.
    fn now(client: &Client) -> Option<Self> {
        Some(Self {
            site: client.site_time()?,
            ours: client.now(),
        })
    }

    /// The moment by the site's clock as it goes `now`: earlier than it was then where that clock was
    /// set back meanwhile.
    fn as_of(self, now: Self) -> DateTime<Utc> {
        let ago = (now.ours - self.ours).max(Duration::zero());
        self.site.min(now.site - ago)
    }
}

/// One of the lists changes are found in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// Customers or Sales Invoices.
    #[default]
    Documents,
    /// Addresses of Customers.
    Addresses,
    /// Contacts of Customers.
    Contacts,
}

/// A page of changed documents.
#[derive(Debug, Clone)]
pub struct Changes<T> {
    /// The documents.
    pub rows: Vec<Fetched<T>>,
    /// Where to go on.
    pub next: Reading,
    /// How many there are in all; told with the first page only.
    pub total: Option<u64>,
}

/// How long a row may turn up behind one seen before: requests end within two minutes.
const OVERLAP_MINUTES: i64 = 3;
/// Where an hour repeats, that hour and the overlap.
const REPEATED_HOUR_MINUTES: i64 = 65;

impl Reading {
    /// Where the next page begins. A new pass begins a little before the last one did, so that what
    /// was saved in between is read, and a burst of changes is not read for ever; where the site does
    /// not say what time it is, a little before the newest change.
    fn begin(mut self, time_zone: &str, now: Option<Moment>) -> Self {
        if self.ended {
            self.since = self.began.zip(now).map(|(began, now)| began.as_of(now));
            // By the zone of now: whatever it was before, this is how changes are stamped.
            let zone = time_zone.parse::<chrono_tz::Tz>().ok();
            let local = self
                .since
                .zip(zone)
                .map(|(since, zone)| since.with_timezone(&zone).format(FORM).to_string());
            if let Some(place) = self.originals.as_mut().filter(|it| it.modified.is_empty()) {
                place.clone_from(&self.documents);
            }
            let places = [&mut self.documents, &mut self.addresses, &mut self.contacts];
            for place in places.into_iter().chain(&mut self.originals) {
                if let Some(local) = &local {
                    place.modified.clone_from(local);
                    *place = place.back(time_zone);
                } else if !place.modified.is_empty() {
                    *place = place.back(time_zone);
                }
            }
            self.ended = false;
            self.list = Feed::Documents;
            self.began = now;
        } else if self.began.is_none() && self.documents == Place::default() {
            self.began = now;
        }
        self
    }
}

/// How ERPNext writes an instant, in the site's local time.
pub(super) const FORM: &str = "%Y-%m-%d %H:%M:%S%.6f";

/// A local time some minutes earlier; more than an hour where the hour before it occurs twice.
fn stepped_back(modified: &str, time_zone: &str) -> String {
    let Ok(time) = NaiveDateTime::parse_from_str(modified, "%Y-%m-%d %H:%M:%S%.f") else {
        return modified.to_owned();
    };
    let repeats = time_zone.parse::<chrono_tz::Tz>().is_ok_and(|zone| {
        (0..=REPEATED_HOUR_MINUTES / 5).any(|step| {
            let then = time - Duration::minutes(5 * step);
            matches!(
                zone.from_local_datetime(&then),
                chrono::LocalResult::Ambiguous(..)
            )
        })
    });
    let back = if repeats {
        REPEATED_HOUR_MINUTES + OVERLAP_MINUTES
    } else {
        OVERLAP_MINUTES
    };
    (time - Duration::minutes(back)).format(FORM).to_string()
}

/// A kind of document that changes are read of.
pub trait Documents {
    /// A document as read.
    type Record: Send;
    /// Its DocType.
    const DOCTYPE: &'static str;

    /// The filters every look carries.
    fn scope(chart: &Chart) -> Vec<Value>;

    /// Reads the documents that match, within the scope, with all their rows.
    ///
    /// # Errors
    /// See [`Error`].
    fn fetch(
        client: &Client,
        chart: &Chart,
        filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Fetched<Self::Record>>, Error>> + Send;
}

/// The next page of changed documents of a kind.
///
/// # Errors
/// See [`Error`].
pub async fn changed<D: Documents>(
    client: &Client,
    chart: &Chart,
    from: Reading,
) -> Result<Changes<D::Record>, Error> {
    let first = from == Reading::default();
    let mut reading = from.begin(&chart.time_zone, Moment::now(client));
    let total = if first {
        Some(client.count(D::DOCTYPE, &D::scope(chart)).await?)
    } else {
        None
    };
    let (rows, full) = page::<D>(client, chart, &mut reading.documents).await?;
    reading.ended = !full;
    Ok(Changes {
        rows,
        next: reading,
        total,
    })
}

/// The documents changed after a place, which moves on; and whether there may be more.
async fn page<D: Documents>(
    client: &Client,
    chart: &Chart,
    place: &mut Place,
) -> Result<(Vec<Fetched<D::Record>>, bool), Error> {
    let order = "modified asc, name asc";
    let mut rows = D::fetch(client, chart, since(place), order, PAGE).await?;
    if stuck(&rows, place, rows.len() >= PAGE) {
        rows = D::fetch(client, chart, within(place), order, PAGE).await?;
        if rows.is_empty() {
            rows = D::fetch(client, chart, after(place), order, PAGE).await?;
        }
    }
    advance(place, &rows);
    let full = rows.len() >= PAGE;
    Ok((rows, full))
}

/// The next page of changed Sales Invoices.
///
/// # Errors
/// See [`Error`].
pub async fn changed_invoices(
    client: &Client,
    chart: &Chart,
    from: Reading,
) -> Result<Changes<InvoiceRow>, Error> {
    changed::<Invoices>(client, chart, from).await
}

fn since(place: &Place) -> Vec<Value> {
    if place.modified.is_empty() {
        Vec::new()
    } else {
        vec![json!(["modified", ">=", place.modified])]
    }
}

fn within(place: &Place) -> Vec<Value> {
    vec![
        json!(["modified", "=", place.modified]),
        json!(["name", ">", place.name]),
    ]
}

fn after(place: &Place) -> Vec<Value> {
    vec![json!(["modified", ">", place.modified])]
}

/// Whether a whole page holds nothing later than where it began (a bulk update in the database
/// gives thousands of rows one time): it must be walked by name then.
fn stuck<T>(rows: &[Fetched<T>], place: &Place, full: bool) -> bool {
    full && rows
        .last()
        .is_some_and(|last| last.modified == place.modified)
}

fn advance<T>(place: &mut Place, rows: &[Fetched<T>]) {
    if let Some(last) = rows.last()
        && last.modified >= place.modified
    {
        place.modified.clone_from(&last.modified);
        place.name.clone_from(&last.name);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_new_pass_starts_a_little_back() {
        let reading = Reading {
            documents: Place {
                modified: "2026-11-22 15:40:03.554495".into(),
                name: "X".into(),
            },
            list: Feed::Contacts,
            ended: true,
            ..Reading::default()
        };
        let begun = reading.clone().begin("Europe/London", None);
        assert_eq!(begun.documents.modified, "2026-11-22 15:37:03.554495");
        assert_eq!(begun.documents.name, "");
        assert_eq!(begun.list, Feed::Documents);
        let going = Reading {
            ended: false,
            ..reading
        };
        assert_eq!(going.clone().begin("Europe/London", None), going);
    }

    fn moment(site: &str, ours: &str) -> Moment {
        Moment {
            site: format!("2026-06-22T{site}Z").parse().unwrap(),
            ours: format!("2026-06-22T{ours}Z").parse().unwrap(),
        }
    }

    /// A pass that ended, after one that began at 10:00 by the site and 10:01 by us.
    fn read_at_ten(newest: &str) -> Reading {
        let place = Place {
            modified: format!("2026-06-22 {newest}"),
            name: "X".into(),
        };
        Reading {
            documents: place.clone(),
            addresses: place.clone(),
            contacts: place,
            ended: true,
            began: Some(moment("10:00:00", "10:01:00")),
            ..Reading::default()
        }
    }

    #[test]
    fn a_new_pass_starts_from_when_the_last_one_began_so_that_a_burst_is_read_once() {
        // London is an hour ahead in June.
        for newest in ["10:59:59.000000", "08:00:00.000000", "11:30:00.000000"] {
            let begun =
                read_at_ten(newest).begin("Europe/London", Some(moment("10:30:00", "10:31:00")));
            for place in [&begun.documents, &begun.addresses, &begun.contacts] {
                assert_eq!(place.modified, "2026-06-22 10:57:00.000000");
            }
            assert_eq!(begun.began, Some(moment("10:30:00", "10:31:00")));
        }
        // A site that does not say what time it is: from the newest change.
        let begun = read_at_ten("10:59:59.000000").begin("Europe/London", None);
        assert_eq!(begun.documents.modified, "2026-06-22 10:56:59.000000");
    }

    #[test]
    fn a_zone_or_a_clock_that_is_set_back_hides_nothing() {
        let begun = read_at_ten("10:59:59.000000")
            .begin("America/New_York", Some(moment("10:30:00", "10:31:00")));
        assert_eq!(begun.documents.modified, "2026-06-22 05:57:00.000000");
        // Half an hour later the site says that it is 08:30: what it stamped 08:00 was saved at 10:00.
        let begun = read_at_ten("10:59:59.000000")
            .begin("Europe/London", Some(moment("08:30:00", "10:31:00")));
        assert_eq!(begun.documents.modified, "2026-06-22 08:57:00.000000");
    }

    #[test]
    fn the_repeated_hour_in_autumn_is_read_again() {
        // Clocks in London go back from 02:00 to 01:00 on 25 October 2026.
        for (modified, back) in [
            ("2026-10-25 01:59:00.000000", "2026-10-25 00:51:00.000000"),
            ("2026-10-25 02:30:00.000000", "2026-10-25 01:22:00.000000"),
            ("2026-10-25 04:30:00.000000", "2026-10-25 04:27:00.000000"),
        ] {
            assert_eq!(stepped_back(modified, "Europe/London"), back);
        }
        assert_eq!(stepped_back("nonsense", "Europe/London"), "nonsense");
    }

    #[test]
    fn a_reading_survives_storing_and_older_forms() {
        let reading: Reading = serde_json::from_str("{}").unwrap_or_default();
        assert_eq!(reading, Reading::default());
    }
}
