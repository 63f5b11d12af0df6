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
use super::payment::account_key;
use super::payment_write::{Advance, account_element};
use super::{allocation, number};
use crate::wire::batch::Target;
use crate::wire::document::Document;
use crate::wire::payment::BankTransaction;

/// What only the bank transaction of an overpayment or prepayment says of it. The default is what is known
/// where there is none: what Xero makes of a payment of more than is due has none of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entered {
    /// The key of the account that it came to.
    pub bank_account: Option<String>,
    /// Whether it is matched with a line of a bank statement.
    pub reconciled: bool,
}

impl Entered {
    /// What a bank transaction says.
    pub fn of(transaction: &BankTransaction) -> Self {
        Self {
            bank_account: transaction.bank_account.as_ref().and_then(account_key),
            reconciled: transaction.is_reconciled,
        }
    }
}

/// Whether an overpayment or prepayment is to or from a supplier, by its `Type`; `None` where that is not
/// known.
pub fn is_suppliers(kind: &str) -> Option<bool> {
    match kind {
        // Those that Xero makes of a payment of more than is due are typed AR… (specification,
        // `Overpayment.Type`).
        "RECEIVE-OVERPAYMENT" | "RECEIVE-PREPAYMENT" | "AROVERPAYMENT" | "ARPREPAYMENT" => {
            Some(false)
        }
        "SPEND-OVERPAYMENT" | "SPEND-PREPAYMENT" | "APOVERPAYMENT" | "APPREPAYMENT" => Some(true),
        _ => None,
    }
}

/// Reads an overpayment or prepayment of a customer; `None` for one to a supplier.
///
/// Where part of it was paid back, allocated and unallocated together are less than the amount by
/// that much; the refund is a payment of its own.
///
/// # Errors
/// Which field could not be understood.
pub fn from_wire(credit: &Document, entered: &Entered) -> Result<Option<Payment>, String> {
    match is_suppliers(&credit.kind) {
        Some(false) => {}
        Some(true) => return Ok(None),
        None => return Err(format!("the type \"{}\" is not known", credit.kind)),
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
                in_document: None,
                leaves: None,
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
        bank_account: entered.bank_account.clone(),
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
        reconciled: entered.reconciled,
        on_account: true,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
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

/// Where the bank transaction of an overpayment or prepayment is deleted, below `api.xro/2.0/`, and by which
/// body; what it entered is voided with it.
pub fn delete(bank_transaction: &str) -> (String, Value) {
    let list = Target::BankTransactions.key();
    let path = format!("{list}/{bank_transaction}");
    let one = json!({"BankTransactionID": bank_transaction, "Status": "DELETED"});
    (path, json!({ list: [one] }))
}
