//! What settles an invoice beside a plain payment: what was deducted of one, and Journal Entries, a person's
//! and ours.

use engine::books::{Answer, Books, Change, Cursor, Lookup, Pulled};
use ledger::{Cause, DocumentState, Kind, Payment, PaymentDirection, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::payments::{create, end, make, received, send_unseen, till};
use super::site::{Site, dec, payment_of};

/// An account that is no bank, as payments of Xero come to.
fn costs(site: &Site) -> String {
    let mut choices = site.chart.bank_choices().into_iter();
    let found = choices.find(|choice| choice.no_bank);
    found.expect("an expense account").key
}

/// Something a person enters.
async fn enter(site: &Site, body: Value) -> String {
    let doctype = body["doctype"].as_str().unwrap().to_owned();
    let path = erpnext::site::doctype(&doctype);
    let made = site.client.write(http::Method::POST, &path, &body).await;
    made.unwrap()["data"]["name"].as_str().unwrap().to_owned()
}

fn number(amount: &str) -> Value {
    serde_json::from_str(amount).unwrap()
}

/// A Payment Entry of invoices, of which this came to the bank and this was deducted.
async fn paid(
    site: &Site,
    customer: &RemoteId,
    invoices: &[(&RemoteId, &str)],
    bank: &str,
    kept: &str,
) -> String {
    let references: Vec<Value> = invoices
        .iter()
        .map(|(invoice, amount)| {
            json!({
                "reference_doctype": "Sales Invoice", "reference_name": invoice.as_str(),
                "allocated_amount": number(amount),
            })
        })
        .collect();
    let body = json!({
        "doctype": "Payment Entry", "company": site.chart.company, "payment_type": "Receive",
        "posting_date": "2026-11-10", "party_type": "Customer", "party": customer.as_str(),
        "paid_from": site.chart.receivable_account, "paid_to": till(site),
        "paid_amount": number(bank), "received_amount": number(bank),
        "source_exchange_rate": 1, "target_exchange_rate": 1,
        "reference_no": "BACS 4", "reference_date": "2026-11-10", "references": references,
        "deductions": [{
            "account": costs(site), "amount": number(kept), "cost_center": site.chart.cost_center,
        }],
        "docstatus": 1,
    });
    enter(site, body).await
}

async fn settling(site: &Site, invoice: &RemoteId) -> Vec<Pulled> {
    let by = Lookup::Settling(vec![invoice.clone()]);
    let mut found = site.books.find(Kind::Payment, &by).await.unwrap();
    found.sort_by_key(|it| -payment_of(it).amount);
    found
}

/// Account, amount, and how much of which invoice.
fn told(payment: &Payment) -> (&str, Decimal, Vec<(&str, Decimal)>) {
    let parts = payment.parts().into_iter();
    let parts = parts.map(|(document, amount)| (document.id().as_str(), amount));
    let account = payment.bank_account.as_deref().unwrap();
    (account, payment.amount, parts.collect())
}

fn mark(site: &Site, of: &str, pulled: &Pulled) -> Change {
    Change::Mark {
        kind: Kind::Payment,
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        source: site.id(of),
        source_link: None,
    }
}

async fn marked(site: &Site, of: &str) -> Vec<RemoteId> {
    let by = Lookup::Markers(vec![site.id(of)]);
    let found = site.books.find(Kind::Payment, &by).await.unwrap();
    found.into_iter().map(|it| it.id).collect()
}

/// All identities that the site lists.
async fn listed(site: &Site) -> Vec<RemoteId> {
    let (mut cursor, mut found) = (Cursor(String::new()), Vec::new());
    loop {
        let page = site.books.all(Kind::Payment, &cursor).await.unwrap();
        found.extend(page.seen.into_iter().map(|it| it.id));
        if !page.more {
            return found;
        }
        cursor = page.next;
    }
}

/// R4: 120.00 of an invoice, of which 117.51 came to the bank and 2.49 was its fee.
pub async fn what_was_deducted_is_a_payment_of_its_own(site: &Site) {
    let customer = site.customer("fee").await;
    let invoice = site.owed("f1", &customer, "120").await;
    let entry = paid(site, &customer, &[(&invoice, "120")], "117.51", "2.49").await;
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("0"));
    let found = settling(site, &invoice).await;
    let payments: Vec<Payment> = found.iter().map(payment_of).collect();
    let (till, costs) = (till(site), costs(site));
    assert_eq!(
        payments.iter().map(told).collect::<Vec<_>>(),
        [
            (
                till.as_str(),
                dec("117.51"),
                vec![(invoice.as_str(), dec("117.51"))]
            ),
            (
                costs.as_str(),
                dec("2.49"),
                vec![(invoice.as_str(), dec("2.49"))]
            ),
        ]
    );
    assert_eq!(found[0].id.as_str(), entry);
    assert_eq!(payments[0].with, [found[1].id.clone()]);
    assert_eq!(payments[1].with, [found[0].id.clone()]);
    assert_eq!(payments[1].number.as_deref(), Some(entry.as_str()));
    let all = listed(site).await;
    assert!(found.iter().all(|it| all.contains(&it.id)));
    let seen = site
        .books
        .seen(Kind::Payment, &[found[1].id.clone()])
        .await
        .unwrap();
    assert_eq!(seen[0].version, found[1].version);
    // Each carries an identity of its own. Marked together, the document's save moves no row from under its mark.
    let marks = [("bank", &found[0]), ("kept", &found[1])];
    let answers = site
        .send(marks.map(|(of, one)| mark(site, of, one)).into())
        .await;
    let done = |answer: &Answer| matches!(answer, Answer::Done(_));
    assert!(answers.iter().all(done), "{answers:?}");
    for (of, one) in marks {
        assert_eq!(marked(site, of).await, std::slice::from_ref(&one.id));
    }
    // Another installation read it before: it is told that somebody was first, and writes nothing over.
    let late = site.send(vec![mark(site, "late", &found[1])]).await;
    assert!(matches!(late.as_slice(), [Answer::Stale]), "{late:?}");
    assert_eq!(marked(site, "late").await, []);
    assert_eq!(
        marked(site, "kept").await,
        std::slice::from_ref(&found[1].id)
    );
    assert_eq!(site.stored("Payment Entry", &entry).await["docstatus"], 1);
    let other = site.owed("f2", &customer, "50").await;
    paid(site, &customer, &[(&other, "50")], "49", "1").await;
    let second = settling(site, &other).await;
    for (of, one) in [("kept", &second[1]), ("bank", &second[0])] {
        let answers = site.send(vec![mark(site, of, one)]).await;
        assert!(matches!(answers[0], Answer::Exists), "{answers:?}");
    }
    // Both end with their document, in whichever order.
    let now = settling(site, &invoice).await;
    assert!(now.iter().all(|it| it.marker.is_some()));
    let ends: Vec<Change> = now.iter().rev().map(end).collect();
    let answers = site.send(ends).await;
    for answer in answers {
        let Answer::Done(done) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(payment_of(&done).state, DocumentState::Voided);
    }
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("120"));
    assert!(site.books.exists(Kind::Payment, &now[1].id).await.unwrap());
    let gone = RemoteId::new(now[1].id.as_str().replace("deduction:", "deduction:0"));
    assert!(!site.books.exists(Kind::Payment, &gone).await.unwrap());
}

pub async fn several_invoices_with_a_fee(site: &Site) {
    let customer = site.customer("fees").await;
    let first = site.owed("g1", &customer, "100").await;
    let second = site.owed("g2", &customer, "80").await;
    // Of the second a part.
    let parts = [(&first, "100"), (&second, "50")];
    paid(site, &customer, &parts, "145", "5").await;
    let found = settling(site, &second).await;
    let payments: Vec<Payment> = found.iter().map(payment_of).collect();
    let mut of_bank = vec![(first.as_str(), dec("100")), (second.as_str(), dec("45"))];
    of_bank.sort_unstable();
    assert_eq!(told(&payments[0]).2, of_bank);
    assert_eq!(told(&payments[1]).2, [(second.as_str(), dec("5"))]);
    assert_eq!(site.outstanding(second.as_str()).await, dec("30"));
    // More came in than it pays: what was booked elsewhere is paid back there.
    let third = site.owed("g3", &customer, "120").await;
    paid(site, &customer, &[(&third, "120")], "121", "-1").await;
    let found = settling(site, &third).await;
    let [money, gain] = [payment_of(&found[0]), payment_of(&found[1])];
    assert_eq!(found.len(), 2);
    assert_eq!((money.amount, money.paid_back()), (dec("121"), dec("1")));
    assert_eq!(money.bank_amount, Some(dec("121")));
    assert_eq!(
        (gain.direction, gain.amount),
        (PaymentDirection::Refunded, dec("1"))
    );
    assert_eq!(told(&gain).2, [(found[0].id.as_str(), dec("1"))]);
    assert!(found[1].id.as_str().starts_with("deduction:"));
    // It carries our marker as every deduction does.
    let mark = mark(site, "gain", &found[1]);
    let marked = site.done(mark).await;
    assert_eq!(marked.marker, Some(site.id("gain")));
}

pub async fn a_payment_to_an_account_that_is_no_bank_is_a_journal_entry(site: &Site) {
    let customer = site.customer("writeoff").await;
    let invoice = site.owed("w1", &customer, "120").await;
    let (costs, mut meant) = (
        costs(site),
        received(site, &customer, &[(&invoice, "20")], "0"),
    );
    meant.bank_account = Some(costs.clone());
    let made = make(site, "off", &meant).await;
    let got = payment_of(&made);
    assert_eq!(
        told(&got),
        (
            costs.as_str(),
            dec("20"),
            vec![(invoice.as_str(), dec("20"))]
        )
    );
    assert_eq!(got.reference, meant.reference);
    assert_eq!(got.date, meant.date);
    assert_eq!(made.marker, Some(site.id("off")));
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
    assert_eq!(marked(site, "off").await, std::slice::from_ref(&made.id));
    assert!(listed(site).await.contains(&made.id));
    // Made again it is refused, however much is owed.
    let again = site.send(vec![create(site, "off", &meant)]).await;
    assert!(matches!(again[0], Answer::Exists), "{again:?}");
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
    let mut too_much = meant.clone();
    too_much.allocations[0].amount = dec("100.01");
    too_much.amount = dec("100.01");
    let refused = site.refused(create(site, "more", &too_much)).await;
    assert!(matches!(refused, Cause::PaidTooMuch { .. }), "{refused:?}");
    // It settles all that is owed: whether the second is refused for that or for its identity, it is ours.
    let mut rest = meant.clone();
    rest.allocations[0].amount = dec("100");
    rest.amount = dec("100");
    let last = make(site, "rest", &rest).await;
    let answer = send_unseen(site, "rest", &rest).await;
    assert!(matches!(answer, Answer::Exists), "{answer:?}");
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("0"));
    for one in [&made, &last] {
        let ended = site.done(end(one)).await;
        assert_eq!(payment_of(&ended).state, DocumentState::Voided);
    }
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("120"));
}

pub async fn what_a_person_writes_off_is_told(site: &Site) {
    let customer = site.customer("jv").await;
    let first = site.owed("j1", &customer, "100").await;
    let second = site.owed("j2", &customer, "40").await;
    let costs = costs(site);
    let row = |invoice: &RemoteId, amount: &str| {
        json!({
            "account": site.chart.receivable_account, "party_type": "Customer",
            "party": customer.as_str(), "credit_in_account_currency": number(amount),
            "reference_type": "Sales Invoice", "reference_name": invoice.as_str(),
            "cost_center": site.chart.cost_center,
        })
    };
    let entry = enter(
        site,
        json!({
            "doctype": "Journal Entry", "company": site.chart.company, "voucher_type": "Journal Entry",
            "posting_date": "2026-11-12",
            "accounts": [
                row(&first, "25.50"), row(&second, "40"),
                {"account": costs, "debit_in_account_currency": 65.5, "cost_center": site.chart.cost_center},
            ],
            "docstatus": 1,
        }),
    )
    .await;
    let mut found = settling(site, &first).await;
    let payments: Vec<Payment> = found.iter().map(payment_of).collect();
    assert_eq!(
        payments.iter().map(told).collect::<Vec<_>>(),
        [
            (
                costs.as_str(),
                dec("40"),
                vec![(second.as_str(), dec("40"))]
            ),
            (
                costs.as_str(),
                dec("25.50"),
                vec![(first.as_str(), dec("25.50"))]
            ),
        ]
    );
    assert_eq!(payments[0].with, [found[1].id.clone()]);
    assert!(found.iter().all(|it| it.id.as_str().ends_with(&entry)));
    let all = listed(site).await;
    assert!(found.iter().all(|it| all.contains(&it.id)));
    let change = mark(site, "row", &found[0]);
    found[0] = site.done(change).await;
    assert_eq!(marked(site, "row").await, [found[0].id.clone()]);
    // It is theirs to take back.
    let why = site.refused(end(&found[0])).await;
    let Cause::CannotVoid { why, .. } = why else {
        panic!("{why:?}");
    };
    assert!(why.contains(&entry), "{why}");
    site.cancel("Journal Entry", &entry).await;
    let ids = Lookup::Ids(found.iter().map(|it| it.id.clone()).collect());
    let ended = site.books.find(Kind::Payment, &ids).await.unwrap();
    assert_eq!(ended.len(), 2);
    for one in ended {
        assert_eq!(payment_of(&one).state, DocumentState::Voided);
    }
    assert_eq!(site.outstanding(first.as_str()).await, dec("100"));
}
