//! Records as last read, and cursors.

macro_rules! columns {
    () => {
        columns!("r.remote_id")
    };
    ($id:literal) => {
        concat!(
            "r.side, r.kind, ",
            $id,
            ", r.version, r.marker, r.merged_into, r.title, r.content, r.why, r.raw, r.changed,
               r.pulled_at, r.link, r.born, r.gone"
        )
    };
}

macro_rules! select {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM records r WHERE r.pairing = ?1 AND r.side = ?2 AND r.kind = ?3"
        )
    };
}

/// A record with where it stands, how, and its total.
macro_rules! found {
    () => {
        concat!("SELECT ", columns!(), ", r.place, r.state FROM records r")
    };
}

macro_rules! pair {
    ($id:literal) => {
        concat!(
            "SELECT l.xero_id, l.erpnext_id, x.state, e.state FROM links l
             LEFT JOIN records x ON x.pairing = ?1 AND x.side = ", number!(xero), " AND x.kind = ?2
               AND x.remote_id = l.xero_id
             LEFT JOIN records e ON e.pairing = ?1 AND e.side = ", number!(erpnext), " AND e.kind = ?2
               AND e.remote_id = l.erpnext_id
             WHERE l.pairing = ?1 AND l.kind = ?2 AND l.",
            $id,
            " = ?3"
        )
    };
}

statements! {
    by_side {
        /// The two records of a link by one of them, and how both stand.
        PAIR = pair("xero_id", "erpnext_id");
    }
    plain {
        ALL_OF = concat!(select!(), " ORDER BY r.remote_id");
        /// Changed or without a link, and those with an unresolved exception. The first index holds
        /// what is to do and nothing else; both come in the order of the identities.
        TO_DO = concat!("SELECT ", columns!(), " FROM records r INDEXED BY records_to_do
               WHERE r.pairing = ?1 AND r.side = ?2 AND r.kind = ?3
               AND (r.changed = 1 OR r.link IS NULL)
             UNION ALL
             SELECT ", columns!("e.remote_id"), " FROM exceptions e CROSS JOIN records r
               ON r.pairing = ?1 AND r.side = ?2 AND r.kind = ?3 AND r.remote_id = e.remote_id
               WHERE e.pairing = ?1 AND e.side = ?2 AND e.kind = ?3 AND e.status <> 'resolved'
               AND +r.changed = 0 AND +r.link IS NOT NULL
             ORDER BY remote_id");
        BY_ID = concat!(select!(), " AND r.remote_id = ?4");
        /// In no order, as the next one: those of one title are few.
        LINKED_BY_TITLE = concat!(select!(),
            " AND r.folded_title = ?4 AND r.link IS NOT NULL");
        TITLED = concat!(select!(), " AND r.folded_title = ?4");
        UNLINKED_TITLED = concat!("SELECT 1 FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND folded_title = ?4 AND link IS NULL
             AND state NOT IN (", number!(voided), ", ", number!(archived), ")");
        /// Records of a side that were merged into another, and have come to their end.
        MERGED = concat!("SELECT remote_id, merged_into FROM records INDEXED BY records_merged
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND merged_into IS NOT NULL
             AND state IN (", number!(voided), ", ", number!(archived), ")");
        CURSOR = "SELECT cursor FROM cursors WHERE pairing = ?1 AND side = ?2 AND kind = ?3";
        SET_CURSOR = "INSERT OR REPLACE INTO cursors (pairing, side, kind, cursor, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5)";
        FORGET_CURSOR = "DELETE FROM cursors WHERE pairing = ?1 AND side = ?2 AND kind = ?3";
        DEALT_WITH = "UPDATE records SET changed = 0 WHERE pairing = ?1 AND side = ?2 AND kind = ?3
             AND remote_id = ?4 AND changed = 1";
        /// What a record that is read again is compared with.
        STORED = "SELECT content, raw, marker, merged_into, gone, place
             FROM records WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// A record that was not there, with the link that waits for it; nothing happens where it was. A
        /// trigger would make SQLite keep a copy of every page that a row changes, for the case that the
        /// row is given up alone.
        ADD = concat!("INSERT INTO records (pairing, side, kind, remote_id, version, marker, merged_into,
               title, folded_title, date, due_date, currency, amount, amount_due, state, content,
               why, raw, changed, pulled_at, born, contact, place, sum, link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
               ?18, ?19, ?20, ?21, ?22, ?23 + 16 * (SELECT last + 1 FROM places), ?24, CASE ?2
                 WHEN ", number!(xero), " THEN (SELECT l.id FROM links l
                   WHERE l.pairing = ?1 AND l.kind = ?3 AND l.xero_id = ?4)
                 ELSE (SELECT l.id FROM links l
                   WHERE l.pairing = ?1 AND l.kind = ?3 AND l.erpnext_id = ?4) END)
             ON CONFLICT DO NOTHING");
        /// The same record with other content.
        REPLACE = "UPDATE records SET version = ?5, marker = ?6, merged_into = ?7, title = ?8,
               folded_title = ?9, date = ?10, due_date = ?11, currency = ?12, amount = ?13,
               amount_due = ?14, state = ?15, content = ?16, why = ?17, raw = ?18, changed = ?19,
               pulled_at = ?20, born = coalesce(?21, born), contact = ?22, place = ?23 + (place & 0xFFFFFFFFF0),
               sum = ?24,
               gone = NULL, missed = NULL
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// The same record with the same content: no index is touched.
        SEEN = "UPDATE records SET version = ?5, why = ?6, pulled_at = ?7, born = coalesce(?8, born),
               gone = NULL, missed = NULL
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// Enough to tell whether a record is known as it stands.
        KNOWN = "SELECT version, marker, born, gone, link, pulled_at, missed FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// What settles a customer's invoices, by the customer's identity on that side; in no order.
        SETTLING = concat!("SELECT ", columns!(), " FROM records r INDEXED BY records_settling
             WHERE r.pairing = ?1 AND r.side = ?2 AND r.kind IN (", number!(credit_note), ", ", number!(payment), ")
             AND r.contact = ?3");
        READ_AT = "SELECT stored_at FROM cursors WHERE pairing = ?1 AND side = ?2 AND kind = ?3";
        /// All of a side that are not known to be gone, from the table's own key.
        IDENTITIES = "SELECT remote_id, pulled_at FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND gone IS NULL ORDER BY remote_id";
        MISSED = "SELECT remote_id FROM records INDEXED BY records_missed
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND missed IS NOT NULL
             ORDER BY remote_id";
        MISS = "UPDATE records SET missed = coalesce(missed, ?5)
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// A record that is gone and has a link: as it ended. Naming the content lets the triggers
        /// keep a base that is this row.
        GONE = "UPDATE records SET content = ?5, state = ?6, marker = NULL, merged_into = ?7,
               gone = ?8, missed = NULL, changed = 0
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        REMOVE = "DELETE FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        /// The content is named for the sake of the triggers.
        GIVE_NAME_AWAY = "UPDATE records SET content = content, remote_id = ?5
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        TO_DO_AGAIN = "UPDATE records SET changed = 1
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
        ALL_TO_DO = "UPDATE records SET changed = 1
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND +link IS NOT NULL AND +changed = 0";
        /// The number that [`ADD`] gave to a place.
        PLACE_GIVEN = "UPDATE places SET last = last + 1 RETURNING last";
        /// The words that a record is found by, under its place.
        ADD_TEXT = "INSERT INTO records_text (rowid, title, contact, name, reference)
             VALUES (?1, ?2, ?3, ?4, ?5)";
        REMOVE_TEXT = "DELETE FROM records_text WHERE rowid = ?1";
        /// The record of a place.
        FOUND_AT = concat!(found!(), " WHERE r.pairing = ?1 AND r.place = ?2");
        /// A record by its identity.
        FOUND_BY_ID = concat!(found!(),
            " WHERE r.pairing = ?1 AND r.side = ?2 AND r.kind = ?3 AND r.remote_id = ?4");
        /// Newest first, from a place down to another; what it is about stands in the place.
        PLACES = "SELECT place FROM records INDEXED BY records_place
             WHERE pairing = ?1 AND place < ?2 AND place >= ?3 ORDER BY place DESC";
        /// The same of what has ended.
        ENDED_PLACES = concat!("SELECT place FROM records INDEXED BY records_ended
             WHERE pairing = ?1 AND place < ?2 AND place >= ?3
             AND state IN (", number!(voided), ", ", number!(archived), ") ORDER BY place DESC");
        /// The same of what has these words, in every pairing.
        WORDED_PLACES = "SELECT rowid FROM records_text
             WHERE records_text MATCH ?1 AND rowid < ?2 AND rowid >= ?3 ORDER BY rowid DESC";
        /// Of a total between two, in no order.
        PLACES_OF_SUM = "SELECT place FROM records INDEXED BY records_sum
             WHERE pairing = ?1 AND sum >= ?2 AND sum <= ?3 LIMIT ?4";
        /// Of what has no link, in no order.
        PLACES_ALONE = "SELECT place FROM records INDEXED BY records_to_do
             WHERE pairing = ?1 AND (changed = 1 OR link IS NULL) AND link IS NULL LIMIT ?2";
        IS_THERE = "SELECT 1 FROM records
             WHERE pairing = ?1 AND side = ?2 AND kind = ?3 AND remote_id = ?4";
    }
}
