//! What must be on the machine, and how it gets there.

use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

use crate::process::{output, succeeds};

/// To compile and link anything: SQLite and the TLS library are built from C.
pub const COMPILER: &[&str] = &["build-essential"];

/// To build the window: WebKitGTK, the tray and the SVG loader.
pub const WINDOW: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
];

/// To test the window: a display, a driver, a session bus, a keyring and a readable font. Python is
/// for the official Xero SDK that the demo books are tested with.
pub const WINDOW_TESTS: &[&str] = &[
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "dbus",
    "dbus-x11",
    "gnome-keyring",
    "fonts-dejavu-core",
    "python3-venv",
    "git",
];

/// The oldest Node.js that builds the user interface.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Makes sure that the given Debian packages are there, installing what is missing.
///
/// # Errors
/// What is missing and how to get it, as a message for people.
pub fn ensure(what_for: &str, packages: &[&str]) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !succeeds("dpkg-query", &["--version"]) || !succeeds("apt-get", &["--version"]) {
        return without_apt(what_for, packages);
    }
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get install {}", missing.join(" "));
    eprintln!(
        "{what_for} needs these system packages: {}",
        missing.join(" ")
    );
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root && !agreed("Install them now with sudo apt-get?") {
        return Err(format!("Install them, then run this again:\n  {by_hand}"));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            sudo
        };
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Another installation may be under way: wait for it rather than fail.
            .args(["-q", "-o", "DPkg::Lock::Timeout=500"])
            .args(arguments);
        // Its chatter is no part of our stdout.
        command.stdout(std::io::stderr());
        command.status().is_ok_and(|status| status.success())
    };
    // A stale list may still do, so a failed update alone is no reason to stop.
    if !apt(&["update"]) {
        eprintln!("The list of packages could not be renewed; trying with the one at hand.");
    }
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    if apt(&arguments) {
        Ok(())
    } else {
        Err(format!(
            "The packages could not be installed. See the messages above, then run:\n  {by_hand}"
        ))
    }
}

/// Other Linux systems: say what is missing in their own words rather than guess.
fn without_apt(what_for: &str, packages: &[&str]) -> Result<(), String> {
    let mut missing = Vec::new();
    if packages.contains(&"build-essential") && !succeeds("cc", &["--version"]) {
        missing.push("a C compiler (Fedora: gcc, Arch: base-devel)");
    }
    if packages.contains(&"libwebkit2gtk-4.1-dev")
        && !succeeds("pkg-config", &["--exists", "webkit2gtk-4.1"])
    {
        missing.push(
            "WebKitGTK 4.1 with headers (Fedora: webkit2gtk4.1-devel libappindicator-gtk3-devel \
             librsvg2-devel, Arch: webkit2gtk-4.1 libappindicator-gtk3 librsvg)",
        );
    }
    if packages.contains(&"xvfb") && !succeeds("xvfb-run", &["--help"]) {
        missing.push("xvfb-run, WebKitWebDriver, dbus-run-session and gnome-keyring-daemon");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{what_for} needs, from your system's packages:\n  {}",
            missing.join("\n  ")
        ))
    }
}

/// Makes sure that a Node.js and an npm are there that can build the user interface.
///
/// # Errors
/// What is missing and how to get it, as a message for people.
pub fn ensure_node() -> Result<(), String> {
    let (major, minor) = OLDEST_NODE;
    let wanted = format!(
        "The window needs Node.js {major}.{minor} or newer with npm: https://nodejs.org/en/download"
    );
    let Some(version) = output(Command::new("node").arg("--version")) else {
        return Err(format!("Node.js was not found. {wanted}"));
    };
    if !at_least(&version, OLDEST_NODE) {
        return Err(format!("This is Node.js {}. {wanted}", version.trim()));
    }
    if output(crate::process::npm().arg("--version")).is_none() {
        return Err(format!("npm was not found. {wanted}"));
    }
    Ok(())
}

/// Reads `v20.20.2` and compares its first two parts.
fn at_least(version: &str, oldest: (u32, u32)) -> bool {
    let mut parts = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    found >= oldest
}

fn installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f=${Status}", package]))
        .is_some_and(|status| status.ends_with("ok installed"))
}

fn agreed(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} [Y/n] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    matches!(read, Ok(length) if length > 0)
        && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert!(at_least("v20.19.0\n", (20, 19)));
        assert!(at_least("v22.1.0", (20, 19)));
        assert!(!at_least("v18.20.4", (20, 19)));
        assert!(!at_least("v20.9.0", (20, 19)));
        assert!(!at_least("nonsense", (20, 19)));
    }
}
