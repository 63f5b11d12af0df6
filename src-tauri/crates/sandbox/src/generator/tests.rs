#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{HashMap, HashSet};

use super::totals::{agree, erpnext_totals, lines_agree, xero_totals};
use super::*;
use crate::System;
use rust_decimal::Decimal;

fn config(contacts: usize, invoices: usize, seed: u64) -> GeneratorConfig {
    GeneratorConfig {
        size: DemoSize { contacts, invoices },
        seed,
        country: Country::Gb,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    }
}

const COUNTRIES: [Country; 4] = [Country::Gb, Country::Nz, Country::Au, Country::Us];

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let bytes = |seed| serde_json::to_vec(&generate(config(80, 300, seed))).unwrap();
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}

#[test]
fn records_are_spread_over_the_sides() {
    let data = generate(config(103, 405, 1));
    let count = |place| {
        (
            data.contacts.iter().filter(|c| c.place == place).count(),
            data.invoices.iter().filter(|i| i.place == place).count(),
        )
    };
    assert_eq!((data.contacts.len(), data.invoices.len()), (103, 405));
    // 100 ordinary contacts and the ambiguous three; 400 ordinary invoices and the troubled five.
    assert_eq!(count(Place::Both), (45, 182));
    assert_eq!(count(Place::Xero), (32, 120));
    assert_eq!(count(Place::Erpnext), (26, 103));
    for invoice in &data.invoices {
        for system in [System::Xero, System::Erpnext] {
            if invoice.place.includes(system) {
                assert!(data.contacts[invoice.contact].place.includes(system));
            }
        }
    }
}

#[test]
fn payments_are_entered_on_either_side_and_on_both_for_one_invoice_and_for_several() {
    for country in COUNTRIES {
        let data = generate(GeneratorConfig {
            country,
            ..config(120, 500, 1)
        });
        let with = |test: &dyn Fn(&DemoPayment) -> bool| {
            data.payments.iter().filter(|it| test(it)).count()
        };
        assert!(data.payments.len() >= 300, "{}", data.payments.len());
        for place in [Place::Both, Place::Xero, Place::Erpnext] {
            assert!(with(&|it| it.place == place) > 40, "{place:?}");
            assert!(with(&|it| it.place == place && it.parts.len() > 1) > 2);
        }
        let abroad = with(&|it| it.xero_rate != Decimal::ONE);
        assert!(abroad > 2, "{country:?}: {abroad}");
        assert_eq!(with(&|it| it.bank == BankClass::Cash), 1);
        assert!(with(&|it| it.reference.is_none()) > 30);
        let mut of_invoice: HashMap<usize, Vec<Decimal>> = HashMap::new();
        for payment in &data.payments {
            let first = &data.invoices[payment.parts[0].invoice];
            for part in &payment.parts {
                let invoice = &data.invoices[part.invoice];
                assert_eq!(invoice.contact, first.contact);
                assert_eq!(invoice.currency, first.currency);
                assert!(payment.date >= invoice.date && payment.date <= data.config.today);
                assert!(part.amount > Decimal::ZERO);
                for system in [System::Xero, System::Erpnext] {
                    assert!(!payment.place.includes(system) || invoice.place.includes(system));
                }
                of_invoice
                    .entry(part.invoice)
                    .or_default()
                    .push(part.amount);
            }
            let named = payment.place.includes(System::Erpnext);
            assert_eq!(payment.erpnext_name.is_some(), named);
        }
        let taxes = TaxRates::of(country);
        let (mut in_part, mut twice) = (0, 0);
        for (index, parts) in of_invoice {
            let invoice = &data.invoices[index];
            let of = if invoice.place == Place::Erpnext {
                erpnext_totals
            } else {
                xero_totals
            };
            let total = of(&invoice.lines, invoice.price_mode, &taxes).total;
            let paid: Decimal = parts.iter().sum();
            assert!(paid <= total, "{}", invoice.number);
            in_part += usize::from(paid < total);
            twice += usize::from(parts.len() > 1);
        }
        assert!(in_part > 20 && twice > 20, "{in_part} {twice}");
    }
}

#[test]
fn what_is_on_both_sides_has_the_same_totals_there() {
    for country in COUNTRIES {
        let data = generate(GeneratorConfig {
            country,
            ..config(120, 600, 3)
        });
        let taxes = TaxRates::of(country);
        for invoice in &data.invoices {
            let mode = invoice.price_mode;
            match (invoice.place, &invoice.erpnext_lines) {
                (Place::Both, None) => {
                    assert!(agree(&invoice.lines, mode, &taxes), "{invoice:?}");
                }
                (Place::Both, Some(lines)) => assert_ne!(
                    xero_totals(&invoice.lines, mode, &taxes).total,
                    erpnext_totals(lines, mode, &taxes).total
                ),
                (Place::Erpnext, _) => assert!(invoice.lines.iter().all(lines_agree)),
                (Place::Xero, _) => {}
            }
            let total = xero_totals(&invoice.lines, mode, &taxes).total;
            assert!(total > Decimal::ZERO);
            assert!(invoice.due_date >= invoice.date && invoice.date <= data.config.today);
            assert!(invoice.number.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}

#[test]
fn each_side_could_compute_other_cents_for_some_invoices_that_are_on_one_side() {
    let data = generate(config(120, 600, 3));
    let taxes = TaxRates::of(Country::Gb);
    let differing = data
        .invoices
        .iter()
        .filter(|i| i.place != Place::Both)
        .filter(|i| {
            xero_totals(&i.lines, i.price_mode, &taxes)
                != erpnext_totals(&i.lines, i.price_mode, &taxes)
        })
        .count();
    assert!(differing > 20, "{differing}");
}

#[test]
fn names_numbers_and_addresses_are_unique_where_the_systems_demand_it() {
    for country in COUNTRIES {
        let data = generate(GeneratorConfig {
            country,
            ..config(3000, 50, 11)
        });
        let mut names = HashSet::new();
        let (mut emails, mut tax_numbers) = (HashSet::new(), HashSet::new());
        for contact in &data.contacts {
            assert!(names.insert(folded(&contact.xero_name)), "{contact:?}");
            let other = folded(&contact.erpnext_name);
            assert!(
                other == folded(&contact.xero_name) || names.insert(other),
                "{contact:?}"
            );
            if folded(&contact.erpnext_name) != folded(&contact.xero_name) {
                assert!(contact.tax_number.is_some(), "{contact:?}");
            }
            for name in [&contact.xero_name, &contact.erpnext_name] {
                assert!(name.len() < 140 && !name.contains(['<', '>']) && !name.contains("  "));
                assert_eq!(name.trim(), name);
            }
            if let Some(email) = &contact.email {
                assert!(email.is_ascii() && email.ends_with(".example"), "{email}");
                let (mailbox, domain) = email.split_once('@').unwrap();
                assert!(!mailbox.is_empty() && !domain.starts_with('.'), "{email}");
                assert!(emails.insert(email));
            }
            if let Some(number) = contact.tax_number.as_ref().filter(|_| contact.invoiced) {
                assert!(tax_numbers.insert(number), "{number}");
            }
            if let Some(address) = &contact.address {
                assert!(!address.city.is_empty() && !address.country.is_empty());
            }
        }
        let spelled_otherwise = data
            .contacts
            .iter()
            .filter(|c| c.xero_name != c.erpnext_name)
            .count();
        assert!(spelled_otherwise > 150, "{spelled_otherwise}");
    }
}

#[test]
fn invoice_numbers_are_unique_and_the_quantities_suit_the_units() {
    let data = generate(config(200, 3000, 5));
    let mut numbers = HashSet::new();
    for invoice in &data.invoices {
        assert!(numbers.insert(&invoice.number), "{}", invoice.number);
        for line in &invoice.lines {
            assert!(line.quantity > Decimal::ZERO);
            assert!(
                line.unit != "Nos" || line.quantity.fract().is_zero(),
                "{line:?}"
            );
            assert!(line.unit_price.normalize().scale() <= 4);
        }
    }
    let with = |test: fn(&DemoInvoice) -> bool| data.invoices.iter().filter(|i| test(i)).count();
    assert!(with(|i| i.currency != "GBP") > 60);
    assert!(with(|i| i.price_mode == PriceMode::Inclusive) > 200);
    assert!(with(|i| i.lines.iter().any(|l| l.unit_price.normalize().scale() > 2)) > 100);
    assert!(with(|i| i.lines.iter().any(|l| l.discount_percent.is_some())) > 300);
    assert!(with(|i| i.number.starts_with("ACC-SINV-2026-")) > 500);
}

#[test]
fn the_troubles_are_listed_with_their_causes() {
    let data = generate(config(120, 500, 1));
    let causes: Vec<&str> = data.expected.iter().map(|e| e.cause).collect();
    let mut sorted = causes.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            "currency_not_used",
            "differ_on_both_sides",
            "no_account_mapping",
            "no_bank_mapping",
            "period_locked",
            "several_candidates",
        ]
    );
    let invoice = |cause| {
        let title = &data
            .expected
            .iter()
            .find(|e| e.cause == cause)
            .unwrap()
            .title;
        data.invoices.iter().find(|i| &i.number == title).unwrap()
    };
    let unmapped = invoice("no_account_mapping");
    assert_eq!(unmapped.place, Place::Erpnext);
    assert!(
        unmapped
            .lines
            .iter()
            .any(|l| l.account == AccountClass::Freight)
    );
    assert!(invoice("period_locked").date <= data.xero_locked_until);
    assert_eq!(invoice("currency_not_used").currency, "CHF");
    assert!(invoice("differ_on_both_sides").erpnext_lines.is_some());
    let in_cash = data.expected.iter().find(|e| e.cause == "no_bank_mapping");
    let in_cash = in_cash.unwrap();
    let cash = data.payments.iter().find(|it| it.bank == BankClass::Cash);
    let cash = cash.unwrap();
    assert_eq!(Some(&in_cash.title), cash.erpnext_name.as_ref());
    assert_eq!(
        (in_cash.side, in_cash.kind),
        (System::Erpnext, RecordKind::Payment)
    );
    let paid = &data.invoices[cash.parts[0].invoice];
    assert_eq!(
        (paid.place, &in_cash.with),
        (Place::Both, &vec![paid.number.clone()])
    );
    let dated_in_locked_period = data
        .invoices
        .iter()
        .filter(|i| i.date <= data.xero_locked_until)
        .count();
    assert_eq!(dated_in_locked_period, 1);
    let freight = data
        .invoices
        .iter()
        .filter(|i| i.lines.iter().any(|l| l.account == AccountClass::Freight))
        .count();
    assert_eq!(freight, 1);
}

#[test]
fn tiny_books_are_books_too() {
    for (contacts, invoices) in [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (0, 5),
        (3, 5),
        (12, 8),
        (2, 40),
    ] {
        for seed in 0..20 {
            let data = generate(config(contacts, invoices, seed));
            assert_eq!(data.invoices.len(), invoices);
            let at_least = if invoices > 0 {
                contacts.max(1)
            } else {
                contacts
            };
            assert_eq!(data.contacts.len(), at_least);
            if invoices < 8 && contacts < 12 {
                assert_eq!(data.expected, []);
            }
        }
    }
}

#[test]
fn united_kingdom_vat_numbers_have_their_check_digits() {
    let data = generate(config(200, 0, 2));
    let numbers: Vec<&str> = data
        .contacts
        .iter()
        .filter_map(|c| c.tax_number.as_deref())
        .filter_map(|number| number.strip_prefix("GB"))
        .collect();
    assert!(numbers.len() > 50);
    for number in numbers {
        let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
        let sum: u32 = digits
            .iter()
            .zip([8, 7, 6, 5, 4, 3, 2])
            .map(|(d, w)| d * w)
            .sum();
        assert_eq!((sum + digits[7] * 10 + digits[8]) % 97, 0, "{number}");
    }
}
