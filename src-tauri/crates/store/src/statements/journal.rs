//! Intents.

macro_rules! columns {
    () => {
        "key, side, kind, change, source_id, target_id, prepared, run, state, answer, \
         intended_at, sent_at, settled_at, fingerprint"
    };
}

/// Something still has to be found out.
macro_rules! unsettled {
    () => {
        concat!("state IN (", number!(intended), ", ", number!(sent), ", ", number!(in_doubt), ")")
    };
}

/// Records written, markers set, and of the former payments and credit notes.
macro_rules! writes {
    () => {
        concat!(
            "count(*) - coalesce(sum(change = ",
            number!(to_mark),
            "), 0), coalesce(sum(change = ",
            number!(to_mark),
            "), 0), coalesce(sum(kind = ",
            number!(payment),
            " AND change <> ",
            number!(to_mark),
            "), 0), coalesce(sum(kind = ",
            number!(credit_note),
            " AND change <> ",
            number!(to_mark),
            "), 0)"
        )
    };
}

statements! {
    plain {
        INTENDED = concat!("INSERT INTO intents (key, pairing, run, side, kind, change, source_id,
               target_id, prepared, state, intended_at, fingerprint)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ", number!(intended), ", ?10, ?11)");
        SENT = concat!("UPDATE intents SET state = ", number!(sent), ", sent_at = ?2
             WHERE key = ?1 AND state = ", number!(intended));
        WORDED = concat!("UPDATE intents SET prepared = ?2
             WHERE key = ?1 AND state IN (", number!(sent), ", ", number!(in_doubt), ")");
        UNSETTLED = concat!("SELECT ", columns!(), ", NULL FROM intents WHERE pairing = ?1
             AND ", unsettled!(), " ORDER BY id");
        COUNT_UNSETTLED = concat!("SELECT count(*) FROM intents WHERE pairing = ?1
             AND ", unsettled!());
        /// With the detail of the line that has its requests, once it is settled.
        ONE = concat!("SELECT ", columns!(), ", d.detail FROM intents i
             LEFT JOIN log_details d ON d.line = i.prepared WHERE i.key = ?1");
        /// What a run did on one side, with the detail of the line that has its requests; in no order.
        DEEDS = concat!("SELECT i.id, i.kind, i.change, i.source_id, i.target_id, d.detail FROM intents i
             LEFT JOIN log_details d ON d.line = i.prepared
             WHERE i.run = ?1 AND i.side = ?2 AND i.state = ", number!(confirmed));
        /// Records written and markers set by a run, on one side.
        WRITES_OF_RUN = concat!("SELECT ", writes!(), "
             FROM intents WHERE run = ?1 AND side = ?2 AND state = ", number!(confirmed));
        /// The same of a pairing since an instant, of one kind and on one side.
        WRITES_SINCE = concat!("SELECT ", writes!(), "
             FROM intents WHERE pairing = ?1 AND kind = ?2 AND side = ?3 AND settled_at >= ?4
             AND state = ", number!(confirmed));
        /// What people had ended of a kind and on a side since an instant: voided, cancelled,
        /// archived, or replaced by another document.
        ENDED_SINCE = concat!("SELECT count(*) FROM intents
             WHERE pairing = ?1 AND kind = ?2 AND side = ?3 AND settled_at >= ?4
             AND state = ", number!(confirmed), " AND change IN (", number!(to_void), ", ", number!(to_replace), ")");
        /// The last writes that were carried out on a side, newest first.
        WRITTEN = concat!("SELECT kind, target_id, change FROM intents INDEXED BY intents_written
             WHERE pairing = ?1 AND side = ?2 AND state = ", number!(confirmed), " ORDER BY id DESC LIMIT ?3");
        /// What is still open goes on; its body stays as it is.
        DOUBT = concat!("UPDATE intents SET state = ?2, target_id = coalesce(?3, target_id),
               answer = coalesce(?4, answer)
             WHERE key = ?1 AND ", unsettled!());
        PREPARED = concat!("SELECT prepared, pairing, fingerprint FROM intents
             WHERE key = ?1 AND ", unsettled!());
        /// The body becomes a shorter one, or the number of the line that has it (6). The row is made anew in
        /// its place, because SQLite does not give back what a row that is altered needs no longer.
        SETTLE = concat!("INSERT OR REPLACE INTO intents (id, key, pairing, run, side, kind, change,
               source_id, target_id, prepared, state, answer, intended_at, sent_at, settled_at)
             SELECT id, key, pairing, run, side, kind, change, source_id, coalesce(?3, target_id),
               ?6, ?2, coalesce(?4, answer), intended_at, sent_at, ?5
             FROM intents WHERE key = ?1 AND ", unsettled!());
        /// Pairing and digest of a write: once more sent and not carried out.
        LOST = "INSERT INTO lost_writes (pairing, fingerprint, times) VALUES (?1, ?2, 1)
             ON CONFLICT (pairing, fingerprint) DO UPDATE SET times = times + 1";
        LOST_ALL = "SELECT fingerprint, times FROM lost_writes WHERE pairing = ?1";
        FORGET_LOST = "DELETE FROM lost_writes WHERE pairing = ?1";
        NOT_LOST = "DELETE FROM lost_writes WHERE pairing = ?1 AND fingerprint = ?2";
    }
}
