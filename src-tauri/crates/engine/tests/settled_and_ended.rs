//! Documents that end while something settles them. ERPNext takes a cancelled invoice out of the entries that use a
//! credit note for it, and neither the credit note nor a Journal Entry that settled the invoice gets another stamp:
//! what is stored of these is not as they stand.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Mutex;

use ledger::mapping::Mapping;
use ledger::{DocumentState, Kind, MappingKind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{ExceptionQuery, MappingSource, RunOutcome};
use support::*;

/// A person enters a credit note in Xero and uses it for an invoice.
fn credit(bench: &Bench, called: &str, number: &str, amount: i64) {
    let mut xero = bench.xero.lock().unwrap();
    let invoice = id_of(&xero, number);
    let contact = contact_of(&xero, &invoice);
    let record = credit_note(called, &contact, amount, &[(&invoice, amount)]);
    xero.add(Side::Xero, record);
}

/// A person settles an invoice by a Journal Entry.
fn settle_by_journal(bench: &Bench, number: &str, amount: i64) {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let invoice = id_of(&erpnext, number);
    let contact = contact_of(&erpnext, &invoice);
    let record = payment("written off", &contact, &invoice, amount);
    erpnext.put(RemoteId::new("journal:row:JV-1"), None, record);
}

fn contact_of(world: &World, invoice: &RemoteId) -> RemoteId {
    let held = &world.records[&(Kind::Invoice, invoice.clone())];
    held.record.document().unwrap().contact.clone()
}

fn cancel(bench: &Bench, number: &str) {
    let mut erpnext = bench.erpnext.lock().unwrap();
    let invoice = id_of(&erpnext, number);
    erpnext.cancel_and_unlink(&invoice);
}

/// What is left of a credit note.
fn left(world: &Mutex<World>, called: &str) -> Decimal {
    let world = world.lock().unwrap();
    let id = id_of(&world, called);
    let held = &world.records[&(Kind::CreditNote, id)];
    held.record.document().unwrap().amount_due
}

fn ended(world: &Mutex<World>, number: &str) -> bool {
    let world = world.lock().unwrap();
    let mut invoices = world.records.iter();
    invoices.any(|((kind, _), held)| {
        *kind == Kind::Invoice && held.record.title() == number && held.record.ended()
    })
}

fn causes(bench: &Bench) -> Vec<(String, &'static str)> {
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    let mut causes: Vec<_> = open
        .into_iter()
        .map(|it| (it.title, it.cause.word()))
        .collect();
    causes.sort_unstable();
    causes
}

/// These installations know these books and agree.
async fn both_agree(installations: &[&Bench]) {
    for _ in 0..2 {
        for bench in installations {
            sync_all(bench).await;
        }
    }
    for bench in installations {
        let run = sync_all(bench).await;
        assert_eq!(causes(bench), []);
        assert_eq!(
            (run.outcome, run.counts.writes()),
            (RunOutcome::Agreed, 0),
            "{run:?}"
        );
    }
}

#[tokio::test]
async fn an_invoice_that_was_credited_is_ended_by_another_installation_and_nothing_waits_for_it() {
    let bench = Bench::new_customer();
    credit(&bench, "CX-1", "X-1", 30);
    let another = bench.another();
    both_agree(&[&bench, &another]).await;
    cancel(&bench, "X-1");
    sync_all(&another).await;
    both_agree(&[&bench, &another]).await;
    assert!(ended(&bench.xero, "X-1"));
    for world in [&bench.xero, &bench.erpnext] {
        assert_eq!(left(world, "CX-1"), Decimal::from(30));
    }
}

/// One installation is enough for that.
#[tokio::test]
async fn a_credit_taken_back_by_a_person_in_xero_waits_for_no_invoice_that_was_cancelled_in_erpnext()
 {
    let bench = Bench::new_customer();
    credit(&bench, "CX-1", "X-1", 30);
    both_agree(&[&bench]).await;
    cancel(&bench, "X-1");
    {
        let mut xero = bench.xero.lock().unwrap();
        let note = id_of(&xero, "CX-1");
        xero.use_credit(Kind::CreditNote, &note, Vec::new());
    }
    both_agree(&[&bench]).await;
    assert!(ended(&bench.xero, "X-1"));
    assert_eq!(left(&bench.erpnext, "CX-1"), Decimal::from(30));
}

/// One that was never carried ends too, and the credit note waits for it.
#[tokio::test]
async fn a_credit_note_does_not_wait_for_an_invoice_that_ended_before_it_was_carried() {
    let bench = Bench::new_customer();
    bench.xero.lock().unwrap().refuse.insert("E-9".to_owned());
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let customer = id_of(&erpnext, "Only ERPNext");
        let invoice = erpnext.add(Side::Erpnext, invoice("E-9", &customer, 60));
        let note = credit_note("CE-9", &customer, 30, &[(&invoice, 30)]);
        erpnext.add(Side::Erpnext, note);
    }
    sync_all(&bench).await;
    let waits = |title: &str, cause| (title.to_owned(), cause);
    let both = [waits("CE-9", "waits_for_invoice"), waits("E-9", "refused")];
    assert_eq!(causes(&bench), both);
    cancel(&bench, "E-9");
    both_agree(&[&bench]).await;
    assert_eq!(left(&bench.xero, "CE-9"), Decimal::from(30));
}

/// A Journal Entry gets no other stamp either when its invoice is taken off it.
#[tokio::test]
async fn a_journal_entry_that_settled_it_is_read_once_more() {
    let bench = Bench::new_customer();
    sync_all(&bench).await;
    settle_by_journal(&bench, "X-1", 70);
    let another = bench.another();
    both_agree(&[&bench, &another]).await;
    cancel(&bench, "X-1");
    for _ in 0..3 {
        sync_all(&another).await;
    }
    for _ in 0..3 {
        sync_all(&bench).await;
    }
    assert_eq!(causes(&bench), causes(&another));
    assert!(ended(&bench.xero, "X-1"));
}

/// What it had written off is on account once the invoice is amended. Xero takes no such money by an account that is
/// no bank, so the payment there stays, and is the one name of what the invoice is owed differently.
#[tokio::test]
async fn what_a_journal_entry_wrote_off_of_an_amended_invoice_has_one_name() {
    let bench = Bench::new_customer();
    sync_all(&bench).await;
    let both = Mapping::both_ways(MappingKind::Bank, "fees", "fees");
    let both = both.into_iter().map(|it| (it, MappingSource::Person));
    let (both, at): (Vec<_>, _) = (both.collect(), chrono::DateTime::UNIX_EPOCH);
    bench
        .store
        .add_mappings(bench.pairing.id, &both, at)
        .unwrap();
    settle_by_journal(&bench, "X-1", 70);
    let entry = RemoteId::new("journal:row:JV-1");
    let to_fees = |record: &mut Record| {
        if let Record::Payment(payment) = record {
            payment.bank_account = Some("fees".to_owned());
        }
    };
    bench
        .erpnext
        .lock()
        .unwrap()
        .edit(Kind::Payment, &entry, to_fees);
    both_agree(&[&bench]).await;
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        let invoice = id_of(&erpnext, "X-1");
        erpnext.cancel_and_unlink(&invoice);
        erpnext.amend_as_person(&invoice, |_| {});
    }
    for _ in 0..3 {
        sync_all(&bench).await;
    }
    let causes: Vec<&str> = causes(&bench).iter().map(|(_, cause)| *cause).collect();
    assert_eq!(causes, ["payment_not_carried"]);
    let xero = bench.xero.lock().unwrap();
    let payments = xero
        .records
        .values()
        .filter_map(|it| it.record.as_payment());
    assert!(
        payments.clone().count() == 1
            && payments
                .clone()
                .all(|it| !it.state.eq(&DocumentState::Voided))
    );
}

/// Where nothing ended, nothing is looked up for it.
#[tokio::test]
async fn where_nothing_ended_nothing_is_read_once_more() {
    let bench = Bench::new_customer();
    credit(&bench, "CX-1", "X-1", 30);
    both_agree(&[&bench]).await;
    let calls = async |bench: &Bench| {
        bench.gate.die_at(0);
        sync_all(bench).await;
        bench.gate.passed()
    };
    let idle = calls(&bench).await;
    {
        let mut xero = bench.xero.lock().unwrap();
        let (note, invoice) = (id_of(&xero, "CX-1"), id_of(&xero, "X-1"));
        xero.edit(Kind::CreditNote, &note, |_| {});
        xero.edit(Kind::Invoice, &invoice, |_| {});
    }
    assert_eq!(calls(&bench).await, idle);
}
