//! United States. Sales tax rates are the organisation's own (`TAX001` …).

use super::{Chart, RateRow, Tax};

/// The United States' chart.
pub const CHART: Chart = Chart {
    rates: &[
        RateRow {
            tax_type: "TAX001",
            name: "New York City Sales Tax",
            rate: "8.875",
            report: "",
            revenue: true,
            expenses: true,
            components: &[("State", "4"), ("City", "4.5"), ("MCTD", "0.375")],
        },
        RateRow {
            tax_type: "TAX002",
            name: "New Jersey Sales Tax",
            rate: "6.625",
            report: "",
            revenue: true,
            expenses: true,
            components: &[],
        },
        RateRow {
            tax_type: "OUTPUT",
            name: "Tax on Sales",
            rate: "0",
            report: "",
            revenue: true,
            expenses: false,
            components: &[],
        },
        RateRow {
            tax_type: "INPUT",
            name: "Tax on Purchases",
            rate: "0",
            report: "",
            revenue: false,
            expenses: true,
            components: &[],
        },
        RateRow {
            tax_type: "NONE",
            name: "Tax Exempt",
            rate: "0",
            report: "",
            revenue: true,
            expenses: true,
            components: &[],
        },
    ],
    taxes: ["TAX001", "INPUT", "NONE", "NONE"],
    accounts: &[
        ("090", "Checking Account", "BANK", Tax::None, ""),
        ("091", "Savings Account", "BANK", Tax::None, ""),
        ("505", "Income Tax Expense", "EXPENSE", Tax::None, ""),
        ("820", "Sales Tax", "CURRLIAB", Tax::None, "GST"),
        ("825", "Employee Tax Payable", "CURRLIAB", Tax::None, ""),
        ("830", "Income Tax Payable", "CURRLIAB", Tax::None, ""),
        ("970", "Owner's Capital", "EQUITY", Tax::None, ""),
    ],
    tax_word: "Sales Tax",
    currencies: &[
        ("CAD", "Canadian Dollar", "1.401500"),
        ("EUR", "Euro", "0.865400"),
    ],
    base_name: "United States Dollar",
    tax_number: "12-3456789",
    sales_tax_basis: "ACCRUALS",
    year_end: (31, 12),
};
