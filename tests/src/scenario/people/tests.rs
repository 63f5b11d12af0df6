#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{DateTime, TimeDelta, Utc};
use rand::SeedableRng;
use sandbox::DemoBooks;
use sandbox::generator::{Country, DemoSize, GeneratorConfig};

use super::*;

/// How a deed is done.
type Doing = fn(&mut People, &mut StdRng, &Offices<'_>) -> Option<Deed>;

/// What is done in turn beside what comes at random.
const CREDIT: [Doing; 8] = [
    People::credit_in_erpnext,
    People::use_in_erpnext,
    People::take_use_back,
    People::use_in_xero,
    People::use_in_erpnext,
    People::void_credit,
    People::pay_back,
    People::edit_credit,
];

/// How invoices are settled in ERPNext, and that is put right.
const SETTLING: [Doing; 8] = [
    People::new_sales_invoice,
    People::net_in_erpnext,
    People::credit_in_erpnext,
    People::pay_less_a_fee,
    People::sell_at_till,
    People::settle_by_entry,
    People::correct,
    People::correct,
];

/// What a deed is called here: its operation, and of what.
fn called(system: System, operation: &Value) -> String {
    let fields = &operation["fields"];
    let rows = |table: &str| fields[table].as_array().cloned().unwrap_or_default();
    let mut references = rows("references").into_iter();
    let nets = references.any(|it| it["allocated_amount"].as_f64().is_some_and(|it| it < 0.0));
    let voucher = text(fields, "voucher_type");
    let created = operation["op"] == "create";
    let of = match operation["doctype"].as_str() {
        Some("Sales Invoice") if fields["is_return"] == 1 => {
            if fields["update_outstanding_for_self"] == 0 {
                "lowering return"
            } else {
                "return"
            }
        }
        Some("Sales Invoice") if fields["is_pos"] == 1 => "till",
        Some("Payment Entry") if fields["payment_type"] == "Pay" => "refund",
        Some("Payment Entry") if created && !rows("deductions").is_empty() => {
            "Payment Entry less a fee"
        }
        Some("Payment Entry") if created && nets => "netted Payment Entry",
        Some("Journal Entry") if created && voucher != "Credit Note" => "settling Journal Entry",
        Some("Sales Invoice") if text(operation, "name").contains("RET") => "return",
        Some(doctype) => doctype,
        None => "",
    };
    let called = format!("{system:?} {} {of}", text(operation, "op"));
    called.trim_end().to_owned()
}

/// How often each deed was done in books that no program touches, and what the systems said against others:
/// these in turn, beside what comes at random.
fn worked(doing: &[Doing]) -> (BTreeMap<String, u32>, BTreeMap<String, Vec<String>>) {
    let mut now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let (mut done, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for seed in 0..10 {
        let config = GeneratorConfig {
            size: DemoSize {
                contacts: 4,
                invoices: 6,
            },
            seed,
            country: Country::Gb,
            today: now.date_naive(),
        };
        let mut books = DemoBooks::open(config, now).unwrap();
        let mut random = StdRng::seed_from_u64(seed);
        let mut people = People::new(Mode::Conflict);
        for at in 0..120 {
            now += TimeDelta::seconds(7);
            let (xero, erpnext) = (books.state(System::Xero), books.state(System::Erpnext));
            let offices = Offices {
                xero: &xero,
                erpnext: &erpnext,
                company: sandbox::books::COMPANY,
            };
            let made = if at % 2 == 0 {
                people.deed(&mut random, &offices)
            } else {
                doing[at / 2 % doing.len()](&mut people, &mut random, &offices)
            };
            let Some(deed) = made else {
                continue;
            };
            for operation in &deed.operations {
                let called = called(deed.system, operation);
                let Err(why) = books.edit(deed.system, operation, now) else {
                    *done.entry(called).or_insert(0) += 1;
                    continue;
                };
                refused.entry(called).or_insert_with(Vec::new).push(why);
                break;
            }
        }
    }
    (done, refused)
}

/// Everything that people do about credit is done, and some of it refused.
#[test]
fn people_make_use_take_back_and_void_credit_and_are_refused_too_much() {
    let (done, refused) = worked(&CREDIT);
    for deed in [
        "Xero create_credit_note",
        "Xero edit_credit_note",
        "Xero allocate_credit",
        "Xero remove_allocation",
        "Xero void_credit_note",
        "Xero refund_credit",
        "Erpnext create return",
        "Erpnext create lowering return",
        "Erpnext reconcile",
        "Erpnext create Journal Entry",
        "Erpnext cancel Journal Entry",
        "Erpnext cancel return",
        "Erpnext create refund",
    ] {
        assert!(done.contains_key(deed), "{deed}: {done:#?} {refused:#?}");
    }
    let says = |deed: &str, part: &str| {
        let why: &Vec<String> = refused.get(deed).expect(deed);
        assert!(why.iter().any(|why| why.contains(part)), "{deed}: {why:?}");
    };
    says("Xero allocate_credit", "greater than amount outstanding");
    says("Xero void_credit_note", "credit note");
    says("Erpnext reconcile", "must be less than or equal to");
}

/// Every way to settle an invoice in ERPNext is gone, and such documents are cancelled and amended.
#[test]
fn people_settle_invoices_in_every_way_and_put_that_right() {
    let (done, refused) = worked(&SETTLING);
    for deed in [
        "Erpnext create netted Payment Entry",
        "Erpnext create Payment Entry less a fee",
        "Erpnext create settling Journal Entry",
        "Erpnext create till",
        "Erpnext cancel Payment Entry",
        "Erpnext amend Payment Entry",
        "Erpnext cancel Journal Entry",
        "Erpnext amend Journal Entry",
    ] {
        assert!(done.contains_key(deed), "{deed}: {done:#?} {refused:#?}");
    }
}
