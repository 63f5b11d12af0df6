//! ERPNext's standard chart of accounts, and the taxes of each country.

use super::Country;

/// Account type and name by depth (two blanks a level); a group ends with `/`. The account type
/// follows a `|`, the tax account of the country stands for `{TAX}`.
pub(crate) const STANDARD: &str = "\
Application of Funds (Assets)/
  Current Assets/
    Accounts Receivable/
      Debtors|Receivable
    Bank Accounts/|Bank
      Bank Account|Bank
    Cash In Hand/|Cash
      Cash|Cash
    Loans and Advances (Assets)/
      Employee Advances
    Securities and Deposits/
      Earnest Money
    Stock Assets/|Stock
      Stock In Hand|Stock
    Tax Assets/
  Fixed Assets/
    Capital Equipment|Fixed Asset
    Electronic Equipment|Fixed Asset
    Furniture and Fixtures|Fixed Asset
    Office Equipment|Fixed Asset
    Plants and Machineries|Fixed Asset
    Buildings|Fixed Asset
    Software|Fixed Asset
    Accumulated Depreciation|Accumulated Depreciation
    CWIP Account|Capital Work in Progress
  Investments/
  Temporary Accounts/
    Temporary Opening|Temporary
Expenses/
  Direct Expenses/
    Stock Expenses/
      Cost of Goods Sold|Cost of Goods Sold
      Expenses Included In Asset Valuation|Expenses Included In Asset Valuation
      Expenses Included In Valuation|Expenses Included In Valuation
      Stock Adjustment|Stock Adjustment
  Indirect Expenses/
    Administrative Expenses
    Commission on Sales
    Depreciation|Depreciation
    Entertainment Expenses
    Freight and Forwarding Charges|Chargeable
    Legal Expenses
    Marketing Expenses|Chargeable
    Miscellaneous Expenses|Chargeable
    Office Maintenance Expenses
    Office Rent
    Postal Expenses
    Print and Stationery
    Round Off|Round Off
    Salary
    Sales Expenses
    Telephone Expenses
    Travel Expenses
    Utility Expenses
    Write Off
    Exchange Gain/Loss
    Gain/Loss on Asset Disposal
Income/
  Direct Income/
    Sales
    Service
  Indirect Income/
Source of Funds (Liabilities)/
  Current Liabilities/
    Accounts Payable/
      Creditors|Payable
      Payroll Payable
    Stock Liabilities/
      Stock Received But Not Billed|Stock Received But Not Billed
      Asset Received But Not Billed|Asset Received But Not Billed
    Duties and Taxes/|Tax
      {TAX}|Tax
    Loans (Liabilities)/
      Secured Loans
      Unsecured Loans
      Bank Overdraft Account
Equity/
  Capital Stock|Equity
  Dividends Paid|Equity
  Opening Balance Equity|Equity
  Retained Earnings|Equity";

/// Root type and report type of a top-level group.
pub(crate) fn root_type(group: &str) -> (&'static str, &'static str) {
    match group {
        "Application of Funds (Assets)" => ("Asset", "Balance Sheet"),
        "Expenses" => ("Expense", "Profit and Loss"),
        "Income" => ("Income", "Profit and Loss"),
        "Source of Funds (Liabilities)" => ("Liability", "Balance Sheet"),
        _ => ("Equity", "Balance Sheet"),
    }
}

/// What a country brings to a new site.
pub(crate) struct CountryPack {
    /// ERPNext's name of the country.
    pub(crate) name: &'static str,
    /// Its tax account.
    pub(crate) tax_account: &'static str,
    /// Standard rate in per cent.
    pub(crate) standard_rate: &'static str,
    /// Item tax templates: title and rate in per cent.
    pub(crate) item_taxes: &'static [(&'static str, &'static str)],
}

/// The pack of a country.
pub(crate) fn pack(country: Country) -> CountryPack {
    match country {
        Country::GB => CountryPack {
            name: "United Kingdom",
            tax_account: "VAT",
            standard_rate: "20",
            item_taxes: &[
                ("VAT 20%", "20"),
                ("VAT 5%", "5"),
                ("VAT Zero", "0"),
                ("VAT Exempt", "0"),
            ],
        },
        Country::NZ => CountryPack {
            name: "New Zealand",
            tax_account: "GST",
            standard_rate: "15",
            item_taxes: &[("GST 15%", "15"), ("GST Zero", "0"), ("GST Exempt", "0")],
        },
        Country::AU => CountryPack {
            name: "Australia",
            tax_account: "GST",
            standard_rate: "10",
            item_taxes: &[("GST 10%", "10"), ("GST Free", "0")],
        },
        Country::US => CountryPack {
            name: "United States",
            tax_account: "Sales Tax",
            standard_rate: "8.25",
            item_taxes: &[("Sales Tax 8.25%", "8.25"), ("Tax Exempt", "0")],
        },
    }
}

/// Currencies: code, name, fraction, smallest coin (none: totals round to whole units), as ERPNext
/// 15's own set-up has them.
pub(crate) const CURRENCIES: [(&str, &str, &str, &str); 15] = [
    ("GBP", "GBP", "Penny", "0"),
    ("EUR", "EUR", "Cent", "0.01"),
    ("USD", "USD", "Cent", "0.01"),
    ("NZD", "NZD", "Cent", "0"),
    ("AUD", "AUD", "Cent", "0"),
    ("CAD", "CAD", "Cent", "0"),
    ("CHF", "CHF", "Rappen[K]", "0.05"),
    ("SEK", "SEK", "Öre", "0"),
    ("NOK", "NOK", "Øre", "0"),
    ("DKK", "DKK", "Øre", "0"),
    ("JPY", "JPY", "Sen[G]", "0"),
    ("SGD", "SGD", "Cent", "0"),
    ("ZAR", "ZAR", "Cent", "0"),
    ("AED", "AED", "Fils", "0"),
    ("KWD", "KWD", "Fils", "0"),
];

/// Units: name and whether only whole numbers of it make sense.
pub(crate) const UNITS: [(&str, bool); 16] = [
    ("Nos", true),
    ("Unit", true),
    ("Box", true),
    ("Pair", true),
    ("Set", true),
    ("Hour", false),
    ("Day", false),
    ("Week", false),
    ("Month", false),
    ("Kg", false),
    ("Gram", false),
    ("Litre", false),
    ("Meter", false),
    ("Square Meter", false),
    ("Minute", false),
    ("Percent", false),
];

/// Countries an address may name.
pub(crate) const COUNTRIES: [(&str, &str); 34] = [
    ("United Kingdom", "gb"),
    ("New Zealand", "nz"),
    ("Australia", "au"),
    ("United States", "us"),
    ("Ireland", "ie"),
    ("France", "fr"),
    ("Germany", "de"),
    ("Netherlands", "nl"),
    ("Belgium", "be"),
    ("Luxembourg", "lu"),
    ("Spain", "es"),
    ("Portugal", "pt"),
    ("Italy", "it"),
    ("Austria", "at"),
    ("Switzerland", "ch"),
    ("Denmark", "dk"),
    ("Sweden", "se"),
    ("Norway", "no"),
    ("Finland", "fi"),
    ("Iceland", "is"),
    ("Poland", "pl"),
    ("Czech Republic", "cz"),
    ("Greece", "gr"),
    ("Turkey", "tr"),
    ("United Arab Emirates", "ae"),
    ("South Africa", "za"),
    ("India", "in"),
    ("Singapore", "sg"),
    ("Malaysia", "my"),
    ("Hong Kong", "hk"),
    ("Japan", "jp"),
    ("China", "cn"),
    ("Canada", "ca"),
    ("Brazil", "br"),
];
