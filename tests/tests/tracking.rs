//! What lines are filed under, from system to system: tracking options, cost centres and projects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "ways_out/office.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod office;

use app::views::{MappingChange, MappingKind, Side};
use office::Office;
use sandbox::System;
use serde_json::{Value, json};

const KIND: MappingKind = MappingKind::Tracking;

/// Both systems with two regions, which stand for two cost centres, both ways.
async fn mapped() -> Office {
    let office = Office::open().await;
    office.regions();
    office.contact("Acme", json!({}));
    office.sync().await;
    for name in ["North", "South"] {
        both_ways(
            &office,
            &format!("Region: {name}"),
            &format!("Cost Center: {name} - MF"),
        )
        .await;
    }
    office
}

async fn both_ways(office: &Office, xero: &str, erpnext: &str) {
    office.app.mappings_anew().await.unwrap();
    let change = MappingChange {
        kind: KIND,
        side: Side::Xero,
        key: xero.to_owned(),
        counterpart: Some(erpnext.to_owned()),
        both_ways: true,
    };
    office.app.change_mappings(vec![change]).await.unwrap();
}

fn line(text: &str, tracking: &[(&str, &str)]) -> Value {
    let tracking: Vec<Value> = tracking
        .iter()
        .map(|(category, option)| json!({ "Name": category, "Option": option }))
        .collect();
    json!({ "Description": text, "Quantity": 1, "UnitAmount": 50, "AccountCode": "200",
        "TaxType": "OUTPUT2", "Tracking": tracking })
}

fn sell(office: &Office, number: &str, lines: &Value) {
    office.invoice("Acme", number, json!({ "LineItems": lines }));
}

/// An invoice "E-1" for Acme in ERPNext, of rows with these cost centres.
fn enter(office: &Office, rows: &[(&str, Option<&str>)]) {
    let acme = office.find(System::Erpnext, "Customer", "customer_name", "Acme");
    let row = |(text, centre): &(&str, Option<&str>)| {
        json!({ "item_name": text, "description": text, "qty": 1, "rate": 70, "uom": "Hour",
            "stock_uom": "Hour", "conversion_factor": 1, "income_account": "Sales - MF",
            "cost_center": centre })
    };
    let items: Vec<Value> = rows.iter().map(row).collect();
    office.sales_invoice(
        &office::text(&acme, "name"),
        "E-1",
        json!({ "items": items }),
    );
}

/// A project "P-7" that is open.
fn project(office: &Office) {
    office.erpnext(
        &json!({ "op": "create", "doctype": "Project", "name": "P-7",
        "fields": { "project_name": "Lobby", "status": "Open" } }),
    );
}

/// The cost centre and project of each row of an invoice as it stands.
fn rows(office: &Office, name: &str) -> Vec<(String, String)> {
    let document = office.find(System::Erpnext, "Sales Invoice", "name", name);
    let rows = document["items"].as_array().unwrap();
    let of = |row: &Value| {
        (
            office::text(row, "cost_center"),
            office::text(row, "project"),
        )
    };
    rows.iter().map(of).collect()
}

/// The tracking of each line of an invoice.
fn tracking(office: &Office, number: &str) -> Vec<Vec<String>> {
    let invoice = office.find(System::Xero, "Invoices", "InvoiceNumber", number);
    let of = |line: &Value| {
        let tracked = line["Tracking"].as_array().into_iter().flatten();
        let named = |it: &Value| {
            format!(
                "{}: {}",
                office::text(it, "Name"),
                office::text(it, "Option")
            )
        };
        tracked.map(named).collect()
    };
    invoice["LineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(of)
        .collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(left, right): &(&str, &str)| ((*left).to_owned(), (*right).to_owned());
    rows.iter().map(owned).collect()
}

async fn settled(office: &Office) {
    assert_eq!(office.sync().await.writes, 0);
    assert_eq!(
        office.open_causes().await.len(),
        0,
        "{:?}",
        office.open_causes().await
    );
    assert_eq!(office.differences(&[]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_become_cost_centres_and_the_way_back() {
    let office = mapped().await;
    sell(
        &office,
        "A-1",
        &json!([line("Ferns", &[("Region", "North")]), line("Moss", &[])]),
    );
    enter(&office, &[("Ferns", Some("South - MF")), ("Moss", None)]);
    office.sync().await;
    assert_eq!(
        rows(&office, "A-1"),
        pairs(&[("North - MF", ""), ("Main - MF", "")])
    );
    assert_eq!(
        tracking(&office, "E-1"),
        [vec!["Region: South".to_owned()], vec![]]
    );
    settled(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_it_is_carried_alone_and_what_the_other_side_has_besides_stays() {
    let office = mapped().await;
    project(&office);
    sell(
        &office,
        "A-1",
        &json!([line("Ferns", &[("Region", "North")]), line("Moss", &[])]),
    );
    office.sync().await;
    // A person files a row under a project in ERPNext, which is not carried.
    let name = office.amend("A-1", json!({}));
    let document = office.find(System::Erpnext, "Sales Invoice", "name", &name);
    let mut items = document["items"].clone();
    items[0]["project"] = json!("P-7");
    office.erpnext(&json!({ "op": "cancel", "doctype": "Sales Invoice", "name": name }));
    let name = office::text(
        &office.erpnext(&json!({ "op": "amend", "name": name, "fields": { "items": items } })),
        "name",
    );
    office.sync().await;
    assert_eq!(
        rows(&office, &name),
        pairs(&[("North - MF", "P-7"), ("Main - MF", "")])
    );
    assert_eq!(
        tracking(&office, "A-1"),
        [vec!["Region: North".to_owned()], vec![]]
    );

    let invoice = office.find(System::Xero, "Invoices", "InvoiceNumber", "A-1");
    let mut lines = invoice["LineItems"].clone();
    lines[0]["Tracking"] = json!([{ "Name": "Region", "Option": "South" }]);
    office.xero(&json!({ "op": "edit_invoice", "InvoiceNumber": "A-1", "LineItems": lines }));
    office.sync().await;
    let state = office.state(System::Erpnext);
    let live: Vec<&Value> = (state["Sales Invoice"].as_array().unwrap().iter())
        .filter(|it| it["docstatus"] == 1 && it["customer"] == document["customer"])
        .collect();
    let [live] = live.as_slice() else {
        panic!("{live:?}");
    };
    let name = office::text(live, "name");
    assert_eq!(
        rows(&office, &name),
        pairs(&[("South - MF", "P-7"), ("Main - MF", "")])
    );
    settled(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_that_is_renamed_changes_nothing_and_is_written_by_its_new_name() {
    let office = mapped().await;
    sell(
        &office,
        "A-1",
        &json!([line("Ferns", &[("Region", "North")])]),
    );
    office.sync().await;
    office.xero(
        &json!({ "op": "rename_option", "Category": "Region", "Option": "North",
        "Name": "Highlands" }),
    );
    office.app.mappings_anew().await.unwrap();
    assert_eq!(office.sync().await.writes, 0);
    enter(&office, &[("Ferns", Some("North - MF"))]);
    office.sync().await;
    assert_eq!(
        tracking(&office, "E-1"),
        [vec!["Region: Highlands".to_owned()]]
    );
    settled(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_mapped_each_side_keeps_what_it_has_and_mapping_rewrites_nothing() {
    let office = Office::open().await;
    office.regions();
    office.contact("Acme", json!({}));
    sell(
        &office,
        "A-1",
        &json!([line("Ferns", &[("Region", "North")])]),
    );
    office.sync().await;
    assert_eq!(rows(&office, "A-1"), pairs(&[("Main - MF", "")]));
    settled(&office).await;

    both_ways(&office, "Region: North", "Cost Center: North - MF").await;
    settled(&office).await;
    assert_eq!(rows(&office, "A-1"), pairs(&[("Main - MF", "")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_would_be_filed_twice_waits_until_one_of_the_two_goes_elsewhere() {
    let office = mapped().await;
    project(&office);
    office.xero(&json!({ "op": "add_tracking", "Category": "Job", "Option": "Lobby" }));
    office
        .map(
            KIND,
            Side::Xero,
            "Job: Lobby",
            Some("Cost Center: South - MF"),
        )
        .await;
    let both = [("Region", "North"), ("Job", "Lobby")];
    sell(&office, "A-1", &json!([line("Ferns", &both)]));
    office.sync().await;
    let causes = office.open_causes().await;
    let messages = &causes["tracking_twice"];
    assert!(
        messages[0].contains("\"Job: Lobby\" and \"Region: North\""),
        "{messages:?}"
    );

    office
        .map(KIND, Side::Xero, "Job: Lobby", Some("Project: P-7"))
        .await;
    office.app.retry(app::views::RetryWhat::All).await.unwrap();
    assert_eq!(rows(&office, "A-1"), pairs(&[("North - MF", "P-7")]));
    settled(&office).await;
}
