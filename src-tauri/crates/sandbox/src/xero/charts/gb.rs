//! United Kingdom.

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

/// The United Kingdom's chart.
pub const CHART: Chart = Chart {
    rates: &[
        rate(
            "OUTPUT2",
            "20% (VAT on Income)",
            "20",
            "OUTPUT",
            true,
            false,
        ),
        rate(
            "INPUT2",
            "20% (VAT on Expenses)",
            "20",
            "INPUT",
            false,
            true,
        ),
        rate("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", true, false),
        rate("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", false, true),
        rate(
            "ZERORATEDOUTPUT",
            "Zero Rated Income",
            "0",
            "OUTPUT",
            true,
            false,
        ),
        rate(
            "ZERORATEDINPUT",
            "Zero Rated Expenses",
            "0",
            "INPUT",
            false,
            true,
        ),
        rate("EXEMPTOUTPUT", "Exempt Income", "0", "OUTPUT", true, false),
        rate("EXEMPTINPUT", "Exempt Expenses", "0", "INPUT", false, true),
        rate(
            "REVERSECHARGES",
            "Reverse Charge Expenses (20%)",
            "0",
            "REVERSECHARGES",
            false,
            true,
        ),
        rate("NONE", "No VAT", "0", "NONE", true, true),
    ],
    taxes: ["OUTPUT2", "INPUT2", "EXEMPTOUTPUT", "NONE"],
    accounts: &[
        ("090", "Business Bank Account", "BANK", Tax::None, ""),
        ("091", "Business Savings Account", "BANK", Tax::None, ""),
        (
            "463",
            "IT Software and Consumables",
            "EXPENSE",
            Tax::Purchases,
            "",
        ),
        ("500", "Corporation Tax", "EXPENSE", Tax::None, ""),
        ("820", "VAT", "CURRLIAB", Tax::None, "GST"),
        ("825", "PAYE Payable", "CURRLIAB", Tax::None, ""),
        (
            "830",
            "Provision for Corporation Tax",
            "CURRLIAB",
            Tax::None,
            "",
        ),
        (
            "950",
            "Capital - x,xxx Ordinary Shares",
            "EQUITY",
            Tax::None,
            "",
        ),
    ],
    tax_word: "VAT",
    currencies: &[
        ("EUR", "Euro", "1.154200"),
        ("USD", "United States Dollar", "1.318700"),
    ],
    base_name: "British Pound",
    tax_number: "GB123456789",
    sales_tax_basis: "ACCRUALS",
    year_end: (31, 3),
};
