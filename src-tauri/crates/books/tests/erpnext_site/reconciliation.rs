//! Credit put against invoices: of returns, and of money on account.

use erpnext::translate::allocation::{OpenCredit, OpenInvoice, Use};
use erpnext::translate::credit_note::Balance;
use erpnext::writes::{WriteError, allocate, cancel_allocation, cancel_credit_note};
use ledger::{Cause, RemoteId};
use rust_decimal::Decimal;

use super::site::{Site, day, dec, gbp};
use super::{payments, returns};

fn used(
    site: &Site,
    customer: &RemoteId,
    credit: (&'static str, &str, &str),
    invoice: (&RemoteId, &str),
    amount: &str,
) -> Use {
    Use {
        customer: customer.as_str().to_owned(),
        account: site.chart.receivable(gbp()).unwrap().to_owned(),
        currency: gbp(),
        credit: OpenCredit {
            doctype: credit.0,
            name: credit.1.to_owned(),
            open: dec(credit.2),
            rate: Decimal::ONE,
        },
        invoice: OpenInvoice {
            name: invoice.0.as_str().to_owned(),
            open: dec(invoice.1),
            rate: Decimal::ONE,
        },
        amount: dec(amount),
        date: day(11, 6),
    }
}

pub async fn credit_is_used_for_an_invoice_and_taken_back(site: &Site) {
    let customer = site.customer("credit").await;
    let invoice = site.owed("c1", &customer, "100").await;
    let note = returns::note(
        site,
        "cn",
        &customer,
        vec![site.line("1", "80", "80.00", 2)],
    );
    let name = returns::create(site, "cn", &note, Balance::Own).await;
    let part = used(
        site,
        &customer,
        ("Sales Invoice", &name, "80"),
        (&invoice, "100"),
        "50.25",
    );
    let mark = site.mark("allocation");
    let made = allocate(&site.client, &site.chart, &part, &mark)
        .await
        .unwrap();
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("49.75"));
    let (rows, got) = returns::read(site, &name).await;
    assert_eq!(got.amount_due, dec("29.75"));
    assert_eq!(got.allocations.len(), 1);
    assert_eq!(got.allocations[0].invoice, invoice);
    assert_eq!(got.allocations[0].amount, dec("50.25"));
    assert_eq!(got.allocations[0].id.as_deref(), Some(made.name.as_str()));
    assert_eq!(got.allocations[0].date, Some(day(11, 6)));
    assert_eq!(got.refunded(), Decimal::ZERO);

    // Again, as after a lost answer: nothing is used twice.
    let again = allocate(&site.client, &site.chart, &part, &mark)
        .await
        .unwrap();
    assert_eq!((again.name, again.existed), (made.name.clone(), true));
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("49.75"));

    // More than is left is refused before it is sent: ERPNext would take it.
    let more = used(
        site,
        &customer,
        ("Sales Invoice", &name, "29.75"),
        (&invoice, "49.75"),
        "29.76",
    );
    let refused = allocate(&site.client, &site.chart, &more, "x").await;
    assert!(matches!(
        refused,
        Err(WriteError::Cause(Cause::Invalid { .. }))
    ));

    // A note whose credit is used is not cancelled under it.
    let refused = cancel_credit_note(&site.client, &name, &rows.row.modified, &got).await;
    assert!(matches!(
        refused,
        Err(WriteError::Cause(Cause::CannotVoid { .. }))
    ));
    cancel_allocation(&site.client, &made.name).await.unwrap();
    cancel_allocation(&site.client, &made.name).await.unwrap();
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
    let (rows, got) = returns::read(site, &name).await;
    assert_eq!((got.amount_due, got.allocations.len()), (dec("80"), 0));
    cancel_credit_note(&site.client, &name, &rows.row.modified, &got)
        .await
        .unwrap();
}

pub async fn money_on_account_is_put_against_an_invoice(site: &Site) {
    let customer = site.customer("account").await;
    let invoice = site.owed("m1", &customer, "100").await;
    let payment = payments::received(site, &customer, &[], "70");
    let whole = site.mark("prepayment");
    let made = payments::make(site, "prepayment", &payment).await.id;
    let part = used(
        site,
        &customer,
        ("Payment Entry", made.as_str(), "70"),
        (&invoice, "100"),
        "25.50",
    );
    let mark = site.mark("applied");
    let applied = allocate(&site.client, &site.chart, &part, &mark)
        .await
        .unwrap();
    assert_eq!(applied.name, made.as_str());
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("74.5"));
    let (row, got) = payments::read(site, made.as_str()).await;
    assert_eq!(got.unallocated, dec("44.5"));
    assert_eq!(got.amount, dec("70"));
    assert_eq!(got.allocations[0].amount, dec("25.5"));
    assert_eq!(row.references[0].marker.as_deref(), Some(mark.as_str()));
    assert_eq!(row.marker.as_deref(), Some(whole.as_str()));

    // Again: it is there already. From an old look without that identity: ERPNext refuses it.
    let again = allocate(&site.client, &site.chart, &part, &mark)
        .await
        .unwrap();
    assert!(again.existed);
    let refused = allocate(&site.client, &site.chart, &part, &site.mark("old look")).await;
    assert!(matches!(refused, Err(WriteError::Stale)), "{refused:?}");
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("74.5"));
}
