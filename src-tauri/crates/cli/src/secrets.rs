//! Secrets come from the environment, a hidden prompt or stdin; never from arguments, where any
//! process on the machine could read them.

use std::io::{BufRead, IsTerminal};

use app::views::ErrorView;

use crate::exit::failure;

/// The client secret of the app in Xero's developer portal.
pub const XERO: &str = "COUNTERFOIL_XERO_SECRET";
/// The secret that belongs to an ERPNext API key.
pub const ERPNEXT: &str = "COUNTERFOIL_ERPNEXT_SECRET";

/// Reads a secret: the environment first; then, on a terminal, a prompt that does not show it; else
/// the first line of stdin.
///
/// # Errors
/// A usage error that says how to give it.
pub fn read(variable: &str, prompt: &str) -> Result<String, ErrorView> {
    if let Ok(secret) = std::env::var(variable)
        && !secret.trim().is_empty()
    {
        return Ok(secret.trim().to_owned());
    }
    let entered = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{prompt}: "))
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    match entered {
        Ok(secret) if !secret.trim().is_empty() => Ok(secret.trim().to_owned()),
        _ => Err(failure(
            "usage",
            format!("{prompt} is missing."),
            Some(&format!(
                "Set {variable}, or give it as the first line of standard input."
            )),
        )),
    }
}
