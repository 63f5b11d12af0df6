//! Mappings: which account and tax rate stands for which on the other side.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use engine::books::Profile;
use ledger::mapping::{Choice, Mapping, Suggestion, suggest};
use ledger::{Cause, MappingKind, Side};
use serde::{Deserialize, Serialize};
use store::{ExceptionQuery, LogOutcome, LogWrite, MappingSource, Pairing, SavedMapping};

use crate::app::App;
use crate::error::AppError;
use crate::show::count;
use crate::views::{
    ChoiceView, MappingChange, MappingRow, MappingState, MappingTable, MappingsView,
};

/// What the sides offer is read again when it is older than this.
const FRESH: Duration = Duration::minutes(10);

/// What both sides offer, as last read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profiles {
    pub at: DateTime<Utc>,
    pub xero: Profile,
    pub erpnext: Profile,
}

impl Profiles {
    pub fn of(&self, side: Side) -> &Profile {
        match side {
            Side::Xero => &self.xero,
            Side::Erpnext => &self.erpnext,
        }
    }

    pub fn choices(&self, kind: MappingKind, side: Side) -> &[Choice] {
        let profile = self.of(side);
        match kind {
            MappingKind::Account => &profile.accounts,
            MappingKind::Tax => &profile.taxes,
        }
    }

    pub fn suggestions(&self, kind: MappingKind, taken: &[Mapping]) -> Vec<Suggestion> {
        suggest(
            kind,
            self.choices(kind, Side::Xero),
            self.choices(kind, Side::Erpnext),
            taken,
        )
    }
}

fn profiles_key(pairing: &Pairing) -> String {
    format!("profiles/{}", pairing.id)
}

impl App {
    pub(crate) async fn keep_profiles(
        &self,
        pairing: &Pairing,
        xero: &Profile,
        erpnext: &Profile,
    ) -> Result<(), AppError> {
        let (key, profiles) = (
            profiles_key(pairing),
            Profiles {
                at: self.0.clock.now(),
                xero: xero.clone(),
                erpnext: erpnext.clone(),
            },
        );
        self.db(move |store| store.set_setting(&key, &profiles))
            .await
    }

    /// What both sides offer, as last read; costs no call.
    pub(crate) async fn known_profiles(
        &self,
        pairing: &Pairing,
    ) -> Result<Option<Profiles>, AppError> {
        let key = profiles_key(pairing);
        self.db(move |store| store.setting(&key)).await
    }

    /// What both sides offer; read again where it is old, and as last read where that fails.
    async fn profiles(&self, pairing: &Pairing) -> Result<Profiles, AppError> {
        let known = self.known_profiles(pairing).await?;
        let now = self.0.clock.now();
        if let Some(known) = &known
            && now - known.at < FRESH
        {
            return Ok(known.clone());
        }
        let reached = self.reach(pairing).await?;
        let read = futures::try_join!(
            reached.books.xero.profile(),
            reached.books.erpnext.profile()
        );
        self.keep_learned(pairing, &reached).await;
        match (read, known) {
            (Ok((xero, erpnext)), _) => {
                self.keep_profiles(pairing, &xero, &erpnext).await?;
                Ok(Profiles {
                    at: now,
                    xero,
                    erpnext,
                })
            }
            (Err(why), Some(known)) => {
                tracing::info!("accounts and tax rates are shown as last read: {why}");
                Ok(known)
            }
            (Err(why), None) => Err(why.into()),
        }
    }

    /// Which account and tax rate stands for which.
    ///
    /// # Errors
    /// Where a side cannot be read for the first time.
    pub async fn mappings(&self) -> Result<MappingsView, AppError> {
        let pairing = self.pairing().await?;
        let profiles = self.profiles(&pairing).await?;
        let id = pairing.id;
        let (saved, exceptions) = self
            .db(move |store| {
                let query = ExceptionQuery {
                    pairing: Some(id),
                    ..ExceptionQuery::default()
                };
                Ok((store.saved_mappings(id)?, store.exceptions(&query)?))
            })
            .await?;
        let mut waiting: BTreeMap<(MappingKind, Side, String), u32> = BTreeMap::new();
        for exception in &exceptions {
            if let Some((kind, side, key)) = needs(&exception.cause) {
                *waiting.entry((kind, side, key.to_owned())).or_default() += 1;
            }
        }
        Ok(MappingsView {
            tables: MappingKind::ALL
                .into_iter()
                .map(|kind| table(kind, &profiles, &saved, &waiting))
                .collect(),
        })
    }

    /// Saves a person's choices.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where a side does not offer the value.
    pub async fn change_mappings(
        &self,
        changes: Vec<MappingChange>,
    ) -> Result<MappingsView, AppError> {
        self.save_mappings(&changes).await?;
        self.mappings().await
    }

    /// Accepts every suggestion.
    ///
    /// # Errors
    /// As [`App::mappings`].
    pub async fn accept_suggestions(&self) -> Result<MappingsView, AppError> {
        let pairing = self.pairing().await?;
        let profiles = self.profiles(&pairing).await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        self.db(move |store| {
            let taken = store.mappings(id)?.0;
            let accepted: Vec<(Mapping, MappingSource)> = MappingKind::ALL
                .into_iter()
                .flat_map(|kind| profiles.suggestions(kind, &taken))
                .map(|suggestion| {
                    (
                        suggestion.mapping,
                        MappingSource::Suggested(suggestion.reason),
                    )
                })
                .collect();
            store.add_mappings(id, &accepted, now)
        })
        .await?;
        self.mappings().await
    }

    pub(crate) async fn save_mappings(&self, changes: &[MappingChange]) -> Result<(), AppError> {
        let pairing = self.pairing().await?;
        let known = self.known_profiles(&pairing).await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        for change in changes {
            let (kind, side) = (MappingKind::from(change.kind), Side::from(change.side));
            if let (Some(counterpart), Some(known)) = (&change.counterpart, &known) {
                let offered = known
                    .choices(kind, side.other())
                    .iter()
                    .any(|choice| choice.key == *counterpart);
                if !offered {
                    return Err(AppError::NotFound(format!(
                        "{} \"{counterpart}\" in {}",
                        what(kind),
                        side.other()
                    )));
                }
            }
            let change = change.clone();
            self.db(move |store| {
                let message = if let Some(counterpart) = &change.counterpart {
                    let mapping = pair(kind, side, &change.key, counterpart);
                    store.set_mapping(id, side, &mapping, &MappingSource::Person, now)?;
                    format!(
                        "You chose: {} \"{}\" in Xero is \"{}\" in ERPNext",
                        what(kind),
                        mapping.xero,
                        mapping.erpnext
                    )
                } else {
                    for saved in store.saved_mappings(id)? {
                        if saved.mapping.kind == kind && saved.mapping.key(side) == change.key {
                            store.remove_mapping(id, &saved.mapping)?;
                        }
                    }
                    format!(
                        "You removed what stands for {} \"{}\" of {side}",
                        what(kind),
                        change.key
                    )
                };
                store.append_log(
                    id,
                    None,
                    &[LogWrite::note(LogOutcome::Decided, message)],
                    now,
                )
            })
            .await?;
        }
        Ok(())
    }
}

const fn what(kind: MappingKind) -> &'static str {
    match kind {
        MappingKind::Account => "account",
        MappingKind::Tax => "tax rate",
    }
}

fn pair(kind: MappingKind, side: Side, key: &str, counterpart: &str) -> Mapping {
    let (xero, erpnext) = match side {
        Side::Xero => (key, counterpart),
        Side::Erpnext => (counterpart, key),
    };
    Mapping {
        kind,
        xero: xero.to_owned(),
        erpnext: erpnext.to_owned(),
    }
}

/// The mapping that would settle a cause.
pub(crate) fn needs(cause: &Cause) -> Option<(MappingKind, Side, &str)> {
    match cause {
        Cause::NoAccountMapping { side, account } => Some((MappingKind::Account, *side, account)),
        Cause::NoTaxMapping { side, tax } => Some((MappingKind::Tax, *side, tax)),
        _ => None,
    }
}

fn table(
    kind: MappingKind,
    profiles: &Profiles,
    saved: &[SavedMapping],
    waiting: &BTreeMap<(MappingKind, Side, String), u32>,
) -> MappingTable {
    let taken: Vec<Mapping> = saved.iter().map(|saved| saved.mapping.clone()).collect();
    let suggestions = profiles.suggestions(kind, &taken);
    let waiting_for = |side: Side, key: &str| {
        count(
            waiting
                .get(&(kind, side, key.to_owned()))
                .copied()
                .unwrap_or_default(),
        )
    };
    let mut rows = Vec::new();
    // A pair is shown once, as Xero's row, unless another row has Xero's value already.
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut named: BTreeSet<(Side, String)> = BTreeSet::new();
    for side in Side::BOTH {
        for choice in profiles.choices(kind, side) {
            named.insert((side, choice.key.clone()));
            let mapped = saved
                .iter()
                .find(|saved| saved.mapping.kind == kind && saved.mapping.key(side) == choice.key);
            let suggested = suggestions
                .iter()
                .find(|suggestion| suggestion.mapping.key(side) == choice.key);
            let (counterpart, state, reason) = match (mapped, suggested) {
                (Some(saved), _) => (
                    Some(saved.mapping.key(side.other()).to_owned()),
                    MappingState::Mapped,
                    match &saved.source {
                        MappingSource::Person => None,
                        MappingSource::Suggested(reason) => Some(reason.clone()),
                    },
                ),
                (None, Some(suggestion)) => (
                    Some(suggestion.mapping.key(side.other()).to_owned()),
                    MappingState::Suggested,
                    Some(suggestion.reason.clone()),
                ),
                (None, None) => (None, MappingState::Unmatched, None),
            };
            if side == Side::Xero {
                if let Some(counterpart) = &counterpart
                    && let Some(other) = profiles
                        .choices(kind, Side::Erpnext)
                        .iter()
                        .find(|other| other.key == *counterpart)
                {
                    shown.insert(other.key.as_str());
                }
            } else if shown.contains(choice.key.as_str()) {
                continue;
            }
            rows.push(MappingRow {
                side: side.into(),
                value: ChoiceView::from(choice.clone()),
                counterpart,
                state,
                reason,
                waiting: waiting_for(side, &choice.key),
            });
        }
    }
    // Values that records name but the side no longer offers (archived accounts).
    for ((of, side, key), count) in waiting {
        if *of == kind && !named.contains(&(*side, key.clone())) {
            rows.push(MappingRow {
                side: (*side).into(),
                value: ChoiceView {
                    key: key.clone(),
                    code: None,
                    name: key.clone(),
                    rate: None,
                },
                counterpart: None,
                state: MappingState::Unmatched,
                reason: None,
                waiting: *count,
            });
        }
    }
    let rank = |state: MappingState| match state {
        MappingState::Unmatched => 0,
        MappingState::Suggested => 1,
        MappingState::Mapped => 2,
    };
    // Those that records wait for come first.
    rows.sort_by_key(|row| (rank(row.state), std::cmp::Reverse(row.waiting)));
    let offered = |side: Side| {
        profiles
            .choices(kind, side)
            .iter()
            .cloned()
            .map(ChoiceView::from)
            .collect()
    };
    MappingTable {
        kind: kind.into(),
        rows,
        xero: offered(Side::Xero),
        erpnext: offered(Side::Erpnext),
    }
}
