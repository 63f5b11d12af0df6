//! Pairings: a handful, and what hangs on one.

macro_rules! columns {
    () => {
        "id, name, xero_connection, xero_tenant, xero_name, erpnext_connection, \
         erpnext_company, base_currency, created_at, first_preview_accepted_at, settings, revision"
    };
}

statements! {
    plain {
        ALL = concat!("SELECT ", columns!(), " FROM pairings WHERE ended_at IS NULL ORDER BY id");
        ONE = concat!("SELECT ", columns!(), " FROM pairings WHERE id = ?1 AND ended_at IS NULL");
        /// Of all, ended ones included.
        IDS = "SELECT id FROM pairings ORDER BY id";
        ADD = "INSERT INTO pairings (name, xero_connection, xero_tenant, xero_name,
               erpnext_connection, erpnext_company, base_currency, created_at, settings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        FORGET_RECORDS = "DELETE FROM records WHERE pairing = ?1";
        FORGET_LINKS = "DELETE FROM links WHERE pairing = ?1";
        FORGET_CURSORS = "DELETE FROM cursors WHERE pairing = ?1";
        FORGET_LOOKS = "DELETE FROM looks WHERE pairing = ?1";
        FORGET_MAPPINGS = "DELETE FROM mappings WHERE pairing = ?1";
        FORGET_MAPPING_VALUES = "DELETE FROM mapping_values WHERE pairing = ?1";
        FORGET_RULES = "DELETE FROM rules WHERE pairing = ?1";
        FORGET_EXCEPTIONS = "DELETE FROM exceptions WHERE pairing = ?1";
        FORGET_ORIGINS = "DELETE FROM origins WHERE pairing = ?1";
        ORIGIN = "SELECT origin FROM origins WHERE pairing = ?1 AND side = ?2";
        SET_ORIGIN = "INSERT INTO origins (pairing, side, origin, seen_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (pairing, side) DO UPDATE SET origin = excluded.origin,
               seen_at = excluded.seen_at";
        END = "UPDATE pairings SET ended_at = ?2 WHERE id = ?1";
        ACCEPT = "UPDATE pairings SET first_preview_accepted_at =
               coalesce(first_preview_accepted_at, ?2) WHERE id = ?1";
        SET_SETTINGS = "UPDATE pairings SET settings = ?2 WHERE id = ?1";
        MOVE_XERO = "UPDATE pairings SET xero_connection = ?2 WHERE id = ?1";
        MOVE_ERPNEXT = "UPDATE pairings SET erpnext_connection = ?2 WHERE id = ?1";
        BUMP = "UPDATE pairings SET revision = revision + 1 WHERE id = ?1";
    }
}
