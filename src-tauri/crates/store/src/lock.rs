//! One process at a time syncs with a data folder.
//!
//! A lock on a file beside the database, because a desktop without a session bus does not keep a
//! second instance away. The operating system drops the lock when the process ends, however it
//! ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The lock file's name within the data folder.
const FILE: &str = "counterfoil.lock";
/// Who holds the lock, readable while it is locked (Windows refuses reads of a locked file).
const HOLDER: &str = "counterfoil.lock.holder";

/// Held while this process may sync; dropping it lets another one.
#[derive(Debug)]
pub struct FolderLock {
    // Holding it open holds the lock.
    _file: File,
    holder: PathBuf,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderBusy {
    /// The process id, where it could be read.
    pub pid: Option<u32>,
    /// What it is doing, in a word or two: "the window", "counterfoil sync".
    pub what: String,
}

/// The lock could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another process is syncing ({what}, process {pid})",
        what = .0.what, pid = .0.pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string()))]
    Busy(FolderBusy),
    /// The file system refuses.
    #[error("{path} cannot be locked: {why}")]
    Refused {
        /// The lock file.
        path: PathBuf,
        /// The operating system's reason.
        why: String,
    },
}

impl FolderLock {
    /// Takes the lock of a data folder at once or says who has it. `what` tells a second process
    /// what this one does.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn take(folder: &Path, what: &str) -> Result<Self, LockError> {
        let path = folder.join(FILE);
        let refused = |why: &std::io::Error| LockError::Refused {
            path: path.clone(),
            why: why.to_string(),
        };
        std::fs::create_dir_all(folder).map_err(|why| refused(&why))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|why| refused(&why))?;
        let holder = folder.join(HOLDER);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Busy(read_holder(&holder))),
            Err(TryLockError::Error(why)) => return Err(refused(&why)),
        }
        // Only for the message of a second process: a failure here must not stop the work.
        let _ = File::create(&holder)
            .and_then(|mut file| write!(file, "{}\n{what}\n", std::process::id()));
        Ok(Self {
            _file: file,
            holder,
        })
    }

    /// Changes what a second process is told.
    pub fn describe(&self, what: &str) {
        let _ = OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&self.holder)
            .and_then(|mut file| {
                file.rewind()?;
                write!(file, "{}\n{what}\n", std::process::id())
            });
    }
}

fn read_holder(path: &Path) -> FolderBusy {
    let mut text = String::new();
    if let Ok(file) = File::open(path) {
        // A holder's file of a few bytes; more would be someone else's file.
        let _ = file.take(400).read_to_string(&mut text);
    }
    let mut lines = text.lines();
    FolderBusy {
        pid: lines.next().and_then(|line| line.parse().ok()),
        what: lines.next().unwrap_or("Counterfoil").to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_is_first_and_gets_it_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path(), "the window").unwrap();
        let refused = FolderLock::take(folder.path(), "counterfoil sync").unwrap_err();
        assert_eq!(
            refused,
            LockError::Busy(FolderBusy {
                pid: Some(std::process::id()),
                what: "the window".into(),
            })
        );
        first.describe("the window, syncing");
        let refused = FolderLock::take(folder.path(), "counterfoil sync").unwrap_err();
        assert!(
            refused.to_string().contains("the window, syncing"),
            "{refused}"
        );
        drop(first);
        FolderLock::take(folder.path(), "counterfoil sync").unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let refused = FolderLock::take(&file.join("below"), "counterfoil sync").unwrap_err();
        assert!(matches!(refused, LockError::Refused { .. }), "{refused}");
    }
}
