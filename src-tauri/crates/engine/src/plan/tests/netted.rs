//! A payment of ERPNext that names a credit note beside its invoice: in Xero a payment and a use, which end together.

use ledger::Payment;

use super::credit_notes::{link, on_both, used_by};
use super::payments::{linked, paid};
use super::*;

/// What Xero has, and what ERPNext has, of 100.00: 40.00 by the credit note and 60.00 in money.
struct World {
    paid: (bool, bool),
    used: (bool, bool),
}

fn payments() -> (Payment, Payment) {
    let mut erpnext = paid(Side::Erpnext, &[("e1", "60")]);
    erpnext.credits = vec![RemoteId::new("ne")];
    (paid(Side::Xero, &[("x1", "60")]), erpnext)
}

/// Both sides agreed on both parts, and this stands of them now.
fn situation(world: &World) -> Situation {
    let owed_on = |paid: bool, used: bool| {
        let left = if paid { dec("0") } else { dec("60") };
        let left = if used { left } else { left + dec("40") };
        left.to_string()
    };
    let xero = owed_on(world.paid.0, world.used.0);
    let erpnext = owed_on(world.paid.1, world.used.1);
    let mut situation = owed(&[(1, &xero, &erpnext)]);
    let (x, e) = (&[("x1", "40")][..], &[("e1", "40")][..]);
    let uses = |stands: bool, all: &'static [(&'static str, &'static str)]| {
        if stands { all } else { &[] }
    };
    let (mut now, mut then) = (
        on_both(uses(world.used.0, x), uses(world.used.1, e)),
        on_both(x, e),
    );
    for note in [&mut now.1, &mut then.1] {
        used_by(note, "pe");
    }
    for (side, id, there, note) in [
        (Side::Xero, "nx", "ne", &now.0),
        (Side::Erpnext, "ne", "nx", &now.1),
    ] {
        let note = Record::CreditNote(note.clone());
        let open = OpenDocument::read(&note, Some(RemoteId::new(there))).unwrap();
        situation.open.insert((side, RemoteId::new(id)), open);
    }
    link(&mut situation, now, Some(then));
    let (mut xero, mut erpnext) = payments();
    for (payment, stands) in [(&mut xero, world.paid.0), (&mut erpnext, world.paid.1)] {
        if !stands {
            payment.state = DocumentState::Voided;
        }
    }
    linked(&mut situation, xero, erpnext, payments());
    situation
}

fn said(paid: (bool, bool), used: (bool, bool)) -> Vec<String> {
    words(&situation(&World { paid, used }), &policy())
}

#[test]
fn the_payment_ends_first_and_then_what_was_used_along_is_taken_back() {
    let agree = said((true, true), (true, true));
    assert_eq!(agree, ["nx/ne agrees", "px/pe agrees"]);
    // Cancelled in ERPNext: Xero's payment goes.
    let first = said((true, false), (true, false));
    let waits = "nx/ne problem allocation_not_carried";
    assert_eq!(first, [waits, "px/pe write xero:void"]);
    // Then the use.
    let then = said((false, false), (true, false));
    assert_eq!(then, ["nx/ne write xero:allocate", "px/pe rebase"]);
}

#[test]
fn nothing_is_taken_back_where_the_payment_stays() {
    let mut situation = situation(&World {
        paid: (true, false),
        used: (true, false),
    });
    let pair = situation.pairs.iter_mut().find(|it| it.link == 9).unwrap();
    let Some(Record::Payment(xero)) = pair.xero.as_mut().map(|it| &mut it.record) else {
        panic!("no payment");
    };
    xero.reconciled = true;
    let stays = [
        "nx/ne problem allocation_not_carried",
        "px/pe problem cannot_void",
    ];
    assert_eq!(words(&situation, &policy()), stays);
}

#[test]
fn erpnext_s_is_cancelled_once_both_parts_are_gone_in_xero() {
    // The payment alone.
    let payment = said((false, true), (true, true));
    assert_eq!(payment, ["nx/ne agrees", "px/pe problem cannot_void"]);
    // The use alone.
    let asks = "nx/ne problem allocation_not_carried";
    let used = said((true, true), (false, true));
    assert_eq!(used, [asks, "px/pe agrees"]);
    // Both: what ERPNext used goes with the payment.
    let both = said((false, true), (false, true));
    assert_eq!(both, [asks, "px/pe write erpnext:void"]);
    let gone = said((false, false), (false, false));
    assert_eq!(gone, ["nx/ne rebase", "px/pe rebase"]);
}
