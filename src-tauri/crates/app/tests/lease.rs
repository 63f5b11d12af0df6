//! Two installations on the same demo books: one syncs while the other is asked to.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;

use app::views::{LogFilter, Outcome, RunOutcome, RunView};
use app::{App, SyncRequest};
use common::{Gate, demo_books, open, open_through, set_up};
use sandbox::System;
use sandbox::consent::Press;
use sandbox::faults::{Effect, Faults, Refusal, Rule};
use sandbox::server::Running;

async fn sync(app: &App, take_over: bool) -> RunView {
    let request = SyncRequest {
        take_over,
        ..SyncRequest::default()
    };
    app.sync_with(request).await.unwrap()
}

fn agrees(run: &RunView) -> bool {
    matches!(run.outcome, RunOutcome::Agrees | RunOutcome::NeedsAttention)
}

/// Two installations of one pairing; a sync of the first stands before its first write.
struct Two {
    one: App,
    other: App,
    first: tokio::task::JoinHandle<RunView>,
    gate: Arc<Gate>,
    _folders: [tempfile::TempDir; 2],
}

async fn two_of_which_one_syncs(books: &Running) -> Two {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let gate = Gate::open();
    let one = open_through(folders[0].path(), books, gate.clone());
    let other = open(folders[1].path(), books, Press::Allow);
    for app in [&one, &other] {
        set_up(app, books).await;
    }
    gate.shut();
    let first = tokio::spawn({
        let one = one.clone();
        async move { sync(&one, false).await }
    });
    gate.reached().await;
    Two {
        one,
        other,
        first,
        gate,
        _folders: folders,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_installation_syncs_another_says_so_and_goes_on_once_that_has_ended() {
    let books = demo_books(60).await;
    let Two {
        one: _one,
        other,
        first,
        gate,
        _folders,
    } = two_of_which_one_syncs(&books).await;

    let waits = sync(&other, false).await;
    assert_eq!(waits.outcome, RunOutcome::Elsewhere, "{waits:?}");
    assert_eq!((waits.writes, waits.linked), (0, 0), "{waits:?}");
    let error = waits.error.unwrap();
    assert_eq!(error.code, "synced_elsewhere");
    let said = &error.message;
    assert!(
        said.starts_with("This pairing is being synced by "),
        "{said}"
    );
    assert!(said.contains(" on ") && said.contains(", since "), "{said}");
    // Activity keeps it, and the log says it.
    let kept = other.runs(None).await.unwrap().remove(0);
    assert_eq!(kept.outcome, RunOutcome::Elsewhere);
    assert_eq!(kept.error.unwrap().code, "synced_elsewhere");
    let latest = other.overview().await.unwrap().latest.remove(0);
    assert!(
        latest.message.contains("this pairing is being synced by "),
        "{latest:?}"
    );

    gate.let_through();
    let first = first.await.unwrap();
    assert!(agrees(&first), "{first:?}");
    let second = sync(&other, false).await;
    assert!(agrees(&second), "{second:?}");
    assert_eq!(second.records_written, 0, "{second:?}");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_takes_over_and_nothing_is_made_twice() {
    let books = demo_books(12).await;
    let Two {
        one,
        other,
        first,
        gate,
        _folders,
    } = two_of_which_one_syncs(&books).await;
    let over = sync(&other, true).await;
    assert!(agrees(&over), "{over:?}");
    let took = LogFilter {
        outcomes: vec![Outcome::Note],
        text: Some("took over".to_owned()),
        ..LogFilter::default()
    };
    let said = other.log(took, None, 5).await.unwrap().lines;
    let words = "You took over the syncing of this pairing from ";
    assert!(said[0].message.starts_with(words), "{said:?}");
    gate.let_through();
    // It has not heard of it yet; what it was about to write is refused or found done.
    first.await.unwrap();
    let rest = sync(&other, false).await;
    assert!(agrees(&rest), "{rest:?}");
    let nothing = sync(&one, false).await;
    assert_eq!(nothing.records_written, 0, "{nothing:?}");
    books.shutdown().await.unwrap();
}

/// Whatever the site says to it, nothing that worked before stops for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_may_not_be_said_the_sync_goes_on_without() {
    for status in [403, 404, 417, 500] {
        let books = demo_books(20).await;
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path(), &books, Press::Allow);
        set_up(&app, &books).await;
        let body = serde_json::json!({"exc_type": "ValidationError", "exception": "frappe.exceptions.ValidationError"});
        let rule = Rule {
            path: Some("Webhook Request Log".to_owned()),
            ..Rule::always(Effect::Refuse(Refusal { status, body }))
        };
        books.with_books(|books| {
            *books.faults_mut(System::Erpnext) = Faults::new(1, vec![rule]);
        });
        let run = sync(&app, false).await;
        assert!(agrees(&run), "{status}: {run:?}");
        assert!(run.records_written > 0);
        books.shutdown().await.unwrap();
    }
}
