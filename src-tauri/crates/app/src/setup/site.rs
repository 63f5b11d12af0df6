//! Set-up: connecting an ERPNext site.

use ledger::Side;
use secrecy::SecretString;
use store::{Connection, ConnectionId};

use super::Company;
use crate::app::App;
use crate::error::AppError;
use crate::reach::ErpnextDetails;
use crate::secrets::API_SECRET;
use crate::views::{ErpnextSignIn, SetupView};

impl App {
    /// Connects an ERPNext site with an API key. An earlier connection is replaced; its pairings go
    /// on with the new one.
    ///
    /// # Errors
    /// [`AppError::Address`], [`AppError::Connect`]; nothing is kept then.
    pub async fn connect_erpnext(&self, form: ErpnextSignIn) -> Result<SetupView, AppError> {
        if form.key.trim().is_empty() || form.secret.trim().is_empty() {
            return Err(AppError::usage(
                "The API key or its secret is missing.",
                "Make a pair on your user's page in ERPNext: Settings, API Access, Generate Keys.",
            ));
        }
        let url = erpnext::SiteUrl::parse(&form.url)?;
        let key = erpnext::ApiKey::new(&form.key, &form.secret);
        let (_, site) =
            erpnext::connect::connect(self.0.transport.clone(), self.0.clock.clone(), url, key)
                .await?;
        let now = self.0.clock.now();
        let id = ConnectionId(uuid::Uuid::new_v4().to_string());
        let secret = SecretString::from(form.secret.trim().to_owned());
        self.secrets().await?.set(&id, API_SECRET, secret).await?;
        let connection = Connection {
            number: 0,
            id: id.clone(),
            side: Side::Erpnext,
            name: site.url.host(),
            details: ErpnextDetails {
                url: site.url.as_str().to_owned(),
                key: form.key.trim().to_owned(),
                user: site.user,
                version: site.version,
            }
            .to_json(),
            created_at: now,
            authorised_at: Some(now),
            expires_at: None,
        };
        self.replace_connection(connection).await?;
        let mut setup = self.kept_setup().await?;
        setup.companies = site
            .companies
            .into_iter()
            .map(|company| Company {
                name: company.name,
                currency: company.currency,
                country: company.country,
            })
            .collect();
        setup.company = setup
            .company
            .filter(|chosen| {
                setup
                    .companies
                    .iter()
                    .any(|company| company.name == *chosen)
            })
            .or_else(|| match setup.companies.as_slice() {
                [only] => Some(only.name.clone()),
                _ => None,
            });
        setup.erpnext = Some(id);
        self.keep_setup(&setup).await?;
        self.pair_if_chosen(&setup).await?;
        self.setup().await
    }
}
