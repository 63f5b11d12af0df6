//! Records, the books of a new customer, people's edits, and what must hold in the end.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::NaiveDate;
use ledger::contact::folded_name;
use ledger::{
    Allocation, Contact, Currency, Document, DocumentState, Kind, Line, PaidDocument, Payment,
    PaymentAllocation, PaymentDirection, PriceMode, Record, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::{Bench, Held, World};

pub fn contact(name: &str) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        ..Contact::default()
    })
}

pub fn invoice(number: &str, contact: &RemoteId, total: i64) -> Record {
    let total = Decimal::from(total);
    Record::Invoice(Document {
        number: Some(number.into()),
        contact: contact.clone(),
        contact_name: contact.to_string(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
        due_date: NaiveDate::from_ymd_opt(2026, 11, 30),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::NoTax,
        lines: vec![Line {
            id: None,
            description: "Roses".into(),
            item_code: None,
            quantity: Decimal::ONE,
            unit_price: total,
            discount_percent: None,
            amount: total,
            account: Some("sales".into()),
            tax: Some("vat".into()),
            tax_rate: None,
            tax_amount: None,
            tracking: None,
        }],
        net_total: total,
        tax_total: Decimal::ZERO,
        total,
        amount_due: total,
        opening: false,
        against: None,
        allocations: Vec::new(),
    })
}

/// A payment of an invoice.
pub fn payment(reference: &str, contact: &RemoteId, invoice: &RemoteId, amount: i64) -> Record {
    payment_of(reference, contact, &[(invoice, amount)])
}

/// A payment of several invoices.
pub fn payment_of(reference: &str, contact: &RemoteId, paid: &[(&RemoteId, i64)]) -> Record {
    let allocations: Vec<PaymentAllocation> = paid
        .iter()
        .map(|(invoice, amount)| PaymentAllocation {
            id: None,
            document: PaidDocument::Invoice((*invoice).clone()),
            amount: Decimal::from(*amount),
            in_document: None,
            leaves: None,
        })
        .collect();
    Record::Payment(Payment {
        number: None,
        direction: PaymentDirection::Received,
        state: DocumentState::Approved,
        contact: contact.clone(),
        contact_name: contact.to_string(),
        date: NaiveDate::from_ymd_opt(2026, 11, 9).unwrap(),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        amount: allocations.iter().map(|part| part.amount).sum(),
        bank_account: Some("bank".into()),
        bank_amount: None,
        mode: None,
        reference: Some(reference.into()),
        allocations,
        unallocated: Decimal::ZERO,
        deductions: Vec::new(),
        reconciled: false,
        on_account: false,
        with: Vec::new(),
        credits: Vec::new(),
        bank_currency: None,
    })
}

/// Books as a new customer has them: some records on both sides, some on one.
pub fn books() -> (World, World) {
    let (mut xero, mut erpnext) = (World::default(), World::default());
    let both = (
        xero.add(Side::Xero, contact("Both")),
        erpnext.add(Side::Erpnext, contact("both")),
    );
    let left = xero.add(Side::Xero, contact("Only Xero"));
    let right = erpnext.add(Side::Erpnext, contact("Only ERPNext"));
    for (number, total) in [("A-1", 100), ("A-2", 50)] {
        xero.add(Side::Xero, invoice(number, &both.0, total));
        erpnext.add(Side::Erpnext, invoice(number, &both.1, total));
    }
    for number in ["X-1", "X-2", "X-3"] {
        xero.add(Side::Xero, invoice(number, &left, 70));
    }
    for number in ["E-1", "E-2", "E-3"] {
        erpnext.add(Side::Erpnext, invoice(number, &right, 80));
    }
    (xero, erpnext)
}

/// Every live title of a kind on a side, sorted: a copy would show twice.
pub fn titles(world: &World, kind: Kind) -> Vec<String> {
    let mut titles: Vec<String> = world
        .records
        .iter()
        .filter(|((of, _), held)| *of == kind && !held.record.ended())
        .map(|(_, held)| folded_name(held.record.title()))
        .collect();
    titles.sort();
    titles
}

/// Checks, without the planner, that both systems hold the same and that each ERPNext record names
/// its own Xero record.
pub fn audit(bench: &Bench) {
    let (xero, erpnext) = (bench.xero.lock().unwrap(), bench.erpnext.lock().unwrap());
    for kind in Kind::ALL {
        let (left, right) = (titles(&xero, kind), titles(&erpnext, kind));
        assert_eq!(left, right, "{kind}");
        let mut once = left.clone();
        once.dedup();
        assert_eq!(once, left, "a {kind} exists twice");
        for ((of, id), held) in &erpnext.records {
            if *of != kind || held.record.ended() {
                continue;
            }
            let marker = held
                .marker
                .clone()
                .unwrap_or_else(|| panic!("{id} has no marker"));
            let other = &xero.records[&(kind, marker)];
            assert_eq!(
                folded_name(other.record.title()),
                folded_name(held.record.title())
            );
            if let (Some(x), Some(e)) = (other.record.document(), held.record.document()) {
                let said =
                    |it: &Document| (it.total, it.due_date.unwrap_or(it.date), it.amount_due);
                assert_eq!(said(x), said(e), "{id}");
                assert_eq!(uses(&xero, x), uses(&erpnext, e), "{id}");
            }
        }
    }
}

/// How much of which invoices, by their numbers, a credit note settles.
fn uses(world: &World, note: &Document) -> BTreeMap<String, Decimal> {
    let mut uses = BTreeMap::new();
    for used in &note.allocations {
        let invoice = &world.records[&(Kind::Invoice, used.invoice.clone())];
        let number = folded_name(invoice.record.title());
        *uses.entry(number).or_default() += used.amount;
    }
    uses
}

/// A credit note of this total over what it is used for, by the identities of its invoices.
pub fn credit_note(
    number: &str,
    contact: &RemoteId,
    total: i64,
    uses: &[(&RemoteId, i64)],
) -> Record {
    let Record::Invoice(mut note) = invoice(number, contact, total) else {
        unreachable!()
    };
    note.due_date = None;
    for (index, (invoice, amount)) in uses.iter().enumerate() {
        note.allocations.push(Allocation {
            id: Some(format!("{number}-use-{index}")),
            invoice: (*invoice).clone(),
            date: Some(note.date),
            amount: Decimal::from(*amount),
        });
    }
    note.amount_due -= note.allocated();
    Record::CreditNote(note)
}

/// The identity of the live record of a title.
pub fn id_of(world: &World, title: &str) -> RemoteId {
    let live = |held: &Held| held.record.title() == title && !held.record.ended();
    let found = world.records.iter().find(|(_, held)| live(held));
    found
        .map(|((_, id), _)| id.clone())
        .expect("a live record of that title")
}

/// A person's edit of an invoice.
pub fn edit_invoice(world: &Mutex<World>, number: &str, change: impl FnOnce(&mut Document)) {
    let mut world = world.lock().unwrap();
    let id = id_of(&world, number);
    world.edit(Kind::Invoice, &id, |record| {
        if let Record::Invoice(invoice) = record {
            change(invoice);
        }
    });
}

/// A person's edit of a contact.
pub fn edit_contact(world: &Mutex<World>, name: &str, change: impl FnOnce(&mut Contact)) {
    let mut world = world.lock().unwrap();
    let id = id_of(&world, name);
    world.edit(Kind::Contact, &id, |record| {
        if let Record::Contact(contact) = record {
            change(contact);
        }
    });
}

/// What is due of an invoice.
pub fn due(world: &Mutex<World>, number: &str) -> Decimal {
    let world = world.lock().unwrap();
    let id = id_of(&world, number);
    let held = &world.records[&(Kind::Invoice, id)];
    held.record.as_invoice().unwrap().amount_due
}
