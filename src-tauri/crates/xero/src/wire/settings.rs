//! Organisation, accounts, tax rates, currencies.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::dates::Day;

/// `Organisation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Organisation {
    /// GUID; the tenant id.
    #[serde(rename = "OrganisationID")]
    pub organisation_id: String,
    /// The name shown in Xero.
    pub name: String,
    /// ISO 4217.
    pub base_currency: String,
    /// ISO 3166.
    pub country_code: Option<String>,
    /// `NEWZEALANDSTANDARDTIME`.
    pub timezone: Option<String>,
    /// Documents up to this day are locked for all but advisers.
    pub period_lock_date: Option<Day>,
    /// Documents up to this day are locked for everyone.
    pub end_of_year_lock_date: Option<Day>,
    /// Of deep links: `!mBdtL`.
    pub short_code: Option<String>,
    /// Whether it is Xero's demo company, which is reset from time to time.
    pub is_demo_company: bool,
}

/// `Account`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Account {
    /// GUID.
    #[serde(rename = "AccountID")]
    pub account_id: String,
    /// Absent on some bank accounts.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// SALES, REVENUE, OTHERINCOME, BANK …
    #[serde(rename = "Type")]
    pub kind: String,
    /// ASSET, EQUITY, EXPENSE, LIABILITY, REVENUE.
    pub class: Option<String>,
    /// Its default tax rate.
    pub tax_type: Option<String>,
    /// ACTIVE, ARCHIVED, DELETED.
    pub status: Option<String>,
    /// DEBTORS, ROUNDING … where Xero itself posts to it.
    pub system_account: Option<String>,
    /// Whether payments may go through it although it is no bank account.
    #[serde(deserialize_with = "crate::wire::flag")]
    pub enable_payments_to_account: bool,
    /// A bank account's currency, ISO 4217.
    pub currency_code: Option<String>,
}

/// `TaxRate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaxRate {
    /// Name.
    pub name: String,
    /// The key.
    pub tax_type: String,
    /// ACTIVE, DELETED, ARCHIVED, PENDING.
    pub status: Option<String>,
    /// Percent, compounding included.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub effective_rate: Option<Decimal>,
    /// Percent, as shown.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub display_tax_rate: Option<Decimal>,
    /// Whether sales may carry it.
    pub can_apply_to_revenue: Option<bool>,
}

/// `Currency`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Currency {
    /// ISO 4217.
    pub code: String,
    /// Name.
    pub description: Option<String>,
}

/// `Item`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Item {
    /// GUID.
    #[serde(rename = "ItemID")]
    pub item_id: String,
    /// The key on lines, at most 30 characters.
    pub code: String,
    /// Name.
    pub name: Option<String>,
    /// Whether it may be sold.
    pub is_sold: bool,
    /// Whether Xero counts its stock.
    pub is_tracked_as_inventory: bool,
}

/// `TrackingCategory`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackingCategory {
    /// GUID.
    #[serde(rename = "TrackingCategoryID")]
    pub tracking_category_id: String,
    /// Name.
    pub name: String,
    /// ACTIVE or ARCHIVED.
    pub status: Option<String>,
    /// Its options.
    pub options: Vec<TrackingOption>,
}

/// One option of a tracking category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackingOption {
    /// GUID.
    #[serde(rename = "TrackingOptionID")]
    pub tracking_option_id: String,
    /// Name.
    pub name: String,
    /// ACTIVE or ARCHIVED.
    pub status: Option<String>,
}

/// `BrandingTheme`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BrandingTheme {
    /// GUID.
    #[serde(rename = "BrandingThemeID")]
    pub branding_theme_id: String,
    /// Name.
    pub name: String,
    /// 0 is the default theme.
    pub sort_order: i64,
}

/// An invoice that Xero raises by itself, again and again (`RepeatingInvoices`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RepeatingInvoice {
    /// ACCREC is a sale.
    #[serde(rename = "Type")]
    pub kind: String,
    /// DRAFT or AUTHORISED, of the template: whatever is raised; DELETED ones raise none.
    pub status: String,
    /// Whose.
    pub contact: RepeatingContact,
    /// When.
    pub schedule: Schedule,
    /// The total, in units of the currency.
    #[serde(deserialize_with = "crate::wire::amount")]
    pub total: Option<Decimal>,
    /// ISO 4217.
    pub currency_code: String,
}

/// Whose a repeating invoice is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RepeatingContact {
    /// GUID.
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    /// The name.
    pub name: String,
}

/// When a repeating invoice is raised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Schedule {
    /// Every so many units.
    pub period: u32,
    /// WEEKLY or MONTHLY.
    pub unit: String,
    /// When the next one is raised, a calendar day.
    pub next_scheduled_date: Option<Day>,
    /// After which day none is.
    pub end_date: Option<Day>,
}

/// One thing the signed-in person may or may not do in the organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Action {
    /// `CreateApprovedInvoice`, `UseMulticurrency` …
    pub name: String,
    /// ALLOWED or NOT-ALLOWED.
    pub status: String,
}
