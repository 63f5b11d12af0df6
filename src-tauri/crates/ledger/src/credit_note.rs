//! Sales credit notes: a Xero ACCRECCREDIT CreditNote, or an ERPNext Sales Invoice that is a return.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, DocumentState, Line, PriceMode, RemoteId};

/// A sales credit note in the terms of the side it was read from. All amounts are in
/// [`CreditNote::currency`] and positive where money goes back to the customer: ERPNext states a
/// return's quantities and totals as negative numbers, and translation turns them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CreditNote {
    /// The document number: Xero's CreditNoteNumber, ERPNext's document name.
    pub number: Option<String>,
    /// The contact's identity on the same side.
    pub contact: RemoteId,
    /// The contact's name as the document shows it (for people; never an identity).
    pub contact_name: String,
    /// Where the document stands. Paid is not a state: it follows from the remaining credit.
    pub state: DocumentState,
    /// The date of the credit note.
    pub date: NaiveDate,
    /// The currency of every amount below.
    pub currency: Currency,
    /// Units of the base currency for one unit of [`CreditNote::currency`]. `None` where the side
    /// did not state one.
    pub exchange_rate: Option<Decimal>,
    /// The customer's reference.
    pub reference: Option<String>,
    /// Whether the prices hold tax.
    pub price_mode: PriceMode,
    /// The lines, in document order, with positive quantities.
    pub lines: Vec<Line>,
    /// The total before tax, as the side states it.
    pub net_total: Decimal,
    /// The tax, as the side states it.
    pub tax_total: Decimal,
    /// The total, as the side states it.
    pub total: Decimal,
    /// The invoice the goods of this return were sold with (ERPNext `return_against`). Xero has no
    /// such field; this alone settles nothing, see [`CreditNote::allocations`].
    pub against: Option<RemoteId>,
    /// What has been neither allocated nor refunded, as the side states it. Zero on a voided
    /// document.
    pub remaining: Decimal,
    /// The invoices it has been used for.
    pub allocations: Vec<Allocation>,
}

/// A part of a credit used for an invoice, on the side it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allocation {
    /// The allocation's identity, where the side has one (Xero AllocationID).
    pub id: Option<String>,
    /// The invoice it settles.
    pub invoice: RemoteId,
    /// The day it counts from.
    pub date: Option<NaiveDate>,
    /// How much of the invoice it settles, in the credit's currency; positive.
    pub amount: Decimal,
}

impl CreditNote {
    /// What has been used for invoices, in the credit note's currency.
    pub fn allocated(&self) -> Decimal {
        self.allocations
            .iter()
            .map(|allocation| allocation.amount)
            .sum()
    }

    /// What has been paid out to the customer: neither remaining nor allocated. Zero on a voided
    /// document.
    pub fn refunded(&self) -> Decimal {
        if self.state == DocumentState::Voided {
            Decimal::ZERO
        } else {
            self.total - self.remaining - self.allocated()
        }
    }
}
