//! Rules and mappings as a file, and what of one another pairing can take over: pure.

use ledger::mapping::{Choice, Mapping};
use ledger::{MappingKind, Side};
use rust_decimal::Decimal;

use crate::views::{NamedMapping, NamedValue, NotTaken};

/// What a file of rules says of itself.
pub(super) const WHAT: &str = "rules";

/// The version of the file's form.
pub(super) const VERSION: u32 = 1;

/// What a value is called: what another company's books may call one of theirs too.
pub(super) fn named(choice: &Choice) -> NamedValue {
    NamedValue {
        code: choice.code.clone(),
        name: choice.name.clone(),
        rate: choice.rate.map(|rate| rate.normalize().to_string()),
    }
}

/// The mapping of a file in terms of a pairing that offers these choices: each value is told by its code and
/// its name together, and a tax rate by its percentage too. Nothing is guessed.
///
/// # Errors
/// Why it is not taken over.
pub(super) fn found<'c>(
    mapping: &NamedMapping,
    choices: impl Fn(MappingKind, Side) -> &'c [Choice],
) -> Result<Mapping, NotTaken> {
    let (kind, from) = (MappingKind::from(mapping.kind), Side::from(mapping.side));
    let key = |side: Side, value: &NamedValue| {
        one(kind, choices(kind, side), value).map_err(|why| NotTaken {
            mapping: words(kind, mapping),
            why: why.says(kind, side),
        })
    };
    Ok(Mapping {
        kind,
        from,
        key: key(from, &mapping.value)?,
        to: key(from.other(), &mapping.counterpart)?,
    })
}

/// Why a value was not found.
enum Why {
    None,
    CalledOtherwise { code: String, name: String },
    NumberedOtherwise { name: String, code: String },
    OtherRate { name: String, rate: String },
    Several { name: String },
}

impl Why {
    fn says(&self, kind: MappingKind, side: Side) -> String {
        let what = kind.noun();
        match self {
            Why::None => format!("{side} has no such {what} here"),
            Why::CalledOtherwise { code, name } => {
                format!("{side}'s {what} {code} is \"{name}\" here")
            }
            Why::NumberedOtherwise { name, code } => {
                format!("{side}'s {what} \"{name}\" has the code {code} here")
            }
            Why::OtherRate { name, rate } => {
                format!("{side}'s {what} \"{name}\" is {rate} % here")
            }
            Why::Several { name } => format!("{side} has several of the name \"{name}\" here"),
        }
    }
}

/// The key of the only choice that is called so.
fn one(kind: MappingKind, choices: &[Choice], value: &NamedValue) -> Result<String, Why> {
    let same = |left: &str, right: &str| left.trim().to_lowercase() == right.trim().to_lowercase();
    let rate: Option<Decimal> = value.rate.as_deref().and_then(|rate| rate.parse().ok());
    let named: Vec<&Choice> = choices
        .iter()
        .filter(|choice| same(&choice.name, &value.name))
        .collect();
    let whole: Vec<&&Choice> = (named.iter())
        .filter(|choice| choice.code == value.code && choice.rate == rate)
        .collect();
    match (whole.as_slice(), named.as_slice()) {
        ([only], _) => Ok(only.key.clone()),
        ([_, _, ..], _) => Err(Why::Several {
            name: value.name.clone(),
        }),
        ([], [other, ..]) if other.rate != rate => Err(Why::OtherRate {
            name: other.name.clone(),
            rate: other
                .rate
                .map(|rate| rate.normalize().to_string())
                .unwrap_or_default(),
        }),
        // A category is shared by many, so by itself it tells none of them.
        ([], _) if kind == MappingKind::Tracking => Err(Why::None),
        ([], [other, ..]) => Err(Why::NumberedOtherwise {
            name: other.name.clone(),
            code: other.code.clone().unwrap_or_else(|| "none".to_owned()),
        }),
        ([], []) => {
            let coded = choices
                .iter()
                .find(|it| value.code.is_some() && it.code == value.code);
            Err(coded.map_or(Why::None, |it| Why::CalledOtherwise {
                code: it.code.clone().unwrap_or_default(),
                name: it.name.clone(),
            }))
        }
    }
}

/// A mapping of a file, in words.
fn words(kind: MappingKind, mapping: &NamedMapping) -> String {
    let what = kind.noun();
    let value = |value: &NamedValue| match &value.code {
        Some(category) if kind == MappingKind::Tracking => format!("{category}: {}", value.name),
        Some(code) => format!("{code} {}", value.name),
        None => value.name.clone(),
    };
    format!(
        "{what} \"{}\" of {} to \"{}\"",
        value(&mapping.value),
        Side::from(mapping.side),
        value(&mapping.counterpart)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::views;

    fn choice(key: &str, code: Option<&str>, name: &str, rate: Option<&str>) -> Choice {
        Choice {
            key: key.into(),
            id: None,
            code: code.map(Into::into),
            also: None,
            also_id: None,
            no_bank: false,
            name: name.into(),
            rate: rate.map(|it| it.parse().unwrap()),
            default: false,
        }
    }

    fn account(code: &str, name: &str, to: (Option<&str>, &str)) -> NamedMapping {
        let value = |code: Option<&str>, name: &str| NamedValue {
            code: code.map(Into::into),
            name: name.into(),
            rate: None,
        };
        NamedMapping {
            kind: views::MappingKind::Account,
            side: views::Side::Xero,
            value: value(Some(code), name),
            counterpart: value(to.0, to.1),
        }
    }

    /// R46: 40 mappings in a second pairing of other keys, 38 found by code and name, 2 named, none guessed.
    #[test]
    fn of_forty_mappings_thirty_eight_are_found_by_code_and_name_and_two_are_named() {
        let codes = || (200..240).map(|code| code.to_string());
        let xero: Vec<Choice> = codes()
            .map(|code| match code.as_str() {
                // One is called otherwise, one is not there: its code is another kind's here.
                "238" => choice(&code, Some(&code), "Freight income", None),
                "239" => choice("950", Some("950"), "Clearing", None),
                _ => choice(&code, Some(&code), &format!("Sales {code}"), None),
            })
            .collect();
        let erpnext: Vec<Choice> = codes()
            .map(|code| {
                choice(
                    &format!("Income {code} - BB"),
                    None,
                    &format!("Income {code}"),
                    None,
                )
            })
            .collect();
        let taxes = [choice("239", Some("239"), "Sales 239", None)];
        let none: &[Choice] = &[];
        let offered = |kind: MappingKind, side: Side| match (kind, side) {
            (MappingKind::Account, Side::Xero) => xero.as_slice(),
            (MappingKind::Account, Side::Erpnext) => erpnext.as_slice(),
            (MappingKind::Tax, Side::Xero) => taxes.as_slice(),
            _ => none,
        };
        let mut taken = Vec::new();
        let mut not_taken = Vec::new();
        for code in codes() {
            let to = format!("Income {code}");
            match found(
                &account(&code, &format!("Sales {code}"), (None, &to)),
                offered,
            ) {
                Ok(mapping) => taken.push(mapping),
                Err(why) => not_taken.push(format!("{}: {}", why.mapping, why.why)),
            }
        }
        assert_eq!(taken.len(), 38);
        assert!(
            taken
                .iter()
                .all(|it| it.to == format!("Income {} - BB", it.key))
        );
        assert_eq!(
            not_taken,
            [
                "account \"238 Sales 238\" of Xero to \"Income 238\": Xero's account 238 is \"Freight income\" here",
                "account \"239 Sales 239\" of Xero to \"Income 239\": Xero has no such account here",
            ]
        );
    }

    #[test]
    fn a_value_is_found_by_all_that_it_is_called_or_not_at_all() {
        let choices = [
            choice("S", Some("200"), "Sales", None),
            choice("S2", Some("201"), "Sales", None),
            choice("V", None, "VAT", Some("20")),
            choice("T1", None, "Twin", None),
            choice("T2", None, "Twin", None),
        ];
        let value = |code: Option<&str>, name: &str, rate: Option<&str>| NamedValue {
            code: code.map(Into::into),
            name: name.into(),
            rate: rate.map(Into::into),
        };
        let found = |of: NamedValue| {
            one(MappingKind::Account, &choices, &of)
                .map_err(|why| why.says(MappingKind::Account, Side::Erpnext))
        };
        let table: Vec<(NamedValue, Result<&str, &str>)> = vec![
            (value(Some("201"), "sales ", None), Ok("S2")),
            (value(None, "VAT", Some("20.00")), Ok("V")),
            (
                value(None, "VAT", Some("5")),
                Err("ERPNext's account \"VAT\" is 20 % here"),
            ),
            (
                value(Some("202"), "Sales", None),
                Err("ERPNext's account \"Sales\" has the code 200 here"),
            ),
            (
                value(None, "Twin", None),
                Err("ERPNext has several of the name \"Twin\" here"),
            ),
            (
                value(Some("200"), "Other", None),
                Err("ERPNext's account 200 is \"Sales\" here"),
            ),
            (
                value(None, "Nothing", None),
                Err("ERPNext has no such account here"),
            ),
        ];
        for (of, expected) in table {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found(of.clone()), expected, "{of:?}");
        }
    }

    /// Many values share a category: by itself it tells none of them.
    #[test]
    fn what_lines_are_filed_under_is_found_by_category_and_name_together() {
        let kind = MappingKind::Tracking;
        let choices = [
            choice("Cost Center: North - A", Some("Cost Center"), "North", None),
            choice("Project: P-1", Some("Project"), "North", None),
        ];
        let found = |category: &str, name: &str| {
            let value = NamedValue {
                code: Some(category.into()),
                name: name.into(),
                rate: None,
            };
            one(kind, &choices, &value).map_err(|why| why.says(kind, Side::Erpnext))
        };
        assert_eq!(found("Project", "North").unwrap(), "Project: P-1");
        for (category, name) in [("Cost Center", "South"), ("Region", "North")] {
            let why = found(category, name).unwrap_err();
            assert_eq!(
                why, "ERPNext has no such tracking here",
                "{category}: {name}"
            );
        }
    }
}
