//! A site to compute on: the demo site in this process, or a real one over HTTP.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{TimeDelta, TimeZone, Utc};
use erpnext::{ApiKey, Chart, Client, SiteUrl, marker_fields, site};
use http::Method;
use ledger::Currency;
use net::{Clock, JumpClock, NetError, Request, Response, Transport};
use sandbox::RemoteSystem;
use sandbox::erpnext::{Country, ErpnextConfig, ErpnextVersion, ErpnextWorld};
use serde_json::{Value, json};

#[path = "answers.rs"]
pub mod answers;

/// The company the documents are made in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub name: String,
    pub abbreviation: String,
    pub currency: String,
}

/// The site's settings that decide about cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub method: &'static str,
    pub round_each_line: bool,
}

impl Setting {
    /// How a site rounds now.
    pub async fn of(site: &Site) -> Self {
        let settings = site
            .client
            .document("System Settings", "System Settings")
            .await
            .unwrap()
            .unwrap();
        SETTINGS
            .into_iter()
            .find(|setting| {
                settings["rounding_method"] == setting.method
                    && site.chart.figures.round_each_line == setting.round_each_line
            })
            .unwrap()
    }
}

/// The four there are.
pub const SETTINGS: [Setting; 4] = [
    Setting {
        method: "Banker's Rounding",
        round_each_line: false,
    },
    Setting {
        method: "Banker's Rounding",
        round_each_line: true,
    },
    Setting {
        method: "Commercial Rounding",
        round_each_line: false,
    },
    Setting {
        method: "Commercial Rounding",
        round_each_line: true,
    },
];

/// Item Tax Templates, with the rate on the first and on the second tax account.
pub const TEMPLATES: [(&str, &str, Option<&str>); 8] = [
    ("F- Standard", "20", None),
    ("F- Reduced", "5", None),
    ("F- Zero", "0", None),
    ("F- Half", "12.5", None),
    ("F- State", "8.25", None),
    ("F- Odd", "17.655", None),
    ("F- Two", "9", Some("9")),
    ("F- Levy only", "0", Some("2.5")),
];

/// Customers: the currency of their documents, and whether they have a receivable account in it.
pub const CUSTOMERS: [(&str, &str, bool); 7] = [
    ("F- Home", "", true),
    ("F- Euro", "EUR", true),
    ("F- Dollar", "USD", true),
    ("F- Yen", "JPY", true),
    ("F- Dinar", "KWD", true),
    ("F- Franc", "CHF", true),
    // Billed in euros, owing in the company's currency.
    ("F- Abroad", "EUR", false),
];

#[derive(Clone)]
pub struct Site {
    pub client: Client,
    pub chart: Chart,
    pub company: Company,
    /// How many calls have been made.
    pub calls: Arc<AtomicUsize>,
    /// Calls to have in flight while writing.
    writers: usize,
}

/// Counts the calls on their way.
struct Counted<T> {
    inner: T,
    calls: Arc<AtomicUsize>,
}

#[async_trait]
impl<T: Transport> Transport for Counted<T> {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

fn counted<T: Transport + 'static>(inner: T) -> (Arc<dyn Transport>, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let transport = Counted {
        inner,
        calls: calls.clone(),
    };
    (Arc::new(transport), calls)
}

/// The real site that `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and `_SECRET` name, if they do.
pub fn real_address() -> Option<(SiteUrl, ApiKey)> {
    let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
    let (url, key, secret) = (variable("URL")?, variable("KEY")?, variable("SECRET")?);
    Some((SiteUrl::parse(&url).unwrap(), ApiKey::new(&key, &secret)))
}

struct InProcess {
    world: Mutex<ErpnextWorld>,
    clock: Arc<JumpClock>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        self.clock.advance(TimeDelta::milliseconds(20));
        Ok(self
            .world
            .lock()
            .unwrap()
            .handle(&request, self.clock.now()))
    }
}

impl Site {
    /// The demo site, with the accounts and customers the documents need.
    pub async fn demo(company: &Company, version: ErpnextVersion) -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let world = ErpnextWorld::new(
            ErpnextConfig {
                version,
                site: "demo.localhost".into(),
                company: company.name.clone(),
                abbr: company.abbreviation.clone(),
                country: Country::GB,
                currency: company.currency.clone(),
                time_zone: chrono_tz::Europe::London,
                api_key: "key".into(),
                api_secret: "secret".into(),
                seed: 4,
            },
            now,
        );
        let clock = Arc::new(JumpClock::at(now));
        let (transport, calls) = counted(InProcess {
            world: Mutex::new(world),
            clock: clock.clone(),
        });
        let url = SiteUrl::parse("http://localhost").unwrap();
        let key = ApiKey::new("key", "secret");
        let client = Client::new(transport, clock, url, key);
        Self::furnished(client, calls, company.clone(), 1).await
    }

    /// The real site, if there is one.
    pub async fn real() -> Option<Self> {
        let (url, key) = real_address()?;
        let (transport, calls) = counted(net::HttpTransport::new().unwrap());
        let (client, found) =
            erpnext::connect::connect(transport, Arc::new(net::SystemClock), url, key)
                .await
                .unwrap();
        let first = &found.companies[0];
        let company = Company {
            name: first.name.clone(),
            abbreviation: first.abbreviation.clone().unwrap(),
            currency: first.currency.unwrap().code().to_owned(),
        };
        eprintln!("real site: ERPNext {} at {}", found.version, found.url);
        Some(Self::furnished(client, calls, company, 3).await)
    }

    async fn furnished(
        client: Client,
        calls: Arc<AtomicUsize>,
        company: Company,
        writers: usize,
    ) -> Self {
        marker_fields::install(&client, &()).await.unwrap();
        let chart = Chart::read(&client, &company.name).await.unwrap();
        let mut site = Self {
            client,
            chart,
            company,
            calls,
            writers,
        };
        site.furnish().await;
        site.refresh().await;
        site
    }

    async fn refresh(&mut self) {
        self.chart = Chart::read(&self.client, &self.company.name).await.unwrap();
    }

    /// The company's account of that name.
    pub fn account(&self, name: &str) -> String {
        format!("{name} - {}", self.company.abbreviation)
    }

    /// The receivable account for a customer's documents.
    pub fn receivable(&self, customer: usize) -> String {
        match CUSTOMERS[customer] {
            (_, "", _) | (_, _, false) => self.account("Debtors"),
            (_, currency, true) => self.account(&format!("F- Debtors {currency}")),
        }
    }

    /// The currency of a customer's documents.
    pub fn currency(&self, customer: usize) -> Currency {
        let code = match CUSTOMERS[customer].1 {
            "" => &self.company.currency,
            code => code,
        };
        Currency::new(code).unwrap()
    }

    /// Creates what is missing of a document that does not change.
    async fn ensure(&self, doctype: &str, name: &str, body: &Value) {
        let found = self.client.document(doctype, name).await.unwrap();
        if found.is_none() {
            let path = site::doctype(doctype);
            self.client.write(Method::POST, &path, body).await.unwrap();
        }
    }

    async fn furnish(&self) {
        let company = &self.company.name;
        for tax in ["F- Tax", "F- Levy"] {
            let body = json!({"account_name": tax, "company": company, "account_type": "Tax", "root_type": "Liability",
                "parent_account": self.account("Duties and Taxes")});
            self.ensure("Account", &self.account(tax), &body).await;
        }
        let tax = self.account("F- Tax");
        let levy = self.account("F- Levy");
        for (title, rate, on_levy) in TEMPLATES {
            let mut taxes = vec![json!({"tax_type": tax, "tax_rate": number(rate)})];
            taxes.extend(on_levy.map(|rate| json!({"tax_type": levy, "tax_rate": number(rate)})));
            let body = json!({"title": title, "company": company, "taxes": taxes});
            self.ensure("Item Tax Template", &self.account(title), &body)
                .await;
        }
        for (at, (name, currency, own)) in CUSTOMERS.into_iter().enumerate() {
            let mut customer = json!({"customer_name": name, "customer_type": "Company"});
            if own && !currency.is_empty() {
                let account = json!({"account_name": format!("F- Debtors {currency}"), "company": company,
                    "account_type": "Receivable", "root_type": "Asset", "account_currency": currency,
                    "parent_account": self.account("Accounts Receivable")});
                self.ensure("Account", &self.receivable(at), &account).await;
                customer["default_currency"] = json!(currency);
            }
            self.ensure("Customer", name, &customer).await;
        }
    }

    /// Switches the site's rounding.
    pub async fn set(&mut self, setting: Setting) {
        self.put(
            "System Settings",
            &json!({"rounding_method": setting.method}),
        )
        .await;
        self.put(
            "Accounts Settings",
            &json!({"round_row_wise_tax": u8::from(setting.round_each_line)}),
        )
        .await;
        self.refresh().await;
        assert_eq!(
            self.chart.figures.round_each_line, setting.round_each_line,
            "the site takes the setting"
        );
    }

    async fn put(&self, settings: &str, body: &Value) {
        let path = site::document(settings, settings);
        // A connection that was idle may be closed by the server just now; saying it twice is no harm.
        if self.client.write(Method::PUT, &path, body).await.is_err() {
            self.client.write(Method::PUT, &path, body).await.unwrap();
        }
    }
}

/// An exact JSON number.
pub fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
