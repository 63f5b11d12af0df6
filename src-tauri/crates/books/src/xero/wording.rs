//! Writes: worded as the requests that will be sent.

use std::collections::BTreeSet;

use engine::books::{Change, Lookup, Prepared, Step, Write};
use ledger::{
    Cause, Currency, Document, PaidDocument, Payment, PaymentDirection, Record, RemoteId, Side,
};
use serde_json::Value;
use xero::translate::document::TaxRates;
use xero::translate::payment_write::{self, Advance, Part, Several, Terms};
use xero::translate::{contact, credit_note_write, invoice_write};
use xero::wire::batch::Target;

use super::{Facts, payments, uses};

/// What the path of every request begins with.
pub(super) const ROOT: &str = "/api.xro/2.0/";

/// Words a write as the request that will be sent.
///
/// `codes_taken` are customers whose names strangers in Xero have for a contact code; `advance` is what money
/// becomes that is for no invoice yet.
pub(super) fn prepare(
    write: &Write,
    facts: &Facts,
    codes_taken: &BTreeSet<RemoteId>,
    advance: Advance<'_>,
) -> Result<Prepared, Cause> {
    let base = facts.base;
    let none = TaxRates::new();
    let rates = facts.rates.as_deref().unwrap_or(&none);
    let (step, find) = match &write.change {
        Change::Create {
            record: Record::Contact(to),
            source,
            ..
        } => {
            let mut body = contact::create(to, source.as_str())?;
            if let (true, Some(body)) = (codes_taken.contains(source), body.as_object_mut()) {
                body.remove("ContactNumber");
            }
            let find = Lookup::Titles(vec![to.name.clone()]);
            (Some(element(Target::Contacts, "PUT", body)), find)
        }
        Change::Update {
            id,
            from: Record::Contact(from),
            to: Record::Contact(to),
            ..
        } => {
            let body = contact::update(id.as_str(), from, to)?;
            let step = body.map(|body| element(Target::Contacts, "POST", body));
            (step, by_id(id))
        }
        Change::Create {
            record: Record::Invoice(invoice),
            source,
            source_link,
        } => {
            let number = invoice
                .number
                .clone()
                .unwrap_or_else(|| source.as_str().to_owned());
            let invoice = rated(invoice, rates);
            let body = invoice_write::create(&invoice, &number, source_link.as_deref(), base)?;
            let find = Lookup::Titles(vec![number]);
            (Some(element(Target::Invoices, "PUT", body)), find)
        }
        Change::Update {
            id,
            from: Record::Invoice(from),
            to: Record::Invoice(to),
            ..
        } => {
            let body = invoice_write::update(id.as_str(), from, &rated(to, rates), base)?;
            (Some(element(Target::Invoices, "POST", body)), by_id(id))
        }
        Change::End {
            id,
            from: Record::Invoice(from),
            ..
        } => {
            let body = invoice_write::void(id.as_str(), from)?;
            (Some(element(Target::Invoices, "POST", body)), by_id(id))
        }
        Change::Create {
            record: Record::Payment(payment),
            ..
        } => {
            let Part {
                target,
                element: of,
            } = received(payment, base, advance)?;
            (Some(element(target, "PUT", of)), leads_to(payment))
        }
        Change::End {
            id,
            from: Record::Payment(payment),
            ..
        } => {
            let (path, body) = payments::deletion(id, payment)?;
            let step = Step {
                method: "POST".to_owned(),
                path: format!("{ROOT}{path}"),
                body,
            };
            (Some(step), by_id(id))
        }
        Change::Create {
            record: Record::CreditNote(note),
            source,
            ..
        } => {
            let number = note.number.as_deref().unwrap_or(source.as_str());
            let body = credit_note_write::create(&rated(note, rates), number, base)?;
            let find = Lookup::Titles(vec![number.to_owned()]);
            (Some(element(Target::CreditNotes, "PUT", body)), find)
        }
        Change::Update {
            id,
            from: Record::CreditNote(from),
            to: Record::CreditNote(to),
            ..
        } => {
            let body = credit_note_write::update(id.as_str(), from, &rated(to, rates), base)?;
            (Some(element(Target::CreditNotes, "POST", body)), by_id(id))
        }
        Change::End {
            id,
            from: Record::CreditNote(from),
            ..
        } => {
            let body = credit_note_write::void(id.as_str(), from)?;
            (Some(element(Target::CreditNotes, "POST", body)), by_id(id))
        }
        Change::Allocate {
            id,
            to: to @ (Record::CreditNote(_) | Record::Payment(_)),
            ..
        } => {
            let steps = uses::steps(id, to, &write.change.allocation_steps())?;
            return Ok(Prepared {
                write: write.clone(),
                steps,
                otherwise: None,
                find: by_id(id),
            });
        }
        // The truth about identity is on the ERPNext record; nothing is written here.
        Change::Mark { id, .. } => (None, by_id(id)),
        // A document cannot become a contact, a contact is archived, not ended, a payment is never edited,
        // and only credit is used for invoices: no plan asks for it.
        Change::Update { .. } | Change::End { .. } | Change::Allocate { .. } => {
            let why = "a record cannot become one of another kind";
            return Err(Cause::refused(Side::Xero, why));
        }
    };
    Ok(Prepared {
        write: write.clone(),
        steps: step.into_iter().collect(),
        otherwise: None,
        find,
    })
}

/// A record's part of a call that can carry several.
fn element(target: Target, method: &str, body: Value) -> Step {
    Step {
        method: method.to_owned(),
        path: format!("{ROOT}{}?summarizeErrors=false&unitdp=4", target.key()),
        body,
    }
}

/// The one payment, the one batch of payments, or the one overpayment or prepayment that money received becomes.
fn received(
    payment: &Payment,
    base: Option<Currency>,
    advance: Advance<'_>,
) -> Result<Part, Cause> {
    let terms = Terms {
        base,
        several: Several::Batch,
        advance,
    };
    if let Some(part) = paid_back(payment, base) {
        return part;
    }
    let mut parts = payment_write::create(payment, terms)?;
    match (parts.pop(), parts.is_empty()) {
        (Some(part), true) => Ok(part),
        _ if payment.direction == PaymentDirection::Refunded => Err(Cause::PaymentNotCarried {
            side: Side::Erpnext,
            why:
                "it pays several credit notes or payments back, for which Xero wants a payment each"
                    .to_owned(),
        }),
        _ => Err(Cause::PaymentNotCarried {
            side: Side::Erpnext,
            why: "part of it is for no invoice, or did not reach the bank account".to_owned(),
        }),
    }
}

/// The payment by which money on account is paid back; `None` of any other.
fn paid_back(payment: &Payment, base: Option<Currency>) -> Option<Result<Part, Cause>> {
    let [part] = payment.allocations.as_slice() else {
        return None;
    };
    let PaidDocument::Money(of) = &part.document else {
        return None;
    };
    let (kind, id) = payments::advance_of(of)?;
    let element = payment_write::refund(payment, kind, &RemoteId::new(id), part.amount, base);
    Some(element.map(|element| Part {
        target: Target::Payments,
        element,
    }))
}

/// A payment has neither number nor marker: only what it pays leads to it, and to money on account whose it
/// is.
fn leads_to(payment: &Payment) -> Lookup {
    if payment.allocations.is_empty() {
        return Lookup::OnAccount(vec![payment.contact.clone()]);
    }
    let documents = payment.allocations.iter();
    Lookup::Settling(documents.map(|part| part.document.id().clone()).collect())
}

fn by_id(id: &RemoteId) -> Lookup {
    Lookup::Ids(vec![id.clone()])
}

/// The document with the percentages that Xero itself has for its tax rates: those are what Xero
/// will compute with.
fn rated(document: &Document, rates: &TaxRates) -> Document {
    let mut copy = document.clone();
    for line in &mut copy.lines {
        if let Some(rate) = line.tax.as_ref().and_then(|tax| rates.get(tax)) {
            line.tax_rate = Some(*rate);
        }
    }
    copy
}
