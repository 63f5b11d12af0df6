//! Decisions about sales documents: invoices and credit notes.

mod carry;
mod in_full;
pub(in crate::plan) mod merged;
mod unlinked;

use std::collections::BTreeMap;

use ledger::agreement::{
    STATE, amount_due_difference, invoice_differences, open_difference, same_content,
};
use ledger::problem::Difference;
use ledger::{Cause, Document, DocumentState, Kind, Record, RemoteId, Side};
use rust_decimal::Decimal;

use self::merged::BaseDocuments;
use super::contacts::{Contacts, Counterpart, counterpart, vanished};
use super::open_documents::Expected;
use super::uses::Uses;
use super::{
    ContactLink, Entry, LinkedPair, Outcome, Policy, SideRecord, Situation, double, mark,
    unless_refused,
};

/// Decides about single documents.
pub(super) struct Planner<'a> {
    /// The kind of the documents.
    pub kind: Kind,
    pub situation: &'a Situation,
    pub policy: &'a Policy,
    /// The contacts that this plan decides about.
    pub contacts: &'a Contacts,
    /// Counterparts of contacts that are not in the situation.
    pub named: &'a BTreeMap<(Side, RemoteId), ContactLink>,
    /// What the payments and credit notes of this plan will change of what is owed.
    pub expected: &'a Expected,
    /// What is to be done about what credit notes are used for.
    pub uses: &'a Uses,
}

/// Two records of one document, with the documents unwrapped.
#[derive(Clone, Copy)]
struct Both<'a> {
    link: Option<i64>,
    /// Whether ERPNext's is a draft that an unfinished create or replacement of ours left behind.
    under_way: bool,
    xero: &'a SideRecord,
    erpnext: &'a SideRecord,
    left: &'a Document,
    right: &'a Document,
}

/// Whether ERPNext's record is a draft that an unfinished create or replacement of ours left behind:
/// it carries our marker, what it was made from is no draft, and the two never agreed, or agreed when
/// a submitted document stood in its place, which no document of a person's becomes a draft again.
fn under_way(xero: &SideRecord, erpnext: &SideRecord, agreed: Option<&Document>) -> bool {
    let state = |record: &SideRecord| record.record.document().map(|invoice| invoice.state);
    agreed.is_none_or(|before| before.state == DocumentState::Approved)
        && state(erpnext) == Some(DocumentState::Draft)
        && state(xero) != Some(DocumentState::Draft)
        && erpnext.marker.as_ref() == Some(&xero.id)
}

impl<'a> Both<'a> {
    /// Whether both stand.
    fn live(&self) -> bool {
        self.left.state == DocumentState::Approved && self.right.state == DocumentState::Approved
    }

    const fn record(&self, side: Side) -> &'a SideRecord {
        match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        }
    }

    const fn invoice(&self, side: Side) -> &'a Document {
        match side {
            Side::Xero => self.left,
            Side::Erpnext => self.right,
        }
    }
}

impl Planner<'_> {
    /// The direction of documents of this kind.
    fn allows(&self, target: Side) -> bool {
        self.policy.direction(self.kind).allows(target)
    }

    /// A document of this kind.
    const fn record(&self, document: Document) -> Record {
        Record::of_document(self.kind, document)
    }

    /// A document that is linked.
    pub(super) fn linked(&self, pair: &LinkedPair) -> Option<Entry> {
        if pair.kind() != Some(self.kind) {
            return None;
        }
        let (xero, erpnext) = match (&pair.xero, &pair.erpnext) {
            (Some(xero), Some(erpnext)) => (xero, erpnext),
            (Some(here), None) => return Some(vanished(pair.link, Side::Xero, here)),
            (None, Some(here)) => return Some(vanished(pair.link, Side::Erpnext, here)),
            (None, None) => return None,
        };
        let (left, right) = (xero.record.document()?, erpnext.record.document()?);
        let base = pair
            .base
            .as_ref()
            .and_then(|base| Some((base.xero.document()?, base.erpnext.document()?)));
        let both = Both {
            link: Some(pair.link),
            under_way: under_way(xero, erpnext, base.map(|(_, before)| before)),
            xero,
            erpnext,
            left,
            right,
        };
        let outcome = match base {
            Some(base) if both.under_way => self.go_on_replacing(both, base),
            _ if both.live() && owed_alone(&both, base) => self.owed(&both, base),
            None => self.not_agreed_yet(&both),
            Some(base) => self.agreed_before(&both, base),
        };
        let outcome = self.uses.beside(pair.link, outcome);
        Some(double(pair.link.into(), xero, erpnext, outcome))
    }

    /// A document that was cancelled in ERPNext to be replaced, and whose replacement stands as a
    /// draft: what is meant follows from what stood, whatever the draft says, and is written even
    /// where that is the same, for ERPNext holds no live one.
    fn go_on_replacing(&self, both: Both<'_>, base: BaseDocuments<'_>) -> Outcome {
        if both.left.state == DocumentState::Voided {
            return self.carry(&both, Side::Xero);
        }
        let mut stood = base.1.clone();
        stood.amount_due = stood.total;
        let both = Both {
            right: &stood,
            ..both
        };
        self.written_again(&both, base)
    }

    /// Linked, but the write that was to make both agree did not succeed yet.
    fn not_agreed_yet(&self, both: &Both<'_>) -> Outcome {
        let differences = self.all_differences(both);
        if differences.is_empty() {
            return Outcome::Rebase;
        }
        if self.goes_on(both, &differences) {
            return self.carry(both, Side::Xero);
        }
        self.ask(both, None, differences, |differences, offered| {
            Cause::DifferOnBothSides {
                differences,
                offered,
            }
        })
    }

    /// Whether a draft of our own is gone on with. Where drafts are carried, one that says something
    /// else may be a person's.
    fn goes_on(&self, both: &Both<'_>, differences: &[Difference]) -> bool {
        both.under_way && (!self.policy.drafts || differences.iter().all(|it| it.field == STATE))
    }

    /// Neither side changed: they must still agree, and ERPNext must carry our marker.
    fn unchanged(&self, both: &Both<'_>) -> Outcome {
        if !self.differences(both).is_empty() {
            return self.differs(both);
        }
        if let Some(mark) = mark(both.xero, both.erpnext) {
            let id = &both.xero.id;
            return unless_refused(self.situation, self.kind, Side::Xero, id, vec![mark]);
        }
        self.amount_due_problem(both).unwrap_or(Outcome::Agrees)
    }

    /// Whether one side's books were opened with what was left of the other's invoice: another total, or
    /// an opening entry of ERPNext, but the same customer and the same amount still owed.
    fn opened_with_the_rest(&self, both: &Both<'_>) -> bool {
        let (left, right) = (both.left, both.right);
        let due = left.amount_due;
        let rest =
            owed_alike(left, right) && !due.is_zero() && (left.total == due || right.total == due);
        both.live()
            && left.currency == right.currency
            && (rest || right.opening)
            && self.same_contact(left, right)
    }

    /// Two of which only what is owed is compared: each keeps its own content.
    fn owed(&self, both: &Both<'_>, base: Option<(&Document, &Document)>) -> Outcome {
        if let Some(problem) = self.amount_due_problem(both) {
            return problem;
        }
        if let Some(mark) = mark(both.xero, both.erpnext) {
            let id = &both.xero.id;
            return unless_refused(self.situation, self.kind, Side::Xero, id, vec![mark]);
        }
        let as_before = base.is_some_and(|(left, right)| {
            same_content(left, both.left) && same_content(right, both.right)
        });
        if as_before {
            Outcome::Agrees
        } else {
            Outcome::Rebase
        }
    }

    /// Where not the same is owed on both sides, and the payments of this plan will not change that.
    fn amount_due_problem(&self, both: &Both<'_>) -> Option<Outcome> {
        let difference = open_difference(self.kind, both.left, both.right)?;
        let change = |side: Side| self.expected.change(side, &both.record(side).id);
        let instead = |side: Side| self.expected.instead(side, &both.record(side).id);
        let done = (change(Side::Xero), change(Side::Erpnext));
        let all = (
            done.0 + instead(Side::Xero),
            done.1 + instead(Side::Erpnext),
        );
        if self.explains(both, done) || self.explains(both, all) {
            return None;
        }
        Some(Outcome::Problem {
            side: Side::Xero,
            cause: Cause::AmountDueDiffers {
                differences: vec![difference],
            },
        })
    }

    /// Whether as much is owed on both sides once what they say is owed has changed by so much.
    fn explains(&self, both: &Both<'_>, (left, right): (Decimal, Decimal)) -> bool {
        if left.is_zero() && right.is_zero() {
            return false;
        }
        let (mut xero, mut erpnext) = (both.left.clone(), both.right.clone());
        xero.amount_due += left;
        erpnext.amount_due += right;
        let units = |side: Side| self.expected.units(side, &both.record(side).id);
        let apart = (xero.amount_due - erpnext.amount_due).abs();
        amount_due_difference(&xero, &erpnext).is_none()
            || apart <= units(Side::Xero) + units(Side::Erpnext)
    }

    fn differences(&self, both: &Both<'_>) -> Vec<Difference> {
        let mut differences = invoice_differences(both.left, both.right);
        let voided = both.left.state == DocumentState::Voided;
        if !voided && !self.same_contact(both.left, both.right) {
            differences.insert(
                0,
                Difference {
                    field: "contact".to_owned(),
                    xero: Some(both.left.contact_name.clone()),
                    erpnext: Some(both.right.contact_name.clone()),
                },
            );
        }
        differences
    }

    fn same_contact(&self, xero: &Document, erpnext: &Document) -> bool {
        self.are_one(&xero.contact, &erpnext.contact) == Some(true)
    }

    /// Where the counterpart of a contact stands.
    fn counterpart(&self, side: Side, id: &RemoteId) -> Option<Counterpart<'_>> {
        let known = [self.named, &self.situation.contacts];
        counterpart(self.contacts, known, side, id)
    }

    /// Whether a Xero contact and an ERPNext customer are one; `None` where one of them needs a person
    /// first.
    pub(super) fn are_one(&self, xero: &RemoteId, erpnext: &RemoteId) -> Option<bool> {
        // The invoices of a merged contact are still with its own customer in ERPNext.
        let merged = self.situation.merged.iter().any(|(from, into)| {
            into == xero
                && matches!(
                    self.counterpart(Side::Xero, from),
                    Some(Counterpart::Known { other, .. }) if other == erpnext
                )
        });
        if merged {
            return Some(true);
        }
        match (
            self.counterpart(Side::Xero, xero),
            self.counterpart(Side::Erpnext, erpnext),
        ) {
            (Some(Counterpart::Known { other, .. }), _) => Some(other == erpnext),
            // Known to be another's, or about to become a contact of its own over there.
            (_, Some(Counterpart::Known { .. } | Counterpart::Planned))
            | (Some(Counterpart::Planned), _) => Some(false),
            (
                Some(Counterpart::Archived | Counterpart::Blocked) | None,
                Some(Counterpart::Archived | Counterpart::Blocked) | None,
            ) => None,
        }
    }
}

/// Whether a pair agreed on what is owed when it was linked, and on nothing else; an opening entry says
/// nothing else that Xero could say.
fn owed_alone(both: &Both<'_>, base: Option<(&Document, &Document)>) -> bool {
    both.right.opening || base.is_some_and(|(left, right)| owed_alike(left, right))
}

/// Whether two documents agree on what is still owed although their totals differ.
fn owed_alike(xero: &Document, erpnext: &Document) -> bool {
    xero.currency == erpnext.currency
        && xero.total != erpnext.total
        && xero.amount_due == erpnext.amount_due
}
