//! What customers have open beside invoices and credit notes, as the site's own ledger says it.

use engine::books::{Books, CreditsPage, CreditsPass, Cursor};
use ledger::RemoteId;
use serde_json::{Value, json};

use super::site::{Site, dec};

pub async fn submitted(site: &Site, doctype: &str, mut document: Value) -> String {
    document["docstatus"] = json!(1);
    let path = format!("/api/resource/{}", erpnext::site::segment(doctype));
    let made = site
        .client
        .write(http::Method::POST, &path, &document)
        .await
        .unwrap();
    let made = erpnext::client::member(made, "data");
    made["name"].as_str().unwrap().to_owned()
}

/// A return of one piece of 50.00 without tax.
pub async fn returned(site: &Site, customer: &RemoteId, more: Value) -> String {
    let mut document = json!({
        "customer": customer.as_str(), "company": site.chart.company, "is_return": 1,
        "posting_date": "2026-11-20", "set_posting_time": 1, "disable_rounded_total": 1,
        "items": [{ "item_name": "goods", "description": "goods", "qty": -1, "rate": 50,
            "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
            "income_account": site.account }],
    });
    for (field, value) in more.as_object().unwrap() {
        document[field] = value.clone();
    }
    submitted(site, "Sales Invoice", document).await
}

pub async fn read(site: &Site, cursor: &Cursor, whole: bool) -> CreditsPage {
    let begin = CreditsPass {
        whole,
        quiet: false,
    };
    site.books.credits(cursor, Some(begin)).await.unwrap()
}

/// What one customer has open, as titles without days.
pub fn of(page: &CreditsPage, customer: &RemoteId) -> Vec<String> {
    let own = page.seen.iter().filter(|it| it.contact == *customer);
    let mut shown: Vec<String> = own
        .map(|it| {
            let (form, name) = (it.form.word(), it.number.as_deref().unwrap_or_default());
            format!("{form} {name}: {}", it.money())
        })
        .collect();
    shown.sort();
    shown
}

pub async fn what_customers_have_open_beside_invoices(site: &Site) {
    let customer = site.customer("credits").await;
    let sold = site.owed("credited", &customer, "120").await;
    let empty = read(site, &Cursor::default(), true).await;
    assert!(empty.all);
    assert_eq!(of(&empty, &customer), Vec::<String>::new());

    // Credit notes are told of as such: one that lowers its invoice, and one that stands for itself.
    let against = json!({ "return_against": sold.as_str(), "update_outstanding_for_self": 0 });
    returned(site, &customer, against).await;
    assert_eq!(site.outstanding(sold.as_str()).await, dec("70"));
    let own = returned(site, &customer, json!({})).await;
    // Money on account, in part for the invoice.
    let debtors = site.stored("Sales Invoice", sold.as_str()).await["debit_to"].clone();
    let till = site
        .chart
        .money_accounts()
        .find(|it| it.currency == Some(super::site::gbp()));
    let till = till.expect("a bank or cash account").name.clone();
    let paid = submitted(
        site,
        "Payment Entry",
        json!({ "payment_type": "Receive", "company": site.chart.company,
            "posting_date": "2026-11-20", "party_type": "Customer", "party": customer.as_str(),
            "paid_from": debtors, "paid_to": till, "paid_amount": 150, "received_amount": 150,
            "reference_no": "x", "reference_date": "2026-11-20",
            "references": [{ "reference_doctype": "Sales Invoice", "reference_name": sold.as_str(),
                "allocated_amount": 30 }] }),
    )
    .await;
    // Rows of journal entries without a document: in the customer's favour, and against him.
    let journal = async |row: Value, other: Value| {
        let mut row = row;
        row["account"] = debtors.clone();
        row["party_type"] = json!("Customer");
        row["party"] = json!(customer.as_str());
        let mut other = other;
        other["account"] = json!(till);
        let rows = json!([row, other]);
        let entry = json!({ "company": site.chart.company, "posting_date": "2026-11-20",
            "cheque_no": "x", "cheque_date": "2026-11-20", "accounts": rows });
        submitted(site, "Journal Entry", entry).await
    };
    let given = journal(
        json!({ "credit_in_account_currency": 40 }),
        json!({ "debit_in_account_currency": 40 }),
    )
    .await;
    let owed = journal(
        json!({ "debit_in_account_currency": 25 }),
        json!({ "credit_in_account_currency": 25 }),
    )
    .await;
    // Written off by a journal entry: that is in what the invoice owes.
    journal(
        json!({ "credit_in_account_currency": 40, "reference_type": "Sales Invoice",
            "reference_name": sold.as_str() }),
        json!({ "debit_in_account_currency": 40 }),
    )
    .await;
    assert_eq!(site.outstanding(sold.as_str()).await, dec("0"));
    let page = read(site, &empty.next, false).await;
    assert!(page.all, "the ledger has moved");
    assert_eq!(page.unreadable, []);
    let mut expected = vec![
        format!("journal {given}: 40.00 GBP"),
        format!("journal {owed}: -25.00 GBP"),
        format!("payment {paid}: 120.00 GBP"),
    ];
    expected.sort();
    assert_eq!(of(&page, &customer), expected);

    // What is cancelled is nobody's money.
    for (doctype, name) in [("Sales Invoice", &own), ("Payment Entry", &paid)] {
        let path = erpnext::site::document(doctype, name);
        let body = json!({ "docstatus": 2 });
        let put = http::Method::PUT;
        site.client.write(put, &path, &body).await.unwrap();
    }
    let page = read(site, &page.next, false).await;
    assert_eq!(
        of(&page, &customer),
        [
            format!("journal {given}: 40.00 GBP"),
            format!("journal {owed}: -25.00 GBP")
        ]
    );
    // On a site of our own nothing moves between two reads.
    if site.is_demo() {
        let still = read(site, &page.next, false).await;
        assert!(!still.all && still.seen.is_empty());
        assert_eq!(still.next, page.next);
    }
}
