//! Links.

macro_rules! columns {
    () => {
        "id, kind, xero_id, erpnext_id, base_xero, base_erpnext, xero_version, \
         erpnext_version, state, created_at, settled_at"
    };
}

macro_rules! of {
    ($id:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM links WHERE pairing = ?1 AND kind = ?2 AND ",
            $id,
            " = ?3"
        )
    };
}

statements! {
    by_side {
        /// The link of a record.
        OF = of("xero_id", "erpnext_id");
    }
    plain {
        ALL = concat!("SELECT ", columns!(), " FROM links WHERE pairing = ?1 AND kind = ?2
             ORDER BY xero_id");
        COUNT_ACTIVE = "SELECT count(*) FROM links
             WHERE pairing = ?1 AND kind = ?2 AND state = 'active'";
        UNLINK = "DELETE FROM links WHERE pairing = ?1 AND id = ?2";
        FIND = "SELECT id FROM links WHERE pairing = ?1 AND kind = ?2 AND xero_id = ?3
             AND erpnext_id = ?4";
        CHANGE = "UPDATE links SET xero_id = ?3, erpnext_id = ?4,
               base_xero = coalesce(?5, base_xero), base_erpnext = coalesce(?6, base_erpnext),
               xero_version = coalesce(?7, xero_version),
               erpnext_version = coalesce(?8, erpnext_version),
               state = ?9, settled_at = ?10, run = ?11
             WHERE pairing = ?1 AND id = ?2";
        MAKE = "INSERT INTO links (pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext,
               xero_version, erpnext_version, state, created_at, settled_at, run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";
    }
}
