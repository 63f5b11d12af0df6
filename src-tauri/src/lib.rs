//! The desktop shell: a window, a tray icon, and one thin command for each use case.
//!
//! No business logic lives here. A command reads its arguments, calls the application and turns
//! its error into an [`app::views::ErrorView`]. The page's types and calls are generated from the
//! commands by the test in [`bindings`].

mod bindings;
mod commands;
mod demo;
mod desk;
mod events;
mod open;
mod ready;
#[cfg(target_os = "linux")]
mod rendering;
mod schedules;
mod tray;
mod window;

use std::process::ExitCode;

use tauri::Manager;

use desk::Desk;

/// Starts the app and returns when the last window is closed and the tray icon quit.
pub fn run() -> ExitCode {
    start_log();
    if let Err(why) = demo::config() {
        eprintln!("{} {}.", why.message, why.details.unwrap_or_default());
        return ExitCode::from(2);
    }
    let page_calls = bindings::builder();
    let built = tauri::Builder::default()
        // First, so that a second start ends before it does anything else.
        .plugin(tauri_plugin_single_instance::init(
            |app, _arguments, _folder| {
                window::show(app);
            },
        ))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(page_calls.invoke_handler())
        .setup(move |app| {
            page_calls.mount_events(app);
            let (desk, guard) = Desk::empty();
            app.manage(desk);
            open::books(app.handle().clone(), guard);
            #[cfg(target_os = "linux")]
            rendering::without_graphics_card(app.handle());
            tray::add(app.handle());
            desk::watch_runs(app.handle());
            schedules::keep(app.handle());
            Ok(())
        })
        .on_window_event(window::on_event)
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|_app, _event| {});
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Counterfoil cannot open its window: {error}");
            eprintln!("Without a display, use the command line: counterfoil --help");
            ExitCode::from(70)
        }
    }
}

/// Diagnostics go to standard error; `COUNTERFOIL_LOG` chooses how many (`info`, `app=debug`).
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("COUNTERFOIL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
