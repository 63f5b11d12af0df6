#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;

use super::super::totals::{agree, erpnext_totals, lines_agree, xero_totals};
use super::super::{Country, DemoSize, GeneratorConfig, generate};
use super::*;

fn books(country: Country, contacts: usize, invoices: usize, seed: u64) -> DemoData {
    generate(GeneratorConfig {
        size: DemoSize { contacts, invoices },
        seed,
        country,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    })
}

const COUNTRIES: [Country; 4] = [Country::Gb, Country::Nz, Country::Au, Country::Us];

#[test]
fn there_are_credit_notes_of_every_sort_on_either_side_and_on_both() {
    for (country, seed) in COUNTRIES.into_iter().zip(1..) {
        let DemoSize { contacts, invoices } = DemoSize::default();
        let data = books(country, contacts, invoices, seed);
        let notes = &data.credit_notes;
        let taxes = TaxRates::of(country);
        let with =
            |test: &dyn Fn(&DemoCreditNote) -> bool| notes.iter().filter(|it| test(it)).count();
        assert!(notes.len() >= 60, "{country:?}: {}", notes.len());
        let used = |it: &DemoCreditNote| it.uses.iter().map(|used| used.amount).sum::<Decimal>();
        for place in [Place::Both, Place::Xero, Place::Erpnext] {
            let here =
                |test: &dyn Fn(&DemoCreditNote) -> bool| with(&|it| it.place == place && test(it));
            assert!(here(&|it| it.standing == Standing::Approved) > 10);
            let whole = here(&|it| it.uses.len() == 1 && used(it) == it.total(&taxes));
            let part = here(&|it| it.uses.len() == 1 && used(it) < it.total(&taxes));
            let over_two = here(&|it| it.uses.len() == 2);
            let unused = here(&|it| it.uses.is_empty() && it.standing == Standing::Approved);
            assert!(
                whole > 3 && part > 0 && over_two > 1 && unused > 1,
                "{country:?}, {place:?}: {whole} {part} {over_two} {unused}"
            );
            if place != Place::Both {
                assert!(here(&|it| it.standing == Standing::Draft) > 1);
                assert!(here(&|it| it.standing == Standing::Voided) > 1);
            }
            if place != Place::Xero {
                assert!(here(&|it| it.lowers_invoice) > 1);
                let own = here(&|it| it.against.is_some() && !it.lowers_invoice);
                assert!(own > 1, "{country:?}, {place:?}");
                assert!(here(&|it| it.against.is_none()) > 1);
            }
        }
        let abroad = with(&|it| it.xero_rate != Decimal::ONE);
        assert!(abroad > 2, "{country:?}: {abroad}");
        let not_yet = with(&|it| {
            let mut uses = it.uses.iter();
            it.place == Place::Both && uses.any(|used| used.place != Place::Both)
        });
        assert!(not_yet > 0, "{country:?}");
        let paid: HashSet<usize> = data
            .payments
            .iter()
            .flat_map(|it| &it.parts)
            .map(|part| part.invoice)
            .collect();
        let beside = with(&|it| it.uses.iter().any(|used| paid.contains(&used.invoice)));
        assert!(beside > 5, "{country:?}: {beside}");
    }
}

#[test]
fn no_more_is_credited_than_there_is_and_than_is_owed() {
    for (seed, country) in (0_u64..24).zip(COUNTRIES.into_iter().cycle()) {
        let sizes = [(1, 12), (3, 40), (20, 90), (120, 500)];
        let (contacts, invoices) = sizes[usize::try_from(seed).unwrap() / 4 % sizes.len()];
        let data = books(country, contacts, invoices, seed);
        let taxes = TaxRates::of(country);
        let mut settled = vec![Decimal::ZERO; data.invoices.len()];
        for part in data.payments.iter().flat_map(|it| &it.parts) {
            settled[part.invoice] += part.amount;
        }
        let mut numbers = HashSet::new();
        let mut before = NaiveDate::MIN;
        for note in &data.credit_notes {
            assert!(numbers.insert(&note.number), "{}", note.number);
            assert!(before <= note.date && note.date <= data.config.today);
            before = note.date;
            let mode = note.price_mode;
            let worth = note.total(&taxes);
            let on_place = match note.place {
                Place::Both => agree(&note.lines, mode, &taxes),
                Place::Erpnext => note.lines.iter().all(lines_agree),
                Place::Xero => true,
            };
            assert!(on_place && worth > Decimal::ZERO, "{note:?}");
            assert!(note.lines.iter().all(|it| it.discount_percent.is_none()));
            for system in both_sides(note.place) {
                assert!(data.contacts[note.contact].place.includes(system));
                assert!(note.used(system) <= worth, "{note:?}");
            }
            if note.standing != Standing::Approved {
                assert_eq!(note.uses, []);
            }
            if note.lowers_invoice {
                let used = note.uses.first().unwrap();
                assert_eq!((note.uses.len(), Some(used.invoice)), (1, note.against));
                assert_eq!(
                    (used.amount, used.date, used.place),
                    (worth, note.date, note.place)
                );
            }
            for used in &note.uses {
                let invoice = &data.invoices[used.invoice];
                assert_eq!(
                    (invoice.contact, &invoice.currency, invoice.xero_rate),
                    (note.contact, &note.currency, note.xero_rate)
                );
                assert!(used.date >= note.date.max(invoice.date));
                assert!(used.date <= data.config.today && used.amount > Decimal::ZERO);
                for system in both_sides(used.place) {
                    assert!(note.place.includes(system) && invoice.place.includes(system));
                }
                settled[used.invoice] += used.amount;
            }
            if let Some(invoice) = note.against.map(|it| &data.invoices[it]) {
                assert!(note.place.includes(System::Erpnext) && note.date >= invoice.date);
                assert!(invoice.place.includes(System::Erpnext));
            }
        }
        for (invoice, settled) in data.invoices.iter().zip(settled) {
            let of = if invoice.place == Place::Erpnext {
                erpnext_totals
            } else {
                xero_totals
            };
            let total = of(&invoice.lines, invoice.price_mode, &taxes).total;
            assert!(settled <= total, "{}: {settled} of {total}", invoice.number);
        }
        let troubled = |index: usize| {
            let number = &data.invoices[index].number;
            data.expected
                .iter()
                .any(|it| it.title == *number || it.with.contains(number))
        };
        let uses = data.credit_notes.iter().flat_map(|it| &it.uses);
        assert!(!uses.map(|used| used.invoice).any(troubled));
    }
}
