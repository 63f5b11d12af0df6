//! Runs.

macro_rules! columns {
    () => {
        "id, pairing, trigger, started_at, ended_at, outcome, message, counts, who, about, undoes"
    };
}

statements! {
    plain {
        START = "INSERT INTO runs (pairing, trigger, started_at, outcome)
             VALUES (?1, ?2, ?3, 'running')";
        END = "UPDATE runs SET ended_at = ?2, outcome = ?3, message = ?4, counts = ?5 WHERE id = ?1";
        CLOSE_DEAD = "UPDATE runs SET ended_at = ?1, outcome = 'interrupted'
             WHERE outcome = 'running'";
        /// Of all pairings: before which number, at most how many.
        PAGE = concat!("SELECT ", columns!(), " FROM runs WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        /// Of one pairing (3). The index is named because SQLite, where nearly all runs are of one
        /// pairing, would walk over those of all others.
        PAGE_OF = concat!("SELECT ", columns!(), " FROM runs INDEXED BY runs_pairing WHERE pairing = ?3 AND id < ?1
             ORDER BY id DESC LIMIT ?2");
        ONE = concat!("SELECT ", columns!(), " FROM runs WHERE id = ?1");
        /// The last one of a pairing that was about everything and came to an end, before a number.
        WHOLE = concat!("SELECT ", columns!(), " FROM runs INDEXED BY runs_whole
             WHERE pairing = ?1 AND id < ?2 AND about IS NULL
             AND outcome IN ('agreed', 'exceptions', 'connection_failed')
             ORDER BY id DESC LIMIT 1");
        SET_ABOUT = "UPDATE runs SET about = ?2 WHERE id = ?1";
        SET_WHO = "UPDATE runs SET who = ?2 WHERE id = ?1";
        SET_UNDOES = "UPDATE runs SET undoes = ?2 WHERE id = ?1";
        SET_COUNTS = "UPDATE runs SET counts = ?2 WHERE id = ?1";
    }
}
