//! The page the browser shows when it has come back.

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Done,
    Declined,
    Refused,
    OtherSignIn,
    NotFound,
    BadRequest,
}

impl Page {
    const fn status(self) -> &'static str {
        match self {
            Page::Done | Page::Declined | Page::Refused => "200 OK",
            Page::OtherSignIn | Page::BadRequest => "400 Bad Request",
            Page::NotFound => "404 Not Found",
        }
    }

    fn words(self, whose: &str) -> (String, String) {
        let (title, text) = match self {
            Page::Done => (
                "{whose} is connected",
                "You can close this window and go back to Counterfoil.",
            ),
            Page::Declined => (
                "Access was declined",
                "Nothing was connected. Go back to Counterfoil to try again.",
            ),
            Page::Refused => (
                "{whose} did not allow this",
                "Nothing was connected. Counterfoil shows what {whose} answered and what to do next.",
            ),
            Page::OtherSignIn => (
                "This is not the sign-in in progress",
                "It belongs to an earlier attempt. Go back to Counterfoil and sign in again.",
            ),
            Page::NotFound => ("Nothing here", "Go back to Counterfoil."),
            Page::BadRequest => (
                "This request makes no sense",
                "Go back to Counterfoil and sign in again.",
            ),
        };
        let named = |text: &str| text.replace("{whose}", whose);
        (named(title), named(text))
    }

    /// The whole HTTP response. The page loads nothing and runs nothing.
    pub(super) fn http(self, whose: &str) -> String {
        let (title, text) = self.words(whose);
        let mark = if self == Page::Done {
            "<path d=\"M14 25.5l7 7L35 17\" class=\"line\"/>"
        } else {
            "<path d=\"M24 14v13M24 33.5v.5\" class=\"line\"/>"
        };
        let tone = if self == Page::Done { "good" } else { "note" };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Counterfoil</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <svg class=\"{tone}\" viewBox=\"0 0 48 48\" width=\"56\" height=\"56\" aria-hidden=\"true\">\
             <circle cx=\"24\" cy=\"24\" r=\"23\"/>{mark}</svg>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
        );
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
            self.status(),
            body.len(),
        )
    }
}

const STYLE: &str = ":root{--ground:#f4f5f7;--card:#fff;--ink:#1c2430;--quiet:#566072;--edge:#e1e5eb;--good:#1a7f5a;--note:#9a5b00}\
@media (prefers-color-scheme:dark){:root{--ground:#14181e;--card:#1d232b;--ink:#edf1f6;--quiet:#a5b0bf;--edge:#2e3742;--good:#4cc79a;--note:#f0b04f}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);\
font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",sans-serif}\
main{width:100%;max-width:420px;padding:40px 32px;text-align:center;background:var(--card);border:1px solid var(--edge);\
border-radius:16px;box-shadow:0 12px 32px rgba(10,20,35,.08)}\
svg{display:block;margin:0 auto 20px}\
svg circle{fill:none;stroke:currentColor;stroke-width:2;opacity:.35}\
svg .line{fill:none;stroke:currentColor;stroke-width:3.5;stroke-linecap:round;stroke-linejoin:round}\
.good{color:var(--good)}.note{color:var(--note)}\
h1{margin:0 0 8px;font-size:22px;line-height:1.25;font-weight:650;letter-spacing:-.01em}\
p{margin:0;color:var(--quiet)}";
