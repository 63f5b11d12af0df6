#![allow(clippy::unwrap_used)]

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, TimeZone as _};

use super::*;
use crate::RemoteSystem as _;
use crate::erpnext::{Country, ErpnextConfig, ErpnextVersion};

struct Bench {
    world: ErpnextWorld,
    now: DateTime<Utc>,
}

impl Bench {
    fn new() -> Self {
        Self::of(ErpnextVersion::V15)
    }

    fn of(version: ErpnextVersion) -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 15, 0, 0).unwrap();
        let config = ErpnextConfig {
            version,
            site: "demo.localhost".to_owned(),
            company: "Acme Ltd".to_owned(),
            abbr: "ACM".to_owned(),
            country: Country::GB,
            currency: "GBP".to_owned(),
            time_zone: chrono_tz::Europe::London,
            api_key: "key".to_owned(),
            api_secret: "secret".to_owned(),
            seed: 7,
        };
        let mut world = ErpnextWorld::new(config, now);
        world.watch();
        Bench { world, now }
    }

    fn edit(&mut self, operation: &Value) -> Value {
        self.now += TimeDelta::seconds(1);
        self.world.edit(operation, self.now).unwrap()
    }

    fn create(&mut self, doctype: &str, fields: &Value) -> String {
        let operation = json!({"op": "create", "doctype": doctype, "fields": fields});
        self.edit(&operation)["name"].as_str().unwrap().to_owned()
    }

    fn act(&mut self, op: &str, doctype: &str, name: &str) {
        self.edit(&json!({"op": op, "doctype": doctype, "name": name}));
    }

    fn customer(&mut self, name: &str) -> String {
        self.create("Customer", &json!({"customer_name": name}))
    }

    fn invoice(&mut self, customer: &str) -> String {
        self.create(
            "Sales Invoice",
            &json!({
                "customer": customer,
                "company": "Acme Ltd",
                "items": [{"item_name": "x", "description": "x", "qty": 1, "rate": 50,
                    "uom": "Hour", "income_account": "Sales - ACM"}],
            }),
        )
    }

    fn hook(&mut self, name: &str, fields: &Value) {
        let mut all = json!({
            "webhook_doctype": "Customer",
            "webhook_docevent": "on_update",
            "request_url": "http://localhost:9/in",
            "enabled": 1,
            "webhook_data": [{"fieldname": "name", "key": "name"}],
        });
        for (key, value) in fields.as_object().unwrap() {
            all[key] = value.clone();
        }
        self.edit(&json!({"op": "create", "doctype": "Webhook", "name": name, "fields": all}));
    }

    /// What subscribers hear, of the types that matter here.
    fn heard(&mut self) -> Vec<(String, String)> {
        self.world
            .take_updates()
            .into_iter()
            .filter(|update| {
                update.listed
                    && ["Customer", "Sales Invoice", "Payment Entry"]
                        .contains(&update.doctype.as_str())
            })
            .map(|update| {
                assert_eq!(update.user, "Administrator");
                (update.doctype, update.name)
            })
            .collect()
    }

    /// Sends what is due at this instant, and answers it well.
    fn sent(&mut self) -> Vec<HookDelivery> {
        let mut all = Vec::new();
        while let Some(delivery) = self.world.due_webhook(self.now) {
            let good = HookAnswer::Status(200, String::new());
            self.world.webhook_answered(delivery.id, &good, self.now);
            all.push(delivery);
        }
        all
    }

    /// The last part of each address that something is sent to.
    fn fired(&mut self) -> Vec<String> {
        self.sent()
            .iter()
            .map(|delivery| delivery.url.rsplit('/').next().unwrap().to_owned())
            .collect()
    }
}

/// [11#17-41], [12#13,#14]
#[test]
fn each_act_tells_what_it_tells_on_a_real_site() {
    let mut bench = Bench::new();
    for doctype in ["Customer", "Sales Invoice", "Payment Entry"] {
        for event in [
            "after_insert",
            "on_update",
            "on_submit",
            "on_cancel",
            "on_trash",
            "on_update_after_submit",
            "on_change",
        ] {
            bench.hook(
                &format!("{doctype} {event}"),
                &json!({
                    "webhook_doctype": doctype,
                    "webhook_docevent": event,
                    "request_url": format!("http://localhost:9/{}{event}", &doctype[..1]),
                }),
            );
        }
    }
    bench.world.take_updates();
    assert_eq!(
        bench.fired(),
        Vec::<String>::new(),
        "of webhooks nothing is told"
    );
    let of = |doctype: &str, name: &str| (doctype.to_owned(), name.to_owned());

    let customer = bench.customer("Told Ltd");
    assert_eq!(bench.heard(), [of("Customer", &customer)]);
    assert_eq!(bench.fired(), ["Cafter_insert", "Con_update"]);
    bench.act("disable", "Customer", &customer);
    assert_eq!(bench.heard(), [of("Customer", &customer)]);
    assert_eq!(bench.fired(), ["Con_update", "Con_change"]);
    bench.act("enable", "Customer", &customer);
    bench.edit(
        &json!({"op": "rename", "doctype": "Customer", "name": customer, "new_name": "New Ltd"}),
    );
    assert_eq!(
        bench.heard(),
        [of("Customer", &customer)],
        "of the rename nothing"
    );
    assert_eq!(bench.fired(), ["Con_update", "Con_change"]);
    let customer = "New Ltd".to_owned();

    let invoice = bench.invoice(&customer);
    assert_eq!(bench.heard(), [of("Sales Invoice", &invoice)]);
    assert_eq!(bench.fired(), ["Safter_insert", "Son_update"]);
    bench.act("submit", "Sales Invoice", &invoice);
    assert_eq!(bench.heard(), [of("Sales Invoice", &invoice)]);
    assert_eq!(bench.fired(), ["Son_update", "Son_submit", "Son_change"]);
    bench.edit(&json!({"op": "update", "doctype": "Sales Invoice", "name": invoice, "fields": {"po_no": "7"}}));
    assert_eq!(bench.heard(), [of("Sales Invoice", &invoice)]);
    assert_eq!(bench.fired(), ["Son_change"]);

    let payment = bench.edit(&json!({"op": "pay", "name": invoice}));
    let payment = payment["name"].as_str().unwrap().to_owned();
    assert_eq!(
        bench.heard(),
        [of("Payment Entry", &payment), of("Sales Invoice", &invoice)]
    );
    assert_eq!(
        bench.fired(),
        [
            "Pafter_insert",
            "Pon_update",
            "Pon_change",
            "Pon_submit",
            "Son_change"
        ]
    );
    bench.act("cancel", "Payment Entry", &payment);
    assert_eq!(
        bench.heard(),
        [of("Payment Entry", &payment), of("Sales Invoice", &invoice)]
    );
    assert_eq!(bench.fired(), ["Pon_cancel", "Pon_change", "Son_change"]);
    bench.act("cancel", "Sales Invoice", &invoice);
    bench.heard();
    assert_eq!(bench.fired(), ["Son_cancel", "Son_change"]);
    let draft = bench.invoice(&customer);
    bench.heard();
    bench.fired();
    bench.act("delete", "Sales Invoice", &draft);
    assert_eq!(bench.heard(), [of("Sales Invoice", &draft)]);
    assert_eq!(bench.fired(), ["Son_trash", "Son_change"]);
}

#[test]
fn a_refused_request_and_one_that_reads_tell_nothing() {
    let mut bench = Bench::new();
    bench.hook("one", &json!({}));
    bench.world.take_updates();
    let bad = json!({"op": "create", "doctype": "Customer", "fields": {"customer_name": "<"}});
    assert!(bench.world.edit(&bad, bench.now).is_err());
    assert_eq!(bench.world.take_updates(), []);
    assert_eq!(bench.sent(), []);
}

/// [11#2], [11#17], [11#47-50]
#[test]
fn deliveries_look_as_they_do_on_a_real_site() {
    let mut bench = Bench::new();
    bench.hook(
        "json",
        &json!({
            "request_structure": "JSON",
            "webhook_data": [],
            "webhook_json": "{\"doctype\":\"{{ doc.doctype }}\",\"name\":{{ doc.name | tojson }},\"docstatus\":{{ doc.docstatus }},\"xero_id\":\"{{ doc.xero_contact_id or \"\" }}\"}",
            "enable_security": 1,
            "webhook_secret": "whsec-test-1",
            "webhook_headers": [{"key": "Content-Type", "value": "application/json"}, {"key": "X-Sync", "value": "1"}],
        }),
    );
    bench.hook(
        "bare",
        &json!({"webhook_docevent": "after_insert", "webhook_data": []}),
    );
    bench.hook("never", &json!({"condition": "doc.tax_id == 'Z9'"}));
    bench.hook("off", &json!({"enabled": 0}));
    let name = bench.customer("Ümlaut \"q\"");
    let sent = bench.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(&sent[0].body[..], b"{}");
    let agent = ("User-Agent".to_owned(), "python-requests/2.32.5".to_owned());
    assert_eq!(sent[0].headers, std::slice::from_ref(&agent));
    assert_eq!(sent[0].timeout.as_secs(), 5);
    let body =
        r#"{"doctype": "Customer", "name": "\u00dcmlaut \"q\"", "docstatus": 0, "xero_id": ""}"#;
    assert_eq!(sent[1].body, body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"whsec-test-1");
    let signature = STANDARD.encode(hmac::sign(&key, body.as_bytes()));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        sent[1].headers,
        [
            agent,
            header("X-Frappe-Webhook-Signature", &signature),
            header("Content-Type", "application/json"),
            header("X-Sync", "1"),
        ]
    );
    bench.edit(
        &json!({"op": "update", "doctype": "Customer", "name": name, "fields": {"tax_id": "Z9"}}),
    );
    assert_eq!(bench.sent().len(), 2, "the condition holds now");
}

/// [11#42,#43,#45]
#[test]
fn one_worker_tries_three_times_and_keeps_the_others_waiting() {
    let mut bench = Bench::new();
    bench.hook("one", &json!({}));
    bench.customer("First Ltd");
    bench.customer("Second Ltd");
    let begin = bench.now;
    let at = |milliseconds: i64| begin + TimeDelta::milliseconds(milliseconds);
    let first = bench.world.due_webhook(begin).unwrap();
    assert_eq!(bench.world.due_webhook(begin), None, "one at a time");
    assert_eq!(bench.world.next_webhook(), None);
    let failed = HookAnswer::Status(503, "busy".to_owned());
    bench.world.webhook_answered(first.id, &failed, at(0));
    assert_eq!(bench.world.next_webhook(), Some(at(1000)));
    assert_eq!(bench.world.due_webhook(at(999)), None);
    assert_eq!(bench.world.due_webhook(at(1000)).unwrap(), first);
    bench
        .world
        .webhook_answered(first.id, &HookAnswer::TimedOut, at(6000));
    assert_eq!(bench.world.due_webhook(at(6000)).unwrap(), first, "at once");
    bench
        .world
        .webhook_answered(first.id, &HookAnswer::Unreachable, at(6000));
    assert_eq!(
        bench.world.next_webhook(),
        Some(at(13_000)),
        "the worker sleeps"
    );
    let second = bench.world.due_webhook(at(13_000)).unwrap();
    assert_eq!(second.body, r#"{"name": "Second Ltd"}"#);
    bench.world.webhook_answered(
        second.id,
        &HookAnswer::Status(204, String::new()),
        at(13_000),
    );
    assert_eq!(bench.world.next_webhook(), None);
    let log = bench.world.state()["Webhook Request Log"].clone();
    let errors: Vec<&Value> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["error"])
        .collect();
    assert_eq!(errors.len(), 4);
    assert_eq!(log[0]["response"], "busy");
    assert_eq!(log[0]["url"], "http://localhost:9/in");
    assert_eq!(
        errors[..3],
        ["HTTPError: 503", "ReadTimeout", "ConnectionError"]
    );
    assert_eq!(*errors[3], Value::Null);
}

#[test]
fn what_was_queued_for_a_webhook_deleted_since_is_not_sent() {
    let mut bench = Bench::new();
    bench.hook("one", &json!({}));
    bench.hook("two", &json!({"request_url": "http://localhost:9/two"}));
    bench.customer("First Ltd");
    bench.act("delete", "Webhook", "one");
    assert_eq!(bench.fired(), ["two"]);
}

/// Where the server itself saves an invoice again, 16 does it all, answers with a page about an
/// error and never sends the event.
#[test]
fn on_change_takes_the_answer_with_it_on_16() {
    for (version, told) in [(ErpnextVersion::V15, 200), (ErpnextVersion::V16, 500)] {
        let mut bench = Bench::of(version);
        bench.customer("Jones");
        bench.hook(
            "changed",
            &json!({"webhook_doctype": "Sales Invoice", "webhook_docevent": "on_change"}),
        );
        let mut post = |doctype: &str, body: &Value| {
            bench.now += TimeDelta::seconds(1);
            let request = http::Request::builder()
                .method("POST")
                .uri(format!("/api/resource/{}", doctype.replace(' ', "%20")))
                .header("Authorization", "token key:secret")
                .header("Content-Type", "application/json")
                .body(bytes::Bytes::from(body.to_string()))
                .unwrap();
            let response = bench.world.handle(&request, bench.now);
            (response.status().as_u16(), bench.fired().len())
        };
        let invoice = |docstatus: i32| {
            json!({"customer": "Jones", "docstatus": docstatus, "items": [{"item_name": "x",
                "description": "x", "qty": 1, "rate": 50, "uom": "Hour",
                "income_account": "Sales - ACM"}]})
        };
        let events = usize::from(told == 200);
        assert_eq!(
            post("Sales Invoice", &invoice(0)),
            (200, 0),
            "{version}: a draft"
        );
        let submitted = post("Sales Invoice", &invoice(1));
        assert_eq!(submitted, (told, events), "{version}: one POST");
        let payment = json!({"payment_type": "Receive", "party_type": "Customer",
            "party": "Jones", "paid_from": "Debtors - ACM", "paid_to": "Cash - ACM",
            "paid_amount": 50, "received_amount": 50, "docstatus": 1,
            "references": [{"reference_doctype": "Sales Invoice",
                "reference_name": "ACC-SINV-2026-00002", "allocated_amount": 50}]});
        let paid = post("Payment Entry", &payment);
        assert_eq!(paid, (told, events), "{version}: a payment");
        assert_eq!(bench.world.count_of("Payment Entry"), 1, "it is all stored");
        bench.act("submit", "Sales Invoice", "ACC-SINV-2026-00001");
        assert_eq!(bench.fired().len(), 1, "{version}: a submit by itself");
    }
}
