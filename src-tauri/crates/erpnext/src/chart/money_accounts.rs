//! Where money comes in and goes out: modes of payment, bank and cash accounts.

use futures::try_join;
use ledger::Currency;
use ledger::mapping::Choice;
use serde_json::json;

use super::{Account, Chart};
use crate::client::{Client, List};
use crate::error::Error;

/// A Mode of Payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeOfPayment {
    /// Its name.
    pub name: String,
    /// `Bank`, `Cash`, `General` or `Phone`.
    pub kind: String,
    /// The account it means for the company, where one is set.
    pub account: Option<String>,
}

impl Chart {
    /// The bank and cash accounts that payments may be booked to.
    pub fn money_accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts
            .iter()
            .filter(|account| matches!(account.account_type.as_str(), "Bank" | "Cash"))
    }

    /// The accounts that fees of a bank, or what is written off, go to.
    fn cost_accounts(&self) -> impl Iterator<Item = &Account> {
        const OTHERWISE_USED: [&str; 6] = [
            "Cost of Goods Sold",
            "Depreciation",
            "Stock Adjustment",
            "Expenses Included In Valuation",
            "Expenses Included In Asset Valuation",
            "Service Received But Not Billed",
        ];
        self.accounts.iter().filter(|account| {
            account.root_type == "Expense"
                && account.currency.is_none_or(|it| it == self.currency)
                && !OTHERWISE_USED.contains(&account.account_type.as_str())
                && Some(&account.name) != self.exchange_account.as_ref()
        })
    }

    /// Whether money is kept in an account: a Payment Entry takes no other for what came in.
    pub fn keeps_money(&self, name: &str) -> bool {
        self.money_accounts().any(|account| account.name == name)
    }

    /// What bank accounts of the other side stand for; behind them, what its accounts stand for that are no
    /// banks and that payments come to all the same. The only bank in the company's currency is its default.
    pub fn bank_choices(&self) -> Vec<Choice> {
        let own = |account: &&Account| account.currency == Some(self.currency);
        let mut of_company = self.money_accounts().filter(own);
        let default = match (of_company.next(), of_company.next()) {
            (Some(only), None) => Some(&only.name),
            _ => None,
        };
        let banks = self.money_accounts().map(|account| (account, false));
        let costs = self.cost_accounts().map(|account| (account, true));
        banks
            .chain(costs)
            .map(|(account, no_bank)| Choice {
                key: account.name.clone(),
                id: account.created.clone(),
                code: account.number.clone(),
                also: None,
                also_id: None,
                no_bank,
                name: account.account_name.clone(),
                rate: None,
                default: Some(&account.name) == default,
            })
            .collect()
    }

    /// An account by its document name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The receivable account that a Customer's entries in a currency are kept in: the company's own
    /// for its own currency, else one in that currency.
    pub fn receivable(&self, currency: Currency) -> Option<&str> {
        if currency == self.currency {
            self.receivable_account
                .as_deref()
                .or_else(|| self.receivable_in(currency))
        } else {
            self.receivable_in(currency)
        }
    }
}

/// Reads the enabled modes of payment and what they mean for the company.
pub(super) async fn modes_of_payment(
    client: &Client,
    company: &str,
) -> Result<Vec<ModeOfPayment>, Error> {
    let mode_list = List {
        doctype: "Mode of Payment",
        parent: None,
        fields: vec!["name", "type", "enabled"],
        filters: Vec::new(),
        order_by: "name asc",
        limit: 0,
    };
    let account_list = List {
        doctype: "Mode of Payment Account",
        parent: Some("Mode of Payment"),
        fields: vec!["parent", "default_account"],
        filters: vec![json!(["company", "=", company])],
        order_by: "parent asc, idx asc",
        limit: 0,
    };
    let (modes, accounts) = try_join!(
        client.list_if_offered(&mode_list),
        client.list_if_offered(&account_list)
    )?;
    Ok(modes
        .iter()
        .filter_map(|row| {
            let name = row.name("name").ok()?;
            row.flag("enabled").ok()?.then(|| ModeOfPayment {
                kind: row.text("type").ok().flatten().unwrap_or_default(),
                account: accounts
                    .iter()
                    .find(|account| account.str("parent") == Some(&name))
                    .and_then(|account| account.str("default_account").map(str::to_owned)),
                name,
            })
        })
        .collect())
}
