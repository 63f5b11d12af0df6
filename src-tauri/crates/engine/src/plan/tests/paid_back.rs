//! Money on account that is paid back: what stands on both sides → what is done.

use ledger::{PaidDocument, Payment, PaymentAllocation, PaymentDirection};

use super::*;

/// Money paid back on the 12th, of the payments that are named, as a side keeps it.
fn back(side: Side, amount: &str, of: &[(&str, &str)]) -> Record {
    let told: Decimal = of.iter().map(|(_, amount)| dec(amount)).sum();
    Record::Payment(Payment {
        number: (side == Side::Erpnext).then(|| "PAY-9".to_owned()),
        direction: PaymentDirection::Refunded,
        state: DocumentState::Approved,
        contact: RemoteId::new(match side {
            Side::Xero => "X1",
            Side::Erpnext => "E1",
        }),
        contact_name: "Harbour Hotels".into(),
        date: day(12),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount: dec(amount),
        bank_account: Some(match side {
            Side::Xero => "090".into(),
            Side::Erpnext => "Bank - MF".into(),
        }),
        bank_amount: None,
        bank_currency: None,
        mode: None,
        reference: None,
        allocations: of
            .iter()
            .map(|(money, amount)| PaymentAllocation {
                id: None,
                document: PaidDocument::Money(RemoteId::new(*money)),
                amount: dec(amount),
                in_document: None,
                leaves: None,
            })
            .collect(),
        unallocated: dec(amount) - told,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
    })
}

/// Money that came in on the 9th, of which so much is left.
fn money(side: Side, amount: &str, left: &str) -> Record {
    let Record::Payment(mut money) = back(side, amount, &[]) else {
        unreachable!()
    };
    money.direction = PaymentDirection::Received;
    (money.date, money.unallocated) = (day(9), dec(left));
    money.on_account = side == Side::Xero;
    Record::Payment(money)
}

/// The money `xm` and `em` are linked, and so much is left of them.
fn with_money(left: (&str, &str)) -> Situation {
    let mut situation = owed(&[]);
    for (side, id, other, left) in [
        (Side::Xero, "xm", "em", left.0),
        (Side::Erpnext, "em", "xm", left.1),
    ] {
        let open = OpenDocument::read(&money(side, "100", left), Some(RemoteId::new(other)));
        let key = (side, RemoteId::new(id));
        situation.money.insert(key, open.unwrap());
    }
    situation
}

fn alone(mut situation: Situation, xero: &[Record], erpnext: &[Record]) -> Situation {
    for (side, of) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
        for (index, one) in of.iter().enumerate() {
            let id = format!("{}{index}", if side == Side::Xero { "px" } else { "pe" });
            let one = record(&id, one.clone());
            situation.unlinked.get_mut(side).push(one);
        }
    }
    situation
}

fn said(situation: &Situation) -> Vec<String> {
    words(situation, &policy())
}

fn meant(situation: &Situation) -> Payment {
    let plan = plan(situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    write.change.meant().unwrap().as_payment().unwrap().clone()
}

#[test]
fn money_paid_back_is_made_on_the_other_side() {
    // Xero's names what it pays back at once.
    let of = [back(Side::Erpnext, "40", &[("em", "40")])];
    let to_xero = alone(with_money(("100", "60")), &[], &of);
    assert_eq!(said(&to_xero), ["-/pe0 write xero:create"]);
    let made = meant(&to_xero);
    let xm = PaidDocument::Money(RemoteId::new("xm"));
    assert_eq!(made.parts(), [(&xm, dec("40"))].into());
    assert_eq!((made.unallocated, made.amount), (dec("0"), dec("40")));
    assert_eq!(made.bank_account.as_deref(), Some("090"));
    assert_eq!(made.reference.as_deref(), Some("PAY-9"));
    // ERPNext's is for nothing, first.
    let of = [back(Side::Xero, "40", &[("xm", "40")])];
    let to_erpnext = alone(with_money(("60", "100")), &of, &[]);
    assert_eq!(said(&to_erpnext), ["px0/- write erpnext:create"]);
    let made = meant(&to_erpnext);
    assert_eq!((made.parts().len(), made.unallocated), (0, dec("40")));
    assert_eq!(made.contact.as_str(), "E1");
}

#[test]
fn what_is_made_for_nothing_is_put_to_its_money_next() {
    let xero = back(Side::Xero, "40", &[("xm", "40")]);
    let stands = |erpnext: Record, base: Option<Record>| {
        let mut situation = with_money(("60", "100"));
        situation.pairs.push(LinkedPair {
            link: 7,
            xero: Some(record("px", xero.clone())),
            erpnext: Some(marked("pe", "px", erpnext)),
            base: base.map(|erpnext| Base {
                xero: xero.clone(),
                erpnext,
            }),
        });
        situation
    };
    let nothing = || back(Side::Erpnext, "40", &[]);
    let put = || back(Side::Erpnext, "40", &[("em", "40")]);
    // Also where it was found after a lost answer.
    for base in [None, Some(nothing())] {
        let situation = stands(nothing(), base);
        assert_eq!(said(&situation), ["px/pe write erpnext:allocate"]);
        let em = PaidDocument::Money(RemoteId::new("em"));
        assert_eq!(meant(&situation).parts(), [(&em, dec("40"))].into());
    }
    assert_eq!(said(&stands(put(), Some(put()))), ["px/pe agrees"]);
    assert_eq!(said(&stands(put(), Some(nothing()))), ["px/pe rebase"]);
    // A person took it off, or put it to something else.
    let taken_off = said(&stands(nothing(), Some(put())));
    assert_eq!(taken_off, ["px/pe problem payments_differ"]);
    let other = back(Side::Erpnext, "40", &[("other", "40")]);
    let other = said(&stands(other, Some(put())));
    assert_eq!(other, ["px/pe problem payments_differ"]);
    // One that ended ends on the other side.
    let mut ended = put();
    ended.end();
    assert_eq!(said(&stands(ended, Some(put()))), ["px/pe write xero:void"]);
}

#[test]
fn what_a_person_paid_back_is_recognised() {
    let xero = [back(Side::Xero, "40", &[("xm", "40")])];
    let nothing = [back(Side::Erpnext, "40", &[])];
    let both = alone(with_money(("60", "100")), &xero, &nothing);
    let linked = ["px0/pe0 link SamePayment erpnext:mark erpnext:allocate"];
    assert_eq!(said(&both), linked);
    let put = [back(Side::Erpnext, "40", &[("em", "40")])];
    let both = alone(with_money(("60", "60")), &xero, &put);
    assert_eq!(said(&both), ["px0/pe0 link SamePayment erpnext:mark"]);
    // Of other money, or of another amount.
    let other = [back(Side::Erpnext, "40", &[("other", "40")])];
    let apart = [
        "px0/- write erpnext:create",
        "-/pe0 problem payment_not_carried",
    ];
    assert_eq!(
        said(&alone(with_money(("60", "100")), &xero, &other)),
        apart
    );
    let more = [back(Side::Erpnext, "41", &[])];
    assert_eq!(said(&alone(with_money(("60", "100")), &xero, &more)), apart);
}

#[test]
fn it_follows_money_that_is_made_in_the_same_plan() {
    let money = money(Side::Erpnext, "100", "60");
    let mut situation = owed(&[]);
    situation.unlinked.erpnext.push(record("em", money.clone()));
    let of = back(Side::Erpnext, "40", &[("em", "40")]);
    situation.unlinked.erpnext.push(record("pe", of));
    assert_eq!(
        said(&situation),
        ["-/em write xero:create", "-/pe write xero:create"]
    );
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().last().unwrap();
    let waits = |it: &ledger::Reference| format!("{} {}", it.kind, it.id);
    let waits: Vec<String> = write.waits_for.iter().map(waits).collect();
    assert_eq!(waits, ["payment em"]);
    // All of it came back: the money is money on account all the same.
    let Record::Payment(mut gone) = money else {
        unreachable!()
    };
    gone.unallocated = Decimal::ZERO;
    situation.unlinked.erpnext[0] = record("em", Record::Payment(gone));
    assert_eq!(
        said(&situation),
        ["-/em write xero:create", "-/pe write xero:create"]
    );
}

#[test]
fn what_cannot_be_carried_so_is_named() {
    let left = || with_money(("100", "100"));
    let erpnext = |of: &[(&str, &str)]| vec![back(Side::Erpnext, "40", of)];
    for of in [
        erpnext(&[]),
        erpnext(&[("em", "30")]),
        erpnext(&[("em", "30"), ("other", "10")]),
    ] {
        assert_eq!(
            said(&alone(left(), &[], &of)),
            ["-/pe0 problem payment_not_carried"]
        );
    }
    // Not as much is left of it there.
    let used = alone(with_money(("30", "60")), &[], &erpnext(&[("em", "40")]));
    assert_eq!(said(&used), ["-/pe0 problem paid_too_much"]);
    let mut policy = policy();
    policy.payments = Direction::ToErpnext;
    let outside = alone(left(), &[], &erpnext(&[("em", "40")]));
    assert_eq!(words(&outside, &policy), ["-/pe0 leave Direction"]);
}

#[test]
fn money_of_which_not_as_much_is_left_is_explained_by_what_paid_it_back() {
    let pair = |xero: &str, erpnext: &str| LinkedPair {
        link: 3,
        xero: Some(record("xm", money(Side::Xero, "100", xero))),
        erpnext: Some(marked("em", "xm", money(Side::Erpnext, "100", erpnext))),
        base: Some(Base {
            xero: money(Side::Xero, "100", "100"),
            erpnext: money(Side::Erpnext, "100", "100"),
        }),
    };
    let mut situation = with_money(("60", "100"));
    situation.pairs.push(pair("60", "100"));
    assert_eq!(said(&situation), ["xm/em problem payments_differ"]);
    let of = back(Side::Xero, "40", &[("xm", "40")]);
    situation.unlinked.xero.push(record("px", of));
    assert_eq!(
        said(&situation),
        ["px/- write erpnext:create", "xm/em agrees"]
    );
}
