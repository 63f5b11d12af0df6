//! Which contacts without a link are one.
//!
//! A contact is recognised by its name, and what else tells who it is (tax number, e-mail address)
//! must not say otherwise. A tax number alone is no more than a reason to ask: the companies of a
//! group share one, and so do all customers that somebody typed the same placeholder for.

use std::collections::{BTreeMap, BTreeSet};

use ledger::agreement::tax_number_key;
use ledger::contact::{core_name, folded_name};
use ledger::{Contact, RemoteId, Side};

use super::{Ambiguous, MatchReason, SameContact, Seen, State};
use crate::plan::{PerSide, SideRecord};

/// From how many contacts of one side on a shared tax number is no number of anybody's.
const SHARED_BY_TOO_MANY: usize = 4;

/// What tells who a contact is.
#[derive(Default)]
struct Keys {
    name: String,
    tax: Option<String>,
    email: Option<String>,
}

impl Keys {
    fn of(contact: &Contact) -> Self {
        Self {
            name: folded_name(&contact.name),
            tax: contact.tax_number.as_deref().and_then(tax_number_key),
            email: contact.email.as_deref().map(str::to_lowercase),
        }
    }
}

/// How two contacts that share a key go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The name and one more key are the same, and none says otherwise.
    Sure(MatchReason),
    /// The name is the same, and there is nothing else to compare.
    Name,
    /// The keys contradict each other.
    Doubtful,
}

/// Whether a key that both have is the same.
fn same<T: PartialEq>(left: Option<&T>, right: Option<&T>) -> Option<bool> {
    Some(left? == right?)
}

fn fit(left: &Keys, right: &Keys) -> Fit {
    let tax = same(left.tax.as_ref(), right.tax.as_ref());
    let email = same(left.email.as_ref(), right.email.as_ref());
    // Where a tax number says so too, the name may be worded differently.
    let named = left.name == right.name
        || (tax == Some(true) && core_name(&left.name) == core_name(&right.name));
    if !named || left.name.is_empty() || tax == Some(false) {
        return Fit::Doubtful;
    }
    match (tax, email) {
        (Some(true), _) => Fit::Sure(MatchReason::TaxNumber),
        (_, Some(true)) => Fit::Sure(MatchReason::EmailAndName),
        (_, Some(false)) => Fit::Doubtful,
        (_, None) => Fit::Name,
    }
}

impl Seen for SideRecord {
    const ENDED_MAY_HINT: bool = true;

    fn id(&self) -> &RemoteId {
        &self.id
    }

    fn marker(&self) -> Option<&RemoteId> {
        self.marker.as_ref()
    }

    fn ended(&self) -> bool {
        self.record.ended()
    }

    fn hint_is_right(&self, erpnext: &Self, _: SameContact<'_>) -> bool {
        let both = self.record.as_contact().zip(erpnext.record.as_contact());
        both.is_some_and(|(xero, erpnext)| number_is_right(xero, erpnext))
    }

    fn resolve(state: &mut State<'_, Self>, _: SameContact<'_>) {
        resolve(state);
    }
}

/// Whether a contact whose number in Xero names this customer is that customer. People write such
/// numbers by hand, and those of an older site name strangers here, so something else must agree.
fn number_is_right(xero: &Contact, erpnext: &Contact) -> bool {
    let (left, right) = (Keys::of(xero), Keys::of(erpnext));
    if same(left.tax.as_ref(), right.tax.as_ref()) == Some(false) {
        return false;
    }
    // A customer whose name was taken in Xero stands there under a longer one.
    let name = !right.name.is_empty() && left.name.starts_with(&right.name);
    name || same(left.tax.as_ref(), right.tax.as_ref()) == Some(true)
        || same(left.email.as_ref(), right.email.as_ref()) == Some(true)
}

/// Matches the contacts that are still open.
fn resolve(state: &mut State<'_, SideRecord>) {
    let mut known = PerSide {
        xero: keys(state.xero, &state.open.xero),
        erpnext: keys(state.erpnext, &state.open.erpnext),
    };
    forget_placeholders(&mut known);
    for (xero, erpnext) in groups(&known) {
        settle(state, &known, xero, erpnext);
    }
}

fn keys(records: &[&SideRecord], open: &BTreeSet<usize>) -> BTreeMap<usize, Keys> {
    open.iter()
        .filter_map(|index| {
            let contact = records.get(*index)?.record.as_contact()?;
            (!contact.archived).then(|| (*index, Keys::of(contact)))
        })
        .collect()
}

/// A tax number that many contacts of one side have is a placeholder.
fn forget_placeholders(known: &mut PerSide<BTreeMap<usize, Keys>>) {
    let mut many: BTreeSet<String> = BTreeSet::new();
    for side in Side::BOTH {
        let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
        for tax in known.get(side).values().filter_map(|it| it.tax.as_deref()) {
            *shared.entry(tax).or_default() += 1;
        }
        let shared = shared.into_iter().filter(|it| it.1 >= SHARED_BY_TOO_MANY);
        many.extend(shared.map(|(tax, _)| tax.to_owned()));
    }
    for side in Side::BOTH {
        for keys in known.get_mut(side).values_mut() {
            keys.tax = keys.tax.take().filter(|tax| !many.contains(tax));
        }
    }
}

type Group = (BTreeSet<usize>, BTreeSet<usize>);

/// The contacts that hang together by a shared name or tax number, where both sides have some.
fn groups(known: &PerSide<BTreeMap<usize, Keys>>) -> Vec<Group> {
    let mut by_key: BTreeMap<(u8, &str), Group> = BTreeMap::new();
    for (side, members) in [(Side::Xero, &known.xero), (Side::Erpnext, &known.erpnext)] {
        for (index, keys) in members {
            let name = Some(keys.name.as_str()).filter(|name| !name.is_empty());
            let of = [(0, name), (1, keys.tax.as_deref())];
            for (sort, key) in of.into_iter().filter_map(|(sort, key)| Some((sort, key?))) {
                let group = by_key.entry((sort, key)).or_default();
                match side {
                    Side::Xero => group.0.insert(*index),
                    Side::Erpnext => group.1.insert(*index),
                };
            }
        }
    }
    // A key that only one side has binds nobody to anybody.
    let by_key: Vec<Group> = by_key
        .into_values()
        .filter(|(xero, erpnext)| !xero.is_empty() && !erpnext.is_empty())
        .collect();
    let mut of: PerSide<BTreeMap<usize, Vec<usize>>> = PerSide::default();
    for (at, (xero, erpnext)) in by_key.iter().enumerate() {
        for index in xero {
            of.xero.entry(*index).or_default().push(at);
        }
        for index in erpnext {
            of.erpnext.entry(*index).or_default().push(at);
        }
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in 0..by_key.len() {
        let mut waiting = vec![start];
        let mut whole = Group::default();
        while let Some(at) = waiting.pop() {
            if !seen.insert(at) {
                continue;
            }
            let Some((xero, erpnext)) = by_key.get(at) else {
                continue;
            };
            for index in xero {
                waiting.extend(of.xero.get(index).into_iter().flatten());
            }
            for index in erpnext {
                waiting.extend(of.erpnext.get(index).into_iter().flatten());
            }
            whole.0.extend(xero);
            whole.1.extend(erpnext);
        }
        if !whole.0.is_empty() {
            found.push(whole);
        }
    }
    found
}

/// Pairs what is sure in a group, and leaves the rest of it to a person.
fn settle(
    state: &mut State<'_, SideRecord>,
    known: &PerSide<BTreeMap<usize, Keys>>,
    mut xero: BTreeSet<usize>,
    mut erpnext: BTreeSet<usize>,
) {
    let fit = |left: usize, right: usize| match (known.xero.get(&left), known.erpnext.get(&right)) {
        (Some(left), Some(right)) => fit(left, right),
        _ => Fit::Doubtful,
    };
    loop {
        let sure: Vec<(usize, usize, MatchReason)> = xero
            .iter()
            .flat_map(|left| erpnext.iter().map(|right| (*left, *right)))
            .filter_map(|(left, right)| match fit(left, right) {
                Fit::Sure(reason) => Some((left, right, reason)),
                Fit::Name | Fit::Doubtful => None,
            })
            .collect();
        let (mut of_left, mut of_right) = (BTreeMap::new(), BTreeMap::new());
        for (left, right, _) in &sure {
            *of_left.entry(*left).or_insert(0_usize) += 1;
            *of_right.entry(*right).or_insert(0_usize) += 1;
        }
        let before = xero.len();
        for (left, right, reason) in sure {
            if of_left.get(&left) == Some(&1) && of_right.get(&right) == Some(&1) {
                state.pair(left, right, reason);
                xero.remove(&left);
                erpnext.remove(&right);
            }
        }
        if xero.len() == before {
            break;
        }
    }
    let rest = PerSide {
        xero: part(&known.xero, &xero),
        erpnext: part(&known.erpnext, &erpnext),
    };
    for (xero, erpnext) in groups(&rest) {
        let pair = match (one(&xero), one(&erpnext)) {
            (Some(left), Some(right)) => Some((left, right)),
            _ => None,
        };
        match pair {
            Some((left, right)) if fit(left, right) != Fit::Doubtful => {
                state.pair(left, right, MatchReason::Name);
            }
            _ => state.ask(Ambiguous {
                reason: MatchReason::Name,
                xero: xero.into_iter().collect(),
                erpnext: erpnext.into_iter().collect(),
            }),
        }
    }
}

fn part<'k>(known: &'k BTreeMap<usize, Keys>, of: &BTreeSet<usize>) -> BTreeMap<usize, Keys> {
    of.iter()
        .filter_map(|index| {
            let keys: &'k Keys = known.get(index)?;
            let (name, tax, email) = (keys.name.clone(), keys.tax.clone(), keys.email.clone());
            Some((*index, Keys { name, tax, email }))
        })
        .collect()
}

fn one(of: &BTreeSet<usize>) -> Option<usize> {
    match of.len() {
        1 => of.first().copied(),
        _ => None,
    }
}
