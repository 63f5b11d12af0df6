//! Sales invoices: a Xero ACCREC Invoice, or an ERPNext Sales Invoice that is not a return.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, RemoteId};

/// Where a document stands. Paid is not a state: it follows from the amount due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentState {
    /// Xero DRAFT or SUBMITTED; ERPNext docstatus 0.
    Draft,
    /// Xero AUTHORISED or PAID; ERPNext docstatus 1.
    Approved,
    /// Xero VOIDED or DELETED; ERPNext docstatus 2.
    Voided,
}

/// Whether the prices of a document's lines hold tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriceMode {
    /// Tax comes on top of the line amounts.
    Exclusive,
    /// The line amounts hold the tax.
    Inclusive,
    /// There is no tax on this document.
    NoTax,
}

/// A sales invoice in the terms of the side it was read from. All amounts are in
/// [`Invoice::currency`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Invoice {
    /// The document number: Xero's InvoiceNumber, ERPNext's document name.
    pub number: Option<String>,
    /// The contact's identity on the same side.
    pub contact: RemoteId,
    /// The contact's name as the document shows it (for people; never an identity).
    pub contact_name: String,
    /// Where the document stands.
    pub state: DocumentState,
    /// The invoice date.
    pub date: NaiveDate,
    /// The date payment is due.
    pub due_date: Option<NaiveDate>,
    /// The currency of every amount below.
    pub currency: Currency,
    /// Units of the base currency for one unit of [`Invoice::currency`] (ERPNext's direction;
    /// Xero's CurrencyRate is the inverse). `None` where the side did not state one.
    pub exchange_rate: Option<Decimal>,
    /// The customer's reference or order number.
    pub reference: Option<String>,
    /// Whether the prices hold tax.
    pub price_mode: PriceMode,
    /// The lines, in document order.
    pub lines: Vec<Line>,
    /// The total before tax, as the side states it.
    pub net_total: Decimal,
    /// The tax, as the side states it.
    pub tax_total: Decimal,
    /// The total, as the side states it.
    pub total: Decimal,
    /// What is still to be paid, as the side states it. Zero on a voided document.
    pub amount_due: Decimal,
    /// An opening entry of ERPNext (`is_opening`): it brings in what was owed when the books began, and
    /// its lines are booked to no income account. Never set on a Xero invoice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opening: bool,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Line {
    /// The line's identity on the side it was read from (Xero LineItemID, ERPNext row name).
    pub id: Option<String>,
    /// What was sold, in words.
    pub description: String,
    /// The item's code, where the line names an item.
    pub item_code: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// Price of one before discount; holds tax where the document's prices are inclusive.
    pub unit_price: Decimal,
    /// Discount on this line in percent of quantity × price.
    pub discount_percent: Option<Decimal>,
    /// The line amount as the side states it, after discount; holds tax where the document's
    /// prices are inclusive.
    pub amount: Decimal,
    /// The ledger account's key on this side: Xero account code, ERPNext account name.
    pub account: Option<String>,
    /// The tax rate's key on this side: Xero TaxType, ERPNext Item Tax Template name or
    /// `account @ rate`.
    pub tax: Option<String>,
    /// The tax rate in percent, where the side states one.
    pub tax_rate: Option<Decimal>,
    /// The line's tax, where the side states it per line (Xero does, ERPNext states it per
    /// document).
    pub tax_amount: Option<Decimal>,
}

impl Invoice {
    /// What has been paid or credited: total less amount due. Zero on a voided document.
    pub fn settled(&self) -> Decimal {
        if self.state == DocumentState::Voided {
            Decimal::ZERO
        } else {
            self.total - self.amount_due
        }
    }
}
