//! Sales invoices, pair by pair.

use std::collections::{BTreeMap, BTreeSet};

use super::balances::{Balances, Whose};
use super::words::{amended, same_texts};
use super::{AMOUNT_DUE, Audit, Held, Invoice, Kind, Stage, by_id, cents, day, partner};

pub(super) fn compare(audit: &mut Audit, balances: &mut Balances, xero: &Held, erpnext: &Held) {
    let here: BTreeMap<&str, &Invoice> = by_id(&xero.invoices, |invoice| &invoice.id);
    let mut met = BTreeSet::new();
    for theirs in &erpnext.invoices {
        let Some(ours) = partner(theirs.marker.as_deref(), &here) else {
            if theirs.stage != Stage::Ended {
                audit.lone(Kind::Invoice, &theirs.number, None, Some(&theirs.number));
                balances.named_in_erpnext(&whose(theirs));
            }
            continue;
        };
        // A cancelled document keeps its marker beside the one that replaced it, live or cancelled too.
        if theirs.stage == Stage::Ended {
            audit.invoices += usize::from(ours.stage == Stage::Ended);
            continue;
        }
        let before = audit.differences.len();
        let first = audit.met(Kind::Invoice, &ours.number, &mut met, &ours.id);
        audit.invoices += 1;
        pair(audit, balances, ours, theirs);
        if audit.differences.len() > before {
            if first {
                balances.named_in_xero(&whose(ours));
            }
            balances.named_in_erpnext(&whose(theirs));
        }
    }
    for ours in &xero.invoices {
        if ours.stage != Stage::Ended && !met.contains(ours.id.as_str()) {
            audit.lone(Kind::Invoice, &ours.number, Some(&ours.number), None);
            balances.named_in_xero(&whose(ours));
        }
    }
}

fn pair(audit: &mut Audit, balances: &Balances, ours: &Invoice, theirs: &Invoice) {
    let mut check = |field, xero: String, erpnext: String| {
        audit.check(Kind::Invoice, &ours.number, field, xero, erpnext);
    };
    check(
        "state",
        format!("{:?}", ours.stage),
        format!("{:?}", theirs.stage),
    );
    // ERPNext amends a document under a name of its own.
    if !amended(&ours.number, &theirs.number) {
        check("number", ours.number.clone(), theirs.number.clone());
    }
    check(
        "contact",
        ours.contact.clone(),
        balances.contact(&theirs.contact),
    );
    check("date", day(ours.date), day(theirs.date));
    check("due date", day(ours.due), day(theirs.due));
    check("currency", ours.currency.clone(), theirs.currency.clone());
    if ours.stage != Stage::Ended {
        check(
            "reference",
            ours.reference.clone(),
            theirs.reference.clone(),
        );
        if let (Some(ours), Some(theirs)) = (&ours.texts, &theirs.texts)
            && !same_texts(ours, theirs)
        {
            check("lines", ours.join("; "), theirs.join("; "));
        }
    }
    check("total", cents(ours.total), cents(theirs.total));
    check("tax", cents(ours.tax), cents(theirs.tax));
    if ours.stage == Stage::Approved {
        check(AMOUNT_DUE, cents(ours.amount_due), cents(theirs.amount_due));
    }
}

fn whose(invoice: &Invoice) -> Whose<'_> {
    Whose {
        contact: &invoice.contact,
        currency: &invoice.currency,
        owed: match invoice.stage {
            Stage::Approved => invoice.amount_due,
            Stage::Draft | Stage::Ended => rust_decimal::Decimal::ZERO,
        },
    }
}
