//! Payments: made, read back, taken back, and what a site refuses.

use engine::books::{Answer, Books, Change, Lookup, Pulled, Write};
use erpnext::records::payments;
use erpnext::wire::PaymentRow;
use ledger::payment::same_payment;
use ledger::{
    Cause, Currency, Deduction, DocumentState, Kind, PaidDocument, Payment, PaymentAllocation,
    PaymentDirection, Record, RemoteId, Version,
};
use rust_decimal::Decimal;
use serde_json::json;

use super::returns;
use super::site::{Site, day, dec, gbp, payment_of};

pub fn received(
    site: &Site,
    customer: &RemoteId,
    parts: &[(&RemoteId, &str)],
    rest: &str,
) -> Payment {
    let allocations: Vec<PaymentAllocation> = parts
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice((*invoice).clone()),
            amount: dec(amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    let allocated: Decimal = allocations.iter().map(|part| part.amount).sum();
    Payment {
        number: None,
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: customer.clone(),
        contact_name: String::new(),
        date: day(11, 10),
        currency: gbp(),
        exchange_rate: None,
        amount: allocated + dec(rest),
        bank_account: Some(till(site)),
        bank_amount: None,
        mode: None,
        reference: Some("BACS 17".into()),
        allocations,
        unallocated: dec(rest),
        deductions: vec![],
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    }
}

/// A bank or cash account in pounds.
pub fn till(site: &Site) -> String {
    site.chart
        .money_accounts()
        .find(|account| account.currency == Some(gbp()))
        .expect("a bank or cash account")
        .name
        .clone()
}

pub fn create(site: &Site, of: &str, payment: &Payment) -> Change {
    Change::Create {
        record: Record::Payment(payment.clone()),
        source: site.id(of),
        source_link: Some("https://go.xero.com/test".into()),
    }
}

pub fn end(pulled: &Pulled) -> Change {
    Change::End {
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        from: pulled.record.clone().unwrap(),
    }
}

pub async fn make(site: &Site, of: &str, payment: &Payment) -> Pulled {
    site.done(create(site, of, payment)).await
}

/// Why it would not be written, or was not.
pub async fn refused(site: &Site, of: &str, payment: &Payment) -> Cause {
    let change = create(site, of, payment);
    let held = site.books.hold(&[&change]).await.unwrap().remove(0);
    let key = "key".into();
    match site.books.prepare(&Write { key, change, held }) {
        Err(cause) => cause,
        Ok(_) => match site.send(vec![create(site, of, payment)]).await.remove(0) {
            Answer::Refused { cause, .. } => cause,
            other => panic!("{of}: {other:?}"),
        },
    }
}

pub async fn read(site: &Site, name: &str) -> (PaymentRow, Payment) {
    let filters = vec![json!(["name", "=", name])];
    let row = payments(&site.client, &site.chart, filters, "name asc", 0)
        .await
        .unwrap()
        .remove(0)
        .record
        .unwrap();
    let payment = erpnext::translate::payment_in::to_ledger(&row, &site.chart);
    (row, payment)
}

async fn owed_on(site: &Site, invoices: &[&RemoteId]) -> Vec<Decimal> {
    let mut owed = Vec::new();
    for invoice in invoices {
        owed.push(site.outstanding(invoice.as_str()).await);
    }
    owed
}

/// One for three invoices, one of them in part: in one request, found by its identity and by what it
/// pays, made once, and cancelled at the version that was read.
pub async fn one_payment_for_several_invoices(site: &Site) {
    let customer = site.customer("pays").await;
    let first = site.owed("p1", &customer, "60").await;
    let second = site.owed("p2", &customer, "50").await;
    let third = site.owed("p3", &customer, "19.50").await;
    let invoices = [&first, &second, &third];
    let parts = [(&first, "60"), (&second, "20.50"), (&third, "19.50")];
    let payment = received(site, &customer, &parts, "0");
    let before = site.calls.so_far();
    let made = make(site, "batch:pays", &payment).await;
    // What is owed, the payment, three lists that read it back, and one of invoices in other currencies.
    assert_eq!(site.calls.so_far() - before, 6);
    let got = payment_of(&made);
    assert!(same_payment(&payment, &got), "{got:?}");
    assert_eq!(got.amount, dec("100"));
    assert_eq!(got.reference, payment.reference);
    assert_eq!(got.bank_account, payment.bank_account);
    assert_eq!(got.bank_amount, Some(dec("100")));
    assert_eq!(got.number.as_deref(), Some(made.id.as_str()));
    assert!(!got.reconciled);
    assert_eq!(made.marker, Some(site.id("batch:pays")));
    assert!(made.born.is_some(), "its name may be given again");
    assert_eq!(
        owed_on(site, &invoices).await,
        [dec("0"), dec("29.5"), dec("0")]
    );
    let stored = site.stored("Payment Entry", made.id.as_str()).await;
    assert_eq!(stored["xero_link"], "https://go.xero.com/test");
    assert_eq!(stored["xero_last_outcome"], "Created from Xero");

    // As after a lost answer: what is owed says no, and so does the site; it is found all the same.
    let paid = refused(site, "batch:other", &payment).await;
    assert!(matches!(paid, Cause::PaidTooMuch { .. }), "{paid:?}");
    let sent = send_unseen(site, "batch:pays", &payment).await;
    assert!(matches!(sent, Answer::Exists), "{sent:?}");
    for by in [
        Lookup::Markers(vec![site.id("batch:pays")]),
        Lookup::Settling(vec![second.clone()]),
        Lookup::Settling(vec![first.clone(), second.clone(), third.clone()]),
        Lookup::Titles(vec![made.id.as_str().to_owned()]),
    ] {
        let found = site.books.find(Kind::Payment, &by).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&made), "{by:?}");
    }

    let mut stale = made.clone();
    stale.version = Version::new("2026-01-01 00:00:00.000000");
    let answer = site.send(vec![end(&stale)]).await.remove(0);
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    let ended = site.done(end(&made)).await;
    assert_eq!(payment_of(&ended).state, DocumentState::Voided);
    assert_eq!(ended.marker, made.marker);
    assert_ne!(ended.version, made.version);
    assert_eq!(
        owed_on(site, &invoices).await,
        [dec("60"), dec("50"), dec("19.5")]
    );
    // It is as it should be: nothing is sent.
    let again = site.done(end(&ended)).await;
    assert_eq!(again, ended);
}

/// Sent as it was worded before anything was paid.
pub async fn send_unseen(site: &Site, of: &str, payment: &Payment) -> Answer {
    let change = create(site, of, payment);
    let (key, held) = ("key".into(), None);
    let prepared = site.books.prepare(&Write { key, change, held }).unwrap();
    let journal = engine::books::Exchanges::default();
    site.books.send(&[prepared], &journal).await.remove(0)
}

/// Several on one invoice in one batch, beside others: each counts, and what is one too many is told with
/// both figures.
pub async fn payments_of_one_invoice_in_one_batch(site: &Site) {
    let customer = site.customer("parts").await;
    let invoice = site.owed("o1", &customer, "100").await;
    let other = site.owed("o2", &customer, "30").await;
    let part = |amount: &str| received(site, &customer, &[(&invoice, amount)], "0");
    let both = [(&invoice, "20"), (&other, "30")];
    let changes = vec![
        create(site, "one", &part("25")),
        create(site, "two", &part("25")),
        create(site, "three", &received(site, &customer, &both, "0")),
        create(site, "four", &part("29.99")),
        create(site, "five", &part("0.02")),
    ];
    let mut answers = site.send(changes).await;
    let last = answers.pop().unwrap();
    let made: Vec<Pulled> = answers
        .into_iter()
        .map(|answer| match answer {
            Answer::Done(pulled) => *pulled,
            other => panic!("{other:?}"),
        })
        .collect();
    match last {
        Answer::Refused {
            cause: Cause::PaidTooMuch { paid, owed, .. },
            ..
        } => assert_eq!((paid.as_str(), owed.as_str()), ("0.02 GBP", "0.01 GBP")),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        owed_on(site, &[&invoice, &other]).await,
        [dec("0.01"), dec("0")]
    );
    let ended = site.send(made.iter().map(end).collect()).await;
    assert!(
        ended.iter().all(|it| matches!(it, Answer::Done(_))),
        "{ended:?}"
    );
    assert_eq!(
        owed_on(site, &[&invoice, &other]).await,
        [dec("100"), dec("30")]
    );
}

pub async fn money_kept_back_and_money_paid_back(site: &Site) {
    let customer = site.customer("fees").await;
    let invoice = site.owed("f1", &customer, "100").await;
    let mut payment = received(site, &customer, &[(&invoice, "100")], "0");
    payment.deductions = vec![Deduction {
        account: site
            .chart
            .write_off_account
            .clone()
            .expect("an account to write off to"),
        base_amount: dec("3"),
        exchange_difference: false,
    }];
    let got = payment_of(&make(site, "fee", &payment).await);
    // What was kept back is read as a payment of its own.
    assert_eq!(got.amount, dec("97"));
    assert_eq!(got.bank_amount, Some(dec("97")));
    assert_eq!(got.with.len(), 1);
    assert_eq!(got.deductions, []);
    assert_eq!(got.unallocated, Decimal::ZERO);
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);

    // A credit note is paid out.
    let note = returns::note(
        site,
        "paidout",
        &customer,
        vec![site.line("1", "60", "60.00", 2)],
    );
    let paid_out = returns::make(site, "paidout", &note).await.id;
    let mut refund = received(site, &customer, &[], "0");
    refund.direction = PaymentDirection::Refunded;
    refund.amount = dec("45");
    refund.allocations = vec![PaymentAllocation {
        id: None,
        document: PaidDocument::CreditNote(paid_out.clone()),
        amount: dec("45"),
        in_document: None,
        leaves: None,
    }];
    let made = make(site, "refund", &refund).await;
    let got = payment_of(&made);
    assert!(same_payment(&refund, &got), "{got:?}");
    assert_eq!(got.bank_amount, Some(dec("45")));
    let left = returns::read(site, &paid_out).await;
    // No more than is left, of one that is there.
    let mut more = refund.clone();
    (more.amount, more.allocations[0].amount) = (dec("15.01"), dec("15.01"));
    match refused(site, "more", &more).await {
        Cause::Invalid { why, .. } => assert!(why.contains("only 15.00 GBP is left"), "{why}"),
        other => panic!("{other:?}"),
    }
    let nowhere = RemoteId::new("No such note");
    more.allocations[0].document = PaidDocument::CreditNote(nowhere);
    let missing = refused(site, "nowhere", &more).await;
    assert!(
        matches!(missing, Cause::WaitsForCreditNote { .. }),
        "{missing:?}"
    );
    assert_eq!(left.amount_due, dec("15"));
    assert_eq!(left.refunded(), dec("45"));
    assert_eq!(left.allocations, []);
    site.done(end(&made)).await;
    let left = returns::read(site, &paid_out).await;
    assert_eq!(left.amount_due, dec("60"));
}

/// A receivable account in dollars; made where the site has none.
pub async fn dollars(site: &Site) -> String {
    let usd = Currency::new("USD").unwrap();
    if let Some(account) = site.chart.receivable_in(usd) {
        return account.to_owned();
    }
    let own = site.chart.receivable_account.clone().unwrap();
    let parent = site.stored("Account", &own).await["parent_account"].clone();
    let body = json!({
        "account_name": "Debtors USD", "parent_account": parent, "company": site.chart.company,
        "account_type": "Receivable", "account_currency": "USD"
    });
    let path = erpnext::site::doctype("Account");
    let made = site
        .client
        .write(http::Method::POST, &path, &body)
        .await
        .unwrap();
    made["data"]["name"].as_str().unwrap().to_owned()
}

/// An invoice of 100 US dollars at 0.8, kept in an account.
pub async fn in_dollars(site: &Site, of: &str, customer: &RemoteId, account: &str) -> RemoteId {
    let body = json!({
        "doctype": "Sales Invoice", "name": site.number(of), "customer": customer.as_str(),
        "company": site.chart.company, "currency": "USD", "conversion_rate": 0.8,
        "debit_to": account, "set_posting_time": 1, "posting_date": "2026-11-02",
        "due_date": "2026-12-02", "disable_rounded_total": 1, "docstatus": 1,
        "items": [{"item_name": "Work", "description": "Work", "qty": 1, "rate": 100,
                   "uom": site.chart.whole_unit, "income_account": site.account}]
    });
    let path = erpnext::site::doctype_v2("Sales Invoice");
    site.client
        .write(http::Method::POST, &path, &body)
        .await
        .unwrap();
    RemoteId::new(site.number(of))
}

/// The receivable account is the invoice's, whatever the company's is; a difference of rates is booked by
/// the site itself.
pub async fn foreign_currency_leaves_a_gain_or_loss(site: &Site) {
    let customer = site.customer("usd").await;
    let account = dollars(site).await;
    let invoice = in_dollars(site, "usd", &customer, &account).await;
    let mut payment = received(site, &customer, &[(&invoice, "100")], "0");
    payment.currency = Currency::new("USD").unwrap();
    payment.exchange_rate = Some(dec("0.82"));
    let made = make(site, "usd-pay", &payment).await;
    let got = payment_of(&made);
    assert!(same_payment(&payment, &got), "{got:?}");
    assert_eq!(got.exchange_rate, Some(dec("0.82")));
    assert_eq!(got.bank_amount, Some(dec("82")));
    assert_eq!(got.deductions, [], "the gain is in an entry of its own");
    let (row, _) = read(site, made.id.as_str()).await;
    assert_eq!(row.party_account, account);
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);
    site.done(end(&made)).await;
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
}

/// A dollar invoice that the site keeps in pounds is paid in its own currency: what the bank moved is what it
/// moved, and the rest is a gain, not money on account (R3).
pub async fn a_foreign_invoice_that_is_kept_in_pounds_is_paid(site: &Site) {
    let customer = site.customer("kept").await;
    // A site takes such an invoice for a customer who has entries in pounds.
    site.owed("kept-first", &customer, "10").await;
    let pounds = site.chart.receivable_account.clone().unwrap();
    let invoice = in_dollars(site, "kept", &customer, &pounds).await;
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("80"));
    let pay = |amount: &str, leaves: &str, rate: &str, moved: Option<&str>| {
        let mut payment = received(site, &customer, &[(&invoice, amount)], "0");
        payment.currency = Currency::new("USD").unwrap();
        payment.exchange_rate = Some(dec(rate));
        payment.bank_amount = moved.map(dec);
        payment.allocations[0].leaves = Some(dec(leaves));
        payment
    };
    let part = pay("49.99", "50.01", "0.9", None);
    let made = make(site, "kept-part", &part).await;
    let got = payment_of(&made);
    assert!(same_payment(&part, &got), "{got:?}");
    let one = &got.allocations[0];
    assert_eq!((one.amount, got.unallocated), (dec("39.99"), dec("0")));
    assert_eq!(one.in_document.map(|own| own.amount), Some(dec("49.99")));
    assert_eq!((got.currency, got.bank_amount), (gbp(), Some(dec("44.99"))));
    let gain = &got.deductions[0];
    assert_eq!(
        (gain.base_amount, gain.exchange_difference),
        (dec("-5"), true)
    );
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("40.01"));
    match refused(site, "kept-much", &pay("60", "0", "0.8", None)).await {
        Cause::PaidTooMuch { paid, owed, .. } => {
            assert_eq!((paid.as_str(), owed.as_str()), ("48.00 GBP", "40.01 GBP"));
        }
        other => panic!("{other:?}"),
    }
    let rest = pay("50.01", "0", "0.9", Some("45.00"));
    let made = make(site, "kept-rest", &rest).await;
    let got = payment_of(&made);
    assert!(same_payment(&rest, &got), "{got:?}");
    assert_eq!(got.deductions[0].base_amount, dec("-4.99"));
    assert_eq!(
        (got.unallocated, got.bank_amount),
        (dec("0"), Some(dec("45")))
    );
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);
    site.done(end(&made)).await;
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("40.01"));
}

/// What would be refused is told in a person's terms, before it is sent where that is possible.
pub async fn payments_that_are_refused(site: &Site) {
    let customer = site.customer("refused").await;
    let other = site.customer("stranger").await;
    let invoice = site.owed("r1", &customer, "100").await;
    let field = async |of: &str, payment: &Payment| match refused(site, of, payment).await {
        Cause::Invalid { field, .. } => field,
        other => panic!("{of}: {other:?}"),
    };
    let pay = |amount: &str| received(site, &customer, &[(&invoice, amount)], "0");
    match refused(site, "much", &pay("100.01")).await {
        Cause::PaidTooMuch { paid, owed, .. } => {
            assert_eq!((paid.as_str(), owed.as_str()), ("100.01 GBP", "100.00 GBP"));
        }
        other => panic!("{other:?}"),
    }
    let nowhere = RemoteId::new("No such invoice");
    let missing = refused(
        site,
        "none",
        &received(site, &customer, &[(&nowhere, "10")], "0"),
    )
    .await;
    assert!(
        matches!(missing, Cause::WaitsForInvoice { .. }),
        "{missing:?}"
    );
    let strange = received(site, &other, &[(&invoice, "10")], "0");
    assert_eq!(field("strange", &strange).await, "contact");
    let nobody = RemoteId::new("Nobody at all");
    let unknown = received(site, &nobody, &[(&invoice, "10")], "0");
    assert_eq!(field("unknown", &unknown).await, "party");
    let mut account = pay("10");
    account.bank_account = Some("No Such Bank - X".into());
    assert_eq!(field("account", &account).await, "bank account");
    let mut early = pay("10");
    early.date = "1999-01-01".parse().unwrap();
    assert_eq!(field("early", &early).await, "date");
    // A draft owes nothing.
    let draft = Change::Create {
        record: Record::Invoice(ledger::Document {
            state: DocumentState::Draft,
            ..site.invoice(
                "r2",
                &customer,
                ledger::PriceMode::Exclusive,
                vec![site.line("1", "40", "40", 2)],
            )
        }),
        source: site.id("r2"),
        source_link: None,
    };
    let draft = site.done(draft).await.id;
    let unborn = received(site, &customer, &[(&draft, "10")], "0");
    assert_eq!(field("draft", &unborn).await, "invoice");
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
}

/// Where a Payment Terms Template wants payments divided among its terms, they are: what is due first is
/// paid first. The demo site has no such templates.
pub async fn a_payment_is_divided_among_terms(site: &Site) {
    if site.is_demo() {
        return;
    }
    let post = async |doctype: &str, body: serde_json::Value| {
        let path = erpnext::site::doctype(doctype);
        let write = site.client.write(http::Method::POST, &path, &body);
        write.await.unwrap()
    };
    let term = |of: &str, days: u32| {
        json!({"payment_term": format!("{of} {}", site.run),
            "payment_term_name": format!("{of} {}", site.run), "invoice_portion": 50,
            "due_date_based_on": "Day(s) after invoice date", "credit_days": days})
    };
    let terms = [term("early", 10), term("late", 30)];
    for term in &terms {
        post("Payment Term", term.clone()).await;
    }
    let template = json!({"template_name": format!("Halves {}", site.run), "terms": terms,
        "allocate_payment_based_on_payment_terms": 1});
    post("Payment Terms Template", template.clone()).await;
    let customer = site.customer("terms").await;
    let invoice = post(
        "Sales Invoice",
        json!({
            "customer": customer.as_str(), "company": site.chart.company, "docstatus": 1,
            "payment_terms_template": template["template_name"],
            "posting_date": "2026-11-02", "set_posting_time": 1, "disable_rounded_total": 1,
            "items": [{ "item_name": "goods", "description": "goods", "qty": 1, "rate": 100,
                "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
                "income_account": site.account }],
        }),
    )
    .await;
    let invoice = RemoteId::new(invoice["data"]["name"].as_str().unwrap());
    let other = site.owed("plain", &customer, "7").await;
    let parts = [(&invoice, "60"), (&other, "7")];
    let first = received(site, &customer, &parts, "0");
    let made = make(site, "first", &first).await;
    assert!(same_payment(&first, &payment_of(&made)), "{made:?}");
    let (row, _) = read(site, made.id.as_str()).await;
    let rows: Vec<Decimal> = row.references.iter().map(|it| it.allocated).collect();
    assert_eq!(rows, [dec("50"), dec("10"), dec("7")]);
    let rest = received(site, &customer, &[(&invoice, "40")], "0");
    let made = make(site, "rest", &rest).await;
    assert!(same_payment(&rest, &payment_of(&made)), "{made:?}");
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);
}
