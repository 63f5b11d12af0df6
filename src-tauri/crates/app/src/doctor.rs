//! A description of this installation, without secrets.

use std::path::Path;

use ledger::Side;
use serde::{Serialize, Serializer};
use store::Store;

use crate::app::App;
use crate::check;
use crate::error::AppError;
use crate::views::{CheckItem, ErrorView};

/// What `counterfoil doctor` says. No token, name or amount is in it.
#[derive(Debug, Clone, Serialize)]
pub struct Doctor {
    /// The app's version.
    pub version: String,
    /// The operating system and architecture.
    pub system: String,
    /// The data folder.
    pub data_folder: String,
    /// The size of the database in bytes, with what is not yet moved out of its write-ahead log.
    pub database_bytes: Option<u64>,
    /// What is wrong with the database, where something is.
    pub database: Option<ErrorView>,
    /// Where tokens and keys are kept, or why that cannot be said.
    #[serde(serialize_with = "either")]
    pub secrets: Result<String, ErrorView>,
    /// Whether Xero is the real one.
    pub real_xero: bool,
    /// Connections to Xero and to ERPNext.
    pub connections: [usize; 2],
    /// Pairings.
    pub pairings: usize,
    /// Writes whose outcome is not known yet, over all pairings.
    pub unsettled_writes: usize,
    /// For each pairing, which version of ERPNext answered and what that means: one call each.
    pub erpnext: Vec<CheckItem>,
}

/// The place as a text, or the failure as an object.
fn either<S: Serializer>(place: &Result<String, ErrorView>, to: S) -> Result<S::Ok, S::Error> {
    match place {
        Ok(place) => place.serialize(to),
        Err(failure) => failure.serialize(to),
    }
}

/// The room a database takes, its write-ahead log included; `None` before it is made.
fn size_on_disk(database: &Path) -> Option<u64> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let size = |path: &Path| std::fs::metadata(path).ok().map(|file| file.len());
    Some(size(database)? + size(Path::new(&log)).unwrap_or_default())
}

impl App {
    /// Describes this installation, checks the database, and asks each paired ERPNext for its version.
    ///
    /// # Errors
    /// [`AppError::Store`] where the database cannot even be read.
    pub async fn doctor(&self) -> Result<Doctor, AppError> {
        let checked = self.db(Store::check).await;
        let (connections, pairings, unsettled_writes) = self
            .db(|store| {
                let pairings = store.pairings()?;
                let mut unsettled = 0;
                for pairing in &pairings {
                    unsettled += store.unsettled(pairing.id)?.len();
                }
                Ok((store.connections()?, pairings, unsettled))
            })
            .await?;
        let mut erpnext = Vec::with_capacity(pairings.len());
        for pairing in &pairings {
            erpnext.push(match self.reach(pairing).await {
                Ok(reached) => check::site::version_met(&reached.site).await,
                Err(why) => check::failed("erpnext_version", "Version of ERPNext", &why),
            });
        }
        let of = |side: Side| connections.iter().filter(|it| it.side == side).count();
        Ok(Doctor {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            data_folder: self.folder().display().to_string(),
            database_bytes: size_on_disk(&self.0.folder.database()),
            database: checked.err().map(ErrorView::from),
            secrets: self
                .secrets()
                .await
                .map(|secrets| secrets.place())
                .map_err(ErrorView::from),
            real_xero: self.0.endpoints.is_real(),
            connections: [of(Side::Xero), of(Side::Erpnext)],
            pairings: pairings.len(),
            unsettled_writes,
            erpnext,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_in_the_write_ahead_log_counts() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("counterfoil.db");
        assert_eq!(size_on_disk(&database), None);
        std::fs::write(&database, [0; 4096]).unwrap();
        assert_eq!(size_on_disk(&database), Some(4096));
        std::fs::write(folder.path().join("counterfoil.db-wal"), [0; 1000]).unwrap();
        assert_eq!(size_on_disk(&database), Some(5096));
    }
}
