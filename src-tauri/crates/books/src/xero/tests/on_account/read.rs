//! How money on account is read: from two lists more, with what its bank transactions say.

use engine::books::CreditsPass;

use super::*;

/// Everything there is to read from a cursor on.
async fn pass(stage: &Stage, cursor: &Cursor) -> (Vec<Pulled>, Cursor) {
    let (mut rows, mut cursor) = (Vec::new(), cursor.clone());
    loop {
        let page = stage.books.page(Kind::Payment, &cursor).await.unwrap();
        rows.extend(page.rows);
        cursor = page.next;
        if !page.more {
            return (rows, cursor);
        }
    }
}

const LISTS: [&str; 3] = ["GET /Payments", "GET /Overpayments", "GET /Prepayments"];

#[tokio::test]
async fn what_people_entered_is_read_once_with_its_account() {
    let stage = books().await;
    let (ann, bob) = (customer(&stage, "Ann"), customer(&stage, "Bob"));
    let over = entered(&stage, &ann, "overpayment", 70);
    let pre = entered(&stage, &bob, "prepayment", 30);
    let before = stage.calls().len();
    let (rows, cursor) = stage.all(Kind::Payment).await;
    let ids: Vec<_> = rows.iter().map(|it| &it.id).collect();
    assert_eq!(ids, [&over, &pre]);
    for (row, whose, amount) in [(&rows[0], &ann, "70"), (&rows[1], &bob, "30")] {
        let said = said(row);
        assert_eq!(said.contact.as_str(), whose);
        assert_eq!((said.amount, said.unallocated), (dec(amount), dec(amount)));
        assert_eq!(said.bank_account.as_deref(), Some("090"));
        assert_eq!(
            (said.on_account, said.reconciled, said.date),
            (true, false, day(19))
        );
        assert_eq!(said.allocations, []);
    }
    // A call for each list, and one for the account behind each of the two.
    assert_eq!(
        calls_since(&stage, before),
        [
            LISTS[0],
            LISTS[1],
            "GET /BankTransactions",
            LISTS[2],
            "GET /BankTransactions"
        ]
    );
    // Read again at once, by a run that looks at what it wrote, only payments are asked for.
    let before = stage.calls().len();
    let (none, cursor) = pass(&stage, &cursor).await;
    assert_eq!(none, []);
    assert_eq!(calls_since(&stage, before), [LISTS[0]]);
    // Rows that come once more in the overlap cost no call besides.
    stage.clock.advance(Duration::minutes(2));
    let before = stage.calls().len();
    let (again, cursor) = pass(&stage, &cursor).await;
    assert_eq!(again, rows);
    assert_eq!(calls_since(&stage, before), LISTS);
    // A quiet hour later nothing does.
    stage.edit(&json!({"op": "create_contact", "Name": "Cleo"}));
    stage.clock.advance(Duration::hours(1));
    let (_, cursor) = pass(&stage, &cursor).await;
    stage.clock.advance(Duration::minutes(2));
    let before = stage.calls().len();
    let (none, _) = pass(&stage, &cursor).await;
    assert_eq!(none, []);
    assert_eq!(calls_since(&stage, before), LISTS);
    // All that stand, by identity.
    let seen = stage.standing(Kind::Payment).await.into_iter();
    let seen: Vec<_> = seen.map(|it| (it.id, it.version)).collect();
    let rows = rows.into_iter().map(|it| (it.id, it.version));
    assert_eq!(seen, rows.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cursor_from_before_goes_on_with_payments_and_begins_the_rest() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let one = sold(&stage, &ann, "I-1", 50);
    stage.edit(&json!({"op": "pay_invoice", "InvoiceID": one, "Amount": 50}));
    let over = entered(&stage, &ann, "overpayment", 70);
    stage.clock.advance(Duration::hours(1));
    let now = stage.clock.now().to_rfc3339();
    let of_before =
        Cursor(json!({"since": now, "page": 1, "seen": null, "total": null}).to_string());
    let (rows, _) = pass(&stage, &of_before).await;
    let ids: Vec<_> = rows.iter().map(|it| &it.id).collect();
    assert_eq!(ids, [&over]);
}

#[tokio::test]
async fn the_accounts_of_many_customers_are_asked_for_by_their_days() {
    let stage = books().await;
    for n in 0..41 {
        entered(
            &stage,
            &customer(&stage, &format!("C{n}")),
            "overpayment",
            10,
        );
    }
    let before = stage.calls().len();
    let (rows, _) = stage.all(Kind::Payment).await;
    assert_eq!(rows.len(), 41);
    let calls = calls_since(&stage, before);
    assert_eq!(calls.len(), 4, "{calls:?}");
    for row in &rows {
        assert_eq!(said(row).bank_account.as_deref(), Some("090"));
    }
}

/// Signed in before money on account was asked for, a person gave no permission for bank transactions.
#[tokio::test]
async fn without_the_permission_the_account_is_unknown_and_the_rest_is_read() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let over = entered(&stage, &ann, "overpayment", 70);
    *stage.wire.broken.lock().unwrap() = Some(Box::new(|_, path| {
        let bank = path.ends_with("/BankTransactions");
        bank.then_some(Broken::Answered(401, "AuthorizationUnsuccessful"))
    }));
    let (rows, _) = stage.all(Kind::Payment).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].id, &said(&rows[0]).bank_account), (&over, &None));
    // Given since, it is asked for.
    stage.repair();
    let (rows, _) = stage.all(Kind::Payment).await;
    assert_eq!(said(&rows[0]).bank_account.as_deref(), Some("090"));
}

/// What was refunded stays a payment of its own, and suppliers' money is none of ours.
#[tokio::test]
async fn refunds_and_suppliers_are_what_they_were() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let over = entered(&stage, &ann, "overpayment", 70);
    let own = over.as_str().replace("overpayment:", "");
    stage.edit(&json!({"op": "refund_credit", "OverpaymentID": own, "Amount": 20}));
    let (rows, _) = stage.all(Kind::Payment).await;
    let refunds: Vec<_> = rows.iter().filter(|it| it.id != over).collect();
    assert_eq!((rows.len(), refunds.len()), (2, 1));
    assert_eq!(
        said(refunds[0]).direction,
        ledger::PaymentDirection::Refunded
    );
    let held = rows.iter().find(|it| it.id == over).unwrap();
    assert_eq!(
        (said(held).amount, said(held).unallocated),
        (dec("70"), dec("50"))
    );
    // Part of it went: it is not deleted.
    let cannot = stage.books.prepare(&Write {
        key: "k".into(),
        change: end(held),
        held: None,
    });
    assert!(
        matches!(&cannot, Err(Cause::CannotVoid { why, .. }) if why.contains("paid back")),
        "{cannot:?}"
    );
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|_, uri, body| {
        if uri.path().ends_with("/Overpayments") {
            body["Overpayments"][0]["Type"] = json!("SPEND-OVERPAYMENT");
        }
    }));
    let (rows, _) = stage.all(Kind::Payment).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    *stage.wire.spoil.lock().unwrap() = Some(Box::new(|_, uri, body| {
        if uri.path().ends_with("/Overpayments") {
            body["Overpayments"][0]["Total"] = json!({"of": "nothing"});
        }
    }));
    let (rows, _) = stage.all(Kind::Payment).await;
    let unread = rows.iter().find(|it| it.id == over).unwrap();
    assert!(unread.record.is_err());
}

/// What a pass over credits says, and the calls that it made.
async fn credits(
    stage: &Stage,
    cursor: &Cursor,
    pass: CreditsPass,
) -> (Vec<String>, bool, Vec<String>, Cursor) {
    let (mut begin, mut cursor, before) = (Some(pass), cursor.clone(), stage.calls().len());
    let (mut seen, mut all) = (Vec::new(), false);
    loop {
        let page = stage.books.credits(&cursor, begin.take()).await.unwrap();
        seen.extend(
            page.seen
                .iter()
                .map(|it| format!("{} {}", it.id, it.money())),
        );
        all |= page.all;
        cursor = page.next;
        if !page.more {
            return (seen, all, calls_since(stage, before), cursor);
        }
    }
}

#[tokio::test]
async fn credits_have_the_identities_of_records_and_are_not_read_twice() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let over = entered(&stage, &ann, "overpayment", 70);
    let pre = entered(&stage, &ann, "prepayment", 30);
    let whole = CreditsPass {
        whole: true,
        quiet: false,
    };
    let quiet = CreditsPass {
        whole: false,
        quiet: true,
    };
    let told = [format!("{over} 70.00 GBP"), format!("{pre} 30.00 GBP")];
    // Those of before had others: all that was said of Xero is forgotten once.
    let of_before = Cursor(
        r#"{"overpayments":{"page":1},"prepayments":{"page":1},"to_read":[],"left_out":null}"#
            .to_owned(),
    );
    let (seen, all, calls, cursor) = credits(&stage, &of_before, quiet).await;
    assert_eq!((seen.as_slice(), all, calls.len()), (&told[..], true, 2));
    let (_, all, _, _) = credits(&stage, &cursor, whole).await;
    assert!(!all);

    // What the pass over payments just read is not read again, also in a quiet pass.
    let (_, payments) = stage.all(Kind::Payment).await;
    let (seen, _, calls, cursor) = credits(&stage, &Cursor::default(), whole).await;
    assert_eq!((seen.as_slice(), calls), (&told[..], Vec::new()));
    stage.clock.advance(Duration::minutes(15));
    let (_, payments) = pass(&stage, &payments).await;
    let (_, _, calls, cursor) = credits(&stage, &cursor, quiet).await;
    assert_eq!(calls, Vec::<String>::new());
    // Once: the next one asks, and so does one after a write or much later.
    let (_, _, calls, cursor) = credits(&stage, &cursor, quiet).await;
    assert_eq!(calls, ["GET /Overpayments"]);
    let (_, payments) = pass(&stage, &payments).await;
    done(stage.write("k1", create(&advance(&ann, "5"))).await);
    let (seen, _, calls, cursor) = credits(&stage, &cursor, CreditsPass::default()).await;
    assert_eq!(calls, ["GET /Overpayments", "GET /Prepayments"]);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let _ = pass(&stage, &payments).await;
    stage.clock.advance(Duration::minutes(11));
    let (_, _, calls, _) = credits(&stage, &cursor, CreditsPass::default()).await;
    assert_eq!(calls.len(), 2);
}

/// A pass over payments that began later than where credits were read to left something out.
#[tokio::test]
async fn what_was_read_from_later_on_is_not_enough() {
    let stage = books().await;
    let ann = customer(&stage, "Ann");
    let (_, payments) = stage.all(Kind::Payment).await;
    let (_, _, _, cursor) = credits(
        &stage,
        &Cursor::default(),
        CreditsPass {
            whole: true,
            quiet: false,
        },
    )
    .await;
    let over = entered(&stage, &ann, "overpayment", 70);
    let mut payments = payments;
    for _ in 0..2 {
        stage.clock.advance(Duration::hours(1));
        payments = pass(&stage, &payments).await.1;
    }
    stage.clock.advance(Duration::hours(1));
    let pre = entered(&stage, &ann, "prepayment", 30);
    let again = entered(&stage, &ann, "overpayment", 20);
    let (rows, _) = pass(&stage, &payments).await;
    assert!(rows.iter().all(|it| it.id != over), "{rows:?}");
    let (seen, _, _, _) = credits(&stage, &cursor, CreditsPass::default()).await;
    let told = [
        format!("{over} 70.00 GBP"),
        format!("{again} 20.00 GBP"),
        format!("{pre} 30.00 GBP"),
    ];
    assert_eq!(seen, told);
}
