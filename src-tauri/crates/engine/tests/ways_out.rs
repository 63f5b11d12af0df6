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

/// A rule of invoices about what becomes of the other one when one was voided.
fn rule(bench: &Bench, voids: store::Voids) {
    let mut rule = store::Rule::unset(Kind::Invoice);
    rule.set_voids(voids);
    bench.store.set_rule(bench.pairing.id, &rule).unwrap();
}

fn void(world: &std::sync::Mutex<support::World>, number: &str) {
    edit_invoice(world, number, |it| {
        it.state = ledger::DocumentState::Voided;
        it.amount_due = rust_decimal::Decimal::ZERO;
    });
}

fn stands(world: &std::sync::Mutex<support::World>, number: &str) -> bool {
    let world = world.lock().unwrap();
    let mut invoices = world.records.values();
    invoices.any(|held| held.record.title() == number && !held.record.ended())
}

#[tokio::test]
async fn an_end_that_the_rules_ask_about_is_carried_or_taken_as_it_is() {
    use ledger::Side;
    for side in Side::BOTH {
        let new = async || {
            let bench = bench().await;
            rule(&bench, store::Voids::Ask);
            let before = bench.writes();
            let (ended, other) = match side {
                Side::Xero => (&bench.xero, &bench.erpnext),
                Side::Erpnext => (&bench.erpnext, &bench.xero),
            };
            void(ended, "X-1");
            bench.sync().await.unwrap();
            assert_eq!(bench.writes(), before);
            assert!(stands(other, "X-1"));
            let found = open(&bench, "ended_there");
            assert_eq!(found.record.side, side);
            (bench, found)
        };
        let other = |bench: &Bench| match side {
            Side::Xero => bench.erpnext.clone(),
            Side::Erpnext => bench.xero.clone(),
        };
        // A person says that the other follows.
        let (bench, found) = new().await;
        let (_, offered) = found.cause.choice().unwrap();
        assert_eq!(offered, [side]);
        bench
            .store
            .decide(found.id, &store::Decision::Keep(side))
            .unwrap();
        ends(&bench, 1).await;
        assert!(!stands(&other(&bench), "X-1"));
        // A person voids the other one as well.
        let (bench, _) = new().await;
        void(&other(&bench), "X-1");
        ends(&bench, 0).await;
        // The rule is taken back.
        let (bench, _) = new().await;
        rule(&bench, store::Voids::Void);
        ends(&bench, 1).await;
        // It is to stand: what a person set aside is not asked about again, nor ended.
        let (bench, found) = new().await;
        bench
            .store
            .ignore_exception(found.id, "it is still due")
            .unwrap();
        let before = bench.writes();
        let run = bench.sync().await.unwrap();
        assert_eq!((bench.writes(), run.counts.ignored), (before, 1));
        assert!(stands(&other(&bench), "X-1"));
    }
}

#[tokio::test]
async fn what_the_rules_never_end_stands_and_is_shown_with_the_reason() {
    let bench = bench().await;
    rule(&bench, store::Voids::Never);
    void(&bench.xero, "X-1");
    let before = bench.writes();
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(run.outcome, RunOutcome::Exceptions);
        assert_eq!((bench.writes(), run.counts.exceptions), (before, 1));
    }
    assert!(stands(&bench.erpnext, "X-1"));
    let found = open(&bench, "ended_there");
    assert!(
        found
            .cause
            .sentence()
            .contains("by the rules it is not ended there")
    );
    assert_eq!(found.cause.choice().unwrap().1, []);
    // Once the rule is another one it follows.
    rule(&bench, store::Voids::Void);
    ends(&bench, 1).await;
}
