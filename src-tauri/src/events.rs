//! What the shell tells the page without being asked.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::Event;

use app::views::RunView;

/// What the page shows may no longer be true and should be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Event)]
pub struct Stale {
    /// What became stale.
    pub tags: Vec<Tag>,
}

/// A part of what the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// Set-up and which page comes first.
    Setup,
    /// Overview.
    Overview,
    /// Runs and log.
    Activity,
    /// Exceptions.
    Attention,
    /// Rules.
    Rules,
    /// Mappings.
    Mappings,
    /// Connections.
    Connections,
    /// The preview.
    Preview,
    /// The import of old documents.
    History,
    /// When syncs start by themselves.
    Schedule,
    /// Settings.
    Settings,
}

impl Stale {
    /// After a run, or anything as far-reaching.
    pub fn everything() -> Self {
        use Tag::{
            Activity, Attention, Connections, History, Mappings, Overview, Preview, Rules,
            Schedule, Settings, Setup,
        };
        Stale {
            tags: vec![
                Setup,
                Overview,
                Activity,
                Attention,
                Rules,
                History,
                Mappings,
                Connections,
                Preview,
                Schedule,
                Settings,
            ],
        }
    }
}

/// A run that nobody in the page waits for (tray, schedule) has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Event)]
pub struct RunEnded(pub RunView);
