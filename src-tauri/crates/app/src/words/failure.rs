//! Failures of a whole use case: connections, the data folder, what was typed.

mod remote;

use engine::books::BooksError;
use ledger::Side;
use store::{LockError, StoreError};

use crate::error::AppError;
use crate::schedule::moment;
use crate::secrets::{KEY_VARIABLE, SecretsError};
use crate::views::ErrorView;

use remote::{connect, erpnext, sign_in};

/// How the marker fields come to be in place. `App::pair` does it too.
const INSTALL: &str = "Install them with the check of this pairing (in a terminal: counterfoil check --install-markers)";

/// Says a failure to a person.
pub fn explain(error: &AppError) -> ErrorView {
    match error {
        AppError::Store(error) => store(error),
        AppError::Folder { path, why } => folder(path, why),
        AppError::Export { path, why } => export(path, why),
        AppError::NoHome => told("folder", "This computer names no folder for your data.")
            .then("Say where to keep it with --data-dir, or set COUNTERFOIL_DATA_DIR."),
        AppError::Lock(error) => lock(error),
        AppError::Secrets(error) => secrets(error),
        AppError::Xero(error) => sign_in(error, Side::Xero),
        AppError::ErpnextSignIn(error) => sign_in(error, Side::Erpnext),
        AppError::Connect(error) => connect(error),
        AppError::Erpnext(error) => erpnext(error),
        AppError::Address(error) => told("wrong_address", format!("{error}."))
            .then("Give the address you open ERPNext with, such as https://erp.example.com.")
            .of(Side::Erpnext),
        AppError::Books(error) => books(error),
        AppError::Network(why) => told("offline", "The network could not be set up.")
            .then("Look at the certificates and proxies of this computer.")
            .with(why),
        AppError::NotConnected(side) => told("not_paired", format!("{side} is not connected yet."))
            .then(format!("Connect {side} first."))
            .of(*side),
        AppError::NotPaired => told(
            "not_paired",
            "No Xero organisation is paired with an ERPNext company yet.",
        )
        .then("Finish set-up: connect both sides and choose the organisation and the company."),
        AppError::NoMarkerFields => told(
            "not_ready",
            "Counterfoil's marker fields are not in place on the ERPNext site. Nothing was written.",
        )
        .then(format!("{INSTALL}."))
        .of(Side::Erpnext),
        AppError::NoPreview => told(
            "preview_first",
            "You have not seen yet what the first sync would do. Nothing was written.",
        )
        .then("Look at the preview, then start the sync."),
        AppError::RunUnderWay => {
            told("busy", "A sync is under way already.").then("Wait for it to end, or stop it.")
        }
        AppError::SignInUnderWay => told("busy", "A sign-in is waiting in the browser already.")
            .then("Finish it there, or cancel it."),
        AppError::NotFound(what) => told("not_found", format!("There is no {what}."))
            .then("It may be settled already; look at the list again."),
        AppError::NoRecord(called) => told(
            "not_found",
            format!("Neither Xero nor ERPNext has a contact, invoice, credit note or payment called {called}."),
        )
        .then("Give its number or name as it stands there, or paste a link to it."),
        AppError::Usage { message, next_step } => {
            told("usage", message.clone()).then(next_step.clone())
        }
        AppError::NoBrowser { page, why } => told("no_browser", "No browser could be opened.")
            .then(format!("Open this page yourself: {page}"))
            .with(why),
        AppError::Bug(why) => bug(why),
    }
}

impl From<&AppError> for ErrorView {
    fn from(error: &AppError) -> Self {
        explain(error)
    }
}

impl From<AppError> for ErrorView {
    fn from(error: AppError) -> Self {
        explain(&error)
    }
}

/// An error view under construction.
struct Told(ErrorView);

fn told(code: &str, message: impl Into<String>) -> Told {
    Told(ErrorView {
        code: code.to_owned(),
        message: message.into(),
        next_step: None,
        details: None,
        side: None,
    })
}

trait Telling {
    fn then(self, next_step: impl Into<String>) -> ErrorView;
    fn with(self, details: impl ToString) -> ErrorView;
    fn of(self, side: Side) -> ErrorView;
}

impl<T: Into<ErrorView>> Telling for T {
    fn then(self, next_step: impl Into<String>) -> ErrorView {
        let mut view = self.into();
        view.next_step = Some(next_step.into());
        view
    }

    fn with(self, details: impl ToString) -> ErrorView {
        let mut view = self.into();
        view.details = Some(details.to_string());
        view
    }

    fn of(self, side: Side) -> ErrorView {
        let mut view = self.into();
        view.side = Some(side.into());
        view
    }
}

impl From<Told> for ErrorView {
    fn from(told: Told) -> Self {
        told.0
    }
}

fn bug(why: &str) -> ErrorView {
    told("bug", "Counterfoil made a mistake of its own.")
        .then("Nothing is lost. Try again; if it stays, report it with these details.")
        .with(why)
}

fn store(error: &StoreError) -> ErrorView {
    match error {
        StoreError::DiskFull => told("disk_full", "The disk is full. Nothing was lost.")
            .then("Make room on the disk, then try again."),
        StoreError::NewerSchema { path, .. } => told(
            "folder",
            "These books were last opened by a newer version of Counterfoil.",
        )
        .then("Update Counterfoil on this computer.")
        .with(format!("{}: {error}", path.display())),
        StoreError::Corrupt { path, .. } => told(
            "folder",
            "The database is damaged. The file is kept as it is.",
        )
        .then(format!(
            "Move {} away and connect again: everything is linked again from the two systems, and \
             nothing is written twice.",
            path.display()
        ))
        .with(error),
        StoreError::ReadOnly { path, .. } | StoreError::CannotOpen { path, .. } => {
            told("folder", "The data folder cannot be written.")
                .then(format!(
                    "Look at the permissions of {} and at the disk it is on.",
                    path.display()
                ))
                .with(error)
        }
        StoreError::Busy => told("busy", "Another process is using the database.")
            .then("Close the other Counterfoil, then try again."),
        StoreError::Conflict(_) => told("usage", "This contradicts what is there already.")
            .then("Look at the list again; it may have changed in the meantime.")
            .with(error),
        StoreError::NotFound(what) => told("not_found", format!("There is no {what}."))
            .then("It may be settled already; look at the list again."),
        StoreError::Unreadable { .. } | StoreError::Sqlite(_) => bug(&error.to_string()),
    }
}

fn folder(path: &std::path::Path, why: &std::io::Error) -> ErrorView {
    let full = matches!(
        why.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
    );
    if full {
        return store(&StoreError::DiskFull);
    }
    told("folder", "The data folder cannot be written.")
        .then(format!("Look at the permissions of {}.", path.display()))
        .with(why)
}

/// An export that could not be written. Whatever was in its place is there still.
fn export(path: &std::path::Path, why: &std::io::Error) -> ErrorView {
    use std::io::ErrorKind;
    let shown = path.display();
    let (code, message, next_step) = match why.kind() {
        ErrorKind::AlreadyExists => (
            "exists",
            format!("{shown} is there already. It was left as it is."),
            "Give another name, or say --force to replace it.",
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (
            "disk_full",
            format!("The disk is full: {shown} was not written."),
            "Make room on the disk, or write to another one, then export again.",
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            "export",
            format!("You may not write {shown}."),
            "Choose a folder that belongs to you, or look at its permissions.",
        ),
        ErrorKind::NotFound | ErrorKind::NotADirectory => (
            "export",
            format!("There is no folder for {shown}."),
            "Make the folder first, or choose another one.",
        ),
        _ => (
            "export",
            format!("{shown} could not be written."),
            "Choose another folder, then export again.",
        ),
    };
    told(code, message).then(next_step).with(why)
}

fn lock(error: &LockError) -> ErrorView {
    match error {
        LockError::Busy(by) => told(
            "busy",
            match by.pid {
                Some(pid) => format!("{} (process {pid}) is syncing these books now.", by.what),
                None => format!("{} is syncing these books now.", by.what),
            },
        )
        .then("Wait for it to end, or close it, then try again."),
        LockError::Refused { path, .. } => told("folder", "The data folder cannot be locked.")
            .then(format!(
                "Keep it on a disk of this computer; {} does not allow locks.",
                path.parent().unwrap_or(path).display()
            ))
            .with(error),
    }
}

fn secrets(error: &SecretsError) -> ErrorView {
    match error {
        SecretsError::Keyring(why) => told(
            "keyring",
            "The system's keyring, where the sign-in is kept, cannot be used.",
        )
        .then("Unlock the keyring, then try again.")
        .with(why),
        SecretsError::File { path, .. } => {
            told("folder", "The file of sealed secrets cannot be used.")
                .then(format!("Look at the permissions of {}.", path.display()))
                .with(error)
        }
        SecretsError::WrongKey(path) => told(
            "wrong_key",
            "The key does not open the sealed secrets.",
        )
        .then(format!(
            "Set {KEY_VARIABLE} to the key they were sealed with, or remove {} and sign in again.",
            path.display()
        )),
    }
}

/// What is missing, as one sentence and what to do. The reason is either a bare clause or sentences of
/// the remote system's own; a second one says what to do.
fn not_allowed(side: Side, why: &str) -> ErrorView {
    let why = why.trim().trim_end_matches('.');
    let (what, then) = match why.split_once(". ") {
        Some((what, then)) => (
            what,
            then.trim_start_matches("Install them with the check of this pairing"),
        ),
        None => (why, why),
    };
    let next_step = if then.is_empty() {
        format!("{INSTALL}.")
    } else if then == why {
        "Give the user or the app that permission, then sync again.".to_owned()
    } else {
        format!("{then}.")
    };
    let own_sentence = what.chars().next().is_some_and(char::is_uppercase);
    let message = if own_sentence || what.is_empty() {
        format!("{side} does not allow this.")
    } else {
        format!("{side} does not allow this: {what}.")
    };
    told("not_allowed", message).then(next_step).with(why)
}

/// The word for a run that did not go on, or not begin, because another installation syncs.
pub(crate) const ELSEWHERE: &str = "synced_elsewhere";

/// A connection that failed while it was used.
pub(crate) fn books(error: &BooksError) -> ErrorView {
    let view = match error {
        BooksError::SignInNeeded { side: Side::Xero, why } => {
            told("sign_in_needed", "You need to sign in to Xero again.")
                .then("Open Connections and press Reconnect; the sync goes on where it was.")
                .with(why)
        }
        BooksError::SignInNeeded { side: Side::Erpnext, why } => {
            told("sign_in_needed", "ERPNext no longer accepts the sign-in or API key.")
                .then("Open Connections, press Reconnect, and sign in again or enter a new key and secret.")
                .with(why)
        }
        BooksError::NotAllowed { side, why } => {
            not_allowed(*side, why)
        }
        BooksError::OtherBooks {
            side,
            expected,
            found,
        } => told(
            "other_books",
            if expected == found {
                format!("The connection to {side} now leads to other books of the same name, \"{found}\".")
            } else {
                format!("The connection to {side} now leads to \"{found}\", not to \"{expected}\".")
            },
        )
        .then("Nothing was read or written. Connect the right books again, or end this pairing and make a new one."),
        BooksError::PerhapsCopy {
            side,
            expected,
            found,
        } => told(
            "perhaps_copy",
            if expected == found {
                format!("The fields that hold the Xero identities were made anew on {side}'s site, or this is a copy of it.")
            } else {
                format!("{found} answers as {side}'s site, which was at {expected}: it has moved, or this is a copy of it.")
            },
        )
        .then("Nothing was read or written. If these are the books to go on with, and the other ones are not synced any more, say so with \"counterfoil pair --moved\"; else connect the site that was paired."),
        BooksError::Offline { side, why } => told("offline", format!("{side} cannot be reached."))
            .then("Look at this computer's connection and the address; the next sync goes on where this one was.")
            .with(why),
        BooksError::Unavailable { side, why } => {
            told("unavailable", format!("{side} is not available now."))
                .then("Try again in a few minutes; the next sync goes on where this one was.")
                .with(why)
        }
        BooksError::LimitReached { side, until } => told(
            "limit_reached",
            format!("The day's calls to {side} are used up."),
        )
        .then(format!(
            "It goes on after {} UTC; the next sync continues where this one was.",
            until.format("%-d %b, %H:%M")
        )),
        BooksError::Garbage { side, why } => told(
            "garbage",
            format!("Something other than {side} answered, or its answer was cut off."),
        )
        .then("Look at this computer's connection and the address, then sync again.")
        .with(why),
        BooksError::RatesContradict { side, why } => told(
            "rates_contradict",
            format!("The exchange rates in {side} are not what it documents, so nothing was written."),
        )
        .then("Look at the payment that is named; if it is right, tell us, because amounts in other currencies would be wrong.")
        .with(why),
        BooksError::SyncedElsewhere { by, since } => told(
            ELSEWHERE,
            match since {
                Some(since) => {
                    let since = moment(*since);
                    format!("This pairing is being synced by {by}, since {since}.")
                }
                None => format!("This pairing is being synced by {by}."),
            },
        )
        .then("Nothing was written here. Sync again once that has ended; what is scheduled tries again by itself. If nobody is at work there any more, it ends by itself within five minutes, or at once with \"counterfoil sync --take-over\"."),
        BooksError::TakenOver { by } => told(
            ELSEWHERE,
            format!("{by} took over the syncing of this pairing, so this sync stopped."),
        )
        .then("What was begun is finished and nothing is lost. The next sync goes on from what is done by then."),
        BooksError::Stopped => told("stopped", "You stopped it.")
            .then("Sync again whenever you like; it goes on where it was."),
    };
    match error.side() {
        Some(side) => view.of(side),
        None => view,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use net::NetError;
    use store::FolderBusy;
    use xero::AuthError;

    #[test]
    fn every_failure_has_a_next_step_and_full_sentences() {
        let failures = [
            AppError::Store(StoreError::DiskFull),
            AppError::Store(StoreError::Sqlite("no such table".into())),
            AppError::Lock(LockError::Busy(FolderBusy {
                pid: Some(7),
                what: "The window".into(),
            })),
            AppError::Secrets(SecretsError::Keyring("locked".into())),
            AppError::Xero(AuthError::Declined),
            AppError::Xero(AuthError::TimedOut),
            AppError::Xero(AuthError::NoPort("1, 2".into())),
            AppError::Erpnext(erpnext::Error::SignIn),
            AppError::ErpnextSignIn(AuthError::TimedOut),
            AppError::ErpnextSignIn(AuthError::WrongApp("no".into())),
            AppError::ErpnextSignIn(AuthError::Garbage("no".into())),
            AppError::NotPaired,
            AppError::NotConnected(Side::Xero),
            AppError::Books(BooksError::Offline {
                side: Side::Xero,
                why: "no route".into(),
            }),
            AppError::Books(BooksError::Stopped),
            AppError::NoPreview,
            AppError::NoHome,
            AppError::RunUnderWay,
        ];
        for failure in failures {
            let view = ErrorView::from(&failure);
            assert!(view.message.ends_with('.'), "{view:?}");
            assert!(
                view.next_step.is_some_and(|step| step.ends_with('.')),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn a_connection_names_its_side() {
        let view = ErrorView::from(AppError::Xero(AuthError::Net(NetError::NotSent {
            host: "api.xero.com".into(),
            why: "no route".into(),
            certificate: false,
        })));
        assert_eq!(view.code, "offline");
        assert_eq!(view.side, Some(crate::views::Side::Xero));
        assert!(view.message.contains("api.xero.com"));
    }

    #[test]
    fn what_is_not_allowed_is_one_sentence_and_a_next_step() {
        let said = |why: &str| {
            let view = books(&BooksError::NotAllowed {
                side: Side::Erpnext,
                why: why.to_owned(),
            });
            (view.message, view.next_step.unwrap())
        };
        assert_eq!(
            said(
                "the marker fields are not installed. Install them with the check of this pairing"
            ),
            (
                "ERPNext does not allow this: the marker fields are not installed.".to_owned(),
                format!("{INSTALL}."),
            )
        );
        let (message, _) = said("User a@b.c does not have access to this document");
        assert_eq!(message, "ERPNext does not allow this.");
    }

    #[test]
    fn a_full_disk_is_the_same_wherever_it_is_met() {
        let view = ErrorView::from(AppError::Folder {
            path: "/books".into(),
            why: std::io::Error::from(std::io::ErrorKind::StorageFull),
        });
        assert_eq!(view.code, "disk_full");
    }
}
