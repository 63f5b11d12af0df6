//! Starts what is scheduled, for as long as the app runs, its window open or not.

use std::sync::Mutex;

use app::views::ErrorView;
use app::{App, Keeper, Looked};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager};
use tauri_specta::Event;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::events::{RunEnded, Stale, Tag};

/// Keeps the schedules of whichever books are behind the window. Those of books that were left are not kept
/// any more; a run of theirs that is under way comes to its end.
pub fn keep(handle: &AppHandle) {
    let desk = handle.state::<Desk>();
    let handle = handle.clone();
    let mut of_the_last = CancellationToken::new();
    spawn(desk.each_app(move |app| {
        of_the_last.cancel();
        of_the_last = CancellationToken::new();
        if let Some(app) = app {
            spawn(keep_those_of(app, of_the_last.clone(), handle.clone()));
        }
        true
    }));
}

async fn keep_those_of(app: App, stopped: CancellationToken, handle: AppHandle) {
    let told = Mutex::new(None);
    Keeper::new(app)
        .keep(stopped, move |looked| match looked {
            Looked::Nothing => {}
            Looked::Unchanged(_) => tell(&handle, &told, None),
            Looked::Waits(error) | Looked::Failed(error) => tell(&handle, &told, Some(error)),
            Looked::Ran(run) => {
                tell(&handle, &told, None);
                let _ = Stale::everything().emit(&handle);
                let _ = RunEnded(run).emit(&handle);
            }
        })
        .await;
}

/// Lets the page read again what it says of the schedule, and, where what keeps it from starting is another
/// than before, of the connections.
fn tell(handle: &AppHandle, told: &Mutex<Option<ErrorView>>, trouble: Option<ErrorView>) {
    let mut tags = vec![Tag::Schedule, Tag::Overview];
    let mut last = told
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if *last != trouble {
        if let Some(error) = &trouble {
            tracing::warn!("a scheduled sync: {}: {}", error.code, error.message);
        }
        tags.push(Tag::Connections);
        *last = trouble;
    }
    let _ = Stale { tags }.emit(handle);
}
