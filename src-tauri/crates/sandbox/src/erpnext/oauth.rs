//! The site as an OAuth 2.0 provider (`frappe.integrations.oauth2`), with a log-in and a consent
//! page that a person or a test can press.
//!
//! Answers, refusals and their order were observed on Frappe 15.75 (recordings 02 and 17, and the
//! exchanges noted beside each rule). The pages are our own: the real ones need a script to do what
//! these do by plain links and forms.

mod metadata;
mod pages;
mod tokens;

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, header};
use serde_json::{Map, Value, json};

use super::ErpnextWorld;
use super::cell::{Doc, Row};
use super::errors::Refusal;
use super::request::{Args, arguments};
use super::routes::{html, json_response, refusal_page};
use super::site::Outcome;

/// The methods live below this name.
const MODULE: &str = "frappe.integrations.oauth2.";

/// A code that was given to an app and not exchanged yet.
#[derive(Debug, Clone)]
struct Code {
    client: String,
    user: String,
    scopes: String,
    /// The challenge and its method, in small letters.
    challenge: Option<(String, String)>,
}

/// Codes under way.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    codes: HashMap<String, Code>,
}

/// An answer in the provider's own shape: RFC 6749's, not Frappe's.
fn plain(status: u16, body: &Value) -> Response<Bytes> {
    json_response(status, body)
}

/// What `authorize` and `approve` refuse with, shown to the person as it is.
fn refused(error: &str, description: &str) -> Response<Bytes> {
    plain(
        400,
        &json!({"description": description, "status_code": 400, "error": error}),
    )
}

fn redirect(to: &str) -> Response<Bytes> {
    let mut response = html(
        302,
        format!(
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: <a href=\"{0}\">{0}</a>. If not, click the link.\n",
            pages::escape(to)
        ),
    );
    if let Ok(to) = http::HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// Percent-encodes as Python's `quote` with nothing safe.
fn quoted(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace("%7E", "~")
}

fn text<'a>(args: &'a Args, key: &str) -> &'a str {
    args.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What an app asks for at `authorize`, checked.
struct Wanted {
    client: Doc,
    redirect_uri: String,
    scopes: String,
}

impl ErpnextWorld {
    /// Answers what belongs to signing in through the browser; `None` for everything else.
    pub(crate) fn sign_in(
        &mut self,
        request: &Request<Bytes>,
        path: &[String],
    ) -> Option<Response<Bytes>> {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let method = match parts.as_slice() {
            ["login"] => "login",
            [".well-known", name] if self.release().describes_its_provider => {
                return self.well_known(name, request);
            }
            [".well-known", "openid-configuration"] => {
                let mut response = redirect(&format!("/api/method/{MODULE}openid_configuration"));
                // For good, unlike the steps of signing in (recording 02#4).
                *response.status_mut() = http::StatusCode::MOVED_PERMANENTLY;
                return Some(response);
            }
            ["api", "method", name] => name.strip_prefix(MODULE)?,
            _ => return None,
        };
        let savepoint = self.store.savepoint();
        let answer = self.provide(method, request);
        Some(match answer {
            Ok(response) => {
                self.store.commit();
                response
            }
            Err(refusal) => {
                self.store.roll_back(savepoint);
                if refusal.html.is_some() {
                    refusal_page(&refusal)
                } else {
                    json_response(refusal.status, &refusal.v1(&self.messages, self.release()))
                }
            }
        })
    }

    fn provide(&mut self, method: &str, request: &Request<Bytes>) -> Outcome<Response<Bytes>> {
        if self.maintenance {
            return Err(Box::new(Refusal::stopped()));
        }
        self.user = self.identify(request.headers(), request.method())?;
        let args = arguments(request, self.release().bodies_refused_kindly)?;
        match method {
            "login" if *request.method() == Method::POST => Ok(self.log_in_by_form(&args)),
            "login" => {
                let page = pages::login(text(&args, "redirect-to"), false);
                Ok(html(200, self.with_boot(&page)))
            }
            "authorize" => Ok(self.authorize(request, &args)),
            "approve" => self.approve(request, &args),
            "get_token" => self.get_token(&args),
            "revoke_token" => self.revoke_token(&args),
            "introspect_token" => Ok(self.introspect_token(&args)),
            "openid_profile" => self.openid_profile(),
            "register_client" if self.release().describes_its_provider => {
                Ok(metadata::register_client(&args))
            }
            "openid_configuration" => Ok(openid_configuration(request)),
            other => Err(Box::new(Refusal::validation(format!(
                "Failed to get method for command {MODULE}{other} with module 'frappe.integrations.oauth2' has no attribute '{other}'"
            )))),
        }
    }

    /// The log-in page's own form: signs in and goes on to where the person was sent from.
    fn log_in_by_form(&mut self, args: &Args) -> Response<Bytes> {
        let to = text(args, "redirect-to");
        match self.log_in(args) {
            Ok(_) => redirect(if to.is_empty() { "/app" } else { to }),
            Err(_) => html(401, pages::login(to, true)),
        }
    }

    /// A person without a session is sent to log in first; what is wrong with the request is told
    /// only after that.
    fn authorize(&mut self, request: &Request<Bytes>, args: &Args) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        if self.user == "Guest" {
            let here = format!("{}/api/method/{MODULE}authorize?{query}", origin(request));
            return redirect(&format!("/login?redirect-to={}", quoted(&here)));
        }
        let wanted = match self.wanted(args) {
            Ok(wanted) => wanted,
            Err(response) => return *response,
        };
        let pairs: Vec<String> = args
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "data" | "cmd"))
            .map(|(key, value)| format!("{key}={}", quoted(value.as_str().unwrap_or_default())))
            .collect();
        let approve = format!("/api/method/{MODULE}approve?{}", pairs.join("&"));
        if wanted.client.int("skip_authorization") == 1 {
            return redirect(&approve);
        }
        // The state is left out, as observed in Frappe's own page.
        let deny = format!("{}?error=access_denied", text(args, "redirect_uri"));
        html(
            200,
            pages::consent(
                wanted.client.text("app_name"),
                &self.user,
                &wanted.scopes,
                &approve,
                &deny,
            ),
        )
    }

    fn wanted(&self, args: &Args) -> Result<Wanted, Box<Response<Bytes>>> {
        let no = |error: &str, description: &str| Err(Box::new(refused(error, description)));
        let Some(client) = self.store.get("OAuth Client", text(args, "client_id")) else {
            return no("invalid_request", "Invalid client_id parameter value.");
        };
        let redirect_uri = text(args, "redirect_uri");
        // Exactly, port included; several are separated by a blank.
        let known = client.text("redirect_uris").trim().split(' ');
        if !known.into_iter().any(|known| known == redirect_uri) {
            return no("invalid_request", "Mismatching redirect URI.");
        }
        match text(args, "response_type") {
            "" => return no("invalid_request", "Missing response_type parameter."),
            "code" => {}
            _ => return no("unauthorized_client", ""),
        }
        let method = text(args, "code_challenge_method");
        if !text(args, "code_challenge").is_empty() && !matches!(method, "" | "plain" | "S256") {
            return no("invalid_request", "Transform algorithm not supported.");
        }
        let allowed: Vec<&str> = client.text("scopes").split(' ').collect();
        let scopes = match text(args, "scope") {
            "" => client.text("scopes"),
            asked => asked,
        };
        if !scopes.split(' ').all(|scope| allowed.contains(&scope)) {
            return no("invalid_scope", "");
        }
        Ok(Wanted {
            scopes: scopes.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            client: client.clone(),
        })
    }

    /// The person has pressed "Allow".
    fn approve(&mut self, request: &Request<Bytes>, args: &Args) -> Outcome<Response<Bytes>> {
        if self.user == "Guest" {
            return Err(Box::new(Refusal::not_whitelisted(&format!(
                "{MODULE}approve"
            ))));
        }
        let wanted = match self.wanted(args) {
            Ok(wanted) => wanted,
            Err(response) => return Ok(*response),
        };
        // The session alone does not do: the other cookie says whose code it is.
        if super::sessions::cookie(request.headers(), "user_id").is_none() {
            return Err(Box::new(Refusal::crash("", "KeyError", "'user_id'")));
        }
        let challenge = match text(args, "code_challenge") {
            "" => None,
            challenge => Some((
                challenge.to_owned(),
                text(args, "code_challenge_method").to_lowercase(),
            )),
        };
        let code = self.token();
        let kept = Code {
            client: wanted.client.name().to_owned(),
            user: self.user.clone(),
            scopes: wanted.scopes,
            challenge,
        };
        self.oauth.codes.insert(code.clone(), kept);
        let mut to = format!("{}?code={code}", wanted.redirect_uri);
        let state = text(args, "state");
        if !state.is_empty() {
            to = format!("{to}&state={}", quoted(state));
        }
        Ok(redirect(&to))
    }

    /// Thirty letters and digits, as oauthlib makes codes and tokens.
    fn token(&mut self) -> String {
        (0..3).map(|_| self.new_hash()).collect()
    }

    fn openid_profile(&self) -> Outcome<Response<Bytes>> {
        if self.user == "Guest" {
            return Err(Box::new(Refusal::not_whitelisted(&format!(
                "{MODULE}openid_profile"
            ))));
        }
        Ok(plain(200, &Value::Object(self.profile(&self.user))))
    }

    /// What OpenID Connect tells of a user.
    fn profile(&self, user: &str) -> Map<String, Value> {
        let mut profile = Map::new();
        let Some(doc) = self.store.get("User", user) else {
            return profile;
        };
        let roles: Vec<&str> = doc
            .rows("roles")
            .iter()
            .map(|row| row.text("role"))
            .collect();
        profile.insert("sub".into(), json!(super::sessions::digest(&["sub", user])));
        profile.insert("name".into(), json!(doc.text("full_name")));
        profile.insert("given_name".into(), json!(doc.text("first_name")));
        profile.insert("family_name".into(), Value::Null);
        profile.insert("email".into(), json!(doc.text("email")));
        profile.insert("picture".into(), Value::Null);
        profile.insert("roles".into(), json!(roles));
        profile.insert("iss".into(), json!(self.url()));
        profile
    }

    /// What a new OAuth Client is completed with: its own name, a secret, everybody's role.
    pub(crate) fn complete_oauth_client(&mut self, doc: &mut Doc) -> Outcome<()> {
        let name = doc.name().to_owned();
        doc.set("client_id", name);
        if doc.text("client_secret").is_empty() {
            let secret = self.new_hash();
            doc.set("client_secret", secret);
        }
        let (grant, response) = (doc.text("grant_type"), doc.text("response_type"));
        if (grant == "Authorization Code" && response != "Code")
            || (grant == "Implicit" && response != "Token")
        {
            return Err(Box::new(Refusal::validation(format!(
                "Combination of Grant Type (<code>{grant}</code>) and Response Type (<code>{response}</code>) not allowed"
            ))));
        }
        if doc.rows("allowed_roles").is_empty() {
            let mut row = Row::default();
            let hash = self.new_hash();
            row.set("name", hash);
            row.set("role", "Desk User");
            doc.rows_mut("allowed_roles").push(row);
        }
        Ok(())
    }

    /// Makes every access token issued so far expired.
    pub fn expire_tokens(&mut self, now: DateTime<Utc>) {
        let local = self.local(now);
        let issued: Vec<Doc> = self
            .store
            .shelf("OAuth Bearer Token")
            .into_iter()
            .flat_map(super::store::Shelf::by_name)
            .cloned()
            .collect();
        for mut token in issued {
            token.set("expiration_time", local.as_str());
            self.store.put(token);
        }
        self.store.commit();
    }
}

/// What OpenID Connect's discovery tells (recording 02#3).
fn openid_configuration(request: &Request<Bytes>) -> Response<Bytes> {
    let issuer = origin(request);
    let at = |method: &str| format!("{issuer}/api/method/{MODULE}{method}");
    plain(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("get_token"),
            "userinfo_endpoint": at("openid_profile"),
            "revocation_endpoint": at("revoke_token"),
            "introspection_endpoint": at("introspect_token"),
            "response_types_supported": ["code", "token", "code id_token", "code token id_token", "id_token", "id_token token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
        }),
    )
}

/// `http://host:port` as the request names it.
fn origin(request: &Request<Bytes>) -> String {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    format!("http://{host}")
}
