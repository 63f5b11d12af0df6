//! The chart of accounts.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::charts::{self, class};
use super::super::config::Country;
use super::super::dates;
use super::super::filter::Operand;
use super::super::json::put;
use super::super::listing::Listed;

/// A ledger account.
#[derive(Debug, Clone)]
pub struct Account {
    /// `AccountID`.
    pub id: Uuid,
    /// Code, at most 10 characters.
    pub code: String,
    /// Name, unique.
    pub name: String,
    /// `Type`: BANK, REVENUE …
    pub kind: &'static str,
    /// Default tax of lines.
    pub tax_type: &'static str,
    /// ARCHIVED instead of ACTIVE.
    pub archived: bool,
    /// Payments may be booked to it although it is no bank account.
    pub payments: bool,
    /// `SystemAccount`, or empty.
    pub system: &'static str,
    /// Currency of a bank account.
    pub currency: Option<String>,
    /// Last change.
    pub updated: DateTime<Utc>,
}

impl Account {
    /// A country's default chart, in code order.
    pub fn of(country: Country, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Account> {
        charts::of(country)
            .accounts
            .iter()
            .map(|row| Account {
                id: new_id(),
                code: row.code.to_owned(),
                name: row.name.to_owned(),
                kind: row.kind,
                tax_type: row.tax_type,
                archived: false,
                payments: row.code == "881",
                system: row.system,
                currency: (row.kind == "BANK").then(|| country.currency().to_owned()),
                updated: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(16_851),
            })
            .collect()
    }

    /// REVENUE, EXPENSE, ASSET, LIABILITY or EQUITY.
    pub fn class(&self) -> &'static str {
        class(self.kind)
    }

    /// As `GET /Accounts` shows it.
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "AccountID": self.id.to_string(),
            "Code": self.code,
            "Name": self.name,
            "Status": if self.archived { "ARCHIVED" } else { "ACTIVE" },
            "Type": self.kind,
            "TaxType": self.tax_type,
            "Class": self.class(),
        });
        if !self.system.is_empty() {
            put(&mut value, "SystemAccount", self.system);
        }
        put(&mut value, "EnablePaymentsToAccount", self.payments);
        put(&mut value, "ShowInExpenseClaims", false);
        if let Some(currency) = &self.currency {
            put(
                &mut value,
                "BankAccountNumber",
                format!("{}00012345678", self.code),
            );
            put(&mut value, "BankAccountType", "BANK");
            put(&mut value, "CurrencyCode", currency.as_str());
        }
        put(&mut value, "ReportingCode", self.kind);
        put(&mut value, "HasAttachments", false);
        put(&mut value, "UpdatedDateUTC", dates::instant(self.updated));
        put(&mut value, "AddToWatchlist", false);
        value
    }
}

impl Listed for Account {
    fn property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "accountid" => Operand::Text(self.id.to_string()),
            "code" => Operand::Text(self.code.clone()),
            "name" => Operand::Text(self.name.clone()),
            "type" => Operand::Text(self.kind.to_owned()),
            "class" => Operand::Text(self.class().to_owned()),
            "taxtype" => Operand::Text(self.tax_type.to_owned()),
            "status" => Operand::Text(if self.archived { "ARCHIVED" } else { "ACTIVE" }.to_owned()),
            "systemaccount" => Operand::text(Some(self.system).filter(|name| !name.is_empty())),
            "enablepaymentstoaccount" => Operand::Flag(self.payments),
            "currencycode" => Operand::text(self.currency.as_deref()),
            "updateddateutc" => Operand::Time(self.updated),
            _ => return None,
        })
    }

    fn found_by(&self, _term: &str) -> bool {
        true
    }
}
