-- Ends are seen. ERPNext gives the name of a deleted document to the next one, so a record is told
-- from another of its name by what it was born with; one that is gone is marked, and a name that was
-- looked up once without an answer is looked up again.

-- What the record keeps for life (ERPNext: the moment it was created); NULL where its side's
-- identities are never used twice, or where it was stored before this was kept.
ALTER TABLE records ADD COLUMN born TEXT;
-- Since when the record is known to be gone, although its link still needs it.
ALTER TABLE records ADD COLUMN gone INTEGER;
-- When a look-up by its identity found nothing, once.
ALTER TABLE records ADD COLUMN missed INTEGER;
CREATE INDEX records_missed ON records (pairing, side, kind, remote_id) WHERE missed IS NOT NULL;

-- How far a side has been looked at beside the lists of changes: traces of what is gone, and the
-- comparison of all identities.
CREATE TABLE looks (
    pairing INTEGER NOT NULL REFERENCES pairings (id),
    side    TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    what    TEXT NOT NULL,
    cursor  TEXT NOT NULL,
    -- When the look under way began, and when the last whole one ended.
    began   INTEGER,
    ended   INTEGER,
    PRIMARY KEY (pairing, side, what)
) STRICT, WITHOUT ROWID;

-- The last records that were written on a side.
CREATE INDEX intents_written ON intents (pairing, side, id) WHERE state = 'confirmed';
