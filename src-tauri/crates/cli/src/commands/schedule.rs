//! When syncs start by themselves, and starting them.

use app::views::{ErrorView, PauseFor, ScheduleView};
use app::{App, Keeper, Looked};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::{Answer, stdout};
use crate::arguments::{Pause, Schedule, SetSchedule};
use crate::exit::{Exit, failure};
use crate::render;
use crate::terminal::Style;

/// Shows or changes when syncs start by themselves.
///
/// # Errors
/// Set-up that is not finished; what is no schedule.
pub async fn run(app: &App, action: Option<Schedule>) -> Result<Answer, ErrorView> {
    match action {
        None | Some(Schedule::Show) => shown(&app.schedule().await?),
        Some(Schedule::Set(wanted)) => set(app, &wanted).await,
    }
}

async fn set(app: &App, wanted: &SetSchedule) -> Result<Answer, ErrorView> {
    let choice = wanted.choice().map_err(|why| {
        failure(
            "usage",
            why,
            Some("See counterfoil schedule set --help for examples."),
        )
    })?;
    let kind = wanted.only.map(Into::into);
    shown(&app.set_schedule(kind, choice).await?)
}

/// Lets nothing start by itself for some time.
///
/// # Errors
/// Set-up that is not finished; a time that is none.
pub async fn pause(app: &App, wanted: &Pause) -> Result<Answer, ErrorView> {
    let long = wanted.long.unwrap_or(PauseFor::UntilResumed);
    shown(&app.pause_schedules(long).await?)
}

/// Lets syncs start by themselves again.
///
/// # Errors
/// Set-up that is not finished.
pub async fn resume(app: &App) -> Result<Answer, ErrorView> {
    shown(&app.resume_schedules().await?)
}

fn shown(view: &ScheduleView) -> Result<Answer, ErrorView> {
    Answer::of(
        view,
        render::schedule(view, Style::stdout()),
        Exit::Agreement,
    )
}

/// Starts what is scheduled until Ctrl-C or a request to end (SIGTERM), and says what came of it: a line, or a JSON object a line.
///
/// # Errors
/// Set-up that is not finished.
pub async fn serve(app: &App, as_json: bool) -> Result<Answer, ErrorView> {
    let view = app.schedule().await?;
    if !as_json {
        stdout(&render::schedule(&view, Style::stdout()));
        stdout("Serving. Ctrl-C ends it after what has been begun.\n");
    }
    let stopped = CancellationToken::new();
    let keeper = Keeper::new(app.clone());
    let said = std::sync::Mutex::new(None);
    let hear = |looked: Looked| {
        // What goes on keeping it from starting is said once.
        let waits = match &looked {
            Looked::Waits(error) | Looked::Failed(error) => Some(error.message.clone()),
            Looked::Nothing => return,
            Looked::Unchanged(_) | Looked::Ran(_) => None,
        };
        let mut last = said
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let again = waits.is_some() && *last == waits;
        *last = waits;
        if again {
            return;
        }
        if as_json {
            stdout(&format!("{}\n", document(&looked)));
        } else {
            stdout(&render::looked(&looked, Style::stdout()));
        }
    };
    let kept = keeper.keep(stopped.clone(), hear);
    tokio::pin!(kept);
    let asked = asked_to_end();
    tokio::pin!(asked);
    tokio::select! {
        () = &mut kept => {}
        () = &mut asked => {
            stopped.cancel();
            app.stop().await?;
            eprintln!("\nStopping after what has been begun. Ctrl-C again ends at once.");
            tokio::select! {
                () = &mut kept => {}
                () = asked_to_end() => std::process::exit(i32::from(Exit::Stopped as u8)),
            }
        }
    }
    Ok(Answer::nothing_more())
}

fn document(looked: &Looked) -> Value {
    match looked {
        Looked::Nothing => Value::Null,
        Looked::Waits(error) => json!({ "waits": error }),
        Looked::Failed(error) => json!({ "failed": error }),
        Looked::Unchanged(poll) => json!({ "unchanged": poll }),
        Looked::Ran(run) => json!({ "ran": run }),
    }
}

/// Until a person or the system asks this process to end.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = ended.recv() => return,
                pressed = tokio::signal::ctrl_c() => if pressed.is_ok() { return },
            }
        }
    }
    while tokio::signal::ctrl_c().await.is_err() {
        tokio::task::yield_now().await;
    }
}
