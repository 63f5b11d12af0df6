//! `cargo bench -p engine`: plans 100,000 invoices, and says how many records a second and how much
//! memory that takes. A third are linked and changed, a third are matched, a third are new.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::cast_precision_loss)]
#![allow(clippy::float_arithmetic)]

use std::time::Instant;

use chrono::NaiveDate;
use engine::plan::{
    Base, ContactLink, Direction, LinkedPair, PerSide, Policy, SideRecord, Situation, plan,
};
use ledger::mapping::Mapping;
use ledger::{
    Currency, Document, DocumentState, Line, MappingKind, PriceMode, Record, RemoteId, Side,
    Version,
};
use rust_decimal::Decimal;

const INVOICES: usize = 100_000;
const CONTACTS: usize = 5_000;
const RUNS: usize = 5;

fn invoice(side: Side, index: usize) -> Document {
    let (account, tax) = match side {
        Side::Xero => ("200", "OUTPUT2"),
        Side::Erpnext => ("Sales - MF", "UK VAT 20% - MF"),
    };
    let line = |number: usize| Line {
        id: Some(format!("row-{index}-{number}")),
        description: format!("Roses, bunch of {number}"),
        item_code: None,
        quantity: Decimal::from(number),
        unit_price: Decimal::new(1250, 2),
        discount_percent: None,
        amount: Decimal::new(1250, 2) * Decimal::from(number),
        account: Some(account.into()),
        tax: Some(tax.into()),
        tax_rate: Some(Decimal::from(20)),
        tax_amount: None,
        tracking: None,
    };
    let lines: Vec<Line> = (1..=3).map(line).collect();
    let net: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = net / Decimal::from(5);
    Document {
        number: Some(format!("INV-{index:06}")),
        contact: RemoteId::new(format!("{}-contact-{}", side.word(), index % CONTACTS)),
        contact_name: format!("Contact {}", index % CONTACTS),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(index as u64 % 300),
        due_date: NaiveDate::from_ymd_opt(2026, 12, 1),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: net,
        tax_total: tax,
        total: net + tax,
        amount_due: net + tax,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

fn record(side: Side, index: usize, of: Document) -> SideRecord {
    SideRecord {
        id: RemoteId::new(format!("{}-{index}", side.word())),
        version: Version::new("1"),
        marker: (side == Side::Erpnext && index.is_multiple_of(3))
            .then(|| RemoteId::new(format!("xero-{index}"))),
        record: Record::Invoice(of),
    }
}

fn situation() -> Situation {
    let mut situation = Situation::default();
    for index in 0..CONTACTS {
        for side in Side::BOTH {
            let name = |side: Side| RemoteId::new(format!("{}-contact-{index}", side.word()));
            let link = ContactLink {
                other: name(side.other()),
                other_archived: false,
            };
            situation.contacts.insert((side, name(side)), link);
        }
    }
    for index in 0..INVOICES {
        let (x, e) = (invoice(Side::Xero, index), invoice(Side::Erpnext, index));
        match index % 3 {
            0 => {
                let base = Base {
                    xero: Record::Invoice(x.clone()),
                    erpnext: Record::Invoice(e.clone()),
                };
                let moved = Document {
                    due_date: NaiveDate::from_ymd_opt(2026, 12, 24),
                    ..x
                };
                situation.pairs.push(LinkedPair {
                    link: i64::try_from(index).unwrap(),
                    xero: Some(record(Side::Xero, index, moved)),
                    erpnext: Some(record(Side::Erpnext, index, e)),
                    base: Some(base),
                });
            }
            1 => {
                situation.unlinked.xero.push(record(Side::Xero, index, x));
                situation
                    .unlinked
                    .erpnext
                    .push(record(Side::Erpnext, index, e));
            }
            _ => situation.unlinked.xero.push(record(Side::Xero, index, x)),
        }
    }
    situation
}

fn policy() -> Policy {
    Policy {
        contacts: Direction::Both,
        invoices: Direction::Both,
        credit_notes: Direction::Both,
        payments: Direction::Both,
        start_date: None,
        drafts: false,
        tracked: ledger::tracking::Tracked::default(),
        mappings: [
            Mapping::both_ways(MappingKind::Account, "200", "Sales - MF"),
            Mapping::both_ways(MappingKind::Tax, "OUTPUT2", "UK VAT 20% - MF"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        sides: PerSide::default(),
        voids: std::collections::BTreeMap::new(),
        ask_from_voids: 10,
        closed_until: None,
        tax_filed: None,
        contacts_with_documents: false,
        conflicts: std::collections::BTreeMap::new(),
        ask_from_updates: u32::MAX,
    }
}

/// The process's peak resident memory in MiB, where the operating system says (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kib| kib / 1024)
}

fn main() {
    let (situation, policy) = (situation(), policy());
    let loaded = peak_memory();
    let mut times = Vec::new();
    let mut writes = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let plan = plan(&situation, &policy).expect("a complete plan");
        times.push(start.elapsed().as_secs_f64());
        writes = plan.writes().count();
    }
    times.sort_by(f64::total_cmp);
    let median = times[RUNS / 2];
    println!("plan of {INVOICES} invoices: {writes} writes, median of {RUNS} runs {median:.3} s");
    println!("records per second: {:.0}", INVOICES as f64 / median);
    if let (Some(loaded), Some(peak)) = (loaded, peak_memory()) {
        println!("peak memory: {peak} MiB (of which {loaded} MiB hold the situation)");
    }
}
