//! The check list: what the sign-in to Xero allows, and how long it lasts. Costs no call.

use ledger::Side;
use store::ConnectionId;

use super::item;
use crate::app::App;
use crate::views::{CheckFix, CheckItem, CheckState, SignInView};

const SIDE: Option<Side> = Some(Side::Xero);

impl App {
    /// What is to be told of a sign-in to Xero.
    pub(super) async fn sign_in_items(&self, connection: &ConnectionId) -> Vec<CheckItem> {
        let standing = self.xero_sign_in(connection).await;
        let mut items = vec![permissions(&standing)];
        items.extend(expiry(&standing));
        items
    }
}

fn permissions(standing: &SignInView) -> CheckItem {
    let title = "Permissions in Xero";
    if standing.missing.is_empty() {
        let found = "The sign-in allows what a sync needs".to_owned();
        return item("xero_permissions", SIDE, title, CheckState::Passed, found);
    }
    // A warning only: what lacks may be about records that this pairing does not carry.
    let found = format!("The sign-in does not allow {}", standing.missing.join(", "));
    CheckItem {
        next_step: Some("Sign in to Xero again and allow everything on the page.".to_owned()),
        fix: Some(CheckFix::Reconnect {
            side: Side::Xero.into(),
        }),
        ..item("xero_permissions", SIDE, title, CheckState::Warning, found)
    }
}

fn expiry(standing: &SignInView) -> Option<CheckItem> {
    let found = standing.warning.clone()?;
    Some(CheckItem {
        next_step: Some("Sync, or sign in to Xero again, before that day.".to_owned()),
        fix: Some(CheckFix::Reconnect {
            side: Side::Xero.into(),
        }),
        ..item(
            "xero_sign_in",
            SIDE,
            "End of the sign-in to Xero",
            CheckState::Warning,
            found,
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_lacks_and_what_ends_is_said_with_what_to_do() {
        let well = SignInView::default();
        assert_eq!(permissions(&well).state, CheckState::Passed);
        assert_eq!(expiry(&well), None);
        let ill = SignInView {
            warning: Some("The sign-in to Xero ends tomorrow".into()),
            missing: vec!["changing payments".into(), "reading contacts".into()],
            ..SignInView::default()
        };
        let lacks = permissions(&ill);
        assert_eq!(lacks.state, CheckState::Warning);
        assert_eq!(
            lacks.found,
            "The sign-in does not allow changing payments, reading contacts"
        );
        assert!(lacks.next_step.is_some() && lacks.fix.is_some());
        let ends = expiry(&ill).unwrap();
        assert_eq!(
            (ends.state, ends.found.as_str()),
            (CheckState::Warning, "The sign-in to Xero ends tomorrow")
        );
    }
}
