//! Suggests mappings by code, name and rate.

use std::collections::{BTreeMap, BTreeSet};

use super::{Choice, Mapping, MappingKind, Mappings};
use crate::Side;
use crate::contact::folded_name;

/// A proposed way of a mapping, and why it is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The proposal.
    pub mapping: Mapping,
    /// Why, in a few words for a person: "same code", "same rate, 20 %".
    pub reason: String,
}

/// Suggests a counterpart for each value of either side that `taken` does not map yet, each way for
/// itself.
///
/// The exact code comes first, then folded name, then (for tax rates) the only rate of the same
/// percentage or the one whose name shares a word. A value whose own counterpart cannot be told, but
/// which is the counterpart of exactly one value that can, goes back to that one. A value for which
/// several fit equally, or which is the counterpart of several, is left to a person. Deterministic: the order of the inputs decides nothing
/// but the order of the output.
pub fn suggest(
    kind: MappingKind,
    xero: &[Choice],
    erpnext: &[Choice],
    taken: &Mappings,
) -> Vec<Suggestion> {
    let of = |side: Side| match side {
        Side::Xero => xero,
        Side::Erpnext => erpnext,
    };
    let mut closed: BTreeSet<(Side, String)> = Side::BOTH
        .into_iter()
        .flat_map(|side| of(side).iter().map(move |choice| (side, &choice.key)))
        .filter(|(side, key)| taken.translate(kind, *side, key).is_some())
        .map(|(side, key)| (side, key.clone()))
        .collect();
    let mut found: Vec<Suggestion> = Vec::new();
    for test in tests(kind) {
        // Both directions, so that each value of either side finds its counterpart even where one
        // side has fewer values than the other.
        let mut ways: Vec<Suggestion> = Vec::new();
        for from in Side::BOTH {
            for choice in of(from) {
                if closed.contains(&(from, choice.key.clone())) {
                    continue;
                }
                let fits = |other: &Choice| match from {
                    Side::Xero => test(choice, other),
                    Side::Erpnext => test(other, choice),
                };
                if let Some((other, reason)) = only(of(from.other()), fits) {
                    let mapping = Mapping {
                        kind,
                        from,
                        key: choice.key.clone(),
                        to: other.key.clone(),
                    };
                    ways.push(Suggestion { mapping, reason });
                }
            }
        }
        let back = backs(&ways, |side, key| {
            !closed.contains(&(side, key.to_owned())) && !has(&ways, side, key)
        });
        ways.extend(back);
        // A weaker reason does not decide between those that a stronger one left equal.
        for way in &ways {
            let Mapping { from, key, to, .. } = &way.mapping;
            closed.insert((*from, key.clone()));
            closed.insert((from.other(), to.clone()));
        }
        found.extend(ways);
    }
    found
}

fn has(ways: &[Suggestion], side: Side, key: &str) -> bool {
    let mut of_side = ways.iter().filter(|way| way.mapping.from == side);
    of_side.any(|way| way.mapping.key == key)
}

/// The ways back of those whose counterpart `is_open` and is nobody else's.
fn backs(ways: &[Suggestion], is_open: impl Fn(Side, &str) -> bool) -> Vec<Suggestion> {
    let mut to: BTreeMap<(Side, &str), Vec<&Suggestion>> = BTreeMap::new();
    for way in ways {
        let place = (way.mapping.from.other(), way.mapping.to.as_str());
        to.entry(place).or_default().push(way);
    }
    to.into_iter()
        .filter(|((side, key), _)| is_open(*side, key))
        .filter_map(|(_, ways)| match ways.as_slice() {
            [only] => Some(Suggestion {
                mapping: only.mapping.back(),
                reason: only.reason.clone(),
            }),
            _ => None,
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
            same_rate_and_words,
            same_rate_shares_a_word,
            same_rate,
        ],
        // A word in common says little of banks, and money on the wrong account is found late.
        MappingKind::Bank => &[same_code, same_name, both_default],
        // A code is the category's name here, and a default is where everything else goes.
        MappingKind::Tracking => &[same_name],
    }
}

fn only(choices: &[Choice], test: impl Fn(&Choice) -> Option<String>) -> Option<(&Choice, String)> {
    let mut fitting = choices
        .iter()
        .filter_map(|choice| test(choice).map(|why| (choice, why)));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Money that a bank moves never stands for a fee or a write-off, whatever both are called.
fn alike(left: &Choice, right: &Choice) -> bool {
    left.no_bank == right.no_bank
}

fn same_code(left: &Choice, right: &Choice) -> Option<String> {
    let code = left.code.as_deref()?;
    (alike(left, right) && Some(code) == right.code.as_deref())
        .then(|| format!("same code, {code}"))
}

fn same_name(left: &Choice, right: &Choice) -> Option<String> {
    (alike(left, right) && folded_name(&left.name) == folded_name(&right.name))
        .then(|| "same name".to_owned())
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

/// The same name but for words that say nothing: "GST Free Income" and "GST Free".
fn same_rate_and_words(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| {
        let (left, right) = (folded_name(&left.name), folded_name(&right.name));
        let telling = |name: &str| -> BTreeSet<String> {
            let words = name.split(' ').filter(|word| !EMPTY.contains(word));
            words.map(str::to_owned).collect()
        };
        !telling(&left).is_empty() && telling(&left) == telling(&right)
    })
}

fn both_default_rate(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| left.default && right.default)
}

fn same_rate_shares_a_word(left: &Choice, right: &Choice) -> Option<String> {
    same_rate(left, right).filter(|_| shared_word(&left.name, &right.name).is_some())
}

/// Words that say nothing about what a value is for.
const EMPTY: [&str; 6] = ["income", "sales", "rated", "rate", "account", "other"];

/// A word of four letters or more that both names have and that says something.
fn shared_word(left: &str, right: &str) -> Option<String> {
    let right = folded_name(right);
    let right: BTreeSet<&str> = right.split(' ').collect();
    folded_name(left)
        .split(' ')
        .find(|word| word.len() >= 4 && !EMPTY.contains(word) && right.contains(word))
        .map(str::to_owned)
}
