use super::*;

fn names(reply: &Reply) -> Vec<String> {
    reply.body["data"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", reply.body))
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn pages_and_defaults() {
    let mut site = Site::new();
    for at in 0..25 {
        site.post("Customer", &json!({"customer_name": format!("C{at:02}")}));
    }
    assert_eq!(names(&site.list("Customer", &[])).len(), 20);
    for (query, count) in [
        (vec![("limit_page_length", json!("0"))], 25),
        (vec![("limit", json!("5"))], 5),
        (vec![("limit_page_length", json!("abc"))], 25),
        (vec![("limit_start", json!("20"))], 5),
    ] {
        assert_eq!(
            names(&site.list("Customer", &query)).len(),
            count,
            "{query:?}"
        );
    }
    let page = site.list(
        "Customer",
        &[
            ("order_by", json!("modified desc")),
            ("limit", json!("2")),
            ("limit_start", json!("1")),
        ],
    );
    assert_eq!(names(&page), ["C23", "C22"]);
    let arrays = site.list(
        "Customer",
        &[("as_dict", json!("0")), ("limit", json!("1"))],
    );
    assert_eq!(arrays.body["data"], json!([["C00"]]));
    let posted = site.rpc("frappe.client.get_list", &json!({"doctype": "Customer", "fields": ["name"], "filters": [["name", "in", ["c03", "C04", "x"]]], "limit_page_length": 0}));
    assert_eq!(
        posted.body["message"],
        json!([{"name": "C03"}, {"name": "C04"}])
    );
    let count = site.rpc(
        "frappe.client.get_count",
        &json!({"doctype": "Customer", "filters": {"name": ["like", "C0%"]}}),
    );
    assert_eq!(count.body["message"], 10);
}

#[test]
fn filters() {
    let mut site = Site::new();
    for (name, tax) in [
        ("A", json!("1")),
        ("B", json!("")),
        ("C", Value::Null),
        ("D", json!("4")),
    ] {
        site.post("Customer", &json!({"customer_name": name, "tax_id": tax}));
    }
    site.put("Customer", "B", &json!({"disabled": 1}));
    for (filters, wanted) in [
        (json!([["tax_id", "is", "set"]]), vec!["A", "D"]),
        (json!([["tax_id", "is", "not set"]]), vec!["B", "C"]),
        (json!({"tax_id": "4"}), vec!["D"]),
        (json!({"name": ["in", "A, C"]}), vec!["A", "C"]),
        (json!([["name", "not in", ["A", "B"]]]), vec!["C", "D"]),
        (json!([["name", ">", "B"]]), vec!["C", "D"]),
        (
            json!([["name", ">=", "B"], ["disabled", "=", 0]]),
            vec!["C", "D"],
        ),
        (json!([["Customer", "disabled", "=", 1]]), vec!["B"]),
        (json!([["name", "between", ["B", "C"]]]), vec!["B", "C"]),
        (json!([["tax_id", "!=", "1"]]), vec!["B", "C", "D"]),
        (json!(["name", "=", "A"]), vec!["A"]),
    ] {
        assert_eq!(
            names(&site.list("Customer", &[("filters", filters.clone())])),
            wanted,
            "{filters}"
        );
    }
    let any = site.list(
        "Customer",
        &[
            ("filters", json!([["disabled", "=", 0]])),
            (
                "or_filters",
                json!([["name", "=", "A"], ["name", "=", "B"], ["tax_id", "=", "4"]]),
            ),
        ],
    );
    assert_eq!(names(&any), ["A", "D"]);
}

#[test]
fn cursors_by_modified() {
    let mut site = Site::new();
    let stamps: Vec<String> = ["A", "B", "C"]
        .iter()
        .map(|name| {
            site.post("Customer", &json!({"customer_name": name}))
                .data()["modified"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    for (operator, value, wanted) in [
        (">", stamps[0].clone(), vec!["B", "C"]),
        (">=", stamps[1].clone(), vec!["B", "C"]),
        (">", "2026-11-22T15:25:00Z".to_owned(), vec!["A", "B", "C"]),
        (">", "2026-11-23".to_owned(), vec![]),
    ] {
        let reply = site.list(
            "Customer",
            &[
                ("filters", json!([["modified", operator, value]])),
                ("order_by", json!("modified asc, name asc")),
            ],
        );
        assert_eq!(names(&reply), wanted, "{operator} {value}");
    }
}

#[test]
fn bad_queries() {
    let mut site = Site::new();
    for (query, status, exc_type) in [
        (vec![("fields", json!(["nosuch"]))], 417, "DataError"),
        (vec![("filters", json!({"nosuch": 1}))], 417, "DataError"),
        (vec![("filters", json!("{bad"))], 500, "JSONDecodeError"),
        (vec![("fields", json!("[\"name"))], 500, "JSONDecodeError"),
        (
            vec![("filters", json!([["name", "~~", "x"]]))],
            417,
            "ValidationError",
        ),
        (vec![("fields", json!(["sleep(1)"]))], 500, "IndexError"),
        (
            vec![("order_by", json!("name; drop table x"))],
            417,
            "ValidationError",
        ),
    ] {
        let reply = site.list("Customer", &query);
        assert_eq!(
            (reply.status, reply.exc_type()),
            (status, exc_type),
            "{query:?}"
        );
    }
}

#[test]
fn child_rows() {
    let mut site = Site::furnished();
    for _ in 0..2 {
        let body = invoice(
            &json!({"items": [{"item_code": "SVC-1", "qty": 1, "rate": 10}, {"item_code": "SVC-1", "qty": 2, "rate": 20}], "docstatus": 1}),
        );
        assert_eq!(site.post("Sales Invoice", &body).status, 200);
    }
    assert_eq!(site.list("Sales Invoice Item", &[]).status, 403);
    let rows = site.rpc("frappe.client.get_list", &json!({"doctype": "Sales Invoice Item", "parent": "Sales Invoice", "filters": [["parent", "in", ["ACC-SINV-2026-00002"]]], "fields": ["parent", "idx", "rate", "docstatus"], "limit_page_length": 0}));
    assert_eq!(
        rows.body["message"].to_string(),
        r#"[{"parent":"ACC-SINV-2026-00002","idx":1,"rate":10.0,"docstatus":1},{"parent":"ACC-SINV-2026-00002","idx":2,"rate":20.0,"docstatus":1}]"#
    );
    let joined = site.list(
        "Sales Invoice",
        &[
            (
                "fields",
                json!(["name", "items.qty", "customer.customer_type"]),
            ),
            ("filters", json!([["Sales Invoice Item", "qty", "=", 2]])),
        ],
    );
    assert_eq!(
        joined.body["data"].to_string(),
        r#"[{"name":"ACC-SINV-2026-00001","qty":2.0,"customer_type":"Company"},{"name":"ACC-SINV-2026-00002","qty":2.0,"customer_type":"Company"}]"#
    );
    let ambiguous = site.list(
        "Sales Invoice",
        &[
            ("fields", json!(["name", "items.qty"])),
            ("order_by", json!("creation desc")),
        ],
    );
    assert_eq!(
        (ambiguous.status, ambiguous.exc_type()),
        (500, "OperationalError")
    );
    let totals = site.list(
        "Sales Invoice",
        &[(
            "fields",
            json!([
                "count(name) as n",
                "sum(grand_total) as total",
                "max(modified) as m"
            ]),
        )],
    );
    assert_eq!(
        (
            totals.body["data"][0]["n"].as_i64(),
            totals.body["data"][0]["total"].to_string()
        ),
        (Some(2), "100.0".to_owned())
    );
    let all = site.list(
        "Sales Invoice",
        &[("fields", json!(["*"])), ("limit", json!("1"))],
    );
    assert_eq!(all.body["data"][0]["pos_profile"], Value::Null);
    assert!(all.body["data"][0].get("items").is_none());
    assert_eq!(
        site.read("Sales Invoice", "ACC-SINV-2026-00001")
            .get("pos_profile"),
        None
    );
}

/// Lists go out as text that never was a tree of values: it says the same as the tree, key by key.
#[test]
fn the_text_of_a_list_is_that_of_its_rows() {
    use super::super::lists::Query;
    let mut site = Site::new();
    site.post(
        "Customer",
        &json!({"customer_name": "Quoted \"Ltd\" \\ Söhne\n2", "tax_id": "1"}),
    );
    site.post("Customer", &json!({"customer_name": "Plain Ltd"}));
    let query = |fields: &[&str], arrays| Query {
        doctype: "Customer".to_owned(),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        order_by: "creation asc".to_owned(),
        arrays,
        ..Query::default()
    };
    for (fields, first) in [
        (
            &[
                "customer_name",
                "tax_id",
                "disabled",
                "docstatus",
                "default_commission_rate",
            ][..],
            r#"{"customer_name":"Quoted \"Ltd\" \\ Söhne\n2","tax_id":"1","disabled":0,"docstatus":0,"default_commission_rate":0.0}"#,
        ),
        // Twice under one name: where the first stood, what the last says.
        (
            &["tax_id as a", "docstatus", "disabled as a"],
            r#"{"a":0,"docstatus":0}"#,
        ),
        (&["count(name) as n"], r#"{"n":2}"#),
    ] {
        for arrays in [false, true] {
            let query = query(fields, arrays);
            let rows = Value::Array(site.world.list(&query).unwrap()).to_string();
            let text = site.world.list_text(&query).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), rows, "{fields:?}");
            if !arrays {
                assert!(rows.starts_with(&format!("[{first}")), "{rows}");
            }
        }
    }
    let none = Query {
        filters: json!({"name": "nobody"}),
        ..query(&["name"], false)
    };
    assert_eq!(site.world.list_text(&none).unwrap(), b"[]");
    assert_eq!(site.world.count("Customer", &json!({})).unwrap(), 2);
    assert_eq!(
        site.world
            .count("Customer", &json!({"tax_id": "1"}))
            .unwrap(),
        1
    );
}

/// What an index found is still asked about everything else.
#[test]
fn an_index_answers_one_filter_and_no_other() {
    let mut site = Site::new();
    for (name, tax) in [("A", "1"), ("B", "2"), ("C", "1")] {
        site.post("Customer", &json!({"customer_name": name, "tax_id": tax}));
    }
    let filters = json!([
        ["tax_id", "=", "1"],
        ["name", "in", ["b", "c"]],
        ["name", "!=", "A"]
    ]);
    assert_eq!(
        names(&site.list("Customer", &[("filters", filters)])),
        ["C"]
    );
}

/// Seen on 15.75 and 16.9 with fields of Payment Entry, Sales Invoice Item and Contact.
#[test]
fn a_field_on_a_permission_level_is_in_no_row_of_a_list() {
    let mut site = Site::new();
    site.post("Customer", &json!({"customer_name": "A", "tax_id": "7"}));
    let setter = json!({"doctype_or_field": "DocField", "doc_type": "Customer", "field_name": "tax_id", "property": "permlevel", "property_type": "Int", "value": "1"});
    let setter = site.post("Property Setter", &setter);
    let name = setter.data()["name"].as_str().unwrap().to_owned();
    let mut rows = |arrays: Value| {
        let fields = json!(["name", "tax_id", "disabled"]);
        let list = json!({"doctype": "Customer", "fields": fields, "as_dict": arrays});
        site.rpc("frappe.client.get_list", &list).body["message"].clone()
    };
    assert_eq!(rows(json!(true)), json!([{"name": "A", "disabled": 0}]));
    assert_eq!(rows(json!(false)), json!([["A", 0]]));
    let setter = format!(
        "/api/resource/{}/{}",
        encode("Property Setter"),
        encode(&name)
    );
    assert_eq!(site.call("DELETE", &setter, &Value::Null).status, 202);
    let list = json!({"doctype": "Customer", "fields": ["name", "tax_id"], "as_dict": false});
    let rows = site.rpc("frappe.client.get_list", &list);
    assert_eq!(rows.body["message"], json!([["A", "7"]]));
}
