//! Which line is which: on one side before and now, and between the two sides.
//!
//! A line keeps its identity when it is reordered, or when another one is inserted or removed: with it
//! stay its tracking, its cost centre and all else that only its own side knows. Xero's lines have ids
//! that stay. ERPNext's rows have names that stay until the document is amended, which gives every row
//! a new one; then what a line says tells it.

use std::collections::{BTreeMap, VecDeque};

use crate::Line;
use crate::agreement::wording::text;

/// Two lists of lines, and which of one is which of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pairing {
    /// For each line on the left, its place on the right.
    pub right_of: Vec<Option<usize>>,
    /// For each line on the right, its place on the left.
    pub left_of: Vec<Option<usize>>,
}

impl Pairing {
    fn none(left: usize, right: usize) -> Self {
        Self {
            right_of: vec![None; left],
            left_of: vec![None; right],
        }
    }

    fn join(&mut self, left: usize, right: usize) {
        if let (Some(there), Some(here)) =
            (self.right_of.get_mut(left), self.left_of.get_mut(right))
        {
            (*there, *here) = (Some(right), Some(left));
        }
    }

    /// Joins what is alone and has the same key, in document order. Returns how many it joined.
    fn pass<K: Ord>(
        &mut self,
        left: &[&Line],
        right: &[&Line],
        key: impl Fn(&Line) -> Option<K>,
    ) -> usize {
        let mut waiting: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
        for (at, line) in right.iter().enumerate() {
            if self.left_of.get(at) == Some(&None)
                && let Some(key) = key(line)
            {
                waiting.entry(key).or_default().push_back(at);
            }
        }
        let mut joined = 0;
        for (at, line) in left.iter().enumerate() {
            if self.right_of.get(at) == Some(&None)
                && let Some(found) = key(line)
                    .and_then(|key| waiting.get_mut(&key))
                    .and_then(VecDeque::pop_front)
            {
                self.join(at, found);
                joined += 1;
            }
        }
        joined
    }

    /// Joins what is left over where it stands after the same line on both sides, and is as many lines
    /// there.
    fn rest(&mut self) {
        let mut gaps: BTreeMap<Option<usize>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        let mut after = None;
        for (at, other) in self.right_of.iter().enumerate() {
            match other {
                Some(right) => after = Some(*right),
                None => gaps.entry(after).or_default().0.push(at),
            }
        }
        after = None;
        for (at, other) in self.left_of.iter().enumerate() {
            match other {
                Some(_) => after = Some(at),
                None => gaps.entry(after).or_default().1.push(at),
            }
        }
        for (left, right) in gaps.into_values() {
            if left.len() == right.len() {
                for (left, right) in left.into_iter().zip(right) {
                    self.join(left, right);
                }
            }
        }
    }
}

/// The lines of one side's document before (left) and now (right).
pub(super) fn over_time(then: &[Line], now: &[Line]) -> Pairing {
    let (left, right): (Vec<&Line>, Vec<&Line>) = (then.iter().collect(), now.iter().collect());
    let mut pairing = Pairing::none(left.len(), right.len());
    let stable = pairing.pass(&left, &right, |line| line.id.clone()) > 0;
    pairing.pass(&left, &right, |line| {
        Some((
            text(line),
            line.amount.normalize(),
            line.quantity.normalize(),
            line.account.clone(),
            line.tax.clone(),
        ))
    });
    pairing.pass(&left, &right, |line| {
        Some((text(line), line.amount.normalize()))
    });
    pairing.pass(&left, &right, said);
    if !stable {
        pairing.pass(&left, &right, |line| Some(line.amount.normalize()));
        pairing.rest();
    }
    pairing
}

/// The lines of Xero's document (left) and of ERPNext's (right), as both said them when they agreed, or
/// as they are seen for the first time.
pub(super) fn across(xero: &[Line], erpnext: &[Line]) -> Pairing {
    let (left, right): (Vec<&Line>, Vec<&Line>) = (xero.iter().collect(), erpnext.iter().collect());
    let mut pairing = Pairing::none(left.len(), right.len());
    by_words(&mut pairing, &left, &right);
    pairing.pass(&left, &right, |line| Some(line.amount.normalize()));
    pairing.rest();
    pairing
}

/// Lines that both sides added: one line where they say the same of the same.
pub(super) fn added(xero: &[&Line], erpnext: &[&Line]) -> Pairing {
    let mut pairing = Pairing::none(xero.len(), erpnext.len());
    by_words(&mut pairing, xero, erpnext);
    pairing
}

fn by_words(pairing: &mut Pairing, left: &[&Line], right: &[&Line]) {
    pairing.pass(left, right, |line| {
        Some((text(line), line.amount.normalize()))
    });
    // Prices with and without tax.
    pairing.pass(left, right, |line| {
        Some((text(line), line.quantity.normalize()))
    });
    pairing.pass(left, right, said);
}

fn said(line: &Line) -> Option<String> {
    Some(text(line)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::samples::line;
    use super::*;

    fn lines(said: &str) -> Vec<Line> {
        said.split_whitespace()
            .map(|said| {
                let (id, said) = said.split_once(':').unwrap_or(("", said));
                let (text, amount) = said.split_once('=').unwrap();
                Line {
                    id: Some(id.to_owned()).filter(|id| !id.is_empty()),
                    ..line(text, amount)
                }
            })
            .collect()
    }

    #[test]
    fn a_line_stays_the_same_line() {
        #[rustfmt::skip]
        let table: &[(&str, &str, &str, &[Option<usize>])] = &[
            // name, before, now, for each line now: which it was
            ("nothing", "1:a=1 2:b=2", "1:a=1 2:b=2", &[Some(0), Some(1)]),
            ("ids count first", "1:a=1 2:b=2", "2:a=1 1:b=2", &[Some(1), Some(0)]),
            ("reordered under new names", "1:a=1 2:b=2", "8:b=2 9:a=1", &[Some(1), Some(0)]),
            ("inserted first", "1:a=1 2:b=2", "7:n=9 8:a=1 9:b=2", &[None, Some(0), Some(1)]),
            ("removed", "1:a=1 2:b=2 3:c=3", "8:a=1 9:c=3", &[Some(0), Some(2)]),
            ("another amount", "1:a=1 2:b=2", "8:b=5 9:a=1", &[Some(1), Some(0)]),
            ("another text", "1:a=1 2:b=2", "8:x=2 9:a=1", &[Some(1), Some(0)]),
            ("text and amount", "1:a=1 2:b=2", "8:a=1 9:x=7", &[Some(0), Some(1)]),
            ("one text, told by amounts", "1:a=1 2:a=2", "8:a=2 9:a=1", &[Some(1), Some(0)]),
            ("equal lines, in order", "1:a=1 2:a=1", "8:a=1 9:a=1", &[Some(0), Some(1)]),
            ("one taken out, another put in", "1:a=1 2:b=2", "2:b=2 7:x=7", &[Some(1), None]),
        ];
        for (name, then, now, expected) in table {
            let found = over_time(&lines(then), &lines(now));
            assert_eq!(&found.left_of, expected, "{name}");
        }
    }

    #[test]
    fn how_an_amount_is_made_up_is_no_part_of_the_text() {
        for (said, plain) in [
            ("Work (5.1 × 182.55)", "Work"),
            ("Work\n(1.5 × 12.3456 = 18.52)", "Work"),
            ("(2 × 3)", ""),
            ("Work (in March)", "Work (in March)"),
        ] {
            assert_eq!(text(&line(said, "1")), plain);
        }
    }

    #[test]
    fn the_two_sides_of_one_line() {
        let table = [
            ("a=10 b=20", "b=20 a=10", [Some(1), Some(0)]),
            // Prices with tax and without.
            ("a=12 b=24", "b=20 a=10", [Some(1), Some(0)]),
            // Another text, the same amount.
            ("a=10 b=20", "x=20 a=10", [Some(1), Some(0)]),
        ];
        for (xero, erpnext, expected) in table {
            let found = across(&lines(xero), &lines(erpnext));
            assert_eq!(found.right_of, expected, "{xero} / {erpnext}");
        }
        let found = across(&lines("a=10"), &lines("a=4 b=6"));
        assert_eq!(found.right_of, [Some(0)]);
        assert_eq!(found.left_of, [Some(0), None]);
    }
}
