//! Password sessions, as a browser has them: `POST /api/method/login` sets a `sid` cookie; the
//! desk's page makes the session's CSRF token, and from then on every write has to carry it
//! (recordings 01#24-29 and 19).

use std::collections::HashMap;
use std::fmt::Write as _;

use http::{HeaderMap, Method};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ErpnextWorld;
use super::cell::Doc;
use super::documents::Body;
use super::errors::Refusal;
use super::request::Args;
use super::routes::Answer;
use super::site::Outcome;

/// Where a user's password is kept; no field of the document type, so no answer shows it.
const PASSWORD: &str = "__password";

/// One signed-in browser.
#[derive(Debug, Clone)]
struct Session {
    user: String,
    /// Made when the desk's page is first loaded; until then writes need none.
    csrf: Option<String>,
}

/// Everybody who is signed in with a password, and what the current request has to do with it.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_sid: HashMap<String, Session>,
    count: u64,
    /// The session the current request came with.
    current: Option<String>,
    /// The current request named a session that is no more.
    pub(crate) expired: bool,
    /// `Set-Cookie` headers of the current answer.
    pub(crate) cookies: Vec<String>,
}

pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Hexadecimal SHA-256, cut to the length of Frappe's session ids and tokens.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()[..28]
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl ErpnextWorld {
    /// Who is asking: by the `Authorization` header, else by the session's cookie, else Guest.
    ///
    /// Refuses a wrong key with 401, and a session's write without its CSRF token with 400.
    pub(crate) fn identify(&mut self, headers: &HeaderMap, method: &Method) -> Outcome<String> {
        self.sessions.current = None;
        self.sessions.expired = false;
        self.sessions.cookies.clear();
        if headers.contains_key(http::header::AUTHORIZATION) {
            return self.authenticate(headers);
        }
        let Some(sid) = cookie(headers, "sid").filter(|sid| *sid != "Guest") else {
            return Ok("Guest".to_owned());
        };
        let Some(session) = self.sessions.by_sid.get(sid) else {
            self.sessions.expired = true;
            return Ok("Guest".to_owned());
        };
        let sent = headers
            .get("x-frappe-csrf-token")
            .and_then(|token| token.to_str().ok());
        if let Some(token) = &session.csrf
            && !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
            && sent != Some(token)
        {
            let mut refusal = Refusal::thrown("CSRFTokenError", "Invalid Request", "Message");
            refusal.status = 400;
            refusal.exception = None;
            return Err(Box::new(refusal));
        }
        self.sessions.current = Some(sid.to_owned());
        Ok(session.user.clone())
    }

    /// Keeps the password a user is saved with.
    pub(crate) fn keep_password(&mut self, doc: &mut Doc, body: &Body) {
        let Some(password) = body.get("new_password").and_then(|value| value.as_str()) else {
            return;
        };
        if password.is_empty() {
            return;
        }
        let kept = digest(&[doc.name(), password]);
        doc.set(PASSWORD, kept);
        doc.set("new_password", "");
        self.store.put(doc.clone());
    }

    /// `login`: `usr` and `pwd` of an enabled user.
    pub(crate) fn log_in(&mut self, args: &Args) -> Outcome<Answer> {
        let text = |key: &str| {
            args.get(key)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        let (name, password) = (text("usr"), text("pwd"));
        let refused = |message: &str| {
            let mut refusal = Refusal::unauthenticated();
            refusal.first.push(("message", json!(message)));
            Err(Box::new(refusal))
        };
        let Some(user) = self.store.get("User", name) else {
            return refused("Invalid login credentials");
        };
        if user.int("enabled") != 1 {
            return refused("User disabled or missing");
        }
        let kept = user.text(PASSWORD);
        if kept.is_empty() || kept != digest(&[user.name(), password]) {
            return refused("Invalid login credentials");
        }
        let (name, full) = (user.name().to_owned(), user.text("full_name").to_owned());
        self.sessions.count += 1;
        let sid = digest(&[
            &self.config.seed.to_string(),
            &self.sessions.count.to_string(),
            &name,
        ]);
        self.sessions.cookies = cookies(&sid, "yes", &full, &name);
        let session = Session {
            user: name.clone(),
            csrf: None,
        };
        self.sessions.by_sid.insert(sid, session);
        self.user = name;
        let mut answer = Answer::message(json!("Logged In"));
        answer
            .body
            .insert("home_page".into(), json!(self.release().wording.home()));
        answer.body.insert("full_name".into(), json!(full));
        Ok(answer)
    }

    /// `logout`: the session is worth nothing from now on.
    pub(crate) fn log_out(&mut self) -> Answer {
        if let Some(sid) = self.sessions.current.take() {
            self.sessions.by_sid.remove(&sid);
        }
        "Guest".clone_into(&mut self.user);
        self.sessions.cookies = cookies("Guest", "no", "Guest", "Guest");
        let mut answer = Answer::message(json!("No App"));
        answer.body.insert("home_page".into(), json!("/login"));
        answer.body.insert("full_name".into(), json!("Guest"));
        answer
    }

    /// The desk's page, which tells a browser its CSRF token. Without a session there is none.
    pub(crate) fn desk_page(&mut self) -> Option<String> {
        if self.user == "Guest" {
            return None;
        }
        let token = match self.sessions.current.clone() {
            Some(sid) => {
                let made = digest(&["csrf", &sid]);
                let session = self.sessions.by_sid.get_mut(&sid)?;
                session.csrf.get_or_insert(made).clone()
            }
            None => String::from("None"),
        };
        Some(format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Frappe</title></head>\n<body>\n<script>frappe.csrf_token = \"{token}\";</script>\n</body>\n</html>\n"
        ))
    }
}

fn cookies(sid: &str, system: &str, full: &str, user: &str) -> Vec<String> {
    let encoded = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    vec![
        format!("sid={sid}; Max-Age=612000; HttpOnly; Path=/; SameSite=Lax"),
        format!("system_user={system}; Path=/; SameSite=Lax"),
        format!("full_name={}; Path=/; SameSite=Lax", encoded(full)),
        format!("user_id={}; Path=/; SameSite=Lax", encoded(user)),
        "user_image=; Path=/; SameSite=Lax".to_owned(),
    ]
}
