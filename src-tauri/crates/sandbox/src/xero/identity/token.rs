//! `/connect/token` and `/connect/revocation`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::config::OAuthClient;
use super::super::http::{Incoming, empty, json as json_response, set_header};
use super::super::json::put;
use super::authorize::join;
use super::{
    ACCESS_LIFETIME, Bearer, CODE_LIFETIME, Identity, REFRESH_LIFETIME, Refresh,
    SUPERSEDED_LIFETIME, scopes,
};
use crate::xero::world::Grant;

/// An OAuth error word.
type Wrong = &'static str;

struct Form(Vec<(String, String)>);

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, value)| given == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

impl Identity {
    /// `POST /connect/token`.
    pub fn token(&mut self, request: &Incoming<'_>, now: DateTime<Utc>) -> http::Response<Bytes> {
        let form = Form(request.form());
        let answer =
            self.authenticate(request, &form)
                .and_then(|client| match form.get("grant_type") {
                    Some("authorization_code") => self.exchange_code(&client, &form, request, now),
                    Some("refresh_token") => self.refresh(&client, &form, request, now),
                    Some("client_credentials") => {
                        self.client_credentials(&client, &form, request, now)
                    }
                    _ => Err("unsupported_grant_type"),
                });
        let mut response = match answer {
            Ok(body) => json_response(StatusCode::OK, &body),
            Err(error) => json_response(StatusCode::BAD_REQUEST, &json!({"error": error})),
        };
        set_header(&mut response, "cache-control", "no-store");
        response
    }

    /// `POST /connect/revocation`: drops the refresh token and the app's connections. An unknown
    /// token is answered 200 too, as RFC 7009 has it.
    pub fn revoke(&mut self, request: &Incoming<'_>) -> http::Response<Bytes> {
        let form = Form(request.form());
        let client = match self.authenticate(request, &form) {
            Ok(client) => client,
            Err(error) => {
                return json_response(StatusCode::BAD_REQUEST, &json!({"error": error}));
            }
        };
        let token = form.get("token").unwrap_or_default();
        let owned = self
            .refreshes
            .get(token)
            .is_some_and(|refresh| refresh.client_id == client.client_id);
        if owned {
            self.refreshes
                .retain(|_, refresh| refresh.client_id != client.client_id);
            self.connections
                .retain(|connection| connection.client_id != client.client_id);
            self.consented.remove(&client.client_id);
        }
        empty(StatusCode::OK)
    }

    fn authenticate(&self, request: &Incoming<'_>, form: &Form) -> Result<OAuthClient, Wrong> {
        let basic = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Basic "))
            .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|pair| {
                pair.split_once(':')
                    .map(|(id, secret)| (id.to_owned(), secret.to_owned()))
            });
        let (id, secret) = match basic {
            Some((id, secret)) => (id, Some(secret)),
            None => (
                form.get("client_id").unwrap_or_default().to_owned(),
                form.get("client_secret").map(str::to_owned),
            ),
        };
        if id.is_empty() {
            return Err("unauthorized_client");
        }
        let client = self.client(&id).ok_or("invalid_client")?;
        if client.secret.is_some() && client.secret != secret {
            return Err("invalid_client");
        }
        Ok(client.clone())
    }

    fn exchange_code(
        &mut self,
        client: &OAuthClient,
        form: &Form,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Result<Value, Wrong> {
        // Taken out whatever comes of it: a code is good for one try.
        let code = form
            .get("code")
            .and_then(|code| self.codes.remove(code))
            .ok_or("invalid_grant")?;
        let asked = &code.asked;
        let fits = asked.client_id == client.client_id
            && form.get("redirect_uri") == Some(asked.redirect_uri.as_str())
            && now - code.at < CODE_LIFETIME
            && match &asked.challenge {
                None => true,
                Some(challenge) => form
                    .get("code_verifier")
                    .is_some_and(|verifier| verifies(verifier, challenge)),
            };
        if !fits {
            return Err("invalid_grant");
        }
        let mut all = self
            .consented
            .get(&client.client_id)
            .cloned()
            .unwrap_or_default();
        all.extend(asked.scopes.iter().cloned());
        Ok(self.issue(
            client,
            &all,
            code.event,
            asked.nonce.as_deref(),
            request,
            now,
        ))
    }

    fn refresh(
        &mut self,
        client: &OAuthClient,
        form: &Form,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Result<Value, Wrong> {
        let token = form.get("refresh_token").ok_or("invalid_grant")?;
        self.refreshes.retain(|_, refresh| refresh.until > now);
        let refresh = self
            .refreshes
            .get_mut(token)
            .filter(|refresh| refresh.client_id == client.client_id)
            .ok_or("invalid_grant")?;
        // Replaced now; still good for half an hour in case this answer is lost.
        refresh.until = refresh.until.min(now + SUPERSEDED_LIFETIME);
        let (scopes, event) = (refresh.scopes.clone(), refresh.event);
        Ok(self.issue(client, &scopes, event, None, request, now))
    }

    fn client_credentials(
        &mut self,
        client: &OAuthClient,
        form: &Form,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Result<Value, Wrong> {
        if !client.custom_connection {
            return Err("unauthorized_client");
        }
        let asked = form.get("scope").unwrap_or(
            "accounting.contacts accounting.invoices accounting.payments \
             accounting.banktransactions accounting.settings",
        );
        let scopes = scopes::parse(asked, client).map_err(|_| "invalid_scope")?;
        if scopes.contains("offline_access") {
            return Err("invalid_scope");
        }
        let known = self
            .connections
            .iter()
            .find(|connection| connection.client_id == client.client_id)
            .map(|connection| connection.event);
        let event = known.unwrap_or_else(|| {
            // It has one organisation, chosen when it was bought.
            let tenants = self.chosen(&client.client_id, &[]);
            self.consent(&client.client_id, &scopes, &tenants, now)
        });
        let mut body = self.issue(client, &scopes, event, None, request, now);
        if let Value::Object(map) = &mut body {
            map.shift_remove("id_token");
            map.shift_remove("refresh_token");
        }
        Ok(body)
    }

    fn issue(
        &mut self,
        client: &OAuthClient,
        scopes: &BTreeSet<String>,
        event: Uuid,
        nonce: Option<&str>,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Value {
        let issuer = request.origin();
        let expires = now + ACCESS_LIFETIME;
        let id = self.uuid();
        let access = self.signer.token(&json!({
            "nbf": now.timestamp(),
            "exp": expires.timestamp(),
            "iss": issuer,
            "aud": format!("{issuer}/resources"),
            "client_id": client.client_id,
            "sub": self.user.simple().to_string(),
            "auth_time": now.timestamp(),
            "xero_userid": self.user.to_string(),
            "global_session_id": event.simple().to_string(),
            "jti": id.simple().to_string(),
            "authentication_event_id": event.to_string(),
            "scope": scopes.iter().collect::<Vec<_>>(),
            "amr": ["pwd"],
        }));
        // A token's signature carries no meaning here, so a thousand kept is plenty.
        if self.bearers.len() > 1_000 {
            self.bearers
                .retain(|_, bearer| bearer.expires > now - ACCESS_LIFETIME);
        }
        self.bearers.insert(
            access.clone(),
            Bearer {
                client_id: client.client_id.clone(),
                scopes: scopes.clone(),
                expires,
            },
        );
        let mut body = json!({});
        if scopes.contains("openid") {
            let mut claims = json!({
                "nbf": now.timestamp(),
                "exp": (now + CODE_LIFETIME).timestamp(),
                "iss": issuer,
                "aud": client.client_id,
                "iat": now.timestamp(),
                "sub": self.user.simple().to_string(),
                "auth_time": now.timestamp(),
                "xero_userid": self.user.to_string(),
                "global_session_id": event.simple().to_string(),
                "preferred_username": "demo@example.com",
                "email": "demo@example.com",
                "given_name": "Demo",
                "family_name": "User",
            });
            if let Some(nonce) = nonce {
                put(&mut claims, "nonce", nonce);
            }
            put(&mut body, "id_token", self.signer.token(&claims));
        }
        put(&mut body, "access_token", access);
        put(&mut body, "expires_in", ACCESS_LIFETIME.num_seconds());
        put(&mut body, "token_type", "Bearer");
        if scopes.contains("offline_access") {
            let refresh = self.secret_text();
            self.refreshes.insert(
                refresh.clone(),
                Refresh {
                    client_id: client.client_id.clone(),
                    scopes: scopes.clone(),
                    event,
                    until: now + REFRESH_LIFETIME,
                },
            );
            put(&mut body, "refresh_token", refresh);
        }
        put(&mut body, "scope", join(scopes));
        body
    }

    /// A consent to everything the sync needs, to every organisation, without the browser.
    pub fn grant(&mut self, client_id: &str, now: DateTime<Utc>) -> Option<Grant> {
        let client = self.client(client_id)?.clone();
        let scopes = scopes::parse(
            "openid profile email offline_access accounting.contacts accounting.invoices \
             accounting.payments accounting.banktransactions accounting.settings",
            &client,
        )
        .ok()?;
        let tenants: Vec<Uuid> = self.organisations.iter().map(|(id, _)| *id).collect();
        let first = *tenants.first()?;
        let event = self.consent(client_id, &scopes, &tenants, now);
        let blank = http::Request::new(Bytes::new());
        let body = self.issue(&client, &scopes, event, None, &Incoming::new(&blank), now);
        let connection_id = self
            .connections
            .iter()
            .find(|connection| connection.client_id == client_id && connection.tenant == first)
            .map(|connection| connection.id.to_string())?;
        Some(Grant {
            access_token: body.get("access_token")?.as_str()?.to_owned(),
            refresh_token: body.get("refresh_token")?.as_str()?.to_owned(),
            tenant_id: first.to_string(),
            connection_id,
        })
    }
}

fn verifies(verifier: &str, challenge: &str) -> bool {
    let shape = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    shape && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge.trim_end_matches('=')
}
