//! A site to test on: the demo one, started for the test, or a real one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Shared};

use async_trait::async_trait;
use books::erpnext::ErpnextBooks;
use chrono::NaiveDate;
use engine::books::{Answer, Books, Change, Exchanges, Lookup, Prepared, Pulled, Write};
use erpnext::client::List;
use erpnext::{Chart, Client};
use ledger::{
    Cause, Contact, Currency, Document, DocumentState, Kind, Line, Payment, PriceMode, Record,
    RemoteId,
};
use net::{HttpTransport, NetError, Request, Response, Transport};
use rust_decimal::Decimal;
use sandbox::erpnext::ErpnextVersion;
use sandbox::server::{DemoConfig, Running, serve};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// What begins the number of every document made here, and ends the name of every customer.
const PREFIX: &str = "cft";

pub struct Site {
    pub client: Client,
    pub books: ErpnextBooks,
    pub chart: Chart,
    pub run: String,
    pub account: String,
    pub rates: [String; 3],
    pub calls: Arc<Counted>,
    /// Stops when it is dropped.
    demo: Option<Running>,
}

/// The network, with a counter, and answers that can be lost.
pub struct Counted {
    network: HttpTransport,
    sent: AtomicUsize,
    losing: Shared<Option<&'static str>>,
}

impl Counted {
    /// How many requests have been sent.
    pub fn so_far(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// The answer to the next write whose path ends so is lost; the site carries it out.
    pub fn lose_next(&self, path: &'static str) {
        *self.losing.lock().unwrap() = Some(path);
    }
}

#[async_trait]
impl Transport for Counted {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let lost = {
            let mut losing = self.losing.lock().unwrap();
            losing.take_if(|it| path.ends_with(&**it)).is_some()
        };
        let answer = self.network.send(request).await?;
        if lost {
            let why = "the test lost it".to_owned();
            return Err(NetError::AnswerLost { host, why });
        }
        Ok(answer)
    }
}

pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

pub fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

/// The fields are put on a real site once for all tests: each alters a table.
static INSTALLED: OnceCell<()> = OnceCell::const_new();

/// Who writes a site's settings writes all of them.
static SETTINGS: Mutex<()> = Mutex::const_new(());

impl Site {
    /// Keeps other tests from writing this site's settings while some of them count.
    #[allow(clippy::unused_self, reason = "reads like the rest")]
    pub async fn settings(&self) -> MutexGuard<'static, ()> {
        SETTINGS.lock().await
    }

    /// A demo site of its own.
    pub async fn demo(version: ErpnextVersion) -> Self {
        let mut config = DemoConfig {
            seed: 11,
            erpnext_version: version,
            ..DemoConfig::default()
        };
        config.size.contacts = 3;
        config.size.invoices = 3;
        let books = serve(config).await.unwrap();
        let ready = books.ready.erpnext.clone();
        Self::at(&ready.url, &ready.key, &ready.secret, Some(books)).await
    }

    /// The site that `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and `_SECRET` name; none where they do
    /// not.
    pub async fn real() -> Option<Self> {
        let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
        let (Some(url), Some(key), Some(secret)) =
            (variable("URL"), variable("KEY"), variable("SECRET"))
        else {
            eprintln!("skipped: COUNTERFOIL_TEST_ERPNEXT_URL, _KEY and _SECRET are not set");
            return None;
        };
        Some(Self::at(&url, &key, &secret, None).await)
    }

    async fn at(url: &str, key: &str, secret: &str, demo: Option<Running>) -> Self {
        let calls = Arc::new(Counted {
            network: HttpTransport::new().unwrap(),
            sent: AtomicUsize::new(0),
            losing: Shared::default(),
        });
        let (client, site) = erpnext::connect::connect(
            Arc::clone(&calls) as Arc<dyn Transport>,
            Arc::new(net::SystemClock),
            erpnext::SiteUrl::parse(url).unwrap(),
            erpnext::ApiKey::new(key, secret),
        )
        .await
        .unwrap();
        assert_eq!(site.missing, []);
        if demo.is_some() {
            erpnext::marker_fields::install(&client, &()).await.unwrap();
        } else {
            INSTALLED
                .get_or_init(|| async {
                    erpnext::marker_fields::install(&client, &()).await.unwrap();
                })
                .await;
        }
        let company = site.companies[0].name.clone();
        let books = ErpnextBooks::new(client.clone(), company.clone());
        let profile = books.profile().await.unwrap();
        let chart = Chart::read(&client, &company).await.unwrap();
        let account = profile
            .accounts
            .iter()
            .find(|account| account.default)
            .unwrap()
            .key
            .clone();
        let rate = |rate: &str| {
            profile
                .taxes
                .iter()
                .find(|tax| tax.rate == Some(dec(rate)))
                .unwrap()
                .key
                .clone()
        };
        let id = uuid::Uuid::new_v4().simple().to_string();
        Self {
            client,
            books,
            chart,
            run: format!("{PREFIX}{}", &id[..8]),
            account,
            rates: [rate("20"), rate("5"), rate("0")],
            calls,
            demo,
        }
    }

    /// Whether this is the demo site.
    pub fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    pub fn id(&self, of: &str) -> RemoteId {
        RemoteId::new(self.mark(of))
    }

    /// An identity of Xero, in text.
    pub fn mark(&self, of: &str) -> String {
        format!("{}-{of}", self.run)
    }

    /// A document's number.
    pub fn number(&self, of: &str) -> String {
        format!("X-{}-{of}", self.run)
    }

    pub async fn send(&self, changes: Vec<Change>) -> Vec<Answer> {
        let prepared = self.prepared(changes).await;
        self.books.send(&prepared, &Exchanges::default()).await
    }

    /// The changes as they would be sent, each with what is read of the site for it.
    pub async fn prepared(&self, changes: Vec<Change>) -> Vec<Prepared> {
        let all: Vec<&Change> = changes.iter().collect();
        let held = self.books.hold(&all).await.unwrap();
        changes
            .into_iter()
            .zip(held)
            .map(|(change, held)| {
                let key = "key".into();
                self.books.prepare(&Write { key, change, held }).unwrap()
            })
            .collect()
    }

    pub async fn done(&self, change: Change) -> Pulled {
        match self.send(vec![change]).await.remove(0) {
            Answer::Done(pulled) => *pulled,
            other => panic!("{other:?}"),
        }
    }

    pub async fn customer(&self, of: &str) -> RemoteId {
        self.done(Change::Create {
            record: Record::Contact(Contact {
                name: format!("{of} {}", self.run),
                ..Contact::default()
            }),
            source: self.id(of),
            source_link: None,
        })
        .await
        .id
    }

    pub fn line(&self, quantity: &str, price: &str, amount: &str, rate: usize) -> Line {
        Line {
            id: None,
            description: "Work & <care>".into(),
            item_code: None,
            quantity: dec(quantity),
            unit_price: dec(price),
            discount_percent: None,
            amount: dec(amount),
            account: Some(self.account.clone()),
            tax: Some(self.rates[rate].clone()),
            tax_rate: None,
            tax_amount: None,
            tracking: None,
        }
    }

    /// An invoice with the totals Xero would compute.
    pub fn invoice(
        &self,
        of: &str,
        contact: &RemoteId,
        mode: PriceMode,
        lines: Vec<Line>,
    ) -> Document {
        let rates = [dec("20"), dec("5"), dec("0")];
        let taxed: Vec<_> = lines
            .iter()
            .map(|line| ledger::tax::TaxedAmount {
                amount: line.amount,
                rate: self
                    .rates
                    .iter()
                    .position(|key| Some(key) == line.tax.as_ref())
                    .map_or(Decimal::ZERO, |place| rates[place]),
            })
            .collect();
        let totals = ledger::tax::xero_totals(mode, &taxed);
        Document {
            number: Some(self.number(of)),
            contact: contact.clone(),
            contact_name: String::new(),
            state: DocumentState::Approved,
            date: day(11, 2),
            due_date: Some(day(12, 2)),
            currency: gbp(),
            exchange_rate: None,
            reference: Some("PO 1".into()),
            price_mode: mode,
            lines,
            net_total: totals.net,
            tax_total: totals.tax,
            total: totals.total,
            amount_due: totals.total,
            opening: false,
            against: None,
            allocations: Vec::new(),
        }
    }

    /// An invoice without tax that is submitted; its name.
    pub async fn owed(&self, of: &str, contact: &RemoteId, amount: &str) -> RemoteId {
        let invoice = self.invoice(
            of,
            contact,
            PriceMode::Exclusive,
            vec![self.line("1", amount, amount, 2)],
        );
        self.done(self.create(of, &invoice)).await.id
    }

    pub fn create(&self, of: &str, invoice: &Document) -> Change {
        Change::Create {
            record: Record::Invoice(invoice.clone()),
            source: self.id(of),
            source_link: None,
        }
    }

    /// One record as the site has it now; `None` where it has none.
    pub async fn now(&self, kind: Kind, id: &RemoteId) -> Option<Pulled> {
        let by = Lookup::Ids(vec![id.clone()]);
        self.books.find(kind, &by).await.unwrap().pop()
    }

    /// Why a change is not made: told before it is sent, or by the site.
    pub async fn refused(&self, change: Change) -> Cause {
        let held = self.books.hold(&[&change]).await.unwrap().remove(0);
        let key = "key".into();
        let prepared = match self.books.prepare(&Write { key, change, held }) {
            Err(cause) => return cause,
            Ok(prepared) => prepared,
        };
        let journal = Exchanges::default();
        match self.books.send(&[prepared], &journal).await.remove(0) {
            Answer::Refused { cause, .. } => cause,
            other => panic!("{other:?}"),
        }
    }

    /// Cancels a document as a person does.
    pub async fn cancel(&self, doctype: &str, name: &str) {
        let path = erpnext::site::document(doctype, name);
        let body = json!({"docstatus": 2});
        let put = http::Method::PUT;
        self.client.write(put, &path, &body).await.unwrap();
    }

    /// One document as the site holds it.
    pub async fn stored(&self, doctype: &str, name: &str) -> Value {
        self.client.document(doctype, name).await.unwrap().unwrap()
    }

    /// What is owed on an invoice, or left of a return.
    pub async fn outstanding(&self, name: &str) -> Decimal {
        let document = self.stored("Sales Invoice", name).await;
        erpnext::wire::row::exact(&document["outstanding_amount"].to_string()).unwrap()
    }

    async fn names(&self, doctype: &str, filters: Vec<Value>) -> Vec<(String, i64)> {
        let submits = doctype != "Customer";
        let mut fields = vec!["name"];
        if submits {
            fields.push("docstatus");
        }
        self.client
            .list(&List {
                doctype,
                parent: None,
                fields,
                filters,
                // A filter on a child table joins it, and leaves a bare name ambiguous.
                order_by: &format!("`tab{doctype}`.creation desc"),
                limit: 0,
            })
            .await
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row.name("name").unwrap(),
                    row.int("docstatus").unwrap_or_default(),
                )
            })
            .collect()
    }

    /// Cancels and deletes what this test has made, as far as a site lets that happen: documents with
    /// ledger entries stay, cancelled, and their customers, disabled.
    pub async fn clean_up(&self) {
        // The demo site is gone with the test.
        if self.is_demo() {
            return;
        }
        let own = json!(["name", "like", format!("%{}%", self.run)]);
        let customers: Vec<String> = self
            .names("Customer", vec![own])
            .await
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        if customers.is_empty() {
            return;
        }
        let journals = json!(["Journal Entry Account", "party", "in", customers]);
        let paid = json!(["party", "in", customers]);
        let bought = json!(["customer", "in", customers]);
        for (doctype, filters) in [
            (
                "Journal Entry",
                vec![journals, json!(["is_system_generated", "=", 0])],
            ),
            ("Payment Entry", vec![paid]),
            (
                "Sales Invoice",
                vec![bought.clone(), json!(["is_return", "=", 1])],
            ),
            ("Sales Invoice", vec![bought, json!(["is_return", "=", 0])]),
        ] {
            for (name, docstatus) in self.names(doctype, filters).await {
                let path = erpnext::site::document(doctype, &name);
                let (method, body) = match docstatus {
                    0 => (http::Method::DELETE, Value::Null),
                    1 => (http::Method::PUT, json!({"docstatus": 2})),
                    _ => continue,
                };
                // What refuses to go stays.
                self.client.write(method, &path, &body).await.ok();
            }
        }
        for name in customers {
            let path = erpnext::site::document("Customer", &name);
            let gone = self
                .client
                .write(http::Method::DELETE, &path, &Value::Null)
                .await;
            if gone.is_err() {
                let body = json!({"disabled": 1});
                self.client
                    .write(http::Method::PUT, &path, &body)
                    .await
                    .ok();
            }
        }
    }
}

pub fn contact_of(pulled: &Pulled) -> Contact {
    match pulled.record.as_ref().unwrap() {
        Record::Contact(contact) => contact.clone(),
        Record::Invoice(_) | Record::CreditNote(_) | Record::Payment(_) => {
            panic!("another kind")
        }
    }
}

pub fn invoice_of(pulled: &Pulled) -> Document {
    match pulled.record.as_ref().unwrap() {
        Record::Invoice(invoice) => invoice.clone(),
        Record::Contact(_) | Record::CreditNote(_) | Record::Payment(_) => {
            panic!("another kind")
        }
    }
}

pub fn payment_of(pulled: &Pulled) -> Payment {
    match pulled.record.as_ref().unwrap() {
        Record::Payment(payment) => payment.clone(),
        Record::Contact(_) | Record::Invoice(_) | Record::CreditNote(_) => {
            panic!("another kind")
        }
    }
}

pub fn note_of(pulled: &Pulled) -> Document {
    match pulled.record.as_ref().unwrap() {
        Record::CreditNote(note) => note.clone(),
        Record::Contact(_) | Record::Invoice(_) | Record::Payment(_) => panic!("another kind"),
    }
}

pub fn agrees(intended: &Document, pulled: &Pulled) {
    let got = invoice_of(pulled);
    assert_eq!(
        ledger::agreement::invoice_differences(intended, &got),
        [],
        "{:?}",
        intended.number
    );
    assert_eq!(got.number, intended.number);
    assert_eq!(got.amount_due, intended.amount_due, "{:?}", intended.number);
    assert_eq!(got.lines.len(), intended.lines.len());
}
