//! What a site refuses, and what that means.

use std::sync::Arc;

use engine::books::{Answer, Change};
use erpnext::error::RefusalKind;
use ledger::{Cause, Currency, Kind, PriceMode, Record, RemoteId};

use serde_json::{Value, json};

use super::site::{Site, agrees, dec, gbp, invoice_of};

pub async fn a_wrong_key_and_a_wrong_address_are_told_apart(site: &Site) {
    use erpnext::connect::{ConnectError, connect};
    let attempt = async |url: &str, key: &str| {
        connect(
            Arc::new(net::HttpTransport::new().unwrap()),
            Arc::new(net::SystemClock),
            erpnext::SiteUrl::parse(url).unwrap(),
            erpnext::ApiKey::new(key, "wrong"),
        )
        .await
        .unwrap_err()
    };
    let url = site.client.site().as_str();
    assert!(matches!(
        attempt(url, "nobody").await,
        ConnectError::WrongKey
    ));
    assert!(matches!(
        attempt("http://127.0.0.1:9", "nobody").await,
        ConnectError::Unreachable { .. }
    ));
}

pub async fn marking_foreign_currency_and_refusals(site: &Site) {
    let customer = site.customer("marks").await;
    let mut invoice = site.invoice(
        "m",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    let made = site.done(site.create("m", &invoice)).await;
    // Another identity is put on, and the same twice does no harm.
    let mark = |pulled: &engine::books::Pulled| Change::Mark {
        kind: Kind::Invoice,
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        source: site.id("m2"),
        source_link: None,
    };
    let marked = site.done(mark(&made)).await;
    assert_eq!(marked.marker, Some(site.id("m2")));
    assert!(matches!(
        site.send(vec![mark(&made)]).await[0],
        Answer::Stale
    ));
    // A second invoice cannot have it.
    invoice.number = Some(format!("X-{}-m3", site.run));
    let other = site.done(site.create("m3", &invoice)).await;
    assert!(matches!(
        site.send(vec![mark(&other)]).await[0],
        Answer::Exists
    ));
    // A person cancels and amends: the amended one gets a revision of the identity.
    let cancelled = site
        .done(Change::End {
            id: marked.id.clone(),
            version: marked.version.clone(),
            from: Record::Invoice(invoice_of(&marked)),
        })
        .await;
    assert_eq!(cancelled.marker, Some(site.id("m2")));
    let remarked = site.done(mark(&other)).await;
    assert_eq!(remarked.marker, Some(site.id("m2")));

    // Euros: what ERPNext says of a customer without a receivable account in them.
    invoice.number = Some(format!("X-{}-eur", site.run));
    invoice.currency = Currency::new("EUR").unwrap();
    invoice.exchange_rate = Some(dec("0.85"));
    match site
        .send(vec![site.create("eur", &invoice)])
        .await
        .remove(0)
    {
        Answer::Done(pulled) => agrees(&invoice, &pulled),
        other => panic!("{other:?}"),
    }
    let fresh = site.customer("euro").await;
    invoice.number = Some(format!("X-{}-eur2", site.run));
    invoice.contact = fresh;
    let answer = site
        .send(vec![site.create("eur2", &invoice)])
        .await
        .remove(0);
    match answer {
        Answer::Refused {
            cause: Cause::Invalid { field, .. },
            ..
        } => assert_eq!(field, "currency"),
        Answer::Done(pulled) => agrees(&invoice, &pulled),
        other => panic!("{other:?}"),
    }
    // A contact that is not there, and one bad write among good ones.
    let mut nobody = invoice.clone();
    nobody.number = Some(format!("X-{}-nobody", site.run));
    nobody.contact = RemoteId::new("Nobody at all");
    let mut good = nobody.clone();
    good.number = Some(format!("X-{}-good", site.run));
    good.contact = customer;
    good.currency = gbp();
    good.exchange_rate = None;
    let answers = site
        .send(vec![
            site.create("nobody", &nobody),
            site.create("good", &good),
        ])
        .await;
    assert!(
        matches!(answers[0], Answer::Refused { .. }),
        "{:?}",
        answers[0]
    );
    assert!(matches!(answers[1], Answer::Done(_)), "{:?}", answers[1]);
}

/// What a site answers to bad documents, by the word of the cause it becomes; each was seen on a real
/// ERPNext 15 and 16.
pub async fn refusals_say_what_they_mean(site: &Site) {
    let customer = site.customer("bad").await;
    let good = json!({
        "doctype": "Sales Invoice", "customer": customer.as_str(), "company": site.chart.company,
        "set_posting_time": 1, "posting_date": "2026-11-02", "due_date": "2026-12-02",
        "disable_rounded_total": 1, "naming_series": format!("{}-.#####", site.run),
        "items": [{"item_name": "Work", "description": "Work", "qty": 1, "rate": 10,
                   "uom": site.chart.whole_unit, "income_account": site.account}]
    });
    let cases: Vec<(&str, Value, &str)> = vec![
        (
            "no fiscal year",
            json!({"posting_date": "1999-01-01", "due_date": "1999-01-01", "docstatus": 1}),
            "invalid",
        ),
        (
            "due before it is made",
            json!({"due_date": "2026-11-01"}),
            "invalid",
        ),
        (
            "a text that is too long",
            json!({"po_no": "9".repeat(200)}),
            "invalid",
        ),
        (
            "no account",
            json!({"items": [{"item_name": "W", "description": "W", "qty": 1, "rate": 1, "uom": site.chart.whole_unit}]}),
            "invalid",
        ),
        (
            "a quantity of nothing",
            json!({"items": [{"item_name": "W", "description": "W", "qty": 0, "rate": 1, "uom": site.chart.whole_unit, "income_account": site.account}]}),
            "invalid",
        ),
        (
            "a return of more than nothing",
            json!({"is_return": 1}),
            "refused",
        ),
        (
            "no such customer",
            json!({"customer": "Nobody at all"}),
            "invalid",
        ),
    ];
    let path = erpnext::site::doctype("Sales Invoice");
    for (what, change, word) in cases {
        let mut body = good.clone();
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let error = site
            .client
            .write(http::Method::POST, &path, &body)
            .await
            .unwrap_err();
        let refusal = error
            .refusal()
            .unwrap_or_else(|| panic!("{what}: {error:?}"));
        assert_eq!(refusal.cause().word(), word, "{what}: {refusal:?}");
        assert!(!error.may_have_been_done(), "{what}");
        assert!(
            !refusal.message.contains('<'),
            "{what}: {}",
            refusal.message
        );
    }

    // A document's whole life, refused at every step that is not allowed.
    let made = site
        .client
        .write(http::Method::POST, &path, &good)
        .await
        .unwrap();
    let name = made["data"]["name"].as_str().unwrap().to_owned();
    let own = erpnext::site::document("Sales Invoice", &name);
    let put = async |body: Value| site.client.write(http::Method::PUT, &own, &body).await;
    let kind = |result: Result<Value, erpnext::Error>| match result {
        Err(erpnext::Error::Refused(refusal)) => (refusal.kind(), refusal.cause().word()),
        other => panic!("{other:?}"),
    };
    let stale = put(json!({"po_no": "x", "modified": "2026-01-01 00:00:00.000000"})).await;
    assert_eq!(kind(stale).0, RefusalKind::Stale);
    put(json!({"docstatus": 1})).await.unwrap();
    let edited = put(json!({"customer_name": "Another", "posting_date": "2026-11-03"})).await;
    assert_eq!(kind(edited).1, "cannot_edit");
    let deleted = site
        .client
        .write(http::Method::DELETE, &own, &Value::Null)
        .await;
    assert_ne!(kind(deleted).0, RefusalKind::Missing);
    put(json!({"docstatus": 2})).await.unwrap();
    assert_eq!(kind(put(json!({"po_no": "x"})).await).1, "cannot_edit");
    let gone = erpnext::site::document("Sales Invoice", "No such invoice");
    let gone = site
        .client
        .write(http::Method::PUT, &gone, &json!({"po_no": "x"}))
        .await;
    assert_eq!(kind(gone).0, RefusalKind::Missing);
    assert!(
        site.client
            .document("Sales Invoice", "No such invoice")
            .await
            .unwrap()
            .is_none()
    );
}
