//! What the versions of ERPNext that this site can be do differently, each difference in one place.
//! What follows from one is in the module it belongs to.

use std::fmt;
use std::str::FromStr;

/// A version of ERPNext that the demo site can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ErpnextVersion {
    /// Frappe 15.75.0 with ERPNext 15.71.1.
    V15,
    /// Frappe 16.9.0 with ERPNext 16.9.1.
    #[default]
    V16,
}

impl ErpnextVersion {
    /// Every version that the demo site can be, oldest first.
    pub const ALL: [Self; 2] = [Self::V15, Self::V16];

    /// The number before the first dot.
    pub fn major(self) -> u32 {
        match self {
            Self::V15 => 15,
            Self::V16 => 16,
        }
    }

    pub(crate) fn release(self) -> &'static Release {
        match self {
            Self::V15 => &V15,
            Self::V16 => &V16,
        }
    }
}

impl fmt::Display for ErpnextVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.major().fmt(f)
    }
}

/// A version that the demo site cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVersion(String);

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the demo site is ERPNext 15 or 16, not {:?}", self.0)
    }
}

impl std::error::Error for UnknownVersion {}

impl FromStr for ErpnextVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|version| version.to_string() == text)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}

/// What a release does, as far as it differs from another.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent differences
pub(crate) struct Release {
    /// The version of ERPNext that was observed.
    pub(crate) erpnext: &'static str,
    /// The version of Frappe below it.
    pub(crate) frappe: &'static str,
    /// What its document types have otherwise than those of 15 (see [`super::meta::standard`]).
    pub(crate) fields: &'static str,
    /// Every line looks its rates up by tax account, in a map that is filled from all tax rows of
    /// the document (the last row of an account wins) and then from the line's template. Otherwise
    /// the map has the template's rates only, and a row that is not in it uses its own.
    pub(crate) rates_by_account: bool,
    /// How the tax of each line is kept.
    pub(crate) breakdown: Breakdown,
    /// Tax rows say how much of the net they are on.
    pub(crate) taxable_on_rows: bool,
    /// The pennies that prices including tax have lost count before a discount on the grand total
    /// is spread.
    pub(crate) discount_of_true_total: bool,
    /// A line's discount against its list price is rounded.
    pub(crate) line_discount_rounded: bool,
    /// A discount of more than the document's total is refused.
    pub(crate) discount_within_total: bool,
}

/// How the tax of each line is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakdown {
    /// As JSON on each tax row, by item.
    OnTaxRows,
    /// As rows of a child table, which must add up to the tax rows.
    Table,
}

static V15: Release = Release {
    erpnext: "15.71.1",
    frappe: "15.75.0",
    fields: "",
    rates_by_account: false,
    breakdown: Breakdown::OnTaxRows,
    taxable_on_rows: false,
    discount_of_true_total: false,
    line_discount_rounded: false,
    discount_within_total: false,
};

static V16: Release = Release {
    erpnext: "16.9.1",
    frappe: "16.9.0",
    fields: include_str!("meta/v16.fields"),
    rates_by_account: true,
    breakdown: Breakdown::Table,
    taxable_on_rows: true,
    discount_of_true_total: true,
    line_discount_rounded: true,
    discount_within_total: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_observed_versions_are_read() {
        for version in ErpnextVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        for text in ["14", "17", "", "15.71.1", "v16", "016"] {
            assert!(text.parse::<ErpnextVersion>().is_err(), "{text}");
        }
    }
}
