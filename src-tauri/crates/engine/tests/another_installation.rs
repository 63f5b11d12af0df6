//! Two installations on the same books: what the other one was first to link is taken from its markers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use ledger::{Kind, RemoteId, Side};
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, books, contact, id_of};

/// Books that agree.
async fn agreed() -> Bench {
    let (xero, erpnext) = books();
    let bench = Bench::new(xero, erpnext);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    bench
}

fn causes(bench: &Bench) -> Vec<(Side, String, String)> {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    let mut causes: Vec<_> = open
        .into_iter()
        .map(|it| (it.record.side, it.title, it.cause.word().to_owned()))
        .collect();
    causes.sort();
    causes
}

/// What another installation makes of a customer that has no link here: a contact of its name in Xero,
/// whose identity the customer carries from then on.
fn carried_by_another(bench: &Bench, id: &RemoteId) -> RemoteId {
    let (mut xero, mut erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
    let key = (Kind::Contact, id.clone());
    let made = xero.add(Side::Xero, erpnext.records[&key].record.clone());
    erpnext.edit(Kind::Contact, id, |_| {});
    erpnext.records.get_mut(&key).unwrap().marker = Some(made.clone());
    made
}

/// Here the link went to the customer that was left. Another installation, which knew nothing of the
/// merge, carried that customer as a new one, and the contact without one back.
#[tokio::test]
async fn our_markers_say_who_is_who_where_another_installation_was_first() {
    let bench = agreed().await;
    let (alone, into) = {
        let (xero, mut erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
        let from = id_of(&erpnext, "Only Xero");
        let into = erpnext.add(Side::Erpnext, contact("Leeds"));
        erpnext.merge_customers(&from, &into);
        erpnext.marker_never_arrives.insert("Leeds".to_owned());
        (id_of(&xero, "Only Xero"), into)
    };
    bench.sync().await.unwrap();
    let theirs = carried_by_another(&bench, &into);
    let back = {
        let (xero, mut erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
        let record = xero.records[&(Kind::Contact, alone.clone())].record.clone();
        let back = erpnext.add(Side::Erpnext, record);
        let key = (Kind::Contact, back.clone());
        erpnext.records.get_mut(&key).unwrap().marker = Some(alone.clone());
        back
    };
    for _ in 0..2 {
        bench.sync().await.unwrap();
    }
    let (store, pairing) = (&bench.store, bench.pairing.id);
    for (contact, customer) in [(&alone, &back), (&theirs, &into)] {
        let link = store
            .link_of(pairing, Kind::Contact, Side::Xero, contact)
            .unwrap();
        assert_eq!(&link.unwrap().erpnext_id, customer);
    }
    // Whose the invoices are that went along with the merge is for a person.
    let asked = |number: &str| (Side::Xero, number.to_owned(), "totals_differ".to_owned());
    assert_eq!(causes(&bench), ["X-1", "X-2", "X-3"].map(asked));
}

#[tokio::test]
async fn a_customer_that_another_installation_linked_takes_no_link_by_a_merge() {
    let bench = agreed().await;
    let into = {
        let mut erpnext = bench.erpnext.lock().unwrap();
        erpnext.add(Side::Erpnext, contact("Leeds"))
    };
    let theirs = carried_by_another(&bench, &into);
    {
        // What the other installation made is in no list yet.
        let (mut xero, mut erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
        xero.not_listed.insert(theirs.clone());
        let from = id_of(&erpnext, "Only Xero");
        erpnext.merge_customers(&from, &into);
    }
    for _ in 0..2 {
        bench.sync().await.unwrap();
        let erpnext = bench.erpnext.lock().unwrap();
        let held = &erpnext.records[&(Kind::Contact, into.clone())];
        assert_eq!(held.marker.as_ref(), Some(&theirs));
    }
    let asked = (Side::Xero, "Only Xero".to_owned(), "merged".to_owned());
    assert!(causes(&bench).contains(&asked), "{:?}", causes(&bench));
}
