//! The desktop app as a person uses it, in a real window with a real browser beside it.
//!
//! `cargo verify` runs this under a virtual display with a session bus of its own; by hand:
//! `xvfb-run -a -s "-screen 0 1280x800x24" cargo test --workspace --test window`.
//! Pictures go to `COUNTERFOIL_PICTURES`, else to `tests/output`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use serde_json::json;
use tests::audit::assert_agreement;
use tests::window::Window;
use tests::{Books, Installation, System};
use tokio::sync::Mutex;

/// One window at a time, so that each has the machine to itself.
static TURN: Mutex<()> = Mutex::const_new(());

fn pictures() -> PathBuf {
    std::env::var_os("COUNTERFOIL_PICTURES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("output"),
        PathBuf::from,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn set_up_sync_find_what_failed_mend_it_and_retry() {
    let _turn = TURN.lock().await;
    let pictures = pictures();
    let books = Books::open(12, 40, 160).await;
    let here = Installation::new(&books);
    let app = Window::open(&here, &[]).await;
    let window = &app.driven;

    app.set_up(&books, &pictures).await;
    // Slow enough to be seen at work.
    let slow = [json!({"method": "POST", "effect": {"delay": 200}})];
    books.faults(System::Erpnext, &slow).await;
    window.press_beginning("Apply ").await;
    window.find("//button[normalize-space(.)='Pause']").await;
    window.shoot(&pictures, "overview-running").await;
    window.press("Pause").await;
    window.find("//button[normalize-space(.)='Go on' or normalize-space(.)='Resume' or normalize-space(.)='Continue']").await;
    window
        .press_at("//button[normalize-space(.)='Go on' or normalize-space(.)='Resume' or normalize-space(.)='Continue']")
        .await;
    books.faults(System::Erpnext, &[]).await;
    window
        .find("//h1[contains(., 'need you') or contains(., 'needs you')]")
        .await;
    window
        .find("//button[normalize-space(.)='Sync now' and not(@disabled)]")
        .await;

    // The log: what happened to which record, and one line in full.
    window.open("Activity").await;
    window.find("//*[@role='option'][1]").await;
    window.shoot(&pictures, "activity").await;
    window
        .press_at("(//*[@role='option'][contains(., 'Refused') or contains(., 'Waiting')])[1]")
        .await;
    window
        .find("//aside//*[contains(., 'History') or contains(., 'history')]")
        .await;
    window.shoot(&pictures, "activity-line").await;

    // What failed, why, and the control that mends it.
    window.open("Needs attention").await;
    let groups = "//div[starts-with(@id, 'group-')]";
    window.find(groups).await;
    window.shoot(&pictures, "attention").await;
    let before = window
        .client
        .find_all(fantoccini::Locator::XPath(groups))
        .await
        .unwrap()
        .len();
    let waiting = format!("{groups}[.//select]");
    let group = window.find(&waiting).await;
    let id = group.attr("id").await.unwrap().expect("a group has an id");
    let select = window.find(&format!("//div[@id='{id}']//select")).await;
    if select
        .prop("value")
        .await
        .unwrap()
        .unwrap_or_default()
        .is_empty()
    {
        select
            .select_by_index(1)
            .await
            .expect("an account is chosen");
    }
    window
        .press_at(&format!(
            "//div[@id='{id}']//button[starts-with(normalize-space(.), 'Use it and retry') and not(@disabled)]"
        ))
        .await;
    window
        .find(&format!(
            "//body[not(.//div[@id='{id}'])][.//h1[contains(., 'Needs attention')]]"
        ))
        .await;
    let after = window
        .client
        .find_all(fantoccini::Locator::XPath(groups))
        .await
        .unwrap()
        .len();
    assert!(after < before, "{before} groups became {after}");

    window.open("Overview").await;
    window.says("Receivables by age").await;
    window.shoot(&pictures, "overview").await;
    // From now on it syncs by itself.
    window.open("Schedule").await;
    window
        .press_at("//button[@aria-label='Change when all records are synced']")
        .await;
    let often = window.find("//select[@aria-label='How often']").await;
    often.select_by_value("day").await.expect("every day");
    window.press("Save").await;
    window
        .find("//p[starts-with(normalize-space(.), 'Every day at 07:00 (')]")
        .await;
    window.says("The next sync starts by itself at ").await;
    window.shoot(&pictures, "schedule").await;
    for (page, name) in [
        ("Preview", "preview"),
        ("Rules", "rules"),
        ("History", "history"),
        ("Mappings", "mappings"),
        ("Connections", "connections"),
        ("Settings", "settings"),
    ] {
        window.open(page).await;
        window.find(&format!("//h1[contains(., {page:?})]")).await;
        window
            .find("//body[not(.//*[contains(@class, 'skeleton')])]")
            .await;
        window.shoot(&pictures, name).await;
    }
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(&books, &exceptions).await;
    app.driven.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_window_opens_on_demo_books() {
    let _turn = TURN.lock().await;
    let books = Books::small(52).await;
    let here = Installation::new(&books);
    let app = Window::open(&here, &["--demo"]).await;
    // Connected, checked and mapped already: nothing is left but to look and to start.
    app.driven.says("exactly what the first sync will do").await;
    app.driven.press_beginning("Apply ").await;
    app.driven
        .find("//h1[contains(., 'need you') or contains(., 'In agreement')]")
        .await;
    app.driven.says("Demo books on this computer").await;
    app.driven.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_refused_is_said_and_can_be_tried_again() {
    let _turn = TURN.lock().await;
    let books = Books::small(53).await;
    let here = Installation::new(&books);
    let app = Window::open(&here, &[]).await;
    let window = &app.driven;
    window
        .type_into("client-id", &books.ready.xero.client_id)
        .await;
    window.press("Sign in with Xero").await;
    let page = app.opened_page().await;
    tests::consent::follow(&page, tests::Press::Cancel)
        .await
        .unwrap();
    window.find("//*[@role='alert']").await;
    window.shoot(&pictures(), "setup-refused").await;
    window.press("Sign in with Xero").await;
    app.opened_page().await;
    window.press("Cancel").await;
    window
        .find("//button[normalize-space(.)='Sign in with Xero' and not(@disabled)]")
        .await;
    app.driven.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_that_cannot_be_reached_is_said_on_the_overview() {
    let _turn = TURN.lock().await;
    let books = Books::small(54).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    let app = Window::open(&here, &[]).await;
    let window = &app.driven;
    books
        .faults(System::Erpnext, &[json!({"effect": "offline"})])
        .await;
    window.press("Sync now").await;
    window.says("cannot be reached").await;
    window.shoot(&pictures(), "overview-unreachable").await;
    books.faults(System::Erpnext, &[]).await;
    window.press("Sync now").await;
    window
        .find("//h1[contains(., 'In agreement') or contains(., 'need you') or contains(., 'needs you')]")
        .await;
    app.driven.close().await;
}
