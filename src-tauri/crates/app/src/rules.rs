//! The rules of a pairing: what travels, which way, and what a person is asked about.

mod change;
mod effects;
mod file;
mod preset;

use std::path::{Path, PathBuf};

use ledger::mapping::{Choice, Mapping};
use ledger::{Kind, MappingKind, Said, Side};
use store::{ExceptionQuery, LogOutcome, LogWrite, MappingSource, Pairing, Rule};

use self::change::{Changed, RuleSet, has_conflicts, has_drafts};
use crate::app::App;
use crate::error::AppError;
use crate::show::count;
use crate::views::{
    Exported, NamedMapping, Preset, RuleChange, RuleSetting, RuleView, RulesChanged, RulesFile,
    RulesImported, RulesView,
};
use crate::who;

impl App {
    /// The rules of the pairing, kind by kind.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn rules(&self) -> Result<RulesView, AppError> {
        let pairing = self.pairing().await?;
        let rules = self.rule_set(&pairing).await?;
        Ok(shown(&rules))
    }

    async fn rule_set(&self, pairing: &Pairing) -> Result<RuleSet, AppError> {
        let id = pairing.id;
        let rules = self.db(move |store| store.rules(id)).await?;
        Ok(RuleSet::new(rules, &pairing.settings))
    }

    /// Changes rules, all of them or none, and says what each change means for the records there are; saves
    /// nothing unless that is asked for. What was synced under other rules is not rewritten, and nothing is
    /// written before the next sync.
    ///
    /// # Errors
    /// A usage error for a setting that a kind does not have, for what is no day, and for an account that Xero
    /// does not have or that takes no money in advance; what reading Xero's accounts can give; as [`App::rules`].
    pub async fn change_rules(
        &self,
        changes: Vec<RuleChange>,
        save: bool,
    ) -> Result<RulesChanged, AppError> {
        let pairing = self.pairing().await?;
        for change in &changes {
            if let RuleSetting::Prepayments(Some(code)) = &change.set
                && matches!(change.kind, None | Some(crate::views::Kind::Payment))
            {
                let choices = self.advance_accounts(&pairing).await?;
                if !choices.iter().any(|choice| choice.key == *code) {
                    return Err(no_such_account(code, &choices));
                }
            }
        }
        let before = self.rule_set(&pairing).await?;
        let mut after = before.clone();
        let mut changed: Vec<(Changed, RuleSetting)> = Vec::new();
        for change in &changes {
            let became = after.change(change)?;
            changed.extend(became.into_iter().map(|it| (it, change.set.clone())));
        }
        let warnings = effects::warnings(&after);
        let (id, now) = (pairing.id, self.0.clock.now());
        let effects = {
            let (before, after) = (before.clone(), after.clone());
            let changed = changed.clone();
            self.db(move |store| {
                if changed.is_empty() {
                    return Ok(Vec::new());
                }
                let query = ExceptionQuery {
                    pairing: Some(id),
                    ..ExceptionQuery::default()
                };
                let open = store.exceptions(&query)?;
                let seen = effects::Seen::of(store, id, &before, &after)?;
                let of = |(changed, setting): &(Changed, RuleSetting)| {
                    effects::effect(changed, setting, &seen, &open)
                };
                Ok(changed.iter().map(of).collect())
            })
            .await?
        };
        let saved = save && !changed.is_empty();
        if saved {
            let settings = after.in_settings(&pairing.settings);
            let keeps_settings =
                RuleSet::new(Vec::new(), &pairing.settings) == RuleSet::new(Vec::new(), &settings);
            let rules: Vec<Rule> = Kind::ALL.into_iter().map(|kind| after.of(kind)).collect();
            let lines: Vec<LogWrite> = changed.iter().map(|(it, _)| line(it)).collect();
            self.db(move |store| {
                store.set_rules(id, &rules)?;
                if !keeps_settings {
                    store.set_pairing_settings(id, &settings)?;
                }
                store.append_log(id, None, &lines, now)
            })
            .await?;
        }
        Ok(RulesChanged {
            effects,
            warnings,
            saved,
            rules: shown(if saved { &after } else { &before }),
        })
    }

    /// Makes the directions those of a preset, or says what that would mean; what else people chose stays.
    ///
    /// # Errors
    /// As [`App::rules`].
    pub async fn choose_preset(
        &self,
        preset: Preset,
        save: bool,
    ) -> Result<RulesChanged, AppError> {
        self.change_rules(preset::changes(preset), save).await
    }

    /// The rules and mappings of the pairing as a file, with all values by what they are called.
    ///
    /// # Errors
    /// Where a side cannot be read for the first time; as [`App::rules`].
    pub async fn export_rules(&self) -> Result<RulesFile, AppError> {
        let pairing = self.pairing().await?;
        let rules = self.rule_set(&pairing).await?;
        // Reads what the sides offer where that is older than some minutes.
        self.mappings().await?;
        let id = pairing.id;
        let saved = self.db(move |store| store.saved_mappings(id)).await?;
        let offered = self.known_profiles(&pairing).await?;
        let called = |kind: MappingKind, side: Side, key: &str| {
            let choices = offered.as_ref()?.choices(kind, side);
            let is = |choice: &&Choice| choice.key == key || choice.also.as_deref() == Some(key);
            choices.iter().find(is).map(file::named)
        };
        let mappings = saved.iter().filter_map(|it| {
            let Mapping {
                kind,
                from,
                ref key,
                ref to,
            } = it.mapping;
            // What a side does not offer any more means nothing elsewhere.
            Some(NamedMapping {
                kind: kind.into(),
                side: from.into(),
                value: called(kind, from, key)?,
                counterpart: called(kind, from.other(), to)?,
            })
        });
        Ok(RulesFile {
            counterfoil: file::WHAT.to_owned(),
            version: file::VERSION,
            organisation: pairing.xero_name.clone(),
            company: pairing.erpnext_company.clone(),
            rules: shown(&rules).rules,
            closed_until: rules.closed_until().map(|day| day.to_string()),
            tax_filed: rules.tax_filed().map(|day| day.to_string()),
            ask_from_voids: rules.ask_from_voids,
            ask_from_updates: rules.ask_from_updates,
            mappings: mappings.collect(),
        })
    }

    /// Writes [`App::export_rules`] to a file in a folder, under a name of its own, and says where.
    ///
    /// # Errors
    /// [`AppError::Folder`] where it cannot be written; as [`App::export_rules`].
    pub async fn save_rules(&self, folder: PathBuf) -> Result<Exported, AppError> {
        let stamp = self.0.clock.now().format("%Y-%m-%d %H-%M-%S");
        let path = folder.join(format!("Counterfoil rules {stamp}.json"));
        self.save_rules_as(&path, false).await
    }

    /// Writes [`App::export_rules`] to a file, whole or not at all; one that is there already is written over only
    /// where that is asked for.
    ///
    /// # Errors
    /// A usage error for a file that is there; [`AppError::Folder`] where it cannot be written; as
    /// [`App::export_rules`].
    pub async fn save_rules_as(&self, path: &Path, over: bool) -> Result<Exported, AppError> {
        if !over && path.exists() {
            return Err(AppError::usage(
                format!("{} is there already.", path.display()),
                "Give another name, or --force to write over it.",
            ));
        }
        let rules = self.export_rules().await?;
        let mut text =
            serde_json::to_string_pretty(&rules).map_err(|why| AppError::Bug(why.to_string()))?;
        text.push('\n');
        let beside = path.with_extension("part");
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|why| {
            // What could not be written need not be there to be removed.
            let _ = std::fs::remove_file(&beside);
            AppError::Folder {
                path: path.to_owned(),
                why,
            }
        })?;
        Ok(Exported {
            path: path.display().to_string(),
            lines: count(rules.mappings.len()),
        })
    }

    /// Takes over the rules that the text of a file says, and those of its mappings whose values are found here
    /// by code and name together; the others are named. Saves nothing unless that is asked for.
    ///
    /// # Errors
    /// A usage error for a file of another kind or a newer version; as [`App::change_rules`].
    pub async fn import_rules(&self, text: String, save: bool) -> Result<RulesImported, AppError> {
        let file: RulesFile = serde_json::from_str(&text).map_err(|why| {
            AppError::usage(
                format!("This is no file of Counterfoil's rules: {why}."),
                "Choose a file that was exported from the rules of a pairing.",
            )
        })?;
        if file.counterfoil != file::WHAT {
            return Err(AppError::usage(
                "This is no file of Counterfoil's rules.",
                "Choose a file that was exported from the rules of a pairing.",
            ));
        }
        if file.version > file::VERSION {
            return Err(AppError::usage(
                "This file was written by a newer version of Counterfoil.",
                "Update this one first.",
            ));
        }
        let pairing = self.pairing().await?;
        self.mappings_anew().await?;
        let Some(offered) = self.known_profiles(&pairing).await? else {
            return Err(AppError::Bug("what was just read is not known".to_owned()));
        };
        let mut taken = Vec::new();
        let mut not_taken = Vec::new();
        for mapping in &file.mappings {
            match file::found(mapping, |kind, side| offered.choices(kind, side)) {
                Ok(mapping) => taken.push(mapping),
                Err(why) => not_taken.push(why),
            }
        }
        let (id, now) = (pairing.id, self.0.clock.now());
        let own = self.db(move |store| store.mappings(id)).await?;
        let new: Vec<Mapping> = (taken.iter())
            .filter(|it| own.translate(it.kind, it.from, &it.key) != Some(it.to.as_str()))
            .cloned()
            .collect();
        let as_before = count(taken.len() - new.len());
        let changed = self.change_rules(changes_of(&file), save).await?;
        if save && !new.is_empty() {
            let lines: Vec<LogWrite> = new
                .iter()
                .map(|it| {
                    let before = own.translate(it.kind, it.from, &it.key);
                    who::signed(taken_over(it, before))
                })
                .collect();
            self.db(move |store| {
                for mapping in &new {
                    store.set_mapping(id, mapping, &MappingSource::Person, now)?;
                }
                store.append_log(id, None, &lines, now)
            })
            .await?;
        }
        Ok(RulesImported {
            changed,
            mappings: count(file.mappings.len()),
            taken: count(taken.len()),
            as_before,
            not_taken,
        })
    }
}

/// The changes that make the rules those of a file.
fn changes_of(file: &RulesFile) -> Vec<RuleChange> {
    let mut changes = Vec::new();
    for rule in &file.rules {
        let mut set = |set: RuleSetting| {
            changes.push(RuleChange {
                kind: Some(rule.kind),
                set,
            });
        };
        set(RuleSetting::Direction(rule.direction));
        if let Some(voids) = rule.voids {
            set(RuleSetting::Voids(voids));
        }
        if let Some(conflicts) = rule.conflicts {
            set(RuleSetting::Conflicts(conflicts));
        }
        if let Some(drafts) = rule.drafts {
            set(RuleSetting::Drafts(drafts));
        }
        if let Some(only) = rule.only_with_documents {
            set(RuleSetting::OnlyWithDocuments(only));
        }
        if Kind::from(rule.kind) == Kind::Payment {
            set(RuleSetting::Prepayments(rule.prepayments.clone()));
        }
    }
    let start = file.rules.iter().find_map(|rule| rule.start_date.clone());
    let all = [
        RuleSetting::StartDate(start),
        RuleSetting::ClosedUntil(file.closed_until.clone()),
        RuleSetting::TaxFiled(file.tax_filed.clone()),
        RuleSetting::AskFromVoids(file.ask_from_voids),
        RuleSetting::AskFromUpdates(file.ask_from_updates),
    ];
    changes.extend(all.map(|set| RuleChange { kind: None, set }));
    changes
}

/// What the log says of a changed rule, with who changed it.
fn line(changed: &Changed) -> LogWrite {
    let kinds = changed
        .kind
        .map_or_else(|| "all records".to_owned(), |kind| format!("{kind}s"));
    let said = Said::RuleChanged {
        kinds,
        what: changed.what.to_owned(),
        before: changed.before.clone(),
        after: changed.after.clone(),
    };
    who::signed(LogWrite {
        detail: Some(serde_json::json!({
            "before": { changed.what: changed.before },
            "after": { changed.what: changed.after },
        })),
        ..LogWrite::note(LogOutcome::Decided, said)
    })
}

/// What the log says of a mapping that was taken over from a file.
fn taken_over(mapping: &Mapping, before: Option<&str>) -> LogWrite {
    LogWrite {
        detail: Some(serde_json::json!({
            "before": { &mapping.key: before },
            "after": { &mapping.key: mapping.to },
        })),
        ..LogWrite::note(
            LogOutcome::Decided,
            Said::MappedFromFile {
                what: mapping.kind,
                side: mapping.from,
                value: mapping.key.clone(),
                to: mapping.to.clone(),
            },
        )
    }
}

/// Says that prepayments cannot be booked to an account, and which are called so that they may be meant.
fn no_such_account(code: &str, choices: &[Choice]) -> AppError {
    let like = |choice: &&Choice| choice.name.to_lowercase().contains("prepa");
    let meant: Vec<String> = choices
        .iter()
        .filter(like)
        .map(|choice| format!("{} {}", choice.key, choice.name))
        .collect();
    let meant = match meant.as_slice() {
        [] => String::new(),
        names => format!(" There is {}.", names.join(", ")),
    };
    AppError::usage(
        format!("Xero has no account \"{code}\" that a prepayment can be booked to."),
        format!(
            "Give the code of an active account in Xero's chart of accounts that is no bank account and none of \
             Xero's own.{meant}"
        ),
    )
}

fn shown(rules: &RuleSet) -> RulesView {
    let start_date = rules.start_date().map(|date| date.to_string());
    let view = |kind: Kind| {
        let rule = rules.of(kind);
        RuleView {
            kind: kind.into(),
            direction: rule.direction.into(),
            start_date: rule.start_date.map(|date| date.to_string()),
            voids: kind.ends_for_good().then(|| rule.voids().into()),
            conflicts: has_conflicts(kind).then(|| rule.conflicts().into()),
            drafts: has_drafts(kind).then(|| rule.drafts()),
            only_with_documents: (kind == Kind::Contact).then(|| rule.only_with_documents()),
            prepayments: rule.prepayments().map(str::to_owned),
        }
    };
    RulesView {
        rules: Kind::ALL.into_iter().map(view).collect(),
        preset: preset::of(rules),
        presets: preset::ALL.map(preset::shown).into(),
        start_date,
        closed_until: rules.closed_until().map(|date| date.to_string()),
        tax_filed: rules.tax_filed().map(|date| date.to_string()),
        ask_from_voids: rules.ask_from_voids,
        ask_from_updates: rules.ask_from_updates,
    }
}
