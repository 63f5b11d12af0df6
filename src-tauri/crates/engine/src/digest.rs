//! Digests that say whether something is still the same.

use ledger::{Record, RemoteId, Version};

use crate::books::Change;

/// The digest of a change, without the target's version: a write that was refused is the same write
/// although the target record was touched since. Of a document it is what is meant that counts: where
/// a replacement was refused and the content put back, the document has another name, and rows too.
/// What the source's record refers to stands for what
/// the target's does: that may not exist yet when the write is first planned.
pub fn fingerprint(change: &Change, source: Option<&Record>) -> String {
    let mut change = change.clone();
    change.set_version(&Version::new(""));
    if let Change::Update {
        id,
        from,
        to: Record::Invoice(to),
        under_way,
        ..
    } = &mut change
    {
        *id = RemoteId::new("");
        *under_way = false;
        for line in &mut to.lines {
            line.id = None;
        }
        *from = Record::Invoice(to.clone());
    }
    if let (Some(meant), Some(source)) = (change.meant_mut(), source) {
        for (ours, theirs) in meant.references().iter().zip(source.references()) {
            meant.refer(ours, &theirs.id);
        }
    }
    // Plain data without maps: it always serialises, and always the same way.
    let text = serde_json::to_string(&change).unwrap_or_default();
    store::fingerprint(&[&text])
}
