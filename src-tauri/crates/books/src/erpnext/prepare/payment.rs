//! Payments as requests: made, and taken back.
//!
//! A Payment Entry is written once and never changed: it is submitted by the request that creates it, and
//! what amounts to a change in Xero is the end of one payment and another one. So there are no drafts of
//! ours. It carries the identity of the whole, which the site's database keeps unique; its rows carry
//! none, because the document is refused as a whole. To an account that is no bank it is a Journal Entry, since
//! a Payment Entry takes no other.

use ::erpnext::Chart;
use ::erpnext::records::{Owed, PartyAccounts};
use ::erpnext::translate::{journal, payment_out};
use engine::books::Step;
use ledger::money::Money;
use ledger::{
    Cause, Currency, DocumentState, PaidDocument, Payment, PaymentDirection, RemoteId, Side,
    Version,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::hold::{Entry, Paid};
use super::super::part::{Named, version_of_document};
use super::{put, with};

const SIDE: Side = Side::Erpnext;

/// The one request that makes it. `paid` is what its invoices say; `None` where nobody looked, as before
/// a run: then the company's receivable account stands for theirs.
pub(super) fn create(
    payment: &Payment,
    source: &RemoteId,
    paid: Option<&Paid>,
    chart: &Chart,
) -> Result<Vec<Step>, Cause> {
    if payment.state != DocumentState::Approved {
        return Err(Cause::refused(
            SIDE,
            "a payment is written when it stands, and not before",
        ));
    }
    let owed = match paid {
        Some(paid) => {
            check(payment, paid, chart)?;
            paid.invoices.as_slice()
        }
        None => &[],
    };
    let account = payment.bank_account.as_deref();
    if let Some(account) =
        account.filter(|it| chart.account(it).is_some() && !chart.keeps_money(it))
    {
        let body = journal::create_body(payment, account, source.as_str(), owed, chart)?;
        return Ok(vec![super::create("Journal Entry", body, chart)]);
    }
    let mut body = payment_out::create_body(payment, source.as_str(), owed, chart)?;
    if let Some(accounts) = paid.and_then(|paid| paid.accounts.as_ref()) {
        keep_on_account(&mut body, payment, accounts, chart)?;
    }
    Ok(vec![super::create(
        "Payment Entry",
        with(body, "docstatus", 1),
        chart,
    )])
}

/// Puts what is for nothing yet where the site itself would keep it: in the Customer's own receivable
/// account, or in its account for advances. A site that is asked to submit in the same request does not look
/// for that one itself (`set_liability_account` is for drafts; observed on 15 and 16).
fn keep_on_account(
    body: &mut Value,
    payment: &Payment,
    accounts: &PartyAccounts,
    chart: &Chart,
) -> Result<(), Cause> {
    let apart = chart.advances_apart && payment.direction == PaymentDirection::Received;
    let keeps = |account: &&str| {
        let known = chart.account(account);
        known.is_some_and(|it| it.currency.unwrap_or(chart.currency) == payment.currency)
    };
    let account = if apart {
        let advance = accounts.advance.as_deref().filter(keeps);
        let none = || Cause::Invalid {
            side: SIDE,
            field: "account".to_owned(),
            why: format!(
                "The company keeps advances in an account of their own in ERPNext, and there is none in {} for {}. Choose a Default Advance Received Account in the company, or an advance account in the customer",
                payment.currency,
                payment.contact.as_str()
            ),
        };
        Some(advance.ok_or_else(none)?)
    } else {
        accounts.receivable.as_deref().filter(keeps)
    };
    if let Some(account) = account {
        let field = match payment.direction {
            PaymentDirection::Received => "paid_from",
            PaymentDirection::Refunded => "paid_to",
        };
        body[field] = json!(account);
    }
    Ok(())
}

/// Whether its documents can be paid, or paid back, so: they stand, are kept in one receivable account, in the
/// currency of the payment or in the company's, and owe, or hold, as much.
fn check(payment: &Payment, paid: &Paid, chart: &Chart) -> Result<(), Cause> {
    let mut before: Option<&Owed> = None;
    for (document, amount) in payment_out::taken(payment, &paid.invoices, chart) {
        let id = document.id();
        let name = id.as_str();
        let Some(invoice) = paid.invoices.iter().find(|it| it.name == name) else {
            return Err(match document {
                PaidDocument::Invoice(_) | PaidDocument::Money(_) => Cause::WaitsForInvoice {
                    side: SIDE,
                    invoice: id.clone(),
                },
                PaidDocument::CreditNote(_) => Cause::WaitsForCreditNote {
                    side: SIDE,
                    credit_note: id.clone(),
                },
            });
        };
        stands(invoice)?;
        let kept = payment_out::is_kept(invoice, payment.currency, chart);
        if let Some(currency) = invoice
            .currency
            .filter(|it| !kept && *it != payment.currency)
        {
            return Err(Cause::PaymentNotCarried {
                side: SIDE.other(),
                why: format!(
                    "it is in {}, and ERPNext keeps what is owed on {name} in {currency}",
                    payment.currency
                ),
            });
        }
        if let Some(other) = before.filter(|other| other.account != invoice.account) {
            return Err(Cause::PaymentNotCarried {
                side: SIDE.other(),
                why: format!(
                    "its invoices are kept in two receivable accounts in ERPNext ({} and {}), and a Payment Entry is for one",
                    other.account, invoice.account
                ),
            });
        }
        match document {
            PaidDocument::Invoice(_) if amount > invoice.open => {
                return Err(too_much(amount, invoice, payment.currency));
            }
            PaidDocument::CreditNote(_) if amount > -invoice.open => {
                return Err(too_much_back(amount, invoice, payment.currency));
            }
            PaidDocument::Invoice(_) | PaidDocument::CreditNote(_) | PaidDocument::Money(_) => {}
        }
        before = Some(invoice);
    }
    Ok(())
}

/// More is paid back than is left of a credit note, or than it holds itself.
fn too_much_back(amount: Decimal, note: &Owed, currency: Currency) -> Cause {
    let money = |amount: Decimal| {
        let currency = note.currency.unwrap_or(currency);
        Money { amount, currency }.to_string()
    };
    Cause::Invalid {
        side: SIDE,
        field: "amount".to_owned(),
        why: format!(
            "It pays {} back, and only {} is left of {} in ERPNext",
            money(amount),
            money(-note.open),
            note.name
        ),
    }
}

/// More is paid of an invoice than is owed on it; both in the currency that it is kept in, which is the
/// payment's `currency` where the site does not say it.
pub(in crate::erpnext) fn too_much(amount: Decimal, invoice: &Owed, currency: Currency) -> Cause {
    let money = |amount: Decimal| {
        let currency = invoice.currency.unwrap_or(currency);
        Money { amount, currency }.to_string()
    };
    Cause::PaidTooMuch {
        side: SIDE,
        paid: money(amount),
        owed: money(invoice.open),
    }
}

/// Only what is submitted is owed.
fn stands(invoice: &Owed) -> Result<(), Cause> {
    let why = match invoice.docstatus {
        1 => return Ok(()),
        0 => "is a draft in ERPNext. Submit it there, then this payment follows",
        _ => "is cancelled in ERPNext, so nothing can be paid or paid back on it",
    };
    Err(Cause::Invalid {
        side: SIDE,
        field: "invoice".to_owned(),
        why: format!("{} {why}", invoice.name),
    })
}

/// The one request that cancels its document, held to the version that the plan was made from; none where it
/// is cancelled already. `entry` is the Journal Entry that it stands in, where it does.
pub(super) fn void(
    id: &RemoteId,
    version: &Version,
    from: &Payment,
    entry: Option<&Entry>,
) -> Result<Vec<Step>, Cause> {
    let named = Named::of(id.as_str());
    let (doctype, name) = named.document();
    let cannot = |why: &str| {
        Err(Cause::CannotVoid {
            side: SIDE,
            why: why.to_owned(),
        })
    };
    match from.state {
        DocumentState::Voided => Ok(Vec::new()),
        DocumentState::Draft => {
            cannot("It is a draft in ERPNext that somebody works on. Delete it there")
        }
        // ERPNext itself lets a payment be cancelled that the bank's statement shows.
        DocumentState::Approved if from.reconciled => {
            cannot("It is matched with a bank statement in ERPNext. Undo that there first")
        }
        DocumentState::Approved if matches!(named, Named::Till { .. }) => cannot(&format!(
            "It was paid inside the invoice {name} in ERPNext, and ends with that alone"
        )),
        DocumentState::Approved
            if matches!(named, Named::Journal { .. }) && !entry.is_some_and(|it| it.is_ours) =>
        {
            cannot(&format!(
                "A person entered it as the Journal Entry {name}. Cancel that in ERPNext"
            ))
        }
        DocumentState::Approved => Ok(vec![put(
            doctype,
            name,
            json!({"docstatus": 2, "modified": version_of_document(version)}),
        )]),
    }
}
