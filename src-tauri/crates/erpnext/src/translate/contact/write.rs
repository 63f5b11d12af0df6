//! Customers as ERPNext takes them.

use ledger::contact::text;
use ledger::{Address, Cause, Contact, Side};
use serde_json::{Map, Value, json};

use super::{LONGEST, NOTHING};
use crate::chart::Chart;
use crate::marker_fields;

fn invalid(field: &str, why: String) -> Cause {
    Cause::Invalid {
        side: Side::Erpnext,
        field: field.to_owned(),
        why,
    }
}

/// Checks what can be told without asking the site.
///
/// # Errors
/// The cause for which ERPNext would refuse the contact.
pub fn check(contact: &Contact, chart: &Chart) -> Result<(), Cause> {
    if contact.name.trim().is_empty() {
        return Err(invalid("name", "The contact has no name".to_owned()));
    }
    if contact.name.contains(['<', '>']) {
        return Err(invalid(
            "name",
            "ERPNext does not allow < and > in names. Change the name in Xero".to_owned(),
        ));
    }
    let address = contact.address.clone().unwrap_or_default();
    for (field, value) in [
        ("name", Some(&contact.name)),
        ("e-mail", contact.email.as_ref()),
        ("tax number", contact.tax_number.as_ref()),
        ("address", address.line1.as_ref()),
        ("address", address.line2.as_ref()),
        ("city", address.city.as_ref()),
        ("region", address.region.as_ref()),
        ("post code", address.postal_code.as_ref()),
    ] {
        if let Some(value) = value
            && value.chars().count() > LONGEST
        {
            return Err(invalid(
                field,
                format!("It is longer than the {LONGEST} characters ERPNext can hold"),
            ));
        }
    }
    if let Some(phone) = &contact.phone
        && !is_phone(phone)
    {
        return Err(invalid(
            "telephone",
            format!(
                "ERPNext does not accept \"{phone}\": it takes up to 20 digits, blanks and + - ( ) # * . , only"
            ),
        ));
    }
    if let Some(country) = &address.country
        && chart.country_named(country).is_none()
    {
        return Err(invalid(
            "country",
            format!(
                "ERPNext knows no country \"{country}\". Correct it in Xero, or add it in ERPNext under Country"
            ),
        ));
    }
    Ok(())
}

/// Frappe's own test of a telephone number.
fn is_phone(phone: &str) -> bool {
    let phone = phone.trim();
    (1..=20).contains(&phone.chars().count())
        && phone
            .chars()
            .all(|c| c.is_ascii_digit() || " +_-,.*#()".contains(c))
}

/// The fields of an Address document.
fn address_fields(address: &Address, chart: &Chart) -> Map<String, Value> {
    let or_nothing = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.to_owned());
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    let country = address
        .country
        .as_deref()
        .and_then(|country| chart.country_named(country))
        .or_else(|| chart.country.clone())
        .unwrap_or_default();
    let mut fields = Map::new();
    for (field, value) in [
        ("address_line1", or_nothing(&address.line1)),
        ("address_line2", or_empty(&address.line2)),
        ("city", or_nothing(&address.city)),
        ("state", or_empty(&address.region)),
        ("pincode", or_empty(&address.postal_code)),
        ("country", country),
    ] {
        fields.insert(field.to_owned(), json!(value));
    }
    fields
}

/// The body that creates a Customer with its Address and Contact in one request: ERPNext makes them
/// of the address and contact fields on a new Customer.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn create_body(contact: &Contact, marker: &str, chart: &Chart) -> Result<Value, Cause> {
    check(contact, chart)?;
    let mut body = json!({
        "doctype": "Customer",
        // A chosen name is refused the second time, where one made from the customer name would
        // silently become "Acme - 1".
        "name": contact.name.trim(),
        "customer_name": contact.name.trim(),
        "customer_type": "Company",
        "disabled": u8::from(contact.archived),
        marker_fields::CONTACT: marker,
    });
    if let Some(tax_number) = &contact.tax_number {
        body["tax_id"] = json!(tax_number);
    }
    if let Some(email) = &contact.email {
        body["email_id"] = json!(email);
    }
    if let Some(phone) = &contact.phone {
        body["mobile_no"] = json!(phone.trim());
    }
    if let Some(address) = &contact.address {
        for (field, value) in address_fields(address, chart) {
            body[field] = value;
        }
    }
    set_currency(&mut body, contact, chart);
    Ok(body)
}

/// A customer of a foreign currency needs a receivable account in it; without one ERPNext refuses
/// every invoice, so the currency is left unsaid then.
fn set_currency(body: &mut Value, contact: &Contact, chart: &Chart) {
    let Some(currency) = contact.currency else {
        return;
    };
    if currency == chart.currency {
        body["default_currency"] = json!(currency.code());
    } else if let Some(account) = chart.receivable_in(currency) {
        body["default_currency"] = json!(currency.code());
        body["accounts"] = json!([{"company": chart.company, "account": account}]);
    }
}

/// The changes to the three documents of a contact; each is `None` where nothing changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContactChanges {
    /// Fields of the Customer.
    pub customer: Option<Value>,
    /// Fields of its Address; of a new one where it has none.
    pub address: Option<Value>,
    /// The e-mail address and telephone number of its Contact.
    pub person: Option<PersonChange>,
}

/// What becomes of the primary e-mail address and telephone number. `None` removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// The e-mail address; the outer `None` leaves it alone.
    pub email: Option<Option<String>>,
    /// The telephone number; the outer `None` leaves it alone.
    pub phone: Option<Option<String>>,
}

/// What has to change for a contact to become another.
///
/// # Errors
/// The cause for which ERPNext would refuse it.
pub fn changes(from: &Contact, to: &Contact, chart: &Chart) -> Result<ContactChanges, Cause> {
    check(to, chart)?;
    let mut customer = Map::new();
    if from.name != to.name {
        // The document keeps its name: renaming it would change what every link points to.
        customer.insert("customer_name".to_owned(), json!(to.name.trim()));
    }
    if from.tax_number != to.tax_number {
        customer.insert(
            "tax_id".to_owned(),
            json!(to.tax_number.clone().unwrap_or_default()),
        );
    }
    if from.archived != to.archived {
        customer.insert("disabled".to_owned(), json!(u8::from(to.archived)));
    }
    let address = (from.address != to.address).then(|| {
        Value::Object(address_fields(
            &to.address.clone().unwrap_or_default(),
            chart,
        ))
    });
    let changed = |from: &Option<String>, to: &Option<String>| {
        (from != to).then(|| to.as_deref().and_then(text))
    };
    let person = PersonChange {
        email: changed(&from.email, &to.email),
        phone: changed(&from.phone, &to.phone),
    };
    Ok(ContactChanges {
        customer: (!customer.is_empty()).then_some(Value::Object(customer)),
        address,
        person: (person.email.is_some() || person.phone.is_some()).then_some(person),
    })
}

/// Puts a changed e-mail address and telephone number into a Contact document as read: only the
/// primary rows change, all others stay (a child table that is sent replaces the whole table).
pub fn person_body(document: &Value, change: &PersonChange) -> Value {
    let mut body = Map::new();
    if let Some(email) = &change.email {
        body.insert(
            "email_ids".to_owned(),
            rows(
                document,
                "email_ids",
                "email_id",
                &["is_primary"],
                email.as_deref(),
            ),
        );
    }
    if let Some(phone) = &change.phone {
        body.insert(
            "phone_nos".to_owned(),
            rows(
                document,
                "phone_nos",
                "phone",
                &["is_primary_mobile_no", "is_primary_phone"],
                phone.as_deref(),
            ),
        );
    }
    Value::Object(body)
}

/// The rows of a child table with the primary one replaced. Of several marks the first one that a
/// row carries counts, in the order given: a mobile number is what this client reads first.
fn rows(document: &Value, table: &str, field: &str, marks: &[&str], value: Option<&str>) -> Value {
    let mut rows: Vec<Value> = document[table].as_array().cloned().unwrap_or_default();
    let marked = |row: &Value, mark: &str| row[mark] == 1 || row[mark] == true;
    let place = marks
        .iter()
        .find_map(|mark| rows.iter().position(|row| marked(row, mark)));
    match (place, value) {
        (Some(place), Some(value)) => rows[place][field] = json!(value),
        (Some(place), None) => {
            rows.remove(place);
        }
        (None, Some(value)) => rows.push(json!({field: value, marks[0]: 1})),
        (None, None) => {}
    }
    Value::Array(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::customer;
    use super::super::to_ledger;
    use super::*;
    use crate::chart::sample::chart;
    use ledger::Currency;

    #[test]
    fn creating_sends_one_body() {
        let contact = Contact {
            name: "Acme".into(),
            email: Some("a@acme.test".into()),
            currency: Currency::new("USD").ok(),
            ..Contact::default()
        };
        let body = create_body(&contact, "guid", &chart()).unwrap();
        assert_eq!(body["name"], "Acme");
        assert_eq!(body["xero_contact_id"], "guid");
        assert_eq!(body["default_currency"], "USD");
        assert_eq!(body["accounts"][0]["account"], "Debtors USD - ACM");
        assert!(body.get("address_line1").is_none());
        let euro = Contact {
            currency: Currency::new("EUR").ok(),
            ..contact
        };
        let body = create_body(&euro, "guid", &chart()).unwrap();
        assert!(body.get("default_currency").is_none());
    }

    #[test]
    fn what_erpnext_would_refuse_is_told_before() {
        let bad = |change: fn(&mut Contact)| {
            let mut contact = Contact {
                name: "Acme".into(),
                ..Contact::default()
            };
            change(&mut contact);
            match check(&contact, &chart()) {
                Err(Cause::Invalid { field, .. }) => field,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(bad(|c| c.name = "A <B>".into()), "name");
        assert_eq!(bad(|c| c.phone = Some("ask for Bob".into())), "telephone");
        assert_eq!(
            bad(|c| c.address = Address {
                country: Some("Atlantis".into()),
                ..Address::default()
            }
            .some()),
            "country"
        );
        assert_eq!(bad(|c| c.tax_number = Some("9".repeat(141))), "tax number");
    }

    #[test]
    fn only_what_changed_is_sent() {
        let chart = chart();
        let from = to_ledger(&customer(), &chart);
        let mut to = from.clone();
        assert_eq!(
            changes(&from, &to, &chart).unwrap(),
            ContactChanges::default()
        );
        to.archived = true;
        to.email = None;
        let changes = changes(&from, &to, &chart).unwrap();
        assert_eq!(changes.customer.unwrap().to_string(), r#"{"disabled":1}"#);
        assert_eq!(changes.address, None);
        assert_eq!(
            changes.person.unwrap(),
            PersonChange {
                email: Some(None),
                phone: None
            }
        );
    }

    #[test]
    fn other_rows_of_a_person_stay() {
        let document = json!({"email_ids": [
            {"name": "r1", "email_id": "old@acme.test", "is_primary": 1},
            {"name": "r2", "email_id": "boss@acme.test", "is_primary": 0}
        ]});
        let body = person_body(
            &document,
            &PersonChange {
                email: Some(Some("new@acme.test".into())),
                phone: Some(Some("123".into())),
            },
        );
        assert_eq!(body["email_ids"][0]["email_id"], "new@acme.test");
        assert_eq!(body["email_ids"][1]["email_id"], "boss@acme.test");
        assert_eq!(body["phone_nos"][0]["is_primary_mobile_no"], 1);
    }
}
