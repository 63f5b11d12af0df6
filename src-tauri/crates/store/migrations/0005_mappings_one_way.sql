-- Each direction of a mapping is a row of its own: what stands for a value of `side` on the other
-- side. Before, a row was a pair that held both ways, and the lowest position decided where several
-- shared a value; each side takes over the one that counted.

ALTER TABLE mappings RENAME TO mappings_before;

CREATE TABLE mappings (
    pairing     INTEGER NOT NULL REFERENCES pairings (id),
    kind        TEXT NOT NULL,
    side        TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    -- What the value and its counterpart stay known by when they are renamed (see mapping_values);
    -- their keys where the side has nothing else, or as long as no chart was read.
    value       TEXT NOT NULL,
    counterpart TEXT NOT NULL,
    source      TEXT NOT NULL CHECK (source IN ('person', 'suggested')),
    reason      TEXT,
    set_at      INTEGER NOT NULL,
    PRIMARY KEY (pairing, kind, side, value)
) STRICT, WITHOUT ROWID;

INSERT INTO mappings (pairing, kind, side, value, counterpart, source, reason, set_at)
SELECT pairing, kind, 'xero', xero, erpnext, source, reason, set_at
FROM (SELECT *, row_number() OVER (PARTITION BY pairing, kind, xero
          ORDER BY position, xero, erpnext) AS place FROM mappings_before)
WHERE place = 1;

INSERT INTO mappings (pairing, kind, side, value, counterpart, source, reason, set_at)
SELECT pairing, kind, 'erpnext', erpnext, xero, source, reason, set_at
FROM (SELECT *, row_number() OVER (PARTITION BY pairing, kind, erpnext
          ORDER BY position, xero, erpnext) AS place FROM mappings_before)
WHERE place = 1;

DROP TABLE mappings_before;

-- The accounts and tax rates that a side offers or once offered: under which key records carry a
-- value, and what it stays known by when it is renamed (Xero's AccountID, the moment an ERPNext
-- document was created; the key where there is nothing else).
CREATE TABLE mapping_values (
    pairing INTEGER NOT NULL REFERENCES pairings (id),
    kind    TEXT NOT NULL,
    side    TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    key     TEXT NOT NULL,
    id      TEXT NOT NULL,
    -- Another key that says the same: an Item Tax Template is also its account and rate.
    also    TEXT,
    name    TEXT NOT NULL,
    -- 1 where the key is no longer its own.
    former  INTEGER NOT NULL CHECK (former IN (0, 1)),
    PRIMARY KEY (pairing, kind, side, key, id)
) STRICT, WITHOUT ROWID;
