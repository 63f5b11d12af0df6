//! The ERPNext books against a real site.
//!
//! Runs where `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and `_SECRET` name one (a site kept for tests:
//! records are created in its first company, which must be in GBP and have tax templates of 20, 5
//! and 0 percent). Where they do not, it says that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use app::books::erpnext::ErpnextBooks;
use chrono::NaiveDate;
use engine::books::{Answer, Books, Change, Cursor, Lookup, Pulled, Write};
use ledger::{
    Address, Cause, Contact, Currency, DocumentState, Invoice, Kind, Line, PriceMode, Record,
    RemoteId,
};
use rust_decimal::Decimal;

struct Site {
    client: erpnext::Client,
    books: ErpnextBooks,
    run: String,
    account: String,
    rates: [String; 3],
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

async fn site() -> Option<Site> {
    let variable = |name: &str| std::env::var(format!("COUNTERFOIL_TEST_ERPNEXT_{name}")).ok();
    let (Some(url), Some(key), Some(secret)) =
        (variable("URL"), variable("KEY"), variable("SECRET"))
    else {
        eprintln!("skipped: COUNTERFOIL_TEST_ERPNEXT_URL, _KEY and _SECRET are not set");
        return None;
    };
    let transport = Arc::new(net::HttpTransport::new().unwrap());
    let url = erpnext::SiteUrl::parse(&url).unwrap();
    let (client, site) = erpnext::connect::connect(
        transport,
        Arc::new(net::SystemClock),
        url,
        erpnext::ApiKey::new(&key, &secret),
    )
    .await
    .unwrap();
    eprintln!("connected: {} as {}", site.version, site.user);
    assert_eq!(site.missing, []);
    erpnext::marker_fields::install(&client).await.unwrap();
    let company = site.companies[0].name.clone();
    let books = ErpnextBooks::new(client.clone(), company);
    let profile = books.profile().await.unwrap();
    let account = profile
        .accounts
        .iter()
        .find(|account| account.default)
        .unwrap()
        .key
        .clone();
    let rate = |rate: &str| {
        profile
            .taxes
            .iter()
            .find(|tax| tax.rate == Some(dec(rate)))
            .unwrap()
            .key
            .clone()
    };
    Some(Site {
        client,
        books,
        run: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
        account,
        rates: [rate("20"), rate("5"), rate("0")],
    })
}

impl Site {
    fn id(&self, of: &str) -> RemoteId {
        RemoteId::new(format!("{}-{of}", self.run))
    }

    async fn send(&self, changes: Vec<Change>) -> Vec<Answer> {
        let prepared: Vec<_> = changes
            .into_iter()
            .map(|change| {
                self.books
                    .prepare(&Write {
                        key: "key".into(),
                        change,
                    })
                    .unwrap()
            })
            .collect();
        self.books.send(&prepared).await
    }

    async fn done(&self, change: Change) -> Pulled {
        match self.send(vec![change]).await.remove(0) {
            Answer::Done(pulled) => *pulled,
            other => panic!("{other:?}"),
        }
    }

    async fn customer(&self, of: &str) -> RemoteId {
        self.done(Change::CreateContact {
            contact: Contact {
                name: format!("{of} {}", self.run),
                ..Contact::default()
            },
            source: self.id(of),
            source_link: None,
        })
        .await
        .id
    }

    fn line(&self, quantity: &str, price: &str, amount: &str, rate: usize) -> Line {
        Line {
            id: None,
            description: "Work & <care>".into(),
            item_code: None,
            quantity: dec(quantity),
            unit_price: dec(price),
            discount_percent: None,
            amount: dec(amount),
            account: Some(self.account.clone()),
            tax: Some(self.rates[rate].clone()),
            tax_rate: None,
            tax_amount: None,
        }
    }

    /// An invoice with the totals Xero would compute.
    fn invoice(&self, of: &str, contact: &RemoteId, mode: PriceMode, lines: Vec<Line>) -> Invoice {
        let rates = [dec("20"), dec("5"), dec("0")];
        let taxed: Vec<_> = lines
            .iter()
            .map(|line| ledger::tax::TaxedAmount {
                amount: line.amount,
                rate: self
                    .rates
                    .iter()
                    .position(|key| Some(key) == line.tax.as_ref())
                    .map_or(Decimal::ZERO, |place| rates[place]),
            })
            .collect();
        let totals = ledger::tax::xero_totals(mode, &taxed);
        Invoice {
            number: Some(format!("X-{}-{of}", self.run)),
            contact: contact.clone(),
            contact_name: String::new(),
            state: DocumentState::Approved,
            date: day(11, 2),
            due_date: Some(day(12, 2)),
            currency: gbp(),
            exchange_rate: None,
            reference: Some("PO 1".into()),
            price_mode: mode,
            lines,
            net_total: totals.net,
            tax_total: totals.tax,
            total: totals.total,
            amount_due: totals.total,
        }
    }

    fn create(&self, of: &str, invoice: &Invoice) -> Change {
        Change::CreateInvoice {
            invoice: invoice.clone(),
            source: self.id(of),
            source_link: None,
        }
    }
}

fn contact_of(pulled: &Pulled) -> Contact {
    match pulled.record.as_ref().unwrap() {
        Record::Contact(contact) => contact.clone(),
        Record::Invoice(_) => panic!("an invoice"),
    }
}

fn invoice_of(pulled: &Pulled) -> Invoice {
    match pulled.record.as_ref().unwrap() {
        Record::Invoice(invoice) => invoice.clone(),
        Record::Contact(_) => panic!("a contact"),
    }
}

fn agrees(intended: &Invoice, pulled: &Pulled) {
    let got = invoice_of(pulled);
    assert_eq!(
        ledger::agreement::invoice_differences(intended, &got),
        [],
        "{:?}",
        intended.number
    );
    assert_eq!(got.number, intended.number);
    assert_eq!(got.amount_due, intended.amount_due, "{:?}", intended.number);
    assert_eq!(got.lines.len(), intended.lines.len());
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_address_are_told_apart() {
    use erpnext::connect::{ConnectError, connect};
    let Some(site) = site().await else { return };
    let attempt = async |url: &str, key: &str| {
        connect(
            Arc::new(net::HttpTransport::new().unwrap()),
            Arc::new(net::SystemClock),
            erpnext::SiteUrl::parse(url).unwrap(),
            erpnext::ApiKey::new(key, "wrong"),
        )
        .await
        .unwrap_err()
    };
    let url = site.client.site().as_str();
    assert!(matches!(
        attempt(url, "nobody").await,
        ConnectError::WrongKey
    ));
    assert!(matches!(
        attempt("http://127.0.0.1:9", "nobody").await,
        ConnectError::Unreachable { .. }
    ));
}

#[tokio::test]
async fn contacts_there_and_back() {
    let Some(site) = site().await else { return };
    let full = Contact {
        name: format!("Ångström & \"Söhne\" / 100% {}", site.run),
        email: Some(format!("a.{}@acme.test", site.run)),
        phone: Some("+44 20 7946 0100".into()),
        tax_number: Some("GB123456789".into()),
        address: Address {
            line1: Some("1 High St".into()),
            line2: Some("Flat 2".into()),
            city: None,
            region: Some("Kent".into()),
            postal_code: Some("CT1 1AA".into()),
            country: Some("UK".into()),
        }
        .some(),
        ..Contact::default()
    };
    let create = Change::CreateContact {
        contact: full.clone(),
        source: site.id("full"),
        source_link: None,
    };
    let made = site.done(create.clone()).await;
    let got = contact_of(&made);
    let mut expected = full.clone();
    if let Some(address) = &mut expected.address {
        address.country = Some("United Kingdom".into());
    }
    assert_eq!(ledger::agreement::contact_differences(&expected, &got), []);
    assert_eq!(made.marker, Some(site.id("full")));
    // Again: it exists, and is found by its marker.
    assert!(matches!(site.send(vec![create]).await[0], Answer::Exists));
    let by_marker = Lookup::Markers(vec![site.id("full")]);
    let found = site.books.find(Kind::Contact, &by_marker).await.unwrap();
    assert_eq!(found[0].id, made.id);

    // All three documents change; a stale version is refused.
    let mut to = got.clone();
    to.email = Some(format!("b.{}@acme.test", site.run));
    to.phone = None;
    to.tax_number = None;
    if let Some(address) = &mut to.address {
        address.city = Some("Canterbury".into());
    }
    let update = Change::UpdateContact {
        id: made.id.clone(),
        version: made.version.clone(),
        from: got.clone(),
        to: to.clone(),
    };
    let changed = site.done(update.clone()).await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
    assert_ne!(changed.version, made.version);
    assert!(matches!(site.send(vec![update]).await[0], Answer::Stale));

    // A bare one gains an address and a telephone number, then is archived.
    let bare_id = site.customer("bare").await;
    let bare = site
        .books
        .find(Kind::Contact, &Lookup::Ids(vec![bare_id.clone()]))
        .await
        .unwrap()
        .remove(0);
    let mut to = contact_of(&bare);
    to.phone = Some("0123".into());
    to.address = Address {
        line1: Some("2 Low St".into()),
        ..Address::default()
    }
    .some();
    to.archived = true;
    let changed = site
        .done(Change::UpdateContact {
            id: bare_id,
            version: bare.version.clone(),
            from: contact_of(&bare),
            to: to.clone(),
        })
        .await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
    // Then the telephone number changes and the address goes.
    let from = contact_of(&changed);
    let to = Contact {
        phone: Some("4567".into()),
        address: None,
        ..from.clone()
    };
    let changed = site
        .done(Change::UpdateContact {
            id: changed.id.clone(),
            version: changed.version.clone(),
            from,
            to: to.clone(),
        })
        .await;
    assert_eq!(
        ledger::agreement::contact_differences(&to, &contact_of(&changed)),
        []
    );
}

#[tokio::test]
async fn invoices_agree_to_the_cent() {
    let Some(site) = site().await else { return };
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
    let mut invoices: Vec<(&str, Invoice)> = cases
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

#[tokio::test]
async fn submitted_invoices_are_replaced_and_cancelled() {
    let Some(site) = site().await else { return };
    let customer = site.customer("amend").await;
    let mut intended = site.invoice(
        "amend",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "100", "100.00", 0)],
    );
    let mut made = site.done(site.create("amend", &intended)).await;
    let first = made.id.clone();

    // The reference changes in place.
    made = site
        .done(Change::UpdateInvoice {
            id: made.id.clone(),
            version: made.version.clone(),
            from: invoice_of(&made),
            to: Invoice {
                reference: Some("PO 2".into()),
                ..invoice_of(&made)
            },
            source: site.id("amend"),
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
        let update = Change::UpdateInvoice {
            id: made.id.clone(),
            version: made.version.clone(),
            from,
            to: to.clone(),
            source: site.id("amend"),
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

    // A replacement that was cut off after the cancellation is gone on with.
    let moved = serde_json::json!({"xero_invoice_id": format!("{}#r2", site.id("amend"))});
    let path = erpnext::site::document("Sales Invoice", made.id.as_str());
    let put = async |body: &serde_json::Value| {
        site.client
            .write(http::Method::PUT, &path, body)
            .await
            .unwrap();
    };
    put(&moved).await;
    put(&serde_json::json!({"docstatus": 2})).await;
    let seen = find(Lookup::Markers(vec![site.id("amend")]))
        .await
        .remove(0);
    assert_eq!(invoice_of(&seen).state, DocumentState::Approved);
    intended = site.invoice(
        "amend",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "200", "200.00", 0)],
    );
    made = site
        .done(Change::UpdateInvoice {
            id: seen.id.clone(),
            version: seen.version.clone(),
            from: invoice_of(&seen),
            to: intended.clone(),
            source: site.id("amend"),
        })
        .await;
    agrees(&intended, &made);
    assert_eq!(made.id.as_str(), format!("{first}-3"));

    // Cancelled, it keeps its marker and owes nothing.
    let voided = site
        .done(Change::VoidInvoice {
            id: made.id.clone(),
            version: made.version.clone(),
            from: invoice_of(&made),
        })
        .await;
    assert_eq!(invoice_of(&voided).state, DocumentState::Voided);
    assert_eq!(invoice_of(&voided).amount_due, Decimal::ZERO);
    assert_eq!(voided.marker, Some(site.id("amend")));
}

#[tokio::test]
async fn drafts_are_changed_approved_and_deleted() {
    let Some(site) = site().await else { return };
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
        .done(Change::UpdateInvoice {
            id: made.id.clone(),
            version: made.version.clone(),
            from: invoice_of(&made),
            to: to.clone(),
            source: site.id("d"),
        })
        .await;
    agrees(&to, &approved);

    let mut second = draft.clone();
    second.number = Some(format!("X-{}-gone", site.run));
    let made = site.done(site.create("gone", &second)).await;
    let gone = site
        .done(Change::VoidInvoice {
            id: made.id.clone(),
            version: made.version.clone(),
            from: invoice_of(&made),
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

#[tokio::test]
async fn changes_are_paged_and_none_is_missed() {
    let Some(site) = site().await else { return };
    let customer = site.customer("page").await;
    let invoice = site.invoice(
        "page",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    let made = site.done(site.create("page", &invoice)).await;
    let read = async |kind: Kind, mut cursor: Cursor| {
        let mut ids = BTreeSet::new();
        loop {
            let page = site.books.page(kind, &cursor).await.unwrap();
            for row in &page.rows {
                assert!(row.record.is_ok(), "{row:?}");
                ids.insert(row.id.clone());
            }
            cursor = page.next;
            if !page.more {
                return (ids, cursor);
            }
        }
    };
    let (contacts, contact_cursor) = read(Kind::Contact, Cursor::default()).await;
    assert!(contacts.contains(&customer));
    let (invoices, cursor) = read(Kind::Invoice, Cursor::default()).await;
    assert!(invoices.contains(&made.id));
    // An address alone changes: its customer is found again.
    let address = serde_json::json!({
        "address_title": "Later", "address_type": "Billing", "address_line1": "9 End St", "city": "Leeds",
        "country": "United Kingdom", "is_primary_address": 1,
        "links": [{"link_doctype": "Customer", "link_name": customer.as_str()}]
    });
    site.client
        .write(
            http::Method::POST,
            &erpnext::site::doctype("Address"),
            &address,
        )
        .await
        .unwrap();
    let (again, _) = read(Kind::Contact, contact_cursor).await;
    assert!(again.contains(&customer));
    let (again, _) = read(Kind::Invoice, cursor).await;
    assert!(again.contains(&made.id), "the overlap is read again");
    assert!(
        site.books
            .link(Kind::Invoice, &made.id)
            .unwrap()
            .ends_with(&format!("/app/sales-invoice/{}", made.id))
    );
}

#[tokio::test]
async fn marking_foreign_currency_and_refusals() {
    let Some(site) = site().await else { return };
    let customer = site.customer("marks").await;
    let mut invoice = site.invoice(
        "m",
        &customer,
        PriceMode::Exclusive,
        vec![site.line("1", "10", "10.00", 0)],
    );
    let made = site.done(site.create("m", &invoice)).await;
    // Another identity is put on, and the same twice does no harm.
    let mark = |pulled: &Pulled| Change::Mark {
        kind: Kind::Invoice,
        id: pulled.id.clone(),
        version: pulled.version.clone(),
        source: site.id("m2"),
    };
    let marked = site.done(mark(&made)).await;
    assert_eq!(marked.marker, Some(site.id("m2")));
    assert!(matches!(
        site.send(vec![mark(&made)]).await[0],
        Answer::Stale
    ));
    // A second invoice cannot have it.
    invoice.number = Some(format!("X-{}-m3", site.run));
    let other = site.done(site.create("m3", &invoice)).await;
    assert!(matches!(
        site.send(vec![mark(&other)]).await[0],
        Answer::Exists
    ));
    // A person cancels and amends: the amended one gets a revision of the identity.
    let cancelled = site
        .done(Change::VoidInvoice {
            id: marked.id.clone(),
            version: marked.version.clone(),
            from: invoice_of(&marked),
        })
        .await;
    assert_eq!(cancelled.marker, Some(site.id("m2")));
    let remarked = site.done(mark(&other)).await;
    assert_eq!(remarked.marker, Some(site.id("m2")));

    // Euros: what ERPNext says of a customer without a receivable account in them.
    invoice.number = Some(format!("X-{}-eur", site.run));
    invoice.currency = Currency::new("EUR").unwrap();
    invoice.exchange_rate = Some(dec("0.85"));
    match site
        .send(vec![site.create("eur", &invoice)])
        .await
        .remove(0)
    {
        Answer::Done(pulled) => agrees(&invoice, &pulled),
        other => panic!("{other:?}"),
    }
    let fresh = site.customer("euro").await;
    invoice.number = Some(format!("X-{}-eur2", site.run));
    invoice.contact = fresh;
    let answer = site
        .send(vec![site.create("eur2", &invoice)])
        .await
        .remove(0);
    match answer {
        Answer::Refused {
            cause: Cause::Invalid { field, .. },
            ..
        } => assert_eq!(field, "currency"),
        Answer::Done(pulled) => agrees(&invoice, &pulled),
        other => panic!("{other:?}"),
    }
    // A contact that is not there, and one bad write among good ones.
    let mut nobody = invoice.clone();
    nobody.number = Some(format!("X-{}-nobody", site.run));
    nobody.contact = RemoteId::new("Nobody at all");
    let mut good = nobody.clone();
    good.number = Some(format!("X-{}-good", site.run));
    good.contact = customer;
    good.currency = gbp();
    good.exchange_rate = None;
    let answers = site
        .send(vec![
            site.create("nobody", &nobody),
            site.create("good", &good),
        ])
        .await;
    assert!(
        matches!(answers[0], Answer::Refused { .. }),
        "{:?}",
        answers[0]
    );
    assert!(matches!(answers[1], Answer::Done(_)), "{:?}", answers[1]);
}
