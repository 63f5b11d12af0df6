//! Set-up.

use app::views::{CheckView, ErpnextBrowserSignIn, ErpnextSignIn, SetupView, XeroSignIn};
use tauri::State;

use super::Answer;
use crate::demo;
use crate::desk::Desk;

/// Set-up as it stands.
#[tauri::command]
#[specta::specta]
pub async fn setup(desk: State<'_, Desk>) -> Answer<SetupView> {
    Ok(desk.app().await?.setup().await?)
}

/// Signs in to Xero; waits until the person has come back from the browser.
#[tauri::command]
#[specta::specta]
pub async fn sign_in_xero(desk: State<'_, Desk>, form: XeroSignIn) -> Answer<SetupView> {
    Ok(desk.app().await?.sign_in_xero(form).await?)
}

/// Opens the sign-in page that is being waited for once more.
#[tauri::command]
#[specta::specta]
pub async fn open_sign_in_page(desk: State<'_, Desk>) -> Answer<()> {
    Ok(desk.app().await?.open_sign_in_page().await?)
}

/// Stops waiting for the browser.
#[tauri::command]
#[specta::specta]
pub async fn cancel_sign_in(desk: State<'_, Desk>) -> Answer<()> {
    Ok(desk.app().await?.cancel_sign_in().await?)
}

/// Chooses the Xero organisation.
#[tauri::command]
#[specta::specta]
pub async fn choose_organisation(desk: State<'_, Desk>, id: String) -> Answer<SetupView> {
    Ok(desk.app().await?.choose_organisation(id).await?)
}

/// Connects ERPNext.
#[tauri::command]
#[specta::specta]
pub async fn connect_erpnext(desk: State<'_, Desk>, form: ErpnextSignIn) -> Answer<SetupView> {
    Ok(desk.app().await?.connect_erpnext(form).await?)
}

/// Signs in to ERPNext; waits until the person has come back from the browser.
#[tauri::command]
#[specta::specta]
pub async fn sign_in_erpnext(
    desk: State<'_, Desk>,
    form: ErpnextBrowserSignIn,
) -> Answer<SetupView> {
    Ok(desk.app().await?.sign_in_erpnext(form).await?)
}

/// Chooses the ERPNext company.
#[tauri::command]
#[specta::specta]
pub async fn choose_company(desk: State<'_, Desk>, id: String) -> Answer<SetupView> {
    Ok(desk.app().await?.choose_company(id).await?)
}

/// Tests what a sync needs.
#[tauri::command]
#[specta::specta]
pub async fn check(desk: State<'_, Desk>) -> Answer<CheckView> {
    Ok(desk.app().await?.check().await?)
}

/// Installs our marker fields on the ERPNext site.
#[tauri::command]
#[specta::specta]
pub async fn install_marker_fields(desk: State<'_, Desk>) -> Answer<CheckView> {
    Ok(desk.app().await?.install_marker_fields().await?)
}

/// Ends the mapping step.
#[tauri::command]
#[specta::specta]
pub async fn confirm_mappings(desk: State<'_, Desk>) -> Answer<SetupView> {
    Ok(desk.app().await?.confirm_mappings().await?)
}

/// Starts the demo books on this computer and connects both sides to them.
#[tauri::command]
#[specta::specta]
pub async fn look_around(desk: State<'_, Desk>) -> Answer<SetupView> {
    demo::look_around(&desk).await
}

/// Goes back from the demo books to the person's own.
#[tauri::command]
#[specta::specta]
pub async fn leave_demo(desk: State<'_, Desk>) -> Answer<SetupView> {
    demo::leave(&desk).await
}
