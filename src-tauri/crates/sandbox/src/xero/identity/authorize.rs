//! `/identity/connect/authorize`: the consent page and its answer.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use url::Url;
use uuid::Uuid;

use super::super::config::OAuthClient;
use super::super::http::{Incoming, page, redirect};
use super::{CODE_LIFETIME, Code, Identity, PAGE_LIFETIME, Pending, page as pages, scopes};

impl Identity {
    /// Shows the consent page, or an error page; never redirects with an error about the request
    /// itself, as Xero does not.
    pub fn ask_consent(
        &mut self,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        match self.read_question(request, now) {
            Ok(pending) => {
                let id = self.secret_text();
                let app = self.provider_name(&pending.client_id);
                let wants = scopes::in_words(&pending.scopes);
                let several = self
                    .client(&pending.client_id)
                    .is_some_and(|client| client.several_organisations);
                let html = pages::consent(&app, &self.organisations, several, &wants, &id);
                self.pending
                    .retain(|_, pending| now - pending.at < PAGE_LIFETIME);
                self.codes.retain(|_, code| now - code.at < CODE_LIFETIME);
                self.pending.insert(id, pending);
                page(StatusCode::OK, html)
            }
            Err(reason) => page(StatusCode::BAD_REQUEST, pages::error(&reason)),
        }
    }

    fn read_question(&self, request: &Incoming<'_>, now: DateTime<Utc>) -> Result<Pending, String> {
        let client_id = request.query("client_id").unwrap_or_default();
        let client = self
            .client(client_id)
            .ok_or("unauthorized_client : Unknown client or client not enabled")?;
        let redirect_uri = request.query("redirect_uri").unwrap_or_default();
        if client.custom_connection || !redirect_allowed(client, redirect_uri) {
            return Err("unauthorized_client : Invalid redirect_uri".to_owned());
        }
        if request.query("response_type") != Some("code") {
            return Err("unsupported_response_type : Response type not supported".to_owned());
        }
        let scopes = scopes::parse(request.query("scope").unwrap_or_default(), client)?;
        let challenge = request.query("code_challenge").map(str::to_owned);
        match (&challenge, request.query("code_challenge_method")) {
            (None, _) if client.secret.is_none() => {
                return Err("invalid_request : code challenge required".to_owned());
            }
            (Some(_), method) if method != Some("S256") => {
                return Err("invalid_request : Transform algorithm not supported".to_owned());
            }
            _ => {}
        }
        Ok(Pending {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scopes,
            state: request.query("state").map(str::to_owned),
            nonce: request.query("nonce").map(str::to_owned),
            challenge,
            at: now,
        })
    }

    /// Takes the person's answer and redirects to the app.
    pub fn answer_consent(
        &mut self,
        request: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> http::Response<Bytes> {
        let form = request.form();
        let field = |name: &str| {
            form.iter()
                .find(|(given, _)| given == name)
                .map(|(_, value)| value.as_str())
        };
        let pending = field("request")
            .and_then(|id| self.pending.remove(id))
            .filter(|pending| now - pending.at < PAGE_LIFETIME);
        let Some(pending) = pending else {
            return page(
                StatusCode::BAD_REQUEST,
                pages::error("invalid_request : This page has expired"),
            );
        };
        let Ok(mut target) = Url::parse(&pending.redirect_uri) else {
            return page(
                StatusCode::BAD_REQUEST,
                pages::error("unauthorized_client : Invalid redirect_uri"),
            );
        };
        let state = pending.state.clone();
        if field("decision") == Some("allow") {
            let named: Vec<Uuid> = form
                .iter()
                .filter(|(given, _)| given == "organisation")
                .filter_map(|(_, id)| id.parse().ok())
                .collect();
            let tenants = self.chosen(&pending.client_id, &named);
            let event = self.consent(&pending.client_id, &pending.scopes, &tenants, now);
            let code = self.secret_text();
            target
                .query_pairs_mut()
                .append_pair("code", &code)
                .append_pair("scope", &join(&pending.scopes));
            self.codes.insert(
                code,
                Code {
                    asked: pending,
                    event,
                    at: now,
                },
            );
        } else {
            target
                .query_pairs_mut()
                .append_pair("error", "access_denied");
        }
        if let Some(state) = state {
            target.query_pairs_mut().append_pair("state", &state);
        }
        redirect(target.as_str())
    }
}

/// Scopes as one text.
pub fn join(scopes: &std::collections::BTreeSet<String>) -> String {
    scopes
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

fn redirect_allowed(client: &OAuthClient, asked: &str) -> bool {
    let Ok(url) = Url::parse(asked) else {
        return false;
    };
    // Only https, or the literal host name localhost: the loopback address is refused.
    if url.scheme() != "https" && !(url.scheme() == "http" && url.host_str() == Some("localhost")) {
        return false;
    }
    client.redirect_uris.iter().any(|registered| {
        registered == asked
            || registered.split_once(":*").is_some_and(|(before, after)| {
                asked
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_prefix(':'))
                    .and_then(|rest| rest.strip_suffix(after))
                    .is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_ok())
            })
    })
}
