//! One side's invoice carried to the other that exists: changed, voided, or the reason why it cannot
//! be.

use ledger::agreement::content;
use ledger::{Cause, DocumentState, Invoice, Kind, Money, Record, Reference, RemoteId, Side};
use rust_decimal::Decimal;

use super::super::contacts::ContactState;
use super::super::translate::translate_invoice;
use super::super::{Outcome, PlannedWrite, Scope, SideRecord, mark, planned, unless_refused};
use super::{Both, Planner};
use crate::books::Change;

impl Planner<'_> {
    /// Carries the source's content to the other side, whatever that says.
    pub(super) fn carry(&self, both: &Both<'_>, source: Side) -> Outcome {
        self.carried(both, source, None)
    }

    /// Carries what has changed on the source since `base`, where nothing has on the other side.
    pub(super) fn carry_changes(&self, both: &Both<'_>, source: Side, base: &Invoice) -> Outcome {
        self.carried(both, source, Some(base))
    }

    fn carried(&self, both: &Both<'_>, source: Side, base: Option<&Invoice>) -> Outcome {
        let target = source.other();
        let (theirs, ours) = (both.invoice(source), both.invoice(target));
        let record = both.record(target);
        let refuse = |cause| Outcome::Problem {
            side: source,
            cause,
        };
        if !self.policy.invoices.allows(target) {
            return Outcome::OutOfScope(Scope::Direction);
        }
        if theirs.state == DocumentState::Voided {
            return match self.void(theirs, ours, record, target) {
                Ok(None) => Outcome::Rebase,
                Ok(Some(change)) => self.write(both, source, change, Vec::new()),
                Err(cause) => refuse(cause),
            };
        }
        if ours.state == DocumentState::Voided {
            let why = "it was voided there and a voided document cannot be brought back".to_owned();
            return refuse(Cause::CannotEdit { side: target, why });
        }
        if ours.state == DocumentState::Approved && theirs.state == DocumentState::Draft {
            let why = "it is approved there and an approved document cannot become a draft again";
            return refuse(Cause::CannotEdit {
                side: target,
                why: why.to_owned(),
            });
        }
        let mut to = match translate_invoice(theirs, source, self.policy) {
            Ok(to) => to,
            Err(cause) => return refuse(cause),
        };
        if let Some(base) = base
            && let Ok(base) = translate_invoice(base, source, self.policy)
        {
            keep_unchanged(&base, &mut to, ours);
        }
        // The document keeps the number it has on the target.
        to.number.clone_from(&ours.number);
        let waits_for = match self.contact(source, theirs) {
            Ok((contact, waits_for)) => {
                to.contact = contact;
                waits_for
            }
            Err(cause) => return refuse(cause),
        };
        if same_on_target(&to, ours) && !record.half_replaced {
            return Outcome::Rebase;
        }
        if let Some(until) = self.policy.sides.get(target).locked_until
            && ours.date <= until
        {
            return refuse(Cause::PeriodLocked {
                side: target,
                until,
            });
        }
        if !ours.settled().is_zero() && !editable_when_settled(target, ours, &to) {
            let settled = Money {
                amount: ours.settled(),
                currency: ours.currency,
            };
            let why = format!("{settled} of it is paid or credited there");
            return refuse(Cause::CannotEdit { side: target, why });
        }
        let change = Change::Update {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to: Record::Invoice(to),
            source: both.record(source).id.clone(),
            source_link: None,
            under_way: both.under_way(),
        };
        self.write(both, source, change, waits_for)
    }

    fn write(
        &self,
        both: &Both<'_>,
        source: Side,
        change: Change,
        waits_for: Vec<Reference>,
    ) -> Outcome {
        let mut writes = vec![PlannedWrite {
            waits_for,
            ..planned(source.other(), change, both.record(source))
        }];
        if source == Side::Erpnext {
            // An amended document that took over the link carries no marker of ours yet.
            writes.extend(mark(both.xero, both.erpnext));
        }
        unless_refused(
            self.situation,
            Kind::Invoice,
            source,
            &both.record(source).id,
            writes,
        )
    }

    fn void(
        &self,
        theirs: &Invoice,
        ours: &Invoice,
        record: &SideRecord,
        target: Side,
    ) -> Result<Option<Change>, Cause> {
        debug_assert_eq!(theirs.state, DocumentState::Voided);
        if ours.state == DocumentState::Voided {
            return Ok(None);
        }
        if !ours.settled().is_zero() {
            let settled = Money {
                amount: ours.settled(),
                currency: ours.currency,
            };
            let why = format!("{settled} of it is paid or credited there; remove that first");
            return Err(Cause::CannotVoid { side: target, why });
        }
        if let Some(until) = self.policy.sides.get(target).locked_until
            && ours.date <= until
            && ours.state == DocumentState::Approved
        {
            return Err(Cause::PeriodLocked {
                side: target,
                until,
            });
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
        invoice: &Invoice,
    ) -> Result<(RemoteId, Vec<Reference>), Cause> {
        let waits = || Cause::WaitsForContact {
            side: source,
            contact: invoice.contact.clone(),
        };
        match self.contacts.get(&(source, invoice.contact.clone())) {
            Some(ContactState::Known { archived: true, .. }) => Err(Cause::ContactArchived {
                side: source.other(),
            }),
            Some(ContactState::Known { other, .. }) => Ok((other.clone(), Vec::new())),
            Some(ContactState::Planned) => {
                let contact = invoice.contact.clone();
                Ok((contact.clone(), vec![Reference::contact(contact)]))
            }
            Some(ContactState::Blocked) | None => Err(waits()),
        }
    }
}

/// Leaves everything as the target says it that the source says as before: each side says the same
/// document in its own way (tax per line or per document, prices with or without tax, lines in
/// another order), and writing the source's way over the target's would be a change that nobody
/// made. `base` and `to` are the source's document before and now, in the target's terms.
fn keep_unchanged(base: &Invoice, to: &mut Invoice, ours: &Invoice) {
    let (before, now) = (content(base), content(to));
    if before.reference == now.reference {
        to.reference.clone_from(&ours.reference);
    }
    if before.date == now.date {
        to.date = ours.date;
    }
    if before.due_date == now.due_date {
        to.due_date = ours.due_date;
    }
    if same_rate(before.exchange_rate, now.exchange_rate) {
        to.exchange_rate = ours.exchange_rate;
    }
    let figures = |invoice: &Invoice| {
        (
            invoice.price_mode,
            invoice.currency,
            invoice.net_total,
            invoice.tax_total,
            invoice.total,
        )
    };
    let same_totals =
        (to.net_total, to.tax_total, to.total) == (ours.net_total, ours.tax_total, ours.total);
    // Lines that do not say what their tax is cannot be written anew.
    let tells_tax = ours.tax_total.is_zero() || ours.lines.iter().any(|line| line.tax.is_some());
    let stays_written = before.date == now.date && before.due_date == now.due_date;
    if before.lines == now.lines
        && figures(&before) == figures(&now)
        && to.currency == ours.currency
        && same_totals
        && (tells_tax || stays_written)
    {
        to.price_mode = ours.price_mode;
        to.lines.clone_from(&ours.lines);
    }
}

/// Whether the translated document says nothing that the target does not say already: the change
/// was one that is not carried.
fn same_on_target(to: &Invoice, ours: &Invoice) -> bool {
    comparable(to) == comparable(ours) && same_rate(to.exchange_rate, ours.exchange_rate)
}

/// Whether two rates of exchange are the same. Xero keeps 6 decimals of the inverse, so that a rate
/// that went there and back differs a little.
fn same_rate(left: Option<Decimal>, right: Option<Decimal>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => {
            (left - right).abs() <= left.abs().max(right.abs()) * Decimal::new(1, 4)
        }
        _ => true,
    }
}

/// The content without what each side states in its own way: the rate of exchange, and per-line
/// taxes (ERPNext states tax per document).
fn comparable(invoice: &Invoice) -> Invoice {
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

/// What may still be changed on a document that is paid in part or full. Xero allows reference and
/// due date (Xero developer docs, "Invoices", editing paid invoices); in ERPNext any change but the
/// reference means cancelling the document, which would unlink its payments.
fn editable_when_settled(target: Side, from: &Invoice, to: &Invoice) -> bool {
    let mut same = comparable(to);
    same.reference.clone_from(&from.reference);
    if target == Side::Xero {
        same.due_date = Some(from.due_date.unwrap_or(from.date));
    }
    same == comparable(from)
}
