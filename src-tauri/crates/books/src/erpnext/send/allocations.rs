//! Uses of credit notes on their way out: each is made once, whatever becomes of an answer.

use ::erpnext::Error;
use ::erpnext::error::RefusalKind;
use ::erpnext::marker_fields;
use ::erpnext::records::allocation_of;
use ::erpnext::translate::allocation::says_the_same;
use engine::books::{Answer, Prepared, Step};
use ledger::{RemoteId, Version};

use super::super::failure;
use super::super::hold::Using;
use super::super::prepare::held;
use super::{Sender, Sent};

impl Sender<'_> {
    /// Takes uses back and makes new ones, request by request. What was read for the wording is newer than
    /// the plan: where the credit note is not the planned one any more, nothing is sent.
    pub(super) async fn allocate(
        &self,
        prepared: &Prepared,
        id: &RemoteId,
        version: &Version,
    ) -> Sent {
        let read = held::<Using>(&prepared.write).and_then(|using| using.note);
        if read.is_some_and(|note| note.modified != version.as_str()) {
            return Sent::Answered(Answer::Stale);
        }
        for (index, step) in prepared.steps.iter().enumerate() {
            let Err(error) = self.step(prepared, step, "").await else {
                continue;
            };
            match self.made_before(step, &error).await {
                Some(Ok(())) => {}
                Some(Err(answer)) => return Sent::Answered(answer),
                None => {
                    let answer = failure::of_a_write(error, step.method == "POST", index > 0);
                    return Sent::Answered(answer);
                }
            }
        }
        Sent::Written(id.clone())
    }

    /// Whether a use stands although the request for it did not plainly succeed: its answer was lost, or an
    /// earlier attempt had made it. `None` where that cannot be.
    async fn made_before(&self, step: &Step, error: &Error) -> Option<Result<(), Answer>> {
        let taken = (error.refusal()).is_some_and(|it| it.kind() == RefusalKind::NotUnique);
        let lost = error.may_have_been_done();
        let identity = step.body[marker_fields::ALLOCATION].as_str()?;
        if !taken && !lost {
            return None;
        }
        let doubt = || Answer::InDoubt(error.to_string());
        let found = match allocation_of(&self.client, identity).await {
            Ok(Some(name)) => self.client.document("Journal Entry", &name).await,
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Some(match found {
            Ok(Some(document)) if says_the_same(&document, &step.body) => Ok(()),
            // It may still be running, and is refused or looked up when it is made again.
            Ok(None) | Err(_) if lost => Err(doubt()),
            // Another use has that identity: this one was planned without knowing of it.
            Ok(_) => Err(Answer::Stale),
            Err(error) => Err(Answer::NotSent(failure::of_the_connection(error))),
        })
    }
}
