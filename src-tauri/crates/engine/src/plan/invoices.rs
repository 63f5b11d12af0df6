//! Decisions about sales invoices.

mod carry;
mod unlinked;

use ledger::agreement::{STATE, amount_due_difference, invoice_differences, same_content};
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Invoice, Kind, Side};

use super::contacts::{ContactState, Contacts, vanished};
use super::{
    Entry, LinkedPair, Outcome, Policy, SideRecord, Situation, double, mark, unless_refused,
};

pub(super) fn plan_invoices(
    situation: &Situation,
    policy: &Policy,
    contacts: &Contacts,
    entries: &mut Vec<Entry>,
) {
    let planner = Planner {
        situation,
        policy,
        contacts,
    };
    for pair in &situation.pairs {
        if let Some(entry) = planner.linked(pair) {
            entries.push(entry);
        }
    }
    planner.unlinked(entries);
}

struct Planner<'a> {
    situation: &'a Situation,
    policy: &'a Policy,
    contacts: &'a Contacts,
}

/// Two records of one invoice, with the invoices unwrapped.
struct Both<'a> {
    link: Option<i64>,
    /// Whether they were ever seen to say the same.
    agreed: bool,
    xero: &'a SideRecord,
    erpnext: &'a SideRecord,
    left: &'a Invoice,
    right: &'a Invoice,
}

impl<'a> Both<'a> {
    /// Whether ERPNext's is a draft that an unfinished create of ours left behind: it carries our
    /// marker, the two never agreed, and what it was made from is no draft.
    fn under_way(&self) -> bool {
        !self.agreed
            && self.right.state == DocumentState::Draft
            && self.left.state != DocumentState::Draft
            && self.erpnext.marker.as_ref() == Some(&self.xero.id)
    }

    const fn record(&self, side: Side) -> &'a SideRecord {
        match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        }
    }

    const fn invoice(&self, side: Side) -> &'a Invoice {
        match side {
            Side::Xero => self.left,
            Side::Erpnext => self.right,
        }
    }
}

impl Planner<'_> {
    /// An invoice that is linked.
    fn linked(&self, pair: &LinkedPair) -> Option<Entry> {
        if pair.kind() != Some(Kind::Invoice) {
            return None;
        }
        let (xero, erpnext) = match (&pair.xero, &pair.erpnext) {
            (Some(xero), Some(erpnext)) => (xero, erpnext),
            (Some(here), None) => return Some(vanished(pair.link, Side::Xero, here)),
            (None, Some(here)) => return Some(vanished(pair.link, Side::Erpnext, here)),
            (None, None) => return None,
        };
        let (left, right) = (xero.record.as_invoice()?, erpnext.record.as_invoice()?);
        let both = Both {
            link: Some(pair.link),
            agreed: pair.base.is_some(),
            xero,
            erpnext,
            left,
            right,
        };
        let base = pair
            .base
            .as_ref()
            .and_then(|base| Some((base.xero.as_invoice()?, base.erpnext.as_invoice()?)));
        let outcome = match base {
            _ if erpnext.half_replaced => self.finish_replacing(&both),
            None => self.not_agreed_yet(&both),
            Some((base_left, base_right)) => {
                let changed = (
                    !self.same_as_before(base_left, left),
                    !self.same_as_before_in_erpnext(base_right, right),
                );
                match changed {
                    (false, false) => self.unchanged(&both),
                    (true, false) => self.carry_changes(&both, Side::Xero, base_left),
                    (false, true) => self.carry_changes(&both, Side::Erpnext, base_right),
                    (true, true) => self.both_changed(&both),
                }
            }
        };
        Some(double(pair.link.into(), xero, erpnext, outcome))
    }

    /// Xero's invoice against its base. A contact that was merged into another takes its invoices
    /// along; that is not a change of the invoice.
    fn same_as_before(&self, base: &Invoice, now: &Invoice) -> bool {
        if self.situation.merged.get(&base.contact) == Some(&now.contact) {
            let mut now = now.clone();
            now.contact = base.contact.clone();
            return same_content(base, &now);
        }
        same_content(base, now)
    }

    /// The same of ERPNext's: what a merged customer had is the other's, without a change of its own.
    fn same_as_before_in_erpnext(&self, base: &Invoice, now: &Invoice) -> bool {
        if self.situation.merged_customers.get(&base.contact) == Some(&now.contact) {
            let mut now = now.clone();
            now.contact = base.contact.clone();
            return same_content(base, &now);
        }
        same_content(base, now)
    }

    /// A document that we cancelled in ERPNext to amend it, and whose amendment was refused: it is
    /// written again whatever Xero's says now, for ERPNext holds no live one.
    fn finish_replacing(&self, both: &Both<'_>) -> Outcome {
        if both.left.state == DocumentState::Voided {
            return Outcome::Agrees;
        }
        self.carry(both, Side::Xero)
    }

    /// Linked, but the write that was to make both agree did not succeed yet.
    fn not_agreed_yet(&self, both: &Both<'_>) -> Outcome {
        let differences = self.differences(both);
        if differences.is_empty() {
            return Outcome::Rebase;
        }
        if self.goes_on(both, &differences) {
            return self.carry(both, Side::Xero);
        }
        match self.preferred(both) {
            Some(side) => self.carry(both, side),
            None => Outcome::Problem {
                side: Side::Xero,
                cause: Cause::DifferOnBothSides { differences },
            },
        }
    }

    /// Whether a draft of our own is gone on with. Where drafts are carried, one that says something
    /// else may be a person's.
    fn goes_on(&self, both: &Both<'_>, differences: &[Difference]) -> bool {
        both.under_way() && (!self.policy.drafts || differences.iter().all(|it| it.field == STATE))
    }

    /// Both sides changed: to the same, or a person decides.
    fn both_changed(&self, both: &Both<'_>) -> Outcome {
        let carried = self.carry(both, Side::Xero);
        if carried == Outcome::Rebase {
            return carried;
        }
        if let Some(side) = self.preferred(both) {
            return self.carry(both, side);
        }
        let mut differences = self.differences(both);
        if differences.is_empty() {
            let shown = |invoice: &Invoice| Some(shown_lines(invoice));
            differences.push(Difference {
                field: "lines or reference".to_owned(),
                xero: shown(both.left),
                erpnext: shown(both.right),
            });
        }
        Outcome::Problem {
            side: Side::Xero,
            cause: Cause::BothChanged { differences },
        }
    }

    fn preferred(&self, both: &Both<'_>) -> Option<Side> {
        self.situation
            .kept(&both.xero.id, &both.erpnext.id)
            .or(self.policy.prefer)
    }

    /// Neither side changed: they must still agree, and ERPNext must carry our marker.
    fn unchanged(&self, both: &Both<'_>) -> Outcome {
        let differences = self.differences(both);
        if !differences.is_empty() {
            return match self.situation.kept(&both.xero.id, &both.erpnext.id) {
                Some(side) => self.carry(both, side),
                None => Outcome::Problem {
                    side: Side::Xero,
                    cause: Cause::TotalsDiffer { differences },
                },
            };
        }
        if let Some(mark) = mark(both.xero, both.erpnext) {
            let id = &both.xero.id;
            return unless_refused(self.situation, Kind::Invoice, Side::Xero, id, vec![mark]);
        }
        amount_due_problem(both.left, both.right).unwrap_or(Outcome::Agrees)
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

    fn same_contact(&self, xero: &Invoice, erpnext: &Invoice) -> bool {
        // The invoices of a merged contact are still with its own customer in ERPNext.
        let merged = self.situation.merged.iter().any(|(from, into)| {
            *into == xero.contact
                && matches!(
                    self.contacts.get(&(Side::Xero, from.clone())),
                    Some(ContactState::Known { other, .. }) if *other == erpnext.contact
                )
        });
        if merged {
            return true;
        }
        match self.contacts.get(&(Side::Xero, xero.contact.clone())) {
            Some(ContactState::Known { other, .. }) => *other == erpnext.contact,
            Some(ContactState::Planned | ContactState::Blocked) | None => false,
        }
    }
}

fn amount_due_problem(xero: &Invoice, erpnext: &Invoice) -> Option<Outcome> {
    amount_due_difference(xero, erpnext).map(|difference| Outcome::Problem {
        side: Side::Xero,
        cause: Cause::AmountDueDiffers {
            differences: vec![difference],
        },
    })
}

fn shown_lines(invoice: &Invoice) -> String {
    let lines = match invoice.lines.len() {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    match &invoice.reference {
        Some(reference) => format!("{lines}, reference {reference}"),
        None => lines,
    }
}
