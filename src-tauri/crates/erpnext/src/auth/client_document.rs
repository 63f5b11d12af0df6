//! The OAuth Client: how the site knows us.

use http::Method;
use oauth::redirect::{PATH, PORTS};
use serde_json::{Value, json};

use crate::client::{Client, List, member};
use crate::error::Error;
use crate::journal::Journal;

/// The name on the consent page.
pub const APP_NAME: &str = "Counterfoil";

/// The addresses the browser may come back to.
pub fn redirect_uris() -> Vec<String> {
    PORTS
        .iter()
        .map(|port| format!("http://localhost:{port}{PATH}"))
        .collect()
}

/// The client id of our OAuth Client on a site: of the one that is there, else of a new one. Needs
/// the role System Manager. What makes it is written into the journal first.
///
/// # Errors
/// [`Error::NotAllowed`] without that role; others where the call failed.
pub async fn client_document(client: &Client, journal: &dyn Journal) -> Result<String, Error> {
    let wanted = document();
    let known = client
        .list(&List {
            doctype: "OAuth Client",
            parent: None,
            fields: vec!["name", "redirect_uris", "scopes", "grant_type"],
            filters: vec![json!(["app_name", "=", APP_NAME])],
            order_by: "creation desc",
            limit: 0,
        })
        .await?
        .to_values();
    let same = |row: &&Value| {
        ["redirect_uris", "scopes", "grant_type"]
            .iter()
            .all(|field| row.get(field) == wanted.get(field))
    };
    if let Some(name) = known.iter().find(same).and_then(|row| row["name"].as_str()) {
        return Ok(name.to_owned());
    }
    let path = "/api/resource/OAuth%20Client";
    let made = client
        .write_journalled(journal, Method::POST, path, &wanted)
        .await?;
    let made = member(made, "data");
    made["name"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::Garbage {
            status: 200,
            why: "the new OAuth Client has no name".to_owned(),
        })
}

/// The document. Addresses are separated by a blank (erpnext/FACTS §15). Unknown fields are dropped without a word (erpnext/FACTS §3), so the one that only
/// Frappe 16 has is sent to all.
fn document() -> Value {
    let addresses = redirect_uris();
    json!({
        "app_name": APP_NAME,
        "scopes": "all openid",
        "redirect_uris": addresses.join(" "),
        "default_redirect_uri": addresses.first(),
        "grant_type": "Authorization Code",
        "response_type": "Code",
        "skip_authorization": 0,
        "token_endpoint_auth_method": "None",
    })
}
