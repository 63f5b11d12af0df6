//! Where the programs under test are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The command line program.
pub fn counterfoil() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| program("cli", "counterfoil"))
}

/// The desktop app.
pub fn desktop() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| program("counterfoil-desktop", "counterfoil-desktop"))
}

/// `COUNTERFOIL_BIN_DIR` says where what has just been built is; without it the program is built
/// here, so that a test never meets yesterday's.
fn program(package: &str, name: &str) -> PathBuf {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    if let Some(folder) = std::env::var_os("COUNTERFOIL_BIN_DIR") {
        let path = PathBuf::from(folder).join(&file);
        assert!(path.is_file(), "{} is not there", path.display());
        return path;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "build",
        "--quiet",
        "--package",
        package,
        "--bin",
        name,
    ]);
    // A benchmark measures what is released.
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.status().expect("cargo starts");
    assert!(built.success(), "{name} does not build");
    // This test's own binary is in target/debug/deps, a benchmark's in target/release/deps.
    let own = std::env::current_exe().expect("a test knows where it is");
    let folder = own.ancestors().nth(2).expect("a target folder");
    let path = folder.join(&file);
    assert!(path.is_file(), "{} is not there", path.display());
    path
}
