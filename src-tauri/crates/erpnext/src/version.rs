//! Which version of ERPNext answers, and what that means for us.

use std::fmt;

use serde_json::Value;

/// The oldest version we work with. It is known from its source alone.
pub const OLDEST: u32 = 14;
/// The oldest version that we have been tried with.
pub const OLDEST_TRIED: u32 = 15;
/// The newest version that we know and have been tried with.
pub const NEWEST: u32 = 16;

/// The version of ERPNext on a site, as `frappe.utils.change_log.get_versions` tells it to any user
/// who has signed in (erpnext/FACTS §1; Guest is refused).
///
/// What differs and where it is met:
/// - `/api/v2` came with 15 (erpnext/FACTS §9); where it is used the version is asked first.
/// - The date up to which the books are frozen is in Accounts Settings up to 15 and on the Company
///   from 16 (`Chart`).
/// - Fields that an older version lacks are left out of lists once it has refused them
///   ([`crate::Client::list_with`]).
/// - An app without a secret has to say so in its OAuth Client from 16 on ([`crate::auth`]).
/// - Rates are looked up by tax account from 16 on, and the tax of each line is held against the tax
///   rows (`ledger::tax`).
/// - Token authentication, `docstatus`, naming and the methods of `frappe.client` are the same in 15
///   and 16. Of 14 only what `docs/ARCHITECTURE.md` lists is known, by reading; it was never tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// ERPNext's own words: `15.71.1`, `16.0.0-dev`. Empty where the site would not tell.
    pub text: String,
    /// The number before the first dot; `None` where there is none.
    pub major: Option<u32>,
}

/// How we stand to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// One of those that we have been tried with.
    Tried(u32),
    /// Known from its source, and not tried.
    NotTried(u32),
    /// Too old to work with.
    TooOld(u32),
    /// Newer than what we know, or it cannot be told: works as far as it has not changed.
    Unknown,
}

impl Version {
    /// Reads the answer of `get_versions`; `None` where ERPNext is not among the site's apps.
    pub fn read(versions: &Value) -> Option<Self> {
        let app = versions.get("erpnext")?;
        // A checkout of a branch says its own version beside the last release's.
        let text = ["version", "branch_version"]
            .iter()
            .filter_map(|key| app.get(key)?.as_str())
            .find(|text| major(text).is_some())
            .or_else(|| app.get("version")?.as_str())
            .unwrap_or_default()
            .trim();
        Some(Self {
            text: text.to_owned(),
            major: major(text),
        })
    }

    /// A version that the site would not tell.
    pub fn untold() -> Self {
        Self {
            text: String::new(),
            major: None,
        }
    }

    /// How we stand to it.
    pub fn support(&self) -> Support {
        match self.major {
            Some(major) if major < OLDEST => Support::TooOld(major),
            Some(major) if major < OLDEST_TRIED => Support::NotTried(major),
            Some(major) if major <= NEWEST => Support::Tried(major),
            Some(_) | None => Support::Unknown,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            f.write_str("of an unknown version")
        } else {
            f.write_str(&self.text)
        }
    }
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .trim_start_matches(['v', 'V'])
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn of(erpnext: &Value) -> Option<Version> {
        let mut answer =
            json!({"frappe": {"title": "Frappe Framework", "branch": "", "version": "15.75.0"}});
        if !erpnext.is_null() {
            answer["erpnext"] = erpnext.clone();
        }
        Version::read(&answer)
    }

    #[test]
    fn recorded_answers_are_told_apart() {
        for (answer, text, support) in [
            // The real site's own answer.
            (
                json!({"title": "ERPNext", "description": "ERP made simple", "branch": "", "version": "15.71.1"}),
                "15.71.1",
                Support::Tried(15),
            ),
            (
                json!({"title": "ERPNext", "branch": "version-14", "version": "14.74.3", "branch_version": "14.x.x-develop (abc1234)"}),
                "14.74.3",
                Support::NotTried(14),
            ),
            (
                json!({"title": "ERPNext", "branch": "version-16", "version": "16.0.1"}),
                "16.0.1",
                Support::Tried(16),
            ),
            (
                json!({"title": "ERPNext", "branch": "version-13", "version": "13.55.2"}),
                "13.55.2",
                Support::TooOld(13),
            ),
            (
                json!({"title": "ERPNext", "branch": "develop", "version": "17.0.0-dev"}),
                "17.0.0-dev",
                Support::Unknown,
            ),
            (
                json!({"title": "ERPNext", "branch": "develop", "version": "develop", "branch_version": "16.x.x-develop (3f2a9c1)"}),
                "16.x.x-develop (3f2a9c1)",
                Support::Tried(16),
            ),
            (
                json!({"title": "ERPNext", "version": "v15.2"}),
                "v15.2",
                Support::Tried(15),
            ),
            (
                json!({"title": "ERPNext", "version": "custom"}),
                "custom",
                Support::Unknown,
            ),
            (json!({"title": "ERPNext"}), "", Support::Unknown),
            // What Frappe says for an app that states none.
            (
                json!({"title": "ERPNext", "version": "0.0.1"}),
                "0.0.1",
                Support::TooOld(0),
            ),
        ] {
            let version = of(&answer).unwrap();
            assert_eq!(
                (version.text.as_str(), version.support()),
                (text, support),
                "{answer}"
            );
        }
        assert_eq!(of(&Value::Null), None);
        assert_eq!(Version::untold().support(), Support::Unknown);
        assert_eq!(Version::untold().to_string(), "of an unknown version");
    }
}
