//! What customers have open beside invoices.

statements! {
    plain {
        ALL = "SELECT side, form, remote_id, contact, currency, number, contact_name, date, open, uncertain
             FROM credits WHERE pairing = ?1 ORDER BY side, form, remote_id, contact, currency";
        PUT = "INSERT OR REPLACE INTO credits (pairing, side, form, remote_id, contact, currency, number,
               contact_name, date, open, uncertain)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        FORGET_ONE = "DELETE FROM credits WHERE pairing = ?1 AND side = ?2 AND form = ?3 AND remote_id = ?4";
        FORGET_SIDE = "DELETE FROM credits WHERE pairing = ?1 AND side = ?2";
        FORGET = "DELETE FROM credits WHERE pairing = ?1";
    }
}
