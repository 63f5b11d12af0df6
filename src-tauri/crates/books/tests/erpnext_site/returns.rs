//! Returns: with and without an original, with and without a balance of their own.

use erpnext::records::{CreditNoteRows, credit_notes};
use erpnext::translate::credit_note::{Balance, to_ledger};
use erpnext::writes::{WriteError, cancel_credit_note, create_credit_note, update_credit_note};
use ledger::{Cause, Document, DocumentState, Line, PriceMode, RemoteId};
use rust_decimal::Decimal;
use serde_json::json;

use super::site::{Site, day, dec, gbp};

/// A credit note with the totals Xero would compute.
pub fn note(site: &Site, of: &str, customer: &RemoteId, lines: Vec<Line>) -> Document {
    let like = site.invoice(of, customer, PriceMode::Exclusive, lines);
    Document {
        state: DocumentState::Approved,
        date: day(11, 5),
        due_date: None,
        currency: gbp(),
        exchange_rate: None,
        reference: Some("RMA 1".into()),
        amount_due: like.total,
        ..like
    }
}

pub async fn create(site: &Site, of: &str, note: &Document, balance: Balance) -> String {
    create_credit_note(
        &site.client,
        &site.chart,
        note,
        &site.mark(of),
        balance,
        &site.note("Created from Xero"),
    )
    .await
    .unwrap()
    .name
}

pub async fn read(site: &Site, name: &str) -> (CreditNoteRows, Document) {
    let filters = vec![json!(["name", "=", name])];
    let found = credit_notes(&site.client, &site.chart, filters, "name asc", 0)
        .await
        .unwrap()
        .remove(0);
    let rows = found.record.unwrap();
    let note = to_ledger(&rows, &site.chart);
    (rows, note)
}

fn agrees(intended: &Document, got: &Document) {
    assert_eq!(got.number, intended.number);
    assert_eq!(
        (got.net_total, got.tax_total, got.total),
        (
            intended.net_total.normalize(),
            intended.tax_total.normalize(),
            intended.total.normalize()
        ),
        "{:?}",
        intended.number
    );
    assert_eq!(got.date, intended.date);
    assert_eq!(got.reference, intended.reference);
    assert_eq!(got.against, intended.against);
    assert_eq!(got.amount_due, intended.amount_due.normalize());
    for (line, back) in intended.lines.iter().zip(&got.lines) {
        assert_eq!(back.description, line.description);
        assert_eq!(back.quantity, line.quantity.normalize());
        assert_eq!(back.unit_price, line.unit_price.normalize());
        assert_eq!(back.amount, line.amount.normalize());
    }
    assert_eq!(got.lines.len(), intended.lines.len());
}

pub async fn returns_there_and_back(site: &Site) {
    let customer = site.customer("returns").await;
    let original = site
        .done(site.create(
            "sold",
            &site.invoice(
                "sold",
                &customer,
                PriceMode::Exclusive,
                vec![site.line("2", "100", "200.00", 0)],
            ),
        ))
        .await
        .id;
    // Part of what was sold comes back: the original's balance stays.
    let mut back = note(
        site,
        "back",
        &customer,
        vec![site.line("1", "100", "100.00", 0)],
    );
    back.against = Some(original.clone());
    let name = create(site, "back", &back, Balance::Own).await;
    let (rows, got) = read(site, &name).await;
    agrees(&back, &got);
    assert_eq!(got.amount_due, dec("120"));
    assert_eq!(rows.row.marker.as_deref(), Some(site.mark("back").as_str()));
    assert!(rows.row.is_return && rows.row.keeps_own_balance);
    assert_eq!(site.outstanding(original.as_str()).await, dec("240"));
    let stored = site.stored("Sales Invoice", &name).await;
    assert_eq!(stored["status"], "Return");
    assert_eq!(stored["xero_link"], "https://go.xero.com/test");
    assert_eq!(stored["xero_last_outcome"], "Created from Xero");
    assert!(stored["xero_last_sync"].is_string());

    // Again, as after a lost answer: it is there, and is not made twice.
    let again = create_credit_note(
        &site.client,
        &site.chart,
        &back,
        &site.mark("back"),
        Balance::Own,
        &site.note("Created from Xero"),
    )
    .await
    .unwrap();
    assert!(again.existed);
    assert_eq!(again.name, name);
    // Under another number as well: the identity is unique.
    let mut other = back.clone();
    other.number = Some(site.number("back2"));
    let again = create_credit_note(
        &site.client,
        &site.chart,
        &other,
        &site.mark("back"),
        Balance::Own,
        &site.note("Created from Xero"),
    )
    .await
    .unwrap();
    assert_eq!((again.name, again.existed), (name.clone(), true));

    // Without an original; cents that both systems round differently; a line the other way round.
    let lines = vec![
        site.line("1", "0.13", "0.13", 0),
        site.line("1", "0.14", "0.14", 0),
        site.line("1.5", "33.33", "50.00", 1),
        site.line("3", "33.335", "100.01", 0),
    ];
    let alone = note(site, "alone", &customer, lines);
    let alone_name = create(site, "alone", &alone, Balance::Own).await;
    let (_, got) = read(site, &alone_name).await;
    agrees(&alone, &got);

    // A stale version is refused, a true one cancels.
    let stale = cancel_credit_note(&site.client, &name, "2026-01-01 00:00:00.000000", &back).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    cancel_credit_note(&site.client, &name, &rows.row.modified, &back)
        .await
        .unwrap();
    let (rows, got) = read(site, &name).await;
    assert_eq!(got.state, DocumentState::Voided);
    assert_eq!(got.amount_due, Decimal::ZERO);
    assert_eq!(rows.row.marker.as_deref(), Some(site.mark("back").as_str()));
}

pub async fn a_return_may_lower_its_original_at_once(site: &Site) {
    let customer = site.customer("lower").await;
    let original = site.owed("lower", &customer, "100").await;
    let mut back = note(
        site,
        "lowers",
        &customer,
        vec![site.line("1", "40", "40.00", 2)],
    );
    back.against = Some(original.clone());
    let name = create(site, "lowers", &back, Balance::Original).await;
    assert_eq!(site.outstanding(original.as_str()).await, dec("60"));
    let (rows, got) = read(site, &name).await;
    assert_eq!(got.amount_due, Decimal::ZERO);
    assert_eq!(got.allocations.len(), 1);
    assert_eq!(got.allocations[0].invoice, original);
    assert_eq!(got.allocations[0].amount, dec("40"));
    // Made in two steps, so that its status is right.
    let stored = site.stored("Sales Invoice", &name).await;
    assert_eq!(stored["status"], "Return");
    cancel_credit_note(&site.client, &name, &rows.row.modified, &got)
        .await
        .unwrap();
    assert_eq!(site.outstanding(original.as_str()).await, dec("100"));
}

pub async fn drafts_of_returns_are_changed_submitted_and_deleted(site: &Site) {
    let customer = site.customer("drafts").await;
    let mut draft = note(
        site,
        "d1",
        &customer,
        vec![site.line("1", "10", "10.00", 0)],
    );
    draft.state = DocumentState::Draft;
    let name = create(site, "d1", &draft, Balance::Own).await;
    let (rows, from) = read(site, &name).await;
    assert_eq!(from.state, DocumentState::Draft);
    assert_eq!(from.amount_due, dec("12"));
    let mut to = note(
        site,
        "d1",
        &customer,
        vec![
            site.line("2.5", "10", "25.00", 0),
            site.line("1", "5", "5.00", 2),
        ],
    );
    to.reference = Some("RMA 2".into());
    let people = site.note("Updated from Xero");
    update_credit_note(
        &site.client,
        &site.chart,
        &name,
        &rows.row.modified,
        &from,
        &to,
        &people,
    )
    .await
    .unwrap();
    let (_, got) = read(site, &name).await;
    agrees(&to, &got);
    assert_eq!(got.state, DocumentState::Approved);
    // It is submitted now: no draft to change any more, and the old version is stale.
    let late = update_credit_note(
        &site.client,
        &site.chart,
        &name,
        &rows.row.modified,
        &from,
        &to,
        &people,
    )
    .await;
    assert!(
        matches!(late, Err(WriteError::Stale | WriteError::Cause(_))),
        "{late:?}"
    );
    let refused =
        update_credit_note(&site.client, &site.chart, &name, "m", &got, &to, &people).await;
    assert!(matches!(
        refused,
        Err(WriteError::Cause(Cause::CannotEdit { .. }))
    ));

    let mut gone = draft.clone();
    gone.number = Some(site.number("d2"));
    let name = create(site, "d2", &gone, Balance::Own).await;
    let (rows, gone) = read(site, &name).await;
    cancel_credit_note(&site.client, &name, &rows.row.modified, &gone)
        .await
        .unwrap();
    assert!(
        site.client
            .document("Sales Invoice", &name)
            .await
            .unwrap()
            .is_none()
    );
}
