//! Payments of several customers that came in one batch of Xero: it ends whole, or not at all.

use ledger::Payment;

use super::payments::paid;
use super::*;

/// One customer's part of a batch of two, by its number, and how it stands.
fn part(n: u32, side: Side, ended: bool, reconciled: bool) -> SideRecord {
    let invoice = match side {
        Side::Xero => format!("x{n}"),
        Side::Erpnext => format!("e{n}"),
    };
    let mut payment: Payment = paid(side, &[(invoice.as_str(), "50")]);
    if ended {
        payment.state = DocumentState::Voided;
    }
    payment.reconciled = reconciled;
    match side {
        Side::Xero => {
            payment.with = vec![RemoteId::new(format!("batch:b:{}", 3 - n))];
            record(&format!("batch:b:{n}"), Record::Payment(payment))
        }
        Side::Erpnext => marked(
            &format!("pe{n}"),
            &format!("batch:b:{n}"),
            Record::Payment(payment),
        ),
    }
}

fn pair(n: u32, xero: SideRecord, erpnext: SideRecord) -> LinkedPair {
    let standing = |side| part(n, side, false, false).record;
    LinkedPair {
        link: i64::from(n),
        xero: Some(xero),
        erpnext: Some(erpnext),
        base: Some(Base {
            xero: standing(Side::Xero),
            erpnext: standing(Side::Erpnext),
        }),
    }
}

fn said(pairs: Vec<LinkedPair>) -> Vec<String> {
    let mut situation = owed(&[(1, "70", "70"), (2, "70", "70")]);
    situation.pairs = pairs;
    words(&situation, &policy())
}

#[test]
fn a_batch_is_deleted_once_all_of_it_was_cancelled() {
    let in_xero = |n| part(n, Side::Xero, false, false);
    let cancelled = |n| part(n, Side::Erpnext, true, false);
    // The other one stands, at hand or not.
    let alone = said(vec![pair(1, in_xero(1), cancelled(1))]);
    assert_eq!(alone, ["batch:b:1/pe1 problem cannot_void"]);
    let other = pair(2, in_xero(2), part(2, Side::Erpnext, false, false));
    let one = said(vec![pair(1, in_xero(1), cancelled(1)), other]);
    assert_eq!(
        one,
        ["batch:b:1/pe1 problem cannot_void", "batch:b:2/pe2 agrees"]
    );
    let both = said(vec![
        pair(1, in_xero(1), cancelled(1)),
        pair(2, in_xero(2), cancelled(2)),
    ]);
    assert_eq!(
        both,
        [
            "batch:b:1/pe1 write xero:void",
            "batch:b:2/pe2 write xero:void"
        ]
    );
    // Not carried: it stands in Xero alone, and would go too.
    let mut situation = owed(&[(1, "70", "70"), (2, "70", "120")]);
    situation.pairs = vec![pair(1, in_xero(1), cancelled(1))];
    situation.unlinked.xero.push(in_xero(2));
    let words = words(&situation, &policy());
    assert_eq!(words[0], "batch:b:1/pe1 problem cannot_void");
}

#[test]
fn a_batch_that_was_deleted_is_cancelled_whole_or_not_at_all() {
    let gone = |n| part(n, Side::Xero, true, false);
    let standing = |n, matched| part(n, Side::Erpnext, false, matched);
    let both = said(vec![
        pair(1, gone(1), standing(1, false)),
        pair(2, gone(2), standing(2, false)),
    ]);
    assert_eq!(
        both,
        [
            "batch:b:1/pe1 write erpnext:void",
            "batch:b:2/pe2 write erpnext:void"
        ]
    );
    let matched = said(vec![
        pair(1, gone(1), standing(1, false)),
        pair(2, gone(2), standing(2, true)),
    ]);
    assert_eq!(
        matched,
        [
            "batch:b:1/pe1 problem cannot_void",
            "batch:b:2/pe2 problem cannot_void"
        ]
    );
}
