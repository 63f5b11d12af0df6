//! The command line where another installation syncs the same pairing: it says so, waits, or takes over.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use app::Folder;
use serde_json::{Value, json};
use store::Store;
use tests::{Books, Installation, System};

/// What another installation says on the site, as of now.
async fn another_syncs(books: &Books, here: &Installation, name: &str) {
    let store = Store::open(Folder::at(&here.folder).database()).unwrap();
    let pairing = store.pairings().unwrap().remove(0);
    let key = store::fingerprint(&[&pairing.xero_tenant, &pairing.erpnext_company]);
    let claim = json!({
        "installation": name, "by": "anna on LAPTOP", "hold": format!("run of {name}"), "since": "2026-11-30T09:00:00Z", "broke": [],
    });
    let said = json!({
        "op": "create", "doctype": "Webhook Request Log", "name": format!("counterfoil-{key}-{name}"),
        "fields": { "response": claim.to_string() },
    });
    books.edit(System::Erpnext, &said).await;
}

/// What installations say, by who says it.
async fn said(books: &Books) -> Vec<Value> {
    let state = books.state(System::Erpnext).await;
    let notes = state["Webhook Request Log"].as_array().unwrap();
    let read = |it: &Value| serde_json::from_str(it["response"].as_str().unwrap()).unwrap();
    notes.iter().map(read).collect()
}

#[tokio::test]
async fn a_sync_that_meets_another_installation_waits_for_it_or_takes_over() {
    let books = Books::open(53, 6, 12).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    another_syncs(&books, &here, "a").await;
    let before = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );

    let told = here.run(&["sync", "--json"]).await.expect(&[5]).json();
    assert_eq!(told["outcome"], "elsewhere");
    assert_eq!(told["error"]["code"], "synced_elsewhere");
    let words = "This pairing is being synced by anna on LAPTOP, since 30 Nov 2026, 09:00 UTC.";
    assert_eq!(told["error"]["message"], words);
    // The minute's calls to Xero.
    books.advance(61).await;
    let text = here.run(&["sync"]).await.expect(&[5]).stdout;
    assert!(
        text.contains(words) && text.contains("--take-over"),
        "{text}"
    );
    let after = (
        books.writes(System::Xero).await,
        books.writes(System::Erpnext).await,
    );
    assert_eq!(after, before);

    books.advance(61).await;
    let told = here
        .run(&["sync", "--take-over", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert!(told["records_written"].as_u64().unwrap() > 0, "{told}");
    let log = here
        .run(&["log", "--text", "took over", "--json"])
        .await
        .expect(&[0])
        .stdout;
    assert!(log.contains("You took over the syncing of this pairing from anna on LAPTOP"));
    let said = said(&books).await;
    let own = said.iter().find(|it| it["installation"] != "a").unwrap();
    assert_eq!(
        (&own["hold"], &own["broke"]),
        (&Value::Null, &json!(["run of a"]))
    );
    books.advance(61).await;
    // Nobody waits for who was taken over from.
    here.sync().await;
}

#[tokio::test]
async fn what_was_said_runs_out_after_five_minutes_of_the_sites_clock() {
    let books = Books::open(54, 6, 12).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    another_syncs(&books, &here, "a").await;
    books.advance(240).await;
    let _ = here.run(&["sync"]).await.expect(&[5]);
    books.advance(61).await;
    let run = here.sync().await;
    assert!(run["records_written"].as_u64().unwrap() > 0, "{run}");
}
