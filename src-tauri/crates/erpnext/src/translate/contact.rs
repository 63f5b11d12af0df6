//! Customers: read here, written in [`write`].

mod write;

use ledger::agreement::ContactField;
use ledger::{Address, Contact};
use serde::{Deserialize, Serialize};

pub use write::{ContactChanges, PersonChange, changes, check, create_body, person_body};

use crate::chart::Chart;
use crate::records::{Chosen, Customer};
use crate::wire::AddressRow;

/// What stands in a mandatory field of an Address for which there is no value.
pub const NOTHING: &str = "-";

/// The longest text of a Data field, in characters.
pub const LONGEST: usize = 140;

/// How a Customer, its Address and its Contact stood: their names and `modified`. Editing an Address
/// or a Contact need not touch the Customer, so a version is of all three. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactVersion {
    /// The Customer's `modified`.
    pub customer: String,
    /// The Address's name and `modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<(String, String)>,
    /// The Contact's name and `modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<(String, String)>,
}

impl ContactVersion {
    /// The version of a Customer as read.
    pub fn of(customer: &Customer) -> Self {
        Self {
            customer: customer.row.modified.clone(),
            address: customer
                .address
                .one()
                .map(|address| (address.name.clone(), address.modified.clone())),
            contact: customer
                .contact
                .one()
                .map(|contact| (contact.name.clone(), contact.modified.clone())),
        }
    }

    /// As text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`ContactVersion::to_text`] back.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// A Customer in the ledger's terms.
// What a contact may say beyond this, an ERPNext Customer never does.
#[allow(clippy::needless_update)]
pub fn to_ledger(customer: &Customer, chart: &Chart) -> Contact {
    let contact = customer.contact.one();
    let mut unclear = Vec::new();
    if customer.contact == Chosen::Several {
        unclear.extend([ContactField::Email, ContactField::Phone]);
    }
    if customer.address == Chosen::Several {
        unclear.push(ContactField::Address);
    }
    Contact {
        name: customer.row.customer_name.clone(),
        email: contact.and_then(|contact| contact.email.clone()),
        phone: contact.and_then(|contact| contact.mobile.clone().or_else(|| contact.phone.clone())),
        tax_number: customer.row.tax_id.clone(),
        address: customer
            .address
            .one()
            .and_then(|address| address_to_ledger(address, chart)),
        currency: customer.row.default_currency,
        archived: customer.row.disabled,
        unclear,
        ..Contact::default()
    }
}

fn address_to_ledger(row: &AddressRow, chart: &Chart) -> Option<Address> {
    let value = |field: &Option<String>| field.clone().filter(|text| text != NOTHING);
    let address = Address {
        line1: value(&row.line1),
        line2: value(&row.line2),
        city: value(&row.city),
        region: value(&row.state),
        postal_code: value(&row.pincode),
        country: None,
    };
    // A country is mandatory, so one that says nothing but the company's own is no address.
    if address == Address::default() && row.country == chart.country {
        return None;
    }
    Address {
        country: value(&row.country),
        ..address
    }
    .some()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::chart;
    use crate::wire::{ContactRow, CustomerRow};

    fn address(city: &str, country: &str) -> AddressRow {
        AddressRow {
            name: "Acme-Billing".into(),
            modified: "m2".into(),
            customer: "Acme".into(),
            line1: Some("1 High St".into()),
            line2: None,
            city: Some(city.into()),
            state: None,
            pincode: Some("N1 1AA".into()),
            country: Some(country.into()),
            is_primary: true,
            disabled: false,
        }
    }

    pub(in crate::translate::contact) fn customer() -> Customer {
        Customer {
            row: CustomerRow {
                name: "Acme".into(),
                modified: "m1".into(),
                customer_name: "Acme Ltd".into(),
                tax_id: Some("GB 1".into()),
                default_currency: None,
                disabled: false,
                primary_address: None,
                primary_contact: None,
                marker: None,
            },
            address: Chosen::One(address("London", "United Kingdom")),
            contact: Chosen::One(ContactRow {
                name: "Acme-Acme".into(),
                modified: "m3".into(),
                customer: "Acme".into(),
                email: Some("a@acme.test".into()),
                phone: Some("1".into()),
                mobile: None,
                is_primary: true,
            }),
        }
    }

    #[test]
    fn a_contact_and_its_version_are_made_of_three_documents() {
        let contact = to_ledger(&customer(), &chart());
        assert_eq!(contact.name, "Acme Ltd");
        assert_eq!(contact.phone.as_deref(), Some("1"));
        assert_eq!(contact.address.unwrap().city.as_deref(), Some("London"));
        let version = ContactVersion::of(&customer());
        assert_eq!(
            version.to_text(),
            r#"{"customer":"m1","address":["Acme-Billing","m2"],"contact":["Acme-Acme","m3"]}"#
        );
        assert_eq!(ContactVersion::from_text(&version.to_text()), Some(version));
    }

    #[test]
    fn several_addresses_say_nothing_instead_of_none() {
        let several = Customer {
            address: Chosen::Several,
            contact: Chosen::Several,
            ..customer()
        };
        let contact = to_ledger(&several, &chart());
        assert_eq!((contact.address, contact.email), (None, None));
        assert_eq!(
            contact.unclear,
            [
                ContactField::Email,
                ContactField::Phone,
                ContactField::Address
            ]
        );
        let none = Customer {
            address: Chosen::None,
            ..customer()
        };
        assert_eq!(to_ledger(&none, &chart()).unclear, []);
    }

    #[test]
    fn placeholders_are_written_and_not_read_back() {
        let chart = chart();
        let only_post_code = Contact {
            name: "A".into(),
            address: Address {
                postal_code: Some("N1".into()),
                ..Address::default()
            }
            .some(),
            ..Contact::default()
        };
        let body = create_body(&only_post_code, "guid", &chart).unwrap();
        assert_eq!(body["city"], "-");
        assert_eq!(body["address_line1"], "-");
        assert_eq!(body["country"], "United Kingdom");
        let mut row = address("-", "United Kingdom");
        row.line1 = Some("-".into());
        let read = address_to_ledger(&row, &chart).unwrap();
        assert_eq!((read.city, read.line1), (None, None));
        assert_eq!(read.postal_code.as_deref(), Some("N1 1AA"));
        row.pincode = None;
        assert_eq!(address_to_ledger(&row, &chart), None);
    }
}
