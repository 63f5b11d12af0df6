use bytes::Bytes;
use serde_json::json;

use super::super::{Country, Limits, XeroConfig};
use super::{Answered, Bench};

#[test]
fn the_sixty_first_call_of_a_minute_is_refused() {
    let mut bench = Bench::new(Country::Gb);
    for n in 0..60 {
        let answer = bench.get("Organisation");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-minlimit-remaining"), (59 - n).to_string());
    }
    let refused = bench.get("Organisation");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-rate-limit-problem"), "minute");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(refused.header("x-daylimit-remaining"), "4940");
    bench.wait(60);
    assert_eq!(bench.get("Organisation").status, 200);
    assert_eq!(
        bench
            .world
            .calls()
            .iter()
            .map(|call| call.cost)
            .sum::<u32>(),
        61
    );
    assert_eq!(bench.world.calls()[60].status, 429);
    bench.world.reset_limits();
    assert_eq!(
        bench.get("Organisation").header("x-daylimit-remaining"),
        "4999"
    );
}

#[test]
fn refusals_without_a_token_cost_nothing() {
    let mut config = XeroConfig::demo(Country::Gb, 1);
    config.limits = Limits {
        per_day: 1,
        ..Limits::default()
    };
    let mut bench = Bench::with(config);
    let request = http::Request::builder()
        .uri("http://localhost/api.xro/2.0/Organisation")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(bench.send(request).status, 401);
    assert_eq!(bench.get("Organisation").status, 200);
    let refused = bench.get("Organisation");
    assert_eq!(refused.header("x-rate-limit-problem"), "day");
    assert_eq!(refused.header("retry-after"), "50400");
}

#[test]
fn one_call_too_many_at_once_has_no_retry_after() {
    let mut bench = Bench::new(Country::Gb);
    let request = bench.builder("GET", "Contacts").body(Bytes::new()).unwrap();
    let now = bench.now;
    let answer = Answered::of(bench.world.too_many_at_once(&request, now));
    assert_eq!(
        (answer.status, answer.header("x-rate-limit-problem")),
        (429, "concurrent")
    );
    assert_eq!(answer.header("retry-after"), "");
    assert_eq!(answer.header("x-minlimit-remaining"), "60");
}

fn keyed(bench: &mut Bench, key: &str, name: &str) -> Answered {
    let request = bench
        .builder("PUT", "Contacts")
        .header("Idempotency-Key", key)
        .body(json!({"Contacts": [{"Name": name}]}).to_string().into())
        .unwrap();
    bench.send(request)
}

#[test]
fn an_idempotency_key_replays_for_six_minutes_errors_included() {
    let mut bench = Bench::new(Country::Gb);
    let first = keyed(&mut bench, "k1", "Marine Systems");
    assert_eq!(first.status, 200);
    bench.wait(359);
    let replay = keyed(&mut bench, "k1", "Marine Systems");
    assert_eq!(
        replay.at("/Contacts/0/ContactID"),
        first.at("/Contacts/0/ContactID")
    );
    let other = keyed(&mut bench, "k1", "Someone Else");
    assert_eq!(other.status, 400);
    assert_eq!(
        other.at("/Message"),
        "Idempotency Key: k1 is used with a different request."
    );
    assert_eq!(keyed(&mut bench, "k2", "Marine Systems").status, 400);
    let state = bench.world.state();
    let id = state["Contacts"][0]["ContactID"].as_str().unwrap();
    bench
        .world
        .edit(
            &json!({"op": "archive_contact", "ContactID": id}),
            bench.now,
        )
        .unwrap();
    assert_eq!(
        keyed(&mut bench, "k2", "Marine Systems").status,
        400,
        "the error is replayed"
    );
    bench.wait(2);
    assert_eq!(
        keyed(&mut bench, "k1", "Marine Systems").status,
        200,
        "after six minutes the key is new"
    );
    assert_eq!(
        bench.world.state()["Contacts"].as_array().unwrap().len(),
        2,
        "a duplicate"
    );
}
