//! Rules: one for each kind.

statements! {
    plain {
        ALL = "SELECT kind, direction, start_date, settings FROM rules WHERE pairing = ?1";
        SET = "INSERT OR REPLACE INTO rules (pairing, kind, direction, start_date, settings)
             VALUES (?1, ?2, ?3, ?4, ?5)";
    }
}
