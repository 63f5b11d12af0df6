//! What customers owed when the company's books began.

use engine::books::Books;
use erpnext::client::List;
use ledger::{OpeningEntry, RemoteId};
use serde_json::{Value, json};

use super::credits::submitted;
use super::site::{Site, day, gbp};

/// A Journal Entry that brings in what a customer owed on a day in April, as one amount.
async fn journal(site: &Site, customer: &RemoteId, more: Value) -> String {
    let accounts = List {
        doctype: "Account",
        parent: None,
        fields: vec!["name"],
        filters: vec![
            json!(["company", "=", site.chart.company]),
            json!(["account_type", "=", "Temporary"]),
            json!(["is_group", "=", 0]),
        ],
        order_by: "name asc",
        limit: 1,
    };
    let found = site.client.list(&accounts).await.unwrap();
    let temporary = found.first().unwrap().name("name").unwrap();
    let mut entry = json!({
        "voucher_type": "Opening Entry", "is_opening": "Yes", "company": site.chart.company,
        "posting_date": "2026-04-24",
        "accounts": [
            { "account": site.chart.receivable(gbp()).unwrap(), "party_type": "Customer",
                "party": customer.as_str(), "debit_in_account_currency": 275 },
            { "account": temporary, "credit_in_account_currency": 275 },
        ],
    });
    for (field, value) in more.as_object().unwrap() {
        entry[field] = value.clone();
    }
    submitted(site, "Journal Entry", entry).await
}

/// The opening entries of a customer, as every run asks for them.
async fn told(site: &Site, customer: &RemoteId) -> Vec<OpeningEntry> {
    let entries = site.books.profile().await.unwrap().opening.entries;
    let own = entries.into_iter().filter(|it| it.contact == *customer);
    own.collect()
}

pub async fn an_opening_entry_is_told_until_it_is_cancelled(site: &Site) {
    let customer = site.customer("opened").await;
    assert_eq!(told(site, &customer).await, []);
    let entry = journal(site, &customer, json!({})).await;
    let of_now = json!({ "voucher_type": "Journal Entry", "is_opening": "No" });
    let later = journal(site, &customer, of_now).await;
    let expected = OpeningEntry {
        id: RemoteId::new(entry.clone()),
        contact: customer.clone(),
        date: day(4, 24),
    };
    assert_eq!(told(site, &customer).await, [expected]);
    for name in [&entry, &later] {
        site.cancel("Journal Entry", name).await;
    }
    assert_eq!(told(site, &customer).await, []);
}
