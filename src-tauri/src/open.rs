//! Opening the books at start, while the window is already being drawn.

use app::App;
use tauri::{AppHandle, Manager};
use tokio::sync::OwnedRwLockWriteGuard;

use crate::demo;
use crate::desk::{Desk, Held};

/// Puts the person's books, or the demo books, on the desk. Commands wait until this is done.
pub fn books(handle: AppHandle, desk: OwnedRwLockWriteGuard<Held>) {
    std::thread::spawn(move || tauri::async_runtime::block_on(open(handle, desk)));
}

async fn open(handle: AppHandle, mut desk: OwnedRwLockWriteGuard<Held>) {
    *desk = if demo::is_asked_for() {
        match demo::open().await {
            Ok(held) => held,
            Err(error) => Held {
                app: Err(error),
                demo: None,
            },
        }
    } else {
        own().await
    };
    let app = desk.app.clone();
    drop(desk);
    let state = handle.state::<Desk>();
    state.announce();
    if let Ok(app) = app
        && let Ok(settings) = app.settings().await
    {
        state.keep_in_tray(settings.preferences.keep_in_tray);
    }
}

async fn own() -> Held {
    let opened = tauri::async_runtime::spawn_blocking(App::open_default).await;
    let app = match opened {
        Ok(app) => app.map_err(Into::into),
        Err(why) => Err(app::AppError::Bug(why.to_string()).into()),
    };
    Held { app, demo: None }
}
