//! Activity.

use app::views::{ExportFormat, Exported, LogDetail, LogFilter, LogPage, RunView};
use tauri::{AppHandle, Manager, State};

use super::Answer;
use crate::desk::Desk;

/// Runs, newest first, older than `before`.
#[tauri::command]
#[specta::specta]
pub async fn runs(desk: State<'_, Desk>, before: Option<u32>) -> Answer<Vec<RunView>> {
    Ok(desk.app().await?.runs(before).await?)
}

/// Log lines, newest first, older than `before`.
#[tauri::command]
#[specta::specta]
pub async fn log(
    desk: State<'_, Desk>,
    filter: LogFilter,
    before: Option<u32>,
    limit: u32,
) -> Answer<LogPage> {
    Ok(desk.app().await?.log(filter, before, limit).await?)
}

/// Everything about one log line.
#[tauri::command]
#[specta::specta]
pub async fn log_detail(desk: State<'_, Desk>, id: u32) -> Answer<LogDetail> {
    Ok(desk.app().await?.log_detail(id).await?)
}

/// Writes the filtered log to a file in the person's downloads folder.
#[tauri::command]
#[specta::specta]
pub async fn export_log(
    handle: AppHandle,
    desk: State<'_, Desk>,
    filter: LogFilter,
    format: ExportFormat,
) -> Answer<Exported> {
    let application = desk.app().await?;
    let downloads = handle.path().download_dir().ok();
    let folder = match downloads.filter(|folder| folder.is_dir()) {
        Some(downloads) => downloads,
        None => application.folder().to_owned(),
    };
    Ok(application.export_log(filter, format, folder).await?)
}
