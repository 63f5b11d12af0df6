//! The log. Its pages are put together from what is asked for; [`page`] and [`count`] are the only
//! ways.

use std::fmt::Write as _;

use rusqlite::types::Value;

use super::Sql;
use crate::LogQuery;
use crate::codes::{Numbered, coded};
use crate::sql::millis;

macro_rules! columns {
    () => {
        "log.id, log.pairing, log.run, log.at, log.kind, log.direction, log.xero_id, \
         log.erpnext_id, log.title, log.contact, log.amount, log.currency, log.outcome, log.said, \
         log.message"
    };
}

statements! {
    plain {
        ONE = concat!("SELECT ", columns!(), " FROM log WHERE log.id = ?1");
        DETAIL = "SELECT detail FROM log_details WHERE line = ?1";
        APPEND = "INSERT INTO log (pairing, run, at, kind, direction, xero_id, erpnext_id, title,
               contact, currency, amount, outcome, said, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        /// The words by which a line is found.
        APPEND_TEXT = "INSERT INTO log_text (rowid, title, contact, message) VALUES (?1, ?2, ?3, ?4)";
        APPEND_DETAIL = "INSERT INTO log_details (line, detail) VALUES (?1, ?2)";
        /// Lines of a pairing and an outcome, with numbers below one (3) and from before an instant (4).
        RETIRE = "DELETE FROM log WHERE id IN
               (SELECT id FROM log INDEXED BY log_outcome WHERE pairing = ?1 AND outcome = ?2
                AND id < ?3 AND +at < ?4 ORDER BY id LIMIT ?5)";
        /// The highest number that is not above this one.
        LAST = "SELECT id FROM log WHERE id <= ?1 ORDER BY id DESC LIMIT 1";
        /// The first line whose number is not below this one.
        FROM = "SELECT id, at FROM log WHERE id >= ?1 ORDER BY id LIMIT 1";
        /// The first of the log's words that is not before this one.
        NEXT_WORD = "SELECT term FROM temp.log_words WHERE term >= ?1 LIMIT 1";
    }
}

/// The numbers that lines of a query's time may have: from the first, and below the second.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    pub(crate) from: Option<i64>,
    pub(crate) below: Option<i64>,
}

/// A statement with its values in order.
pub(crate) struct Composed {
    pub(crate) sql: Sql,
    pub(crate) values: Vec<Value>,
}

/// The lines of a query, in its order; `text` is the query's text as FTS5 takes it.
pub(crate) fn page(query: &LogQuery, text: Option<String>, bounds: Bounds) -> Composed {
    let mut built = conditions(query, text, bounds);
    if let Some(before) = query.before {
        built.and_line("< ?", before.0);
    }
    if let Some(after) = query.after {
        built.and_line("> ?", after.0);
    }
    let arms: Vec<String> = built
        .arms()
        .map(|from_where| format!(concat!("SELECT ", columns!(), " {}"), from_where))
        .collect();
    let by = match arms.len() {
        1 => built.id,
        // Each arm comes in order from its index; SQLite merges them.
        _ => "1",
    };
    let direction = if query.after.is_none() { "DESC" } else { "ASC" };
    let mut sql = format!("{} ORDER BY {by} {direction}", arms.join(" UNION ALL "));
    if query.limit > 0 {
        let _ = write!(sql, " LIMIT {}", query.limit);
    }
    built.composed(sql)
}

/// How many lines a query has in all, whatever its page, up to `most`.
pub(crate) fn count(query: &LogQuery, text: Option<String>, bounds: Bounds, most: u32) -> Composed {
    let built = conditions(query, text, bounds);
    let arms: Vec<String> = built
        .arms()
        .map(|from_where| format!("SELECT 1 {from_where}"))
        .collect();
    let sql = format!(
        "SELECT count(*) FROM ({} LIMIT {most})",
        arms.join(" UNION ALL ")
    );
    built.composed(sql)
}

struct Built {
    from_where: String,
    /// The line's number, as this statement has it.
    id: &'static str,
    /// Outcomes that are asked for one by one, each from its place in an index; empty where the
    /// outcome is no way to the lines.
    outcomes: Vec<i64>,
    values: Vec<Value>,
}

impl Built {
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = self.values.len();
        let _ = write!(
            self.from_where,
            " AND {}",
            condition.replace('?', &format!("?{place}"))
        );
    }

    fn and_line(&mut self, condition: &str, value: impl Into<Value>) {
        self.and(&format!("{} {condition}", self.id), value);
    }

    fn arms(&self) -> impl Iterator<Item = String> {
        let whole = self
            .outcomes
            .is_empty()
            .then(|| self.from_where.clone());
        let by_outcome = self
            .outcomes
            .iter()
            .map(|number| format!("{} AND log.outcome = {number}", self.from_where));
        whole.into_iter().chain(by_outcome)
    }

    fn composed(self, sql: String) -> Composed {
        Composed {
            sql: Sql(sql.into()),
            values: self.values,
        }
    }
}

/// What a query's lines must fulfil. One condition is the way to the lines: the text, else the
/// record, the run, the outcomes of a pairing, the pairing, the number. SQLite is told so: by the
/// name of the index, and where two are needed (a record's lines), by a unary plus before the
/// columns of all others.
fn conditions(query: &LogQuery, text: Option<String>, bounds: Bounds) -> Built {
    let by_text = text.is_some();
    let by_record = !by_text && query.record.is_some();
    let by_run = !by_text && !by_record && query.run.is_some();
    let by_pairing = !by_text && !by_record && !by_run && query.pairing.is_some();
    let plus = |way: bool| if way { "" } else { "+" };
    let from = if by_text {
        "FROM log_text CROSS JOIN log ON log.id = log_text.rowid WHERE 1"
    } else if by_run {
        "FROM log INDEXED BY log_run WHERE 1"
    } else if by_pairing && query.outcomes.is_empty() {
        "FROM log INDEXED BY log_pairing WHERE 1"
    } else if by_pairing {
        "FROM log INDEXED BY log_outcome WHERE 1"
    } else {
        "FROM log WHERE 1"
    };
    let mut built = Built {
        from_where: from.to_owned(),
        id: if by_text { "log_text.rowid" } else { "log.id" },
        outcomes: Vec::new(),
        values: Vec::new(),
    };
    if let Some(text) = text {
        built.and("log_text MATCH ?", text);
    }
    if let Some(record) = &query.record {
        let plus = plus(by_record);
        built.and(
            &format!("({plus}log.xero_id = ? OR {plus}log.erpnext_id = ?)"),
            coded(record).value(),
        );
    }
    if let Some(run) = query.run {
        built.and(&format!("{}log.run = ?", plus(by_run)), run.0);
    }
    if let Some(pairing) = query.pairing {
        built.and(&format!("{}log.pairing = ?", plus(by_pairing)), pairing.0);
    }
    if let Some(kind) = query.kind {
        built.and("+log.kind = ?", kind.number());
    }
    if let Some(side) = query.to {
        built.and("+log.direction = ?", side.number());
    }
    let mut outcomes: Vec<i64> = query.outcomes.iter().map(|it| it.number()).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    if by_pairing {
        built.outcomes = outcomes;
    } else if !outcomes.is_empty() {
        let outcomes: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
        let _ = write!(
            built.from_where,
            " AND +log.outcome IN ({})",
            outcomes.join(", ")
        );
    }
    // Numbers grow with time, so the bounds by number let SQLite start near the right place.
    if let Some(since) = query.since {
        built.and("+log.at >= ?", millis(since));
    }
    if let Some(from) = bounds.from {
        built.and_line(">= ?", from);
    }
    if let Some(until) = query.until {
        built.and("+log.at < ?", millis(until));
    }
    if let Some(below) = bounds.below {
        built.and_line("< ?", below);
    }
    built
}
