//! Sales documents: invoices and credit notes.
//!
//! An invoice is a Xero ACCREC Invoice, or an ERPNext Sales Invoice that is not a return; a credit note
//! is a Xero ACCRECCREDIT CreditNote, or a Sales Invoice that is a return. In ERPNext they are one
//! document type and in Xero one shape, so they are one here; [`crate::Record`] says which it is.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Allocation, Currency, RemoteId};

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

/// A sales invoice or credit note in the terms of the side it was read from. All amounts are in
/// [`Document::currency`]. Those of a credit note are positive where money goes back to the customer:
/// ERPNext states a return's quantities and totals as negative numbers, and translation turns them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Document {
    /// The document number: Xero's InvoiceNumber or CreditNoteNumber, ERPNext's document name.
    pub number: Option<String>,
    /// The contact's identity on the same side.
    pub contact: RemoteId,
    /// The contact's name as the document shows it (for people; never an identity).
    pub contact_name: String,
    /// Where the document stands.
    pub state: DocumentState,
    /// The date of the document.
    pub date: NaiveDate,
    /// The date payment is due. A credit note has none.
    pub due_date: Option<NaiveDate>,
    /// The currency of every amount below.
    pub currency: Currency,
    /// Units of the base currency for one unit of [`Document::currency`] (ERPNext's direction;
    /// Xero's CurrencyRate is the inverse). `None` where the side did not state one.
    pub exchange_rate: Option<Decimal>,
    /// The customer's reference or order number.
    pub reference: Option<String>,
    /// Whether the prices hold tax.
    pub price_mode: PriceMode,
    /// The lines, in document order.
    #[serde(deserialize_with = "crate::exact::list")]
    pub lines: Vec<Line>,
    /// The total before tax, as the side states it.
    pub net_total: Decimal,
    /// The tax, as the side states it.
    pub tax_total: Decimal,
    /// The total, as the side states it.
    pub total: Decimal,
    /// What is still open, as the side states it: of an invoice what is still to be paid, of a credit
    /// note what has been neither allocated nor refunded. Zero on a voided document.
    pub amount_due: Decimal,
    /// An opening entry of ERPNext (`is_opening`): it brings in what was owed when the books began, and
    /// its lines are booked to no income account. Never set on a Xero invoice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opening: bool,
    /// The invoice that the goods of a return were sold with (ERPNext `return_against`). Xero has no
    /// such field; this alone settles nothing, see [`Document::allocations`]. An invoice has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<RemoteId>,
    /// The invoices that a credit note has been used for. An invoice has none of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allocations: Vec<Allocation>,
}

/// One line of a document.
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
    /// What the line is filed under: keys of [`crate::tracking`], in order. `None` where that was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Vec<String>>,
}

impl Document {
    /// Of an invoice: what has been paid or credited. Of a credit note: what has been used or paid out.
    /// Zero on a voided document.
    pub fn settled(&self) -> Decimal {
        if self.state == DocumentState::Voided {
            Decimal::ZERO
        } else {
            self.total - self.amount_due
        }
    }

    /// What a credit note has been used for, in its currency.
    pub fn allocated(&self) -> Decimal {
        self.allocations
            .iter()
            .map(|allocation| allocation.amount)
            .sum()
    }

    /// What of a credit note has been paid out to the customer: neither open nor allocated. Zero on a
    /// voided document.
    pub fn refunded(&self) -> Decimal {
        if self.state == DocumentState::Voided {
            Decimal::ZERO
        } else {
            self.settled() - self.allocated()
        }
    }
}
