//! Xero's date forms (Xero developer docs, "Requests and responses").
//!
//! Business dates are UTC midnights of the calendar day; instants are UTC milliseconds.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use chrono_tz::Tz;

/// `/Date(1518685950940+0000)/`, the form of most instants.
pub fn instant(at: DateTime<Utc>) -> String {
    format!("/Date({}+0000)/", at.timestamp_millis())
}

/// `/Date(1518685950940)/`, the envelope's form.
pub fn bare_instant(at: DateTime<Utc>) -> String {
    format!("/Date({})/", at.timestamp_millis())
}

/// `2019-03-05T18:59:06Z`, seconds truncated.
pub fn instant_string(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2019-07-09T23:40:30.1833130`, the form of connections: seven digits, no zone.
pub fn connection_instant(at: DateTime<Utc>) -> String {
    format!(
        "{}.{:03}0000",
        at.format("%Y-%m-%dT%H:%M:%S"),
        at.timestamp_subsec_millis()
    )
}

/// A business date as `/Date(1539993600000+0000)/`.
pub fn day(date: NaiveDate) -> String {
    instant(date.and_time(NaiveTime::MIN).and_utc())
}

/// A business date as `2018-10-20T00:00:00`.
pub fn day_string(date: NaiveDate) -> String {
    date.format("%Y-%m-%dT00:00:00").to_string()
}

/// A date in a lock date message: `30-Nov-2018`.
pub fn lock_date_text(date: NaiveDate) -> String {
    date.format("%d-%b-%Y").to_string()
}

/// The calendar day it is in the organisation's time zone.
pub fn today(now: DateTime<Utc>, zone: Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// Reads a date in a request body: `2026-11-22`, `2026-11-22T00:00:00` (with or without fraction
/// and zone) or `/Date(ms+0000)/`. A space instead of `T` is refused, as Xero does.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    if let Some(at) = parse_ticks(text) {
        return Some(at.date_naive());
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(date);
    }
    if !text.contains('T') {
        return None;
    }
    NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f")
        .map(|at| at.date())
        .ok()
        .or_else(|| {
            DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|at| at.date_naive())
        })
}

/// Reads `/Date(ms)/` with or without an offset.
pub fn parse_ticks(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner
        .get(1..)?
        .find(['+', '-'])
        .map_or(inner.len(), |found| found + 1);
    DateTime::from_timestamp_millis(inner[..end].parse().ok()?)
}

/// Reads `If-Modified-Since`: plain UTC, RFC 3339 with zone, or RFC 1123; truncated to seconds.
pub fn parse_modified_since(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let at = if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        at.with_timezone(&Utc)
    } else if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        at.and_utc()
    } else if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        date.and_time(NaiveTime::MIN).and_utc()
    } else {
        DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc)
    };
    Some(at.trunc_subsecs(0))
}

/// Milliseconds are all Xero keeps.
pub fn to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// `Organisation.Timezone`: an upper-case Windows name without spaces.
pub fn windows_zone(zone: Tz) -> &'static str {
    match zone {
        chrono_tz::Pacific::Auckland => "NEWZEALANDSTANDARDTIME",
        chrono_tz::Australia::Sydney | chrono_tz::Australia::Melbourne => "AUSEASTERNSTANDARDTIME",
        chrono_tz::America::New_York => "EASTERNSTANDARDTIME",
        chrono_tz::America::Los_Angeles => "PACIFICSTANDARDTIME",
        chrono_tz::Europe::London => "GMTSTANDARDTIME",
        _ => "UTC",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_are_written_as_the_documentation_shows() {
        let date = NaiveDate::from_ymd_opt(2018, 10, 20).unwrap();
        assert_eq!(day(date), "/Date(1539993600000+0000)/");
        assert_eq!(day_string(date), "2018-10-20T00:00:00");
        let at = DateTime::from_timestamp_millis(1_551_812_346_173).unwrap();
        assert_eq!(instant_string(at), "2019-03-05T18:59:06Z");
        assert_eq!(instant(at), "/Date(1551812346173+0000)/");
        assert_eq!(connection_instant(at), "2019-03-05T18:59:06.1730000");
        assert_eq!(lock_date_text(date), "20-Oct-2018");
    }

    #[test]
    fn dates_in_requests() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        for good in [
            "2026-11-22",
            "2026-11-22T00:00:00",
            "2026-11-22T00:00:00Z",
            "2026-11-22T00:00:00.000",
            "/Date(1795305600000)/",
            "/Date(1795305600000+0000)/",
        ] {
            assert_eq!(parse_day(good), Some(date), "{good}");
        }
        for bad in ["2017-12-14 00:00:00", "22/11/2026", "", "/Date()/"] {
            assert_eq!(parse_day(bad), None, "{bad}");
        }
        assert_eq!(
            parse_day("/Date(-86400000+0000)/"),
            NaiveDate::from_ymd_opt(1969, 12, 31)
        );
    }

    #[test]
    fn if_modified_since_takes_what_the_clients_send() {
        let want = "2026-10-20T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for text in [
            "2026-10-20T12:00:00",
            "2026-10-20T12:00:00.123Z",
            "2026-10-20T12:00:00.123000+00:00",
            "Tue, 20 Oct 2026 12:00:00 GMT",
            "2026-10-20T14:00:00+02:00",
        ] {
            assert_eq!(parse_modified_since(text), Some(want), "{text}");
        }
        assert_eq!(parse_modified_since("yesterday"), None);
    }
}
