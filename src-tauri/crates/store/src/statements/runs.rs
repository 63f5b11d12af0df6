//! Runs.

macro_rules! columns {
    () => {
        "id, pairing, trigger, started_at, ended_at, outcome, message, counts, who"
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
        SET_WHO = "UPDATE runs SET who = ?2 WHERE id = ?1";
        SET_COUNTS = "UPDATE runs SET counts = ?2 WHERE id = ?1";
    }
}
