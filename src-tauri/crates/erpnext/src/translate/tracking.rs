//! What an item row is filed under: its cost centre and its project.

use ledger::Line;
use ledger::tracking::{key, parts};
use serde_json::{Map, Value, json};

use crate::wire::ItemRow;

/// The category of cost centres: the DocType.
pub const COST_CENTER: &str = "Cost Center";
/// The category of projects: the DocType.
pub const PROJECT: &str = "Project";

/// What a row is filed under, as keys of [`ledger::tracking`], in order. The company's own cost centre, which ERPNext
/// fills in where none is said, is among them.
pub fn read(item: &ItemRow) -> Vec<String> {
    let of = |category, value: &Option<String>| key(category, value.as_deref()?);
    [
        of(COST_CENTER, &item.cost_center),
        of(PROJECT, &item.project),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Puts onto a row what a line is filed under; `otherwise` is the cost centre of a line that says none. What
/// is not known of the line is left as it is.
pub fn write(line: &Line, otherwise: Option<&str>, row: &mut Map<String, Value>) {
    let Some(keys) = &line.tracking else {
        return;
    };
    let said = |wanted: &str| {
        let mut told = keys.iter().filter_map(|key| parts(key));
        told.find_map(|(category, value)| (category == wanted).then_some(value))
    };
    match said(COST_CENTER).or(otherwise) {
        Some(center) => row.insert("cost_center".to_owned(), json!(center)),
        None => row.remove("cost_center"),
    };
    match said(PROJECT) {
        Some(project) => row.insert("project".to_owned(), json!(project)),
        None => row.remove("project"),
    };
}
