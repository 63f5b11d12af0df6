//! Settings and About.

use serde::{Deserialize, Serialize};
use specta::Type;

/// The window's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the computer is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What a person may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct Preferences {
    /// The window's colours.
    pub theme: Theme,
    /// Closing the window leaves the app running in the tray.
    pub keep_in_tray: bool,
    /// Days that log lines are kept, 0 for always; `None` for two years. Lines about what failed
    /// are always kept.
    pub keep_log_days: Option<u32>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsView {
    /// What a person may change.
    pub preferences: Preferences,
    /// The folder that holds the database and logs.
    pub data_folder: String,
    /// Where tokens and keys are kept, in words: "the system's keyring", or "a sealed file in the
    /// data folder" with what that protects against.
    pub secrets_kept_in: String,
    /// The app's version.
    pub version: String,
}
