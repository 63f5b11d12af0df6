//! Whether the books that answer are the ones that were paired: asked before anything is read into the
//! store or written.

use chrono::{DateTime, Utc};
use ledger::Side;
use store::{Pairing, Store};

use super::RunError;
use crate::books::{BooksError, Kinship, Origin, Profile};

/// Makes sure that the books of a side that answer are the ones that were paired, and remembers what
/// they say of themselves for the first time.
///
/// # Errors
/// [`BooksError::OtherBooks`], [`BooksError::PerhapsCopy`].
pub fn recognise(
    store: &Store,
    pairing: &Pairing,
    side: Side,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<(), RunError> {
    let (asked, expected) = match side {
        Side::Xero => (&pairing.xero_tenant, &pairing.xero_name),
        Side::Erpnext => (&pairing.erpnext_company, &pairing.erpnext_company),
    };
    let others = || BooksError::OtherBooks {
        side,
        expected: expected.clone(),
        found: profile.name.clone(),
    };
    if profile.identity != *asked {
        return Err(others().into());
    }
    let kept = store.origin(pairing.id, side)?;
    let known: Origin = kept
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    match known.kinship(&profile.origin) {
        Kinship::Same => {}
        Kinship::Others => return Err(others().into()),
        Kinship::Elsewhere | Kinship::Related => {
            let place = |origin: &Origin| origin.address.clone().unwrap_or_default();
            return Err(BooksError::PerhapsCopy {
                side,
                expected: place(&known),
                found: place(&profile.origin),
            }
            .into());
        }
    }
    let whole = known.completed(&profile.origin);
    if kept.is_none() || whole != known {
        let text = serde_json::to_string(&whole).unwrap_or_default();
        store.set_origin(pairing.id, side, &text, now)?;
    }
    Ok(())
}
