//! What set-up puts on an ERPNext site, written down before it is sent and told in the log.

use std::sync::{Arc, Mutex};

use erpnext::Error;
use erpnext::journal::{Journal, NotWrittenDown, Request};
use ledger::{Said, Side};
use net::Clock;
use serde_json::{Value, json};
use store::{LogOutcome, LogWrite, PairingId, SetupWriteId, SetupWriteState, Store, StoreError};

use crate::app::{App, locked};
use crate::error::AppError;
use crate::who;

/// The journal of one step of set-up.
pub(crate) struct SetupJournal {
    store: Store,
    clock: Arc<dyn Clock>,
    pairing: Option<PairingId>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The request whose answer is not there yet.
    open: Option<SetupWriteId>,
    /// Lines about what was carried out.
    lines: Vec<LogWrite>,
    failed: Option<StoreError>,
}

impl App {
    /// A journal for what set-up writes next, for a pairing where there is one.
    pub(crate) async fn setup_journal(
        &self,
        pairing: Option<PairingId>,
    ) -> Result<SetupJournal, AppError> {
        let now = self.0.clock.now();
        // What an earlier program left open has been answered or never will be; the check tells which.
        self.db(move |store| store.setup_given_up(now)).await?;
        Ok(SetupJournal {
            store: self.0.store.clone(),
            clock: self.0.clock.clone(),
            pairing,
            state: Mutex::default(),
        })
    }

    /// Closes a journal with how the step ended, and tells what was done in the pairing's log.
    pub(crate) async fn close_setup_journal<T>(
        &self,
        journal: SetupJournal,
        result: Result<T, Error>,
    ) -> Result<T, AppError> {
        if let Err(error) = &result {
            journal.refused(error);
        }
        let state = std::mem::take(&mut *locked(&journal.state));
        if let Some(failure) = state.failed {
            return Err(failure.into());
        }
        if let (Some(pairing), false) = (journal.pairing, state.lines.is_empty()) {
            let (lines, now) = (state.lines, self.0.clock.now());
            self.db(move |store| store.append_log(pairing, None, &lines, now))
                .await?;
        }
        Ok(result?)
    }
}

impl SetupJournal {
    fn settle(&self, state: SetupWriteState, answer: Option<&Value>) {
        let mut own = locked(&self.state);
        let Some(id) = own.open.take() else {
            return;
        };
        let settled = self
            .store
            .setup_settled(id, state, answer, self.clock.now());
        if let Err(why) = settled {
            own.failed.get_or_insert(why);
        }
    }

    fn refused(&self, error: &Error) {
        let state = if error.may_have_been_done() {
            SetupWriteState::InDoubt
        } else {
            SetupWriteState::Refused
        };
        self.settle(state, Some(&json!(error.to_string())));
    }
}

impl Journal for SetupJournal {
    fn sending(&self, request: &Request<'_>) -> Result<(), NotWrittenDown> {
        // Going on after one without an answer means that its refusal was as good as done.
        self.settle(SetupWriteState::Refused, None);
        let now = self.clock.now();
        let sent = self
            .store
            .setup_sent(self.pairing, Side::Erpnext, &as_json(request), now);
        let mut own = locked(&self.state);
        match sent {
            Ok(id) => {
                own.open = Some(id);
                Ok(())
            }
            Err(why) => {
                own.failed.get_or_insert(why);
                Err(NotWrittenDown)
            }
        }
    }

    fn answered(&self, request: &Request<'_>, status: u16, body: &Value) {
        let answer = json!({ "status": status, "body": body });
        self.settle(SetupWriteState::Confirmed, Some(&answer));
        let line = LogWrite {
            to: Some(Side::Erpnext),
            detail: Some(json!({ "steps": [as_json(request)], "answers": [answer] })),
            ..LogWrite::note(LogOutcome::Note, told(request))
        };
        locked(&self.state).lines.push(who::signed(line));
    }
}

fn as_json(request: &Request<'_>) -> Value {
    json!({
        "method": request.method.as_str(),
        "path": request.path,
        "body": request.body,
    })
}

/// What a request does, for a person.
fn told(request: &Request<'_>) -> Said {
    let text = |name: &str| request.body[name].as_str().unwrap_or_default();
    let title = match (text("dt"), text("fieldname"), text("name")) {
        (doctype, field, _) if !field.is_empty() => format!("the field {field} of {doctype}"),
        (_, _, name) if !name.is_empty() => format!("the Client Script {name}"),
        _ => request.path.to_owned(),
    };
    let side = Side::Erpnext;
    if request.method == http::Method::POST {
        Said::PutOnSite { side, title }
    } else {
        Said::ChangedOnSite { side, title }
    }
}
