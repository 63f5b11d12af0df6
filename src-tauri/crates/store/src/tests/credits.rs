//! What customers have open beside invoices.

use ledger::{CreditForm, OpenCredit, Side};

use super::*;
use crate::{CREDITS, CreditsRead, Look};

fn credit(form: CreditForm, id: &str, contact: &str, open: &str) -> OpenCredit {
    OpenCredit {
        form,
        id: RemoteId::new(id),
        number: Some(id.to_uppercase()),
        contact: RemoteId::new(contact),
        contact_name: "Acme".into(),
        date: Some("2026-11-04".parse().unwrap()),
        currency: Currency::new("GBP").unwrap(),
        open: open.parse().unwrap(),
        uncertain: "0.005".parse().unwrap(),
    }
}

fn put(store: &Store, pairing: PairingId, side: Side, whole: bool, seen: &[OpenCredit]) {
    let look = Look {
        cursor: format!("{} so far", seen.len()),
        ..Look::default()
    };
    let seen = seen.to_vec();
    let read = CreditsRead { whole, seen };
    store.store_credits(pairing, side, &read, &look).unwrap();
}

fn held(store: &Store, pairing: PairingId) -> Vec<String> {
    let credits = store.credits(pairing).unwrap();
    credits
        .iter()
        .map(|(side, it)| format!("{} {} {} {}", side.word(), it.id, it.contact, it.open))
        .collect()
}

#[test]
fn what_is_used_up_goes_and_what_a_side_says_anew_replaces_the_rest() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let note = |open| credit(CreditForm::CreditNote, "x", "c", open);
    put(&store, pairing, Side::Xero, false, &[note("60.00")]);
    let journal = |contact, open| credit(CreditForm::Journal, "j", contact, open);
    let both = [journal("a", "40"), journal("b", "-25")];
    put(&store, pairing, Side::Erpnext, true, &both);
    // As it was said, and Xero's notes are no journal of ERPNext.
    assert_eq!(
        store.credits(pairing).unwrap()[2],
        (Side::Xero, note("60.00"))
    );
    assert_eq!(
        held(&store, pairing),
        ["erpnext j a 40", "erpnext j b -25", "xero x c 60"]
    );
    // A document that is seen again is told in full: what it has for others is gone.
    put(
        &store,
        pairing,
        Side::Erpnext,
        false,
        &[journal("b", "-20")],
    );
    assert_eq!(held(&store, pairing), ["erpnext j b -20", "xero x c 60"]);
    put(&store, pairing, Side::Xero, false, &[note("0.00")]);
    assert_eq!(held(&store, pairing), ["erpnext j b -20"]);
    put(&store, pairing, Side::Erpnext, true, &[]);
    assert_eq!(held(&store, pairing), Vec::<String>::new());
    let look = store.look(pairing, Side::Erpnext, CREDITS).unwrap();
    assert_eq!(look.cursor, "0 so far");
    put(&store, pairing, Side::Xero, false, &[note("1")]);
    store.end_pairing(pairing, day(2)).unwrap();
    assert_eq!(held(&store, pairing), Vec::<String>::new());
}
