//! A site that answers at another address: the pairing goes there once a person says so, and not by
//! connecting it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::Folder;
use ledger::Side;
use serde_json::{Value, json};
use store::Store;
use tests::{Books, Gate, Installation, System};

async fn written(books: &Books) -> (usize, usize) {
    (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    )
}

#[tokio::test]
async fn a_site_that_moved_is_gone_on_with_once_a_person_says_so() {
    let books = Books::open(51, 4, 8).await;
    let gate = Gate::open(&books).await;
    let mut here = Installation::behind(&gate);
    here.set_up(&books).await;
    here.sync().await;
    books.advance(61).await;
    here.sync().await;
    let before = written(&books).await;

    // The site is at another address now, and nothing answers at the old one.
    gate.close_erpnext();
    books.url(System::Erpnext).clone_into(&mut here.erpnext);
    let _ = here.connect_erpnext(&books).await.expect(&[0]);
    let name = json!({"op": "create_contact", "Name": "Fern Hill Nursery"});
    books.edit(System::Xero, &name).await;
    let stopped = here.run(&["sync", "--json"]).await.expect(&[3]).json();
    assert_eq!(stopped["error"]["code"], "offline");
    assert_eq!(written(&books).await, before);

    let _ = here.run(&["pair", "--moved"]).await.expect(&[0]);
    books.advance(61).await;
    let run = here.sync().await;
    assert_eq!((&run["to_erpnext"], &run["linked"]), (&json!(1), &json!(0)));
    books.advance(61).await;
    assert_eq!(here.sync().await["writes"], 0);
    // The log says so, with the place.
    let log = here.run(&["log", "--json"]).await.expect(&[0]).stdout;
    let place = here.erpnext.trim_start_matches("http://");
    assert!(log.contains(place), "{log}");
}

/// The demo sites all have a company that was made at the same moment, so it is what is remembered of the
/// paired one that is changed here.
#[tokio::test]
async fn another_company_of_the_same_name_is_not_gone_on_with_whatever_a_person_says() {
    let books = Books::open(52, 4, 8).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    {
        let store = Store::open(Folder::at(&here.folder).database()).unwrap();
        let pairing = store.pairings().unwrap().remove(0).id;
        let known = store.origin(pairing, Side::Erpnext).unwrap().unwrap();
        let mut known: Value = serde_json::from_str(&known).unwrap();
        for mark in known["marks"].as_object_mut().unwrap().values_mut() {
            *mark = json!("2020-02-03 04:05:06.000000");
        }
        let (known, at) = (known.to_string(), chrono::Utc::now());
        store
            .set_origin(pairing, Side::Erpnext, &known, at)
            .unwrap();
    }
    let before = written(&books).await;
    let refused = here.run(&["pair", "--moved", "--json"]).await.expect(&[2]);
    assert_eq!(refused.json()["error"]["code"], "usage");
    let stopped = here.run(&["sync", "--json"]).await.expect(&[3]).json();
    assert_eq!(stopped["error"]["code"], "other_books");
    assert_eq!(written(&books).await, before);
}
