//! What installations say about syncing a pairing: one document for each, which nobody else writes.
//!
//! It is a Webhook Request Log. Tried on 15.71 (Frappe 15.75) and 16.9: System Manager may make, read and change
//! it, which the marker fields ask for anyway; its name can be chosen (API v2); no Version is kept of it, nobody is
//! told of it, and it is linked from nowhere. A site may clear it away after 30 days: then it is made anew.
//!
//! No document here has two writers. A second one of a taken name is not refused but made under another (seen on
//! both: its names are "hash"), so one document for all could be made twice; the types whose names are refused show
//! up where people choose things, or keep a Version of each save. (`modified` sent back would be a guard: of four
//! PUTs at once with the same one, one was carried out in 30 of 30 tries on both, the others 417 or, on 16, mostly
//! 500 `QueryDeadlockError`.)
//!
//! What is said stands in `response`: a body with a key `data` is read as that alone, and the rest of it is dropped
//! without a word (API v1, seen on both).

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, List, member};
use crate::error::{Error, RefusalKind};
use crate::site;

/// What claims are kept in.
pub const DOCTYPE: &str = "Webhook Request Log";
/// What their names begin with.
pub const PREFIX: &str = "counterfoil-";
/// How often a claim is written where the site's database gives the write up for somebody else's.
const TRIES: u32 = 5;
/// The longest text that a list shows of one.
const SHOWN: usize = 140;

/// A claim as it stands on the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The claim, as it was written.
    pub claim: Value,
    /// When it was written last.
    pub at: DateTime<Utc>,
}

/// The claims of a key, and the site's time as it answered. `None` where the user may not see them, or the site does
/// not say what time it is.
///
/// # Errors
/// A connection that fails.
pub async fn read(
    client: &Client,
    key: &str,
    time_zone: &str,
) -> Result<Option<(Vec<Stored>, DateTime<Utc>)>, Error> {
    let list = List {
        doctype: DOCTYPE,
        parent: None,
        fields: vec!["name", "modified", "response"],
        filters: vec![json!(["name", "like", format!("{PREFIX}{key}-%")])],
        order_by: "name asc",
        limit: 0,
    };
    let Some(rows) = allowed(client.list(&list).await)? else {
        return Ok(None);
    };
    let Some(now) = client.site_time() else {
        return Ok(None);
    };
    let zone = zone(time_zone);
    let stored = rows.iter().filter_map(|row| {
        let claim = serde_json::from_str(row.str("response")?).ok()?;
        let at = instant(row.str("modified")?, zone, now)?;
        Some(Stored { claim, at })
    });
    Ok(Some((stored.collect(), now)))
}

/// Writes the claim of an installation; `shown` is what people read in ERPNext's list. Returns when it was written;
/// `None` where the user may not.
///
/// # Errors
/// A connection that fails.
pub async fn write(
    client: &Client,
    (key, installation): (&str, &str),
    (shown, claim): (&str, &Value),
    time_zone: &str,
) -> Result<Option<DateTime<Utc>>, Error> {
    let name = format!("{PREFIX}{key}-{installation}");
    let shown: String = shown.chars().take(SHOWN).collect();
    let mut body = json!({ "reference_document": shown, "response": claim.to_string() });
    let path = site::document(DOCTYPE, &name);
    let mut written = None;
    for _ in 0..TRIES {
        let answer = match client.write(Method::PUT, &path, &body).await {
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::Missing => {
                body["name"] = name.as_str().into();
                client
                    .write(Method::POST, &site::doctype_v2(DOCTYPE), &body)
                    .await
            }
            answer => answer,
        };
        // Nobody else writes it, so the next try is as good as the first.
        let gave_way = matches!(&answer, Err(Error::Refused(refusal))
            if matches!(refusal.kind(), RefusalKind::Deadlock | RefusalKind::Locked));
        written = allowed(answer)?;
        if !gave_way {
            break;
        }
    }
    let Some(answer) = written else {
        return Ok(None);
    };
    let document = member(answer, "data");
    let text = |field: &str| document.get(field).and_then(Value::as_str);
    if text("name") != Some(&name) {
        return Ok(None);
    }
    let now = client.site_time().unwrap_or_else(|| client.now());
    Ok(text("modified").and_then(|modified| instant(modified, zone(time_zone), now)))
}

/// The site's time zone.
fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// `None` for what the site will not do for this user: it goes on without.
fn allowed<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::NotAllowed(_) | Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the site calls a local time. Where an hour occurs twice it is the later one that is not ahead of now.
fn instant(modified: &str, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(modified, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    let at = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at,
        // The answer tells the time to the second, and perhaps before it was written.
        LocalResult::Ambiguous(_, later) if later.to_utc() <= now + TimeDelta::minutes(1) => later,
        LocalResult::Ambiguous(earlier, _) => earlier,
        // The zone was changed since: as it would be an hour on.
        LocalResult::None => zone
            .from_local_datetime(&(local + TimeDelta::hours(1)))
            .earliest()?,
    };
    Some(at.to_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_occurs_twice_is_the_later_one_that_has_come() {
        let london: Tz = "Europe/London".parse().unwrap();
        let utc = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        for (modified, now, at) in [
            (
                "2026-07-01 10:00:00.250000",
                "2026-07-01T09:00:00Z",
                "2026-07-01T09:00:00.25Z",
            ),
            // One minute before the clocks go back, seen right then and a minute later.
            (
                "2026-10-25 01:59:00.0",
                "2026-10-25T00:59:00Z",
                "2026-10-25T00:59:00Z",
            ),
            (
                "2026-10-25 01:59:00.0",
                "2026-10-25T01:00:00Z",
                "2026-10-25T00:59:00Z",
            ),
            // Of the second hour, or of the first: then it holds for five minutes too long.
            (
                "2026-10-25 01:30:00.0",
                "2026-10-25T01:31:00Z",
                "2026-10-25T01:30:00Z",
            ),
            // That hour never was.
            (
                "2026-03-29 01:30:00.0",
                "2026-03-29T01:31:00Z",
                "2026-03-29T01:30:00Z",
            ),
        ] {
            assert_eq!(
                instant(modified, london, utc(now)),
                Some(utc(at)),
                "{modified} at {now}"
            );
        }
        assert_eq!(
            instant("yesterday", london, utc("2026-07-01T09:00:00Z")),
            None
        );
    }
}
