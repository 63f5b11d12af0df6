//! What has changed, in how many calls.

use std::collections::BTreeSet;

use engine::books::{Books, Change, Cursor};
use ledger::{Kind, PriceMode, RemoteId};

use serde_json::json;

use super::site::Site;

pub async fn changes_are_paged_and_none_is_missed(site: &Site) {
    let customer = site.customer("page").await;
    let invoice = site.invoice(
        "page",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    let made = site.done(site.create("page", &invoice)).await;
    let read = async |kind: Kind, mut cursor: Cursor| {
        let mut ids = BTreeSet::new();
        loop {
            let page = site.books.page(kind, &cursor).await.unwrap();
            for row in &page.rows {
                assert!(row.record.is_ok(), "{row:?}");
                ids.insert(row.id.clone());
            }
            cursor = page.next;
            if !page.more {
                return (ids, cursor);
            }
        }
    };
    let (contacts, contact_cursor) = read(Kind::Contact, Cursor::default()).await;
    assert!(contacts.contains(&customer));
    let (invoices, cursor) = read(Kind::Invoice, Cursor::default()).await;
    assert!(invoices.contains(&made.id));
    // An address alone changes: its customer is found again.
    let address = serde_json::json!({
        "address_title": "Later", "address_type": "Billing", "address_line1": "9 End St", "city": "Leeds",
        "country": "United Kingdom", "is_primary_address": 1,
        "links": [{"link_doctype": "Customer", "link_name": customer.as_str()}]
    });
    site.client
        .write(
            http::Method::POST,
            &erpnext::site::doctype("Address"),
            &address,
        )
        .await
        .unwrap();
    let (again, _) = read(Kind::Contact, contact_cursor).await;
    assert!(again.contains(&customer));
    let (again, _) = read(Kind::Invoice, cursor).await;
    assert!(again.contains(&made.id), "the overlap is read again");
    assert!(
        site.books
            .link(Kind::Invoice, &made.id)
            .unwrap()
            .ends_with(&format!("/app/sales-invoice/{}", made.id))
    );
}

/// Documents with all their rows, and how many calls that takes.
pub async fn whole_documents_in_four_calls(site: &Site) {
    let customer = site.customer("four").await;
    let lines = || {
        vec![
            site.line("1", "10", "10.00", 0),
            site.line("2", "5", "10.00", 1),
        ]
    };
    let changes: Vec<Change> = (0..3)
        .map(|at| {
            let of = format!("four{at}");
            site.create(
                &of,
                &site.invoice(&of, &customer, PriceMode::Exclusive, lines()),
            )
        })
        .collect();
    for answer in site.send(changes).await {
        assert!(
            matches!(answer, engine::books::Answer::Done(_)),
            "{answer:?}"
        );
    }
    let before = site.calls.so_far();
    let filters = vec![json!(["customer", "=", customer.as_str()])];
    let found = erpnext::records::invoices(&site.client, &site.chart, filters, "name asc", 0)
        .await
        .unwrap();
    assert_eq!(site.calls.so_far() - before, 4);
    assert_eq!(found.len(), 3);
    for invoice in found {
        let row = invoice.record.unwrap();
        assert_eq!((row.items.len(), row.taxes.len()), (2, 1), "{}", row.name);
        assert_eq!(row.schedule.len(), 1, "{}", row.name);
        assert_eq!(row.schedule[0].due_date, row.due_date.unwrap());
        assert_eq!(row.schedule[0].amount, row.grand_total);
        assert!(!row.is_return);
    }
}

/// What documents refer to, and what leaves a list without a trace in it.
pub async fn masters_deletions_and_renames(site: &Site) {
    use erpnext::chart::Account;
    use erpnext::records::changes::{Place, Reading, changed};
    use erpnext::records::masters::{
        CostCenter, ExchangeRate, Item, Master, Masters, UsedCurrency,
    };
    use erpnext::records::traces::{deletions, renames};

    async fn all<M: Master>(site: &Site) -> Vec<M> {
        let mut found = Vec::new();
        let mut reading = Reading::default();
        loop {
            let page = changed::<Masters<M>>(&site.client, &site.chart, reading)
                .await
                .unwrap();
            found.extend(page.rows.into_iter().map(|row| row.record.unwrap()));
            reading = page.next;
            if reading.ended {
                return found;
            }
        }
    }
    let accounts: Vec<Account> = all(site).await;
    assert!(accounts.iter().any(|account| account.name == site.account));
    let centers: Vec<CostCenter> = all(site).await;
    assert!(
        centers
            .iter()
            .any(|center| Some(&center.name) == site.chart.cost_center.as_ref())
    );
    let currencies: Vec<UsedCurrency> = all(site).await;
    assert!(
        currencies
            .iter()
            .any(|used| used.code == site.chart.currency.code())
    );
    let _: Vec<Item> = all(site).await;
    let _: Vec<ExchangeRate> = all(site).await;
    assert!(!site.chart.modes_of_payment.is_empty());
    assert!(site.chart.has_fiscal_year(super::site::day(11, 2)));
    assert!(!site.chart.has_fiscal_year("1999-01-01".parse().unwrap()));

    // A draft is deleted, a customer renamed.
    let customer = site.customer("trace").await;
    let mut draft = site.invoice(
        "trace",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    draft.state = ledger::DocumentState::Draft;
    let made = site.done(site.create("trace", &draft)).await;
    let path = erpnext::site::document("Sales Invoice", made.id.as_str());
    site.client
        .write(http::Method::DELETE, &path, &serde_json::Value::Null)
        .await
        .unwrap();
    let mut from = Place::default();
    let mut gone = Vec::new();
    loop {
        let page = deletions(&site.client, &["Sales Invoice", "Customer"], &from)
            .await
            .unwrap();
        gone.extend(page.found);
        from = page.next;
        if !page.more {
            break;
        }
    }
    assert!(gone.iter().any(|deletion| {
        deletion.doctype == "Sales Invoice" && deletion.name == made.id.as_str()
    }));
    let again = deletions(
        &site.client,
        &["Sales Invoice"],
        &from.back(&site.chart.time_zone),
    )
    .await
    .unwrap();
    assert!(
        again
            .found
            .iter()
            .any(|deletion| deletion.name == made.id.as_str()),
        "the overlap is read again"
    );

    let new_name = format!("{customer} renamed");
    site.client
        .write(
            http::Method::POST,
            "/api/method/frappe.client.rename_doc",
            &json!({"doctype": "Customer", "old_name": customer.as_str(), "new_name": new_name}),
        )
        .await
        .unwrap();
    let mut from = Place::default();
    let mut found = Vec::new();
    loop {
        let page = renames(&site.client, &["Customer"], &from).await.unwrap();
        found.extend(page.found);
        from = page.next;
        if !page.more {
            break;
        }
    }
    let rename = found
        .iter()
        .find(|rename| rename.from == customer.as_str())
        .expect("the rename");
    assert_eq!(rename.to, new_name);
    // Its identity went with it.
    let by_mark = engine::books::Lookup::Markers(vec![site.id("trace")]);
    let moved = site.books.find(Kind::Contact, &by_mark).await.unwrap();
    assert_eq!(moved[0].id, RemoteId::new(new_name));
}
