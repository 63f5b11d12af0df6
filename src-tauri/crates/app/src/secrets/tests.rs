//! The system's keyring, on a session bus of its own.

use std::path::Path;
use std::process::Command;

use secrecy::{ExposeSecret, SecretString};
use store::ConnectionId;

use super::*;

/// Set for the test that runs inside the session.
const INSIDE: &str = "COUNTERFOIL_TEST_KEYRING_FOLDER";

/// Runs [`inside_a_session`] with a bus and a keyring that nobody else uses.
#[test]
fn secrets_are_kept_in_the_keyring_of_a_session() {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !cfg!(target_os = "linux") || !there("dbus-run-session") || !there("gnome-keyring-daemon") {
        eprintln!("skipped: dbus-run-session and gnome-keyring are not both installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "echo -n test | gnome-keyring-daemon --unlock --components=secrets >/dev/null \
                  && exec \"$0\" --exact secrets::tests::inside_a_session --nocapture";
    let session = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env_remove("GNOME_KEYRING_CONTROL")
        .env(INSIDE, folder.path())
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&session.stdout),
        String::from_utf8_lossy(&session.stderr)
    );
    assert!(session.status.success(), "{said}");
    assert!(said.contains("kept in the system's keyring"), "{said}");
}

/// What [`secrets_are_kept_in_the_keyring_of_a_session`] runs; nothing by itself.
#[test]
fn inside_a_session() {
    let Some(folder) = std::env::var_os(INSIDE) else {
        return;
    };
    let folder = Path::new(&folder);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let connection = ConnectionId("one".to_owned());
        let other = ConnectionId("two".to_owned());
        let secrets = Secrets::open(folder, KeepIn::Best).unwrap();
        assert_eq!(secrets.place(), "the system's keyring");
        assert!(secrets.get(&connection, TOKENS).await.unwrap().is_none());
        let long = "t".repeat(3_000);
        let secret = SecretString::from(long.clone());
        secrets.set(&connection, TOKENS, secret).await.unwrap();
        let secret = SecretString::from("key".to_owned());
        secrets.set(&other, API_SECRET, secret).await.unwrap();

        // Another process, and another folder of the same person.
        let again = Secrets::open(folder, KeepIn::Best).unwrap();
        let kept = again.get(&connection, TOKENS).await.unwrap().unwrap();
        assert_eq!(kept.expose_secret(), long);
        let elsewhere = Secrets::open(&folder.join("other"), KeepIn::Best).unwrap();
        assert!(elsewhere.get(&connection, TOKENS).await.unwrap().is_none());

        again.forget(&connection).await.unwrap();
        assert!(secrets.get(&connection, TOKENS).await.unwrap().is_none());
        assert!(secrets.get(&other, API_SECRET).await.unwrap().is_some());
    });
    println!("kept in the system's keyring");
}
