//! The world driven through its HTTP face.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contacts;
mod credits;
mod edits;
mod identity;
mod invoice_lines;
mod invoices;
mod limits;
mod organisations;
mod payments;
mod settings;
mod tokens;
mod traps;
mod webhooks;
mod writes;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Country, Grant, XeroConfig, XeroWorld};
use crate::RemoteSystem;

/// A world, a clock and a grant.
pub struct Bench {
    pub world: XeroWorld,
    pub now: DateTime<Utc>,
    pub grant: Grant,
}

pub struct Answered {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Answered {
    pub fn of(response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Answered {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value at a JSON pointer as text.
    pub fn at(&self, pointer: &str) -> String {
        match self.json().pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => format!("nothing at {pointer} in {}", self.text()),
        }
    }

    /// All validation messages of the first element.
    pub fn messages(&self) -> Vec<String> {
        let body = self.json();
        let element = body
            .pointer("/Elements/0")
            .or_else(|| body.pointer("/Invoices/0"))
            .or_else(|| body.pointer("/Allocations/0"))
            .unwrap();
        element["ValidationErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["Message"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub fn start() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

impl Bench {
    pub fn new(country: Country) -> Self {
        Self::with(XeroConfig::demo(country, 7))
    }

    pub fn with(config: XeroConfig) -> Self {
        let mut world = XeroWorld::new(config);
        world.observe(openapi::watch());
        let now = start();
        let grant = world.new_grant("COUNTERFOIL-DEMO-PKCE", now).unwrap();
        Bench { world, now, grant }
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    #[allow(clippy::needless_pass_by_value)] // callers build the request in place
    pub fn send(&mut self, request: http::Request<Bytes>) -> Answered {
        Answered::of(self.world.handle(&request, self.now))
    }

    pub fn builder(&self, method: &str, path: &str) -> http::request::Builder {
        http::Request::builder()
            .method(method)
            .uri(format!("http://localhost:5310/api.xro/2.0/{path}"))
            .header(
                "authorization",
                format!("Bearer {}", self.grant.access_token),
            )
            .header("xero-tenant-id", &self.grant.tenant_id)
            .header("accept", "application/json")
    }

    pub fn get(&mut self, path: &str) -> Answered {
        let request = self.builder("GET", path).body(Bytes::new()).unwrap();
        self.send(request)
    }

    pub fn get_since(&mut self, path: &str, since: &str) -> Answered {
        let request = self
            .builder("GET", path)
            .header("if-modified-since", since)
            .body(Bytes::new())
            .unwrap();
        self.send(request)
    }

    pub fn write(&mut self, method: &str, path: &str, body: &Value) -> Answered {
        let request = self
            .builder(method, path)
            .body(body.to_string().into())
            .unwrap();
        self.send(request)
    }

    pub fn contact(&mut self, name: &str) -> String {
        let answer = self.write("PUT", "Contacts", &json!({"Contacts": [{"Name": name}]}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.at("/Contacts/0/ContactID")
    }

    /// An invoice of one line on account 200.
    pub fn invoice(&mut self, contact: &str, number: &str, status: &str, unit: &str) -> String {
        let body = json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": number,
            "Date": "2026-11-01", "DueDate": "2026-12-01", "Status": status,
            "LineItems": [{"Description": "Work", "Quantity": "1", "UnitAmount": unit, "AccountCode": "200"}]});
        let answer = self.write("PUT", "Invoices", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.at("/Invoices/0/InvoiceID")
    }
}

/// One column of an array.
pub fn column(answer: &Answered, array: &str, name: &str) -> Vec<String> {
    answer.json()[array]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[name].as_str().unwrap_or_default().to_owned())
        .collect()
}
