//! A data folder, and the command line run on it as separate processes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sandbox::consent::{self, Press};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::books::{Books, System};
use crate::gate::Gate;
use crate::programs;

/// Longer than anything takes that works.
const LIMIT: Duration = Duration::from_mins(3);

/// Sign-in listens on a few fixed ports, so two tests must not sign in at once.
static SIGN_IN: Mutex<()> = Mutex::const_new(());

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` where it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it remarked.
    pub stderr: String,
}

impl Ran {
    /// The JSON document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in: {}\n{}", self.stdout, self.stderr))
    }

    /// Insists on an exit code.
    #[must_use]
    pub fn expect(self, codes: &[i32]) -> Ran {
        assert!(
            self.code.is_some_and(|code| codes.contains(&code)),
            "exit code {:?}, not one of {codes:?}\nstdout: {}\nstderr: {}",
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }
}

/// One installation of Counterfoil: a data folder and where the remote systems are.
pub struct Installation {
    /// The data folder.
    pub folder: PathBuf,
    /// The address Xero is reached at.
    pub xero: String,
    /// The address of the ERPNext site.
    pub erpnext: String,
    /// More environment for every command.
    pub environment: Vec<(OsString, OsString)>,
    home: TempDir,
}

impl Installation {
    /// A new one that talks to the books directly.
    pub fn new(books: &Books) -> Installation {
        Installation::at(books.url(System::Xero), books.url(System::Erpnext))
    }

    /// A new one that talks to the books through a gate.
    pub fn behind(gate: &Gate) -> Installation {
        Installation::at(&gate.xero, &gate.erpnext)
    }

    /// A new one that talks to these addresses.
    pub fn at(xero: &str, erpnext: &str) -> Installation {
        let home = tempfile::tempdir().expect("a temporary folder");
        Installation {
            folder: home.path().join("data"),
            xero: xero.to_owned(),
            erpnext: erpnext.to_owned(),
            environment: Vec::new(),
            home,
        }
    }

    /// The folder that stands for the person's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command, not yet started. It has no session bus, so secrets go to the sealed file.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(programs::counterfoil());
        command
            .args(arguments)
            .env("COUNTERFOIL_DATA_DIR", &self.folder)
            .env("COUNTERFOIL_XERO_API_URL", &self.xero)
            .env("COUNTERFOIL_XERO_IDENTITY_URL", &self.xero)
            .env("HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path().join("share"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .env("NO_COLOR", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("counterfoil starts")
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.start(arguments)).await
    }

    /// Runs a command that reads a secret from the environment.
    pub async fn run_with(&self, variable: &str, value: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.env(variable, value);
        finish(command.spawn().expect("counterfoil starts")).await
    }

    /// Signs in to Xero: takes the address that is printed and presses.
    pub async fn connect_xero(&self, client_id: &str, press: Press) -> Ran {
        let _alone = SIGN_IN.lock().await;
        let (child, mut printed) = self.begin_sign_in(client_id).await;
        if let Some(address) = &printed.address {
            consent::follow(address, press)
                .await
                .expect("the consent page leads back");
        }
        printed.read_to_end().await;
        let mut ran = finish(child).await;
        ran.stderr = printed.remarks;
        ran
    }

    /// Begins to sign in and gives up with Ctrl-C, as a person does who has closed the browser.
    /// Also answers with the address of the page.
    #[cfg(unix)]
    pub async fn give_up_on_sign_in(&self, client_id: &str) -> (Ran, String) {
        let _alone = SIGN_IN.lock().await;
        let (child, mut printed) = self.begin_sign_in(client_id).await;
        let process = child.id().expect("it waits for the browser").to_string();
        let told = Command::new("kill").args(["-INT", &process]).status().await;
        assert!(told.expect("kill starts").success());
        printed.read_to_end().await;
        let mut ran = finish(child).await;
        ran.stderr = printed.remarks;
        (ran, printed.address.expect("the address was printed"))
    }

    /// Starts a sign-in and waits until its address is printed, or it ends.
    async fn begin_sign_in(&self, client_id: &str) -> (Child, Printed) {
        let mut child = self.start(&[
            "connect",
            "xero",
            "--client-id",
            client_id,
            "--no-browser",
            "--json",
        ]);
        let stderr = child.stderr.take().expect("a piped stderr");
        let mut printed = Printed {
            lines: BufReader::new(stderr).lines(),
            remarks: String::new(),
            address: None,
        };
        while printed.address.is_none() {
            let line = timeout(LIMIT, printed.lines.next_line())
                .await
                .expect("the sign-in address is printed")
                .expect("stderr can be read");
            let Some(line) = line else { break };
            printed.address = line
                .split_whitespace()
                .find(|word| word.contains("/identity/connect/authorize?"))
                .map(str::to_owned);
            printed.remarks.push_str(&line);
            printed.remarks.push('\n');
        }
        (child, printed)
    }

    /// Connects the ERPNext site.
    pub async fn connect_erpnext(&self, books: &Books) -> Ran {
        self.run_with(
            "COUNTERFOIL_ERPNEXT_SECRET",
            &books.ready.erpnext.secret,
            &[
                "connect",
                "erpnext",
                "--url",
                &self.erpnext,
                "--key",
                &books.ready.erpnext.key,
                "--json",
            ],
        )
        .await
    }

    /// Everything up to the first sync.
    pub async fn set_up(&self, books: &Books) {
        let _ = self
            .connect_xero(&books.ready.xero.client_id, Press::Allow)
            .await
            .expect(&[0]);
        let _ = self.connect_erpnext(books).await.expect(&[0]);
        let _ = self.run(&["pair"]).await.expect(&[0]);
        let _ = self.run(&["check", "--install-markers"]).await.expect(&[0]);
        let _ = self.run(&["mappings", "suggest"]).await.expect(&[0, 1]);
        let _ = self.run(&["preview"]).await.expect(&[0, 1]);
        // Xero allows so many calls a minute; here a minute passes at once.
        books.advance(61).await;
    }

    /// Syncs; anything but "in agreement" or "records need you" fails the test.
    pub async fn sync(&self) -> Value {
        let ran = self.run(&["sync", "--json"]).await.expect(&[0, 1]);
        ran.json()
    }
}

/// What a sign-in has printed so far.
struct Printed {
    lines: Lines<BufReader<ChildStderr>>,
    remarks: String,
    address: Option<String>,
}

impl Printed {
    async fn read_to_end(&mut self) {
        let rest = timeout(
            LIMIT,
            self.lines.get_mut().read_to_string(&mut self.remarks),
        )
        .await;
        rest.expect("it ends").expect("stderr can be read");
    }
}

/// Waits for a process to end.
pub async fn finish(child: Child) -> Ran {
    let output = timeout(LIMIT, child.wait_with_output())
        .await
        .expect("counterfoil ends")
        .expect("its output can be read");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
