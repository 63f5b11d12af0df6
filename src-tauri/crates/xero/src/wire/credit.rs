//! Reading credit notes, overpayments and prepayments, and using them for invoices.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::batch::{Element, OF_ALLOCATION, matched};
use super::client::{Call, Client};
use super::document::Document;
use super::read::rows;
use crate::error::XeroError;
use crate::translate::number;

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

impl Client {
    /// Uses credit for invoices: each an invoice's id, an amount in the credit's currency and a
    /// date. Xero adds these to the allocations there are; it takes them in a call of their own
    /// only, after the credit was approved. One outcome for each, in order.
    ///
    /// # Errors
    /// [`XeroError`] where the call as a whole failed; [`XeroError::may_have_been_done`].
    pub async fn allocate(
        &self,
        kind: CreditKind,
        credit: &str,
        to: &[(&str, Decimal, chrono::NaiveDate)],
        key: &str,
    ) -> Result<Vec<Element>, XeroError> {
        let allocations: Vec<Value> = to
            .iter()
            .map(|(invoice, amount, date)| {
                json!({
                    "Invoice": {"InvoiceID": invoice},
                    "Amount": number(*amount),
                    "Date": date.format("%Y-%m-%d").to_string(),
                })
            })
            .collect();
        let call = Call {
            method: "PUT",
            path: format!("{}/{credit}/Allocations", kind.path()),
            query: vec![("summarizeErrors", "false".to_owned())],
            body: Some(json!({ "Allocations": allocations })),
            key: Some(key.to_owned()),
            ..Call::default()
        };
        let answered = self.elements(&call, "Allocations").await?;
        Ok(matched(OF_ALLOCATION, &allocations, answered))
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
        let call = Call {
            method: "DELETE",
            path: format!("{}/{credit}/Allocations/{allocation}", kind.path()),
            ..Call::default()
        };
        match self.call(&call).await {
            Ok(_) | Err(XeroError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
