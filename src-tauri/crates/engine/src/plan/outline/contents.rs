//! Documents with their contents, slice by slice.

use std::collections::BTreeMap;

use ledger::{RemoteId, Side};

use crate::plan::{ContactLink, LinkedPair, PerSide, SideRecord};

/// Documents with their contents, as far as some items need them.
pub struct Contents<'a> {
    pub(super) pairs: BTreeMap<i64, &'a LinkedPair>,
    pub(super) records: PerSide<BTreeMap<&'a RemoteId, &'a SideRecord>>,
    /// The counterparts of the contacts that linked documents among them name.
    pub(super) contacts: &'a BTreeMap<(Side, RemoteId), ContactLink>,
}

impl<'a> Contents<'a> {
    /// Linked documents, and documents without a link. `contacts` are the counterparts of the contacts
    /// that the linked ones name, or named when both sides last agreed.
    pub fn of(
        pairs: &'a [LinkedPair],
        unlinked: &'a PerSide<Vec<SideRecord>>,
        contacts: &'a BTreeMap<(Side, RemoteId), ContactLink>,
    ) -> Self {
        let by_id = |side: Side| {
            let documents = unlinked.get(side).iter();
            let documents = documents.filter(|it| it.record.kind().is_document());
            documents.map(|record| (&record.id, record)).collect()
        };
        Self {
            pairs: pairs.iter().map(|pair| (pair.link, pair)).collect(),
            records: PerSide {
                xero: by_id(Side::Xero),
                erpnext: by_id(Side::Erpnext),
            },
            contacts,
        }
    }
}
