//! What credit notes are used for.
//!
//! A credit note itself is decided about as every document is ([`super::documents`]). The invoices that it
//! has been used for are no content of it: they are compared invoice by invoice, each against what both
//! sides last agreed on, and what one side changed is done on the other. A use is never moved: less of it
//! is taken back, more of it is a new one beside those there are.

mod carry;

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Document, DocumentState, Kind, RemoteId, Side};
use rust_decimal::Decimal;

use super::contacts::Contacts;
use super::open_documents::{Expected, OpenDocuments, Outlook, Which};
use super::outline::Item;
use super::{LinkedPair, Outcome, PlannedWrite, Policy, SideRecord, Situation};

/// What is to be done about the uses of credit notes, by link.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<i64, Decision>);

/// What is to be done about the uses of one credit note.
#[derive(Debug)]
enum Decision {
    /// Both sides changed to the same since they agreed.
    Rebase,
    /// Uses are made or taken back.
    Write(Vec<PlannedWrite>),
    /// A person is needed, or the rules leave it alone.
    Other(Outcome),
}

/// Decides about the uses of credit notes.
struct UsesPlanner<'a> {
    situation: &'a Situation,
    policy: &'a Policy,
    contacts: &'a Contacts,
    invoices: &'a OpenDocuments,
    /// What is expected of the decisions so far.
    expected: Expected,
    /// What they leave to be paid of invoices, by side.
    left: BTreeMap<(Side, RemoteId), Decimal>,
}

/// Both records of a credit note that stands on both sides.
#[derive(Clone, Copy)]
struct Both<'a> {
    xero: (&'a SideRecord, &'a Document),
    erpnext: (&'a SideRecord, &'a Document),
    base: Option<(&'a Document, &'a Document)>,
}

impl<'a> Both<'a> {
    const fn on(&self, side: Side) -> (&'a SideRecord, &'a Document) {
        match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        }
    }

    /// By how much less two amounts may differ for their units alone.
    fn tolerance(&self) -> Decimal {
        let rate = self.erpnext.1.exchange_rate.or(self.xero.1.exchange_rate);
        match rate {
            Some(rate) if rate > Decimal::ZERO && rate != Decimal::ONE => {
                let cent = Decimal::new(1, 2);
                cent.checked_div(rate).map_or(cent, |unit| unit.max(cent))
            }
            _ => Decimal::ZERO,
        }
    }
}

/// How much of each invoice a credit note settles.
type Parts = BTreeMap<Which, Decimal>;

/// One invoice of which not the same is settled on both sides.
struct Apart {
    which: Which,
    xero: Decimal,
    erpnext: Decimal,
    /// The side that changed it; `None` where both did.
    changed: Option<Side>,
}

/// Decides about the uses of all credit notes of a situation, whose `items` say what becomes of those
/// without a link. Also what is expected of the amounts due: of what waits for a person as well, since
/// the difference has a name of its own then.
pub(super) fn plan_uses(
    (situation, policy): (&Situation, &Policy),
    contacts: &Contacts,
    invoices: &OpenDocuments,
    items: &[Item],
) -> (Uses, Expected) {
    let mut planner = UsesPlanner {
        situation,
        policy,
        contacts,
        invoices,
        expected: Expected::default(),
        left: BTreeMap::new(),
    };
    let mut uses = Uses::default();
    for pair in &situation.pairs {
        if pair.kind() == Some(Kind::CreditNote)
            && let Some(decision) = planner.pair(pair)
        {
            uses.0.insert(pair.link, decision);
        }
    }
    planner.unlinked(items);
    (uses, planner.expected)
}

impl Uses {
    /// What becomes of a linked credit note of which this was decided, with what it is used for.
    pub(super) fn beside(&self, link: i64, outcome: Outcome) -> Outcome {
        let Some(decision) = self.0.get(&link) else {
            return outcome;
        };
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
            (Decision::Other(other), _) => other.clone(),
        }
    }
}

impl UsesPlanner<'_> {
    fn pair(&mut self, pair: &LinkedPair) -> Option<Decision> {
        let (xero, erpnext) = (pair.xero.as_ref()?, pair.erpnext.as_ref()?);
        let (left, right) = (xero.record.document()?, erpnext.record.document()?);
        let stands = |document: &Document| document.state == DocumentState::Approved;
        let base = pair.base.as_ref();
        let base = base.and_then(|base| Some((base.xero.document()?, base.erpnext.document()?)));
        let both = Both {
            xero: (xero, left),
            erpnext: (erpnext, right),
            base,
        };
        let voided = |document: &Document| document.state == DocumentState::Voided;
        match (stands(left), stands(right)) {
            (true, true) => self.standing(&both),
            // What stands is ended next, and gives back what it was used for.
            (true, false) if voided(right) => {
                self.gives_back(Side::Xero, xero, left);
                None
            }
            (false, true) if voided(left) => {
                self.gives_back(Side::Erpnext, erpnext, right);
                None
            }
            _ => None,
        }
    }

    fn gives_back(&mut self, side: Side, record: &SideRecord, note: &Document) {
        if !self.policy.credit_notes.allows(side) {
            return;
        }
        for used in &note.allocations {
            self.expected.add(side, &used.invoice, used.amount);
            self.expected.add(side, &record.id, used.amount);
        }
    }

    /// What is used of credit notes without a link is used on the other side once they are there.
    fn unlinked(&mut self, items: &[Item]) {
        let situation = self.situation;
        let by_id = |side: Side| -> BTreeMap<&RemoteId, &SideRecord> {
            let records = situation.unlinked_of(Kind::CreditNote, side);
            records.map(|record| (&record.id, record)).collect()
        };
        let (xero, erpnext) = (by_id(Side::Xero), by_id(Side::Erpnext));
        for item in items {
            let of = |side: Side| {
                let of_side = match side {
                    Side::Xero => &xero,
                    Side::Erpnext => &erpnext,
                };
                let record = *of_side.get(item.id(side)?)?;
                Some((record, record.record.document()?))
            };
            match (of(Side::Xero), of(Side::Erpnext)) {
                (Some(xero), Some(erpnext)) => {
                    let base = None;
                    let both = Both {
                        xero,
                        erpnext,
                        base,
                    };
                    // Carried once they are linked.
                    self.standing(&both);
                }
                (Some((_, note)), None) => self.follows(Side::Xero, item, note),
                (None, Some((_, note))) => self.follows(Side::Erpnext, item, note),
                (None, None) => {}
            }
        }
    }

    /// A credit note that is made on the other side, or waits for a person: what it is used for there.
    fn follows(&mut self, side: Side, item: &Item, note: &Document) {
        let target = side.other();
        if note.state != DocumentState::Approved || item.stays(self.policy, side, note) {
            return;
        }
        for used in &note.allocations {
            if let Some(there) = self.there(side, &used.invoice) {
                let there = there.clone();
                self.expected.add(target, &there, -used.amount);
            }
        }
    }

    /// The invoice's counterpart.
    fn there(&self, side: Side, invoice: &RemoteId) -> Option<&RemoteId> {
        match &self.invoices.get(side, invoice)?.outlook {
            Outlook::Linked(other) | Outlook::Matched(other) => Some(other),
            _ => None,
        }
    }

    fn parts(&self, side: Side, note: &Document) -> Parts {
        let mut parts = Parts::new();
        for used in &note.allocations {
            let which = self.invoices.which(side, &used.invoice);
            *parts.entry(which).or_default() += used.amount;
        }
        parts
    }

    /// A credit note that stands on both sides.
    fn standing(&mut self, both: &Both<'_>) -> Option<Decision> {
        let (xero, erpnext) = (
            self.parts(Side::Xero, both.xero.1),
            self.parts(Side::Erpnext, both.erpnext.1),
        );
        let base = both.base.map(|(left, right)| {
            (
                self.parts(Side::Xero, left),
                self.parts(Side::Erpnext, right),
            )
        });
        let apart = apart(both, (&xero, &erpnext), base.as_ref());
        if apart.is_empty() {
            let moved = base.is_some_and(|base| base != (xero, erpnext));
            return moved.then_some(Decision::Rebase);
        }
        self.expect(both, &apart);
        Some(self.carry(both, &apart))
    }

    /// What the amounts due will be once the uses are the same on both sides.
    fn expect(&mut self, both: &Both<'_>, apart: &[Apart]) {
        for one in apart {
            // Where both changed it, Xero's is what the difference is measured by.
            let (target, more) = match one.changed {
                Some(Side::Erpnext) => (Side::Xero, one.erpnext - one.xero),
                Some(Side::Xero) | None => (Side::Erpnext, one.xero - one.erpnext),
            };
            if !self.policy.credit_notes.allows(target) {
                continue;
            }
            self.expected.add(target, &both.on(target).0.id, -more);
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
        let (ours, theirs) = match then.filter(|(xero, erpnext)| same(*xero, *erpnext)) {
            Some((xero, erpnext)) => (left != xero, right != erpnext),
            // They never agreed on it: what one side has and the other lacks is new.
            None => (right.is_zero(), left.is_zero()),
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
