//! Payments that people enter in ERPNext, as they are read.

use engine::books::{Answer, Books, Change, Cursor, Lookup, Pulled, Trace};
use ledger::{Cause, DocumentState, Kind, PaidDocument, Payment, RemoteId};
use serde_json::{Value, json};

use super::credits::submitted;
use super::payments::{create, dollars, end, in_dollars, make, received, refused, till};
use super::site::{Site, dec, payment_of};

/// Submits a Payment Entry as a person would, with these documents; its name.
async fn entered(site: &Site, customer: &RemoteId, rows: Value, more: Value) -> RemoteId {
    let mut document = json!({
        "payment_type": "Receive", "company": site.chart.company, "posting_date": "2026-11-20",
        "party_type": "Customer", "party": customer.as_str(),
        "paid_from": site.chart.receivable_account, "paid_to": till(site),
        "reference_no": "x", "reference_date": "2026-11-20", "references": rows,
    });
    for (field, value) in more.as_object().unwrap() {
        document[field] = value.clone();
    }
    RemoteId::new(submitted(site, "Payment Entry", document).await)
}

fn row(document: &RemoteId, amount: impl Into<Value>) -> Value {
    json!({"reference_doctype": "Sales Invoice", "reference_name": document.as_str(),
        "allocated_amount": amount.into()})
}

fn paid(amount: impl Into<Value>) -> Value {
    let amount = amount.into();
    json!({"paid_amount": amount.clone(), "received_amount": amount})
}

async fn found(site: &Site, id: &RemoteId) -> Pulled {
    let by = Lookup::Ids(vec![id.clone()]);
    site.books.find(Kind::Payment, &by).await.unwrap().remove(0)
}

async fn read(site: &Site, id: &RemoteId) -> Payment {
    payment_of(&found(site, id).await)
}

fn told(payment: &Payment) -> Vec<(&'static str, String)> {
    let parts = payment.allocations.iter().map(|part| match &part.document {
        PaidDocument::Invoice(_) => ("invoice", part.amount.normalize().to_string()),
        PaidDocument::CreditNote(_) => ("credit note", part.amount.normalize().to_string()),
        PaidDocument::Money(_) => ("money", part.amount.normalize().to_string()),
    });
    parts.collect()
}

fn parts(of: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    of.iter()
        .map(|(kind, amount)| (*kind, (*amount).to_owned()))
        .collect()
}

/// A return of one piece; its name.
async fn returned(site: &Site, customer: &RemoteId, amount: u32) -> RemoteId {
    let document = json!({
        "customer": customer.as_str(), "company": site.chart.company, "is_return": 1,
        "posting_date": "2026-11-20", "set_posting_time": 1, "disable_rounded_total": 1,
        "items": [{ "item_name": "goods", "description": "goods", "qty": -1, "rate": amount,
            "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
            "income_account": site.account }],
    });
    RemoteId::new(submitted(site, "Sales Invoice", document).await)
}

/// What a payment is besides money for invoices is told: nothing of it is taken for less or for more.
pub async fn what_people_enter_is_told(site: &Site) {
    let customer = site.customer("enters").await;
    let first = site.owed("e1", &customer, "100").await;
    let second = site.owed("e2", &customer, "40").await;

    let two = json!([row(&first, 25), row(&second, 40)]);
    let several = entered(site, &customer, two, paid(65)).await;
    let payment = read(site, &several).await;
    assert_eq!(
        told(&payment),
        parts(&[("invoice", "25"), ("invoice", "40")])
    );
    assert_eq!((payment.amount, payment.unallocated), (dec("65"), dec("0")));
    assert_eq!(payment.state, DocumentState::Approved);

    let over = entered(site, &customer, json!([row(&first, 15)]), paid(20)).await;
    let payment = read(site, &over).await;
    assert_eq!(told(&payment), parts(&[("invoice", "15")]));
    assert_eq!((payment.amount, payment.unallocated), (dec("20"), dec("5")));

    let mut fee = paid(9);
    fee["deductions"] = json!([{"account": site.chart.write_off_account,
        "cost_center": site.chart.cost_center, "amount": 1}]);
    let less = entered(site, &customer, json!([row(&first, 10)]), fee).await;
    let payment = read(site, &less).await;
    assert_eq!(
        (payment.amount, payment.bank_amount),
        (dec("9"), Some(dec("9")))
    );
    let kept = payment.with[0].clone();
    assert_eq!(read(site, &kept).await.amount, dec("1"));

    // A credit note that goes with the invoice is no money; a journal entry is no document of ours.
    let note = returned(site, &customer, 12).await;
    let netted = json!([row(&first, 20), row(&note, -12)]);
    let netted = entered(site, &customer, netted, paid(8)).await;
    let payment = read(site, &netted).await;
    assert_eq!(told(&payment), parts(&[("invoice", "8")]));
    assert_eq!(payment.credits, std::slice::from_ref(&note));
    assert_eq!(payment.amount, dec("8"));
    let by = Lookup::Ids(vec![note.clone()]);
    let read_note = site.books.find(Kind::CreditNote, &by).await.unwrap();
    let uses = read_note[0].record.as_ref().unwrap().uses();
    let [used] = uses.as_slice() else {
        panic!("{uses:?}");
    };
    assert_eq!(used.id.as_deref(), Some(netted.as_str()));
    assert_eq!((&used.invoice, used.amount), (&first, dec("12")));
    let debtors = site.chart.receivable_account.clone().unwrap();
    let owed = json!({ "company": site.chart.company, "posting_date": "2026-11-20",
        "cheque_no": "x", "cheque_date": "2026-11-20", "accounts": [
            {"account": debtors, "party_type": "Customer", "party": customer.as_str(),
                "debit_in_account_currency": 7},
            {"account": till(site), "credit_in_account_currency": 7}] });
    let journal = submitted(site, "Journal Entry", owed).await;
    let for_it = json!([{"reference_doctype": "Journal Entry", "reference_name": journal,
        "allocated_amount": 7}]);
    let other = entered(site, &customer, for_it, paid(7)).await;
    let payment = read(site, &other).await;
    assert_eq!((told(&payment), payment.unallocated), (vec![], dec("7")));

    // Money paid back.
    let note = returned(site, &customer, 30).await;
    let mut back = paid(30);
    back["payment_type"] = json!("Pay");
    back["paid_from"] = json!(till(site));
    back["paid_to"] = json!(debtors);
    let refund = entered(site, &customer, json!([row(&note, -30)]), back).await;
    let payment = read(site, &refund).await;
    assert_eq!(payment.direction, ledger::PaymentDirection::Refunded);
    assert_eq!(told(&payment), parts(&[("credit note", "30")]));

    // What is amended is another payment, and no successor.
    let ended = site.done(end(&found(site, &over).await)).await;
    assert_eq!(payment_of(&ended).state, DocumentState::Voided);
    let mut amended = paid(15);
    amended["amended_from"] = json!(over.as_str());
    let amended = entered(site, &customer, json!([row(&first, 15)]), amended).await;
    let amended = found(site, &amended).await;
    assert_eq!((amended.replaces, amended.marker), (None, None));
    assert_ne!(amended.id, over);

    // All of them are in the lists, and nothing else that money did.
    let mut transfer = paid(3);
    transfer["payment_type"] = json!("Internal Transfer");
    transfer["paid_from"] = json!(till(site));
    let elsewhere = site.chart.money_accounts().find(|it| it.name != till(site));
    transfer["paid_to"] = json!(elsewhere.expect("two money accounts").name);
    transfer["party_type"] = Value::Null;
    transfer["party"] = Value::Null;
    let moved = entered(site, &customer, json!([]), transfer).await;
    let listed: Vec<RemoteId> = all(site, &Cursor::default())
        .await
        .0
        .into_iter()
        .map(|it| it.id)
        .collect();
    for id in [
        &several,
        &over,
        &less,
        &kept,
        &netted,
        &other,
        &refund,
        &amended.id,
    ] {
        assert!(listed.contains(id), "{id}");
    }
    assert!(!listed.contains(&moved));
    let by = Lookup::Settling(vec![first.clone()]);
    let settling = site.books.find(Kind::Payment, &by).await.unwrap();
    let settling: Vec<&RemoteId> = settling.iter().map(|it| &it.id).collect();
    assert_eq!(settling.len(), 6);
    for id in [&several, &over, &less, &kept, &netted, &amended.id] {
        assert!(settling.contains(&id), "{id}");
    }
}

/// All pages from a cursor on, and where they end.
async fn all(site: &Site, from: &Cursor) -> (Vec<Pulled>, Cursor) {
    let (mut rows, mut cursor) = (Vec::new(), from.clone());
    loop {
        let page = site.books.page(Kind::Payment, &cursor).await.unwrap();
        rows.extend(page.rows);
        cursor = page.next;
        if !page.more {
            return (rows, cursor);
        }
    }
}

/// What is put to an invoice later, taken off it, or deleted is told.
pub async fn what_becomes_of_a_payment_is_told(site: &Site) {
    let customer = site.customer("later").await;
    let invoice = site.owed("l1", &customer, "50").await;
    let account = make(site, "later", &received(site, &customer, &[], "50")).await;
    let (_, cursor) = all(site, &Cursor::default()).await;
    let used = erpnext::translate::allocation::Use {
        customer: customer.as_str().to_owned(),
        account: site.chart.receivable_account.clone().unwrap(),
        currency: site.chart.currency,
        credit: erpnext::translate::allocation::OpenCredit {
            doctype: "Payment Entry",
            name: account.id.as_str().to_owned(),
            open: dec("50"),
            rate: dec("1"),
        },
        invoice: erpnext::translate::allocation::OpenInvoice {
            doctype: "Sales Invoice",
            name: invoice.as_str().to_owned(),
            open: dec("50"),
            rate: dec("1"),
        },
        amount: dec("50"),
        settles: dec("50"),
        date: "2026-11-20".parse().unwrap(),
    };
    super::reconciliation::reconcile(site, &used).await.unwrap();
    let is_it = |rows: &[Pulled]| rows.iter().find(|it| it.id == account.id).cloned();
    let (rows, cursor) = all(site, &cursor).await;
    let put = is_it(&rows).expect("its change is in the list");
    assert_ne!(put.version, account.version);
    let payment = payment_of(&put);
    assert_eq!(
        (told(&payment), payment.unallocated),
        (parts(&[("invoice", "50")]), dec("0"))
    );

    // Its invoice is cancelled: the site takes it off.
    let path = erpnext::site::document("Sales Invoice", invoice.as_str());
    let cancel = json!({"docstatus": 2});
    site.client
        .write(http::Method::PUT, &path, &cancel)
        .await
        .unwrap();
    let (rows, _) = all(site, &cursor).await;
    let off = is_it(&rows).expect("its change is in the list");
    assert_ne!(off.version, put.version);
    let payment = payment_of(&off);
    assert_eq!((told(&payment), payment.unallocated), (vec![], dec("50")));

    // Cancelled and deleted, on a site that lets people do that.
    site.done(end(&off)).await;
    let keep = json!({"delete_linked_ledger_entries": 0});
    let let_go = json!({"delete_linked_ledger_entries": 1});
    let settings = erpnext::site::document("Accounts Settings", "Accounts Settings");
    let _alone = site.settings().await;
    site.client
        .write(http::Method::PUT, &settings, &let_go)
        .await
        .unwrap();
    let path = erpnext::site::document("Payment Entry", account.id.as_str());
    let gone = site
        .client
        .write(http::Method::DELETE, &path, &Value::Null)
        .await;
    site.client
        .write(http::Method::PUT, &settings, &keep)
        .await
        .unwrap();
    gone.unwrap();
    let traces = site.books.traces(&Cursor::default()).await.unwrap();
    let deleted = Trace::Deleted {
        kind: Kind::Payment,
        id: account.id.clone(),
    };
    assert!(traces.found.contains(&deleted), "{:?}", traces.found);
    assert!(!site.books.exists(Kind::Payment, &account.id).await.unwrap());
}

/// Invoices in dollars: kept in dollars, a payment of them is in dollars; kept in pounds, it is in pounds,
/// and that is told.
pub async fn a_payment_is_in_the_currency_of_its_account(site: &Site) {
    let settings = erpnext::site::document("Accounts Settings", "Accounts Settings");
    let _alone = site.settings().await;
    let several = json!({"allow_multi_currency_invoices_against_single_party_account": 1});
    site.client
        .write(http::Method::PUT, &settings, &several)
        .await
        .unwrap();
    let pounds = site.chart.receivable_account.clone().unwrap();
    let customer = site.customer("kept in pounds").await;
    let invoice = in_dollars(site, "gbp", &customer, &pounds).await;
    let part = json!([row(&invoice, 79.98)]);
    let name = entered(site, &customer, part, paid(79.98)).await;
    let payment = read(site, &name).await;
    assert_eq!(payment.currency.code(), "GBP");
    assert_eq!(told(&payment), parts(&[("invoice", "79.98")]));
    assert_eq!(payment.exchange_rate, Some(dec("1")));
    let own = payment.allocations[0].in_document.unwrap();
    assert_eq!((own.currency.code(), own.amount), ("USD", dec("99.98")));
    // What is left is two pence, in pounds.
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("0.02"));
    // In a third currency nothing can be paid on it.
    let usd = ledger::Currency::new("USD").unwrap();
    let mut more = received(site, &customer, &[(&invoice, "0.02")], "0");
    more.currency = ledger::Currency::new("EUR").unwrap();
    more.exchange_rate = Some(dec("0.8"));
    match refused(site, "gbp-pay", &more).await {
        Cause::PaymentNotCarried { why, .. } => assert!(why.contains("in GBP"), "{why}"),
        other => panic!("{other:?}"),
    }

    // A gain that a person books by hand: 88.00 settled, 99.00 received (R3).
    let second = in_dollars(site, "gbp2", &customer, &pounds).await;
    let mut gain = paid(99);
    gain["deductions"] = json!([{"account": site.chart.exchange_account,
        "cost_center": site.chart.cost_center, "amount": -19}]);
    let name = entered(site, &customer, json!([row(&second, 80)]), gain).await;
    let payment = read(site, &name).await;
    assert_eq!((payment.amount, payment.unallocated), (dec("80"), dec("0")));
    assert_eq!(payment.bank_amount, Some(dec("99")));
    assert_eq!(payment.deductions[0].base_amount, dec("-19"));
    assert!(payment.deductions[0].exchange_difference, "no fee");
    assert_eq!(payment.in_documents().amount, dec("100"));

    let account = dollars(site).await;
    let customer = site.customer("kept in dollars").await;
    let invoice = in_dollars(site, "usd1", &customer, &account).await;
    let name = entered(
        site,
        &customer,
        json!([row(&invoice, 60)]),
        json!({"paid_from": account, "paid_amount": 60, "received_amount": 45.6,
            "source_exchange_rate": 0.76, "target_exchange_rate": 1}),
    )
    .await;
    let payment = read(site, &name).await;
    assert_eq!(payment.currency, usd);
    assert_eq!(told(&payment), parts(&[("invoice", "60")]));
    assert_eq!((payment.amount, payment.unallocated), (dec("60"), dec("0")));
    assert_eq!(payment.exchange_rate, Some(dec("0.76")));
    assert_eq!(payment.bank_amount, Some(dec("45.6")));
    assert_eq!(payment.deductions, []);
}

/// One Payment Entry goes from one receivable account: a batch over invoices of two is none here.
pub async fn a_payment_goes_from_the_account_of_its_invoices(site: &Site) {
    let own = site.chart.receivable_account.clone().unwrap();
    let parent = site.stored("Account", &own).await["parent_account"].clone();
    let name = format!("Debtors {}", site.run);
    let body = json!({"account_name": name, "parent_account": parent,
        "company": site.chart.company, "account_type": "Receivable"});
    let path = erpnext::site::doctype("Account");
    let other = site
        .client
        .write(http::Method::POST, &path, &body)
        .await
        .unwrap();
    let other = other["data"]["name"].as_str().unwrap();
    let customer = site.customer("two accounts").await;
    let plain = site.owed("plain", &customer, "10").await;
    let document = json!({
        "customer": customer.as_str(), "company": site.chart.company, "debit_to": other,
        "posting_date": "2026-11-02", "due_date": "2026-12-02", "set_posting_time": 1,
        "disable_rounded_total": 1,
        "items": [{ "item_name": "goods", "description": "goods", "qty": 1, "rate": 20,
            "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
            "income_account": site.account }],
    });
    let apart = RemoteId::new(submitted(site, "Sales Invoice", document).await);
    let both = received(site, &customer, &[(&plain, "10"), (&apart, "20")], "0");
    match refused(site, "both", &both).await {
        Cause::PaymentNotCarried { why, .. } => assert!(why.contains(other), "{why}"),
        cause => panic!("{cause:?}"),
    }
    let made = make(
        site,
        "apart",
        &received(site, &customer, &[(&apart, "20")], "0"),
    )
    .await;
    let (row, _) = super::payments::read(site, made.id.as_str()).await;
    assert_eq!(row.party_account, other);
    assert_eq!(site.outstanding(apart.as_str()).await, dec("0"));
}

fn mark(site: &Site, of: &str, pulled: &Pulled) -> Change {
    Change::Mark {
        kind: Kind::Payment,
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        source: site.id(of),
        source_link: Some("https://go.xero.com/test".into()),
    }
}

/// What people entered is marked after it was submitted, many in one call; where a payment that was
/// cancelled holds the identity for ever, the one that was entered instead says it too, and alone.
pub async fn payments_entered_by_hand_are_marked(site: &Site) {
    let customer = site.customer("by hand").await;
    let invoice = site.owed("h1", &customer, "30").await;
    let part = json!([row(&invoice, 10)]);
    let first = make(
        site,
        "h",
        &received(site, &customer, &[(&invoice, "10")], "0"),
    )
    .await;
    let first = site.done(end(&first)).await;
    let again = entered(site, &customer, part.clone(), paid(10)).await;
    let again = found(site, &again).await;
    assert_eq!(again.marker, None);
    let marked = site.done(mark(site, "h", &again)).await;
    assert_eq!(marked.marker, Some(site.id("h")));
    assert_eq!(marked.record, again.record);
    let by = Lookup::Markers(vec![site.id("h")]);
    let holding = site.books.find(Kind::Payment, &by).await.unwrap();
    assert_eq!(holding, std::slice::from_ref(&marked));
    assert_eq!(found(site, &first.id).await.marker, None);
    // One that lives keeps it.
    let third = entered(site, &customer, part.clone(), paid(10)).await;
    let third = found(site, &third).await;
    let refused = site.send(vec![mark(site, "h", &third)]).await.remove(0);
    assert!(matches!(refused, Answer::Exists), "{refused:?}");
    let fourth = entered(site, &customer, part, paid(10)).await;
    let fourth = found(site, &fourth).await;
    let before = site.calls.so_far();
    let both = vec![mark(site, "h3", &third), mark(site, "h4", &fourth)];
    let marked = site.send(both).await;
    assert!(
        marked.iter().all(|it| matches!(it, Answer::Done(_))),
        "{marked:?}"
    );
    // Both in one call, three lists that read them back, and one of invoices in other currencies.
    assert_eq!(site.calls.so_far() - before, 5);
}

/// What the bank's statement shows is not cancelled, though the site would let it be.
pub async fn what_the_bank_has_seen_is_not_cancelled(site: &Site) {
    let customer = site.customer("bank").await;
    let invoice = site.owed("b1", &customer, "10").await;
    let made = make(
        site,
        "bank",
        &received(site, &customer, &[(&invoice, "10")], "0"),
    )
    .await;
    let mut seen = payment_of(&made);
    seen.reconciled = true;
    let mut cleared = made.clone();
    cleared.record = Ok(ledger::Record::Payment(seen));
    let write = |pulled: &Pulled| engine::books::Write {
        key: "key".into(),
        change: end(pulled),
        held: None,
    };
    match site.books.prepare(&write(&cleared)) {
        Err(Cause::CannotVoid { why, .. }) => assert!(why.contains("bank statement"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(site.books.prepare(&write(&made)).is_ok());
    // Nor is a draft of somebody's, and none is made of ours.
    let mut draft = payment_of(&made);
    draft.state = DocumentState::Draft;
    let mut drafted = made.clone();
    drafted.record = Ok(ledger::Record::Payment(draft.clone()));
    assert!(site.books.prepare(&write(&drafted)).is_err());
    let change = create(site, "draft", &draft);
    let (key, held) = ("key".into(), None);
    let write = engine::books::Write { key, change, held };
    assert!(site.books.prepare(&write).is_err());
}
