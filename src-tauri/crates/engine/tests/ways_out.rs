//! The ways out of causes that no demo system brings about: that each works, that the exception ends by
//! itself when its cause is gone, and that nothing else is written. The others are in the end-to-end tests
//! of the same name.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use ledger::Kind;
use store::{Exception, ExceptionQuery, RunOutcome};
use support::{Bench, SalesGoTo, audit, books, edit_contact, edit_invoice, id_of};

/// Books that agree.
async fn bench() -> Bench {
    let (xero, erpnext) = books();
    let bench = Bench::new(xero, erpnext);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    bench
}

fn open(bench: &Bench, cause: &str) -> Exception {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].cause.word(), cause);
    open[0].clone()
}

/// Both sides agree after one more run that writes so often, and the next one writes nothing.
async fn ends(bench: &Bench, writes: u64) {
    let before = bench.writes();
    let run = bench.sync().await.unwrap();
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{open:#?}");
    assert_eq!(bench.writes() - before, writes, "{run:?}");
    audit(bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

fn retry(bench: &Bench, it: &Exception) {
    bench.store.request_retry(&[it.id]).unwrap();
}

fn email(bench: &Bench) -> [Option<String>; 2] {
    [(&bench.xero, "Both"), (&bench.erpnext, "both")].map(|(world, name)| {
        let world = world.lock().unwrap();
        let held = &world.records[&(Kind::Contact, id_of(&world, name))];
        held.record.as_contact().unwrap().email.clone()
    })
}

#[tokio::test]
async fn a_line_without_an_account_is_given_one() {
    for way in 0..3 {
        let (xero, erpnext) = books();
        let bench = Bench::new(xero, erpnext);
        bench.erpnext.lock().unwrap().sales_go_to = SalesGoTo::Nowhere;
        edit_invoice(&bench.xero, "X-1", |it| it.lines[0].account = None);
        bench.sync().await.unwrap();
        open(&bench, "no_account");
        // Nobody says anything here: it follows by itself, or there is nothing to carry any more.
        match way {
            0 => edit_invoice(&bench.xero, "X-1", |it| {
                it.lines[0].account = Some("sales".into());
            }),
            1 => bench.erpnext.lock().unwrap().sales_go_to = SalesGoTo::AnAccount,
            _ => edit_invoice(&bench.xero, "X-1", |it| {
                it.state = ledger::DocumentState::Voided;
            }),
        }
        ends(&bench, u64::from(way < 2)).await;
    }
}

#[tokio::test]
async fn a_total_that_is_made_otherwise_is_corrected() {
    for by_itself in [false, true] {
        let (xero, erpnext) = books();
        let bench = Bench::new(xero, erpnext);
        bench.xero.lock().unwrap().miscounts.insert("E-1".into());
        bench.sync().await.unwrap();
        let found = open(&bench, "would_differ");
        bench.xero.lock().unwrap().miscounts.clear();
        if by_itself {
            // The document is corrected at its source: that is another write, and is tried.
            edit_invoice(&bench.erpnext, "E-1", |it| {
                it.lines[0].description = "Tulips".into();
            });
        } else {
            retry(&bench, &found);
        }
        // And our marker on the document.
        ends(&bench, 2).await;
    }
}

/// ERPNext did not keep an e-mail address that Xero's contact got.
async fn not_kept() -> (Bench, Exception) {
    let bench = bench().await;
    bench.erpnext.lock().unwrap().drops.insert("both".into());
    edit_contact(&bench.xero, "Both", |it| {
        it.email = Some("new@x.example".into());
    });
    bench.sync().await.unwrap();
    let found = open(&bench, "totals_differ");
    bench.erpnext.lock().unwrap().drops.clear();
    (bench, found)
}

#[tokio::test]
async fn figures_that_differ_are_chosen_or_corrected() {
    for (winner, left) in [
        (ledger::Side::Xero, Some("new@x.example")),
        (ledger::Side::Erpnext, None),
    ] {
        let (bench, found) = not_kept().await;
        let (_, offered) = found.cause.choice().unwrap();
        assert!(offered.contains(&winner));
        let decision = store::Decision::Keep(winner);
        bench.store.decide(found.id, &decision).unwrap();
        ends(&bench, 1).await;
        assert_eq!(email(&bench), [left, left].map(|it| it.map(str::to_owned)));
    }
    // A person enters it in ERPNext, or takes it back in Xero.
    for (there, email) in [(true, Some("new@x.example".to_owned())), (false, None)] {
        let (bench, _) = not_kept().await;
        let (world, name) = if there {
            (&bench.erpnext, "both")
        } else {
            (&bench.xero, "Both")
        };
        edit_contact(world, name, |it| it.email = email);
        ends(&bench, 0).await;
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_corrected() {
    for new in [false, true] {
        let (xero, erpnext) = books();
        let bench = Bench::new(xero, erpnext);
        if !new {
            bench.sync().await.unwrap();
        }
        let garbled = |on: bool| {
            let mut world = bench.xero.lock().unwrap();
            let id = id_of(&world, "X-1");
            world.edit(Kind::Invoice, &id, |_| {});
            if on {
                world.garbled.insert(id);
            } else {
                world.garbled.clear();
            }
        };
        garbled(true);
        bench.sync().await.unwrap();
        open(&bench, "unreadable");
        // It is read again with every sync, once it changes: nobody says anything here.
        garbled(false);
        ends(&bench, u64::from(new)).await;
    }
}
