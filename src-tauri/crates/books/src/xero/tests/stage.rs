//! The adapter, the simulated Xero behind it, and records to write.

use std::sync::Mutex;

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use engine::books::Exchanges;
use ledger::{Address, Contact, Document, DocumentState, Line, PriceMode, Record};
use net::{Clock, Governor, JumpClock, Limits, NetError, Priority, Request, Response, Transport};
use rand::SeedableRng;
use rust_decimal::Decimal;
use sandbox::RemoteSystem;
use sandbox::xero::{Country, XeroConfig, XeroWorld};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use xero::auth::{App, Endpoints, Grant, Session, StoreError, TokenStore, Tokens};

use super::super::*;

/// The world behind the transport, and what goes wrong on the way.
pub(super) struct Wire {
    pub(super) world: Mutex<XeroWorld>,
    clock: Arc<JumpClock>,
    /// How many of the next writes lose their answer after they were carried out.
    pub(super) lose: Mutex<u32>,
    /// What breaks, by the method and path of a request.
    pub(super) broken: Mutex<Option<Breaks>>,
    /// The id that the organisation says it has, where another one answers by now.
    pub(super) exchanged: Mutex<Option<&'static str>>,
    /// What becomes of an answer on its way, by the method and address of its request.
    pub(super) spoil: Mutex<Option<Spoil>>,
}

/// How the connection breaks at a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Before it.
    Unsent,
    /// After it was carried out.
    Unanswered,
    /// It does not: Xero answers with this status and these words, and carries nothing out.
    Answered(u16, &'static str),
}

/// Whether, and how, the connection breaks at a request.
pub(super) type Breaks = Box<dyn Fn(&str, &str) -> Option<Broken> + Send>;

/// Changes the body of an answer.
pub(super) type Spoil = Box<dyn Fn(&str, &http::Uri, &mut Value) + Send>;

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let breaks = self.broken.lock().unwrap();
        let broken = breaks
            .as_ref()
            .and_then(|breaks| breaks(request.method().as_str(), request.uri().path()));
        drop(breaks);
        if broken == Some(Broken::Unsent) {
            return Err(NetError::NotSent {
                host: "api.xero.com".into(),
                why: "refused".into(),
                certificate: false,
            });
        }
        if let Some(Broken::Answered(status, words)) = broken {
            let body = serde_json::json!({"ErrorNumber": 10, "Type": "ValidationException", "Message": words, "Detail": words});
            let answer = http::Response::builder().status(status);
            return Ok(answer.body(body.to_string().into()).unwrap());
        }
        let answer = self
            .world
            .lock()
            .unwrap()
            .handle(&request, self.clock.now());
        let mut lose = self.lose.lock().unwrap();
        let lost = *lose > 0 && request.method() != http::Method::GET;
        if lost || broken == Some(Broken::Unanswered) {
            *lose = lose.saturating_sub(u32::from(lost));
            return Err(NetError::AnswerLost {
                host: "api.xero.com".into(),
                why: "reset".into(),
            });
        }
        let exchanged = *self.exchanged.lock().unwrap();
        if let (Some(id), true) = (exchanged, request.uri().path().ends_with("/Organisation")) {
            let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
            body["Organisations"][0]["OrganisationID"] = id.into();
            body["Organisations"][0]["Name"] = "Another Organisation".into();
            let (parts, _) = answer.into_parts();
            return Ok(Response::from_parts(parts, body.to_string().into()));
        }
        if let Some(spoil) = &*self.spoil.lock().unwrap() {
            let mut body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            spoil(request.method().as_str(), request.uri(), &mut body);
            let (parts, _) = answer.into_parts();
            return Ok(Response::from_parts(parts, body.to_string().into()));
        }
        Ok(answer)
    }
}

#[derive(Default)]
pub(super) struct Kept(Mutex<Option<Tokens>>);

#[async_trait]
impl TokenStore for Kept {
    async fn load(&self) -> Result<Option<Tokens>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn save(&self, tokens: &Tokens) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(tokens.clone());
        Ok(())
    }
}

pub(super) struct Stage {
    pub(super) books: XeroBooks,
    pub(super) wire: Arc<Wire>,
    pub(super) clock: Arc<JumpClock>,
}

impl Stage {
    /// Nothing breaks from here on.
    pub(super) fn repair(&self) {
        *self.wire.broken.lock().unwrap() = None;
    }
}

pub(super) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

pub(super) fn stage() -> Stage {
    stage_of(XeroConfig::demo(Country::Gb, 7))
}

pub(super) fn stage_of(config: XeroConfig) -> Stage {
    let clock = Arc::new(JumpClock::at(noon()));
    let mut world = XeroWorld::new(config);
    world.observe(openapi::watch());
    let grant = world.new_grant("COUNTERFOIL-DEMO-PKCE", noon()).unwrap();
    let wire = Arc::new(Wire {
        world: Mutex::new(world),
        clock: clock.clone(),
        lose: Mutex::new(0),
        broken: Mutex::default(),
        exchanged: Mutex::new(None),
        spoil: Mutex::default(),
    });
    let tokens = Tokens {
        access: grant.access_token.into(),
        refresh: Some(grant.refresh_token.into()),
        expires_at: noon() + Duration::minutes(30),
        scopes: Vec::new(),
    };
    let session = Session::new(
        App {
            client_id: "COUNTERFOIL-DEMO-PKCE".into(),
            client_secret: None,
            grant: Grant::Code,
        },
        Endpoints::new(Some("http://localhost:1"), Some("http://localhost:1")).unwrap(),
        wire.clone(),
        Arc::new(Kept(Mutex::new(Some(tokens)))),
        clock.clone(),
    );
    let client = Client::new(
        Arc::new(session),
        Governor::new(Limits::XERO, clock.clone(), None),
        grant.tenant_id,
        Priority::Interactive,
        CancellationToken::new(),
        Box::new(rand::rngs::StdRng::seed_from_u64(1)),
    );
    Stage {
        books: XeroBooks::new(Arc::new(client)),
        wire,
        clock,
    }
}

impl Stage {
    pub(super) fn edit(&self, op: &Value) -> Value {
        self.clock.advance(Duration::seconds(1));
        let now = self.clock.now();
        let edited = self.wire.world.lock().unwrap().edit(op, now);
        edited.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    pub(super) async fn all(&self, kind: Kind) -> (Vec<Pulled>, Cursor) {
        let (mut rows, mut cursor) = (Vec::new(), Cursor::default());
        loop {
            let page = self.books.page(kind, &cursor).await.unwrap();
            rows.extend(page.rows);
            cursor = page.next;
            if !page.more {
                return (rows, cursor);
            }
        }
    }

    /// The identities of all records of a kind.
    pub(super) async fn standing(&self, kind: Kind) -> Vec<Seen> {
        let (mut seen, mut cursor) = (Vec::new(), Cursor::default());
        loop {
            let page = self.books.all(kind, &cursor).await.unwrap();
            seen.extend(page.seen);
            cursor = page.next;
            if !page.more {
                return seen;
            }
        }
    }

    pub(super) async fn write(&self, key: &str, change: Change) -> Answer {
        let prepared = self.prepared(key, change);
        self.books
            .send(&[prepared], &Exchanges::default())
            .await
            .remove(0)
    }

    pub(super) fn prepared(&self, key: &str, change: Change) -> Prepared {
        let write = Write {
            key: key.to_owned(),
            change,
            held: None,
        };
        self.books
            .prepare(&write)
            .unwrap_or_else(|cause| panic!("{key}: {cause:?}"))
    }

    pub(super) fn calls(&self) -> Vec<String> {
        let world = self.wire.world.lock().unwrap();
        world
            .calls()
            .iter()
            .map(|call| format!("{} {}", call.method, call.path))
            .collect()
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.wire.world.lock().unwrap().state()[kind]
            .as_array()
            .unwrap()
            .len()
    }
}

pub(super) fn done(answer: Answer) -> Pulled {
    match answer {
        Answer::Done(pulled) => *pulled,
        other => panic!("{other:?}"),
    }
}

pub(super) fn ann() -> Contact {
    Contact {
        name: "Ann's Bakery & Co".into(),
        email: Some("ann@bakery.example".into()),
        phone: Some("020 7946 0018".into()),
        tax_number: Some("GB123456789".into()),
        address: Some(Address {
            line1: Some("1 High Street".into()),
            city: Some("Leeds".into()),
            postal_code: Some("LS1 1AA".into()),
            country: Some("United Kingdom".into()),
            ..Address::default()
        }),
        ..Contact::default()
    }
}

pub(super) fn create_contact(contact: Contact, source: &str) -> Change {
    Change::Create {
        record: Record::Contact(contact),
        source: RemoteId::new(source),
        source_link: None,
    }
}

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn line(quantity: &str, price: &str, amount: &str) -> Line {
    Line {
        id: None,
        description: "Bread".into(),
        item_code: None,
        quantity: dec(quantity),
        unit_price: dec(price),
        discount_percent: None,
        amount: dec(amount),
        account: Some("200".into()),
        tax: Some("OUTPUT2".into()),
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

pub(super) fn invoice(number: &str, contact: &RemoteId, lines: Vec<Line>, tax: &str) -> Document {
    let net: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = dec(tax);
    Document {
        number: Some(number.into()),
        contact: contact.clone(),
        contact_name: String::new(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        due_date: NaiveDate::from_ymd_opt(2026, 12, 20),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: Some("PO 1".into()),
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: net,
        tax_total: tax,
        total: net + tax,
        amount_due: net + tax,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

pub(super) fn create_invoice(invoice: Document, source: &str) -> Change {
    Change::Create {
        record: Record::Invoice(invoice),
        source: RemoteId::new(source),
        source_link: Some(format!("http://localhost:8001/app/sales-invoice/{source}")),
    }
}
