//! What a run did is undone, what people made of it stays, and the next run writes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeMap;

use engine::run::undo::{Becomes, Item, Undone, preview, undo};
use engine::undo::{Action, Nothing, Stays};
use ledger::{Kind, Record, RemoteId, Side};
use store::{ExceptionQuery, LogQuery, RunId, RunOutcome};
use support::{
    Bench, World, books, contact, credit_note, edit_contact, edit_invoice, id_of, invoice, payment,
};

/// Books of a new customer, with payments and a credit note on one side alone.
fn settled_books() -> Bench {
    let (mut xero, mut erpnext) = books();
    let (paid, owner) = (id_of(&xero, "X-1"), id_of(&xero, "Only Xero"));
    xero.add(Side::Xero, payment("BACS 1", &owner, &paid, 30));
    let used = id_of(&xero, "X-2");
    xero.add(Side::Xero, credit_note("CN-1", &owner, 40, &[(&used, 25)]));
    let (paid, owner) = (id_of(&erpnext, "E-1"), id_of(&erpnext, "Only ERPNext"));
    erpnext.add(Side::Erpnext, payment("PAY-1", &owner, &paid, 80));
    Bench::new(xero, erpnext)
}

/// What lives on a side, record by record, without what moves by itself.
fn live(world: &World) -> BTreeMap<(Kind, RemoteId), Record> {
    let records = world.records.iter();
    let live = records.filter(|(_, held)| !held.record.ended());
    live.map(|(key, held)| (key.clone(), held.record.clone()))
        .collect()
}

fn both(bench: &Bench) -> [BTreeMap<(Kind, RemoteId), Record>; 2] {
    [&bench.xero, &bench.erpnext].map(|world| live(&world.lock().unwrap()))
}

async fn undone(bench: &Bench, run: RunId) -> Undone {
    undo(&bench.session(), run, Some("sam@till")).await.unwrap()
}

/// The titles of what becomes so, with their sides.
fn named(items: &[Item], is: impl Fn(&Becomes) -> bool) -> Vec<String> {
    let named = items.iter().filter(|it| is(&it.becomes));
    named
        .map(|it| format!("{} {} {}", it.record.side.word(), it.record.kind, it.title))
        .collect()
}

#[tokio::test]
async fn after_the_undo_of_a_first_run_both_sides_stand_as_before_and_the_next_run_writes_nothing()
{
    let bench = settled_books();
    let before = both(&bench);
    let first = bench.sync().await.unwrap();
    assert_eq!(first.outcome, RunOutcome::Agreed);
    let shown = preview(&bench.session(), first.run).await.unwrap().items;
    let writes = bench.writes();
    let to_do = named(&shown, |it| matches!(it, Becomes::ToDo(_)));
    assert_eq!((to_do.len(), shown.len()), (11, 11), "{shown:?}");
    assert_eq!(bench.writes(), writes, "a preview writes nothing");
    let done = undone(&bench, first.run).await;
    assert_eq!(
        (done.outcome, done.counts.exceptions),
        (RunOutcome::Agreed, 0),
        "{done:?}"
    );
    assert_eq!(
        named(&done.items, |it| matches!(it, Becomes::Done(_))).len(),
        11
    );
    assert_eq!(both(&bench), before);
    let archived = |it: &Becomes| *it == Becomes::Done(Action::Archive);
    assert_eq!(
        named(&done.items, archived),
        ["xero contact Only ERPNext", "erpnext contact Only Xero"]
    );
    // What both had before is linked still, and agrees.
    for _ in 0..2 {
        let next = bench.sync().await.unwrap();
        assert_eq!(
            (next.counts.writes(), next.outcome),
            (0, RunOutcome::Agreed),
            "{next:?}"
        );
    }
    assert_eq!(both(&bench), before);
    let kept = bench.store.kept_apart(bench.pairing.id).unwrap();
    assert_eq!(kept.len(), 22);
    assert!(kept.iter().all(|it| {
        it.keep.undone == Some(first.run) && it.keep.who.as_deref() == Some("sam@till")
    }));
    let lines = bench.store.log(&LogQuery {
        run: Some(done.run),
        ..LogQuery::default()
    });
    let lines = lines.unwrap();
    let said = format!("Undo of run {}: Voided in ERPNext", first.run);
    assert!(
        lines.iter().any(|it| it.write.message.sentence() == said),
        "{lines:?}"
    );
    // Once more there is nothing left to do.
    let again = undone(&bench, first.run).await;
    let nothing = |it: &Becomes| *it == Becomes::Nothing(Nothing::Undone);
    assert_eq!(named(&again.items, nothing).len(), 11, "{again:?}");
}

#[tokio::test]
async fn killed_at_any_point_the_undo_goes_on_where_it_stopped() {
    let whole = settled_books();
    let before = both(&whole);
    let first = whole.sync().await.unwrap();
    whole.gate.die_at(0);
    undone(&whole, first.run).await;
    let points = whole.gate.passed();
    assert!(points >= 20, "only {points} points to die at");
    for point in 1..=points {
        let bench = settled_books();
        let first = bench.sync().await.unwrap();
        bench.gate.die_at(point);
        let session = bench.session();
        let died = tokio::select! {
            biased;
            () = bench.gate.hit.notified() => true,
            result = undo(&session, first.run, None) => { result.unwrap(); false }
        };
        bench.gate.die_at(0);
        assert!(died, "point {point} was not reached");
        // A sync between the two makes nothing anew and ends nothing that was there.
        let writes = bench.writes();
        let between = bench.sync().await.unwrap();
        assert_eq!(between.counts.writes(), 0, "after dying at {point}");
        assert_eq!(bench.writes(), writes, "after dying at {point}");
        let done = undone(&bench, first.run).await;
        assert_eq!(
            done.outcome,
            RunOutcome::Agreed,
            "after dying at {point}: {done:?}"
        );
        assert_eq!(both(&bench), before, "after dying at {point}");
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0, "{point}");
    }
}

#[tokio::test]
async fn lost_answers_are_found_out_and_the_undo_is_whole() {
    for every in 2..6 {
        let bench = settled_books();
        let before = both(&bench);
        let first = bench.sync().await.unwrap();
        let lose = |every| {
            let answers = &bench.gate.lose_answers_from;
            answers.store(every, std::sync::atomic::Ordering::SeqCst);
        };
        lose(every);
        undone(&bench, first.run).await;
        lose(0);
        undone(&bench, first.run).await;
        assert_eq!(both(&bench), before, "every {every}");
        assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
    }
}

/// R34: of 30 created, 2 were paid by people since and 1 edited; 27 go.
#[tokio::test]
async fn what_people_paid_or_edited_stays_with_its_customer_and_is_named() {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    let acme = xero.add(Side::Xero, contact("Acme"));
    let fern = xero.add(Side::Xero, contact("Fern"));
    for number in 1..=30 {
        let of = if number <= 20 { &acme } else { &fern };
        xero.add(Side::Xero, invoice(&format!("INV-{number:02}"), of, 100));
    }
    // Fern was in both books before, and has an invoice of its own.
    let known = erpnext.add(Side::Erpnext, contact("Fern"));
    erpnext.add(Side::Erpnext, invoice("OLD-1", &known, 10));
    let bench = Bench::new(xero, erpnext);
    let first = bench.sync().await.unwrap();
    assert_eq!(first.outcome, RunOutcome::Agreed);
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let customer = id_of(&erpnext, "Acme");
        for (name, number) in [("PAY-1", "INV-03"), ("PAY-2", "INV-04")] {
            let paid = id_of(&erpnext, number);
            erpnext.add(Side::Erpnext, payment(name, &customer, &paid, 100));
        }
    }
    edit_invoice(&bench.erpnext, "INV-21", |it| {
        it.reference = Some("PO-9".into());
    });
    let done = undone(&bench, first.run).await;
    let voided = |it: &Becomes| *it == Becomes::Done(Action::Void);
    let in_erpnext = |it: &String| it.starts_with("erpnext invoice INV");
    let gone = named(&done.items, voided);
    assert_eq!(
        gone.iter().filter(|it| in_erpnext(it)).count(),
        27,
        "{gone:?}"
    );
    let why: Vec<String> = done
        .items
        .iter()
        .filter_map(|it| match &it.becomes {
            Becomes::Stays(why) => Some(format!("{}: {why}", it.title)),
            _ => None,
        })
        .collect();
    assert_eq!(why.len(), 4, "{why:?}");
    assert!(why[0].starts_with("Acme: used since by "), "{why:?}");
    assert_eq!(
        why[1..3],
        [
            "INV-03: used since by payment PAY-1 of 100.00 GBP",
            "INV-04: used since by payment PAY-2 of 100.00 GBP",
        ]
    );
    assert!(
        why[3].starts_with("INV-21: it was changed since"),
        "{why:?}"
    );
    // OLD-1 was carried to Xero by the run too, and goes there; Fern itself was in both books.
    assert!(gone.contains(&"xero invoice OLD-1".to_owned()), "{gone:?}");
    {
        let erpnext = bench.erpnext.lock().unwrap();
        let payments = support::titles(&erpnext, Kind::Payment);
        assert_eq!(payments, ["pay 1", "pay 2"]);
        assert_eq!(support::titles(&erpnext, Kind::Contact), ["acme", "fern"]);
        let invoices = support::titles(&erpnext, Kind::Invoice);
        assert_eq!(invoices, ["inv 03", "inv 04", "inv 21", "old 1"]);
    }
    // What stays is in agreement as before: the payments are carried, and the edit.
    let next = bench.sync().await.unwrap();
    assert_eq!(
        (next.outcome, next.counts.created),
        (RunOutcome::Agreed, 2),
        "{next:?}"
    );
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn what_a_run_changed_is_set_back_and_stays_so() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let before = both(&bench);
    edit_contact(&bench.xero, "Both", |it| {
        it.email = Some("new@example.com".into());
    });
    edit_invoice(&bench.xero, "A-1", |it| {
        it.due_date = it.due_date.and_then(|it| it.succ_opt());
    });
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.updated), (RunOutcome::Agreed, 2));
    let in_xero = live(&bench.xero.lock().unwrap());
    let done = undone(&bench, run.run).await;
    let set_back = |it: &Becomes| *it == Becomes::Done(Action::SetBack);
    assert_eq!(named(&done.items, set_back).len(), 2, "{done:?}");
    // As before, but for the name that an amended document has.
    let contents = |records: &BTreeMap<(Kind, RemoteId), Record>| -> Vec<String> {
        let mut said: Vec<String> = records
            .values()
            .map(|it| serde_json::to_string(&it.as_said()).unwrap())
            .collect();
        said.sort();
        said
    };
    let now = live(&bench.erpnext.lock().unwrap());
    assert_eq!(contents(&now), contents(&before[1]));
    assert_eq!(live(&bench.xero.lock().unwrap()), in_xero);
    for _ in 0..2 {
        let next = bench.sync().await.unwrap();
        assert_eq!(
            (next.counts.writes(), next.counts.exceptions),
            (0, 0),
            "{next:?}"
        );
    }
    // Taken up again, the two are compared: what one side lacks is carried, and nothing is overwritten unasked.
    let kept = bench.store.apart(bench.pairing.id).unwrap();
    assert_eq!(kept.len(), 4);
    let kept: Vec<store::RecordKey> = kept.into_iter().collect();
    bench.store.end_apart(bench.pairing.id, &kept).unwrap();
    let next = bench.sync().await.unwrap();
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    assert_eq!((next.counts.updated, open.len()), (1, 1), "{open:?}");
}

#[tokio::test]
async fn what_a_side_refuses_stays_with_what_it_needs_and_says_why() {
    let bench = settled_books();
    let first = bench.sync().await.unwrap();
    // The site takes no change of this customer.
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse
        .insert("Only Xero".into());
    let done = undone(&bench, first.run).await;
    assert_eq!(done.outcome, RunOutcome::Exceptions);
    let failed: Vec<&Item> = done
        .items
        .iter()
        .filter(|it| matches!(it.becomes, Becomes::Failed(..)))
        .collect();
    assert_eq!(failed.len(), 1, "{done:?}");
    assert_eq!(failed[0].title, "Only Xero");
    assert_eq!(
        bench.store.exceptions(&ExceptionQuery::default()).unwrap(),
        []
    );
    bench.erpnext.lock().unwrap().refuse.clear();
    let again = undone(&bench, first.run).await;
    assert_eq!(again.outcome, RunOutcome::Agreed, "{again:?}");
    let stays = |it: &Becomes| matches!(it, Becomes::Stays(Stays::Touched(_)));
    assert_eq!(named(&again.items, stays), Vec::<String>::new());
}
