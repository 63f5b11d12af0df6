use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Country, WebhookConfig, WebhookStatus};
use super::Bench;

fn subscribed(duplicates: bool, reversed: bool) -> Bench {
    let mut bench = Bench::new(Country::Gb);
    let config = WebhookConfig {
        url: "http://localhost:9/hook".to_owned(),
        key: "demo-webhook-key".to_owned(),
        duplicates,
        reversed,
    };
    bench.world.set_webhook(Some(config), bench.now);
    bench
}

fn right(body: &[u8], signature: &str) -> bool {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"demo-webhook-key");
    aws_lc_rs::hmac::verify(&key, body, &STANDARD.decode(signature).unwrap()).is_ok()
}

/// Answers all that is due as a good receiver does; gives the events received.
fn receive(bench: &mut Bench) -> Vec<Value> {
    let mut events = Vec::new();
    for delivery in bench.world.due_webhooks(bench.now) {
        let good = right(&delivery.body, &delivery.signature);
        let status = if good { 200 } else { 401 };
        bench
            .world
            .webhook_answered(delivery.id, Some(status), bench.now);
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        events.extend(body["events"].as_array().unwrap().iter().cloned());
    }
    events
}

#[test]
fn an_address_proves_itself_and_hears_of_changes() {
    let mut bench = subscribed(false, false);
    assert_eq!(
        bench.world.webhook_status(),
        Some(WebhookStatus::IntentToReceive)
    );
    assert_eq!(receive(&mut bench), Vec::<Value>::new());
    assert_eq!(bench.world.webhook_status(), Some(WebhookStatus::Ok));
    let contact = bench.contact("Heard Ltd");
    let events = receive(&mut bench);
    assert_eq!(events.len(), 1);
    assert_eq!(
        (
            &events[0]["eventCategory"],
            &events[0]["eventType"],
            &events[0]["resourceId"]
        ),
        (&json!("CONTACT"), &json!("CREATE"), &json!(contact))
    );
    assert_eq!(events[0]["eventDateUtc"], "2026-11-22T10:00:00.000");
    bench.wait(1);
    let invoice = bench.invoice(&contact, "W-1", "AUTHORISED", "10");
    receive(&mut bench);
    bench.wait(1);
    bench.write(
        "PUT",
        "Payments",
        &json!({"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, "Amount": 12}),
    );
    let events = receive(&mut bench);
    assert_eq!(events.len(), 1, "payments have no event of their own");
    assert_eq!(
        (&events[0]["eventCategory"], &events[0]["eventType"]),
        (&json!("INVOICE"), &json!("UPDATE"))
    );
    bench.get("Invoices");
    let wrong = bench.write("PUT", "Contacts", &json!({"Name": "Heard Ltd"}));
    assert_eq!(wrong.status, 400);
    assert_eq!(receive(&mut bench), Vec::<Value>::new(), "nothing changed");
}

#[test]
fn an_address_that_takes_every_signature_is_disabled() {
    let mut bench = subscribed(false, false);
    for delivery in bench.world.due_webhooks(bench.now) {
        bench
            .world
            .webhook_answered(delivery.id, Some(200), bench.now);
    }
    assert_eq!(bench.world.webhook_status(), Some(WebhookStatus::Disabled));
}

#[test]
fn failed_deliveries_are_repeated_at_once_then_every_quarter_of_an_hour_for_a_day() {
    let mut bench = subscribed(false, false);
    receive(&mut bench);
    bench.contact("Retried Ltd");
    let mut tries = 0;
    for _ in 0..200 {
        for delivery in bench.world.due_webhooks(bench.now) {
            tries += 1;
            bench.world.webhook_answered(delivery.id, None, bench.now);
        }
        if tries > 1 {
            bench.wait(15 * 60);
        }
    }
    assert_eq!(tries, 98, "two at once, then 96 quarters of an hour");
    assert_eq!(bench.world.webhook_status(), Some(WebhookStatus::Disabled));
}

#[test]
fn events_come_twice_and_out_of_order_when_asked() {
    let mut bench = subscribed(true, true);
    receive(&mut bench);
    bench.contact("One Ltd");
    bench.wait(1);
    bench.contact("Two Ltd");
    let dates: Vec<Value> = receive(&mut bench)
        .iter()
        .map(|event| event["eventDateUtc"].clone())
        .collect();
    let (one, two) = ("2026-11-22T10:00:00.000", "2026-11-22T10:00:01.000");
    assert_eq!(dates, [two, two, one, one]);
}
