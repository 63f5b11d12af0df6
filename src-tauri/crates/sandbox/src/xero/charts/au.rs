//! Australia.

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

/// Australia's chart.
pub const CHART: Chart = Chart {
    rates: &[
        rate("OUTPUT", "GST on Income", "10", "OUTPUT", true, false),
        rate("INPUT", "GST on Expenses", "10", "INPUT", false, true),
        rate(
            "EXEMPTOUTPUT",
            "GST Free Income",
            "0",
            "EXEMPTOUTPUT",
            true,
            false,
        ),
        rate(
            "EXEMPTEXPENSES",
            "GST Free Expenses",
            "0",
            "EXEMPTEXPENSES",
            false,
            true,
        ),
        rate(
            "EXEMPTEXPORT",
            "GST Free Exports",
            "0",
            "EXEMPTEXPORT",
            true,
            false,
        ),
        rate(
            "GSTONIMPORTS",
            "GST on Imports",
            "0",
            "GSTONIMPORTS",
            false,
            false,
        ),
        rate(
            "BASEXCLUDED",
            "BAS Excluded",
            "0",
            "BASEXCLUDED",
            true,
            true,
        ),
    ],
    taxes: ["OUTPUT", "INPUT", "EXEMPTOUTPUT", "BASEXCLUDED"],
    accounts: &[
        ("090", "Business Bank Account", "BANK", Tax::None, ""),
        ("091", "Business Savings Account", "BANK", Tax::None, ""),
        ("478", "Superannuation", "EXPENSE", Tax::None, ""),
        ("505", "Income Tax Expense", "EXPENSE", Tax::None, ""),
        ("820", "GST", "CURRLIAB", Tax::None, "GST"),
        (
            "825",
            "PAYG Withholdings Payable",
            "CURRLIAB",
            Tax::None,
            "",
        ),
        ("826", "Superannuation Payable", "CURRLIAB", Tax::None, ""),
        ("970", "Owner A Share Capital", "EQUITY", Tax::None, ""),
    ],
    tax_word: "GST",
    currencies: &[
        ("NZD", "New Zealand Dollar", "1.095800"),
        ("USD", "United States Dollar", "0.645700"),
    ],
    base_name: "Australian Dollar",
    tax_number: "11 111 111 138",
    sales_tax_basis: "ACCRUALS",
    year_end: (30, 6),
};
