//! The check list: what the ERPNext site is, and what its user may do and see there.

use erpnext::permissions::{self, Restriction};
use erpnext::version::{NEWEST, OLDEST, OLDEST_TRIED, Support, Version};
use ledger::Side;

use super::{failed, item};
use crate::error::AppError;
use crate::reach::Reached;
use crate::views::{CheckItem, CheckState};

/// Document types beyond this many are counted, not listed.
const LISTED: usize = 6;

const SIDE: Option<Side> = Some(Side::Erpnext);

/// Everything that is asked of the site itself, for the books of one company.
pub(super) async fn items(reached: &Reached, company: &str) -> Vec<CheckItem> {
    let (version, missing, restrictions, may_claim) = futures::join!(
        version_met(&reached.site),
        permissions::missing(&reached.site),
        permissions::restrictions(&reached.site),
        permissions::may_claim(&reached.site),
    );
    vec![
        version,
        match missing {
            Ok(missing) => permissions_item(&missing),
            Err(why) => failed("erpnext_permissions", PERMISSIONS, &AppError::Erpnext(why)),
        },
        match restrictions {
            Ok(restrictions) => restrictions_item(&restrictions, company),
            Err(why) => failed("erpnext_visibility", VISIBILITY, &AppError::Erpnext(why)),
        },
        match may_claim {
            Ok(may) => claims_item(may),
            Err(why) => failed(CLAIMS, ONE_AT_A_TIME, &AppError::Erpnext(why)),
        },
    ]
}

const CLAIMS: &str = "erpnext_claims";
const ONE_AT_A_TIME: &str = "One installation at a time";

/// Whether installations on several machines can tell each other that they sync. None needs it.
fn claims_item(may: bool) -> CheckItem {
    let told = |state, found: &str| item(CLAIMS, SIDE, ONE_AT_A_TIME, state, found.to_owned());
    if may {
        return told(
            CheckState::Passed,
            "An installation that syncs says so on the ERPNext site; another one waits for it",
        );
    }
    CheckItem {
        next_step: Some(
            "In ERPNext, give this user the role System Manager (create and change Webhook Request Log), then \
             check again. Syncing goes on without; only let one installation sync this pairing at a time."
                .to_owned(),
        ),
        ..told(
            CheckState::Warning,
            "This user may not say on the ERPNext site that it syncs: another installation would not wait",
        )
    }
}

const VERSION: &str = "Version of ERPNext";

/// Which version was met, and what that means.
pub(crate) async fn version_met(site: &erpnext::Client) -> CheckItem {
    match erpnext::connect::version(site).await {
        Ok(version) => version_item(version.as_ref()),
        Err(why) => failed("erpnext_version", VERSION, &AppError::Erpnext(why)),
    }
}

fn version_item(version: Option<&Version>) -> CheckItem {
    let told = |state, found: String, next_step: Option<String>| CheckItem {
        next_step,
        ..item("erpnext_version", SIDE, VERSION, state, found)
    };
    let Some(version) = version else {
        return told(
            CheckState::Failed,
            "ERPNext is not installed on this site".to_owned(),
            Some("Connect the site that ERPNext is installed on.".to_owned()),
        );
    };
    let tried = format!("{OLDEST_TRIED} and {NEWEST}");
    match version.support() {
        Support::Tried(_) => told(
            CheckState::Passed,
            format!("ERPNext {version}: Counterfoil is tried with this version"),
            None,
        ),
        Support::NotTried(major) => told(
            CheckState::Warning,
            format!(
                "ERPNext {version}: Counterfoil has not been tried with version {major}, only with \
                 {tried}"
            ),
            Some(
                "Look at the preview with care, and sync a copy of the site first if you can. \
                 Updating ERPNext is the safer way."
                    .to_owned(),
            ),
        ),
        Support::TooOld(_) => told(
            CheckState::Failed,
            format!("ERPNext {version} is older than version {OLDEST}"),
            Some("Update ERPNext, then check again.".to_owned()),
        ),
        Support::Unknown => told(
            CheckState::Warning,
            format!(
                "ERPNext {version}: not a version that Counterfoil knows; it is tried with {tried}"
            ),
            Some(
                "Look at the preview with care, and for an update of Counterfoil that knows this \
                 version."
                    .to_owned(),
            ),
        ),
    }
}

const PERMISSIONS: &str = "What the ERPNext user may do";

fn permissions_item(missing: &[permissions::MissingPermission]) -> CheckItem {
    let told = |state, found| item("erpnext_permissions", SIDE, PERMISSIONS, state, found);
    if missing.is_empty() {
        return told(
            CheckState::Passed,
            "Customers, invoices, credit notes, payments, journals and the lists behind them: everything needed"
                .to_owned(),
        );
    }
    CheckItem {
        next_step: Some(give_roles(missing)),
        ..told(
            CheckState::Failed,
            format!("May not {}", listed(permissions::lines(missing))),
        )
    }
}

/// What to do about missing permissions, as one sentence.
pub(crate) fn give_roles(missing: &[permissions::MissingPermission]) -> String {
    format!(
        "In ERPNext, give this user these roles: {}. Then check again.",
        permissions::roles(missing).join(", ")
    )
}

const VISIBILITY: &str = "What the ERPNext user can see";

fn restrictions_item(restrictions: &[Restriction], company: &str) -> CheckItem {
    let told = |state, found| item("erpnext_visibility", SIDE, VISIBILITY, state, found);
    let shut_out: Vec<&Restriction> = restrictions
        .iter()
        .filter(|restriction| restriction.shuts_out(company))
        .collect();
    let words = |restrictions: &[&Restriction]| -> Vec<String> {
        restrictions.iter().map(|it| it.words()).collect()
    };
    if !shut_out.is_empty() {
        return CheckItem {
            next_step: Some(format!(
                "In ERPNext, open User Permissions and let this user see {company} too. Then check \
                 again."
            )),
            ..told(
                CheckState::Failed,
                format!(
                    "User permissions keep it from {company}: it sees only {}",
                    listed(words(&shut_out))
                ),
            )
        };
    }
    let blocking: Vec<&Restriction> = restrictions
        .iter()
        .filter(|restriction| restriction.refuses_writes())
        .collect();
    if !blocking.is_empty() {
        return CheckItem {
            next_step: Some(
                "ERPNext refuses every record of this user that names another one. In ERPNext, open \
                 User Permissions and remove these for this user. Then check again."
                    .to_owned(),
            ),
            ..told(
                CheckState::Failed,
                format!("User permissions show it only {}", listed(words(&blocking))),
            )
        };
    }
    let narrower: Vec<&Restriction> = restrictions
        .iter()
        .filter(|restriction| restriction.allow != "Company")
        .collect();
    if narrower.is_empty() {
        return told(
            CheckState::Passed,
            format!("All records of {company}: no user permission hides any"),
        );
    }
    CheckItem {
        next_step: Some(
            "What is hidden from this user takes no part in a sync. In ERPNext, remove these User \
             Permissions unless that is meant."
                .to_owned(),
        ),
        ..told(
            CheckState::Warning,
            format!("User permissions show it only {}", listed(words(&narrower))),
        )
    }
}

pub(super) fn listed(mut lines: Vec<String>) -> String {
    if lines.len() > LISTED {
        let more = lines.len() - LISTED;
        lines.truncate(LISTED);
        lines.push(format!("{more} more"));
    }
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use erpnext::permissions::MissingPermission;

    fn version(text: &str) -> CheckItem {
        let answer = serde_json::json!({"erpnext": {"version": text}});
        version_item(Version::read(&answer).as_ref())
    }

    #[test]
    fn versions_are_recognised_warned_about_or_refused() {
        for (text, state) in [
            ("15.71.1", CheckState::Passed),
            ("16.0.1", CheckState::Passed),
            ("14.74.3", CheckState::Warning),
            ("13.55.2", CheckState::Failed),
            ("17.0.0-dev", CheckState::Warning),
        ] {
            let item = version(text);
            assert_eq!(item.state, state, "{item:?}");
            assert!(item.found.contains(text), "{item:?}");
            assert_eq!(item.next_step.is_none(), state == CheckState::Passed);
        }
        assert_eq!(version_item(None).state, CheckState::Failed);
    }

    #[test]
    fn missing_permissions_name_document_types_and_roles() {
        let missing = [
            MissingPermission {
                doctype: "Sales Invoice",
                permission: "submit",
                role: "Accounts Manager",
            },
            MissingPermission {
                doctype: "Custom Field",
                permission: "create",
                role: "System Manager",
            },
        ];
        let item = permissions_item(&missing);
        assert_eq!(
            item.found,
            "May not submit Sales Invoice; create Custom Field"
        );
        assert_eq!(
            item.next_step.unwrap(),
            "In ERPNext, give this user these roles: Accounts Manager, System Manager. Then check again."
        );
        assert_eq!(permissions_item(&[]).state, CheckState::Passed);
    }

    #[test]
    fn restrictions_to_another_company_stop_and_others_warn() {
        let only = |allow: &str, value: &str| Restriction {
            allow: allow.to_owned(),
            values: vec![value.to_owned()],
            applies_to: None,
        };
        let other = restrictions_item(&[only("Company", "Acme NZ")], "Acme Ltd");
        assert_eq!(other.state, CheckState::Failed);
        assert_eq!(
            other.found,
            "User permissions keep it from Acme Ltd: it sees only records of Company Acme NZ"
        );
        let own = restrictions_item(&[only("Company", "Acme Ltd")], "Acme Ltd");
        assert_eq!(own.state, CheckState::Passed);
        let territory = restrictions_item(&[only("Territory", "Wales")], "Acme Ltd");
        assert_eq!(territory.state, CheckState::Warning);
        assert!(territory.found.contains("Territory Wales"));
        let account = restrictions_item(
            &[only("Company", "Acme Ltd"), only("Account", "Sales - AL")],
            "Acme Ltd",
        );
        assert_eq!(account.state, CheckState::Failed);
        assert_eq!(
            account.found,
            "User permissions show it only records of Account Sales - AL"
        );
    }
}
