//! Uses of money on account on their way out.
//!
//! Neither request can carry the version that it is meant for, so the Payment Entry is read right before
//! each. A use is refused by the site where less, or more, is left than its form says; taking back what is
//! not there any more does nothing.

use ::erpnext::records::open_money;
use ::erpnext::translate::reconciliation::told_exactly;
use engine::books::{Answer, Prepared};
use http::Method;
use ledger::{Record, RemoteId, Version};

use super::super::failure;
use super::super::hold::is_refund;
use super::super::prepare::on_account::FORM;
use super::{Sender, Sent};

impl Sender<'_> {
    /// Takes uses back and makes new ones, request by request. Where an answer is lost, what became of it is
    /// seen on the Payment Entry.
    pub(super) async fn use_money(
        &self,
        prepared: &Prepared,
        id: &RemoteId,
        version: &Version,
    ) -> Sent {
        let refund = prepared.write.change.from().is_some_and(is_refund);
        let of = prepared.write.change.meant().map(Record::uses);
        let of = of.and_then(|uses| uses.into_iter().next());
        // Money paid back is put to the money that it is paid back of, which tells what is left.
        let name = match of.filter(|_| refund) {
            Some(of) => of.invoice,
            None => id.clone(),
        };
        if refund {
            match self.client.document("Payment Entry", id.as_str()).await {
                Ok(Some(document)) if document["modified"] == version.as_str() => {}
                Ok(_) => return changed(false),
                Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
            }
        }
        for (index, step) in prepared.steps.iter().enumerate() {
            let begun = index > 0;
            let now = match open_money(&self.client, &[name.as_str()]).await {
                Ok(mut found) => found.pop(),
                Err(error) => {
                    return Sent::Answered(failure::of_a_write(error, false, begun));
                }
            };
            let held = begun || refund;
            let Some(now) = now.filter(|it| held || it.modified == version.as_str()) else {
                return changed(begun);
            };
            let body = if step.path == FORM {
                match told_exactly(&step.body, &now) {
                    Some(body) => body,
                    None => return changed(begun),
                }
            } else {
                step.body.clone()
            };
            if let Err(error) = self.write(prepared, Method::POST, &step.path, &body).await {
                return Sent::Answered(failure::of_a_write(error, false, begun));
            }
        }
        Sent::Written(id.clone())
    }
}

/// It is not the payment that was planned for any more. Where a part is done, what it is used for now is
/// looked up.
fn changed(begun: bool) -> Sent {
    Sent::Answered(if begun {
        Answer::InDoubt("it changed while its uses were written".to_owned())
    } else {
        Answer::Stale
    })
}
