//! Requests, written down before they go out.

use ledger::{Kind, RemoteId, Said, Side};
use serde_json::{Value, json};

use super::{day, paired};
use crate::{
    IntentResult, IntentState, IntentWrite, LogOutcome, LogWrite, Settlement, SetupWriteState,
    Store, StoreError,
};

fn intent(key: &str) -> IntentWrite {
    IntentWrite {
        key: key.into(),
        side: Side::Erpnext,
        kind: Kind::Invoice,
        change: "create".into(),
        source: Some(RemoteId::new(key)),
        target: None,
        prepared: json!({"steps": [{"body": {"docstatus": 1, "modified": "{modified}"}}]}),
        fingerprint: Some("digest".into()),
    }
}

#[test]
fn the_requests_of_a_settled_write_are_kept_once_in_the_line_about_it() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let batch = ["told", "untold", "doubted"].map(intent);
    store
        .journal_intended(pairing, None, &batch, day(2))
        .unwrap();
    let steps = json!([{"body": {"docstatus": 1, "modified": "as it was sent"}}]);
    let line = |detail: Value| LogWrite {
        kind: Some(Kind::Invoice),
        to: Some(Side::Erpnext),
        xero_id: None,
        erpnext_id: None,
        title: "INV-1".into(),
        contact_name: "Acme".into(),
        total: None,
        outcome: LogOutcome::Created,
        message: Said::Created {
            side: Side::Erpnext,
        },
        detail: Some(detail),
    };
    let settled = |key: &str, state, log: Vec<LogWrite>| Settlement {
        intent: Some(IntentResult {
            key: key.into(),
            state,
            target: None,
            answer: None,
        }),
        log,
        ..Settlement::default()
    };
    let sent = json!({ "answers": [200], "steps": steps.clone() });
    let settlements = [
        settled(
            "told",
            IntentState::Confirmed,
            vec![
                line(json!({ "remark": "another line" })),
                line(sent.clone()),
            ],
        ),
        settled("untold", IntentState::Abandoned, Vec::new()),
        settled("doubted", IntentState::InDoubt, vec![line(sent.clone())]),
    ];
    store
        .settle(pairing, None, &settlements, None, day(3))
        .unwrap();
    let kept = |key: &str| {
        let how: String = store
            .read(|reading| {
                let sql = "SELECT typeof(prepared) FROM intents WHERE key = ?1";
                reading.raw().query_row(sql, [key], |row| row.get(0))
            })
            .unwrap();
        (how, store.intent(key).unwrap().unwrap().write.prepared)
    };
    assert_eq!(
        kept("told"),
        ("integer".to_owned(), json!({ "steps": steps }))
    );
    assert_eq!(
        kept("untold"),
        ("blob".to_owned(), intent("untold").prepared)
    );
    // What is still to be found out needs all that was written down.
    assert_eq!(
        kept("doubted"),
        ("text".to_owned(), intent("doubted").prepared)
    );
    // Once the line is no longer kept, neither are they.
    store.delete_log_before(day(9), 10).unwrap();
    assert_eq!(kept("told").1, Value::Null);
}

#[test]
fn a_request_that_is_worded_late_is_added_to_writes_under_way_and_to_no_others() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let late = json!({"steps": [{"body": {"docstatus": 1, "modified": "2026-03-02 12:00:00"}}]});
    let add = |keys: &[&str]| {
        let rows: Vec<(&str, Value)> = keys.iter().map(|key| (*key, late.clone())).collect();
        store.journal_requests(&rows)
    };
    let batch = [intent("a"), intent("b")];
    store
        .journal_intended(pairing, None, &batch, day(2))
        .unwrap();
    // Not before it was said that the batch goes out.
    assert!(matches!(add(&["a"]), Err(StoreError::NotFound(_))));
    store.journal_sent(&["a"], day(2)).unwrap();
    // All or none.
    assert!(matches!(add(&["a", "b"]), Err(StoreError::NotFound(_))));
    let prepared = |key: &str| store.intent(key).unwrap().unwrap().write.prepared;
    assert_eq!(prepared("a"), intent("a").prepared);
    add(&["a"]).unwrap();
    assert_eq!(prepared("a"), late);
    let settled = Settlement {
        intent: Some(IntentResult {
            key: "a".into(),
            state: IntentState::Confirmed,
            target: None,
            answer: None,
        }),
        ..Settlement::default()
    };
    store
        .settle(pairing, None, &[settled], None, day(3))
        .unwrap();
    assert_eq!(prepared("a"), late);
    assert!(matches!(add(&["a"]), Err(StoreError::NotFound(_))));
}

#[test]
fn what_set_up_writes_is_kept_with_its_answer_and_stays_when_the_pairing_ends() {
    let store = Store::open_in_memory().unwrap();
    let pairing = paired(&store);
    let request = json!({"method": "POST", "path": "/x", "body": {"fieldname": "f"}});
    let send = |pairing| {
        store
            .setup_sent(pairing, Side::Erpnext, &request, day(1))
            .unwrap()
    };
    let (first, second) = (send(None), send(Some(pairing)));
    let answer = json!({"status": 200, "body": {"data": {}}});
    let settle = |id, state| store.setup_settled(id, state, Some(&answer), day(2));
    settle(first, SetupWriteState::Confirmed).unwrap();
    assert!(
        settle(first, SetupWriteState::Refused).is_err(),
        "what is settled is final"
    );
    assert_eq!(store.setup_given_up(day(3)).unwrap(), 1);
    assert_eq!(store.setup_given_up(day(4)).unwrap(), 0);
    store.end_pairing(pairing, day(5)).unwrap();
    let all = store.setup_writes().unwrap();
    let seen: Vec<_> = all
        .iter()
        .map(|it| (it.id, it.state, it.answer.is_some(), it.settled_at))
        .collect();
    assert_eq!(
        seen,
        [
            (first, SetupWriteState::Confirmed, true, Some(day(2))),
            (second, SetupWriteState::InDoubt, false, Some(day(3))),
        ]
    );
    assert!(
        all.iter()
            .all(|it| it.request == request && it.side == Side::Erpnext)
    );
    assert_eq!(all[1].pairing, Some(pairing));
}
