//! Requests written down before they are sent.
//!
//! A batch is in the journal with its requests before anything is sent (`journal_intended`). What could
//! not be worded in full by then, because only an answer tells it (the `modified` of a draft that was
//! seen, the rows of a Contact, a marker's revision), is added to the intent's row before that request
//! goes out, each time in a transaction of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use store::{Store, StoreError};

use crate::books::{Exchange, Exchanges, NotWrittenDown, Prepared, Step, Wire};
use crate::progress::Control;

/// The journal of one batch.
pub(in crate::run) struct Journalled<'a> {
    store: &'a Store,
    /// The writes as the journal has them.
    written: Mutex<BTreeMap<String, Prepared>>,
    exchanges: Exchanges,
    failed: Mutex<Option<StoreError>>,
    control: Option<&'a Control>,
}

impl<'a> Journalled<'a> {
    pub(in crate::run) fn new(store: &'a Store, batch: &[Prepared]) -> Self {
        let written = batch
            .iter()
            .map(|prepared| (prepared.write.key.clone(), prepared.clone()))
            .collect();
        Self {
            store,
            written: Mutex::new(written),
            exchanges: Exchanges::default(),
            failed: Mutex::new(None),
            control: None,
        }
    }

    /// Writes of it that were not begun when the run is asked to stop are not sent.
    pub(in crate::run) fn until_stopped(mut self, control: &'a Control) -> Self {
        self.control = Some(control);
        self
    }

    /// Why a request could not be written down, where one could not.
    pub(in crate::run) fn failure(&self) -> Option<StoreError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    /// What was sent and answered for a write.
    pub(in crate::run) fn exchanges(&self, key: &str) -> Vec<Exchange> {
        self.exchanges.take(key)
    }

    fn fail(&self, why: StoreError) -> NotWrittenDown {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(why);
        NotWrittenDown
    }

    fn write_down(&self, requests: &[(&str, Step)]) -> Result<(), StoreError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed: BTreeMap<String, Prepared> = BTreeMap::new();
        for (key, request) in requests {
            let known = written
                .get(*key)
                .ok_or_else(|| StoreError::NotFound(format!("the intent {key}")))?;
            let entry = changed.get(*key).unwrap_or(known);
            if !entry.says(request) {
                let mut entry = entry.clone();
                entry.steps.push(request.clone());
                changed.insert((*key).to_owned(), entry);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let rows: Vec<(&str, serde_json::Value)> = changed
            .iter()
            // Plain data: it always serialises.
            .map(|(key, entry)| {
                (
                    key.as_str(),
                    serde_json::to_value(entry).unwrap_or_default(),
                )
            })
            .collect();
        self.store.journal_requests(&rows)?;
        written.extend(changed);
        Ok(())
    }
}

impl Wire for Journalled<'_> {
    fn sending(&self, requests: &[(&str, Step)]) -> Result<(), NotWrittenDown> {
        self.write_down(requests).map_err(|why| self.fail(why))?;
        self.exchanges.sending(requests)
    }

    fn answered(&self, key: &str, status: u16, body: serde_json::Value) {
        self.exchanges.answered(key, status, body);
    }

    fn is_stopping(&self) -> bool {
        self.control.is_some_and(Control::is_stopping)
    }
}
