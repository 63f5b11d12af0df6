//! Money on account put against invoices.

use erpnext::Error;
use erpnext::error::RefusalKind;
use erpnext::translate::allocation::{OpenCredit, OpenInvoice, Use};
use erpnext::translate::reconciliation::reconcile_body;
use rust_decimal::Decimal;

use super::payments;
use super::site::{Site, day, dec, gbp};

/// Puts a credit against an invoice as the site's own form does.
pub async fn reconcile(site: &Site, used: &Use) -> Result<(), Error> {
    let body = reconcile_body(used, &site.chart).unwrap();
    let path = "/api/method/run_doc_method";
    let sent = site.client.write(http::Method::POST, path, &body).await;
    sent.map(|_| ())
}

pub async fn money_on_account_is_put_against_an_invoice(site: &Site) {
    let customer = site.customer("account").await;
    let invoice = site.owed("m1", &customer, "100").await;
    let payment = payments::received(site, &customer, &[], "70");
    let made = payments::make(site, "prepayment", &payment).await.id;
    let part = Use {
        customer: customer.as_str().to_owned(),
        account: site.chart.receivable(gbp()).unwrap().to_owned(),
        currency: gbp(),
        credit: OpenCredit {
            doctype: "Payment Entry",
            name: made.as_str().to_owned(),
            open: dec("70"),
            rate: Decimal::ONE,
        },
        invoice: OpenInvoice {
            doctype: "Sales Invoice",
            name: invoice.as_str().to_owned(),
            open: dec("100"),
            rate: Decimal::ONE,
        },
        amount: dec("25.50"),
        settles: dec("25.50"),
        date: day(11, 6),
    };
    reconcile(site, &part).await.unwrap();
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("74.5"));
    let (row, got) = payments::read(site, made.as_str()).await;
    assert_eq!(got.unallocated, dec("44.5"));
    assert_eq!(got.amount, dec("70"));
    assert_eq!(got.allocations[0].amount, dec("25.5"));
    let whole = site.mark("prepayment");
    assert_eq!(row.marker.as_deref(), Some(whole.as_str()));

    // Again, from the same look: the credit is not what the form says any more.
    let again = reconcile(site, &part).await.unwrap_err();
    let kind = again.refusal().map(erpnext::Refusal::kind);
    assert_eq!(kind, Some(RefusalKind::Stale), "{again:?}");
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("74.5"));
}
