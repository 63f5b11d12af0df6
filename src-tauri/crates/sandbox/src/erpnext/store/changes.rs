//! What a request changed, read off the undo journal before it is thrown away.

use std::collections::HashSet;

use super::super::cell::Doc;
use super::{Store, Undo, fold};

/// One document before and after a request.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// As it was; none where it is new.
    pub(crate) before: Option<Doc>,
    /// As it is; none where it is gone.
    pub(crate) after: Option<Doc>,
}

impl Change {
    /// The document as it is, or as it last was.
    pub(crate) fn doc(&self) -> Option<&Doc> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

impl Store {
    /// From now on keeps what requests change, for [`Store::take_changes`].
    pub(crate) fn watch(&mut self) {
        self.changes.get_or_insert_default();
    }

    /// What requests changed since the last call, in the order of the first touch.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        self.changes
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Reads the journal, where anybody watches. A document whose `modified` stays the same
    /// changed nothing that the site tells of; one that was renamed neither (erpnext/FACTS §9).
    pub(super) fn note_changes(&mut self) {
        if self.changes.is_none() {
            return;
        }
        let mut seen = HashSet::new();
        let mut changes: Vec<Change> = Vec::new();
        for undo in &self.journal {
            let Undo::Doc(doctype, name, before) = undo else {
                continue;
            };
            // The first entry of a document has it as it was before the request.
            if !seen.insert((*doctype, fold(name))) {
                continue;
            }
            let before = before.as_deref().cloned();
            let after = self.get(doctype, name).cloned();
            let same = match (&before, &after) {
                (Some(before), Some(after)) => before.text("modified") == after.text("modified"),
                (None, None) => true,
                _ => false,
            };
            if !same {
                changes.push(Change { before, after });
            }
        }
        let renamed = renames(&changes);
        let mut index = 0;
        changes.retain(|_| {
            index += 1;
            !renamed.contains(&(index - 1))
        });
        if let Some(kept) = &mut self.changes {
            kept.append(&mut changes);
        }
    }
}

/// The two halves of each rename: a document that went without a `Deleted Document` row, and the
/// one that came with the same `creation`.
fn renames(changes: &[Change]) -> Vec<usize> {
    let deleted = |gone: &Doc| {
        changes.iter().any(|change| {
            change.after.as_ref().is_some_and(|trace| {
                trace.doctype == "Deleted Document"
                    && trace.text("deleted_doctype") == gone.doctype
                    && trace.text("deleted_name") == gone.name()
            })
        })
    };
    let mut halves = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let (Some(gone), None) = (&change.before, &change.after) else {
            continue;
        };
        if deleted(gone) {
            continue;
        }
        halves.push(index);
        let came = changes.iter().position(|other| {
            other.before.is_none()
                && other.after.as_ref().is_some_and(|new| {
                    new.doctype == gone.doctype && new.text("creation") == gone.text("creation")
                })
        });
        halves.extend(came);
    }
    halves
}
