//! Where Xero is.

use net::client::is_loopback;
use url::Url;

use super::AuthError;
use super::tokens::ACCESS_MINUTES;

/// The addresses of Xero's identity server and API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where a person consents.
    pub authorize: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token: Url,
    /// Where a refresh token is revoked.
    pub revoke: Url,
    /// The root below which `connections` and `api.xro/2.0/` lie; ends in a slash.
    pub api: Url,
}

impl Endpoints {
    /// The real addresses, or others where given: `api_url` and `identity_url` are roots such as
    /// `http://localhost:8080`.
    ///
    /// # Errors
    /// [`AuthError::NotLoopback`] where a given address is not on this machine, so that no setting
    /// can send a customer's tokens elsewhere.
    pub fn new(api_url: Option<&str>, identity_url: Option<&str>) -> Result<Self, AuthError> {
        let api = match api_url {
            Some(root) => root_on_this_machine(root)?,
            None => fixed("https://api.xero.com/")?,
        };
        match identity_url {
            Some(root) => {
                let root = root_on_this_machine(root)?;
                let below = |path: &str| {
                    root.join(path)
                        .map_err(|_| AuthError::NotLoopback(root.to_string()))
                };
                Ok(Self {
                    authorize: below("identity/connect/authorize")?,
                    token: below("connect/token")?,
                    revoke: below("connect/revocation")?,
                    api,
                })
            }
            None => Ok(Self {
                authorize: fixed("https://login.xero.com/identity/connect/authorize")?,
                token: fixed("https://identity.xero.com/connect/token")?,
                revoke: fixed("https://identity.xero.com/connect/revocation")?,
                api,
            }),
        }
    }

    /// Whether these are the real addresses.
    pub fn is_real(&self) -> bool {
        self.api.host_str() == Some("api.xero.com")
    }
}

impl oauth::Provider for Endpoints {
    fn name(&self) -> &'static str {
        "Xero"
    }

    fn authorize(&self) -> &Url {
        &self.authorize
    }

    fn token(&self) -> &Url {
        &self.token
    }

    fn revoke(&self) -> &Url {
        &self.revoke
    }

    fn access_lives(&self) -> chrono::Duration {
        chrono::Duration::minutes(ACCESS_MINUTES)
    }

    fn ended(&self) -> &'static str {
        "Xero no longer accepts the stored sign-in (it was unused for 60 days, revoked, or replaced \
         elsewhere)"
    }
}

fn fixed(address: &str) -> Result<Url, AuthError> {
    Url::parse(address).map_err(|_| AuthError::NotLoopback(address.to_owned()))
}

fn root_on_this_machine(root: &str) -> Result<Url, AuthError> {
    let refused = || AuthError::NotLoopback(root.to_owned());
    let slashed = format!("{}/", root.trim().trim_end_matches('/'));
    let url = Url::parse(&slashed).map_err(|_| refused())?;
    if is_loopback(&url) && matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_real_addresses_are_the_default() {
        let real = Endpoints::new(None, None).unwrap();
        assert_eq!(
            real.authorize.as_str(),
            "https://login.xero.com/identity/connect/authorize"
        );
        assert_eq!(real.api.as_str(), "https://api.xero.com/");
        assert!(real.is_real());
    }

    #[test]
    fn others_are_accepted_on_this_machine_only() {
        let test = Endpoints::new(
            Some("http://localhost:4010"),
            Some("http://127.0.0.1:4011/"),
        )
        .unwrap();
        assert_eq!(test.api.as_str(), "http://localhost:4010/");
        assert_eq!(test.token.as_str(), "http://127.0.0.1:4011/connect/token");
        assert!(!test.is_real());
        for elsewhere in [
            "https://xero.example",
            "http://localhost.example",
            "ftp://localhost",
            "",
        ] {
            assert!(matches!(
                Endpoints::new(None, Some(elsewhere)),
                Err(AuthError::NotLoopback(_))
            ));
            assert!(matches!(
                Endpoints::new(Some(elsewhere), None),
                Err(AuthError::NotLoopback(_))
            ));
        }
    }
}
