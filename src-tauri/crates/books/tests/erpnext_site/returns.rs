//! Returns that we make: created, changed, ended, and told apart from invoices.

use engine::books::{Answer, Books, Change, Cursor, Lookup, Pulled};
use ledger::{Cause, Document, DocumentState, Kind, Line, PriceMode, Record, RemoteId, Version};
use rust_decimal::Decimal;
use serde_json::json;

use super::credits;
use super::site::{Site, day, dec, gbp, invoice_of, note_of};

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

/// One of an amount without tax.
pub fn plain(site: &Site, of: &str, customer: &RemoteId, amount: &str) -> Document {
    note(site, of, customer, vec![site.line("1", amount, amount, 2)])
}

pub fn create(site: &Site, of: &str, note: &Document) -> Change {
    Change::Create {
        record: Record::CreditNote(note.clone()),
        source: site.id(of),
        source_link: Some("https://go.xero.com/test".into()),
    }
}

pub async fn make(site: &Site, of: &str, note: &Document) -> Pulled {
    site.done(create(site, of, note)).await
}

pub async fn read(site: &Site, id: &RemoteId) -> Document {
    note_of(&site.now(Kind::CreditNote, id).await.unwrap())
}

pub fn end(pulled: &Pulled) -> Change {
    Change::End {
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        from: pulled.record.clone().unwrap(),
    }
}

fn update(site: &Site, of: &str, now: &Pulled, to: &Document, under_way: bool) -> Change {
    Change::Update {
        id: now.id.clone(),
        version: now.version.clone(),
        from: now.record.clone().unwrap(),
        to: Record::CreditNote(to.clone()),
        source: site.id(of),
        source_link: None,
        under_way,
    }
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
    assert_eq!(got.state, intended.state);
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

/// Names and states of what carries an identity.
async fn marked(site: &Site, of: &str) -> Vec<(String, DocumentState)> {
    let by = Lookup::Markers(vec![site.id(of)]);
    let found = site.books.find(Kind::CreditNote, &by).await.unwrap();
    let found = found.iter();
    found
        .map(|pulled| (pulled.id.to_string(), note_of(pulled).state))
        .collect()
}

pub async fn returns_there_and_back(site: &Site) {
    let customer = site.customer("returns").await;
    // Cents that both systems round differently.
    let lines = vec![
        site.line("1", "0.13", "0.13", 0),
        site.line("1", "0.14", "0.14", 0),
        site.line("1.5", "33.33", "50.00", 1),
        site.line("3", "33.335", "100.01", 0),
    ];
    let intended = note(site, "alone", &customer, lines);
    let prepared = site.prepared(vec![create(site, "alone", &intended)]).await;
    let steps = prepared[0].steps.clone();
    assert_eq!(steps.len(), 2, "seen as a draft first");
    assert_eq!(steps[0].body["is_return"], 1);
    assert_eq!(steps[0].body["update_outstanding_for_self"], 1);
    assert!(steps[0].body.get("return_against").is_none());
    let made = make(site, "alone", &intended).await;
    agrees(&intended, &note_of(&made));
    assert_eq!(made.id.as_str(), site.number("alone"));
    assert_eq!(made.marker, Some(site.id("alone")));
    assert!(made.born.is_some());
    let stored = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_eq!(stored["status"], "Return");
    assert_eq!(stored["xero_link"], "https://go.xero.com/test");
    assert_eq!(stored["xero_last_outcome"], "Created from Xero");
    assert_eq!(stored["xero_invoice_id"], json!(null));

    // Again, as after a lost answer: it is there, and is not made twice, under another number either.
    let mut other = intended.clone();
    other.number = Some(site.number("alone2"));
    for again in [&intended, &other] {
        let answer = site
            .send(vec![create(site, "alone", again)])
            .await
            .remove(0);
        assert!(matches!(answer, Answer::Exists), "{answer:?}");
    }
    let standing = [(made.id.to_string(), DocumentState::Approved)];
    assert_eq!(marked(site, "alone").await, standing);
    // Even where the answer of the draft's creation does not come.
    site.calls.lose_next("Sales%20Invoice");
    let lost = plain(site, "lost", &customer, "12");
    let answer = site.send(vec![create(site, "lost", &lost)]).await.remove(0);
    let Answer::Done(found) = answer else {
        panic!("{answer:?}")
    };
    agrees(&lost, &note_of(&found));

    // Two in one batch, one of them refused.
    let good = plain(site, "b1", &customer, "10");
    let bad = plain(site, "b2", &RemoteId::new("Nobody at all"), "10");
    let batch = vec![create(site, "b1", &good), create(site, "b2", &bad)];
    let answers = site.send(batch).await;
    assert!(matches!(answers[0], Answer::Done(_)), "{answers:?}");
    assert!(matches!(answers[1], Answer::Refused { .. }), "{answers:?}");

    // A stale version is refused, a true one cancels.
    let mut stale = made.clone();
    stale.version = Version::new("2026-01-01 00:00:00.000000");
    let answer = site.send(vec![end(&stale)]).await.remove(0);
    assert!(matches!(answer, Answer::Stale), "{answer:?}");
    let ended = site.done(end(&made)).await;
    let got = note_of(&ended);
    assert_eq!(got.state, DocumentState::Voided);
    assert_eq!(got.amount_due, Decimal::ZERO);
    assert_eq!(ended.marker, made.marker);
}

pub async fn a_return_of_nothing_is_submitted_in_two_steps(site: &Site) {
    let customer = site.customer("nothing").await;
    let nothing = plain(site, "zero", &customer, "0");
    let made = make(site, "zero", &nothing).await;
    agrees(&nothing, &note_of(&made));
    // In one it would keep the status Draft for good.
    let stored = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_ne!(stored["status"], "Draft");
}

pub async fn a_return_that_is_not_what_was_meant_leaves_nothing_behind(site: &Site) {
    let customer = site.customer("offnote").await;
    let lines = vec![site.line("1", "100", "100.00", 0)];
    let intended = note(site, "off", &customer, lines);
    let change = create(site, "off", &intended);
    let mut prepared = site.prepared(vec![change]).await.remove(0);
    // As if the site computed a cent less than was foretold.
    let meant = prepared.write.change.meant_mut().unwrap();
    let meant = meant.document_mut().unwrap();
    meant.tax_total += dec("0.01");
    meant.total += dec("0.01");
    let journal = engine::books::Exchanges::default();
    let answer = site.books.send(&[prepared], &journal).await.remove(0);
    let Answer::Refused {
        cause: Cause::WouldDiffer { differences, .. },
        ..
    } = answer
    else {
        panic!("{answer:?}")
    };
    let total = differences.iter().find(|it| it.field == "total").unwrap();
    assert_eq!(total.xero.as_deref(), Some("120.01 GBP"));
    assert_eq!(total.erpnext.as_deref(), Some("120.00 GBP"));
    assert_eq!(marked(site, "off").await, []);
    agrees(&intended, &note_of(&make(site, "off", &intended).await));
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
    let made = make(site, "d1", &draft).await;
    agrees(&draft, &note_of(&made));
    // Something that the ledger does not know of stays.
    let path = erpnext::site::document("Sales Invoice", made.id.as_str());
    let remark = json!({"remarks": "ask Jo first"});
    let put = http::Method::PUT;
    site.client.write(put, &path, &remark).await.unwrap();
    let now = site.now(Kind::CreditNote, &made.id).await.unwrap();
    let mut to = note_of(&now);
    let lines = vec![
        site.line("2.5", "10", "25.00", 0),
        site.line("1", "5", "5.00", 2),
    ];
    let like = note(site, "d1", &customer, lines);
    (to.lines, to.net_total, to.tax_total) = (like.lines, like.net_total, like.tax_total);
    (to.total, to.amount_due) = (like.total, like.total);
    (to.reference, to.date) = (Some("RMA 2".into()), day(11, 6));
    let changed = site.done(update(site, "d1", &now, &to, false)).await;
    agrees(&to, &note_of(&changed));
    to.state = DocumentState::Approved;
    let approved = site.done(update(site, "d1", &changed, &to, false)).await;
    agrees(&to, &note_of(&approved));
    let stored = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_eq!(stored["remarks"], "ask Jo first");

    // Submitted: the reference may change, and nothing else without another in its place.
    let mut reference = note_of(&approved);
    reference.reference = Some("RMA 3".into());
    let changed = site
        .done(update(site, "d1", &approved, &reference, false))
        .await;
    assert_eq!(note_of(&changed).reference.as_deref(), Some("RMA 3"));
    let mut gone = plain(site, "d2", &customer, "10");
    gone.state = DocumentState::Draft;
    let made = make(site, "d2", &gone).await;
    let ended = site.done(end(&made)).await;
    assert!(ended.record.as_ref().unwrap().ended());
    assert!(!site.books.exists(Kind::CreditNote, &made.id).await.unwrap());
}

/// All of an item of an invoice returned, as a person does it: the invoice is lowered by it.
async fn returned(site: &Site, of: &str, customer: &RemoteId, original: &RemoteId) -> Pulled {
    let code = format!("WIDGET {}", site.run);
    let item = json!([{ "item_code": code, "qty": -2, "rate": 50, "description": "Widget, blue",
        "income_account": site.account }]);
    let against = json!({ "return_against": original.as_str(), "items": item,
        "update_outstanding_for_self": 0 });
    let made = credits::returned(site, customer, against).await;
    let pulled = site.now(Kind::CreditNote, &RemoteId::new(made)).await;
    let pulled = pulled.unwrap();
    site.done(Change::Mark {
        kind: Kind::CreditNote,
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        source: site.id(of),
        source_link: None,
    })
    .await
}

pub async fn a_return_that_was_edited_is_replaced_by_an_amendment(site: &Site) {
    let customer = site.customer("edited").await;
    let made = make(site, "e1", &plain(site, "e1", &customer, "100")).await;
    let mut to = note_of(&made);
    to.lines[0].description = "Other work".into();
    let like = plain(site, "e1", &customer, "80");
    (to.lines[0].unit_price, to.lines[0].amount) = (dec("80"), dec("80"));
    (to.net_total, to.total, to.amount_due) = (like.net_total, like.total, like.total);
    let next = site.done(update(site, "e1", &made, &to, false)).await;
    agrees(&to, &note_of(&next));
    assert_eq!(next.id.as_str(), format!("{}-1", made.id));
    assert_eq!(next.replaces, Some(made.id.clone()));
    let cancelled = site.stored("Sales Invoice", made.id.as_str()).await;
    assert_eq!(cancelled["docstatus"], 2);
    let stored = site.stored("Sales Invoice", next.id.as_str()).await;
    assert_eq!(
        stored["xero_credit_note_id"],
        format!("{}#1", site.mark("e1"))
    );
    assert_eq!(stored["xero_last_outcome"], "Updated from Xero");
    assert_eq!(
        marked(site, "e1").await,
        [(next.id.to_string(), DocumentState::Approved)],
        "one stands for it"
    );

    // One that lowers its original by itself, which is all it is used for, does so again; of an item, of
    // which no more can be returned than was sold.
    let sold = super::replacing::entered(site, "e2", &customer).await.id;
    let owed = site.outstanding(sold.as_str()).await - dec("100");
    let back = returned(site, "e2", &customer, &sold).await;
    assert_eq!(site.outstanding(sold.as_str()).await, owed);
    let mut to = note_of(&back);
    assert_eq!((to.amount_due, to.allocations.len()), (Decimal::ZERO, 1));
    to.lines[0].description = "Other work".into();
    let next = site.done(update(site, "e2", &back, &to, false)).await;
    let got = note_of(&next);
    assert_eq!(got.lines[0].description, "Other work");
    assert_eq!(
        (got.against.as_ref(), got.amount_due),
        (Some(&sold), Decimal::ZERO)
    );
    assert_eq!(got.allocated(), dec("100"));
    assert_eq!(site.outstanding(sold.as_str()).await, owed);
    let stored = site.stored("Sales Invoice", next.id.as_str()).await;
    assert_eq!(stored["amended_from"], back.id.as_str());

    // What a voucher uses is not taken out of it without a word.
    let used = make(site, "e3", &plain(site, "e3", &customer, "50")).await;
    let owed = site.owed("e4", &customer, "50").await;
    let uses = super::uses::allocate(site, "e3", &used, &[], &[(&owed, "50")]);
    let used = site.done(uses).await;
    let mut unused = note_of(&used);
    unused.allocations.clear();
    unused.amount_due = unused.total;
    let mut to = unused.clone();
    to.lines[0].description = "Other work".into();
    let as_if = Pulled {
        record: Ok(Record::CreditNote(unused)),
        ..used
    };
    match site.refused(update(site, "e3", &as_if, &to, false)).await {
        Cause::CannotEdit { why, .. } => assert!(why.contains("Journal Entry"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(read(site, &as_if.id).await.state, DocumentState::Approved);
}

/// The program ended between the cancellation of a return and the submission of what takes its place.
pub async fn a_replacement_of_a_return_that_was_cut_off_is_gone_on_with(site: &Site) {
    let customer = site.customer("cutnote").await;
    let made = make(site, "cut", &plain(site, "cut", &customer, "100")).await;
    let mut to = note_of(&made);
    to.lines[0].description = "Other work".into();
    let prepared = site
        .prepared(vec![update(site, "cut", &made, &to, false)])
        .await;
    for step in &prepared[0].steps[..2] {
        let method = step.method.parse().unwrap();
        site.client
            .write(method, &step.path, &step.body)
            .await
            .unwrap();
    }
    let by = Lookup::Markers(vec![site.id("cut")]);
    let found = site.books.find(Kind::CreditNote, &by).await.unwrap();
    let draft = found
        .iter()
        .find(|it| note_of(it).state == DocumentState::Draft)
        .unwrap();
    let next = site.done(update(site, "cut", draft, &to, true)).await;
    agrees(&to, &note_of(&next));
    assert_eq!(next.replaces, Some(made.id.clone()));
}

pub async fn a_draft_of_a_return_left_behind_is_gone_on_with(site: &Site) {
    let customer = site.customer("leftnote").await;
    let intended = plain(site, "left", &customer, "100");
    let prepared = site.prepared(vec![create(site, "left", &intended)]).await;
    let step = &prepared[0].steps[0];
    let post = http::Method::POST;
    site.client
        .write(post, &step.path, &step.body)
        .await
        .unwrap();
    let by = Lookup::Markers(vec![site.id("left")]);
    let draft = site
        .books
        .find(Kind::CreditNote, &by)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(note_of(&draft).state, DocumentState::Draft);
    let mut to = note_of(&draft);
    to.state = DocumentState::Approved;
    let made = site.done(update(site, "left", &draft, &to, true)).await;
    agrees(&intended, &note_of(&made));
    assert_eq!(made.id, draft.id);
}

/// Every list and every look-up has one or the other, and a deletion tells both.
pub async fn returns_are_listed_apart_from_invoices(site: &Site) {
    let customer = site.customer("apart").await;
    let invoice = site.owed("sold", &customer, "100").await;
    let back = make(site, "back", &plain(site, "back", &customer, "40"))
        .await
        .id;
    let both = [invoice.clone(), back.clone()];
    for (kind, own, other) in [
        (Kind::Invoice, &invoice, &back),
        (Kind::CreditNote, &back, &invoice),
    ] {
        let ids = async |by: Lookup| -> Vec<RemoteId> {
            let found = site.books.find(kind, &by).await.unwrap();
            found.into_iter().map(|it| it.id).collect()
        };
        let names = both.iter().map(ToString::to_string).collect();
        assert_eq!(
            ids(Lookup::Ids(both.to_vec())).await,
            std::slice::from_ref(own)
        );
        assert_eq!(ids(Lookup::Titles(names)).await, std::slice::from_ref(own));
        let marks = vec![site.id("sold"), site.id("back")];
        assert_eq!(ids(Lookup::Markers(marks)).await, std::slice::from_ref(own));
        let seen = site.books.seen(kind, &both).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].id, *own);
        assert!(site.books.exists(kind, own).await.unwrap());
        assert!(!site.books.exists(kind, other).await.unwrap());
        let (mut cursor, mut all) = (Cursor::default(), Vec::new());
        loop {
            let page = site.books.all(kind, &cursor).await.unwrap();
            all.extend(page.seen.into_iter().map(|it| it.id));
            cursor = page.next;
            if !page.more {
                break;
            }
        }
        assert!(all.contains(own) && !all.contains(other), "{kind}");
        let (rows, cursor) = pages(site, kind, &Cursor::default()).await;
        let read = |id: &RemoteId| rows.iter().any(|row| row.id == *id);
        assert!(read(own) && !read(other), "{kind}");
        let (_, cursor) = pages(site, kind, &cursor).await;
        let recent = site.books.recent(kind, &cursor).await.unwrap();
        let recent = |id: &RemoteId| recent.iter().any(|it| it.id == *id);
        assert!(recent(own) && !recent(other), "{kind}");
    }
    let link = site.books.link(Kind::CreditNote, &back).unwrap();
    assert!(
        link.ends_with(&format!("/app/sales-invoice/{back}")),
        "{link}"
    );
    // A draft of either may be what was deleted.
    let mut draft = plain(site, "gone", &customer, "1");
    draft.state = DocumentState::Draft;
    let made = make(site, "gone", &draft).await;
    site.done(end(&made)).await;
    let told = site.books.traces(&Cursor::default()).await.unwrap().found;
    for kind in [Kind::Invoice, Kind::CreditNote] {
        let id = made.id.clone();
        let deleted = engine::books::Trace::Deleted { kind, id };
        assert!(told.contains(&deleted), "{kind}");
    }
}

/// All pages from a cursor on, and where they end.
pub async fn pages(site: &Site, kind: Kind, from: &Cursor) -> (Vec<Pulled>, Cursor) {
    let (mut rows, mut cursor) = (Vec::new(), from.clone());
    loop {
        let page = site.books.page(kind, &cursor).await.unwrap();
        rows.extend(page.rows);
        cursor = page.next;
        if !page.more {
            return (rows, cursor);
        }
    }
}

/// A person cancels one of ours and amends it: the identity goes along under a revision, and the cancelled
/// one says nothing of it any more. One that a person made is marked.
pub async fn a_return_that_is_amended_takes_its_identity_along(site: &Site) {
    let customer = site.customer("amended").await;
    let made = make(site, "cn", &plain(site, "cn", &customer, "40")).await;
    site.cancel("Sales Invoice", made.id.as_str()).await;
    let more = json!({"amended_from": made.id.as_str()});
    let amended = RemoteId::new(credits::returned(site, &customer, more).await);
    let now = site.now(Kind::CreditNote, &amended).await.unwrap();
    assert_eq!(
        (&now.marker, &now.replaces),
        (&None, &Some(made.id.clone()))
    );
    assert_eq!(note_of(&now).number, note_of(&made).number);
    let mark = |now: &Pulled, of: &str| Change::Mark {
        kind: Kind::CreditNote,
        id: now.id.clone(),
        version: now.version.clone(),
        source: site.id(of),
        source_link: None,
    };
    let marked_now = site.done(mark(&now, "cn")).await;
    assert_eq!(marked_now.marker, Some(site.id("cn")));
    let standing = [(amended.to_string(), DocumentState::Approved)];
    assert_eq!(marked(site, "cn").await, standing);
    let by = Lookup::Titles(vec![made.id.to_string()]);
    let called = site.books.find(Kind::CreditNote, &by).await.unwrap();
    assert_eq!(called.len(), 2);
    // Several are marked in one call, invoices among them.
    let one = RemoteId::new(credits::returned(site, &customer, json!({})).await);
    let other = RemoteId::new(credits::returned(site, &customer, json!({})).await);
    let invoice = site.owed("mm", &customer, "5").await;
    let mut marks = Vec::new();
    for (id, of) in [(&one, "m1"), (&other, "m2")] {
        marks.push(mark(&site.now(Kind::CreditNote, id).await.unwrap(), of));
    }
    let answers = site.send(marks).await;
    for (answer, of) in answers.iter().zip(["m1", "m2"]) {
        let Answer::Done(pulled) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(pulled.marker, Some(site.id(of)));
    }
    let invoice = site.now(Kind::Invoice, &invoice).await.unwrap();
    assert_eq!(invoice_of(&invoice).amount_due, dec("5"));
}
