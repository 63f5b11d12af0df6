//! The documents of a customer: what is due of each on either side, and why it differs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::run::credits::{Compared, compared};
use ledger::agreement::amount_due_difference;
use ledger::{CreditForm, Currency, DocumentState, Kind, Record, Said, Side};
use rust_decimal::Decimal;
use store::{
    Direction, Exception, ExceptionQuery, ExceptionStatus, LeftAlone, LinkId, LogOutcome, LogQuery,
    OwedDocument, PairingId, RecordKey, Rule, Store, StoreError,
};

use super::customers::{Customer, place, signed};
use super::movements::{Movement, Paid};
use super::reason::{Reason, What, Why};

/// Decisions about one record that are looked through for who set it aside.
const DECISIONS: u32 = 20;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An invoice or a credit note.
    Document(Kind),
    /// Money on account.
    Credit(CreditForm),
    /// All credits that both sides have.
    OnAccount,
}

/// A document, and what is due of it.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub form: Form,
    /// Itself, on one of the sides that have it; `None` of money on account.
    pub key: Option<RecordKey>,
    pub number: String,
    pub date: Option<NaiveDate>,
    pub currency: Currency,
    /// Due on each side, below zero of credit notes and money on account; `None` where it is not open there.
    pub due: [Option<Decimal>; 2],
    /// Why it differs: the amounts add up to [`Document::difference`].
    pub why: Vec<Why>,
    /// What was paid of it and credited.
    pub payments: Vec<Movement>,
}

impl Document {
    /// Xero less ERPNext.
    pub(super) fn difference(&self) -> Decimal {
        let [xero, erpnext] = self.due.map(Option::unwrap_or_default);
        xero - erpnext
    }

    /// Whether a rule leaves all of it alone.
    pub(super) fn is_outside(&self) -> bool {
        !self.why.is_empty() && self.why.iter().all(Why::is_outside)
    }

    /// What a rule leaves alone of it on each side.
    pub(super) fn outside(&self) -> [Decimal; 2] {
        let mut sums = [Decimal::ZERO; 2];
        for why in &self.why {
            if let Reason::LeftAlone { side, .. } = why.reason {
                sums[place(side)] += signed(side, why.amount);
            }
        }
        sums
    }
}

/// What has to be known to say why.
pub(super) struct Desk<'s> {
    pub(super) store: &'s Store,
    pub(super) pairing: PairingId,
    pub(super) rules: Vec<Rule>,
    pub(super) exceptions: BTreeMap<RecordKey, Exception>,
    pub(super) credits: Compared,
    /// What a person keeps apart.
    pub(super) apart: BTreeSet<RecordKey>,
    /// Of this, what keeps its documents from being carried.
    needed: BTreeSet<RecordKey>,
}

impl<'s> Desk<'s> {
    pub(super) fn new(store: &'s Store, pairing: PairingId) -> Result<Self, StoreError> {
        let mut exceptions = BTreeMap::new();
        for status in [ExceptionStatus::Ignored, ExceptionStatus::Open] {
            let query = ExceptionQuery {
                pairing: Some(pairing),
                status: Some(status),
                ..ExceptionQuery::default()
            };
            let found = store.exceptions(&query)?.into_iter();
            exceptions.extend(found.map(|it| (it.record.clone(), it)));
        }
        Ok(Self {
            store,
            pairing,
            rules: store.rules(pairing)?,
            exceptions,
            credits: compared(store, pairing)?,
            apart: store.apart(pairing)?,
            needed: store.apart_for_others(pairing)?,
        })
    }

    /// Whether a customer has credits on one side that the other does not have.
    pub(super) fn has_credits_apart(&self, contact: &RecordKey) -> bool {
        self.credits.apart.iter().any(|it| it.contact == *contact)
    }

    fn rule(&self, kind: Kind) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.kind == kind)
    }

    /// Why a record without a link is left alone.
    pub(super) fn left_alone(&self, key: &RecordKey, date: Option<NaiveDate>) -> Option<LeftAlone> {
        if self.apart.contains(key) {
            return Some(LeftAlone::KeptApart);
        }
        self.rule(key.kind)
            .and_then(|rule| rule.leaves_alone(key.side, date))
    }

    /// The same of a document of a customer: where that is kept apart, so are its documents.
    fn left_alone_of(&self, customer: &Customer, one: &OwedDocument) -> Option<LeftAlone> {
        let side = one.key.side;
        let mut ids = customer.ids[place(side)].iter();
        let kept = !self.needed.is_empty()
            && ids.any(|id| {
                let contact = RecordKey::new(side, Kind::Contact, id.as_str());
                self.needed.contains(&contact)
            });
        if kept {
            return Some(LeftAlone::KeptApart);
        }
        self.left_alone(&one.key, one.date)
    }

    /// Whether what a side changes of records of a kind is carried to the other.
    pub(super) fn carries(&self, kind: Kind, from: Side) -> bool {
        self.rule(kind)
            .is_none_or(|rule| rule.direction.writes_to(from.other()))
    }

    pub(super) fn exception(&self, key: &RecordKey) -> Option<Reason> {
        let found = self.exceptions.get(key)?;
        Some(Reason::Exception(Box::new(found.clone())))
    }

    /// The exception of another record that this one is a candidate of.
    pub(super) fn named_beside(&self, key: &RecordKey) -> Option<Reason> {
        let found = self.exceptions.values().find(|it| {
            it.record.kind == key.kind
                && it
                    .cause
                    .beside()
                    .is_some_and(|(side, ids)| side == key.side && ids.contains(&key.id))
        })?;
        Some(Reason::Exception(Box::new(found.clone())))
    }

    /// All that a customer owes, documents first; those that agree have no reason. Payments and uses of credit
    /// notes are told of documents that differ, and of all where that is asked for.
    pub(super) fn documents(
        &self,
        contact: &RecordKey,
        customer: &Customer,
        all_payments: bool,
    ) -> Result<Vec<Document>, StoreError> {
        let mut alone: Vec<OwedDocument> = Vec::new();
        let mut linked: BTreeMap<LinkId, [Option<OwedDocument>; 2]> = BTreeMap::new();
        for side in Side::BOTH {
            for id in &customer.ids[place(side)] {
                for document in self.store.owed_by(self.pairing, side, id)? {
                    match document.link {
                        Some(link) => {
                            linked.entry(link).or_default()[place(side)] = Some(document);
                        }
                        None => alone.push(document),
                    }
                }
            }
        }
        let mut documents = Vec::new();
        let mut paid: Option<Paid> = None;
        for pair in linked.into_values() {
            let Some(first) = pair.iter().flatten().next().cloned() else {
                continue;
            };
            let mut document = document(&first, pair.each_ref().map(|it| it.as_ref()));
            if all_payments || !document.difference().is_zero() {
                let paid = match &mut paid {
                    Some(paid) => &*paid,
                    none => none.insert(self.paid(customer)?),
                };
                self.explain(&mut document, &first, paid)?;
            }
            documents.push(document);
        }
        self.unlinked(customer, alone, &mut documents);
        self.on_account(contact, customer, &mut documents);
        Ok(documents)
    }

    /// Those without a link. Two of one number are one document that is not linked, because a person has to
    /// say which side is right, or because no sync has seen both yet.
    fn unlinked(
        &self,
        customer: &Customer,
        alone: Vec<OwedDocument>,
        documents: &mut Vec<Document>,
    ) {
        let name = |it: &OwedDocument| {
            let number = it.number.trim().to_lowercase();
            (it.key.kind, number, it.currency)
        };
        let (xero, erpnext): (Vec<_>, Vec<_>) =
            alone.into_iter().partition(|it| it.key.side == Side::Xero);
        let mut named: BTreeMap<_, OwedDocument> = BTreeMap::new();
        for one in erpnext {
            if let Some(other) = named.insert(name(&one), one) {
                documents.push(self.alone(customer, &other));
            }
        }
        let left = |it: &OwedDocument| self.left_alone_of(customer, it);
        for one in xero {
            match named.remove(&name(&one)) {
                Some(other) if left(&one).is_none() || left(&other).is_none() => {
                    documents.push(self.not_linked(&one, &other));
                }
                other => {
                    documents.push(self.alone(customer, &one));
                    documents.extend(other.iter().map(|it| self.alone(customer, it)));
                }
            }
        }
        documents.extend(named.values().map(|it| self.alone(customer, it)));
    }

    /// One that both sides have, without a link.
    fn not_linked(&self, xero: &OwedDocument, erpnext: &OwedDocument) -> Document {
        let mut document = document(xero, [Some(xero), Some(erpnext)]);
        let difference = document.difference();
        if !difference.is_zero() {
            let mut keys = [&xero.key, &erpnext.key].into_iter();
            let named = keys.find_map(|key| self.exception(key));
            document.why = vec![Why::of(named.unwrap_or(Reason::NotLinked), difference)];
        }
        document
    }

    /// One without a link.
    fn alone(&self, customer: &Customer, one: &OwedDocument) -> Document {
        let side = one.key.side;
        let sides = match side {
            Side::Xero => [Some(one), None],
            Side::Erpnext => [None, Some(one)],
        };
        let mut document = document(one, sides);
        let reason = match self.left_alone_of(customer, one) {
            Some(why) => Reason::LeftAlone {
                side,
                what: What::document(one.key.kind),
                why,
            },
            None => self
                .exception(&one.key)
                .or_else(|| self.named_beside(&one.key))
                .unwrap_or(Reason::OneSide {
                    side,
                    what: What::document(one.key.kind),
                }),
        };
        document.why = vec![Why::of(reason, document.difference())];
        document
    }

    /// Why a linked document differs: what is paid of it on one side, then all else.
    fn explain(
        &self,
        document: &mut Document,
        first: &OwedDocument,
        paid: &Paid,
    ) -> Result<(), StoreError> {
        let (kind, side) = (first.key.kind, first.key.side);
        let Some(link) = self
            .store
            .link_of(self.pairing, kind, side, &first.key.id)?
        else {
            return Ok(());
        };
        let keys = Side::BOTH.map(|side| RecordKey {
            side,
            kind,
            id: link.on(side).clone(),
        });
        if keys.iter().any(|key| self.apart.contains(key)) {
            // Nothing is compared between the two.
            let what = What::document(kind);
            let left = |side: Side| Reason::LeftAlone {
                side,
                what,
                why: LeftAlone::KeptApart,
            };
            let both = Side::BOTH.into_iter().zip(document.due);
            let due = both.filter_map(|(side, due)| Some((side, due?)));
            document.why = due
                .filter(|_| !document.difference().is_zero())
                .map(|(side, due)| Why::of(left(side), super::customers::signed(side, due)))
                .collect();
            return Ok(());
        }
        let parts = keys.each_ref().map(|key| {
            let parts = paid.get(key);
            parts.map_or(&[][..], Vec::as_slice)
        });
        let (payments, why) = self.movements(parts)?;
        document.payments = payments;
        if document.difference().is_zero() {
            return Ok(());
        }
        document.why = why;
        let named: Decimal = document.why.iter().map(|it| it.amount).sum();
        let rest = document.difference() - named;
        if !rest.is_zero() {
            let reason = self.rest(document, &keys, rest)?;
            document.why.push(Why::of(reason, rest));
        }
        Ok(())
    }

    /// Why a linked document differs by what its payments do not explain.
    fn rest(
        &self,
        document: &Document,
        keys: &[RecordKey; 2],
        rest: Decimal,
    ) -> Result<Reason, StoreError> {
        if let Some(reason) = keys.iter().find_map(|key| self.exception(key)) {
            return Ok(reason);
        }
        let [Some(mut xero), Some(erpnext)] = [self.document(&keys[0])?, self.document(&keys[1])?]
        else {
            return Ok(Reason::Unexplained);
        };
        for (key, record) in keys.iter().zip([&xero, &erpnext]) {
            let owed = record.state == DocumentState::Approved && !record.amount_due.is_zero();
            if owed && document.due[place(key.side)].is_none() {
                return Ok(Reason::OtherContact {
                    side: key.side,
                    name: record.contact_name.clone(),
                });
            }
        }
        // What is left of a credit note takes off.
        xero.amount_due = match keys[0].kind {
            Kind::CreditNote => erpnext.amount_due - rest,
            _ => erpnext.amount_due + rest,
        };
        if amount_due_difference(&xero, &erpnext).is_none() {
            return Ok(Reason::Rounding);
        }
        let rule = self.rule(keys[0].kind);
        let before = |date| {
            let start = rule.and_then(|rule| rule.start_date);
            start.is_some_and(|start| date < start)
        };
        Ok(if before(xero.date) && before(erpnext.date) {
            Reason::AsTheyAre
        } else if rule.is_some_and(|rule| rule.direction != Direction::Both) {
            Reason::NotByRule
        } else {
            Reason::Unexplained
        })
    }

    fn document(&self, key: &RecordKey) -> Result<Option<ledger::Document>, StoreError> {
        let found = self.store.record(self.pairing, key)?;
        let record = found.and_then(|found| found.row.record.ok());
        Ok(record.as_ref().and_then(Record::document).cloned())
    }

    /// Says of what was set aside who did it, as far as the log still has it.
    pub(super) fn sign(&self, why: &mut Why) -> Result<(), StoreError> {
        let Reason::Exception(exception) = &why.reason else {
            return Ok(());
        };
        if exception.status != ExceptionStatus::Ignored {
            return Ok(());
        }
        let decisions = LogQuery {
            pairing: Some(self.pairing),
            record: Some(exception.record.id.clone()),
            outcomes: vec![LogOutcome::Decided],
            limit: DECISIONS,
            ..LogQuery::default()
        };
        for line in self.store.log(&decisions)? {
            if matches!(line.write.message, Said::SetAside { .. }) {
                let whole = self.store.log_line(line.id)?;
                let detail = whole.and_then(|whole| whole.write.detail);
                why.by = detail.and_then(|it| it["who"].as_str().map(str::to_owned));
                break;
            }
        }
        Ok(())
    }
}

fn document(of: &OwedDocument, sides: [Option<&OwedDocument>; 2]) -> Document {
    Document {
        form: Form::Document(of.key.kind),
        key: Some(of.key.clone()),
        number: of.number.clone(),
        date: of.date,
        currency: of.currency,
        due: sides.map(|it| it.map(|it| it.due)),
        why: Vec::new(),
        payments: Vec::new(),
    }
}
