//! Money received and paid back: which payments belong together, and what they say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Audit, Contact, CreditNote, Held, Invoice, Kind, by_id, cents, day, partner};

/// Money received of a customer or paid back, as one system holds it. The payments of one batch are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// Its identity: of a batch the batch's.
    pub id: String,
    /// The counterpart's identity, where a marker says so.
    #[serde(skip)]
    pub marker: Option<String>,
    /// Further counterparts: what the markers on its rows say, where it is several payments there.
    #[serde(skip)]
    pub of_rows: Vec<String>,
    /// The contact's identity on this side.
    #[serde(skip)]
    pub contact: String,
    /// The day.
    pub date: Option<NaiveDate>,
    /// The currency of what it pays, ISO 4217.
    pub currency: String,
    /// How much of which invoice it pays, or of which credit note it pays back, by the document's identity on
    /// this side.
    pub parts: BTreeMap<String, Decimal>,
    /// What of it is on account.
    #[serde(with = "rust_decimal::serde::str")]
    pub left: Decimal,
    /// Whether it was paid back to the customer.
    pub refund: bool,
    /// Whether it was deleted or cancelled.
    pub ended: bool,
}

/// The identity that a marker holds: a batch's has the word before it.
pub(super) fn named(marker: &str) -> &str {
    let kinds = ["batch:", "overpayment:", "prepayment:"];
    let mut plain = kinds.iter().filter_map(|kind| marker.strip_prefix(kind));
    plain.next().unwrap_or(marker)
}

pub(super) fn compare(audit: &mut Audit, xero: &Held, erpnext: &Held) {
    let mut here: BTreeMap<&str, Vec<&Payment>> = BTreeMap::new();
    for ours in &xero.payments {
        here.entry(ours.id.as_str()).or_default().push(ours);
    }
    let sides = Sides {
        contacts: by_id(&erpnext.contacts, |it| &it.id),
        invoices: by_id(&erpnext.invoices, |it| &it.id),
        ours: by_id(&xero.invoices, |it| &it.id),
        notes: by_id(&erpnext.credit_notes, |it| &it.id),
        our_notes: by_id(&xero.credit_notes, |it| &it.id),
        money: (erpnext.payments.iter())
            .filter_map(|it| Some((it.id.as_str(), named(it.marker.as_deref()?))))
            .collect(),
    };
    let mut met: BTreeSet<(&str, &str)> = BTreeSet::new();
    for theirs in &erpnext.payments {
        // The parts of a batch that are other customers' are payments of their own.
        let contact = sides.contact(theirs);
        let markers = theirs.marker.iter().chain(&theirs.of_rows);
        let found: Vec<&Payment> = markers
            .filter_map(|marker| {
                let marker = named(marker);
                let (_, of) = here.iter().find(|(id, _)| marker.starts_with(*id))?;
                let own = of.iter().find(|it| it.contact == contact);
                own.or(of.first()).copied()
            })
            .collect();
        let Some(whole) = together(&found) else {
            if !theirs.ended && !theirs.is_kept() {
                let said = sides.described(theirs);
                audit.lone(Kind::Payment, &theirs.id, None, Some(&said));
                let paid = sides.parts(theirs);
                let numbers = paid.map(|(id, _)| sides.number(&id)).collect();
                audit
                    .pays
                    .insert((Kind::Payment, theirs.id.clone()), numbers);
            }
            continue;
        };
        // A cancelled one keeps its marker.
        if theirs.ended {
            audit.payments += usize::from(whole.ended);
            continue;
        }
        audit.payments += 1;
        for ours in found {
            if !met.insert((&ours.id, &ours.contact)) {
                let twice = Some("more than one counterpart");
                audit.differ(
                    Kind::Payment,
                    &theirs.id,
                    "duplicate",
                    Some(&ours.id),
                    twice,
                );
            }
        }
        let ours = &whole;
        // One that waits for a person is why its invoices are owed differently.
        let numbers = (ours.parts.keys().map(|id| sides.number(id)))
            .chain(sides.parts(theirs).map(|(id, _)| sides.number(&id)))
            .collect();
        audit
            .pays
            .insert((Kind::Payment, theirs.id.clone()), numbers);
        let mut check = |field, xero: String, erpnext: String| {
            audit.check(Kind::Payment, &theirs.id, field, xero, erpnext);
        };
        check("ended", ours.ended.to_string(), theirs.ended.to_string());
        check("contact", ours.contact.clone(), contact);
        check("date", day(ours.date), day(theirs.date));
        check("currency", ours.currency.clone(), theirs.currency.clone());
        if !sides.alike(ours, theirs) {
            let own = ours.parts.iter().map(|(id, amount)| (id.clone(), *amount));
            check("pays", sides.pays(own), sides.pays(sides.parts(theirs)));
        }
        check("left on account", cents(ours.left), cents(theirs.left));
        check(
            "paid back",
            ours.refund.to_string(),
            theirs.refund.to_string(),
        );
    }
    for ours in &xero.payments {
        if !ours.ended
            && !ours.is_kept()
            && !met.contains(&(ours.id.as_str(), ours.contact.as_str()))
        {
            let own = ours.parts.iter().map(|(id, amount)| (id.clone(), *amount));
            let said = format!("{} {}", sides.pays(own), day(ours.date));
            audit.lone(Kind::Payment, &ours.id, Some(&said), None);
            let numbers = ours.parts.keys().map(|id| sides.number(id)).collect();
            audit.pays.insert((Kind::Payment, ours.id.clone()), numbers);
        }
    }
}

/// Xero's payments that are one document in ERPNext, as one; those that were deleted count where all were.
fn together(found: &[&Payment]) -> Option<Payment> {
    let standing = found.iter().filter(|it| !it.ended);
    let mut found = if standing.clone().next().is_some() {
        standing.copied().collect::<Vec<_>>()
    } else {
        found.to_vec()
    }
    .into_iter();
    let mut whole = found.next()?.clone();
    for other in found {
        for (id, amount) in &other.parts {
            *whole.parts.entry(id.clone()).or_default() += amount;
        }
        whole.left += other.left;
    }
    Some(whole)
}

impl Payment {
    /// Whether nothing of it is for a document: what is on account is compared by customer, since it may be
    /// divided otherwise on the other side.
    fn is_kept(&self) -> bool {
        self.parts.is_empty()
    }
}

/// What both sides' records are called on the other.
struct Sides<'a> {
    contacts: BTreeMap<&'a str, &'a Contact>,
    invoices: BTreeMap<&'a str, &'a Invoice>,
    ours: BTreeMap<&'a str, &'a Invoice>,
    notes: BTreeMap<&'a str, &'a CreditNote>,
    our_notes: BTreeMap<&'a str, &'a CreditNote>,
    /// ERPNext's payments, and what their markers name.
    money: BTreeMap<&'a str, &'a str>,
}

impl Sides<'_> {
    /// The Xero identity of the customer of an ERPNext payment.
    fn contact(&self, theirs: &Payment) -> String {
        let contact = self.contacts.get(theirs.contact.as_str());
        let marker = contact.and_then(|it| it.marker.as_deref());
        marker.unwrap_or_default().to_lowercase()
    }

    /// What an ERPNext payment pays, by the documents' identities in Xero.
    fn parts(&self, theirs: &Payment) -> impl Iterator<Item = (String, Decimal)> {
        theirs.parts.iter().map(|(id, amount)| {
            let invoice = self.invoices.get(id.as_str());
            let ours = invoice.and_then(|it| partner(it.marker.as_deref(), &self.ours));
            let note = self.notes.get(id.as_str());
            let note = note.and_then(|it| partner(it.marker.as_deref(), &self.our_notes));
            let known = ours.map(|it| &it.id).or(note.map(|it| &it.id));
            let money = || self.money.get(id.as_str()).map(|it| (*it).to_owned());
            let known = known.cloned().or_else(money);
            let known = known.unwrap_or_else(|| format!("ERPNext's {id}"));
            (known, *amount)
        })
    }

    /// Whether both pay the same of the same invoices, but for the units of those that are kept in another
    /// currency: half a cent for what was open before, and half for what is open then.
    fn alike(&self, ours: &Payment, theirs: &Payment) -> bool {
        let unit = |id: &String| self.invoices.get(id.as_str()).map(|it| it.unit);
        let mut units = theirs.parts.keys().map(|id| unit(id).unwrap_or_default());
        ours.parts.len() == theirs.parts.len()
            && self.parts(theirs).all(|(id, amount)| {
                let own = ours.parts.get(&id).map(|own| (own - amount).abs());
                let unit = units.next().unwrap_or_default();
                own.is_some_and(|apart| apart <= unit)
            })
    }

    /// "INV-1 120.00, INV-2 30.00", by the documents' numbers in Xero.
    fn pays(&self, parts: impl Iterator<Item = (String, Decimal)>) -> String {
        let mut said: Vec<String> = parts
            .map(|(id, amount)| format!("{} {}", self.number(&id), cents(amount)))
            .collect();
        said.sort();
        said.join(", ")
    }

    /// The number of a document in Xero.
    fn number(&self, id: &str) -> String {
        let known = self.ours.get(id).map(|it| it.number.clone());
        let note = self.our_notes.get(id).map(|it| it.number.clone());
        known.or(note).unwrap_or_else(|| id.to_owned())
    }

    fn described(&self, theirs: &Payment) -> String {
        format!("{} {}", self.pays(self.parts(theirs)), day(theirs.date))
    }
}
