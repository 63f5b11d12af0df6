//! What set-up asks a side to do.

statements! {
    plain {
        SENT = "INSERT INTO setup_writes (pairing, side, request, state, sent_at)
             VALUES (?1, ?2, ?3, 'sent', ?4)";
        SETTLE = "UPDATE setup_writes SET state = ?2, answer = ?3, settled_at = ?4
             WHERE id = ?1 AND state = 'sent'";
        ALL = "SELECT id, pairing, side, request, state, answer, sent_at, settled_at
             FROM setup_writes ORDER BY id";
        /// What a program that ended before the answer left open.
        GIVE_UP = "UPDATE setup_writes SET state = 'in_doubt', settled_at = ?1
             WHERE state = 'sent'";
    }
}
