-- What each side of a pairing said of itself when it was first looked at: by this, other books that
-- answer in their place are told from them. JSON; it is replaced only where a person says that the
-- books have moved.
CREATE TABLE origins (
    pairing INTEGER NOT NULL REFERENCES pairings (id),
    side    TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    origin  TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (pairing, side)
) STRICT, WITHOUT ROWID;
