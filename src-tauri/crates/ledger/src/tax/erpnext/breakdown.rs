//! The breakdown of tax rows by line that ERPNext 16 keeps, and its check.
//!
//! Each line's part of a tax row is turned into the company's currency and rounded by itself. Parts
//! of a stated amount on lines whose rate on the row's account is zero are left out, unless all are.
//! Where the parts come to more than 0.50 less or more than the row, the document is refused. A long
//! document of small lines, or one at a high exchange rate, is refused for its rounding alone.
//!
//! 16.9.1 rounds each part; 16.18.3 rounds running totals and takes differences (by its source), so
//! that nothing is lost on the way. Both are followed, since a site's release can change any day.

use rust_decimal::Decimal;

use super::ErpnextTaxRules;
use super::document::{Charge, Refusal};
use super::float::Float;

/// Decimals that the difference is rounded to before it is judged.
const DIGITS: u32 = 5;

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// Whether any line counts.
    any: bool,
    /// The parts of the lines that count, each rounded.
    each_line: Float,
    /// The same as differences of running totals.
    running: Float,
    /// The sum so far, in the document's currency, over all lines.
    sum: Float,
    /// `sum` turned.
    turned: Float,
}

/// What the tax rows of a document come to line by line.
pub(super) struct Breakdown {
    rules: ErpnextTaxRules,
    exchange: Float,
    rows: Vec<Row>,
}

impl Breakdown {
    pub(super) fn new(rules: ErpnextTaxRules, exchange: Float, rows: usize) -> Self {
        Self {
            rules,
            exchange,
            rows: vec![Row::default(); rows],
        }
    }

    /// A line's part of a tax row, before any rounding, and the line's rate on the row's account.
    pub(super) fn add(&mut self, row: usize, charge: Charge, rate: Float, amount: Float) {
        let rules = self.rules;
        let Some(row) = self.rows.get_mut(row) else {
            return;
        };
        row.sum += amount;
        let turned = rules.amount(rules.amount(row.sum) * self.exchange);
        let part = rules.amount(turned - row.turned);
        row.turned = turned;
        if matches!(charge, Charge::Actual(_)) && rate.is_zero() {
            return;
        }
        row.any = true;
        row.each_line += rules.amount(amount * self.exchange);
        row.running += part;
    }

    /// Whether a row, in the company's currency, is too far from its breakdown.
    pub(super) fn refusal(&self, at: usize, whole: Float) -> Option<Refusal> {
        let row = self.rows.get(at).filter(|row| row.any)?;
        let off = |parts: Float| (whole - parts).round(self.rules.rounding, DIGITS);
        let refused = |parts: Float| off(parts).abs() > Float::from(Decimal::new(5, 1));
        let (each_line, running) = (refused(row.each_line), refused(row.running));
        let parts = if each_line {
            row.each_line
        } else {
            row.running
        };
        (each_line || running).then(|| Refusal::Breakdown {
            row: at,
            difference: off(parts).exact(DIGITS),
            each_line,
            running,
        })
    }
}
