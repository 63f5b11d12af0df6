//! `/connections` and the discovery document.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::dates::connection_instant;
use super::super::errors::Refusal;
use super::super::http::{Incoming, empty, json as json_response};
use super::Identity;

impl Identity {
    /// `GET /connections[?authEventId=]` and `DELETE /connections/{id}`.
    pub fn connections(
        &mut self,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Result<http::Response<Bytes>, Refusal> {
        let client_id = self
            .bearer(request.header("authorization"), now)?
            .client_id
            .clone();
        match (request.method, request.segments.get(1)) {
            (&Method::GET, None) => {
                let event = request.query("autheventid");
                let list: Vec<Value> = self
                    .connections
                    .iter()
                    .filter(|connection| connection.client_id == client_id)
                    .filter(|connection| {
                        event.is_none_or(|event| event.parse() == Ok(connection.event))
                    })
                    .map(|connection| {
                        json!({
                            "id": connection.id.to_string(),
                            "authEventId": connection.event.to_string(),
                            "tenantId": connection.tenant.to_string(),
                            "tenantType": "ORGANISATION",
                            "tenantName": self.name_of(connection.tenant),
                            "createdDateUtc": connection_instant(connection.created),
                            "updatedDateUtc": connection_instant(connection.updated),
                        })
                    })
                    .collect();
                Ok(json_response(StatusCode::OK, &Value::Array(list)))
            }
            (&Method::DELETE, Some(id)) => {
                let id = id.parse::<Uuid>().unwrap_or_default();
                let before = self.connections.len();
                self.connections
                    .retain(|connection| connection.id != id || connection.client_id != client_id);
                if self.connections.len() == before {
                    return Err(Refusal::Problem {
                        status: StatusCode::NOT_FOUND,
                        detail: "Resource not found".to_owned(),
                    });
                }
                Ok(empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Refusal::NotImplemented),
        }
    }

    fn name_of(&self, tenant: Uuid) -> &str {
        self.organisations
            .iter()
            .find(|(id, _)| *id == tenant)
            .map_or("", |(_, name)| name)
    }

    /// `GET /.well-known/openid-configuration`.
    pub fn discovery(request: &Incoming<'_>) -> http::Response<Bytes> {
        let origin = request.origin();
        json_response(
            StatusCode::OK,
            &json!({
                "issuer": origin,
                "authorization_endpoint": format!("{origin}/identity/connect/authorize"),
                "token_endpoint": format!("{origin}/connect/token"),
                "userinfo_endpoint": format!("{origin}/connect/userinfo"),
                "revocation_endpoint": format!("{origin}/connect/revocation"),
                "jwks_uri": format!("{origin}/.well-known/openid-configuration/jwks"),
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["plain", "S256"],
            }),
        )
    }
}
