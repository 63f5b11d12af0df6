//! What the provider says of itself below `/.well-known` (Frappe 16; recording 16/27).

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::request::Args;
use super::super::routes::json_response;
use super::{MODULE, origin};

impl ErpnextWorld {
    /// A document of that name, none where the release has none.
    pub(super) fn well_known(
        &self,
        name: &str,
        request: &Request<Bytes>,
    ) -> Option<Response<Bytes>> {
        if !self.release().describes_its_provider {
            return None;
        }
        let site = origin(request);
        let method = |name: &str| format!("{site}/api/method/{MODULE}{name}");
        let body = match name {
            "oauth-authorization-server" => json!({
                "authorization_endpoint": method("authorize"),
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "introspection_endpoint": method("introspect_token"),
                "issuer": site,
                "registration_endpoint": method("register_client"),
                "response_modes_supported": ["query"],
                "response_types_supported": ["code"],
                "revocation_endpoint": method("revoke_token"),
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
                "service_documentation": "https://docs.frappe.io/framework/user/en/guides/integration/how_to_set_up_oauth#add-a-client-app",
                "token_endpoint": method("get_token"),
                "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
                "userinfo_endpoint": method("openid_profile"),
            }),
            "oauth-protected-resource" => json!({
                "authorization_servers": [site],
                "bearer_methods_supported": ["header"],
                "resource": site,
                "resource_documentation": "https://docs.frappe.io/framework",
                "resource_name": "Frappe Framework Application",
            }),
            "openid-configuration" => return Some(super::openid_configuration(request)),
            _ => return None,
        };
        Some(json_response(200, &body))
    }
}

/// A new app that registers itself: its addresses must be https, on one's own computer too. Here
/// nobody needs one that is, so others are refused as well.
pub(super) fn register_client(args: &Args) -> Response<Bytes> {
    let addresses = args.get("redirect_uris").and_then(Value::as_array);
    let secure = addresses.is_some_and(|addresses| {
        addresses.iter().all(|address| {
            address
                .as_str()
                .is_some_and(|text| text.starts_with("https://"))
        })
    });
    let why = if secure {
        "the demo site registers no apps"
    } else {
        "redirect_uris must be https"
    };
    json_response(
        400,
        &json!({"error": "invalid_client_metadata", "error_description": why}),
    )
}
