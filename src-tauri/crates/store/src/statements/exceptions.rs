//! Exceptions.

macro_rules! columns {
    () => {
        "id, pairing, side, kind, remote_id, title, contact, amount, currency, cause, \
         first_seen, last_seen, tries, fingerprint, retry_requested, status, reason, resolved_at, decision, chosen"
    };
}

statements! {
    plain {
        /// Pairing, status, after which number, at most how many.
        PAGE = concat!("SELECT ", columns!(), " FROM exceptions
             WHERE pairing = ?1 AND status = ?2 AND id > ?3 ORDER BY id LIMIT ?4");
        /// The same of one cause (5).
        PAGE_OF_CAUSE = concat!("SELECT ", columns!(), " FROM exceptions
             WHERE pairing = ?1 AND status = ?2 AND cause_word = ?5 AND id > ?3 ORDER BY id LIMIT ?4");
        ONE = concat!("SELECT ", columns!(), " FROM exceptions WHERE id = ?1");
        STANDING = "SELECT side, kind, remote_id, id, status, cause, fingerprint, retry_requested,
               tries, last_seen, amount, currency, decision, chosen FROM exceptions
             WHERE pairing = ?1 AND status <> 'resolved'";
        /// Whether one stands open about a record.
        OPEN_OF = "SELECT id FROM exceptions WHERE pairing = ?1 AND side = ?2 AND kind = ?3
             AND remote_id = ?4 AND status <> 'resolved' AND +status = 'open'";
        /// The records that one stands open about, in no order.
        OPEN_RECORDS = "SELECT side, kind, remote_id FROM exceptions
             WHERE pairing = ?1 AND status = 'open'";
        RETRY = "UPDATE exceptions SET retry_requested = 1 WHERE id = ?1 AND status = 'open'";
        RETRY_ALL = "UPDATE exceptions SET retry_requested = 1
             WHERE pairing = ?1 AND status = 'open'";
        RETRY_CAUSE = "UPDATE exceptions SET retry_requested = 1
             WHERE pairing = ?1 AND status = 'open' AND cause_word = ?2";
        IGNORE = "UPDATE exceptions SET status = 'ignored', reason = ?2, retry_requested = 0
             WHERE id = ?1 AND status = 'open'";
        UNIGNORE = "UPDATE exceptions SET status = 'open', reason = NULL, retry_requested = 1
             WHERE id = ?1 AND status = 'ignored'";
        /// Exception, what was decided, the chosen record.
        DECIDE = "UPDATE exceptions SET decision = ?2, chosen = ?3, retry_requested = 1
             WHERE id = ?1 AND status = 'open'";
        RAISE = "INSERT INTO exceptions (pairing, side, kind, remote_id, title, contact, currency,
               amount, cause_word, cause, first_seen, last_seen, tries, fingerprint, status, run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, 'open', ?14)
             ON CONFLICT (pairing, side, kind, remote_id) WHERE status <> 'resolved' DO UPDATE SET
               title = excluded.title, contact = excluded.contact, currency = excluded.currency,
               amount = excluded.amount, last_seen = excluded.last_seen,
               tries = tries + excluded.tries, fingerprint = excluded.fingerprint,
               retry_requested = 0, run = excluded.run,
               reason = CASE WHEN cause = excluded.cause AND amount IS excluded.amount
                   AND currency IS excluded.currency THEN reason END,
               decision = CASE WHEN cause = excluded.cause THEN decision END,
               chosen = CASE WHEN cause = excluded.cause THEN chosen END,
               status = CASE WHEN cause = excluded.cause AND amount IS excluded.amount
                   AND currency IS excluded.currency THEN status ELSE 'open' END,
               cause_word = excluded.cause_word, cause = excluded.cause";
        RESOLVE = "UPDATE exceptions SET status = 'resolved', resolved_at = ?5, retry_requested = 0
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4
             AND status <> 'resolved'";
    }
}
