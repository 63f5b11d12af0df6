//! Two installations on the same books: what the other one was first to link is taken from its markers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;

use ledger::{Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, World, audit, books, contact, due, id_of, payment};

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

/// A person enters a payment of a part of an invoice in ERPNext.
fn pay(bench: &Bench, reference: &str) -> RemoteId {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let invoice = id_of(&erpnext, "E-1");
    let held = &erpnext.records[&(Kind::Invoice, invoice.clone())];
    let contact = held.record.document().unwrap().contact.clone();
    erpnext.add(Side::Erpnext, payment(reference, &contact, &invoice, 10))
}

/// The money of a payment is put on account.
fn put_on_account(world: &mut World, id: &RemoteId) {
    let held = &world.records[&(Kind::Payment, id.clone())];
    let Record::Payment(mut money) = held.record.clone() else {
        unreachable!()
    };
    world.end_payment(id);
    money.allocations.clear();
    money.unallocated = money.amount;
    world.edit(Kind::Payment, id, |record| *record = Record::Payment(money));
}

fn standing(world: &Mutex<World>) -> usize {
    let world = world.lock().unwrap();
    let all = world.records.iter();
    all.filter(|((kind, _), held)| *kind == Kind::Payment && !held.record.ended())
        .count()
}

/// What two installations make of a payment in ERPNext, where the other one syncs at any point of our run.
async fn at_every_point(prepare: impl AsyncFn(&Bench, &Bench), dies: bool, owed: i64) {
    for point in 1.. {
        let ours = agreed().await;
        let theirs = ours.another();
        theirs.sync().await.unwrap();
        prepare(&ours, &theirs).await;
        let reached = if dies {
            let died = ours.sync_and_die_at(point).await;
            theirs.sync().await.unwrap();
            died
        } else {
            let other = async {
                theirs.sync().await.unwrap();
            };
            ours.sync_around(point, other).await
        };
        for _ in 0..2 {
            ours.sync().await.unwrap();
            theirs.sync().await.unwrap();
        }
        let written = ours.writes();
        for bench in [&ours, &theirs] {
            let run = bench.sync().await.unwrap();
            assert_eq!(
                run.outcome,
                RunOutcome::Agreed,
                "{point}: {:?}",
                causes(bench)
            );
        }
        assert_eq!(ours.writes(), written, "{point}: it comes to rest");
        let both = (standing(&ours.xero), standing(&ours.erpnext));
        assert_eq!(both, (1, 1), "{point}: received once");
        let due = (due(&ours.xero, "E-1"), due(&ours.erpnext, "E-1"));
        assert_eq!(due, (Decimal::from(owed), Decimal::from(owed)), "{point}");
        audit(&ours);
        if !reached {
            assert!(point > 20, "only {point} points");
            return;
        }
    }
}

#[tokio::test]
async fn a_part_that_is_paid_is_received_once_whenever_another_installation_syncs() {
    for dies in [false, true] {
        let prepare = async |ours: &Bench, _: &Bench| {
            pay(ours, "pe");
        };
        at_every_point(prepare, dies, 70).await;
    }
}

#[tokio::test]
async fn money_on_account_is_received_once_whenever_another_installation_syncs() {
    for dies in [false, true] {
        let prepare = async |ours: &Bench, _: &Bench| {
            let id = pay(ours, "pe");
            put_on_account(&mut ours.erpnext.lock().unwrap(), &id);
        };
        at_every_point(prepare, dies, 80).await;
    }
}

#[tokio::test]
async fn money_is_made_anew_once_whenever_another_installation_syncs() {
    for dies in [false, true] {
        let prepare = async |ours: &Bench, theirs: &Bench| {
            let id = pay(ours, "pe");
            ours.sync().await.unwrap();
            theirs.sync().await.unwrap();
            put_on_account(&mut ours.erpnext.lock().unwrap(), &id);
        };
        at_every_point(prepare, dies, 80).await;
    }
}
