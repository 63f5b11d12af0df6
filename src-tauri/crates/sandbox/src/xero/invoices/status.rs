//! The life of an invoice (Xero developer docs, "Invoice status changes").

use super::{Invoice, InvoiceStatus};

const NOT_MODIFIABLE: &str = "Invoice not of valid status for modification";

/// Checks a new invoice's status.
pub fn on_create(asked: Option<&str>) -> Result<InvoiceStatus, String> {
    match asked {
        None | Some("DRAFT") => Ok(InvoiceStatus::Draft),
        Some("SUBMITTED") => Ok(InvoiceStatus::Submitted),
        Some("AUTHORISED") => Ok(InvoiceStatus::Authorised),
        Some(_) => Err("Invoice not of valid status for creation".to_owned()),
    }
}

/// Checks a status asked for on an existing invoice.
pub fn on_update(invoice: &Invoice, asked: Option<&str>) -> Result<InvoiceStatus, String> {
    use InvoiceStatus::{Authorised, Deleted, Draft, Paid, Submitted, Voided};
    let wrong = || Err(NOT_MODIFIABLE.to_owned());
    if matches!(invoice.status, Voided | Deleted) {
        return wrong();
    }
    let Some(asked) = asked else {
        return Ok(invoice.status);
    };
    let Some(next) = InvoiceStatus::from_word(asked) else {
        return wrong();
    };
    if next == invoice.status {
        return Ok(next);
    }
    let allocated = !invoice.payments.is_empty() || !invoice.amount_credited.is_zero();
    if allocated && next != Paid && next != Deleted {
        return Err(format!(
            "The status {asked} cannot be applied to the invoice because it has payments or credit notes allocated to it."
        ));
    }
    match (invoice.status, next) {
        (Draft, Submitted | Authorised | Deleted)
        | (Submitted, Draft | Authorised | Deleted)
        | (Authorised, Voided) => Ok(next),
        _ => wrong(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_documented_steps_are_taken() {
        let words = [
            "DRAFT",
            "SUBMITTED",
            "AUTHORISED",
            "PAID",
            "VOIDED",
            "DELETED",
        ];
        let allowed: &[(&str, &[&str])] = &[
            ("DRAFT", &["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"]),
            (
                "SUBMITTED",
                &["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"],
            ),
            ("AUTHORISED", &["AUTHORISED", "VOIDED"]),
            ("PAID", &["PAID"]),
            ("VOIDED", &[]),
            ("DELETED", &[]),
        ];
        for (from, to) in allowed {
            let mut invoice = Invoice::blank();
            invoice.status = InvoiceStatus::from_word(from).unwrap();
            for word in words {
                let answer = on_update(&invoice, Some(word));
                assert_eq!(
                    answer.is_ok(),
                    to.contains(&word),
                    "{from} -> {word}: {answer:?}"
                );
            }
        }
        for (word, good) in words.iter().zip([true, true, true, false, false, false]) {
            assert_eq!(on_create(Some(word)).is_ok(), good, "create {word}");
        }
    }

    #[test]
    fn a_paid_invoice_is_not_voided() {
        let mut invoice = Invoice::blank();
        invoice.status = InvoiceStatus::Authorised;
        invoice.payments = vec![uuid::Uuid::from_u128(1)];
        assert_eq!(
            on_update(&invoice, Some("VOIDED")).unwrap_err(),
            "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
        );
    }
}
