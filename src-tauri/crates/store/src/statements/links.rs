//! Links.

/// A base; where it is kept as 1, the record as it is stored.
macro_rules! base {
    ($side:ident) => {
        concat!(
            "CASE links.base_",
            stringify!($side),
            " WHEN 1 THEN (SELECT r.content FROM records r WHERE r.pairing = links.pairing
               AND r.side = ",
            number!($side),
            " AND r.kind = links.kind AND r.remote_id = links.",
            stringify!($side),
            "_id) ELSE links.base_",
            stringify!($side),
            " END"
        )
    };
}

/// The base that stays when a link is changed: one that is the stored record becomes a copy where
/// the link goes on to another record.
macro_rules! kept {
    ($side:ident, $id:literal) => {
        concat!(
            "CASE WHEN links.",
            stringify!($side),
            "_id = ",
            $id,
            " THEN links.base_",
            stringify!($side),
            " ELSE ",
            base!($side),
            " END"
        )
    };
}

macro_rules! columns {
    () => {
        concat!(
            "id, kind, xero_id, erpnext_id, ",
            base!(xero),
            ", ",
            base!(erpnext),
            ", xero_version, erpnext_version, state, created_at, settled_at"
        )
    };
}

macro_rules! of {
    ($id:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM links WHERE links.pairing = ?1 AND links.kind = ?2 AND links.",
            $id,
            " = ?3"
        )
    };
}

macro_rules! renamed {
    ($id:literal) => {
        concat!(
            "UPDATE links SET ",
            $id,
            " = ?4 WHERE pairing = ?1 AND kind = ?2 AND ",
            $id,
            " = ?3"
        )
    };
}

statements! {
    by_side {
        /// The link of a record.
        OF = of("xero_id", "erpnext_id");
        /// The link of a record whose name another one took.
        RENAMED = renamed("xero_id", "erpnext_id");
    }
    plain {
        ALL = concat!("SELECT ", columns!(), " FROM links WHERE links.pairing = ?1
             AND links.kind = ?2 ORDER BY xero_id");
        /// Of these, [`COUNT_ENDED`] are not active.
        COUNT = "SELECT count(*) FROM links WHERE pairing = ?1 AND kind = ?2";
        COUNT_ENDED = concat!("SELECT count(*) FROM links INDEXED BY links_ended
             WHERE pairing = ?1 AND kind = ?2 AND state = ", number!(link_ended));
        ANY = "SELECT EXISTS (SELECT 1 FROM links WHERE pairing = ?1 AND kind = ?2)";
        UNLINK = "DELETE FROM links WHERE pairing = ?1 AND id = ?2";
        FORGET_BASE = "UPDATE links SET base_xero = NULL, base_erpnext = NULL WHERE pairing = ?1 AND id = ?2";
        FIND = "SELECT id FROM links WHERE pairing = ?1 AND kind = ?2 AND xero_id = ?3
             AND erpnext_id = ?4";
        /// Whether a link has a base of both sides.
        AGREED = "SELECT base_xero IS NOT NULL AND base_erpnext IS NOT NULL FROM links
             WHERE pairing = ?1 AND id = ?2";
        CHANGE = concat!("UPDATE links SET xero_id = ?3, erpnext_id = ?4,
               base_xero = coalesce(?5, ", kept!(xero, "?3"), "),
               base_erpnext = coalesce(?6, ", kept!(erpnext, "?4"), "),
               xero_version = coalesce(?7, xero_version),
               erpnext_version = coalesce(?8, erpnext_version),
               state = ?9, settled_at = ?10, run = ?11
             WHERE links.pairing = ?1 AND links.id = ?2");
        MAKE = "INSERT INTO links (pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext,
               xero_version, erpnext_version, state, created_at, settled_at, run)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";
    }
}
