//! `Invoice`, `CreditNote`, `Overpayment` and `Prepayment`: one shape with four names for its id.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::ValidationMessage;
use super::dates::{Day, Instant};
use super::list::Listed;

/// A sales document, or money of a customer's on account, as Xero sends it; only what we use. Amounts
/// are in `currency_code`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    /// ACCREC, ACCRECCREDIT, RECEIVE-OVERPAYMENT, RECEIVE-PREPAYMENT, and their twins for suppliers.
    #[serde(rename = "Type")]
    pub kind: String,
    /// GUID.
    #[serde(
        rename = "InvoiceID",
        alias = "CreditNoteID",
        alias = "OverpaymentID",
        alias = "PrepaymentID"
    )]
    pub id: String,
    /// Unique among sales invoices, and among sales credit notes. Money on account has none.
    #[serde(rename = "InvoiceNumber", alias = "CreditNoteNumber", default)]
    pub number: Option<String>,
    /// The customer's reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED.
    pub status: String,
    /// Whom it is addressed to.
    pub contact: ContactReference,
    /// The date, as `/Date()/`.
    #[serde(default)]
    pub date: Option<Day>,
    /// The date, as ISO text.
    #[serde(default)]
    pub date_string: Option<Day>,
    /// An invoice's due date, as `/Date()/`.
    #[serde(default)]
    pub due_date: Option<Day>,
    /// An invoice's due date, as ISO text.
    #[serde(default)]
    pub due_date_string: Option<Day>,
    /// Exclusive, Inclusive or NoTax.
    #[serde(default)]
    pub line_amount_types: Option<String>,
    /// ISO 4217.
    pub currency_code: String,
    /// Units of the document's currency for one of the base currency.
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
    /// Of an invoice, what is still to be paid (`AmountDue`); of the others, what is neither allocated
    /// nor refunded (`RemainingCredit`).
    #[serde(
        alias = "RemainingCredit",
        deserialize_with = "crate::wire::amount",
        default
    )]
    pub amount_due: Option<Decimal>,
    /// An invoice's link back to us.
    #[serde(default)]
    pub url: Option<String>,
    /// The lines; absent from unpaged reads.
    #[serde(default)]
    pub line_items: Vec<LineItem>,
    /// The invoices that a credit pays. A removed allocation leaves no other trace than its absence
    /// here.
    #[serde(default)]
    pub allocations: Vec<Allocation>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
    /// Why it was refused, in the answer to a batch.
    #[serde(default)]
    pub validation_errors: Vec<ValidationMessage>,
}

/// The contact of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactReference {
    /// GUID.
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    /// Its name at present.
    pub name: Option<String>,
}

impl Document {
    /// When it is due, in whichever notation Xero says it.
    pub fn due(&self) -> Option<Day> {
        self.due_date_string.or(self.due_date)
    }
}

/// A line.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LineItem {
    /// GUID; must be sent back to keep the line.
    #[serde(rename = "LineItemID")]
    pub line_item_id: Option<String>,
    /// What was sold.
    pub description: Option<String>,
    /// How many.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub unit_amount: Option<Decimal>,
    /// The item.
    pub item_code: Option<String>,
    /// The account.
    pub account_code: Option<String>,
    /// The tax rate.
    pub tax_type: Option<String>,
    /// The line's tax.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub tax_amount: Option<Decimal>,
    /// After discount.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub line_amount: Option<Decimal>,
    /// Percent.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub discount_rate: Option<Decimal>,
    /// Amount; instead of the rate.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub discount_amount: Option<Decimal>,
    /// The tracking options, of two categories at most.
    pub tracking: Vec<Tracking>,
}

/// A tracking option on a line (Xero accounting API, `LineItemTracking`).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tracking {
    /// The category's name.
    pub name: Option<String>,
    /// The option's name.
    pub option: Option<String>,
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

/// Declares a kind of document that Xero lists by itself.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident, $list:literal, $id:literal, $title:literal, $query:expr, $summary:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Document);

        impl From<$name> for Document {
            fn from(row: $name) -> Self {
                row.0
            }
        }

        impl Listed for $name {
            const NAME: &'static str = $list;
            const ID: &'static str = $id;
            const TITLE: &'static str = $title;
            const QUERY: &'static [(&'static str, &'static str)] = $query;
            const SUMMARY: bool = $summary;

            fn updated(&self) -> Option<Instant> {
                self.0.updated
            }
        }
    };
}

listed!(
    /// A sales invoice with its lines, voided and deleted ones included.
    Invoice,
    "Invoices",
    "InvoiceID",
    "InvoiceNumber",
    &[
        ("Statuses", "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED"),
        ("includeArchived", "true"),
        ("unitdp", "4"),
        ("where", r#"Type=="ACCREC""#),
    ],
    true
);
listed!(
    /// A sales credit note, with its lines and allocations.
    CreditNote,
    "CreditNotes",
    "CreditNoteID",
    "CreditNoteNumber",
    &[("unitdp", "4"), ("where", r#"Type=="ACCRECCREDIT""#)],
    false
);
listed!(
    /// Money a customer paid beyond what was due.
    Overpayment,
    "Overpayments",
    "OverpaymentID",
    "Reference",
    &[("unitdp", "4")],
    false
);
listed!(
    /// Money a customer paid in advance.
    Prepayment,
    "Prepayments",
    "PrepaymentID",
    "Reference",
    &[("unitdp", "4")],
    false
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use serde_json::json;

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
        assert_eq!(row.0.amount_due, Some("10.5".parse().unwrap()));
        assert_eq!(row.0.allocations[0].amount, Some("50.00".parse().unwrap()));
        assert_eq!(row.0.allocations[0].invoice.invoice_id, "c");
        for id in ["OverpaymentID", "PrepaymentID"] {
            let credit: Document = serde_json::from_value(common(id)).unwrap();
            assert_eq!(credit.id, "249f");
        }
    }
}
