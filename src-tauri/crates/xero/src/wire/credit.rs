//! `CreditNote`, `Overpayment`, `Prepayment` and their allocations.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::batch::{Element, OF_ALLOCATION, matched};
use super::client::{Call, Client};
use super::dates::{Day, Instant};
use super::invoice::{ContactReference, LineItem};
use super::list::Listed;
use super::read::rows;
use crate::error::XeroError;
use crate::translate::number;

/// What a credit note, an overpayment and a prepayment have in common: money of the customer's that
/// invoices can be paid with. Amounts are in `currency_code`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credit {
    /// ACCRECCREDIT, RECEIVE-OVERPAYMENT, RECEIVE-PREPAYMENT, and their twins for suppliers.
    #[serde(rename = "Type")]
    pub kind: String,
    /// GUID.
    #[serde(
        rename = "CreditNoteID",
        alias = "OverpaymentID",
        alias = "PrepaymentID"
    )]
    pub id: String,
    /// Unique among sales credit notes; the others have none.
    #[serde(default)]
    pub credit_note_number: Option<String>,
    /// The reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED.
    pub status: String,
    /// Whose money it is.
    #[serde(default)]
    pub contact: ContactReference,
    /// The date, as `/Date()/`.
    #[serde(default)]
    pub date: Option<Day>,
    /// The date, as ISO text.
    #[serde(default)]
    pub date_string: Option<Day>,
    /// Exclusive, Inclusive or NoTax.
    #[serde(default)]
    pub line_amount_types: Option<String>,
    /// ISO 4217.
    #[serde(default)]
    pub currency_code: String,
    /// Units of its currency for one of the base currency.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub currency_rate: Option<Decimal>,
    /// Before tax.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub sub_total: Option<Decimal>,
    /// Tax.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub total_tax: Option<Decimal>,
    /// Total.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub total: Option<Decimal>,
    /// Not yet allocated or refunded.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub remaining_credit: Option<Decimal>,
    /// The lines; absent from unpaged reads.
    #[serde(default)]
    pub line_items: Vec<LineItem>,
    /// The invoices it pays. A removed allocation leaves no other trace than its absence here.
    #[serde(default)]
    pub allocations: Vec<Allocation>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
}

/// A part of a credit used for an invoice.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Allocation {
    /// GUID; spelt `AllocationId` in answers to removals.
    #[serde(rename = "AllocationID", alias = "AllocationId")]
    pub allocation_id: Option<String>,
    /// How much, in the credit's currency.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub amount: Option<Decimal>,
    /// The later of the two documents' dates.
    pub date: Option<Day>,
    /// The invoice.
    pub invoice: InvoiceReference,
}

/// A document that something is for: an invoice, or in a refund's case the credit paid back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InvoiceReference {
    /// GUID.
    #[serde(
        rename = "InvoiceID",
        alias = "CreditNoteID",
        alias = "OverpaymentID",
        alias = "PrepaymentID"
    )]
    pub invoice_id: String,
    /// Its number.
    #[serde(alias = "CreditNoteNumber")]
    pub invoice_number: Option<String>,
    /// ACCREC, or ACCRECCREDIT where the "invoice" of a refund is a credit note.
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// Whose it is; in payments.
    pub contact: Option<ContactReference>,
    /// ISO 4217; in payments.
    pub currency_code: Option<String>,
}

/// Declares a kind of credit that Xero lists by itself.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident, $list:literal, $id:literal, $title:literal, $query:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Credit);

        impl Listed for $name {
            const NAME: &'static str = $list;
            const ID: &'static str = $id;
            const TITLE: &'static str = $title;
            const QUERY: &'static [(&'static str, &'static str)] = $query;

            fn updated(&self) -> Option<Instant> {
                self.0.updated
            }
        }
    };
}

listed!(
    /// A sales credit note, with its lines and allocations.
    CreditNote,
    "CreditNotes",
    "CreditNoteID",
    "CreditNoteNumber",
    &[("unitdp", "4"), ("where", r#"Type=="ACCRECCREDIT""#)]
);
listed!(
    /// Money a customer paid beyond what was due.
    Overpayment,
    "Overpayments",
    "OverpaymentID",
    "Reference",
    &[("unitdp", "4")]
);
listed!(
    /// Money a customer paid in advance.
    Prepayment,
    "Prepayments",
    "PrepaymentID",
    "Reference",
    &[("unitdp", "4")]
);

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
    pub async fn credit(&self, kind: CreditKind, id: &str) -> Result<Credit, XeroError> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::wire::Row;

    #[test]
    fn each_kind_is_read_with_its_own_id() {
        let common = |id: &str| {
            json!({
                "Type": "ACCRECCREDIT", id: "249f", "ID": "249f", "Status": "AUTHORISED",
                "CreditNoteNumber": "CN-1", "CurrencyCode": "GBP", "Total": 60.50,
                "RemainingCredit": 10.5, "Date": "/Date(1539993600000+0000)/",
                "Contact": {"ContactID": "a", "Name": "Ann"},
                "UpdatedDateUTC": "/Date(1518685950940+0000)/",
                "Allocations": [{"AllocationID": "b", "Amount": 50.00, "Invoice": {
                    "InvoiceID": "c", "InvoiceNumber": "INV-1"}}],
            })
        };
        let Row::Read { row, .. } = Row::<CreditNote>::from_value(
            common("CreditNoteID"),
            CreditNote::ID,
            CreditNote::TITLE,
        ) else {
            panic!("unreadable");
        };
        assert_eq!(row.0.id, "249f");
        assert_eq!(row.0.remaining_credit, Some("10.5".parse().unwrap()));
        assert_eq!(row.0.allocations[0].amount, Some("50.00".parse().unwrap()));
        assert_eq!(row.0.allocations[0].invoice.invoice_id, "c");
        for id in ["OverpaymentID", "PrepaymentID"] {
            let credit: Credit = serde_json::from_value(common(id)).unwrap();
            assert_eq!(credit.id, "249f");
        }
    }
}
