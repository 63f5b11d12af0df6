//! Set-up: connect both sides, choose the books, check, map. Each step is kept, so that it can be
//! left and resumed.

mod books;
mod journal;
mod sign_in;
mod site;

use ledger::{Currency, Side};
use serde::{Deserialize, Serialize};
use store::{Connection, ConnectionId};

use crate::app::App;
use crate::error::AppError;
use crate::reach::{ErpnextDetails, XeroDetails};
use crate::views::{BooksChoice, ErpnextSetup, SetupPrefill, SetupStep, SetupView, XeroSetup};

pub(crate) use sign_in::SignInUnderWay;

/// The setting that holds [`Setup`].
const SETUP: &str = "setup";

/// Set-up as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Setup {
    pub xero: Option<ConnectionId>,
    pub organisations: Vec<Organisation>,
    pub organisation: Option<String>,
    pub erpnext: Option<ConnectionId>,
    pub companies: Vec<Company>,
    pub company: Option<String>,
    /// What the ERPNext user may not do, and the roles that include it, as of connecting.
    pub missing: Vec<String>,
    pub missing_roles: Vec<String>,
    pub checked: bool,
    pub mapped: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Organisation {
    pub tenant: String,
    pub name: String,
    /// The connection's id at Xero, by which it is removed.
    pub connection: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Company {
    pub name: String,
    pub currency: Option<Currency>,
    pub country: Option<String>,
}

impl App {
    /// Set-up as it stands.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn setup(&self) -> Result<SetupView, AppError> {
        let setup = self.kept_setup().await?;
        let pairing = self.pairing_if_any().await?;
        let connections = self.connections_by_id().await?;
        let erpnext = setup
            .erpnext
            .as_ref()
            .and_then(|id| connections.get(id))
            .map(ErpnextDetails::of);
        let xero = setup
            .xero
            .as_ref()
            .filter(|id| connections.contains_key(*id));
        let finished = pairing
            .as_ref()
            .is_some_and(|pairing| pairing.first_preview_accepted_at.is_some());
        let mut done = Vec::new();
        if xero.is_some() && setup.organisation.is_some() {
            done.push(SetupStep::Xero);
        }
        if erpnext.is_some() && setup.company.is_some() {
            done.push(SetupStep::Erpnext);
        }
        let connected = done.len() == 2;
        for (step, is_done) in [
            (SetupStep::Check, connected && setup.checked),
            (SetupStep::Map, connected && setup.mapped),
            (SetupStep::Preview, finished),
        ] {
            if is_done {
                done.push(step);
            }
        }
        let order = [
            SetupStep::Xero,
            SetupStep::Erpnext,
            SetupStep::Check,
            SetupStep::Map,
            SetupStep::Preview,
        ];
        let step = order
            .into_iter()
            .find(|step| !done.contains(step))
            .unwrap_or(SetupStep::Preview);
        Ok(SetupView {
            finished,
            step,
            done,
            xero: xero.map(|_| XeroSetup {
                organisations: setup
                    .organisations
                    .iter()
                    .map(|organisation| BooksChoice {
                        id: organisation.tenant.clone(),
                        name: organisation.name.clone(),
                        detail: String::new(),
                    })
                    .collect(),
                chosen: setup.organisation.clone(),
            }),
            erpnext: erpnext.map(|details| ErpnextSetup {
                signed_in: !details.client_id.is_empty(),
                missing: setup.missing.clone(),
                missing_roles: setup.missing_roles.clone(),
                url: details.url,
                user: Some(details.user).filter(|user| !user.is_empty()),
                companies: setup.companies.iter().map(company_choice).collect(),
                chosen: setup.company.clone(),
            }),
            redirect_uris: redirect_uris(),
            prefill: self.prefill(&connections.into_values().collect::<Vec<_>>()),
            demo: self.is_demo(),
        })
    }

    fn prefill(&self, connections: &[Connection]) -> SetupPrefill {
        if let Some(door) = &self.0.demo {
            return SetupPrefill {
                client_id: Some(door.client_id.clone()),
                url: Some(door.erpnext_url.clone()),
                key: Some(door.key.clone()),
                erpnext_client_id: None,
                secret: Some(door.secret.clone()),
            };
        }
        let of = |side: Side| {
            connections
                .iter()
                .rev()
                .find(|connection| connection.side == side)
        };
        let erpnext = of(Side::Erpnext).map(ErpnextDetails::of);
        SetupPrefill {
            client_id: of(Side::Xero).map(|connection| XeroDetails::of(connection).client_id),
            url: erpnext.as_ref().map(|details| details.url.clone()),
            erpnext_client_id: erpnext
                .as_ref()
                .map(|details| details.client_id.clone())
                .filter(|id| !id.is_empty()),
            key: erpnext
                .map(|details| details.key)
                .filter(|key| !key.is_empty()),
            secret: None,
        }
    }

    /// Ends the mapping step of set-up.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn confirm_mappings(&self) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        setup.mapped = true;
        self.keep_setup(&setup).await?;
        self.setup().await
    }

    pub(crate) async fn kept_setup(&self) -> Result<Setup, AppError> {
        Ok(self
            .db(|store| store.setting::<Setup>(SETUP))
            .await?
            .unwrap_or_default())
    }

    pub(crate) async fn keep_setup(&self, setup: &Setup) -> Result<(), AppError> {
        let setup = setup.clone();
        self.db(move |store| store.set_setting(SETUP, &setup)).await
    }
}

fn company_choice(company: &Company) -> BooksChoice {
    let detail = [
        company.currency.map(|currency| currency.code().to_owned()),
        company.country.clone(),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ");
    BooksChoice {
        id: company.name.clone(),
        name: company.name.clone(),
        detail,
    }
}

/// The addresses to register with the Xero app.
fn redirect_uris() -> Vec<String> {
    xero::auth::redirect::PORTS
        .iter()
        .map(|port| format!("http://localhost:{port}{}", xero::auth::redirect::PATH))
        .collect()
}
