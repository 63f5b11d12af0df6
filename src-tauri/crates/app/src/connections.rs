//! Connections: health, reconnect, disconnect.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine::books::BooksError;
use ledger::Side;
use serde::{Deserialize, Serialize};
use store::{Connection, ConnectionId, Pairing, Store};

use crate::app::App;
use crate::error::AppError;
use crate::reach::{ErpnextDetails, XeroDetails};
use crate::show::{instant, number};
use crate::views::{ConnectionView, ConnectionsView, ErrorView, Health, SignInMethod};
use crate::words;

/// How a connection was when it was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Condition {
    /// When it last answered.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// What was wrong after that.
    pub error: Option<ErrorView>,
}

/// A connection that did not work when it was last used.
pub(crate) struct Trouble {
    pub last_ok_at: Option<DateTime<Utc>>,
    pub error: ErrorView,
}

fn condition_key(id: &ConnectionId) -> String {
    format!("condition/{id}")
}

impl App {
    /// All connections and how they are. Costs no call.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub async fn connections(&self) -> Result<ConnectionsView, AppError> {
        let (connections, pairings, conditions) = self
            .db(|store| {
                let connections = store.connections()?;
                let mut conditions = BTreeMap::new();
                for connection in &connections {
                    if let Some(condition) =
                        store.setting::<Condition>(&condition_key(&connection.id))?
                    {
                        conditions.insert(connection.id.clone(), condition);
                    }
                }
                Ok((connections, store.pairings()?, conditions))
            })
            .await?;
        let mut views = Vec::new();
        for connection in &connections {
            let user = pairings.iter().find(|pairing| {
                pairing.xero_connection == connection.id
                    || pairing.erpnext_connection == connection.id
            });
            let calls = match (connection.side, user) {
                (Side::Xero, Some(pairing)) => Some(self.xero_calls(pairing).await?),
                _ => None,
            };
            let shown = view(connection, user, conditions.get(&connection.id));
            let sign_in = match connection.side {
                Side::Xero => Some(self.xero_sign_in(&connection.id).await),
                Side::Erpnext => None,
            };
            views.push(ConnectionView {
                calls,
                demo: self.is_demo(),
                // Each use starts the 60 days anew, so what is kept of the last renewal counts.
                expires_at: sign_in
                    .as_ref()
                    .and_then(|sign_in| sign_in.expires_at.clone())
                    .or(shown.expires_at.clone()),
                sign_in,
                ..shown
            });
        }
        views.sort_by_key(|view| (view.side != crate::views::Side::Xero, view.id));
        Ok(ConnectionsView { connections: views })
    }

    /// Asks a connection whether it still works.
    ///
    /// # Errors
    /// [`AppError::NotFound`]. That it does not work is in the view.
    pub async fn test_connection(&self, id: u32) -> Result<ConnectionsView, AppError> {
        let connection = self.numbered(id).await?;
        let tested = match connection.side {
            Side::Xero => self.test_xero(&connection.id).await,
            Side::Erpnext => self.test_erpnext(&connection.id).await,
        };
        self.keep_condition(&connection.id, tested.as_ref().err().map(words::explain))
            .await?;
        self.connections().await
    }

    async fn test_xero(&self, id: &ConnectionId) -> Result<(), AppError> {
        let session = self.xero_session(id).await?;
        let access = session.access().await?;
        xero::auth::connections::list(&self.0.endpoints, self.0.transport.as_ref(), &access, None)
            .await?;
        Ok(())
    }

    async fn test_erpnext(&self, id: &ConnectionId) -> Result<(), AppError> {
        let site = self.site_of(id).await?;
        erpnext::connect::companies(&site).await?;
        Ok(())
    }

    /// Forgets a connection and revokes its authorisation where the remote system allows that.
    /// Pairings stay and go on when the same system is connected again.
    ///
    /// # Errors
    /// [`AppError::NotFound`], [`AppError::RunUnderWay`]. That revoking failed (offline, already
    /// revoked) does not keep the connection.
    pub async fn disconnect(&self, id: u32) -> Result<ConnectionsView, AppError> {
        let connection = self.numbered(id).await?;
        let _turn = self.take_turn("disconnecting")?;
        if let Err(why) = self.revoke(&connection).await {
            tracing::warn!(
                "the sign-in could not be revoked at {}: {why}",
                connection.side
            );
        }
        self.0.reach.forget(&connection.id);
        self.secrets().await?.forget(&connection.id).await?;
        let gone = connection.id.clone();
        self.db(move |store| {
            store.delete_connection(&gone)?;
            store.forget_setting(&condition_key(&gone))
        })
        .await?;
        let mut setup = self.kept_setup().await?;
        if setup.xero.as_ref() == Some(&connection.id) {
            setup.xero = None;
        }
        if setup.erpnext.as_ref() == Some(&connection.id) {
            setup.erpnext = None;
        }
        self.keep_setup(&setup).await?;
        self.connections().await
    }

    /// Takes a sign-in through the browser back. An API key is the user's own and stays.
    async fn revoke(&self, connection: &Connection) -> Result<(), AppError> {
        match connection.side {
            Side::Xero => Ok(self.xero_session(&connection.id).await?.revoke().await?),
            Side::Erpnext => match self.site_session(&connection.id).await? {
                Some(session) => session.revoke().await.map_err(AppError::ErpnextSignIn),
                None => Ok(()),
            },
        }
    }

    async fn numbered(&self, id: u32) -> Result<Connection, AppError> {
        self.db(Store::connections)
            .await?
            .into_iter()
            .find(|connection| connection.number == i64::from(id))
            .ok_or_else(|| AppError::NotFound(format!("connection with the number {id}")))
    }

    /// Notes how a side of a pairing was when it was used.
    pub(crate) async fn note_health(
        &self,
        pairing: &Pairing,
        side: Side,
        failure: Option<&BooksError>,
    ) -> Result<(), AppError> {
        let error = failure.map(words::connection);
        self.note_condition(pairing, side, error).await
    }

    /// The same, of a failure that was worded already.
    pub(crate) async fn note_condition(
        &self,
        pairing: &Pairing,
        side: Side,
        error: Option<ErrorView>,
    ) -> Result<(), AppError> {
        let id = connection_of(pairing, side).clone();
        self.keep_condition(&id, error).await
    }

    async fn keep_condition(
        &self,
        id: &ConnectionId,
        error: Option<ErrorView>,
    ) -> Result<(), AppError> {
        let (key, now) = (condition_key(id), self.0.clock.now());
        self.db(move |store| {
            let last_ok_at = if error.is_none() {
                Some(now)
            } else {
                store
                    .setting::<Condition>(&key)?
                    .and_then(|known| known.last_ok_at)
            };
            store.set_setting(&key, &Condition { last_ok_at, error })
        })
        .await
    }

    /// Sides of a pairing that did not work when they were last used.
    pub(crate) async fn troubles(
        &self,
        pairing: &Pairing,
    ) -> Result<Vec<(Side, Trouble)>, AppError> {
        let ids = Side::BOTH.map(|side| (side, connection_of(pairing, side).clone()));
        self.db(move |store| {
            let mut troubles = Vec::new();
            for (side, id) in ids {
                if let Some(Condition {
                    last_ok_at,
                    error: Some(error),
                }) = store.setting(&condition_key(&id))?
                {
                    troubles.push((side, Trouble { last_ok_at, error }));
                }
            }
            Ok(troubles)
        })
        .await
    }
}

const fn connection_of(pairing: &Pairing, side: Side) -> &ConnectionId {
    match side {
        Side::Xero => &pairing.xero_connection,
        Side::Erpnext => &pairing.erpnext_connection,
    }
}

fn view(
    connection: &Connection,
    user: Option<&Pairing>,
    condition: Option<&Condition>,
) -> ConnectionView {
    let error = condition.and_then(|condition| condition.error.clone());
    let health = match (condition, &error) {
        (None, _) => Health::Unknown,
        (Some(_), None) => Health::Healthy,
        (Some(_), Some(error)) if matches!(error.code.as_str(), "sign_in_needed" | "wrong_key") => {
            Health::SignInNeeded
        }
        (Some(_), Some(_)) => Health::Unreachable,
    };
    let (address, method, authorised_by) = match connection.side {
        Side::Xero => {
            let details = XeroDetails::of(connection);
            let method = if details.custom_connection {
                SignInMethod::CustomConnection
            } else if details.has_secret {
                SignInMethod::ClientSecret
            } else {
                SignInMethod::Pkce
            };
            (shortened(&details.client_id), method, None)
        }
        Side::Erpnext => {
            let details = ErpnextDetails::of(connection);
            let user = Some(details.user).filter(|user| !user.is_empty());
            let method = if details.client_id.is_empty() {
                SignInMethod::ApiKey
            } else {
                SignInMethod::Browser
            };
            (details.url, method, user)
        }
    };
    let name = match (connection.side, user) {
        (Side::Xero, Some(pairing)) => pairing.xero_name.clone(),
        (Side::Erpnext, Some(pairing)) => pairing.erpnext_company.clone(),
        (_, None) => connection.name.clone(),
    };
    ConnectionView {
        id: number(connection.number),
        side: connection.side.into(),
        name,
        address,
        method,
        authorised_by,
        authorised_at: connection.authorised_at.map(instant),
        expires_at: connection.expires_at.map(instant),
        health,
        last_ok_at: condition
            .and_then(|condition| condition.last_ok_at)
            .map(instant),
        error,
        sign_in: None,
        organisations: match connection.side {
            Side::Xero => XeroDetails::of(connection).organisations,
            Side::Erpnext => Vec::new(),
        },
        calls: None,
        used_by: user.map(|pairing| pairing.name.clone()),
        demo: false,
    }
}

/// A client id, recognisable but not whole.
fn shortened(client_id: &str) -> String {
    let letters: Vec<char> = client_id.chars().collect();
    match letters.as_slice() {
        [first @ .., _, _, _, _] if first.len() > 8 => {
            let head: String = letters.iter().take(4).collect();
            let tail: String = letters.iter().skip(letters.len() - 4).collect();
            format!("{head}…{tail}")
        }
        _ => client_id.to_owned(),
    }
}
