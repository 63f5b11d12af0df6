//! The calls and events of the page, and the TypeScript generated from them.

use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{activity, attention, connections, mappings, overview, settings, setup};
use crate::events::{RunEnded, Stale};

/// Every command and event.
pub fn builder() -> Builder<Wry> {
    Builder::new()
        .disable_serde_phases()
        .commands(collect_commands![
            setup::setup,
            setup::sign_in_xero,
            setup::open_sign_in_page,
            setup::cancel_sign_in,
            setup::choose_organisation,
            setup::connect_erpnext,
            setup::sign_in_erpnext,
            setup::choose_company,
            setup::check,
            setup::install_marker_fields,
            setup::confirm_mappings,
            setup::look_around,
            setup::leave_demo,
            overview::overview,
            overview::preview,
            overview::sync,
            overview::pause,
            overview::resume,
            overview::stop,
            overview::watch_progress,
            activity::runs,
            activity::log,
            activity::log_detail,
            activity::export_log,
            attention::attention,
            attention::retry,
            attention::fix_mapping,
            attention::pick_candidate,
            attention::keep,
            attention::ignore,
            attention::undo_ignore,
            mappings::mappings,
            mappings::preview_mapping,
            mappings::change_mappings,
            mappings::accept_suggestions,
            connections::connections,
            connections::test_connection,
            connections::disconnect,
            settings::settings,
            settings::save_preferences,
            settings::open_page,
            settings::open_data_folder,
            settings::page_painted,
        ])
        .events(collect_events![Stale, RunEnded])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use specta_typescript::Typescript;

    /// Writes the generated file anew. It is checked in: a difference after this test means that
    /// the window and the shell no longer speak of the same thing.
    #[test]
    fn the_pages_types_are_generated_from_the_commands() {
        super::builder()
            .export(
                Typescript::default().header("// Generated from the Rust commands. Do not edit.\n"),
                concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/../ui/src/lib/backend/bindings.ts"
                ),
            )
            .expect("the types can be exported");
    }
}
