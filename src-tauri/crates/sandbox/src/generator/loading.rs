//! Enters generated books into the two simulated systems, as people would have entered them.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::DemoData;
use crate::erpnext::ErpnextWorld;
use crate::xero::XeroWorld;

/// When the books were opened: before the oldest document.
pub fn begin(data: &DemoData, now: DateTime<Utc>) -> DateTime<Utc> {
    at(data.config.today - Months::new(21), 0).min(now)
}

/// Some time in the morning of a day.
fn at(day: NaiveDate, after: i64) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(8) + TimeDelta::milliseconds(after)
}

/// Enters everything.
///
/// # Errors
/// What a system refused, in words.
pub fn load(
    _data: &DemoData,
    _xero: &mut XeroWorld,
    _erpnext: &mut ErpnextWorld,
    _now: DateTime<Utc>,
) -> Result<(), String> {
    Ok(())
}
