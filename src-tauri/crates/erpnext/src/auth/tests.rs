#![allow(clippy::unwrap_used)]
use oauth::Provider;

use super::*;

fn endpoints() -> Endpoints {
    Endpoints::of(&SiteUrl::parse("https://erp.example").unwrap()).unwrap()
}

#[test]
fn a_sites_addresses_are_its_methods() {
    let endpoints = endpoints();
    assert_eq!(
        endpoints.authorize().as_str(),
        "https://erp.example/api/method/frappe.integrations.oauth2.authorize"
    );
    assert_eq!(
        endpoints.token().as_str(),
        "https://erp.example/api/method/frappe.integrations.oauth2.get_token"
    );
    assert_eq!(
        endpoints.revoke().as_str(),
        "https://erp.example/api/method/frappe.integrations.oauth2.revoke_token"
    );
}

/// Answers of Frappe 15.75's `get_token`, as recorded.
#[test]
fn frappes_own_refusals_are_told_apart() {
    let read = |status, body: &str| endpoints().read_refusal(status, body.as_bytes());
    let no_token = r#"{"exc_type":"PermissionError","_server_messages":"[\"{\\\"message\\\": \\\"User <strong>Guest</strong> does not have doctype access via role permission for document <strong>OAuth Bearer Token</strong>\\\", \\\"title\\\": \\\"Message\\\"}\"]","_error_message":"No permission for OAuth Bearer Token"}"#;
    assert!(matches!(
        read(403, no_token),
        Some(AuthError::SignInNeeded(_))
    ));
    let no_client = no_token.replace("OAuth Bearer Token", "OAuth Client");
    assert!(matches!(
        read(403, &no_client),
        Some(AuthError::WrongApp(_))
    ));
    let missing = r#"{"exc_type":"DoesNotExistError","_server_messages":"[\"{\\\"message\\\": \\\"OAuth Bearer Token {'refresh_token': 'x', 'status': 'Active'} not found\\\"}\"]"}"#;
    assert!(matches!(
        read(404, missing),
        Some(AuthError::SignInNeeded(_))
    ));
    let stopped = r#"{"exc_type":"SessionStopped"}"#;
    assert!(matches!(
        read(503, stopped),
        Some(AuthError::Unavailable(503))
    ));
    // RFC 6749's own, and what is no answer of Frappe's, are not ours to read.
    assert!(read(400, r#"{"error":"invalid_grant"}"#).is_none());
    assert!(read(404, "<html>Not Found</html>").is_none());
    assert!(read(500, r#"{"exception":"AttributeError: 'NoneType' object has no attribute 'split'","exc_type":"AttributeError"}"#).is_none());
}

#[test]
fn the_app_has_no_secret_and_its_addresses_are_the_listeners() {
    let app = app(" abc123 ");
    assert_eq!(app.client_id, "abc123");
    assert!(app.client_secret.is_none());
    assert_eq!(
        redirect_uris(),
        [
            "http://localhost:49210/callback",
            "http://localhost:49211/callback",
            "http://localhost:49212/callback"
        ]
    );
}
