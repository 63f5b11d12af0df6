//! What was deducted of a payment, and entries that settle several invoices: one ERPNext document that is several
//! payments.

use ledger::{Deduction, Payment};

use super::payments::{add, paid};
use super::*;

/// The fee account of both sides is mapped.
fn with_fees() -> Policy {
    let mut policy = policy();
    policy.mappings = mapped(&[
        (MappingKind::Bank, "090", "Bank - MF"),
        (MappingKind::Bank, "404", "Fees - MF"),
    ]);
    policy
}

/// R4: what came to the bank of 120.00, and what the bank kept.
fn bank_and_fee(side: Side) -> [Payment; 2] {
    let invoice = match side {
        Side::Xero => "x1",
        Side::Erpnext => "e1",
    };
    let (mut bank, mut fee) = (
        paid(side, &[(invoice, "117.51")]),
        paid(side, &[(invoice, "2.49")]),
    );
    fee.bank_account = Some(match side {
        Side::Xero => "404".into(),
        Side::Erpnext => "Fees - MF".into(),
    });
    if side == Side::Erpnext {
        bank.with = vec![RemoteId::new("fee")];
        fee.with = vec![RemoteId::new("bank")];
    }
    [bank, fee]
}

#[test]
fn what_was_deducted_is_made_as_a_payment_of_its_own() {
    let mut situation = owed(&[(1, "120", "0")]);
    let [bank, fee] = bank_and_fee(Side::Erpnext);
    add(&mut situation, Side::Erpnext, "bank", bank);
    add(&mut situation, Side::Erpnext, "fee", fee);
    let both = ["-/bank write xero:create", "-/fee write xero:create"];
    assert_eq!(words(&situation, &with_fees()), both);
    let plan = super::super::plan(&situation, &with_fees()).unwrap();
    let made: Vec<(Option<&str>, Decimal)> = plan
        .writes()
        .map(|(_, write)| {
            let payment = write.change.meant().unwrap().as_payment().unwrap();
            assert!(payment.with.is_empty());
            (payment.bank_account.as_deref(), payment.amount)
        })
        .collect();
    let expected = [(Some("090"), dec("117.51")), (Some("404"), dec("2.49"))];
    assert_eq!(made, expected);
    // What the fee's account stands for is asked; the rest goes.
    let waits = ["-/bank write xero:create", "-/fee problem no_bank_mapping"];
    assert_eq!(words(&situation, &policy()), waits);
}

#[test]
fn each_is_known_by_its_account() {
    let mut situation = owed(&[(1, "0", "0")]);
    for (side, ids) in [(Side::Xero, ["fx", "bx"]), (Side::Erpnext, ["bank", "fee"])] {
        let mut both = bank_and_fee(side).map(|mut one| {
            // The bank kept half.
            one.amount = dec("60");
            one.allocations[0].amount = dec("60");
            one
        });
        if side == Side::Xero {
            both.reverse();
        }
        for (id, payment) in ids.into_iter().zip(both) {
            add(&mut situation, side, id, payment);
        }
    }
    let expected = [
        "bx/bank link SamePayment erpnext:mark",
        "fx/fee link SamePayment erpnext:mark",
    ];
    assert_eq!(words(&situation, &with_fees()), expected);
}

/// What is done where these stand on the two sides: of Xero's with whether each was matched with the bank.
fn changed(xero: [(bool, bool); 2], erpnext_ended: bool) -> Vec<String> {
    let mut situation = owed(&[(1, "0", "0")]);
    let (theirs, ours) = (bank_and_fee(Side::Xero), bank_and_fee(Side::Erpnext));
    let names = [("bx", "bank"), ("fx", "fee")];
    for (at, (left, right)) in theirs.into_iter().zip(ours).enumerate() {
        let base = Base {
            xero: Record::Payment(left.clone()),
            erpnext: Record::Payment(right.clone()),
        };
        let (mut left, mut right) = (left, right);
        let (ended, reconciled) = xero[at];
        left.reconciled = reconciled;
        if ended {
            left.state = DocumentState::Voided;
        }
        if erpnext_ended {
            right.state = DocumentState::Voided;
        }
        let (x, e) = names[at];
        situation.pairs.push(LinkedPair {
            link: i64::try_from(at).unwrap() + 20,
            xero: Some(record(x, Record::Payment(left))),
            erpnext: Some(marked(e, x, Record::Payment(right))),
            base: Some(base),
        });
    }
    words(&situation, &with_fees())
}

#[test]
fn a_document_ends_as_a_whole_or_not_at_all() {
    let (stands, gone, matched) = ((false, false), (true, false), (false, true));
    // Cancelled in ERPNext: both go.
    let both = ["bx/bank write xero:void", "fx/fee write xero:void"];
    assert_eq!(changed([stands, stands], true), both);
    // Unless one of them cannot.
    let neither = ["bx/bank problem cannot_void", "fx/fee problem cannot_void"];
    assert_eq!(changed([matched, stands], true), neither);
    assert_eq!(
        changed([stands, matched], true),
        ["bx/bank problem cannot_void", "fx/fee problem cannot_void"]
    );
    // Deleted in Xero: one of them is asked about, both go.
    let one = ["bx/bank problem cannot_void", "fx/fee agrees"];
    assert_eq!(changed([gone, stands], false), one);
    let other = ["bx/bank agrees", "fx/fee problem cannot_void"];
    assert_eq!(changed([stands, gone], false), other);
    let all = ["bx/bank write erpnext:void", "fx/fee write erpnext:void"];
    assert_eq!(changed([gone, gone], false), all);
}

#[test]
fn one_that_is_not_at_hand_stands() {
    // The fee was deleted in Xero, and the other payment of the document is as it was.
    let mut situation = owed(&[(1, "2.49", "0")]);
    let ([_, left], [_, right]) = (bank_and_fee(Side::Xero), bank_and_fee(Side::Erpnext));
    let base = Base {
        xero: Record::Payment(left.clone()),
        erpnext: Record::Payment(right.clone()),
    };
    let deleted = Payment {
        state: DocumentState::Voided,
        ..left
    };
    situation.pairs.push(LinkedPair {
        link: 20,
        xero: Some(record("fx", Record::Payment(deleted))),
        erpnext: Some(marked("fee", "fx", Record::Payment(right))),
        base: Some(base),
    });
    let asked = ["fx/fee problem cannot_void"];
    assert_eq!(words(&situation, &with_fees()), asked);
    // It has no counterpart, so the document may go.
    let [bank, _] = bank_and_fee(Side::Erpnext);
    add(&mut situation, Side::Erpnext, "bank", bank);
    let mut goes = words(&situation, &with_fees());
    goes.sort();
    assert!(
        goes.contains(&"fx/fee write erpnext:void".to_owned()),
        "{goes:?}"
    );
}

#[test]
fn what_cannot_be_divided_says_why() {
    let deducted = |account: Option<&str>, amounts: &[&str]| {
        let mut payment = paid(Side::Erpnext, &[("e1", "120")]);
        payment.bank_account = account.map(Into::into);
        payment.deductions = amounts
            .iter()
            .map(|amount| Deduction {
                account: "Fees - MF".into(),
                base_amount: dec(amount),
                exchange_difference: false,
            })
            .collect();
        let mut situation = owed(&[(1, "120", "0")]);
        add(&mut situation, Side::Erpnext, "pe", payment);
        let plan = super::super::plan(&situation, &with_fees()).unwrap();
        match &plan.entries[0].outcome {
            Outcome::Problem {
                cause: ledger::Cause::PaymentNotCarried { why, .. },
                ..
            } => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(deducted(Some("Bank - MF"), &["-1"]).contains("more came in"));
    assert!(deducted(Some("Bank - MF"), &["2", "-1"]).contains("more came in"));
    assert!(deducted(None, &["100", "20"]).contains("several accounts"));
    assert!(deducted(Some("Bank - MF"), &["2.49"]).contains("another currency"));
}
