//! `Version` rows: what each save of a tracked document changed, field by field, as JSON
//! (recordings 03#30, 10#75, 20). Changes the server makes beside a save leave none.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::ErpnextWorld;
use super::answer::{Shape, cell_json};
use super::cell::{Cell, Doc, Row};
use super::documents::remove::sorted;
use super::meta::{DocType, Field, Kind};
use super::site::shown_date;

/// Document types with "Track Changes" on.
const TRACKED: [&str; 28] = [
    "Account",
    "Accounting Period",
    "Accounts Settings",
    "Bank Account",
    "Client Script",
    "Company",
    "Country",
    "Currency",
    "Custom Field",
    "Customer",
    "Item",
    "Item Price",
    "Item Tax Template",
    "Journal Entry",
    "Language",
    "OAuth Client",
    "Payment Entry",
    "Payment Term",
    "Payment Terms Template",
    "Property Setter",
    "Role",
    "Sales Invoice",
    "Sales Taxes and Charges Template",
    "Selling Settings",
    "Stock Settings",
    "System Settings",
    "Tax Category",
    "ToDo",
];

/// Whose value it is: the row and the document it belongs to.
struct Place<'a> {
    row: &'a Row,
    doc: &'a Doc,
}

impl ErpnextWorld {
    /// Writes what a save changed, where its type is tracked and anything did change. A new
    /// document is compared with the one it amends.
    pub(crate) fn keep_version(&mut self, doc: &Doc, before: Option<&Doc>) {
        if !TRACKED.contains(&doc.doctype) {
            return;
        }
        let amended = doc.text("amended_from");
        let old = match before {
            Some(old) => Some(old),
            None if !amended.is_empty() => self.store.get(doc.doctype, amended),
            None => None,
        };
        let Some(data) = old.and_then(|old| self.difference(old, doc)) else {
            return;
        };
        let mut version = self.trace("Version");
        version.set("ref_doctype", doc.doctype);
        version.set("docname", doc.name());
        version.set("data", sorted(&data).to_string());
        self.store.put(version);
    }

    fn difference(&self, old: &Doc, new: &Doc) -> Option<Value> {
        let meta = self.meta.get(new.doctype)?;
        let (mut added, mut removed, mut row_changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut changed = self.changed(
            meta,
            &Place {
                row: &old.row,
                doc: old,
            },
            &Place {
                row: &new.row,
                doc: new,
            },
        );
        let whole = Shape {
            nulls: true,
            unsaved: false,
        };
        for (table, child_type) in meta.tables() {
            let Some(child) = self.meta.get(child_type) else {
                continue;
            };
            let written = |doc: &Doc, row: &Row, at: usize| {
                self.child_json(doc, table, child_type, row, at + 1, whole)
            };
            for (at, row) in new.rows(table).iter().enumerate() {
                let name = row.text("name");
                if let Some(was) = old.rows(table).iter().find(|was| was.text("name") == name) {
                    let fields = self.changed(
                        child,
                        &Place { row: was, doc: old },
                        &Place { row, doc: new },
                    );
                    if !fields.is_empty() {
                        row_changed.push(json!([table, at, name, fields]));
                    }
                } else {
                    let mut shown = written(new, row, at);
                    shown["__unsaved"] = json!(1);
                    added.push(json!([table, shown]));
                }
            }
            for (at, row) in old.rows(table).iter().enumerate() {
                let name = row.text("name");
                if !new.rows(table).iter().any(|is| is.text("name") == name) {
                    removed.push(json!([table, written(old, row, at)]));
                }
            }
        }
        if old.name() != new.name() {
            changed.push(json!(["name", old.name(), new.name()]));
        }
        if old.docstatus() != new.docstatus() {
            changed.push(json!(["docstatus", old.docstatus(), new.docstatus()]));
        }
        if changed.is_empty() && added.is_empty() && removed.is_empty() && row_changed.is_empty() {
            return None;
        }
        let mut data = Map::new();
        data.insert("added".into(), Value::Array(added));
        data.insert("changed".into(), Value::Array(changed));
        data.insert("data_import".into(), Value::Null);
        data.insert("removed".into(), Value::Array(removed));
        data.insert("row_changed".into(), Value::Array(row_changed));
        data.insert("updater_reference".into(), Value::Null);
        Some(Value::Object(data))
    }

    fn changed(&self, meta: &DocType, old: &Place<'_>, new: &Place<'_>) -> Vec<Value> {
        let mut fields: Vec<(usize, &Field)> = (old.row.differing(new.row).into_iter())
            .filter_map(|name| meta.placed(name))
            .filter(|(_, field)| field.kind != Kind::Table)
            .collect();
        fields.sort_unstable_by_key(|(place, _)| *place);
        fields
            .into_iter()
            .filter_map(|(_, field)| {
                let (was, is) = (old.row.get(&field.name), new.row.get(&field.name));
                let same = if field.kind.is_decimal() || field.kind.is_whole() {
                    was.as_number() == is.as_number()
                } else if matches!(field.kind, Kind::Link | Kind::DynamicLink) {
                    was.as_text() == is.as_text()
                } else {
                    was == is
                };
                if same {
                    return None;
                }
                let shown = |cell: &Cell, place: &Place<'_>| {
                    self.formatted(cell, field.kind, &field.name, place.doc)
                };
                let (was, is) = (shown(was, old), shown(is, new));
                (was != is).then(|| json!([field.name, was, is]))
            })
            .collect()
    }

    /// A value as a form shows it; what is empty, as it is stored.
    fn formatted(&self, cell: &Cell, kind: Kind, field: &str, doc: &Doc) -> Value {
        if matches!(kind, Kind::Link | Kind::DynamicLink) {
            let name = cell.as_text();
            if self.release().contacts_by_title && field.ends_with("primary_contact") {
                return match self.value("Contact", name, "full_name") {
                    Cell::Text(title) => json!(title),
                    _ => json!(name),
                };
            }
            return json!(name);
        }
        if cell.is_falsy() {
            return cell_json(cell, kind);
        }
        match kind {
            Kind::Currency => {
                let amount = grouped(cell.as_number(), 2);
                json!(format!("{} {amount}", self.symbol_for(field, doc)))
            }
            Kind::Float => {
                let number = cell.as_number();
                json!(grouped(
                    number,
                    if number.fract().is_zero() { 0 } else { 3 }
                ))
            }
            Kind::Percent => json!(format!("{}%", super::cell::float_text(cell.as_number()))),
            Kind::Date => json!(shown_date(cell.as_text())),
            Kind::Time => json!(cell.as_text().get(..8).unwrap_or(cell.as_text())),
            _ => cell_json(cell, kind),
        }
    }

    fn symbol_for(&self, field: &str, doc: &Doc) -> &'static str {
        let own = self.value("Company", doc.text("company"), "default_currency");
        let currency = if field.starts_with("base_") || doc.text("currency").is_empty() {
            own.as_text()
        } else {
            doc.text("currency")
        };
        symbol(currency)
    }
}

/// The sign of a currency.
pub(crate) fn symbol(currency: &str) -> &'static str {
    match currency {
        "GBP" => "£",
        "EUR" => "€",
        _ => "$",
    }
}

/// A number with a comma after every three digits.
pub(crate) fn grouped(number: Decimal, places: usize) -> String {
    let text = format!("{:.places$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    if number.is_sign_negative() {
        out.insert(0, '-');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, places, shown) in [
            (Decimal::new(123_456_789, 2), 2, "1,234,567.89"),
            (Decimal::new(-100, 0), 2, "-100.00"),
            (Decimal::new(3, 0), 0, "3"),
            (Decimal::new(15, 1), 3, "1.500"),
        ] {
            assert_eq!(grouped(number, places), shown);
        }
    }
}
