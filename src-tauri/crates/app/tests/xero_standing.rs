//! How the sign-in to Xero and its limits stand, as a person is told.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use app::SyncRequest;
use app::views::{CheckState, Side};
use common::{demo_books, open, set_up};
use sandbox::consent::Press;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_expiry_and_permissions_are_shown_and_survive_a_restart() {
    let books = demo_books(10).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    app.sync_with(SyncRequest::default()).await.unwrap();

    let connections = app.connections().await.unwrap().connections;
    let of = |side| connections.iter().find(|it| it.side == side).unwrap();
    let xero = of(Side::Xero);
    assert_eq!(xero.organisations, ["Maple Florist"]);
    let sign_in = xero.sign_in.clone().unwrap();
    assert_eq!(
        (sign_in.days_left, &sign_in.warning, sign_in.missing.len()),
        (Some(59), &None, 0),
        "{sign_in:?}"
    );
    assert_eq!(xero.expires_at, sign_in.expires_at);
    let erpnext = of(Side::Erpnext);
    assert_eq!((&erpnext.sign_in, erpnext.organisations.len()), (&None, 0));

    let calls = xero.calls.clone().unwrap();
    assert!(calls.used > 0);
    assert_eq!(calls.allowed, calls.left.map(|left| left + calls.used));
    assert_eq!((calls.per_minute, calls.reserved), (Some(60), 50));
    assert!(calls.left_this_minute.unwrap() < 60);
    assert_eq!(calls.waiting, None);

    let status = app.overview().await.unwrap();
    assert_eq!(status.xero_sign_in, sign_in);
    assert_eq!(status.xero_calls.used, calls.used);
    let check = app.check().await.unwrap();
    let permissions = check
        .items
        .iter()
        .find(|item| item.id == "xero_permissions")
        .unwrap();
    assert_eq!(permissions.state, CheckState::Passed);
    assert!(check.items.iter().all(|item| item.id != "xero_sign_in"));

    // Another process knows what was spent without asking.
    let used = app.overview().await.unwrap().xero_calls.used;
    drop(app);
    let app = open(folder.path(), &books, Press::Allow);
    let status = app.overview().await.unwrap();
    assert_eq!(status.xero_calls.used, used);
    assert!(status.xero_calls.left.is_some());
    assert_eq!(status.xero_sign_in.days_left, Some(59));
    books.shutdown().await.unwrap();
}
