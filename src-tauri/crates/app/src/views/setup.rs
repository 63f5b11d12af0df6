//! Set-up: connect both sides, check, map, look, start. Every step can be left and resumed.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Side;

/// The steps, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum SetupStep {
    /// Connect Xero and choose the organisation.
    Xero,
    /// Connect ERPNext and choose the company.
    Erpnext,
    /// See what was tested and mend what has to be.
    Check,
    /// Map accounts and tax rates.
    Map,
    /// See what the first sync will do, and start it.
    Preview,
}

/// Set-up as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetupView {
    /// Whether the first sync has been started, so that the window opens on Overview.
    pub finished: bool,
    /// The step to go on with.
    pub step: SetupStep,
    /// The steps that are done.
    pub done: Vec<SetupStep>,
    /// Xero, once signed in.
    pub xero: Option<XeroSetup>,
    /// ERPNext, once connected.
    pub erpnext: Option<ErpnextSetup>,
    /// The redirect addresses to register with Xero, all of them.
    pub redirect_uris: Vec<String>,
    /// Values to begin the forms with (demo books, reconnecting).
    pub prefill: SetupPrefill,
    /// Whether these are the demo books.
    pub demo: bool,
}

/// Values to begin the forms with. Never a secret, but for the demo books' invented ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct SetupPrefill {
    /// Xero's client id.
    pub client_id: Option<String>,
    /// ERPNext's address.
    pub url: Option<String>,
    /// ERPNext's key.
    pub key: Option<String>,
    /// The id of the OAuth Client on the ERPNext site.
    pub erpnext_client_id: Option<String>,
    /// The demo books' ERPNext secret.
    pub secret: Option<String>,
}

/// Xero, signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct XeroSetup {
    /// The organisations this sign-in covers.
    pub organisations: Vec<BooksChoice>,
    /// The chosen one's id; chosen for the person where there is only one.
    pub chosen: Option<String>,
}

/// ERPNext, connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ErpnextSetup {
    /// The site's address.
    pub url: String,
    /// The user we are there.
    pub user: Option<String>,
    /// Whether it was signed in through the browser, not with an API key.
    pub signed_in: bool,
    /// What the user may not do of what a sync needs: "create and change Customer".
    pub missing: Vec<String>,
    /// The roles that include it.
    pub missing_roles: Vec<String>,
    /// The companies on the site.
    pub companies: Vec<BooksChoice>,
    /// The chosen one's id; chosen for the person where there is only one.
    pub chosen: Option<String>,
}

/// An organisation or a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BooksChoice {
    /// Xero's tenant id, ERPNext's company name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What tells it apart: currency and country.
    pub detail: String,
}

/// How to sign in to Xero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct XeroSignIn {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret; `None` signs in with PKCE.
    pub client_secret: Option<String>,
    /// Whether the app is a custom connection (no browser; needs the secret).
    pub custom_connection: bool,
    /// Whether the app was made before 2 March 2026 and knows Xero's older, broader permissions
    /// only. Of no consequence to a custom connection, whose permissions were chosen in the portal.
    pub older_app: bool,
}

/// How to sign in to ERPNext through the browser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct ErpnextBrowserSignIn {
    /// The site's address.
    pub url: String,
    /// The OAuth Client's id; `None` takes the one used last on this site, or makes one with the
    /// API key.
    pub client_id: Option<String>,
    /// An API key of a System Manager to make the OAuth Client with; `None` takes the one this site
    /// is connected with. It is used once and not kept.
    pub key: Option<String>,
    /// Its secret.
    pub secret: Option<String>,
}

/// How to connect ERPNext with an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ErpnextSignIn {
    /// The site's address.
    pub url: String,
    /// The API key.
    pub key: String,
    /// The API secret.
    pub secret: String,
}

/// How a test came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Good.
    Passed,
    /// Works, but look at it.
    Warning,
    /// Has to be mended before syncing.
    Failed,
}

/// What the button beside a test does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum CheckFix {
    /// Installs our marker fields on the ERPNext site, and the scripts of its forms, after consent.
    InstallMarkerFields,
    /// Opens a page in the browser.
    OpenPage {
        /// Its address.
        url: String,
        /// What the button says: "Open lock dates in Xero".
        label: String,
    },
    /// Goes back to a connection.
    Reconnect {
        /// Which.
        side: Side,
    },
}

/// One thing that was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckItem {
    /// A stable word: `xero_permissions`, `currencies`, `lock_dates`, `marker_fields` …
    pub id: String,
    /// The side it is about; `None` for both.
    pub side: Option<Side>,
    /// What was tested: "Base currency".
    pub title: String,
    /// How it came out.
    pub state: CheckState,
    /// What was found: "GBP on both sides".
    pub found: String,
    /// What to do, where there is something.
    pub next_step: Option<String>,
    /// The control that does it.
    pub fix: Option<CheckFix>,
}

/// A field that we put on the ERPNext site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MarkerField {
    /// The document type: "Customer".
    pub doctype: String,
    /// The field: "xero_contact_id".
    pub field: String,
}

/// The check list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckView {
    /// What was tested.
    pub items: Vec<CheckItem>,
    /// Marker fields that are not there yet, for the consent.
    pub missing_fields: Vec<MarkerField>,
    /// Client Scripts that are not there yet, by name; they go with the same consent.
    pub missing_scripts: Vec<String>,
    /// Whether nothing stands in the way of a sync.
    pub ready: bool,
}
