//! When the parts of a replaced document are due.

use ledger::Document;
use serde_json::{Map, Value, json};

use super::super::invoice_out::number;

/// The due date with its payment schedule: each row keeps its term and portion, and only days that
/// no longer fit move. The document is due when its last part is; no part is due after that, none
/// before the document's date. Where two parts would be due on one day, which ERPNext does not
/// allow, there is one part.
pub(super) fn fitted(document: &Value, from: &Document, to: &Document) -> Map<String, Value> {
    let mut fields = Map::new();
    let Some(due) = to.due_date else {
        return fields;
    };
    fields.insert("due_date".to_owned(), json!(due.to_string()));
    let mut rows: Vec<Value> = document["payment_schedule"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let (due, date) = (due.to_string(), to.date.to_string());
    // Days are written year first: they compare as texts.
    let day = |row: &Value| row["due_date"].as_str().unwrap_or_default().to_owned();
    let last = rows.iter().map(day).max().unwrap_or_default();
    for row in &mut rows {
        let now = day(row);
        let fits = if now == last || now > due {
            due.clone()
        } else {
            now.clone().max(date.clone())
        };
        if fits != now {
            row["due_date"] = json!(fits);
            // A discount for paying early ends with the part at the latest.
            if row["discount_date"]
                .as_str()
                .is_some_and(|day| day > fits.as_str())
            {
                row["discount_date"] = json!(fits);
            }
        }
    }
    let mut days: Vec<String> = rows.iter().map(day).collect();
    days.sort();
    days.dedup();
    let portions = rows
        .iter()
        .all(|row| row["invoice_portion"].as_f64().is_some_and(|it| it > 0.0));
    let fits = days.len() == rows.len() && (portions || from.total == to.total);
    match rows.as_mut_slice() {
        // Where there is none the site makes one.
        _ if fits => {}
        [row] => row["payment_amount"] = number(to.total),
        _ => {
            fields.insert("payment_terms_template".to_owned(), json!(""));
            rows = vec![json!({"due_date": due, "payment_amount": number(to.total)})];
        }
    }
    fields.insert("payment_schedule".to_owned(), Value::Array(rows));
    fields
}
