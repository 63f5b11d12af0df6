//! Whether documents are there, and what has become of those that are not.

use ::erpnext::records::changes::{Place, Reading};
use ::erpnext::records::standing::{self, Listed, NAMES, Standing};
use ::erpnext::records::traces::{self, DeletedRow, Deletion, Rename};
use ::erpnext::translate::contact::ContactVersion;
use ::erpnext::{Chart, Error};
use engine::books::{BooksError, Cursor, Seen, SeenPage, Trace, Traces};
use ledger::{Kind, RemoteId, Version};
use serde::{Deserialize, Serialize};

use super::part::{self, Named};
use super::payments::{all_read, as_seen, behind_entries, is_behind_entries};
use super::{ErpnextBooks, failure};

/// How far the traces have been followed. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Followed {
    deletions: Place,
    renames: Place,
}

/// What is traced: the documents of every kind, and then what belongs to a Customer.
const TRACED: [&str; 6] = [
    "Customer",
    "Sales Invoice",
    "Payment Entry",
    "Journal Entry",
    "Address",
    "Contact",
];
/// How many of them are documents of a kind: invoices and credit notes are of one type.
const OF_A_KIND: usize = 3;

impl ErpnextBooks {
    pub(super) async fn follow_traces(&self, cursor: &Cursor) -> Result<Traces, BooksError> {
        let chart = self.chart().await?;
        let from: Followed = serde_json::from_str(&cursor.0).unwrap_or_default();
        // Rows turn up late as they do everywhere.
        let back = |place: &Place| {
            if place.modified.is_empty() {
                place.clone()
            } else {
                place.back(&chart.time_zone)
            }
        };
        let mut found = Vec::new();
        let mut next = from.clone();
        let mut hidden = false;
        let mut place = back(&from.deletions);
        loop {
            match traces::deletions(&self.client, &TRACED, &place).await {
                Ok(page) => {
                    self.deleted(&page.found, &mut found).await?;
                    place = page.next;
                    if !page.more {
                        next.deletions = later(from.deletions.clone(), place);
                        break;
                    }
                }
                // Only a System Manager reads Deleted Document (erpnext/FACTS §9).
                Err(Error::NotAllowed(_)) => {
                    hidden = true;
                    break;
                }
                Err(error) => return Err(failure::of_the_connection(error)),
            }
        }
        let mut place = back(&from.renames);
        loop {
            match traces::renames(&self.client, &TRACED[..OF_A_KIND], &place).await {
                Ok(page) => {
                    let told = page.found.iter().flat_map(|rename| renamed(rename, &found));
                    let told: Vec<Trace> = told.collect();
                    found.extend(told);
                    place = page.next;
                    if !page.more {
                        next.renames = later(from.renames.clone(), place);
                        break;
                    }
                }
                // A renamed document is found by our marker as well.
                Err(Error::NotAllowed(_)) => break,
                Err(error) => return Err(failure::of_the_connection(error)),
            }
        }
        Ok(Traces {
            found,
            next: Cursor(serde_json::to_string(&next).unwrap_or_default()),
            more: false,
            hidden,
        })
    }

    async fn deleted(
        &self,
        deletions: &[Deletion],
        found: &mut Vec<Trace>,
    ) -> Result<(), BooksError> {
        // What refers to others may have been a Customer's; a Customer may have been renamed before; and what
        // rows were payments of their own only the document itself says.
        let parts: Vec<&str> = deletions.iter().map(|it| it.trace.as_str()).collect();
        for deletion in deletions {
            let kinds = kinds_of(&deletion.doctype);
            // Which it was is told nowhere; who looks it up finds neither, or the one it is not.
            found.extend(kinds.iter().map(|kind| Trace::Deleted {
                kind: *kind,
                id: RemoteId::new(deletion.name.clone()),
            }));
        }
        if parts.is_empty() {
            return Ok(());
        }
        let remains = traces::remains(&self.client, &parts)
            .await
            .map_err(failure::of_the_connection)?;
        let kind = Kind::Contact;
        found.extend(remains.owners.into_iter().map(|owner| Trace::Changed {
            kind,
            id: RemoteId::new(owner),
        }));
        found.extend(remains.rows.iter().map(|row| Trace::Deleted {
            kind: Kind::Payment,
            id: part_of(row),
        }));
        let marked = remains.markers.into_iter();
        found.extend(marked.map(|(name, marker)| Trace::Carried {
            kind,
            id: RemoteId::new(name),
            marker: RemoteId::new(marker),
        }));
        Ok(())
    }

    pub(super) async fn recently(
        &self,
        kind: Kind,
        cursor: &Cursor,
    ) -> Result<Vec<Seen>, BooksError> {
        let chart = self.chart().await?;
        if kind == Kind::Payment {
            return Box::pin(self.payments_recently(&chart, cursor)).await;
        }
        let read: Reading = serde_json::from_str(&cursor.0).unwrap_or_default();
        let found = standing::recent(&self.client, &chart, listed(kind), &read)
            .await
            .map_err(failure::of_the_connection)?;
        Ok(found.into_iter().map(seen).collect())
    }

    async fn payments_recently(
        &self,
        chart: &Chart,
        cursor: &Cursor,
    ) -> Result<Vec<Seen>, BooksError> {
        let [entries, journals, tills] = all_read(cursor);
        let failed = failure::of_the_connection;
        let found = standing::recent(&self.client, chart, Listed::Payments, &entries).await;
        let found = found.map_err(failed)?.into_iter().map(seen).collect();
        let mut found = self.with_parts(chart, found).await?;
        let names = standing::recent(&self.client, chart, Listed::Journals, &journals).await;
        let names = names.map_err(failed)?.into_iter();
        let mut ids: Vec<RemoteId> = names.map(|it| part::of_journal(None, &it.name)).collect();
        let names = standing::recent(&self.client, chart, Listed::Tills, &tills).await;
        let names = names.map_err(failed)?.into_iter();
        ids.extend(names.map(|it| part::of_till("", &it.name)));
        let parts = self.payments_of(chart, &ids).await?;
        found.extend(parts.into_iter().map(as_seen));
        Ok(found)
    }

    pub(super) async fn all_after(
        &self,
        kind: Kind,
        cursor: &Cursor,
    ) -> Result<SeenPage, BooksError> {
        let chart = self.chart().await?;
        if kind == Kind::Payment && is_behind_entries(cursor) {
            return Box::pin(self.others_after(&chart, cursor)).await;
        }
        let found = standing::after(&self.client, &chart, listed(kind), &cursor.0)
            .await
            .map_err(failure::of_the_connection)?;
        let next = found
            .last()
            .map_or_else(|| cursor.clone(), |last| Cursor(last.name.clone()));
        let more = found.len() >= NAMES && next != *cursor;
        let seen = found.into_iter().map(seen).collect();
        if kind != Kind::Payment {
            return Ok(SeenPage { seen, more, next });
        }
        Ok(SeenPage {
            seen: Box::pin(self.with_parts(&chart, seen)).await?,
            more: true,
            next: if more { next } else { behind_entries() },
        })
    }

    pub(super) async fn seen_by_name(
        &self,
        chart: &Chart,
        kind: Kind,
        ids: &[RemoteId],
    ) -> Result<Vec<Seen>, BooksError> {
        if kind == Kind::Payment {
            return Box::pin(self.payments_seen(chart, ids)).await;
        }
        let names: Vec<&str> = ids.iter().map(RemoteId::as_str).collect();
        let found = standing::by_name(&self.client, chart, listed(kind), &names)
            .await
            .map_err(failure::of_the_connection)?;
        Ok(found.into_iter().map(seen).collect())
    }

    pub(super) async fn is_there(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        if kind == Kind::Payment && Named::of(id.as_str()) != Named::Entry(id.as_str()) {
            return Box::pin(self.payment_is_there(id)).await;
        }
        match self
            .client
            .document(listed(kind).doctype(), id.as_str())
            .await
        {
            Ok(found) => Ok(found.is_some_and(|found| listed(kind).is_one(&found))),
            // One that we may not see is there.
            Err(Error::NotAllowed(_)) => Ok(true),
            Err(error) => Err(failure::of_the_connection(error)),
        }
    }

    /// Whether the document stands that a payment is a row of, whatever its rows are.
    pub(super) async fn document_is_there(
        &self,
        kind: Kind,
        id: &RemoteId,
    ) -> Result<bool, BooksError> {
        let named = Named::of(id.as_str());
        if kind != Kind::Payment || named == Named::Entry(id.as_str()) {
            return self.is_there(kind, id).await;
        }
        let (doctype, name) = named.document();
        match self.client.document(doctype, name).await {
            Ok(found) => Ok(found.is_some()),
            Err(Error::NotAllowed(_)) => Ok(true),
            Err(error) => Err(failure::of_the_connection(error)),
        }
    }
}

/// Whether a document that was read at this version stands as a list of names says. The version of a
/// Customer is of its Address and Contact as well, which such a list does not tell.
pub(super) fn is_as_read(kind: Kind, seen: &Seen, version: &Version) -> bool {
    match kind {
        Kind::Contact => ContactVersion::from_text(version.as_str())
            .is_some_and(|version| version.customer == seen.version.as_str()),
        Kind::Invoice | Kind::CreditNote | Kind::Payment => seen.version == *version,
    }
}

const fn listed(kind: Kind) -> Listed {
    match kind {
        Kind::Contact => Listed::Customers,
        Kind::Invoice => Listed::Invoices,
        Kind::CreditNote => Listed::CreditNotes,
        Kind::Payment => Listed::Payments,
    }
}

/// The payment that a row of a deleted document was.
fn part_of(row: &DeletedRow) -> RemoteId {
    let (name, document) = (row.row.as_deref(), row.document.as_str());
    match row.doctype {
        "Journal Entry" => part::of_journal(name, document),
        "Sales Invoice" => part::of_till(name.unwrap_or_default(), document),
        _ => part::of_entry(name, document),
    }
}

/// The kinds that a document of this type may be of.
fn kinds_of(doctype: &str) -> &'static [Kind] {
    match doctype {
        "Customer" => &[Kind::Contact],
        "Sales Invoice" => &[Kind::Invoice, Kind::CreditNote],
        "Payment Entry" => &[Kind::Payment],
        _ => &[],
    }
}

fn seen(standing: Standing) -> Seen {
    Seen {
        id: RemoteId::new(standing.name),
        version: Version::new(standing.modified),
        born: (!standing.created.is_empty()).then_some(standing.created),
    }
}

/// A rename leaves no deletion of the old name; a merge does.
fn renamed(rename: &Rename, found: &[Trace]) -> Vec<Trace> {
    let kinds = kinds_of(&rename.doctype).iter();
    kinds.map(|kind| renamed_of(*kind, rename, found)).collect()
}

fn renamed_of(kind: Kind, rename: &Rename, found: &[Trace]) -> Trace {
    let (from, to) = (
        RemoteId::new(rename.from.clone()),
        RemoteId::new(rename.to.clone()),
    );
    let deleted = found.iter().any(
        |trace| matches!(trace, Trace::Deleted { kind: of, id } if *of == kind && *id == from),
    );
    if deleted {
        Trace::Merged {
            kind,
            from,
            into: to,
        }
    } else {
        Trace::Renamed { kind, from, to }
    }
}

fn later(one: Place, other: Place) -> Place {
    if other.modified >= one.modified {
        other
    } else {
        one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_traced() {
        for kind in Kind::ALL {
            let doctype = listed(kind).doctype();
            assert!(TRACED[..OF_A_KIND].contains(&doctype), "{doctype}");
            assert!(kinds_of(doctype).contains(&kind), "{kind}");
        }
        for (at, doctype) in TRACED.iter().enumerate() {
            assert_eq!(kinds_of(doctype).is_empty(), at >= OF_A_KIND, "{doctype}");
        }
    }
}
