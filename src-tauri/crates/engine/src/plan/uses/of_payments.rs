//! Uses that ERPNext makes by payments: one document names a credit note beside the invoices that the money is for.
//! It is cancelled as a whole, so what Xero has of it, a payment and the use of a credit note, ends together.

use ledger::{Allocation, Cause, DocumentState, Kind, Side};

use super::{Apart, Both, Decision, UsesPlanner};
use crate::plan::{Outcome, SideRecord};

/// A payment of ERPNext, and its counterpart where it has one.
type OfBoth<'a> = (&'a SideRecord, Option<&'a SideRecord>);

impl<'a> UsesPlanner<'a> {
    /// ERPNext's payment that makes a use, or made it, where it is at hand.
    pub(super) fn payment_of(&self, used: &Allocation) -> Option<OfBoth<'a>> {
        let by = used.id.as_deref()?;
        let (situation, kind) = (self.situation, Kind::Payment);
        let linked = situation.pairs.iter().filter(|it| it.kind() == Some(kind));
        let linked = linked.filter_map(|it| Some((it.erpnext.as_ref()?, it.xero.as_ref())));
        let alone = situation.unlinked_of(kind, Side::Erpnext);
        let mut all = linked.chain(alone.map(|it| (it, None)));
        all.find(|(payment, _)| payment.id.as_str() == by)
    }

    /// What keeps uses from being taken back on one side before the payment is, that ERPNext makes them by: its
    /// counterpart ends first, and where it cannot, all of it stays.
    pub(super) fn goes_with_a_payment(&self, both: &Both<'_>, apart: &[Apart]) -> Option<Decision> {
        let on_erpnext = |uses: &[Allocation], one: &Apart| -> Vec<Allocation> {
            let of = uses.iter();
            let of = of.filter(|it| self.documents.which(Side::Erpnext, &it.invoice) == one.which);
            of.cloned().collect()
        };
        let asks = |side: Side, why: String| {
            let cause = Cause::AllocationNotCarried { side, why };
            Some(Decision::Other(Outcome::Problem { side, cause }))
        };
        for one in apart {
            let now = on_erpnext(&both.erpnext.uses, one);
            match one.changed {
                Some(Side::Erpnext) if one.erpnext < one.xero => {
                    let then = both.base.as_ref().map(|(_, there)| on_erpnext(there, one));
                    let then = then.into_iter().flatten();
                    let gone = then.filter(|it| now.iter().all(|used| used.id != it.id));
                    let mut of = gone.filter_map(|used| self.payment_of(&used));
                    let waits = of.find(|(payment, there)| {
                        payment.record.ended() && there.is_some_and(|it| !it.record.ended())
                    });
                    if let Some((payment, _)) = waits {
                        return asks(
                            Side::Erpnext,
                            format!(
                                "{} used it beside its money and was cancelled there, and what Xero has of that money still stands: both go together",
                                payment.record.title()
                            ),
                        );
                    }
                }
                Some(Side::Xero) if one.xero < one.erpnext => {
                    let stands = |payment: &SideRecord| {
                        payment.record.state() == Some(DocumentState::Approved)
                    };
                    let mut of = now.iter().filter_map(|used| self.payment_of(used));
                    if let Some((payment, _)) = of.find(|(payment, _)| stands(payment)) {
                        return asks(
                            Side::Xero,
                            format!(
                                "in ERPNext {} uses it beside its money, and ends as a whole. Delete its payment in Xero too, or cancel {0} in ERPNext, or use it again in Xero",
                                payment.record.title()
                            ),
                        );
                    }
                }
                _ => {}
            }
        }
        None
    }
}
