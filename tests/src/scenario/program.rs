//! An installation of the program, with its data folder and its network.

use std::sync::Arc;

use app::views::{MappingChange, MappingKind, RunOutcome, RunView, Side};
use app::{App, Folder, Options, SyncRequest};
use sandbox::server::Running;
use tempfile::TempDir;

use super::people::{FEES, WRITTEN_OFF};
use super::{Cut, Time};
use crate::office::{NoBrowser, door};
use crate::signed_in::sign_in_and_pair;

/// An installation.
pub(super) struct Program {
    /// What the steps call it.
    pub(super) name: &'static str,
    folder: TempDir,
    pub(super) cut: Arc<Cut>,
    pub(super) app: App,
}

impl Program {
    /// A new installation, signed in, paired and mapped.
    pub(super) async fn set_up(name: &'static str, books: &Running, time: &Arc<Time>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cut = Arc::new(Cut::open());
        let app = open(&folder, books, &cut, time.clone());
        sign_in_and_pair(&app, &books.ready).await;
        app.check().await.unwrap();
        app.install_marker_fields().await.unwrap();
        app.accept_suggestions().await.unwrap();
        app.confirm_mappings().await.unwrap();
        map_expenses(&app).await;
        Self {
            name,
            folder,
            cut,
            app,
        }
    }

    /// Started again after it died.
    pub(super) fn again(&mut self, books: &Running, time: &Arc<Time>) {
        self.app = open(&self.folder, books, &self.cut, time.clone());
    }

    /// A sync, and what it came to, in words too; one that asks is told yes.
    pub(super) async fn sync(&self, what: &str) -> (String, Option<RunView>) {
        let mut run = self.app.sync_with(SyncRequest::default()).await;
        if matches!(&run, Ok(run) if run.outcome == RunOutcome::NeedsApproval) {
            let request = SyncRequest {
                approve: true,
                ..SyncRequest::default()
            };
            run = self.app.sync_with(request).await;
        }
        let name = self.name;
        match run {
            Ok(run) => {
                let said = format!(
                    "{name}, {what}: {:?}, {} to Xero, {} to ERPNext, {} markers, {} linked, {} exceptions{}",
                    run.outcome,
                    run.to_xero,
                    run.to_erpnext,
                    run.markers,
                    run.linked,
                    run.exceptions,
                    run.error
                        .as_ref()
                        .map_or_else(String::new, |error| format!(", {error:?}"))
                );
                (said, Some(run))
            }
            Err(error) => (format!("{name}, {what}: {error}"), None),
        }
    }

    /// Keeps the folder, to be looked into, and says where it is.
    pub(super) fn kept(self) -> String {
        format!(
            "\nfolder of {}: {}",
            self.name,
            self.folder.keep().display()
        )
    }
}

/// What ERPNext books to these accounts is a payment in Xero, and there only one account takes any.
async fn map_expenses(app: &App) {
    let of = |account: &str| MappingChange {
        kind: MappingKind::Bank,
        side: Side::Erpnext,
        key: account.to_owned(),
        counterpart: Some("881".to_owned()),
        both_ways: false,
    };
    let changes = [FEES, WRITTEN_OFF].map(of).to_vec();
    app.change_mappings(changes).await.unwrap();
}

fn open(folder: &TempDir, books: &Running, cut: &Arc<Cut>, time: Arc<Time>) -> App {
    let door = door(books);
    let app = App::open(Options {
        browser: Arc::new(NoBrowser),
        transport: Some(cut.clone()),
        clock: time,
        ..Options::demo(Folder::at(folder.path()), "The scenario", door)
    })
    .unwrap();
    cut.witness.look_at(&Folder::at(folder.path()).database());
    app
}
