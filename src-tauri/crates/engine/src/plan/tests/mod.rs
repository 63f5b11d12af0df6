//! The planner's decision tables: what stands on both sides → what is done.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::type_complexity)]

mod apart;
mod batches;
mod credit_notes;
mod fees;
mod foreign;
mod freed;
mod linked;
mod made_anew;
mod matching;
mod netted;
mod on_account;
mod one_way;
mod paid_back;
mod payments;
mod properties;
mod rules;
mod terms;
mod unlinked;

use chrono::NaiveDate;
use ledger::mapping::Mapping;
use ledger::{
    Contact, Currency, Document, DocumentState, Kind, Line, MappingKind, Mappings, PriceMode,
    Record, RemoteId, Side, Version,
};
use rust_decimal::Decimal;

use super::*;

/// What is asked before a plan is carried out.
fn guard(plan: &Plan, policy: &Policy, lately: u32) -> Vec<Guard> {
    let mut tally = Tally::default();
    plan.entries.iter().for_each(|entry| tally.add(entry));
    tally.guards(policy, lately)
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn record(id: &str, record: Record) -> SideRecord {
    SideRecord {
        id: RemoteId::new(id),
        version: Version::new("1"),
        marker: None,
        record,
    }
}

fn marked(id: &str, marker: &str, of: Record) -> SideRecord {
    SideRecord {
        marker: Some(RemoteId::new(marker)),
        ..record(id, of)
    }
}

fn contact(name: &str) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        ..Contact::default()
    })
}

fn contact_with(name: &str, tax: Option<&str>, email: Option<&str>) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        tax_number: tax.map(Into::into),
        email: email.map(Into::into),
        ..Contact::default()
    })
}

/// An approved invoice of 100 + 20 % on account and tax keys of the side.
fn invoice(side: Side, number: &str, contact: &str) -> Document {
    let (account, tax) = match side {
        Side::Xero => ("200", "OUTPUT2"),
        Side::Erpnext => ("Sales - MF", "UK VAT 20% - MF"),
    };
    Document {
        number: Some(number.into()),
        contact: RemoteId::new(contact),
        contact_name: "Harbour Hotels".into(),
        state: DocumentState::Approved,
        date: day(2),
        due_date: Some(day(30)),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines: vec![Line {
            id: Some("row".into()),
            description: "Roses".into(),
            item_code: None,
            quantity: dec("1"),
            unit_price: dec("100"),
            discount_percent: None,
            amount: dec("100"),
            account: Some(account.into()),
            tax: Some(tax.into()),
            tax_rate: Some(dec("20")),
            tax_amount: None,
            tracking: None,
        }],
        net_total: dec("100"),
        tax_total: dec("20"),
        total: dec("120"),
        amount_due: dec("120"),
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

/// What stands for each other, both ways.
fn mapped(pairs: &[(MappingKind, &str, &str)]) -> Mappings {
    pairs
        .iter()
        .flat_map(|(kind, xero, erpnext)| Mapping::both_ways(*kind, xero, erpnext))
        .collect()
}

fn policy() -> Policy {
    Policy {
        tracked: ledger::tracking::Tracked::default(),
        contacts: Direction::Both,
        invoices: Direction::Both,
        credit_notes: Direction::Both,
        payments: Direction::Both,
        start_date: None,
        drafts: false,
        mappings: mapped(&[
            (MappingKind::Account, "200", "Sales - MF"),
            (MappingKind::Tax, "OUTPUT2", "UK VAT 20% - MF"),
            (MappingKind::Bank, "090", "Bank - MF"),
        ]),
        sides: PerSide::default(),
        voids: BTreeMap::new(),
        ask_from_voids: 10,
        closed_until: None,
        tax_filed: None,
        contacts_with_documents: false,
        conflicts: BTreeMap::new(),
        ask_from_updates: 200,
    }
}

/// Contacts X1 and E1 are linked.
fn linked_contact() -> Situation {
    let mut situation = Situation::default();
    for (side, mine, other) in [(Side::Xero, "X1", "E1"), (Side::Erpnext, "E1", "X1")] {
        situation.contacts.insert(
            (side, RemoteId::new(mine)),
            ContactLink {
                other: RemoteId::new(other),
                other_archived: false,
            },
        );
    }
    situation
}

fn pair(xero: Document, erpnext: Document, base: (Document, Document)) -> Situation {
    let mut situation = linked_contact();
    situation.pairs.push(LinkedPair {
        link: 7,
        xero: Some(record("x1", Record::Invoice(xero))),
        erpnext: Some(marked("e1", "x1", Record::Invoice(erpnext))),
        base: Some(Base {
            xero: Record::Invoice(base.0),
            erpnext: Record::Invoice(base.1),
        }),
    });
    situation
}

fn both() -> (Document, Document) {
    (
        invoice(Side::Xero, "INV-1", "X1"),
        invoice(Side::Erpnext, "INV-1", "E1"),
    )
}

/// OpenDocuments of 120 that are linked and not in the situation themselves, by the number in their names
/// (`x1` and `e1`), and what is owed of them on both sides.
fn owed(of: &[(u32, &str, &str)]) -> Situation {
    let mut situation = linked_contact();
    for (n, xero, erpnext) in of {
        let (x, e) = (format!("x{n}"), format!("e{n}"));
        for (side, id, other, due) in [(Side::Xero, &x, &e, xero), (Side::Erpnext, &e, &x, erpnext)]
        {
            situation.open.insert(
                (side, RemoteId::new(id.clone())),
                OpenDocument {
                    currency: Currency::new("GBP").unwrap(),
                    date: day(2),
                    contact: RemoteId::new(match side {
                        Side::Xero => "X1",
                        Side::Erpnext => "E1",
                    }),
                    total: dec("120"),
                    due: dec(due),
                    uses: Vec::new(),
                    rate: None,
                    ended: false,
                    outlook: Outlook::Linked(RemoteId::new(other.clone())),
                    replaced: false,
                },
            );
        }
    }
    situation
}

/// One word for each entry: enough to read a table by.
fn words(situation: &Situation, policy: &Policy) -> Vec<String> {
    plan(situation, policy)
        .expect("complete")
        .entries
        .iter()
        .map(|entry| {
            let what = match &entry.outcome {
                Outcome::Agrees => "agrees".to_owned(),
                Outcome::OutOfScope(scope) => format!("leave {scope:?}"),
                Outcome::Rebase => "rebase".to_owned(),
                Outcome::Problem { cause, .. } => format!("problem {}", cause.word()),
                Outcome::Link {
                    reason,
                    differences,
                    writes,
                } => format!(
                    "link {reason:?}{}{}",
                    targets(writes),
                    if differences.is_empty() {
                        ""
                    } else {
                        ", not agreed"
                    }
                ),
                Outcome::Write(writes) => format!("write{}", targets(writes)),
            };
            let id = |subject: &Option<Subject>| {
                subject
                    .as_ref()
                    .map_or("-".to_owned(), |subject| subject.id.to_string())
            };
            format!("{}/{} {what}", id(&entry.xero), id(&entry.erpnext))
        })
        .collect()
}

fn targets(writes: &[PlannedWrite]) -> String {
    let one = |write: &PlannedWrite| [" ", write.target.word(), ":", write.change.word()].concat();
    writes.iter().map(one).collect()
}
