//! What is left of credit notes, overpayments and prepayments.

use ledger::contact::text;
use ledger::{CreditForm, Currency, DocumentState, OpenCredit, RemoteId};
use rust_decimal::Decimal;

use super::document::state;
use crate::wire::credit::CreditKind;
use crate::wire::document::Document;

/// Reads what is left of a credit of a customer; `None` for one of a supplier. Of one that is not
/// approved, or was voided, nothing is.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(kind: CreditKind, credit: &Document) -> Result<Option<OpenCredit>, String> {
    // Those that Xero makes of a payment of more than is due are typed AR… (specification,
    // `Overpayment.Type`).
    match credit.kind.as_str() {
        "ACCRECCREDIT"
        | "RECEIVE-OVERPAYMENT"
        | "RECEIVE-PREPAYMENT"
        | "AROVERPAYMENT"
        | "ARPREPAYMENT" => {}
        "ACCPAYCREDIT" | "SPEND-OVERPAYMENT" | "SPEND-PREPAYMENT" | "APOVERPAYMENT"
        | "APPREPAYMENT" => return Ok(None),
        other => return Err(format!("the type \"{other}\" is not known")),
    }
    let open = match state(&credit.status)? {
        DocumentState::Draft | DocumentState::Voided => Decimal::ZERO,
        DocumentState::Approved => credit.amount_due.ok_or("it has no RemainingCredit")?,
    };
    Ok(Some(OpenCredit {
        form: match kind {
            CreditKind::CreditNote => CreditForm::CreditNote,
            CreditKind::Overpayment => CreditForm::Overpayment,
            CreditKind::Prepayment => CreditForm::Prepayment,
        },
        id: RemoteId::new(credit.id.to_lowercase()),
        // Overpayments and prepayments have none: what people wrote on them is what they know.
        number: credit
            .number
            .as_deref()
            .or(credit.reference.as_deref())
            .and_then(text),
        contact: RemoteId::new(credit.contact.contact_id.to_lowercase()),
        contact_name: credit
            .contact
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_default(),
        date: credit.date_string.or(credit.date).map(|day| day.0),
        currency: Currency::new(&credit.currency_code).map_err(|error| error.to_string())?,
        open,
        uncertain: Decimal::ZERO,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn read(kind: CreditKind, change: &Value) -> Result<Option<OpenCredit>, String> {
        let mut value = json!({
            "Type": "ACCRECCREDIT", "CreditNoteID": "AB", "CreditNoteNumber": "CN-7",
            "Reference": "RMA", "Status": "AUTHORISED", "Contact": {"ContactID": "C1", "Name": "Ann"},
            "DateString": "2018-10-20T00:00:00", "CurrencyCode": "USD", "CurrencyRate": 1.25,
            "Total": 48.00, "RemainingCredit": 10.00,
        });
        for (key, to) in change.as_object().unwrap() {
            value[key] = to.clone();
        }
        from_wire(kind, &serde_json::from_value(value).unwrap())
    }

    #[test]
    fn what_is_left_is_said_in_the_documents_own_currency() {
        let note = read(CreditKind::CreditNote, &json!({})).unwrap().unwrap();
        assert_eq!(note.title(), "credit note CN-7 of 20 Oct 2018");
        assert_eq!(note.money().to_string(), "10.00 USD");
        assert_eq!((note.id.as_str(), note.contact.as_str()), ("ab", "c1"));
        let over = json!({"Type": "AROVERPAYMENT", "CreditNoteNumber": null, "Reference": " "});
        let over = read(CreditKind::Overpayment, &over).unwrap().unwrap();
        assert_eq!(over.title(), "overpayment of 20 Oct 2018");
        let named = json!({"Type": "RECEIVE-PREPAYMENT", "CreditNoteNumber": null});
        let named = read(CreditKind::Prepayment, &named).unwrap().unwrap();
        assert_eq!(named.title(), "prepayment RMA of 20 Oct 2018");
    }

    #[test]
    fn drafts_and_voided_ones_are_nobodys_money_and_suppliers_are_none_of_ours() {
        for status in ["DRAFT", "SUBMITTED", "VOIDED", "DELETED"] {
            let credit = read(CreditKind::CreditNote, &json!({ "Status": status }));
            assert_eq!(credit.unwrap().unwrap().open, Decimal::ZERO, "{status}");
        }
        let bill = json!({"Type": "SPEND-OVERPAYMENT"});
        assert_eq!(read(CreditKind::Overpayment, &bill), Ok(None));
        for (key, value) in [
            ("Type", json!("ARSOMETHING")),
            ("RemainingCredit", json!(null)),
            ("CurrencyCode", json!("")),
        ] {
            let read = read(CreditKind::CreditNote, &json!({ key: value }));
            assert!(read.is_err(), "{key}");
        }
    }
}
