//! What lands in a period for which tax is filed, through the whole program and both demo systems.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "other scenarios need more of it")]
#[path = "ways_out/office.rs"]
mod office;

use app::SyncRequest;
use app::views::{Kind, PlannedChange, RuleChange, RuleSetting, RunOutcome, RunView};
use office::Office;
use sandbox::System;
use serde_json::{Value, json};

async fn tax_filed(office: &Office, until: Option<&str>) {
    let set = RuleSetting::TaxFiled(until.map(str::to_owned));
    let changes = vec![RuleChange { kind: None, set }];
    office.app.change_rules(changes, true).await.unwrap();
}

/// An invoice of Xero's: 100.00 and 20.00 tax.
fn raise(office: &Office, number: &str, date: &str) -> String {
    let made = office.xero(&json!({
        "op": "create_invoice", "Contact": {"Name": "Acme"}, "InvoiceNumber": number, "Status": "AUTHORISED",
        "Date": date, "DueDate": "2026-12-01",
        "LineItems": [{
            "Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2",
        }],
    }));
    made["InvoiceID"].as_str().unwrap().to_owned()
}

/// A sync that nobody says yes to.
async fn alone(office: &Office) -> RunView {
    let run = office.app.sync_with(SyncRequest::default()).await.unwrap();
    office.advance(61);
    run
}

async fn approved(office: &Office) -> RunView {
    let request = SyncRequest {
        approve: true,
        ..SyncRequest::default()
    };
    let run = office.app.sync_with(request).await.unwrap();
    office.advance(61);
    run
}

/// The submitted invoices of ERPNext by name.
fn invoices(office: &Office) -> Vec<String> {
    let state = office.state(System::Erpnext);
    let all = state["Sales Invoice"].as_array().into_iter().flatten();
    let standing = all.filter(|row| row["docstatus"] == 1);
    let mut names: Vec<String> = standing
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn payments(office: &Office) -> usize {
    let state = office.state(System::Erpnext);
    state["Payment Entry"].as_array().map_or(0, Vec::len)
}

/// R33: 40 documents of the first quarter, tax 800.00, after tax was filed for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lands_before_the_day_to_which_tax_is_filed_is_shown_and_waits_for_a_yes() {
    let office = Office::open().await;
    tax_filed(&office, Some("2026-03-31")).await;
    office.contact("Acme", json!({}));
    let late: Vec<String> = (1..=40)
        .map(|number| raise(&office, &format!("L-{number:02}"), "2026-03-10"))
        .collect();
    raise(&office, "N-01", "2026-04-01");
    office.xero(&json!({ "op": "pay_invoice", "InvoiceID": late[0], "Date": "2026-11-21" }));

    let preview = office.app.preview().await.unwrap();
    assert_eq!(preview.to_erpnext.invoices, 41);
    assert!(preview.needs_approval);
    let said = "40 documents of 31 Mar 2026 or before, for which tax is filed, would be made, changed or ended: \
                tax of 800.00 GBP. They wait until somebody approves them, with what needs them; all else is \
                carried.";
    assert!(
        preview.warnings.contains(&said.to_owned()),
        "{:?}",
        preview.warnings
    );
    for _ in 0..2 {
        let run = alone(&office).await;
        assert_eq!(run.outcome, RunOutcome::NeedsApproval, "{run:?}");
        let message = run.error.unwrap().message;
        assert_eq!(
            message,
            "40 documents of 31 Mar 2026 or before, for which tax is filed, would be made, changed or ended: \
             tax of 800.00 GBP."
        );
        assert_eq!(invoices(&office), ["N-01"]);
        assert_eq!((run.exceptions, payments(&office)), (0, 0));
    }

    // One of them is ticked: it goes with its payment.
    let preview = office.app.preview().await.unwrap();
    let items = preview.items.iter();
    let others = items.filter(|it| it.change == PlannedChange::Create && it.kind == Kind::Invoice);
    let others = others.filter(|it| it.title != "L-01").map(|it| it.number);
    office.app.sync_but(true, others.collect()).await.unwrap();
    office.advance(61);
    assert_eq!(invoices(&office), ["L-01", "N-01"]);
    assert_eq!(payments(&office), 1);

    // The rest with one yes.
    assert_eq!(alone(&office).await.outcome, RunOutcome::NeedsApproval);
    let run = approved(&office).await;
    assert_eq!(run.outcome, RunOutcome::Agrees, "{run:?}");
    assert_eq!(invoices(&office).len(), 41);
    assert_eq!(office.differences(&[]), [""; 0]);
    let undo = office.app.preview_undo(run.id).await.unwrap();
    let kept = "39 documents of 31 Mar 2026 or before, for which tax is filed, would be made, changed or ended: \
                tax of 780.00 GBP.";
    assert!(undo.kept.contains(&kept.to_owned()), "{:?}", undo.kept);
}

/// An end and other figures land there, a text does not; without the rule nobody is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_and_other_figures_wait_and_a_reference_does_not() {
    let office = Office::open().await;
    office.contact("Acme", json!({}));
    let ids: Vec<String> = ["V-1", "E-1", "T-1"]
        .iter()
        .map(|number| raise(&office, number, "2026-03-10"))
        .collect();
    assert_eq!(alone(&office).await.outcome, RunOutcome::Agrees);
    tax_filed(&office, Some("2026-03-31")).await;
    let edit = |id: &str, more: Value| {
        let mut operation = json!({ "op": "edit_invoice", "InvoiceID": id });
        for (field, value) in more.as_object().unwrap() {
            operation[field] = value.clone();
        }
        office.xero(&operation);
    };
    office.xero(&json!({ "op": "void_invoice", "InvoiceID": ids[0] }));
    let line = json!([{
        "Description": "Work", "Quantity": 1, "UnitAmount": 130, "AccountCode": "200", "TaxType": "OUTPUT2",
    }]);
    edit(&ids[1], json!({ "LineItems": line }));
    edit(&ids[2], json!({ "Reference": "PO 7" }));
    let run = alone(&office).await;
    assert_eq!(run.outcome, RunOutcome::NeedsApproval);
    // 20.00 of the one that is voided, and 6.00 more on the other.
    assert_eq!(
        run.error.unwrap().message,
        "2 documents of 31 Mar 2026 or before, for which tax is filed, would be made, changed or ended: tax of \
         26.00 GBP."
    );
    assert_eq!(invoices(&office), ["E-1", "T-1", "V-1"]);
    let state = office.find(System::Erpnext, "Sales Invoice", "name", "T-1");
    assert_eq!(state["po_no"], "PO 7");
    tax_filed(&office, None).await;
    assert_eq!(alone(&office).await.outcome, RunOutcome::Agrees);
    assert_eq!(invoices(&office), ["E-1-1", "T-1"]);
    assert_eq!(office.differences(&[]), [""; 0]);
}
