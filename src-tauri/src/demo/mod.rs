//! "Look around with demo books": both simulated systems, started inside the app, connected and
//! paired, so that a person sees a preview without an account anywhere.

use std::path::PathBuf;
use std::sync::Arc;

use app::views::{ErpnextSignIn, ErrorView, SetupView, XeroSignIn};
use app::{App, Browser, DemoDoor, Folder, Options};
use sandbox::consent::{self, Press};
use sandbox::{DemoConfig, ReadyLine, Running, serve};
use tauri::AppHandle;
use url::Url;

use crate::commands::Answer;
use crate::desk::{Desk, Held};

/// What a second process is told about this one.
const NAME: &str = "The window";

/// The demo books while they are served, and the folder of the application that is open on them.
/// Dropping it stops the servers.
pub struct DemoBooks {
    _servers: Running,
}

/// Whether the person asked for the demo books when starting the app: `--demo`, or
/// `COUNTERFOIL_DEMO=1`.
pub fn is_asked_for() -> bool {
    std::env::args().any(|argument| argument == "--demo")
        || std::env::var("COUNTERFOIL_DEMO").is_ok_and(|value| value == "1")
}

/// The demo books that the program's arguments ask for, by the flags of `counterfoil sandbox`.
pub fn config() -> Answer<DemoConfig> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    DemoConfig::from_arguments(&arguments)
        .map_err(|why| failure("The demo books are asked for wrongly.", &why.to_string()))
}

/// Starts the demo books and connects both sides to them.
pub async fn look_around(_handle: &AppHandle, desk: &Desk) -> Answer<SetupView> {
    let mut held = desk.take().await;
    let opened = open().await?;
    let setup = match &opened.app {
        Ok(app) => app.setup().await.map_err(ErrorView::from),
        Err(error) => Err(error.clone()),
    };
    *held = opened;
    drop(held);
    desk.announce();
    setup
}

/// Ends the demo books and opens the person's own again.
pub async fn leave(_handle: &AppHandle, desk: &Desk) -> Answer<SetupView> {
    let mut held = desk.take().await;
    *held = Held {
        app: App::open_default().map_err(Into::into),
        demo: None,
    };
    let app = held.app.clone();
    drop(held);
    desk.announce();
    Ok(app?.setup().await?)
}

/// Serves new demo books and opens an application on them, set up as far as the preview.
pub async fn open() -> Answer<Held> {
    let servers = serve(config()?)
        .await
        .map_err(|why| failure("The demo books do not open.", &why.to_string()))?;
    let folder = demo_folder()?;
    // The books are new at every start, and links to the last ones would lead nowhere.
    if let Err(why) = std::fs::remove_dir_all(&folder)
        && why.kind() != std::io::ErrorKind::NotFound
    {
        return Err(failure(
            "The last demo's folder cannot be cleared.",
            &why.to_string(),
        ));
    }
    let options = Options {
        browser: Arc::new(PressesAllow {
            identity: servers.ready.xero.identity_url.clone(),
        }),
        ..Options::demo(Folder::at(folder), NAME, door(&servers.ready))
    };
    let app = App::open(options)?;
    set_up(&app, &servers.ready).await?;
    Ok(Held {
        app: Ok(app),
        demo: Some(DemoBooks { _servers: servers }),
    })
}

/// Walks through set-up as a person would who takes every suggestion.
async fn set_up(app: &App, ready: &ReadyLine) -> Answer<()> {
    let signed_in = app
        .sign_in_xero(XeroSignIn {
            client_id: ready.xero.client_id.clone(),
            client_secret: Some(ready.xero.client_secret.clone()),
            custom_connection: false,
            older_app: false,
        })
        .await?;
    if let Some(xero) = signed_in.xero
        && xero.chosen.is_none()
        && let Some(first) = xero.organisations.into_iter().next()
    {
        app.choose_organisation(first.id).await?;
    }
    let connected = app
        .connect_erpnext(ErpnextSignIn {
            url: ready.erpnext.url.clone(),
            key: ready.erpnext.key.clone(),
            secret: ready.erpnext.secret.clone(),
        })
        .await?;
    if connected
        .erpnext
        .is_some_and(|erpnext| erpnext.chosen.is_none())
    {
        app.choose_company(ready.erpnext.company.clone()).await?;
    }
    app.install_marker_fields().await?;
    app.check().await?;
    app.accept_suggestions().await?;
    app.confirm_mappings().await?;
    Ok(())
}

fn door(ready: &ReadyLine) -> DemoDoor {
    DemoDoor {
        xero_api_url: ready.xero.api_url.clone(),
        xero_identity_url: ready.xero.identity_url.clone(),
        client_id: ready.xero.client_id.clone(),
        client_secret: ready.xero.client_secret.clone(),
        erpnext_url: ready.erpnext.url.clone(),
        key: ready.erpnext.key.clone(),
        secret: ready.erpnext.secret.clone(),
    }
}

/// Beside the person's own books, never among them.
fn demo_folder() -> Answer<PathBuf> {
    Ok(Folder::of_this_person()
        .ok_or(app::AppError::NoHome)?
        .path()
        .join("demo-books"))
}

fn failure(message: &str, details: &str) -> ErrorView {
    ErrorView {
        code: "demo".to_owned(),
        message: message.to_owned(),
        next_step: Some("Try again.".to_owned()),
        details: Some(details.to_owned()),
        side: None,
    }
}

/// The demo's own hand on the demo books' consent page; every other page goes to the person's
/// browser.
struct PressesAllow {
    identity: String,
}

impl Browser for PressesAllow {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        if page.as_str().starts_with(&self.identity) {
            let page = page.clone();
            tauri::async_runtime::spawn(async move {
                if let Err(why) = consent::follow(page.as_str(), Press::Allow).await {
                    tracing::warn!("the demo's consent page: {why}");
                }
            });
            Ok(())
        } else {
            app::SystemBrowser.open(page)
        }
    }
}
