//! The import of old documents, through the whole program and both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "other scenarios need more of it")]
#[path = "ways_out/office.rs"]
mod office;

use app::views::{HistoryState, ReconcileFilter, RuleChange, RuleSetting};
use office::{Office, text};
use sandbox::System;
use serde_json::{Value, json};

/// A pairing with a start date, synced once.
async fn from_april() -> Office {
    let office = Office::open().await;
    let start = RuleChange {
        kind: None,
        set: RuleSetting::StartDate(Some("2026-04-01".into())),
    };
    office.app.change_rules(vec![start], true).await.unwrap();
    office.contact("Acme", json!({}));
    office.sync().await;
    office
}

/// An invoice of 120.00 in Xero of a day.
fn sold(office: &Office, number: &str, day: &str) {
    let dates = json!({ "Date": day, "DueDate": day });
    office.invoice("Acme", number, dates);
}

fn paid(office: &Office, number: &str, amount: u32, day: &str) {
    let id = office.numbered(number);
    office.xero(&json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": amount, "Date": day }));
}

/// The names of ERPNext's invoices that stand, with what is owed of each.
fn in_erpnext(office: &Office) -> Vec<String> {
    let state = office.state(System::Erpnext);
    let rows = state["Sales Invoice"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let standing = rows.iter().filter(|row| row["docstatus"] == 1);
    let mut named: Vec<String> = standing
        .map(|row| format!("{} {}", text(row, "name"), row["outstanding_amount"]))
        .collect();
    named.sort();
    named
}

/// Carries what was asked for to its end; how many parts that took.
async fn carried(office: &Office) -> u32 {
    let mut parts = 0;
    while office.app.history_part(false).await.unwrap().is_some() {
        parts += 1;
        office.advance(61);
    }
    parts
}

async fn owed(office: &Office) -> Vec<String> {
    let filter = ReconcileFilter {
        all: false,
        limit: 50,
    };
    let view = office.app.reconcile(filter).await.unwrap();
    assert!(!view.differs, "{view:?}");
    let left = view.left_alone.iter();
    left.map(|it| format!("{} {}", it.documents, it.amount.value))
        .collect()
}

/// R31: a document before the start date stays, with what was paid of it later, and is listed; asked for, it comes
/// with all that settles it, and so do older ones of which something was open then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_documents_come_when_they_are_asked_for_with_all_that_settles_them() {
    let office = from_april().await;
    sold(&office, "A-1", "2026-03-20");
    sold(&office, "A-2", "2026-02-10");
    paid(&office, "A-2", 120, "2026-02-12");
    // Before what will be asked for: settled by then, partly settled by then, settled later, and open.
    sold(&office, "O-1", "2025-11-01");
    paid(&office, "O-1", 120, "2025-12-01");
    sold(&office, "O-2", "2025-11-02");
    paid(&office, "O-2", 20, "2025-12-02");
    sold(&office, "O-3", "2025-11-03");
    paid(&office, "O-3", 20, "2025-12-03");
    paid(&office, "O-3", 100, "2026-02-03");
    sold(&office, "N-1", "2026-04-02");
    office.sync().await;
    assert_eq!(in_erpnext(&office), ["N-1 120.0"]);
    paid(&office, "A-1", 70, "2026-04-05");
    let run = office.sync().await;
    assert_eq!(
        run.records_written, 0,
        "a payment of what is outside waits with it"
    );
    assert_eq!(office.state(System::Erpnext)["Payment Entry"], Value::Null);
    assert_eq!(
        owed(&office).await,
        ["2 150.00"],
        "A-1 and O-2, before the start date"
    );

    let asked = office
        .app
        .ask_history("2026-01-01".into(), None)
        .await
        .unwrap();
    let job = asked.job.unwrap();
    assert_eq!(
        (job.from.as_str(), job.until.as_str()),
        ("2026-01-01", "2026-03-31")
    );
    assert_eq!(carried(&office).await, 1);
    let job = office.app.history().await.unwrap().job.unwrap();
    assert_eq!(
        (job.state, job.left, job.percent),
        (HistoryState::Ended, Some(0), Some(100))
    );
    assert_eq!(
        in_erpnext(&office),
        ["A-1 50.0", "A-2 0.0", "N-1 120.0", "O-2 100.0", "O-3 0.0"]
    );
    assert_eq!(owed(&office).await, [""; 0], "nothing that is open is left");
    assert_eq!(office.app.attention().await.unwrap().groups.len(), 0);
    // What was imported is carried by every sync from then on, and a late one of that time too.
    let rules = office.app.rules().await.unwrap();
    assert_eq!(rules.start_date.as_deref(), Some("2026-01-01"));
    assert_eq!(office.sync().await.writes, 0);
    sold(&office, "A-3", "2026-01-15");
    office.sync().await;
    assert!(in_erpnext(&office).contains(&"A-3 120.0".to_owned()));
}

/// What is new is carried before what is old; a person lets it wait, go on and end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_new_goes_first_and_a_person_holds_it() {
    let office = from_april().await;
    sold(&office, "A-1", "2026-03-20");
    office.sync().await;
    office
        .app
        .ask_history("2026-01-01".into(), None)
        .await
        .unwrap();
    office.app.hold_history(true).await.unwrap();
    assert_eq!(carried(&office).await, 0);
    assert_eq!(in_erpnext(&office), [""; 0]);
    sold(&office, "N-1", "2026-11-20");
    office.app.hold_history(false).await.unwrap();
    assert_eq!(carried(&office).await, 1);
    assert_eq!(in_erpnext(&office), ["A-1 120.0", "N-1 120.0"]);
    let runs = office.app.runs(None).await.unwrap();
    let reasons: Vec<String> = runs
        .iter()
        .take(2)
        .map(|run| format!("{:?}", run.reason))
        .collect();
    assert_eq!(reasons, ["History", "Schedule"], "newest first");
    assert!(office.app.hold_history(true).await.is_err(), "it has ended");
    // Another one, which is ended where it is.
    sold(&office, "O-1", "2025-06-20");
    office
        .app
        .ask_history("2025-01-01".into(), None)
        .await
        .unwrap();
    assert!(
        office
            .app
            .ask_history("2024-01-01".into(), None)
            .await
            .is_err(),
        "one at a time"
    );
    office.app.cancel_history().await.unwrap();
    assert_eq!(carried(&office).await, 0);
    assert_eq!(in_erpnext(&office).len(), 2);
    let rules = office.app.rules().await.unwrap();
    assert_eq!(
        rules.start_date.as_deref(),
        Some("2026-01-01"),
        "it stays where it ended"
    );
}

/// Bad days, and no start date.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_with_what_to_do() {
    let office = from_april().await;
    for (from, until) in [
        ("2026-04-01", None),
        ("January", None),
        ("2026-02-30", None),
        ("2026-02-01", Some("2026-01-01")),
    ] {
        let asked = office
            .app
            .ask_history(from.into(), until.map(Into::into))
            .await;
        assert!(asked.is_err(), "{from} {until:?}");
    }
    let none = RuleChange {
        kind: None,
        set: RuleSetting::StartDate(None),
    };
    office.app.change_rules(vec![none], true).await.unwrap();
    let asked = office.app.ask_history("2026-01-01".into(), None).await;
    assert!(asked.unwrap_err().to_string().contains("no start date"));
}

/// Two full books that overlap, with other numbers and names on the two sides for some: nothing becomes two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_that_overlap_end_without_a_second_of_anything() {
    let office = from_april().await;
    let customer = text(
        &office.find(System::Erpnext, "Customer", "customer_name", "Acme"),
        "name",
    );
    for n in 1..=10 {
        let day = format!("2026-02-{n:02}");
        let name = format!("H-{n}");
        // Six of ten are on both sides already, the others on one of them.
        if n <= 8 {
            sold(&office, &name, &day);
        }
        if n <= 6 || n > 8 {
            let dates = json!({ "posting_date": day, "due_date": day });
            office.sales_invoice(&customer, &name, dates);
        }
    }
    office.sync().await;
    office
        .app
        .ask_history("2026-01-01".into(), None)
        .await
        .unwrap();
    carried(&office).await;
    let job = office.app.history().await.unwrap().job.unwrap();
    // What both sides have was linked by the first sync, whatever the start date.
    assert_eq!((job.linked, job.written), (0, 4));
    let state = office.state(System::Xero);
    let invoices = state["Invoices"].as_array().unwrap().len();
    assert_eq!((invoices, in_erpnext(&office).len()), (10, 10));
    assert_eq!(office.differences(&[]), [""; 0]);
    assert_eq!(office.sync().await.writes, 0);
}
