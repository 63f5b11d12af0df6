//! What is left of Payment Entries: all that using them for invoices has to know.

use ledger::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, Row};

/// A Payment Entry that money came in by, as far as its use for invoices is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMoney {
    /// Its document name.
    pub name: String,
    /// When it was last saved, as sent.
    pub modified: String,
    /// 0 draft, 1 submitted, 2 cancelled.
    pub docstatus: u8,
    /// The Customer.
    pub customer: String,
    /// The account that the customer's side of it is kept in (`paid_from`).
    pub account: String,
    /// Whether that is an account for advances (`book_advance_payments_in_separate_party_account`): the
    /// site then moves what is used to the receivable account of the invoice.
    pub separate: bool,
    /// The currency of the account.
    pub currency: Option<Currency>,
    /// What is for nothing yet, in that currency, to the last digit: version 15 takes a use only where it
    /// is told exactly so (`check_if_advance_entry_modified`), and keeps what a division left.
    pub open: Decimal,
    /// Units of the company's currency for one of the account's.
    pub rate: Decimal,
}

impl OpenMoney {
    /// How far what is open may be from what is left in truth: half a cent, and what rounding in the
    /// company's currency comes to (a yen is worth less than a penny).
    pub fn noise(&self) -> Decimal {
        let half = Decimal::new(5, 3);
        let more = Decimal::new(3, 2).checked_div(self.rate);
        match more {
            Some(more) if self.rate != Decimal::ONE => half + more,
            _ => half,
        }
    }

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            docstatus: row.docstatus()?,
            customer: row.text("party")?.unwrap_or_default(),
            account: row.text("paid_from")?.unwrap_or_default(),
            separate: row.flag(SEPARATE)?,
            currency: row.currency("paid_from_account_currency")?,
            open: row.amount("unallocated_amount")?,
            rate: row.number("source_exchange_rate")?.unwrap_or(Decimal::ONE),
        })
    }
}

/// Version 15 and later keep advances apart.
const SEPARATE: &str = "book_advance_payments_in_separate_party_account";

/// These Payment Entries, as far as they are money that came in from Customers, in one call. Those that are
/// not there, or cannot be read, are not in the answer.
///
/// # Errors
/// See [`Error`].
pub async fn open_money(client: &Client, names: &[&str]) -> Result<Vec<OpenMoney>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let list = List {
        doctype: "Payment Entry",
        parent: None,
        fields: vec![
            "name",
            "modified",
            "docstatus",
            "party",
            "paid_from",
            "paid_from_account_currency",
            "unallocated_amount",
            "source_exchange_rate",
        ],
        filters: vec![
            json!(["name", "in", names]),
            json!(["party_type", "=", "Customer"]),
            json!(["payment_type", "=", "Receive"]),
        ],
        order_by: "name asc",
        limit: 0,
    };
    let rows = client.list_with(list, &[SEPARATE]).await?;
    // The database compares names without case and accents; identities are exact.
    Ok(rows
        .iter()
        .filter_map(|row| OpenMoney::read(row).ok())
        .filter(|row| names.contains(&row.name.as_str()))
        .collect())
}

/// The accounts that the site itself would keep a Customer's money in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyAccounts {
    /// The receivable account: the Customer's own, its group's, or the company's.
    pub receivable: Option<String>,
    /// The account for advances; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance: Option<String>,
}

/// The accounts of a Customer; none where the site will not tell.
///
/// # Errors
/// See [`Error`]; refusals are not errors here.
pub async fn party_accounts(
    client: &Client,
    company: &str,
    customer: &str,
) -> Result<PartyAccounts, Error> {
    const METHOD: &str = "erpnext.accounts.party.get_party_account";
    let arguments = json!({"party_type": "Customer", "party": customer, "company": company,
        "include_advance": true});
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match client.ask(METHOD, &arguments).await {
        // Beside the receivable account, where there is one for advances (observed on 15 and 16).
        Ok(Value::Array(accounts)) => Ok(PartyAccounts {
            receivable: accounts.first().and_then(text),
            advance: accounts.get(1).and_then(text),
        }),
        Ok(account) => Ok(PartyAccounts {
            receivable: text(&account),
            advance: None,
        }),
        Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(PartyAccounts::default()),
        Err(error) => Err(error),
    }
}
