//! Digests that say whether something is still the same.

use ledger::{Record, RemoteId, Version};

use crate::books::Change;
use crate::plan::{Entry, Subject};

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

/// The digest of a planned entry: of which records it is about and what is written of them. The same
/// whenever the same is planned again.
pub fn entry(entry: &Entry) -> String {
    let id = |subject: &Option<Subject>| {
        let id = subject.as_ref().map(|subject| subject.id.to_string());
        id.unwrap_or_default()
    };
    let mut parts = vec![
        entry.kind.word().to_owned(),
        id(&entry.xero),
        id(&entry.erpnext),
    ];
    for write in entry.writes() {
        parts.push(write.target.word().to_owned());
        parts.push(write.fingerprint.clone());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    store::fingerprint(&parts)
}
