//! The check list: whether people can amend our documents in ERPNext's own forms.

use erpnext::form_scripts::{self, FormScript, State};
use ledger::Side;

use super::{failed, item};
use crate::error::AppError;
use crate::reach::Reached;
use crate::views::{CheckFix, CheckItem, CheckState};

const ID: &str = "erpnext_amending";
const TITLE: &str = "Amending in ERPNext's forms";

/// What is wrong without the scripts, as a person meets it.
const WITHOUT: &str = "Without it, ERPNext refuses to save what a person amends with the button Amend: \
                       the form copies the identity of the record in Xero, which the cancelled document \
                       keeps (\"Xero Invoice ID must be unique\").";

/// How the scripts stand, and which of them are to be installed. Nothing here keeps a sync from running.
pub(super) async fn items(reached: &Reached) -> (CheckItem, Vec<String>) {
    match form_scripts::states(&reached.site).await {
        Ok(states) => told(states),
        Err(erpnext::Error::NotAllowed(_) | erpnext::Error::Refused(_)) => (by_hand(), Vec::new()),
        Err(why) => (failed(ID, TITLE, &AppError::Erpnext(why)), Vec::new()),
    }
}

fn told(states: [State; form_scripts::COUNT]) -> (CheckItem, Vec<String>) {
    let told = |state, found| item(ID, Some(Side::Erpnext), TITLE, state, found);
    let names = |wanted: &dyn Fn(State) -> bool| -> Vec<String> {
        form_scripts::ALL
            .iter()
            .zip(states)
            .filter(|(_, state)| wanted(*state))
            .map(|(script, _)| script.docname())
            .collect()
    };
    let missing = names(&State::to_install);
    if !missing.is_empty() {
        let found = format!(
            "Not in place, or of an earlier version: {}",
            missing.join(", ")
        );
        let item = CheckItem {
            next_step: Some(format!(
                "Install them: Client Scripts that empty Counterfoil's fields on a new amendment. \
                 {WITHOUT} They can be removed again."
            )),
            fix: Some(CheckFix::InstallMarkerFields),
            ..told(CheckState::Warning, found)
        };
        return (item, missing);
    }
    let changed = names(&|state| state == State::Changed);
    let disabled = names(&|state| state == State::Disabled);
    if changed.is_empty() && disabled.is_empty() {
        let found =
            "Scripts in the forms keep an amendment free of the old one's identity".to_owned();
        return (told(CheckState::Passed, found), Vec::new());
    }
    let found: Vec<String> = [(changed, "was changed"), (disabled, "is switched off")]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{} {what}", names.join(", ")))
        .collect();
    let item = CheckItem {
        next_step: Some(format!(
            "Counterfoil leaves what somebody changed in ERPNext's list Client Script as it is. {WITHOUT} \
             To have the script as it was, delete it there, check again and install it."
        )),
        ..told(CheckState::Warning, found.join("; "))
    };
    (item, Vec::new())
}

/// What a person with the right to do so does by hand, word for word.
fn by_hand() -> CheckItem {
    let script = |script: &FormScript| {
        format!(
            "Name: {}\nDocType: {}\nApply To: Form\nEnabled: yes\nScript:\n{}",
            script.docname(),
            script.doctype,
            script.text()
        )
    };
    let scripts: Vec<String> = form_scripts::ALL.iter().map(script).collect();
    CheckItem {
        next_step: Some(format!(
            "In ERPNext, give this user the role System Manager, then check again; or let a System \
             Manager make these in the list Client Script. {WITHOUT}\n{}",
            scripts.join("\n")
        )),
        ..item(
            ID,
            Some(Side::Erpnext),
            TITLE,
            CheckState::Warning,
            "This user may not look at the scripts of the forms".to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_said_and_only_what_is_ours_is_installed() {
        let all = |state| [state; form_scripts::COUNT];
        let (passed, missing) = told(all(State::Installed));
        assert_eq!((passed.state, missing.len()), (CheckState::Passed, 0));
        let (item, missing) = told([State::Installed, State::Missing, State::Outdated]);
        assert_eq!(item.state, CheckState::Warning);
        assert_eq!(item.fix, Some(CheckFix::InstallMarkerFields));
        assert_eq!(
            missing,
            [
                "Counterfoil: Amend Payment Entry",
                "Counterfoil: Amend Journal Entry"
            ]
        );
        let (item, missing) = told([State::Changed, State::Disabled, State::Installed]);
        assert_eq!((item.state, item.fix), (CheckState::Warning, None));
        assert!(missing.is_empty());
        assert_eq!(
            item.found,
            "Counterfoil: Amend Sales Invoice was changed; Counterfoil: Amend Payment Entry is switched off"
        );
    }

    #[test]
    fn what_is_done_by_hand_is_said_word_for_word() {
        let item = by_hand();
        assert_eq!((item.state, item.fix), (CheckState::Warning, None));
        let said = item.next_step.unwrap_or_default();
        for script in form_scripts::ALL {
            assert!(said.contains(&script.text()), "{said}");
            assert!(said.contains(&script.docname()), "{said}");
        }
    }
}
