use super::*;

#[test]
fn authentication() {
    for (auth, path, status, exc_type) in [
        ("token key:secret", "frappe.auth.get_logged_user", 200, ""),
        ("Token key:secret", "frappe.auth.get_logged_user", 200, ""),
        (
            "Basic a2V5OnNlY3JldA==",
            "frappe.auth.get_logged_user",
            200,
            "",
        ),
        (
            "token key:wrong",
            "frappe.auth.get_logged_user",
            401,
            "AuthenticationError",
        ),
        (
            "token other:secret",
            "frappe.auth.get_logged_user",
            401,
            "AuthenticationError",
        ),
        (
            "token nocolon",
            "frappe.auth.get_logged_user",
            401,
            "AuthenticationError",
        ),
        (
            "Bearer abc",
            "frappe.auth.get_logged_user",
            401,
            "AuthenticationError",
        ),
        ("", "frappe.auth.get_logged_user", 403, "PermissionError"),
        ("", "ping", 200, ""),
        (
            "",
            "frappe.utils.change_log.get_versions",
            403,
            "PermissionError",
        ),
        ("token key:secret", "version", 417, "ValidationError"),
        (
            "token key:secret",
            "frappe.nosuch.method",
            417,
            "ValidationError",
        ),
    ] {
        let reply = Site::new().raw("GET", &format!("/api/method/{path}"), b"", auth);
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, exc_type),
            "{auth} {path}"
        );
    }
}

#[test]
fn versions_and_settings() {
    let mut site = Site::new();
    let versions = site.get("/api/method/frappe.utils.change_log.get_versions");
    assert_eq!(versions.body["message"]["frappe"]["version"], "15.75.0");
    let fields =
        encode(r#"["time_zone","rounding_method","float_precision","currency_precision"]"#);
    let value = site.get(&format!(
        "/api/method/frappe.client.get_value?doctype=System%20Settings&fieldname={fields}"
    ));
    assert_eq!(
        value.body["message"].to_string(),
        r#"{"currency_precision":"","float_precision":"3","rounding_method":"Banker's Rounding","time_zone":"Europe/London"}"#
    );
    let roles = site.read("User", "sync@demo.example");
    assert!(
        roles["roles"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["role"] == "System Manager")
    );
}

#[test]
fn missing_things() {
    let mut site = Site::new();
    for (method, path, body, status, message) in [
        (
            "GET",
            "/api/resource/NoSuchDoctype",
            "",
            404,
            "DocType NoSuchDoctype not found",
        ),
        (
            "GET",
            "/api/resource/Customer/Nobody",
            "",
            404,
            "Customer Nobody not found",
        ),
        ("GET", "/api/nosuch", "", 404, ""),
        (
            "PATCH",
            "/api/resource/Customer/Nobody",
            "{\"tax_id\":\"1\"}",
            404,
            "",
        ),
        ("DELETE", "/api/resource/Customer/Nobody", "", 404, ""),
    ] {
        let reply = site.raw(method, path, body.as_bytes(), "token key:secret");
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, "DoesNotExistError"),
            "{path}"
        );
        assert_eq!(reply.message(), message);
        assert!(reply.body.get("exception").is_none());
    }
}

#[test]
fn bad_bodies() {
    let mut site = Site::new();
    for (body, status, exc_type) in [
        ("{not json", 500, "JSONDecodeError"),
        ("[\"a\"]", 500, "TypeError"),
        ("\"str\"", 417, "ValidationError"),
        ("", 417, "MandatoryError"),
    ] {
        let reply = site.raw(
            "POST",
            "/api/resource/Customer",
            body.as_bytes(),
            "token key:secret",
        );
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, exc_type),
            "{body}"
        );
    }
    let long = format!("/api/resource/Customer?filters={}", "x".repeat(5000));
    let reply = site.get(&long);
    assert_eq!(reply.status, 400);
    assert!(
        reply
            .body
            .as_str()
            .unwrap()
            .contains("Request Line is too large")
    );
}

#[test]
fn maintenance() {
    let mut site = Site::new();
    site.world.set_read_only(true);
    assert_eq!(site.get("/api/resource/Customer").status, 200);
    let reply = site.post("Customer", &json!({"customer_name": "X"}));
    assert_eq!((reply.status, reply.exc_type()), (503, "InReadOnlyMode"));
    site.world.set_maintenance(true);
    let reply = site.get("/api/method/ping");
    assert_eq!((reply.status, reply.exc_type()), (503, "SessionStopped"));
}

#[test]
fn permissions_follow_the_roles_of_the_user() {
    let mut site = Site::new();
    site.world
        .edit(
            &json!({"op": "update", "doctype": "User", "name": "sync@demo.example", "fields": {"roles": [{"role": "Sales User"}]}}),
            site.now,
        )
        .unwrap();
    for (method, doctype, body, has_exception) in [
        ("GET", "Sales Invoice", Value::Null, true),
        ("POST", "Sales Invoice", json!({"customer": "X"}), false),
        (
            "POST",
            "Custom Field",
            json!({"dt": "Customer", "fieldname": "x"}),
            false,
        ),
    ] {
        let reply = site.call(method, &format!("/api/resource/{}", encode(doctype)), &body);
        assert_eq!((reply.status, reply.exc_type()), (403, "PermissionError"));
        assert_eq!(
            reply.body["_error_message"],
            format!("No permission for {doctype}")
        );
        assert_eq!(reply.body.get("exception").is_some(), has_exception);
    }
    assert_eq!(site.get("/api/resource/Customer").status, 200);
    assert_eq!(site.get("/api/resource/User/sync@demo.example").status, 200);
}

#[test]
fn second_version_of_the_api() {
    let mut site = Site::furnished();
    let body = invoice(&json!({"name": "XERO-1"}));
    let made = site.call("POST", "/api/v2/document/Sales%20Invoice", &body);
    assert_eq!(
        (made.status, made.data()["name"].as_str()),
        (200, Some("XERO-1"))
    );
    let again = site.call(
        "POST",
        "/api/v2/document/Sales%20Invoice",
        &invoice(&json!({"name": "xero-1"})),
    );
    assert_eq!(again.status, 409);
    assert_eq!(again.body["errors"][0]["type"], "DuplicateEntryError");
    assert_eq!(again.body["errors"][0]["title"], "Duplicate Name");
    let patched = site.call(
        "PATCH",
        "/api/v2/document/Sales%20Invoice/XERO-1/",
        &json!({"po_no": "v2"}),
    );
    assert_eq!(patched.data()["po_no"], "v2");
    let submitted = site.call(
        "POST",
        "/api/v2/document/Sales%20Invoice/XERO-1/method/submit",
        &Value::Null,
    );
    assert_eq!(submitted.data()["status"], "Unpaid");
    let cancelled = site.call(
        "PATCH",
        "/api/v2/document/Sales%20Invoice/XERO-1",
        &json!({"docstatus": 2}),
    );
    assert_eq!(cancelled.data()["status"], "Cancelled");
    let missing = site.get("/api/v2/document/Sales%20Invoice/NOPE/");
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.body["errors"][0]["message"],
        "Sales Invoice NOPE not found"
    );
    let refused = site.call("POST", "/api/v2/document/Customer", &json!({}));
    assert_eq!(refused.status, 417);
    assert_eq!(
        refused.body["errors"][0]["message"],
        "Error: Value missing for Customer: Customer Name"
    );
    assert_eq!(site.get("/api/v2/method/ping").body["data"], "pong");
}

#[test]
fn calls_are_remembered() {
    let mut site = Site::new();
    site.get("/api/method/ping");
    let calls = site.world.calls();
    assert_eq!(calls[0]["path"], "/api/method/ping");
    assert_eq!(calls[0]["status"], 200);
}

/// As real sites of 15 and 16 answer: what installations say to each other stands in such documents.
#[test]
fn a_log_of_webhooks_is_made_under_a_chosen_name_and_changed() {
    let mut site = Site::new();
    let path = "/api/v2/document/Webhook%20Request%20Log";
    let body = json!({"name": "ours 1", "reference_document": "About", "response": "{}"});
    let made = site.call("POST", path, &body);
    assert_eq!(
        (made.status, &made.body["data"]["name"]),
        (200, &json!("ours 1"))
    );
    // Not refused: made under another name.
    let again = site.call("POST", path, &body);
    assert_eq!(again.status, 200);
    assert_ne!(again.body["data"]["name"], "ours 1");
    let first = made.body["data"]["modified"].clone();
    let say = |site: &mut Site, body: &Value| site.put("Webhook Request Log", "ours 1", body);
    let changed = say(
        &mut site,
        &json!({"response": "{\"a\":1}", "modified": first}),
    );
    assert_eq!(changed.body["data"]["response"], "{\"a\":1}");
    assert_ne!(changed.body["data"]["modified"], first);
    let stale = say(&mut site, &json!({"response": "{}", "modified": first}));
    assert_eq!(
        (stale.status, stale.exc_type()),
        (417, "TimestampMismatchError")
    );
    // The rest is dropped without a word.
    let data = say(
        &mut site,
        &json!({"data": "{\"user\":null}", "response": "{}", "modified": first}),
    );
    assert_eq!(
        (data.status, &data.body["data"]["response"]),
        (200, &json!("{\"a\":1}"))
    );
    let missing = site.put("Webhook Request Log", "ours 2", &json!({"response": "{}"}));
    assert_eq!(missing.status, 404);
    assert!(
        site.list("Version", &[]).body["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
