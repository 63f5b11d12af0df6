//! Money on account: read, entered, used for invoices, taken back and deleted in the demo organisation.

mod broken;
mod read;
mod refused;

use ledger::payment::same_payment;
use ledger::{
    Allocation, Cause, DocumentState, PaidDocument, Payment, PaymentAllocation, PaymentDirection,
};

use super::payments::create;
use super::stage::{Broken, Stage};
use super::trade::{books, customer, day, due, sold, text};
use super::used::{allocate, calls_since, end, now, one_more, parts, send};
use super::*;

/// Money of a contact for no invoice yet, as the engine would have it created.
fn advance(contact: &str, amount: &str) -> Payment {
    Payment {
        amount: dec(amount),
        unallocated: dec(amount),
        ..super::payments::received(contact, &[])
    }
}

/// A use that is new. Money on account knows no days of its uses.
fn used(invoice: &str, amount: &str) -> Allocation {
    Allocation {
        id: None,
        invoice: RemoteId::new(invoice),
        date: None,
        amount: dec(amount),
    }
}

fn said(of: &Pulled) -> &Payment {
    of.record.as_ref().unwrap().as_payment().unwrap()
}

async fn found(stage: &Stage, by: Lookup) -> Vec<Pulled> {
    stage.books.find(Kind::Payment, &by).await.unwrap()
}

/// Money that a person entered in Xero, and the identity of its record.
fn entered(stage: &Stage, contact: &str, kind: &str, amount: u32) -> RemoteId {
    let line = json!({"Description": "On account", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200"});
    let made = stage.edit(&json!({"op": "receive_money", "Type": format!("RECEIVE-{}", kind.to_uppercase()),
        "Contact": {"ContactID": contact}, "Date": "2026-11-19", "LineAmountTypes": "NoTax", "LineItems": [line]}));
    let id = match kind {
        "prepayment" => text(&made, "PrepaymentID"),
        _ => text(&made, "OverpaymentID"),
    };
    RemoteId::new(format!("{kind}:{id}"))
}

#[tokio::test]
async fn money_on_account_is_entered_found_and_deleted() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let wanted = advance(&ann, "100");
    let prepared = stage.prepared("k1", create(&wanted));
    assert_eq!(prepared.steps.len(), 1);
    assert_eq!(
        (&*prepared.steps[0].method, &*prepared.steps[0].path),
        (
            "PUT",
            "/api.xro/2.0/BankTransactions?summarizeErrors=false&unitdp=4"
        )
    );
    assert_eq!(
        prepared.steps[0].body,
        json!({"Type": "RECEIVE-OVERPAYMENT", "Contact": {"ContactID": ann},
            "BankAccount": {"Code": "090"}, "Date": "2026-11-21", "Reference": "ACC-PAY-1",
            "Status": "AUTHORISED", "LineAmountTypes": "NoTax", "CurrencyCode": "GBP",
            "LineItems": [{"Description": "Paid on account", "Quantity": 1, "UnitAmount": 100}]})
    );
    assert_eq!(prepared.find, Lookup::OnAccount(vec![RemoteId::new(&ann)]));
    let (before, wire) = (stage.calls().len(), Exchanges::default());
    let answers = stage
        .books
        .send(std::slice::from_ref(&prepared), &wire)
        .await;
    let made = done(answers.into_iter().next().unwrap());
    assert_eq!(
        calls_since(&stage, before),
        ["PUT /BankTransactions", "GET /Overpayments"]
    );
    let exchanges = wire.take("k1");
    assert_eq!(exchanges[0].request, prepared.steps[0]);
    let answer = exchanges[0].answer.clone().unwrap().body;
    let own = text(&answer, "OverpaymentID");
    assert_eq!(made.id.as_str(), format!("overpayment:{own}"));
    assert!(same_payment(said(&made), &wanted), "{made:?}");
    assert!(said(&made).on_account);
    assert_eq!(
        (said(&made).unallocated, said(&made).bank_account.as_deref()),
        (dec("100"), Some("090"))
    );

    // It is what the list says, and what every look-up does.
    let (listed, _) = stage.all(Kind::Payment).await;
    assert_eq!(listed, std::slice::from_ref(&made));
    assert_eq!(now(&stage, &made).await, made);
    assert_eq!(found(&stage, prepared.find).await, listed);
    let bob = customer(&stage, "Bob");
    for none in [
        Lookup::OnAccount(vec![RemoteId::new(bob)]),
        Lookup::Settling(vec![RemoteId::new(own)]),
        Lookup::Ids(vec![RemoteId::new("overpayment:unreadable \" 7")]),
        Lookup::Ids(vec![RemoteId::new(made.id.as_str().replace("over", "pre"))]),
    ] {
        assert_eq!(found(&stage, none).await, []);
    }

    stage.clock.advance(Duration::seconds(5));
    let prepared = stage.prepared("k2", end(&made));
    let before = stage.calls().len();
    let answers = stage.books.send(&[prepared], &wire).await;
    let gone = done(answers.into_iter().next().unwrap());
    let bank = text(&answer, "BankTransactionID");
    assert_eq!(
        calls_since(&stage, before),
        [
            "GET /Overpayments".to_owned(),
            "GET /BankTransactions".to_owned(),
            format!("POST /BankTransactions/{bank}"),
            "GET /Overpayments".to_owned(),
        ]
    );
    let asked = &wire.take("k2")[0].request;
    assert_eq!(asked.path, format!("/api.xro/2.0/BankTransactions/{bank}"));
    let body = json!({"BankTransactions": [{"BankTransactionID": bank, "Status": "DELETED"}]});
    assert_eq!(asked.body, body);
    assert_eq!(
        (&gone.id, said(&gone).state),
        (&made.id, DocumentState::Voided)
    );
    assert_eq!(
        stage.all(Kind::Payment).await.0,
        std::slice::from_ref(&gone)
    );
    // Once more there is nothing to do.
    let before = stage.calls().len();
    assert_eq!(done(stage.write("k3", end(&made)).await), gone);
    assert_eq!(calls_since(&stage, before), ["GET /Overpayments"]);
}

#[tokio::test]
async fn several_are_entered_in_one_call_and_read_back_in_one() {
    let stage = books().await;
    let mut batch = Vec::new();
    for n in 0..20 {
        // Two of each, alike to a digit.
        let ann = match n % 2 {
            0 => customer(&stage, &format!("Ann {n}")),
            _ => contact_of_last(&batch),
        };
        batch.push(stage.prepared(&format!("k{n}"), create(&advance(&ann, "10"))));
    }
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    assert_eq!(
        calls_since(&stage, before),
        ["PUT /BankTransactions", "GET /Overpayments"]
    );
    let made: Vec<Pulled> = answers.into_iter().map(done).collect();
    let ids: std::collections::BTreeSet<_> = made.iter().map(|it| &it.id).collect();
    assert_eq!(ids.len(), 20);
    for (made, prepared) in made.iter().zip(&batch) {
        let meant = prepared.write.change.meant().unwrap();
        assert_eq!(said(made).contact, meant.as_payment().unwrap().contact);
    }
}

fn contact_of_last(batch: &[Prepared]) -> String {
    let last = batch.last().unwrap().write.change.meant().unwrap();
    last.as_payment().unwrap().contact.to_string()
}

/// By rule it is a prepayment, which is used, and ended, as an overpayment is.
#[tokio::test]
async fn money_for_no_invoice_is_a_prepayment_where_the_rules_say_so() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    stage.books.keep_advances_as(Some("620".to_owned()));
    let wanted = advance(&ann, "100");
    let prepared = stage.prepared("k1", create(&wanted));
    let body = &prepared.steps[0].body;
    assert_eq!(body["Type"], "RECEIVE-PREPAYMENT");
    assert_eq!(body["LineItems"][0]["AccountCode"], "620");
    let made = done(stage.write("k1", create(&wanted)).await);
    assert!(made.id.as_str().starts_with("prepayment:"), "{made:?}");
    assert_eq!(
        (said(&made).amount, said(&made).unallocated),
        (dec("100"), dec("100"))
    );
    // What was lost on the way is found by the customer.
    let found = found(&stage, prepared.find.clone()).await;
    assert_eq!(
        found.iter().map(|it| &it.id).collect::<Vec<_>>(),
        [&made.id]
    );
    stage.clock.advance(Duration::seconds(5));
    let ended = done(stage.write("k2", end(&made)).await);
    assert_eq!(said(&ended).state, DocumentState::Voided);
    // And an overpayment again.
    stage.books.keep_advances_as(None);
    let made = done(stage.write("k3", create(&wanted)).await);
    assert!(made.id.as_str().starts_with("overpayment:"), "{made:?}");
}

/// It is paid back by a payment of its own, which names it.
#[tokio::test]
async fn money_on_account_is_paid_back_by_a_payment_that_names_it() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    for kind in ["overpayment", "prepayment"] {
        let money = entered(&stage, &ann, kind, 100);
        let mut refund = advance(&ann, "40");
        refund.direction = PaymentDirection::Refunded;
        refund.unallocated = dec("0");
        refund.allocations = vec![PaymentAllocation {
            id: None,
            document: PaidDocument::Money(money.clone()),
            amount: dec("40"),
            in_document: None,
            leaves: None,
        }];
        stage.clock.advance(Duration::seconds(5));
        let prepared = stage.prepared(kind, create(&refund));
        assert!(prepared.steps[0].path.starts_with("/api.xro/2.0/Payments?"));
        let made = done(stage.write(kind, create(&refund)).await);
        assert!(same_payment(said(&made), &refund), "{made:?}");
        let now = found(&stage, Lookup::Ids(vec![money.clone()]))
            .await
            .remove(0);
        assert_eq!(said(&now).paid_back(), dec("40"));
        assert_eq!(said(&now).unallocated, dec("60"));
        // What leads to it after a lost answer.
        let same = found(&stage, prepared.find.clone()).await;
        assert_eq!(same.iter().map(|it| &it.id).collect::<Vec<_>>(), [&made.id]);
        // The money stays until that is gone.
        let write = Write {
            key: "no".into(),
            change: end(&now),
            held: None,
        };
        let refused = stage.books.prepare(&write).unwrap_err();
        assert!(matches!(refused, Cause::CannotVoid { .. }), "{refused:?}");
        stage.clock.advance(Duration::seconds(5));
        let gone = done(stage.write(&format!("{kind} gone"), end(&made)).await);
        assert_eq!(said(&gone).state, DocumentState::Voided);
        let now = found(&stage, Lookup::Ids(vec![money])).await.remove(0);
        assert_eq!(said(&now).unallocated, dec("100"));
    }
}

#[tokio::test]
async fn it_is_used_in_part_then_for_two_others_and_given_back() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 50);
    let (two, three) = (
        sold(&stage, &ann, "I-2", 60),
        sold(&stage, &ann, "I-3", 100),
    );
    let made = done(stage.write("k1", create(&advance(&ann, "120"))).await);
    // By hand, a prepayment is used in the same way.
    let pre = entered(&stage, &ann, "prepayment", 120);
    let pre = found(&stage, Lookup::Ids(vec![pre])).await.remove(0);
    for (round, start) in [made, pre].into_iter().enumerate() {
        stage.clock.advance(Duration::seconds(5));
        let (list, own) = match round {
            0 => (
                "Overpayments",
                start.id.as_str().replace("overpayment:", ""),
            ),
            _ => ("Prepayments", start.id.as_str().replace("prepayment:", "")),
        };
        let own = format!("/{list}/{own}/Allocations");
        let key = |n: u32| format!("{round} {n}");
        let prepared = stage.prepared(&key(1), one_more(&start, used(&one, "40")));
        assert_eq!(prepared.steps.len(), 1);
        let path = format!("/api.xro/2.0{own}?summarizeErrors=false");
        assert_eq!(
            (&*prepared.steps[0].method, &prepared.steps[0].path),
            ("PUT", &path)
        );
        let date = said(&start).date.to_string();
        assert_eq!(
            prepared.steps[0].body,
            json!({"Allocations": [{"Invoice": {"InvoiceID": one}, "Amount": 40, "Date": date}]})
        );
        let (before, wire) = (stage.calls().len(), Exchanges::default());
        let answers = stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await;
        let part = done(answers.into_iter().next().unwrap());
        // Which account it came to is known by now.
        assert_eq!(
            calls_since(&stage, before),
            [
                format!("GET /{list}"),
                format!("PUT {own}"),
                format!("GET /{list}")
            ]
        );
        assert_eq!(wire.take(&key(1))[0].request, prepared.steps[0]);
        assert_eq!(parts(&part), [(one.clone(), "40.00".to_owned())]);
        assert_eq!(
            (said(&part).unallocated, &*due(&stage, &one)),
            (dec("80"), "10.00")
        );
        assert_eq!(said(&part).bank_account.as_deref(), Some("090"), "{round}");
        assert_ne!(part.version, start.version);
        let (listed, _) = stage.all(Kind::Payment).await;
        assert!(listed.contains(&part), "{listed:?}");

        // The whole, for two in one request.
        stage.clock.advance(Duration::seconds(5));
        let mut uses = part.record.as_ref().unwrap().uses();
        uses.extend([used(&two, "60"), used(&three, "20")]);
        let whole = done(stage.write(&key(2), allocate(&part, uses)).await);
        assert_eq!(
            (said(&whole).state, said(&whole).unallocated),
            (DocumentState::Approved, dec("0"))
        );
        assert_eq!(parts(&whole).len(), 3);

        // One goes, another is made to less: two removals, then one request for what is new.
        stage.clock.advance(Duration::seconds(5));
        let uses = whole.record.as_ref().unwrap().uses();
        let kept = uses.iter().find(|it| it.invoice.as_str() == two).unwrap();
        let change = allocate(&whole, vec![kept.clone(), used(&three, "5")]);
        let prepared = stage.prepared(&key(3), change);
        let methods: Vec<_> = prepared.steps.iter().map(|it| &*it.method).collect();
        assert_eq!(methods, ["DELETE", "DELETE", "PUT"]);
        let answers = stage
            .books
            .send(std::slice::from_ref(&prepared), &wire)
            .await;
        let less = done(answers.into_iter().next().unwrap());
        let sent = wire.take(&key(3)).into_iter();
        assert_eq!(
            sent.map(|it| it.request).collect::<Vec<_>>(),
            prepared.steps
        );
        assert_eq!(said(&less).unallocated, dec("55"));
        assert_eq!(
            [&one, &two, &three].map(|it| due(&stage, it)),
            ["50.00", "0.00", "95.00"]
        );

        // What is used stays; given back, it can go.
        let cannot = stage.books.prepare(&Write {
            key: key(4),
            change: end(&less),
            held: None,
        });
        assert!(
            matches!(&cannot, Err(Cause::CannotVoid { why, .. }) if why.contains("used for an invoice")),
            "{cannot:?}"
        );
        stage.clock.advance(Duration::seconds(5));
        let free = done(stage.write(&key(5), allocate(&less, Vec::new())).await);
        assert_eq!(
            (parts(&free), said(&free).unallocated),
            (Vec::new(), dec("120"))
        );
        stage.clock.advance(Duration::seconds(5));
        let gone = done(stage.write(&key(6), end(&free)).await);
        assert_eq!(said(&gone).state, DocumentState::Voided);
        assert_eq!(due(&stage, &two), "60.00");
    }
}

#[tokio::test]
async fn overpayments_and_prepayments_of_one_batch_are_read_a_call_for_each_list() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let mut batch = Vec::new();
    for n in 0..6 {
        let one = sold(&stage, &ann, &format!("I-{n}"), 10);
        let made = done(
            stage
                .write(&format!("m{n}"), create(&advance(&ann, "10")))
                .await,
        );
        batch.push(stage.prepared(&format!("a{n}"), one_more(&made, used(&one, "10"))));
    }
    let one = sold(&stage, &ann, "I-9", 10);
    let made = entered(&stage, &ann, "prepayment", 10);
    let made = found(&stage, Lookup::Ids(vec![made])).await.remove(0);
    batch.push(stage.prepared("pre", one_more(&made, used(&one, "10"))));
    let before = stage.calls().len();
    let answers = stage.books.send(&batch, &Exchanges::default()).await;
    for (answer, prepared) in answers.into_iter().zip(&batch) {
        let now = done(answer);
        assert_eq!(Some(&now.id), prepared.write.change.target());
        assert_eq!(said(&now).unallocated, dec("0"));
    }
    let calls = calls_since(&stage, before);
    assert_eq!(calls.len(), 2 + 7 + 2, "{calls:?}");
}
