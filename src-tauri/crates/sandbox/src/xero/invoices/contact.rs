//! The contact of an invoice: found, made, changed or refused.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::contacts::{Contact, ContactMatch, ContactStatus, fold};
use super::super::errors::Faults;
use super::super::json::{filled, given, put};
use super::Invoice;

/// The message for a document without a contact, or with an unknown one.
pub const NO_CONTACT: &str = "A Contact must be specified for this type of transaction";

impl Books {
    /// The contact a document names: by id, number or name; a new name makes a new contact.
    pub fn document_contact(
        &mut self,
        named: &Value,
        current: Option<Uuid>,
        now: DateTime<Utc>,
        faults: &mut Faults,
    ) -> Uuid {
        let found = if let Some(id) = filled(named, "ContactID") {
            let id: Uuid = id.parse().unwrap_or_default();
            if self.contacts.get(id).is_none() {
                faults.add(NO_CONTACT);
                return Uuid::nil();
            }
            self.update_named_contact(id, named, now, faults);
            Some(id)
        } else if let Some(number) = filled(named, "ContactNumber")
            && let Some(id) = self
                .contacts
                .with_key("number", &number.to_lowercase())
                .next()
        {
            Some(id)
        } else if let Some(name) = filled(named, "Name") {
            let known = self.contacts.with_key("name", &fold(&name)).next();
            known.or_else(
                || match self.write_contact(named, ContactMatch::Create, now) {
                    Ok(id) => Some(id),
                    Err(why) => {
                        faults.within("/Contact", why);
                        None
                    }
                },
            )
        } else {
            faults.at("/Contact", "Contact cannot be empty.");
            faults.add("Paid to name cannot be empty.");
            None
        };
        let Some(id) = found else {
            return Uuid::nil();
        };
        let archived = self
            .contacts
            .get(id)
            .is_some_and(|contact| contact.status == ContactStatus::Archived);
        if archived && current != Some(id) {
            faults.at("/Contact", "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.");
        }
        id
    }

    /// A document that names a contact by id and says more about it changes the contact, and drops
    /// the contact persons it does not list.
    fn update_named_contact(
        &mut self,
        id: Uuid,
        named: &Value,
        now: DateTime<Utc>,
        faults: &mut Faults,
    ) {
        let says_more = [
            "Name",
            "EmailAddress",
            "FirstName",
            "LastName",
            "ContactNumber",
            "AccountNumber",
            "TaxNumber",
        ]
        .iter()
        .any(|field| filled(named, field).is_some())
            || ["Addresses", "Phones", "ContactPersons"]
                .iter()
                .any(|field| {
                    given(named, field)
                        .and_then(Value::as_array)
                        .is_some_and(|items| !items.is_empty())
                });
        let Some(before) = self.contacts.get(id).cloned().filter(|_| says_more) else {
            return;
        };
        let mut change = named.clone();
        if given(&change, "ContactPersons").is_none() {
            put(&mut change, "ContactPersons", json!([]));
        }
        if let Err(why) = self.write_contact(&change, ContactMatch::Exactly(id), now) {
            faults.within("/Contact", why);
            return;
        }
        let same = self.contacts.get(id).is_some_and(|after| {
            let unstamped = Contact {
                updated: before.updated,
                ..after.clone()
            };
            unstamped == before
        });
        if same {
            self.contacts.put(before);
        }
    }

    /// A contact with a sales document is a customer.
    pub fn mark_customer(&mut self, invoice: &Invoice) {
        let Some(contact) = self.contacts.get(invoice.contact) else {
            return;
        };
        let sales = invoice.kind != "ACCPAY";
        if (sales && contact.is_customer) || (!sales && contact.is_supplier) {
            return;
        }
        // IsCustomer and IsSupplier change without a new UpdatedDateUTC.
        let mut contact = contact.clone();
        contact.is_customer |= sales;
        contact.is_supplier |= !sales;
        self.contacts.put(contact);
    }
}
