//! The first talk with a site: is it ERPNext, which version, who are we, what may we do.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use ledger::Currency;
use net::{Clock, Transport};
use serde_json::{Value, json};

use crate::client::{ApiKey, Client, List, member};
use crate::error::Error;
use crate::site::SiteUrl;
use crate::wire::Row;

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
    /// ERPNext is older than what we can work with.
    #[error("This is ERPNext {0}. Counterfoil needs version 14 or later")]
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

/// A site that answered, and what the key's user may do there.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its address.
    pub url: SiteUrl,
    /// The user the key belongs to.
    pub user: String,
    /// ERPNext's version as it says itself.
    pub version: String,
    /// The companies the user can see.
    pub companies: Vec<Company>,
    /// What is missing for syncing contacts and sales invoices; empty where nothing is.
    pub missing: Vec<MissingPermission>,
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
}

/// Something the key's user may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPermission {
    /// What it concerns.
    pub doctype: &'static str,
    /// `read`, `write`, `create`, `submit`, `cancel`.
    pub permission: &'static str,
    /// A role that includes it.
    pub role: &'static str,
}

/// What is needed, and a standard role of ERPNext that includes it.
const NEEDED: &[(&str, &[&str], &str)] = &[
    ("Customer", &["read", "write", "create"], "Sales User"),
    ("Address", &["read", "write", "create"], "Sales User"),
    ("Contact", &["read", "write", "create"], "Sales User"),
    (
        "Sales Invoice",
        &["read", "write", "create", "submit", "cancel"],
        "Accounts Manager",
    ),
    (
        "Custom Field",
        &["read", "write", "create"],
        "System Manager",
    ),
];

/// Connects: asks who is there, which version, which companies, and what is allowed.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect(
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    url: SiteUrl,
    key: ApiKey,
) -> Result<(Client, Site), ConnectError> {
    let host = url.host();
    let client = Client::new(transport, clock, url.clone(), key);
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
    if let Some(major) = major(&version)
        && major < 14
    {
        return Err(ConnectError::TooOld(major));
    }
    let companies = match companies(&client).await {
        Ok(companies) if !companies.is_empty() => companies,
        Ok(_) | Err(Error::NotAllowed(_)) => return Err(ConnectError::NoCompany { user }),
        Err(error) => return Err(after_ping(error, &host)),
    };
    let missing = missing_permissions(&client)
        .await
        .map_err(|error| after_ping(error, &host))?;
    let site = Site {
        url,
        user,
        version,
        companies,
        missing,
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

/// ERPNext's version as it says itself; `None` where only Frappe is installed.
async fn version(client: &Client) -> Result<Option<String>, Error> {
    let answer = client
        .get("/api/method/frappe.utils.change_log.get_versions")
        .await?;
    Ok(answer["message"]["erpnext"]["version"]
        .as_str()
        .map(str::to_owned))
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The major version of ERPNext; 15 where it cannot be told.
pub(crate) async fn major_version(client: &Client) -> Result<u32, Error> {
    match version(client).await {
        Ok(version) => Ok(version.as_deref().and_then(major).unwrap_or(15)),
        Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(15),
        Err(error) => Err(error),
    }
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
            fields: vec!["name", "abbr", "default_currency", "country"],
            filters: Vec::new(),
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    Ok(rows
        .iter()
        .filter_map(|value| {
            let row = Row::new(value).ok()?;
            Some(Company {
                name: row.name("name").ok()?,
                abbreviation: row.text("abbr").ok()?,
                currency: row.currency("default_currency").ok().flatten(),
                country: row.text("country").ok().flatten(),
            })
        })
        .collect())
}

/// What the key's user may not do of what syncing needs.
///
/// # Errors
/// See [`Error`].
pub async fn missing_permissions(client: &Client) -> Result<Vec<MissingPermission>, Error> {
    // A list, not a lazy iterator: its closures would keep the future from moving between threads.
    let needed: Vec<MissingPermission> = NEEDED
        .iter()
        .flat_map(|(doctype, permissions, role)| {
            permissions.iter().map(|permission| MissingPermission {
                doctype,
                permission,
                role,
            })
        })
        .collect();
    let answers: Vec<(MissingPermission, bool)> = stream::iter(needed)
        .map(|needed: MissingPermission| async move {
            let allowed = is_allowed(client, &needed).await?;
            Ok::<_, Error>((needed, allowed))
        })
        .buffered(4)
        .try_collect()
        .await?;
    Ok(answers
        .into_iter()
        .filter_map(|(needed, allowed)| (!allowed).then_some(needed))
        .collect())
}

async fn is_allowed(client: &Client, needed: &MissingPermission) -> Result<bool, Error> {
    let answer = client
        .ask(
            "frappe.client.has_permission",
            &json!({"doctype": needed.doctype, "docname": "", "perm_type": needed.permission}),
        )
        .await;
    match answer {
        Ok(answer) => Ok(truth(&member(answer, "has_permission"))),
        Err(Error::NotAllowed(_)) => Ok(false),
        // A version that cannot be asked: the first write will tell.
        Err(Error::Refused(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Null => false,
        other => *other != 0,
    }
}
