//! `GET /Contacts`.

use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::super::books::Books;
use super::super::errors::Refusal;
use super::super::http::Incoming;
use super::super::invoices::InvoiceStatus;
use super::super::listing::{Listed as _, Listing, View, choose, pagination};
use super::{Contact, ContactStatus, Detail, fold};

impl Books {
    /// A list: the contacts and the `pagination` object if paged.
    pub fn list_contacts(&self, request: &Incoming<'_>) -> Result<(Option<Value>, Value), Refusal> {
        let listing = Listing::read(request, false)?;
        let only = match request.query_list("ids") {
            Some(ids) => Some(ids.iter().filter_map(|id| id.parse().ok()).collect()),
            None => self.contacts_by_filter(&listing),
        };
        let active = |contact: &Contact| contact.status == ContactStatus::Active;
        let asked_by_status = listing
            .filter
            .as_ref()
            .is_some_and(|filter| filter.must_equal("contactstatus").is_some());
        let keep: Option<&dyn Fn(&Contact) -> bool> = if listing.archived || asked_by_status {
            None
        } else {
            Some(&active)
        };
        let chosen = choose(
            &self.contacts,
            only,
            &View {
                property: &Contact::property,
                found_by: &Contact::found_by,
                keep,
            },
            &listing,
            self.quirks,
        )?;
        let detail = match (listing.summary, listing.page) {
            (true, _) => Detail::Summary,
            (false, Some(_)) => Detail::Full,
            (false, None) => Detail::Unpaged,
        };
        let rows = chosen
            .ids
            .iter()
            .filter_map(|id| self.contact_json(*id, detail))
            .collect();
        Ok((pagination(&listing, chosen.count), rows))
    }

    fn contacts_by_filter(&self, listing: &Listing) -> Option<Vec<Uuid>> {
        let filter = listing.filter.as_ref()?;
        if let Some(id) = filter.must_equal("contactid") {
            return Some(id.parse().into_iter().collect());
        }
        // A name is unique among active contacts only, so archived ones are found by scan.
        if let Some(name) = filter.must_equal("name") {
            return Some(self.contacts.with_key("any name", &fold(name)).collect());
        }
        if let Some(number) = filter.must_equal("contactnumber") {
            return Some(
                self.contacts
                    .with_key("number", &number.to_lowercase())
                    .collect(),
            );
        }
        filter.must_equal("emailaddress").map(|email| {
            self.contacts
                .with_key("email", &email.to_lowercase())
                .collect()
        })
    }

    /// The contact a path segment names: its id or its number.
    pub fn contact_at(&self, segment: &str) -> Option<Uuid> {
        segment
            .parse()
            .ok()
            .filter(|id| self.contacts.get(*id).is_some())
            .or_else(|| {
                self.contacts
                    .with_key("number", &segment.to_lowercase())
                    .next()
            })
    }

    /// One contact as an answer shows it.
    pub fn contact_json(&self, id: Uuid, detail: Detail) -> Option<Value> {
        let contact = self.contacts.get(id)?;
        let outstanding =
            (detail == Detail::Full && contact.is_customer).then(|| self.outstanding(contact.id));
        Some(contact.to_json(detail, outstanding))
    }

    fn outstanding(&self, contact: Uuid) -> (Decimal, Decimal) {
        let due = self
            .invoices
            .with_key("contact", &contact.to_string())
            .filter_map(|id| self.invoices.get(id))
            .filter(|invoice| invoice.status == InvoiceStatus::Authorised)
            .map(super::super::invoices::Invoice::amount_due)
            .sum();
        (due, Decimal::ZERO)
    }
}
