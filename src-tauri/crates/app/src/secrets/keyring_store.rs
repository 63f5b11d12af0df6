//! The operating system's keyring.

use std::path::Path;

use keyring::v1::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

use super::{Keeper, SecretsError};

const SERVICE: &str = "Counterfoil";
const PROBE: &str = "probe";

/// Whether a secret can be written to the keyring. Only a write tells: without a session bus there
/// is no keyring, and a locked one answers a read as an empty one does.
pub(super) fn works() -> bool {
    let probe = || -> Result<(), Error> {
        let entry = Entry::new(SERVICE, PROBE)?;
        entry.set_password("works")?;
        entry.delete_credential()
    };
    match probe() {
        Ok(()) => true,
        Err(why) => {
            tracing::info!("the system's keyring is not used: {why}");
            false
        }
    }
}

/// Entries named after the data folder, so that two folders of one person stay apart.
pub(super) struct SystemKeyring {
    prefix: String,
}

impl SystemKeyring {
    pub(super) fn of(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self {
            prefix: store::fingerprint(&[&folder.to_string_lossy()]),
        }
    }

    fn entry(&self, name: &str) -> Result<Entry, SecretsError> {
        Entry::new(SERVICE, &format!("{}/{name}", self.prefix)).map_err(|why| refused(&why))
    }
}

fn refused(why: &Error) -> SecretsError {
    SecretsError::Keyring(why.to_string())
}

impl Keeper for SystemKeyring {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(why) => Err(refused(&why)),
        }
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretsError> {
        self.entry(name)?
            .set_password(secret.expose_secret())
            .map_err(|why| refused(&why))
    }

    fn delete(&self, name: &str) -> Result<(), SecretsError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(why) => Err(refused(&why)),
        }
    }

    fn place(&self) -> String {
        "the system's keyring".to_owned()
    }
}
