//! The tray icon: Sync now, Open, Quit.

use app::{Acceptance, SyncRequest};
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager};
use tauri_specta::Event;

use crate::desk::Desk;
use crate::events::{RunEnded, Stale};
use crate::window;

const SYNC: &str = "sync";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Adds the icon. Where the desktop has no tray the app goes on without one.
pub fn add(app: &AppHandle) {
    if let Err(error) = build(app) {
        tracing::info!("no tray icon: {error}");
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let sync = MenuItem::with_id(app, SYNC, "Sync now", true, None::<&str>)?;
    let open = MenuItem::with_id(app, OPEN, "Open Counterfoil", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&sync, &open, &line, &quit])?;
    let mut tray = TrayIconBuilder::with_id("main")
        .menu(&menu)
        .tooltip("Counterfoil")
        .on_menu_event(|app, event| match event.id().as_ref() {
            SYNC => sync_in_background(app.clone()),
            OPEN => window::show(app),
            QUIT => app.exit(0),
            other => tracing::debug!("unknown tray item {other}"),
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}

/// Runs a sync nobody in the page waits for; a run that needs a person shows the window.
fn sync_in_background(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let desk = app.state::<Desk>();
        let ended = match desk.app().await {
            Ok(application) => application
                .sync_with(SyncRequest {
                    acceptance: Acceptance::Before,
                    ..SyncRequest::default()
                })
                .await
                .map_err(Into::into),
            Err(error) => Err(error),
        };
        let _ = Stale::everything().emit(&app);
        match ended {
            Ok(run) => {
                let _ = RunEnded(run).emit(&app);
            }
            Err(error) => {
                tracing::warn!("{}: {}", error.code, error.message);
                window::show(&app);
            }
        }
    });
}
