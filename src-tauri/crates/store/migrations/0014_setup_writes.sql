-- What set-up asks a side to do beside its records: our fields, scripts of forms, an OAuth Client. Written
-- down before it is sent. It outlives the pairing that it was for, and there is none at first.
CREATE TABLE setup_writes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing     INTEGER,
    side        TEXT NOT NULL,
    -- Method, path and body, exactly.
    request     ANY NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('sent', 'confirmed', 'refused', 'in_doubt')),
    answer      ANY,
    sent_at     INTEGER NOT NULL,
    settled_at  INTEGER
) STRICT;
