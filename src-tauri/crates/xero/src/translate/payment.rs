//! Payments and batch payments, as read.
//!
//! Xero keeps one Payment for each document where ERPNext keeps one Payment Entry with many
//! references; [`joined`] makes one ledger payment of those that belong together. Payments to
//! suppliers are none of ours.

use ledger::contact::text;
use ledger::money::round_half_up;
use ledger::{
    Currency, DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection, RemoteId,
};
use rust_decimal::Decimal;

use super::document::{RATE_DIGITS, inverse};
use crate::wire::credit::CreditKind;
use crate::wire::{payment as wire, usable_id};

/// A payment of a customer, as Xero holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The payment. A refund of an overpayment or prepayment names that by its id alone, which
    /// [`Read::refund_of`] says the kind of.
    pub payment: Payment,
    /// The credit that a refund pays back.
    pub refund_of: Option<(CreditKind, RemoteId)>,
    /// The batch it is part of; then only the batch can be deleted.
    pub batch: Option<RemoteId>,
}

/// Reads a payment. `None` for one to a supplier.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(payment: &wire::Payment) -> Result<Option<Read>, String> {
    if payment.is_suppliers() {
        return Ok(None);
    }
    let refund = |kind| (PaymentDirection::Refunded, Some(kind));
    let (direction, credit) = match payment.payment_type.as_str() {
        "ACCRECPAYMENT" => (PaymentDirection::Received, None),
        "ARCREDITPAYMENT" => refund(CreditKind::CreditNote),
        "AROVERPAYMENTPAYMENT" => refund(CreditKind::Overpayment),
        "ARPREPAYMENTPAYMENT" => refund(CreditKind::Prepayment),
        other => return Err(format!("the PaymentType \"{other}\" is not known")),
    };
    let state = match payment.status.as_str() {
        "AUTHORISED" => DocumentState::Approved,
        "DELETED" => DocumentState::Voided,
        other => return Err(format!("the status \"{other}\" is not known")),
    };
    let own = usable_id(&payment.payment_id).ok_or("the payment has no PaymentID")?;
    let document = payment.document().ok_or("the payment names no document")?;
    let id = usable_id(&document.invoice_id).ok_or("the payment names no document")?;
    let id = RemoteId::new(id);
    let contact = document.contact.clone().unwrap_or_default();
    let contact_id = usable_id(&contact.contact_id).ok_or("the payment names no contact")?;
    let currency = document
        .currency_code
        .as_deref()
        .ok_or("the payment names no currency")?;
    let amount = payment.amount.ok_or("the payment has no Amount")?;
    if let Some(why) = rate_the_wrong_way_round(payment) {
        return Err(why);
    }
    let document = match credit {
        None => PaidDocument::Invoice(id.clone()),
        Some(CreditKind::CreditNote) => PaidDocument::CreditNote(id.clone()),
        Some(CreditKind::Overpayment | CreditKind::Prepayment) => PaidDocument::Money(id.clone()),
    };
    let allocations = vec![PaymentAllocation {
        id: Some(own),
        document,
        amount,
        in_document: None,
        leaves: None,
    }];
    Ok(Some(Read {
        payment: Payment {
            number: None,
            direction,
            state,
            contact: RemoteId::new(contact_id),
            contact_name: contact.name.as_deref().and_then(text).unwrap_or_default(),
            date: payment.date.ok_or("the payment has no date")?.0,
            currency: Currency::new(currency).map_err(|error| error.to_string())?,
            exchange_rate: payment.currency_rate.and_then(inverse),
            amount,
            bank_account: payment.account.as_ref().and_then(account_key),
            bank_amount: payment.bank_amount,
            mode: None,
            reference: payment.reference.as_deref().and_then(text),
            allocations,
            unallocated: Decimal::ZERO,
            deductions: Vec::new(),
            reconciled: payment.is_reconciled,
            on_account: false,
            with: Vec::new(),
            credits: Vec::new(),
            bank_currency: None,
        },
        refund_of: credit.map(|kind| (kind, id)),
        batch: payment.batch().map(RemoteId::new),
    }))
}

/// Why the `CurrencyRate` of a payment is not units of its currency for one of the organisation's, as this
/// client takes it: what reached the bank says the opposite. `None` where it is, or nothing shows.
pub fn rate_the_wrong_way_round(payment: &wire::Payment) -> Option<String> {
    let (rate, amount) = (payment.currency_rate?, payment.amount?);
    let bank = payment.bank_amount?;
    let currency = payment.document()?.currency_code.clone()?;
    is_inverted(rate, amount, bank).then(|| {
        format!(
            "of {amount} {currency} at a CurrencyRate of {rate}, {bank} reached the bank: the rate is \
             the wrong way round"
        )
    })
}

/// Whether a `CurrencyRate` is the inverse of what it is taken for: what reached the bank is the amount
/// times the rate, and not divided by it, and the two are more than a factor of two apart. Its direction
/// is contradicted publicly, so no figure is made of such a one.
fn is_inverted(rate: Decimal, amount: Decimal, bank: Decimal) -> bool {
    if bank == amount {
        return false;
    }
    let (Some(ratio), Some(two)) = (amount.checked_div(bank), Decimal::TWO.checked_mul(rate))
    else {
        return false;
    };
    let apart = ratio > two || ratio.checked_mul(Decimal::TWO).is_some_and(|it| it < rate);
    let near_one = |product: Decimal| (product - Decimal::ONE).abs() <= Decimal::new(1, 1);
    apart && ratio.checked_mul(rate).is_some_and(near_one)
}

/// An account's key: its code, or its id where it has none.
pub fn account_key(account: &wire::AccountReference) -> Option<String> {
    let key = |value: &Option<String>| value.as_deref().and_then(text);
    key(&account.code).or_else(|| key(&account.account_id).map(|id| id.to_lowercase()))
}

/// The payments of one batch as the ledger's, one for each contact: `parts` are the batch's rows of
/// the list of payments, which alone tell contact, currency and rate. The batch's own date, state
/// and reference count, and a batch is matched with the bank as a whole. Empty for a supplier's.
///
/// # Errors
/// Which field could not be understood, or why the parts of a contact are not one payment.
pub fn from_batch(
    batch: &wire::BatchPayment,
    parts: &[wire::Payment],
) -> Result<Vec<Payment>, String> {
    let mut read = Vec::new();
    for part in parts {
        read.extend(from_wire(part)?.map(|read| read.payment));
    }
    let reference = [&batch.reference, &batch.details]
        .into_iter()
        .find_map(|words| words.as_deref().and_then(text))
        .or_else(|| read.iter().find_map(|part| part.reference.clone()));
    let gone = |part: &Payment| part.state == DocumentState::Voided;
    let deleted = batch.status == "DELETED" || read.iter().all(gone);
    // It is deleted whole; some of its parts alone are seen so only while that is under way.
    read.retain(|part| deleted || !gone(part));
    for part in &mut read {
        if deleted {
            part.state = DocumentState::Voided;
        }
        if let Some(day) = batch.date {
            part.date = day.0;
        }
        part.reference.clone_from(&reference);
        part.reconciled |= batch.is_reconciled;
    }
    let mut payments: Vec<Payment> = Vec::new();
    for part in read {
        let Some(whole) = payments.iter_mut().find(|it| it.contact == part.contact) else {
            payments.push(part);
            continue;
        };
        if (whole.direction, whole.currency) != (part.direction, part.currency) {
            return Err(format!(
                "the batch has payments of {} in {} and in {}, which are not one payment",
                part.contact_name, whole.currency, part.currency
            ));
        }
        whole.exchange_rate = average_rate(whole, &part);
        add(whole, &part);
    }
    Ok(payments)
}

/// The rate at which two payments together come to what each comes to at its own.
fn average_rate(one: &Payment, other: &Payment) -> Option<Decimal> {
    let (first, second) = (one.exchange_rate?, other.exchange_rate?);
    if first == second {
        return Some(first);
    }
    let base = one.amount.checked_mul(first)? + other.amount.checked_mul(second)?;
    let rate = base.checked_div(one.amount + other.amount)?;
    Some(round_half_up(rate, RATE_DIGITS).normalize())
}

/// Payments that differ in what they pay only, made into one each, in the order of the first of
/// them. Whether they belong together in truth is for the caller to know: a batch's do, and those
/// that were made of one ERPNext payment.
pub fn joined(payments: &[Payment]) -> Vec<Payment> {
    let mut whole: Vec<Payment> = Vec::new();
    for part in payments {
        let Some(same) = whole.iter_mut().find(|held| belong_together(held, part)) else {
            whole.push(part.clone());
            continue;
        };
        add(same, part);
    }
    whole
}

/// Adds the money of one payment, and what it is for, to another.
fn add(whole: &mut Payment, part: &Payment) {
    whole.amount += part.amount;
    whole.unallocated += part.unallocated;
    whole.bank_amount = match (whole.bank_amount, part.bank_amount) {
        (Some(one), Some(other)) => Some(one + other),
        _ => None,
    };
    whole.allocations.extend(part.allocations.iter().cloned());
    whole.deductions.extend(part.deductions.iter().cloned());
    whole.reconciled |= part.reconciled;
}

fn belong_together(one: &Payment, other: &Payment) -> bool {
    one.direction == other.direction
        && one.state == other.state
        && one.contact == other.contact
        && one.date == other.date
        && one.currency == other.currency
        && one.exchange_rate == other.exchange_rate
        && one.bank_account == other.bank_account
        && one.reference == other.reference
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::NaiveDate;
    use serde_json::{Value, json};

    const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// As the specification's example of `GET /Payments` writes it.
    fn sample() -> Value {
        json!({
            "PaymentID": "99EA", "Date": "/Date(1543449600000+0000)/", "BankAmount": 46.00,
            "Amount": 57.50, "Reference": " BACS 7 ", "CurrencyRate": 1.25,
            "PaymentType": "ACCRECPAYMENT", "Status": "AUTHORISED",
            "UpdatedDateUTC": "/Date(1541176592690+0000)/", "HasAccount": true,
            "IsReconciled": false, "Account": {"AccountID": "5690", "Code": "970"},
            "Invoice": {"Type": "ACCREC", "InvoiceID": "046D", "InvoiceNumber": "INV-0002",
                "Contact": {"ContactID": "A367", "Name": "Barney"}, "CurrencyCode": "NZD"},
        })
    }

    fn wire(value: Value) -> wire::Payment {
        serde_json::from_value(value).unwrap()
    }

    fn read(value: Value) -> Result<Option<Read>, String> {
        from_wire(&wire(value))
    }

    #[test]
    fn a_payment_of_an_invoice_is_read() {
        let Read {
            payment,
            refund_of,
            batch,
        } = read(sample()).unwrap().unwrap();
        assert_eq!((refund_of, batch), (None, None));
        assert_eq!(
            payment,
            Payment {
                number: None,
                direction: PaymentDirection::Received,
                state: DocumentState::Approved,
                contact: RemoteId::new("a367"),
                contact_name: "Barney".into(),
                date: NaiveDate::from_ymd_opt(2018, 11, 29).unwrap(),
                currency: Currency::new("NZD").unwrap(),
                exchange_rate: Some(dec("0.8")),
                amount: dec("57.50"),
                bank_account: Some("970".into()),
                bank_amount: Some(dec("46.00")),
                mode: None,
                reference: Some("BACS 7".into()),
                allocations: vec![PaymentAllocation {
                    id: Some("99ea".into()),
                    document: PaidDocument::Invoice(RemoteId::new("046d")),
                    amount: dec("57.50"),
                    in_document: None,
                    leaves: None,
                }],
                unallocated: Decimal::ZERO,
                deductions: vec![],
                reconciled: false,
                on_account: false,
                with: Vec::new(),
                credits: Vec::new(),
                bank_currency: None,
            }
        );
    }

    #[test]
    fn refunds_say_what_they_pay_back() {
        let id = || RemoteId::new("046d");
        for (kind, credit, paid) in [
            (
                "ARCREDITPAYMENT",
                CreditKind::CreditNote,
                PaidDocument::CreditNote(id()),
            ),
            (
                "AROVERPAYMENTPAYMENT",
                CreditKind::Overpayment,
                PaidDocument::Money(id()),
            ),
            (
                "ARPREPAYMENTPAYMENT",
                CreditKind::Prepayment,
                PaidDocument::Money(id()),
            ),
        ] {
            let mut value = sample();
            value["PaymentType"] = json!(kind);
            let found = read(value.clone()).unwrap().unwrap();
            assert_eq!(found.payment.direction, PaymentDirection::Refunded);
            assert_eq!(found.payment.unallocated, Decimal::ZERO);
            assert_eq!(found.payment.allocations[0].document, paid);
            assert_eq!(found.refund_of, Some((credit, RemoteId::new("046d"))));
            // An answer may name the credit by its own kind instead.
            let (member, id) = credit.member();
            let mut document = value["Invoice"].take();
            document[id] = document["InvoiceID"].take();
            document.as_object_mut().unwrap().remove("InvoiceID");
            value.as_object_mut().unwrap().remove("Invoice");
            value[member] = document;
            assert_eq!(read(value).unwrap().unwrap(), found, "{kind}");
        }
    }

    #[test]
    fn suppliers_payments_are_none_of_ours_and_deleted_ones_are_voided() {
        let mut value = sample();
        value["PaymentType"] = json!("ACCPAYPAYMENT");
        assert_eq!(read(value).unwrap(), None);
        let mut value = sample();
        value["Status"] = json!("DELETED");
        let found = read(value).unwrap().unwrap();
        assert_eq!(found.payment.state, DocumentState::Voided);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (key, value, expected) in [
            ("Status", json!("LOST"), "LOST"),
            ("PaymentType", json!("GIFT"), "GIFT"),
            ("Invoice", json!(null), "names no document"),
            ("Invoice", json!({"InvoiceID": "i"}), "names no contact"),
            ("PaymentID", json!(NOTHING), "no PaymentID"),
            ("PaymentID", json!(""), "no PaymentID"),
            (
                "Invoice",
                json!({"InvoiceID": NOTHING}),
                "names no document",
            ),
            (
                "Invoice",
                json!({"InvoiceID": "i", "Contact": {"ContactID": NOTHING}}),
                "names no contact",
            ),
            (
                "Invoice",
                json!({"InvoiceID": "i", "Contact": {"ContactID": "c"}}),
                "names no currency",
            ),
            ("Amount", json!(null), "no Amount"),
            ("Date", json!(null), "no date"),
        ] {
            let mut payment = sample();
            payment[key] = value;
            let error = read(payment).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_rate_the_wrong_way_round_makes_no_figure() {
        for (amount, rate, bank, inverted) in [
            ("57.50", "1.25", "46.00", false),
            ("1000", "150", "6.67", false),
            // A bank account in a third currency.
            ("100", "1.27", "15000", false),
            ("0.03", "1.25", "0.02", false),
            ("1", "150", "0.01", false),
            ("1", "150", "0.00", false),
            ("100", "150", "15000", true),
            ("15000", "0.006667", "100", true),
            // Less than a factor of two tells nothing.
            ("100", "1.25", "125", false),
            ("100", "0", "100", false),
        ] {
            let mut value = sample();
            for (key, text) in [
                ("Amount", amount),
                ("CurrencyRate", rate),
                ("BankAmount", bank),
            ] {
                value[key] = serde_json::from_str(text).unwrap();
            }
            let found = read(value);
            let told = found
                .as_ref()
                .is_err_and(|why| why.contains("wrong way round"));
            assert_eq!(told, inverted, "{amount} {rate} {bank}: {found:?}");
        }
    }

    #[test]
    fn a_batch_of_zeros_is_none() {
        let mut value = sample();
        value["BatchPaymentID"] = json!(NOTHING);
        assert_eq!(read(value.clone()).unwrap().unwrap().batch, None);
        value["BatchPayment"] = json!({"BatchPaymentID": "B7"});
        let batch = read(value).unwrap().unwrap().batch;
        assert_eq!(batch, Some(RemoteId::new("b7")));
    }

    #[test]
    fn a_batch_is_one_payment_for_each_contact() {
        let part = |id: &str, contact: &str, amount: Value| {
            let mut value = sample();
            value["PaymentID"] = json!(id);
            value["Amount"] = amount.clone();
            value["BankAmount"] = amount;
            value["BatchPaymentID"] = json!("B1");
            value["Invoice"]["InvoiceID"] = json!(format!("i-{id}"));
            value["Invoice"]["Contact"]["ContactID"] = json!(contact);
            wire(value)
        };
        // Amounts and flags as texts, as the specification's example has them.
        let batch: wire::BatchPayment = serde_json::from_value(json!({
            "BatchPaymentID": "B1", "Status": "AUTHORISED", "Type": "RECBATCH",
            "Date": "/Date(1543536000000+0000)/", "TotalAmount": "100.00",
            "IsReconciled": "true", "Reference": "", "Details": "Line 7",
            "Payments": [{"PaymentID": "1", "Amount": "60.00"}],
        }))
        .unwrap();
        assert_eq!(batch.total_amount, Some(dec("100")));
        let parts = [
            part("1", "ann", json!(60)),
            part("2", "bob", json!(10)),
            part("3", "ann", json!(30)),
        ];
        let payments = from_batch(&batch, &parts).unwrap();
        let shown: Vec<_> = payments
            .iter()
            .map(|payment| {
                (
                    payment.contact.as_str(),
                    payment.amount.to_string(),
                    payment.bank_amount.unwrap().to_string(),
                    payment.allocations.len(),
                    payment.reconciled,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("ann", "90".to_owned(), "90".to_owned(), 2, true),
                ("bob", "10".to_owned(), "10".to_owned(), 1, true)
            ]
        );
        assert_eq!(payments[0].reference.as_deref(), Some("Line 7"));
        // One that is seen deleted while the batch stands is on its way.
        let mut half = parts.clone();
        half[0].status = "DELETED".into();
        let standing = from_batch(&batch, &half).unwrap();
        let amounts: Vec<_> = standing.iter().map(|it| it.amount.to_string()).collect();
        assert_eq!(amounts, ["10", "30"]);
        let mut gone = batch.clone();
        gone.status = "DELETED".into();
        let ended = from_batch(&gone, &parts).unwrap();
        assert!(ended.iter().all(|it| it.state == DocumentState::Voided));
        // Parts of one contact at two rates come to what each comes to.
        let mut rates = parts.clone();
        rates[2].currency_rate = Some(dec("2"));
        let at = from_batch(&batch, &rates).unwrap();
        assert_eq!(at[0].exchange_rate, Some(dec("0.7")));
        let mut currencies = parts.clone();
        currencies[2].invoice.as_mut().unwrap().currency_code = Some("AUD".into());
        let why = from_batch(&batch, &currencies).unwrap_err();
        assert!(why.contains("in NZD and in AUD"), "{why}");
        assert_eq!(
            payments[0].date,
            NaiveDate::from_ymd_opt(2018, 11, 30).unwrap()
        );
    }
}
