//! P2 nothing lost: a run says that both sides agree only where they do, and what a person decided
//! hides nothing else. Each test is a way in which agreement could be said too early.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chrono::NaiveDate;
use ledger::{DocumentState, Kind, RemoteId, Side};
use rust_decimal::Decimal;
use store::{Decision, Exception, ExceptionQuery, RunOutcome};
use support::{Bench, audit, edit_contact, edit_invoice, id_of, invoice, titles};

fn open(bench: &Bench) -> Vec<Exception> {
    bench.store.exceptions(&ExceptionQuery::default()).unwrap()
}

#[tokio::test]
async fn ignoring_a_cause_does_not_hide_a_later_edit() {
    let bench = Bench::new_customer();
    edit_invoice(&bench.xero, "A-1", |invoice| {
        invoice.amount_due = Decimal::ZERO;
    });
    bench.sync().await.unwrap();
    let found = open(&bench);
    assert_eq!(found[0].cause.word(), "amount_due_differs");
    bench
        .store
        .ignore_exception(found[0].id, "paid in cash")
        .unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    // Still ignored, not forgotten.
    let ignored = ExceptionQuery {
        status: Some(store::ExceptionStatus::Ignored),
        ..ExceptionQuery::default()
    };
    bench.sync().await.unwrap();
    assert_eq!(bench.store.exceptions(&ignored).unwrap().len(), 1);
    let due = NaiveDate::from_ymd_opt(2026, 12, 24);
    edit_invoice(&bench.erpnext, "A-1", |invoice| invoice.due_date = due);
    bench.sync().await.unwrap();
    let xero = bench.xero.lock().unwrap();
    let held = &xero.records[&(Kind::Invoice, id_of(&xero, "A-1"))];
    assert_eq!(held.record.as_invoice().unwrap().due_date, due);
}

#[tokio::test]
async fn what_is_refused_in_the_first_run_is_an_exception_of_that_run_and_not_sent_again() {
    let bench = Bench::new_customer();
    bench.erpnext.lock().unwrap().refuse.insert("X-2".into());
    let first = bench.sync().await.unwrap();
    assert_eq!(
        (first.outcome, first.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    let writes = bench.writes();
    let second = bench.sync().await.unwrap();
    assert_eq!(
        (second.outcome, second.counts.exceptions),
        (RunOutcome::Exceptions, 1)
    );
    assert_eq!(bench.writes(), writes, "the refused write was sent again");
    bench.erpnext.lock().unwrap().refuse.clear();
    bench.store.request_retry(&[open(&bench)[0].id]).unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

#[tokio::test]
async fn a_choice_whose_write_was_refused_stays_to_be_carried_out() {
    let bench = Bench::new_customer();
    // One contact for certain, by its tax number.
    edit_contact(&bench.xero, "Both", |contact| {
        contact.tax_number = Some("GB482992106".into());
        contact.email = Some("x@x.example".into());
    });
    edit_contact(&bench.erpnext, "both", |contact| {
        contact.tax_number = Some("GB482992106".into());
        contact.email = Some("e@x.example".into());
    });
    bench.sync().await.unwrap();
    let conflict = open(&bench)
        .into_iter()
        .find(|it| it.record.kind == Kind::Contact)
        .unwrap();
    assert_eq!(conflict.cause.word(), "differ_on_both_sides");
    bench
        .erpnext
        .lock()
        .unwrap()
        .refuse
        .extend(["Both".to_owned(), "both".to_owned()]);
    let keep = Decision::Keep(Side::Xero);
    bench.store.decide(conflict.id, &keep).unwrap();
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Exceptions);
    bench.erpnext.lock().unwrap().refuse.clear();
    for exception in open(&bench) {
        bench.store.decide(exception.id, &keep).unwrap();
    }
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    let erpnext = bench.erpnext.lock().unwrap();
    let email = erpnext
        .records
        .values()
        .filter_map(|held| held.record.as_contact())
        .find(|contact| contact.name.eq_ignore_ascii_case("both"))
        .and_then(|contact| contact.email.clone());
    assert_eq!(email.as_deref(), Some("x@x.example"));
}

#[tokio::test]
async fn two_different_edits_with_the_same_total_are_a_conflict() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    edit_invoice(&bench.xero, "A-1", |it| {
        it.lines[0].description = "Tulips".into();
    });
    edit_invoice(&bench.erpnext, "A-1", |it| {
        it.lines[0].description = "Lilies".into();
    });
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.writes()),
        (RunOutcome::Exceptions, 0)
    );
    assert_eq!(open(&bench)[0].cause.word(), "both_changed");
}

#[tokio::test]
async fn a_side_read_in_part_is_not_matched_or_written() {
    let bench = Bench::new_customer();
    bench.xero.lock().unwrap().breaks_off = true;
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::ConnectionFailed);
    assert_eq!(
        (run.counts.writes(), run.counts.linked, open(&bench).len()),
        (0, 0, 0)
    );
    bench.xero.lock().unwrap().breaks_off = false;
    assert_eq!(bench.sync().await.unwrap().outcome, RunOutcome::Agreed);
    audit(&bench);
}

#[tokio::test]
async fn a_kind_that_was_not_asked_for_is_not_called_agreed() {
    let bench = Bench::new_customer();
    let request = engine::run::Request {
        scope: engine::run::scope::Scope::kinds([Kind::Contact]),
        ..engine::run::Request::everything(store::Trigger::Manual)
    };
    let run = engine::run::sync(&bench.session(), &request).await.unwrap();
    assert_eq!(run.counts.created, 2, "the two contacts");
    assert_eq!(
        bench.sync().await.unwrap().counts.created,
        6,
        "the invoices follow"
    );
    audit(&bench);
}

#[tokio::test]
async fn an_invoice_amended_by_a_person_in_erpnext_is_edited_in_xero_not_voided() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let due = NaiveDate::from_ymd_opt(2026, 12, 24);
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let old = id_of(&erpnext, "A-1");
        let mut amended = erpnext.records[&(Kind::Invoice, old.clone())]
            .record
            .clone();
        erpnext.edit(Kind::Invoice, &old, ledger::Record::end);
        if let ledger::Record::Invoice(invoice) = &mut amended {
            invoice.due_date = due;
        }
        let new = erpnext.add(Side::Erpnext, amended);
        erpnext
            .records
            .get_mut(&(Kind::Invoice, new))
            .unwrap()
            .replaces = Some(old);
    }
    let run = bench.sync().await.unwrap();
    assert_eq!(
        (run.outcome, run.counts.voided, run.counts.created),
        (RunOutcome::Agreed, 0, 0)
    );
    {
        let xero = bench.xero.lock().unwrap();
        let held = &xero.records[&(Kind::Invoice, id_of(&xero, "A-1"))];
        let invoice = held.record.as_invoice().unwrap();
        assert_eq!(
            (invoice.state, invoice.due_date),
            (DocumentState::Approved, due)
        );
    }
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

/// ERPNext moves a customer to its new name, marker included, and the invoices with it, without a new
/// version and with nothing that we can read of it.
fn rename(bench: &Bench, title: &str, archived: bool) -> RemoteId {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let old = id_of(&erpnext, title);
    let new = RemoteId::new("renamed");
    let held = erpnext
        .records
        .remove(&(Kind::Contact, old.clone()))
        .unwrap();
    let mut record = held.record;
    if let (ledger::Record::Contact(contact), true) = (&mut record, archived) {
        contact.archived = true;
    }
    erpnext.put(new.clone(), held.marker, record);
    for held in erpnext.records.values_mut() {
        if let ledger::Record::Invoice(invoice) = &mut held.record
            && invoice.contact == old
        {
            invoice.contact = new.clone();
        }
    }
    new
}

#[tokio::test]
async fn a_customer_renamed_and_disabled_at_once_is_the_same() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    rename(&bench, "Only ERPNext", true);
    let run = bench.sync().await.unwrap();
    assert_eq!(open(&bench), []);
    assert_eq!(run.outcome, RunOutcome::Agreed);
    {
        let xero = bench.xero.lock().unwrap();
        let mut named = (xero.records.values()).filter(|it| it.record.title() == "Only ERPNext");
        assert!(named.all(|held| held.record.ended()));
    }
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}

#[tokio::test]
async fn a_customer_that_we_made_and_a_person_renamed_is_no_site_that_went_back() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    rename(&bench, "Only Xero", false);
    for _ in 0..3 {
        let run = bench.sync().await.unwrap();
        assert_eq!((run.outcome, open(&bench)), (RunOutcome::Agreed, vec![]));
    }
}

#[tokio::test]
async fn a_customer_renamed_in_erpnext_keeps_its_link_and_its_invoices() {
    let bench = Bench::new_customer();
    bench.sync().await.unwrap();
    let new = rename(&bench, "Only ERPNext", false);
    let more = invoice("E-9", &new, 15);
    bench.erpnext.lock().unwrap().add(Side::Erpnext, more);
    let run = bench.sync().await.unwrap();
    assert_eq!((run.outcome, run.counts.created), (RunOutcome::Agreed, 1));
    assert_eq!(open(&bench), []);
    assert_eq!(titles(&bench.xero.lock().unwrap(), Kind::Contact).len(), 3);
    audit(&bench);
    assert_eq!(bench.sync().await.unwrap().counts.writes(), 0);
}
