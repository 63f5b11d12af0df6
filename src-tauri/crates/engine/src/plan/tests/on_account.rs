//! Money on account: what stands on both sides → what is done.

use ledger::{Allocation, Payment, PaymentDirection};

use super::*;

/// Money received on the 9th, as a side keeps it, of which so much is used.
fn money(side: Side, amount: &str, uses: &[(&str, &str)]) -> Record {
    let money = Payment {
        number: None,
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: RemoteId::new(match side {
            Side::Xero => "X1",
            Side::Erpnext => "E1",
        }),
        contact_name: "Harbour Hotels".into(),
        date: day(9),
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
        allocations: Vec::new(),
        unallocated: dec(amount),
        deductions: Vec::new(),
        reconciled: false,
        on_account: side == Side::Xero,
        with: Vec::new(),
        credits: Vec::new(),
    };
    let uses = uses.iter().map(|(invoice, amount)| Allocation {
        id: Some("row".into()),
        invoice: RemoteId::new(*invoice),
        date: None,
        amount: dec(amount),
    });
    Record::Payment(money).used_for(uses.collect())
}

fn alone(owed_of: &[(u32, &str, &str)], xero: &[Record], erpnext: &[Record]) -> Situation {
    let mut situation = owed(owed_of);
    for (side, of) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
        for (index, one) in of.iter().enumerate() {
            let id = format!("{}{index}", if side == Side::Xero { "px" } else { "pe" });
            let one = record(&id, one.clone());
            situation.unlinked.get_mut(side).push(one);
        }
    }
    situation
}

fn said(xero: &[Record], erpnext: &[Record]) -> Vec<String> {
    let owes = [(1, "120", "120"), (2, "0", "120")];
    words(&alone(&owes, xero, erpnext), &policy())
}

#[test]
fn money_that_one_side_lacks_is_made_there_and_used_once_it_is_there() {
    let (x, e) = (Side::Xero, Side::Erpnext);
    assert_eq!(
        said(&[money(x, "50", &[])], &[]),
        ["px0/- write erpnext:create"]
    );
    assert_eq!(
        said(&[], &[money(e, "50", &[])]),
        ["-/pe0 write xero:create"]
    );
    let situation = alone(
        &[(2, "0", "120")],
        &[money(x, "150", &[("x2", "120")])],
        &[],
    );
    let plan = plan(&situation, &policy()).unwrap();
    let (_, write) = plan.writes().next().unwrap();
    let Some(Record::Payment(made)) = write.change.meant() else {
        panic!("{write:?}");
    };
    assert_eq!((made.amount, made.unallocated), (dec("150"), dec("150")));
    assert_eq!(made.allocations, []);
    assert_eq!(made.bank_account.as_deref(), Some("Bank - MF"));
    assert_eq!(made.contact.as_str(), "E1");
}

#[test]
fn the_same_sum_of_the_same_day_is_one() {
    let (x, e) = (Side::Xero, Side::Erpnext);
    let one = said(&[money(x, "50", &[])], &[money(e, "50", &[])]);
    assert_eq!(one, ["px0/pe0 link SamePayment erpnext:mark"]);
    // Another day, and so asked about; in all the same, and so left.
    let later = |mut it: Record| {
        if let Record::Payment(payment) = &mut it {
            payment.date = day(10);
        }
        it
    };
    let other = said(&[money(x, "50", &[])], &[later(money(e, "50", &[]))]);
    assert_eq!(other, ["-/pe0 leave OnAccount", "px0/- leave OnAccount"]);
    let asked = said(&[money(x, "50", &[])], &[later(money(e, "40", &[]))]);
    let both = [
        "-/pe0 problem several_candidates",
        "px0/- problem several_candidates",
    ];
    assert_eq!(asked, both);
}

#[test]
fn what_the_other_side_does_not_owe_is_not_made_once_more() {
    // Settled there already, by something else.
    let used = said(&[], &[money(Side::Erpnext, "150", &[("e2", "120")])]);
    assert_eq!(used, ["-/pe0 problem payment_not_carried"]);
    let mut plain = money(Side::Xero, "50", &[]);
    if let Record::Payment(payment) = &mut plain {
        payment.on_account = false;
    }
    let uses = plain.used_for(vec![Allocation {
        id: None,
        invoice: RemoteId::new("x1"),
        date: None,
        amount: dec("50"),
    }]);
    let both = [
        "-/pe0 problem several_candidates",
        "px0/- problem several_candidates",
    ];
    let owes = [(1, "70", "120")];
    let situation = alone(&owes, &[uses], &[money(Side::Erpnext, "50", &[])]);
    assert_eq!(words(&situation, &policy()), both);
}

#[test]
fn the_rules_hold() {
    let situation = || alone(&[], &[money(Side::Xero, "50", &[])], &[]);
    let said = |policy: &Policy| words(&situation(), policy);
    let mut rules = policy();
    rules.payments = Direction::ToXero;
    assert_eq!(said(&rules), ["px0/- leave Direction"]);
    rules = policy();
    rules.start_date = Some(day(10));
    assert_eq!(said(&rules), ["px0/- leave BeforeStart"]);
    rules = policy();
    rules.sides.erpnext.locked_until = Some(day(9));
    assert_eq!(said(&rules), ["px0/- problem period_locked"]);
    rules = policy();
    rules.mappings = mapped(&[]);
    assert_eq!(said(&rules), ["px0/- problem no_bank_mapping"]);
}

fn linked(
    now: (Record, Record),
    then: (Record, Record),
    owed_of: &[(u32, &str, &str)],
) -> Vec<String> {
    let mut situation = owed(owed_of);
    situation.pairs.push(LinkedPair {
        link: 9,
        xero: Some(record("px", now.0)),
        erpnext: Some(marked("pe", "px", now.1)),
        base: Some(Base {
            xero: then.0,
            erpnext: then.1,
        }),
    });
    words(&situation, &policy())
}

#[test]
fn what_one_side_uses_is_used_on_the_other_and_money_for_good_is_shown() {
    let owes = [(1, "80", "120")];
    let both = |uses: (&[(&str, &str)], &[(&str, &str)])| {
        (
            money(Side::Xero, "50", uses.0),
            money(Side::Erpnext, "50", uses.1),
        )
    };
    let then = both((&[], &[]));
    let used = both((&[("x1", "40")], &[]));
    let carried = linked(used.clone(), then.clone(), &owes);
    assert_eq!(carried, ["px/pe write erpnext:allocate"]);
    let alike = both((&[("x1", "40")], &[("e1", "40")]));
    assert_eq!(linked(alike.clone(), then, &owes), ["px/pe rebase"]);
    assert_eq!(
        linked(alike.clone(), alike.clone(), &owes),
        ["px/pe agrees"]
    );
    let back = linked(used, alike.clone(), &[(1, "80", "120")]);
    assert_eq!(back, ["px/pe write xero:allocate"]);
    // As much is used, and less is left: it was paid back.
    let mut less = alike.clone();
    if let Record::Payment(payment) = &mut less.0 {
        payment.unallocated = Decimal::ZERO;
    }
    assert_eq!(
        linked(less, alike.clone(), &owes),
        ["px/pe problem payments_differ"]
    );
    // A payment that is for its invoice for good is made anew, on account.
    let for_good = |mut pair: (Record, Record)| {
        if let Record::Payment(payment) = &mut pair.0 {
            payment.on_account = false;
        }
        pair
    };
    let taken_back = for_good(both((&[("x1", "40")], &[])));
    let ended = linked(taken_back, for_good(alike), &[(1, "80", "120")]);
    assert_eq!(ended, ["px/pe write xero:void"]);
}

#[test]
fn what_is_kept_on_account_is_freed_before_it_ends() {
    let alike = (
        money(Side::Xero, "50", &[("x1", "40")]),
        money(Side::Erpnext, "50", &[("e1", "40")]),
    );
    let mut ended = alike.clone();
    ended.1.end();
    let owes = [(1, "80", "120")];
    let freed = linked(ended, alike.clone(), &owes);
    assert_eq!(freed, ["px/pe write xero:allocate xero:void"]);
    // ERPNext frees it when it is cancelled.
    let mut ended = alike.clone();
    ended.0.end();
    let cancelled = linked(ended, alike, &[(1, "120", "80")]);
    assert_eq!(cancelled, ["px/pe write erpnext:void"]);
}
