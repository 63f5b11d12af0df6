//! How the page is painted on Linux.
//!
//! The pages are text and tables. Painted by the processor they are as quick as by the graphics
//! card, start sooner and need about 100 MB less (no GL driver, no shared buffers), and the blank
//! windows that some graphics drivers give `WebKitGTK` cannot happen.

/// Has the page painted by the processor.
pub fn without_graphics_card(app: &tauri::AppHandle) {
    use tauri::Manager;
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let asked = window.with_webview(|view| {
        if let Some(settings) = WebViewExt::settings(&view.inner()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    if let Err(error) = asked {
        tracing::warn!("the page is painted as the system likes it: {error}");
    }
}
