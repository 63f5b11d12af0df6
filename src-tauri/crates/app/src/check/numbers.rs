//! The check list: whether numbers from Xero stand in the way of ERPNext's own series.

use ledger::{DocumentState, Kind, Record, Side};
use store::{Pairing, Scope};

use super::item;
use super::site::listed;
use crate::app::App;
use crate::error::AppError;
use crate::numbering::{self, Numbering};
use crate::reach::Reached;
use crate::views::{CheckItem, CheckState};

const ID: &str = "erpnext_numbers";
const TITLE: &str = "Numbers of new invoices in ERPNext";

impl App {
    /// What stands in the way of the site's own series: documents that are there, and those of Xero that were
    /// read and would be made there. Before anything was read, the preview says what comes.
    pub(super) async fn numbers(
        &self,
        pairing: &Pairing,
        reached: &Reached,
    ) -> Result<CheckItem, AppError> {
        let coming = self.numbers_to_come(pairing).await?;
        Ok(match numbering::look(&reached.site, &coming).await {
            Ok(Some(found)) => told(&found),
            Ok(None) => CheckItem {
                next_step: Some(
                    "In ERPNext, give this user the role System Manager, then check again; or see in Document \
                     Naming Settings that no series comes to numbers that Xero gives out."
                        .to_owned(),
                ),
                ..item(
                    ID,
                    Some(Side::Erpnext),
                    TITLE,
                    CheckState::Warning,
                    "This user may not look at the naming series".to_owned(),
                )
            },
            Err(why) => super::failed(ID, TITLE, &AppError::Erpnext(why)),
        })
    }

    /// The numbers of Xero's documents that have no counterpart yet and that the rules carry.
    async fn numbers_to_come(&self, pairing: &Pairing) -> Result<Vec<String>, AppError> {
        let id = pairing.id;
        self.db(move |store| {
            let mut numbers = Vec::new();
            for rule in store.rules(id)? {
                if !matches!(rule.kind, Kind::Invoice | Kind::CreditNote) {
                    continue;
                }
                store.records_of_side(id, Side::Xero, rule.kind, Scope::ToDo, |stored| {
                    let (Ok(Record::Invoice(document) | Record::CreditNote(document)), None) =
                        (stored.row.record, stored.link)
                    else {
                        return;
                    };
                    let stays = document.state == DocumentState::Voided
                        || rule.leaves_alone(Side::Xero, Some(document.date)).is_some();
                    if !stays {
                        numbers.extend(document.number);
                    }
                })?;
            }
            Ok(numbers)
        })
        .await
    }
}

fn told(found: &Numbering) -> CheckItem {
    let told = |state, found| item(ID, Some(Side::Erpnext), TITLE, state, found);
    if found.in_the_way.is_empty() {
        let next = |series: &erpnext::naming::Series| series.name(series.current + 1);
        let next: Vec<String> = found.series.iter().map(next).collect();
        let found = if next.is_empty() {
            "No series is set up for invoices".to_owned()
        } else {
            format!("Nothing stands in the way of {}", listed(next))
        };
        return told(CheckState::Passed, found);
    }
    let all = |of: &dyn Fn(&numbering::InTheWay) -> String| -> String {
        let each: Vec<String> = found.in_the_way.iter().map(of).collect();
        each.join(" ")
    };
    CheckItem {
        next_step: Some(all(&numbering::InTheWay::next_step)),
        ..told(CheckState::Warning, all(&numbering::InTheWay::found))
    }
}
