#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use chrono::Days;
use rust_decimal::Decimal;
use serde_json::Value;

mod credit_notes;

use super::*;
use crate::DemoBooks;
use crate::erpnext::ErpnextVersion;
use crate::generator::totals::{Totals, agree, erpnext_totals, xero_totals};
use crate::generator::{
    AccountClass, BankClass, Country, DemoInvoice, DemoLine, DemoPart, DemoPayment, DemoSize,
    GeneratorConfig, Place, PriceMode, TaxClass, TaxRates, generate,
};

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn books(country: Country, contacts: usize, invoices: usize, seed: u64) -> DemoBooks {
    let config = GeneratorConfig {
        size: DemoSize { contacts, invoices },
        seed,
        country,
        today: now().date_naive(),
    };
    DemoBooks::open(config, now()).unwrap()
}

/// ERPNext's invoices without the returns among them.
fn sales_invoices(state: &Value) -> HashMap<&str, &Value> {
    let mut invoices = by(&state["Sales Invoice"], "name");
    invoices.retain(|_, row| row["is_return"] != 1);
    invoices
}

fn by<'a>(rows: &'a Value, key: &str) -> HashMap<&'a str, &'a Value> {
    let rows: Vec<&Value> = match rows {
        Value::Array(rows) => rows.iter().collect(),
        Value::Object(rows) => rows.values().collect(),
        other => panic!("{other}"),
    };
    rows.into_iter()
        .map(|row| (row[key].as_str().unwrap(), row))
        .collect()
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

#[test]
fn both_worlds_compute_the_totals_the_generator_chose() {
    for country in [Country::Gb, Country::Nz, Country::Au, Country::Us] {
        let books = books(country, 60, 250, 4);
        let xero_state = books.state(System::Xero);
        let erpnext_state = books.state(System::Erpnext);
        let in_xero = by(&xero_state["Invoices"], "InvoiceNumber");
        let in_erpnext = sales_invoices(&erpnext_state);
        let taxes = TaxRates::of(country);
        for invoice in &books.data.invoices {
            let mode = invoice.price_mode;
            if invoice.place.includes(System::Xero) {
                let held = in_xero[invoice.number.as_str()];
                let totals = Totals {
                    net: decimal(&held["SubTotal"]),
                    tax: decimal(&held["TotalTax"]),
                    total: decimal(&held["Total"]),
                };
                assert_eq!(totals, xero_totals(&invoice.lines, mode, &taxes), "{held}");
            }
            if invoice.place.includes(System::Erpnext) {
                let held = in_erpnext[invoice.number.as_str()];
                let totals = Totals {
                    net: decimal(&held["net_total"]),
                    tax: decimal(&held["total_taxes_and_charges"]),
                    total: decimal(&held["grand_total"]),
                };
                assert_eq!(
                    totals,
                    erpnext_totals(invoice.lines(System::Erpnext), mode, &taxes),
                    "{held}"
                );
                assert_eq!(held["docstatus"], 1);
            }
        }
        assert_eq!(
            in_xero.len(),
            books
                .data
                .invoices
                .iter()
                .filter(|i| i.place.includes(System::Xero))
                .count()
        );
        assert_eq!(
            in_erpnext.len(),
            books
                .data
                .invoices
                .iter()
                .filter(|i| i.place.includes(System::Erpnext))
                .count()
        );
    }
}

#[test]
fn each_side_holds_the_payments_that_were_entered_there() {
    for country in [Country::Gb, Country::Us] {
        let books = books(country, 60, 400, 9);
        let taxes = TaxRates::of(country);
        let xero_state = books.state(System::Xero);
        let erpnext_state = books.state(System::Erpnext);
        let in_xero = by(&xero_state["Invoices"], "InvoiceNumber");
        let in_erpnext = sales_invoices(&erpnext_state);
        let (mut paid, mut in_part, mut abroad) = (0, 0, 0);
        for (index, invoice) in books.data.invoices.iter().enumerate() {
            let total = xero_totals(&invoice.lines, invoice.price_mode, &taxes).total;
            let left = |system, total: Decimal| {
                let of_side = books.data.payments.iter();
                let of_side = of_side.filter(|it| it.place.includes(system));
                let parts = of_side.flat_map(|it| &it.parts);
                let own = parts.filter(|part| part.invoice == index);
                let notes = books.data.credit_notes.iter().flat_map(|it| &it.uses);
                let credit = notes.chain(books.data.money.iter().flat_map(|it| &it.uses));
                let credit = credit.filter(|it| it.invoice == index && it.place.includes(system));
                let credit: Decimal = credit.map(|it| it.amount).sum();
                total - own.map(|part| part.amount).sum::<Decimal>() - credit
            };
            let number = invoice.number.as_str();
            if invoice.place.includes(System::Xero) {
                let left = left(System::Xero, total);
                assert_eq!(decimal(&in_xero[number]["AmountDue"]), left, "{number}");
                paid += usize::from(left.is_zero());
                in_part += usize::from(!left.is_zero() && left < total);
            }
            if invoice.place.includes(System::Erpnext) {
                let held = in_erpnext[number];
                let total = decimal(&held["grand_total"]);
                let kept_in = held["party_account_currency"].as_str().unwrap();
                if kept_in == invoice.currency {
                    let left = left(System::Erpnext, total);
                    assert_eq!(decimal(&held["outstanding_amount"]), left, "{number}");
                    abroad += usize::from(kept_in != country.currency() && left < total);
                }
            }
        }
        assert!(
            paid > 80 && in_part > 10 && abroad > 3,
            "{paid} {in_part} {abroad}"
        );
        let batches = xero_state["BatchPayments"].as_array().unwrap();
        let joint = books.data.payments.iter();
        let joint = joint.filter(|it| it.place.includes(System::Xero) && it.parts.len() > 1);
        assert_eq!(batches.len(), joint.count());
    }
}

#[test]
fn contacts_are_entered_with_everything_they_have() {
    let books = books(Country::Gb, 80, 0, 2);
    let xero_state = books.state(System::Xero);
    let erpnext_state = books.state(System::Erpnext);
    let in_xero = by(&xero_state["Contacts"], "Name");
    let in_erpnext = by(&erpnext_state["Customer"], "name");
    for contact in &books.data.contacts {
        if contact.place.includes(System::Xero) {
            let held = in_xero[contact.xero_name.as_str()];
            assert_eq!(
                held["EmailAddress"].as_str(),
                Some(contact.email.as_deref().unwrap_or(""))
            );
            if let Some(number) = &contact.tax_number {
                assert_eq!(held["TaxNumber"], number.as_str());
            }
        }
        if contact.place.includes(System::Erpnext) {
            let held = in_erpnext[contact.erpnext_name.as_str()];
            assert_eq!(
                held["email_id"].as_str().filter(|e| !e.is_empty()),
                contact.email.as_deref()
            );
            assert_eq!(
                held["mobile_no"].as_str().filter(|p| !p.is_empty()),
                contact.phone.as_deref()
            );
            assert_eq!(
                held["tax_id"].as_str().filter(|t| !t.is_empty()),
                contact.tax_number.as_deref()
            );
            assert_eq!(
                held["customer_primary_address"]
                    .as_str()
                    .is_some_and(|a| !a.is_empty()),
                contact.address.is_some()
            );
        }
    }
}

/// Books with invoices chosen one by one, each paid in full on both sides.
fn books_of(country: Country, invoices: Vec<(Vec<DemoLine>, PriceMode)>) -> DemoBooks {
    let config = GeneratorConfig {
        size: DemoSize {
            contacts: 1,
            invoices: 0,
        },
        seed: 1,
        country,
        today: now().date_naive(),
    };
    let taxes = TaxRates::of(country);
    let mut data = generate(config);
    data.contacts[0].currency = country.currency().to_owned();
    data.invoices = invoices
        .into_iter()
        .enumerate()
        .map(|(index, (lines, price_mode))| {
            let date = config.today - Days::new(30);
            DemoInvoice {
                number: format!("INV-{index:05}"),
                contact: 0,
                date,
                due_date: config.today,
                currency: country.currency().to_owned(),
                xero_rate: Decimal::ONE,
                reference: None,
                price_mode,
                lines,
                erpnext_lines: None,
                place: Place::Both,
            }
        })
        .collect();
    data.payments = data
        .invoices
        .iter()
        .enumerate()
        .map(|(index, invoice)| DemoPayment {
            date: invoice.date,
            parts: vec![DemoPart {
                invoice: index,
                amount: xero_totals(&invoice.lines, invoice.price_mode, &taxes).total,
            }],
            place: Place::Both,
            bank: BankClass::Bank,
            xero_rate: Decimal::ONE,
            reference: None,
            erpnext_name: Some(format!("ACC-PAY-2026-{:05}", index + 1)),
        })
        .collect();
    DemoBooks::enter(data, ErpnextVersion::default(), now()).unwrap()
}

/// Half a cent is where the two systems part, and where ERPNext's binary numbers surprise. It is rare
/// in random books (one in 50,000 invoices was refused for it), so all invoices here have one: each
/// that the generator would put on both sides has to be the same there, and paid.
#[test]
fn what_agrees_at_half_a_cent_is_the_same_on_both_sides() {
    let line = |quantity: i64, cents: i64, tax| DemoLine {
        description: "Satin ribbon 25 mm".to_owned(),
        quantity: Decimal::new(quantity, 3).normalize(),
        unit: "Meter".to_owned(),
        unit_price: Decimal::new(cents, 2),
        discount_percent: None,
        tax,
        account: AccountClass::Sales,
    };
    // A line's amount ends in half a cent, or its tax does.
    let amounts = [(125, 32_000..33_000), (140, 50_000..60_000)]
        .into_iter()
        .flat_map(|(cents, quantities)| {
            quantities
                .filter(move |quantity| quantity * cents % 1000 == 500)
                .map(move |quantity| line(quantity, cents, TaxClass::Zero))
        });
    let taxed = |rate: i64| {
        (26_000..78_000)
            .filter(move |cents| cents * rate % 100 == 50)
            .step_by(9)
            .map(move |cents| line(1_000, cents, TaxClass::Standard))
    };
    for (country, lines) in [
        (Country::Gb, amounts.collect::<Vec<_>>()),
        (Country::Nz, taxed(15).collect()),
        (Country::Au, taxed(10).collect()),
    ] {
        let taxes = TaxRates::of(country);
        let invoices: Vec<_> = lines
            .into_iter()
            .flat_map(|line| {
                [PriceMode::Exclusive, PriceMode::Inclusive].map(|mode| (vec![line.clone()], mode))
            })
            .filter(|(lines, mode)| agree(lines, *mode, &taxes))
            .collect();
        assert!(invoices.len() > 100, "{country:?}: {}", invoices.len());
        let books = books_of(country, invoices);
        let xero_state = books.state(System::Xero);
        let erpnext_state = books.state(System::Erpnext);
        let in_erpnext = sales_invoices(&erpnext_state);
        for (number, invoice) in by(&xero_state["Invoices"], "InvoiceNumber") {
            let other = in_erpnext[number];
            assert_eq!(decimal(&invoice["Total"]), decimal(&other["grand_total"]));
            assert!(decimal(&invoice["AmountDue"]).is_zero(), "{invoice}");
            assert!(decimal(&other["outstanding_amount"]).is_zero(), "{other}");
        }
    }
}

/// Every size opens with what was asked for, whatever the seed, the country and the day.
#[test]
fn books_of_every_size_open() {
    const SIZES: [(usize, usize); 14] = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 40),
        (3, 9),
        (11, 8),
        (12, 8),
        (60, 5),
        (150, 20),
    ];
    let days = [
        "2026-11-22T12:00:00Z",
        "2026-01-01T00:00:01Z",
        "2028-02-29T23:59:59Z",
        "2027-03-31T06:30:00Z",
        "2026-12-31T11:00:00Z",
    ];
    let countries = [Country::Gb, Country::Nz, Country::Au, Country::Us];
    for (at, (contacts, invoices)) in SIZES.into_iter().enumerate() {
        for (seed, country) in (0_u64..).zip(countries) {
            let now: DateTime<Utc> = days[(at + usize::try_from(seed).unwrap()) % days.len()]
                .parse()
                .unwrap();
            let config = GeneratorConfig {
                size: DemoSize { contacts, invoices },
                seed,
                country,
                today: now.date_naive(),
            };
            let books = DemoBooks::open(config, now).expect("books that open");
            let held = |system, rows: &str| {
                let state = books.state(system);
                let invoice = |row: &&Value| row["is_return"] != 1;
                match &state[rows] {
                    Value::Array(rows) => rows.iter().filter(invoice).count(),
                    rows => rows.as_object().map_or(0, serde_json::Map::len),
                }
            };
            let data = &books.data;
            assert_eq!(data.invoices.len(), invoices, "{config:?}");
            for (system, name, found) in [
                (System::Xero, "Xero", held(System::Xero, "Invoices")),
                (
                    System::Erpnext,
                    "ERPNext",
                    held(System::Erpnext, "Sales Invoice"),
                ),
            ] {
                let there = data.invoices.iter().filter(|i| i.place.includes(system));
                assert_eq!(found, there.count(), "invoices in {name}: {config:?}");
            }
            let customers = data
                .contacts
                .iter()
                .filter(|c| c.place.includes(System::Erpnext));
            assert_eq!(
                held(System::Erpnext, "Customer"),
                customers.count(),
                "{config:?}"
            );
        }
    }
}

#[test]
fn the_same_seed_opens_the_same_books() {
    let state = |seed| {
        let books = books(Country::Gb, 30, 80, seed);
        (
            books.state(System::Xero).to_string(),
            books.state(System::Erpnext).to_string(),
        )
    };
    assert_eq!(state(5), state(5));
}
