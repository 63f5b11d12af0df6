//! Reading everything, by the number of calls it takes.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use erpnext::records::changes::{Reading, changed};
use erpnext::records::{CreditNotes, Invoices, Payments};
use erpnext::{ApiKey, Chart, Client, SiteUrl};
use net::{Clock, JumpClock, NetError, Request, Response, Transport};
use sandbox::books::{API_KEY, API_SECRET, COMPANY};
use sandbox::generator::GeneratorConfig;
use sandbox::{Country, DemoBooks, DemoSize, Reply, System};

/// The demo site without a network between, counting what it is asked.
struct Counting {
    books: Mutex<DemoBooks>,
    clock: Arc<dyn Clock>,
    asked: Mutex<BTreeMap<String, usize>>,
}

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let what = match body["doctype"].as_str() {
            Some(doctype) => format!("{} {doctype}", request.uri().path()),
            None => request.uri().path().to_owned(),
        };
        *self.asked.lock().unwrap().entry(what).or_default() += 1;
        let now = self.clock.now();
        match self
            .books
            .lock()
            .unwrap()
            .handle(System::Erpnext, &request, now)
            .reply
        {
            Reply::Response(response) => Ok(response),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn at_most_four_calls_for_every_five_hundred_invoices() {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(JumpClock::at(now));
    let size = DemoSize {
        contacts: 40,
        invoices: 2200,
    };
    let config = GeneratorConfig {
        size,
        seed: 5,
        country: Country::default(),
        today: now.date_naive(),
    };
    let wire = Arc::new(Counting {
        books: Mutex::new(DemoBooks::open(config, now).unwrap()),
        clock: Arc::clone(&clock),
        asked: Mutex::default(),
    });
    let client = Client::new(
        Arc::clone(&wire) as Arc<dyn Transport>,
        clock,
        SiteUrl::parse("http://localhost:1").unwrap(),
        ApiKey::new(API_KEY, API_SECRET),
    );
    let chart = Chart::read(&client, COMPANY).await.unwrap();
    wire.asked.lock().unwrap().clear();

    let mut reading = Reading::default();
    let mut names = BTreeSet::new();
    let (mut lines, mut taxes, mut parts) = (0, 0, 0);
    while !reading.ended {
        let page = changed::<Invoices>(&client, &chart, reading).await.unwrap();
        // A page is all there is in memory: however many documents the site has.
        assert!(page.rows.len() <= erpnext::records::PAGE);
        for row in page.rows {
            let invoice = row.record.unwrap();
            lines += invoice.items.len();
            taxes += invoice.taxes.len();
            parts += invoice.schedule.len();
            names.insert(invoice.name);
        }
        reading = page.next;
    }
    let asked = wire.asked.lock().unwrap().clone();
    let calls: usize = asked.values().sum();
    assert!(names.len() > 1000, "{}", names.len());
    assert!(lines >= names.len() && taxes > 0 && parts > 0);
    let allowed = 4 * names.len().div_ceil(500);
    assert!(calls <= allowed, "{calls} > {allowed}: {asked:?}");
    let whole_documents = asked
        .keys()
        .filter(|path| path.starts_with("/api/resource"))
        .count();
    assert_eq!(whole_documents, 0, "{asked:?}");

    // A second pass brings the overlap and nothing else, in as many calls as one page.
    wire.asked.lock().unwrap().clear();
    let again = changed::<Invoices>(&client, &chart, reading.clone())
        .await
        .unwrap();
    assert!(again.next.ended);
    assert!(wire.asked.lock().unwrap().values().sum::<usize>() <= 4);

    // Returns and payments are read the same way.
    let notes = changed::<CreditNotes>(&client, &chart, Reading::default())
        .await
        .unwrap();
    assert!(notes.rows.iter().all(|row| row.record.is_ok()));
    let payments = changed::<Payments>(&client, &chart, Reading::default())
        .await
        .unwrap();
    assert!(payments.rows.iter().all(|row| row.record.is_ok()));
}
