//! Overview: do the two sides agree?

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use engine::run::credits::Compared;
use ledger::{Cause, Currency, Kind, OpenCredit, Side};
use rust_decimal::Decimal;
use store::summary::{Age as StoredAge, Invoiced, Receivables};
use store::{
    Exception, ExceptionQuery, ExceptionStatus, LeftAlone, LogQuery, PairingId, Run, RunOutcome,
    Store, StoreError,
};

use crate::agreement::{self, Owed};
use crate::app::App;
use crate::attention::group_id;
use crate::error::AppError;
use crate::line::log_line;
use crate::payments;
use crate::show::{amount, count, instant};
use crate::views::{
    Age, AgeView, ApartView, CreditView, InvoicedView, MonthView, OutsideView, OutsideWhat,
    OverviewView, PairingView, ReceivableView, Remedy, SideReceivable, TodayRow, UnreachableSide,
    UnreadView,
};

/// Log lines shown.
const LATEST: u32 = 6;
/// Months of invoiced amounts shown.
const MONTHS: u32 = 12;
/// The most reasons told for a difference.
const REASONS: usize = 500;
/// Credits shown.
const CREDITS: usize = 100;

impl App {
    /// Do the two sides agree?
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn overview(&self) -> Result<OverviewView, AppError> {
        let pairing = self.pairing().await?;
        let now = self.0.clock.now();
        let today = local_day(now);
        let id = pairing.id;
        let midnight = local_midnight(now);
        let (
            receivables,
            invoiced,
            exceptions,
            runs,
            latest,
            writes,
            linked,
            ignored,
            owed,
            credits,
        ) = self
            .db(move |store| {
                let open = ExceptionQuery {
                    pairing: Some(id),
                    ..ExceptionQuery::default()
                };
                let newest = LogQuery {
                    pairing: Some(id),
                    limit: LATEST,
                    ..LogQuery::default()
                };
                let set_aside = ExceptionQuery {
                    status: Some(ExceptionStatus::Ignored),
                    ..open.clone()
                };
                let ignored = store.exceptions(&set_aside)?;
                let exceptions = store.exceptions(&open)?;
                let own = with_own_difference(store, &exceptions)?;
                let receivables = store.receivables(id, today)?;
                let owed = agreement::owed(store, id, &receivables, &ignored)?;
                Ok((
                    receivables,
                    store.invoiced(id, first_month(today))?,
                    (exceptions, own),
                    last_runs(store, id)?,
                    store.log(&newest)?,
                    store.writes_since(id, midnight)?,
                    store.linked_since(id, midnight)?,
                    ignored,
                    owed,
                    store.credits(id)?,
                ))
            })
            .await?;
        let (finished, compared) = runs;
        let (exceptions, own) = exceptions;
        let agreement = agreement::agreement(finished.as_ref(), &exceptions, &owed);
        let unreachable = self
            .troubles(&pairing)
            .await?
            .into_iter()
            .map(|(side, trouble)| UnreachableSide {
                side: side.into(),
                last_read_at: trouble.last_ok_at.map(instant),
                error: trouble.error,
            })
            .collect();
        Ok(OverviewView {
            agreement,
            needs_attention: count(exceptions.len()),
            ignored: count(ignored.len()),
            unexplained: owed
                .apart
                .iter()
                .map(|it| amount(it.difference, it.currency))
                .collect(),
            checked_at: compared.and_then(|run| run.ended_at).map(instant),
            next_run_at: self.next_run(&pairing).await?.map(instant),
            receivables: sides_by_side(&receivables, &sums(&credits), pairing.base_currency),
            invoiced: by_month(&invoiced, today, pairing.base_currency),
            apart: apart(&receivables, &own),
            credits: alone(&owed.credits),
            outside: outside(&owed),
            credits_unread: owed
                .unread
                .into_iter()
                .map(|(side, why)| UnreadView {
                    side: side.into(),
                    why,
                })
                .collect(),
            today: Kind::ALL
                .into_iter()
                .map(|kind| {
                    let to = |side| {
                        count(
                            writes
                                .get(&(kind, side))
                                .copied()
                                .unwrap_or_default()
                                .records,
                        )
                    };
                    TodayRow {
                        kind: kind.into(),
                        to_xero: to(Side::Xero),
                        to_erpnext: to(Side::Erpnext),
                        linked: count(linked.get(&kind).copied().unwrap_or_default()),
                    }
                })
                .collect(),
            xero_calls: self.xero_calls(&pairing).await?,
            xero_sign_in: self.xero_sign_in(&pairing.xero_connection).await,
            latest: latest.iter().map(log_line).collect(),
            unreachable,
            pairing: PairingView {
                name: pairing.name,
                organisation: pairing.xero_name,
                company: pairing.erpnext_company,
                demo: self.is_demo(),
            },
        })
    }
}

/// The last run about everything that came to an end, and the last that compared the two sides.
fn last_runs(store: &Store, pairing: PairingId) -> Result<(Option<Run>, Option<Run>), StoreError> {
    let last = store.last_whole_run(pairing, None)?;
    let mut compared = last.clone();
    while let Some(run) = &compared
        && run.outcome == RunOutcome::ConnectionFailed
    {
        compared = store.last_whole_run(pairing, Some(run.id))?;
    }
    Ok((last, compared))
}

/// The person's calendar day.
fn local_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono::Local).date_naive()
}

/// When the person's day began.
fn local_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    local_day(now)
        .and_hms_opt(0, 0, 0)
        .and_then(|midnight| midnight.and_local_timezone(chrono::Local).earliest())
        .map_or(now, |midnight| midnight.to_utc())
}

const fn age(stored: StoredAge) -> Age {
    match stored {
        StoredAge::NotDue => Age::NotDue,
        StoredAge::Days30 => Age::Days30,
        StoredAge::Days60 => Age::Days60,
        StoredAge::Days90 => Age::Days90,
        StoredAge::Older => Age::Older,
    }
}

/// What is on account, by side and currency.
fn sums(credits: &[(Side, OpenCredit)]) -> BTreeMap<(Side, Currency), Decimal> {
    let mut sums: BTreeMap<(Side, Currency), Decimal> = BTreeMap::new();
    for (side, credit) in credits {
        *sums.entry((*side, credit.currency)).or_default() += credit.open;
    }
    sums
}

/// What one side alone has on account.
fn alone(compared: &Compared) -> Vec<CreditView> {
    let customers = compared.apart.iter();
    let documents = customers.flat_map(|customer| {
        let apart = customer.apart.iter();
        apart.flat_map(move |it| it.documents.iter().map(move |it| (customer, it)))
    });
    documents
        .take(CREDITS)
        .map(|(customer, (side, credit))| CreditView {
            side: (*side).into(),
            form: credit.form.word().to_owned(),
            number: credit.number.clone(),
            title: credit.title(),
            contact: customer.name.clone(),
            date: credit.date.map(|date| date.to_string()),
            amount: credit.money().into(),
        })
        .collect()
}

/// What a rule leaves on one side.
fn outside(owed: &Owed) -> Vec<OutsideView> {
    owed.left_alone
        .iter()
        .map(|(what, (documents, open))| OutsideView {
            side: what.side.into(),
            what: what.what,
            documents: count(*documents),
            amount: amount(*open, what.currency),
            rule: match what.why {
                LeftAlone::Direction => {
                    let kind = match what.what {
                        // Money on account goes by the rule of invoices.
                        OutsideWhat::Invoice | OutsideWhat::OnAccount => "invoices",
                        OutsideWhat::CreditNote => "credit notes",
                    };
                    format!("{kind} are not carried from {} by the rule", what.side)
                }
                LeftAlone::BeforeStart => "dated before the rule's start date".to_owned(),
                LeftAlone::KeptApart => "kept apart by a person".to_owned(),
            },
        })
        .collect()
}

fn sides_by_side(
    receivables: &[Receivables],
    credits: &BTreeMap<(Side, Currency), Decimal>,
    base: Currency,
) -> Vec<ReceivableView> {
    let owing = receivables.iter().map(|it| it.currency);
    let mut currencies: Vec<Currency> = owing.chain(credits.keys().map(|it| it.1)).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies.sort_by_key(|currency| *currency != base);
    let of = |side: Side, currency: Currency| {
        receivables
            .iter()
            .find(|it| it.side == side && it.currency == currency)
    };
    currencies
        .into_iter()
        .map(|currency| {
            let value = |value: Decimal| amount(value, currency).value;
            let total = |side| of(side, currency).map_or(Decimal::ZERO, |it| it.total);
            let by_age = |side, age: StoredAge| {
                of(side, currency)
                    .and_then(|it| it.by_age.iter().find(|(of, _)| *of == age))
                    .map_or(Decimal::ZERO, |(_, sum)| *sum)
            };
            let credits = |side| credits.get(&(side, currency)).copied().unwrap_or_default();
            let side = |side| SideReceivable {
                amount: value(total(side)),
                open_invoices: of(side, currency).map_or(0, |it| count(it.invoices)),
                open_credit_notes: of(side, currency).map_or(0, |it| count(it.credit_notes)),
                credits: value(credits(side)),
            };
            ReceivableView {
                currency: currency.code().to_owned(),
                xero: side(Side::Xero),
                erpnext: side(Side::Erpnext),
                apart: value(total(Side::Xero) - total(Side::Erpnext)),
                credits_apart: value(credits(Side::Xero) - credits(Side::Erpnext)),
                ages: StoredAge::ALL
                    .iter()
                    .map(|stored| AgeView {
                        age: age(*stored),
                        xero: value(by_age(Side::Xero, *stored)),
                        erpnext: value(by_age(Side::Erpnext, *stored)),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The first day of the oldest month shown.
fn first_month(today: NaiveDate) -> NaiveDate {
    let this = today.with_day(1).unwrap_or(today);
    this.checked_sub_months(Months::new(MONTHS - 1))
        .unwrap_or(this)
}

/// Invoiced amounts of the last months; those without any are there too, so that both sides and all
/// currencies have the same months.
fn by_month(invoiced: &[Invoiced], today: NaiveDate, base: Currency) -> Vec<InvoicedView> {
    let first = first_month(today);
    let months: Vec<NaiveDate> = (0..MONTHS)
        .filter_map(|month| first.checked_add_months(Months::new(month)))
        .collect();
    let mut sums: BTreeMap<(Currency, NaiveDate, Side), Decimal> = BTreeMap::new();
    for it in invoiced.iter().filter(|it| months.contains(&it.month)) {
        *sums.entry((it.currency, it.month, it.side)).or_default() += it.total;
    }
    let mut currencies: Vec<Currency> = sums.keys().map(|(currency, ..)| *currency).collect();
    currencies.dedup();
    currencies.sort_by_key(|currency| *currency != base);
    currencies
        .into_iter()
        .map(|currency| InvoicedView {
            currency: currency.code().to_owned(),
            months: months
                .iter()
                .map(|month| {
                    let on = |side| {
                        let sum = sums.get(&(currency, *month, side)).copied();
                        amount(sum.unwrap_or_default(), currency).value
                    };
                    MonthView {
                        month: month.format("%Y-%m").to_string(),
                        xero: on(Side::Xero),
                        erpnext: on(Side::Erpnext),
                    }
                })
                .collect(),
        })
        .collect()
}

/// Why receivables differ: the open exceptions of documents with an amount, largest first.
fn apart(receivables: &[Receivables], exceptions: &[Exception]) -> Vec<ApartView> {
    let mut totals: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for it in receivables {
        let sign = match it.side {
            Side::Xero => Decimal::ONE,
            Side::Erpnext => Decimal::NEGATIVE_ONE,
        };
        *totals.entry(it.currency).or_default() += sign * it.total;
    }
    let differs = |currency: &Currency| totals.get(currency).is_some_and(|total| !total.is_zero());
    let mut found: Vec<(Decimal, ApartView)> = exceptions
        .iter()
        .filter_map(|exception| {
            let credits = matches!(exception.cause, Cause::CreditsDiffer { .. });
            let counts = |currency: &Currency| {
                credits || exception.record.kind != Kind::Contact && differs(currency)
            };
            let currency = exception.currency.filter(counts)?;
            let own = exception.amount?;
            let size = own.abs();
            let more = if own.is_sign_negative() {
                Side::Erpnext
            } else {
                Side::Xero
            };
            let title = payments::called(exception.record.kind, &exception.title, &[]);
            let what = if credits {
                title
            } else {
                format!("{title} of {}", exception.contact_name)
            };
            Some((
                size,
                ApartView {
                    amount: amount(size, currency),
                    more_in: (!credits).then_some(more.into()),
                    reason: format!("{what}: {}", exception.cause.sentence()),
                    action: action(&exception.cause).to_owned(),
                    group: group_id(&exception.cause),
                },
            ))
        })
        .collect();
    found.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    found
        .into_iter()
        .take(REASONS)
        .map(|(_, view)| view)
        .collect()
}

/// Exceptions of documents and payments, each with what is owed differently of it as its amount: its own part of the
/// difference, and not what it comes to in all. Those that are owed alike are left out.
fn with_own_difference(
    store: &Store,
    exceptions: &[Exception],
) -> Result<Vec<Exception>, StoreError> {
    let mut found = Vec::new();
    for exception in exceptions {
        let (pairing, record) = (exception.pairing, &exception.record);
        let owed = match record.kind {
            Kind::Contact => {
                found.push(exception.clone());
                continue;
            }
            Kind::Invoice => agreement::owed_differently(store, pairing, record)?,
            Kind::CreditNote => agreement::credited_differently(store, pairing, record)?,
            Kind::Payment => agreement::paid_differently(store, pairing, record)?,
        };
        if let Some((difference, currency)) = owed {
            found.push(Exception {
                amount: Some(difference),
                currency: Some(currency),
                ..exception.clone()
            });
        }
    }
    Ok(found)
}

/// What the button says.
fn action(cause: &Cause) -> &'static str {
    match crate::attention::remedy_of(cause) {
        Remedy::ChooseMapping { kind, .. } => match kind {
            crate::views::MappingKind::Account => "Choose account",
            crate::views::MappingKind::Tax => "Choose tax rate",
            crate::views::MappingKind::Bank => "Choose bank account",
            crate::views::MappingKind::Tracking => "Choose tracking",
        },
        Remedy::PickCandidate => "Choose which one",
        Remedy::KeepApart => "Tell them apart",
        Remedy::KeepOne { .. } => "Choose a side",
        Remedy::AsNew | Remedy::MendRecord { .. } => "See what to do",
        Remedy::Reconnect { .. } => "Reconnect",
        Remedy::Retry => "Retry",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn invoiced(side: Side, month: &str, currency: &str, total: &str) -> Invoiced {
        Invoiced {
            side,
            month: month.parse().unwrap(),
            currency: Currency::new(currency).unwrap(),
            total: total.parse().unwrap(),
        }
    }

    #[test]
    fn invoiced_amounts_have_every_month_and_the_base_currency_first() {
        let gbp = Currency::new("GBP").unwrap();
        let today = "2026-01-31".parse().unwrap();
        assert_eq!(first_month(today), "2025-02-01".parse().unwrap());
        let view = by_month(
            &[
                invoiced(Side::Xero, "2026-01-01", "EUR", "5"),
                invoiced(Side::Xero, "2025-02-01", "GBP", "1000.5"),
                invoiced(Side::Erpnext, "2025-02-01", "GBP", "1000.40"),
                // Before and after what is shown.
                invoiced(Side::Xero, "2025-01-01", "GBP", "7"),
                invoiced(Side::Xero, "2026-02-01", "CHF", "7"),
            ],
            today,
            gbp,
        );
        let currencies: Vec<&str> = view.iter().map(|it| it.currency.as_str()).collect();
        assert_eq!(currencies, ["GBP", "EUR"]);
        assert_eq!(view[0].months.len(), 12);
        assert_eq!(
            view[0].months[0],
            MonthView {
                month: "2025-02".to_owned(),
                xero: "1000.50".to_owned(),
                erpnext: "1000.40".to_owned(),
            }
        );
        assert_eq!(view[0].months[11].xero, "0.00");
        assert_eq!(
            (
                view[1].months[11].month.as_str(),
                view[1].months[11].xero.as_str()
            ),
            ("2026-01", "5.00")
        );
        assert!(by_month(&[], today, gbp).is_empty());
    }
}
