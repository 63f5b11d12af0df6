//! Where a site's real-time server is, and under which name it knows the site.

use http::{Method, header};
use net::Transport;
use url::Url;

use crate::site::SiteUrl;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and port of the real-time server, without a slash at the end.
    pub url: String,
    /// The site's name, which is the socket.io namespace.
    pub site: String,
    /// Whether the site said its name itself. Only then the server is told it: a server that is
    /// told a wrong name believes it, lets us in, and never says a word (observed on Frappe 15.75).
    pub named: bool,
}

/// The real-time server was not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "ERPNext's real-time server answers neither at {first} nor at {second}. Changes are found by asking in turns instead; if this site is yours to set up, let its web server pass /socket.io on"
)]
pub struct NoAddress {
    /// The site's own address, where a web server in front of ERPNext passes it on.
    pub first: String,
    /// The port of its own, which a site in development opens.
    pub second: String,
}

/// The port that bench gives the real-time server unless told otherwise.
const USUAL_PORT: u16 = 9000;

/// Finds a site's real-time server. Behind a web server it has the site's own address; a site in
/// development opens a port of its own, which its pages name.
///
/// The sign-in page, which needs no sign-in, carries `frappe.boot.sitename`,
/// `window.socketio_port` and `window.dev_server` (observed on Frappe 15.75; the browser goes by
/// the same three). Where it does not, the site's name is taken to be its host's.
///
/// # Errors
/// [`NoAddress`] where neither place answers as Engine.IO does.
pub async fn find(transport: &dyn Transport, site: &SiteUrl) -> Result<Address, NoAddress> {
    let page = get(transport, &format!("{site}/login")).await;
    let told = page.as_deref().map(Told::read).unwrap_or_default();
    let host = host(site);
    let own = site.as_str().to_owned();
    let other = format!("{}:{}", without_port(site), told.port.unwrap_or(USUAL_PORT));
    let (first, second) = if told.development {
        (other, own)
    } else {
        (own, other)
    };
    for url in [&first, &second] {
        let greeting = get(
            transport,
            &format!("{url}/socket.io/?EIO=4&transport=polling"),
        )
        .await;
        // Engine.IO opens with `0{"sid":…}`; a site without it answers with a page.
        if greeting.is_some_and(|text| text.starts_with("0{")) {
            return Ok(Address {
                url: url.clone(),
                named: told.site.is_some(),
                site: told.site.unwrap_or(host),
            });
        }
    }
    Err(NoAddress { first, second })
}

/// What a page of the site says about it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    site: Option<String>,
    port: Option<u16>,
    development: bool,
}

impl Told {
    fn read(page: &str) -> Self {
        let after = |mark: &str| {
            let (_, rest) = page.split_once(mark)?;
            let rest = rest.trim_start();
            rest.strip_prefix([':', '=']).map(str::trim_start)
        };
        let number = |mark: &str| {
            let rest = after(mark)?.trim_start_matches('"');
            let end = rest
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..end].parse::<u16>().ok()
        };
        let site = after("\"sitename\"")
            .and_then(|rest| rest.strip_prefix('"')?.split_once('"'))
            .map(|(site, _)| site.to_owned())
            .filter(|site| is_site_name(site));
        Self {
            site,
            port: number("window.socketio_port").filter(|port| *port != 0),
            development: number("window.dev_server").is_some_and(|flag| flag != 0),
        }
    }
}

/// Whether a name can be a site's: they are directories, named as hosts are.
fn is_site_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn parsed(site: &SiteUrl) -> Option<Url> {
    Url::parse(site.as_str()).ok()
}

fn host(site: &SiteUrl) -> String {
    parsed(site)
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

fn without_port(site: &SiteUrl) -> String {
    let scheme = parsed(site).map_or_else(|| "https".to_owned(), |url| url.scheme().to_owned());
    format!("{scheme}://{}", host(site))
}

/// A page, where one comes.
async fn get(transport: &dyn Transport, address: &str) -> Option<String> {
    let request = http::Request::builder()
        .method(Method::GET)
        .uri(address)
        .header(header::ACCEPT, "text/html,*/*")
        .body(bytes::Bytes::new())
        .ok()?;
    let answer = transport.send(request).await.ok()?;
    answer
        .status()
        .is_success()
        .then(|| String::from_utf8_lossy(answer.body()).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashMap;

    use async_trait::async_trait;
    use bytes::Bytes;
    use net::{NetError, Request, Response};

    const GREETING: &str = r#"0{"sid":"x","upgrades":["websocket"],"pingInterval":25000}"#;
    const PAGE: &str = r#"<script>
        window.socketio_port = 19000;
        window.dev_server = 0;
        frappe.boot = {"lang": "en", "sitename": "acme.frappe.cloud", "time_zone": {}};</script>"#;

    /// Answers each address with its text, 404 otherwise.
    struct Pages(HashMap<String, String>);

    #[async_trait]
    impl Transport for Pages {
        async fn send(&self, request: Request) -> Result<Response, NetError> {
            let text = self.0.get(&request.uri().to_string());
            let mut response = Response::new(Bytes::from(text.cloned().unwrap_or_default()));
            *response.status_mut() = if text.is_some() {
                http::StatusCode::OK
            } else {
                http::StatusCode::NOT_FOUND
            };
            Ok(response)
        }
    }

    async fn found(site: &str, pages: &[(&str, &str)]) -> Result<Address, NoAddress> {
        let pages = pages
            .iter()
            .map(|(url, text)| ((*url).to_owned(), (*text).to_owned()))
            .collect();
        find(&Pages(pages), &SiteUrl::parse(site).unwrap()).await
    }

    #[tokio::test]
    async fn the_sites_own_address_comes_first_then_the_port_its_pages_name() {
        let polling = |base: &str| format!("{base}/socket.io/?EIO=4&transport=polling");
        let own = polling("https://erp.acme.test");
        let address = |url: &str, site: &str| {
            Ok(Address {
                url: url.to_owned(),
                site: site.to_owned(),
                named: site == "acme.frappe.cloud",
            })
        };
        let login = "https://erp.acme.test/login";
        let both = polling("https://erp.acme.test:19000");
        assert_eq!(
            found(
                "erp.acme.test",
                &[(login, PAGE), (&own, GREETING), (&both, GREETING)]
            )
            .await,
            address("https://erp.acme.test", "acme.frappe.cloud")
        );
        assert_eq!(
            found("erp.acme.test", &[(login, "<html>"), (&own, GREETING)]).await,
            address("https://erp.acme.test", "erp.acme.test")
        );
        let port = polling("http://localhost:19000");
        let page = "http://localhost:8080/login";
        assert_eq!(
            found(
                "localhost:8080",
                &[
                    (page, PAGE),
                    (
                        "http://localhost:8080/socket.io/?EIO=4&transport=polling",
                        "<html>"
                    ),
                    (&port, GREETING)
                ]
            )
            .await,
            address("http://localhost:19000", "acme.frappe.cloud")
        );
        let development = PAGE.replace("dev_server = 0", "dev_server = 1");
        assert_eq!(
            found(
                "erp.acme.test",
                &[(login, &development), (&own, GREETING), (&both, GREETING)]
            )
            .await,
            address("https://erp.acme.test:19000", "acme.frappe.cloud")
        );
        let error = found("erp.acme.test", &[]).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "ERPNext's real-time server answers neither at https://erp.acme.test nor at https://erp.acme.test:9000. Changes are found by asking in turns instead; if this site is yours to set up, let its web server pass /socket.io on"
        );
    }

    #[test]
    fn pages_that_say_nothing_of_use() {
        for page in [
            "",
            "\"sitename\"",
            "\"sitename\": \"",
            "\"sitename\": \"a/b,c\"",
            "\"sitename\": \"\"",
            "window.socketio_port = 0;",
            "window.socketio_port = 99999;",
            "window.socketio_port = x;",
            "window.dev_server = ;",
        ] {
            assert_eq!(Told::read(page), Told::default(), "{page}");
        }
    }
}
