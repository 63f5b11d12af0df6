//! Failures of signing in and connecting, by side.

use ledger::Side;
use net::NetError;
use oauth::AuthError;

use super::{Telling, told};
use crate::views::ErrorView;

/// What stopped a call on its way.
pub(super) fn network(error: &NetError, side: Side) -> ErrorView {
    match error {
        NetError::NotSent { host, certificate: true, .. } => told(
            "certificate",
            format!("The certificate of {host} is not one this computer trusts."),
        )
        .then("Look at the address; if it is right, ask whoever runs the server about its certificate."),
        NetError::NotSent { host, .. } => told("offline", format!("{side} at {host} cannot be reached."))
            .then("Look at the address and at this computer's connection, then try again."),
        NetError::AnswerLost { host, .. } => {
            told("offline", format!("{side} at {host} did not answer."))
                .then("Try again in a moment; what was sent is looked up first.")
        }
        NetError::TooLarge { host, .. } => told("garbage", format!("{host} sent more than expected."))
            .then(format!("Look whether the address is really that of {side}.")),
    }
    .of(side)
    .with(error)
}

/// Signing in through the browser, or staying signed in.
pub(super) fn sign_in(error: &AuthError, side: Side) -> ErrorView {
    let apps_page = match side {
        Side::Xero => "the app's page in Xero's developer portal",
        Side::Erpnext => "the OAuth Client's page in ERPNext",
    };
    let view = match error {
        AuthError::Net(error) => network(error, side),
        AuthError::Unavailable(_) => {
            told("unavailable", format!("{side}'s sign-in service is not available now."))
                .then("Try again in a few minutes.")
                .with(error)
        }
        AuthError::SignInNeeded(why) => {
            told("sign_in_needed", format!("You need to sign in to {side} again."))
                .then(format!("Press Connect {side} and sign in; nothing else changes."))
                .with(why)
        }
        AuthError::WrongApp(why) => {
            let view = told("wrong_key", format!("{side} does not know this client id or secret."));
            match side {
                Side::Xero => view.then(format!(
                    "Copy the client id (and the secret, where your app has one) from {apps_page}."
                )),
                Side::Erpnext => view.then(format!("Copy the App Client ID from {apps_page}.")),
            }
            .with(why)
        }
        AuthError::ScopeRefused(why) => told(
            "refused",
            format!("{side} does not grant your app the permissions that are needed."),
        )
        .then(match side {
            Side::Xero => "Look at the app's kind and permissions in Xero's developer portal.".to_owned(),
            Side::Erpnext => format!("Write \"all openid\" into Scopes on {apps_page}."),
        })
        .with(why),
        AuthError::Declined => told("refused", format!("Access was declined on {side}'s page."))
            .then(format!(
                "Sign in again and press {}; nothing is written before you have seen a preview.",
                match side {
                    Side::Xero => "Allow access",
                    Side::Erpnext => "Allow",
                }
            )),
        AuthError::Refused(why) => told("refused", format!("{side} refused the sign-in."))
            .then(format!("Look at the redirect addresses and the client id on {apps_page}."))
            .with(why),
        AuthError::TimedOut => {
            let view = told("timed_out", "Nobody finished signing in within 5 minutes.");
            match side {
                Side::Xero => view.then("Press Connect Xero again."),
                // ERPNext tells what is wrong with the request in the browser alone.
                Side::Erpnext => view.then(format!(
                    "Sign in again. If the browser shows \"Mismatching redirect URI\" or \
                     \"invalid_scope\", correct that field on {apps_page} first."
                )),
            }
        }
        AuthError::Cancelled => told("cancelled", "Signing in was cancelled.")
            .then(format!("Press Connect {side} when you are ready.")),
        AuthError::NoPort(ports) => told(
            "no_port",
            "Other programs use all the ports that the browser could come back to.",
        )
        .then(format!("Close what uses the ports {ports}, then try again.")),
        AuthError::Store(error) => told("keyring", "The sign-in could not be kept.")
            .then("Look at the system's keyring and the data folder, then sign in again.")
            .with(error),
        AuthError::Garbage(why) => {
            told("garbage", format!("Something other than {side} answered."))
                .then(match side {
                    Side::Xero => {
                        "Look at this computer's connection: a network's log-in page may be in the way."
                    }
                    Side::Erpnext => {
                        "Look at the address: it is the one you open ERPNext at, without anything after the host."
                    }
                })
                .with(why)
        }
        AuthError::NotLoopback(_) => told("usage", format!("{error}."))
            .then("Unset COUNTERFOIL_XERO_API_URL and COUNTERFOIL_XERO_IDENTITY_URL."),
    };
    view.of(side)
}

pub(super) fn connect(error: &erpnext::connect::ConnectError) -> ErrorView {
    use erpnext::connect::ConnectError;
    let view = match error {
        ConnectError::Unreachable { host, why } => {
            told("offline", format!("ERPNext at {host} cannot be reached."))
                .then("Look at the address and at this computer's connection, then try again.")
                .with(why)
        }
        ConnectError::Certificate { host, why } => told(
            "certificate",
            format!("The certificate of {host} is not one this computer trusts."),
        )
        .then("Look at the address; if your ERPNext uses a certificate of its own, add it to this computer's trusted ones.")
        .with(why),
        ConnectError::NotErpnext { host, why } => {
            told("wrong_address", format!("There is no ERPNext at {host}."))
                .then("Type the address you open ERPNext at, without anything behind the host name.")
                .with(why)
        }
        ConnectError::Unavailable(why) => {
            told("unavailable", "The ERPNext site is not available now.")
                .then("Try again in a few minutes.")
                .with(why)
        }
        ConnectError::WrongKey => told("wrong_key", "ERPNext does not accept this API key and secret.")
            .then("Make a new pair on your user's page in ERPNext (API Access, Generate Keys) and enter both."),
        ConnectError::SignInEnded => told("sign_in_needed", "ERPNext does not accept this sign-in.")
            .then("Sign in again in the browser."),
        ConnectError::TooOld(_) => told("refused", format!("{error}."))
            .then("Update ERPNext, then connect again."),
        ConnectError::NoErpnextApp(_) => told("wrong_address", format!("{error}."))
            .then("Look at the address: ERPNext has to be installed on the site."),
        ConnectError::NoCompany { user } => told(
            "not_allowed",
            format!("The user {user} cannot see any company in ERPNext."),
        )
        .then("Give it the roles Accounts Manager, Sales User and System Manager, then connect again."),
        ConnectError::Other(error) => return erpnext(error),
    };
    view.of(Side::Erpnext)
}

pub(super) fn erpnext(error: &erpnext::Error) -> ErrorView {
    use erpnext::Error;
    let view = match error {
        Error::Net(error) => network(error, Side::Erpnext),
        Error::SignIn => told("sign_in_needed", "ERPNext no longer accepts the sign-in or API key.")
            .then("Connect ERPNext again: sign in in the browser, or make a new key and secret on your user's page (API Access, Generate Keys) and enter both."),
        Error::NotAllowed(why) => told("not_allowed", "This user may not do this in ERPNext.")
            .then("Give the user the roles Accounts Manager and System Manager, then try again.")
            .with(why),
        Error::Unavailable(why) => told("unavailable", "The ERPNext site is not available now.")
            .then("Try again in a few minutes.")
            .with(why),
        Error::Unfinished { .. } => told("unavailable", "The ERPNext site gave up on the request.")
            .then("Try again in a few minutes; what was sent is looked up first.")
            .with(error),
        Error::Garbage { .. } => told("wrong_address", "What answered at this address is not ERPNext.")
            .then("Look at the address: it is the one you open ERPNext at, without anything after the host.")
            .with(error),
        Error::Refused(refusal) => told("refused", format!("ERPNext refused: {}", refusal.message))
            .then("Correct what it names, then try again.")
            .with(refusal.line()),
    };
    view.of(Side::Erpnext)
}
