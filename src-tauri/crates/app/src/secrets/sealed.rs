//! A sealed file, for machines without a keyring.
//!
//! Each secret is sealed with XChaCha20-Poly1305 under a fresh nonce, with its name as associated
//! data, so that one secret cannot be passed off as another. The key comes from `COUNTERFOIL_KEY`,
//! or from a key file beside it that only this user can read; that one protects copies of the
//! database, not against the same user.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Keeper, SecretsError};

/// The environment variable that holds the key, as any text of good length.
pub const KEY_VARIABLE: &str = "COUNTERFOIL_KEY";
const FILE: &str = "secrets.sealed";
const KEY_FILE: &str = "secrets.key";
const NONCE: usize = 24;

pub(super) struct SealedFile {
    path: PathBuf,
    cipher: XChaCha20Poly1305,
    /// Whether the key lies beside the file.
    key_beside: bool,
    /// Reads and writes of this process, one at a time.
    turn: Mutex<()>,
}

/// The file: base64 of nonce and sealed text, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Sealed(BTreeMap<String, String>);

impl SealedFile {
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    pub(super) fn open(folder: &Path) -> Result<Self, SecretsError> {
        let given = std::env::var(KEY_VARIABLE)
            .ok()
            .filter(|key| !key.trim().is_empty());
        Self::open_with(folder, given.as_deref())
    }

    fn open_with(folder: &Path, given: Option<&str>) -> Result<Self, SecretsError> {
        let key = match given {
            Some(text) => Sha256::digest(text.trim().as_bytes()).into(),
            None => key_file(&folder.join(KEY_FILE))?,
        };
        Ok(Self {
            path: folder.join(FILE),
            cipher: XChaCha20Poly1305::new(&Key::from(key)),
            key_beside: given.is_none(),
            turn: Mutex::new(()),
        })
    }

    fn failed(&self, why: &dyn ToString) -> SecretsError {
        SecretsError::File {
            path: self.path.clone(),
            why: why.to_string(),
        }
    }

    fn read(&self) -> Result<Sealed, SecretsError> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text).map_err(|why| self.failed(&why)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Sealed::default()),
            Err(why) => Err(self.failed(&why)),
        }
    }

    fn write(&self, sealed: &Sealed) -> Result<(), SecretsError> {
        let text = serde_json::to_string_pretty(sealed).map_err(|why| self.failed(&why))?;
        replace(&self.path, text.as_bytes()).map_err(|why| self.failed(&why))
    }

    fn change(&self, change: impl FnOnce(&mut Sealed)) -> Result<(), SecretsError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // The window and the command line may change it at the same time.
        let lock = self.path.with_extension("lock");
        let lock = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock)
            .map_err(|why| self.failed(&why))?;
        lock.lock().map_err(|why| self.failed(&why))?;
        let mut sealed = self.read()?;
        change(&mut sealed);
        self.write(&sealed)
    }
}

impl Keeper for SealedFile {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretsError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = self.read()?;
        let Some(text) = sealed.0.get(name) else {
            return Ok(None);
        };
        let wrong = || SecretsError::WrongKey(self.path.clone());
        let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
        let (nonce, message) = bytes.split_at_checked(NONCE).ok_or_else(wrong)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| wrong())?;
        let payload = Payload {
            msg: message,
            aad: name.as_bytes(),
        };
        let opened = self.cipher.decrypt(&nonce, payload).map_err(|_| wrong())?;
        let text = String::from_utf8(opened).map_err(|_| wrong())?;
        Ok(Some(text.into()))
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretsError> {
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|why| self.failed(&why))?;
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: name.as_bytes(),
        };
        let message = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|why| self.failed(&why))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(message);
        self.change(|sealed| {
            sealed.0.insert(name.to_owned(), STANDARD.encode(bytes));
        })
    }

    fn delete(&self, name: &str) -> Result<(), SecretsError> {
        self.change(|sealed| {
            sealed.0.remove(name);
        })
    }

    fn place(&self) -> String {
        if self.key_beside {
            "a sealed file in the data folder, with its key beside it: this protects copies of the \
             database, not against someone who can use your account on this computer"
                .to_owned()
        } else {
            format!("a sealed file in the data folder, opened by the key in {KEY_VARIABLE}")
        }
    }
}

fn key_file(path: &Path) -> Result<[u8; 32], SecretsError> {
    let failed = |why: &dyn ToString| SecretsError::File {
        path: path.to_owned(),
        why: why.to_string(),
    };
    match std::fs::read(path) {
        Ok(bytes) => <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| failed(&"it is not a key of 32 bytes")),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0_u8; 32];
            getrandom::fill(&mut key).map_err(|why| failed(&why))?;
            match create_private(path).and_then(|mut file| {
                file.write_all(&key)?;
                file.sync_all()
            }) {
                Ok(()) => Ok(key),
                // Another process made it first.
                Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => key_file(path),
                Err(why) => Err(failed(&why)),
            }
        }
        Err(why) => Err(failed(&why)),
    }
}

/// Makes a file that must not exist yet and that only this user can read.
fn create_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Replaces a file as a whole, durably: a crash leaves the old one or the new one.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = PathBuf::from(name);
    match std::fs::remove_file(&fresh) {
        Ok(()) => {}
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
        Err(why) => return Err(why),
    }
    let mut file = create_private(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn what_is_sealed_comes_back_and_is_nowhere_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = SealedFile::open_with(folder.path(), None).unwrap();
        file.set("a/tokens", &secret("hunter2")).unwrap();
        file.set("b/tokens", &secret("other")).unwrap();
        let again = SealedFile::open_with(folder.path(), None).unwrap();
        let kept = again.get("a/tokens").unwrap().unwrap();
        assert_eq!(kept.expose_secret(), "hunter2");
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!text.contains("hunter2"));
        again.delete("a/tokens").unwrap();
        assert!(again.get("a/tokens").unwrap().is_none());
        assert!(again.get("b/tokens").unwrap().is_some());
    }

    #[test]
    fn one_secret_cannot_be_passed_off_as_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = SealedFile::open_with(folder.path(), Some("the admin's key")).unwrap();
        file.set("a/tokens", &secret("hunter2")).unwrap();
        let path = folder.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("a/tokens", "b/tokens")).unwrap();
        assert_eq!(
            file.get("b/tokens").unwrap_err(),
            SecretsError::WrongKey(path)
        );
    }

    #[test]
    fn another_key_is_refused_and_no_key_file_is_made_where_one_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let file = SealedFile::open_with(folder.path(), Some("one")).unwrap();
        file.set("a", &secret("hunter2")).unwrap();
        assert!(!folder.path().join(KEY_FILE).exists());
        let other = SealedFile::open_with(folder.path(), Some("two")).unwrap();
        assert!(matches!(other.get("a"), Err(SecretsError::WrongKey(_))));
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = SealedFile::open_with(folder.path(), None).unwrap();
        file.set("a", &secret("hunter2")).unwrap();
        for name in [FILE, KEY_FILE] {
            let mode = std::fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
