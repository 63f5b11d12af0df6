//! Payments that share a request: made together, each with its own line in the journal; where one is
//! refused, each by itself; where the answer is lost, all or none.

use engine::books::{Answer, Books, Exchange, Exchanges, Lookup, Prepared};
use ledger::payment::same_payment;
use ledger::{Kind, Payment, RemoteId};
use rust_decimal::Decimal;
use serde_json::json;

use super::payments::{create, make, received};
use super::site::{Site, dec, payment_of};

const SHARED: &str = "/api/method/frappe.client.insert_many";

/// Payments as they would be sent, each under a key that is its name.
async fn batch(site: &Site, of: &[(&str, &Payment)]) -> Vec<Prepared> {
    let changes = of.iter().map(|(of, payment)| create(site, of, payment));
    let mut batch = site.prepared(changes.collect()).await;
    for (prepared, (of, _)) in batch.iter_mut().zip(of) {
        (*of).clone_into(&mut prepared.write.key);
    }
    batch
}

fn paths(exchanges: &[Exchange]) -> Vec<&str> {
    exchanges
        .iter()
        .map(|it| it.request.path.as_str())
        .collect()
}

async fn owed(site: &Site, invoices: &[&RemoteId]) -> Vec<Decimal> {
    let mut owed = Vec::new();
    for invoice in invoices {
        owed.push(site.outstanding(invoice.as_str()).await);
    }
    owed
}

pub async fn several_payments_are_made_by_one_request(site: &Site) {
    let customer = site.customer("shares").await;
    let one = site.owed("sh1", &customer, "100").await;
    let two = site.owed("sh2", &customer, "50").await;
    let pays =
        |invoice: &RemoteId, amount: &str| received(site, &customer, &[(invoice, amount)], "0");
    let meant = [pays(&one, "40"), pays(&two, "50"), pays(&one, "60")];
    let names = ["shA", "shB", "shC"];
    let of: Vec<(&str, &Payment)> = names.into_iter().zip(&meant).collect();
    let batch = batch(site, &of).await;
    let exchanges = Exchanges::default();
    let before = site.calls.so_far();
    let answers = site.books.send(&batch, &exchanges).await;
    // The payments, the three lists that read them back, and one for the currencies of their invoices.
    assert_eq!(site.calls.so_far() - before, 5);
    for ((answer, meant), prepared) in answers.into_iter().zip(&meant).zip(&batch) {
        let Answer::Done(made) = answer else {
            panic!("{answer:?}")
        };
        let key = prepared.write.key.as_str();
        assert!(same_payment(meant, &payment_of(&made)), "{key}: {made:?}");
        assert_eq!(made.marker, Some(site.id(key)));
        let told = exchanges.take(key);
        assert_eq!(paths(&told), [SHARED], "{key}");
        assert_eq!(told[0].request.body, prepared.steps[0].body, "{key}");
        let answered = told[0].answer.as_ref().unwrap();
        assert_eq!(answered.status, 200);
        assert_eq!(answered.body, json!({"message": [made.id.as_str()]}));
    }
    assert_eq!(owed(site, &[&one, &two]).await, [Decimal::ZERO; 2]);
}

pub async fn where_one_payment_is_refused_each_goes_by_itself(site: &Site) {
    let customer = site.customer("refuses").await;
    let mut invoices = Vec::new();
    for of in ["re1", "re2", "re3"] {
        invoices.push(site.owed(of, &customer, "100").await);
    }
    let pays = |at: usize, amount: &str| received(site, &customer, &[(&invoices[at], amount)], "0");
    // Another installation made it a moment ago.
    make(site, "reB", &pays(1, "10")).await;
    let meant = [pays(0, "25"), pays(1, "10"), pays(2, "30")];
    let of: Vec<(&str, &Payment)> = ["reA", "reB", "reC"].into_iter().zip(&meant).collect();
    let batch = batch(site, &of).await;
    let exchanges = Exchanges::default();
    let answers = site.books.send(&batch, &exchanges).await;
    let [Answer::Done(first), Answer::Exists, Answer::Done(third)] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert!(same_payment(&meant[0], &payment_of(first)));
    assert!(same_payment(&meant[2], &payment_of(third)));
    for key in ["reA", "reB", "reC"] {
        let told = exchanges.take(key);
        let alone = "/api/resource/Payment%20Entry";
        assert_eq!(paths(&told), [SHARED, alone], "{key}");
        assert_eq!(told[0].answer, None, "{key}: nothing was carried out");
    }
    let invoices: Vec<&RemoteId> = invoices.iter().collect();
    let left = [dec("75"), dec("90"), dec("70")];
    assert_eq!(owed(site, &invoices).await, left);
}

pub async fn payments_whose_common_answer_was_lost_are_made_once(site: &Site) {
    let customer = site.customer("loses").await;
    let one = site.owed("lo1", &customer, "100").await;
    let two = site.owed("lo2", &customer, "50").await;
    let meant = [
        received(site, &customer, &[(&one, "100")], "0"),
        received(site, &customer, &[(&two, "20")], "0"),
    ];
    let names = ["loA", "loB"];
    let of: Vec<(&str, &Payment)> = names.into_iter().zip(&meant).collect();
    let batch = batch(site, &of).await;
    site.calls.lose_next("frappe.client.insert_many");
    let answers = site.books.send(&batch, &Exchanges::default()).await;
    for answer in &answers {
        assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
    }
    // It was carried out for both, and once only, though it is sent again.
    let again = site.books.send(&batch, &Exchanges::default()).await;
    for answer in &again {
        assert!(matches!(answer, Answer::Exists), "{answer:?}");
    }
    for (of, meant) in names.into_iter().zip(&meant) {
        let by = Lookup::Markers(vec![site.id(of)]);
        let found = site.books.find(Kind::Payment, &by).await.unwrap();
        assert_eq!(found.len(), 1, "{of}");
        assert!(same_payment(meant, &payment_of(&found[0])), "{of}");
    }
    assert_eq!(owed(site, &[&one, &two]).await, [dec("0"), dec("30")]);
}
