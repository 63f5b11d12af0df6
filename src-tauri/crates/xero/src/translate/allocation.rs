//! Credit used for invoices, as read and as written. What has to be removed and added is
//! [`ledger::allocation::allocation_steps`].

use chrono::NaiveDate;
use ledger::{Allocation, RemoteId};
use serde_json::{Value, json};

use super::{document_write, number};
use crate::wire::document as wire;

/// Reads an allocation.
///
/// # Errors
/// Which field is missing.
pub fn from_wire(allocation: &wire::Allocation) -> Result<Allocation, String> {
    let invoice = &allocation.invoice.invoice_id;
    if invoice.is_empty() {
        return Err("an allocation names no invoice".to_owned());
    }
    Ok(Allocation {
        id: allocation
            .allocation_id
            .as_ref()
            .map(|id| id.to_lowercase()),
        invoice: RemoteId::new(invoice.to_lowercase()),
        date: allocation.date.map(|day| day.0),
        amount: allocation.amount.ok_or("an allocation has no amount")?,
    })
}

/// The array of allocations, in request and answer.
pub const ALLOCATIONS: &str = "Allocations";

/// The body that uses a credit for invoices. Amounts are in the credit's currency; `day` is used for those
/// that have none, since Xero asks for one (specification, `Allocation`). Xero adds whatever is sent to
/// what there is, so only new ones may be sent (xero/FACTS §7).
pub fn body(new: &[Allocation], day: NaiveDate) -> Value {
    let one = |of: &Allocation| {
        json!({
            "Invoice": {"InvoiceID": of.invoice.as_str()},
            "Amount": number(of.amount),
            "Date": document_write::day(of.date.unwrap_or(day)),
        })
    };
    json!({ ALLOCATIONS: new.iter().map(one).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn a_use_is_said_to_its_last_digit_and_with_a_day() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default();
        let one = |invoice: &str, ore: i64, date| Allocation {
            id: None,
            invoice: RemoteId::new(invoice),
            date,
            amount: Decimal::new(ore, 2),
        };
        let new = [one("i1", 33330, Some(day(3))), one("i2", 7, None)];
        assert_eq!(
            body(&new, day(22)).to_string(),
            r#"{"Allocations":[{"Invoice":{"InvoiceID":"i1"},"Amount":333.3,"Date":"2026-11-03"},{"Invoice":{"InvoiceID":"i2"},"Amount":0.07,"Date":"2026-11-22"}]}"#
        );
    }
}
