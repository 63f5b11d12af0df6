//! A submitted document that is replaced: by an amendment of itself, without a moment in which what
//! the site refuses costs anything.

use engine::books::{Answer, Books, Change, Exchanges, Lookup, Pulled};
use http::Method;
use ledger::{Document, DocumentState, Kind, Record, RemoteId};
use serde_json::{Value, json};

use super::site::{Site, agrees, day, dec, invoice_of};

/// An invoice as a person enters it, with more than we would: texts, the order's date, a row of an
/// item, one in hours.
pub async fn entered(site: &Site, of: &str, customer: &RemoteId) -> Pulled {
    let code = format!("WIDGET {}", site.run);
    let item = json!({"item_code": code, "item_name": code, "item_group": "Products", "stock_uom": "Nos", "is_stock_item": 0});
    let path = erpnext::site::doctype("Item");
    // An item is made once.
    let _ = site.client.write(Method::POST, &path, &item).await;
    let account = site.chart.default_income_account.clone();
    let body = json!({
        "customer": customer.as_str(), "company": site.chart.company, "set_posting_time": 1,
        "posting_date": "2026-11-02", "due_date": "2026-11-30", "disable_rounded_total": 1,
        "remarks": "Back door", "terms": "Net 28", "po_no": "PO 1", "po_date": "2026-11-01",
        "xero_invoice_id": site.mark(of), "docstatus": 1,
        "items": [
            {"item_code": code, "qty": 2, "rate": 50, "description": "Widget, blue", "income_account": account},
            {"item_name": "Work", "description": "Work", "qty": 3, "rate": 20, "uom": "Hour",
             "stock_uom": "Hour", "conversion_factor": 1, "income_account": account},
        ],
    });
    let path = erpnext::site::doctype("Sales Invoice");
    let made = site.client.write(Method::POST, &path, &body).await.unwrap();
    read(site, made["data"]["name"].as_str().unwrap()).await
}

async fn read(site: &Site, name: &str) -> Pulled {
    let by = Lookup::Ids(vec![RemoteId::new(name)]);
    site.books.find(Kind::Invoice, &by).await.unwrap().remove(0)
}

/// All documents that carry the identity, by name: state, total, stored marker.
async fn standing(site: &Site, of: &str) -> Vec<(String, u64, String, Value)> {
    let list = erpnext::client::List {
        doctype: "Sales Invoice",
        parent: None,
        fields: vec!["name", "docstatus", "grand_total", "xero_invoice_id"],
        filters: vec![json!([
            "xero_invoice_id",
            "like",
            format!("{}%", site.mark(of))
        ])],
        order_by: "name asc",
        limit: 0,
    };
    let rows = site.client.list(&list).await.unwrap();
    rows.iter()
        .map(|row| {
            (
                row.name("name").unwrap(),
                row.docstatus().unwrap().into(),
                row.to_value()["grand_total"].to_string(),
                row.to_value()["xero_invoice_id"].clone(),
            )
        })
        .collect()
}

fn replace(site: &Site, of: &str, made: &Pulled, to: &Document) -> Change {
    Change::Update {
        id: made.id.clone(),
        version: made.version.clone(),
        from: Record::Invoice(invoice_of(made)),
        to: Record::Invoice(to.clone()),
        source: site.id(of),
        source_link: None,
        under_way: false,
    }
}

fn due_later(made: &Pulled) -> Document {
    Document {
        due_date: Some(day(12, 24)),
        ..invoice_of(made)
    }
}

pub async fn a_replacement_keeps_all_that_did_not_change(site: &Site) {
    let customer = site.customer("copied").await;
    let made = entered(site, "copied", &customer).await;
    let before = site.stored("Sales Invoice", made.id.as_str()).await;
    let to = due_later(&made);
    let next = site.done(replace(site, "copied", &made, &to)).await;
    agrees(&to, &next);
    assert_eq!(next.id.as_str(), format!("{}-1", made.id));
    assert_eq!(next.replaces, Some(made.id.clone()));
    let after = site.stored("Sales Invoice", next.id.as_str()).await;
    for field in [
        "remarks",
        "terms",
        "po_no",
        "po_date",
        "customer",
        "debit_to",
        "grand_total",
        "language",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    for row in 0..2 {
        for field in [
            "item_code",
            "item_name",
            "description",
            "uom",
            "qty",
            "rate",
            "cost_center",
            "income_account",
        ] {
            assert_eq!(
                after["items"][row][field], before["items"][row][field],
                "{row} {field}"
            );
        }
    }
    assert_eq!(
        after["xero_invoice_id"],
        json!(format!("{}#1", site.mark("copied")))
    );
    // A line's price changes that line.
    let mut to = due_later(&next);
    to.lines[1].unit_price = dec("30");
    to.lines[1].amount = dec("90.00");
    to.net_total += dec("30");
    to.total += dec("30");
    to.amount_due = to.total;
    let last = site.done(replace(site, "copied", &next, &to)).await;
    agrees(&to, &last);
    let stored = site.stored("Sales Invoice", last.id.as_str()).await;
    assert_eq!(
        stored["items"][0]["item_code"],
        before["items"][0]["item_code"]
    );
    assert_eq!(stored["items"][1]["uom"], json!("Hour"));
    assert_eq!(
        stored["xero_invoice_id"],
        json!(format!("{}#2", site.mark("copied")))
    );
}

pub async fn what_happens_between_two_requests_is_not_undone(site: &Site) {
    let customer = site.customer("between").await;
    let made = entered(site, "between", &customer).await;
    let to = due_later(&made);
    // Read in full, and then a person saves it: the cancellation is refused.
    let prepared = site
        .prepared(vec![replace(site, "between", &made, &to)])
        .await;
    let path = erpnext::site::document("Sales Invoice", made.id.as_str());
    let touched = json!({"po_date": "2026-10-31"});
    site.client
        .write(Method::PUT, &path, &touched)
        .await
        .unwrap();
    let answer = site
        .books
        .send(&prepared, &Exchanges::default())
        .await
        .remove(0);
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    let live = standing(site, "between").await;
    assert_eq!(live.len(), 1, "{live:?}");
    assert_eq!((live[0].1, &live[0].3), (1, &json!(site.mark("between"))));
}

pub async fn what_is_refused_at_submit_puts_the_old_content_back(site: &Site) {
    let customer = site.customer("back").await;
    let made = entered(site, "back", &customer).await;
    let path = erpnext::site::document("Customer", customer.as_str());
    let limit = json!({"credit_limits": [{"company": site.chart.company, "credit_limit": 170}]});
    site.client.write(Method::PUT, &path, &limit).await.unwrap();
    let mut to = due_later(&made);
    to.lines[0].unit_price = dec("150");
    to.lines[0].amount = dec("300.00");
    to.net_total += dec("200");
    to.total += dec("200");
    to.reference = Some("PO 2".into());
    let change = replace(site, "back", &made, &to);
    let answer = site.send(vec![change]).await.remove(0);
    let Answer::Refused { answer, .. } = answer else {
        panic!("{answer:?}")
    };
    assert!(answer.contains("redit limit"), "{answer}");
    // It lives on as its own amendment, as it was.
    let next = read(site, &format!("{}-1", made.id)).await;
    let now = invoice_of(&next);
    assert_eq!(now.state, DocumentState::Approved);
    assert!(ledger::agreement::same_content(&now, &invoice_of(&made)));
    assert_eq!(next.marker, Some(site.id("back")));
    let states: Vec<u64> = standing(site, "back").await.iter().map(|it| it.1).collect();
    assert_eq!(states, [2, 1]);
}

pub async fn a_replacement_cut_off_is_gone_on_with(site: &Site) {
    let customer = site.customer("cut").await;
    let made = entered(site, "cut", &customer).await;
    let to = due_later(&made);
    let prepared = site
        .prepared(vec![replace(site, "cut", &made, &to)])
        .await
        .remove(0);
    // As far as the cancellation.
    for step in &prepared.steps[..2] {
        let method = step.method.parse().unwrap();
        site.client
            .write(method, &step.path, &step.body)
            .await
            .unwrap();
    }
    let by = Lookup::Markers(vec![site.id("cut")]);
    let found = site.books.find(Kind::Invoice, &by).await.unwrap();
    let states: Vec<DocumentState> = found.iter().map(|it| invoice_of(it).state).collect();
    assert_eq!(
        states,
        [DocumentState::Draft],
        "the cancelled one says nothing of the identity"
    );
    let draft = &found[0];
    let change = Change::Update {
        id: draft.id.clone(),
        version: draft.version.clone(),
        from: Record::Invoice(invoice_of(draft)),
        to: Record::Invoice(to.clone()),
        source: site.id("cut"),
        source_link: None,
        under_way: true,
    };
    let done = site.done(change).await;
    agrees(&to, &done);
    assert_eq!((&done.id, &done.replaces), (&draft.id, &Some(made.id)));
    let stored = site.stored("Sales Invoice", done.id.as_str()).await;
    assert_eq!(stored["terms"], json!("Net 28"));
}

/// Two installations replace one document: the second takes the first one's draft for left over and makes its own in
/// its place, and then finds the document cancelled. Nothing would live without that draft.
pub async fn the_draft_of_whoever_is_second_is_gone_on_with(site: &Site) {
    let customer = site.customer("second").await;
    let made = entered(site, "second", &customer).await;
    let to = due_later(&made);
    let change = || vec![replace(site, "second", &made, &to)];
    let first = site.prepared(change()).await.remove(0);
    let sent = async |step: &engine::books::Step| {
        let method = step.method.parse().unwrap();
        let sent = site.client.write(method, &step.path, &step.body).await;
        sent.unwrap();
    };
    sent(&first.steps[0]).await;
    let second = site.prepared(change()).await;
    assert_eq!(second[0].steps[0].method, "DELETE");
    sent(&first.steps[1]).await;
    let answer = site.books.send(&second, &Exchanges::default()).await;
    assert!(matches!(answer[0], Answer::Stale), "{answer:?}");
    let states = async || -> Vec<u64> {
        let standing = standing(site, "second").await;
        standing.iter().map(|it| it.1).collect()
    };
    assert_eq!(states().await, [2, 0]);
    let draft = read(site, &format!("{}-1", made.id)).await;
    let on = Change::Update {
        id: draft.id.clone(),
        version: draft.version.clone(),
        from: Record::Invoice(invoice_of(&draft)),
        to: Record::Invoice(to.clone()),
        source: site.id("second"),
        source_link: None,
        under_way: true,
    };
    let done = site.done(on).await;
    agrees(&to, &done);
    assert_eq!(states().await, [2, 1]);
}
