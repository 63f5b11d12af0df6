//! The main window: showing it again, and what closing it means.

use tauri::{AppHandle, Manager, Window, WindowEvent};

use crate::desk::Desk;

/// Brings the window to the front, from the tray, hidden or minimised.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Closing the window hides it while a run is under way or where the person wants the app in the
/// tray. Starting the app again shows it, so a tray icon nobody can see locks nobody out.
pub fn on_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        let stays = window
            .try_state::<Desk>()
            .is_some_and(|desk| desk.stays_when_closed());
        if stays {
            api.prevent_close();
            let _ = window.hide();
        }
    }
}
