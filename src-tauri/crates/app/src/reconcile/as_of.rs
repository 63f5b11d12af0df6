//! What was owed on a day, on both sides, by the days of documents and payments: what ended counts as never.
//!
//! By contact nothing but these days matters: what a credit note or money on account is used for moves nothing
//! between contacts. So it needs no ledger of the past, and a document that is entered late with an early day
//! changes what was owed then; a sign-off finds that ([`super::sign_off`]).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::run::credits::customers;
use ledger::payment::PaymentDirection;
use ledger::{CreditForm, Currency, DocumentState, Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;
use store::{LinkId, PairingId, RecordKey, Scope, Store, StoreError};

use super::customers::place;

/// What a record adds to what a contact owes, and on which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The record; `None` of a journal entry, which is no record.
    pub key: Option<RecordKey>,
    /// What people call it.
    pub title: String,
    /// What it is, in words.
    pub what: &'static str,
    /// Its link, where it has one.
    pub link: Option<LinkId>,
    /// Whose it is, on its side.
    pub contact: RemoteId,
    /// Its side.
    pub side: Side,
    /// The day it counts from.
    pub day: NaiveDate,
    /// By currency: above zero is owed by the contact.
    pub effects: Vec<(Currency, Decimal)>,
}

/// What a record that stands adds to what its contact owes, by currency; nothing of drafts, contacts and what
/// ended.
pub(super) fn effects(record: &Record) -> Vec<(Currency, Decimal)> {
    if record.state() != Some(DocumentState::Approved) {
        return Vec::new();
    }
    match record {
        Record::Contact(_) => Vec::new(),
        Record::Invoice(document) => vec![(document.currency, document.total)],
        Record::CreditNote(document) => vec![(document.currency, -document.total)],
        Record::Payment(payment) => {
            let sign = match payment.direction {
                PaymentDirection::Received => Decimal::NEGATIVE_ONE,
                PaymentDirection::Refunded => Decimal::ONE,
            };
            let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
            for part in &payment.allocations {
                let settles = part.settles(payment.currency);
                *sums.entry(settles.currency).or_default() += settles.amount * sign;
            }
            *sums.entry(payment.currency).or_default() += payment.unallocated * sign;
            sums.retain(|_, sum| !sum.is_zero());
            sums.into_iter().collect()
        }
    }
}

/// Every entry of both sides that counts by a day, and later ones whose counterpart does.
pub(super) fn entries(store: &Store, pairing: PairingId) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    for side in Side::BOTH {
        for (kind, what) in [
            (Kind::Invoice, "invoice"),
            (Kind::CreditNote, "credit note"),
            (Kind::Payment, "payment"),
        ] {
            store.records_of_side(pairing, side, kind, Scope::All, |stored| {
                let Ok(record) = &stored.row.record else {
                    return;
                };
                let effects = effects(record);
                let (Some(day), Some(contact)) =
                    (record.day(), record.refers_to(Kind::Contact).next())
                else {
                    return;
                };
                if effects.is_empty() {
                    return;
                }
                found.push(Entry {
                    title: record.title().to_owned(),
                    what,
                    link: stored.link,
                    contact: contact.clone(),
                    side,
                    day,
                    effects,
                    key: Some(stored.key()),
                });
            })?;
        }
    }
    for (side, credit) in store.credits(pairing)? {
        // All else that is open beside documents is a record.
        if let (CreditForm::Journal, Some(day)) = (credit.form, credit.date) {
            found.push(Entry {
                key: None,
                title: credit.title(),
                what: "journal entry",
                link: None,
                contact: credit.contact.clone(),
                side,
                day,
                effects: vec![(credit.currency, -credit.open)],
            });
        }
    }
    Ok(found)
}

/// What a contact owed on a day in a currency, and its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Balance {
    /// Xero's figure and ERPNext's.
    pub owed: [Decimal; 2],
    /// Why they differ: entries of which not the same counts on both sides, with what counts of each.
    pub apart: Vec<Apart>,
}

/// An entry of which not the same counts on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apart {
    /// Xero's.
    pub xero: Option<Entry>,
    /// ERPNext's.
    pub erpnext: Option<Entry>,
    /// What counts of each.
    pub counts: [Decimal; 2],
}

/// Who each contact is: the same for both sides' records of one.
pub(super) type Whose = BTreeMap<(Side, RemoteId), RecordKey>;

/// Who the contacts of entries are.
pub(super) fn whose(
    store: &Store,
    pairing: PairingId,
    entries: &[Entry],
) -> Result<Whose, StoreError> {
    let named: BTreeSet<(Side, RemoteId)> = (entries.iter())
        .map(|entry| (entry.side, entry.contact.clone()))
        .collect();
    let known = customers(store, pairing, &named)?;
    Ok(known
        .into_iter()
        .map(|(of, who)| (of, who.contact))
        .collect())
}

/// What every contact owed at the end of a day, in each currency.
pub(super) fn balances(
    entries: &[Entry],
    whose: &Whose,
    day: NaiveDate,
) -> BTreeMap<(RecordKey, Currency), Balance> {
    let mut found: BTreeMap<(RecordKey, Currency), Balance> = BTreeMap::new();
    // The entries of one link, or one that has none.
    let mut together: BTreeMap<(Option<LinkId>, usize), [Option<&Entry>; 2]> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let by = entry.link.map_or((None, at), |link| (Some(link), 0));
        let both = together.entry(by).or_default();
        both[place(entry.side)] = Some(entry);
    }
    for both in together.values() {
        let mut counts: BTreeMap<(&RecordKey, Currency), [Decimal; 2]> = BTreeMap::new();
        for entry in both.iter().flatten().filter(|entry| entry.day <= day) {
            let Some(contact) = whose.get(&(entry.side, entry.contact.clone())) else {
                continue;
            };
            for (currency, effect) in &entry.effects {
                counts.entry((contact, *currency)).or_default()[place(entry.side)] += *effect;
            }
        }
        for ((contact, currency), counts) in counts {
            let balance = found.entry((contact.clone(), currency)).or_default();
            for side in Side::BOTH.map(place) {
                balance.owed[side] += counts[side];
            }
            if counts[0] != counts[1] {
                balance.apart.push(Apart {
                    xero: both[0].cloned(),
                    erpnext: both[1].cloned(),
                    counts,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(of: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, of).unwrap()
    }

    fn entry(side: Side, link: Option<i64>, of: u32, amount: i64) -> Entry {
        Entry {
            key: None,
            title: format!("{side} {of}"),
            what: "invoice",
            link: link.map(LinkId),
            contact: RemoteId::new(match side {
                Side::Xero => "X1",
                Side::Erpnext => "E1",
            }),
            side,
            day: day(of),
            effects: vec![(Currency::new("GBP").unwrap(), Decimal::from(amount))],
        }
    }

    /// Both figures, and each entry of which not the same counts.
    type Said = (Vec<(Decimal, Decimal)>, Vec<(String, [Decimal; 2])>);

    fn owed(entries: &[Entry], at: u32) -> Said {
        let contact = RecordKey::new(Side::Xero, Kind::Contact, "X1");
        let whose = Whose::from([
            ((Side::Xero, RemoteId::new("X1")), contact.clone()),
            ((Side::Erpnext, RemoteId::new("E1")), contact),
        ]);
        let found = balances(entries, &whose, day(at));
        let figures = found.values().map(|it| (it.owed[0], it.owed[1])).collect();
        let apart = found.values().flat_map(|it| &it.apart).map(|it| {
            let title = it
                .xero
                .as_ref()
                .or(it.erpnext.as_ref())
                .unwrap()
                .title
                .clone();
            (title, it.counts)
        });
        (figures, apart.collect())
    }

    #[test]
    fn what_counts_by_a_day_is_what_was_owed_and_each_difference_has_its_entry() {
        let whole = |n: i64| Decimal::from(n);
        let entries = [
            entry(Side::Xero, Some(1), 5, 120),
            entry(Side::Erpnext, Some(1), 5, 120),
            // A payment of another day on the two sides.
            entry(Side::Xero, Some(2), 9, -50),
            entry(Side::Erpnext, Some(2), 11, -50),
            // Of one side alone.
            entry(Side::Erpnext, None, 7, 30),
            entry(Side::Erpnext, None, 20, 7),
        ];
        assert_eq!(owed(&entries, 4), (vec![], vec![]));
        assert_eq!(owed(&entries, 5).0, [(whole(120), whole(120))]);
        let (figures, apart) = owed(&entries, 10);
        assert_eq!(figures, [(whole(70), whole(150))]);
        assert_eq!(
            apart,
            [
                ("ERPNext 7".to_owned(), [whole(0), whole(30)]),
                ("Xero 9".to_owned(), [whole(-50), whole(0)]),
            ]
        );
        let (figures, apart) = owed(&entries, 11);
        assert_eq!(figures, [(whole(70), whole(100))]);
        assert_eq!(apart.len(), 1);
    }
}
