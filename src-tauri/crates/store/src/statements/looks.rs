//! Looks beside the lists of changes.

statements! {
    plain {
        ONE = "SELECT cursor, began, ended FROM looks WHERE pairing = ?1 AND side = ?2 AND what = ?3";
        SET = "INSERT OR REPLACE INTO looks (pairing, side, what, cursor, began, ended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    }
}
