//! Documents that are not linked yet.

use chrono::NaiveDate;
use ledger::{Cause, Document, DocumentState, RemoteId, Side};

use super::super::names::Number;
use super::super::translate::{tax_by_rate, translate_document};
use super::super::{
    Entry, LinkedPair, MatchReason, Outcome, PlannedWrite, Scope, SideRecord, double, mark,
    planned, single, unless_refused,
};
use super::{Both, Planner, under_way};
use crate::books::Change;

impl Planner<'_> {
    /// A draft that an unfinished replacement left behind. A replacement of the same document (`beside`)
    /// takes it away before it makes its own.
    pub(in crate::plan) fn leftover(
        &self,
        leftover: &SideRecord,
        beside: Option<&LinkedPair>,
    ) -> Entry {
        let beside = beside.and_then(|pair| self.linked(pair));
        let replaced = beside.iter().flat_map(Entry::writes).any(|write| {
            write.target == Side::Erpnext && write.change.source() == leftover.marker.as_ref()
        });
        let outcome = if replaced {
            Outcome::OutOfScope(Scope::Draft)
        } else {
            let change = Change::End {
                id: leftover.id.clone(),
                version: leftover.version.clone(),
                from: leftover.record.clone(),
            };
            Outcome::Write(vec![planned(Side::Erpnext, change, leftover)])
        };
        single(Side::Erpnext, leftover, outcome)
    }

    /// A credit note that ended in ERPNext and was amended there, so that the link is another document's: what
    /// entries of ours still settle without it is taken back. What its amendment is used for is made by others.
    pub(in crate::plan) fn left_behind(&self, side: Side, record: &SideRecord) -> Option<Outcome> {
        let uses = record.record.uses();
        if side != Side::Erpnext || !record.record.ended() || uses.is_empty() || !self.allows(side)
        {
            return None;
        }
        let days = uses.iter().filter_map(|used| used.date);
        if let Some(cause) = days.min().and_then(|day| self.policy.closed(side, day)) {
            return Some(Outcome::Problem { side, cause });
        }
        let mut to = record.record.clone();
        to.end();
        let change = Change::Allocate {
            id: record.id.clone(),
            version: record.version.clone(),
            from: record.record.clone(),
            to,
            source: record.marker.clone().unwrap_or_else(|| record.id.clone()),
        };
        let writes = vec![planned(side, change, record)];
        let (situation, kind) = (self.situation, self.kind);
        Some(unless_refused(situation, kind, side, &record.id, writes))
    }

    /// Two invoices recognised as one.
    pub(in crate::plan) fn matched(
        &self,
        xero: &SideRecord,
        erpnext: &SideRecord,
        reason: MatchReason,
    ) -> Option<Entry> {
        let (left, right) = (xero.record.document()?, erpnext.record.document()?);
        let both = Both {
            link: None,
            under_way: under_way(xero, erpnext, None),
            xero,
            erpnext,
            left,
            right,
        };
        // Both books agree on what is still owed: nothing that either says is changed.
        let still_owed = self.opened_with_the_rest(&both);
        let reason = if still_owed {
            MatchReason::StillOwed
        } else {
            reason
        };
        let link = |outcome, differences| match outcome {
            Outcome::Write(writes) => Outcome::Link {
                reason,
                differences,
                writes,
            },
            other => other,
        };
        let figures = self.differences(&both);
        let differences = self.all_differences(&both);
        let outcome = if still_owed {
            let writes = mark(xero, erpnext).into_iter().collect();
            let marked = unless_refused(self.situation, self.kind, Side::Xero, &xero.id, writes);
            link(marked, Vec::new())
        } else if self.goes_on(&both, &figures) {
            link(self.carry(&both, Side::Xero), Vec::new())
        } else if let (false, Some(side)) = (
            differences.is_empty(),
            self.situation.kept(&xero.id, &erpnext.id, &differences),
        ) {
            link(self.keep(&both, None, side), Vec::new())
        } else if figures.is_empty() {
            // One document for certain. Where it is worded differently the two are linked, and a
            // person says next which wording holds.
            let writes = mark(xero, erpnext).into_iter().collect();
            let marked = unless_refused(self.situation, self.kind, Side::Xero, &xero.id, writes);
            link(marked, differences)
        } else {
            self.ask(&both, None, differences, |differences, offered| {
                Cause::DifferOnBothSides {
                    differences,
                    offered,
                }
            })
        };
        Some(double(both.link, xero, erpnext, outcome))
    }

    /// Whether a linked document of this number was voided in Xero: before the document was amended in
    /// ERPNext.
    fn number_ended(&self, number: Option<&str>) -> bool {
        let Some(number) = number.map(|number| number.trim().to_lowercase()) else {
            return false;
        };
        self.situation.ended.contains(&(self.kind, number))
    }

    /// Whether a document of one side, in the other's terms, is nothing that the other brought in when its
    /// books began, without naming it; a person may have said so.
    ///
    /// # Errors
    /// [`Cause::InOpeningEntry`].
    fn not_brought_in(&self, (side, id): (Side, &RemoteId), to: &Document) -> Result<(), Cause> {
        let target = side.other();
        let mut entries = self.policy.sides.get(target).opening.entries.iter();
        match entries.find(|entry| entry.can_hold(to)) {
            Some(entry) if !self.situation.is_new(self.kind, side, id) => {
                Err(Cause::InOpeningEntry {
                    side: target,
                    entry: entry.id.clone(),
                })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Why an invoice that exists on one side only stays there, by how it stands: its state, whether it
    /// carries our marker, its date.
    pub(in crate::plan) fn stays(
        &self,
        side: Side,
        (state, marked, date): (DocumentState, bool, NaiveDate),
    ) -> Option<Outcome> {
        match state {
            DocumentState::Voided => return Some(Outcome::OutOfScope(Scope::Ended)),
            DocumentState::Draft if !self.policy.drafts => {
                return Some(Outcome::OutOfScope(Scope::Draft));
            }
            DocumentState::Draft | DocumentState::Approved => {}
        }
        if side == Side::Erpnext && marked {
            let cause = Cause::Vanished { side: Side::Xero };
            return Some(Outcome::Problem { side, cause });
        }
        if !self.allows(side.other()) {
            return Some(Outcome::OutOfScope(Scope::Direction));
        }
        let too_old = self.policy.start_date.is_some_and(|start| date < start);
        too_old.then_some(Outcome::OutOfScope(Scope::BeforeStart))
    }

    /// An invoice that exists on one side only, and gets this number on the other.
    pub(in crate::plan) fn create(
        &self,
        side: Side,
        record: &SideRecord,
        number: &Number,
    ) -> Outcome {
        let target = side.other();
        let Some(invoice) = record.record.document() else {
            return Outcome::OutOfScope(Scope::Direction);
        };
        let standing = (invoice.state, record.marker.is_some(), invoice.date);
        if let Some(stays) = self.stays(side, standing) {
            return stays;
        }
        let number = match number {
            Number::Own => invoice.number.clone(),
            Number::Behind(number) => Some(number.clone()),
            Number::Taken(cause) => {
                let cause = (**cause).clone();
                return Outcome::Problem { side, cause };
            }
        };
        let carried = translate_document(invoice, side, self.policy).and_then(|mut to| {
            if target == Side::Xero {
                tax_by_rate(&to)?;
            }
            let (contact, waits_for) = self.contact(side, invoice)?;
            to.contact = contact;
            to.number = number;
            self.not_brought_in((side, &record.id), &to)?;
            if target == Side::Xero && self.number_ended(to.number.as_deref()) {
                // Whether Xero gives the number of a voided invoice again is not known; the
                // document's own name is free.
                to.number = Some(record.id.as_str().to_owned());
            }
            Ok((to, waits_for))
        });
        match carried {
            Ok((to, waits_for)) => {
                let change = Change::Create {
                    record: self.record(to),
                    source: record.id.clone(),
                    source_link: None,
                };
                let writes = vec![PlannedWrite {
                    waits_for,
                    ..planned(target, change, record)
                }];
                unless_refused(self.situation, self.kind, side, &record.id, writes)
            }
            Err(cause) => Outcome::Problem { side, cause },
        }
    }
}
