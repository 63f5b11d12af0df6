//! What the shell holds: the application, or why it could not be opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::App;
use app::views::{ErrorView, Progress};
use tauri::async_runtime::spawn;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, watch};

use crate::demo::DemoBooks;

/// The page is told of progress at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// The application behind the window. While it is being opened, or exchanged for the demo books,
/// commands wait.
pub struct Desk {
    held: Arc<RwLock<Held>>,
    /// Moves whenever another application is behind the window.
    opened: watch::Sender<()>,
    keep_in_tray: AtomicBool,
}

/// What is behind the window.
pub struct Held {
    /// The application, or why it could not be opened.
    pub app: Result<App, ErrorView>,
    /// The demo books, while the application is open on them.
    #[expect(dead_code, reason = "held: dropping it stops the servers")]
    pub demo: Option<DemoBooks>,
}

impl Desk {
    /// A desk with nothing on it yet, and the right to put something there.
    pub fn empty() -> (Self, OwnedRwLockWriteGuard<Held>) {
        let held = Arc::new(RwLock::new(Held {
            app: Err(not_open()),
            demo: None,
        }));
        // Nobody else knows the lock yet, so waiting for it cannot take long.
        let guard = tauri::async_runtime::block_on(held.clone().write_owned());
        let desk = Desk {
            held,
            opened: watch::Sender::new(()),
            keep_in_tray: AtomicBool::new(false),
        };
        (desk, guard)
    }

    /// The application, or why it could not be opened.
    pub async fn app(&self) -> Result<App, ErrorView> {
        self.held.read().await.app.clone()
    }

    /// Takes the desk to put another application there.
    pub async fn take(&self) -> OwnedRwLockWriteGuard<Held> {
        self.held.clone().write_owned().await
    }

    /// Says that another application is behind the window. Called with the guard given back.
    pub fn announce(&self) {
        self.opened.send_replace(());
    }

    /// The application behind the window, now and whenever another one is there; for as long as `hear` says so.
    pub fn each_app(
        &self,
        mut hear: impl FnMut(Option<App>) -> bool + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let held = self.held.clone();
        let mut opened = self.opened.subscribe();
        async move {
            loop {
                opened.borrow_and_update();
                let app = held.read().await.app.clone().ok();
                if !hear(app) || opened.changed().await.is_err() {
                    return;
                }
            }
        }
    }

    /// Where the database is; where nothing could be opened, nowhere.
    pub async fn data_folder(&self) -> PathBuf {
        self.app()
            .await
            .map(|app| app.folder().to_owned())
            .unwrap_or_default()
    }

    /// Whether closing the window only hides it: the person wants the tray, or a run is under way.
    pub fn stays_when_closed(&self) -> bool {
        self.keep_in_tray.load(Ordering::Relaxed) || self.is_running()
    }

    fn is_running(&self) -> bool {
        self.held
            .try_read()
            .ok()
            .and_then(|held| held.app.as_ref().ok().map(App::progress))
            .is_some_and(|progress| progress.borrow().is_some())
    }

    /// Remembers what a person chose in Settings.
    pub fn keep_in_tray(&self, keep: bool) {
        self.keep_in_tray.store(keep, Ordering::Relaxed);
    }

    /// Sends the run under way to the page, now and whenever it moves, whichever application is
    /// behind the window.
    pub fn send_progress_to(&self, channel: Channel<Option<Progress>>) {
        spawn(self.follow(move |progress| channel.send(progress).is_ok()));
    }

    /// Calls `hear` with the run under way, now and whenever it moves, until `hear` says no.
    fn follow(
        &self,
        hear: impl Fn(Option<Progress>) -> bool + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let held = self.held.clone();
        let mut opened = self.opened.subscribe();
        async move {
            loop {
                opened.borrow_and_update();
                let app = held.read().await.app.clone();
                let Ok(app) = app else {
                    if opened.changed().await.is_err() {
                        return;
                    }
                    continue;
                };
                let mut progress = app.progress();
                loop {
                    let now = progress.borrow_and_update().clone();
                    if !hear(now) {
                        return;
                    }
                    tokio::time::sleep(PROGRESS_EVERY).await;
                    tokio::select! {
                        moved = progress.changed() => if moved.is_err() { break },
                        another = opened.changed() => if another.is_err() { return } else { break },
                    }
                }
            }
        }
    }
}

/// Watches runs for the shell's own sake: an app whose window was closed during a run ends with
/// that run, unless the person keeps it in the tray.
pub fn watch_runs(handle: &AppHandle) {
    let desk = handle.state::<Desk>();
    let handle = handle.clone();
    let was_running = AtomicBool::new(false);
    spawn(desk.follow(move |progress| {
        let ended = was_running.swap(progress.is_some(), Ordering::Relaxed) && progress.is_none();
        if ended && is_closed(&handle) && !handle.state::<Desk>().stays_when_closed() {
            handle.exit(0);
        }
        true
    }));
}

fn is_closed(handle: &AppHandle) -> bool {
    handle
        .get_webview_window("main")
        .is_some_and(|window| !window.is_visible().unwrap_or(true))
}

fn not_open() -> ErrorView {
    ErrorView {
        code: "not_open".to_owned(),
        message: "The books are not open yet.".to_owned(),
        next_step: Some("Try again in a moment.".to_owned()),
        details: None,
        side: None,
    }
}
