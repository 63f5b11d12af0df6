//! Credit notes used for invoices by us, and taken back.

use engine::books::{Answer, Books, Change, Pulled};
use ledger::{Allocation, Currency, Document, Kind, Record, RemoteId};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::credit_notes_read::lowering;
use super::payments::{dollars, in_dollars, make as pay, received};
use super::returns::{end, make, plain, read};
use super::site::{Site, day, dec, note_of};

/// The credit note with other uses: those that stay by their place, and new ones.
pub fn allocate(
    site: &Site,
    of: &str,
    now: &Pulled,
    stay: &[usize],
    new: &[(&RemoteId, &str)],
) -> Change {
    let from = note_of(now);
    let mut to = from.clone();
    to.allocations = stay
        .iter()
        .map(|at| from.allocations[*at].clone())
        .collect();
    to.allocations
        .extend(new.iter().map(|(invoice, amount)| Allocation {
            id: None,
            invoice: (*invoice).clone(),
            date: Some(day(11, 8)),
            amount: dec(amount),
        }));
    to.amount_due = from.amount_due + from.allocated() - to.allocated();
    Change::Allocate {
        id: now.id.clone(),
        version: now.version.clone(),
        from: Record::CreditNote(from),
        to: Record::CreditNote(to),
        source: site.id(of),
    }
}

/// How much of which invoice, and what is left.
pub fn told(note: &Document) -> (Vec<(&str, Decimal)>, Decimal) {
    let uses = note.allocations.iter();
    let mut uses: Vec<_> = uses.map(|it| (it.invoice.as_str(), it.amount)).collect();
    uses.sort_unstable();
    (uses, note.amount_due)
}

/// The identities of the Journal Entries for a credit note, and whether they stand.
async fn entries(site: &Site, of: &str) -> Vec<(String, i64)> {
    let rows = site
        .client
        .list(&erpnext::client::List {
            doctype: "Journal Entry",
            parent: None,
            fields: vec!["xero_allocation_id", "docstatus"],
            filters: vec![json!([
                "xero_allocation_id",
                "like",
                format!("{}/%", site.mark(of))
            ])],
            order_by: "xero_allocation_id asc",
            limit: 0,
        })
        .await
        .unwrap();
    let own = format!("{}/", site.mark(of));
    rows.iter()
        .map(|row| {
            let identity = row.str("xero_allocation_id").unwrap();
            let number = identity.strip_prefix(&own).unwrap().to_owned();
            (number, row.int("docstatus").unwrap())
        })
        .collect()
}

fn numbered(made: &[(&str, i64)]) -> Vec<(String, i64)> {
    let made = made.iter();
    made.map(|(number, state)| ((*number).to_owned(), *state))
        .collect()
}

pub async fn credit_is_used_for_invoices_and_taken_back(site: &Site) {
    let customer = site.customer("credit").await;
    let first = site.owed("c1", &customer, "100").await;
    let second = site.owed("c2", &customer, "20").await;
    let note = make(site, "cn", &plain(site, "cn", &customer, "80")).await;
    // A part of it, for two invoices at once.
    let change = allocate(
        site,
        "cn",
        &note,
        &[],
        &[(&first, "50.25"), (&second, "20")],
    );
    let prepared = site.prepared(vec![change.clone()]).await;
    let bodies: Vec<&Value> = prepared[0].steps.iter().map(|step| &step.body).collect();
    assert_eq!(bodies.len(), 2, "what is prepared is what is sent");
    let identity = format!("{}/1", site.mark("cn"));
    assert_eq!(bodies[0]["xero_allocation_id"], json!(identity));
    assert_eq!(bodies[0]["posting_date"], "2026-11-08");
    let used = site.done(change).await;
    let got = note_of(&used);
    let mut expected = vec![(first.as_str(), dec("50.25")), (second.as_str(), dec("20"))];
    expected.sort_unstable();
    assert_eq!(told(&got), (expected, dec("9.75")));
    assert_eq!(got.refunded(), dec("0"));
    assert_eq!(site.outstanding(first.as_str()).await, dec("49.75"));
    assert_eq!(site.outstanding(second.as_str()).await, dec("0"));
    assert_ne!(used.version, note.version);
    assert!(got.allocations.iter().all(|it| it.date == Some(day(11, 8))));
    assert_eq!(entries(site, "cn").await, numbered(&[("1", 1), ("2", 1)]));

    // All that is left of it; what stands stays as it is.
    let used = site
        .done(allocate(site, "cn", &used, &[0, 1], &[(&first, "9.75")]))
        .await;
    assert_eq!(note_of(&used).amount_due, dec("0"));
    assert_eq!(site.outstanding(first.as_str()).await, dec("40"));
    assert_eq!(entries(site, "cn").await.len(), 3);

    // One is taken back, and in part used again, in one write.
    let got = note_of(&used);
    let whole = got
        .allocations
        .iter()
        .position(|it| it.amount == dec("50.25"));
    let stay: Vec<usize> = (0..3).filter(|at| Some(*at) != whole).collect();
    let used = site
        .done(allocate(site, "cn", &used, &stay, &[(&first, "50.24")]))
        .await;
    assert_eq!(note_of(&used).amount_due, dec("0.01"));
    assert_eq!(site.outstanding(first.as_str()).await, dec("40.01"));
    let made = [("1", 2), ("2", 1), ("3", 1), ("4", 1)];
    assert_eq!(entries(site, "cn").await, numbered(&made));

    // While it is used it is not ended; all is taken back, and it is.
    let refused = site.refused(end(&used)).await;
    assert!(
        matches!(refused, ledger::Cause::CannotVoid { .. }),
        "{refused:?}"
    );
    let free = site.done(allocate(site, "cn", &used, &[], &[])).await;
    assert_eq!(told(&note_of(&free)), (vec![], dec("80")));
    assert_eq!(site.outstanding(first.as_str()).await, dec("100"));
    assert_eq!(site.outstanding(second.as_str()).await, dec("20"));
    let ended = site.done(end(&free)).await;
    assert!(ended.record.unwrap().ended());
}

/// A person cancels a return that an entry of ours uses: the site takes it out of the entry, which still
/// settles its invoice. That entry is told of the return, and goes when it is taken back.
pub async fn an_entry_whose_credit_note_was_cancelled_is_taken_back(site: &Site) {
    let customer = site.customer("behind").await;
    let invoice = site.owed("b1", &customer, "100").await;
    let note = make(site, "bn", &plain(site, "bn", &customer, "80")).await;
    let used = site
        .done(allocate(site, "bn", &note, &[], &[(&invoice, "50.25")]))
        .await;
    site.cancel("Sales Invoice", used.id.as_str()).await;
    let now = site.now(Kind::CreditNote, &used.id).await.unwrap();
    let got = note_of(&now);
    assert_eq!(got.state, ledger::DocumentState::Voided);
    assert_eq!(
        told(&got),
        (vec![(invoice.as_str(), dec("50.25"))], dec("0"))
    );
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("49.75"));
    let mut to = now.record.clone().unwrap();
    to.end();
    let change = Change::Allocate {
        id: now.id.clone(),
        version: now.version.clone(),
        from: now.record.clone().unwrap(),
        to,
        source: site.id("bn"),
    };
    let freed = site.done(change).await;
    assert_eq!(told(&note_of(&freed)), (vec![], dec("0")));
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("100"));
    assert_eq!(entries(site, "bn").await, numbered(&[("1", 2)]));
}

pub async fn a_use_whose_answer_was_lost_is_made_once(site: &Site) {
    let customer = site.customer("lostuse").await;
    let first = site.owed("l1", &customer, "100").await;
    let second = site.owed("l2", &customer, "100").await;
    let note = make(site, "cn", &plain(site, "cn", &customer, "90")).await;
    let change = allocate(site, "cn", &note, &[], &[(&first, "30"), (&second, "10")]);
    let prepared = site.prepared(vec![change.clone()]).await;
    let other = allocate(site, "cn", &note, &[], &[(&second, "30")]);
    let other = site.prepared(vec![other]).await;
    // It is looked up, and the rest goes on.
    site.calls.lose_next("Journal%20Entry");
    let journal = engine::books::Exchanges::default();
    let answer = site.books.send(&prepared, &journal).await.remove(0);
    let Answer::Done(used) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(note_of(&used).amount_due, dec("50"));
    // The same once more, as worded from the same reading: nothing is made twice.
    let again = site.books.send(&prepared, &journal).await.remove(0);
    let Answer::Done(again) = again else {
        panic!("{again:?}")
    };
    assert_eq!(told(&note_of(&again)), told(&note_of(&used)));
    assert_eq!(entries(site, "cn").await, numbered(&[("1", 1), ("2", 1)]));
    // Something else worded from that reading is no answer to it.
    let stale = site.books.send(&other, &journal).await.remove(0);
    assert!(matches!(stale, Answer::Stale), "{stale:?}");
    // Planned before it was used, and worded after: the plan is not of this credit note.
    let late = site.send(vec![change]).await.remove(0);
    assert!(matches!(late, Answer::Stale), "{late:?}");
    assert_eq!(site.outstanding(first.as_str()).await, dec("70"));
    assert_eq!(site.outstanding(second.as_str()).await, dec("90"));
    assert_eq!(entries(site, "cn").await.len(), 2);
    // The answer to a cancellation is lost: it is read again before anything else is done.
    let back = allocate(site, "cn", &used, &[], &[]);
    let first_entry = note_of(&used).allocations[0].id.clone().unwrap();
    site.calls
        .lose_next(Box::leak(format!("/{first_entry}").into_boxed_str()));
    let doubt = site.send(vec![back]).await.remove(0);
    assert!(matches!(doubt, Answer::InDoubt(_)), "{doubt:?}");
    let now = site.now(Kind::CreditNote, &note.id).await.unwrap();
    assert_eq!(note_of(&now).allocations.len(), 1);
    let free = site.done(allocate(site, "cn", &now, &[], &[])).await;
    assert_eq!(told(&note_of(&free)), (vec![], dec("90")));
}

/// What one takes of an invoice is not there for the next, and none of them are sent at once.
pub async fn credit_notes_for_one_invoice_in_one_batch(site: &Site) {
    let customer = site.customer("batch").await;
    let invoice = site.owed("b1", &customer, "100").await;
    let mut notes = Vec::new();
    for (of, amount) in [("n1", "40"), ("n2", "50"), ("n3", "30")] {
        notes.push((
            of,
            make(site, of, &plain(site, of, &customer, amount)).await,
        ));
    }
    let change = |at: usize, amount: &str| {
        let (of, now) = &notes[at];
        allocate(site, of, now, &[], &[(&invoice, amount)])
    };
    let changes = vec![change(0, "40"), change(1, "50"), change(2, "30")];
    let all: Vec<&Change> = changes.iter().collect();
    let held = site.books.hold(&all).await.unwrap();
    let worded = changes.into_iter().zip(held).map(|(change, held)| {
        let key = "key".into();
        site.books
            .prepare(&engine::books::Write { key, change, held })
    });
    let worded: Vec<_> = worded.collect();
    let Err(ledger::Cause::Invalid { why, .. }) = &worded[2] else {
        panic!("{worded:?}")
    };
    assert!(
        why.contains("30 is more than the 10 that is to be paid"),
        "{why}"
    );
    let prepared: Vec<_> = worded.into_iter().flatten().collect();
    let journal = engine::books::Exchanges::default();
    let answers = site.books.send(&prepared, &journal).await;
    assert!(
        answers.iter().all(|it| matches!(it, Answer::Done(_))),
        "{answers:?}"
    );
    assert_eq!(site.outstanding(invoice.as_str()).await, dec("10"));
}

/// A return of 100 US dollars at 0.78, kept in an account.
async fn dollars_back(site: &Site, of: &str, customer: &RemoteId, account: &str) -> Pulled {
    let body = json!({
        "doctype": "Sales Invoice", "name": site.number(of), "customer": customer.as_str(),
        "company": site.chart.company, "currency": "USD", "conversion_rate": 0.78, "is_return": 1,
        "debit_to": account, "set_posting_time": 1, "posting_date": "2026-11-03",
        "due_date": "2026-11-03", "disable_rounded_total": 1, "docstatus": 1,
        "items": [{"item_name": "Work", "description": "Work", "qty": -1, "rate": 100,
                   "uom": site.chart.whole_unit, "income_account": site.account}]
    });
    let path = erpnext::site::doctype_v2("Sales Invoice");
    let post = http::Method::POST;
    site.client.write(post, &path, &body).await.unwrap();
    let id = RemoteId::new(site.number(of));
    site.now(Kind::CreditNote, &id).await.unwrap()
}

/// What the ledger has on an account for a voucher, debit less credit, in pounds.
pub async fn booked(site: &Site, voucher: &str, account: &str) -> Decimal {
    let rows = site
        .client
        .list(&erpnext::client::List {
            doctype: "GL Entry",
            parent: None,
            fields: vec!["debit", "credit"],
            filters: vec![
                json!(["voucher_no", "=", voucher]),
                json!(["account", "=", account]),
                json!(["is_cancelled", "=", 0]),
            ],
            order_by: "name asc",
            limit: 0,
        })
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.amount("debit").unwrap() - row.amount("credit").unwrap())
        .sum()
}

/// An invoice at 0.80 and a return at 0.78: both are settled to the cent, and what the rates come to is a
/// loss, whichever currency the receivable account keeps.
pub async fn credit_in_a_foreign_currency_is_used(site: &Site) {
    let several = json!({"allow_multi_currency_invoices_against_single_party_account": 1});
    let settings = erpnext::site::document("Accounts Settings", "Accounts Settings");
    let alone = site.settings().await;
    let put = http::Method::PUT;
    site.client.write(put, &settings, &several).await.unwrap();
    drop(alone);
    let own = site.chart.receivable_account.clone().unwrap();
    let exchange = site.chart.exchange_account.clone().unwrap();
    for (of, account) in [("usd", dollars(site).await), ("gbp", own)] {
        let customer = site.customer(&format!("fx {of}")).await;
        let invoice = in_dollars(site, &format!("i{of}"), &customer, &account).await;
        let note = dollars_back(site, &format!("n{of}"), &customer, &account).await;
        assert_eq!(note_of(&note).amount_due, dec("100"), "{of}");
        assert_eq!(note_of(&note).currency, Currency::new("USD").unwrap());
        let used = site
            .done(allocate(site, of, &note, &[], &[(&invoice, "33.33")]))
            .await;
        assert_eq!(
            told(&note_of(&used)),
            (vec![(invoice.as_str(), dec("33.33"))], dec("66.67")),
            "{of}"
        );
        let used = site
            .done(allocate(site, of, &used, &[0], &[(&invoice, "66.67")]))
            .await;
        let got = note_of(&used);
        assert_eq!(
            (got.amount_due, got.refunded()),
            (dec("0"), dec("0")),
            "{of}"
        );
        assert_eq!(got.allocated(), dec("100"), "{of}");
        assert_eq!(site.outstanding(invoice.as_str()).await, dec("0"), "{of}");
        assert_eq!(site.outstanding(note.id.as_str()).await, dec("0"), "{of}");
        let mut lost = Decimal::ZERO;
        for used in &got.allocations {
            lost += booked(site, used.id.as_deref().unwrap(), &exchange).await;
        }
        assert_eq!(lost, dec("2"), "{of}");
        let free = site.done(allocate(site, of, &used, &[], &[])).await;
        assert_eq!(note_of(&free).amount_due, dec("100"), "{of}");
    }
}

/// A return that lowered an invoice which was paid: its credit is what the invoice owes less than nothing.
pub async fn credit_that_an_original_holds_is_used(site: &Site) {
    let customer = site.customer("holds").await;
    let paid = site.owed("p1", &customer, "100").await;
    pay(
        site,
        "pp",
        &received(site, &customer, &[(&paid, "100")], "0"),
    )
    .await;
    let back = lowering(site, &customer, &paid, "100").await;
    let open = site.owed("p2", &customer, "70").await;
    let note = site.now(Kind::CreditNote, &back).await.unwrap();
    let used = site
        .done(allocate(site, "held", &note, &[], &[(&open, "60")]))
        .await;
    assert_eq!(
        told(&note_of(&used)),
        (vec![(open.as_str(), dec("60"))], dec("40"))
    );
    assert_eq!(note_of(&used).refunded(), dec("0"));
    assert_eq!(site.outstanding(open.as_str()).await, dec("10"));
    assert_eq!(site.outstanding(paid.as_str()).await, dec("-40"));
    let free = site.done(allocate(site, "held", &used, &[], &[])).await;
    assert_eq!(told(&note_of(&free)), (vec![], dec("100")));
    assert_eq!(read(site, &back).await.amount_due, dec("100"));
}
