//! What each command does: call `app`, then say what it came to.

mod connect;
mod export;
mod find;
mod history;
mod log;
mod mappings;
mod reconcile;
mod records;
mod rules;
mod sandbox;
mod schedule;
mod sync;
mod undo;

pub use sandbox::config as sandbox_config;
pub use sync::watched;

use app::views::ErrorView;
use app::{App, Exporting, SyncRequest};

use crate::answer::Answer;
use crate::arguments::{Arguments, Command, Connect};
use crate::demo;
use crate::open;

/// Runs one command to its end.
///
/// # Errors
/// What went wrong, in words, with the next step.
pub async fn run(arguments: Arguments) -> Result<Answer, ErrorView> {
    let Arguments { common, command } = arguments;
    match command {
        Command::Demo(wanted) => demo::run(&common, &wanted).await,
        Command::Sandbox(wanted) => sandbox::serve(&wanted).await,
        Command::Connect(Connect::Xero(wanted)) => {
            let app = if wanted.no_browser {
                open::app_without_browser(&common).await?
            } else {
                open::app(&common).await?
            };
            connect::xero(&app, wanted).await
        }
        Command::Connect(Connect::Erpnext(wanted)) if wanted.no_browser => {
            let app = open::app_without_browser(&common).await?;
            connect::erpnext(&app, wanted).await
        }
        Command::Serve => {
            let app = open::app(&common).await?;
            schedule::serve(&app, common.json).await
        }
        other => {
            let app = open::app(&common).await?;
            with_app(&app, other).await
        }
    }
}

async fn with_app(app: &App, command: Command) -> Result<Answer, ErrorView> {
    match command {
        Command::Connect(Connect::Erpnext(wanted)) => connect::erpnext(app, wanted).await,
        Command::Connections => connect::connections(app).await,
        Command::Disconnect { name } => connect::disconnect(app, &name).await,
        Command::Pair(wanted) => connect::pair(app, wanted).await,
        Command::Pairings => connect::pairings(app).await,
        Command::Unpair { name } => connect::unpair(app, &name).await,
        Command::Check { install_markers } => connect::check(app, install_markers).await,
        Command::Mappings { action } => mappings::run(app, action).await,
        Command::Rules { action } => rules::run(app, action).await,
        Command::Import(wanted) => history::run(app, wanted).await,
        Command::Preview { narrow, export } => sync::preview(app, &narrow, &export).await,
        Command::Sync {
            approve,
            full,
            restored,
            take_over,
            narrow,
        } => {
            let request = SyncRequest {
                approve,
                full,
                restored,
                take_over,
                ..SyncRequest::default()
            };
            sync::sync(app, request, &narrow).await
        }
        Command::Poll { ask_only } => sync::poll(app, ask_only).await,
        Command::Schedule { action } => schedule::run(app, action).await,
        Command::Pause(wanted) => schedule::pause(app, &wanted).await,
        Command::Resume => schedule::resume(app).await,
        Command::Status => sync::status(app).await,
        Command::Reconcile(wanted) => reconcile::run(app, wanted).await,
        Command::Records(wanted) => find::list(app, *wanted).await,
        Command::Record { record } => find::show(app, record).await,
        Command::Exceptions { id: None, export } => {
            match export::wanted(app, &export, || Exporting::Exceptions).await? {
                Some(written) => Ok(written),
                None => records::list(app).await,
            }
        }
        Command::Exceptions { id: Some(id), .. } => records::show(app, id).await,
        Command::Retry(wanted) => records::retry(app, wanted).await,
        Command::Pick { id, candidate } => records::pick(app, id, candidate).await,
        Command::Keep { id, side } => records::keep(app, id, side.into()).await,
        Command::Ignore { ids, reason, undo } => {
            records::ignore(app, ids, reason.unwrap_or_default(), undo).await
        }
        Command::Undo(wanted) => undo::undo(app, wanted).await,
        Command::Apart { action } => undo::apart(app, action).await,
        Command::Log(wanted) => log::run(app, wanted).await,
        Command::Doctor => connect::doctor(app).await,
        Command::Demo(_)
        | Command::Sandbox(_)
        | Command::Serve
        | Command::Connect(Connect::Xero { .. }) => Err(crate::exit::failure(
            "bug",
            "A command was not dispatched.",
            None,
        )),
    }
}
