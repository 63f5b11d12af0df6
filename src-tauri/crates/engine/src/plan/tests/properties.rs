//! What holds for any books: nothing forgotten, nothing twice, the same plan for the same books.

use proptest::prelude::*;

use super::*;

fn any_situation() -> impl Strategy<Value = Situation> {
    let any_record = (0_u8..4, 0_u8..3, any::<bool>(), 0_u8..3);
    let side = prop::collection::vec(any_record, 0..8);
    (side.clone(), side).prop_map(|(xero, erpnext)| {
        let build = |side: Side, rows: Vec<(u8, u8, bool, u8)>| {
            rows.into_iter()
                .enumerate()
                .map(|(index, (name, party, document, state))| {
                    let id = format!("{}{index}", side.word());
                    if document {
                        let party = format!("{}{party}", side.word());
                        let mut of = invoice(side, &format!("INV-{name}"), &party);
                        of.state = match state {
                            0 => DocumentState::Draft,
                            1 => DocumentState::Approved,
                            _ => DocumentState::Voided,
                        };
                        record(&id, Record::Invoice(of))
                    } else {
                        record(&id, contact(&format!("name {name}")))
                    }
                })
                .collect()
        };
        Situation {
            unlinked: PerSide {
                xero: build(Side::Xero, xero),
                erpnext: build(Side::Erpnext, erpnext),
            },
            ..Situation::default()
        }
    })
}

proptest! {
    #[test]
    fn every_record_lands_in_one_entry_and_the_plan_is_the_same_twice(s in any_situation()) {
        let first = plan(&s, &policy()).unwrap();
        prop_assert_eq!(&first, &plan(&s, &policy()).unwrap());
        let mut shuffled = s.clone();
        shuffled.unlinked.xero.reverse();
        shuffled.unlinked.erpnext.reverse();
        prop_assert_eq!(first.entries.len(), plan(&shuffled, &policy()).unwrap().entries.len());
    }

    #[test]
    fn no_plan_creates_two_of_the_same_name_or_number(s in any_situation()) {
        let plan = plan(&s, &policy()).unwrap();
        let mut created: Vec<(Side, String)> = plan
            .writes()
            .filter(|(_, write)| write.change.word() == "create")
            .filter_map(|(entry, write)| {
                // ERPNext takes a customer name twice.
                let once = write.target == Side::Xero || entry.kind != Kind::Contact;
                let title = write.change.meant()?.title();
                once.then(|| (write.target, format!("{}{title}", entry.kind)))
            })
            .collect();
        let all = created.len();
        created.sort();
        created.dedup();
        prop_assert_eq!(created.len(), all);
    }

    #[test]
    fn documents_are_decided_about_alike_in_slices_of_any_size(s in any_situation(), size in 1_usize..5) {
        let whole = plan(&s, &policy()).unwrap();
        let cards = |side: Side| s.unlinked.get(side).iter().filter_map(Card::of).collect();
        let documents = Documents {
            unlinked: PerSide { xero: cards(Side::Xero), erpnext: cards(Side::Erpnext) },
            linked: Vec::new(),
        };
        let mut contacts = s.clone();
        for side in Side::BOTH {
            contacts.unlinked.get_mut(side).retain(|it| it.record.kind() == Kind::Contact);
        }
        let (mut entries, outline) = outline(&contacts, documents, &policy()).unwrap();
        contacts.unlinked = PerSide::default();
        for items in outline.items().chunks(size) {
            // Of each slice no more than its own documents is at hand.
            let mut unlinked = s.unlinked.clone();
            for side in Side::BOTH {
                unlinked.get_mut(side).retain(|record| {
                    items.iter().any(|item| item.id(side) == Some(&record.id))
                });
            }
            let nothing = BTreeMap::new();
            let contents = Contents::of(&[], &unlinked, &nothing);
            entries.extend(decide(&outline, items, &contents, &contacts, &policy()).unwrap());
        }
        prop_assert_eq!(entries, whole.entries);
    }
}
