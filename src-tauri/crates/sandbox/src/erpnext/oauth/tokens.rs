//! Codes and refresh tokens exchanged, tokens revoked and looked into.

use base64::Engine as _;
use bytes::Bytes;
use chrono::Duration;
use http::Response;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc};
use super::super::errors::Refusal;
use super::super::request::Args;
use super::super::site::Outcome;
use super::{Code, plain, text};

/// How long an access token lives, in seconds.
const LIFETIME: i64 = 3600;

/// The type that holds issued tokens.
const TOKEN: &str = "OAuth Bearer Token";

fn error(word: &str) -> Response<Bytes> {
    plain(400, &json!({ "error": word }))
}

impl ErpnextWorld {
    /// Guest may not read what is not there either.
    fn unreadable(doctype: &str) -> Box<Refusal> {
        Box::new(Refusal::forbidden("Guest", doctype, false))
    }

    fn oauth_client(&self, id: &str) -> Outcome<Doc> {
        self.store
            .get("OAuth Client", id)
            .cloned()
            .ok_or_else(|| Self::unreadable("OAuth Client"))
    }

    /// `get_token`. A secret is neither asked for nor looked at.
    pub(super) fn get_token(&mut self, args: &Args) -> Outcome<Response<Bytes>> {
        let id = text(args, "client_id");
        match text(args, "grant_type") {
            "authorization_code" => {
                if id.is_empty() {
                    return Err(Box::new(Refusal::crash(
                        "",
                        "AttributeError",
                        "'NoneType' object has no attribute 'split'",
                    )));
                }
                let client = self.oauth_client(id)?;
                Ok(self.exchange_code(&client, args))
            }
            "refresh_token" => {
                let client = self.oauth_client(id)?;
                let given = text(args, "refresh_token");
                let old = self
                    .issued("refresh_token", given)
                    .filter(|token| token.text("status") == "Active")
                    .ok_or_else(|| Self::unreadable(TOKEN))?;
                // The old pair stays good: observed.
                Ok(self.issue(&client, old.text("user"), old.text("scopes"), false))
            }
            "password" => {
                let client = self.oauth_client(id)?;
                let mut login = Args::new();
                login.insert("usr".to_owned(), json!(text(args, "username")));
                login.insert("pwd".to_owned(), json!(text(args, "password")));
                self.log_in(&login)?;
                self.sessions.cookies.clear();
                let (user, scopes) = (self.user.clone(), client.text("scopes").to_owned());
                Ok(self.issue(&client, &user, &scopes, false))
            }
            "client_credentials" => Ok(error("unauthorized_client")),
            _ => Ok(error("unsupported_grant_type")),
        }
    }

    fn exchange_code(&mut self, client: &Doc, args: &Args) -> Response<Bytes> {
        let given = text(args, "code");
        let Some(code) = self.oauth.codes.get(given).cloned() else {
            return error("invalid_grant");
        };
        if code.client != client.name() {
            return error("invalid_grant");
        }
        let verifier = text(args, "code_verifier");
        if code.challenge.is_some() && verifier.is_empty() {
            // A missing verifier spends the code, a wrong one does not: observed.
            self.oauth.codes.remove(given);
            return error("invalid_grant");
        }
        if !answers(&code, verifier) {
            return error("invalid_grant");
        }
        let back = text(args, "redirect_uri");
        if !client
            .text("redirect_uris")
            .split(' ')
            .any(|known| known == back)
        {
            return plain(
                400,
                &json!({"error": "invalid_request", "error_description": "Mismatching redirect URI."}),
            );
        }
        self.oauth.codes.remove(given);
        self.issue(client, &code.user, &code.scopes, true)
    }

    /// A new pair. Only a code brings an identity token, where it was asked for.
    fn issue(&mut self, client: &Doc, user: &str, scopes: &str, by_code: bool) -> Response<Bytes> {
        let (access, refresh) = (self.token(), self.token());
        let ends = self.local(self.now + Duration::seconds(LIFETIME));
        self.plant(
            TOKEN,
            &access,
            &[
                ("owner", Cell::text("Guest")),
                ("modified_by", Cell::text("Guest")),
                ("client", Cell::text(client.name())),
                ("user", Cell::text(user)),
                ("scopes", Cell::text(scopes)),
                ("access_token", Cell::text(&access)),
                ("refresh_token", Cell::text(&refresh)),
                ("expiration_time", Cell::text(&ends)),
                ("expires_in", Cell::Int(LIFETIME)),
                ("status", Cell::text("Active")),
            ],
        );
        let mut body = Map::new();
        body.insert("access_token".into(), json!(access));
        body.insert("expires_in".into(), json!(LIFETIME));
        body.insert("token_type".into(), json!("Bearer"));
        body.insert("scope".into(), json!(scopes));
        body.insert("refresh_token".into(), json!(refresh));
        if by_code && scopes.split(' ').any(|scope| scope == "openid") {
            let claims = Value::Object(self.profile(user)).to_string();
            let part = |text: &str| {
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text.as_bytes())
            };
            // Not signed with anything: nobody here reads it.
            let token = format!(
                "{}.{}.",
                part(r#"{"typ":"jwt","alg":"none"}"#),
                part(&claims)
            );
            body.insert("id_token".into(), json!(token));
        }
        plain(200, &Value::Object(body))
    }

    fn issued(&self, field: &str, value: &str) -> Option<Doc> {
        self.store
            .shelf(TOKEN)?
            .by_name()
            .find(|token| !value.is_empty() && token.text(field) == value)
            .cloned()
    }

    /// The user behind an access token that is good now.
    pub(crate) fn bearer(&self, token: &str) -> Option<String> {
        let token = self.store.get(TOKEN, token)?;
        let good = token.text("status") != "Revoked"
            && self.local(self.now).as_str() < token.text("expiration_time")
            && self.exists("OAuth Client", token.text("client"));
        let user = self.store.get("User", token.text("user"))?;
        (good && user.int("enabled") == 1).then(|| user.name().to_owned())
    }

    /// `revoke_token`: 200 whatever the token is, as long as the client is known. A refresh token is
    /// found only where the hint says that it is one.
    pub(super) fn revoke_token(&mut self, args: &Args) -> Outcome<Response<Bytes>> {
        let token = text(args, "token");
        match text(args, "client_id") {
            "" => {
                let owner = self.store.get(TOKEN, token).map(|it| it.text("client"));
                self.oauth_client(owner.unwrap_or_default())?;
            }
            id => {
                self.oauth_client(id)?;
            }
        }
        if token.is_empty() {
            return Ok(plain(400, &json!({})));
        }
        let found = if text(args, "token_type_hint") == "refresh_token" {
            self.issued("refresh_token", token)
        } else {
            self.store.get(TOKEN, token).cloned()
        };
        if let Some(mut found) = found {
            found.set("status", "Revoked");
            self.store.put(found);
        }
        Ok(plain(200, &json!({})))
    }

    pub(super) fn introspect_token(&self, args: &Args) -> Response<Bytes> {
        let field = if text(args, "token_type_hint") == "refresh_token" {
            "refresh_token"
        } else {
            "access_token"
        };
        let Some(token) = self.issued(field, text(args, "token")) else {
            return plain(200, &json!({"active": false}));
        };
        let trusted = self
            .store
            .get("OAuth Client", token.text("client"))
            .map_or(0, |client| client.int("skip_authorization"));
        let ends = chrono::NaiveDateTime::parse_from_str(
            token.text("expiration_time"),
            "%Y-%m-%d %H:%M:%S%.f",
        )
        .ok()
        .and_then(|ends| ends.and_local_timezone(self.config.time_zone).earliest());
        let mut body = Map::new();
        body.insert("client_id".into(), json!(token.text("client")));
        body.insert("trusted_client".into(), json!(trusted));
        body.insert("active".into(), json!(token.text("status") == "Active"));
        body.insert("exp".into(), json!(ends.map(|ends| ends.timestamp())));
        body.insert("scope".into(), json!(token.text("scopes")));
        if token.text("scopes").contains("openid") {
            body.extend(self.profile(token.text("user")));
        }
        plain(200, &Value::Object(body))
    }
}

/// Whether the verifier answers the code's challenge.
fn answers(code: &Code, verifier: &str) -> bool {
    match &code.challenge {
        None => true,
        Some((challenge, method)) if method == "s256" => {
            let digest = Sha256::digest(verifier.as_bytes());
            *challenge == base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
        }
        Some((challenge, _)) => challenge == verifier,
    }
}
