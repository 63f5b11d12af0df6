//! What one side takes over from the other, put on its own document.

use rust_decimal::Decimal;

use super::amounts::{
    ROUNDING, Totals, convert, drift, in_order, prices, reprice, sum, tax, totals, value,
};
use super::{Facet, Lines, Merger};
use crate::agreement::wording::text;
use crate::problem::Difference;
use crate::{Cause, Document, Line, PriceMode, Side};

/// What one side is to take over from the other.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Facets of a line: source's line, target's line.
    pub facets: Vec<(usize, usize, Facet)>,
    /// Source's lines that the target gets.
    pub added: Vec<usize>,
    /// Target's lines that go.
    pub removed: Vec<usize>,
    /// A line was changed whose counterpart is not known: only all lines together can be taken.
    pub loose: bool,
}

impl Taken {
    /// Whether it changes figures.
    pub fn figures(&self) -> bool {
        let facet =
            |(_, _, facet): &(usize, usize, Facet)| matches!(facet, Facet::Figures | Facet::Tax);
        self.loose
            || !self.added.is_empty()
            || !self.removed.is_empty()
            || self.facets.iter().any(facet)
    }

    pub fn any(&self) -> bool {
        self.figures() || !self.facets.is_empty()
    }
}

/// What applying came to.
pub(super) enum Made {
    /// The document, where it changes.
    Document(Box<Option<Document>>),
    /// Each side changed lines of its own, and neither can take the other's.
    Impossible,
}

impl Merger<'_> {
    /// The totals of the merged document, where a side takes figures over.
    pub(super) fn totals(&self, to_xero: &Taken, to_erpnext: &Taken) -> Totals {
        let (xero, erpnext) = (self.xero.now, self.erpnext.now);
        match (to_xero.figures(), to_erpnext.figures()) {
            (true, false) => totals(erpnext),
            (false, _) => totals(xero),
            // Each side changed lines of its own: what ERPNext's changes come to, rounding included,
            // on top of what Xero says.
            (true, true) => {
                let mut sum = totals(xero);
                let moved = self.moved(Side::Erpnext);
                if let Some(then) = self.erpnext.then {
                    let (before, now) = (totals(then), totals(erpnext));
                    let rest = |now: Decimal, before: Decimal, moved: Decimal| now - before - moved;
                    sum.0 += rest(now.0, before.0, moved.0);
                    sum.1 += rest(now.1, before.1, moved.1);
                }
                for (from, to, facet) in &to_xero.facets {
                    if *facet == Facet::Figures || *facet == Facet::Tax {
                        // Both facets of a line are one change of its value.
                        let twice = *facet == Facet::Tax
                            && to_xero.facets.contains(&(*from, *to, Facet::Figures));
                        if !twice {
                            let (now, was) = (value(erpnext, *from), value(xero, *to));
                            sum.0 += now.0 - was.0;
                            sum.1 += now.1 - was.1;
                        }
                    }
                }
                for at in &to_xero.added {
                    let now = value(erpnext, *at);
                    sum.0 += now.0;
                    sum.1 += now.1;
                }
                for at in &to_xero.removed {
                    let was = value(xero, *at);
                    sum.0 -= was.0;
                    sum.1 -= was.1;
                }
                (sum.0, sum.1, sum.0 + sum.1)
            }
        }
    }

    /// What a side's own changes of lines come to, before tax and as tax.
    fn moved(&self, side: Side) -> (Decimal, Decimal) {
        let strand = self.strand(side);
        let mut moved = (Decimal::ZERO, Decimal::ZERO);
        for row in &self.rows {
            let place = row.on(side);
            if let Some(now) = place.now {
                let now = value(strand.now, now);
                moved = (moved.0 + now.0, moved.1 + now.1);
            }
            if let (Some(then), Some(document)) = (place.then, strand.then) {
                let then = value(document, then);
                moved = (moved.0 - then.0, moved.1 - then.1);
            }
        }
        moved
    }

    /// One side's document with what it takes over.
    pub(super) fn apply(
        &self,
        target: Side,
        taken: &Taken,
        gives: bool,
        totals: Totals,
    ) -> Result<Made, Cause> {
        let ours = self.strand(target).now;
        let other = self.strand(target.other());
        if !taken.any() {
            // What it gave the other side may be all there is.
            return Ok(Made::Document(Box::default()));
        }
        let prices_changed = other
            .then
            .is_some_and(|then| then.price_mode != other.now.price_mode)
            && other.now.price_mode != ours.price_mode;
        if !(taken.loose || prices_changed && taken.figures()) {
            let made = self.line_by_line(target, taken, totals)?;
            if made.is_some() {
                return Ok(Made::Document(Box::new(made)));
            }
        }
        if gives {
            return Ok(Made::Impossible);
        }
        self.rewritten(target, totals)
            .map(|made| Made::Document(Box::new(Some(made))))
    }

    /// The target's own lines, and on them what the source changed. `None` where they would not add up
    /// to the totals.
    fn line_by_line(
        &self,
        target: Side,
        taken: &Taken,
        totals: Totals,
    ) -> Result<Option<Document>, Cause> {
        let source = target.other();
        let ours = self.strand(target).now;
        let theirs = self.strand(source).now;
        let mut made = ours.clone();
        let mut lines: Vec<Option<Line>> = ours.lines.iter().cloned().map(Some).collect();
        let mut converted = None;
        for (from, to, facet) in &taken.facets {
            let (Some(there), Some(Some(line))) = (theirs.lines.get(*from), lines.get_mut(*to))
            else {
                continue;
            };
            match facet {
                Facet::Text => line.description.clone_from(&there.description),
                Facet::Account => line.account = self.terms.account(source, theirs, *from)?,
                Facet::Tax => {
                    line.tax = self.terms.tax(source, theirs, *from)?;
                    line.tax_rate = there.tax_rate;
                    line.tax_amount = there.tax_amount;
                }
                Facet::Tracking => {
                    line.tracking = self.terms.tracked().onto(source, there, Some(line))?;
                }
                Facet::Figures => {
                    let as_ours = convert(there, theirs.price_mode, ours.price_mode);
                    line.quantity = as_ours.quantity;
                    line.unit_price = as_ours.unit_price;
                    line.discount_percent = as_ours.discount_percent;
                    line.amount = as_ours.amount;
                    line.tax_amount = there.tax_amount;
                    if theirs.price_mode != ours.price_mode {
                        converted = Some(*to);
                    }
                }
            }
        }
        for at in &taken.removed {
            if let Some(line) = lines.get_mut(*at) {
                *line = None;
            }
        }
        let mut places = vec![Vec::new(); lines.len() + 1];
        for at in &taken.added {
            let Some(there) = theirs.lines.get(*at) else {
                continue;
            };
            let new = Line {
                id: None,
                item_code: None,
                account: self.terms.account(source, theirs, *at)?,
                tax: self.terms.tax(source, theirs, *at)?,
                tracking: self.terms.tracked().onto(source, there, None)?,
                ..convert(there, theirs.price_mode, ours.price_mode)
            };
            let after = match target {
                // Xero puts new lines last.
                Side::Xero => lines.len(),
                Side::Erpnext => self.before(source, *at).map_or(0, |at| at + 1),
            };
            if let Some(place) = places.get_mut(after) {
                place.push(new);
            }
        }
        if taken.figures() && target == Side::Erpnext {
            self.say_taxes(&mut lines)?;
        }
        if let Some(Some(line)) = converted.and_then(|at| lines.get_mut(at)) {
            let amount = line.amount;
            let others = sum(&in_order(&lines, &places)) - amount;
            let wanted = prices(made.price_mode, totals) - drift(ours) - others;
            if (wanted - amount).abs() <= ROUNDING
                && let Some(Some(line)) = converted.and_then(|at| lines.get_mut(at))
            {
                reprice(line, wanted);
            }
        }
        made.lines = in_order(&lines, &places);
        if taken.figures() {
            (made.net_total, made.tax_total, made.total) = totals;
            // A document that knew no tax has some now, or the other way round.
            let taxed = made
                .lines
                .iter()
                .any(|line| !tax(line, made.price_mode).is_zero());
            let untold = if made.price_mode == PriceMode::NoTax {
                !made.tax_total.is_zero()
            } else {
                theirs.price_mode == PriceMode::NoTax && taxed
            };
            if untold || drift(&made) != drift(ours) {
                return Ok(None);
            }
        }
        Ok(Some(made))
    }

    /// Lines that are written again have to say their tax, which ERPNext may state for the whole
    /// document alone.
    fn say_taxes(&self, lines: &mut [Option<Line>]) -> Result<(), Cause> {
        let xero = self.xero.now;
        if xero.price_mode == PriceMode::NoTax {
            return Ok(());
        }
        for row in &self.rows {
            let (Some(here), Some(there)) = (row.xero.now, row.erpnext.now) else {
                continue;
            };
            if let (Some(said), Some(Some(line))) = (xero.lines.get(here), lines.get_mut(there))
                && line.tax.is_none()
            {
                line.tax = self.terms.tax(Side::Xero, xero, here)?;
                line.tax_rate = said.tax_rate;
                line.tax_amount = said.tax_amount;
            }
        }
        Ok(())
    }

    /// The target's line that stands before a new one of the source's.
    fn before(&self, source: Side, at: usize) -> Option<usize> {
        let on_target = |place: usize| {
            let row = self
                .rows
                .iter()
                .find(|row| row.on(source).now == Some(place))?;
            row.on(source.other()).now
        };
        (0..at).rev().find_map(on_target)
    }

    /// The lines as the source says them, each with what only the target knows of it.
    fn rewritten(&self, target: Side, totals: Totals) -> Result<Document, Cause> {
        let source = target.other();
        let (ours, theirs) = (self.strand(target).now, self.strand(source).now);
        let mut made = ours.clone();
        made.price_mode = theirs.price_mode;
        made.lines = Vec::new();
        for (at, line) in theirs.lines.iter().enumerate() {
            let row = self.rows.iter().find(|row| row.on(source).now == Some(at));
            let own = row
                .and_then(|row| row.on(target).now)
                .and_then(|at| ours.lines.get(at));
            made.lines.push(Line {
                id: own.and_then(|own| own.id.clone()),
                item_code: own.and_then(|own| own.item_code.clone()),
                account: self.terms.account(source, theirs, at)?,
                tax: self.terms.tax(source, theirs, at)?,
                tracking: self.terms.tracked().onto(source, line, own)?,
                ..line.clone()
            });
        }
        (made.net_total, made.tax_total, made.total) = totals;
        Ok(made)
    }

    /// One side's lines for both: a person chose it where all of them are the difference.
    pub(super) fn all_of(&self, winner: Side) -> Result<Lines, Cause> {
        let target = winner.other();
        let made = Some(self.rewritten(target, totals(self.strand(winner).now))?);
        let (xero, erpnext) = match target {
            Side::Xero => (made, None),
            Side::Erpnext => (None, made),
        };
        Ok(Lines {
            xero,
            erpnext,
            conflicts: Vec::new(),
        })
    }

    /// Both sides changed lines in ways that cannot be put together.
    pub(super) fn all_lines(&self) -> Difference {
        let shown = |invoice: &Document| {
            let lines = invoice.lines.iter();
            let words = lines.map(|line| format!("{} {}", text(line), line.amount.normalize()));
            Some(words.collect::<Vec<_>>().join("; "))
        };
        Difference::new("lines", shown(self.xero.now), shown(self.erpnext.now))
    }
}
