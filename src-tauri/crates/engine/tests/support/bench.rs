//! Both systems, the store, and a clock that ticks once a look.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeZone as _, Utc};
use engine::progress::{Control, Reporter};
use engine::run::{Clock, Keys, PerBooks, Request, RunError, Session, Summary, sync};
use ledger::mapping::Mapping;
use ledger::{Currency, MappingKind, Side};
use store::{MappingSource, NewPairing, Pairing, Store, Trigger};

use tokio::sync::Notify;

use super::{FakeBooks, Gate, World, books};

pub struct Ticks {
    now: AtomicU64,
    /// Wakes one that sleeps.
    wake: Notify,
}

impl Ticks {
    fn new() -> Self {
        Self {
            now: AtomicU64::new(1),
            wake: Notify::new(),
        }
    }
}

#[async_trait]
impl Clock for Ticks {
    fn now(&self) -> DateTime<Utc> {
        let ticks = self.now.fetch_add(1, Ordering::SeqCst);
        Utc.timestamp_opt(1_800_000_000 + i64::try_from(ticks).unwrap(), 0)
            .unwrap()
    }

    async fn sleep_until(&self, _at: DateTime<Utc>) {
        self.wake.notified().await;
    }
}

impl Keys for Ticks {
    fn next(&self) -> String {
        format!("key-{}", self.now.fetch_add(1, Ordering::SeqCst))
    }
}

/// Both systems, the store and the gate between them.
pub struct Bench {
    pub xero: Arc<Mutex<World>>,
    pub erpnext: Arc<Mutex<World>>,
    pub gate: Arc<Gate>,
    pub store: Store,
    pub pairing: Pairing,
    pub installation: String,
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
            installation: "this one".to_owned(),
            keys: Arc::new(Ticks::new()),
        }
    }

    /// The [`books`] of a new customer, and nothing synced yet.
    pub fn new_customer() -> Self {
        let (xero, erpnext) = books();
        Self::new(xero, erpnext)
    }

    /// Another installation of the same books.
    pub fn another(&self) -> Self {
        let (store, pairing) = fresh_store();
        Self {
            xero: self.xero.clone(),
            erpnext: self.erpnext.clone(),
            gate: Arc::default(),
            store,
            pairing,
            installation: "that one".to_owned(),
            keys: self.keys.clone(),
        }
    }

    /// Runs, and lets something happen at an I/O point; `false` where the run ended before.
    pub async fn sync_around(&self, point: u64, meanwhile: impl Future<Output = ()>) -> bool {
        self.gate.wait_at(point);
        let mut run = std::pin::pin!(self.sync());
        let waits = tokio::select! {
            biased;
            () = self.gate.hit.notified() => true,
            result = &mut run => { result.unwrap(); false }
        };
        if waits {
            meanwhile.await;
            self.gate.resume.notify_one();
            run.await.unwrap();
        }
        self.gate.die_at(0);
        waits
    }

    /// Wakes a run that sleeps beside its work.
    pub fn wake(&self) {
        self.keys.wake.notify_one();
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
                journal: self.store.clone(),
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
            installation: self.installation.clone(),
            control: Control::default(),
            reporter: Reporter::silent(),
            // Even small books are decided about in several slices.
            at_once: 2,
        }
    }

    pub async fn sync(&self) -> Result<Summary, RunError> {
        sync(&self.session(), &Request::everything(Trigger::Manual)).await
    }

    pub async fn sync_with(&self, change: impl FnOnce(&mut Request)) -> Summary {
        let mut request = Request::everything(Trigger::Manual);
        change(&mut request);
        sync(&self.session(), &request).await.unwrap()
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

    /// Lets minutes pass.
    pub fn wait(&self, minutes: u64) {
        self.keys.now.fetch_add(minutes * 60, Ordering::SeqCst);
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
    let mappings: Vec<(Mapping, MappingSource)> = [
        (MappingKind::Account, "sales"),
        (MappingKind::Tax, "vat"),
        (MappingKind::Bank, "bank"),
    ]
    .into_iter()
    .flat_map(|(kind, key)| Mapping::both_ways(kind, key, key))
    .map(|mapping| (mapping, MappingSource::Person))
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

/// A sync that comes to its end.
pub async fn sync_all(bench: &Bench) -> Summary {
    bench.sync().await.unwrap()
}
