//! Both simulated systems, the faults to inject and the simulated clock, as one pure value.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::erpnext::{ErpnextConfig, ErpnextVersion, ErpnextWorld};
use crate::faults::{Effect, Faults};
use crate::generator::{Country, DemoData, GeneratorConfig, generate, loading};
use crate::xero::{FurtherOrganisation, OAuthClient, XeroConfig, XeroWorld};
use crate::{RemoteSystem, System, control, pages};

/// The demo organisation's name in Xero.
pub const ORGANISATION: &str = "Maple Florist";
/// The same person's second organisation in Xero, nearly empty: what it takes to see that a sign-in
/// may reach several.
pub const SECOND_ORGANISATION: &str = "Fern & Co";
/// The demo company's name in ERPNext.
pub const COMPANY: &str = "Maple Florist Ltd";
/// The suffix of the company's ledger accounts.
pub const ABBREVIATION: &str = "MF";
/// The API key of the demo ERPNext's user.
pub const API_KEY: &str = "demo-key";
/// The API secret of the demo ERPNext's user.
pub const API_SECRET: &str = "demo-secret";
/// Key that the simulated Xero signs webhooks with.
pub const WEBHOOK_KEY: &str = "demo-webhook-key";
/// Ports of the redirect addresses that the demo apps have registered at the simulated Xero.
pub const REDIRECT_PORTS: [u16; 3] = [49210, 49211, 49212];

/// An app registered at the simulated Xero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoClient {
    /// The public client id.
    pub client_id: &'static str,
    /// The secret; none for an app of the type "Auth Code with PKCE".
    pub secret: Option<&'static str>,
}

/// The app a desktop uses: PKCE, no secret.
pub const fn default_client() -> DemoClient {
    DemoClient {
        client_id: "COUNTERFOIL-DEMO-PKCE",
        secret: None,
    }
}

/// The app a server uses: with a secret, and made before Xero had its narrower permissions.
pub const fn secret_client() -> DemoClient {
    DemoClient {
        client_id: "COUNTERFOIL-DEMO",
        secret: Some("demo-secret"),
    }
}

/// The custom connection a server may use instead: no browser, the first organisation only.
pub const fn custom_connection() -> DemoClient {
    DemoClient {
        client_id: "COUNTERFOIL-DEMO-CUSTOM",
        secret: Some("demo-custom-secret"),
    }
}

/// The redirect addresses registered for both demo apps that use the browser.
pub fn redirect_uris() -> Vec<String> {
    REDIRECT_PORTS
        .iter()
        .map(|port| format!("http://localhost:{port}/callback"))
        .collect()
}

/// What became of a request.
#[derive(Debug)]
pub struct Outcome {
    /// How much later than usual the reply comes. Only the HTTP servers wait for it.
    pub delay: Duration,
    /// The reply.
    pub reply: Reply,
}

/// What a sender gets to see.
#[derive(Debug)]
pub enum Reply {
    /// A whole answer.
    Response(Response<Bytes>),
    /// The answer's head, and only the beginning of its body. The request was carried out.
    CutOff {
        /// The head and what came of the body.
        response: Response<Bytes>,
        /// How long the body should have been, in bytes.
        whole: usize,
    },
    /// Nothing. The request was carried out.
    AnswerLost,
    /// Nothing. The request was not carried out.
    NotSent,
}

/// Both simulated systems with everything around them. Pure: the instant comes with each request.
pub struct DemoBooks {
    /// Simulated Xero.
    pub xero: XeroWorld,
    /// Simulated ERPNext.
    pub erpnext: ErpnextWorld,
    /// What both were filled with.
    pub data: DemoData,
    xero_faults: Faults,
    erpnext_faults: Faults,
    ahead: TimeDelta,
}

impl DemoBooks {
    /// Generates the books and enters them into both systems, ERPNext in the newest version that
    /// the demo site can be.
    ///
    /// # Errors
    /// What a simulated system refused, in words; a bug in the generator.
    pub fn open(config: GeneratorConfig, now: DateTime<Utc>) -> Result<Self, String> {
        Self::open_on(ErpnextVersion::default(), config, now)
    }

    /// Generates the books and enters them into both systems, ERPNext in that version.
    ///
    /// # Errors
    /// What a simulated system refused, in words; a bug in the generator.
    pub fn open_on(
        version: ErpnextVersion,
        config: GeneratorConfig,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        Self::enter(generate(config), version, now)
    }

    /// Enters generated books into both systems.
    ///
    /// # Errors
    /// As [`DemoBooks::open`].
    pub(crate) fn enter(
        data: DemoData,
        version: ErpnextVersion,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        let config = data.config;
        let begin = loading::begin(&data, now);
        let mut xero = XeroWorld::new(xero_config(config));
        let mut erpnext = ErpnextWorld::new(erpnext_config(config, version), begin);
        loading::load(&data, &mut xero, &mut erpnext, now)?;
        second_organisation(&mut xero, now)?;
        Ok(Self {
            xero,
            erpnext,
            data,
            xero_faults: Faults::default(),
            erpnext_faults: Faults::default(),
            ahead: TimeDelta::zero(),
        })
    }

    /// Answers one request at the caller's instant `now`, to which the simulated clock's lead is
    /// added. The control door and the pages for people are never subject to faults.
    pub fn handle(
        &mut self,
        system: System,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Outcome {
        let at_once = |response| Outcome {
            delay: Duration::ZERO,
            reply: Reply::Response(response),
        };
        if let Some(response) = control::answer(self, system, request, now) {
            return at_once(response);
        }
        if let Some(response) = pages::answer(self, system, request) {
            return at_once(response);
        }
        let now = self.now(now);
        let effect = self.faults_mut(system).strike(request);
        let mut delay = Duration::ZERO;
        let reply = match effect {
            None => Reply::Response(self.ask(system, request, now)),
            Some(Effect::Delay(milliseconds)) => {
                delay = Duration::from_millis(milliseconds);
                Reply::Response(self.ask(system, request, now))
            }
            Some(Effect::ExpireTokens) => {
                self.expire_tokens(now);
                Reply::Response(self.ask(system, request, now))
            }
            Some(Effect::DropAfterCommit) => {
                self.ask(system, request, now);
                Reply::AnswerLost
            }
            Some(Effect::DropBefore | Effect::Offline | Effect::Any) => Reply::NotSent,
            Some(Effect::Html) => {
                self.ask(system, request, now);
                Reply::Response(control::html(StatusCode::OK, PROXY_PAGE))
            }
            Some(Effect::CutOff) => {
                let response = self.ask(system, request, now);
                let whole = response.body().len();
                Reply::CutOff {
                    response: response.map(|body| body.slice(..whole / 2)),
                    whole,
                }
            }
            Some(Effect::Refuse(refusal)) => Reply::Response(match &refusal.body {
                Value::String(text) => control::text(refusal.status, text.clone()),
                body => control::json(
                    StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
                    body,
                ),
            }),
            Some(Effect::Site(trouble)) => {
                delay = trouble.delay();
                Reply::Response(match system {
                    System::Erpnext => self.erpnext.troubled(trouble, request, now),
                    System::Xero => control::text(503, "The service is unavailable".to_owned()),
                })
            }
            Some(Effect::ServerError(status)) => Reply::Response(control::text(
                status,
                "The service is unavailable".to_owned(),
            )),
            Some(Effect::TooManyRequests(too_many)) => {
                let mut response = control::text(429, "Too Many Requests".to_owned());
                if let Some(seconds) = too_many.retry_after {
                    response
                        .headers_mut()
                        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                if let Some(problem) = too_many
                    .problem
                    .and_then(|problem| HeaderValue::from_str(&problem).ok())
                {
                    response
                        .headers_mut()
                        .insert("x-rate-limit-problem", problem);
                }
                Reply::Response(response)
            }
        };
        Outcome { delay, reply }
    }

    /// As [`DemoBooks::handle`], for a server that has `in_progress` calls of Xero's API under way,
    /// this one included: one too many is refused.
    pub fn handle_among(
        &mut self,
        system: System,
        request: &Request<Bytes>,
        in_progress: u32,
        now: DateTime<Utc>,
    ) -> Outcome {
        if system == System::Xero && in_progress > self.xero.config().limits.concurrent {
            let now = self.now(now);
            return Outcome {
                delay: Duration::ZERO,
                reply: Reply::Response(self.xero.too_many_at_once(request, now)),
            };
        }
        self.handle(system, request, now)
    }

    fn ask(
        &mut self,
        system: System,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        match system {
            System::Xero => self.xero.handle(request, now),
            System::Erpnext => self.erpnext.handle(request, now),
        }
    }

    /// A person's edit, made inside a system.
    ///
    /// # Errors
    /// What that system would have told the person.
    pub fn edit(
        &mut self,
        system: System,
        operation: &Value,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let now = self.now(now);
        match system {
            System::Xero if operation.get("op") == Some(&Value::from("set_webhook")) => {
                // The app has one key, which is the one the ready line tells.
                let mut operation = operation.clone();
                if let Some(fields) = operation.as_object_mut() {
                    fields.entry("Key").or_insert(Value::from(WEBHOOK_KEY));
                }
                self.xero.edit(&operation, now)
            }
            System::Xero => self.xero.edit(operation, now),
            System::Erpnext => self.erpnext.edit(operation, now),
        }
    }

    /// Every record as a system holds it.
    pub fn state(&self, system: System) -> Value {
        match system {
            System::Xero => self.xero.state(),
            System::Erpnext => self.erpnext.state(),
        }
    }

    /// Each call a system received, with its cost against the limits.
    pub fn calls(&self, system: System) -> Value {
        match system {
            System::Xero => control::calls_of_xero(self.xero.calls()),
            System::Erpnext => self.erpnext.calls(),
        }
    }

    /// The rules for a system's faults.
    pub const fn faults(&self, system: System) -> &Faults {
        match system {
            System::Xero => &self.xero_faults,
            System::Erpnext => &self.erpnext_faults,
        }
    }

    /// Changes the rules for a system's faults.
    pub const fn faults_mut(&mut self, system: System) -> &mut Faults {
        match system {
            System::Xero => &mut self.xero_faults,
            System::Erpnext => &mut self.erpnext_faults,
        }
    }

    /// The simulated instant for the caller's instant.
    pub fn now(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.ahead
    }

    /// Advances the simulated clock of both systems.
    pub fn advance(&mut self, by: TimeDelta) {
        self.ahead += by;
    }

    /// Makes every access token issued so far expired, on both sides. ERPNext's API keys do not
    /// expire.
    pub fn expire_tokens(&mut self, now: DateTime<Utc>) {
        self.xero.expire_tokens(now);
        self.erpnext.expire_tokens(now);
    }
}

const PROXY_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in to the network</title></head>\
<body><h1>Guest network</h1><p>Please accept the terms to continue.</p></body></html>";

fn xero_config(config: GeneratorConfig) -> XeroConfig {
    let country = match config.country {
        Country::Gb => crate::xero::Country::Gb,
        Country::Nz => crate::xero::Country::Nz,
        Country::Au => crate::xero::Country::Au,
        Country::Us => crate::xero::Country::Us,
    };
    let client = |demo: DemoClient| OAuthClient {
        redirect_uris: redirect_uris(),
        ..OAuthClient::new(demo.client_id, demo.secret)
    };
    let demo = XeroConfig::demo(country, config.seed);
    XeroConfig {
        organisation_name: ORGANISATION.to_owned(),
        clients: vec![
            OAuthClient {
                several_organisations: true,
                ..client(default_client())
            },
            OAuthClient {
                broad_scopes: true,
                ..client(secret_client())
            },
            OAuthClient {
                custom_connection: true,
                redirect_uris: Vec::new(),
                ..client(custom_connection())
            },
        ],
        further: vec![FurtherOrganisation {
            tenant_id: Uuid::from_u128(demo.tenant_id.as_u128() ^ (1 << 64)),
            name: SECOND_ORGANISATION.to_owned(),
            country,
        }],
        ..demo
    }
}

/// A customer and a draft, so that the second organisation is not taken for the first.
fn second_organisation(xero: &mut XeroWorld, now: DateTime<Utc>) -> Result<(), String> {
    let customer = "Willow Garden Design";
    for edit in [
        json!({"op": "create_contact", "Name": customer}),
        json!({
            "op": "create_invoice",
            "Contact": {"Name": customer},
            "LineItems": [{"Description": "Ferns", "Quantity": 12, "UnitAmount": 4.5, "AccountCode": "200"}],
        }),
    ] {
        let mut edit = edit;
        if let Some(fields) = edit.as_object_mut() {
            fields.insert("Organisation".to_owned(), SECOND_ORGANISATION.into());
        }
        xero.edit(&edit, now)?;
    }
    Ok(())
}

fn erpnext_config(config: GeneratorConfig, version: ErpnextVersion) -> ErpnextConfig {
    let (country, time_zone) = match config.country {
        Country::Gb => (crate::erpnext::Country::GB, chrono_tz::Europe::London),
        Country::Nz => (crate::erpnext::Country::NZ, chrono_tz::Pacific::Auckland),
        Country::Au => (crate::erpnext::Country::AU, chrono_tz::Australia::Sydney),
        Country::Us => (crate::erpnext::Country::US, chrono_tz::America::New_York),
    };
    ErpnextConfig {
        version,
        site: "demo.localhost".to_owned(),
        company: COMPANY.to_owned(),
        abbr: ABBREVIATION.to_owned(),
        country,
        currency: config.country.currency().to_owned(),
        time_zone,
        api_key: API_KEY.to_owned(),
        api_secret: API_SECRET.to_owned(),
        seed: config.seed,
    }
}
