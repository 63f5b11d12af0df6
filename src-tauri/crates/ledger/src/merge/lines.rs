//! The lines of two documents, merged: for each line, what was changed about it on which side.

use rust_decimal::Decimal;

mod amounts;
mod rows;
mod taken;

use self::amounts::{figures, same_amount, totals};
use self::rows::{Place, Row, rows};
use self::taken::{Made, Taken};
use super::document::{Decided, Terms, decide};
use super::pairing;
use crate::agreement::wording::text;
use crate::problem::Difference;
use crate::{Cause, Document, Line, PriceMode, Side};

/// What may be changed about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Facet {
    /// The text.
    Text,
    /// Quantity, price, discount and amount.
    Figures,
    /// The ledger account.
    Account,
    /// The tax rate, and the tax where it is stated.
    Tax,
    /// What it is filed under.
    Tracking,
}

impl Facet {
    const ALL: [Facet; 5] = [
        Facet::Text,
        Facet::Figures,
        Facet::Account,
        Facet::Tax,
        Facet::Tracking,
    ];

    const fn label(self) -> &'static str {
        match self {
            Facet::Text => "text",
            Facet::Figures => "amount",
            Facet::Account => "account",
            Facet::Tax => "tax rate",
            Facet::Tracking => "tracking",
        }
    }

    fn shown(self, line: &Line) -> Option<String> {
        match self {
            Facet::Text => Some(text(line)).filter(|text| !text.is_empty()),
            Facet::Figures => Some(line.amount.normalize().to_string()),
            Facet::Account => line.account.clone(),
            Facet::Tax => line.tax.clone(),
            Facet::Tracking => (line.tracking.as_ref())
                .filter(|keys| !keys.is_empty())
                .map(|keys| keys.join(", ")),
        }
    }
}

/// One side's document when both agreed, where they did, and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strand<'a> {
    pub then: Option<&'a Document>,
    pub now: &'a Document,
}

impl<'a> Strand<'a> {
    fn lines_then(&self) -> &'a [Line] {
        self.then.map_or(&[], |then| &then.lines)
    }
}

/// The lines and totals of both documents, merged.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// What Xero's document should become, where it changes.
    pub xero: Option<Document>,
    /// What ERPNext's document should become, where it changes.
    pub erpnext: Option<Document>,
    pub conflicts: Vec<Difference>,
}

/// Merges the lines, prices and totals; nothing else of the documents is changed.
pub(super) fn merge(
    xero: Strand<'_>,
    erpnext: Strand<'_>,
    prefer: Option<Side>,
    terms: &dyn Terms,
) -> Result<Lines, Cause> {
    let merger = Merger {
        xero,
        erpnext,
        prefer,
        terms,
        rows: rows(xero, erpnext),
    };
    merger.merge()
}

struct Merger<'a> {
    xero: Strand<'a>,
    erpnext: Strand<'a>,
    prefer: Option<Side>,
    terms: &'a dyn Terms,
    rows: Vec<Row>,
}

impl<'a> Merger<'a> {
    const fn strand(&self, side: Side) -> Strand<'a> {
        match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        }
    }

    /// Whether both sides changed lines, and say the same now: line by line it may look like two
    /// edits, for nothing tells a line that was changed from one that took another's place.
    fn same_by_now(&self) -> bool {
        let (xero, erpnext) = (self.xero.now, self.erpnext.now);
        if totals(xero) != totals(erpnext) || xero.lines.len() != erpnext.lines.len() {
            return false;
        }
        for side in Side::BOTH {
            let mut edited = false;
            for row in &self.rows {
                let place = row.on(side);
                edited |= place.now.is_some() != place.then.is_some();
                for facet in Facet::ALL {
                    edited |= place.now.is_some() && self.changed(side, row, facet);
                }
            }
            if !edited {
                return false;
            }
        }
        let pairs = pairing::across(&xero.lines, &erpnext.lines);
        let mut rows = pairs.right_of.iter().enumerate().map(|(here, there)| {
            let now = |at| Place {
                then: None,
                now: at,
            };
            Row {
                xero: now(Some(here)),
                erpnext: now(*there),
            }
        });
        rows.all(|row| {
            let line = |of: &'a Document, at: Option<usize>| of.lines.get(at?);
            let both = (line(xero, row.xero.now), line(erpnext, row.erpnext.now));
            let (Some(left), Some(right)) = both else {
                return false;
            };
            Facet::ALL
                .into_iter()
                .all(|facet| self.agree(&row, facet, left, right))
        })
    }

    fn merge(&self) -> Result<Lines, Cause> {
        if self.same_by_now() {
            return Ok(Lines::default());
        }
        let mut to_xero = Taken::default();
        let mut to_erpnext = Taken::default();
        let mut conflicts = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            self.row(index, row, &mut to_xero, &mut to_erpnext, &mut conflicts);
        }
        if !conflicts.is_empty() {
            return Ok(Lines {
                conflicts,
                ..Lines::default()
            });
        }
        // Where the sides divide a document into other lines, no line of one is a line of the other.
        let divided = |row: &Row| {
            self.xero.then.is_some() && row.xero.then.is_some() != row.erpnext.then.is_some()
        };
        if self.rows.iter().any(divided) {
            for taken in [&mut to_xero, &mut to_erpnext] {
                taken.loose |= taken.any();
            }
        }
        self.totals_alone(&mut to_xero, &mut to_erpnext, &mut conflicts);
        if !conflicts.is_empty() {
            return Ok(Lines {
                conflicts,
                ..Lines::default()
            });
        }
        let totals = self.totals(&to_xero, &to_erpnext);
        let made = [(Side::Xero, &to_xero), (Side::Erpnext, &to_erpnext)].map(|(side, taken)| {
            let other = if side == Side::Xero {
                &to_erpnext
            } else {
                &to_xero
            };
            self.apply(side, taken, other.any(), totals)
        });
        let [xero, erpnext] = made;
        match (xero?, erpnext?) {
            (Made::Impossible, _) | (_, Made::Impossible) => match self.prefer {
                Some(winner) => self.all_of(winner),
                None => Ok(Lines {
                    conflicts: vec![self.all_lines()],
                    ..Lines::default()
                }),
            },
            (Made::Document(xero), Made::Document(erpnext)) => Ok(Lines {
                xero: *xero,
                erpnext: *erpnext,
                conflicts,
            }),
        }
    }

    /// What is to be done about one line.
    fn row(
        &self,
        index: usize,
        row: &Row,
        to_xero: &mut Taken,
        to_erpnext: &mut Taken,
        conflicts: &mut Vec<Difference>,
    ) {
        let line = |side: Side| {
            let at = row.on(side).now?;
            self.strand(side).now.lines.get(at)
        };
        let number = row.xero.now.or(row.xero.then).unwrap_or(index) + 1;
        let (left, right) = (line(Side::Xero), line(Side::Erpnext));
        if let (Some(left), Some(right)) = (left, right) {
            for facet in Facet::ALL {
                let ours = self.changed(Side::Xero, row, facet);
                let theirs = self.changed(Side::Erpnext, row, facet);
                // Another quantity at the same amount is a change, but no difference of two edits.
                let agree = if facet == Facet::Figures && ours != theirs {
                    self.xero.now.price_mode == self.erpnext.now.price_mode
                        && figures(left) == figures(right)
                } else {
                    self.agree(row, facet, left, right)
                };
                let decided = decide(ours, theirs, agree, self.prefer);
                let (Some(here), Some(there)) = (row.xero.now, row.erpnext.now) else {
                    continue;
                };
                match decided {
                    Decided::Nothing => {}
                    Decided::From(Side::Xero) => to_erpnext.facets.push((here, there, facet)),
                    Decided::From(Side::Erpnext) => to_xero.facets.push((there, here, facet)),
                    Decided::Conflict => conflicts.push(Difference::new(
                        &format!("line {number}: {}", facet.label()),
                        facet.shown(left),
                        facet.shown(right),
                    )),
                }
            }
            return;
        }
        // On one side only, or on neither.
        let (here, there) = match (left, right) {
            (Some(_), None) => (Side::Xero, Side::Erpnext),
            (None, Some(_)) => (Side::Erpnext, Side::Xero),
            (None, None) => {
                // Taken out where it stood, and its counterpart was never known.
                to_erpnext.loose |= row.erpnext.then.is_none();
                to_xero.loose |= row.xero.then.is_none();
                return;
            }
            (Some(_), Some(_)) => return,
        };
        let Some(at) = row.on(here).now else {
            return;
        };
        let added = row.on(here).then.is_none();
        let mut edited = added;
        for facet in Facet::ALL {
            edited |= self.changed(here, row, facet);
        }
        let gone = row.on(there).then.is_some();
        let chosen = |prefer: Option<Side>| prefer.map_or(Decided::Conflict, Decided::From);
        let decided = if gone && edited {
            // Taken out there and changed here.
            chosen(self.prefer)
        } else if gone {
            Decided::From(there)
        } else if self.xero.then.is_none() {
            // Nothing says which side it is missing from.
            chosen(self.prefer)
        } else if edited {
            Decided::From(here)
        } else {
            Decided::Nothing
        };
        let (to_here, to_there) = match here {
            Side::Xero => (to_xero, to_erpnext),
            Side::Erpnext => (to_erpnext, to_xero),
        };
        match decided {
            Decided::Nothing => {}
            Decided::From(from) if from == here => {
                if added || gone {
                    to_there.added.push(at);
                } else {
                    // Its counterpart was never known.
                    to_there.loose = true;
                }
            }
            Decided::From(_) => to_here.removed.push(at),
            Decided::Conflict => {
                let shown = |line: Option<&Line>| {
                    let line = line?;
                    let words = format!("{} {}", text(line), line.amount.normalize());
                    Some(words.trim().to_owned())
                };
                conflicts.push(Difference::new(
                    &format!("line {number}"),
                    shown(left),
                    shown(right),
                ));
            }
        }
    }

    /// Whether a side changed this about a line that it has now.
    fn changed(&self, side: Side, row: &Row, facet: Facet) -> bool {
        let strand = self.strand(side);
        let place = row.on(side);
        let (Some(then), Some(now)) = (
            place.then.and_then(|at| strand.lines_then().get(at)),
            place.now.and_then(|at| strand.now.lines.get(at)),
        ) else {
            return true;
        };
        let (Some(before), Some(then_at), Some(now_at)) = (strand.then, place.then, place.now)
        else {
            return true;
        };
        match facet {
            Facet::Text => text(then) != text(now),
            Facet::Figures => {
                figures(then) != figures(now) || before.price_mode != strand.now.price_mode
            }
            Facet::Account => {
                then.account != now.account
                    // Where one of them has no counterpart they are not the same.
                    && self.terms.account(side, before, then_at).ok()
                        != Some(self.terms.account(side, strand.now, now_at).ok().flatten())
            }
            Facet::Tax => {
                let stated = |line: &Line| line.tax_amount;
                let by_hand = matches!((stated(then), stated(now)), (Some(then), Some(now)) if then != now)
                    && then.amount == now.amount
                    && before.price_mode == strand.now.price_mode;
                let same_rate = then.tax_rate.is_some() && then.tax_rate == now.tax_rate;
                let renamed = || {
                    let then = self.terms.tax(side, before, then_at);
                    let now = self.terms.tax(side, strand.now, now_at);
                    match (&then, &now) {
                        (Ok(then), Ok(now)) => then == now,
                        // Another name for the rate that it was.
                        _ => same_rate,
                    }
                };
                by_hand || (then.tax != now.tax && !renamed())
            }
            Facet::Tracking => {
                let of = |line: &Line| self.terms.tracked().own(side, line);
                // Where it was not read then, it is what it is now.
                matches!((of(then), of(now)), (Some(then), Some(now)) if then != now)
            }
        }
    }

    /// Whether both sides say the same of a line now, each in its own way.
    fn agree(&self, row: &Row, facet: Facet, left: &Line, right: &Line) -> bool {
        let (xero, erpnext) = (self.xero.now, self.erpnext.now);
        let (Some(here), Some(there)) = (row.xero.now, row.erpnext.now) else {
            return false;
        };
        let same = |out: Result<Option<String>, Cause>, back: Result<Option<String>, Cause>| {
            let (ours, theirs) = match facet {
                Facet::Account => (&left.account, &right.account),
                _ => (&left.tax, &right.tax),
            };
            match (&out, &back) {
                (Err(_), Err(_)) => true,
                _ => out.is_ok_and(|out| out == *theirs) || back.is_ok_and(|back| back == *ours),
            }
        };
        match facet {
            Facet::Text => text(left) == text(right),
            Facet::Figures => same_amount((left, xero.price_mode), (right, erpnext.price_mode)),
            Facet::Account => {
                left.amount.is_zero()
                    || same(
                        self.terms.account(Side::Xero, xero, here),
                        self.terms.account(Side::Erpnext, erpnext, there),
                    )
            }
            Facet::Tax => {
                let untaxed = [xero, erpnext]
                    .iter()
                    .any(|it| it.price_mode == PriceMode::NoTax);
                let amounts = match (left.tax_amount, right.tax_amount) {
                    (Some(left), Some(right)) => left == right,
                    _ => true,
                };
                untaxed
                    || left.amount.is_zero()
                    || left.tax.is_none()
                    || right.tax.is_none()
                    || amounts
                        && same(
                            self.terms.tax(Side::Xero, xero, here),
                            self.terms.tax(Side::Erpnext, erpnext, there),
                        )
            }
            Facet::Tracking => {
                // Before both agreed, a side that says nothing contradicts nothing.
                let met = self.xero.then.is_none() || self.erpnext.then.is_none();
                let tracked = self.terms.tracked();
                if met {
                    tracked.may_be_same(left, right)
                } else {
                    tracked.same(left, right)
                }
            }
        }
    }

    /// A total that changed although no line did: tax that is stated for the whole document.
    fn totals_alone(
        &self,
        to_xero: &mut Taken,
        to_erpnext: &mut Taken,
        conflicts: &mut Vec<Difference>,
    ) {
        if to_xero.figures() || to_erpnext.figures() {
            return;
        }
        let (left, right) = (totals(self.xero.now), totals(self.erpnext.now));
        let changed = |strand: Strand<'_>| {
            strand
                .then
                .is_none_or(|then| totals(then) != totals(strand.now))
        };
        match decide(
            changed(self.xero),
            changed(self.erpnext),
            left == right,
            self.prefer,
        ) {
            Decided::Nothing => {}
            Decided::From(Side::Xero) => to_erpnext.loose = true,
            Decided::From(Side::Erpnext) => to_xero.loose = true,
            Decided::Conflict => {
                for (field, left, right) in [
                    ("total before tax", left.0, right.0),
                    ("tax", left.1, right.1),
                    ("total", left.2, right.2),
                ] {
                    if left != right {
                        let shown = |amount: Decimal| Some(amount.normalize().to_string());
                        conflicts.push(Difference::new(field, shown(left), shown(right)));
                    }
                }
            }
        }
    }
}
