//! Tokens and keys: in the operating system's keyring, or in a sealed file where there is none.
//!
//! Never in the database, never in a log. Names are `<connection id>/<what>`.

mod keyring_store;
mod sealed;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use store::ConnectionId;

pub use sealed::KEY_VARIABLE;

/// A secret could not be kept or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// The keyring refused, for example because it is locked.
    #[error("the system's keyring refused: {0}")]
    Keyring(String),
    /// The sealed file cannot be read or written.
    #[error("the sealed file {path} cannot be used: {why}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// The key does not open the sealed file: another `COUNTERFOIL_KEY`, or a damaged file.
    #[error("the key does not open the sealed file {0}")]
    WrongKey(std::path::PathBuf),
}

/// A place that keeps secrets by name. Calls may block.
pub(crate) trait Keeper: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError>;
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretsError>;
    fn delete(&self, name: &str) -> Result<(), SecretsError>;
    /// Where that is, for people.
    fn place(&self) -> String;
}

/// Where to keep secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepIn {
    /// The keyring where it works, else a sealed file in the data folder.
    Best,
    /// A sealed file in the data folder.
    SealedFile,
    /// Memory, until the process ends; for tests.
    Memory,
}

/// All secrets of one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Secrets(Arc<dyn Keeper>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.place())
    }
}

impl Secrets {
    /// Chooses the keeper. Whether the keyring works is found out by writing to it: a locked one
    /// and an empty one look alike to a reader. May block; a desktop's keyring may ask the person.
    ///
    /// Once a sealed file exists it is used, so that what is in it is found again.
    ///
    /// # Errors
    /// Where the sealed file is needed and cannot be used.
    pub fn open(folder: &Path, keep_in: KeepIn) -> Result<Self, SecretsError> {
        let keeper: Arc<dyn Keeper> = match keep_in {
            KeepIn::Memory => Arc::new(Memory::default()),
            KeepIn::SealedFile => Arc::new(sealed::SealedFile::open(folder)?),
            KeepIn::Best => {
                if !sealed::SealedFile::exists(folder) && keyring_store::works() {
                    Arc::new(keyring_store::SystemKeyring::of(folder))
                } else {
                    Arc::new(sealed::SealedFile::open(folder)?)
                }
            }
        };
        Ok(Self(keeper))
    }

    /// Where secrets are kept, in words for people.
    pub fn place(&self) -> String {
        self.0.place()
    }

    /// A connection's secret, off the async threads.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub async fn get(
        &self,
        connection: &ConnectionId,
        what: &'static str,
    ) -> Result<Option<SecretString>, SecretsError> {
        let (keeper, name) = (self.0.clone(), name(connection, what));
        away(move || keeper.get(&name)).await
    }

    /// Keeps a connection's secret, off the async threads.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub async fn set(
        &self,
        connection: &ConnectionId,
        what: &'static str,
        secret: SecretString,
    ) -> Result<(), SecretsError> {
        let (keeper, name) = (self.0.clone(), name(connection, what));
        away(move || keeper.set(&name, &secret)).await
    }

    /// Forgets all secrets of a connection.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub async fn forget(&self, connection: &ConnectionId) -> Result<(), SecretsError> {
        for what in [TOKENS, CLIENT_SECRET, API_SECRET] {
            let (keeper, name) = (self.0.clone(), name(connection, what));
            away(move || keeper.delete(&name)).await?;
        }
        Ok(())
    }
}

/// The tokens of a sign-in through the browser, and a custom connection's.
pub const TOKENS: &str = "tokens";
/// The Xero app's client secret.
pub const CLIENT_SECRET: &str = "client-secret";
/// The secret of an ERPNext API key.
pub const API_SECRET: &str = "api-secret";

fn name(connection: &ConnectionId, what: &str) -> String {
    format!("{connection}/{what}")
}

async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretsError> + Send + 'static,
) -> Result<T, SecretsError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|why| Err(SecretsError::Keyring(why.to_string())))
}

/// The tokens of one connection, for its session.
pub(crate) struct KeptTokens {
    pub secrets: Secrets,
    pub connection: ConnectionId,
}

#[async_trait]
impl oauth::TokenStore for KeptTokens {
    async fn load(&self) -> Result<Option<oauth::Tokens>, oauth::StoreError> {
        let kept = self
            .secrets
            .get(&self.connection, TOKENS)
            .await
            .map_err(|why| oauth::StoreError(why.to_string()))?;
        kept.as_ref().map(oauth::Tokens::from_secret).transpose()
    }

    async fn save(&self, tokens: &oauth::Tokens) -> Result<(), oauth::StoreError> {
        self.secrets
            .set(&self.connection, TOKENS, tokens.to_secret())
            .await
            .map_err(|why| oauth::StoreError(why.to_string()))
    }
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, String>>);

impl Keeper for Memory {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(name).cloned().map(SecretString::from))
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretsError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name.to_owned(), secret.expose_secret().to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretsError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(name);
        Ok(())
    }

    fn place(&self) -> String {
        "memory, until Counterfoil ends".to_owned()
    }
}
