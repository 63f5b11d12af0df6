//! Credit notes among what is owed.

use ledger::{PaidDocument, Payment, PaymentAllocation, PaymentDirection};

use super::*;

/// "credit_note CN-1 -60.00 -120.00 60.00: 60.00 only_on_one_side used for INV-1 …", and the movements under it.
fn documents(view: &ContactOwesView) -> Vec<String> {
    let due = |it: &Option<String>| it.clone().unwrap_or_else(|| "none".to_owned());
    let mut told = Vec::new();
    for it in &view.documents {
        let why: Vec<String> = it
            .why
            .iter()
            .map(|why| format!("{} {}", why.amount, why.reason))
            .collect();
        told.push(format!(
            "{} {} {} {} {}: {}",
            it.form,
            it.number,
            due(&it.xero),
            due(&it.erpnext),
            it.difference,
            why.join(", ")
        ));
        for movement in &it.payments {
            let side = |title: &Option<String>, amount: &Option<String>| match title {
                Some(title) => format!("{title} {}", due(amount)),
                None => "-".to_owned(),
            };
            told.push(format!(
                "  {} {} | {}",
                movement.what,
                side(&movement.xero, &movement.xero_amount),
                side(&movement.erpnext, &movement.erpnext_amount)
            ));
        }
    }
    told
}

#[test]
fn what_is_left_of_a_credit_note_takes_off_what_is_owed() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("50"), Some("50"));
    let used: &[(&str, &str)] = &[("INV-1", "60")];
    books.credit_notes("acme", "CN-1", ["60", "60"], [used, used]);
    assert_eq!(shown(&books.all(DIFFERING)), Vec::<String>::new());
    assert_eq!(shown(&books.all(ALL)), ["ACME GBP -10.00 -10.00 0.00: "]);
    books.credit_notes("acme", "CN-2", ["0.05", "0.05"], [&[], &[]]);
    assert_eq!(shown(&books.all(ALL)), ["ACME GBP -10.05 -10.05 0.00: "]);
    assert_eq!(
        documents(&books.one("acme", ALL)),
        [
            "invoice INV-1 50.00 50.00 0.00: ",
            "  credit_note credit note CN-1 60.00 | credit note CN-1 60.00",
            "credit_note CN-1 -60.00 -60.00 0.00: ",
            "  use used for INV-1 60.00 | used for INV-1 60.00",
            "credit_note CN-2 -0.05 -0.05 0.00: ",
        ]
    );
}

#[test]
fn a_use_on_one_side_is_named_under_the_invoice_and_under_the_credit_note() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("80"), Some("110"));
    let used: [&[(&str, &str)]; 2] = [&[("INV-1", "40")], &[("INV-1", "10")]];
    books.credit_notes("acme", "CN-1", ["80", "110"], used);
    // Within a customer it makes no difference, and still it is one.
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 0.00 0.00 0.00: 0.00 only_on_one_side"]
    );
    let acme = books.one("acme", DIFFERING);
    assert_eq!(
        documents(&acme),
        [
            "invoice INV-1 80.00 110.00 -30.00: -30.00 only_on_one_side",
            "  credit_note credit note CN-1 40.00 | credit note CN-1 10.00",
            "credit_note CN-1 -80.00 -110.00 30.00: 30.00 only_on_one_side",
            "  use used for INV-1 40.00 | used for INV-1 10.00",
        ]
    );
    let texts: Vec<&str> = acme
        .documents
        .iter()
        .map(|it| it.why[0].text.as_str())
        .collect();
    let goes_on = "more of the credit is used in Xero; the next sync goes on with it";
    assert_eq!(
        texts,
        [
            format!("credit note CN-1 of 4 Oct 2024: {goes_on}"),
            format!("used for INV-1 on 4 Oct 2024: {goes_on}"),
        ]
    );
    // The rule does not carry it.
    books.rule(Kind::CreditNote, Direction::ToXero, None);
    let not_carried = books.one("acme", DIFFERING);
    let reasons = |view: &ContactOwesView| -> Vec<String> {
        let why = view.documents.iter().flat_map(|it| &it.why);
        why.map(|why| why.reason.clone()).collect()
    };
    assert_eq!(reasons(&not_carried), ["not_carried_by_rule"; 2]);
    // An exception of the credit note, wherever it is raised, is the reason of both.
    let why = "it is used for an invoice in another currency".to_owned();
    let side = Side::Erpnext;
    let cause = Cause::AllocationNotCarried { side, why };
    books.raise(side, Kind::CreditNote, "e-CN-1", cause);
    let named = books.one("acme", DIFFERING);
    assert_eq!(reasons(&named), ["allocation_not_carried"; 2]);
    assert!(named.documents[1].why[0].exception.is_some());
}

#[test]
fn a_credit_note_on_one_side_is_told_whole_also_where_it_is_used_up() {
    let books = Books::new();
    books.invoice("acme", "INV-1", Some("80"), Some("120"));
    books.invoice("acme", "INV-2", Some("0"), Some("120"));
    books.credit_note(Side::Xero, "acme", "CN-1", "80", &[("INV-1", "40")]);
    books.credit_note(Side::Xero, "acme", "CN-2", "0", &[("INV-2", "120")]);
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 0.00 240.00 -240.00: -240.00 only_on_one_side"]
    );
    assert_eq!(
        documents(&books.one("acme", DIFFERING)),
        [
            "invoice INV-2 none 120.00 -120.00: -120.00 only_on_one_side",
            "  credit_note credit note CN-2 120.00 | -",
            "credit_note CN-1 -80.00 none -80.00: -80.00 only_on_one_side",
            "invoice INV-1 80.00 120.00 -40.00: -40.00 only_on_one_side",
            "  credit_note credit note CN-1 40.00 | -",
        ]
    );
    let cause = || Cause::ContactArchived {
        side: Side::Erpnext,
    };
    books.raise(Side::Xero, Kind::CreditNote, "x-CN-1", cause());
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP 0.00 240.00 -240.00: -120.00 contact_archived, -120.00 only_on_one_side"]
    );
    // What the rule leaves alone is outside in full, wherever it shows.
    books.rule(Kind::CreditNote, Direction::Off, None);
    let view = books.all(DIFFERING);
    assert!(view.lines.is_empty(), "{:?}", view.lines);
    let left: Vec<_> = view
        .left_alone
        .iter()
        .map(|it| (it.what.as_str(), it.documents, it.amount.value.as_str()))
        .collect();
    assert_eq!(left, [("credit_note", 2, "-240.00")]);
    assert_eq!(
        view.left_alone[0].rule,
        "credit notes are not carried from Xero by the rule"
    );
    assert_eq!(view.totals[0].xero, "240.00");
    assert_eq!(view.totals[0].xero_report, "0.00");
}

#[test]
fn what_is_paid_back_of_a_credit_note_is_a_movement_of_it() {
    let books = Books::new();
    books.credit_notes("acme", "CN-1", ["20.50", "120"], [&[], &[]]);
    let refund = Payment {
        number: Some("REF-1".into()),
        direction: PaymentDirection::Refunded,
        allocations: vec![PaymentAllocation {
            id: None,
            document: PaidDocument::CreditNote(RemoteId::new("x-CN-1")),
            amount: money("99.50"),
            in_document: None,
            leaves: None,
        }],
        ..payment_of(&books)
    };
    books.put(Side::Xero, "ref-1", Record::Payment(refund), None);
    assert_eq!(
        documents(&books.one("acme", DIFFERING)),
        [
            "credit_note CN-1 -20.50 -120.00 99.50: 99.50 only_on_one_side",
            "  payment REF-1 99.50 | -",
        ]
    );
}

/// A payment as the books hold them.
fn payment_of(books: &Books) -> Payment {
    books.payment(Side::Xero, "acme", "pay-0", &[("INV-0", "1")]);
    let key = RecordKey::new(Side::Xero, Kind::Payment, "pay-0");
    let stored = books.store.record(books.pairing.id, &key).unwrap().unwrap();
    match stored.row.record {
        Ok(Record::Payment(payment)) => payment,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_left_differently_and_nothing_says_why_is_the_exception_or_unexplained() {
    let books = Books::new();
    books.credit_notes("acme", "CN-1", ["60", "59.98"], [&[], &[]]);
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP -60.00 -59.98 -0.02: -0.02 unexplained"]
    );
    let differences = Vec::new();
    let cause = Cause::AmountDueDiffers { differences };
    books.raise(Side::Xero, Kind::CreditNote, "x-CN-1", cause);
    assert_eq!(
        shown(&books.all(DIFFERING)),
        ["ACME GBP -60.00 -59.98 -0.02: -0.02 amount_due_differs"]
    );
    // An invoice of the same number is another document.
    books.credit_note(Side::Erpnext, "acme", "D-1", "7", &[]);
    books.invoice("acme", "D-1", Some("7"), None);
    let acme = books.one("acme", DIFFERING);
    assert_eq!(
        documents(&acme)[..2],
        [
            "invoice D-1 7.00 none 7.00: 7.00 only_on_one_side",
            "credit_note D-1 none -7.00 7.00: 7.00 only_on_one_side",
        ]
    );
}

#[test]
fn the_unit_of_a_foreign_currency_is_rounding_of_a_use_too() {
    let books = Books::new();
    let rate = Some("0.0763");
    books.document(
        "acme",
        "INV-1",
        [Some("786.70"), Some("786.74")],
        "SEK",
        rate,
    );
    for (side, left, used) in [
        (Side::Xero, "20", "333.30"),
        (Side::Erpnext, "20.04", "333.26"),
    ] {
        books.credit_note(side, "acme", "CN-1", left, &[("INV-1", used)]);
        let key = RecordKey::new(
            side,
            Kind::CreditNote,
            format!("{}-CN-1", &side.word()[..1]),
        );
        let stored = books.store.record(books.pairing.id, &key).unwrap().unwrap();
        let Ok(Record::CreditNote(mut note)) = stored.row.record else {
            panic!("{key:?}");
        };
        note.currency = Currency::new("SEK").unwrap();
        note.exchange_rate = rate.map(money);
        books.put(side, key.id.as_str(), Record::CreditNote(note), None);
    }
    books.link(Kind::CreditNote, "x-CN-1", "e-CN-1");
    let view = books.all(DIFFERING);
    assert!(!view.differs);
    let acme = books.one("acme", DIFFERING);
    let reasons: Vec<_> = acme
        .documents
        .iter()
        .flat_map(|it| &it.why)
        .map(|why| (why.amount.as_str(), why.reason.as_str()))
        .collect();
    assert_eq!(reasons, [("-0.04", "rounding"), ("0.04", "rounding")]);
}
