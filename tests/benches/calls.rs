//! `cargo bench -p tests --bench calls`: how many of Xero's calls it takes to carry a history over, in
//! each direction, against the fewest possible.
//!
//! Two demo organisations, each served by a process of its own, and the command line as a person runs
//! it. One history stands in Xero alone, the other in ERPNext alone: invoices, payments for four of five,
//! and a credit note for each twentieth, used for an invoice. Customers are the same on both sides and were
//! linked before. The fewest calls to Xero: what is new there comes 1,000 to a page; what is made there goes
//! 50 to a call, of each kind, and each credit note that is used costs one more, because no call allocates
//! several. To be at most 1.10 of that with 10,000 invoices.
//!
//! `COUNTERFOIL_BENCH_INVOICES` (2000) says how many. Xero takes 60 calls a minute, and this waits for it: with
//! 10,000 invoices a quarter of an hour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a benchmark for people to read"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use sandbox::books::{ABBREVIATION, COMPANY};
use sandbox::consent::Press;
use serde_json::{Value, json};
use tests::{Books, Installation, System};

const SEED: u64 = 3;
const CONTACTS: usize = 60;
/// What the customers are called whose history it is.
const OURS: &str = "Calder & Sons";
/// What the calls may be of the fewest possible.
const TARGET: f64 = 1.10;
/// Records in a call that writes, and on a page.
const BATCH: usize = 50;
const PAGE: usize = 1_000;
/// Edits in one request to the control door.
const EDITS: usize = 500;
const DAY: &str = "2026-10-05";

/// How much there is of each kind.
#[derive(Clone, Copy)]
struct History {
    invoices: usize,
    payments: usize,
    credit_notes: usize,
}

impl History {
    fn kinds(self) -> [usize; 3] {
        [self.invoices, self.payments, self.credit_notes]
    }

    /// The fewest calls that read it from Xero.
    fn pages(self) -> usize {
        self.kinds().iter().map(|kind| kind.div_ceil(PAGE)).sum()
    }

    /// The fewest calls that write it into Xero.
    fn batches(self) -> usize {
        let batches: usize = self.kinds().iter().map(|kind| kind.div_ceil(BATCH)).sum();
        batches + self.credit_notes
    }
}

#[tokio::main]
async fn main() {
    let invoices = std::env::var("COUNTERFOIL_BENCH_INVOICES")
        .map_or(2_000, |text| text.parse().expect("a number"));
    let history = History {
        invoices,
        payments: invoices * 4 / 5,
        credit_notes: invoices / 20,
    };
    println!(
        "{} invoices, {} payments, {} credit notes",
        history.invoices, history.payments, history.credit_notes
    );
    let from_xero = carried(System::Xero, history, history.pages()).await;
    let from_erpnext = carried(System::Erpnext, history, history.batches()).await;
    let (calls, fewest) = (
        from_xero + from_erpnext,
        history.pages() + history.batches(),
    );
    println!(
        "both ways: {calls} calls, at least {fewest}: {:.2}, to be at most {TARGET}",
        calls as f64 / fewest as f64
    );
}

/// Fills one side, syncs, and says how many calls that took.
async fn carried(from: System, history: History, fewest: usize) -> usize {
    let books = Books::unwatched(SEED, CONTACTS, 0).await;
    let here = Installation::new(&books);
    let _ = here
        .connect_xero(&books.ready.xero.client_id, Press::Allow)
        .await
        .expect(&[0]);
    let _ = here.connect_erpnext(&books).await.expect(&[0]);
    let _ = here.run(&["pair"]).await.expect(&[0]);
    let _ = here.run(&["check", "--install-markers"]).await.expect(&[0]);
    let _ = here.run(&["mappings", "suggest"]).await.expect(&[0, 1]);
    let customers: Vec<Value> = (1..=CONTACTS).map(customer).collect();
    edited(&books, System::Erpnext, &customers).await;
    synced(&here).await;
    books.advance(3_600).await;
    match from {
        System::Xero => fill_xero(&books, history).await,
        System::Erpnext => fill_erpnext(&books, history).await,
    }
    books.advance(3_600).await;
    let before = made(&books).await.len();
    let began = Instant::now();
    let view = synced(&here).await;
    let calls = made(&books).await.split_off(before);
    println!(
        "from {from:?}: {} calls, at least {fewest}: {:.2} ({} records written, {:.0} s)",
        calls.len(),
        calls.len() as f64 / fewest as f64,
        view["records_written"],
        began.elapsed().as_secs_f64()
    );
    let mut by_kind: BTreeMap<String, usize> = BTreeMap::new();
    for call in &calls {
        *by_kind.entry(call.clone()).or_default() += 1;
    }
    for (call, count) in by_kind {
        println!("    {count:>5}  {call}");
    }
    let there = books.state(System::Xero).await;
    for (list, expected) in ["Invoices", "Payments", "CreditNotes"]
        .into_iter()
        .zip(history.kinds())
    {
        let count = there[list].as_array().map_or(0, Vec::len);
        assert!(count >= expected, "{count} of {expected} {list} in Xero");
    }
    let waiting = here.run(&["exceptions"]).await;
    let written = view["records_written"].as_u64().unwrap_or_default();
    let whole: usize = history.kinds().iter().sum();
    assert!(
        written >= whole as u64,
        "only {written} of {whole}; what waits: {}",
        waiting.stdout
    );
    calls.len()
}

/// A sync of everything, and what it says of itself.
async fn synced(here: &Installation) -> Value {
    // Longer than a test may take: Xero is waited for.
    let child = here.start(&["sync", "--approve", "--json"]);
    let ended = child.wait_with_output().await.expect("it ends");
    serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&ended.stderr)))
}

/// The calls that Xero's API received, without the ids in their paths.
async fn made(books: &Books) -> Vec<String> {
    let calls = books.calls(System::Xero).await;
    let calls = calls.as_array().expect("a list of calls").iter();
    calls
        .filter_map(|call| {
            let path = call["path"].as_str()?;
            let path = path.split('?').next().unwrap_or(path);
            let path = path.strip_prefix("/api.xro/2.0/")?;
            let words: Vec<&str> = path
                .split('/')
                .map(|word| if word.len() == 36 { "…" } else { word })
                .collect();
            Some(format!("{} {}", call["method"].as_str()?, words.join("/")))
        })
        .collect()
}

/// Makes edits inside a system, in order; what it says of each.
async fn edited(books: &Books, system: System, edits: &[Value]) -> Vec<Value> {
    let mut made = Vec::with_capacity(edits.len());
    for some in edits.chunks(EDITS) {
        let answer = books.edit(system, &json!(some)).await;
        made.extend(answer.as_array().expect("an answer for each").clone());
    }
    made
}

/// A customer whose history it is: plain, and with nothing in another currency, as some of the demo books have.
fn customer(number: usize) -> Value {
    let name = format!("{OURS} {number:02}");
    json!({
        "op": "create", "doctype": "Customer",
        "fields": { "customer_name": name, "customer_type": "Company" },
    })
}

fn is_ours(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with(OURS))
}

/// What a document comes to without tax, so that no two of a customer are alike.
fn price(index: usize) -> usize {
    20 + index % 977
}

async fn fill_xero(books: &Books, history: History) {
    let state = books.state(System::Xero).await;
    let contacts: Vec<&Value> = state["Contacts"]
        .as_array()
        .expect("contacts")
        .iter()
        .filter(|contact| is_ours(&contact["Name"]))
        .map(|contact| &contact["ContactID"])
        .collect();
    let whose = |index: usize| contacts[index % contacts.len()];
    let lines = |amount: usize| {
        json!([{ "Description": "Roses", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200",
            "TaxType": "ZERORATEDOUTPUT" }])
    };
    let invoices: Vec<Value> = (0..history.invoices)
        .map(|index| {
            json!({
                "op": "create_invoice", "Status": "AUTHORISED",
                "InvoiceNumber": format!("H-{index:05}"), "Contact": { "ContactID": whose(index) },
                "Date": DAY, "DueDate": "2026-11-05", "LineAmountTypes": "Exclusive",
                "LineItems": lines(price(index)),
            })
        })
        .collect();
    let invoices = edited(books, System::Xero, &invoices).await;
    let payments: Vec<Value> = (0..history.payments)
        .map(|index| {
            json!({
                "op": "pay_invoice", "InvoiceID": invoices[index]["InvoiceID"],
                "Amount": price(index), "Date": "2026-10-12", "Account": { "Code": "090" },
            })
        })
        .collect();
    edited(books, System::Xero, &payments).await;
    // Those after the paid ones are used.
    let notes: Vec<Value> = (0..history.credit_notes)
        .map(|index| {
            json!({
                "op": "create_credit_note", "Status": "AUTHORISED",
                "CreditNoteNumber": format!("HC-{index:05}"),
                "Contact": { "ContactID": whose(history.payments + index) }, "Date": "2026-10-13",
                "LineAmountTypes": "Exclusive", "LineItems": lines(10),
            })
        })
        .collect();
    let notes = edited(books, System::Xero, &notes).await;
    let uses: Vec<Value> = notes
        .iter()
        .enumerate()
        .map(|(index, note)| {
            json!({
                "op": "allocate_credit", "CreditNoteID": note["CreditNoteID"],
                "InvoiceID": invoices[history.payments + index]["InvoiceID"], "Amount": 10,
                "Date": "2026-10-14",
            })
        })
        .collect();
    edited(books, System::Xero, &uses).await;
}

async fn fill_erpnext(books: &Books, history: History) {
    let state = books.state(System::Erpnext).await;
    let customers: Vec<&Value> = state["Customer"]
        .as_array()
        .expect("customers")
        .iter()
        .filter(|customer| is_ours(&customer["customer_name"]))
        .map(|customer| &customer["name"])
        .collect();
    let whose = |index: usize| customers[index % customers.len()];
    let account = |name: &str| format!("{name} - {ABBREVIATION}");
    let document = |index: usize, quantity: i32, amount: usize, day: &str| {
        json!({
            "company": COMPANY, "customer": whose(index), "posting_date": day,
            "set_posting_time": 1, "due_date": if quantity < 0 { day } else { "2026-11-05" },
            "currency": "GBP", "disable_rounded_total": 1,
            "is_return": u8::from(quantity < 0), "update_outstanding_for_self": 1,
            "items": [{
                "item_name": "Roses", "description": "Roses", "qty": quantity, "uom": "Nos",
                "stock_uom": "Nos", "conversion_factor": 1, "rate": amount,
                "income_account": account("Sales"),
            }],
        })
    };
    let create = |doctype: &str, name: Option<String>, fields: Value| {
        let mut edit =
            json!({ "op": "create", "doctype": doctype, "fields": fields, "submit": true });
        if let Some(name) = name {
            edit["name"] = json!(name);
        }
        edit
    };
    let invoices: Vec<Value> = (0..history.invoices)
        .map(|index| {
            let fields = document(index, 1, price(index), DAY);
            create("Sales Invoice", Some(format!("H-{index:05}")), fields)
        })
        .collect();
    edited(books, System::Erpnext, &invoices).await;
    let payments: Vec<Value> = (0..history.payments)
        .map(|index| {
            json!({
                "op": "pay", "name": format!("H-{index:05}"), "date": "2026-10-12",
                "account": account("Business Bank Account"),
            })
        })
        .collect();
    edited(books, System::Erpnext, &payments).await;
    let notes: Vec<Value> = (0..history.credit_notes)
        .map(|index| {
            let fields = document(history.payments + index, -1, 10, "2026-10-13");
            create("Sales Invoice", Some(format!("HC-{index:05}")), fields)
        })
        .collect();
    edited(books, System::Erpnext, &notes).await;
    let uses: Vec<Value> = (0..history.credit_notes)
        .map(|index| {
            let row = |document: String, field: &str| {
                json!({
                    "account": account("Debtors"), "party_type": "Customer",
                    "party": whose(history.payments + index), "exchange_rate": 1,
                    "reference_type": "Sales Invoice", "reference_name": document, field: 10,
                })
            };
            let fields = json!({
                "voucher_type": "Credit Note", "company": COMPANY, "posting_date": "2026-10-14",
                "accounts": [
                    row(format!("HC-{index:05}"), "debit_in_account_currency"),
                    row(format!("H-{:05}", history.payments + index), "credit_in_account_currency"),
                ],
            });
            create("Journal Entry", None, fields)
        })
        .collect();
    edited(books, System::Erpnext, &uses).await;
}
