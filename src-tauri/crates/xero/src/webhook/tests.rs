#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const BODY: &str = r#"{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Invoices/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777","resourceId":"717f2bfc-c6d4-41fd-b238-3f2f0c0cf777","eventDateUtc":"2026-06-21T01:15:39.902","eventType":"Update","eventCategory":"INVOICE","tenantId":"c2cc9b6e-9458-4c7d-93cc-f02b81b0594f","tenantType":"ORGANISATION"}],"lastEventSequence":1,"firstEventSequence":1,"entropy":"S0m3r4Nd0mt3xt"}"#;

fn key() -> SecretString {
    // Looks like base64 and is used as the text it is.
    SecretString::from("BwyhmyjQJzMqRFvC8Ls3WjSgXl9v5ucNKB2kmzPmzPA=".to_owned())
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key().expose_secret().as_bytes()).unwrap();
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn the_right_signature_is_answered_200_and_every_other_401() {
    let body = BODY.as_bytes();
    let right = sign(body);
    assert_eq!(check(&key(), Some(&right), body), Answer::Taken);
    let empty = br#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"x"}"#;
    assert_eq!(check(&key(), Some(&sign(empty)), empty), Answer::Taken);
    let of_another = SecretString::from("another".to_owned());
    assert_eq!(check(&of_another, Some(&right), body), Answer::NotXeros);
    let respelled = BODY.replace(':', ": ");
    let (lower, short) = (right.to_lowercase(), &right[..right.len() - 4]);
    for (signature, body) in [
        (None, BODY),
        (Some(""), BODY),
        (Some("AAAA"), BODY),
        (Some("not base64"), BODY),
        (Some("ü"), BODY),
        (Some(lower.as_str()), BODY),
        (Some(short), BODY),
        (Some(right.as_str()), ""),
        (Some(right.as_str()), respelled.as_str()),
    ] {
        let answer = check(&key(), signature, body.as_bytes());
        assert_eq!(
            (answer, answer.status()),
            (Answer::NotXeros, 401),
            "{signature:?}"
        );
    }
    let huge = vec![b' '; LARGEST + 1];
    assert_eq!(check(&key(), Some(&sign(&huge)), &huge).status(), 413);
}

#[test]
fn events_are_hints_to_read() {
    let delivery = read(BODY.as_bytes()).unwrap();
    let uuid = |text: &str| Uuid::parse_str(text).unwrap();
    assert_eq!(
        delivery,
        Delivery {
            first: 1,
            last: 1,
            hints: vec![Hint {
                tenant: uuid("c2cc9b6e-9458-4c7d-93cc-f02b81b0594f"),
                category: Category::Invoice,
                id: uuid("717f2bfc-c6d4-41fd-b238-3f2f0c0cf777"),
                at: "2026-06-21T01:15:39.902".parse().ok(),
            }],
            others: 0,
        }
    );
    for (word, category) in [
        ("CONTACT", Some(Category::Contact)),
        ("Contact", Some(Category::Contact)),
        ("CREDITNOTE", Some(Category::CreditNote)),
        ("OVERPAYMENT", Some(Category::Overpayment)),
        ("PREPAYMENT", Some(Category::Prepayment)),
        ("SUBSCRIPTION", None),
        ("PAYMENT", None),
        ("", None),
    ] {
        let delivery = read(BODY.replace("INVOICE", word).as_bytes()).unwrap();
        let hints: Vec<_> = delivery.hints.iter().map(|hint| hint.category).collect();
        assert_eq!(hints, category.into_iter().collect::<Vec<_>>(), "{word}");
        assert_eq!(delivery.others, usize::from(category.is_none()), "{word}");
    }
    let strange_date = BODY.replace("2026-06-21T01:15:39.902", "yesterday");
    assert_eq!(read(strange_date.as_bytes()).unwrap().hints[0].at, None);
    let intent = br#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"x"}"#;
    assert_eq!(read(intent), Ok(Delivery::default()));
}

#[test]
fn what_is_no_delivery_is_refused() {
    let cases = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "<html>".to_owned(),
        r#"{"events":7}"#.to_owned(),
        r#"{"events":[7]}"#.to_owned(),
        r#"{"events":[{"eventCategory":7}]}"#.to_owned(),
        r#"{"events":[],"firstEventSequence":-1}"#.to_owned(),
        r#"{"events":[],"firstEventSequence":1e400}"#.to_owned(),
        r#"{"events":[{"eventCategory":"INVOICE"}]}"#.to_owned(),
        BODY.replace("c2cc9b6e", "c2cc9b6g"),
        BODY.replace("717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "../../etc"),
        BODY[..BODY.len() / 2].to_owned(),
        "[".repeat(100_000),
    ];
    for body in cases {
        assert!(read(body.as_bytes()).is_err(), "{body:.80}");
    }
    assert!(read(b"\xff").is_err());
}

#[test]
fn repetitions_and_gaps_are_told() {
    let mut seen = Seen::default();
    let ahead = |missing| Place::Ahead { missing };
    for (step, (first, last, place, highest)) in [
        // The first one ever may have any number: the app is older than this installation.
        (40, 42, Place::New, 42),
        (40, 42, Place::Repeated, 42),
        (41, 41, Place::Repeated, 42),
        (43, 43, Place::New, 43),
        (46, 47, ahead(2), 47),
        (44, 45, Place::New, 47),
        (40, 47, Place::Repeated, 47),
        (45, 48, Place::New, 48),
        (0, 0, Place::New, 48),
        (9, 3, Place::New, 48),
        (1, 2, Place::New, 48),
        (u64::MAX, u64::MAX, ahead(u64::MAX - 49), u64::MAX),
        (u64::MAX, u64::MAX, Place::Repeated, u64::MAX),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(seen.note(first, last), place, "step {step}");
        assert_eq!(seen.last(), highest, "step {step}");
    }
    let mut after_restart = Seen::up_to(48);
    assert_eq!(after_restart.note(48, 48), Place::Repeated);
    assert_eq!(after_restart.note(49, 49), Place::New);
    assert_eq!(Seen::up_to(0), Seen::default());
}

#[test]
fn a_thousand_gaps_are_remembered_and_no_more() {
    let mut seen = Seen::default();
    for number in 0..5000 {
        seen.note(number * 2 + 1, number * 2 + 1);
    }
    assert!(seen.ranges.len() <= GAPS, "{}", seen.ranges.len());
    assert_eq!(seen.note(9998, 9998), Place::New, "a young gap");
    assert_eq!(
        seen.note(2, 2),
        Place::Repeated,
        "an old one counts as filled"
    );
}

proptest! {
    /// However deliveries come, each event is taken once at least, and a repetition never again.
    #[test]
    fn numbers_seen_are_repetitions_and_others_are_not(
        deliveries in prop::collection::vec((1_u64..60, 0_u64..6), 1..60)
    ) {
        let mut seen = Seen::default();
        let mut known = std::collections::BTreeSet::new();
        for (first, more) in deliveries {
            let last = first + more;
            let all_known = (first..=last).all(|number| known.contains(&number));
            let place = seen.note(first, last);
            prop_assert_eq!(place == Place::Repeated, all_known);
            known.extend(first..=last);
        }
    }
}
