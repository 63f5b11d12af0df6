//! Connections, the pairing and what set-up checks.

use app::views::{
    ConnectionsView, ErpnextBrowserSignIn, ErpnextSignIn, ErrorView, Health, SetupView, XeroSignIn,
};
use app::{App, AppError};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{ConnectErpnext, ConnectXero, Pair};
use crate::exit::{Exit, failure};
use crate::render;
use crate::secrets;
use crate::terminal::Style;

/// Signs in to Xero, through the browser but for a custom connection.
///
/// # Errors
/// A refused consent, a closed browser, a wrong client id, Ctrl-C.
pub async fn xero(app: &App, wanted: ConnectXero) -> Result<Answer, ErrorView> {
    let client_secret = if wanted.secret || wanted.custom_connection {
        Some(secrets::read(
            secrets::XERO,
            "The Xero app's client secret",
        )?)
    } else {
        None
    };
    if !wanted.custom_connection && !wanted.no_browser {
        eprintln!("Your browser opens Xero's sign-in page. Waiting for it; Ctrl-C cancels.");
    }
    let sign_in = XeroSignIn {
        client_id: wanted.client_id,
        client_secret,
        custom_connection: wanted.custom_connection,
        older_app: wanted.older_app,
    };
    let view = unless_cancelled(app, app.sign_in_xero(sign_in)).await?;
    set_up(&view)
}

/// Waits for a sign-in; Ctrl-C cancels it.
async fn unless_cancelled(
    app: &App,
    signing_in: impl Future<Output = Result<SetupView, AppError>>,
) -> Result<SetupView, ErrorView> {
    let mut signing_in = std::pin::pin!(signing_in);
    loop {
        tokio::select! {
            signed_in = &mut signing_in => return Ok(signed_in?),
            pressed = tokio::signal::ctrl_c() => {
                if pressed.is_ok() {
                    app.cancel_sign_in().await?;
                }
            }
        }
    }
}

/// Connects an ERPNext site, with an API key or through the browser.
///
/// # Errors
/// A wrong address, key or client id; a site that cannot be reached; a refused consent, Ctrl-C.
pub async fn erpnext(app: &App, wanted: ConnectErpnext) -> Result<Answer, ErrorView> {
    let ConnectErpnext {
        url,
        key,
        sign_in,
        client_id,
        no_browser,
    } = wanted;
    // A key beside a client id would not be used.
    let key = key.filter(|_| client_id.is_none());
    let secret = match key {
        Some(_) => Some(secrets::read(
            secrets::ERPNEXT,
            "The secret of the ERPNext API key",
        )?),
        None => None,
    };
    let view = if sign_in {
        if !no_browser {
            eprintln!("Your browser opens ERPNext's sign-in page. Waiting for it; Ctrl-C cancels.");
        }
        let form = ErpnextBrowserSignIn {
            url,
            client_id,
            key,
            secret,
        };
        unless_cancelled(app, app.sign_in_erpnext(form)).await?
    } else {
        app.connect_erpnext(ErpnextSignIn {
            url,
            key: key.unwrap_or_default(),
            secret: secret.unwrap_or_default(),
        })
        .await?
    };
    set_up(&view)
}

fn set_up(view: &SetupView) -> Result<Answer, ErrorView> {
    let style = Style::stdout();
    let mut text = render::setup(view, style);
    if let Some(erpnext) = view.erpnext.as_ref().filter(|it| !it.missing.is_empty()) {
        text.push_str(&format!(
            "{} {}\n  May not {}.\n  Give it these roles in ERPNext: {}.\n",
            style.warning("Permissions are missing:"),
            erpnext.user.as_deref().unwrap_or("this user"),
            erpnext.missing.join("; "),
            erpnext.missing_roles.join(", "),
        ));
    }
    Answer::of(view, text, Exit::Agreement)
}

/// Lists the connections.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn connections(app: &App) -> Result<Answer, ErrorView> {
    let view = app.connections().await?;
    listed(&view)
}

fn listed(view: &ConnectionsView) -> Result<Answer, ErrorView> {
    let ill = view.connections.iter().any(|connection| {
        matches!(
            connection.health,
            Health::SignInNeeded | Health::Unreachable
        )
    });
    let exit = if ill {
        Exit::Connection
    } else {
        Exit::Agreement
    };
    Answer::of(view, render::connections(view, Style::stdout()), exit)
}

/// Forgets a connection.
///
/// # Errors
/// A name that none or several have.
pub async fn disconnect(app: &App, name: &str) -> Result<Answer, ErrorView> {
    let view = app.connections().await?;
    let found: Vec<u32> = view
        .connections
        .iter()
        .filter(|connection| {
            connection.id.to_string() == name
                || connection.name.eq_ignore_ascii_case(name)
                || render::side(connection.side).eq_ignore_ascii_case(name)
        })
        .map(|connection| connection.id)
        .collect();
    let [id] = found.as_slice() else {
        return Err(failure(
            "not_found",
            match found.len() {
                0 => format!("No connection is called {name}."),
                _ => format!("Several connections are called {name}."),
            },
            Some("counterfoil connections lists them with their numbers."),
        ));
    };
    let view = app.disconnect(*id).await?;
    Answer::of(
        &view,
        render::connections(&view, Style::stdout()),
        Exit::Agreement,
    )
}

/// Matches an organisation with a company. What is the only choice need not be named.
///
/// # Errors
/// A side that is not connected; a name that it does not have.
pub async fn pair(app: &App, wanted: Pair) -> Result<Answer, ErrorView> {
    let pairing = if wanted.moved {
        app.pair_moved().await?
    } else {
        app.pair(wanted.organisation, wanted.company).await?
    };
    let style = Style::stdout();
    let text = format!(
        "{}{}\n{}\n",
        render::pairings(std::slice::from_ref(&pairing), style),
        pairing
            .prepared
            .as_ref()
            .map(|prepared| render::prepared(prepared, style))
            .unwrap_or_default(),
        style.faint(
            "Next: counterfoil check, counterfoil mappings, counterfoil preview, counterfoil sync"
        )
    );
    Answer::of(&pairing, text, Exit::Agreement)
}

/// Ends a pairing. Both systems keep their records.
///
/// # Errors
/// A name that no pairing has; writes that are not settled yet.
pub async fn unpair(app: &App, name: &str) -> Result<Answer, ErrorView> {
    app.unpair(name).await?;
    pairings(app).await
}

/// Lists the pairings.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn pairings(app: &App) -> Result<Answer, ErrorView> {
    let pairings = app.pairings().await?;
    let text = render::pairings(&pairings, Style::stdout());
    Answer::of(&json!({ "pairings": pairings }), text, Exit::Agreement)
}

/// Tests what a sync needs.
///
/// # Errors
/// A side that is not connected or cannot be reached.
pub async fn check(app: &App, install_markers: bool) -> Result<Answer, ErrorView> {
    let mut view = app.check().await?;
    if install_markers && !(view.missing_fields.is_empty() && view.missing_scripts.is_empty()) {
        view = app.install_marker_fields().await?;
    }
    let exit = if view.ready {
        Exit::Agreement
    } else {
        Exit::Connection
    };
    Answer::of(&view, render::check(&view, Style::stdout()), exit)
}

/// Describes this installation, without secrets.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn doctor(app: &App) -> Result<Answer, ErrorView> {
    let view = app.doctor().await?;
    let ill = view.database.is_some() || view.secrets.is_err();
    let text = render::doctor(&view, Style::stdout());
    let exit = if ill { Exit::Folder } else { Exit::Agreement };
    Answer::of(&view, text, exit)
}
