//! Follows records that changed their identity in ERPNext: a customer that was renamed, a document
//! that a person cancelled and amended. The link goes along; otherwise the record would look like a
//! new one beside one that has gone.

use ledger::{Kind, Side};
use store::{Link, LinkWrite, LogOutcome, LogWrite, RecordKey, RecordRow, Settlement};

use super::rows::stored;
use super::{RunError, Work};
use crate::books::{Lookup, Pulled};

/// Moves the links of these pulled ERPNext rows, before they are stored.
pub(super) async fn follow(work: &Work<'_>, kind: Kind, rows: &[Pulled]) -> Result<(), RunError> {
    for row in rows {
        let Ok(record) = &row.record else { continue };
        if record.ended() {
            continue;
        }
        if let Some(link) = moved(work, kind, row).await? {
            move_link(work, kind, &link, row)?;
        }
    }
    Ok(())
}

/// The link whose ERPNext record this row took the place of.
async fn moved(work: &Work<'_>, kind: Kind, row: &Pulled) -> Result<Option<Link>, RunError> {
    if row.replaces.is_none() && row.marker.is_none() {
        // It says nothing of another record's place.
        return Ok(None);
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    if store
        .link_of(pairing, kind, Side::Erpnext, &row.id)?
        .is_some()
    {
        return Ok(None);
    }
    if let Some(old) = &row.replaces {
        // ERPNext amends cancelled documents only.
        return Ok(store.link_of(pairing, kind, Side::Erpnext, old)?);
    }
    let Some(marker) = &row.marker else {
        return Ok(None);
    };
    let Some(link) = store.link_of(pairing, kind, Side::Xero, marker)? else {
        return Ok(None);
    };
    // Our marker is unique on the site: where it stands on another record now, that is the renamed
    // one, unless the old one is still there.
    let old = Lookup::Ids(vec![link.erpnext_id.clone()]);
    let found = work.books(Side::Erpnext).find(kind, &old).await?;
    let still_there = found.iter().any(|found| {
        found.id == link.erpnext_id && found.record.as_ref().is_ok_and(|record| !record.ended())
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
        format!(
            "{} is now called {} in ERPNext; the link follows",
            old.id, row.id
        ),
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
    if kind == Kind::Contact {
        // Renaming a customer changes its invoices without a trace (erpnext/FACTS §9): they are read
        // anew from the beginning.
        store.store_page(pairing, Side::Erpnext, Kind::Invoice, &[], "", work.now())?;
    }
    Ok(())
}

/// The row of a record that is no more: it stands for nothing, and takes part in nothing.
fn ended(row: Option<RecordRow>) -> Option<RecordRow> {
    let mut row = row?;
    row.marker = None;
    row.record.as_mut().ok()?.end();
    Some(row)
}
