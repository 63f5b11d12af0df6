//! Payment Entries: received and paid back, for many documents and for none, in other currencies.

use erpnext::records::{payments, payments_marked};
use erpnext::translate::credit_note::Balance;
use erpnext::translate::payment_in::to_ledger;
use erpnext::translate::payment_out::Identities;
use erpnext::wire::PaymentRow;
use erpnext::writes::{Made, Release, WriteError, cancel_payment, create_payment};
use ledger::{
    Cause, Currency, Deduction, DocumentState, PaidDocument, Payment, PaymentAllocation,
    PaymentDirection, RemoteId,
};
use rust_decimal::Decimal;
use serde_json::json;

use super::returns;
use super::site::{Site, day, dec, gbp};

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
    }
}

fn till(site: &Site) -> String {
    site.chart
        .money_accounts()
        .find(|account| account.currency == Some(gbp()))
        .expect("a bank or cash account")
        .name
        .clone()
}

pub async fn make(
    site: &Site,
    payment: &Payment,
    identities: Identities<'_>,
) -> Result<Made, WriteError> {
    create_payment(
        &site.client,
        &site.chart,
        payment,
        identities,
        None,
        &site.note("Created from Xero"),
    )
    .await
}

pub async fn read(site: &Site, name: &str) -> (PaymentRow, Payment) {
    let filters = vec![json!(["name", "=", name])];
    let row = payments(&site.client, &site.chart, filters, "name asc", 0)
        .await
        .unwrap()
        .remove(0)
        .record
        .unwrap();
    let payment = to_ledger(&row, &site.chart);
    (row, payment)
}

fn parts(payment: &Payment) -> Vec<(PaidDocument, Decimal)> {
    payment
        .allocations
        .iter()
        .map(|part| (part.document.clone(), part.amount))
        .collect()
}

pub async fn one_payment_for_several_invoices(site: &Site) {
    let customer = site.customer("pays").await;
    let first = site.owed("p1", &customer, "60").await;
    let second = site.owed("p2", &customer, "50").await;
    let payment = received(
        site,
        &customer,
        &[(&first, "60"), (&second, "20.50")],
        "19.50",
    );
    let marks = [site.mark("pay-1"), site.mark("pay-2"), site.mark("over")];
    let identities = Identities {
        whole: Some(&marks[2]),
        allocations: &[Some(&marks[0]), Some(&marks[1])],
    };
    let made = make(site, &payment, identities).await.unwrap();
    assert!(!made.existed);
    let (row, got) = read(site, &made.name).await;
    assert_eq!(got.amount, dec("100"));
    assert_eq!(got.unallocated, dec("19.5"));
    assert_eq!(parts(&got), parts(&payment));
    assert_eq!(got.date, payment.date);
    assert_eq!(got.reference, payment.reference);
    assert_eq!(got.bank_account, payment.bank_account);
    assert_eq!(got.bank_amount, Some(dec("100")));
    assert!(!got.reconciled);
    assert_eq!(row.marker.as_deref(), Some(marks[2].as_str()));
    let on_rows: Vec<_> = row
        .references
        .iter()
        .map(|reference| reference.marker.as_deref())
        .collect();
    assert_eq!(on_rows, [Some(marks[0].as_str()), Some(marks[1].as_str())]);
    assert_eq!(site.outstanding(first.as_str()).await, Decimal::ZERO);
    assert_eq!(site.outstanding(second.as_str()).await, dec("29.5"));

    // As after a lost answer: the invoices are paid, so a repeat is refused; it is found by any of
    // its identities.
    let again = make(site, &payment, identities).await.unwrap();
    assert!(again.existed);
    assert_eq!(again.name, made.name);
    for mark in &marks {
        let found = payments_marked(&site.client, &site.chart, &[mark])
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&made.name), "{mark}");
    }

    // Cancelled at the version that was read, and not at another.
    let mut stale = row.clone();
    stale.modified = "2026-01-01 00:00:00.000000".to_owned();
    let refused = cancel_payment(&site.client, &stale, Release::Keep).await;
    assert!(matches!(refused, Err(WriteError::Stale)), "{refused:?}");
    cancel_payment(&site.client, &row, Release::Keep)
        .await
        .unwrap();
    assert_eq!(site.outstanding(first.as_str()).await, dec("60"));
    assert_eq!(site.outstanding(second.as_str()).await, dec("50"));
    let (row, got) = read(site, &made.name).await;
    assert_eq!(got.state, DocumentState::Voided);
    assert_eq!(row.references[0].marker.as_deref(), Some(marks[0].as_str()));
    cancel_payment(&site.client, &row, Release::Keep)
        .await
        .unwrap();
}

pub async fn a_payment_is_cancelled_and_another_takes_its_identities(site: &Site) {
    let customer = site.customer("again").await;
    let first = site.owed("a1", &customer, "30").await;
    let second = site.owed("a2", &customer, "40").await;
    let (one, two) = (site.mark("once"), site.mark("twice"));
    let both = received(site, &customer, &[(&first, "30"), (&second, "40")], "0");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&one), Some(&two)],
    };
    let made = make(site, &both, identities).await.unwrap();
    let (row, _) = read(site, &made.name).await;
    // One of the two is gone in Xero: the other goes on in a document of its own.
    cancel_payment(&site.client, &row, Release::Move)
        .await
        .unwrap();
    let rest = received(site, &customer, &[(&second, "40")], "0");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&two)],
    };
    let next = make(site, &rest, identities).await.unwrap();
    assert!(!next.existed);
    assert_ne!(next.name, made.name);
    assert_eq!(site.outstanding(first.as_str()).await, dec("30"));
    assert_eq!(site.outstanding(second.as_str()).await, Decimal::ZERO);
    let (old, _) = read(site, &made.name).await;
    let moved: Vec<_> = old
        .references
        .iter()
        .filter_map(|reference| reference.marker.as_deref())
        .map(erpnext::marker_fields::identity)
        .collect();
    assert_eq!(moved, [(one.as_str(), true), (two.as_str(), true)]);
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
    let mark = site.mark("fee");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&mark)],
    };
    let made = make(site, &payment, identities).await.unwrap();
    let (_, got) = read(site, &made.name).await;
    assert_eq!(got.amount, dec("100"));
    assert_eq!(got.bank_amount, Some(dec("97")));
    assert_eq!(got.deductions, payment.deductions);
    assert_eq!(got.unallocated, Decimal::ZERO);
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);

    // A credit note is paid out.
    let note = returns::note(
        site,
        "paidout",
        &customer,
        vec![site.line("1", "60", "60.00", 2)],
    );
    let name = returns::create(site, "paidout", &note, Balance::Own).await;
    let mut refund = received(site, &customer, &[], "0");
    refund.direction = PaymentDirection::Refunded;
    refund.amount = dec("45");
    refund.allocations = vec![PaymentAllocation {
        id: None,
        document: PaidDocument::CreditNote(RemoteId::new(name.clone())),
        amount: dec("45"),
    }];
    let mark = site.mark("refund");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&mark)],
    };
    let made = make(site, &refund, identities).await.unwrap();
    let (row, got) = read(site, &made.name).await;
    assert_eq!(got.direction, PaymentDirection::Refunded);
    assert_eq!(parts(&got), parts(&refund));
    assert_eq!(got.bank_amount, Some(dec("45")));
    let (_, left) = returns::read(site, &name).await;
    assert_eq!(left.amount_due, dec("15"));
    assert_eq!(left.refunded(), dec("45"));
    assert_eq!(left.allocations, []);
    cancel_payment(&site.client, &row, Release::Keep)
        .await
        .unwrap();
    let (_, left) = returns::read(site, &name).await;
    assert_eq!(left.amount_due, dec("60"));
}

/// A receivable account in dollars; made where the site has none.
async fn dollars(site: &Site) -> String {
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

pub async fn foreign_currency_leaves_a_gain_or_loss(site: &Site) {
    let customer = site.customer("usd").await;
    let account = dollars(site).await;
    let body = json!({
        "doctype": "Sales Invoice", "name": site.number("usd"), "customer": customer.as_str(),
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
    let invoice = RemoteId::new(site.number("usd"));
    let mut payment = received(site, &customer, &[(&invoice, "100")], "0");
    payment.currency = Currency::new("USD").unwrap();
    payment.bank_amount = Some(dec("82"));
    let mark = site.mark("usd-pay");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&mark)],
    };
    let made = create_payment(
        &site.client,
        &site.chart,
        &payment,
        identities,
        Some(&account),
        &site.note("Created from Xero"),
    )
    .await
    .unwrap();
    let (row, got) = read(site, &made.name).await;
    assert_eq!(got.currency.code(), "USD");
    assert_eq!(got.amount, dec("100"));
    assert_eq!(got.exchange_rate, Some(dec("0.82")));
    assert_eq!(got.bank_amount, Some(dec("82")));
    assert_eq!(got.deductions, [], "the gain is in an entry of its own");
    assert_eq!(site.outstanding(invoice.as_str()).await, Decimal::ZERO);
    cancel_payment(&site.client, &row, Release::Keep)
        .await
        .unwrap();
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
}

pub async fn payments_that_are_refused(site: &Site) {
    let customer = site.customer("refused").await;
    let other = site.customer("stranger").await;
    let invoice = site.owed("r1", &customer, "100").await;
    let mark = site.mark("never");
    let identities = Identities {
        whole: None,
        allocations: &[Some(&mark)],
    };
    let cases = [
        (
            "more than is owed",
            received(site, &customer, &[(&invoice, "100.01")], "0"),
        ),
        (
            "another's invoice",
            received(site, &other, &[(&invoice, "10")], "0"),
        ),
        (
            "no such invoice",
            received(
                site,
                &customer,
                &[(&RemoteId::new("No such invoice"), "10")],
                "0",
            ),
        ),
        (
            "no such customer",
            received(
                site,
                &RemoteId::new("Nobody at all"),
                &[(&invoice, "10")],
                "0",
            ),
        ),
    ];
    for (what, payment) in cases {
        let refused = make(site, &payment, identities).await;
        assert!(
            matches!(refused, Err(WriteError::Cause(_))),
            "{what}: {refused:?}"
        );
    }
    // Without an identity it could not be found again, so it is not sent.
    let before = site.calls.so_far();
    let payment = received(site, &customer, &[(&invoice, "10")], "0");
    let refused = make(site, &payment, Identities::default()).await;
    assert!(matches!(
        refused,
        Err(WriteError::Cause(Cause::Invalid { .. }))
    ));
    assert_eq!(site.calls.so_far(), before);
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
}
