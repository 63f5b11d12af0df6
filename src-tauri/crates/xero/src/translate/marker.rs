//! Our markers on Xero's records: `Contact.ContactNumber` and `Invoice.Url`.

use ledger::RemoteId;
use url::Url;

use crate::wire::{contact, document};

/// The ERPNext customer a contact names.
pub fn of_contact(contact: &contact::Contact) -> Option<RemoteId> {
    let number = contact.contact_number.as_ref()?.trim();
    (!number.is_empty()).then(|| RemoteId::new(number))
}

/// The ERPNext sales invoice an invoice links to: the last part of
/// `https://SITE/app/sales-invoice/NAME`.
pub fn of_invoice(invoice: &document::Document) -> Option<RemoteId> {
    let url = Url::parse(invoice.url.as_ref()?).ok()?;
    let mut parts = url.path_segments()?;
    parts.find(|part| *part == "sales-invoice")?;
    let encoded = parts.next().filter(|part| !part.is_empty())?;
    Some(RemoteId::new(percent_decoded(encoded)))
}

/// A link that Xero accepts as `Url`: absolute, and without the word "xero" in it (Xero developer
/// docs, "Invoices").
pub fn acceptable_link(link: &str) -> Option<&str> {
    let url = Url::parse(link).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    (web && !link.to_lowercase().contains("xero")).then_some(link)
}

fn percent_decoded(text: &str) -> String {
    // The form decoder decodes exactly this, but reads a plus sign as a space.
    let form = format!("v={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn marker(url: &str) -> Option<String> {
        let invoice: document::Document = serde_json::from_value(json!({
            "Type": "ACCREC", "InvoiceID": "a", "Status": "DRAFT", "Contact": {},
            "CurrencyCode": "GBP", "Url": url}))
        .unwrap();
        of_invoice(&invoice).map(|id| id.0)
    }

    #[test]
    fn the_link_names_the_invoice() {
        assert_eq!(
            marker("https://erp.example/app/sales-invoice/ACC-SINV-2026-00001").as_deref(),
            Some("ACC-SINV-2026-00001")
        );
        assert_eq!(
            marker("http://localhost:8000/app/sales-invoice/SI%2F26%20+1?x=1").as_deref(),
            Some("SI/26 +1")
        );
        for other in ["", "not a link", "https://shop.example/orders/7"] {
            assert_eq!(marker(other), None);
        }
    }

    #[test]
    fn links_xero_refuses_are_not_sent() {
        assert!(acceptable_link("http://127.0.0.1:8001/app/sales-invoice/A").is_some());
        for refused in [
            "/app/sales-invoice/A",
            "https://xero-sync.example/app/a",
            "ftp://erp.example/a",
        ] {
            assert_eq!(acceptable_link(refused), None);
        }
    }
}
