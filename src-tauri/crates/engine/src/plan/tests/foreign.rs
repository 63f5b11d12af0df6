//! Payments of foreign invoices that ERPNext keeps in pounds: what stands on both sides → what is paid there.

use ledger::{Deduction, Money, PaidDocument, Payment, PaymentAllocation, PaymentDirection};

use super::*;

/// Invoices in a currency, each linked, by the number in their names: total, what is owed in Xero and in
/// ERPNext, all in that currency; `rate` is pounds for one of it.
fn foreign(currency: &str, rate: &str, of: &[(u32, &str, &str, &str)]) -> Situation {
    let owed_there: Vec<(u32, &str, &str)> = of.iter().map(|it| (it.0, it.2, it.3)).collect();
    let mut situation = owed(&owed_there);
    for ((_, id), document) in &mut situation.open {
        let of = of.iter().find(|it| id.as_str()[1..] == it.0.to_string());
        document.currency = Currency::new(currency).unwrap();
        document.total = dec(of.unwrap().1);
        document.rate = Some(dec(rate));
    }
    situation
}

/// Money on the 9th: parts of invoices in pounds, and what each is in the invoice's own currency.
fn in_pounds(currency: &str, parts: &[(&str, &str, &str)]) -> Payment {
    let allocations: Vec<PaymentAllocation> = parts
        .iter()
        .map(|(invoice, amount, own)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(RemoteId::new(*invoice)),
            amount: dec(amount),
            in_document: Some(Money {
                amount: dec(own),
                currency: Currency::new(currency).unwrap(),
            }),
            leaves: None,
        })
        .collect();
    Payment {
        number: Some("PE-1".into()),
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new("E1"),
        contact_name: "Harbour Hotels".into(),
        date: day(9),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: Some(Decimal::ONE),
        amount: allocations.iter().map(|part| part.amount).sum(),
        bank_account: Some("Bank - MF".into()),
        bank_amount: Some(allocations.iter().map(|part| part.amount).sum()),
        bank_currency: Some(Currency::new("GBP").unwrap()),
        mode: None,
        reference: None,
        allocations,
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
    }
}

/// The same money in Xero: worded in the documents' currency.
fn in_xero(currency: &str, rate: &str, parts: &[(&str, &str)]) -> Payment {
    let given: Vec<(&str, &str, &str)> = parts.iter().map(|it| (it.0, it.1, it.1)).collect();
    let mut payment = in_pounds(currency, &given);
    for part in &mut payment.allocations {
        part.in_document = None;
    }
    Payment {
        number: None,
        contact: RemoteId::new("X1"),
        currency: Currency::new(currency).unwrap(),
        exchange_rate: Some(dec(rate)),
        bank_account: Some("090".into()),
        bank_currency: None,
        bank_amount: None,
        ..payment
    }
}

fn add(situation: &mut Situation, side: Side, id: &str, payment: Payment) {
    let record = record(id, Record::Payment(payment));
    situation.unlinked.get_mut(side).push(record);
}

/// What is made on the other side, in the order of the plan: amount, currency, rate, and what each part takes
/// and leaves.
fn made(situation: &Situation) -> Vec<String> {
    let plan = plan(situation, &policy()).unwrap();
    let made = plan.writes().map(|(_, write)| {
        let Some(Record::Payment(made)) = write.change.meant() else {
            panic!("{write:?}");
        };
        let parts = made.allocations.iter().map(|part| {
            let leaves = part.leaves.map(|it| format!(" leaves {}", it.normalize()));
            format!("{}{}", part.amount.normalize(), leaves.unwrap_or_default())
        });
        let parts: Vec<String> = parts.collect();
        let rate = made.exchange_rate.unwrap().round_dp(9).normalize();
        format!(
            "{} {} at {rate}: {}",
            made.amount.normalize(),
            made.currency,
            parts.join(", ")
        )
    });
    let mut made: Vec<String> = made.collect();
    made.sort();
    made
}

/// R1: 95.98 of 96.00 pounds are paid, and what is left there is 0.03 dollars.
#[test]
fn xero_is_paid_what_leaves_as_much_there_as_erpnext_says() {
    let mut situation = foreign("USD", "0.8", &[(1, "120", "120", "0.03")]);
    let paid = in_pounds("USD", &[("e1", "95.98", "119.98")]);
    add(&mut situation, Side::Erpnext, "pe", paid);
    assert_eq!(
        made(&situation),
        ["119.97 USD at 0.800033342: 119.97 leaves 0.03"]
    );
}

/// However many payments there are, nothing is left in Xero where ERPNext owes nothing.
#[test]
fn the_parts_of_an_invoice_come_to_what_xero_is_owed() {
    // 76.34 pounds of 1,000.00 kronor, paid as 25.44 and 25.44 and 25.46.
    let parts = [
        ("25.44", "333.26"),
        ("25.44", "333.26"),
        ("25.46", "333.53"),
    ];
    let mut situation = foreign("SEK", "0.07633588", &[(1, "1000", "1000", "0")]);
    for (at, (amount, own)) in parts.iter().enumerate() {
        let mut paid = in_pounds("SEK", &[("e1", amount, own)]);
        paid.date = day(9 + u32::try_from(at).unwrap());
        add(&mut situation, Side::Erpnext, &format!("pe{at}"), paid);
    }
    let said = made(&situation);
    let sum: Decimal = said
        .iter()
        .map(|it| dec(it.split(' ').next().unwrap()))
        .sum();
    assert_eq!(sum, dec("1000"), "{said:?}");
    // One that comes alone takes the rest, whatever the earlier ones lost.
    let mut situation = foreign("SEK", "0.07633588", &[(1, "1000", "333.40", "0")]);
    let paid = in_pounds("SEK", &[("e1", "25.46", "333.53")]);
    add(&mut situation, Side::Erpnext, "pe", paid);
    let said = made(&situation);
    assert!(said[0].starts_with("333.4 SEK"), "{said:?}");
    // A credit that Xero lacks is no rounding: only what was paid is carried.
    let mut situation = foreign("SEK", "0.07633588", &[(1, "1000", "500", "0")]);
    let paid = in_pounds("SEK", &[("e1", "25.46", "333.53")]);
    add(&mut situation, Side::Erpnext, "pe", paid);
    let said = made(&situation);
    assert!(said[0].starts_with("333.53 SEK"), "{said:?}");
}

/// R3: 99.00 moved for what is kept at 88.00.
#[test]
fn the_rate_is_that_of_what_the_bank_moved() {
    let mut situation = foreign("USD", "0.8", &[(1, "110", "110", "0")]);
    let mut paid = in_pounds("USD", &[("e1", "88", "110")]);
    paid.bank_amount = Some(dec("99"));
    paid.deductions = vec![Deduction {
        account: "Exchange Gain/Loss - MF".into(),
        base_amount: dec("-11"),
        exchange_difference: true,
    }];
    add(&mut situation, Side::Erpnext, "pe", paid.clone());
    assert_eq!(made(&situation), ["110 USD at 0.9: 110 leaves 0"]);
    // Without that row the 11.00 are on account, in pounds: no record of Xero's is both.
    let mut situation = foreign("USD", "0.8", &[(1, "110", "110", "0")]);
    paid.deductions.clear();
    paid.unallocated = dec("11");
    paid.amount = dec("99");
    add(&mut situation, Side::Erpnext, "pe", paid);
    assert_eq!(
        words(&situation, &policy()),
        ["-/pe problem payment_not_carried"]
    );
}

/// An invoice that is kept in dollars is paid at the rate of what came, not at the one it is booked at.
#[test]
fn the_rate_of_the_day_counts_where_the_site_says_a_difference() {
    let mut situation = foreign("USD", "0.8", &[(1, "110", "110", "0")]);
    let mut paid = in_xero("USD", "0.8", &[("e1", "110")]);
    paid.contact = RemoteId::new("E1");
    paid.bank_account = Some("Bank - MF".into());
    add(&mut situation, Side::Erpnext, "pe", paid.clone());
    assert_eq!(made(&situation), ["110 USD at 0.8: 110 leaves 0"]);
    situation.unlinked.erpnext.clear();
    paid.deductions = vec![Deduction {
        account: "Exchange Gain/Loss - MF".into(),
        base_amount: dec("-11"),
        exchange_difference: true,
    }];
    add(&mut situation, Side::Erpnext, "pe", paid);
    assert_eq!(made(&situation), ["110 USD at 0.9: 110 leaves 0"]);
}

/// What ERPNext makes of a payment follows from what is left of it in Xero.
#[test]
fn a_payment_of_xero_says_what_it_leaves() {
    let mut situation = foreign("JPY", "0.00525975", &[(1, "1200", "0", "1200")]);
    for (id, amount) in [("p1", "600"), ("p2", "600")] {
        let mut paid = in_xero("JPY", "0.0053", &[("x1", amount)]);
        paid.date = day(if id == "p1" { 9 } else { 10 });
        add(&mut situation, Side::Xero, id, paid);
    }
    assert_eq!(
        made(&situation),
        [
            "600 JPY at 0.0053: 600 leaves 0",
            "600 JPY at 0.0053: 600 leaves 600"
        ]
    );
    // What ERPNext says it is owed is a yen less than Xero's for its unit alone.
    let mut situation = foreign("JPY", "0.00525975", &[(1, "1200", "0", "599.28")]);
    add(
        &mut situation,
        Side::Xero,
        "p1",
        in_xero("JPY", "0.0053", &[("x1", "600")]),
    );
    assert_eq!(made(&situation), ["600 JPY at 0.0053: 600 leaves 0"]);
    let mut situation = foreign("JPY", "0.00525975", &[(1, "1200", "0", "590")]);
    add(
        &mut situation,
        Side::Xero,
        "p1",
        in_xero("JPY", "0.0053", &[("x1", "600")]),
    );
    assert_eq!(words(&situation, &policy()), ["p1/- problem paid_too_much"]);
}

/// R2: the same money is recognised though each side has its own figure for it.
#[test]
fn one_payment_in_two_currencies_is_one() {
    for (currency, rate, total, in_xero_, left, (pounds, own), left_there) in [
        (
            "SEK",
            "0.07633588",
            "1000",
            "333.30",
            "666.70",
            ("25.44", "333.26"),
            "666.79",
        ),
        (
            "JPY",
            "0.00525975",
            "1200",
            "600",
            "600",
            ("3.16", "600.79"),
            "598.89",
        ),
        (
            "USD",
            "0.8",
            "120",
            "119.97",
            "0.03",
            ("95.98", "119.98"),
            "0.03",
        ),
    ] {
        let mut situation = foreign(currency, rate, &[(1, total, left, left_there)]);
        let xero = in_xero(currency, rate, &[("x1", in_xero_)]);
        let erpnext = in_pounds(currency, &[("e1", pounds, own)]);
        add(&mut situation, Side::Xero, "px", xero.clone());
        add(&mut situation, Side::Erpnext, "pe", erpnext.clone());
        assert_eq!(
            words(&situation, &policy()),
            ["px/pe link SamePayment erpnext:mark"],
            "{currency}"
        );
        let plan = plan(&situation, &policy()).unwrap();
        let Outcome::Link { differences, .. } = &plan.entries[0].outcome else {
            panic!("{plan:?}");
        };
        assert_eq!(*differences, [], "{currency}");
    }
    // More than units is another payment.
    let mut situation = foreign("USD", "0.8", &[(1, "120", "60", "60")]);
    add(
        &mut situation,
        Side::Xero,
        "px",
        in_xero("USD", "0.8", &[("x1", "60")]),
    );
    add(
        &mut situation,
        Side::Erpnext,
        "pe",
        in_pounds("USD", &[("e1", "47", "58.75")]),
    );
    assert_eq!(
        words(&situation, &policy()),
        ["px/- leave Settled", "-/pe leave Settled"]
    );
}

#[test]
fn what_is_in_several_currencies_at_once_is_named() {
    let mut situation = foreign(
        "USD",
        "0.8",
        &[(1, "120", "120", "0"), (2, "50", "50", "0")],
    );
    let mut paid = in_pounds("USD", &[("e1", "96", "120"), ("e2", "50", "50")]);
    paid.allocations[1].in_document = None;
    let second = (Side::Erpnext, RemoteId::new("e2"));
    situation.open.get_mut(&second).unwrap().currency = Currency::new("GBP").unwrap();
    add(&mut situation, Side::Erpnext, "pe", paid);
    assert_eq!(
        words(&situation, &policy()),
        ["-/pe problem payment_not_carried"]
    );
}
