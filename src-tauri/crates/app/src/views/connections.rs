//! Connections: health, who authorised what, reconnect and disconnect.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{CallsView, ErrorView, Side};

/// How we sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// Xero, browser, no secret.
    Pkce,
    /// Xero, browser, with the app's client secret.
    ClientSecret,
    /// Xero custom connection: no browser, one organisation.
    CustomConnection,
    /// ERPNext API key and secret.
    ApiKey,
    /// ERPNext, browser.
    Browser,
}

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answered when last asked.
    Healthy,
    /// A person must sign in again.
    SignInNeeded,
    /// It could not be reached when last asked.
    Unreachable,
    /// It has not been asked yet.
    Unknown,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionView {
    /// Its number.
    pub id: u32,
    /// Which system.
    pub side: Side,
    /// The organisation's or company's name, or the site's address before one is chosen.
    pub name: String,
    /// The address: ERPNext's site; for Xero the app's client id, shortened.
    pub address: String,
    /// How we sign in.
    pub method: SignInMethod,
    /// Who authorised it, where known.
    pub authorised_by: Option<String>,
    /// When (UTC instant).
    pub authorised_at: Option<String>,
    /// When the authorisation ends if it is not used (UTC instant).
    pub expires_at: Option<String>,
    /// How it is.
    pub health: Health,
    /// When it last answered (UTC instant).
    pub last_ok_at: Option<String>,
    /// What is wrong, where something is.
    pub error: Option<ErrorView>,
    /// Calls counted against a daily limit.
    pub calls: Option<CallsView>,
    /// The pairing that uses it.
    pub used_by: Option<String>,
    /// Whether it leads to the demo books.
    pub demo: bool,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionsView {
    /// Xero's first.
    pub connections: Vec<ConnectionView>,
}
