//! The documents, with the indexes that keep a site of a hundred thousand invoices quick, and an
//! undo journal: a request that fails leaves nothing behind.

mod changes;
mod collation;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

pub(crate) use self::changes::Change;
pub(crate) use self::collation::{fold, order_folded};
use super::cell::{Cell, Doc};

/// Fields looked up often enough to index: document type, child table ("" for its own), field.
const INDEXED: [(&str, &str, &str); 14] = [
    ("Sales Invoice", "", "customer"),
    ("Sales Invoice", "", "amended_from"),
    ("Sales Invoice", "", "return_against"),
    ("Customer", "", "customer_name"),
    ("Contact", "links", "link_name"),
    ("Address", "links", "link_name"),
    ("Payment Entry", "references", "reference_name"),
    ("Payment Entry", "", "party"),
    ("Journal Entry", "accounts", "reference_name"),
    ("Journal Entry", "accounts", "party"),
    ("Item Price", "", "item_code"),
    ("Version", "", "docname"),
    ("Comment", "", "reference_name"),
    ("ToDo", "", "reference_name"),
];

type Slot = u32;

/// Who holds each value of an indexed field.
type Holders = HashMap<Box<str>, BTreeSet<Slot>>;

/// All documents of one type.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    docs: Vec<Option<Doc>>,
    free: Vec<Slot>,
    names: BTreeMap<Box<str>, Slot>,
    by_modified: BTreeSet<(Box<str>, Slot)>,
    unique: HashMap<Box<str>, HashMap<Box<str>, Slot>>,
    by_value: HashMap<(&'static str, &'static str), Holders>,
}

impl Shelf {
    fn for_doctype(doctype: &str) -> Self {
        let mut shelf = Self::default();
        for (of, table, field) in INDEXED {
            if of == doctype {
                shelf.by_value.insert((table, field), HashMap::new());
            }
        }
        shelf
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Doc> {
        self.names
            .get(&fold(name))
            .and_then(|slot| self.docs[*slot as usize].as_ref())
    }

    /// Every document in name order, which is how the primary key answers an unordered list.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = &Doc> {
        self.names
            .values()
            .filter_map(|slot| self.docs[*slot as usize].as_ref())
    }

    /// Documents by `modified`, from the given value on.
    pub(crate) fn by_modified_from<'a>(
        &'a self,
        from: &str,
    ) -> impl DoubleEndedIterator<Item = &'a Doc> + use<'a> {
        self.by_modified
            .range((Box::from(from), 0)..)
            .filter_map(|(_, slot)| self.docs[*slot as usize].as_ref())
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Documents whose indexed field has that value; `None` where the field is not indexed.
    pub(crate) fn with_value(&self, table: &str, field: &str, value: &str) -> Option<Vec<&Doc>> {
        if table.is_empty() {
            if field == "name" {
                return Some(self.get(value).into_iter().collect());
            }
            if let Some(index) = self.unique.get(field) {
                return Some(
                    index
                        .get(&fold(value))
                        .and_then(|slot| self.docs[*slot as usize].as_ref())
                        .into_iter()
                        .collect(),
                );
            }
        }
        let (_, index) = self
            .by_value
            .iter()
            .find(|((of, name), _)| *of == table && *name == field)?;
        Some(
            index
                .get(&fold(value))
                .into_iter()
                .flatten()
                .filter_map(|slot| self.docs[*slot as usize].as_ref())
                .collect(),
        )
    }

    /// Documents that have that value in an indexed field, of a child table where one is named, one
    /// after the other.
    pub(crate) fn each_with<'a>(
        &'a self,
        table: &str,
        field: &str,
        value: &str,
    ) -> impl Iterator<Item = &'a Doc> + use<'a> {
        self.by_value
            .iter()
            .find(|((of, name), _)| *of == table && *name == field)
            .and_then(|(_, index)| index.get(&fold(value)))
            .into_iter()
            .flatten()
            .filter_map(|slot| self.docs[*slot as usize].as_ref())
    }

    /// The name of another document that holds this value of a unique field.
    pub(crate) fn holder(&self, field: &str, value: &str, except: &str) -> Option<&str> {
        let slot = *self.unique.get(field)?.get(&fold(value))?;
        let doc = self.docs[slot as usize].as_ref()?;
        (fold(doc.name()) != fold(except)).then(|| doc.name())
    }

    /// Starts a unique index; `false` where two documents already share a value.
    pub(crate) fn make_unique(&mut self, field: &str) -> bool {
        let mut index = HashMap::new();
        for (at, doc) in self.docs.iter().enumerate() {
            let Some(Cell::Text(text)) = doc.as_ref().map(|doc| doc.row.get(field)) else {
                continue;
            };
            if !text.is_empty() && index.insert(fold(text), slot_of(at)).is_some() {
                return false;
            }
        }
        self.unique.insert(field.into(), index);
        true
    }

    pub(crate) fn drop_unique(&mut self, field: &str) {
        self.unique.remove(field);
    }

    fn index(&mut self, slot: Slot, add: bool) {
        let Some(doc) = self.docs[slot as usize].as_ref() else {
            return;
        };
        let modified = (Box::from(doc.text("modified")), slot);
        if add {
            self.by_modified.insert(modified);
        } else {
            self.by_modified.remove(&modified);
        }
        for (field, index) in &mut self.unique {
            if let Cell::Text(text) = doc.row.get(field)
                && !text.is_empty()
            {
                if add {
                    index.insert(fold(text), slot);
                } else {
                    index.remove(&fold(text));
                }
            }
        }
        for ((table, field), index) in &mut self.by_value {
            let own = [&doc.row];
            let rows: Vec<_> = if table.is_empty() {
                own.to_vec()
            } else {
                doc.rows(table).iter().collect()
            };
            for row in rows {
                if let Cell::Text(text) = row.get(field) {
                    let folded = fold(text);
                    if add {
                        index.entry(folded).or_default().insert(slot);
                    } else if let Some(slots) = index.get_mut(&folded) {
                        slots.remove(&slot);
                        if slots.is_empty() {
                            index.remove(&folded);
                        }
                    }
                }
            }
        }
    }

    fn put(&mut self, doc: Doc) -> Option<Doc> {
        let key = fold(doc.name());
        if let Some(slot) = self.names.get(&key).copied() {
            self.index(slot, false);
            let before = self.docs[slot as usize].replace(doc);
            self.index(slot, true);
            before
        } else {
            let slot = self.free.pop().unwrap_or_else(|| {
                self.docs.push(None);
                slot_of(self.docs.len() - 1)
            });
            self.docs[slot as usize] = Some(doc);
            self.names.insert(key, slot);
            self.index(slot, true);
            None
        }
    }

    fn take(&mut self, name: &str) -> Option<Doc> {
        let slot = self.names.remove(&fold(name))?;
        self.index(slot, false);
        self.free.push(slot);
        self.docs[slot as usize].take()
    }
}

#[allow(clippy::cast_possible_truncation)] // a sandbox never holds four thousand million documents
fn slot_of(at: usize) -> Slot {
    at as Slot
}

#[derive(Debug)]
enum Undo {
    /// The document as it was; `None`: it did not exist.
    Doc(&'static str, Box<str>, Option<Box<Doc>>),
    Series(Box<str>, Option<u64>),
    /// A leftover was noted.
    Leftover,
}

/// What a deleted document leaves for the site's worker to clear away.
#[derive(Debug)]
pub(crate) struct Leftover {
    /// When the worker gets to it.
    pub(crate) due: DateTime<Utc>,
    pub(crate) doctype: &'static str,
    pub(crate) name: Box<str>,
}

/// Every document of the site.
#[derive(Debug, Default)]
pub(crate) struct Store {
    shelves: HashMap<&'static str, Shelf>,
    series: HashMap<Box<str>, u64>,
    journal: Vec<Undo>,
    changes: Option<Vec<Change>>,
    leftovers: Vec<Leftover>,
}

impl Store {
    /// Opens a shelf for a document type.
    pub(crate) fn open(&mut self, doctype: &'static str) {
        self.shelves
            .entry(doctype)
            .or_insert_with(|| Shelf::for_doctype(doctype));
    }

    pub(crate) fn shelf(&self, doctype: &str) -> Option<&Shelf> {
        self.shelves.get(doctype)
    }

    pub(crate) fn shelf_mut(&mut self, doctype: &str) -> Option<&mut Shelf> {
        self.shelves.get_mut(doctype)
    }

    pub(crate) fn get(&self, doctype: &str, name: &str) -> Option<&Doc> {
        self.shelves.get(doctype)?.get(name)
    }

    /// Stores a document under its own name.
    pub(crate) fn put(&mut self, mut doc: Doc) {
        doc.compact();
        let (doctype, name) = (doc.doctype, Box::from(doc.name()));
        let Some(shelf) = self.shelves.get_mut(doctype) else {
            return;
        };
        let before = shelf.put(doc);
        self.journal
            .push(Undo::Doc(doctype, name, before.map(Box::new)));
    }

    /// Takes a document away.
    pub(crate) fn remove(&mut self, doctype: &'static str, name: &str) -> Option<Doc> {
        let doc = self.shelves.get_mut(doctype)?.take(name)?;
        self.journal.push(Undo::Doc(
            doctype,
            Box::from(doc.name()),
            Some(Box::new(doc.clone())),
        ));
        Some(doc)
    }

    /// Notes what is to be cleared away after a deletion.
    pub(crate) fn leave(&mut self, leftover: Leftover) {
        self.leftovers.push(leftover);
        self.journal.push(Undo::Leftover);
    }

    /// What is to be cleared away by now.
    pub(crate) fn due_leftovers(&mut self, now: DateTime<Utc>) -> Vec<Leftover> {
        let (due, later) = std::mem::take(&mut self.leftovers)
            .into_iter()
            .partition(|leftover| leftover.due <= now);
        self.leftovers = later;
        due
    }

    /// Takes the documents of a type whose indexed field has that value and of which `gone` says so,
    /// without anybody being told.
    pub(crate) fn clear_away(
        &mut self,
        doctype: &str,
        field: &str,
        value: &str,
        gone: impl Fn(&Doc) -> bool,
    ) {
        let Some(shelf) = self.shelves.get_mut(doctype) else {
            return;
        };
        let found = shelf.with_value("", field, value).unwrap_or_default();
        let names: Vec<String> = found
            .into_iter()
            .filter(|doc| gone(doc))
            .map(|doc| doc.name().to_owned())
            .collect();
        for name in names {
            shelf.take(&name);
        }
    }

    /// The next number of a series, from 1.
    pub(crate) fn next_in_series(&mut self, prefix: &str) -> u64 {
        let before = self.series.get(prefix).copied();
        let next = before.unwrap_or(0) + 1;
        self.journal.push(Undo::Series(prefix.into(), before));
        self.series.insert(prefix.into(), next);
        next
    }

    /// Gives the newest number of a series back, as deleting the newest document does.
    pub(crate) fn give_back(&mut self, prefix: &str, number: u64) {
        if let Some(current) = self.series.get(prefix).copied()
            && current == number
        {
            self.journal
                .push(Undo::Series(prefix.into(), Some(current)));
            self.series.insert(prefix.into(), current - 1);
        }
    }

    /// Moves a series to a number.
    pub(crate) fn set_series(&mut self, prefix: &str, to: u64) {
        let before = self.series.insert(prefix.into(), to);
        self.journal.push(Undo::Series(prefix.into(), before));
    }

    /// The current number of a series.
    pub(crate) fn series(&self, prefix: &str) -> Option<u64> {
        self.series.get(prefix).copied()
    }

    /// Marks the point to which [`Self::roll_back`] returns.
    pub(crate) fn savepoint(&self) -> usize {
        self.journal.len()
    }

    /// Undoes everything since the savepoint.
    pub(crate) fn roll_back(&mut self, savepoint: usize) {
        while self.journal.len() > savepoint {
            match self.journal.pop() {
                Some(Undo::Doc(doctype, name, before)) => {
                    let Some(shelf) = self.shelves.get_mut(doctype) else {
                        continue;
                    };
                    match before {
                        Some(doc) => drop(shelf.put(*doc)),
                        None => drop(shelf.take(&name)),
                    }
                }
                Some(Undo::Series(prefix, Some(before))) => {
                    self.series.insert(prefix, before);
                }
                Some(Undo::Series(prefix, None)) => {
                    self.series.remove(&prefix);
                }
                Some(Undo::Leftover) => drop(self.leftovers.pop()),
                None => return,
            }
        }
    }

    /// Makes everything so far permanent.
    pub(crate) fn commit(&mut self) {
        self.note_changes();
        self.journal.clear();
    }
}
