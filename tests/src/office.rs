//! The program in this process, with both demo systems behind real HTTP, on days that a test tells it.

use std::sync::Arc;

use app::views::{RunOutcome, RunView};
use app::{App, Browser, DemoDoor, Folder, Options, SyncRequest};
use chrono::{TimeDelta, Utc};
use cli::audit::{self, Difference};
use sandbox::System;
use sandbox::faults::Faults;
use sandbox::server::{DemoConfig, Running, serve};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::scenario::{Cut, Death, Time};
use crate::signed_in::sign_in_and_pair;
use crate::witness::Witness;

/// A custom connection needs no browser.
pub struct NoBrowser;

impl Browser for NoBrowser {
    fn open(&self, _: &Url) -> std::io::Result<()> {
        Err(std::io::Error::other("nobody is there to look at a page"))
    }
}

/// The way to demo books that are being served.
pub fn door(books: &Running) -> DemoDoor {
    let ready = &books.ready;
    DemoDoor {
        xero_api_url: ready.xero.api_url.clone(),
        xero_identity_url: ready.xero.identity_url.clone(),
        client_id: ready.xero.client_id.clone(),
        client_secret: ready.xero.client_secret.clone(),
        erpnext_url: ready.erpnext.url.clone(),
        key: ready.erpnext.key.clone(),
        secret: ready.erpnext.secret.clone(),
    }
}

fn start(folder: &TempDir, books: &Running, cut: &Arc<Cut>, time: &Arc<Time>) -> App {
    let door = door(books);
    let app = App::open(Options {
        browser: Arc::new(NoBrowser),
        transport: Some(cut.clone()),
        clock: time.clone(),
        ..Options::demo(Folder::at(folder.path()), "The office", door)
    })
    .unwrap();
    cut.witness.look_at(&Folder::at(folder.path()).database());
    app
}

/// One program, connected and paired.
pub struct Office {
    /// Both demo systems.
    pub books: Arc<Running>,
    /// The program.
    pub app: App,
    /// Its data folder.
    pub folder: TempDir,
    /// What went over the network.
    pub witness: Arc<Witness>,
    cut: Arc<Cut>,
    time: Arc<Time>,
}

impl Office {
    /// Demo books of this many contacts and invoices, and a program that was set up with them. Every
    /// write of it is held against its journal.
    pub async fn open(contacts: usize, invoices: usize) -> Self {
        let mut config = DemoConfig {
            erpnext_version: crate::books::erpnext_version().parse().unwrap(),
            ..DemoConfig::default()
        };
        config.size.contacts = contacts;
        config.size.invoices = invoices;
        let books = Arc::new(serve(config).await.unwrap());
        books.with_books(|books| books.xero.observe(openapi::watch()));
        let time = Arc::new(Time::of(books.clone()));
        let folder = tempfile::tempdir().unwrap();
        let cut = Arc::new(Cut::open());
        let app = start(&folder, &books, &cut, &time);
        let office = Self {
            books,
            app,
            folder,
            witness: cut.witness.clone(),
            cut,
            time,
        };
        office.set_up().await;
        office
    }

    async fn set_up(&self) {
        sign_in_and_pair(&self.app, &self.books.ready).await;
        self.app.accept_suggestions().await.unwrap();
        self.app.confirm_mappings().await.unwrap();
    }

    /// A sync; one that asks is told yes. A minute goes by.
    pub async fn sync(&self) -> RunView {
        let mut run = self
            .app
            .sync_with(SyncRequest::default())
            .await
            .expect("it syncs");
        if run.outcome == RunOutcome::NeedsApproval {
            let request = SyncRequest {
                approve: true,
                ..SyncRequest::default()
            };
            run = self.app.sync_with(request).await.expect("it syncs");
        }
        self.time.advance(TimeDelta::seconds(61));
        run
    }

    /// The program dies at a request of a sync, and is started again at once. Whether it got so far.
    pub async fn die(&mut self, death: Death) -> bool {
        self.cut.arm(Some(death));
        let died = tokio::select! {
            run = self.app.sync_with(SyncRequest::default()) => { run.expect("it syncs"); false }
            () = self.cut.dead() => true,
        };
        self.cut.arm(None);
        self.app = start(&self.folder, &self.books, &self.cut, &self.time);
        died
    }

    /// Replaces a system's faults.
    pub fn faults(&self, system: System, rules: Value) {
        let rules = serde_json::from_value(rules).unwrap();
        self.books
            .with_books(|books| *books.faults_mut(system) = Faults::new(1, rules));
    }

    /// What a person does in a system.
    ///
    /// # Errors
    /// What the system says against it.
    pub fn edit(&self, system: System, operation: &Value) -> Result<Value, String> {
        self.books
            .with_books(|books| books.edit(system, operation, Utc::now()))
    }

    /// Everything that a system holds.
    pub fn state(&self, system: System) -> Value {
        self.books.with_books(|books| books.state(system))
    }

    /// The causes that a person is asked about.
    pub async fn asked(&self) -> Vec<String> {
        let open = self.app.attention().await.unwrap();
        let groups = open.groups.iter();
        groups.map(|group| group.cause.clone()).collect()
    }

    /// One sync that asks nothing, after which both books say the same and the next one writes nothing.
    ///
    /// # Panics
    /// Where it is not so.
    pub async fn agreed(&self) -> RunView {
        let run = self.sync().await;
        let causes = self.asked().await;
        assert_eq!((run.exceptions, causes.len()), (0, 0), "{causes:?}");
        let differences = self.differences();
        assert_eq!(differences.len(), 0, "{differences:?}");
        let again = self.sync().await;
        assert_eq!(again.writes, 0, "{again:?}");
        run
    }

    /// Where both books differ, by an audit that shares no code with the engine.
    pub fn differences(&self) -> Vec<Difference> {
        let mut erpnext = self.state(System::Erpnext);
        // What a system holds none of it does not name.
        for doctype in ["Customer", "Sales Invoice"] {
            if erpnext[doctype].is_null() {
                erpnext[doctype] = json!([]);
            }
        }
        let xero = audit::xero(&self.state(System::Xero)).unwrap();
        let erpnext = audit::erpnext(&erpnext, &self.books.ready.erpnext.company).unwrap();
        audit::compare(&xero, &erpnext).differences
    }

    /// Submitted invoices in ERPNext that are linked and on which nothing was paid.
    pub fn unpaid_invoices(&self) -> Vec<Value> {
        let state = self.state(System::Erpnext);
        state["Sales Invoice"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|it| {
                it["docstatus"] == 1
                    && it["is_return"] != 1
                    && it["xero_invoice_id"].is_string()
                    && it["outstanding_amount"] == it["grand_total"]
                    && it["conversion_rate"] == json!(1.0)
            })
            .cloned()
            .collect()
    }
}
