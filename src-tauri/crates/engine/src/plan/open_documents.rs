//! The documents that payments and credit notes are for, as far as deciding about these needs: invoices,
//! and credit notes that are paid out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::payment::coarser_cent;
use ledger::{Allocation, Cause, Currency, DocumentState, Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;

use super::{Card, Entry, Outcome, PerSide, Situation};
use crate::books;

/// By how much what is open of documents changes once what is to do about payments and credit notes is
/// done, by side and identity of the document there. What waits for a person counts as done: the
/// difference then has a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected(BTreeMap<(Side, RemoteId), Change>);

/// By how much what is open of a document changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Change {
    more: Decimal,
    /// What the units of two currencies may make of it besides.
    units: Decimal,
    /// How much more it changes by where what the other side has instead is done there as well.
    instead: Decimal,
}

impl Expected {
    /// One more thing that changes it.
    pub(super) fn add(&mut self, side: Side, document: &RemoteId, more: Decimal) {
        self.add_about(side, document, more, Decimal::ZERO);
    }

    /// [`Expected::add`] of what is known but for units: where one side keeps the document in another
    /// currency than the other says it in.
    pub(super) fn add_about(
        &mut self,
        side: Side,
        document: &RemoteId,
        more: Decimal,
        units: Decimal,
    ) {
        let change = self.0.entry((side, document.clone())).or_default();
        change.more += more;
        change.units += units;
    }

    /// One more thing that would change it, and does not fit beside what the side has instead: where that has a
    /// name of its own, it counts as done here, and then this does.
    pub(super) fn add_instead(&mut self, side: Side, document: &RemoteId, more: Decimal) {
        let change = self.0.entry((side, document.clone())).or_default();
        change.instead += more;
    }

    /// By how much what a side says is open of a document will change.
    pub fn change(&self, side: Side, document: &RemoteId) -> Decimal {
        let change = self.0.get(&(side, document.clone()));
        change.map(|it| it.more).unwrap_or_default()
    }

    /// By how much more it would change by what does not fit beside what the side has instead.
    pub(super) fn instead(&self, side: Side, document: &RemoteId) -> Decimal {
        let change = self.0.get(&(side, document.clone()));
        change.map(|it| it.instead).unwrap_or_default()
    }

    /// How far what is open then may be from what the other side says, for units alone.
    pub fn units(&self, side: Side, document: &RemoteId) -> Decimal {
        let change = self.0.get(&(side, document.clone()));
        change.map(|it| it.units).unwrap_or_default()
    }

    /// What follows from this and from something else that was decided.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for ((side, document), change) in &other.0 {
            self.add_about(*side, document, change.more, change.units);
            self.add_instead(*side, document, change.instead);
        }
        self
    }
}

/// A document that a payment or a credit note is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDocument {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Its day.
    pub date: NaiveDate,
    /// Its contact, on its side.
    pub contact: RemoteId,
    /// What it comes to.
    pub total: Decimal,
    /// What is open of it, as its side says: still owed of an invoice, left of a credit note.
    pub due: Decimal,
    /// Of a credit note, what it is used for on its side.
    pub uses: Vec<Allocation>,
    /// Units of the base currency for one of its own; 1, or nothing, where it is in the base currency.
    pub rate: Option<Decimal>,
    /// Whether it has ended.
    pub ended: bool,
    /// What becomes of it on the other side.
    pub outlook: Outlook,
    /// Whether another document takes the place of its counterpart in this plan.
    pub replaced: bool,
}

/// What becomes of a document on the other side, as far as what is for it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// It is linked to this one there.
    Linked(RemoteId),
    /// It was recognised as this one there.
    Matched(RemoteId),
    /// It is created there.
    Created,
    /// It needs a person first.
    Waits,
    /// The rules leave it alone.
    Stays,
}

/// What tells a document from all others, on whichever side it is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    /// The one that both sides have, by Xero's identity.
    Both(RemoteId),
    /// One that only this side has.
    Alone(Side, RemoteId),
}

/// OpenDocuments by side and identity.
#[derive(Debug, Default)]
pub(super) struct OpenDocuments {
    open: PerSide<BTreeMap<RemoteId, OpenDocument>>,
    /// How much is paid or credited of documents whose edit waits for all of that to be taken off them first.
    to_free: BTreeMap<(Side, RemoteId), Decimal>,
}

impl From<&BTreeMap<(Side, RemoteId), OpenDocument>> for OpenDocuments {
    fn from(open: &BTreeMap<(Side, RemoteId), OpenDocument>) -> Self {
        let mut documents = Self::default();
        documents.learn(open);
        documents
    }
}

impl OpenDocuments {
    /// Those of the situation.
    pub(super) fn of(situation: &Situation) -> Self {
        Self::from(&situation.open)
    }

    /// The money on account that payments of the situation pay back: what is linked, and what this plan
    /// decides about.
    pub(super) fn of_money(situation: &Situation) -> Self {
        let mut money = Self::from(&situation.money);
        for side in Side::BOTH {
            for record in situation.unlinked_of(Kind::Payment, side) {
                let payment = record.record.as_payment();
                let kept = payment.is_some_and(ledger::Payment::is_kept_on_account);
                if let Some(open) = OpenDocument::read(&record.record, None).filter(|_| kept) {
                    money.open.get_mut(side).insert(record.id.clone(), open);
                }
            }
        }
        money
    }

    /// Adds what is not known yet.
    pub(super) fn learn(&mut self, of: &BTreeMap<(Side, RemoteId), OpenDocument>) {
        for ((side, id), document) in of {
            let known = self.open.get_mut(*side).entry(id.clone());
            known.or_insert_with(|| document.clone());
        }
    }

    /// The documents whose edit waits for what settles them to be taken off, and how much that is.
    pub(super) fn to_free(&self) -> impl Iterator<Item = (&(Side, RemoteId), Decimal)> {
        self.to_free.iter().map(|(key, settled)| (key, *settled))
    }

    /// Whether the edit of a document waits for what settles it to be taken off.
    pub(super) fn waits_to_be_free(&self, side: Side, id: &RemoteId) -> bool {
        self.to_free.contains_key(&(side, id.clone()))
    }

    /// Adds documents without a link that a plan decides about, by what they were `placed` as: those that
    /// payments and credit notes of the situation are for, and what they are recognised as.
    pub(super) fn add<'c>(
        &mut self,
        situation: &Situation,
        placed: impl Iterator<Item = (Option<&'c Card>, Option<&'c Card>)>,
    ) {
        let mut named: BTreeSet<(Side, &RemoteId)> = BTreeSet::new();
        for side in Side::BOTH {
            let settling = situation.unlinked.get(side).iter();
            for record in settling.filter(|it| it.record.kind().ends_first()) {
                for kind in [Kind::Invoice, Kind::CreditNote] {
                    named.extend(record.record.refers_to(kind).map(|id| (side, id)));
                }
            }
        }
        for (xero, erpnext) in placed {
            let both = [(Side::Xero, xero), (Side::Erpnext, erpnext)];
            let cards = both
                .into_iter()
                .filter_map(|(side, card)| Some((side, card?)));
            if cards
                .clone()
                .any(|(side, card)| named.contains(&(side, &card.id)))
            {
                for (side, card) in cards {
                    self.open
                        .get_mut(side)
                        .insert(card.id.clone(), OpenDocument::of(card));
                }
            }
        }
    }

    /// What is known of a document.
    pub(super) fn get(&self, side: Side, id: &RemoteId) -> Option<&OpenDocument> {
        self.open.get(side).get(id)
    }

    /// Says what becomes of a document without a link.
    pub(super) fn expect(&mut self, side: Side, id: &RemoteId, outlook: Outlook) {
        if let Some(invoice) = self.open.get_mut(side).get_mut(id)
            && !matches!(invoice.outlook, Outlook::Linked(_))
        {
            invoice.outlook = outlook;
        }
    }

    /// Takes note of what was decided about documents without a link.
    pub(super) fn decided(&mut self, entry: &Entry) {
        if !entry.kind.is_document() {
            return;
        }
        let on = |side: Side| match side {
            Side::Xero => entry.xero.as_ref(),
            Side::Erpnext => entry.erpnext.as_ref(),
        };
        if let Outcome::Problem { cause, .. } = &entry.outcome
            && let Cause::CannotEdit { side, settled, .. } = cause
            && let (Some(there), Some(settled)) = (on(*side), settled)
        {
            self.to_free.insert((*side, there.id.clone()), *settled);
        }
        if self.open.xero.is_empty() && self.open.erpnext.is_empty() {
            return;
        }
        for write in entry.writes() {
            // What is for it is written after it.
            if let books::Change::Update { id, from, to, .. } = &write.change
                && let (Some(from), Some(to)) = (from.document(), to.document())
                && let Some(invoice) = self.open.get_mut(write.target).get_mut(id)
            {
                invoice.due += to.total - from.total;
            }
            let source = on(write.target.other());
            if write.change.replaces(write.target)
                && let Some(source) = source
                && let Some(invoice) = self.open.get_mut(write.target.other()).get_mut(&source.id)
            {
                invoice.replaced = true;
            }
        }
        self.placed(entry);
    }

    /// Takes note of what becomes of a record without a link on the other side.
    pub(super) fn placed(&mut self, entry: &Entry) {
        if entry.link.is_some() {
            return;
        }
        let on = |side: Side| match side {
            Side::Xero => entry.xero.as_ref(),
            Side::Erpnext => entry.erpnext.as_ref(),
        };
        for side in Side::BOTH {
            let of = |side: Side| on(side).map(|it| &it.id);
            let Some(id) = of(side) else { continue };
            let outlook = match &entry.outcome {
                Outcome::Link { .. } => of(side.other()).cloned().map(Outlook::Matched),
                Outcome::Write(_) => Some(Outlook::Created),
                Outcome::Problem { .. } => Some(Outlook::Waits),
                Outcome::Agrees | Outcome::OutOfScope(_) | Outcome::Rebase => Some(Outlook::Stays),
            };
            if let Some(outlook) = outlook {
                self.expect(side, id, outlook);
            }
        }
    }

    /// Which one is meant by an identity on a side.
    pub(super) fn which(&self, side: Side, id: &RemoteId) -> Which {
        let outlook = self.get(side, id).map(|it| &it.outlook);
        let Some(Outlook::Linked(other) | Outlook::Matched(other)) = outlook else {
            return Which::Alone(side, id.clone());
        };
        Which::Both(match side {
            Side::Xero => id.clone(),
            Side::Erpnext => other.clone(),
        })
    }

    /// What both sides say is open of a document; `None` where only one side has it.
    pub(super) fn owed(&self, side: Side, id: &RemoteId) -> Option<(Decimal, Decimal)> {
        let here = self.get(side, id)?;
        let (Outlook::Linked(other) | Outlook::Matched(other)) = &here.outlook else {
            return None;
        };
        let there = self.get(side.other(), other)?;
        Some((here.due, there.due))
    }
}

impl OpenDocument {
    /// An invoice, a credit note, or money on account, by its record; `there` is what it is linked to.
    pub fn read(record: &Record, there: Option<RemoteId>) -> Option<Self> {
        let (total, currency) = record.total()?;
        let rate = match record {
            Record::Payment(payment) => payment.exchange_rate,
            _ => record.document()?.exchange_rate,
        };
        Some(Self {
            currency,
            date: record.day()?,
            contact: record.refers_to(Kind::Contact).next()?.clone(),
            total,
            due: record
                .document()
                .map_or(record.unused(), |it| it.amount_due),
            uses: record
                .document()
                .map(|it| it.allocations.clone())
                .unwrap_or_default(),
            rate,
            ended: record.ended(),
            outlook: there.map_or(Outlook::Stays, Outlook::Linked),
            replaced: false,
        })
    }

    /// A cent of the coarser of its currency and the base currency, in its own, where these are two: as much
    /// may be between the sides where one keeps it in the base currency.
    pub(super) fn unit(&self) -> Decimal {
        let foreign = self.rate.is_some_and(|rate| rate != Decimal::ONE);
        if foreign {
            coarser_cent(self.rate)
        } else {
            Decimal::ZERO
        }
    }

    /// What the other side has of it is not known yet.
    pub(crate) fn of(card: &Card) -> Self {
        Self {
            currency: card.currency,
            date: card.date,
            contact: card.contact.clone(),
            total: card.total,
            due: card.amount_due,
            uses: Vec::new(),
            rate: card.rate,
            ended: card.state == DocumentState::Voided,
            outlook: Outlook::Stays,
            replaced: false,
        }
    }
}
