//! Invoices (Xero developer docs, "Invoices").

mod contact;
pub(in crate::xero) mod edits;
mod lines;
mod read;
mod stated;
pub(in crate::xero) mod status;
mod totals;
mod tracking;
mod write;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dates;
use super::filter::Operand;
use super::json::{money, number, put};
use super::records::Row;

pub use contact::NO_CONTACT;
pub use read::Shown;
pub use totals::Totals;
pub use write::{InvoiceMatch, PAID_LOCK, Writing, day};

/// `Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceStatus {
    /// Not yet final, may be incomplete.
    Draft,
    /// Waiting for approval.
    Submitted,
    /// Approved, something due.
    Authorised,
    /// Approved, nothing due.
    Paid,
    /// Was approved, ended.
    Voided,
    /// Was never approved, ended.
    Deleted,
}

impl InvoiceStatus {
    /// Xero's word.
    pub const fn word(self) -> &'static str {
        match self {
            InvoiceStatus::Draft => "DRAFT",
            InvoiceStatus::Submitted => "SUBMITTED",
            InvoiceStatus::Authorised => "AUTHORISED",
            InvoiceStatus::Paid => "PAID",
            InvoiceStatus::Voided => "VOIDED",
            InvoiceStatus::Deleted => "DELETED",
        }
    }

    /// Reads Xero's word.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "DRAFT" => InvoiceStatus::Draft,
            "SUBMITTED" => InvoiceStatus::Submitted,
            "AUTHORISED" => InvoiceStatus::Authorised,
            "PAID" => InvoiceStatus::Paid,
            "VOIDED" => InvoiceStatus::Voided,
            "DELETED" => InvoiceStatus::Deleted,
            _ => return None,
        })
    }
}

/// `LineAmountTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AmountsAre {
    /// Net of tax.
    #[default]
    Exclusive,
    /// With tax.
    Inclusive,
    /// Without tax at all.
    NoTax,
}

impl AmountsAre {
    /// Xero's word.
    pub const fn word(self) -> &'static str {
        match self {
            AmountsAre::Exclusive => "Exclusive",
            AmountsAre::Inclusive => "Inclusive",
            AmountsAre::NoTax => "NoTax",
        }
    }
}

/// One line.
#[allow(clippy::struct_field_names)] // line_amount is Xero's own name
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// `LineItemID`.
    pub id: Uuid,
    /// Description.
    pub description: Option<String>,
    /// Quantity, 4 decimals.
    pub quantity: Decimal,
    /// Price, 4 decimals; shown at 2 without `unitdp=4`.
    pub unit_amount: Decimal,
    /// Item.
    pub item_code: Option<String>,
    /// Ledger account.
    pub account_code: Option<String>,
    /// Tax rate.
    pub tax_type: Option<String>,
    /// Tax, to the cent.
    pub tax_amount: Decimal,
    /// Amount after discount, to the cent.
    pub line_amount: Decimal,
    /// Discount in per cent.
    pub discount_rate: Option<Decimal>,
    /// Discount as an amount.
    pub discount_amount: Option<Decimal>,
    /// `Tracking`: an option of each of at most two categories.
    pub tracking: Vec<Tracked>,
}

/// What a line is tracked under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracked {
    /// `TrackingCategoryID`.
    pub category: Uuid,
    /// `TrackingOptionID`.
    pub option: Uuid,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    /// `InvoiceID`.
    pub id: Uuid,
    /// `Type`: ACCREC or ACCPAY.
    pub kind: &'static str,
    /// `InvoiceNumber`.
    pub number: String,
    /// Reference.
    pub reference: String,
    /// The contact.
    pub contact: Uuid,
    /// Invoice date.
    pub date: NaiveDate,
    /// Due date.
    pub due_date: Option<NaiveDate>,
    /// `ExpectedPaymentDate`.
    pub expected_payment: Option<NaiveDate>,
    /// Status.
    pub status: InvoiceStatus,
    /// `LineAmountTypes`.
    pub amounts_are: AmountsAre,
    /// Lines in order.
    pub lines: Vec<Line>,
    /// Currency code.
    pub currency: String,
    /// Foreign units per one base unit.
    pub rate: Decimal,
    /// Link to another system.
    pub url: Option<String>,
    /// `BrandingThemeID`.
    pub branding_theme: Option<String>,
    /// Marked as sent.
    pub sent: bool,
    /// Sums.
    pub totals: Totals,
    /// `EnteredTotal` of a draft.
    pub entered_total: Option<Decimal>,
    /// Payments that stand (not deleted), in the order made.
    pub payments: Vec<Uuid>,
    /// Sum of them.
    pub amount_paid: Decimal,
    /// Sum of credit allocated.
    pub amount_credited: Decimal,
    /// Date of the last payment once paid.
    pub fully_paid_on: Option<NaiveDate>,
    /// App that created it; none for a person.
    pub created_by: Option<String>,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl Invoice {
    /// A draft with nothing in it.
    pub fn blank() -> Self {
        Invoice {
            id: Uuid::nil(),
            kind: "ACCREC",
            number: String::new(),
            reference: String::new(),
            contact: Uuid::nil(),
            date: NaiveDate::default(),
            due_date: None,
            expected_payment: None,
            status: InvoiceStatus::Draft,
            amounts_are: AmountsAre::Exclusive,
            lines: Vec::new(),
            currency: String::new(),
            rate: Decimal::ONE,
            url: None,
            branding_theme: None,
            sent: false,
            totals: Totals::default(),
            entered_total: None,
            payments: Vec::new(),
            amount_paid: Decimal::ZERO,
            amount_credited: Decimal::ZERO,
            fully_paid_on: None,
            created_by: None,
            updated: DateTime::UNIX_EPOCH,
        }
    }

    /// What is still to be paid.
    pub fn amount_due(&self) -> Decimal {
        match self.status {
            InvoiceStatus::Voided | InvoiceStatus::Deleted => Decimal::ZERO,
            _ => self.totals.total - self.amount_paid - self.amount_credited,
        }
    }

    /// Moves between AUTHORISED and PAID as the amount due says.
    pub fn settle(&mut self, last_payment: Option<NaiveDate>) {
        let settled = self.amount_due().is_zero() && last_payment.is_some();
        match (self.status, settled) {
            (InvoiceStatus::Authorised | InvoiceStatus::Paid, true) => {
                self.status = InvoiceStatus::Paid;
                self.fully_paid_on = last_payment;
            }
            (InvoiceStatus::Paid, false) => {
                self.status = InvoiceStatus::Authorised;
                self.fully_paid_on = None;
            }
            _ => {}
        }
    }

    /// Value of a filter property that needs nothing but the invoice.
    fn own_property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "type" => Operand::Text(self.kind.to_owned()),
            "status" => Operand::Text(self.status.word().to_owned()),
            "invoiceid" => Operand::Text(self.id.to_string()),
            "invoicenumber" => Operand::Text(self.number.clone()),
            "reference" => Operand::Text(self.reference.clone()),
            "contact.contactid" => Operand::Text(self.contact.to_string()),
            "date" => Operand::day(self.date),
            "duedate" => self.due_date.map_or(Operand::Null, Operand::day),
            "fullypaidondate" => self.fully_paid_on.map_or(Operand::Null, Operand::day),
            "subtotal" => Operand::Number(self.totals.sub_total),
            "totaltax" => Operand::Number(self.totals.total_tax),
            "total" => Operand::Number(self.totals.total),
            "amountdue" => Operand::Number(self.amount_due()),
            "amountpaid" => Operand::Number(self.amount_paid),
            "amountcredited" => Operand::Number(self.amount_credited),
            "currencycode" => Operand::Text(self.currency.clone()),
            "currencyrate" => Operand::Number(self.rate),
            "senttocontact" => Operand::Flag(self.sent),
            "url" => Operand::text(self.url.as_deref()),
            "updateddateutc" => Operand::Time(self.updated),
            _ => return None,
        })
    }
}

impl Row for Invoice {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![
            ("number", self.number.to_lowercase()),
            ("contact", self.contact.to_string()),
        ]
    }
}

impl Line {
    /// As invoices show it.
    pub fn to_json(&self, account: Option<Uuid>, tracking: Value, unit_decimals: u32) -> Value {
        let mut value = json!({});
        if let Some(item) = &self.item_code {
            put(&mut value, "ItemCode", item.as_str());
        }
        if let Some(description) = &self.description {
            put(&mut value, "Description", description.as_str());
        }
        put(
            &mut value,
            "UnitAmount",
            number(self.unit_amount, unit_decimals),
        );
        if let Some(tax_type) = &self.tax_type {
            put(&mut value, "TaxType", tax_type.as_str());
        }
        put(&mut value, "TaxAmount", money(self.tax_amount));
        put(&mut value, "LineAmount", money(self.line_amount));
        if let Some(code) = &self.account_code {
            put(&mut value, "AccountCode", code.as_str());
        }
        put(&mut value, "Tracking", tracking);
        put(&mut value, "Quantity", number(self.quantity, 4));
        if let Some(rate) = self.discount_rate {
            put(&mut value, "DiscountRate", number(rate, 2));
        }
        if let Some(amount) = self.discount_amount {
            put(&mut value, "DiscountAmount", money(amount));
        }
        put(&mut value, "LineItemID", self.id.to_string());
        if let Some(account) = account {
            put(&mut value, "AccountID", account.to_string());
        }
        value
    }
}

/// Dates as the wire shows them: the ticks and the text.
pub fn put_day(value: &mut Value, name: &str, date: NaiveDate) {
    put(value, &format!("{name}String"), dates::day_string(date));
    put(value, name, dates::day(date));
}
