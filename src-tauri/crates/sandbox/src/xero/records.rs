//! Records with their indexes: by id, by last change, and by the keys each kind is looked up with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::listing::Changes;

/// A record that can be kept in [`Records`].
pub trait Row: Clone {
    /// Its id.
    fn id(&self) -> Uuid;
    /// Its `UpdatedDateUTC`.
    fn updated(&self) -> DateTime<Utc>;
    /// Kinds and values it can be looked up by.
    fn keys(&self) -> Vec<(&'static str, String)>;
}

/// Records of one kind. Between [`Records::begin`] and [`Records::commit`] or
/// [`Records::roll_back`] every change can be taken back.
pub struct Records<R> {
    rows: HashMap<Uuid, R>,
    changes: Changes,
    keys: HashMap<&'static str, HashMap<String, BTreeSet<Uuid>>>,
    undo: Option<Vec<(Uuid, Option<R>)>>,
    touched: Option<BTreeMap<Uuid, bool>>,
}

impl<R> Default for Records<R> {
    fn default() -> Self {
        Records {
            rows: HashMap::new(),
            changes: Changes::new(),
            keys: HashMap::new(),
            undo: None,
            touched: None,
        }
    }
}

impl<R: Row> Records<R> {
    /// One record.
    pub fn get(&self, id: Uuid) -> Option<&R> {
        self.rows.get(&id)
    }

    /// Saves a record, new or changed.
    pub fn put(&mut self, row: R) {
        let id = row.id();
        let (updated, keys) = (row.updated(), row.keys());
        let old = self.rows.insert(id, row);
        if let Some(old) = &old {
            self.unindex(old);
        }
        self.changes.insert((updated, id));
        for (kind, key) in keys {
            self.keys
                .entry(kind)
                .or_default()
                .entry(key)
                .or_default()
                .insert(id);
        }
        if let Some(touched) = &mut self.touched {
            *touched.entry(id).or_default() |= old.is_none();
        }
        if let Some(undo) = &mut self.undo {
            undo.push((id, old));
        }
    }

    fn unindex(&mut self, old: &R) {
        let id = old.id();
        self.changes.remove(&(old.updated(), id));
        for (kind, key) in old.keys() {
            if let Some(entries) = self.keys.get_mut(kind)
                && let Some(ids) = entries.get_mut(&key)
            {
                ids.remove(&id);
                if ids.is_empty() {
                    entries.remove(&key);
                }
            }
        }
    }

    /// Ids with a key, in id order.
    pub fn with_key<'a>(
        &'a self,
        kind: &'static str,
        key: &str,
    ) -> impl Iterator<Item = Uuid> + use<'a, R> {
        self.keys
            .get(kind)
            .and_then(|entries| entries.get(key))
            .into_iter()
            .flatten()
            .copied()
    }

    /// The order of last change.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// All records in the order of last change.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.changes.iter().filter_map(|(_, id)| self.rows.get(id))
    }

    /// Takes a record out, as if it had never been.
    pub fn remove(&mut self, id: Uuid) {
        if let Some(row) = self.rows.remove(&id) {
            self.unindex(&row);
        }
    }

    /// Starts remembering which records are saved, for webhooks.
    pub fn watch(&mut self) {
        self.touched = Some(BTreeMap::new());
    }

    /// The records saved since last asked, in id order, and whether each was new.
    pub fn take_touched(&mut self) -> Vec<(Uuid, bool)> {
        self.touched
            .as_mut()
            .map(|touched| std::mem::take(touched).into_iter().collect())
            .unwrap_or_default()
    }

    /// Starts remembering what to take back.
    pub fn begin(&mut self) {
        self.undo = Some(Vec::new());
    }

    /// Keeps all changes since [`Records::begin`].
    pub fn commit(&mut self) {
        self.undo = None;
    }

    /// Takes back all changes since [`Records::begin`].
    pub fn roll_back(&mut self) {
        for (id, old) in self.undo.take().unwrap_or_default().into_iter().rev() {
            match old {
                Some(old) => self.put(old),
                None => {
                    if let Some(row) = self.rows.remove(&id) {
                        self.unindex(&row);
                    }
                }
            }
        }
    }
}
