//! Money on account: made, used for invoices, taken back, cancelled.

use std::collections::BTreeMap;

use engine::books::{Answer, Books, Change, Exchanges, Lookup, Prepared, Pulled, Write};
use erpnext::records::{ledger_mark, on_account};
use ledger::allocation::brought_to;
use ledger::{Cause, Currency, DocumentState, Kind, Payment, RemoteId};
use rust_decimal::Decimal;
use serde_json::json;

use super::payments::{create, dollars, end, in_dollars, received, till};
use super::site::{Site, dec, gbp, payment_of};
use super::uses::booked;

/// Money that came in and is for nothing yet.
pub async fn came(site: &Site, of: &str, payment: &Payment) -> Pulled {
    site.done(create(site, of, payment)).await
}

/// So much of each invoice is meant to be settled by it; others stay as they are.
pub fn used_for(site: &Site, of: &str, now: &Pulled, amounts: &[(&RemoteId, &str)]) -> Change {
    let from = now.record.clone().unwrap();
    let amounts: BTreeMap<RemoteId, Decimal> = amounts
        .iter()
        .map(|(invoice, amount)| ((*invoice).clone(), dec(amount)))
        .collect();
    let to = from.used_for(brought_to(&from.uses(), &amounts, None));
    Change::Allocate {
        id: now.id.clone(),
        version: now.version.clone(),
        from,
        to,
        source: site.id(of),
    }
}

/// How much of which invoice, and what is left.
pub fn told(pulled: &Pulled) -> (Vec<(String, Decimal)>, Decimal) {
    let uses = pulled.record.as_ref().unwrap().uses();
    let uses = uses.iter();
    let mut uses: Vec<_> = uses
        .map(|it| (it.invoice.as_str().to_owned(), it.amount.normalize()))
        .collect();
    uses.sort_unstable();
    (uses, payment_of(pulled).unallocated.normalize())
}

pub fn uses(of: &[(&RemoteId, &str)], left: &str) -> (Vec<(String, Decimal)>, Decimal) {
    let of = of.iter();
    let mut uses: Vec<_> = of
        .map(|(invoice, amount)| (invoice.as_str().to_owned(), dec(amount)))
        .collect();
    uses.sort_unstable();
    (uses, dec(left))
}

/// What the Payment Ledger has on account of it.
pub async fn in_ledger(site: &Site, of: &Pulled) -> Decimal {
    let found = on_account(&site.client, &site.chart).await.unwrap();
    let open = found.open.iter().filter(|it| it.id == of.id);
    open.map(|it| it.open).sum()
}

pub async fn owed(site: &Site, invoice: &RemoteId) -> Decimal {
    site.outstanding(invoice.as_str()).await
}

pub fn why(cause: Cause) -> String {
    match cause {
        Cause::CannotEdit { why, .. }
        | Cause::Invalid { why, .. }
        | Cause::AllocationNotCarried { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

pub async fn money_is_used_for_invoices_and_taken_back(site: &Site) {
    let customer = site.customer("money").await;
    let first = site.owed("u1", &customer, "100").await;
    let second = site.owed("u2", &customer, "20").await;
    let payment = received(site, &customer, &[], "120");
    let made = came(site, "over", &payment).await;
    let got = payment_of(&made);
    assert_eq!(told(&made), uses(&[], "120"));
    assert_eq!(
        (got.amount, got.state),
        (dec("120"), DocumentState::Approved)
    );
    assert_eq!(got.bank_account, Some(till(site)));
    assert_eq!(got.date, payment.date);
    assert!(!got.on_account);
    assert_eq!(made.marker, Some(site.id("over")));
    assert_eq!(in_ledger(site, &made).await, dec("120"));

    // A part of it, for two invoices: one call for each.
    let change = used_for(site, "over", &made, &[(&first, "30.25"), (&second, "20")]);
    let prepared = site.prepared(vec![change.clone()]).await;
    let paths: Vec<&str> = prepared[0].steps.iter().map(|it| &*it.path).collect();
    assert_eq!(paths, ["/api/method/run_doc_method"; 2]);
    let mark = ledger_mark(&site.client, &site.chart).await.unwrap();
    let used = site.done(change).await;
    assert_eq!(
        told(&used),
        uses(&[(&first, "30.25"), (&second, "20")], "69.75")
    );
    assert_eq!(owed(site, &first).await, dec("69.75"));
    assert_eq!(owed(site, &second).await, dec("0"));
    assert_eq!(in_ledger(site, &used).await, dec("69.75"));
    assert_ne!(used.version, made.version);
    assert_eq!(used.marker, made.marker);
    assert_eq!(payment_of(&used).amount, dec("120"));
    let moved = ledger_mark(&site.client, &site.chart).await.unwrap();
    assert_ne!(moved, mark, "what is on account is read again");

    // All that is left of it, for one that it is used for already.
    let used = site
        .done(used_for(site, "over", &used, &[(&first, "100")]))
        .await;
    assert_eq!(told(&used), uses(&[(&first, "100"), (&second, "20")], "0"));
    assert_eq!(owed(site, &first).await, dec("0"));
    assert_eq!(in_ledger(site, &used).await, dec("0"));

    // Less of one: it is taken off whole, and the rest is put back; the other stays.
    let change = used_for(site, "over", &used, &[(&first, "64.99")]);
    let prepared = site.prepared(vec![change.clone()]).await;
    let steps = &prepared[0].steps;
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].path, "/api/resource/Unreconcile%20Payment");
    assert_eq!(
        steps[0].body["allocations"][0]["reference_name"],
        first.as_str()
    );
    assert_eq!(steps[0].body["allocations"].as_array().unwrap().len(), 1);
    let less = site.done(change).await;
    assert_eq!(
        told(&less),
        uses(&[(&first, "64.99"), (&second, "20")], "35.01")
    );
    assert_eq!(owed(site, &first).await, dec("35.01"));
    assert_eq!(owed(site, &second).await, dec("0"));
    assert_eq!(in_ledger(site, &less).await, dec("35.01"));
    assert_ne!(less.version, used.version);

    // All of it comes back, and is used otherwise.
    let free = site
        .done(used_for(
            site,
            "over",
            &less,
            &[(&first, "0"), (&second, "0")],
        ))
        .await;
    assert_eq!(told(&free), uses(&[], "120"));
    assert_eq!(owed(site, &first).await, dec("100"));
    assert_eq!(owed(site, &second).await, dec("20"));
    assert_eq!(in_ledger(site, &free).await, dec("120"));
    assert_ne!(free.version, less.version);
    let used = site
        .done(used_for(site, "over", &free, &[(&first, "100")]))
        .await;
    assert_eq!(told(&used), uses(&[(&first, "100")], "20"));

    // It ends as it is: the site takes it off by itself.
    let ended = site.done(end(&used)).await;
    assert_eq!(payment_of(&ended).state, DocumentState::Voided);
    assert_eq!(owed(site, &first).await, dec("100"));
    assert_eq!(in_ledger(site, &ended).await, dec("0"));
}

/// The same request once more, held to what is there by now.
fn once_more(prepared: &[Prepared], now: &Pulled) -> Vec<Prepared> {
    let mut again = prepared.to_vec();
    again[0].write.change.set_version(&now.version);
    again
}

pub async fn money_whose_answer_was_lost_is_used_once(site: &Site) {
    let customer = site.customer("lostmoney").await;
    let invoice = site.owed("l1", &customer, "100").await;
    let other = site.owed("l2", &customer, "100").await;
    let payment = received(site, &customer, &[], "90");
    // It was made, and nobody was told: it is found by its identity, and not made again.
    site.calls.lose_next("/Payment%20Entry");
    let change = create(site, "lost", &payment);
    let answer = site.send(vec![change.clone()]).await.remove(0);
    assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
    let by = Lookup::Markers(vec![site.id("lost")]);
    let found = site.books.find(Kind::Payment, &by).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(told(&found[0]), uses(&[], "90"));
    let again = site.send(vec![change]).await.remove(0);
    assert!(matches!(again, Answer::Exists), "{again:?}");

    let now = &found[0];
    let journal = Exchanges::default();
    let change = used_for(site, "lost", now, &[(&invoice, "30"), (&other, "10")]);
    let prepared = site.prepared(vec![change.clone()]).await;
    site.calls.lose_next("/run_doc_method");
    let doubt = site.books.send(&prepared, &journal).await.remove(0);
    assert!(matches!(doubt, Answer::InDoubt(_)), "{doubt:?}");
    let half = site.now(Kind::Payment, &now.id).await.unwrap();
    assert_eq!(told(&half), uses(&[(&invoice, "30")], "60"));
    for late in [prepared.clone(), once_more(&prepared, &half)] {
        let stale = site.books.send(&late, &journal).await.remove(0);
        assert!(matches!(stale, Answer::Stale), "{stale:?}");
    }
    // Planned before, and worded after.
    let stale = site.send(vec![change]).await.remove(0);
    assert!(matches!(stale, Answer::Stale), "{stale:?}");
    assert_eq!(owed(site, &invoice).await, dec("70"));
    let used = site
        .done(used_for(site, "lost", &half, &[(&other, "10")]))
        .await;
    assert_eq!(told(&used), uses(&[(&invoice, "30"), (&other, "10")], "50"));

    // What was taken back is taken back; once more does nothing, and the rest of the write follows a plan.
    let change = used_for(site, "lost", &used, &[(&invoice, "12")]);
    let prepared = site.prepared(vec![change]).await;
    site.calls.lose_next("/Unreconcile%20Payment");
    let doubt = site.books.send(&prepared, &journal).await.remove(0);
    assert!(matches!(doubt, Answer::InDoubt(_)), "{doubt:?}");
    let free = site.now(Kind::Payment, &now.id).await.unwrap();
    assert_eq!(told(&free), uses(&[(&other, "10")], "80"));
    let again = once_more(&prepared, &free);
    let answer = site.books.send(&again, &journal).await.remove(0);
    let Answer::Done(done) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(told(&done), uses(&[(&invoice, "12"), (&other, "10")], "68"));
    assert_eq!(owed(site, &invoice).await, dec("88"));
    assert_eq!(in_ledger(site, &done).await, dec("68"));
}

/// What one takes of an invoice is not there for the next, and none of them are sent at once.
pub async fn money_for_one_invoice_in_one_batch(site: &Site) {
    let customer = site.customer("moneybatch").await;
    let invoice = site.owed("b1", &customer, "100").await;
    let mut came_in = Vec::new();
    for (of, amount) in [("m1", "40"), ("m2", "50"), ("m3", "30")] {
        let payment = received(site, &customer, &[], amount);
        came_in.push((of, came(site, of, &payment).await));
    }
    let change = |at: usize, amount: &str| {
        let (of, now) = &came_in[at];
        used_for(site, of, now, &[(&invoice, amount)])
    };
    let changes = vec![change(0, "40"), change(1, "50"), change(2, "30")];
    let all: Vec<&Change> = changes.iter().collect();
    let held = site.books.hold(&all).await.unwrap();
    let worded: Vec<_> = changes
        .into_iter()
        .zip(held)
        .map(|(change, held)| {
            let key = "key".into();
            site.books.prepare(&Write { key, change, held })
        })
        .collect();
    let Err(Cause::Invalid { why, .. }) = &worded[2] else {
        panic!("{worded:?}")
    };
    assert!(
        why.contains("30 is more than the 10 that is to be paid"),
        "{why}"
    );
    let prepared: Vec<_> = worded.into_iter().flatten().collect();
    let answers = site.books.send(&prepared, &Exchanges::default()).await;
    assert!(
        answers.iter().all(|it| matches!(it, Answer::Done(_))),
        "{answers:?}"
    );
    assert_eq!(owed(site, &invoice).await, dec("10"));

    // What cannot be used is told before anything is sent.
    let (of, now) = &came_in[2];
    let stranger = site.customer("moneystranger").await;
    let theirs = site.owed("b2", &stranger, "50").await;
    let told = why_not(site, used_for(site, of, now, &[(&theirs, "1")])).await;
    assert!(told.contains("moneystranger"), "{told}");
    let more = site.owed("b3", &customer, "500").await;
    let told = why_not(site, used_for(site, of, now, &[(&more, "30.01")])).await;
    assert!(
        told.contains("30.01 is more than the 30 that is left of"),
        "{told}"
    );
    let nowhere = RemoteId::new("No such invoice");
    let missing = site
        .refused(used_for(site, of, now, &[(&nowhere, "1")]))
        .await;
    assert!(
        matches!(missing, Cause::WaitsForInvoice { .. }),
        "{missing:?}"
    );
}

pub async fn why_not(site: &Site, change: Change) -> String {
    why(site.refused(change).await)
}

/// A person's use is read, and is ours to take back; a Journal Entry that takes from the Payment Entry
/// without showing on it is named.
pub async fn what_people_do_with_money_is_read(site: &Site) {
    let customer = site.customer("moneypeople").await;
    let invoice = site.owed("w1", &customer, "100").await;
    let made = came(site, "people", &received(site, &customer, &[], "80")).await;
    let planned = used_for(site, "people", &made, &[(&invoice, "5")]);
    let worded = site.prepared(vec![planned]).await;
    let by_hand = used_for(site, "people", &made, &[(&invoice, "50")]);
    for step in &site.prepared(vec![by_hand]).await[0].steps {
        let write = site
            .client
            .write(http::Method::POST, &step.path, &step.body);
        write.await.unwrap();
    }
    // Worded before: it is not the one that was planned for.
    let stale = site.books.send(&worded, &Exchanges::default()).await;
    assert!(matches!(stale[0], Answer::Stale), "{stale:?}");
    let now = site.now(Kind::Payment, &made.id).await.unwrap();
    assert_eq!(told(&now), uses(&[(&invoice, "50")], "30"));
    assert_ne!(now.version, made.version);
    let back = site
        .done(used_for(site, "people", &now, &[(&invoice, "0")]))
        .await;
    assert_eq!(told(&back), uses(&[], "80"));

    // The demo site has no Journal Entries about payments.
    if site.is_demo() {
        return;
    }
    let account = site.stored("Sales Invoice", invoice.as_str()).await["debit_to"].clone();
    let row = |doctype: &str, name: &str, side: &str| {
        json!({"account": account, "party_type": "Customer", "party": customer.as_str(),
            "reference_type": doctype, "reference_name": name, side: 60})
    };
    let entry = json!({
        "doctype": "Journal Entry", "voucher_type": "Journal Entry",
        "company": site.chart.company, "posting_date": "2026-11-22", "docstatus": 1,
        "accounts": [
            row("Payment Entry", made.id.as_str(), "debit_in_account_currency"),
            row("Sales Invoice", invoice.as_str(), "credit_in_account_currency"),
        ],
    });
    let path = erpnext::site::doctype("Journal Entry");
    let entered = site.client.write(http::Method::POST, &path, &entry).await;
    let entry = entered.unwrap()["data"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(owed(site, &invoice).await, dec("40"));
    assert_eq!(in_ledger(site, &back).await, dec("20"));
    let now = site.now(Kind::Payment, &made.id).await.unwrap();
    let told_why = why_not(site, used_for(site, "people", &now, &[(&invoice, "20.01")])).await;
    assert!(
        told_why.contains(&format!("Journal Entry {entry}")),
        "{told_why}"
    );
    // What is left besides can be used.
    let used = site
        .done(used_for(site, "people", &now, &[(&invoice, "20")]))
        .await;
    assert_eq!(owed(site, &invoice).await, dec("20"));
    assert_eq!(in_ledger(site, &used).await, dec("0"));
}

/// 100 dollars came in at 0.82, and are used for an invoice at 0.80: both are settled to the cent, what the
/// rates come to is a gain, and goes where the use goes.
pub async fn foreign_money_is_used_and_taken_back(site: &Site) {
    let customer = site.customer("moneyusd").await;
    let account = dollars(site).await;
    let invoice = in_dollars(site, "mu", &customer, &account).await;
    let mut payment = received(site, &customer, &[], "99.97");
    payment.currency = Currency::new("USD").unwrap();
    payment.exchange_rate = Some(dec("0.82"));
    let made = came(site, "usd", &payment).await;
    let got = payment_of(&made);
    assert_eq!(got.currency, payment.currency);
    assert_eq!(got.bank_amount, Some(dec("81.98")));
    assert_eq!(
        got.exchange_rate.map(|rate| rate.round_dp(4)),
        Some(dec("0.8200"))
    );
    let left = |pulled: &Pulled| {
        let (uses, left) = told(pulled);
        let uses: Decimal = uses.iter().map(|(_, amount)| *amount).sum();
        assert_eq!(payment_of(pulled).amount, dec("99.97"));
        (uses, left)
    };
    let used = site
        .done(used_for(site, "usd", &made, &[(&invoice, "33.33")]))
        .await;
    assert_eq!(left(&used), (dec("33.33"), dec("66.64")));
    assert_eq!(owed(site, &invoice).await, dec("66.67"));
    // All that is left of it.
    let used = site
        .done(used_for(site, "usd", &used, &[(&invoice, "99.97")]))
        .await;
    assert_eq!(left(&used), (dec("99.97"), dec("0")));
    assert_eq!(owed(site, &invoice).await, dec("0.03"));
    assert_eq!(gains(site, &invoice).await, dec("-2.01"));
    // A part is taken back: all of the gain goes, and comes back in part.
    let less = site
        .done(used_for(site, "usd", &used, &[(&invoice, "50")]))
        .await;
    assert_eq!(left(&less), (dec("50"), dec("49.97")));
    assert_eq!(owed(site, &invoice).await, dec("50"));
    assert_eq!(gains(site, &invoice).await, dec("-1"));
    let free = site
        .done(used_for(site, "usd", &less, &[(&invoice, "0")]))
        .await;
    assert_eq!(left(&free), (dec("0"), dec("99.97")));
    assert_eq!(owed(site, &invoice).await, dec("100"));
    assert_eq!(gains(site, &invoice).await, dec("0"));
    assert_eq!(in_ledger(site, &free).await.round_dp(2), dec("99.97"));

    // Pounds are for no invoice in dollars.
    let pounds = site.customer("moneygbp").await;
    let gbp_money = came(site, "gbp", &received(site, &pounds, &[], "10")).await;
    assert_eq!(payment_of(&gbp_money).currency, gbp());
}

/// What is booked as gain or loss of exchange rates on an invoice, as a loss.
async fn gains(site: &Site, invoice: &RemoteId) -> Decimal {
    let exchange = site.chart.exchange_account.clone().unwrap();
    let entries = site
        .client
        .list(&erpnext::client::List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["name"],
            filters: vec![
                json!([
                    "Journal Entry Account",
                    "reference_name",
                    "=",
                    invoice.as_str()
                ]),
                json!(["docstatus", "=", 1]),
            ],
            order_by: "`tabJournal Entry`.creation asc",
            limit: 0,
        })
        .await
        .unwrap();
    let mut names: Vec<&str> = entries.iter().map(|it| it.str("name").unwrap()).collect();
    names.dedup();
    let mut sum = Decimal::ZERO;
    for name in names {
        sum += booked(site, name, &exchange).await;
    }
    sum.normalize()
}
