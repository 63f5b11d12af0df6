//! What was owed on a day, signed, and what changed of it since, through the whole program and both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "other scenarios need more of it")]
#[path = "ways_out/office.rs"]
mod office;

use app::views::{OwedOnDay, ReconcileFilter};
use office::Office;
use serde_json::json;

fn sold(office: &Office, number: &str, day: &str) {
    office.invoice("Acme", number, json!({ "Date": day, "DueDate": day }));
}

fn figures(view: &OwedOnDay) -> Vec<(String, String)> {
    let totals = view.totals.iter();
    totals
        .map(|it| (it.xero.clone(), it.erpnext.clone()))
        .collect()
}

async fn owed(office: &Office, day: &str) -> Vec<(String, String)> {
    figures(&office.app.owed_on(day, true, 50).await.unwrap())
}

/// A month is signed; what is entered, voided or paid later with a day of then is listed, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_a_signed_day_later_is_listed() {
    let office = Office::open().await;
    office.contact("Acme", json!({}));
    sold(&office, "A-1", "2026-10-20");
    sold(&office, "A-2", "2026-10-21");
    sold(&office, "A-3", "2026-11-02");
    let id = office.numbered("A-1");
    office
        .xero(&json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-03" }));
    office.sync().await;
    let same = |amount: &str| vec![(amount.to_owned(), amount.to_owned())];
    assert_eq!(owed(&office, "2026-10-19").await, []);
    assert_eq!(owed(&office, "2026-10-20").await, same("120.00"));
    assert_eq!(owed(&office, "2026-10-31").await, same("240.00"));
    assert_eq!(owed(&office, "2026-11-30").await, same("310.00"));

    let signed = office
        .app
        .sign_off("2026-10-31", "October".into())
        .await
        .unwrap();
    assert_eq!(
        (signed.day.as_str(), signed.contacts, signed.note.as_str()),
        ("2026-10-31", 1, "October")
    );
    assert_eq!(
        (
            signed.totals[0].xero.as_str(),
            signed.totals[0].difference.as_str()
        ),
        ("240.00", "0.00")
    );
    // What is dated later changes nothing of it.
    sold(&office, "A-4", "2026-11-05");
    office.sync().await;
    let since = office.app.since_sign_off(signed.id).await.unwrap();
    assert_eq!(since.changed, []);
    // A late one, and one that is voided.
    sold(&office, "L-1", "2026-10-30");
    let id = office.numbered("A-2");
    office.xero(&json!({ "op": "void_invoice", "InvoiceID": id }));
    office.sync().await;
    let since = office.app.since_sign_off(signed.id).await.unwrap();
    let [changed] = since.changed.as_slice() else {
        panic!("{since:?}")
    };
    let figures = |it: &app::views::ChangedSince| {
        [it.signed_xero.clone(), it.xero.clone(), it.erpnext.clone()]
    };
    assert_eq!(
        figures(changed),
        ["240.00"; 3],
        "as much is owed, by other documents"
    );
    let said = |changed: &app::views::ChangedSince| {
        let entries = changed.entries.iter();
        let mut said: Vec<String> = entries
            .map(|it| format!("{} {} {}: {}", it.title, it.xero, it.erpnext, it.why))
            .collect();
        said.sort();
        said
    };
    let other = [
        "A-2 0.00 0.00: ERPNext: voided or deleted since, or dated out of it",
        "A-2 0.00 0.00: Xero: voided or deleted since, or dated out of it",
        "L-1 0.00 120.00: ERPNext: entered since, or dated into it",
        "L-1 120.00 0.00: Xero: entered since, or dated into it",
    ];
    assert_eq!(said(changed), other);
    sold(&office, "L-2", "2026-10-30");
    office.sync().await;
    let since = office.app.since_sign_off(signed.id).await.unwrap();
    assert_eq!(figures(&since.changed[0]), ["240.00", "360.00", "360.00"]);
    assert_eq!(said(&since.changed[0]).len(), 6);
    let all = office.app.sign_offs().await.unwrap().sign_offs;
    assert_eq!(all, [signed]);
    // A day that is not over, and none.
    assert!(
        office
            .app
            .sign_off("2027-10-31", String::new())
            .await
            .is_err()
    );
    assert!(office.app.owed_on("October", true, 50).await.is_err());
    assert!(office.app.since_sign_off(99).await.is_err());
}

/// A document that one side alone has makes the difference of its day, and is its reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difference_of_a_day_has_its_document() {
    let office = Office::open().await;
    office.contact("Acme", json!({}));
    sold(&office, "A-1", "2026-10-20");
    office.sync().await;
    let closed = app::views::RuleChange {
        kind: None,
        set: app::views::RuleSetting::ClosedUntil(Some("2026-10-31".into())),
    };
    office.app.change_rules(vec![closed], true).await.unwrap();
    sold(&office, "L-1", "2026-10-30");
    office.sync().await;
    let view = office.app.owed_on("2026-10-31", false, 50).await.unwrap();
    assert_eq!(figures(&view), [("240.00".to_owned(), "120.00".to_owned())]);
    let line = &view.lines[0];
    assert_eq!(
        (line.difference.as_str(), line.entries.len()),
        ("120.00", 1)
    );
    let entry = &line.entries[0];
    assert_eq!(
        (entry.title.as_str(), entry.why.as_str()),
        ("L-1", "only in Xero")
    );
    assert_eq!(
        (entry.xero.as_str(), entry.erpnext.as_str()),
        ("120.00", "0.00")
    );
}

/// Of today it is what reconcile says: of whole books with payments, credit notes, refunds and foreign ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_today_it_is_what_is_owed() {
    let office = tests::office::Office::open(40, 120).await;
    office.sync().await;
    let view = office.app.owed_on("2027-12-31", false, 500).await.unwrap();
    let filter = ReconcileFilter {
        all: false,
        limit: 500,
    };
    let now = office.app.reconcile(filter).await.unwrap();
    let of_day: Vec<(&str, &str, &str)> = (view.totals.iter())
        .map(|it| (it.currency.as_str(), it.xero.as_str(), it.erpnext.as_str()))
        .collect();
    let of_now: Vec<(&str, &str, &str)> = (now.totals.iter())
        .map(|it| {
            (
                it.currency.as_str(),
                it.xero_report.as_str(),
                it.erpnext_report.as_str(),
            )
        })
        .collect();
    assert!(!of_now.is_empty());
    assert_eq!(of_day, of_now);
}
