//! Whether two invoices that were never seen to agree say the same in full.

use ledger::agreement::{Counterparts, content_differences};
use ledger::problem::Difference;
use ledger::{MappingKind, Side};

use super::{Both, Planner};

impl Planner<'_> {
    /// Everything in which the two differ: contact, figures, dates, reference, lines. Where this is
    /// empty both sides were seen to say the same, and their base may be what they say now.
    pub(super) fn all_differences(&self, both: &Both<'_>) -> Vec<Difference> {
        let mut differences = self.differences(both);
        let same = |kind| move |xero: &str, erpnext: &str| self.stand_for(kind, xero, erpnext);
        differences.extend(content_differences(
            both.left,
            both.right,
            &Counterparts {
                account: &same(MappingKind::Account),
                tax: &same(MappingKind::Tax),
                tracking: &|xero, erpnext| self.policy.tracked.may_be_same(xero, erpnext),
            },
        ));
        differences
    }

    /// Whether a key of Xero's and one of ERPNext's stand for each other, whichever way it is said.
    /// Where neither is mapped there is nothing to tell them apart by.
    fn stand_for(&self, kind: MappingKind, xero: &str, erpnext: &str) -> bool {
        let mappings = &self.policy.mappings;
        let out = mappings.translate(kind, Side::Xero, xero);
        let back = mappings.translate(kind, Side::Erpnext, erpnext);
        match (out, back) {
            (None, None) => true,
            (out, back) => out == Some(erpnext) || back == Some(xero),
        }
    }
}
