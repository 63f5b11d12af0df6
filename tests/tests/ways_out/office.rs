//! Both systems with an app between them, for one scenario: what people do there, and what is seen here.
#![allow(
    clippy::needless_pass_by_value,
    reason = "values are made where a deed is written"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use app::views::{AttentionView, MappingChange, MappingKind, RunOutcome, RunView, Side};
use app::{App, Folder, Options, SyncRequest};
use chrono::{TimeDelta, Utc};
use cli::audit;
use sandbox::System;
use sandbox::faults::Faults;
use sandbox::server::{DemoConfig, Running, serve};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::office::{NoBrowser, door};
use tests::scenario::time::Time;

pub struct Office {
    books: Arc<Running>,
    time: Arc<Time>,
    pub app: App,
    _folder: TempDir,
}

impl Office {
    pub async fn open() -> Self {
        let mut config = DemoConfig {
            erpnext_version: tests::books::erpnext_version().parse().unwrap(),
            ..DemoConfig::default()
        };
        (config.size.contacts, config.size.invoices) = (1, 0);
        let books = Arc::new(serve(config).await.unwrap());
        let time = Arc::new(Time::of(books.clone()));
        let folder = tempfile::tempdir().unwrap();
        let door = door(&books);
        let app = App::open(Options {
            browser: Arc::new(NoBrowser),
            clock: time.clone(),
            ..Options::demo(Folder::at(folder.path()), "The scenario", door)
        })
        .unwrap();
        let office = Self {
            books,
            time,
            app,
            _folder: folder,
        };
        office.set_up().await;
        office
    }

    async fn set_up(&self) {
        tests::signed_in::sign_in(&self.app, &self.books.ready).await;
        self.app.pair(None, None).await.unwrap();
    }

    /// A sync, told yes where it asks; a minute goes by.
    pub async fn sync(&self) -> RunView {
        let run = self.app.sync_with(SyncRequest::default()).await;
        self.ended(run).await
    }

    /// What a press of a button ended with; a minute goes by.
    pub async fn ended(&self, run: Result<RunView, app::AppError>) -> RunView {
        let mut run = run.unwrap();
        if run.outcome == RunOutcome::NeedsApproval {
            let approve = SyncRequest {
                approve: true,
                ..SyncRequest::default()
            };
            run = self.app.sync_with(approve).await.unwrap();
        }
        self.advance(61);
        run
    }

    pub fn advance(&self, seconds: i64) {
        self.time.advance(TimeDelta::seconds(seconds));
    }

    pub async fn attention(&self) -> AttentionView {
        self.app.attention().await.unwrap()
    }

    /// The causes of what is open, each with the titles.
    pub async fn open_causes(&self) -> BTreeMap<String, Vec<String>> {
        let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for group in self.attention().await.groups {
            let titles = group
                .records
                .iter()
                .map(|it| format!("{}: {}", it.title, it.message));
            causes.entry(group.cause).or_default().extend(titles);
        }
        causes
    }

    /// Options "North" and "South" of a category "Region" in Xero, and cost centres of these names in ERPNext.
    pub fn regions(&self) {
        let company = &self.books.ready.erpnext.company;
        for name in ["North", "South"] {
            self.xero(&json!({ "op": "add_tracking", "Category": "Region", "Option": name }));
            self.erpnext(
                &json!({ "op": "create", "doctype": "Cost Center", "fields": {
                    "cost_center_name": name, "company": company,
                    "parent_cost_center": format!("{company} - MF") } }),
            );
        }
    }

    pub async fn map(&self, kind: MappingKind, side: Side, key: &str, to: Option<&str>) {
        let change = MappingChange {
            kind,
            side,
            key: key.to_owned(),
            counterpart: to.map(str::to_owned),
            both_ways: false,
        };
        // What was added a moment ago is offered.
        self.app.mappings_anew().await.unwrap();
        self.app.change_mappings(vec![change]).await.unwrap();
    }

    /// What a person does in a system; what it holds of it afterwards.
    pub fn person(&self, system: System, operation: &Value) -> Value {
        self.books
            .with_books(|books| books.edit(system, operation, Utc::now()))
            .unwrap_or_else(|why| panic!("{operation}: {why}"))
    }

    pub fn xero(&self, operation: &Value) -> Value {
        self.person(System::Xero, operation)
    }

    pub fn erpnext(&self, operation: &Value) -> Value {
        self.person(System::Erpnext, operation)
    }

    pub fn faults(&self, system: System, rules: Value) {
        let rules = serde_json::from_value(rules).unwrap();
        self.books
            .with_books(|books| *books.faults_mut(system) = Faults::new(1, rules));
    }

    pub fn calm(&self) {
        self.faults(System::Xero, json!([]));
        self.faults(System::Erpnext, json!([]));
    }

    pub fn state(&self, system: System) -> Value {
        self.books.with_books(|books| books.state(system))
    }

    /// A record of a system, by a field.
    pub fn find(&self, system: System, table: &str, field: &str, value: &str) -> Value {
        let state = self.state(system);
        let rows = state[table].as_array().cloned().unwrap_or_default();
        // The one that counts comes last: amendments, and numbers used again.
        rows.into_iter()
            .rev()
            .find(|row| row[field] == value)
            .unwrap_or_else(|| panic!("no {table} with {field} {value}"))
    }

    pub fn contact(&self, name: &str, more: Value) -> String {
        let mut operation = json!({ "op": "create_contact", "Name": name });
        merge(&mut operation, more);
        text(&self.xero(&operation), "ContactID")
    }

    pub fn customer(&self, name: &str, more: Value) -> String {
        let mut fields = json!({ "customer_name": name, "customer_type": "Company" });
        merge(&mut fields, more);
        let made =
            self.erpnext(&json!({ "op": "create", "doctype": "Customer", "fields": fields }));
        text(&made, "name")
    }

    /// An approved invoice of 100.00 and 20 % in Xero.
    pub fn invoice(&self, contact: &str, number: &str, more: Value) -> String {
        let contact = self.find(System::Xero, "Contacts", "Name", contact);
        let mut operation = json!({
            "op": "create_invoice", "Contact": { "ContactID": contact["ContactID"] },
            "InvoiceNumber": number, "Date": "2026-11-20", "DueDate": "2026-12-20",
            "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{ "Description": "Ferns", "Quantity": 1, "UnitAmount": 100,
                "AccountCode": "200", "TaxType": "OUTPUT2" }],
        });
        merge(&mut operation, more);
        text(&self.xero(&operation), "InvoiceID")
    }

    /// A submitted invoice of 100.00 and 20 % in ERPNext.
    pub fn sales_invoice(&self, customer: &str, name: &str, more: Value) -> String {
        let mut fields = json!({
            "customer": customer, "company": self.books.ready.erpnext.company,
            "set_posting_time": 1, "posting_date": "2026-11-20", "due_date": "2026-12-20",
            "disable_rounded_total": 1,
            "items": [{ "item_name": "Ferns", "description": "Ferns", "qty": 1, "rate": 100,
                "uom": "Hour", "stock_uom": "Hour", "conversion_factor": 1,
                "income_account": "Sales - MF" }],
            "taxes": [{ "charge_type": "On Net Total", "account_head": "VAT - MF",
                "description": "VAT", "rate": 20 }],
        });
        merge(&mut fields, more);
        let made = self.erpnext(&json!({
            "op": "create", "doctype": "Sales Invoice", "name": name, "submit": true,
            "fields": fields,
        }));
        text(&made, "name")
    }

    pub fn on_sales_invoice(&self, op: &str, name: &str) -> Value {
        self.erpnext(&json!({ "op": op, "doctype": "Sales Invoice", "name": name }))
    }

    /// A person cancels an invoice in ERPNext and amends it.
    pub fn amend(&self, name: &str, fields: Value) -> String {
        self.on_sales_invoice("cancel", name);
        text(
            &self.erpnext(&json!({ "op": "amend", "name": name, "fields": fields })),
            "name",
        )
    }

    /// The identity in Xero of a document by its number.
    pub fn numbered(&self, number: &str) -> String {
        text(
            &self.find(System::Xero, "Invoices", "InvoiceNumber", number),
            "InvoiceID",
        )
    }

    /// What tells whether a record was written: every one of a system, by identity.
    pub fn versions(&self) -> BTreeMap<String, String> {
        let (xero, erpnext) = (self.state(System::Xero), self.state(System::Erpnext));
        let mut versions = BTreeMap::new();
        for (state, table, id, version) in [
            (&xero, "Contacts", "ContactID", "UpdatedDateUTC"),
            (&xero, "Invoices", "InvoiceID", "UpdatedDateUTC"),
            (&xero, "CreditNotes", "CreditNoteID", "UpdatedDateUTC"),
            (&erpnext, "Customer", "name", "modified"),
            (&erpnext, "Sales Invoice", "name", "modified"),
        ] {
            for row in state[table].as_array().into_iter().flatten() {
                let key = format!("{table} {}", row[id].as_str().unwrap_or_default());
                versions.insert(key, row[version].to_string());
            }
        }
        versions
    }

    /// Where the two books differ, but for these fields.
    pub fn differences(&self, but: &[&str]) -> Vec<String> {
        let company = &self.books.ready.erpnext.company;
        let (xero, mut erpnext) = (self.state(System::Xero), self.state(System::Erpnext));
        for doctype in ["Customer", "Sales Invoice"] {
            if erpnext[doctype].is_null() {
                erpnext[doctype] = json!([]);
            }
        }
        let xero = audit::xero(&xero).unwrap();
        let erpnext = audit::erpnext(&erpnext, company).unwrap();
        let found = audit::compare(&xero, &erpnext).differences;
        let found = found.iter().filter(|it| !but.contains(&it.field));
        found.map(|it| format!("{it:?}")).collect()
    }
}

pub fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}
