-- Records that a person wants left alone: nothing is made from them, written to them, or matched with them.
CREATE TABLE kept_apart (
    pairing   INTEGER NOT NULL REFERENCES pairings (id),
    side      INTEGER NOT NULL CHECK (side IN (0, 1)),
    kind      INTEGER NOT NULL,
    remote_id ANY NOT NULL,
    -- Its counterpart on the other side when it was kept apart: the two are taken up again together.
    other_id  ANY,
    at        INTEGER NOT NULL,
    who       TEXT,
    reason    TEXT NOT NULL,
    -- The run that was undone, where it is kept apart for that.
    undone    INTEGER,
    PRIMARY KEY (pairing, side, kind, remote_id)
) STRICT;

-- A record that is renamed, or that another takes the place of, stays apart under its new name.
CREATE TRIGGER links_apart_xero AFTER UPDATE OF xero_id ON links
WHEN new.xero_id <> old.xero_id BEGIN
    UPDATE OR REPLACE kept_apart SET remote_id = new.xero_id WHERE pairing = old.pairing AND side = 1
        AND kind = old.kind AND remote_id = old.xero_id;
END;
CREATE TRIGGER links_apart_erpnext AFTER UPDATE OF erpnext_id ON links
WHEN new.erpnext_id <> old.erpnext_id BEGIN
    UPDATE OR REPLACE kept_apart SET remote_id = new.erpnext_id WHERE pairing = old.pairing AND side = 0
        AND kind = old.kind AND remote_id = old.erpnext_id;
END;

-- The run that a run undoes.
ALTER TABLE runs ADD COLUMN undoes INTEGER;
