//! Names that a site's own series comes to, and what the site sends by itself.

use erpnext::error::RefusalKind;
use erpnext::naming::{self, Series};
use erpnext::notifications::{Notification, enabled};
use erpnext::obstacles::Seen;
use erpnext::{Error, site};
use http::Method;
use ledger::{DocumentState, PriceMode, RemoteId};
use serde_json::{Value, json};

use super::site::Site;

async fn series(site: &Site) -> Series {
    let Seen::All(all) = naming::series(&site.client).await.unwrap() else {
        panic!("not shown");
    };
    all.into_iter().next().unwrap()
}

/// An invoice that a person enters: the site names it.
async fn enter(site: &Site, customer: &RemoteId) -> Result<String, Error> {
    let body = json!({
        "customer": customer, "company": site.chart.company, "set_posting_time": 1,
        "posting_date": "2026-11-20", "due_date": "2026-12-20",
        "items": [{
            "item_name": "Roses", "description": "Roses", "qty": 1, "rate": 10, "uom": "Hour",
            "income_account": site.account,
        }],
    });
    let path = site::doctype("Sales Invoice");
    let made = site.client.write(Method::POST, &path, &body).await?;
    Ok(made["data"]["name"].as_str().unwrap().to_owned())
}

async fn delete(site: &Site, name: &str) {
    let path = site::document("Sales Invoice", name);
    let delete = site.client.write(Method::DELETE, &path, &Value::Null);
    delete.await.unwrap();
}

/// A number of ours stops the site's series when that gets to it; a refused number is not used up.
pub async fn a_series_stops_at_a_name_that_is_taken(site: &Site) {
    let _settings = site.settings().await;
    let customer = site.customer("series").await;
    let before = series(site).await;
    assert_eq!(naming::ahead(&site.client, &before).await.unwrap(), [""; 0]);
    let (first, second) = (before.current + 1, before.current + 2);
    let mut invoice = site.invoice(
        "series",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    invoice.state = DocumentState::Draft;
    invoice.number = Some(before.name(second));
    let ours = site.done(site.create("series", &invoice)).await.id;
    assert_eq!(ours.as_str(), before.name(second));
    assert_eq!(
        naming::ahead(&site.client, &before).await.unwrap(),
        [before.name(second)]
    );

    let entered = enter(site, &customer).await.unwrap();
    assert_eq!(entered, before.name(first));
    assert_eq!(series(site).await.current, first);
    for _ in 0..2 {
        let Err(Error::Refused(refusal)) = enter(site, &customer).await else {
            panic!("taken");
        };
        assert_eq!(refusal.kind(), RefusalKind::NameTaken);
        assert!(refusal.message.contains(&before.name(second)));
        assert_eq!(series(site).await.current, first);
    }
    delete(site, ours.as_str()).await;
    let next = enter(site, &customer).await.unwrap();
    assert_eq!(next, before.name(second));
    // The newest first: each gives its number back.
    delete(site, &next).await;
    delete(site, &entered).await;
    assert_eq!(series(site).await, before);
}

/// What a site sends by itself about new documents.
pub async fn notifications_that_are_switched_on_are_told(site: &Site) {
    let _settings = site.settings().await;
    let ours = |of: &str| format!("{of} {}", site.run);
    for (of, enabled) in [("on", 1), ("off", 0)] {
        let body = json!({
            "name": ours(of), "document_type": "Sales Invoice", "event": "Submit", "enabled": enabled,
            "channel": "System Notification", "subject": "Raised", "message": "Raised",
            "recipients": [{"receiver_by_role": "System Manager"}],
        });
        let path = site::doctype("Notification");
        let made = site.client.write(Method::POST, &path, &body).await;
        made.unwrap();
    }
    let told = |found: Seen<Notification>| -> Vec<(String, String, String)> {
        let Seen::All(found) = found else {
            panic!("not shown");
        };
        let ours = found.into_iter().filter(|it| it.name.ends_with(&site.run));
        ours.map(|it| (it.name, it.event, it.channel)).collect()
    };
    let of = async |doctype: &str| told(enabled(&site.client, &[doctype]).await.unwrap());
    let (invoices, customers) = (of("Sales Invoice").await, of("Customer").await);
    for of in ["on", "off"] {
        let path = site::document("Notification", &ours(of));
        let delete = site.client.write(Method::DELETE, &path, &Value::Null);
        delete.await.unwrap();
    }
    let on = (
        ours("on"),
        "Submit".to_owned(),
        "System Notification".to_owned(),
    );
    assert_eq!(invoices, [on]);
    assert_eq!(customers, []);
}
