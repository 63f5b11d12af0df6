//! Syncs that start by themselves, on the demo books, by a clock that the test sets.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use app::views::{
    EveryView, Kind, LogFilter, PauseFor, RunReason, ScheduleChoice, ScheduleEntry, ScheduleView,
};
use app::{App, Folder, Keeper, Looked, Options, SyncRequest};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use common::{Presses, demo_books, door, set_up};
use net::{Clock, HttpTransport, NetError, Request, Response, Transport};
use sandbox::consent::Press;
use sandbox::server::Running;

/// The machine's clock, moved by what the test says.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Ahead {
    /// Moves on to an instant.
    fn go_to(&self, at: DateTime<Utc>) {
        let ahead = (at - Utc::now()).num_milliseconds();
        self.0.store(ahead + 1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        let moved = TimeDelta::milliseconds(self.0.load(Ordering::SeqCst));
        net::SystemClock.sleep_until(at - moved).await;
    }
}

/// A network that can be cut.
struct Cable {
    network: HttpTransport,
    cut: AtomicBool,
}

#[async_trait]
impl Transport for Cable {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(NetError::NotSent {
                host: "the other side".to_owned(),
                why: "the cable is out".to_owned(),
                certificate: false,
            });
        }
        self.network.send(request).await
    }
}

struct Office {
    app: App,
    keeper: Keeper,
    clock: Arc<Ahead>,
    cable: Arc<Cable>,
}

impl Office {
    fn open(folder: &Path, books: &Running) -> Self {
        let clock = Arc::new(Ahead::default());
        let cable = Arc::new(Cable {
            network: HttpTransport::new().unwrap(),
            cut: AtomicBool::new(false),
        });
        let app = App::open(Options {
            clock: clock.clone(),
            transport: Some(cable.clone()),
            browser: Arc::new(Presses(Press::Allow)),
            ..Options::demo(Folder::at(folder), "The test", door(books))
        })
        .unwrap();
        Self {
            keeper: Keeper::new(app.clone()),
            app,
            clock,
            cable,
        }
    }

    async fn choose(&self, kind: Option<Kind>, every: EveryView) -> ScheduleView {
        let entry = ScheduleEntry {
            every,
            zone: None,
            hours: None,
            quiet: None,
        };
        self.app
            .set_schedule(kind, ScheduleChoice::At(entry))
            .await
            .unwrap()
    }

    /// Moves on to when something is due next, and looks.
    async fn next(&self) -> Looked {
        let next = self
            .app
            .schedule()
            .await
            .unwrap()
            .next_at
            .expect("a next sync");
        self.clock.go_to(next.parse().unwrap());
        self.keeper.look().await.0
    }

    async fn runs(&self) -> usize {
        self.app.runs(None).await.unwrap().len()
    }
}

/// Asks the demo site for something that no real one has.
async fn ask_site(books: &Running, method: http::Method, path: &str, body: &'static str) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}/__sandbox/{path}", books.ready.erpnext.url))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(bytes::Bytes::from_static(body.as_bytes()))
        .unwrap();
    let answer = HttpTransport::new().unwrap().send(request).await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

fn ran(looked: Looked) -> app::views::RunView {
    match looked {
        Looked::Ran(run) => run,
        other => panic!("{other:?}"),
    }
}

fn waits(looked: Looked) -> String {
    match looked {
        Looked::Waits(error) => error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daily_sync_starts_at_its_time_and_once() {
    let books = demo_books(10).await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;

    // Chosen before the first sync, it waits for that: nothing is written before a person saw what would be.
    let view = office
        .choose(None, EveryView::Day { at: "07:30".into() })
        .await;
    assert_eq!(view.lines[0].sentence, "Every day at 07:30 (Europe/London)");
    assert!(view.waits.is_some(), "{view:?}");
    office.clock.go_to(office.clock.now() + TimeDelta::days(1));
    assert_eq!(waits(office.keeper.look().await.0), "preview_first");
    assert_eq!(office.runs().await, 0);

    let first = office.app.sync_with(SyncRequest::default()).await.unwrap();
    assert!(first.writes > 0, "{first:?}");
    // What had fallen due by then starts now; a look later there is nothing to do until the next morning.
    let _made_up = ran(office.keeper.look().await.0);
    let (looked, wake) = office.keeper.look().await;
    assert_eq!(looked, Looked::Nothing);
    let next: DateTime<Utc> = office
        .app
        .schedule()
        .await
        .unwrap()
        .next_at
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(wake, next);
    assert_eq!(
        office.app.overview().await.unwrap().next_run_at,
        Some(app_instant(next))
    );
    let london = next.with_timezone(&chrono_tz::Tz::Europe__London);
    assert_eq!(london.format("%H:%M").to_string(), "07:30");

    let run = ran(office.next().await);
    assert_eq!(
        (run.reason, run.about.as_deref(), run.writes),
        (RunReason::Schedule, None, 0),
        "{run:?}"
    );
    assert_eq!(office.keeper.look().await.0, Looked::Nothing);

    // Another process on the same folder goes on where this one was.
    drop(office);
    let again = Office::open(folder.path(), &books);
    again.clock.go_to(next + TimeDelta::minutes(1));
    assert_eq!(again.keeper.look().await.0, Looked::Nothing);
    books.shutdown().await.unwrap();
}

fn app_instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_network_it_is_neither_done_nor_failed() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;
    let _first = office.app.sync_with(SyncRequest::default()).await.unwrap();
    office
        .choose(
            None,
            EveryView::Week {
                on: app::views::Weekday::Mon,
                at: "07:00".into(),
            },
        )
        .await;
    let runs = office.runs().await;

    office.cable.cut.store(true, Ordering::SeqCst);
    assert_eq!(waits(office.next().await), "offline");
    let view = office.app.schedule().await.unwrap();
    assert_eq!(
        view.trouble.map(|error| error.code),
        Some("offline".to_owned())
    );
    // Not asked again at once, and never a line in Activity.
    let (again, wake) = office.keeper.look().await;
    assert_eq!(waits(again), "offline");
    assert!(wake > office.clock.now());
    assert_eq!(office.runs().await, runs);

    // Two hours later there is a network. The sync that was missed is made, and said.
    office.cable.cut.store(false, Ordering::SeqCst);
    office.clock.go_to(office.clock.now() + TimeDelta::hours(2));
    let run = ran(office.keeper.look().await.0);
    assert_eq!((run.reason, run.error), (RunReason::Schedule, None));
    assert_eq!(office.runs().await, runs + 1);
    assert_eq!(office.app.schedule().await.unwrap().trouble, None);
    let said = office
        .app
        .log(LogFilter::default(), None, 50)
        .await
        .unwrap();
    let missed = said
        .lines
        .iter()
        .filter(|line| line.message.contains("was missed; it is made up for now"));
    assert_eq!(missed.count(), 1, "{said:?}");
    assert_eq!(office.keeper.look().await.0, Looked::Nothing);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_few_minutes_it_asks_and_syncs_only_what_changed() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;
    for _ in 0..2 {
        let _run = office.app.sync_with(SyncRequest::default()).await.unwrap();
    }
    office.choose(None, EveryView::Minutes(5)).await;
    let runs = office.runs().await;
    // What came moments ago is read once more; after that a look costs a call, and is no run.
    let _first = office.next().await;
    let runs_then = office.runs().await;
    let unchanged = office.next().await;
    let Looked::Unchanged(poll) = unchanged else {
        panic!("{unchanged:?}");
    };
    assert!(!poll.changed && poll.xero_calls <= 2, "{poll:?}");
    assert_eq!(office.runs().await, runs_then);
    assert!(runs_then <= runs + 1);
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_have_schedules_of_their_own_and_a_pause_holds_all() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;
    let _first = office.app.sync_with(SyncRequest::default()).await.unwrap();
    office.choose(Some(Kind::Payment), EveryView::Hour(0)).await;
    let view = office.app.schedule().await.unwrap();
    let shown: Vec<_> = view
        .lines
        .iter()
        .map(|line| (line.kind, line.sentence.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (None, "Only when you start it"),
            (
                Some(Kind::Payment),
                "Every hour, on the hour (Europe/London)"
            ),
        ]
    );
    let run = ran(office.next().await);
    assert_eq!(run.about.as_deref(), Some("only payments"), "{run:?}");

    let paused = office
        .app
        .pause_schedules(PauseFor::Minutes(180))
        .await
        .unwrap();
    assert!(paused.paused.is_some());
    office.clock.go_to(office.clock.now() + TimeDelta::hours(2));
    assert_eq!(office.keeper.look().await.0, Looked::Nothing);
    let resumed = office.app.resume_schedules().await.unwrap();
    assert_eq!(resumed.paused, None);
    let _made_up = ran(office.keeper.look().await.0);

    let with_others = office
        .app
        .set_schedule(Some(Kind::Payment), ScheduleChoice::WithOthers)
        .await
        .unwrap();
    assert_eq!((with_others.lines.len(), with_others.next_at), (1, None));
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_in_erpnext_is_in_xero_as_it_happens() {
    let books = demo_books(5).await;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;
    for _ in 0..2 {
        let _run = office.app.sync_with(SyncRequest::default()).await.unwrap();
    }
    office.choose(None, EveryView::Live).await;
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let stopped = tokio_util::sync::CancellationToken::new();
    let keeping = {
        let (keeper, stopped) = (office.keeper, stopped.clone());
        tokio::spawn(async move {
            keeper
                .keep(stopped, move |looked| {
                    let _ = told.send(looked);
                })
                .await;
        })
    };
    // Heard from the first word on: the demo site tells whoever is in the room by then.
    ask_site(
        &books,
        http::Method::GET,
        "subscribers?doctype=Customer",
        "",
    )
    .await;
    let made = r#"{"op": "create", "doctype": "Customer",
        "fields": {"customer_name": "Told Ltd", "customer_type": "Company"}}"#;
    ask_site(&books, http::Method::POST, "records", made).await;
    let run = loop {
        match hears.recv().await.unwrap() {
            Looked::Ran(run) if run.reason == RunReason::RealTime => break run,
            _ => {}
        }
    };
    assert_eq!(
        (run.to_xero, run.about.as_deref()),
        (1, Some("Told Ltd")),
        "{run:?}"
    );
    let there =
        books.with_books(|books| books.state(sandbox::System::Xero)["Contacts"].to_string());
    assert!(there.contains("Told Ltd"));
    let live = office.app.schedule().await.unwrap().live.unwrap();
    assert!(live.listening, "{live:?}");

    // By hand again, nobody listens.
    office
        .app
        .set_schedule(None, ScheduleChoice::ByHand)
        .await
        .unwrap();
    assert_eq!(office.app.schedule().await.unwrap().live, None);
    stopped.cancel();
    keeping.await.unwrap();
    books.shutdown().await.unwrap();
}

/// An import of old documents that was asked for is carried where nothing else is due, and not while it waits or
/// the schedules are paused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_documents_that_were_asked_for_come_where_nothing_is_due() {
    let (books, folder) = (demo_books(7).await, tempfile::tempdir().unwrap());
    let office = Office::open(folder.path(), &books);
    set_up(&office.app, &books).await;
    let start = app::views::RuleChange {
        kind: None,
        set: app::views::RuleSetting::StartDate(Some("2090-01-01".into())),
    };
    office.app.change_rules(vec![start], true).await.unwrap();
    office.app.sync_with(SyncRequest::default()).await.unwrap();
    office
        .app
        .ask_history("2010-01-01".into(), None)
        .await
        .unwrap();
    office
        .app
        .pause_schedules(PauseFor::UntilResumed)
        .await
        .unwrap();
    assert_eq!(office.keeper.look().await.0, Looked::Nothing);
    office.app.resume_schedules().await.unwrap();
    office.app.hold_history(true).await.unwrap();
    assert_eq!(office.keeper.look().await.0, Looked::Nothing);
    office.app.hold_history(false).await.unwrap();
    let mut parts = 0;
    while let Looked::Ran(run) = office.keeper.look().await.0 {
        assert_eq!(run.reason, RunReason::History);
        parts += 1;
        assert!(parts < 10, "it does not end");
    }
    let job = office.app.history().await.unwrap().job.unwrap();
    assert_eq!(job.state, app::views::HistoryState::Ended);
    assert!(job.written > 0, "{job:?}");
    let (xero, erpnext) = (job.left, job.percent);
    assert_eq!((xero, erpnext), (Some(0), Some(100)));
}
