//! Ends are seen: what people delete, merge or bring back is never overwritten, never made again, and
//! never called agreed while it is on one side only.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use engine::plan::Guard;
use ledger::{Kind, RemoteId, Side};
use store::{ExceptionQuery, RecordKey, RunOutcome, Scope};
use support::{
    Bench, Deletions, World, audit, books, contact, edit_contact, edit_invoice, id_of, invoice,
    titles,
};

/// Books that agree.
async fn agreed() -> Bench {
    let (xero, erpnext) = books();
    let bench = Bench::new(xero, erpnext);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    bench
}

fn of(world: &World, number: &str) -> RemoteId {
    id_of(world, number)
}

fn delete(bench: &Bench, kind: Kind, title: &str) -> RemoteId {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let id = of(&erpnext, title);
    erpnext.delete(kind, &id);
    id
}

/// As by a program, or in a backup that was restored: no trace.
fn lose(bench: &Bench, kind: Kind, title: &str) -> RemoteId {
    let id = delete(bench, kind, title);
    bench.erpnext.lock().unwrap().traces.pop();
    id
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

fn voided(bench: &Bench, number: &str) -> bool {
    let xero = bench.xero.lock().unwrap();
    let held = xero
        .records
        .values()
        .find(|held| held.record.title() == number)
        .unwrap();
    held.record.ended()
}

#[tokio::test]
async fn an_invoice_deleted_in_erpnext_is_voided_in_xero() {
    let bench = agreed().await;
    delete(&bench, Kind::Invoice, "A-1");
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
    assert!(voided(&bench, "A-1"));
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    audit(&bench);
}

#[tokio::test]
async fn one_that_is_not_told_of_is_gone_once_two_runs_did_not_find_it() {
    let bench = agreed().await;
    bench.erpnext.lock().unwrap().deletions = Deletions::Hidden;
    lose(&bench, Kind::Invoice, "A-2");
    let run = bench.sync_with(|request| request.full = true).await;
    assert_eq!(run.counts.writes(), 0);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
    assert!(voided(&bench, "A-2"));
}

#[tokio::test]
async fn one_that_is_there_again_after_it_was_missed_is_not_gone() {
    let bench = agreed().await;
    let id = of(&bench.erpnext.lock().unwrap(), "A-2");
    let held = bench
        .erpnext
        .lock()
        .unwrap()
        .records
        .remove(&(Kind::Invoice, id.clone()));
    bench.sync_with(|request| request.full = true).await;
    let key = (Kind::Invoice, id);
    bench
        .erpnext
        .lock()
        .unwrap()
        .records
        .insert(key, held.unwrap());
    for _ in 0..3 {
        let run = bench.sync_with(|request| request.full = true).await;
        assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
    }
}

#[tokio::test]
async fn what_we_may_not_see_any_more_is_not_gone() {
    let bench = agreed().await;
    let id = of(&bench.erpnext.lock().unwrap(), "A-1");
    bench.erpnext.lock().unwrap().forbidden.insert(id);
    for _ in 0..3 {
        let run = bench.sync_with(|request| request.full = true).await;
        assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
    }
    assert!(!voided(&bench, "A-1"));
}

#[tokio::test]
async fn a_document_that_took_the_name_of_a_deleted_one_is_another() {
    // Read with the deletion at once, or after it.
    for at_once in [true, false] {
        let bench = agreed().await;
        let id = delete(&bench, Kind::Invoice, "A-1");
        if !at_once {
            bench.sync().await.unwrap();
        }
        {
            let mut erpnext = bench.erpnext.lock().unwrap();
            let customer = of(&erpnext, "Only ERPNext");
            erpnext.put(id.clone(), None, invoice("A-9", &customer, 999));
        }
        bench.sync().await.unwrap();
        bench.sync().await.unwrap();
        assert!(voided(&bench, "A-1"), "{at_once}");
        audit(&bench);
        let (xero, erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
        let made = of(&xero, "A-9");
        assert_eq!(
            erpnext.records[&(Kind::Invoice, id.clone())].marker,
            Some(made)
        );
    }
}

#[tokio::test]
async fn a_deleted_document_that_was_restored_is_the_same_one() {
    let bench = agreed().await;
    let (id, held) = {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let id = of(&erpnext, "A-1");
        let held = erpnext.delete(Kind::Invoice, &id);
        (id, held)
    };
    // With a creation of its own, and our marker still on it.
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        erpnext.put(id, held.marker, held.record);
    }
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
    assert!(!voided(&bench, "A-1"));
}

#[tokio::test]
async fn the_deletion_of_what_was_never_linked_is_no_end() {
    let (xero, mut erpnext) = books();
    let customer = of(&erpnext, "both");
    let mut draft = invoice("D-1", &customer, 10);
    if let ledger::Record::Invoice(draft) = &mut draft {
        draft.state = ledger::DocumentState::Draft;
    }
    let id = erpnext.add(Side::Erpnext, draft);
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    bench.erpnext.lock().unwrap().delete(Kind::Invoice, &id);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
    let left = bench
        .store
        .records(bench.pairing.id, Kind::Invoice, Scope::All)
        .unwrap();
    assert!(left.iter().all(|record| record.row.id != id));
}

#[tokio::test]
async fn nothing_is_created_from_what_was_read_before_and_is_gone() {
    for told in [true, false] {
        let bench = agreed().await;
        {
            let mut erpnext = bench.erpnext.lock().unwrap();
            let customer = of(&erpnext, "both");
            erpnext.add(Side::Erpnext, invoice("G-1", &customer, 10));
        }
        bench.xero.lock().unwrap().sending_fails = true;
        bench.sync().await.unwrap();
        bench.xero.lock().unwrap().sending_fails = false;
        if !told {
            bench.erpnext.lock().unwrap().deletions = Deletions::Hidden;
        }
        delete(&bench, Kind::Invoice, "G-1");
        for _ in 0..3 {
            assert_eq!(bench.sync().await.unwrap().counts.writes(), 0, "{told}");
        }
        assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
        audit(&bench);
    }
}

#[tokio::test]
async fn a_double_that_a_person_deletes_is_no_candidate_any_more() {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    xero.add(Side::Xero, contact("Twin"));
    erpnext.add(Side::Erpnext, contact("Twin"));
    let double = erpnext.add(Side::Erpnext, contact("TWIN"));
    let bench = Bench::new(xero, erpnext);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
    assert_eq!(causes(&bench).len(), 3);
    // Whether or not deletions may be read.
    bench.erpnext.lock().unwrap().deletions = Deletions::Hidden;
    bench.erpnext.lock().unwrap().delete(Kind::Contact, &double);
    bench.sync().await.unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.found()), (RunOutcome::Agreed, 1));
    assert!(causes(&bench).is_empty());
}

#[tokio::test]
async fn a_deleted_customer_is_for_a_person_and_its_documents_wait() {
    let bench = agreed().await;
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        erpnext.add(Side::Erpnext, contact("Gone"));
    }
    bench.sync().await.unwrap();
    delete(&bench, Kind::Contact, "Gone");
    let vanished = (Side::Xero, "Gone".to_owned(), "vanished".to_owned());
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.writes()),
            (RunOutcome::Exceptions, 0)
        );
        assert_eq!(causes(&bench), std::slice::from_ref(&vanished));
    }
    {
        let mut xero = bench.xero.lock().unwrap();
        let gone = of(&xero, "Gone");
        xero.add(Side::Xero, invoice("W-1", &gone, 10));
    }
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    let waits = (Side::Xero, "W-1".to_owned(), "waits_for_contact".to_owned());
    assert_eq!(causes(&bench), [vanished, waits]);
    // One way on: the customer is made again, and everything follows by itself.
    let again = {
        let mut erpnext = bench.erpnext.lock().unwrap();
        erpnext.add(Side::Erpnext, contact("Gone"))
    };
    bench.sync().await.unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{:?}", causes(&bench));
    let erpnext = bench.erpnext.lock().unwrap();
    let made = &erpnext.records[&(Kind::Invoice, of(&erpnext, "W-1"))];
    assert_eq!(made.record.as_invoice().unwrap().contact, again);
}

#[tokio::test]
async fn a_contact_without_its_customer_is_settled_by_archiving_it() {
    let bench = agreed().await;
    bench
        .erpnext
        .lock()
        .unwrap()
        .add(Side::Erpnext, contact("Gone"));
    bench.sync().await.unwrap();
    delete(&bench, Kind::Contact, "Gone");
    bench.sync().await.unwrap();
    edit_contact(&bench.xero, "Gone", |contact| contact.archived = true);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
    assert!(causes(&bench).is_empty());
}

#[tokio::test]
async fn a_link_follows_a_customer_that_was_merged_into_one_without_a_link() {
    let bench = agreed().await;
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let from = of(&erpnext, "Only Xero");
        let into = erpnext.add(Side::Erpnext, contact("Only Xero (Leeds)"));
        erpnext.merge_customers(&from, &into);
    }
    bench.sync().await.unwrap();
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{:?}", causes(&bench));
    audit(&bench);
    assert_eq!(titles(&bench.xero.lock().unwrap(), Kind::Contact).len(), 3);
}

#[tokio::test]
async fn customers_that_were_both_linked_and_merged_are_for_a_person_and_no_invoice_is_touched() {
    let bench = agreed().await;
    let writes = bench.writes();
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let (from, into) = (of(&erpnext, "Only Xero"), of(&erpnext, "both"));
        erpnext.merge_customers(&from, &into);
    }
    for _ in 0..3 {
        let run = bench.sync().await.unwrap();
        assert_eq!(
            (run.outcome, run.counts.writes()),
            (RunOutcome::Exceptions, 0)
        );
    }
    let asked = (Side::Xero, "Only Xero".to_owned(), "merged".to_owned());
    assert_eq!(causes(&bench), [asked]);
    assert_eq!(bench.writes(), writes);
    // A new invoice in Xero goes to the customer that it was merged into.
    {
        let mut xero = bench.xero.lock().unwrap();
        let contact = of(&xero, "Only Xero");
        xero.add(Side::Xero, invoice("X-9", &contact, 30));
    }
    assert_eq!(bench.sync().await.unwrap().counts.created, 1);
    {
        let erpnext = bench.erpnext.lock().unwrap();
        let made = &erpnext.records[&(Kind::Invoice, of(&erpnext, "X-9"))];
        assert_eq!(
            made.record.as_invoice().unwrap().contact,
            of(&erpnext, "both")
        );
    }
    edit_contact(&bench.xero, "Only Xero", |contact| contact.archived = true);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.writes()), (RunOutcome::Agreed, 0));
}

#[tokio::test]
async fn what_no_list_brought_is_found_by_the_comparison_of_all_identities() {
    let bench = agreed().await;
    let compared = || bench.erpnext.lock().unwrap().compared;
    assert_eq!(compared(), 0, "everything had just been read");
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let customer = of(&erpnext, "both");
        let late = erpnext.add(Side::Erpnext, invoice("L-1", &customer, 10));
        erpnext.not_listed.insert(late);
    }
    edit_invoice(&bench.xero, "A-1", |it| it.reference = Some("PO 1".into()));
    {
        let mut xero = bench.xero.lock().unwrap();
        let edited = of(&xero, "A-1");
        xero.not_listed.insert(edited);
    }
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    bench.wait(24 * 60);
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.created, run.counts.updated),
        (RunOutcome::Agreed, 1, 1)
    );
    let of_each_kind = u32::try_from(Kind::ALL.len()).unwrap();
    assert_eq!(compared(), of_each_kind);
    // Once a day.
    bench.sync().await.unwrap();
    assert_eq!(compared(), of_each_kind);
    audit(&bench);
}

#[tokio::test]
async fn a_list_without_anything_is_no_list_of_these_books() {
    // All of it was there on both sides: nothing of what we wrote is missed.
    let (mut xero, mut erpnext) = (World::default(), World::default());
    let contacts = (
        xero.add(Side::Xero, contact("Both")),
        erpnext.add(Side::Erpnext, contact("Both")),
    );
    xero.add(Side::Xero, invoice("A-1", &contacts.0, 10));
    erpnext.add(Side::Erpnext, invoice("A-1", &contacts.1, 10));
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    bench.erpnext.lock().unwrap().records.clear();
    let run = bench.sync_with(|request| request.full = true).await;
    assert_eq!(run.outcome, RunOutcome::NeedsApproval);
    assert_eq!(run.counts.writes(), 0);
}

/// A site that was put back to how it was before the first sync, and has gone on since.
fn put_back(bench: &Bench, before: &World) -> RemoteId {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let (versions, ids) = (erpnext.versions, erpnext.ids);
    let lost: Vec<RemoteId> = erpnext
        .records
        .iter()
        .filter(|(key, _)| !before.records.contains_key(*key))
        .map(|((_, id), _)| id.clone())
        .collect();
    *erpnext = before.clone();
    (erpnext.versions, erpnext.ids) = (versions, ids);
    // Another document takes the name of one that is lost.
    let name = lost.last().unwrap().clone();
    let customer = of(&erpnext, "both");
    erpnext.put(name.clone(), None, invoice("N-1", &customer, 999));
    name
}

#[tokio::test]
async fn a_site_that_went_back_in_time_stops_and_asks() {
    let (xero, erpnext) = books();
    let before = erpnext.clone();
    let bench = Bench::new(xero, erpnext);
    bench.sync().await.unwrap();
    let xero = |bench: &Bench| -> Vec<String> {
        let xero = bench.xero.lock().unwrap();
        xero.records
            .values()
            .map(|held| format!("{held:?}"))
            .collect()
    };
    let was = xero(&bench);
    put_back(&bench, &before);
    // An approval of something else is none of this.
    for approve in [false, true] {
        let run = bench.sync_with(|request| request.approve = approve).await;
        assert_eq!(
            (run.outcome, run.counts.writes()),
            (RunOutcome::NeedsApproval, 0)
        );
        assert!(matches!(
            run.guards.as_slice(),
            [Guard::WentBack { side: Side::Erpnext, count, titles }]
                if *count >= 4 && titles.len() == 3
        ));
    }
    let shown = engine::run::preview(&bench.session(), |_| {})
        .await
        .unwrap();
    assert!(matches!(shown.guards[..], [Guard::WentBack { .. }]));
    assert_eq!(xero(&bench), was);
    // Accepted: what it lacks is carried over again, what took a name is another, nothing is voided.
    bench.sync_with(|request| request.restored = true).await;
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Agreed, "{:?}", causes(&bench));
    audit(&bench);
    let xero = bench.xero.lock().unwrap();
    assert!(xero.records.values().all(|held| !held.record.ended()));
    assert!(titles(&xero, Kind::Invoice).contains(&"n 1".to_owned()));
}

#[tokio::test]
async fn a_record_that_we_wrote_and_a_person_deleted_asks_nobody() {
    let bench = agreed().await;
    delete(&bench, Kind::Invoice, "X-1");
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
    // Where deletions may not be read, one of many is taken for one.
    bench.erpnext.lock().unwrap().deletions = Deletions::Hidden;
    delete(&bench, Kind::Invoice, "X-2");
    bench.sync_with(|request| request.full = true).await;
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.voided), (RunOutcome::Agreed, 1));
}

#[tokio::test]
async fn a_death_at_any_point_forgets_no_end() {
    for point in 1..40 {
        let bench = agreed().await;
        let id = delete(&bench, Kind::Invoice, "A-1");
        {
            let mut erpnext = bench.erpnext.lock().unwrap();
            let customer = of(&erpnext, "Only ERPNext");
            erpnext.put(id, None, invoice("A-9", &customer, 999));
        }
        let died = bench.sync_and_die_at(point).await;
        for _ in 0..3 {
            bench.sync().await.unwrap();
        }
        assert!(voided(&bench, "A-1"), "at {point}");
        audit(&bench);
        if !died {
            return;
        }
    }
    panic!("a run has fewer points");
}

#[tokio::test]
async fn a_cancelled_document_of_ours_that_goes_voids_nothing() {
    let bench = agreed().await;
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse_both
        .insert("X-1".into());
    edit_invoice(&bench.xero, "X-1", |it| {
        it.due_date = chrono::NaiveDate::from_ymd_opt(2026, 12, 24);
    });
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    // Somebody tidies up what we had cancelled to replace it.
    bench.erpnext.lock().unwrap().refuse_both.clear();
    let id = {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let id = erpnext
            .records
            .iter()
            .find(|(_, held)| held.record.title() == "X-1" && held.record.ended())
            .map(|((_, id), _)| id.clone())
            .unwrap();
        erpnext.delete(Kind::Invoice, &id);
        id
    };
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    bench.store.request_retry(&[open[0].id]).unwrap();
    bench.sync().await.unwrap();
    bench.sync().await.unwrap();
    assert!(!voided(&bench, "X-1"));
    assert!(causes(&bench).is_empty(), "{:?}", causes(&bench));
    audit(&bench);
    let key = RecordKey {
        side: Side::Erpnext,
        kind: Kind::Invoice,
        id,
    };
    assert_eq!(bench.store.record(bench.pairing.id, &key).unwrap(), None);
}
