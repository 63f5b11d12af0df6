//! What is stored of a pairing's schedules: what a person chose, up to when each was served, and what kept
//! the last one from starting.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use store::{PairingId, Store, StoreError};

use super::due::{Chosen, Served, Whose};
use crate::views::ErrorView;

/// Why what was due did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trouble {
    /// What happened.
    pub error: ErrorView,
    /// How often in a row.
    pub times: u32,
    /// When it is tried again; `None` where the next slot is waited for.
    pub again_at: Option<DateTime<Utc>>,
}

fn chosen_key(pairing: PairingId) -> String {
    format!("schedule/{pairing}")
}

fn served_key(pairing: PairingId) -> String {
    format!("schedule_served/{pairing}")
}

fn trouble_key(pairing: PairingId) -> String {
    format!("schedule_trouble/{pairing}")
}

/// What a person chose; nothing where nobody has.
pub(super) fn chosen(store: &Store, pairing: PairingId) -> Result<Chosen, StoreError> {
    Ok(store.setting(&chosen_key(pairing))?.unwrap_or_default())
}

pub(super) fn choose(store: &Store, pairing: PairingId, chosen: &Chosen) -> Result<(), StoreError> {
    store.set_setting(&chosen_key(pairing), chosen)
}

/// Up to when each schedule was served.
pub(super) fn served(store: &Store, pairing: PairingId) -> Result<Served, StoreError> {
    Ok(store.setting(&served_key(pairing))?.unwrap_or_default())
}

/// Notes that schedules were served by a run that began then.
pub(super) fn serve(
    store: &Store,
    pairing: PairingId,
    lines: &[Whose],
    began: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut all = served(store, pairing)?;
    all.extend(lines.iter().map(|whose| (whose.word(), began)));
    store.set_setting(&served_key(pairing), &all)
}

pub(super) fn trouble(store: &Store, pairing: PairingId) -> Result<Option<Trouble>, StoreError> {
    store.setting(&trouble_key(pairing))
}

pub(super) fn set_trouble(
    store: &Store,
    pairing: PairingId,
    trouble: Option<&Trouble>,
) -> Result<(), StoreError> {
    match trouble {
        Some(trouble) => store.set_setting(&trouble_key(pairing), trouble),
        None => store.forget_setting(&trouble_key(pairing)),
    }
}
