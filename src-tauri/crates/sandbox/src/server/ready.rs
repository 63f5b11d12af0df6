//! The line that says where the demo books are and how to sign in to them.

use serde::{Deserialize, Serialize};

use crate::books::{
    API_KEY, API_SECRET, COMPANY, DemoBooks, WEBHOOK_KEY, custom_connection, default_client,
    secret_client,
};

/// Printed as one line of JSON once both servers listen. Everything in it belongs to the demo books
/// and opens nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyLine {
    /// Simulated Xero.
    pub xero: XeroReady,
    /// Simulated ERPNext.
    pub erpnext: ErpnextReady,
}

/// How to reach the simulated Xero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct XeroReady {
    /// Stands for `https://api.xero.com`.
    pub api_url: String,
    /// Stands for `https://login.xero.com` and `https://identity.xero.com`.
    pub identity_url: String,
    /// The app to sign in with.
    pub client_id: String,
    /// The secret, for an app that uses one.
    pub client_secret: String,
    /// The custom connection, which needs no browser.
    pub custom_client_id: String,
    /// Its secret.
    pub custom_client_secret: String,
    /// The key webhooks are signed with.
    pub webhook_key: String,
    /// The organisation's `Xero-tenant-id`.
    pub tenant_id: String,
}

/// How to reach the simulated ERPNext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErpnextReady {
    /// The site's address.
    pub url: String,
    /// The address of the site's socket.io server.
    pub socketio_url: String,
    /// API key.
    pub key: String,
    /// API secret.
    pub secret: String,
    /// The company's name.
    pub company: String,
}

impl ReadyLine {
    pub(super) fn new(xero: &str, erpnext: &str, books: &DemoBooks) -> Self {
        Self {
            xero: XeroReady {
                api_url: xero.to_owned(),
                identity_url: xero.to_owned(),
                client_id: default_client().client_id.to_owned(),
                client_secret: secret_client().secret.unwrap_or_default().to_owned(),
                custom_client_id: custom_connection().client_id.to_owned(),
                custom_client_secret: custom_connection().secret.unwrap_or_default().to_owned(),
                webhook_key: WEBHOOK_KEY.to_owned(),
                tenant_id: books.xero.config().tenant_id.to_string(),
            },
            erpnext: ErpnextReady {
                url: erpnext.to_owned(),
                socketio_url: erpnext.to_owned(),
                key: API_KEY.to_owned(),
                secret: API_SECRET.to_owned(),
                company: COMPANY.to_owned(),
            },
        }
    }
}
