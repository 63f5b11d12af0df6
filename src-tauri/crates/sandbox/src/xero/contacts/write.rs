//! Creating, updating, archiving and merging contacts.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::json::{flag, given, text};
use super::{
    ADDRESS_FIELDS, ADDRESS_TYPES, Contact, ContactStatus, PHONE_FIELDS, PHONE_TYPES, Parts,
    Person, TEXT_FIELDS, fold,
};

const NUMBER_TAKEN: &str =
    "Another contact has this contact number. Please enter a different contact number.";

/// How a write finds the contact it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactMatch {
    /// PUT: always a new one.
    Create,
    /// POST: by id, number or name, else a new one.
    Upsert,
    /// POST to `/Contacts/{id}`, and a person's edit.
    Exactly(Uuid),
}

impl Books {
    /// Writes one contact by Xero's rules.
    pub fn write_contact(
        &mut self,
        element: &Value,
        matching: ContactMatch,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let target = self.target_contact(element, matching)?;
        let mut contact = match target {
            Some(id) => self.contacts.get(id).cloned(),
            None => None,
        }
        .unwrap_or_else(|| Contact::new(Uuid::nil(), "", now));
        let mut faults = Faults::default();
        apply(&mut contact, element, &mut faults);
        self.check_contact(&contact, target, &mut faults);
        faults.into_result()?;
        if target.is_none() {
            contact.id = self.new_id();
        }
        contact.updated = dates::to_millis(now);
        let id = contact.id;
        self.contacts.put(contact);
        Ok(id)
    }

    fn target_contact(
        &self,
        element: &Value,
        matching: ContactMatch,
    ) -> Result<Option<Uuid>, Faults> {
        let missing = || Faults::one("The contact with the specified ContactID could not be found");
        match matching {
            ContactMatch::Create => Ok(None),
            ContactMatch::Exactly(id) => self
                .contacts
                .get(id)
                .map(|contact| Some(contact.id))
                .ok_or_else(missing),
            ContactMatch::Upsert => {
                if let Some(id) = text(element, "ContactID").filter(|id| !is_zero(id)) {
                    return id
                        .parse()
                        .ok()
                        .filter(|id| self.contacts.get(*id).is_some())
                        .map(Some)
                        .ok_or_else(missing);
                }
                if let Some(number) = text(element, "ContactNumber").filter(|n| !n.is_empty())
                    && let Some(id) = self
                        .contacts
                        .with_key("number", &number.to_lowercase())
                        .next()
                {
                    let merged = self
                        .contacts
                        .get(id)
                        .is_some_and(|contact| contact.merged_to.is_some());
                    return if merged {
                        Err(Faults::one(NUMBER_TAKEN))
                    } else {
                        Ok(Some(id))
                    };
                }
                Ok(text(element, "Name")
                    .and_then(|name| self.contacts.with_key("name", &fold(&name)).next()))
            }
        }
    }

    fn check_contact(&self, contact: &Contact, target: Option<Uuid>, faults: &mut Faults) {
        let other = |id: &Uuid| Some(*id) != target;
        if contact.name.is_empty() {
            faults.add("The contact name must be specified.");
        }
        if contact.name.contains(['<', '>']) {
            faults.add("The contact name cannot contain angle brackets.");
        }
        if contact.status == ContactStatus::Active
            && self
                .contacts
                .with_key("name", &fold(&contact.name))
                .any(|id| other(&id))
        {
            faults.add(format!(
                "The contact name {} is already assigned to another contact. The contact name must be unique across all active contacts.",
                contact.name
            ));
        }
        if let Some(number) = &contact.number
            && self
                .contacts
                .with_key("number", &number.to_lowercase())
                .any(|id| other(&id))
        {
            faults.add(NUMBER_TAKEN);
        }
        let email = contact.text("EmailAddress");
        if !email.is_empty() && !valid_email(email) {
            faults.add("Email address must be valid");
        }
        let website = contact.text("Website");
        if !website.is_empty() && !url::Url::parse(website).is_ok_and(|url| url.has_host()) {
            faults.add("Website must be valid");
        }
        let currency = contact.text("DefaultCurrency");
        if !currency.is_empty() && !self.currencies.iter().any(|known| known.code == currency) {
            faults.add(format!(
                "Organisation is not subscribed to currency {currency}"
            ));
        }
        if let Some(terms) = contact
            .payment_terms
            .as_ref()
            .and_then(|terms| given(terms, "Sales"))
        {
            let day = text(terms, "Day").and_then(|day| day.parse::<i64>().ok());
            let monthly = matches!(
                text(terms, "Type").as_deref(),
                Some("OFCURRENTMONTH" | "OFFOLLOWINGMONTH")
            );
            if monthly && !day.is_some_and(|day| (1..=31).contains(&day)) {
                faults.at("/PaymentTerms/Sales", "Due Date for Sales Invoices must be between 1 and 31 when set to the following (or current) month");
            }
        }
    }

    /// Merges a contact into another, as a person does in Xero: its documents move, it is archived.
    pub fn merge_contact(
        &mut self,
        loser: Uuid,
        winner: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        if loser == winner {
            return Err("a contact cannot be merged with itself".to_owned());
        }
        let mut kept = self
            .contacts
            .get(winner)
            .filter(|contact| contact.status == ContactStatus::Active)
            .cloned()
            .ok_or("the contact to keep must be active")?;
        let mut ended = self.contacts.get(loser).cloned().ok_or("no such contact")?;
        let now = dates::to_millis(now);
        let moved: Vec<Uuid> = self
            .invoices
            .with_key("contact", &loser.to_string())
            .collect();
        for id in moved {
            if let Some(mut invoice) = self.invoices.get(id).cloned() {
                invoice.contact = winner;
                if self.quirks.merge_bumps_invoices {
                    invoice.updated = now;
                }
                self.invoices.put(invoice);
            }
        }
        let credits: Vec<Uuid> = self
            .credits
            .with_key("contact", &loser.to_string())
            .collect();
        for id in credits {
            if let Some(mut credit) = self.credits.get(id).cloned() {
                credit.document.contact = winner;
                if self.quirks.merge_bumps_invoices {
                    credit.document.updated = now;
                }
                self.credits.put(credit);
            }
        }
        kept.is_customer |= ended.is_customer;
        kept.is_supplier |= ended.is_supplier;
        kept.updated = now;
        ended.status = ContactStatus::Archived;
        ended.merged_to = Some(winner);
        ended.updated = now;
        self.contacts.put(kept);
        self.contacts.put(ended);
        Ok(())
    }
}

fn is_zero(id: &str) -> bool {
    id.parse() == Ok(Uuid::nil())
}

fn apply(contact: &mut Contact, element: &Value, faults: &mut Faults) {
    if let Some(name) = text(element, "Name") {
        contact.name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        check_length("Name", &contact.name, 255, faults);
    }
    if let Some(number) = text(element, "ContactNumber") {
        check_length("ContactNumber", &number, 50, faults);
        contact.number = Some(number).filter(|number| !number.is_empty());
    }
    match text(element, "ContactStatus").as_deref() {
        Some("ACTIVE") => contact.status = ContactStatus::Active,
        Some("ARCHIVED") => contact.status = ContactStatus::Archived,
        Some(_) => faults.add("The contact status is not valid."),
        None => {}
    }
    set_parts(&mut contact.texts, element, TEXT_FIELDS, faults);
    each(element, "Addresses", faults, |address, faults| {
        let kind = text(address, "AddressType").unwrap_or_else(|| "POBOX".to_owned());
        match ADDRESS_TYPES.iter().find(|known| **known == kind) {
            Some(known) => {
                let parts = contact.addresses.entry(known).or_default();
                set_parts(parts, address, ADDRESS_FIELDS, faults);
            }
            // DELIVERY is a type of organisations only.
            None => faults.add("The address type is not valid."),
        }
    });
    each(element, "Phones", faults, |phone, faults| {
        let kind = text(phone, "PhoneType").unwrap_or_else(|| "DEFAULT".to_owned());
        match PHONE_TYPES.iter().find(|known| **known == kind) {
            Some(known) => {
                let parts = contact.phones.entry(known).or_default();
                set_parts(parts, phone, PHONE_FIELDS, faults);
            }
            None if kind == "OFFICE" => {}
            None => faults.add("The phone type is not valid."),
        }
    });
    if given(element, "ContactPersons").is_some_and(Value::is_array) {
        let mut persons = Vec::new();
        each(element, "ContactPersons", faults, |person, _| {
            persons.push(Person {
                first_name: text(person, "FirstName").unwrap_or_default(),
                last_name: text(person, "LastName").unwrap_or_default(),
                email: text(person, "EmailAddress").unwrap_or_default(),
                include_in_emails: flag(person, "IncludeInEmails").unwrap_or(false),
            });
        });
        if persons.len() > 5 {
            faults.add("A maximum of 5 contact persons can be added to a contact.");
        }
        contact.persons = persons;
    }
    if let Some(terms) = given(element, "PaymentTerms").filter(|terms| terms.is_object()) {
        contact.payment_terms = Some(terms.clone()).filter(|terms| *terms != serde_json::json!({}));
    }
}

fn each(
    element: &Value,
    name: &str,
    faults: &mut Faults,
    mut with: impl FnMut(&Value, &mut Faults),
) {
    let items = given(element, name).and_then(Value::as_array);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let mut found = Faults::default();
        with(item, &mut found);
        faults.within(&format!("/{name}/{index}"), found);
    }
}

fn set_parts(
    parts: &mut Parts,
    object: &Value,
    fields: &'static [(&'static str, usize)],
    faults: &mut Faults,
) {
    for (name, longest) in fields {
        if let Some(value) = text(object, name) {
            check_length(name, &value, *longest, faults);
            if value.is_empty() {
                parts.remove(name);
            } else {
                parts.insert(name, value);
            }
        }
    }
}

fn check_length(name: &str, value: &str, longest: usize, faults: &mut Faults) {
    if value.chars().count() > longest {
        faults.add(format!(
            "The {name} field must be {longest} characters or fewer."
        ));
    }
}

fn valid_email(email: &str) -> bool {
    let shape = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
    });
    shape && email.is_ascii() && !email.contains(char::is_whitespace)
}
