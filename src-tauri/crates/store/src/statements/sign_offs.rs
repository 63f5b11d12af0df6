//! What people signed.

statements! {
    plain {
        ADD = "INSERT INTO sign_offs (pairing, day, signed_at, who, note, figures)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        ALL = "SELECT id, pairing, day, signed_at, who, note, figures FROM sign_offs
             WHERE pairing = ?1 ORDER BY id DESC";
    }
}
