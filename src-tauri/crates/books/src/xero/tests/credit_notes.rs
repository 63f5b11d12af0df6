//! Credit notes: each verb sent to the demo organisation and read back.

mod broken;
mod refused;
mod uses;

use ledger::{Allocation, Document, DocumentState};

use super::stage::{Broken, Stage};
use super::trade::{books, customer, day, due, sold, sold_in, text};
use super::used::{allocate, calls_since, end, now, one_more, parts, send};
use super::*;

/// A credit note of this much and 20 % tax.
fn note(contact: &str, number: &str, net: &str) -> Document {
    let tax = (dec(net) * dec("0.2")).round_dp(2);
    let lines = vec![line("1", net, net)];
    Document {
        due_date: None,
        ..invoice(number, &RemoteId::new(contact), lines, &tax.to_string())
    }
}

fn create(note: Document) -> Change {
    let source = RemoteId::new(format!("RET {}", note.number.as_deref().unwrap()));
    Change::Create {
        record: Record::CreditNote(note),
        source,
        source_link: Some("http://localhost:8001/app/sales-invoice/RET".into()),
    }
}

fn update(of: &Pulled, to: Document) -> Change {
    Change::Update {
        id: of.id.clone(),
        version: of.version.clone(),
        from: of.record.clone().unwrap(),
        to: Record::CreditNote(to),
        source: RemoteId::new("RET"),
        source_link: None,
        under_way: false,
    }
}

/// A use that is new.
fn used(invoice: &str, amount: &str) -> Allocation {
    Allocation {
        id: None,
        invoice: RemoteId::new(invoice),
        date: Some(day(21)),
        amount: dec(amount),
    }
}

fn said(of: &Pulled) -> &Document {
    match &of.record {
        Ok(Record::CreditNote(note)) => note,
        other => panic!("{other:?}"),
    }
}

async fn found(stage: &Stage, by: Lookup) -> Vec<Pulled> {
    stage.books.find(Kind::CreditNote, &by).await.unwrap()
}

#[tokio::test]
async fn a_credit_note_is_created_found_and_voided() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let wanted = note(&ann, "RET-1", "100");
    let prepared = stage.prepared("k1", create(wanted.clone()));
    let path = "/api.xro/2.0/CreditNotes?summarizeErrors=false&unitdp=4";
    assert_eq!(
        (&*prepared.steps[0].method, &*prepared.steps[0].path),
        ("PUT", path)
    );
    assert_eq!(prepared.find, Lookup::Titles(vec!["RET-1".into()]));
    let before = stage.calls().len();
    let wire = Exchanges::default();
    let made = done(
        stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await
            .remove(0),
    );
    assert_eq!(stage.calls().split_off(before), [format!("PUT {path}")]);
    let exchange = wire.take("k1").remove(0);
    assert!(prepared.says(&exchange.request));
    assert_eq!(exchange.answer.unwrap().body["CreditNoteNumber"], "RET-1");
    let read = said(&made);
    assert_eq!(
        (read.net_total, read.tax_total, read.total, read.amount_due),
        (dec("100.00"), dec("20.00"), dec("120.00"), dec("120.00"))
    );
    assert_eq!(
        (read.number.as_deref(), read.date, read.due_date),
        (Some("RET-1"), day(20), None)
    );
    assert_eq!(
        (read.lines[0].tax_rate, &read.allocations[..]),
        (Some(dec("20")), &[][..])
    );

    // It is what the list says, and what every look-up does; invoices are none of it.
    sold(&stage, &ann, "I-1", 10);
    let (listed, _) = stage.all(Kind::CreditNote).await;
    assert_eq!(listed, std::slice::from_ref(&made));
    let odd = RemoteId::new("unreadable RET \" 7");
    for by in [
        Lookup::Ids(vec![odd.clone(), made.id.clone()]),
        Lookup::Titles(vec!["RET-1".into(), "RET-\"2\"".into()]),
        Lookup::Markers(vec![RemoteId::new("RET-1"), RemoteId::new("I-1")]),
    ] {
        assert_eq!(found(&stage, by).await, listed);
    }
    for none in [
        Lookup::Settling(vec![made.id.clone()]),
        Lookup::Ids(vec![odd]),
        Lookup::Titles(vec!["RET-11".into()]),
    ] {
        assert_eq!(found(&stage, none).await, []);
    }
    let standing = stage
        .books
        .all(Kind::CreditNote, &Cursor::default())
        .await
        .unwrap();
    let seen = &standing.seen[0];
    assert_eq!(
        (standing.seen.len(), standing.more, &seen.id),
        (1, false, &made.id)
    );
    assert!(
        stage
            .books
            .is_as_read(Kind::CreditNote, seen, &made.version)
    );
    // The specification of this list knows no other shape of it.
    let call = stage.calls().pop().unwrap();
    assert!(
        call.contains("order=CreditNoteID") && !call.contains("summaryOnly"),
        "{call}"
    );

    stage.clock.advance(Duration::seconds(5));
    let voided = done(stage.write("k2", end(&made)).await);
    assert_eq!(voided.id, made.id);
    assert_eq!(
        (said(&voided).state, said(&voided).amount_due),
        (DocumentState::Voided, dec("0"))
    );
    assert_ne!(voided.version, made.version);
    assert_eq!(stage.all(Kind::CreditNote).await.0, [voided]);
    assert!(matches!(stage.write("k3", end(&made)).await, Answer::Stale));
}

#[tokio::test]
async fn a_draft_is_approved_and_one_that_is_used_changes_in_words_alone() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 60);
    let draft = Document {
        state: DocumentState::Draft,
        ..note(&ann, "RET-1", "100")
    };
    let made = done(stage.write("k1", create(draft)).await);
    assert_eq!(said(&made).state, DocumentState::Draft);
    // Deleted, not voided, is what becomes of a draft.
    let deletion = stage.prepared("k", end(&made));
    assert_eq!(deletion.steps[0].body["Status"], "DELETED");

    let mut to = said(&made).clone();
    to.state = DocumentState::Approved;
    to.lines[0].description = "Stale bread".into();
    let approved = done(stage.write("k2", update(&made, to)).await);
    assert_eq!(said(&approved).state, DocumentState::Approved);
    assert_eq!(said(&approved).lines[0].description, "Stale bread");
    assert_eq!(said(&approved).lines[0].id, said(&made).lines[0].id);

    stage.clock.advance(Duration::seconds(5));
    let uses = done(
        stage
            .write("k3", one_more(&approved, used(&one, "60")))
            .await,
    );
    let mut to = said(&uses).clone();
    to.reference = Some("RMA 2".into());
    // An answer that leaves out what it is used for is no news of that.
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|method, _, body| {
        if method == "POST" {
            body["CreditNotes"][0]["Allocations"] = json!([]);
        }
    }));
    let worded = done(stage.write("k4", update(&uses, to.clone())).await);
    assert_eq!(said(&worded).reference.as_deref(), Some("RMA 2"));
    assert_eq!(parts(&worded), [(one, "60.00".to_owned())]);
    let refused = |change: Change| {
        let (key, held) = ("k".into(), None);
        stage
            .books
            .prepare(&Write { key, change, held })
            .unwrap_err()
    };
    to.lines[0].amount = dec("50");
    to.net_total = dec("50");
    let cause = refused(update(&worded, to));
    assert!(
        matches!(&cause, Cause::CannotEdit { why, .. } if why.contains("fixed")),
        "{cause:?}"
    );
    let cause = refused(end(&worded));
    assert!(
        matches!(&cause, Cause::CannotVoid { why, .. } if why.contains("allocated")),
        "{cause:?}"
    );
}

/// R16: one of no rate was recorded one for one.
#[tokio::test]
async fn a_foreign_credit_note_states_its_rate_and_is_used_in_its_own_currency() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    stage.edit(&json!({"op": "subscribe_currency", "Code": "SEK", "Rate": 13.1}));
    let one = sold_in(&stage, &ann, "I-1", 500, Some(("SEK", 13.1)));
    let mut wanted = note(&ann, "RET-1", "333.30");
    wanted.currency = Currency::new("SEK").unwrap();
    wanted.exchange_rate = Some(dec("0.076359"));
    let prepared = stage.prepared("k1", create(wanted.clone()));
    assert_eq!(
        prepared.steps[0].body["CurrencyRate"].to_string(),
        "13.096033"
    );
    let made = done(stage.write("k1", create(wanted)).await);
    // Xero keeps six decimals of the rate the other way.
    assert_eq!(said(&made).exchange_rate, Some(dec("0.076359001")));
    stage.clock.advance(Duration::seconds(5));
    // The exact rest, to the öre (R17).
    let allocated = done(
        stage
            .write("k2", one_more(&made, used(&one, "399.96")))
            .await,
    );
    assert_eq!(parts(&allocated), [(one.clone(), "399.96".to_owned())]);
    assert_eq!(
        (said(&allocated).amount_due, &*due(&stage, &one)),
        (dec("0.00"), "100.04")
    );
    let mut to = said(&allocated).clone();
    to.reference = Some("RMA".into());
    let worded = done(stage.write("k3", update(&allocated, to)).await);
    assert_eq!(said(&worded).exchange_rate, Some(dec("0.076359001")));
}

#[tokio::test]
async fn many_are_created_in_a_call_for_fifty_and_one_bad_one_fails_alone() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let batch: Vec<Prepared> = (0..60)
        .map(|n| {
            let mut wanted = note(&ann, &format!("RET-{n}"), "10");
            if n == 7 {
                wanted.lines[0].account = Some("999".into());
            }
            stage.prepared(&format!("k{n}"), create(wanted))
        })
        .collect();
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    assert_eq!(
        calls_since(&stage, before),
        ["PUT /CreditNotes", "PUT /CreditNotes"]
    );
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Answer::Done(made) => assert_eq!(said(&made).number, Some(format!("RET-{n}"))),
            Answer::Refused { cause, .. } => {
                assert_eq!(n, 7);
                assert!(
                    matches!(&cause, Cause::Invalid { field, .. } if field == "account"),
                    "{cause:?}"
                );
            }
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(stage.count("CreditNotes"), 59);
    // A number that is taken is our own lost write, or somebody's: it is looked up.
    let again = stage
        .write("again", create(note(&ann, "RET-3", "10")))
        .await;
    assert!(matches!(again, Answer::Exists), "{again:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_stays_visible_and_a_suppliers_is_none_of_ours() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    for (key, nonsense) in [
        ("Total", json!([])),
        ("Status", json!("LOST")),
        ("Date", json!(null)),
    ] {
        *stage.wire.spoil.lock().unwrap() = Some(Box::new(move |_, uri, body| {
            if uri.path().ends_with("/CreditNotes") {
                body["CreditNotes"][0][key] = nonsense.clone();
                body["CreditNotes"][0]["DateString"] = json!(null);
            }
        }));
        let (listed, _) = stage.all(Kind::CreditNote).await;
        assert_eq!((listed.len(), &listed[0].id), (1, &made.id), "{key}");
        let unread = listed[0].record.as_ref().unwrap_err();
        assert_eq!(unread.title, "RET-1", "{key}: {unread:?}");
    }
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|_, uri, body| {
        if uri.path().ends_with("/CreditNotes") {
            body["CreditNotes"][0]["Type"] = json!("ACCPAYCREDIT");
        }
    }));
    assert_eq!(stage.all(Kind::CreditNote).await.0, []);
    assert_eq!(
        found(&stage, Lookup::Titles(vec!["RET-1".into()])).await,
        []
    );
}

#[tokio::test]
async fn the_tax_rates_are_read_anew_for_a_line_with_another() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let mut kept = stage.books.settings().unwrap();
    kept.rates.remove("OUTPUT2");
    stage.books.know_settings(kept);
    let before = stage.calls().len();
    let (listed, _) = stage.all(Kind::CreditNote).await;
    assert_eq!(
        calls_since(&stage, before),
        ["GET /CreditNotes", "GET /TaxRates"]
    );
    assert_eq!(said(&listed[0]).lines[0].tax_rate, Some(dec("20")));
}

/// Also where nobody asked for the settings before.
#[tokio::test]
async fn an_answer_is_read_with_the_tax_rates() {
    let stage = stage();
    let ann = customer(&stage, "Ann");
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    assert_eq!(said(&made).lines[0].tax_rate, Some(dec("20")));
    let uses = done(
        stage
            .write(
                "k2",
                one_more(&made, used(&sold(&stage, &ann, "I-1", 9), "9")),
            )
            .await,
    );
    assert_eq!(said(&uses).lines, said(&made).lines);
}

#[tokio::test]
async fn contacts_come_before_invoices_before_credit_notes_before_payments() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (paid, used_for) = (sold(&stage, &ann, "I-1", 50), sold(&stage, &ann, "I-2", 60));
    let made = done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let mut words = said(&made).clone();
    words.reference = Some("RMA".into());
    let other = done(stage.write("k2", create(note(&ann, "RET-2", "100"))).await);
    let lines = vec![line("1", "10", "10")];
    let payment = super::payments::received(&ann, &[(&paid, "50")]);
    let batch = [
        stage.prepared("1", super::payments::create(&payment)),
        stage.prepared("2", one_more(&other, used(&used_for, "60"))),
        stage.prepared("3", update(&made, words)),
        stage.prepared("4", create(note(&ann, "RET-3", "100"))),
        stage.prepared(
            "5",
            create_invoice(invoice("I-3", &RemoteId::new(&ann), lines, "2"), "I-3"),
        ),
        stage.prepared("6", create_contact(super::stage::ann(), "CUST-1")),
    ];
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    for answer in answers {
        done(answer);
    }
    let written = calls_since(&stage, before).into_iter();
    let written: Vec<String> = written.filter(|it| !it.starts_with("GET")).collect();
    assert_eq!(
        written,
        [
            "PUT /Contacts".to_owned(),
            "PUT /Invoices".to_owned(),
            "PUT /CreditNotes".to_owned(),
            "POST /CreditNotes".to_owned(),
            format!("PUT /CreditNotes/{}/Allocations", other.id),
            "PUT /Payments".to_owned(),
        ]
    );
}

#[tokio::test]
async fn what_is_open_of_credit_notes_is_no_credit_beside_them() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    done(stage.write("k1", create(note(&ann, "RET-1", "100"))).await);
    let before = stage.calls().len();
    let (mut cursor, mut begin) = (
        Cursor::default(),
        Some(CreditsPass {
            whole: true,
            quiet: false,
        }),
    );
    loop {
        let page = stage.books.credits(&cursor, begin.take()).await.unwrap();
        assert_eq!(page.seen, []);
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(
        calls_since(&stage, before),
        ["GET /Overpayments", "GET /Prepayments"]
    );
}
