//! What is owed, as it is told, against what the demo books themselves hold: the sums are made twice, from
//! the store and from both systems' own state, by code that has nothing in common.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;

use app::SyncRequest;
use app::views::ReconcileFilter;
use cli::audit::{self, Held};
use rust_decimal::Decimal;
use sandbox::System;
use sandbox::server::{DemoConfig, serve};

use common::paired;

/// What one system says is owed, by the Xero contact (the system's own where it has none) and currency.
fn owed(held: &Held) -> BTreeMap<(String, String), Decimal> {
    let who = |id: &String| {
        let contact = held.contacts.iter().find(|it| it.id == *id).unwrap();
        contact.marker.clone().unwrap_or_else(|| id.clone())
    };
    let receivables = held.receivables.iter();
    let named =
        receivables.map(|((contact, currency), owed)| ((who(contact), currency.clone()), *owed));
    let mut sums: BTreeMap<(String, String), Decimal> = named.collect();
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_both_books_hold_to_the_cent() {
    let mut config = DemoConfig {
        seed: 5,
        ..DemoConfig::default()
    };
    config.size.contacts = 25;
    config.size.invoices = 150;
    let books = serve(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = paired(folder.path(), &books).await;
    let everything = ReconcileFilter {
        all: true,
        limit: u32::MAX,
    };
    for _ in 0..2 {
        let run = app.sync_with(SyncRequest::default()).await.unwrap();
        assert_eq!(run.error, None);
    }
    let told = app.reconcile(everything).await.unwrap();
    let state = |system| books.with_books(|books| books.state(system));
    let xero = owed(&audit::xero(&state(System::Xero)).unwrap());
    let company = &books.ready.erpnext.company;
    let erpnext = owed(&audit::erpnext(&state(System::Erpnext), company).unwrap());
    assert!(xero.len() > 12, "{}", xero.len());

    let mut of_xero = BTreeMap::new();
    let mut of_erpnext = BTreeMap::new();
    for line in &told.lines {
        let id = line.name.rsplit(':').next().unwrap().to_owned();
        let key = (id, line.currency.clone());
        of_xero.insert(key.clone(), line.xero.parse::<Decimal>().unwrap());
        of_erpnext.insert(key, line.erpnext.parse::<Decimal>().unwrap());
        // Every cent of difference has a name.
        let named: Decimal = line
            .why
            .iter()
            .map(|it| it.amount.parse::<Decimal>().unwrap())
            .sum();
        assert_eq!(
            named,
            line.difference.parse::<Decimal>().unwrap(),
            "{line:?}"
        );
        assert!(
            line.why.iter().all(|it| it.reason != "unexplained"),
            "{line:?}"
        );
    }
    of_xero.retain(|_, owed| !owed.is_zero());
    of_erpnext.retain(|_, owed| !owed.is_zero());
    assert_eq!(of_xero, xero);
    assert_eq!(of_erpnext, erpnext);
    for total in &told.totals {
        let sum = |of: &BTreeMap<(String, String), Decimal>| -> Decimal {
            let of_currency = of.iter().filter(|((_, it), _)| *it == total.currency);
            of_currency.map(|(_, owed)| *owed).sum()
        };
        assert_eq!(total.xero_report.parse::<Decimal>().unwrap(), sum(&xero));
        assert_eq!(
            total.erpnext_report.parse::<Decimal>().unwrap(),
            sum(&erpnext)
        );
    }
    assert!(told.as_of.xero.is_some() && told.as_of.erpnext.is_some());
    assert!(!told.as_of.being_changed);

    // The parts of one that differs are the parts of its line.
    let line = told.lines.iter().find(|it| !it.why.is_empty());
    let line = line.expect("the demo books hold differences of their own");
    for named in [&line.name, &line.contact] {
        let one = app.reconcile_contact(named, everything).await.unwrap();
        let owed = one.lines.iter().find(|it| it.currency == line.currency);
        assert_eq!(owed.unwrap(), line);
        let parts: Decimal = one
            .documents
            .iter()
            .filter(|it| it.currency == line.currency)
            .map(|it| it.difference.parse::<Decimal>().unwrap())
            .sum();
        assert_eq!(parts, line.difference.parse::<Decimal>().unwrap());
    }
    let nobody = app.reconcile_contact("Nobody at all", everything).await;
    assert!(nobody.is_err());
    books.shutdown().await.ok();
}
