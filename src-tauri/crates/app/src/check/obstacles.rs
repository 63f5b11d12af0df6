//! The check list: what the site's own rules would do to everything that is written there.

use erpnext::obstacles::{
    self, Demanded, Dimension, HiddenField, Obstacles, Seen, Units, Workflow,
};
use ledger::Side;

use super::site::listed;
use super::{failed, item};
use crate::error::AppError;
use crate::reach::Reached;
use crate::views::{CheckItem, CheckState};

const SIDE: Option<Side> = Some(Side::Erpnext);

const FIELDS: &str = "Mandatory fields in ERPNext";
const SHOWN: &str = "Fields that ERPNext shows to this user";
const DIMENSIONS: &str = "Accounting dimensions in ERPNext";
const WORKFLOWS: &str = "Workflows in ERPNext";
const UNITS: &str = "Units of measure in ERPNext";

/// What was found for one company.
pub(super) async fn items(reached: &Reached, company: &str) -> Vec<CheckItem> {
    match obstacles::find(&reached.site, company).await {
        Ok(found) => told(&found),
        Err(why) => vec![failed("erpnext_fields", FIELDS, &AppError::Erpnext(why))],
    }
}

fn told(found: &Obstacles) -> Vec<CheckItem> {
    vec![
        fields(&found.demanded),
        shown(&found.hidden),
        dimensions(&found.dimensions),
        workflows(&found.workflows),
        units(found.units),
    ]
}

/// What the user may not look at is no reason not to sync: the first write will tell.
fn hidden(id: &str, title: &str, role: &str) -> CheckItem {
    CheckItem {
        next_step: Some(format!(
            "In ERPNext, give this user the role {role}, then check again. Without it, what stands \
             in the way shows with the first record that is refused."
        )),
        ..item(
            id,
            SIDE,
            title,
            CheckState::Warning,
            "This user may not look at them".to_owned(),
        )
    }
}

fn fields(demanded: &Seen<Demanded>) -> CheckItem {
    let told = |state, found| item("erpnext_fields", SIDE, FIELDS, state, found);
    match demanded {
        Seen::Hidden => hidden("erpnext_fields", FIELDS, "System Manager"),
        Seen::All(fields) if fields.is_empty() => told(
            CheckState::Passed,
            "None that Counterfoil would leave empty".to_owned(),
        ),
        Seen::All(fields) => {
            let lines = fields
                .iter()
                .map(|field| format!("\"{}\" on {}", field.label, field.doctype))
                .collect();
            CheckItem {
                next_step: Some(
                    "ERPNext would refuse every record without them. In ERPNext, open Customize \
                     Form for each, and give the field a default or take the tick off Mandatory. \
                     Then check again."
                        .to_owned(),
                ),
                ..told(
                    CheckState::Failed,
                    format!("Mandatory, without a default: {}", listed(lines)),
                )
            }
        }
    }
}

fn shown(hidden: &[HiddenField]) -> CheckItem {
    let told = |state, found| item("erpnext_shown", SIDE, SHOWN, state, found);
    if hidden.is_empty() {
        return told(
            CheckState::Passed,
            "All that Counterfoil reads, as far as there are records".to_owned(),
        );
    }
    let lines = hidden
        .iter()
        .map(|field| format!("\"{}\" on {}", field.label, field.doctype))
        .collect();
    CheckItem {
        next_step: Some(
            "Read as empty they would be carried to Xero as empty, so nothing is synced without them. In \
             ERPNext, open Role Permissions Manager for each, and let a role of this user read the permission \
             level that the field is on (Customize Form says which). Then check again."
                .to_owned(),
        ),
        ..told(CheckState::Failed, format!("Hidden: {}", listed(lines)))
    }
}

fn dimensions(dimensions: &Seen<Dimension>) -> CheckItem {
    let told = |state, found| item("erpnext_dimensions", SIDE, DIMENSIONS, state, found);
    match dimensions {
        Seen::Hidden => hidden("erpnext_dimensions", DIMENSIONS, "Accounts Manager"),
        Seen::All(found) if found.is_empty() => {
            told(CheckState::Passed, "None is mandatory".to_owned())
        }
        Seen::All(found) => {
            let lines = found
                .iter()
                .map(|dimension| {
                    let accounts = match (dimension.on_income, dimension.on_balance_sheet) {
                        (true, true) => "all accounts",
                        (true, false) => "profit and loss accounts",
                        _ => "balance sheet accounts",
                    };
                    format!("\"{}\" for {accounts}", dimension.label)
                })
                .collect();
            CheckItem {
                next_step: Some(
                    "ERPNext would refuse every invoice and payment without it, a default there included: only \
                     the form fills that in. In ERPNext, open Accounting Dimension and take the \
                     tick off Mandatory for this company. Then check again."
                        .to_owned(),
                ),
                ..told(
                    CheckState::Failed,
                    format!("Mandatory: {}", listed(lines)),
                )
            }
        }
    }
}

fn workflows(workflows: &Seen<Workflow>) -> CheckItem {
    let told = |state, found| item("erpnext_workflows", SIDE, WORKFLOWS, state, found);
    match workflows {
        Seen::Hidden => hidden("erpnext_workflows", WORKFLOWS, "System Manager"),
        Seen::All(found) if found.is_empty() => told(
            CheckState::Passed,
            "None on customers, sales invoices, credit notes or payments".to_owned(),
        ),
        Seen::All(found) => {
            let lines = found
                .iter()
                .map(|workflow| format!("\"{}\" on {}", workflow.name, workflow.doctype))
                .collect();
            CheckItem {
                next_step: Some(
                    "ERPNext submits what Counterfoil sends without anybody's approval, or refuses \
                     it where the workflow does not let this user. In ERPNext, deactivate the \
                     workflow, or let it start after the records that come from Xero."
                        .to_owned(),
                ),
                ..told(CheckState::Warning, format!("Active: {}", listed(lines)))
            }
        }
    }
}

fn units(units: Units) -> CheckItem {
    let told = |state, found: &str| item("erpnext_units", SIDE, UNITS, state, found.to_owned());
    let consequence = "A line of 2.5 hours would be sent as one piece at the whole line's price, \
                       with the quantity in its description.";
    match units {
        Units::Fractions => told(CheckState::Passed, "Broken quantities can be sent"),
        Units::WholeOnly => CheckItem {
            next_step: Some(format!(
                "{consequence} In ERPNext, open UOM and take the tick off \"Must be Whole Number\" \
                 for one unit. Then check again."
            )),
            ..told(
                CheckState::Warning,
                "All of them take whole quantities only",
            )
        },
        Units::Hidden => CheckItem {
            next_step: Some(format!(
                "{consequence} In ERPNext, give this user the role Stock User, which may read UOM. \
                 Then check again."
            )),
            ..told(CheckState::Failed, "This user may not read them")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> Obstacles {
        Obstacles {
            workflows: Seen::All(Vec::new()),
            demanded: Seen::All(Vec::new()),
            hidden: Vec::new(),
            dimensions: Seen::All(Vec::new()),
            units: Units::Fractions,
        }
    }

    fn states(found: &Obstacles) -> Vec<CheckState> {
        told(found).into_iter().map(|item| item.state).collect()
    }

    #[test]
    fn a_site_without_rules_of_its_own_passes() {
        assert_eq!(states(&free()), [CheckState::Passed; 5]);
        assert!(told(&free()).iter().all(|item| item.next_step.is_none()));
    }

    #[test]
    fn what_would_be_refused_fails_and_says_what_to_do() {
        let found = Obstacles {
            workflows: Seen::All(vec![Workflow {
                name: "Approval".to_owned(),
                doctype: "Sales Invoice".to_owned(),
            }]),
            demanded: Seen::All(vec![Demanded {
                doctype: "Sales Invoice Item".to_owned(),
                label: "Need".to_owned(),
            }]),
            hidden: vec![HiddenField {
                doctype: "Payment Entry".to_owned(),
                label: "Reference No".to_owned(),
            }],
            dimensions: Seen::All(vec![Dimension {
                label: "Branch".to_owned(),
                on_income: true,
                on_balance_sheet: false,
            }]),
            units: Units::WholeOnly,
        };
        assert_eq!(
            states(&found),
            [
                CheckState::Failed,
                CheckState::Failed,
                CheckState::Failed,
                CheckState::Warning,
                CheckState::Warning
            ]
        );
        let items = told(&found);
        let words: Vec<&str> = items.iter().map(|item| item.found.as_str()).collect();
        assert_eq!(
            words,
            [
                "Mandatory, without a default: \"Need\" on Sales Invoice Item",
                "Hidden: \"Reference No\" on Payment Entry",
                "Mandatory: \"Branch\" for profit and loss accounts",
                "Active: \"Approval\" on Sales Invoice",
                "All of them take whole quantities only",
            ]
        );
        assert!(items.iter().all(|item| item.next_step.is_some()));
    }

    #[test]
    fn what_cannot_be_seen_is_said() {
        let found = Obstacles {
            workflows: Seen::Hidden,
            demanded: Seen::Hidden,
            hidden: Vec::new(),
            dimensions: Seen::Hidden,
            units: Units::Hidden,
        };
        assert_eq!(
            states(&found),
            [
                CheckState::Warning,
                CheckState::Passed,
                CheckState::Warning,
                CheckState::Warning,
                CheckState::Failed
            ]
        );
    }
}
