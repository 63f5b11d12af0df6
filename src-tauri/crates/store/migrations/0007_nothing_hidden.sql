-- What a write is (the plan's digest of it), while it is under way: so that a write which was sent, was
-- not carried out and is planned again is known to be the same one. Settled writes need it no longer.
ALTER TABLE intents ADD COLUMN fingerprint TEXT;

-- Writes that were sent, of which no answer came that counts, and that were found not to have been
-- carried out: how often. Gone once the write is carried out.
CREATE TABLE lost_writes (
    pairing     INTEGER NOT NULL REFERENCES pairings (id),
    fingerprint TEXT NOT NULL,
    times       INTEGER NOT NULL,
    PRIMARY KEY (pairing, fingerprint)
) STRICT, WITHOUT ROWID;

-- What a person was shown last that needs a yes (digests of its entries, as a list), and when a person
-- last said yes. Saying yes is for what was shown.
CREATE TABLE shown_plans (
    pairing     INTEGER PRIMARY KEY REFERENCES pairings (id),
    shown_at    INTEGER,
    entries     ANY,
    approved_at INTEGER
) STRICT;
