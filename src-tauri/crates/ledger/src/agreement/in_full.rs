//! Whether two documents say the same in full: not the figures alone, but what was sold, on which
//! account, at which tax, under which reference.
//!
//! Each side words a document in its own way (prices with or without tax, a text that is followed by
//! how its amount was made up, charges after the lines): a way of saying is no difference.

use rust_decimal::Decimal;

use super::wording::{ROUNDING, spaced, text};
use crate::problem::Difference;
use crate::tracking::contradict;
use crate::{Document, DocumentState, Line, PriceMode};

/// How far two rates of exchange may be apart, as a part of the rate: Xero keeps six decimals of the
/// inverse.
const RATE_PRECISION: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// What stands for what: the keys of accounts and tax rates of the two documents.
pub struct Counterparts<'a> {
    /// Whether two ledger accounts are one.
    pub account: &'a dyn Fn(&str, &str) -> bool,
    /// Whether two tax rates are one.
    pub tax: &'a dyn Fn(&str, &str) -> bool,
    /// Whether nothing that two lines are filed under contradicts the other.
    pub tracking: &'a dyn Fn(&Line, &Line) -> bool,
}

impl Counterparts<'_> {
    /// Both documents are in the terms of one side.
    pub const SAME: Counterparts<'static> = Counterparts {
        account: &|left, right| left == right,
        tax: &|left, right| left == right,
        tracking: &|left, right| match (&left.tracking, &right.tracking) {
            (Some(left), Some(right)) => !contradict(left, right),
            _ => true,
        },
    };
}

/// What two documents say differently that their figures and dates do not show (see
/// [`super::invoice_differences`] for those): reference, rate of exchange and lines. In lines the
/// text, the amount, and the account, tax rate and tracking where both sides say one; their order does not count.
///
/// `left` is shown in Xero's column.
pub fn content_differences(
    left: &Document,
    right: &Document,
    counterparts: &Counterparts<'_>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    if left.state == DocumentState::Voided && right.state == DocumentState::Voided {
        return found;
    }
    let (ours, theirs) = (
        spaced(left.reference.as_deref().unwrap_or_default()),
        spaced(right.reference.as_deref().unwrap_or_default()),
    );
    if ours != theirs {
        found.push(Difference::new("reference", some(ours), some(theirs)));
    }
    if let (Some(ours), Some(theirs)) = (left.exchange_rate, right.exchange_rate)
        && !same_rate(ours, theirs)
    {
        let shown = |rate: Decimal| Some(rate.normalize().to_string());
        found.push(Difference::new("exchange rate", shown(ours), shown(theirs)));
    }
    found.extend(line_differences(left, right, counterparts));
    found
}

/// Whether two rates of exchange are the same, but for what Xero's six decimals lose.
pub fn same_rate(left: Decimal, right: Decimal) -> bool {
    (left - right).abs() <= left.abs().max(right.abs()) * RATE_PRECISION
}

fn line_differences(
    left: &Document,
    right: &Document,
    counterparts: &Counterparts<'_>,
) -> Vec<Difference> {
    let taxed = left.price_mode != PriceMode::NoTax && right.price_mode != PriceMode::NoTax;
    let pair = Pair {
        left: left.price_mode,
        right: right.price_mode,
        taxed,
        counterparts,
    };
    let ours: Vec<(usize, &Line)> = said(left).collect();
    let mut theirs: Vec<(usize, &Line)> = said(right).collect();
    let mut alone: Vec<(usize, &Line)> = Vec::new();
    for (number, line) in ours {
        match theirs
            .iter()
            .position(|(_, other)| pair.differing(line, other).is_empty())
        {
            Some(at) => {
                theirs.remove(at);
            }
            None => alone.push((number, line)),
        }
    }
    if alone.len() != theirs.len() {
        let shown = |lines: &[(usize, &Line)]| {
            let texts: Vec<String> = lines.iter().map(|(_, line)| shown(line)).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        };
        return vec![Difference::new("lines", shown(&alone), shown(&theirs))];
    }
    alone
        .iter()
        .zip(&theirs)
        .flat_map(|((number, line), (_, other))| {
            pair.differing(line, other)
                .into_iter()
                .map(move |(field, left, right)| {
                    Difference::new(&format!("line {number}: {field}"), left, right)
                })
        })
        .collect()
}

/// The lines that say something, with their numbers as people count them.
fn said(invoice: &Document) -> impl Iterator<Item = (usize, &Line)> {
    invoice
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.amount.is_zero() || !line.description.trim().is_empty())
        .map(|(index, line)| (index + 1, line))
}

/// How the lines of two documents are held against each other.
struct Pair<'a> {
    left: PriceMode,
    right: PriceMode,
    /// Whether both documents have tax at all.
    taxed: bool,
    counterparts: &'a Counterparts<'a>,
}

type Differing = (&'static str, Option<String>, Option<String>);

impl Pair<'_> {
    fn differing(&self, left: &Line, right: &Line) -> Vec<Differing> {
        let mut found = Vec::new();
        let (ours, theirs) = (spaced(&left.description), spaced(&right.description));
        if text(left) != text(right) {
            found.push(("text", some(ours), some(theirs)));
        }
        if !self.same_amount(left, right) {
            let shown = |line: &Line| Some(line.amount.normalize().to_string());
            found.push(("amount", shown(left), shown(right)));
        }
        let mut key = |field,
                       ours: &Option<String>,
                       theirs: &Option<String>,
                       same: &dyn Fn(&str, &str) -> bool| {
            if let (Some(left), Some(right)) = (ours, theirs)
                && !same(left, right)
            {
                found.push((field, ours.clone(), theirs.clone()));
            }
        };
        // A line of words only is on whatever account the side puts it.
        if !left.amount.is_zero() {
            key(
                "account",
                &left.account,
                &right.account,
                self.counterparts.account,
            );
            if self.taxed {
                key("tax rate", &left.tax, &right.tax, self.counterparts.tax);
            }
        }
        if !(self.counterparts.tracking)(left, right) {
            let shown = |line: &Line| some(line.tracking.as_deref().unwrap_or_default().join(", "));
            found.push(("tracking", shown(left), shown(right)));
        }
        found
    }

    fn same_amount(&self, left: &Line, right: &Line) -> bool {
        let inclusive = |mode| mode == PriceMode::Inclusive;
        if inclusive(self.left) == inclusive(self.right) {
            return left.amount == right.amount;
        }
        match (before_tax(left, self.left), before_tax(right, self.right)) {
            (Some(left), Some(right)) => (left - right).abs() <= ROUNDING,
            // Neither says what its tax is: the document's totals tell.
            _ => true,
        }
    }
}

/// A line's amount before tax, where the line says its tax.
fn before_tax(line: &Line, mode: PriceMode) -> Option<Decimal> {
    if mode != PriceMode::Inclusive {
        return Some(line.amount);
    }
    if let Some(tax) = line.tax_amount {
        return Some(line.amount - tax);
    }
    let rate = Decimal::ONE + line.tax_rate? / Decimal::ONE_HUNDRED;
    line.amount.checked_div(rate)
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn shown(line: &Line) -> String {
    let text = spaced(&line.description);
    format!("{text} {}", line.amount.normalize())
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
