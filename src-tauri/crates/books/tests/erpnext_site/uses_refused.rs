//! Uses of credit notes that are not made, or not taken back.

use ledger::{Cause, Kind, RemoteId};
use serde_json::json;

use super::credit_notes_read::{journal, lowering};
use super::credits::submitted;
use super::payments::till;
use super::returns::{create, end, make, plain};
use super::site::{Site, dec, note_of};
use super::uses::allocate;

fn why(cause: Cause) -> String {
    match cause {
        Cause::CannotEdit { why, .. }
        | Cause::CannotVoid { why, .. }
        | Cause::Invalid { why, .. }
        | Cause::AllocationNotCarried { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

/// A person's Journal Entry, a payment, a return that lowers its original: each is named, with what to do.
pub async fn what_people_made_is_not_taken_back(site: &Site) {
    let customer = site.customer("people").await;
    let invoice = site.owed("p1", &customer, "100").await;
    let account = site.stored("Sales Invoice", invoice.as_str()).await["debit_to"].clone();
    let note = make(site, "cn", &plain(site, "cn", &customer, "80")).await;
    let rows = [(Some(&note.id), "30", "0"), (Some(&invoice), "0", "30")];
    let entry = journal(site, &customer, &account, &rows).await;
    let now = site.now(Kind::CreditNote, &note.id).await.unwrap();
    let told = why(site.refused(allocate(site, "cn", &now, &[], &[])).await);
    assert!(told.contains(&format!("Cancel {entry} there")), "{told}");
    let told = why(site.refused(end(&now)).await);
    assert!(told.contains(&format!("Journal Entry {entry}")), "{told}");
    // What else is used of it is ours to take back.
    let used = site
        .done(allocate(site, "cn", &now, &[0], &[(&invoice, "5")]))
        .await;
    let stay = note_of(&used)
        .allocations
        .iter()
        .position(|it| it.amount == dec("30"));
    site.done(allocate(site, "cn", &used, &[stay.unwrap()], &[]))
        .await;
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("70"));

    let taken = make(site, "along", &plain(site, "along", &customer, "20")).await;
    let reference = |document: &RemoteId, amount: i64| {
        json!({ "reference_doctype": "Sales Invoice", "reference_name": document.as_str(),
            "allocated_amount": amount })
    };
    let payment = submitted(
        site,
        "Payment Entry",
        json!({ "payment_type": "Receive", "company": site.chart.company,
            "posting_date": "2026-11-22", "party_type": "Customer", "party": customer.as_str(),
            "paid_from": account, "paid_to": till(site), "paid_amount": 30,
            "received_amount": 30, "reference_no": "x", "reference_date": "2026-11-22",
            "references": [reference(&invoice, 50), reference(&taken.id, -20)] }),
    )
    .await;
    let now = site.now(Kind::CreditNote, &taken.id).await.unwrap();
    let told = why(site.refused(allocate(site, "along", &now, &[], &[])).await);
    assert!(told.contains(&format!("Payment Entry {payment}")), "{told}");

    let other = site.owed("p2", &customer, "50").await;
    let lowers = lowering(site, &customer, &other, "50").await;
    let now = site.now(Kind::CreditNote, &lowers).await.unwrap();
    let told = why(site.refused(allocate(site, "self", &now, &[], &[])).await);
    assert!(told.contains("by itself"), "{told}");
    assert!(told.contains(lowers.as_str()), "{told}");
    // That one may be ended as a whole: the original owes it again.
    site.done(end(&now)).await;
    assert_eq!(site.outstanding(other.as_str()).await, dec("50"));
}

/// ERPNext would take all of these.
pub async fn no_more_is_used_than_there_is(site: &Site) {
    let customer = site.customer("much").await;
    let invoice = site.owed("m1", &customer, "50").await;
    let note = make(site, "cn", &plain(site, "cn", &customer, "80")).await;
    let refused =
        async |new: &[(&RemoteId, &str)]| site.refused(allocate(site, "cn", &note, &[], new)).await;
    let told = why(refused(&[(&invoice, "50.01")]).await);
    assert!(
        told.contains("50.01 is more than the 50 that is to be paid"),
        "{told}"
    );
    let told = why(refused(&[(&invoice, "80.01")]).await);
    assert!(
        told.contains("80.01 is more than the 80 that is left of"),
        "{told}"
    );
    // Two of one write are added up.
    let told = why(refused(&[(&invoice, "30"), (&invoice, "30")]).await);
    assert!(
        told.contains("30 is more than the 20 that is to be paid"),
        "{told}"
    );
    let nowhere = RemoteId::new("No such invoice");
    let missing = refused(&[(&nowhere, "1")]).await;
    assert!(
        matches!(missing, Cause::WaitsForInvoice { .. }),
        "{missing:?}"
    );
    let stranger = site.customer("stranger").await;
    let theirs = site.owed("m2", &stranger, "50").await;
    let told = why(refused(&[(&theirs, "1")]).await);
    assert!(told.contains("stranger"), "{told}");

    // What a Journal Entry has on account is not the return's own any more.
    let account = site.stored("Sales Invoice", invoice.as_str()).await["debit_to"].clone();
    let rows = [(Some(&note.id), "80", "0"), (None, "0", "80")];
    let entry = journal(site, &customer, &account, &rows).await;
    let now = site.now(Kind::CreditNote, &note.id).await.unwrap();
    assert_eq!(note_of(&now).amount_due, dec("80"));
    let change = allocate(site, "cn", &now, &[], &[(&invoice, "10")]);
    let told = why(site.refused(change).await);
    assert!(
        told.contains("is on account with another document"),
        "{told}"
    );
    let told = why(site.refused(end(&now)).await);
    assert!(told.contains(&format!("Journal Entry {entry}")), "{told}");

    // A number that an invoice has is a document's name.
    let mut taken = plain(site, "taken", &customer, "5");
    taken.number = Some(invoice.as_str().to_owned());
    let answer = site
        .send(vec![create(site, "taken", &taken)])
        .await
        .remove(0);
    assert!(
        matches!(answer, engine::books::Answer::Exists),
        "{answer:?}"
    );
}
