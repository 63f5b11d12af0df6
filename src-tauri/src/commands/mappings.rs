//! Rules and mappings.

use app::views::{MappingChange, MappingPreview, MappingsView};
use tauri::State;

use super::Answer;
use crate::desk::Desk;

/// Which account and tax rate stands for which; `anew` reads both charts now, which costs calls.
#[tauri::command]
#[specta::specta]
pub async fn mappings(desk: State<'_, Desk>, anew: bool) -> Answer<MappingsView> {
    let app = desk.app().await?;
    Ok(if anew {
        app.mappings_anew().await?
    } else {
        app.mappings().await?
    })
}

/// What a choice would change, and for how many records; saves nothing.
#[tauri::command]
#[specta::specta]
pub async fn preview_mapping(
    desk: State<'_, Desk>,
    change: MappingChange,
) -> Answer<MappingPreview> {
    Ok(desk.app().await?.preview_mapping(change).await?)
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
