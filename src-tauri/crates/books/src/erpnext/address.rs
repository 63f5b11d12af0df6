//! The Address that a change of a contact makes: once, and the customer's primary one.
//!
//! - It is made under the name that the site would give it, so that a second one is refused, where
//!   Frappe alone would silently call it "Acme-Billing-1": another installation may carry the same
//!   change at the same moment (a create under a chosen name, and its refusal the second time, were
//!   tried on a real 16.9).
//! - Of the requests that change a contact each shows on the record, but the one that makes a new Address
//!   the primary one: without it the Address is found all the same, as the only one or the one that is
//!   ticked, so the contact reads as it was meant to and no plan would send the rest. What else is left of
//!   an unfinished write (the other documents of a contact, a draft to be submitted, a document to be
//!   replaced) shows on the record, and is planned anew.

use ::erpnext::Error;
use ::erpnext::error::RefusalKind;
use ::erpnext::translate::contact::{ContactVersion, LONGEST};
use engine::books::{Answer, Books, BooksError, Change, Lookup, Prepared, Pulled, Step, Wire};
use http::Method;
use ledger::agreement::ContactField;
use ledger::{Contact, Kind, Record, RemoteId};
use serde_json::{Value, json};

use super::ErpnextBooks;
use super::failure;
use super::prepare::NAME;
use super::send::Sender;

/// Of a Customer: the name of its primary Address.
const PRIMARY_ADDRESS: &str = "customer_primary_address";

/// The name of a new Address of a customer. `None` where a name cannot be chosen: one that is too long,
/// or begins as Frappe allows none to (`frappe.model.naming.validate_name`).
pub(super) fn name_for(customer: &RemoteId) -> Option<String> {
    let name = format!("{customer}-Billing");
    let allowed = name.chars().count() <= LONGEST && !name.starts_with("New Address");
    allowed.then_some(name)
}

impl Sender<'_> {
    /// The name of the Address that there is after a request to make one failed; else what became of the
    /// write. `begun` says whether an earlier request of it was carried out.
    pub(super) async fn address_after(
        &self,
        prepared: &Prepared,
        step: &Step,
        error: Error,
        begun: bool,
    ) -> Result<String, Answer> {
        let creates = step.method == "POST";
        let customer = prepared.write.change.target();
        let (true, Some(customer)) = (creates && step.path.ends_with("/Address"), customer) else {
            return Err(failure::of_a_write(error, creates, begun));
        };
        if error.may_have_been_done() {
            // A customer that had none has one now. The rest of the write has to be told its name.
            return match self.address_of(customer).await {
                Ok(Some(made)) => Ok(made),
                Ok(None) | Err(_) => Err(failure::of_a_write(error, creates, begun)),
            };
        }
        let taken =
            matches!(&error, Error::Refused(refusal) if refusal.kind() == RefusalKind::NameTaken);
        if !taken {
            return Err(failure::of_a_write(error, creates, begun));
        }
        match self.address_of(customer).await {
            // Somebody made one meanwhile: what it says is compared first.
            Ok(Some(_)) if begun => {
                Err(Answer::InDoubt("its address was made meanwhile".to_owned()))
            }
            Ok(Some(_)) => Err(Answer::Stale),
            // It is one that stands for something else.
            Ok(None) => self.address_named_by_the_site(prepared, step, begun).await,
            Err(failure) if begun => Err(Answer::InDoubt(failure.to_string())),
            Err(failure) => Err(Answer::NotSent(failure)),
        }
    }

    async fn address_named_by_the_site(
        &self,
        prepared: &Prepared,
        step: &Step,
        begun: bool,
    ) -> Result<String, Answer> {
        let mut body = step.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("name");
        }
        let path = ::erpnext::site::doctype("Address");
        let made = self.write(prepared, Method::POST, &path, &body).await;
        let made = made.map_err(|error| failure::of_a_write(error, true, begun))?;
        let name = made["data"]["name"].as_str().map(str::to_owned);
        name.ok_or_else(|| Answer::InDoubt("ERPNext did not say what it created".to_owned()))
    }

    /// The Address that a customer reads with.
    async fn address_of(&self, customer: &RemoteId) -> Result<Option<String>, BooksError> {
        let by_id = Lookup::Ids(vec![customer.clone()]);
        let found = self.books.find(Kind::Contact, &by_id).await?;
        let version = found.first().map(|found| &found.version);
        let version = version.and_then(|it| ContactVersion::from_text(it.as_str()));
        Ok(version
            .and_then(|version| version.address)
            .map(|(name, _)| name))
    }
}

impl ErpnextBooks {
    /// See [`Books::finish`].
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
