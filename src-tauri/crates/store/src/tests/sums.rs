//! Receivables and counts.

use ledger::{Kind, Record, Side};

use super::*;
use crate::UnreadableRow;
use crate::summary::Age;

#[test]
fn receivables_are_exact_and_leave_out_what_is_not_owed() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let mut voided = invoice("V", "2026-01-01", "50", "0");
    if let Ok(Record::Invoice(invoice)) = &mut voided.record {
        invoice.state = DocumentState::Voided;
    }
    let mut unreadable = contact("U", "");
    unreadable.record = Err(UnreadableRow {
        title: "U".into(),
        why: "no total".into(),
        raw: "{}".into(),
    });
    let rows = [
        invoice("A", "2026-03-20", "0.10", "0.10"),
        invoice("B", "2026-03-09", "0.20", "0.20"),
        invoice("C", "2025-11-01", "1000.005", "999.705"),
        invoice("D", "2026-02-01", "10.00", "0.00"),
        voided,
        unreadable,
    ];
    store
        .store_page(pairing, Side::Xero, Kind::Invoice, &rows, "1", day(2))
        .unwrap();
    let today = "2026-03-10".parse().unwrap();
    let sums = store.receivables(pairing, today).unwrap();
    assert_eq!(sums.len(), 1);
    assert_eq!(sums[0].total, "1000.005".parse::<Decimal>().unwrap());
    assert_eq!(sums[0].invoices, 3);
    let of = |age| sums[0].by_age.iter().find(|(of, _)| *of == age).unwrap().1;
    assert_eq!(of(Age::NotDue), "0.10".parse().unwrap());
    assert_eq!(of(Age::Days30), "0.20".parse().unwrap());
    assert_eq!(of(Age::Days60), Decimal::ZERO);
    assert_eq!(of(Age::Older), "999.705".parse().unwrap());

    let months = store
        .invoiced(pairing, today - chrono::Days::new(120))
        .unwrap();
    assert_eq!(months.len(), 1);
    assert_eq!(months[0].month, "2026-01-01".parse().unwrap());
    assert_eq!(months[0].total, "1010.305".parse().unwrap());
}

#[test]
fn ages_begin_the_day_after_the_due_date() {
    let today = "2026-03-31".parse().unwrap();
    let age = |due: &str| Age::of(Some(due.parse().unwrap()), today);
    assert_eq!(age("2026-03-31"), Age::NotDue);
    assert_eq!(age("2026-03-30"), Age::Days30);
    assert_eq!(age("2026-03-01"), Age::Days30);
    assert_eq!(age("2026-02-28"), Age::Days60);
    assert_eq!(age("2025-12-31"), Age::Days90);
    assert_eq!(age("2025-12-30"), Age::Older);
    assert_eq!(Age::of(None, today), Age::NotDue);
}
