//! Writes of one or many elements, with and without `summarizeErrors`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::Books;
use super::dates;
use super::echo::echo;
use super::errors::{Faults, Refusal};
use super::http::Incoming;
use super::json::{filled, put};

/// What kind of record a batch writes.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The array's name: `Invoices`.
    pub plural: &'static str,
    /// The id's name: `InvoiceID`.
    pub id: &'static str,
    /// The flag of failed elements, where they have one: `HasErrors` or `HasValidationErrors`.
    pub flag: Option<&'static str>,
}

/// Contacts.
pub const CONTACTS: Kind = Kind {
    plural: "Contacts",
    id: "ContactID",
    flag: Some("HasValidationErrors"),
};
/// Invoices.
pub const INVOICES: Kind = Kind {
    plural: "Invoices",
    id: "InvoiceID",
    flag: Some("HasErrors"),
};
/// Payments.
pub const PAYMENTS: Kind = Kind {
    plural: "Payments",
    id: "PaymentID",
    flag: Some("HasValidationErrors"),
};

/// Reads the elements of a body: `{"Invoices":[…]}`, a bare array, or one bare object.
pub fn elements(request: &Incoming<'_>, kind: Kind) -> Result<Vec<Value>, Refusal> {
    if request.body().is_empty() {
        return Err(Refusal::no_data());
    }
    let body: Value = serde_json::from_slice(request.body())
        .map_err(|error| Refusal::unreadable(&error.to_string()))?;
    let elements = match body {
        Value::Array(elements) => elements,
        Value::Object(mut map) => match map.remove(kind.plural) {
            Some(Value::Array(elements)) => elements,
            Some(one @ Value::Object(_)) => vec![one],
            Some(_) => return Err(Refusal::unreadable("an array was expected")),
            None if map.is_empty() => Vec::new(),
            None => vec![Value::Object(map)],
        },
        _ => return Err(Refusal::unreadable("an object was expected")),
    };
    if elements.is_empty() {
        return Err(Refusal::no_data());
    }
    for element in &elements {
        if !element.is_object() {
            return Err(Refusal::unreadable("an object was expected"));
        }
        for name in ["Date", "DueDate", "ExpectedPaymentDate"] {
            if let Some(text) = filled(element, name)
                && dates::parse_day(&text).is_none()
            {
                return Err(Refusal::bad_date(&text));
            }
        }
    }
    Ok(elements)
}

/// Writes all elements: with `summarizeErrors=false` each by itself, else all or none.
pub fn write(
    books: &mut Books,
    request: &Incoming<'_>,
    kind: Kind,
    elements: &[Value],
    save: &mut dyn FnMut(&mut Books, &Value) -> Result<Uuid, Faults>,
    show: &dyn Fn(&Books, Uuid) -> Option<Value>,
) -> Result<Value, Refusal> {
    if request.query_flag("summarizeerrors") == Some(false) {
        let mut rows = Vec::with_capacity(elements.len());
        for element in elements {
            books.begin();
            books.warnings.clear();
            rows.push(match save(books, element) {
                Ok(id) => {
                    books.commit();
                    let mut shown = show(books, id).unwrap_or_default();
                    let word = if books.warnings.is_empty() {
                        "OK"
                    } else {
                        "WARNING"
                    };
                    // Batch payments are not described with one (specification, BatchPayment).
                    if kind.plural != "BatchPayments" {
                        put(&mut shown, "StatusAttributeString", word);
                    }
                    warn(&mut shown, kind, &books.warnings);
                    shown
                }
                Err(faults) => {
                    books.roll_back();
                    let mut echo = echo(element, kind, &faults);
                    if kind.plural != "BatchPayments" {
                        put(&mut echo, "StatusAttributeString", "ERROR");
                    }
                    echo
                }
            });
        }
        return Ok(Value::Array(rows));
    }
    books.begin();
    let mut saved = Vec::with_capacity(elements.len());
    let mut failed = Vec::new();
    for element in elements {
        books.warnings.clear();
        match save(books, element) {
            Ok(id) => saved.push((id, std::mem::take(&mut books.warnings))),
            Err(faults) => failed.push(echo(element, kind, &faults)),
        }
    }
    if failed.is_empty() {
        books.commit();
        Ok(saved
            .into_iter()
            .filter_map(|(id, warnings)| {
                let mut shown = show(books, id)?;
                warn(&mut shown, kind, &warnings);
                Some(shown)
            })
            .collect())
    } else {
        books.roll_back();
        Err(Refusal::Invalid { elements: failed })
    }
}

/// `Warnings`: what was saved otherwise than it was sent. Of the records that are written here these alone are
/// described with them (specification: Invoice, CreditNote, Payment), a batch payment is not.
fn warn(shown: &mut Value, kind: Kind, warnings: &[String]) {
    let described = ["Invoices", "CreditNotes", "Payments"].contains(&kind.plural);
    if described && !warnings.is_empty() {
        let list: Vec<Value> = warnings
            .iter()
            .map(|message| json!({"Message": message}))
            .collect();
        put(shown, "Warnings", list);
    }
}

/// The envelope around every answer.
pub fn envelope(
    id: Uuid,
    provider: &str,
    now: DateTime<Utc>,
    pagination: Option<Value>,
    plural: &str,
    rows: Value,
) -> Value {
    let mut body = json!({
        "Id": id.to_string(),
        "Status": "OK",
        "ProviderName": provider,
        "DateTimeUTC": dates::bare_instant(now),
    });
    if let Some(pagination) = pagination {
        put(&mut body, "pagination", pagination);
    }
    put(&mut body, plural, rows);
    body
}
