//! `Invoice`.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::ValidationMessage;
use super::dates::{Day, Instant};
use super::list::Listed;

/// An invoice as Xero sends it; only what we use. Amounts are in `currency_code`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Invoice {
    /// ACCREC (sales) or ACCPAY (bills).
    #[serde(rename = "Type")]
    pub kind: String,
    /// GUID.
    #[serde(rename = "InvoiceID")]
    pub invoice_id: String,
    /// Unique among sales invoices.
    #[serde(default)]
    pub invoice_number: Option<String>,
    /// The customer's reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// DRAFT, SUBMITTED, AUTHORISED, PAID, VOIDED, DELETED.
    pub status: String,
    /// Whom it is addressed to.
    pub contact: ContactReference,
    /// The invoice date, as `/Date()/`.
    #[serde(default)]
    pub date: Option<Day>,
    /// The invoice date, as ISO text.
    #[serde(default)]
    pub date_string: Option<Day>,
    /// The due date, as `/Date()/`.
    #[serde(default)]
    pub due_date: Option<Day>,
    /// The due date, as ISO text.
    #[serde(default)]
    pub due_date_string: Option<Day>,
    /// Exclusive, Inclusive or NoTax.
    #[serde(default)]
    pub line_amount_types: Option<String>,
    /// ISO 4217.
    pub currency_code: String,
    /// Units of the invoice's currency for one of the base currency.
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
    /// Still to be paid.
    #[serde(deserialize_with = "crate::wire::amount", default)]
    pub amount_due: Option<Decimal>,
    /// Our link back.
    #[serde(default)]
    pub url: Option<String>,
    /// The lines; absent from unpaged reads.
    #[serde(default)]
    pub line_items: Vec<LineItem>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
    /// Why it was refused, in the answer to a batch.
    #[serde(default)]
    pub validation_errors: Vec<ValidationMessage>,
}

impl Listed for Invoice {
    const NAME: &'static str = "Invoices";
    const ID: &'static str = "InvoiceID";
    const TITLE: &'static str = "InvoiceNumber";
    /// Sales invoices with their lines, voided and deleted ones included.
    const QUERY: &'static [(&'static str, &'static str)] = &[
        ("Statuses", "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED"),
        ("includeArchived", "true"),
        ("unitdp", "4"),
        ("where", r#"Type=="ACCREC""#),
    ];

    fn updated(&self) -> Option<Instant> {
        self.updated
    }
}

/// The contact of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactReference {
    /// GUID.
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    /// Its name at present.
    pub name: Option<String>,
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
}
