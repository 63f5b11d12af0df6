//! P5 to the cent: what customers have open beside invoices (credit notes, money on account) is part of
//! what they owe. It is not carried yet, so a run says where the two sides differ in it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use engine::books::CreditsPass;
use engine::run::credits::{compared, unread};
use ledger::{Cause, CreditForm, Currency, Kind, OpenCredit, RemoteId, Side};
use store::{Direction, Exception, ExceptionQuery, LeftAlone, LogQuery, Rule, RunOutcome, Trigger};
use support::{Bench, World, id_of};

fn credit(world: &World, form: CreditForm, id: &str, of: &str, open: &str) -> OpenCredit {
    OpenCredit {
        form,
        id: RemoteId::new(id),
        number: Some(id.to_uppercase()),
        contact: id_of(world, of),
        contact_name: of.to_owned(),
        date: NaiveDate::from_ymd_opt(2026, 11, 4),
        currency: Currency::new("GBP").unwrap(),
        open: open.parse().unwrap(),
        uncertain: "0".parse().unwrap(),
    }
}

/// A person enters it.
fn enter(world: &std::sync::Mutex<World>, form: CreditForm, id: &str, of: &str, open: &str) {
    let mut world = world.lock().unwrap();
    let credit = credit(&world, form, id, of, open);
    world.credits.push(credit);
}

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

#[tokio::test]
async fn what_one_side_alone_holds_is_no_agreement_and_every_document_is_named() {
    let bench = Bench::new_customer();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    enter(
        &bench.erpnext,
        CreditForm::CreditNote,
        "ret-1",
        "both",
        "60",
    );
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    enter(&bench.xero, CreditForm::Overpayment, "over", "Both", "75");
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    let found = open(&bench);
    // Under the contact of the two, once.
    assert_eq!(found[0].record.side, Side::Xero);
    assert_eq!(found[0].title, "Both");
    assert_eq!(found[0].amount, Some("135".parse().unwrap()));
    assert_eq!(
        found[0].cause.sentence(),
        "What the customer has on account is not the same on both sides: overpayment OVER of 4 Nov 2026 (75.00 GBP) in Xero; credit note RET-1 of 4 Nov 2026 (60.00 GBP), payment PAY-1 of 4 Nov 2026 (150.00 GBP) in ERPNext."
    );
    let log = bench.store.log(&LogQuery::default()).unwrap();
    assert!(
        log.iter()
            .any(|it| it.write.message.sentence().contains("PAY-1"))
    );
    // Met again, it is the same one.
    let writes = bench.writes();
    bench.sync().await.unwrap();
    assert_eq!(open(&bench)[0].id, found[0].id);
    assert_eq!(bench.writes(), writes);
    // Entered by hand on the other side, as one document: nothing is said any more.
    enter(&bench.xero, CreditForm::Prepayment, "pre", "Both", "135");
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(open(&bench), []);
}

#[tokio::test]
async fn it_passes_through_a_restart_and_ends_when_it_is_used_up() {
    let bench = Bench::new_customer();
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    // Whatever point the process dies at, the run after it says what is there.
    let mut point = 1;
    while bench.sync_and_die_at(point).await {
        point += 1;
    }
    bench.sync().await.unwrap();
    assert_eq!(open(&bench).len(), 1);
    bench.erpnext.lock().unwrap().credits.clear();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
}

#[tokio::test]
async fn setting_it_aside_holds_for_these_documents_and_is_counted() {
    let bench = Bench::new_customer();
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    bench.sync().await.unwrap();
    let found = open(&bench);
    bench
        .store
        .ignore_exception(found[0].id, "carried by hand")
        .unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.ignored), (RunOutcome::Agreed, 1));
    enter(&bench.erpnext, CreditForm::Payment, "pay-2", "both", "1");
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.ignored),
        (RunOutcome::Exceptions, 0)
    );
}

#[tokio::test]
async fn a_customer_that_is_on_one_side_only_has_what_he_has_there() {
    let bench = Bench::new_customer();
    // Suppliers are not carried, so this contact has no counterpart.
    let stranger = OpenCredit {
        contact: RemoteId::new("supplier"),
        contact_name: "Grower".to_owned(),
        ..credit(
            &bench.xero.lock().unwrap(),
            CreditForm::CreditNote,
            "cn",
            "Both",
            "9",
        )
    };
    bench.xero.lock().unwrap().credits.push(stranger);
    bench.sync().await.unwrap();
    let found = open(&bench);
    assert_eq!(
        (found[0].title.as_str(), found[0].record.id.as_str()),
        ("Grower", "supplier")
    );
}

#[tokio::test]
async fn what_a_rule_leaves_alone_is_said_by_that_rule_and_is_not_apart() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    let pairing = bench.pairing.id;
    let set = |direction, start_date| {
        let rule = Rule {
            direction,
            start_date,
            ..Rule::unset(Kind::Invoice)
        };
        bench.store.set_rule(pairing, &rule).unwrap();
    };
    for (direction, start, why) in [
        (Direction::ToErpnext, None, LeftAlone::Direction),
        (
            Direction::Both,
            NaiveDate::from_ymd_opt(2026, 11, 5),
            LeftAlone::BeforeStart,
        ),
    ] {
        set(direction, start);
        assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
        let compared = compared(&bench.store, pairing).unwrap();
        assert_eq!(compared.apart, []);
        let left: Vec<_> = compared
            .left_alone
            .iter()
            .map(|(why, side, credit)| (*why, *side, credit.id.as_str()))
            .collect();
        assert_eq!(left, [(why, Side::Erpnext, "pay-1")]);
        // What is not left alone is apart by its own amount.
        enter(&bench.xero, CreditForm::Overpayment, "over", "Both", "70");
        if direction == Direction::Both {
            bench.xero.lock().unwrap().credits[0].date = start;
            bench.sync().await.unwrap();
            assert_eq!(open(&bench)[0].amount, Some("70".parse().unwrap()));
        }
        bench.xero.lock().unwrap().credits.clear();
    }
    set(Direction::Both, None);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_stops_nothing() {
    let bench = Bench::new_customer();
    let hidden = "Payment Ledger Entry cannot be read";
    bench.erpnext.lock().unwrap().credits_hidden = Some(hidden.into());
    bench.xero.lock().unwrap().unreadable_credits = vec![("cn".into(), "CN-1: no Total".into())];
    let run = bench.sync().await.unwrap();
    assert_eq!(run.failures, []);
    let why = |side| unread(&bench.store, bench.pairing.id, side).unwrap();
    assert_eq!(why(Side::Erpnext).as_deref(), Some(hidden));
    assert_eq!(why(Side::Xero).as_deref(), Some("CN-1: no Total"));
    bench.erpnext.lock().unwrap().credits_hidden = None;
    bench.xero.lock().unwrap().unreadable_credits.clear();
    bench.sync().await.unwrap();
    assert_eq!((why(Side::Erpnext), why(Side::Xero)), (None, None));
}

#[tokio::test]
async fn all_of_it_is_read_daily_when_asked_and_where_a_customer_was_renamed() {
    let bench = Bench::new_customer();
    let passes = |world: &std::sync::Mutex<World>| -> Vec<CreditsPass> {
        std::mem::take(&mut world.lock().unwrap().passes)
    };
    let (whole, news) = (
        CreditsPass {
            whole: true,
            quiet: false,
        },
        CreditsPass::default(),
    );
    bench.sync().await.unwrap();
    assert_eq!(passes(&bench.xero), [whole]);
    bench.sync().await.unwrap();
    assert_eq!(passes(&bench.xero), [news]);
    bench.sync_with(|request| request.full = true).await;
    assert_eq!(passes(&bench.xero), [whole]);
    // A schedule that finds nothing new may leave something to the next pass; not where money is apart.
    let scheduled = |request: &mut engine::run::Request| request.trigger = Trigger::Schedule;
    bench.sync_with(scheduled).await;
    let quiet = CreditsPass {
        quiet: true,
        ..news
    };
    assert_eq!(passes(&bench.xero), [quiet]);
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    bench.sync_with(scheduled).await;
    passes(&bench.xero);
    bench.sync_with(scheduled).await;
    assert_eq!(passes(&bench.xero), [news]);
    bench.wait(24 * 60);
    bench.sync().await.unwrap();
    assert_eq!(passes(&bench.xero), [whole]);
    // ERPNext's ledger goes on to say the old name until it is asked again.
    passes(&bench.erpnext);
    bench.erpnext.lock().unwrap().credits[0].contact = RemoteId::new("another");
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    assert_eq!(passes(&bench.erpnext), [news, whole]);
}

#[tokio::test]
async fn another_exception_of_the_contact_comes_first() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    for (world, email) in [
        (&bench.xero, "x@x.example"),
        (&bench.erpnext, "e@x.example"),
    ] {
        let name = if email.starts_with('x') {
            "Both"
        } else {
            "both"
        };
        support::edit_contact(world, name, |contact| contact.email = Some(email.into()));
    }
    enter(&bench.erpnext, CreditForm::Payment, "pay-1", "both", "150");
    bench.sync().await.unwrap();
    let causes: Vec<Cause> = open(&bench).into_iter().map(|it| it.cause).collect();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert_eq!(causes[0].word(), "both_changed");
    // It is apart all the same.
    assert_eq!(
        compared(&bench.store, bench.pairing.id)
            .unwrap()
            .apart
            .len(),
        1
    );
}
