//! What a refusal's message was said of.
//!
//! ERPNext puts names, amounts and links into fixed sentences. Mostly it emphasises or links them;
//! the rest are values of the request, which are known.

use serde_json::Value;

use super::plain_text;

/// The tags that ERPNext puts around what it inserts (`frappe.bold`, `get_link_to_form`).
const TAGS: [&str; 6] = ["strong", "b", "a", "em", "i", "code"];

/// Fields that say what a document is, not which one.
const NOT_VALUES: [&str; 6] = [
    "doctype",
    "parenttype",
    "parentfield",
    "charge_type",
    "reference_doctype",
    "party_type",
];

/// What a message emphasises or links.
pub(super) fn of_markup(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in TAGS {
        let mut rest = html;
        while let Some((_, opened)) = rest.split_once(&format!("<{tag}")) {
            // `<b` begins `<br>` too.
            let own = opened.starts_with(['>', ' ']);
            let inner = opened
                .split_once('>')
                .and_then(|(_, inner)| inner.split_once(&format!("</{tag}>")));
            if let (true, Some((text, _))) = (own, inner) {
                found.push(plain_text(text));
            }
            rest = opened;
        }
    }
    found.retain(|text| !text.is_empty());
    found
}

/// The texts of a request's body.
pub(super) fn of_body(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(body, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(plain_text(text)),
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, found)),
        Value::Object(fields) => fields
            .iter()
            .filter(|(field, _)| !NOT_VALUES.contains(&field.as_str()))
            .for_each(|(_, value)| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The name of the document that a path leads to.
pub(super) fn of_path(path: &str) -> Option<String> {
    let mut segments = path.split('?').next()?.trim_start_matches('/').split('/');
    let name = match (segments.next()?, segments.next()?, segments.next()?) {
        ("api", "resource", _) => segments.next()?,
        ("api", "v2", "document") => segments.nth(1)?,
        _ => return None,
    };
    let (name, _) = url::form_urlencoded::parse(name.as_bytes()).next()?;
    Some(name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_emphasised_or_linked_is_found() {
        assert_eq!(
            of_markup(
                r#"<br>Row <b>1</b>: <a href="/app/item/A">Blue widget</a> of <strong>Acme <i>Ltd</i></strong><blockquote>x</blockquote>"#
            ),
            ["Acme Ltd", "1", "Blue widget", "Ltd"]
        );
        assert!(of_markup("a < b and <b>open").is_empty());
    }

    #[test]
    fn what_was_asked_for_is_found() {
        assert_eq!(
            of_body(
                &json!({"doctype": "Sales Invoice", "customer": "Acme", "items": [{"item_name": "Work", "qty": 2}], "modified": null})
            ),
            ["Acme", "Work"]
        );
        for (path, name) in [
            ("/api/resource/Customer/A%2FB%20%2B%20C", Some("A/B + C")),
            ("/api/v2/document/Sales%20Invoice/A-1?x=1", Some("A-1")),
            ("/api/v2/document/Sales%20Invoice", None),
            ("/api/resource/Customer", None),
            ("/api/method/frappe.client.bulk_update", None),
        ] {
            assert_eq!(of_path(path).as_deref(), name, "{path}");
        }
    }
}
