//! Finding what may match: by name, by an indexed value, by `modified`, else by reading all.

use std::collections::HashSet;

use super::super::ErpnextWorld;
use super::super::cell::Doc;
use super::super::store::{Shelf, fold};
use super::filter::{Condition, Operator};
use super::{Column, Source};

/// What an index narrows a search to.
pub(super) struct Candidates<'a> {
    pub(super) docs: Vec<&'a Doc>,
    /// The place of the filter that each line of these documents meets.
    pub(super) held: Option<usize>,
}

impl ErpnextWorld {
    /// Documents an index narrows the search to; `None` where only a scan will do.
    pub(super) fn candidates<'a>(
        &'a self,
        doctype: &str,
        filters: &[Condition],
    ) -> Option<Candidates<'a>> {
        let meta = self.meta.get(doctype)?;
        let mut seen: HashSet<*const Doc> = HashSet::new();
        for (at, condition) in filters.iter().enumerate() {
            if !matches!(condition.operator, Operator::Equals | Operator::In) {
                continue;
            }
            let values: Vec<&str> = condition.values.iter().map(String::as_str).collect();
            // An empty value also means null, which no index holds.
            if values.iter().any(|value| value.is_empty()) {
                continue;
            }
            let column = &condition.column;
            if meta.is_table {
                if column.field != "parent" {
                    if let Some(docs) = self.children_by_value(doctype, column, &values) {
                        return Some(Candidates { docs, held: None });
                    }
                    continue;
                }
                let mut docs: Vec<&Doc> = Vec::new();
                for parent in self.parents_of(doctype) {
                    if let Some(shelf) = self.store.shelf(parent) {
                        for value in &values {
                            docs.extend(
                                shelf
                                    .get(value)
                                    .filter(|doc| seen.insert(std::ptr::from_ref(*doc))),
                            );
                        }
                    }
                }
                let held = Some(at);
                return Some(Candidates { docs, held });
            }
            let shelf = self.store.shelf(doctype)?;
            let table = match &column.source {
                Source::Own => "",
                Source::Child(table) => table.as_str(),
                Source::Link(_) => continue,
            };
            let mut docs: Vec<&Doc> = Vec::new();
            let indexed = values.iter().all(|value| {
                let found = shelf.with_value(table, &column.field, value);
                let known = found.is_some();
                docs.extend(
                    found
                        .into_iter()
                        .flatten()
                        .filter(|doc| seen.insert(std::ptr::from_ref(*doc))),
                );
                known
            });
            if indexed {
                docs.sort_by_cached_key(|doc| fold(doc.name()));
                let held = table.is_empty().then_some(at);
                return Some(Candidates { docs, held });
            }
        }
        None
    }

    /// Parents of the child rows that hold one of the values, where that is indexed.
    fn children_by_value<'a>(
        &'a self,
        child: &str,
        column: &Column,
        values: &[&str],
    ) -> Option<Vec<&'a Doc>> {
        let mut docs: Vec<&Doc> = Vec::new();
        let mut seen: HashSet<*const Doc> = HashSet::new();
        for parent in self.parents_of(child) {
            let tables: Vec<String> = self
                .meta
                .get(parent)?
                .tables()
                .filter(|(_, of)| *of == child)
                .map(|(table, _)| table.to_owned())
                .collect();
            let shelf = self.store.shelf(parent)?;
            for table in tables {
                for value in values {
                    let found = shelf.with_value(&table, &column.field, value)?;
                    docs.extend(
                        found
                            .into_iter()
                            .filter(|doc| seen.insert(std::ptr::from_ref(*doc))),
                    );
                }
            }
        }
        Some(docs)
    }

    /// Document types that have the child type as a table, in a fixed order.
    pub(crate) fn parents_of(&self, child: &str) -> Vec<&'static str> {
        let mut parents: Vec<&'static str> = self
            .meta
            .values()
            .filter(|meta| meta.tables().any(|(_, of)| of == child))
            .map(|meta| meta.name)
            .collect();
        parents.sort_unstable();
        parents
    }

    /// All documents that may match, and whether they come in the order asked for.
    pub(super) fn scan<'a>(
        &'a self,
        doctype: &str,
        filters: &[Condition],
        by_modified: bool,
        descending: bool,
    ) -> (Box<dyn Iterator<Item = &'a Doc> + 'a>, bool) {
        if self.meta.get(doctype).is_some_and(|meta| meta.is_table) {
            let docs = self
                .parents_of(doctype)
                .into_iter()
                .filter_map(|parent| self.store.shelf(parent))
                .flat_map(Shelf::by_name);
            return (Box::new(docs), false);
        }
        let Some(shelf) = self.store.shelf(doctype) else {
            return (Box::new(std::iter::empty()), true);
        };
        let from = filters
            .iter()
            .filter(|condition| {
                condition.column.source == Source::Own && condition.column.field == "modified"
            })
            .filter_map(|condition| match condition.operator {
                Operator::Above | Operator::AtLeast | Operator::Between | Operator::Equals => {
                    condition.values.first()
                }
                _ => None,
            })
            .max();
        match (from, by_modified) {
            (from, true) => {
                let docs = shelf.by_modified_from(from.map_or("", String::as_str));
                if descending {
                    (Box::new(docs.rev()), true)
                } else {
                    (Box::new(docs), true)
                }
            }
            (Some(from), false) => (Box::new(shelf.by_modified_from(from)), false),
            (None, false) => (Box::new(shelf.by_name()), false),
        }
    }
}
