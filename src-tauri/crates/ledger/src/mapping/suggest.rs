//! Suggests mappings by code, name and rate.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Mapping, MappingKind};
use crate::Side;
use crate::contact::folded_name;

/// An account or tax rate that one side offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The key used in records and mappings.
    pub key: String,
    /// The account number or code, where there is one.
    pub code: Option<String>,
    /// Another key that says the same, under which records may carry it: an Item Tax Template is
    /// also its accounts and rates.
    #[serde(default)]
    pub also: Option<String>,
    /// The name as a person reads it.
    pub name: String,
    /// The tax rate in percent; `None` for accounts.
    pub rate: Option<Decimal>,
    /// Whether this is what the side uses when nothing is said (the default sales account, the
    /// standard tax rate).
    pub default: bool,
}

/// A proposed mapping and why it is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The proposal.
    pub mapping: Mapping,
    /// Why, in a few words for a person: "same code", "same rate, 20 %".
    pub reason: String,
}

/// Suggests a counterpart for each value of either side that `taken` does not map yet.
///
/// What is mapped under its other key comes first, then the exact code, then folded name, then (for tax rates) the only rate of the same percentage
/// or the one whose name shares a word. A value for which several fit equally is left to a person.
/// Deterministic: the order of the inputs decides nothing but the order of the output.
pub fn suggest(
    kind: MappingKind,
    xero: &[Choice],
    erpnext: &[Choice],
    taken: &[Mapping],
) -> Vec<Suggestion> {
    let mut found = known_otherwise(kind, Side::Erpnext, erpnext, taken);
    found.extend(known_otherwise(kind, Side::Xero, xero, taken));
    let mut xero_open: BTreeSet<&str> = xero.iter().map(|choice| choice.key.as_str()).collect();
    let mut erpnext_open: BTreeSet<&str> =
        erpnext.iter().map(|choice| choice.key.as_str()).collect();
    for mapping in taken.iter().filter(|mapping| mapping.kind == kind) {
        xero_open.remove(mapping.xero.as_str());
        erpnext_open.remove(mapping.erpnext.as_str());
    }
    for suggestion in &found {
        xero_open.remove(suggestion.mapping.xero.as_str());
        erpnext_open.remove(suggestion.mapping.erpnext.as_str());
    }
    for test in tests(kind) {
        // Both directions, so that each value of either side finds its counterpart even where one
        // side has fewer values than the other.
        for left in xero
            .iter()
            .filter(|choice| xero_open.contains(choice.key.as_str()))
        {
            if let Some((right, reason)) = only(erpnext, |right| test(left, right)) {
                found.push(suggestion(kind, left, right, reason));
            }
        }
        for right in erpnext
            .iter()
            .filter(|choice| erpnext_open.contains(choice.key.as_str()))
        {
            if let Some((left, reason)) = only(xero, |left| test(left, right)) {
                found.push(suggestion(kind, left, right, reason));
            }
        }
        for suggestion in &found {
            let mapping: &Mapping = &suggestion.mapping;
            if let Some(key) = xero_open.iter().copied().find(|key| *key == mapping.xero) {
                xero_open.remove(key);
            }
            if let Some(key) = erpnext_open
                .iter()
                .copied()
                .find(|key| *key == mapping.erpnext)
            {
                erpnext_open.remove(key);
            }
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|suggestion| {
        seen.insert((
            suggestion.mapping.xero.clone(),
            suggestion.mapping.erpnext.clone(),
        ))
    });
    found
}

/// What is mapped under its other key already: an Item Tax Template that was added for a rate.
fn known_otherwise(
    kind: MappingKind,
    side: Side,
    choices: &[Choice],
    taken: &[Mapping],
) -> Vec<Suggestion> {
    let of_kind = || taken.iter().filter(|mapping| mapping.kind == kind);
    choices
        .iter()
        .filter(|choice| of_kind().all(|mapping| mapping.key(side) != choice.key))
        .filter_map(|choice| {
            let also = choice.also.as_deref()?;
            let mapping = of_kind().find(|mapping| mapping.key(side) == also)?;
            Some(Suggestion {
                mapping: mapping.with(side, &choice.key),
                reason: format!("the same as {also}"),
            })
        })
        .collect()
}

/// Says why two values belong together, or that they do not.
type Test = fn(&Choice, &Choice) -> Option<String>;

fn tests(kind: MappingKind) -> &'static [Test] {
    match kind {
        MappingKind::Account => &[same_code, same_name, both_default, shares_a_word],
        MappingKind::Tax => &[
            same_rate_and_name,
            both_default_rate,
            same_rate_shares_a_word,
            same_rate,
        ],
    }
}

fn only(choices: &[Choice], test: impl Fn(&Choice) -> Option<String>) -> Option<(&Choice, String)> {
    let mut fitting = choices
        .iter()
        .filter_map(|choice| test(choice).map(|why| (choice, why)));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn suggestion(kind: MappingKind, xero: &Choice, erpnext: &Choice, reason: String) -> Suggestion {
    Suggestion {
        mapping: Mapping {
            kind,
            xero: xero.key.clone(),
            erpnext: erpnext.key.clone(),
        },
        reason,
    }
}

fn same_code(left: &Choice, right: &Choice) -> Option<String> {
    let code = left.code.as_deref()?;
    (Some(code) == right.code.as_deref()).then(|| format!("same code, {code}"))
}

fn same_name(left: &Choice, right: &Choice) -> Option<String> {
    (folded_name(&left.name) == folded_name(&right.name)).then(|| "same name".to_owned())
}

fn both_default(left: &Choice, right: &Choice) -> Option<String> {
    (left.default && right.default).then(|| "each side's default".to_owned())
}

fn shares_a_word(left: &Choice, right: &Choice) -> Option<String> {
    shared_word(&left.name, &right.name).map(|word| format!("both named \"{word}\""))
}

fn same_rate(left: &Choice, right: &Choice) -> Option<String> {
    let rate = left.rate?;
    (Some(rate) == right.rate).then(|| format!("same rate, {} %", rate.normalize()))
}

fn same_rate_and_name(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| same_name(left, right).is_some())
}

fn both_default_rate(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| left.default && right.default)
}

fn same_rate_shares_a_word(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| shared_word(&left.name, &right.name).is_some())
}

/// A word of four letters or more that both names have and that says something.
fn shared_word(left: &str, right: &str) -> Option<String> {
    const EMPTY: [&str; 6] = ["income", "sales", "rated", "rate", "account", "other"];
    let right = folded_name(right);
    let right: BTreeSet<&str> = right.split(' ').collect();
    folded_name(left)
        .split(' ')
        .find(|word| word.len() >= 4 && !EMPTY.contains(word) && right.contains(word))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests_of_suggestions {
    use super::*;

    fn choice(key: &str, code: Option<&str>, name: &str, rate: Option<i64>) -> Choice {
        Choice {
            key: key.into(),
            code: code.map(Into::into),
            also: None,
            name: name.into(),
            rate: rate.map(Decimal::from),
            default: false,
        }
    }

    fn pairs(found: &[Suggestion]) -> Vec<(&str, &str, &str)> {
        found
            .iter()
            .map(|s| {
                (
                    s.mapping.xero.as_str(),
                    s.mapping.erpnext.as_str(),
                    s.reason.as_str(),
                )
            })
            .collect()
    }

    #[test]
    fn accounts_go_by_code_then_name_then_word() {
        let xero = [
            choice("200", Some("200"), "Sales", None),
            choice("260", Some("260"), "Other Revenue", None),
            choice("270", Some("270"), "Interest Income", None),
        ];
        let erpnext = [
            choice("4000 - Sales - MF", Some("200"), "Product Sales", None),
            choice("Other Revenue - MF", None, "Other Revenue", None),
            choice("Interest - MF", None, "Interest received", None),
            choice("Freight - MF", None, "Freight", None),
        ];
        assert_eq!(
            pairs(&suggest(MappingKind::Account, &xero, &erpnext, &[])),
            [
                ("200", "4000 - Sales - MF", "same code, 200"),
                ("260", "Other Revenue - MF", "same name"),
                ("270", "Interest - MF", "both named \"interest\""),
            ]
        );
    }

    #[test]
    fn tax_rates_need_the_same_percentage_and_ties_are_left_to_a_person() {
        let xero = [
            choice("OUTPUT2", None, "20% (VAT on Income)", Some(20)),
            choice("ZERORATEDOUTPUT", None, "Zero Rated Income", Some(0)),
            choice("EXEMPTOUTPUT", None, "Exempt Income", Some(0)),
        ];
        let erpnext = [
            choice("VAT 20 - MF", None, "UK VAT 20%", Some(20)),
            choice("Zero - MF", None, "Zero rate", Some(0)),
            choice("Exempt - MF", None, "Exempt from VAT", Some(0)),
            choice("Nil - MF", None, "Nil", Some(0)),
        ];
        assert_eq!(
            pairs(&suggest(MappingKind::Tax, &xero, &erpnext, &[])),
            [
                ("ZERORATEDOUTPUT", "Zero - MF", "same rate, 0 %"),
                ("EXEMPTOUTPUT", "Exempt - MF", "same rate, 0 %"),
                ("OUTPUT2", "VAT 20 - MF", "same rate, 20 %"),
            ]
        );
    }

    #[test]
    fn a_template_that_was_added_for_a_mapped_rate_is_offered() {
        let xero = [
            choice("OUTPUT2", None, "20% (VAT on Income)", Some(20)),
            choice("CAPOUTPUT2", None, "20% (VAT on Capital Sales)", Some(20)),
        ];
        let template = Choice {
            also: Some("VAT - MF @ 20".into()),
            ..choice("UK VAT 20% - MF", None, "UK VAT 20%", Some(20))
        };
        let taken = |erpnext: &str| Mapping {
            kind: MappingKind::Tax,
            xero: "OUTPUT2".into(),
            erpnext: erpnext.into(),
        };
        let offered = std::slice::from_ref(&template);
        // First of all, so that it is the way back.
        assert_eq!(
            pairs(&suggest(
                MappingKind::Tax,
                &xero,
                offered,
                &[taken("VAT - MF @ 20")]
            )),
            [
                ("OUTPUT2", "UK VAT 20% - MF", "the same as VAT - MF @ 20"),
                ("CAPOUTPUT2", "UK VAT 20% - MF", "same rate, 20 %"),
            ]
        );
        let both = [taken("VAT - MF @ 20"), taken("UK VAT 20% - MF")];
        assert_eq!(suggest(MappingKind::Tax, &xero[..1], offered, &both), []);
    }

    #[test]
    fn what_is_mapped_already_is_left_alone() {
        let xero = [choice("200", Some("200"), "Sales", None)];
        let erpnext = [choice("Sales - MF", Some("200"), "Sales", None)];
        let taken = [Mapping {
            kind: MappingKind::Account,
            xero: "200".into(),
            erpnext: "Sales - MF".into(),
        }];
        assert_eq!(suggest(MappingKind::Account, &xero, &erpnext, &taken), []);
    }
}
