//! Contacts (Xero developer docs, "Contacts").

mod read;
mod write;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::dates;
use super::filter::Operand;
use super::json::{money, put};
use super::listing::Listed;
use super::records::Row;

pub use write::ContactMatch;

/// `ContactStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStatus {
    /// In use.
    Active,
    /// Hidden from lists; no new documents.
    Archived,
}

impl ContactStatus {
    /// Xero's word.
    pub const fn word(self) -> &'static str {
        match self {
            ContactStatus::Active => "ACTIVE",
            ContactStatus::Archived => "ARCHIVED",
        }
    }
}

/// Plain text properties besides name and number, with their greatest length.
pub const TEXT_FIELDS: &[(&str, usize)] = &[
    ("AccountNumber", 50),
    ("FirstName", 255),
    ("LastName", 255),
    ("CompanyNumber", 50),
    ("EmailAddress", 255),
    ("BankAccountDetails", 255),
    ("TaxNumber", 50),
    ("AccountsReceivableTaxType", 50),
    ("AccountsPayableTaxType", 50),
    ("DefaultCurrency", 3),
    ("SalesDefaultAccountCode", 10),
    ("PurchasesDefaultAccountCode", 10),
    ("XeroNetworkKey", 50),
    ("Website", 255),
];

/// Parts of an address with their greatest length.
pub const ADDRESS_FIELDS: &[(&str, usize)] = &[
    ("AddressLine1", 500),
    ("AddressLine2", 500),
    ("AddressLine3", 500),
    ("AddressLine4", 500),
    ("City", 255),
    ("Region", 255),
    ("PostalCode", 50),
    ("Country", 50),
    ("AttentionTo", 255),
];

/// Parts of a phone number with their greatest length.
pub const PHONE_FIELDS: &[(&str, usize)] = &[
    ("PhoneNumber", 50),
    ("PhoneAreaCode", 10),
    ("PhoneCountryCode", 20),
];

/// Address types in the order they are listed.
pub const ADDRESS_TYPES: [&str; 2] = ["STREET", "POBOX"];
/// Phone types in the order they are listed.
pub const PHONE_TYPES: [&str; 4] = ["DDI", "DEFAULT", "FAX", "MOBILE"];

/// A person at a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Email address.
    pub email: String,
    /// Gets the emails too.
    pub include_in_emails: bool,
}

/// Parts of an address or phone by property name; absent and empty are the same.
pub type Parts = BTreeMap<&'static str, String>;

/// A contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// `ContactID`.
    pub id: Uuid,
    /// `ContactNumber`: another system's key, writable through the API only.
    pub number: Option<String>,
    /// Name, unique among active contacts without regard to case.
    pub name: String,
    /// ACTIVE or ARCHIVED.
    pub status: ContactStatus,
    /// The [`TEXT_FIELDS`].
    pub texts: Parts,
    /// Addresses by type.
    pub addresses: BTreeMap<&'static str, Parts>,
    /// Phone numbers by type.
    pub phones: BTreeMap<&'static str, Parts>,
    /// `ContactPersons`, at most five.
    pub persons: Vec<Person>,
    /// `PaymentTerms` as given.
    pub payment_terms: Option<Value>,
    /// Winner of the merge that ended this contact.
    pub merged_to: Option<Uuid>,
    /// Has or had sales documents.
    pub is_customer: bool,
    /// Has or had purchase documents.
    pub is_supplier: bool,
    /// `UpdatedDateUTC`.
    pub updated: DateTime<Utc>,
}

impl Contact {
    /// An active contact with nothing but a name.
    pub fn new(id: Uuid, name: &str, now: DateTime<Utc>) -> Self {
        Contact {
            id,
            number: None,
            name: name.to_owned(),
            status: ContactStatus::Active,
            texts: Parts::new(),
            addresses: BTreeMap::new(),
            phones: BTreeMap::new(),
            persons: Vec::new(),
            payment_terms: None,
            merged_to: None,
            is_customer: false,
            is_supplier: false,
            updated: dates::to_millis(now),
        }
    }

    /// One of the [`TEXT_FIELDS`], empty when not given.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// As invoices show it in lists.
    pub fn stub(&self) -> Value {
        json!({
            "ContactID": self.id.to_string(),
            "Name": self.name,
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": false,
        })
    }

    /// As the Contacts endpoint shows it.
    pub fn to_json(&self, detail: Detail, outstanding: Option<(Decimal, Decimal)>) -> Value {
        let mut value = json!({"ContactID": self.id.to_string()});
        if let Some(number) = &self.number {
            put(&mut value, "ContactNumber", number.as_str());
        }
        if !self.text("AccountNumber").is_empty() {
            put(&mut value, "AccountNumber", self.text("AccountNumber"));
        }
        put(&mut value, "ContactStatus", self.status.word());
        put(&mut value, "Name", self.name.as_str());
        for (name, _) in TEXT_FIELDS {
            let always = matches!(*name, "EmailAddress" | "BankAccountDetails" | "TaxNumber");
            let default_account = matches!(
                *name,
                "SalesDefaultAccountCode" | "PurchasesDefaultAccountCode"
            );
            if *name == "AccountNumber" || (default_account && detail != Detail::Full) {
                continue;
            }
            let text = self.text(name);
            if always || !text.is_empty() {
                put(&mut value, name, text);
            }
        }
        if detail != Detail::Summary {
            put(&mut value, "Addresses", self.addresses_json());
        }
        put(&mut value, "Phones", self.phones_json());
        put(&mut value, "UpdatedDateUTC", dates::instant(self.updated));
        if detail != Detail::Summary {
            put(&mut value, "ContactGroups", json!([]));
            put(&mut value, "IsSupplier", self.is_supplier);
            put(&mut value, "IsCustomer", self.is_customer);
        }
        if detail == Detail::Full {
            if let Some((due, overdue)) = outstanding {
                let zero = || json!({"Outstanding": money(Decimal::ZERO), "Overdue": money(Decimal::ZERO)});
                put(
                    &mut value,
                    "Balances",
                    json!({
                        "AccountsReceivable": {"Outstanding": money(due), "Overdue": money(overdue)},
                        "AccountsPayable": zero(),
                    }),
                );
            }
            if let Some(terms) = &self.payment_terms {
                put(&mut value, "PaymentTerms", terms.clone());
            }
            if let Some(winner) = self.merged_to {
                put(&mut value, "MergedToContactID", winner.to_string());
            }
            put(&mut value, "SalesTrackingCategories", json!([]));
            put(&mut value, "PurchasesTrackingCategories", json!([]));
            put(&mut value, "ContactPersons", self.persons_json());
        }
        if detail == Detail::Unpaged {
            put(&mut value, "ContactPersons", json!([]));
        }
        put(&mut value, "HasAttachments", false);
        put(&mut value, "HasValidationErrors", false);
        value
    }

    fn addresses_json(&self) -> Value {
        ADDRESS_TYPES
            .iter()
            .map(|kind| {
                let mut address = json!({"AddressType": kind});
                let parts = self.addresses.get(kind);
                for (name, _) in ADDRESS_FIELDS {
                    let text = parts
                        .and_then(|parts| parts.get(name))
                        .map_or("", String::as_str);
                    // Lines are listed only where they hold something, the rest always.
                    if !text.is_empty()
                        || matches!(*name, "City" | "Region" | "PostalCode" | "Country")
                    {
                        put(&mut address, name, text);
                    }
                }
                address
            })
            .collect()
    }

    fn phones_json(&self) -> Value {
        PHONE_TYPES
            .iter()
            .map(|kind| {
                let mut phone = json!({"PhoneType": kind});
                let parts = self.phones.get(kind);
                for (name, _) in PHONE_FIELDS {
                    let text = parts
                        .and_then(|parts| parts.get(name))
                        .map_or("", String::as_str);
                    put(&mut phone, name, text);
                }
                phone
            })
            .collect()
    }

    fn persons_json(&self) -> Value {
        self.persons
            .iter()
            .map(|person| {
                let map: Map<String, Value> = [
                    ("FirstName", json!(person.first_name)),
                    ("LastName", json!(person.last_name)),
                    ("EmailAddress", json!(person.email)),
                    ("IncludeInEmails", json!(person.include_in_emails)),
                ]
                .into_iter()
                .map(|(name, part)| (name.to_owned(), part))
                .collect();
                Value::Object(map)
            })
            .collect()
    }
}

/// How much of a contact an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Paged lists, single reads, answers to writes.
    Full,
    /// Lists without `page`.
    Unpaged,
    /// `summaryOnly=true`.
    Summary,
}

/// A name as uniqueness sees it.
pub fn fold(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

impl Row for Contact {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![("any name", fold(&self.name))];
        if self.status == ContactStatus::Active {
            keys.push(("name", fold(&self.name)));
        }
        if let Some(number) = &self.number {
            keys.push(("number", number.to_lowercase()));
        }
        if !self.text("EmailAddress").is_empty() {
            keys.push(("email", self.text("EmailAddress").to_lowercase()));
        }
        keys
    }
}

impl Listed for Contact {
    fn property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "contactid" => Operand::Text(self.id.to_string()),
            "contactnumber" => Operand::text(self.number.as_deref()),
            "name" => Operand::Text(self.name.clone()),
            "contactstatus" => Operand::Text(self.status.word().to_owned()),
            "iscustomer" => Operand::Flag(self.is_customer),
            "issupplier" => Operand::Flag(self.is_supplier),
            "updateddateutc" => Operand::Time(self.updated),
            other => {
                let (field, _) = TEXT_FIELDS
                    .iter()
                    .find(|(field, _)| field.eq_ignore_ascii_case(other))?;
                Operand::text(Some(self.text(field)).filter(|text| !text.is_empty()))
            }
        })
    }

    fn found_by(&self, term: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(term);
        has(&self.name)
            || self.number.as_deref().is_some_and(has)
            || ["FirstName", "LastName", "CompanyNumber", "EmailAddress"]
                .iter()
                .any(|name| has(self.text(name)))
    }
}
