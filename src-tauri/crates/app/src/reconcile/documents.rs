//! The documents of a customer: what is due of each on either side, and why it differs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::run::credits::{Compared, compared};
use ledger::agreement::amount_due_difference;
use ledger::payment::{PaidDocument, PaymentDirection};
use ledger::{Cause, CreditForm, Currency, DocumentState, Kind, OpenCredit, Record, Said, Side};
use rust_decimal::Decimal;
use store::{
    Direction, Exception, ExceptionQuery, ExceptionStatus, LeftAlone, LinkId, LogOutcome, LogQuery,
    OwedDocument, PairingId, RecordKey, Rule, Store, StoreError, StoredRecord,
};

use super::customers::{Customer, place, signed};
use super::reason::{Reason, What, Why};

/// Decisions about one record that are looked through for who set it aside.
const DECISIONS: u32 = 20;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Invoice,
    Credit(CreditForm),
    /// All credits that both sides have.
    OnAccount,
}

/// A document, and what is due of it.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub form: Form,
    pub number: String,
    pub date: Option<NaiveDate>,
    pub currency: Currency,
    /// Due on each side, below zero of credits; `None` where it is not open there.
    pub due: [Option<Decimal>; 2],
    /// Why it differs: the amounts add up to [`Document::difference`].
    pub why: Vec<Why>,
    /// What was paid of it.
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

/// A payment's part of a document, on either side.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub date: NaiveDate,
    pub titles: [Option<String>; 2],
    /// What it takes off the amount due.
    pub amounts: [Option<Decimal>; 2],
}

/// One side's payment of one document.
#[derive(Debug, Clone)]
struct Part {
    key: RecordKey,
    link: Option<LinkId>,
    title: String,
    date: NaiveDate,
    amount: Decimal,
}

/// Parts of payments by the document that they are for.
type Paid = BTreeMap<RecordKey, Vec<Part>>;

/// What has to be known to say why.
pub(super) struct Desk<'s> {
    store: &'s Store,
    pairing: PairingId,
    rules: Vec<Rule>,
    exceptions: BTreeMap<RecordKey, Exception>,
    credits: Compared,
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
        })
    }

    /// Whether a customer has credits on one side that the other does not have.
    pub(super) fn has_credits_apart(&self, contact: &RecordKey) -> bool {
        self.credits.apart.iter().any(|it| it.contact == *contact)
    }

    fn rule(&self, kind: Kind) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.kind == kind)
    }

    fn left_alone(&self, kind: Kind, side: Side, date: Option<NaiveDate>) -> Option<LeftAlone> {
        self.rule(kind)
            .and_then(|rule| rule.leaves_alone(side, date))
    }

    fn exception(&self, key: &RecordKey) -> Option<Reason> {
        let found = self.exceptions.get(key)?;
        Some(Reason::Exception(Box::new(found.clone())))
    }

    /// All that a customer owes, invoices first; those that agree have no reason. Payments are told of
    /// documents that differ, and of all where that is asked for.
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
        for one in alone {
            documents.push(self.alone(&one));
        }
        self.on_account(contact, customer, &mut documents);
        Ok(documents)
    }

    /// One without a link.
    fn alone(&self, one: &OwedDocument) -> Document {
        let side = one.key.side;
        let sides = match side {
            Side::Xero => [Some(one), None],
            Side::Erpnext => [None, Some(one)],
        };
        let mut document = document(one, sides);
        let reason = match self.left_alone(one.key.kind, side, one.date) {
            Some(why) => Reason::LeftAlone {
                side,
                what: What::Invoice,
                why,
            },
            None => self.exception(&one.key).unwrap_or(Reason::OneSide {
                side,
                what: What::Invoice,
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
        let parts = keys.each_ref().map(|key| {
            let parts = paid.get(key);
            parts.map_or(&[][..], Vec::as_slice)
        });
        let (payments, why) = self.movements(parts);
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
        let [Some(mut xero), Some(erpnext)] = [self.invoice(&keys[0])?, self.invoice(&keys[1])?]
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
        xero.amount_due = erpnext.amount_due + rest;
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

    fn invoice(&self, key: &RecordKey) -> Result<Option<ledger::Document>, StoreError> {
        let found = self.store.record(self.pairing, key)?;
        Ok(match found.map(|found| found.row.record) {
            Some(Ok(Record::Invoice(invoice))) => Some(invoice),
            _ => None,
        })
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

    /// What a customer's contacts paid, by document.
    fn paid(&self, customer: &Customer) -> Result<Paid, StoreError> {
        let mut paid = Paid::new();
        for side in Side::BOTH {
            for contact in &customer.ids[place(side)] {
                for stored in self.store.paid_by(self.pairing, side, contact)? {
                    parts(&stored, &mut paid);
                }
            }
        }
        Ok(paid)
    }

    /// What is paid of one document on both sides, side by side, and what that makes differ.
    fn movements(&self, [xero, erpnext]: [&[Part]; 2]) -> (Vec<Movement>, Vec<Why>) {
        let mut pairs: Vec<[Option<&Part>; 2]> = Vec::new();
        let mut taken = vec![false; erpnext.len()];
        for part in xero {
            let other = erpnext
                .iter()
                .enumerate()
                .find(|(at, it)| !taken[*at] && it.link.is_some() && it.link == part.link);
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
            // What is paid lowers what is due.
            let apart = paid_in_erpnext - paid_in_xero;
            if let Some(first) = pair.iter().flatten().next()
                && !apart.is_zero()
            {
                reasons.push(self.why_paid(first, pair, apart));
            }
            if let Some(date) = pair.iter().flatten().map(|it| it.date).min() {
                movements.push(Movement {
                    date,
                    titles: pair.map(|it| it.map(|it| it.title.clone())),
                    amounts: pair.map(|it| it.map(|it| it.amount)),
                });
            }
        }
        movements.sort_by_key(|it| it.date);
        (movements, reasons)
    }

    fn why_paid(&self, first: &Part, pair: [Option<&Part>; 2], apart: Decimal) -> Why {
        let side = first.key.side;
        let exception = || {
            let mut parts = pair.iter().flatten();
            parts.find_map(|part| self.exception(&part.key))
        };
        let one_side = first.link.is_none();
        let left_alone = one_side
            .then(|| self.left_alone(Kind::Payment, side, Some(first.date)))
            .flatten();
        let reason = match left_alone {
            Some(why) => Reason::LeftAlone {
                side,
                what: What::Payment,
                why,
            },
            None => exception().unwrap_or(if one_side {
                Reason::OneSide {
                    side,
                    what: What::Payment,
                }
            } else {
                Reason::Unexplained
            }),
        };
        Why {
            reason,
            amount: apart,
            by: None,
            about: Some(format!(
                "payment {} of {}",
                first.title,
                first.date.format("%-d %b %Y")
            )),
        }
    }

    /// What is open beside invoices: documents that one side alone has, and the sum of all others.
    fn on_account(&self, contact: &RecordKey, customer: &Customer, documents: &mut Vec<Document>) {
        let mut rest: BTreeMap<Currency, [Option<Decimal>; 2]> = BTreeMap::new();
        for (side, credit) in &customer.credits {
            let due = &mut rest.entry(credit.currency).or_default()[place(*side)];
            *due = Some(due.unwrap_or_default() - credit.open);
        }
        let mut put = |side: Side, credit: &OpenCredit, reason: Reason| {
            if let Some(due) = rest
                .get_mut(&credit.currency)
                .and_then(|due| due[place(side)].as_mut())
            {
                *due += credit.open;
            }
            documents.push(of_credit(side, credit, reason));
        };
        for (why, side, credit) in &self.credits.left_alone {
            if customer.ids[place(*side)].contains(&credit.contact) {
                let reason = Reason::LeftAlone {
                    side: *side,
                    what: What::Credit,
                    why: *why,
                };
                put(*side, credit, reason);
            }
        }
        let of_customer = self
            .credits
            .apart
            .iter()
            .filter(|it| it.contact == *contact);
        let named = self
            .exceptions
            .get(contact)
            .filter(|it| matches!(it.cause, Cause::CreditsDiffer { .. }));
        for (side, credit) in of_customer
            .flat_map(|it| &it.apart)
            .flat_map(|it| &it.documents)
        {
            let reason = match named {
                Some(exception) => Reason::Exception(Box::new(exception.clone())),
                None => Reason::OneSide {
                    side: *side,
                    what: What::Credit,
                },
            };
            put(*side, credit, reason);
        }
        for (currency, due) in rest {
            let due = due.map(|due| due.filter(|due| !due.is_zero()));
            if due == [None, None] {
                continue;
            }
            let mut document = Document {
                form: Form::OnAccount,
                number: String::new(),
                date: None,
                currency,
                due,
                why: Vec::new(),
                payments: Vec::new(),
            };
            let difference = document.difference();
            if !difference.is_zero() {
                // Within the unit of what a side keeps in another currency, or it would be apart.
                document.why = vec![Why::of(Reason::Rounding, difference)];
            }
            documents.push(document);
        }
    }
}

fn document(of: &OwedDocument, sides: [Option<&OwedDocument>; 2]) -> Document {
    Document {
        form: Form::Invoice,
        number: of.number.clone(),
        date: of.date,
        currency: of.currency,
        due: sides.map(|it| it.map(|it| it.due)),
        why: Vec::new(),
        payments: Vec::new(),
    }
}

fn of_credit(side: Side, credit: &OpenCredit, reason: Reason) -> Document {
    let due = Some(-credit.open);
    let mut document = Document {
        form: Form::Credit(credit.form),
        number: credit.number.clone().unwrap_or_default(),
        date: credit.date,
        currency: credit.currency,
        due: match side {
            Side::Xero => [due, None],
            Side::Erpnext => [None, due],
        },
        why: Vec::new(),
        payments: Vec::new(),
    };
    document.why = vec![Why::of(reason, document.difference())];
    document
}

/// What a stored payment pays, where it counts.
fn parts(stored: &StoredRecord, paid: &mut Paid) {
    let Ok(Record::Payment(payment)) = &stored.row.record else {
        return;
    };
    if payment.state != DocumentState::Approved || stored.gone.is_some() {
        return;
    }
    for allocation in &payment.allocations {
        let PaidDocument::Invoice(id) = &allocation.document else {
            continue;
        };
        let document = RecordKey {
            side: stored.side,
            kind: Kind::Invoice,
            id: id.clone(),
        };
        let of_document = paid.entry(document).or_default();
        let amount = match payment.direction {
            PaymentDirection::Received => allocation.amount,
            PaymentDirection::Refunded => -allocation.amount,
        };
        // One payment may name a document twice.
        match of_document.iter_mut().find(|it| it.key == stored.key()) {
            Some(part) => part.amount += amount,
            None => of_document.push(Part {
                key: stored.key(),
                link: stored.link,
                title: payment.title().to_owned(),
                date: payment.date,
                amount,
            }),
        }
    }
}
