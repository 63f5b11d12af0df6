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
    /// What is to be told of the authorisation, where it was made by signing in.
    pub sign_in: Option<SignInView>,
    /// Every organisation this sign-in reaches, by name; nothing for ERPNext.
    pub organisations: Vec<String>,
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

/// How a sign-in to Xero stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignInView {
    /// When it ends if it is not used (UTC instant); `None` for one that does not end so.
    pub expires_at: Option<String>,
    /// Whole days until then.
    pub days_left: Option<u32>,
    /// What to tell a person of its end, in time before it: one sentence.
    pub warning: Option<String>,
    /// Permissions it lacks, in plain English: "changing payments".
    pub missing: Vec<String>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionsView {
    /// Xero's first.
    pub connections: Vec<ConnectionView>,
}
