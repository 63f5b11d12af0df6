//! The fields that hold the identities, and what people see of a sync on the form.

use engine::books::{Answer, Change};
use erpnext::marker_fields::{self, ALL, Mark, Marked, Purpose, State, mark_many};
use ledger::{Contact, Kind, Record};
use serde_json::{Value, json};

use super::site::Site;

pub async fn fields_are_listed_repaired_and_seen(site: &Site) {
    let sound = [State::Installed; marker_fields::COUNT];
    assert_eq!(marker_fields::states(&site.client).await.unwrap(), sound);
    // One is damaged, another gone; only those are touched.
    let link = erpnext::site::document("Custom Field", "Customer-xero_link");
    let outcome = erpnext::site::document("Custom Field", "Customer-xero_last_outcome");
    if site.is_demo() {
        site.client
            .write(http::Method::PUT, &link, &json!({"no_copy": 0}))
            .await
            .unwrap();
        site.client
            .write(http::Method::DELETE, &outcome, &Value::Null)
            .await
            .unwrap();
        let states = marker_fields::states(&site.client).await.unwrap();
        let of = |field: &str| marker_fields::state_of(&states, "Customer", field);
        assert_eq!(of(marker_fields::LINK), Some(State::Damaged));
        assert_eq!(of(marker_fields::LAST_OUTCOME), Some(State::Missing));
        assert_eq!(of(marker_fields::CONTACT), Some(State::Installed));
        // A third says what it was for once, and a fourth what a person wrote there.
        let paid = erpnext::site::document("Custom Field", "Payment Entry-xero_payment_id");
        let once = "The overpayment, prepayment or batch payment in Xero that Counterfoil keeps in agreement with this payment.";
        let named = erpnext::site::document("Custom Field", "Customer-xero_contact_id");
        for (path, told) in [(&paid, once), (&named, "Ask Priya first")] {
            let told = json!({"description": told});
            site.client
                .write(http::Method::PUT, path, &told)
                .await
                .unwrap();
        }
        let states = marker_fields::states(&site.client).await.unwrap();
        let paid = marker_fields::state_of(&states, "Payment Entry", marker_fields::PAYMENT);
        assert_eq!(paid, Some(State::Outdated));
        // Nothing stops for it.
        let chart = erpnext::Chart::read(&site.client, &site.chart.company)
            .await
            .unwrap();
        assert!(chart.markers.payment);
        let before = site.calls.so_far();
        marker_fields::install(&site.client, &()).await.unwrap();
        assert_eq!(site.calls.so_far() - before, 4);
        let named = site
            .stored("Custom Field", "Customer-xero_contact_id")
            .await;
        assert_eq!(named["description"], "Ask Priya first");
        assert_eq!(marker_fields::states(&site.client).await.unwrap(), sound);
    }

    // What the form shows: a link, read-only, beside when and what.
    for field in ALL {
        let stored = site.stored("Custom Field", &field.docname()).await;
        assert_eq!(stored["read_only"], 1, "{}", field.docname());
        assert_eq!(stored["no_copy"], 1, "{}", field.docname());
        assert_eq!(
            stored["unique"] == 1,
            field.purpose == Purpose::Identity,
            "{}",
            field.docname()
        );
        if field.purpose == Purpose::Link {
            assert_eq!(stored["options"], "URL", "{}", field.docname());
        }
    }
    let made = site
        .done(Change::Create {
            record: Record::Contact(Contact {
                name: format!("seen {}", site.run),
                ..Contact::default()
            }),
            source: site.id("seen"),
            source_link: Some("https://go.xero.com/contact/1".to_owned()),
        })
        .await;
    let seen = site.stored("Customer", made.id.as_str()).await;
    assert_eq!(seen["xero_link"], "https://go.xero.com/contact/1");
    assert_eq!(seen["xero_last_outcome"], "Created from Xero");
    assert!(seen["xero_last_sync"].as_str().unwrap().starts_with("20"));

    if site.is_demo() {
        marker_fields::remove(&site.client, &()).await.unwrap();
        assert_eq!(
            marker_fields::states(&site.client).await.unwrap(),
            [State::Missing; marker_fields::COUNT]
        );
    }
}

pub async fn many_documents_are_marked_in_one_call(site: &Site) {
    let path = erpnext::site::doctype_v2("Customer");
    let mut customers = Vec::new();
    for at in 0..5 {
        let name = format!("many{at} {}", site.run);
        let body = json!({"doctype": "Customer", "name": name, "customer_name": name, "customer_type": "Company"});
        let made = site
            .client
            .write(http::Method::POST, &path, &body)
            .await
            .unwrap();
        let modified = made["data"]["modified"].as_str().unwrap().to_owned();
        customers.push((name, modified));
    }
    let by_id = engine::books::Lookup::Ids(
        customers
            .iter()
            .map(|(name, _)| ledger::RemoteId::new(name.clone()))
            .collect(),
    );
    let found = engine::books::Books::find(&site.books, Kind::Contact, &by_id)
        .await
        .unwrap();
    let mark = |at: usize, of: &str| Change::Mark {
        kind: Kind::Contact,
        id: found[at].id.clone(),
        version: found[at].version.clone(),
        source: site.id(of),
        source_link: Some(format!("https://go.xero.com/contact/{of}")),
    };
    let before = site.calls.so_far();
    let answers = site
        .send(vec![mark(0, "m0"), mark(1, "m1"), mark(2, "m2")])
        .await;
    // One call that marks, three that read the customers back.
    assert_eq!(site.calls.so_far() - before, 4);
    for (at, answer) in answers.iter().enumerate() {
        let Answer::Done(pulled) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(pulled.marker, Some(site.id(&format!("m{at}"))));
    }
    let seen = site.stored("Customer", found[0].id.as_str()).await;
    assert_eq!(seen["xero_link"], "https://go.xero.com/contact/m0");
    assert_eq!(seen["xero_last_outcome"], "In agreement with Xero");

    // A stale one, one whose identity is taken, one that is not there, and a good one.
    let answers = site
        .send(vec![mark(0, "m0"), mark(3, "m1"), mark(4, "m4")])
        .await;
    assert!(matches!(answers[0], Answer::Stale), "{:?}", answers[0]);
    assert!(matches!(answers[1], Answer::Exists), "{:?}", answers[1]);
    assert!(matches!(answers[2], Answer::Done(_)), "{:?}", answers[2]);
    let missing = Mark {
        doctype: "Customer",
        name: format!("nobody {}", site.run),
        modified: None,
        fields: json!({"xero_contact_id": "x"}),
    };
    assert_eq!(
        mark_many(&site.client, &(), &[missing]).await.unwrap(),
        [Marked::Missing]
    );
}
