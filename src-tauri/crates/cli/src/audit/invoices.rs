//! Sales invoices, pair by pair.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::balances::{Balances, Whose};
use super::heading::{self, Heading};
use super::{AMOUNT_DUE, Audit, Held, Invoice, Kind, Stage, by_id, cents, day, partner, words};

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
        pair(
            audit,
            balances,
            &ours.heading(&xero.invoices),
            (ours, theirs),
        );
        // What units alone are apart is no difference, and makes one of what is owed in all.
        if audit.differences.len() > before || ours.amount_due != theirs.amount_due {
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

fn pair(
    audit: &mut Audit,
    balances: &Balances,
    heading: &Heading<'_>,
    (ours, theirs): (&Invoice, &Invoice),
) {
    let (kind, number) = (Kind::Invoice, &ours.number);
    heading::compare(audit, balances, kind, heading, &theirs.heading(&[]));
    audit.check(kind, number, "due date", day(ours.due), day(theirs.due));
    if ours.stage == Stage::Approved {
        let in_part = |it: &Invoice| it.amount_due > Decimal::ZERO && it.amount_due < it.total;
        let apart = (ours.amount_due - theirs.amount_due).abs();
        if !(in_part(ours) && in_part(theirs) && apart <= theirs.unit) {
            let (ours, theirs) = (cents(ours.amount_due), cents(theirs.amount_due));
            audit.check(kind, number, AMOUNT_DUE, ours, theirs);
        }
    }
}

impl Invoice {
    /// What it has in common with other documents, and with its number among the invoices of its side.
    fn heading<'a>(&'a self, all: &'a [Self]) -> Heading<'a> {
        let ended = all.iter().filter(|it| it.stage == Stage::Ended);
        Heading {
            behind: words::behind(&self.number, ended.map(|it| it.number.as_str())),
            number: &self.number,
            contact: &self.contact,
            reference: &self.reference,
            texts: self.texts.as_deref(),
            date: self.date,
            currency: &self.currency,
            total: self.total,
            tax: self.tax,
            stage: self.stage,
        }
    }
}

fn whose(invoice: &Invoice) -> Whose<'_> {
    Whose {
        contact: &invoice.contact,
        currency: &invoice.currency,
        owed: match invoice.stage {
            Stage::Approved => invoice.amount_due,
            Stage::Draft | Stage::Ended => Decimal::ZERO,
        },
    }
}
