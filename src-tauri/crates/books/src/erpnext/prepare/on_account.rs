//! What money is used for, as requests: Payment Reconciliation for each use, and one Unreconcile Payment
//! for what is taken back.
//!
//! Both are done by the site to the Payment Entry as it stands. It is taken off an invoice whole: where
//! less than that is meant, the rest is put back.

use std::collections::BTreeSet;

use ::erpnext::records::{OpenMoney, Owed};
use ::erpnext::translate::allocation::{OpenCredit, OpenInvoice, Use, account_rate};
use ::erpnext::translate::reconciliation::{difference, reconcile_body, unreconcile_body};
use ::erpnext::{Chart, site};
use engine::books::{Change, Step};
use ledger::money::Money;
use ledger::{Allocation, Cause, Payment, Record, RemoteId, Side};
use rust_decimal::Decimal;

use super::super::hold::{UsingMoney, is_refund};

const SIDE: Side = Side::Erpnext;

/// Where a form of the site is worked on.
pub(in crate::erpnext) const FORM: &str = "/api/method/run_doc_method";

fn cannot(why: String) -> Cause {
    Cause::CannotEdit {
        side: SIDE,
        why,
        settled: None,
    }
}

/// What is taken back, whole invoices each once, and what is made after that.
struct Moves {
    release: Vec<(RemoteId, Decimal)>,
    allocate: Vec<Allocation>,
}

fn moves(change: &Change) -> Moves {
    let steps = change.allocation_steps();
    let freed: BTreeSet<&RemoteId> = steps.release.iter().map(|used| &used.invoice).collect();
    let settled = |invoice: &RemoteId| -> Decimal {
        let uses = change.from().map(Record::uses).unwrap_or_default();
        let of = uses.iter().filter(|used| used.invoice == *invoice);
        of.map(|used| used.amount).sum()
    };
    let meant = change.meant().map(Record::uses).unwrap_or_default();
    // What stays of an invoice that is taken back whole is made anew with the rest of it.
    let mut allocate: Vec<Allocation> = Vec::new();
    let back = meant
        .into_iter()
        .filter(|used| freed.contains(&used.invoice));
    let new = steps.allocate.iter();
    let new = new.filter(|used| !freed.contains(&used.invoice)).cloned();
    for used in back.chain(new) {
        match allocate.iter_mut().find(|it| it.invoice == used.invoice) {
            Some(one) => one.amount += used.amount,
            None => allocate.push(used),
        }
    }
    Moves {
        release: freed
            .into_iter()
            .map(|invoice| (invoice.clone(), settled(invoice)))
            .collect(),
        allocate,
    }
}

/// The requests: what is taken back first, then each new use.
pub(super) fn steps(
    change: &Change,
    using: Option<&UsingMoney>,
    chart: &Chart,
) -> Result<Vec<Step>, Cause> {
    let money = using.and_then(|using| using.money.as_ref());
    let (Some(using), Some(money)) = (using, money) else {
        return Err(Cause::Vanished { side: SIDE });
    };
    stands(money)?;
    if change.from().is_some_and(is_refund) {
        let used = paid_back(change, using, money, chart)?;
        return Ok(vec![Step {
            method: "POST".to_owned(),
            path: FORM.to_owned(),
            body: reconcile_body(&used, chart)?,
        }]);
    }
    let released: Vec<(String, String, Decimal)> = moves(change)
        .release
        .iter()
        .map(|(invoice, amount)| {
            let name = invoice.as_str();
            let known = using.invoices.iter().find(|it| it.name == name);
            let account = known.map_or(&money.account, |it| &it.account);
            (name.to_owned(), account.clone(), *amount)
        })
        .collect();
    let post = |path: String, body| Step {
        method: "POST".to_owned(),
        path,
        body,
    };
    let mut steps = Vec::new();
    if !released.is_empty() {
        let body = unreconcile_body(money, &released, chart);
        steps.push(post(site::doctype("Unreconcile Payment"), body));
    }
    for used in uses(change, using, chart)? {
        steps.push(post(FORM.to_owned(), reconcile_body(&used, chart)?));
    }
    Ok(steps)
}

/// Money paid back, put to the money that it is paid back of. A site asks how much is left of that, and not how
/// much was paid back (observed on 15 and 16), so that is checked here.
fn paid_back(
    change: &Change,
    using: &UsingMoney,
    money: &OpenMoney,
    chart: &Chart,
) -> Result<Use, Cause> {
    let steps = change.allocation_steps();
    let payment = change.from().and_then(Record::as_payment);
    let (Some(payment), Some(refund)) = (payment, &using.refund) else {
        return Err(Cause::Vanished { side: SIDE });
    };
    let ([used], []) = (steps.allocate.as_slice(), steps.release.as_slice()) else {
        return Err(cannot(
            "money that was paid back is put to one payment, once".to_owned(),
        ));
    };
    is_left(&steps.allocate, money, using, payment)?;
    let mut one = one_use(payment, money, refund, used.amount, chart)?;
    one.invoice.doctype = "Payment Entry";
    if payment.currency != chart.currency && difference(&one, chart).is_zero() {
        // The site takes the rate of the row for 1 where nothing is lost or gained (observed on 15 and 16).
        return Err(Cause::PaymentNotCarried {
            side: SIDE.other(),
            why: format!(
                "it is paid back in {} at the exchange rate at which it came in, for which ERPNext would book a gain or loss that there is not",
                payment.currency
            ),
        });
    }
    Ok(one)
}

/// The new uses, each after those before it; what is taken back by the same write is free by then.
pub(in crate::erpnext) fn uses(
    change: &Change,
    using: &UsingMoney,
    chart: &Chart,
) -> Result<Vec<Use>, Cause> {
    let Moves { release, allocate } = moves(change);
    if allocate.is_empty() {
        return Ok(Vec::new());
    }
    if change.from().is_some_and(is_refund) {
        return Ok(Vec::new());
    }
    let (Some(payment), Some(mut money)) = (
        change.from().and_then(Record::as_payment),
        using.money.clone(),
    ) else {
        return Err(Cause::Vanished { side: SIDE });
    };
    stands(&money)?;
    let mut invoices = using.invoices.clone();
    for (invoice, amount) in &release {
        money.open += amount;
        let invoice = invoices.iter_mut().find(|it| it.name == invoice.as_str());
        if let Some(invoice) = invoice {
            invoice.open += amount;
        }
    }
    is_left(&allocate, &money, using, payment)?;
    let mut made = Vec::with_capacity(allocate.len());
    for used in &allocate {
        let name = used.invoice.as_str();
        let Some(invoice) = invoices.iter_mut().find(|it| it.name == name) else {
            return Err(Cause::WaitsForInvoice {
                side: SIDE,
                invoice: used.invoice.clone(),
            });
        };
        let one = one_use(payment, &money, invoice, used.amount, chart)?;
        money.open -= one.amount;
        invoice.open -= one.settles;
        made.push(one);
    }
    Ok(made)
}

/// A Journal Entry, or money paid back, that takes from a Payment Entry does not show on it: ERPNext would
/// use the same money twice.
fn is_left(
    allocate: &[Allocation],
    money: &OpenMoney,
    using: &UsingMoney,
    payment: &Payment,
) -> Result<(), Cause> {
    let taken: Decimal = using.taken.iter().map(|(_, amount)| *amount).sum();
    let wanted: Decimal = allocate.iter().map(|used| used.amount).sum();
    if taken <= Decimal::ZERO || wanted <= money.open - taken + money.noise() {
        return Ok(());
    }
    let mut vouchers: Vec<&str> = using.taken.iter().map(|(by, _)| by.as_str()).collect();
    vouchers.sort_unstable();
    vouchers.dedup();
    let (name, by) = (&money.name, vouchers.join(", "));
    let currency = payment.currency;
    let taken = Money {
        amount: taken,
        currency,
    };
    Err(cannot(format!(
        "{taken} of {name} is used in ERPNext by {by}, and {name} does not show that. Cancel {by} there, then retry"
    )))
}

fn one_use(
    payment: &Payment,
    money: &OpenMoney,
    invoice: &Owed,
    amount: Decimal,
    chart: &Chart,
) -> Result<Use, Cause> {
    invoice_stands(invoice)?;
    let not_carried = |why: String| Cause::AllocationNotCarried {
        side: SIDE.other(),
        why,
    };
    if money.customer != invoice.customer {
        return Err(not_carried(format!(
            "{} is {}'s in ERPNext, and {} is {}'s",
            money.name, money.customer, invoice.name, invoice.customer
        )));
    }
    // What is kept as an advance is moved to the account of the invoice.
    if money.account != invoice.account && !money.separate {
        return Err(not_carried(format!(
            "they are kept in two receivable accounts in ERPNext ({} in {}, {} in {})",
            money.name, money.account, invoice.name, invoice.account
        )));
    }
    if let Some(kept_in) = invoice.currency.filter(|it| *it != payment.currency) {
        return Err(not_carried(format!(
            "it is in {}, and ERPNext keeps what is owed on {} in {kept_in}",
            payment.currency, invoice.name
        )));
    }
    let foreign = payment.currency != chart.currency;
    // What a division left over is no reason to refuse all that is left.
    let open = if (amount - money.open).abs() < money.noise() {
        money.open.max(amount)
    } else {
        money.open
    };
    let one = Use {
        customer: money.customer.clone(),
        account: invoice.account.clone(),
        currency: payment.currency,
        credit: OpenCredit {
            doctype: "Payment Entry",
            name: money.name.clone(),
            open,
            rate: if foreign { money.rate } else { Decimal::ONE },
        },
        invoice: OpenInvoice {
            doctype: "Sales Invoice",
            name: invoice.name.clone(),
            open: invoice.open,
            rate: account_rate(invoice, chart),
        },
        amount,
        settles: amount,
        date: payment.date,
    };
    one.check()?;
    Ok(one)
}

/// Only what is submitted can be used.
fn stands(money: &OpenMoney) -> Result<(), Cause> {
    match money.docstatus {
        1 => Ok(()),
        0 => Err(cannot(format!(
            "{} is a draft in ERPNext. Submit it there, then its uses follow",
            money.name
        ))),
        _ => Err(Cause::Vanished { side: SIDE }),
    }
}

/// Only what is submitted is owed.
fn invoice_stands(invoice: &Owed) -> Result<(), Cause> {
    let why = match invoice.docstatus {
        1 => return Ok(()),
        0 => "is a draft in ERPNext. Submit it there, then the money follows",
        _ => "is cancelled in ERPNext, so no money can be put to it",
    };
    Err(Cause::Invalid {
        side: SIDE,
        field: "invoice".to_owned(),
        why: format!("{} {why}", invoice.name),
    })
}
