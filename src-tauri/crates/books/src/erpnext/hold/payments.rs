//! What the wording of payments needs of the site: the invoices that they pay.

use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::records::{Owed, PartyAccounts, owed};
use engine::books::{BooksError, Change};
use ledger::{Payment, Record};
use serde::{Deserialize, Serialize};

use super::Entry;

use super::super::part::Named;
use super::super::{ErpnextBooks, NAMES_AT_ONCE, failure};

/// The invoices of one payment, as far as the site has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::erpnext) struct Paid {
    pub invoices: Vec<Owed>,
    /// The accounts of the Customer, where the payment is for nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<PartyAccounts>,
}

/// The payment that a change makes.
fn made(change: &Change) -> Option<&Payment> {
    match change {
        Change::Create {
            record: Record::Payment(payment),
            ..
        } => Some(payment),
        _ => None,
    }
}

/// The Journal Entry in which a payment stands that a change ends.
fn ends(change: &Change) -> Option<&str> {
    match change {
        Change::End {
            id,
            from: Record::Payment(_),
            ..
        } => match Named::of(id.as_str()) {
            Named::Journal { entry, .. } => Some(entry),
            Named::Entry(_) | Named::Deduction { .. } | Named::Till { .. } => None,
        },
        _ => None,
    }
}

/// The documents that a payment names, each by its identity.
pub(in crate::erpnext) fn documents(payment: &Payment) -> impl Iterator<Item = &str> {
    let parts = payment.allocations.iter();
    parts.map(|part| part.document.id().as_str())
}

impl ErpnextBooks {
    /// What is owed on the invoices of all payments of a batch, in one call, and one for each Customer of
    /// those that are for nothing yet.
    pub(super) async fn paid(&self, changes: &[&Change]) -> Result<Vec<Option<Paid>>, BooksError> {
        let names: BTreeSet<&str> = changes
            .iter()
            .filter_map(|change| made(change))
            .flat_map(documents)
            .collect();
        let found = self.owed_on(&names.into_iter().collect::<Vec<_>>()).await?;
        let payments: Vec<&Payment> = changes.iter().filter_map(|change| made(change)).collect();
        let accounts = self.accounts_of(&payments).await?;
        Ok(changes
            .iter()
            .map(|change| {
                let payment = made(change)?;
                let names: BTreeSet<&str> = documents(payment).collect();
                let on_account = payment.allocations.is_empty();
                let own = accounts.get(payment.contact.as_str());
                Some(Paid {
                    accounts: own.filter(|_| on_account).cloned(),
                    invoices: names
                        .iter()
                        .filter_map(|name| found.get(*name).cloned())
                        .collect(),
                })
            })
            .collect())
    }

    /// The Journal Entries in which payments stand that end, in one call.
    pub(super) async fn ended_entries(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<Entry>>, BooksError> {
        let names: BTreeSet<String> = changes
            .iter()
            .filter_map(|change| ends(change).map(str::to_owned))
            .collect();
        let entries = self.entries(&names).await?;
        let of = |change: &&Change| {
            let name = ends(change)?;
            entries.iter().find(|entry| entry.name == name).cloned()
        };
        Ok(changes.iter().map(of).collect())
    }

    /// What is owed on these invoices now, by name.
    pub(in crate::erpnext) async fn owed_on(
        &self,
        names: &[&str],
    ) -> Result<BTreeMap<String, Owed>, BooksError> {
        let mut found = BTreeMap::new();
        for chunk in names.chunks(NAMES_AT_ONCE) {
            let rows = owed(&self.client, chunk)
                .await
                .map_err(failure::of_the_connection)?;
            found.extend(rows.into_iter().map(|row| (row.name.clone(), row)));
        }
        Ok(found)
    }
}
