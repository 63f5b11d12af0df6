//! Two remote systems small enough to see through, with a gate at every point where a process can
//! die.

#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use engine::books::{
    Answer, Books, BooksError, Change, Cursor, Lookup, Page, Prepared, Profile, Pulled, Step, Write,
};
use engine::progress::{Control, Reporter};
use engine::run::{Clock, Keys, PerBooks, Request, RunError, Session, Summary, sync};
use ledger::contact::folded_name;
use ledger::mapping::{Choice, Mapping};
use ledger::{
    Cause, Contact, Currency, DocumentState, Invoice, Kind, Line, MappingKind, PriceMode, Record,
    RemoteId, Side, Version,
};
use rust_decimal::Decimal;
use store::{MappingSource, NewPairing, Pairing, Store, Trigger};
use tokio::sync::Notify;

/// One record of a fake system.
#[derive(Debug, Clone)]
pub struct Held {
    pub version: u64,
    pub marker: Option<RemoteId>,
    pub replaces: Option<RemoteId>,
    pub record: Record,
}

/// What a fake system holds.
#[derive(Debug, Default, Clone)]
pub struct World {
    pub records: BTreeMap<(Kind, RemoteId), Held>,
    pub versions: u64,
    pub ids: u64,
    pub writes: u64,
    /// Lists lag behind: they show nothing newer than this, while look-ups by identity, marker or
    /// number do.
    pub lists_show_up_to: Option<u64>,
    /// Titles of records that are refused, whatever is written.
    pub refuse: BTreeSet<String>,
    /// The first page is read, the second is not.
    pub breaks_off: bool,
}

/// Lets I/O through, until the point where the process is to die.
#[derive(Default)]
pub struct Gate {
    passed: AtomicU64,
    die_at: AtomicU64,
    /// Lose answers instead of dying: the write is carried out and reported in doubt.
    pub lose_answers_from: AtomicU64,
    pub hit: Notify,
}

impl Gate {
    pub async fn pass(&self) {
        let point = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if point == self.die_at.load(Ordering::SeqCst) {
            self.hit.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub fn die_at(&self, point: u64) {
        self.passed.store(0, Ordering::SeqCst);
        self.die_at.store(point, Ordering::SeqCst);
    }

    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

pub struct FakeBooks {
    pub side: Side,
    pub world: Arc<Mutex<World>>,
    pub gate: Arc<Gate>,
}

impl World {
    pub fn add(&mut self, side: Side, record: Record) -> RemoteId {
        self.ids += 1;
        let id = RemoteId::new(format!("{}-{}", side.word(), self.ids));
        self.put(id.clone(), None, record);
        id
    }

    pub fn put(&mut self, id: RemoteId, marker: Option<RemoteId>, record: Record) {
        self.versions += 1;
        let held = Held {
            version: self.versions,
            marker,
            replaces: None,
            record,
        };
        self.records.insert((held.record.kind(), id), held);
    }

    /// A person's edit.
    pub fn edit(&mut self, kind: Kind, id: &RemoteId, change: impl FnOnce(&mut Record)) {
        self.versions += 1;
        let held = self.records.get_mut(&(kind, id.clone())).unwrap();
        change(&mut held.record);
        held.version = self.versions;
    }

    fn pulled(id: &RemoteId, held: &Held) -> Pulled {
        Pulled {
            id: id.clone(),
            version: Version::new(held.version.to_string()),
            marker: held.marker.clone(),
            record: Ok(held.record.clone()),
            merged_into: None,
            replaces: held.replaces.clone(),
        }
    }

    /// What the real systems refuse: a second marker in ERPNext, a second live name or number in
    /// Xero.
    fn exists(&self, side: Side, record: &Record, marker: Option<&RemoteId>) -> bool {
        self.records.iter().any(|((kind, _), held)| {
            *kind == record.kind()
                && match side {
                    Side::Erpnext => marker.is_some() && held.marker.as_ref() == marker,
                    Side::Xero => {
                        !held.record.ended()
                            && folded_name(held.record.title()) == folded_name(record.title())
                    }
                }
        })
    }

    fn carry_out(&mut self, side: Side, change: &Change) -> Answer {
        self.writes += 1;
        let title = match change {
            Change::CreateContact { contact: to, .. } | Change::UpdateContact { to, .. } => {
                to.name.clone()
            }
            Change::CreateInvoice { invoice: to, .. } | Change::UpdateInvoice { to, .. } => {
                to.number.clone().unwrap_or_default()
            }
            Change::VoidInvoice { .. } | Change::Mark { .. } => String::new(),
        };
        if self.refuse.contains(&title) {
            let cause = Cause::Refused {
                side,
                message: "no".into(),
                field: None,
            };
            return Answer::Refused {
                cause,
                answer: "417".into(),
            };
        }
        let stale = |world: &World, kind: Kind, id: &RemoteId, version: &Version| {
            world
                .records
                .get(&(kind, id.clone()))
                .is_none_or(|held| held.version.to_string() != version.0)
        };
        let id = match change {
            Change::CreateContact {
                contact, source, ..
            } => {
                return self.create(side, Record::Contact(contact.clone()), source);
            }
            Change::CreateInvoice {
                invoice, source, ..
            } => {
                assert_ne!(
                    invoice.contact.as_str(),
                    "",
                    "a document without a contact was sent"
                );
                return self.create(side, Record::Invoice(invoice.clone()), source);
            }
            Change::UpdateContact {
                id, version, to, ..
            } => {
                if stale(self, Kind::Contact, id, version) {
                    return Answer::Stale;
                }
                self.edit(Kind::Contact, id, |record| {
                    *record = Record::Contact(to.clone());
                });
                (Kind::Contact, id)
            }
            Change::UpdateInvoice {
                id,
                version,
                to,
                source,
                ..
            } => {
                if stale(self, Kind::Invoice, id, version) {
                    return Answer::Stale;
                }
                if side == Side::Erpnext {
                    // ERPNext cancels the document and makes an amended one, with a new name.
                    self.edit(Kind::Invoice, id, void);
                    self.records
                        .get_mut(&(Kind::Invoice, id.clone()))
                        .unwrap()
                        .marker = None;
                    return self.create(side, Record::Invoice(to.clone()), source);
                }
                self.edit(Kind::Invoice, id, |record| {
                    *record = Record::Invoice(to.clone());
                });
                (Kind::Invoice, id)
            }
            Change::VoidInvoice { id, version, .. } => {
                if stale(self, Kind::Invoice, id, version) {
                    return Answer::Stale;
                }
                self.edit(Kind::Invoice, id, void);
                (Kind::Invoice, id)
            }
            Change::Mark {
                kind, id, source, ..
            } => {
                self.edit(*kind, id, |_| {});
                self.records.get_mut(&(*kind, id.clone())).unwrap().marker = Some(source.clone());
                (*kind, id)
            }
        };
        let held = &self.records[&(id.0, id.1.clone())];
        Answer::Done(Box::new(Self::pulled(id.1, held)))
    }

    fn create(&mut self, side: Side, mut record: Record, source: &RemoteId) -> Answer {
        if let Record::Invoice(invoice) = &mut record {
            // Nothing is paid on a new document.
            invoice.amount_due = invoice.total;
        }
        let marker = (side == Side::Erpnext).then(|| source.clone());
        if self.exists(side, &record, marker.as_ref()) {
            return Answer::Exists;
        }
        self.ids += 1;
        let id = RemoteId::new(format!("{}-{}", side.word(), self.ids));
        let kind = record.kind();
        self.put(id.clone(), marker, record);
        Answer::Done(Box::new(Self::pulled(
            &id,
            &self.records[&(kind, id.clone())],
        )))
    }
}

pub fn void(record: &mut Record) {
    if let Record::Invoice(invoice) = record {
        invoice.state = DocumentState::Voided;
        invoice.amount_due = Decimal::ZERO;
    }
}

#[async_trait]
impl Books for FakeBooks {
    fn side(&self) -> Side {
        self.side
    }

    async fn profile(&self) -> Result<Profile, BooksError> {
        let choice = |key: &str, rate: Option<i64>| Choice {
            key: key.into(),
            code: None,
            name: key.into(),
            rate: rate.map(Decimal::from),
            default: true,
        };
        Ok(Profile {
            identity: self.side.word().into(),
            name: self.side.word().into(),
            base_currency: Currency::new("GBP").unwrap(),
            country: None,
            currencies: vec![],
            locked_until: None,
            accounts: vec![choice("sales", None)],
            taxes: vec![choice("vat", Some(20))],
            time_zone: "UTC".into(),
        })
    }

    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        let since: u64 = cursor.0.parse().unwrap_or(0);
        if world.breaks_off && since > 0 {
            return Err(BooksError::Offline {
                side: self.side,
                why: "the line broke".into(),
            });
        }
        let mut rows: Vec<(u64, Pulled)> = world
            .records
            .iter()
            .filter(|((of, _), held)| *of == kind && held.version > since)
            .filter(|(_, held)| {
                world
                    .lists_show_up_to
                    .is_none_or(|limit| held.version <= limit)
            })
            .map(|((_, id), held)| (held.version, World::pulled(id, held)))
            .collect();
        rows.sort_by_key(|(version, _)| *version);
        let more = rows.len() > 3;
        rows.truncate(3);
        let next = rows.last().map_or(since, |(version, _)| *version);
        Ok(Page {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            next: Cursor(next.to_string()),
            more,
            total: None,
        })
    }

    async fn find(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        Ok(world
            .records
            .iter()
            .filter(|((of, id), held)| {
                *of == kind
                    && match by {
                        Lookup::Ids(ids) => ids.contains(id),
                        Lookup::Markers(markers) => held
                            .marker
                            .as_ref()
                            .is_some_and(|marker| markers.contains(marker)),
                        Lookup::Titles(titles) => {
                            titles.iter().any(|title| title == held.record.title())
                        }
                    }
            })
            .map(|((_, id), held)| World::pulled(id, held))
            .collect())
    }

    fn prepare(&self, write: &Write) -> Result<Prepared, Cause> {
        let find = match &write.change {
            Change::CreateContact {
                contact, source, ..
            } => match self.side {
                Side::Xero => Lookup::Titles(vec![contact.name.clone()]),
                Side::Erpnext => Lookup::Markers(vec![source.clone()]),
            },
            Change::CreateInvoice {
                invoice, source, ..
            } => match self.side {
                Side::Xero => Lookup::Titles(invoice.number.iter().cloned().collect()),
                Side::Erpnext => Lookup::Markers(vec![source.clone()]),
            },
            Change::UpdateInvoice { source, .. } if self.side == Side::Erpnext => {
                Lookup::Markers(vec![source.clone()])
            }
            other => Lookup::Ids(other.target().cloned().into_iter().collect()),
        };
        let step = Step {
            method: "PUT".into(),
            path: write.change.word().into(),
            body: serde_json::Value::Null,
        };
        Ok(Prepared {
            write: write.clone(),
            steps: vec![step],
            find,
        })
    }

    async fn send(&self, batch: &[Prepared]) -> Vec<Answer> {
        self.gate.pass().await;
        let mut answers = Vec::new();
        for prepared in batch {
            let answer = self
                .world
                .lock()
                .unwrap()
                .carry_out(self.side, &prepared.write.change);
            // Dying here, the write is done and nobody here knows.
            self.gate.pass().await;
            let lose = self.gate.lose_answers_from.load(Ordering::SeqCst);
            answers.push(if lose > 0 && self.gate.passed().is_multiple_of(lose) {
                Answer::InDoubt("the line broke".into())
            } else {
                answer
            });
        }
        answers
    }

    fn batch_size(&self, _: Kind) -> usize {
        2
    }

    fn link(&self, _: Kind, _: &RemoteId) -> Option<String> {
        None
    }
}

pub struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn now(&self) -> DateTime<Utc> {
        let ticks = self.0.fetch_add(1, Ordering::SeqCst);
        Utc.timestamp_opt(1_800_000_000 + i64::try_from(ticks).unwrap(), 0)
            .unwrap()
    }
}

impl Keys for Ticks {
    fn next(&self) -> String {
        format!("key-{}", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// Both systems, the store and the gate between them.
pub struct Bench {
    pub xero: Arc<Mutex<World>>,
    pub erpnext: Arc<Mutex<World>>,
    pub gate: Arc<Gate>,
    pub store: Store,
    pub pairing: Pairing,
    keys: Arc<Ticks>,
}

impl Bench {
    pub fn new(xero: World, erpnext: World) -> Self {
        let (store, pairing) = fresh_store();
        Self {
            xero: Arc::new(Mutex::new(xero)),
            erpnext: Arc::new(Mutex::new(erpnext)),
            gate: Arc::default(),
            store,
            pairing,
            keys: Arc::new(Ticks(AtomicU64::new(1))),
        }
    }

    /// As after a lost database.
    pub fn forget(&mut self) {
        (self.store, self.pairing) = fresh_store();
    }

    pub fn session(&self) -> Session {
        let books = |side, world: &Arc<Mutex<World>>| {
            Arc::new(FakeBooks {
                side,
                world: world.clone(),
                gate: self.gate.clone(),
            })
        };
        Session {
            store: self.store.clone(),
            pairing: self.store.pairing(self.pairing.id).unwrap().unwrap(),
            books: PerBooks {
                xero: books(Side::Xero, &self.xero),
                erpnext: books(Side::Erpnext, &self.erpnext),
            },
            clock: self.keys.clone(),
            keys: self.keys.clone(),
            control: Control::default(),
            reporter: Reporter::silent(),
        }
    }

    pub async fn sync(&self) -> Result<Summary, RunError> {
        sync(&self.session(), &Request::everything(Trigger::Manual)).await
    }

    /// Runs until the process dies at an I/O point; `false` where the run ended before.
    pub async fn sync_and_die_at(&self, point: u64) -> bool {
        self.gate.die_at(point);
        let died = tokio::select! {
            biased;
            () = self.gate.hit.notified() => true,
            result = self.sync() => { result.unwrap(); false }
        };
        self.gate.die_at(0);
        died
    }

    pub fn writes(&self) -> u64 {
        self.xero.lock().unwrap().writes + self.erpnext.lock().unwrap().writes
    }
}

fn fresh_store() -> (Store, Pairing) {
    let store = Store::open_in_memory().unwrap();
    let at = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
    let pairing = store
        .add_pairing(
            &NewPairing {
                name: "Test".into(),
                xero_connection: "x".parse_id(),
                xero_tenant: "xero".into(),
                xero_name: "xero".into(),
                erpnext_connection: "e".parse_id(),
                erpnext_company: "erpnext".into(),
                base_currency: Currency::new("GBP").unwrap(),
                settings: serde_json::json!({}),
            },
            at,
        )
        .unwrap();
    let mappings: Vec<(Mapping, MappingSource)> =
        [(MappingKind::Account, "sales"), (MappingKind::Tax, "vat")]
            .into_iter()
            .map(|(kind, key)| {
                (
                    Mapping {
                        kind,
                        xero: key.into(),
                        erpnext: key.into(),
                    },
                    MappingSource::Person,
                )
            })
            .collect();
    store.add_mappings(pairing, &mappings, at).unwrap();
    let pairing = store.pairing(pairing).unwrap().unwrap();
    (store, pairing)
}

trait ParseId {
    fn parse_id(&self) -> store::ConnectionId;
}

impl ParseId for str {
    fn parse_id(&self) -> store::ConnectionId {
        store::ConnectionId(self.to_owned())
    }
}

pub fn contact(name: &str) -> Record {
    Record::Contact(Contact {
        name: name.into(),
        ..Contact::default()
    })
}

pub fn invoice(number: &str, contact: &RemoteId, total: i64) -> Record {
    let total = Decimal::from(total);
    Record::Invoice(Invoice {
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
        }],
        net_total: total,
        tax_total: Decimal::ZERO,
        total,
        amount_due: total,
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
            if let (Record::Invoice(x), Record::Invoice(e)) = (&other.record, &held.record) {
                assert_eq!((x.total, x.due_date), (e.total, e.due_date), "{id}");
            }
        }
    }
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
pub fn edit_invoice(world: &Mutex<World>, number: &str, change: impl FnOnce(&mut Invoice)) {
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
