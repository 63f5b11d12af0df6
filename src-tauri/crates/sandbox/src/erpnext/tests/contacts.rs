use super::*;

#[test]
fn a_minimal_customer_answers_as_observed() {
    let mut site = Site::new();
    let reply = site.post(
        "Customer",
        &json!({"customer_name": "Basket Case Ltd", "customer_type": "Company"}),
    );
    let observed = r#"{"name":"Basket Case Ltd","owner":"sync@demo.example","creation":"2026-11-22 15:25:00.100000","modified":"2026-11-22 15:25:00.100000","modified_by":"sync@demo.example","docstatus":0,"idx":0,"naming_series":"CUST-.YYYY.-","customer_name":"Basket Case Ltd","customer_type":"Company","is_internal_customer":0,"language":"en","default_commission_rate":0.0,"so_required":0,"dn_required":0,"is_frozen":0,"disabled":0,"doctype":"Customer","sales_team":[],"portal_users":[],"companies":[],"credit_limits":[],"accounts":[]}"#;
    assert_eq!(reply.data().to_string(), observed);
}

#[test]
fn a_second_customer_of_a_name_gets_a_number() {
    let mut site = Site::new();
    for (name, made, note) in [
        ("Basket Case Ltd", "Basket Case Ltd", ""),
        (
            "Basket Case Ltd",
            "Basket Case Ltd - 1",
            "Changed customer name to 'Basket Case Ltd - 1' as 'Basket Case Ltd' already exists.",
        ),
        (
            "basket case ltd",
            "basket case ltd - 2",
            "Changed customer name to 'basket case ltd - 2' as 'basket case ltd' already exists.",
        ),
        (
            "Básket Case Ltd",
            "Básket Case Ltd - 3",
            "Changed customer name to 'Básket Case Ltd - 3' as 'Básket Case Ltd' already exists.",
        ),
        ("  Spaces  inside  ", "Spaces  inside", ""),
    ] {
        let reply = site.post("Customer", &json!({"customer_name": name}));
        assert_eq!(reply.data()["name"], made);
        assert_eq!(reply.message(), note);
    }
}

#[test]
fn refused_customers() {
    let mut site = Site::new();
    let long = "N".repeat(200);
    for (body, status, exc_type, exception) in [
        (
            json!({}),
            417,
            "MandatoryError",
            "frappe.exceptions.MandatoryError: [Customer, CUST-2026-00001]: customer_name",
        ),
        (
            json!({"customer_name": "X1", "customer_group": "No Such Group"}),
            417,
            "LinkValidationError",
            "frappe.exceptions.LinkValidationError: Could not find Customer Group: No Such Group",
        ),
        (
            json!({"customer_name": "X2", "customer_type": "Alien"}),
            417,
            "ValidationError",
            "frappe.exceptions.ValidationError:  Customer Type cannot be \"Alien\". It should be one of \"Company\", \"Individual\", \"Partnership\"",
        ),
        (
            json!({"customer_name": "X4 <b>"}),
            409,
            "NameError",
            "frappe.exceptions.NameError: Name cannot contain special characters like '<', '>'",
        ),
        (
            json!({"customer_name": long}),
            417,
            "CharacterLengthExceededError",
            "",
        ),
    ] {
        let reply = site.post("Customer", &body);
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, exc_type),
            "{body}"
        );
        if !exception.is_empty() {
            assert_eq!(reply.exception(), exception);
        }
    }
    assert_eq!(site.world.count_of("Customer"), 0);
}

#[test]
fn unknown_fields_are_dropped_and_names_ignored() {
    let mut site = Site::new();
    let reply = site.post(
        "Customer",
        &json!({"name": "XERO-0001", "customer_name": "Client Named Ltd", "no_such_field": "abc"}),
    );
    assert_eq!(reply.data()["name"], "Client Named Ltd");
    assert!(reply.data().get("no_such_field").is_none());
}

#[test]
fn an_email_makes_a_contact_and_an_address_line_an_address() {
    let mut site = Site::new();
    let name = "Slash / Quote ' \" % # ? Ltd";
    let reply = site.post("Customer", &json!({
        "customer_name": name, "email_id": "a@b.test", "mobile_no": "+44 20 7946 0000",
        "address_line1": "1 High St", "city": "London", "pincode": "N1 9GU", "country": "United Kingdom"}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let contact = format!("{name}-{name}");
    assert_eq!(reply.data()["customer_primary_contact"], contact.as_str());
    assert_eq!(
        reply.data()["customer_primary_address"],
        format!("{name}-Billing")
    );
    assert_ne!(reply.data()["modified"], reply.data()["creation"]);
    let read = site.read("Customer", name);
    assert_eq!(read["modified"], reply.data()["modified"]);
    let rows = site.list(
        "Contact",
        &[
            ("filters", json!([["Dynamic Link", "link_name", "=", name]])),
            (
                "fields",
                json!([
                    "name",
                    "first_name",
                    "email_id",
                    "mobile_no",
                    "is_primary_contact"
                ]),
            ),
        ],
    );
    assert_eq!(
        rows.body["data"],
        json!([{"name": contact, "first_name": null, "email_id": "a@b.test", "mobile_no": "+44 20 7946 0000", "is_primary_contact": 1}])
    );
    let address = site.read("Address", &format!("{name}-Billing"));
    assert_eq!(address["pincode"], "N1 9GU");
    assert_eq!(address["links"][0]["link_name"], name);
    let refused = site.post(
        "Customer",
        &json!({"customer_name": "No City", "address_line1": "1"}),
    );
    assert_eq!(
        (refused.status, refused.exc_type()),
        (417, "ValidationError")
    );
    assert!(refused.message().contains("<li>City</li><li>Country</li>"));
}

#[test]
fn contacts_and_addresses_are_named_after_their_link() {
    let mut site = Site::new();
    site.post("Customer", &json!({"customer_name": "Group"}));
    let links = json!([{"link_doctype": "Customer", "link_name": "Group"}]);
    let contact = json!({"first_name": "Ann", "last_name": "Lee", "email_ids": [{"email_id": "ann@basket.test", "is_primary": 1}], "links": links});
    for name in ["Ann Lee-Group", "Ann Lee-Group-1"] {
        let reply = site.post("Contact", &contact);
        assert_eq!(reply.data()["name"], name);
        assert_eq!(reply.data()["email_id"], "ann@basket.test");
        assert_eq!(reply.data()["full_name"], "Ann Lee");
    }
    let address = json!({"address_title": "Group", "address_type": "Billing", "address_line1": "1", "city": "L", "country": "United Kingdom", "links": links});
    for name in ["Group-Billing", "Group-Billing-1"] {
        assert_eq!(site.post("Address", &address).data()["name"], name);
    }
    // A list sent replaces the table, one left out stays.
    let reply = site.put(
        "Contact",
        "Ann Lee-Group",
        &json!({"phone_nos": [{"phone": "1", "is_primary_phone": 1}]}),
    );
    assert_eq!(reply.data()["phone"], "1");
    assert_eq!(reply.data()["email_ids"][0]["email_id"], "ann@basket.test");
    let reply = site.put("Contact", "Ann Lee-Group", &json!({"phone_nos": []}));
    assert_eq!(
        (
            reply.data()["phone"].as_str(),
            reply.data()["phone_nos"].as_array().map(Vec::len)
        ),
        (Some(""), Some(0))
    );
    // Linking sets no primary contact; setting it fetches the address.
    let reply = site.put(
        "Customer",
        "Group",
        &json!({"customer_primary_contact": "Ann Lee-Group"}),
    );
    assert_eq!(reply.data()["email_id"], "ann@basket.test");
}

#[test]
fn stale_writes_are_refused() {
    let mut site = Site::new();
    let first = site.post("Customer", &json!({"customer_name": "A"})).data()["modified"].clone();
    assert_eq!(
        site.put("Customer", "A", &json!({"tax_id": "1", "modified": first}))
            .status,
        200
    );
    let reply = site.put("Customer", "A", &json!({"tax_id": "2", "modified": first}));
    assert_eq!(
        (reply.status, reply.exc_type()),
        (417, "TimestampMismatchError")
    );
    assert!(
        reply
            .message()
            .starts_with("Error: Document has been modified after you have opened it (")
    );
    let reply = site.put("Customer", "A", &json!({"name": "Other Name"}));
    assert_eq!(
        (reply.status, reply.message().as_str()),
        (404, "Customer Other Name not found")
    );
    let before = site.read("Customer", "A")["modified"].clone();
    site.put("Customer", "A", &json!({}));
    assert_ne!(
        site.read("Customer", "A")["modified"],
        before,
        "a save without changes bumps modified"
    );
}

#[test]
fn renaming_and_merging() {
    let mut site = Site::furnished();
    let made = site.post("Sales Invoice", &invoice(&json!({"docstatus": 1})));
    let name = made.data()["name"].as_str().unwrap().to_owned();
    let before = site.read("Sales Invoice", &name);
    let reply = site.rpc(
        "frappe.client.rename_doc",
        &json!({"doctype": "Customer", "old_name": "SI Test", "new_name": "New Name"}),
    );
    assert_eq!(reply.body["message"], "New Name");
    assert_eq!(
        reply.message(),
        "Document renamed from <strong>SI Test</strong> to <strong>New Name</strong>"
    );
    let after = site.read("Sales Invoice", &name);
    assert_eq!(after["customer"], "New Name");
    assert_eq!(after["customer_name"], "SI Test");
    assert_eq!(after["modified"], before["modified"]);
    assert_eq!(site.get("/api/resource/Customer/SI%20Test").status, 404);
    assert_eq!(
        site.read("Customer", "New Name")["customer_name"],
        "New Name"
    );
    site.post("Customer", &json!({"customer_name": "Target"}));
    let refused = site.rpc(
        "frappe.client.rename_doc",
        &json!({"doctype": "Customer", "old_name": "New Name", "new_name": "Target"}),
    );
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (
            417,
            "Another Customer with name Target exists, select another name"
        )
    );
    site.rpc("frappe.client.rename_doc", &json!({"doctype": "Customer", "old_name": "New Name", "new_name": "Target", "merge": true}));
    assert_eq!(site.read("Sales Invoice", &name)["customer"], "Target");
    let deleted = site.list(
        "Deleted Document",
        &[("fields", json!(["deleted_doctype", "deleted_name"]))],
    );
    assert_eq!(
        deleted.body["data"],
        json!([{"deleted_doctype": "Customer", "deleted_name": "New Name"}])
    );
    let refused = site.rpc(
        "frappe.client.rename_doc",
        &json!({"doctype": "Sales Invoice", "old_name": name, "new_name": "Z"}),
    );
    assert_eq!(refused.message(), "Sales Invoice not allowed to be renamed");
}

#[test]
fn deleting_a_customer_takes_its_contact_and_address() {
    let mut site = Site::furnished();
    site.post("Customer", &json!({"customer_name": "Casc", "email_id": "c@c.test", "address_line1": "1", "city": "X", "country": "France"}));
    let reply = site.call("DELETE", "/api/resource/Customer/Casc", &Value::Null);
    assert_eq!((reply.status, reply.data()), (202, &json!("ok")));
    let rows = site.list(
        "Deleted Document",
        &[
            ("fields", json!(["deleted_doctype", "deleted_name"])),
            ("order_by", json!("creation asc")),
        ],
    );
    assert_eq!(
        rows.body["data"],
        json!([{"deleted_doctype": "Contact", "deleted_name": "Casc-Casc"}, {"deleted_doctype": "Address", "deleted_name": "Casc-Billing"}, {"deleted_doctype": "Customer", "deleted_name": "Casc"}])
    );
    assert_eq!(site.world.count_of("Contact"), 0);
    site.post("Sales Invoice", &invoice(&json!({})));
    let refused = site.call("DELETE", "/api/resource/Customer/SI%20Test", &Value::Null);
    assert_eq!(
        (refused.status, refused.exc_type()),
        (417, "LinkExistsError")
    );
    assert_eq!(
        refused.message(),
        "You can disable this Customer instead of deleting it."
    );
}

#[test]
fn naming_by_series() {
    let mut site = Site::new();
    site.put(
        "Selling Settings",
        "Selling Settings",
        &json!({"cust_master_name": "Naming Series"}),
    );
    for name in ["CUST-2026-00001", "CUST-2026-00002"] {
        assert_eq!(
            site.post("Customer", &json!({"customer_name": "Same"}))
                .data()["name"],
            name
        );
    }
}
