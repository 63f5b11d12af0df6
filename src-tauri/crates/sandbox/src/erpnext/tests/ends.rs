//! How documents end, and what of them is found afterwards (recording 29).

use super::*;

fn gone(site: &mut Site, doctype: &str, name: &str) {
    let path = format!("/api/resource/{}/{}", encode(doctype), encode(name));
    let reply = site.call("DELETE", &path, &Value::Null);
    assert_eq!(reply.status, 202, "{}", reply.body);
}

fn versions(site: &mut Site, name: &str) -> usize {
    let filters = json!([["docname", "=", name]]);
    let reply = site.list("Version", &[("filters", filters)]);
    reply.data().as_array().unwrap().len()
}

#[test]
fn versions_and_comments_go_a_moment_after_their_document() {
    let mut site = Site::furnished();
    let made = site.post("Sales Invoice", &invoice(&json!({})));
    let name = made.data()["name"].as_str().unwrap().to_owned();
    site.put("Sales Invoice", &name, &json!({"po_no": "1"}));
    site.post(
        "ToDo",
        &json!({"description": "look", "reference_type": "Sales Invoice", "reference_name": name}),
    );
    gone(&mut site, "Sales Invoice", &name);
    assert_eq!(versions(&mut site, &name), 1);
    site.now += Duration::seconds(1);
    assert_eq!(versions(&mut site, &name), 0);
    let notes = site.list("ToDo", &[]);
    assert_eq!(notes.data(), &json!([]));
    // That it was deleted is still said.
    let filters = json!([["deleted_name", "=", name]]);
    let deleted = site.list("Deleted Document", &[("filters", filters)]);
    assert_eq!(deleted.data().as_array().unwrap().len(), 1);
}

#[test]
fn a_refused_deletion_clears_nothing_away() {
    let mut site = Site::furnished();
    let made = site.post(
        "Customer",
        &json!({"customer_name": "Kept", "email_id": "k@e.test"}),
    );
    let contact = made.data()["customer_primary_contact"].clone();
    site.post("Sales Invoice", &invoice(&json!({"customer": "Kept"})));
    let reply = site.call("DELETE", "/api/resource/Customer/Kept", &Value::Null);
    assert_eq!(reply.exc_type(), "LinkExistsError");
    site.now += Duration::seconds(1);
    assert_eq!(versions(&mut site, "Kept"), 1);
    let kept = site.read("Customer", "Kept");
    assert_eq!(kept["customer_primary_contact"], contact);
}

#[test]
fn a_person_restores_what_was_deleted() {
    let mut site = Site::furnished();
    let made = site.post("Sales Invoice", &invoice(&json!({"po_no": "again"})));
    let name = made.data()["name"].as_str().unwrap().to_owned();
    gone(&mut site, "Sales Invoice", &name);
    let restore = json!({"op": "restore", "doctype": "Sales Invoice", "name": name});
    let now = site.now;
    let restored = site.world.edit(&restore, now).unwrap();
    // The newest number of its series was free again.
    assert_eq!(
        (&restored["name"], &restored["po_no"]),
        (&made.data()["name"], &json!("again"))
    );
    assert!(site.world.edit(&restore, now).is_err());
}

#[test]
fn a_merge_changes_the_survivor_and_no_invoice() {
    for version in ErpnextVersion::ALL {
        let mut site = Site::furnished_of(version);
        site.post("Customer", &json!({"customer_name": "Survivor"}));
        let made = site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
        let name = made.data()["name"].as_str().unwrap().to_owned();
        let (invoice, survivor) = (
            site.read("Sales Invoice", &name),
            site.read("Customer", "Survivor"),
        );
        let merged = site.rpc(
            "frappe.rename_doc",
            &json!({"doctype": "Customer", "old": "SI Test", "new": "Survivor", "merge": 1}),
        );
        assert_eq!(merged.status, 200, "{}", merged.body);
        let after = site.read("Sales Invoice", &name);
        assert_eq!(after["customer"], "Survivor");
        assert_eq!(after["modified"], invoice["modified"]);
        assert_ne!(
            site.read("Customer", "Survivor")["modified"],
            survivor["modified"]
        );
    }
}

#[test]
fn several_are_restored_each_by_itself() {
    let mut site = Site::furnished();
    for name in ["One", "Two"] {
        site.post("Customer", &json!({"customer_name": name}));
        gone(&mut site, "Customer", name);
    }
    let fields = json!(["name"]);
    let deleted = site.list("Deleted Document", &[("fields", fields)]);
    let mut names: Vec<Value> = deleted
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].clone())
        .collect();
    names.push(json!("nothing"));
    let method = "frappe.core.doctype.deleted_document.deleted_document.bulk_restore";
    let body = json!({"docnames": Value::Array(names.clone()).to_string()});
    let restored = site.rpc(method, &body).body["message"].clone();
    assert_eq!(restored["restored"], json!(names[..2]));
    assert_eq!(restored["failed"], json!(["nothing"]));
    let again = site.rpc(method, &body).body["message"].clone();
    assert_eq!(again["invalid"], json!(names[..2]));
}
