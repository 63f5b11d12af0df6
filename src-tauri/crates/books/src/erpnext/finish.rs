//! The end of a write that broke off on the way.
//!
//! Of the requests that change a contact each shows on the record, but one: that a new Address is the
//! Customer's primary one. Without it the Address is found all the same, as the only one or the one that
//! is ticked, so the contact reads as it was meant to and no plan would send the rest. What else is left
//! of an unfinished write (the other documents of a contact, a draft to be submitted, a document to be
//! replaced) shows on the record, and is planned anew.

use ::erpnext::Error;
use ::erpnext::translate::contact::ContactVersion;
use engine::books::{Books, BooksError, Change, Lookup, Prepared, Pulled, Wire};
use http::Method;
use ledger::agreement::ContactField;
use ledger::{Contact, Kind, Record};
use serde_json::{Value, json};

use super::ErpnextBooks;
use super::failure;
use super::prepare::NAME;
use super::send::Sender;

/// Of a Customer: the name of its primary Address.
const PRIMARY_ADDRESS: &str = "customer_primary_address";

impl ErpnextBooks {
    pub(super) async fn finish_contact(
        &self,
        prepared: &Prepared,
        found: Pulled,
        wire: Option<&dyn Wire>,
    ) -> Result<Option<Pulled>, BooksError> {
        let Some((address, mut body)) = left(prepared, &found) else {
            return Ok(Some(found));
        };
        let customer = self.client.document("Customer", found.id.as_str()).await;
        let customer = customer.map_err(failure::of_the_connection)?;
        // Who has chosen one since has chosen.
        let open = |customer: &Value| {
            let primary = customer[PRIMARY_ADDRESS].as_str().unwrap_or_default();
            primary.is_empty()
        };
        let Some(customer) = customer.filter(open) else {
            return Ok(Some(found));
        };
        let Some(wire) = wire else {
            return Ok(None);
        };
        body[PRIMARY_ADDRESS] = json!(address);
        body["modified"] = customer["modified"].clone();
        let sender = Sender { books: self, wire };
        let path = ::erpnext::site::document("Customer", found.id.as_str());
        match sender.write(prepared, Method::PUT, &path, &body).await {
            // A site that always answers this with an error must not keep every run from going on; the
            // contact says what was meant.
            Ok(_)
            | Err(
                Error::Refused(_)
                | Error::NotAllowed(_)
                | Error::Unfinished { .. }
                | Error::Garbage { .. },
            ) => {}
            Err(error @ (Error::Net(_) | Error::SignIn | Error::Unavailable(_))) => {
                return Err(failure::of_the_connection(error));
            }
        }
        let by_id = Lookup::Ids(vec![found.id.clone()]);
        let now = self.find(Kind::Contact, &by_id).await?;
        Ok(Some(now.into_iter().next().unwrap_or(found)))
    }
}

/// The Address that a write made for a Customer without one, and the request that is to name it, where
/// the write has such a request.
fn left(prepared: &Prepared, found: &Pulled) -> Option<(String, Value)> {
    let Change::Update {
        to: Record::Contact(meant),
        ..
    } = &prepared.write.change
    else {
        return None;
    };
    let names = |body: &Value| body[PRIMARY_ADDRESS] == NAME;
    let step = prepared.steps.iter().find(|step| names(&step.body))?;
    let got: &Contact = found.record.as_ref().ok()?.as_contact()?;
    // Another one is a person's.
    let ours = got.address.is_some() && ContactField::Address.agrees(meant, got);
    let (address, _) = ContactVersion::from_text(found.version.as_str())?.address?;
    ours.then(|| (address, step.body.clone()))
}
