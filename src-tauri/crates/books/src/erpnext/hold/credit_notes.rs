//! What the wording of credit notes' uses and ends needs of the site: what is open of them and of the
//! invoices, the Journal Entries that make uses, and what uses them now.

use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::records::{AllocationMade, Owed, allocation_entries, allocations_made, used_by};
use chrono::NaiveDate;
use engine::books::{BooksError, Change};
use ledger::{Document, Kind, Record};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::prepare::allocation::uses;
use super::super::{ErpnextBooks, NAMES_AT_ONCE, failure};

/// How many credit notes to ask for together by the beginning of an identity.
const MADE_AT_ONCE: usize = 50;

/// What a change of a credit note's uses needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::erpnext) struct Using {
    /// The credit note.
    pub note: Option<Owed>,
    /// The invoice that it returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Owed>,
    /// The invoices that it is used for, now and then; what writes of the same batch take of them before is
    /// taken off.
    pub invoices: Vec<Owed>,
    /// The Journal Entries that make the uses which are taken back.
    pub entries: Vec<Entry>,
    /// The identities of all Journal Entries that ever used it for us.
    pub made: Vec<String>,
    /// The Journal Entries of ours that hold some of its credit on account, because what they used it for was
    /// cancelled, and how much, in the receivable account's currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holding: Vec<(Entry, Decimal)>,
}

/// A Journal Entry that makes a use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::erpnext) struct Entry {
    pub name: String,
    pub modified: String,
    pub date: NaiveDate,
    /// Whether it carries our identity.
    pub is_ours: bool,
}

/// What the end of a credit note needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::erpnext) struct Ending {
    /// What uses it, or holds its credit on account, in words.
    pub used_by: Vec<String>,
}

impl Using {
    /// What holds the credit: the credit note itself, or the original that it lowers by itself and that owes
    /// less than nothing for that.
    pub fn credit(&self) -> Option<&Owed> {
        let own = self.note.as_ref()?;
        let below = |it: &&Owed| it.open.is_sign_negative() && !it.open.is_zero();
        Some(match self.original.as_ref().filter(below) {
            Some(original) if own.open.is_zero() => original,
            _ => own,
        })
    }
}

/// The credit note whose uses a change is about.
fn allocates(change: &Change) -> Option<(&Document, &Document)> {
    match change {
        Change::Allocate { from, to, .. } => Some((from.document()?, to.document()?)),
        _ => None,
    }
}

/// The credit note that a change ends, or puts another in the place of.
fn ends(change: &Change) -> Option<&str> {
    match change {
        Change::Update { .. } => super::replaced_return(change).map(ledger::RemoteId::as_str),
        Change::End {
            id,
            from: Record::CreditNote(_),
            ..
        } => Some(id.as_str()),
        _ => None,
    }
}

impl ErpnextBooks {
    /// What changes of uses need: two calls for all, and one for each credit note that is used anew.
    pub(super) async fn using(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<Using>>, BooksError> {
        let mut documents: BTreeSet<&str> = BTreeSet::new();
        let mut released: BTreeSet<String> = BTreeSet::new();
        for change in changes {
            let (Some((from, to)), Some(id)) = (allocates(change), change.target()) else {
                continue;
            };
            documents.insert(id.as_str());
            documents.extend(from.against.iter().map(ledger::RemoteId::as_str));
            let uses = from.allocations.iter().chain(&to.allocations);
            documents.extend(uses.map(|used| used.invoice.as_str()));
            let release = change.allocation_steps().release.into_iter();
            released.extend(release.filter_map(|used| used.id));
        }
        if documents.is_empty() {
            return Ok(vec![None; changes.len()]);
        }
        let chart = self.chart().await?;
        let documents: Vec<&str> = documents.into_iter().collect();
        let mut owed = self.owed_on(&documents).await?;
        let entries = self.entries(&released).await?;
        let made = self.made(changes).await?;
        let holding = self.holding(changes, &made).await?;
        let mut found = Vec::with_capacity(changes.len());
        for change in changes {
            let (Some((from, to)), Some(id)) = (allocates(change), change.target()) else {
                found.push(None);
                continue;
            };
            let invoices: BTreeSet<&str> = from
                .allocations
                .iter()
                .chain(&to.allocations)
                .map(|used| used.invoice.as_str())
                .collect();
            let source = change.source().map(ledger::RemoteId::as_str);
            let using = Using {
                note: owed.get(id.as_str()).cloned(),
                original: from
                    .against
                    .as_ref()
                    .and_then(|it| owed.get(it.as_str()))
                    .cloned(),
                invoices: invoices
                    .iter()
                    .filter_map(|it| owed.get(*it))
                    .cloned()
                    .collect(),
                entries: entries.clone(),
                made: source
                    .and_then(|it| made.get(it))
                    .into_iter()
                    .flatten()
                    .map(|it| it.identity.clone())
                    .collect(),
                holding: holding.get(id.as_str()).cloned().unwrap_or_default(),
            };
            // What this one takes is not there for those behind it.
            for one in uses(change, &using, &chart).unwrap_or_default() {
                if let Some(invoice) = owed.get_mut(&one.invoice.name) {
                    invoice.open -= one.settles;
                }
                if let Some(credit) = owed.get_mut(&one.credit.name) {
                    credit.open += one.amount;
                }
            }
            found.push(Some(using));
        }
        Ok(found)
    }

    pub(super) async fn entries(&self, names: &BTreeSet<String>) -> Result<Vec<Entry>, BooksError> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut found = Vec::new();
        for chunk in names.chunks(NAMES_AT_ONCE) {
            let rows = allocation_entries(&self.client, chunk)
                .await
                .map_err(failure::of_the_connection)?;
            found.extend(rows.into_iter().map(|row| Entry {
                is_ours: row.identity.is_some(),
                name: row.name,
                modified: row.modified,
                date: row.date,
            }));
        }
        Ok(found)
    }

    /// What of the credit notes that are used anew is on account with entries of ours that use them for nothing
    /// any more, by credit note: a call for the amounts and one for the entries, where there are any.
    async fn holding(
        &self,
        changes: &[&Change],
        made: &BTreeMap<String, Vec<AllocationMade>>,
    ) -> Result<BTreeMap<String, Vec<(Entry, Decimal)>>, BooksError> {
        let mut idle: BTreeMap<String, String> = BTreeMap::new();
        for change in changes {
            let (Some((from, _)), Some(id), Some(source)) =
                (allocates(change), change.target(), change.source())
            else {
                continue;
            };
            let uses = |name: &str| {
                let mut used = from.allocations.iter();
                used.any(|used| used.id.as_deref() == Some(name))
            };
            let entries = made.get(source.as_str()).into_iter().flatten();
            let entries = entries.filter(|entry| entry.stands && !uses(&entry.name));
            idle.extend(entries.map(|entry| (entry.name.clone(), id.as_str().to_owned())));
        }
        let mut found: BTreeMap<String, Vec<(Entry, Decimal)>> = BTreeMap::new();
        if idle.is_empty() {
            return Ok(found);
        }
        let notes: BTreeSet<&str> = idle.values().map(String::as_str).collect();
        let notes: Vec<&str> = notes.into_iter().collect();
        let mut rows = Vec::new();
        for chunk in notes.chunks(NAMES_AT_ONCE) {
            let some = used_by(&self.client, chunk).await;
            rows.extend(some.map_err(failure::of_the_connection)?);
        }
        let names: BTreeSet<String> = idle.keys().cloned().collect();
        for entry in self.entries(&names).await? {
            let note = idle.get(&entry.name);
            let of = rows.iter().filter(|row| {
                row.voucher == entry.name && note.is_some_and(|note| row.document == *note)
            });
            let amount: Decimal = of.map(|row| row.amount).sum();
            if let Some(note) = note.filter(|_| !amount.is_zero()) {
                let held = found.entry(note.clone()).or_default();
                held.push((entry, amount));
            }
        }
        Ok(found)
    }

    /// The uses that were ever made of each of Xero's credit notes that is used anew.
    async fn made(
        &self,
        changes: &[&Change],
    ) -> Result<BTreeMap<String, Vec<AllocationMade>>, BooksError> {
        let sources: BTreeSet<&str> = changes
            .iter()
            .filter(|change| change.kind() == Kind::CreditNote)
            .filter(|change| !change.allocation_steps().allocate.is_empty())
            .filter_map(|change| change.source().map(ledger::RemoteId::as_str))
            .collect();
        let sources: Vec<&str> = sources.into_iter().collect();
        let mut found = BTreeMap::new();
        for chunk in sources.chunks(MADE_AT_ONCE) {
            let made = allocations_made(&self.client, chunk)
                .await
                .map_err(failure::of_the_connection)?;
            found.extend(made);
        }
        Ok(found)
    }

    /// What uses the credit notes that end, in one call.
    pub(super) async fn ending(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<Ending>>, BooksError> {
        let names: Vec<&str> = changes.iter().filter_map(|change| ends(change)).collect();
        let mut rows = Vec::new();
        for chunk in names.chunks(NAMES_AT_ONCE) {
            let some = used_by(&self.client, chunk)
                .await
                .map_err(failure::of_the_connection)?;
            rows.extend(some);
        }
        let of = |name: &str| {
            let mut words: Vec<String> = rows
                .iter()
                .filter(|row| row.document == name)
                .map(|row| format!("{} {}", row.voucher_type, row.voucher))
                .collect();
            words.sort();
            words.dedup();
            Ending { used_by: words }
        };
        Ok(changes
            .iter()
            .map(|change| Some(of(ends(change)?)))
            .collect())
    }
}

/// What was read for a change of a credit note, for [`engine::books::Write::held`].
pub(super) fn held(using: Option<Using>, ending: Option<Ending>) -> Option<Value> {
    match (using, ending) {
        (Some(using), _) => serde_json::to_value(using).ok(),
        (None, Some(ending)) => serde_json::to_value(ending).ok(),
        (None, None) => None,
    }
}
