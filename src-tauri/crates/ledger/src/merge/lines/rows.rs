//! The lines of both documents, each with its places.

use super::Strand;
use crate::merge::pairing::{self, Pairing};
use crate::{Document, Line, Side};

/// One line's place on a side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub then: Option<usize>,
    pub now: Option<usize>,
}

/// One line, wherever it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    pub xero: Place,
    pub erpnext: Place,
}

impl Row {
    pub const fn on(&self, side: Side) -> Place {
        match side {
            Side::Xero => self.xero,
            Side::Erpnext => self.erpnext,
        }
    }
}

/// Every line that either document has or had.
pub(super) fn rows(xero: Strand<'_>, erpnext: Strand<'_>) -> Vec<Row> {
    let times = |strand: Strand<'_>| pairing::over_time(strand.lines_then(), &strand.now.lines);
    let (left, right) = (times(xero), times(erpnext));
    let known = xero.then.is_some();
    let base = pairing::across(xero.lines_then(), erpnext.lines_then());
    let place = |pairing: &Pairing, then: usize| Place {
        then: Some(then),
        now: pairing.right_of.get(then).copied().flatten(),
    };
    let mut rows: Vec<Row> = (0..xero.lines_then().len())
        .map(|then| Row {
            xero: place(&left, then),
            erpnext: base
                .right_of
                .get(then)
                .copied()
                .flatten()
                .map(|then| place(&right, then))
                .unwrap_or_default(),
        })
        .collect();
    let alone = base.left_of.iter().enumerate();
    rows.extend(
        alone
            .filter(|(_, other)| other.is_none())
            .map(|(then, _)| Row {
                erpnext: place(&right, then),
                ..Row::default()
            }),
    );
    let new = |pairing: &Pairing| -> Vec<usize> {
        let lines = pairing.left_of.iter().enumerate();
        lines
            .filter(|(_, then)| then.is_none())
            .map(|(at, _)| at)
            .collect()
    };
    let (new_left, new_right) = (new(&left), new(&right));
    let here = |places: &[usize], of: &Document| -> Vec<Line> {
        let lines = places.iter().filter_map(|at| of.lines.get(*at));
        lines.cloned().collect()
    };
    let (ours, theirs) = (here(&new_left, xero.now), here(&new_right, erpnext.now));
    let both = if known {
        pairing::added(
            &ours.iter().collect::<Vec<_>>(),
            &theirs.iter().collect::<Vec<_>>(),
        )
    } else {
        pairing::across(&ours, &theirs)
    };
    let now = |at: usize| Place {
        then: None,
        now: Some(at),
    };
    for (index, at) in new_left.iter().enumerate() {
        let other = both.right_of.get(index).copied().flatten();
        rows.push(Row {
            xero: now(*at),
            erpnext: other
                .and_then(|other| new_right.get(other))
                .map(|at| now(*at))
                .unwrap_or_default(),
        });
    }
    for (index, at) in new_right.iter().enumerate() {
        if both.left_of.get(index).copied().flatten().is_none() {
            rows.push(Row {
                erpnext: now(*at),
                ..Row::default()
            });
        }
    }
    rows
}
