//! `counterfoil sandbox` as a process of its own, and its control door.

use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use openapi::Report;
use sandbox::server::ReadyLine;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::programs;

/// The demo site's version: what `COUNTERFOIL_TEST_DEMO_ERPNEXT` says, else 16.
pub fn erpnext_version() -> String {
    std::env::var("COUNTERFOIL_TEST_DEMO_ERPNEXT").unwrap_or_else(|_| "16".to_owned())
}

/// The day that all demo books of a test lead up to, also where midnight passes between them.
fn today() -> NaiveDate {
    static TODAY: LazyLock<NaiveDate> = LazyLock::new(|| Utc::now().date_naive());
    *TODAY
}

/// One of the two simulated systems.
pub use sandbox::System;

/// Longer than the largest books take to be made.
const READY: Duration = Duration::from_mins(3);

/// The demo books, served by another process until dropped.
pub struct Books {
    /// Where they are and how to sign in.
    pub ready: ReadyLine,
    http: reqwest::Client,
    answers: Option<NamedTempFile>,
    process: Child,
}

/// Every answer of the simulated Xero has to be as Xero's official description has it.
impl Drop for Books {
    fn drop(&mut self) {
        let Some(answers) = &self.answers else { return };
        let recorded = std::fs::read_to_string(answers.path()).expect("the recorded answers");
        let report = Report::of_recording(&recorded);
        println!("{} answers held against the description", report.described);
        if !std::thread::panicking() {
            report.judge();
        }
    }
}

impl Books {
    /// Opens small books: enough of every kind of record, quick to sync.
    pub async fn small(seed: u64) -> Books {
        Books::open(seed, 14, 36).await
    }

    /// Opens books of a size.
    pub async fn open(seed: u64, contacts: usize, invoices: usize) -> Books {
        let answers = NamedTempFile::new().expect("a file for the answers");
        Books::serve(seed, contacts, invoices, Some(answers)).await
    }

    /// Opens books of a size whose answers are not recorded: for measuring.
    pub async fn unwatched(seed: u64, contacts: usize, invoices: usize) -> Books {
        Books::serve(seed, contacts, invoices, None).await
    }

    async fn serve(
        seed: u64,
        contacts: usize,
        invoices: usize,
        answers: Option<NamedTempFile>,
    ) -> Books {
        let mut command = Command::new(programs::counterfoil());
        command.arg("sandbox");
        if let Some(answers) = &answers {
            command.arg("--answers").arg(answers.path());
        }
        let mut process = command
            .args(["--seed", &seed.to_string()])
            .args(["--contacts", &contacts.to_string()])
            .args(["--invoices", &invoices.to_string()])
            .args(["--erpnext-version", &erpnext_version()])
            .args(["--today", &today().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the sandbox starts");
        let stdout = process.stdout.take().expect("a piped stdout");
        // Books of a benchmark's size take their time on a busy machine.
        let larger = Duration::from_millis(10) * u32::try_from(invoices).unwrap_or(u32::MAX);
        let line = timeout(READY + larger, BufReader::new(stdout).lines().next_line())
            .await
            .expect("the sandbox is ready in time")
            .expect("its stdout can be read")
            .expect("it prints where it is");
        Books {
            ready: serde_json::from_str(&line).expect("one line of JSON"),
            http: reqwest::Client::new(),
            answers,
            process,
        }
    }

    /// The number of the process that serves them.
    pub fn process(&self) -> u32 {
        self.process.id().expect("it runs until dropped")
    }

    /// Every record as a system holds it.
    pub async fn state(&self, system: System) -> Value {
        self.get(system, "state").await
    }

    /// Every call a system received.
    pub async fn calls(&self, system: System) -> Value {
        self.get(system, "calls").await
    }

    /// Requests that a system received and that could have changed it, sign-in aside.
    pub async fn writes(&self, system: System) -> usize {
        self.calls(system)
            .await
            .as_array()
            .expect("a list of calls")
            .iter()
            .filter(|call| call["method"] != "GET")
            .filter(|call| {
                let path = call["path"].as_str().unwrap_or_default();
                // Signing in, and ERPNext's long questions, which go by POST.
                [
                    "/connect/",
                    "/identity/",
                    "/frappe.client.get_",
                    "/frappe.client.has_",
                    // What the forms of settings tell, like where a series stands.
                    "/run_doc_method",
                ]
                .iter()
                .all(|reading| !path.contains(reading))
            })
            .count()
    }

    /// The generated records that are meant not to sync.
    pub async fn expected(&self) -> Vec<Value> {
        let expected = self.get(System::Xero, "expected").await;
        expected.as_array().expect("a list").clone()
    }

    /// Returns once a listener is subscribed to a document type of ERPNext's.
    pub async fn subscribed(&self, doctype: &str) {
        let asked = format!("subscribers?doctype={doctype}");
        self.get(System::Erpnext, &asked).await;
    }

    /// A person's edit, made inside a system.
    pub async fn edit(&self, system: System, operation: &Value) -> Value {
        self.post(system, "records", operation).await
    }

    /// Replaces a system's faults.
    pub async fn faults(&self, system: System, rules: &[Value]) {
        self.post(system, "faults", &json!({ "rules": rules }))
            .await;
    }

    /// Advances the clock of both systems.
    pub async fn advance(&self, seconds: i64) {
        let by = json!({ "advance_seconds": seconds });
        self.post(System::Xero, "clock", &by).await;
    }

    /// A system's address.
    pub fn url(&self, system: System) -> &str {
        match system {
            System::Xero => &self.ready.xero.api_url,
            System::Erpnext => &self.ready.erpnext.url,
        }
    }

    async fn get(&self, system: System, what: &str) -> Value {
        let request = self
            .http
            .get(format!("{}/__sandbox/{what}", self.url(system)));
        answer(request).await
    }

    async fn post(&self, system: System, what: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(format!("{}/__sandbox/{what}", self.url(system)))
            .json(body);
        answer(request).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("the control door answers");
    let status = response.status();
    let body: Value = response.json().await.expect("in JSON");
    assert!(
        status.is_success(),
        "the control door says {status}: {body}"
    );
    body
}
