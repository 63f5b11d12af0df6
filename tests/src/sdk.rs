//! Xero's official SDKs, pointed at the demo books. What a script of `conformance/xero` needs is
//! installed by the lock file beside it the first time and after every change of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Books;

/// Where the scripts are.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/xero")
}

/// A Python with Xero's SDK.
pub fn python() -> PathBuf {
    let requirements = scripts().join("python/requirements.txt");
    let home = target().join("conformance-python");
    let python = home.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let done = home.join("installed");
    if !newer(&done, &requirements) {
        let system = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&home));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(&requirements));
        std::fs::write(&done, "").expect("the folder can be written to");
    }
    python
}

/// What the scripts read from their environment.
pub fn environment(books: &Books) -> Vec<(&'static str, String)> {
    let (xero, secret) = (&books.ready.xero, sandbox::books::secret_client());
    vec![
        ("SANDBOX_URL", xero.api_url.clone()),
        ("PKCE_CLIENT_ID", xero.client_id.clone()),
        ("CLIENT_ID", secret.client_id.to_owned()),
        ("CLIENT_SECRET", xero.client_secret.clone()),
        ("CUSTOM_CLIENT_ID", xero.custom_client_id.clone()),
        ("CUSTOM_CLIENT_SECRET", xero.custom_client_secret.clone()),
        ("REDIRECT_URI", sandbox::books::redirect_uris()[0].clone()),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ]
}

/// Whether what was installed is as new as what it was installed from.
pub fn newer(installed: &Path, from: &Path) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified());
    matches!((changed(installed), changed(from)), (Ok(installed), Ok(from)) if installed >= from)
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) {
    let status = command
        .stdin(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// The folder of what is built.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    own.ancestors().nth(3).expect("a target folder").to_owned()
}
