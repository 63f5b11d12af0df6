//! What is loaded, from a store that was filled directly.

use chrono::{DateTime, Utc};
use ledger::{Contact, Currency, Document, DocumentState, PriceMode, Record, Version};
use rust_decimal::Decimal;
use store::{ConnectionId, LinkState, LinkWrite, NewPairing, RecordRow, Settlement};

use super::*;

fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn contact(archived: bool) -> Record {
    Record::Contact(Contact {
        name: "Acme".into(),
        archived,
        ..Contact::default()
    })
}

fn invoice(contact: &str, reference: &str) -> Record {
    Record::Invoice(Document {
        number: Some("INV-1".into()),
        contact: RemoteId::new(contact),
        contact_name: "Acme".into(),
        state: DocumentState::Approved,
        date: "2026-01-15".parse().unwrap(),
        due_date: None,
        currency: gbp(),
        exchange_rate: None,
        reference: Some(reference.into()),
        price_mode: PriceMode::NoTax,
        lines: Vec::new(),
        net_total: Decimal::ONE,
        tax_total: Decimal::ZERO,
        total: Decimal::ONE,
        amount_due: Decimal::ONE,
        opening: false,
        against: None,
        allocations: Vec::new(),
    })
}

struct Held {
    store: Store,
    pairing: PairingId,
}

impl Held {
    fn nothing() -> Self {
        let store = Store::open_in_memory().unwrap();
        let pairing = NewPairing {
            name: "Test".into(),
            xero_connection: ConnectionId("x".into()),
            xero_tenant: "xero".into(),
            xero_name: "xero".into(),
            erpnext_connection: ConnectionId("e".into()),
            erpnext_company: "erpnext".into(),
            base_currency: gbp(),
            settings: serde_json::json!({}),
        };
        let pairing = store.add_pairing(&pairing, at()).unwrap();
        Self { store, pairing }
    }

    fn put(&self, side: Side, id: &str, record: &Record, merged_into: Option<&str>) {
        let row = RecordRow {
            id: RemoteId::new(id),
            version: Version::new("1"),
            marker: None,
            merged_into: merged_into.map(RemoteId::new),
            born: None,
            record: Ok(record.clone()),
        };
        self.store
            .store_found(self.pairing, side, record.kind(), &[row], at())
            .unwrap();
    }

    /// Links two records that are stored, as agreed and dealt with.
    fn agree(&self, kind: Kind, xero: &str, erpnext: &str) {
        let key = |side, id: &str| RecordKey::new(side, kind, id);
        let base = |key: &RecordKey| {
            let stored = self.store.record(self.pairing, key).unwrap().unwrap();
            stored.row.record.ok()
        };
        let keys = [key(Side::Xero, xero), key(Side::Erpnext, erpnext)];
        let link = LinkWrite {
            id: None,
            kind,
            xero_id: RemoteId::new(xero),
            erpnext_id: RemoteId::new(erpnext),
            base_xero: base(&keys[0]),
            base_erpnext: base(&keys[1]),
            xero_version: None,
            erpnext_version: None,
            state: LinkState::Active,
        };
        let settlement = Settlement {
            link: Some(link),
            dealt_with: keys.to_vec(),
            ..Settlement::default()
        };
        self.store
            .settle(self.pairing, None, &[settlement], None, at())
            .unwrap();
    }

    /// A contact on both sides, agreed.
    fn known(&self, xero: &str, erpnext: &str) {
        self.put(Side::Xero, xero, &contact(false), None);
        self.put(Side::Erpnext, erpnext, &contact(false), None);
        self.agree(Kind::Contact, xero, erpnext);
    }

    /// An invoice of these contacts on both sides, agreed.
    fn invoiced(&self, xero: &str, erpnext: &str) {
        self.put(Side::Xero, "i", &invoice(xero, ""), None);
        self.put(Side::Erpnext, "I", &invoice(erpnext, ""), None);
        self.agree(Kind::Invoice, "i", "I");
    }

    /// What is loaded, the contents of all documents included.
    fn load(&self) -> Situation {
        let loaded = load(&self.store, self.pairing, DateTime::UNIX_EPOCH).unwrap();
        let (mut situation, documents) = (loaded.situation, loaded.documents);
        let (_, outline) = crate::plan::outline(&situation, documents, &policy()).unwrap();
        let items = outline.items();
        let wanted = Wanted::of(items);
        let mut slice = wanted.read(&self.store, self.pairing).unwrap();
        slice.contacts = super::contacts_of(&slice, &self.store, self.pairing, &situation).unwrap();
        situation.pairs.extend(slice.pairs);
        situation.unlinked.xero.extend(slice.unlinked.xero);
        situation.unlinked.erpnext.extend(slice.unlinked.erpnext);
        situation.contacts.extend(slice.contacts);
        situation
    }
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
        mappings: ledger::Mappings::default(),
        sides: PerSide::default(),
        voids: std::collections::BTreeMap::new(),
        ask_from_voids: 10,
        closed_until: None,
        tax_filed: None,
        contacts_with_documents: false,
        conflicts: std::collections::BTreeMap::new(),
        ask_from_updates: 200,
    }
}

/// The contacts of a situation with their counterparts, and whether these are archived.
fn contacts_of(situation: &Situation) -> Vec<(Side, &str, &str, bool)> {
    situation
        .contacts
        .iter()
        .map(|((side, id), link)| (*side, id.as_str(), link.other.as_str(), link.other_archived))
        .collect()
}

#[test]
fn nothing_is_loaded_where_nothing_is_to_do() {
    let held = Held::nothing();
    held.known("c", "C");
    held.invoiced("c", "C");
    let situation = held.load();
    assert_eq!(situation.every_record().count(), 0);
    assert_eq!(contacts_of(&situation), []);
}

#[test]
fn a_changed_document_brings_its_own_contacts_and_no_others() {
    let held = Held::nothing();
    held.known("c", "C");
    held.known("d", "D");
    held.invoiced("c", "C");
    held.put(Side::Xero, "i", &invoice("c", "changed"), None);
    let situation = held.load();
    assert_eq!(
        situation.every_record().collect::<Vec<_>>(),
        [
            (Kind::Invoice, Side::Xero, &RemoteId::new("i")),
            (Kind::Invoice, Side::Erpnext, &RemoteId::new("I"))
        ]
    );
    assert_eq!(
        contacts_of(&situation),
        [
            (Side::Xero, "c", "C", false),
            (Side::Erpnext, "C", "c", false)
        ]
    );
}

#[test]
fn a_document_brings_the_contact_it_had_when_both_sides_agreed() {
    let held = Held::nothing();
    held.known("c", "C");
    held.known("d", "D");
    held.invoiced("c", "C");
    held.put(Side::Xero, "i", &invoice("d", ""), None);
    let situation = held.load();
    assert_eq!(
        contacts_of(&situation),
        [
            (Side::Xero, "c", "C", false),
            (Side::Xero, "d", "D", false),
            (Side::Erpnext, "C", "c", false)
        ]
    );
}

#[test]
fn a_counterpart_that_is_archived_is_told() {
    let held = Held::nothing();
    held.known("c", "C");
    held.put(Side::Erpnext, "C", &contact(true), None);
    held.put(Side::Xero, "i", &invoice("c", ""), None);
    assert_eq!(contacts_of(&held.load()), [(Side::Xero, "c", "C", true)]);
}

#[test]
fn a_document_of_a_contact_that_others_were_merged_into_brings_these() {
    let held = Held::nothing();
    held.known("c", "C");
    held.known("d", "D");
    held.put(Side::Xero, "c", &contact(true), Some("d"));
    held.put(Side::Xero, "i", &invoice("d", ""), None);
    let situation = held.load();
    assert_eq!(
        situation.merged.iter().collect::<Vec<_>>(),
        [(&RemoteId::new("c"), &RemoteId::new("d"))]
    );
    assert_eq!(
        contacts_of(&situation),
        [(Side::Xero, "c", "C", false), (Side::Xero, "d", "D", false)]
    );
}
