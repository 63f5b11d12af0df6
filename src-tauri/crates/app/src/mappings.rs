//! Mappings: which account, tax rate and bank account stands for which on the other side, each way for
//! itself.

mod effects;
mod table;
mod ways;

use chrono::{DateTime, Duration, Utc};
use engine::books::Profile;
use engine::run::names::see_names;
use ledger::mapping::{Choice, Directory, Mapping, suggest};
use ledger::problem::WayOut;
use ledger::{Cause, MappingKind, Mappings, Said, Side};
use serde::{Deserialize, Serialize};
use store::{ExceptionQuery, LogOutcome, LogWrite, MappingSource, Pairing};

use crate::app::App;
use crate::error::AppError;
use crate::reach::Reached;
use crate::views::{MappingChange, MappingPreview, MappingsView};
use crate::who;
use effects::Known;
pub(crate) use table::offered_for;
use table::{Tables, Waiting, is_mapped};
use ways::{Asked, Way, ways};

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
        self.of(side).offered(kind)
    }

    /// With what follows for rates that a side names in two ways, as a run sees them.
    pub fn completed(&self, mappings: Mappings, directory: &Directory) -> Mappings {
        let (kind, side) = (MappingKind::Tax, Side::Erpnext);
        mappings.completed(kind, side, &self.erpnext.taxes, directory)
    }

    /// The key under which a side lists a value that is also known otherwise; the key as it is where
    /// the side does not list it.
    pub fn offered_as<'a>(&'a self, kind: MappingKind, side: Side, key: &'a str) -> &'a str {
        let choices = self.choices(kind, side);
        if choices.iter().any(|choice| choice.key == key) {
            return key;
        }
        choices
            .iter()
            .find(|choice| choice.also.as_deref() == Some(key))
            .map_or(key, |choice| choice.key.as_str())
    }

    /// The key of a value that a person named by its key, its other key or what it stays known by.
    fn key_of(&self, kind: MappingKind, side: Side, named: &str) -> Option<String> {
        let choices = self.choices(kind, side);
        let by = |of: fn(&Choice) -> Option<&str>| {
            let mut choices = choices.iter();
            choices.find(|choice| of(choice).is_some_and(|it| it == named))
        };
        if by(|choice| Some(&choice.key)).is_some() || by(|choice| choice.also.as_deref()).is_some()
        {
            return Some(named.to_owned());
        }
        by(|choice| choice.id.as_deref()).map(|choice| choice.key.clone())
    }
}

fn profiles_key(pairing: &Pairing) -> String {
    format!("profiles/{}", pairing.id)
}

/// How old what the sides offer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As last read, within [`FRESH`].
    Recent,
    /// Read now.
    Anew,
}

/// The line about a suggestion that was accepted.
fn accepted_line(mapping: &Mapping) -> LogWrite {
    LogWrite {
        detail: Some(serde_json::json!({
            "before": { &mapping.key: null },
            "after": { &mapping.key: mapping.to },
        })),
        ..LogWrite::note(
            LogOutcome::Decided,
            Said::MappedAsSuggested {
                what: mapping.kind,
                side: mapping.from,
                value: mapping.key.clone(),
                to: mapping.to.clone(),
            },
        )
    }
}

impl App {
    pub(crate) async fn keep_profiles(
        &self,
        pairing: &Pairing,
        xero: &Profile,
        erpnext: &Profile,
    ) -> Result<(), AppError> {
        let (key, id, now) = (profiles_key(pairing), pairing.id, self.0.clock.now());
        let profiles = Profiles {
            at: now,
            xero: xero.clone(),
            erpnext: erpnext.clone(),
        };
        self.db(move |store| {
            for side in Side::BOTH {
                see_names(store, id, side, profiles.of(side), now)?;
            }
            store.set_setting(&key, &profiles)
        })
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

    /// The accounts in Xero that money received in advance may be booked to: as they are now, since a person
    /// names one that may just have been made, and what was read last may be of before they were known.
    pub(crate) async fn advance_accounts(
        &self,
        pairing: &Pairing,
    ) -> Result<Vec<Choice>, AppError> {
        let reached = self.reach(pairing).await?;
        let read = reached.books.xero.profile().await;
        self.keep_learned(pairing, &reached).await;
        Ok(read?.advance_accounts)
    }

    /// What both sides offer; where they cannot be read, as last read.
    async fn profiles(&self, pairing: &Pairing, reading: Reading) -> Result<Profiles, AppError> {
        let known = self.known_profiles(pairing).await?;
        let now = self.0.clock.now();
        if let Some(known) = &known
            && reading == Reading::Recent
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

    /// Reads what the sides offer, where somebody is asked to choose and nothing is known to choose from:
    /// what was read last may be of a time before payments were carried. A side that does not answer now
    /// is asked the next time.
    pub(crate) async fn know_choices(
        &self,
        pairing: &Pairing,
        reached: &Reached,
    ) -> Result<(), AppError> {
        let id = pairing.id;
        let open = self
            .db(move |store| {
                store.exceptions(&ExceptionQuery {
                    pairing: Some(id),
                    ..ExceptionQuery::default()
                })
            })
            .await?;
        let known = self.known_profiles(pairing).await?;
        let lacks = open
            .iter()
            .filter_map(|it| needs(&it.cause))
            .any(|(kind, side, _)| {
                let known = known.as_ref();
                known.is_none_or(|known| known.choices(kind, side.other()).is_empty())
            });
        if !lacks {
            return Ok(());
        }
        let read = futures::try_join!(
            reached.books.xero.profile(),
            reached.books.erpnext.profile()
        );
        match read {
            Ok((xero, erpnext)) => self.keep_profiles(pairing, &xero, &erpnext).await,
            Err(why) => {
                tracing::info!("what there is to choose from is not known yet: {why}");
                Ok(())
            }
        }
    }

    /// Which account, tax rate and bank account stands for which. What the sides offer may be ten minutes old.
    ///
    /// # Errors
    /// Where a side cannot be read for the first time.
    pub async fn mappings(&self) -> Result<MappingsView, AppError> {
        self.mappings_of(Reading::Recent).await
    }

    /// The same, with what the sides offer now; costs the calls of reading both charts.
    ///
    /// # Errors
    /// As [`App::mappings`].
    pub async fn mappings_anew(&self) -> Result<MappingsView, AppError> {
        self.mappings_of(Reading::Anew).await
    }

    async fn mappings_of(&self, reading: Reading) -> Result<MappingsView, AppError> {
        let pairing = self.pairing().await?;
        let profiles = self.profiles(&pairing, reading).await?;
        let id = pairing.id;
        self.db(move |store| {
            let query = ExceptionQuery {
                pairing: Some(id),
                ..ExceptionQuery::default()
            };
            let mut waiting = Waiting::new();
            for exception in &store.exceptions(&query)? {
                if let Some((kind, side, key)) = needs(&exception.cause) {
                    *waiting.entry((kind, side, key)).or_default() += 1;
                }
            }
            let directory = store.known_values(id)?;
            let tables = Tables {
                profiles: &profiles,
                directory: &directory,
                saved: &store.saved_mappings(id)?,
                now: &profiles.completed(store.mappings(id)?, &directory),
                waiting: &waiting,
            };
            Ok(MappingsView {
                tables: MappingKind::ALL.map(|kind| tables.table(kind)).into(),
            })
        })
        .await
    }

    /// Saves a person's choices, each for the way it was made for. What was carried over before stays
    /// as it is.
    ///
    /// # Errors
    /// A usage error where a side has no such value.
    pub async fn change_mappings(
        &self,
        changes: Vec<MappingChange>,
    ) -> Result<MappingsView, AppError> {
        self.save_mappings(&changes).await?;
        self.mappings().await
    }

    /// What a choice would change, and for how many records; saves nothing.
    ///
    /// # Errors
    /// As [`App::change_mappings`].
    pub async fn preview_mapping(&self, change: MappingChange) -> Result<MappingPreview, AppError> {
        let pairing = self.pairing().await?;
        let (asked, profiles) = self.asked(&pairing, &change).await?;
        self.db(move |store| {
            let (said, directory) = (store.mappings(pairing.id)?, store.known_values(pairing.id)?);
            let query = ExceptionQuery {
                pairing: Some(pairing.id),
                ..ExceptionQuery::default()
            };
            let ways = ways_of(&asked, &said, &profiles, &directory);
            let known = Known {
                pairing: pairing.id,
                profiles: &profiles,
                directory: &directory,
                said: &said,
            };
            known.preview(store, &store.exceptions(&query)?, &ways)
        })
        .await
    }

    /// Accepts every suggestion, each way where it has nothing yet. Of what lines are filed under, where something of
    /// it is mapped already: nothing begins to be carried by itself.
    ///
    /// # Errors
    /// As [`App::mappings`].
    pub async fn accept_suggestions(&self) -> Result<MappingsView, AppError> {
        let id = self.pairing().await?.id;
        let now = self.db(move |store| store.mappings(id)).await?;
        let mut kinds = MappingKind::ALL.to_vec();
        kinds.retain(|kind| MappingKind::NEEDED.contains(kind) || is_mapped(&now, *kind));
        self.accept_suggestions_of(&kinds).await
    }

    /// The same, of these kinds alone.
    pub(crate) async fn accept_suggestions_of(
        &self,
        kinds: &[MappingKind],
    ) -> Result<MappingsView, AppError> {
        let pairing = self.pairing().await?;
        let profiles = self.profiles(&pairing, Reading::Recent).await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        let kinds = kinds.to_vec();
        self.db(move |store| {
            let taken = profiles.completed(store.mappings(id)?, &store.known_values(id)?);
            let accepted: Vec<(Mapping, MappingSource)> = kinds
                .into_iter()
                .flat_map(|kind| {
                    let of = |side| profiles.choices(kind, side);
                    suggest(kind, of(Side::Xero), of(Side::Erpnext), &taken)
                })
                .map(|it| (it.mapping, MappingSource::Suggested(it.reason)))
                .collect();
            store.add_mappings(id, &accepted, now)?;
            let lines: Vec<LogWrite> = accepted
                .iter()
                .map(|(mapping, _)| who::signed(accepted_line(mapping)))
                .collect();
            store.append_log(id, None, &lines, now)
        })
        .await?;
        self.mappings().await
    }

    pub(crate) async fn save_mappings(&self, changes: &[MappingChange]) -> Result<(), AppError> {
        let pairing = self.pairing().await?;
        let (id, now) = (pairing.id, self.0.clock.now());
        for change in changes {
            let (asked, profiles) = self.asked(&pairing, change).await?;
            self.db(move |store| {
                let (said, directory) = (store.mappings(id)?, store.known_values(id)?);
                let known = Known {
                    pairing: id,
                    profiles: &profiles,
                    directory: &directory,
                    said: &said,
                };
                let mut lines = Vec::new();
                for way in ways_of(&asked, &said, &profiles, &directory) {
                    // One that was suggested becomes the person's own.
                    let confirmed = way.asked && way.after.is_some();
                    if !(way.changes() || confirmed) {
                        continue;
                    }
                    match &way.after {
                        Some(to) => {
                            let mapping = Mapping {
                                kind: way.kind,
                                from: way.from,
                                key: way.key.clone(),
                                to: to.clone(),
                            };
                            store.set_mapping(id, &mapping, &MappingSource::Person, now)?;
                        }
                        None => {
                            store.remove_mapping(id, way.kind, way.from, &way.key)?;
                        }
                    }
                    let line = LogWrite {
                        detail: Some(serde_json::json!({
                            "before": { &way.key: way.before },
                            "after": { &way.key: way.after },
                        })),
                        ..LogWrite::note(LogOutcome::Decided, Said::Mapped(known.mapped(&way)))
                    };
                    lines.push(who::signed(line));
                }
                store.append_log(id, None, &lines, now)
            })
            .await?;
        }
        Ok(())
    }

    /// A choice under keys that the sides know, with what they offer: read anew where they did not
    /// offer it when they were last read.
    async fn asked(
        &self,
        pairing: &Pairing,
        change: &MappingChange,
    ) -> Result<(Asked, Profiles), AppError> {
        let (kind, from) = (MappingKind::from(change.kind), Side::from(change.side));
        let recent = self.profiles(pairing, Reading::Recent).await?;
        let mut asked = None;
        let mut profiles = recent;
        for reading in [Reading::Recent, Reading::Anew] {
            if reading == Reading::Anew {
                profiles = self.profiles(pairing, Reading::Anew).await?;
            }
            let key = match profiles.key_of(kind, from, &change.key) {
                Some(key) => Ok(key),
                // Records may carry what a side no longer offers.
                None => self
                    .is_known(pairing, kind, from, &change.key)
                    .await?
                    .then(|| change.key.clone())
                    .ok_or_else(|| missing(&profiles, kind, from, &change.key)),
            };
            let to = change.counterpart.as_ref().map(|named| {
                let key = profiles.key_of(kind, from.other(), named);
                key.ok_or_else(|| missing(&profiles, kind, from.other(), named))
            });
            asked = Some(key.and_then(|key| Ok((key, to.transpose()?))));
            if matches!(asked, Some(Ok(_))) {
                break;
            }
        }
        let (key, to) =
            asked.unwrap_or_else(|| Err(missing(&profiles, kind, from, &change.key)))?;
        let asked = Asked {
            kind,
            from,
            key,
            to,
            both_ways: change.both_ways,
        };
        Ok((asked, profiles))
    }

    /// Whether a value was offered once, is mapped, or is waited for.
    async fn is_known(
        &self,
        pairing: &Pairing,
        kind: MappingKind,
        side: Side,
        key: &str,
    ) -> Result<bool, AppError> {
        let (id, key) = (pairing.id, key.to_owned());
        self.db(move |store| {
            let directory = store.known_values(id)?;
            let mut values = directory.values().iter();
            if values.any(|it| (it.kind, it.side, &it.key) == (kind, side, &key))
                || store.mappings(id)?.translate(kind, side, &key).is_some()
            {
                return Ok(true);
            }
            let query = ExceptionQuery {
                pairing: Some(id),
                ..ExceptionQuery::default()
            };
            let open = store.exceptions(&query)?;
            Ok(open
                .iter()
                .any(|it| needs(&it.cause) == Some((kind, side, key.clone()))))
        })
        .await
    }
}

/// A value that a side has no such value for, with what it is instead.
fn missing(profiles: &Profiles, kind: MappingKind, side: Side, named: &str) -> AppError {
    let mut others = MappingKind::ALL.into_iter().filter(|other| *other != kind);
    let instead = others
        .find(|other| profiles.key_of(*other, side, named).is_some())
        .map(|other| format!("\"{named}\" is {} there. ", a(other)));
    AppError::usage(
        format!("There is no {} \"{named}\" in {side}.", kind.noun()),
        format!(
            "{}The list of mappings has what both sides offer.",
            instead.unwrap_or_default()
        ),
    )
}

const fn a(kind: MappingKind) -> &'static str {
    match kind {
        MappingKind::Account => "an account",
        MappingKind::Tax => "a tax rate",
        MappingKind::Bank => "a bank account",
        MappingKind::Tracking => "what lines are filed under",
    }
}

fn ways_of(asked: &Asked, said: &Mappings, profiles: &Profiles, directory: &Directory) -> Vec<Way> {
    let now = profiles.completed(said.clone(), directory);
    ways(asked, said, &now, |side| profiles.choices(asked.kind, side))
}

/// What a person calls a value: "200 Sales".
pub(crate) fn named(kind: MappingKind, choice: &Choice) -> String {
    match (kind, &choice.code) {
        (MappingKind::Account | MappingKind::Bank, Some(code)) => format!("{code} {}", choice.name),
        (MappingKind::Tracking, Some(category)) => format!("{category}: {}", choice.name),
        _ => choice.name.clone(),
    }
}

/// The mapping that would settle a cause.
pub(crate) fn needs(cause: &Cause) -> Option<(MappingKind, Side, String)> {
    match cause.way_out() {
        WayOut::Map { kind, side, key } => Some((kind, side, key)),
        _ => None,
    }
}
