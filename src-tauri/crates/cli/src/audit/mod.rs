//! An audit of two demo books: do they hold the same records, to the cent?
//!
//! It reads both systems' own state through their control doors and compares record by record. It
//! shares no code with the engine, the clients or the store, so that a mistake there cannot hide
//! itself here. Records belong together by the marker in ERPNext.

mod balances;
mod credit_notes;
mod erpnext;
mod heading;
mod invoices;
mod payments;
mod value;
mod words;
mod xero;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use balances::Balances;
pub use credit_notes::CreditNote;
pub use payments::Payment;
use words::{bare, folded};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A contact.
    Contact,
    /// A sales invoice.
    Invoice,
    /// A credit note to a customer; in ERPNext a return.
    CreditNote,
    /// Money received of a customer, or paid back.
    Payment,
}

/// The field that says what is still owed of an invoice.
const AMOUNT_DUE: &str = "amount due";
/// The field that says what is left of a credit note.
const REMAINING: &str = "remaining credit";

/// What the audit calls a payment, by its identity on either side.
pub fn payment_title(identity: &str) -> String {
    payments::named(identity).to_owned()
}

/// Something in which two records differ, or a record that has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// What the record is.
    pub kind: Kind,
    /// Its name or number; of a payment its name in ERPNext, else its identity in Xero.
    pub title: String,
    /// The field; "record" where one side has none.
    pub field: &'static str,
    /// Xero's value.
    pub xero: Option<String>,
    /// ERPNext's value.
    pub erpnext: Option<String>,
}

/// How far a document has come, in words both systems share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// May still be changed at will.
    Draft,
    /// In the books.
    Approved,
    /// Voided, cancelled or deleted.
    Ended,
}

/// A contact as one system holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Its identity.
    #[serde(skip)]
    pub id: String,
    /// The counterpart's identity, where a marker says so.
    #[serde(skip)]
    pub marker: Option<String>,
    /// Its name.
    pub name: String,
    /// Its e-mail address; empty where it has none.
    pub email: String,
    /// Its tax number; empty where it has none.
    pub tax_number: String,
    /// Whether it is archived or disabled.
    pub archived: bool,
}

/// A sales invoice as one system holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
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
    /// What was sold, in words, line by line; `None` where a line takes something off, which the two
    /// systems keep in different places.
    pub texts: Option<Vec<String>>,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// Its due date.
    pub due: Option<NaiveDate>,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// Its total, tax included, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub total: Decimal,
    /// Its tax, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub tax: Decimal,
    /// What is still owed, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount_due: Decimal,
    /// How far what is owed or paid in part may be from what the other side says, in its currency: a cent of
    /// the company's where it is kept in that, nothing else.
    #[serde(skip)]
    pub unit: Decimal,
    /// How far it has come.
    pub stage: Stage,
}

/// What one system holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Contacts, by name.
    pub contacts: Vec<Contact>,
    /// Sales invoices, by number.
    pub invoices: Vec<Invoice>,
    /// Credit notes to customers, by number.
    pub credit_notes: Vec<CreditNote>,
    /// Money received and paid back.
    pub payments: Vec<Payment>,
    /// What customers have on account beside their documents: the customer's identity, the currency, how
    /// much.
    #[serde(skip)]
    pub on_account: Vec<(String, String, Decimal)>,
    /// What customers owe in all, by the customer's identity and the currency, as the system's own
    /// figures add up: amounts due less what is left of credit notes and on account.
    #[serde(skip)]
    pub receivables: BTreeMap<(String, String), Decimal>,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Pairs of contacts compared.
    pub contacts: usize,
    /// Pairs of invoices compared.
    pub invoices: usize,
    /// Pairs of credit notes compared.
    pub credit_notes: usize,
    /// Pairs of payments compared, those of one batch once.
    pub payments: usize,
    /// What differs, in order of kind and title.
    pub differences: Vec<Difference>,
    /// The numbers of the invoices that each payment pays and that each credit note is used for, on either
    /// side, by [`Difference::title`].
    #[serde(skip)]
    pub pays: BTreeMap<(Kind, String), BTreeSet<String>>,
}

impl Audit {
    /// Records that differ, leaving out those that `excused` knows by kind and title, and what is owed
    /// differently of the invoices that an excused payment or credit note settles, or left of the credit notes
    /// that an excused payment pays back. Payments are excused by
    /// [`payment_title`].
    pub fn records_that_differ(&self, excused: &BTreeSet<(Kind, String)>) -> Vec<&Difference> {
        let owed: BTreeSet<&String> = self
            .pays
            .iter()
            .filter(|(settles, _)| excused.contains(*settles))
            .flat_map(|(_, invoices)| invoices)
            .collect();
        let is_excused = |difference: &&Difference| {
            let kind = difference.kind;
            let left = match kind {
                Kind::Invoice => difference.field == AMOUNT_DUE,
                Kind::CreditNote => difference.field == REMAINING,
                Kind::Contact | Kind::Payment => false,
            };
            left && owed.contains(&difference.title)
                || excused.contains(&(kind, difference.title.clone()))
        };
        self.differences
            .iter()
            .filter(|difference| !is_excused(difference))
            .collect()
    }
}

/// Reads what Xero's demo books hold.
///
/// # Errors
/// A state that is not what the control door documents.
pub fn xero(state: &Value) -> Result<Held, String> {
    xero::read(state)
}

/// Reads what ERPNext's demo books hold of a company.
///
/// # Errors
/// A state that is not what the control door documents.
pub fn erpnext(state: &Value, company: &str) -> Result<Held, String> {
    erpnext::read(state, company)
}

/// Compares both.
pub fn compare(xero: &Held, erpnext: &Held) -> Audit {
    let mut audit = Audit::default();
    let mut balances = Balances::of(xero, erpnext);
    contacts(&mut audit, xero, erpnext);
    invoices::compare(&mut audit, &mut balances, xero, erpnext);
    credit_notes::compare(&mut audit, &mut balances, xero, erpnext);
    payments::compare(&mut audit, xero, erpnext);
    balances.compare(&mut audit, xero, erpnext);
    audit.differences.sort();
    audit
}

fn contacts(audit: &mut Audit, xero: &Held, erpnext: &Held) {
    let here: BTreeMap<&str, &Contact> = by_id(&xero.contacts, |contact| &contact.id);
    let mut met = BTreeSet::new();
    for theirs in &erpnext.contacts {
        let Some(ours) = partner(theirs.marker.as_deref(), &here) else {
            if !theirs.archived {
                audit.lone(Kind::Contact, &theirs.name, None, Some(&theirs.name));
            }
            continue;
        };
        audit.met(Kind::Contact, &ours.name, &mut met, &ours.id);
        audit.contacts += 1;
        let mut check = |field, xero: String, erpnext: String| {
            audit.check(Kind::Contact, &ours.name, field, xero, erpnext);
        };
        // Each side keeps its own wording of a name both had before; the name itself must agree.
        if folded(&ours.name) != folded(&theirs.name) {
            check("name", ours.name.clone(), theirs.name.clone());
        }
        check(
            "e-mail",
            ours.email.to_lowercase(),
            theirs.email.to_lowercase(),
        );
        check(
            "tax number",
            bare(&ours.tax_number),
            bare(&theirs.tax_number),
        );
        check(
            "archived",
            ours.archived.to_string(),
            theirs.archived.to_string(),
        );
    }
    for ours in &xero.contacts {
        if !ours.archived && !met.contains(ours.id.as_str()) {
            audit.lone(Kind::Contact, &ours.name, Some(&ours.name), None);
        }
    }
}

impl Audit {
    fn check(
        &mut self,
        kind: Kind,
        title: &str,
        field: &'static str,
        xero: impl AsRef<str>,
        erpnext: impl AsRef<str>,
    ) {
        let (xero, erpnext) = (xero.as_ref(), erpnext.as_ref());
        if xero != erpnext {
            self.differ(kind, title, field, Some(xero), Some(erpnext));
        }
    }

    fn lone(&mut self, kind: Kind, title: &str, xero: Option<&str>, erpnext: Option<&str>) {
        self.differ(kind, title, "record", xero, erpnext);
    }

    fn differ(
        &mut self,
        kind: Kind,
        title: &str,
        field: &'static str,
        xero: Option<&str>,
        erpnext: Option<&str>,
    ) {
        self.differences.push(Difference {
            kind,
            title: title.to_owned(),
            field,
            xero: xero.map(str::to_owned),
            erpnext: erpnext.map(str::to_owned),
        });
    }

    /// Notes that a record of Xero's has its counterpart; a second one is a duplicate. Whether it is the
    /// first.
    fn met<'a>(
        &mut self,
        kind: Kind,
        title: &str,
        met: &mut BTreeSet<&'a str>,
        id: &'a str,
    ) -> bool {
        let first = met.insert(id);
        if !first {
            let twice = Some("more than one counterpart");
            self.differ(kind, title, "duplicate", Some(title), twice);
        }
        first
    }
}

fn by_id<T>(rows: &[T], id: impl Fn(&T) -> &String) -> BTreeMap<&str, &T> {
    rows.iter().map(|row| (id(row).as_str(), row)).collect()
}

/// The marker is the counterpart's identity, perhaps with a revision (`…#1`).
fn partner<'a, T>(marker: Option<&str>, here: &BTreeMap<&str, &'a T>) -> Option<&'a T> {
    let marker = marker?;
    let id = marker.split_once('#').map_or(marker, |(id, _)| id);
    here.get(id).copied()
}

fn day(date: Option<NaiveDate>) -> String {
    date.map_or_else(String::new, |date| date.to_string())
}

fn cents(amount: Decimal) -> String {
    let mut amount = amount;
    amount.rescale(2);
    if amount.is_zero() {
        amount.set_sign_positive(true);
    }
    amount.to_string()
}

#[cfg(test)]
mod tests;
