//! Mappings, and the values they are between: as many as a chart of accounts has.

statements! {
    plain {
        ALL = "SELECT kind, side, value, counterpart, source, reason, set_at FROM mappings
             WHERE pairing = ?1 ORDER BY kind, side, value";
        SET = "INSERT OR REPLACE INTO mappings
               (pairing, kind, side, value, counterpart, source, reason, set_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        /// Where the value has no counterpart yet.
        ADD = "INSERT INTO mappings
               (pairing, kind, side, value, counterpart, source, reason, set_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
        REMOVE = "DELETE FROM mappings
             WHERE pairing = ?1 AND kind = ?2 AND side = ?3 AND value = ?4";
        /// A value is known by something else from now on. One that is mapped there already keeps
        /// that mapping.
        MOVE_VALUE = "UPDATE OR IGNORE mappings SET value = ?5
             WHERE pairing = ?1 AND kind = ?2 AND side = ?3 AND value = ?4";
        MOVE_COUNTERPART = "UPDATE mappings SET counterpart = ?5
             WHERE pairing = ?1 AND kind = ?2 AND side = ?3 AND counterpart = ?4";
        VALUES = "SELECT kind, side, key, id, also, name, former FROM mapping_values
             WHERE pairing = ?1 ORDER BY kind, side, key, id";
        PUT_VALUE = "INSERT OR REPLACE INTO mapping_values
               (pairing, kind, side, key, id, also, name, former)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    }
}
