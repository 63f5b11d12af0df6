//! Rules as a person sets them, through the whole program and both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "other scenarios need more of it")]
#[path = "ways_out/office.rs"]
mod office;

use app::views::{
    Conflicts, Direction, Kind, LogFilter, Preset, ReconcileFilter, RuleChange, RuleSetting,
    RulesChanged, Side,
};
use office::{Office, text};
use sandbox::System;
use serde_json::{Value, json};

async fn set(office: &Office, kind: Option<Kind>, set: RuleSetting) -> RulesChanged {
    let changes = vec![RuleChange { kind, set }];
    office.app.change_rules(changes, true).await.unwrap()
}

/// The exceptions: cause and title of each, and the number by which a person answers.
async fn asked(office: &Office) -> Vec<(String, String, u32)> {
    let groups = office.attention().await.groups;
    let mut found: Vec<(String, String, u32)> = groups
        .into_iter()
        .flat_map(|group| {
            let cause = group.cause.clone();
            let records = group.records.into_iter();
            records.map(move |record| (cause.clone(), record.title, record.id))
        })
        .collect();
    found.sort();
    found
}

fn words(asked: &[(String, String, u32)]) -> Vec<String> {
    let one = |(cause, title, _): &(String, String, u32)| format!("{cause} {title}");
    asked.iter().map(one).collect()
}

/// Everything is carried, both books agree, and nothing more is written.
async fn at_rest(office: &Office) {
    let run = office.sync().await;
    assert_eq!(run.writes, 0, "{:?}", asked(office).await);
    assert_eq!(words(&asked(office).await), [""; 0]);
    assert_eq!(office.differences(&[]), [""; 0]);
}

/// A customer and an invoice of ERPNext's, which both sides have.
async fn sold(office: &Office) {
    let customer = office.customer("Acme", json!({ "tax_id": "GB1" }));
    office.sales_invoice(&customer, "E-1", json!({}));
    office.sync().await;
    at_rest(office).await;
}

fn xero_invoice(office: &Office) -> Value {
    office.find(System::Xero, "Invoices", "InvoiceNumber", "E-1")
}

fn edit_in_xero(office: &Office, more: &Value) {
    let mut operation =
        json!({ "op": "edit_invoice", "InvoiceID": xero_invoice(office)["InvoiceID"] });
    for (field, value) in more.as_object().unwrap() {
        operation[field] = value.clone();
    }
    office.xero(&operation);
}

/// ERPNext's invoice that stands.
fn standing(office: &Office) -> Value {
    let state = office.state(System::Erpnext);
    let mut all = state["Sales Invoice"].as_array().unwrap().iter();
    all.find(|row| row["docstatus"] == 1).unwrap().clone()
}

fn due(office: &Office) -> (String, String) {
    let there = text(&xero_invoice(office), "DueDateString");
    (day(&there), text(&standing(office), "due_date"))
}

/// The day of Xero's dates, however they are written.
fn day(date: &str) -> String {
    date.chars().take(10).collect()
}

/// R44: one way from ERPNext, an edit in Xero is shown, neither carried nor put back before a person says which;
/// turning to both ways says beforehand what of it will go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_against_a_one_way_rule_is_taken_over_or_put_back_by_a_person_alone() {
    let office = Office::open().await;
    office
        .app
        .choose_preset(Preset::ErpnextSells, true)
        .await
        .unwrap();
    sold(&office).await;
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-24" }));
    let id = text(
        &office.find(System::Xero, "Contacts", "Name", "Acme"),
        "ContactID",
    );
    office.xero(&json!({ "op": "edit_contact", "ContactID": id, "TaxNumber": "GB2" }));
    for _ in 0..2 {
        let run = office.sync().await;
        assert_eq!(run.records_written, 0);
        assert_eq!(
            words(&asked(&office).await),
            ["edited_one_way Acme", "edited_one_way E-1"]
        );
        assert_eq!(due(&office), ("2026-12-24".into(), "2026-12-20".into()));
    }
    let open = asked(&office).await;
    // The contact's edit is taken over, once, and the invoice's is put back.
    let run = office.app.keep(open[0].2, Side::Xero).await;
    assert_eq!(office.ended(run).await.records_written, 1);
    let run = office.app.keep(open[1].2, Side::Erpnext).await;
    assert_eq!(office.ended(run).await.records_written, 1);
    let customer = office.find(System::Erpnext, "Customer", "customer_name", "Acme");
    assert_eq!(customer["tax_id"], "GB2");
    assert_eq!(due(&office), ("2026-12-20".into(), "2026-12-20".into()));
    at_rest(&office).await;
    // Another edit; then both ways.
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-28" }));
    office.sync().await;
    assert_eq!(words(&asked(&office).await), ["edited_one_way E-1"]);
    let both = vec![RuleChange {
        kind: Some(Kind::Invoice),
        set: RuleSetting::Direction(Direction::Both),
    }];
    let would = office.app.change_rules(both.clone(), false).await.unwrap();
    assert!(!would.saved);
    assert_eq!(
        would.effects[0].affects,
        ["1 edit made in Xero that was not carried goes to ERPNext with the next sync."]
    );
    assert_eq!(office.sync().await.records_written, 0, "nothing was saved");
    office.app.change_rules(both, true).await.unwrap();
    let preview = office.app.preview().await.unwrap();
    let items: Vec<&str> = preview.items.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(items, ["E-1"]);
    office.sync().await;
    assert_eq!(due(&office), ("2026-12-28".into(), "2026-12-28".into()));
    at_rest(&office).await;
}

/// What the rule carries is carried although the other side was edited too, and that edit is not forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_is_not_carried_outlives_one_that_is() {
    let office = Office::open().await;
    sold(&office).await;
    office
        .app
        .choose_preset(Preset::ErpnextSells, true)
        .await
        .unwrap();
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-24" }));
    let order = json!({ "op": "update", "doctype": "Sales Invoice", "name": "E-1",
        "fields": { "po_no": "PO-78" } });
    office.erpnext(&order);
    office.sync().await;
    assert_eq!(xero_invoice(&office)["Reference"], "PO-78");
    assert_eq!(due(&office), ("2026-12-24".into(), "2026-12-20".into()));
    let run = office.sync().await;
    assert_eq!(run.records_written, 0);
    assert_eq!(words(&asked(&office).await), ["edited_one_way E-1"]);
    // Put back in Xero by hand, nobody is asked any more.
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-20" }));
    office.sync().await;
    at_rest(&office).await;
}

/// An edit that was made while a kind did not travel is carried once it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_edited_while_nothing_travelled_is_found_once_it_does() {
    let office = Office::open().await;
    sold(&office).await;
    let off = RuleSetting::Direction(Direction::Off);
    set(&office, Some(Kind::Invoice), off).await;
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-24" }));
    office.sync().await;
    office.sync().await;
    assert_eq!(words(&asked(&office).await), [""; 0]);
    assert_eq!(due(&office), ("2026-12-24".into(), "2026-12-20".into()));
    let both = RuleSetting::Direction(Direction::Both);
    set(&office, Some(Kind::Invoice), both).await;
    office.sync().await;
    assert_eq!(due(&office), ("2026-12-24".into(), "2026-12-24".into()));
    at_rest(&office).await;
}

/// R45: which side wins holds for the fields that both changed, what gave way is in the log, and an end is no such
/// field.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_rule_one_side_holds_where_both_changed_a_field_and_the_log_has_what_gave_way() {
    let office = Office::open().await;
    sold(&office).await;
    let xero = RuleSetting::Conflicts(Conflicts::Xero);
    set(&office, Some(Kind::Invoice), xero).await;
    edit_in_xero(&office, &json!({ "DueDate": "2026-12-24" }));
    let amended = office.amend("E-1", json!({ "due_date": "2026-12-28", "po_no": "PO-9" }));
    let run = office.sync().await;
    assert_eq!(run.exceptions, 0, "{:?}", asked(&office).await);
    assert_eq!(due(&office), ("2026-12-24".into(), "2026-12-24".into()));
    assert_eq!(
        xero_invoice(&office)["Reference"],
        "PO-9",
        "what one side changed is carried"
    );
    let log = office
        .app
        .log(LogFilter::default(), None, 50)
        .await
        .unwrap();
    let line = log
        .lines
        .iter()
        .find(|it| it.message.contains("by your rules"));
    let line = line.unwrap_or_else(|| panic!("{:?}", log.lines));
    assert_eq!(
        line.message,
        "Changed in ERPNext; both sides had changed due date, and by your rules Xero's holds"
    );
    let detail = office.app.log_detail(line.id).await.unwrap();
    let gave_way = format!("{:?}", detail.changes);
    assert!(gave_way.contains("28 Dec 2026"), "{gave_way}");
    at_rest(&office).await;
    // A void against an edit is a person's.
    let id = text(&xero_invoice(&office), "InvoiceID");
    office.xero(&json!({ "op": "void_invoice", "InvoiceID": id }));
    let name = text(&standing(&office), "name");
    assert_ne!(name, amended);
    office.amend(&name, json!({ "due_date": "2026-12-30" }));
    office.sync().await;
    assert_eq!(words(&asked(&office).await).len(), 1);
    assert!(asked(&office).await[0].0.starts_with("both_changed"));
    assert_eq!(text(&standing(&office), "due_date"), "2026-12-30");
}

/// Closed books: nothing of that day or before is written; moving the day lets it go by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_rules_close_waits_until_the_day_is_moved_or_the_date_is() {
    for moved in [true, false] {
        let office = Office::open().await;
        office.contact("Acme", json!({}));
        office.sync().await;
        let closed = |day: &str| RuleSetting::ClosedUntil(Some(day.to_owned()));
        set(&office, None, closed("2026-11-20")).await;
        office.invoice("Acme", "A-1", json!({}));
        let run = office.sync().await;
        assert_eq!((run.records_written, run.exceptions), (0, 1));
        assert_eq!(words(&asked(&office).await), ["closed_by_rules A-1"]);
        if moved {
            let would = set(&office, None, closed("2026-11-19")).await;
            let said = "1 document or payment that waits for that is carried by the next sync.";
            assert_eq!(would.effects[0].affects, [said]);
        } else {
            let id = office.numbered("A-1");
            office.xero(&json!({ "op": "edit_invoice", "InvoiceID": id, "Date": "2026-11-21" }));
        }
        assert_eq!(office.sync().await.records_written, 1);
        at_rest(&office).await;
    }
}

/// "ERPNext sells": an invoice of Xero's stays there and is listed as left alone, and a payment of an ERPNext
/// invoice that came in Xero is paid in ERPNext.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invoices_out_and_payments_back() {
    let office = Office::open().await;
    office
        .app
        .choose_preset(Preset::ErpnextSells, true)
        .await
        .unwrap();
    assert_eq!(
        office.app.rules().await.unwrap().preset,
        Some(Preset::ErpnextSells)
    );
    sold(&office).await;
    let id = text(&xero_invoice(&office), "InvoiceID");
    office
        .xero(&json!({ "op": "pay_invoice", "InvoiceID": id, "Amount": 50, "Date": "2026-11-21" }));
    office.invoice("Acme", "X-1", json!({}));
    let run = office.sync().await;
    assert_eq!(run.records_written, 1, "the payment");
    assert_eq!(standing(&office)["outstanding_amount"].to_string(), "70.0");
    assert_eq!(words(&asked(&office).await), [""; 0]);
    let owed = office
        .app
        .reconcile(ReconcileFilter {
            all: false,
            limit: 50,
        })
        .await
        .unwrap();
    assert!(!owed.differs, "{owed:?}");
    assert_eq!(owed.left_alone.len(), 1);
    assert_eq!(owed.left_alone[0].amount.value, "120.00");
    assert_eq!(office.sync().await.writes, 0);
}

/// Contacts that nothing names stay, where the rules say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_come_with_their_first_document() {
    let office = Office::open().await;
    office.sync().await;
    set(
        &office,
        Some(Kind::Contact),
        RuleSetting::OnlyWithDocuments(true),
    )
    .await;
    office.contact("Idle", json!({}));
    office.contact("Acme", json!({}));
    assert_eq!(office.sync().await.records_written, 0);
    office.invoice("Acme", "A-1", json!({}));
    assert_eq!(
        office.sync().await.records_written,
        2,
        "Acme and its invoice"
    );
    assert_eq!(office.sync().await.writes, 0);
    let customers = office.state(System::Erpnext)["Customer"].clone();
    let named = customers.as_array().unwrap().iter();
    let named: Vec<String> = named.map(|it| text(it, "customer_name")).collect();
    assert!(named.contains(&"Acme".to_owned()) && !named.contains(&"Idle".to_owned()));
}

/// R46: what one pairing was set up with is taken over by another, by what its values are called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_and_mappings_are_taken_over_from_a_file() {
    let (from, to) = (Office::open().await, Office::open().await);
    from.app
        .choose_preset(Preset::XeroSells, true)
        .await
        .unwrap();
    set(
        &from,
        None,
        RuleSetting::StartDate(Some("2026-04-01".into())),
    )
    .await;
    set(
        &from,
        Some(Kind::Contact),
        RuleSetting::Conflicts(Conflicts::Erpnext),
    )
    .await;
    let file = from.app.export_rules().await.unwrap();
    assert!(file.mappings.len() > 5, "{file:?}");
    let text = serde_json::to_string(&file).unwrap();
    let would = to.app.import_rules(text.clone(), false).await.unwrap();
    assert!(!would.changed.saved);
    assert_eq!(to.app.rules().await.unwrap().preset, Some(Preset::BothWays));
    // One that was chosen otherwise here is set as the file says.
    to.map(
        app::views::MappingKind::Account,
        Side::Xero,
        "200",
        Some("Freight Income - MF"),
    )
    .await;
    let taken = to.app.import_rules(text, true).await.unwrap();
    assert_eq!(taken.not_taken, []);
    assert_eq!(taken.taken as usize, file.mappings.len());
    assert_eq!(taken.as_before, taken.taken - 1);
    let now = to.app.export_rules().await.unwrap();
    assert_eq!(now.rules, file.rules);
    assert!(file.mappings.iter().all(|it| now.mappings.contains(it)));
    // Another thing's file, and none at all.
    for wrong in ["{}", "not json", r#"{"counterfoil":"log"}"#] {
        assert!(
            to.app.import_rules(wrong.to_owned(), true).await.is_err(),
            "{wrong}"
        );
    }
}
