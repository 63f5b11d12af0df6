//! P1 and P2 where identities move or look alike: contacts that were merged in Xero, customers that were
//! renamed and deleted, and names and numbers that only look the same once case, accents and punctuation
//! are taken away.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use engine::books::Trace;
use ledger::{Kind, Record, RemoteId, Side};
use store::{ExceptionQuery, LogQuery, RunOutcome};
use support::{Bench, World, contact, edit_contact, id_of, invoice, titles};

/// Merges a contact into another as Xero does: it is archived and names the other, and its invoices
/// go along.
fn merge(xero: &mut World, from: &RemoteId, into: &RemoteId) {
    xero.edit(Kind::Contact, from, |record| {
        if let Record::Contact(contact) = record {
            contact.archived = true;
        }
    });
    xero.records
        .get_mut(&(Kind::Contact, from.clone()))
        .unwrap()
        .merged_into = Some(into.clone());
    let invoices: Vec<RemoteId> = xero
        .records
        .iter()
        .filter(|(_, held)| {
            held.record
                .as_invoice()
                .is_some_and(|invoice| invoice.contact == *from)
        })
        .map(|((_, id), _)| id.clone())
        .collect();
    for id in invoices {
        xero.edit(Kind::Invoice, &id, |record| {
            if let Record::Invoice(invoice) = record {
                invoice.contact = into.clone();
            }
        });
    }
}

#[tokio::test]
async fn a_contact_merged_in_xero_is_for_a_person_and_its_invoices_stay_as_they_are() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let (from, into) = {
        let mut xero = bench.xero.lock().unwrap();
        let (from, into) = (id_of(&xero, "Only Xero"), id_of(&xero, "Both"));
        merge(&mut xero, &from, &into);
        (from, into)
    };
    let customer = |world: &World, number: &str| {
        let held = &world.records[&(Kind::Invoice, id_of(world, number))];
        held.record.as_invoice().unwrap().contact.clone()
    };
    let before = customer(&bench.erpnext.lock().unwrap(), "X-1");
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.writes(), run.counts.exceptions),
            (RunOutcome::Exceptions, 0, 1)
        );
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(
            (open[0].cause.word(), &open[0].record.id),
            ("merged", &from)
        );
    }
    {
        let erpnext = bench.erpnext.lock().unwrap();
        // Neither disabled nor rewritten.
        let held = &erpnext.records[&(Kind::Contact, id_of(&erpnext, "Only Xero"))];
        assert!(!held.record.ended());
        assert_eq!(customer(&erpnext, "X-1"), before);
    }
    // What is new goes to the contact it was merged into.
    bench
        .xero
        .lock()
        .unwrap()
        .add(Side::Xero, invoice("X-9", &into, 30));
    let run = bench.sync().await.unwrap();
    assert_eq!((run.counts.created, run.counts.exceptions), (1, 1));
    {
        let erpnext = bench.erpnext.lock().unwrap();
        assert_eq!(customer(&erpnext, "X-9"), id_of(&erpnext, "both"));
    }
    // The person disables the customer: settled, and nothing is written for it.
    edit_contact(&bench.erpnext, "Only Xero", |contact| {
        contact.archived = true;
    });
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.writes()),
        (RunOutcome::Agreed, 0),
        "{:?}",
        bench.store.exceptions(&ExceptionQuery::default()).unwrap()
    );
}

#[tokio::test]
async fn names_that_differ_only_in_signs_or_fold_to_nothing_are_not_one() {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    for name in ["C++ Ltd", "Studio #1", "\u{2014}", "\u{2026}", "Rose & Co"] {
        xero.add(Side::Xero, contact(name));
    }
    for name in ["C Ltd", "Studio #2", "(.)", "Rose Co"] {
        erpnext.add(Side::Erpnext, contact(name));
    }
    let bench = Bench::new(xero, erpnext);
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.created, run.counts.found()),
        (RunOutcome::Agreed, 9, 0)
    );
    assert_eq!(titles(&bench.xero.lock().unwrap(), Kind::Contact).len(), 9);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn names_that_fold_to_the_same_are_one() {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    xero.add(Side::Xero, contact("Caf\u{e9} Sch\u{f6}n, Ltd."));
    erpnext.add(Side::Erpnext, contact("CAFE SCHON LTD"));
    let bench = Bench::new(xero, erpnext);
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.created, run.counts.found()),
        (RunOutcome::Agreed, 0, 1)
    );
}

#[tokio::test]
async fn numbers_that_only_look_alike_are_two_documents() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    // Both sides have a linked A-1; these are others.
    for number in ["A 1", "A1", "A-1."] {
        let mut xero = bench.xero.lock().unwrap();
        let contact = id_of(&xero, "Both");
        xero.add(Side::Xero, invoice(number, &contact, 33));
    }
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.created), (RunOutcome::Agreed, 3));
    let erpnext = bench.erpnext.lock().unwrap();
    for number in ["A-1", "A 1", "A1", "A-1."] {
        id_of(&erpnext, number);
    }
}

#[tokio::test]
async fn a_number_that_a_linked_document_has_is_not_given_out_twice() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let contact = id_of(&erpnext, "both");
        erpnext.add(Side::Erpnext, invoice(" a-1", &contact, 33));
    }
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.writes()),
        (RunOutcome::Exceptions, 0)
    );
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(open[0].cause.word(), "number_taken");
    // The linked pair goes on as before.
    support::edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.reference = Some("PO 7".into());
    });
    assert_eq!(bench.sync().await.unwrap().counts.updated, 1);
}

#[tokio::test]
async fn a_name_that_a_linked_contact_has_is_not_given_out_twice() {
    let mut bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let id = bench
        .erpnext
        .lock()
        .unwrap()
        .add(Side::Erpnext, contact("ONLY XERO"));
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.created), (RunOutcome::Agreed, 1));
    let names = |bench: &Bench| -> Vec<String> {
        let xero = bench.xero.lock().unwrap();
        let contacts = xero
            .records
            .values()
            .filter_map(|it| it.record.as_contact());
        contacts.map(|it| it.name.clone()).collect()
    };
    let second = format!("ONLY XERO ({id})");
    assert!(names(&bench).contains(&second), "{:?}", names(&bench));
    let said = bench.store.log(&LogQuery::default()).unwrap();
    assert!(
        said.iter()
            .any(|line| line.write.message.sentence().contains(&second)),
        "the log says it"
    );
    // Its other facts are carried, and its name in Xero stays.
    edit_contact(&bench.erpnext, "ONLY XERO", |contact| {
        contact.phone = Some("01392 1".into());
    });
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 1));
    assert!(names(&bench).contains(&second));
    // Everything is recognised again where nothing is known any more.
    bench.forget();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
}

/// A person gave the number of a new document to one that is linked, behind our back: what is found under
/// it is not what we were to create, whether the refusal came or the program died before.
#[tokio::test]
async fn what_is_found_in_place_of_a_create_and_is_linked_to_another_stays_with_that() {
    for point in 1.. {
        let bench = Bench::new_customer();
        bench.sync().await.unwrap();
        let (linked, document) = {
            let (mut xero, mut erpnext) =
                (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
            xero.lists_show_up_to = Some(xero.versions);
            let linked = id_of(&xero, "A-1");
            xero.edit(Kind::Invoice, &linked, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.number = Some("E-9".into());
                }
            });
            let document = id_of(&erpnext, "A-1");
            let customer = id_of(&erpnext, "both");
            erpnext.add(Side::Erpnext, invoice("E-9", &customer, 100));
            (linked, document)
        };
        let died = bench.sync_and_die_at(point).await;
        bench.sync().await.unwrap();
        bench.xero.lock().unwrap().lists_show_up_to = None;
        let run = bench.sync().await.unwrap();
        assert_eq!(run.counts.writes(), 0, "after dying at {point}");
        let (store, pairing) = (&bench.store, bench.pairing.id);
        let link = store.link_of(pairing, Kind::Invoice, Side::Xero, &linked);
        assert_eq!(link.unwrap().unwrap().erpnext_id, document, "{point}");
        let open = store.exceptions(&ExceptionQuery::default()).unwrap();
        let asked: Vec<_> = open
            .iter()
            .map(|it| (it.title.as_str(), it.cause.word()))
            .collect();
        assert_eq!(asked, [("E-9", "number_taken")], "after dying at {point}");
        if !died {
            break;
        }
    }
}

/// A person renames a customer and deletes it under its new name. The comment about the rename goes with it,
/// a moment later.
fn rename_and_delete(bench: &Bench, title: &str, comment_is_there: bool) {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let (old, renamed) = (id_of(&erpnext, title), RemoteId::new("renamed"));
    let kind = Kind::Contact;
    let held = erpnext.records.remove(&(kind, old.clone())).unwrap();
    let marker = held.marker.clone().unwrap();
    erpnext.records.insert((kind, renamed.clone()), held);
    erpnext.delete(kind, &renamed);
    let id = renamed.clone();
    erpnext.traces.push(Trace::Carried { kind, id, marker });
    if comment_is_there {
        let (from, to) = (old, renamed);
        erpnext.traces.push(Trace::Renamed { kind, from, to });
    }
}

#[tokio::test]
async fn a_customer_that_was_renamed_and_deleted_before_a_sync_is_one_that_was_deleted() {
    for comment_is_there in [true, false] {
        let bench = Bench::new_customer();
        bench
            .erpnext
            .lock()
            .unwrap()
            .add(Side::Erpnext, contact("Gone"));
        bench.sync().await.unwrap();
        rename_and_delete(&bench, "Gone", comment_is_there);
        for _ in 0..2 {
            let run = bench.sync().await.unwrap();
            // Not a site that was put back, and known at once.
            assert_eq!(
                (run.outcome, run.counts.writes()),
                (RunOutcome::Exceptions, 0),
                "{comment_is_there}: {:?}",
                run.guards
            );
            let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
            let causes: Vec<_> = open
                .iter()
                .map(|it| (&*it.title, it.cause.word()))
                .collect();
            assert_eq!(causes, [("Gone", "vanished")]);
        }
    }
}
