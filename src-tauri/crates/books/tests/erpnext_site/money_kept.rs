//! The accounts that money on account is kept in.

use engine::books::{Answer, Books};
use ledger::Currency;
use serde_json::{Value, json};

use super::money_used::{came, in_ledger, owed, told, used_for, uses, why, why_not};
use super::payments::{create, end, received};
use super::site::{Site, dec};

/// A customer whose invoices are kept in a receivable account of its own: its money is kept there too.
pub async fn money_is_kept_where_its_customers_invoices_are(site: &Site) {
    let own = advances(site).await;
    let customer = site.customer("ownaccount").await;
    let early = came(site, "early", &received(site, &customer, &[], "10")).await;
    let path = erpnext::site::document("Customer", customer.as_str());
    let row = json!({"accounts": [{"company": site.chart.company, "account": own}]});
    let put = http::Method::PUT;
    site.client.write(put, &path, &row).await.unwrap();
    let invoice = site.owed("o1", &customer, "100").await;
    let kept_in = site.stored("Sales Invoice", invoice.as_str()).await["debit_to"].clone();
    assert_eq!(kept_in, json!(own));
    site.books.profile().await.unwrap();
    let made = came(site, "own", &received(site, &customer, &[], "30")).await;
    let stored = site.stored("Payment Entry", made.id.as_str()).await;
    assert_eq!(stored["paid_from"], json!(own));
    let used = site
        .done(used_for(site, "own", &made, &[(&invoice, "30")]))
        .await;
    assert_eq!(told(&used), uses(&[(&invoice, "30")], "0"));
    assert_eq!(owed(site, &invoice).await, dec("70"));
    // What came in before is in the company's account.
    let why = why_not(site, used_for(site, "early", &early, &[(&invoice, "10")])).await;
    assert!(why.contains("two receivable accounts"), "{why}");
}

/// R11: where a company keeps advances apart, what is used of one moves to the account of the invoice. The
/// demo site keeps none apart. On a real one the whole company is changed for a moment, which payments of
/// other tests would notice: it runs where `COUNTERFOIL_TEST_ERPNEXT_ALONE` says that no others do.
pub async fn an_advance_that_is_kept_apart_is_used(site: &Site) {
    if site.is_demo() || std::env::var("COUNTERFOIL_TEST_ERPNEXT_ALONE").is_err() {
        return;
    }
    let customer = site.customer("advance").await;
    let invoice = site.owed("a1", &customer, "100").await;
    let second = site.owed("a2", &customer, "50").await;
    let advances = advances(site).await;
    let company = erpnext::site::document("Company", &site.chart.company);
    let keep = async |apart: u8| {
        let body = json!({"book_advance_payments_in_separate_party_account": apart,
            "default_advance_received_account": advances});
        let put = http::Method::PUT;
        site.client.write(put, &company, &body).await.unwrap();
    };
    keep(1).await;
    site.books.profile().await.unwrap();
    let kept = create(site, "apart", &received(site, &customer, &[], "80"));
    let kept = site.send(vec![kept]).await.remove(0);
    // What is for an invoice goes to its account all the same.
    let paid = create(
        site,
        "paid",
        &received(site, &customer, &[(&second, "40")], "0"),
    );
    let paid = site.send(vec![paid]).await.remove(0);
    let mut in_dollars = received(site, &customer, &[], "10");
    in_dollars.currency = Currency::new("USD").unwrap();
    in_dollars.exchange_rate = Some(dec("0.82"));
    let nowhere = site.refused(create(site, "usd", &in_dollars)).await;
    keep(0).await;
    site.books.profile().await.unwrap();
    let (Answer::Done(made), Answer::Done(paid)) = (kept, paid) else {
        panic!("one was not made")
    };
    assert_eq!(told(&paid), uses(&[(&second, "40")], "0"));
    assert_eq!(owed(site, &second).await, dec("10"));
    assert_eq!(in_ledger(site, &paid).await, dec("0"));
    let told_why = why(nowhere);
    assert!(told_why.contains("there is none in USD"), "{told_why}");
    let stored = site.stored("Payment Entry", made.id.as_str()).await;
    assert_eq!(stored["paid_from"], json!(advances));
    assert_eq!(told(&made), uses(&[], "80"));
    assert_eq!(in_ledger(site, &made).await, dec("80"));
    let used = site
        .done(used_for(site, "apart", &made, &[(&invoice, "30")]))
        .await;
    assert_eq!(told(&used), uses(&[(&invoice, "30")], "50"));
    assert_eq!(owed(site, &invoice).await, dec("70"));
    assert_eq!(in_ledger(site, &used).await, dec("50"));
    let less = site
        .done(used_for(site, "apart", &used, &[(&invoice, "12.50")]))
        .await;
    assert_eq!(told(&less), uses(&[(&invoice, "12.5")], "67.5"));
    assert_eq!(owed(site, &invoice).await, dec("87.5"));
    assert_eq!(in_ledger(site, &less).await, dec("67.5"));
    site.done(end(&less)).await;
    assert_eq!(owed(site, &invoice).await, dec("100"));
}

/// An account for advances; made where the site has none.
async fn advances(site: &Site) -> String {
    let own = site.chart.receivable_account.clone().unwrap();
    let parent = site.stored("Account", &own).await["parent_account"].clone();
    let company = site.stored("Company", &site.chart.company).await;
    let name = format!("Advances Received - {}", company["abbr"].as_str().unwrap());
    let known: Option<Value> = site.client.document("Account", &name).await.unwrap();
    if known.is_none() {
        let body = json!({"account_name": "Advances Received", "parent_account": parent,
            "company": site.chart.company, "account_type": "Receivable",
            "account_currency": "GBP"});
        let path = erpnext::site::doctype("Account");
        let write = site.client.write(http::Method::POST, &path, &body);
        write.await.unwrap();
    }
    name
}
