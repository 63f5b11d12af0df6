//! Builds the window's page before it is embedded, so that one `cargo build` makes the whole app.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

const WATCHED: [&str; 6] = [
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "public",
];

fn main() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    for name in WATCHED {
        println!("cargo::rerun-if-changed={}", ui.join(name).display());
    }
    println!("cargo::rerun-if-env-changed=COUNTERFOIL_SKIP_UI_BUILD");
    if std::env::var_os("COUNTERFOIL_SKIP_UI_BUILD").is_some() {
        // The page was built by an earlier step; its folder has to be there all the same.
        let _ = std::fs::create_dir_all(ui.join("dist"));
    } else {
        build_page(&ui);
    }
    tauri_build::build();
}

fn build_page(ui: &Path) {
    if packages_are_older_than_the_lock_file(ui) {
        run(ui, &["ci", "--no-audit", "--no-fund"]);
    }
    run(ui, &["run", "--silent", "build"]);
}

fn packages_are_older_than_the_lock_file(ui: &Path) -> bool {
    let installed = modified(&ui.join("node_modules/.package-lock.json"));
    installed.is_none() || installed < modified(&ui.join("package-lock.json"))
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|file| file.modified())
        .ok()
}

fn run(ui: &Path, arguments: &[&str]) {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = Command::new(npm).args(arguments).current_dir(ui).output();
    match done {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            eprintln!("{}", String::from_utf8_lossy(&output.stdout));
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            fail(&format!(
                "npm {} failed; its words are above",
                arguments.join(" ")
            ));
        }
        Err(error) => fail(&format!(
            "npm cannot be started ({error}); install Node.js 20.19 or newer"
        )),
    }
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(1)
}
