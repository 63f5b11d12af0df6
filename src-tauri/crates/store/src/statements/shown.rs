//! What was shown and approved.

statements! {
    plain {
        ONE = "SELECT shown_at, entries, approved_at FROM shown_plans WHERE pairing = ?1";
        SHOW = "INSERT INTO shown_plans (pairing, shown_at, entries) VALUES (?1, ?2, ?3)
             ON CONFLICT (pairing) DO UPDATE SET shown_at = excluded.shown_at,
               entries = excluded.entries";
        ITEMS = "SELECT items FROM shown_plans WHERE pairing = ?1";
        LIST = "INSERT INTO shown_plans (pairing, items) VALUES (?1, ?2)
             ON CONFLICT (pairing) DO UPDATE SET items = excluded.items";
        APPROVE = "INSERT INTO shown_plans (pairing, approved_at) VALUES (?1, ?2)
             ON CONFLICT (pairing) DO UPDATE SET approved_at = excluded.approved_at";
        FORGET = "DELETE FROM shown_plans WHERE pairing = ?1";
    }
}
