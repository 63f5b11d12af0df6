//! Contacts.

use ledger::contact::text;
use ledger::{Address, Cause, Contact, Currency, Side};
use serde_json::{Map, Value, json};

use crate::wire::contact as wire;

/// Reads a contact.
pub fn from_wire(contact: &wire::Contact) -> Contact {
    Contact {
        name: contact.name.trim().to_owned(),
        email: optional(contact.email_address.as_ref()),
        phone: contact
            .phones
            .iter()
            .find(|phone| is(phone.phone_type.as_ref(), "DEFAULT"))
            .and_then(phone),
        tax_number: optional(contact.tax_number.as_ref()),
        // Invoices print the postal address, so it is the one that counts.
        address: address_of(contact, "POBOX").or_else(|| address_of(contact, "STREET")),
        currency: contact
            .default_currency
            .as_ref()
            .and_then(|code| Currency::new(code).ok()),
        archived: matches!(
            contact.contact_status.as_deref(),
            Some("ARCHIVED" | "GDPRREQUEST")
        ),
        supplier_only: contact.is_supplier && !contact.is_customer,
        unclear: Vec::new(),
    }
}

fn optional(value: Option<&String>) -> Option<String> {
    value.and_then(|value| text(value))
}

fn is(value: Option<&String>, word: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(word))
}

fn phone(phone: &wire::Phone) -> Option<String> {
    let parts: Vec<String> = [
        &phone.phone_country_code,
        &phone.phone_area_code,
        &phone.phone_number,
    ]
    .into_iter()
    .filter_map(|part| optional(part.as_ref()))
    .collect();
    text(&parts.join(" "))
}

fn address_of(contact: &wire::Contact, kind: &str) -> Option<Address> {
    let found = contact
        .addresses
        .iter()
        .find(|address| is(address.address_type.as_ref(), kind))?;
    let rest: Vec<String> = [&found.line2, &found.line3, &found.line4]
        .into_iter()
        .filter_map(|line| optional(line.as_ref()))
        .collect();
    Address {
        line1: optional(found.line1.as_ref()),
        line2: text(&rest.join(", ")),
        city: optional(found.city.as_ref()),
        region: optional(found.region.as_ref()),
        postal_code: optional(found.postal_code.as_ref()),
        country: optional(found.country.as_ref()),
    }
    .some()
}

/// The element that creates a contact; `marker` is the counterpart's identity.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it.
pub fn create(contact: &Contact, marker: &str) -> Result<Value, Cause> {
    name(&contact.name)?;
    let mut element = changes(&Contact::default(), contact)?;
    // A longer one would be refused; the truth about identity is on the ERPNext record anyway.
    if marker.chars().count() <= LONGEST_MARKER {
        element.insert("ContactNumber".to_owned(), json!(marker));
    }
    Ok(Value::Object(element))
}

/// The most characters of a `ContactNumber`.
pub const LONGEST_MARKER: usize = 50;

/// The element that changes a contact: only what differs, because Xero keeps what is left out.
/// `None` where nothing differs.
///
/// # Errors
/// The [`Cause`] for which Xero would refuse it.
pub fn update(id: &str, from: &Contact, to: &Contact) -> Result<Option<Value>, Cause> {
    let changed = changes(from, to)?;
    if changed.is_empty() {
        return Ok(None);
    }
    let mut element = Map::new();
    element.insert("ContactID".to_owned(), json!(id));
    element.extend(changed);
    Ok(Some(Value::Object(element)))
}

fn changes(from: &Contact, to: &Contact) -> Result<Map<String, Value>, Cause> {
    let mut element = Map::new();
    let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
    if from.name != to.name {
        set("Name", json!(name(&to.name)?));
    }
    if from.email != to.email {
        set(
            "EmailAddress",
            json!(within("e-mail address", to.email.as_deref(), 255)?),
        );
    }
    if from.tax_number != to.tax_number {
        set(
            "TaxNumber",
            json!(within("tax number", to.tax_number.as_deref(), 50)?),
        );
    }
    if from.phone != to.phone {
        let number = within("telephone number", to.phone.as_deref(), 50)?;
        set(
            "Phones",
            json!([{"PhoneType": "DEFAULT", "PhoneNumber": number,
                "PhoneAreaCode": "", "PhoneCountryCode": ""}]),
        );
    }
    if from.address != to.address {
        set("Addresses", json!([address(to.address.as_ref())?]));
    }
    // Xero has no way to take a default currency away again.
    if from.currency != to.currency
        && let Some(currency) = to.currency
    {
        set("DefaultCurrency", json!(currency.code()));
    }
    if from.archived != to.archived {
        let status = if to.archived { "ARCHIVED" } else { "ACTIVE" };
        set("ContactStatus", json!(status));
    }
    Ok(element)
}

fn address(address: Option<&Address>) -> Result<Value, Cause> {
    let empty = Address::default();
    let address = address.unwrap_or(&empty);
    let field = |field: &str, value: &Option<String>, most: usize| {
        within(field, value.as_deref(), most).map(str::to_owned)
    };
    Ok(json!({
        "AddressType": "POBOX",
        "AddressLine1": field("address", &address.line1, 500)?,
        "AddressLine2": field("address", &address.line2, 500)?,
        "AddressLine3": "",
        "AddressLine4": "",
        "City": field("city", &address.city, 255)?,
        "Region": field("region", &address.region, 255)?,
        "PostalCode": field("post code", &address.postal_code, 50)?,
        "Country": field("country", &address.country, 50)?,
    }))
}

fn within<'a>(field: &str, value: Option<&'a str>, most: usize) -> Result<&'a str, Cause> {
    let value = value.unwrap_or_default();
    if value.chars().count() > most {
        return Err(invalid(
            field,
            format!("Xero takes at most {most} characters; this has more: \"{value}\""),
        ));
    }
    Ok(value)
}

/// The name in the form Xero takes: no repeated spaces (Xero developer docs, "Contacts").
fn name(name: &str) -> Result<String, Cause> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(invalid("name", "the name is empty".to_owned()));
    }
    if name.contains(['<', '>']) {
        return Err(invalid(
            "name",
            "Xero does not take the characters < and > in a name".to_owned(),
        ));
    }
    within("name", Some(&name), 255)?;
    Ok(name)
}

pub(crate) fn invalid(field: &str, why: String) -> Cause {
    Cause::Invalid {
        side: Side::Xero,
        field: field.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(value: Value) -> Contact {
        from_wire(&serde_json::from_value(value).unwrap())
    }

    fn ann() -> Contact {
        Contact {
            name: "Ann's Bakery".into(),
            email: Some("ann@bakery.example".into()),
            phone: Some("+44 20 7946 0018".into()),
            tax_number: Some("GB123456789".into()),
            address: Some(Address {
                line1: Some("1 High Street".into()),
                line2: Some("Floor 2, Rear".into()),
                city: Some("Leeds".into()),
                region: None,
                postal_code: Some("LS1 1AA".into()),
                country: Some("United Kingdom".into()),
            }),
            currency: Some(Currency::new("GBP").unwrap()),
            archived: false,
            supplier_only: false,
            unclear: Vec::new(),
        }
    }

    #[test]
    fn a_full_contact_is_read() {
        let contact = read(json!({
            "ContactID": "A", "Name": " Ann's Bakery ", "EmailAddress": "ann@bakery.example",
            "ContactStatus": "ACTIVE", "TaxNumber": "GB123456789", "DefaultCurrency": "GBP",
            "Addresses": [
                {"AddressType": "STREET", "AddressLine1": "elsewhere"},
                {"AddressType": "POBOX", "AddressLine1": "1 High Street", "AddressLine2": "Floor 2",
                 "AddressLine3": "Rear", "City": "Leeds", "Region": "", "PostalCode": "LS1 1AA",
                 "Country": "United Kingdom"}],
            "Phones": [
                {"PhoneType": "MOBILE", "PhoneNumber": "x"},
                {"PhoneType": "DEFAULT", "PhoneNumber": "7946 0018", "PhoneAreaCode": "20",
                 "PhoneCountryCode": "+44"}],
        }));
        assert_eq!(contact, ann());
    }

    #[test]
    fn empty_texts_are_absent_and_the_street_stands_in() {
        let contact = read(json!({
            "ContactID": "A", "Name": "Ann", "EmailAddress": "", "ContactStatus": "ARCHIVED",
            "Addresses": [
                {"AddressType": "POBOX", "City": "", "Country": ""},
                {"AddressType": "STREET", "City": "Leeds"}],
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": ""}],
        }));
        assert_eq!(
            contact,
            Contact {
                name: "Ann".into(),
                address: Some(Address {
                    city: Some("Leeds".into()),
                    ..Address::default()
                }),
                archived: true,
                ..Contact::default()
            }
        );
    }

    #[test]
    fn a_supplier_is_one_until_it_is_invoiced() {
        for (supplier, customer, only) in [
            (true, false, true),
            (true, true, false),
            (false, false, false),
        ] {
            let contact = read(json!({"ContactID": "A", "Name": "Ann",
                "IsSupplier": supplier, "IsCustomer": customer}));
            assert_eq!(contact.supplier_only, only);
        }
    }

    #[test]
    fn what_is_created_reads_back_the_same() {
        let mut element = create(&ann(), "CUST-0001").unwrap();
        assert_eq!(element["ContactNumber"], "CUST-0001");
        element["ContactID"] = json!("A");
        assert_eq!(read(element), ann());
    }

    #[test]
    fn a_marker_that_does_not_fit_is_left_out() {
        let element = create(&ann(), &"x".repeat(51)).unwrap();
        assert_eq!(element.get("ContactNumber"), None);
    }

    #[test]
    fn an_update_says_only_what_changed() {
        let mut to = ann();
        to.email = None;
        to.archived = true;
        assert_eq!(
            update("id-1", &ann(), &to).unwrap(),
            Some(json!({"ContactID": "id-1", "EmailAddress": "", "ContactStatus": "ARCHIVED"}))
        );
        assert_eq!(update("id-1", &ann(), &ann()).unwrap(), None);
    }

    #[test]
    fn what_xero_would_refuse_is_told_before() {
        for (name, field) in [
            ("", "name"),
            ("a <b>", "name"),
            ("n".repeat(256).as_str(), "name"),
        ] {
            let contact = Contact {
                name: name.to_owned(),
                ..Contact::default()
            };
            match create(&contact, "m") {
                Err(Cause::Invalid { field: found, .. }) => assert_eq!(found, field),
                other => panic!("{name:?}: {other:?}"),
            }
        }
        let long = Contact {
            tax_number: Some("9".repeat(51)),
            ..ann()
        };
        assert!(create(&long, "m").is_err());
        let spaced = Contact {
            name: "Two  spaces".into(),
            ..Contact::default()
        };
        assert_eq!(create(&spaced, "m").unwrap()["Name"], "Two spaces");
    }
}
