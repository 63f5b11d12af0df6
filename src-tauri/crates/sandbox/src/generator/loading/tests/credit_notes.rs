//! What both systems hold of the credit notes that were entered there.

use super::*;
use crate::generator::{DemoCreditNote, MoneyFor, Standing};

fn open_on(version: ErpnextVersion, country: Country, seed: u64) -> DemoBooks {
    let config = GeneratorConfig {
        size: DemoSize {
            contacts: 40,
            invoices: 250,
        },
        seed,
        country,
        today: now().date_naive(),
    };
    DemoBooks::open_on(version, config, now()).unwrap()
}

fn each(test: impl Fn(&DemoBooks, &Value, &Value)) {
    let countries = [Country::Gb, Country::Nz, Country::Au, Country::Us];
    let versions = ErpnextVersion::ALL.into_iter().cycle();
    for ((seed, country), version) in (5..).zip(countries).zip(versions) {
        let books = open_on(version, country, seed);
        let (xero, erpnext) = (books.state(System::Xero), books.state(System::Erpnext));
        test(&books, &xero, &erpnext);
    }
}

fn allocated(row: &Value) -> Vec<(&str, Decimal)> {
    let allocations = row["Allocations"].as_array().unwrap().iter();
    let mut found: Vec<_> = allocations
        .map(|it| {
            let number = it["Invoice"]["InvoiceNumber"].as_str().unwrap();
            (number, decimal(&it["Amount"]))
        })
        .collect();
    found.sort_unstable();
    found
}

fn meant<'a>(
    books: &'a DemoBooks,
    note: &DemoCreditNote,
    system: System,
) -> Vec<(&'a str, Decimal)> {
    let uses = note.uses.iter().filter(|it| it.place.includes(system));
    let mut meant: Vec<_> = uses
        .map(|it| (books.data.invoices[it.invoice].number.as_str(), it.amount))
        .collect();
    meant.sort_unstable();
    meant
}

/// What was paid back on a credit note on this side.
fn paid_back(books: &DemoBooks, note: &DemoCreditNote, system: System) -> Decimal {
    let of_note = |what: MoneyFor| matches!(what, MoneyFor::CreditNote(index) if books.data.credit_notes[index].number == note.number);
    let back = books.data.money.iter();
    back.filter(|it| of_note(it.what) && it.place.includes(system))
        .map(|it| it.amount)
        .sum()
}

#[test]
fn xero_holds_the_credit_notes_that_were_entered_there() {
    each(|books, xero, _| {
        let taxes = TaxRates::of(books.data.config.country);
        let held = by(&xero["CreditNotes"], "CreditNoteNumber");
        let notes = books.data.credit_notes.iter();
        let notes: Vec<_> = notes.filter(|it| it.place.includes(System::Xero)).collect();
        assert_eq!(held.len(), notes.len());
        for note in notes {
            let row = held[note.number.as_str()];
            let worth = xero_totals(&note.lines, note.price_mode, &taxes);
            assert_eq!(decimal(&row["Total"]), worth.total, "{row}");
            assert_eq!(decimal(&row["TotalTax"]), worth.tax, "{row}");
            assert_eq!(allocated(row), meant(books, note, System::Xero));
            let left = worth.total - note.used(System::Xero) - paid_back(books, note, System::Xero);
            let status = match note.standing {
                Standing::Draft => "DRAFT",
                Standing::Voided => "VOIDED",
                Standing::Approved if left.is_zero() => "PAID",
                Standing::Approved => "AUTHORISED",
            };
            assert_eq!(row["Status"], status, "{row}");
            if note.standing == Standing::Approved {
                assert_eq!(decimal(&row["RemainingCredit"]), left, "{row}");
            }
        }
    });
}

#[test]
fn erpnext_holds_the_returns_that_were_entered_there() {
    each(|books, _, erpnext| {
        let taxes = TaxRates::of(books.data.config.country);
        let mut held = by(&erpnext["Sales Invoice"], "name");
        held.retain(|_, row| row["is_return"] == 1);
        let notes = books.data.credit_notes.iter();
        let notes: Vec<_> = notes
            .filter(|it| it.place.includes(System::Erpnext))
            .collect();
        assert_eq!(held.len(), notes.len());
        for note in notes {
            let row = held[note.number.as_str()];
            let worth = erpnext_totals(&note.lines, note.price_mode, &taxes);
            assert_eq!(-decimal(&row["grand_total"]), worth.total, "{row}");
            assert_eq!(-decimal(&row["net_total"]), worth.net, "{row}");
            let docstatus = match note.standing {
                Standing::Draft => 0,
                Standing::Approved => 1,
                Standing::Voided => 2,
            };
            assert_eq!(row["docstatus"], docstatus, "{row}");
            // What was asked for, and not what the site makes of too much.
            let own = i32::from(!note.lowers_invoice);
            assert_eq!(row["update_outstanding_for_self"], own, "{row}");
            if note.standing == Standing::Approved {
                let (used, back) = (
                    note.used(System::Erpnext),
                    paid_back(books, note, System::Erpnext),
                );
                let left = worth.total - used - back;
                assert_eq!(-decimal(&row["outstanding_amount"]), left, "{row}");
                assert_eq!(row["party_account_currency"], note.currency.as_str());
            }
        }
    });
}
