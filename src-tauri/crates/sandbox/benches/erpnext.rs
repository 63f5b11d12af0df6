//! How long a large ERPNext demo site takes: `cargo bench -p sandbox --bench erpnext`.
//!
//! Plain timings, no statistics: 20,000 submitted invoices of two lines and a tax, then the lists
//! a client reads them by.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use sandbox::RemoteSystem as _;
use sandbox::erpnext::{Country, ErpnextConfig, ErpnextVersion, ErpnextWorld};
use serde_json::{Value, json};

const INVOICES: usize = 20_000;
const PAGE: usize = 500;

struct Site {
    world: ErpnextWorld,
    now: DateTime<Utc>,
}

impl Site {
    fn call(&mut self, path: &str, body: &Value) -> Value {
        self.now += TimeDelta::milliseconds(10);
        let request = http::Request::post(path)
            .header("Authorization", "token key:secret")
            .header("Content-Type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let response = self.world.handle(&request, self.now);
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(response.body()).unwrap()
    }
}

fn main() {
    let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
    let config = ErpnextConfig {
        version: ErpnextVersion::V15,
        site: "demo.localhost".into(),
        company: "Acme Ltd".into(),
        abbr: "ACM".into(),
        country: Country::GB,
        currency: "GBP".into(),
        time_zone: chrono_tz::Europe::London,
        api_key: "key".into(),
        api_secret: "secret".into(),
        seed: 7,
    };
    let mut site = Site {
        world: ErpnextWorld::new(config, now),
        now,
    };
    site.call(
        "/api/resource/Customer",
        &json!({"customer_name": "Acme Buyer"}),
    );
    let line = |qty: u32, rate: u32| json!({"item_name": "L", "description": "L", "uom": "Nos", "income_account": "Sales - ACM", "qty": qty, "rate": rate});
    let invoice = json!({
        "customer": "Acme Buyer", "company": "Acme Ltd", "docstatus": 1,
        "items": [line(2, 10), line(1, 3)],
        "taxes": [{"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20, "description": "VAT"}],
    });
    let began = Instant::now();
    for _ in 0..INVOICES {
        site.call("/api/resource/Sales%20Invoice", &invoice);
    }
    println!("{INVOICES} invoices: {:.1?}", began.elapsed());
    let ids: Vec<String> = (0..PAGE)
        .map(|at| format!("ACC-SINV-2026-{:05}", at + INVOICES / 4))
        .collect();
    let halfway = now + TimeDelta::milliseconds(10 * i64::try_from(INVOICES / 2).unwrap());
    let from = halfway.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    for (what, body) in [
        (
            "a page by modified",
            json!({"doctype": "Sales Invoice", "fields": ["*"], "filters": [["modified", ">=", from]], "order_by": "modified asc, name asc", "limit_page_length": PAGE}),
        ),
        (
            "500 by name",
            json!({"doctype": "Sales Invoice", "fields": ["*"], "filters": [["name", "in", ids]], "limit_page_length": 0}),
        ),
        (
            "their lines",
            json!({"doctype": "Sales Invoice Item", "parent": "Sales Invoice", "fields": ["*"], "filters": [["parent", "in", ids]], "limit_page_length": 0}),
        ),
        (
            "their payment ledger",
            json!({"doctype": "Payment Ledger Entry", "fields": ["*"], "filters": [["against_voucher_no", "in", ids]], "limit_page_length": 0}),
        ),
        (
            "a scan",
            json!({"doctype": "Sales Invoice", "fields": ["name"], "filters": [["po_no", "=", "x"]]}),
        ),
    ] {
        let began = Instant::now();
        let reply = site.call("/api/method/frappe.client.get_list", &body);
        println!(
            "{what}: {} rows, {:.1?}",
            reply["message"].as_array().map_or(0, Vec::len),
            began.elapsed()
        );
    }
}
