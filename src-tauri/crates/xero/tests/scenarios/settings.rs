//! What surrounds the documents.

use chrono::NaiveDate;
use serde_json::json;

use crate::{all, contact, dec, organisation};
use xero::wire::document::{Overpayment, Prepayment};

#[tokio::test]
async fn the_organisation_with_its_lock_dates_and_time_zone() {
    let (stage, _) = organisation();
    stage.edit(
        &json!({"op": "set_lock_date", "PeriodLockDate": "2026-06-30",
        "EndOfYearLockDate": "2026-03-31"}),
    );
    let found = stage.client.organisation().await.unwrap();
    assert_eq!(found.organisation_id, stage.tenant);
    assert_eq!(found.base_currency, "GBP");
    assert_eq!(found.country_code.as_deref(), Some("GB"));
    assert_eq!(found.timezone.as_deref(), Some("GMTSTANDARDTIME"));
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    assert_eq!(found.period_lock_date.unwrap().0, day(6, 30));
    assert_eq!(found.end_of_year_lock_date.unwrap().0, day(3, 31));
}

#[tokio::test]
async fn accounts_tax_rates_currencies_themes_and_actions() {
    let (stage, _) = organisation();
    stage.edit(&json!({"op": "archive_account", "Code": "260"}));
    let accounts = stage.client.accounts().await.unwrap();
    let account = |code: &str| {
        accounts
            .iter()
            .find(|account| account.code.as_deref() == Some(code))
            .unwrap()
    };
    assert_eq!(account("200").class.as_deref(), Some("REVENUE"));
    assert_eq!(account("090").kind, "BANK");
    assert_eq!(account("090").currency_code.as_deref(), Some("GBP"));
    assert_eq!(account("260").status.as_deref(), Some("ARCHIVED"));
    let rates = stage.client.tax_rates().await.unwrap();
    let standard = rates
        .iter()
        .find(|rate| rate.tax_type == "OUTPUT2")
        .unwrap();
    assert_eq!(standard.effective_rate, Some(dec("20")));
    assert_eq!(standard.can_apply_to_revenue, Some(true));
    let currencies = stage.client.currencies().await.unwrap();
    assert_eq!(currencies[0].code, "GBP");
    let themes = stage.client.branding_themes().await.unwrap();
    assert_eq!(themes[0].sort_order, 0);
    let actions = stage.client.actions().await.unwrap();
    assert!(
        actions
            .iter()
            .any(|action| action.name == "CreateApprovedInvoice" && action.status == "ALLOWED")
    );
}

#[tokio::test]
async fn items_and_tracking_categories() {
    let (stage, _) = organisation();
    let call = |method, path: &str, body| xero::wire::client::Call {
        method,
        path: path.to_owned(),
        body: Some(body),
        key: Some(path.to_owned()),
        ..Default::default()
    };
    let item = json!({"Items": [{"Code": "ROSE", "Name": "Rose",
        "SalesDetails": {"UnitPrice": 1.2345, "AccountCode": "200"}}]});
    stage
        .client
        .call(&call("PUT", "Items", item))
        .await
        .unwrap();
    let items = stage.client.items().await.unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].code.as_str(), items[0].is_sold), ("ROSE", true));

    let made = stage
        .client
        .call(&call(
            "PUT",
            "TrackingCategories",
            json!({"Name": "Region"}),
        ))
        .await
        .unwrap();
    let id = made["TrackingCategories"][0]["TrackingCategoryID"]
        .as_str()
        .unwrap();
    let path = format!("TrackingCategories/{id}/Options");
    stage
        .client
        .call(&call("PUT", &path, json!({"Name": "North"})))
        .await
        .unwrap();
    let found = stage.client.tracking_categories().await.unwrap();
    assert_eq!(found[0].name, "Region");
    assert_eq!(found[0].options[0].name, "North");
    assert_eq!(found[0].options[0].status.as_deref(), Some("ACTIVE"));
}

#[tokio::test]
async fn lists_of_nothing_are_empty() {
    let (stage, _) = organisation();
    contact(&stage).await;
    assert!(stage.client.batch_payments().await.unwrap().is_empty());
    assert!(all::<Overpayment>(&stage).await.is_empty());
    assert!(all::<Prepayment>(&stage).await.is_empty());
    assert!(stage.client.items().await.unwrap().is_empty());
}
