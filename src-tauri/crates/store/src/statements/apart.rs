//! Records kept apart.

macro_rules! columns {
    () => {
        "side, kind, remote_id, other_id, at, who, reason, undone"
    };
}

statements! {
    plain {
        /// The row of a record is made anew: the last reason holds. Nobody being named, it is whoever runs the
        /// run (10) that it follows from.
        KEEP = "INSERT OR REPLACE INTO kept_apart (pairing, side, kind, remote_id, other_id, at, who, reason, undone)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, (SELECT r.who FROM runs r WHERE r.id = ?10)), ?8, ?9)";
        END = "DELETE FROM kept_apart WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// In the order of the table's key.
        ALL = concat!("SELECT ", columns!(), " FROM kept_apart WHERE pairing = ?1
             ORDER BY side, kind, remote_id");
        NAMES = "SELECT side, kind, remote_id FROM kept_apart WHERE pairing = ?1";
        /// Those whose documents wait with them: what was set back by an undo and is linked is there on both sides.
        NEEDED = "SELECT side, kind, remote_id FROM kept_apart k
             INDEXED BY sqlite_autoindex_kept_apart_1 WHERE k.pairing = ?1
             AND (k.undone IS NULL OR NOT EXISTS (SELECT 1 FROM records r WHERE r.pairing = ?1 AND r.side = k.side
               AND r.kind = k.kind AND r.remote_id = k.remote_id AND r.link IS NOT NULL))";
        ONE = concat!("SELECT ", columns!(), " FROM kept_apart
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4");
        RENAMED = "UPDATE OR REPLACE kept_apart SET remote_id = ?5
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        FORGET = "DELETE FROM kept_apart WHERE pairing = ?1";
    }
}
