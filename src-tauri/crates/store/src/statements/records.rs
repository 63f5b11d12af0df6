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

// The identity is in the index, so what has no link is passed over without reading its row.
macro_rules! linked_by_title {
    ($linked:literal) => {
        concat!(
            select!($linked),
            " AND r.folded_title = ?4 AND l.id IS NOT NULL ORDER BY r.remote_id"
        )
    };
}

statements! {
    by_side {
        ALL_OF = all_of("xero_id", "erpnext_id");
        /// Changed, without a link, or with an unresolved exception.
        TO_DO = to_do("xero_id", "erpnext_id");
        BY_ID = by_id("xero_id", "erpnext_id");
        LINKED_BY_TITLE = linked_by_title("xero_id", "erpnext_id");
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
        /// A record that was not there; nothing happens where it was.
        ADD = "INSERT INTO records (pairing, side, kind, remote_id, version, marker, merged_into,
               title, contact_name, folded_title, date, due_date, currency, amount, amount_due,
               state, content, why, raw, changed, pulled_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
               ?18, ?19, ?20, ?21) ON CONFLICT DO NOTHING";
        /// The same record with other content.
        REPLACE = "UPDATE records SET version = ?5, marker = ?6, merged_into = ?7, title = ?8,
               contact_name = ?9, folded_title = ?10, date = ?11, due_date = ?12, currency = ?13,
               amount = ?14, amount_due = ?15, state = ?16, content = ?17, why = ?18, raw = ?19,
               changed = ?20, pulled_at = ?21
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// The same record with the same content: no index is touched.
        SEEN = "UPDATE records SET version = ?5, why = ?6, pulled_at = ?7
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        IS_THERE = "SELECT 1 FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
    }
}
