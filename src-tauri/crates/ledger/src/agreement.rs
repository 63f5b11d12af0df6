//! Whether two records, one of each side, say the same.
//!
//! A contact agrees where a person would call the values equal: letter case, accents and
//! punctuation of names, blanks in telephone and tax numbers do not count. Figures and dates of a
//! document agree exactly or not at all.

mod in_full;
pub(crate) mod wording;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::in_full::{Counterparts, content_differences, same_rate};
use crate::contact::folded_name;
use crate::problem::Difference;
use crate::{Address, Contact, Document, DocumentState, Kind, Money};

/// The fields of a contact that are carried from side to side, in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactField {
    /// [`Contact::name`].
    Name,
    /// [`Contact::email`].
    Email,
    /// [`Contact::phone`].
    Phone,
    /// [`Contact::tax_number`].
    TaxNumber,
    /// [`Contact::address`], as one group.
    Address,
    /// [`Contact::archived`].
    Archived,
}

impl ContactField {
    /// Every field.
    pub const ALL: [ContactField; 6] = [
        ContactField::Name,
        ContactField::Email,
        ContactField::Phone,
        ContactField::TaxNumber,
        ContactField::Address,
        ContactField::Archived,
    ];

    /// The field's name for people.
    pub const fn label(self) -> &'static str {
        match self {
            ContactField::Name => "name",
            ContactField::Email => "e-mail",
            ContactField::Phone => "telephone",
            ContactField::TaxNumber => "tax number",
            ContactField::Address => "address",
            ContactField::Archived => "archived",
        }
    }

    /// The value as shown to people; `None` where there is none.
    pub fn shown(self, contact: &Contact) -> Option<String> {
        match self {
            ContactField::Name => Some(contact.name.clone()),
            ContactField::Email => contact.email.clone(),
            ContactField::Phone => contact.phone.clone(),
            ContactField::TaxNumber => contact.tax_number.clone(),
            ContactField::Address => contact.address.as_ref().map(shown_address),
            ContactField::Archived => Some(if contact.archived { "yes" } else { "no" }.to_owned()),
        }
    }

    /// Whether two contacts say the same in this field.
    pub fn agrees(self, left: &Contact, right: &Contact) -> bool {
        match self {
            ContactField::Archived => left.archived == right.archived,
            ContactField::Address => match (&left.address, &right.address) {
                (Some(left), Some(right)) => addresses_agree(left, right),
                (None, None) => true,
                _ => false,
            },
            _ => self.folded(left) == self.folded(right),
        }
    }

    /// Copies the field.
    pub fn copy(self, from: &Contact, to: &mut Contact) {
        match self {
            ContactField::Name => to.name.clone_from(&from.name),
            ContactField::Email => to.email.clone_from(&from.email),
            ContactField::Phone => to.phone.clone_from(&from.phone),
            ContactField::TaxNumber => to.tax_number.clone_from(&from.tax_number),
            ContactField::Address => to.address.clone_from(&from.address),
            ContactField::Archived => to.archived = from.archived,
        }
    }

    /// Whether one of two contacts does not tell what it says in this field.
    pub fn unclear(self, left: &Contact, right: &Contact) -> bool {
        left.unclear.contains(&self) || right.unclear.contains(&self)
    }

    /// Whether the field has no value.
    pub fn is_empty(self, contact: &Contact) -> bool {
        self != ContactField::Archived && self.shown(contact).is_none()
    }

    fn folded(self, contact: &Contact) -> Option<String> {
        let shown = self.shown(contact)?;
        Some(match self {
            ContactField::Name => folded_name(&shown),
            ContactField::Email => shown.to_lowercase(),
            ContactField::Phone => shown
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect(),
            ContactField::TaxNumber => folded_tax_number(&shown),
            ContactField::Address | ContactField::Archived => shown,
        })
    }
}

/// A tax number without blanks and punctuation, in upper case.
pub fn folded_tax_number(number: &str) -> String {
    number
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A tax number as a key that tells who somebody is: [`folded_tax_number`], or `None` for what people
/// write where there is none ("NOTREGISTERED", "N/A", "-", "0000000"). Numbers of all countries have
/// at least four digits that are not all the same.
pub fn tax_number_key(number: &str) -> Option<String> {
    let folded = folded_tax_number(number);
    let mut digits = folded.chars().filter(char::is_ascii_digit);
    let first = digits.next()?;
    let (mut more, mut other) = (0, false);
    for digit in digits {
        more += 1;
        other |= digit != first;
    }
    (folded.chars().count() >= 5 && more >= 3 && other).then_some(folded)
}

fn shown_address(address: &Address) -> String {
    let parts = [
        &address.line1,
        &address.line2,
        &address.city,
        &address.region,
        &address.postal_code,
        &address.country,
    ];
    parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The country counts only where both sides have one: ERPNext demands it and takes the company's
/// where Xero has none.
fn addresses_agree(left: &Address, right: &Address) -> bool {
    let same = |left: &Option<String>, right: &Option<String>| {
        left.as_deref().map(folded_name) == right.as_deref().map(folded_name)
    };
    same(&left.line1, &right.line1)
        && same(&left.line2, &right.line2)
        && same(&left.city, &right.city)
        && same(&left.region, &right.region)
        && same(&left.postal_code, &right.postal_code)
        && (left.country.is_none()
            || right.country.is_none()
            || same(&left.country, &right.country))
}

/// The fields in which two contacts differ.
pub fn contact_differences(xero: &Contact, erpnext: &Contact) -> Vec<Difference> {
    ContactField::ALL
        .into_iter()
        .filter(|field| !(field.unclear(xero, erpnext) || field.agrees(xero, erpnext)))
        .map(|field| Difference {
            field: field.label().to_owned(),
            xero: field.shown(xero),
            erpnext: field.shown(erpnext),
        })
        .collect()
}

/// What [`Difference::field`] says of a document's state.
pub const STATE: &str = "state";

/// The fields in which two invoices differ, amount due aside.
///
/// The contacts' identities are different by nature and are compared by the caller.
pub fn invoice_differences(xero: &Document, erpnext: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut compare = |field: &str, xero: Option<String>, erpnext: Option<String>| {
        if xero != erpnext {
            found.push(Difference {
                field: field.to_owned(),
                xero,
                erpnext,
            });
        }
    };
    compare(
        STATE,
        Some(shown_state(xero.state)),
        Some(shown_state(erpnext.state)),
    );
    if xero.state == DocumentState::Voided && erpnext.state == DocumentState::Voided {
        return found;
    }
    compare(
        "date",
        shown_date(Some(xero.date)),
        shown_date(Some(erpnext.date)),
    );
    compare(
        "due date",
        shown_date(Some(due(xero))),
        shown_date(Some(due(erpnext))),
    );
    compare(
        "total before tax",
        Some(money(xero, xero.net_total)),
        Some(money(erpnext, erpnext.net_total)),
    );
    compare(
        "tax",
        Some(money(xero, xero.tax_total)),
        Some(money(erpnext, erpnext.tax_total)),
    );
    compare(
        "total",
        Some(money(xero, xero.total)),
        Some(money(erpnext, erpnext.total)),
    );
    found
}

/// How far apart the amounts due of two documents may be for their units alone, in the document's
/// currency.
///
/// ERPNext keeps what is owed on a receivable in the company's currency in that currency: the document
/// and a part payment are each rounded to its cent, half a cent each. In a currency whose unit is worth
/// less than the company's, that is more than a cent of the document's own. Xero has no such step. Only
/// what is paid in part on both sides was rounded twice: everything else agrees exactly or not at all.
fn due_tolerance(xero: &Document, erpnext: &Document) -> Decimal {
    let in_part = |it: &Document| it.amount_due > Decimal::ZERO && it.amount_due < it.total;
    let rate = erpnext.exchange_rate.or(xero.exchange_rate);
    match rate {
        Some(rate)
            if rate > Decimal::ZERO
                && rate != Decimal::ONE
                && in_part(xero)
                && in_part(erpnext) =>
        {
            let cent = Decimal::new(1, 2);
            cent.checked_div(rate).map_or(cent, |unit| unit.max(cent))
        }
        _ => Decimal::ZERO,
    }
}

/// The difference in amount due, if there is one that is not of the units alone
/// (a part payment in a foreign currency on a receivable in the company's).
pub fn amount_due_difference(xero: &Document, erpnext: &Document) -> Option<Difference> {
    let voided = xero.state == DocumentState::Voided || erpnext.state == DocumentState::Voided;
    let apart = (xero.amount_due - erpnext.amount_due).abs();
    (!voided && apart > due_tolerance(xero, erpnext)).then(|| Difference {
        field: "amount due".to_owned(),
        xero: Some(money(xero, xero.amount_due)),
        erpnext: Some(money(erpnext, erpnext.amount_due)),
    })
}

/// What [`Difference::field`] says of what is left of a credit note.
pub const REMAINING_CREDIT: &str = "remaining credit";

/// [`amount_due_difference`], called as the field calls what is open of a document of this kind.
pub fn open_difference(kind: Kind, xero: &Document, erpnext: &Document) -> Option<Difference> {
    let mut difference = amount_due_difference(xero, erpnext)?;
    if kind == Kind::CreditNote {
        REMAINING_CREDIT.clone_into(&mut difference.field);
    }
    Some(difference)
}

/// Whether a document says the same as it did before, on the same side. Amount due, what a credit is used
/// for, the contact's spelling and the identities of lines are not the document's own content and do not count.
pub fn same_content(before: &Document, now: &Document) -> bool {
    content(before) == content(now)
}

/// Whether a document that is there has the content that one is meant to have. What `meant` leaves open (what lines
/// are filed under, where that is not carried) is as it is.
pub fn has_content(there: &Document, meant: &Document) -> bool {
    let mut there = content(there);
    leave_open(&mut there, meant);
    there == content(meant)
}

/// Forgets of `there` what `meant` leaves open, so that the two can be compared.
pub fn leave_open(there: &mut Document, meant: &Document) {
    for (line, meant) in there.lines.iter_mut().zip(&meant.lines) {
        if meant.tracking.is_none() {
            line.tracking = None;
        }
    }
}

/// An invoice reduced to its own content, for comparison and hashing: see [`same_content`].
pub fn content(invoice: &Document) -> Document {
    let mut content = invoice.clone();
    content.amount_due = Decimal::ZERO;
    content.allocations.clear();
    content.contact_name = String::new();
    for figure in [
        &mut content.net_total,
        &mut content.tax_total,
        &mut content.total,
    ] {
        *figure = figure.normalize();
    }
    content.exchange_rate = content.exchange_rate.map(|rate| rate.normalize());
    for line in &mut content.lines {
        line.id = None;
        for figure in [&mut line.quantity, &mut line.unit_price, &mut line.amount] {
            *figure = figure.normalize();
        }
        for figure in [
            &mut line.discount_percent,
            &mut line.tax_rate,
            &mut line.tax_amount,
        ] {
            *figure = figure.map(|value| value.normalize());
        }
    }
    content
}

/// A document's state as people are shown it.
pub(crate) fn shown_state(state: DocumentState) -> String {
    match state {
        DocumentState::Draft => "draft",
        DocumentState::Approved => "approved",
        DocumentState::Voided => "voided",
    }
    .to_owned()
}

/// The day a document is due: one that names none is due at once.
pub(crate) fn due(invoice: &Document) -> NaiveDate {
    invoice.due_date.unwrap_or(invoice.date)
}

/// A day as people are shown it.
pub(crate) fn shown_date(date: Option<NaiveDate>) -> Option<String> {
    date.map(|date| date.format("%-d %b %Y").to_string())
}

fn money(invoice: &Document, amount: Decimal) -> String {
    Money {
        amount,
        currency: invoice.currency,
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Currency, PriceMode, RemoteId};

    fn contact(name: &str, phone: Option<&str>) -> Contact {
        Contact {
            name: name.into(),
            phone: phone.map(Into::into),
            ..Contact::default()
        }
    }

    #[test]
    fn what_stands_where_there_is_no_tax_number_is_no_key() {
        for none in [
            "NOTREGISTERED",
            "N/A",
            "-",
            "",
            "0000000",
            "GB000000000",
            "n/a 1",
            "99999999",
            "NULL",
            "1234",
        ] {
            assert_eq!(tax_number_key(none), None, "{none}");
        }
        for number in [
            "GB 123 4567 89",
            "SE5566-778",
            "ABCDE1234F",
            "XAXX010101000",
            "12 345 678 901",
        ] {
            assert!(tax_number_key(number).is_some(), "{number}");
        }
        assert_eq!(
            tax_number_key("gb 482.9921-06"),
            tax_number_key("GB482992106")
        );
    }

    #[test]
    fn spelling_that_people_ignore_agrees() {
        let left = contact("Café  Lindqvist, AB", Some("+44 20 7946 0100"));
        let right = contact("cafe lindqvist ab", Some("+442079460100"));
        assert_eq!(contact_differences(&left, &right), []);
        let other = contact("Cafe Lindquist AB", None);
        let fields: Vec<_> = contact_differences(&left, &other)
            .into_iter()
            .map(|d| d.field)
            .collect();
        assert_eq!(fields, ["name", "telephone"]);
    }

    #[test]
    fn a_missing_country_agrees_with_any() {
        let with = |country: Option<&str>| Contact {
            address: Address {
                line1: Some("1 High St".into()),
                country: country.map(Into::into),
                ..Address::default()
            }
            .some(),
            ..Contact::default()
        };
        let uk = with(Some("United Kingdom"));
        assert!(ContactField::Address.agrees(&with(None), &uk));
        assert!(!ContactField::Address.agrees(&with(Some("France")), &uk));
        assert!(!ContactField::Address.agrees(&Contact::default(), &uk));
    }

    fn invoice(total: &str, due: &str) -> Document {
        Document {
            number: Some("INV-1".into()),
            contact: RemoteId::new("c"),
            contact_name: "C".into(),
            state: DocumentState::Approved,
            date: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
            due_date: None,
            currency: Currency::new("gbp").unwrap(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: vec![],
            net_total: total.parse().unwrap(),
            tax_total: Decimal::ZERO,
            total: total.parse().unwrap(),
            amount_due: due.parse().unwrap(),
            opening: false,
            against: None,
            allocations: Vec::new(),
        }
    }

    #[test]
    fn figures_agree_by_value_and_show_both() {
        assert_eq!(
            invoice_differences(&invoice("10.0", "0"), &invoice("10.00", "0")),
            []
        );
        let found = invoice_differences(&invoice("10.01", "0"), &invoice("10", "0"));
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].field, "total");
        assert_eq!(found[1].xero.as_deref(), Some("10.01 GBP"));
        assert_eq!(found[1].erpnext.as_deref(), Some("10.00 GBP"));
        let open = |kind| open_difference(kind, &invoice("10", "4"), &invoice("10", "10")).unwrap();
        assert_eq!(open(Kind::CreditNote).field, "remaining credit");
        let due = open(Kind::Invoice);
        assert_eq!(due.field, "amount due");
        assert_eq!(
            (due.xero.as_deref(), due.erpnext.as_deref()),
            (Some("4.00 GBP"), Some("10.00 GBP"))
        );
    }

    #[test]
    fn part_payments_agree_in_the_coarser_of_the_two_units() {
        // Rates in ERPNext's direction; what is due in Xero and, worked back from the company's cents,
        // in ERPNext.
        let case = |currency: &str, rate: &str, total: &str, xero: &str, erpnext: &str| {
            let side = |due: &str| {
                let mut side = invoice(total, due);
                side.currency = Currency::new(currency).unwrap();
                side.exchange_rate = Some(rate.parse().unwrap());
                side
            };
            amount_due_difference(&side(xero), &side(erpnext)).is_none()
        };
        // 1 / 13.1 and 1 / 190.123456: 50.90 GBP and 3.15 GBP.
        assert!(case("SEK", "0.076335878", "1000", "666.70", "666.79"));
        assert!(case("JPY", "0.005259740", "1200", "600", "598.89"));
        assert!(case("USD", "0.8", "120", "0.03", "0.02"));
        // More than the units explain, and never where one side is not paid in part.
        assert!(!case("SEK", "0.076335878", "1000", "666.70", "666.84"));
        assert!(!case("USD", "0.8", "120", "0.05", "0.02"));
        assert!(!case("SEK", "0.076335878", "1000", "0.00", "0.09"));
        assert!(!case("SEK", "0.076335878", "1000", "1000", "999.95"));
        assert!(!case("GBP", "1", "120", "60.01", "60.00"));
        let without_rate = (invoice("120", "60.01"), invoice("120", "60.00"));
        assert!(amount_due_difference(&without_rate.0, &without_rate.1).is_some());
    }

    #[test]
    fn content_ignores_scale_and_payment_but_not_money() {
        assert!(same_content(&invoice("10.00", "10"), &invoice("10", "0")));
        assert!(!same_content(
            &invoice("10.00", "10"),
            &invoice("10.01", "10")
        ));
    }
}
