//! Follows records that changed their identity in ERPNext: a customer that was renamed, a document
//! that a person cancelled and amended, once or several times. The link goes along; otherwise the record would look like a
//! new one beside one that has gone.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Kind, RemoteId, Said, Side};
use store::{Link, LinkState, LinkWrite, LogOutcome, LogWrite, RecordKey, RecordRow, Settlement};

use super::rows::stored;
use super::{RunError, Work};
use crate::books::{Lookup, Pulled};

/// Moves the links of these pulled ERPNext rows, before they are stored.
pub(super) async fn follow(work: &Work<'_>, kind: Kind, rows: &[Pulled]) -> Result<(), RunError> {
    let mut chains = Chains {
        replaces: rows
            .iter()
            .map(|row| (row.id.clone(), row.replaces.clone()))
            .collect(),
    };
    let mut live = Vec::new();
    for row in rows {
        let stands = (row.record.as_ref()).is_ok_and(|record| !record.ended_for_good());
        // One without either says nothing of another record's place.
        if stands
            && (row.replaces.is_some() || row.marker.is_some())
            && linked(work, kind, &row.id)?.is_none()
        {
            live.push(row);
        }
    }
    chains.complete(work, kind, &live).await?;
    for row in live {
        if let Some(link) = moved(work, kind, row, &chains).await? {
            move_link(work, kind, &link, row)?;
        }
    }
    Ok(())
}

/// What each document was amended from, as far as it is known.
struct Chains {
    replaces: BTreeMap<RemoteId, Option<RemoteId>>,
}

/// Where a chain of amendments leads to.
enum Origin {
    /// To a document that is linked.
    Linked(Box<Link>),
    /// To one of which it is not known yet what it was amended from.
    Unknown(RemoteId),
    /// To none that is linked.
    Nothing,
}

impl Chains {
    /// Follows a row back, document by document, to one that is linked.
    fn origin(&self, work: &Work<'_>, kind: Kind, row: &Pulled) -> Result<Origin, RunError> {
        let mut seen = BTreeSet::new();
        let mut old = row.replaces.as_ref();
        while let Some(id) = old {
            if let Some(link) = linked(work, kind, id)? {
                return Ok(Origin::Linked(Box::new(link)));
            }
            if !seen.insert(id) {
                break;
            }
            old = match self.replaces.get(id) {
                Some(replaces) => replaces.as_ref(),
                None => return Ok(Origin::Unknown(id.clone())),
            };
        }
        Ok(Origin::Nothing)
    }

    /// Looks up the documents that are missing from the chains of these rows, one call for each step
    /// back, however many rows there are.
    async fn complete(
        &mut self,
        work: &Work<'_>,
        kind: Kind,
        rows: &[&Pulled],
    ) -> Result<(), RunError> {
        loop {
            let mut unknown = BTreeSet::new();
            for row in rows {
                if let Origin::Unknown(id) = self.origin(work, kind, row)? {
                    unknown.insert(id);
                }
            }
            if unknown.is_empty() {
                return Ok(());
            }
            let ids: Vec<RemoteId> = unknown.into_iter().collect();
            let lookup = Lookup::Ids(ids.clone());
            let found = work.books(Side::Erpnext).find(kind, &lookup).await?;
            // What is gone leads nowhere.
            self.replaces.extend(ids.into_iter().map(|id| (id, None)));
            let found = found.into_iter().map(|found| (found.id, found.replaces));
            self.replaces.extend(found);
        }
    }
}

fn linked(work: &Work<'_>, kind: Kind, id: &RemoteId) -> Result<Option<Link>, RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    Ok(store.link_of(pairing, kind, Side::Erpnext, id)?)
}

/// The link whose ERPNext record this row took the place of.
async fn moved(
    work: &Work<'_>,
    kind: Kind,
    row: &Pulled,
    chains: &Chains,
) -> Result<Option<Link>, RunError> {
    if let Origin::Linked(link) = chains.origin(work, kind, row)? {
        // ERPNext amends cancelled documents only. Where both had ended before that, the amendment is
        // a document of its own: what is voided in Xero stays voided.
        return Ok((link.state != LinkState::Ended).then_some(*link));
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let Some(marker) = &row.marker else {
        return Ok(None);
    };
    let Some(link) = store.link_of(pairing, kind, Side::Xero, marker)? else {
        return Ok(None);
    };
    // Our marker is unique on the site: where it stands on another record now, that is the renamed
    // one, or the one that we make in its place, unless the old one is still there.
    let old = Lookup::Ids(vec![link.erpnext_id.clone()]);
    let found = work.books(Side::Erpnext).find(kind, &old).await?;
    let still_there = found.iter().any(|found| {
        found.id == link.erpnext_id
            && (found.record.as_ref()).is_ok_and(|record| !record.ended_for_good())
    });
    Ok((!still_there).then_some(link))
}

pub(super) fn move_link(
    work: &Work<'_>,
    kind: Kind,
    link: &Link,
    row: &Pulled,
) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let old = RecordKey {
        side: Side::Erpnext,
        kind,
        id: link.erpnext_id.clone(),
    };
    let mut log = LogWrite::note(
        LogOutcome::Note,
        Said::LinkFollows {
            from: old.id.clone(),
            to: row.id.clone(),
        },
    );
    log.kind = Some(kind);
    log.xero_id = Some(link.xero_id.clone());
    log.erpnext_id = Some(row.id.clone());
    if let Ok(record) = &row.record {
        log.title = record.title().to_owned();
        log.contact_name = record.contact_name().to_owned();
        log.total = record.total();
    }
    let settlement = Settlement {
        records: ended(store.record(pairing, &old)?.map(|old| old.row))
            .map(|row| (Side::Erpnext, kind, row))
            .into_iter()
            .collect(),
        link: Some(LinkWrite {
            id: Some(link.id),
            kind,
            xero_id: link.xero_id.clone(),
            erpnext_id: row.id.clone(),
            base_xero: None,
            base_erpnext: None,
            xero_version: None,
            erpnext_version: None,
            state: link.state,
        }),
        resolve: vec![old],
        log: vec![log],
        ..Settlement::default()
    };
    store.settle(pairing, work.run, &[settlement], None, work.now())?;
    store.store_found(pairing, Side::Erpnext, kind, &[stored(row)], work.now())?;
    // Renaming a customer changes its invoices without a trace (erpnext/FACTS §9): they are read anew
    // from the beginning.
    for child in kind.children() {
        store.read_anew(pairing, Side::Erpnext, child)?;
    }
    Ok(())
}

/// The row of a record that is no more: it stands for nothing, and takes part in nothing. One that was read as
/// ended says itself what is left of it.
fn ended(row: Option<RecordRow>) -> Option<RecordRow> {
    let mut row = row?;
    let record = row.record.as_mut().ok()?;
    if !record.ended() {
        row.marker = None;
        record.end();
    }
    Some(row)
}
