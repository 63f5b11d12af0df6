//! What must be known about a company and its site before documents can be read and written:
//! accounts, tax rates, units, rounding, time zone, marker fields.

mod money_accounts;
mod periods;
mod read;
mod tracking;

pub use money_accounts::ModeOfPayment;
pub use periods::{ClosedPeriod, FiscalYear};
pub use tracking::TrackingValue;

use chrono::NaiveDate;
use ledger::Currency;
use ledger::mapping::Choice;
use ledger::money::RoundingMethod;
use ledger::tax::ErpnextVersion;
use rust_decimal::Decimal;

use crate::marker_fields;
use crate::translate::tax::telling;

/// A company and the settings of its site, as read at one moment by [`Chart::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The company's name, which is its identity.
    pub company: String,
    /// Its currency.
    pub currency: Currency,
    /// Its country, as an English name.
    pub country: Option<String>,
    /// The account for sales where nothing else is said.
    pub default_income_account: Option<String>,
    /// The cost centre for lines and taxes.
    pub cost_center: Option<String>,
    /// The account for rounding differences.
    pub round_off_account: Option<String>,
    /// The account that Customers' entries in the company's currency are kept in.
    pub receivable_account: Option<String>,
    /// Whether what Customers pay in advance is kept in an account of its own
    /// (`book_advance_payments_in_separate_party_account`, since version 15).
    pub advances_apart: bool,
    /// The account for what a change of exchange rates brings.
    pub exchange_account: Option<String>,
    /// The account for what is written off.
    pub write_off_account: Option<String>,
    /// The accounts of the company that can be booked to.
    pub accounts: Vec<Account>,
    /// The company's tax rates.
    pub tax_templates: Vec<TaxTemplate>,
    /// Pairs of account and rate that the company's charge templates use and no tax template names.
    pub other_taxes: Vec<TaxRate>,
    /// The unit for whole quantities.
    pub whole_unit: String,
    /// The unit for quantities with decimals; `None` where the site has none that allows them.
    pub fraction_unit: Option<String>,
    /// The countries the site knows; empty where they could not be read.
    pub countries: Vec<Country>,
    /// How the site rounds and with how many decimals.
    pub figures: Figures,
    /// `Selling Settings.allow_negative_rates_for_items`: without it a line with a negative price is
    /// taken in a draft and refused when that is submitted, free text included.
    pub negative_rates: bool,
    /// Documents dated on or before this day cannot be submitted (`acc_frozen_upto`).
    pub frozen_until: Option<NaiveDate>,
    /// Further periods that are closed; see [`Chart::closed_until`].
    pub closed_periods: Vec<ClosedPeriod>,
    /// The Fiscal Years in use, oldest first; empty where they could not be read.
    pub fiscal_years: Vec<FiscalYear>,
    /// The modes of payment in use; empty where they could not be read.
    pub modes_of_payment: Vec<ModeOfPayment>,
    /// What lines may be filed under; empty where it could not be read.
    pub tracking: Vec<TrackingValue>,
    /// The site's IANA time zone: `modified` is in it, without saying so.
    pub time_zone: String,
    /// Whether the marker fields are there, on Customer and on Sales Invoice.
    pub markers: Markers,
    /// When our field on Customer was made, in the site's own words; `None` where it is not there or the
    /// user may not see.
    pub fields_made: Option<String>,
    /// When the company was made, in the site's own words.
    pub company_made: Option<String>,
    /// The major version of ERPNext.
    pub version: u32,
}

/// An account that can be booked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its document name, with number and company: `4000 - Sales - ACM`.
    pub name: String,
    /// When it was made, as the site says it. A rename leaves it (observed on ERPNext 15 and 16), so
    /// it tells which account this is; `None` where it could not be read.
    pub created: Option<String>,
    /// Its name alone.
    pub account_name: String,
    /// Its number.
    pub number: Option<String>,
    /// `Income`, `Asset`, `Liability`, `Expense`, `Equity`.
    pub root_type: String,
    /// `Tax`, `Receivable` and so on; empty where none is set.
    pub account_type: String,
    /// Its currency.
    pub currency: Option<Currency>,
}

/// An Item Tax Template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxTemplate {
    /// Its document name.
    pub name: String,
    /// When it was made; see [`Account::created`].
    pub created: Option<String>,
    /// Its title, without the company's abbreviation.
    pub title: String,
    /// The rates in percent, per tax account.
    pub rates: Vec<TaxRate>,
}

impl TaxTemplate {
    /// The rate in percent for an account, where the template says one.
    pub fn rate(&self, account: &str) -> Option<Decimal> {
        self.rates
            .iter()
            .find(|rate| rate.account == account)
            .map(|rate| rate.rate)
    }

    /// All rates together, in percent.
    pub fn total_rate(&self) -> Decimal {
        self.rates.iter().map(|rate| rate.rate).sum()
    }
}

/// A rate on an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaxRate {
    /// The tax account.
    pub account: String,
    /// The rate in percent.
    pub rate: Decimal,
}

impl TaxRate {
    /// The key of a rate that no template names: `VAT - ACM @ 20`.
    pub fn key(&self) -> String {
        format!("{} @ {}", self.account, self.rate.normalize())
    }
}

/// The key of rates that apply together and that no template names.
pub(crate) fn said(rates: &[TaxRate]) -> String {
    let keys: Vec<String> = rates.iter().map(TaxRate::key).collect();
    keys.join(" + ")
}

/// A country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    /// Its document name, an English name.
    pub name: String,
    /// Its two-letter code in lower case.
    pub code: Option<String>,
}

/// How a site rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The version whose arithmetic it has.
    pub version: ErpnextVersion,
    /// `System Settings.rounding_method`.
    pub rounding: RoundingMethod,
    /// Decimals of amounts (`currency_precision`, else the number format's).
    pub amount_digits: u32,
    /// Decimals of prices: as amounts, unless a Property Setter says otherwise.
    pub rate_digits: u32,
    /// Decimals of quantities: `float_precision`, unless a Property Setter says otherwise.
    pub quantity_digits: u32,
    /// `Accounts Settings.round_row_wise_tax`: each line's tax is rounded before it is added.
    pub round_each_line: bool,
}

/// Which fields for identities are installed soundly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one for each place an identity may stand
pub struct Markers {
    /// Of contacts, on Customer.
    pub customer: bool,
    /// Of invoices, on Sales Invoice.
    pub invoice: bool,
    /// Of credit notes, on Sales Invoice.
    pub credit_note: bool,
    /// Of payments, on Payment Entry.
    pub payment: bool,
    /// Of payments, on Payment Entry Reference.
    pub payment_row: bool,
    /// Of payments, on Payment Entry Deduction.
    pub deduction: bool,
    /// Of payments, on Journal Entry Account.
    pub journal_row: bool,
    /// Of payments, on Sales Invoice Payment.
    pub till_row: bool,
    /// Of allocations, on Journal Entry.
    pub allocation: bool,
}

impl Markers {
    /// Asks of each place whether its field is there.
    pub fn of(installed: impl Fn(&str, &str) -> bool) -> Self {
        Self {
            customer: installed("Customer", marker_fields::CONTACT),
            invoice: installed("Sales Invoice", marker_fields::INVOICE),
            credit_note: installed("Sales Invoice", marker_fields::CREDIT_NOTE),
            payment: installed("Payment Entry", marker_fields::PAYMENT),
            payment_row: installed("Payment Entry Reference", marker_fields::PAYMENT),
            deduction: installed("Payment Entry Deduction", marker_fields::PAYMENT),
            journal_row: installed("Journal Entry Account", marker_fields::PAYMENT),
            till_row: installed("Sales Invoice Payment", marker_fields::PAYMENT),
            allocation: installed("Journal Entry", marker_fields::ALLOCATION),
        }
    }
}

impl Chart {
    /// The accounts that lines may be booked to: the company's income accounts, and the one for
    /// rounding differences, which a total rounded to whole units is explained with.
    pub fn account_choices(&self) -> Vec<Choice> {
        self.accounts
            .iter()
            .filter(|account| {
                account.root_type == "Income"
                    || Some(&account.name) == self.round_off_account.as_ref()
            })
            .map(|account| Choice {
                key: account.name.clone(),
                id: account.created.clone(),
                code: account.number.clone(),
                also: None,
                also_id: None,
                no_bank: false,
                name: account.account_name.clone(),
                rate: None,
                default: Some(&account.name) == self.default_income_account.as_ref(),
            })
            .collect()
    }

    /// The tax rates that lines may carry: Item Tax Templates, then rates that only the company's
    /// charge templates name. The highest template rate is taken for the standard rate.
    pub fn tax_choices(&self) -> Vec<Choice> {
        let highest = self
            .tax_templates
            .iter()
            .max_by_key(|template| (template.total_rate(), std::cmp::Reverse(&template.name)))
            .map(|template| template.name.clone());
        let templates = self.tax_templates.iter().map(|template| Choice {
            key: template.name.clone(),
            id: template.created.clone(),
            code: None,
            also: Some(said(&telling(template.rates.clone()))),
            also_id: self.id_of_rates(&telling(template.rates.clone())),
            no_bank: false,
            name: template.title.clone(),
            rate: Some(template.total_rate()),
            default: Some(&template.name) == highest.as_ref(),
        });
        let others = self.other_taxes.iter().map(|tax| Choice {
            key: tax.key(),
            id: self.id_of_rates(std::slice::from_ref(tax)),
            code: None,
            also: None,
            also_id: None,
            no_bank: false,
            name: tax.key(),
            rate: Some(tax.rate),
            default: false,
        });
        templates.chain(others).collect()
    }

    /// What rates that apply together stay known by when their accounts are renamed.
    fn id_of_rates(&self, rates: &[TaxRate]) -> Option<String> {
        let ids: Option<Vec<String>> = rates
            .iter()
            .map(|rate| {
                let of = |account: &&Account| account.name == rate.account;
                let created = self.accounts.iter().find(of)?.created.as_ref()?;
                Some(format!("{created} @ {}", rate.rate.normalize()))
            })
            .collect();
        ids.map(|ids| ids.join(" + "))
    }

    /// The template that says exactly this rate and nothing else.
    pub fn template_for(&self, tax: &TaxRate) -> Option<&TaxTemplate> {
        self.tax_templates
            .iter()
            .find(|template| matches!(template.rates.as_slice(), [only] if only == tax))
    }

    /// [`Chart::template_for`], where there are not several.
    pub fn only_template_for(&self, tax: &TaxRate) -> Option<&TaxTemplate> {
        let mut fitting = self
            .tax_templates
            .iter()
            .filter(|template| matches!(template.rates.as_slice(), [only] if only == tax));
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether an account is one for taxes. Charges such as freight are entered as tax rows too.
    pub fn is_tax_account(&self, name: &str) -> bool {
        match self.accounts.iter().find(|account| account.name == name) {
            Some(account) => {
                account.account_type == "Tax"
                    || !matches!(account.root_type.as_str(), "Income" | "Expense")
            }
            // Not the company's, disabled, or not readable: a tax row is a tax unless known better.
            None => true,
        }
    }

    /// A receivable account in a currency.
    pub fn receivable_in(&self, currency: Currency) -> Option<&str> {
        self.accounts
            .iter()
            .find(|account| {
                account.account_type == "Receivable" && account.currency == Some(currency)
            })
            .map(|account| account.name.as_str())
    }

    /// The site's own name for a country written by hand: by name, by code, by the usual short
    /// forms. Where the countries are not known, the text as it is.
    pub fn country_named(&self, typed: &str) -> Option<String> {
        if self.countries.is_empty() {
            return Some(typed.to_owned());
        }
        let folded = ledger::contact::folded_name(typed);
        let code = match folded.replace('.', "").as_str() {
            "uk" | "great britain" | "england" | "scotland" | "wales" | "northern ireland" => "gb",
            "usa" | "united states of america" | "america" => "us",
            "uae" => "ae",
            "holland" | "the netherlands" => "nl",
            "eire" | "republic of ireland" => "ie",
            _ => "",
        };
        self.countries
            .iter()
            .find(|country| ledger::contact::folded_name(&country.name) == folded)
            .or_else(|| {
                self.countries.iter().find(|country| {
                    country
                        .code
                        .as_deref()
                        .is_some_and(|own| own == code || (folded.len() == 2 && own == folded))
                })
            })
            .map(|country| country.name.clone())
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! A company to test with.
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    pub(crate) fn vat(rate: &str) -> TaxRate {
        TaxRate {
            account: "VAT - ACM".into(),
            rate: dec(rate),
        }
    }

    fn account(name: &str, root: &str, kind: &str, currency: &str) -> Account {
        Account {
            name: format!("{name} - ACM"),
            created: Some(format!("made with {name}")),
            account_name: name.into(),
            number: None,
            root_type: root.into(),
            account_type: kind.into(),
            currency: Some(Currency::new(currency).unwrap()),
        }
    }

    fn template(title: &str, rate: &str) -> TaxTemplate {
        TaxTemplate {
            name: format!("{title} - ACM"),
            created: None,
            title: title.into(),
            rates: vec![vat(rate)],
        }
    }

    pub(crate) fn chart() -> Chart {
        Chart {
            company: "Acme Ltd".into(),
            currency: Currency::new("GBP").unwrap(),
            country: Some("United Kingdom".into()),
            default_income_account: Some("Sales - ACM".into()),
            cost_center: Some("Main - ACM".into()),
            round_off_account: Some("Round Off - ACM".into()),
            receivable_account: Some("Debtors - ACM".into()),
            advances_apart: false,
            exchange_account: Some("Exchange Gain/Loss - ACM".into()),
            write_off_account: Some("Write Off - ACM".into()),
            accounts: vec![
                account("Sales", "Income", "", "GBP"),
                account("Service", "Income", "", "GBP"),
                account("Round Off", "Expense", "Round Off", "GBP"),
                account("Freight", "Expense", "Chargeable", "GBP"),
                account("VAT", "Liability", "Tax", "GBP"),
                account("Debtors", "Asset", "Receivable", "GBP"),
                account("Debtors USD", "Asset", "Receivable", "USD"),
                account("Bank", "Asset", "Bank", "GBP"),
                account("Cash", "Asset", "Cash", "GBP"),
                account("Bank USD", "Asset", "Bank", "USD"),
            ],
            tax_templates: vec![
                template("UK VAT 20%", "20"),
                template("UK VAT 5%", "5"),
                template("UK VAT Zero", "0"),
            ],
            other_taxes: vec![],
            whole_unit: "Nos".into(),
            fraction_unit: Some("Hour".into()),
            countries: vec![
                Country {
                    name: "United Kingdom".into(),
                    code: Some("gb".into()),
                },
                Country {
                    name: "France".into(),
                    code: Some("fr".into()),
                },
            ],
            figures: Figures {
                version: ErpnextVersion::V15,
                rounding: RoundingMethod::HalfEven,
                amount_digits: 2,
                rate_digits: 2,
                quantity_digits: 3,
                round_each_line: false,
            },
            negative_rates: false,
            frozen_until: None,
            closed_periods: vec![],
            fiscal_years: vec![],
            modes_of_payment: vec![],
            tracking: Vec::new(),
            time_zone: "Europe/London".into(),
            markers: Markers::of(|_, _| true),
            fields_made: None,
            company_made: None,
            version: 15,
        }
    }

    /// The same on ERPNext 16.
    pub(crate) fn sixteen() -> Chart {
        let mut chart = chart();
        chart.version = 16;
        chart.figures.version = ErpnextVersion::V16;
        chart
    }

    #[test]
    fn countries_by_name_code_and_short_form() {
        let chart = chart();
        for typed in ["united kingdom", "UK", "U.K.", "GB", "England"] {
            assert_eq!(
                chart.country_named(typed).as_deref(),
                Some("United Kingdom"),
                "{typed}"
            );
        }
        assert_eq!(chart.country_named("fr").as_deref(), Some("France"));
        assert_eq!(chart.country_named("Atlantis"), None);
    }

    #[test]
    fn a_rate_that_several_templates_say_is_none_of_them() {
        let mut chart = chart();
        let key = |chart: &Chart| crate::translate::tax::key(&[vat("0")], chart).unwrap();
        assert_eq!(key(&chart), "UK VAT Zero - ACM");
        chart.tax_templates.insert(0, template("Exempt", "0"));
        assert_eq!(key(&chart), "VAT - ACM @ 0");
        chart.tax_templates.clear();
        assert_eq!(key(&chart), "VAT - ACM @ 0");
    }

    #[test]
    fn choices() {
        let chart = chart();
        let accounts: Vec<_> = chart
            .account_choices()
            .into_iter()
            .map(|choice| (choice.key, choice.default))
            .collect();
        assert_eq!(
            accounts,
            [
                ("Sales - ACM".to_owned(), true),
                ("Service - ACM".to_owned(), false),
                ("Round Off - ACM".to_owned(), false)
            ]
        );
        let standard: Vec<_> = chart
            .tax_choices()
            .into_iter()
            .filter(|choice| choice.default)
            .map(|choice| choice.key)
            .collect();
        assert_eq!(standard, ["UK VAT 20% - ACM"]);
        // A template is also what documents without it say: its account and rate.
        let also: Vec<_> = chart
            .tax_choices()
            .into_iter()
            .filter_map(|choice| choice.also)
            .collect();
        assert_eq!(also, ["VAT - ACM @ 20", "VAT - ACM @ 5", "VAT - ACM @ 0"]);
        // Renaming the account changes what the rate is called, and not what it stays known by.
        let known: Vec<_> = chart
            .tax_choices()
            .into_iter()
            .filter_map(|choice| choice.also_id)
            .collect();
        assert_eq!(
            known,
            [
                "made with VAT @ 20",
                "made with VAT @ 5",
                "made with VAT @ 0"
            ]
        );
        assert_eq!(vat("20.00").key(), "VAT - ACM @ 20");
        assert!(!chart.is_tax_account("Freight - ACM"));
        assert!(chart.is_tax_account("VAT - ACM"));
    }
}
