//! Settings, and what only a desktop can do.

use app::views::{ErrorView, Preferences, SettingsView};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::desk::Desk;
use crate::ready;

/// Settings and About.
#[tauri::command]
#[specta::specta]
pub async fn settings(desk: State<'_, Desk>) -> Answer<SettingsView> {
    Ok(desk.app().await?.settings().await?)
}

/// Saves what a person may change.
#[tauri::command]
#[specta::specta]
pub async fn save_preferences(
    desk: State<'_, Desk>,
    preferences: Preferences,
) -> Answer<SettingsView> {
    let saved = desk.app().await?.save_preferences(preferences).await?;
    desk.keep_in_tray(saved.preferences.keep_in_tray);
    Ok(saved)
}

/// Opens a web page in the person's browser.
#[tauri::command]
#[specta::specta]
pub async fn open_page(desk: State<'_, Desk>, url: String) -> Answer<()> {
    Ok(desk.app().await?.open_page(&url)?)
}

/// Shows the data folder in the file manager.
#[tauri::command]
#[specta::specta]
pub async fn open_data_folder(handle: AppHandle, desk: State<'_, Desk>) -> Answer<()> {
    let folder = desk.data_folder().await;
    handle
        .opener()
        .open_path(folder.to_string_lossy(), None::<&str>)
        .map_err(|error| ErrorView {
            code: "no_file_manager".to_owned(),
            message: "The folder could not be opened.".to_owned(),
            next_step: Some(format!("Open {} yourself.", folder.display())),
            details: Some(error.to_string()),
            side: None,
        })
}

/// The page has painted.
#[tauri::command]
#[specta::specta]
pub fn page_painted() {
    ready::write_ready_file();
}
