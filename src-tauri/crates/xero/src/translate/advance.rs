//! Money a customer paid for no invoice yet: Xero's overpayments and prepayments.
//!
//! They are entered as bank transactions and then live on as overpayments and prepayments, which
//! know what is left of them but not the bank account they came to (xero/FACTS §8).

use ledger::contact::text;
use ledger::{
    Cause, Currency, DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
    RemoteId,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::document::{inverse, state};
use super::document_write::{currency_rate, day, short};
use super::payment_write::{Advance, account_element};
use super::{allocation, number};
use crate::wire::document::Document;

/// Reads an overpayment or prepayment of a customer; `None` for one to a supplier. `bank_account`
/// is what its bank transaction says.
///
/// Where part of it was paid back, allocated and unallocated together are less than the amount by
/// that much; the refund is a payment of its own.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(
    credit: &Document,
    bank_account: Option<String>,
) -> Result<Option<Payment>, String> {
    match credit.kind.as_str() {
        // Those that Xero makes of a payment of more than is due are typed AR… (specification,
        // `Overpayment.Type`).
        "RECEIVE-OVERPAYMENT" | "RECEIVE-PREPAYMENT" | "AROVERPAYMENT" | "ARPREPAYMENT" => {}
        "SPEND-OVERPAYMENT" | "SPEND-PREPAYMENT" | "APOVERPAYMENT" | "APPREPAYMENT" => {
            return Ok(None);
        }
        other => return Err(format!("the type \"{other}\" is not known")),
    }
    let state = state(&credit.status)?;
    let amount = credit.total.ok_or("it has no Total")?;
    let allocations = credit
        .allocations
        .iter()
        .map(|one| {
            let one = allocation::from_wire(one)?;
            Ok(PaymentAllocation {
                id: one.id,
                document: PaidDocument::Invoice(one.invoice),
                amount: one.amount,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    let allocated: Decimal = allocations.iter().map(|one| one.amount).sum();
    Ok(Some(Payment {
        number: None,
        direction: PaymentDirection::Received,
        state,
        contact: RemoteId::new(credit.contact.contact_id.to_lowercase()),
        contact_name: credit
            .contact
            .name
            .as_deref()
            .and_then(text)
            .unwrap_or_default(),
        date: credit
            .date_string
            .or(credit.date)
            .ok_or("it has no date")?
            .0,
        currency: Currency::new(&credit.currency_code).map_err(|error| error.to_string())?,
        exchange_rate: credit.currency_rate.and_then(inverse),
        amount,
        bank_account,
        bank_amount: None,
        mode: None,
        reference: credit.reference.as_deref().and_then(text),
        allocations,
        unallocated: match state {
            DocumentState::Voided => Decimal::ZERO,
            DocumentState::Draft | DocumentState::Approved => {
                credit.amount_due.unwrap_or(amount - allocated)
            }
        },
        deductions: Vec::new(),
        reconciled: false,
        on_account: true,
    }))
}

/// The `BankTransactions` element that enters `amount` of a payment as an overpayment or
/// prepayment, without tax. What it pays is allocated in calls of their own afterwards.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it.
pub(super) fn element(
    payment: &Payment,
    advance: Advance<'_>,
    amount: Decimal,
    reference: Option<&str>,
    base: Option<Currency>,
) -> Result<Value, Cause> {
    let (word, account) = match advance {
        Advance::Overpayment => ("RECEIVE-OVERPAYMENT", None),
        Advance::Prepayment { account } => ("RECEIVE-PREPAYMENT", Some(account)),
    };
    let mut element = Map::new();
    let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
    set("Type", json!(word));
    set("Contact", json!({"ContactID": payment.contact.as_str()}));
    set(
        "BankAccount",
        account_element(payment.bank_account.as_deref())?,
    );
    set("Date", json!(day(payment.date)));
    if let Some(reference) = reference {
        set("Reference", json!(short("reference", reference)?));
    }
    set("Status", json!("AUTHORISED"));
    set("LineAmountTypes", json!("NoTax"));
    set("CurrencyCode", json!(payment.currency.code()));
    if let Some(rate) = currency_rate(payment.currency, payment.exchange_rate, base)? {
        set("CurrencyRate", rate);
    }
    let words = payment.number.as_deref().map_or_else(
        || "Paid on account".to_owned(),
        |number| format!("Paid on account ({number})"),
    );
    let mut line = json!({"Description": words, "Quantity": 1, "UnitAmount": number(amount)});
    if let Some(account) = account
        && let Some(line) = line.as_object_mut()
    {
        line.insert("AccountCode".to_owned(), json!(account));
    }
    set("LineItems", json!([line]));
    Ok(Value::Object(element))
}
