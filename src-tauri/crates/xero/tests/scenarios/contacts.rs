//! Contacts: create, read, page, edit, archive, merge, refuse.

use ledger::{Address, Cause, Contact, Side};
use serde_json::json;
use xero::error::catalogue::{self, About};
use xero::translate::contact as translate;
use xero::wire::batch::Target;
use xero::wire::contact::Contact as Row;

use crate::{all, contact, id, messages, organisation, read, written};

fn ann() -> Contact {
    Contact {
        name: "Ardent Blooms".into(),
        email: Some("hello@ardent.example".into()),
        phone: Some("020 5551234".into()),
        tax_number: Some("GB123456789".into()),
        address: Some(Address {
            line1: Some("1 High Street".into()),
            city: Some("Leeds".into()),
            postal_code: Some("LS1 1AA".into()),
            country: Some("United Kingdom".into()),
            ..Address::default()
        }),
        ..Contact::default()
    }
}

#[tokio::test]
async fn created_read_edited_archived_and_taken_back() {
    let (stage, _) = organisation();
    let element = translate::create(&ann(), "CUST-1").unwrap();
    let made = stage.create(Target::Contacts, element).await;
    let key = id(&made, "ContactID");
    let rows = stage.client.contacts_by_ids(&[&key]).await.unwrap();
    let held = read(rows.into_iter().next().unwrap());
    assert_eq!(translate::from_wire(&held), ann());
    assert_eq!(held.contact_number.as_deref(), Some("CUST-1"));

    let mut edited = ann();
    edited.email = None;
    edited.phone = Some("020 555 9999".into());
    let element = translate::update(&key, &ann(), &edited).unwrap().unwrap();
    let answer = stage.write(Target::Contacts, "POST", element, "e").await;
    let after: Row = serde_json::from_value(written(answer.unwrap())).unwrap();
    assert_eq!(translate::from_wire(&after), edited);

    for (archived, key_of_write) in [(true, "a"), (false, "b")] {
        let from = Contact {
            archived: !archived,
            ..edited.clone()
        };
        let to = Contact {
            archived,
            ..edited.clone()
        };
        let element = translate::update(&key, &from, &to).unwrap().unwrap();
        let answer = stage
            .write(Target::Contacts, "POST", element, key_of_write)
            .await;
        written(answer.unwrap());
        // Archived ones are listed too.
        let listed = all::<Row>(&stage).await;
        assert_eq!(translate::from_wire(&listed[0]), to);
    }
}

#[tokio::test]
async fn one_that_was_merged_names_the_one_it_is_now() {
    let (stage, _) = organisation();
    let winner = contact(&stage).await;
    let loser = stage
        .create(
            Target::Contacts,
            json!({"Name": "Ann again", "ContactNumber": "C-2"}),
        )
        .await;
    stage.edit(
        &json!({"op": "merge_contact", "ContactID": loser["ContactID"],
        "MergedToContactID": winner}),
    );
    let listed = all::<Row>(&stage).await;
    let gone = listed.iter().find(|row| row.name == "Ann again").unwrap();
    assert_eq!(gone.merged_to.as_deref(), Some(winner.as_str()));
    assert!(translate::from_wire(gone).archived);
}

#[tokio::test]
async fn a_bad_one_fails_alone_and_names_its_field() {
    let (stage, _) = organisation();
    contact(&stage).await;
    let outcomes = stage
        .client
        .write(
            Target::Contacts,
            "PUT",
            &[
                json!({"Name": "Bob"}),
                json!({"Name": "Ann"}),
                json!({"Name": "Cleo", "EmailAddress": "nobody"}),
            ],
            "k",
        )
        .await
        .unwrap();
    assert_eq!(outcomes.len(), 3);
    written(outcomes[0].clone());
    let about = About {
        title: "Ann",
        currency: None,
    };
    let side = Side::Xero;
    assert_eq!(
        catalogue::cause(messages(&outcomes[1]), about),
        Cause::NameTaken {
            side,
            name: "Ann".into(),
            by: None
        }
    );
    assert!(matches!(
        catalogue::cause(messages(&outcomes[2]), about),
        Cause::Invalid { field, .. } if field == "e-mail address"
    ));
    assert_eq!(all::<Row>(&stage).await.len(), 2);
}
