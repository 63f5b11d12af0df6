//! Between Xero's records and the ledger's.

pub mod advance;
pub mod allocation;
pub mod contact;
pub mod credit_note_write;
pub mod document;
mod document_write;
pub mod invoice_write;
pub mod line;
pub mod marker;
pub mod open_credit;
pub mod payment;
pub mod payment_write;

use rust_decimal::Decimal;
use serde_json::Value;

/// A decimal as a JSON number with exactly its digits, never through a float.
pub(crate) fn number(amount: Decimal) -> Value {
    amount
        .normalize()
        .to_string()
        .parse::<serde_json::Number>()
        .map_or(Value::Null, Value::Number)
}
