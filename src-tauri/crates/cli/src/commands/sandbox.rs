//! `counterfoil sandbox`: the demo books until somebody stops them.

use app::views::ErrorView;
use sandbox::server::{DemoConfig, serve as start};

use crate::answer::{Answer, stdout};
use crate::arguments::{Books, Sandbox};
use crate::exit::failure;

/// Serves until Ctrl-C or a request to end.
///
/// # Errors
/// An address that is taken or not a loopback one.
pub async fn serve(wanted: &Sandbox) -> Result<Answer, ErrorView> {
    let config = DemoConfig {
        xero_addr: wanted.xero,
        erpnext_addr: wanted.erpnext,
        ..config(&wanted.books)
    };
    let running = start(config).await.map_err(|error| {
        failure(
            "usage",
            format!("The demo books could not be served: {error}."),
            Some("Choose other addresses (port 0 picks a free one), or a day that has come."),
        )
    })?;
    if let Some(path) = &wanted.answers {
        let file = std::fs::File::create(path).map_err(|error| {
            failure(
                "usage",
                format!("{} could not be written: {error}.", path.display()),
                Some("Choose another file."),
            )
        })?;
        running.with_books(|books| books.xero.observe(sandbox::record::into(file)));
    }
    let line = serde_json::to_string(&running.ready)
        .map_err(|error| failure("bug", error.to_string(), None))?;
    stdout(&format!("{line}\n"));
    eprintln!("The demo books are open; Ctrl-C closes them.");
    asked_to_end().await;
    running
        .shutdown()
        .await
        .map_err(|error| failure("bug", error.to_string(), None))?;
    Ok(Answer::nothing_more())
}

/// What the demo books hold, from the command line.
pub fn config(books: &Books) -> DemoConfig {
    let mut config = DemoConfig {
        seed: books.seed,
        country: books.country.into(),
        erpnext_version: books.erpnext_version.into(),
        today: books.today,
        ..DemoConfig::default()
    };
    if let Some(invoices) = books.invoices {
        config.size.invoices = invoices;
    }
    if let Some(contacts) = books.contacts {
        config.size.contacts = contacts;
    }
    config
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
