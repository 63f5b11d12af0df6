//! Pairings: which organisation goes with which company.

use std::collections::BTreeSet;

use books::erpnext::ErpnextBooks;
use engine::books::{Books, Kinship, Origin};
use ledger::{MappingKind as MappingKindOf, Said, Side};
use serde::Serialize;
use store::{LogOutcome, LogWrite, MappingSource, Pairing, SavedMapping, Store};

use crate::app::App;
use crate::error::AppError;
use crate::show::{count, instant};
use crate::views::{MappingKind, MappingState, MappingsView};
use crate::who;

/// A pairing, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairingInfo {
    /// What a person calls it.
    pub name: String,
    /// The Xero organisation's name.
    pub organisation: String,
    /// The organisation's tenant id.
    pub tenant_id: String,
    /// The ERPNext company's name.
    pub company: String,
    /// The base currency's code.
    pub currency: String,
    /// When it was made (UTC instant).
    pub created_at: String,
    /// Whether a first sync has been started.
    pub started: bool,
    /// What [`App::pair`] put in place; `None` in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
}

/// What was put in place so that a new pairing can sync.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Prepared {
    /// Marker fields that were put on the ERPNext site: "Customer.xero_contact_id".
    pub marker_fields: Vec<String>,
    /// Client Scripts that were put on the ERPNext site, by name.
    pub form_scripts: Vec<String>,
    /// How many suggested mappings were accepted.
    pub mappings: u32,
    /// These, in full.
    pub accepted: Vec<AcceptedMapping>,
    /// Accounts, tax rates and bank accounts that nothing stands for yet.
    pub unmatched: u32,
}

/// A suggested mapping that was accepted for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedMapping {
    /// Of accounts, tax rates or bank accounts.
    pub kind: MappingKind,
    /// Xero's account code or tax type.
    pub xero: String,
    /// What Xero calls it.
    pub xero_name: String,
    /// ERPNext's account or tax template.
    pub erpnext: String,
    /// The side whose records alone it is for; `None` where the two stand for each other.
    pub only_from: Option<crate::views::Side>,
    /// Why it was suggested.
    pub reason: String,
}

impl App {
    /// All pairings, oldest first.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn pairings(&self) -> Result<Vec<PairingInfo>, AppError> {
        let pairings = self.db(Store::pairings).await?;
        Ok(pairings
            .into_iter()
            .map(|pairing| PairingInfo {
                name: pairing.name,
                organisation: pairing.xero_name,
                tenant_id: pairing.xero_tenant,
                company: pairing.erpnext_company,
                currency: pairing.base_currency.code().to_owned(),
                created_at: instant(pairing.created_at),
                started: pairing.first_preview_accepted_at.is_some(),
                prepared: None,
            })
            .collect())
    }

    /// Pairs an organisation with a company, and puts in place what a sync needs: our marker fields
    /// on the ERPNext site, and, of what nothing is mapped of yet, the suggested mappings. To ask for it is
    /// to consent; the window asks step by step instead. Either name may be left out where there is
    /// only one, or where it was chosen before. Asking again does what is still to be done.
    ///
    /// # Errors
    /// [`AppError::NotConnected`], [`AppError::NotFound`], or a usage error that lists the choices.
    pub async fn pair(
        &self,
        organisation: Option<String>,
        company: Option<String>,
    ) -> Result<PairingInfo, AppError> {
        let setup = self.kept_setup().await?;
        if setup.xero.is_none() {
            return Err(AppError::NotConnected(Side::Xero));
        }
        if setup.erpnext.is_none() {
            return Err(AppError::NotConnected(Side::Erpnext));
        }
        let organisation = organisation
            .or_else(|| setup.organisation.clone())
            .ok_or_else(|| {
                choose(
                    "organisation",
                    setup.organisations.iter().map(|it| it.name.as_str()),
                )
            })?;
        let company = company
            .or_else(|| setup.company.clone())
            .ok_or_else(|| choose("company", setup.companies.iter().map(|it| it.name.as_str())))?;
        if !setup
            .organisations
            .iter()
            .any(|it| it.tenant == organisation || it.name == organisation)
        {
            return Err(unknown(
                &format!("This sign-in reaches no organisation \"{organisation}\"."),
                setup.organisations.iter().map(|it| it.name.as_str()),
                "sign in again and choose it on Xero's page",
            ));
        }
        if !setup.companies.iter().any(|it| it.name == company) {
            return Err(unknown(
                &format!("This ERPNext user sees no company \"{company}\"."),
                setup.companies.iter().map(|it| it.name.as_str()),
                "connect with a user who may see it",
            ));
        }
        self.choose_organisation(organisation).await?;
        self.choose_company(company).await?;
        let chosen = self.pairing().await?;
        let prepared = self.prepare_pairing(&chosen).await?;
        self.pairings()
            .await?
            .into_iter()
            .find(|pairing| pairing.name == chosen.name)
            .map(|pairing| PairingInfo {
                prepared: Some(prepared),
                ..pairing
            })
            .ok_or(AppError::NotPaired)
    }

    /// Says that the ERPNext site connected now is the one to go on with: it has moved to another
    /// address, or our fields were made anew on it. The other one, where there is one, must not be synced
    /// any more.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::NotConnected`]; a usage error where the site holds other
    /// books.
    pub async fn pair_moved(&self) -> Result<PairingInfo, AppError> {
        let pairing = self.pairing().await?;
        let _turn = self.take_turn("pairing")?;
        let connection = self
            .kept_setup()
            .await?
            .erpnext
            .ok_or(AppError::NotConnected(Side::Erpnext))?;
        let site = self.site_of(&connection).await?;
        let books = ErpnextBooks::new(site, pairing.erpnext_company.clone());
        let found = books.profile().await.map_err(AppError::Books)?.origin;
        let (id, now) = (pairing.id, self.0.clock.now());
        let known: Origin = self
            .db(move |store| store.origin(id, Side::Erpnext))
            .await?
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        if known.kinship(&found) == Kinship::Others {
            return Err(AppError::usage(
                format!(
                    "The company {} on the connected site is another one than the one that was paired.",
                    pairing.erpnext_company
                ),
                "Connect the site that was paired, or end this pairing and make a new one.",
            ));
        }
        let text = serde_json::to_string(&found).map_err(|why| AppError::Bug(why.to_string()))?;
        let place = found.address.unwrap_or_default();
        let line = who::signed(LogWrite::note(LogOutcome::Decided, Said::Moved { place }));
        self.db(move |store| {
            store.move_pairing(id, Side::Erpnext, &connection)?;
            store.set_origin(id, Side::Erpnext, &text, now)?;
            store.append_log(id, None, &[line], now)
        })
        .await?;
        self.0.reach.forget_pairing(id);
        self.pairings()
            .await?
            .into_iter()
            .find(|it| it.name == pairing.name)
            .ok_or(AppError::NotPaired)
    }

    async fn prepare_pairing(&self, pairing: &Pairing) -> Result<Prepared, AppError> {
        let checked = self.check().await?;
        let (missing, mut scripts) = (checked.missing_fields, checked.missing_scripts);
        if !missing.is_empty() || !scripts.is_empty() {
            let after = self.install_marker_fields().await?;
            scripts.retain(|script| !after.missing_scripts.contains(script));
        }
        let id = pairing.id;
        // Of a kind that nothing is mapped of yet: a pairing that was made before payments were carried
        // has nothing for its bank accounts.
        let before = self.db(move |store| store.saved_mappings(id)).await?;
        let mut untouched = MappingKindOf::NEEDED.to_vec();
        untouched.retain(|kind| before.iter().all(|saved| saved.mapping.kind != *kind));
        let mapped = if untouched.is_empty() {
            self.mappings().await?
        } else {
            self.accept_suggestions_of(&untouched).await?
        };
        let mut saved = self.db(move |store| store.saved_mappings(id)).await?;
        saved.retain(|saved| untouched.contains(&saved.mapping.kind));
        let accepted = accepted(&saved, &mapped);
        Ok(Prepared {
            marker_fields: missing
                .into_iter()
                .map(|field| format!("{}.{}", field.doctype, field.field))
                .collect(),
            form_scripts: scripts,
            mappings: count(accepted.len()),
            accepted,
            unmatched: count(
                mapped
                    .tables
                    .iter()
                    .flat_map(|table| &table.rows)
                    .filter(|row| !row.optional && row.state != MappingState::Mapped)
                    .count(),
            ),
        })
    }

    /// Ends a pairing, by name. Both systems keep their records, our markers included; the log
    /// stays.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::Store`] where writes are still unsettled.
    pub async fn unpair(&self, name: &str) -> Result<(), AppError> {
        let _turn = self.take_turn("unpairing")?;
        self.select_pairing(name).await?;
        let pairing = self.pairing().await?;
        let now = self.0.clock.now();
        let message = Said::Unpaired {
            organisation: pairing.xero_name.clone(),
            company: pairing.erpnext_company.clone(),
        };
        let line = who::signed(LogWrite::note(LogOutcome::Decided, message));
        self.db(move |store| {
            store.end_pairing(pairing.id, now)?;
            store.append_log(pairing.id, None, &[line], now)
        })
        .await?;
        self.0.reach.forget_pairing(pairing.id);
        let mut setup = self.kept_setup().await?;
        setup.checked = false;
        setup.mapped = false;
        self.keep_setup(&setup).await
    }
}

/// The suggestions that were accepted, the two ways of a pair once.
fn accepted(all: &[SavedMapping], view: &MappingsView) -> Vec<AcceptedMapping> {
    let mut seen = BTreeSet::new();
    all.iter()
        .filter_map(|saved| {
            let MappingSource::Suggested(reason) = &saved.source else {
                return None;
            };
            let kind = MappingKind::from(saved.mapping.kind);
            let (xero, erpnext) = (
                saved.mapping.on(Side::Xero),
                saved.mapping.on(Side::Erpnext),
            );
            if !seen.insert((saved.mapping.kind, xero, erpnext)) {
                return None;
            }
            let back = saved.mapping.back();
            let both_ways = all.iter().any(|other| other.mapping == back);
            let name = view
                .tables
                .iter()
                .filter(|table| table.kind == kind)
                .flat_map(|table| &table.xero)
                .find(|choice| choice.key == xero)
                .map_or(xero, |choice| &choice.name);
            Some(AcceptedMapping {
                kind,
                xero: xero.to_owned(),
                xero_name: name.to_owned(),
                erpnext: erpnext.to_owned(),
                only_from: (!both_ways).then(|| saved.mapping.from.into()),
                reason: reason.clone(),
            })
        })
        .collect()
}

fn unknown<'a>(message: &str, choices: impl Iterator<Item = &'a str>, otherwise: &str) -> AppError {
    let choices: Vec<&str> = choices.collect();
    AppError::usage(
        message,
        format!("Choose one of: {}. Or {otherwise}.", choices.join(", ")),
    )
}

fn choose<'a>(what: &str, choices: impl Iterator<Item = &'a str>) -> AppError {
    let choices: Vec<&str> = choices.collect();
    AppError::usage(
        format!("There are several: which {what} is meant?"),
        format!("Choose one of: {}.", choices.join(", ")),
    )
}
