//! Opening the app on a data folder.

use std::path::Path;
use std::sync::Arc;

use app::views::ErrorView;
use app::{App, AppError, Browser, DemoDoor, Folder, Options};
use sandbox::consent::{self, Press};
use sandbox::server::ReadyLine;
use url::Url;

use crate::arguments::Common;

/// What a second process is told about this one.
const NAME: &str = "The command line";

/// The app on the folder the person named, else on their own.
///
/// # Errors
/// A folder that cannot be used; a pairing that does not exist.
pub async fn app(common: &Common) -> Result<App, ErrorView> {
    opened(common, options(common)?).await
}

/// The same, with sign-in pages printed instead of opened.
///
/// # Errors
/// As [`app`].
pub async fn app_without_browser(common: &Common) -> Result<App, ErrorView> {
    let options = Options {
        browser: Arc::new(PrintedPages),
        ..options(common)?
    };
    opened(common, options).await
}

/// The app on demo books that are being served, whose consent page presses itself.
///
/// # Errors
/// A folder that cannot be used.
pub fn demo(folder: &Path, ready: &ReadyLine) -> Result<App, ErrorView> {
    let door = DemoDoor {
        xero_api_url: ready.xero.api_url.clone(),
        xero_identity_url: ready.xero.identity_url.clone(),
        client_id: ready.xero.client_id.clone(),
        client_secret: ready.xero.client_secret.clone(),
        erpnext_url: ready.erpnext.url.clone(),
        key: ready.erpnext.key.clone(),
        secret: ready.erpnext.secret.clone(),
    };
    let options = Options {
        browser: Arc::new(PressesAllow),
        ..Options::demo(Folder::at(folder), NAME, door)
    };
    Ok(App::open(options)?)
}

fn options(common: &Common) -> Result<Options, ErrorView> {
    let folder = match &common.data_dir {
        Some(folder) => Folder::at(folder),
        None => Folder::of_this_person().ok_or(AppError::NoHome)?,
    };
    Ok(Options::at(folder, NAME))
}

async fn opened(common: &Common, options: Options) -> Result<App, ErrorView> {
    let app = App::open(options)?;
    if let Some(pairing) = &common.pairing {
        app.select_pairing(pairing).await?;
    }
    Ok(app)
}

/// `--no-browser`: the person, or a test, opens the page.
struct PrintedPages;

impl Browser for PrintedPages {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        eprintln!("Open this page to sign in, and allow access:\n{page}");
        Ok(())
    }
}

/// The demo's own hand on the demo books' consent page.
struct PressesAllow;

impl Browser for PressesAllow {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        let page = page.to_string();
        tokio::spawn(async move {
            if let Err(why) = consent::follow(&page, Press::Allow).await {
                eprintln!("{why}");
            }
        });
        Ok(())
    }
}
