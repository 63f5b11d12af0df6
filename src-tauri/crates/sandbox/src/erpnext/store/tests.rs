#![allow(clippy::unwrap_used)]
use super::*;

fn customer(name: &str, marker: &str) -> Doc {
    let mut doc = Doc::new("Customer");
    doc.set("name", name);
    doc.set("modified", format!("2026-01-01 00:00:00.{:06}", name.len()));
    doc.set("marker", marker);
    doc
}

#[test]
fn names_compare_as_the_database_does() {
    for (left, right, same) in [
        ("Basket Case Ltd", "basket case ltd", true),
        ("Básket Case Ltd", "Basket Case Ltd", true),
        ("Basket Case Ltd ", "Basket Case Ltd", true),
        (" Basket Case Ltd", "Basket Case Ltd", false),
        ("Basket", "basket case ltd", false),
        ("Éclair 2", "eclair 10", false),
        ("", "a", false),
    ] {
        assert_eq!(fold(left) == fold(right), same, "{left:?} {right:?}");
        let order = order_folded(left, &fold(right));
        assert_eq!(order, fold(left).cmp(&fold(right)), "{left:?} {right:?}");
    }
}

#[test]
fn a_rollback_restores_documents_indexes_and_series() {
    let mut store = Store::default();
    store.open("Customer");
    assert!(store.shelf_mut("Customer").unwrap().make_unique("marker"));
    store.put(customer("A", "one"));
    store.next_in_series("INV-");
    store.commit();
    let point = store.savepoint();
    store.put(customer("A", "two"));
    store.put(customer("Bee", "one"));
    store.next_in_series("INV-");
    store.roll_back(point);
    let shelf = store.shelf("Customer").unwrap();
    assert_eq!(shelf.len(), 1);
    assert_eq!(shelf.holder("marker", "ONE", "other"), Some("A"));
    assert_eq!(shelf.holder("marker", "two", "other"), None);
    assert_eq!(store.series("INV-"), Some(1));
}
