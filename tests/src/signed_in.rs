//! A program in this process is connected to the demo books, without a browser.

use app::App;
use app::views::{ErpnextSignIn, XeroSignIn};
use sandbox::server::ReadyLine;

/// Signs in to both demo systems: to Xero by the custom connection, to ERPNext by its key.
pub async fn sign_in(app: &App, ready: &ReadyLine) {
    app.sign_in_xero(XeroSignIn {
        client_id: ready.xero.custom_client_id.clone(),
        client_secret: Some(ready.xero.custom_client_secret.clone()),
        custom_connection: true,
        older_app: false,
    })
    .await
    .unwrap();
    app.connect_erpnext(ErpnextSignIn {
        url: ready.erpnext.url.clone(),
        key: ready.erpnext.key.clone(),
        secret: ready.erpnext.secret.clone(),
    })
    .await
    .unwrap();
}

/// Signs in, and pairs the demo organisation with the demo company.
pub async fn sign_in_and_pair(app: &App, ready: &ReadyLine) {
    sign_in(app, ready).await;
    let organisation = sandbox::books::ORGANISATION.to_owned();
    app.pair(Some(organisation), Some(ready.erpnext.company.clone()))
        .await
        .unwrap();
}
