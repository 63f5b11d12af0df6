//! ERPNext documents that are several payments in Xero (what was deducted of a Payment Entry, the rows of a Journal
//! Entry, what was paid at the till), through whole runs that break off anywhere.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use ledger::mapping::Mapping;
use ledger::{Kind, MappingKind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{ExceptionQuery, MappingSource, RunOutcome};
use support::*;

const FEE: [&str; 2] = ["PE-1", "deduction:r1/PE-1"];
const JOURNAL: [&str; 2] = ["journal:r1/JE-1", "journal:r2/JE-1"];
const TILL: [&str; 2] = ["till:r1/E-4", "till:r2/E-4"];

/// A part of an ERPNext document: its identity, the account that it came to, the invoice, and how much of it.
type Part<'a> = (&'a str, &'a str, &'a str, i64);

/// A person enters a document of these parts.
fn enter(world: &mut World, parts: &[Part<'_>]) {
    for (id, account, number, amount) in parts {
        let invoice = id_of(world, number);
        let held = &world.records[&(Kind::Invoice, invoice.clone())];
        let contact = held.record.document().unwrap().contact.clone();
        let Record::Payment(mut part) = payment(id, &contact, &invoice, *amount) else {
            unreachable!()
        };
        part.bank_account = Some((*account).to_owned());
        let others = parts.iter().filter(|it| it.0 != *id);
        part.with = others.map(|it| RemoteId::new(it.0)).collect();
        world.put(RemoteId::new(*id), None, Record::Payment(part));
    }
}

fn map_fees(bench: &Bench) {
    let both = Mapping::both_ways(MappingKind::Bank, "fees", "fees");
    let both = both.into_iter().map(|it| (it, MappingSource::Person));
    let both: Vec<_> = both.collect();
    let at = chrono::DateTime::UNIX_EPOCH;
    bench
        .store
        .add_mappings(bench.pairing.id, &both, at)
        .unwrap();
}

/// Of an invoice of 80 half came to the bank and half was kept; a journal entry writes parts of two off; one of 80
/// was paid at the till, to two accounts.
fn divided() -> Bench {
    let (xero, mut erpnext) = books();
    let contact = {
        let of = &erpnext.records[&(Kind::Invoice, id_of(&erpnext, "E-1"))];
        of.record.document().unwrap().contact.clone()
    };
    erpnext.add(Side::Erpnext, invoice("E-4", &contact, 80));
    let [entry, fee] = FEE;
    enter(
        &mut erpnext,
        &[(entry, "bank", "E-1", 40), (fee, "fees", "E-1", 40)],
    );
    let [one, two] = JOURNAL;
    enter(
        &mut erpnext,
        &[(one, "fees", "E-2", 10), (two, "fees", "E-3", 20)],
    );
    let [cash, card] = TILL;
    enter(
        &mut erpnext,
        &[(cash, "bank", "E-4", 50), (card, "fees", "E-4", 30)],
    );
    let bench = Bench::new(xero, erpnext);
    map_fees(&bench);
    bench
}

/// What stands in Xero of invoices: account and amount, by the invoice's number.
fn in_xero(world: &Mutex<World>) -> BTreeMap<String, Vec<(String, Decimal)>> {
    let world = world.lock().unwrap();
    let mut found: BTreeMap<String, Vec<(String, Decimal)>> = BTreeMap::new();
    for held in world.records.values().filter(|it| !it.record.ended()) {
        let Some(payment) = held.record.as_payment() else {
            continue;
        };
        for invoice in held.record.refers_to(Kind::Invoice) {
            let of = &world.records[&(Kind::Invoice, invoice.clone())];
            let number = of.record.title().to_owned();
            let account = payment.bank_account.clone().unwrap_or_default();
            found
                .entry(number)
                .or_default()
                .push((account, payment.amount));
        }
    }
    for parts in found.values_mut() {
        parts.sort();
    }
    found
}

fn expected(of: &[(&str, &[(&str, i64)])]) -> BTreeMap<String, Vec<(String, Decimal)>> {
    let parts = |parts: &[(&str, i64)]| {
        let parts = parts.iter();
        parts
            .map(|(account, amount)| ((*account).to_owned(), Decimal::from(*amount)))
            .collect()
    };
    of.iter()
        .map(|(number, of)| ((*number).to_owned(), parts(of)))
        .collect()
}

fn all() -> BTreeMap<String, Vec<(String, Decimal)>> {
    expected(&[
        ("E-1", &[("bank", 40), ("fees", 40)]),
        ("E-2", &[("fees", 10)]),
        ("E-3", &[("fees", 20)]),
        ("E-4", &[("bank", 50), ("fees", 30)]),
    ])
}

async fn ends_with(bench: &Bench, wanted: &BTreeMap<String, Vec<(String, Decimal)>>, when: &str) {
    let run = sync_all(bench).await;
    let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
    let open: Vec<_> = open
        .iter()
        .map(|it| (&it.title, it.cause.sentence()))
        .collect();
    assert_eq!(
        (run.outcome, open.len()),
        (RunOutcome::Agreed, 0),
        "{when}: {open:?}"
    );
    assert_eq!(in_xero(&bench.xero), *wanted, "{when}");
    audit(bench);
    let again = sync_all(bench).await;
    assert_eq!(again.counts.writes(), 0, "{when}: {again:?}");
}

#[tokio::test]
async fn each_part_is_a_payment_in_xero() {
    let bench = divided();
    ends_with(&bench, &all(), "at once").await;
}

#[tokio::test]
async fn killed_at_any_point_no_part_is_paid_twice() {
    for point in 1.. {
        let bench = divided();
        if !bench.sync_and_die_at(point).await {
            assert!(point > 40, "only {point} points to die at");
            break;
        }
        sync_all(&bench).await;
        ends_with(&bench, &all(), &format!("after dying at {point}")).await;
    }
}

#[tokio::test]
async fn lost_answers_pay_no_part_twice() {
    for every in 2..12 {
        let bench = divided();
        bench.gate.lose_answers_from.store(every, Ordering::SeqCst);
        sync_all(&bench).await;
        bench.gate.lose_answers_from.store(0, Ordering::SeqCst);
        sync_all(&bench).await;
        ends_with(&bench, &all(), &format!("every {every}th answer lost")).await;
    }
}

/// Each part is known by the marker on its row, or by what it is.
#[tokio::test]
async fn the_folder_is_lost_at_any_point_and_no_part_is_paid_twice() {
    for point in 1.. {
        let mut bench = divided();
        let died = bench.sync_and_die_at(point).await;
        bench.forget();
        map_fees(&bench);
        let first = sync_all(&bench).await;
        if !died {
            assert_eq!(first.counts.writes(), 0, "{first:?}");
        }
        sync_all(&bench).await;
        ends_with(&bench, &all(), &format!("lost at {point}")).await;
        if !died {
            break;
        }
    }
}

/// Cancelled in ERPNext, all parts of a document end in Xero; deleted there, the document is cancelled once all are.
#[tokio::test]
async fn a_document_ends_as_a_whole_whenever_the_run_is_killed() {
    let left = expected(&[("E-4", &[("bank", 50), ("fees", 30)])]);
    for point in 1.. {
        let bench = divided();
        sync_all(&bench).await;
        bench
            .erpnext
            .lock()
            .unwrap()
            .end_payment(&RemoteId::new(JOURNAL[0]));
        {
            let mut xero = bench.xero.lock().unwrap();
            let of_entry = |held: &Held| {
                let reference = held.record.as_payment().and_then(|it| it.reference.clone());
                reference.is_some_and(|it| FEE.contains(&it.as_str()))
            };
            let ids = xero.records.iter().filter(|(_, held)| of_entry(held));
            let ids: Vec<RemoteId> = ids.map(|((_, id), _)| id.clone()).collect();
            assert_eq!(ids.len(), 2);
            for id in &ids {
                xero.end_payment(id);
            }
        }
        let died = bench.sync_and_die_at(point).await;
        sync_all(&bench).await;
        ends_with(&bench, &left, &format!("after dying at {point}")).await;
        if !died {
            assert!(point > 20, "only {point} points to die at");
            break;
        }
    }
}

/// One part deleted in Xero ends nothing by itself.
#[tokio::test]
async fn one_part_that_was_deleted_in_xero_is_asked_about() {
    let bench = divided();
    sync_all(&bench).await;
    {
        let mut xero = bench.xero.lock().unwrap();
        let one = |held: &Held| {
            let payment = held.record.as_payment();
            payment.is_some_and(|it| it.reference.as_deref() == Some(FEE[1]))
        };
        let found = xero.records.iter().find(|(_, held)| one(held));
        let id = found.map(|((_, id), _)| id.clone()).unwrap();
        xero.end_payment(&id);
    }
    let before = bench.writes();
    for _ in 0..2 {
        sync_all(&bench).await;
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        let causes: Vec<&str> = open.iter().map(|it| it.cause.word()).collect();
        assert_eq!(causes, ["cannot_void"]);
        assert_eq!(bench.writes(), before);
    }
}

/// A row of a journal entry, or what was paid at the till, is taken off nothing: the edit waits for a person.
#[tokio::test]
async fn an_invoice_that_a_part_of_a_document_pays_is_not_freed_of_it() {
    let bench = divided();
    {
        let mut erpnext = bench.erpnext.lock().unwrap();
        enter(&mut erpnext, &[("journal:r1:JE-2", "fees", "A-1", 30)]);
    }
    sync_all(&bench).await;
    sync_all(&bench).await;
    let before = bench.writes();
    let numbers = ["A-1", "E-1", "E-2", "E-4"];
    for number in numbers {
        edit_invoice(&bench.xero, number, |invoice| {
            invoice.due_date = invoice.due_date.and_then(|day| day.succ_opt());
        });
    }
    for _ in 0..2 {
        sync_all(&bench).await;
        let open = bench.store.exceptions(&ExceptionQuery::default()).unwrap();
        let asked = |number: &str| {
            let mut of = open.iter().filter(|it| it.title == number);
            of.any(|it| it.cause.word() == "cannot_edit")
        };
        assert!(numbers.into_iter().all(asked), "{open:?}");
        assert_eq!((open.len(), bench.writes()), (4, before), "{open:?}");
    }
}

/// A document that says one of its payments no more, because it was taken off its invoice, was lost with no backup.
#[tokio::test]
async fn a_part_that_its_document_says_no_more_asks_nobody_about_a_backup() {
    let bench = divided();
    sync_all(&bench).await;
    let gone = (Kind::Payment, RemoteId::new(FEE[1]));
    bench.erpnext.lock().unwrap().records.remove(&gone).unwrap();
    for _ in 0..2 {
        let run = bench.sync().await.unwrap();
        assert_ne!(run.outcome, RunOutcome::NeedsApproval, "{run:?}");
    }
    // Where the whole document is gone without a trace, a person is asked.
    let all = |id: &RemoteId| [TILL, JOURNAL].concat().contains(&id.as_str());
    bench
        .erpnext
        .lock()
        .unwrap()
        .records
        .retain(|(_, id), _| !all(id));
    let run = bench.sync().await.unwrap();
    assert_eq!(run.outcome, RunOutcome::NeedsApproval);
}
