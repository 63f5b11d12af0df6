//! Sets of directions that people commonly want, each with what will happen by it.

use ledger::Kind;
use store::Direction;

use super::change::RuleSet;
use crate::views::{Preset, PresetView, RuleChange, RuleSetting};

/// All presets, in the order in which they are offered.
pub(super) const ALL: [Preset; 3] = [Preset::BothWays, Preset::ErpnextSells, Preset::XeroSells];

const fn direction(preset: Preset, kind: Kind) -> Direction {
    match (preset, kind) {
        (Preset::BothWays, _) => Direction::Both,
        (Preset::ErpnextSells, Kind::Payment) | (Preset::XeroSells, _) => Direction::ToErpnext,
        (Preset::ErpnextSells, _) => Direction::ToXero,
    }
}

/// The changes that make the rules those of a preset. What else people chose stays.
pub(super) fn changes(preset: Preset) -> Vec<RuleChange> {
    let change = |kind: Kind| RuleChange {
        kind: Some(kind.into()),
        set: RuleSetting::Direction(direction(preset, kind).into()),
    };
    Kind::ALL.into_iter().map(change).collect()
}

/// The preset that the directions are those of, if any.
pub(super) fn of(rules: &RuleSet) -> Option<Preset> {
    let same = |preset: &Preset| {
        let mut kinds = Kind::ALL.into_iter();
        kinds.all(|kind| rules.of(kind).direction == direction(*preset, kind))
    };
    ALL.into_iter().find(same)
}

/// What a preset is called, and what will happen by it.
pub(super) fn shown(preset: Preset) -> PresetView {
    let (title, explained): (&str, &[&str]) = match preset {
        Preset::BothWays => (
            "Both ways",
            &[
                "Contacts, invoices, credit notes and payments travel from each side to the other.",
                "What is edited, paid or voided on one side is so on the other.",
                "Where both sides changed the same field, you are asked.",
            ],
        ),
        Preset::ErpnextSells => (
            "ERPNext sells, Xero keeps the books",
            &[
                "Customers, invoices and credit notes go from ERPNext to Xero, and so do edits of them.",
                "Payments come back: what is paid in Xero, where the bank feed is, is paid in ERPNext.",
                "What somebody edits in Xero is shown to you, to be taken over or put back; it is never changed unasked.",
                "Invoices that were made in Xero stay there, and are listed as left alone.",
            ],
        ),
        Preset::XeroSells => (
            "Xero sells, ERPNext follows",
            &[
                "Contacts, invoices, credit notes and payments go from Xero to ERPNext, and so do edits of them.",
                "What somebody edits in ERPNext is shown to you, to be taken over or put back; it is never changed unasked.",
                "What was made in ERPNext stays there, and is listed as left alone.",
            ],
        ),
    };
    PresetView {
        preset,
        title: title.to_owned(),
        explained: explained.iter().map(|&it| it.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::views;

    #[test]
    fn a_preset_is_known_again_by_its_directions() {
        let mut rules = RuleSet::new(Vec::new(), &serde_json::json!({}));
        assert_eq!(of(&rules), Some(Preset::BothWays));
        for preset in ALL {
            for change in changes(preset) {
                rules.change(&change).unwrap();
            }
            assert_eq!(of(&rules), Some(preset));
        }
        let payments_off = RuleChange {
            kind: Some(views::Kind::Payment),
            set: RuleSetting::Direction(views::Direction::Off),
        };
        rules.change(&payments_off).unwrap();
        assert_eq!(of(&rules), None);
    }
}
