//! Settings, and what rate governors remember: small tables read by key.

statements! {
    plain {
        GET = "SELECT value FROM settings WHERE key = ?1";
        SET = "INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)";
        FORGET = "DELETE FROM settings WHERE key = ?1";
        GOVERNOR = "SELECT state FROM governors WHERE key = ?1";
        SET_GOVERNOR = "INSERT OR REPLACE INTO governors (key, state) VALUES (?1, ?2)";
    }
}
