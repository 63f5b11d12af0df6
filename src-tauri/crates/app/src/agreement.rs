//! Whether the two sides agree: nobody has to decide anything, nothing is left to do, and customers owe
//! the same. What a person has set aside is counted beside it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::agreement::amount_due_difference;
use ledger::{Currency, Kind, Side};
use rust_decimal::Decimal;
use store::summary::{Due, Receivables};
use store::{
    Exception, ExceptionQuery, ExceptionStatus, PairingId, RecordKey, Run, RunOutcome, Store,
    StoreError,
};

use crate::views::Agreement;

/// What customers owe on the two sides in a currency, as far as nothing explains the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    pub currency: Currency,
    /// Xero less ERPNext.
    pub difference: Decimal,
}

/// The answer, from the last run that was finished, the open exceptions, and what is apart.
pub(crate) fn agreement(finished: Option<&Run>, open: &[Exception], apart: &[Apart]) -> Agreement {
    let Some(run) = finished else {
        return Agreement::NotSynced;
    };
    match run.outcome {
        RunOutcome::ConnectionFailed => Agreement::Unreachable,
        _ if !open.is_empty() => Agreement::NeedsAttention,
        // Nobody has to decide anything, and still it was not all done.
        RunOutcome::Exceptions if run.counts.exceptions == 0 => Agreement::Unfinished,
        _ if !apart.is_empty() => Agreement::Apart,
        _ => Agreement::Agrees,
    }
}

/// Where customers owe differently on the two sides. What is only rounded differently and what a person
/// has set aside is no part of it.
pub(crate) fn apart(
    store: &Store,
    pairing: PairingId,
    receivables: &[Receivables],
    ignored: &[Exception],
) -> Result<Vec<Apart>, StoreError> {
    let mut totals: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for it in receivables {
        *totals.entry(it.currency).or_default() += signed(it.side, it.total);
    }
    if totals.values().all(Decimal::is_zero) {
        return Ok(Vec::new());
    }
    let aside: BTreeSet<&RecordKey> = ignored.iter().map(|it| &it.record).collect();
    let mut linked: BTreeMap<i64, Vec<Due>> = BTreeMap::new();
    let mut differences: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for due in store.due_each(pairing)? {
        match due.link {
            Some(link) => linked.entry(link).or_default().push(due),
            None if aside.contains(&key(&due)) => {}
            None => *differences.entry(due.currency).or_default() += signed(due.side, due.due),
        }
    }
    for sides in linked.values() {
        let Some(first) = sides.first() else {
            continue;
        };
        let difference: Decimal = sides.iter().map(|it| signed(it.side, it.due)).sum();
        if !difference.is_zero() && !explained(store, pairing, first, &aside)? {
            *differences.entry(first.currency).or_default() += difference;
        }
    }
    differences.retain(|_, difference| !difference.is_zero());
    let found = differences.into_iter();
    Ok(found
        .map(|(currency, difference)| Apart {
            currency,
            difference,
        })
        .collect())
}

/// [`apart`], as the store holds it now.
pub(crate) fn stored(
    store: &Store,
    pairing: PairingId,
    today: NaiveDate,
) -> Result<Vec<Apart>, StoreError> {
    let set_aside = ExceptionQuery {
        pairing: Some(pairing),
        status: Some(ExceptionStatus::Ignored),
        ..ExceptionQuery::default()
    };
    let ignored = store.exceptions(&set_aside)?;
    apart(
        store,
        pairing,
        &store.receivables(pairing, today)?,
        &ignored,
    )
}

fn signed(side: Side, amount: Decimal) -> Decimal {
    match side {
        Side::Xero => amount,
        Side::Erpnext => -amount,
    }
}

fn key(due: &Due) -> RecordKey {
    RecordKey {
        side: due.side,
        kind: Kind::Invoice,
        id: due.id.clone(),
    }
}

/// Whether two linked documents that are owed differently are set aside, or differ by rounding alone.
fn explained(
    store: &Store,
    pairing: PairingId,
    due: &Due,
    aside: &BTreeSet<&RecordKey>,
) -> Result<bool, StoreError> {
    let Some(link) = store.link_of(pairing, Kind::Invoice, due.side, &due.id)? else {
        return Ok(false);
    };
    let of = |side: Side| RecordKey {
        side,
        kind: Kind::Invoice,
        id: link.on(side).clone(),
    };
    if Side::BOTH.into_iter().any(|side| aside.contains(&of(side))) {
        return Ok(true);
    }
    let (Some(xero), Some(erpnext)) = (
        store.record(pairing, &of(Side::Xero))?,
        store.record(pairing, &of(Side::Erpnext))?,
    ) else {
        return Ok(false);
    };
    let (Ok(xero), Ok(erpnext)) = (&xero.row.record, &erpnext.row.record) else {
        return Ok(false);
    };
    let both = xero.as_invoice().zip(erpnext.as_invoice());
    Ok(both.is_some_and(|(xero, erpnext)| amount_due_difference(xero, erpnext).is_none()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, Utc};
    use ledger::{Document, DocumentState, PriceMode, Record, RemoteId, Version};
    use store::{
        ConnectionId, ExceptionWrite, LinkState, LinkWrite, NewPairing, RecordRow, RunCounts,
        RunId, Settlement, Trigger,
    };

    use super::*;

    const fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn gbp() -> Currency {
        Currency::new("GBP").unwrap()
    }

    fn run(outcome: RunOutcome, exceptions: u64) -> Run {
        Run {
            id: RunId(1),
            pairing: PairingId(1),
            trigger: Trigger::Manual,
            started_at: at(),
            ended_at: None,
            outcome,
            message: None,
            who: None,
            about: None,
            counts: RunCounts {
                exceptions,
                ..RunCounts::default()
            },
        }
    }

    #[test]
    fn agreement_is_said_only_where_nothing_is_open_left_or_apart() {
        let apart = [Apart {
            currency: gbp(),
            difference: Decimal::ONE,
        }];
        assert_eq!(agreement(None, &[], &[]), Agreement::NotSynced);
        let agreed = run(RunOutcome::Agreed, 0);
        assert_eq!(agreement(Some(&agreed), &[], &[]), Agreement::Agrees);
        assert_eq!(agreement(Some(&agreed), &[], &apart), Agreement::Apart);
        // Left over, and nobody has to decide anything.
        let left = run(RunOutcome::Exceptions, 0);
        assert_eq!(agreement(Some(&left), &[], &[]), Agreement::Unfinished);
        // Those that were open were set aside since.
        let aside = run(RunOutcome::Exceptions, 1);
        assert_eq!(agreement(Some(&aside), &[], &[]), Agreement::Agrees);
        assert_eq!(agreement(Some(&aside), &[], &apart), Agreement::Apart);
        let failed = run(RunOutcome::ConnectionFailed, 0);
        assert_eq!(agreement(Some(&failed), &[], &[]), Agreement::Unreachable);
    }

    fn invoice(due: &str) -> Record {
        Record::Invoice(Document {
            number: Some("INV-1".into()),
            contact: RemoteId::new("c"),
            contact_name: "Acme".into(),
            state: DocumentState::Approved,
            date: at().date_naive(),
            due_date: None,
            currency: gbp(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::NoTax,
            lines: vec![],
            net_total: "12000".parse().unwrap(),
            tax_total: Decimal::ZERO,
            opening: false,
            against: None,
            allocations: Vec::new(),
            total: "12000".parse().unwrap(),
            amount_due: due.parse().unwrap(),
        })
    }

    #[test]
    fn what_customers_owe_is_apart_unless_it_was_set_aside() {
        let store = Store::open_in_memory().unwrap();
        let pairing = NewPairing {
            name: "Test".into(),
            xero_connection: ConnectionId("x".into()),
            xero_tenant: "x".into(),
            xero_name: "x".into(),
            erpnext_connection: ConnectionId("e".into()),
            erpnext_company: "e".into(),
            base_currency: gbp(),
            settings: serde_json::json!({}),
        };
        let pairing = store.add_pairing(&pairing, at()).unwrap();
        let row = |id: &str, due: &str| RecordRow {
            id: RemoteId::new(id),
            version: Version::new("1"),
            marker: None,
            born: None,
            record: Ok(invoice(due)),
            merged_into: None,
        };
        let settle = |settlement: Settlement| {
            store
                .settle(pairing, None, &[settlement], None, at())
                .unwrap();
        };
        let apart = || stored(&store, pairing, at().date_naive()).unwrap();
        settle(Settlement {
            records: vec![
                (Side::Xero, Kind::Invoice, row("x", "11999")),
                (Side::Erpnext, Kind::Invoice, row("e", "12000")),
            ],
            link: Some(LinkWrite {
                id: None,
                kind: Kind::Invoice,
                xero_id: RemoteId::new("x"),
                erpnext_id: RemoteId::new("e"),
                base_xero: None,
                base_erpnext: None,
                xero_version: None,
                erpnext_version: None,
                state: LinkState::Active,
            }),
            raise: vec![ExceptionWrite {
                record: RecordKey::new(Side::Xero, Kind::Invoice, "x"),
                title: "INV-1".into(),
                contact_name: "Acme".into(),
                total: None,
                cause: ledger::Cause::AmountDueDiffers {
                    differences: vec![],
                },
                fingerprint: None,
                tried: false,
            }],
            ..Settlement::default()
        });
        let one = Apart {
            currency: gbp(),
            difference: -Decimal::ONE,
        };
        assert_eq!(apart(), [one]);
        let open = store.exceptions(&ExceptionQuery::default()).unwrap();
        store.ignore_exception(open[0].id, "a pound").unwrap();
        assert_eq!(apart(), []);
        // One that stands on one side only is no part of what was set aside.
        settle(Settlement {
            records: vec![(Side::Erpnext, Kind::Invoice, row("other", "5"))],
            ..Settlement::default()
        });
        assert_eq!(apart()[0].difference, Decimal::from(-5));
    }
}
