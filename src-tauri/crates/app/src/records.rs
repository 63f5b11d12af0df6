//! Records: finding any record of either side, and everything about one. All of it is read from the store: no call
//! is made.

mod related;
mod sides;

use chrono::NaiveDate;
use ledger::tracking::Tracked;
use ledger::{MappingKind, Mappings, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{
    Found, Link, LogId, LogQuery, PairingId, Place, RecordKey, RecordQuery, Store, StoreError,
    StoredRecord,
};

use self::sides::Both;
pub(crate) use self::sides::state_word;
use crate::activity::{changes, who};
use crate::app::App;
use crate::error::AppError;
use crate::line::outcome;
use crate::payments;
use crate::scope::name_of;
use crate::show::{amount, instant, number, some};
use crate::views::{
    RecordEvent, RecordFilter, RecordLine, RecordStanding, RecordView, RecordsPage, SideRecordView,
};

/// The most records on a page.
const MOST: u32 = 1_000;
/// The most lines of a record's history on a side.
const HISTORY: u32 = 100;

impl From<store::RecordStanding> for RecordStanding {
    fn from(standing: store::RecordStanding) -> Self {
        match standing {
            store::RecordStanding::Linked => RecordStanding::Linked,
            store::RecordStanding::Waiting => RecordStanding::Waiting,
            store::RecordStanding::Alone => RecordStanding::Alone,
            store::RecordStanding::Ended => RecordStanding::Ended,
        }
    }
}

impl From<RecordStanding> for store::RecordStanding {
    fn from(standing: RecordStanding) -> Self {
        match standing {
            RecordStanding::Linked => store::RecordStanding::Linked,
            RecordStanding::Waiting => store::RecordStanding::Waiting,
            RecordStanding::Alone => store::RecordStanding::Alone,
            RecordStanding::Ended => store::RecordStanding::Ended,
        }
    }
}

impl App {
    /// Records, newest first, older than `before`.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`]; a usage error for what cannot be read of the filter.
    pub async fn records(
        &self,
        filter: RecordFilter,
        before: Option<String>,
        limit: u32,
    ) -> Result<RecordsPage, AppError> {
        let pairing = self.pairing().await?.id;
        let Some(mut query) = self.record_query(filter).await? else {
            return Ok(RecordsPage {
                records: Vec::new(),
                next: None,
            });
        };
        query.before = before.map(|place| read_place(&place)).transpose()?;
        let limit = limit.clamp(1, MOST);
        // One more than asked for tells whether there is a next page.
        query.limit = limit + 1;
        self.db(move |store| {
            let mut found = store.find_records(pairing, &query)?;
            let more = found.len() > limit as usize;
            found.truncate(limit as usize);
            let lines = found.iter().map(|it| line(store, pairing, it));
            Ok(RecordsPage {
                next: found
                    .last()
                    .filter(|_| more)
                    .map(|last| last.place.to_string()),
                records: lines.collect::<Result<_, _>>()?,
            })
        })
        .await
    }

    /// Everything about the record that a text names, as it is known here.
    ///
    /// # Errors
    /// A usage error that lists what could be meant, or says that nothing is; [`AppError::NotPaired`],
    /// [`AppError::Store`].
    pub async fn record(&self, text: String) -> Result<RecordView, AppError> {
        let pairing = self.pairing().await?;
        let named = self.known_named(&pairing, &text).await;
        let named = named.map_err(|error| match error {
            AppError::NoRecord(_) => not_known(&text),
            other => other,
        })?;
        let profiles = self.known_profiles(&pairing).await?;
        let id = pairing.id;
        let known = self
            .db(move |store| {
                let query = RecordQuery {
                    named,
                    ..RecordQuery::default()
                };
                let mut found = store.find_records(id, &query)?.into_iter();
                let Some(first) = found.next() else {
                    return Ok(None);
                };
                // Two that are called the same on the two sides, and are not linked yet.
                let other = found.next().filter(|other| {
                    first.other.is_none() && other.record.side != first.record.side
                });
                let said = store.mappings(id)?;
                let directory = store.known_values(id)?;
                let now = profiles.map(|profiles| profiles.completed(said, &directory));
                let line = line(store, id, &first)?;
                let pair = Pair::of(first, other.map(|it| it.record));
                let view = pair.view(store, id, line, now.as_ref())?;
                let exception = pair.exception.map(|it| store.exception(it)).transpose()?;
                Ok(Some((pair, view, exception.flatten())))
            })
            .await?;
        let Some((pair, mut view, exception)) = known else {
            return Err(not_known(&text));
        };
        if let Some(exception) = exception {
            view.exception = Some(self.exception_view(&pairing, &exception).await?);
        }
        self.open_at(&pair, &mut view).await;
        Ok(view)
    }

    /// Where both sides of a record are opened.
    async fn open_at(&self, pair: &Pair, view: &mut RecordView) {
        let id = |side: Side| pair.on(side).map(|it| &it.row.id);
        let kind = pair.first().kind;
        let links = self
            .record_links(Some(kind), id(Side::Xero), id(Side::Erpnext))
            .await;
        if let Some(side) = &mut view.xero {
            side.link = links.xero;
        }
        if let Some(side) = &mut view.erpnext {
            side.link = links.erpnext;
        }
    }

    /// What a filter asks for; `None` where it names a record that is not known here.
    pub(crate) async fn record_query(
        &self,
        filter: RecordFilter,
    ) -> Result<Option<RecordQuery>, AppError> {
        let mut query = RecordQuery {
            side: filter.side.map(Into::into),
            kind: filter.kind.map(Into::into),
            amount: filter.amount.as_deref().map(read_amount).transpose()?,
            from: filter.from.as_deref().map(read_day).transpose()?,
            until: filter.until.as_deref().map(read_day).transpose()?,
            standing: filter.standing.map(Into::into),
            ..RecordQuery::default()
        };
        let text = filter.text.as_deref().map(str::trim).and_then(some);
        if let Some(text) = text {
            let pairing = self.pairing().await?;
            match self.known_exactly(&pairing, &text).await? {
                // A link or an identity names a record, and no words.
                Some(named) if named.is_empty() => return Ok(None),
                Some(named) => query.named = named,
                None => query.text = Some(text),
            }
        }
        Ok(Some(query))
    }
}

/// Nothing here is called so; whether a system has it was not asked.
fn not_known(text: &str) -> AppError {
    AppError::usage(
        format!("No record called {text} was read from either side yet."),
        format!(
            "Give its number or name as it stands there. What is newer than the last sync is read by \
             counterfoil sync --record \"{text}\"."
        ),
    )
}

fn read_place(text: &str) -> Result<Place, AppError> {
    text.parse().map_err(|_| {
        AppError::usage(
            format!("\"{text}\" is no place in the list."),
            "Take the one that came with the page before.",
        )
    })
}

fn read_day(text: &str) -> Result<NaiveDate, AppError> {
    text.parse().map_err(|_| {
        AppError::usage(
            format!("\"{text}\" is not a day."),
            "Write it like 2026-01-31.",
        )
    })
}

/// An amount, or from one to another: `1440`, `1,440.00`, `1000..1440`, `..10`, `1000..`.
pub(crate) fn read_amount(text: &str) -> Result<(Decimal, Decimal), AppError> {
    let wrong = || {
        AppError::usage(
            format!("\"{text}\" is not an amount."),
            "Write it like 1440.00, or 1000..1440 for all from one to another.",
        )
    };
    let one = |text: &str| -> Result<Decimal, AppError> {
        // A comma parts thousands, as amounts are shown.
        let plain: String = text.trim().chars().filter(|it| *it != ',').collect();
        let signs = plain.strip_prefix('-').unwrap_or(&plain);
        let digits = signs.chars().all(|it| it.is_ascii_digit() || it == '.');
        let read = digits.then(|| plain.parse().ok()).flatten();
        read.ok_or_else(wrong)
    };
    let Some((low, high)) = text.split_once("..") else {
        let amount = one(text)?;
        return Ok((amount, amount));
    };
    let low = if low.trim().is_empty() {
        Decimal::MIN
    } else {
        one(low)?
    };
    let high = if high.trim().is_empty() {
        Decimal::MAX
    } else {
        one(high)?
    };
    if low > high {
        return Err(AppError::usage(
            format!("{low} is more than {high}."),
            "Give the smaller amount first.",
        ));
    }
    Ok((low, high))
}

/// A record in the list.
pub(crate) fn line(
    store: &Store,
    pairing: PairingId,
    found: &Found,
) -> Result<RecordLine, StoreError> {
    let stored = &found.record;
    let record = stored.row.record.as_ref().ok();
    let on = |side: Side| {
        stored.side == side && stored.gone.is_none()
            || found
                .other
                .as_ref()
                .is_some_and(|it| it.side == side && it.gone.is_none())
    };
    Ok(RecordLine {
        record: name_of(&stored.key()),
        kind: stored.kind.into(),
        title: title(store, pairing, stored)?,
        contact: record
            .filter(|it| it.kind() != ledger::Kind::Contact)
            .and_then(|it| some(it.contact_name())),
        date: record.and_then(Record::day).map(|day| day.to_string()),
        amount: record
            .and_then(Record::total)
            .map(|(value, currency)| amount(value, currency)),
        xero: on(Side::Xero),
        erpnext: on(Side::Erpnext),
        standing: found.standing.into(),
        exception: found.exception.map(|it| number(it.0)),
    })
}

/// What a person calls a record.
pub(crate) fn title(
    store: &Store,
    pairing: PairingId,
    stored: &StoredRecord,
) -> Result<String, StoreError> {
    let pays = match &stored.row.record {
        // Only what has neither number nor reference is called after what it pays.
        Ok(record @ Record::Payment(payment))
            if payment.number.is_none() && payment.reference.is_none() =>
        {
            payments::paid_by(store, pairing, stored.side, record)?
        }
        _ => Vec::new(),
    };
    Ok(payments::called(stored.kind, stored.title(), &pays))
}

/// A record on both sides, or on the one that has it.
struct Pair {
    xero: Option<StoredRecord>,
    erpnext: Option<StoredRecord>,
    exception: Option<store::ExceptionId>,
}

impl Pair {
    fn of(found: Found, beside: Option<StoredRecord>) -> Self {
        let exception = found.exception;
        let other = found.other.or(beside);
        let (xero, erpnext) = match found.record.side {
            Side::Xero => (Some(found.record), other),
            Side::Erpnext => (other, Some(found.record)),
        };
        Self {
            xero,
            erpnext,
            exception,
        }
    }

    const fn on(&self, side: Side) -> Option<&StoredRecord> {
        match side {
            Side::Xero => self.xero.as_ref(),
            Side::Erpnext => self.erpnext.as_ref(),
        }
    }

    /// The key of either; there is one.
    fn first(&self) -> RecordKey {
        let either = self.xero.as_ref().or(self.erpnext.as_ref());
        either.map_or_else(
            || RecordKey::new(Side::Xero, ledger::Kind::Contact, ""),
            StoredRecord::key,
        )
    }

    fn view(
        &self,
        store: &Store,
        pairing: PairingId,
        line: RecordLine,
        mappings: Option<&Mappings>,
    ) -> Result<RecordView, StoreError> {
        let key = self.first();
        let link = store.link_of(pairing, key.kind, key.side, &key.id)?;
        let read = |side| self.on(side).and_then(|it| it.row.record.as_ref().ok());
        let same = |kind| move |xero: &str, erpnext: &str| stand_for(mappings, kind, xero, erpnext);
        let tracked = mappings.map_or_else(Tracked::default, |it| Tracked::of(it, []));
        let both = Both {
            xero: read(Side::Xero),
            erpnext: read(Side::Erpnext),
            accounts: &same(MappingKind::Account),
            taxes: &same(MappingKind::Tax),
            banks: &same(MappingKind::Bank),
            tracking: &|xero, erpnext| tracked.may_be_same(xero, erpnext),
        };
        let bases = Side::BOTH.map(|side| link.as_ref().and_then(|link| link.base(side)));
        let related = related::of(store, pairing, self.xero.as_ref(), self.erpnext.as_ref())?;
        Ok(RecordView {
            xero: self.xero.as_ref().map(side_view),
            erpnext: self.erpnext.as_ref().map(side_view),
            fields: both.fields(bases),
            lines: both.lines(),
            agreed_at: agreed_at(link.as_ref()),
            refers_to: related.refers_to,
            referred_by: related.referred_by,
            more_referred_by: related.more,
            exception: None,
            history: self.history(store, pairing)?,
            line,
        })
    }

    /// Its life on both sides, newest first.
    fn history(&self, store: &Store, pairing: PairingId) -> Result<Vec<RecordEvent>, StoreError> {
        let mut ids: Vec<LogId> = Vec::new();
        for stored in [&self.xero, &self.erpnext].into_iter().flatten() {
            let query = LogQuery {
                pairing: Some(pairing),
                kind: Some(stored.kind),
                record: Some(stored.row.id.clone()),
                limit: HISTORY,
                ..LogQuery::default()
            };
            ids.extend(store.log(&query)?.iter().map(|line| line.id));
        }
        ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        ids.dedup();
        let mut events = Vec::new();
        for id in ids {
            if let Some(line) = store.log_line(id)? {
                let detail = line.write.detail.clone().unwrap_or_default();
                let run = line.run.map(|run| store.run(run)).transpose()?;
                events.push(RecordEvent {
                    id: number(line.id.0),
                    at: instant(line.at),
                    who: who(&detail, run.flatten().as_ref()),
                    text: line.write.message.sentence(),
                    outcome: outcome(line.write.outcome),
                    changes: changes(&detail),
                });
            }
        }
        Ok(events)
    }
}

/// When both sides were last seen to agree.
fn agreed_at(link: Option<&Link>) -> Option<String> {
    let link = link?;
    let agreed = link.base_xero.is_some() && link.base_erpnext.is_some();
    agreed.then(|| instant(link.settled_at))
}

fn side_view(stored: &StoredRecord) -> SideRecordView {
    let id: &RemoteId = &stored.row.id;
    SideRecordView {
        id: id.as_str().to_owned(),
        read_at: instant(stored.pulled_at),
        gone_at: stored.gone.map(instant),
        unreadable: stored.row.record.as_ref().err().map(|it| it.why.clone()),
        link: None,
    }
}

/// Whether a key of Xero's and one of ERPNext's stand for each other, whichever way it is said. Where neither is
/// mapped there is nothing to tell them apart by.
fn stand_for(mappings: Option<&Mappings>, kind: MappingKind, xero: &str, erpnext: &str) -> bool {
    let Some(mappings) = mappings else {
        return true;
    };
    let out = mappings.translate(kind, Side::Xero, xero);
    let back = mappings.translate(kind, Side::Erpnext, erpnext);
    match (out, back) {
        (None, None) => true,
        (out, back) => out == Some(erpnext) || back == Some(xero),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_one_or_all_from_one_to_another() {
        let read = |text: &str| {
            read_amount(text)
                .map(|(low, high)| (low.to_string(), high.to_string()))
                .ok()
        };
        let both = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
        assert_eq!(read("1440"), both("1440", "1440"));
        assert_eq!(read("1,440.00"), both("1440.00", "1440.00"));
        assert_eq!(read("-0.02"), both("-0.02", "-0.02"));
        assert_eq!(read("1000..1440.50"), both("1000", "1440.50"));
        assert_eq!(read("1000..").unwrap().0, "1000");
        assert_eq!(read("..10").unwrap().1, "10");
        for wrong in ["", "abc", "1e5", "10..5", "1.2.3", "10-20", "--5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
