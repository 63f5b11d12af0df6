//! Replays of observed exchanges: status, error class and the values that matter.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use chrono::{DateTime, Duration, TimeZone as _, Utc};
use http::Request;
use serde_json::{Value, json};

use super::{Country, ErpnextConfig, ErpnextVersion, ErpnextWorld};
use crate::RemoteSystem as _;

mod changes;
mod contacts;
mod edits;
mod ends;
mod lists;
mod names_and_fields;
mod netted;
mod protocol;
mod refusals;
mod submitting;
mod tills;
mod totals;
mod totals_by_version;

struct Site {
    world: ErpnextWorld,
    now: DateTime<Utc>,
}

struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    fn exc_type(&self) -> &str {
        self.body["exc_type"].as_str().unwrap_or_default()
    }
    fn exception(&self) -> &str {
        self.body["exception"].as_str().unwrap_or_default()
    }
    fn data(&self) -> &Value {
        &self.body["data"]
    }
    fn messages(&self) -> Vec<Value> {
        let list: Vec<String> =
            serde_json::from_str(self.body["_server_messages"].as_str().unwrap_or("[]")).unwrap();
        list.iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect()
    }
    fn message(&self) -> String {
        self.messages()
            .last()
            .and_then(|message| message["message"].as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

impl Site {
    fn new() -> Self {
        Self::with(Country::GB, "GBP")
    }

    fn with(country: Country, currency: &str) -> Self {
        Self::of(ErpnextVersion::V15, country, currency)
    }

    fn of(version: ErpnextVersion, country: Country, currency: &str) -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 15, 25, 0).unwrap();
        let config = ErpnextConfig {
            version,
            site: "demo.localhost".into(),
            company: "Acme Ltd".into(),
            abbr: "ACM".into(),
            country,
            currency: currency.into(),
            time_zone: chrono_tz::Europe::London,
            api_key: "key".into(),
            api_secret: "secret".into(),
            seed: 7,
        };
        Self {
            world: ErpnextWorld::new(config, now),
            now,
        }
    }

    fn raw(&mut self, method: &str, path: &str, body: &[u8], auth: &str) -> Reply {
        self.now += Duration::milliseconds(100);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("Content-Type", "application/json");
        if !auth.is_empty() {
            request = request.header("Authorization", auth);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let response = self.world.handle(&request, self.now);
        Reply {
            status: response.status().as_u16(),
            body: serde_json::from_slice(response.body())
                .unwrap_or_else(|_| json!(String::from_utf8_lossy(response.body()))),
        }
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.raw(method, path, &bytes, "token key:secret")
    }

    fn get(&mut self, path: &str) -> Reply {
        self.call("GET", path, &Value::Null)
    }

    fn post(&mut self, doctype: &str, body: &Value) -> Reply {
        self.call("POST", &format!("/api/resource/{}", encode(doctype)), body)
    }

    fn put(&mut self, doctype: &str, name: &str, body: &Value) -> Reply {
        let path = format!("/api/resource/{}/{}", encode(doctype), encode(name));
        self.call("PUT", &path, body)
    }

    fn read(&mut self, doctype: &str, name: &str) -> Value {
        let path = format!("/api/resource/{}/{}", encode(doctype), encode(name));
        self.get(&path).body["data"].clone()
    }

    fn rpc(&mut self, method: &str, body: &Value) -> Reply {
        self.call("POST", &format!("/api/method/{method}"), body)
    }

    fn list(&mut self, doctype: &str, query: &[(&str, Value)]) -> Reply {
        let query: Vec<String> = query
            .iter()
            .map(|(key, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                format!("{key}={}", encode(&text))
            })
            .collect();
        self.get(&format!(
            "/api/resource/{}?{}",
            encode(doctype),
            query.join("&")
        ))
    }

    /// A customer and the item `SVC-1`, as the observed exchanges use them.
    fn furnished() -> Self {
        Self::furnished_of(ErpnextVersion::V15)
    }

    fn furnished_of(version: ErpnextVersion) -> Self {
        let mut site = Self::of(version, Country::GB, "GBP");
        assert_eq!(
            site.post("Customer", &json!({"customer_name": "SI Test"}))
                .status,
            200
        );
        let item = json!({"item_code": "SVC-1", "item_name": "Consulting", "item_group": "Services", "stock_uom": "Nos", "is_stock_item": 0});
        assert_eq!(site.post("Item", &item).status, 200);
        site
    }

    fn marker(&mut self) {
        let field = json!({"dt": "Sales Invoice", "fieldname": "xero_invoice_id", "label": "Xero Invoice ID", "fieldtype": "Data", "unique": 1, "no_copy": 1, "read_only": 1, "allow_on_submit": 1});
        assert_eq!(self.post("Custom Field", &field).status, 200);
    }
}

fn invoice(extra: &Value) -> Value {
    let mut body = json!({
        "customer": "SI Test",
        "company": "Acme Ltd",
        "items": [{"item_code": "SVC-1", "qty": 2, "rate": 50}],
    });
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn free(qty: &str, rate: &str) -> Value {
    json!({"item_name": "L", "description": "L", "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
        "income_account": "Sales - ACM",
        "qty": qty.parse::<serde_json::Number>().unwrap(),
        "rate": rate.parse::<serde_json::Number>().unwrap()})
}
