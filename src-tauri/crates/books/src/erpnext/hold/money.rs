//! What the wording of money on account needs of the site: what is left of it, what its invoices owe, and
//! what else takes from it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::Chart;
use ::erpnext::records::{
    OpenMoney, Owed, PartyAccounts, open_money, party_accounts, payments, used_by,
};
use engine::books::{BooksError, Change};
use futures::future::try_join_all;
use ledger::{Payment, PaymentDirection, Record, RemoteId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::prepare::on_account::uses;
use super::super::{ErpnextBooks, NAMES_AT_ONCE, failure};
use super::AT_ONCE;

/// What a change of a payment's uses needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::erpnext) struct UsingMoney {
    /// The Payment Entry.
    pub money: Option<OpenMoney>,
    /// The invoices that it is used for, now and then; what writes of the same batch take of them before is
    /// taken off.
    pub invoices: Vec<Owed>,
    /// What takes from it without showing on it, and how much: Journal Entries, and money paid back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<(String, Decimal)>,
    /// The money paid back that is put to it; then it is used for nothing else by this change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Owed>,
}

/// The Payment Entry that a change is about by which money came in: of money paid back, what it is paid back of.
fn money_of<'c>(id: &'c RemoteId, from: &Record, to: &'c Record) -> Option<Cow<'c, str>> {
    if !is_refund(from) {
        return Some(Cow::Borrowed(id.as_str()));
    }
    let of = to.uses().into_iter().next();
    of.map(|used| Cow::Owned(used.invoice.0))
}

/// Whether a payment is money paid back.
pub(in crate::erpnext) fn is_refund(record: &Record) -> bool {
    let payment = record.as_payment();
    payment.is_some_and(|it| it.direction == PaymentDirection::Refunded)
}

/// The payment whose uses a change is about.
fn allocates(change: &Change) -> Option<(&RemoteId, &Record, &Record)> {
    match change {
        Change::Allocate { id, from, to, .. } if from.as_payment().is_some() => {
            Some((id, from, to))
        }
        _ => None,
    }
}

/// The invoices that it is used for, now and then.
fn invoices(from: &Record, to: &Record) -> BTreeSet<String> {
    let uses = from.uses().into_iter().chain(to.uses());
    uses.map(|used| used.invoice.as_str().to_owned()).collect()
}

impl ErpnextBooks {
    /// What changes of uses need: three calls for all, and three for those of money paid back.
    pub(super) async fn using_money(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<UsingMoney>>, BooksError> {
        let mut names: BTreeSet<Cow<'_, str>> = BTreeSet::new();
        let mut documents: BTreeSet<String> = BTreeSet::new();
        let mut refunds: Vec<&str> = Vec::new();
        for (id, from, to) in changes.iter().filter_map(|change| allocates(change)) {
            names.extend(money_of(id, from, to));
            if is_refund(from) {
                refunds.push(id.as_str());
            } else {
                documents.extend(invoices(from, to));
            }
        }
        if names.is_empty() {
            return Ok(vec![None; changes.len()]);
        }
        let chart = self.chart().await?;
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let refunds = self.refunds(&chart, &refunds).await?;
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        let mut owed = self.owed_on(&documents).await?;
        let (mut money, mut taken) = (BTreeMap::new(), Vec::new());
        for chunk in names.chunks(NAMES_AT_ONCE) {
            let failed = failure::of_the_connection;
            let found = open_money(&self.client, chunk).await.map_err(failed)?;
            money.extend(found.into_iter().map(|it| (it.name.clone(), it)));
            taken.extend(used_by(&self.client, chunk).await.map_err(failed)?);
        }
        let mut found = Vec::with_capacity(changes.len());
        for change in changes {
            let Some((id, from, to)) = allocates(change) else {
                found.push(None);
                continue;
            };
            let of_money = money_of(id, from, to).unwrap_or_default();
            let refund = is_refund(from);
            let invoices = if refund {
                BTreeSet::new()
            } else {
                invoices(from, to)
            };
            let others = taken.iter().filter(|row| {
                let own = row.voucher == row.document;
                row.document == *of_money
                    && row.document_type == "Payment Entry"
                    && !own
                    && !row.amount.is_zero()
            });
            let using = UsingMoney {
                money: money.get(&*of_money).cloned(),
                refund: refund.then(|| refunds.get(id.as_str()).cloned()).flatten(),
                invoices: invoices
                    .iter()
                    .filter_map(|it| owed.get(it))
                    .cloned()
                    .collect(),
                taken: others
                    .map(|row| {
                        let by = format!("{} {}", row.voucher_type, row.voucher);
                        (by, row.amount)
                    })
                    .collect(),
            };
            // What this one takes is not there for those behind it.
            for one in uses(change, &using, &chart).unwrap_or_default() {
                if let Some(invoice) = owed.get_mut(&one.invoice.name) {
                    invoice.open -= one.settles;
                }
            }
            found.push(Some(using));
        }
        Ok(found)
    }

    /// Money paid back, by name, as far as it is there.
    async fn refunds(
        &self,
        chart: &Chart,
        names: &[&str],
    ) -> Result<BTreeMap<String, Owed>, BooksError> {
        let mut found = BTreeMap::new();
        for chunk in names.chunks(NAMES_AT_ONCE) {
            let filters = vec![json!(["name", "in", chunk])];
            let rows = payments(&self.client, chart, filters, "name asc", 0).await;
            let rows = rows.map_err(failure::of_the_connection)?.into_iter();
            let rows = rows.filter_map(|row| row.record.ok());
            found.extend(rows.map(|row| (row.name.clone(), Owed::of_refund(&row))));
        }
        Ok(found)
    }

    /// The accounts of the Customers whose money these payments are, where they name no invoice that tells
    /// it: what it is used for later is kept in the same one.
    pub(super) async fn accounts_of(
        &self,
        payments: &[&Payment],
    ) -> Result<BTreeMap<String, PartyAccounts>, BooksError> {
        let customers: BTreeSet<&str> = payments
            .iter()
            .filter(|payment| payment.allocations.is_empty())
            .map(|payment| payment.contact.as_str())
            .collect();
        let customers: Vec<&str> = customers.into_iter().collect();
        let mut found = BTreeMap::new();
        for chunk in customers.chunks(AT_ONCE) {
            let calls = chunk.iter().map(|customer| async move {
                let accounts = party_accounts(&self.client, &self.company, customer).await;
                accounts.map(|accounts| ((*customer).to_owned(), accounts))
            });
            let accounts = try_join_all(calls)
                .await
                .map_err(failure::of_the_connection)?;
            found.extend(accounts);
        }
        Ok(found)
    }
}
