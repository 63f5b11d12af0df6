//! Connections.

use app::views::ConnectionsView;
use tauri::State;

use super::Answer;
use crate::desk::Desk;

/// All connections and their health.
#[tauri::command]
#[specta::specta]
pub async fn connections(desk: State<'_, Desk>) -> Answer<ConnectionsView> {
    Ok(desk.app().await?.connections().await?)
}

/// Asks a connection whether it still works.
#[tauri::command]
#[specta::specta]
pub async fn test_connection(desk: State<'_, Desk>, id: u32) -> Answer<ConnectionsView> {
    Ok(desk.app().await?.test_connection(id).await?)
}

/// Forgets a connection and revokes its authorisation.
#[tauri::command]
#[specta::specta]
pub async fn disconnect(desk: State<'_, Desk>, id: u32) -> Answer<ConnectionsView> {
    Ok(desk.app().await?.disconnect(id).await?)
}
