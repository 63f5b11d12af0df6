//! Rows of child tables as documents of their own: saved by themselves, and unique among all rows.

use serde_json::Value;

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::documents::Body;
use super::errors::Refusal;
use super::site::Outcome;

impl ErpnextWorld {
    /// Refuses a row whose unique value another row holds, of the same document or another.
    pub(crate) fn check_unique_rows(&self, doc: &Doc) -> Outcome<()> {
        let Some(meta) = self.meta.get(doc.doctype) else {
            return Ok(());
        };
        for (table, child) in meta.tables() {
            let Some(child) = self.meta.get(child) else {
                continue;
            };
            for field in child.fields().filter(|field| field.unique) {
                let rows = doc.rows(table);
                for (at, row) in rows.iter().enumerate() {
                    let value = row.text(&field.name);
                    if value.is_empty() {
                        continue;
                    }
                    let same = |other: &str| other.eq_ignore_ascii_case(value);
                    let in_own = rows[..at].iter().any(|row| same(row.text(&field.name)));
                    let in_other = self.store.shelf(doc.doctype).is_some_and(|shelf| {
                        shelf
                            .by_name()
                            .filter(|other| other.name() != doc.name())
                            .flat_map(|other| other.rows(table))
                            .any(|row| same(row.text(&field.name)))
                    });
                    if in_own || in_other {
                        return Err(Box::new(Refusal::not_unique(
                            child.name,
                            row.text("name"),
                            &field.name,
                            &field.label,
                            value,
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    /// Saves one row by itself, which leaves its document's `modified` alone. A `modified` that is sent along has to
    /// be the row's own, which this moves.
    pub(crate) fn update_row(&mut self, doctype: &str, name: &str, body: &Body) -> Outcome<()> {
        let homes: Vec<(&'static str, String)> = self
            .meta
            .values()
            .flat_map(|meta| {
                meta.tables()
                    .filter(|(_, child)| *child == doctype)
                    .map(|(table, _)| (meta.name, table.to_owned()))
            })
            .collect();
        let home = homes.into_iter().find_map(|(parent, table)| {
            let doc = self
                .store
                .shelf(parent)?
                .by_name()
                .find(|doc| doc.rows(&table).iter().any(|row| row.text("name") == name))?;
            Some((doc.clone(), table))
        });
        let Some((mut doc, table)) = home else {
            return Err(Box::new(Refusal::missing(&format!(
                "{doctype} {name} not found"
            ))));
        };
        if doc.docstatus() == 2 {
            return Err(Box::new(Refusal::validation(
                "Cannot edit cancelled document",
            )));
        }
        let cells: Vec<(String, Cell)> = body
            .iter()
            .filter(|(field, _)| {
                self.meta
                    .get(doctype)
                    .is_some_and(|meta| meta.field(field).is_some())
            })
            .map(|(field, value)| {
                let cell = match value {
                    Value::Null => Cell::Null,
                    Value::String(text) if text.is_empty() => Cell::Null,
                    Value::String(text) => Cell::text(text),
                    other => Cell::from(other.to_string()),
                };
                (field.clone(), cell)
            })
            .collect();
        let (stamp, whole) = (self.tick(), doc.text("modified").to_owned());
        let sent = body.get("modified").and_then(Value::as_str);
        for row in doc.rows_mut(&table) {
            if row.text("name") == name {
                let stands = match row.text("modified") {
                    "" => whole.as_str(),
                    own => own,
                };
                if sent.is_some_and(|sent| sent != stands) {
                    return Err(Box::new(Refusal::stale(
                        "Document has been modified after you have opened it",
                    )));
                }
                row.set("modified", stamp.as_str());
                for (field, cell) in &cells {
                    row.set(field.clone(), cell.clone());
                }
            }
        }
        self.check_unique_rows(&doc)?;
        self.store.put(doc);
        Ok(())
    }
}
