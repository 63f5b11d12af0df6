//! Whatever a run was interrupted by, what is owed on one side only has an exception of its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use ledger::{Kind, Record};
use rust_decimal::Decimal;
use store::{ExceptionQuery, RunOutcome};
use support::{Bench, books, edit_contact, edit_invoice, id_of};

fn named(bench: &Bench) -> Vec<(&'static str, String)> {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    open.iter()
        .map(|it| (it.cause.word(), it.title.clone()))
        .collect()
}

/// Paid in both books, then amended in ERPNext, which takes its payment off; the reference that the
/// amendment brings is carried, and the payment is not.
#[tokio::test]
async fn a_paid_document_that_was_amended_is_named_wherever_the_program_dies() {
    for point in 1.. {
        let (xero, erpnext) = books();
        let bench = Bench::new(xero, erpnext);
        for world in [&bench.xero, &bench.erpnext] {
            edit_invoice(world, "A-1", |invoice| invoice.amount_due = Decimal::ZERO);
        }
        bench.sync().await.unwrap();
        let paid = id_of(&bench.erpnext.lock().unwrap(), "A-1");
        bench
            .erpnext
            .lock()
            .unwrap()
            .amend_as_person(&paid, |record| {
                if let Record::Invoice(invoice) = record {
                    invoice.reference = Some("PO 7".into());
                    invoice.amount_due = invoice.total;
                }
            });
        let died = bench.sync_and_die_at(point).await;
        // A marker may be left to the next run: then this one says that something is.
        let run = bench.sync().await.unwrap();
        assert_ne!(run.outcome, RunOutcome::Agreed, "after dying at {point}");
        for _ in 0..2 {
            bench.sync().await.unwrap();
            let due = ("amount_due_differs", "A-1".to_owned());
            assert_eq!(named(&bench), [due], "after dying at {point}");
        }
        let carried = {
            let xero = bench.xero.lock().unwrap();
            let held = &xero.records[&(Kind::Invoice, id_of(&xero, "A-1"))];
            held.record.as_invoice().unwrap().reference.clone()
        };
        assert_eq!(carried.as_deref(), Some("PO 7"), "after dying at {point}");
        if !died {
            break;
        }
    }
}

/// The amendment changes nothing that is carried, so that our marker is all there is to write.
#[tokio::test]
async fn what_only_our_marker_was_written_on_is_compared_too() {
    let (xero, erpnext) = books();
    let bench = Bench::new(xero, erpnext);
    for world in [&bench.xero, &bench.erpnext] {
        edit_invoice(world, "A-1", |invoice| invoice.amount_due = Decimal::ZERO);
    }
    bench.sync().await.unwrap();
    let paid = id_of(&bench.erpnext.lock().unwrap(), "A-1");
    let owed = |record: &mut Record| {
        if let Record::Invoice(invoice) = record {
            invoice.amount_due = invoice.total;
        }
    };
    bench.erpnext.lock().unwrap().amend_as_person(&paid, owed);
    let run = bench.sync().await.unwrap();
    assert_eq!(run.counts.marked, 1);
    assert_eq!(named(&bench), [("amount_due_differs", "A-1".to_owned())]);
}

/// Each side has an edit for the other. The next edit of what was carried is no conflict, wherever the
/// program died before.
#[tokio::test]
async fn what_both_sides_were_seen_to_say_after_a_death_is_what_the_next_edit_is_compared_with() {
    for point in 1.. {
        let (xero, erpnext) = books();
        let bench = Bench::new(xero, erpnext);
        bench.sync().await.unwrap();
        let phone = |number: &str| Some(number.to_owned());
        let mail = |address: &str| Some(address.to_owned());
        edit_contact(&bench.xero, "Both", |it| it.phone = phone("1"));
        edit_contact(&bench.erpnext, "both", |it| it.email = mail("a@x.example"));
        let died = bench.sync_and_die_at(point).await;
        for _ in 0..2 {
            bench.sync().await.unwrap();
        }
        edit_contact(&bench.xero, "Both", |it| it.email = mail("b@x.example"));
        edit_contact(&bench.erpnext, "both", |it| it.phone = phone("2"));
        bench.sync().await.unwrap();
        assert_eq!(named(&bench), [], "after dying at {point}");
        for (world, name) in [(&bench.xero, "Both"), (&bench.erpnext, "both")] {
            let world = world.lock().unwrap();
            let held = &world.records[&(Kind::Contact, id_of(&world, name))];
            let contact = held.record.as_contact().unwrap();
            let said = (contact.phone.clone(), contact.email.clone());
            assert_eq!(said, (phone("2"), mail("b@x.example")), "died at {point}");
        }
        if !died {
            break;
        }
    }
}
