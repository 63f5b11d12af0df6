//! `Contact`.

use serde::Deserialize;

use super::ValidationMessage;
use super::dates::Instant;
use super::list::Listed;

/// A contact as Xero sends it; only what we use.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Contact {
    /// GUID.
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    /// Our marker: writable by API only, at most 50 characters.
    #[serde(default)]
    pub contact_number: Option<String>,
    /// ACTIVE, ARCHIVED or GDPRREQUEST.
    #[serde(default)]
    pub contact_status: Option<String>,
    /// Unique among active contacts.
    #[serde(default)]
    pub name: String,
    /// E-mail address.
    #[serde(default)]
    pub email_address: Option<String>,
    /// Tax registration number.
    #[serde(default)]
    pub tax_number: Option<String>,
    /// Currency invoices default to.
    #[serde(default)]
    pub default_currency: Option<String>,
    /// Whether a bill was ever entered for it.
    #[serde(default)]
    pub is_supplier: bool,
    /// Whether a sales invoice was ever entered for it.
    #[serde(default)]
    pub is_customer: bool,
    /// POBOX (on invoices) and STREET.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// DEFAULT, DDI, MOBILE, FAX.
    #[serde(default)]
    pub phones: Vec<Phone>,
    /// Last change.
    #[serde(rename = "UpdatedDateUTC", default)]
    pub updated: Option<Instant>,
    /// The contact this one was merged into.
    #[serde(rename = "MergedToContactID", default)]
    pub merged_to: Option<String>,
    /// Why it was refused, in the answer to a batch.
    #[serde(default)]
    pub validation_errors: Vec<ValidationMessage>,
}

impl Listed for Contact {
    const NAME: &'static str = "Contacts";
    const ID: &'static str = "ContactID";
    const TITLE: &'static str = "Name";
    /// Archived ones included, or archiving would be invisible.
    const QUERY: &'static [(&'static str, &'static str)] = &[("includeArchived", "true")];
    const SUMMARY: bool = true;

    fn updated(&self) -> Option<Instant> {
        self.updated
    }
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Address {
    /// POBOX or STREET.
    pub address_type: Option<String>,
    /// First line.
    #[serde(rename = "AddressLine1")]
    pub line1: Option<String>,
    /// Second line.
    #[serde(rename = "AddressLine2")]
    pub line2: Option<String>,
    /// Third line.
    #[serde(rename = "AddressLine3")]
    pub line3: Option<String>,
    /// Fourth line.
    #[serde(rename = "AddressLine4")]
    pub line4: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Post code.
    pub postal_code: Option<String>,
    /// Country, free text.
    pub country: Option<String>,
}

/// A telephone number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Phone {
    /// DEFAULT, DDI, MOBILE, FAX, OFFICE.
    pub phone_type: Option<String>,
    /// The number.
    pub phone_number: Option<String>,
    /// The area code.
    pub phone_area_code: Option<String>,
    /// The country code.
    pub phone_country_code: Option<String>,
}
