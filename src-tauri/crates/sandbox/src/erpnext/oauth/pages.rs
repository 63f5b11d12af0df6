//! The log-in and consent pages. They load nothing and run nothing.

use std::fmt::Write as _;

use super::super::install::{API_USER, DEMO_PASSWORD};

const STYLE: &str = "*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:#f4f5f6;color:#1f272e;font:15px/1.5 system-ui,sans-serif}main{width:100%;max-width:400px;padding:32px;background:#fff;border:1px solid #e2e6e9;border-radius:12px}h1{margin:0 0 4px;font-size:19px}p{margin:0 0 16px;color:#525a62}label{display:block;margin:12px 0 4px;color:#525a62}input{width:100%;padding:8px 10px;border:1px solid #98a1a9;border-radius:8px;font:inherit}.actions{display:flex;gap:10px;margin-top:20px}.button{flex:1;padding:9px;border:1px solid #98a1a9;border-radius:8px;background:#fff;color:#1f272e;font:inherit;text-align:center;text-decoration:none;cursor:pointer}.button:focus-visible,input:focus-visible{outline:3px solid #2490ef;outline-offset:1px}.main{background:#171717;border-color:#171717;color:#fff}small{display:block;margin-top:18px;color:#525a62}.bad{color:#b52a2a}";

/// Text inside HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}\
         <small>ERPNext (demo books)</small></main></body></html>\n"
    )
}

/// The log-in page, filled in for the demo user.
pub(super) fn login(redirect_to: &str, failed: bool) -> String {
    let note = if failed {
        "<p class=\"bad\" role=\"alert\">Invalid login credentials</p>"
    } else {
        "<p>The demo user is filled in.</p>"
    };
    page(
        "Login",
        &format!(
            "<h1>Login to ERPNext</h1>{note}<form method=\"post\" action=\"/login\">\
             <input type=\"hidden\" name=\"redirect-to\" value=\"{}\">\
             <label for=\"usr\">Email</label><input id=\"usr\" name=\"usr\" value=\"{API_USER}\" autocomplete=\"username\">\
             <label for=\"pwd\">Password</label><input id=\"pwd\" name=\"pwd\" type=\"password\" value=\"{DEMO_PASSWORD}\" autocomplete=\"current-password\">\
             <div class=\"actions\"><button class=\"button main\" id=\"login\">Login</button></div></form>",
            escape(redirect_to)
        ),
    )
}

/// The question to the person: may this app act for them?
pub(super) fn consent(app: &str, user: &str, scopes: &str, allow: &str, deny: &str) -> String {
    let mut items = String::new();
    for scope in scopes.split(' ') {
        let words = match scope {
            "openid" => "Full Name, Email, User Image, Roles",
            "all" => "All",
            other => other,
        };
        // Writing to a string cannot fail.
        let _ = write!(items, "<li>{}</li>", escape(words));
    }
    page(
        "Confirm Access",
        &format!(
            "<h1>{}</h1><p>wants to access the following details from your account ({})</p>\
             <ul>{items}</ul><div class=\"actions\">\
             <a class=\"button\" id=\"deny\" href=\"{}\">Deny</a>\
             <a class=\"button main\" id=\"allow\" href=\"{}\">Allow</a></div>",
            escape(app),
            escape(user),
            escape(deny),
            escape(allow)
        ),
    )
}
