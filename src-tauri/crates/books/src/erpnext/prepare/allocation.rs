//! What credit notes are used for, as requests: a Journal Entry for each use, and its cancellation.
//!
//! Only our own Journal Entries are cancelled. What a person made (a Journal Entry, a payment that takes a
//! credit note along, a return that lowers its original by itself) is theirs to undo.

use ::erpnext::marker_fields::allocation_identity;
use ::erpnext::records::Owed;
use ::erpnext::translate::allocation::{
    OpenCredit, OpenInvoice, Use, account_rate, check_day, in_account, journal_body, kept,
};
use ::erpnext::{Chart, site};
use engine::books::{Change, Step};
use ledger::{Allocation, Cause, Document, RemoteId, Side};
use serde_json::json;

use super::super::hold::{Entry, Using};
use super::put;

const SIDE: Side = Side::Erpnext;

fn cannot(why: String) -> Cause {
    Cause::CannotEdit {
        side: SIDE,
        why,
        settled: None,
    }
}

/// The requests: what is taken back first, then each new use.
pub(super) fn steps(
    change: &Change,
    using: Option<Using>,
    chart: &Chart,
) -> Result<Vec<Step>, Cause> {
    let (Some(note), Some(using), Some(source)) = (
        change.from().and_then(|from| from.document()),
        using,
        change.source(),
    ) else {
        return Err(Cause::Vanished { side: SIDE });
    };
    let mut steps = Vec::new();
    for used in change.allocation_steps().release {
        let entry = released(&used, &using, note)?;
        check_day(entry.date, chart)?;
        let body = json!({"docstatus": 2, "modified": entry.modified});
        steps.push(put("Journal Entry", &entry.name, body));
    }
    let made = || using.made.iter().map(String::as_str);
    let uses = uses(change, &using, chart)?;
    // What they used it for was cancelled: what they hold of it is used now.
    for (entry, _) in using.holding.iter().filter(|_| !uses.is_empty()) {
        check_day(entry.date, chart)?;
        let body = json!({"docstatus": 2, "modified": entry.modified});
        steps.push(put("Journal Entry", &entry.name, body));
    }
    for (ahead, used) in uses.iter().enumerate() {
        let identity = allocation_identity(source.as_str(), made(), ahead);
        steps.push(Step {
            method: "POST".to_owned(),
            path: site::doctype("Journal Entry"),
            body: journal_body(used, &identity, chart)?,
        });
    }
    Ok(steps)
}

/// The Journal Entry of ours that makes a use.
fn released<'a>(used: &Allocation, using: &'a Using, note: &Document) -> Result<&'a Entry, Cause> {
    let (name, invoice) = (note.number.as_deref().unwrap_or_default(), &used.invoice);
    let Some(id) = &used.id else {
        return Err(cannot(format!(
            "The return {name} lowers {invoice} in ERPNext by itself, since it was submitted so. Only cancelling {name} there takes that back"
        )));
    };
    match using.entries.iter().find(|entry| entry.name == *id) {
        Some(entry) if entry.is_ours => Ok(entry),
        Some(_) => Err(cannot(format!(
            "A person used {name} for {invoice} by the Journal Entry {id} in ERPNext. Cancel {id} there, then retry"
        ))),
        None => Err(cannot(format!(
            "{name} is used for {invoice} by the Payment Entry {id} in ERPNext. Cancel {id} there and enter it without {name}, then retry"
        ))),
    }
}

/// The new uses in the terms of the receivable account, each after those before it; what is taken back by
/// the same write is free by then.
pub(in crate::erpnext) fn uses(
    change: &Change,
    using: &Using,
    chart: &Chart,
) -> Result<Vec<Use>, Cause> {
    let steps = change.allocation_steps();
    if steps.allocate.is_empty() {
        return Ok(Vec::new());
    }
    let (Some(document), Some(mut credit)) = (
        change.from().and_then(|from| from.document()),
        using.credit().cloned(),
    ) else {
        return Err(Cause::Vanished { side: SIDE });
    };
    stands(&credit)?;
    for (_, amount) in &using.holding {
        credit.open -= amount;
    }
    let mut invoices = using.invoices.clone();
    for used in &steps.release {
        credit.open -= in_account(&credit, used.amount, chart);
        let invoice = invoices
            .iter_mut()
            .find(|it| it.name == used.invoice.as_str());
        if let Some(invoice) = invoice {
            invoice.open += in_account(invoice, used.amount, chart);
        }
    }
    let mut made = Vec::with_capacity(steps.allocate.len());
    for used in &steps.allocate {
        let name = used.invoice.as_str();
        let Some(invoice) = invoices.iter_mut().find(|it| it.name == name) else {
            return Err(Cause::WaitsForInvoice {
                side: SIDE,
                invoice: RemoteId::new(name),
            });
        };
        let one = one_use(document, &credit, invoice, used, chart)?;
        credit.open += one.amount;
        invoice.open -= one.settles;
        made.push(one);
    }
    Ok(made)
}

fn one_use(
    note: &Document,
    credit: &Owed,
    invoice: &Owed,
    used: &Allocation,
    chart: &Chart,
) -> Result<Use, Cause> {
    stands(invoice)?;
    let not_carried = |why: String| Cause::AllocationNotCarried {
        side: SIDE.other(),
        why,
    };
    if credit.customer != invoice.customer {
        return Err(not_carried(format!(
            "{} is {}'s in ERPNext, and {} is {}'s",
            credit.name, credit.customer, invoice.name, invoice.customer
        )));
    }
    if credit.account != invoice.account {
        return Err(not_carried(format!(
            "they are kept in two receivable accounts in ERPNext ({} in {}, {} in {})",
            credit.name, credit.account, invoice.name, invoice.account
        )));
    }
    let amount = kept(credit, used.amount, chart);
    let open = -credit.open;
    if amount > open && used.amount <= note.amount_due {
        return Err(cannot(format!(
            "What is left of {} is on account with another document in ERPNext. Cancel that there, or put it to {} by Payment Reconciliation",
            note.number.as_deref().unwrap_or(&credit.name),
            invoice.name
        )));
    }
    let one = Use {
        customer: credit.customer.clone(),
        account: credit.account.clone(),
        currency: credit.currency.unwrap_or(chart.currency),
        credit: OpenCredit {
            doctype: "Sales Invoice",
            name: credit.name.clone(),
            open,
            rate: account_rate(credit, chart),
        },
        invoice: OpenInvoice {
            doctype: "Sales Invoice",
            name: invoice.name.clone(),
            open: invoice.open,
            rate: account_rate(invoice, chart),
        },
        amount,
        settles: kept(invoice, used.amount, chart),
        date: used.date.unwrap_or(note.date),
    };
    check_day(one.date, chart)?;
    one.check()?;
    Ok(one)
}

/// Only what is submitted can be used, or is owed.
fn stands(document: &Owed) -> Result<(), Cause> {
    let why = match document.docstatus {
        1 => return Ok(()),
        0 => "is a draft in ERPNext. Submit it there, then the credit follows",
        _ => "is cancelled in ERPNext, so no credit can be put to it",
    };
    Err(Cause::Invalid {
        side: SIDE,
        field: "invoice".to_owned(),
        why: format!("{} {why}", document.name),
    })
}
