-- Long texts are compressed, a base that is the stored record is not stored twice, and a record knows
-- its link.
--
-- A column of type ANY holds long texts, each coded as its own type says: TEXT is the text itself,
-- BLOB a compressed one (`src/packed.rs`). `packed_record` and `packed_request` are functions of that
-- room; there are none in later migrations unless they make them.

-- Links. A base of 1 is the record as it is stored under the link's identity of that side.
CREATE TABLE links_new (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing         INTEGER NOT NULL REFERENCES pairings (id),
    kind            TEXT NOT NULL,
    xero_id         TEXT NOT NULL,
    erpnext_id      TEXT NOT NULL,
    -- Both records as they stood when the two sides last agreed.
    base_xero       ANY,
    base_erpnext    ANY,
    xero_version    TEXT,
    erpnext_version TEXT,
    state           TEXT NOT NULL CHECK (state IN ('active', 'ended', 'frozen')),
    created_at      INTEGER NOT NULL,
    settled_at      INTEGER NOT NULL,
    run             INTEGER
) STRICT;
INSERT INTO links_new (id, pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext,
    xero_version, erpnext_version, state, created_at, settled_at, run)
SELECT id, pairing, kind, xero_id, erpnext_id,
    CASE WHEN base_xero = (SELECT content FROM records r WHERE r.pairing = links.pairing
            AND r.side = 'xero' AND r.kind = links.kind AND r.remote_id = links.xero_id)
        THEN 1 ELSE packed_record(base_xero) END,
    CASE WHEN base_erpnext = (SELECT content FROM records r WHERE r.pairing = links.pairing
            AND r.side = 'erpnext' AND r.kind = links.kind AND r.remote_id = links.erpnext_id)
        THEN 1 ELSE packed_record(base_erpnext) END,
    xero_version, erpnext_version, state, created_at, settled_at, run
FROM links ORDER BY id;
-- No number is given out twice, that of a link which is gone included.
DELETE FROM sqlite_sequence WHERE name = 'links_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'links_new', seq FROM sqlite_sequence WHERE name = 'links';
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE UNIQUE INDEX links_xero ON links (pairing, kind, xero_id);
CREATE UNIQUE INDEX links_erpnext ON links (pairing, kind, erpnext_id);
CREATE INDEX links_state ON links (pairing, kind, state);

CREATE TABLE records_new (
    pairing      INTEGER NOT NULL REFERENCES pairings (id),
    side         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    remote_id    TEXT NOT NULL,
    version      TEXT NOT NULL,
    marker       TEXT,
    merged_into  TEXT,
    title        TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    -- What names for matching compare: lower case, no accents, no punctuation.
    folded_title TEXT NOT NULL,
    date         TEXT,
    due_date     TEXT,
    currency     TEXT,
    amount       TEXT,
    amount_due   TEXT,
    state        TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'voided', 'active', 'archived', 'unreadable')),
    -- The ledger record, or, where it could not be read, why and the raw body.
    content      ANY,
    why          TEXT,
    raw          ANY,
    -- 1 until a run has dealt with what was last pulled.
    changed      INTEGER NOT NULL CHECK (changed IN (0, 1)),
    pulled_at    INTEGER NOT NULL,
    -- The link of the record, kept by the triggers below.
    link         INTEGER,
    PRIMARY KEY (pairing, side, kind, remote_id),
    CHECK ((content IS NULL) = (state = 'unreadable'))
) STRICT;
INSERT INTO records_new (pairing, side, kind, remote_id, version, marker, merged_into, title,
    contact_name, folded_title, date, due_date, currency, amount, amount_due, state, content, why,
    raw, changed, pulled_at, link)
SELECT pairing, side, kind, remote_id, version, marker, merged_into, title, contact_name,
    folded_title, date, due_date, currency, amount, amount_due, state, packed_record(content), why,
    packed_record(raw), changed, pulled_at,
    CASE side
        WHEN 'xero' THEN (SELECT id FROM links l WHERE l.pairing = records.pairing
            AND l.kind = records.kind AND l.xero_id = records.remote_id)
        ELSE (SELECT id FROM links l WHERE l.pairing = records.pairing
            AND l.kind = records.kind AND l.erpnext_id = records.remote_id)
    END
FROM records ORDER BY rowid;
DROP TABLE records;
ALTER TABLE records_new RENAME TO records;
CREATE INDEX records_marker ON records (pairing, side, kind, marker, remote_id)
    WHERE marker IS NOT NULL;
CREATE INDEX records_title ON records (pairing, side, kind, folded_title, remote_id);
-- What a run has to look at, exceptions apart.
CREATE UNIQUE INDEX records_to_do ON records (pairing, side, kind, remote_id)
    WHERE changed = 1 OR link IS NULL;
CREATE INDEX records_merged ON records (pairing, side, kind, remote_id, merged_into)
    WHERE merged_into IS NOT NULL;
CREATE INDEX records_due ON records (pairing, side, currency, due_date, date, amount_due)
    WHERE state = 'approved' AND amount_due <> '0';
CREATE INDEX records_month ON records (pairing, side, date, currency, amount) WHERE state = 'approved';

-- A base that is the stored record becomes a copy of it before the record changes or goes.
CREATE TRIGGER records_change BEFORE UPDATE OF content ON records WHEN old.link IS NOT NULL BEGIN
    UPDATE links SET base_xero = old.content
        WHERE id = old.link AND base_xero = 1 AND old.side = 'xero';
    UPDATE links SET base_erpnext = old.content
        WHERE id = old.link AND base_erpnext = 1 AND old.side = 'erpnext';
END;
CREATE TRIGGER records_go BEFORE DELETE ON records WHEN old.link IS NOT NULL BEGIN
    UPDATE links SET base_xero = old.content
        WHERE id = old.link AND base_xero = 1 AND old.side = 'xero';
    UPDATE links SET base_erpnext = old.content
        WHERE id = old.link AND base_erpnext = 1 AND old.side = 'erpnext';
END;
-- And before the link goes on to another record.
CREATE TRIGGER links_leave_xero BEFORE UPDATE OF xero_id ON links
WHEN new.xero_id <> old.xero_id BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 'xero'
        AND kind = old.kind AND remote_id = old.xero_id;
END;
CREATE TRIGGER links_leave_erpnext BEFORE UPDATE OF erpnext_id ON links
WHEN new.erpnext_id <> old.erpnext_id BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 'erpnext'
        AND kind = old.kind AND remote_id = old.erpnext_id;
END;
CREATE TRIGGER links_reach_xero AFTER UPDATE OF xero_id ON links
WHEN new.xero_id <> old.xero_id BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 'xero'
        AND kind = new.kind AND remote_id = new.xero_id;
END;
CREATE TRIGGER links_reach_erpnext AFTER UPDATE OF erpnext_id ON links
WHEN new.erpnext_id <> old.erpnext_id BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 'erpnext'
        AND kind = new.kind AND remote_id = new.erpnext_id;
END;
CREATE TRIGGER links_made AFTER INSERT ON links BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 'xero'
        AND kind = new.kind AND remote_id = new.xero_id;
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 'erpnext'
        AND kind = new.kind AND remote_id = new.erpnext_id;
END;
CREATE TRIGGER links_gone AFTER DELETE ON links BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 'xero'
        AND kind = old.kind AND remote_id = old.xero_id;
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 'erpnext'
        AND kind = old.kind AND remote_id = old.erpnext_id;
END;
-- A record that is read after its link was made.
CREATE TRIGGER records_made_xero AFTER INSERT ON records
WHEN new.side = 'xero' AND EXISTS (SELECT 1 FROM links l WHERE l.pairing = new.pairing
    AND l.kind = new.kind AND l.xero_id = new.remote_id) BEGIN
    UPDATE records SET link = (SELECT l.id FROM links l WHERE l.pairing = new.pairing
            AND l.kind = new.kind AND l.xero_id = new.remote_id)
        WHERE pairing = new.pairing AND side = new.side AND kind = new.kind
        AND remote_id = new.remote_id;
END;
CREATE TRIGGER records_made_erpnext AFTER INSERT ON records
WHEN new.side = 'erpnext' AND EXISTS (SELECT 1 FROM links l WHERE l.pairing = new.pairing
    AND l.kind = new.kind AND l.erpnext_id = new.remote_id) BEGIN
    UPDATE records SET link = (SELECT l.id FROM links l WHERE l.pairing = new.pairing
            AND l.kind = new.kind AND l.erpnext_id = new.remote_id)
        WHERE pairing = new.pairing AND side = new.side AND kind = new.kind
        AND remote_id = new.remote_id;
END;

CREATE TABLE log_details_new (
    line   INTEGER PRIMARY KEY REFERENCES log (id) ON DELETE CASCADE,
    detail ANY NOT NULL
) STRICT;
INSERT INTO log_details_new (line, detail)
SELECT line, packed_request(detail) FROM log_details ORDER BY line;
DROP TABLE log_details;
ALTER TABLE log_details_new RENAME TO log_details;

CREATE TABLE intents_new (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    pairing     INTEGER NOT NULL REFERENCES pairings (id),
    run         INTEGER,
    side        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    change      TEXT NOT NULL,
    source_id   TEXT,
    target_id   TEXT,
    prepared    ANY NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'confirmed', 'refused', 'in_doubt', 'abandoned')),
    answer      ANY,
    intended_at INTEGER NOT NULL,
    sent_at     INTEGER,
    settled_at  INTEGER
) STRICT;
INSERT INTO intents_new (id, key, pairing, run, side, kind, change, source_id, target_id, prepared,
    state, answer, intended_at, sent_at, settled_at)
SELECT id, key, pairing, run, side, kind, change, source_id, target_id,
    -- What is under way stays readable; it is compressed when it is settled.
    CASE WHEN state IN ('intended', 'sent', 'in_doubt') THEN prepared
        ELSE packed_request(prepared) END,
    state, packed_request(answer), intended_at, sent_at, settled_at
FROM intents ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'intents_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'intents_new', seq FROM sqlite_sequence WHERE name = 'intents';
DROP TABLE intents;
ALTER TABLE intents_new RENAME TO intents;
CREATE INDEX intents_unsettled ON intents (pairing, id)
    WHERE state IN ('intended', 'sent', 'in_doubt');
-- While one create of a record is unsettled, no second one can even be intended.
CREATE UNIQUE INDEX intents_one_create ON intents (pairing, side, kind, source_id)
    WHERE change = 'create' AND state IN ('intended', 'sent', 'in_doubt');
CREATE INDEX intents_run ON intents (run, side, change) WHERE state = 'confirmed';
CREATE INDEX intents_confirmed ON intents (pairing, kind, side, settled_at, change)
    WHERE state = 'confirmed';
