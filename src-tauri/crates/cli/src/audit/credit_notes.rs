//! Credit notes, pair by pair: what they say, what they are used for, and what is left of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::balances::{Balances, Whose};
use super::heading::{self, Heading};
use super::{Audit, Held, Invoice, Kind, REMAINING, Stage, by_id, cents, partner, words};

/// A credit note to a customer as one system holds it; its amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditNote {
    /// Its identity.
    #[serde(skip)]
    pub id: String,
    /// The counterpart's identity, where a marker says so.
    #[serde(skip)]
    pub marker: Option<String>,
    /// Its number.
    pub number: String,
    /// The contact's identity on this side.
    #[serde(skip)]
    pub contact: String,
    /// The contact's name.
    pub contact_name: String,
    /// The customer's reference or order number; empty where it has none.
    pub reference: String,
    /// What it is for, in words, as [`Invoice::texts`].
    pub texts: Option<Vec<String>>,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// Its total before tax, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub net: Decimal,
    /// Its tax, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub tax: Decimal,
    /// Its total, tax included, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub total: Decimal,
    /// What is left of it for the customer, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub remaining: Decimal,
    /// How much of which invoice it settles, by the invoice's identity on this side, in its currency.
    #[serde(skip)]
    pub uses: BTreeMap<String, Decimal>,
    /// How far it has come.
    pub stage: Stage,
}

pub(super) fn compare(audit: &mut Audit, balances: &mut Balances, xero: &Held, erpnext: &Held) {
    let here: BTreeMap<&str, &CreditNote> = by_id(&xero.credit_notes, |note| &note.id);
    let invoices = Invoices {
        ours: by_id(&xero.invoices, |invoice| &invoice.id),
        theirs: by_id(&erpnext.invoices, |invoice| &invoice.id),
    };
    let mut met = BTreeSet::new();
    for theirs in &erpnext.credit_notes {
        let Some(ours) = partner(theirs.marker.as_deref(), &here) else {
            // Drafts are nobody's business yet.
            if theirs.stage == Stage::Approved {
                audit.lone(Kind::CreditNote, &theirs.number, None, Some(&theirs.number));
                balances.named_in_erpnext(&whose(theirs));
                let uses = theirs.uses.keys().map(|id| invoices.of_erpnext(id));
                audit.settles(&theirs.number, uses.collect());
            }
            continue;
        };
        // A cancelled one keeps its marker.
        if theirs.stage == Stage::Ended {
            audit.credit_notes += usize::from(ours.stage == Stage::Ended);
            continue;
        }
        let before = audit.differences.len();
        let first = audit.met(Kind::CreditNote, &ours.number, &mut met, &ours.id);
        audit.credit_notes += 1;
        let heading = ours.heading(&xero.credit_notes);
        pair(audit, balances, &invoices, &heading, (ours, theirs));
        if audit.differences.len() > before {
            if first {
                balances.named_in_xero(&whose(ours));
            }
            balances.named_in_erpnext(&whose(theirs));
        }
    }
    for ours in &xero.credit_notes {
        if ours.stage == Stage::Approved && !met.contains(ours.id.as_str()) {
            audit.lone(Kind::CreditNote, &ours.number, Some(&ours.number), None);
            balances.named_in_xero(&whose(ours));
            let uses = ours.uses.keys().map(|id| invoices.of_xero(id));
            audit.settles(&ours.number, uses.collect());
        }
    }
}

fn pair(
    audit: &mut Audit,
    balances: &Balances,
    invoices: &Invoices<'_>,
    heading: &Heading<'_>,
    (ours, theirs): (&CreditNote, &CreditNote),
) {
    let kind = Kind::CreditNote;
    heading::compare(audit, balances, kind, heading, &theirs.heading(&[]));
    let mut check = |field, xero: String, erpnext: String| {
        audit.check(kind, &ours.number, field, xero, erpnext);
    };
    check("net", cents(ours.net), cents(theirs.net));
    let used = |it: &CreditNote, number: &dyn Fn(&str) -> String| {
        let mut said: Vec<String> = (it.uses.iter())
            .map(|(id, amount)| format!("{} {}", number(id), cents(*amount)))
            .collect();
        said.sort();
        said.join(", ")
    };
    if ours.stage == Stage::Approved {
        check(REMAINING, cents(ours.remaining), cents(theirs.remaining));
        check(
            "used for",
            used(ours, &|id| invoices.of_xero(id)),
            used(theirs, &|id| invoices.of_erpnext(id)),
        );
    }
    let of_ours = ours.uses.keys().map(|id| invoices.of_xero(id));
    let of_theirs = theirs.uses.keys().map(|id| invoices.of_erpnext(id));
    audit.settles(&ours.number, of_ours.chain(of_theirs).collect());
}

impl CreditNote {
    /// What it has in common with other documents, and with its number among the credit notes of its side.
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

/// The invoices of both sides.
struct Invoices<'a> {
    ours: BTreeMap<&'a str, &'a Invoice>,
    theirs: BTreeMap<&'a str, &'a Invoice>,
}

impl Invoices<'_> {
    /// The number of an invoice of Xero's.
    fn of_xero(&self, id: &str) -> String {
        let known = self.ours.get(id).map(|it| it.number.clone());
        known.unwrap_or_else(|| id.to_owned())
    }

    /// The number in Xero of an invoice of ERPNext's.
    fn of_erpnext(&self, id: &str) -> String {
        let invoice = self.theirs.get(id);
        let ours = invoice.and_then(|it| partner(it.marker.as_deref(), &self.ours));
        ours.map_or_else(|| format!("ERPNext's {id}"), |it| it.number.clone())
    }
}

impl Audit {
    /// Notes which invoices a credit note is used for.
    fn settles(&mut self, number: &str, invoices: BTreeSet<String>) {
        let invoices = invoices.into_iter();
        let plain = invoices.map(|it| it.trim_start_matches("ERPNext's ").to_owned());
        let known = (Kind::CreditNote, number.to_owned());
        self.pays.entry(known).or_default().extend(plain);
    }
}

fn whose(note: &CreditNote) -> Whose<'_> {
    Whose {
        contact: &note.contact,
        currency: &note.currency,
        owed: match note.stage {
            Stage::Approved => -note.remaining,
            Stage::Draft | Stage::Ended => Decimal::ZERO,
        },
    }
}
