//! One delivery: whether it is the site's, and what it says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;

use super::plan;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "X-Frappe-Webhook-Signature";

/// The largest body taken, in bytes: ours hold four short texts.
const LARGEST: usize = 16 * 1024;

/// The longest name, in characters; Frappe's have 140.
const LONGEST_NAME: usize = 255;

/// A delivery is not the site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No signature.
    #[error("the delivery is not signed")]
    NotSigned,
    /// A signature of another secret or another body.
    #[error("the delivery's signature is wrong")]
    WrongSignature,
}

/// A delivery is signed rightly and says nothing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the delivery cannot be read: {0}")]
pub struct Malformed(String);

/// What a delivery says: there is something to read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    /// The DocType.
    pub doctype: String,
    /// The document's name.
    pub name: String,
    /// The `modified` at that moment, in the site's local time, of the document or of the entry that
    /// was made about it.
    pub modified: String,
    /// The event: `after_insert`, `on_change`, `on_update`, `on_cancel` or `on_trash`; `edited` after it
    /// was submitted; `settled` where something was set against it, `released` where it was taken off.
    pub event: String,
}

/// Checks a delivery's signature: base64 of the HMAC-SHA256 of the raw body, by constant-time
/// comparison.
///
/// # Errors
/// [`Unverified`]; answer such a delivery with 401 and forget it.
pub fn verify(
    secret: &SecretString,
    signature: Option<&str>,
    body: &[u8],
) -> Result<(), Unverified> {
    let signature = signature.ok_or(Unverified::NotSigned)?;
    let signature = STANDARD
        .decode(signature.trim())
        .map_err(|_| Unverified::WrongSignature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Unverified::WrongSignature)?;
    mac.update(body);
    mac.verify_slice(&signature)
        .map_err(|_| Unverified::WrongSignature)
}

/// Reads a verified delivery.
///
/// # Errors
/// [`Malformed`] where it is not one of those that [`super::install`] asked for.
pub fn read(body: &[u8]) -> Result<Delivery, Malformed> {
    let bad = |why: &str| Malformed(why.to_owned());
    if body.len() > LARGEST {
        return Err(bad("it is too large"));
    }
    let delivery: Delivery =
        serde_json::from_slice(body).map_err(|error| Malformed(error.to_string()))?;
    if !plan::may_say(&delivery.doctype, &delivery.event) {
        return Err(bad("nobody asked for it"));
    }
    if delivery.name.is_empty() || delivery.name.chars().count() > LONGEST_NAME {
        return Err(bad("it names no document"));
    }
    Ok(delivery)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A delivery of a real site: recording 11, exchange 17, and its signature.
    const BODY: &str = r#"{"doctype": "Sales Invoice", "name": "ACC-SINV-2026-03256", "modified": "2026-11-22 15:57:27.477172", "docstatus": 0, "xero_id": ""}"#;
    const SIGNATURE: &str = "lJ796n/5AWp1W+HJw/YlNHUzj3xnggzC3whrNPFYjXs=";

    fn secret() -> SecretString {
        SecretString::from("whsec-test-1".to_owned())
    }

    #[test]
    fn the_signature_of_a_real_site_is_right_and_any_other_is_not() {
        let check =
            |signature: Option<&str>, body: &str| verify(&secret(), signature, body.as_bytes());
        assert_eq!(check(Some(SIGNATURE), BODY), Ok(()));
        assert_eq!(check(Some(&format!(" {SIGNATURE} ")), BODY), Ok(()));
        assert_eq!(check(None, BODY), Err(Unverified::NotSigned));
        let respelled = BODY.replace(": ", ":");
        let doubled = BODY.repeat(2);
        let upper = SIGNATURE.to_uppercase();
        let short = STANDARD.encode(&STANDARD.decode(SIGNATURE).unwrap()[..31]);
        for (signature, body) in [
            (SIGNATURE, respelled.as_str()),
            (SIGNATURE, ""),
            (SIGNATURE, doubled.as_str()),
            ("", BODY),
            (upper.as_str(), BODY),
            (short.as_str(), BODY),
            ("not base64!", BODY),
            ("ü", BODY),
        ] {
            assert_eq!(
                check(Some(signature), body),
                Err(Unverified::WrongSignature),
                "{signature} {body}"
            );
        }
        let other = SecretString::from("whsec-test-2".to_owned());
        assert_eq!(
            verify(&other, Some(SIGNATURE), BODY.as_bytes()),
            Err(Unverified::WrongSignature)
        );
    }

    #[test]
    fn only_what_was_asked_for_is_read() {
        let body = |doctype: &str, name: &str, event: &str| {
            format!(
                r#"{{"doctype": "{doctype}", "name": "{name}", "modified": "2026-11-22 15:57:27.477172", "event": "{event}", "more": [1]}}"#
            )
        };
        assert_eq!(
            read(body("Customer", "\\u00dcml\\u00e4ut", "on_change").as_bytes()),
            Ok(Delivery {
                doctype: "Customer".to_owned(),
                name: "Ümläut".to_owned(),
                modified: "2026-11-22 15:57:27.477172".to_owned(),
                event: "on_change".to_owned(),
            })
        );
        for text in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            BODY.to_owned(),
            body("User", "a", "on_change"),
            body("Customer", "a", "on_submit"),
            body("Customer", "", "on_change"),
            body("Customer", &"n".repeat(256), "on_change"),
            body("Customer", &"n".repeat(LARGEST), "on_change"),
            r#"{"doctype": "Customer", "name": 7, "modified": "", "event": "on_change"}"#
                .to_owned(),
            body("Customer", "cut", "on_change")[..40].to_owned(),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read(b"\xff\xfe").is_err());
    }
}
