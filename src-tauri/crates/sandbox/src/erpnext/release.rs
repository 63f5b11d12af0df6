//! What the versions of ERPNext that this site can be do differently, each difference in one place.
//! What follows from one is in the module it belongs to.

mod wording;

use std::fmt;
use std::str::FromStr;

pub(crate) use self::wording::Wording;

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
    /// What it says to people.
    pub(crate) wording: Wording,
    /// Every message says whether it is a table.
    pub(crate) tables_in_messages: bool,
    /// The module of the database's own errors.
    pub(crate) database: &'static str,
    /// A link that other fields are fetched through is missed when its document is not there.
    pub(crate) fetched_links_missed: bool,
    /// An item without a description is described by its name.
    pub(crate) items_described: bool,
    /// A credit note's remark about its invoice comes before the signs of its lines are looked at.
    pub(crate) credit_noted_first: bool,
    /// The answer to a submit in one request says what is owed.
    pub(crate) owed_at_once: bool,
    /// Up to which day the books are frozen stands in the company, not in the settings.
    pub(crate) frozen_by_company: bool,
    /// Lists take names and objects instead of SQL.
    pub(crate) lists_without_sql: bool,
    /// Lists of API v2 say whether there is more.
    pub(crate) paged_lists: bool,
    /// Documents of API v2 show fields that hold nothing.
    pub(crate) nulls_in_v2: bool,
    /// Only who works with the site is told the exception behind a refusal.
    pub(crate) exceptions_for_staff: bool,
    /// Logging out takes a POST.
    pub(crate) logout_by_post: bool,
    /// The provider of sign-ins says what it can, and lets apps register themselves.
    pub(crate) describes_its_provider: bool,
    /// A key opens the real-time server without a cookie beside it.
    pub(crate) key_opens_real_time: bool,
    /// An `on_change` webhook fails where the server itself saves the document again: everything is
    /// stored, the event is lost, and the answer is a page about an error.
    pub(crate) on_change_fails: bool,
    /// OPTIONS is refused to a key.
    pub(crate) options_need_a_session: bool,
    /// Bodies that are no JSON objects are refused in the site's own words.
    pub(crate) bodies_refused_kindly: bool,
    /// A customer's name is tidied before anybody looks whether there is one.
    pub(crate) customer_names_tidied: bool,
    /// Scripts are cut out of texts; otherwise they are made harmless.
    pub(crate) scripts_cut: bool,
    /// A customer's tax number is copied to an invoice.
    pub(crate) tax_id_copied: bool,
    /// A contact is shown by its full name where a document links to it.
    pub(crate) contacts_by_title: bool,
    /// The pages for people have moved, and the old address leads to the new one.
    pub(crate) desk_moved: bool,
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
    wording: Wording::Of15,
    tables_in_messages: false,
    database: "pymysql.err",
    fetched_links_missed: false,
    items_described: true,
    credit_noted_first: true,
    owed_at_once: false,
    frozen_by_company: false,
    lists_without_sql: false,
    paged_lists: false,
    nulls_in_v2: false,
    exceptions_for_staff: false,
    logout_by_post: false,
    describes_its_provider: false,
    key_opens_real_time: false,
    on_change_fails: false,
    options_need_a_session: false,
    bodies_refused_kindly: false,
    customer_names_tidied: false,
    scripts_cut: false,
    tax_id_copied: false,
    contacts_by_title: false,
    desk_moved: false,
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
    wording: Wording::Of16,
    tables_in_messages: true,
    database: "MySQLdb",
    fetched_links_missed: true,
    items_described: false,
    credit_noted_first: false,
    owed_at_once: true,
    frozen_by_company: true,
    lists_without_sql: true,
    paged_lists: true,
    nulls_in_v2: true,
    exceptions_for_staff: true,
    logout_by_post: true,
    describes_its_provider: true,
    key_opens_real_time: true,
    on_change_fails: true,
    options_need_a_session: true,
    bodies_refused_kindly: true,
    customer_names_tidied: true,
    scripts_cut: true,
    tax_id_copied: true,
    contacts_by_title: true,
    desk_moved: true,
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
