//! One side's invoice carried to the other that exists: changed, voided, or the reason why it cannot
//! be.

use std::borrow::Cow;

use ledger::agreement::{content, leave_open, same_rate};
use ledger::{Cause, Document, DocumentState, Money, Reference, RemoteId, Side};

use super::super::contacts::Counterpart;
use super::super::translate::{tax_by_rate, translate_document};
use super::super::{Outcome, PlannedWrite, Scope, SideRecord, mark, planned, unless_refused};
use super::{Both, Planner};
use crate::books::Change;

impl Planner<'_> {
    /// Carries the source's content to the other side, whatever that says.
    pub(super) fn carry(&self, both: &Both<'_>, source: Side) -> Outcome {
        if both.right.state == DocumentState::Voided
            && source == Side::Xero
            && both.left.state != DocumentState::Voided
        {
            let why = "it was voided there and a voided document cannot be brought back".to_owned();
            return Outcome::Problem {
                side: source,
                cause: Cause::CannotEdit {
                    side: Side::Erpnext,
                    why,
                    settled: None,
                },
            };
        }
        self.carry_onto(both, source)
    }

    /// [`Planner::carry`], where a person said that a document which was cancelled in ERPNext is to
    /// stand again: it is amended.
    pub(super) fn carry_onto(&self, both: &Both<'_>, source: Side) -> Outcome {
        let target = source.other();
        let (theirs, ours) = (both.invoice(source), both.invoice(target));
        let record = both.record(target);
        let refuse = |cause| Outcome::Problem {
            side: source,
            cause,
        };
        if !self.allows(target) {
            return Outcome::OutOfScope(Scope::Direction);
        }
        if theirs.state == DocumentState::Voided {
            return match self.void(theirs, ours, record, target) {
                Ok(None) => Outcome::Rebase,
                Ok(Some(change)) => {
                    let writes = self.released_first(both, target, change);
                    self.write(both, source, writes)
                }
                Err(cause) => refuse(cause),
            };
        }
        if ours.state == DocumentState::Voided && target == Side::Xero {
            return self.create_anew(both, theirs);
        }
        let mut to = match translate_document(theirs, source, self.policy) {
            Ok(to) => to,
            Err(cause) => return refuse(cause),
        };
        // The document keeps the number it has on the target, and what it is used for.
        to.number.clone_from(&ours.number);
        to.allocations.clone_from(&ours.allocations);
        to.against.clone_from(&ours.against);
        let waits_for = match self.contact(source, theirs) {
            Ok((contact, waits_for)) => {
                to.contact = contact;
                waits_for
            }
            Err(cause) => return refuse(cause),
        };
        if same_on_target(&to, ours) && !both.under_way {
            return Outcome::Rebase;
        }
        match self.update(both, source, to, waits_for) {
            Ok(writes) => self.write(both, source, writes),
            Err(cause) => refuse(cause),
        }
    }

    /// The writes that make the target's document `to`, where the target still takes that: what a credit note
    /// is used for is taken back before it, and made again once both sides were read.
    pub(super) fn update(
        &self,
        both: &Both<'_>,
        source: Side,
        mut to: Document,
        waits_for: Vec<Reference>,
    ) -> Result<Vec<PlannedWrite>, Cause> {
        let target = source.other();
        let (mut ours, record) = (Cow::Borrowed(both.invoice(target)), both.record(target));
        if ours.state == DocumentState::Approved && to.state == DocumentState::Draft {
            let why = "it is approved there and an approved document cannot become a draft again";
            return Err(Cause::CannotEdit {
                side: target,
                why: why.to_owned(),
                settled: None,
            });
        }
        if target == Side::Xero {
            tax_by_rate(&to)?;
        }
        // ERPNext makes no document for a disabled customer, and a replacement is one.
        let customer = self.counterpart(source, &both.invoice(source).contact);
        let disabled = matches!(customer, Some(Counterpart::Known { archived: true, .. }));
        if let Some(cause) = self.policy.closed(target, ours.date) {
            return Err(cause);
        }
        let mut writes = Vec::new();
        if !ours.settled().is_zero() && !editable_when_settled(target, &ours, &to) {
            let Some(free) = self.released(target, &ours) else {
                if let Some(cause) = self.refused_when_free(both, source, &to) {
                    return Err(cause);
                }
                let settled = Money {
                    amount: ours.settled(),
                    currency: ours.currency,
                };
                let why = format!("{settled} of it is paid or credited there");
                // Where tax is filed, the edit waits for a yes, and nothing may be begun before that.
                let filed = self.policy.tax_filed;
                let open = filed.is_none_or(|until| ours.date > until);
                return Err(Cause::CannotEdit {
                    side: target,
                    why,
                    settled: open.then(|| ours.settled()),
                });
            };
            if free != *ours {
                let release = Change::Allocate {
                    id: record.id.clone(),
                    version: record.version.clone(),
                    from: record.record.clone(),
                    to: self.record(free.clone()),
                    source: both.record(source).id.clone(),
                };
                writes.push(planned(target, release, both.record(source)));
                to.amount_due += free.amount_due - ours.amount_due;
                to.allocations.clone_from(&free.allocations);
                ours = Cow::Owned(free);
            }
        }
        // What is written to is the draft that stands there, whatever it is measured by: ERPNext tells by that
        // what there is to do, and would replace a draft like a document that people know.
        let from = if both.under_way && target == Side::Erpnext {
            record.record.clone()
        } else {
            self.record(ours.into_owned())
        };
        let change = Change::Update {
            id: record.id.clone(),
            version: record.version.clone(),
            from,
            to: self.record(to),
            source: both.record(source).id.clone(),
            source_link: None,
            under_way: both.under_way,
        };
        if disabled && change.replaces(target) {
            return Err(Cause::ContactArchived { side: target });
        }
        writes.push(PlannedWrite {
            waits_for,
            ..planned(target, change, both.record(source))
        });
        Ok(writes)
    }

    /// Why the target refused this very edit once all that settles the document had been taken off it: what
    /// settles it is not taken off for that again.
    fn refused_when_free(&self, both: &Both<'_>, source: Side, to: &Document) -> Option<Cause> {
        let target = source.other();
        let record = both.record(target);
        let change = Change::Update {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to: self.record(to.clone()),
            source: both.record(source).id.clone(),
            source_link: None,
            under_way: both.under_way,
        };
        let write = planned(target, change, both.record(source));
        let mut refusals = Side::BOTH.into_iter().filter_map(|side| {
            let key = (self.kind, side, both.record(side).id.clone());
            self.situation.refused.get(&key)
        });
        let same = refusals.find(|refusal| refusal.fingerprint == write.fingerprint);
        same.map(|refusal| refusal.cause.clone())
    }

    /// A credit note whose uses were taken back, where nothing else was done with it. One that lowers its
    /// original by itself does so in ERPNext again when it is replaced. `None` where that cannot be: an
    /// invoice is freed by what pays it.
    fn released(&self, target: Side, ours: &Document) -> Option<Document> {
        if !self.kind.ends_first() || !ours.refunded().is_zero() {
            return None;
        }
        let mut free = ours.clone();
        free.allocations
            .retain(|used| target == Side::Erpnext && used.id.is_none());
        free.amount_due += ours.allocated() - free.allocated();
        Some(free)
    }

    /// A document that lives on in ERPNext while Xero's is voided for good: it becomes another
    /// invoice in Xero, and the voided one stays what it is.
    fn create_anew(&self, both: &Both<'_>, theirs: &Document) -> Outcome {
        let carried = translate_document(theirs, Side::Erpnext, self.policy).and_then(|mut to| {
            let (contact, waits_for) = self.contact(Side::Erpnext, theirs)?;
            to.contact = contact;
            to.number = Some(both.erpnext.id.as_str().to_owned());
            Ok((to, waits_for))
        });
        let (to, waits_for) = match carried {
            Ok(carried) => carried,
            Err(cause) => {
                return Outcome::Problem {
                    side: Side::Erpnext,
                    cause,
                };
            }
        };
        let change = Change::Create {
            record: self.record(to),
            source: both.erpnext.id.clone(),
            source_link: None,
        };
        let writes = vec![PlannedWrite {
            waits_for,
            ..planned(Side::Xero, change, both.erpnext)
        }];
        let id = &both.erpnext.id;
        unless_refused(self.situation, self.kind, Side::Erpnext, id, writes)
    }

    /// These writes, the first of which is made from the source's record.
    pub(super) fn write(
        &self,
        both: &Both<'_>,
        source: Side,
        mut writes: Vec<PlannedWrite>,
    ) -> Outcome {
        // An amended document that took over the link carries no marker of ours yet. What replaces it
        // brings its own, and what is cancelled takes none.
        let ends = |write: &PlannedWrite| {
            write.target == Side::Erpnext
                && (write.change.replaces(Side::Erpnext)
                    || matches!(write.change, Change::End { .. }))
        };
        if !writes.iter().any(ends) {
            writes.extend(mark(both.xero, both.erpnext));
        }
        // A write is refused for the record that it was made from.
        for side in [source.other(), source] {
            let id = &both.record(side).id;
            let checked = unless_refused(self.situation, self.kind, side, id, writes.clone());
            if !matches!(checked, Outcome::Write(_)) {
                return checked;
            }
        }
        Outcome::Write(writes)
    }

    /// A document's end, before which what it is used for is given back where that is a thing of its own.
    fn released_first(&self, both: &Both<'_>, target: Side, end: Change) -> Vec<PlannedWrite> {
        let (record, source) = (both.record(target), both.record(target.other()));
        let mut free = both.invoice(target).clone();
        let by_itself = free.allocations.iter().all(|used| used.id.is_none());
        if by_itself {
            return vec![planned(target, end, source)];
        }
        free.amount_due += free.allocated();
        free.allocations.clear();
        let release = Change::Allocate {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to: self.record(free.clone()),
            source: source.id.clone(),
        };
        let end = Change::End {
            id: record.id.clone(),
            version: record.version.clone(),
            from: self.record(free),
        };
        let in_order = [release, end];
        in_order
            .map(|change| planned(target, change, source))
            .into()
    }

    fn void(
        &self,
        theirs: &Document,
        ours: &Document,
        record: &SideRecord,
        target: Side,
    ) -> Result<Option<Change>, Cause> {
        debug_assert_eq!(theirs.state, DocumentState::Voided);
        if ours.state == DocumentState::Voided {
            return Ok(None);
        }
        // Payments that ended on the other side are ended here first.
        let settled = ours.settled() - self.expected.change(target, &record.id);
        if !settled.is_zero() {
            let settled = Money {
                amount: settled,
                currency: ours.currency,
            };
            let why = format!("{settled} of it is paid or credited there; remove that first");
            return Err(Cause::CannotVoid { side: target, why });
        }
        if ours.state == DocumentState::Approved
            && let Some(cause) = self.policy.closed(target, ours.date)
        {
            return Err(cause);
        }
        Ok(Some(Change::End {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
        }))
    }

    /// The contact's identity on the other side, where it is known now; else the source's, and the
    /// write waits for that contact.
    pub(super) fn contact(
        &self,
        source: Side,
        invoice: &Document,
    ) -> Result<(RemoteId, Vec<Reference>), Cause> {
        match self.counterpart(source, &invoice.contact) {
            Some(Counterpart::Known { archived: true, .. }) => Err(Cause::ContactArchived {
                side: source.other(),
            }),
            Some(Counterpart::Known { other, .. }) => Ok((other.clone(), Vec::new())),
            Some(Counterpart::Planned) => {
                let contact = invoice.contact.clone();
                Ok((contact.clone(), vec![Reference::contact(contact)]))
            }
            Some(Counterpart::Archived | Counterpart::Blocked) | None => {
                Err(self.without_contact(source, &invoice.contact))
            }
        }
    }

    /// What a document waits for whose contact has no counterpart, and gets none by this plan.
    pub(in crate::plan) fn without_contact(&self, side: Side, contact: &RemoteId) -> Cause {
        if let Some(Counterpart::Archived) = self.counterpart(side, contact) {
            return Cause::ContactArchived { side };
        }
        let contact = contact.clone();
        Cause::WaitsForContact { side, contact }
    }
}

/// Whether the translated document says nothing that the target does not say already: the change
/// was one that is not carried.
fn same_on_target(to: &Document, ours: &Document) -> bool {
    comparable(to) == comparable(&open(ours, to))
        && match (to.exchange_rate, ours.exchange_rate) {
            (Some(theirs), Some(ours)) => same_rate(theirs, ours),
            _ => true,
        }
}

/// What is there, without what is left open of it.
fn open(there: &Document, meant: &Document) -> Document {
    let mut there = there.clone();
    leave_open(&mut there, meant);
    there
}

/// The content without what each side states in its own way: the rate of exchange, and per-line
/// taxes (ERPNext states tax per document).
fn comparable(invoice: &Document) -> Document {
    let mut content = content(invoice);
    content.exchange_rate = None;
    content.due_date = Some(content.due_date.unwrap_or(content.date));
    for line in &mut content.lines {
        line.tax_amount = None;
        line.tax_rate = None;
        line.item_code = None;
    }
    content
}

/// What may still be changed on a document that is paid in part or full. Xero allows reference, due date
/// and what lines say, are booked to and are filed under (Xero developer docs, "OpenDocuments", editing paid invoices); in
/// ERPNext any change but the reference means cancelling the document, which would unlink its payments.
fn editable_when_settled(target: Side, from: &Document, to: &Document) -> bool {
    let mut same = comparable(to);
    let now = comparable(&open(from, to));
    same.reference.clone_from(&from.reference);
    if target == Side::Xero {
        same.due_date = Some(from.due_date.unwrap_or(from.date));
        for (line, now) in same.lines.iter_mut().zip(&now.lines) {
            line.description.clone_from(&now.description);
            line.account.clone_from(&now.account);
            line.tracking.clone_from(&now.tracking);
        }
    }
    same == now
}
