//! What a document's wording needs of the site beyond the record: the document itself in full, since
//! what the ledger does not know of stays, and which name and marker its successor can have.

mod credit_notes;
mod money;
mod payments;

use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::records::{Holder, credit_note_holders, holders, taken_names};
use ::erpnext::translate::{amendment_names, invoice_out};
use ::erpnext::{Chart, marker_fields};
use engine::books::{BooksError, Change};
use futures::future::try_join_all;
use ledger::{Document, DocumentState, Kind, RemoteId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::credit_notes::{Ending, Entry, Using};
pub(super) use self::money::{UsingMoney, is_refund};
pub(super) use self::payments::{Paid, documents};
use super::{ErpnextBooks, failure};

/// How many documents are read at once.
const AT_ONCE: usize = 4;

/// A document as the site holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    /// The document that is written again: the one that is changed, or the one that it takes the
    /// place of.
    pub document: Value,
    /// Who takes its place; `None` where a draft that stands is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Successor>,
    /// The cancelled document that a draft of ours is to take the place of, as it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Document>,
    /// What uses a return that is replaced, or holds its credit on account, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
}

/// A document that does not stand yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Successor {
    /// The name that an amendment gets, the next that is free.
    pub name: String,
    /// The identity's next free revision.
    pub marker: String,
    /// A draft that an unfinished attempt of ours left, to be removed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leftover: Option<RemoteId>,
}

/// What a change asks for.
struct Wanted<'a> {
    kind: Kind,
    id: &'a RemoteId,
    source: &'a RemoteId,
    from: &'a Document,
    /// Whether another document takes its place.
    replaces: bool,
    /// Whether it is a draft of ours.
    under_way: bool,
}

/// The return that another takes the place of.
fn replaced_return(change: &Change) -> Option<&RemoteId> {
    let wanted = wanted(change)?;
    (wanted.replaces && wanted.kind == Kind::CreditNote).then_some(wanted.id)
}

fn wanted(change: &Change) -> Option<Wanted<'_>> {
    let Change::Update {
        id,
        from,
        to,
        source,
        under_way,
        ..
    } = change
    else {
        return None;
    };
    let (kind, from, to) = (from.kind(), from.document()?, to.document()?);
    let replaces = from.state != DocumentState::Draft
        && to.state == DocumentState::Approved
        && !(from.state == to.state && invoice_out::in_place(from, to));
    (replaces || from.state == DocumentState::Draft).then_some(Wanted {
        kind,
        id,
        source,
        from,
        replaces,
        under_way: *under_way,
    })
}

impl ErpnextBooks {
    /// See [`engine::books::Books::hold`]: one call for the payments of a batch, with one for each customer whose money is for
    /// nothing yet, and three for those that are used otherwise; two for its invoices and one for each of them; one for credit notes that end, and two for those that are used otherwise, with
    /// one for each that is used anew; and one for payments in Journal Entries that end.
    pub(super) async fn hold_all(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<Value>>, BooksError> {
        let paid = self.paid(changes).await?;
        let money = self.using_money(changes).await?;
        let using = self.using(changes).await?;
        let ending = self.ending(changes).await?;
        let ended = Box::pin(self.ended_entries(changes)).await?;
        let held = self.hold_documents(changes, &ending).await?;
        let notes = using.into_iter().zip(ending);
        let notes = notes.map(|(using, ending)| credit_notes::held(using, ending));
        Ok(held
            .into_iter()
            .zip(paid.into_iter().zip(money))
            .zip(notes.zip(ended))
            .map(|((held, (paid, money)), (note, ended))| {
                let paid = || serde_json::to_value(paid?).ok();
                let money = || serde_json::to_value(money?).ok();
                let ended = || serde_json::to_value(ended?).ok();
                held.or(note).or_else(paid).or_else(money).or_else(ended)
            })
            .collect())
    }

    /// `ending` says what uses returns that end, or are replaced.
    async fn hold_documents(
        &self,
        changes: &[&Change],
        ending: &[Option<Ending>],
    ) -> Result<Vec<Option<Value>>, BooksError> {
        let wanted: Vec<Option<Wanted<'_>>> =
            changes.iter().map(|change| self::wanted(change)).collect();
        let of_wanted = wanted.iter().zip(ending);
        let ending: Vec<Option<&Ending>> = of_wanted
            .filter_map(|(wanted, ending)| wanted.as_ref().map(|_| ending.as_ref()))
            .collect();
        let some: Vec<&Wanted<'_>> = wanted.iter().flatten().collect();
        if some.is_empty() {
            return Ok(vec![None; changes.len()]);
        }
        let chart = self.chart().await?;
        let holders = self.holders_of(&chart, &some).await?;
        let names: Vec<String> = some
            .iter()
            .filter(|wanted| wanted.replaces)
            .flat_map(|wanted| names_for(wanted))
            .collect();
        let taken: BTreeSet<String> = if names.is_empty() {
            BTreeSet::new()
        } else {
            let taken = taken_names(&self.client, &names)
                .await
                .map_err(failure::of_the_connection)?;
            taken.into_iter().collect()
        };
        let amended: Vec<Option<String>> = some
            .iter()
            .map(|wanted| amended(wanted.id, wanted.source, &holders).filter(|_| wanted.under_way))
            .collect();
        let mut originals = BTreeMap::new();
        for kind in [Kind::Invoice, Kind::CreditNote] {
            let of_kind = some.iter().zip(&amended).filter(|it| it.0.kind == kind);
            let names: Vec<String> = of_kind.filter_map(|it| it.1.clone()).collect();
            originals.extend(self.read_documents(&chart, kind, &names).await?);
        }
        let names: Vec<&str> = some
            .iter()
            .zip(&amended)
            .map(|(wanted, amended)| amended.as_deref().unwrap_or(wanted.id.as_str()))
            .collect();
        let documents = self.documents(&names).await?;
        let read = some.iter().zip(amended).zip(documents).zip(ending);
        let mut held = read.map(|(((wanted, amended), document), ending)| {
            let successor = if wanted.replaces {
                Some(successor(wanted, &holders, &taken)?)
            } else {
                None
            };
            let held = Held {
                document: document?,
                successor,
                amends: amended.and_then(|name| originals.get(&name).cloned()),
                used_by: ending.map(|it| it.used_by.clone()).unwrap_or_default(),
            };
            serde_json::to_value(held).ok()
        });
        Ok(wanted
            .iter()
            .map(|wanted| wanted.as_ref().and_then(|_| held.next().flatten()))
            .collect())
    }

    /// Documents in full, some at once.
    async fn documents(&self, names: &[&str]) -> Result<Vec<Option<Value>>, BooksError> {
        let mut documents = Vec::with_capacity(names.len());
        for chunk in names.chunks(AT_ONCE) {
            let calls = chunk
                .iter()
                .map(|name| self.client.document("Sales Invoice", name));
            let read = try_join_all(calls)
                .await
                .map_err(failure::of_the_connection)?;
            documents.extend(read);
        }
        Ok(documents)
    }

    /// Who carries the identities of what is replaced or under way, of either kind of document.
    async fn holders_of(
        &self,
        chart: &Chart,
        wanted: &[&Wanted<'_>],
    ) -> Result<Vec<Holder>, BooksError> {
        let mut found = Vec::new();
        for kind in [Kind::Invoice, Kind::CreditNote] {
            let sources: BTreeSet<&str> = wanted
                .iter()
                .filter(|wanted| wanted.kind == kind && (wanted.replaces || wanted.under_way))
                .map(|wanted| wanted.source.as_str())
                .collect();
            let sources: Vec<&str> = sources.into_iter().collect();
            let of_kind = match kind {
                Kind::CreditNote => credit_note_holders(&self.client, chart, &sources).await,
                _ => holders(&self.client, chart, &sources).await,
            };
            found.extend(of_kind.map_err(failure::of_the_connection)?);
        }
        Ok(found)
    }

    async fn read_documents(
        &self,
        chart: &Chart,
        kind: Kind,
        names: &[String],
    ) -> Result<BTreeMap<String, Document>, BooksError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = self
            .rows_where(chart, kind, json!(["name", "in", names]))
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|pulled| {
                let document = pulled.record.ok()?.document()?.clone();
                Some((pulled.id.as_str().to_owned(), document))
            })
            .collect())
    }
}

fn names_for(wanted: &Wanted<'_>) -> Vec<String> {
    let number = wanted.from.number.as_deref().unwrap_or(wanted.id.as_str());
    amendment_names(wanted.id.as_str(), number)
}

/// The name and marker of a document that takes the place of another. A draft of ours that stands
/// already is in nobody's way.
fn successor(
    wanted: &Wanted<'_>,
    holders: &[Holder],
    taken: &BTreeSet<String>,
) -> Option<Successor> {
    let source = wanted.source.as_str();
    let own = |holder: &&Holder| marker_fields::identity(&holder.marker).0 == source;
    let leftover = holders
        .iter()
        .filter(own)
        .find(|holder| holder.docstatus == 0 && holder.name != wanted.id.as_str());
    let left = leftover.map(|holder| holder.name.as_str());
    let standing = holders
        .iter()
        .filter(|holder| Some(holder.name.as_str()) != left);
    let marker = marker_fields::next_free(source, standing.map(|holder| holder.marker.as_str()))?;
    let name = names_for(wanted)
        .into_iter()
        .find(|name| Some(name.as_str()) == left || !taken.contains(name))?;
    Some(Successor {
        name,
        marker,
        leftover: leftover.map(|holder| RemoteId::new(holder.name.clone())),
    })
}

/// The cancelled document that a draft of ours is to take the place of: the last that carries the
/// identity and was not amended.
fn amended(draft: &RemoteId, source: &RemoteId, holders: &[Holder]) -> Option<String> {
    let own = || {
        holders
            .iter()
            .filter(|holder| marker_fields::identity(&holder.marker).0 == source.as_str())
    };
    if own().any(|holder| holder.docstatus == 1) {
        return None;
    }
    own()
        .filter(|holder| holder.docstatus == 2 && holder.name != draft.as_str())
        .filter(|holder| {
            !holders
                .iter()
                .any(|other| other.amended_from.as_deref() == Some(holder.name.as_str()))
        })
        .max_by_key(|holder| marker_fields::revision(&holder.marker))
        .map(|holder| holder.name.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn holder(name: &str, marker: &str, docstatus: u64, from: Option<&str>) -> Holder {
        Holder {
            name: name.into(),
            marker: marker.into(),
            docstatus,
            amended_from: from.map(str::to_owned),
        }
    }

    #[test]
    fn a_draft_of_ours_amends_the_last_document_that_nobody_amended() {
        let draft = (RemoteId::new("INV-2"), RemoteId::new("guid"));
        let amended = |holders: &[Holder]| amended(&draft.0, &draft.1, holders);
        let first = holder("INV", "guid", 2, None);
        let own = holder("INV-2", "guid#2", 0, None);
        assert_eq!(amended(&[first.clone(), own.clone()]), Some("INV".into()));
        let second = holder("INV-1", "guid#1", 2, Some("INV"));
        let both = [first.clone(), second.clone(), own.clone()];
        assert_eq!(amended(&both), Some("INV-1".into()));
        // The other one is still live: it is left over.
        let live = holder("INV-1", "guid#1", 1, Some("INV"));
        assert_eq!(amended(&[first, live, own.clone()]), None);
        assert_eq!(amended(&[own, holder("X", "other", 2, None)]), None);
    }
}
