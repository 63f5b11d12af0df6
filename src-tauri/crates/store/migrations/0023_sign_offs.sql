-- What a person said was owed on a day: who, when, and the figures that were shown.
CREATE TABLE sign_offs (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing   INTEGER NOT NULL REFERENCES pairings (id),
    -- The day, as YYYY-MM-DD: what is dated later is no part of it.
    day       TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    who       TEXT NOT NULL,
    note      TEXT NOT NULL,
    -- By contact and currency, both sides' figures, and the documents and payments that they are made of. JSON,
    -- packed like details of the log.
    figures   ANY NOT NULL
) STRICT;
CREATE INDEX sign_offs_pairing ON sign_offs (pairing, id);
