//! `cargo bench -p engine --bench idle`: what a sync that finds nothing new computes, through a store
//! on disk, with 20,000 and with 500,000 invoices, and a payment of each, known on both sides. To be under 0.2 s and 1 s.
//!
//! The books answer at once: each page of invoices repeats the last few, as a cursor's overlap does.
//! `COUNTERFOIL_BENCH_KNOWN` names other numbers of invoices, with commas between them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark for people to read"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use engine::books::{
    Answer, Books, BooksError, CreditsPage, CreditsPass, Cursor, Lookup, Page, Prepared, Profile,
    Pulled, Seen, SeenPage, Traces, Wire, Write,
};
use engine::progress::{Control, Reporter};
use engine::run::{Clock, Keys, PerBooks, Request, Session, sync};
use ledger::{
    Allocation, Cause, Contact, Currency, Document, DocumentState, Kind, Line, PaidDocument,
    Payment, PaymentAllocation, PaymentDirection, PriceMode, Record, RemoteId, Side, Version,
};
use rust_decimal::Decimal;
use store::{
    ConnectionId, LinkState, LinkWrite, NewPairing, PairingId, RecordRow, Settlement, Store,
    Trigger,
};

const KNOWN: &str = "20000,500000";
/// An invoice in so many brings a contact.
const INVOICES_OF_A_CONTACT: usize = 4;
/// An invoice in so many brings a credit note.
const INVOICES_OF_A_CREDIT_NOTE: usize = 20;
const RUNS: usize = 5;
const OVERLAP: usize = 20;
/// Settlements in one transaction.
const AT_ONCE: usize = 1_000;

fn main() {
    let numbers = std::env::var("COUNTERFOIL_BENCH_KNOWN").unwrap_or_else(|_| KNOWN.into());
    for number in numbers.split(',') {
        let invoices: usize = number.parse().expect("a number of invoices");
        measure(invoices);
    }
}

fn measure(invoices: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.db");
    let began = Instant::now();
    let pairing = fill(&path, invoices);
    let size = std::fs::metadata(&path).unwrap().len() / 1_000_000;
    println!(
        "{invoices} invoices known: {size} MB, filled in {:.1?}",
        began.elapsed()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            // As a process that runs for one sync does.
            let store = Store::open(&path).unwrap();
            let session = session(&store, pairing, invoices);
            let began = Instant::now();
            let request = Request::everything(Trigger::Schedule);
            let summary = runtime.block_on(sync(&session, &request)).unwrap();
            let took = began.elapsed();
            assert_eq!(summary.counts.writes() + summary.counts.changed, 0);
            // Invoices, credit notes and payments, of both sides.
            assert_eq!(summary.counts.read, 6 * OVERLAP as u64);
            assert_eq!(summary.outcome, store::RunOutcome::Agreed);
            took
        })
        .collect();
    times.sort_unstable();
    println!(
        "  an idle sync: median of {RUNS} {:.1?}, longest {:.1?}",
        times[RUNS / 2],
        times[RUNS - 1]
    );
}

fn contact(index: usize) -> Record {
    Record::Contact(Contact {
        name: format!("Contact {index}"),
        email: Some(format!("hello@contact-{index}.example")),
        ..Contact::default()
    })
}

fn invoice(side: Side, index: usize) -> Record {
    let line = |number: usize| Line {
        id: Some(format!("row-{index}-{number}")),
        description: format!("Roses, bunch of {number}"),
        item_code: None,
        quantity: Decimal::from(number),
        unit_price: Decimal::new(1250, 2),
        discount_percent: None,
        amount: Decimal::new(1250, 2) * Decimal::from(number),
        account: Some("sales".into()),
        tax: Some("vat".into()),
        tax_rate: Some(Decimal::from(20)),
        tax_amount: None,
        tracking: None,
    };
    let lines: Vec<Line> = (1..=3).map(line).collect();
    let net: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = net / Decimal::from(5);
    Record::Invoice(Document {
        number: Some(format!("INV-{index:06}")),
        contact: id(side, Kind::Contact, index / INVOICES_OF_A_CONTACT),
        contact_name: format!("Contact {}", index / INVOICES_OF_A_CONTACT),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()
            + TimeDelta::days(i64::try_from(index % 300).unwrap()),
        due_date: NaiveDate::from_ymd_opt(2026, 12, 1),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: net,
        tax_total: tax,
        total: net + tax,
        amount_due: if index.is_multiple_of(10) {
            net + tax
        } else {
            Decimal::ZERO
        },
        opening: false,
        against: None,
        allocations: Vec::new(),
    })
}

/// What was credited of an invoice.
fn credit_note(side: Side, index: usize) -> Record {
    let Record::Invoice(mut note) = invoice(side, index) else {
        unreachable!()
    };
    note.number = Some(format!("CN-{index:06}"));
    note.due_date = None;
    note.amount_due = Decimal::ZERO;
    note.allocations = vec![Allocation {
        id: Some(format!("use-{index}")),
        invoice: id(side, Kind::Invoice, index * INVOICES_OF_A_CREDIT_NOTE),
        date: Some(note.date),
        amount: note.total,
    }];
    Record::CreditNote(note)
}

/// What was paid of an invoice.
fn payment(side: Side, index: usize) -> Record {
    let amount = Decimal::new(9000, 2);
    Record::Payment(Payment {
        number: (side == Side::Erpnext).then(|| format!("ACC-PAY-2026-{index:05}")),
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: id(side, Kind::Contact, index / INVOICES_OF_A_CONTACT),
        contact_name: format!("Contact {}", index / INVOICES_OF_A_CONTACT),
        date: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount,
        bank_account: Some("bank".into()),
        bank_amount: None,
        mode: None,
        reference: Some(format!("BACS {index}")),
        allocations: vec![PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice(id(side, Kind::Invoice, index)),
            amount,
            in_document: None,
            leaves: None,
        }],
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    })
}

/// Xero names records by a UUID, ERPNext by a number or a name.
fn id(side: Side, kind: Kind, index: usize) -> RemoteId {
    RemoteId::new(match (side, kind) {
        (Side::Xero, _) => format!(
            "{:08x}-0000-4000-8000-{:012x}",
            index.wrapping_mul(2_654_435_761) & 0xffff_ffff,
            index * Kind::ALL.len() + Kind::ALL.iter().position(|it| *it == kind).unwrap()
        ),
        (Side::Erpnext, Kind::Contact) => format!("Contact {index}"),
        (Side::Erpnext, Kind::Invoice) => format!("ACC-SINV-2026-{index:05}"),
        (Side::Erpnext, Kind::CreditNote) => format!("ACC-SINV-RET-{index:05}"),
        (Side::Erpnext, Kind::Payment) => format!("ACC-PAY-2026-{index:05}"),
    })
}

fn marker(side: Side, kind: Kind, index: usize) -> Option<RemoteId> {
    (side == Side::Erpnext).then(|| id(Side::Xero, kind, index))
}

fn record(side: Side, kind: Kind, index: usize) -> Record {
    match kind {
        Kind::Contact => contact(index),
        Kind::Invoice => invoice(side, index),
        Kind::CreditNote => credit_note(side, index),
        Kind::Payment => payment(side, index),
    }
}

fn fill(path: &Path, invoices: usize) -> PairingId {
    let store = Store::open(path).unwrap();
    let at = DateTime::UNIX_EPOCH;
    let pairing = NewPairing {
        name: "Bench".into(),
        xero_connection: ConnectionId("x".into()),
        xero_tenant: "xero".into(),
        xero_name: "xero".into(),
        erpnext_connection: ConnectionId("e".into()),
        erpnext_company: "erpnext".into(),
        base_currency: Currency::new("GBP").unwrap(),
        settings: serde_json::json!({}),
    };
    let pairing = store.add_pairing(&pairing, at).unwrap();
    let contacts = invoices.div_ceil(INVOICES_OF_A_CONTACT);
    for (kind, count) in [
        (Kind::Contact, contacts),
        (Kind::Invoice, invoices),
        (Kind::CreditNote, invoices / INVOICES_OF_A_CREDIT_NOTE),
        (Kind::Payment, invoices),
    ] {
        let all: Vec<usize> = (0..count).collect();
        for batch in all.chunks(AT_ONCE) {
            let settlements: Vec<Settlement> = batch.iter().map(|at| agreed(kind, *at)).collect();
            store.settle(pairing, None, &settlements, None, at).unwrap();
        }
        for side in Side::BOTH {
            store
                .store_page(pairing, side, kind, &[], "known", at)
                .unwrap();
            let compared = store::Look {
                ended: Some(at),
                ..store::Look::default()
            };
            let what = format!("all {}", kind.word());
            store.set_look(pairing, side, &what, &compared).unwrap();
        }
    }
    pairing
}

fn agreed(kind: Kind, index: usize) -> Settlement {
    let row = |side: Side| RecordRow {
        id: id(side, kind, index),
        version: Version::new("2026-07-14 09:00:00.360003"),
        marker: marker(side, kind, index),
        record: Ok(record(side, kind, index)),
        merged_into: None,
        born: None,
    };
    Settlement {
        records: Side::BOTH
            .map(|side| (side, kind, row(side)))
            .into_iter()
            .collect(),
        link: Some(LinkWrite {
            id: None,
            kind,
            xero_id: id(Side::Xero, kind, index),
            erpnext_id: id(Side::Erpnext, kind, index),
            base_xero: Some(record(Side::Xero, kind, index)),
            base_erpnext: Some(record(Side::Erpnext, kind, index)),
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        }),
        ..Settlement::default()
    }
}

struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn now(&self) -> DateTime<Utc> {
        let ticks = self.0.fetch_add(1, Ordering::SeqCst);
        DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(ticks).unwrap())
    }
}

impl Keys for Ticks {
    fn next(&self) -> String {
        format!("key-{}", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

fn session(store: &Store, pairing: PairingId, invoices: usize) -> Session {
    let books = |side| Arc::new(Quiet { side, invoices });
    let ticks = Arc::new(Ticks(AtomicU64::new(1)));
    Session {
        store: store.clone(),
        pairing: store.pairing(pairing).unwrap().unwrap(),
        books: PerBooks {
            xero: books(Side::Xero),
            erpnext: books(Side::Erpnext),
        },
        clock: ticks.clone(),
        keys: ticks,
        installation: "bench".to_owned(),
        control: Control::default(),
        reporter: Reporter::silent(),
        at_once: engine::run::AT_ONCE,
    }
}

/// Books in which nothing has happened.
struct Quiet {
    side: Side,
    invoices: usize,
}

#[async_trait]
impl Books for Quiet {
    fn side(&self) -> Side {
        self.side
    }

    async fn profile(&self) -> Result<Profile, BooksError> {
        Ok(Profile {
            origin: engine::books::Origin::default(),
            identity: self.side.word().into(),
            name: self.side.word().into(),
            base_currency: Currency::new("GBP").unwrap(),
            country: None,
            currencies: vec![],
            locked_until: None,
            accounts: vec![],
            taxes: vec![],
            bank_accounts: vec![],
            advance_accounts: Vec::new(),
            opening: engine::books::Opening::default(),
            time_zone: "UTC".into(),
            tracking: vec![],
        })
    }

    fn ready(&self) -> Result<(), BooksError> {
        Ok(())
    }

    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError> {
        let repeated = match kind {
            Kind::Contact => 0..0,
            Kind::Invoice | Kind::Payment => self.invoices - OVERLAP..self.invoices,
            Kind::CreditNote => 0..OVERLAP.min(self.invoices / INVOICES_OF_A_CREDIT_NOTE),
        };
        let rows = repeated.map(|index| Pulled {
            id: id(self.side, kind, index),
            version: Version::new("2026-07-14 09:00:00.360003"),
            marker: marker(self.side, kind, index),
            record: Ok(record(self.side, kind, index)),
            merged_into: None,
            born: None,
            replaces: None,
        });
        Ok(Page {
            rows: rows.collect(),
            next: cursor.clone(),
            more: false,
            total: None,
        })
    }

    async fn find(&self, _: Kind, _: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        Ok(Vec::new())
    }

    fn deletes(&self) -> bool {
        self.side == Side::Erpnext
    }

    async fn traces(&self, cursor: &Cursor) -> Result<Traces, BooksError> {
        Ok(Traces {
            next: cursor.clone(),
            ..Traces::default()
        })
    }

    async fn recent(&self, _: Kind, _: &Cursor) -> Result<Vec<Seen>, BooksError> {
        Ok(Vec::new())
    }

    async fn all(&self, _: Kind, _: &Cursor) -> Result<SeenPage, BooksError> {
        unreachable!("everything was compared today")
    }

    async fn seen(&self, _: Kind, _: &[RemoteId]) -> Result<Vec<Seen>, BooksError> {
        Ok(Vec::new())
    }

    async fn exists(&self, _: Kind, _: &RemoteId) -> Result<bool, BooksError> {
        Ok(true)
    }

    fn is_as_read(&self, _: Kind, seen: &Seen, version: &Version) -> bool {
        seen.version == *version
    }

    fn calls_for_comparing(&self) -> Option<u32> {
        None
    }

    async fn credits(
        &self,
        cursor: &Cursor,
        _: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        Ok(CreditsPage {
            next: cursor.clone(),
            ..CreditsPage::default()
        })
    }

    fn prepare(&self, _: &Write) -> Result<Prepared, Cause> {
        unreachable!("nothing is to be written")
    }

    async fn send(&self, _: &[Prepared], _: &dyn Wire) -> Vec<Answer> {
        unreachable!("nothing is to be written")
    }

    fn batch_size(&self, _: Kind) -> usize {
        1
    }

    fn link(&self, _: Kind, _: &RemoteId) -> Option<String> {
        None
    }
}
