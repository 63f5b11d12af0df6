//! What a plan must be confirmed for by a person before anything is written.

use serde::{Deserialize, Serialize};

use super::{Plan, Policy};
use crate::books::Change;

/// A reason to ask before writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Many documents would be voided or cancelled.
    ManyVoids {
        /// How many.
        count: u32,
        /// The rule's threshold.
        threshold: u32,
    },
    /// Many records would be changed.
    ManyUpdates {
        /// How many.
        count: u32,
        /// The rule's threshold.
        threshold: u32,
    },
    /// A side that held records came back empty.
    EmptySide {
        /// The side.
        side: ledger::Side,
        /// How many linked records it held.
        linked: u32,
    },
    /// Records that we wrote last are gone from a side without a trace, as after a backup was restored.
    WentBack {
        /// The side.
        side: ledger::Side,
        /// How many of the last records that we wrote.
        count: u32,
        /// What some of them were called.
        titles: Vec<String>,
    },
}

/// The reasons to ask before this plan is carried out.
pub fn guard(plan: &Plan, policy: &Policy) -> Vec<Guard> {
    let (mut voids, mut updates) = (0_u32, 0_u32);
    for (entry, write) in plan.writes() {
        match &write.change {
            // A draft that we left behind ourselves was never anybody's.
            Change::End { .. } if entry.link.is_none() => {}
            Change::End { .. } => voids += 1,
            // Archiving a contact ends it just as a void ends a document.
            Change::Update {
                from,
                to,
                under_way: false,
                ..
            } if to.ended() && !from.ended() => voids += 1,
            Change::Update {
                under_way: false, ..
            } => updates += 1,
            Change::Update {
                under_way: true, ..
            }
            | Change::Create { .. }
            | Change::Mark { .. } => {}
        }
    }
    let mut reasons = Vec::new();
    if voids >= policy.ask_from_voids {
        reasons.push(Guard::ManyVoids {
            count: voids,
            threshold: policy.ask_from_voids,
        });
    }
    if updates >= policy.ask_from_updates {
        reasons.push(Guard::ManyUpdates {
            count: updates,
            threshold: policy.ask_from_updates,
        });
    }
    reasons
}
