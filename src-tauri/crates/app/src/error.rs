//! What a use case can fail with. [`crate::words`] says it to a person.

use std::path::PathBuf;

use engine::books::BooksError;
use ledger::Side;
use store::{LockError, StoreError};

use crate::secrets::SecretsError;

/// A use case failed. Turns into an [`crate::views::ErrorView`].
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder cannot be made or written.
    #[error("the data folder {path} cannot be used: {why}")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// The operating system's reason.
        why: std::io::Error,
    },
    /// An export cannot be written.
    #[error("{path} cannot be written: {why}")]
    Export {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        why: std::io::Error,
    },
    /// The system names no home folder.
    #[error("there is no home folder to keep data in")]
    NoHome,
    /// Another process is syncing, or the lock cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The keyring or the sealed file.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Signing in to Xero.
    #[error(transparent)]
    Xero(#[from] xero::AuthError),
    /// Signing in to ERPNext through the browser.
    #[error(transparent)]
    ErpnextSignIn(oauth::AuthError),
    /// Connecting an ERPNext site.
    #[error(transparent)]
    Connect(#[from] erpnext::connect::ConnectError),
    /// ERPNext.
    #[error(transparent)]
    Erpnext(#[from] erpnext::Error),
    /// What was typed is not the address of an ERPNext site.
    #[error(transparent)]
    Address(#[from] erpnext::site::BadAddress),
    /// A connection, while it was used.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The network could not be set up.
    #[error("{0}")]
    Network(String),
    /// A side is not connected yet.
    #[error("{0} is not connected")]
    NotConnected(Side),
    /// Set-up is not finished.
    #[error("no organisation is paired with a company yet")]
    NotPaired,
    /// Our marker fields are not on the ERPNext site: without them a record could be created twice.
    #[error("the marker fields are not in place on the ERPNext site")]
    NoMarkerFields,
    /// Nothing is written before a person was shown what would be.
    #[error("no preview was shown yet")]
    NoPreview,
    /// A run is under way in this process.
    #[error("a run is under way")]
    RunUnderWay,
    /// A sign-in is under way in this process.
    #[error("a sign-in is under way")]
    SignInUnderWay,
    /// What was asked for is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// Neither side has a record that is called so.
    #[error("neither side has a record called {0}")]
    NoRecord(String),
    /// What was asked for makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong, as one sentence.
        message: String,
        /// What to do, as one sentence.
        next_step: String,
    },
    /// A browser could not be started.
    #[error("the browser could not be opened: {why}")]
    NoBrowser {
        /// The page to be opened by hand.
        page: String,
        /// Why.
        why: String,
    },
    /// A bug.
    #[error("{0}")]
    Bug(String),
}

impl From<engine::run::RunError> for AppError {
    fn from(error: engine::run::RunError) -> Self {
        match error {
            engine::run::RunError::Store(error) => AppError::Store(error),
            engine::run::RunError::Books(error) => AppError::Books(error),
            engine::run::RunError::Plan(error) => AppError::Bug(error.to_string()),
        }
    }
}

impl AppError {
    /// What was asked for makes no sense.
    pub(crate) fn usage(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            next_step: next_step.into(),
        }
    }
}
