//! Receivables and counts.

use ledger::{Kind, Record, Side};

use super::*;
use crate::summary::Age;
use crate::{LinkState, LinkWrite, Settlement, UnreadableRow};

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
fn a_credit_note_takes_its_remaining_credit_off_what_is_owed() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let page = |side, kind, rows: &[RecordRow]| {
        store
            .store_page(pairing, side, kind, rows, "1", day(2))
            .unwrap();
    };
    let mut voided = credit_note("V", "50", "0");
    let mut draft = credit_note("E", "50", "50");
    for (row, state) in [
        (&mut voided, DocumentState::Voided),
        (&mut draft, DocumentState::Draft),
    ] {
        if let Ok(Record::CreditNote(note)) = &mut row.record {
            note.state = state;
        }
    }
    let invoices = [
        invoice("A", "2026-03-20", "100", "100"),
        // Credited beyond its total, as ERPNext lets it be.
        invoice("B", "2026-03-20", "10", "-5"),
    ];
    page(Side::Xero, Kind::Invoice, &invoices);
    let notes = [
        credit_note("C", "60.05", "20.05"),
        credit_note("D", "30", "0.00"),
        voided,
        draft,
    ];
    page(Side::Xero, Kind::CreditNote, &notes);
    let sums = store
        .receivables(pairing, "2026-03-10".parse().unwrap())
        .unwrap();
    let [xero] = sums.as_slice() else {
        panic!("{sums:?}");
    };
    assert_eq!(xero.total, "74.95".parse::<Decimal>().unwrap());
    assert_eq!((xero.invoices, xero.credit_notes), (2, 1));
    let of = |age| xero.by_age.iter().find(|(of, _)| *of == age).unwrap().1;
    assert_eq!(of(Age::NotDue), Decimal::from(95));
    // It has no due date: it is as old as it is.
    assert_eq!(of(Age::Days60), "-20.05".parse().unwrap());

    let each = store.due_each(pairing).unwrap();
    let note = each.iter().find(|it| it.kind == Kind::CreditNote).unwrap();
    assert_eq!(
        (note.id.as_str(), note.due.to_string()),
        ("C", "-20.05".into())
    );
    let owed = store
        .owed_by(pairing, Side::Xero, &RemoteId::new("c"))
        .unwrap();
    let told: Vec<_> = owed
        .iter()
        .map(|it| (it.key.kind, it.key.id.as_str(), it.due.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            (Kind::CreditNote, "C", "-20.05".to_owned()),
            (Kind::Invoice, "B", "-5".to_owned()),
            (Kind::Invoice, "A", "100".to_owned()),
        ]
    );
    let mut sums = Vec::new();
    store.owed_each(pairing, |it| sums.push(it)).unwrap();
    assert_eq!(sums[0].due, xero.total);
    assert_eq!(sums[0].documents, 3);

    let invoiced = store
        .invoiced(pairing, "2026-01-01".parse().unwrap())
        .unwrap();
    let months: Vec<_> = invoiced
        .iter()
        .map(|it| (it.month.to_string(), it.total.to_string()))
        .collect();
    assert_eq!(
        months,
        [
            ("2026-01-01".to_owned(), "110".to_owned()),
            ("2026-02-01".to_owned(), "-90.05".to_owned())
        ]
    );
}

#[test]
fn what_settles_a_customers_invoices_is_payments_and_credit_notes() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    for (kind, row) in [
        (Kind::Invoice, invoice("A", "2026-03-20", "100", "100")),
        (Kind::CreditNote, credit_note("B", "30", "0")),
    ] {
        store
            .store_page(pairing, Side::Xero, kind, &[row], "1", day(2))
            .unwrap();
    }
    let settling = |contact: &str| {
        let contact = RemoteId::new(contact);
        let found = store.settling(pairing, Side::Xero, &contact).unwrap();
        found.iter().map(|it| it.key().id.0).collect::<Vec<_>>()
    };
    // Those that are used up too.
    assert_eq!(settling("c"), ["B"]);
    assert_eq!(settling("other"), Vec::<String>::new());
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

#[test]
fn what_each_contact_owes_is_added_up_by_side_and_currency() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let of = |id: &str, contact: &str, due: &str| {
        let mut row = invoice(id, "2026-03-20", "100", due);
        if let Ok(Record::Invoice(invoice)) = &mut row.record {
            invoice.contact = RemoteId::new(contact);
        }
        row
    };
    let store_page = |side, rows: &[RecordRow]| {
        store
            .store_page(pairing, side, Kind::Invoice, rows, "1", day(2))
            .unwrap();
    };
    let mut voided = of("V", "c1", "50");
    if let Ok(Record::Invoice(invoice)) = &mut voided.record {
        invoice.state = DocumentState::Voided;
    }
    let rows = [
        of("A", "c1", "0.10"),
        of("B", "c2", "5"),
        of("C", "c1", "0.205"),
        of("D", "c1", "0"),
        voided,
    ];
    store_page(Side::Xero, &rows);
    store_page(
        Side::Erpnext,
        &[of("E", "k1", "0.205"), of("F", "k1", "0.10")],
    );
    for (xero, erpnext) in [("A", "F"), ("C", "E")] {
        let link = LinkWrite {
            id: None,
            kind: Kind::Invoice,
            xero_id: RemoteId::new(xero),
            erpnext_id: RemoteId::new(erpnext),
            base_xero: None,
            base_erpnext: None,
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        };
        let settlement = Settlement {
            link: Some(link),
            ..Settlement::default()
        };
        store
            .settle(pairing, None, &[settlement], None, day(2))
            .unwrap();
    }
    let owed = || {
        let mut owed = Vec::new();
        store.owed_each(pairing, |it| owed.push(it)).unwrap();
        owed
    };
    let found = owed();
    let told: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.side,
                it.contact.as_str(),
                it.due.to_string(),
                it.documents,
                it.alone,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Side::Erpnext, "k1", "0.305".to_owned(), 2, 0),
            (Side::Xero, "c1", "0.305".to_owned(), 2, 0),
            (Side::Xero, "c2", "5".to_owned(), 1, 1),
        ]
    );
    assert_eq!(found[0].digest, found[1].digest);
    // The same sum of other parts.
    store_page(Side::Xero, &[of("A", "c1", "0.205"), of("C", "c1", "0.10")]);
    let other = owed();
    assert_eq!(other[1].due, found[1].due);
    assert_ne!(other[0].digest, other[1].digest);
    // It goes with its document to another contact.
    store_page(Side::Xero, &[of("A", "c2", "0.205")]);
    let of_one = store
        .owed_by(pairing, Side::Xero, &RemoteId::new("c2"))
        .unwrap();
    let told: Vec<_> = of_one
        .iter()
        .map(|it| {
            (
                it.key.id.as_str(),
                it.number.as_str(),
                it.due.to_string(),
                it.link.is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("A", "A", "0.205".to_owned(), true),
            ("B", "B", "5".to_owned(), false)
        ]
    );
}
