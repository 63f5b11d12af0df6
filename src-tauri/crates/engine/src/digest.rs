//! Digests that say whether something is still the same.

use ledger::{Kind, Record, RemoteId};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::books::Change;
use crate::plan::{Entry, Subject};

/// What a write is, whatever version of the target it is held to.
#[derive(Serialize)]
struct Intended<'a> {
    verb: &'static str,
    kind: Kind,
    /// The record it is made to, where that is what it is about.
    target: Option<&'a RemoteId>,
    from: Option<&'a Record>,
    meant: Option<Record>,
    source: Option<&'a RemoteId>,
}

/// The digest of a change, without the target's version: a write that was refused is the same write
/// although the target record was touched since. Of a document it is what is meant that counts: where
/// a replacement was refused and the content put back, the document has another name, and rows too.
/// The source's contact stands for the target's, which may not exist yet when the write is first planned.
/// What else is referred to counts as it is: a payment that was refused because its invoice had ended is
/// another write once another document stands in its place.
pub fn fingerprint(change: &Change, source: Option<&Record>) -> String {
    let kind = change.kind();
    let replaced = kind.is_document() && matches!(change, Change::Update { .. });
    let mut meant = change.meant().cloned();
    if let Some(meant) = &mut meant {
        if replaced {
            meant.forget_rows();
            // What settles a document is taken off it before it is edited, and is no part of the edit.
            if let Some(document) = meant.document_mut() {
                document.amount_due = Decimal::ZERO;
                document.allocations.clear();
            }
        }
        if let Some(source) = source {
            let references = meant.references();
            let both = references.iter().zip(source.references());
            for (ours, theirs) in both.filter(|(ours, _)| !ours.kind.is_document()) {
                meant.refer(ours, &theirs.id);
            }
        }
    }
    let intended = Intended {
        verb: change.word(),
        kind,
        target: change.target().filter(|_| !replaced),
        from: change.from().filter(|_| !replaced),
        meant,
        source: change.source(),
    };
    // Plain data without maps: it always serialises, and always the same way.
    let text = serde_json::to_string(&intended).unwrap_or_default();
    store::fingerprint(&[&text])
}

/// What a record was left as: the digest of what it says, without what moves by itself ([`Record::as_said`]), and
/// behind a stroke, where it is for anything, that of what it is for.
pub fn content(record: &Record) -> String {
    // As above.
    let text = serde_json::to_string(&record.as_said()).unwrap_or_default();
    let said = store::fingerprint(&[&text]);
    let settles = record.settles();
    if settles.is_empty() {
        return said;
    }
    let text = serde_json::to_string(&settles).unwrap_or_default();
    format!("{said}/{}", store::fingerprint(&[&text]))
}

/// Whether two of [`content`] are the same but for what the records are for.
pub fn says_alike(one: &str, other: &str) -> bool {
    one.split('/').next() == other.split('/').next()
}

/// The digest of a planned entry: of which records it is about and what is written of them. The same
/// whenever the same is planned again.
pub fn entry<'a>(entry: &'a Entry) -> String {
    // A side without a record says nothing, which no identity does.
    let id = |subject: &'a Option<Subject>| subject.as_ref().map_or("", |it| it.id.as_str());
    let mut parts = vec![entry.kind.word(), id(&entry.xero), id(&entry.erpnext)];
    for write in entry.writes() {
        parts.extend([write.target.word(), &write.fingerprint]);
    }
    store::fingerprint(&parts)
}
