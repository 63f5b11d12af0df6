//! Rules: one for each kind.

macro_rules! edited {
    ($id:literal, $base:literal, $side:expr) => {
        concat!(
            "UPDATE records SET changed = 1 WHERE pairing = ?1 AND side = ",
            $side,
            " AND kind = ?2 AND changed = 0 AND remote_id IN
               (SELECT ",
            $id,
            " FROM links WHERE pairing = ?1 AND kind = ?2 AND +state = 0 AND ",
            $base,
            " IS NOT NULL AND ",
            $base,
            " IS NOT 1)"
        )
    };
}

statements! {
    plain {
        /// Linked records that are not what both sides agreed on: of those that are, the base is the record itself.
        EDITED_IN_XERO = edited!("xero_id", "base_xero", number!(xero));
        EDITED_IN_ERPNEXT = edited!("erpnext_id", "base_erpnext", number!(erpnext));
        ALL = "SELECT kind, direction, start_date, settings FROM rules WHERE pairing = ?1";
        SET = "INSERT OR REPLACE INTO rules (pairing, kind, direction, start_date, settings)
             VALUES (?1, ?2, ?3, ?4, ?5)";
    }
}
