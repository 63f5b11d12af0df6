//! Records as last read, and cursors.

/// A record with its link; `$linked` is the side's column in the table of links, named outright so
/// that its unique index is used.
macro_rules! select {
    ($linked:literal) => {
        concat!(
            "SELECT r.side, r.kind, r.remote_id, r.version, r.marker, r.merged_into, r.title,
               r.content, r.why, r.raw, r.changed, r.pulled_at, l.id
             FROM records r LEFT JOIN links l
               ON l.pairing = r.pairing AND l.kind = r.kind AND l.",
            $linked,
            " = r.remote_id
             WHERE r.pairing = ?1 AND r.side = ?2 AND r.kind = ?3"
        )
    };
}

macro_rules! all_of {
    ($linked:literal) => {
        concat!(select!($linked), " ORDER BY r.remote_id")
    };
}

// Three indices are asked side by side, in the order of the identities; the row itself, which may
// be long, is only read where it is to do.
macro_rules! to_do {
    ($linked:literal) => {
        concat!(
            select!($linked),
            " AND (l.id IS NULL
                OR EXISTS (SELECT 1 FROM records c WHERE c.pairing = ?1 AND c.side = ?2
                   AND c.kind = ?3 AND c.remote_id = r.remote_id AND c.changed = 1)
                OR EXISTS (SELECT 1 FROM exceptions e WHERE e.pairing = ?1 AND e.side = ?2
                   AND e.kind = ?3 AND e.remote_id = r.remote_id AND e.status <> 'resolved'))
             ORDER BY r.remote_id"
        )
    };
}

macro_rules! by_id {
    ($linked:literal) => {
        concat!(select!($linked), " AND r.remote_id = ?4")
    };
}

macro_rules! by_marker {
    ($linked:literal) => {
        concat!(select!($linked), " AND r.marker = ?4 ORDER BY r.remote_id")
    };
}

macro_rules! by_title {
    ($linked:literal) => {
        concat!(
            select!($linked),
            " AND r.folded_title = ?4 ORDER BY r.remote_id"
        )
    };
}

statements! {
    by_side {
        ALL_OF = all_of("xero_id", "erpnext_id");
        /// Changed, without a link, or with an unresolved exception.
        TO_DO = to_do("xero_id", "erpnext_id");
        BY_ID = by_id("xero_id", "erpnext_id");
        BY_MARKER = by_marker("xero_id", "erpnext_id");
        BY_TITLE = by_title("xero_id", "erpnext_id");
    }
    plain {
        CURSOR = "SELECT cursor FROM cursors WHERE pairing = ?1 AND side = ?2 AND kind = ?3";
        SET_CURSOR = "INSERT OR REPLACE INTO cursors (pairing, side, kind, cursor, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5)";
        RESET_CURSORS = "DELETE FROM cursors WHERE pairing = ?1";
        DEALT_WITH = "UPDATE records SET changed = 0 WHERE pairing = ?1 AND side = ?2 AND kind = ?3
             AND remote_id = ?4 AND changed = 1 AND (?5 IS NULL OR version = ?5)";
        SAME = "SELECT content IS ?5 AND raw IS ?6 AND marker IS ?7 AND merged_into IS ?8
             FROM records WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        PUT = "INSERT INTO records (pairing, side, kind, remote_id, version, marker, merged_into,
               title, contact_name, folded_title, date, due_date, currency, amount, amount_due,
               state, content, why, raw, changed, pulled_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
               ?18, ?19, coalesce(?20, 1), ?21)
             ON CONFLICT (pairing, side, kind, remote_id) DO UPDATE SET
               version = excluded.version, marker = excluded.marker,
               merged_into = excluded.merged_into, title = excluded.title,
               contact_name = excluded.contact_name, folded_title = excluded.folded_title,
               date = excluded.date, due_date = excluded.due_date, currency = excluded.currency,
               amount = excluded.amount, amount_due = excluded.amount_due, state = excluded.state,
               content = excluded.content, why = excluded.why, raw = excluded.raw,
               changed = coalesce(?20, changed), pulled_at = excluded.pulled_at";
    }
}
