//! The two sites: the demo site in this process, and a real one over HTTP.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use sandbox::RemoteSystem as _;
use sandbox::erpnext::{Country, ErpnextConfig, ErpnextVersion, ErpnextWorld};
use serde_json::{Value, json};

/// An answer: status and body.
pub type Answer = (u16, Value);

/// What a sequence needs of a site.
pub trait Site {
    /// Sends a request; the path is not encoded yet.
    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer;

    /// A list, by POST so that filters may be long. All rows, by name.
    fn list(&mut self, doctype: &str, fields: &[&str], filters: &Value) -> Vec<Value> {
        let body = json!({
            "doctype": doctype, "fields": fields, "filters": filters,
            "order_by": "name asc", "limit_page_length": 0,
        });
        let (status, answer) = self.call("POST", "/api/method/frappe.client.get_list", Some(&body));
        assert_eq!(status, 200, "{doctype}: {answer}");
        answer["message"].as_array().cloned().unwrap_or_default()
    }

    /// A document.
    fn get(&mut self, doctype: &str, name: &str) -> Value {
        let (status, answer) = self.call("GET", &format!("/api/resource/{doctype}/{name}"), None);
        assert_eq!(status, 200, "{doctype} {name}: {answer}");
        answer["data"].clone()
    }
}

/// The demo site.
pub struct Demo {
    world: ErpnextWorld,
    now: DateTime<Utc>,
}

impl Demo {
    /// A fresh site.
    pub fn open(version: ErpnextVersion) -> Self {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        Self::at(version, "Acme Ltd", "ACM", now)
    }

    /// A fresh site with the real one's version, company and day.
    pub fn like(real: &mut Real) -> Self {
        let company = real.company();
        let name = company["name"].as_str().unwrap().to_owned();
        let abbr = company["abbr"].as_str().unwrap().to_owned();
        let noon = format!("{}T12:00:00Z", real.today());
        Self::at(real.version(), &name, &abbr, noon.parse().unwrap())
    }

    fn at(version: ErpnextVersion, company: &str, abbr: &str, now: DateTime<Utc>) -> Self {
        let config = ErpnextConfig {
            version,
            site: "demo.localhost".into(),
            company: company.into(),
            abbr: abbr.into(),
            country: Country::GB,
            currency: "GBP".into(),
            time_zone: "Europe/London".parse().unwrap(),
            api_key: "key".into(),
            api_secret: "secret".into(),
            seed: 11,
        };
        Self {
            world: ErpnextWorld::new(config, now),
            now,
        }
    }
}

impl Site for Demo {
    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.now += Duration::milliseconds(100);
        let request = http::Request::builder()
            .method(method)
            .uri(path.replace(' ', "%20"))
            .header("Authorization", "token key:secret")
            .header("Content-Type", "application/json")
            .body(Bytes::from(body.map_or_else(String::new, Value::to_string)))
            .unwrap();
        let response = self.world.handle(&request, self.now);
        let status = response.status().as_u16();
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (status, body)
    }
}

/// A real site.
pub struct Real {
    url: String,
    token: String,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    company: Option<Value>,
}

impl Real {
    /// The site the environment names, if it names one.
    pub fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
        let (url, key, secret) = (variable("URL")?, variable("KEY")?, variable("SECRET")?);
        Some(Self {
            url: url.trim_end_matches('/').to_owned(),
            token: format!("token {key}:{secret}"),
            client: reqwest::Client::new(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            company: None,
        })
    }

    /// The company new documents belong to.
    pub fn company(&mut self) -> Value {
        if let Some(company) = &self.company {
            return company.clone();
        }
        let defaults = self.get("Global Defaults", "Global Defaults");
        let company = self.get("Company", defaults["default_company"].as_str().unwrap());
        self.company = Some(company.clone());
        company
    }

    /// The version it says it is.
    pub fn version(&mut self) -> ErpnextVersion {
        let (_, versions) = self.call(
            "GET",
            "/api/method/frappe.utils.change_log.get_versions",
            None,
        );
        let text = versions["message"]["erpnext"]["version"].as_str().unwrap();
        let major = text.split('.').next().unwrap_or_default();
        major.parse().unwrap()
    }

    /// The site's own day.
    pub fn today(&mut self) -> String {
        let (_, made) = self.call(
            "POST",
            "/api/resource/ToDo",
            Some(&json!({"description": "the day"})),
        );
        let name = made["data"]["name"].as_str().unwrap().to_owned();
        self.call("DELETE", &format!("/api/resource/ToDo/{name}"), None);
        made["data"]["date"].as_str().unwrap().to_owned()
    }

    /// A word no run before had, by the site's own count of documents.
    pub fn run_name(&mut self) -> String {
        let (_, made) = self.call(
            "POST",
            "/api/resource/ToDo",
            Some(&json!({"description": "a run"})),
        );
        made["data"]["name"].as_str().unwrap().to_owned()
    }
}

impl Site for Real {
    /// A deadlock with somebody else's request undoes the whole request, so it is asked again.
    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        loop {
            let answer = self.ask(method, path, body);
            if answer.1["exc_type"] != "QueryDeadlockError" {
                return answer;
            }
        }
    }
}

impl Real {
    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self
            .client
            .request(
                method.parse().unwrap(),
                format!("{}{}", self.url, path.replace(' ', "%20")),
            )
            .header("Authorization", &self.token)
            .header("Accept", "application/json");
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            (status, serde_json::from_str(&text).unwrap_or(Value::Null))
        })
    }
}
