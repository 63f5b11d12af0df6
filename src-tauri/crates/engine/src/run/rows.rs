//! Books' rows as the store keeps them, and back.

use store::{RecordRow, StoredRecord, UnreadableRow};

use crate::books::Pulled;
use crate::plan::SideRecord;

/// A pulled record as the store keeps it.
pub(super) fn stored(pulled: &Pulled) -> RecordRow {
    RecordRow {
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        marker: pulled.marker.clone(),
        record: pulled.record.clone().map_err(|unreadable| UnreadableRow {
            title: unreadable.title,
            why: unreadable.why,
            raw: unreadable.raw,
        }),
        merged_into: pulled.merged_into.clone(),
        born: pulled.born.clone(),
    }
}

/// [`stored`], where nobody needs the pulled record any more.
pub(super) fn into_stored(pulled: Pulled) -> RecordRow {
    RecordRow {
        id: pulled.id,
        version: pulled.version,
        marker: pulled.marker,
        record: pulled.record.map_err(|unreadable| UnreadableRow {
            title: unreadable.title,
            why: unreadable.why,
            raw: unreadable.raw,
        }),
        merged_into: pulled.merged_into,
        born: pulled.born,
    }
}

/// A stored record as the planner sees it; `None` where it could not be read.
pub(super) fn side_record(stored: &StoredRecord) -> Option<SideRecord> {
    let record = stored.row.record.as_ref().ok()?;
    Some(SideRecord {
        id: stored.row.id.clone(),
        version: stored.row.version.clone(),
        marker: stored.row.marker.clone(),
        record: record.clone(),
    })
}

/// [`side_record`] without a copy.
pub(super) fn into_side_record(stored: StoredRecord) -> Option<SideRecord> {
    Some(SideRecord {
        record: stored.row.record.ok()?,
        id: stored.row.id,
        version: stored.row.version,
        marker: stored.row.marker,
    })
}
