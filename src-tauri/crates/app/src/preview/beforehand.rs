//! What is to be known before anything is written, beside the plan itself: what the sides themselves will do with
//! what is made there. It is looked up where a plan makes something, and only for a preview.

use engine::books::Change;
use engine::plan::PlannedWrite;
use ledger::{Record, Side};

use crate::numbering;
use crate::reach::Reached;

/// What a plan makes.
#[derive(Default)]
pub(super) struct Coming {
    /// The numbers of the documents that are made in ERPNext.
    numbers: Vec<String>,
}

impl Coming {
    /// Takes note of a write.
    pub fn take(&mut self, write: &PlannedWrite) {
        let Change::Create { record, .. } = &write.change else {
            return;
        };
        if let (Side::Erpnext, Record::Invoice(document) | Record::CreditNote(document)) =
            (write.target, record)
        {
            self.numbers.extend(document.number.clone());
        }
    }

    /// What is to be said of it. What cannot be looked up is left out here: the check says so, and a preview is
    /// no less true for it.
    pub async fn warnings(&self, reached: &Reached) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.numbers.is_empty()
            && let Ok(Some(found)) = numbering::look(&reached.site, &self.numbers).await
        {
            let said = |it: &numbering::InTheWay| format!("{} {}", it.found(), it.next_step());
            warnings.extend(found.in_the_way.iter().map(said));
        }
        warnings
    }
}
