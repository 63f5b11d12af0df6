//! What Xero's answers say about writes.

use engine::books::{Answer, BooksError, Change, Prepared};
use ledger::contact::folded_name;
use ledger::{Cause, Kind, Record, Side};
use serde_json::Value;
use xero::XeroError;
use xero::error::catalogue::{self, About, Meaning};
use xero::translate::document::TaxRates;
use xero::wire::batch::Element;

use crate::xero::{XeroBooks, creates, failure, rows};

/// How much of a refusal is kept for the log.
const KEPT: usize = 4000;

/// What became of an element of a call.
pub(super) fn answer(prepared: &Prepared, outcome: Element, rates: &TaxRates) -> Answer {
    match outcome {
        Element::Written(value) => Answer::Done(Box::new(match prepared.write.change.kind() {
            Kind::Contact => rows::contact_from_value(value),
            Kind::Invoice => rows::invoice_from_value(value, rates),
            Kind::CreditNote => rows::credit_note_from_value(value, rates),
            Kind::Payment => match rows::payment_from_value(value) {
                Some(payment) => payment,
                None => {
                    return Answer::InDoubt("Xero's answer is no customer's payment".to_owned());
                }
            },
        })),
        Element::Refused { messages, answer } => refused(prepared, &messages, &answer),
        Element::Unmentioned => {
            Answer::InDoubt("Xero's answer does not mention this record".to_owned())
        }
    }
}

/// What a refusal in these words means; `answer` is all that Xero said.
pub(in crate::xero) fn refused(prepared: &Prepared, messages: &[String], answer: &Value) -> Answer {
    if let Some(why) = fault(messages) {
        return Answer::InDoubt(why.to_owned());
    }
    let taken = messages.iter().any(|message| {
        matches!(
            catalogue::meaning(message),
            Some(Meaning::NameTaken | Meaning::ContactNumberTaken | Meaning::NumberTaken)
        )
    });
    if taken && creates(&prepared.write.change) {
        return Answer::Exists;
    }
    Answer::Refused {
        cause: cause(prepared, messages),
        answer: net::redact::shorten(&redacted(answer).to_string(), KEPT),
    }
}

/// What the failure of a call that was for one write alone means.
pub(in crate::xero) enum Failed {
    /// It may have been carried out; and what is broken, where it is the connection.
    InDoubt(Answer, Option<BooksError>),
    /// Xero refused it.
    Refused(Answer),
    /// It was not carried out, and nothing more can be sent.
    NotSent(BooksError),
}

/// What the failure of a call that was for this write alone means.
pub(in crate::xero) fn failed(prepared: &Prepared, error: &XeroError) -> Failed {
    if error.may_have_been_done() {
        // A server that fails at one write sent alone says nothing about the others.
        let its_own = matches!(error, XeroError::Unavailable { .. });
        let doubt = Answer::InDoubt(error.to_string());
        return Failed::InDoubt(doubt, (!its_own).then(|| failure(error)));
    }
    let messages = match error {
        XeroError::Validation {
            number: Some(10),
            message,
            ..
        } => vec![message.clone()],
        XeroError::Validation { .. }
        | XeroError::Refused { .. }
        | XeroError::RequestTooLarge
        | XeroError::NotFound => vec![error.to_string()],
        _ => return Failed::NotSent(failure(error)),
    };
    if let Some(why) = fault(&messages) {
        return Failed::InDoubt(Answer::InDoubt(why.to_owned()), None);
    }
    Failed::Refused(Answer::Refused {
        cause: match error {
            XeroError::NotFound => Cause::Vanished { side: Side::Xero },
            _ => cause(prepared, &messages),
        },
        answer: messages.join(" "),
    })
}

/// An answer without what is secret in it.
pub(in crate::xero) fn redacted(answer: &Value) -> Value {
    let mut shown = answer.clone();
    net::redact::json(&mut shown);
    shown
}

/// What Xero says of a failure of its own that it words as a fault of the data.
fn fault(messages: &[String]) -> Option<&str> {
    messages
        .iter()
        .find(|message| catalogue::meaning(message) == Some(Meaning::Fault))
        .map(String::as_str)
}

/// Whether a new contact was refused for its contact code alone, which is our marker.
pub(super) fn code_taken(prepared: &Prepared, outcome: &Element) -> bool {
    let Element::Refused { messages, .. } = outcome else {
        return false;
    };
    prepared.write.change.kind() == Kind::Contact
        && creates(&prepared.write.change)
        && !messages.is_empty()
        && messages
            .iter()
            .all(|message| catalogue::meaning(message) == Some(Meaning::ContactNumberTaken))
}

impl XeroBooks {
    /// What follows where the contact code of a new contact is taken: by ourselves, in a request whose
    /// answer was lost, or by a stranger that somebody gave this code by hand. Then the contact is
    /// made without one; its identity stands on the ERPNext record.
    pub(super) async fn code_of_another(&self, prepared: &Prepared) -> Answer {
        let (Some(meant), Some(source)) = (
            prepared.write.change.meant(),
            prepared.write.change.source(),
        ) else {
            return Answer::Exists;
        };
        let found = match self
            .client
            .contacts_by("ContactNumber", &[source.as_str()])
            .await
        {
            Ok(found) => found,
            Err(error) => return Answer::InDoubt(error.to_string()),
        };
        let name = folded_name(meant.title());
        let ours = found.into_iter().map(rows::contact).any(|found| {
            found
                .record
                .is_ok_and(|record| folded_name(record.title()) == name)
        });
        if ours {
            return Answer::Exists;
        }
        self.change_codes(|codes| codes.insert(source.clone()));
        Answer::PrepareAgain(format!(
            "another contact in Xero has the contact code {source}"
        ))
    }
}

fn cause(prepared: &Prepared, messages: &[String]) -> Cause {
    let record = match &prepared.write.change {
        Change::Create { record, .. }
        | Change::Update { to: record, .. }
        | Change::Allocate { to: record, .. } => Some(record),
        Change::End { from, .. } => Some(from),
        Change::Mark { .. } => None,
    };
    let (title, currency) = match record {
        Some(Record::Contact(contact)) => (Some(contact.name.as_str()), None),
        Some(Record::Invoice(invoice) | Record::CreditNote(invoice)) => {
            (invoice.number.as_deref(), Some(invoice.currency.code()))
        }
        Some(Record::Payment(payment)) => (Some(payment.title()), Some(payment.currency.code())),
        None => (None, None),
    };
    let cause = catalogue::cause(
        messages,
        About {
            title: title.unwrap_or_default(),
            currency,
        },
    );
    match (&prepared.write.change, cause) {
        (Change::End { .. }, Cause::CannotEdit { side, why, .. }) => {
            Cause::CannotVoid { side, why }
        }
        // What it is used for on the other side stands there, and is not taken here.
        (Change::Allocate { .. }, Cause::Invalid { side, field, why }) if field == "allocation" => {
            Cause::AllocationNotCarried {
                side: side.other(),
                why: format!("{side} says \"{}\"", why.trim().trim_end_matches('.')),
            }
        }
        (_, cause) => cause,
    }
}
