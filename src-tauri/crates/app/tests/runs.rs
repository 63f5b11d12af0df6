//! Runs that do not go straight through: paused, stopped, cut off, refused by the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod common;

use std::sync::atomic::Ordering;

use app::views::{ErrorView, RunOutcome, RunView};
use app::{App, AppError, SyncRequest};
use common::{Gate, demo_books, open, open_through, set_up};
use sandbox::System;
use sandbox::consent::Press;
use sandbox::erpnext::Trouble;
use sandbox::faults::{Effect, Faults, Rule};
use tokio::task::JoinHandle;

fn start(app: &App) -> JoinHandle<Result<RunView, AppError>> {
    let app = app.clone();
    tokio::spawn(async move { app.sync_with(SyncRequest::default()).await })
}

/// A sync now writes nothing: all is done, and nothing twice.
async fn nothing_is_left(app: &App) {
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!((run.writes, run.linked), (0, 0), "{run:?}");
}

/// The next runs do the rest, and nothing twice.
async fn the_rest_is_done_once(app: &App) {
    let rest = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(rest.error, None);
    assert!(rest.to_xero + rest.to_erpnext > 0, "{rest:?}");
    nothing_is_left(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_paused_resumed_and_stopped_between_two_writes() {
    let books = demo_books(60).await;
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::open();
    let app = open_through(folder.path(), &books, gate.clone());
    set_up(&app, &books).await;

    gate.shut();
    let run = start(&app);
    gate.reached().await;
    app.pause().await.unwrap();
    assert!(app.progress().borrow().as_ref().unwrap().paused);
    gate.let_through();
    // Held: what was begun is finished, the rest waits for a person however long that takes.
    app.held().await;
    assert!(!run.is_finished());
    let while_paused = gate.written();
    let view = ErrorView::from(app.sync(false).await.unwrap_err());
    assert_eq!(view.code, "busy");
    app.resume().await.unwrap();
    gate.shut();
    gate.reached().await;
    assert!(gate.written() > while_paused);

    app.stop().await.unwrap();
    assert!(app.progress().borrow().as_ref().unwrap().stopping);
    gate.let_through();
    let stopped = run.await.unwrap().unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Stopped, "{stopped:?}");
    assert!(app.progress().borrow().is_none());

    the_rest_is_done_once(&app).await;
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_the_rest_of_a_batch() {
    let books = demo_books(240).await;
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::open();
    let app = open_through(folder.path(), &books, gate.clone());
    set_up(&app, &books).await;

    gate.shut();
    let run = start(&app);
    gate.reached().await;
    let begun = gate.written();
    app.stop().await.unwrap();
    gate.let_through();
    let stopped = run.await.unwrap().unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Stopped, "{stopped:?}");
    // What was on its way by then: a call to Xero, and as many to ERPNext as there may be at once.
    let after = gate.written() - begun;
    assert!(after <= 5, "{after}");
    books.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_offline_in_the_middle_is_finished_by_the_next_run() {
    let books = demo_books(60).await;
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::open();
    let app = open_through(folder.path(), &books, gate.clone());
    set_up(&app, &books).await;

    gate.cut_from.store(3, Ordering::SeqCst);
    let cut = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(cut.outcome, RunOutcome::Failed, "{cut:?}");
    assert_eq!(cut.error.unwrap().code, "offline");
    gate.cut_from.store(usize::MAX, Ordering::SeqCst);
    let rest = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(rest.error, None);
    assert!(rest.to_xero + rest.to_erpnext > 0, "{rest:?}");
    nothing_is_left(&app).await;

    // After a restart: the day's calls are known, and Xero's code for its pages is kept.
    let used = app.overview().await.unwrap().xero_calls.used;
    assert!(used > 0);
    drop(app);
    let again = open(folder.path(), &books, Press::Allow);
    assert!(again.overview().await.unwrap().xero_calls.used >= used);
    let store = store::Store::open(folder.path().join("counterfoil.db")).unwrap();
    let settings = store.pairings().unwrap().remove(0).settings;
    assert!(
        settings["xero_short_code"]
            .as_str()
            .is_some_and(|code| !code.is_empty())
    );
    books.shutdown().await.unwrap();
}

/// As on a busy site: the database gives writes up for somebody else's (erpnext/V16 line 4).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_against_another_writer_ends_neither_batch_nor_run() {
    let books = demo_books(60).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);
    set_up(&app, &books).await;
    let rule = Rule {
        method: Some("POST".to_owned()),
        path: Some("/document/".to_owned()),
        // Some of them lose more often than a run's batches have records.
        times: Some(30),
        ..Rule::always(Effect::Site(Trouble::Deadlock))
    };
    books.with_books(|books| {
        *books.faults_mut(System::Erpnext) = Faults::new(1, vec![rule]);
    });
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    assert!(run.to_erpnext > 0, "{run:?}");
    let struck = books
        .with_books(|books| books.faults(System::Erpnext).report()["rules"][0]["struck"].clone());
    assert_eq!(struck, 30);
    nothing_is_left(&app).await;
    books.shutdown().await.unwrap();
}

/// On a file system that is really full; only who may mount one can try it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_loses_nothing() {
    let Some(disk) = SmallDisk::of_megabytes(2) else {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    };
    let books = demo_books(60).await;
    let app = open(&disk.0, &books, Press::Allow);
    set_up(&app, &books).await;
    let ballast = disk.fill();
    let view = match app.sync_with(SyncRequest::default()).await {
        Err(error) => ErrorView::from(error),
        Ok(run) => run.error.expect("a run on a full disk fails"),
    };
    assert_eq!(view.code, "disk_full", "{view:?}");
    assert_eq!(view.message, "The disk is full. Nothing was lost.");
    assert!(view.next_step.is_some());

    // Room again, on a disk that is large enough: everything is carried once.
    std::fs::remove_file(ballast).unwrap();
    disk.grow();
    let run = app.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.error, None);
    nothing_is_left(&app).await;
    books.shutdown().await.unwrap();
}

/// A mounted file system in memory; unmounted when dropped.
struct SmallDisk(
    std::path::PathBuf,
    #[expect(dead_code, reason = "held: dropping it removes the mount point")] tempfile::TempDir,
);

impl SmallDisk {
    fn of_megabytes(size: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size}m"),
                "counterfoil-test",
            ])
            .arg(&at)
            .stderr(std::process::Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(at, folder))
    }

    /// Leaves no room.
    fn fill(&self) -> std::path::PathBuf {
        use std::io::Write as _;
        let path = self.0.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        path
    }

    fn grow(&self) {
        let grown = std::process::Command::new("mount")
            .args(["-o", "remount,size=200m"])
            .arg(&self.0)
            .status()
            .unwrap();
        assert!(grown.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because the app's connections close in their own time.
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
    }
}

#[tokio::test]
async fn a_damaged_database_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counterfoil.db");
    let damaged = b"this is not a database, whatever its name says".repeat(100);
    std::fs::write(&path, &damaged).unwrap();
    let options = app::Options::at(app::Folder::at(folder.path()), "The test");
    let Err(error) = App::open(options) else {
        panic!("a damaged database was opened");
    };
    let view = ErrorView::from(error);
    assert_eq!(view.code, "folder");
    assert_eq!(
        view.message,
        "The database is damaged. The file is kept as it is."
    );
    assert!(view.next_step.unwrap().contains(&*path.to_string_lossy()));
    assert_eq!(std::fs::read(&path).unwrap(), damaged);
}
