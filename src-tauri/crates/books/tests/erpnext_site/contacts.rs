//! Customers with their Address and Contact.

use engine::books::{Answer, Books, Change, Exchanges, Lookup};
use erpnext::client::List;
use http::Method;
use ledger::agreement::ContactField;
use ledger::{Address, Contact, Kind, Record, RemoteId};
use serde_json::json;

use super::site::{Site, contact_of};

pub async fn contacts_there_and_back(site: &Site) {
    let full = Contact {
        name: format!("Ångström & \"Söhne\" / 100% {}", site.run),
        email: Some(format!("a.{}@acme.test", site.run)),
        phone: Some("+44 20 7946 0100".into()),
        tax_number: Some("GB123456789".into()),
        address: Address {
            line1: Some("1 High St".into()),
            line2: Some("Flat 2".into()),
            city: None,
            region: Some("Kent".into()),
            postal_code: Some("CT1 1AA".into()),
            country: Some("UK".into()),
        }
        .some(),
        ..Contact::default()
    };
    let create = Change::Create {
        record: Record::Contact(full.clone()),
        source: site.id("full"),
        source_link: None,
    };
    let made = site.done(create.clone()).await;
    let got = contact_of(&made);
    let mut expected = full.clone();
    if let Some(address) = &mut expected.address {
        address.country = Some("United Kingdom".into());
    }
    assert_eq!(ledger::agreement::contact_differences(&expected, &got), []);
    assert_eq!(made.marker, Some(site.id("full")));
    // Again: it exists, and is found by its marker.
    assert!(matches!(site.send(vec![create]).await[0], Answer::Exists));
    let by_marker = Lookup::Markers(vec![site.id("full")]);
    let found = site.books.find(Kind::Contact, &by_marker).await.unwrap();
    assert_eq!(found[0].id, made.id);

    // All three documents change; a stale version is refused.
    let mut to = got.clone();
    to.email = Some(format!("b.{}@acme.test", site.run));
    to.phone = None;
    to.tax_number = None;
    if let Some(address) = &mut to.address {
        address.city = Some("Canterbury".into());
    }
    let update = Change::Update {
        id: made.id.clone(),
        version: made.version.clone(),
        from: Record::Contact(got.clone()),
        to: Record::Contact(to.clone()),
        source: RemoteId::new("of"),
        source_link: None,
        under_way: false,
    };
    let changed = site.done(update.clone()).await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
    assert_ne!(changed.version, made.version);
    assert!(matches!(site.send(vec![update]).await[0], Answer::Stale));

    // A bare one gains an address and a telephone number, then is archived.
    let bare_id = site.customer("bare").await;
    let bare = site
        .books
        .find(Kind::Contact, &Lookup::Ids(vec![bare_id.clone()]))
        .await
        .unwrap()
        .remove(0);
    let mut to = contact_of(&bare);
    to.phone = Some("0123".into());
    to.address = Address {
        line1: Some("2 Low St".into()),
        ..Address::default()
    }
    .some();
    to.archived = true;
    let changed = site
        .done(Change::Update {
            id: bare_id,
            version: bare.version.clone(),
            from: Record::Contact(contact_of(&bare)),
            to: Record::Contact(to.clone()),
            source: RemoteId::new("of"),
            source_link: None,
            under_way: false,
        })
        .await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
    // Then the telephone number changes and the address goes.
    let from = contact_of(&changed);
    let to = Contact {
        phone: Some("4567".into()),
        address: None,
        ..from.clone()
    };
    let changed = site
        .done(Change::Update {
            id: changed.id.clone(),
            version: changed.version.clone(),
            from: Record::Contact(from),
            to: Record::Contact(to.clone()),
            source: RemoteId::new("of"),
            source_link: None,
            under_way: false,
        })
        .await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
}

/// Of several addresses of which none is the primary one, nothing can be told: that is not the same as
/// having none.
pub async fn of_several_addresses_none_is_guessed(site: &Site) {
    let id = site.customer("several").await;
    let now = async || {
        let by_id = Lookup::Ids(vec![id.clone()]);
        let found = site.books.find(Kind::Contact, &by_id).await.unwrap();
        contact_of(&found[0])
    };
    let add = async |line: &str| {
        let body = json!({
            "doctype": "Address", "address_title": format!("{id} {line}"), "address_type": "Billing",
            "address_line1": line, "city": "Exeter", "country": "United Kingdom",
            "links": [{"link_doctype": "Customer", "link_name": id.as_str()}],
        });
        let path = erpnext::site::doctype("Address");
        let made = site.client.write(Method::POST, &path, &body).await.unwrap();
        made["data"]["name"].as_str().unwrap().to_owned()
    };
    let line = |contact: &Contact| contact.address.clone().and_then(|address| address.line1);
    assert_eq!((now().await.address, now().await.unclear), (None, vec![]));
    add("1 High St").await;
    assert_eq!(line(&now().await).as_deref(), Some("1 High St"));
    let second = add("9 Dock Rd").await;
    assert_eq!(line(&now().await), None);
    assert_eq!(now().await.unclear, [ContactField::Address]);
    let path = erpnext::site::document("Customer", id.as_str());
    let body = json!({ "customer_primary_address": second });
    site.client.write(Method::PUT, &path, &body).await.unwrap();
    assert_eq!(line(&now().await).as_deref(), Some("9 Dock Rd"));
    assert_eq!(now().await.unclear, []);
}

pub async fn customers_are_disabled_and_enabled(site: &Site) {
    let id = site.customer("archive").await;
    let by_id = Lookup::Ids(vec![id.clone()]);
    let mut now = site
        .books
        .find(Kind::Contact, &by_id)
        .await
        .unwrap()
        .remove(0);
    for archived in [true, false] {
        let from = contact_of(&now);
        let to = Contact {
            archived,
            ..from.clone()
        };
        now = site
            .done(Change::Update {
                id: id.clone(),
                version: now.version.clone(),
                from: Record::Contact(from),
                to: Record::Contact(to),
                source: RemoteId::new("of"),
                source_link: None,
                under_way: false,
            })
            .await;
        assert_eq!(contact_of(&now).archived, archived);
        let stored = site.stored("Customer", id.as_str()).await;
        assert_eq!(stored["disabled"], i64::from(archived));
        assert_eq!(stored["xero_last_outcome"], "Updated from Xero");
    }
}

/// The Address was made, and then nothing more was sent: the contact reads as it was meant to, while the
/// customer's form shows none.
pub async fn an_address_of_a_write_that_broke_off_becomes_the_primary_one(site: &Site) {
    const PRIMARY: &str = "customer_primary_address";
    let id = site.customer("broke off").await;
    let by_id = Lookup::Ids(vec![id.clone()]);
    let now = async || {
        let mut found = site.books.find(Kind::Contact, &by_id).await.unwrap();
        found.remove(0)
    };
    let bare = now().await;
    let to = Contact {
        address: Address {
            line1: Some("2 Low St".into()),
            city: Some("Bath".into()),
            ..Address::default()
        }
        .some(),
        ..contact_of(&bare)
    };
    let update = Change::Update {
        id: id.clone(),
        version: bare.version.clone(),
        from: bare.record.clone().unwrap(),
        to: Record::Contact(to.clone()),
        source: RemoteId::new("of"),
        source_link: None,
        under_way: false,
    };
    let prepared = site.prepared(vec![update]).await.remove(0);
    let wire = Exchanges::default();
    let key = &prepared.write.key;

    // Nothing is there yet: there is nothing to go on with.
    let found = site.books.finish(&prepared, bare, Some(&wire)).await;
    assert_eq!(contact_of(&found.unwrap().unwrap()).address, None);
    assert_eq!(wire.take(key), []);

    let [address, rest] = prepared.steps.as_slice() else {
        panic!("{:?}", prepared.steps);
    };
    let written = site
        .client
        .write(Method::POST, &address.path, &address.body);
    let made = written.await.unwrap()["data"]["name"].clone();
    let broke_off = now().await;
    let differences = ledger::agreement::contact_differences(&to, &contact_of(&broke_off));
    assert_eq!(differences, []);
    assert!(!site.stored("Customer", id.as_str()).await[PRIMARY].is_string());

    // A preview looks and sends nothing.
    let looked = site.books.finish(&prepared, broke_off.clone(), None).await;
    assert_eq!(looked, Ok(None));
    let finished = site.books.finish(&prepared, broke_off, Some(&wire)).await;
    let finished = finished.unwrap().unwrap();
    assert_eq!(site.stored("Customer", id.as_str()).await[PRIMARY], made);
    assert_eq!(finished, now().await);
    let sent = wire.take(key);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].request.path, rest.path);
    assert_eq!(sent[0].request.body[PRIMARY], made);

    // Once more there is nothing left of it, and what a person chose since stays.
    let again = site
        .books
        .finish(&prepared, finished.clone(), Some(&wire))
        .await;
    assert_eq!(again, Ok(Some(finished)));
    assert_eq!(wire.take(key), []);
}

/// Addresses of a customer, by name.
async fn addresses_of(site: &Site, id: &RemoteId) -> Vec<String> {
    let filters = json!(["Dynamic Link", "link_name", "=", id.as_str()]);
    let list = List {
        doctype: "Address",
        parent: None,
        fields: vec!["name"],
        filters: vec![filters],
        // A filter on a child table joins it, and leaves a bare name ambiguous.
        order_by: "`tabAddress`.creation asc",
        limit: 0,
    };
    let rows = site.client.list(&list).await.unwrap();
    rows.iter().map(|row| row.name("name").unwrap()).collect()
}

/// The same address for a customer without one.
async fn with_an_address(site: &Site, id: &RemoteId) -> Change {
    let by_id = Lookup::Ids(vec![id.clone()]);
    let found = site.books.find(Kind::Contact, &by_id).await.unwrap();
    let from = contact_of(&found[0]);
    let address = Address {
        line1: Some("2 Low St".into()),
        ..Address::default()
    }
    .some();
    Change::Update {
        id: id.clone(),
        version: found[0].version.clone(),
        from: Record::Contact(from.clone()),
        to: Record::Contact(Contact { address, ..from }),
        source: RemoteId::new("of"),
        source_link: None,
        under_way: false,
    }
}

/// Both look, see none, and make one: which of the two is first is the site's to say.
pub async fn two_installations_make_one_address(site: &Site) {
    for of in ["from two", "from two again", "from two once more"] {
        let id = site.customer(of).await;
        let update = with_an_address(site, &id).await;
        let one = site.prepared(vec![update.clone()]).await;
        let two = site.prepared(vec![update]).await;
        let wire = Exchanges::default();
        let (one, two) = futures::join!(site.books.send(&one, &wire), site.books.send(&two, &wire));
        let answers = [&one[0], &two[0]];
        let done = answers.iter().filter(|it| matches!(it, Answer::Done(_)));
        assert!(done.count() >= 1, "{answers:?}");
        let refused = |it: &&&Answer| !matches!(it, Answer::Done(_) | Answer::Stale);
        assert_eq!(answers.iter().filter(refused).count(), 0, "{answers:?}");
        assert_eq!(addresses_of(site, &id).await.len(), 1);
    }
}

pub async fn an_address_whose_usual_name_is_taken_is_named_by_the_site(site: &Site) {
    let (id, other) = (site.customer("usual").await, site.customer("first").await);
    let body = json!({
        "doctype": "Address", "address_title": id.as_str(), "address_type": "Billing",
        "address_line1": "9 Dock Rd", "city": "Exeter", "country": "United Kingdom",
        "links": [{"link_doctype": "Customer", "link_name": other.as_str()}],
    });
    let path = erpnext::site::doctype("Address");
    site.client.write(Method::POST, &path, &body).await.unwrap();
    let update = with_an_address(site, &id).await;
    let changed = site.done(update.clone()).await;
    let Change::Update {
        to: Record::Contact(to),
        ..
    } = update
    else {
        panic!("{update:?}");
    };
    let differences = ledger::agreement::contact_differences(&to, &contact_of(&changed));
    assert_eq!(differences, []);
    let own = addresses_of(site, &id).await;
    let primary = site.stored("Customer", id.as_str()).await["customer_primary_address"].clone();
    assert_eq!(own, [primary.as_str().unwrap()]);
    assert_eq!(addresses_of(site, &other).await.len(), 1);
}
