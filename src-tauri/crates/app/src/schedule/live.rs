//! What ERPNext tells of as it happens. It says which document changed and never what: that is read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use erpnext::realtime::listener::{PATIENT, signals};
use erpnext::realtime::{Hint, Listener, Signal, find};
use ledger::Kind;
use store::Pairing;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::kept;
use crate::app::{App, locked};
use crate::error::AppError;
use crate::reach::{ErpnextDetails, jitter};
use crate::views::{LiveView, RunReason};

/// The documents that are listened to. What of the last three is a record, or changes one, is found by asking.
const DOCTYPES: [&str; 6] = [
    "Customer",
    "Sales Invoice",
    "Payment Entry",
    "Journal Entry",
    "Address",
    "Contact",
];

/// More documents than these at once are found by asking for all that changed.
const MOST: usize = 50;
/// How soon it is looked again whether anything is to be listened to, or a real-time server can be found.
const AGAIN: TimeDelta = TimeDelta::minutes(5);
/// What our own user changed while a run was under way, or within this time after it, was written by the run.
const OURS: TimeDelta = TimeDelta::seconds(5);

/// The kinds of records that a document may be one of.
pub(super) fn kinds(doctype: &str) -> &'static [Kind] {
    match doctype {
        "Customer" => &[Kind::Contact],
        // A return is one of them.
        "Sales Invoice" => &[Kind::Invoice, Kind::CreditNote],
        "Payment Entry" => &[Kind::Payment],
        _ => &[],
    }
}

/// What was heard and is not dealt with yet.
#[derive(Debug, Default)]
pub(super) struct Heard {
    held: Mutex<News>,
    /// The documents of the last run for what was heard.
    carried: Mutex<BTreeSet<(&'static str, String)>>,
    /// Told when something came.
    pub came: Notify,
}

/// What was heard.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// Documents that changed: what they are, and their names.
    pub documents: BTreeSet<(&'static str, String)>,
    /// Whether both sides are to be asked what changed: something may have gone unheard, or changed that is no
    /// record itself.
    pub ask: bool,
}

impl News {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && !self.ask
    }

    /// Notes a document.
    fn note(&mut self, hint: Hint) {
        let Some(doctype) = DOCTYPES.into_iter().find(|it| *it == hint.doctype) else {
            return;
        };
        if kinds(doctype).is_empty() || self.documents.len() >= MOST {
            self.ask = true;
        } else {
            self.documents.insert((doctype, hint.name));
        }
    }
}

impl Heard {
    /// The documents that were named, where any were and they are not too many; else all there is. What is left
    /// is for the next time.
    pub fn take(&self) -> News {
        let mut held = locked(&self.held);
        if held.documents.is_empty() || held.documents.len() >= MOST {
            return std::mem::take(&mut *held);
        }
        News {
            documents: std::mem::take(&mut held.documents),
            ask: false,
        }
    }

    /// What could not be dealt with now.
    pub fn put_back(&self, news: News) {
        let mut held = locked(&self.held);
        held.documents.extend(news.documents);
        held.ask |= news.ask;
    }

    pub fn is_empty(&self) -> bool {
        locked(&self.held).is_empty()
    }

    /// Notes the documents that a run is about to carry.
    pub fn carries(&self, news: &News) {
        locked(&self.carried).clone_from(&news.documents);
    }

    fn has_carried(&self, hint: &Hint) -> bool {
        let carried = locked(&self.carried);
        carried
            .iter()
            .any(|(doctype, name)| *doctype == hint.doctype && *name == hint.name)
    }

    fn hear(&self, note: impl FnOnce(&mut News)) {
        note(&mut locked(&self.held));
        self.came.notify_one();
    }
}

/// The run under way, or the last one: why it ran, and when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastRun {
    reason: RunReason,
    ended: Option<DateTime<Utc>>,
}

/// Whether a change was made by a run of ours: by our own user, while one was under way or just after. A person
/// may have an account with the site's API in common with us, so of a run for what was heard only the documents
/// that it carried are its own.
fn is_ours(
    hint: &Hint,
    user: &str,
    run: Option<LastRun>,
    carried: bool,
    now: DateTime<Utc>,
) -> bool {
    let Some(run) = run else { return false };
    let lately = run
        .ended
        .is_none_or(|ended| (TimeDelta::zero()..OURS).contains(&(now - ended)));
    let by_us = hint.user.as_deref().is_some_and(|by| by == user);
    by_us && lately && (carried || run.reason != RunReason::RealTime)
}

/// Listens for as long as a kind is followed as it happens, until it is stopped.
pub(super) async fn listen(app: &App, heard: Arc<Heard>, stopped: CancellationToken) {
    loop {
        // From before the look on, so that no change falls between.
        let changed = app.0.schedules_changed.notified();
        tokio::pin!(changed);
        let again = app.0.clock.now() + AGAIN;
        match wanted(app).await {
            Ok(Some(pairing)) => {
                if let Err(why) = listen_to(app, &pairing, &heard, &stopped).await {
                    let why = Some(why.to_string());
                    app.0.listening.send_replace(Some(LiveView {
                        listening: false,
                        why,
                    }));
                } else {
                    // It was stopped, or a choice changed: looked at anew.
                    if stopped.is_cancelled() {
                        return;
                    }
                    continue;
                }
            }
            Ok(None) => {
                app.0.listening.send_replace(None);
            }
            Err(why) => tracing::warn!("it cannot be said whether to listen: {why}"),
        }
        tokio::select! {
            () = stopped.cancelled() => return,
            () = &mut changed => {}
            () = app.0.clock.sleep_until(again) => {}
        }
    }
}

/// The pairing whose site is listened to, where one is.
async fn wanted(app: &App) -> Result<Option<Pairing>, AppError> {
    let Some(pairing) = app.pairing_if_any().await? else {
        return Ok(None);
    };
    let id = pairing.id;
    let chosen = app.db(move |store| kept::chosen(store, id)).await?;
    let follows = chosen.follows() && pairing.first_preview_accepted_at.is_some();
    Ok(follows.then_some(pairing))
}

/// Listens to a site until it is stopped, or a choice of a schedule says otherwise.
async fn listen_to(
    app: &App,
    pairing: &Pairing,
    heard: &Arc<Heard>,
    stopped: &CancellationToken,
) -> Result<(), AppError> {
    let client = app.site_of(&pairing.erpnext_connection).await?;
    let details = ErpnextDetails::of(
        &app.connection(&pairing.erpnext_connection, ledger::Side::Erpnext)
            .await?,
    );
    let address = find(&*app.0.transport, client.site())
        .await
        .map_err(|why| AppError::Network(why.to_string()))?;
    let (sender, mut told) = signals();
    let listener = Listener {
        opener: app.0.opener.clone(),
        clock: app.0.clock.clone(),
        random: jitter()?,
        backoff: PATIENT,
        site: client.site().clone(),
        address,
        authorization: Arc::new(client.credentials()),
        doctypes: DOCTYPES.map(str::to_owned).to_vec(),
    };
    let listening = tokio::spawn(listener.run(sender));
    let mut progress = app.progress();
    let mut run: Option<LastRun> = None;
    let mut again = app.0.clock.now() + AGAIN;
    loop {
        let look_again = async {
            // Another process may have chosen.
            tokio::select! {
                () = app.0.schedules_changed.notified() => {}
                () = app.0.clock.sleep_until(again) => {}
            }
        };
        tokio::select! {
            () = stopped.cancelled() => break,
            () = look_again => {
                again = app.0.clock.now() + AGAIN;
                let still = wanted(app).await?.is_some_and(|it| it.id == pairing.id);
                if !still {
                    break;
                }
            }
            _ = progress.changed() => {
                let reason = progress.borrow_and_update().as_ref().map(|it| it.reason);
                run = match (reason, run) {
                    (Some(reason), _) => Some(LastRun { reason, ended: None }),
                    (None, Some(run)) => Some(LastRun {
                        ended: run.ended.or(Some(app.0.clock.now())),
                        ..run
                    }),
                    (None, None) => None,
                };
            }
            signal = told.recv() => match signal {
                None => break,
                Some(Signal::CatchUp) => {
                    let live = LiveView { listening: true, why: None };
                    app.0.listening.send_replace(Some(live));
                    heard.hear(|news| news.ask = true);
                }
                Some(Signal::Changed(hint)) => {
                    let now = app.0.clock.now();
                    if !is_ours(&hint, &details.user, run, heard.has_carried(&hint), now) {
                        heard.hear(|news| news.note(hint));
                    }
                }
                Some(Signal::Away { why, .. }) => {
                    let live = LiveView { listening: false, why: Some(format!("{why}.")) };
                    app.0.listening.send_replace(Some(live));
                }
            },
        }
    }
    // Whoever sends to nobody ends.
    drop(told);
    listening.abort();
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hint(doctype: &str, name: &str, user: Option<&str>) -> Hint {
        Hint {
            doctype: doctype.to_owned(),
            name: name.to_owned(),
            user: user.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_heard_is_named_once_and_the_rest_is_asked_for() {
        let heard = Heard::default();
        for name in ["SINV-1", "SINV-2", "SINV-1"] {
            heard.hear(|news| news.note(hint("Sales Invoice", name, None)));
        }
        heard.hear(|news| news.note(hint("ToDo", "1", None)));
        let news = heard.take();
        let named: Vec<&str> = news
            .documents
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        assert_eq!((named, news.ask), (vec!["SINV-1", "SINV-2"], false));
        assert!(heard.is_empty());
        // A Journal Entry is no record itself, and may settle one.
        heard.hear(|news| news.note(hint("Journal Entry", "JV-1", None)));
        assert_eq!(
            heard.take(),
            News {
                ask: true,
                ..News::default()
            }
        );
        for number in 0..=MOST {
            heard.hear(|news| news.note(hint("Customer", &format!("C{number}"), None)));
        }
        let many = heard.take();
        assert_eq!((many.documents.len(), many.ask), (MOST, true));
        // What was named goes at once, and what is only to be asked for after it.
        heard.hear(|news| news.ask = true);
        heard.hear(|news| news.note(hint("Customer", "C", None)));
        let first = heard.take();
        assert_eq!((first.documents.len(), first.ask), (1, false));
        assert_eq!(
            heard.take(),
            News {
                ask: true,
                ..News::default()
            }
        );
    }

    #[test]
    fn what_a_run_wrote_is_not_carried_back_and_what_its_user_does_at_other_times_is() {
        let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        let run = |reason, ago: Option<i64>| {
            let ended = ago.map(|seconds| now - TimeDelta::seconds(seconds));
            Some(LastRun { reason, ended })
        };
        let (us, olive) = (Some("sync@acme.test"), Some("olive@acme.test"));
        let (whole, live) = (RunReason::Schedule, RunReason::RealTime);
        for (user, run, carried, ours) in [
            (us, run(whole, None), false, true),
            (us, run(whole, Some(4)), false, true),
            (us, run(whole, Some(5)), false, false),
            (us, None, false, false),
            (olive, run(whole, None), true, false),
            (None, run(whole, Some(1)), true, false),
            // Of a run for what was heard, what it carried.
            (us, run(live, Some(1)), true, true),
            (us, run(live, None), false, false),
            (us, run(live, Some(6)), true, false),
        ] {
            let hint = hint("Customer", "C", user);
            let found = is_ours(&hint, "sync@acme.test", run, carried, now);
            assert_eq!(found, ours, "{user:?} {run:?} {carried}");
        }
    }
}
