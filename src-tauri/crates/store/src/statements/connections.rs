//! Connections: a handful.

macro_rules! columns {
    () => {
        "id, side, name, details, created_at, authorised_at, expires_at, number"
    };
}

statements! {
    plain {
        ALL = concat!("SELECT ", columns!(), " FROM connections ORDER BY number");
        ONE = concat!("SELECT ", columns!(), " FROM connections WHERE id = ?1");
        SAVE = "INSERT INTO connections (id, side, name, details, created_at, authorised_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, details = excluded.details,
               authorised_at = excluded.authorised_at, expires_at = excluded.expires_at";
        DELETE = "DELETE FROM connections WHERE id = ?1";
    }
}
