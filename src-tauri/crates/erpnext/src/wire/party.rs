//! Customer, Contact and Address rows.

use ledger::Currency;

use super::{BadField, Row};

/// A Customer, without child tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// The name as shown; not unique.
    pub customer_name: String,
    /// The tax number.
    pub tax_id: Option<String>,
    /// The currency it is invoiced in, where set.
    pub default_currency: Option<Currency>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// The name of its primary Address.
    pub primary_address: Option<String>,
    /// The name of its primary Contact.
    pub primary_contact: Option<String>,
    /// Our marker.
    pub marker: Option<String>,
}

impl CustomerRow {
    /// The fields to ask for; the marker comes on top where it is installed.
    pub const FIELDS: [&'static str; 8] = [
        "name",
        "modified",
        "customer_name",
        "tax_id",
        "default_currency",
        "disabled",
        "customer_primary_address",
        "customer_primary_contact",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        let name = row.name("name")?;
        Ok(Self {
            modified: row.required("modified")?,
            customer_name: row.text("customer_name")?.unwrap_or_else(|| name.clone()),
            tax_id: row.text("tax_id")?,
            default_currency: row.currency("default_currency")?,
            disabled: row.flag("disabled")?,
            primary_address: row.text("customer_primary_address")?,
            primary_contact: row.text("customer_primary_contact")?,
            marker: row.text(crate::marker_fields::CONTACT)?,
            name,
        })
    }
}

/// An Address linked to a Customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// The Customer it is linked to.
    pub customer: String,
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// Town or city.
    pub city: Option<String>,
    /// State, county or region.
    pub state: Option<String>,
    /// Post code.
    pub pincode: Option<String>,
    /// The name of a Country.
    pub country: Option<String>,
    /// Whether it is ticked as the preferred billing address.
    pub is_primary: bool,
    /// Whether it is disabled.
    pub disabled: bool,
}

impl AddressRow {
    /// The fields to ask for, the linked Customer included.
    pub const FIELDS: [&'static str; 11] = [
        "name",
        "modified",
        "address_line1",
        "address_line2",
        "city",
        "state",
        "pincode",
        "country",
        "is_primary_address",
        "disabled",
        "`tabDynamic Link`.link_name as customer",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            customer: row.name("customer")?,
            line1: row.text("address_line1")?,
            line2: row.text("address_line2")?,
            city: row.text("city")?,
            state: row.text("state")?,
            pincode: row.text("pincode")?,
            country: row.text("country")?,
            is_primary: row.flag("is_primary_address")?,
            disabled: row.flag("disabled")?,
        })
    }
}

/// A Contact (a person) linked to a Customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its document name.
    pub name: String,
    /// When it was last saved, in the site's local time, as sent.
    pub modified: String,
    /// The Customer it is linked to.
    pub customer: String,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// The primary telephone number.
    pub phone: Option<String>,
    /// The primary mobile number.
    pub mobile: Option<String>,
    /// Whether it is ticked as the primary contact.
    pub is_primary: bool,
}

impl ContactRow {
    /// The fields to ask for, the linked Customer included.
    pub const FIELDS: [&'static str; 7] = [
        "name",
        "modified",
        "email_id",
        "phone",
        "mobile_no",
        "is_primary_contact",
        "`tabDynamic Link`.link_name as customer",
    ];

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            name: row.name("name")?,
            modified: row.required("modified")?,
            customer: row.name("customer")?,
            email: row.text("email_id")?,
            phone: row.text("phone")?,
            mobile: row.text("mobile_no")?,
            is_primary: row.flag("is_primary_contact")?,
        })
    }
}
