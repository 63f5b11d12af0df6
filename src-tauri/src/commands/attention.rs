//! Needs attention.

use app::views::{AttentionView, MappingChange, RetryWhat, RunView, Side};
use tauri::State;

use super::Answer;
use crate::desk::Desk;

/// Exceptions grouped by cause.
#[tauri::command]
#[specta::specta]
pub async fn attention(desk: State<'_, Desk>) -> Answer<AttentionView> {
    Ok(desk.app().await?.attention().await?)
}

/// Tries exceptions again; answers when that run has ended.
#[tauri::command]
#[specta::specta]
pub async fn retry(desk: State<'_, Desk>, what: RetryWhat) -> Answer<RunView> {
    Ok(desk.app().await?.retry(what).await?)
}

/// Saves a mapping and retries the group that waited for it.
#[tauri::command]
#[specta::specta]
pub async fn fix_mapping(
    desk: State<'_, Desk>,
    change: MappingChange,
    group: String,
) -> Answer<RunView> {
    Ok(desk.app().await?.fix_mapping(change, group).await?)
}

/// Says which record is the counterpart, and retries.
#[tauri::command]
#[specta::specta]
pub async fn pick_candidate(
    desk: State<'_, Desk>,
    exception: u32,
    candidate: String,
) -> Answer<RunView> {
    Ok(desk
        .app()
        .await?
        .pick_candidate(exception, candidate)
        .await?)
}

/// Says which side's values to keep, and retries.
#[tauri::command]
#[specta::specta]
pub async fn keep(desk: State<'_, Desk>, exception: u32, side: Side) -> Answer<RunView> {
    Ok(desk.app().await?.keep(exception, side).await?)
}

/// Sets exceptions aside, with a reason.
#[tauri::command]
#[specta::specta]
pub async fn ignore(
    desk: State<'_, Desk>,
    exceptions: Vec<u32>,
    reason: String,
) -> Answer<AttentionView> {
    Ok(desk.app().await?.ignore(exceptions, reason).await?)
}

/// Takes an exception back into the list.
#[tauri::command]
#[specta::specta]
pub async fn undo_ignore(desk: State<'_, Desk>, exception: u32) -> Answer<AttentionView> {
    Ok(desk.app().await?.undo_ignore(exception).await?)
}
