//! Reading credit notes, overpayments and prepayments, and using them for invoices.

use chrono::NaiveDate;
use ledger::{Allocation, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::batch::{Element, OF_ALLOCATION, matched};
use super::client::{Call, Client};
use super::document::Document;
use super::read::rows;
use crate::error::XeroError;
use crate::translate::allocation::{self, ALLOCATIONS};

/// Where a credit is allocated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditKind {
    /// `/CreditNotes`.
    CreditNote,
    /// `/Overpayments`.
    Overpayment,
    /// `/Prepayments`.
    Prepayment,
}

impl CreditKind {
    /// The member that names a credit of this kind in a payment, and the one with its id.
    pub const fn member(self) -> (&'static str, &'static str) {
        match self {
            CreditKind::CreditNote => ("CreditNote", "CreditNoteID"),
            CreditKind::Overpayment => ("Overpayment", "OverpaymentID"),
            CreditKind::Prepayment => ("Prepayment", "PrepaymentID"),
        }
    }

    const fn path(self) -> &'static str {
        match self {
            CreditKind::CreditNote => "CreditNotes",
            CreditKind::Overpayment => "Overpayments",
            CreditKind::Prepayment => "Prepayments",
        }
    }
}

/// What became of a call that uses credit for invoices.
#[derive(Debug, Clone)]
pub struct Allocated {
    /// The HTTP status.
    pub status: u16,
    /// The allocations as answered.
    pub answer: Value,
    /// What became of each, in the order sent. Xero need not say the id of one that it made (example of
    /// the specification, `createCreditNoteAllocation`); that is [`Element::Unmentioned`].
    pub outcomes: Vec<Element>,
}

/// Where a credit is used for invoices, below `api.xro/2.0/`, query included.
pub fn allocations_path(kind: CreditKind, credit: &str) -> String {
    format!("{}/{credit}/Allocations?{EACH_ALONE}", kind.path())
}

/// Where one use is taken back, below `api.xro/2.0/`.
pub fn allocation_path(kind: CreditKind, credit: &str, allocation: &str) -> String {
    format!("{}/{credit}/Allocations/{allocation}", kind.path())
}

/// One that is refused does not take the others with it.
const EACH_ALONE: &str = "summarizeErrors=false";

impl Client {
    /// Uses credit for invoices by exactly this body, at [`allocations_path`]. Xero adds these to the
    /// allocations there are; it takes them in a call of their own only, after the credit was approved.
    ///
    /// # Errors
    /// [`XeroError`] where the call as a whole failed; [`XeroError::may_have_been_done`].
    pub async fn allocate_by(
        &self,
        path: &str,
        body: &Value,
        key: &str,
    ) -> Result<Allocated, XeroError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut call = Call {
            method: "PUT",
            path: path.to_owned(),
            body: Some(body.clone()),
            key: Some(key.to_owned()),
            ..Call::default()
        };
        if query == EACH_ALONE {
            call = call.with("summarizeErrors", "false");
        }
        let (status, answered) = self.told(&call, ALLOCATIONS).await?;
        let none = Vec::new();
        let sent = body.get(ALLOCATIONS).and_then(Value::as_array);
        Ok(Allocated {
            status,
            answer: json!({ ALLOCATIONS: answered }),
            outcomes: matched(OF_ALLOCATION, sent.unwrap_or(&none), answered),
        })
    }

    /// Takes one use back, at [`allocation_path`]: the HTTP status and the answer. One that is gone
    /// already is no error.
    ///
    /// # Errors
    /// [`XeroError`]; [`XeroError::may_have_been_done`].
    pub async fn remove_by(&self, path: &str) -> Result<(u16, Value), XeroError> {
        // Xero takes no idempotency key with a removal; the second time it is not found.
        let call = Call {
            method: "DELETE",
            path: path.to_owned(),
            ..Call::default()
        };
        match self.exchange(&call).await {
            Ok(answer) => {
                // Removed is removed, whatever the answer says of it.
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                Ok((answer.status().as_u16(), body))
            }
            Err(XeroError::NotFound) => Ok((404, Value::Null)),
            Err(error) => Err(error),
        }
    }

    /// [`Client::allocate_by`] with each an invoice's id, an amount in the credit's currency and a
    /// date. One outcome for each, in order.
    ///
    /// # Errors
    /// As there.
    pub async fn allocate(
        &self,
        kind: CreditKind,
        credit: &str,
        to: &[(&str, Decimal, NaiveDate)],
        key: &str,
    ) -> Result<Vec<Element>, XeroError> {
        let each = to.iter().map(|(invoice, amount, date)| Allocation {
            id: None,
            invoice: RemoteId::new(*invoice),
            date: Some(*date),
            amount: *amount,
        });
        let each: Vec<Allocation> = each.collect();
        // Each has a day of its own.
        let body = allocation::body(&each, NaiveDate::default());
        let path = allocations_path(kind, credit);
        Ok(self.allocate_by(&path, &body, key).await?.outcomes)
    }

    /// One credit note, overpayment or prepayment with its lines and allocations.
    ///
    /// # Errors
    /// [`XeroError::NotFound`] and others.
    pub async fn credit(&self, kind: CreditKind, id: &str) -> Result<Document, XeroError> {
        let row = self.one_credit(kind, id).await?;
        serde_json::from_value(row)
            .map_err(|error| XeroError::Garbage(format!("{}: {error}", kind.path())))
    }

    /// As received; `segment` is its id or a credit note's number.
    pub(super) async fn one_credit(
        &self,
        kind: CreditKind,
        segment: &str,
    ) -> Result<Value, XeroError> {
        let call = Call::get(format!("{}/{segment}", kind.path())).with("unitdp", "4");
        rows(self.call(&call).await?, kind.path())?
            .into_iter()
            .next()
            .ok_or(XeroError::NotFound)
    }

    /// Removes one allocation. One that is gone already is no error.
    ///
    /// # Errors
    /// [`XeroError`].
    pub async fn remove_allocation(
        &self,
        kind: CreditKind,
        credit: &str,
        allocation: &str,
    ) -> Result<(), XeroError> {
        let path = allocation_path(kind, credit, allocation);
        self.remove_by(&path).await.map(|_| ())
    }
}
