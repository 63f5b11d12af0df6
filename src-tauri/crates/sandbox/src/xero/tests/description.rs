//! Every answer of every test here, held against Xero's official OpenAPI description when that lies
//! beside the repository: `../shared/xero/openapi`.
//!
//! Checked are the types of properties, their enumerations and formats, and what a whole record must
//! have. Of records within records Xero itself shows only parts, in the description's own examples
//! too, so those may lack anything.

use std::path::Path;
use std::sync::OnceLock;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

/// The `components.schemas` of the description.
fn schemas() -> Option<&'static Yaml<'static>> {
    static READ: OnceLock<Option<Yaml<'static>>> = OnceLock::new();
    READ.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../../shared/xero/openapi/xero_accounting.yaml");
        let Ok(mut text) = std::fs::read_to_string(&file) else {
            println!("skipped: {} is not there", file.display());
            return None;
        };
        let at = text.find("\n  schemas:\n").unwrap();
        let text: &'static str = Box::leak(text.split_off(at).into_boxed_str());
        Yaml::load_from_str(text).unwrap().into_iter().next()
    })
    .as_ref()?
    .as_mapping_get("schemas")
}

/// Fails where an answer of the accounting API is not as described.
pub fn check(path: &str, status: u16, body: &[u8]) {
    let Some(schemas) = schemas() else {
        return;
    };
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let mut wrong = Vec::new();
    if status == 200
        && let Some(map) = answer.as_object()
    {
        for (name, rows) in map {
            if let Some(schema) = schemas.as_mapping_get(name)
                && let Some(rows) = rows.as_array()
                && let Some(one) = schema
                    .as_mapping_get("properties")
                    .and_then(|properties| properties.as_mapping_get(name))
                    .and_then(|property| property.as_mapping_get("items"))
            {
                for (index, row) in rows.iter().enumerate() {
                    // A failed element is what was sent, as it was sent, with its errors.
                    if row.get("ValidationErrors").is_some() {
                        continue;
                    }
                    walk(
                        schemas,
                        one,
                        row,
                        &format!("{name}[{index}]"),
                        true,
                        &mut wrong,
                    );
                }
            }
        }
        if map.contains_key("AllocationId") {
            // Its example and its schema contradict each other.
            return;
        }
    }
    if status == 400
        && answer.get("ErrorNumber").is_some()
        && let Some(error) = schemas.as_mapping_get("Error")
    {
        walk(schemas, error, &answer, "Error", false, &mut wrong);
    }
    assert!(wrong.is_empty(), "{path}: {}", wrong.join("; "));
}

fn walk(
    schemas: &Yaml<'_>,
    schema: &Yaml<'_>,
    value: &Value,
    at: &str,
    whole: bool,
    wrong: &mut Vec<String>,
) {
    if value.is_null() {
        return;
    }
    if let Some(reference) = schema.as_mapping_get("$ref").and_then(Yaml::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        match schemas.as_mapping_get(name) {
            Some(target) => walk(schemas, target, value, at, whole, wrong),
            None => wrong.push(format!("{at}: no schema {name}")),
        }
        return;
    }
    let word = |name: &str| schema.as_mapping_get(name).and_then(Yaml::as_str);
    let kind = word("type").unwrap_or("object");
    let fits = match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_i64().is_some(),
        "boolean" => value.is_boolean(),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{at} is no {kind}: {value}"));
        return;
    }
    if let (Some(text), Some(words)) = (
        value.as_str(),
        schema.as_mapping_get("enum").and_then(Yaml::as_sequence),
    ) && !text.is_empty()
        && !words.iter().any(|word| word.as_str() == Some(text))
    {
        wrong.push(format!("{at} cannot be {text}"));
    }
    if let Some(text) = value.as_str() {
        let dated = ["x-is-msdate", "x-is-msdate-time"]
            .iter()
            .any(|mark| schema.as_mapping_get(mark).is_some());
        if word("format") == Some("uuid") && text.parse::<uuid::Uuid>().is_err() {
            wrong.push(format!("{at} is no id: {text}"));
        }
        if dated && !(text.starts_with("/Date(") && text.ends_with(")/")) {
            wrong.push(format!("{at} is no date: {text}"));
        }
    }
    if let (Some(rows), Some(items)) = (value.as_array(), schema.as_mapping_get("items")) {
        for (index, row) in rows.iter().enumerate() {
            walk(schemas, items, row, &format!("{at}[{index}]"), false, wrong);
        }
    }
    let (Some(map), Some(properties)) = (value.as_object(), schema.as_mapping_get("properties"))
    else {
        return;
    };
    for (name, part) in map {
        if let Some(property) = properties.as_mapping_get(name) {
            walk(
                schemas,
                property,
                part,
                &format!("{at}.{name}"),
                false,
                wrong,
            );
        }
    }
    if whole
        && let Some(names) = schema
            .as_mapping_get("required")
            .and_then(Yaml::as_sequence)
    {
        for name in names.iter().filter_map(Yaml::as_str) {
            if !map.contains_key(name) {
                wrong.push(format!("{at} has no {name}"));
            }
        }
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    if schemas().is_none() {
        return;
    }
    let found =
        |body: &str| std::panic::catch_unwind(|| check("Invoices", 200, body.as_bytes())).is_err();
    let invoice = |rest: &str| {
        format!(r#"{{"Invoices":[{{"Type":"ACCREC","Contact":{{}},"LineItems":[]{rest}}}]}}"#)
    };
    assert!(!found(&invoice("")));
    assert!(
        found(r#"{"Allocations":[{"Amount":1.00}]}"#),
        "it lacks what it must have"
    );
    for wrong in [
        r#","Total":"1.00""#,
        r#","Status":"OPEN""#,
        r#","InvoiceID":"7""#,
        r#","HasErrors":"no""#,
        r#","Contact":{"Name":7}"#,
        r#","DueDate":"2026-11-22""#,
    ] {
        assert!(found(&invoice(wrong)), "{wrong}");
    }
}
