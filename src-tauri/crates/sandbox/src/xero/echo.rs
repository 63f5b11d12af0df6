//! A refused element as Xero gives it back: what was sent, read, with what is wrong beside each part
//! it is wrong with.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::batch::Kind;
use super::dates;
use super::errors::Faults;
use super::json::{decimal, given, number, put};

/// Dates of the day, and whether they are shown as text too.
const DAYS: [(&str, bool); 4] = [
    ("Date", true),
    ("DueDate", true),
    ("ExpectedPaymentDate", false),
    ("PlannedPaymentDate", false),
];
/// Records that show their dates as text too (openapi: the examples).
const WITH_TEXT: [&str; 5] = [
    "Invoices",
    "CreditNotes",
    "BankTransactions",
    "BatchPayments",
    "Quotes",
];
/// Amounts, with the decimals shown.
const AMOUNTS: [(&str, u32); 13] = [
    ("Quantity", 4),
    ("UnitAmount", 4),
    ("UnitPrice", 4),
    ("LineAmount", 2),
    ("TaxAmount", 2),
    ("DiscountRate", 2),
    ("DiscountAmount", 2),
    ("Amount", 2),
    ("BankAmount", 2),
    ("CurrencyRate", 6),
    ("SubTotal", 2),
    ("TotalTax", 2),
    ("Total", 2),
];

/// The element with its errors. A failed create carries the zero id.
pub fn echo(element: &Value, kind: Kind, faults: &Faults) -> Value {
    let mut echo = element.clone();
    read(&mut echo);
    if let Value::Object(map) = &mut echo {
        days(map, WITH_TEXT.contains(&kind.plural));
    }
    if given(&echo, kind.id).is_none() {
        put(&mut echo, kind.id, Uuid::nil().to_string());
    }
    if let Some(flag) = kind.flag {
        put(&mut echo, flag, true);
    }
    for (place, message) in &faults.places {
        let part = echo.pointer_mut(place).and_then(Value::as_object_mut);
        if let Some(part) = part {
            let errors = part.entry("ValidationErrors").or_insert_with(|| json!([]));
            if let Value::Array(errors) = errors {
                errors.push(json!({"Message": message}));
            }
        }
    }
    put(&mut echo, "ValidationErrors", faults.to_json());
    echo
}

/// Amounts sent as text become numbers; what could not be read is left out. What the sender said of
/// errors says nothing.
fn read(value: &mut Value) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(read),
        Value::Object(map) => {
            map.shift_remove("ValidationErrors");
            for (name, decimals) in AMOUNTS {
                if let Some(Value::String(text)) = map.get(name) {
                    match decimal(&json!(text)) {
                        Some(amount) => map.insert(name.to_owned(), number(amount, decimals)),
                        None => map.shift_remove(name),
                    };
                }
            }
            map.values_mut().for_each(read);
        }
        _ => {}
    }
}

fn days(map: &mut Map<String, Value>, with_text: bool) {
    for (name, texted) in DAYS {
        let Some(Value::String(text)) = map.get(name) else {
            continue;
        };
        match dates::parse_day(text) {
            Some(date) => {
                map.insert(name.to_owned(), json!(dates::day(date)));
                if texted && with_text {
                    map.insert(format!("{name}String"), json!(dates::day_string(date)));
                }
            }
            None => {
                map.shift_remove(name);
            }
        }
    }
}
