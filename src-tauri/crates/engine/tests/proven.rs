//! P11 seen before it counts: drafts under way are gone on with and never taken for done or for a
//! person's; what Xero counts differently is taken back in the same run.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{Document, DocumentState, Kind, RemoteId, Side};
use store::{Exception, ExceptionQuery, LogQuery, RunOutcome};
use support::{Bench, World, audit, id_of, invoice};

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

/// The states of all documents of a number on a side, live ones first.
fn states(world: &World, number: &str) -> Vec<DocumentState> {
    let mut states: Vec<DocumentState> = world
        .records
        .values()
        .filter_map(|held| held.record.as_invoice())
        .filter(|invoice| invoice.number.as_deref() == Some(number))
        .map(|invoice| invoice.state)
        .collect();
    states.sort_by_key(|state| *state == DocumentState::Voided);
    states
}

/// A draft of ours in ERPNext: as Xero's invoice of that number, with our marker.
fn leave_draft(bench: &Bench, number: &str, edit: impl FnOnce(&mut Document)) -> RemoteId {
    let xero = bench.xero.lock().unwrap();
    let source = id_of(&xero, number);
    let mut erpnext = bench.erpnext.lock().unwrap();
    let customer = erpnext
        .records
        .iter()
        .find(|(_, held)| held.record.title().eq_ignore_ascii_case("both"))
        .map(|((_, id), _)| id.clone())
        .unwrap();
    let mut draft = invoice(number, &customer, 100);
    if let ledger::Record::Invoice(draft) = &mut draft {
        draft.state = DocumentState::Draft;
        edit(draft);
    }
    let id = RemoteId::new(format!("left-{number}"));
    erpnext.put(id.clone(), Some(source), draft);
    id
}

#[tokio::test]
async fn a_create_that_stopped_at_its_draft_is_finished_in_the_same_run() {
    let bench = Bench::new_customer();
    bench
        .erpnext
        .lock()
        .unwrap()
        .left_as_draft
        .extend(["X-1".to_owned(), "X-2".to_owned()]);
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed);
    let live = [DocumentState::Approved];
    assert_eq!(states(&bench.erpnext.lock().unwrap(), "X-1"), live);
    assert_eq!(states(&bench.erpnext.lock().unwrap(), "X-2"), live);
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn it_is_finished_by_a_program_that_knows_nothing_of_it() {
    let mut bench = Bench::new_customer();
    bench.sync().await.unwrap();
    {
        // A new invoice in Xero, of which another installation left the draft.
        let mut xero = bench.xero.lock().unwrap();
        let contact = id_of(&xero, "Both");
        xero.add(Side::Xero, invoice("N-1", &contact, 100));
    }
    let draft = leave_draft(&bench, "N-1", |_| {});
    bench.forget();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.created), (RunOutcome::Agreed, 0));
    let erpnext = bench.erpnext.lock().unwrap().clone();
    assert_eq!(states(&erpnext, "N-1"), [DocumentState::Approved]);
    assert!(!erpnext.records[&(Kind::Invoice, draft)].record.ended());
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn it_is_finished_wherever_the_one_who_goes_on_with_it_dies() {
    let mut deaths = 0;
    for point in 1.. {
        let bench = Bench::new_customer();
        {
            let mut xero = bench.xero.lock().unwrap();
            let contact = id_of(&xero, "Both");
            xero.add(Side::Xero, invoice("N-1", &contact, 100));
        }
        leave_draft(&bench, "N-1", |_| {});
        if !bench.sync_and_die_at(point).await {
            break;
        }
        deaths += 1;
        bench.sync().await.unwrap();
        let run = bench.sync().await.unwrap();
        assert_eq!(run.outcome, RunOutcome::Agreed, "died at {point}");
        let live = [DocumentState::Approved];
        assert_eq!(states(&bench.erpnext.lock().unwrap(), "N-1"), live);
        audit(&bench);
    }
    assert!(deaths > 20, "{deaths}");
}

#[tokio::test]
async fn a_draft_under_way_says_what_xero_says_and_goes_with_it() {
    for voided in [false, true] {
        let bench = Bench::new_customer();
        {
            let mut xero = bench.xero.lock().unwrap();
            let contact = id_of(&xero, "Both");
            xero.add(Side::Xero, invoice("N-1", &contact, 100));
        }
        leave_draft(&bench, "N-1", |draft| {
            draft.lines[0].description = "Tulips".into();
            draft.due_date = NaiveDate::from_ymd_opt(2026, 12, 24);
        });
        if voided {
            let mut xero = bench.xero.lock().unwrap();
            let id = id_of(&xero, "N-1");
            xero.edit(Kind::Invoice, &id, ledger::Record::end);
        }
        let run = bench.sync().await.unwrap();
        assert_eq!(run.outcome, RunOutcome::Agreed, "voided: {voided}");
        let erpnext = bench.erpnext.lock().unwrap().clone();
        let state = if voided {
            DocumentState::Voided
        } else {
            DocumentState::Approved
        };
        assert_eq!(states(&erpnext, "N-1"), [state]);
        if !voided {
            let held = &erpnext.records[&(Kind::Invoice, id_of(&erpnext, "N-1"))];
            let now = held.record.as_invoice().unwrap();
            assert_eq!(now.lines[0].description, "Roses");
            audit(&bench);
        }
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

/// Somebody saves the draft after it was read: it is not written over, but looked at again.
#[tokio::test]
async fn a_draft_under_way_that_somebody_saves_meanwhile_is_read_again_first() {
    let writes = async |touched: bool| {
        let bench = Bench::new_customer();
        {
            let mut xero = bench.xero.lock().unwrap();
            let contact = id_of(&xero, "Both");
            xero.add(Side::Xero, invoice("N-1", &contact, 100));
        }
        leave_draft(&bench, "N-1", |draft| {
            draft.lines[0].description = "Tulips".into();
        });
        if touched {
            let mut erpnext = bench.erpnext.lock().unwrap();
            erpnext.touched_before_write.insert("N-1".to_owned());
        }
        let run = bench.sync().await.unwrap();
        assert_eq!(run.outcome, RunOutcome::Agreed, "touched: {touched}");
        let erpnext = bench.erpnext.lock().unwrap();
        assert_eq!(states(&erpnext, "N-1"), [DocumentState::Approved]);
        erpnext.writes
    };
    assert_eq!(writes(true).await, writes(false).await + 1);
}

#[tokio::test]
async fn a_draft_that_an_unfinished_replacement_left_is_removed() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let draft = leave_draft(&bench, "A-1", |draft| draft.number = Some("A-1-1".into()));
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
    let erpnext = bench.erpnext.lock().unwrap().clone();
    assert!(erpnext.records[&(Kind::Invoice, draft)].record.ended());
    assert_eq!(states(&erpnext, "A-1"), [DocumentState::Approved]);
    let xero = bench.xero.lock().unwrap().clone();
    assert_eq!(states(&xero, "A-1"), [DocumentState::Approved]);
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn what_xero_counts_differently_is_voided_at_once_and_never_called_agreed() {
    let bench = Bench::new_customer();
    bench.xero.lock().unwrap().miscounts.insert("E-1".into());
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.voided, run.counts.exceptions),
        (RunOutcome::Exceptions, 1, 1)
    );
    let state = |side: &str| {
        let world = if side == "xero" {
            &bench.xero
        } else {
            &bench.erpnext
        };
        states(&world.lock().unwrap(), "E-1")
    };
    assert_eq!(state("xero"), [DocumentState::Voided]);
    assert_eq!(state("erpnext"), [DocumentState::Approved]);
    let found = open(&bench);
    let ledger::Cause::WouldDiffer { differences, .. } = &found[0].cause else {
        panic!("{:?}", found[0].cause)
    };
    let total = differences.iter().find(|it| it.field == "total").unwrap();
    assert_eq!(
        (total.xero.as_deref(), total.erpnext.as_deref()),
        (Some("80.01 GBP"), Some("80.00 GBP"))
    );
    let log = bench
        .store
        .log(&LogQuery {
            text: Some("E-1".into()),
            ..LogQuery::default()
        })
        .unwrap();
    let outcomes: Vec<_> = log
        .iter()
        .filter(|line| line.write.to == Some(Side::Xero))
        .map(|line| line.write.outcome)
        .collect();
    assert!(
        !outcomes.contains(&store::LogOutcome::Created),
        "{outcomes:?}"
    );
    // Not sent again, and the void is nobody's: it is not carried to ERPNext, though its link back
    // names the document that it was made from.
    let source = id_of(&bench.erpnext.lock().unwrap(), "E-1");
    for held in bench.xero.lock().unwrap().records.values_mut() {
        if held.record.title() == "E-1" {
            held.marker = Some(source.clone());
            held.version += 100;
        }
    }
    let writes = bench.writes();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
    assert_eq!(bench.writes(), writes);
    assert_eq!(state("erpnext"), [DocumentState::Approved]);
    assert_eq!(open(&bench)[0].cause.word(), "would_differ");
    // When it counts right, a retry carries it.
    bench.xero.lock().unwrap().miscounts.clear();
    bench.store.request_retry(&[found[0].id]).unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    assert_eq!(
        state("xero"),
        [DocumentState::Approved, DocumentState::Voided]
    );
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn a_refused_wording_is_sent_in_another_and_a_second_refusal_is_shown() {
    let bench = Bench::new_customer();
    bench.erpnext.lock().unwrap().reworded = [("X-1".to_owned(), 1), ("X-2".to_owned(), 2)].into();
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    let live = [DocumentState::Approved];
    assert_eq!(states(&bench.erpnext.lock().unwrap(), "X-1"), live);
    let found = open(&bench);
    assert_eq!(
        (found[0].title.as_str(), found[0].cause.word()),
        ("X-2", "refused")
    );
    bench.store.request_retry(&[found[0].id]).unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}
