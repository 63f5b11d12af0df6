//! Money on account: overpayments and prepayments. Each came in by a bank transaction, which alone says to
//! which account and whether it is matched with the bank's statement, and which goes with it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::books::{Answer, Change, Prepared, Pulled, Step};
use ledger::{Cause, Kind, Payment, Record, RemoteId, Side, Version};
use serde_json::Value;
use xero::XeroError;
use xero::translate::advance::{self, Entered, is_suppliers};
use xero::wire::credit::CreditKind;
use xero::wire::dates::{self, Instant};
use xero::wire::document::{Document, Overpayment, Prepayment};
use xero::wire::list::Listed;
use xero::wire::lookup::MOST_GUIDS;
use xero::wire::payment::BankTransaction;
use xero::wire::{Row, usable_id};

use super::written::reconciled;
use super::{advance_id, advance_of};
use crate::xero::wording::ROOT;
use crate::xero::{XeroBooks, rows};

/// What is asked for of bank transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xero) enum Banks {
    /// Those of money that is not known, or changed since it was.
    Asked,
    /// Those of money that is not known.
    WhereUnknown,
    /// None: what is not known is left out.
    Remembered,
}

/// What bank transactions said, by the money that they brought, and at which version of that.
pub(in crate::xero) type Known = BTreeMap<RemoteId, (Version, Entered)>;

/// Where the bank transaction of money on account is, below [`ROOT`], before it is known which it is.
const UNKNOWN: &str = "BankTransactions/of:";

impl XeroBooks {
    /// The records of some rows of one list, suppliers' left out.
    pub(super) async fn advances(
        &self,
        kind: CreditKind,
        rows: Vec<Row<Document>>,
        banks: Banks,
    ) -> Result<Vec<Pulled>, XeroError> {
        self.learn(kind, &rows, banks).await?;
        let known = |id: &RemoteId| {
            self.change_known(|known| known.get(id).map(|(_, entered)| entered.clone()))
        };
        let records = rows.into_iter().filter_map(|row| {
            let id = match &row {
                Row::Read { row, .. } => usable_id(&row.id),
                Row::Unreadable { id, .. } => id.as_deref().and_then(usable_id),
            };
            let id = id.map(|id| advance_id(kind, &id));
            let entered = id.as_ref().and_then(known).unwrap_or_default();
            rows::advance(id, row, &entered)
        });
        Ok(records.collect())
    }

    /// Asks for the bank transactions of money that stands, as far as they are not known.
    async fn learn(
        &self,
        kind: CreditKind,
        rows: &[Row<Document>],
        banks: Banks,
    ) -> Result<(), XeroError> {
        let mut unknown: BTreeMap<RemoteId, Version> = BTreeMap::new();
        let (mut contacts, mut days) = (BTreeSet::new(), BTreeSet::<NaiveDate>::new());
        for row in rows {
            let Row::Read { row, .. } = row else {
                continue;
            };
            let Some(id) = usable_id(&row.id).map(|id| advance_id(kind, &id)) else {
                continue;
            };
            let version = rows::version(row.updated);
            let known = self.change_known(|known| known.get(&id).map(|(at, _)| at.clone()));
            let needed = match (banks, known) {
                (Banks::Remembered, _) | (Banks::WhereUnknown, Some(_)) => false,
                (_, None) => true,
                (Banks::Asked, Some(at)) => at != version,
            };
            // What Xero makes of a payment of more than is due has none of its own.
            let entered = row.kind.starts_with("RECEIVE-");
            if needed && entered && row.status != "VOIDED" {
                contacts.insert(row.contact.contact_id.to_lowercase());
                days.extend(row.date_string.or(row.date).map(|day| day.0));
                unknown.insert(id, version);
            } else if let (Banks::WhereUnknown, true) = (banks, entered) {
                // It was just written: what changed is not where it came in.
                self.change_known(|known| {
                    if let Some((at, _)) = known.get_mut(&id) {
                        *at = version;
                    }
                });
            }
        }
        let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
        let asked = match (days.first(), days.last()) {
            _ if unknown.is_empty() => return Ok(()),
            (Some(first), Some(last)) if contacts.len() > MOST_GUIDS => {
                self.client.advances_between(*first..=*last).await
            }
            _ => self.client.advances_of(&contacts).await,
        };
        let found = match asked {
            Ok(found) => found,
            // Signed in without this permission everything else is read all the same.
            Err(XeroError::MissingScope(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        for row in found {
            let Row::Read { row, .. } = row else {
                continue;
            };
            if let Some((id, version)) = brought(&row).and_then(|id| unknown.remove_entry(&id)) {
                self.know(id, version, Entered::of(&row));
            }
        }
        Ok(())
    }

    fn know(&self, id: RemoteId, version: Version, entered: Entered) {
        self.change_known(|known| known.insert(id, (version, entered)));
    }

    /// Overpayments or prepayments by their GUIDs; voided ones included.
    pub(super) async fn advances_by_ids(
        &self,
        kind: CreditKind,
        ids: &[&str],
        banks: Banks,
    ) -> Result<Vec<Pulled>, XeroError> {
        let ids: Vec<&str> = ids.iter().copied().filter(rows::is_guid).collect();
        let rows = match kind {
            CreditKind::Prepayment => {
                documents(self.client.advances_by_ids::<Prepayment>(&ids).await?)
            }
            _ => documents(self.client.advances_by_ids::<Overpayment>(&ids).await?),
        };
        self.advances(kind, rows, banks).await
    }

    /// Money on account of contacts; voided included.
    pub(in crate::xero) async fn on_account(
        &self,
        contacts: &[&str],
    ) -> Result<Vec<Pulled>, XeroError> {
        let contacts: BTreeSet<&str> = contacts.iter().copied().filter(rows::is_guid).collect();
        let contacts: Vec<&str> = contacts.into_iter().collect();
        let over = self.client.advances_from::<Overpayment>(&contacts).await?;
        let pre = self.client.advances_from::<Prepayment>(&contacts).await?;
        let mut found = Vec::new();
        for (kind, rows) in [
            (CreditKind::Overpayment, documents(over)),
            (CreditKind::Prepayment, documents(pre)),
        ] {
            found.extend(self.advances(kind, rows, Banks::Asked).await?);
        }
        Ok(found)
    }

    /// Words the deletions of money on account in full: Xero deletes the bank transaction that brought it, and
    /// only a look at it says which that is, and whether it may go. Answers for those that cannot be deleted.
    ///
    /// # Errors
    /// [`XeroError`].
    pub(in crate::xero) async fn word_deletions(
        &self,
        batch: &mut [Prepared],
        answers: &mut [Option<Answer>],
    ) -> Result<(), XeroError> {
        let mut open: Vec<(usize, RemoteId, String)> = Vec::new();
        for (index, prepared) in batch.iter().enumerate() {
            let Change::End { id, from, .. } = &prepared.write.change else {
                continue;
            };
            let unanswered = answers.get(index).is_some_and(Option::is_none);
            if let (true, Some(_), Some(payment)) = (unanswered, advance_of(id), from.as_payment())
            {
                open.push((index, id.clone(), payment.contact.0.clone()));
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let contacts: BTreeSet<&str> = open.iter().map(|(_, _, contact)| &**contact).collect();
        let contacts: Vec<&str> = contacts.into_iter().filter(rows::is_guid).collect();
        let found = self.client.advances_of(&contacts).await?;
        let mut transactions: BTreeMap<RemoteId, BankTransaction> = BTreeMap::new();
        for row in found {
            if let Row::Read { row, .. } = row
                && let Some(id) = brought(&row)
            {
                transactions.insert(id, *row);
            }
        }
        for (index, id, _) in open {
            let refused = match transactions.get(&id) {
                None => Some((unentered(), "Xero lists no bank transaction of it")),
                Some(it) if it.is_reconciled => {
                    Some((reconciled(), "Xero says that it is reconciled"))
                }
                Some(it) => {
                    if let Some(prepared) = batch.get_mut(index) {
                        prepared.steps = vec![deletes(&it.bank_transaction_id.to_lowercase())];
                    }
                    None
                }
            };
            if let (Some((cause, answer)), Some(place)) = (refused, answers.get_mut(index)) {
                let answer = answer.to_owned();
                *place = Some(Answer::Refused { cause, answer });
            }
        }
        Ok(())
    }

    /// Takes what Xero answered of a bank transaction that was entered or deleted: the identity of the money
    /// that it is about; `None` where the answer does not say.
    pub(super) fn entered(&self, change: &Change, answer: &Value) -> Option<RemoteId> {
        if let Some(id) = change.target() {
            return Some(id.clone());
        }
        let transaction: BankTransaction = serde_json::from_value(answer.clone()).ok()?;
        let id = brought(&transaction)?;
        self.know(id.clone(), Version::new(""), Entered::of(&transaction));
        Some(id)
    }
}

fn documents<T: Listed + Into<Document>>(rows: Vec<Row<T>>) -> Vec<Row<Document>> {
    rows.into_iter().map(|row| row.map(T::into)).collect()
}

/// The identity of the money that a bank transaction brought.
fn brought(transaction: &BankTransaction) -> Option<RemoteId> {
    let id = |id: &Option<String>| id.as_deref().and_then(usable_id);
    let over = id(&transaction.overpayment_id).map(|id| advance_id(CreditKind::Overpayment, &id));
    over.or_else(|| {
        id(&transaction.prepayment_id).map(|id| advance_id(CreditKind::Prepayment, &id))
    })
}

/// Whether an answer is one about a bank transaction.
pub(super) fn is_entry(answer: &Value) -> bool {
    answer.get("BankTransactionID").is_some()
}

fn deletes(transaction: &str) -> Step {
    let (path, body) = advance::delete(transaction);
    Step {
        method: "POST".to_owned(),
        path: format!("{ROOT}{path}"),
        body,
    }
}

/// The request that deletes money on account, as far as it can be worded before it is sent
/// ([`XeroBooks::word_deletions`]).
///
/// # Errors
/// [`Cause::CannotVoid`].
pub(super) fn deletion(id: &RemoteId, payment: &Payment) -> Result<(String, Value), Cause> {
    let cannot = |why: &str| Cause::CannotVoid {
        side: Side::Xero,
        why: why.to_owned(),
    };
    if !payment.allocations.is_empty() {
        return Err(cannot(
            "it is used for an invoice, and that has to be taken back first",
        ));
    }
    if payment.unallocated != payment.amount {
        return Err(cannot(
            "part of it was paid back, and that payment has to be removed first",
        ));
    }
    let (_, body) = advance::delete(id.as_str());
    Ok((format!("{UNKNOWN}{id}"), body))
}

/// Why money on account that no bank transaction brought is not deleted.
fn unentered() -> Cause {
    Cause::CannotVoid {
        side: Side::Xero,
        why:
            "Xero kept it of a payment of more than was due, and has no entry of it that could be \
              deleted by itself; remove it in Xero"
                .to_owned(),
    }
}

/// Money on account that was entered or deleted and cannot be read: known by the answer to it, and otherwise as
/// it was meant.
pub(super) fn as_answered(id: &RemoteId, change: &Change, answer: &Value) -> Option<Pulled> {
    let record = match change {
        Change::Create { record, .. } if record.kind() == Kind::Payment => {
            let meant = record.as_payment()?.clone();
            Record::Payment(Payment {
                on_account: true,
                with: Vec::new(),
                ..meant
            })
        }
        Change::End { from, .. } => {
            let mut record = from.clone();
            record.end();
            record
        }
        _ => return None,
    };
    let updated = answer.get("UpdatedDateUTC").and_then(Value::as_str);
    Some(Pulled {
        id: id.clone(),
        version: rows::version(updated.and_then(dates::parse).map(Instant)),
        marker: None,
        record: Ok(record),
        merged_into: None,
        replaces: None,
        born: None,
    })
}

/// Whether a row that could not be read is a supplier's.
pub(in crate::xero) fn is_unread_suppliers(raw: &str) -> bool {
    let raw: Value = serde_json::from_str(raw).unwrap_or_default();
    let kind = raw.get("Type").and_then(Value::as_str);
    kind.and_then(is_suppliers) == Some(true)
}
