//! Digests that say whether something is still the same.

use ledger::{RemoteId, Version};

use crate::books::Change;

/// The digest of a change, without the target's version: a write that was refused is the same
/// write although the target record was touched since. `contact` is the source's identity of a
/// document's contact, which stands for the target's: that one may not exist yet when the write is
/// first planned.
pub fn fingerprint(change: &Change, contact: Option<&RemoteId>) -> String {
    let mut change = change.clone();
    let nobody = RemoteId::new("");
    match &mut change {
        Change::UpdateInvoice { version, to, .. } => {
            *version = Version::new("");
            to.contact = nobody;
        }
        Change::CreateInvoice { invoice, .. } => invoice.contact = nobody,
        Change::UpdateContact { version, .. }
        | Change::VoidInvoice { version, .. }
        | Change::Mark { version, .. } => *version = Version::new(""),
        Change::CreateContact { .. } => {}
    }
    // Plain data without maps: it always serialises, and always the same way.
    let text = serde_json::to_string(&(change, contact)).unwrap_or_default();
    store::fingerprint(&[&text])
}
