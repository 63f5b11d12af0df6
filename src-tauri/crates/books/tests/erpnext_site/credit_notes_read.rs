//! Returns that people enter, and what they use them for.

use engine::books::{Cursor, Pulled};
use ledger::{Document, Kind, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::credits::{self, submitted};
use super::payments::{make, received, till};
use super::returns::{pages, read};
use super::site::{Site, dec, invoice_of, note_of, payment_of};

/// A return against an invoice, as the form makes it.
async fn returned(site: &Site, customer: &RemoteId, amount: &str, more: Value) -> RemoteId {
    let items = json!([{ "item_name": "goods", "description": "goods", "qty": -1,
        "rate": amount.parse::<f64>().unwrap(), "uom": "Hour", "stock_uom": "Hour",
        "conversion_factor": 1, "income_account": site.account }]);
    let mut more = more;
    more["items"] = items;
    RemoteId::new(credits::returned(site, customer, more).await)
}

/// One that lowers its original by itself; in two steps, which a real site wants of it.
pub async fn lowering(
    site: &Site,
    customer: &RemoteId,
    original: &RemoteId,
    amount: &str,
) -> RemoteId {
    let more = json!({"return_against": original.as_str(), "update_outstanding_for_self": 0});
    returned(site, customer, amount, more).await
}

/// Remaining credit, and how much of which invoice it was used for.
fn told(note: &Document) -> (Decimal, Vec<(&str, Decimal)>) {
    let uses = note.allocations.iter();
    let uses = uses.map(|used| (used.invoice.as_str(), used.amount));
    (note.amount_due, uses.collect())
}

async fn due(site: &Site, invoice: &RemoteId) -> Decimal {
    invoice_of(&site.now(Kind::Invoice, invoice).await.unwrap()).amount_due
}

/// R12.
pub async fn returns_that_lower_their_originals(site: &Site) {
    let customer = site.customer("lowers").await;
    // By themselves, while the original owes as much; not by themselves; and alone.
    let open = site.owed("o1", &customer, "100").await;
    let lowers = lowering(site, &customer, &open, "40").await;
    let own = json!({"return_against": open.as_str()});
    let own = returned(site, &customer, "15", own).await;
    let alone = returned(site, &customer, "7.5", json!({})).await;
    let note = read(site, &lowers).await;
    assert_eq!(told(&note), (dec("0"), vec![(open.as_str(), dec("40"))]));
    assert_eq!(note.against.as_ref(), Some(&open));
    assert_eq!(note.allocations[0].id, None);
    let note = read(site, &own).await;
    assert_eq!(
        (told(&note), note.against.as_ref()),
        ((dec("15"), vec![]), Some(&open))
    );
    let note = read(site, &alone).await;
    assert_eq!(
        (told(&note), note.against.clone()),
        ((dec("7.5"), vec![]), None)
    );
    assert_eq!(due(site, &open).await, dec("60"));

    // Paid before it was returned: nothing is left to lower.
    let paid = site.owed("o2", &customer, "300").await;
    make(
        site,
        "pay2",
        &received(site, &customer, &[(&paid, "300")], "0"),
    )
    .await;
    let back = lowering(site, &customer, &paid, "300").await;
    assert_eq!(site.outstanding(paid.as_str()).await, dec("-300"));
    assert_eq!(due(site, &paid).await, dec("0"));
    assert_eq!(told(&read(site, &back).await), (dec("300"), vec![]));

    // Paid in part, and two returns: the newer one is too much.
    let part = site.owed("o3", &customer, "100").await;
    make(
        site,
        "pay3",
        &received(site, &customer, &[(&part, "50")], "0"),
    )
    .await;
    let first = lowering(site, &customer, &part, "30").await;
    let second = lowering(site, &customer, &part, "60").await;
    assert_eq!(site.outstanding(part.as_str()).await, dec("-40"));
    let (first, second) = (read(site, &first).await, read(site, &second).await);
    assert_eq!(told(&first), (dec("0"), vec![(part.as_str(), dec("30"))]));
    assert_eq!(told(&second), (dec("40"), vec![(part.as_str(), dec("20"))]));
    // Together they are what the site's own receivable says.
    let left = first.amount_due + second.amount_due;
    assert_eq!(due(site, &part).await - left, dec("-40"));
}

/// The returns stay as they were saved, and what is left of them changes all the same.
pub async fn what_becomes_of_an_original_is_told_of_its_returns(site: &Site) {
    let customer = site.customer("moves").await;
    let invoice = site.owed("m1", &customer, "100").await;
    let paid = make(
        site,
        "mp",
        &received(site, &customer, &[(&invoice, "100")], "0"),
    )
    .await;
    let back = lowering(site, &customer, &invoice, "100").await;
    let (rows, cursor) = pages(site, Kind::CreditNote, &Cursor::default()).await;
    let of = |rows: &[Pulled]| rows.iter().find(|row| row.id == back).map(note_of);
    assert_eq!(told(&of(&rows).unwrap()), (dec("100"), vec![]));
    site.cancel("Payment Entry", paid.id.as_str()).await;
    // The return itself is not among what changed, however little a pass goes back.
    let (_, cursor) = pages(site, Kind::CreditNote, &cursor).await;
    let mut read: Value = serde_json::from_str(&cursor.0).unwrap();
    read["documents"] = json!({"modified": "2099-01-01 00:00:00.000000", "name": ""});
    read.as_object_mut().unwrap().remove("began");
    let cursor = Cursor(read.to_string());
    let (rows, _) = pages(site, Kind::CreditNote, &cursor).await;
    let note = of(&rows).expect("its original changed");
    assert_eq!(
        told(&note),
        (dec("0"), vec![(invoice.as_str(), dec("100"))])
    );
    assert_eq!(due(site, &invoice).await, dec("0"));
}

/// The receivable account of an invoice.
async fn debtors(site: &Site, invoice: &RemoteId) -> Value {
    site.stored("Sales Invoice", invoice.as_str()).await["debit_to"].clone()
}

/// A Journal Entry over receivables: document (on account without one), debit, credit.
pub async fn journal(
    site: &Site,
    customer: &RemoteId,
    account: &Value,
    rows: &[(Option<&RemoteId>, &str, &str)],
) -> String {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let rows: Vec<Value> = rows
        .iter()
        .map(|(document, debit, credit)| {
            let mut row = json!({ "account": account, "party_type": "Customer",
                "party": customer.as_str(), "debit_in_account_currency": number(debit),
                "credit_in_account_currency": number(credit) });
            if let Some(document) = document {
                row["reference_type"] = json!("Sales Invoice");
                row["reference_name"] = json!(document.as_str());
            }
            row
        })
        .collect();
    let entry = json!({ "voucher_type": "Credit Note", "company": site.chart.company,
        "posting_date": "2026-11-21", "accounts": rows });
    submitted(site, "Journal Entry", entry).await
}

pub async fn credit_used_by_people(site: &Site) {
    let customer = site.customer("byhand").await;
    let first = site.owed("h1", &customer, "100").await;
    let second = site.owed("h2", &customer, "50").await;
    let third = site.owed("h3", &customer, "100").await;
    let account = debtors(site, &first).await;
    let note = returned(site, &customer, "90", json!({})).await;
    // One Journal Entry for two invoices.
    let entry = journal(
        site,
        &customer,
        &account,
        &[
            (Some(&note), "45", "0"),
            (Some(&first), "0", "30"),
            (Some(&second), "0", "15"),
        ],
    )
    .await;
    // A payment that takes 40 of it along: 60 of money for 100.
    let reference = |document: &RemoteId, amount: i64| {
        json!({ "reference_doctype": "Sales Invoice", "reference_name": document.as_str(),
            "allocated_amount": amount })
    };
    let payment = submitted(
        site,
        "Payment Entry",
        json!({ "payment_type": "Receive", "company": site.chart.company,
            "posting_date": "2026-11-22", "party_type": "Customer", "party": customer.as_str(),
            "paid_from": account, "paid_to": till(site), "paid_amount": 60,
            "received_amount": 60, "reference_no": "x", "reference_date": "2026-11-22",
            "references": [reference(&third, 100), reference(&note, -40)] }),
    )
    .await;
    let got = read(site, &note).await;
    let mut uses = told(&got).1;
    uses.sort_unstable();
    assert_eq!(
        uses,
        [
            (first.as_str(), dec("30")),
            (second.as_str(), dec("15")),
            (third.as_str(), dec("40"))
        ]
    );
    assert_eq!((got.amount_due, got.refunded()), (dec("5"), dec("0")));
    let by = |id: &str| {
        got.allocations
            .iter()
            .filter(|it| it.id.as_deref() == Some(id))
            .count()
    };
    assert_eq!((by(&entry), by(&payment)), (2, 1));
    assert_eq!(due(site, &first).await, dec("70"));
    assert_eq!(due(site, &third).await, dec("0"));
    // What is cancelled was no use.
    site.cancel("Journal Entry", &entry).await;
    let got = read(site, &note).await;
    assert_eq!(told(&got), (dec("50"), vec![(third.as_str(), dec("40"))]));
}

/// Takes a voucher off an invoice as the form's button does.
async fn un_reconcile(site: &Site, entry: &str, invoice: &RemoteId) {
    let selections = json!([{ "company": site.chart.company, "voucher_type": "Journal Entry",
        "voucher_no": entry, "against_voucher_type": "Sales Invoice",
        "against_voucher_no": invoice.as_str() }]);
    let body = json!({ "selections": selections.to_string() });
    let method = "/api/method/erpnext.accounts.doctype.unreconcile_payment.unreconcile_payment.create_unreconcile_doc_for_selection";
    let post = http::Method::POST;
    site.client.write(post, method, &body).await.unwrap();
}

/// R13: no refund, and not counted a second time with what is on account.
pub async fn credit_taken_off_its_invoice_is_left_of_the_return(site: &Site) {
    let customer = site.customer("taken").await;
    let invoice = site.owed("t1", &customer, "100").await;
    let account = debtors(site, &invoice).await;
    let note = returned(site, &customer, "100", json!({})).await;
    let on_account = [(Some(&note), "100", "0"), (None, "0", "100")];
    if site.is_demo() {
        // Which has no such button: as it stands afterwards.
        journal(site, &customer, &account, &on_account).await;
    } else {
        let rows = [(Some(&note), "100", "0"), (Some(&invoice), "0", "100")];
        let entry = journal(site, &customer, &account, &rows).await;
        assert_eq!(due(site, &invoice).await, dec("0"));
        assert_eq!(read(site, &note).await.amount_due, dec("0"));
        un_reconcile(site, &entry, &invoice).await;
    }
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
    assert_eq!(site.outstanding(note.as_str()).await, dec("0"));
    let got = read(site, &note).await;
    assert_eq!(told(&got), (dec("100"), vec![]));
    assert_eq!(got.refunded(), dec("0"));
    let page = credits::read(site, &Cursor::default(), true).await;
    assert_eq!(credits::of(&page, &customer), Vec::<String>::new());
    // Money on account of the same customer is told as ever.
    let money = make(site, "tm", &received(site, &customer, &[], "12")).await;
    assert_eq!(payment_of(&money).unallocated, dec("12"));
    let page = credits::read(site, &Cursor::default(), true).await;
    let expected = format!("payment {}: 12.00 GBP", money.id);
    assert_eq!(credits::of(&page, &customer), [expected]);
}
