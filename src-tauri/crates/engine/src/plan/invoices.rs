//! Decisions about sales invoices.

use std::collections::BTreeSet;

use ledger::agreement::{amount_due_difference, content, invoice_differences, same_content};
use ledger::problem::Difference;
use ledger::{Cause, DocumentState, Invoice, Kind, Money, RemoteId, Side};
use rust_decimal::Decimal;

use super::contacts::{ContactState, Contacts, vanished};
use super::matching::match_records;
use super::translate::translate_invoice;
use super::{
    Entry, LinkedPair, MatchReason, Outcome, Policy, Scope, SideRecord, Situation, double, mark,
    planned_for, single, unless_refused,
};
use crate::books::Change;

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
    xero: &'a SideRecord,
    erpnext: &'a SideRecord,
    left: &'a Invoice,
    right: &'a Invoice,
}

impl<'a> Both<'a> {
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
                    !same_content(base_right, right),
                );
                match changed {
                    (false, false) => self.unchanged(&both),
                    (true, false) => self.carry(&both, Side::Xero),
                    (false, true) => self.carry(&both, Side::Erpnext),
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
        match self.preferred(both) {
            Some(side) => self.carry(both, side),
            None => Outcome::Problem {
                side: Side::Xero,
                cause: Cause::DifferOnBothSides { differences },
            },
        }
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

    /// Carries the source's content to the other side.
    fn carry(&self, both: &Both<'_>, source: Side) -> Outcome {
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
                Ok(Some(change)) => self.write(both, source, change, None),
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
        // The document keeps the number it has on the target.
        to.number.clone_from(&ours.number);
        let contact = match self.contact(source, theirs) {
            Ok((resolved, contact)) => {
                to.contact = resolved;
                contact
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
        let change = Change::UpdateInvoice {
            id: record.id.clone(),
            version: record.version.clone(),
            from: ours.clone(),
            to,
            source: both.record(source).id.clone(),
            source_link: None,
        };
        self.write(both, source, change, contact)
    }

    fn write(
        &self,
        both: &Both<'_>,
        source: Side,
        change: Change,
        contact: Option<RemoteId>,
    ) -> Outcome {
        let theirs = &both.invoice(source).contact;
        let mut writes = vec![planned_for(source.other(), change, contact, Some(theirs))];
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
        Ok(Some(Change::VoidInvoice {
            id: record.id.clone(),
            version: record.version.clone(),
            from: ours.clone(),
        }))
    }

    /// The contact's identity on the other side: known now, or (empty) to be resolved when the
    /// write is prepared.
    fn contact(
        &self,
        source: Side,
        invoice: &Invoice,
    ) -> Result<(RemoteId, Option<RemoteId>), Cause> {
        let waits = || Cause::WaitsForContact {
            side: source,
            contact: invoice.contact.clone(),
        };
        match self.contacts.get(&(source, invoice.contact.clone())) {
            Some(ContactState::Known { archived: true, .. }) => Err(Cause::ContactArchived {
                side: source.other(),
            }),
            Some(ContactState::Known { other, .. }) => Ok((other.clone(), None)),
            Some(ContactState::Planned) => Ok((RemoteId::new(""), Some(invoice.contact.clone()))),
            Some(ContactState::Blocked) | None => Err(waits()),
        }
    }

    fn unlinked(&self, entries: &mut Vec<Entry>) {
        let xero: Vec<&SideRecord> = self
            .situation
            .unlinked_of(Kind::Invoice, Side::Xero)
            .collect();
        let erpnext: Vec<&SideRecord> = self
            .situation
            .unlinked_of(Kind::Invoice, Side::Erpnext)
            .collect();
        let contact_of = |side: Side, id: &RemoteId| match side {
            Side::Xero => Some(id.clone()),
            Side::Erpnext => match self.contacts.get(&(Side::Erpnext, id.clone())) {
                Some(ContactState::Known { other, .. }) => Some(other.clone()),
                Some(ContactState::Planned | ContactState::Blocked) | None => None,
            },
        };
        let matches = match_records(Kind::Invoice, self.situation, &xero, &erpnext, &contact_of);
        let mut done = (BTreeSet::new(), BTreeSet::new());
        for (left, right, reason) in matches.pairs {
            done.0.insert(left);
            done.1.insert(right);
            entries.extend(self.matched(xero[left], erpnext[right], reason));
        }
        for group in matches.ambiguous {
            for (side, mine, records, theirs, others) in [
                (Side::Xero, &group.xero, &xero, &group.erpnext, &erpnext),
                (Side::Erpnext, &group.erpnext, &erpnext, &group.xero, &xero),
            ] {
                let candidates: Vec<RemoteId> = theirs
                    .iter()
                    .map(|index| others[*index].id.clone())
                    .collect();
                for index in mine {
                    let cause = Cause::SeveralCandidates {
                        side: side.other(),
                        candidates: candidates.clone(),
                    };
                    entries.push(single(
                        side,
                        records[*index],
                        Outcome::Problem { side, cause },
                    ));
                }
            }
            done.0.extend(group.xero);
            done.1.extend(group.erpnext);
        }
        let mut numbers: BTreeSet<(Side, String)> = self
            .situation
            .taken
            .iter()
            .filter(|(_, kind, _)| *kind == Kind::Invoice)
            .map(|(side, _, number)| (*side, number.clone()))
            .collect();
        for (side, records, done) in [
            (Side::Xero, &xero, &done.0),
            (Side::Erpnext, &erpnext, &done.1),
        ] {
            for (index, record) in records.iter().enumerate() {
                if !done.contains(&index) {
                    let outcome = self.create(side, record, &mut numbers);
                    entries.push(single(side, record, outcome));
                }
            }
        }
    }

    /// Two invoices recognised as one.
    fn matched(
        &self,
        xero: &SideRecord,
        erpnext: &SideRecord,
        reason: MatchReason,
    ) -> Option<Entry> {
        let (left, right) = (xero.record.as_invoice()?, erpnext.record.as_invoice()?);
        let both = Both {
            link: None,
            xero,
            erpnext,
            left,
            right,
        };
        let differences = self.differences(&both);
        let outcome = if differences.is_empty() {
            let writes = mark(xero, erpnext).into_iter().collect();
            match unless_refused(self.situation, Kind::Invoice, Side::Xero, &xero.id, writes) {
                Outcome::Write(writes) => Outcome::Link { reason, writes },
                other => other,
            }
        } else {
            match self.situation.kept(&xero.id, &erpnext.id) {
                Some(side) => match self.carry(&both, side) {
                    Outcome::Write(writes) => Outcome::Link { reason, writes },
                    other => other,
                },
                None => Outcome::Problem {
                    side: Side::Xero,
                    cause: Cause::DifferOnBothSides { differences },
                },
            }
        };
        Some(double(both.link, xero, erpnext, outcome))
    }

    /// An invoice that exists on one side only.
    fn create(
        &self,
        side: Side,
        record: &SideRecord,
        numbers: &mut BTreeSet<(Side, String)>,
    ) -> Outcome {
        let target = side.other();
        let Some(invoice) = record.record.as_invoice() else {
            return Outcome::OutOfScope(Scope::Direction);
        };
        match invoice.state {
            DocumentState::Voided => return Outcome::OutOfScope(Scope::Ended),
            DocumentState::Draft if !self.policy.drafts => {
                return Outcome::OutOfScope(Scope::Draft);
            }
            DocumentState::Draft | DocumentState::Approved => {}
        }
        if side == Side::Erpnext && record.marker.is_some() {
            return Outcome::Problem {
                side,
                cause: Cause::Vanished { side: Side::Xero },
            };
        }
        if !self.policy.invoices.allows(target) {
            return Outcome::OutOfScope(Scope::Direction);
        }
        if self
            .policy
            .start_date
            .is_some_and(|start| invoice.date < start)
        {
            return Outcome::OutOfScope(Scope::BeforeStart);
        }
        if let Some(number) = &invoice.number
            && !numbers.insert((target, number.trim().to_lowercase()))
        {
            let cause = Cause::NumberTaken {
                side: target,
                number: number.clone(),
            };
            return Outcome::Problem { side, cause };
        }
        let carried = translate_invoice(invoice, side, self.policy).and_then(|mut to| {
            let (resolved, contact) = self.contact(side, invoice)?;
            to.contact = resolved;
            Ok((to, contact))
        });
        match carried {
            Ok((to, contact)) => {
                let change = Change::CreateInvoice {
                    invoice: to,
                    source: record.id.clone(),
                    source_link: None,
                };
                let theirs = Some(&invoice.contact);
                let writes = vec![planned_for(target, change, contact, theirs)];
                unless_refused(self.situation, Kind::Invoice, side, &record.id, writes)
            }
            Err(cause) => Outcome::Problem { side, cause },
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
