//! How a site answers a list, and what the client asks for next: arrays where it can, objects where a site
//! leaves fields out.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use erpnext::client::List;
use erpnext::records::allocations_made;
use erpnext::{ApiKey, Client, Error, SiteUrl};
use net::{JumpClock, NetError, Request, Response, Transport};
use serde_json::{Value, json};

/// A site that answers each shape of list with a text of its own, and remembers what was asked for.
struct Site {
    arrays: &'static str,
    objects: &'static str,
    asked: Mutex<Vec<Value>>,
}

#[async_trait]
impl Transport for Site {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let answer = match body.get("as_dict") {
            None => self.objects,
            Some(as_dict) if *as_dict == false => self.arrays,
            Some(other) => panic!("as_dict: {other}"),
        };
        self.asked.lock().unwrap().push(body);
        Ok(http::Response::new(Bytes::from(answer)))
    }
}

fn site(arrays: &'static str, objects: &'static str) -> (Client, Arc<Site>) {
    let site = Arc::new(Site {
        arrays,
        objects,
        asked: Mutex::default(),
    });
    let clock = Arc::new(JumpClock::at("2026-11-22T12:00:00Z".parse().unwrap()));
    let client = Client::new(
        Arc::clone(&site) as Arc<dyn Transport>,
        clock,
        SiteUrl::parse("https://acme.test").unwrap(),
        ApiKey::new("key", "secret"),
    );
    (client, site)
}

impl Site {
    /// Which lists were asked for since the last look, and whether as arrays.
    fn asked(&self) -> Vec<(String, bool)> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        let shape = |body: &Value| body.get("as_dict").is_some();
        let doctype = |body: &Value| body["doctype"].as_str().unwrap().to_owned();
        asked.iter().map(|it| (doctype(it), shape(it))).collect()
    }
}

fn list<'a>(doctype: &'a str, fields: &[&'a str]) -> List<'a> {
    List {
        doctype,
        parent: None,
        fields: fields.to_vec(),
        filters: Vec::new(),
        order_by: "name asc",
        limit: 0,
    }
}

#[tokio::test]
async fn plain_fields_come_as_arrays_in_their_order() {
    let (client, site) = site(r#"{"message": [["A", "7", 0.10], ["B", null, 2]]}"#, "{}");
    let rows = client
        .list(&list("Customer", &["name", "tax_id", "owed"]))
        .await
        .unwrap();
    assert_eq!(
        json!(rows.to_values()).to_string(),
        r#"[{"name":"A","tax_id":"7","owed":0.10},{"name":"B","tax_id":null,"owed":2}]"#
    );
    assert_eq!(site.asked(), [("Customer".to_owned(), true)]);
}

#[tokio::test]
async fn a_list_whose_arrays_are_not_as_wide_is_asked_for_as_objects_from_then_on() {
    let (client, site) = site(
        r#"{"message": [["A", 1], ["B", 0]]}"#,
        r#"{"message": [{"name": "A", "tax_id": null, "disabled": 1}, {"name": "B", "tax_id": "7", "disabled": 0}]}"#,
    );
    let fields = ["name", "tax_id", "disabled"];
    let customers = |asked: &[bool]| -> Vec<(String, bool)> {
        let asked = asked.iter();
        asked.map(|it| ("Customer".to_owned(), *it)).collect()
    };
    for asked in [&[true, false][..], &[false]] {
        let rows = client.list(&list("Customer", &fields)).await.unwrap();
        let row = rows.first().unwrap();
        assert_eq!(row.text("tax_id").unwrap(), None);
        assert!(row.flag("disabled").unwrap());
        assert_eq!(site.asked(), customers(asked));
    }
    // Of other lists nothing is known, and a clone is the same client.
    let items = list("Item", &["name", "disabled"]);
    assert_eq!(client.clone().list(&items).await.unwrap().len(), 2);
    assert_eq!(site.asked(), [("Item".to_owned(), true)]);
    client
        .clone()
        .list(&list("Customer", &["name", "disabled"]))
        .await
        .unwrap();
    assert_eq!(site.asked(), customers(&[false]));
}

/// As 15.75 and 16.9 answer a user without the permission level of a field: it is in no row.
#[tokio::test]
async fn a_field_that_the_site_does_not_show_is_never_read_as_empty() {
    let (client, _) = site(
        r#"{"message": [["A", 1]]}"#,
        r#"{"message": [{"name": "A", "disabled": 1}]}"#,
    );
    let fields = ["name", "tax_id", "disabled", "website"];
    for _ in 0..2 {
        let error = client.list(&list("Customer", &fields)).await.unwrap_err();
        assert!(matches!(error, Error::NotAllowed(_)), "{error}");
        let says = r#"this user may not see "Tax Id", "Website" of Customer. Let a role"#;
        assert!(error.to_string().starts_with(says), "{error}");
    }
    let hidden = client.hidden_fields(&list("Customer", &fields)).await;
    assert_eq!(hidden.unwrap(), ["tax_id", "website"]);
    let (client, _) = site("{}", r#"{"message": [{"name": "A", "customer": "C"}]}"#);
    let fields = ["name", "city", "`tabDynamic Link`.link_name as customer"];
    let error = client.list(&list("Address", &fields)).await.unwrap_err();
    assert!(error.to_string().contains("\"City\" of Address"), "{error}");
    // Where there is no row there is nothing to be told, or to be read.
    let (client, _) = site(r#"{"message": []}"#, r#"{"message": []}"#);
    assert!(
        client
            .list(&list("Customer", &["name", "tax_id"]))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn fields_of_other_tables_come_as_objects() {
    let (client, site) = site("{}", r#"{"message": [{"name": "A", "customer": "C"}]}"#);
    let fields = ["name", "`tabDynamic Link`.link_name as customer"];
    let rows = client.list(&list("Address", &fields)).await.unwrap();
    assert_eq!(rows.first().unwrap().str("customer"), Some("C"));
    assert_eq!(site.asked(), [("Address".to_owned(), false)]);
}

/// Something on the way, or a method that an app put in its place, may know no arrays.
#[tokio::test]
async fn objects_are_taken_where_arrays_were_asked_for() {
    let (client, site) = site(r#"{"message": [{"disabled": 1, "name": "A"}]}"#, "{}");
    let rows = client
        .list(&list("Customer", &["name", "disabled"]))
        .await
        .unwrap();
    assert_eq!(rows.first().unwrap().str("name"), Some("A"));
    assert_eq!(site.asked(), [("Customer".to_owned(), true)]);
}

#[tokio::test]
async fn what_holds_no_rows_is_an_error_that_shows_it() {
    for (arrays, objects, says) in [
        (r#"{"message": "pong"}"#, "{}", "\"pong\""),
        (
            r#"{"message": [["A"], {"name": "B"}]}"#,
            "{}",
            r#"[["A"],{"name":"B"}]"#,
        ),
        ("<h1>Welcome</h1>", "{}", "Welcome"),
        ("[]", "{}", "[]"),
        // Arrays whatever was asked for.
        (
            r#"{"message": [["A", "B"]]}"#,
            r#"{"message": [["A", "B"]]}"#,
            "rows of Customer came as arrays",
        ),
    ] {
        let (client, _) = site(arrays, objects);
        let error = client.list(&list("Customer", &["name"])).await.unwrap_err();
        assert!(matches!(error, Error::Garbage { .. }), "{arrays}: {error}");
        assert!(error.to_string().contains(says), "{arrays}: {error}");
    }
}

/// However many credit notes are used anew, it is one call, and each is told its own.
#[tokio::test]
async fn the_uses_of_many_credit_notes_are_asked_for_together() {
    let (client, site) = site(
        r#"{"message": [["note-a/1", "JV-1", 1], ["NOTE-A/2", "JV-2", 1], ["note-b/1", "JV-3", 2], ["note-ab/1", "JV-4", 1]]}"#,
        "{}",
    );
    let made = allocations_made(&client, &["note-a", "note-b", "note-c"]).await;
    let made = made.unwrap();
    let names = |note: &str| -> Vec<(&str, bool)> {
        let made = made.get(note).into_iter().flatten();
        made.map(|it| (it.name.as_str(), it.stands)).collect()
    };
    assert_eq!(names("note-a"), [("JV-1", true)]);
    assert_eq!(names("note-b"), [("JV-3", false)]);
    assert!(names("note-c").is_empty());
    let asked = std::mem::take(&mut *site.asked.lock().unwrap());
    assert_eq!(asked.len(), 1);
    let field = "xero_allocation_id";
    assert_eq!(
        asked[0]["or_filters"],
        json!([
            [field, "like", "note-a/%"],
            [field, "like", "note-b/%"],
            [field, "like", "note-c/%"]
        ])
    );
    assert!(allocations_made(&client, &[]).await.unwrap().is_empty());
    assert!(site.asked.lock().unwrap().is_empty(), "nothing to ask");
}
