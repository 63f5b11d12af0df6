//! Customers, and how their names differ between the two systems.

use std::collections::HashSet;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::places::{phone, tax_number, whereabouts};
use super::words::{FAMILY, FIRST, GIVEN, TRADES};
use super::{Country, DemoContact, ExpectedException, Place, RecordKind, folded, plain, spread};
use crate::System;

/// Customers and the ones meant not to sync.
pub(super) struct Contacts {
    pub(super) contacts: Vec<DemoContact>,
    pub(super) expected: Vec<ExpectedException>,
}

/// Makes `count` customers, of which one is ambiguous where `several_candidates` is set.
pub(super) fn make(
    rng: &mut StdRng,
    country: Country,
    count: usize,
    several_candidates: bool,
) -> Contacts {
    // The ambiguous customer takes one place of each side.
    let ordinary = count - if several_candidates { 3 } else { 0 };
    let mut places = spread(ordinary);
    places.shuffle(rng);
    let mut taken = Taken::default();
    let mut contacts = Vec::with_capacity(count);
    for place in places {
        let serial = u32::try_from(contacts.len()).unwrap_or(u32::MAX);
        let contact = one(rng, country, place, serial, &mut taken);
        contacts.push(contact);
    }
    let mut expected = Vec::new();
    if several_candidates {
        let serial = u32::try_from(contacts.len()).unwrap_or(u32::MAX);
        let same = ambiguous(rng, country, serial, &mut taken);
        expected.push(ExpectedException {
            side: System::Erpnext,
            kind: RecordKind::Contact,
            title: same[0].erpnext_name.clone(),
            cause: "several_candidates",
            with: same[1..].iter().map(|c| c.xero_name.clone()).collect(),
        });
        contacts.extend(same);
    }
    Contacts { contacts, expected }
}

/// Names and addresses in use, folded.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    emails: HashSet<String>,
}

fn one(
    rng: &mut StdRng,
    country: Country,
    place: Place,
    serial: u32,
    taken: &mut Taken,
) -> DemoContact {
    let abroad = rng.random_bool(0.08);
    let whereabouts = whereabouts(rng, country, abroad);
    let person = rng.random_bool(0.18);
    let limited = match country {
        Country::Gb | Country::Nz => " Ltd",
        Country::Au => " Pty Ltd",
        Country::Us => " LLC",
    };
    let mut tries = 0;
    let name = loop {
        tries += 1;
        let mut name = if person {
            format!("{} {}", pick(rng, GIVEN), pick(rng, FAMILY))
        } else {
            company_name(rng, limited)
        };
        if tries > 3 {
            name = format!("{name} ({})", whereabouts.address.city);
        }
        if tries > 6 {
            name = format!("{name}, {}", serial + 1);
        }
        if taken.names.insert(folded(&name)) {
            break name;
        }
    };
    let registered = !person && rng.random_bool(0.75);
    let tax_number = registered.then(|| tax_number(country, &whereabouts, serial));
    let email = rng
        .random_bool(0.9)
        .then(|| email(rng, &name, person, serial, taken));
    let erpnext_name = if place == Place::Both && rng.random_bool(0.25) {
        other_spelling(rng, &name, tax_number.is_some())
            .filter(|other| folded(other) == folded(&name) || taken.names.insert(folded(other)))
            .unwrap_or_else(|| name.clone())
    } else {
        name.clone()
    };
    DemoContact {
        xero_name: name,
        erpnext_name,
        person,
        email,
        phone: rng
            .random_bool(0.75)
            .then(|| phone(rng, country, &whereabouts)),
        tax_number,
        currency: whereabouts.currency.to_owned(),
        address: (abroad || rng.random_bool(0.88)).then_some(whereabouts.address),
        terms_days: pick(rng, &[7, 14, 14, 30, 30, 30, 60]),
        place,
        invoiced: true,
    }
}

fn pick<T: Copy>(rng: &mut StdRng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}

fn company_name(rng: &mut StdRng, limited: &str) -> String {
    let base = match rng.random_range(0..6) {
        0 => format!("{} & {}", pick(rng, FAMILY), pick(rng, FAMILY)),
        1 => format!(
            "{} & {} {}",
            pick(rng, FAMILY),
            pick(rng, &["Sons", "Daughters", "Co", "Partners"]),
            pick(rng, TRADES)
        ),
        2 => format!("The {} {}", pick(rng, FIRST), pick(rng, TRADES)),
        3 => format!("{}'s {}", pick(rng, GIVEN), pick(rng, TRADES)),
        _ => format!("{} {}", pick(rng, FIRST), pick(rng, TRADES)),
    };
    if rng.random_bool(0.45) {
        format!("{base}{limited}")
    } else {
        base
    }
}

fn email(rng: &mut StdRng, name: &str, person: bool, serial: u32, taken: &mut Taken) -> String {
    let words: Vec<String> = name
        .split([' ', '-'])
        .map(folded)
        .filter(|word| word.is_ascii() && !word.is_empty())
        .collect();
    let address = if person {
        let domain = pick(rng, &["post.example", "mail.example", "inbox.example"]);
        format!("{}@{domain}", words.join("."))
    } else {
        let domain: String = words
            .iter()
            .filter(|word| !["the", "ltd", "llc", "pty"].contains(&word.as_str()))
            .take(3)
            .cloned()
            .collect::<Vec<_>>()
            .join("-");
        let mailbox = pick(
            rng,
            &["accounts", "hello", "office", "orders", "purchasing"],
        );
        format!("{mailbox}@{domain}.example")
    };
    if taken.emails.insert(address.clone()) {
        return address;
    }
    // The serial is unique, so this address is too.
    let (mailbox, domain) = address
        .split_once('@')
        .unwrap_or((&address, "post.example"));
    let address = format!("{mailbox}{serial}@{domain}");
    taken.emails.insert(address.clone());
    address
}

/// The name as someone else would have typed it: in capitals, without accents, or (where the tax
/// number still tells who it is) in other words.
fn other_spelling(rng: &mut StdRng, name: &str, tax_number: bool) -> Option<String> {
    let unaccented: String = name.chars().map(plain).collect();
    let reworded = name
        .replace(" & ", " and ")
        .replace(" Ltd", " Limited")
        .replace("The ", "");
    let mut ways = Vec::new();
    if unaccented != name && name.chars().all(|letter| !"łŁāĀēōū".contains(letter)) {
        ways.push(unaccented);
    }
    if tax_number && reworded != name {
        ways.push(reworded);
    }
    if name.is_ascii() {
        ways.push(name.to_uppercase());
    }
    ways.choose(rng).cloned()
}

/// One customer in ERPNext and two in Xero with its tax number: none is a better match.
fn ambiguous(
    rng: &mut StdRng,
    country: Country,
    serial: u32,
    taken: &mut Taken,
) -> Vec<DemoContact> {
    let whereabouts = whereabouts(rng, country, false);
    let number = tax_number(country, &whereabouts, serial);
    let base = "Bramble & Finch Hotels";
    let contact = |xero: String, place| DemoContact {
        erpnext_name: xero.clone(),
        xero_name: xero,
        person: false,
        email: None,
        phone: None,
        tax_number: Some(number.clone()),
        address: Some(whereabouts.address.clone()),
        currency: country.currency().to_owned(),
        terms_days: 30,
        place,
        invoiced: false,
    };
    let all = vec![
        contact(base.to_owned(), Place::Erpnext),
        contact(format!("{base} (Lodge)"), Place::Xero),
        contact(format!("{base} (Riverside)"), Place::Xero),
    ];
    for contact in &all {
        taken.names.insert(folded(&contact.xero_name));
    }
    all
}
