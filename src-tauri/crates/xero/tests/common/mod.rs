//! A simulated Xero behind the transport: it counts calls, takes its time, and refuses a sixth call
//! at once. Used by tests and benchmarks.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

pub mod import;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, TimeZone, Utc};
use net::governor::Spent;
use net::{Clock, Governor, Limits, NetError, Priority, Request, Response, Transport};
use rand::SeedableRng;
use sandbox::RemoteSystem;
use sandbox::xero::{Country, XeroConfig, XeroWorld};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xero::auth::{App, Endpoints, Grant, Session, StoreError, TokenStore, Tokens};
use xero::wire::batch::{Element, Target};
use xero::{Client, XeroError};

/// Answers a request in Xero's stead; `None` lets it through.
pub type Intercept =
    Box<dyn Fn(&Request, usize) -> Option<Result<Response, NetError>> + Send + Sync>;

/// The way to the simulated Xero.
pub struct Wire {
    pub world: Mutex<XeroWorld>,
    pub clock: Arc<dyn Clock>,
    /// How long each call takes.
    pub latency: Duration,
    /// Calls in progress at once that are still accepted.
    pub concurrent: usize,
    /// What goes wrong on the way; given each request and how many there were before.
    pub intercept: Mutex<Option<Intercept>>,
    in_progress: AtomicUsize,
    pub calls: AtomicUsize,
    pub refused: AtomicUsize,
    pub most_at_once: AtomicUsize,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        // Sign-in is neither counted nor limited.
        if !request.uri().path().starts_with("/api.xro/") {
            let now = self.clock.now();
            return Ok(self.world.lock().unwrap().handle(&request, now));
        }
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        let at_once = self.in_progress.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        let caught = {
            let intercept = self.intercept.lock().unwrap();
            intercept
                .as_ref()
                .and_then(|intercept| intercept(&request, before))
        };
        let answer = if let Some(caught) = caught {
            caught
        } else {
            let now = self.clock.now();
            let mut world = self.world.lock().unwrap();
            Ok(if at_once > self.concurrent {
                world.too_many_at_once(&request, now)
            } else {
                world.handle(&request, now)
            })
        };
        if self.latency > Duration::zero() {
            self.clock
                .sleep_until(self.clock.now() + self.latency)
                .await;
        }
        self.in_progress.fetch_sub(1, Ordering::Relaxed);
        if let Ok(answer) = &answer
            && answer.status() == http::StatusCode::TOO_MANY_REQUESTS
        {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }
}

#[derive(Default)]
pub struct Kept(pub Mutex<Option<Tokens>>);

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

/// A simulated organisation with a client of it.
pub struct Stage {
    pub wire: Arc<Wire>,
    pub session: Arc<Session>,
    pub governor: Governor,
    pub client: Client,
    pub tenant: String,
}

/// How a stage is set up.
pub struct Setting {
    pub clock: Arc<dyn Clock>,
    pub limits: Limits,
    pub world: sandbox::xero::Limits,
    pub priority: Priority,
    pub latency: Duration,
    pub before: Option<Spent>,
    /// Whether every answer is held against the official description.
    pub described: bool,
}

impl Setting {
    /// The same, without a look at each answer: for measurements.
    #[must_use]
    pub fn unwatched(self) -> Self {
        Self {
            described: false,
            ..self
        }
    }

    /// No limits on either side and no delay.
    pub fn free(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            limits: Limits {
                concurrent: 5,
                per_minute: None,
                per_day: None,
            },
            world: sandbox::xero::Limits {
                per_minute: u32::MAX,
                per_day: u32::MAX,
                app_per_minute: u32::MAX,
                concurrent: 5,
            },
            priority: Priority::Interactive,
            latency: Duration::zero(),
            before: None,
            described: true,
        }
    }

    /// Xero's limits as they are, for a first import.
    pub fn real(clock: Arc<dyn Clock>, per_day: u32) -> Self {
        Self {
            limits: Limits::XERO,
            world: sandbox::xero::Limits {
                per_day,
                ..sandbox::xero::Limits::default()
            },
            priority: Priority::History,
            latency: Duration::milliseconds(800),
            ..Self::free(clock)
        }
    }
}

pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

pub fn stage(setting: Setting) -> Stage {
    let now = setting.clock.now();
    let mut world = XeroWorld::new(XeroConfig {
        limits: setting.world,
        ..XeroConfig::demo(Country::Gb, 7)
    });
    if setting.described {
        world.observe(openapi::watch());
    }
    let grant = world.new_grant("COUNTERFOIL-DEMO-PKCE", now).unwrap();
    let wire = Arc::new(Wire {
        world: Mutex::new(world),
        clock: setting.clock.clone(),
        latency: setting.latency,
        concurrent: 5,
        intercept: Mutex::new(None),
        in_progress: AtomicUsize::new(0),
        calls: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
        most_at_once: AtomicUsize::new(0),
    });
    let tokens = Tokens {
        access: grant.access_token.into(),
        refresh: Some(grant.refresh_token.into()),
        expires_at: now + Duration::minutes(30),
        scopes: Vec::new(),
    };
    let session = Arc::new(Session::new(
        App {
            client_id: "COUNTERFOIL-DEMO-PKCE".into(),
            client_secret: None,
            grant: Grant::Code,
        },
        Endpoints::new(Some("http://localhost:1"), Some("http://localhost:1")).unwrap(),
        wire.clone(),
        Arc::new(Kept(Mutex::new(Some(tokens)))),
        setting.clock.clone(),
    ));
    let governor = Governor::new(setting.limits, setting.clock, setting.before);
    let client = Client::new(
        session.clone(),
        governor.clone(),
        grant.tenant_id.clone(),
        setting.priority,
        CancellationToken::new(),
        Box::new(rand::rngs::StdRng::seed_from_u64(1)),
    );
    Stage {
        wire,
        session,
        governor,
        client,
        tenant: grant.tenant_id,
    }
}

impl Stage {
    /// Lets something go wrong on the way from now on.
    pub fn intercept(
        &self,
        intercept: impl Fn(&Request, usize) -> Option<Result<Response, NetError>>
        + Send
        + Sync
        + 'static,
    ) {
        *self.wire.intercept.lock().unwrap() = Some(Box::new(intercept));
    }

    pub fn calls(&self) -> usize {
        self.wire.calls.load(Ordering::Relaxed)
    }

    pub fn refused(&self) -> usize {
        self.wire.refused.load(Ordering::Relaxed)
    }

    /// A person's edit inside Xero.
    pub fn edit(&self, op: &Value) -> Value {
        let now = self.wire.clock.now();
        let edited = self.wire.world.lock().unwrap().edit(op, now);
        edited.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    /// Creates one record and returns it as Xero then holds it.
    pub async fn create(&self, target: Target, element: Value) -> Value {
        static KEYS: AtomicUsize = AtomicUsize::new(0);
        let key = format!("create-{}", KEYS.fetch_add(1, Ordering::Relaxed));
        match self.write(target, "PUT", element, &key).await {
            Ok(Element::Written(value)) => value,
            other => panic!("{other:?}"),
        }
    }

    pub async fn write(
        &self,
        target: Target,
        method: &'static str,
        element: Value,
        key: &str,
    ) -> Result<Element, XeroError> {
        let mut written = self.client.write(target, method, &[element], key).await?;
        Ok(written.remove(0))
    }

    /// Enters contacts and invoices without counting any call.
    pub fn fill(&self, contacts: usize, invoices: usize) {
        let ids: Vec<String> = (0..contacts)
            .map(|index| {
                let made = self.edit(&json!({
                    "op": "create_contact",
                    "Name": format!("Customer {index}"),
                }));
                made["ContactID"].as_str().unwrap().to_owned()
            })
            .collect();
        for index in 0..invoices {
            let mut element = invoice(index, &ids[index % ids.len()]);
            element["op"] = json!("create_invoice");
            self.edit(&element);
        }
    }
}

/// An approved sales invoice of three lines.
pub fn invoice(index: usize, contact: &str) -> Value {
    let line = |number: usize| {
        json!({
            "Description": format!("Roses, bunch of {number}"),
            "Quantity": number,
            "UnitAmount": 12.5,
            "AccountCode": "200",
            "TaxType": "OUTPUT2",
        })
    };
    json!({
        "Type": "ACCREC",
        "InvoiceNumber": format!("INV-{index:06}"),
        "Contact": {"ContactID": contact},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineAmountTypes": "Exclusive",
        "Status": "AUTHORISED",
        "LineItems": (1..=3).map(line).collect::<Vec<_>>(),
    })
}
