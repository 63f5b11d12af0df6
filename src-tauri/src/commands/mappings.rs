//! Rules and mappings.

use app::views::{MappingChange, MappingsView};
use tauri::State;

use super::Answer;
use crate::desk::Desk;

/// Which account and tax rate stands for which.
#[tauri::command]
#[specta::specta]
pub async fn mappings(desk: State<'_, Desk>) -> Answer<MappingsView> {
    Ok(desk.app().await?.mappings().await?)
}

/// Saves a person's choices.
#[tauri::command]
#[specta::specta]
pub async fn change_mappings(
    desk: State<'_, Desk>,
    changes: Vec<MappingChange>,
) -> Answer<MappingsView> {
    Ok(desk.app().await?.change_mappings(changes).await?)
}

/// Accepts every suggestion.
#[tauri::command]
#[specta::specta]
pub async fn accept_suggestions(desk: State<'_, Desk>) -> Answer<MappingsView> {
    Ok(desk.app().await?.accept_suggestions().await?)
}
