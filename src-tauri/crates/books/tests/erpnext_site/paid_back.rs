//! Money on account that is paid back: made for nothing, put to its money, read, cancelled.

use engine::books::{Answer, Books, Change, Cursor, Exchanges};
use ledger::{Allocation, Cause, Currency, DocumentState, Kind, PaymentDirection, RemoteId};
use rust_decimal::Decimal;

use super::money_used::{came, in_ledger, told, used_for, uses};
use super::payments::{create, dollars, end, received};
use super::site::{Site, dec, payment_of};
use engine::books::Pulled;

/// So much of what was paid back is put to money that came in.
fn put_to(site: &Site, of: &str, refund: &Pulled, money: &RemoteId, amount: &str) -> Change {
    let from = refund.record.clone().unwrap();
    let used = Allocation {
        id: None,
        invoice: money.clone(),
        date: None,
        amount: dec(amount),
    };
    Change::Allocate {
        id: refund.id.clone(),
        version: refund.version.clone(),
        to: from.used_for(vec![used]),
        from,
        source: site.id(of),
    }
}

/// What was paid back of a payment, and what is left of it.
async fn now(site: &Site, id: &RemoteId) -> (Decimal, Decimal) {
    let pulled = site.now(Kind::Payment, id).await.unwrap();
    let payment = payment_of(&pulled);
    (
        payment.paid_back().normalize(),
        payment.unallocated.normalize(),
    )
}

pub async fn money_is_paid_back_and_that_is_taken_back(site: &Site) {
    let customer = site.customer("back").await;
    let invoice = site.owed("b1", &customer, "30").await;
    let money = came(site, "money", &received(site, &customer, &[], "100")).await;
    let mut payment = received(site, &customer, &[], "40");
    payment.direction = PaymentDirection::Refunded;
    let refund = site.done(create(site, "refund", &payment)).await;
    assert_eq!(told(&refund), uses(&[], "40"));
    assert_eq!(refund.marker, Some(site.id("refund")));
    assert_eq!(in_ledger(site, &refund).await, dec("-40"));

    let change = put_to(site, "refund", &refund, &money.id, "40");
    let worded = site.prepared(vec![change.clone()]).await;
    assert_eq!(worded[0].steps.len(), 1);
    let put = site.done(change).await;
    // What the site says of the refund itself is as it was: its money says it.
    assert_eq!(put.version, refund.version);
    assert_eq!(told(&put), uses(&[(&money.id, "40")], "0"));
    assert_eq!(payment_of(&put).amount, dec("40"));
    assert_eq!(now(site, &money.id).await, (dec("40"), dec("60")));
    assert_eq!(in_ledger(site, &put).await, dec("0"));
    // Not twice, whatever became of the first.
    let again = site.books.send(&worded, &Exchanges::default()).await;
    let twice = matches!(again[0], Answer::Stale | Answer::Refused { .. });
    assert!(twice, "{again:?}");

    // The rest is used for an invoice.
    let left = site.now(Kind::Payment, &money.id).await.unwrap();
    let used = site
        .done(used_for(site, "money", &left, &[(&invoice, "30")]))
        .await;
    assert_eq!(told(&used), uses(&[(&invoice, "30")], "30"));
    assert_eq!(payment_of(&used).amount, dec("100"));

    // It is found by the change of its money, though it does not change itself.
    let page = all(site).await;
    let found = page.iter().find(|it| it.id == put.id).unwrap();
    assert_eq!(told(found), uses(&[(&money.id, "40")], "0"));

    // Cancelled, it is on account again.
    let ended = site.done(end(&put)).await;
    assert_eq!(payment_of(&ended).state, DocumentState::Voided);
    assert_eq!(now(site, &money.id).await, (dec("0"), dec("70")));
}

/// All payments, page by page.
async fn all(site: &Site) -> Vec<Pulled> {
    let (mut cursor, mut rows) = (Cursor::default(), Vec::new());
    loop {
        let page = site.books.page(Kind::Payment, &cursor).await.unwrap();
        rows.extend(page.rows);
        cursor = page.next;
        if !page.more {
            return rows;
        }
    }
}

pub async fn what_a_person_takes_off_is_read(site: &Site) {
    let customer = site.customer("backoff").await;
    let money = came(site, "off", &received(site, &customer, &[], "50")).await;
    let mut payment = received(site, &customer, &[], "50");
    payment.direction = PaymentDirection::Refunded;
    let refund = site.done(create(site, "offback", &payment)).await;
    let put = site
        .done(put_to(site, "offback", &refund, &money.id, "50"))
        .await;
    assert_eq!(now(site, &money.id).await, (dec("50"), dec("0")));
    let pulled = site.now(Kind::Payment, &money.id).await.unwrap();
    assert!(payment_of(&pulled).is_kept_on_account());
    let mut cursor = Cursor::default();
    loop {
        let page = site.books.page(Kind::Payment, &cursor).await.unwrap();
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    // By the button of that name on the payment that it came in by.
    let body = serde_json::json!({
        "doctype": "Unreconcile Payment", "company": site.chart.company, "docstatus": 1,
        "voucher_type": "Payment Entry", "voucher_no": money.id.as_str(),
        "allocations": [{
            "doctype": "Unreconcile Payment Entries", "reference_doctype": "Payment Entry",
            "reference_name": put.id.as_str(), "account": site.chart.receivable_account,
            "party_type": "Customer", "party": customer.as_str(), "allocated_amount": 50,
            "account_currency": "GBP",
        }],
    });
    let path = erpnext::site::doctype("Unreconcile Payment");
    let taken = site.client.write(http::Method::POST, &path, &body).await;
    taken.unwrap();
    let page = site.books.page(Kind::Payment, &cursor).await.unwrap();
    let found = page.rows.iter().find(|it| it.id == put.id).unwrap();
    assert_eq!(told(found), uses(&[], "50"));
    assert_eq!(found.version, put.version);
}

/// What is not there is not paid back, and no gain or loss is booked that there is not.
pub async fn what_cannot_be_paid_back_is_named(site: &Site) {
    let customer = site.customer("backwhy").await;
    let money = came(site, "why", &received(site, &customer, &[], "30")).await;
    let mut payment = received(site, &customer, &[], "40");
    payment.direction = PaymentDirection::Refunded;
    let refund = site.done(create(site, "whyback", &payment)).await;
    let why = refused(site, put_to(site, "whyback", &refund, &money.id, "40")).await;
    assert!(
        matches!(&why, Cause::Invalid { field, .. } if field == "amount"),
        "{why:?}"
    );

    dollars(site).await;
    let customer = site.customer("backusd").await;
    let mut payment = received(site, &customer, &[], "100");
    payment.currency = Currency::new("USD").unwrap();
    payment.exchange_rate = Some(dec("0.80"));
    let money = came(site, "usdmoney", &payment).await;
    payment.direction = PaymentDirection::Refunded;
    (payment.amount, payment.unallocated) = (dec("40"), dec("40"));
    let refund = site.done(create(site, "usdsame", &payment)).await;
    let why = refused(site, put_to(site, "usdsame", &refund, &money.id, "40")).await;
    let Cause::PaymentNotCarried { why, .. } = why else {
        panic!("{why:?}");
    };
    assert!(why.contains("exchange rate at which it came in"), "{why}");
    // At another rate the loss is the one that there is.
    payment.exchange_rate = Some(dec("0.90"));
    let refund = site.done(create(site, "usdother", &payment)).await;
    let put = site
        .done(put_to(site, "usdother", &refund, &money.id, "40"))
        .await;
    assert_eq!(told(&put), uses(&[(&money.id, "40")], "0"));
    assert_eq!(now(site, &money.id).await, (dec("40"), dec("60")));
    assert_eq!(in_ledger(site, &put).await, dec("0"));
}

async fn refused(site: &Site, change: Change) -> Cause {
    let held = site.books.hold(&[&change]).await.unwrap().remove(0);
    let key = "key".into();
    let write = engine::books::Write { key, change, held };
    site.books.prepare(&write).unwrap_err()
}
