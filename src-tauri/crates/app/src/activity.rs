//! Activity: runs and the log.

use ledger::problem::Difference;
use ledger::{Cause, RemoteId, Side};
use serde_json::Value;
use store::{LogId, LogQuery, RunId};

use crate::app::App;
use crate::error::AppError;
use crate::line::{behind, log_line, outcome, run_view};
use crate::show::{count, instant, number, read_instant, some};
use crate::views::{
    ChangedValue, DifferenceView, ExchangeView, HistoryLine, LogDetail, LogFilter, LogPage,
    RecordLinks, RunView,
};

/// Runs on a page.
const RUNS: u32 = 50;
/// The most lines on a page.
const MOST_LINES: u32 = 1_000;
/// Lines are counted up to here: nobody waits for an exact large number.
const COUNTED: u32 = 10_000;
/// The most lines of a record's history.
const HISTORY: u32 = 100;

impl App {
    /// Runs, newest first, older than `before`.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn runs(&self, before: Option<u32>) -> Result<Vec<RunView>, AppError> {
        let pairing = self.pairing().await?.id;
        let before = before.map(|id| RunId(i64::from(id)));
        self.close_dead_runs().await?;
        let (runs, writes) = self
            .db(move |store| {
                let runs = store.runs(Some(pairing), before, RUNS)?;
                let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
                let writes = store.writes_of_runs(&ids)?;
                Ok((runs, writes))
            })
            .await?;
        Ok(runs.iter().map(|run| run_view(run, &writes)).collect())
    }

    /// Marks runs whose program was ended under way, so that none looks as if it still ran. Nothing is
    /// done while one does, here or in another process.
    pub(crate) async fn close_dead_runs(&self) -> Result<(), AppError> {
        let open = self
            .db(|store| Ok(store.runs(None, None, 1)?.pop()))
            .await?;
        if open.is_none_or(|run| run.outcome != store::RunOutcome::Running) {
            return Ok(());
        }
        // Whoever holds the folder may be running it.
        let Ok(_turn) = self.take_turn("looking at runs") else {
            return Ok(());
        };
        let now = self.0.clock.now();
        self.db(move |store| store.close_dead_runs(now)).await?;
        Ok(())
    }

    /// Log lines, newest first, older than `before`.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn log(
        &self,
        filter: LogFilter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<LogPage, AppError> {
        let mut query = self.log_query(filter).await?;
        let all = LogQuery {
            pairing: query.pairing,
            after: Some(LogId(0)),
            limit: 1,
            ..LogQuery::default()
        };
        let limit = limit.clamp(1, MOST_LINES);
        query.before = before.map(|id| LogId(i64::from(id)));
        // One more than asked for tells whether there is a next page.
        query.limit = limit + 1;
        let (mut lines, total, oldest) = self
            .db(move |store| {
                Ok((
                    store.log(&query)?,
                    store.log_count(&query, COUNTED + 1)?,
                    store.log(&all)?,
                ))
            })
            .await?;
        let more = lines.len() > limit as usize;
        lines.truncate(limit as usize);
        Ok(LogPage {
            next_before: lines.last().filter(|_| more).map(|line| number(line.id.0)),
            total: count(total.min(u64::from(COUNTED))),
            more_than_total: total > u64::from(COUNTED),
            oldest_at: oldest.first().map(|line| instant(line.at)),
            lines: lines.iter().map(log_line).collect(),
        })
    }

    /// Everything about one line.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn log_detail(&self, id: u32) -> Result<LogDetail, AppError> {
        let line = self
            .db(move |store| store.log_line(LogId(i64::from(id))))
            .await?
            .ok_or_else(|| AppError::NotFound(format!("log line {id}")))?;
        let write = &line.write;
        let detail = write.detail.clone().unwrap_or(Value::Null);
        // Older versions kept the cause among the details.
        let before = || serde_json::from_value(detail.get("cause")?.clone()).ok();
        let cause: Option<Cause> = write.message.cause().cloned().or_else(before);
        let mut differences: Vec<Difference> = detail
            .get("differences")
            .and_then(|list| serde_json::from_value(list.clone()).ok())
            .unwrap_or_default();
        if let Some(cause) = &cause {
            differences.extend(cause.differences());
        }
        let ran = match line.run {
            Some(run) => self.db(move |store| store.run(run)).await?,
            None => None,
        };
        let who = who(&detail, ran.as_ref());
        let history = self.history_of(&line).await?;
        let exception = self.open_exception(&line).await?;
        let explanation = cause
            .as_ref()
            .map_or_else(|| write.message.sentence(), Cause::sentence);
        Ok(LogDetail {
            line: log_line(&line),
            explanation,
            next_step: cause.as_ref().map(Cause::next_step),
            exception,
            record: record_of(write),
            who,
            changes: changes(&detail),
            differences: differences.into_iter().map(DifferenceView::from).collect(),
            history,
            exchanges: exchanges(&detail, write.to, &instant(line.at)),
            links: self
                .record_links(
                    write.kind,
                    write.xero_id.as_ref(),
                    write.erpnext_id.as_ref(),
                )
                .await,
        })
    }

    /// The life of a line's record, newest first.
    async fn history_of(&self, line: &store::LogLine) -> Result<Vec<HistoryLine>, AppError> {
        let ids = [&line.write.xero_id, &line.write.erpnext_id];
        let mut found: Vec<store::LogLine> = Vec::new();
        for id in ids.into_iter().flatten() {
            let query = LogQuery {
                pairing: Some(line.pairing),
                kind: line.write.kind,
                record: Some(id.clone()),
                limit: HISTORY,
                ..LogQuery::default()
            };
            found.extend(self.db(move |store| store.log(&query)).await?);
        }
        found.sort_by_key(|line| std::cmp::Reverse(line.id));
        found.dedup_by_key(|line| line.id);
        Ok(found
            .iter()
            .map(|line| HistoryLine {
                id: number(line.id.0),
                at: instant(line.at),
                text: line.write.message.sentence(),
                outcome: outcome(line.write.outcome),
            })
            .collect())
    }

    /// The open exception of a line's record.
    async fn open_exception(&self, line: &store::LogLine) -> Result<Option<u32>, AppError> {
        let Some(kind) = line.write.kind else {
            return Ok(None);
        };
        let pairing = line.pairing;
        let standing = self
            .db(move |store| store.standing_exceptions(pairing))
            .await?;
        let of = |side: Side, id: &Option<RemoteId>| {
            id.as_ref().and_then(|id| {
                standing
                    .get(&store::RecordKey {
                        side,
                        kind,
                        id: id.clone(),
                    })
                    .filter(|it| it.status == store::ExceptionStatus::Open)
                    .map(|it| number(it.id.0))
            })
        };
        Ok(of(Side::Xero, &line.write.xero_id)
            .or_else(|| of(Side::Erpnext, &line.write.erpnext_id)))
    }

    pub(crate) async fn log_query(&self, filter: LogFilter) -> Result<LogQuery, AppError> {
        let pairing = self.pairing().await?.id;
        let instant_of = |text: Option<String>| {
            text.map(|text| {
                read_instant(&text).ok_or_else(|| {
                    AppError::usage(
                        format!("\"{text}\" is not an instant."),
                        "Write it like 2026-01-31T09:00:00Z.",
                    )
                })
            })
            .transpose()
        };
        Ok(LogQuery {
            pairing: Some(pairing),
            run: filter.run.map(|run| RunId(i64::from(run))),
            kind: filter.kind.map(Into::into),
            to: filter.towards.map(Into::into),
            outcomes: filter.outcomes.into_iter().flat_map(behind).collect(),
            record: None,
            text: filter.text.as_deref().and_then(some),
            since: instant_of(filter.since)?,
            until: instant_of(filter.until)?,
            before: None,
            after: None,
            limit: 0,
        })
    }

    /// Where a person opens a record, on both sides.
    pub(crate) async fn record_links(
        &self,
        kind: Option<ledger::Kind>,
        xero_id: Option<&RemoteId>,
        erpnext_id: Option<&RemoteId>,
    ) -> RecordLinks {
        let Some(kind) = kind else {
            return RecordLinks::default();
        };
        // Links are a convenience: where the books cannot be reached there are none.
        let Ok(pairing) = self.pairing().await else {
            return RecordLinks::default();
        };
        let Ok(reached) = self.reach(&pairing).await else {
            return RecordLinks::default();
        };
        let link = |side: Side, id: Option<&RemoteId>| {
            id.and_then(|id| reached.books.get(side).link(kind, id))
        };
        RecordLinks {
            xero: link(Side::Xero, xero_id),
            erpnext: link(Side::Erpnext, erpnext_id),
        }
    }
}

/// The record of a line, as it is named to be synced alone.
fn record_of(write: &store::LogWrite) -> Option<String> {
    let (side, id) = match (&write.xero_id, &write.erpnext_id) {
        (Some(id), _) => (Side::Xero, id),
        (None, Some(id)) => (Side::Erpnext, id),
        (None, None) => return None,
    };
    Some(crate::scope::name_of(&store::RecordKey {
        side,
        kind: write.kind?,
        id: id.clone(),
    }))
}

/// Who did what a line says: who signed it, else who began its run.
pub(crate) fn who(detail: &Value, run: Option<&store::Run>) -> Option<String> {
    let signed = detail.get("who").and_then(Value::as_str);
    signed
        .map(str::to_owned)
        .or_else(|| run.and_then(|run| run.who.clone()))
}

/// The values that were changed, each before and after.
pub(crate) fn changes(detail: &Value) -> Vec<ChangedValue> {
    let of = |name: &str| detail.get(name).and_then(Value::as_object);
    let (before, after) = (of("before"), of("after"));
    let fields = after.or(before).into_iter().flat_map(|it| it.keys());
    let shown = |values: Option<&serde_json::Map<String, Value>>, field: &str| {
        let value = values?.get(field)?;
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    };
    fields
        .map(|field| ChangedValue {
            field: field.clone(),
            before: shown(before, field),
            after: shown(after, field),
        })
        .collect()
}

/// The requests behind a line, each with its answer. Older lines keep one answer, and so do refusals: it
/// belongs to the last request.
fn exchanges(detail: &Value, side: Option<Side>, at: &str) -> Vec<ExchangeView> {
    let (Some(steps), Some(side)) = (detail.get("steps").and_then(Value::as_array), side) else {
        return Vec::new();
    };
    let pretty = |value: &Value| match value {
        Value::String(text) => serde_json::from_str::<Value>(text)
            .and_then(|parsed| serde_json::to_string_pretty(&parsed))
            .unwrap_or_else(|_| text.clone()),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let answer = detail
        .get("answer")
        .filter(|answer| !answer.is_null())
        .map(pretty);
    let own = |index: usize| {
        let answer = detail.get("answers")?.get(index)?;
        let (status, body) = (answer.get("status")?, answer.get("body")?);
        let mut body = body.clone();
        net::redact::json(&mut body);
        Some(format!("{status}\n{}", pretty(&body)))
    };
    let last = steps.len().saturating_sub(1);
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
            let mut body = step.get("body").cloned().unwrap_or(Value::Null);
            net::redact::json(&mut body);
            ExchangeView {
                side: side.into(),
                at: at.to_owned(),
                request: format!("{} {}", text("method"), net::redact::url(text("path"))),
                body: if body.is_null() {
                    String::new()
                } else {
                    pretty(&body)
                },
                answer: own(index).or_else(|| answer.clone().filter(|_| index == last)),
            }
        })
        .collect()
}
