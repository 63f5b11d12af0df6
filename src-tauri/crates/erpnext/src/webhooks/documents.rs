//! The Webhook documents that are ours.

use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::plan::{self, Hook};
use crate::client::{Client, List};
use crate::error::Error;
use crate::{connect, site};

/// The DocType.
const WEBHOOK: &str = "Webhook";

/// How long the site waits for us, in seconds. A slow receiver holds up its one worker.
const TIMEOUT: u32 = 5;

/// Where deliveries are to go.
#[derive(Debug, Clone)]
pub struct Receiver {
    url: Url,
    secret: SecretString,
    installation: String,
    company: String,
}

/// A receiver cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReceiver {
    /// Not an address that a site can call.
    #[error(
        "{0} is not an address ERPNext can call; it has to begin with https:// (or http:// on the same computer)"
    )]
    Address(String),
    /// The installation's mark has other characters than small letters, digits and dashes.
    #[error("\"{0}\" cannot mark webhooks as ours")]
    Mark(String),
}

impl Receiver {
    /// A receiver at an address, for one company's documents. `installation` marks the documents as
    /// one installation's, so that two of them on one site leave each other's alone: small letters,
    /// digits and dashes, at most 40.
    ///
    /// # Errors
    /// [`BadReceiver`]
    pub fn new(
        url: &str,
        secret: SecretString,
        installation: &str,
        company: &str,
    ) -> Result<Self, BadReceiver> {
        let bad_address = || BadReceiver::Address(net::redact::url(url));
        let parsed = Url::parse(url).map_err(|_| bad_address())?;
        let protected = parsed.scheme() == "https"
            || (parsed.scheme() == "http" && net::client::is_loopback(&parsed));
        if !protected || !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(bad_address());
        }
        if !is_mark(installation) {
            return Err(BadReceiver::Mark(installation.to_owned()));
        }
        Ok(Self {
            url: parsed,
            secret,
            installation: installation.to_owned(),
            company: company.to_owned(),
        })
    }

    /// The document as it has to be, secret included.
    fn document(&self, hook: &Hook) -> Value {
        let (doctype, subject) = hook.about.expressions();
        let event = hook.about.told(hook.event);
        let mut document = json!({
            "name": name(&self.installation, hook),
            "webhook_doctype": hook.doctype,
            "webhook_docevent": hook.event,
            "enabled": 1,
            "request_url": self.url.as_str(),
            "request_method": "POST",
            "timeout": TIMEOUT,
            "request_structure": "JSON",
            // The site reads it as JSON after rendering, so names are written by its own filter.
            "webhook_json": format!(
                r#"{{"doctype": {{{{ {doctype} | tojson }}}}, "name": {{{{ {subject} | tojson }}}}, "modified": "{{{{ doc.modified }}}}", "event": "{event}"}}"#
            ),
            "condition": "",
            "enable_security": 1,
            "webhook_secret": self.secret.expose_secret(),
            // Without this row a delivery has no Content-Type at all [11#47].
            "webhook_headers": [{"key": "Content-Type", "value": "application/json"}],
        });
        // JSON's spelling of a text is one of Python's. Customers and versions belong to no company.
        let company = (!matches!(hook.doctype, "Customer" | "Version"))
            .then(|| format!("doc.company == {}", json!(self.company)));
        let conditions: Vec<String> = company
            .into_iter()
            .chain(hook.about.condition().map(str::to_owned))
            .collect();
        document["condition"] = json!(conditions.join(" and "));
        document
    }
}

fn is_mark(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn prefix(installation: &str) -> String {
    format!("Counterfoil {installation}: ")
}

fn name(installation: &str, hook: &Hook) -> String {
    format!("{}{} {}", prefix(installation), hook.doctype, hook.event)
}

/// What was done to one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Made,
    /// It was not as it has to be, or has the new secret now.
    Repaired,
    /// It is as it has to be.
    Kept,
    /// It is not wanted on this version any more, and gone.
    Removed,
}

/// One of our documents on the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// The DocType it is about.
    pub doctype: String,
    /// The event.
    pub event: String,
    /// Where it sends to.
    pub url: String,
    /// Whether it sends.
    pub enabled: bool,
}

/// Makes what is missing, repairs what was changed, and takes away what this version of ERPNext is not
/// to have (a site may have been upgraded since). The site never shows a secret, so a new one has to
/// be said to be new.
///
/// # Errors
/// See [`Error`]; without the role System Manager it is [`Error::NotAllowed`].
pub async fn install(
    client: &Client,
    receiver: &Receiver,
    new_secret: bool,
) -> Result<Vec<(String, Outcome)>, Error> {
    let version = connect::version(client).await?;
    let hooks = plan::wanted(version.and_then(|version| version.major));
    let mut done = Vec::with_capacity(hooks.len());
    // First what does harm.
    for hook in list(client, &receiver.installation).await? {
        let wanted = hooks
            .iter()
            .any(|wanted| hook.name == name(&receiver.installation, wanted));
        if !wanted {
            take_away(client, &hook).await?;
            done.push((hook.name, Outcome::Removed));
        }
    }
    for hook in hooks {
        let wanted = receiver.document(hook);
        let name = name(&receiver.installation, hook);
        let outcome = match client.document(WEBHOOK, &name).await? {
            None => {
                let path = site::doctype(WEBHOOK);
                client.write(Method::POST, &path, &wanted).await?;
                Outcome::Made
            }
            Some(found) if new_secret || !is_as_wanted(&found, &wanted) => {
                let path = site::document(WEBHOOK, &name);
                client.write(Method::PUT, &path, &wanted).await?;
                Outcome::Repaired
            }
            Some(_) => Outcome::Kept,
        };
        done.push((name, outcome));
    }
    Ok(done)
}

fn is_as_wanted(found: &Value, wanted: &Value) -> bool {
    let Some(wanted) = wanted.as_object() else {
        return false;
    };
    wanted.iter().all(|(field, value)| match field.as_str() {
        "webhook_secret" => true,
        "webhook_headers" => pairs(&found[field]) == pairs(value),
        // Empty texts are left out of answers.
        _ => found[field] == *value || (found[field].is_null() && *value == json!("")),
    })
}

/// The headers of a document, without what the site adds to each row.
fn pairs(headers: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    headers
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|row| (text(row, "key"), text(row, "value")))
        .collect()
}

/// An installation's documents on the site, by name.
///
/// # Errors
/// See [`Error`].
pub async fn list(client: &Client, installation: &str) -> Result<Vec<Installed>, Error> {
    let prefix = prefix(installation);
    let rows = client
        .list(&List {
            doctype: WEBHOOK,
            parent: None,
            fields: vec![
                "name",
                "webhook_doctype",
                "webhook_docevent",
                "request_url",
                "enabled",
            ],
            filters: vec![json!(["name", "like", format!("{prefix}%")])],
            order_by: "name asc",
            limit: 0,
        })
        .await?
        .to_values();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .map(|row| Installed {
            name: text(row, "name"),
            doctype: text(row, "webhook_doctype"),
            event: text(row, "webhook_docevent"),
            url: text(row, "request_url"),
            enabled: row["enabled"] == 1,
        })
        // The database compares without case, and takes some characters for any.
        .filter(|hook| hook.name.starts_with(&prefix))
        .collect())
}

/// Takes an installation's documents away; answers how many there were.
///
/// # Errors
/// See [`Error`].
pub async fn remove(client: &Client, installation: &str) -> Result<usize, Error> {
    let ours = list(client, installation).await?;
    // All of them are silent before the first is gone.
    for hook in &ours {
        disable(client, hook).await?;
    }
    for hook in &ours {
        delete(client, hook).await?;
    }
    Ok(ours.len())
}

async fn take_away(client: &Client, hook: &Installed) -> Result<(), Error> {
    disable(client, hook).await?;
    delete(client, hook).await
}

async fn disable(client: &Client, hook: &Installed) -> Result<(), Error> {
    if hook.enabled {
        let path = site::document(WEBHOOK, &hook.name);
        let off = json!({"enabled": 0});
        client.write(Method::PUT, &path, &off).await?;
    }
    Ok(())
}

async fn delete(client: &Client, hook: &Installed) -> Result<(), Error> {
    let path = site::document(WEBHOOK, &hook.name);
    client.write(Method::DELETE, &path, &Value::Null).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn receiver(url: &str, mark: &str) -> Result<Receiver, BadReceiver> {
        let secret = SecretString::from("s".to_owned());
        Receiver::new(url, secret, mark, "Ben & \"Sons\"' Ltd")
    }

    #[test]
    fn receivers_that_a_site_can_call_and_others() {
        for url in [
            "https://hooks.acme.test/erpnext?x=1",
            "http://127.0.0.1:8080/in",
        ] {
            assert!(receiver(url, "a-1").is_ok(), "{url}");
        }
        for url in [
            "",
            "hooks.acme.test",
            "http://hooks.acme.test/",
            "ftp://127.0.0.1/",
            "https://me:pw@acme.test/",
        ] {
            assert!(
                matches!(receiver(url, "a-1"), Err(BadReceiver::Address(_))),
                "{url}"
            );
        }
        for mark in ["", "A", "a b", "a%", "ü", &"a".repeat(41)] {
            assert!(
                matches!(receiver("https://a.test", mark), Err(BadReceiver::Mark(_))),
                "{mark}"
            );
        }
    }

    fn hook(version: Option<u32>, doctype: &str, event: &str) -> Hook {
        let hooks = plan::wanted(version);
        *hooks
            .iter()
            .find(|hook| hook.doctype == doctype && hook.event == event)
            .unwrap()
    }

    #[test]
    fn what_tells_of_others_names_them() {
        let receiver = receiver("https://a.test/in", "one").unwrap();
        let company = r#"doc.company == "Ben & \"Sons\"' Ltd""#;
        let version = receiver.document(&hook(Some(16), "Version", "after_insert"));
        assert_eq!(
            version["condition"],
            r#"doc.ref_doctype in ("Sales Invoice", "Payment Entry")"#
        );
        assert_eq!(
            version["webhook_json"],
            r#"{"doctype": {{ doc.ref_doctype | tojson }}, "name": {{ doc.docname | tojson }}, "modified": "{{ doc.modified }}", "event": "edited"}"#
        );
        let ledger = receiver.document(&hook(Some(16), "Payment Ledger Entry", "after_insert"));
        assert_eq!(
            ledger["condition"],
            format!(
                r#"{company} and doc.against_voucher_type in ("Sales Invoice", "Payment Entry") and doc.against_voucher_no != doc.voucher_no"#
            )
        );
        let customer = receiver.document(&hook(Some(16), "Customer", "on_update"));
        assert_eq!(customer["condition"], "");
    }

    #[test]
    fn what_a_document_holds() {
        let document = receiver("https://a.test/in", "one")
            .unwrap()
            .document(&hook(Some(15), "Sales Invoice", "on_change"));
        assert_eq!(document["name"], "Counterfoil one: Sales Invoice on_change");
        assert_eq!(
            document["condition"],
            r#"doc.company == "Ben & \"Sons\"' Ltd""#
        );
        assert_eq!(
            document["webhook_json"],
            r#"{"doctype": {{ doc.doctype | tojson }}, "name": {{ doc.name | tojson }}, "modified": "{{ doc.modified }}", "event": "on_change"}"#
        );
        let mut found = document.clone();
        found["webhook_secret"] = json!("*");
        found["webhook_headers"][0]["idx"] = json!(1);
        found["owner"] = json!("somebody");
        assert!(is_as_wanted(&found, &document));
        for (field, value) in [
            ("enabled", json!(0)),
            ("request_url", json!("https://b.test/in")),
            ("condition", Value::Null),
            ("webhook_headers", json!([])),
            ("enable_security", json!(0)),
        ] {
            let mut changed = found.clone();
            changed[field] = value;
            assert!(!is_as_wanted(&changed, &document), "{field}");
        }
    }
}
