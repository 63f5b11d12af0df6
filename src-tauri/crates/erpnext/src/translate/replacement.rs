//! A Sales Invoice that takes the place of another, as ERPNext itself amends: the document copied as
//! the site holds it, and changed only in what is meant to change.
//!
//! What the ledger does not know of (item codes, cost centres, projects, units, terms, remarks, links
//! to orders and delivery notes, stock settings, fields of the site's own) is the document's and
//! stays. A verbatim copy of what the site answers, without what [`copy`] leaves out, is taken by
//! ERPNext 15 and 16 and comes out the same (observed).

mod rows;
mod schedule;

use ledger::{Cause, Document};
use serde_json::{Map, Value, json};

use super::invoice_out::{Sign, check, number, same_figures};
use crate::chart::Chart;
use crate::marker_fields;

/// Fields of a document or row that name it, or say who wrote it when.
const OF_THE_DOCUMENT: [&str; 12] = [
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
    "doctype",
    "parent",
    "parentfield",
    "parenttype",
    "amended_from",
];

/// Fields of a document that follow from others, or that a new document gets of its own.
const NOT_COPIED: [&str; 11] = [
    "status",
    "outstanding_amount",
    // Payments taken in advance belong to the document that took them; one that has any is not
    // replaced.
    "advances",
    "total_advance",
    "allocate_advances_automatically",
    // A breakdown by the old rows' names, and the same for people.
    "item_wise_tax_details",
    "other_charges_calculation",
    marker_fields::INVOICE,
    marker_fields::CREDIT_NOTE,
    marker_fields::LAST_SYNC,
    marker_fields::LAST_OUTCOME,
];

/// What the site fills in from the customer.
const OF_THE_CUSTOMER: [&str; 20] = [
    "customer_name",
    "tax_id",
    "customer_address",
    "address_display",
    "contact_person",
    "contact_display",
    "contact_mobile",
    "contact_email",
    "shipping_address_name",
    "shipping_address",
    "dispatch_address_name",
    "dispatch_address",
    "territory",
    "customer_group",
    "debit_to",
    "party_account_currency",
    "tax_category",
    "sales_team",
    "language",
    "title",
];

/// What the site fills in for the currency.
const OF_THE_CURRENCY: [&str; 4] = [
    "debit_to",
    "party_account_currency",
    "price_list_currency",
    "plc_conversion_rate",
];

/// Links of an item row that the site refuses on a draft while the document it replaces is still
/// live ("Cannot overbill", which is checked on saving; observed on ERPNext 15 and 16).
const HELD_BACK: [&str; 2] = ["delivery_note", "dn_detail"];

/// Fields of a return that it is without while the one it replaces is still live: its original would be
/// returned twice then, which the site refuses of items, or fails at with a 500 (observed on ERPNext 16), and
/// what it lowers would be owed no longer, for which the site gives it a balance of its own.
const HELD_BACK_OF_A_RETURN: [&str; 2] = ["return_against", "update_outstanding_for_self"];

/// A document that replaces another.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    /// Everything but its name, marker and state, as it can stand beside the document it replaces.
    pub draft: Map<String, Value>,
    /// What is sent when it is submitted and the other is cancelled: tables whose rows had to be
    /// without some of their links until then. Mostly empty.
    pub at_last: Map<String, Value>,
}

/// The document, a return or none, that replaces `document` (as the site answers it, children included) so that what
/// is read of it becomes `to` instead of `from`.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn replacement(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
) -> Result<Replacement, Cause> {
    let is_return = document["is_return"] == 1;
    let changed = if is_return {
        changes_of_return(document, from, to, chart)?
    } else {
        changes(document, from, to, chart)?
    };
    let mut whole = copy(document);
    for (field, value) in changed {
        if value.is_null() {
            whole.shift_remove(&field);
        } else {
            whole.insert(field, without_names(value));
        }
    }
    let mut at_last = Map::new();
    let mut draft = whole.clone();
    if let Some(Value::Array(items)) = draft.get_mut("items") {
        let mut held_back = false;
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            for link in HELD_BACK {
                held_back |= item.shift_remove(link).is_some();
            }
        }
        if held_back && let Some(items) = whole.get("items") {
            at_last.insert("items".to_owned(), items.clone());
        }
    }
    // Billed hours are held against what is billed already as well.
    if let Some(timesheets) = draft.shift_remove("timesheets")
        && timesheets.as_array().is_some_and(|rows| !rows.is_empty())
    {
        at_last.insert("timesheets".to_owned(), timesheets);
    }
    if is_return && draft.contains_key("return_against") {
        for field in HELD_BACK_OF_A_RETURN {
            if let Some(value) = draft.shift_remove(field) {
                at_last.insert(field.to_owned(), value);
            }
        }
    }
    Ok(Replacement { draft, at_last })
}

/// The document as it stands, for writing it once more.
pub fn copy(document: &Value) -> Map<String, Value> {
    let mut copy = row(document);
    for field in NOT_COPIED {
        copy.shift_remove(field);
    }
    copy
}

/// A document or row without what names it, without empty fields, children alike.
fn row(value: &Value) -> Map<String, Value> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter(|(field, value)| {
            // `_user_tags`, `__onload` and their like are the site's own.
            !value.is_null()
                && !field.starts_with('_')
                && !OF_THE_DOCUMENT.contains(&field.as_str())
        })
        .map(|(field, value)| (field.clone(), without_names(value.clone())))
        .collect()
}

/// Rows of a table as rows of another document.
fn without_names(value: Value) -> Value {
    match value {
        Value::Array(rows) => rows
            .into_iter()
            .map(|value| match value {
                Value::Object(_) => Value::Object(row(&value)),
                other => other,
            })
            .collect(),
        other => other,
    }
}

/// The fields in which `document` has to change so that what is read of it becomes `to` instead of
/// `from`; null takes a value out. Tables are whole, and rows that stay keep their names.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn changes(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
) -> Result<Map<String, Value>, Cause> {
    changes_of(document, from, to, chart, Sign::Invoice)
}

/// [`changes`] of a return.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn changes_of_return(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
) -> Result<Map<String, Value>, Cause> {
    let mut changed = changes_of(document, from, to, chart, Sign::Return)?;
    if from.date != to.date {
        // Nobody pays it by a day, and one before its own is refused.
        changed.insert("due_date".to_owned(), json!(to.date.to_string()));
    }
    if from.date != to.date || changed.contains_key("items") {
        changed.insert("payment_schedule".to_owned(), json!([]));
    }
    Ok(changed)
}

fn changes_of(
    document: &Value,
    from: &Document,
    to: &Document,
    chart: &Chart,
    sign: Sign,
) -> Result<Map<String, Value>, Cause> {
    check(to, chart)?;
    let mut changed = Map::new();
    let mut set = |field: &str, value: Value| {
        changed.insert(field.to_owned(), value);
    };
    if from.reference != to.reference {
        set("po_no", json!(to.reference.clone().unwrap_or_default()));
    }
    if from.contact != to.contact {
        for field in OF_THE_CUSTOMER {
            set(field, Value::Null);
        }
        set("customer", json!(to.contact.as_str()));
    }
    if from.date != to.date {
        // Without it the date is overwritten with today's.
        set("set_posting_time", json!(1));
        set("posting_date", json!(to.date.to_string()));
    }
    if from.currency != to.currency {
        for field in OF_THE_CURRENCY {
            set(field, Value::Null);
        }
        set("currency", json!(to.currency.code()));
    }
    if to.currency == chart.currency {
        if from.currency != to.currency {
            set("conversion_rate", json!(1));
        }
    } else if let Some(rate) = to.exchange_rate
        && (from.exchange_rate != to.exchange_rate || from.currency != to.currency)
    {
        set("conversion_rate", number(rate.round_dp(9)));
    }
    let figures = !same_figures(&with_rate_of(from, to), to);
    if figures {
        changed.extend(rows::figures(document, from, to, chart, sign)?);
    }
    let moved = from.date != to.date || from.due_date != to.due_date;
    if moved || figures {
        changed.extend(schedule::fitted(document, from, to));
    }
    Ok(changed)
}

/// The invoice at the other's rate of exchange, which changes no figure in its own currency.
fn with_rate_of(invoice: &Document, other: &Document) -> Document {
    Document {
        exchange_rate: other.exchange_rate,
        ..invoice.clone()
    }
}

#[cfg(test)]
mod tests;
