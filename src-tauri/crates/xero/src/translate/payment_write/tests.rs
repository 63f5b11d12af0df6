#![allow(clippy::unwrap_used)]
use super::*;
use chrono::NaiveDate;
use ledger::{Deduction, PaymentAllocation};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn terms(several: Several) -> Terms<'static> {
    Terms {
        base: Some(gbp()),
        several,
        advance: Advance::Overpayment,
    }
}

fn received(invoices: &[(&str, &str)], unallocated: &str) -> Payment {
    let allocations: Vec<PaymentAllocation> = invoices
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    let amount: Decimal = allocations.iter().map(|one| one.amount).sum();
    Payment {
        number: Some("ACC-PAY-1".into()),
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new("c1"),
        contact_name: "Ann".into(),
        date: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        currency: gbp(),
        exchange_rate: None,
        amount: amount + dec(unallocated),
        bank_account: Some("090".into()),
        bank_amount: None,
        mode: None,
        reference: Some("BACS 7".into()),
        allocations,
        unallocated: dec(unallocated),
        deductions: vec![],
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

fn shown(parts: &[Part]) -> Vec<(Target, String)> {
    parts
        .iter()
        .map(|part| (part.target, part.element.to_string()))
        .collect()
}

#[test]
fn each_document_gets_a_payment_and_the_rest_an_overpayment() {
    let parts = create(
        &received(&[("i1", "60"), ("i2", "30.50")], "9.50"),
        terms(Several::Apart),
    )
    .unwrap();
    assert_eq!(
        shown(&parts),
        [
            (
                Target::Payments,
                r#"{"Invoice":{"InvoiceID":"i1"},"Account":{"Code":"090"},"Date":"2026-11-22","Amount":60,"Reference":"BACS 7"}"#.to_owned()
            ),
            (
                Target::Payments,
                r#"{"Invoice":{"InvoiceID":"i2"},"Account":{"Code":"090"},"Date":"2026-11-22","Amount":30.5,"Reference":"BACS 7"}"#.to_owned()
            ),
            (
                Target::BankTransactions,
                r#"{"Type":"RECEIVE-OVERPAYMENT","Contact":{"ContactID":"c1"},"BankAccount":{"Code":"090"},"Date":"2026-11-22","Reference":"BACS 7","Status":"AUTHORISED","LineAmountTypes":"NoTax","CurrencyCode":"GBP","LineItems":[{"Description":"Paid on account (ACC-PAY-1)","Quantity":1,"UnitAmount":9.5}]}"#.to_owned()
            ),
        ]
    );
}

#[test]
fn several_can_be_one_line_of_the_bank_statement() {
    let parts = create(
        &received(&[("i1", "60"), ("i2", "30.50")], "0"),
        terms(Several::Batch),
    )
    .unwrap();
    assert_eq!(
        shown(&parts),
        [(
            Target::BatchPayments,
            r#"{"Account":{"Code":"090"},"Date":"2026-11-22","Reference":"BACS 7","Payments":[{"Invoice":{"InvoiceID":"i1"},"Amount":60,"Reference":"BACS 7"},{"Invoice":{"InvoiceID":"i2"},"Amount":30.5,"Reference":"BACS 7"}]}"#.to_owned()
        )]
    );
    // One alone is no batch.
    let parts = create(&received(&[("i1", "60")], "0"), terms(Several::Batch)).unwrap();
    assert_eq!(parts[0].target, Target::Payments);
}

#[test]
fn a_foreign_payment_carries_the_inverse_rate_and_an_account_without_code_its_id() {
    let mut foreign = received(&[("i1", "60")], "0");
    foreign.currency = Currency::new("USD").unwrap();
    foreign.exchange_rate = Some(dec("0.8"));
    foreign.reference = None;
    foreign.bank_account = Some("5690f1e8-1d02-4893-90c2-ee1a69eff942".into());
    let parts = create(&foreign, terms(Several::Apart)).unwrap();
    let element = &parts[0].element;
    assert_eq!(element["CurrencyRate"].to_string(), "1.25");
    assert_eq!(
        element["Account"]["AccountID"],
        "5690f1e8-1d02-4893-90c2-ee1a69eff942"
    );
    // Its own number finds it where it has no reference.
    assert_eq!(element["Reference"], "ACC-PAY-1");
    foreign.exchange_rate = Some(dec("0"));
    assert!(create(&foreign, terms(Several::Apart)).is_err());
}

/// Six digits of a rate make another sum of a large amount: then what the bank moved is stated.
#[test]
fn the_bank_moved_what_the_bank_moved() {
    let said = |amount: &str, moved: &str, bank: &str| {
        let mut foreign = received(&[("i1", amount)], "0");
        foreign.currency = Currency::new("USD").unwrap();
        foreign.exchange_rate = Some(dec(moved) / dec(amount));
        foreign.bank_amount = Some(dec(moved));
        foreign.bank_currency = Some(Currency::new(bank).unwrap());
        let parts = create(&foreign, terms(Several::Apart))?;
        let element = &parts[0].element;
        let (rate, bank) = (&element["CurrencyRate"], &element["BankAmount"]);
        Ok::<_, Cause>(format!("{rate} {bank}"))
    };
    assert_eq!(said("110", "99", "GBP").unwrap(), "1.111111 null");
    assert_eq!(said("119.97", "95.98", "GBP").unwrap(), "1.249948 null");
    // 250,000.00 ÷ 1.265823 would be 197,499.94.
    let large = said("250000", "197500.01", "GBP").unwrap();
    assert_eq!(large, "1.265823 197500.01");
    // On an account in dollars it is the amount itself.
    assert_eq!(said("250000", "250000", "USD").unwrap(), "1 null");
    // All of a batch together.
    let batched = |moved: &str| {
        let mut foreign = received(&[("i1", "33.33"), ("i2", "33.33"), ("i3", "33.34")], "0");
        foreign.currency = Currency::new("USD").unwrap();
        foreign.exchange_rate = Some(dec(moved) / dec("100"));
        foreign.bank_amount = Some(dec(moved));
        foreign.bank_currency = Some(gbp());
        let element = create(&foreign, terms(Several::Batch))
            .unwrap()
            .remove(0)
            .element;
        let parts = element["Payments"].as_array().unwrap().iter();
        let parts: Vec<String> = parts.map(|part| part["BankAmount"].to_string()).collect();
        parts.join(" ")
    };
    assert_eq!(batched("79.99"), "null null null");
    // 26.66, 26.66 and 26.67 at the rate alone.
    assert_eq!(batched("80"), "26.66 26.66 26.68");
    let why = said("110", "99", "EUR").unwrap_err();
    assert_eq!(why.word(), "payment_not_carried");
    assert!(format!("{why:?}").contains("in EUR"));
}

#[test]
fn refunds_pay_back_credit() {
    let mut back = received(&[], "0");
    back.direction = PaymentDirection::Refunded;
    back.allocations = vec![PaymentAllocation {
        id: None,
        document: PaidDocument::CreditNote(RemoteId::new("n1")),
        amount: dec("8"),
        in_document: None,
        leaves: None,
    }];
    back.amount = dec("8");
    let parts = create(&back, terms(Several::Batch)).unwrap();
    assert_eq!(
        parts[0].element["CreditNote"],
        json!({"CreditNoteID": "n1"})
    );
    let element = refund(
        &back,
        CreditKind::Prepayment,
        &RemoteId::new("p1"),
        dec("3"),
        Some(gbp()),
    )
    .unwrap();
    assert_eq!(element["Prepayment"], json!({"PrepaymentID": "p1"}));
    assert_eq!(element["Amount"].to_string(), "3");
    assert_eq!(element.get("CurrencyRate"), None);
    // R16: without a rate Xero has recorded one at par.
    back.currency = Currency::new("USD").unwrap();
    for (rate, stated) in [(Some("0.8"), Some("1.25")), (None, None)] {
        back.exchange_rate = rate.map(dec);
        let written = create(&back, terms(Several::Batch)).map(|mut parts| parts.remove(0).element);
        let paid = refund(
            &back,
            CreditKind::Overpayment,
            &RemoteId::new("o1"),
            dec("3"),
            Some(gbp()),
        );
        for element in [written, paid] {
            let said = element.map(|it| it["CurrencyRate"].to_string());
            assert_eq!(said.ok().as_deref(), stated);
        }
    }
}

#[test]
fn what_was_written_off_is_paid_through_its_account() {
    let mut short = received(&[("i1", "60"), ("i2", "40")], "0");
    short.deductions = vec![
        Deduction {
            account: "404".into(),
            base_amount: dec("45"),
            exchange_difference: false,
        },
        Deduction {
            account: "497".into(),
            base_amount: dec("-3"),
            exchange_difference: true,
        },
    ];
    let parts = create(&short, terms(Several::Batch)).unwrap();
    let figures: Vec<_> = parts
        .iter()
        .map(|part| {
            let of = |pointer: &str| part.element.pointer(pointer).unwrap().to_string();
            (of("/Invoice/InvoiceID"), of("/Account/Code"), of("/Amount"))
        })
        .collect();
    let row = |invoice: &str, account: &str, amount: &str| {
        (
            format!("\"{invoice}\""),
            format!("\"{account}\""),
            amount.to_owned(),
        )
    };
    assert_eq!(
        figures,
        [
            row("i1", "090", "55"),
            row("i1", "404", "5"),
            row("i2", "404", "40")
        ]
    );
    short.deductions[0].base_amount = dec("-1");
    assert!(create(&short, terms(Several::Apart)).is_err());
    short.deductions[0].base_amount = dec("100");
    assert!(create(&short, terms(Several::Apart)).is_err());
}

#[test]
fn what_xero_cannot_hold_is_told() {
    let field = |payment: &Payment| match create(payment, terms(Several::Apart)) {
        Err(Cause::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let good = received(&[("i1", "60")], "5");
    for (change, expected) in [
        (
            (|p: &mut Payment| p.state = DocumentState::Draft) as fn(&mut Payment),
            "status",
        ),
        (|p| p.state = DocumentState::Voided, "status"),
        (|p| p.amount = Decimal::ONE, "amount"),
        (
            |p| p.allocations[0].amount = Decimal::new(60_001, 3),
            "amount",
        ),
        (|p| p.allocations[0].amount = Decimal::ZERO, "amount"),
        (|p| p.bank_account = None, "bank account"),
        (|p| p.direction = PaymentDirection::Refunded, "allocations"),
        (
            |p| p.allocations[0].document = PaidDocument::CreditNote(RemoteId::new("n")),
            "allocations",
        ),
        (|p| p.reference = Some("x".repeat(256)), "reference"),
    ] {
        let mut payment = good.clone();
        change(&mut payment);
        assert_eq!(field(&payment), expected);
    }
}
