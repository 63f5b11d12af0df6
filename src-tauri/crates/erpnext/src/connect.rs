//! The first talk with a site: is it ERPNext, which version, who are we, what may we do.

use std::sync::Arc;

use ledger::Currency;
use net::{Clock, Transport};

use crate::client::{Client, Credentials, List};
use crate::error::Error;
use crate::permissions::{self, MissingPermission, Restriction};
use crate::site::SiteUrl;
use crate::version::{OLDEST, Support, Version};

/// Why a site cannot be connected, in words that say what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answers at the address.
    #[error("{host} cannot be reached: {why}. Check the address and your internet connection")]
    Unreachable {
        /// The host.
        host: String,
        /// The operating system's reason.
        why: String,
    },
    /// The certificate is not trusted.
    #[error(
        "{host} does not prove its identity: {why}. If your ERPNext uses a certificate of your own, add it to this computer's trusted certificates"
    )]
    Certificate {
        /// The host.
        host: String,
        /// The reason.
        why: String,
    },
    /// Something answers, but not ERPNext.
    #[error(
        "There is no ERPNext at {host}. Type the address you open ERPNext at, without anything behind the host name ({why})"
    )]
    NotErpnext {
        /// The host.
        host: String,
        /// What came instead.
        why: String,
    },
    /// ERPNext is there but not now.
    #[error("{0}. Try again later")]
    Unavailable(String),
    /// The key or secret is wrong.
    #[error(
        "ERPNext does not accept this API key and secret. In ERPNext open your user's page, Settings > API Access > Generate Keys, and copy both anew (an older secret stops working then)"
    )]
    WrongKey,
    /// The sign-in through the browser is not accepted.
    #[error("ERPNext does not accept this sign-in. Sign in again")]
    SignInEnded,
    /// ERPNext is older than what we can work with.
    #[error("This is ERPNext {0}. Counterfoil needs version {OLDEST} or later")]
    TooOld(u32),
    /// Frappe without ERPNext.
    #[error("The site at {0} runs Frappe but ERPNext is not installed on it")]
    NoErpnextApp(String),
    /// The user may not see any company.
    #[error(
        "The user {user} cannot see any company in ERPNext. Give it the roles Accounts Manager, Sales User and System Manager"
    )]
    NoCompany {
        /// The user.
        user: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(Error),
}

/// A site that answered, and what its user may do there.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its address.
    pub url: SiteUrl,
    /// The user we are there.
    pub user: String,
    /// ERPNext's version.
    pub version: Version,
    /// The companies the user can see.
    pub companies: Vec<Company>,
    /// What is missing for syncing contacts and sales invoices; empty where nothing is.
    pub missing: Vec<MissingPermission>,
    /// What the user is kept from seeing.
    pub restrictions: Vec<Restriction>,
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its name, which is its identity.
    pub name: String,
    /// Its abbreviation, which ends the names of its accounts.
    pub abbreviation: Option<String>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Its country, as an English name.
    pub country: Option<String>,
    /// When it was made, in the site's own words; no two companies of different sites share it.
    pub made: Option<String>,
}

/// Connects: asks who is there, which version, which companies, and what is allowed.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect(
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    url: SiteUrl,
    credentials: impl Into<Credentials>,
) -> Result<(Client, Site), ConnectError> {
    let host = url.host();
    let credentials = credentials.into();
    let refused = match &credentials {
        Credentials::Key(_) => ConnectError::WrongKey,
        Credentials::SignedIn(_) => ConnectError::SignInEnded,
    };
    let client = Client::new(transport, clock, url.clone(), credentials);
    connect_with(client, url, host)
        .await
        .map_err(|error| match error {
            ConnectError::WrongKey => refused,
            other => other,
        })
}

async fn connect_with(
    client: Client,
    url: SiteUrl,
    host: String,
) -> Result<(Client, Site), ConnectError> {
    // Without credentials needed, so that a wrong address is told from a wrong key.
    let pong = client
        .get("/api/method/ping")
        .await
        .map_err(|error| at_first(error, &host))?;
    if pong["message"] != "pong" {
        return Err(ConnectError::NotErpnext {
            host,
            why: net::redact::shorten(&pong.to_string(), 100),
        });
    }
    let user = client
        .get("/api/method/frappe.auth.get_logged_user")
        .await
        .map_err(|error| after_ping(error, &host))?;
    let user = user["message"].as_str().unwrap_or_default().to_owned();
    if user.is_empty() || user == "Guest" {
        return Err(ConnectError::WrongKey);
    }
    let version = version(&client)
        .await
        .map_err(|error| after_ping(error, &host))?
        .ok_or_else(|| ConnectError::NoErpnextApp(host.clone()))?;
    if let Support::TooOld(major) = version.support() {
        return Err(ConnectError::TooOld(major));
    }
    let companies = match companies(&client).await {
        Ok(companies) if !companies.is_empty() => companies,
        Ok(_) | Err(Error::NotAllowed(_)) => return Err(ConnectError::NoCompany { user }),
        Err(error) => return Err(after_ping(error, &host)),
    };
    let missing = permissions::missing(&client)
        .await
        .map_err(|error| after_ping(error, &host))?;
    let restrictions = permissions::restrictions(&client)
        .await
        .map_err(|error| after_ping(error, &host))?;
    let site = Site {
        url,
        user,
        version,
        companies,
        missing,
        restrictions,
    };
    Ok((client, site))
}

fn at_first(error: Error, host: &str) -> ConnectError {
    match error {
        Error::Refused(refusal) => ConnectError::NotErpnext {
            host: host.to_owned(),
            why: refusal.line(),
        },
        // A host that is up but answers ping with a refusal is guarded by something else.
        Error::NotAllowed(why) => ConnectError::NotErpnext {
            host: host.to_owned(),
            why,
        },
        // Frappe checks a token before it runs the method, ping included.
        other => after_ping(other, host),
    }
}

fn after_ping(error: Error, host: &str) -> ConnectError {
    let host = host.to_owned();
    match error {
        Error::Net(net::NetError::NotSent {
            why, certificate, ..
        }) => {
            if certificate {
                ConnectError::Certificate { host, why }
            } else {
                ConnectError::Unreachable { host, why }
            }
        }
        Error::Net(error) => ConnectError::Unreachable {
            host,
            why: error.to_string(),
        },
        Error::SignIn => ConnectError::WrongKey,
        Error::Unavailable(why) => ConnectError::Unavailable(why),
        Error::Garbage { why, status } => ConnectError::NotErpnext {
            host,
            why: if status == 0 {
                why
            } else {
                format!("it answered with status {status}: {why}")
            },
        },
        Error::Unfinished { status, why } => {
            ConnectError::Unavailable(format!("{host} answered with an error ({status} {why})"))
        }
        other => ConnectError::Other(other),
    }
}

/// The version of ERPNext; `None` where only Frappe is installed.
///
/// # Errors
/// See [`Error`]; a site that will not tell is no error.
pub async fn version(client: &Client) -> Result<Option<Version>, Error> {
    match client
        .get("/api/method/frappe.utils.change_log.get_versions")
        .await
    {
        Ok(answer) => Ok(Version::read(&answer["message"])),
        Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(Some(Version::untold())),
        Err(error) => Err(error),
    }
}

/// The major version of ERPNext; 15 where it cannot be told.
pub(crate) async fn major_version(client: &Client) -> Result<u32, Error> {
    let version = version(client).await?;
    Ok(version.and_then(|version| version.major).unwrap_or(15))
}

/// The companies the user can see, by name.
///
/// # Errors
/// See [`Error`].
pub async fn companies(client: &Client) -> Result<Vec<Company>, Error> {
    let rows = client
        .list(&List {
            doctype: "Company",
            parent: None,
            fields: vec!["name", "creation", "abbr", "default_currency", "country"],
            filters: Vec::new(),
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(Company {
                name: row.name("name").ok()?,
                abbreviation: row.text("abbr").ok()?,
                currency: row.currency("default_currency").ok().flatten(),
                country: row.text("country").ok().flatten(),
                made: row.text("creation").ok().flatten(),
            })
        })
        .collect())
}
