//! Nothing is submitted before its figures were seen, and what is not what was meant leaves nothing
//! behind.

use engine::books::{Answer, Books, Change, Exchanges, Lookup, Prepared};
use ledger::{Cause, Document, DocumentState, Kind, PriceMode, Record, RemoteId};
use rust_decimal::Decimal;
use serde_json::json;

use super::site::{Site, agrees, dec, invoice_of};

/// A cent, and what a site lets pass.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn plain(site: &Site, of: &str, customer: &RemoteId, amount: &str) -> Document {
    let lines = vec![site.line("1", amount, amount, 0)];
    site.invoice(of, customer, PriceMode::Exclusive, lines)
}

async fn prepared(site: &Site, change: Change) -> Prepared {
    site.prepared(vec![change]).await.remove(0)
}

async fn sent(site: &Site, prepared: Prepared) -> Answer {
    site.books
        .send(&[prepared], &Exchanges::default())
        .await
        .remove(0)
}

async fn marked(site: &Site, of: &str) -> Vec<(String, DocumentState)> {
    let by = Lookup::Markers(vec![site.id(of)]);
    let found = site.books.find(Kind::Invoice, &by).await.unwrap();
    found
        .iter()
        .map(|pulled| (pulled.id.to_string(), invoice_of(pulled).state))
        .collect()
}

/// The figures of a totals-differ refusal: field, the one meant, the site's.
fn figures(answer: Answer) -> Vec<(String, Option<String>, Option<String>)> {
    match answer {
        Answer::Refused {
            cause: Cause::WouldDiffer { differences, .. },
            ..
        } => differences
            .into_iter()
            .map(|it| (it.field, it.xero, it.erpnext))
            .collect(),
        other => panic!("{other:?}"),
    }
}

pub async fn a_shape_is_seen_as_a_draft_before_it_goes_at_once(site: &Site) {
    let customer = site.customer("shape").await;
    let first = plain(site, "s1", &customer, "100");
    let draft = prepared(site, site.create("s1", &first)).await;
    assert_eq!(draft.steps.len(), 2);
    assert_eq!(draft.steps[0].body["docstatus"], json!(null));
    assert_eq!(draft.steps[1].body["docstatus"], json!(1));
    let Answer::Done(made) = sent(site, draft).await else {
        panic!("not made")
    };
    agrees(&first, &made);

    // Of the same shape, and from here on at once.
    let second = plain(site, "s2", &customer, "33.35");
    let at_once = prepared(site, site.create("s2", &second)).await;
    assert_eq!(at_once.steps.len(), 1);
    assert_eq!(at_once.steps[0].body["docstatus"], json!(1));
    let row = &at_once.steps[0].body["payment_schedule"][0];
    assert_eq!(row["payment_amount"], json!(40.02));
    assert_eq!(row.get("invoice_portion"), None);
    let Answer::Done(made) = sent(site, at_once).await else {
        panic!("not made")
    };
    agrees(&second, &made);
    assert_eq!(site.outstanding(made.id.as_str()).await, dec("40.02"));
    let stored = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_ne!(stored["status"], json!("Draft"));

    // Another shape is not proven by it: two rates, nothing to pay, another currency.
    let lines = vec![
        site.line("1", "10", "10.00", 0),
        site.line("1", "10", "10.00", 1),
    ];
    let rates = site.invoice("s3", &customer, PriceMode::Exclusive, lines);
    let nothing = plain(site, "s4", &customer, "0");
    let mut dollars = plain(site, "s5", &customer, "10");
    dollars.currency = ledger::Currency::new("USD").unwrap();
    dollars.exchange_rate = Some(dec("0.8"));
    for (of, other) in [("s3", rates), ("s4", nothing), ("s5", dollars)] {
        assert_eq!(
            prepared(site, site.create(of, &other)).await.steps.len(),
            2,
            "{of}"
        );
    }
}

pub async fn a_draft_that_is_not_what_was_meant_leaves_nothing_behind(site: &Site) {
    let customer = site.customer("off").await;
    let invoice = plain(site, "off", &customer, "100");
    let mut draft = prepared(site, site.create("off", &invoice)).await;
    // As if the site computed a cent less than was foretold.
    let Some(Record::Invoice(meant)) = draft.write.change.meant_mut() else {
        panic!("an invoice")
    };
    meant.tax_total += CENT;
    meant.total += CENT;
    let found = figures(sent(site, draft).await);
    let shown = |field: &str| {
        let (_, meant, seen) = found.iter().find(|it| it.0 == field).unwrap();
        (meant.clone().unwrap(), seen.clone().unwrap())
    };
    assert_eq!(shown("tax"), ("20.01 GBP".into(), "20.00 GBP".into()));
    assert_eq!(shown("total"), ("120.01 GBP".into(), "120.00 GBP".into()));
    assert_eq!(
        shown("amount due"),
        ("120.01 GBP".into(), "120.00 GBP".into())
    );
    assert_eq!(marked(site, "off").await, []);
    // Its name and marker are free, and nothing was proven by it.
    let again = prepared(site, site.create("off", &invoice)).await;
    assert_eq!(again.steps.len(), 2);
    let Answer::Done(made) = sent(site, again).await else {
        panic!("not made")
    };
    agrees(&invoice, &made);
}

pub async fn a_total_the_site_refuses_is_prepared_again(site: &Site) {
    let customer = site.customer("held").await;
    let first = plain(site, "h1", &customer, "100");
    site.done(site.create("h1", &first)).await;
    let second = plain(site, "h2", &customer, "100");
    let mut held = prepared(site, site.create("h2", &second)).await;
    assert_eq!(held.steps.len(), 1);
    held.steps[0].body["payment_schedule"][0]["payment_amount"] = json!(119.89);
    let answer = sent(site, held).await;
    assert!(matches!(answer, Answer::PrepareAgain(_)), "{answer:?}");
    assert_eq!(marked(site, "h2").await, []);
    let again = prepared(site, site.create("h2", &second)).await;
    assert_eq!(again.steps.len(), 2, "the proof has ended");
    let Answer::Done(made) = sent(site, again).await else {
        panic!("not made")
    };
    agrees(&second, &made);
}

pub async fn a_draft_left_behind_is_gone_on_with(site: &Site) {
    let customer = site.customer("left").await;
    for (of, touched) in [("l1", false), ("l2", true)] {
        let invoice = plain(site, of, &customer, "100");
        let create = prepared(site, site.create(of, &invoice)).await;
        let step = &create.steps[0];
        let posted = site
            .client
            .write(http::Method::POST, &step.path, &step.body)
            .await
            .unwrap();
        let name = posted["data"]["name"].as_str().unwrap().to_owned();
        // A second attempt finds it taken, and it is no answer to the first.
        let answer = sent(site, create.clone()).await;
        assert!(matches!(answer, Answer::Exists), "{answer:?}");
        let by = Lookup::Markers(vec![site.id(of)]);
        let draft = site.books.find(Kind::Invoice, &by).await.unwrap().remove(0);
        assert_eq!(invoice_of(&draft).state, DocumentState::Draft);
        let mut to = invoice_of(&draft);
        to.state = DocumentState::Approved;
        let go_on = prepared(
            site,
            Change::Update {
                id: draft.id.clone(),
                version: draft.version.clone(),
                from: Record::Invoice(invoice_of(&draft)),
                to: Record::Invoice(to),
                source: site.id(of),
                source_link: None,
                under_way: true,
            },
        )
        .await;
        assert_eq!(go_on.steps.len(), 1, "it says what was meant already");
        if touched {
            let path = erpnext::site::document("Sales Invoice", &name);
            let body = json!({"remarks": "a person was here"});
            site.client
                .write(http::Method::PUT, &path, &body)
                .await
                .unwrap();
            let answer = sent(site, go_on).await;
            assert!(matches!(answer, Answer::Stale), "{answer:?}");
            assert_eq!(marked(site, of).await, [(name, DocumentState::Draft)]);
            continue;
        }
        let Answer::Done(made) = sent(site, go_on).await else {
            panic!("not submitted")
        };
        agrees(&invoice, &made);
        assert_eq!(made.id.as_str(), name);
    }
}

pub async fn a_replacement_that_is_not_what_was_meant_changes_nothing(site: &Site) {
    let customer = site.customer("keep").await;
    let invoice = plain(site, "k", &customer, "100");
    let made = site.done(site.create("k", &invoice)).await;
    let to = plain(site, "k", &customer, "150");
    let change = Change::Update {
        id: made.id.clone(),
        version: made.version.clone(),
        from: Record::Invoice(invoice_of(&made)),
        to: Record::Invoice(to.clone()),
        source: site.id("k"),
        source_link: None,
        under_way: false,
    };
    let mut replace = prepared(site, change.clone()).await;
    let Some(Record::Invoice(meant)) = replace.write.change.meant_mut() else {
        panic!("an invoice")
    };
    meant.tax_total += CENT;
    meant.total += CENT;
    let found = figures(sent(site, replace).await);
    assert!(found.iter().any(|it| it.0 == "total"), "{found:?}");
    // The old one is live, under its own marker, and there is no draft.
    let live = [(made.id.to_string(), DocumentState::Approved)];
    assert_eq!(marked(site, "k").await, live);
    let stored = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_eq!(stored["xero_invoice_id"], json!(site.mark("k")));
    // As read anew, it can be replaced.
    let by = Lookup::Ids(vec![made.id.clone()]);
    let now = site.books.find(Kind::Invoice, &by).await.unwrap().remove(0);
    let Change::Update { source, from, .. } = change else {
        panic!("an update")
    };
    let again = Change::Update {
        id: now.id,
        version: now.version,
        from,
        to: Record::Invoice(to.clone()),
        source,
        source_link: None,
        under_way: false,
    };
    let replaced = site.done(again).await;
    agrees(&to, &replaced);
    assert_eq!(replaced.replaces, Some(made.id));
}

pub async fn a_document_refused_at_submit_leaves_nothing_behind(site: &Site) {
    let customer = site.customer("limit").await;
    // A draft may be more than a customer's limit; a submitted document may not.
    let path = erpnext::site::document("Customer", customer.as_str());
    let limit = json!({"credit_limits": [{"company": site.chart.company, "credit_limit": 50}]});
    site.client
        .write(http::Method::PUT, &path, &limit)
        .await
        .unwrap();
    let invoice = plain(site, "limit", &customer, "100");
    let answer = site
        .send(vec![site.create("limit", &invoice)])
        .await
        .remove(0);
    assert!(matches!(answer, Answer::Refused { .. }), "{answer:?}");
    assert_eq!(marked(site, "limit").await, []);
}

/// What was sent of each write, in order: the method, and the state that the document was to have.
fn told(exchanges: &Exchanges, key: &str) -> Vec<(String, Option<i64>)> {
    let sent = exchanges.take(key).into_iter();
    sent.map(|it| (it.request.method, it.request.body["docstatus"].as_i64()))
        .collect()
}

pub async fn one_of_a_shape_goes_ahead_and_the_others_go_at_once(site: &Site) {
    let customer = site.customer("ahead").await;
    let of = |of: &str, amount: &str| plain(site, of, &customer, amount);
    let lines = vec![
        site.line("1", "10", "10.00", 0),
        site.line("1", "10", "10.00", 1),
    ];
    let two_rates = site.invoice("a4", &customer, PriceMode::Exclusive, lines);
    let meant = [
        of("a1", "100"),
        of("a2", "33.35"),
        of("a3", "7"),
        two_rates,
        // There is nothing that the site could hold it to.
        of("a5", "0"),
        of("a6", "12"),
    ];
    let names = ["a1", "a2", "a3", "a4", "a5", "a6"];
    let changes = names.iter().zip(&meant);
    let changes = changes.map(|(of, invoice)| site.create(of, invoice));
    let mut batch = site.prepared(changes.collect()).await;
    for (prepared, of) in batch.iter_mut().zip(names) {
        assert_eq!(prepared.steps.len(), 2, "nothing is proven yet");
        prepared.write.key = of.to_owned();
    }
    let exchanges = Exchanges::default();
    let answers = site.books.send(&batch, &exchanges).await;
    for ((answer, meant), of) in answers.into_iter().zip(&meant).zip(names) {
        let Answer::Done(made) = answer else {
            panic!("{of}: {answer:?}")
        };
        agrees(meant, &made);
        assert_eq!(made.marker, Some(site.id(of)));
    }
    let draft = [("POST".to_owned(), None), ("PUT".to_owned(), Some(1))];
    let at_once = [("POST".to_owned(), Some(1))];
    for of in ["a1", "a4", "a5"] {
        assert_eq!(told(&exchanges, of), draft, "{of}");
    }
    for of in ["a2", "a3", "a6"] {
        assert_eq!(told(&exchanges, of), at_once, "{of}");
    }
}

pub async fn where_the_one_ahead_comes_out_otherwise_the_others_are_drafts(site: &Site) {
    let customer = site.customer("behind").await;
    let meant = [
        plain(site, "b1", &customer, "100"),
        plain(site, "b2", &customer, "50"),
    ];
    let changes = ["b1", "b2"].into_iter().zip(&meant);
    let changes = changes.map(|(of, invoice)| site.create(of, invoice));
    let mut batch = site.prepared(changes.collect()).await;
    batch[1].write.key = "behind".to_owned();
    let Some(Record::Invoice(first)) = batch[0].write.change.meant_mut() else {
        panic!("an invoice")
    };
    first.tax_total += CENT;
    first.total += CENT;
    let exchanges = Exchanges::default();
    let mut answers = site.books.send(&batch, &exchanges).await.into_iter();
    let (first, second) = (answers.next().unwrap(), answers.next().unwrap());
    assert!(figures(first).iter().any(|it| it.0 == "total"));
    let Answer::Done(made) = second else {
        panic!("{second:?}")
    };
    agrees(&meant[1], &made);
    let draft = [("POST".to_owned(), None), ("PUT".to_owned(), Some(1))];
    assert_eq!(told(&exchanges, "behind"), draft);
    assert_eq!(marked(site, "b1").await, []);
}
