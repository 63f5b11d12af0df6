//! What was paid of a document, and credited, on both sides.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, Payment, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;
use store::{LinkId, RecordKey, StoreError, StoredRecord};

use super::customers::{Customer, place};
use super::documents::Desk;
use super::reason::{Reason, What, Why};
use crate::payments::takes_off;

/// What takes something off a document, on either side.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub what: What,
    pub date: NaiveDate,
    pub titles: [Option<String>; 2],
    /// What it takes off what is owed of the document: less than nothing of a credit note.
    pub amounts: [Option<Decimal>; 2],
}

/// What takes something off one document on one side.
#[derive(Debug, Clone)]
pub(super) struct Part {
    what: What,
    /// The payment or credit note.
    of: RecordKey,
    /// Its link.
    link: Option<LinkId>,
    /// The link of what it is known by on the other side: the same, or of the invoice that a credit note is
    /// used for.
    same: Option<LinkId>,
    title: String,
    date: NaiveDate,
    amount: Decimal,
    /// Units of the base currency for one of its own.
    rate: Option<Decimal>,
    /// How far what a payment takes off may be from what the other side says, for units alone.
    units: Decimal,
}

impl Part {
    /// As it is called beside its document.
    fn called(&self) -> String {
        match self.what {
            What::CreditNote => format!("credit note {}", self.title),
            What::Use => format!("used for {}", self.title),
            What::Invoice | What::Payment | What::Credit => self.title.clone(),
        }
    }

    /// As it is called in a sentence.
    fn about(&self) -> String {
        let day = self.date.format("%-d %b %Y");
        match self.what {
            What::Payment => format!("payment {} of {day}", self.title),
            What::Use => format!("{} on {day}", self.called()),
            What::CreditNote | What::Invoice | What::Credit => {
                format!("{} of {day}", self.called())
            }
        }
    }

    /// A cent of the company, in its own currency.
    fn unit(&self) -> Decimal {
        let rate = self
            .rate
            .filter(|rate| *rate > Decimal::ZERO && *rate != Decimal::ONE);
        let cent = Decimal::new(1, 2);
        let unit = rate.and_then(|rate| cent.checked_div(rate));
        unit.map_or(Decimal::ZERO, |unit| unit.max(cent))
    }
}

/// What takes something off documents, by the document.
pub(super) type Paid = BTreeMap<RecordKey, Vec<Part>>;

impl Desk<'_> {
    /// What a customer's contacts paid and were credited, by document.
    pub(super) fn paid(&self, customer: &Customer) -> Result<Paid, StoreError> {
        let mut paid = Paid::new();
        for side in Side::BOTH {
            for contact in &customer.ids[place(side)] {
                let settling = self.store.settling(self.pairing, side, contact)?;
                let used: BTreeSet<RemoteId> = settling.iter().flat_map(used_for).collect();
                let used: Vec<RemoteId> = used.into_iter().collect();
                let invoices =
                    self.store
                        .records_by_ids(self.pairing, side, Kind::Invoice, &used)?;
                for stored in settling.iter().filter(|it| it.gone.is_none()) {
                    parts(stored, &invoices, &mut paid);
                }
            }
        }
        Ok(paid)
    }

    /// What takes something off one document on both sides, side by side, and what that makes differ.
    pub(super) fn movements(
        &self,
        [xero, erpnext]: [&[Part]; 2],
    ) -> Result<(Vec<Movement>, Vec<Why>), StoreError> {
        let mut pairs: Vec<[Option<&Part>; 2]> = Vec::new();
        let mut taken = vec![false; erpnext.len()];
        for part in xero {
            let other = erpnext.iter().enumerate().find(|(at, it)| {
                !taken[*at] && it.what == part.what && it.same.is_some() && it.same == part.same
            });
            if let Some((at, _)) = other {
                taken[at] = true;
            }
            pairs.push([Some(part), other.map(|(_, it)| it)]);
        }
        let rest = erpnext.iter().zip(&taken).filter(|(_, taken)| !**taken);
        pairs.extend(rest.map(|(part, _)| [None, Some(part)]));
        let mut movements = Vec::new();
        let mut reasons = Vec::new();
        for pair in pairs {
            let [paid_in_xero, paid_in_erpnext] =
                pair.map(|it| it.map(|it| it.amount).unwrap_or_default());
            let Some(first) = pair.iter().flatten().next() else {
                continue;
            };
            // What is paid lowers what is due.
            let apart = paid_in_erpnext - paid_in_xero;
            if !apart.is_zero() {
                reasons.push(self.why_paid(first, pair, apart)?);
            }
            if let Some(date) = pair.iter().flatten().map(|it| it.date).min() {
                movements.push(Movement {
                    what: first.what,
                    date,
                    titles: pair.map(|it| it.map(Part::called)),
                    amounts: pair.map(|it| it.map(|it| it.amount)),
                });
            }
        }
        movements.sort_by_key(|it| it.date);
        Ok((movements, reasons))
    }

    fn why_paid(
        &self,
        first: &Part,
        pair: [Option<&Part>; 2],
        apart: Decimal,
    ) -> Result<Why, StoreError> {
        let (kind, side) = (first.of.kind, first.of.side);
        let left_alone = match first.link {
            None => self.left_alone(&first.of, Some(first.date)),
            Some(_) if self.apart.contains(&first.of) => Some(store::LeftAlone::KeptApart),
            Some(_) => None,
        };
        let what = match kind {
            Kind::CreditNote => What::CreditNote,
            _ => What::Payment,
        };
        let reason = match left_alone {
            Some(why) => Reason::LeftAlone { side, what, why },
            None => match self.exception_of(first)? {
                Some(reason) => reason,
                None if first.link.is_none() => Reason::OneSide { side, what },
                None if kind == Kind::CreditNote => self.used_apart(first, pair),
                None if pair.iter().flatten().any(|it| apart.abs() <= it.units) => Reason::Rounding,
                None => Reason::Unexplained,
            },
        };
        Ok(Why {
            reason,
            amount: apart,
            by: None,
            about: Some(first.about()),
            of: Some(first.of.clone()),
        })
    }

    /// The exception of a payment or credit note, or of its counterpart.
    fn exception_of(&self, part: &Part) -> Result<Option<Reason>, StoreError> {
        if let Some(reason) = self.exception(&part.of) {
            return Ok(Some(reason));
        }
        if part.link.is_none() {
            return Ok(self.named_beside(&part.of));
        }
        let (kind, side) = (part.of.kind, part.of.side);
        let link = self.store.link_of(self.pairing, kind, side, &part.of.id)?;
        Ok(link.and_then(|link| {
            self.exception(&RecordKey {
                side: side.other(),
                kind,
                id: link.on(side.other()).clone(),
            })
        }))
    }

    /// Why a credit note that both sides have is not used for the same on both.
    fn used_apart(&self, first: &Part, pair: [Option<&Part>; 2]) -> Reason {
        let [xero, erpnext] = pair.map(|it| it.map(|it| it.amount.abs()));
        if let Some((xero, erpnext)) = xero.zip(erpnext)
            && (xero - erpnext).abs() <= first.unit()
        {
            return Reason::Rounding;
        }
        let side = if xero.unwrap_or_default() > erpnext.unwrap_or_default() {
            Side::Xero
        } else {
            Side::Erpnext
        };
        if self.carries(Kind::CreditNote, side) {
            let what = What::Use;
            Reason::OneSide { side, what }
        } else {
            Reason::NotByRule
        }
    }
}

/// The invoices that a stored credit note is used for.
fn used_for(stored: &StoredRecord) -> Vec<RemoteId> {
    match &stored.row.record {
        Ok(Record::CreditNote(note)) => {
            let uses = note.allocations.iter();
            uses.map(|used| used.invoice.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// What a stored payment or credit note takes off which documents.
fn parts(stored: &StoredRecord, invoices: &BTreeMap<RemoteId, StoredRecord>, paid: &mut Paid) {
    let Ok(record) = &stored.row.record else {
        return;
    };
    let Some(day) = record.day() else {
        return;
    };
    let what = match record {
        Record::CreditNote(_) => What::CreditNote,
        _ => What::Payment,
    };
    for (document, amount) in takes_off(record) {
        let part = Part {
            what,
            of: stored.key(),
            link: stored.link,
            same: stored.link,
            title: record.title().to_owned(),
            date: used_on(record, &document).unwrap_or(day),
            amount,
            rate: record.document().and_then(|it| it.exchange_rate),
            units: record
                .as_payment()
                .map(Payment::units_apart)
                .unwrap_or_default(),
        };
        if what == What::CreditNote {
            let invoice = invoices.get(&document.id);
            let called = invoice.map_or(document.id.as_str(), StoredRecord::title);
            let used = Part {
                what: What::Use,
                same: invoice.and_then(|it| it.link),
                title: called.to_owned(),
                // What is left of the credit is less than nothing owed.
                amount: -amount,
                ..part.clone()
            };
            put(paid, stored.key(), used);
        }
        let document = RecordKey {
            side: stored.side,
            kind: document.kind,
            id: document.id,
        };
        put(paid, document, part);
    }
}

/// The last day of a credit note's uses for an invoice, where they are dated.
fn used_on(record: &Record, invoice: &Reference) -> Option<NaiveDate> {
    let uses = record.document()?.allocations.iter();
    let of = uses.filter(|used| used.invoice == invoice.id);
    of.filter_map(|used| used.date).max()
}

/// Several parts that one payment or credit note takes off a document are one.
fn put(paid: &mut Paid, document: RecordKey, part: Part) {
    let of_document = paid.entry(document).or_default();
    let same = of_document.iter_mut().find(|it| {
        it.of == part.of
            && it.what == part.what
            && (part.what != What::Use || it.title == part.title)
    });
    match same {
        Some(known) => known.amount += part.amount,
        None => of_document.push(part),
    }
}
