//! Set-up: which organisation goes with which company, and the connections behind them.

use std::collections::BTreeSet;

use books::erpnext::COMPANY_MADE;
use engine::books::Origin;
use ledger::{Said, Side};
use store::{Connection, ConnectionId, LogOutcome, LogWrite, NewPairing, Pairing, Store};

use super::Setup;
use crate::app::App;
use crate::error::AppError;
use crate::reach::{ErpnextDetails, XeroDetails};
use crate::views::SetupView;
use crate::who;

impl App {
    /// Chooses the Xero organisation, by tenant id or name.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn choose_organisation(&self, id: String) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        let chosen = setup
            .organisations
            .iter()
            .find(|organisation| organisation.tenant == id || organisation.name == id)
            .ok_or_else(|| AppError::NotFound(format!("organisation \"{id}\" in this sign-in")))?;
        let tenant = Some(chosen.tenant.clone());
        if setup.organisation != tenant {
            setup.organisation = tenant;
            setup.checked = false;
            setup.mapped = false;
        }
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    /// Chooses the ERPNext company, by name.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn choose_company(&self, id: String) -> Result<SetupView, AppError> {
        let mut setup = self.kept_setup().await?;
        if !setup.companies.iter().any(|company| company.name == id) {
            return Err(AppError::NotFound(format!("company \"{id}\" on this site")));
        }
        if setup.company.as_ref() != Some(&id) {
            setup.company = Some(id);
            setup.checked = false;
            setup.mapped = false;
        }
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }

    /// Saves a new connection; an earlier one to the same place hands over the pairings whose books the
    /// new one was seen to reach, and is forgotten, secrets included, unless it keeps one. So does one
    /// that was disconnected before. Secrets are kept before this is called, so that a connection is
    /// never without them.
    pub(super) async fn replace_connection(
        &self,
        connection: Connection,
        reaches: &Reaches,
    ) -> Result<(), AppError> {
        let earlier: Vec<ConnectionId> = self
            .db(Store::connections)
            .await?
            .into_iter()
            .filter(|known| same_place(known, &connection))
            .map(|known| known.id)
            .collect();
        let (fresh, reaches) = (connection, reaches.clone());
        let replaced = self
            .db(move |store| {
                store.save_connection(&fresh)?;
                let side = fresh.side;
                let mut kept = BTreeSet::new();
                let standing: BTreeSet<ConnectionId> =
                    store.connections()?.into_iter().map(|it| it.id).collect();
                for pairing in store.pairings()? {
                    let used = match side {
                        Side::Xero => &pairing.xero_connection,
                        Side::Erpnext => &pairing.erpnext_connection,
                    };
                    // One that was disconnected is taken up again as well.
                    if !earlier.contains(used) && standing.contains(used) {
                        continue;
                    }
                    let known = store.origin(pairing.id, side)?;
                    if reaches.these(&pairing, known.as_deref()) {
                        store.move_pairing(pairing.id, side, &fresh.id)?;
                    } else {
                        kept.insert(used.clone());
                    }
                }
                let replaced: Vec<ConnectionId> = earlier
                    .into_iter()
                    .filter(|old| !kept.contains(old))
                    .collect();
                for old in &replaced {
                    store.delete_connection(old)?;
                }
                Ok(replaced)
            })
            .await?;
        let secrets = self.secrets().await?;
        for old in &replaced {
            secrets.forget(old).await?;
            self.0.reach.forget(old);
        }
        Ok(())
    }

    /// Makes the pairing once both books are chosen.
    pub(super) async fn pair_if_chosen(&self, setup: &Setup) -> Result<(), AppError> {
        let (Some(xero), Some(tenant), Some(erpnext), Some(company)) = (
            setup.xero.clone(),
            setup.organisation.clone(),
            setup.erpnext.clone(),
            setup.company.clone(),
        ) else {
            return Ok(());
        };
        let pairings = self.db(Store::pairings).await?;
        if let Some(same) = pairings
            .iter()
            .find(|pairing| pairing.xero_tenant == tenant && pairing.erpnext_company == company)
        {
            return self.select_pairing(&same.name).await;
        }
        // A person who goes back and chooses other books before the first sync means to replace.
        for pairing in &pairings {
            if pairing.first_preview_accepted_at.is_none() {
                let (id, now) = (pairing.id, self.0.clock.now());
                self.db(move |store| store.end_pairing(id, now)).await?;
            }
        }
        // ERPNext shares its customers between the companies of a site, and a customer or invoice has
        // room for the identity of one Xero record: a second pairing on the same books would take
        // the first one's records for lost ones.
        let shared = pairings.iter().find(|pairing| {
            pairing.first_preview_accepted_at.is_some()
                && (pairing.xero_tenant == tenant || pairing.erpnext_connection == erpnext)
        });
        if let Some(other) = shared {
            return Err(AppError::usage(
                format!(
                    "{} is paired with {} already, and one of these books can be in one pairing only.",
                    other.xero_name, other.erpnext_company
                ),
                format!(
                    "Unpair {} first, or connect another ERPNext site.",
                    other.name
                ),
            ));
        }
        let xero_name = setup
            .organisations
            .iter()
            .find(|organisation| organisation.tenant == tenant)
            .map_or_else(|| tenant.clone(), |organisation| organisation.name.clone());
        let currency = setup
            .companies
            .iter()
            .find(|known| known.name == company)
            .and_then(|known| known.currency);
        let Some(base_currency) = currency else {
            return Err(AppError::usage(
                format!("The company {company} has no default currency in ERPNext."),
                "Set the company's default currency in ERPNext, then connect again.",
            ));
        };
        let taken = |name: &str| pairings.iter().any(|pairing| pairing.name == name);
        let name = if taken(&xero_name) {
            format!("{xero_name} and {company}")
        } else {
            xero_name.clone()
        };
        let new = NewPairing {
            name: name.clone(),
            xero_connection: xero,
            xero_tenant: tenant,
            xero_name,
            erpnext_connection: erpnext,
            erpnext_company: company,
            base_currency,
            settings: serde_json::Value::Object(serde_json::Map::new()),
        };
        let now = self.0.clock.now();
        let message = Said::Paired {
            organisation: new.xero_name.clone(),
            company: new.erpnext_company.clone(),
        };
        let line = who::signed(LogWrite::note(LogOutcome::Decided, message));
        self.db(move |store| {
            let id = store.add_pairing(&new, now)?;
            store.append_log(id, None, &[line], now)
        })
        .await?;
        self.select_pairing(&name).await
    }
}

/// Which books a new connection was seen to reach.
#[derive(Debug, Clone)]
pub(super) enum Reaches {
    /// Xero organisations, by tenant id.
    Organisations(Vec<String>),
    /// ERPNext companies, by name, with the moment each was made where the site says it.
    Companies(Vec<(String, Option<String>)>),
}

impl Reaches {
    /// Whether the books of a pairing are among them. `known` is what they said of themselves.
    fn these(&self, pairing: &Pairing, known: Option<&str>) -> bool {
        match self {
            Reaches::Organisations(tenants) => tenants.contains(&pairing.xero_tenant),
            Reaches::Companies(companies) => {
                let known: Origin = known
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default();
                let made = known.marks.get(COMPANY_MADE);
                companies.iter().any(|(name, found)| {
                    let other = matches!((made, found), (Some(made), Some(found)) if made != found);
                    *name == pairing.erpnext_company && !other
                })
            }
        }
    }
}

fn same_place(known: &Connection, fresh: &Connection) -> bool {
    known.side == fresh.side
        && known.id != fresh.id
        && match fresh.side {
            Side::Xero => XeroDetails::of(known).client_id == XeroDetails::of(fresh).client_id,
            Side::Erpnext => ErpnextDetails::of(known).url == ErpnextDetails::of(fresh).url,
        }
}
