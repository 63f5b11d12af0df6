//! Pairings: which organisation goes with which company.

use serde::Serialize;
use store::Store;

use crate::app::App;
use crate::error::AppError;
use crate::show::instant;

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
            })
            .collect())
    }

    /// Pairs an organisation with a company. Either may be left out where there is only one, or
    /// where it was chosen before.
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
            return Err(AppError::NotConnected(ledger::Side::Xero));
        }
        if setup.erpnext.is_none() {
            return Err(AppError::NotConnected(ledger::Side::Erpnext));
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
        self.choose_organisation(organisation).await?;
        self.choose_company(company).await?;
        let chosen = self.pairing().await?;
        self.pairings()
            .await?
            .into_iter()
            .find(|pairing| pairing.name == chosen.name)
            .ok_or(AppError::NotPaired)
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
        self.db(move |store| store.end_pairing(pairing.id, now))
            .await?;
        self.0.reach.forget_pairing(pairing.id);
        let mut setup = self.kept_setup().await?;
        setup.checked = false;
        setup.mapped = false;
        self.keep_setup(&setup).await
    }
}

fn choose<'a>(what: &str, choices: impl Iterator<Item = &'a str>) -> AppError {
    let choices: Vec<&str> = choices.collect();
    AppError::usage(
        format!("There are several: which {what} is meant?"),
        format!("Choose one of: {}.", choices.join(", ")),
    )
}
