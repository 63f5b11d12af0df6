//! Charts of accounts and tax rates as a new organisation gets them, per country.

mod au;
mod gb;
mod nz;
mod us;

use super::config::Country;

/// A tax rate of a country.
pub struct RateRow {
    /// `TaxType`.
    pub tax_type: &'static str,
    /// Name shown in Xero.
    pub name: &'static str,
    /// Per cent, as text.
    pub rate: &'static str,
    /// `ReportTaxType`; empty where the country has none.
    pub report: &'static str,
    /// Usable on revenue accounts.
    pub revenue: bool,
    /// Usable on expense accounts.
    pub expenses: bool,
    /// Components as name and per cent; empty for one component of the whole rate.
    pub components: &'static [(&'static str, &'static str)],
}

/// Which tax a shared account has by default.
#[derive(Debug, Clone, Copy)]
pub enum Tax {
    /// The country's standard rate on sales.
    Sales,
    /// The country's standard rate on purchases.
    Purchases,
    /// Exempt or free income.
    FreeIncome,
    /// No tax.
    None,
}

/// An account: code, name, type, default tax, system account (or empty).
pub type AccountRow = (&'static str, &'static str, &'static str, Tax, &'static str);

/// What a country adds to the shared chart.
pub struct Chart {
    /// Tax rates.
    pub rates: &'static [RateRow],
    /// `TaxType` per [`Tax`]: sales, purchases, free income, none.
    pub taxes: [&'static str; 4],
    /// Accounts of this country.
    pub accounts: &'static [AccountRow],
    /// The name of tax on components.
    pub tax_word: &'static str,
    /// Currencies subscribed besides the base currency: code, name, units per one base unit.
    pub currencies: &'static [(&'static str, &'static str, &'static str)],
    /// The base currency's name.
    pub base_name: &'static str,
    /// `Organisation.TaxNumber`.
    pub tax_number: &'static str,
    /// `SalesTaxBasis`.
    pub sales_tax_basis: &'static str,
    /// Last day and month of the financial year.
    pub year_end: (u32, u32),
}

/// Accounts every country's chart has.
pub const SHARED: &[AccountRow] = &[
    ("200", "Sales", "REVENUE", Tax::Sales, ""),
    ("260", "Other Revenue", "REVENUE", Tax::Sales, ""),
    ("270", "Interest Income", "REVENUE", Tax::FreeIncome, ""),
    (
        "310",
        "Cost of Goods Sold",
        "DIRECTCOSTS",
        Tax::Purchases,
        "",
    ),
    ("400", "Advertising", "EXPENSE", Tax::Purchases, ""),
    ("404", "Bank Fees", "EXPENSE", Tax::None, ""),
    ("408", "Cleaning", "EXPENSE", Tax::Purchases, ""),
    (
        "412",
        "Consulting & Accounting",
        "EXPENSE",
        Tax::Purchases,
        "",
    ),
    ("420", "Entertainment", "EXPENSE", Tax::None, ""),
    ("425", "Freight & Courier", "EXPENSE", Tax::Purchases, ""),
    ("429", "General Expenses", "EXPENSE", Tax::Purchases, ""),
    ("433", "Insurance", "EXPENSE", Tax::Purchases, ""),
    ("437", "Interest Expense", "EXPENSE", Tax::None, ""),
    ("441", "Legal Expenses", "EXPENSE", Tax::Purchases, ""),
    (
        "445",
        "Light, Power, Heating",
        "EXPENSE",
        Tax::Purchases,
        "",
    ),
    (
        "449",
        "Motor Vehicle Expenses",
        "EXPENSE",
        Tax::Purchases,
        "",
    ),
    (
        "461",
        "Printing & Stationery",
        "EXPENSE",
        Tax::Purchases,
        "",
    ),
    ("469", "Rent", "EXPENSE", Tax::Purchases, ""),
    (
        "473",
        "Repairs and Maintenance",
        "EXPENSE",
        Tax::Purchases,
        "",
    ),
    ("477", "Wages and Salaries", "EXPENSE", Tax::None, ""),
    ("485", "Subscriptions", "EXPENSE", Tax::Purchases, ""),
    ("489", "Telephone & Internet", "EXPENSE", Tax::Purchases, ""),
    ("493", "Travel - National", "EXPENSE", Tax::Purchases, ""),
    (
        "497",
        "Bank Revaluations",
        "EXPENSE",
        Tax::None,
        "BANKCURRENCYGAIN",
    ),
    (
        "498",
        "Unrealised Currency Gains",
        "EXPENSE",
        Tax::None,
        "UNREALISEDCURRENCYGAIN",
    ),
    (
        "499",
        "Realised Currency Gains",
        "EXPENSE",
        Tax::None,
        "REALISEDCURRENCYGAIN",
    ),
    (
        "610",
        "Accounts Receivable",
        "CURRENT",
        Tax::None,
        "DEBTORS",
    ),
    ("620", "Prepayments", "CURRENT", Tax::None, ""),
    ("630", "Inventory", "INVENTORY", Tax::None, ""),
    ("710", "Office Equipment", "FIXED", Tax::Purchases, ""),
    ("720", "Computer Equipment", "FIXED", Tax::Purchases, ""),
    (
        "800",
        "Accounts Payable",
        "CURRLIAB",
        Tax::None,
        "CREDITORS",
    ),
    (
        "840",
        "Historical Adjustment",
        "CURRLIAB",
        Tax::None,
        "HISTORICAL",
    ),
    ("850", "Suspense", "CURRLIAB", Tax::None, ""),
    ("860", "Rounding", "CURRLIAB", Tax::None, "ROUNDING"),
    (
        "877",
        "Tracking Transfers",
        "CURRLIAB",
        Tax::None,
        "TRACKINGTRANSFERS",
    ),
    ("881", "Owner's Funds Introduced", "CURRLIAB", Tax::None, ""),
    ("900", "Loan", "TERMLIAB", Tax::None, ""),
    (
        "960",
        "Retained Earnings",
        "EQUITY",
        Tax::None,
        "RETAINEDEARNINGS",
    ),
];

/// A country's chart.
pub fn of(country: Country) -> &'static Chart {
    match country {
        Country::Gb => &gb::CHART,
        Country::Nz => &nz::CHART,
        Country::Au => &au::CHART,
        Country::Us => &us::CHART,
    }
}

/// The `Class` of an account type.
pub fn class(kind: &str) -> &'static str {
    match kind {
        "REVENUE" | "OTHERINCOME" | "SALES" => "REVENUE",
        "EXPENSE" | "DIRECTCOSTS" | "OVERHEADS" | "DEPRECIATN" => "EXPENSE",
        "CURRLIAB" | "TERMLIAB" | "LIABILITY" => "LIABILITY",
        "EQUITY" => "EQUITY",
        _ => "ASSET",
    }
}
