//! The address of a site, as a person types it.

use std::fmt;

use url::Url;

/// The address of an ERPNext site: scheme, host and port, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteUrl(Url);

/// What a person typed is not the address of a site. The messages say what to type instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Nothing was typed.
    #[error("Type the address you open ERPNext at, for example https://acme.erpnext.com")]
    Empty,
    /// It cannot be read as an address.
    #[error(
        "\"{0}\" is not a web address. Type the address you open ERPNext at, for example https://acme.erpnext.com"
    )]
    NotAnAddress(String),
    /// Plain http to another machine would send the API secret in the clear.
    #[error(
        "http:// would send your API secret unprotected. Use https://{0} (plain http is accepted only for a site on this computer)"
    )]
    NotProtected(String),
    /// A user name or password in the address.
    #[error("Leave user name and password out of the address")]
    HoldsPassword,
}

impl SiteUrl {
    /// Reads what a person typed: adds `https://` where no scheme was given (`http://` for this
    /// computer), and drops path, query and fragment, since people paste what is in their browser.
    ///
    /// # Errors
    /// [`BadAddress`], with what to type instead.
    pub fn parse(typed: &str) -> Result<Self, BadAddress> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(BadAddress::Empty);
        }
        let not_an_address = || BadAddress::NotAnAddress(typed.to_owned());
        let lower = typed.to_ascii_lowercase();
        let mut url = if lower.starts_with("http://") || lower.starts_with("https://") {
            Url::parse(typed)
        } else if typed.contains("://") {
            return Err(not_an_address());
        } else {
            Url::parse(&format!("https://{typed}"))
        }
        .map_err(|_| not_an_address())?;
        let host = url.host_str().ok_or_else(not_an_address)?.to_owned();
        if host.contains(' ') || host.is_empty() {
            return Err(not_an_address());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::HoldsPassword);
        }
        let loopback = net::client::is_loopback(&url);
        if !lower.starts_with("http") && loopback {
            url.set_scheme("http").map_err(|()| not_an_address())?;
        }
        if url.scheme() == "http" && !loopback {
            return Err(BadAddress::NotProtected(match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host,
            }));
        }
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The absolute address of an API path, which is percent-encoded already and starts with `/`.
    ///
    /// # Errors
    /// Where the path does not lead to this site.
    pub fn join(&self, path: &str) -> Result<Url, url::ParseError> {
        self.0.join(path)
    }

    /// The host, with the port where one was given.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The address without a trailing slash, as it is shown and stored.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

impl fmt::Display for SiteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Percent-encodes one path segment. Document names may hold `/ ' " % # ?` and blanks, and ERPNext
/// takes them as one encoded segment (`%2F` included; observed on ERPNext 15).
pub fn segment(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    encoded
}

/// The path of one document in the version 1 API.
pub fn document(doctype: &str, name: &str) -> String {
    format!("/api/resource/{}/{}", segment(doctype), segment(name))
}

/// The path of a DocType in the version 1 API.
pub fn doctype(doctype: &str) -> String {
    format!("/api/resource/{}", segment(doctype))
}

/// The path of a DocType in the version 2 API, which honours a name chosen by the client
/// (version 15 and later).
pub fn doctype_v2(doctype: &str) -> String {
    format!("/api/v2/document/{}", segment(doctype))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_as_people_type_them() {
        for (typed, site) in [
            ("acme.erpnext.com", "https://acme.erpnext.com"),
            (
                "  https://acme.erpnext.com/app/home?x=1#y ",
                "https://acme.erpnext.com",
            ),
            ("HTTPS://ACME.erpnext.com", "https://acme.erpnext.com"),
            ("localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:8000/login", "http://127.0.0.1:8000"),
            ("erp.acme.test:8443/desk", "https://erp.acme.test:8443"),
        ] {
            assert_eq!(SiteUrl::parse(typed).unwrap().as_str(), site, "{typed}");
        }
    }

    #[test]
    fn addresses_that_are_refused() {
        assert_eq!(SiteUrl::parse(" "), Err(BadAddress::Empty));
        assert_eq!(
            SiteUrl::parse("http://acme.erpnext.com"),
            Err(BadAddress::NotProtected("acme.erpnext.com".into()))
        );
        assert_eq!(
            SiteUrl::parse("https://me:secret@acme.test"),
            Err(BadAddress::HoldsPassword)
        );
        assert!(matches!(
            SiteUrl::parse("ftp://acme.test"),
            Err(BadAddress::NotAnAddress(_))
        ));
        assert!(matches!(
            SiteUrl::parse("our erp"),
            Err(BadAddress::NotAnAddress(_))
        ));
    }

    #[test]
    fn names_become_one_segment() {
        assert_eq!(
            document("Sales Invoice", "A/B 'x' %#?é"),
            "/api/resource/Sales%20Invoice/A%2FB%20%27x%27%20%25%23%3F%C3%A9"
        );
        let site = SiteUrl::parse("https://acme.test").unwrap();
        assert_eq!(
            site.join(&document("Customer", "A/B")).unwrap().as_str(),
            "https://acme.test/api/resource/Customer/A%2FB",
        );
    }
}
