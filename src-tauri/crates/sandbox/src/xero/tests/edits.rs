use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::{Country, XeroConfig, XeroWorld};
use super::{Bench, start};

fn invoice(name: &str, number: &str) -> Value {
    json!({"op": "create_invoice", "Contact": {"Name": name}, "InvoiceNumber": number, "Date": "2026-11-01", "DueDate": "2026-12-01",
        "Status": "AUTHORISED", "LineItems": [{"Description": "Net", "Quantity": 3, "UnitAmount": "1.3333", "AccountCode": "200"}]})
}

#[test]
fn a_person_works_by_the_same_rules() {
    let mut world = XeroWorld::new(XeroConfig::demo(Country::Gb, 1));
    let now = start();
    world
        .edit(&json!({"op": "create_contact", "Name": "Anchor"}), now)
        .unwrap();
    assert!(
        world
            .edit(&json!({"op": "create_contact", "Name": "anchor"}), now)
            .unwrap_err()
            .contains("already assigned")
    );
    let made = world.edit(&invoice("Anchor", "A-1"), now).unwrap();
    assert_eq!(
        (
            made["SubTotal"].to_string(),
            made["LineItems"][0]["UnitAmount"].to_string()
        ),
        ("4.00".into(), "1.3333".into())
    );
    let paid = world
        .edit(
            &json!({"op": "pay_invoice", "InvoiceNumber": "A-1"}),
            now + TimeDelta::seconds(1),
        )
        .unwrap();
    assert_eq!(paid["Amount"].to_string(), "4.80");
    assert!(
        world
            .edit(&json!({"op": "void_invoice", "InvoiceNumber": "A-1"}), now)
            .is_err()
    );
    world
        .edit(
            &json!({"op": "delete_payment", "PaymentID": paid["PaymentID"]}),
            now,
        )
        .unwrap();
    let voided = world
        .edit(&json!({"op": "void_invoice", "InvoiceNumber": "A-1"}), now)
        .unwrap();
    assert_eq!(voided["Status"], "VOIDED");
    let draft = world
        .edit(
            &json!({"op": "create_invoice", "Contact": {"Name": "Anchor"}}),
            now,
        )
        .unwrap();
    assert_eq!(
        (draft["Status"].as_str(), draft["InvoiceNumber"].as_str()),
        (Some("DRAFT"), Some("INV-0001"))
    );
    assert!(
        world
            .edit(
                &json!({"op": "approve_invoice", "InvoiceNumber": "INV-0001"}),
                now
            )
            .is_err(),
        "no lines"
    );
    world
        .edit(
            &json!({"op": "delete_invoice", "InvoiceNumber": "INV-0001"}),
            now,
        )
        .unwrap();
    assert!(world.edit(&json!({"op": "dance"}), now).is_err());
    assert!(world.calls().is_empty());
}

#[test]
fn a_merge_moves_invoices_and_archives_the_loser() {
    let mut bench = Bench::new(Country::Gb);
    let now = bench.now;
    bench.world.edit(&invoice("Loser", "M-1"), now).unwrap();
    let loser = bench.get("Contacts").at("/Contacts/0/ContactID");
    bench
        .world
        .edit(
            &json!({"op": "edit_contact", "ContactID": loser, "ContactNumber": "L1"}),
            now,
        )
        .unwrap();
    let winner = bench.contact("Winner");
    bench.wait(5);
    let now = bench.now;
    bench
        .world
        .edit(
            &json!({"op": "merge_contact", "ContactID": loser, "MergedToContactID": winner}),
            now,
        )
        .unwrap();
    let shown = bench.get(&format!("Contacts/{loser}"));
    assert_eq!(
        (
            shown.at("/Contacts/0/ContactStatus"),
            shown.at("/Contacts/0/MergedToContactID")
        ),
        ("ARCHIVED".into(), winner.clone())
    );
    let moved = bench.get_since("Invoices?page=1", "2026-11-22T10:00:05");
    assert_eq!(moved.at("/Invoices/0/Contact/ContactID"), winner);
    let pushed = bench.write(
        "POST",
        "Contacts",
        &json!({"ContactNumber": "L1", "Name": "Loser"}),
    );
    assert_eq!(
        pushed.messages(),
        ["Another contact has this contact number. Please enter a different contact number."]
    );
}

#[test]
fn accounts_are_renamed_and_archived() {
    let mut bench = Bench::new(Country::Gb);
    let now = bench.now;
    bench.world.edit(&invoice("Anchor", "A-1"), now).unwrap();
    bench
        .world
        .edit(
            &json!({"op": "rename_account", "Code": "200", "Name": "Sales UK", "NewCode": "201"}),
            now,
        )
        .unwrap();
    assert_eq!(bench.get("Accounts/201").at("/Accounts/0/Name"), "Sales UK");
    assert_eq!(
        bench
            .get("Invoices/A-1")
            .at("/Invoices/0/LineItems/0/AccountCode"),
        "201"
    );
    assert!(
        bench
            .world
            .edit(
                &json!({"op": "rename_account", "Code": "260", "Name": "Sales UK"}),
                now
            )
            .is_err()
    );
    assert!(
        bench
            .world
            .edit(&json!({"op": "archive_account", "Code": "610"}), now)
            .is_err()
    );
    bench
        .world
        .edit(&json!({"op": "archive_account", "Code": "201"}), now)
        .unwrap();
    assert_eq!(
        bench.get("Accounts/201").at("/Accounts/0/Status"),
        "ARCHIVED"
    );
}

#[test]
fn bank_accounts_are_opened_and_payments_are_enabled() {
    let mut bench = Bench::new(Country::Gb);
    let now = bench.now;
    let open =
        json!({"op": "open_bank_account", "Code": "092", "Name": "Dollars", "CurrencyCode": "USD"});
    bench.world.edit(&open, now).unwrap();
    let read = bench.get("Accounts/092");
    assert_eq!(read.at("/Accounts/0/CurrencyCode"), "USD");
    assert_eq!(read.at("/Accounts/0/Type"), "BANK");
    assert!(bench.world.edit(&open, now).is_err(), "the code is taken");
    let strange =
        json!({"op": "open_bank_account", "Code": "093", "Name": "Kronor", "CurrencyCode": "SEK"});
    assert!(bench.world.edit(&strange, now).is_err());

    let enable = json!({"op": "enable_payments", "Code": "404"});
    bench.world.edit(&enable, now).unwrap();
    let fees = bench.get("Accounts/404");
    assert_eq!(fees.at("/Accounts/0/EnablePaymentsToAccount"), "true");
}

#[test]
fn the_same_seed_and_calls_give_the_same_books() {
    let run = || {
        let mut bench = Bench::new(Country::Au);
        let contact = bench.contact("Same");
        bench.invoice(&contact, "S-1", "AUTHORISED", "12.34");
        (
            bench.grant.access_token.clone(),
            bench.world.state().to_string(),
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn expired_tokens_and_disconnection_at_will() {
    let mut bench = Bench::new(Country::Gb);
    let now = bench.now;
    bench.world.expire_tokens(now);
    assert!(
        bench
            .get("Contacts")
            .at("/Detail")
            .starts_with("TokenExpired")
    );
    bench.grant = bench.world.new_grant("COUNTERFOIL-DEMO-PKCE", now).unwrap();
    assert_eq!(bench.get("Contacts").status, 200);
    bench.world.edit(&json!({"op": "disconnect"}), now).unwrap();
    assert_eq!(bench.get("Contacts").status, 403);
}
