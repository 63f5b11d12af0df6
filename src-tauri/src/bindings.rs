//! The calls and events of the page, and the TypeScript generated from them.

use tauri::Wry;
use tauri_specta::{Builder, collect_events};

use crate::commands;
use crate::events::{RunEnded, Stale};

/// Every command and event.
pub fn builder() -> Builder<Wry> {
    Builder::new()
        .disable_serde_phases()
        .commands(commands::all())
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
