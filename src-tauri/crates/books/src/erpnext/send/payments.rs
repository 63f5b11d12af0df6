//! Payments on their way out: what a refusal about the amount means.

use std::collections::BTreeSet;

use ::erpnext::Chart;
use ::erpnext::error::catalogue::OWED;
use ::erpnext::records::Owed;
use ::erpnext::translate::payment_out;
use engine::books::{Answer, Books, Lookup, Prepared};
use ledger::{Cause, Kind, PaidDocument, Payment, RemoteId};

use super::super::failure;
use super::super::hold::documents;
use super::super::part::Named;
use super::super::prepare::payment::too_much;
use super::{Sender, Sent, makes_entry};

/// The first invoice of which more is paid than is owed.
fn exceeding(payment: &Payment, owed: &[Owed], chart: &Chart) -> Option<Cause> {
    let taken = payment_out::taken(payment, owed, chart).into_iter();
    let mut more = taken.filter_map(|(document, amount)| {
        let PaidDocument::Invoice(id) = document else {
            return None;
        };
        let invoice = owed.iter().find(|it| it.name == id.as_str())?;
        (amount > invoice.open).then(|| too_much(amount, invoice, payment.currency))
    });
    more.next()
}

impl Sender<'_> {
    /// Ends a payment that stands in one document with others: where one of these was ended before, the
    /// document is cancelled already, at another version than the plan's.
    pub(super) async fn end_with(&self, prepared: &Prepared, id: &RemoteId) -> Sent {
        let (doctype, name) = Named::of(id.as_str()).document();
        match self.client.document(doctype, name).await {
            Ok(Some(document)) if document["docstatus"] == 2 => Sent::Written(id.clone()),
            Ok(_) => self.steps(prepared, &prepared.steps).await,
            Err(error) => Sent::Answered(failure::of_a_write(error, false, false)),
        }
    }

    /// Creates a payment. A site looks at what is owed before it looks at identities: a payment that
    /// stands already, from a request whose answer was lost, is refused for paying too much.
    pub(super) async fn create_payment(
        &self,
        prepared: &Prepared,
        payment: &Payment,
        source: &RemoteId,
    ) -> Sent {
        let sent = self.steps(prepared, &prepared.steps).await;
        let Sent::Answered(Answer::Refused { cause, answer }) = sent else {
            return sent;
        };
        let entry = (prepared.steps.iter()).any(|step| makes_entry(&prepared.write.change, step));
        // What is owed is asked of a Journal Entry in other words.
        if !entry && !matches!(&cause, Cause::Invalid { field, .. } if field == OWED) {
            return Sent::Answered(Answer::Refused { cause, answer });
        }
        let ours = Lookup::Markers(vec![source.clone()]);
        match self.books.find(Kind::Payment, &ours).await {
            Ok(found) if !found.is_empty() => return Sent::Answered(Answer::Exists),
            // Nothing was written, and whether it was there before is not known.
            Err(failure) => return Sent::Answered(Answer::NotSent(failure)),
            Ok(_) => {}
        }
        let names: BTreeSet<&str> = documents(payment).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let (owed, chart) = (self.books.owed_on(&names).await, self.books.chart().await);
        let more = match (owed, chart) {
            (Ok(owed), Ok(chart)) => {
                let owed: Vec<Owed> = owed.into_values().collect();
                exceeding(payment, &owed, &chart)
            }
            _ => None,
        };
        Sent::Answered(Answer::Refused {
            // What a site says has no figures.
            cause: more.unwrap_or(cause),
            answer,
        })
    }
}
