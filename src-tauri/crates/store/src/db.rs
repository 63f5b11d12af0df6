//! The door to SQLite: it lets statements of [`crate::statements`] through and nothing else, so that
//! no statement can be run that the tests of query plans have not seen.

use std::ops::Deref;

use rusqlite::{CachedStatement, Connection, Params, Row, Transaction};

use crate::statements::Sql;

/// A connection, for queries.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'c>(&'c Connection);

impl<'c> Reading<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self(connection)
    }

    /// The compiled statement, kept for the next time.
    pub(crate) fn prepare(self, sql: &Sql) -> rusqlite::Result<CachedStatement<'c>> {
        self.0.prepare_cached(sql.text())
    }

    /// The only row of a query's answer.
    pub(crate) fn query_row<T>(
        self,
        sql: &Sql,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.prepare(sql)?.query_row(values, read)
    }

    /// One view of the database for all queries until it is dropped.
    pub(crate) fn snapshot(self) -> rusqlite::Result<Transaction<'c>> {
        self.0.unchecked_transaction()
    }

    /// The connection itself, for what tests do behind the store's back.
    #[cfg(test)]
    pub(crate) const fn raw(self) -> &'c Connection {
        self.0
    }
}

/// A transaction under way, for queries and changes.
#[derive(Clone, Copy)]
pub(crate) struct Writing<'c>(Reading<'c>);

impl<'c> Writing<'c> {
    pub(crate) fn new(transaction: &'c Transaction<'_>) -> Self {
        Self(Reading(transaction))
    }

    /// Carries out a change; how many rows it made, altered or removed.
    pub(crate) fn execute(self, sql: &Sql, values: impl Params) -> rusqlite::Result<usize> {
        self.prepare(sql)?.execute(values)
    }

    /// The number of the row made last.
    pub(crate) fn last_id(self) -> i64 {
        self.0.0.last_insert_rowid()
    }
}

impl<'c> Deref for Writing<'c> {
    type Target = Reading<'c>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
