//! How a plan is cut into slices.

use ledger::RemoteId;

use super::*;
use crate::books::Change;
use crate::plan::{MatchReason, Scope, Subject};

fn entry(kind: Kind, id: usize, outcome: Outcome) -> Entry {
    let subject = Subject {
        id: RemoteId::new(format!("{id}")),
        title: String::new(),
        contact: String::new(),
        money: None,
    };
    Entry {
        kind,
        link: None,
        xero: Some(subject),
        erpnext: None,
        outcome,
    }
}

fn write(target: Side) -> Outcome {
    Outcome::Write(vec![PlannedWrite {
        target,
        change: Change::Mark {
            kind: Kind::Invoice,
            id: RemoteId::new("a"),
            version: ledger::Version::new("1"),
            source: RemoteId::new("b"),
            source_link: None,
        },
        waits_for: Vec::new(),
        fingerprint: String::new(),
    }])
}

fn linked() -> Outcome {
    Outcome::Link {
        reason: MatchReason::Number,
        differences: Vec::new(),
        writes: Vec::new(),
    }
}

#[test]
fn everything_to_do_is_in_one_slice_and_both_sides_have_work_while_there_is_any() {
    let outcome = |index: usize| match index {
        // As many to ERPNext as two slices and a half take, all before the few to Xero.
        0..2_500 => write(Side::Erpnext),
        2_500..2_510 => write(Side::Xero),
        2_510..2_520 => linked(),
        2_520 => Outcome::Rebase,
        2_521 => Outcome::Agrees,
        _ => Outcome::OutOfScope(Scope::Draft),
    };
    let mut entries: Vec<Entry> = (0..2_530)
        .map(|index| entry(Kind::Invoice, index, outcome(index)))
        .collect();
    entries.push(entry(Kind::Contact, 9_999, write(Side::Xero)));
    let plan = Plan { entries };
    let slices = slices(&plan, Kind::Invoice);
    let sizes: Vec<usize> = slices.iter().map(Vec::len).collect();
    assert_eq!(sizes, [SLICE + 21, SLICE, 500]);
    let mut ids: Vec<usize> = slices
        .iter()
        .flatten()
        .map(|entry| entry.xero.as_ref().unwrap().id.as_str().parse().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..2_521).collect::<Vec<_>>());
    assert!(super::slices(&Plan::default(), Kind::Invoice).is_empty());
}
