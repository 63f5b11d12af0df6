//! What a failed call means to the engine.

use ::erpnext::error::RefusalKind;
use ::erpnext::{Error, Refusal};
use engine::books::{Answer, BooksError};
use ledger::{Cause, Side};

const SIDE: Side = Side::Erpnext;

/// A failure outside a write. A refusal of a read is one of the connection as well: nothing that
/// follows would be sound.
pub(super) fn of_the_connection(error: Error) -> BooksError {
    match error {
        Error::Net(error @ net::NetError::NotSent { .. }) => BooksError::Offline {
            side: SIDE,
            why: error.to_string(),
        },
        Error::Net(error) => BooksError::Unavailable {
            side: SIDE,
            why: error.to_string(),
        },
        Error::SignIn => BooksError::SignInNeeded {
            side: SIDE,
            why: "it does not accept the sign-in or API key any more".to_owned(),
        },
        Error::NotAllowed(why) => BooksError::NotAllowed { side: SIDE, why },
        Error::Unavailable(why) => BooksError::Unavailable { side: SIDE, why },
        Error::Unfinished { status, why } => BooksError::Unavailable {
            side: SIDE,
            why: format!("it answered with status {status}: {why}"),
        },
        Error::Garbage { status: 0, why } => BooksError::Garbage { side: SIDE, why },
        Error::Garbage { status, why } => BooksError::Garbage {
            side: SIDE,
            why: format!("status {status}: {why}"),
        },
        Error::Refused(refusal) => BooksError::Unavailable {
            side: SIDE,
            why: refusal.line(),
        },
    }
}

/// Somebody holds what the write needs for a minute and longer (a migration, an import, a report that
/// locks): whoever comes next would wait as long.
fn busy(refusal: &Refusal, begun: bool) -> Answer {
    let why = format!("its database is busy ({})", refusal.message);
    if begun {
        Answer::InDoubt(why)
    } else {
        Answer::NotSent(BooksError::Unavailable { side: SIDE, why })
    }
}

/// A failure of one write. `begun` says whether an earlier request of the same write was carried
/// out.
pub(super) fn of_a_write(error: Error, creates: bool, begun: bool) -> Answer {
    if error.may_have_been_done() {
        return Answer::InDoubt(error.to_string());
    }
    // One record that the user may not write says nothing of the others: whether the connection may
    // write at all is asked before a run (`ready`).
    if let Error::NotAllowed(why) = &error {
        return Answer::Refused {
            cause: Cause::forbidden(SIDE, why.clone()),
            answer: format!("403: {why}"),
        };
    }
    let Error::Refused(refusal) = error else {
        let failure = of_the_connection(error);
        return if begun {
            Answer::InDoubt(failure.to_string())
        } else {
            Answer::NotSent(failure)
        };
    };
    match refusal.kind() {
        RefusalKind::NameTaken | RefusalKind::NotUnique => Answer::Exists,
        RefusalKind::Deadlock if begun => Answer::InDoubt(refusal.line()),
        // Somebody else writes the same rows, and keeps winning although the client repeats it many
        // times: that is this record's bad luck and no failure of the connection. Nothing is stored,
        // and it is planned again while the others go on.
        RefusalKind::Stale | RefusalKind::Deadlock => Answer::Stale,
        // The document itself is gone (deleted or renamed). A create is refused this way where
        // something it names is.
        RefusalKind::Missing if !creates => Answer::Refused {
            cause: Cause::Vanished { side: SIDE },
            answer: refusal.line(),
        },
        RefusalKind::Locked => busy(&refusal, begun),
        RefusalKind::Missing | RefusalKind::Other => Answer::Refused {
            cause: refusal.cause(),
            answer: refusal.line(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use ::erpnext::error::read;
    use serde_json::json;

    use super::*;

    fn refused(exc_type: &str) -> Error {
        let body = json!({"exc_type": exc_type, "exception": format!("x.{exc_type}: why")});
        read(500, Some(&body), "")
    }

    #[test]
    fn a_loser_is_planned_again_and_the_batch_goes_on() {
        for creates in [true, false] {
            let answer = of_a_write(refused("QueryDeadlockError"), creates, false);
            assert!(matches!(answer, Answer::Stale), "{answer:?}");
            // What an earlier request of it did is looked up first.
            let answer = of_a_write(refused("QueryDeadlockError"), creates, true);
            assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
        }
    }

    #[test]
    fn one_record_that_may_not_be_written_is_refused_and_the_batch_goes_on() {
        let error = || {
            let body = json!({"errors": [{"type": "PermissionError", "message": "Not for this cost center"}]});
            read(403, Some(&body), "")
        };
        for (creates, begun) in [(true, false), (false, false), (false, true)] {
            let answer = of_a_write(error(), creates, begun);
            let Answer::Refused { cause, .. } = answer else {
                panic!("{answer:?}");
            };
            assert!(cause.is_forbidden());
            assert!(cause.sentence().contains("Not for this cost center"));
            assert!(cause.next_step().contains("permission in ERPNext"));
        }
        // Outside a write it is the connection's.
        assert!(matches!(
            of_the_connection(error()),
            BooksError::NotAllowed { .. }
        ));
    }

    #[test]
    fn a_lock_that_nobody_lets_go_of_stops_the_rest() {
        let answer = of_a_write(refused("QueryTimeoutError"), true, false);
        assert!(
            matches!(answer, Answer::NotSent(BooksError::Unavailable { .. })),
            "{answer:?}"
        );
        let answer = of_a_write(refused("QueryTimeoutError"), true, true);
        assert!(matches!(answer, Answer::InDoubt(_)), "{answer:?}");
    }
}
