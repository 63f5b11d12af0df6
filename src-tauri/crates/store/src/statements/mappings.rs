//! Mappings: as many as a chart of accounts has values.

macro_rules! delete_of {
    ($value:literal) => {
        concat!(
            "DELETE FROM mappings WHERE pairing = ?1 AND kind = ?2 AND ",
            $value,
            " = ?3"
        )
    };
}

macro_rules! insert {
    ($position:literal) => {
        concat!(
            "INSERT INTO mappings (pairing, kind, xero, erpnext, position, source, reason, set_at)
             VALUES (?1, ?2, ?3, ?4, (SELECT ",
            $position,
            " FROM mappings WHERE pairing = ?1 AND kind = ?2), ?5, ?6, ?7)
             ON CONFLICT DO NOTHING"
        )
    };
}

statements! {
    by_side {
        DELETE_OF = delete_of("xero", "erpnext");
    }
    plain {
        ALL = "SELECT kind, xero, erpnext, source, reason, set_at FROM mappings
             WHERE pairing = ?1 ORDER BY kind, position, xero, erpnext";
        INSERT_FIRST = insert!("coalesce(min(position), 0) - 1");
        INSERT_LAST = insert!("coalesce(max(position), 0) + 1");
        REMOVE = "DELETE FROM mappings
             WHERE pairing = ?1 AND kind = ?2 AND xero = ?3 AND erpnext = ?4";
    }
}
