//! The consent page and the error page: plain HTML and CSS, no script.

use uuid::Uuid;

/// Text made safe inside HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

const STYLE: &str = "
:root{color-scheme:light dark;--ground:#eef3f6;--card:#fff;--ink:#12303f;--soft:#526a78;--line:#d5e0e6;--accent:#0b6b94;--on:#fff;--mark:#0f7fae}
@media(prefers-color-scheme:dark){:root{--ground:#0d171d;--card:#16242d;--ink:#e6f0f5;--soft:#9fb5c1;--line:#2b3f4b;--accent:#5cc0e8;--on:#062230;--mark:#5cc0e8}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{width:100%;max-width:460px;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:32px;box-shadow:0 10px 30px rgb(0 0 0/.08)}
.brand{display:flex;align-items:center;gap:10px;color:var(--soft);font-size:14px;margin:0 0 20px}
.brand svg{color:var(--mark)}h1{font-size:22px;line-height:1.3;margin:0 0 8px}p{margin:0 0 16px;color:var(--soft)}
.organisation{border:1px solid var(--line);border-radius:10px;padding:12px 16px;margin:0 0 20px}
.organisation span{display:block;font-size:13px;color:var(--soft)}.organisation strong{font-size:17px}
fieldset.organisation legend{font-size:13px;color:var(--soft);padding:0 6px}.organisation label{display:flex;gap:10px;align-items:center;padding:6px 0;cursor:pointer}
h2{font-size:14px;margin:0 0 6px;color:var(--soft);font-weight:600}ul{list-style:none;margin:0 0 22px;padding:0}
li{display:flex;gap:10px;padding:8px 0;border-top:1px solid var(--line)}li:first-child{border-top:0}li svg{flex:none;margin-top:4px;color:var(--mark)}
.actions{display:flex;gap:12px;flex-wrap:wrap}button{font:inherit;font-weight:600;padding:11px 20px;border-radius:9px;border:1px solid var(--line);background:transparent;color:var(--ink);cursor:pointer;flex:1 1 140px}
button#allow{background:var(--accent);border-color:var(--accent);color:var(--on)}button:hover{filter:brightness(1.07)}
button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}small{display:block;margin-top:18px;color:var(--soft)}code{font-size:14px;overflow-wrap:anywhere}
";

const MARK: &str = "<svg width=\"28\" height=\"28\" viewBox=\"0 0 28 28\" aria-hidden=\"true\"><circle cx=\"14\" cy=\"14\" r=\"13\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><path d=\"M8 14h12M14 8v12\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" transform=\"rotate(45 14 14)\"/></svg>";
const TICK: &str = "<svg width=\"16\" height=\"16\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"M3 8.5l3.2 3.2L13 4.8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>";

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>\
         <div class=\"brand\">{MARK}<span>Xero (demo books)</span></div>{body}</main></body></html>\n",
        escape(title)
    )
}

/// The organisations to choose from; the first is chosen already. `several` lets more than one be.
fn choices(organisations: &[(Uuid, String)], several: bool) -> String {
    use std::fmt::Write as _;
    if let [(id, name)] = organisations {
        return format!(
            "<div class=\"organisation\"><span>Organisation</span><strong id=\"organisation\">{}</strong>\
             <input type=\"hidden\" name=\"organisation\" value=\"{id}\"></div>",
            escape(name)
        );
    }
    let (kind, asked) = if several {
        ("checkbox", "Organisations")
    } else {
        ("radio", "Organisation")
    };
    let mut out = format!("<fieldset class=\"organisation\"><legend>{asked}</legend>");
    for (index, (id, name)) in organisations.iter().enumerate() {
        let first = if index == 0 {
            (" checked", " id=\"organisation\"")
        } else {
            ("", "")
        };
        let _ = write!(
            out,
            "<label><input type=\"{kind}\" name=\"organisation\" value=\"{id}\"{}>\
             <strong{}>{}</strong></label>",
            first.0,
            first.1,
            escape(name)
        );
    }
    out + "</fieldset>"
}

/// The question to the person: may this app use this organisation, or these?
pub fn consent(
    app: &str,
    organisations: &[(Uuid, String)],
    several: bool,
    wants: &[&str],
    request: &str,
) -> String {
    use std::fmt::Write as _;
    let mut items = String::new();
    for want in wants {
        let _ = write!(items, "<li>{TICK}<span>{}</span></li>", escape(want));
    }
    let app = escape(app);
    document(
        "Allow access",
        &format!(
            "<h1>{app} wants access to your organisation</h1>\
             <p>You are signed in as the demo user.</p>\
             <form method=\"post\" action=\"/identity/connect/authorize\">{}\
             <h2 id=\"wants\">{app} will be able to</h2><ul aria-labelledby=\"wants\">{items}</ul>\
             <input type=\"hidden\" name=\"request\" value=\"{}\"><div class=\"actions\">\
             <button type=\"submit\" id=\"allow\" name=\"decision\" value=\"allow\">Allow access</button>\
             <button type=\"submit\" id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button>\
             </div></form><small>You can disconnect it at any time under Connected apps.</small>",
            choices(organisations, several),
            escape(request),
        ),
    )
}

/// What Xero shows instead of redirecting when the request itself is wrong.
pub fn error(reason: &str) -> String {
    document(
        "Error",
        &format!(
            "<h1>Sorry, something went wrong</h1><p>Error code: 500</p>\
             <p><code id=\"error\">{}</code></p>\
             <small>Check the client id, the redirect URI and the scopes of the app, then start again from there.</small>",
            escape(reason)
        ),
    )
}
