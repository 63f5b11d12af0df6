//! Sales Invoices: to the cent, replaced, cancelled, drafts.

use engine::books::{Answer, Books, Change, Lookup};
use ledger::{Document, DocumentState, Kind, PriceMode, Record};
use rust_decimal::Decimal;

use super::site::{Site, agrees, day, dec, invoice_of};

pub async fn invoices_agree_to_the_cent(site: &Site) {
    let customer = site.customer("cents").await;
    let line = |q: &str, p: &str, a: &str, r: usize| site.line(q, p, a, r);
    let mut discounted = line("20", "0.99", "18.81", 0);
    discounted.discount_percent = Some(dec("5"));
    let mut natural_discount = line("2", "10", "18.00", 0);
    natural_discount.discount_percent = Some(dec("10"));
    let mut overridden = line("1", "100", "100.00", 0);
    overridden.tax_amount = Some(dec("16.60"));
    let mut odd = site.invoice("odd", &customer, PriceMode::Inclusive, vec![overridden]);
    odd.net_total = dec("83.40");
    odd.tax_total = dec("16.60");
    let mut untaxed = line("1", "10", "10.00", 2);
    untaxed.tax = None;
    let cases = vec![
        (
            "one",
            PriceMode::Exclusive,
            vec![line("2", "50", "100.00", 0)],
        ),
        (
            "rates",
            PriceMode::Exclusive,
            vec![
                line("1", "33.33", "33.33", 0),
                line("1", "33.33", "33.33", 1),
                line("1", "33.34", "33.34", 2),
                untaxed,
            ],
        ),
        (
            "rounding",
            PriceMode::Exclusive,
            vec![
                line("1", "0.13", "0.13", 0),
                line("1", "0.14", "0.14", 0),
                line("1", "0.14", "0.14", 0),
            ],
        ),
        (
            "inclusive",
            PriceMode::Inclusive,
            vec![
                line("1", "100", "100.00", 0),
                line("2", "10.50", "21.00", 1),
                line("1", "5", "5.00", 2),
            ],
        ),
        (
            // Net amounts are sent: the tax ERPNext makes of these prices is a cent off.
            "gross",
            PriceMode::Inclusive,
            vec![
                line("1", "99.99", "99.99", 0),
                line("3", "19.99", "59.97", 1),
                line("1", "0.05", "0.05", 0),
            ],
        ),
        (
            "fractions",
            PriceMode::Exclusive,
            vec![
                line("1.5", "33.33", "50.00", 0),
                line("3", "33.335", "100.01", 0),
                line("0.3333", "9.99", "3.33", 0),
                discounted,
                natural_discount,
                // Last, since it comes back last: it is kept among the tax rows.
                line("-1", "20", "-20.00", 0),
            ],
        ),
        (
            "notax",
            PriceMode::NoTax,
            vec![line("1", "12.34", "12.34", 2)],
        ),
        (
            "nothing",
            PriceMode::Exclusive,
            vec![line("1", "0", "0.00", 0)],
        ),
    ];
    let mut invoices: Vec<(&str, Document)> = cases
        .into_iter()
        .map(|(of, mode, lines)| (of, site.invoice(of, &customer, mode, lines)))
        .collect();
    invoices.push(("odd", odd));
    let mut draft = invoices[0].1.clone();
    draft.number = Some(format!("X-{}-draft", site.run));
    draft.state = DocumentState::Draft;
    invoices.push(("draft", draft));
    let changes = invoices
        .iter()
        .map(|(of, invoice)| site.create(of, invoice))
        .collect();
    let answers = site.send(changes).await;
    for ((of, intended), answer) in invoices.iter().zip(answers) {
        let Answer::Done(pulled) = answer else {
            panic!("{of}: {answer:?}")
        };
        agrees(intended, &pulled);
        assert_eq!(pulled.marker, Some(site.id(of)));
        if matches!(*of, "odd" | "gross") {
            continue;
        }
        // Lines come back as they went, however they had to be carried.
        for (line, got) in intended.lines.iter().zip(&invoice_of(&pulled).lines) {
            assert_eq!(got.description, line.description, "{of}");
            assert_eq!(got.quantity, line.quantity, "{of}");
            assert_eq!(got.unit_price, line.unit_price, "{of}");
            assert_eq!(got.discount_percent, line.discount_percent, "{of}");
            assert_eq!(got.amount, line.amount, "{of}");
        }
        let wrong = site
            .client
            .document("Sales Invoice", pulled.id.as_str())
            .await
            .unwrap()
            .unwrap();
        let status = wrong["status"].as_str().unwrap().to_owned();
        assert_eq!(status == "Draft", *of == "draft", "{of}: {status}");
    }
    // Again: each exists, and none is made twice.
    let again = site
        .send(
            invoices
                .iter()
                .map(|(of, invoice)| site.create(of, invoice))
                .collect(),
        )
        .await;
    assert!(again.iter().all(|answer| matches!(answer, Answer::Exists)));
    // Another number, the same marker: the unique field refuses it.
    let mut other = invoices[0].1.clone();
    other.number = Some(format!("X-{}-other", site.run));
    let answer = site.send(vec![site.create("one", &other)]).await.remove(0);
    assert!(matches!(answer, Answer::Exists), "{answer:?}");
}

pub async fn submitted_invoices_are_replaced_and_cancelled(site: &Site) {
    let customer = site.customer("amend").await;
    let intended = site.invoice(
        "amend",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "100", "100.00", 0)],
    );
    let mut made = site.done(site.create("amend", &intended)).await;
    let first = made.id.clone();

    // The reference changes in place.
    made = site
        .done(Change::Update {
            id: made.id.clone(),
            version: made.version.clone(),
            from: Record::Invoice(invoice_of(&made)),
            to: Record::Invoice(Document {
                reference: Some("PO 2".into()),
                ..invoice_of(&made)
            }),
            source: site.id("amend"),
            source_link: None,
            under_way: false,
        })
        .await;
    assert_eq!(made.id, first);
    assert_eq!(invoice_of(&made).reference.as_deref(), Some("PO 2"));

    // Amounts do not: the document is replaced, twice, and keeps number and marker.
    for amount in ["150.00", "175.50"] {
        let from = invoice_of(&made);
        let to = site.invoice(
            "amend",
            &customer,
            PriceMode::Exclusive,
            vec![site.line("1", amount, amount, 1)],
        );
        let update = Change::Update {
            id: made.id.clone(),
            version: made.version.clone(),
            from: Record::Invoice(from),
            to: Record::Invoice(to.clone()),
            source: site.id("amend"),
            source_link: None,
            under_way: false,
        };
        let next = site.done(update.clone()).await;
        agrees(&to, &next);
        assert_ne!(next.id, made.id);
        assert_eq!(next.marker, Some(site.id("amend")));
        // The old plan does not apply any more.
        assert!(matches!(site.send(vec![update]).await[0], Answer::Stale));
        made = next;
    }
    assert_eq!(made.id.as_str(), format!("{first}-2"));
    let find = async |by: Lookup| site.books.find(Kind::Invoice, &by).await.unwrap();
    let marked = find(Lookup::Markers(vec![site.id("amend")])).await;
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].id, made.id);
    let titled = find(Lookup::Titles(vec![intended.number.clone().unwrap()])).await;
    let states: Vec<_> = titled
        .iter()
        .map(|pulled| (invoice_of(pulled).state, pulled.marker.is_some()))
        .collect();
    assert_eq!(
        states,
        [
            (DocumentState::Voided, false),
            (DocumentState::Voided, false),
            (DocumentState::Approved, true)
        ]
    );

    // Cancelled, it keeps its marker and owes nothing.
    let voided = site
        .done(Change::End {
            id: made.id.clone(),
            version: made.version.clone(),
            from: Record::Invoice(invoice_of(&made)),
        })
        .await;
    assert_eq!(invoice_of(&voided).state, DocumentState::Voided);
    assert_eq!(invoice_of(&voided).amount_due, Decimal::ZERO);
    assert_eq!(voided.marker, Some(site.id("amend")));
}

pub async fn drafts_are_changed_approved_and_deleted(site: &Site) {
    let customer = site.customer("draft").await;
    let mut draft = site.invoice(
        "d",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "100", "100.00", 0)],
    );
    draft.state = DocumentState::Draft;
    let made = site.done(site.create("d", &draft)).await;
    let mut to = site.invoice(
        "d",
        &customer,
        PriceMode::Inclusive,
        vec![
            site.line("2.5", "10", "25.00", 0),
            site.line("1", "10", "10.00", 2),
        ],
    );
    to.date = day(10, 1);
    to.due_date = Some(day(10, 15));
    let approved = site
        .done(Change::Update {
            id: made.id.clone(),
            version: made.version.clone(),
            from: Record::Invoice(invoice_of(&made)),
            to: Record::Invoice(to.clone()),
            source: site.id("d"),
            source_link: None,
            under_way: false,
        })
        .await;
    agrees(&to, &approved);

    let mut second = draft.clone();
    second.number = Some(format!("X-{}-gone", site.run));
    let made = site.done(site.create("gone", &second)).await;
    let gone = site
        .done(Change::End {
            id: made.id.clone(),
            version: made.version.clone(),
            from: Record::Invoice(invoice_of(&made)),
        })
        .await;
    assert_eq!(invoice_of(&gone).state, DocumentState::Voided);
    let by_id = Lookup::Ids(vec![made.id]);
    assert!(
        site.books
            .find(Kind::Invoice, &by_id)
            .await
            .unwrap()
            .is_empty()
    );
}
