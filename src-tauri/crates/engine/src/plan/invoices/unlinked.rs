//! Invoices that are not linked yet.

use std::collections::BTreeSet;

use ledger::{Cause, DocumentState, Kind, Record, RemoteId, Side};

use super::super::matching::match_records;
use super::super::names::Numbers;
use super::super::translate::{tax_by_rate, translate_invoice};
use super::super::{
    Entry, MatchReason, Outcome, PlannedWrite, Scope, SideRecord, double, mark, planned, single,
    unless_refused,
};
use super::{Both, Planner, under_way};
use crate::books::Change;

impl Planner<'_> {
    /// Invoices without a link: recognised, for a person to decide, or new.
    pub(super) fn unlinked(&self, entries: &mut Vec<Entry>) {
        let xero: Vec<&SideRecord> = self
            .situation
            .unlinked_of(Kind::Invoice, Side::Xero)
            .collect();
        // What is left over belongs to nothing, though it carries a marker.
        let (leftovers, erpnext): (Vec<&SideRecord>, Vec<&SideRecord>) = self
            .situation
            .unlinked_of(Kind::Invoice, Side::Erpnext)
            .partition(|record| self.situation.leftovers.contains(&record.id));
        for leftover in leftovers {
            // A replacement of the same document takes it away before it makes its own.
            let replaced = entries.iter().flat_map(Entry::writes).any(|write| {
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
            entries.push(single(Side::Erpnext, leftover, outcome));
        }
        let same_contact = |xero: &RemoteId, erpnext: &RemoteId| self.are_one(xero, erpnext);
        let matches = match_records(
            Kind::Invoice,
            self.situation,
            &xero,
            &erpnext,
            &same_contact,
        );
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
        for (left, right) in matches.waiting {
            done.0.insert(left);
            done.1.insert(right);
            for (side, record) in [(Side::Xero, xero[left]), (Side::Erpnext, erpnext[right])] {
                if let Some(invoice) = record.record.as_invoice() {
                    let contact = invoice.contact.clone();
                    let cause = Cause::WaitsForContact { side, contact };
                    entries.push(single(side, record, Outcome::Problem { side, cause }));
                }
            }
        }
        for (left, right) in matches.clashes {
            done.0.insert(left);
            done.1.insert(right);
            for (side, record, by) in [
                (Side::Xero, xero[left], erpnext[right]),
                (Side::Erpnext, erpnext[right], xero[left]),
            ] {
                let cause = Cause::NumberTaken {
                    side: side.other(),
                    number: record.record.title().to_owned(),
                    by: Some(by.id.clone()),
                };
                entries.push(single(side, record, Outcome::Problem { side, cause }));
            }
        }
        let mut numbers = Numbers::of(self.situation);
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
            let marked =
                unless_refused(self.situation, Kind::Invoice, Side::Xero, &xero.id, writes);
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
            let marked =
                unless_refused(self.situation, Kind::Invoice, Side::Xero, &xero.id, writes);
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

    /// Whether a linked invoice of this number was voided in Xero: before the document was amended in
    /// ERPNext.
    fn number_ended(&self, number: Option<&str>) -> bool {
        let Some(number) = number.map(|number| number.trim().to_lowercase()) else {
            return false;
        };
        self.situation.ended.contains(&number)
    }

    /// An invoice that exists on one side only.
    fn create(&self, side: Side, record: &SideRecord, numbers: &mut Numbers) -> Outcome {
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
        let number = match numbers.free_on(target, record, invoice, self.situation) {
            Ok(number) => number,
            Err(cause) => return Outcome::Problem { side, cause },
        };
        let carried = translate_invoice(invoice, side, self.policy).and_then(|mut to| {
            if target == Side::Xero {
                tax_by_rate(&to)?;
            }
            let (contact, waits_for) = self.contact(side, invoice)?;
            to.contact = contact;
            to.number = number;
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
                    record: Record::Invoice(to),
                    source: record.id.clone(),
                    source_link: None,
                };
                let writes = vec![PlannedWrite {
                    waits_for,
                    ..planned(target, change, record)
                }];
                unless_refused(self.situation, Kind::Invoice, side, &record.id, writes)
            }
            Err(cause) => Outcome::Problem { side, cause },
        }
    }
}
