//! Tells tests that the page has painted.

/// Writes the file named by `COUNTERFOIL_READY_FILE`, so that a test can tell a page that never
/// painted from a driver that is stuck.
pub fn write_ready_file() {
    if let Some(path) = std::env::var_os("COUNTERFOIL_READY_FILE")
        && let Err(error) = std::fs::write(&path, "ready\n")
    {
        tracing::warn!("the ready file cannot be written: {error}");
    }
}
