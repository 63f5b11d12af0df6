//! An app on demo books.

use std::sync::Arc;

use app::views::{ErpnextSignIn, XeroSignIn};
use app::{App, Browser, DemoDoor, Folder, Options};
use sandbox::consent::{self, Press};
use sandbox::server::Running;
use url::Url;

/// Presses "Allow access".
struct Allows;

impl Browser for Allows {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        let page = page.clone();
        tokio::spawn(async move {
            consent::follow(page.as_str(), Press::Allow).await.unwrap();
        });
        Ok(())
    }
}

/// An app on demo books, signed in to both and paired.
pub async fn paired(folder: &std::path::Path, books: &Running) -> App {
    let (xero, erpnext) = (&books.ready.xero, &books.ready.erpnext);
    let door = DemoDoor {
        xero_api_url: xero.api_url.clone(),
        xero_identity_url: xero.identity_url.clone(),
        client_id: xero.client_id.clone(),
        client_secret: xero.client_secret.clone(),
        erpnext_url: erpnext.url.clone(),
        key: erpnext.key.clone(),
        secret: erpnext.secret.clone(),
    };
    let app = App::open(Options {
        browser: Arc::new(Allows),
        ..Options::demo(Folder::at(folder), "The test", door)
    })
    .unwrap();
    app.sign_in_xero(XeroSignIn {
        client_id: xero.client_id.clone(),
        client_secret: None,
        custom_connection: false,
        older_app: false,
    })
    .await
    .unwrap();
    app.connect_erpnext(ErpnextSignIn {
        url: erpnext.url.clone(),
        key: erpnext.key.clone(),
        secret: erpnext.secret.clone(),
    })
    .await
    .unwrap();
    app.pair(None, None).await.unwrap();
    app
}
