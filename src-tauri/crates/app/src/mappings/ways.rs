//! Which ways a choice of a mapping sets, removes or leaves.

use ledger::mapping::Choice;
use ledger::{MappingKind, Mappings, Side};

/// A choice as a person made it, under keys that the sides offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub kind: MappingKind,
    pub from: Side,
    pub key: String,
    /// `None` removes.
    pub to: Option<String>,
    pub both_ways: bool,
}

/// One way, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub kind: MappingKind,
    pub from: Side,
    pub key: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// What was asked for, and not what follows from it or stays beside it.
    pub asked: bool,
}

impl Way {
    pub fn changes(&self) -> bool {
        self.before != self.after
    }
}

/// Which ways a choice sets or removes, and what becomes of the way back: it is set where it had
/// nothing, or where both were asked for; else it is in the list as it stays.
///
/// `said` is what people and suggestions set, `now` what follows from it.
pub(super) fn ways<'c>(
    asked: &Asked,
    said: &Mappings,
    now: &Mappings,
    choices: impl Fn(Side) -> &'c [Choice],
) -> Vec<Way> {
    let Asked {
        kind,
        from,
        ref key,
        ref to,
        both_ways,
    } = *asked;
    let translated = |side: Side, key: &str| now.translate(kind, side, key).map(str::to_owned);
    let way = |from: Side, key: &str, after: Option<String>, asked: bool| Way {
        kind,
        from,
        key: key.to_owned(),
        before: translated(from, key),
        after,
        asked,
    };
    let mine = choices(from);
    let Some(to) = to else {
        // What has nothing of its own follows its other key: that one is meant then.
        let mut keys = vec![key.as_str()];
        if said.translate(kind, from, key).is_none() {
            keys.extend(others(mine, key));
        }
        keys.retain(|key| said.translate(kind, from, key).is_some());
        if keys.is_empty() {
            return vec![way(from, key, translated(from, key), true)];
        }
        let mut found: Vec<Way> = keys.iter().map(|key| way(from, key, None, true)).collect();
        if let Some(back) = translated(from, key)
            && translated(from.other(), &back).is_some_and(|it| same(mine, &it, key))
        {
            let stays = translated(from.other(), &back).filter(|_| !both_ways);
            found.push(way(from.other(), &back, stays, false));
        }
        return found;
    };
    let mut found = vec![way(from, key, Some(to.clone()), true)];
    let back = translated(from.other(), to);
    found.push(match back {
        Some(back) if same(mine, &back, key) || !both_ways => {
            way(from.other(), to, Some(back), false)
        }
        _ => way(from.other(), to, Some(key.clone()), both_ways),
    });
    found
}

/// The other keys under which a side says the same.
fn others<'c>(choices: &'c [Choice], key: &str) -> Vec<&'c str> {
    choices
        .iter()
        .filter_map(|choice| {
            let also = choice.also.as_deref()?;
            (choice.key == key)
                .then_some(also)
                .or((also == key).then_some(choice.key.as_str()))
        })
        .collect()
}

fn same(choices: &[Choice], left: &str, right: &str) -> bool {
    left == right || others(choices, left).contains(&right)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::type_complexity)]
    use super::*;
    use Side::{Erpnext, Xero};
    use ledger::mapping::{Directory, Mapping};

    const KIND: MappingKind = MappingKind::Tax;

    fn template(key: &str, also: &str) -> Choice {
        Choice {
            key: key.into(),
            id: None,
            code: None,
            also: Some(also.into()),
            also_id: None,
            no_bank: false,
            name: key.into(),
            rate: Some(20.into()),
            default: false,
        }
    }

    fn words(asked: (Side, &str, Option<&str>, bool), said: &[(Side, &str, &str)]) -> Vec<String> {
        let (from, key, to, both_ways) = asked;
        let templates = [template("VAT 20", "VAT @ 20")];
        let offered = |side| match side {
            Xero => &[],
            Erpnext => templates.as_slice(),
        };
        let said: Mappings = said
            .iter()
            .map(|(from, key, to)| Mapping {
                kind: KIND,
                from: *from,
                key: (*key).into(),
                to: (*to).into(),
            })
            .collect();
        let now = said
            .clone()
            .completed(KIND, Erpnext, offered(Erpnext), &Directory::default());
        let asked = Asked {
            kind: KIND,
            from,
            key: key.into(),
            to: to.map(Into::into),
            both_ways,
        };
        ways(&asked, &said, &now, offered)
            .into_iter()
            .map(|way| {
                let shown = |key: Option<String>| key.unwrap_or_else(|| "-".into());
                let arrow = match way.from {
                    Xero => ">",
                    Erpnext => "<",
                };
                let stays = if way.changes() { "" } else { " stays" };
                let (before, after) = (shown(way.before), shown(way.after));
                format!("{} {arrow} {before} to {after}{stays}", way.key)
            })
            .collect()
    }

    #[test]
    fn a_choice_sets_its_way_and_the_way_back_only_where_that_had_nothing() {
        let sales = [(Xero, "OUT", "VAT 20"), (Erpnext, "VAT 20", "OUT")];
        #[rustfmt::skip]
        let table: [((Side, &str, Option<&str>, bool), &[(Side, &str, &str)], &[&str]); 9] = [
            // Nothing there: both ways are set.
            ((Xero, "OUT", Some("VAT 20"), false), &[], &["OUT > - to VAT 20", "VAT 20 < - to OUT"]),
            // The way back has another: it stays, unless both are asked for.
            ((Erpnext, "VAT 5", Some("OUT"), false), &sales, &["VAT 5 < - to OUT", "OUT > VAT 20 to VAT 20 stays"]),
            ((Erpnext, "VAT 5", Some("OUT"), true), &sales, &["VAT 5 < - to OUT", "OUT > VAT 20 to VAT 5"]),
            // A change of one way.
            ((Xero, "OUT", Some("VAT 5"), false), &sales, &["OUT > VAT 20 to VAT 5", "VAT 5 < - to OUT"]),
            // A rate under its other name is the same way back.
            ((Xero, "OUT", Some("VAT 20"), true), &[(Erpnext, "VAT @ 20", "OUT")], &["OUT > - to VAT 20", "VAT 20 < OUT to OUT stays"]),
            // Removed: one way, or both.
            ((Xero, "OUT", None, false), &sales, &["OUT > VAT 20 to -", "VAT 20 < OUT to OUT stays"]),
            ((Xero, "OUT", None, true), &sales, &["OUT > VAT 20 to -", "VAT 20 < OUT to -"]),
            // What follows its other key is removed there.
            ((Erpnext, "VAT 20", None, false), &[(Erpnext, "VAT @ 20", "OUT")], &["VAT @ 20 < OUT to -"]),
            ((Xero, "OUT", None, false), &[], &["OUT > - to - stays"]),
        ];
        for (asked, said, expected) in table {
            assert_eq!(words(asked, said), expected, "{asked:?} where {said:?}");
        }
    }
}
