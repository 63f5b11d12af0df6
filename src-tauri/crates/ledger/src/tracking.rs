//! What lines are filed under besides their account: Xero's tracking options, ERPNext's cost centres and
//! projects.
//!
//! A value belongs to a *category* (Xero's tracking category, ERPNext's Cost Center or Project), and is
//! mapped like an account. A category of which nothing is mapped is not carried: each side keeps what it
//! has there. One of which something is mapped is carried, and then every value of it that is met needs a
//! counterpart, so that no line loses one unsaid.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Cause, Line, MappingKind, Mappings, Side};

/// Between a category and a value in a key.
const BETWEEN: &str = ": ";

/// The key under which a line carries a value, "Region: North". `None` where the category's name would
/// make it unclear where the value begins: such a category is not carried.
pub fn key(category: &str, value: &str) -> Option<String> {
    let (category, value) = (category.trim(), value.trim());
    let told = !category.is_empty() && !value.is_empty() && !category.contains(BETWEEN);
    told.then(|| format!("{category}{BETWEEN}{value}"))
}

/// The category and the value of a [`key`].
pub fn parts(key: &str) -> Option<(&str, &str)> {
    key.split_once(BETWEEN)
}

/// Which categories are carried, what stands for what in them, and what means that nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    ways: BTreeMap<Side, BTreeMap<String, String>>,
    carried: BTreeMap<Side, BTreeSet<String>>,
    none: BTreeMap<Side, BTreeSet<String>>,
}

impl Tracked {
    /// Of these mappings. `none` are the keys that a side files lines under where nothing is said, as
    /// ERPNext does under the company's cost centre; one that is mapped itself means what it says.
    pub fn of(mappings: &Mappings, none: impl IntoIterator<Item = (Side, String)>) -> Self {
        let mut tracked = Tracked::default();
        for from in Side::BOTH {
            for (key, to) in mappings.ways(MappingKind::Tracking, from) {
                for (side, key) in [(from, key), (from.other(), to)] {
                    if let Some((category, _)) = parts(key) {
                        let carried = tracked.carried.entry(side).or_default();
                        carried.insert(category.to_owned());
                    }
                }
                let ways = tracked.ways.entry(from).or_default();
                ways.insert(key.to_owned(), to.to_owned());
            }
        }
        for (side, key) in none {
            if tracked.way(side, &key).is_none() {
                tracked.none.entry(side).or_default().insert(key);
            }
        }
        tracked
    }

    fn way(&self, from: Side, key: &str) -> Option<&String> {
        self.ways.get(&from)?.get(key)
    }

    /// Whether the category of a side's value is carried.
    pub fn is_carried(&self, side: Side, key: &str) -> bool {
        let category = parts(key).map(|(category, _)| category);
        let of_side = self.carried.get(&side);
        category.is_some_and(|it| of_side.is_some_and(|carried| carried.contains(it)))
    }

    /// What a side's line is filed under, of what is carried; `None` where the line was read before this
    /// was asked for. Nothing where it is what the side files everything under.
    pub fn own(&self, side: Side, line: &Line) -> Option<Vec<String>> {
        let keys = line.tracking.as_ref()?;
        Some(self.telling(side, keys))
    }

    fn telling(&self, side: Side, keys: &[String]) -> Vec<String> {
        let none = self.none.get(&side);
        let mut found: Vec<String> = keys
            .iter()
            .filter(|key| self.is_carried(side, key))
            .filter(|key| none.is_none_or(|none| !none.contains(*key)))
            .cloned()
            .collect();
        found.sort();
        found
    }

    /// What a line of `from` is filed under on the other side, where it is put onto a line that is there:
    /// what of that is not carried stays. `None` where nothing is carried, or the line's is not known.
    ///
    /// # Errors
    /// [`Cause::NoTrackingMapping`] for a value without a counterpart, [`Cause::TrackingTwice`] for two of
    /// one category.
    pub fn onto(
        &self,
        from: Side,
        line: &Line,
        onto: Option<&Line>,
    ) -> Result<Option<Vec<String>>, Cause> {
        let Some(own) = self.own(from, line).filter(|_| !self.carried.is_empty()) else {
            return Ok(onto.and_then(|there| there.tracking.clone()));
        };
        let target = from.other();
        let mut made: BTreeMap<String, (String, String)> = BTreeMap::new();
        for key in own {
            let Some(to) = self.way(from, &key) else {
                return Err(Cause::NoTrackingMapping {
                    side: from,
                    tracking: key,
                });
            };
            let category = parts(to).map_or(to.as_str(), |(category, _)| category);
            let placed = (key.clone(), to.clone());
            if let Some((first, other)) = made.insert(category.to_owned(), placed)
                && other != *to
            {
                return Err(Cause::TrackingTwice {
                    side: from,
                    tracking: first,
                    second: key,
                    category: category.to_owned(),
                });
            }
        }
        let there = onto.and_then(|there| there.tracking.as_deref());
        let mut keys: Vec<String> = there
            .unwrap_or_default()
            .iter()
            .filter(|key| !self.is_carried(target, key))
            .cloned()
            .collect();
        keys.extend(made.into_values().map(|(_, to)| to));
        keys.sort();
        Ok(Some(keys))
    }

    /// Whether a line of Xero's and one of ERPNext's are filed under the same, whichever way it is said.
    /// Where one of them is not known nothing tells them apart.
    pub fn same(&self, xero: &Line, erpnext: &Line) -> bool {
        let (Some(left), Some(right)) =
            (self.own(Side::Xero, xero), self.own(Side::Erpnext, erpnext))
        else {
            return true;
        };
        let over = |from: Side, line: &Line| {
            let there = self.onto(from, line, None).ok().flatten()?;
            Some(self.telling(from.other(), &there))
        };
        match (over(Side::Xero, xero), over(Side::Erpnext, erpnext)) {
            // Without a counterpart on either side there is nothing to tell them apart by.
            (None, None) => true,
            (out, back) => out.as_ref() == Some(&right) || back.as_ref() == Some(&left),
        }
    }
}

impl Tracked {
    /// [`Tracked::same`], or one of the two is filed under nothing: it contradicts nothing.
    pub fn may_be_same(&self, xero: &Line, erpnext: &Line) -> bool {
        let silent = |side, line| self.own(side, line).is_some_and(|keys| keys.is_empty());
        self.same(xero, erpnext) || silent(Side::Xero, xero) || silent(Side::Erpnext, erpnext)
    }
}

/// Whether two lines of one side say something else of a category of which both say something.
pub fn contradict(left: &[String], right: &[String]) -> bool {
    let of = |keys: &[String], category: &str| -> BTreeSet<String> {
        let here = keys.iter().filter(|key| {
            let its = parts(key).map(|(category, _)| category);
            its == Some(category)
        });
        here.cloned().collect()
    };
    left.iter()
        .filter_map(|key| parts(key))
        .any(|(category, _)| {
            let there = of(right, category);
            !there.is_empty() && there != of(left, category)
        })
}

#[cfg(test)]
mod tests;
