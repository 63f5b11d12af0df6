//! Failures of signing in and connecting, by side.

use ledger::Side;
use net::NetError;
use xero::AuthError;

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

pub(super) fn xero(error: &AuthError) -> ErrorView {
    let view = match error {
        AuthError::Net(error) => network(error, Side::Xero),
        AuthError::Unavailable(_) => told("unavailable", "Xero's sign-in service is not available now.")
            .then("Try again in a few minutes.")
            .with(error),
        AuthError::SignInNeeded(why) => told("sign_in_needed", "You need to sign in to Xero again.")
            .then("Press Connect Xero and sign in; nothing else changes.")
            .with(why),
        AuthError::WrongApp(why) => told("wrong_key", "Xero does not know this client id or secret.")
            .then("Copy the client id (and the secret, where your app has one) from the app's page in Xero's developer portal.")
            .with(why),
        AuthError::ScopeRefused(why) => told(
            "refused",
            "Xero does not grant your app the permissions that are needed.",
        )
        .then("Look at the app's kind and permissions in Xero's developer portal.")
        .with(why),
        AuthError::Declined => told("refused", "Access was declined on Xero's page.")
            .then("Sign in again and press Allow access; nothing is written before you have seen a preview."),
        AuthError::Refused(why) => told("refused", "Xero refused the sign-in.")
            .then("Look at the redirect addresses and the client id of your app in Xero's developer portal.")
            .with(why),
        AuthError::TimedOut => told("timed_out", "Nobody finished signing in within 5 minutes.")
            .then("Press Connect Xero again."),
        AuthError::Cancelled => told("cancelled", "Signing in was cancelled.")
            .then("Press Connect Xero when you are ready."),
        AuthError::NoPort(ports) => told(
            "no_port",
            "Other programs use all the ports that the browser could come back to.",
        )
        .then(format!("Close what uses the ports {ports}, then try again.")),
        AuthError::Store(error) => told("keyring", "The sign-in could not be kept.")
            .then("Look at the system's keyring and the data folder, then sign in again.")
            .with(error),
        AuthError::Garbage(why) => told("garbage", "Something other than Xero answered.")
            .then("Look at this computer's connection: a network's log-in page may be in the way.")
            .with(why),
        AuthError::NotLoopback(_) => told("usage", format!("{error}."))
            .then("Unset COUNTERFOIL_XERO_API_URL and COUNTERFOIL_XERO_IDENTITY_URL."),
    };
    view.of(Side::Xero)
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
        ConnectError::WrongKey => return erpnext(&erpnext::Error::SignIn),
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
        Error::SignIn => told("wrong_key", "ERPNext does not accept this API key and secret.")
            .then("Make a new pair on your user's page in ERPNext (API Access, Generate Keys) and enter both."),
        Error::NotAllowed(why) => told("not_allowed", "The user of this API key may not do this in ERPNext.")
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
