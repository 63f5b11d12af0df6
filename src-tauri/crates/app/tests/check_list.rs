//! The check list names what would make every write fail, before the first one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::App;
use app::views::{CheckItem, CheckState};
use common::{demo_books, open, person, set_up};
use erpnext::{Client, site};
use http::Method;
use sandbox::consent::Press;
use serde_json::{Value, json};

async fn make(person: &Client, doctype: &str, body: Value) -> String {
    let path = site::doctype(doctype);
    let made = person.write(Method::POST, &path, &body).await.unwrap();
    made["data"]["name"].as_str().unwrap().to_owned()
}

async fn item(app: &App, id: &str) -> CheckItem {
    let view = app.check().await.unwrap();
    let failed = view
        .items
        .iter()
        .any(|item| item.state == CheckState::Failed);
    assert_eq!(view.ready, !failed);
    view.items.into_iter().find(|item| item.id == id).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_break_every_write_is_named_before_the_first() {
    let books = demo_books(4).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    let person = person(&books);
    let company = books.ready.erpnext.company.clone();

    let version = item(&app, "erpnext_version").await;
    assert_eq!(version.state, CheckState::Passed, "{version:?}");
    for (id, doctype, body, state, says) in [
        (
            "erpnext_fields",
            "Custom Field",
            json!({"dt": "Sales Invoice Item", "fieldname": "need", "label": "Need", "fieldtype": "Data", "reqd": 1}),
            CheckState::Failed,
            "\"Need\" on Sales Invoice Item",
        ),
        (
            "erpnext_fields",
            "Property Setter",
            json!({"doctype_or_field": "DocField", "doc_type": "Customer", "field_name": "tax_id", "property": "reqd", "property_type": "Check", "value": "1"}),
            CheckState::Failed,
            "\"Tax Id\" on Customer",
        ),
        (
            "erpnext_shown",
            "Property Setter",
            json!({"doctype_or_field": "DocField", "doc_type": "Sales Invoice Item", "field_name": "description", "property": "permlevel", "property_type": "Int", "value": "1"}),
            CheckState::Failed,
            "\"Description\" on Sales Invoice Item",
        ),
        (
            "erpnext_dimensions",
            "Accounting Dimension",
            json!({"document_type": "Territory", "label": "Region", "dimension_defaults": [{"company": company, "mandatory_for_pl": 1, "default_dimension": "All Territories"}]}),
            CheckState::Failed,
            "\"Region\" for profit and loss accounts",
        ),
        (
            "erpnext_workflows",
            "Workflow",
            json!({"workflow_name": "Approval", "document_type": "Sales Invoice", "is_active": 1}),
            CheckState::Warning,
            "\"Approval\" on Sales Invoice",
        ),
    ] {
        assert_eq!(item(&app, id).await.state, CheckState::Passed, "{id}");
        let name = make(&person, doctype, body).await;
        let found = item(&app, id).await;
        assert_eq!(found.state, state, "{found:?}");
        assert!(found.found.contains(says), "{found:?}");
        assert!(found.next_step.is_some(), "{found:?}");
        let path = site::document(doctype, &name);
        person
            .write(Method::DELETE, &path, &Value::Null)
            .await
            .unwrap();
        assert_eq!(item(&app, id).await.state, CheckState::Passed, "{id}");
    }

    // An installation's description says which version was met, too.
    let met = app.doctor().await.unwrap().erpnext;
    assert_eq!(met.len(), 1);
    assert_eq!(met[0].found, version.found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_amended_in_the_form_can_be_saved_and_a_changed_script_is_left_alone() {
    let books = demo_books(4).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    let person = person(&books);
    let scripts = || async {
        let list = "/api/resource/Client%20Script?fields=[\"name\",\"script\",\"enabled\"]&limit=0";
        let rows = person.get(list).await.unwrap()["data"].clone();
        rows.as_array().unwrap().clone()
    };

    // Pairing put them there.
    assert_eq!(
        item(&app, "erpnext_amending").await.state,
        CheckState::Passed
    );
    let installed = scripts().await;
    assert_eq!(installed.len(), erpnext::form_scripts::COUNT);

    // Without them, as on a site that was paired before there were any: said, and installed with consent.
    erpnext::form_scripts::remove(&person, &()).await.unwrap();
    let found = item(&app, "erpnext_amending").await;
    assert_eq!(found.state, CheckState::Warning, "{found:?}");
    assert!(
        app.check().await.unwrap().ready,
        "it keeps no sync from running"
    );
    let after = app.install_marker_fields().await.unwrap();
    assert!(after.missing_scripts.is_empty());
    assert_eq!(scripts().await, installed);

    // A person's own version stays.
    let path = site::document("Client Script", "Counterfoil: Amend Sales Invoice");
    let own = json!({"script": "frappe.ui.form.on('Sales Invoice', {});"});
    person.write(Method::PUT, &path, &own).await.unwrap();
    let changed = scripts().await;
    let after = app.install_marker_fields().await.unwrap();
    assert!(after.missing_scripts.is_empty());
    assert_eq!(scripts().await, changed);
    let found = item(&app, "erpnext_amending").await;
    assert_eq!(found.state, CheckState::Warning, "{found:?}");
    assert!(found.found.contains("was changed"), "{found:?}");
}
