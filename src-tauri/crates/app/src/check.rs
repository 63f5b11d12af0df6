//! The check list: what a sync needs, tested.

mod amending;
mod banks;
mod numbers;
mod obstacles;
pub(crate) mod site;
mod xero;

use engine::books::{BooksError, Kinship, Origin, Profile};
use engine::run::{RunError, recognise};
use erpnext::form_scripts;
use erpnext::marker_fields::{self, State};
use ledger::Side;
use store::Pairing;

use crate::app::App;
use crate::error::AppError;
use crate::reach::Reached;
use crate::views::{CheckFix, CheckItem, CheckState, CheckView, MarkerField};
use crate::words;

/// What Xero said is not asked again within this time.
const A_MOMENT: chrono::Duration = chrono::Duration::minutes(2);

impl App {
    /// Tests what a sync needs.
    ///
    /// # Errors
    /// [`AppError::NotPaired`]. What a test finds is in the view, a dead connection included.
    pub async fn check(&self) -> Result<CheckView, AppError> {
        self.check_given(None).await
    }

    /// The check list, with what Xero said a moment ago where that is known: its calls are scarce.
    async fn check_given(&self, xero: Option<Profile>) -> Result<CheckView, AppError> {
        let pairing = self.pairing().await?;
        let reached = self.reach(&pairing).await?;
        let xero = async {
            match xero {
                Some(known) => Ok(known),
                None => reached.books.xero.profile().await,
            }
        };
        let (xero, erpnext) = futures::join!(xero, reached.books.erpnext.profile());
        let xero = self.the_paired_one(&pairing, Side::Xero, xero).await?;
        let erpnext = self
            .the_paired_one(&pairing, Side::Erpnext, erpnext)
            .await?;
        let mut items = vec![
            connection(Side::Xero, &xero, self.is_demo()),
            connection(Side::Erpnext, &erpnext, self.is_demo()),
        ];
        for (side, result) in [(Side::Xero, &xero), (Side::Erpnext, &erpnext)] {
            self.note_health(&pairing, side, result.as_ref().err())
                .await?;
        }
        items.extend(self.sign_in_items(&pairing.xero_connection).await);
        let mut missing_fields = Vec::new();
        let mut missing_scripts = Vec::new();
        if erpnext.is_ok() {
            items.extend(site::items(&reached, &pairing.erpnext_company).await);
            items.extend(obstacles::items(&reached, &pairing.erpnext_company).await);
            items.push(self.numbers(&pairing, &reached).await?);
            let (item, missing) = markers(&reached).await;
            items.push(item);
            missing_fields = missing;
            let (item, missing) = amending::items(&reached).await;
            items.push(item);
            missing_scripts = missing;
        }
        if let (Ok(xero), Ok(erpnext)) = (&xero, &erpnext) {
            items.push(currencies(xero, erpnext));
            items.push(lock_dates(xero, erpnext));
            items.push(time_zones(xero, erpnext));
            self.keep_profiles(&pairing, xero, erpnext).await?;
            let id = pairing.id;
            let said = self.db(move |store| store.mappings(id)).await?;
            items.push(banks::accounts(xero, erpnext, &said));
        }
        let ready = items.iter().all(|item| item.state != CheckState::Failed);
        let mut setup = self.kept_setup().await?;
        if setup.checked != ready {
            setup.checked = ready;
            self.keep_setup(&setup).await?;
        }
        self.keep_learned(&pairing, &reached).await;
        Ok(CheckView {
            items,
            missing_fields,
            missing_scripts,
            ready,
        })
    }

    /// A profile, where it is of the books that were paired.
    async fn the_paired_one(
        &self,
        pairing: &Pairing,
        side: Side,
        profile: Result<Profile, BooksError>,
    ) -> Result<Result<Profile, BooksError>, AppError> {
        let Ok(profile) = profile else {
            return Ok(profile);
        };
        let (pairing, now, asked) = (pairing.clone(), self.0.clock.now(), profile.clone());
        let recognised = self
            .db(move |store| Ok(recognise(store, &pairing, side, &asked, now)))
            .await?;
        match recognised {
            Ok(()) => Ok(Ok(profile)),
            Err(RunError::Books(error)) => Ok(Err(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes note that our fields were made anew on the site of a pairing, at a person's word.
    async fn fields_made_anew(&self, pairing: &Pairing, reached: &Reached) -> Result<(), AppError> {
        let found = reached
            .books
            .erpnext
            .profile()
            .await
            .map_err(AppError::Books)?;
        let (id, now) = (pairing.id, self.0.clock.now());
        self.db(move |store| {
            let known: Origin = store
                .origin(id, Side::Erpnext)?
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            // At this very site, that is: a copy elsewhere is asked about.
            let same_place = known.address.is_none() || known.address == found.origin.address;
            if known.kinship(&found.origin) == Kinship::Related
                && same_place
                && let Ok(text) = serde_json::to_string(&found.origin)
            {
                store.set_origin(id, Side::Erpnext, &text, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Installs our marker fields on the ERPNext site, and the scripts that let people amend documents
    /// in its forms, and tests again. A user who may not install scripts has them named by the check.
    ///
    /// # Errors
    /// [`AppError::Erpnext`] where the site refuses.
    pub async fn install_marker_fields(&self) -> Result<CheckView, AppError> {
        let pairing = self.pairing().await?;
        let reached = self.reach(&pairing).await?;
        let before = marker_fields::states(&reached.site).await?;
        let journal = self.setup_journal(Some(pairing.id)).await?;
        let installed = marker_fields::install(&reached.site, &journal).await;
        self.close_setup_journal(journal, installed).await?;
        let journal = self.setup_journal(Some(pairing.id)).await?;
        let installed = form_scripts::install(&reached.site, &journal).await;
        match self.close_setup_journal(journal, installed).await {
            // Where it is not allowed, the check says what is to be done by hand.
            Ok(())
            | Err(AppError::Erpnext(erpnext::Error::NotAllowed(_) | erpnext::Error::Refused(_))) => {
            }
            Err(why) => return Err(why),
        }
        if before.contains(&State::Missing) {
            self.fields_made_anew(&pairing, &reached).await?;
        }
        let now = self.0.clock.now();
        let known = self.known_profiles(&pairing).await?;
        let fresh = known.filter(|known| now - known.at < A_MOMENT);
        self.check_given(fresh.map(|known| known.xero)).await
    }
}

fn item(id: &str, side: Option<Side>, title: &str, state: CheckState, found: String) -> CheckItem {
    CheckItem {
        id: id.to_owned(),
        side: side.map(Into::into),
        title: title.to_owned(),
        state,
        found,
        next_step: None,
        fix: None,
    }
}

fn connection(side: Side, profile: &Result<Profile, BooksError>, demo: bool) -> CheckItem {
    let id = format!("{}_connection", side.word());
    let title = match side {
        Side::Xero => "Connection to Xero",
        Side::Erpnext => "Connection to ERPNext",
    };
    match profile {
        Ok(profile) => {
            let what = if demo { " (demo books)" } else { "" };
            item(
                &id,
                Some(side),
                title,
                CheckState::Passed,
                format!("{} answers{what}", profile.name),
            )
        }
        Err(why) => {
            let view = words::connection(why);
            CheckItem {
                next_step: view.next_step,
                fix: Some(CheckFix::Reconnect { side: side.into() })
                    .filter(|_| matches!(why, BooksError::SignInNeeded { .. })),
                ..item(&id, Some(side), title, CheckState::Failed, view.message)
            }
        }
    }
}

/// Refuses where our marker fields are not in place. Without them neither the site's database nor a
/// second machine could tell that a record has been carried over already.
///
/// # Errors
/// [`AppError::NoMarkerFields`].
pub(crate) async fn require_markers(reached: &Reached) -> Result<(), AppError> {
    match marker_fields::states(&reached.site).await {
        Ok(states) if states.iter().any(|state| !state.is_safe()) => Err(AppError::NoMarkerFields),
        // That they cannot be looked at (a user without that right, a site that is away) is not
        // their absence; the run itself tells what is wrong.
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn markers(reached: &Reached) -> (CheckItem, Vec<MarkerField>) {
    let title = "Marker fields in ERPNext";
    let states = match marker_fields::states(&reached.site).await {
        Ok(states) => states,
        Err(why) => {
            return (
                failed("marker_fields", title, &AppError::Erpnext(why)),
                Vec::new(),
            );
        }
    };
    let missing: Vec<MarkerField> = marker_fields::ALL
        .iter()
        .zip(states)
        .filter(|(_, state)| !state.is_safe())
        .map(|(field, _)| MarkerField {
            doctype: field.doctype.to_owned(),
            field: field.fieldname.to_owned(),
        })
        .collect();
    let item = if missing.is_empty() && states.contains(&State::Outdated) {
        CheckItem {
            next_step: Some("Install them again: only their texts change.".to_owned()),
            fix: Some(CheckFix::InstallMarkerFields),
            ..item(
                "marker_fields",
                Some(Side::Erpnext),
                title,
                CheckState::Warning,
                "In place, unique and read-only. What ERPNext's forms say of them is of an earlier \
                 version"
                    .to_owned(),
            )
        }
    } else if missing.is_empty() {
        item(
            "marker_fields",
            Some(Side::Erpnext),
            title,
            CheckState::Passed,
            "In place, unique and read-only".to_owned(),
        )
    } else {
        let names: Vec<String> = missing
            .iter()
            .map(|field| format!("{} on {}", field.field, field.doctype))
            .collect();
        CheckItem {
            next_step: Some(
                "Install them: they hold each record's identity in Xero, so that nothing is ever \
                 created twice. They can be removed again."
                    .to_owned(),
            ),
            fix: Some(CheckFix::InstallMarkerFields),
            ..item(
                "marker_fields",
                Some(Side::Erpnext),
                title,
                CheckState::Failed,
                format!("Not in place: {}", names.join(", ")),
            )
        }
    };
    (item, missing)
}

pub(crate) fn failed(id: &str, title: &str, why: &AppError) -> CheckItem {
    let view = words::explain(why);
    CheckItem {
        next_step: view.next_step,
        ..item(
            id,
            Some(Side::Erpnext),
            title,
            CheckState::Failed,
            view.message,
        )
    }
}

fn currencies(xero: &Profile, erpnext: &Profile) -> CheckItem {
    let title = "Base currency";
    if xero.base_currency == erpnext.base_currency {
        item(
            "currencies",
            None,
            title,
            CheckState::Passed,
            format!("{} on both sides", xero.base_currency),
        )
    } else {
        CheckItem {
            next_step: Some(
                "Choose an organisation and a company that keep their books in the same currency."
                    .to_owned(),
            ),
            ..item(
                "currencies",
                None,
                title,
                CheckState::Failed,
                format!(
                    "{} in Xero, {} in ERPNext",
                    xero.base_currency, erpnext.base_currency
                ),
            )
        }
    }
}

fn lock_dates(xero: &Profile, erpnext: &Profile) -> CheckItem {
    let title = "Lock dates";
    let shown = |profile: &Profile| {
        profile.locked_until.map_or_else(
            || "none".to_owned(),
            |until| format!("up to {}", until.format("%-d %b %Y")),
        )
    };
    let found = format!("Xero: {}; ERPNext: {}", shown(xero), shown(erpnext));
    if xero.locked_until == erpnext.locked_until {
        item("lock_dates", None, title, CheckState::Passed, found)
    } else {
        CheckItem {
            next_step: Some(
                "Documents dated in a period that one side has locked will wait. Lock both sides \
                 alike if that is not what you want."
                    .to_owned(),
            ),
            ..item("lock_dates", None, title, CheckState::Warning, found)
        }
    }
}

fn time_zones(xero: &Profile, erpnext: &Profile) -> CheckItem {
    // Business dates are calendar days on both sides and never shifted, so a difference is no harm.
    item(
        "time_zones",
        None,
        "Time zones",
        CheckState::Passed,
        format!(
            "Xero: {}; ERPNext: {}. Dates are carried as calendar days",
            or_unknown(&xero.time_zone),
            or_unknown(&erpnext.time_zone)
        ),
    )
}

fn or_unknown(zone: &str) -> &str {
    if zone.is_empty() { "not stated" } else { zone }
}
