//! The check list: which bank accounts have a counterpart.

use engine::books::Profile;
use ledger::mapping::{Choice, suggest};
use ledger::{MappingKind, Mappings, Side};

use super::item;
use super::site::listed;
use crate::mappings::named;
use crate::views::{CheckItem, CheckState};

const BANK: MappingKind = MappingKind::Bank;

/// What is to be told of the bank accounts of both sides. One without a counterpart holds up no more than
/// the payments that come to it, so it is only said; where no account has any, no payment can be carried.
pub(super) fn accounts(xero: &Profile, erpnext: &Profile, said: &Mappings) -> CheckItem {
    let of = |side: Side| match side {
        Side::Xero => &xero.bank_accounts[..],
        Side::Erpnext => &erpnext.bank_accounts[..],
    };
    // Fees and what is written off need an account only where there are some.
    let of = |side: Side| -> Vec<&Choice> { of(side).iter().filter(|it| !it.no_bank).collect() };
    let told = |state, found: String, next_step: Option<&str>| CheckItem {
        next_step: next_step.map(str::to_owned),
        ..item("bank_accounts", None, "Bank accounts", state, found)
    };
    for side in Side::BOTH {
        if of(side).is_empty() {
            return told(
                CheckState::Warning,
                format!("{side} has no bank or cash account that payments could come to"),
                Some("Add one there. Until then payments wait; everything else is synced."),
            );
        }
    }
    let suggested = suggest(BANK, &xero.bank_accounts, &erpnext.bank_accounts, said);
    let stands = |side: Side, key: &str| {
        let of_key = |it: &ledger::mapping::Mapping| it.from == side && it.key == key;
        said.translate(BANK, side, key).is_some() || suggested.iter().any(|it| of_key(&it.mapping))
    };
    let mut without = Vec::new();
    let mut all = 0;
    for side in Side::BOTH {
        all += of(side).len();
        let open = of(side).into_iter().filter(|it| !stands(side, &it.key));
        without.extend(open.map(|it| format!("{} in {side}", named(BANK, it))));
    }
    if without.is_empty() {
        let found = "Each has its counterpart, chosen or suggested".to_owned();
        return told(CheckState::Passed, found, None);
    }
    let none_stands = without.len() == all;
    let found = format!("Without a counterpart: {}", listed(without));
    if none_stands {
        let choose = "Choose which stands for which, under accounts and tax rates. Until then payments \
                      wait; everything else is synced.";
        return told(CheckState::Warning, found, Some(choose));
    }
    let waits = format!("{found}. A payment that comes to one waits until you choose");
    told(CheckState::Passed, waits, None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use engine::books::Origin;
    use ledger::Currency;
    use ledger::mapping::{Choice, Mapping};

    use super::*;

    fn books(banks: &[(&str, Option<&str>, &str)]) -> Profile {
        let choice = |(key, code, name): &(&str, Option<&str>, &str)| Choice {
            key: (*key).to_owned(),
            id: None,
            code: code.map(str::to_owned),
            also: None,
            also_id: None,
            no_bank: false,
            name: (*name).to_owned(),
            rate: None,
            default: false,
        };
        Profile {
            identity: String::new(),
            origin: Origin::default(),
            name: String::new(),
            base_currency: Currency::new("GBP").unwrap(),
            country: None,
            currencies: Vec::new(),
            locked_until: None,
            accounts: Vec::new(),
            taxes: Vec::new(),
            bank_accounts: banks.iter().map(choice).collect(),
            advance_accounts: Vec::new(),
            opening: engine::books::Opening::default(),
            time_zone: String::new(),
            tracking: Vec::new(),
        }
    }

    #[test]
    fn what_has_no_counterpart_is_named_and_warned_about_where_nothing_has_one() {
        let (none, said) = (Mappings::default(), |item: &CheckItem| {
            (item.state, item.found.clone(), item.next_step.is_some())
        });
        let xero = books(&[("090", Some("090"), "Current Account")]);
        let erpnext = books(&[
            ("Barclays - M", None, "Barclays"),
            ("Cash - M", None, "Cash"),
        ]);
        let empty = books(&[]);
        assert_eq!(
            said(&accounts(&xero, &empty, &none)),
            (
                CheckState::Warning,
                "ERPNext has no bank or cash account that payments could come to".to_owned(),
                true
            )
        );
        let all = "Without a counterpart: 090 Current Account in Xero; Barclays in ERPNext; Cash in ERPNext";
        assert_eq!(
            said(&accounts(&xero, &erpnext, &none)),
            (CheckState::Warning, all.to_owned(), true)
        );
        let chosen: Mappings = Mapping::both_ways(BANK, "090", "Barclays - M")
            .into_iter()
            .collect();
        let cash = "Without a counterpart: Cash in ERPNext. A payment that comes to one waits until you choose";
        assert_eq!(
            said(&accounts(&xero, &erpnext, &chosen)),
            (CheckState::Passed, cash.to_owned(), false)
        );
        // A suggestion is enough: set-up takes it.
        let same = books(&[("Current Account - M", None, "Current Account")]);
        let each = "Each has its counterpart, chosen or suggested";
        assert_eq!(
            said(&accounts(&xero, &same, &none)),
            (CheckState::Passed, each.to_owned(), false)
        );
    }
}
