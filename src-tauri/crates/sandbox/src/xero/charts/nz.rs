//! New Zealand.

use super::{Chart, RateRow, Tax};

const fn rate(
    tax_type: &'static str,
    name: &'static str,
    rate: &'static str,
    report: &'static str,
    revenue: bool,
    expenses: bool,
) -> RateRow {
    RateRow {
        tax_type,
        name,
        rate,
        report,
        revenue,
        expenses,
        components: &[],
    }
}

/// New Zealand's chart.
pub const CHART: Chart = Chart {
    rates: &[
        rate("INPUT2", "15% GST on Expenses", "15", "INPUT", false, true),
        rate("OUTPUT2", "15% GST on Income", "15", "OUTPUT", true, false),
        rate(
            "GSTONIMPORTS",
            "GST on Imports",
            "0",
            "GSTONIMPORTS",
            false,
            false,
        ),
        rate("NONE", "No GST", "0", "NONE", true, true),
        rate("ZERORATED", "Zero Rated", "0", "OUTPUT", true, false),
    ],
    taxes: ["OUTPUT2", "INPUT2", "NONE", "NONE"],
    accounts: &[
        ("090", "Business Bank Account", "BANK", Tax::None, ""),
        ("091", "Business Savings Account", "BANK", Tax::None, ""),
        ("505", "Income Tax Expense", "EXPENSE", Tax::None, ""),
        ("820", "GST", "CURRLIAB", Tax::None, "GST"),
        ("825", "PAYE Payable", "CURRLIAB", Tax::None, ""),
        ("830", "Income Tax Payable", "CURRLIAB", Tax::None, ""),
        ("970", "Owner A Share Capital", "EQUITY", Tax::None, ""),
    ],
    tax_word: "GST",
    currencies: &[
        ("AUD", "Australian Dollar", "0.912600"),
        ("USD", "United States Dollar", "0.589300"),
    ],
    base_name: "New Zealand Dollar",
    tax_number: "071-138-054",
    sales_tax_basis: "PAYMENTS",
    year_end: (31, 3),
};
