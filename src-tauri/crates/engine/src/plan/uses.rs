//! What credit is used for: credit notes, and money on account.
//!
//! A credit note itself is decided about as every document is ([`super::documents`]), money as every payment
//! ([`super::payments`]). The invoices that either has been used for go beside that: they are compared invoice
//! by invoice, each against what both sides last agreed on, and what one side changed is done on the other. A
//! use is never moved: less of it is taken back, more of it is a new one beside those there are.

mod carry;
mod of_payments;
mod removable;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::payment::{money_differences, same_payment};
use ledger::{
    Allocation, Cause, Currency, DocumentState, Kind, Payment, PaymentDirection, Record, RemoteId,
    Side,
};
use rust_decimal::Decimal;

use super::contacts::Contacts;
use super::freeing::Freed;
use super::open_documents::{Expected, OpenDocuments, Outlook, Which};
use super::outline::Item;
use super::{Base, LinkedPair, Outcome, PlannedWrite, Policy, SideRecord, Situation};

/// What is to be done about the uses of credits, by link.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<i64, Decision>);

/// What is to be done about the uses of one credit.
#[derive(Debug)]
enum Decision {
    /// Both sides changed to the same since they agreed.
    Rebase,
    /// Uses are made or taken back.
    Write(Vec<PlannedWrite>),
    /// A person is needed, or the rules leave it alone.
    Other(Outcome),
    /// The credit ended and a use of it of ours still stands: what becomes of that.
    LeftBehind(Outcome),
}

/// Decides about the uses of credits of one kind.
pub(super) struct UsesPlanner<'a> {
    /// Credit notes, or payments.
    pub kind: Kind,
    pub situation: &'a Situation,
    pub policy: &'a Policy,
    /// The contacts that this plan decides about.
    pub contacts: &'a Contacts,
    pub documents: &'a OpenDocuments,
    /// The documents that are freed of what settles them.
    pub freed: &'a Freed,
    /// What is expected of the decisions so far.
    pub expected: Expected,
    /// What they leave to be paid of invoices, by side.
    pub left: BTreeMap<(Side, RemoteId), Decimal>,
}

/// A credit that stands on its side.
struct Credit<'a> {
    record: &'a SideRecord,
    uses: Vec<Allocation>,
    contact: &'a RemoteId,
    date: NaiveDate,
    currency: Currency,
    exchange_rate: Option<Decimal>,
}

/// Both records of a credit.
struct Both<'a> {
    xero: Credit<'a>,
    erpnext: Credit<'a>,
    /// What it was used for when both agreed, in Xero and in ERPNext.
    base: Option<(Vec<Allocation>, Vec<Allocation>)>,
}

impl<'a> Credit<'a> {
    fn of(record: &'a SideRecord) -> Option<Self> {
        let (_, currency) = record.record.total()?;
        Some(Self {
            uses: record.record.uses(),
            contact: record.record.refers_to(Kind::Contact).next()?,
            date: record.record.day()?,
            currency,
            exchange_rate: match &record.record {
                Record::CreditNote(note) => note.exchange_rate,
                Record::Payment(payment) => payment.exchange_rate,
                Record::Contact(_) | Record::Invoice(_) => return None,
            },
            record,
        })
    }
}

impl<'a> Both<'a> {
    const fn on(&self, side: Side) -> &Credit<'a> {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }

    /// By how much two amounts may differ for their units alone.
    fn tolerance(&self) -> Decimal {
        match self.erpnext.exchange_rate.or(self.xero.exchange_rate) {
            Some(rate) if rate > Decimal::ZERO && rate != Decimal::ONE => {
                let cent = Decimal::new(1, 2);
                cent.checked_div(rate).map_or(cent, |unit| unit.max(cent))
            }
            _ => Decimal::ZERO,
        }
    }
}

/// Whether what two records that are one are used for can change on its own: of money it can where it is
/// kept on account, and where ERPNext's was put aside.
pub(super) fn can_be_used(pair: &LinkedPair) -> bool {
    let (Some(xero), Some(erpnext)) = (&pair.xero, &pair.erpnext) else {
        return false;
    };
    let kept = |record: &SideRecord| record.record.as_payment().is_some_and(|it| it.on_account);
    xero.record.kind() == Kind::CreditNote
        || kept(xero)
        || kept(erpnext)
        || is_put_aside(pair, xero, erpnext)
}

/// Whether ERPNext's money is on account because we took it off its documents while these were edited: both
/// sides were agreed on that, and nobody has put it elsewhere since. Where nothing is known of an agreement (the
/// data folder was lost in between), our marker says that the two are one.
fn is_put_aside(pair: &LinkedPair, xero: &SideRecord, erpnext: &SideRecord) -> bool {
    let (Some(left), Some(right)) = (xero.record.as_payment(), erpnext.record.as_payment()) else {
        return false;
    };
    let less_is_used = |left: &Payment, right: &Payment| {
        right.direction == PaymentDirection::Received
            && right.unallocated > left.unallocated
            && right.deductions.is_empty()
            && right.with.is_empty()
            && money_differences(left, right).is_empty()
    };
    less_is_used(left, right)
        && match &pair.base {
            Some(base) => match (base.xero.as_payment(), base.erpnext.as_payment()) {
                (Some(then), Some(there)) => {
                    less_is_used(then, there)
                        && same_payment(then, left)
                        && same_payment(there, right)
                }
                _ => false,
            },
            None => erpnext.marker.as_ref() == Some(&xero.id),
        }
}

/// How much of each invoice a credit settles.
type Parts = BTreeMap<Which, Decimal>;

/// One invoice of which not the same is settled on both sides.
struct Apart {
    which: Which,
    xero: Decimal,
    erpnext: Decimal,
    /// The side that changed it; `None` where both did.
    changed: Option<Side>,
}

impl Uses {
    /// Whether there is anything to do about what a linked credit is used for.
    pub(super) fn holds(&self, link: i64) -> bool {
        self.0.contains_key(&link)
    }

    /// What becomes of a linked credit of which this was decided, with what it is used for.
    pub(super) fn beside(&self, link: i64, outcome: Outcome) -> Outcome {
        let Some(decision) = self.0.get(&link) else {
            return outcome;
        };
        if let Decision::LeftBehind(release) = decision {
            return match (outcome, release) {
                (Outcome::Write(mut ends), Outcome::Write(writes)) => {
                    ends.extend(writes.iter().cloned());
                    Outcome::Write(ends)
                }
                (Outcome::Write(_) | Outcome::Agrees | Outcome::Rebase, _) => release.clone(),
                (outcome, _) => outcome,
            };
        }
        let settled = match &outcome {
            // Its amount open follows from what it is used for.
            Outcome::Agrees | Outcome::Rebase => true,
            Outcome::Problem { cause, .. } => {
                matches!(cause, ledger::Cause::AmountDueDiffers { .. })
            }
            Outcome::Write(writes) => writes.iter().all(|write| !write.change.is_content()),
            // Its content comes first.
            Outcome::Link { .. } | Outcome::OutOfScope(_) => false,
        };
        if !settled {
            return outcome;
        }
        match (decision, outcome) {
            (Decision::Rebase, Outcome::Agrees) => Outcome::Rebase,
            // Our marker needs nobody, and what the rules leave alone hides no difference.
            (Decision::Rebase, outcome)
            | (Decision::Other(_), outcome @ Outcome::Write(_))
            | (Decision::Other(Outcome::OutOfScope(_)), outcome @ Outcome::Problem { .. }) => {
                outcome
            }
            (Decision::Write(writes), Outcome::Write(mut marks)) => {
                marks.extend(writes.iter().cloned());
                Outcome::Write(marks)
            }
            (Decision::Write(writes), _) => Outcome::Write(writes.clone()),
            (Decision::Other(other) | Decision::LeftBehind(other), _) => other.clone(),
        }
    }
}

impl<'a> UsesPlanner<'a> {
    /// Decides about the uses of all credits of the kind, whose `items` say what becomes of documents without
    /// a link. Also what is expected of the amounts due: of what waits for a person as well, since the
    /// difference has a name of its own then.
    pub(super) fn plan(mut self, items: &[Item]) -> (Uses, Expected) {
        let mut uses = Uses::default();
        let (situation, kind) = (self.situation, self.kind);
        let of_kind = situation.pairs.iter();
        for pair in of_kind.filter(|pair| pair.kind() == Some(kind)) {
            if let Some(decision) = self.pair(pair) {
                uses.0.insert(pair.link, decision);
            }
        }
        self.unlinked(items);
        (uses, self.expected)
    }

    fn pair(&mut self, pair: &'a LinkedPair) -> Option<Decision> {
        let (xero, erpnext) = (pair.xero.as_ref()?, pair.erpnext.as_ref()?);
        if !can_be_used(pair) {
            return None;
        }
        let base = pair.base.as_ref();
        let both = Both {
            xero: Credit::of(xero)?,
            erpnext: Credit::of(erpnext)?,
            base: base.map(|base| (base.xero.uses(), self.made_by_itself(xero, base))),
        };
        let state = |record: &SideRecord| record.record.state();
        match (state(xero), state(erpnext)) {
            (Some(DocumentState::Approved), Some(DocumentState::Approved)) => self.standing(&both),
            // What stands is ended next, and gives back what it was used for.
            (Some(DocumentState::Approved), Some(DocumentState::Voided)) => {
                self.gives_back(Side::Xero, &both.xero);
                self.left_behind(&both)
            }
            (Some(DocumentState::Voided), Some(DocumentState::Voided)) => self.left_behind(&both),
            (Some(DocumentState::Voided), Some(DocumentState::Approved)) => {
                self.gives_back(Side::Erpnext, &both.erpnext);
                None
            }
            _ => None,
        }
    }

    /// What ERPNext's credit was used for when both agreed, but for what an entry of ours settles that its end left
    /// behind: the credit was amended since, and is used for that anew where Xero's still is.
    fn made_by_itself(&self, xero: &SideRecord, base: &Base) -> Vec<Allocation> {
        let ended = self.situation.unlinked_of(self.kind, Side::Erpnext);
        let ended = ended.filter(|it| it.record.ended() && it.marker.as_ref() == Some(&xero.id));
        let left: Vec<Allocation> = ended.flat_map(|it| it.record.uses()).collect();
        let mut uses = base.erpnext.uses();
        uses.retain(|used| used.id.is_none() || left.iter().all(|it| it.id != used.id));
        uses
    }

    fn gives_back(&mut self, side: Side, credit: &Credit<'_>) {
        // Of a payment the end itself says so.
        if !self.kind.is_document() || !self.policy.direction(self.kind).allows(side) {
            return;
        }
        for used in &credit.uses {
            self.expected.add(side, &used.invoice, used.amount);
            self.expected.add(side, &credit.record.id, used.amount);
        }
    }

    /// What is used of documents without a link is used on the other side once they are there.
    fn unlinked(&mut self, items: &[Item]) {
        let (situation, kind) = (self.situation, self.kind);
        let by_id = |side: Side| -> BTreeMap<&RemoteId, &'a SideRecord> {
            let records = situation.unlinked_of(kind, side);
            records.map(|record| (&record.id, record)).collect()
        };
        let (xero, erpnext) = (by_id(Side::Xero), by_id(Side::Erpnext));
        for item in items {
            let of = |side: Side| {
                let of_side = match side {
                    Side::Xero => &xero,
                    Side::Erpnext => &erpnext,
                };
                Credit::of(of_side.get(item.id(side)?)?)
            };
            match (of(Side::Xero), of(Side::Erpnext)) {
                (Some(xero), Some(erpnext)) => {
                    let base = None;
                    // Carried once they are linked.
                    self.standing(&Both {
                        xero,
                        erpnext,
                        base,
                    });
                }
                (Some(credit), None) => self.follows(Side::Xero, item, &credit),
                (None, Some(credit)) => self.follows(Side::Erpnext, item, &credit),
                (None, None) => {}
            }
        }
    }

    /// A document that is made on the other side, or waits for a person: what it is used for there.
    fn follows(&mut self, side: Side, item: &Item, credit: &Credit<'_>) {
        let approved = credit.record.record.state() == Some(DocumentState::Approved);
        if credit.record.record.ended() && self.policy.direction(self.kind).allows(side) {
            // What an entry of ours still settles without it is owed again.
            for used in &credit.uses {
                self.expected.add(side, &used.invoice, used.amount);
            }
        }
        if !approved || item.stays(self.policy, side, credit.date) {
            return;
        }
        for used in &credit.uses {
            if let Some(there) = self.there(side, &used.invoice).cloned() {
                self.expected.add(side.other(), &there, -used.amount);
            }
        }
    }

    /// The invoice's counterpart.
    fn there(&self, side: Side, invoice: &RemoteId) -> Option<&RemoteId> {
        match &self.documents.get(side, invoice)?.outlook {
            Outlook::Linked(other) | Outlook::Matched(other) => Some(other),
            _ => None,
        }
    }

    fn parts(&self, side: Side, uses: &[Allocation]) -> Parts {
        let mut parts = Parts::new();
        for used in uses {
            let which = self.documents.which(side, &used.invoice);
            *parts.entry(which).or_default() += used.amount;
        }
        parts
    }

    /// A credit that stands on both sides.
    fn standing(&mut self, both: &Both<'_>) -> Option<Decision> {
        let (xero, erpnext) = (
            self.parts(Side::Xero, &both.xero.uses),
            self.parts(Side::Erpnext, &both.erpnext.uses),
        );
        let base = both.base.as_ref().map(|(left, right)| {
            (
                self.parts(Side::Xero, left),
                self.parts(Side::Erpnext, right),
            )
        });
        let apart = apart(both, (&xero, &erpnext), base.as_ref());
        if apart.is_empty() {
            if let Some(taken_off) = self.taken_off(both) {
                return Some(taken_off);
            }
            let moved = base.is_some_and(|base| base != (xero, erpnext));
            return moved.then_some(Decision::Rebase);
        }
        self.expect(both, &apart);
        if let Some(invoice) = apart
            .iter()
            .find_map(|one| self.waits_to_be_edited(&one.which))
        {
            let side = Side::Xero;
            let cause = Cause::WaitsForInvoice { side, invoice };
            return Some(Decision::Other(Outcome::Problem { side, cause }));
        }
        if let Some(waits) = self.goes_with_a_payment(both, &apart) {
            return Some(waits);
        }
        Some(self.carry(both, &apart))
    }

    /// The invoice, as Xero names it, where something else has to be taken off it before it is edited.
    fn waits_to_be_edited(&self, which: &Which) -> Option<RemoteId> {
        let Which::Both(id) = which else {
            return None;
        };
        let there = self.there(Side::Xero, id);
        let waits = self.freed.holds(Side::Xero, id)
            || there.is_some_and(|there| self.freed.holds(Side::Erpnext, there));
        waits.then(|| id.clone())
    }

    /// The invoice, as Xero names it, where its edit waits for a person: what it may still be settled by follows what
    /// becomes of it, and is no question beside that.
    fn edit_waits(&self, which: &Which) -> Option<RemoteId> {
        let Which::Both(id) = which else {
            return None;
        };
        let waits = |side: Side, id: &RemoteId| self.documents.waits_to_be_free(side, id);
        let there = self.there(Side::Xero, id);
        let waits = waits(Side::Xero, id) || there.is_some_and(|it| waits(Side::Erpnext, it));
        waits.then(|| id.clone())
    }

    /// What the amounts due will be once the uses are the same on both sides.
    fn expect(&mut self, both: &Both<'_>, apart: &[Apart]) {
        for one in apart {
            // Where both changed it, Xero's is what the difference is measured by.
            let (target, more) = match one.changed {
                Some(Side::Erpnext) => (Side::Xero, one.erpnext - one.xero),
                Some(Side::Xero) | None => (Side::Erpnext, one.xero - one.erpnext),
            };
            if !self.policy.direction(self.kind).allows(target) {
                continue;
            }
            self.expected.add(target, &both.on(target).record.id, -more);
            let invoice = match (&one.which, target) {
                (Which::Both(id), Side::Xero) => Some(id.clone()),
                (Which::Both(id), Side::Erpnext) => self.there(Side::Xero, id).cloned(),
                (Which::Alone(side, id), _) if *side == target => Some(id.clone()),
                (Which::Alone(..), _) => None,
            };
            if let Some(invoice) = invoice {
                self.expected.add(target, &invoice, -more);
            }
        }
    }
}

/// The invoices of which not the same is settled, and who changed that.
fn apart(
    both: &Both<'_>,
    (xero, erpnext): (&Parts, &Parts),
    base: Option<&(Parts, Parts)>,
) -> Vec<Apart> {
    let tolerance = both.tolerance();
    let same = |left: Decimal, right: Decimal| (left - right).abs() <= tolerance;
    let of = |parts: &Parts, which: &Which| parts.get(which).copied().unwrap_or_default();
    let all: BTreeSet<&Which> = xero.keys().chain(erpnext.keys()).collect();
    let one = |which: &Which| {
        let (left, right) = (of(xero, which), of(erpnext, which));
        if same(left, right) {
            return None;
        }
        let then = base.map(|(xero, erpnext)| (of(xero, which), of(erpnext, which)));
        // A base that has two amounts of it is what we left when the other side took no more: the rest waits for that.
        let in_part = then == Some((left, right)) && !left.is_zero() && !right.is_zero();
        let (ours, theirs) = match then {
            _ if in_part => (left > right, right > left),
            Some((xero, erpnext)) if same(xero, erpnext) => (left != xero, right != erpnext),
            // They never agreed on it: what one side has and the other lacks is new.
            _ => (right.is_zero(), left.is_zero()),
        };
        Some(Apart {
            which: which.clone(),
            xero: left,
            erpnext: right,
            changed: match (ours, theirs) {
                (true, false) => Some(Side::Xero),
                (false, true) => Some(Side::Erpnext),
                _ => None,
            },
        })
    };
    all.into_iter().filter_map(one).collect()
}
