//! What the engine needs to know about an organisation before a run.

use engine::books::{BooksError, Opening, Origin, Profile};
use ledger::contact::text;
use ledger::mapping::Choice;
use ledger::tracking::key;
use ledger::{Currency, Side};
use rust_decimal::Decimal;
use xero::translate::document::TaxRates;
use xero::wire::settings::{
    Account, Currency as Subscribed, Organisation, TaxRate, TrackingCategory,
};

/// Of [`Origin::marks`]: Xero's OrganisationID.
const ORGANISATION: &str = "organisation";

/// Builds the profile.
///
/// # Errors
/// [`BooksError::Garbage`] where the base currency cannot be read.
pub(super) fn of(
    tenant: &str,
    organisation: &Organisation,
    accounts: &[Account],
    taxes: &[TaxRate],
    currencies: &[Subscribed],
    tracking: &[TrackingCategory],
) -> Result<Profile, BooksError> {
    let base_currency =
        Currency::new(&organisation.base_currency).map_err(|error| BooksError::Garbage {
            side: Side::Xero,
            why: format!("the organisation's base currency: {error}"),
        })?;
    let mut used: Vec<Currency> = currencies
        .iter()
        .filter_map(|currency| Currency::new(&currency.code).ok())
        .collect();
    used.push(base_currency);
    used.sort();
    used.dedup();
    let sales = default_account(accounts);
    // Xero's own id of the organisation, which it says whoever was asked for: a custom connection names
    // none in its calls.
    let own = organisation.organisation_id.trim().to_lowercase();
    let marks = (!own.is_empty()).then(|| (ORGANISATION.to_owned(), own));
    Ok(Profile {
        origin: Origin {
            marks: marks.into_iter().collect(),
            address: None,
        },
        identity: tenant.to_owned(),
        name: organisation.name.clone(),
        base_currency,
        country: organisation
            .country_code
            .as_deref()
            .and_then(country)
            .map(str::to_owned),
        currencies: used,
        locked_until: organisation
            .period_lock_date
            .max(organisation.end_of_year_lock_date)
            .map(|day| day.0),
        bank_accounts: bank_accounts(accounts, base_currency),
        tracking: options(tracking),
        advance_accounts: advance_accounts(accounts),
        opening: Opening {
            account: historical_adjustment(accounts),
            entries: Vec::new(),
        },
        accounts: accounts
            .iter()
            .filter(|account| is_for_sales(account))
            .filter_map(|account| {
                let code = account.code.clone()?;
                Some(Choice {
                    default: sales.is_some_and(|sales| sales.account_id == account.account_id),
                    key: code.clone(),
                    // Stays when the code or the name is changed (Xero accounting API, Accounts).
                    id: Some(account.account_id.to_lowercase()).filter(|id| !id.is_empty()),
                    code: Some(code),
                    also: None,
                    also_id: None,
                    no_bank: false,
                    name: account.name.clone(),
                    rate: None,
                })
            })
            .collect(),
        taxes: taxes
            .iter()
            .filter(|tax| is_active(tax.status.as_ref()))
            .filter(|tax| tax.can_apply_to_revenue != Some(false))
            .map(|tax| Choice {
                key: tax.tax_type.clone(),
                // Xero's own constant, whatever the rate is called.
                id: None,
                code: None,
                also: None,
                also_id: None,
                no_bank: false,
                name: tax.name.clone(),
                rate: percentage(tax),
                default: sales.and_then(|sales| sales.tax_type.as_ref()) == Some(&tax.tax_type),
            })
            .collect(),
        time_zone: organisation.timezone.clone().unwrap_or_default(),
    })
}

/// The percentage of every tax rate, past ones included: old invoices carry them.
pub(super) fn percentages(taxes: &[TaxRate]) -> TaxRates {
    taxes
        .iter()
        .filter_map(|tax| Some((tax.tax_type.clone(), percentage(tax)?)))
        .collect()
}

fn percentage(tax: &TaxRate) -> Option<Decimal> {
    tax.effective_rate
        .or(tax.display_tax_rate)
        .map(|rate| rate.normalize())
}

fn is_active(status: Option<&String>) -> bool {
    status.is_none_or(|status| status == "ACTIVE")
}

/// The code of the account that Xero balances conversion balances with, whatever it is called.
fn historical_adjustment(accounts: &[Account]) -> Option<String> {
    let found = accounts
        .iter()
        .find(|account| account.system_account.as_deref() == Some("HISTORICAL"))?;
    found.code.as_deref().and_then(text)
}

/// The options that lines may be tracked under. Names are what lines carry; the id stays when one is renamed.
fn options(categories: &[TrackingCategory]) -> Vec<Choice> {
    let active = categories.iter().filter(|it| is_active(it.status.as_ref()));
    active
        .flat_map(|category| {
            category
                .options
                .iter()
                .map(move |option| (category, option))
        })
        .filter(|(_, option)| is_active(option.status.as_ref()))
        .filter_map(|(category, option)| {
            Some(Choice {
                key: key(&category.name, &option.name)?,
                id: Some(option.tracking_option_id.to_lowercase()).filter(|id| !id.is_empty()),
                code: Some(category.name.clone()),
                also: None,
                also_id: None,
                no_bank: false,
                name: option.name.clone(),
                rate: None,
                default: false,
            })
        })
        .collect()
}

/// The accounts that payments may come to: banks, and what payments are enabled for. The only bank in the
/// base currency is the default.
fn bank_accounts(accounts: &[Account], base: Currency) -> Vec<Choice> {
    let active = |account: &&Account| account.status.as_deref() != Some("ARCHIVED");
    let is_bank = |account: &&Account| account.kind == "BANK";
    let own = |account: &&Account| {
        let currency = account.currency_code.as_deref();
        currency.is_none_or(|currency| currency == base.code())
    };
    let mut banks = accounts.iter().filter(active).filter(is_bank).filter(own);
    let default = match (banks.next(), banks.next()) {
        (Some(only), None) => Some(&only.account_id),
        _ => None,
    };
    accounts
        .iter()
        .filter(active)
        .filter(|account| is_bank(account) || account.enable_payments_to_account)
        .filter_map(|account| {
            let id = Some(account.account_id.to_lowercase()).filter(|id| !id.is_empty());
            let code = account.code.as_deref().and_then(text);
            Some(Choice {
                // As payments name it (`xero::translate::payment::account_key`).
                key: code.clone().or_else(|| id.clone())?,
                id,
                code,
                also: None,
                also_id: None,
                no_bank: !is_bank(&account),
                name: account.name.clone(),
                rate: None,
                default: Some(&account.account_id) == default,
            })
        })
        .collect()
}

/// The accounts that a prepayment may be booked to: any that is no bank and not one of Xero's own, which it keeps
/// for itself (Xero accounting API, Accounts, SystemAccount).
fn advance_accounts(accounts: &[Account]) -> Vec<Choice> {
    let usable = |account: &&Account| {
        account.kind != "BANK"
            && is_active(account.status.as_ref())
            && account.system_account.as_deref().is_none_or(str::is_empty)
    };
    let choices = accounts.iter().filter(usable).filter_map(|account| {
        let code = account.code.as_deref().and_then(text)?;
        Some(Choice {
            key: code.clone(),
            id: Some(account.account_id.to_lowercase()).filter(|id| !id.is_empty()),
            code: Some(code),
            also: None,
            also_id: None,
            no_bank: true,
            name: account.name.clone(),
            rate: None,
            default: false,
        })
    });
    choices.collect()
}

fn is_for_sales(account: &Account) -> bool {
    account.class.as_deref() == Some("REVENUE")
        && is_active(account.status.as_ref())
        && account.code.as_ref().is_some_and(|code| !code.is_empty())
}

/// The account sales go to when nothing is said: 200, which Xero's standard charts call Sales, else
/// the first one of type SALES, else the first that may be used.
fn default_account(accounts: &[Account]) -> Option<&Account> {
    let usable = || accounts.iter().filter(|account| is_for_sales(account));
    usable()
        .find(|account| account.code.as_deref() == Some("200"))
        .or_else(|| usable().find(|account| account.kind == "SALES"))
        .or_else(|| usable().next())
}

/// The English name of a country, as ERPNext has it.
fn country(code: &str) -> Option<&'static str> {
    Some(match code {
        "AE" => "United Arab Emirates",
        "AU" => "Australia",
        "BE" => "Belgium",
        "CA" => "Canada",
        "CH" => "Switzerland",
        "DE" => "Germany",
        "DK" => "Denmark",
        "ES" => "Spain",
        "FR" => "France",
        "GB" => "United Kingdom",
        "HK" => "Hong Kong",
        "IE" => "Ireland",
        "IN" => "India",
        "IT" => "Italy",
        "KE" => "Kenya",
        "MY" => "Malaysia",
        "NG" => "Nigeria",
        "NL" => "Netherlands",
        "NZ" => "New Zealand",
        "PH" => "Philippines",
        "SE" => "Sweden",
        "SG" => "Singapore",
        "US" => "United States",
        "ZA" => "South Africa",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, from_value, json};

    fn profile(organisation: Value, accounts: Value, taxes: Value) -> Profile {
        of(
            "t-1",
            &from_value(organisation).unwrap(),
            &from_value::<Vec<_>>(accounts).unwrap(),
            &from_value::<Vec<_>>(taxes).unwrap(),
            &from_value::<Vec<_>>(json!([{"Code": "USD"}])).unwrap(),
            &[],
        )
        .unwrap()
    }

    #[test]
    fn options_that_are_in_use_are_offered_under_what_lines_call_them() {
        let offered = options(
            &from_value::<Vec<_>>(json!([
                {"TrackingCategoryID": "C-1", "Name": "Region", "Status": "ACTIVE", "Options": [
                    {"TrackingOptionID": "O-1", "Name": "North", "Status": "ACTIVE"},
                    {"TrackingOptionID": "O-2", "Name": "Old", "Status": "ARCHIVED"}]},
                {"TrackingCategoryID": "C-2", "Name": "Gone", "Status": "ARCHIVED", "Options": [
                    {"TrackingOptionID": "O-3", "Name": "South", "Status": "ACTIVE"}]}]))
            .unwrap(),
        );
        let [north] = offered.as_slice() else {
            panic!("{offered:?}");
        };
        assert_eq!(north.key, "Region: North");
        assert_eq!(north.id.as_deref(), Some("o-1"));
        assert_eq!(
            (north.code.as_deref(), north.name.as_str()),
            (Some("Region"), "North")
        );
    }

    #[test]
    fn only_what_sales_may_use_is_offered() {
        let profile = profile(
            json!({"Name": "Maple", "BaseCurrency": "GBP", "CountryCode": "GB",
                "Timezone": "GMTSTANDARDTIME",
                "PeriodLockDate": "/Date(1543536000000+0000)/",
                "EndOfYearLockDate": "/Date(1522454400000+0000)/"}),
            json!([
                {"AccountID": "a", "Code": "200", "Name": "Sales", "Type": "SALES", "Class": "REVENUE", "TaxType": "OUTPUT2", "Status": "ACTIVE"},
                {"AccountID": "b", "Code": "260", "Name": "Other", "Type": "REVENUE", "Class": "REVENUE", "Status": "ACTIVE"},
                {"AccountID": "c", "Code": "270", "Name": "Old", "Type": "REVENUE", "Class": "REVENUE", "Status": "ARCHIVED"},
                {"AccountID": "d", "Code": "400", "Name": "Ads", "Type": "EXPENSE", "Class": "EXPENSE", "Status": "ACTIVE"},
                {"AccountID": "e", "Name": "Bank", "Type": "BANK", "Class": "ASSET", "Status": "ACTIVE"}]),
            json!([
                {"Name": "20% (VAT on Income)", "TaxType": "OUTPUT2", "EffectiveRate": 20.00, "Status": "ACTIVE", "CanApplyToRevenue": true},
                {"Name": "Input", "TaxType": "INPUT2", "EffectiveRate": 20.00, "Status": "ACTIVE", "CanApplyToRevenue": false},
                {"Name": "Old", "TaxType": "OUTPUT", "DisplayTaxRate": 17.5, "Status": "DELETED", "CanApplyToRevenue": true}]),
        );
        let keys: Vec<_> = profile
            .accounts
            .iter()
            .map(|account| (account.key.as_str(), account.id.as_deref(), account.default))
            .collect();
        assert_eq!(keys, [("200", Some("a"), true), ("260", Some("b"), false)]);
        let taxes: Vec<_> = profile
            .taxes
            .iter()
            .map(|tax| (tax.key.as_str(), tax.rate, tax.default))
            .collect();
        assert_eq!(taxes, [("OUTPUT2", Some(Decimal::from(20)), true)]);
        assert_eq!(profile.country.as_deref(), Some("United Kingdom"));
        assert_eq!(
            profile.locked_until,
            chrono::NaiveDate::from_ymd_opt(2018, 11, 30)
        );
        let codes: Vec<_> = profile.currencies.iter().map(Currency::code).collect();
        assert_eq!(codes, ["GBP", "USD"]);
    }

    #[test]
    fn prepayments_go_to_no_bank_and_to_none_of_xeros_own_accounts() {
        let profile = profile(
            json!({"Name": "Maple", "BaseCurrency": "GBP"}),
            json!([
                {"AccountID": "A", "Code": "200", "Name": "Sales", "Type": "SALES", "Class": "REVENUE", "Status": "ACTIVE"},
                {"AccountID": "b", "Code": "620", "Name": "Prepayments", "Type": "CURRENT", "Class": "ASSET", "Status": "ACTIVE", "SystemAccount": ""},
                {"AccountID": "c", "Code": "610", "Name": "Accounts Receivable", "Type": "CURRENT", "Class": "ASSET", "Status": "ACTIVE", "SystemAccount": "DEBTORS"},
                {"AccountID": "d", "Code": "621", "Name": "Old", "Type": "CURRENT", "Class": "ASSET", "Status": "ARCHIVED"},
                {"AccountID": "e", "Code": "090", "Name": "Bank", "Type": "BANK", "Class": "ASSET", "Status": "ACTIVE"},
                {"AccountID": "f", "Name": "No code", "Type": "CURRENT", "Class": "ASSET", "Status": "ACTIVE"}]),
            json!([]),
        );
        let accounts = profile.advance_accounts.iter();
        let accounts: Vec<_> = accounts
            .map(|account| (account.key.as_str(), account.id.as_deref()))
            .collect();
        assert_eq!(accounts, [("200", Some("a")), ("620", Some("b"))]);
    }
}
