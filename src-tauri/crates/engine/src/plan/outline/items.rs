//! The entry of one item of the outline.

use ledger::{Cause, Side};

use super::super::documents::Planner;
use super::super::{Entry, problem, single, unreadable_row};
use super::{Contents, Item, What};

impl Planner<'_> {
    /// The entry of an item; `None` where its content is missing.
    pub(super) fn decide(&self, item: &Item, contents: &Contents<'_>) -> Option<Entry> {
        let of = |side: Side| {
            let id = item.id(side)?;
            contents.records.get(side).get(id).copied()
        };
        let side = item.side();
        match &item.what {
            What::Linked(link) => self.linked(contents.pairs.get(link)?),
            What::Matched(reason) => self.matched(of(Side::Xero)?, of(Side::Erpnext)?, *reason),
            What::Leftover(beside) => {
                let beside = beside.and_then(|link| contents.pairs.get(&link).copied());
                Some(self.leftover(of(Side::Erpnext)?, beside))
            }
            What::Several(candidates) => {
                let cause = Cause::SeveralCandidates {
                    side: side.other(),
                    candidates: candidates.clone(),
                };
                Some(problem(side, of(side)?, cause))
            }
            What::Waits => {
                let record = of(side)?;
                let contact = &record.record.document()?.contact;
                Some(problem(side, record, self.without_contact(side, contact)))
            }
            What::Clash(by) => {
                let record = of(side)?;
                let cause = Cause::NumberTaken {
                    side: side.other(),
                    number: record.record.title().to_owned(),
                    by: Some(by.clone()),
                };
                Some(problem(side, record, cause))
            }
            What::Alone(number) => {
                let record = of(side)?;
                let outcome = self.left_behind(side, record);
                let outcome = outcome.unwrap_or_else(|| self.create(side, record, number));
                Some(single(side, record, outcome))
            }
            What::Unreadable(place) => Some(unreadable_row(self.situation.unreadable.get(*place)?)),
        }
    }
}
