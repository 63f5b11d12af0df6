//! Overview, Preview and the run under way.

use app::views::{OverviewView, PreviewView, Progress, RunView};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::desk::Desk;

/// Do the two sides agree?
#[tauri::command]
#[specta::specta]
pub async fn overview(desk: State<'_, Desk>) -> Answer<OverviewView> {
    Ok(desk.app().await?.overview().await?)
}

/// What the next sync would do.
#[tauri::command]
#[specta::specta]
pub async fn preview(desk: State<'_, Desk>) -> Answer<PreviewView> {
    Ok(desk.app().await?.preview().await?)
}

/// Syncs; answers when the run has ended. `approve` says yes to a mass change that was shown.
#[tauri::command]
#[specta::specta]
pub async fn sync(desk: State<'_, Desk>, approve: bool) -> Answer<RunView> {
    Ok(desk.app().await?.sync(approve).await?)
}

/// Pauses the run under way between two writes.
#[tauri::command]
#[specta::specta]
pub async fn pause(desk: State<'_, Desk>) -> Answer<()> {
    Ok(desk.app().await?.pause().await?)
}

/// Goes on with a paused run.
#[tauri::command]
#[specta::specta]
pub async fn resume(desk: State<'_, Desk>) -> Answer<()> {
    Ok(desk.app().await?.resume().await?)
}

/// Stops the run under way; what it has begun is finished first.
#[tauri::command]
#[specta::specta]
pub async fn stop(desk: State<'_, Desk>) -> Answer<()> {
    Ok(desk.app().await?.stop().await?)
}

/// Sends the run under way, now and whenever it moves, and `None` when there is none. The page
/// asks once, when it starts.
#[tauri::command]
#[specta::specta]
pub async fn watch_progress(
    desk: State<'_, Desk>,
    channel: Channel<Option<Progress>>,
) -> Answer<()> {
    desk.send_progress_to(channel);
    Ok(())
}
