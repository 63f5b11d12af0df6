//! What a command does where the application alone cannot: it has no window, no downloads folder and
//! no file manager.

use std::path::PathBuf;

use app::views::{
    ErrorView, ExportFormat, ExportWhat, Exported, KeptApartListView, MappingsView, Preferences,
    Progress, SettingsView,
};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::desk::Desk;
use crate::ready;

pub async fn watch_progress(
    _handle: &AppHandle,
    desk: &Desk,
    channel: Channel<Option<Progress>>,
) -> Answer<()> {
    desk.send_progress_to(channel);
    Ok(())
}

pub async fn export(
    handle: &AppHandle,
    desk: &Desk,
    what: ExportWhat,
    format: ExportFormat,
) -> Answer<Exported> {
    let application = desk.app().await?;
    let folder = downloads(handle).unwrap_or_else(|| application.folder().to_owned());
    Ok(application.export(what, format, folder).await?)
}

pub async fn export_rules(handle: &AppHandle, desk: &Desk) -> Answer<Exported> {
    let application = desk.app().await?;
    let folder = downloads(handle).unwrap_or_else(|| application.folder().to_owned());
    Ok(application.save_rules(folder).await?)
}

pub async fn end_apart(
    _handle: &AppHandle,
    desk: &Desk,
    record: String,
) -> Answer<KeptApartListView> {
    Ok(desk.app().await?.end_apart(&record).await?)
}

/// The person's downloads folder, where there is one.
fn downloads(handle: &AppHandle) -> Option<PathBuf> {
    let downloads = handle.path().download_dir().ok();
    downloads.filter(|folder| folder.is_dir())
}

pub async fn mappings(_handle: &AppHandle, desk: &Desk, anew: bool) -> Answer<MappingsView> {
    let app = desk.app().await?;
    Ok(if anew {
        app.mappings_anew().await?
    } else {
        app.mappings().await?
    })
}

pub async fn save_preferences(
    _handle: &AppHandle,
    desk: &Desk,
    preferences: Preferences,
) -> Answer<SettingsView> {
    let saved = desk.app().await?.save_preferences(preferences).await?;
    desk.keep_in_tray(saved.preferences.keep_in_tray);
    Ok(saved)
}

pub async fn open_page(_handle: &AppHandle, desk: &Desk, url: String) -> Answer<()> {
    Ok(desk.app().await?.open_page(&url)?)
}

pub async fn open_data_folder(handle: &AppHandle, desk: &Desk) -> Answer<()> {
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

pub async fn page_painted(_handle: &AppHandle, _desk: &Desk) -> Answer<()> {
    ready::write_ready_file();
    Ok(())
}
